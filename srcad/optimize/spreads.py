"""Spreads: what has the right axes by itself is not spread, and axes are added by an index.

    v = np.broadcast_to(g, y.shape) * x        →      v = g * x               (if that has the axes of y)
    np.expand_dims(g, 1) * x                   →      g[:, None] * x          (a fifteenth of the time)
    s - np.sum(-v, axis=0)                     →      s + np.sum(v, axis=0)   (the signs of sums, not of all summands)

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> show("spreads", lambda A: np.sum(np.exp(np.sum(np.sin(A), axis=1))), np.ones((2, 3)))
return np.expand_dims(np.exp(np.sum(np.sin(A), axis=1)), 1) * np.cos(A)
--> 1
return np.exp(np.sum(np.sin(A), axis=1))[:, None] * np.cos(A)
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.analysis.axes import ARITHMETIC, broadcast, dims_of
from srcad.optimize.rewriting import Rewriting
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Function, Lit, Var
from srcad.trace.kinds import UNKNOWN, Array, SliceOf, is_float

_EVERYTHING = SliceOf(None, None, None)
_SUMS = {operator.add: operator.sub, operator.sub: operator.add}


def lighten(function: Function) -> int:
    """Leave out spreading, and signs of summands; returns how often that was possible."""
    rewriting = Rewriting(function)

    def change(stmt: Apply) -> bool:
        if stmt.fn in ARITHMETIC and len(stmt.args) == 2 and not stmt.kwargs:
            return _unspread(rewriting, stmt) | _signs(rewriting, stmt)
        if stmt.fn is np.expand_dims:
            return _by_index(rewriting, stmt)
        return False

    return rewriting.run(change)


def _unspread(rewriting: Rewriting, stmt: Apply) -> bool:
    """Read what an operand was before it was spread, if the other operand spreads it as far."""
    done = False
    for k in (0, 1):
        made = rewriting.own(stmt.args[k])
        if made is None or made.fn is not np.broadcast_to or made.kwargs:
            continue
        narrow, other, target = made.args[0], stmt.args[1 - k], stmt.target.kind
        if not isinstance(target, Array) or target.dims is None or None in target.dims:
            continue
        kind = getattr(narrow, "kind", None)
        if isinstance(narrow, Lit) and type(narrow.value) is float:
            dims: tuple | None = ()
        elif kind is not None and is_float(kind) and getattr(kind, "dtype", None) == target.dtype:
            dims = dims_of(kind)
        else:
            continue
        others = dims_of(getattr(other, "kind", UNKNOWN))
        if dims is None or others is None or None in dims or None in others or broadcast(dims, others) != target.dims or (
                getattr(getattr(other, "kind", None), "dtype", None) != target.dtype):
            continue
        stmt.args = (narrow, other) if k == 0 else (other, narrow)
        done = True
    return done


def _by_index(rewriting: Rewriting, stmt: Apply) -> bool:
    """``np.expand_dims(x, axis)`` as ``x[:, None]``."""
    if stmt.kwargs or len(stmt.args) != 2 or not isinstance(stmt.args[1], Lit) or type(stmt.args[1].value) is not int:
        return False
    x, axis = stmt.args[0], stmt.args[1].value
    kind = getattr(x, "kind", None)
    if not isinstance(x, Var) or not isinstance(kind, Array) or kind.dims is None:
        return False
    place = axis + len(kind.dims) + 1 if axis < 0 else axis
    if not 0 <= place <= len(kind.dims):
        return False
    if place == 0:
        stmt.fn, stmt.args = operator.getitem, (x, Lit(None))
        return True
    every = Var("", _EVERYTHING)
    index = Var("", UNKNOWN)
    rewriting.before(
        stmt, Apply(every, intrinsics.build_slice, (Lit(None),) * 3, (), stmt.loc, stmt.origin),
        Apply(index, intrinsics.build_tuple, (*(every,) * place, Lit(None)), (), stmt.loc, stmt.origin))
    stmt.fn, stmt.args = operator.getitem, (x, index)
    return True


def _signs(rewriting: Rewriting, stmt: Apply) -> bool:
    """``a + np.sum(-b)`` as ``a - np.sum(b)``."""
    if stmt.fn not in _SUMS:
        return False
    total = rewriting.own(stmt.args[1])
    if total is None or total.fn is not np.sum or not is_float(total.target.kind):
        return False
    inside = rewriting.own(total.args[0])
    if inside is None or inside.fn is not operator.neg or not is_float(getattr(inside.args[0], "kind", None)) or (
            not rewriting.may_wait(inside.args[0])):
        return False
    total.args = (inside.args[0], *total.args[1:])
    stmt.fn = _SUMS[stmt.fn]
    return True
