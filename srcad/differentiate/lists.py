"""Reverse mode for lists that are changed.

Such a list has a shadow: a list of the same length. If it holds values, the shadow holds their adjoints so far; if it
holds arrays or lists that are written to, it holds their shadows. Whatever happens to the list happens to its shadow,
and the reverse sweep undoes it in both::

    xs.append(e)             xs_bar.append(0.0)          in reverse:  e_bar += xs_bar.pop()
    v = xs.pop()             xs_bar.pop()                             xs_bar.append(v_bar)
    xs[i] = e                                                         e_bar += xs_bar[i]; xs_bar[i] = 0.0
    xs[:] = ys               saved = list(xs)                         ys_bar += xs_bar; xs_bar[:] = zeros_like(saved)

The list itself is put back only where the reverse sweep reads it. Tuples and lists that nobody changes, but that hold what
is written to, have *holders*: the same structure of shadows, to take these out of.
"""

from __future__ import annotations

import operator

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.differentiate.operations import reverse
from srcad.errors import UnsupportedError
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Block, For, Lit, Source, Var, walk
from srcad.trace.kinds import (
    NONE,
    Array,
    Bottom,
    Cursor,
    DictOf,
    Kind,
    ListOf,
    Scalar,
    SliceOf,
    Tape,
    TupleOf,
    is_differentiable,
    tangent_kind,
)
from srcad.trace.sharing import FORM_ONLY

HOLDERS = (TupleOf, ListOf, DictOf, Tape, Cursor)
#: Operations on containers that are done to their shadows in the same way.
MIRRORED = {operator.getitem, operator.add, operator.mul, list, tuple, intrinsics.copy_value, intrinsics.unpack,
            intrinsics.rewind, intrinsics.cursor, intrinsics.take}
#: What takes the adjoint of joined arrays apart, in views of it.
SPLITS = {runtime.split_like, runtime.split_stacked, runtime.unstack_like, runtime.nest_like}
DISPLAYS = {intrinsics.build_tuple, intrinsics.build_list, intrinsics.new_list, intrinsics.build_dict}


def gives_views(stmt: Apply) -> bool:
    """Does it take an array apart, in views that are arrays of its own type?"""
    if stmt.fn not in SPLITS:
        return False
    whole, pieces = kind_of_atom(stmt.args[0]), kind_of_atom(stmt.args[1])
    if not isinstance(whole, Array) or whole.dtype is None or not isinstance(pieces, ListOf | TupleOf):
        return False
    kinds = pieces.items if isinstance(pieces, TupleOf) or pieces.items is not None else (pieces.element,)
    return all(isinstance(k, Array) and k.dtype == whole.dtype and k.dims for k in kinds)


def is_empty(kind: Kind) -> bool:
    """Is a value of this kind an empty list?"""
    return isinstance(kind, ListOf) and isinstance(kind.element, Bottom)


def check_loops(function, aliases) -> None:
    """Refuse loops that make a list longer or shorter which they go through."""
    for stmt in walk(function.body):
        if not isinstance(stmt, For):
            continue
        lists = [s.iterable for s in stmt.sources if isinstance(kind_of_atom(s.iterable), ListOf)]
        through = {aliases.number(xs) for xs in lists} - {None}
        for inner in walk(stmt.body) if through else ():
            if isinstance(inner, Apply) and aliases.number(inner.args[0] if inner.args else None) in through and any(
                    may_be_same(xs.kind, kind_of_atom(inner.args[0])) for xs in lists) and (
                    inner.fn in (list.append, list.pop) or inner.fn is operator.setitem and isinstance(
                        kind_of_atom(inner.args[1]), SliceOf)):
                raise UnsupportedError("a list gets longer or shorter while a loop goes through it",
                                       "go through a copy: `list(items)`", inner.loc)


def may_be_same(one: Kind, other: Kind) -> bool:
    """May two lists be one, by what their items are?"""
    if not isinstance(one, ListOf) or not isinstance(other, ListOf):
        return True
    forms = {Scalar: 0, Array: 1, ListOf: 2, TupleOf: 3}
    found = {forms.get(type(k.element)) for k in (one, other)}
    return len(found) == 1 or None in found


def check_items(aliases, active: set) -> None:
    """Refuse lists that are changed and hold tuples of which parts are written to."""
    for stmt in aliases.written:
        for xs in aliases.changed(stmt):
            if isinstance(xs.kind, ListOf) and xs in active and aliases.may_share(xs.kind.element) and (
                    aliases.held_number(xs) is None and aliases.holds_memory(xs)):
                raise UnsupportedError("a list that is changed holds tuples or dicts of arrays that are written to",
                                       "use a list for each of them", stmt.loc)


