"""Polynomials, spaced numbers on curves, phases; conversions of precision and to lists.

Polynomials are vectors of coefficients, the highest power first. Which leading zeros `np.polymul` drops, and by which
multiple of a period `np.unwrap` shifts, is piecewise constant.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.numpy_linalg_more import as_of
from srcad.rules.registry import Call, defadjoint, deftangent, linear
from srcad.rules.static import refuse
from srcad.runtime import as_complex, match_kind, nest_like, unbroadcast


def in_form(g, x):
    """An adjoint as an array, in the form of the operand: a list of numbers has a list."""
    return nest_like(g, x) if isinstance(x, (list, tuple)) else np.reshape(g, np.shape(x))


# ---------------------------------------------------------------------------------------------------------------------
# Polynomials


@defadjoint(np.vander, complex=True, calls=(
    Call("np.vander(x)", x=(3,)), Call("np.vander(x, 4)", x=(3,)), Call("np.vander(x, N=2, increasing=True)", x=(3,)),
    Call("np.vander(x, 1)", x=(3,)), Call("np.vander(x, increasing=True)", x=(3,))))
def _vander(y, x, N=None, increasing=False):
    powers = y if increasing else y[:, ::-1]
    g = y_bar if increasing else y_bar[:, ::-1]
    x_bar = in_form(np.sum(g[:, 1:] * powers[:, :-1] * np.arange(1, np.shape(y)[1]), axis=1), x)


@deftangent(np.vander)
def _vander_tangent(y, x, N=None, increasing=False):
    powers = y if increasing else y[:, ::-1]
    slopes = np.concatenate([np.zeros_like(y[:, :1]), powers[:, :-1] * np.arange(1, np.shape(y)[1])], axis=1)
    moved = slopes * np.asarray(x_dot)[:, None]
    y_dot = moved if increasing else moved[:, ::-1]


@defadjoint(np.roots, complex=True, calls=(
    Call("np.roots(np.array([1.0, -6.0, 11.0, -6.0]) + 0.01 * p)", p=(4,)),
    Call("np.abs(np.roots([1.0, a, 4.0 + b]))", a=(), b=()),
    Call("np.real(np.roots(np.array([1.0, 0.5, 3.0, 1.0, 0.5]) + 0.01 * p))", p=(5,))))
def _roots(y, p):
    """At a root r of p the derivative of p(r) = 0: infinite where it is a multiple one."""
    coefficients = np.asarray(p)
    g = as_of(as_complex(y_bar, coefficients) @ roots_slope(y, coefficients), coefficients)
    p_bar = in_form(g, p)


@deftangent(np.roots)
def _roots_tangent(y, p):
    y_dot = match_kind(roots_slope(y, np.asarray(p)) @ np.asarray(p_dot), y)


def roots_slope(y, p):
    """The derivative of every root (a row) with respect to every coefficient."""
    r = as_complex(y, p)
    return -np.vander(r, np.size(p)) / np.polyval(np.polyder(p), r)[:, None]


@defadjoint(np.polyval, complex=True, calls=(
    Call("np.polyval(p, x)", p=(4,), x=()), Call("np.polyval(p, x)", p=(3,), x=(5,)),
    Call("np.polyval(p, x)", p=(3,), x=(2, 3)), Call("np.polyval([1.0, 2.0, 3.0], x)", x=(2,)),
    Call("np.polyval([a, b, 1.0], 1.5)", a=(), b=()), Call("np.polyval(p, x)", p=(1,), x=(3,))))
def _polyval(y, p, x):
    p_bar = in_form(np.ravel(y_bar) @ np.vander(np.ravel(x), np.size(p)), p)
    x_bar = y_bar * np.polyval(np.polyder(np.asarray(p)), x)


@deftangent(np.polyval)
def _polyval_tangent(y, p, x):
    y_dot = np.polyval(np.asarray(p_dot), x) + np.polyval(np.polyder(np.asarray(p)), x) * x_dot


@linear(np.polyder, complex=True, calls=(
    Call("np.polyder(p)", p=(4,)), Call("np.polyder(p, 2)", p=(5,)), Call("np.polyder(p, m=0)", p=(3,)),
    Call("np.polyder(p)", p=(1,)), Call("np.polyder(p, 3)", p=(2,))))
def _polyder(y, p, m=1):
    count = np.size(y)
    factors = np.polyder(np.ones(np.size(p)), m)
    p_bar = in_form(np.concatenate([y_bar * factors, np.zeros(np.size(p) - count)]), p)


@linear(np.polyint, complex=True, calls=(
    Call("np.polyint(p)", p=(3,)), Call("np.polyint(p, 2)", p=(3,)), Call("np.polyint(p, m=0)", p=(3,))))
def _polyint(y, p, m=1):
    count = np.size(p)
    p_bar = in_form(y_bar[:count] * np.polyint(np.ones(count), m)[:count], p)


@linear(np.polyadd, complex=True, calls=(
    Call("np.polyadd(a, b)", a=(3,), b=(3,)), Call("np.polyadd(a, b)", a=(2,), b=(4,)),
    Call("np.polyadd(a, [b, 1.0])", a=(3,), b=()), Call("np.polyadd(a, b)", a=(3,), b=())))
def _polyadd(y, a1, a2):
    a1_bar = in_form(y_bar[np.size(y) - np.size(a1):], a1)
    a2_bar = in_form(y_bar[np.size(y) - np.size(a2):], a2)


@linear(np.polysub, complex=True, calls=(
    Call("np.polysub(a, b)", a=(3,), b=(3,)), Call("np.polysub(a, b)", a=(2,), b=(4,))))
def _polysub(y, a1, a2):
    a1_bar = in_form(y_bar[np.size(y) - np.size(a1):], a1)
    a2_bar = in_form(-y_bar[np.size(y) - np.size(a2):], a2)


@defadjoint(np.polymul, complex=True, calls=(
    Call("np.polymul(a, b)", a=(3,), b=(2,)), Call("np.polymul(a, b)", a=(2,), b=(4,)),
    Call("np.polymul([0.0, 0.0, 2.0], b)", b=(3,)), Call("np.polymul(a, b)", a=(1,), b=(3,)),
    Call("np.polymul(a, b)", a=(), b=(3,)), Call("np.polymul(a, [2, 1])", a=(3,))))
def _polymul(y, a1, a2):
    """The product of the coefficients' sequences, without the leading zeros."""
    p = np.atleast_1d(a1)
    q = np.atleast_1d(a2)
    dropped = np.size(p) + np.size(q) - 1 - np.size(y)
    g = np.concatenate([np.zeros(dropped), y_bar])
    a1_bar = in_form(np.convolve(g, q[::-1], "valid")[:np.size(p)], a1)
    a2_bar = in_form(np.convolve(g, p[::-1], "valid")[:np.size(q)], a2)


