"""Rules of the standard library's `math`: Python numbers, or sequences of them, in; Python numbers out.

Where a derivative is infinite or does not exist, Python's arithmetic raises, as the function itself would just outside
its domain (``math.sqrt`` at 0: ZeroDivisionError).
"""

from __future__ import annotations

import math

import numpy as np

from srcad import runtime
from srcad.rules.registry import Call, defadjoint, deftangent, elementwise, linear, multilinear, zero_derivative

POSITIVE = (0.3, 2.0)
INSIDE_UNIT = (-0.9, 0.9)
BEYOND_ONE = (1.1, 3.0)


# --- exponentials, logarithms, powers ---------------------------------------------------------------------------------


@elementwise(math.exp)
def exp(y, x):
    return y


@elementwise(math.exp2)
def exp2(y, x):
    return y * math.log(2.0)


@elementwise(math.expm1)
def expm1(y, x):
    return y + 1.0


@elementwise(math.log, domain=(1.3, 3.0), calls=[Call("math.log(x)", x=()), Call("math.log(x, y)", x=(), y=())])
def log(y, x, base=None):
    if base is None:
        return 1.0 / x, None
    return 1.0 / (x * math.log(base)), -y / (base * math.log(base))


@elementwise(math.log2, domain=POSITIVE)
def log2(y, x):
    return 1.0 / (x * math.log(2.0))


@elementwise(math.log10, domain=POSITIVE)
def log10(y, x):
    return 1.0 / (x * math.log(10.0))


@elementwise(math.log1p, domain=(-0.7, 2.0))
def log1p(y, x):
    return 1.0 / (1.0 + x)


@elementwise(math.sqrt, domain=POSITIVE)
def sqrt(y, x):
    return 0.5 / y


@elementwise(math.cbrt, domain=POSITIVE)
def cbrt(y, x):
    return 1.0 / (3.0 * y * y)


@elementwise(math.pow, domain=(POSITIVE, (-2.0, 2.0)))
def power(z, x, n):
    return n * math.pow(x, n - (n != 0)), z * runtime.log_of_base(x)


@elementwise(runtime.log_of_base, domain=POSITIVE)
def log_of_base(y, x):
    return 1.0 / (x + (x == 0))


# --- circular and hyperbolic functions --------------------------------------------------------------------------------


@elementwise(math.sin)
def sin(y, x):
    return math.cos(x)


@elementwise(math.cos)
def cos(y, x):
    return -math.sin(x)


@elementwise(math.tan, domain=(-1.2, 1.2))
def tan(y, x):
    return 1.0 + y * y


@elementwise(math.asin, domain=INSIDE_UNIT)
def asin(y, x):
    return 1.0 / math.sqrt(1.0 - x * x)


@elementwise(math.acos, domain=INSIDE_UNIT)
def acos(y, x):
    return -1.0 / math.sqrt(1.0 - x * x)


@elementwise(math.atan)
def atan(y, x):
    return 1.0 / (1.0 + x * x)


@elementwise(math.atan2, domain=POSITIVE)
def atan2(z, y, x):
    return x / (x * x + y * y), -y / (x * x + y * y)


@elementwise(math.sinh)
def sinh(y, x):
    return math.cosh(x)


@elementwise(math.cosh)
def cosh(y, x):
    return math.sinh(x)


@elementwise(math.tanh)
def tanh(y, x):
    return 1.0 - y * y


@elementwise(math.asinh)
def asinh(y, x):
    return 1.0 / math.sqrt(1.0 + x * x)


@elementwise(math.acosh, domain=BEYOND_ONE)
def acosh(y, x):
    return 1.0 / math.sqrt(x * x - 1.0)


@elementwise(math.atanh, domain=INSIDE_UNIT)
def atanh(y, x):
    return 1.0 / (1.0 - x * x)


@elementwise(math.degrees)
def degrees(y, x):
    return 180.0 / math.pi


@elementwise(math.radians)
def radians(y, x):
    return math.pi / 180.0


@elementwise(math.hypot, calls=[Call("math.hypot(x)", x=()), Call("math.hypot(x, y)", x=(), y=()),
                                 Call("math.hypot(x, 1.0, y, y)", x=(), y=()),
                                 Call("math.hypot(1.0, x, 1.0, y, x, y, x, y)", x=(), y=())])
def hypot(z, a, b=0.0, c=0.0, d=0.0, e=0.0, f=0.0, g=0.0, h=0.0):
    r = z + (z == 0)
    return a / r, b / r, c / r, d / r, e / r, f / r, g / r, h / r


# --- special functions ------------------------------------------------------------------------------------------------


@elementwise(math.erf)
def erf(y, x):
    return 2.0 / math.sqrt(math.pi) * math.exp(-x * x)


@elementwise(math.erfc)
def erfc(y, x):
    return -2.0 / math.sqrt(math.pi) * math.exp(-x * x)


