"""What the adjoints of Fourier transforms need."""

from __future__ import annotations

import numpy as np


def fit_shape(g, x, axes):
    """`g` cropped, or padded with zeros, to x's shape along `axes` (None: all); its own transpose with `g` for `x`."""
    if g.shape == x.shape:
        return g
    axes = range(g.ndim) if axes is None else axes
    shape = list(g.shape)
    for axis in axes:
        shape[axis] = x.shape[axis]
    result = np.zeros(shape, g.dtype)
    common = tuple(slice(0, min(m, n)) for m, n in zip(shape, g.shape))
    result[common] = g[common]
    return result


def twice_inner(spectrum, length, axis):
    """The half spectrum of a signal of this length, twice where an entry stands for its mirror image too."""
    weights = np.full(spectrum.shape[axis], 2.0)
    weights[:1] = 1.0
    if length % 2 == 0:
        weights[length // 2:] = 1.0
    return spectrum * np.moveaxis(np.reshape(weights, (-1,) + (1,) * (spectrum.ndim - 1)), 0, axis)
