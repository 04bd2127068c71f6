"""The adjoints of broadcasting, reducing and reshaping."""

from __future__ import annotations

import numpy as np


def unbroadcast(g, x):
    """`g` summed over the axes that broadcasting `x` added or stretched: it has x's shape again."""
    shape = getattr(x, "shape", ())
    if getattr(g, "shape", ()) == shape:
        return g
    added = g.ndim - len(shape)
    if added:
        g = g.sum(axis=tuple(range(added)))
    stretched = tuple(k for k, n in enumerate(shape) if n == 1 != g.shape[k])
    if stretched:
        g = g.sum(axis=stretched, keepdims=True)
    if g.shape != shape:
        raise ValueError(f"an adjoint of shape {g.shape} does not fit a value of shape {shape}")
    return g


def fit_vectors(g, x):
    """`unbroadcast` for an adjoint of vectors in ``np.cross``; raises TypeError if they have but two components."""
    if x.shape[-1] != 3:
        raise TypeError("np.cross of vectors of two components has no adjoint: NumPy gives it up; "
                        "append a zero to each vector, or write x[0] * y[1] - x[1] * y[0]")
    return unbroadcast(g, x)


def broadcast_like(g, x):
    """`g` broadcast to x's shape, not to be written to."""
    shape = getattr(x, "shape", ())
    return g if getattr(g, "shape", ()) == shape else np.broadcast_to(g, shape)


def expand_reduced(g, x, axis, keepdims):
    """`g`, the result of reducing `x` over `axis`, with axes of length one where `x` was reduced."""
    if keepdims or getattr(x, "ndim", 0) == 0:
        return g
    if axis is None:
        return np.reshape(g, (1,) * x.ndim)
    return np.expand_dims(g, axis)


def reshape_like(g, x, order):
    """`g` in x's shape, where reading `x` in this order ("A" and "K" follow x's memory) gave g's elements."""
    if order == "K" and not x.flags.forc:
        axes = np.argsort([-abs(stride) for stride in x.strides], kind="stable")
        return np.transpose(np.reshape(g, [x.shape[k] for k in axes]), np.argsort(axes))
    if order in ("A", "K"):
        order = "F" if x.flags.fnc else "C"
    return np.reshape(g, x.shape, order=order)


def reshape_back(h, g, x, order):
    """`h`, of x's shape, read in this order and put into g's shape: the transpose of `reshape_like`."""
    if order == "K" and not x.flags.forc:
        axes = np.argsort([-abs(stride) for stride in x.strides], kind="stable")
        return np.reshape(np.transpose(h, axes), g.shape)
    if order in ("A", "K"):
        order = "F" if x.flags.fnc else "C"
    return np.reshape(h, g.shape, order=order)


def inverse_permutation(axes):
    """The order of axes that undoes a transposition."""
    n = len(axes)
    result = [0] * n
    for k, axis in enumerate(axes):
        result[axis % n] = k
    return tuple(result)


def count_along(x, axis):
    """How many elements a reduction over this tuple of axes puts into one."""
    n = 1
    for k in axis:
        n *= x.shape[k]
    return n


def unroll_axis(g, axis, start):
    """What ``np.rollaxis(x, axis, start)`` gave, with the axes of `x`."""
    axis, start = axis % g.ndim, start + g.ndim if start < 0 else start
    return np.moveaxis(g, start - 1 if axis < start else start, axis)
