"""The transposes of discrete calculus: differences, gradients, convolutions."""

from __future__ import annotations

import numpy as np


def undiff(g, x, n, axis):
    """The transpose of ``np.diff(x, n, axis)``."""
    if g.size == 0:
        return np.zeros(x.shape, g.dtype)
    g = np.moveaxis(g, axis, 0)
    for _ in range(n):
        longer = np.zeros((len(g) + 1, *g.shape[1:]), g.dtype)
        longer[1:] = g
        longer[:-1] -= g
        g = longer
    return np.moveaxis(g, 0, axis)


def widen_end(p, x, axis):
    """`p` as ``np.diff`` puts it before or after `x`: a number stands for one element along `axis`."""
    if np.ndim(p):
        return p
    shape = list(x.shape)
    shape[axis] = 1
    return np.broadcast_to(p, shape)


def neighbour_sum(x, axis):
    """``x[k] + x[k+1]`` along `axis`."""
    moved = np.moveaxis(x, axis, 0)
    return np.moveaxis(moved[1:] + moved[:-1], 0, axis)


def spread_neighbours(g, axis):
    """The transpose of `neighbour_sum`: one element more, each the sum of its neighbours in `g`."""
    moved = np.moveaxis(g, axis, 0)
    result = np.zeros((len(moved) + 1, *moved.shape[1:]), g.dtype)
    result[1:] += moved
    result[:-1] += moved
    return np.moveaxis(result, 0, axis)


def ungradient(g, x, axis, edge_order):
    """The transpose of ``np.gradient(x, axis=axis, edge_order=edge_order)``."""
    result = np.zeros(x.shape, g.dtype)
    r, g = np.moveaxis(result, axis, 0), np.moveaxis(g, axis, 0)
    r[2:] += 0.5 * g[1:-1]
    r[:-2] -= 0.5 * g[1:-1]
    for edge, sign in ((0, 1), (-1, -1)):
        inner = edge + sign
        if edge_order == 1:
            r[inner] += sign * g[edge]
            r[edge] -= sign * g[edge]
        else:
            r[edge] -= sign * 1.5 * g[edge]
            r[inner] += sign * 2.0 * g[edge]
            r[inner + sign] -= sign * 0.5 * g[edge]
    return result


def window(a, v, mode, correlated):
    """Which part of the full convolution (or correlation) of `a` and `v` that of this mode is."""
    shorter, longer = sorted((len(a), len(v)))
    start, length = {"full": (0, longer + shorter - 1), "same": ((shorter - 1) // 2, longer),
                     "valid": (shorter - 1, longer - shorter + 1)}[mode]
    if correlated and len(a) < len(v):
        start = longer + shorter - 1 - length - start
    return slice(start, start + length)


def place_window(g, a, v, mode, correlated):
    """`g`, of the length of a convolution in this mode, amid zeros in place of what the full one has besides."""
    result = np.zeros(len(a) + len(v) - 1, g.dtype)
    result[window(a, v, mode, correlated)] = g
    return result


def read_window(g, a, v, mode, correlated):
    """The transpose of `place_window`."""
    return g[window(a, v, mode, correlated)]


def sum_windows(g, x, window_shape, axis):
    """The transpose of ``np.lib.stride_tricks.sliding_window_view(x, window_shape, axis)``."""
    shape = tuple(np.atleast_1d(window_shape))
    axes = range(x.ndim) if axis is None else [k % x.ndim for k in np.atleast_1d(axis)]
    result = np.zeros(x.shape, g.dtype)
    for offsets in np.ndindex(shape):
        first = [0] * x.ndim
        for k, offset in zip(axes, offsets):
            first[k] += offset
        place = tuple(slice(start, start + n) for start, n in zip(first, g.shape))
        result[place] += g[(..., *offsets)]
    return result
