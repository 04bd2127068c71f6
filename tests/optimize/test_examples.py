"""The example in each pass, source before and after, is what the pass does."""

from __future__ import annotations

import doctest
import importlib

import numpy as np
import pytest

from srcad.optimize.pipeline import EARLY, PASSES

MODULES = sorted({step.run.__module__ for step in (*EARLY, *PASSES)})


@pytest.mark.parametrize("name", MODULES)
def test_example(name):
    module = importlib.import_module(name)
    assert ">>> " in (module.__doc__ or "")
    found = doctest.testmod(module)
    assert found.attempted > 0 and found.failed == 0


def test_twice_a_number():
    """What is folded is exactly what was added."""
    import srcad

    def f(a, x):
        return np.sum(a * x * x / 3.0) + 0.5 * np.sum(x * x)

    x = np.linspace(-1.0, 2.0, 7)
    a_bar, x_bar = srcad.grad(f, (0, 1))(0.7, x)
    assert a_bar == pytest.approx(np.sum(x * x) / 3.0)
    np.testing.assert_allclose(x_bar, 2 * 0.7 * x / 3.0 + x, rtol=1e-15)
    assert x_bar is not x and not np.shares_memory(x_bar, x)


def test_half_a_square_is_not_the_argument():
    """``1.0 * x`` is a copy where it is returned."""
    import srcad

    x = np.arange(3.0)
    g = srcad.grad(lambda x: 0.5 * np.sum(x * x))
    assert np.array_equal(g(x), x) and not np.shares_memory(g(x), x)
    _, back = srcad.vjp(lambda x: 0.5 * (x * x), x)
    assert not np.shares_memory(back(np.ones(3))[0], x)


def test_copies_of_what_is_known_outside_stay():
    import srcad

    def f(x, y):
        return np.sum(x * 3.0) + np.sum(np.tril(y) * y) + np.sum(x + y)

    x, y = np.ones((2, 2)), np.ones((2, 2))
    one, other = srcad.grad(f, (0, 1))(x, y)
    assert not np.shares_memory(one, other)
    seed = np.ones((2, 2))
    _, back = srcad.vjp(lambda x, y: x + y, x, y)
    a, b = back(seed)
    assert not np.shares_memory(a, b) and not np.shares_memory(a, seed) and not np.shares_memory(b, seed)


@pytest.mark.parametrize("axis", [0, 1, -1, 2])
def test_spreading(axis, rng):
    import srcad
    from srcad.testing import check_grads

    f = {
        0: lambda x, w: np.sum(np.exp(np.sum(np.sin(x), axis=0)) * w),
        1: lambda x, w: np.sum(np.exp(np.sum(np.sin(x), axis=1)) * w),
        2: lambda x, w: np.sum(np.exp(np.sum(np.sin(x), axis=2)) * w),
        -1: lambda x, w: np.sum(np.exp(np.sum(np.sin(x), axis=-1)) * w),
    }[axis]
    x = rng.standard_normal((2, 3, 4))
    w = rng.standard_normal(np.sum(x, axis=axis).shape)
    check_grads(f, (x, w), argnums=(0, 1), order=2)
    g = srcad.grad(f)
    g(x, w)
    assert "expand_dims" not in g.source


def test_sums_that_broadcast_stay_sums(rng):
    """An inner product needs equal axes: with an axis of one, or another dtype, the sum of the product stays."""
    import srcad
    from srcad.testing import check_grads

    def f(a, x, y):
        return np.sum(np.sin(a * x) * y)

    for x, y in ((rng.standard_normal((2, 3)), rng.standard_normal((1, 3))), (rng.standard_normal((3, 1)), np.ones((1, 3)))):
        check_grads(f, (0.3, x, y), argnums=(0, 1, 2), order=1)
    x32 = np.ones(3, np.float32)
    assert srcad.grad(lambda a, x: np.sum(a * x))(np.float32(2.0), x32).dtype == np.float32


def test_what_is_written_in_between_is_not_read_later():
    """Operations are not moved behind a write to what they read."""
    import srcad

    def f(a):
        t = a.T
        t[1] *= a[0, 1]
        return (a * a).sum()

    a = np.asfortranarray(np.arange(6.0).reshape(2, 3) * 0.3 + 0.2)
    with without_all():
        expected = srcad.adjoint(f)(a.copy(order="F"), 1.0)[0]
    np.testing.assert_allclose(srcad.adjoint(f)(a.copy(order="F"), 1.0)[0], expected, rtol=1e-14)


def without_all():
    from srcad.optimize.pipeline import without

    return without(*(step.name for step in (*EARLY, *PASSES)))
