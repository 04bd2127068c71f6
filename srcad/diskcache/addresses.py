"""Places and objects as another process finds them: written as lists for JSON, and read back.

An object is reached from what a derivative is asked for (the function, the object it is bound to, what its arguments
are), from a place that the compiler looked at (`srcad.places`), or by its name in a module that is loaded. Nothing is ever
imported to find an object of the user's.
"""

from __future__ import annotations

import functools
import importlib
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.diskcache.descriptions import PLAIN, Unstable, name_of, named
from srcad.places import Attribute, AttributeOf, ClassAttribute, Free, Held, ItemOf, TypeOf
from srcad.trace import kinds as k
from srcad.trace.kinds import Array, DictOf, Kind, ListOf, Object, Scalar, Size, SliceOf, Static, Struct, TupleOf

Address = list
#: Modules that generated text may need and that are not loaded with the user's function.
IMPORTED = ("numpy", "scipy", "srcad", "math", "cmath", "operator", "functools", "builtins", "itertools")
_PARTS: dict[type, tuple[str, ...]] = {
    types.MethodType: ("__func__", "__self__"), property: ("fget", "fset"), staticmethod: ("__func__",),
    classmethod: ("__func__",), functools.cached_property: ("func",), functools.partial: ("func",)}
_SIMPLE = {"numeric": k.NUMERIC, "unknown": k.UNKNOWN, "never": k.BOTTOM, "range": k.RANGE}
_BASES = {cls.__name__: cls for cls in (bool, int, float, complex)}


def parts_of(value) -> tuple[str, ...]:
    """The attributes of an object that lead to further code."""
    if type(value) in _PARTS:
        return _PARTS[type(value)]
    parts = getattr(type(value), "__srcad_parts__", ())
    return (*parts, "py_func") if isinstance(getattr(value, "py_func", None), types.FunctionType) else parts


def statics(kinds: tuple) -> list:
    """The objects that kinds of arguments hold, in order."""
    found: list = []

    def look(kind: Kind | None) -> None:
        match kind:
            case Static(value=value) if type(value) not in PLAIN:
                found.append(value)
            case Object(cls=cls):
                found.append(cls)
            case TupleOf(items=items, cls=cls):
                if cls is not None:
                    found.append(cls)
                for item in items:
                    look(item)
            case Struct(cls=cls, items=items):
                found.append(cls)
                for item in items:
                    look(item)
            case ListOf(element=element, items=items):
                look(element)
                for item in items or ():
                    look(item)
            case DictOf(values=values):
                for value in values:
                    look(value)

    for kind in kinds:
        look(kind)
    return found


class Finder:
    """Writes addresses, in the process that compiles."""

    def __init__(self, target, bound, held: list, guards=()) -> None:
        self._known: dict[int, Address] = {}
        self._keep: list = []
        self._looking: set[int] = set()
        self._places: dict[int, Callable] = {}
        self._enter(target, ["target"])
        if bound is not None:
            self._enter(bound, ["bound"])
        for n, value in enumerate(held):
            self._enter(value, ["static", n])
        self._guards = guards
        for guard in guards:
            if type(guard.expected) not in PLAIN:
                self._places.setdefault(id(guard.expected), guard.read)

    def _enter(self, value, address: Address) -> None:
        if id(value) in self._known or type(value) in PLAIN:
            return
        self._known[id(value)] = address
        self._keep.append(value)
        for part in parts_of(value):
            self._enter(getattr(value, part, None), ["part", address, part])

    def object(self, value) -> Address:
        """The address of an object.

        Raises
        ------
        Unstable
            If nothing leads to it.
        """
        found = self._known.get(id(value))
        if found is not None:
            return found
        if id(value) in self._looking:
            raise Unstable(f"{value!r} leads to itself")
        if isinstance(value, np.dtype):
            found = ["dtype", _dtype(value)]
        elif value is k.NO_VALUE:
            found = ["no value"]
        elif isinstance(value, types.ModuleType) and sys.modules.get(value.__name__) is value:
            found = ["module", value.__name__]
        elif id(value) in self._places:
            self._looking.add(id(value))
            try:
                found = ["at", self.place(self._places[id(value)])]
            finally:
                self._looking.discard(id(value))
        else:
            found = self._inside(value) or self._name(value)
        self._enter(value, found)
        return found

    def _inside(self, value) -> Address | None:
        """An address by way of an object that some guard has found."""
        for guard in self._guards:
            for part in parts_of(guard.expected):
                if getattr(guard.expected, part, None) is value and id(guard.expected) not in self._looking:
                    return ["part", self.object(guard.expected), part]
        return None

    def _name(self, value) -> Address:
        name = name_of(value)
        if name is None:
            raise Unstable(f"nothing leads to {value!r}")
        return ["named", *name]

    def place(self, read) -> Address:
        """The address of a place."""
        match read:
            case types.MethodType(__self__=Free() as free):
                return ["free", self.object(free.function), free.name, free.where]
            case Held(value=value):
                return ["held", self.object(value)]
            case Attribute(owner=owner, name=name):
                return ["attribute", self.object(owner), name]
            case AttributeOf(read=inner, name=name):
                return ["of", self.place(inner), name]
            case ItemOf(read=inner, key=key) if type(key) in (int, str):
                return ["item", self.place(inner), key]
            case TypeOf(read=inner):
                return ["type", self.place(inner)]
            case ClassAttribute(cls=cls, name=name, after=after):
                return ["class", self.object(cls), name, None if after is None else self.object(after)]
        raise Unstable(f"the place {read!r}")

    def kind(self, kind: Kind) -> object:
        """A kind."""
        match kind:
            case Scalar(base=base, dtype=dtype):
                return ["scalar", base.__name__, _dtype(dtype)]
            case Array(dtype=dtype, dims=dims):
                return ["array", _dtype(dtype), None if dims is None else [
                    [d.name, d.not_one] if isinstance(d, Size) else d for d in dims]]
            case TupleOf(items=items, cls=cls):
                return ["tuple", list(map(self.kind, items)), None if cls is None else self.object(cls)]
            case Struct(cls=cls, names=names, items=items):
                return ["struct", self.object(cls), list(names), list(map(self.kind, items))]
            case ListOf(element=element, items=items):
                return ["list", self.kind(element), None if items is None else list(map(self.kind, items))]
            case DictOf(keys=keys, values=values) if all(type(key) in (str, int) for key in keys):
                return ["dict", list(keys), list(map(self.kind, values))]
            case Static(value=value):
                if type(value) in (bool, str, type(None)):
                    return ["value", value]
                return ["static", self.object(value)] if type(value) not in PLAIN else ["plain", repr(value)]
            case Object(cls=cls):
                return ["object", self.object(cls)]
            case SliceOf(start=start, stop=stop, step=step):
                return ["slice", start, stop, step]
        for name, simple in _SIMPLE.items():
            if kind == simple:
                return [name]
        raise Unstable(f"the kind {kind!r}")


