"""Series of numpy.polynomial, as objects and as coefficients, and polynomials that are made of roots or divided."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Chebyshev, Hermite, HermiteE, Laguerre, Legendre, Polynomial
from numpy.polynomial import polynomial as power

import srcad
from srcad.testing import check_grads

C = np.array([1.0, -2.0, 3.0])
X = np.array([0.3, 0.7])
OUTSIDE = Polynomial([1.0, 2.0, 0.5])
ON_TWO = Legendre([1.0, 2.0], domain=[0.0, 2.0])


def called(c, x):
    return Polynomial(c)(x)


def with_a_domain(c, x):
    p = Chebyshev(c, [0.0, 2.0], window=[-1, 3])
    return p(x) + p.deriv()(0.5) * p.coef[1]


def sums(c, x):
    p = Hermite(c) - Hermite([1.0, 2.0, 3.0, 4.0]) + 2.0
    return (3.0 - p * 2)(x) / 2.0


def calculus(c, x):
    return Laguerre(c).integ(2, lbnd=0.5)(x) - HermiteE(c).deriv(2)(x) + Legendre(c).integ()(x)


def products(c, x):
    p = Polynomial(c)
    return (p * p**2 - p)(x) + len(p) + p.degree()


def quotients(c, x):
    q, r = divmod(Polynomial(c), Polynomial([1.0, 2.0]))
    return q(x) + r.coef + (Polynomial(c) % Polynomial([0.5, 1.0]))(x) + (Polynomial(c) // Polynomial([1.0, 2.0])).coef


def with_one_from_outside(c, x):
    return (OUTSIDE + Polynomial(c) * OUTSIDE)(x) + (OUTSIDE - c[0])(x)


def in_a_loop(c, x):
    p = Polynomial(c[:1])
    for k in range(3):
        p = p * Polynomial([0.5, 1.0]) + c[k]
    return p(x)


def evaluated(p, x):
    return p(x) * p.coef[0]


def given(c, x):
    return evaluated(Polynomial(c), x) * isinstance(Polynomial(c), Polynomial)


def roots(c, x):
    return np.real(Polynomial(c).roots()) + Polynomial.fromroots(x)(0.5) + Polynomial.fromroots(x).coef[:2]


def spaced(c, x):
    t, y = Polynomial(c).linspace(4)
    return t * y + (-Polynomial(c)).coef[0] + (+Polynomial(c)).truncate(2)(1.0) + Polynomial(c).cutdeg(1)(x).sum()


@pytest.mark.parametrize("f", [called, with_a_domain, sums, calculus, products, quotients, with_one_from_outside, in_a_loop,
                               given, roots, spaced])
def test_objects(f):
    np.testing.assert_array_equal(srcad.jvp(f, (C, X), (C, X))[0], f(C, X))
    check_grads(f, (C, X), order=2)


def test_one_on_a_domain_of_its_own_is_not_added_to_another():
    with pytest.raises(TypeError, match="Domains differ"):
        srcad.jacrev(lambda c: (ON_TWO + Legendre(c)).coef)(C)
    with pytest.raises(TypeError, match="types differ"):
        srcad.jacrev(lambda c: (Polynomial(c) + Legendre(c)).coef)(C)


def test_a_returned_series_is_numpys():
    value, moved = srcad.jvp(lambda c: Polynomial(c).deriv(), (C,), (np.ones(3),))
    assert type(value) is Polynomial and value == Polynomial(C).deriv()
    np.testing.assert_array_equal(moved.coef, [1.0, 2.0])


def test_what_is_not_followed_is_refused():
    with pytest.raises(srcad.errors.SrcadError, match="convert"):
        srcad.jacrev(lambda c: Polynomial(c).convert(kind=Chebyshev).coef)(C)
    with pytest.raises(srcad.errors.NoRuleError, match="chebmul"):
        srcad.jacrev(lambda c: (Chebyshev(c) * Chebyshev(c)).coef)(C)


@pytest.mark.parametrize("mode", [srcad.jacrev, srcad.jacfwd])
def test_coefficients_that_numpy_leaves_out(mode):
    with pytest.raises(ValueError, match="came out as 0"):
        mode(lambda c: power.polysub(c, [0.0, 0.0, 3.0]))(C)
    with pytest.raises(ValueError, match="came out as 0"):
        mode(lambda c: power.polymul(c, [1.0, 2.0]))(np.array([1.0, 2.0, 0.0]))
    np.testing.assert_allclose(mode(lambda c: power.polydiv(c, [1.0, 2.0, 1.0])[0])(np.array([1.0, 3.0, 3.0, 1.0])),
                               [[0.0, 0.0, 1.0, -2.0], [0.0, 0.0, 0.0, 1.0]])
    with pytest.raises(ValueError, match="came out as 0"):
        mode(lambda c: power.polydiv(c, [1.0, 2.0, 1.0])[1])(np.array([1.0, 3.0, 3.0, 1.0]))


def test_long_division():
    u = np.array([1.5, -0.3, 2.0, 0.7])

    def f(u, v):
        q, r = np.polydiv(u, v)
        return np.concatenate([q, r])

    for v in (np.array([2.0, 0.3]), np.array([1.0, 0.4, -0.7]), np.array([3.0]), np.ones(5)):
        np.testing.assert_array_equal(srcad.jvp(f, (u, v), (u, v))[0], f(u, v))
        check_grads(f, (u, v), order=2)
    check_grads(lambda u: np.polydiv(u, [2.0, 1.0])[0], (u + 1j * u[::-1],), order=2)
    check_grads(lambda a: np.polydiv([a, 1.0, 2.0], [a, 3.0])[1], (1.3,), order=2)


def test_series_divided_and_raised():
    u, v = np.array([1.5, -0.3, 2.0, 0.7]), np.array([0.4, 1.0, 0.5])

    def f(u, v):
        q, r = power.polydiv(u, v)
        return np.concatenate([q, r, power.polypow(v, 3), power.polypow(u, 0)])

    for divisor in (v, v[:1], np.append(u, 1.0)):
        np.testing.assert_array_equal(srcad.jvp(f, (u, divisor), (u, divisor))[0], f(u, divisor))
        check_grads(f, (u, divisor), order=2)


def test_the_characteristic_polynomial_is_smooth_at_repeated_eigenvalues():
    def sum_of_squares(a):
        return np.sum(np.poly(a) ** 2)

    a = np.array([[2.0, 1.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]])
    for point in (2.0 * np.eye(3), a, np.diag([1.0, 2.0, 5.0]) + 0.3):
        h = 1e-4
        hessian = srcad.hessian(sum_of_squares)(point)
        direction = np.arange(9.0).reshape(3, 3) / 9
        slope = srcad.grad(sum_of_squares)
        expected = (slope(point + h * direction) - slope(point - h * direction)) / (2 * h)
        np.testing.assert_allclose(np.tensordot(hessian, direction, 2), expected, rtol=1e-6, atol=1e-5)


def test_complex_roots_are_refused_where_the_type_depends_on_them():
    with pytest.raises(srcad.errors.UnsupportedError, match="polyfromroots"):
        srcad.jacrev(lambda z: np.abs(np.poly(z)))(np.array([1.0 + 1j, 1.0 - 1j]))
    check_grads(lambda z: power.polyfromroots(z), (np.array([1.0 + 1j, 1.0 - 1j, 0.3]),), order=2)
