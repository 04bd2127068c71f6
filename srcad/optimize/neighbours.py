"""Neighbours: what a trip adds to the element that the next one comes to is handed on in a local variable.

    for i in range(n - 1, 0, -1):            x_bar_next = 0.0
        g = x_bar[i]                         for i in range(n - 1, 0, -1):
        x_bar[i] = g * a                         g = x_bar[i] + x_bar_next
        x_bar[i - 1] += g * b         →          x_bar[i] = g * a
                                                 x_bar_next = g * b
                                             x_bar[0] += x_bar_next

In a loop over a range of step one or minus one, what is at ``x_bar[i + 1]`` in one trip is at ``x_bar[i]`` in the next (or
before). If a trip does no more with the elements to come than to add to them, the sums can wait in local variables until the
loop comes to the element. Asked is that the buffer is known to the loop by one name, that all indices are the loop's own with
a number added, and that none is negative, for then two indices might mean one element.

>>> from srcad.optimize.showing import show
>>> import math, numpy as np
>>> def f(x, n):
...     for i in range(1, n):
...         x[i] = x[i - 1] * x[i]
...     return x[n - 1]
>>> show("neighbours", f, np.ones(3), 3)
tape = []
for i in range(1, n):
    v1 = x[i - 1]
    v2 = x[i]
    tape.append((v2, v1))
    x[i] = v1 * v2
v3 = n - 1
x_bar = np.zeros_like(x)
x_bar[v3] = 1.0
for i, (v2, v1) in zip(range(v3, 0, -1), tape[::-1]):
    v4_bar = x_bar[i]
    x_bar[i] = v4_bar * v1
    x_bar[i - 1] += v4_bar * v2
return x_bar
--> 1
tape = []
for i in range(1, n):
    v1 = x[i - 1]
    v2 = x[i]
    tape.append((v2, v1))
    x[i] = v1 * v2
v3 = n - 1
x_bar = np.zeros_like(x)
x_bar[v3] = 1.0
x_bar_next = 0.0
for i, (v2, v1) in zip(range(v3, 0, -1), tape[::-1]):
    v4_bar = x_bar[i] + x_bar_next
    x_bar_next = v4_bar * v2
    x_bar[i] = v4_bar * v1
x_bar[0] += x_bar_next
return x_bar
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass

import numpy as np

from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.memory import Memory, is_value
from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, Lit, Var, blocks, operands, outputs, pattern_vars, uses, walk
from srcad.trace.kinds import FLOAT, NONE, UNKNOWN, Array, Scalar

#: What the sums are called that wait for the next trip, and for the one behind it.
_SUFFIXES = ("_next", "_after_next")

_ADDITIONS = (intrinsics.add_at, intrinsics.index_add)
_ACCESSES = (*_ADDITIONS, operator.getitem, operator.setitem)


def hand_on(function: Function) -> int:
    """Let what is added to elements to come wait in local variables; how many additions do."""
    if not any(isinstance(s, For) and any(isinstance(t, Apply) and t.fn in _ADDITIONS for t in s.body.stmts)
               for s in walk(function.body)):
        return 0
    return _Handing(function).block(function.body, set())


@dataclass(frozen=True)
class _Steps:
    """A loop over a range: its index, its direction, where it ends, and how far indices may be below the loop's own."""

    index: Var
    step: int
    end: object
    lowest: int


