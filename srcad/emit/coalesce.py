"""Which values share a name.

Enters: the plan of a function and the ranges of its values. Leaves: groups of values that never have to be kept at
the same time and that belong together: what a loop carries with what it is given before the first trip and at the end
of each, the targets of an ``if`` with what its arms give them, the versions of one adjoint. Whatever is not put
together is joined by a copy; so a group too few costs a line, and a group too many cannot happen: ranges are compared
before anything else.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from srcad.emit.liveness import Frame, Interval, Ranges, ranges
from srcad.emit.plan import Plan, stem, user_named
from srcad.emit.survey import key
from srcad.trace.ir import Apply, If, Var, walk
from srcad.trace.purity import IN_PLACE


class Spans:
    """A set of positions: sorted, disjoint intervals."""

    __slots__ = ("ends", "starts")

    def __init__(self, intervals: Sequence[Interval] = ()):
        self.starts = [start for start, _ in intervals]
        self.ends = [end for _, end in intervals]

    def meets(self, other: Spans) -> bool:
        """Is any position in both?"""
        few, many = (self, other) if len(self.starts) <= len(other.starts) else (other, self)
        starts, ends = many.starts, many.ends
        for start, end in zip(few.starts, few.ends):
            k = bisect_left(starts, end)
            if k and ends[k - 1] > start:
                return True
        return False

    def union(self, other: Spans) -> Spans:
        """Both; one of the two operands is used up."""
        few, many = (self, other) if len(self.starts) <= len(other.starts) else (other, self)
        for start, end in zip(few.starts, few.ends):
            many.add(start, end)
        return many

    def add(self, start: int, end: int) -> None:
        first = bisect_left(self.ends, start)
        last = bisect_right(self.starts, end)
        if first < last:
            start, end = min(start, self.starts[first]), max(end, self.ends[last - 1])
        self.starts[first:last] = [start]
        self.ends[first:last] = [end]


#: Moving one value to the end of its block may give another a reason to move.
_ROUNDS = 3


@dataclass(slots=True, eq=False)
class Group:
    """Values under one name.

    Attributes
    ----------
    leader : Var
        The one that says what the name should be.
    live : Spans
        Where the name is taken.
    strange : Spans
        Where it is taken by a value that is not a version of the user's variable of that name.
    unbound : Spans
        Where a strange value would be taken for a variable of the user's that has none.
    frames : dict of Frame to None
        The blocks in which the members are defined.
    order : int
        Place of the first definition.
    fixed : bool
        Is it a parameter?
    """

    leader: Var
    live: Spans
    strange: Spans
    unbound: Spans
    frames: dict[Frame, None]
    order: int
    fixed: bool = False

    def meets(self, other: Group) -> bool:
        """Can the two not go by one name?"""
        return (self.live.meets(other.live) or bool(self.unbound.starts) and self.unbound.meets(other.strange)
                or bool(other.unbound.starts) and self.strange.meets(other.unbound))

    def absorb(self, other: Group) -> None:
        """Take in the members of another group."""
        self.live = self.live.union(other.live)
        self.strange = self.strange.union(other.strange)
        self.unbound = self.unbound.union(other.unbound)
        self.frames |= other.frames
        self.order = min(self.order, other.order)


class Groups:
    """The groups of one function, by member."""

    def __init__(self, plan: Plan, found: Ranges):
        self.plan = plan
        params = {p.var for p in plan.function.params}
        self._of: dict[Var, Group] = {}
        self._parent: dict[Var, Var] = {}
        for order, (var, spans) in enumerate(found.intervals.items()):
            strange = Spans(() if user_named(var) else spans)
            unbound = Spans(found.unbound.get(var, ()))
            self._of[var] = Group(var, Spans(spans), strange, unbound, {found.frames[var]: None}, order, var in params)

    def find(self, var: Var) -> Group | None:
        """The group of a value, None if it has no name in this function."""
        var = self.plan.survey.resolve(var)
        root = var
        while root in self._parent:
            root = self._parent[root]
        while var is not root:
            self._parent[var], var = root, self._parent[var]
        return self._of.get(root)

    def all(self) -> list[Group]:
        """Every group once, in order of definition."""
        return sorted((g for v, g in self._of.items() if v not in self._parent), key=lambda g: g.order)

    def join(self, a: Var, b: Var) -> bool:
        """Put the groups of two values together, if that is possible."""
        first, second = self.find(a), self.find(b)
        if first is None or second is None:
            return False
        if first is second:
            return True
        if (first.fixed and second.fixed) or not self.agree(first, second) or first.meets(second):
            return False
        if (second.fixed, _strength(second.leader)) > (first.fixed, _strength(first.leader)):
            first, second, a, b = second, first, b, a
        first.absorb(second)
        self._parent[self._root(b)] = self._root(a)
        return True

    def _root(self, var: Var) -> Var:
        var = self.plan.survey.resolve(var)
        while var in self._parent:
            var = self._parent[var]
        return var

    def agree(self, first: Group, second: Group) -> bool:
        """Would one name do for both? The user's different words are kept."""
        a, b = first.leader, second.leader
        if min(_strength(a), _strength(b)) < 2:
            return True
        (root, suffix), (other, other_suffix) = stem(a), stem(b)
        return suffix == other_suffix and root.hint == other.hint

    def same_origin(self, a: Var, b: Var) -> bool:
        """Are these derived, in the same way, from values of one name?"""
        if a.of is None or b.of is None or a.suffix != b.suffix:
            return False
        if a.of is b.of:
            return True
        first, second = self.find(a.of), self.find(b.of)
        if first is None and second is None:
            return self.same_origin(a.of, b.of)
        return first is second


