"""Branches: one whose condition is known is taken; else both arms are written, and what they give is joined.

    if c:                  if c:
        y = sin(x)     →       y0 = sin(x); yields y0
    else:                  else:
        pass                   yields y
    use(y)                 y1 defined by the branch; use(y1)

A variable is joined in an atom, tuples and dicts item by item, objects and functions by their parts (`forms`), lists and
dicts that the program changes as `joins` says. What is the same in both arms needs no variable.
"""

from __future__ import annotations

import operator

from srcad.analysis.atoms import kind_of_atom
from srcad.specialise import containers, forms, joins, keyed, references
from srcad.specialise.decided import is_none
from srcad.specialise.objects.special_methods import object_truth
from srcad.specialise.unpacking import truth
from srcad.specialise.values import (
    UNDEFINED,
    Closure,
    Entries,
    ListCell,
    Mapping,
    OneOf,
    Pack,
    Partial,
    Record,
    Sequence,
    Unclear,
    holds_function,
    is_atom,
    same,
)
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, If, Lit, Ref, Var
from srcad.trace.kinds import BOOL, join


def branch(s, stmt: If) -> None:
    """An `if` of the program."""
    cond = s.value(stmt.cond)
    if isinstance(cond, Record):
        cond = object_truth(s, cond)
    if isinstance(cond, OneOf):
        cond = is_none(s, cond, True)
    if isinstance(cond, Sequence | Mapping):
        cond = condition(s, cond)
    known = truth(s, cond)
    if known is not None:
        chosen = stmt.then if known else stmt.orelse
        for target, value in zip(stmt.targets, s.block(chosen)):
            s.env[target] = value
        return
    fork(s, s.atom(cond), [lambda: s.block(stmt.then), lambda: s.block(stmt.orelse)], stmt.targets)


def condition(s, value):
    """What a condition tests, as an atom."""
    if isinstance(value, Sequence | Mapping):
        known = containers.truth(s, value)
        return Lit(known) if isinstance(known, bool) else known
    return s.atom(value)


def choose(s, value: OneOf, use, hint: str = ""):
    """What `use` gives of the function that is meant at run time."""
    if isinstance(value.index, Lit):
        return use(value.options[value.index.value])
    first, *others = value.options
    if not others:
        return use(first)

    def rest():
        if len(others) == 1:
            return [use(others[0])]
        following = s.b.apply(operator.sub, value.index, Lit(1))
        return [choose(s, OneOf(following, tuple(others)), use, hint)]

    is_first, result = s.b.apply(operator.eq, value.index, Lit(0)), Var(hint)
    fork(s, is_first, [lambda: [use(first)], rest], (result,))
    return s.env.pop(result)


def fork(s, cond, runs: list, likes: tuple) -> None:
    """A branch whose arms are written by two functions, which give the values of `likes`."""
    loc = s.b.loc
    arms, values, heaps = [], [], []
    before, pinned = s.heap, set(s.pinned)
    for run in runs:
        s.heap = dict(before)
        with s.b.inside(Block()) as arm:
            values.append(run())
            arms.append(arm)
        heaps.append(s.heap)
    s.b.loc = loc
    apart = joins.dicts_apart(before, heaps)
    if apart:
        s.heap, s.pinned = before, pinned
        for cell in apart:
            keyed.keyed(s, Mapping(cell))
        fork(s, cond, runs, likes)
        return
    meet(s, cond, before, heaps, arms, values, likes)


def meet(s, cond, before: dict, heaps: list, arms: list, values: list, likes: tuple) -> None:
    """Join the values that two arms give to `likes`, and the heaps that they leave; then the branch is written."""
    loc = s.b.loc
    meeting = joins.Meeting(before, heaps, arms, tuple(map(_never_ends, arms)))
    if s.program.containers:
        joins.prepare_merge(s, meeting, values)
    for like, *pair in zip(likes, *values):
        if _is_settled(cond, *pair):                                     # ``a and False``, ``a or True``
            pair = [a for a in pair if a is not cond] * 2
        s.env[like] = _merge(s, meeting, like, pair)
    s.heap = {}
    for cell, value in before.items():
        pair = [heap[cell] for heap in heaps]
        unchanged = same(pair[0], value) and same(pair[1], value)
        s.heap[cell] = value if unchanged else _merge(s, meeting, cell, pair)
    s.heap |= meeting.joined
    s.b.loc = loc
    arms[0].yields, arms[1].yields = map(tuple, meeting.yields)
    s.b.emit(If(cond, arms[0], arms[1], tuple(meeting.targets), loc))
    if s.program.containers:
        for like in likes:
            s.env[like] = joins.rewrapped(s, s.env[like])


