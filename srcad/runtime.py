"""The functions that generated code may call besides Python's and NumPy's own.

Each is plain Python over NumPy, has a derivative rule of its own (so that derivatives of any order exist), and is
copied into a saved module that uses it.
"""

from __future__ import annotations

import functools
import inspect
import math
import sys
import types

import numpy as np

# --- elementwise ------------------------------------------------------------------------------------------------------


def log_of_base(x):
    """log(x) of a Python number as it appears in the derivative of ``x**n`` with respect to n.

    0 at x = 0, where x**n does not depend on n > 0, and NaN for x < 0, where x**n exists for isolated n only.
    """
    if x > 0:
        return math.log(x)
    return 0.0 if x == 0 else math.nan


def polygamma(n, x):
    """The (n+1)-th derivative of log Γ at a Python number x (DLMF 5.15); ``polygamma(0, x)`` is digamma.

    The recurrence moves x to where the asymptotic series (DLMF 5.11.2, 5.15.9) is exact to rounding.
    """
    if x <= 0 and x == math.floor(x):
        return math.nan
    if n == 0 and x < 0:
        return polygamma(0, 1.0 - x) - math.pi / math.tan(math.pi * x)
    sign = -1.0 if n % 2 == 0 else 1.0
    total = 0.0
    scale = math.gamma(n + 1.0)
    while x < 16.0 + n:
        total += 1.0 / x ** (n + 1)
        x = x + 1.0
    if n == 0:
        series = 0.5 / x - math.log(x)
    else:
        series = (1.0 / n + 0.5 / x) / x**n
    # the terms B_2k (2k + n - 1)! / ((2k)! n!) / x^(2k + n), k = 1, 2, ...
    term = (n + 1) / 2.0 / x ** (n + 2)
    for k, bernoulli in enumerate((1/6, -1/30, 1/42, -1/30, 5/66, -691/2730, 7/6), 1):
        series += bernoulli * term
        term *= (2 * k + n) * (2 * k + n + 1) / ((2 * k + 1) * (2 * k + 2) * x * x)
    return sign * scale * (total + series)


def numbers_of(dots):
    """The tangents of a sequence's items as an array: 0 for an item that has none, like a whole number."""
    return np.array([0.0 if dot is None else dot for dot in dots])


def spherical_bessel(n, x):
    """The spherical Bessel function j_n of the first kind (DLMF 10.47), for real numbers and arrays.

    Its power series (DLMF 10.53.1) for small x, where the recurrence (DLMF 10.51.1) would cancel.
    """
    small = np.abs(x) < n + 1.0
    near = np.where(small, x, 0.0)
    term = near**n
    for k in range(1, n + 1):
        term = term / (2.0 * k + 1.0)
    series = term
    for k in range(1, 16):
        term = term * near * near / (-2.0 * k * (2.0 * (n + k) + 1.0))
        series = series + term
    far = np.where(small, n + 1.0, x)
    below, here = np.cos(far) / far, np.sin(far) / far
    for k in range(n):
        below, here = here, (2.0 * k + 1.0) / far * here - below
    return np.where(small, series, here)


def bessel_i(n, x):
    """The modified Bessel function I_n of integer order (DLMF 10.32.3), for real numbers and arrays.

    The trapezoidal rule on the periodic integrand converges faster than any power of the step; the two halves of the
    period make a cosh or a sinh.
    """
    total = 0.0 * x
    points = 80
    for k in range(points):
        angle = math.pi / 2.0 * (k + 0.5) / points
        height = np.cosh(x * math.cos(angle)) if n % 2 == 0 else np.sinh(x * math.cos(angle))
        total = total + height * math.cos(n * angle)
    return total / points




# --- structural: adjoints of every kind of value ----------------------------------------------------------------------
#
# The adjoint of a number is a number, of an array an array of its shape, of a container a container of the same form;
# of anything else, None.


def zeros_like(x):
    """A zero adjoint of `x`, whatever it is; the number 0.0 for a variable that has no value on this path (None)."""
    if x is None:
        return 0.0
    if isinstance(x, np.ndarray):
        return np.zeros(x.shape, x.dtype if x.dtype.kind in "fc" else float)
    if isinstance(x, bool):
        return None
    if isinstance(x, np.generic):
        return x.dtype.type(0) if x.dtype.kind in "fc" else None if x.dtype.kind == "b" else 0.0
    if isinstance(x, complex):
        return 0j
    if isinstance(x, int | float):
        return 0.0
    if isinstance(x, tuple):
        items = [_zero_item(item) for item in x]
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    if isinstance(x, list):          # its items are alike: a whole number among floats counts as one of them
        numbers = any(type(item) is float or isinstance(item, complex | np.inexact) for item in x)
        return [zeros_like(item) if numbers else _zero_item(item) for item in x]
    if isinstance(x, dict):
        return {key: _zero_item(item) for key, item in x.items()}
    return map_attributes(_zero_item, x)


