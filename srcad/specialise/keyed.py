"""Dicts whose keys are known only at run time, or are not the same on every path and trip.

Such a dict is a list of its values, which is treated as all lists are (`lists`), and for each key the index of its value,
which carries no derivative::

    d[k] = v        at = add_place(places, k)
                    if at == len(values):
                        values.append(v)
                    else:
                        values[at] = v
"""

from __future__ import annotations

import operator

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.specialise import lists
from srcad.specialise.references import content, list_atom, loose, new_list, room
from srcad.specialise.values import Items, Keyed, Mapping, Pack, Sequence, Zip, holds_function, is_atom
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import BOOL, BOTTOM, INT, NONE, DictOf, Kind, ListOf, Object, Scalar, Static, TupleOf, Unknown, join


def is_keyed(s, value) -> bool:
    return isinstance(value, Mapping) and isinstance(content(s, value), Keyed)


def keyed(s, value: Mapping) -> Keyed:
    """What a dict holds; from here on its keys are looked up at run time."""
    held = content(s, value)
    if isinstance(held, Keyed):
        return held
    if value.cell in s.pinned:
        raise s.refuse("a dict that is held elsewhere too, or was given, is looked up by keys known only at run time",
                       "copy it first: `dict(d)`")
    if any(map(holds_function, held.items)) or any(isinstance(i, Mapping) for i in held.items):
        raise s.refuse("a dict of functions, objects or dicts has keys that are known only at run time, or that are not the "
                       "same on every path", "use constant keys, the same on every path")
    keys = [key_atom(s, Lit(k) if not isinstance(k, tuple) else Pack(tuple(map(Lit, k)))) for k in held.keys]
    values = new_list(s, held.items, value.cell.name)
    values.cell.place = None
    list_atom(s, values)
    places = s.b.apply(runtime.places_of, *keys, kind=Object(dict))
    places.hint = "places"
    made = Keyed(places, values, KeyKind())
    for key in keys:
        note_key(s, made, key)
    s.heap[value.cell] = made
    return made


class KeyKind:
    """The kind of all keys so far; `used` once somebody has gone through them."""

    def __init__(self) -> None:
        self.kind: Kind = BOTTOM
        self.used = False


def key_atom(s, key):
    """A key as an atom of the generated code."""
    if not is_atom(key) and not isinstance(key, Pack) or isinstance(key, Ref):
        raise s.refuse("the key of a dict is neither a number, a text, nor a tuple of those", "use one of those")
    atom = s.atom(key)
    if isinstance(kind_of_atom(atom), ListOf | DictOf):
        raise s.refuse("the key of a dict is a list or a dict", "use a tuple")
    return atom


def kind_of_key(kind: Kind) -> Kind:
    match kind:
        case Static(value=value) if isinstance(value, str | bytes):
            return Object(type(value))
        case Scalar(base=base):
            return Scalar(base)
        case TupleOf(items=items):
            return TupleOf(tuple(map(kind_of_key, items)))
    return loose(kind)


def note_key(s, held: Keyed, key) -> None:
    known = held.keys.kind
    kind = join(known, kind_of_key(kind_of_atom(key)))
    if kind != known and held.keys.used:
        raise s.refuse("a dict gets keys of another kind after a loop has gone through it", "use keys of one kind")
    held.keys.kind = kind


def key_list(s, held: Keyed) -> Var:
    """The list of the keys."""
    if isinstance(held.keys.kind, Unknown):
        raise s.refuse("a dict with keys of different kinds is gone through", "use keys of one kind")
    held.keys.used = True
    return s.b.apply(runtime.keys_of, held.places, kind=ListOf(held.keys.kind))


# ---------------------------------------------------------------------------------------------------------------------
# Reading


def get_entry(s, value: Mapping, key):
    """``d[key]``"""
    held = keyed(s, value)
    return lists.get_item(s, held.values, s.b.apply(runtime.place_of, held.places, key_atom(s, key), kind=INT))


def get_or(s, value: Mapping, key, default):
    """``d.get(key, default)``"""
    held, key = keyed(s, value), key_atom(s, key)
    return either(s, has(s, held, key), lambda: get_entry(s, value, key), lambda: default)


def has(s, held: Keyed, key) -> Var:
    """``key in d``"""
    return s.b.apply(runtime.has_place, held.places, key_atom(s, key), kind=BOOL)


def either(s, cond, then, orelse):
    """``then() if cond else orelse()``"""
    result = Var()
    s.fork(cond, [lambda: [then()], lambda: [orelse()]], (result,))
    return s.env.pop(result)


def items(s, held: Keyed, what: str):
    """What ``.keys()``, ``.values()`` or ``.items()`` go through: copies, so that values may be assigned meanwhile."""
    if what == "keys":
        return key_list(s, held)
    values = lists.copied(s, held.values)
    return values if what == "values" else Zip((key_list(s, held), values))


def gone_through(s, value):
    """A dict, or its items, keys or values, as what a loop goes through; anything else as it is."""
    if is_keyed(s, value):
        return key_list(s, content(s, value))
    if isinstance(value, Items) and is_keyed(s, value.mapping):
        return items(s, content(s, value.mapping), value.what)
    return value


# ---------------------------------------------------------------------------------------------------------------------
# Changes


def place_for(s, held: Keyed, key, new) -> tuple:
    """The index of a key's value, which may become `new`; whether there is none yet; `new` as an atom."""
    key, new = key_atom(s, key), s.atom(new)
    note_key(s, held, key)
    at = s.b.apply(runtime.add_place, held.places, key, kind=INT)
    room(s, held.values, kind_of_atom(new))
    return at, s.b.apply(operator.eq, at, lists.length(s, held.values)), new


def set_entry(s, value: Mapping, key, new) -> None:
    """``d[key] = new``"""
    held = keyed(s, value)
    at, is_new, new = place_for(s, held, key, new)
    s.fork(is_new, [lambda: lists.append(s, held.values, new) or [], lambda: lists.set_item(s, held.values, at, new) or []], ())


def set_default(s, value: Mapping, key, default):
    """``d.setdefault(key, default)``"""
    held = keyed(s, value)
    at, is_new, default = place_for(s, held, key, default)
    s.fork(is_new, [lambda: lists.append(s, held.values, default) or [], lambda: []], ())
    return lists.get_item(s, held.values, at)


def delete_entry(s, value: Mapping, key):
    """``del d[key]``, ``d.pop(key)``"""
    held = keyed(s, value)
    return lists.take(s, held.values, s.b.apply(runtime.remove_place, held.places, key_atom(s, key), kind=INT))


def pop_or(s, value: Mapping, key, default):
    """``d.pop(key, default)``"""
    held, key = keyed(s, value), key_atom(s, key)
    return either(s, has(s, held, key), lambda: delete_entry(s, value, key), lambda: default)


def pop_last(s, value: Mapping) -> Pack:
    """``d.popitem()``"""
    held = keyed(s, value)
    key = s.b.apply(operator.getitem, key_list(s, held), Lit(-1))
    return Pack((key, delete_entry(s, value, key)))


def clear(s, value: Mapping) -> None:
    """``d.clear()``"""
    held = keyed(s, value)
    s.b.apply(runtime.clear_places, held.places, kind=NONE)
    lists.replace(s, held.values, new_list(s, ()))


def copied(s, held: Keyed) -> Keyed:
    """``dict(d)``, ``d.copy()``"""
    keys = KeyKind()
    keys.kind = held.keys.kind
    values: Sequence = lists.copied(s, held.values)
    return Keyed(s.b.apply(runtime.copy_places, held.places, kind=Object(dict)), values, keys)
