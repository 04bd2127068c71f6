"""Doubles: what is added to itself is made twice as large where that costs less.

    v_bar = 1.5 * g * x                  v_bar = 3.0 * g * x
    x_bar = v_bar + v_bar         →      x_bar = v_bar

Both operands of ``x * x`` give the same contribution. Looked for is a number, or a scalar, among the factors; twice a
number is exact, so the result is that of the addition to the last bit.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> show("doubles", lambda x: 1.5 * np.sum(x * x), np.ones(3))
x_bar = 1.5 * x
return x_bar + x_bar
--> 1
return 3.0 * x
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.analysis.memory import makes_array
from srcad.analysis.mixed import mixed
from srcad.optimize.rewriting import Rewriting, leave_out_one
from srcad.trace.ir import Apply, Function, Lit, Var
from srcad.trace.kinds import Array, Scalar, is_float

#: Operations that are linear in their first operand, which has fewer elements than the result or as many.
_LINEAR = {operator.neg, np.expand_dims, np.broadcast_to, np.transpose, np.tril, np.triu, operator.getitem}


def fold_doubles(function: Function) -> int:
    """Fold sums of a value with itself; returns how many additions went."""
    rewriting = Rewriting(function)

    def change(stmt: Apply) -> bool:
        if stmt.fn is not operator.add or stmt.kwargs or not is_float(getattr(stmt.args[1], "kind", None)):
            return False
        first, second = stmt.args
        made = rewriting.own(second, 2)
        if made is None or not (isinstance(second.kind, Scalar) or makes_array(made)):      # a view is nobody's own
            return False
        if first is second:
            if not _double(rewriting, made):
                return False
            rewriting.counts[second] = rewriting.counts.get(stmt.target, 0)
            rewriting.stands_for(stmt.target, second)
            return True
        inner = rewriting.own(first)
        if inner is None or inner.fn is not operator.add or inner.args[1] is not second or inner.args[0] is second:
            return False
        if not rewriting.may_wait(inner.args[0]) or not _double(rewriting, made):
            return False
        rewriting.counts[second] = 1
        stmt.args = (inner.args[0], second)
        return True

    found = rewriting.run(change)
    if found:
        rewriting.run(lambda stmt: _divide(rewriting, stmt))
        rewriting = Rewriting(function)
        integers = mixed(function)
        rewriting.run(lambda stmt: integers.isdisjoint(stmt.args) and leave_out_one(rewriting, stmt))
    return found


def _divide(rewriting: Rewriting, stmt: Apply) -> bool:
    """``g * (1.0 / x)``, which twice ``0.5 / x`` has become, as ``g / x``."""
    if stmt.fn is not operator.mul or stmt.kwargs or not is_float(stmt.target.kind):
        return False
    for k in (1, 0):
        inner = rewriting.own(stmt.args[k])
        if inner is not None and inner.fn is operator.truediv and inner.args[0] == Lit(1.0) and isinstance(
                stmt.args[1 - k], Var) and rewriting.may_wait(inner.args[1]):
            stmt.fn, stmt.args = operator.truediv, (stmt.args[1 - k], inner.args[1])
            return True
    return False


def _double(rewriting: Rewriting, made: Apply) -> bool:
    """Make an operation give twice as much, at no cost; False if that is not possible."""
    if made.kwargs or not is_float(made.target.kind):
        return False
    if made.fn in _LINEAR:
        return _double_atom(rewriting, made, 0)
    if made.fn is operator.truediv:
        return _double_atom(rewriting, made, 0)
    if made.fn is operator.mul:
        return any(_double_atom(rewriting, made, k) for k in sorted((0, 1), key=lambda k: _size(made.args[k])))
    return False


def _double_atom(rewriting: Rewriting, made: Apply, k: int) -> bool:
    atom = made.args[k]
    if isinstance(atom, Lit):
        if type(atom.value) not in (int, float) or not 1e-150 < abs(atom.value) < 1e150:
            return False
        if made.fn is operator.mul and atom.value == -0.5:
            made.fn, made.args = operator.neg, (made.args[1 - k],)
        else:
            made.args = (*made.args[:k], Lit(2 * atom.value), *made.args[k + 1:])
        return True
    inner = rewriting.own(atom)
    if inner is not None and _double(rewriting, inner):
        return True
    if isinstance(atom, Var) and isinstance(atom.kind, Scalar) and is_float(atom.kind) and isinstance(made.target.kind, Array):
        twice = Var("", atom.kind)
        rewriting.before(made, Apply(twice, operator.mul, (Lit(2.0), atom), (), made.loc, made.origin))
        made.args = (*made.args[:k], twice, *made.args[k + 1:])
        return True
    return False


def _size(atom) -> int:
    """How large an operand is, roughly: numbers first."""
    if isinstance(atom, Lit):
        return 0
    kind = getattr(atom, "kind", None)
    return 1 if isinstance(kind, Scalar) else 2 + (kind.ndim or 0) if isinstance(kind, Array) else 9
