"""Values that change their kind, or are missing, where paths meet."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.testing import assert_same, check_grads


def int_then_float(x):
    d = 1
    for _ in range(2):
        d -= x
    return d


def int_then_float_in_a_while(x):
    m = 1
    while m < 3:
        m = m * 2 + x
    return m


def int_in_one_arm(x):
    if x > 0:
        d = 2
    else:
        d = x
    return d * x


def int_among_floats_iterated(x):
    total = 0.0
    for q in [1, x]:
        total = total + q * x
    for q in (2, x * x):
        total = total + q * x
    return total + sum([1, x, 2 * x, 3])


def int_among_floats_by_index(x):
    d, e = [x, 1], (1, x)
    total = 0.0
    for i in range(2):
        total = total + d[i] * e[i] * d[1 - i]
    return total


@pytest.mark.parametrize(
    "function",
    [int_then_float, int_then_float_in_a_while, int_in_one_arm, int_among_floats_iterated, int_among_floats_by_index])
def test_integers_become_floats(function) -> None:
    check_grads(function, (0.3,))


def returns_early_with_an_array(x, c, d):
    if c > 0:
        if d > 0:
            return x * 2.0
        y = np.cos(x)
    else:
        y = x * x
    return y


def bound_on_one_path(x, c, d):
    if c > 0:
        pass
    elif d > 0:
        return np.sin(x)
    z = x * 3.0
    if d > 0:
        z = z * x
    return z


@pytest.mark.parametrize("function", [returns_early_with_an_array, bound_on_one_path])
@pytest.mark.parametrize("c", [1, -1])
@pytest.mark.parametrize("d", [1, -1])
@pytest.mark.parametrize("optimize", [True, False])
def test_arrays_that_are_missing_on_a_path(function, c, d, optimize) -> None:
    x = np.array([0.3, 0.6])
    seed = np.array([1.0, -2.0])
    check_grads(function, (x, c, d), argnums=(0,))
    expected = srcad.vjp(function, x, c, d, argnums=(0,))[1](seed)
    assert_same(srcad.adjoint(function, (0,), optimize=optimize)(x, c, d, seed), expected, rtol=1e-12)


def test_an_array_without_axes_is_an_index() -> None:
    def pick(x):
        i = np.array(1)
        return x[i] * np.sum(x)

    check_grads(pick, (np.array([0.1, 0.2, 0.3]),))
    assert_same(srcad.grad(pick)(np.array([1.0, 2.0, 3.0])), np.array([2.0, 8.0, 2.0]))


def test_a_list_of_lists_is_an_index_of_two_axes() -> None:
    def pick(x):
        return np.sum(np.sin(x[[[0, 1], [1, 2]]]) * x[:2])

    check_grads(pick, (np.array([0.1, 0.2, 0.3]),))


def halved(v, depth=2):
    if depth == 0:
        return v * 2.0
    below = halved(v, depth - 1)
    if (v * below).sum() > 0.1:
        return below * v
    return v * 0.5


def test_a_method_of_what_a_recursion_returns() -> None:
    def f(v):
        return np.sum(halved(v))

    check_grads(f, (np.array([0.4, 0.6]),))


def first_or_last(x, w, n):
    for e in x:
        if n > 1:
            break
        return x[0] * (e if n == 0 else w)
    return np.sum(x)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_result_of_several_kinds_that_is_missing_on_a_path(n) -> None:
    check_grads(first_or_last, (np.array([0.4, 0.6]), np.array([[0.5], [0.25]]), n), argnums=(0, 1))


def test_numbers_or_arrays_beside_an_array_spread_by_where() -> None:
    def f(y, v, w, n):
        return np.where(v > 0.0, (w if n > 0 else n) - y, 0.5)

    check_grads(f, (0.4, np.array([1.0, -2.0]), np.array([1.0, 0.2]), 2), argnums=(0, 1, 2))
