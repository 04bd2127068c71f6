"""Buffers: adjoints that are memory of our own are added to where they are.

    x_bar[:-1] += a                      x_bar[:-1] += a + b
    x_bar[:-1] += b

    for ...:                             for ...:
        W_bar = W_bar + np.outer(g, h)       W_bar += np.outer(g, h)
        h1_bar = h_bar.copy()         →      h_bar[0] += e
        h1_bar[0] += e                       h_bar = W.T @ h_bar
        h_bar = W.T @ h1_bar

An array that a loop carries is our own if it starts as memory of its own, each trip hands on memory of its own, and
nothing else refers to either. Then nobody can see that it is written to.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> def f(W, x):
...     for k in range(3):
...         x = np.tanh(W @ x)
...     return np.sum(x)
>>> show("buffers", f, np.ones((3, 3)), np.ones(3))
tape = []
for k in range(3):
    x_1 = np.tanh(W @ x)
    tape.append((x_1, x))
    x = x_1
x_bar = np.broadcast_to(1.0, x.shape)
W_bar = np.zeros_like(W)
for x_1, x in tape[::-1]:
    v1_bar = x_bar * (1.0 - x_1 * x_1)
    x_bar = v1_bar @ W
    W_bar = W_bar + np.outer(v1_bar, x)
return W_bar
--> 1
tape = []
for k in range(3):
    x_1 = np.tanh(W @ x)
    tape.append((x_1, x))
    x = x_1
x_bar = np.broadcast_to(1.0, x.shape)
W_bar = np.zeros_like(W)
for x_1, x in tape[::-1]:
    v1_bar = x_bar * (1.0 - x_1 * x_1)
    x_bar = v1_bar @ W
    W_bar += np.outer(v1_bar, x)
return W_bar
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.analysis.infer import infer_call
from srcad.analysis.memory import Memory, is_value, makes_array
from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, Var, While, blocks, every_block, uses, walk
from srcad.trace.kinds import Array, same_dtype


def reuse_buffers(function: Function) -> int:
    """Write to our own arrays in place; returns how many copies and passes over memory that saves."""
    if not any(isinstance(s, For | While) or (isinstance(s, Apply) and s.fn is intrinsics.index_add)
               for s in walk(function.body)):
        return 0
    found = _Uses(function)
    saved = 0
    for block in every_block(function.body):
        saved += _merge_adds(block, found)
        local = {stmt.target for stmt in block.stmts if isinstance(stmt, Apply)}
        saved += sum(_own_carried(stmt, local, found) for stmt in block.stmts if isinstance(stmt, For | While))
    return saved


class _Uses:
    """How often each Var is read, and what makes it."""

    def __init__(self, function: Function) -> None:
        self.counts: dict[Var, int] = {}
        for var in uses(function.body):
            self.counts[var] = self.counts.get(var, 0) + 1
        self.made = {stmt.target: stmt for stmt in walk(function.body) if isinstance(stmt, Apply)}
        self.memory = Memory(function)

    def once(self, var) -> bool:
        return isinstance(var, Var) and self.counts.get(var) == 1


# --- one place of a buffer, added to twice ----------------------------------------------------------------------------


def _merge_adds(block: Block, found: _Uses) -> int:
    merged = 0
    last: dict[Var, Apply] = {}
    gone, sums = set(), {}
    for stmt in block.stmts:
        if not isinstance(stmt, Apply) or stmt.fn is not intrinsics.index_add:
            continue
        first, following = last.get(stmt.args[0]), stmt
        while first is not None and found.once(first.target) and not _one_place(first, stmt, found):
            first, following = last.get(first.args[0]), first
        if first is not None and _one_place(first, stmt, found):
            a, b = first.args[2], stmt.args[2]
            total = Var("", infer_call(operator.add, (a, b), (), found.made.get))
            sums[id(stmt)] = Apply(total, operator.add, (a, b), (), stmt.loc, stmt.origin)
            stmt.args = (*stmt.args[:2], total)
            following.args = (first.args[0], *following.args[1:])
            gone.add(id(first))
            merged += 1
        last[stmt.target] = stmt
    if merged:
        added = [(sums.get(id(stmt)), None if id(stmt) in gone else stmt) for stmt in block.stmts]
        block.stmts = [s for both in added for s in both if s is not None]
    return merged


def _one_place(first: Apply, second: Apply, found: _Uses) -> bool:
    """Do both add to one place, with nobody looking at the buffer in between? Values that fit a place do so summed."""
    kind = first.target.kind
    if not found.once(first.target) or not isinstance(kind, Array) or kind.dtype is None or kind.dtype.kind != "f":
        return False
    values = first.args[2], second.args[2]
    if not all(isinstance(v, Var) and isinstance(v.kind, Array) and same_dtype(v.kind.dtype, kind.dtype) and
               found.memory.is_constant(v) for v in values):
        return False
    return _equal(first.args[1], second.args[1], found)


def _equal(a, b, found: _Uses) -> bool:
    """Are two indices the same?"""
    if a == b:
        return is_value(a)
    one, other = (found.made.get(v) if isinstance(v, Var) else None for v in (a, b))
    return one is not None and other is not None and one.fn is other.fn and one.fn in (
        intrinsics.build_slice, intrinsics.build_tuple) and len(one.args) == len(other.args) and all(
        _equal(x, y, found) for x, y in zip(one.args, other.args))


# --- arrays that loops carry ------------------------------------------------------------------------------------------


def _own_carried(loop: For | While, local: set[Var], found: _Uses) -> int:
    """Write to the arrays that a loop carries, where each trip starts from memory that nobody else knows."""
    saved = 0
    reads: dict[Var, int] = {}
    for block in blocks(loop):
        for var in uses(block):
            reads[var] = reads.get(var, 0) + 1
    inside = {stmt.target: stmt for stmt in loop.body.stmts if isinstance(stmt, Apply)}
    for carried, init, handed in zip(loop.carried, loop.inits, loop.body.yields):
        if reads.get(carried) != 1 or not isinstance(carried.kind, Array) or not (
                _is_ours(init, local, found) and _is_ours(handed, inside, found)):
            continue
        reader = next((s for s in inside.values() if carried in s.args), None)
        if reader is None:
            continue
        if reader.fn is np.ndarray.copy and not reader.kwargs:
            loop.body.stmts.remove(reader)
            replace(loop.body, {reader.target: carried})
            saved += 1
        elif reader.fn is operator.add and reader.args[0] is carried:
            saved += _add_in_place(reader, carried, inside, found)
    return saved


def _is_ours(atom, local, found: _Uses) -> bool:
    """Is it memory made by an operation of the block, and read in one place only?"""
    while found.once(atom) and atom in local:
        made = found.made[atom]
        if made.fn not in (intrinsics.index_add, intrinsics.scatter_add, operator.iadd):
            return makes_array(made)
        atom = made.args[0]
    return False


def _add_in_place(stmt: Apply | None, carried: Var, inside: dict, found: _Uses) -> int:
    """``c + a + b`` into c, one after the other, as far as each sum is read by the next alone.

    All are adjoints of one value, so that they have one shape.
    """
    saved = 0
    while stmt is not None and stmt.fn is operator.add and _is_sum(stmt, carried):
        stmt.fn = operator.iadd
        saved += 1
        target = stmt.target
        stmt = next((s for s in inside.values() if s.args[:1] == (target,)), None) if found.once(target) else None
    return saved


def _is_sum(stmt: Apply, carried: Var) -> bool:
    target, other = stmt.target, stmt.args[1]
    if target.of is None or target.of is not carried.of or target.suffix != carried.suffix:
        return False
    if "_bar" not in target.suffix:
        return False
    kinds = target.kind, carried.kind, other.kind if isinstance(other, Var) else None
    return all(isinstance(k, Array) and k.dims is not None and k.dtype == carried.kind.dtype and k.dtype is not None
               and len(k.dims) == len(carried.kind.dims) for k in kinds)
