"""Stores: what is added to zeros is put there, and what nobody reads is not cleared.

    y_bar = np.zeros_like(y)
    y_bar += y                           y_bar = y + y
    y_bar += y
    g = y_bar[2]                  →      x_bar = np.zeros_like(x)
    y_bar[2] = 0.0                       x_bar[2] = y_bar[2] * v
    x_bar = np.zeros_like(x)
    x_bar[2] += g * v

Looked at are the buffers that a block of the derivative makes, as long as it says itself which of their elements it means: by
numbers, and slices with numbers for bounds. Where each is added to for the first time, that is an assignment; if that is the
whole buffer, there are no zeros. What is cleared and not read again stays, and what is not written again is not copied.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> def f(x):
...     y = np.zeros(2)
...     y[0] = x[0] * x[1]
...     y[1] = x[1]
...     return np.sum(np.sin(y))
>>> show("stores", f, np.ones(2))
y = np.zeros(2)
v1 = x[0]
v2 = x[1]
y[0] = v1 * v2
y[1] = v2
y_bar = np.zeros_like(y)
y_bar += np.cos(y)
v2_bar = y_bar[1]
y_bar[1] = 0.0
v3_bar = y_bar[0]
y_bar[0] = 0.0
x_bar = np.zeros_like(x)
x_bar[1] += v3_bar * v1 + v2_bar
x_bar[0] += v3_bar * v2
return x_bar
--> 5
y = np.zeros(2)
v1 = x[0]
v2 = x[1]
y[0] = v1 * v2
y[1] = v2
y_bar = np.cos(y)
v3_bar = y_bar[0]
x_bar = np.zeros_like(x)
x_bar[1] = v3_bar * v1 + y_bar[1]
x_bar[0] = v3_bar * v2
return x_bar
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field

import numpy as np

from srcad.analysis.memory import Memory, is_value, makes_array
from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Function, Lit, Var, blocks, every_block, operands, uses
from srcad.trace.kinds import Array, Scalar, is_float
from srcad.trace.purity import IN_PLACE, WRITE, effect

_ADDITIONS = (intrinsics.index_add, intrinsics.add_at)

#: Operations that write to their first operand alone.
_WRITE_FIRST = {*_ADDITIONS, intrinsics.scatter_add, intrinsics.scatter_at, operator.setitem, *IN_PLACE}


def settle_stores(function: Function) -> int:
    """Leave out zeros, clearings and copies; how many."""
    made = [(block, found) for block in every_block(function.body) if (found := [s for s in block.stmts if _makes_zeros(s)])]
    if not made:
        return 0
    stores = _Stores(function)
    done = 0
    for block, buffers in made:
        done += stores.block(block, buffers)
    replace(function.body, {old: stores.resolved(old) for old in stores.instead})
    return done


def _makes_zeros(stmt) -> bool:
    return isinstance(stmt, Apply) and stmt.fn is np.zeros_like and len(stmt.args) == 1 and not stmt.kwargs and (
        stmt.origin is not None or stmt.target.suffix != "") and is_float(stmt.target.kind)


@dataclass
class Places:
    """Elements of a one-dimensional buffer, or rows of a larger one: a set that knows what is apart from it.

    A bound is (from the end?, number): ``x[1:-1]`` is from (False, 1) to (True, -1).
    """

    single: set = field(default_factory=set)
    ranges: list = field(default_factory=list)
    everything: bool = False

    def add(self, place: tuple | None) -> None:
        if place is None:
            self.everything = True
        elif len(place) == 1:
            self.single.add(place[0])
        else:
            self.ranges.append(place)

    def is_apart(self, place: tuple | None) -> bool:
        if self.everything or place is None:
            return not (self.everything or self.single or self.ranges)
        if len(place) == 1:
            if place[0] in self.single or any(one[0] is not place[0][0] for one in self.single):
                return False
            return all(_precede(r, _range(place[0])) or _precede(_range(place[0]), r) for r in self.ranges)
        others = (*self.ranges, *map(_range, self.single))
        return all(_precede(r, place) or _precede(place, r) for r in others)


def _range(one: tuple) -> tuple:
    return one, (one[0], one[1] + 1)


def _precede(first: tuple, second: tuple) -> bool:
    """Does one range end before the other starts, however long the buffer is?"""
    (end, stop), (begin, start) = first[1], second[0]
    return end is begin and stop <= start


class _Stores:
    def __init__(self, function: Function) -> None:
        self.function, self.memory = function, Memory(function)
        self.counts: dict[Var, int] = {}
        for var in uses(function.body):
            self.counts[var] = self.counts.get(var, 0) + 1
        self.instead: dict[Var, object] = {}
        self.leaving: set = set()
        self.slices = {s.target: s for b in every_block(function.body) for s in b.stmts
                       if isinstance(s, Apply) and s.fn is intrinsics.build_slice}

    def block(self, block: Block, made: list[Apply]) -> int:
        """Settle the buffers that a block makes."""
        touching = self.touching(block, {self.root(stmt.target) for stmt in made})
        self.positions = {id(stmt): k for k, stmt in enumerate(block.stmts)}
        self.last_write = self.writes(block)
        self.made = {stmt.target: stmt for stmt in block.stmts if isinstance(stmt, Apply)}
        gone: set[int] = set()
        done = 0
        for stmt in made:
            statements = touching[self.root(stmt.target)]
            after = statements[next(k for k, s in enumerate(statements) if s is stmt) + 1:]
            done += self.first_writes(stmt, after, gone)
            if self.memory.is_private(stmt.target) and not any(self.shares(a, stmt.target) for a in block.yields):
                done += self.unread(stmt, after, gone)
        block.stmts = [s for s in block.stmts if id(s) not in gone]
        return done

    def resolved(self, atom):
        while isinstance(atom, Var) and atom in self.instead:
            atom = self.instead[atom]
        return atom

    def root(self, var: Var):
        return self.memory.class_of(var)

    def shares(self, a, b: Var) -> bool:
        return isinstance(a, Var) and self.memory.may_share(a, b)

    def touching(self, block: Block, wanted: set) -> dict:
        """For each class of memory the statements that have to do with it, in order."""
        found: dict = {root: [] for root in wanted}
        for stmt in block.stmts:
            atoms = [*operands(stmt), *(s for s in (getattr(stmt, "target", None),) if s is not None)]
            for inner in blocks(stmt):
                atoms += uses(inner)
            for root in dict.fromkeys(self.root(a) for a in atoms if isinstance(a, Var) and not is_value(a)):
                if root in found:
                    found[root].append(stmt)
        return found

    def writes(self, block: Block) -> dict:
        """The position of the last statement that may write to each class of memory."""
        found: dict = {}
        for k, stmt in enumerate(block.stmts):
            inner = [*operands(stmt), *(a for b in blocks(stmt) for a in uses(b))]
            if not isinstance(stmt, Apply) or effect(stmt) >= WRITE:
                if isinstance(stmt, Apply) and stmt.fn in _WRITE_FIRST:
                    inner = inner[:1]
                found.update({self.root(a): k for a in inner if isinstance(a, Var) and not is_value(a)})
        return found

    def is_settled(self, var: Var, position: int) -> bool:
        """Does nobody write to the value from here on?"""
        return is_value(var) or self.last_write.get(self.root(var), -1) < position

    def place(self, index) -> tuple | None:
        """Which rows an index means: one, a range of them, or None if that is not known."""
        if isinstance(index, Lit) and type(index.value) is int:
            return ((index.value < 0, index.value),)
        made = self.slices.get(index) if isinstance(index, Var) else None
        if made is None or len(made.args) != 3 or made.args[2] not in (Lit(None), Lit(1)):
            return None
        start, stop = (a.value if isinstance(a, Lit) else ... for a in made.args[:2])
        if not all(a is None or type(a) is int for a in (start, stop)):
            return None
        first = (False, 0) if start is None else (start < 0, start)
        return first, (True, 0) if stop is None else (stop < 0, stop)

    # --- first writes -------------------------------------------------------------------------------------------------

    def first_writes(self, zeros: Apply, after: list, gone: set) -> int:
        """Assign where zeros are added to."""
        names, written = {zeros.target}, Places()
        done = 0
        for k, stmt in enumerate(after):
            if not isinstance(stmt, Apply) or isinstance(stmt.fn, Function | Var):
                break
            if stmt.fn in _ADDITIONS and stmt.args[0] in names:
                place, value = self.place(stmt.args[1]), stmt.args[2]
                fits = is_float(getattr(value, "kind", None)) or isinstance(value, Lit) and type(value.value) is float
                if stmt.origin is not None and fits and not self.shares(value, zeros.target) and written.is_apart(place):
                    if stmt.fn is intrinsics.index_add:
                        self.instead[stmt.target] = stmt.args[0]
                        names.add(stmt.target)
                        stmt.target = Var("", stmt.target.kind)
                    stmt.fn = operator.setitem
                    done += 1
                    written.add(place)
                    continue
                written.add(place)
                names.add(stmt.target)
            elif stmt.fn is operator.setitem and stmt.args[0] in names and not self.shares(stmt.args[2], zeros.target):
                written.add(self.place(stmt.args[1]))
            elif stmt.fn is operator.iadd and k == 0 and stmt.args[0] is zeros.target and self.is_whole(stmt, zeros):
                self.replace_zeros(zeros, stmt, after, gone)
                return 1
            elif not (makes_array(stmt) or stmt.fn is operator.getitem and isinstance(stmt.target.kind, Scalar)):
                break
            if written.everything:
                break
        return done

    def is_whole(self, add: Apply, zeros: Apply) -> bool:
        """Is what is added exactly as large as the buffer? (Arithmetic of arrays without axes gives numbers, not arrays.)"""
        value, kind = add.args[1], zeros.target.kind
        return add.origin is not None and isinstance(value, Var) and value.kind == kind and isinstance(kind, Array) and (
            bool(kind.dims) and None not in kind.dims) and not self.shares(value, zeros.target)

    def replace_zeros(self, zeros: Apply, add: Apply, after: list, gone: set) -> None:
        """Let the buffer start as what is added to it first, or as the sum of the first two."""
        value, target = add.args[1], add.target
        gone.add(id(zeros))
        following = after[1] if len(after) > 1 else None
        if isinstance(following, Apply) and following.fn is operator.iadd and following.args[0] in (zeros.target, target) and (
                self.is_whole(following, zeros)) and self.is_settled(value, self.positions[id(add)]):
            self.instead[target] = self.instead[following.target] = zeros.target
            following.fn, following.args, following.target = operator.add, (value, following.args[1]), zeros.target
            gone.add(id(add))
            return
        self.instead[target] = zeros.target
        made = self.made.get(value)
        if made is not None and id(made) not in gone and self.counts[value] == 1 and made.origin is not None and (
                makes_array(made)):
            self.instead[value] = made.target = zeros.target
            gone.add(id(add))
        else:
            add.fn, add.args, add.target = np.ndarray.copy, (value,), zeros.target

    # --- what nobody reads --------------------------------------------------------------------------------------------

    def unread(self, zeros: Apply, after: list, gone: set) -> int:
        """Drop zeros that are put where nobody looks afterwards, and copies of what nobody writes to afterwards."""
        names, views = self.known_places(zeros, after)
        read, written = Places(), Places()
        done = 0
        for stmt in reversed([s for s in after if id(s) not in gone]):
            if not isinstance(stmt, Apply) or isinstance(stmt.fn, Function | Var):
                read.add(None)
                written.add(None)
                continue
            shared = [a for a in operands(stmt) if self.shares(a, zeros.target)]
            if stmt.fn is operator.setitem and stmt.args[0] in names and len(shared) == 1:
                place = self.place(stmt.args[1])
                if stmt.origin is not None and stmt.args[2] == Lit(0.0) and read.is_apart(place):
                    gone.add(id(stmt))
                    done += 1
                else:
                    written.add(place)
            elif stmt.fn in _ADDITIONS and stmt.args[0] in names and len(shared) == 1:
                read.add(self.place(stmt.args[1]))
                written.add(self.place(stmt.args[1]))
            elif stmt.fn is operator.getitem and stmt.args[0] in names:
                read.add(self.place(stmt.args[1]))
            elif shared:
                places = [views.get(a) for a in shared]
                if stmt.fn is np.ndarray.copy and not stmt.kwargs and written.is_apart(places[0]) and (
                        self.is_settled(stmt.target, self.positions[id(stmt)]) and self.may_be(stmt.target, shared[0], names)):
                    self.instead[stmt.target] = shared[0]
                    gone.add(id(stmt))
                    done += 1
                for place in places:
                    read.add(place)
                    if effect(stmt) >= WRITE:
                        written.add(place)
        return done

    def may_be(self, copy: Var, original, names: set) -> bool:
        """Can nobody tell a copy from what it is a copy of? A buffer may leave the function once."""
        if self.memory.is_private(copy):
            return True
        if original not in names or self.root(original) in self.leaving:
            return False
        self.leaving.add(self.root(original))
        return True

    def known_places(self, zeros: Apply, after: list) -> tuple[set, dict]:
        """The names of the buffer, and for what is seen through an index of it, where that is."""
        names, views = {zeros.target}, {}
        for stmt in after:
            if isinstance(stmt, Apply) and stmt.args and stmt.args[0] in names:
                if stmt.fn in (intrinsics.index_add, operator.iadd):
                    names.add(stmt.target)
                elif stmt.fn is operator.getitem and isinstance(stmt.target.kind, Array):
                    views[stmt.target] = self.place(stmt.args[1])
        return names, views
