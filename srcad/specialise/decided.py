"""Functions that are decided, or at least looked through, when the derivative is made: types, identity, small sums."""

from __future__ import annotations

import cmath
import functools
import math
import operator
import types

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import literal
from srcad.specialise.attributes import read_attribute
from srcad.specialise.objects.records import same_object
from srcad.specialise.unpacking import static_items
from srcad.specialise.values import (
    UNDEFINED,
    Closure,
    Instance,
    Mapping,
    Method,
    OneOf,
    Pack,
    Partial,
    Record,
    Sequence,
    is_atom,
)
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Lit, Ref, Var
from srcad.trace.kinds import (
    FLOAT,
    Array,
    DictOf,
    ListOf,
    Numeric,
    Object,
    Range,
    Scalar,
    SliceOf,
    Static,
    TupleOf,
    dtype_of,
    is_container,
)


def is_none(s, value: OneOf, negate: bool):
    """``f is None`` for one of several."""
    answers = [(o == Lit(None)) != negate for o in value.options]
    if len(set(answers)) == 1:
        return Lit(answers[0])
    return s.b.apply(operator.getitem, s.b.apply(intrinsics.build_tuple, *map(Lit, answers)), value.index)


def class_of(s, value) -> type | None:
    """The class of a value, if it is known."""
    match value:
        case Pack():
            return tuple
        case Closure():
            return types.FunctionType
        case Sequence():
            return list
        case Mapping():
            return dict
        case Record(cls=cls):
            return cls
        case Partial():
            return functools.partial
        case Lit(value=v) if v is not UNDEF:
            return type(v)
        case Ref(value=v):
            return type(v)
        case Instance(value=v):
            return type(v)
    match s.kind(value):
        case Scalar(base=base, dtype=dtype):
            return base if dtype is None else dtype.type
        case Array():
            return np.ndarray
        case TupleOf(cls=cls):
            return cls or tuple
        case ListOf():
            return list
        case DictOf():
            return dict
        case Range():
            return range
        case SliceOf():
            return slice
        case Object(cls=cls):
            return None if cls is object else cls
    return None


def _isinstance(s, args, kwargs):
    classes = _classes(s, args[1])
    cls = class_of(s, args[0])
    if classes is not None and cls is None and isinstance(s.kind(args[0]), Numeric):
        numbers = (bool, int, float, complex, np.generic, np.ndarray)     # it is of one of these
        if not any(issubclass(n, c) or issubclass(c, n) for n in numbers for c in classes):
            return Lit(False)
    if classes is None or cls is None:
        return NotImplemented
    return Lit(any(issubclass(cls, c) for c in classes))


def _classes(s, value) -> list | None:
    match value:
        case Var() if (made := s.b.definition(value)) is not None and made.fn is operator.or_:
            found = [_classes(s, a) for a in made.args]           # isinstance(x, float | int)
            return None if any(f is None for f in found) else [c for f in found for c in f]
        case Ref(value=type() as cls):
            return [cls]
        case Ref(value=types.UnionType() as union):
            return list(union.__args__)
        case Pack(items=items):
            found = [_classes(s, i) for i in items]
            return None if any(f is None for f in found) else [c for f in found for c in f]
    return None


def _type(s, args, kwargs):
    cls = class_of(s, args[0]) if len(args) == 1 else None
    return NotImplemented if cls is None else Ref(cls)


def _is(negate):
    def decide(s, args, kwargs):
        a, b = args
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Lit) and one.value is None:
                if isinstance(other, OneOf):
                    return is_none(s, other, negate)
                if isinstance(other, Lit | Ref | Pack | Instance | Closure | Partial | Record):
                    return Lit((isinstance(other, Lit) and other.value is None) != negate)
                kind = s.kind(other)
                if isinstance(kind, Scalar | Array | Numeric | Range) or is_container(kind):
                    return Lit(negate)
                if isinstance(kind, Static):
                    return Lit((kind.value is None) != negate)
        if isinstance(a, Record) and isinstance(b, Record):
            return same_object(s, a, b, negate)
        if isinstance(a, Ref | Lit) and isinstance(b, Ref | Lit) and a != UNDEFINED and b != UNDEFINED:
            return Lit((a == b) != negate)
        return NotImplemented
    return decide


def _equal(negate):
    def decide(s, args, kwargs):
        a, b = args
        if isinstance(a, Ref) and isinstance(b, Ref) and type(a.value) is type(b.value) and (
                callable(a.value) or isinstance(a.value, np.dtype)):
            return Lit((a.value == b.value) != negate)
        if isinstance(a, Pack) and isinstance(b, Pack) and all(isinstance(i, Lit) for i in a.items + b.items):
            return Lit((tuple(i.value for i in a.items) == tuple(i.value for i in b.items)) != negate)
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Lit) and (one.value is None or type(one.value) is str) and not isinstance(other, Lit):
                kind = s.kind(other)
                if isinstance(kind, Scalar):
                    return Lit(negate)
        numbers = [literal(v, s.b.definition) if isinstance(v, Lit | Var) else None for v in args]
        if all(type(n) in (int, float) for n in numbers):
            return Lit((numbers[0] == numbers[1]) != negate)
        return NotImplemented
    return decide


def _callable(s, args, kwargs):
    if isinstance(args[0], OneOf):
        return is_none(s, args[0], True)
    if isinstance(args[0], Ref | Method | Closure | Partial):
        return Lit(True if not isinstance(args[0], Ref) else callable(args[0].value))
    cls = class_of(s, args[0])
    return NotImplemented if cls is None else Lit(any("__call__" in vars(c) for c in cls.__mro__))


