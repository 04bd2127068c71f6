"""Shapes: what moves, joins, splits, repeats or picks elements without arithmetic. All linear."""

from __future__ import annotations

import numpy as np

from srcad.rules.registry import Call, defadjoint, deftangent, linear, zero_derivative
from srcad.runtime import (
    inverse_permutation,
    place_diagonal,
    reshape_back,
    reshape_like,
    split_like,
    split_stacked,
    sum_windows,
    unbroadcast,
    unrepeat,
    unroll_axis,
    unstack_like,
    untake,
    untake_along,
    untile,
)

zero_derivative(np.shape, np.size, np.ndim, np.broadcast_shapes, np.result_type)

# ---------------------------------------------------------------------------------------------------------------------
# Another shape


@defadjoint(np.reshape, np.ndarray.reshape, complex=True, calls=(
    Call("np.reshape(x, (3, 2))", x=(2, 3)), Call("np.reshape(x, -1)", x=(2, 3)), Call("x.reshape(3, -1)", x=(2, 3)),
    Call("x.reshape((1, 6))", x=(6,)), Call("np.reshape(x, (3, 2), order='F')", x=(2, 3)),
    Call("x.reshape(3, 2, order='F')", x=(2, 3)), Call("np.reshape(x, (3, 2), order='A')", x=(2, 3)),
    Call("np.reshape(x, (1, 1))", x=()), Call("np.reshape(x, ())", x=(1, 1)), Call("x.reshape(0, 2)", x=(0,)),
    Call("np.reshape(x.T, (2, 3), order='A')", x=(2, 3)),
    *((Call("np.reshape(x, 6, copy=True)", x=(2, 3)),) if hasattr(np, "unstack") else ())))       # NumPy 2.1
def _reshape(y, a, shape, order="C", *, copy=None):
    if order == "C":
        a_bar = np.reshape(y_bar, np.shape(a))
    elif order == "F":
        a_bar = np.reshape(y_bar, np.shape(a), order="F")
    else:
        a_bar = reshape_like(y_bar, a, order)


@deftangent(np.reshape, np.ndarray.reshape)
def _reshape_tangent(y, a, shape, order="C", *, copy=None):
    if order == "C":
        y_dot = np.reshape(a_dot, shape)
    elif order == "F":
        y_dot = np.reshape(a_dot, shape, order="F")
    else:
        y_dot = reshape_back(a_dot, y, a, order)


@defadjoint(np.ravel, np.ndarray.ravel, np.ndarray.flatten, complex=True, calls=(
    Call("np.ravel(x)", x=(2, 3)), Call("x.ravel()", x=(2, 3)), Call("x.flatten()", x=(2, 3)),
    Call("np.ravel(x, order='F')", x=(2, 3)), Call("x.flatten('F')", x=(2, 3)), Call("np.ravel(x.T, 'K')", x=(2, 3)),
    Call("np.ravel(x.T, 'A')", x=(2, 3)), Call("np.ravel(np.transpose(x, (1, 0, 2))[:, ::-1], 'K')", x=(2, 3, 4)),
    Call("np.ravel(x)", x=()), Call("np.ravel(x)", x=(0, 2))))
def _ravel(y, a, order="C"):
    if order == "C":
        a_bar = np.reshape(y_bar, np.shape(a))
    elif order == "F":
        a_bar = np.reshape(y_bar, np.shape(a), order="F")
    else:
        a_bar = reshape_like(y_bar, a, order)


@deftangent(np.ravel, np.ndarray.ravel, np.ndarray.flatten)
def _ravel_tangent(y, a, order="C"):
    if order == "C":
        y_dot = np.ravel(a_dot)
    elif order == "F":
        y_dot = np.ravel(a_dot, order="F")
    else:
        y_dot = reshape_back(a_dot, y, a, order)


@linear(np.squeeze, np.ndarray.squeeze, complex=True, calls=(
    Call("np.squeeze(x)", x=(1, 3, 1)), Call("x.squeeze()", x=(3, 1)), Call("np.squeeze(x, axis=0)", x=(1, 3, 1)),
    Call("np.squeeze(x, (0, -1))", x=(1, 3, 1)), Call("np.squeeze(x)", x=(1, 1))))
def _squeeze(y, a, axis=None):
    a_bar = np.reshape(y_bar, np.shape(a))


@linear(np.expand_dims, complex=True, calls=(
    Call("np.expand_dims(x, 0)", x=(2, 3)), Call("np.expand_dims(x, (0, -1))", x=(2, 3)),
    Call("np.expand_dims(x, 0)", x=())))
