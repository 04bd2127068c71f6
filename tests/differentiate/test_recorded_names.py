"""Names that are bound in inner loops and branches, and kept for the reverse sweep before they are bound."""

from __future__ import annotations

import numpy as np
import pytest

import srcad


def in_the_innermost_loop(w, n):
    for _ in range(n):
        for _ in range(2):
            for e in w:
                a = np.sin(w) * e
    return np.sum(a * np.cos(a))


def in_four_loops(w, n):
    total = 0.0
    for _ in range(n):
        for _ in range(2):
            for _ in range(2):
                for e in w:
                    a = np.outer(w, w) * e
                total += np.sum(a * a)
    return total + np.sum(np.cos(a))


def in_a_branch_of_an_inner_loop(w, n):
    total = 0.0
    for _ in range(n):
        for j in range(3):
            if j > 0:
                a = w * w[j]
            if j > 1:
                total += np.sum(a * a)
    return total + a[0]


def in_a_while_loop(w, n):
    k = 0
    while k < n:
        k += 1
        j = 0
        while j < 2:
            j += 1
            for e in w:
                a = np.exp(w * e)
    return np.sum(a * a)


def of_memory(w, n):
    v = w * 1.0
    for i, e in enumerate(w):
        if i % 2 == 1:
            a = v
        if not e < 1.0:
            a[i] *= a[i - 1] * n
        p = v[-2:]
    return np.sum(p * np.cos(p))


@pytest.mark.parametrize("optimize", [True, False])
@pytest.mark.parametrize("w", [np.array([0.4, 0.3, 0.2]), np.array([0.4, 1.3, 0.2])])
@pytest.mark.parametrize("function", [in_the_innermost_loop, in_four_loops, in_a_branch_of_an_inner_loop, in_a_while_loop,
                                      of_memory])
def test_recorded_before_they_are_bound(function, w, optimize):
    along = np.array([0.5, -1.0, 0.25])
    gradient = srcad.grad(function, optimize=optimize)(w, 3)
    _, slope = srcad.jvp(function, (w, 3), (along,), argnums=(0,))
    h = 1e-6
    np.testing.assert_allclose(np.sum(gradient * along), slope, rtol=1e-11)
    np.testing.assert_allclose(slope, (function(w + h * along, 3) - function(w - h * along, 3)) / (2 * h), rtol=1e-6)
    value, pullback = srcad.vjp(function, w, 3, argnums=(0,))
    np.testing.assert_allclose(pullback(1.0)[0], gradient, rtol=1e-12)
    assert value == function(w, 3)
    _, curved = srcad.jvp(srcad.grad(function, optimize=optimize), (w, 3), (along,), argnums=(0,))
    wanted = [(a - b) / (2 * h) for a, b in zip(*(srcad.grad(function)(w + s * h * along, 3) for s in (1, -1)))]
    np.testing.assert_allclose(curved, wanted, rtol=1e-4, atol=1e-5)


def test_a_name_that_is_read_before_it_is_bound_is_an_error_still():
    with pytest.raises((UnboundLocalError, TypeError)):
        srcad.grad(in_the_innermost_loop)(np.ones(3), 0)
