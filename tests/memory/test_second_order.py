"""Second derivatives of programs that write in place: the Hessian is symmetric, and that of differences, made in three ways."""

from __future__ import annotations

import numpy as np
import pytest

import srcad

from .check import CURVATURES, check_curvature
from .programs import A, Programs, X, Y

programs = Programs()


@programs(X, Y)
def adjoint_beside_memory(x, y):
    """The adjoint of y is a value, but leaves in one tuple with that of x, which is memory."""
    x[1:] *= x[:-1]
    return (np.sin(y) * 0.5).sum() + np.sin(y[1:]).sum() + x.sum()


@programs(X, A)
def adjoint_begun_by_memory(x, a):
    v = a.flatten()
    x *= a[:, 1].sum()
    v[1] = v[-3] * x[0]
    return (x * x).sum() + v.sum()


@programs(X, Y)
def repeated_places(x, y):
    x[np.array([0, 2, 0])] = y[:3] * x[1:]
    x[np.array([1, 1])] *= y[2:]
    return np.sin(x)


@programs(X, Y)
def gathered_twice(x, y):
    np.add.at(x, [0, 0, 3], y[1:] * x[0])
    return (x[[1, 0, 0, 3]] * x).sum()


@programs(X)
def recurrence(x):
    for i in range(1, len(x)):
        x[i] = np.sin(x[i - 1]) * x[i]
    return x[-1]


@programs(X, Y)
def branch(x, y):
    if y[2] > 0:
        x[1:] += x[:-1] * y[0]
        w = x[::2]
    else:
        w = y[::2]
    w *= w
    return (x * y).sum()


@programs(A)
def rows(a):
    for row in a:
        row *= row[0]
    return np.sin(a).sum()


@programs(X, Y)
def results_in_a_tuple(x, y):
    x *= y
    y[1] = x[0] * x[1]
    return x[1:], y.sum()


@pytest.mark.parametrize("how", CURVATURES)
@programs.each()
def test_hessian(case, how):
    f, args, _ = case
    for optimize in (True, False):
        check_curvature(f, *args, how=how, optimize=optimize)


def test_an_adjoint_that_nothing_contributes_to_is_zero():
    """It shares a list with memory, so that it has a shadow, which only the result uses."""
    def f(x, y):
        kept = y[0:2].copy()
        held = [x, y]
        x *= 2.0
        return x if len(held) else kept

    for optimize in (True, False):
        x_bar, y_bar = srcad.adjoint(f, (0, 1), optimize=optimize)(X.copy(), Y.copy(), np.ones(4))
        np.testing.assert_array_equal(x_bar, [2.0] * 4)
        np.testing.assert_array_equal(y_bar, [0.0] * 4)


def to_column(a, i, j):
    a[:, i] = a[j]
    return np.sin(a)


def to_row(a, i, j):
    a[i] = a[:, j]
    return np.sin(a)


@pytest.mark.parametrize("f", [to_column, to_row])
def test_lines_that_cross(f):
    """Right where NumPy's order of assigning does not matter, else refused."""
    a = np.arange(16.0).reshape(4, 4) / 10
    refused = 0
    tangent = srcad.tangent(f)
    for i in range(4):
        for j in range(4):
            mine, copied = a.copy(), a.copy()
            f(mine, i, j)
            if f is to_column:
                copied[:, i] = copied[j].copy()
            else:
                copied[i] = copied[:, j].copy()
            if np.array_equal(mine, copied):
                value, y_dot = tangent(a.copy(), i, j, a.copy())
                np.testing.assert_allclose(value, np.sin(mine))
                np.testing.assert_allclose(y_dot, np.cos(mine) * mine)
            else:
                refused += 1
                with pytest.raises(ValueError, match="assign a copy"):
                    tangent(a.copy(), i, j, a.copy())
    assert refused < 8


def test_lists_as_indices_beside_containers_that_change():
    def f(x, y):
        np.subtract.at(y, [2, 1, 0], np.sin(y[1:4]))
        np.multiply.at(x, [0, 0], y[1])
        state = {"p": y, "q": x.copy()}
        state["q"] = np.sin(state["p"])
        return (x * state["q"]).sum()

    check_curvature(f, X, Y)


def scaled_before_it_is_written(x, b):
    y = x * 1.1
    x *= x + b
    return 0.3 * (y * y).sum()


def test_numbers_are_not_drawn_together_past_a_write():
    """``0.6 * (x_dot * 1.1)`` was ``0.66 * x_dot``, read after x_dot had been written to."""
    gradient = srcad.grad(scaled_before_it_is_written, (0, 1), disconnected="zeros")
    direction = np.array([1.0, -2.0, 0.5])
    _, (moved, still) = srcad.jvp(gradient, (np.array([0.3, 0.7, 1.1]), np.ones(3)), (direction, np.ones(3)), argnums=(0, 1))
    np.testing.assert_allclose(moved, 0.6 * 1.21 * direction)
    np.testing.assert_array_equal(still, 0.0)
