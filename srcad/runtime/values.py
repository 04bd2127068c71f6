"""Adjoints of every kind of value: zeros, sums, and the form of the value.

The adjoint of a number is a number, of an array an array of its shape, of a container a container of the same form; of
anything else, None.
"""

from __future__ import annotations

import numpy as np

from srcad.runtime.objects import map_attributes


def zeros_like(x):
    """A zero adjoint of `x`, whatever it is; the number 0.0 for a variable that has no value on this path (None)."""
    if x is None:
        return 0.0
    if isinstance(x, np.ndarray):
        return np.zeros(x.shape, x.dtype if x.dtype.kind in "fc" else float)
    if isinstance(x, bool):
        return None
    if isinstance(x, np.generic):
        return x.dtype.type(0) if x.dtype.kind in "fc" else None if x.dtype.kind == "b" else 0.0
    if isinstance(x, complex):
        return 0j
    if isinstance(x, int | float):
        return 0.0
    if isinstance(x, tuple):
        items = [_zero_item(item) for item in x]
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    if isinstance(x, list):          # its items are alike: a whole number among floats counts as one of them
        numbers = any(type(item) is float or isinstance(item, complex | np.inexact) for item in x)
        return [zeros_like(item) if numbers else _zero_item(item) for item in x]
    if isinstance(x, dict):
        return {key: _zero_item(item) for key, item in x.items()}
    return map_attributes(_zero_item, x)


def _zero_item(x):
    """A zero adjoint of an item of a structure: None for whole numbers."""
    whole = isinstance(x, int | np.integer) or isinstance(x, np.ndarray) and x.dtype.kind not in "fcO"
    return None if whole or x is None else zeros_like(x)


def add_adjoints(a, b):
    """The sum of two adjoints of one value."""
    if a is None:
        return b
    if b is None:
        return a
    if isinstance(a, tuple):
        items = [add_adjoints(s, t) for s, t in zip(a, b, strict=True)]
        return type(a)(*items) if hasattr(a, "_fields") else tuple(items)
    if isinstance(a, list):
        return [add_adjoints(s, t) for s, t in zip(a, b, strict=True)]
    if isinstance(a, dict):
        return {key: add_adjoints(item, b[key]) for key, item in a.items()}
    if isinstance(a, int | float | complex | np.ndarray | np.generic):
        return a + b
    return map_attributes(add_adjoints, a, b)


def whole_product(a, b):
    """``a * b`` of whole numbers: compiled, it raises OverflowError where Python's has more than 64 bits."""
    return a * b


def whole_sum(a, b):
    """``a + b`` of whole numbers, likewise."""
    return a + b


def whole_power(a, b):
    """``a ** b`` of whole numbers, likewise."""
    return a ** b


def whole_shift(a, b):
    """``a << b`` of whole numbers, likewise."""
    return a << b


def as_list(x):
    """The numbers in an array with one axis."""
    return x.tolist()


def as_rows(x, lengths):
    """The numbers in an array with one axis, in lists of these lengths."""
    rows, start = [], 0
    for n in lengths:
        rows.append(x[start:start + n].tolist())
        start += n
    return rows


def match_kind(g, x):
    """The adjoint `g` as one of `x`: in x's precision, real if x is, a list if x is."""
    if g is None:
        return None
    if isinstance(x, np.ndarray | np.generic):
        if isinstance(g, list | tuple):
            g = np.array(g)
        if isinstance(g, np.ndarray) and isinstance(x, np.generic):
            g = g[()]
        dtype = x.dtype
        if getattr(g, "dtype", None) == dtype or dtype.kind not in "fc":
            return g
        if dtype.kind == "f":
            g = g.real
        return g.astype(dtype) if isinstance(g, np.ndarray) else dtype.type(g)
    if isinstance(x, complex):
        return complex(g)
    if isinstance(x, int | float):
        return float(g.real)
    if isinstance(x, tuple):
        items = [match_kind(s, t) for s, t in zip(g, x, strict=True)]
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    if isinstance(x, list):
        return [match_kind(s, t) for s, t in zip(g, x, strict=True)]
    if isinstance(x, dict):
        return {key: match_kind(g[key], item) for key, item in x.items()}
    return g
