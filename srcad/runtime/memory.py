"""In-place writes: who wrote last, what is put back, what must not share memory."""

from __future__ import annotations

import ctypes

import numpy as np

from srcad.runtime.objects import attributes_of, map_attributes


def last_writers(x, index):
    """For each element that ``x[index] = ...`` writes: was it the last one written to its place?"""
    order = np.full(x.shape, -1, np.intp)
    mine = np.arange(order[index].size).reshape(order[index].shape)
    order[index] = mine
    return order[index] == mine


def check_bound(value, name):
    """Raise what Python raises where a variable has no value: here None stands for none."""
    if value is None:
        raise UnboundLocalError(f"cannot access local variable {name!r} where it is not associated with a value")


def check_has_value(bound, name):
    """Raise what Python raises where a variable has no value: `bound` says whether it has."""
    if not bound:
        raise UnboundLocalError(f"cannot access local variable {name!r} where it is not associated with a value")


def check_length(x, count, at_least=False):
    """Raise ValueError, as unpacking does, if an array does not have so many rows (or, with a starred target, more)."""
    if len(x) < count or len(x) > count and not at_least:
        detail = f"expected {'at least ' if at_least else ''}{count}, got {len(x)}" if len(x) < count else f"expected {count}"
        raise ValueError(f"{'not enough' if len(x) < count else 'too many'} values to unpack ({detail})")


def piece_length(x, count, axis):
    """The length of the equal pieces that ``np.split(x, count, axis)`` gives."""
    length, rest = divmod(x.shape[axis], count)
    if rest:
        raise ValueError("array split does not result in an equal division")
    return length


def piece_start(x, count, axis, k):
    """Where the k-th of the pieces that ``np.array_split(x, count, axis)`` gives begins: the first ones are longer by one."""
    length, rest = divmod(x.shape[axis], count)
    return k * length + min(k, rest)


def flat_numbers(index, size):
    """The numbers of the elements that ``x.flat[index]`` stands for; the number itself for an integer."""
    if isinstance(index, int | np.integer):
        if not -size <= index < size:
            raise IndexError(f"index {index} is out of bounds for size {size}")
        return index % size
    return np.ravel(np.arange(size)[index])


def numbers_at(shape, index):
    """The numbers of the elements that an index takes out of an array of this shape."""
    return np.ravel(np.arange(np.prod(shape)).reshape(shape)[index])


def shape_at(shape, index):
    """The shape of what an index takes out of an array of this shape."""
    return np.shape(np.broadcast_to(0, shape)[index])


def rounds(numbers):
    """Index arrays that take `numbers` apart, in order, such that none has one number twice."""
    order = np.argsort(numbers, kind="stable")
    numbers = numbers[order]
    first = np.searchsorted(numbers, numbers)
    again = np.empty(len(order), np.intp)
    again[order] = np.arange(len(order)) - first
    return [np.flatnonzero(again == k) for k in range(np.max(again, initial=-1) + 1)]


def along_axis(shape, indices, axis):
    """The index of what `np.put_along_axis` writes in an array of this shape."""
    if len(shape) != indices.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    if indices.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    axis = np.lib.array_utils.normalize_axis_index(axis, len(shape))
    parts = np.ix_(*map(np.arange, shape))
    return tuple(indices if k == axis else part for k, part in enumerate(parts))


def check_separate(count, *arrays):
    """Raise ValueError if the first `count` arguments, which are written to, overlap themselves or any other."""
    for k, x in enumerate(arrays[:count]):
        if isinstance(x, list):
            if any(_is_in(x, y) for y in arrays[k + 1:]):
                raise ValueError("one list is given twice, and is changed: pass a copy of it")
            continue
        low, high = np.lib.array_utils.byte_bounds(x)
        if x.nbytes > high - low:
            raise ValueError("an array whose elements share memory is written to; pass a copy")
        for y in arrays[k + 1:]:
            check_apart(x, y)


def check_once(changed, opened, *containers):
    """Raise ValueError if one of the first `changed` containers, which are changed, is another of the first `opened` too, or
    is one of the others, or in it."""
    for k, x in enumerate(containers[:changed]):
        if any(x is y for y in containers[k + 1:opened]) or any(_is_in(x, y) for y in containers[opened:]):
            raise ValueError("one list, dict or object is given, or held, twice, and is changed: pass a copy of it")


def _is_in(x, y):
    """Is `x` the same object as `y`, or as one that `y` holds?"""
    items = y.values() if isinstance(y, dict) else y if isinstance(y, list | tuple) else ()
    return x is y or any(_is_in(x, item) for item in items)


