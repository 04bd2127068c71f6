"""Rules of `scipy.special`: elementary functions, entropies and losses, softmax; the other families in modules of their own.

Imported only when the user's program has imported scipy.special. References are to the NIST Digital Library of
Mathematical Functions. An argument without a derivative in closed form has the partial derivative None: differentiating
it is refused. Names are those of SciPy 1.11; newer functions are looked up.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from srcad import runtime
from srcad.rules.registry import Call, defadjoint, deftangent, elementwise, zero_derivative

POSITIVE = (0.4, 2.5)
INSIDE_UNIT = (-0.8, 0.8)
PROBABILITY = (0.1, 0.9)


def load() -> None:
    """Register the rules of all of scipy.special; they are registered when their modules are imported."""
    from srcad.rules import scipy_bessel, scipy_gamma, scipy_hypergeometric, scipy_integrals  # noqa: F401


# --- elementary functions ---------------------------------------------------------------------------------------------


@elementwise(special.cbrt, domain=POSITIVE)
def cbrt(y, x):
    return 1.0 / (3.0 * y * y)


@elementwise(special.exp2)
def exp2(y, x):
    return y * math.log(2.0)


@elementwise(special.exp10)
def exp10(y, x):
    return y * math.log(10.0)


@elementwise(special.expm1, complex=True)
def expm1(y, x):
    return y + 1.0


@elementwise(special.log1p, domain=(-0.7, 2.0), complex=True)
def log1p(y, x):
    return 1.0 / (1.0 + x)


@elementwise(special.cosm1)
def cosm1(y, x):
    return -np.sin(x)


@elementwise(special.sindg)
def sindg(y, x):
    return special.cosdg(x) * math.radians(1.0)


@elementwise(special.cosdg)
def cosdg(y, x):
    return -special.sindg(x) * math.radians(1.0)


@elementwise(special.tandg)
def tandg(y, x):
    return (1.0 + y * y) * math.radians(1.0)


@elementwise(special.cotdg, domain=(2.0, 9.0))
def cotdg(y, x):
    return -(1.0 + y * y) * math.radians(1.0)


@elementwise(special.powm1, domain=(POSITIVE, (-2.0, 2.0)), calls=[
    Call("special.powm1(x, y)", x=(3,), y=(3,)), Call("special.powm1(np.array([0.0, 2.0]), np.exp(y))", y=(2,))])
def powm1(z, x, y):
    return y * np.power(x, y - (y != 0)), (z + 1.0) * np.log(x + (x == 0))


@elementwise(special.exprel)
def exprel(y, x):
    """exprel(x) = M(1, 2, x), and 2 M'(1, 2, x) = M(2, 3, x) (DLMF 13.3.15): no 0/0."""
    return 0.5 * special.hyp1f1(2.0, 3.0, x)


@elementwise(special.expit)
def expit(y, x):
    return y * (1.0 - y)


@elementwise(special.logit, domain=PROBABILITY)
def logit(y, x):
    return 1.0 / (x * (1.0 - x))


@elementwise(special.log_expit)
def log_expit(y, x):
    return special.expit(-x)


if hasattr(special, "softplus"):          # SciPy 1.17
    @elementwise(special.softplus)
    def softplus(y, x):
        return special.expit(x)


@elementwise(special.boxcox, domain=(POSITIVE, (-1.5, 1.5)))
def boxcox(z, x, lmbda):
    """(x**λ - 1)/λ = L exprel(λL) with L = log x."""
    log = np.log(x)
    return np.power(x, lmbda - 1.0), 0.5 * log * log * special.hyp1f1(2.0, 3.0, lmbda * log)


@elementwise(special.boxcox1p, domain=((-0.5, 1.5), (-1.5, 1.5)))
def boxcox1p(z, x, lmbda):
    log = np.log1p(x)
    return np.power(1.0 + x, lmbda - 1.0), 0.5 * log * log * special.hyp1f1(2.0, 3.0, lmbda * log)


@elementwise(special.inv_boxcox, domain=((0.1, 0.6), (-1.2, 1.2)))
def inv_boxcox(z, y, lmbda):
    """The inverse function of `boxcox` in x."""
    log = np.log(z)
    slope = np.power(z, 1.0 - lmbda)
    return slope, -0.5 * log * log * special.hyp1f1(2.0, 3.0, lmbda * log) * slope


