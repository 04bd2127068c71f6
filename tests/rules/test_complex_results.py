"""The tangent of a complex result is complex, also where only its real part moves."""

from __future__ import annotations

import numpy as np
import pytest

import srcad


@pytest.mark.parametrize("function", [
    lambda x: x + 1j, lambda x: 1j - x, lambda x: np.add(x, np.array([1j, 2.0])), lambda x: np.where(x > 0, x, 1j)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_real_operand_beside_a_complex_constant(function, dtype):
    x = np.array([0.5, -0.7], dtype)
    value, tangent = srcad.jvp(function, (x,), (x,))
    assert tangent.dtype == value.dtype
    srcad.check_grads(function, (x,), order=2)


def test_the_adjoint_of_a_real_part_moves_as_a_complex_number():
    def adjoint(z, w):
        return srcad.vjp(np.real, z)[1](w)[0]

    z, w = np.array([1.0 + 2.0j, 3.0]), np.ones(2)
    assert srcad.jvp(adjoint, (z, w), (z, w))[1].dtype == np.complex128
