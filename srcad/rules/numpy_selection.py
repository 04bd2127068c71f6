"""Selecting, joining, padding: elements of the result are elements of operands, or constants.

Where a function only moves elements, the same function of their positions says from where: `pick` reads there, its
transpose adds there. Which element is chosen is piecewise constant.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.registry import Call, defadjoint, deftangent, linear
from srcad.rules.static import refuse, static
from srcad.runtime import (
    crop,
    pick,
    sort_like,
    split_block,
    split_like,
    split_stacked,
    unbroadcast,
    unbroadcast_each,
    unchoose,
    unmesh,
    unpad_odd,
    unpick,
    unselect,
    unsort_like,
    untake,
)


def positions(a):
    """The flat position of every element, in a's shape."""
    return np.reshape(np.arange(np.size(a)), np.shape(a))


# ---------------------------------------------------------------------------------------------------------------------
# Choosing between arrays


@linear(np.select, complex=True, calls=(
    Call("np.select([np.array([True, False, True]), np.array([True, True, False])], [a, b])", a=(3,), b=(3,)),
    Call("np.select([np.array([True, False, False]), np.array([True, True, False])], [a, b], c)",
         a=(2, 3), b=(3,), c=()),
    Call("np.select([a > 0.0, a < -1.0], [a * a, 2.0 * a], default=d)", a=(5,), d=(5,)),
    Call("np.select((a > 0.0,), (a,), 1.0)", a=(4,))))
def _select(y, condlist, choicelist, default=0):
    choicelist_bar = unselect(y_bar, condlist, choicelist)
    free = np.select(condlist, [0.0] * len(condlist), 1.0)
    default_bar = unbroadcast(y_bar * free, default)


@linear(np.choose, complex=True, calls=(
    Call("np.choose(np.array([0, 1, 0]), [a, b])", a=(3,), b=(3,)),
    Call("np.choose(np.array([[0], [1]]), (a, b))", a=(3,), b=()),
    Call("np.choose(np.array([0, 5, -7]), [a, b], mode='wrap')", a=(3,), b=(3,)),
    Call("np.choose(np.array([0, 5, -7]), [a, b], mode='clip')", a=(3,), b=(3,)),
    Call("np.choose(np.array([1, 1, 0]), a)", a=(2, 3))))
def _choose(y, a, choices, *, mode="raise"):
    choices_bar = unchoose(y_bar, a, choices, mode)


@linear(np.ndarray.choose, complex=True, calls=(
    Call("np.array([0, 1, 0]).choose([a, b])", a=(3,), b=(3,)),))
def _choose_method(y, a, choices, *, mode="raise"):
    choices_bar = unchoose(y_bar, a, choices, mode)


@linear(np.ndarray.compress, ignores=("condition",), complex=True, calls=(
    Call("x.compress([True, False, True], axis=1)", x=(2, 3)), Call("x.compress([False, True, True])", x=(2, 3))))
def _compress_method(y, a, condition, axis=None):
    a_bar = untake(y_bar, a, np.flatnonzero(condition), axis, "raise")


@defadjoint(np.partition, calls=(
    Call("np.partition(x, 2)", x=(6,)),
    Call("np.partition(x, (1, 3))", x=(6,)),
    Call("np.partition(x, 1, axis=0)", x=(4, 3)),
    Call("np.partition(x, 2, axis=None)", x=(2, 3))))
def _partition(y, a, kth, axis=-1, kind="introselect"):
    """The result's elements are the operand's: each is found by its rank. Equal ones share, as in `np.sort`."""
    if axis is None:
        a_bar = np.reshape(unsort_like(sort_like(y_bar, y, 0), np.ravel(a), 0), np.shape(a))
    else:
        a_bar = unsort_like(sort_like(y_bar, y, axis), a, axis)


@deftangent(np.partition)
def _partition_tangent(y, a, kth, axis=-1, kind="introselect"):
    if axis is None:
        y_dot = unsort_like(sort_like(np.ravel(a_dot), np.ravel(a), 0), y, 0)
    else:
        y_dot = unsort_like(sort_like(a_dot, a, axis), y, axis)


# ---------------------------------------------------------------------------------------------------------------------
# Longer and shorter


@linear(np.append, complex=True, calls=(
    Call("np.append(a, b)", a=(3,), b=()),
    Call("np.append(a, b)", a=(2, 2), b=(3,)),
    Call("np.append(a, b, axis=1)", a=(2, 2), b=(2, 1)),
    Call("np.append(a, [b, 1.0])", a=(2,), b=())))
def _append(y, arr, values, axis=None):
    bars = split_like(y_bar, (arr, values), axis)
    arr_bar = bars[0]
    values_bar = bars[1]


