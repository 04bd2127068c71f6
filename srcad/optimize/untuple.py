"""Tuples that are taken apart where it is known what they were made of.

    saved = a, b, c
    x = saved[1]                   →        x is b
    u, v, w = saved                →        u is a, v is b, w is c

Calls that have been written out leave such tuples behind. Behind them, what the callee has computed is seen to be the same
as what the caller computes.

>>> from srcad.trace.dump import dump
>>> from srcad.trace.ir import Block, Param
>>> a, b, saved, x = Var("a"), Var("b"), Var("saved"), Var("x")
>>> body = Block([Apply(saved, intrinsics.build_tuple, (a, b)), Apply(x, operator.getitem, (saved, Lit(1)))], (x,))
>>> f = Function("f", [Param(a), Param(b)], body)
>>> print(dump(f))
def f(a, b):
    saved = build_tuple(a, b)
    x = getitem(saved, 1)
    return x
>>> take_apart(f)
1
>>> print(dump(f))
def f(a, b):
    saved = build_tuple(a, b)
    x = getitem(saved, 1)
    return b
"""

from __future__ import annotations

import operator

from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Function, Lit, Var, walk


def take_apart(function: Function) -> int:
    """Replace items of known tuples by what they are; returns how many."""
    made: dict[Var, tuple] = {}
    mapping: dict = {}
    for stmt in walk(function.body):
        if not isinstance(stmt, Apply):
            continue
        if stmt.fn is intrinsics.build_tuple:
            made[stmt.target] = tuple(mapping.get(a, a) if isinstance(a, Var) else a for a in stmt.args)
        elif stmt.fn is intrinsics.unpack and stmt.args[0] in made and stmt.args[2] == Lit(-1) and (
                stmt.args[1] == Lit(len(made[stmt.args[0]]))):
            made[stmt.target] = made[stmt.args[0]]
        elif stmt.fn is operator.getitem and stmt.args[0] in made and isinstance(stmt.args[1], Lit) and type(
                stmt.args[1].value) is int and -len(made[stmt.args[0]]) <= stmt.args[1].value < len(made[stmt.args[0]]):
            item = made[stmt.args[0]][stmt.args[1].value]
            mapping[stmt.target] = item
            if isinstance(item, Var) and item in made:
                made[stmt.target] = made[item]
    if mapping:
        replace(function.body, mapping)
    return len(mapping)