def _dtype(dtype: np.dtype | None) -> str | None:
    if dtype is not None and np.dtype(dtype.str) != dtype:
        raise Unstable(f"the dtype {dtype!r}")
    return None if dtype is None else dtype.str


class Resolver:
    """Reads addresses, in the process that loads. Whatever goes wrong there raises LookupError or AttributeError."""

    def __init__(self, target, bound, held: list) -> None:
        self._target, self._bound, self._held = target, bound, held

    def object(self, address: Address) -> Any:
        """The object at an address."""
        match address:
            case ["target"]:
                return self._target
            case ["bound"]:
                return self._bound
            case ["static", int(n)]:
                return self._held[n]
            case ["part", of, str(part)]:
                return getattr(self.object(of), part)
            case ["at", place]:
                return self.place(place)()
            case ["module", str(name)]:
                return _module(name)
            case ["named", str(module), str(qualname)]:
                _module(module)
                found = named(module, qualname)
                if found is None:
                    raise LookupError(qualname)
                return found
            case ["dtype", str(text)]:
                return np.dtype(text)
            case ["no value"]:
                return k.NO_VALUE
        raise LookupError(address)

    def place(self, address: Address) -> Callable:
        """The place at an address."""
        match address:
            case ["free", of, str(name), str(where)]:
                return free_name(self.object(of), name, where).read
            case ["held", of]:
                return Held(self.object(of))
            case ["attribute", of, str(name)]:
                return Attribute(self.object(of), name)
            case ["of", inner, str(name)]:
                return AttributeOf(self.place(inner), name)
            case ["item", inner, key]:
                return ItemOf(self.place(inner), key)
            case ["type", inner]:
                return TypeOf(self.place(inner))
            case ["class", cls, str(name), after]:
                return ClassAttribute(self.object(cls), name, None if after is None else self.object(after))
        raise LookupError(address)

    def kind(self, written) -> Kind:
        """A kind."""
        match written:
            case ["scalar", str(base), dtype]:
                return Scalar(_BASES[base], None if dtype is None else np.dtype(dtype))
            case ["array", dtype, dims]:
                return Array(None if dtype is None else np.dtype(dtype), None if dims is None else tuple(
                    Size(*d) if isinstance(d, list) else d for d in dims))
            case ["tuple", items, cls]:
                return TupleOf(tuple(map(self.kind, items)), None if cls is None else self.object(cls))
            case ["struct", cls, names, items]:
                return Struct(self.object(cls), tuple(names), tuple(map(self.kind, items)))
            case ["list", element, items]:
                return ListOf(self.kind(element), None if items is None else tuple(map(self.kind, items)))
            case ["dict", keys, values]:
                return DictOf(tuple(keys), tuple(map(self.kind, values)))
            case ["value", value]:
                return k.kind_of(value)
            case ["static", of]:
                return k.static(self.object(of))
            case ["object", of]:
                return Object(self.object(of))
            case ["slice", start, stop, step]:
                return SliceOf(start, stop, step)
            case [str(name)]:
                return _SIMPLE[name]
        raise LookupError(written)


def free_name(function, name: str, where: str) -> Free:
    """The place of a name that a function reads and does not bind."""
    if where == "cell":
        return Free(name, where, function.__closure__[function.__code__.co_freevars.index(name)], function)
    return Free(name, where, function.__globals__ if where == "global" else function.__builtins__, function)


def _module(name: str) -> types.ModuleType:
    found = sys.modules.get(name)
    if found is None:
        if name.partition(".")[0] not in IMPORTED:
            raise LookupError(name)
        found = importlib.import_module(name)
    return found
