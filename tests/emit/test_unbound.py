"""Variables that have a value on some paths only: derivatives fail where the function does, and only there."""

from __future__ import annotations

import pytest

import srcad


def bound_in_one_arm(x, k):
    if k > 0:
        t = x * x
    return t * x


def bound_in_a_loop(x, k):
    for i in range(k):
        t = x * x * i
    return t * x


def bound_in_a_later_trip(x, k):
    s = 0.0
    for i in range(3):
        if i >= k:
            t = x * i
        s = s + t * x
    return s


def deleted_in_one_arm(x, k):
    y = x * 2.0
    if k > 1:
        del y
    return y * x


def deleted_and_read_through_another(x, k):
    y = x * 2.0
    z = y * y
    if k > 1:
        del y
    else:
        z = y * z
    return z * y


def deleted_in_a_trip(x, k):
    s = 0.0
    for i in range(k):
        y = x * i
        s = s + y * y
        if i == 1:
            del y
    return s * y


def read_on_the_same_path(x, k):
    if k > 0:
        t = x * x
    if k > 1:
        x = t * x
    return x


def read_in_the_same_trips(x, k):
    for i in range(2):
        if k > 0:
            t = x * (i + 1)
        if k > 1:
            x = x * t
    return x


CALLS = [lambda f, k, optimize: srcad.grad(f, optimize=optimize, disconnected="zeros")(0.7, k),
         lambda f, k, optimize: srcad.tangent(f, optimize=optimize)(0.7, k, 1.0)[1],
         lambda f, k, optimize: srcad.vjp(f, 0.7, k, argnums=0)[1](1.0)[0]]


@pytest.mark.parametrize("optimize", [True, False])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("function, fails, works", [
    (bound_in_one_arm, 0, 1), (bound_in_a_loop, 0, 2), (bound_in_a_later_trip, 1, 0), (deleted_in_one_arm, 2, 1),
    (deleted_and_read_through_another, 2, 1), (deleted_in_a_trip, 2, 3)])
def test_what_has_no_value_is_not_read(function, fails, works, call, optimize):
    with pytest.raises(UnboundLocalError):
        function(0.7, fails)
    with pytest.raises(UnboundLocalError):
        call(function, fails, optimize)
    slope = (function(0.7 + 1e-6, works) - function(0.7 - 1e-6, works)) / 2e-6
    assert call(function, works, optimize) == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("function", [read_on_the_same_path, read_in_the_same_trips])
def test_a_path_that_does_not_read_it_is_no_failure(function, call):
    for k in (0, 1, 2):
        slope = (function(0.7 + 1e-6, k) - function(0.7 - 1e-6, k)) / 2e-6
        assert call(function, k, True) == pytest.approx(slope, rel=1e-7)