@deftangent(np.polymul)
def _polymul_tangent(y, a1, a2):
    moved = np.convolve(np.atleast_1d(a1_dot), np.atleast_1d(a2)) + np.convolve(np.atleast_1d(a1), np.atleast_1d(a2_dot))
    y_dot = moved[np.size(moved) - np.size(y):]


# ---------------------------------------------------------------------------------------------------------------------
# Numbers spaced evenly on a logarithmic scale


def places(num, endpoint):
    """Where the numbers are between the first, 0, and the last, 1."""
    return np.linspace(0.0, 1.0, num, endpoint)




@defadjoint(np.logspace, domain=(0.5, 1.5), calls=(
    Call("np.logspace(a, b, 5)", a=(), b=()),
    Call("np.logspace(a, b, num=4, endpoint=False, base=2.0)", a=(), b=()),
    Call("np.logspace(a, b, 3, base=c)", a=(), b=(), c=()),
    Call("np.logspace(a, b, 3)", a=(2,), b=(2,)),
    Call("np.logspace(a, b, 3, axis=-1)", a=(2,), b=())))
def _logspace(y, start, stop, num=50, endpoint=True, base=10.0, *, axis=0):
    if np.ndim(base) != 0:
        refuse("np.logspace has a derivative rule for a base that is a number only", "write base ** np.linspace(...)")
    first = np.moveaxis(y_bar * y, axis, 0)
    scaled = np.log(base) * first
    weights = places(num, endpoint)
    start_bar = unbroadcast(np.tensordot(1.0 - weights, scaled, 1), start)
    stop_bar = unbroadcast(np.tensordot(weights, scaled, 1), stop)
    base_bar = np.sum(np.moveaxis(np.linspace(start, stop, num, endpoint, axis=axis), axis, 0) * first) / base


@deftangent(np.logspace)
def _logspace_tangent(y, start, stop, num=50, endpoint=True, base=10.0, *, axis=0):
    if np.ndim(base) != 0:
        refuse("np.logspace has a derivative rule for a base that is a number only", "write base ** np.linspace(...)")
    exponents = np.linspace(start, stop, num, endpoint, axis=axis)
    y_dot = y * (np.log(base) * (exponents_dot(y, start_dot, stop_dot, num, endpoint, axis))
                 + exponents * (base_dot / base))


def exponents_dot(y, start_dot, stop_dot, num, endpoint, axis):
    """The tangent of evenly spaced numbers, in y's shape."""
    weights = places(num, endpoint)
    weights = np.moveaxis(np.reshape(weights, (-1,) + (1,) * (np.ndim(y) - 1)), 0, axis)
    first = np.expand_dims(start_dot, axis) if np.ndim(start_dot) else start_dot
    last = np.expand_dims(stop_dot, axis) if np.ndim(stop_dot) else stop_dot
    return (1.0 - weights) * first + weights * last


