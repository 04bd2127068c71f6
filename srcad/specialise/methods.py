"""``owner.name(...)``: methods of what exists only while compiling, and of arrays, numbers, lists, dicts and texts."""

from __future__ import annotations

import inspect
import logging
import operator
import types

import numpy as np

from srcad.analysis.draws import GENERATORS
from srcad.errors import KindError
from srcad.specialise import dicts, distributions, lists, references, writes
from srcad.specialise.attributes import read_attribute
from srcad.specialise.callees import call_function, is_library
from srcad.specialise.objects.attributes import read_member
from srcad.specialise.objects.supers import call_super
from srcad.specialise.operations import operation
from srcad.specialise.values import UNDEFINED, Generated, Instance, Items, Mapping, Record, Sequence, Super
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref
from srcad.trace.kinds import Array, Bottom, DictOf, Kind, ListOf, Numeric, Object, Scalar, Static, TupleOf, Unknown
from srcad.trace.naming import show_kind

#: Methods of texts that are decided for constants.
TEXT_METHODS = {"split", "rsplit", "splitlines", "upper", "lower", "strip", "lstrip", "rstrip", "replace", "startswith",
                "endswith", "title", "capitalize", "isdigit", "isalpha", "isupper", "islower", "count", "find", "removeprefix",
                "removesuffix"}
#: Methods of arrays that are functions of NumPy with the same arguments, which take numbers too.
REDUCTIONS = {"sum", "mean", "prod", "max", "min", "std", "var", "dot", "any", "all", "copy"}


def call_method(s, owner, name: str, args: list, kwargs: list, hint: str):
    """``owner.name(*args, **kwargs)``"""
    if s.program.containers and not s.frozen:
        owner = references.wrapped(s, owner)
    if name == "join":
        args = [a.items if isinstance(a, Generated) else a for a in args]
    if distributions.is_frozen_here(owner):
        return distributions.call_frozen(s, owner, name, args, kwargs, hint)
    match owner:
        case Sequence():
            return lists.call_list_method(s, owner, name, args, kwargs, hint)
        case Mapping():
            return dicts.call_dict_method(s, owner, name, args, kwargs)
        case Super():
            return call_super(s, owner, name, args, kwargs, hint)
        case Record():
            return s.call(read_member(s, owner, name), args, kwargs, hint)
        case Instance():
            return _of_instance(s, owner, name, args, kwargs, hint)
        case Lit() if type(owner.value) in (str, bytes):
            return _of_text(s, owner, name, args, kwargs, hint)
    return _of_kind(s, owner, s.kind(owner), name, args, kwargs, hint)


def _of_instance(s, owner: Instance, name: str, args: list, kwargs: list, hint: str):
    """A method of an object from outside: its function is followed, or is an operation if it is a library's."""
    found, (label, read, key) = owner.value, owner.path
    if isinstance(found, (logging.Logger, *GENERATORS)):
        return s.call_object(getattr(type(found), name), [s.hidden(label, read, key), *args], kwargs, hint)
    if isinstance(inspect.getattr_static(type(found), name, None), staticmethod):
        return s.call(Ref(getattr(type(found), name)), args, kwargs, hint)
    function = getattr(type(found), name, None)
    if isinstance(function, types.FunctionType) and name not in getattr(found, "__dict__", {}):
        if is_library(function):
            return operation(s, function, [s.hidden(label, read, key), *args], kwargs, hint)
        return call_function(s, function, [owner, *args], kwargs, hint)
    bound = getattr(found, name)
    if isinstance(bound, types.MethodType) and isinstance(bound.__self__, type):
        return call_function(s, bound.__func__, [Ref(bound.__self__), *args], kwargs, hint)
    return s.call(read_attribute(s, owner, name), args, kwargs, hint)


