"""What the derivatives of scipy.signal need: the place of a result in a full convolution, sums over lags."""

from __future__ import annotations

import numpy as np


def _place(a, v, mode, axes):
    """The shape of the full convolution, and where in it the result of a mode is."""
    a, v = np.shape(a), np.shape(v)
    chosen = range(len(a)) if axes is None else [k % len(a) for k in np.atleast_1d(axes)]
    shape = [m + n - 1 if k in chosen else max(m, n) for k, (m, n) in enumerate(zip(a, v))]
    place = [slice(None)] * len(a)
    for k in chosen if mode != "full" else ():
        length = a[k] if mode == "same" else abs(a[k] - v[k]) + 1
        first = (shape[k] - length) // 2
        place[k] = slice(first, first + length)
    return shape, tuple(place)


def in_full_signal(g, a, v, mode, axes):
    """`g` in the place that it has in the full convolution of `a` and `v`, with zeros around it."""
    if mode == "full":
        return g
    shape, place = _place(a, v, mode, axes)
    result = np.zeros(shape, np.asarray(g).dtype)
    result[place] = g
    return result


def out_of_full_signal(g, a, v, mode, axes):
    """The transpose of `in_full_signal`."""
    return g[_place(a, v, mode, axes)[1]]


def lagged_sum(b, x, count):
    """The first `count` of ``sum(b[k] * x[..., n - k])`` along the last axis, with zeros before and after `x`."""
    result = np.zeros((*x.shape[:-1], count), np.result_type(b, x))
    for k in range(min(len(b), count)):
        length = min(x.shape[-1], count - k)
        result[..., k:k + length] += b[k] * x[..., :length]
    return result


def lagged_back(b, g, count):
    """The transpose of `lagged_sum` in `x`: the first `count` of ``sum(b[k] * g[..., n + k])``."""
    result = np.zeros((*g.shape[:-1], count), np.result_type(b, g))
    for k in range(min(len(b), g.shape[-1])):
        length = min(count, g.shape[-1] - k)
        result[..., :length] += b[k] * g[..., k:k + length]
    return result


def lagged_products(g, x, count):
    """The transpose of `lagged_sum` in `b`: the sum of ``g[..., n + k] * x[..., n]`` for every lag k below `count`."""
    result = np.zeros(count, np.result_type(g, x))
    for k in range(min(count, g.shape[-1])):
        length = min(x.shape[-1], g.shape[-1] - k)
        result[k] = np.sum(g[..., k:k + length] * x[..., :length])
    return result


def pad_last(g, before, after):
    """`g` with so many zeros before and after it along the last axis."""
    return np.pad(g, [(0, 0)] * (np.ndim(g) - 1) + [(before, after)])
