"""No copy of an adjoint that is used at once, no zeros where something is put, nothing saved that is not read."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import srcad
from srcad.optimize.pipeline import without
from srcad.testing import check_grads

X = np.array([0.3, 0.5, 0.7, 1.1, 0.2])


def heat(u, n):
    for _ in range(n):
        u[1:-1] += 0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return (u * u).sum()


def recurrence(x, n):
    for i in range(1, n):
        x[i] = np.sin(x[i - 1]) * x[i]
    return x[n - 1]


def shifted(x, n):
    x[1:] = x[:-1] * x[1:] + x[:-1]
    x[n] = x[n] * x[0] + x[n]
    return (x * x).sum()


def cleared_and_read(x, n):
    y = x[1:]
    x[1:] = x[1:] * 2.0
    y *= x[0]
    x[n] = y[0] * x[n]
    return (x * x).sum()


def mask_changed_in_between(x, n):
    m = np.array([True, True, False, False, True])
    v = x[m]
    m[0] = False
    m[n] = True
    x[m] = v * v
    return (x * np.arange(5.0)).sum() * x[1]


@pytest.mark.parametrize("function", [heat, recurrence, shifted, cleared_and_read, mask_changed_in_between])
def test_the_derivative_is_the_same_without_the_pass(function):
    found = srcad.grad(function)(X.copy(), 3)
    with without("places"):
        np.testing.assert_allclose(found, srcad.grad(lambda x, n: function(x, n))(X.copy(), 3), rtol=1e-14)
    steps = [(function(X + 1e-6 * e, 3) - function(X - 1e-6 * e, 3)) / 2e-6 for e in np.eye(5)]
    np.testing.assert_allclose(found, steps, atol=1e-8)


def put_back(x, n):
    """What is added to leaves the adjoint of its place as it is."""
    y = np.zeros(n)
    for i in range(n):
        for j in range(n):
            y[j] += x[i] * x[j]
    return (y * y).sum()


def put_back_elsewhere(x, n):
    """The place is another one, or has been written to in between."""
    y = np.zeros(n + 1)
    for i in range(n):
        t = y[i] + x[i] * x[i + 1]
        y[i] = y[i + 1] * x[0]
        y[i + 1] = t
        y[i] = y[i] + t * x[i]
    return (y * y).sum()


@pytest.mark.parametrize("backend", ["python", pytest.param("numba", marks=pytest.mark.skipif(
    not importlib.util.find_spec("numba"), reason="needs Numba"))])
@pytest.mark.parametrize("function", [put_back, put_back_elsewhere])
def test_what_is_there_is_not_stored(function, backend):
    derivative = srcad.grad(function, backend=backend)
    found = derivative(X.copy(), 3)
    with without("places"):
        np.testing.assert_allclose(found, srcad.grad(lambda x, n: function(x, n))(X.copy(), 3), rtol=1e-13)
    check_grads(function, (X.copy(), 3), argnums=0, order=2)
    loop = derivative.source.partition("reverse")[2]
    assert function is not put_back or "y_bar[j] = " not in loop, loop


def source(function) -> str:
    derivative = srcad.grad(function)
    derivative(X.copy(), 3)
    return derivative.source


def test_a_linear_program_records_and_copies_nothing():
    text = source(heat)
    assert "tape" not in text and "copy" not in text


def test_an_item_is_put_where_it_was_cleared():
    text = source(recurrence)
    assert "x_bar[i] = 0.0" not in text and "x_bar[i] = " in text


def smoothed(u, rate, steps):
    for _ in range(steps):
        u[1:-1] += rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def test_one_piece_of_an_array_has_one_view():
    """What reads it before anybody writes needs no copy of it."""
    g = srcad.grad(smoothed, (0, 1))
    g(X.copy(), 0.1, 3)
    text = g.source.partition("# reverse")[2]
    assert text.count("u_bar[1:-1]") == 1 and ".copy()" not in text and "+= -" not in text
    assert g.source.partition("# reverse")[0].count("u[1:-1]") == 1
    check_grads(lambda u, rate: smoothed(u.copy(), rate, 3), (X, 0.1), argnums=(0, 1), order=2)


def test_views_of_other_pieces_or_arrays_are_others():
    def f(u, v, k):
        for _ in range(3):
            u[1:] += v[:-1] * u[:-1]
            u[1:k] *= v[1:k]
            k = k - 1
            u[1:k] *= v[1:k]
            v[1:] = u[1:] * u[:-1]
            v[1:] *= 0.5
        return np.sum(u * v)

    check_grads(lambda u, v: f(u.copy(), v.copy(), 5), (X, X[::-1].copy()), argnums=(0, 1), order=2)


def test_a_copy_that_is_read_behind_a_write_stays():
    def f(u, v):
        for _ in range(2):
            u[1:] = u[1:] * v + u[:-1] * v[0]
        return np.sum(u * u) + np.sum(v)

    check_grads(lambda u, v: f(u.copy(), v), (X, X[1:] + 0.3), argnums=(0, 1), order=2)
