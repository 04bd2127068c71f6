"""Rules of `scipy.special`: Bessel functions and their relatives, with respect to their argument.

No function has a derivative in closed form with respect to its order: differentiating that is refused. References are
to the NIST Digital Library of Mathematical Functions. Of two forms the one that does not divide by x is used.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from srcad.rules.registry import Call, defadjoint, deftangent, elementwise

POSITIVE = (0.5, 3.0)


def _orders(name: str, orders: tuple = (0, 1.5)) -> list[Call]:
    return [Call(f"special.{name}({v}, x)", x=(3,)) for v in orders]


# --- Bessel functions -------------------------------------------------------------------------------------------------


@elementwise(special.j0)
def j0(y, x):
    """DLMF 10.6.3."""
    return -special.j1(x)


@elementwise(special.j1)
def j1(y, x):
    """DLMF 10.6.1."""
    return 0.5 * (special.j0(x) - special.jv(2, x))


@elementwise(special.y0, domain=POSITIVE)
def y0(y, x):
    return -special.y1(x)


@elementwise(special.y1, domain=POSITIVE)
def y1(y, x):
    """DLMF 10.6.2."""
    return special.y0(x) - y / x


@elementwise(special.jv, domain=POSITIVE, calls=_orders("jv"))
def jv(y, v, x):
    return None, 0.5 * (special.jv(v - 1, x) - special.jv(v + 1, x))


@elementwise(special.yv, domain=POSITIVE, calls=_orders("yv"))
def yv(y, v, x):
    return None, 0.5 * (special.yv(v - 1, x) - special.yv(v + 1, x))


@elementwise(special.yn, domain=POSITIVE, calls=_orders("yn", (0, 2)))
def yn(y, n, x):
    return None, 0.5 * (special.yn(n - 1, x) - special.yn(n + 1, x))


@elementwise(special.hankel1, domain=POSITIVE, calls=_orders("hankel1"))
def hankel1(y, v, x):
    return None, 0.5 * (special.hankel1(v - 1, x) - special.hankel1(v + 1, x))


@elementwise(special.hankel2, domain=POSITIVE, calls=_orders("hankel2"))
def hankel2(y, v, x):
    return None, 0.5 * (special.hankel2(v - 1, x) - special.hankel2(v + 1, x))


@elementwise(special.hankel1e, domain=POSITIVE, calls=_orders("hankel1e"))
def hankel1e(y, v, x):
    return None, 0.5 * (special.hankel1e(v - 1, x) - special.hankel1e(v + 1, x)) - 1.0j * y


@elementwise(special.hankel2e, domain=POSITIVE, calls=_orders("hankel2e"))
def hankel2e(y, v, x):
    return None, 0.5 * (special.hankel2e(v - 1, x) - special.hankel2e(v + 1, x)) + 1.0j * y


# --- modified Bessel functions ----------------------------------------------------------------------------------------


@elementwise(special.i0)
def i0(y, x):
    """DLMF 10.29.3."""
    return special.i1(x)


@elementwise(special.i1)
def i1(y, x):
    """DLMF 10.29.1."""
    return 0.5 * (special.i0(x) + special.iv(2, x))


@elementwise(special.i0e, domain=POSITIVE)
def i0e(y, x):
    return special.i1e(x) - np.sign(x) * y


@elementwise(special.i1e, domain=POSITIVE)
def i1e(y, x):
    return 0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * y


@elementwise(special.k0, domain=POSITIVE)
def k0(y, x):
    return -special.k1(x)


@elementwise(special.k1, domain=POSITIVE)
def k1(y, x):
    """DLMF 10.29.2."""
    return -special.k0(x) - y / x


@elementwise(special.k0e, domain=POSITIVE)
def k0e(y, x):
    return y - special.k1e(x)


@elementwise(special.k1e, domain=POSITIVE)
def k1e(y, x):
    return y - special.k0e(x) - y / x


@elementwise(special.iv, domain=POSITIVE, calls=_orders("iv"))
def iv(y, v, x):
    return None, 0.5 * (special.iv(v - 1, x) + special.iv(v + 1, x))


@elementwise(special.kv, domain=POSITIVE, calls=_orders("kv"))
def kv(y, v, x):
    return None, -0.5 * (special.kv(v - 1, x) + special.kv(v + 1, x))


@elementwise(special.kn, domain=POSITIVE, calls=_orders("kn", (0, 2)))
def kn(y, n, x):
    return None, -0.5 * (special.kn(np.abs(n - 1), x) + special.kn(n + 1, x))


@elementwise(special.kve, domain=POSITIVE, calls=_orders("kve"))
def kve(y, v, x):
    return None, y - 0.5 * (special.kve(v - 1, x) + special.kve(v + 1, x))


@elementwise(special.ive, domain=POSITIVE, calls=_orders("ive"))
def ive(y, v, x):
    """Scaled by exp(-|Re x|), which is not holomorphic."""
    if np.iscomplexobj(x):
        return None, None
    return None, 0.5 * (special.ive(v - 1, x) + special.ive(v + 1, x)) - np.sign(x) * y


@elementwise(special.jve, domain=POSITIVE, calls=_orders("jve"))
def jve(y, v, x):
    """Scaled by exp(-|Im x|), which is not holomorphic and is one for real x."""
    if np.iscomplexobj(x):
        return None, None
    return None, 0.5 * (special.jve(v - 1, x) - special.jve(v + 1, x))


@elementwise(special.yve, domain=POSITIVE, calls=_orders("yve"))
def yve(y, v, x):
    """Scaled like `jve`."""
    if np.iscomplexobj(x):
        return None, None
    return None, 0.5 * (special.yve(v - 1, x) - special.yve(v + 1, x))


# --- functions that are derivatives already ---------------------------------------------------------------------------


@elementwise(special.jvp, domain=POSITIVE, calls=[Call("special.jvp(1.5, x, 2)", x=(3,))])
def jvp(y, v, z, n=1):
    return None, special.jvp(v, z, n + 1), None


@elementwise(special.yvp, domain=POSITIVE, calls=[Call("special.yvp(1.5, x, 2)", x=(3,))])
def yvp(y, v, z, n=1):
    return None, special.yvp(v, z, n + 1), None


@elementwise(special.ivp, domain=POSITIVE, calls=[Call("special.ivp(1.5, x, 2)", x=(3,))])
def ivp(y, v, z, n=1):
    return None, special.ivp(v, z, n + 1), None


@elementwise(special.kvp, domain=POSITIVE, calls=[Call("special.kvp(1.5, x, 2)", x=(3,))])
def kvp(y, v, z, n=1):
    return None, special.kvp(v, z, n + 1), None


@elementwise(special.h1vp, domain=POSITIVE, calls=[Call("special.h1vp(1.5, x, 2)", x=(3,))])
def h1vp(y, v, z, n=1):
    return None, special.h1vp(v, z, n + 1), None


@elementwise(special.h2vp, domain=POSITIVE, calls=[Call("special.h2vp(1.5, x, 2)", x=(3,))])
def h2vp(y, v, z, n=1):
    return None, special.h2vp(v, z, n + 1), None


# --- spherical Bessel functions ---------------------------------------------------------------------------------------


@elementwise(special.spherical_jn, domain=POSITIVE, calls=_orders("spherical_jn", (0, 2)))
def spherical_jn(y, n, z, derivative=False):
    """DLMF 10.51.2, of the function or of its derivative."""
    below = special.spherical_jn(np.maximum(n - 1, 0), z, derivative)
    above = special.spherical_jn(n + 1, z, derivative)
    return None, (n * below - (n + 1) * above) / (2 * n + 1), None


@elementwise(special.spherical_yn, domain=POSITIVE, calls=_orders("spherical_yn", (0, 2)))
def spherical_yn(y, n, z, derivative=False):
    """DLMF 10.51.2."""
    below = special.spherical_yn(np.maximum(n - 1, 0), z, derivative)
    above = special.spherical_yn(n + 1, z, derivative)
    return None, (n * below - (n + 1) * above) / (2 * n + 1), None


@elementwise(special.spherical_in, domain=POSITIVE, calls=_orders("spherical_in", (0, 2)))
def spherical_in(y, n, z, derivative=False):
    """DLMF 10.51.5."""
    below = special.spherical_in(np.maximum(n - 1, 0), z, derivative)
    above = special.spherical_in(n + 1, z, derivative)
    return None, (n * below + (n + 1) * above) / (2 * n + 1), None


@elementwise(special.spherical_kn, domain=POSITIVE, calls=_orders("spherical_kn", (0, 2)))
def spherical_kn(y, n, z, derivative=False):
    """DLMF 10.51.5, for (-1)^n k_n."""
    below = special.spherical_kn(np.maximum(n - 1, 0), z, derivative)
    above = special.spherical_kn(n + 1, z, derivative)
    return None, -(n * below + (n + 1) * above) / (2 * n + 1), None


# --- Airy, Struve and Kelvin functions --------------------------------------------------------------------------------


@defadjoint(special.airy, calls=[Call("special.airy(x)", x=(3,))])
def airy(y, z):
    """Ai'' = z Ai, and the same of Bi (DLMF 9.2.1)."""
    z_bar = y_bar[0] * y[1] + y_bar[1] * z * y[0] + y_bar[2] * y[3] + y_bar[3] * z * y[2]


@deftangent(special.airy)
def airy_tangent(y, z):
    y_dot = z_dot * y[1], z_dot * z * y[0], z_dot * y[3], z_dot * z * y[2]


@elementwise(special.struve, domain=POSITIVE, calls=_orders("struve"))
def struve(y, v, x):
    """DLMF 11.4.24."""
    edge = np.power(0.5 * x, v) / (math.sqrt(math.pi) * special.gamma(v + 1.5))
    return None, 0.5 * (special.struve(v - 1, x) - special.struve(v + 1, x) + edge)


@elementwise(special.modstruve, domain=POSITIVE, calls=_orders("modstruve"))
def modstruve(y, v, x):
    """DLMF 11.4.26."""
    edge = np.power(0.5 * x, v) / (math.sqrt(math.pi) * special.gamma(v + 1.5))
    return None, 0.5 * (special.modstruve(v - 1, x) + special.modstruve(v + 1, x) + edge)


@elementwise(special.ber)
def ber(y, x):
    return special.berp(x)


@elementwise(special.bei)
def bei(y, x):
    return special.beip(x)


@elementwise(special.ker, domain=POSITIVE)
def ker(y, x):
    return special.kerp(x)


@elementwise(special.kei, domain=POSITIVE)
def kei(y, x):
    return special.keip(x)


@elementwise(special.berp, domain=POSITIVE)
def berp(y, x):
    """The real part of w'' = i w - w'/x for w = ber + i bei (DLMF 10.61.3)."""
    return -special.bei(x) - y / x


@elementwise(special.beip, domain=POSITIVE)
def beip(y, x):
    return special.ber(x) - y / x


@elementwise(special.kerp, domain=POSITIVE)
def kerp(y, x):
    return -special.kei(x) - y / x


@elementwise(special.keip, domain=POSITIVE)
def keip(y, x):
    return special.ker(x) - y / x
