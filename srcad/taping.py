"""How much a reverse sweep will have to remember, before anything is run.

Enters: a derivative and arguments. Leaves: the bytes of its tapes. What decides on these is the control flow of the forward
sweep, so its Trace is run with counters in place of tapes, without what only the values on the tapes need: of a loop whose
trips do not depend on what is computed, nothing else is left.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from srcad import runtime
from srcad.analysis.draws import GENERATORS
from srcad.derivative import Derivative
from srcad.differentiate.checkpoints import SCHEDULE, STRETCHES
from srcad.errors import ArgumentError, UnsupportedError
from srcad.modes import AdjointFunction, Gradient, ValueAndGradient
from srcad.optimize.dead import remove_dead
from srcad.trace import intrinsics
from srcad.trace.interpret import run
from srcad.trace.ir import (
    Apply,
    Block,
    Comment,
    For,
    Function,
    If,
    Lit,
    Ref,
    Var,
    While,
    copy_block,
    every_block,
    free_vars,
    outputs,
    walk,
)
from srcad.trace.kinds import Scalar, Tape

#: Of CPython: an object's header with that of the garbage collector, a reference, a float; of NumPy: an array's header.
_CONTAINER, _REFERENCE, _NUMBER, _ARRAY = 56, 8, 24, 112


def memory(g: Derivative, *args, **kwargs) -> int:
    """The bytes that a derivative's tapes will take for these arguments.

    Parameters
    ----------
    g : Derivative
        Made by `grad`, `value_and_grad` or `adjoint` (then without the seed).
    *args, **kwargs
        As `g` is called.

    Returns
    -------
    int
        Of the entries that the forward sweep records: with ``backend="numba"`` 8 for a float, otherwise what CPython takes
        for a list of tuples of numbers. Of a checkpointed loop, of its snapshots and of the longest stretch that is recorded at
        once. Not of the arrays that the function itself makes.

    Raises
    ------
    ArgumentError
        If `g` has no reverse sweep.
    UnsupportedError
        If the function has calls of its own, or checkpointed loops inside other loops (they remember in other ways).
    """
    if not isinstance(g, Gradient | ValueAndGradient | AdjointFunction):
        raise ArgumentError(f"{g!r} records nothing", "give what grad, value_and_grad or adjoint return")
    values, layout = g._calling.bind(args, kwargs)
    variant = g._variant(values, layout)
    counter = _Counter(g.backend == "numba")
    function = _slice(variant.trace, counter)
    for k in variant.to_float:
        values[k] = float(values[k])
    data = [d.read() for d in variant.data]
    given = [runtime.copy_adjoint(v) for v in (*values, *data)]
    boundary = getattr(variant.function, "boundary", None)
    if boundary is not None:
        given = boundary.enter(given)
    generators = [v for v in given if isinstance(v, tuple(GENERATORS))]
    generators += [a.value for s in walk(function.body) if isinstance(s, Apply) for a in s.args
                   if isinstance(a, Ref) and isinstance(a.value, tuple(GENERATORS))]
    states = [runtime.generator_state(rng) for rng in generators]
    try:
        run(function, *given)
    finally:
        for rng, state in zip(generators, states):
            runtime.set_generator(rng, state)
    return counter.bytes


class _Counter:
    """Stands for the tapes of one run."""

    def __init__(self, compiled: bool) -> None:
        self.bytes = self.places = 0
        self.compiled = compiled

    def new(self) -> list[int]:
        """A tape: how many entries it has, for how many there is room."""
        self.bytes += _CONTAINER
        return [0, 0]

    def push(self, tape: list[int], fixed: int, *others: Any) -> None:
        """An entry of so many bytes, and these other values."""
        tape[0] += 1
        if tape[0] > tape[1]:                                   # as lists grow
            size = (tape[0] + (tape[0] >> 3) + 6) & ~3
            self.bytes += (size - tape[1]) * _REFERENCE
            tape[1] = size
        self.bytes += fixed + sum(map(_size, others))

    def schedule(self, trips: int, snapshots: int) -> list:
        """One row in place of a schedule's."""
        rows = runtime.schedule(trips, snapshots)
        self.places = runtime.places(rows)
        return self.one(self.listed(rows))

    def one(self, rows: list) -> list:
        """One row in place of all: of the longest stretch, as if it began where the loop begins."""
        if rows and len(rows[0]) == 5:
            return [(0, 0, 0, 0, max(stop - end for _, _, end, _, stop in rows))]
        return rows[-1:]

    def part(self, rows: list, which: slice) -> list:
        """Of a part of a schedule, whose rows are the schedule's own in CPython, one row."""
        found = rows[which]
        if self.compiled:
            self.listed(found)
        else:
            self.bytes += len(found) * _REFERENCE
        return self.one(found)

    def pairs(self, rows: list) -> list:
        """Of `runtime.pairs` one."""
        return self.one(self.listed(runtime.pairs(rows)))

    def stretches(self, trips: int) -> list:
        """`runtime.stretches`."""
        return self.listed(runtime.stretches(trips))

    def whole_schedule(self, trips: int, snapshots: int) -> list:
        """`runtime.schedule`."""
        return self.listed(runtime.schedule(trips, snapshots))

    def first_sweep(self, rows: list, trips: int) -> list:
        """`runtime.first_sweep`."""
        return self.listed(runtime.first_sweep(rows, trips))

    def listed(self, rows: list) -> list:
        """A list of tuples of integers."""
        self.bytes += sum((0 if self.compiled else _CONTAINER) + _REFERENCE * len(row) for row in rows)
        return rows

    def count_places(self, _: list) -> int:
        """`runtime.places` of the schedule."""
        return self.places

    def states(self, *args) -> np.ndarray:
        """An array of snapshots."""
        made = np.empty(*args)
        self.bytes += made.nbytes + _ARRAY
        return made

    def empty(self, itemsize: int) -> list[int]:
        """The array of a compiled tape."""
        return [0, itemsize]

    def reserve(self, rows: list[int], count: int) -> list[int]:
        """As `runtime.reserve`; the old array is given up."""
        if count <= rows[0]:
            return rows
        size = max(count, 2 * rows[0])
        self.bytes += (size - rows[0]) * rows[1]
        return [size, rows[1]]


