"""``cls(...)``: objects made by ``__init__``, and by what dataclasses, attrs and named tuples generate in its place."""

from __future__ import annotations

import abc
import dataclasses
import inspect
import types

from srcad.places import MISSING, Attribute, Held
from srcad.polynomials import FOLLOWED
from srcad.specialise.callees import call_function, is_literal
from srcad.specialise.names import value_of_object
from srcad.specialise.objects.attributes import guard, write_member
from srcad.specialise.objects.records import Fields, is_frozen, is_made, put
from srcad.specialise.values import Record
from srcad.trace.ir import Lit, Ref


def make_object(s, cls: type, args: list, kwargs: list):
    """``cls(*args, **kwargs)``"""
    if cls is types.SimpleNamespace:
        return _make_namespace(s, args, kwargs)
    if cls in FOLLOWED:
        record = Record(cls, Fields())
        initialise(s, cls, record, args, kwargs, FOLLOWED[cls])
        record.fields.made = True
        return record
    if type(cls) not in (type, abc.ABCMeta):
        raise s.refuse(f"the class {cls.__name__} has a metaclass of its own", "make the object outside, and use it here")
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return make_named_tuple(s, cls, args, kwargs)
    if any(base not in (object, abc.ABC) and not is_made(base) and base.__module__ not in ("typing", "abc")
           for base in cls.__mro__):
        raise s.refuse(f"the class {cls.__name__} is derived from a builtin or library class",
                       "give it an attribute of that class instead")
    for name in ("__new__", "__setattr__", "__getattribute__", "__getattr__"):
        own = inspect.getattr_static(cls, name, None)
        if own is not None and own is not inspect.getattr_static(object, name, None) and not is_frozen(cls, name):
            raise s.refuse(f"the class {cls.__name__} defines {name}", "make the object outside, and use it here")
    record = Record(cls, Fields())
    initialise(s, cls, record, args, kwargs, cls)
    record.fields.made = True
    return record


def _make_namespace(s, args: list, kwargs: list) -> Record:
    if args:
        raise s.refuse("SimpleNamespace is made of a mapping", "write the attributes by name: SimpleNamespace(a=...)")
    record = Record(types.SimpleNamespace, Fields())
    for name, value in kwargs:
        write_member(s, record, name, value)
    record.fields.made = True
    return record


def make_named_tuple(s, cls: type, args: list, kwargs: list):
    named, values = dict(kwargs), list(args)
    for name in cls._fields[len(values):]:
        if name in named:
            values.append(named.pop(name))
        elif name in cls._field_defaults:
            values.append(_constant(s, cls, name, cls._field_defaults[name]))
        else:
            raise _wrong_arguments(s, cls, f"misses the argument {name!r}", cls._fields)
    if named or len(values) != len(cls._fields):
        raise _wrong_arguments(s, cls, "takes other arguments than it is given", cls._fields)
    record = Record(cls, Fields())
    for name, value in zip(cls._fields, values):
        write_member(s, record, name, value)
    record.fields.made = True
    return record


def _wrong_arguments(s, cls: type, what: str, names):
    return s.refuse(f"{cls.__name__}() {what}", f"its parameters are {', '.join(names)}" if names else "it has no parameters")


def _constant(s, owner, name: str, value):
    return Lit(value) if is_literal(value) else value_of_object(
        s, value, name, Held(value), ("constant", id(owner), name))


