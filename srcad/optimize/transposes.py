"""Transposes: what is turned twice is not turned, and a product is turned by turning its operands.

    A_bar = (v.T @ g).T           →      A_bar = g.T @ v
    x_bar = h.T.T @ g                    x_bar = h @ g

The adjoints of a matrix product and of a transpose meet so. Only where that makes fewer transposes, of matrices, and for
products that nobody else reads.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> show("transposes", lambda A, x: np.sum((A.T @ x) ** 3), np.ones((3, 3)), np.ones((3, 2)))
return (3 * (A.T @ x) ** 2 @ x.T).T.copy()
--> 1
return x @ (3 * (A.T @ x) ** 2).T
"""

from __future__ import annotations

import operator

from srcad.optimize.rewriting import Rewriting
from srcad.trace.ir import Apply, Function, Lit, Var
from srcad.trace.kinds import Array


def settle_transposes(function: Function) -> int:
    """Leave out transposes; how often."""
    rewriting = Rewriting(function)

    def turned(atom) -> Var | None:
        """What an atom is the transpose of."""
        made = rewriting.made.get(atom)
        return made.args[0] if made is not None and _is_transpose(made) else None

    def change(stmt: Apply) -> bool:
        if not _is_transpose(stmt):
            return False
        inner = turned(stmt.args[0])
        if inner is not None:
            rewriting.stands_for(stmt.target, inner)
            return True
        product = rewriting.own(stmt.args[0])
        if product is None or product.fn is not operator.matmul or not all(map(_is_matrix, product.args)):
            return False
        originals = [turned(atom) for atom in product.args]
        if originals == [None, None] or not rewriting.may_wait(*product.args):
            return False
        operands = []
        for atom, original in zip(product.args, originals):
            if original is None:
                original = Var("", _swapped(atom.kind))
                rewriting.before(stmt, Apply(original, getattr, (atom, Lit("T")), (), stmt.loc, stmt.origin))
            operands.append(original)
        stmt.fn, stmt.args = operator.matmul, tuple(operands[::-1])
        return True

    return rewriting.run(change)


def _is_transpose(stmt: Apply) -> bool:
    return stmt.fn is getattr and stmt.args[1:] == (Lit("T"),) and _is_matrix(stmt.args[0])


def _is_matrix(atom) -> bool:
    return isinstance(atom, Var) and isinstance(atom.kind, Array) and atom.kind.dims is not None and len(atom.kind.dims) == 2


def _swapped(kind: Array) -> Array:
    return Array(kind.dtype, kind.dims[::-1])
