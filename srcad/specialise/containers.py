"""Lists and dicts that the program changes.

A list or dict made by the program is a *reference*: every name that has it has the same cell, and the cell's content is
what it holds now. The content of a list is a `Pack` as long as its length and items are known while compiling: a change
then makes another Pack and costs nothing in the generated code. Where they are not known (a list that grows in a loop, an
index known at run time, a list held by another one) the content is a list of the generated code, changed by a few
operations that the derivative knows::

    xs.append(e)   xs.pop()   xs[i] = e   xs[:] = ys

Everything else comes down to these. A dict has keys that are known while compiling.
"""

from __future__ import annotations

import operator

from srcad.analysis.atoms import kind_of_atom, literal
from srcad.specialise import forms
from srcad.specialise.program import ContainersChange
from srcad.specialise.values import (
    Closure,
    DictCell,
    Entries,
    Enumerate,
    Generated,
    Items,
    ListCell,
    Mapping,
    NotOneFunction,
    Pack,
    Partial,
    Sequence,
    Unclear,
    Zip,
    is_atom,
)
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Block, For, Lit, Source, Var
from srcad.trace.kinds import (
    BOTTOM,
    INT,
    NONE,
    DictOf,
    Kind,
    ListOf,
    Numeric,
    Object,
    Scalar,
    SliceOf,
    Static,
    TupleOf,
    Unknown,
    join,
    literal_kind,
    without_sizes,
)

#: A list of known items that gets longer than this becomes one of the generated code.
LONGEST = 64
LIST_CHANGES = {"append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort"}
DICT_CHANGES = {"pop", "popitem", "clear", "setdefault", "update"}
FRESH_LISTS = {list, sorted, operator.add, operator.mul, intrinsics.comprehend, intrinsics.build_list}


class KeysChange(NotOneFunction):
    """The keys of a dict are not the same on every trip or path; writing the trips out may help."""


def follow(s) -> None:
    """Compile the program again with its containers followed, if they are not yet."""
    if not s.program.containers:
        raise ContainersChange


# ---------------------------------------------------------------------------------------------------------------------
# References


def new_list(s, items, name: str = "") -> Sequence:
    """A list of known items."""
    if any(isinstance(i, Generated) for i in items):
        raise s.kept_iterator()
    cell = ListCell(name)
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
                         "give it the same keys on every path and before the loop", s.b.loc)
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
    element: Kind = BOTTOM
    for atom in atoms:
        element = join(element, loose(kind_of_atom(atom)))
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
    if isinstance(value, Mapping):
        return DictOf(held.keys, tuple(map(s.kind, held.items)))
    if not isinstance(held, Pack):
        return held.kind
    kinds = tuple(map(s.kind, held.items))
    element: Kind = BOTTOM
    for kind in kinds:
        element = join(element, kind)
    return ListOf(element, kinds)


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
        if bases[0] is not bases[1]:
            raise s.refuse("a list that is held elsewhere too, or was given, gets an item of another kind",
                           "begin with items of that kind (0.0 for 0), or fill the list before it is put elsewhere")
    made = s.b.definition(atom)
    if alone and made is not None and made.fn in (*FRESH_LISTS, intrinsics.new_list):
        atom.kind = ListOf(kind.element)
        return atom
    wider = s.b.apply(intrinsics.copy_value, atom, kind=ListOf(kind.element))
    wider.hint = atom.hint
    return wider


def is_vague(kind: Kind) -> bool:
    match kind:
        case Unknown() | Numeric():
            return True
        case DictOf(values=values):
            return any(map(is_vague, values))
        case Object(cls=cls):
            return cls is object
        case TupleOf(items=items):
            return any(map(is_vague, items))
        case ListOf(element=element):
            return is_vague(element)
    return False


def constant(s, value):
    """The value of an index or key, if it is known; else UNDEF."""
    return literal(value, s.b.definition) if is_atom(value) else UNDEF


def index_of(held: Pack, at) -> int | None:
    return at % len(held.items) if type(at) in (int, bool) and -len(held.items) <= at < len(held.items) else None


# ---------------------------------------------------------------------------------------------------------------------
# Lists: reading


