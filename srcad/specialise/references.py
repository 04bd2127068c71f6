"""Lists and dicts that the program changes, as references to what they hold.

A list or dict made by the program is a *reference*: every name that has it has the same cell, and the cell's content is
what it holds now. The content of a list is a `Pack` as long as its length and items are known while compiling: a change
then makes another Pack and costs nothing in the generated code. Where they are not known (a list that grows in a loop, an
index known at run time, a list held by another one) the content is a list of the generated code, changed by a few
operations that the derivative knows (`lists`). A dict has keys that are known while compiling (`dicts`).
"""

from __future__ import annotations

import operator

from srcad.analysis.atoms import kind_of_atom, literal
from srcad.specialise.program import ArgumentsChange, ContainersChange, EmptyLists, ItemsChange
from srcad.specialise.values import (
    DictCell,
    Entries,
    Generated,
    Keyed,
    ListCell,
    Mapping,
    NotOneFunction,
    Pack,
    Sequence,
    Unclear,
    is_atom,
)
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Lit, Var
from srcad.trace.kinds import (
    BOTTOM,
    FLOAT,
    Bottom,
    DictOf,
    Kind,
    ListOf,
    Object,
    Scalar,
    Static,
    is_vague,
    join,
    join_all,
    literal_kind,
    without_sizes,
)

FRESH_LISTS = {list, sorted, operator.add, operator.mul, intrinsics.comprehend, intrinsics.build_list}


class KeysChange(NotOneFunction):
    """The keys of a dict are not the same on every trip or path; writing the trips out may help."""


def follow(s) -> None:
    """Compile the program again with its containers followed, if they are not yet."""
    if not s.program.containers:
        raise ContainersChange


def open_arguments(s) -> None:
    """Compile the program again with its arguments taken apart, if they are not yet."""
    if not s.program.opened:
        raise ArgumentsChange


def new_list(s, items, name: str = "") -> Sequence:
    """A list of known items."""
    if any(isinstance(i, Generated) for i in items):
        raise s.kept_iterator()
    cell = ListCell(name, s.b.loc)
    s.heap[cell] = Pack(tuple(items))
    return Sequence(cell)


def new_dict(s, entries: Entries, name: str = "") -> Mapping:
    cell = DictCell(name)
    s.heap[cell] = entries
    return Mapping(cell)


def content(s, value: Sequence | Mapping):
    """What a list or dict holds now."""
    held = s.read_cell(value.cell)
    if isinstance(held, Unclear):
        what = "list" if isinstance(value, Sequence) else "dict"
        raise KeysChange(f"what this {what} holds depends on the way that the program takes at run time",
                         "give it the same keys on every path and before the loop, and keep functions in variables of their own",
                         s.b.loc)
    return held


def wrapped(s, value, fresh: bool = False):
    """A list or dict of the generated code, as the program has it: under a cell of its own."""
    if not s.program.containers or s.frozen or not isinstance(value, Var):
        return value
    if isinstance(value.kind, ListOf):
        made = s.b.definition(value)
        if fresh and made is not None and made.fn is intrinsics.build_list:
            return new_list(s, made.args)
        if value.kind.items is not None:
            value = s.b.apply(intrinsics.copy_value, value, kind=ListOf(loose(value.kind.element)))
        cell = ListCell(value.hint)
        s.heap[cell] = value
        if not fresh:
            s.pinned.add(cell)
        return Sequence(cell)
    if isinstance(value.kind, DictOf):
        items = [s.b.apply(operator.getitem, value, Lit(k), kind=item) for k, item in zip(value.kind.keys, value.kind.values)]
        found = new_dict(s, Entries(value.kind.keys, tuple(items)))
        if not fresh:
            s.pinned.add(found.cell)
        return found
    return value


def loose(kind: Kind) -> Kind:
    """The kind of an item of a list: no symbols of sizes, no constants."""
    if isinstance(kind, Static) and type(kind.value) in (bool, int, float, complex):
        kind = literal_kind(kind.value)
    return without_sizes(kind)


def item_kind(s, atom) -> Kind:
    """The kind that an item gives to its list."""
    if s.program.floats and isinstance(atom, Lit) and type(atom.value) is int:
        return FLOAT
    return loose(kind_of_atom(atom))


def list_atom(s, value: Sequence) -> Var:
    """The list of the generated code; from here on it is one, under whatever name."""
    held = content(s, value)
    if not isinstance(held, Pack):
        return held
    if value.cell in s.making:
        raise s.refuse("a list is put into itself", "make another list")
    s.making.add(value.cell)
    try:
        atoms = [s.atom(i) for i in held.items]
    finally:
        s.making.discard(value.cell)
    element = join_all(item_kind(s, atom) for atom in atoms)
    if not atoms and value.cell.place is not None:
        element = s.program.empty_lists.setdefault(value.cell.place, BOTTOM)
        if value.cell in s.pinned:
            s.program.held_lists.add(value.cell.place)
    made = s.b.apply(intrinsics.new_list, *atoms, kind=ListOf(element))
    made.hint = "" if s.frozen else value.cell.name
    s.heap[value.cell] = made
    return made


