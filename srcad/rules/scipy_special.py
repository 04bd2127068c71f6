"""Rules of `scipy.special`: elementary functions, the gamma, beta and error families, integrals, information theory.

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
    from srcad.rules import scipy_bessel, scipy_hypergeometric  # noqa: F401


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


@elementwise(special.powm1, domain=(POSITIVE, (-2.0, 2.0)))
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


# --- gamma and beta functions -----------------------------------------------------------------------------------------


@elementwise(special.gamma, domain=POSITIVE, complex=True)
def gamma(y, x):
    """DLMF 5.2.2."""
    return y * special.psi(x)


@elementwise(special.rgamma, domain=POSITIVE, complex=True)
def rgamma(y, x):
    return -y * special.psi(x)


@elementwise(special.gammaln, special.loggamma, domain=POSITIVE)
def gammaln(y, x):
    return special.psi(x)


@elementwise(special.psi, domain=POSITIVE)
def psi(y, x):
    """ψ'(x) = ζ(2, x) (DLMF 25.11.12), of real numbers only."""
    if np.iscomplexobj(x):
        return None
    return special.zeta(2.0, x)


@elementwise(special.polygamma, domain=POSITIVE, calls=[Call("special.polygamma(2, x)", x=(3,))])
def polygamma(y, n, x):
    return None, special.polygamma(n + 1, x)


@elementwise(special.multigammaln, domain=(2.5, 4.0), calls=[Call("special.multigammaln(x, 3)", x=(3,))])
def multigammaln(y, a, d):
    """The sum of log Γ(a - j/2) over j < d, and a constant (DLMF 35.3.4)."""
    return np.sum(special.psi(np.expand_dims(a, -1) - 0.5 * np.arange(d)), axis=-1), None


@elementwise(special.beta, domain=POSITIVE)
def beta(y, a, b):
    """DLMF 5.12.1."""
    both = special.psi(a + b)
    return y * (special.psi(a) - both), y * (special.psi(b) - both)


@elementwise(special.betaln, domain=POSITIVE)
def betaln(y, a, b):
    both = special.psi(a + b)
    return special.psi(a) - both, special.psi(b) - both


@elementwise(special.poch, domain=POSITIVE)
def poch(y, z, m):
    """Γ(z + m) / Γ(z) (DLMF 5.2.5)."""
    upper = special.psi(z + m)
    return y * (upper - special.psi(z)), y * upper


@elementwise(special.binom, domain=((2.5, 4.0), POSITIVE))
def binom(y, n, k):
    """Γ(n + 1) / (Γ(k + 1) Γ(n - k + 1)) (DLMF 1.2.6)."""
    rest = special.psi(n - k + 1.0)
    return y * (special.psi(n + 1.0) - rest), y * (rest - special.psi(k + 1.0))


@elementwise(special.gammainc, domain=POSITIVE, calls=[Call("special.gammainc(1.7, x)", x=(3,))])
def gammainc(y, a, x):
    """DLMF 8.8.13; no closed form in a."""
    return None, np.exp(special.xlogy(a - 1.0, x) - x - special.gammaln(a))


@elementwise(special.gammaincc, domain=POSITIVE, calls=[Call("special.gammaincc(1.7, x)", x=(3,))])
def gammaincc(y, a, x):
    return None, -np.exp(special.xlogy(a - 1.0, x) - x - special.gammaln(a))


@elementwise(special.gammaincinv, domain=(POSITIVE, PROBABILITY), calls=[Call("special.gammaincinv(1.7, x)", x=(3,))])
def gammaincinv(x, a, p):
    return None, np.exp(x + special.gammaln(a) - special.xlogy(a - 1.0, x))


@elementwise(special.gammainccinv, domain=(POSITIVE, PROBABILITY), calls=[Call("special.gammainccinv(1.7, x)", x=(3,))])
def gammainccinv(x, a, p):
    return None, -np.exp(x + special.gammaln(a) - special.xlogy(a - 1.0, x))


@elementwise(special.betainc, domain=(POSITIVE, POSITIVE, PROBABILITY),
             calls=[Call("special.betainc(1.7, 2.3, x)", x=(3,))])
def betainc(y, a, b, x):
    """DLMF 8.17.1; no closed form in a and b."""
    return None, None, np.exp(special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b))


