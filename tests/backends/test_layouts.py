"""Arrays as they come, given to compiled derivatives: strided, unaligned, of no or one element, read-only."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import UnsupportedError

pytest.importorskip("numba")


def product(v, w):
    return np.dot(v, w) + np.sum(v * w)


def crossing(v, w):
    v[1:] += 0.5 * v[:-1]
    v += v[::-1]
    w *= v
    return np.sum(w * w)


def recurrence(v, w):
    for i in range(1, len(v)):
        v[i] = v[i - 1] * v[i] + w[-1 - i]
    return np.sum(v)


def counted(v, w):
    h = np.zeros(3)
    for i, x in enumerate(v):
        h[i % 3] += x * w[i] if x > 0 else w[i]
    return h[::2] * 2.0


def until(v, w):
    total, k = 1.0, 0
    while total < 3.0 and k < len(v):
        total += abs(v[k]) * w[k] ** 2
        k += 1
    v[:k] *= total
    return np.sum(v) * total


def chosen(v, w):
    v[v > 0] *= 2.0
    return np.sum(np.where(v > w, v * w, w)) + np.sum(np.sort(v) * w)


def plain(x):
    return x.copy()


def strided(x):
    return np.stack([x, x + 1.0], 1)[:, 0]


def backwards(x):
    return x[::-1].copy()[::-1]


def unaligned(x):
    y = np.zeros(8 * len(x) + 1, np.uint8)[1:].view(np.float64)
    y[...] = x
    return y


def read_only(x):
    y = x.copy()
    y.flags.writeable = False
    return y


LAYOUTS = (plain, strided, backwards, unaligned)


def compare(function, pairs):
    """A compiled adjoint against the interpreter's, for fresh arguments; of both, what is left in the arguments, too."""
    interpreted, compiled = srcad.adjoint(function, (0, 1)), srcad.adjoint(function, (0, 1), backend="numba")
    for make in pairs:
        results = []
        for g in (interpreted, compiled):
            args = make()
            seed = np.ones_like(np.asarray(function(*make())))
            results.append((*g(*args, result_bar=float(seed) if seed.ndim == 0 else seed), *args))
        for found, wanted in zip(results[1], results[0], strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def arguments():
    rng = np.random.default_rng(0)
    for n in (4, 1, 0):
        v, w = rng.normal(size=n), rng.normal(size=n)
        for first, second in zip(LAYOUTS, LAYOUTS[1:] + LAYOUTS[:1]):
            yield lambda v=v, w=w, first=first, second=second: (first(v), second(w))


def test_layouts():
    compare(recurrence, arguments())


@pytest.mark.slow
@pytest.mark.parametrize("function", [product, crossing, counted, until, chosen])
def test_layouts_of_more(function):
    compare(function, arguments())


def test_read_only_arrays_that_are_read():
    one = np.arange(3.0)
    compare(product, [lambda: (plain(one), np.ones(3)), lambda: (read_only(one), read_only(np.ones(3))), lambda: (one, one)])


@pytest.mark.parametrize("function", [crossing, recurrence])
@pytest.mark.parametrize("called_before", [False, True])
def test_read_only_arrays_that_are_written_to(function, called_before):
    g = srcad.grad(function, (0, 1), backend="numba")
    if called_before:                                # the types of the arguments are others then, and compiled anew
        g(np.ones(3), np.ones(3))
    with pytest.raises(UnsupportedError, match=r"writes to v.*read-only"):
        g(read_only(np.ones(3)), np.ones(3))
    assert len(g(np.ones(3), np.ones(3))) == 2
