"""Rules of NumPy's elementwise functions: ufuncs, and the functions that act like one.

Partial derivatives keep float32 (Python's literals are weak) and call NumPy where the user called NumPy. What they are
at single points is listed in docs/conventions.md; ``r + (r == 0)`` is r with 1 in place of 0.
"""

from __future__ import annotations

import math

import numpy as np

from srcad import runtime
from srcad.rules.registry import Call, defadjoint, deftangent, elementwise, linear, zero_derivative
from srcad.rules.static import is_boolean

POSITIVE = (0.3, 2.0)
INSIDE_UNIT = (-0.9, 0.9)
BEYOND_ONE = (1.1, 3.0)


# --- arithmetic -------------------------------------------------------------------------------------------------------


@elementwise(np.add, complex=True)
def add(z, x, y):
    return 1.0, 1.0


@elementwise(np.subtract, complex=True)
def subtract(z, x, y):
    return 1.0, -1.0


@elementwise(np.multiply, complex=True)
def multiply(z, x, y):
    return y, x


@elementwise(np.divide, domain=((-2.0, 2.0), POSITIVE), complex=True)
def divide(z, x, y):
    return 1.0 / y, -z / y


@elementwise(np.negative, complex=True)
def negative(y, x):
    return -1.0


@elementwise(np.positive, complex=True)
def positive(y, x):
    return 1.0


@elementwise(np.reciprocal, domain=POSITIVE, complex=True)
def reciprocal(y, x):
    return -y * y


@elementwise(np.square, complex=True)
def square(y, x):
    return 2.0 * x


@elementwise(np.power, domain=(POSITIVE, (-2.0, 2.0)), complex=True)
def power(z, x, n):
    """n x**(n-1), where n = 0 gives 0 also at x = 0; and z log(x), which is 0 at x = 0 and NaN for x < 0."""
    slope = n * 1.0 if is_boolean(n) else n * np.power(x, n - (n != 0))
    if np.iscomplexobj(z):
        return slope, z * np.log(np.where(x == 0, 1.0 + 0.0j, x))
    return slope, z * np.log(x + (x == 0))


@elementwise(np.float_power, domain=(POSITIVE, (-2.0, 2.0)), complex=True)
def float_power(z, x, n):
    slope = n * 1.0 if is_boolean(n) else n * np.float_power(x, n - (n != 0))
    if np.iscomplexobj(z):
        return slope, z * np.log(np.where(x == 0, 1.0 + 0.0j, x))
    return slope, z * np.log(x + (x == 0))


@elementwise(np.remainder, domain=((2.05, 2.2), (0.9, 1.0)))
def remainder(z, x, y):
    return 1.0, -np.floor_divide(x, y)


@elementwise(np.fmod, domain=((2.05, 2.2), (0.9, 1.0)))
def fmod(z, x, y):
    """z = x - n y for an integer n that does not change nearby."""
    return 1.0, np.rint((z - x) / y)


# --- exponentials and logarithms --------------------------------------------------------------------------------------


@elementwise(np.exp, complex=True)
def exp(y, x):
    return y


@elementwise(np.exp2, complex=True)
def exp2(y, x):
    return y * math.log(2.0)


@elementwise(np.expm1, complex=True)
def expm1(y, x):
    return y + 1.0


@elementwise(np.log, domain=POSITIVE, complex=True)
def log(y, x):
    return 1.0 / x


@elementwise(np.log2, domain=POSITIVE, complex=True)
def log2(y, x):
    return 1.0 / (x * math.log(2.0))


@elementwise(np.log10, domain=POSITIVE, complex=True)
def log10(y, x):
    return 1.0 / (x * math.log(10.0))


@elementwise(np.log1p, domain=(-0.7, 2.0), complex=True)
def log1p(y, x):
    return 1.0 / (1.0 + x)


@elementwise(np.sqrt, domain=POSITIVE, complex=True)
def sqrt(y, x):
    return 0.5 / y


@elementwise(np.cbrt, domain=POSITIVE)
def cbrt(y, x):
    return 1.0 / (3.0 * y * y)


@elementwise(np.logaddexp)
def logaddexp(z, x, y):
    return np.exp(x - z), np.exp(y - z)


@elementwise(np.logaddexp2)
def logaddexp2(z, x, y):
    return np.exp2(x - z), np.exp2(y - z)


# --- circular and hyperbolic functions --------------------------------------------------------------------------------