def _strength(var: Var) -> int:
    """How much a value insists on its name: a temporary, what is derived from one, from the user's, the user's own."""
    root, suffix = stem(var)
    if not root.hint:
        return 0 if root is var else 1
    return 2 if suffix else 3


def _depth(var: Var) -> int:
    depth = 0
    while var.of is not None:
        var, depth = var.of, depth + 1
    return depth


def share_names(plan: Plan) -> tuple[Ranges, Groups]:
    """Ranges and groups. What is made only to be copied at the end of its block is made there, if that saves lines."""
    found = first = ranges(plan)
    groups = first_groups = coalesce(plan, found)
    if not plan.movable or found.doubtful:
        return found, groups
    moved: dict[Var, Apply | If] = {}
    for _ in range(_ROUNDS):
        apart = [(t, v) for t, v in found.wishes if groups.find(t) is not groups.find(v)]
        more = {v: plan.movable[v] for t, v in _behind(apart, found.wishes) if v in plan.movable and v not in moved
                and (not user_named(v) or stem(t)[0].hint == stem(v)[0].hint)}
        if not more:
            break
        moved |= more
        plan.inline.update(more)
        plan.hidden.update(id(s) for s in more.values())
        found = ranges(plan)
        groups = coalesce(plan, found)
    if moved and _copies(found, groups) - len(moved) >= _copies(first, first_groups):
        for var, stmt in moved.items():
            del plan.inline[var]
            plan.hidden.discard(id(stmt))
        return first, first_groups
    return found, groups


def _behind(apart: list[tuple[Var, Var]], wishes: list[tuple[Var, Var]]) -> Iterator[tuple[Var, Var]]:
    """What stands behind values that have to be copied: they themselves, and what an ``if`` makes them of."""
    given: dict[Var, list[Var]] = {}
    for target, value in wishes:
        given.setdefault(target, []).append(value)
    waiting, seen = list(apart), set(apart)
    while waiting:
        target, value = waiting.pop()
        yield target, value
        more = [(value, v) for v in given.get(value, ()) if (value, v) not in seen]
        seen.update(more)
        waiting.extend(more)


def _copies(found: Ranges, groups: Groups) -> int:
    """How many copies there will be."""
    return sum(groups.find(a) is not groups.find(b) for a, b in found.wishes)


def coalesce(plan: Plan, found: Ranges) -> Groups:
    """Put together what belongs together."""
    groups = Groups(plan, found)
    wishes = [(_depth(a), a, b) for a, b in found.wishes]
    versions: list[tuple[int, Var, Var]] = []
    for stmt in walk(plan.function.body):
        if not isinstance(stmt, Apply):
            continue
        target = stmt.target
        if key(stmt.fn) in IN_PLACE and stmt.args and isinstance(stmt.args[0], Var):
            wishes.append((_depth(target), target, stmt.args[0]))
        elif target.of is not None and target.suffix:
            reads: list[Var] = []
            plan.reads(stmt, reads)
            versions.extend((_depth(target), target, v) for v in reads if v.of is not None)
    for var in found.intervals:
        if var.of is not None and not var.suffix:
            wishes.append((_depth(var), var, var.of))
    deepest = max((d for d, _, _ in wishes + versions), default=0)
    for depth in range(deepest + 1):
        for d, a, b in wishes:
            if d == depth:
                groups.join(a, b)
        for d, a, b in versions:
            if d == depth and groups.same_origin(a, b):
                groups.join(a, b)
    return groups