def _expand_dims(y, a, axis):
    a_bar = np.reshape(y_bar, np.shape(a))


@linear(np.atleast_1d, np.atleast_2d, np.atleast_3d, complex=True, calls=(
    Call("np.atleast_1d(x)", x=()), Call("np.atleast_1d(x)", x=(3,)), Call("np.atleast_2d(x)", x=(3,)),
    Call("np.atleast_3d(x)", x=(2, 3))))
def _atleast(y, ary, /):
    ary_bar = np.reshape(y_bar, np.shape(ary))


@linear(np.broadcast_to, complex=True, calls=(
    Call("np.broadcast_to(x, (2, 3))", x=(3,)), Call("np.broadcast_to(x, (4, 2, 3))", x=(2, 1)),
    Call("np.broadcast_to(x, (2, 3))", x=()), Call("np.broadcast_to(x, 3)", x=(1,))))
def _broadcast_to(y, array, shape, subok=False):
    array_bar = unbroadcast(y_bar, array)


# ---------------------------------------------------------------------------------------------------------------------
# Another order of axes or elements


@linear(np.lib.stride_tricks.sliding_window_view, complex=True, calls=(
    Call("np.lib.stride_tricks.sliding_window_view(x, 3)", x=(5,)),
    Call("np.lib.stride_tricks.sliding_window_view(x, (2, 3))", x=(3, 4)),
    Call("np.lib.stride_tricks.sliding_window_view(x, 2, axis=-2)", x=(2, 3, 2)),
    Call("np.lib.stride_tricks.sliding_window_view(x, window_shape=(2, 2), axis=(0, 0))", x=(5, 2))))
def _sliding_window_view(y, x, window_shape, axis=None):
    x_bar = sum_windows(y_bar, x, window_shape, axis)


@linear(np.transpose, np.ndarray.transpose, complex=True, calls=(
    Call("np.transpose(x)", x=(2, 3)), Call("np.transpose(x, (1, 2, 0))", x=(2, 3, 4)),
    Call("x.transpose(1, -1, 0)", x=(2, 3, 4)),
    Call("x.transpose((2, 0, 1))", x=(2, 3, 4)), Call("x.transpose()", x=(2, 3, 4)), Call("x.T", x=(2, 3)),
    Call("np.transpose(x)", x=(3,)),
    Call("x.transpose(None)", x=(2, 3)), Call("np.transpose(x, axes=[1, 0])", x=(2, 3))))
def _transpose(y, a, axes=None):
    if axes is None:
        a_bar = np.transpose(y_bar)
    else:
        a_bar = np.transpose(y_bar, inverse_permutation(axes))


@linear(np.matrix_transpose, complex=True, calls=(
    Call("np.matrix_transpose(x)", x=(2, 3, 4)), Call("x.mT", x=(2, 3, 4))))
def _matrix_transpose(y, x):
    x_bar = np.matrix_transpose(y_bar)


@linear(np.swapaxes, np.ndarray.swapaxes, complex=True, calls=(
    Call("np.swapaxes(x, 0, -1)", x=(2, 3, 4)), Call("x.swapaxes(0, 1)", x=(2, 3, 4))))
def _swapaxes(y, a, axis1, axis2):
    a_bar = np.swapaxes(y_bar, axis1, axis2)


@linear(np.moveaxis, complex=True, calls=(
    Call("np.moveaxis(x, 0, -1)", x=(2, 3, 4)), Call("np.moveaxis(x, (0, 1), (-1, 0))", x=(2, 3, 4))))
def _moveaxis(y, a, source, destination):
    a_bar = np.moveaxis(y_bar, destination, source)


@linear(np.rollaxis, complex=True, calls=(
    Call("np.rollaxis(x, 2)", x=(2, 3, 4)), Call("np.rollaxis(x, 0, 2)", x=(2, 3, 4)),
    Call("np.rollaxis(x, -1, 1)", x=(2, 3, 4)),
    Call("np.rollaxis(x, 0, -1)", x=(2, 3, 4))))
def _rollaxis(y, a, axis, start=0):
    a_bar = unroll_axis(y_bar, axis, start)


@linear(np.flip, complex=True, calls=(
    Call("np.flip(x)", x=(3,)),
    Call("np.flip(x)", x=(2, 3)), Call("np.flip(x, 0)", x=(2, 3)), Call("np.flip(x, axis=(0, -1))", x=(2, 3, 4)),
    Call("np.flip(x)", x=())))
def _flip(y, m, axis=None):
    if np.ndim(m) == 1:
        m_bar = y_bar[::-1]
    else:
        m_bar = np.flip(y_bar) if axis is None else np.flip(y_bar, axis)


