"""Objects and containers made of an object: copies, ``dataclasses.replace``, ``asdict`` and the like."""

from __future__ import annotations

import copy
import dataclasses
import types

import numpy as np

from srcad.specialise.objects.attributes import dict_of, mapped, read_member, replaced
from srcad.specialise.objects.making import make_named_tuple, make_object, name_for_init
from srcad.specialise.objects.records import Fields, class_attribute, put
from srcad.specialise.values import Mapping, Pack, Record, Sequence
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import Array, DictOf, ListOf, Scalar, is_container


def _replace(s, args, kwargs):
    """``dataclasses.replace(record, **changes)``"""
    record = args[0]
    if not isinstance(record, Record) or not dataclasses.is_dataclass(record.cls):
        return NotImplemented
    given = dict(kwargs)
    for name, field in record.cls.__dataclass_fields__.items():
        if field.init and name not in given and field._field_type is dataclasses._FIELD:
            given[name] = read_member(s, record, name)
    return make_object(s, record.cls, [], list(given.items()))


def _replaced(s, args, kwargs):
    given = {name: s.read_cell(args[0].fields[name]) for name in args[0].cls._fields}
    if not set(kwargs_names := dict(kwargs)) <= set(given):
        raise s.refuse(f"{args[0].cls.__name__} has no field {next(n for n in kwargs_names if n not in given)!r}",
                       f"its fields are {', '.join(given)}")
    return make_named_tuple(s, args[0].cls, [], list((given | kwargs_names).items()))


def _mapped(s, args, kwargs):
    return dict_of(s, [(name, s.read_cell(args[0].fields[name])) for name in args[0].cls._fields])


def _dataclass_fields(s, args, kwargs):
    value = args[0]
    cls = value.cls if isinstance(value, Record) else value.value if isinstance(value, Ref) else None
    return Pack(tuple(map(Ref, dataclasses.fields(cls)))) if dataclasses.is_dataclass(cls) else NotImplemented


#: The methods by which a class says how its objects are copied.
COPYING = ("__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__", "__getstate__")


def _copied(deep: bool):
    """``copy.copy`` and ``copy.deepcopy`` of an object."""
    def copied(s, args, kwargs):
        if len(args) != 1 or kwargs:
            return NotImplemented
        if not deep and is_collection(args[0]):
            kind = s.kind(args[0])
            made = np.ndarray.copy if isinstance(kind, Array) else list if isinstance(kind, ListOf) else dict
            return s.call(Ref(made), args)
        if not isinstance(args[0], Record):
            return NotImplemented
        return _copy(s, args[0], deep, {})
    return copied


def is_collection(value) -> bool:
    """Is it an array, a list or a dict?"""
    return isinstance(value, Sequence | Mapping) or isinstance(value, Var) and isinstance(value.kind, Array | ListOf | DictOf)


def _copy(s, value, deep: bool, known: dict):
    match value:
        case Record(cls=cls, fields=fields):
            for name in () if cls is types.SimpleNamespace else COPYING:
                if class_attribute(cls, name) is not class_attribute(object, name):
                    raise s.refuse(f"the class {cls.__name__} says by {name} how it is copied", "make the new object yourself")
            if id(fields) not in known:
                made = known[id(fields)] = Record(cls, Fields())
                for name, cell in fields.items():
                    item = s.read_cell(cell)
                    put(s, made, name, _copy(s, item, True, known) if deep else item)
                made.fields.made = True
            return known[id(fields)]
        case Pack(items=items):
            return Pack(tuple(_copy(s, i, True, known) for i in items))
        case Var(kind=Array()):
            return s.b.apply(np.ndarray.copy, value)
        case Var(kind=Scalar()) | Lit() | Ref():
            return value
    raise s.refuse("an object that holds lists, dicts or functions is copied with all it holds", "make the new object yourself")


def evolved(s, args: list, kwargs: list):
    """``attr.evolve(record, **changes)``"""
    record, given = args[0], dict(kwargs)
    for field in record.cls.__attrs_attrs__:
        name = name_for_init(field)
        if field.init and name not in given:
            given[name] = read_member(s, record, field.name)
    return make_object(s, record.cls, [], list(given.items()))


def _as_dict(s, args, kwargs):
    return NotImplemented if kwargs or not isinstance(args[0], Record) else _converted(s, args[0], True)


def _as_tuple_of_values(s, args, kwargs):
    return NotImplemented if kwargs or not isinstance(args[0], Record) else _converted(s, args[0], False)


def _converted(s, value, to_dict: bool):
    """What `dataclasses.asdict` and ``astuple`` make of a value: containers again, arrays copied."""
    match value:
        case Record(cls=cls) if dataclasses.is_dataclass(cls):
            entries = [(name, _converted(s, read_member(s, value, name), to_dict)) for name in cls.__dataclass_fields__
                       if name in value.fields]
            return dict_of(s, entries) if to_dict else Pack(tuple(v for _, v in entries))
        case Pack(items=items):
            return Pack(tuple(_converted(s, item, to_dict) for item in items))
        case Var(kind=Array()):
            return s.b.apply(np.ndarray.copy, value)
        case Var(kind=kind) if is_container(kind):
            raise s.refuse("a dataclass that holds a list or a dict is converted", "read its attributes")
    return value


SPECIAL: dict = {
    dataclasses.replace: _replace, dataclasses.asdict: _as_dict, dataclasses.astuple: _as_tuple_of_values,
    dataclasses.fields: _dataclass_fields, copy.copy: _copied(False), copy.deepcopy: _copied(True), replaced: _replaced,
    mapped: _mapped,
}
