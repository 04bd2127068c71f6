"""Rules of the standard library's `cmath`. Its functions are holomorphic: f'(z) is the partial derivative.

Derivatives of inverse functions are written in terms of the result, which knows the branch: ``sqrt(1 - x*x)`` would
lose the sign of a zero imaginary part, and with it the side of the cut.
"""

from __future__ import annotations

import cmath
import math

from srcad.rules.registry import elementwise, zero_derivative


@elementwise(cmath.exp, complex=True)
def exp(y, x):
    return y


@elementwise(cmath.log, domain=(0.3, 2.0), complex=True)
def log(y, x, base=None):
    if base is None:
        return 1.0 / x, None
    return 1.0 / (x * cmath.log(base)), -y / (base * cmath.log(base))


@elementwise(cmath.log10, domain=(0.3, 2.0), complex=True)
def log10(y, x):
    return 1.0 / (x * math.log(10.0))


@elementwise(cmath.sqrt, domain=(0.3, 2.0), complex=True)
def sqrt(y, x):
    return 0.5 / y


@elementwise(cmath.sin, complex=True)
def sin(y, x):
    return cmath.cos(x)


@elementwise(cmath.cos, complex=True)
def cos(y, x):
    return -cmath.sin(x)


@elementwise(cmath.tan, domain=(-1.2, 1.2), complex=True)
def tan(y, x):
    return 1.0 + y * y


@elementwise(cmath.asin, domain=(-0.8, 0.8), complex=True)
def asin(y, x):
    return 1.0 / cmath.cos(y)


@elementwise(cmath.acos, domain=(-0.8, 0.8), complex=True)
def acos(y, x):
    return -1.0 / cmath.sin(y)


@elementwise(cmath.atan, complex=True)
def atan(y, x):
    return 1.0 / (1.0 + x * x)


@elementwise(cmath.sinh, complex=True)
def sinh(y, x):
    return cmath.cosh(x)


@elementwise(cmath.cosh, complex=True)
def cosh(y, x):
    return cmath.sinh(x)


@elementwise(cmath.tanh, complex=True)
def tanh(y, x):
    return 1.0 - y * y


@elementwise(cmath.asinh, complex=True)
def asinh(y, x):
    return 1.0 / cmath.cosh(y)


@elementwise(cmath.acosh, domain=(1.2, 3.0), complex=True)
def acosh(y, x):
    return 1.0 / cmath.sinh(y)


@elementwise(cmath.atanh, domain=(-0.8, 0.8), complex=True)
def atanh(y, x):
    return 1.0 / (1.0 - x * x)


@elementwise(cmath.phase, domain=(0.3, 2.0))
def phase(y, x):
    """arg x = Im log x: the real part of the partial derivative times dx; zero on the real axis."""
    return -1.0j / x


@elementwise(cmath.rect)
def rect(y, r, phi):
    return cmath.rect(1.0, phi), 1.0j * y


zero_derivative(cmath.isclose, cmath.isfinite, cmath.isinf, cmath.isnan)