class _Handing:
    def __init__(self, function: Function) -> None:
        self.function, self.memory = function, Memory(function)
        self.made = {s.target: s for s in walk(function.body) if isinstance(s, Apply)}

    def block(self, block: Block, occupied: set) -> int:
        """`occupied` are lengths of axes that are known to have an element."""
        occupied = occupied | {length for stmt in block.stmts if (length := self.length_read(stmt)) is not None}
        stmts: list = []
        done = 0
        for stmt in block.stmts:
            done += sum(self.block(inner, occupied) for inner in blocks(stmt))
            stmts.append(stmt)
            steps = self.steps(stmt) if isinstance(stmt, For) and stmt.stop is None else None
            if steps is not None:
                for buffer, accesses in self.buffers(stmt, steps):
                    count, after = _hand_on(stmt, steps, buffer, accesses, occupied, self.made)
                    stmts += after
                    done += count
        block.stmts = stmts
        return done

    def length_read(self, stmt):
        """The length of the array of which a statement reads, or writes to, an element."""
        if not isinstance(stmt, Apply) or stmt.fn not in _ACCESSES or not isinstance(stmt.args[0], Var):
            return None
        array, index = stmt.args[0].kind, kind_of_atom(stmt.args[1])
        return array.dims[0] if isinstance(array, Array) and array.dims and isinstance(index, Scalar) else None

    def steps(self, loop: For) -> _Steps | None:
        """The range of a loop, if each of its numbers is the next one (or the one before)."""
        for source in loop.sources:
            made = self.made.get(source.iterable) if isinstance(source.iterable, Var) else None
            if made is None or made.fn is not range or made.kwargs or not isinstance(source.target, Var):
                continue
            start, stop = (Lit(0), made.args[0]) if len(made.args) == 1 else made.args[:2]
            step = made.args[2] if len(made.args) == 3 else Lit(1)
            low = start if step == Lit(1) else stop
            if step in (Lit(1), Lit(-1)) and isinstance(low, Lit) and type(low.value) is int:
                return _Steps(source.target, step.value, stop, -low.value if step == Lit(1) else -1 - low.value)
        return None

    def buffers(self, loop: For, steps: _Steps) -> list[tuple[Var, list]]:
        """The buffers of which a trip of a loop uses nothing but elements around its own, by (statement, offset)."""
        found: dict[Var, list | None] = {}
        names: dict[Var, Var] = {}
        for stmt in loop.body.stmts:
            if isinstance(stmt, Apply) and stmt.fn in _ADDITIONS and stmt.args[0] not in names and self.is_buffer(stmt.args[0]):
                names[stmt.args[0]] = stmt.args[0]
                found[stmt.args[0]] = []
            if isinstance(stmt, Apply) and stmt.fn is intrinsics.index_add and stmt.args[0] in names:
                names[stmt.target] = names[stmt.args[0]]
        roots: dict[Var, Var] = {}
        for name in found:
            if roots.setdefault(self.memory.class_of(name), name) is not name:
                found[name] = found[roots[self.memory.class_of(name)]] = None
        for stmt in loop.body.stmts:
            inner = [*operands(stmt), *outputs(stmt), *(a for b in blocks(stmt) for a in uses(b))]
            for atom in inner:
                buffer = roots.get(self.memory.class_of(atom)) if isinstance(atom, Var) and not is_value(atom) else None
                if buffer is None or found[buffer] is None:
                    continue
                if not isinstance(stmt, Apply) or stmt.fn not in _ACCESSES or names.get(stmt.args[0]) is not buffer or (
                        any(isinstance(a, Var) and not is_value(a) for a in stmt.args[1:])):
                    found[buffer] = None
                elif atom is stmt.args[0]:
                    found[buffer].append((stmt, self.offset(stmt.args[1], steps)))
        for source in loop.sources:
            for atom in (source.iterable, *pattern_vars(source.target)):
                if not is_value(atom) and (buffer := roots.get(self.memory.class_of(atom))) is not None:
                    found[buffer] = None
        for carried, handed in zip(loop.carried, loop.body.yields):
            buffer = None if is_value(carried) else roots.get(self.memory.class_of(carried))
            if buffer is not None and not (carried is buffer and names.get(handed) is buffer):
                found[buffer] = None
        return [(buffer, accesses) for buffer, accesses in found.items() if accesses is not None and all(
            offset is not None and offset >= steps.lowest for _, offset in accesses)]

    def is_buffer(self, var) -> bool:
        kind = var.kind if isinstance(var, Var) else None
        return isinstance(kind, Array) and kind.ndim == 1 and kind.dtype == np.float64

    def offset(self, index, steps: _Steps) -> int | None:
        """How far an index is from the loop's own."""
        if index is steps.index:
            return 0
        made = self.made.get(index) if isinstance(index, Var) else None
        if made is None or made.fn not in (operator.add, operator.sub) or made.args[0] is not steps.index or not isinstance(
                made.args[1], Lit) or type(made.args[1].value) is not int:
            return None
        return made.args[1].value if made.fn is operator.add else -made.args[1].value