def check_order(place, value):
    """Raise ValueError if the order in which NumPy assigns to overlapping lines of an array matters.

    NumPy makes a copy of the value where it must not be overwritten, but does not see all cases where both have one axis
    and different strides. Whether this is one is tried with other numbers in other memory, laid out as these are.
    """
    if place.ndim != 1 or value.ndim != 1 or place.size < 2 or place.strides == value.strides:
        return
    if place.strides[0] * value.strides[0] < 0 or not np.may_share_memory(place, value):
        return
    bounds = [np.lib.array_utils.byte_bounds(a) for a in (place, value)]
    low, high = min(b[0] for b in bounds), max(b[1] for b in bounds)
    memory = np.empty(high - low, np.uint8)
    to, source = (np.ndarray(a.shape, a.dtype, memory, a.ctypes.data - low, a.strides) for a in (place, value))
    to[...] = np.arange(place.size)
    source[...] = np.arange(place.size, place.size + value.size)
    wanted = np.broadcast_to(source, to.shape).copy()
    to[...] = source
    if not np.array_equal(to, wanted):
        raise ValueError("a line of an array is assigned to another that crosses it, where NumPy's result depends on "
                         "the order: assign a copy")


def check_unshared(x, value):
    """Raise ValueError if elements are given from an array to itself one by one, so that the order matters."""
    if np.may_share_memory(x, value):
        raise ValueError("elements of an array are given to others of it one after the other, where NumPy's result depends "
                         "on the order: assign a copy")


def check_apart(x, y):
    """Raise ValueError if an array overlaps another, or one in a container."""
    if isinstance(y, list | tuple | dict):
        for item in y.values() if isinstance(y, dict) else y:
            check_apart(x, item)
    elif (names := attributes_of(y)) is not None:
        for name in names:
            check_apart(x, getattr(y, name))
    elif isinstance(y, np.ndarray) and np.may_share_memory(x, y):
        try:
            shared = np.shares_memory(x, y, 10000)
        except np.exceptions.TooHardError:
            shared = True
        if shared:
            raise ValueError("two arguments share memory, and one of them is written to: pass a copy of one of them, or "
                             "differentiate a function of the one array, `lambda x: f(x, x)`")


def copy_memory(x):
    """A copy of an array, laid out in memory as it is: what would be a view of it is a view of its copy."""
    if x.flags.forc:
        return x.copy(order="K")
    low, high = np.lib.array_utils.byte_bounds(x)
    start = x.__array_interface__["data"][0] - low
    copy = np.ndarray(x.shape, x.dtype, np.empty(high - low, np.uint8), start, x.strides)
    copy[...] = x
    return copy


def snapshot(saved):
    """A copy of all arrays and lists in a structure; what shared memory, or was one list, does and is so again."""
    return _copied(saved, {})


def copy_arrays(arrays):
    """Copies of arrays; what shared memory, as their addresses tell, does so again."""
    found = []
    for k, x in enumerate(arrays):
        low, high = np.lib.array_utils.byte_bounds(x)
        numbers = [k]
        for group in [g for g in found if low < g[1] and g[0] < high]:
            found.remove(group)
            low, high, numbers = min(low, group[0]), max(high, group[1]), numbers + group[2]
        found.append((low, high, numbers))
    copies = [None] * len(arrays)
    for low, high, numbers in found:
        if len(numbers) == 1:
            copies[numbers[0]] = arrays[numbers[0]].copy()
            continue
        memory = np.array(np.ctypeslib.as_array((ctypes.c_uint8 * (high - low)).from_address(low)))
        for k in numbers:
            x = arrays[k]
            copies[k] = np.ndarray(x.shape, x.dtype, memory, x.__array_interface__["data"][0] - low, x.strides)
    return tuple(copies)


def owner(x):
    """The array whose memory `x` is a view of."""
    while True:
        below = x.base
        if not isinstance(below, np.ndarray):
            below = getattr(below, "base", None)         # of what `as_strided` puts between a view and its array
        if not isinstance(below, np.ndarray):
            return x
        x = below


def _copied_alone(value, known):
    """Of an array whose memory is of no use to views: it has none, or references to objects (a place that was never bound)."""
    if id(value) not in known:
        known[id(value)] = copy = value.copy(order="K")
        if value.dtype == object:
            for index in np.ndindex(value.shape):
                copy[index] = _copied(value[index], known)
    return known[id(value)]


def _copied(value, known):
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject or not value.size:
            return _copied_alone(value, known)
        base = owner(value)
        if not base.flags.forc or base.base is not None:
            base = value
        if id(base) not in known:
            known[id(base)] = base, base.ravel(order="K").view(np.uint8).copy() if base.flags.forc else None
        memory = known[id(base)][1]
        if memory is None:
            return value.copy()
        start = value.__array_interface__["data"][0] - base.__array_interface__["data"][0]
        return np.ndarray(value.shape, value.dtype, memory, start, value.strides)
    if isinstance(value, tuple):
        items = [_copied(v, known) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        if id(value) not in known:
            known[id(value)] = made = []
            made.extend(_copied(v, known) for v in value)
        return known[id(value)]
    if isinstance(value, dict):
        return {k: _copied(v, known) for k, v in value.items()}
    if value is None or isinstance(value, int | float | complex | str | np.generic):
        return value
    copied = map_attributes(lambda v: _copied(v, known), value)
    return value if copied is None else copied
