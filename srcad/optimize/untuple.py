"""Tuples, and lists that nobody changes, that are taken apart where it is known what they were made of.

    saved = a, b, c
    x = saved[1]                   →        x is b
    u, v, w = saved                →        u is a, v is b, w is c

Calls that have been written out leave such tuples behind, and `max([a, b, c])` such lists. Behind them, what the callee has
computed is seen to be the same as what the caller computes. A list of which only items are read is as good as a tuple.

>>> from srcad.optimize.showing import show
>>> show("primal tuples", lambda a, b: max([a * b, a + b]), 2.0, 3.0)
v1 = [a * b, a + b]
v2 = v1[0]
v3 = v1[1]
v4 = 0.5 * (v2 == v3)
return ((v2 > v3) + v4) * b + ((v3 > v2) + v4)
--> 4
v1 = a * b
v2 = a + b
v3 = 0.5 * (v1 == v2)
return ((v1 > v2) + v3) * b + ((v2 > v1) + v3)
"""

from __future__ import annotations

import operator
from collections import Counter

from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Function, Lit, Star, Var, uses, walk


def take_apart(function: Function) -> int:
    """Replace items of known tuples and unchanged lists by what they are; returns how many."""
    made: dict[Var, tuple] = {}
    mapping: dict = {}
    unchanged = _lists_only_read(function)
    for stmt in walk(function.body):
        if not isinstance(stmt, Apply):
            continue
        if stmt.fn is intrinsics.build_tuple or stmt.target in unchanged:
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


def _lists_only_read(function: Function) -> set[Var]:
    """The lists made here of which only items are read: nobody else sees them, so nobody changes them."""
    built = {stmt.target: stmt for stmt in walk(function.body) if isinstance(stmt, Apply) and stmt.fn is intrinsics.build_list
             and not any(isinstance(a, Star) for a in stmt.args)}
    if not built:
        return set()
    read = Counter(stmt.args[0] for stmt in walk(function.body) if isinstance(stmt, Apply) and stmt.args and (
        stmt.fn is operator.getitem or stmt.fn is intrinsics.unpack) and stmt.args[0] in built)
    used = Counter(v for v in uses(function.body) if v in built)
    return {target for target in built if used[target] == read[target]}
