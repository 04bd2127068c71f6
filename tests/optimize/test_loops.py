"""What loops carry, record and compute again."""

from __future__ import annotations

import math

import numpy as np
import pytest

import srcad
from srcad.optimize.pipeline import without
from srcad.testing import check_grads


def source(f, *args, argnums=0) -> str:
    g = srcad.value_and_grad(f, argnums)
    value, _ = g(*args)
    assert value == f(*args)
    return g.source


def of_the_index(x, n):
    s = 0.0
    for i in range(n):
        t = 0.1 * i + 0.5
        s = s + math.sin(x * t) * t
    return s


def logistic_map(x, a, n):
    for _ in range(n):
        x = a * x * (1.0 - x)
    return x


def oscillator(x, omega, h, n):
    v = 0.0
    for _ in range(n):
        v = v - 0.5 * h * omega**2 * x
        x = x + h * v
        v = v - 0.5 * h * omega**2 * x
    return x


def clipped(x, n):
    s = 0.0
    for i in range(n):
        u = x * i - 1.0
        if u > 0.5:
            s = s + u * u * x
        else:
            s = s - u * x
    return s


def stopped(x, n):
    s = 0.0
    for i in range(n):
        t = x * i
        s = s + t * t * x
        if s > 3.0:
            break
    return s


def over_zipped(x, ws):
    s = 0.0
    for i, w in enumerate(ws):
        t = w * i
        s = s + t * x * x * t
    return s


def while_counted(x, n):
    k = 0
    s = x
    while k < n:
        u = 1.0 - s
        s = 3.2 * s * u * u
        k = k + 1
    return s


@pytest.mark.parametrize("f, args, argnums", [
    (of_the_index, (0.3, 5), 0), (logistic_map, (0.3, 3.1, 5), (0, 1)), (oscillator, (1.0, 2.0, 0.1, 5), (0, 1, 2)),
    (clipped, (0.7, 5), 0), (stopped, (0.7, 9), 0), (over_zipped, (0.3, [0.1, 0.4, 2.0]), 0), (while_counted, (0.3, 4), 0),
    (of_the_index, (0.3, 0), 0), (oscillator, (1.0, 2.0, 0.1, 0), 0)])
def test_values_and_derivatives(f, args, argnums):
    check_grads(f, args, argnums=argnums, order=2)
    g = srcad.value_and_grad(f, argnums, disconnected="zeros")(*args)
    with without("recompute", "carried", "invariants", "primal invariants"):
        plain = srcad.value_and_grad(f, argnums, disconnected="zeros")(*args)
    assert g[0] == plain[0]
    np.testing.assert_allclose(g[1], plain[1], rtol=1e-13)


def test_cheap_numbers_of_the_index_need_no_tape():
    assert "tape" not in source(of_the_index, 0.3, 5)


def test_what_follows_from_the_state_is_not_recorded_beside_it():
    assert "tape.append(x)" in source(logistic_map, 0.3, 3.1, 5, argnums=(0, 1))


def test_many_values_are_recorded_rather_than_the_step_run_again():
    def f(x, y, n):
        for _ in range(n):
            a = x * y - 0.1 * x
            b = a * y + x * 0.2
            c = a * b - y * 0.3
            x = a * b * c * 0.5 + x
            y = b * c * a * 0.25 - y
        return x + y

    text = source(f, 0.1, 0.2, 3, argnums=(0, 1))
    assert "tape.append((" in text


def test_optimize_false_records():
    g = srcad.grad(of_the_index, optimize=False)
    assert g(0.3, 5) == pytest.approx(srcad.grad(of_the_index)(0.3, 5))
    assert "tape" in g.source


def test_a_power_of_what_does_not_change_is_computed_once():
    text = source(oscillator, 1.0, 2.0, 0.1, 5, argnums=(0, 1, 2))
    assert text.count("omega ** 2") == 1 and text.index("omega ** 2") < text.index("in range")


def test_a_loop_that_makes_a_trip_gives_up_more():
    def f(x, h):
        for _ in range(3):
            x = x + math.sqrt(h) * math.sin(x)
        return x

    text = source(f, 0.3, 2.0)
    assert text.index("math.sqrt") < text.index("in range")

    def g(x, h, n):
        for _ in range(n):
            x = x + math.sqrt(h) * math.sin(x)
        return x

    assert srcad.value_and_grad(g)(0.3, -1.0, 0) == (0.3, 1.0)       # no trip, no root of a negative number


def test_the_adjoint_of_a_sum_is_not_carried():
    text = source(of_the_index, 0.3, 5)
    assert "s_bar" not in text and "1.0 *" not in text


def test_an_unchanged_adjoint_that_is_an_array():
    def f(x, y, n):
        s = np.zeros(3)
        for i in range(n):
            s = s + np.sin(x) * i
        return s * y

    check_grads(f, (np.ones(3), np.arange(3.0), 4), argnums=(0, 1), order=2)
    x_bar, y_bar = srcad.adjoint(f, (0, 1))(np.ones(3), np.arange(3.0), 4, np.ones(3))
    assert not np.shares_memory(x_bar, y_bar)


def test_what_is_carried_unchanged_and_returned_stays_its_own():
    def f(x, y, n):
        for _ in range(n):
            x = x + y
        return np.sum(x * x)

    x, y = np.ones(2), np.arange(2.0)
    for n in (0, 1, 3):
        x_bar, y_bar = srcad.grad(f, (0, 1), disconnected="zeros")(x, y, n)
        np.testing.assert_allclose(x_bar, 2 * (x + n * y))
        np.testing.assert_allclose(y_bar, 2 * n * (x + n * y))
        assert not np.shares_memory(x_bar, y_bar)
        x_bar += 1.0
        np.testing.assert_allclose(y_bar, 2 * n * (x + n * y))
