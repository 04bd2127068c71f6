"""Numbers that are floats or integers, as a branch decides: adjoints made of them were arrays of integers.

What was added to such an array later was cut off.
"""

from __future__ import annotations

import numpy as np
import pytest

import srcad

v = np.array([0.3, -1.2, 0.7])


def factor(n):
    return 2.5 if n > 1 else 3


def item_then_sum(v, n):
    first = v[0] * 0.5
    return first + np.sum(v) * factor(n)


def items_then_sum(v, n):
    total = 0.0
    for i in range(len(v)):
        total = total + v[i] * 0.5
    return total + np.sum(v) * factor(n)


def slice_then_sum(v, n):
    s = np.sum(v[1:] * 0.25)
    return s * s * 0.3 + np.sum(v) * factor(n)


def counted(v, n):
    first = v[0] * 0.25
    scale = 1
    for _ in range(n):
        scale = scale * 1.5
    return first + np.sum(v) * scale * factor(n)


@pytest.mark.parametrize("optimize", [True, False])
@pytest.mark.parametrize("n", [0, 3])
@pytest.mark.parametrize("f", [item_then_sum, items_then_sum, slice_then_sum, counted])
def test_adjoints_are_floats(f, n, optimize):
    gradient = srcad.grad(f, optimize=optimize)(v, n)
    expected = srcad.grad(f, mode="forward")(v, n)
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, expected, rtol=1e-12)
    srcad.check_grads(f, (v, n), argnums=0)
