"""What a pullback keeps for being called again: copies of arrays of no elements, and of what was never bound."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.runtime import snapshot


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_views_of_arrays_of_any_length(n):
    def f(v, s):
        w = v[1:-1]
        w *= s
        v[:1] *= 2.0
        return np.sum(v * v) + np.sum(np.sin(v[::-1]))

    v = np.linspace(0.5, 1.0, n)
    value, pullback = srcad.vjp(f, v.copy(), 0.7)
    assert value == f(v.copy(), 0.7)
    first, again = pullback(1.0), pullback(1.0)
    assert repr(first) == repr(again)
    _, slope = srcad.jvp(f, (v.copy(), 0.7), (np.ones(n), 1.0))
    np.testing.assert_allclose(np.sum(first[0]) + first[1], slope, rtol=1e-12, atol=1e-12)


def test_a_name_that_is_bound_in_a_branch_of_a_loop():
    def f(v, w, A, n):
        for e in v:  # noqa: B007  (it is read after the loop)
            if n > 2:
                p = w[:-1]
                A[1:] = np.sin(v)
        return np.sum(p * np.cos(p)) + np.sum(A * e)

    args = np.array([0.3, 0.5, 0.7]), np.array([1.0, 2.0, 3.0]), np.ones((2, 3))
    adjoint, kwargs = srcad.adjoint(f, (0, 1, 2)), {"result_bar": 1.0}
    directions = np.ones(3), np.ones(3), np.ones((2, 3))
    _, along = srcad.jvp(adjoint, (*args, 5), directions, argnums=(0, 1, 2), kwargs=kwargs)
    _, pullback = srcad.vjp(adjoint, *args, 5, argnums=(0, 1, 2), kwargs=kwargs)
    for found, wanted in zip(pullback(directions), along, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_objects_in_arrays_are_copied():
    inner = np.ones(2)
    (copy, same), = snapshot(([np.array([inner, None], dtype=object), inner],))
    inner[0] = 7.0
    assert copy[0][0] == 1.0 and copy[0] is not inner and copy[1] is None and same[0] == 1.0


@pytest.mark.parametrize("view", [np.zeros(0)[1:-1], np.ones((3, 0), complex).real, np.ones((3, 0), complex).imag,
                                  np.ones((2, 3))[2:, 1:], np.ones((2, 0, 3))[1:, :, ::2], np.ones(4)[4:]])
def test_views_without_elements(view):
    copy = snapshot((view, [view]))
    assert copy[0].shape == view.shape and copy[0].dtype == view.dtype and copy[1][0] is copy[0]