def _size(value) -> int:
    match value:
        case np.ndarray():
            return value.nbytes + _ARRAY
        case tuple() | list():
            return _CONTAINER + sum(_REFERENCE + _size(v) for v in value)
        case float():
            return _NUMBER
    return 0


def _slice(function: Function, counter: _Counter) -> Function:
    """The forward sweep, counting instead of recording."""
    body = copy_block(function.body, {})
    for stmt in walk(body):
        if isinstance(stmt, Apply) and isinstance(stmt.fn, Function):
            raise UnsupportedError("the memory of calls that are not written out is not predicted",
                                   "measure a run with tracemalloc", stmt.loc)
    end = next((k for k, s in enumerate(body.stmts) if isinstance(s, Comment) and s.text.startswith("reverse")), len(body.stmts))
    forward = Block(body.stmts[:end] + _stretches(body.stmts[end:], counter), (Lit(None),))
    rows = _rows(forward)
    snapshots = {s.target for s in walk(forward) if isinstance(s, Apply) and s.target.hint == "states"}
    for block in every_block(forward):
        block.stmts = [s for s in block.stmts if not (isinstance(s, Apply) and s.fn is operator.setitem and (
            s.args[0] in rows or s.args[0] in snapshots and s.args[1] != Lit(0)))]
        for stmt in block.stmts:
            if isinstance(stmt, Apply):
                _count(stmt, counter, rows)
    sliced = Function(function.name, function.params, forward)
    remove_dead(sliced)
    return sliced


