"""Rules of `scipy.special`: the gamma and beta functions, their integrals, and distribution functions made of these.

References are to the NIST Digital Library of Mathematical Functions. An argument without a derivative in closed form has
the partial derivative None: differentiating it is refused.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from srcad.rules.registry import Call, elementwise

POSITIVE = (0.4, 2.5)
PROBABILITY = (0.1, 0.9)


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
