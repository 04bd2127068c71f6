"""What is known of a value's items: its truth, its length, what ``*value`` and ``a, b = value`` take apart."""

from __future__ import annotations

import operator

from srcad.analysis.atoms import kind_of_atom
from srcad.specialise import dicts, references
from srcad.specialise.objects.records import items_of
from srcad.specialise.objects.special_methods import as_items
from srcad.specialise.objects.variables import known_value
from srcad.specialise.values import (
    Closure,
    Enumerate,
    Generated,
    Instance,
    Items,
    Mapping,
    Pack,
    Partial,
    Record,
    Sequence,
    Zip,
)
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Lit, Ref, Var
from srcad.trace.kinds import DictOf, ListOf, Static, TupleOf


def truth(s, value) -> bool | None:
    """The truth of a value, if it is known."""
    if isinstance(value, Lit) and value.value is not UNDEF:
        return bool(value.value)
    if isinstance(value, Pack):
        return bool(value.items)
    if isinstance(value, Closure | Partial):
        return True
    if isinstance(value, Record) and not hasattr(value.cls, "__bool__") and not hasattr(value.cls, "__len__"):
        return True
    if isinstance(value, Ref) and not hasattr(type(value.value), "__bool__") and not hasattr(type(value.value), "__len__"):
        return True
    return None


def expand_star(s, value, fn=None) -> list:
    """The items of ``*value`` in a display, or in a call of `fn`."""
    items = static_items(s, value)
    if items is None:
        kind = s.kind(value)
        if isinstance(kind, TupleOf | ListOf) and kind.items is not None:
            return unpacked(s, value, len(kind.items), -1)
        advice = "pass them one by one, or as one list"
        if fn == Ref(zip):
            advice = "write the columns as `[[row[k] for row in rows] for k in range(len(rows[0]))]`, or use an array"
        raise s.refuse("the number of items of a starred argument is not known when the derivative is made", advice)
    return items


def expand_mapping(s, value, key_type: type = str) -> list:
    """The items of ``**value`` in a call, or in a display, where keys may be of any type."""
    if isinstance(value, Mapping):
        return list(dicts.entries_of(s, value).items())
    kind = s.kind(value)
    if not isinstance(kind, DictOf) or not all(isinstance(k, key_type) for k in kind.keys):
        raise s.refuse("the keys of a double-starred argument are not known when the derivative is made",
                       "pass the keyword arguments one by one")
    atom = s.atom(value)
    return [(k, _constant(s.call(Ref(operator.getitem), [atom, Lit(k)], []))) for k in kind.keys]


def _constant(value):
    """A bool, text or None that a kind says a value to be, as the constant that it is."""
    if isinstance(value, Var) and isinstance(value.kind, Static) and isinstance(value.kind.value, bool | str | None):
        return Lit(value.kind.value)
    return value


def static_items(s, value) -> list | None:
    """The items of an iterable whose length and items are known, else None."""
    match value:
        case Pack(items=items):
            return list(items)
        case Generated(items=inner):
            return static_items(s, inner)
        case Record() | Instance():
            return _of_object(s, value)
        case Sequence():
            return static_items(s, references.content(s, value))
        case Mapping():
            return dicts.items_of_mapping(s, value, "keys")
        case Zip(iterables=parts):
            columns = [static_items(s, p) for p in parts]
            if any(c is None for c in columns):
                return None
            return [Pack(row) for row in zip(*columns)]
        case Enumerate(iterable=inner, start=start):
            items = static_items(s, inner)
            if items is None or not isinstance(start, Lit):
                return None
            return [Pack((Lit(start.value + k), v)) for k, v in enumerate(items)]
        case Items(mapping=mapping, what=what):
            return mapping_items(s, mapping, what)
        case Var():
            kind = value.kind
            if isinstance(kind, TupleOf) or isinstance(kind, ListOf) and kind.items is not None:
                items = [s.call(Ref(operator.getitem), [value, Lit(k)], []) for k in range(len(kind.items))]
                return [known_value(s, i) if isinstance(i, Var) and _holds_text(i.kind) else i for i in items]
            if isinstance(kind, DictOf):
                return [Lit(k) for k in kind.keys]
        case Lit(value=str() as text):
            return [Lit(c) for c in text]
    return None


def _of_object(s, value) -> list | None:
    """What going through an object gives."""
    items = as_items(s, value)
    if items is not value:
        return static_items(s, items)
    return items_of(s, value) if isinstance(value, Record) else None


def _holds_text(kind) -> bool:
    """Is it a text, or a tuple that holds one? What it says is known while compiling."""
    if isinstance(kind, TupleOf):
        return any(map(_holds_text, kind.items))
    return isinstance(kind, Static) and isinstance(kind.value, str)


def counted(s, value) -> list | None:
    """The items of ``range`` of constants, else None."""
    made = s.b.definition(value) if isinstance(value, Var) else None
    if made is None or made.fn is not range or not all(isinstance(a, Lit) and type(a.value) is int for a in made.args):
        return None
    return [Lit(k) for k in range(*(a.value for a in made.args))[:1000]]


def mapping_items(s, mapping, what: str) -> list | None:
    if isinstance(mapping, Mapping):
        return dicts.items_of_mapping(s, mapping, what)
    kind = kind_of_atom(mapping)
    if not isinstance(kind, DictOf):
        return None
    keys = [Lit(k) for k in kind.keys]
    if what == "keys":
        return keys
    values = [s.call(Ref(operator.getitem), [mapping, k], []) for k in keys]
    return values if what == "values" else [Pack(pair) for pair in zip(keys, values)]


def unpacked(s, value, count: int, star: int) -> list:
    """The items of ``a, b = value``."""
    value = value.items if isinstance(value, Generated) else value
    items = static_items(s, value)
    if items is not None and (len(items) == count if star < 0 else len(items) >= count - 1):
        if star < 0:
            return items
        after = count - star - 1
        starred = items[star:len(items) - after]
        middle = references.new_list(s, starred) if s.program.containers and not s.frozen else s.b.apply(
            intrinsics.build_list, *[s.atom(i) for i in starred])
        return [*items[:star], middle, *items[len(items) - after:]]
    whole = s.b.apply(intrinsics.unpack, s.atom(value), Lit(count), Lit(star))
    return [s.b.apply(operator.getitem, whole, Lit(k)) for k in range(count)]
