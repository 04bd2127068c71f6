"""Making arrays: copies and conversions, arrays from lists, filled and evenly spaced arrays."""

from __future__ import annotations

import numpy as np

from srcad.rules.registry import Call, defadjoint, deftangent, linear, zero_derivative
from srcad.runtime import match_kind, nest_like, unbroadcast, zeros_like

zero_derivative(np.zeros, np.ones, np.empty, np.eye, np.identity, np.zeros_like, np.ones_like, np.empty_like, np.tri,
                np.indices, np.tril_indices, np.triu_indices, np.diag_indices)

# ---------------------------------------------------------------------------------------------------------------------
# Copies and conversions. A list of numbers and arrays becomes an array; its adjoint is a list again.


@linear(np.asarray, np.asanyarray, complex=True, calls=(
    Call("np.asarray(x)", x=(2, 3)),
    Call("np.asarray(x, dtype=np.float64)", x=(3,)),
    Call("np.asarray(x)", x=()),
    Call("np.asarray([a, b, 2.0])", a=(), b=()),
    Call("np.asarray(((a, b), (1.0, a)))", a=(), b=()),
    Call("np.asarray([a, b])", a=(3,), b=(3,))))
def _asarray(y, a, dtype=None, order=None, *, copy=None):
    a_bar = nest_like(y_bar, a) if isinstance(a, (list, tuple)) else y_bar


@linear(np.array, complex=True, calls=(
    Call("np.array(x)", x=(2, 3)),
    Call("np.array(x, copy=True)", x=(3,)),
    Call("np.array(x, ndmin=3)", x=(2, 3)),
    Call("np.array(x)", x=()),
    Call("np.array([a, b, a])", a=(), b=()),
    Call("np.array([[a, 1.0], [b, a]])", a=(), b=()),
    Call("np.array((a, b))", a=(2, 2), b=(2, 2)),
    Call("np.array([a, 1])", a=()),
    Call("np.array([a], dtype=np.complex128)", a=())))
def _array(y, object, dtype=None, *, copy=True, order="K", ndmin=0):
    g = np.reshape(y_bar, np.shape(object)) if ndmin else y_bar
    object_bar = nest_like(g, object) if isinstance(object, (list, tuple)) else g


@linear(np.copy, complex=True, calls=(
    Call("np.copy(x)", x=(2, 3)),
    Call("np.copy(x, order='F')", x=(2, 3))))
def _copy(y, a, order="K"):
    a_bar = nest_like(y_bar, a) if isinstance(a, (list, tuple)) else y_bar


@linear(np.ndarray.copy, complex=True, calls=(
    Call("x.copy()", x=(2, 3)),
    Call("x.copy('F')", x=(2, 3))))
def _array_copy(y, a, order="C"):
    a_bar = y_bar


@linear(np.ascontiguousarray, np.asfortranarray, complex=True, calls=(
    Call("np.ascontiguousarray(x.T)", x=(2, 3)),
    Call("np.ascontiguousarray(x)", x=(3,)),
    Call("np.ascontiguousarray(x)", x=()),
    Call("np.asfortranarray(x)", x=(2, 3))))
def _contiguous(y, a):
    """What these make of a number has one axis."""
    g = np.reshape(y_bar, np.shape(a)) if np.ndim(a) == 0 else y_bar
    a_bar = nest_like(g, a) if isinstance(a, (list, tuple)) else g


@linear(np.ndarray.astype, np.astype, complex=True, calls=(
    Call("x.astype(np.float64)", x=(2, 3)),
    Call("x.astype(float, copy=False)", x=(3,)),
    Call("x.astype('complex128')", x=(3,)),
    Call("np.astype(x, np.float64)", x=(3,))))
def _astype(y, a, dtype, order="K", casting="unsafe", subok=True, copy=True):
    a_bar = y_bar


@linear(np.ndarray.item, complex=True, calls=(
    Call("x.item()", x=(1, 1)), Call("x.item(4)", x=(2, 3)), Call("x.item(1, -1)", x=(2, 3))))
def _item(y, a, *index):
    a_bar = one_element(a, index) * y_bar


def one_element(a, index):
    """One where ``a.item(*index)`` reads, zeros elsewhere."""
    positions = np.reshape(np.arange(np.size(a)), np.shape(a))
    return np.equal(positions, np.ndarray.item(positions, *index))


# ---------------------------------------------------------------------------------------------------------------------
# Filled


@linear(np.full, complex=True, calls=(
    Call("np.full((2, 3), x)", x=()),
    Call("np.full(4, x)", x=()),
    Call("np.full((2, 3), x)", x=(3,)),
    Call("np.full((2, 3), x)", x=(2, 1)),
    Call("np.full(0, x)", x=()),
    Call("np.full((), x)", x=()),
    Call("np.full(3, fill_value=x, dtype=np.float64)", x=())))
def _full(y, shape, fill_value, dtype=None):
    fill_value_bar = unbroadcast(y_bar, fill_value)


@linear(np.full_like, ignores=("a",), complex=True, calls=(
    Call("np.full_like(np.zeros((2, 3)), x)", x=()),
    Call("np.full_like(np.zeros((2, 3)), x)", x=(3,)),
    Call("np.full_like(a, x)", a=(2,), x=()),
    Call("np.full_like(np.zeros(2), x, shape=(3, 2))", x=())))
def _full_like(y, a, fill_value, dtype=None, *, shape=None):
    fill_value_bar = unbroadcast(y_bar, fill_value)


# ---------------------------------------------------------------------------------------------------------------------
# Evenly spaced


@linear(np.linspace, complex=True, calls=(
    Call("np.linspace(a, b)", a=(), b=()),
    Call("np.linspace(a, b, 5)", a=(), b=()),
    Call("np.linspace(a, b, num=4, endpoint=False)", a=(), b=()),
    Call("np.linspace(a, 3.0, 1)", a=()),
    Call("np.linspace(a, b, 4)", a=(3,), b=(3,)),
    Call("np.linspace(a, b, 4, axis=-1)", a=(2, 3), b=(3,)),
    Call("np.linspace(a, b, 4)", a=(), b=(2,)),
    Call("np.linspace(0.0, b, 0)", b=())))
def _linspace(y, start, stop, num=50, endpoint=True, *, dtype=None, axis=0):
    weights = np.linspace(0.0, 1.0, num, endpoint)
    first = np.moveaxis(y_bar, axis, 0)
    start_bar = match_kind(unbroadcast(np.tensordot(1.0 - weights, first, 1), start), start)
    stop_bar = match_kind(unbroadcast(np.tensordot(weights, first, 1), stop), stop)


@defadjoint(np.arange, domain=((0.0, 1.0), (3.2, 3.8), (0.5, 0.6)), calls=(
    Call("np.arange(a, b)", a=(), b=()),
    Call("np.arange(a, 4.5, s)", a=(), s=()),
    Call("np.arange(a, b, 0.4)", a=(), b=())))
def _arange(y, start, stop=None, step=1):
    """How many elements there are is piecewise constant; the k-th is ``start + k * step``."""
    if stop is None:
        start_bar = zeros_like(start)
    else:
        start_bar = np.sum(y_bar)
        stop_bar = zeros_like(stop)
        step_bar = np.arange(np.size(y)) @ y_bar


@deftangent(np.arange)
def _arange_tangent(y, start, stop=None, step=1):
    if stop is None:
        y_dot = np.zeros_like(y)
    else:
        y_dot = np.broadcast_to(start_dot, np.shape(y)) + np.arange(np.size(y)) * step_dot
