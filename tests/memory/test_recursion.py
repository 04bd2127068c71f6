"""Recursive functions that write to arrays, or hand them down: in both modes, to second order, and what a call costs."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import UnsupportedError

from .check import check, check_second_order
from .recursion_programs import PROGRAMS, W, gather, quicksort, tree_of

X = np.array([0.3, -0.7, 1.1, 0.9, -0.2, 0.5, 0.8, 1.3])
DIRECTION = np.array([0.3, -0.7, 0.4, 1.2, -0.5, 0.9, 0.1, -1.1])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_recursion(program):
    check(program, X)


#: Those whose second derivative is refused: views that a branch chooses, arrays that calls return and others write to.
ONCE = {"view_from_a_branch", "returned_arrays_are_written", "matrix_power", "view_by_parity", "array_of_each_call"}


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p.__name__ not in ONCE], ids=lambda p: p.__name__)
def test_second_order(program):
    check_second_order(program, X, DIRECTION)


@pytest.mark.parametrize("name", sorted(ONCE))
def test_second_order_is_refused(name):
    program = next(p for p in PROGRAMS if p.__name__ == name)
    with pytest.raises(UnsupportedError, match="an array that is written to is held by a tuple, list or object"):
        srcad.tangent(srcad.grad(program, 0), 0)(X.copy(), DIRECTION.copy())


def kernel(x, out):
    gather(x, out, 0, len(x))
    quicksort(out, 0, len(out))


def test_returns_nothing():
    check(lambda x: (kernel(x, y := x * 0.5), y * 1.0)[1], X)
    x, out = X.copy(), np.ones(8)
    x_bar, out_bar = srcad.adjoint(kernel, (0, 1))(x, out, W.copy())
    _, dots = srcad.tangent(kernel, (0, 1))(X.copy(), np.ones(8), DIRECTION.copy(), W.copy())
    np.testing.assert_allclose((dots * W).sum(), (x_bar * DIRECTION).sum() + (out_bar * W).sum())


def view_returned(x, n):
    if n == 0:
        return x[1:]
    x[n] *= x[0]
    return view_returned(x[1:], n - 1)


def test_part_of_an_array_is_returned():
    def program(x):
        y = view_returned(x, 2)
        y *= 2.0
        return x.sum()

    with pytest.raises(UnsupportedError, match="returns part of an array") as caught:
        srcad.grad(program)(X.copy())
    assert "view_returned(x[1:], n - 1)" in str(caught.value)


def held(pair, n):
    if n > 0:
        pair[0][n] *= pair[1][0]
        held(pair, n - 1)


def test_arrays_in_a_tuple():
    def program(x):
        y = x * 2.0
        held((y, x), 3)
        return y.sum()

    check(program, X)


def large(x):
    return tree_of(x, 0, len(x))


def test_the_adjoint_of_an_array_is_handed_down():
    gradient = srcad.grad(large)
    np.testing.assert_allclose(gradient(X.copy()), 0.2 * X)
    assert "zeros" not in gradient.source.partition("def tree_of_reverse")[2]