def escaped(s, value: Sequence) -> Var:
    """The list of the generated code, which something besides the program's names gets hold of."""
    s.pinned.add(value.cell)
    return list_atom(s, value)


def escape_all(s, value) -> None:
    """Make all lists in a value lists of the generated code."""
    match value:
        case Sequence():
            list_atom(s, value)
        case Pack(items=items) | Entries(items=items):
            for item in items:
                escape_all(s, item)


def dict_atom(s, value: Mapping) -> Var:
    """A dict of the generated code that is as this one is now; it may not be changed any more."""
    held = content(s, value)
    if isinstance(held, Keyed):
        raise s.refuse("a dict whose keys are known only at run time is returned, or kept in a list or another dict",
                       "return a list of its values, or keep lists")
    s.pinned.add(value.cell)
    return s.b.apply(intrinsics.build_dict, *[part for k, v in zip(held.keys, held.items) for part in (Lit(k), s.atom(v))])


def read_only(s, value):
    """An operand of a function that takes what is in it, and keeps nothing of it."""
    match value:
        case Sequence():
            held = content(s, value)
            if isinstance(held, Pack):
                return s.b.apply(intrinsics.build_list, *[s.atom(read_only(s, i)) for i in held.items])
            return held
        case Pack(items=items):
            return Pack(tuple(read_only(s, i) for i in items))
    return value


def viewed(s, value):
    """A list as its items, for what only goes through them."""
    if isinstance(value, Sequence):
        return content(s, value)
    return value


def is_reference(value) -> bool:
    return isinstance(value, Sequence | Mapping)


def holds_reference(value) -> bool:
    """Is the value, or an item of it, a list or dict that is followed?"""
    return is_reference(value) or isinstance(value, Pack | Entries) and any(map(holds_reference, value.items))


def kind_of_reference(s, value) -> Kind:
    held = content(s, value)
    if isinstance(held, Keyed):
        return Object(dict)
    if isinstance(value, Mapping):
        return DictOf(held.keys, tuple(map(s.kind, held.items)))
    if not isinstance(held, Pack):
        return held.kind
    kinds = tuple(map(s.kind, held.items))
    return ListOf(join_all(kinds), kinds)


def holds_dict(value) -> bool:
    """Is the value, or an item of it, a dict that is followed?"""
    return isinstance(value, Mapping) or isinstance(value, Pack | Entries) and any(map(holds_dict, value.items))


def room(s, value: Sequence, kind: Kind) -> Var:
    """The list of the generated code, for a change that puts an item of this kind into it."""
    var = list_atom(s, value)
    held, kind = var.kind.element, loose(kind)
    element = join(held, kind)
    if is_vague(element):
        raise s.refuse("a list gets items of different kinds, and which is where is known only at run time",
                       "use a list for each kind, or a tuple for each item")
    if element == held or isinstance(held, Scalar) and isinstance(kind, Scalar) and held.base is kind.base and (
            value.cell in s.pinned):
        return var
    wider = s.heap[value.cell] = widened(s, var, ListOf(element), value.cell not in s.pinned)
    return wider


def widened(s, atom, kind: Kind, alone: bool):
    """A list under a kind that covers more; `alone` says that nobody else knows it under its own."""
    if not isinstance(atom, Var) or not isinstance(kind, ListOf) or not isinstance(atom.kind, ListOf) or (
            atom.kind.element == kind.element):
        return atom
    if not alone:
        bases = [k.element.base if isinstance(k.element, Scalar) else type(k.element) for k in (atom.kind, kind)]
        if isinstance(atom.kind.element, Bottom) and BOTTOM in s.program.empty_lists.values():
            empty = [place for place, known in s.program.empty_lists.items() if known == BOTTOM]
            held = [place for place in empty if place in s.program.held_lists]
            raise EmptyLists(dict.fromkeys(held or empty, kind.element))
        if isinstance(atom.kind.element, Bottom):
            raise s.refuse("an empty list from outside the function (an argument, the default of a parameter, a global, an "
                           "attribute) gets items: what they are is not known when the function begins",
                           "make the list in the function (`acc = [] if acc is None else acc`, with None as the default)")
        if bases[0] is not bases[1]:
            raise ItemsChange("a list that is held elsewhere too, or was given, gets an item of another kind",
                              "begin with items of that kind (0.0 for 0), or fill the list before it is put elsewhere", s.b.loc)
    made = s.b.definition(atom)
    if alone and made is not None and made.fn in (*FRESH_LISTS, intrinsics.new_list):
        atom.kind = ListOf(kind.element)
        s.widenings.append(atom)
        return atom
    wider = s.b.apply(intrinsics.copy_value, atom, kind=ListOf(kind.element))
    wider.hint = atom.hint
    return wider


def constant(s, value):
    """The value of an index or key, if it is known; else UNDEF."""
    return literal(value, s.b.definition) if is_atom(value) else UNDEF


def index_of(held: Pack, at) -> int | None:
    return at % len(held.items) if type(at) in (int, bool) and -len(held.items) <= at < len(held.items) else None
