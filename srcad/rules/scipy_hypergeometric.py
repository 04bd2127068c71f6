"""Rules of `scipy.special`: hypergeometric functions, elliptic integrals, orthogonal polynomials.

Derivatives of hypergeometric functions raise their parameters by one, which holds at every point of their domain; so
elliptic integrals and polynomials are differentiated as what they are, without 0/0 at m = 0 or x = 1. Parameters and
degrees have no derivative in closed form: differentiating them is refused. References are to the NIST Digital Library
of Mathematical Functions.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from srcad.rules.registry import Call, elementwise

INSIDE_UNIT = (-0.8, 0.8)
POSITIVE = (0.4, 2.5)


# --- hypergeometric functions -----------------------------------------------------------------------------------------


@elementwise(special.hyp0f1, domain=POSITIVE, calls=[Call("special.hyp0f1(1.5, x)", x=(3,))])
def hyp0f1(y, v, z):
    """DLMF 16.3.1."""
    return None, special.hyp0f1(v + 1.0, z) / v


@elementwise(special.hyp1f1, domain=POSITIVE, calls=[Call("special.hyp1f1(1.5, 2.5, x)", x=(3,))])
def hyp1f1(y, a, b, x):
    """DLMF 13.3.15."""
    return None, None, a / b * special.hyp1f1(a + 1.0, b + 1.0, x)


@elementwise(special.hyperu, domain=POSITIVE, calls=[Call("special.hyperu(1.5, 2.5, x)", x=(3,))])
def hyperu(y, a, b, x):
    """DLMF 13.3.22."""
    return None, None, -a * special.hyperu(a + 1.0, b + 1.0, x)


@elementwise(special.hyp2f1, domain=(POSITIVE, POSITIVE, POSITIVE, INSIDE_UNIT),
             calls=[Call("special.hyp2f1(1.5, 0.7, 2.5, x)", x=(3,))])
def hyp2f1(y, a, b, c, z):
    """DLMF 15.5.1."""
    return None, None, None, a * b / c * special.hyp2f1(a + 1.0, b + 1.0, c + 1.0, z)


# --- elliptic integrals -----------------------------------------------------------------------------------------------


@elementwise(special.ellipk, domain=INSIDE_UNIT)
def ellipk(y, m):
    """K(m) = π/2 F(1/2, 1/2; 1; m) (DLMF 19.5.1)."""
    return math.pi / 8.0 * special.hyp2f1(1.5, 1.5, 2.0, m)


@elementwise(special.ellipkm1, domain=(0.2, 1.8))
def ellipkm1(y, p):
    """K(1 - p)."""
    return -math.pi / 8.0 * special.hyp2f1(1.5, 1.5, 2.0, 1.0 - p)


@elementwise(special.ellipe, domain=INSIDE_UNIT)
def ellipe(y, m):
    """E(m) = π/2 F(-1/2, 1/2; 1; m) (DLMF 19.5.2)."""
    return -math.pi / 8.0 * special.hyp2f1(0.5, 1.5, 2.0, m)


@elementwise(special.ellipkinc, domain=((-1.2, 1.2), (0.1, 0.8)))
def ellipkinc(y, phi, m):
    """DLMF 19.2.4 and 19.4.5."""
    sine = np.sin(phi)
    root = np.sqrt(1.0 - m * sine * sine)
    rest = 1.0 - m
    in_m = 0.5 * (special.ellipeinc(phi, m) / (m * rest) - y / m - sine * np.cos(phi) / (rest * root))
    return 1.0 / root, in_m


@elementwise(special.ellipeinc, domain=((-1.2, 1.2), (0.1, 0.8)))
def ellipeinc(y, phi, m):
    """DLMF 19.2.5 and 19.4.6."""
    sine = np.sin(phi)
    return np.sqrt(1.0 - m * sine * sine), 0.5 * (y - special.ellipkinc(phi, m)) / m


# --- orthogonal polynomials -------------------------------------------------------------------------------------------


def _degrees(name: str, *parameters: float) -> list[Call]:
    given = "".join(f"{p}, " for p in parameters)
    return [Call(f"special.{name}({n}, {given}x)", x=(3,)) for n in (0, 1, 3)]


@elementwise(special.eval_jacobi, domain=(POSITIVE, POSITIVE, POSITIVE, INSIDE_UNIT),
             calls=_degrees("eval_jacobi", 0.5, 1.5))
def eval_jacobi(y, n, alpha, beta, x):
    """DLMF 18.9.15."""
    return None, None, None, 0.5 * (n + alpha + beta + 1.0) * special.eval_jacobi(n - 1, alpha + 1.0, beta + 1.0, x)


@elementwise(special.eval_sh_jacobi, domain=(POSITIVE, (3.0, 4.0), POSITIVE, (0.1, 0.9)),
             calls=_degrees("eval_sh_jacobi", 2.5, 1.5))
def eval_sh_jacobi(y, n, p, q, x):
    """Of the monic polynomial in 2x - 1."""
    return None, None, None, n * special.eval_sh_jacobi(np.maximum(n - 1, 0), p + 2.0, q + 1.0, x)


@elementwise(special.eval_legendre, domain=(POSITIVE, INSIDE_UNIT), calls=_degrees("eval_legendre"))
def eval_legendre(y, n, x):
    return None, 0.5 * (n + 1) * special.eval_jacobi(n - 1, 1.0, 1.0, x)


@elementwise(special.eval_sh_legendre, domain=(POSITIVE, (0.1, 0.9)), calls=_degrees("eval_sh_legendre"))
def eval_sh_legendre(y, n, x):
    return None, (n + 1) * special.eval_jacobi(n - 1, 1.0, 1.0, 2.0 * x - 1.0)


@elementwise(special.eval_chebyt, domain=(POSITIVE, INSIDE_UNIT), calls=_degrees("eval_chebyt"))
def eval_chebyt(y, n, x):
    """DLMF 18.9.21."""
    return None, n * special.eval_chebyu(n - 1, x)


@elementwise(special.eval_chebyu, domain=(POSITIVE, INSIDE_UNIT), calls=_degrees("eval_chebyu"))
def eval_chebyu(y, n, x):
    """U_n is the Gegenbauer polynomial with parameter 1 (DLMF 18.7.4)."""
    return None, 2.0 * special.eval_gegenbauer(n - 1, 2.0, x)


@elementwise(special.eval_chebyc, domain=(POSITIVE, INSIDE_UNIT), calls=_degrees("eval_chebyc"))
def eval_chebyc(y, n, x):
    """2 T_n(x/2)."""
    return None, n * special.eval_chebys(n - 1, x)


@elementwise(special.eval_chebys, domain=(POSITIVE, INSIDE_UNIT), calls=_degrees("eval_chebys"))
def eval_chebys(y, n, x):
    """U_n(x/2)."""
    return None, special.eval_gegenbauer(n - 1, 2.0, 0.5 * x)


@elementwise(special.eval_sh_chebyt, domain=(POSITIVE, (0.1, 0.9)), calls=_degrees("eval_sh_chebyt"))
def eval_sh_chebyt(y, n, x):
    """T_n(2x - 1)."""
    return None, 2.0 * n * special.eval_sh_chebyu(n - 1, x)


@elementwise(special.eval_sh_chebyu, domain=(POSITIVE, (0.1, 0.9)), calls=_degrees("eval_sh_chebyu"))
def eval_sh_chebyu(y, n, x):
    """U_n(2x - 1)."""
    return None, 4.0 * special.eval_gegenbauer(n - 1, 2.0, 2.0 * x - 1.0)


@elementwise(special.eval_gegenbauer, domain=(POSITIVE, POSITIVE, INSIDE_UNIT), calls=_degrees("eval_gegenbauer", 1.5))
def eval_gegenbauer(y, n, alpha, x):
    """DLMF 18.9.19."""
    return None, None, 2.0 * alpha * special.eval_gegenbauer(n - 1, alpha + 1.0, x)


@elementwise(special.eval_laguerre, domain=POSITIVE, calls=_degrees("eval_laguerre"))
def eval_laguerre(y, n, x):
    """DLMF 18.9.23."""
    return None, -special.eval_genlaguerre(n - 1, 1.0, x)


@elementwise(special.eval_genlaguerre, domain=POSITIVE, calls=_degrees("eval_genlaguerre", 1.5))
def eval_genlaguerre(y, n, alpha, x):
    """DLMF 18.9.23."""
    return None, None, -special.eval_genlaguerre(n - 1, alpha + 1.0, x)


@elementwise(special.eval_hermite, domain=POSITIVE, calls=_degrees("eval_hermite"))
def eval_hermite(y, n, x):
    """DLMF 18.9.25."""
    return None, 2.0 * n * special.eval_hermite(np.maximum(n - 1, 0), x)


@elementwise(special.eval_hermitenorm, domain=POSITIVE, calls=_degrees("eval_hermitenorm"))
def eval_hermitenorm(y, n, x):
    """DLMF 18.9.27."""
    return None, n * special.eval_hermitenorm(np.maximum(n - 1, 0), x)
