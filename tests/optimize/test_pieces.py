"""Adjoints of joined arrays, cut by slices."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.optimize.pipeline import without
from srcad.testing import check_grads

RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=3), RNG.normal(size=2)


def with_zeros(x, y):
    z = np.concatenate((np.zeros(2), x, y))
    return np.sum(np.sin(z) * np.arange(len(z)))


def twice(x, y):
    """One array in two places; a view of a piece is written to."""
    z = np.concatenate((x, y, x))
    z[1:3] = z[1:3] * z[4]
    return np.sum(z * z * z)


def in_a_loop(x, y):
    total = 0.0
    for k in range(3):
        z = np.concatenate((x[:k], y * x[k]))
        total = total + np.sum(np.exp(z)) * z[0]
    return total


def of_rows(x, y):
    z = np.concatenate((np.outer(x, y), np.outer(y, y)))
    return np.sum(z @ y)


def along_columns(x, y):
    z = np.concatenate((np.outer(x, x), np.outer(x, y)), axis=1)
    return np.sum(z * z)


def of_numbers(x, y):
    z = np.hstack((x[0] * y[0], y, 1.0))
    return np.sum(z * z * z)


@pytest.mark.parametrize("f", [with_zeros, twice, in_a_loop, of_rows, along_columns, of_numbers])
def test_gradients(f):
    check_grads(f, (X, Y), argnums=(0, 1), order=2)
    found = srcad.grad(f, (0, 1))(X, Y)
    with without("pieces"):
        wanted = srcad.grad(f, (0, 1))(X, Y)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.base is None


def test_pieces_are_slices():
    g = srcad.grad(with_zeros, (0, 1))
    g(X, Y)
    assert "split_like" not in g.source and "[2:" in g.source, g.source


def test_what_only_lengths_were_asked_of_is_not_recorded():
    def f(x, y):
        for k in range(2):
            z = np.concatenate((np.zeros(1), x * y[k]))
            x = np.sin(z[1:] * z[2])
        return np.sum(x)

    g = srcad.grad(f)
    g(X, Y)
    assert "[1:]" in g.source and "split_like" not in g.source and "np.concatenate((np.zeros(1), " in g.source, g.source
    with without("pieces"):
        other = srcad.grad(f)
        np.testing.assert_array_equal(other(X, Y), g(X, Y))
    assert "split_like" in other.source