def get_item(s, value: Sequence, index):
    """``xs[index]``"""
    from srcad.specialise.calls import raised

    held, at = content(s, value), constant(s, index)
    if isinstance(held, Pack):
        if isinstance(at, slice):
            return new_list(s, held.items[at])
        if type(at) in (int, bool):
            k = index_of(held, at)
            if k is not None:
                return held.items[k]
            return raised(s, IndexError, "list index out of range")
        elif isinstance(index, Var) and isinstance(index.kind, Scalar) and any(map(forms.is_function, held.items)):
            return forms.one_of(s, held.items, index)
    var = list_atom(s, value)
    index = s.atom(index)
    found = s.b.apply(operator.getitem, var, index)
    return wrapped(s, found, fresh=isinstance(kind_of_atom(index), SliceOf))


def copied(s, value: Sequence):
    """``list(xs)``, ``xs.copy()``, ``xs[:]``"""
    held = content(s, value)
    if isinstance(held, Pack):
        return new_list(s, held.items)
    return wrapped(s, s.b.apply(list, held), fresh=True)


def as_list(s, value) -> Sequence:
    """Any iterable as a list of its own."""
    from srcad.specialise import calls

    if isinstance(value, Sequence):
        return copied(s, value)
    items = calls.static_items(s, value)
    if items is not None:
        return new_list(s, items)
    return wrapped(s, s.b.apply(list, s.atom(value)), fresh=True)


def add(s, a, b):
    """``xs + ys``"""
    one, other = (content(s, v) if isinstance(v, Sequence) else v for v in (a, b))
    if isinstance(one, Pack) and isinstance(other, Pack):
        return new_list(s, one.items + other.items)
    atoms = [s.atom(v) for v in (a, b)]
    element = join(*(loose(kind_of_atom(x).element) for x in atoms))
    return wrapped(s, s.b.apply(operator.add, *atoms, kind=ListOf(element)), fresh=True)


def repeat(s, value: Sequence, times):
    """``xs * n``"""
    held, n = content(s, value), constant(s, times)
    if isinstance(held, Pack) and type(n) is int and n * len(held.items) <= LONGEST:
        return new_list(s, held.items * n)
    var = list_atom(s, value) if not isinstance(held, Pack) or holds_reference(held) else s.atom(read_only(s, value))
    return wrapped(s, s.b.apply(operator.mul, var, s.atom(times), kind=ListOf(loose(var.kind.element))), fresh=True)


# ---------------------------------------------------------------------------------------------------------------------
# Lists: changes


def set_item(s, value: Sequence, index, new) -> None:
    """``xs[index] = new``"""
    if isinstance(new, Generated):
        raise s.kept_iterator()
    held, at = content(s, value), constant(s, index)
    if isinstance(s.kind(index) if is_atom(index) else None, SliceOf) or isinstance(at, slice):
        set_slice(s, value, index, new)
        return
    if isinstance(held, Pack) and type(at) in (int, bool):
        k = index_of(held, at)
        if k is not None:
            s.heap[value.cell] = Pack((*held.items[:k], new, *held.items[k + 1:]))
            return
    new = s.atom(new)
    var = room(s, value, kind_of_atom(new))
    s.b.apply(operator.setitem, var, s.atom(index), new, kind=NONE)


def parts_of_slice(s, index) -> tuple:
    made = s.b.definition(index) if isinstance(index, Var) else None
    if made is None or made.fn not in (intrinsics.build_slice, slice) or len(made.args) != 3:
        raise s.refuse("a slice of a list that is kept in a variable is assigned or deleted", "write the slice where it is used")
    return made.args


def set_slice(s, value: Sequence, index, new) -> None:
    """``xs[a:b] = ys``"""
    from srcad.specialise import calls

    held, at = content(s, value), constant(s, index)
    new = new.items if isinstance(new, Generated) else new
    items = calls.static_items(s, new)
    if isinstance(held, Pack) and isinstance(at, slice) and items is not None:
        replaced = list(held.items)
        try:
            replaced[at] = items
        except ValueError as error:
            raise s.refuse(str(error), "assign as many items") from None
        s.heap[value.cell] = Pack(tuple(replaced))
        return
    added = as_list(s, new)
    start, stop, step = parts_of_slice(s, index)
    if step not in (Lit(None), Lit(1)):
        raise s.refuse("every so-manieth item of a list is assigned, of a length known only at run time",
                       "assign the items one by one")
    replace(s, value, between(s, value, start, stop, added))