@elementwise(np.sin, complex=True)
def sin(y, x):
    return np.cos(x)


@elementwise(np.cos, complex=True)
def cos(y, x):
    return -np.sin(x)


@elementwise(np.tan, domain=(-1.2, 1.2), complex=True)
def tan(y, x):
    return 1.0 + y * y


@elementwise(np.arcsin, domain=INSIDE_UNIT, complex=True)
def arcsin(y, x):
    """Of complex numbers the result knows the branch; ``1 - x*x`` loses the sign of a zero imaginary part."""
    if np.iscomplexobj(x):
        return 1.0 / np.cos(y)
    return 1.0 / np.sqrt(1.0 - x * x)


@elementwise(np.arccos, domain=INSIDE_UNIT, complex=True)
def arccos(y, x):
    if np.iscomplexobj(x):
        return -1.0 / np.sin(y)
    return -1.0 / np.sqrt(1.0 - x * x)


@elementwise(np.arctan, complex=True)
def arctan(y, x):
    return 1.0 / (1.0 + x * x)


@elementwise(np.arctan2, domain=POSITIVE)
def arctan2(z, y, x):
    square = x * x + y * y
    return x / square, -y / square


@elementwise(np.sinh, complex=True)
def sinh(y, x):
    return np.cosh(x)


@elementwise(np.cosh, complex=True)
def cosh(y, x):
    return np.sinh(x)


@elementwise(np.tanh, complex=True)
def tanh(y, x):
    return 1.0 - y * y


@elementwise(np.arcsinh, complex=True)
def arcsinh(y, x):
    if np.iscomplexobj(x):
        return 1.0 / np.cosh(y)
    return 1.0 / np.sqrt(1.0 + x * x)


@elementwise(np.arccosh, domain=BEYOND_ONE, complex=True)
def arccosh(y, x):
    if np.iscomplexobj(x):
        return 1.0 / np.sinh(y)
    return 1.0 / np.sqrt(x * x - 1.0)


@elementwise(np.arctanh, domain=INSIDE_UNIT, complex=True)
def arctanh(y, x):
    return 1.0 / (1.0 - x * x)


@elementwise(np.degrees, np.rad2deg)
def degrees(y, x):
    return 180.0 / math.pi


@elementwise(np.radians, np.deg2rad)
def radians(y, x):
    return math.pi / 180.0


@elementwise(np.hypot)
def hypot(z, x, y):
    r = z + (z == 0)
    return x / r, y / r


# --- absolute values, signs, parts of a complex number ----------------------------------------------------------------


@elementwise(np.absolute, domain=POSITIVE)
def absolute(y, x):
    """The sign of x, 0 at 0; for complex x conj(x)/|x|, its real part taken with the tangent, and 0 at 0."""
    if np.iscomplexobj(x):
        return np.conj(x) / (y + (y == 0))
    return np.sign(x)


@elementwise(np.fabs, domain=POSITIVE)
def fabs(y, x):
    return np.sign(x)


@elementwise(np.sign)
def sign(y, x):
    """Piecewise constant for real x. For complex x it is x/|x|, whose derivative is not a product with dx: refused."""
    if np.iscomplexobj(x):
        return None
    return 0.0


@elementwise(np.copysign, domain=POSITIVE)
def copysign(z, x, y):
    return np.copysign(1.0, x) * np.copysign(1.0, y), 0.0


@linear(np.real, complex=True, calls=[Call("np.real(x)", x=(2, 3)), Call("np.real((1.0 + 2.0j) * x)", x=(3,))])
def real(y, x):
    if np.iscomplexobj(x):
        x_bar = y_bar + 0.0j
    else:
        x_bar = y_bar


@linear(np.imag, complex=True, calls=[Call("np.imag(x)", x=(2, 3)), Call("np.imag((1.0 + 2.0j) * x)", x=(3,))])
def imag(y, x):
    """A real number has no imaginary part, and no adjoint of it."""
    if np.iscomplexobj(x):
        x_bar = -1.0j * y_bar
    else:
        x_bar = np.zeros_like(y_bar)


@elementwise(np.angle, domain=POSITIVE)
def angle(y, x, deg=False):
    """arg x = Im log x; piecewise constant for real x."""
    if not np.iscomplexobj(x):
        return 0.0
    if deg:
        return -180.0j / math.pi / x
    return -1.0j / x


