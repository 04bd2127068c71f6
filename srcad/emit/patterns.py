"""Tuple-targets: where the items of a value are bound to names at once.

Enters: statements that take a value apart, item by item. Leaves: the patterns that stand for them. ::

    v1 = g_forward(x)                 y, saved = g_forward(x)
    y = v1[0]
    saved = v1[1]

    for v1 in v2:                     for i, (a, _) in enumerate(pairs):
        v3 = unpack(v1, 2, -1) ...

Python itself counts the items of such a target; so there must be no doubt of their number.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass

from srcad.emit.plan import Plan, user_named
from srcad.trace import intrinsics as ops
from srcad.trace.ir import Apply, For, Function, Lit, Star, Var, pattern_vars
from srcad.trace.kinds import Saved, TupleOf


@dataclass(slots=True)
class Pattern:
    """What the items are bound to: Vars, patterns, None for nothing; the index of a starred one, or -1."""

    items: list
    star: int = -1

    def vars(self) -> Iterator[Var]:
        for item in self.items:
            if isinstance(item, Var):
                yield item
            elif item is not None:
                yield from item.vars()


#: A pattern, the index of the first statement after those it stands for, and these.
_Found = tuple[Pattern, int, list]


class Patterns:
    """Finds the patterns of one function and enters them in its plan."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.survey = plan.survey
        self.uses = plan.survey.uses

    def assignment(self, stmt: Apply, stmts: list, index: int, room: int) -> None:
        """Let `stmt`, number `index` of its block, bind items if the next statements take its value apart."""
        if stmt.fn is operator.getitem:
            found = self.several_items(stmt, stmts, index, room)
        elif user_named(stmt.target):
            return
        elif stmt.fn is ops.unpack:
            found = self.items(stmt.target, stmt.args[1].value, stmt.args[2].value, stmts, index + 1)
        else:
            count = self.count(stmt) if self.uses.get(stmt.target, 0) > 1 else None
            found = None if count is None else self.items(stmt.target, count, -1, stmts, index + 1)
        if found is not None:
            pattern, _, taken = found
            self.enter(pattern, taken)
            self.plan.tuples[id(stmt)] = pattern

    def loop(self, stmt: For) -> None:
        """Let the targets of a loop be patterns if its body begins by taking them apart."""
        index = 0
        for source in stmt.sources:
            if isinstance(source.target, Var):
                found = self.opened(source.target, stmt.body.stmts, index)
                if found is not None:
                    pattern, index, taken = found
                    self.enter(pattern, taken)
                    self.plan.patterns[source.target] = pattern
                    self.plan.silent.add(source.target)
            self.plan.silent.update(v for v in pattern_vars(source.target) if self.is_unnamed(v))

    def enter(self, pattern: Pattern, taken: list) -> None:
        self.plan.hidden.update(map(id, taken))
        self.plan.silent.update(v for v in pattern.vars() if self.is_unnamed(v))

    def is_unnamed(self, var: Var) -> bool:
        """Is this something that has to be bound and that nobody reads?"""
        return not self.uses.get(var) and not user_named(var)

    def items(self, var: Var, count: int, star: int, stmts: list, index: int) -> _Found | None:
        """The pattern of a value that has `count` items, if the statements from `index` on are all that uses it."""
        pattern = Pattern([None] * count, star)
        taken: list = []
        for _ in range(self.uses.get(var, 0)):
            position = _item_of(var, stmts, index)
            if position is None or not 0 <= position < count or pattern.items[position] is not None:
                return None
            index = self.bind(pattern, position, stmts, index, taken)
        return pattern, index, taken

    def bind(self, pattern: Pattern, position: int, stmts: list, index: int, taken: list) -> int:
        """Enter the item that statement `index` takes, and what the next ones take of it; the index after these."""
        item = stmts[index].target
        taken.append(stmts[index])
        pattern.items[position], index = item, index + 1
        inner = self.opened(item, stmts, index)
        if inner is not None:
            pattern.items[position], index, more = inner
            taken.extend(more)
        return index

    def opened(self, var: Var, stmts: list, index: int) -> _Found | None:
        """The pattern of a value that nothing is done with but to take it apart, from statement `index` on."""
        if user_named(var) or index >= len(stmts) or not isinstance(stmts[index], Apply):
            return None
        stmt = stmts[index]
        if stmt.fn is ops.unpack and stmt.args[0] is var and self.uses[var] == 1 and not user_named(stmt.target):
            found = self.items(stmt.target, stmt.args[1].value, stmt.args[2].value, stmts, index + 1)
            return None if found is None else (found[0], found[1], [stmt, *found[2]])
        count = _length(var)
        return self.items(var, count, -1, stmts, index) if count and self.uses.get(var, 0) > 1 else None

    def several_items(self, stmt: Apply, stmts: list, index: int, room: int) -> _Found | None:
        """Items that are taken of one tuple, one after the other, at one place of the user's program: ``a, b = t``."""
        var = stmt.args[0]
        count = _length(var) if isinstance(var, Var) else None
        if not count:
            return None
        pattern = Pattern([None] * count)
        taken: list = []
        at = index
        while (position := _item_of(var, stmts, at)) is not None:
            if stmts[at].loc != stmt.loc or not 0 <= position < count or pattern.items[position] is not None:
                break
            at = self.bind(pattern, position, stmts, at, taken)
        bound = sum(item is not None for item in pattern.items)
        if bound < 2 or 2 * bound < count or 5 * count > room:
            return None
        return pattern, at, taken[1:]

    def count(self, stmt: Apply) -> int | None:
        """How many items the result of an operation has, if that is certain."""
        if (known := _length(stmt.target)) is not None:
            return known
        if isinstance(stmt.fn, Function):
            return _result_items(stmt.fn)
        if stmt.fn is ops.take and isinstance(stmt.args[0], Var):
            reader = self.survey.defs.get(stmt.args[0])
            if reader is not None and reader.fn is ops.cursor:
                counts = self.survey.pushed.get(reader.args[0], {1})
                return min(counts) if len(counts) == 1 and counts != {1} else None
        return None


def _length(var: Var) -> int | None:
    """How many items a value has that is known to be a tuple."""
    match var.kind:
        case TupleOf(items=items):
            return len(items)
        case Saved(holder=holder):
            return len(holder.items)  # type: ignore[attr-defined]
    return None


def _item_of(var: Var, stmts: list, index: int) -> int | None:
    """Which item of `var` this statement takes, if it does that."""
    stmt = stmts[index] if index < len(stmts) else None
    if isinstance(stmt, Apply) and stmt.fn is operator.getitem and stmt.args[0] is var:
        position = stmt.args[1]
        if isinstance(position, Lit) and type(position.value) is int:
            return position.value
    return None


def _result_items(fn: Function) -> int | None:
    """How many items the tuple has that a Trace returns."""
    result = fn.result
    for stmt in reversed(fn.body.stmts):
        if isinstance(stmt, Apply) and stmt.target is result:
            plain = stmt.fn is ops.build_tuple and not any(isinstance(a, Star) for a in stmt.args)
            return len(stmt.args) if plain else None
    return None
