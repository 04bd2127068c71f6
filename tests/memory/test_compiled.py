"""Compiled code reads a number from memory again rather than record it, but only where nothing is written there later."""

from __future__ import annotations

import numpy as np
import pytest

import srcad

pytest.importorskip("numba", reason="the newest Python may have no Numba yet")


def written_behind_itself(x):
    y = np.copy(x)
    for k in range(1, len(y)):
        a = y[k]
        y[k] = np.sin(a) * y[k - 1]
    return np.sum(y)


def written_in_a_later_pass(x):
    y = np.copy(x)
    for _ in range(3):
        for k in range(len(y)):
            a = y[k]
            y[k] = a * a
    return np.sum(y)


def written_before(x):
    y = np.copy(x)
    y *= x
    total = 0.0
    for k in range(len(y)):
        a = y[k]
        total = total * 0.5 + np.sin(a) * a
    return total


@pytest.mark.parametrize("f", [written_behind_itself, written_in_a_later_pass, written_before])
def test_numbers_read_from_memory(f):
    x = np.array([0.3, 0.7, 1.1, 0.4])
    expected = [f(x + 1e-30j * e).imag / 1e-30 for e in np.eye(4)]
    for backend in ("numba", "python"):
        np.testing.assert_allclose(srcad.grad(f, backend=backend)(x), expected, rtol=1e-13)