def _stretches(reverse: list, counter: _Counter) -> list:
    """Of a reverse sweep what checkpointed loops do before they go back: the longest stretch, from the first snapshot on."""
    schedules = {s.target for s in walk(Block(reverse)) if isinstance(s, Apply) and (
        s.fn in (runtime.schedule, runtime.pairs) or s.fn is operator.getitem and s.target.kind in (STRETCHES, SCHEDULE))}
    kept: list = []
    needed: set[Var] = set()
    for stmt in reversed(reverse):
        if isinstance(stmt, For) and stmt.sources[0].iterable in schedules:
            last = max((k for k, s in enumerate(stmt.body.stmts) if _records(s)), default=-1)
            schedules.discard(stmt.sources[0].iterable)
            body = Block(stmt.body.stmts[:last + 1])
            read = set(free_vars(body))
            body.yields = tuple(c for c in stmt.carried if c in read)
            stmt = For(stmt.sources, body.yields, tuple(i for c, i in zip(stmt.carried, stmt.inits) if c in read), body, None,
                       stmt.loc, stmt.origin)
        elif isinstance(stmt, Apply) and stmt.fn is operator.setitem and stmt.args[0] in needed:
            pass
        elif needed.isdisjoint(outputs(stmt)):
            continue
        elif isinstance(stmt, Apply) and stmt.fn is runtime.schedule:
            stmt.fn = counter.schedule
        elif isinstance(stmt, Apply) and stmt.fn is runtime.places:
            stmt.fn = counter.count_places
        elif isinstance(stmt, Apply) and stmt.fn is runtime.pairs:
            stmt.fn = counter.pairs
        elif isinstance(stmt, Apply) and stmt.fn is operator.getitem and stmt.target.kind in (STRETCHES, SCHEDULE):
            stmt.fn = counter.part
        kept.append(stmt)
        needed.update(free_vars(Block([stmt])))
    if schedules:
        inner = next(s for s in walk(Block(reverse)) if isinstance(s, Apply) and s.target in schedules)
        raise UnsupportedError("the memory of a checkpointed loop in another loop is not predicted",
                               "measure a run with tracemalloc", inner.loc)
    return kept[::-1]


def _records(stmt) -> bool:
    """Is there a recording in this statement, or one of tapes as arrays?"""
    return any(isinstance(s, Apply) and s.fn in (intrinsics.push, intrinsics.new_tape, runtime.reserve)
               for s in walk(Block([stmt])))


def _rows(block: Block) -> dict[Var, int]:
    """The arrays of compiled tapes, wherever they are handed on, and how many bytes a row has."""
    shapes = {s.target: s.args for s in walk(block) if isinstance(s, Apply) and s.fn is intrinsics.build_tuple}
    rows: dict[Var, int] = {}
    known = -1
    while known != len(rows):
        known = len(rows)
        for stmt in walk(block):
            match stmt:
                case Apply(fn=np.empty) if stmt.target.hint == "tape" and not stmt.loc.line:
                    rows[stmt.target] = shapes[stmt.args[0]][1].value * stmt.target.kind.dtype.itemsize
                case Apply(fn=runtime.reserve):
                    rows[stmt.target] = rows.get(stmt.args[0], 0)
                case For() | While():
                    rows.update((c, rows[i]) for c, i in zip(stmt.carried, stmt.inits) if i in rows)
                case If():
                    for target, *yields in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                        rows.update((target, rows[y]) for y in yields if y in rows)
    return rows


def _count(stmt: Apply, counter: _Counter, rows: dict) -> None:
    """Let an operation on a tape count, in place."""
    if stmt.fn is intrinsics.new_tape:
        stmt.fn = counter.new
    elif stmt.fn is intrinsics.push:
        tape, *values = stmt.args
        fixed = 0 if len(values) == 1 else _CONTAINER + _REFERENCE * len(values)
        fixed += _NUMBER * sum(isinstance(v, Var) and isinstance(v.kind, Scalar) and v.kind.base in (float, complex)
                               for v in values)
        others = [v for v in values if isinstance(v, Var) and not isinstance(v.kind, Scalar | Tape)]
        stmt.fn, stmt.args = counter.push, (tape, Lit(fixed), *others)
    elif stmt.fn is np.empty and stmt.target in rows:
        stmt.fn, stmt.args = counter.empty, (Lit(rows[stmt.target]),)
    elif stmt.fn is runtime.reserve:
        stmt.fn = counter.reserve
    elif stmt.fn is np.empty and stmt.target.hint == "states":
        stmt.fn = counter.states
    elif stmt.fn is runtime.stretches:
        stmt.fn = counter.stretches
    elif stmt.fn is runtime.schedule:
        stmt.fn = counter.whole_schedule
    elif stmt.fn is runtime.first_sweep:
        stmt.fn = counter.first_sweep
