"""Places of adjoint memory: no copy of what is used at once, no zeros where something is put.

    v2_bar = u_bar[1:-1].copy() * 0.1        v2_bar = u_bar[1:-1] * 0.1

    g = x_bar[i]                             g = x_bar[i]
    x_bar[i] = 0.0                           x_bar[i] = g * v
    x_bar[i] += g * v

    g = x_bar[i]                             g = x_bar[i]
    y_bar[j] += g * v                        y_bar[j] += g * v
    x_bar[i] = g

A derivative copies the adjoint of a place before it clears it, and adds to it afterwards. Where nobody writes between the
copy and its uses, which make memory of their own, there need be no copy; where nobody looks at the place between its
clearing and the first addition, that is an assignment, which goes if it puts back what has been there. The primal's own
statements stay.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> def f(x):
...     x[1:] += 0.5 * x[:-1]
...     x[0] = 0.5 * x[0]
...     return x[2]
>>> show("places", f, np.ones(3))
v1 = x[1:]
v1 += 0.5 * x[:-1]
x[0] = 0.5 * x[0]
x_bar = np.zeros_like(x)
v1_bar = x_bar[1:]
v2_bar = x_bar[:-1]
x_bar[2] += 1.0
v3_bar = x_bar[0]
x_bar[0] = 0.0
x_bar[0] += v3_bar * 0.5
v2_bar += v1_bar.copy() * 0.5
return x_bar
--> 2
v1 = x[1:]
v1 += 0.5 * x[:-1]
x[0] = 0.5 * x[0]
x_bar = np.zeros_like(x)
v1_bar = x_bar[1:]
v2_bar = x_bar[:-1]
x_bar[2] += 1.0
x_bar[0] = x_bar[0] * 0.5
v2_bar += v1_bar * 0.5
return x_bar
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.analysis.memory import ARITHMETIC, Memory, makes_array
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Function, Lit, Var, blocks, operands, substitute_atom, uses, walk
from srcad.trace.kinds import Scalar
from srcad.trace.purity import WRITE, effect

ALL = Lit(Ellipsis)


def settle_places(function: Function) -> int:
    """Leave out copies and zeros; how many."""
    wanted = any(isinstance(s, Apply) and s.origin is not None and (_is_copy(s) or _is_clearing(s))
                 for s in walk(function.body))
    return _settle(function.body, Memory(function), _counts(function)) if wanted else 0


def _counts(function: Function) -> dict[Var, int]:
    counts: dict[Var, int] = {}
    for var in uses(function.body):
        counts[var] = counts.get(var, 0) + 1
    return counts


def _is_copy(stmt) -> bool:
    return isinstance(stmt, Apply) and stmt.fn is np.ndarray.copy and len(stmt.args) == 1 and not stmt.kwargs


def _is_clearing(stmt) -> bool:
    return isinstance(stmt, Apply) and stmt.fn is operator.setitem and stmt.args[2] == Lit(0.0)


def _settle(block: Block, memory: Memory, counts: dict) -> int:
    saved = 0
    for stmt in block.stmts:
        saved += sum(_settle(inner, memory, counts) for inner in blocks(stmt))
    gone: set[int] = set()
    for k, stmt in enumerate(block.stmts):
        if not isinstance(stmt, Apply) or stmt.origin is None:
            continue
        if _is_copy(stmt):
            users = _users_at_once(block.stmts, k, stmt.target, counts.get(stmt.target, 0))
            if users:
                view = {stmt.target: stmt.args[0]}
                for user in users:
                    user.args = tuple(substitute_atom(a, view) for a in user.args)
                gone.add(id(stmt))
        elif _is_clearing(stmt):
            adding = _first_look(block.stmts, k, stmt, memory)
            if adding is not None:
                adding.args = (*stmt.args[:2], adding.args[-1])
                adding.fn = operator.setitem
                gone.add(id(stmt))
        if stmt.fn is operator.setitem and _is_there_already(block.stmts, k, gone, memory):
            gone.add(id(stmt))
    block.stmts = [s for s in block.stmts if id(s) not in gone]
    return saved + len(gone)


def _is_there_already(stmts: list, k: int, gone: set[int], memory: Memory) -> bool:
    """Is what is stored the number that has been read from this place, with nothing done to that memory since?"""
    array, index, value = stmts[k].args
    if not isinstance(value, Var) or not isinstance(value.kind, Scalar) or not memory.is_constant(index):
        return False
    for stmt in reversed(stmts[:k]):
        if id(stmt) in gone:
            continue
        if not isinstance(stmt, Apply) or isinstance(stmt.fn, Function):
            return False
        if stmt.target is value:
            return stmt.fn is operator.getitem and stmt.args == (array, index)
        if not all(memory.are_apart(array, a) for a in (stmt.target, *operands(stmt))):
            return False
    return False


def _users_at_once(stmts: list, k: int, copy: Var, times: int) -> list[Apply]:
    """The operations that use a copy, if they make arrays element by element, or numbers, and nobody writes before them."""
    users: list[Apply] = []
    for stmt in stmts[k + 1:]:
        if not isinstance(stmt, Apply):
            return []
        if copy in operands(stmt):
            elementwise = stmt.fn in ARITHMETIC and stmt.fn is not operator.matmul or isinstance(
                stmt.fn, np.ufunc) and stmt.fn.signature is None
            if stmt.origin is None or stmt.kwargs or not (
                    elementwise and makes_array(stmt) or stmt.fn is np.vdot and isinstance(stmt.target.kind, Scalar)):
                return []
            users.append(stmt)
            times -= operands(stmt).count(copy)
            if not times:
                return users
        if effect(stmt) >= WRITE:
            return []
    return []


def _first_look(stmts: list, k: int, clearing: Apply, memory: Memory) -> Apply | None:
    """The addition to a place that has been cleared, if it is the next that has to do with that memory."""
    array, index, _ = clearing.args
    if not memory.is_constant(index):
        return None
    for stmt in stmts[k + 1:]:
        if not isinstance(stmt, Apply):
            return None
        if stmt.fn is intrinsics.add_at and stmt.args[0] is array and stmt.args[1] == index and memory.are_apart(
                array, stmt.args[2]) or stmt.fn is operator.iadd and stmt.args[0] is array and index == ALL and (
                memory.are_apart(array, stmt.args[1])):
            return stmt if stmt.origin is not None else None
        if not all(memory.are_apart(array, a) for a in (stmt.target, *operands(stmt))) or isinstance(stmt.fn, Function):
            return None
    return None