@linear(np.flipud, complex=True, calls=(Call("np.flipud(x)", x=(2, 3)),))
def _flipud(y, m):
    m_bar = np.flipud(y_bar)


@linear(np.fliplr, complex=True, calls=(Call("np.fliplr(x)", x=(2, 3)),))
def _fliplr(y, m):
    m_bar = np.fliplr(y_bar)


@linear(np.roll, complex=True, calls=(
    Call("np.roll(x, 2)", x=(5,)), Call("np.roll(x, -1)", x=(2, 3)), Call("np.roll(x, 1, axis=1)", x=(2, 3)),
    Call("np.roll(x, (1, 2), axis=(0, 1))", x=(3, 4)), Call("np.roll(x, 1, axis=(0, 1))", x=(3, 4))))
def _roll(y, a, shift, axis=None):
    back = -shift if isinstance(shift, int) else np.negative(shift)
    a_bar = np.roll(y_bar, back) if axis is None else np.roll(y_bar, back, axis)


@linear(np.rot90, complex=True, calls=(
    Call("np.rot90(x)", x=(2, 3)), Call("np.rot90(x, 2)", x=(2, 3)),
    Call("np.rot90(x, k=-1, axes=(1, 2))", x=(2, 3, 4))))
def _rot90(y, m, k=1, axes=(0, 1)):
    m_bar = np.rot90(y_bar, -k, axes)


# ---------------------------------------------------------------------------------------------------------------------
# Several arrays and one


@linear(np.concatenate, complex=True, calls=(
    Call("np.concatenate([a, b])", a=(2,), b=(3,)), Call("np.concatenate((a, b), axis=1)", a=(2, 3), b=(2, 1)),
    Call("np.concatenate([a, b, a], axis=-1)", a=(2, 3), b=(2, 2)),
    Call("np.concatenate([a, b], axis=None)", a=(2, 3), b=(2,)),
    Call("np.concatenate([a, np.ones(2)])", a=(3,)), Call("np.concatenate([a, b])", a=(0,), b=(2,)),
    Call("np.concatenate((a,))", a=(3,)), Call("np.concatenate([a, b], dtype=np.complex128)", a=(3,), b=(2,))))
def _concatenate(y, arrays, axis=0, *, dtype=None, casting="same_kind"):
    arrays_bar = split_like(y_bar, arrays, axis)


@linear(np.stack, complex=True, calls=(
    Call("np.stack([a, b])", a=(3,), b=(3,)), Call("np.stack((a, b), axis=1)", a=(2, 3), b=(2, 3)),
    Call("np.stack([a, b], axis=-1)", a=(2, 3), b=(2, 3)), Call("np.stack([a, b])", a=(), b=()),
    Call("np.stack([a, np.zeros(3)])", a=(3,)), Call("np.stack(x, axis=1)", x=(2, 3))))
def _stack(y, arrays, axis=0):
    arrays_bar = unstack_like(y_bar, arrays, axis)


@linear(np.vstack, complex=True, calls=(
    Call("np.vstack([a, b])", a=(3,), b=(3,)), Call("np.vstack((a, b))", a=(2, 3), b=(3,)),
    Call("np.vstack([a, b])", a=(), b=()),
    Call("np.vstack([a, b])", a=(2, 3, 2), b=(1, 3, 2))))
def _vstack(y, tup):
    tup_bar = split_stacked(y_bar, tup, 0, 2)


@linear(np.hstack, complex=True, calls=(
    Call("np.hstack([a, b])", a=(3,), b=(2,)), Call("np.hstack((a, b))", a=(2, 3), b=(2, 1)),
    Call("np.hstack([a, b])", a=(), b=(2,)),
    Call("np.hstack([a, 1.0, b])", a=(), b=())))
def _hstack(y, tup):
    tup_bar = split_stacked(y_bar, tup, 0, 1) if np.ndim(y) == 1 else split_stacked(y_bar, tup, 1, 2)


@linear(np.dstack, complex=True, calls=(
    Call("np.dstack([a, b])", a=(3,), b=(3,)), Call("np.dstack((a, b))", a=(2, 3), b=(2, 3)),
    Call("np.dstack((a, b))", a=(2, 3, 2), b=(2, 3))))
def _dstack(y, tup):
    tup_bar = split_stacked(y_bar, tup, 2, 3)


@linear(np.column_stack, complex=True, calls=(
    Call("np.column_stack([a, b])", a=(3,), b=(3,)), Call("np.column_stack((a, b))", a=(3, 2), b=(3,))))
