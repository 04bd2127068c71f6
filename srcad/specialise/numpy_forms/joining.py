"""``np.r_`` and ``np.c_``.

    np.r_[x, 1.0]     →     np.concatenate([x, np.atleast_1d(1.0)])
"""

from __future__ import annotations

import numpy as np

from srcad.specialise.numpy_forms.operands import apply_function, as_array, axis_count
from srcad.specialise.values import Instance, Pack
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import Scalar, dtype_of


def is_concatenator(value) -> bool:
    return isinstance(value, Ref | Instance) and isinstance(value.value, type(np.r_) | type(np.c_))


def concatenated(s, maker, index):
    """``np.r_[...]`` and ``np.c_[...]``"""
    items = list(index.items) if isinstance(index, Pack) else [index]
    axis, ndmin, trans1d = maker.axis, maker.ndmin, maker.trans1d
    if items and isinstance(items[0], Lit) and isinstance(items[0].value, str):
        try:
            given = [int(n) for n in items.pop(0).value.split(",")]
        except ValueError:
            raise s.refuse("np.r_ is asked for a matrix", "use np.array") from None
        axis, ndmin, trans1d = (*given, *(axis, ndmin, trans1d)[len(given):])
    parts = [_part(s, maker, item, ndmin, trans1d) for item in items]
    result = apply_function(s, np.concatenate, [s.b.apply(intrinsics.build_list, *map(s.atom, parts))], [("axis", Lit(axis))])
    weak = [dtype_of(s.kind(i)) is None or isinstance(s.kind(i), Scalar) and s.kind(i).dtype is None for i in items]
    dtypes = [dtype_of(s.kind(i)) for i, w in zip(items, weak) if not w]
    if any(weak) and dtypes and None not in dtypes and np.result_type(*dtypes) in (np.float32, np.complex64, np.float16):
        result = apply_function(s, np.ndarray.astype, [result, Ref(np.result_type(*dtypes).type)])
    return result


def _part(s, maker, item, ndmin: int, trans1d: int):
    """One of the arrays that are joined, with the axes that it gets."""
    made = s.b.definition(item) if isinstance(item, Var) else None
    if made is not None and made.fn is intrinsics.build_slice:
        start, stop, step = made.args
        if isinstance(step, Lit) and isinstance(step.value, complex):
            item = apply_function(s, np.linspace, [start if start != Lit(None) else Lit(0), stop],
                         [("num", Lit(int(abs(step.value))))])
        else:
            first, by = (a if a != Lit(None) else Lit(otherwise) for a, otherwise in ((start, 0), (step, 1)))
            item = apply_function(s, np.arange, [first, stop, by])
    item = as_array(s, item)
    own = axis_count(s, item)
    if own == 0 or own >= ndmin:
        return apply_function(s, np.array, [item], [("ndmin", Lit(ndmin))]) if own < ndmin else item
    result = apply_function(s, np.array, [item], [("ndmin", Lit(ndmin))])
    missing = ndmin - own
    front = trans1d + (missing + 1 if trans1d < 0 else 0)
    axes = list(range(ndmin))
    if trans1d != -1 or maker.trans1d != -1 or front != missing:
        order = axes[:front] + axes[missing:] + axes[front:missing]
        if order != axes:
            result = apply_function(s, np.transpose, [result, Pack(tuple(map(Lit, order)))])
    return result
