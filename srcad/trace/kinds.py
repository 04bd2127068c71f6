"""Kinds: what the compiler knows of a value before it exists.

A variant of a derivative is compiled for the kinds of its arguments. Kinds are immutable, hashable and compared by
value; `join` gives the least kind that covers two.

The size of an axis is known only as far as broadcasting needs it: a number; a :class:`Size` (a symbol: equal symbols
are equal sizes; `not_one` says that it was not 1 when the variant was chosen); or None. Where both operands of an
operation have axes that are not 1, NumPy itself checks that they are equal, and no adjoint has to be summed back.
"""

from __future__ import annotations

import enum
import threading
import types
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import numpy as np

from srcad.immutable import Immutable
from srcad.runtime import attributes_of


class Kind(Immutable):
    """Base class of all kinds."""

    __slots__ = ()


def same_dtype(a: np.dtype | None, b: np.dtype | None) -> bool:
    """Are these the same, known or both unknown? To NumPy, None is float64."""
    return a is b or a is not None and b is not None and a == b


class Scalar(Kind):
    """A number: `base` is bool, int, float or complex; `dtype` is None for Python's own, else the NumPy scalar's."""

    __slots__ = ("base", "dtype")

    def __init__(self, base: type, dtype: np.dtype | None = None) -> None:
        self.base: Final = base
        self.dtype: Final = dtype

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and self.base is other.base and same_dtype(self.dtype, other.dtype)

    def __hash__(self) -> int:
        return hash((self.base, self.dtype))

    def __repr__(self) -> str:
        return self.base.__name__ if self.dtype is None else f"np.{self.dtype.name}"


class Size(Immutable):
    """A symbolic axis length."""

    __slots__ = ("name", "not_one")

    def __init__(self, name: str, not_one: bool = False) -> None:
        self.name: Final = name
        self.not_one: Final = not_one


Dim = int | Size | None


class Array(Kind):
    """An ndarray: dtype and axes, either of them None where unknown."""

    __slots__ = ("dtype", "dims")

    def __init__(self, dtype: np.dtype | None = None, dims: tuple | None = None) -> None:
        self.dtype: Final = dtype
        self.dims: Final = dims

    @property
    def ndim(self) -> int | None:
        return None if self.dims is None else len(self.dims)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Array) and self.dims == other.dims and same_dtype(self.dtype, other.dtype)

    def __hash__(self) -> int:
        return hash((self.dtype, self.dims))

    def __repr__(self) -> str:
        shape = "..." if self.dims is None else ",".join(
            str(d) if isinstance(d, int) else (d.name if d else "?") for d in self.dims)
        return f"{self.dtype.name if self.dtype else 'array'}[{shape}]"


class Numeric(Kind):
    """A number or an array, not known which. Allowed in arithmetic and elementwise functions."""

    __slots__ = ()
    def __repr__(self) -> str:
        return "numeric"


class TupleOf(Kind):
    """A tuple (or a namedtuple, then `cls` is its class), item by item."""

    __slots__ = ("items", "cls")

    def __init__(self, items: tuple, cls: type | None = None) -> None:
        self.items: Final = items
        self.cls: Final = cls

    def __repr__(self) -> str:
        return "(" + ", ".join(map(repr, self.items)) + ("," if len(self.items) == 1 else "") + ")"


class ListOf(Kind):
    """A list: item by item if the length is known and short, else `items` is None and `element` covers all."""

    __slots__ = ("element", "items")

    def __init__(self, element: Kind, items: tuple | None = None) -> None:
        self.element: Final = element
        self.items: Final = items

    def __repr__(self) -> str:
        return "[" + (", ".join(map(repr, self.items)) if self.items is not None else f"{self.element!r}, ...") + "]"


class DictOf(Kind):
    """A dict whose keys are known."""

    __slots__ = ("keys", "values")

    def __init__(self, keys: tuple, values: tuple) -> None:
        self.keys: Final = keys
        self.values: Final = values

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{k!r}: {v!r}" for k, v in zip(self.keys, self.values)) + "}"