def _column_stack(y, tup):
    tup_bar = split_stacked(y_bar, tup, 1, 2)


@linear(np.split, np.array_split, complex=True, calls=(
    Call("np.split(x, 3)", x=(6,)), Call("np.split(x, [1, 4], axis=1)", x=(2, 5)), Call("np.split(x, 2)[1]", x=(4, 2)),
    Call("np.array_split(x, 3)", x=(7,)), Call("np.split(x, (2, 3), -1)", x=(2, 5)),
    Call("np.split(x, np.array([2]))", x=(5,))))
def _split(y, ary, indices_or_sections, axis=0):
    ary_bar = np.concatenate(y_bar, axis)


@linear(np.vsplit, complex=True, calls=(Call("np.vsplit(x, 2)", x=(4, 3)),))
def _vsplit(y, ary, indices_or_sections):
    ary_bar = np.concatenate(y_bar, 0)


@linear(np.hsplit, complex=True, calls=(Call("np.hsplit(x, 2)", x=(3, 4)), Call("np.hsplit(x, [1])", x=(4,))))
def _hsplit(y, ary, indices_or_sections):
    ary_bar = np.concatenate(y_bar, 1 if np.ndim(ary) > 1 else 0)


@linear(np.dsplit, complex=True, calls=(Call("np.dsplit(x, 2)", x=(3, 1, 4)),))
def _dsplit(y, ary, indices_or_sections):
    ary_bar = np.concatenate(y_bar, 2)


# ---------------------------------------------------------------------------------------------------------------------
# Repetition


@linear(np.tile, complex=True, calls=(
    Call("np.tile(x, 3)", x=(2,)), Call("np.tile(x, (2, 1))", x=(2, 3)), Call("np.tile(x, (2, 3))", x=(2,)),
    Call("np.tile(x, 2)", x=(2, 3)), Call("np.tile(x, (2, 2))", x=()), Call("np.tile(x, (2, 1, 3))", x=(2, 2)),
    Call("np.tile(x, 0)", x=(2,))))
def _tile(y, A, reps):
    A_bar = untile(y_bar, A, reps)


@linear(np.repeat, np.ndarray.repeat, complex=True, calls=(
    Call("np.repeat(x, 2)", x=(3,)), Call("np.repeat(x, 2)", x=(2, 3)), Call("np.repeat(x, 3, axis=1)", x=(2, 2)),
    Call("np.repeat(x, np.array([1, 0, 2]), axis=0)", x=(3, 2)), Call("x.repeat(2, axis=-1)", x=(2, 3)),
    Call("np.repeat(x, 3)", x=()),
    Call("np.repeat(x, [2, 1, 0])", x=(3,)), Call("np.repeat(x, np.array([2]), axis=0)", x=(3, 2))))
def _repeat(y, a, repeats, axis=None):
    a_bar = unrepeat(y_bar, a, repeats, axis)


# ---------------------------------------------------------------------------------------------------------------------
# Diagonals and triangles


@linear(np.diag, complex=True, calls=(
    Call("np.diag(x)", x=(3,)), Call("np.diag(x, 1)", x=(3,)), Call("np.diag(x, k=-2)", x=(3,)),
    Call("np.diag(x)", x=(3, 3)),
    Call("np.diag(x)", x=(2, 4)), Call("np.diag(x, 1)", x=(4, 2)), Call("np.diag(x, -1)", x=(4, 2)),
    Call("np.diag(x, 5)", x=(2, 3))))
def _diag(y, v, k=0):
    if np.ndim(v) == 1:
        v_bar = np.diag(y_bar, k)
    else:
        v_bar = place_diagonal(y_bar, v, k, 0, 1)


@linear(np.diagflat, complex=True, calls=(
    Call("np.diagflat(x)", x=(2, 2)), Call("np.diagflat(x, -1)", x=(3,)), Call("np.diagflat(x)", x=())))
def _diagflat(y, v, k=0):
    v_bar = np.reshape(np.diagonal(y_bar, k), np.shape(v))


@linear(np.diagonal, np.ndarray.diagonal, complex=True, calls=(
    Call("np.diagonal(x)", x=(3, 3)), Call("np.diagonal(x, 1)", x=(2, 4)),
    Call("np.diagonal(x, -1, 0, 2)", x=(3, 2, 4)),
    Call("x.diagonal(axis1=1, axis2=2)", x=(2, 3, 3)),
    Call("np.diagonal(x, offset=1, axis1=-1, axis2=-2)", x=(2, 3, 4))))
def _diagonal(y, a, offset=0, axis1=0, axis2=1):
    a_bar = place_diagonal(y_bar, a, offset, axis1, axis2)


