"""Structures of numbers: the leaves of nested tuples, lists and dicts."""

from __future__ import annotations

import numpy as np


def leaves(value) -> list:
    """The numbers and arrays in a value, in order; None, strings and the like are not leaves."""
    if isinstance(value, tuple | list):
        return [leaf for v in value for leaf in leaves(v)]
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in leaves(v)]
    return [value] if is_leaf(value) else []


def is_leaf(value) -> bool:
    return isinstance(value, np.ndarray | np.number | float | int | complex) and not isinstance(value, bool)


def rebuilt(value, new: list):
    """`value` with its leaves replaced, in order."""
    it = iter(new)

    def build(v):
        if isinstance(v, tuple):
            items = [build(i) for i in v]
            return tuple(items) if type(v) is tuple else type(v)(*items)
        if isinstance(v, list):
            return [build(i) for i in v]
        if isinstance(v, dict):
            return {k: build(i) for k, i in v.items()}
        return next(it) if is_leaf(v) else v

    return build(value)


def zero(leaf):
    """A zero tangent for a number or an array."""
    if isinstance(leaf, np.ndarray):
        return np.zeros(leaf.shape, leaf.dtype if leaf.dtype.kind in "fc" else float)
    return 0.0


def units(leaf):
    """The unit tangents of a number or an array, one per element, in C order."""
    if not isinstance(leaf, np.ndarray):
        yield 1.0
        return
    for index in np.ndindex(leaf.shape):
        unit = zero(leaf)
        unit[index] = 1.0
        yield unit