def _zero_item(x):
    """A zero adjoint of an item of a structure: None for whole numbers."""
    whole = isinstance(x, int | np.integer) or isinstance(x, np.ndarray) and x.dtype.kind not in "fcO"
    return None if whole or x is None else zeros_like(x)


def add_adjoints(a, b):
    """The sum of two adjoints of one value."""
    if a is None:
        return b
    if b is None:
        return a
    if isinstance(a, tuple):
        items = [add_adjoints(s, t) for s, t in zip(a, b, strict=True)]
        return type(a)(*items) if hasattr(a, "_fields") else tuple(items)
    if isinstance(a, list):
        return [add_adjoints(s, t) for s, t in zip(a, b, strict=True)]
    if isinstance(a, dict):
        return {key: add_adjoints(item, b[key]) for key, item in a.items()}
    if isinstance(a, int | float | complex | np.ndarray | np.generic):
        return a + b
    return map_attributes(add_adjoints, a, b)


def match_kind(g, x):
    """The adjoint `g` as one of `x`: in x's precision, real if x is, a list if x is."""
    if g is None:
        return None
    if isinstance(x, np.ndarray | np.generic):
        if isinstance(g, list | tuple):
            g = np.array(g)
        if isinstance(g, np.ndarray) and isinstance(x, np.generic):
            g = g[()]
        dtype = x.dtype
        if getattr(g, "dtype", None) == dtype or dtype.kind not in "fc":
            return g
        if dtype.kind == "f":
            g = g.real
        return g.astype(dtype) if isinstance(g, np.ndarray) else dtype.type(g)
    if isinstance(x, complex):
        return complex(g)
    if isinstance(x, int | float):
        return float(g.real)
    if isinstance(x, tuple):
        items = [match_kind(s, t) for s, t in zip(g, x, strict=True)]
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    if isinstance(x, list):
        return [match_kind(s, t) for s, t in zip(g, x, strict=True)]
    if isinstance(x, dict):
        return {key: match_kind(g[key], item) for key, item in x.items()}
    return g


# --- structural: shapes -----------------------------------------------------------------------------------------------


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


# --- structural: several arrays and one -------------------------------------------------------------------------------


def split_like(g, arrays, axis):
    """`g`, the concatenation of `arrays` along `axis`, in pieces of their shapes."""
    if axis is None:
        pieces = np.split(g, np.cumsum([np.size(a) for a in arrays])[:-1])
    else:
        pieces = np.split(g, np.cumsum([np.shape(a)[axis] for a in arrays])[:-1], axis)
    return as_form(pieces, arrays)


def split_stacked(g, arrays, axis, rank):
    """`g`, a stack of `arrays` (widened to `rank` axes where they have fewer) along `axis`, in pieces."""
    lengths = [np.shape(a)[axis] if np.ndim(a) >= rank else 1 for a in arrays]
    pieces = np.split(g, np.cumsum(lengths)[:-1], axis)
    return as_form(pieces, arrays)


def join_stacked(pieces, axis, rank):
    """The transpose of `split_stacked`."""
    return {(0, 1): np.hstack, (0, 2): np.vstack, (1, 2): np.column_stack, (2, 3): np.dstack}[axis, rank](pieces)


def unstack_like(g, arrays, axis):
    """`g`, a stack of `arrays` along a new `axis`, as the arrays it was made of."""
    return as_form(list(np.moveaxis(g, axis, 0)), arrays)


def as_form(pieces, arrays):
    """A list of adjoints as a list, tuple or array, each of the kind of its item of `arrays`."""
    pieces = [match_kind(np.reshape(p, np.shape(a))[()], a) for p, a in zip(pieces, arrays, strict=True)]
    if isinstance(arrays, np.ndarray):
        return np.stack(pieces)
    return tuple(pieces) if isinstance(arrays, tuple) else pieces


def without_gaps(pieces, arrays):
    """Adjoints of several arrays, with zeros for those that have none because they hold whole numbers."""
    return [np.zeros(np.shape(a)) if p is None else without_gaps(p, a) if isinstance(p, list) else p
            for p, a in zip(pieces, arrays, strict=True)]


