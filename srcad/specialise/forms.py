"""Objects and functions, and what holds them, where paths of the program meet: after branches, and from trip to trip of a loop.

Such a value is taken apart into atoms, which are joined as any variable is, and put together again. Enters: the value on
each path. Leaves: one value, whose objects are new to the compiler and stand for that of the path taken; since nobody
can tell which that is, none of them is written to from there on (`Fields.settled`).
"""

from __future__ import annotations

import operator
from dataclasses import dataclass

from srcad.specialise.objects.records import Fields, cached, is_made, settle
from srcad.specialise.objects.variables import opened
from srcad.specialise.values import (
    UNDEFINED,
    Cell,
    Closure,
    Entries,
    OneOf,
    Pack,
    Partial,
    Record,
    Unclear,
    holds_function,
    is_atom,
)
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Lit, Ref, Var, walk
from srcad.trace.kinds import INT

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


@dataclass(frozen=True)
class LocalCell:
    """A variable that only functions made on this path share: its name, and the form of its value."""

    name: str
    form: object


@dataclass(frozen=True)
class FunctionForm:
    """An inner function: its Trace, the cells it captures (`Fixed` or `LocalCell`), the forms of its defaults."""

    trace: object
    cells: tuple
    defaults: tuple
    spliced: bool


@dataclass(frozen=True)
class BoundForm:
    """A partial: the forms of its function, arguments and keyword arguments."""

    function: object
    args: tuple
    kwargs: tuple


@dataclass(frozen=True)
class Choice:
    """One of several functions, by their forms."""

    options: tuple


#: Forms of what no atom can stand for.
STRUCTURED = (ObjectForm, FunctionForm, BoundForm, Choice)
#: Most functions that may be chosen from.
MOST = 16


class Differ(Exception):
    """Two values have no form in common."""


def is_function(value) -> bool:
    """Is it a function, as something that may be one of several?"""
    if isinstance(value, Ref):
        return callable(value.value) and (not isinstance(value.value, type) or is_made(value.value))
    return isinstance(value, Closure | Partial | OneOf)


def is_structured(value) -> bool:
    """Is it an object or a function, or a tuple that holds one?"""
    return isinstance(value, Record) or is_function(value) or isinstance(value, Pack) and any(map(is_structured, value.items))


def form_of(s, value, heap: dict, visible, seen: frozenset = frozenset()):
    """The form of a value: None for an atom, a tuple of forms, `Fixed`, or one of `STRUCTURED`.

    `visible` are the cells that mean the same on every path; `seen`, those that are being looked into.
    """
    def form(part):
        return form_of(s, part, heap, visible, seen)

    match value:
        case Closure(trace=trace, cells=cells, defaults=defaults):
            kept = []
            for cell in cells:
                if cell in visible:
                    kept.append(Fixed(cell))
                elif cell in seen or cell not in heap or writes_captured(trace):
                    raise Differ
                else:
                    kept.append(LocalCell(cell.name, form_of(s, heap[cell], heap, visible, seen | {cell})))
            found = FunctionForm(trace, tuple(kept), tuple((k, form(v)) for k, v in defaults), value.spliced)
            return found if any(True for _ in hints(found, "")) or any(isinstance(c, LocalCell) for c in kept) else Fixed(value)
        case Partial(function=function, args=args, kwargs=kwargs):
            found = BoundForm(form(function), tuple(map(form, args)), tuple((k, form(v)) for k, v in kwargs))
            return found if any(True for _ in hints(found, "")) else Fixed(value)
        case OneOf(options=options):
            return Choice(tuple(map(form, options)))
        case Record(cls=cls, fields=fields):
            kept = {name: cell for name, cell in fields.items() if name not in cached(cls)}
            return ObjectForm(cls, tuple(kept), tuple(form(heap.get(c, UNDEFINED)) for c in kept.values()))
        case Pack(items=items):
            return tuple(map(form, items))
        case Lit() | Ref():
            return Fixed(value)
        case Unclear():
            raise Differ
    return Fixed(value) if holds_function(value) else None


def writes_captured(trace) -> bool:
    """Does an inner function write variables of the function around it?"""
    captured = {param.var for param in trace.params}
    return any(isinstance(stmt, Apply) and stmt.fn in (intrinsics.cell_write, intrinsics.cell_delete)
               and stmt.args[0] in captured for stmt in walk(trace.body))


def one_of(s, options, index: Var):
    """``(f, g)[index]``, also counted from the end."""
    if not all(is_function(o) or o == Lit(None) for o in options):
        raise s.refuse("functions and other things are in one tuple or list, and which is taken is known only at run time",
                       "put the functions in one of their own")
    return OneOf(s.b.apply(operator.getitem, s.b.apply(range, Lit(len(options))), index, kind=INT), tuple(options))


def place_of_key(s, keys: tuple, key: Var) -> Var:
    """The number of a key among known ones."""
    places = s.b.apply(intrinsics.build_dict, *[part for k, name in enumerate(keys) for part in (Lit(name), Lit(k))])
    return s.b.apply(operator.getitem, places, key, kind=INT)