@linear(np.insert, complex=True, calls=(
    Call("np.insert(a, 1, b)", a=(3,), b=()),
    Call("np.insert(a, [0, 3], b)", a=(3,), b=(2,)),
    Call("np.insert(a, 2, b)", a=(2, 3), b=(2,)),
    Call("np.insert(a, 1, b, axis=1)", a=(2, 3), b=(2,)),
    Call("np.insert(a, 1, b, axis=1)", a=(2, 3), b=()),
    Call("np.insert(a, [1, 2], b, axis=0)", a=(2, 3), b=(2, 3)),
    Call("np.insert(a, np.array([True, False, True]), b)", a=(3,), b=()),
    Call("np.insert(a, 1, [b, 2.0])", a=(3,), b=()),
    Call("np.insert(a, 0, 4.0)", a=(3,))))
def _insert(y, arr, obj, values, axis=None):
    arr_bar = unpick(y_bar, arr, np.insert(positions(arr), obj, np.full(np.shape(values), -1), axis))
    values_bar = unpick(y_bar, values, np.insert(np.full(np.shape(arr), -1), obj, positions(values), axis))


@linear(np.delete, complex=True, calls=(
    Call("np.delete(a, 1)", a=(3,)),
    Call("np.delete(a, [0, -1])", a=(2, 3)),
    Call("np.delete(a, 1, axis=1)", a=(2, 3)),
    Call("np.delete(a, slice(0, 2), 0)", a=(3, 2)),
    Call("np.delete(a, np.array([True, False, True]))", a=(3,))))
def _delete(y, arr, obj, axis=None):
    arr_bar = unpick(y_bar, arr, np.delete(positions(arr), obj, axis))


@linear(np.resize, complex=True, calls=(
    Call("np.resize(a, (2, 4))", a=(3,)), Call("np.resize(a, 3)", a=(2, 3)), Call("np.resize(a, 2)", a=()),
    Call("np.resize(a, (2, 2))", a=(0,))))
def _resize(y, a, new_shape):
    a_bar = unpick(y_bar, a, np.resize(positions(a), new_shape) if np.size(a) else np.full(np.shape(y), -1))


_PADDINGS = ("edge", "reflect", "symmetric", "wrap")


@defadjoint(np.pad, complex=True, calls=(
    Call("np.pad(a, 2)", a=(3,)),
    Call("np.pad(a, (1, 2))", a=(2, 3)),
    Call("np.pad(a, ((1, 0), (0, 2)), 'constant', constant_values=c)", a=(2, 3), c=()),
    Call("np.pad(a, 1, constant_values=3.0)", a=(3,)),
    Call("np.pad(a, 0)", a=(3,)),
    *(Call(f"np.pad(a, ((4, 2), (2, 1)), mode='{mode}', reflect_type='odd')", a=(3, 2)) for mode in _PADDINGS[1:3]),
    *(Call(f"np.pad(a, (4, 3), '{mode}')", a=(3,)) for mode in _PADDINGS),
    *(Call(f"np.pad(a, ((1, 2), (2, 1)), mode='{mode}')", a=(3, 4)) for mode in _PADDINGS)))
def _pad(y, array, pad_width, mode="constant", *, constant_values=None, reflect_type="even"):
    if reflect_type != "even":
        array_bar = unpad_odd(y_bar, array, pad_width, mode, reflect_type)
    elif mode == "constant" or mode == "empty":
        array_bar = crop(y_bar, array, pad_width)
        if constant_values is not None:
            check_one(constant_values)
            constant_values_bar = np.sum(y_bar) - np.sum(array_bar)
    else:
        if not is_copying(mode):
            refuse("np.pad has no derivative rule for this mode", "put the array together with np.concatenate")
        array_bar = unpick(y_bar, array, np.pad(positions(array), pad_width, mode=mode))


@deftangent(np.pad)
def _pad_tangent(y, array, pad_width, mode="constant", *, constant_values=None, reflect_type="even"):
    if reflect_type != "even":
        y_dot = np.pad(array_dot, pad_width, mode=mode, reflect_type=reflect_type)
    elif mode == "constant" or mode == "empty":
        if constant_values is not None:
            check_one(constant_values)
            inside = np.pad(np.ones(np.shape(array)), pad_width)
            y_dot = np.pad(array_dot, pad_width) + (1.0 - inside) * constant_values_dot
        else:
            y_dot = np.pad(array_dot, pad_width)
    else:
        if not is_copying(mode):
            refuse("np.pad has no derivative rule for this mode", "put the array together with np.concatenate")
        y_dot = pick(array_dot, np.pad(positions(array), pad_width, mode=mode))


