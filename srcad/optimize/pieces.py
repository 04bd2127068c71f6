"""Pieces of an adjoint that is that of joined arrays: cut where the program uses them, without a list of all.

    split_like(g, (a, b, c), 0)[0]        →      g[:len(a)]
    split_like(g, (a, b, c), 0)[2]        →      g[len(a) + len(b):]

Of arrays joined along their first axis; lengths that are known are written down, and arrays whose lengths nobody asks for any
more need not be recorded.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> def f(x, y):
...     z = np.concatenate((np.zeros(2), x, y))
...     return np.sum(np.sin(z))
>>> show("pieces", f, np.ones(3), np.ones(2), argnums=(0, 1))
v1 = np.zeros(2), x, y
z = np.concatenate(v1)
_, x_bar, y_bar = split_like(np.cos(z), v1, 0)
return x_bar.copy(), y_bar.copy()
--> 3
z = np.concatenate((np.zeros(2), x, y))
z_bar = np.cos(z)
v1 = 2 + len(x)
return z_bar[2:v1].copy(), z_bar[v1:].copy()
"""

from __future__ import annotations

import operator
from collections import Counter

import numpy as np

from srcad import runtime
from srcad.analysis.infer import infer_call
from srcad.optimize.rewriting import Rewriting
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Function, Lit, Var, walk
from srcad.trace.kinds import INT, Array, TupleOf


def cut_pieces(function: Function) -> int:
    """Cut pieces by slices; returns how many."""
    rewriting = Rewriting(function)
    picked = Counter(s.args[0] for s in walk(function.body) if _picks(s))

    def change(stmt: Apply) -> bool:
        split = rewriting.own(stmt.args[0], picked[stmt.args[0]]) if _picks(stmt) else None
        if split is None or not _is_plain(split):
            return False
        g, arrays, _ = split.args
        number, items, new = stmt.args[1].value, arrays.kind.items, []
        if not 0 <= number < len(items) or not rewriting.may_wait(arrays):
            return False

        def apply(fn, *args):
            made = Apply(Var(""), fn, args, (), stmt.loc, stmt.origin)
            made.target.kind = INT if fn in (len, operator.add) else infer_call(fn, args, (), rewriting.made.get)
            rewriting.made[made.target] = made
            new.append(made)
            return made.target

        def plus(at, k: int):
            """The place so many elements on as the array has."""
            length = items[k].dims[0]
            length = Lit(length) if isinstance(length, int) else apply(len, apply(operator.getitem, arrays, Lit(k)))
            if isinstance(at, Lit) and isinstance(length, Lit):
                return Lit(at.value + length.value)
            return length if at == Lit(0) else apply(operator.add, at, length)

        begin = Lit(0)
        for k in range(number):
            begin = plus(begin, k)
        end = Lit(None) if number == len(items) - 1 else plus(begin, number)
        piece = apply(intrinsics.build_slice, Lit(None) if begin == Lit(0) else begin, end, Lit(None))
        rewriting.before(stmt, *new)
        stmt.args = (g, piece)
        return True

    return rewriting.run(change)


def _picks(stmt) -> bool:
    return isinstance(stmt, Apply) and stmt.fn is operator.getitem and isinstance(stmt.args[0], Var) and isinstance(
        stmt.args[1], Lit) and type(stmt.args[1].value) is int


def _is_plain(split: Apply) -> bool:
    """Does it cut an array along its first axis into such as are arrays, too?"""
    if split.fn is not runtime.split_like or split.kwargs or split.args[2] != Lit(0):
        return False
    g, arrays = (getattr(a, "kind", None) for a in split.args[:2])
    return isinstance(g, Array) and g.ndim not in (None, 0) and isinstance(arrays, TupleOf) and all(
        isinstance(item, Array) and item.ndim == g.ndim and item.dtype in (np.float32, np.float64) for item in arrays.items)