def nest_like(g, x):
    """The array `g` as the nested lists or tuples of numbers and arrays that ``np.array(x)`` was made of."""
    if isinstance(x, list | tuple):
        items = [nest_like(g[k], item) for k, item in enumerate(x)]
        return tuple(items) if isinstance(x, tuple) else items
    return match_kind(g, x)


# --- structural: the transposes of picking and repeating --------------------------------------------------------------


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
        return np.reshape(g, (*shape[:axis + 1], repeats, *shape[axis + 1:])).sum(axis=axis + 1)
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


# --- structural: arrays rearranged from flat positions ----------------------------------------------------------------
#
# Padding, inserting, deleting, resizing: each element of the result is an element of the operand, or none of it. The
# same function of the operand's positions says which.


def pick(x, source):
    """The elements of `x` at these flat positions, and 0 where a position is negative."""
    flat = np.ravel(x)
    if flat.size == 0:
        return np.zeros(source.shape, flat.dtype)
    found = flat[source]
    return np.where(source < 0, 0, found).astype(found.dtype, copy=False)


def unpick(g, x, source):
    """The transpose of `pick`: zeros of x's shape with `g` added at the flat positions that it was read from."""
    result = np.zeros(np.size(x), np.result_type(g))
    there = source >= 0
    np.add.at(result, source[there], np.asarray(g)[there])
    return nest_like(np.reshape(result, np.shape(x))[()], x)


def crop(g, x, pad_width):
    """The part of `g` that ``np.pad(x, pad_width)`` put `x` into."""
    if isinstance(pad_width, dict):
        widths = {axis % g.ndim: width for axis, width in pad_width.items()}
        pad_width = [np.broadcast_to(widths.get(k, 0), 2) for k in range(g.ndim)]
    before = np.broadcast_to(pad_width, (g.ndim, 2))[:, 0]
    return g[tuple(slice(b, b + n) for b, n in zip(before.tolist(), np.shape(x), strict=True))]


def split_block(g, arrays):
    """`g`, which ``np.block(arrays)`` put together, as nested lists of the blocks."""
    counter = 0

    def positions(item):
        nonlocal counter
        if isinstance(item, list):
            return [positions(each) for each in item]
        start, counter = counter, counter + np.size(item)
        return np.reshape(np.arange(start, counter), np.shape(item))

    def blocks(item, places):
        if isinstance(item, list):
            return [blocks(a, b) for a, b in zip(item, places, strict=True)]
        return match_kind(np.reshape(flat[places.ravel()], np.shape(item))[()], item)

    nested = positions(arrays)
    flat = np.empty(g.size, g.dtype)
    flat[np.ravel(np.block(nested))] = np.ravel(g)
    return blocks(arrays, nested)


def unbroadcast_each(g, arrays):
    """The adjoints of `arrays` that were broadcast together, `g` being those of the results."""
    return tuple(None if each is None else match_kind(unbroadcast(each, a), a) for each, a in zip(g, arrays, strict=True))


def broadcast_each(g, arrays):
    """The transpose of `unbroadcast_each`."""
    return list(np.broadcast_arrays(*without_gaps(g, arrays)))


def mesh_each(g, vectors, indexing, like):
    """The transpose of `unmesh`: a grid, or the sparse form of one if that is what `like` is."""
    sizes = [np.size(v) for v in vectors]
    sparse = any(each is not None and np.size(each) != math.prod(sizes) for each in like)
    return list(np.meshgrid(*without_gaps(g, vectors), indexing=indexing, sparse=sparse))


def unmesh(g, vectors, indexing):
    """The adjoints of the vectors that ``np.meshgrid`` spread over a grid, `g` being those of the results."""
    axes = list(range(len(vectors)))
    if indexing == "xy" and len(axes) > 1:
        axes[:2] = 1, 0
    sums = [None if each is None else each.sum(axis=tuple(k for k in axes if k != own))
            for each, own in zip(g, axes, strict=True)]
    return tuple(None if total is None else match_kind(np.reshape(total, np.shape(x))[()], x)
                 for total, x in zip(sums, vectors, strict=True))


def unselect(g, conditions, choices):
    """The adjoints of the choices in ``np.select(conditions, choices)``."""
    free = np.ones(np.shape(g), bool)
    pieces = []
    for condition, choice in zip(conditions, choices, strict=True):
        pieces.append(nest_like(unbroadcast(np.where(free & condition, g, 0), np.asarray(choice)), choice))
        free = free & np.logical_not(condition)
    return tuple(pieces) if isinstance(choices, tuple) else pieces


