"""Invariants: what a loop computes anew in each trip from what the trip does not change is computed before it.

    for i in range(n):                   v1 = 0.5 * h
        x = x + 0.5 * h * k       →      for i in range(n):
                                             x = x + v1 * k

Only sums, differences and products of Python's own numbers, small powers, quotients by a number, and lengths of arrays: they
cannot fail (but for the power of a number beyond 1e38), so that a loop of no trips stays without effect. A loop that is known to
make a trip gives up whatever is computed from numbers by a function without effects. Before a loop is differentiated this saves
more than time: what a reverse trip needs is then at hand, and not recorded a hundred times.

>>> from srcad.optimize.showing import show
>>> import math
>>> def f(x, h):
...     for k in range(3):
...         x = x + math.sqrt(h) * math.sin(x)
...     return x
>>> show("primal invariants", f, 2.0, 3.0)
tape = []
v1 = math.sqrt(h)
for k in range(3):
    tape.append((v1, x))
    x = x + v1 * math.sin(x)
x_bar = 1.0
for v1, x in tape[::-1]:
    x_bar = x_bar + x_bar * v1 * math.cos(x)
return x_bar
--> 1
v1 = math.sqrt(h)
tape = []
for k in range(3):
    tape.append(x)
    x = x + v1 * math.sin(x)
x_bar = 1.0
for x in tape[::-1]:
    x_bar = x_bar + x_bar * v1 * math.cos(x)
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
from srcad.trace.kinds import Array, Scalar
from srcad.trace.purity import READ, callable_effect

_SAFE = {operator.add, operator.sub, operator.mul, operator.neg}

#: Exponents.
_POWERS = (1, 2, 3, 4, 5, 6, 7, 8)

#: Whole numbers up to here can be made floats.
_LARGE = 2**53


def hoist_invariants(function: Function) -> int:
    """Move invariants in front of their loops; returns how many."""
    if not any(isinstance(stmt, For | While) for stmt in walk(function.body)):
        return 0
    known = {p.var for p in function.params} | set(free_vars(function.body))
    known.update(stmt.target for stmt in walk(function.body) if isinstance(stmt, Apply))
    return _block(function.body, known)


def _block(block: Block, known: set[Var]) -> int:
    """`known` are Vars that have a value wherever they are visible."""
    stmts: list = []
    count = 0
    for stmt in block.stmts:
        for inner in blocks(stmt):
            count += _block(inner, known)
        if isinstance(stmt, For | While):
            changing = {*stmt.carried, *inner_vars(stmt)}
            for inner in blocks(stmt):
                changing.update(defined(inner))
            for inner in blocks(stmt):
                taken = _take(inner, changing, known, isinstance(stmt, For) and _makes_a_trip(stmt, stmts))
                stmts += taken
                count += len(taken)
        stmts.append(stmt)
    block.stmts = stmts
    return count


def _makes_a_trip(loop: For, before: list) -> bool:
    """Is it a loop over a range that is not empty, whatever the arguments are?"""
    if len(loop.sources) != 1:
        return False
    iterable = loop.sources[0].iterable
    made = next((s for s in reversed(before) if isinstance(s, Apply) and s.target is iterable), None)
    if made is None or made.fn is not range or made.kwargs:
        return False
    return all(isinstance(a, Lit) and type(a.value) is int for a in made.args) and len(range(*(a.value for a in made.args))) > 0


def _take(block: Block, changing: set[Var], known: set[Var], always: bool) -> list[Apply]:
    """Take the invariants out of a block and the arms in it; `always`: it is executed if what is before it is."""
    taken, left = [], []
    for stmt in block.stmts:
        if isinstance(stmt, Apply) and _is_invariant(stmt, changing, known, always):
            changing.discard(stmt.target)
            taken.append(stmt)
            continue
        if isinstance(stmt, If):
            taken += _take(stmt.then, changing, known, False) + _take(stmt.orelse, changing, known, False)
        left.append(stmt)
    block.stmts = left
    return taken


def _is_invariant(stmt: Apply, changing: set[Var], known: set[Var], always: bool) -> bool:
    if stmt.kwargs or not _is_number(stmt.target):
        return False
    if stmt.fn is len:
        array = stmt.args[0]
        return isinstance(array, Var) and array not in changing and array in known and (
            isinstance(array.kind, Array) and bool(array.kind.ndim))
    if any(isinstance(a, Var) and (a in changing or a not in known) for a in stmt.args) or not all(map(_is_number, stmt.args)):
        return False
    return always and callable_effect(stmt.fn) <= READ or _cannot_fail(stmt)


def _cannot_fail(stmt: Apply) -> bool:
    bases = [a.kind.base if isinstance(a, Var) else type(a.value) for a in stmt.args]
    if stmt.fn is operator.truediv:                             # a whole number may be too large for a quotient
        return bases[0] is float and isinstance(stmt.args[0], Var) and isinstance(stmt.args[1], Lit) and stmt.args[1].value != 0
    if stmt.fn is operator.pow:
        return bases[0] is float and isinstance(stmt.args[1], Lit) and stmt.args[1].value in _POWERS
    if stmt.fn not in _SAFE:
        return False
    return len(set(bases)) == 1 or all(
        base is float or isinstance(a, Lit) and abs(a.value) < _LARGE for a, base in zip(stmt.args, bases))


def _is_number(atom) -> bool:
    """Is it a float or an int of Python's own?"""
    if isinstance(atom, Var):
        return isinstance(atom.kind, Scalar) and atom.kind.dtype is None and atom.kind.base in (float, int)
    return isinstance(atom, Lit) and type(atom.value) in (float, int)