def options_of(form) -> tuple | None:
    """The functions that a form may stand for; None if it is not that of a function, or of None."""
    match form:
        case Choice(options=options):
            return options
        case FunctionForm() | BoundForm():
            return (form,)
        case Fixed(value=value) if is_function(value) or value == Lit(None):
            return (form,)
    return None


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
    first, second = options_of(a), options_of(b)
    if first is not None and second is not None and any(f != Fixed(Lit(None)) for f in first + second):
        options = (*first, *(f for f in second if f not in first))
        if len(options) > MOST:
            raise Differ
        return Choice(options)
    if all(not isinstance(f, STRUCTURED) and not (isinstance(f, Fixed) and not is_atom(f.value)) and not (
            isinstance(f, tuple) and holds_fixed(f)) for f in (a, b)):
        return None
    raise Differ


def is_form(value) -> bool:
    """Is it the form of a value, not a value?"""
    return isinstance(value, (Fixed, tuple, *STRUCTURED))


def holds_fixed(form) -> bool:
    """Is there, in a form, what is no atom?"""
    match form:
        case ObjectForm() | FunctionForm() | BoundForm() | Choice():
            return True
        case tuple():
            return any(map(holds_fixed, form))
        case Fixed(value=value):
            return not is_atom(value)
    return False


def flattened(s, value, form, heap: dict, visible) -> list:
    """The atoms of a value of this form; objects are not written to from here on."""
    def flat(values, parts) -> list:
        return [atom for v, f in zip(values, parts, strict=True) for atom in flattened(s, v, f, heap, visible)]

    if value == UNDEFINED and form is not None:
        return [UNDEFINED for _ in hints(form, "")]
    match form:
        case Fixed():
            return []
        case ObjectForm(names=names, forms=parts):
            value = opened(s, value)
            share(s, value)
            return flat([heap.get(value.fields[n], UNDEFINED) for n in names], parts)
        case FunctionForm(cells=cells, defaults=defaults):
            return flat([heap[c] for c, f in zip(value.cells, cells) if isinstance(f, LocalCell)],
                        [f.form for f in cells if isinstance(f, LocalCell)]) + flat(
                [v for _, v in value.defaults], [f for _, f in defaults])
        case BoundForm(function=function, args=args, kwargs=kwargs):
            return flat([value.function, *value.args, *(v for _, v in value.kwargs)],
                        [function, *args, *(f for _, f in kwargs)])
        case Choice(options=options):
            return _chosen(s, value, options, heap, visible)
        case tuple():
            return flat(value.items, form)
    return [s.atom(value)]


def _chosen(s, value, options: tuple, heap: dict, visible) -> list:
    """The atoms of one of several functions: its number, and what each of them consists of."""
    own = value.options if isinstance(value, OneOf) else (value,)
    places = [options.index(form_of(s, v, heap, visible)) for v in own]
    given = dict(zip(places, own))
    if not isinstance(value, OneOf):
        index = Lit(places[0])
    elif isinstance(value.index, Lit):
        index = Lit(places[value.index.value])
    elif places == list(range(len(places))):
        index = value.index
    else:
        table = s.b.apply(intrinsics.build_tuple, *map(Lit, places))
        index = s.b.apply(operator.getitem, table, value.index, kind=INT)
    return [index, *(atom for k, f in enumerate(options)
                     for atom in flattened(s, given.get(k, UNDEFINED), f, heap, visible))]


def share(s, record: Record) -> None:
    settle(s, record, SEVERAL)
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
            record.fields.settled, record.fields.shared = SEVERAL, True
            return record
        case FunctionForm(trace=trace, cells=captured, defaults=defaults, spliced=spliced):
            kept = []
            for f in captured:
                if isinstance(f, Fixed):
                    kept.append(f.value)
                else:
                    kept.append(Cell(f.name))
                    cells[kept[-1]] = put_together(f.form, atoms, cells)
            return Closure(trace, tuple(kept), tuple((k, put_together(f, atoms, cells)) for k, f in defaults), spliced)
        case BoundForm(function=function, args=args, kwargs=kwargs):
            made = put_together(function, atoms, cells)
            given = tuple(put_together(f, atoms, cells) for f in args)
            return Partial(made, given, tuple((k, put_together(f, atoms, cells)) for k, f in kwargs))
        case Choice(options=options):
            index = next(atoms)
            return OneOf(index, tuple(put_together(f, atoms, cells) for f in options))
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
        case FunctionForm(cells=cells, defaults=defaults):
            for name, f in (*((f.name, f.form) for f in cells if isinstance(f, LocalCell)), *defaults):
                yield from hints(f, name)
        case BoundForm(function=function, args=args, kwargs=kwargs):
            for f in (function, *args, *(f for _, f in kwargs)):
                yield from hints(f, "")
        case Choice(options=options):
            yield hint
            for f in options:
                yield from hints(f, "")
        case EntriesForm(parts=parts):
            for f in parts:
                yield from hints(f, "")
        case _:
            yield hint