@elementwise(special.betaincc, domain=(POSITIVE, POSITIVE, PROBABILITY),
             calls=[Call("special.betaincc(1.7, 2.3, x)", x=(3,))])
def betaincc(y, a, b, x):
    return None, None, -np.exp(special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b))


@elementwise(special.betaincinv, domain=(POSITIVE, POSITIVE, PROBABILITY),
             calls=[Call("special.betaincinv(1.7, 2.3, x)", x=(3,))])
def betaincinv(x, a, b, p):
    return None, None, np.exp(special.betaln(a, b) - special.xlogy(a - 1.0, x) - special.xlog1py(b - 1.0, -x))


@elementwise(special.betainccinv, domain=(POSITIVE, POSITIVE, PROBABILITY),
             calls=[Call("special.betainccinv(1.7, 2.3, x)", x=(3,))])
def betainccinv(x, a, b, p):
    return None, None, -np.exp(special.betaln(a, b) - special.xlogy(a - 1.0, x) - special.xlog1py(b - 1.0, -x))


@elementwise(special.zeta, domain=((2.5, 4.0), POSITIVE), calls=[Call("special.zeta(2.5, x)", x=(3,))])
def zeta(y, x, q=None):
    """In q: DLMF 25.11.17; no closed form in x."""
    if q is None:
        return None, None
    return None, -x * special.zeta(x + 1.0, q)


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


# --- distribution functions, in the value -----------------------------------------------------------------------------


@elementwise(special.stdtr, domain=((1.5, 5.0), (-2.0, 2.0)), calls=[Call("special.stdtr(3.5, x)", x=(3,))])
def stdtr(y, df, t):
    """The density of Student's t distribution."""
    half = 0.5 * df
    return None, np.exp(-(half + 0.5) * np.log1p(t * t / df) - 0.5 * np.log(df) - special.betaln(half, 0.5))


@elementwise(special.stdtrit, domain=((1.5, 5.0), PROBABILITY), calls=[Call("special.stdtrit(3.5, x)", x=(3,))])
def stdtrit(t, df, p):
    half = 0.5 * df
    return None, np.exp((half + 0.5) * np.log1p(t * t / df) + 0.5 * np.log(df) + special.betaln(half, 0.5))


@elementwise(special.chdtr, domain=POSITIVE, calls=[Call("special.chdtr(3.5, x)", x=(3,))])
def chdtr(y, v, x):
    """P(v/2, x/2)."""
    half = 0.5 * v
    return None, 0.5 * np.exp(special.xlogy(half - 1.0, 0.5 * x) - 0.5 * x - special.gammaln(half))


@elementwise(special.chdtrc, domain=POSITIVE, calls=[Call("special.chdtrc(3.5, x)", x=(3,))])
def chdtrc(y, v, x):
    half = 0.5 * v
    return None, -0.5 * np.exp(special.xlogy(half - 1.0, 0.5 * x) - 0.5 * x - special.gammaln(half))


@elementwise(special.gdtr, domain=POSITIVE, calls=[Call("special.gdtr(x, 1.7, y)", x=(3,), y=(3,))])
def gdtr(y, a, b, x):
    """P(b, a x)."""
    density = np.exp(special.xlogy(b - 1.0, a * x) - a * x - special.gammaln(b))
    return density * x, None, density * a


@elementwise(special.gdtrc, domain=POSITIVE, calls=[Call("special.gdtrc(x, 1.7, y)", x=(3,), y=(3,))])
def gdtrc(y, a, b, x):
    density = np.exp(special.xlogy(b - 1.0, a * x) - a * x - special.gammaln(b))
    return -density * x, None, -density * a


@elementwise(special.pdtr, domain=POSITIVE, calls=[Call("special.pdtr(3, x)", x=(3,))])
def pdtr(y, k, m):
    """Q(floor(k) + 1, m)."""
    whole = np.floor(k)
    return 0.0, -np.exp(special.xlogy(whole, m) - m - special.gammaln(whole + 1.0))


@elementwise(special.pdtrc, domain=POSITIVE, calls=[Call("special.pdtrc(3, x)", x=(3,))])
def pdtrc(y, k, m):
    whole = np.floor(k)
    return 0.0, np.exp(special.xlogy(whole, m) - m - special.gammaln(whole + 1.0))


zero_derivative(special.gammasgn, special.round)
