"""Functions of NumPy's that are given functions: `apply_along_axis`, `apply_over_axes`, `piecewise`."""

from __future__ import annotations

import operator

import numpy as np

from srcad import compositions
from srcad.runtime import with_chosen
from srcad.specialise import writes
from srcad.specialise.callees import call_function
from srcad.specialise.numpy_forms.operands import apply_function, as_array, axis_count, by_name, constant_of
from srcad.specialise.unpacking import static_items
from srcad.specialise.values import Pack
from srcad.trace.ir import Lit
from srcad.trace.kinds import Array, Scalar


def _apply_along_axis(s, args, kwargs):
    bound = by_name(s, args[:3], kwargs, "func1d axis arr")
    if set(bound) != {"func1d", "axis", "arr"}:
        raise s.refuse("np.apply_along_axis hands keywords on to the function", "give it a lambda that has them")
    function, axis, x, rest = bound["func1d"], bound["axis"], bound["arr"], args[3:]
    return call_function(s, compositions.apply_along_axis, [function, axis, as_array(s, x), Pack(tuple(rest))], [], "")


def _apply_over_axes(s, args, kwargs):
    if kwargs or len(args) != 3:
        raise s.refuse("np.apply_over_axes is called with keywords", "give the arguments by position")
    function, value, axes = args[0], as_array(s, args[1]), constant_of(s, args[2], "the axes of np.apply_over_axes")
    count = axis_count(s, value)
    for axis in (axes,) if isinstance(axes, int) else axes:
        axis = axis % count
        result = s.call(function, [value, Lit(axis)], [])
        value = result if axis_count(s, result) == count else apply_function(s, np.expand_dims, [result, Lit(axis)])
    return value


def _piecewise(s, args, kwargs):
    """Each function of the elements that its condition chooses, written to their places."""
    x, conditions, functions, *rest = args
    x = as_array(s, x)
    functions = static_items(s, functions)
    given = static_items(s, conditions)
    if given is None and isinstance(s.kind(conditions), Array) and functions is not None:
        kind = s.kind(conditions)
        given = [conditions] if axis_count(s, conditions) == axis_count(s, x) else (
            [apply_function(s, np.take, [conditions, Lit(k), Lit(0)]) for k in range(kind.dims[0])]
            if isinstance(kind.dims[0], int) else None)
    if given is None or functions is None or len(functions) - len(given) not in (0, 1):
        raise s.refuse("the conditions or functions of np.piecewise are not known when the derivative is made",
                       "write them as lists")
    if axis_count(s, x) == 0:
        raise s.refuse("np.piecewise is called with a number", "use `if`")
    if len(functions) > len(given):
        any_of = given[0]
        for condition in given[1:]:
            any_of = apply_function(s, np.logical_or, [any_of, condition])
        given = [*given, apply_function(s, np.logical_not, [any_of])]
    result = apply_function(s, np.zeros_like, [x])
    for condition, function in zip(given, functions):
        value = function
        if not isinstance(s.kind(function), Scalar):
            chosen = s.b.apply(operator.getitem, s.atom(x), s.atom(condition))
            value = s.call(function, [chosen, *rest], kwargs)
        result = apply_function(s, with_chosen, [result, condition, writes.as_stored(s, value)])
    return result


SPECIAL: dict = {np.apply_along_axis: _apply_along_axis, np.apply_over_axes: _apply_over_axes, np.piecewise: _piecewise}
