"""Augmented assignments to what is first a number and then an array.

::

    s = 0.0
    for row in a:
        s += row * row           # the first trip binds `s` again, the others write to the array that it made

Enters: a typed Trace and those of its statements that stand for such assignments, written as plain operations, which bind
the name again. That gives the same numbers as long as nobody can see the array by another name: its history is then one
chain, from one version to the next. Leaves: nothing, or a refusal.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.analysis.aliasing import Aliases
from srcad.analysis.atoms import kind_of_atom
from srcad.errors import UnsupportedError
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Var, While, blocks, defined, operands, pattern_vars, uses, walk
from srcad.trace.kinds import Array, Numeric, Scalar, Static
from srcad.trace.sharing import Sharing

_ARITHMETIC = {operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.neg, operator.pos}
#: Operations whose result holds their operands.
_KEEPS = {intrinsics.build_tuple, intrinsics.build_list, intrinsics.new_list, intrinsics.build_dict, list.append}


def refusal(loc) -> UnsupportedError:
    return UnsupportedError("an augmented assignment to what may be a number or an array, and is known by other names or may "
                            "change its type", "write `x = x + ...`, which never changes an array in place", loc)


def check_augmented(function: Function, assignments: list[Apply], data: tuple = ()) -> None:
    """Refuse assignments that something else than the name itself could see; `data` are arrays from outside.

    Raises
    ------
    UnsupportedError
        With the place of the assignment.
    """
    made = {id(s) for s in assignments}
    found = [s for s in walk(function.body) if id(s) in made]
    if not found:
        return
    aliases = _UntilReturned(function)
    for stmt in found:
        if aliases.number(stmt.args[0]) is not None or aliases.number(stmt.target) is not None:
            raise refusal(stmt.loc)
        aliases.join(stmt.target, stmt.args[0])
    outside = {aliases.find(v) for v in (*(p.var for p in function.params), *data)}
    for root in {aliases.find(s.args[0]) for s in found}:
        chain = [s for s in found if aliases.find(s.args[0]) is root]
        if root in outside:
            raise refusal(chain[0].loc)
        _Chain(aliases, root, chain).check(function)


class _UntilReturned(Aliases):
    """What is put together only to be returned is apart before."""

    def __init__(self, function: Function) -> None:
        result = function.body.yields[0]
        self.returned = result if sum(v is result for v in uses(function.body)) == 1 else None
        super().__init__(function)

    def put(self, container, value) -> None:
        if container is not self.returned:
            super().put(container, value)


class _Chain:
    """The versions of one name: of each block, those that stand for the array as it is now."""

    def __init__(self, aliases: Aliases, root, assignments: list[Apply]) -> None:
        self.aliases, self.root = aliases, root
        self.assignments = {id(s) for s in assignments}
        self.loc = assignments[0].loc
        self.items: set[Var] = set()         # numbers that are read out of it

    def check(self, function: Function) -> None:
        self.check_kinds(function)
        current = self.block(function.body, set(), False)
        self.need(function.body.yields, current)

    def check_kinds(self, function: Function) -> None:
        """An array that is written to keeps its type: whatever goes into it must be of one."""
        made: dict = {}
        for stmt in walk(function.body):
            if isinstance(stmt, Apply):
                made.setdefault(self.aliases.find(stmt.target), []).append(stmt)
        arrays, numbers, seen, waiting = set(), [], {self.root}, list(made[self.root])
        for stmt in waiting:
            if self.has(stmt.target) and stmt.fn is operator.getitem and isinstance(kind_of_atom(stmt.args[1]), Scalar):
                self.items.add(stmt.target)
                continue
            if self.has(stmt.target) and self.aliases.sharing(stmt) is not Sharing.FRESH:
                continue                                     # a view of it
            if isinstance(stmt.target.kind, Array):
                arrays.add((stmt.target.kind.dtype, stmt.target.kind.ndim))
                continue
            if stmt.fn not in _ARITHMETIC and not isinstance(stmt.fn, np.ufunc):
                raise refusal(self.loc)
            for atom in operands(stmt):
                kind = kind_of_atom(atom)
                if isinstance(kind, Array):
                    arrays.add((kind.dtype, kind.ndim))
                elif isinstance(kind, Scalar):
                    numbers.append(kind)
                elif isinstance(kind, Numeric) and self.aliases.find(atom) in made:
                    root = self.aliases.find(atom)
                    waiting += [] if root in seen else made[root]
                    seen.add(root)
                elif not isinstance(kind, Static):
                    raise refusal(self.loc)
        if len(arrays) != 1:
            raise refusal(self.loc)
        [(dtype, rank)] = arrays
        if dtype is None or rank is None or dtype.kind not in "fc" or self.items and rank != 1 or any(
                k.base is complex and dtype.kind == "f" or k.dtype not in (None, dtype) and dtype.itemsize < 8 for k in numbers):
            raise refusal(self.loc)

    def has(self, atom) -> bool:
        return isinstance(atom, Var) and atom not in self.items and self.aliases.find(atom) is self.root

    def need(self, atoms, current: set) -> None:
        """Refuse what is no longer, or not only, the array as it is now."""
        if any(self.has(a) and a not in current for a in atoms):
            raise refusal(self.loc)

    def block(self, block: Block, current: set, later: bool) -> set:
        """The versions at the end of a block; `later`: is there an assignment that is executed after it?"""
        last = max((k for k, s in enumerate(block.stmts) if self.assigns(s)), default=-1)
        for k, stmt in enumerate(block.stmts):
            current = self.statement(stmt, current, later or k < last)
        return current

    def assigns(self, stmt) -> bool:
        return any(id(s) in self.assignments for s in walk(Block([stmt])))

    def statement(self, stmt, current: set, later: bool) -> set:
        if not later and not self.assigns(stmt):
            own = set(defined(Block([stmt])))
            self.need((v for v in uses(Block([stmt])) if v not in own), current)
            return current | {v for v in own if self.has(v)}
        match stmt:
            case Apply():
                return self.apply(stmt, current)
            case If():
                arms = [(arm, self.block(arm, current, later)) for arm in (stmt.then, stmt.orelse)]
                targets = {t for t in stmt.targets if self.has(t)}
                for arm, end in arms:
                    self.need(arm.yields, end)
                return self.joined(targets, arms[0][1] & arms[1][1])
            case For() | While():
                return self.loop(stmt, current)
        raise AssertionError(stmt)

    def apply(self, stmt: Apply, current: set) -> set:
        """An operation that comes before an assignment, or is one."""
        self.need(operands(stmt), current)
        if id(stmt) in self.assignments:
            return {stmt.target}
        seen = any(map(self.has, operands(stmt)))
        fresh = not isinstance(stmt.fn, Function) and self.aliases.sharing(stmt) is Sharing.FRESH
        if self.has(stmt.target):
            if seen and not fresh:
                raise refusal(self.loc)
            return {stmt.target}
        if seen and stmt.fn in _KEEPS:
            raise refusal(self.loc)
        return current

    def loop(self, stmt: For | While, current: set) -> set:
        """A loop that an assignment is in, or comes after."""
        carried = {c for c in stmt.carried if self.has(c)}
        sources = stmt.sources if isinstance(stmt, For) else ()
        if any(self.has(s.iterable) or any(map(self.has, pattern_vars(s.target))) for s in sources):
            raise refusal(self.loc)
        self.need(stmt.inits, current)
        start = self.joined(carried, current)
        end = start
        for block in blocks(stmt):
            end = self.block(block, end, True)
        self.need(stmt.body.yields, end)
        if not carried and end != start:
            raise refusal(self.loc)
        return start

    def joined(self, names: set, otherwise: set) -> set:
        """The versions after a join: one name for the array, or those that it had."""
        if len(names) > 1:
            raise refusal(self.loc)
        return names or otherwise
