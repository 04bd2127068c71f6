"""What NumPy's functions that change an array mean, as assignments to its elements, differentiated like any other.

A call of one of them in a program becomes the body of the function here (see `srcad.specialise.writes`).
"""

from __future__ import annotations

import numpy as np

from srcad import runtime


def put(a, ind, v, mode="raise"):
    """``np.put(a, ind, v, mode)``"""
    if mode == "wrap":
        ind = np.asarray(ind) % np.size(a)
    elif mode == "clip":
        ind = np.clip(np.asarray(ind), 0, np.size(a) - 1)
    a.flat[np.ravel(ind)] = v


def place(arr, mask, vals):
    """``np.place(arr, mask, vals)``"""
    arr.flat[np.flatnonzero(mask)] = vals


def putmask(a, mask, values):
    """``np.putmask(a, mask, values)``"""
    where = np.flatnonzero(mask)
    if np.ndim(values) == 0:
        a.flat[where] = values
    else:
        a.flat[where] = np.asarray(values).flatten()[where % np.size(values)]


def copyto(dst, src, casting="same_kind", where=True):
    """``np.copyto(dst, src, where=where)``"""
    mask = np.broadcast_to(where, np.shape(dst))
    if np.ndim(src) == 0:
        dst[mask] = src
    else:
        dst[mask] = np.broadcast_to(src, np.shape(dst))[mask]


def fill_diagonal(a, val, wrap=False):
    """``np.fill_diagonal(a, val)`` of a matrix"""
    if wrap:
        last = np.size(a)
    else:
        last = np.shape(a)[1] * min(np.shape(a))
    a.flat[:last:np.shape(a)[1] + 1] = val


def put_along_axis(arr, indices, values, axis):
    """``np.put_along_axis(arr, indices, values, axis)``"""
    arr[runtime.along_axis(np.shape(arr), indices, axis)] = values


def at(ufunc, a, indices, b):
    """``ufunc.at(a, indices, b)``: rounds of operations on distinct elements."""
    numbers = runtime.numbers_at(np.shape(a), indices)
    operand = np.broadcast_to(b, runtime.shape_at(np.shape(a), indices)).flatten()
    for part in runtime.rounds(numbers):
        where = np.unravel_index(numbers[part], np.shape(a))
        a[where] = ufunc(a[where], operand[part])


def at_alone(ufunc, a, indices):
    """``ufunc.at(a, indices)`` of one operand."""
    numbers = runtime.numbers_at(np.shape(a), indices)
    for part in runtime.rounds(numbers):
        where = np.unravel_index(numbers[part], np.shape(a))
        a[where] = ufunc(a[where])


def subtract_at(a, indices, b):
    """``np.subtract.at(a, indices, b)``"""
    np.add.at(a, indices, np.negative(b))


def partition(a, kth, axis=-1):
    """``a.partition(kth, axis)``"""
    a[...] = np.partition(a, kth, axis)


def sort(a, axis=-1, kind=None):
    """``a.sort(axis)``"""
    a[...] = np.sort(a, axis)


def write_where(ufunc, out, where, *operands):
    """``ufunc(*operands, out=out, where=where)``"""
    mask = np.broadcast_to(where, np.shape(out))
    out[mask] = ufunc(*[x if np.ndim(x) == 0 else np.broadcast_to(x, np.shape(out))[mask] for x in operands])
