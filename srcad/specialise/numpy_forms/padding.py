"""`np.pad` with what depends on the elements: a statistic, a ramp, values of its own for each edge."""

from __future__ import annotations

import numpy as np

from srcad import compositions
from srcad.specialise.callees import call_function
from srcad.specialise.numpy_forms.operands import apply_function, as_array, axis_count, by_name, constant_of
from srcad.specialise.unpacking import static_items
from srcad.trace.ir import Lit, Ref
from srcad.trace.kinds import Scalar

#: Modes of np.pad that put a statistic of the elements at the edge.
STATISTICS = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


def _pad(s, args, kwargs):
    """With a statistic: axis by axis, of what has been padded so far, as NumPy does."""
    bound = by_name(s, args, kwargs, "array pad_width mode")
    mode = constant_of(s, bound.get("mode", Lit("constant")), "mode=")
    several = mode == "constant" and not isinstance(s.kind(bound.get("constant_values", Lit(0))), Scalar)
    if mode not in STATISTICS and mode != "linear_ramp" and not several:
        if bound.get("reflect_type") == Lit("even"):
            del bound["reflect_type"]
            return apply_function(s, np.pad, [bound.pop("array"), bound.pop("pad_width")], list(bound.items()))
        return NotImplemented
    x = as_array(s, bound["array"])
    ndim = axis_count(s, x)
    widths = _per_axis(constant_of(s, bound["pad_width"], "pad_width"), ndim)
    if mode in STATISTICS:
        counts = _per_axis(constant_of(s, bound.get("stat_length", Lit(None)), "stat_length="), ndim)
        function, ends = compositions.pad_with_statistic, [(Lit(first), Lit(last)) for first, last in counts]
    else:
        given = bound.get("constant_values" if several else "end_values", Lit(0))
        function = compositions.pad_with_values if several else compositions.pad_with_ramp
        ends = _per_axis(_items_of(s, given), ndim)
    start = [Ref(STATISTICS[mode])] if mode in STATISTICS else []
    for axis, ((before, after), (first, last)) in enumerate(zip(widths, ends)):
        if before or after:
            x = call_function(s, function, [*start, x, Lit(before), Lit(after), first, last, Lit(axis)], [], "")
    return x


def _items_of(s, value):
    """A number as it is; nested tuples and lists as tuples."""
    if isinstance(s.kind(value), Scalar):
        return value
    items = static_items(s, value)
    if items is None:
        raise s.refuse("the numbers that np.pad puts at the edges are not known one by one", "write them as tuples")
    return tuple(_items_of(s, i) for i in items)


def _per_axis(given, ndim: int) -> list:
    """What a pad_width, or stat_length, says: (before, after) for each axis."""
    if isinstance(given, tuple) and len(given) == 1:
        given = given[0]
    if not isinstance(given, tuple):
        return [(given, given)] * ndim
    if not any(isinstance(g, tuple) for g in given):
        return [given] * ndim
    pairs = [(g, g) if not isinstance(g, tuple) else g * 2 if len(g) == 1 else g for g in given]
    return pairs * ndim if len(pairs) == 1 else pairs


SPECIAL: dict = {np.pad: _pad}