def unchoose(g, index, choices, mode):
    """The adjoints of the choices in ``np.choose(index, choices, mode=mode)``."""
    count = len(choices)
    chosen = np.mod(index, count) if mode == "wrap" else np.clip(index, 0, count - 1)
    pieces = [unbroadcast(np.where(chosen == k, g, 0), np.asarray(choice)) for k, choice in enumerate(choices)]
    if isinstance(choices, np.ndarray):
        return np.stack(pieces)
    pieces = [nest_like(piece[()], choice) for piece, choice in zip(pieces, choices, strict=True)]
    return tuple(pieces) if isinstance(choices, tuple) else pieces


# --- structural: the transposes of discrete calculus -----------------------------------------------------------------


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


# --- structural: Fourier transforms -----------------------------------------------------------------------------------


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


# --- structural: linear algebra ---------------------------------------------------------------------------------------


def block_triangular(a, e):
    """The matrix ``[[a, e], [0, a]]``, or a stack of such."""
    return np.concatenate([np.concatenate([a, e], -1), np.concatenate([np.zeros_like(a), a], -1)], -2)


def band_transposed(ab, below, above):
    """The diagonals of the transpose of a matrix with so many diagonals below and above the main one."""
    n = ab.shape[1]
    result = np.zeros_like(ab)
    for d in range(-above, below + 1):           # d = i - j
        row, column = ab[above + d], slice(max(0, -d), min(n, n - d))
        result[below - d, column.start + d:column.stop + d] = row[column]
    return result


def band_product(ab, x, below, above):
    """The matrix with these diagonals times the vector or matrix `x`."""
    n = ab.shape[1]
    result = np.zeros(x.shape, np.result_type(ab, x))
    for d in range(-above, below + 1):
        first, last = max(0, -d), min(n, n - d)
        row = ab[above + d, first:last]
        result[first + d:last + d] += (row if x.ndim == 1 else row[:, None]) * x[first:last]
    return result


def band_outer(p, q, below, above):
    """The diagonals of ``p @ q.T``: the adjoint of the matrix in `band_product`."""
    n = len(q)
    result = np.zeros((below + above + 1, n), np.result_type(p, q))
    for d in range(-above, below + 1):
        first, last = max(0, -d), min(n, n - d)
        terms = p[first + d:last + d] * q[first:last]
        result[above + d, first:last] = terms if terms.ndim == 1 else terms.sum(axis=1)
    return result


def pivot_order(pivots):
    """The order of rows that exchanging row k with row ``pivots[k]``, one after the other, gives."""
    order = np.arange(len(pivots))
    for k, other in enumerate(pivots):
        order[k], order[other] = order[other], order[k]
    return order


def split_blocks(g, arrays):
    """The blocks on the diagonal of `g`, in the shapes of the arrays that a block diagonal matrix was made of."""
    pieces, row, column = [], 0, 0
    for a in arrays:
        m, n = np.atleast_2d(a).shape
        pieces.append(g[row:row + m, column:column + n])
        row, column = row + m, column + n
    return as_form(pieces, arrays)


def join_blocks(pieces, arrays):
    """The transpose of `split_blocks`."""
    blocks = [np.atleast_2d(p) for p in pieces]
    result = np.zeros(np.sum([b.shape for b in blocks], axis=0), np.result_type(*blocks))
    row = column = 0
    for b in blocks:
        result[row:row + b.shape[0], column:column + b.shape[1]] = b
        row, column = row + b.shape[0], column + b.shape[1]
    return result


def cofactors(a):
    """The gradient of the determinant; for singular matrices too.

    For a well-conditioned matrix it is the determinant times the transposed inverse. Else, with the singular value
    decomposition u s vh, it is that of s between those of u and vh, which are their conjugates times their determinants.
    """
    try:
        inverse = np.linalg.inv(a)
        if np.ndim(a) == 2:
            condition = np.sqrt(np.vdot(a, a).real * np.vdot(inverse, inverse).real)     # in the norm of Frobenius
        else:
            condition = np.linalg.norm(a, axis=(-2, -1)) * np.linalg.norm(inverse, axis=(-2, -1))
    except np.linalg.LinAlgError:
        condition = np.inf
    if np.all(condition < 1e8):
        return np.linalg.det(a)[..., None, None] * np.swapaxes(inverse, -1, -2)
    u, s, vh = np.linalg.svd(a)
    unit = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return unit * np.conj((u * product_of_others(s, -1)[..., None, :]) @ vh)


