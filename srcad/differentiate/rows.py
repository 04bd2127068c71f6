"""Scratch with a row for each trip of a loop, where to keep what it holds takes less than to compute it again.

A loop that is reversed in each trip of a loop around it, and whose trips work in memory of their own::

    y = np.empty(d)                            ys = np.empty((count, d))
    for i in range(n):                         for i in range(n):
        for k in range(count):                     for k in range(count):
            ...                                        ...
            y[r] += a[k, at] * x[i, j]    →            ys[k, r] += a[k, at] * x[i, j]
        ...                                        ...
                                                   for k in range(count - 1, -1, -1):
                                                       ...                         # reads ys[k, r]

The rows are made once, before the outer loop. It pays where a slot is written to more often than once: what is stored once is
computed again in the time that it takes to read it. Where there are rows, what has been computed and stored in a slot that is
written to once is not computed again, but read there.
"""

from __future__ import annotations

import builtins
import operator
from dataclasses import replace

import numpy as np

from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.infer import infer_call
from srcad.analysis.scratch import is_plain_index
from srcad.differentiate.record import ARITHMETIC, known_range
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, If, Lit, Var, While, blocks, operands, walk
from srcad.trace.kinds import INT, NONE, Array, Scalar, TupleOf

_MADE_BY_SHAPE = {np.empty, np.zeros, np.ones}


def is_double(kind) -> bool:
    """Is it, or does it hold, floats of full precision, as which a number is read back as it was stored?"""
    return isinstance(kind, Array) and kind.dtype == np.float64 or isinstance(kind, Scalar) and kind.base is float and (
        kind.dtype in (None, np.float64))


