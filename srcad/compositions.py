"""What NumPy's functions of functions mean, as Python over NumPy that is differentiated like any other.

A call of one of them in a program becomes a call of the function here (see `srcad.specialise.numpy_forms`).
"""

from __future__ import annotations

import numpy as np

from srcad.runtime import negligible_head, trim_series


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
    rest = rows - (np.sum(rows * both, axis=1) / total)[:, None]
    if ddof == 0:
        scale = total
    elif weights is None:
        scale = total - ddof
    else:
        scale = total - ddof * np.sum(both * weights) / total
    return np.dot(rest, np.conj((rest * both).T)) * (1 / scale)


def polyfit(x, y, degree, weights):
    """``np.polyfit(x, y, degree, w=weights)``: least squares, with columns of norm 1."""
    powers = np.vander(x + 0.0, degree + 1)
    values = y + 0.0
    if weights is not None:
        powers = powers * weights[:, None]
        values = values * (weights[:, None] if np.ndim(y) == 2 else weights)
    norms = np.sqrt(np.sum(powers * powers, axis=0))
    found = np.linalg.lstsq(powers / norms, values)[0]
    return (found.T / norms).T


def polydiv(u, v):
    """``np.polydiv(u, v)``: long division, the highest power first."""
    divisor = np.atleast_1d(v) + 0.0
    rest = np.atleast_1d(u) + 0.0 * divisor[0]
    steps = len(rest) - len(divisor) + 1
    scale = 1.0 / divisor[0]
    quotient = np.zeros(max(steps, 1), rest.dtype)
    for k in range(steps):
        factor = scale * rest[k]
        quotient[k] = factor
        rest[k:k + len(divisor)] -= factor * divisor
    return quotient, rest[negligible_head(rest):]


def divide_series(u, v):
    """``np.polynomial.polynomial.polydiv(u, v)``: long division, the lowest power first."""
    if v[-1] == 0:
        raise ZeroDivisionError
    n = len(v)
    if len(u) < n:
        return u[:1] * 0, u + 0.0
    if n == 1:
        return u / v[-1], u[:1] * 0
    rest = np.zeros(len(u), np.result_type(u, v))
    rest[:] = u
    tail = v[:-1] / v[-1]
    for j in range(len(u) - 1, n - 2, -1):
        rest[j - n + 1:j] -= tail * rest[j]
    return rest[n - 1:] / v[-1], trim_series(rest[:n - 1] + 0.0)


def series_power(c, power):
    """``np.polynomial.polynomial.polypow(c, power)``"""
    if power == 0:
        return np.ones(1, c.dtype)
    result = c + 0.0
    for _ in range(1, power):
        result = np.convolve(result, c)
    return result


def map_domain(x, old, new):
    """Where `x` in the domain `old` lies in `new`."""
    length = old[1] - old[0]
    first = (old[1] * new[0] - old[0] * new[1]) / length
    return first + (new[1] - new[0]) / length * x


def polyval(x, c):
    """``np.polynomial.polynomial.polyval(x, c)``: Horner's scheme."""
    total = c[-1] + x * 0
    for k in range(2, len(c) + 1):
        total = c[-k] + total * x
    return total


# Sums of orthogonal polynomials by Clenshaw's algorithm: ``c[0] p0 + c[1] p1 + ...`` is made shorter by its last term, which
# the recurrence in the docstring divides between the two before. Operations have NumPy's order, so that values are NumPy's.


def chebval(x, c):
    """T[k+1] = 2 x T[k] - T[k-1], T[1] = x (DLMF 18.9.1)."""
    if len(c) == 1:
        return c[0] + 0 * x
    first, second = c[-2], c[-1]
    twice = 2 * x
    for k in range(3, len(c) + 1):
        first, second = c[-k] - second, first + second * twice
    return first + second * x


def legval(x, c):
    """(k+1) P[k+1] = (2k+1) x P[k] - k P[k-1] (DLMF 18.9.1)."""
    if len(c) == 1:
        return c[0] + 0 * x
    first, second = c[-2], c[-1]
    for n in range(len(c) - 1, 1, -1):
        first, second = c[n - 2] - second * ((n - 1) / n), first + second * x * ((2 * n - 1) / n)
    return first + second * x


def legval_before_2_3(x, c):
    """`legval` with the order of operations that NumPy had before 2.3."""
    if len(c) == 1:
        return c[0] + 0 * x
    first, second = c[-2], c[-1]
    for n in range(len(c) - 1, 1, -1):
        first, second = c[n - 2] - second * (n - 1) / n, first + second * x * (2 * n - 1) / n
    return first + second * x


def hermval(x, c):
    """H[k+1] = 2 x H[k] - 2 k H[k-1] (DLMF 18.9.1)."""
    twice = x * 2
    if len(c) == 1:
        return c[0] + 0 * twice
    first, second = c[-2], c[-1]
    for n in range(len(c) - 1, 1, -1):
        first, second = c[n - 2] - second * (2 * (n - 1)), first + second * twice
    return first + second * twice


def hermeval(x, c):
    """He[k+1] = x He[k] - k He[k-1] (DLMF 18.9.1)."""
    if len(c) == 1:
        return c[0] + 0 * x
    first, second = c[-2], c[-1]
    for n in range(len(c) - 1, 1, -1):
        first, second = c[n - 2] - second * (n - 1), first + second * x
    return first + second * x


def lagval(x, c):
    """(k+1) L[k+1] = (2k+1 - x) L[k] - k L[k-1] (DLMF 18.9.1)."""
    if len(c) == 1:
        return c[0] + 0 * (1 - x)
    first, second = c[-2], c[-1]
    for n in range(len(c) - 1, 1, -1):
        first, second = c[n - 2] - second * (n - 1) / n, first + second * (2 * n - 1 - x) / n
    return first + second * (1 - x)


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