def minors(a, d):
    """The derivative of `cofactors` at `a` in the direction `d`; for singular matrices too."""
    u, s, vh = np.linalg.svd(a)
    unit = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    n = s.shape[-1]
    keep = ~(np.eye(n, dtype=bool)[:, None] | np.eye(n, dtype=bool)[None])
    without_two = np.prod(np.where(keep, s[..., None, None, :], 1.0), axis=-1) * (1.0 - np.eye(n))
    m = np.conj(np.swapaxes(u, -1, -2)) @ d @ np.conj(np.swapaxes(vh, -1, -2))
    on = (without_two @ np.diagonal(m, 0, -2, -1)[..., None]) * np.eye(n)
    return unit * np.conj(u) @ (on - without_two * np.swapaxes(m, -1, -2)) @ np.conj(vh)


def fit_residuals(g, like):
    """`g`, or zeros in the shape of `like` where one of the two is empty: ``np.linalg.lstsq`` may give no residuals."""
    return g if g.shape == like.shape else np.zeros(like.shape, g.dtype)


def as_complex(x, like):
    """`x` as complex numbers, in the precision of `like`."""
    return np.asarray(x).astype(np.result_type(like, np.complex64))


# --- structural: arithmetic at the edges ------------------------------------------------------------------------------


def divide_or_zero(a, b):
    """``a / b``, and 0 where `b` is 0."""
    if isinstance(b, np.ndarray):
        nonzero = b != 0
        return np.where(nonzero, a, 0.0) / np.where(nonzero, b, 1)
    return a / b if b != 0 else a * 0.0


def product_of_others(a, axis):
    """For every element the product of all others along `axis`: without division, so zeros do no harm."""
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
    factors, sums = np.moveaxis(a, axis, 0), np.moveaxis(s, axis, 0)
    for k in range(1, len(sums)):
        sums[k] += factors[k] * sums[k - 1]
    return s


def recurrence_back(a, b, axis):
    """``s[k] = b[k] + a[k+1] * s[k+1]`` along `axis`: the transpose of `recurrence` in `b`."""
    s = np.array(b, dtype=np.result_type(a, b))
    factors, sums = np.moveaxis(a, axis, 0), np.moveaxis(s, axis, 0)
    for k in range(len(sums) - 2, -1, -1):
        sums[k] += factors[k + 1] * sums[k + 1]
    return s


# --- objects: their attributes are what varies ------------------------------------------------------------------------


def is_opaque(package):
    """Is it a package whose objects are never looked into?"""
    return package != "__main__" and (package in sys.stdlib_module_names or package in (
        "numpy", "scipy", "srcad", "numba", "jax", "torch", "pandas", "sklearn", "matplotlib", "pytest", "_pytest", "hypothesis"))


def is_made_by_python(cls):
    """Is it a class that a statement of Python has made?"""
    return bool(cls.__flags__ & 1 << 9)


def attributes_of(x):
    """The names of the attributes that make up an object; None for what is no object of a class written in Python.

    Of a dataclass or a class of attrs its fields, then what else has been assigned; never what `functools.cached_property`
    remembers.
    """
    cls = type(x)
    if is_opaque(cls.__module__.partition(".")[0]) and cls is not types.SimpleNamespace and not hasattr(
            cls, "__dataclass_fields__"):
        return None
    if isinstance(x, tuple | type | types.ModuleType | BaseException | np.ndarray) or hasattr(cls, "__srcad_call__"):
        return None
    if any(not is_made_by_python(base) and base not in (object, types.SimpleNamespace)
           or is_made_by_python(base) and "__getattribute__" in base.__dict__ for base in cls.__mro__):
        return None
    declared = [*getattr(cls, "__dataclass_fields__", ()), *(a.name for a in getattr(cls, "__attrs_attrs__", ()))]
    for base in cls.__mro__[::-1]:
        slots = base.__dict__.get("__slots__", ())
        declared += (slots,) if isinstance(slots, str) else slots
    own = getattr(x, "__dict__", {})
    names = []
    for name in dict.fromkeys([*declared, *own]):
        found = inspect.getattr_static(cls, name, None)
        if name in ("__dict__", "__weakref__") or isinstance(found, functools.cached_property):
            continue
        if not isinstance(name, str) or not name.isidentifier() or name in own and hasattr(type(found), "__set__"):
            return None
        if name in own or isinstance(found, types.MemberDescriptorType) and hasattr(x, name):
            names.append(name)
    return tuple(names)