class Struct(Kind):
    """An object of class `cls` whose attributes are known, name by name (see `runtime.attributes_of`)."""

    __slots__ = ("cls", "names", "items")

    def __init__(self, cls: type, names: tuple, items: tuple) -> None:
        self.cls: Final = cls
        self.names: Final = names
        self.items: Final = items

    def __repr__(self) -> str:
        return f"{self.cls.__name__}({', '.join(f'{n}={k!r}' for n, k in zip(self.names, self.items))})"


class Range(Kind):
    """A `range` object."""

    __slots__ = ()
    def __repr__(self) -> str:
        return "range"


class SliceOf(Kind):
    """A slice; each part is an int, None, or "?" where unknown."""

    __slots__ = ("start", "stop", "step")

    def __init__(self, start: object, stop: object, step: object) -> None:
        self.start: Final = start
        self.stop: Final = stop
        self.step: Final = step


class Tape(Kind):
    """A tape whose entries are tuples of these kinds (one kind: the bare value)."""

    __slots__ = ("entry",)

    def __init__(self, entry: tuple | None) -> None:
        self.entry: Final = entry

    def __repr__(self) -> str:
        return f"tape{self.entry!r}"


class Cursor(Kind):
    """A reader of a tape."""

    __slots__ = ("entry",)

    def __init__(self, entry: tuple | None) -> None:
        self.entry: Final = entry


class Saved(Kind):
    """What the forward half of an adjoint keeps for the reverse half: a tuple, whose items `holder` knows when done.

    `bar` marks the adjoint of such a tuple.
    """

    __slots__ = ("holder", "bar")

    def __init__(self, holder: object, bar: bool = False) -> None:
        self.holder: Final = holder
        self.bar: Final = bar

    def __eq__(self, other) -> bool:
        return isinstance(other, Saved) and self.holder is other.holder and self.bar == other.bar

    def __hash__(self) -> int:
        return hash((id(self.holder), self.bar))

    def __repr__(self) -> str:
        return "saved"


class Static(Kind):
    """A value that the variant is compiled for: None, str, bool, a function, a class, ... Only of arguments."""

    __slots__ = ("value", "key")

    def __init__(self, value: object, key: object) -> None:
        self.value: Final = value
        self.key: Final = key

    def __eq__(self, other) -> bool:
        return isinstance(other, Static) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"{getattr(self.value, '__qualname__', None) or repr(self.value)}"


class Object(Kind):
    """Something else, of this type: opaque, not differentiable."""

    __slots__ = ("cls",)

    def __init__(self, cls: type) -> None:
        self.cls: Final = cls

    def __repr__(self) -> str:
        return self.cls.__name__


class Bottom(Kind):
    """No value: UNDEF, or what a call that has not been analysed yet returns."""

    __slots__ = ()
    def __repr__(self) -> str:
        return "never"


class Unknown(Kind):
    """Nothing is known, or only that it is None or else a number of the kind `number`."""

    __slots__ = ("number",)

    def __init__(self, number: Scalar | None = None) -> None:
        self.number: Final = number

    def __repr__(self) -> str:
        return "unknown"


BOOL, INT, FLOAT, COMPLEX = Scalar(bool), Scalar(int), Scalar(float), Scalar(complex)
BOTTOM, UNKNOWN, NUMERIC, RANGE, NONE = Bottom(), Unknown(), Numeric(), Range(), Static(None, ("value", type(None), None))
STRING = Object(str)
FLOAT64 = np.dtype(np.float64)


# ---------------------------------------------------------------------------------------------------------------------
# Questions


def is_inexact(dtype: np.dtype | None) -> bool:
    """Can a value of this dtype carry a derivative? Unknown dtypes can."""
    return dtype is None or dtype.kind in "fcO"


@lru_cache(maxsize=4096)
def is_differentiable(kind: Kind) -> bool:
    """Can a value of this kind carry a derivative?"""
    match kind:
        case Scalar(base=base):
            return base in (float, complex)
        case Array(dtype=dtype):
            return is_inexact(dtype)
        case Numeric() | Unknown() | Bottom() | Saved():
            return True
        case TupleOf(items=items):
            return any(map(is_differentiable, items))
        case ListOf(element=element):
            return is_differentiable(element)
        case DictOf(values=values):
            return any(map(is_differentiable, values))
        case Struct(items=items):
            return any(map(is_differentiable, items))
        case Tape(entry=entry) | Cursor(entry=entry):
            return entry is None or any(map(is_differentiable, entry))
    return False


