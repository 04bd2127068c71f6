"""Methods of ufuncs that are not another function by name: running results, and sums of pieces.

What ``ufunc.accumulate`` gives is the recurrence y[k] = f(y[k-1], x[k]), whose derivative is a linear recurrence in the
partial derivatives of f.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.registry import RULES, Call, defadjoint, deftangent, linear
from srcad.runtime import recurrence, recurrence_back, shift, spread_pieces

#: Ufuncs whose accumulation has a function of its own.
NAMED = (np.add, np.multiply)


def declare(ufunc, partials):
    """The rules of ``ufunc.accumulate``, from the ufunc's partial derivatives."""
    name = ufunc.__name__
    low = 0.3 if name in ("power", "float_power", "divide", "floor_divide") else -2.0

    @defadjoint(ufunc.accumulate, domain=(low, 2.0), calls=(
        Call(f"np.{name}.accumulate(x)", x=(4,)), Call(f"np.{name}.accumulate(x, axis=1)", x=(2, 3))))
    def accumulate(y, x, axis=0):
        first = shift(np.zeros_like(y), axis, 1.0) == 1.0
        before, here = partials(y, np.where(first, x, shift(y, axis, 1.0)), x)
        x_bar = recurrence_back(np.where(first, 0.0, before), y_bar, axis) * np.where(first, 1.0, here)

    @deftangent(ufunc.accumulate)
    def accumulate_tangent(y, x, axis=0):
        first = shift(np.zeros_like(y), axis, 1.0) == 1.0
        before, here = partials(y, np.where(first, x, shift(y, axis, 1.0)), x)
        y_dot = recurrence(np.where(first, 0.0, before), np.where(first, 1.0, here) * x_dot, axis)


def load() -> None:
    """Register the running results of every ufunc of two operands that has both partial derivatives."""
    for fn, rule in list(RULES.items()):
        if isinstance(fn, np.ufunc) and fn.nin == 2 and fn.nout == 1 and rule.kind == "elementwise" and fn not in NAMED and (
                fn not in (np.ldexp, np.heaviside)) and getattr(np, fn.__name__, None) is fn:
            declare(fn, rule.partials)


@linear(np.add.reduceat, complex=True, calls=(
    Call("np.add.reduceat(x, [0, 2, 1])", x=(5,)), Call("np.add.reduceat(x, [0, 2], axis=1)", x=(2, 4)),
    Call("np.add.reduceat(x, np.array([0, 3, 3]), 0)", x=(5, 2))))
def _add_reduceat(y, x, indices, axis=0):
    x_bar = spread_pieces(y_bar, x, indices, axis)