def make_like(pattern, /, **attributes):
    """An object of a class, or of that of another object, with these attributes; nothing of the class is called."""
    cls = pattern if isinstance(pattern, type) else type(pattern)
    if issubclass(cls, tuple):
        return tuple.__new__(cls, [attributes[name] for name in cls._fields])
    made = cls() if cls is types.SimpleNamespace else object.__new__(cls)
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made


def map_attributes(function, x, *others):
    """`function` of each attribute of objects of one class, as such an object; None for what has no attributes."""
    names = attributes_of(x)
    if names is None:
        return None
    return make_like(x, **{name: function(*(getattr(y, name) for y in (x, *others))) for name in names})


# --- framework: what the differentiator itself writes into derivatives -------------------------------------------------


def add_item(buffer, key, g):
    """`buffer` with `g` added to its item: in place for a list or a dict, a new tuple for a tuple."""
    if isinstance(key, str) and not isinstance(buffer, dict):
        items = {name: getattr(buffer, name) for name in attributes_of(buffer) or buffer._fields}
        return make_like(buffer, **items | {key: add_adjoints(items[key], g)})
    if isinstance(buffer, tuple):
        key = key % len(buffer)
        return (*buffer[:key], add_adjoints(buffer[key], g), *buffer[key + 1:])
    buffer[key] = add_adjoints(buffer[key], g)
    return buffer


def add_items(buffer, items):
    """Add to every item of a list, in place; to that of a variable that has no value (None) or no derivative nothing."""
    buffer[:] = [add_adjoints(a, b) for a, b in zip(buffer, items, strict=True)]


def add_to_item(buffer, index, g):
    """Add to an item of a list, in place."""
    buffer[index] = add_adjoints(buffer[index], g)


def add_slice(buffer, index, pieces):
    """A new list or tuple: `buffer` with `pieces` added to ``buffer[index]``, item by item."""
    items = list(buffer)
    for k, g in zip(range(len(items))[index], pieces, strict=True):
        items[k] = add_adjoints(items[k], g)
    return tuple(items) if isinstance(buffer, tuple) else items


def adjoint_or_zeros(g, x):
    """`g`, or a zero of the form of `x` if `g` is the number 0.0 that stands for one."""
    return zeros_like(x) if type(g) is float and g == 0.0 else g


def copy_adjoint(g):
    """A copy of an adjoint of any form that shares no memory with it."""
    if isinstance(g, np.ndarray):
        return g.copy()
    if isinstance(g, tuple):
        return tuple(map(copy_adjoint, g)) if type(g) is tuple else type(g)(*map(copy_adjoint, g))
    if isinstance(g, list):
        return list(map(copy_adjoint, g))
    if isinstance(g, dict):
        return {k: copy_adjoint(v) for k, v in g.items()}
    if g is None or isinstance(g, int | float | complex | str | np.generic):
        return g
    copied = map_attributes(copy_adjoint, g)
    return g if copied is None else copied


def spread_sum(g, items):
    """The adjoint of `items` in ``sum(items)``, `g` being the sum's."""
    if isinstance(items, np.ndarray):
        return np.array(np.broadcast_to(g, items.shape)) if items.ndim == 1 else np.array(
            np.broadcast_to(unbroadcast(g, items[0]) if len(items) else g, items.shape))
    parts = [unbroadcast(g, item) for item in items]
    return tuple(parts) if isinstance(items, tuple) else parts


def scalar_seed(y):
    """The adjoint 1 of a result that must be one real number; raises TypeError if it is not."""
    shape = np.shape(y)
    if shape != ():
        raise TypeError(f"the function returned an array of shape {shape}, not a number")
    return np.ones_like(y) if isinstance(y, np.ndarray) else 1.0


def fold_repeats(g, items):
    """The adjoint of `items` in ``items * n``, `g` being the product's: what its repeats got, added up."""
    total = list(g[:len(items)])
    for start in range(len(items), len(g), len(items) or 1):
        total = [add_adjoints(a, b) for a, b in zip(total, g[start:start + len(items)], strict=True)]
    if len(total) < len(items):
        total = [zeros_like(x) for x in items]
    return tuple(total) if isinstance(items, tuple) else total


def fit_derivative(g, x):
    """A tangent or adjoint of `x` that a rule of the user's gives (None: zero), in x's precision; it must have x's shape."""
    if g is None:
        return zeros_like(x)
    if isinstance(x, tuple | list):
        items = [fit_derivative(s, t) for s, t in zip(g, x, strict=True)]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    if isinstance(x, dict):
        return {key: fit_derivative(g[key], item) for key, item in x.items()}
    if np.shape(g) != np.shape(x):
        raise ValueError(f"a custom derivative has shape {np.shape(g)}, what it is for has shape {np.shape(x)}")
    if isinstance(x, np.ndarray) and not isinstance(g, np.ndarray):
        g = np.asarray(g)
    return match_kind(g, x)