def check_one(constant_values):
    if isinstance(constant_values, (tuple, list)) or np.ndim(constant_values) != 0:
        refuse("np.pad has a derivative rule for one number as constant_values= only",
               "pad every side in a call of its own")


@static
def is_copying(mode: str) -> bool:
    """Is what is padded with a copy of elements?"""
    return mode in _PADDINGS


@static
def trims_front(trim: str) -> bool:
    return "f" in trim.lower()


def kept(y, filt, trim):
    """The positions of what `np.trim_zeros` keeps."""
    if np.ndim(filt) != 1:
        refuse("np.trim_zeros has a derivative rule for vectors only", "cut the array with a slice")
    first = np.argmax(np.not_equal(filt, 0)) if trims_front(trim) else 0
    return np.arange(np.size(y)) + first


@defadjoint(np.trim_zeros, complex=True, calls=(
    Call("np.trim_zeros(a * np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0]))", a=(6,)),
    Call("np.trim_zeros(a * np.array([0.0, 1.0, 0.0]), 'f')", a=(3,)),
    Call("np.trim_zeros(a * np.array([0.0, 1.0, 0.0]), trim='b')", a=(3,)),
    Call("np.trim_zeros(0.0 * a)", a=(3,))))
def _trim_zeros(y, filt, trim="fb"):
    filt_bar = unpick(y_bar, filt, kept(y, filt, trim))


@deftangent(np.trim_zeros)
def _trim_zeros_tangent(y, filt, trim="fb"):
    y_dot = pick(filt_dot, kept(y, filt, trim))


# ---------------------------------------------------------------------------------------------------------------------
# Several arrays


@linear(np.block, complex=True, calls=(
    Call("np.block([[a, b], [c, 1.0]])", a=(2, 3), b=(2, 1), c=(3,)),
    Call("np.block([a, b])", a=(2,), b=(3,)),
    Call("np.block([[a], [b]])", a=(3,), b=(2, 3)),
    Call("np.block([a, b, 2.0])", a=(), b=(2,)),
    Call("np.block([[[a, b]], [[b, a]]])", a=(2, 1), b=(2, 2))))
def _block(y, arrays):
    arrays_bar = split_block(y_bar, arrays)


@linear(np.meshgrid, complex=True, calls=(
    Call("np.meshgrid(a, b)[0]", a=(3,), b=(2,)),
    Call("np.meshgrid(a, b)[1]", a=(3,), b=(2,)),
    Call("np.meshgrid(a, b, c, indexing='ij')[2]", a=(3,), b=(2,), c=(4,)),
    Call("np.meshgrid(a, b, c)[0]", a=(3,), b=(2,), c=(4,)),
    Call("np.meshgrid(a, b, sparse=True)[1]", a=(3,), b=(2,)),
    Call("np.meshgrid(a, b)[0]", a=(), b=(2,)),
    Call("np.meshgrid(a)[0]", a=(3,))))
def _meshgrid(y, *xi, copy=True, sparse=False, indexing="xy"):
    xi_bar = unmesh(y_bar, xi, indexing)


@linear(np.ix_, complex=True, calls=(
    Call("np.ix_(a, b)[0]", a=(3,), b=(2,)), Call("np.ix_(a, b, a)[1]", a=(3,), b=(2,)), Call("np.ix_(a)[0]", a=(3,))))
def _ix(y, *args):
    """Of numbers; whole numbers and masks, which it is mostly given, have no derivative."""
    args_bar = unmesh(y_bar, args, "ij")


@linear(np.broadcast_arrays, complex=True, calls=(
    Call("np.broadcast_arrays(a, b)[0]", a=(3,), b=(2, 1)),
    Call("np.broadcast_arrays(a, b)[1]", a=(3,), b=(2, 1)),
    Call("np.broadcast_arrays(a, b)[1]", a=(3,), b=())))
def _broadcast_arrays(y, *args):
    args_bar = unbroadcast_each(y_bar, args)


if hasattr(np, "unstack"):  # NumPy 2.1

    @linear(np.unstack, complex=True, calls=(
        Call("np.unstack(x)[1]", x=(2, 3)), Call("np.unstack(x, axis=-1)[0]", x=(2, 3))))
    def _unstack(y, x, *, axis=0):
        x_bar = np.stack(y_bar, axis)


if hasattr(np, "row_stack"):  # deprecated: another name of np.vstack

    @linear(np.row_stack, complex=True, calls=(Call("np.row_stack((a, b))", a=(2, 3), b=(3,)),))
    def _row_stack(y, tup):
        tup_bar = split_stacked(y_bar, tup, 0, 2)
