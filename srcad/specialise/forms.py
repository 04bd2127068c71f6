"""Objects, and what holds them, where paths of the program meet: after branches, and from trip to trip of a loop.

Such a value is taken apart into atoms, which are joined as any variable is, and put together again. Enters: the value on
each path. Leaves: one value, whose objects are new to the compiler and stand for that of the path taken; since nobody
can tell which that is, none of them is written to from there on (`Fields.settled`).
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad.specialise.objects import Fields, cached, opened
from srcad.specialise.values import Cell, Entries, Pack, Record, Unclear, holds_function, is_atom
from srcad.trace.ir import UNDEF, Lit, Ref

UNDEFINED = Lit(UNDEF)
SEVERAL = "which may be one of several, as the program goes"


@dataclass(frozen=True)
class Fixed:
    """The same on every path: it needs no variable."""

    value: object


@dataclass(frozen=True)
class ObjectForm:
    """An object: its class, and the forms of its attributes."""

    cls: type
    names: tuple
    forms: tuple


@dataclass(frozen=True)
class EntriesForm:
    """What a dict holds: its keys, and the forms of its items."""

    keys: tuple
    parts: tuple


class Differ(Exception):
    """Two values have no form in common."""


def holds_object(value) -> bool:
    """Is it an object, or a tuple that holds one?"""
    return isinstance(value, Record) or isinstance(value, Pack) and any(map(holds_object, value.items))


def form_of(s, value, heap: dict):
    """The form of a value: None for an atom, a tuple of forms, an `ObjectForm`, or `Fixed`."""
    match value:
        case Record(cls=cls, fields=fields):
            kept = {name: cell for name, cell in fields.items() if name not in cached(cls)}
            return ObjectForm(cls, tuple(kept), tuple(form_of(s, heap.get(c, UNDEFINED), heap) for c in kept.values()))
        case Pack(items=items):
            return tuple(form_of(s, item, heap) for item in items)
        case Lit() | Ref():
            return Fixed(value)
        case Unclear():
            raise Differ
    return Fixed(value) if holds_function(value) else None


def join_forms(a, b):
    """The form that covers two; raises `Differ` if there is none."""
    if a == b or isinstance(b, Fixed) and b.value == UNDEFINED:
        return a
    if isinstance(a, Fixed) and a.value == UNDEFINED:
        return b
    match a, b:
        case ObjectForm(), ObjectForm() if a.cls is b.cls and set(a.names) == set(b.names):
            given = dict(zip(b.names, b.forms))
            return ObjectForm(a.cls, a.names, tuple(join_forms(f, given[n]) for n, f in zip(a.names, a.forms)))
        case tuple(), tuple() if len(a) == len(b):
            return tuple(map(join_forms, a, b))
    if all(not isinstance(f, ObjectForm) and not (isinstance(f, Fixed) and not is_atom(f.value)) and not (
            isinstance(f, tuple) and holds_fixed(f)) for f in (a, b)):
        return None
    raise Differ


def is_form(value) -> bool:
    """Is it the form of a value, not a value?"""
    return isinstance(value, Fixed | ObjectForm | tuple)


def holds_fixed(form) -> bool:
    """Is there, in a form, what is no atom?"""
    match form:
        case ObjectForm():
            return True
        case tuple():
            return any(map(holds_fixed, form))
        case Fixed(value=value):
            return not is_atom(value)
    return False


def flattened(s, value, form, heap: dict) -> list:
    """The atoms of a value of this form; objects are not written to from here on."""
    match form:
        case Fixed():
            return []
        case ObjectForm(names=names, forms=forms):
            value = opened(s, value)
            if value == UNDEFINED:
                return [atom for f in forms for atom in flattened(s, UNDEFINED, f, heap)]
            settle(value)
            cells = value.fields
            return [atom for n, f in zip(names, forms) for atom in flattened(s, heap.get(cells[n], UNDEFINED), f, heap)]
        case tuple():
            items = value.items if isinstance(value, Pack) else (UNDEFINED,) * len(form)
            return [atom for item, f in zip(items, form) for atom in flattened(s, item, f, heap)]
    return [s.atom(value)]


def settle(record: Record) -> None:
    record.fields.settled = record.fields.settled or SEVERAL
    record.fields.shared = True


def put_together(form, atoms, cells: dict):
    """The value of this form made of an iterator of atoms; its objects' cells get their values in `cells`."""
    match form:
        case Fixed(value=value):
            return value
        case tuple():
            return Pack(tuple(put_together(f, atoms, cells) for f in form))
        case EntriesForm(keys=keys, parts=parts):
            return Entries(keys, tuple(put_together(f, atoms, cells) for f in parts))
        case ObjectForm(cls=cls, names=names, forms=forms):
            record = Record(cls, Fields())
            for name, f in zip(names, forms):
                cell = record.fields[name] = Cell(name)
                cells[cell] = put_together(f, atoms, cells)
            record.fields.made = True
            settle(record)
            return record
    return next(atoms)


def hints(form, hint: str):
    """A name for each atom of a form."""
    match form:
        case Fixed():
            return
        case tuple():
            for f in form:
                yield from hints(f, "")
        case ObjectForm(names=names, forms=forms):
            for name, f in zip(names, forms):
                yield from hints(f, f"{hint}_{name}" if hint else name)
        case _:
            yield hint