def between(s, value: Sequence, start, stop, middle: Sequence | None):
    """The list with another part (or none) in the place of ``xs[start:stop]``."""
    from srcad.specialise import calls

    def piece(lo, hi):
        return get_item(s, value, s.b.apply(intrinsics.build_slice, lo, hi, Lit(None)))

    if start == Lit(None) and stop == Lit(None):
        return middle if middle is not None else new_list(s, ())
    head = new_list(s, ()) if start == Lit(None) else piece(Lit(None), start)
    left = length(s, head)
    gone = length(s, piece(start, stop))
    behind = calls.call(s, calls.Ref(operator.add), [left, gone], [])
    tail = new_list(s, ()) if stop == Lit(None) else piece(behind, Lit(None))
    found = head if middle is None else middle if start == Lit(None) else add(s, head, middle)
    return found if stop == Lit(None) else add(s, found, tail)


def length(s, value: Sequence):
    held = content(s, value)
    return Lit(len(held.items)) if isinstance(held, Pack) else s.b.apply(len, held)


def replace(s, value: Sequence, new: Sequence) -> None:
    """``xs[:] = ys``, of a list that nobody else has."""
    held = content(s, new)
    if isinstance(content(s, value), Pack):
        if isinstance(held, Pack):
            s.heap[value.cell] = held
            return
        list_atom(s, value)
    added = s.atom(read_only(s, new)) if isinstance(held, Pack) and not holds_reference(held) else list_atom(s, new)
    var = room(s, value, added.kind.element)
    every = s.b.apply(intrinsics.build_slice, Lit(None), Lit(None), Lit(None))
    s.b.apply(operator.setitem, var, every, added, kind=NONE)


def append(s, value: Sequence, item) -> None:
    """``xs.append(item)``"""
    if isinstance(item, Generated):
        raise s.kept_iterator()
    held = content(s, value)
    if isinstance(held, Pack) and len(held.items) < LONGEST:
        s.heap[value.cell] = Pack((*held.items, item))
        return
    if s.unrollable and isinstance(item, Mapping):
        raise KeysChange("a dict is put into a list of a length known only at run time", "keep its items in lists", s.b.loc)
    item = s.atom(item)
    s.b.apply(list.append, room(s, value, kind_of_atom(item)), item, kind=NONE)


def extend(s, value: Sequence, more) -> None:
    """``xs.extend(more)``, ``xs += more``"""
    from srcad.specialise import calls

    more = more.items if isinstance(more, Generated) else more
    held = content(s, value)
    items = calls.static_items(s, more)
    if items is not None:
        if isinstance(held, Pack) and len(held.items) + len(items) <= LONGEST:
            s.heap[value.cell] = Pack((*held.items, *items))
            return
        list_atom(s, value)
        for item in items:
            append(s, value, item)
        return
    added = list_atom(s, as_list(s, more))
    var = room(s, value, added.kind.element)
    item = Var("", added.kind.element)
    push = Apply(Var("", NONE), list.append, (var, item), (), s.b.loc)
    s.b.emit(For((Source(item, added),), (), (), Block([push]), loc=s.b.loc))


def delete(s, value: Sequence, index) -> None:
    """``del xs[index]``"""
    held, at = content(s, value), constant(s, index)
    if isinstance(held, Pack) and at is not UNDEF:
        items = list(held.items)
        if isinstance(at, slice) or index_of(held, at) is not None:
            del items[at]
            s.heap[value.cell] = Pack(tuple(items))
            return
    if isinstance(s.kind(index), SliceOf):
        list_atom(s, value)
        start, stop, step = parts_of_slice(s, index)
        if step not in (Lit(None), Lit(1)):
            raise s.refuse("every so-manieth item of a list is deleted, of a length known only at run time",
                           "make a new list of the items that stay")
        replace(s, value, between(s, value, start, stop, None))
        return
    take(s, value, index)


