"""``owner.name``: of objects, modules, arrays and numbers."""

from __future__ import annotations

import dataclasses
import inspect
import operator
import types

import numpy as np

from srcad.analysis.axes import ARITHMETIC
from srcad.places import Attribute, AttributeOf, Guard, TypeOf
from srcad.specialise import callees, names
from srcad.specialise.objects.attributes import read_member
from srcad.specialise.values import UNDEFINED, Instance, Method, OneOf, Record, Super
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import Array, Bottom, Numeric, Scalar, TupleOf, Unknown, kind_of, without_sizes

ARRAY_ATTRIBUTES = {"T", "mT", "real", "imag", "shape", "size", "ndim", "dtype", "flat", "nbytes", "itemsize", "strides"}


def read_attribute(s, owner, name: str):
    """``owner.name``"""
    if isinstance(owner, Record):
        return read_member(s, owner, name)
    if isinstance(owner, Super):
        return Method(owner, name)
    if isinstance(owner, OneOf):
        return s.choose(owner, lambda option: read_attribute(s, option, name), name)
    if isinstance(owner, Instance):
        _, read, key = owner.path
        cls_attr = getattr(type(owner.value), name, None)
        if isinstance(cls_attr, property):
            s.program.guard(AttributeOf(TypeOf(read), name), cls_attr, name, ("property", id(cls_attr)))
            return callees.call_function(s, cls_attr.fget, [owner], [], name)
        if not hasattr(owner.value, name):
            raise s.refuse(f"{type(owner.value).__name__} has no attribute {name!r}",
                           "check its name, or give it one in __init__")
        value = getattr(owner.value, name)
        return names.value_of_object(s, value, name, AttributeOf(read, name), (*key, "." + name))
    if isinstance(owner, Ref):
        target = owner.value
        if isinstance(target, dataclasses.Field) and isinstance(getattr(target, name, None), str):
            return Lit(getattr(target, name))
        if isinstance(target, types.ModuleType | type) or callable(target):
            try:
                value = getattr(target, name)
            except AttributeError as error:
                raise s.refuse(str(error), "check its name, and that the installed version has it") from None
            if _is_stable(target):
                s.program.seen.setdefault((id(target), name), Guard(Attribute(target, name), value, name))
            if value is None or type(value) in (bool, str):
                if not _is_stable(target):
                    s.program.guard(Attribute(target, name), value, name, ("attr", id(target), name))
                return Lit(value)
            if callable(value) or isinstance(value, types.ModuleType | np.dtype):
                if not _is_stable(target):
                    names.guard_code(s, value, name, Attribute(target, name), ("attr", id(target), name))
                return Ref(value)
            if _is_stable(target) and names.is_data(value):
                return s.b.apply(getattr, owner, Lit(name), kind=without_sizes(kind_of(value)))
            return names.value_of_object(s, value, name, Attribute(target, name), ("attr", id(target), name))
        return s.operation(getattr, [owner, Lit(name)], [], "")
    kind = s.kind(owner)
    if s.frozen and name in ("shape", "size") and isinstance(owner, Var):
        owner = same_shape_source(s, owner)
    match kind:
        case Array(dims=dims, dtype=dtype):
            if name == "ndim" and dims is not None:
                return Lit(len(dims))
            if name == "dtype" and dtype is not None:
                return Ref(dtype)
            if name == "shape" and dims is not None:
                shape = s.b.apply(getattr, s.atom(owner), Lit("shape"))
                return shape
            if name == "real" and dtype is not None and dtype.kind != "c":
                return s.operation(getattr, [owner, Lit(name)], [], "")
            if name in ARRAY_ATTRIBUTES:
                return s.operation(getattr, [owner, Lit(name)], [], "")
            return Method(owner, name)
        case Scalar(dtype=dtype):
            if name in ("real", "imag") or dtype is not None and name in ("T", "dtype", "size", "shape"):
                if name == "dtype":
                    return Ref(dtype)
                return s.operation(getattr, [owner, Lit(name)], [], "")
            if name == "ndim" and dtype is not None:
                return Lit(0)
            return Method(owner, name)
        case TupleOf(cls=cls) if cls is not None and name in getattr(cls, "_fields", ()):
            return s.call(Ref(operator.getitem), [owner, Lit(cls._fields.index(name))], [])
        case TupleOf(cls=cls) if isinstance(inspect.getattr_static(cls or tuple, name, None), property):
            return callees.call_function(s, inspect.getattr_static(cls, name).fget, [owner], [], name)
        case Numeric() if name in ("T", "real", "imag"):
            return s.operation(getattr, [owner, Lit(name)], [], "")
        case Numeric() | Unknown():
            return Method(owner, name)
        case Bottom():
            return UNDEFINED
    return Method(owner, name)


def same_shape_source(s, owner: Var) -> Var:
    """The earliest value that an array has its shape from: a derivative then need not keep, or make again, the array."""
    known, passed = s.b.shape_sources, []
    while owner not in known and (operand := _operand_of_its_shape(s, owner)) is not None:
        passed.append(owner)
        owner = operand
    earliest = known.get(owner, owner)
    known.update(dict.fromkeys(passed, earliest))        # so that no chain of operations is gone through twice
    return earliest


def _operand_of_its_shape(s, array: Var) -> Var | None:
    made, kind = s.b.definition(array), array.kind
    if made is None or not isinstance(kind, Array) or kind.dims is None or None in kind.dims or not (
            made.fn in ARITHMETIC or isinstance(made.fn, np.ufunc) and made.fn.signature is None):
        return None
    return next((a for a in made.args if isinstance(a, Var) and isinstance(a.kind, Array) and a.kind.dims == kind.dims), None)


def _is_stable(target) -> bool:
    """Modules of libraries do not change; the user's own modules may."""
    name = getattr(target, "__name__", "")
    module = name if isinstance(target, types.ModuleType) else getattr(target, "__module__", "") or ""
    return module.partition(".")[0] in ("numpy", "math", "cmath", "scipy", "builtins", "operator", "functools")