class Rows:
    """The scratch of a loop's trips as matrices.

    Parameters
    ----------
    reversal : Trips
        Of a loop whose trips write to `scratch` and to nothing else that they read.
    """

    def __init__(self, reversal) -> None:
        self.adjoint, self.b, self.stmt = reversal.adjoint, reversal.b, reversal.stmt
        self.members: dict = reversal.memory.aliases.members if reversal.memory is not None else {}
        self.scratch, self.memory = reversal.scratch, reversal.memory
        self.rows: dict[Var, Var] = {}           # array → its rows
        self.before: list[Apply] = []            # what makes them
        self.replaced: dict[Var, Apply] = {}     # the definitions that were there
        self.stored: dict[Var, tuple] = {}       # number → the array and the loop targets of the slot that has it
        self.targets: dict[Var, Var] = {}        # loop target → that of the reverse loop at hand
        self.made: dict = {}                     # the definitions in the block at hand

    def pay(self) -> bool:
        """Can all scratch be had by rows, and is some of it written to more often than once a slot?"""
        adjoint = self.adjoint
        if not self.scratch or len(adjoint.levels) != 2 or any(frame.what == "loop" for frame in adjoint.frames):
            return False                         # rows last for one trip of the function's own loop
        self.available = adjoint.available()
        count = self.at_least_zero(self.trips())
        arrays = [array for number in self.scratch if (array := self.array(number)) is not None]
        if count is None or len(arrays) < len(self.scratch) or not any(self.adds(self.stmt.body, array, 0) for array in arrays):
            return False
        if not all(self.is_indexed(array) and self.make(array, count) for array in arrays):
            return False
        self.find_stored(self.stmt.body, (), {a: sum(s.args[0] is a for s in walk(self.stmt.body) if isinstance(
            s, Apply) and s.fn is operator.setitem) for a in arrays})
        return True

    def find_stored(self, block: Block, around: tuple, writes: dict[Var, int]) -> None:
        """Find the numbers that are stored in a slot of their own in every trip of the loops around.

        Each of those loops' integers is in the index, so that no two trips mean one slot.
        """
        for s in block.stmts:
            if isinstance(s, For) and s.stop is None and len(s.sources) == 1 and isinstance(s.sources[0].target, Var) and (
                    known_range(s.sources[0].iterable, self.b.definitions) is not None):
                self.find_stored(s.body, (*around, s.sources[0].target), writes)
            elif isinstance(s, Apply) and s.fn is operator.setitem and writes.get(s.args[0]) == 1:
                array, index, value = s.args
                indices = self.indices(index)
                made = self.b.definitions.get(value) if isinstance(value, Var) else None
                if made is not None and made.fn in ARITHMETIC and is_double(array.kind) and is_double(value.kind) and (
                        len(indices) == len(around) and set(indices) == set(around)):
                    self.stored[value] = array, tuple(indices)

    def trips(self):
        """A number that no trip's index reaches, known before the outermost loop."""
        sources = self.stmt.sources
        made = known_range(sources[0].iterable, self.b.definitions)
        if len(sources) != 1 or not isinstance(sources[0].target, Var) or made is None or len(made.args) > 2:
            return None
        *start, stop = made.args
        if start and not (isinstance(start[0], Lit) and start[0].value >= 0):
            return None
        self.trip = sources[0].target
        return self.early(stop)

    def at_least_zero(self, count):
        """The number, 0 if it is negative: a range may end there."""
        if not isinstance(count, Var):
            return count if count is None or count.value >= 0 else Lit(0)
        made = self.b.definitions.get(count)
        if made is not None and made.fn is len:
            return count
        again = Apply(Var("", INT), max, (count, Lit(0)), (), self.stmt.loc)
        self.b.definitions[again.target] = again
        self.before.append(again)
        return again.target

    def early(self, atom):
        """A length as it can be had before the outermost loop; None if it cannot."""
        if not isinstance(atom, Var) or atom in self.available:
            return atom
        made = self.b.definitions.get(atom)
        if made is None or made.kwargs or not made.args or not self.is_form(made):
            return None
        args = [self.early(a) for a in made.args]
        if None in args:
            return None
        again = Apply(atom.like(), made.fn, tuple(args), (), made.loc)
        self.b.definitions[again.target] = again
        self.before.append(again)
        return again.target

    def is_form(self, made: Apply) -> bool:
        """Is it about the lengths of arrays?"""
        first = kind_of_atom(made.args[0])
        match made.fn:
            case operator.getitem:
                return isinstance(first, TupleOf)
            case builtins.getattr:
                return isinstance(first, Array) and made.args[1] == Lit("shape")
            case builtins.len:
                return isinstance(first, Array)
            case operator.add | operator.sub | operator.mul:
                return made.target.kind == INT
        return False

    def array(self, number: int) -> Var | None:
        """The one name of a class of memory."""
        members = self.members[number]
        return next(iter(members)) if len(members) == 1 else None

    def is_indexed(self, array: Var) -> bool:
        """Are the trips interested in single slots of it, or its form?"""
        for s in walk(self.stmt.body):
            if array not in operands(s):
                continue
            if not isinstance(s, Apply) or s.fn not in (operator.getitem, operator.setitem, len, getattr) or (
                    s.args[0] is not array or array in s.args[1:]):
                return False
            if s.fn in (operator.getitem, operator.setitem) and len(self.indices(s.args[1])) != array.kind.ndim:
                return False
            if s.fn is getattr and not isinstance(s.target.kind, Scalar) and s.args[1] != Lit("shape"):
                return False
        return True

    def indices(self, index) -> list:
        """The integers of an index; empty if there is something else in it."""
        made = self.b.definitions.get(index) if isinstance(index, Var) else None
        found = list(made.args) if made is not None and made.fn is intrinsics.build_tuple else [index]
        return found if all(map(is_plain_index, found)) else []

    def adds(self, block: Block, array: Var, depth: int) -> bool:
        """Is a slot written to by several trips of inner loops?"""
        for s in block.stmts:
            if isinstance(s, Apply):
                if s.fn is operator.setitem and s.args[0] is array and depth > array.kind.ndim:
                    return True
            elif any(self.adds(inner, array, depth + isinstance(s, For)) for inner in blocks(s)):
                return True
        return False

    def make(self, array: Var, count) -> bool:
        """Write what makes the rows of an array; tells whether that can be done before the outermost loop."""
        made = self.b.definitions.get(array)
        if made is None or array not in self.available or made.fn not in _MADE_BY_SHAPE or not isinstance(array.kind, Array) or (
                not made.args):
            return False
        sizes = self.indices(made.args[0])
        if len(sizes) != array.kind.ndim:
            return False
        shape = Apply(Var(""), intrinsics.build_tuple, (count, *sizes), (), made.loc)
        shape.target.kind = infer_call(shape.fn, shape.args, (), self.b.definition)
        self.b.definitions[shape.target] = shape
        rows = Apply(Var("", of=array, suffix="_rows"), np.empty, (shape.target, *made.args[1:]), made.kwargs, made.loc)
        rows.target.kind = infer_call(rows.fn, rows.args, rows.kwargs, self.b.definition)
        self.b.definitions[rows.target] = rows
        self.before += [shape, rows]
        self.rows[array] = rows.target
        return isinstance(rows.target.kind, Array) and rows.target.kind.ndim == array.kind.ndim + 1

    # --- the loops with rows -----------------------------------------------------------------------------------------------

    def block(self, block: Block) -> Block:
        """A block with every slot in its trip's row."""
        self.made |= {s.target: s for s in block.stmts if isinstance(s, Apply)}
        stmts: list = []
        for s in block.stmts:
            match s:
                case Apply() if s.fn in (operator.getitem, operator.setitem) and s.args[0] in self.rows:
                    stmts += self.apply(s)
                case Apply() if (slot := self.slot_of(s)) is not None:
                    stmts += self.read(s, *slot)
                case If():
                    stmts.append(replace(s, then=self.block(s.then), orelse=self.block(s.orelse)))
                case For():
                    around = self.targets
                    self.targets = around | {t.target.of: t.target for t in s.sources if isinstance(t.target, Var)
                                             and t.target.of is not None and not t.target.suffix}
                    stmts.append(replace(s, body=self.block(s.body)))
                    self.targets = around
                case While():
                    stmts.append(replace(s, test=self.block(s.test), body=self.block(s.body)))
                case _:
                    stmts.append(s)
        return Block(stmts, block.yields)

    def slot_of(self, stmt: Apply) -> tuple | None:
        """The array and the indices of the slot that has what a statement of a reverse trip computes again."""
        if stmt.fn in ARITHMETIC:
            for value, (array, indices) in self.stored.items():
                if all(i in self.targets for i in indices) and self.is_again(stmt.target, value):
                    return array, [self.targets[i] for i in indices]
        return None

    def is_again(self, atom, first) -> bool:
        """Is it what the trip itself has as `first`: the same arithmetic on the same elements, which stay as they are?"""
        if atom == first or isinstance(first, Var) and self.targets.get(first) is atom:
            return True
        again, made = self.made.get(atom), self.b.definitions.get(first) if isinstance(first, Var) else None
        if again is None or made is None or again.fn is not made.fn or again.kwargs or len(again.args) != len(made.args):
            return False
        if made.fn is operator.getitem and (
                made.args[0] in self.rows or self.memory is not None and self.memory.is_volatile(made)):
            return False
        return (made.fn in ARITHMETIC or made.fn in (operator.getitem, intrinsics.build_tuple)) and all(
            map(self.is_again, again.args, made.args))

    def apply(self, stmt: Apply) -> list[Apply]:
        array, index, *value = stmt.args
        return self.read(stmt, array, self.indices(index), *value)

    def read(self, stmt: Apply, array: Var, indices: list, *value) -> list[Apply]:
        """A slot of the trip's row, read in place of what a statement computes, or written to."""
        place = Apply(Var(""), intrinsics.build_tuple, (self.trip, *indices), (), stmt.loc, stmt.origin)
        place.target.kind = infer_call(place.fn, place.args, (), self.b.definition)
        made = replace(stmt, fn=operator.setitem if value else operator.getitem, args=(self.rows[array], place.target, *value))
        self.b.definitions[place.target] = place
        if stmt.target.kind != NONE:
            self.replaced.setdefault(stmt.target, stmt)
            self.b.definitions[stmt.target] = made
        return [place, made]

    def undo(self) -> None:
        """Let the operations on the array itself define what they did."""
        self.b.definitions.update(self.replaced)