def _of_text(s, owner: Lit, name: str, args: list, kwargs: list, hint: str):
    """A method of a constant text: decided if its arguments are constants."""
    if type(owner.value) is str and name in TEXT_METHODS and not kwargs and all(isinstance(a, Lit) for a in args):
        made = getattr(owner.value, name)(*(a.value for a in args))
        return s.call(Ref(intrinsics.build_list), [Lit(v) for v in made]) if isinstance(made, list) else Lit(made)
    return operation(s, getattr(type(owner.value), name), [owner, *args], kwargs, hint)


def _of_kind(s, owner, kind: Kind, name: str, args: list, kwargs: list, hint: str):
    """A method of a variable or constant, of which the kind is known."""
    match kind:
        case Array():
            return s.call_object(_found(s, np.ndarray, "arrays have", name), [owner, *args], kwargs, hint)
        case Scalar(dtype=dtype) if dtype is not None and hasattr(np.ndarray, name):
            return s.call_object(getattr(np.ndarray, name), [owner, *args], kwargs, hint)
        case Scalar(base=base):
            return s.call_object(_found(s, base, f"{base.__name__} has", name), [owner, *args], kwargs, hint)
        case DictOf():
            return _of_dict(s, owner, kind, name, args)
        case TupleOf(cls=cls) if isinstance(inspect.getattr_static(cls or tuple, name, None), types.FunctionType):
            return call_function(s, inspect.getattr_static(cls, name), [owner, *args], kwargs, hint)
        case TupleOf() | ListOf():
            return _of_sequence(s, owner, list if isinstance(kind, ListOf) else tuple, name, args, kwargs, hint)
        case Static(value=target) if callable(target) and not isinstance(owner, Lit):
            return s.call(read_attribute(s, Ref(target), name), args, kwargs, hint)
        case Object(cls=cls) if hasattr(cls, name):
            if getattr(cls, name) in writes.REFUSED:
                raise writes.refuse_writer(s, getattr(cls, name))
            return operation(s, getattr(cls, name), [owner, *args], kwargs, hint)
        case Bottom():
            return UNDEFINED
        case Numeric() if name in REDUCTIONS:
            return s.call_object(getattr(np, name), [owner, *args], kwargs, hint)
        case Numeric() | Unknown():
            if not hasattr(np.ndarray, name):
                raise KindError(f"the method {name} is called on a value of which it is not known what it is",
                                "call it before the derivative is made, and pass what it gives as an argument", s.b.loc)
            raise KindError(
                f"the method {name} is called on a value of which it is not known whether it is a number or an array",
                f"use the function form, such as np.{name}(...), or give the value one kind on every path", s.b.loc)
    raise s.refuse(f"a value that is {show_kind(kind)} has no method {name} that is known to srcad", "write what it computes")


def _found(s, cls: type, whose: str, name: str):
    method = getattr(cls, name, None)
    if method is None:
        raise s.refuse(f"{whose} no method {name}", "check its name")
    return method


def _of_dict(s, owner, kind: DictOf, name: str, args: list):
    """A method of a dict that is a variable: its keys are known, and it is not changed."""
    if name in ("items", "keys", "values") and not args:
        return Items(s.atom(owner), name)
    if name == "get" and args and isinstance(args[0], Lit):
        if args[0].value in kind.keys:
            return s.call(Ref(operator.getitem), [owner, args[0]])
        return args[1] if len(args) > 1 else Lit(None)
    if name in dicts.DICT_CHANGES or name == "get":
        references.follow(s)
    raise s.refuse(f"the method {name} of a dict changes it or is not known to srcad",
                   "build the dict in one expression and read its items")


def _of_sequence(s, owner, cls: type, name: str, args: list, kwargs: list, hint: str):
    """A method of a list or tuple that is not changed."""
    if name in ("index", "count"):
        return operation(s, getattr(cls, name), [owner, *args], kwargs, hint)
    if name == "copy":
        return operation(s, list, [owner], [], hint)
    if cls is list and name in lists.LIST_CHANGES:
        references.follow(s)
    raise s.refuse(f"the list method {name} changes a list in place", "build the list in one expression")
