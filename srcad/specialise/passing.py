"""What is passed to a Trace of its own: values taken apart into forms, known while compiling, and run-time atoms.

`Abstraction` does that at the call; `Concretion` puts the values together again inside the callee. Callees are told apart
by the forms of their arguments (`form_key`).
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad.specialise.forms import EntriesForm
from srcad.specialise.objects.records import Fields
from srcad.specialise.values import (
    UNDEFINED,
    Cell,
    Closure,
    Entries,
    Instance,
    Keyed,
    Mapping,
    OneOf,
    Pack,
    Partial,
    Record,
    Sequence,
    Unclear,
)
from srcad.trace import ir
from srcad.trace.ir import Lit, Ref, Var


@dataclass(frozen=True)
class CellForm:
    """A cell among a callee's arguments: which one, and the form of its value where it is met first."""

    number: int
    name: str
    value: object = None
    cls: type = Cell


@dataclass(frozen=True)
class ReferenceForm:
    """A list or dict among a callee's arguments."""

    cls: type
    cell: CellForm


@dataclass(frozen=True)
class ClosureForm:
    """An inner function among a callee's arguments."""

    trace: ir.Function
    cells: tuple
    defaults: tuple


@dataclass(frozen=True)
class RecordForm:
    """An object made inside the program among a callee's arguments: which one, and its attributes where it is met first."""

    number: int
    cls: type
    fields: tuple | None = None
    settled: str = ""


@dataclass(frozen=True)
class PartialForm:
    """A partial among a callee's arguments."""

    function: object
    args: tuple
    kwargs: tuple


@dataclass(frozen=True)
class OneOfForm:
    """One of several functions among a callee's arguments."""

    index: object
    options: tuple


class NotSeparate(Exception):
    """Something among the arguments cannot be passed to a Trace of its own: the call is written out."""


class Abstraction:
    """Splits values into forms and run-time atoms: static parts stay as they are, the rest are positions in `flat`.

    `whole`: literal whole numbers are static, too.
    """

    def __init__(self, s, flat: list, whole: bool = False) -> None:
        self.s, self.flat, self.whole = s, flat, whole
        self.cells: dict = {}

    def of(self, value):
        """The form of a value."""
        match value:
            case Var():
                self.flat.append(value)
                return len(self.flat) - 1
            case Lit() if type(value.value) in (float, complex) or type(value.value) is int and not self.whole:
                self.flat.append(value)
                return len(self.flat) - 1
            case Lit() | Ref() | Instance() | Unclear():
                return value
            case Pack(items=items):
                return tuple(self.of(i) for i in items)
            case Cell(name=name):
                if value in self.cells:
                    return CellForm(self.cells[value], name)
                number = self.cells[value] = len(self.cells)
                return CellForm(number, name, self.of(self.s.heap.get(value, UNDEFINED)), type(value))
            case Sequence(cell=cell) | Mapping(cell=cell):
                return ReferenceForm(type(value), self.of(cell))
            case Entries(keys=keys, items=items):
                return EntriesForm(keys, tuple(self.of(i) for i in items))
            case Keyed():
                raise NotSeparate
            case Closure(trace=trace, cells=cells, defaults=defaults):
                return ClosureForm(trace, tuple(self.of(c) for c in cells), tuple((k, self.of(v)) for k, v in defaults))
            case Record(cls=cls, fields=fields):
                if id(fields) in self.cells:
                    return RecordForm(self.cells[id(fields)], cls)
                number = self.cells[id(fields)] = len(self.cells)
                return RecordForm(number, cls, tuple((k, self.of(c)) for k, c in fields.items()), fields.settled)
            case OneOf(index=index, options=options):
                return OneOfForm(self.of(index), tuple(map(self.of, options)))
            case Partial(function=function, args=args, kwargs=kwargs):
                return PartialForm(self.of(function), tuple(self.of(a) for a in args),
                                   tuple((k, self.of(v)) for k, v in kwargs))
        return self.of(self.s.atom(value))


class Concretion:
    """Makes a callee's argument values from their forms and the callee's parameters."""

    def __init__(self, s, params: list) -> None:
        self.s, self.params = s, params
        self.cells: dict = {}        # number → Cell
        self.before: dict = {}       # Cell → its value at the start
        self.records: list = []      # (attributes of an object, how many it had)

    def of(self, form):
        """The value of a form."""
        match form:
            case int():
                return self.params[form]
            case tuple():
                return Pack(tuple(map(self.of, form)))
            case ReferenceForm(cls=cls, cell=cell):
                return cls(self.of(cell))
            case EntriesForm(keys=keys, parts=items):
                return Entries(keys, tuple(map(self.of, items)))
            case CellForm(number=number, name=name, value=content, cls=cls):
                cell = self.cells.get(number)
                if cell is None:
                    cell = self.cells[number] = cls(name)
                    self.before[cell] = self.s.heap[cell] = self.of(content)
                return cell
            case ClosureForm(trace=trace, cells=cells, defaults=defaults):
                return Closure(trace, tuple(map(self.of, cells)), tuple((k, self.of(v)) for k, v in defaults))
            case RecordForm(number=number, cls=cls, fields=fields, settled=settled):
                record = self.cells.get(number)
                if record is None:
                    record = self.cells[number] = Record(cls, Fields())
                    record.fields.made, record.fields.settled = True, settled
                    record.fields.update((k, self.of(c)) for k, c in fields)
                    self.records.append((record.fields, len(record.fields)))
                return record
            case OneOfForm(index=index, options=options):
                return OneOf(self.of(index), tuple(map(self.of, options)))
            case PartialForm(function=function, args=args, kwargs=kwargs):
                return Partial(self.of(function), tuple(map(self.of, args)), tuple((k, self.of(v)) for k, v in kwargs))
        return form

    def is_changed(self) -> bool:
        """Has the callee written a variable of its caller, or put a list or dict of its caller elsewhere?"""
        return any(cell in self.s.pinned for cell in self.before) or any(
            self.s.heap[cell] is not value for cell, value in self.before.items()) or any(
            len(fields) != count for fields, count in self.records)


def form_key(form):
    """What a form is told apart by."""
    match form:
        case tuple():
            return tuple(map(form_key, form))
        case Instance():
            return ("instance", id(form.value))
        case CellForm():
            return ("cell", form.number, form.cls, form_key(form.value))
        case ReferenceForm():
            return ("reference", form.cls, form_key(form.cell))
        case EntriesForm():
            return ("entries", form.keys, form_key(form.parts))
        case ClosureForm():
            return ("closure", id(form.trace), form_key(form.cells), tuple((k, form_key(v)) for k, v in form.defaults))
        case RecordForm():
            fields = None if form.fields is None else tuple((k, form_key(c)) for k, c in form.fields)
            return ("record", form.number, id(form.cls), fields, form.settled)
        case OneOfForm():
            return ("one of", form_key(form.index), form_key(form.options))
        case PartialForm():
            return ("partial", form_key(form.function), form_key(form.args), tuple((k, form_key(v)) for k, v in form.kwargs))
    return form
