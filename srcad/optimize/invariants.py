"""Invariants: what a loop computes anew in each trip from what the trip does not change is computed before it.

    for i in range(n):                   v1 = 0.5 * h
        x = x + 0.5 * h * k       →      for i in range(n):
                                             x = x + v1 * k

Only sums, differences and products of Python's own numbers, and quotients by a number: they cannot fail, so that a loop
of no trips stays without effect. Before a loop is differentiated this saves more than time: what a reverse trip needs
is then at hand, and not recorded a hundred times.

>>> from srcad.optimize.showing import show
>>> def f(x, h):
...     for k in range(3):
...         x = x + 0.5 * h * x * x
...     return x
>>> show("primal invariants", f, 2.0, 3.0)
tape = []
v1 = 0.5 * h
for k in range(3):
    v2 = v1 * x
    tape.append((x, v2, v1))
    x = x + v2 * x
x_bar = 1.0
for x, v2, v1 in tape[::-1]:
    x_bar = x_bar + x_bar * v2 + x_bar * x * v1
return x_bar
--> 1
v1 = 0.5 * h
tape = []
for k in range(3):
    v2 = v1 * x
    tape.append((x, v2))
    x = x + v2 * x
x_bar = 1.0
for x, v2 in tape[::-1]:
    x_bar = x_bar + x_bar * v2 + x_bar * x * v1
return x_bar
"""

from __future__ import annotations

import operator

from srcad.trace.ir import (
    Apply,
    Block,
    For,
    Function,
    If,
    Lit,
    Var,
    While,
    blocks,
    defined,
    free_vars,
    inner_vars,
    walk,
)
from srcad.trace.kinds import Scalar

_SAFE = {operator.add, operator.sub, operator.mul, operator.neg}


def hoist_invariants(function: Function) -> int:
    """Move invariants in front of their loops; returns how many."""
    if not any(isinstance(stmt, For | While) for stmt in walk(function.body)):
        return 0
    known = {p.var for p in function.params} | set(free_vars(function.body))
    known.update(stmt.target for stmt in walk(function.body) if isinstance(stmt, Apply))
    return _block(function.body, known)


def _block(block: Block, known: set[Var]) -> int:
    """`known` are Vars that have a value wherever they are visible."""
    stmts, count = [], 0
    for stmt in block.stmts:
        for inner in blocks(stmt):
            count += _block(inner, known)
        if isinstance(stmt, For | While):
            changing = {*stmt.carried, *inner_vars(stmt)}
            for inner in blocks(stmt):
                changing.update(defined(inner))
            for inner in blocks(stmt):
                taken = _take(inner, changing, known)
                stmts += taken
                count += len(taken)
        stmts.append(stmt)
    block.stmts = stmts
    return count


def _take(block: Block, changing: set[Var], known: set[Var]) -> list[Apply]:
    """Take the invariants out of a block and the arms in it."""
    taken, left = [], []
    for stmt in block.stmts:
        if isinstance(stmt, Apply) and _is_invariant(stmt, changing, known):
            changing.discard(stmt.target)
            taken.append(stmt)
            continue
        if isinstance(stmt, If):
            taken += _take(stmt.then, changing, known) + _take(stmt.orelse, changing, known)
        left.append(stmt)
    block.stmts = left
    return taken


def _is_invariant(stmt: Apply, changing: set[Var], known: set[Var]) -> bool:
    if stmt.kwargs or not _is_number(stmt.target):
        return False
    if stmt.fn is operator.truediv:
        if not isinstance(stmt.args[1], Lit) or not _is_number(stmt.args[1]) or not stmt.args[1].value:
            return False
        if not isinstance(stmt.args[0], Var) or stmt.args[0].kind.base is not float:
            return False                                        # a whole number may be too large for a quotient
    elif stmt.fn not in _SAFE:
        return False
    if any(isinstance(a, Var) and (a in changing or a not in known) for a in stmt.args):
        return False
    numbers = [a.kind.base if isinstance(a, Var) else type(a.value) for a in stmt.args if _is_number(a)]
    return len(numbers) == len(stmt.args) and len(set(numbers)) == 1


def _is_number(atom) -> bool:
    """Is it a float or an int of Python's own?"""
    if isinstance(atom, Var):
        return isinstance(atom.kind, Scalar) and atom.kind.dtype is None and atom.kind.base in (float, int)
    return isinstance(atom, Lit) and type(atom.value) in (float, int)
