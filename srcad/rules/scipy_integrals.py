"""Rules of `scipy.special`: error functions; exponential, sine and Fresnel integrals.

References are to the NIST Digital Library of Mathematical Functions.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from srcad.rules.registry import Call, defadjoint, deftangent, elementwise

POSITIVE = (0.4, 2.5)
INSIDE_UNIT = (-0.8, 0.8)
PROBABILITY = (0.1, 0.9)


# --- error functions --------------------------------------------------------------------------------------------------


@elementwise(special.erf, complex=True)
def erf(y, x):
    """DLMF 7.2.1."""
    return 2.0 / math.sqrt(math.pi) * np.exp(-x * x)


@elementwise(special.erfc, complex=True)
def erfc(y, x):
    return -2.0 / math.sqrt(math.pi) * np.exp(-x * x)


@elementwise(special.erfcx, complex=True)
def erfcx(y, x):
    return 2.0 * x * y - 2.0 / math.sqrt(math.pi)


@elementwise(special.erfi, complex=True)
def erfi(y, x):
    return 2.0 / math.sqrt(math.pi) * np.exp(x * x)


@elementwise(special.erfinv, domain=INSIDE_UNIT)
def erfinv(y, x):
    return 0.5 * math.sqrt(math.pi) * np.exp(y * y)


@elementwise(special.erfcinv, domain=(0.2, 1.8))
def erfcinv(y, x):
    return -0.5 * math.sqrt(math.pi) * np.exp(y * y)


@elementwise(special.wofz, complex=True)
def wofz(y, z):
    """DLMF 7.10.2."""
    return 2.0j / math.sqrt(math.pi) - 2.0 * z * y


@elementwise(special.dawsn, complex=True)
def dawsn(y, x):
    """By differentiating DLMF 7.2.5."""
    return 1.0 - 2.0 * x * y


@elementwise(special.ndtr)
def ndtr(y, x):
    return np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


@elementwise(special.log_ndtr)
def log_ndtr(y, x):
    return np.exp(-0.5 * x * x - y) / math.sqrt(2.0 * math.pi)


@elementwise(special.ndtri, domain=PROBABILITY)
def ndtri(y, p):
    return math.sqrt(2.0 * math.pi) * np.exp(0.5 * y * y)


@elementwise(special.ndtri_exp, domain=(-2.0, -0.2))
def ndtri_exp(y, x):
    return math.sqrt(2.0 * math.pi) * np.exp(x + 0.5 * y * y)


@elementwise(special.owens_t)
def owens_t(y, h, a):
    in_h = -0.5 / math.sqrt(2.0 * math.pi) * np.exp(-0.5 * h * h) * special.erf(a * h / math.sqrt(2.0))
    square = 1.0 + a * a
    return in_h, np.exp(-0.5 * h * h * square) / (2.0 * math.pi * square)


# --- exponential, sine and Fresnel integrals --------------------------------------------------------------------------


@elementwise(special.expi, domain=POSITIVE)
def expi(y, x):
    """DLMF 6.2.5."""
    return np.exp(x) / x


@elementwise(special.exp1, domain=POSITIVE, complex=True)
def exp1(y, x):
    """DLMF 6.2.1."""
    return -np.exp(-x) / x


@elementwise(special.expn, domain=POSITIVE,
             calls=[Call("special.expn(2, x)", x=(3,)), Call("special.expn(0, x)", x=(3,))])
def expn(y, n, x):
    """DLMF 8.19.13; E_(-1) by the recurrence 8.19.12."""
    return None, np.where(n == 0, -(np.exp(-x) + y) / x, -special.expn(np.maximum(n - 1, 0), x))


@elementwise(special.spence, domain=POSITIVE)
def spence(y, x):
    """log(x) / (1 - x) = -F(1, 1; 2; 1 - x) (DLMF 15.4.1): no 0/0."""
    return -special.hyp2f1(1.0, 1.0, 2.0, 1.0 - x)


@defadjoint(special.sici, domain=POSITIVE, calls=[Call("special.sici(x)", x=(3,))])
def sici(y, x):
    """DLMF 6.2.9, 6.2.11."""
    x_bar = y_bar[0] * np.sinc(x / math.pi) + y_bar[1] * np.cos(x) / x


@deftangent(special.sici)
def sici_tangent(y, x):
    y_dot = x_dot * np.sinc(x / math.pi), x_dot * np.cos(x) / x


@defadjoint(special.shichi, domain=POSITIVE, calls=[Call("special.shichi(x)", x=(3,))])
def shichi(y, x):
    """DLMF 6.2.15, 6.2.16."""
    x_bar = y_bar[0] * np.sinh(x) / x + y_bar[1] * np.cosh(x) / x


@deftangent(special.shichi)
def shichi_tangent(y, x):
    y_dot = x_dot * np.sinh(x) / x, x_dot * np.cosh(x) / x


@defadjoint(special.fresnel, calls=[Call("special.fresnel(x)", x=(3,))])
def fresnel(y, x):
    """DLMF 7.2.7, 7.2.8."""
    angle = 0.5 * math.pi * x * x
    x_bar = y_bar[0] * np.sin(angle) + y_bar[1] * np.cos(angle)


@deftangent(special.fresnel)
def fresnel_tangent(y, x):
    angle = 0.5 * math.pi * x * x
    y_dot = x_dot * np.sin(angle), x_dot * np.cos(angle)