def is_scalar(kind: Kind) -> bool:
    return isinstance(kind, Scalar)


def is_number(kind: Kind) -> bool:
    """Number or array: what arithmetic works on."""
    return isinstance(kind, Scalar | Array | Numeric | Unknown | Bottom)


def is_container(kind: Kind) -> bool:
    return isinstance(kind, TupleOf | ListOf | DictOf | Struct)


def holds_array(kind: Kind) -> bool:
    """Is it an array, or a container that holds one?"""
    match kind:
        case Array():
            return True
        case TupleOf(items=items) | Struct(items=items) | DictOf(values=items):
            return any(map(holds_array, items))
        case ListOf(element=element):
            return holds_array(element)
    return False


def has_attributes(kind: Kind) -> bool:
    """Is it an object, or a named tuple of the user's, whose attributes are known?"""
    return isinstance(kind, Struct) or isinstance(kind, TupleOf) and hasattr(kind.cls, "_fields")


def names_of(kind: Struct | TupleOf) -> tuple:
    """The names of the attributes of such a kind, as its items go."""
    return kind.names if isinstance(kind, Struct) else kind.cls._fields  # type: ignore[union-attr]


def is_complex(kind: Kind) -> bool:
    """Is the value known to be complex?"""
    match kind:
        case Scalar(base=base):
            return base is complex
        case Array(dtype=dtype):
            return dtype is not None and dtype.kind == "c"
    return False


def is_float(kind: Kind | None) -> bool:
    """Is it a real floating-point number, or an array of them?"""
    match kind:
        case Scalar(base=base):
            return base is float
        case Array(dtype=dtype):
            return dtype is not None and dtype.kind == "f"
    return False


def parts(kind: Kind) -> Iterator[Kind]:
    """The kinds of what is in tuples, lists and dicts, to any depth; anything else is its own only part."""
    match kind:
        case TupleOf(items=items) | DictOf(values=items):
            for item in items:
                yield from parts(item)
        case ListOf(element=element):
            yield from parts(element)
        case _:
            yield kind


def is_vague(kind: Kind) -> bool:
    """Is it not known what a value, or a part of it, is?"""
    return any(isinstance(part, Unknown | Numeric) or part == Object(object) for part in parts(kind))


def is_unclear(kind: Kind) -> bool:
    """Is it not known what a value, or a part of it, is, or how many axes an array has?"""
    return is_vague(kind) or any(isinstance(part, Array) and part.dims is None for part in parts(kind))


def dtype_of(kind: Kind) -> np.dtype | None:
    """The NumPy dtype of a number, Python's own scalars as NumPy's default for them."""
    match kind:
        case Scalar(base=base, dtype=dtype):
            return dtype if dtype is not None else np.dtype(base)
        case Array(dtype=dtype):
            return dtype
    return None


def name_axes(kind: Kind, stem: object) -> Kind:
    """The kind with a symbol for every axis of unknown size, so that what has the same shape is known to."""
    if isinstance(kind, Array) and kind.dims is not None and None in kind.dims:
        return Array(kind.dtype, tuple(Size(f"{stem}.{k}") if d is None else d for k, d in enumerate(kind.dims)))
    return kind


def without_sizes(kind: Kind) -> Kind:
    """The kind without symbols of sizes: what they stand for is known only where they were made."""
    match kind:
        case Array(dtype=dtype, dims=dims) if dims is not None:
            return Array(dtype, tuple(None if isinstance(d, Size) else d for d in dims))
        case TupleOf(items=items, cls=cls):
            return TupleOf(tuple(map(without_sizes, items)), cls)
        case ListOf(element=element, items=items):
            return ListOf(without_sizes(element), None if items is None else tuple(map(without_sizes, items)))
        case DictOf(keys=keys, values=values):
            return DictOf(keys, tuple(map(without_sizes, values)))
        case Struct(cls=cls, names=names, items=items):
            return Struct(cls, names, tuple(map(without_sizes, items)))
    return kind


# ---------------------------------------------------------------------------------------------------------------------
# Join


