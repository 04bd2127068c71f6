"""What a free name means: code that is taken as fixed, under a guard, or data that is read at each call."""

from __future__ import annotations

import functools
import types

import numpy as np

from srcad.places import AttributeOf, TypeOf
from srcad.rules.registry import find_rule
from srcad.specialise import callees, numba_objects
from srcad.specialise.values import Instance
from srcad.trace.ir import Lit, Ref


def read_free(s, free):
    """The value of a global, builtin or closure name."""
    try:
        value = free.read()
    except NameError as error:
        raise s.refuse(str(error), "define it before the derivative is made") from None
    if s.frozen:
        return rule_constant(s, value, free.name)
    key = ("free", id(free.holder), free.name)
    return value_of_object(s, value, free.name, free.read, key)


def rule_constant(s, value, name: str):
    """A name in a rule's body: code or a number, taken as fixed."""
    if callees.is_literal(value):
        return Lit(value)
    if callable(value) or isinstance(value, types.ModuleType):
        return Ref(value)
    raise s.refuse(f"a derivative rule reads {name}, which is neither a function nor a number", "write the value into the rule")


def value_of_object(s, value, name: str, read, key: tuple):
    """An object found by name: fixed (with a guard) if it is code or static, else read at each call."""
    cls = type(value)
    if value is None or cls in (bool, str, bytes) or value is Ellipsis:
        s.program.guard(read, value, name, key)
        return Lit(value)
    if is_data(value):
        return s.hidden(name, read, key)
    if callable(value) and (not is_instance(value) or find_rule(value) is not None) or isinstance(
            value, types.ModuleType | np.dtype):
        guard_code(s, value, name, read, key)
        return Ref(value)
    s.program.guard(TypeOf(read), cls, name, (*key, "class"))
    return Instance(value, (name, read, key))


def guard_code(s, value, name: str, read, key: tuple) -> None:
    """Take a function or module as fixed. A bound method is a new object each time that it is read."""
    if isinstance(value, types.MethodType):
        for part in ("__func__", "__self__"):
            s.program.guard(AttributeOf(read, part), getattr(value, part), name, (*key, part))
    else:
        s.program.guard(read, value, name, key)


def is_data(value) -> bool:
    if isinstance(value, tuple) and type(value) is not tuple and not hasattr(value, "_fields"):
        return False                                   # such as sys.float_info: read by attributes
    return isinstance(value, int | float | complex | np.ndarray | np.generic | list | tuple | dict | range | slice)


def is_instance(value) -> bool:
    """An object of a class of the user's (callable or not), as opposed to a function, class or library callable."""
    cls = type(value)
    return not isinstance(
        value,
        type | types.FunctionType | types.BuiltinFunctionType | types.MethodType | types.MethodDescriptorType
        | types.WrapperDescriptorType | np.ufunc | functools.partial,
    ) and not (
        isinstance(getattr(value, "py_func", None), types.FunctionType) or hasattr(value, "__srcad_call__")
        or cls.__module__.partition(".")[0] in ("numpy", "builtins", "functools", "scipy")
        or numba_objects.is_sealed(value))
