"""``make_vjp(f, x)`` and ``make_jvp(f, x)`` of functions of one argument, as in autograd.core, and what goes with them."""

from __future__ import annotations

from srcad.compat.autograd import differential_operators as _nary
from srcad.compat.autograd.extend import (
    VSpace,
    def_linear,
    defjvp,
    defjvp_argnum,
    defjvp_argnums,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    primitive,
    vspace,
)

__all__ = [
    "VSpace",
    "def_linear",
    "defjvp",
    "defjvp_argnum",
    "defjvp_argnums",
    "defvjp",
    "defvjp_argnum",
    "defvjp_argnums",
    "make_jvp",
    "make_vjp",
    "primitive",
    "vspace",
]


def make_vjp(fun, x):
    """``(vjp, fun(x))``: the pullback of `fun` at `x`, and the value there."""
    return _nary.make_vjp(fun)(x)


def make_jvp(fun, x):
    """The function ``v → (fun(x), J v)``."""
    return _nary.make_jvp(fun)(x)
