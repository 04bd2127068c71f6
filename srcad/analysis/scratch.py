"""Memory that a loop's trips use for themselves: written before it is read in each trip, and never read elsewhere.

    y = np.empty(d)                      scratch of the loop over i: each trip writes all of y before it reads some
    for i in range(n):
        for j in range(d):
            y[j] = x[i, j] ** 2
        total += y[0] * y[d - 1]

Enters: a function, its memory classes, a loop. Leaves: whether a class is scratch of that loop. A slot counts as written if
it was named by the same index in this trip; an array, if a loop over all of an axis wrote it slot by slot.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.analysis.aliasing import Aliases, is_write
from srcad.trace import intrinsics
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
    exits,
    operands,
    outputs,
    pattern_vars,
    walk,
)
from srcad.trace.kinds import NONE, Array, Scalar
from srcad.trace.sharing import FORM_ONLY, Sharing

#: In an index: every place along an axis.
EVERY = "every"
_MADE_BY_SHAPE = {np.empty, np.zeros, np.ones}
_FORM_ATTRIBUTES = {"shape", "ndim", "size", "dtype"}


def written_by(stmt, aliases: Aliases) -> set[int]:
    """The classes of memory that a statement, or one inside it, writes to."""
    found: set[int] = set()
    for s in walk(Block([stmt])):
        if isinstance(s, Apply) and isinstance(s.fn, Function) and any(s is w for w in aliases.written):
            found.update(n for a in s.args for n in aliases.numbers(a))
        elif is_write(s) and (number := aliases.number(s.args[0])) is not None:
            found.add(number)
    return found


def is_plain_index(atom) -> bool:
    """Is it an integer?"""
    return isinstance(atom, Lit) and type(atom.value) is int or (
        isinstance(atom, Var) and isinstance(atom.kind, Scalar) and atom.kind.base is int)


class Scratch:
    """What the trips of one loop use for themselves.

    Parameters
    ----------
    function : Function
        Prepared, as `aliases` has seen it.
    stmt : For
        A loop in it.
    """

    def __init__(self, function: Function, aliases: Aliases, stmt: For) -> None:
        self.function, self.aliases, self.stmt = function, aliases, stmt
        self.inside = set(defined(stmt.body))
        self.statements = {id(s) for s in walk(stmt.body)}

    def counted(self, stmt: For) -> tuple:
        """(target, ``range`` from 0 by 1) of a loop over that; (None, None) of another one."""
        if len(stmt.sources) != 1 or not isinstance(stmt.sources[0].target, Var):
            return None, None
        made = self.aliases.definitions.get(stmt.sources[0].iterable)
        if made is None or made.fn is not range or made.kwargs or not (
                len(made.args) == 1 or len(made.args) == 2 and made.args[0] == Lit(0)):
            return None, None
        return stmt.sources[0].target, made

    def is_scratch(self, number: int) -> bool:
        """Is a class written anew by every trip, and read by nobody else?"""
        members = set(self.aliases.members[number])
        if members & {p.var for p in self.function.params} or any(a in members for a in self.function.body.yields):
            return False
        if not members <= self.inside and self.is_read_outside(members):
            return False
        if any(self.is_kept(s, members) for s in walk(self.stmt.body)):
            return False
        if members <= self.inside:
            return not any(v in members for v in (*self.stmt.carried, *self.stmt.body.yields))
        self.members = members
        return self.block(self.stmt.body, set()) is not None and not any(a in members for a in self.stmt.body.yields)

    @staticmethod
    def is_kept(stmt, members: set) -> bool:
        """Does a statement put an array where others may find it: in a container, say?"""
        if not isinstance(stmt, Apply) or not any(a in members for a in operands(stmt)):
            return False
        if stmt.fn is operator.setitem:
            return not isinstance(stmt.args[0].kind, Array)
        return stmt.fn in (intrinsics.push, list.append) or not (
            isinstance(stmt.target.kind, Scalar | Array) or stmt.target.kind == NONE or stmt.fn is getattr)

    def is_read(self, number: int) -> bool:
        """Does a trip read a class, or make a view of it?"""
        members = set(self.aliases.members[number])
        return any(a in members for s in walk(self.stmt.body) for a in self.read(s)) or any(
            v in members for s in walk(Block([self.stmt])) for v in outputs(s))

    def is_read_outside(self, members: set) -> bool:
        for s in walk(self.function.body):
            if id(s) in self.statements:
                continue
            if isinstance(s, Apply):
                if is_write(s) or any(a in members for a in self.read(s)):
                    if any(a in members for a in operands(s)):
                        return True
                if s.target in members and self.aliases.sharing(s) is not Sharing.FRESH:
                    return True
                continue
            atoms = (*operands(s), *outputs(s), *(a for b in blocks(s) for a in b.yields))
            if s is not self.stmt and isinstance(s, For):
                atoms += tuple(v for source in s.sources for v in pattern_vars(source.target))
            if any(a in members for a in atoms):
                return True
        return False

    def read(self, stmt) -> tuple:
        """The operands whose contents an operation looks at, or hands on."""
        if not isinstance(stmt, Apply):
            return (*operands(stmt), *exits(stmt))
        if stmt.fn is getattr and isinstance(stmt.args[1], Lit) and stmt.args[1].value in _FORM_ATTRIBUTES:
            return ()
        return (*(a for k, a in enumerate(stmt.args) if (stmt.fn, k) not in FORM_ONLY), *(a for _, a in stmt.kwargs))

    # --- what a trip has written ----------------------------------------------------------------------------------------

    def block(self, block: Block, written: set) -> set | None:
        """The slots that are written after a block; None if it reads one that is not. A slot is (array, *indices)."""
        for stmt in block.stmts:
            match stmt:
                case Apply():
                    found = self.apply(stmt, written)
                case If():
                    if stmt.cond in self.members or any(a in self.members for b in blocks(stmt) for a in b.yields):
                        return None
                    arms = [self.block(arm, set(written)) for arm in (stmt.then, stmt.orelse)]
                    found = None if None in arms else arms[0] & arms[1]
                case For():
                    found = self.loop(stmt, written)
                case While():
                    if any(a in self.members for a in operands(stmt)):
                        return None
                    tested = self.block(stmt.test, set(written))
                    found = None if tested is None or self.block(stmt.body, set(tested)) is None else written
                case _:
                    continue
            if found is None:
                return None
            written = found
        return written

    def loop(self, stmt: For, written: set) -> set | None:
        if any(a in self.members for a in operands(stmt)) or any(a in self.members for a in stmt.body.yields):
            return None
        inner = self.block(stmt.body, set(written))
        if inner is None:
            return None
        target, made = self.counted(stmt)
        own = set(defined(stmt.body)) | {v for s in stmt.sources for v in pattern_vars(s.target)} | set(stmt.carried)
        after = set(written)
        if stmt.stop is not None or target is None:
            return after
        for array, *index in inner - written:
            if array in own or index.count(target) != 1 or not self.extent(array, index.index(target), made.args[-1]):
                continue                                # no trip, no write
            index[index.index(target)] = EVERY
            if not any(i in own for i in index):
                after.add((array, *index))
        return after

    def extent(self, array: Var, axis: int, count) -> bool:
        """Is `count` the length of an axis of an array?"""
        made = self.aliases.definitions.get(count) if isinstance(count, Var) else None
        if made is not None and made.fn is len and axis == 0 and made.args[0] is array:
            return True
        made = self.aliases.definitions.get(array)
        if made is None or made.fn not in _MADE_BY_SHAPE or not made.args:
            return False
        shape = self.aliases.definitions.get(made.args[0]) if isinstance(made.args[0], Var) else None
        sizes = shape.args if shape is not None and shape.fn is intrinsics.build_tuple else made.args[:1]
        return axis < len(sizes) and (sizes[axis] is count or isinstance(count, Lit) and sizes[axis] == count)

    def apply(self, stmt: Apply, written: set) -> set | None:
        if stmt.fn is operator.setitem and stmt.args[0] in self.members and stmt.args[2] not in self.members:
            array, index = stmt.args[:2]
            if any(a in self.members for a in operands(stmt)[1:]):
                return None
            if index == Lit(Ellipsis) and self.is_whole(array):
                return {*written, (array, *[EVERY] * array.kind.ndim)}
            return {*written, (array, *self.indices(index))} if self.plain(index) else written
        if stmt.fn is operator.getitem and stmt.args[0] in self.members and isinstance(stmt.target.kind, Scalar) and (
                self.plain(stmt.args[1])):
            return written if self.is_written(stmt.args[0], self.indices(stmt.args[1]), written) else None
        for a in self.read(stmt):
            if isinstance(a, Var) and a in self.members and not (
                    isinstance(a.kind, Array) and self.is_written(a, [EVERY] * (a.kind.ndim or 0), written)):
                return None
        if is_write(stmt) and stmt.args[0] in self.members and not isinstance(stmt.fn, Function) and (
                stmt.fn is not operator.setitem) and not self.may_add(stmt, written):
            return None
        return written

    def may_add(self, stmt: Apply, written: set) -> bool:
        """Is all that an operation changes written already?"""
        array = stmt.args[0]
        return isinstance(array.kind, Array) and self.is_written(array, [EVERY] * (array.kind.ndim or 0), written)

    def is_written(self, array: Var, index: list, written: set) -> bool:
        if not isinstance(array.kind, Array) or not array.kind.ndim:
            return False
        for known, *slot in written:
            if known is array and len(slot) <= len(index) and all(s in (EVERY, i) for s, i in zip(slot, index)):
                return True
        return False

    def is_whole(self, array: Var) -> bool:
        return isinstance(array.kind, Array) and bool(array.kind.ndim)

    def indices(self, index) -> list:
        made = self.aliases.definitions.get(index) if isinstance(index, Var) else None
        return list(made.args) if made is not None and made.fn is intrinsics.build_tuple else [index]

    def plain(self, index) -> bool:
        """Is it made of integers alone?"""
        return all(map(is_plain_index, self.indices(index)))
