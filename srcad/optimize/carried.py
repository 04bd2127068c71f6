"""Carried: what a loop hands on as it is stands before the loop.

    s_bar = 1.0
    for y in tape[::-1]:                          for y in tape[::-1]:
        y_bar = y_bar * math.cos(y) + s_bar   →       y_bar = y_bar * math.cos(y) + 1.0

The adjoint of a sum over the trips does not change from trip to trip. Of what this leaves in the derivative, products of
numbers are computed here, and a product by one is its other factor where nobody can tell the two apart.

>>> from srcad.optimize.showing import show
>>> import math
>>> def f(x, n):
...     s, y = 0.0, x
...     for i in range(n):
...         s = s + y
...         y = math.sin(y)
...     return s
>>> show("carried", f, 2.0, 3)
tape = []
y = x
for i in range(n):
    tape.append(y)
    y = math.sin(y)
s_bar = 1.0
y_bar = 0.0
for y in tape[::-1]:
    y_bar = y_bar * math.cos(y) + s_bar
return y_bar
--> 1
tape = []
y = x
for i in range(n):
    tape.append(y)
    y = math.sin(y)
y_bar = 0.0
for y in tape[::-1]:
    y_bar = y_bar * math.cos(y) + 1.0
return y_bar
"""

from __future__ import annotations

import operator

from srcad.analysis.mixed import mixed
from srcad.optimize.replace import replace
from srcad.optimize.rewriting import Rewriting, leave_out_one
from srcad.trace.ir import UNDEF, Apply, For, Function, Lit, Var, While, walk


def settle_carried(function: Function) -> int:
    """Take what does not change out of what loops carry, and products by one out of the derivative; how many."""
    instead: dict[Var, object] = {}
    for stmt in walk(function.body):
        if isinstance(stmt, For | While):
            instead.update(_unchanged(stmt))
    if not instead:
        return 0
    replace(function.body, {var: _end(atom, instead) for var, atom in instead.items()})
    _fold_numbers(function)
    rewriting = Rewriting(function)
    integers = mixed(function)
    return len(instead) + rewriting.run(lambda stmt: integers.isdisjoint(stmt.args) and leave_out_one(rewriting, stmt))


def _unchanged(loop: For | While) -> dict[Var, object]:
    """The carried variables whose value stays the first one, which they lose."""
    found: dict[Var, object] = {}
    kept = []
    for c, init, y in zip(loop.carried, loop.inits, loop.body.yields):
        if init != Lit(UNDEF) and (y is c or isinstance(init, Lit) and y == init):
            found[c] = init
        else:
            kept.append((c, init, y))
    if found:
        loop.carried, loop.inits, loop.body.yields = (tuple(column) for column in zip(*kept)) if kept else ((), (), ())
    return found


def _fold_numbers(function: Function) -> None:
    """Negatives and products of numbers that are known, computed as Python would when it comes there."""
    known: dict[Var, object] = {}
    for stmt in walk(function.body):
        if isinstance(stmt, Apply) and stmt.origin is not None and stmt.fn in (operator.neg, operator.mul) and not stmt.kwargs:
            atoms = [known.get(a, a) if isinstance(a, Var) else a for a in stmt.args]
            if all(isinstance(a, Lit) and type(a.value) is float for a in atoms):
                known[stmt.target] = Lit(stmt.fn(*(a.value for a in atoms)))
    if known:
        replace(function.body, known)


def _end(atom, instead: dict):
    while isinstance(atom, Var) and atom in instead:
        atom = instead[atom]
    return atom
