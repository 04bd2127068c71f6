"""Tapes and writes in the form that Numba compiles."""

from __future__ import annotations

import numpy as np


def reserve(rows, count):
    """An array of at least `count` rows that starts with those of `rows`: itself if it is long enough."""
    if count <= len(rows):
        return rows
    more = np.empty((max(count, 2 * len(rows)), rows.shape[1]), rows.dtype)
    more[:len(rows)] = rows
    return more


def in_large_pages(array):
    """The array. Compiled, the system is asked to give a large one memory by the megabyte, as NumPy asks for its own."""
    return array


def expect_row(array, row):
    """Compiled, the processor is told that a row will be written to soon, which need not exist. Here that is nothing to do."""


def extremes(x, axis, largest):
    """The greatest, or least, elements of a matrix along an axis."""
    return np.max(x, axis) if largest else np.min(x, axis)


def add_each(buffer, index, values):
    """Add each value to the element of a vector that its index gives; indices may repeat."""
    np.add.at(buffer, index, values)
    return buffer


def add_all(buffer, index, values):
    """``np.add.at(buffer, index, values)``"""
    np.add.at(buffer, index, values)


def set_items(array, index, values):
    """``array[index] = values``"""
    array[index] = values
