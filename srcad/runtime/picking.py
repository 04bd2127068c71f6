"""The transposes of picking, repeating, placing and sorting elements."""

from __future__ import annotations

import numpy as np


def unpad_odd(g, x, pad_width, mode, reflect_type):
    """The transpose of np.pad by odd reflection, which is linear and treats one axis after the other."""
    for axis, width in reversed(list(enumerate(np.broadcast_to(pad_width, (np.ndim(x), 2))))):
        matrix = np.pad(np.eye(np.shape(x)[axis]), (width, (0, 0)), mode=mode, reflect_type=reflect_type)
        g = np.moveaxis(np.tensordot(matrix, g, (0, axis)), 0, axis)
    return g


def with_chosen(base, mask, values):
    """A copy of `base` with the elements where the mask is true replaced."""
    result = np.array(base)
    result[mask] = values
    return result


def spread_pieces(g, x, starts, axis):
    """The transpose of ``np.add.reduceat(x, starts, axis)``."""
    result = np.zeros(np.shape(x), np.result_type(g, np.float16))
    rows, pieces = np.moveaxis(result, axis, 0), np.moveaxis(g, axis, 0)
    for k, start in enumerate(starts):
        end = len(rows) if k + 1 == len(starts) else starts[k + 1]
        rows[start:max(end, start + 1)] += pieces[k]
    return result


def place_diagonal(g, x, offset, axis1, axis2):
    """Zeros of x's shape with `g` (which may broadcast) on the diagonal that ``np.diagonal`` reads."""
    result = np.zeros(x.shape, np.result_type(g))
    plane = np.moveaxis(result, (axis1, axis2), (-2, -1))
    row, column = max(-offset, 0), max(offset, 0)
    along = np.arange(max(0, min(plane.shape[-2] - row, plane.shape[-1] - column)))
    plane[..., along + row, along + column] = g
    return result


def untile(g, x, reps):
    """`g`, the copies that ``np.tile(x, reps)`` made, added up."""
    shape = (1,) * (g.ndim - np.ndim(x)) + np.shape(x)
    if g.size == 0:
        return np.zeros(np.shape(x), g.dtype)
    pairs = [n for total, length in zip(g.shape, shape) for n in (total // length, length)]
    return np.reshape(np.reshape(g, pairs).sum(axis=tuple(range(0, 2 * g.ndim, 2))), np.shape(x))


def unrepeat(g, x, repeats, axis):
    """`g`, the copies that ``np.repeat(x, repeats, axis)`` made, added up."""
    shape = np.shape(x)
    if axis is None:
        return np.reshape(unrepeat(g, np.ravel(x), repeats, 0), shape)
    if isinstance(repeats, int):
        axis %= len(shape)
        copies = np.reshape(g, (*shape[:axis + 1], repeats, *shape[axis + 1:]))
        if not 0 < repeats <= 8:
            return copies.sum(axis=axis + 1)
        total = copies.take(0, axis + 1)         # NumPy adds few long arrays faster than many short ones
        for k in range(1, repeats):
            total += np.moveaxis(copies, axis + 1, 0)[k]
        return total
    result = np.zeros(shape, g.dtype)
    origin = np.repeat(np.arange(shape[axis]), repeats)
    np.add.at(np.moveaxis(result, axis, 0), origin, np.moveaxis(g, axis, 0))
    return result


def untake(g, x, indices, axis, mode):
    """Zeros of x's shape with `g` added where ``np.take(x, indices, axis)`` read."""
    shape = np.shape(x)
    if axis is None:
        return np.reshape(untake(g, np.ravel(x), indices, 0, mode), shape)
    indices = np.asarray(indices)
    if mode != "raise":
        length = shape[axis]
        indices = indices % length if mode == "wrap" else np.clip(indices, 0, length - 1)
    result = np.zeros(shape, np.result_type(g))
    first = axis % len(shape)
    moved = np.moveaxis(g, range(first, first + indices.ndim), range(indices.ndim))
    np.add.at(np.moveaxis(result, axis, 0), indices, moved)
    return result


def untake_along(g, x, indices, axis):
    """Zeros of x's shape with `g` added where ``np.take_along_axis(x, indices, axis)`` read."""
    if axis is None:
        return np.reshape(untake_along(g, np.ravel(x), indices, 0), x.shape)
    result = np.zeros(x.shape, g.dtype)
    where = list(np.ix_(*map(np.arange, x.shape)))
    where[axis] = indices
    np.add.at(result, tuple(where), g)
    return result


def on_diagonals(g, x, subscripts):
    """Zeros of x's shape with `g` on the part that ``np.einsum(subscripts, x)`` is a view of."""
    result = np.zeros(np.shape(x), np.result_type(g))
    np.einsum(subscripts, result)[...] = g
    return result


def split_kron(g, a, b):
    """``np.kron(a, b)`` as a matrix: a row for every element of `a`, a column for every element of `b`."""
    n = np.ndim(g)
    rows, columns = (1,) * (n - np.ndim(a)) + np.shape(a), (1,) * (n - np.ndim(b)) + np.shape(b)
    blocks = np.reshape(g, [length for pair in zip(rows, columns) for length in pair])
    return np.reshape(np.transpose(blocks, [*range(0, 2 * n, 2), *range(1, 2 * n, 2)]), (np.size(a), np.size(b)))


def join_kron(m, g, a, b):
    """The transpose of `split_kron`: the matrix in g's shape."""
    n = np.ndim(g)
    rows, columns = (1,) * (n - np.ndim(a)) + np.shape(a), (1,) * (n - np.ndim(b)) + np.shape(b)
    order = [k + n * odd for k in range(n) for odd in (0, 1)]
    return np.reshape(np.transpose(np.reshape(m, rows + columns), order), np.shape(g))


def sort_like(g, x, axis):
    """`g` in the order that sorts `x` along `axis`; where elements of `x` are equal, the mean of theirs."""
    order = np.argsort(x, axis=axis, kind="stable")
    return mean_of_equal(np.take_along_axis(g, order, axis), np.take_along_axis(x, order, axis), axis)


def unsort_like(g, x, axis):
    """The transpose of `sort_like`: `g` from the order that sorts `x` back into that of `x`."""
    order = np.argsort(x, axis=axis, kind="stable")
    result = np.empty_like(g)
    np.put_along_axis(result, order, mean_of_equal(g, np.take_along_axis(x, order, axis), axis), axis)
    return result


def mean_of_equal(g, x, axis):
    """`g` with its mean over every run of equal elements of `x` along `axis`."""
    if not np.any(np.diff(x, axis=axis) == 0):
        return g
    moved, values = np.moveaxis(g, axis, -1), np.moveaxis(x, axis, -1)
    first = np.ones(values.shape, bool)
    first[..., 1:] = values[..., 1:] != values[..., :-1]
    run = np.cumsum(first.ravel()) - 1
    total = np.zeros(run[-1] + 1, g.dtype)
    np.add.at(total, run, moved.ravel())
    mean = (total / np.bincount(run)).astype(g.dtype)
    return np.moveaxis(np.reshape(mean[run], moved.shape), -1, axis)