def join_dim(a: Dim, b: Dim) -> Dim:
    return a if a == b else None


def _promote(a: np.dtype | None, b: np.dtype | None) -> np.dtype | None:
    return a if same_dtype(a, b) else None


@lru_cache(maxsize=8192)
def join(a: Kind, b: Kind) -> Kind:
    """The least kind that covers both."""
    if a == b or isinstance(b, Bottom):
        return a
    if isinstance(a, Bottom):
        return b
    match a, b:
        case _ if (_may_be_none(a) or _may_be_none(b)) and all(isinstance(k, Scalar) or _may_be_none(k) for k in (a, b)):
            return _number_or_none(a, b)
        case Static(), _:
            return join(_widen_static(a), b) if not isinstance(b, Static) else join(_widen_static(a), _widen_static(b))
        case _, Static():
            return join(a, _widen_static(b))
        case Scalar(), Scalar():
            if a.base is b.base:
                mixed = _promote(a.dtype, b.dtype) is None and not (
                    a.dtype in (None, FLOAT64) and b.dtype in (None, FLOAT64))
                if a.base in (float, complex) and mixed:
                    return NUMERIC
                return Scalar(a.base, None if a.dtype is None or b.dtype is None else a.dtype)
            order = [bool, int, float, complex]
            return Scalar(max(a.base, b.base, key=order.index))
        case Array(), Array():
            dims = None if a.dims is None or b.dims is None or a.ndim != b.ndim else tuple(map(join_dim, a.dims, b.dims))
            return Array(_promote(a.dtype, b.dtype), dims)
        case (Scalar() | Array() | Numeric()), (Scalar() | Array() | Numeric()):
            return NUMERIC
        case TupleOf(), TupleOf() if len(a.items) == len(b.items) and a.cls is b.cls:
            return TupleOf(tuple(map(join, a.items, b.items)), a.cls)
        case ListOf(), ListOf():
            if a.items is not None and b.items is not None and len(a.items) == len(b.items):
                return ListOf(join(a.element, b.element), tuple(map(join, a.items, b.items)))
            return ListOf(join(a.element, b.element))
        case DictOf(), DictOf() if a.keys == b.keys:
            return DictOf(a.keys, tuple(map(join, a.values, b.values)))
        case Struct(), Struct() if a.cls is b.cls and a.names == b.names:
            return Struct(a.cls, a.names, tuple(map(join, a.items, b.items)))
        case SliceOf(), SliceOf():
            return SliceOf(*(x if x == y else "?" for x, y in zip((a.start, a.stop, a.step), (b.start, b.stop, b.step))))
        case Tape(), Tape():
            return Tape(_join_entries(a.entry, b.entry))
        case Cursor(), Cursor():
            return Cursor(_join_entries(a.entry, b.entry))
        case Object(), Object():
            return Object(object)
    return UNKNOWN


def join_all(kinds: Iterable[Kind]) -> Kind:
    """A kind that covers all of these."""
    covering: Kind = BOTTOM
    for kind in kinds:
        covering = join(covering, kind)
    return covering


def _may_be_none(kind: Kind) -> bool:
    return kind == NONE or isinstance(kind, Object) and kind.cls is type(None) or isinstance(kind, Unknown) and (
        kind.number is not None)


def _number_or_none(a: Kind, b: Kind) -> Kind:
    numbers = [k.number if isinstance(k, Unknown) else k for k in (a, b) if isinstance(k, Unknown | Scalar)]
    number = join(*numbers) if len(numbers) == 2 else numbers[0] if numbers else None
    return Unknown(number) if isinstance(number, Scalar) else UNKNOWN if numbers else Object(type(None))


def _join_entries(a: tuple | None, b: tuple | None) -> tuple | None:
    if a is None or b is None:
        return b if a is None else a
    return tuple(map(join, a, b)) if len(a) == len(b) else (UNKNOWN,)


def _widen_static(kind: Kind) -> Kind:
    if not isinstance(kind, Static):
        return kind
    value = kind.value
    if type(value) in (bool, int, float, complex):
        return Scalar(type(value))
    return Object(type(value))


# ---------------------------------------------------------------------------------------------------------------------
# The kinds of values

