"""Sums along an axis of a matrix product: the sum comes first, and what is multiplied is a vector.

    np.sum(a @ b, axis=0)         →      np.sum(a, axis=0) @ b
    np.sum(a @ b, axis=1)         →      a @ np.sum(b, axis=1)

Of a product that nobody else reads: a bias added to each row of ``x @ w`` has such an adjoint. Sums change by reassociation.

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
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.optimize.rewriting import Rewriting
from srcad.trace.ir import Apply, Function, Lit, Var
from srcad.trace.kinds import Array, is_float


def sum_rows_first(function: Function) -> int:
    """Sum operands of matrix products rather than the products; returns how often."""
    rewriting = Rewriting(function)

    def change(stmt: Apply) -> bool:
        axis = dict(stmt.kwargs).get("axis") if len(stmt.args) == 1 else stmt.args[1] if len(stmt.args) == 2 else None
        if stmt.fn is not np.sum or axis not in (Lit(0), Lit(1)) or len(stmt.args) + len(stmt.kwargs) != 2:
            return False
        made = rewriting.own(stmt.args[0])
        negative = made is not None and made.fn is operator.neg
        if negative:
            made = rewriting.own(made.args[0])
        if made is None or made.fn is not operator.matmul or made.kwargs or not all(
                isinstance(getattr(a, "kind", None), Array) and a.kind.ndim == 2 and is_float(a.kind) for a in made.args) or not (
                rewriting.may_wait(*made.args)):
            return False
        summed = made.args[axis.value]
        total = Var("", Array(summed.kind.dtype, (summed.kind.dims[1 - axis.value],)))
        new = [Apply(total, np.sum, (summed,), (("axis", axis),), stmt.loc, stmt.origin)]
        args = (total, made.args[1]) if axis.value == 0 else (made.args[0], total)
        if negative:
            product = Var("", stmt.target.kind)
            new.append(Apply(product, operator.matmul, args, (), stmt.loc, stmt.origin))
            stmt.fn, stmt.args = operator.neg, (product,)
        else:
            stmt.fn, stmt.args = operator.matmul, args
        stmt.kwargs = ()
        rewriting.before(stmt, *new)
        return True

    return rewriting.run(change)
