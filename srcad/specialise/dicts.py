"""Dicts that the program changes: reading and changing them. Their keys are known while compiling."""

from __future__ import annotations

import operator

from srcad.specialise import forms, keyed, references, unpacking
from srcad.specialise.references import KeysChange, constant, content, new_dict, wrapped
from srcad.specialise.values import Entries, Generated, Items, Keyed, Mapping, Pack, is_atom
from srcad.trace.ir import UNDEF, Lit, Ref, Var
from srcad.trace.kinds import DictOf

DICT_CHANGES = {"pop", "popitem", "clear", "setdefault", "update"}


def key_of(s, key):
    found = constant(s, key) if not isinstance(key, Pack) else (
        tuple(constant(s, i) for i in key.items) if all(map(is_atom, key.items)) else UNDEF)
    if found is UNDEF or isinstance(found, tuple) and UNDEF in found or isinstance(found, slice | list):
        raise KeysChange("the key of a dict is known only at run time", "use keys that are constants, or a list or an array "
                         "with whole numbers as indices", s.b.loc)
    return found


def is_known(s, key) -> bool:
    """Is it known while compiling what the key of a dict is?"""
    return all(constant(s, part) is not UNDEF for part in (key.items if isinstance(key, Pack) else (key,)))


def filled(s, pairs) -> Mapping:
    """A dict that gets its items one by one, since which keys are the same is known only at run time."""
    made = new_dict(s, Entries((), ()))
    for key, value in pairs:
        s.call(Ref(operator.setitem), [made, key, value])
    return made


def changed(s, value: Mapping, entries: dict) -> None:
    if value.cell in s.pinned:
        references.open_arguments(s)
        raise s.refuse("a dict that is held elsewhere too, or was given (as an argument, a default, a global), is changed",
                       "change a copy of it: `dict(d)`")
    s.heap[value.cell] = Entries(tuple(entries), tuple(entries.values()))


def is_by_place(s, value: Mapping, key) -> bool:
    """Is a key to be looked up at run time?"""
    if keyed.is_keyed(s, value):
        return True
    if is_known(s, key):
        return False
    return not s.unrollable or key_of(s, key) is UNDEF       # the trips written out, the key may be known


def missing(s, key) -> KeysChange:
    return KeysChange(f"the dict has no key {key!r} here", "insert it first", s.b.loc)


def is_later(s) -> bool:
    """May a key that is not there yet have come on an earlier trip?"""
    return s.looping and not s.unrollable


def entries_of(s, value: Mapping) -> dict:
    held = content(s, value)
    if isinstance(held, Keyed):
        raise s.refuse("a dict whose keys are known only at run time is used as a whole", "go through its items")
    return dict(zip(held.keys, held.items))


def get_entry(s, value: Mapping, key):
    """``d[key]``"""
    if keyed.is_keyed(s, value):
        return keyed.get_entry(s, value, key)
    found = entries_of(s, value)
    if is_atom(key) and constant(s, key) is UNDEF and found and all(map(forms.is_function, found.values())):
        return forms.one_of(s, tuple(found.values()), forms.place_of_key(s, tuple(found), s.atom(key)))
    if is_by_place(s, value, key):
        return keyed.get_entry(s, value, key)
    known = key_of(s, key)
    if known in found:
        return found[known]
    if is_later(s):
        return keyed.get_entry(s, value, key)
    raise missing(s, known)


def set_entry(s, value: Mapping, key, new) -> None:
    """``d[key] = new``"""
    if isinstance(new, Generated):
        raise s.kept_iterator()
    if is_by_place(s, value, key):
        keyed.set_entry(s, value, key, new)
        return
    entries, known = entries_of(s, value), key_of(s, key)
    if entries.get(known) is not new:                # as after ``d[key] *= 2`` of an array
        changed(s, value, {**entries, known: new})


