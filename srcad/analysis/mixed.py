"""Numbers that are floats as far as kinds tell, and may be integers when the program runs.

    c = 2.5 if n > 1 else 3             c is a float, or the integer 3

``1.0 * c`` is then not just c: an adjoint made of it would be an array of integers, which cannot hold what is added to it.
"""

from __future__ import annotations

import operator

from srcad.analysis.atoms import kind_of_atom
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Var, While, walk
from srcad.trace.kinds import Scalar

#: Operations of integers that give integers.
_CLOSED = {operator.add, operator.sub, operator.mul, operator.neg, operator.pos, operator.abs, operator.pow, abs, max, min, sum}


def mixed(function: Function, seen: frozenset = frozenset()) -> set[Var]:
    """The numbers of a Trace that may be integers although their kind is float."""
    found: set[Var] = set()
    seen |= {id(function)}
    while True:
        before = len(found)
        _look(function.body, found, seen)
        if len(found) == before:
            return found


def _look(body: Block, found: set[Var], seen: frozenset) -> None:
    for stmt in walk(body):
        match stmt:
            case Apply(fn=Function() as callee):
                if _is_float(stmt.target) and id(callee) not in seen and _may_be_int(
                        callee.body.yields[0], mixed(callee, seen)):
                    found.add(stmt.target)
            case Apply():
                if stmt.fn in _CLOSED and _is_float(stmt.target) and all(_may_be_int(a, found) for a in stmt.args):
                    found.add(stmt.target)
            case If():
                for target, *arms in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                    if _is_float(target) and any(_may_be_int(a, found) for a in arms):
                        found.add(target)
            case For() | While():
                for carried, *values in zip(stmt.carried, stmt.inits, stmt.body.yields):
                    if _is_float(carried) and any(_may_be_int(a, found) for a in values):
                        found.add(carried)


def _is_float(var: Var) -> bool:
    return isinstance(var.kind, Scalar) and var.kind.base is float and var.kind.dtype is None


def _may_be_int(atom, found: set[Var]) -> bool:
    if isinstance(atom, Lit):
        return type(atom.value) in (int, bool)
    kind = kind_of_atom(atom)
    return atom in found or isinstance(kind, Scalar) and kind.base in (int, bool)