@defadjoint(np.geomspace, domain=(0.5, 1.5), complex=True, calls=(
    Call("np.geomspace(a, b, 5)", a=(), b=()),
    Call("np.geomspace(-a, -b, num=4, endpoint=False)", a=(), b=()),
    Call("np.geomspace(a, b, 3)", a=(2,), b=(2,)),
    Call("np.geomspace(a, b, 3, axis=-1)", a=(2,), b=())))
def _geomspace(y, start, stop, num=50, endpoint=True, *, axis=0):
    """``start ** (1 - w) * stop ** w``"""
    first = np.moveaxis(y_bar * y, axis, 0)
    weights = places(num, endpoint)
    start_bar = unbroadcast(np.tensordot(1.0 - weights, first, 1) / start, start)
    stop_bar = unbroadcast(np.tensordot(weights, first, 1) / stop, stop)


@deftangent(np.geomspace)
def _geomspace_tangent(y, start, stop, num=50, endpoint=True, *, axis=0):
    y_dot = y * exponents_dot(y, start_dot / start, stop_dot / stop, num, endpoint, axis)


# ---------------------------------------------------------------------------------------------------------------------
# Phases, conversions


@defadjoint(np.unwrap, ignores=("discont",), domain=(-6.0, 6.0), calls=(
    Call("np.unwrap(x)", x=(6,)), Call("np.unwrap(x, axis=0)", x=(5, 2)),
    Call("np.unwrap(x, period=4.0)", x=(2, 5)), Call("np.unwrap(x, 4.0)", x=(6,)),
    Call("np.unwrap(3.0 * x, period=4.0 + 0.02 * p)", x=(6,), p=())))
def _unwrap(y, p, discont=None, axis=-1, *, period=None):
    """Every element is shifted by a whole number of periods."""
    p_bar = y_bar
    if period is not None:
        period_bar = np.sum(y_bar * np.round((y - p) / period))


@deftangent(np.unwrap)
def _unwrap_tangent(y, p, discont=None, axis=-1, *, period=None):
    if period is None:
        y_dot = np.copy(p_dot)
    else:
        y_dot = p_dot + np.round((y - p) / period) * period_dot


@linear(np.real_if_close, calls=(Call("np.real_if_close(x)", x=(3,)), Call("np.real_if_close(x, 1000)", x=(2, 2))))
def _real_if_close(y, a, tol=100):
    if np.iscomplexobj(a):
        refuse("whether np.real_if_close gives real or complex numbers depends on how large the imaginary parts are",
               "use np.real")
    a_bar = y_bar


@linear(np.asarray_chkfinite, complex=True, calls=(
    Call("np.asarray_chkfinite(x)", x=(2, 3)), Call("np.asarray_chkfinite([a, 1.0, b])", a=(), b=())))
def _asarray_chkfinite(y, a, dtype=None, order=None):
    a_bar = nest_like(y_bar, a) if isinstance(a, (list, tuple)) else y_bar


@linear(np.require, complex=True, calls=(
    Call("np.require(x, requirements=['C'])", x=(2, 3)), Call("np.require(x, np.complex128)", x=(3,))))
def _require(y, a, dtype=None, requirements=None):
    a_bar = nest_like(y_bar, a) if isinstance(a, (list, tuple)) else y_bar


@linear(np.float64, np.float32, np.float16, np.longdouble, calls=(
    Call("np.float64(x)", x=()), Call("np.float64(x)", x=(2, 3)), Call("np.float64(x) * np.sin(x)", x=())))
def _real_number(y, x):
    x_bar = y_bar


@linear(np.complex128, np.complex64, np.clongdouble, complex=True, calls=(
    Call("np.complex128(x)", x=()), Call("np.complex128(x)", x=(2, 3))))
def _complex_number(y, x):
    x_bar = y_bar


@linear(np.ndarray.tolist, complex=True, calls=(
    Call("x.tolist()[1]", x=(3,)), Call("x.tolist()[1][0]", x=(2, 3)), Call("sum(x.tolist())", x=(3,))))
def _tolist(y, a):
    a_bar = np.array(y_bar)


@linear(np.bincount, domain=(0.5, 2.0), calls=(
    Call("np.bincount(np.array([0, 2, 2, 1]), w)", w=(4,)),
    Call("np.bincount([3, 0], weights=w, minlength=6)", w=(2,))))
def _bincount(y, x, weights=None, minlength=0):
    """Linear in the weights; the numbers that are counted are whole."""
    weights_bar = in_form(np.take(y_bar, x), weights)
