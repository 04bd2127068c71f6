"""Large results of compiled functions: the system is asked for large pages, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

import srcad

pytest.importorskip("numba")


def table(x, n):
    out = np.empty((n, 4))
    for i in range(n):
        for j in range(4):
            out[i, j] = x[j] * (i + j)
    return out


@pytest.mark.parametrize("n", [0, 3, 140_000])
def test_results_of_any_size(n):
    x = np.arange(1.0, 5.0)
    made = srcad.compiled(table)
    out = made(x, n)
    np.testing.assert_array_equal(out, (np.arange(n)[:, None] + np.arange(4)) * x)
    assert "in_large_pages(np.empty((n, 4)))" in made.source
    out[...] = 1.0


def test_arrays_that_stay_inside_are_not_asked_for():
    def f(x, n):
        y = np.empty(n)
        for i in range(n):
            y[i] = x * i
        return y[n - 1]

    g = srcad.grad(f, backend="numba")
    assert g(2.0, 4) == 3.0 and "in_large_pages" not in g.source