def _hand_on(loop: For, steps: _Steps, buffer: Var, accesses: list, occupied: set, made: dict) -> tuple[int, list]:
    """Let additions to elements to come wait; how many, and what is done behind the loop.

    The trips come to an element by and by: a place is how many trips there are still to come before it is at the index.
    """
    places = [(stmt, offset * steps.step) for stmt, offset in accesses]

    def wait_for(settled: int) -> list:
        return [(stmt, place) for stmt, place in places if 0 < place - settled <= len(_SUFFIXES)]

    other = max((place for stmt, place in places if not _is_addition(stmt)), default=-math.inf)
    settled = max(sorted({place for _, place in places if place >= other}), key=lambda place: len(wait_for(place)))
    waiting = wait_for(settled)
    if not waiting or not _may_begin([stmt for stmt, place in places if place == settled]):
        return 0, []
    here = next(stmt for stmt, place in places if place == settled)
    count = max(place for _, place in waiting) - settled
    sums = [Var("", FLOAT, of=buffer.of if buffer.suffix else buffer, suffix=buffer.suffix + suffix)
            for suffix in _SUFFIXES[:count]]
    body = loop.body
    _begin(body, here, sums[0], made, stays=sum(place == settled for _, place in places) == 1)
    totals: list = [*sums[1:], Lit(0.0)]
    instead: dict[Var, object] = {}
    for stmt, place in waiting:
        before, value = totals[place - settled - 1], stmt.args[2]
        at = body.stmts.index(stmt)
        if stmt.fn is intrinsics.index_add:
            instead[stmt.target] = stmt.args[0]
        if before == Lit(0.0):
            totals[place - settled - 1] = value
            del body.stmts[at]
            continue
        total = sums[0].like()
        body.stmts[at] = Apply(total, operator.add, (before, value), (), stmt.loc, stmt.origin)
        totals[place - settled - 1] = total
    if instead:
        replace(body, {old: _end(new, instead) for old, new in instead.items()})
    after: list = []
    loop.carried, loop.inits, body.yields = (
        (*loop.carried, *sums), (*loop.inits, *[Lit(0.0)] * count), (*body.yields, *totals))
    for k, total in enumerate(sums):
        after += _put(buffer, loop, steps, settled + k, total, occupied)
    return len(waiting), after


def _is_addition(stmt: Apply) -> bool:
    """Is it a sum of the derivative's own, in numbers?"""
    value = stmt.args[2] if stmt.fn in _ADDITIONS else None
    return stmt.origin is not None and (isinstance(value, Lit) and type(value.value) is float or isinstance(value, Var) and (
        isinstance(value.kind, Scalar) and value.kind.base is float))


def _may_begin(here: list[Apply]) -> bool:
    """Is the element added to first, or read and put anew?"""
    first = here[0]
    if _is_addition(first):
        return True
    return first.fn is operator.getitem and first.origin is not None and isinstance(first.target.kind, Scalar) and (
        len(here) == 1 or here[1].fn is operator.setitem)


def _begin(body: Block, first: Apply, total: Var, made: dict, stays: bool) -> None:
    """Let the first use of the element count what has waited for it. If it `stays`, nobody else puts it there."""
    at = body.stmts.index(first)
    if first.fn is operator.getitem:
        read = Var("", first.target.kind)
        body.stmts[at:at + 1] = [Apply(read, operator.getitem, first.args, (), first.loc, first.origin),
                                 Apply(first.target, operator.add, (read, total), (), first.loc, first.origin)]
        if stays:
            body.stmts.insert(at + 2, Apply(Var("", NONE), operator.setitem, (*first.args, first.target), (), first.loc,
                                            first.origin))
        return
    value, whole = first.args[2], Var("", FLOAT)
    inner = made.get(value)
    terms = (value, total) if inner is not None and inner.fn in (operator.add, operator.sub) else (total, value)
    body.stmts.insert(at, Apply(whole, operator.add, terms, (), first.loc, first.origin))
    first.args = (*first.args[:2], whole)


def _put(buffer: Var, loop: For, steps: _Steps, place: int, total: Var, occupied: set) -> list[Apply]:
    """``buffer[end] += total``. Where a loop of no trips could leave no such element, of the slice that would have it."""
    def apply(fn, *args) -> Var:
        made.append(Apply(Var("", UNKNOWN), fn, args, (), loop.loc, loop.origin or loop))
        return made[-1].target

    def shifted(atom, by: int):
        if isinstance(atom, Lit):
            return Lit(atom.value + by)
        return atom if not by else apply(operator.add if by > 0 else operator.sub, atom, Lit(abs(by)))

    made: list[Apply] = []
    first = shifted(steps.end, place * steps.step)
    if first != Lit(0) or buffer.kind.dims[0] not in occupied:
        behind = shifted(steps.end, place * steps.step + 1)
        first = apply(intrinsics.build_slice, Lit(None) if first == Lit(0) else first, behind, Lit(None))
    apply(intrinsics.add_at, buffer, first, total)
    return made


def _end(atom, instead: dict):
    while isinstance(atom, Var) and atom in instead:
        atom = instead[atom]
    return atom
