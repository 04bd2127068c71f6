"""Sums of adjoints: what the differentiator itself writes into derivatives."""

from __future__ import annotations

import numpy as np

from srcad.runtime.objects import attributes_of, make_like, map_attributes
from srcad.runtime.shapes import unbroadcast
from srcad.runtime.values import add_adjoints, match_kind, zeros_like


def add_item(buffer, key, g):
    """`buffer` with `g` added to its item: in place for a list or a dict, a new tuple for a tuple."""
    if isinstance(key, str) and not isinstance(buffer, dict):
        items = {name: getattr(buffer, name) for name in attributes_of(buffer) or buffer._fields}
        return make_like(buffer, **items | {key: add_adjoints(items[key], g)})
    if isinstance(buffer, tuple):
        key = key % len(buffer)
        return (*buffer[:key], add_adjoints(buffer[key], g), *buffer[key + 1:])
    buffer[key] = add_adjoints(buffer[key], g)
    return buffer


def add_items(buffer, items):
    """Add to every item of a list, in place; to that of a variable that has no value (None) or no derivative nothing."""
    buffer[:] = [add_adjoints(a, b) for a, b in zip(buffer, items, strict=True)]


def add_to_item(buffer, index, g):
    """Add to an item of a list, in place."""
    buffer[index] = add_adjoints(buffer[index], g)


def add_slice(buffer, index, pieces):
    """A new list or tuple: `buffer` with `pieces` added to ``buffer[index]``, item by item."""
    items = list(buffer)
    for k, g in zip(range(len(items))[index], pieces, strict=True):
        items[k] = add_adjoints(items[k], g)
    return tuple(items) if isinstance(buffer, tuple) else items


def adjoint_or_zeros(g, x):
    """`g`, or a zero of the form of `x` if `g` is the number 0.0 that stands for one."""
    return zeros_like(x) if type(g) is float and g == 0.0 else g


def copy_adjoint(g):
    """A copy of an adjoint of any form that shares no memory with it."""
    if isinstance(g, np.ndarray):
        return g.copy()
    if isinstance(g, tuple):
        return tuple(map(copy_adjoint, g)) if type(g) is tuple else type(g)(*map(copy_adjoint, g))
    if isinstance(g, list):
        return list(map(copy_adjoint, g))
    if isinstance(g, dict):
        return {k: copy_adjoint(v) for k, v in g.items()}
    if g is None or isinstance(g, int | float | complex | str | np.generic):
        return g
    copied = map_attributes(copy_adjoint, g)
    return g if copied is None else copied


def spread_sum(g, items):
    """The adjoint of `items` in ``sum(items)``, `g` being the sum's."""
    if isinstance(items, np.ndarray):
        return np.array(np.broadcast_to(g, items.shape)) if items.ndim == 1 else np.array(
            np.broadcast_to(unbroadcast(g, items[0]) if len(items) else g, items.shape))
    parts = [unbroadcast(g, item) for item in items]
    return tuple(parts) if isinstance(items, tuple) else parts


def scalar_seed(y):
    """The adjoint 1 of a result that must be one real number; raises TypeError if it is not."""
    if y is None:
        raise TypeError("the function returned None, not a number")
    shape = np.shape(y)
    if shape != ():
        raise TypeError(f"the function returned an array of shape {shape}, not a number")
    return np.ones_like(y) if isinstance(y, np.ndarray) else 1.0


def fold_repeats(g, items):
    """The adjoint of `items` in ``items * n``, `g` being the product's: what its repeats got, added up."""
    total = list(g[:len(items)])
    for start in range(len(items), len(g), len(items) or 1):
        total = [add_adjoints(a, b) for a, b in zip(total, g[start:start + len(items)], strict=True)]
    if len(total) < len(items):
        total = [zeros_like(x) for x in items]
    return tuple(total) if isinstance(items, tuple) else total


def fit_derivative(g, x):
    """A tangent or adjoint of `x` that a rule of the user's gives (None: zero), in x's precision; it must have x's shape."""
    if g is None:
        return zeros_like(x)
    if isinstance(x, tuple | list):
        items = [fit_derivative(s, t) for s, t in zip(g, x, strict=True)]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    if isinstance(x, dict):
        return {key: fit_derivative(g[key], item) for key, item in x.items()}
    if np.shape(g) != np.shape(x):
        raise ValueError(f"a custom derivative has shape {np.shape(g)}, what it is for has shape {np.shape(x)}")
    if isinstance(x, np.ndarray) and not isinstance(g, np.ndarray):
        g = np.asarray(g)
    return match_kind(g, x)
