"""Objects whose attributes are what varies."""

from __future__ import annotations

import functools
import inspect
import sys
import types

import numpy as np


def is_opaque(package):
    """Is it a package whose objects are never looked into?"""
    return package != "__main__" and (package in sys.stdlib_module_names or package in (
        "numpy", "scipy", "srcad", "numba", "jax", "torch", "pandas", "sklearn", "matplotlib", "pytest", "_pytest", "hypothesis"))


def is_made_by_python(cls):
    """Is it a class that a statement of Python has made?"""
    return bool(cls.__flags__ & 1 << 9)


def attributes_of(x):
    """The names of the attributes that make up an object; None for what is no object of a class written in Python.

    Of a dataclass or a class of attrs its fields, then what else has been assigned; never what `functools.cached_property`
    remembers.
    """
    cls = type(x)
    if is_opaque(cls.__module__.partition(".")[0]) and cls is not types.SimpleNamespace and not hasattr(
            cls, "__dataclass_fields__"):
        return None
    if isinstance(x, tuple | type | types.ModuleType | BaseException | np.ndarray) or hasattr(cls, "__srcad_call__"):
        return None
    if any(not is_made_by_python(base) and base not in (object, types.SimpleNamespace)
           or is_made_by_python(base) and "__getattribute__" in base.__dict__ for base in cls.__mro__):
        return None
    declared = [*getattr(cls, "__dataclass_fields__", ()), *(a.name for a in getattr(cls, "__attrs_attrs__", ()))]
    for base in cls.__mro__[::-1]:
        slots = base.__dict__.get("__slots__", ())
        declared += (slots,) if isinstance(slots, str) else slots
    own = getattr(x, "__dict__", {})
    names = []
    for name in dict.fromkeys([*declared, *own]):
        found = inspect.getattr_static(cls, name, None)
        if name in ("__dict__", "__weakref__") or isinstance(found, functools.cached_property):
            continue
        if not isinstance(name, str) or not name.isidentifier() or name in own and hasattr(type(found), "__set__"):
            return None
        if name in own or isinstance(found, types.MemberDescriptorType) and hasattr(x, name):
            names.append(name)
    return tuple(names)


def make_like(pattern, /, **attributes):
    """An object of a class, or of that of another object, with these attributes; nothing of the class is called."""
    cls = pattern if isinstance(pattern, type) else type(pattern)
    if issubclass(cls, tuple):
        fields: tuple = getattr(cls, "_fields", ())
        return tuple.__new__(cls, [attributes[name] for name in fields])
    made = cls() if cls is types.SimpleNamespace else object.__new__(cls)
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made


def map_attributes(function, x, *others):
    """`function` of each attribute of objects of one class, as such an object; None for what has no attributes."""
    names = attributes_of(x)
    if names is None:
        return None
    return make_like(x, **{name: function(*(getattr(y, name) for y in (x, *others))) for name in names})