def has_attribute(s, args, kwargs):
    if not isinstance(args[1], Lit):
        return NotImplemented
    if isinstance(args[0], Ref | Instance):
        return Lit(hasattr(args[0].value, args[1].value))
    if isinstance(args[0], Record):
        return Lit(args[1].value in args[0].fields or hasattr(args[0].cls, args[1].value))
    cls = class_of(s, args[0])
    return NotImplemented if cls is None else Lit(hasattr(cls, args[1].value))


def _any_all(fn):
    def decide(s, args, kwargs):
        items = static_items(s, args[0]) if not is_atom(args[0]) else None
        if items is None or not all(isinstance(i, Lit) for i in items):
            return NotImplemented
        return Lit(fn(i.value for i in items))
    return decide


def _min_max(fn):
    """``max((a, b))`` is ``max(a, b)``; ``max(x)`` of an array of numbers is ``np.max(x)``."""
    of_array = {max: np.max, min: np.min}[fn]

    def decide(s, args, kwargs):
        if len(args) == 1 and not kwargs:
            kind = s.kind(args[0]) if is_atom(args[0]) else None
            if isinstance(kind, Array) and kind.ndim == 1:
                return s.operation(of_array, args, [], "")
            if isinstance(kind, ListOf) and kind.items is None and isinstance(kind.element, Scalar) and (
                    kind.element.base is float):
                best = s.operation(of_array, [s.b.apply(np.array, args[0])], [], "")
                return s.b.apply(float, best, kind=FLOAT) if kind.element.dtype is None else best
            items = static_items(s, args[0])
            if items is not None and 1 < len(items) <= 8:
                return s.operation(fn, items, [], "")
        return NotImplemented
    return decide


def _np_scalar_shape(fn):
    def decide(s, args, kwargs):
        kind = s.kind(args[0]) if len(args) == 1 and not kwargs else None
        if fn is np.ndim and isinstance(kind, Scalar):
            return Lit(0)
        if fn is np.ndim and isinstance(kind, ListOf) and isinstance(kind.element, Scalar):
            return Lit(1)
        if fn is np.ndim and isinstance(kind, Array) and kind.dims is not None:
            return Lit(len(kind.dims))
        if fn is np.shape and isinstance(kind, Scalar):
            return Pack(())
        if fn is np.size and s.frozen and isinstance(kind, Array):
            return read_attribute(s, args[0], "size")
        if fn is np.shape and isinstance(kind, Array):
            return read_attribute(s, args[0], "shape")
        return NotImplemented
    return decide


def _iscomplexobj(s, args, kwargs):
    kind = s.kind(args[0]) if len(args) == 1 and not kwargs else None
    if isinstance(kind, Scalar):
        return Lit(kind.base is complex)
    if isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind != "O":
        return Lit(kind.dtype.kind == "c")
    return NotImplemented


def _isscalar(s, args, kwargs):
    kind = TupleOf(()) if isinstance(args[0], Pack) else s.kind(args[0])
    match kind:
        case Scalar() | Static(value=int() | float() | complex() | str() | bytes()):
            return Lit(True)
        case TupleOf() | ListOf() | DictOf() | Static(value=None):
            return Lit(False)
        case Array(dims=tuple() as dims) if dims:
            return Lit(False)
    return NotImplemented


def _itself_if_real(s, args, kwargs):
    """In a rule, the conjugate and the real part of what is known to be real are left out."""
    if s.frozen and len(args) == 1 and not kwargs:
        dtype = dtype_of(s.kind(args[0]))
        if dtype is not None and dtype.kind in "fiub":
            return args[0]
    return NotImplemented


def _polar(s, args, kwargs):
    """The absolute value and the phase."""
    return Pack(tuple(s.operation(fn, args, [], "") for fn in (abs, cmath.phase)))


def _log_of_base(s, args, kwargs):
    """Of a positive constant it is the logarithm."""
    if isinstance(args[0], Lit) and type(args[0].value) in (int, float) and args[0].value > 0:
        return s.call(Ref(math.log), args, kwargs)
    return NotImplemented


def _inverse_permutation(s, args, kwargs):
    """Of known axes it is known."""
    axes = literal(args[0], s.b.definition) if isinstance(args[0], Var) else tuple(
        i.value if isinstance(i, Lit) else None for i in static_items(s, args[0]) or (None,))
    if isinstance(axes, tuple | list) and all(type(k) is int for k in axes):
        return Pack(tuple(map(Lit, runtime.inverse_permutation(axes))))
    return NotImplemented


def _sum(s, args, kwargs):
    """``sum`` over a known number of items is written out."""
    items = static_items(s, args[0])
    if items is None or not 0 < len(items) <= LONGEST_SUM or is_atom(args[0]) and _all_same(s.kind(args[0])):
        return NotImplemented
    total = args[1] if len(args) > 1 else dict(kwargs).get("start", Lit(0))
    for item in items:
        total = s.call(Ref(operator.add), [total, item], [])
    return total


LONGEST_SUM = 64


def _all_same(kind) -> bool:
    return isinstance(kind, ListOf) and all(isinstance(i, Scalar) for i in kind.items or ())


SPECIAL: dict = {
    isinstance: _isinstance, type: _type, operator.is_: _is(False), operator.is_not: _is(True), operator.eq: _equal(False),
    operator.ne: _equal(True), callable: _callable, hasattr: has_attribute, any: _any_all(any), all: _any_all(all),
    max: _min_max(max), min: _min_max(min), np.ndim: _np_scalar_shape(np.ndim), np.shape: _np_scalar_shape(np.shape),
    np.size: _np_scalar_shape(np.size), np.conjugate: _itself_if_real, np.real: _itself_if_real,
    np.isscalar: _isscalar, np.iscomplexobj: _iscomplexobj, runtime.log_of_base: _log_of_base, cmath.polar: _polar, sum: _sum,
    runtime.inverse_permutation: _inverse_permutation,
}
