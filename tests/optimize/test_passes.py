"""Each pass by its effect on generated source."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.optimize.pipeline import CHOICES, EARLY, NAMES, PASSES, without


def lines(f, *args, left_out=()) -> list[str]:
    """The generated statements of a gradient, comments aside."""
    with without(*left_out):
        g = srcad.grad(f)
        g(*args)
    return [text for line in g.source.splitlines()[1:] if (text := line.partition("#")[0].strip())]


def test_every_pass_says_why_it_is_there():
    assert len(set(NAMES)) == len(NAMES)
    assert all(step.reason for step in (*EARLY, *PASSES, *CHOICES))


def test_common_subexpressions_are_computed_once():
    def f(x):
        return np.sum(np.exp(x))

    assert sum(line.count("np.exp") for line in lines(f, np.ones(3))) == 1

    def g(x, n):
        s = 0.0
        for _ in range(n):
            s = s + np.sin(x * 0.5) * np.sin(x * 0.5)
        return s

    assert sum(line.count("np.sin") for line in lines(g, 0.3, 2)) == 1


def test_equal_arrays_that_are_returned_stay_two():
    def f(x, y):
        return np.sum(x) + np.sum(y)

    x_bar, y_bar = srcad.grad(f, argnums=(0, 1))(np.ones(3), np.ones(3))
    assert not np.shares_memory(x_bar, y_bar)

    def h(x, y):
        return np.sum(x * y) + np.sum(x + y)

    x = np.arange(3.0)
    x_bar, y_bar = srcad.grad(h, argnums=(0, 1))(x, x)
    assert not np.shares_memory(x_bar, y_bar) and not np.shares_memory(x_bar, x)


def test_constants_meet():
    def f(x):
        return np.sum(100.0 * x**2)

    assert lines(f, np.ones(3)) == ["return 200.0 * x"]


def test_one_place_is_added_to_once():
    def f(x):
        return np.sum(x[:-1] ** 2 * x[1:]) + np.sum(np.sin(x[:-1]))

    apart = lines(f, np.ones(4), left_out=("primal common", "common", "buffers"))
    assert sum(line.startswith("x_bar[:-1] ") for line in apart) == 2
    assert sum(line.startswith("x_bar[:-1] ") for line in lines(f, np.ones(4), left_out=("primal common",))) == 1


def test_what_no_trip_reads_is_not_recorded():
    def f(x, n):
        s = 0.0
        for _ in range(n):
            s = s + x**2
        return s

    assert not any("_," in line or ", _" in line for line in lines(f, 1.5, 3))


def accumulated(W, xs):
    h = np.zeros(3)
    for x in xs:
        h = np.tanh(W @ h + x)
    return np.sum(h)


def test_adjoints_in_loops_are_added_to_in_place():
    W, xs = np.random.default_rng(0).standard_normal((3, 3)), np.random.default_rng(1).standard_normal((4, 3))
    assert any(line.startswith("W_bar +=") for line in lines(accumulated, W, xs))
    before = W.copy()
    one = srcad.grad(accumulated)(W, xs)
    two = srcad.grad(accumulated)(W, xs)
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(W, before)


def test_an_outer_loop_starts_the_inner_one_anew():
    def f(W, xs):
        total = 0.0
        for _ in range(3):
            h = np.zeros(3)
            for x in xs:
                h = np.tanh(W @ h + x)
            total = total + np.sum(h)
        return total

    W, xs = np.random.default_rng(0).standard_normal((3, 3)), np.random.default_rng(1).standard_normal((4, 3))
    np.testing.assert_allclose(srcad.grad(f)(W, xs), 3.0 * srcad.grad(accumulated)(W, xs), rtol=1e-12)


def test_what_a_loop_does_not_change_is_neither_computed_nor_recorded_anew():
    def f(x, h, n):
        for _ in range(n):
            x = x + 0.5 * h * x * x
        return x

    found = lines(f, 0.1, 0.2, 3)
    assert found[0] == "v1 = 0.5 * h" and not any("v1" in line for line in found if "append" in line)


def test_factors_that_would_lose_digits_together_stay_apart():
    def f(x):
        return 1e-160 * (1e-155 * x**2)

    x = 1e300**0.5
    assert srcad.grad(f)(x) == pytest.approx(1e-160 * (1e-155 * 2 * x), rel=1e-14)


def test_a_raise_hides_nothing_from_the_passes():
    def f(x):
        if x.shape[0] > 5:
            raise ValueError("too long")
        return np.sum(np.exp(x))

    assert sum(line.count("np.exp") for line in lines(f, np.ones(3))) == 1


def test_what_is_divided_by_a_factor_of_its_own_is_not():
    assert lines(lambda x: x * np.log(x), 0.5) == ["return 1.0 + np.log(x)"]


def test_a_negative_term_is_subtracted():
    def f(x, y):
        return x * y + x / y

    def g(A, x, y):
        return y @ (x - A @ y)

    for text in (*lines(f, 2.0, 3.0), *lines(g, np.eye(2), np.ones(2), np.ones(2))):
        assert "+ -" not in text