def take(s, value: Sequence, index):
    """``xs.pop(index)``"""
    held, at = content(s, value), constant(s, index)
    if isinstance(held, Pack) and type(at) is int:
        k = index_of(held, at)
        if k is not None:
            s.heap[value.cell] = Pack((*held.items[:k], *held.items[k + 1:]))
            return held.items[k]
    var = list_atom(s, value)
    if at == -1:
        found = s.b.apply(list.pop, var, kind=var.kind.element)
        return wrapped(s, found)
    found = s.b.apply(operator.getitem, var, s.atom(index))
    size = s.b.apply(len, var)
    place = Lit(at) if type(at) is int and at >= 0 else s.b.apply(operator.mod, s.atom(index), size, kind=INT)
    after = Lit(place.value + 1) if isinstance(place, Lit) else s.b.apply(operator.add, place, Lit(1), kind=INT)
    replace(s, value, between(s, value, place if place != Lit(0) else Lit(None), after, None))
    return wrapped(s, found)


def insert(s, value: Sequence, index, item) -> None:
    """``xs.insert(index, item)``"""
    held, at = content(s, value), constant(s, index)
    if isinstance(held, Pack) and type(at) is int:
        items = list(held.items)
        items.insert(at, item)
        s.heap[value.cell] = Pack(tuple(items))
        return
    var = list_atom(s, value)
    one = new_list(s, (item,))
    before = get_item(s, value, s.b.apply(intrinsics.build_slice, Lit(None), s.atom(index), Lit(None)))
    after = get_item(s, value, s.b.apply(intrinsics.build_slice, s.atom(index), Lit(None), Lit(None)))
    assert var is content(s, value)
    replace(s, value, add(s, add(s, before, one), after))


def remove(s, value: Sequence, item) -> None:
    """``xs.remove(item)``"""
    held = content(s, value)
    if isinstance(held, Pack):
        known, wanted = [constant(s, i) for i in held.items], constant(s, item)
        if wanted is not UNDEF and all(k is not UNDEF for k in known):
            if wanted not in known:
                raise s.refuse("list.remove(x): x not in list", "test first whether it is")
            k = known.index(wanted)
            s.heap[value.cell] = Pack((*held.items[:k], *held.items[k + 1:]))
            return
    var = list_atom(s, value)
    if not isinstance(var.kind.element, Scalar):
        raise s.refuse("an item that is not a number is removed from a list by its value", "delete it by its index")
    take(s, value, s.b.apply(list.index, var, s.atom(item), kind=INT))


def reverse(s, value: Sequence) -> None:
    held = content(s, value)
    if isinstance(held, Pack):
        s.heap[value.cell] = Pack(held.items[::-1])
        return
    back = s.b.apply(intrinsics.build_slice, Lit(None), Lit(None), Lit(-1))
    replace(s, value, get_item(s, value, back))


def call_list_method(s, value: Sequence, name: str, args: list, kwargs: list, hint: str):
    """``xs.name(*args)``"""
    from srcad.specialise import calls

    match name, args:
        case "append", [item] if not kwargs:
            append(s, value, item)
        case "extend", [more] if not kwargs:
            extend(s, value, more)
        case "insert", [index, item] if not kwargs:
            insert(s, value, index, item)
        case "pop", [] if not kwargs:
            return take(s, value, Lit(-1))
        case "pop", [index] if not kwargs:
            return take(s, value, index)
        case "remove", [item] if not kwargs:
            remove(s, value, item)
        case "clear", [] if not kwargs:
            replace(s, value, new_list(s, ()))
        case "reverse", [] if not kwargs:
            reverse(s, value)
        case "sort", []:
            result = calls.call(s, calls.Ref(sorted), [viewed(s, value)], kwargs)
            replace(s, value, as_list(s, wrapped(s, result, fresh=True)))
        case "copy", []:
            return copied(s, value)
        case "index" | "count", [_, *_]:
            return calls.operation(s, getattr(list, name), [read_only(s, value), *args], kwargs, hint)
        case _:
            raise s.refuse(f"list.{name} with these arguments is not known to srcad", "use another method")
    return Lit(None)


