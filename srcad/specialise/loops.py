"""Loops that stay loops: which variables they carry, and of what kinds.

Enters: an untyped `For` or `While`, whose body is run once per pass over kinds. Leaves: a typed one. A pass finds what the
body makes of each variable; passes are repeated until nothing new is found, and then the loop is as the last one has
written it. What the loop changes besides its carried variables (what inner functions share, lists, dicts, attributes)
turns out in a pass as well: the loop is then begun again, with that carried too.

A variable that is the same on every trip, such as a function, needs none in the generated code; a tuple or dict is carried
item by item; objects and functions by their parts (`forms`).
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad.analysis.atoms import kind_of_atom
from srcad.optimize.replace import replace
from srcad.specialise import forms, iterating, joins, keyed, references
from srcad.specialise.branches import condition
from srcad.specialise.objects.special_methods import as_items
from srcad.specialise.unpacking import counted, static_items, unpacked
from srcad.specialise.unrolling import LONGEST_UNROLLED, must_unroll, unroll
from srcad.specialise.values import (
    UNDEFINED,
    Cell,
    DictCell,
    Entries,
    Generated,
    Items,
    Keyed,
    ListCell,
    Mapping,
    NotOneFunction,
    Pack,
    Sequence,
    Unclear,
    holds_function,
    is_atom,
    same,
)
from srcad.trace.ir import Block, For, Lit, Ref, Var, While
from srcad.trace.kinds import BOTTOM, Array, DictOf, Kind, ListOf, TupleOf, join, name_axes

#: Most passes over a body; each finds something new of a kind, of which there are few.
MOST_PASSES = 40


def for_loop(s, stmt: For) -> None:
    """A `for` of the program."""
    iterables = [s.value(source.iterable) for source in stmt.sources]
    iterables = [i.items if isinstance(i, Generated) else keyed.gone_through(s, as_items(s, i)) for i in iterables]
    lists = [found for i in iterables for found in joins.iterated(i)]
    if not lists:
        _for_loop_over(s, stmt, iterables)
        return
    heap, pinned, length = dict(s.heap), set(s.pinned), len(s.b.block.stmts)
    _for_loop_over(s, stmt, iterables)
    if any(isinstance(heap[found.cell], Pack) and not same(s.heap[found.cell], heap[found.cell]) for found in lists):
        # The body changes a list that the loop goes through: its items are taken as they are then.
        s.heap, s.pinned = heap, pinned
        del s.b.block.stmts[length:]
        items = static_items(s, iterables[0]) if len(iterables) == 1 else None
        if items is None or len(items) > LONGEST_UNROLLED:
            raise s.refuse("a list is changed while a loop goes through it together with something of unknown length",
                           "go through a copy: `list(items)`")
        unroll(s, stmt, items, iterables[0])


def holds_arrays(value) -> bool:
    """Is it a dict of arrays? What ``d[k]`` is must be known where the array is written to."""
    return isinstance(value, Var) and isinstance(value.kind, DictOf) and any(
        isinstance(kind, Array) for kind in value.kind.values) and len(value.kind.keys) <= LONGEST_UNROLLED


def _for_loop_over(s, stmt: For, iterables: list) -> None:
    if len(iterables) == 1:
        items = static_items(s, iterables[0])
        if items is not None and (
                isinstance(iterables[0], Items | Mapping) or holds_arrays(iterables[0]) or must_unroll(s, items)):
            unroll(s, stmt, items)
            return
        if items is None:
            items = counted(s, iterables[0])
        if items is not None and len(items) <= LONGEST_UNROLLED:
            _loop_or_unroll(s, stmt, iterables, items)
            return
    loop(s, stmt, iterables)


def _loop_or_unroll(s, stmt: For, iterables: list, items: list) -> None:
    """Write a loop over known items; if that would make it unclear which function is meant, write its trips out."""
    heap, pinned, length = s.heap, set(s.pinned), len(s.b.block.stmts)
    outer, s.unrollable = s.unrollable, True
    settled = len(s.program.settled)
    try:
        loop(s, stmt, iterables)
        s.unrollable = outer
        for c in stmt.carried:
            if isinstance(s.env[c], Unclear) and not s.env[c].interrupted:
                raise s.unclear(s.env[c])
    except NotOneFunction as error:
        s.unrollable = outer
        s.heap, s.pinned = heap, pinned
        del s.b.block.stmts[length:]
        for fields in s.program.settled[settled:]:
            fields.settled, fields.shared = "", False
        del s.program.settled[settled:]
        try:
            unroll(s, stmt, items)
        except RecursionError:
            raise error from None


def loop(s, stmt: For | While, iterables: list | None) -> None:
    """A loop that stays one, written again for as long as another shared variable turns out to change in it."""
    written = _Loop(s, stmt, iterables)
    before, pinned, length = s.heap, s.pinned, len(s.b.block.stmts)
    outer, s.looping = s.looping, True
    try:
        while True:
            s.heap, s.pinned = dict(before), set(pinned)
            found = written.found()
            try:
                written.write()
                return
            except _Again:
                if written.found() == found:
                    raise s.refuse("which lists, dicts and functions the trips of this loop have does not settle",
                                   "keep them in variables of their own, made before the loop") from None
            s.heap = before
            del s.b.block.stmts[length:]
    finally:
        s.looping = outer


class _Again(Exception):
    """The loop changes something that was not known to change: it is begun again."""


@dataclass(eq=False)
class _Carried:
    """A variable that a loop carries, or a shared one that it changes, and what the passes have found of it.

    A `constant` is what it is on every trip (UNDEFINED: it has no value before the loop). Otherwise it is made of atoms:
    `shape` says how, `kinds` of what kinds, `vars` are those of a trip, and `flat` those before the loop, None if they have
    to be made anew.
    """

    like: Var | Cell
    initial: object
    constant: object
    shape: object
    flat: list | None
    kinds: list
    vars: list
    value: object = None             # what the last pass has made of it, None if no atoms are needed
    yields: list | None = None       # its atoms

    def unclear(self) -> None:
        """It may be one function or another, or something else."""
        self.constant, self.shape, self.flat, self.kinds = Unclear(self.like.hint), None, [UNDEFINED], [BOTTOM]

    def is_untouched(self) -> bool:
        """Has it had no value yet?"""
        return self.flat == [UNDEFINED] and self.kinds == [BOTTOM]


class _Loop:
    """A loop that is being written.

    Attributes
    ----------
    cells : list
        The shared variables, lists, dicts and attributes that it changes, as far as known.
    kept : set
        The carried variables and cells that are different lists on different trips, which are lists of the generated
        code then; ``(Keyed, cell)`` of the dicts that are looked up at run time.
    before : dict
        The heap before the loop.
    """

    def __init__(self, s, stmt: For | While, iterables: list | None) -> None:
        self.s, self.stmt, self.iterables = s, stmt, iterables
        self.cells: list = []
        self.kept: set = set()
        # As the last pass has written them:
        self.test, self.body, self.cond, self.stop = Block(), Block(), None, None
        self.sources: list = []

    def found(self) -> int:
        """How much is known of what it changes."""
        return len(self.cells) + len(self.kept)

    def keep(self, *found) -> None:
        self.kept.update(found)
        raise _Again

    def write(self) -> None:
        """Find the kinds of what the loop carries, then write it; raises `_Again` if it changes more than is known."""
        s = self.s
        self.loc, self.pinned_before = s.b.loc, set(s.pinned)
        self.carried = self.begun()
        self.iterated: list = []
        self.plans = [iterating.plan(s, i, self.iterated) for i in self.iterables or ()]
        self.before = dict(s.heap)
        for _ in range(MOST_PASSES):
            if not self.trip():
                break
            s.heap = self.before
            for c in self.carried:
                if c.flat is None:
                    c.flat = self.flatten(c.initial, c.shape, c.like)
                    c.kinds = list(map(kind_of_atom, c.flat))
        else:
            raise s.refuse("the kinds of the variables of this loop do not settle", "give them one kind before the loop")
        self.emit()

    def begun(self) -> list[_Carried]:
        """What the loop carries, as it is before the first trip."""
        s, kept = self.s, self.kept
        names = [s.value(a) for a in self.stmt.inits]
        for like, value in zip(self.stmt.carried, names):
            if like in kept:
                references.escape_all(s, value)
        for cell in self.cells:
            if (Keyed, cell) in kept:
                keyed.keyed(s, Mapping(cell))
            elif cell in kept or any(isinstance(i, Sequence) for i in getattr(s.heap[cell], "items", ())):
                references.escape_all(s, Sequence(cell) if isinstance(cell, ListCell) and cell in kept else s.heap[cell])
        carried = []
        for like, value in zip((*self.stmt.carried, *self.cells), [*names, *(s.heap[c] for c in self.cells)]):
            if holds_function(value) or references.holds_reference(value) and like not in kept:
                carried.append(_Carried(like, value, value, None, [UNDEFINED], [BOTTOM], []))
                continue
            shape = None if like in kept and isinstance(like, ListCell) else _form(value)
            flat = self.flatten(value, shape, like)
            constant = flat[0] if shape is None and isinstance(flat[0], Ref | Lit) else None
            carried.append(_Carried(like, value, constant, shape, flat, list(map(kind_of_atom, flat)), []))
        return carried

    # --- passes -------------------------------------------------------------------------------------------------------

    def trip(self) -> bool:
        """Write the body for what is known so far. Has it shown anything new?"""
        s, stmt, before = self.s, self.stmt, self.before
        s.heap = dict(before)
        pinned, widenings, start = s.pinned & before.keys(), len(s.widenings), Var().serial
        for c in self.carried:
            c.vars = _new_vars(c.like, c.kinds, c.shape)
        for c in self.carried:
            self.put(c.like, c.constant if c.constant not in (None, UNDEFINED) else self.put_together(c))
        with s.b.inside(Block()) as self.test, s.b.placed(self.loc):
            if isinstance(stmt, While):
                self.rewrap()
                self.write_test(stmt)
        with s.b.inside(Block()) as self.body, s.b.placed(self.loc):
            yields = self.write_body()
            changed = False
            for c, value in zip(self.carried, yields):
                changed |= self.learn(c, value)
            if not changed:
                for c in self.carried:
                    c.yields = None if c.value is None else self.flatten(c.value, c.shape, c.like)
                self.check_changes()
                late = [c for c, v in zip(self.cells, yields[len(stmt.carried):]) if not same(s.heap[c], v)]
                if late:
                    self.keep(*late)       # lists that the names of the next trip made lists of the generated code
        if changed or s.pinned & before.keys() != pinned or any(v.serial < start for v in s.widenings[widenings:]):
            return True
        for c in self.carried:
            if c.yields is not None:
                kinds = [join(kind, kind_of_atom(atom)) for kind, atom in zip(c.kinds, c.yields, strict=True)]
                changed |= kinds != c.kinds
                c.kinds = kinds
        return changed

    def write_test(self, stmt: While) -> None:
        """The condition of a `while`."""
        s = self.s
        start = dict(s.heap)
        self.cond = condition(s, s.block(stmt.test)[0])
        if any(not same(s.heap[c], v) for c, v in start.items()):
            raise s.refuse("the condition of a `while` changes a variable that inner functions share",
                           "write `while True:` and leave it by `if not condition: break`")

    def write_body(self) -> list:
        """The statements of one trip; the values that the carried variables then have."""
        s, stmt = self.s, self.stmt
        self.sources = [None] * len(self.iterated)
        if isinstance(stmt, For):
            self.rewrap()
            for source, planned in zip(stmt.sources, self.plans):
                iterating.bind(s, source.target, iterating.taken(planned, self.iterated, self.sources, source.target))
        yields = s.block(stmt.body)
        self.check_changes()
        self.stop = None if stmt.stop is None else s.value(stmt.stop)
        return yields + [s.heap[c] for c in self.cells]

    def check_changes(self) -> None:
        """Begin again if the trip has changed a shared variable that the loop does not carry yet."""
        found = [c for c, v in self.before.items() if c not in self.cells and not same(self.s.heap[c], v)]
        if found:
            self.cells += found
            raise _Again

    def learn(self, c: _Carried, value) -> bool:
        """Take in what a trip has made of a variable. Is it something new?"""
        like, changed = c.like, False
        c.value = None
        if isinstance(like, DictCell) and (Keyed, like) not in self.kept and (
                isinstance(value, Keyed) or self.keys_change(c.initial, value)):
            self.keep((Keyed, like))
        if c.constant not in (None, UNDEFINED):
            if same(value, c.constant) or isinstance(c.constant, Unclear):
                return False
            if references.holds_reference(c.constant) and like not in self.kept:
                self.keep(like)
            if holds_function(c.constant) or forms.is_structured(c.constant):
                c.shape = self.common_form(c.constant, value)
                c.constant = Unclear(like.hint) if c.shape is None else None
                c.flat = [UNDEFINED] if c.shape is None else None
                return True
            c.constant, changed = None, True
        if isinstance(like, ListCell) and isinstance(c.shape, tuple) and not (
                isinstance(value, Pack) and len(value.items) == len(c.shape)):
            self.keep(like)
        if isinstance(c.shape, forms.STRUCTURED) or forms.is_structured(value) and (
                c.is_untouched() or isinstance(c.shape, tuple)):
            form = self.common_form(c.shape if c.shape is not None else UNDEFINED, value)
            if form is None:
                c.unclear()
                return True
            c.value = value
            if form != c.shape:
                c.shape, c.flat, changed = form, None, True
            return changed
        if holds_function(value):
            c.unclear()                    # what is a function after the loop was none before it, or one of several
            return True
        c.value = value
        form = None if like in self.kept and isinstance(like, ListCell) else _form(value)
        if isinstance(like, ListCell) and form != c.shape:
            self.keep(like)
        if c.shape is not None and form != c.shape and not (is_atom(value) and isinstance(kind_of_atom(value), TupleOf)):
            c.shape, c.flat = None, None
            return True
        if c.shape is None and form is not None and c.is_untouched():
            c.shape, c.flat, c.kinds = form, [UNDEFINED] * _count(form), [BOTTOM] * _count(form)
            return True
        return changed

    def keys_change(self, before, after) -> bool:
        """Has a dict other keys after a trip than before it?"""
        if not isinstance(before, Entries) or not isinstance(after, Entries) or before.keys == after.keys:
            return False
        if self.s.unrollable:
            raise references.KeysChange("a dict gets or loses keys in a loop", "give it all its keys before the loop",
                                        self.s.b.loc)
        return True

    def common_form(self, first, value):
        """The form of a carried value that is `first` (a value before the loop, or a form), then `value`; None if there is
        none."""
        s, before = self.s, self.before
        try:
            form = first if forms.is_form(first) else forms.form_of(s, first, before, before)
            return forms.join_forms(form, forms.form_of(s, value, s.heap, before))
        except forms.Differ:
            return None

    # --- carried variables --------------------------------------------------------------------------------------------

    def put(self, place, value) -> None:
        """Give a variable of the untyped Trace, or a shared one, its value."""
        if isinstance(place, Cell):
            self.s.heap[place] = value
        else:
            self.s.env[place] = value

    def put_together(self, c: _Carried):
        """The value that is made of the variables carried for it; its objects are new."""
        return forms.put_together(c.shape, iter(c.vars), self.s.heap)

    def flatten(self, value, shape, like=None) -> list:
        """The atoms of a carried value of this form."""
        s = self.s
        if forms.holds_fixed(shape):
            return forms.flattened(s, value, shape, s.heap, self.before)
        if shape is None:
            if isinstance(like, ListCell) and isinstance(value, Pack):
                return [references.list_atom(s, Sequence(like))]
            return [s.atom(value)]
        if isinstance(shape, forms.EntriesForm):
            items = value.items if isinstance(value, Entries) else (UNDEFINED,) * len(shape.parts)
            return [a for v, part in zip(items, shape.parts) for a in self.flatten(v, part)]
        if value == UNDEFINED:
            return [UNDEFINED] * _count(shape)
        items = value.items if isinstance(value, Pack) else unpacked(s, value, len(shape), -1)
        return [a for v, part in zip(items, shape) for a in self.flatten(v, part)]

    def rewrap(self) -> None:
        """Have the carried variables as the program has them."""
        if self.s.program.containers:
            for c in self.stmt.carried:
                self.s.env[c] = joins.rewrapped(self.s, self.s.env[c])

    # --- the loop itself ----------------------------------------------------------------------------------------------

    def emit(self) -> None:
        """The loop as the last pass has written it."""
        s, body = self.s, self.body
        carried, inits, yields = [], [], []
        s.heap = self.before
        for c in self.carried:
            if c.yields is None:
                self.put(c.like, c.constant)
                continue
            self.put(c.like, self.put_together(c))
            for var, init, after in zip(c.vars, c.flat, c.yields):
                if s.program.containers:
                    alone = c.like not in self.pinned_before if isinstance(c.like, ListCell) else not any(
                        found.cell in self.pinned_before for found in joins.references(c.initial, self.before, set()))
                    init = references.widened(s, init, var.kind, alone)
                    with s.b.inside(body):
                        after = references.widened(s, after, var.kind, isinstance(c.like, ListCell) and alone)
                carried.append(var)
                inits.append(init)
                yields.append(after)
        with s.b.inside(body):
            stop = None if self.stop is None else s.atom(self.stop)
        body.yields = tuple(yields)
        if s.program.containers:
            carried, inits = self.without_unchanged(carried, inits)
        if isinstance(self.stmt, While):
            self.test.yields = (self.cond,)
            s.b.emit(While(tuple(carried), tuple(inits), self.test, body, stop, self.loc))
        else:
            s.b.emit(For(tuple(self.sources), tuple(carried), tuple(inits), body, stop, self.loc))
        s.b.loc = self.loc
        self.rewrap()

    def without_unchanged(self, carried: list, inits: list) -> tuple:
        """Lists that a loop changes, but that are the same on all its trips, need not be carried along."""
        s, body = self.s, self.body
        unchanged = {c: i for c, i, y in zip(carried, inits, body.yields)
                     if c is y and isinstance(c.kind, ListOf) and isinstance(i, Var) and i.kind == c.kind}
        if not unchanged:
            return carried, inits
        kept = [k for k, c in enumerate(carried) if c not in unchanged]
        body.yields = tuple(body.yields[k] for k in kept)
        for block in (body, self.test):
            replace(block, unchanged)
        for c in self.carried:
            place = s.heap if isinstance(c.like, Cell) else s.env
            place[c.like] = _replaced(place[c.like], unchanged)
        return [carried[k] for k in kept], [inits[k] for k in kept]


def _new_vars(like, kinds: list, shape) -> list:
    """Variables for the atoms of a carried value."""
    if forms.holds_fixed(shape):
        return [_new(hint, kind) for hint, kind in zip(forms.hints(shape, like.hint), kinds, strict=True)]
    return [_new(like.hint if shape is None else "", kind) for kind in kinds]


def _new(hint: str, kind: Kind) -> Var:
    var = Var(hint)
    var.kind = name_axes(kind, var.serial)
    return var


def _replaced(value, instead: dict):
    """A value with other atoms for some of its Vars."""
    match value:
        case Var():
            return instead.get(value, value)
        case Pack(items=items):
            return Pack(tuple(_replaced(i, instead) for i in items))
        case Entries(keys=keys, items=items):
            return Entries(keys, tuple(_replaced(i, instead) for i in items))
    return value


def _form(value):
    """The structure of a Pack, as nested tuples of None; None for anything else."""
    if isinstance(value, Entries):
        return forms.EntriesForm(value.keys, tuple(map(_form, value.items)))
    return tuple(map(_form, value.items)) if isinstance(value, Pack) else None


def _count(shape) -> int:
    if isinstance(shape, forms.EntriesForm):
        return sum(map(_count, shape.parts))
    return 1 if shape is None else sum(map(_count, shape))
