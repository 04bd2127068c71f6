"""Arrays rearranged by flat positions: padding, inserting, deleting, resizing.

Each element of the result is an element of the operand, or none of it. The same function of the operand's positions says
which.
"""

from __future__ import annotations

import math

import numpy as np

from srcad.runtime.joining import nest_like, without_gaps
from srcad.runtime.shapes import unbroadcast
from srcad.runtime.values import match_kind


def pick(x, source):
    """The elements of `x` at these flat positions, and 0 where a position is negative."""
    flat = np.ravel(x)
    if flat.size == 0:
        return np.zeros(source.shape, flat.dtype)
    found = flat[source]
    return np.where(source < 0, 0, found).astype(found.dtype, copy=False)


def unpick(g, x, source):
    """The transpose of `pick`: zeros of x's shape with `g` added at the flat positions that it was read from."""
    result = np.zeros(np.size(x), np.result_type(g))
    there = source >= 0
    np.add.at(result, source[there], np.asarray(g)[there])
    return nest_like(np.reshape(result, np.shape(x))[()], x)


def crop(g, x, pad_width):
    """The part of `g` that ``np.pad(x, pad_width)`` put `x` into."""
    if isinstance(pad_width, dict):
        widths = {axis % g.ndim: width for axis, width in pad_width.items()}
        pad_width = [np.broadcast_to(widths.get(k, 0), 2) for k in range(g.ndim)]
    before = np.broadcast_to(pad_width, (g.ndim, 2))[:, 0]
    return g[tuple(slice(b, b + n) for b, n in zip(before.tolist(), np.shape(x), strict=True))]


def split_block(g, arrays):
    """`g`, which ``np.block(arrays)`` put together, as nested lists of the blocks."""
    counter = 0

    def positions(item):
        nonlocal counter
        if isinstance(item, list):
            return [positions(each) for each in item]
        start, counter = counter, counter + np.size(item)
        return np.reshape(np.arange(start, counter), np.shape(item))

    def blocks(item, places):
        if isinstance(item, list):
            return [blocks(a, b) for a, b in zip(item, places, strict=True)]
        return match_kind(np.reshape(flat[places.ravel()], np.shape(item))[()], item)

    nested = positions(arrays)
    flat = np.empty(g.size, g.dtype)
    flat[np.ravel(np.block(nested))] = np.ravel(g)
    return blocks(arrays, nested)


def unbroadcast_each(g, arrays):
    """The adjoints of `arrays` that were broadcast together, `g` being those of the results."""
    return tuple(None if each is None else match_kind(unbroadcast(each, a), a) for each, a in zip(g, arrays, strict=True))


def broadcast_each(g, arrays):
    """The transpose of `unbroadcast_each`."""
    return list(np.broadcast_arrays(*without_gaps(g, arrays)))


def mesh_each(g, vectors, indexing, like):
    """The transpose of `unmesh`: a grid, or the sparse form of one if that is what `like` is."""
    sizes = [np.size(v) for v in vectors]
    sparse = any(each is not None and np.size(each) != math.prod(sizes) for each in like)
    return list(np.meshgrid(*without_gaps(g, vectors), indexing=indexing, sparse=sparse))


def unmesh(g, vectors, indexing):
    """The adjoints of the vectors that ``np.meshgrid`` spread over a grid, `g` being those of the results."""
    axes = list(range(len(vectors)))
    if indexing == "xy" and len(axes) > 1:
        axes[:2] = 1, 0
    sums = [None if each is None else each.sum(axis=tuple(k for k in axes if k != own))
            for each, own in zip(g, axes, strict=True)]
    return tuple(None if total is None else match_kind(np.reshape(total, np.shape(x))[()], x)
                 for total, x in zip(sums, vectors, strict=True))


def unselect(g, conditions, choices):
    """The adjoints of the choices in ``np.select(conditions, choices)``."""
    free = np.ones(np.shape(g), bool)
    pieces = []
    for condition, choice in zip(conditions, choices, strict=True):
        pieces.append(nest_like(unbroadcast(np.where(free & condition, g, 0), np.asarray(choice)), choice))
        free = free & np.logical_not(condition)
    return tuple(pieces) if isinstance(choices, tuple) else pieces


def unchoose(g, index, choices, mode):
    """The adjoints of the choices in ``np.choose(index, choices, mode=mode)``."""
    count = len(choices)
    chosen = np.mod(index, count) if mode == "wrap" else np.clip(index, 0, count - 1)
    pieces = [unbroadcast(np.where(chosen == k, g, 0), np.asarray(choice)) for k, choice in enumerate(choices)]
    if isinstance(choices, np.ndarray):
        return np.stack(pieces)
    pieces = [nest_like(piece[()], choice) for piece, choice in zip(pieces, choices, strict=True)]
    return tuple(pieces) if isinstance(choices, tuple) else pieces