@linear(np.conjugate, np.ndarray.conjugate, np.ndarray.conj, complex=True, calls=[
    Call("np.conjugate(x)", x=(2, 3)), Call("((1.0 + 2.0j) * x).conj()", x=(3,))])
def conjugate(y, x):
    x_bar = np.conjugate(y_bar)


# --- selection --------------------------------------------------------------------------------------------------------


@elementwise(np.maximum)
def maximum(z, x, y):
    share = 0.5 + 0.5 * np.sign(x - y)
    return share, 1.0 - share


@elementwise(np.minimum)
def minimum(z, x, y):
    share = 0.5 - 0.5 * np.sign(x - y)
    return share, 1.0 - share


@elementwise(np.fmax)
def fmax(z, x, y):
    """Like maximum; where one operand is NaN the result is the other one."""
    share = np.where(np.isnan(y), 1.0, np.where(np.isnan(x), 0.0, 0.5 + 0.5 * np.sign(x - y)))
    return share, 1.0 - share


@elementwise(np.fmin)
def fmin(z, x, y):
    """Like minimum; where one operand is NaN the result is the other one."""
    share = np.where(np.isnan(y), 1.0, np.where(np.isnan(x), 0.0, 0.5 - 0.5 * np.sign(x - y)))
    return share, 1.0 - share


@elementwise(np.clip, np.ndarray.clip, domain=((-2.0, 2.0), (-1.5, -0.5), (0.5, 1.5)), calls=[
    Call("np.clip(x, y, z)", x=(2, 3), y=(3,), z=()), Call("np.clip(x, -1.0, 1.0)", x=(2, 3)),
    Call("np.clip(x, None, z)", x=(3,), z=(2, 3)), Call("np.clip(x, -0.5, None)", x=()),
    Call("x.clip(y, 1)", x=(2, 3), y=()), Call("x.clip(min=y)", x=(2, 3), y=(3,)), Call("x.clip(max=0.5)", x=(2, 3)),
    Call("np.clip(3.0 * x, y, z)", x=(9,), y=(9,), z=(9,)), Call("np.clip(3.0 * x, y, None)", x=(9,), y=(9,)),
    Call("np.clip(3.0 * x, None, z)", x=(9,), z=(9,)), Call("np.clip(x, x, z)", x=(4,), z=(4,)),
    Call("np.clip(x, x, x)", x=(4,)), Call("np.clip(x, None, x)", x=(4,)), Call("np.clip(x, x, None)", x=(4,)),
    Call("np.clip(3.0 * x, y, y - 1.0)", x=(9,), y=(9,)),
    Call("(3.0 * x).clip(max=z)", x=(9,), z=(9,)),
    *((Call("np.clip(x, None, None)", x=(3,)), Call("np.clip(3.0 * x, min=y, max=z)", x=(9,), y=(9,), z=(9,)))
      if hasattr(np, "unstack") else ())])                                        # NumPy 2.1
def clip(z, a, a_min=None, a_max=None, min=None, max=None):
    """minimum(maximum(a, low), high), each tie shared equally."""
    low = a_min if min is None else min
    high = a_max if max is None else max
    if low is None and high is None:
        return 1.0, None, None, None, None
    if high is None:
        above = 0.5 + 0.5 * np.sign(a - low)
        return above, 1.0 - above, None, 1.0 - above, None
    if low is None:
        below = 0.5 + 0.5 * np.sign(high - a)
        return below, None, 1.0 - below, None, 1.0 - below
    inside = (0.5 + 0.5 * np.sign(a - low)) * (0.5 + 0.5 * np.sign(high - a))
    at_low = (0.5 + 0.5 * np.sign(low - a)) * (0.5 + 0.5 * np.sign(high - low))
    at_high = 0.5 + 0.5 * np.sign(np.maximum(a, low) - high)
    return inside, at_low, at_high, at_low, at_high


@linear(np.where, ignores=("condition",), complex=True, calls=[
    Call("np.where(x > 0, x, y)", x=(2, 3), y=(3,)), Call("np.where([[True], [False]], x, y)", x=(3,), y=()),
    Call("np.where(True, x, y)", x=(), y=())])
def where(z, condition, x, y):
    """Selecting, not multiplying by 0: an infinity in the part that is not chosen stays out of sight."""
    x_bar = runtime.unbroadcast(np.where(condition, z_bar, 0.0), x)
    y_bar = runtime.unbroadcast(np.where(condition, 0.0, z_bar), y)