#: Longest list or tuple that is described item by item.
LONGEST = 64
NUMPY_BASES = {"b": bool, "i": int, "u": int, "f": float, "c": complex}
#: What NumPy's functions have as a default where None means something.
NO_VALUE = np._NoValue
STATIC_TYPES = (str, bytes, type(None), type(Ellipsis), bool)


def literal_kind(value: object) -> Kind:
    """The kind of a constant in the program."""
    if type(value) in (bool, int, float, complex):
        return Scalar(type(value))
    return kind_of(value)


def kind_of(value: Any, name: str = "x", small: int = 0) -> Kind:
    """The kind of an argument. `name` makes the symbols of its axes; those of up to `small` elements have known lengths.

    bool, str, None, functions, classes are static: the variant is for this very value.
    """
    cls = type(value)
    if cls is float:
        return FLOAT
    if cls is int:
        return INT
    if cls is np.ndarray:
        return Array(value.dtype, tuple(n if n == 1 or 0 < n <= small else Size(f"{name}.{k}", True)
                                        for k, n in enumerate(value.shape)))
    if cls is complex:
        return COMPLEX
    if isinstance(value, np.generic) and value.dtype.kind in NUMPY_BASES:
        return Scalar(NUMPY_BASES[value.dtype.kind], value.dtype)
    if isinstance(value, tuple):
        items = tuple(kind_of(v, f"{name}[{i}]", small) for i, v in enumerate(value))
        return TupleOf(items, None if cls is tuple else cls)
    if cls is list:
        if value and set(map(type, value)) == {float}:             # what long lists are
            return ListOf(FLOAT)
        items = tuple(kind_of(v, f"{name}[{i}]", small) for i, v in enumerate(value))
        known = len(set(items)) != 1 or holds_array(items[0])
        return ListOf(join_all(items), items if len(items) <= LONGEST and known else None)
    if cls is dict:
        return DictOf(tuple(value), tuple(kind_of(v, f"{name}[{k!r}]", small) for k, v in value.items()))
    if cls is range:
        return RANGE
    if cls in STATIC_TYPES:
        return Static(value, ("value", cls, value))
    if cls is slice:
        return SliceOf("?", "?", "?")
    if isinstance(value, enum.Enum):
        return static(value)
    names = attributes_of(value)
    if names is not None and id(value) not in _looked_into.ids:
        _looked_into.ids.add(id(value))
        try:
            return Struct(cls, names, tuple(kind_of(getattr(value, n), f"{name}.{n}", small) for n in names))
        finally:
            _looked_into.ids.discard(id(value))
    if isinstance(value, types.MethodType):
        return Static(value, ("method", id(value.__func__), id(value.__self__)))
    if callable(value) or isinstance(value, np.dtype) or cls.__name__ == "module" or value is NO_VALUE:
        return static(value)
    return Object(cls)


class _Objects(threading.local):
    """The objects whose kinds are being made: one that leads back to itself is opaque there."""

    def __init__(self) -> None:
        self.ids: set = set()


_looked_into = _Objects()


def static(value: object) -> Static:
    """The kind of an object that stands for itself: compared by identity, kept alive by the kind."""
    return Static(value, ("identity", id(value)))


def tangent_kind(kind: Kind) -> Kind:
    """The kind of a value's tangent or adjoint: the same, with what cannot be differentiated replaced by None."""
    match kind:
        case Scalar(base=base) if base in (bool, int):
            return NONE
        case TupleOf():
            return TupleOf(tuple(map(tangent_kind, kind.items)), kind.cls)
        case ListOf(element=element, items=items):
            if items is not None:      # items are alike: a whole number among floats counts as one of them
                items = tuple(tangent_kind(element if isinstance(k, Scalar) else k) for k in items)
            return ListOf(tangent_kind(element), items)
        case DictOf():
            return DictOf(kind.keys, tuple(map(tangent_kind, kind.values)))
        case Struct():
            return Struct(kind.cls, kind.names, tuple(map(tangent_kind, kind.items)))
        case Saved(holder=holder):
            return Saved(holder, True)
        case Tape() | Cursor():
            return type(kind)(None if kind.entry is None else tuple(tangent_kind(k) for k in kind.entry))
    return kind if is_differentiable(kind) else NONE
