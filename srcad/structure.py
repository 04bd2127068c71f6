"""Structures of numbers: the leaves of nested tuples, lists, dicts and objects."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from srcad.runtime import attributes_of, make_like

_PLAIN = (float, int, complex, np.ndarray, np.generic, str, bytes, type(None))


def items_of(value) -> list | None:
    """What a tuple, list, dict or object holds, in order; None for what is none of these."""
    if isinstance(value, _PLAIN):
        return None
    if isinstance(value, tuple | list):
        return list(value)
    if isinstance(value, dict):
        return list(value.values())
    names = attributes_of(value)
    return None if names is None else [getattr(value, name) for name in names]


def with_items(value, build: Callable):
    """A structure like `value` of what `build` makes of its items."""
    if isinstance(value, tuple | list):
        items = [build(v) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {k: build(v) for k, v in value.items()}
    return make_like(value, **{name: build(getattr(value, name)) for name in attributes_of(value) or ()})


def leaves(value) -> list:
    """The numbers and arrays in a value, in order; None, strings and the like are not leaves."""
    items = items_of(value)
    if items is not None:
        return [leaf for v in items for leaf in leaves(v)]
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
        items = items_of(v)
        if items is not None:
            if not outermost and (items or isinstance(v, tuple)) and not varying(v):
                return None
            return with_items(v, build)
        return next(it) if outermost or (is_leaf(v) and is_inexact_leaf(v)) else None

    return build(value, True)


def rebuilt(value, new: list):
    """`value` with its leaves replaced, in order."""
    it = iter(new)

    def build(v):
        if items_of(v) is not None:
            return with_items(v, build)
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
