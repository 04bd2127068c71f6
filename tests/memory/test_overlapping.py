"""The same memory given as two arguments: inputs of their own where nobody writes, else refused with the line."""

from __future__ import annotations

import numpy as np
import pytest

import srcad


def reads(x, y):
    return (x * y * y).sum()


def writes(x, y):
    x[0] *= y[1]
    return (x * y).sum()


@pytest.mark.parametrize("overlap", [lambda a: (a, a), lambda a: (a[1:], a[:-1]), lambda a: (a, a[::-1])])
def test_what_is_only_read(overlap):
    x, y = overlap(np.array([1.0, 2.0, 3.0, 4.0]))
    for found in (srcad.grad(reads, (0, 1))(x, y), srcad.vjp(reads, x, y, argnums=(0, 1))[1](1.0)):
        np.testing.assert_allclose(found[0], y * y)
        np.testing.assert_allclose(found[1], 2.0 * x * y)
    dots = np.ones(len(x))
    np.testing.assert_allclose(srcad.tangent(reads, (0, 1))(x, y, dots, dots)[1], (y * y + 2.0 * x * y).sum())


@pytest.mark.parametrize("overlap", [lambda a: (a, a), lambda a: (a[1:], a[:-1]), lambda a: (a, a[::-1])])
def test_what_is_written_to_is_refused_with_its_line(overlap):
    x, y = overlap(np.array([1.0, 2.0, 3.0, 4.0]))
    with pytest.raises(ValueError, match="share memory") as caught:
        srcad.grad(writes)(x, y)
    assert "x[0] *= y[1]" in caught.value.__notes__[0]


def test_interleaved_arrays_share_nothing():
    a = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    found = srcad.grad(writes, (0, 1))(a[::2].copy(), a[1::2].copy())
    for mine, other in zip(found, srcad.grad(writes, (0, 1))(a[::2], a[1::2])):
        np.testing.assert_allclose(mine, other)