def initialise(s, found: type, record: Record, args: list, kwargs: list, start: type) -> None:
    """Run ``__init__``, looked up from `start` on; of a dataclass what the generated one does."""
    owner = next((c for c in start.__mro__ if "__init__" in c.__dict__), object)
    function = owner.__dict__.get("__init__")
    guard(s, owner, "__init__", None, function)
    if owner is object:
        if args or kwargs:
            raise s.refuse(f"{record.cls.__name__}() takes no arguments", "leave them out, or define __init__")
        return
    if dataclasses.is_dataclass(owner) and getattr(owner, "__dataclass_params__", None) is not None and (
            owner.__dataclass_params__.init and "__dataclass_fields__" in owner.__dict__ and _is_generated(function)):
        _initialise_dataclass(s, owner, record, args, kwargs)
        return
    if "__attrs_attrs__" in owner.__dict__ and _is_generated(function):
        _initialise_attrs(s, owner, record, args, kwargs)
        return
    if not isinstance(function, types.FunctionType):
        raise s.refuse(f"how an object of {record.cls.__name__} is made cannot be followed", "make it outside")
    call_function(s, function, [record, *args], kwargs, "")


def _is_generated(function) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename.startswith("<")


def _initialise_dataclass(s, owner: type, record: Record, args: list, kwargs: list) -> None:
    given, named = list(args), dict(kwargs)
    later: list = []
    names = [name for name, field in owner.__dataclass_fields__.items() if field.init]
    for name, field in owner.__dataclass_fields__.items():
        kind = field._field_type
        if kind is dataclasses._FIELD_CLASSVAR:
            continue
        value = MISSING
        if field.init:
            if given and not field.kw_only:
                value = given.pop(0)
            elif name in named:
                value = named.pop(name)
        if value is MISSING:
            if field.default is not dataclasses.MISSING:
                value = _constant(s, owner, name, field.default)
            elif field.default_factory is not dataclasses.MISSING:
                value = s.call(Ref(field.default_factory), [], [])
            elif field.init:
                raise _wrong_arguments(s, owner, f"misses the argument {name!r}", names)
            else:
                continue
        if kind is dataclasses._FIELD_INITVAR:
            later.append(value)
        else:
            write_member(s, record, name, value)
    if given or named:
        raise _wrong_arguments(s, owner, "takes other arguments than it is given", names)
    post = inspect.getattr_static(record.cls, "__post_init__", None)
    if post is not None:
        call_function(s, post, [record, *later], [], "")


def name_for_init(field) -> str:
    """What the ``__init__`` that attrs generates calls an attribute."""
    return getattr(field, "alias", None) or field.name.lstrip("_")


def _initialise_attrs(s, owner: type, record: Record, args: list, kwargs: list) -> None:
    """What the ``__init__`` does that attrs generates."""
    given, named = list(args), dict(kwargs)
    names = [name_for_init(field) for field in owner.__attrs_attrs__ if field.init]
    for field in owner.__attrs_attrs__:
        name = name_for_init(field)
        factory = getattr(field.default, "factory", None)
        if field.init and given and not field.kw_only:
            value = given.pop(0)
        elif field.init and name in named:
            value = named.pop(name)
        elif factory is not None:
            value = s.call(Ref(factory), [record] if field.default.takes_self else [], [])
        elif type(field.default).__name__ != "_Nothing":
            value = _constant(s, owner, field.name, field.default)
        elif field.init:
            raise _wrong_arguments(s, owner, f"misses the argument {name!r}", names)
        else:
            continue
        if field.converter is not None:
            value = s.call(Ref(field.converter), [value], [])
        write_member(s, record, field.name, value)
    if given or named:
        raise _wrong_arguments(s, owner, "takes other arguments than it is given", names)
    post = inspect.getattr_static(record.cls, "__attrs_post_init__", None)
    if post is not None:
        call_function(s, post, [record], [], "")


def constant_polynomial(s, value):
    """A polynomial that exists before the derivative is made, as an object whose methods are followed."""
    if not isinstance(value, Ref) or type(value.value) not in FOLLOWED:
        return value
    owner, record = value.value, Record(type(value.value), Fields())
    for name in ("coef", "domain", "window"):
        held = value_of_object(s, getattr(owner, name), name, Attribute(owner, name), ("polynomial", id(owner), name))
        put(s, record, name, held)
    put(s, record, "_symbol", Lit(owner.symbol))
    record.fields.made = True
    record.fields.settled = "which was made outside"
    return record
