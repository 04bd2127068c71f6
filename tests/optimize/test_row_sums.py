"""Sums of rows that are multiplied by numbers; shapes that need not be asked for."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad import runtime
from srcad.optimize.pipeline import without
from srcad.testing import check_grads

BIAS, SCALE = np.linspace(-1.0, 1.0, 3), np.linspace(0.5, 2.0, 4)
MATRIX = np.random.default_rng(3).normal(size=(4, 3))


def of_rows(b, v, x):
    y = x - b
    return np.sum(np.sum(np.exp(y), axis=1) * v)


def of_rows_through_a_product(b, v, x):
    y = (x - b) @ np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.25]])
    return np.sum(np.sum(y * y, axis=1) * v)


def of_columns(b, v, x):
    return np.sum((x + v[:, None]) * (x * b))


def written_between(b, v, x):
    """The factor is overwritten after the product."""
    w = v.copy()
    y = x - b
    total = np.sum(np.sum(y * y, axis=1) * w)
    w[:] = 0.0
    return total + np.sum(w * v) + np.sum(y)


def into_columns(b, v, x):
    """Columns that are stored and read back; a part of unknown length."""
    out = np.empty((4, 2))
    for k in range(2):
        y = (x - b) * (k + 1.0)
        out[:, k] = v * np.sum(y * y, axis=1)
    head = np.exp(b[:len(v) - 2])
    return np.sum(np.log(out)) + np.sum(head) * np.sum(head * head)


def picked(b, v, x):
    """What an array of indices picks has the axes of that."""
    places = np.array([[0, 1], [2, 0], [1, 1]])
    q = np.concatenate((b, v))[places] + b[:2]
    return np.sum(np.sum((x @ q) ** 2, axis=1) * v)


def turned(b, v, x):
    """The summed factor is transposed on its way into a product."""
    q = np.array([[1.0, 2.0, 0.25], [0.5, -1.0, 2.0]])
    y = q @ (x - b).T
    return np.sum(0.5 * np.sum(y * y, axis=0) * v)


def of_vectors(b, v, x):
    y = x - b
    return np.sum(0.5 * np.vecdot(y, y) * v)


def of_columns_of_ours(b, v, x):
    """Lengths that are not those of an argument, and may be 1."""
    n = len(x) - 3
    z = np.zeros((3, n))
    for k in range(3):
        z[k] = x[:n, k] * v[:n] - b[k]
    top = np.max(z, axis=0)
    return np.sum(top + np.log(np.sum(np.exp(z - top), axis=0)))


PROGRAMS = [of_rows, of_rows_through_a_product, of_columns, written_between, into_columns, picked, turned, of_vectors,
            of_columns_of_ours]


@pytest.mark.parametrize("f", PROGRAMS)
@pytest.mark.parametrize("shape", [(4, 3), (1, 3), (4, 1)])
def test_gradients(f, shape):
    if shape != (4, 3) and f in (of_rows_through_a_product, picked, into_columns, turned, of_columns_of_ours):
        shape = (4, 3)
    args = BIAS, SCALE, np.ones(shape) + np.resize(MATRIX, shape) ** 2
    check_grads(f, args, argnums=(0, 1, 2), order=2)
    found = srcad.grad(f, (0, 1, 2))(*args)
    with without("row sums"):
        wanted = srcad.grad(f, (0, 1, 2))(*args)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_rows_are_summed_by_a_product():
    g = srcad.grad(of_rows)
    g(BIAS, SCALE, MATRIX)
    assert "return -(v @ " in g.source, g.source


def test_transposed_rows_are_summed_by_a_product():
    g = srcad.grad(turned)
    g(BIAS, SCALE, MATRIX)
    assert "return -(y @ " in g.source, g.source


def test_stacks_of_vectors_have_known_axes():
    """Those of the last axis are gone, those that are left are broadcast."""
    def f(v, x, y):
        return np.sum(np.vecdot(x, y) * v)

    g = srcad.grad(of_vectors)
    g(BIAS, SCALE, MATRIX)
    assert "return -(v @ " in g.source, g.source
    for shapes in (((4,), (4, 3), (3,)), ((2, 4), (4, 3), (2, 1, 3)), ((1,), (4, 3), (1, 3)), ((), (3,), (3,)),
                   ((4,), (1, 3), (3,))):
        check_grads(f, [np.random.default_rng(2).normal(size=s) for s in shapes], argnums=(0, 1, 2))


def test_an_axis_that_both_have_is_not_summed():
    """Whatever its length: only the one that was added is."""
    g = srcad.grad(of_columns_of_ours)
    for n in (4, 5):
        x = np.random.default_rng(n).normal(size=(n, 3))
        check_grads(of_columns_of_ours, (BIAS, np.ones(n), x), argnums=(0, 1, 2))
        g(BIAS, np.ones(n), x)
    assert "unbroadcast(" not in g.source.partition("reverse")[2].partition("for ")[0], g.source


def test_shapes_of_what_is_alone_are_its_operand_s():
    g = srcad.grad(into_columns)
    g(BIAS, SCALE, MATRIX)
    assert "broadcast_like" not in g.source, g.source
    g = srcad.grad(picked)
    g(BIAS, SCALE, MATRIX)
    assert "[places])" not in g.source.partition("reverse")[2], g.source


def test_a_number_that_was_spread_is_added_as_one():
    def f(b, n):
        head = b[:n]
        return np.sum(head) + np.sum(head * head)

    g = srcad.grad(f)
    np.testing.assert_array_equal(g(BIAS, 2), [-1.0, 1.0, 0.0])
    assert "broadcast_to" not in g.source, g.source
    narrow = srcad.grad(f)(BIAS.astype(np.float32), 2)
    assert narrow.dtype == np.float32
    np.testing.assert_array_equal(narrow, [-1.0, 1.0, 0.0])


@pytest.mark.parametrize("shapes, axis", [
    (((2,), (3,)), 0), (((2, 3), (4, 3)), 0), (((2, 3), (2, 1)), 1), (((2, 3), (2, 1)), -1), (((2, 3), (0, 3), (1, 3)), -2),
    (((), (2, 2)), None)])
def test_pieces(shapes, axis):
    parts = tuple(np.random.default_rng(1).normal(size=s) for s in shapes)
    for a, b in zip(runtime.split_like(np.concatenate([np.ravel(p) for p in parts] if axis is None else parts, axis or 0), parts,
                                       axis), parts, strict=True):
        np.testing.assert_array_equal(a, b)
        assert np.shape(a) == np.shape(b)
