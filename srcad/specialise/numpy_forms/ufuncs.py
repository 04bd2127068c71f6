"""Options and methods of ufuncs.

    np.add.reduce(x)            →    np.sum(x, axis=0)
    np.subtract.outer(x, y)     →    np.subtract(np.reshape(x, (3, 1)), y)
"""

from __future__ import annotations

import types

import numpy as np

from srcad import compositions
from srcad.rules.registry import find_rule
from srcad.specialise.callees import call_function
from srcad.specialise.numpy_forms.operands import apply_function, as_array, axis_count, by_name, constant_of
from srcad.specialise.values import Pack
from srcad.trace.ir import Lit, Ref
from srcad.trace.kinds import Array, Scalar, dtype_of, same_dtype

#: ufunc → the function that reduces with it, and the one that gives all partial results.
REDUCTIONS = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min,
              np.logical_and: np.all, np.logical_or: np.any}
RUNNING = {np.add: np.cumsum, np.multiply: np.cumprod}
#: Those for which the order of the elements does not matter: they reduce over several axes.
SYMMETRIC = {np.logaddexp, np.logaddexp2, np.hypot, np.fmax, np.fmin}


def without_out(target, args: list, kwargs: list) -> tuple[list, list]:
    """The arguments of a function of NumPy's without an ``out`` that is None."""
    home = getattr(target, "__objclass__", None) or type(target)
    if home in (np.ndarray, np.ufunc) or (getattr(target, "__module__", None) or "").partition(".")[0] == "numpy":
        kwargs = [(k, a) for k, a in kwargs if k != "out" or a != Lit(None)]
    if not isinstance(target, np.ufunc) or any(a != Lit(None) for a in args[target.nin:]):
        return args, kwargs
    return args[:target.nin], kwargs


def without_options(s, ufunc, args: list, kwargs: list):
    """Operands and options of a ufunc without those that say in which precision, or in which layout, it computes."""
    named = dict(kwargs)
    dtype = named.pop("dtype", Lit(None))
    if dtype != Lit(None):
        if not isinstance(dtype, Ref | Lit):
            raise s.refuse("the dtype of a ufunc is not known when the derivative is made", "write it as a literal")
        wanted = np.dtype(dtype.value)
        args = [as_array(s, a) for a in args]
        weak = [isinstance(s.kind(a), Scalar) and s.kind(a).dtype is None for a in args]
        args = [a if w and not all(weak) or same_dtype(dtype_of(s.kind(a)), wanted) and not w else (
                _in_precision(s, a, wanted))
                for a, w in zip(args, weak)]
    for option in ("casting", "order", "subok"):
        named.pop(option, None)
    if named.get("where") == Lit(True):
        del named["where"]
    return args, list(named.items())


def _in_precision(s, value, dtype):
    if isinstance(s.kind(value), Array):
        return apply_function(s, np.ndarray.astype, [value, Ref(dtype.type)])
    return apply_function(s, dtype.type, [value])


def is_ufunc_method(target) -> bool:
    return isinstance(target, types.BuiltinFunctionType) and isinstance(target.__self__, np.ufunc) and (
        target.__name__ in _METHODS)


def call_ufunc_method(s, target, args: list, kwargs: list):
    """``ufunc.reduce(...)`` and its like; NotImplemented where the method has a rule of its own."""
    return _METHODS[target.__name__](s, target.__self__, args, kwargs)


def _reduce(s, ufunc, args, kwargs):
    bound = by_name(s, args, kwargs, "array axis dtype out keepdims initial where")
    x = as_array(s, bound.pop("array"))
    axis = bound.pop("axis", Lit(0))
    if ufunc in REDUCTIONS:
        if bound.get("where") == Lit(True):
            del bound["where"]
        return apply_function(s, REDUCTIONS[ufunc], [x], [("axis", axis), *((k, v) for k, v in bound.items() if v != Lit(None))])
    if find_rule(ufunc) is None or find_rule(ufunc).kind == "zero":
        return NotImplemented
    keepdims = constant_of(s, bound.pop("keepdims", Lit(False)), "keepdims=")
    if any(v != Lit(None) for v in bound.values()):
        raise s.refuse(f"np.{ufunc.__name__}.reduce is called with the option {next(iter(bound))}=", "leave it out")
    axes = constant_of(s, axis, "axis=")
    ndim = axis_count(s, x)
    axes = tuple(range(ndim)) if axes is None else (axes,) if isinstance(axes, int) else axes
    axes = tuple(sorted(k % ndim for k in axes)) if ndim else ()
    if len(axes) > 1 and ufunc not in SYMMETRIC:
        raise s.refuse(f"np.{ufunc.__name__}.reduce over several axes, of which the order matters", "give one axis")
    result = x
    for k in reversed(axes):
        running = apply_function(s, ufunc.accumulate, [result], [("axis", Lit(k))])
        result = apply_function(s, np.take, [running, Lit(-1)], [("axis", Lit(k))])
    if keepdims and axes:
        result = apply_function(s, np.expand_dims, [result, Pack(tuple(map(Lit, axes)))])
    return result


def _accumulate(s, ufunc, args, kwargs):
    bound = by_name(s, args, kwargs, "array axis dtype out")
    x, axis = as_array(s, bound.pop("array")), bound.pop("axis", Lit(0))
    if ufunc in RUNNING:
        return apply_function(s, RUNNING[ufunc], [x], [("axis", axis), *bound.items()])
    if bound.pop("dtype", Lit(None)) != Lit(None):
        raise s.refuse(f"np.{ufunc.__name__}.accumulate is called with dtype=", "use astype")
    return s.operation(ufunc.accumulate, [x], [("axis", axis)], "")


def _reduceat(s, ufunc, args, kwargs):
    bound = by_name(s, args, kwargs, "array indices axis dtype out")
    if bound.get("dtype", Lit(None)) != Lit(None):
        raise s.refuse(f"np.{ufunc.__name__}.reduceat is called with dtype=", "use astype")
    x, starts, axis = as_array(s, bound["array"]), bound["indices"], bound.get("axis", Lit(0))
    if ufunc is np.add:
        return s.operation(np.add.reduceat, [x, starts], [("axis", axis)], "")
    return call_function(s, compositions.reduce_pieces, [Ref(ufunc.reduce), x, starts, axis], [], "")


def _outer(s, ufunc, args, kwargs):
    a, b = (as_array(s, v) for v in args)
    count = axis_count(s, b)
    if count and axis_count(s, a):
        a = apply_function(s, np.expand_dims, [a, Pack(tuple(Lit(-1 - k) for k in range(count)))])
    return apply_function(s, ufunc, [a, b], kwargs)


_METHODS = {"reduce": _reduce, "accumulate": _accumulate, "reduceat": _reduceat, "outer": _outer}
