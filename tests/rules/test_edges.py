"""Derivatives at the single points of docs/conventions.md, of functions that srcad compiles."""

from __future__ import annotations

import math

import numpy as np
import pytest

import srcad
from srcad import grad, jvp


def power_0(x):
    return x**0


def power_1(x):
    return x**1


def power_2(x):
    return x**2


def power_3(x):
    return x**3.0


def python_abs(x):
    return abs(x)


def absolute(x):
    return np.abs(x)


def fabs(x):
    return math.fabs(x)


def relu(x):
    return np.maximum(x, 0.0)


def python_relu(x):
    return max(x, 0.0)


def hypot(x):
    return np.hypot(x, 0.0)


def python_hypot(x):
    return math.hypot(x, 0.0)


def sinc(x):
    return np.sinc(x)


def clip(x):
    return np.clip(x, 0.0, 1.0)


def copysign(x):
    return math.copysign(x, -1.0)


def where(x):
    return np.where(x > 0, x, 2.0 * x)


def i0(x):
    return np.i0(x)


def sign(x):
    return np.sign(x) * x


#: (function, its derivative at 0, its second derivative at 0)
AT_ZERO = [
    (power_0, 0.0, 0.0), (power_1, 1.0, 0.0), (power_2, 0.0, 2.0), (power_3, 0.0, 0.0), (python_abs, 0.0, 0.0),
    (absolute, 0.0, 0.0), (fabs, 0.0, 0.0), (relu, 0.5, 0.0), (python_relu, 0.5, 0.0), (hypot, 0.0, None),
    (python_hypot, 0.0, None), (sinc, 0.0, -math.pi**2 / 3.0), (clip, 0.5, 0.0), (copysign, -1.0, 0.0),
    (where, 2.0, 0.0), (i0, 0.0, 0.5), (sign, 0.0, 0.0),
]
PLAIN = (fabs, python_relu, python_hypot, copysign)


@pytest.mark.parametrize(("f", "first", "second"), AT_ZERO, ids=lambda v: getattr(v, "__name__", ""))
def test_derivatives_at_zero(f, first, second):
    assert grad(f)(0.0) == first
    assert jvp(f, (0.0,), (1.0,))[1] == first
    if second is not None:
        assert grad(grad(f))(0.0) == pytest.approx(second, rel=1e-14)
        assert jvp(grad(f), (0.0,), (1.0,))[1] == pytest.approx(second, rel=1e-14)
    if f not in PLAIN:
        np.testing.assert_array_equal(jvp(f, (np.zeros(3),), (np.ones(3),))[1], np.full(3, first))


def power(x, n):
    return x**n


def summed_power(x, n):
    return np.sum(x**n)


@pytest.mark.parametrize(("x", "n", "expected"), [
    (-2.0, 3.0, (12.0, math.nan)), (0.0, 0.0, (0.0, 0.0)), (0.0, 3.0, (0.0, 0.0)), (0.0, 1.0, (1.0, 0.0)),
    (2.0, 0.0, (0.0, math.log(2.0))),
])
def test_powers(x, n, expected):
    np.testing.assert_array_equal(grad(power, argnums=(0, 1))(x, n), expected)


def test_powers_of_arrays():
    x = np.array([0.0, 0.0, 0.0, -2.0])
    np.testing.assert_array_equal(grad(summed_power)(x, np.array([0, 1, 2, 3])), [0.0, 1.0, 0.0, 12.0])
    np.testing.assert_array_equal(grad(summed_power)(x, np.array([0.0, 1.0, 2.0, 3.0])), [0.0, 1.0, 0.0, 12.0])


def test_literal_exponents_are_written_as_one_would():
    def f(x):
        return x**2 + x**3

    source = grad(f).source
    assert "2 * x" in source and "3 * x ** 2" in source and "!=" not in source


def complex_sign(x):
    return np.real(np.sign(x + 1j * x))


def test_what_has_no_known_derivative_is_refused():
    with pytest.raises(srcad.SrcadError, match="no known derivative"):
        grad(complex_sign)(1.2)
    with pytest.raises(srcad.SrcadError, match="no known derivative"):
        jvp(complex_sign, (1.2,), (1.0,))


def test_orders_are_refused():
    special = pytest.importorskip("scipy.special")

    def order(v):
        return special.jv(v, 1.0)

    with pytest.raises(srcad.SrcadError, match="jv has no known derivative with respect to its argument 1"):
        grad(order)(1.2)


@pytest.mark.parametrize(("f", "expected"), [
    (lambda x: np.sum(np.power(x, [3, 2])), [3.0, 4.0]),
    (lambda x: np.sum(x * [1.0, 2.0] + [3.0, 4.0]), [1.0, 2.0]),
    (lambda x: np.sum(np.multiply([x[0], 2.0], [1.0, x[1]])), [1.0, 2.0]),
    (lambda x: np.sum(np.maximum(x, (0.5, 3.0))), [1.0, 0.0]),
    (lambda x: np.sum(np.square((x, x))), [4.0, 8.0]),
])
def test_lists_beside_arrays(f, expected):
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(grad(f)(x), expected, rtol=1e-14)
    np.testing.assert_allclose(jvp(f, (x,), (np.ones(2),))[1], sum(expected), rtol=1e-14)


def test_real_and_imaginary_parts():
    def f(z):
        return np.real(z * z) + np.abs(z) + np.imag(z)

    z = 1 + 2j
    expected = 2 * z + z.conjugate() / abs(z) - 1j
    assert grad(f)(z) == pytest.approx(expected)
    for direction in (1.0, 1j):
        tangent = jvp(f, (z,), (complex(direction),))[1]
        assert isinstance(tangent, float) and tangent == pytest.approx((expected * direction).real)


def test_float32_stays_float32():
    def f(x, y):
        return np.sum(np.maximum(x, y) * np.float_power(x, 2.0) + np.clip(x, 0.5, 1.0) + np.ldexp(x, 2))

    x, y = np.ones((2, 3), np.float32), np.full(3, 2.0, np.float32)
    x_bar, y_bar = grad(f, argnums=(0, 1))(x, y)
    assert x_bar.dtype == y_bar.dtype == np.float32
