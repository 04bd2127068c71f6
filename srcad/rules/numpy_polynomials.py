"""Coefficients of series: the functions of numpy.polynomial, `np.poly`.

The lowest order comes first, in `np.poly` the highest. NumPy leaves out the highest coefficients of a sum, product or remainder
where they came out as 0. There is no derivative of what is not there: `untrimmed` raises an error.
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from srcad.rules.numpy_functions import in_form
from srcad.rules.registry import Call, defadjoint, deftangent, linear
from srcad.runtime import as_complex, match_kind, padded, trim_series, untrimmed

# ---------------------------------------------------------------------------------------------------------------------
# Roots


def lagged(c):
    """The lower triangular matrix of the coefficients ``c[k - j]`` of a polynomial, all but the last."""
    lags = np.arange(np.size(c) - 1)
    return np.tril(c[np.abs(lags[:, None] - lags)])


def without_each(c, z):
    """The coefficients of the monic polynomial `c` divided by each of the factors ``x - z[i]`` (columns), which are the sums of
    ``c[k - j] * z[i]**j``."""
    return lagged(c) @ np.vander(z, np.size(z), True).T


@defadjoint(np.poly, calls=(
    Call("np.poly(z)", z=(4,)), Call("np.poly([a, 2.0, b])", a=(), b=()), Call("np.poly(z)", z=(1,)),
    Call("np.poly(np.array([1.0, 1.0, 2.0]) + 0.0 * z)", z=(3,)), Call("np.poly(a)", a=(3, 3)),
    Call("np.poly(2.0 * np.eye(3) + 0.0 * a)", a=(3, 3)), Call("np.poly(a)", a=(1, 1))))
def _poly(y, seq_of_zeros):
    z = np.asarray(seq_of_zeros)
    if np.ndim(z) == 1:
        seq_of_zeros_bar = in_form(-y_bar[1:] @ without_each(y, z), seq_of_zeros)
    else:
        weights = y_bar[1:] @ lagged(y)          # c'[k+1] = -sum of c[k - j] * tr(z^j z')  (Faddeev and LeVerrier)
        power = np.eye(np.shape(z)[0])
        total = 0.0 * z
        for j in range(np.shape(z)[0]):
            total = total + weights[j] * power
            power = power @ z
        seq_of_zeros_bar = in_form(-total.T, seq_of_zeros)


@deftangent(np.poly)
def _poly_tangent(y, seq_of_zeros):
    z, z_dot = np.asarray(seq_of_zeros), np.asarray(seq_of_zeros_dot)
    if np.ndim(z) == 1:
        moved = without_each(y, z) @ z_dot
    else:
        columns = lagged(y)
        power = np.eye(np.shape(z)[0])
        moved = 0.0 * y[1:]
        for j in range(np.shape(z)[0]):
            moved = moved + columns[:, j] * np.sum(power.T * z_dot)
            power = power @ z
    y_dot = -np.concatenate([np.zeros(1), moved])


@defadjoint(polynomial.polyfromroots, complex=True, calls=(
    Call("np.polynomial.polynomial.polyfromroots(z)", z=(4,)), Call("np.polynomial.polynomial.polyfromroots([a, 2.0])", a=())))
def _polyfromroots(y, roots):
    z = np.asarray(roots)
    roots_bar = in_form(-y_bar[::-1][1:] @ without_each(y[::-1], z), roots)


@deftangent(polynomial.polyfromroots)
def _polyfromroots_tangent(y, roots):
    moved = without_each(y[::-1], np.asarray(roots)) @ np.asarray(roots_dot)
    y_dot = -np.concatenate([moved[::-1], np.zeros(1)])


def roots_slope(y, c):
    """The derivative of every root (a row) with respect to every coefficient."""
    r = as_complex(y, c)
    return -np.vander(r, np.size(c), True) / polynomial.polyval(r, polynomial.polyder(c))[:, None]


@defadjoint(polynomial.polyroots, complex=True, calls=(
    Call("np.polynomial.polynomial.polyroots(np.array([-6.0, 11.0, -6.0, 1.0]) + 0.01 * c)", c=(4,)),
    Call("np.abs(np.polynomial.polynomial.polyroots([4.0 + b, a, 1.0]))", a=(), b=())))
def _polyroots(y, c):
    coefficients = np.asarray(c)
    c_bar = in_form(match_kind(as_complex(y_bar, coefficients) @ roots_slope(y, coefficients), coefficients), c)


@deftangent(polynomial.polyroots)
def _polyroots_tangent(y, c):
    y_dot = match_kind(roots_slope(y, np.asarray(c)) @ np.asarray(c_dot), y)


# ---------------------------------------------------------------------------------------------------------------------
# Sums, products


MODULES = ((polynomial, "poly"), (chebyshev, "cheb"), (legendre, "leg"), (hermite, "herm"), (hermite_e, "herme"),
           (laguerre, "lag"))


def functions_of(ending: str) -> list:
    """The functions of all modules whose names end so."""
    return [getattr(module, prefix + ending) for module, prefix in MODULES]


def calls_of(ending: str, arguments: str, *shapes: dict) -> tuple:
    """Calls of all of them."""
    return tuple(Call(f"np.polynomial.{module.__name__.rpartition('.')[2]}.{prefix}{ending}({arguments})", **given)
                 for module, prefix in MODULES for given in shapes)


SIZES = ({"a": (3,), "b": (2,)}, {"a": (2,), "b": (4,)}, {"a": (3,), "b": (3,)})


@defadjoint(*functions_of("add"), complex=True, calls=calls_of("add", "a, b", *SIZES))
def _add(y, c1, c2):
    g = untrimmed(y_bar, max(np.size(c1), np.size(c2)))
    c1_bar = in_form(g[:np.size(c1)], c1)
    c2_bar = in_form(g[:np.size(c2)], c2)


@deftangent(*functions_of("add"))
def _add_tangent(y, c1, c2):
    size = max(np.size(c1), np.size(c2))
    y_dot = untrimmed(padded(np.atleast_1d(c1_dot), size) + padded(np.atleast_1d(c2_dot), size), np.size(y))


@defadjoint(*functions_of("sub"), complex=True, calls=calls_of("sub", "a, b", *SIZES))
def _sub(y, c1, c2):
    g = untrimmed(y_bar, max(np.size(c1), np.size(c2)))
    c1_bar = in_form(g[:np.size(c1)], c1)
    c2_bar = in_form(-g[:np.size(c2)], c2)


@deftangent(*functions_of("sub"))
def _sub_tangent(y, c1, c2):
    size = max(np.size(c1), np.size(c2))
    y_dot = untrimmed(padded(np.atleast_1d(c1_dot), size) - padded(np.atleast_1d(c2_dot), size), np.size(y))


@defadjoint(polynomial.polymul, complex=True, calls=calls_of("mul", "a, b", *SIZES)[:3])
def _mul(y, c1, c2):
    g = untrimmed(y_bar, np.size(c1) + np.size(c2) - 1)
    c1_bar = in_form(np.convolve(g, np.atleast_1d(c2)[::-1], "valid"), c1)
    c2_bar = in_form(np.convolve(g, np.atleast_1d(c1)[::-1], "valid"), c2)


@deftangent(polynomial.polymul)
def _mul_tangent(y, c1, c2):
    moved = np.convolve(np.atleast_1d(c1_dot), np.atleast_1d(c2)) + np.convolve(np.atleast_1d(c1), np.atleast_1d(c2_dot))
    y_dot = untrimmed(moved, np.size(y))


@defadjoint(trim_series, complex=True, calls=(Call("trim_series(c)", c=(3,)),))
def _trim_series(y, c):
    c_bar = untrimmed(y_bar, np.size(c))


@deftangent(trim_series)
def _trim_series_tangent(y, c):
    y_dot = untrimmed(c_dot, np.size(y))


@linear(padded, complex=True, calls=(Call("padded(c, 5)", c=(3,)),))
def _padded(y, c, size):
    c_bar = y_bar[:np.size(c)]


@linear(untrimmed, complex=True, calls=(Call("untrimmed(g, 3)", g=(3,)),))
def _untrimmed(y, g, size):
    g_bar = y_bar


# ---------------------------------------------------------------------------------------------------------------------
# Derivatives and integrals: linear in the coefficients, and the function tells its matrix of the unit vectors


def calculus(derivative, integral, ending: str) -> None:
    """Rules of a derivative and of an integral."""
    @defadjoint(derivative, complex=True, calls=(
        Call(f"np.polynomial.{ending}der(c)", c=(4,)), Call(f"np.polynomial.{ending}der(c, 2, 0.5)", c=(5,)),
        Call(f"np.polynomial.{ending}der(c, m=3)", c=(2,)), Call(f"np.polynomial.{ending}der(c, axis=1)", c=(2, 4))))
    def _der(y, c, m=1, scl=1, axis=0):
        matrix = derivative(np.eye(np.shape(c)[axis]), m, scl)
        c_bar = in_form(np.moveaxis(np.tensordot(matrix.T, np.moveaxis(y_bar, axis, 0), 1), 0, axis), c)

    @deftangent(derivative)
    def _der_tangent(y, c, m=1, scl=1, axis=0):
        y_dot = derivative(np.asarray(c_dot), m, scl, axis)

    @defadjoint(integral, complex=True, calls=(
        Call(f"np.polynomial.{ending}int(c)", c=(4,)), Call(f"np.polynomial.{ending}int(c, 2, [1.0], 0.5, 2.0)", c=(3,)),
        Call(f"np.polynomial.{ending}int(c, lbnd=-1)", c=(1,)), Call(f"np.polynomial.{ending}int(c, axis=1)", c=(2, 3))))
    def _int(y, c, m=1, k=[], lbnd=0, scl=1, axis=0):  # noqa: B006 -- as NumPy's
        matrix = integral(np.eye(np.shape(c)[axis]), m, [], lbnd, scl)
        g = untrimmed(np.moveaxis(y_bar, axis, 0), np.shape(matrix)[0])
        c_bar = in_form(np.moveaxis(np.tensordot(matrix.T, g, 1), 0, axis), c)

    @deftangent(integral)
    def _int_tangent(y, c, m=1, k=[], lbnd=0, scl=1, axis=0):  # noqa: B006 -- as NumPy's
        matrix = integral(np.eye(np.shape(c)[axis]), m, [], lbnd, scl)
        moved = untrimmed(np.tensordot(matrix, np.moveaxis(np.asarray(c_dot), axis, 0), 1), np.shape(y)[axis])
        y_dot = match_kind(np.moveaxis(moved, 0, axis), y)


for _module, _prefix in MODULES:
    calculus(getattr(_module, _prefix + "der"), getattr(_module, _prefix + "int"),
             f"{_module.__name__.rpartition('.')[2]}.{_prefix}")