def zeros(b, xs, kind: Kind, target: Var | None = None) -> Var:
    """A list of zeros, for the items of a list of this kind. (Whole numbers among its items count as what the others are.)"""
    if isinstance(kind.element, Scalar):
        zero = Lit(0j) if kind.element.base is complex else Lit(0.0)
        one = b.apply(intrinsics.new_list, zero, kind=tangent_kind(kind))
        return b.apply(operator.mul, one, b.apply(len, xs), target=target, kind=tangent_kind(kind))
    return b.apply(runtime.zeros_like, xs, target=target, kind=tangent_kind(kind))


class Lists:
    """What `memory.Memory` does for lists, and for what holds arrays and lists that are written to."""

    def __init__(self, memory) -> None:
        self.memory, self.b, self.bars, self.aliases = memory, memory.b, memory.bars, memory.aliases
        holding = [v for v in memory.adjoint.active if isinstance(v.kind, HOLDERS) and self.aliases.number(v) is None and
                   self.aliases.holds_memory(v)]
        # An empty list, or one of zeros, depends on nothing, but may be what a loop begins with.
        known = set(holding)
        holding += [v for v, made in self.aliases.definitions.items() if known and v not in known and
                    self.aliases.number(v) is None and (is_empty(v.kind) or made.fn is runtime.zeros_like and isinstance(
                        v.kind, ListOf) and self.aliases.holds_memory(v))]
        self.holders: dict[Var, Var] = {
            v: Var("", tangent_kind(v.kind) if not isinstance(v.kind, Tape | Cursor) else type(v.kind)(None), of=v,
                   suffix=memory.suffix + "s") for v in holding}

    # --- questions ----------------------------------------------------------------------------------------------------

    def holds_references(self, xs: Var) -> bool:
        """Does a list hold what has shadows of its own?"""
        return self.aliases.may_share(xs.kind.element) and self.aliases.held_number(xs) is not None

    def mirror(self, atom):
        """The shadow, or holder, of an atom; None if it has none."""
        if not isinstance(atom, Var):
            return None
        return self.memory.shadows.get(atom, self.holders.get(atom))

    def mirrored(self, atom, target: Var | None = None):
        """What an atom's place in a holder gets."""
        found = self.mirror(atom)
        if found is not None:
            return found
        if atom == Lit(UNDEF):
            return atom
        if isinstance(atom, Var) and isinstance(atom.kind, ListOf) and is_differentiable(atom.kind):
            return zeros(self.b, atom, atom.kind)
        return Lit(None)

    def recorded(self, atom):
        """What goes beside an atom that is recorded: a list of values may be None there, where a branch has left it out."""
        if self.mirror(atom) is None and isinstance(atom, Var) and isinstance(atom.kind, ListOf) and is_differentiable(atom.kind):
            return self.b.apply(runtime.zeros_like, atom, kind=tangent_kind(atom.kind))
        return self.mirrored(atom)

    # --- lists are made -----------------------------------------------------------------------------------------------

    def again(self, stmt: Apply, target: Var) -> None:
        """The same operation on the holders, or shadows, of what an operation takes."""
        if is_empty(stmt.target.kind):
            self.b.apply(intrinsics.new_list, target=target, kind=target.kind)
            return
        if stmt.fn is runtime.zeros_like:
            self.b.apply(stmt.fn, stmt.target, target=target, kind=target.kind)
            return
        if stmt.fn in DISPLAYS:
            args = [a if stmt.fn is intrinsics.build_dict and k % 2 == 0 else self.mirrored(a) for k, a in enumerate(stmt.args)]
            fn = intrinsics.new_list if stmt.fn is intrinsics.build_list else stmt.fn
            self.b.apply(fn, *args, target=target, kind=target.kind)
            return
        if stmt.fn is intrinsics.new_tape:
            self.b.apply(stmt.fn, target=target, kind=target.kind)
            return
        if stmt.fn not in MIRRORED and not gives_views(stmt) or not any(self.mirror(a) is not None for a in stmt.args):
            raise UnsupportedError("what this gives holds arrays or lists that are written to, and is not known to srcad",
                                   "take them out one by one", stmt.loc)
        args = [self.mirrored(a) if isinstance(a, Var) and (self.mirror(a) is not None or isinstance(a.kind, HOLDERS)) and not (
            stmt.fn is operator.getitem and k == 1) and (stmt.fn, k) not in FORM_ONLY else a for k, a in enumerate(stmt.args)]
        self.b.apply(stmt.fn, *args, target=target, kind=target.kind)

    def hold(self, stmt: Apply) -> list:
        """The forward statements that make the holder of an operation's result."""
        with self.b.placed(stmt.loc, stmt.origin), self.memory.forward() as made:
            self.again(stmt, self.holders[stmt.target])
        return self.memory.noted(made.stmts, stays=True)

    def push(self, stmt: Apply) -> list:
        """A recording of arrays or lists that are written to, and that of their shadows."""
        with self.b.placed(stmt.loc, stmt.origin), self.memory.forward() as made:
            self.b.apply(stmt.fn, self.holders[stmt.args[0]], *map(self.recorded, stmt.args[1:]))
        return [stmt, *made.stmts]

    def define(self, stmt: Apply) -> list:
        """The forward statements for an operation that gives a list which is changed; its adjoint is written."""
        target, fn = stmt.target, stmt.fn
        shadow = self.memory.shadows[target]
        takes = fn is operator.getitem and not isinstance(kind_of_atom(stmt.args[1]), SliceOf) or fn in (
            intrinsics.copy_value, intrinsics.take)
        source = self.mirror(stmt.args[0]) if stmt.args else None
        with self.b.placed(stmt.loc, stmt.origin), self.memory.forward() as made:
            if takes and source is not None or self.holds_references(target):
                self.again(stmt, shadow)
            elif takes and fn is not intrinsics.copy_value:
                raise UnsupportedError("a list that is changed is taken out of something that is not known to srcad",
                                       "make a copy of it: `list(...)`", stmt.loc)
            elif fn is intrinsics.new_list:
                made_of = [self.zero(a, target.kind.element) for a in stmt.args]
                self.b.apply(fn, *made_of, target=shadow, kind=shadow.kind)
            else:
                zeros(self.b, target, target.kind, shadow)
        if not takes and not self.holds_references(target):
            with self.b.placed(stmt.loc, stmt if stmt.origin is None else stmt.origin):
                self.bars.start()
                if fn is intrinsics.new_list:
                    for k, a in enumerate(stmt.args):
                        if a in self.memory.adjoint.active:
                            self.bars.contribute(a, self.b.apply(operator.getitem, shadow, Lit(k),
                                                                 kind=tangent_kind(kind_of_atom(a))))
                elif any(a in self.memory.adjoint.active for a in stmt.args):
                    reverse(self.memory.adjoint, stmt)
        return [stmt, *self.memory.noted(made.stmts, stays=True)]

    def zero(self, atom, kind: Kind):
        """The adjoint, so far, of a value that a list holds."""
        if not is_differentiable(kind):
            return Lit(None)
        if isinstance(kind, Scalar):
            return Lit(0j) if kind.base is complex else Lit(0.0)
        return self.b.apply(runtime.zeros_like, atom, kind=tangent_kind(kind))

    def parameter(self, var: Var) -> None:
        if self.holds_references(var):
            raise UnsupportedError(f"the list {var.hint} is given, and arrays or lists in it are written to",
                                   "pass them as arguments of their own", self.memory.adjoint.primal.loc)
        zeros(self.b, var, var.kind, self.memory.shadows[var])

    # --- adjoints are added -------------------------------------------------------------------------------------------

    def hand_out(self, container: Var, g) -> bool:
        """Add the adjoint of what holds written arrays to their shadows, at once: they may have been written to since it was
        made. False if it holds none itself."""
        kind = container.kind
        if isinstance(kind, ListOf) and (self.holds_references(container) or kind.items is None):
            if not self.holds_references(container):
                raise UnsupportedError("a list of tuples of arrays that are written to is used as a whole", "use its items",
                                       self.b.loc)
            self.add(self.holders[container], g, container)
            return True
        if not isinstance(kind, TupleOf | ListOf):
            return False
        for k, item in enumerate(kind.items):
            self.bars.contribute_item(container, Lit(k), self.bars.component(g, k, item))
        return True

    def hand_out_item(self, container: Var, key, g) -> bool:
        """The same of one item; False if that is a value."""
        made = self.b.definition(container)
        if made is not None and made.fn in (intrinsics.build_tuple, intrinsics.build_list) and isinstance(key, Lit) and (
                type(key.value) is int):
            item = made.args[key.value]
            if not self.bars.in_memory(item) and item not in self.holders:
                return False
            self.bars.contribute(item, g)
            return True
        kind = self.bars.item_kind(container.kind, key.value if isinstance(key, Lit) else None)
        if not isinstance(kind, Array) or self.aliases.held_number(container) is None:
            return False
        shadow = self.b.apply(operator.getitem, self.holders[container], key, kind=tangent_kind(kind))
        self.b.apply(operator.iadd, shadow, self.bars.atom_of(g, kind))
        return True

    def contribute(self, xs: Var, g) -> None:
        """Add a list of adjoints to a list's shadow."""
        self.add(self.memory.shadows[xs], g, xs)

    def add(self, shadow: Var, g, xs: Var) -> None:
        if not self.holds_references(xs):
            self.b.apply(runtime.add_items, shadow, g)
            return
        kind = tangent_kind(xs.kind.element)
        if not isinstance(kind, Array | ListOf) or isinstance(kind, ListOf) and not isinstance(kind.element, Scalar):
            raise UnsupportedError("a list of lists of lists, which are changed, is used as a whole", "use its items",
                                   self.b.loc)
        one, more = Var("", kind), Var("", kind)
        add = operator.iadd if isinstance(kind, Array) else runtime.add_items
        body = Block([Apply(Var("", kind if isinstance(kind, Array) else NONE), add, (one, more), (), self.b.loc)])
        self.b.emit(For((Source(one, shadow), Source(more, g)), (), (), body, loc=self.b.loc, origin=self.b.origin))

    def contribute_item(self, xs: Var, key, g, kind: Kind) -> None:
        """Add to the adjoint of ``xs[key]``."""
        shadow = self.memory.shadows[xs]
        if isinstance(kind_of_atom(key), SliceOf):
            size = self.b.apply(runtime.add_slice, shadow, key, g, kind=shadow.kind)
            every = self.b.apply(intrinsics.build_slice, Lit(None), Lit(None), Lit(None))
            self.b.apply(operator.setitem, shadow, every, size)
        elif isinstance(kind, Scalar):
            self.b.apply(intrinsics.add_at, shadow, key, g)
        else:
            self.b.apply(runtime.add_to_item, shadow, key, g)

    # --- lists are changed --------------------------------------------------------------------------------------------

    def write(self, stmt: Apply) -> list:
        """The forward statements for an operation that changes a list; its adjoint is written."""
        xs, fn = stmt.args[0], stmt.fn
        shadow = self.memory.shadows.get(xs)
        change = self.items_replaced if fn is operator.setitem and isinstance(kind_of_atom(stmt.args[1]), SliceOf) else {
            list.append: self.appended, list.pop: self.popped, operator.setitem: self.item_replaced,
            intrinsics.add_at: self.item_added, runtime.add_to_item: self.item_added, runtime.add_items: self.items_added,
        }.get(fn)
        if change is None:
            raise UnsupportedError("a list is changed in a way that is not known to srcad", "assign its items", stmt.loc)
        before, after = Block(), Block()
        self.bars.start()
        with self.b.placed(stmt.loc, stmt if stmt.origin is None else stmt.origin):
            change(stmt, xs, shadow, shadow is not None and self.holds_references(xs), before, after)
        return [*before.stmts, stmt, *after.stmts]

    def forwards(self, block: Block, stmt: Apply, fn, *args, target: Var | None = None, kind: Kind = NONE) -> Var:
        """Append an operation to statements of the forward sweep."""
        with self.b.placed(stmt.loc, stmt.origin), self.memory.forward() as made:
            result = self.b.apply(fn, *args, target=target, kind=kind)
        block.stmts += made.stmts
        return result

    def forward_value(self, block: Block, stmt: Apply, make):
        """A value that statements of the forward sweep make."""
        with self.b.placed(stmt.loc, stmt.origin), self.memory.forward() as made:
            result = make()
        block.stmts += made.stmts
        return result

    def is_active(self, value) -> bool:
        return isinstance(value, Var) and value in self.memory.adjoint.active

    def appended(self, stmt, xs, shadow, references, before, after) -> None:
        value = stmt.args[1]
        if shadow is not None:
            made = self.forward_value(after, stmt, lambda: self.mirrored(value) if references else self.zero(
                value, xs.kind.element))
            self.forwards(after, stmt, list.append, shadow, made)
            g = self.b.apply(list.pop, shadow, kind=shadow.kind.element)
        if self.memory.restores(xs):
            self.b.apply(list.pop, xs, kind=xs.kind.element)
        if shadow is not None and not references and self.is_active(value):
            self.bars.contribute(value, g)

    def popped(self, stmt, xs, shadow, references, before, after) -> None:
        value = stmt.target
        bar = None
        if shadow is not None:
            target = self.mirror(value) if references else None
            taken = self.forwards(after, stmt, list.pop, shadow, target=target, kind=shadow.kind.element)
            bar = taken if references else self.bars.materialised(value) if self.is_active(value) else None
            if bar is None:
                bar = self.zero(value, xs.kind.element)
            self.bars.of.pop(value, None)
            self.b.apply(list.append, shadow, bar)
        if self.memory.restores(xs):
            self.b.apply(list.append, xs, value)

    def item_replaced(self, stmt, xs, shadow, references, before, after) -> None:
        index, value = stmt.args[1:]
        kind = xs.kind.element
        needs_old = self.memory.restores(xs) or shadow is not None and not references and not isinstance(kind, Scalar)
        saved = self.forwards(before, stmt, operator.getitem, xs, index, target=Var("saved"), kind=kind) if needs_old else None
        if shadow is not None and references:
            old = self.forwards(before, stmt, operator.getitem, shadow, index, kind=shadow.kind.element)
            new = self.forward_value(after, stmt, lambda: self.mirrored(value))
            self.forwards(after, stmt, operator.setitem, shadow, index, new)
            self.b.apply(operator.setitem, shadow, index, old)
        elif shadow is not None:
            if not isinstance(kind, Scalar):
                new = self.forward_value(after, stmt, lambda: self.zero(value, kind))
                self.forwards(after, stmt, operator.setitem, shadow, index, new)
            g = self.b.apply(operator.getitem, shadow, index, kind=shadow.kind.element)
            self.b.apply(operator.setitem, shadow, index, self.zero(saved, kind))
        if self.memory.restores(xs):
            self.b.apply(operator.setitem, xs, index, saved)
        if shadow is not None and not references and self.is_active(value):
            self.bars.contribute(value, g)

    def items_replaced(self, stmt, xs, shadow, references, before, after) -> None:
        every, value = stmt.args[1:]
        needs_old = self.memory.restores(xs) or shadow is not None and not references
        saved = self.forwards(before, stmt, list, xs, target=Var("saved"), kind=xs.kind) if needs_old else None
        if shadow is not None and references:
            old = self.forwards(before, stmt, list, shadow, kind=shadow.kind)
            new = self.forward_value(after, stmt, lambda: self.mirrored(value))
            self.forwards(after, stmt, operator.setitem, shadow, every, new)
            self.b.apply(operator.setitem, shadow, every, old)
        elif shadow is not None:
            new = self.forward_value(after, stmt, lambda: zeros(self.b, value, xs.kind))
            self.forwards(after, stmt, operator.setitem, shadow, every, new)
            g = self.b.apply(list, shadow, kind=shadow.kind)
            self.b.apply(operator.setitem, shadow, every, zeros(self.b, saved, xs.kind))
        if self.memory.restores(xs):
            self.b.apply(operator.setitem, xs, every, saved)
        if shadow is not None and not references and self.is_active(value):
            self.bars.contribute(value, g)

    def item_added(self, stmt, xs, shadow, references, before, after) -> None:
        index, value = stmt.args[1:]
        if self.memory.restores(xs):
            saved = self.forwards(before, stmt, operator.getitem, xs, index, target=Var("saved"), kind=xs.kind.element)
            self.b.apply(operator.setitem, xs, index, saved)
        if shadow is not None and self.is_active(value):
            self.bars.contribute(value, self.b.apply(operator.getitem, shadow, index, kind=shadow.kind.element))

    def items_added(self, stmt, xs, shadow, references, before, after) -> None:
        value = stmt.args[1]
        if self.memory.restores(xs):
            every = self.b.apply(intrinsics.build_slice, Lit(None), Lit(None), Lit(None))
            saved = self.forwards(before, stmt, list, xs, target=Var("saved"), kind=xs.kind)
            self.b.apply(operator.setitem, xs, every, saved)
        if shadow is not None and self.is_active(value):
            self.bars.contribute(value, self.b.apply(list, shadow, kind=shadow.kind))
