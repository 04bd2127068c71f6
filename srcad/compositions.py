"""What NumPy's functions of functions mean, as Python over NumPy that is differentiated like any other.

A call of one of them in a program becomes a call of the function here (see `srcad.specialise.numpy_forms`).
"""

from __future__ import annotations

import numpy as np


def apply_along_axis(function, axis, arr, args):
    """``np.apply_along_axis(function, axis, arr, *args)``"""
    rows = np.moveaxis(arr, axis, -1)
    outer = rows.shape[:-1]
    flat = np.reshape(rows, (-1, rows.shape[-1]))
    results = np.array([function(row, *args) for row in flat])
    results = np.reshape(results, outer + results.shape[1:])
    added = results.ndim - len(outer)
    if added == 0:
        return results
    place = axis % arr.ndim
    return np.moveaxis(results, range(len(outer), results.ndim), range(place, place + added))


def reduce_pieces(function, x, starts, axis):
    """``ufunc.reduceat(x, starts, axis)``, where `function` reduces along an axis."""
    rows = np.moveaxis(x, axis, 0)
    last = len(starts) - 1
    pieces = [function(rows[starts[k]:(starts[k + 1] if k < last else len(rows))], axis=0)
              if k == last or starts[k] < starts[k + 1] else rows[starts[k]] for k in range(len(starts))]
    return np.stack(pieces, axis)


def pad_with_statistic(function, x, before, after, early, late, axis):
    """`x` with a statistic of its first `early` and last `late` elements along an axis before and after it."""
    rows = np.moveaxis(x, axis, 0)
    n = rows.shape[0]
    low = n if early is None else min(early, n)
    high = n if late is None else min(late, n)
    first = np.repeat(function(rows[:low], axis=0, keepdims=True), before, axis=0)
    last = np.repeat(function(rows[n - high:], axis=0, keepdims=True), after, axis=0)
    return np.moveaxis(np.concatenate([first, rows, last]), 0, axis)


def pad_with_values(x, before, after, first, last, axis):
    """`x` with one number before it and one after it along an axis."""
    rows = np.moveaxis(x, axis, 0)
    start = np.repeat(np.full_like(rows[:1], first), before, axis=0)
    end = np.repeat(np.full_like(rows[:1], last), after, axis=0)
    return np.moveaxis(np.concatenate([start, rows, end]), 0, axis)


def pad_with_ramp(x, before, after, start, end, axis):
    """`x` with straight lines from `start` before it and to `end` after it along an axis."""
    rows = np.moveaxis(x, axis, 0)
    column = (-1,) + (1,) * (rows.ndim - 1)
    first = np.reshape(np.arange(before), column) * ((rows[:1] - start) / max(before, 1)) + start
    last = np.reshape(np.arange(after)[::-1], column) * ((rows[-1:] - end) / max(after, 1)) + end
    return np.moveaxis(np.concatenate([first, rows, last]), 0, axis)


def interp_period(x, xp, fp, period):
    """``np.interp(x, xp, fp, period=period)``: the nodes are brought into one period, and continued by one on each side."""
    inside = np.mod(xp, period)
    order = np.argsort(inside)
    nodes, values = inside[order], fp[order]
    nodes = np.concatenate([nodes[-1:] - period, nodes, nodes[:1] + period])
    values = np.concatenate([values[-1:], values, values[:1]])
    return np.interp(np.mod(x, period), nodes, values)


def weighted_cov(rows, weights, repeats, ddof):
    """``np.cov`` of variables in rows, with weights or numbers of repeats (None for none); `ddof` as NumPy has it."""
    both = weights if repeats is None else repeats if weights is None else weights * repeats
    total = np.sum(both)
    rest = rows - np.sum(rows * both, axis=1, keepdims=True) / total
    if ddof == 0:
        scale = total
    elif weights is None:
        scale = total - ddof
    else:
        scale = total - ddof * np.sum(both * weights) / total
    return rest * both @ np.conj(rest).T / scale


def polyval(x, c):
    """``np.polynomial.polynomial.polyval(x, c)``: Horner's scheme."""
    total = c[-1] + 0.0 * x
    for k in range(2, len(c) + 1):
        total = c[-k] + total * x
    return total


def clenshaw(x, c, recurrence):
    """The sum of c[k] p[k](x) by Clenshaw's algorithm, where p[k+1] = (a x + b) p[k] + d p[k-1] and ``recurrence(k, x)``
    gives (a x + b, d); p[0] = 1, p[1] = a x + b for k = 0."""
    later, last = 0.0 * x, c[-1] + 0.0 * x
    for k in range(len(c) - 2, -1, -1):
        later, last = last, c[k] + recurrence(k, x)[0] * last + recurrence(k + 1, x)[1] * later
    return last


def chebyshev(k, x):
    """T[k+1] = 2 x T[k] - T[k-1], T[1] = x (DLMF 18.9.1)."""
    return (x if k == 0 else 2.0 * x), -1.0


def legendre(k, x):
    """(k+1) P[k+1] = (2k+1) x P[k] - k P[k-1] (DLMF 18.9.1)."""
    return (2.0 * k + 1.0) / (k + 1.0) * x, -k / (k + 1.0)


def hermite(k, x):
    """H[k+1] = 2 x H[k] - 2 k H[k-1] (DLMF 18.9.1)."""
    return 2.0 * x, -2.0 * k


def hermite_e(k, x):
    """He[k+1] = x He[k] - k He[k-1] (DLMF 18.9.1)."""
    return 1.0 * x, -1.0 * k


def laguerre(k, x):
    """(k+1) L[k+1] = (2k+1 - x) L[k] - k L[k-1] (DLMF 18.9.1)."""
    return (2.0 * k + 1.0 - x) / (k + 1.0), -k / (k + 1.0)


def chebval(x, c):
    return clenshaw(x, c, chebyshev)


def legval(x, c):
    return clenshaw(x, c, legendre)


def hermval(x, c):
    return clenshaw(x, c, hermite)


def hermeval(x, c):
    return clenshaw(x, c, hermite_e)


def lagval(x, c):
    return clenshaw(x, c, laguerre)


def gradient_at(f, x, axis, edge_order):
    """``np.gradient(f, x, axis=axis, edge_order=edge_order)`` for coordinates x: central differences of second order."""
    rows = np.moveaxis(f, axis, -1)
    steps = np.diff(x)
    left, right = steps[:-1], steps[1:]
    inner = (-right / (left * (left + right)) * rows[..., :-2] + (right - left) / (left * right) * rows[..., 1:-1]
             + left / (right * (left + right)) * rows[..., 2:])
    if edge_order == 1:
        first = (rows[..., 1:2] - rows[..., :1]) / steps[0]
        last = (rows[..., -1:] - rows[..., -2:-1]) / steps[-1]
    else:
        a, b = steps[0], steps[1]
        first = (-(2.0 * a + b) / (a * (a + b)) * rows[..., :1] + (a + b) / (a * b) * rows[..., 1:2]
                 - a / (b * (a + b)) * rows[..., 2:3])
        a, b = steps[-2], steps[-1]
        last = (b / (a * (a + b)) * rows[..., -3:-2] - (b + a) / (a * b) * rows[..., -2:-1]
                + (2.0 * b + a) / (b * (a + b)) * rows[..., -1:])
    return np.moveaxis(np.concatenate([first, inner, last], axis=-1), -1, axis)
