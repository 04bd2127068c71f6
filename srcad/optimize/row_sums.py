"""Sums along an axis of a matrix product: the sum comes first, and what is multiplied is a vector.

    np.sum(a @ b, axis=0)            →      np.sum(a, axis=0) @ b
    np.sum(a @ b, axis=1)            →      a @ np.sum(b, axis=1)
    np.sum(v[:, None] * a, axis=0)   →      v @ a
    np.sum(v * a, axis=1)            →      a @ v
    np.sum((v * a).T, axis=0)        →      a @ v

Of a matrix product that nobody else reads: a bias added to each row of ``x @ w`` has such an adjoint. Sums change by
reassociation.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> def f(b, x, w):
...     y = (x - b) @ w
...     return np.sum(y * y)
>>> show("row sums", f, np.ones(3), np.ones((4, 3)), np.ones((3, 2)))
y = (x - b) @ w
return np.sum(-((y + y) @ w.T), axis=0)
--> 1
y = (x - b) @ w
return -(np.sum(y + y, axis=0) @ w.T)

>>> def weighted(v, x, w):
...     return np.sum(np.sum(np.exp(x - w), axis=1) * v)
>>> show("row sums", weighted, np.ones(4), np.ones((4, 3)), np.ones(3), argnums=2)
return np.sum(-(v[:, None] * np.exp(x - w)), axis=0)
--> 1
return -(v @ np.exp(x - w))
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.optimize.rewriting import Rewriting
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Function, Lit, Var
from srcad.trace.kinds import Array, Size, SliceOf, is_float


def sum_rows_first(function: Function) -> int:
    """Sum operands of matrix products rather than the products; returns how often."""
    rewriting = Rewriting(function)

    def change(stmt: Apply) -> bool:
        axis = dict(stmt.kwargs).get("axis") if len(stmt.args) == 1 else stmt.args[1] if len(stmt.args) == 2 else None
        if stmt.fn is not np.sum or axis not in (Lit(0), Lit(1)) or len(stmt.args) + len(stmt.kwargs) != 2:
            return False
        summed, new = stmt.args[0], []
        made = rewriting.own(summed)
        negative = made is not None and made.fn is operator.neg
        if negative:
            summed = made.args[0]
        args = scaled(rewriting, summed, axis.value)
        if args is None:
            product = rewriting.own(summed)
            if product is None or product.fn is not operator.matmul or product.kwargs or not all(
                    isinstance(getattr(a, "kind", None), Array) and a.kind.ndim == 2 and is_float(a.kind) for a in product.args
            ) or not rewriting.may_wait(*product.args):
                return False
            long = product.args[axis.value]
            total = Var("", Array(long.kind.dtype, (long.kind.dims[1 - axis.value],)))
            inner = scaled(rewriting, long, axis.value)
            new.append(Apply(total, np.sum, (long,), (("axis", axis),), stmt.loc, stmt.origin) if inner is None else
                       Apply(total, operator.matmul, inner, (), stmt.loc, stmt.origin))
            args = (total, product.args[1]) if axis.value == 0 else (product.args[0], total)
        if negative:
            result = Var("", stmt.target.kind)
            new.append(Apply(result, operator.matmul, args, (), stmt.loc, stmt.origin))
            stmt.fn, stmt.args = operator.neg, (result,)
        else:
            stmt.fn, stmt.args = operator.matmul, args
        stmt.kwargs = ()
        rewriting.before(stmt, *new)
        return True

    return rewriting.run(change)


def scaled(rewriting: Rewriting, summed, axis: int) -> tuple | None:
    """The vector and the matrix whose product is the sum of rows (columns) that are each multiplied by a number."""
    made = rewriting.made.get(summed)
    if made is not None and made.fn is getattr and made.args[1] == Lit("T"):
        made, axis = rewriting.made.get(made.args[0]), 1 - axis
    if made is None or made.origin is None or made.fn is not operator.mul or made.kwargs:
        return None
    for vector, matrix in (made.args, made.args[::-1]):
        vector = column(rewriting, vector) if axis == 0 else row(rewriting, vector)
        short, long = (getattr(a, "kind", None) for a in (vector, matrix))
        if isinstance(short, Array) and isinstance(long, Array) and is_float(short) and short.dtype == long.dtype and (
                short.ndim == 1 and long.ndim == 2 and agree(short.dims[0], long.dims[axis])
                and rewriting.may_wait(vector, matrix)):
            return (vector, matrix) if axis == 0 else (matrix, vector)
    return None


def agree(one, other) -> bool:
    """Are two axes that were broadcast together equal: the same, or neither of them 1?"""
    return one is not None and one == other or all(
        isinstance(d, int) and d != 1 or isinstance(d, Size) and d.not_one for d in (one, other))


def row(rewriting: Rewriting, atom):
    """The vector of which ``v[None]`` is a view; the atom if it is not that."""
    made = rewriting.made.get(atom)
    if made is None or made.kwargs or not isinstance(kind := getattr(made.args[0], "kind", None), Array) or kind.ndim != 1:
        return atom
    added = Lit(0) if made.fn is np.expand_dims else Lit(None) if made.fn is operator.getitem else None
    return made.args[0] if added is not None and made.args[1:] == (added,) else atom


def column(rewriting: Rewriting, atom):
    """The vector of which ``v[:, None]`` is a view; None if it is not that."""
    made = rewriting.made.get(atom)
    if made is None or made.kwargs:
        return None
    if made.fn is np.expand_dims:
        return made.args[0] if made.args[1] in (Lit(1), Lit(-1)) else None
    if made.fn is not operator.getitem:
        return None
    index = rewriting.made.get(made.args[1])
    if index is None or index.fn is not intrinsics.build_tuple or len(index.args) != 2 or index.args[1] != Lit(None):
        return None
    every = getattr(index.args[0], "kind", None)
    return made.args[0] if every == SliceOf(None, None, None) else None
