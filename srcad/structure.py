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


def is_inexact_leaf(value) -> bool:
    """Does a leaf hold floating-point or complex numbers?"""
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "fcO"
    return isinstance(value, float | complex)


def varying(value) -> list:
    """The leaves that can vary, in order; a whole number that is the value itself is taken as a float."""
    if is_leaf(value) or isinstance(value, bool | np.bool_):
        return [value]
    return [leaf for leaf in leaves(value) if is_inexact_leaf(leaf)]


def with_varying(value, new: list):
    """`value` with the leaves that can vary replaced, in order, and None for what holds none of them."""
    it = iter(new)

    def build(v, outermost: bool = False):
        if not outermost and isinstance(v, tuple | list | dict) and (v or isinstance(v, tuple)) and not varying(v):
            return None
        if isinstance(v, tuple | list):
            items = [build(i) for i in v]
            return type(v)(*items) if hasattr(v, "_fields") else type(v)(items)
        if isinstance(v, dict):
            return {k: build(i) for k, i in v.items()}
        return next(it) if outermost or (is_leaf(v) and is_inexact_leaf(v)) else None

    return build(value, True)


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