@elementwise(math.gamma, domain=POSITIVE)
def gamma(y, x):
    return y * runtime.polygamma(0, x)


@elementwise(math.lgamma, domain=POSITIVE)
def lgamma(y, x):
    return runtime.polygamma(0, x)


@elementwise(runtime.polygamma, domain=POSITIVE, calls=[Call("polygamma(2, x)", x=())])
def polygamma(y, n, x):
    return None, runtime.polygamma(n + 1, x)


# --- signs, remainders, parts -----------------------------------------------------------------------------------------


@elementwise(math.fabs, domain=POSITIVE)
def fabs(y, x):
    return math.copysign(1.0, x) * (x != 0)


@elementwise(math.copysign, domain=POSITIVE)
def copysign(z, x, y):
    return math.copysign(1.0, x) * math.copysign(1.0, y), 0.0


@elementwise(math.fmod, math.remainder, domain=((2.05, 2.2), (0.9, 1.0)))
def remainder(z, x, y):
    """z = x - n y for an integer n that does not change nearby."""
    return 1.0, round((z - x) / y)


@elementwise(math.ldexp, calls=[Call("math.ldexp(x, 3)", x=())])
def ldexp(y, x, n):
    return math.ldexp(1.0, n), None


@defadjoint(math.frexp, calls=[Call("math.frexp(x)[0]", x=())])
def frexp(y, x):
    """The mantissa is x times a power of two that does not change nearby; the exponent is a whole number."""
    x_bar = math.ldexp(y_bar[0], -y[1])


@deftangent(math.frexp)
def frexp_tangent(y, x):
    y_dot = math.ldexp(x_dot, -y[1]), None


@defadjoint(math.modf, calls=[Call("math.modf(x)", x=())])
def modf(y, x):
    """The fractional part grows with x, the whole part does not."""
    x_bar = y_bar[0]


@deftangent(math.modf)
def modf_tangent(y, x):
    y_dot = x_dot, 0.0


# --- sequences --------------------------------------------------------------------------------------------------------


@linear(math.fsum, calls=[Call("math.fsum([x, 2.0, y])", x=(), y=()), Call("math.fsum(x)", x=(3,))])
def fsum(y, seq):
    seq_bar = runtime.nest_like(np.broadcast_to(y_bar, (len(seq),)), seq)


@linear(runtime.numbers_of, calls=[Call("numbers_of([x, y])", x=(), y=())])
def numbers_of(y, dots):
    dots_bar = runtime.nest_like(y_bar, dots)


@defadjoint(math.prod, calls=[Call("math.prod([x, 2.0, y])", x=(), y=()), Call("math.prod(x, start=s)", x=(3,), s=())])
def prod(y, seq, *, start=1):
    others = runtime.product_of_others(np.array(seq), 0)
    seq_bar = runtime.nest_like(y_bar * start * others, seq)
    start_bar = y_bar * math.prod(seq)


@deftangent(math.prod)
def prod_tangent(y, seq, *, start=1):
    others = runtime.product_of_others(np.array(seq), 0)
    y_dot = start * np.dot(others, runtime.numbers_of(seq_dot)) + start_dot * math.prod(seq)


@defadjoint(math.dist, calls=[Call("math.dist(x, y)", x=(3,), y=(3,)),
                              Call("math.dist([x, 1.0], (0.0, y))", x=(), y=())])
def dist(z, p, q):
    """The unit vector from q to p, and 0 where they meet."""
    direction = (np.array(p) - np.array(q)) / (z + (z == 0))
    p_bar = runtime.nest_like(z_bar * direction, p)
    q_bar = runtime.nest_like(-z_bar * direction, q)


@deftangent(math.dist)
def dist_tangent(z, p, q):
    direction = (np.array(p) - np.array(q)) / (z + (z == 0))
    z_dot = np.dot(direction, runtime.numbers_of(p_dot) - runtime.numbers_of(q_dot))


if hasattr(math, "sumprod"):              # Python 3.12
    @multilinear(math.sumprod, calls=[Call("math.sumprod(x, y)", x=(3,), y=(3,)),
                                      Call("math.sumprod([x, 1.0], (2.0, y))", x=(), y=())])
    def sumprod(z, p, q):
        p_bar = runtime.nest_like(z_bar * np.array(q), p)
        q_bar = runtime.nest_like(z_bar * np.array(p), q)


if hasattr(math, "fma"):                  # Python 3.13
    @elementwise(math.fma)
    def fma(w, x, y, z):
        return y, x, 1.0


@elementwise(math.nextafter)
def nextafter(z, x, y):
    """As `np.nextafter`."""
    return 1.0, 0.0


zero_derivative(
    math.floor, math.ceil, math.trunc, math.isfinite, math.isinf, math.isnan, math.isclose, math.ulp,
    math.factorial, math.comb, math.perm, math.gcd, math.lcm, math.isqrt,
)