# --- memory -----------------------------------------------------------------------------------------------------------


def last_writers(x, index):
    """For each element that ``x[index] = ...`` writes: was it the last one written to its place?"""
    order = np.full(x.shape, -1, np.intp)
    mine = np.arange(order[index].size).reshape(order[index].shape)
    order[index] = mine
    return order[index] == mine


def check_bound(value, name):
    """Raise what Python raises where a variable has no value: here None stands for none."""
    if value is None:
        raise UnboundLocalError(f"cannot access local variable {name!r} where it is not associated with a value")


def check_length(x, count):
    """Raise ValueError, as unpacking does, if an array does not have so many rows."""
    if len(x) != count:
        detail = f"expected {count}, got {len(x)}" if len(x) < count else f"expected {count}"
        raise ValueError(f"{'not enough' if len(x) < count else 'too many'} values to unpack ({detail})")


def piece_length(x, count, axis):
    """The length of the equal pieces that ``np.split(x, count, axis)`` gives."""
    length, rest = divmod(x.shape[axis], count)
    if rest:
        raise ValueError("array split does not result in an equal division")
    return length


def flat_numbers(index, size):
    """The numbers of the elements that ``x.flat[index]`` stands for; the number itself for an integer."""
    if isinstance(index, int | np.integer):
        if not -size <= index < size:
            raise IndexError(f"index {index} is out of bounds for size {size}")
        return index % size
    return np.ravel(np.arange(size)[index])


def numbers_at(shape, index):
    """The numbers of the elements that an index takes out of an array of this shape."""
    return np.ravel(np.arange(np.prod(shape)).reshape(shape)[index])


def shape_at(shape, index):
    """The shape of what an index takes out of an array of this shape."""
    return np.shape(np.broadcast_to(0, shape)[index])


def rounds(numbers):
    """Index arrays that take `numbers` apart, in order, such that none has one number twice."""
    order = np.argsort(numbers, kind="stable")
    numbers = numbers[order]
    first = np.searchsorted(numbers, numbers)
    again = np.empty(len(order), np.intp)
    again[order] = np.arange(len(order)) - first
    return [np.flatnonzero(again == k) for k in range(np.max(again, initial=-1) + 1)]


def along_axis(shape, indices, axis):
    """The index of what `np.put_along_axis` writes in an array of this shape."""
    if len(shape) != indices.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    if indices.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    axis = np.lib.array_utils.normalize_axis_index(axis, len(shape))
    parts = np.ix_(*map(np.arange, shape))
    return tuple(indices if k == axis else part for k, part in enumerate(parts))


def check_separate(count, *arrays):
    """Raise ValueError if the first `count` arguments, which are written to, overlap themselves or any other."""
    for k, x in enumerate(arrays[:count]):
        if isinstance(x, list):
            if any(_is_in(x, y) for y in arrays[k + 1:]):
                raise ValueError("one list is given twice, and is changed: pass a copy of it")
            continue
        low, high = np.lib.array_utils.byte_bounds(x)
        if x.nbytes > high - low:
            raise ValueError("an array whose elements share memory is written to; pass a copy")
        for y in arrays[k + 1:]:
            check_apart(x, y)


def _is_in(x, y):
    """Is `x` the same object as `y`, or as one that `y` holds?"""
    items = y.values() if isinstance(y, dict) else y if isinstance(y, list | tuple) else ()
    return x is y or any(_is_in(x, item) for item in items)


def check_order(place, value):
    """Raise ValueError if the order in which NumPy assigns to overlapping lines of an array may matter.

    NumPy makes a copy of the value where it must not be overwritten, but does not see all cases where both have one axis
    and different strides.
    """
    if place.ndim == value.ndim == 1 and place.size > 1 and place.strides != value.strides:
        try:
            shared = np.shares_memory(place, value, 10000)
        except np.exceptions.TooHardError:
            shared = True
        if shared and place.strides[0] * value.strides[0] > 0:
            raise ValueError("a line of an array is assigned to another that crosses it, where NumPy's result depends on "
                             "the order: assign a copy")


def check_unshared(x, value):
    """Raise ValueError if elements are given from an array to itself one by one, so that the order matters."""
    if np.may_share_memory(x, value):
        raise ValueError("elements of an array are given to others of it one after the other, where NumPy's result depends "
                         "on the order: assign a copy")


