"""Lists that the program changes: reading and changing them.

A list of known items is changed while compiling. What is done to one of the generated code comes down to these::

    xs.append(e)   xs.pop()   xs[i] = e   xs[:] = ys
"""

from __future__ import annotations

import operator

from srcad.analysis.aliasing import is_list_write
from srcad.analysis.atoms import kind_of_atom
from srcad.specialise import forms
from srcad.specialise.operations import raised
from srcad.specialise.references import (
    KeysChange,
    constant,
    content,
    holds_reference,
    index_of,
    item_kind,
    list_atom,
    loose,
    new_list,
    open_arguments,
    read_only,
    room,
    viewed,
    wrapped,
)
from srcad.specialise.unpacking import static_items
from srcad.specialise.values import Generated, Mapping, Pack, Sequence, is_atom
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Block, For, Function, Lit, Ref, Source, Var, walk
from srcad.trace.kinds import INT, NONE, Array, ListOf, Scalar, SliceOf, join, join_all

#: A list of known items that gets longer than this becomes one of the generated code.
LONGEST = 64
LIST_CHANGES = {"append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort"}


def get_item(s, value: Sequence, index):
    """``xs[index]``"""
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
    if isinstance(value, Sequence):
        return copied(s, value)
    items = static_items(s, value)
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
    element = loose(var.kind.element)
    if isinstance(held, Pack) and not holds_reference(held):
        element = join_all(item_kind(s, s.atom(i)) for i in held.items)
    return wrapped(s, s.b.apply(operator.mul, var, s.atom(times), kind=ListOf(element)), fresh=True)


# ---------------------------------------------------------------------------------------------------------------------
# Changes


def set_item(s, value: Sequence, index, new) -> None:
    """``xs[index] = new``"""
    if isinstance(new, Generated):
        raise s.kept_iterator()
    open_given(s, value)
    held, at = content(s, value), constant(s, index)
    if not isinstance(held, Pack) and is_there(s, held, index, new):
        return
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


def open_given(s, value: Sequence) -> None:
    """A list that is an argument is changed: if not all it holds are numbers, its items are to be followed."""
    held = content(s, value)
    if value.cell in s.pinned and not isinstance(held, Pack) and not isinstance(held.kind.element, Scalar):
        open_arguments(s)


def is_there(s, held, index, new) -> bool:
    """Has an item just been taken from this place of a list, as ``xs[i] *= e`` of an array has?"""
    made = s.b.definition(new) if isinstance(new, Var) and isinstance(new.kind, Array) else None
    if made is None or made.fn is not operator.getitem or made.args != (held, index) or made not in s.b.block.stmts:
        return False
    later = walk(Block(s.b.block.stmts[s.b.block.stmts.index(made):]))
    return not any(is_list_write(stmt) or isinstance(stmt, Apply) and isinstance(stmt.fn, Function) for stmt in later)


def parts_of_slice(s, index) -> tuple:
    made = s.b.definition(index) if isinstance(index, Var) else None
    if made is None or made.fn not in (intrinsics.build_slice, slice) or len(made.args) != 3:
        raise s.refuse("a slice of a list that is kept in a variable is assigned or deleted", "write the slice where it is used")
    return made.args


def set_slice(s, value: Sequence, index, new) -> None:
    """``xs[a:b] = ys``"""
    held, at = content(s, value), constant(s, index)
    new = new.items if isinstance(new, Generated) else new
    items = static_items(s, new)
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
    def piece(lo, hi):
        return get_item(s, value, s.b.apply(intrinsics.build_slice, lo, hi, Lit(None)))

    if start == Lit(None) and stop == Lit(None):
        return middle if middle is not None else new_list(s, ())
    head = new_list(s, ()) if start == Lit(None) else piece(Lit(None), start)
    left = length(s, head)
    gone = length(s, piece(start, stop))
    behind = s.call(Ref(operator.add), [left, gone], [])
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
    open_given(s, value)
    more = more.items if isinstance(more, Generated) else more
    held = content(s, value)
    items = static_items(s, more)
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
    open_given(s, value)
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
    if name in LIST_CHANGES:
        open_given(s, value)
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
            result = s.call(Ref(sorted), [viewed(s, value)], kwargs)
            replace(s, value, as_list(s, wrapped(s, result, fresh=True)))
        case "copy", []:
            return copied(s, value)
        case "index" | "count", [_, *_]:
            return s.operation(getattr(list, name), [read_only(s, value), *args], kwargs, hint)
        case _:
            raise s.refuse(f"list.{name} with these arguments is not known to srcad", "use another method")
    return Lit(None)