def _merge(s, meeting: joins.Meeting, like, pair):
    """The value after a branch whose arms give these two. It wants the name of `like`."""
    def merged(x, y):
        return _merge(s, meeting, Var(), [x, y])

    (a, b), dead = pair, meeting.dead
    if dead[0] and not dead[1] and is_atom(b) and not isinstance(b, Var):
        return b
    if dead[1] and not dead[0] and is_atom(a) and not isinstance(a, Var):
        return a
    if same(a, b):
        return a
    if isinstance(a, Sequence | Mapping) or isinstance(b, Sequence | Mapping):
        found = joins.joined(meeting, pair, lambda cell, contents: _merge(s, meeting, cell, contents))
        if found is not None:
            return found
    if isinstance(a, Entries) or isinstance(b, Entries):
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Entries) and not isinstance(other, Entries) and other == UNDEFINED:
                pair = [v if v is one else Entries(one.keys, (UNDEFINED,) * len(one.keys)) for v in (a, b)]
                return _merge(s, meeting, like, pair)
        if not (isinstance(a, Entries) and isinstance(b, Entries) and a.keys == b.keys):
            return Unclear(like.hint)
        return Entries(a.keys, tuple(map(merged, a.items, b.items)))
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Pack) and not isinstance(other, Pack) and other == UNDEFINED:
            return _merge(s, meeting, like, [v if v is one else Pack((UNDEFINED,) * len(one.items)) for v in (a, b)])
    if isinstance(a, Pack) and isinstance(b, Pack) and len(a.items) == len(b.items):
        return Pack(tuple(map(merged, a.items, b.items)))
    if forms.is_structured(a) or forms.is_structured(b):
        found = _merge_objects(s, meeting, like, pair)
        if found is not None:
            return found
    for value in (a, b):
        if isinstance(value, Unclear) and value.interrupted:
            return value
    if holds_function(a) or holds_function(b):
        for value, other_is_dead in ((a, dead[1]), (b, dead[0])):
            if other_is_dead and _is_visible(s, value):
                return value
        return Unclear(like.hint)
    atoms = []
    for value, arm in zip((a, b), meeting.arms):
        with s.b.inside(arm):
            atoms.append(s.atom(value))
    kind = join(*map(kind_of_atom, atoms))
    if s.program.containers:
        for k, arm in enumerate(meeting.arms):
            with s.b.inside(arm):
                atoms[k] = references.widened(s, atoms[k], kind, isinstance(like, ListCell) and like not in s.pinned)
    new = Var("" if s.frozen else like.hint, kind)
    meeting.targets.append(new)
    for atom, yields in zip(atoms, meeting.yields):
        yields.append(atom)
    return new


def _merge_objects(s, meeting: joins.Meeting, like, pair):
    """The value after a branch whose arms give objects or functions; None if they have no form in common."""
    heaps, targets = meeting.heaps, meeting.targets
    visible = heaps[0].keys() & heaps[1].keys()
    try:
        form = forms.join_forms(*(forms.form_of(s, v, heap, visible) for v, heap in zip(pair, heaps)))
    except forms.Differ:
        return None
    for value, arm, heap, yields in zip(pair, meeting.arms, heaps, meeting.yields):
        with s.b.inside(arm):
            yields.extend(forms.flattened(s, value, form, heap, visible))
    made = []
    for hint, *atoms in zip(forms.hints(form, like.hint), *(y[len(targets):] for y in meeting.yields)):
        made.append(Var("" if s.frozen else hint, join(*map(kind_of_atom, atoms))))
    targets += made
    return forms.put_together(form, iter(made), meeting.joined)


def _is_visible(s, value) -> bool:
    """Does a value of an arm mean the same after the branch?"""
    match value:
        case Closure(cells=cells, defaults=defaults):
            return all(c in s.heap for c in cells) and all(_is_visible(s, v) for _, v in defaults)
        case Partial(function=function, args=args, kwargs=kwargs):
            return all(_is_visible(s, v) for v in (function, *args, *(v for _, v in kwargs)))
        case Pack(items=items):
            return all(_is_visible(s, i) for i in items)
        case Record(fields=fields):
            return all(cell in s.heap for cell in fields.values())
        case Sequence(cell=cell) | Mapping(cell=cell):
            return cell in s.heap
    return isinstance(value, Lit | Ref)


def _never_ends(arm: Block) -> bool:
    return bool(arm.stmts) and isinstance(arm.stmts[-1], Apply) and arm.stmts[-1].fn is intrinsics.raise_


def _is_settled(cond, a, b) -> bool:
    """Is the condition itself, where it is given, what the other arm gives?"""
    return isinstance(cond, Var) and cond.kind == BOOL and (
        a is cond and isinstance(b, Lit) and b.value is True or b is cond and isinstance(a, Lit) and a.value is False)