def check_apart(x, y):
    """Raise ValueError if an array overlaps another, or one in a container."""
    if isinstance(y, list | tuple | dict):
        for item in y.values() if isinstance(y, dict) else y:
            check_apart(x, item)
    elif (names := attributes_of(y)) is not None:
        for name in names:
            check_apart(x, getattr(y, name))
    elif isinstance(y, np.ndarray) and np.may_share_memory(x, y):
        try:
            shared = np.shares_memory(x, y, 10000)
        except np.exceptions.TooHardError:
            shared = True
        if shared:
            raise ValueError("two arguments share memory, and one of them is written to: pass a copy of one of them, or "
                             "differentiate a function of the one array, `lambda x: f(x, x)`")


def copy_memory(x):
    """A copy of an array, laid out in memory as it is: what would be a view of it is a view of its copy."""
    if x.flags.forc:
        return x.copy(order="K")
    low, high = np.lib.array_utils.byte_bounds(x)
    start = x.__array_interface__["data"][0] - low
    copy = np.ndarray(x.shape, x.dtype, np.empty(high - low, np.uint8), start, x.strides)
    copy[...] = x
    return copy


def snapshot(saved):
    """A copy of all arrays and lists in a structure; what shared memory, or was one list, does and is so again."""
    return _copied(saved, {})


def _copied(value, known):
    if isinstance(value, np.ndarray):
        base = value
        while isinstance(base.base, np.ndarray):
            base = base.base
        if not base.flags.forc or base.base is not None or base.dtype.hasobject:
            base = value
        if id(base) not in known:
            known[id(base)] = base, base.ravel(order="K").view(np.uint8).copy() if base.flags.forc else None
        memory = known[id(base)][1]
        if memory is None:
            return value.copy()
        start = value.__array_interface__["data"][0] - base.__array_interface__["data"][0]
        return np.ndarray(value.shape, value.dtype, memory, start, value.strides)
    if isinstance(value, tuple):
        items = [_copied(v, known) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        if id(value) not in known:
            known[id(value)] = made = []
            made.extend(_copied(v, known) for v in value)
        return known[id(value)]
    if isinstance(value, dict):
        return {k: _copied(v, known) for k, v in value.items()}
    if value is None or isinstance(value, int | float | complex | str | np.generic):
        return value
    copied = map_attributes(lambda v: _copied(v, known), value)
    return value if copied is None else copied


def reserve(rows, count):
    """An array of at least `count` rows that starts with those of `rows`: itself if it is long enough."""
    if count <= len(rows):
        return rows
    more = np.empty((max(count, 2 * len(rows)), rows.shape[1]), rows.dtype)
    more[:len(rows)] = rows
    return more


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


def schedule(trips, snapshots):
    """How the reverse sweep of a checkpointed loop works through its trips.

    Rows (source, begin, end, target, stop): take the state of trip `begin` from place `source`, run to trip `end`, keep the
    state at place `target`, record the trips up to `stop` and go back over them. Place 0 has the state at the start; the last
    place is never read. The binomial schedule of Griewank and Walther (2000, ACM TOMS 26(1), algorithm 799), over stretches.
    """
    places = snapshots
    if places < 1:
        places = 1
        while places * places < trips:
            places += 1
    length = min(places, max(1, (trips + places - 1) // places))
    count = (trips + length - 1) // length
    rows = [(0, 0, 0, places, 0) for _ in range(0)]
    waiting = [(0, count, 0)]                        # stretches from, to, and the place of the state at the first
    while len(waiting) > 0:
        first, last, place = waiting.pop()
        free = places - 1 - place
        while last - first > 1 and free > 0:
            total = last - first
            repeats, reach = 0, 1                    # (free + 1 + repeats)! / ((free + 1)! repeats!) stretches
            while reach < total:
                repeats += 1
                reach = reach * (free + 1 + repeats) // repeats
            right = reach * (free + 1) // (free + 1 + repeats)
            middle = first + max(1, total - right)
            rows.append((place, first * length, middle * length, place + 1, middle * length))
            waiting.append((first, middle, place))
            first, place, free = middle, place + 1, free - 1
        for k in range(last - 1, first - 1, -1):
            rows.append((place, first * length, k * length, places, min(trips, (k + 1) * length)))
    return rows


def places(rows):
    """How many places for states a schedule has."""
    most = 0
    for row in rows:
        most = max(most, row[3])
    return most + 1
