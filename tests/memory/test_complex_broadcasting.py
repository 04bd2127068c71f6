"""Real arrays that are broadcast into complex ones: their adjoints are real, also where axes are summed."""

from __future__ import annotations

import numpy as np
import pytest

import srcad


def subtracted(w, B):
    B -= w
    return np.sum(B).imag ** 2


def from_a_part(w, B):
    B -= w[1:-1]
    return np.sum(B).imag ** 2 + 3.0 * np.sum(B.real)


def scaled(w, B):
    B[::2] *= w[:1]
    return np.sum(B).imag ** 2 + 3.0 * np.sum(B.real)


def stored(w, B):
    p = w[:1]
    p *= 2.0
    B[...] = p
    return np.sum(B * 1j).imag ** 2 + 3.0 * np.sum(B.real)


def in_an_expression(w, B):
    return np.sum(np.abs(B * w[:1] + w[0]) ** 2)


@pytest.mark.filterwarnings("error::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("optimize", [True, False])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 1), (2, 3, 2)])
@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("function", [subtracted, from_a_part, scaled, stored, in_an_expression])
def test_adjoints_are_real(function, n, shape, optimize):
    rng = np.random.default_rng(0)
    w, B, along = rng.normal(size=n), rng.normal(size=shape) * (1.0 + 0.5j), rng.normal(size=n)
    try:
        function(w.copy(), B.copy())
    except ValueError:
        pytest.skip("these shapes do not fit")
    w_bar, B_bar = srcad.grad(function, (0, 1), optimize=optimize)(w.copy(), B.copy())
    assert w_bar.dtype == np.float64 and B_bar.dtype == np.complex128
    _, slope = srcad.jvp(function, (w.copy(), B.copy()), (along,), argnums=(0,))
    np.testing.assert_allclose(np.sum(w_bar * along), slope, rtol=1e-10, atol=1e-10)


def test_precision_is_that_of_the_operand():
    def f(w, B):
        return np.sum(B * w)

    w_bar, B_bar = srcad.grad(f, (0, 1))(np.ones(1, np.float32), np.ones((2, 3)))
    assert w_bar.dtype == np.float32 and B_bar.dtype == np.float64