@linear(np.linalg.diagonal, complex=True, calls=(
    Call("np.linalg.diagonal(x)", x=(2, 3, 4)), Call("np.linalg.diagonal(x, offset=1)", x=(3, 4))))
def _linalg_diagonal(y, x, *, offset=0):
    x_bar = place_diagonal(y_bar, x, offset, -2, -1)


@linear(np.trace, np.ndarray.trace, complex=True, calls=(
    Call("np.trace(x)", x=(3, 3)), Call("np.trace(x, 1)", x=(2, 4)),
    Call("np.trace(x, offset=-1, axis1=1, axis2=2)", x=(2, 3, 3)),
    Call("x.trace()", x=(3, 2)), Call("np.trace(x, 0, -1, 0)", x=(2, 4, 3))))
def _trace(y, a, offset=0, axis1=0, axis2=1, dtype=None):
    if np.ndim(a) == 2 and axis1 == 0 and axis2 == 1:
        rows, columns = np.shape(a)
        a_bar = y_bar * (np.eye(rows, columns) if offset == 0 else np.eye(rows, columns, offset))
    else:
        a_bar = place_diagonal(np.expand_dims(y_bar, -1), a, offset, axis1, axis2)


@linear(np.linalg.trace, complex=True, calls=(
    Call("np.linalg.trace(x)", x=(2, 3, 4)), Call("np.linalg.trace(x, offset=1)", x=(3, 4))))
def _linalg_trace(y, x, *, offset=0):
    x_bar = place_diagonal(np.expand_dims(y_bar, -1), x, offset, -2, -1)


@linear(np.tril, complex=True, calls=(
    Call("np.tril(x)", x=(3, 3)), Call("np.tril(x, 1)", x=(2, 4)), Call("np.tril(x, k=-1)", x=(2, 3, 3)),
    Call("np.tril(x)", x=(3,))))
def _tril(y, m, k=0):
    m_bar = unbroadcast(np.tril(y_bar, k), m)


@linear(np.triu, complex=True, calls=(
    Call("np.triu(x)", x=(3, 3)), Call("np.triu(x, 1)", x=(2, 4)), Call("np.triu(x, k=-1)", x=(2, 3, 3)),
    Call("np.triu(x)", x=(3,))))
def _triu(y, m, k=0):
    m_bar = unbroadcast(np.triu(y_bar, k), m)


# ---------------------------------------------------------------------------------------------------------------------
# Picking


@linear(np.take, np.ndarray.take, complex=True, calls=(
    Call("np.take(x, [0, 2, 0])", x=(3,)), Call("np.take(x, 4)", x=(2, 3)),
    Call("np.take(x, np.array([[0, 1], [1, 1]]), axis=1)", x=(2, 3)),
    Call("x.take([0, -1], axis=0)", x=(3, 2)), Call("np.take(x, 1, axis=-1)", x=(2, 3)),
    Call("np.take(x, [5, -7], mode='wrap')", x=(3,)),
    Call("np.take(x, [5, -7, 1], axis=0, mode='clip')", x=(3, 2))))
def _take(y, a, indices, axis=None, *, mode="raise"):
    a_bar = untake(y_bar, a, indices, axis, mode)


@linear(np.take_along_axis, complex=True, calls=(
    Call("np.take_along_axis(x, np.array([[0, 2, 0], [1, 1, 0]]), axis=1)", x=(2, 3)),
    Call("np.take_along_axis(x, np.array([[1, 0, 1]]), 0)", x=(2, 3)),
    Call("np.take_along_axis(x, np.array([3, 3, 0]), axis=None)", x=(2, 2)),
    Call("np.take_along_axis(x, np.array([[0], [-1]]), axis=-1)", x=(1, 3))))
def _take_along_axis(y, arr, indices, axis=-1):
    arr_bar = untake_along(y_bar, arr, indices, axis)


@linear(np.compress, ignores=("condition",), complex=True, calls=(
    Call("np.compress([True, False, True], x, axis=1)", x=(2, 3)),
                                          Call("np.compress([True, False, True], x)", x=(2, 3))))
def _compress(y, condition, a, axis=None):
    a_bar = untake(y_bar, a, np.flatnonzero(condition), axis, "raise")


@linear(np.extract, ignores=("condition",), complex=True, calls=(
    Call("np.extract([[True, False, True], [False, True, True]], x)", x=(2, 3)),))
def _extract(y, condition, arr):
    arr_bar = untake(y_bar, arr, np.flatnonzero(condition), None, "raise")


zero_derivative(np.flatnonzero, np.nonzero, np.argwhere)
