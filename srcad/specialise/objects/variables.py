"""Objects that variables of the generated code hold: taken apart where they come from, put together where they go.

    def f(p): return p.x * 2     →     p is a Record whose cell `x` holds the variable `p.x`
"""

from __future__ import annotations

import operator
import types

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.specialise.objects.records import GIVEN, Fields, cached, put, settle
from srcad.specialise.values import NotOneFunction, Pack, Record
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import LONGEST, Static, Struct, TupleOf, has_attributes, is_container, names_of


def opened(s, value):
    """A variable that holds an object, or a named tuple, as what its attributes are; anything else as it is."""
    if not isinstance(value, Var) or not has_attributes(value.kind) or s.frozen:
        return value
    record = Record(value.kind.cls, Fields())
    named = isinstance(value.kind, Struct)
    for k, (name, kind) in enumerate(zip(names_of(value.kind), value.kind.items)):
        item = s.b.apply(getattr, value, Lit(name), kind=kind) if named else s.b.apply(
            operator.getitem, value, Lit(k), kind=kind)
        item.hint = "" if is_container(kind) else name
        put(s, record, name, known_value(s, item))
    record.fields.made = True
    record.fields.source = value
    record.fields.settled = GIVEN
    return record


def known_value(s, var: Var):
    """What a variable stands for: a constant if its kind is static, its items or attributes if these are known."""
    kind = var.kind
    if isinstance(kind, Static):
        value = kind.value
        return Lit(value) if isinstance(value, bool | str | bytes | type(None) | type(Ellipsis)) else Ref(value)
    if isinstance(kind, TupleOf) and kind.cls is None and len(kind.items) <= LONGEST:
        return Pack(tuple(known_value(s, s.b.apply(operator.getitem, var, Lit(k), kind=item))
                          for k, item in enumerate(kind.items)))
    return opened(s, var)


def as_atom(s, record: Record):
    """An object as a value of the generated code; from here on it is not written."""
    if record.fields.source is not None:
        return record.fields.source
    if not is_plain(record.cls):
        raise NotOneFunction(f"an object of {record.cls.__name__} is kept where only numbers and arrays can be, or is returned",
                             "return its attributes, or a tuple of them", s.b.loc)
    settle(s, record, "which is kept in a list or the like, or returned")
    items = tuple((name, s.atom(s.read_cell(cell))) for name, cell in record.fields.items() if name not in cached(record.cls))
    kinds = tuple(kind_of_atom(a) for _, a in items)
    kind = TupleOf(kinds, record.cls) if issubclass(record.cls, tuple) else Struct(
        record.cls, tuple(name for name, _ in items), kinds)
    return s.b.apply(runtime.make_like, Ref(record.cls), kwargs=items, kind=kind)


def is_plain(cls: type) -> bool:
    """Can an object of this class be made by giving it its attributes?"""
    return all(runtime.is_made_by_python(base) or base in (object, tuple, types.SimpleNamespace) for base in cls.__mro__)
