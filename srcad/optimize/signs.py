"""Signs: two that meet are none, one that is added is a difference.

    -(-(c / d) / d)              →      c / d / d
    g + -(c / d) * v             →      g - c / d * v

Rules put signs in front of closed forms, and the forms meet in products and quotients, whose sign is that of either factor
to the last bit.

>>> from srcad.optimize.showing import show
>>> import math
>>> show("signs", lambda x: 1.0 / (1.0 + math.exp(-x)), 2.0)
v1 = math.exp(-x)
v2 = 1.0 + v1
return -(-(1.0 / v2) / v2 * v1)
--> 1
v1 = math.exp(-x)
v2 = 1.0 + v1
return 1.0 / v2 / v2 * v1
"""

from __future__ import annotations

import operator

from srcad.optimize.rewriting import Rewriting
from srcad.trace.ir import Apply, Function
from srcad.trace.kinds import is_float

_SUMS = {operator.add: operator.sub, operator.sub: operator.add}


def settle_signs(function: Function) -> int:
    """Leave out signs that meet others; returns how often that was possible."""
    rewriting = Rewriting(function)

    def change(stmt: Apply) -> bool:
        if stmt.kwargs or not is_float(stmt.target.kind):
            return False
        if stmt.fn is operator.neg:
            inner = _signed(rewriting, stmt.args[0])
            if inner is None or inner.fn is operator.neg:
                return False
            _without(rewriting, inner)
            rewriting.stands_for(stmt.target, stmt.args[0])
            del rewriting.made[stmt.target]
            return True
        inner = _signed(rewriting, stmt.args[1]) if stmt.fn in _SUMS and len(stmt.args) == 2 else None
        if inner is None:
            return False
        if inner.fn is operator.neg:
            stmt.args = (stmt.args[0], inner.args[0])
        else:
            _without(rewriting, inner)
        stmt.fn = _SUMS[stmt.fn]
        return True

    return rewriting.run(change)


def _signed(rewriting: Rewriting, atom) -> Apply | None:
    """The operation that makes a value of which the sign can be taken, if nothing else reads it."""
    made = rewriting.own(atom)
    if made is None or made.kwargs or not is_float(made.target.kind):
        return None
    if made.fn is operator.neg:
        x = made.args[0]
        return made if is_float(getattr(x, "kind", None)) and rewriting.may_wait(x) else None
    if made.fn in (operator.mul, operator.truediv) and len(made.args) == 2:
        return made if any(_signed(rewriting, a) is not None for a in made.args) else None
    return None


def _without(rewriting: Rewriting, made: Apply) -> None:
    """Take the sign of one factor of a product, or quotient, away."""
    k, inner = next((k, inner) for k, a in enumerate(made.args) if (inner := _signed(rewriting, a)) is not None)
    if inner.fn is operator.neg:
        made.args = tuple(inner.args[0] if n == k else a for n, a in enumerate(made.args))
    else:
        _without(rewriting, inner)