def delete_entry(s, value: Mapping, key):
    """``del d[key]``, ``d.pop(key)``"""
    if is_by_place(s, value, key):
        return keyed.delete_entry(s, value, key)
    found, known = entries_of(s, value), key_of(s, key)
    if known not in found and is_later(s):
        return keyed.delete_entry(s, value, key)
    if known not in found:
        raise missing(s, known)
    item = found.pop(known)
    changed(s, value, found)
    return item


def updates(s, args: list, kwargs: list) -> dict:
    """What ``dict(*args, **kwargs)`` and ``d.update(*args, **kwargs)`` hold."""
    found: dict = {}
    for more in args:
        if isinstance(more, Var) and isinstance(more.kind, DictOf):
            more = wrapped(s, more)
        if isinstance(more, Mapping):
            found.update(entries_of(s, more))
            continue
        pairs = unpacking.static_items(s, more)
        if pairs is None:
            raise KeysChange("the keys of a dict are known only at run time", "use keys that are constants", s.b.loc)
        for pair in pairs:
            key, item = unpacking.unpacked(s, pair, 2, -1)
            found[key_of(s, key)] = item
    found.update(kwargs)
    return found


def call_dict_method(s, value: Mapping, name: str, args: list, kwargs: list):
    """``d.name(*args)``"""
    match name, args:
        case ("items" | "keys" | "values"), []:
            return Items(value, name)
        case "get", [key, *default] if is_by_place(s, value, key):
            return keyed.get_or(s, value, key, default[0] if default else Lit(None))
        case "get", [key, *default]:
            return entries_of(s, value).get(key_of(s, key), default[0] if default else Lit(None))
        case "pop", [key]:
            return delete_entry(s, value, key)
        case "pop", [key, default] if is_by_place(s, value, key):
            return keyed.pop_or(s, value, key, default)
        case "pop", [key, default]:
            return delete_entry(s, value, key) if key_of(s, key) in entries_of(s, value) else default
        case "popitem", [] if keyed.is_keyed(s, value):
            return keyed.pop_last(s, value)
        case "popitem", []:
            found = entries_of(s, value)
            if not found:
                raise KeysChange("popitem(): the dictionary is empty", "test it first", s.b.loc)
            key = list(found)[-1]
            return Pack((Lit(key), delete_entry(s, value, Lit(key))))
        case "setdefault", [key, *default] if is_by_place(s, value, key):
            return keyed.set_default(s, value, key, default[0] if default else Lit(None))
        case "setdefault", [key, *default]:
            found = entries_of(s, value)
            if key_of(s, key) not in found:
                set_entry(s, value, key, default[0] if default else Lit(None))
            return entries_of(s, value)[key_of(s, key)]
        case "update", _ if keyed.is_keyed(s, value):
            for key, item in updates(s, args, kwargs).items():
                keyed.set_entry(s, value, Lit(key) if not isinstance(key, tuple) else Pack(tuple(map(Lit, key))), item)
            return Lit(None)
        case "update", _:
            changed(s, value, {**entries_of(s, value), **updates(s, args, kwargs)})
            return Lit(None)
        case "clear", [] if keyed.is_keyed(s, value):
            keyed.clear(s, value)
            return Lit(None)
        case "clear", []:
            changed(s, value, {})
            return Lit(None)
        case "copy", []:
            return copied(s, value)
    raise s.refuse(f"the method {name} of a dict is not known to srcad", "use d[key] and d.items()")


def copied(s, value: Mapping) -> Mapping:
    """``dict(d)``, ``d.copy()``"""
    held = content(s, value)
    return new_dict(s, keyed.copied(s, held) if isinstance(held, Keyed) else held)


def items_of_mapping(s, value: Mapping, what: str) -> list | None:
    """The keys, values or items of a dict; None if they are not known."""
    if keyed.is_keyed(s, value):
        return None
    found = entries_of(s, value)
    keys = [Lit(k) if not isinstance(k, tuple) else Pack(tuple(map(Lit, k))) for k in found]
    if what == "keys":
        return keys
    values = list(found.values())
    return values if what == "values" else [Pack(pair) for pair in zip(keys, values)]
