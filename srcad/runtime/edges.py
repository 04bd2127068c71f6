"""Arithmetic that is right at the edges: products with zeros, quotients of zeros, scans."""

from __future__ import annotations

import numpy as np


def divide_or_zero(a, b):
    """``a / b``, and 0 where `b` is 0."""
    if isinstance(b, np.ndarray):
        nonzero = b != 0
        return np.where(nonzero, a, 0.0) / np.where(nonzero, b, 1)
    return a / b if b != 0 else a * 0.0


def check_divisor(x):
    """Raise `ZeroDivisionError` if a number is 0."""
    if x == 0:
        raise ZeroDivisionError("division by zero")


def product_of_others(a, axis):
    """For every element the product of all others along `axis`: a quotient only where zeros and overflows are not."""
    if a.dtype.kind in "fc" and a.size:
        total = np.prod(a, axis=axis, keepdims=True)
        size = np.abs(total)
        if np.all((size >= np.finfo(a.dtype).tiny) & (size < np.inf)):
            return total / a
    return (shift(np.cumprod(a, axis), axis, 1.0)
            * np.flip(shift(np.cumprod(np.flip(a, axis), axis), axis, 1.0), axis))


def shift(x, axis, first):
    """`x` moved on by one along `axis`; `first` comes first, the last element is lost."""
    result = np.empty_like(x)
    source, target = np.moveaxis(x, axis, 0), np.moveaxis(result, axis, 0)
    target[:1] = first
    target[1:] = source[:-1]
    return result


def shift_back(x, axis):
    """`x` moved back by one along `axis`; the first element is lost, a zero comes last."""
    result = np.empty_like(x)
    source, target = np.moveaxis(x, axis, 0), np.moveaxis(result, axis, 0)
    target[-1:] = 0.0
    target[:-1] = source[1:]
    return result


def recurrence(a, b, axis):
    """``s[k] = a[k] * s[k-1] + b[k]`` along `axis`, starting from ``s[0] = b[0]``."""
    s = np.array(b, dtype=np.result_type(a, b))
    if s.ndim == 1:                 # Python's numbers are faster than NumPy's
        last, sums = 0.0, []
        for factor, term in zip([0.0, *a[1:].tolist()], s.tolist()):
            last = factor * last + term
            sums.append(last)
        return np.array(sums, s.dtype)
    factors, sums = np.moveaxis(a, axis, 0), np.moveaxis(s, axis, 0)
    for k in range(1, len(sums)):
        sums[k] += factors[k] * sums[k - 1]
    return s


def recurrence_back(a, b, axis):
    """``s[k] = b[k] + a[k+1] * s[k+1]`` along `axis`: the transpose of `recurrence` in `b`."""
    s = np.array(b, dtype=np.result_type(a, b))
    if s.ndim == 1:                 # Python's numbers are faster than NumPy's
        last, sums = 0.0, []
        for factor, term in zip([*a[1:].tolist(), 0.0][::-1], s[::-1].tolist()):
            last = factor * last + term
            sums.append(last)
        return np.array(sums[::-1], s.dtype)
    factors, rows = np.moveaxis(a, axis, 0), np.moveaxis(s, axis, 0)
    for k in range(len(rows) - 2, -1, -1):
        rows[k] += factors[k + 1] * rows[k + 1]
    return s