@elementwise(special.inv_boxcox1p, domain=((0.1, 0.6), (-1.2, 1.2)))
def inv_boxcox1p(z, y, lmbda):
    log = np.log1p(z)
    slope = np.power(1.0 + z, 1.0 - lmbda)
    return slope, -0.5 * log * log * special.hyp1f1(2.0, 3.0, lmbda * log) * slope


@elementwise(special.lambertw, domain=POSITIVE, complex=True)
def lambertw(y, z, k=0, tol=1e-8):
    """DLMF 4.13.4, in the form without division by z."""
    return np.exp(-y) / (1.0 + y)


@elementwise(special.wrightomega, complex=True)
def wrightomega(y, z):
    return y / (1.0 + y)


# --- entropies and losses ---------------------------------------------------------------------------------------------


@elementwise(special.xlogy, domain=POSITIVE, complex=True)
def xlogy(z, x, y):
    """0 for x = 0, also at y = 0."""
    return np.log(y), x / (y + (x == 0))


@elementwise(special.xlog1py, domain=POSITIVE, complex=True)
def xlog1py(z, x, y):
    return np.log1p(y), x / (1.0 + y + (x == 0))


@elementwise(special.entr, domain=POSITIVE)
def entr(y, x):
    return -np.log(x) - 1.0


@elementwise(special.rel_entr, domain=POSITIVE)
def rel_entr(z, x, y):
    return np.log(x / y) + 1.0, -x / (y + (x == 0))


@elementwise(special.kl_div, domain=POSITIVE)
def kl_div(z, x, y):
    return np.log(x / y), 1.0 - x / (y + (x == 0))


@elementwise(special.huber, domain=((0.5, 1.0), (-2.0, 2.0)))
def huber(z, delta, r):
    return np.maximum(np.abs(r) - delta, 0.0), np.clip(r, -delta, delta)


@elementwise(special.pseudo_huber, domain=((0.5, 1.0), (-2.0, 2.0)))
def pseudo_huber(z, delta, r):
    slope = r / np.hypot(1.0, r / delta)
    return (2.0 * z - r * slope) / delta, slope


# --- softmax and its kin ----------------------------------------------------------------------------------------------


@defadjoint(special.logsumexp, calls=[
    Call("special.logsumexp(x)", x=(3,)), Call("special.logsumexp(x, axis=1)", x=(2, 3)),
    Call("special.logsumexp(x, axis=(0, 1), keepdims=True)", x=(2, 3)),
    Call("special.logsumexp(x, axis=0, b=np.array([[1.0], [2.0]]))", x=(2, 3)),
    Call("special.logsumexp(x, axis=1, b=np.exp(w))", x=(2, 3), w=(2, 3))])
def logsumexp(y, a, axis=None, b=None, keepdims=False):
    if axis is not None and not keepdims:
        y = np.expand_dims(y, axis)
        y_bar = np.expand_dims(y_bar, axis)
    weight = y_bar * np.exp(a - y)
    if b is None:
        a_bar = weight
    else:
        a_bar = runtime.unbroadcast(weight * b, a)
        b_bar = runtime.unbroadcast(weight, b)


@deftangent(special.logsumexp)
def logsumexp_tangent(y, a, axis=None, b=None, keepdims=False):
    top = y
    if axis is not None and not keepdims:
        top = np.expand_dims(y, axis)
    weight = np.exp(a - top)
    if b is None:
        y_dot = np.sum(weight * a_dot, axis=axis, keepdims=keepdims)
    else:
        y_dot = np.sum(weight * (b * a_dot + b_dot), axis=axis, keepdims=keepdims)


@defadjoint(special.softmax, calls=[Call("special.softmax(x)", x=(3,)), Call("special.softmax(x, axis=1)", x=(2, 3))])
def softmax(y, x, axis=None):
    x_bar = y * (y_bar - np.sum(y * y_bar, axis=axis, keepdims=True))


@deftangent(special.softmax)
def softmax_tangent(y, x, axis=None):
    y_dot = y * (x_dot - np.sum(y * x_dot, axis=axis, keepdims=True))


@defadjoint(special.log_softmax, calls=[Call("special.log_softmax(x)", x=(3,)),
                                        Call("special.log_softmax(x, axis=1)", x=(2, 3))])
def log_softmax(y, x, axis=None):
    x_bar = y_bar - np.exp(y) * np.sum(y_bar, axis=axis, keepdims=True)


@deftangent(special.log_softmax)
def log_softmax_tangent(y, x, axis=None):
    y_dot = x_dot - np.sum(np.exp(y) * x_dot, axis=axis, keepdims=True)


zero_derivative(special.gammasgn, special.round)