# ---------------------------------------------------------------------------------------------------------------------
# Dicts


def key_of(s, key):
    found = constant(s, key) if not isinstance(key, Pack) else (
        tuple(constant(s, i) for i in key.items) if all(map(is_atom, key.items)) else UNDEF)
    if found is UNDEF or isinstance(found, tuple) and UNDEF in found or isinstance(found, slice | list):
        raise KeysChange("the key of a dict is known only at run time", "use keys that are constants, or a list or an array "
                         "with whole numbers as indices", s.b.loc)
    return found


def changed(s, value: Mapping, entries: dict) -> None:
    if value.cell in s.pinned:
        raise s.refuse("a dict that is held elsewhere too, or was given, is changed", "change a copy of it: `dict(d)`")
    s.heap[value.cell] = Entries(tuple(entries), tuple(entries.values()))


def entries_of(s, value: Mapping) -> dict:
    held = content(s, value)
    return dict(zip(held.keys, held.items))


def get_entry(s, value: Mapping, key):
    """``d[key]``"""
    found = entries_of(s, value)
    if constant(s, key) is UNDEF and found and all(map(forms.is_function, found.values())):
        return forms.one_of(s, tuple(found.values()), forms.place_of_key(s, tuple(found), s.atom(key)))
    key = key_of(s, key)
    if key not in found:
        raise KeysChange(f"the dict has no key {key!r} here", "insert it first", s.b.loc)
    return found[key]


def set_entry(s, value: Mapping, key, new) -> None:
    """``d[key] = new``"""
    if isinstance(new, Generated):
        raise s.kept_iterator()
    changed(s, value, {**entries_of(s, value), key_of(s, key): new})


def delete_entry(s, value: Mapping, key):
    """``del d[key]``, ``d.pop(key)``"""
    found, key = entries_of(s, value), key_of(s, key)
    if key not in found:
        raise KeysChange(f"the dict has no key {key!r} here", "insert it first", s.b.loc)
    item = found.pop(key)
    changed(s, value, found)
    return item


def updates(s, args: list, kwargs: list) -> dict:
    """What ``dict(*args, **kwargs)`` and ``d.update(*args, **kwargs)`` hold."""
    from srcad.specialise import calls

    found: dict = {}
    for more in args:
        if isinstance(more, Var) and isinstance(more.kind, DictOf):
            more = wrapped(s, more)
        if isinstance(more, Mapping):
            found.update(entries_of(s, more))
            continue
        pairs = calls.static_items(s, more)
        if pairs is None:
            raise KeysChange("the keys of a dict are known only at run time", "use keys that are constants", s.b.loc)
        for pair in pairs:
            key, item = calls.unpacked(s, pair, 2, -1)
            found[key_of(s, key)] = item
    found.update(kwargs)
    return found


def call_dict_method(s, value: Mapping, name: str, args: list, kwargs: list):
    """``d.name(*args)``"""
    match name, args:
        case ("items" | "keys" | "values"), []:
            return Items(value, name)
        case "get", [key, *default]:
            return entries_of(s, value).get(key_of(s, key), default[0] if default else Lit(None))
        case "pop", [key]:
            return delete_entry(s, value, key)
        case "pop", [key, default]:
            return delete_entry(s, value, key) if key_of(s, key) in entries_of(s, value) else default
        case "popitem", []:
            found = entries_of(s, value)
            if not found:
                raise KeysChange("popitem(): the dictionary is empty", "test it first", s.b.loc)
            key = list(found)[-1]
            return Pack((Lit(key), delete_entry(s, value, Lit(key))))
        case "setdefault", [key, *default]:
            found = entries_of(s, value)
            if key_of(s, key) not in found:
                set_entry(s, value, key, default[0] if default else Lit(None))
            return entries_of(s, value)[key_of(s, key)]
        case "update", _:
            changed(s, value, {**entries_of(s, value), **updates(s, args, kwargs)})
            return Lit(None)
        case "clear", []:
            changed(s, value, {})
            return Lit(None)
        case "copy", []:
            return new_dict(s, content(s, value))
    raise s.refuse(f"the method {name} of a dict is not known to srcad", "use d[key] and d.items()")


