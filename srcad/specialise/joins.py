"""Lists and dicts where branches meet.

What is one list or dict in both arms stays one; two that were made in the arms, one in each, are joined as they are;
all others become lists and dicts of the generated code.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from srcad.specialise.containers import truth
from srcad.specialise.references import is_reference, list_atom, wrapped
from srcad.specialise.values import (
    Closure,
    DictCell,
    Entries,
    Enumerate,
    Items,
    Keyed,
    ListCell,
    Mapping,
    Pack,
    Partial,
    Sequence,
    Zip,
)
from srcad.trace.ir import UNDEF, Lit
from srcad.trace.kinds import Kind, Scalar, Static


@dataclass(eq=False)
class Meeting:
    """Two arms of a branch that meet."""

    before: dict                                     # the heap before the branch
    heaps: list                                      # after each arm
    arms: list                                       # the blocks
    dead: tuple                                      # does the arm end in a `raise`?
    targets: list = field(default_factory=list)      # the variables that the branch defines
    yields: tuple = field(default_factory=lambda: ([], []))
    cells: dict = field(default_factory=dict)        # cells of both arms → the cell that they are joined in
    joined: dict = field(default_factory=dict)       # what is in the cells that are made of those of two arms


def rewrapped(s, value):
    """A joined value, in which lists and dicts of the generated code are as the program has them."""
    if isinstance(value, Pack):
        return Pack(tuple(rewrapped(s, i) for i in value.items))
    return wrapped(s, value)


def _is_truth(kind: Kind) -> bool:
    return isinstance(kind, Scalar) and kind.base is bool or isinstance(kind, Static) and type(kind.value) is bool


def leaf_pairs(a, b):
    """The pairs of parts of two values that a join has to bring together."""
    if isinstance(a, Pack) and isinstance(b, Pack) and len(a.items) == len(b.items) or isinstance(a, Entries) and isinstance(
            b, Entries) and a.keys == b.keys:
        for x, y in zip(a.items, b.items):
            yield from leaf_pairs(x, y)
    else:
        yield a, b


def references(value, heap: dict, seen: set):
    """Every reference in a value, with repetition."""
    match value:
        case Sequence() | Mapping():
            yield value
        case Pack(items=items) | Entries(items=items):
            for item in items:
                yield from references(item, heap, seen)
        case Closure(defaults=defaults):
            for _, item in defaults:
                yield from references(item, heap, seen)
        case Partial(args=args, kwargs=kwargs):
            for item in (*args, *(v for _, v in kwargs)):
                yield from references(item, heap, seen)
        case Keyed(values=values):
            yield from references(values, heap, seen)
        case Zip(iterables=parts):
            for item in parts:
                yield from references(item, heap, seen)
        case Enumerate(iterable=inner) | Items(mapping=inner):
            yield from references(inner, heap, seen)


def dicts_apart(before: dict, heaps: list) -> list:
    """The dicts that have other keys after the one arm of a branch than after the other, or are looked up at run time."""
    def keys(held):
        return held.keys if isinstance(held, Entries) else held

    return [cell for cell, held in before.items() if isinstance(cell, DictCell) and isinstance(held, Entries) and (
        keys(heaps[0][cell]) != keys(heaps[1][cell]) or any(isinstance(heap[cell], Keyed) for heap in heaps))]


def prepare_merge(s, meeting: Meeting, values: list) -> None:
    """Before a branch's values are joined: what is not one list or dict in both arms becomes one of the generated code.

    Two that were made in the arms, one in each, and are known by the same names only, are joined as they are
    (`joined`).
    """
    before, heaps, arms = meeting.before, meeting.heaps, meeting.arms
    counts: list = []
    for k in (0, 1):
        count: dict = {}
        for value in (*values[k], *heaps[k].values()):
            for found in references(value, heaps[k], set()):
                count[found.cell] = count.get(found.cell, 0) + 1
        counts.append(count)
    pairs: dict = {}
    for a, b in _all_pairs(before, heaps, values):
        if is_reference(a) and is_reference(b) and a != b:
            pairs[a.cell, b.cell] = pairs.get((a.cell, b.cell), 0) + 1
    apart = {pair for pair, n in pairs.items() if type(pair[0]) is not type(pair[1]) or any(
        cell in before or cell in s.pinned or counts[k][cell] != n for k, cell in enumerate(pair))}
    meeting.cells = {pair: type(pair[0])(pair[0].name) for pair in pairs if pair not in apart}
    after = s.heap

    def atoms(a, b) -> list:
        """The two values, where they are no references that can be joined."""
        if isinstance(a, Pack) and isinstance(b, Pack) and len(a.items) == len(b.items):
            both = [atoms(x, y) for x, y in zip(a.items, b.items)]
            return [Pack(tuple(p[k] for p in both)) for k in (0, 1)]
        if isinstance(a, Entries) and isinstance(b, Entries) and a.keys == b.keys:
            both = [atoms(x, y) for x, y in zip(a.items, b.items)]
            return [Entries(a.keys, tuple(p[k] for p in both)) for k in (0, 1)]
        if a == b or not (is_reference(a) or is_reference(b)) or Lit(UNDEF) in (a, b):
            return [a, b]
        if any(not is_reference(v) and _is_truth(s.kind(v)) for v in (a, b)):      # ``xs and n > 3``
            return [truth_in(k, v) for k, v in enumerate((a, b))]
        if is_reference(a) and is_reference(b) and (a.cell, b.cell) in meeting.cells:
            return [a, b]
        made = []
        for k, value in enumerate((a, b)):
            s.heap = heaps[k]
            with s.b.inside(arms[k]):
                made.append(s.atom(value))
        return made

    def truth_in(k: int, value):
        """What a list is in a condition, at the end of an arm."""
        if not is_reference(value):
            return value
        s.heap = heaps[k]
        with s.b.inside(arms[k]):
            known = truth(s, value)
        return Lit(known) if isinstance(known, bool) else known

    def contents(cell, a, b) -> list:
        """The two contents of a list or dict, in one form."""
        if isinstance(cell, ListCell) and not (isinstance(a, Pack) and isinstance(b, Pack) and len(a.items) == len(b.items)):
            made = []
            for k, value in enumerate((a, b)):
                s.heap = heaps[k]
                with s.b.inside(arms[k]):
                    made.append(list_atom(s, Sequence(cell)) if isinstance(value, Pack) else value)
            return made
        return atoms(a, b)

    while True:
        size = sum(len(arm.stmts) for arm in arms)
        for n, (a, b) in enumerate(zip(*values)):
            values[0][n], values[1][n] = atoms(a, b)
        for cell in before:
            if heaps[0][cell] is not before[cell] or heaps[1][cell] is not before[cell]:
                heaps[0][cell], heaps[1][cell] = contents(cell, heaps[0][cell], heaps[1][cell])
        for (a, b) in meeting.cells:
            if type(a) is ListCell:
                one, other = heaps[0][a], heaps[1][b]
                if not (isinstance(one, Pack) and isinstance(other, Pack) and len(one.items) == len(other.items)):
                    for k, cell in enumerate((a, b)):
                        s.heap = heaps[k]
                        with s.b.inside(arms[k]):
                            list_atom(s, Sequence(cell))
        if sum(len(arm.stmts) for arm in arms) == size:
            break
    s.heap = after


def _all_pairs(before: dict, heaps: list, values: list):
    for a, b in zip(*values):
        yield from leaf_pairs(a, b)
    for cell in before:
        if heaps[0][cell] is not heaps[1][cell]:
            yield from leaf_pairs(heaps[0][cell], heaps[1][cell])


def joined(meeting: Meeting, pair, merge):
    """Two lists or dicts, one of each arm, as one; ``merge(cell, contents)`` joins what they hold. None if it cannot be."""
    a, b = pair
    for k, one in enumerate(pair):
        if is_reference(one) and pair[1 - k] == Lit(UNDEF):
            if one.cell not in meeting.joined and one.cell not in meeting.before:
                meeting.joined[one.cell] = Lit(UNDEF)
                contents = [Lit(UNDEF), Lit(UNDEF)]
                contents[k] = meeting.heaps[k][one.cell]
                meeting.joined[one.cell] = merge(one.cell, contents)
            return one
    if not (is_reference(a) and is_reference(b)) or (a.cell, b.cell) not in meeting.cells:
        return None
    cell = meeting.cells[a.cell, b.cell]
    if cell not in meeting.joined:
        meeting.joined[cell] = Lit(UNDEF)
        meeting.joined[cell] = merge(cell, [meeting.heaps[0][a.cell], meeting.heaps[1][b.cell]])
    return Sequence(cell) if isinstance(a, Sequence) else Mapping(cell)


def iterated(value):
    """The lists that going through a value goes through."""
    match value:
        case Sequence():
            yield value
        case Zip(iterables=parts):
            for part in parts:
                yield from iterated(part)
        case Enumerate(iterable=inner):
            yield from iterated(inner)