@elementwise(np.nan_to_num)
def nan_to_num(y, x, copy=True, nan=0.0, posinf=None, neginf=None):
    return np.isfinite(x)


@elementwise(np.heaviside, domain=POSITIVE)
def heaviside(z, x, y):
    return 0.0, np.equal(x, 0)


@elementwise(np.ldexp, calls=[Call("np.ldexp(x, 3)", x=(2, 3)), Call("np.ldexp(x, [1, 2, -1])", x=(2, 3))])
def ldexp(y, x, n):
    return 2.0**n, None


# --- two results ------------------------------------------------------------------------------------------------------


@defadjoint(np.frexp, calls=[Call("np.frexp(x)[0]", x=(2, 3))])
def frexp(y, x):
    """The mantissa is x times a power of two that does not change nearby; the exponent is a whole number."""
    x_bar = np.ldexp(y_bar[0], -y[1])


@deftangent(np.frexp)
def frexp_tangent(y, x):
    y_dot = np.ldexp(x_dot, -y[1]), None


@defadjoint(np.modf, calls=[Call("np.modf(x)", x=(2, 3)), Call("np.modf(x)[0]", x=())])
def modf(y, x):
    """The fractional part grows with x, the whole part does not."""
    x_bar = y_bar[0]


@deftangent(np.modf)
def modf_tangent(y, x):
    y_dot = np.positive(x_dot), runtime.zeros_like(y[1])


@defadjoint(np.divmod, divmod, domain=((2.05, 2.2), (0.9, 1.0)),
            calls=[Call("np.divmod(x, y)", x=(2, 3), y=(3,)), Call("np.divmod(x, y)[1]", x=(), y=(2, 2)),
                   Call("divmod(x, y)", x=(), y=())])
def quotient_and_remainder(z, x, y):
    """The quotient is piecewise constant; the remainder is x - z[0] y."""
    if isinstance(z[1], (int, float)):
        x_bar = z_bar[1]
        y_bar = -z[0] * z_bar[1]
    else:
        x_bar = runtime.unbroadcast(z_bar[1], x)
        y_bar = runtime.unbroadcast(-z[0] * z_bar[1], y)


@deftangent(np.divmod, divmod)
def quotient_and_remainder_tangent(z, x, y):
    if isinstance(z[1], (int, float)):
        z_dot = 0.0, x_dot - z[0] * y_dot
    else:
        z_dot = runtime.zeros_like(z[0]), runtime.broadcast_like(x_dot - z[0] * y_dot, z[1])


# --- functions with helpers of their own ------------------------------------------------------------------------------


@elementwise(np.sinc)
def sinc(y, x):
    """sinc x = j_0(πx) and j_0' = -j_1 (DLMF 10.51.2): exact at 0, to every order."""
    return -math.pi * runtime.spherical_bessel(1, math.pi * x)


@elementwise(runtime.spherical_bessel, calls=[Call("spherical_bessel(0, x)", x=(3,)), Call("spherical_bessel(2, x)", x=(3,))])
def spherical_bessel(y, n, x):
    """DLMF 10.51.2, in the form without division by x."""
    if n == 0:
        return None, -runtime.spherical_bessel(1, x)
    below = runtime.spherical_bessel(n - 1, x)
    above = runtime.spherical_bessel(n + 1, x)
    return None, (n * below - (n + 1) * above) / (2 * n + 1)


@elementwise(np.i0)
def i0(y, x):
    """I_0' = I_1 (DLMF 10.29.3)."""
    return runtime.bessel_i(1, x)


@elementwise(runtime.bessel_i, calls=[Call("bessel_i(2, x)", x=(3,))])
def bessel_i(y, n, x):
    """2 I_n' = I_(n-1) + I_(n+1) (DLMF 10.29.1)."""
    return None, 0.5 * (runtime.bessel_i(n - 1, x) + runtime.bessel_i(n + 1, x))


@elementwise(np.nextafter)
def nextafter(z, x, y):
    """The number itself and the least that it can grow: that is piecewise constant."""
    return 1.0, 0.0


zero_derivative(
    np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.ndarray.round,
    np.floor_divide, np.spacing,
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
    np.isfinite, np.isinf, np.isnan, np.isneginf, np.isposinf, np.iscomplex, np.isreal, np.isclose, np.signbit,
    np.iscomplexobj, np.isrealobj, np.isscalar, np.allclose, np.array_equal, np.array_equiv,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift, np.bitwise_count,
    np.gcd, np.lcm,
)