def items_of_mapping(s, value: Mapping, what: str) -> list:
    found = entries_of(s, value)
    keys = [Lit(k) if not isinstance(k, tuple) else Pack(tuple(map(Lit, k))) for k in found]
    if what == "keys":
        return keys
    values = list(found.values())
    return values if what == "values" else [Pack(pair) for pair in zip(keys, values)]


# ---------------------------------------------------------------------------------------------------------------------
# Calls on references


def _is_list(s, value) -> bool:
    return isinstance(value, Sequence) or isinstance(value, Var) and isinstance(value.kind, ListOf)


def _as_reference(s, value):
    return wrapped(s, value) if isinstance(value, Var) else value


def call_on(s, target, args: list, kwargs: list, hint: str):
    """A call of a builtin with lists or dicts among its operands; NotImplemented if it is none that is known here."""
    if target in CHANGES and args and isinstance(args[0], Var):
        args = [wrapped(s, args[0]), *args[1:]]
    first = args[0] if args else None
    match target:
        case operator.getitem if isinstance(first, Sequence):
            return get_item(s, first, args[1])
        case operator.getitem if isinstance(first, Mapping):
            return get_entry(s, first, args[1])
        case operator.setitem if isinstance(first, Sequence):
            set_item(s, first, *args[1:])
            return Lit(None)
        case operator.setitem if isinstance(first, Mapping):
            set_entry(s, first, *args[1:])
            return Lit(None)
        case operator.delitem if isinstance(first, Sequence):
            delete(s, first, args[1])
            return Lit(None)
        case operator.delitem if isinstance(first, Mapping):
            delete_entry(s, first, args[1])
            return Lit(None)
        case intrinsics.build_list:
            return new_list(s, args)
        case list.append | list.extend if isinstance(first, Sequence):
            return call_list_method(s, first, target.__name__, args[1:], kwargs, hint)
    return _TABLE[target](s, args, kwargs) if target in _TABLE else NotImplemented


def _add(s, args, kwargs):
    a, b = map(lambda v: _as_reference(s, v), args)
    return add(s, a, b) if isinstance(a, Sequence) and isinstance(b, Sequence) else NotImplemented


def _mul(s, args, kwargs):
    for one, times in (args, args[::-1]):
        if isinstance(one, Sequence) and isinstance(s.kind(times), Scalar | Static):
            return repeat(s, one, times)
    return NotImplemented


def _in_place_add(s, args, kwargs):
    if not isinstance(args[0], Sequence):
        return NotImplemented
    extend(s, *args)
    return args[0]


def _in_place_mul(s, args, kwargs):
    if not isinstance(args[0], Sequence):
        return NotImplemented
    replace(s, args[0], repeat(s, *args))
    return args[0]


def _in_place_or(s, args, kwargs):
    if not isinstance(args[0], Mapping):
        return NotImplemented
    changed(s, args[0], {**entries_of(s, args[0]), **updates(s, args[1:], [])})
    return args[0]


def _or(s, args, kwargs):
    if not isinstance(args[0], Mapping):
        return NotImplemented
    found = {**entries_of(s, args[0]), **updates(s, args[1:], [])}
    return new_dict(s, Entries(tuple(found), tuple(found.values())))


def _list(s, args, kwargs):
    if not args:
        return new_list(s, ())
    return as_list(s, items_of_keys(s, args[0])) if not kwargs else NotImplemented


def items_of_keys(s, value):
    return Pack(tuple(items_of_mapping(s, value, "keys"))) if isinstance(value, Mapping) else value


def _dict(s, args, kwargs):
    found = updates(s, args, kwargs)
    return new_dict(s, Entries(tuple(found), tuple(found.values())))


def _len(s, args, kwargs):
    (value,) = args
    if isinstance(value, Mapping):
        return Lit(len(content(s, value).keys))
    return length(s, value) if isinstance(value, Sequence) else NotImplemented


def _bool(s, args, kwargs):
    if not args or not is_reference(args[0]):
        return NotImplemented
    known = truth(s, args[0])
    return Lit(known) if isinstance(known, bool) else known


def truth(s, value):
    """What ``if xs:`` tests: a bool if it is known, else a value of the generated code."""
    size = _len(s, [value], [])
    return bool(size.value) if isinstance(size, Lit) else s.b.apply(operator.gt, size, Lit(0))


def _not(s, args, kwargs):
    if not is_reference(args[0]):
        return NotImplemented
    known = truth(s, args[0])
    return Lit(not known) if isinstance(known, bool) else s.b.apply(operator.not_, known)


def _contains(s, args, kwargs):
    container, item = args
    if isinstance(container, Mapping):
        return Lit(key_of(s, item) in entries_of(s, container))
    if isinstance(container, Sequence):
        held = content(s, container)
        if isinstance(held, Pack):
            from srcad.specialise import calls

            return calls.call(s, calls.Ref(operator.contains), [held, item], [])
    return NotImplemented


def _is(negate):
    def decide(s, args, kwargs):
        a, b = args
        if is_reference(a) and is_reference(b):
            if a == b:
                return Lit(not negate)
            if type(a) is not type(b) or a.cell not in s.pinned or b.cell not in s.pinned:
                return Lit(negate)
            if isinstance(a, Mapping):
                raise s.refuse("whether two names have the same dict is known only at run time", "compare something in it")
            return s.b.apply(operator.is_not if negate else operator.is_, list_atom(s, a), list_atom(s, b))
        return NotImplemented
    return decide


#: What changes its first operand.
CHANGES = {operator.setitem, operator.delitem, operator.iadd, operator.imul, operator.ior}
#: What goes through a list and keeps nothing of it but items.
GO_THROUGH = {sum, max, min, any, all, tuple, sorted, reversed, map, filter, enumerate, zip}

_TABLE: dict = {
    operator.add: _add, operator.mul: _mul, operator.iadd: _in_place_add, operator.imul: _in_place_mul,
    operator.ior: _in_place_or, operator.or_: _or, list: _list, dict: _dict, len: _len, bool: _bool, operator.not_: _not,
    operator.contains: _contains, operator.is_: _is(False), operator.is_not: _is(True),
}


# ---------------------------------------------------------------------------------------------------------------------
# Branches and loops


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
        case Zip(iterables=parts):
            for item in parts:
                yield from references(item, heap, seen)
        case Enumerate(iterable=inner) | Items(mapping=inner):
            yield from references(inner, heap, seen)


def prepare_merge(s, before: dict, heaps: list, arms: list, values: list) -> None:
    """Before a branch's values are joined: what is not one list or dict in both arms becomes one of the generated code.

    Two that were made in the arms, one in each, and are known by the same names only, are joined as they are
    (`joined`).
    """
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
    s.joins = {pair: type(pair[0])(pair[0].name) for pair in pairs if pair not in apart}
    s.heap_before = before
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
        if is_reference(a) and is_reference(b) and (a.cell, b.cell) in s.joins:
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
        for (a, b) in s.joins:
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


def joined(s, pair, merge):
    """Two lists or dicts, one of each arm, as one; ``merge(contents)`` joins what they hold. None if it cannot be."""
    a, b = pair
    for k, one in enumerate(pair):
        if is_reference(one) and pair[1 - k] == Lit(UNDEF):
            if one.cell not in s.joined and one.cell not in s.heap_before:
                s.joined[one.cell] = Lit(UNDEF)
                contents = [Lit(UNDEF), Lit(UNDEF)]
                contents[k] = s.heaps[k][one.cell]
                s.joined[one.cell] = merge(contents)
            return one
    if not (is_reference(a) and is_reference(b)) or (a.cell, b.cell) not in s.joins:
        return None
    cell = s.joins[a.cell, b.cell]
    if cell not in s.joined:
        s.joined[cell] = Lit(UNDEF)
        s.joined[cell] = merge([s.heaps[0][a.cell], s.heaps[1][b.cell]])
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
