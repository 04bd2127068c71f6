"""Discrete calculus: differences, running sums and products, gradients, integrals, interpolation, convolution.

Running products are exact with zeros among the factors: their adjoint is a linear recurrence, without division.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.registry import Call, defadjoint, deftangent, linear, multilinear
from srcad.rules.static import refuse
from srcad.runtime import (
    neighbour_sum,
    nest_like,
    place_window,
    recurrence,
    recurrence_back,
    shift,
    split_like,
    spread_neighbours,
    unbroadcast,
    undiff,
    ungradient,
    untake,
    widen_end,
)

# ---------------------------------------------------------------------------------------------------------------------
# Differences


@linear(np.diff, complex=True, calls=(
    Call("np.diff(x)", x=(5,)),
    Call("np.diff(x, axis=0)", x=(4, 3)),
    Call("np.diff(x, 2)", x=(5,)),
    Call("np.diff(x, n=3, axis=0)", x=(5, 2)),
    Call("np.diff(x, 0)", x=(3,)),
    Call("np.diff(x, 2)", x=(2,)),
    Call("np.diff(x)", x=(1,)),
    Call("np.diff(x, prepend=p)", x=(4,), p=()),
    Call("np.diff(x, prepend=0.0, append=x)", x=(4,)),
    Call("np.diff(x, prepend=p, append=q, axis=0)", x=(4, 2), p=(), q=(1, 2)),
    Call("np.diff(x, axis=0, append=p)", x=(4, 2), p=(2, 2)),
    Call("np.diff(x, prepend=p, n=2)", x=(2, 4), p=())))
def _diff(y, a, n=1, axis=-1, prepend=None, append=None):
    if prepend is None and append is None:
        a_bar = undiff(y_bar, a, n, axis)
    elif append is None:
        parts = (widen_end(prepend, a, axis), a)
        bars = split_like(undiff(y_bar, np.concatenate(parts, axis), n, axis), parts, axis)
        prepend_bar = unbroadcast(bars[0], prepend)
        a_bar = bars[1]
    elif prepend is None:
        parts = (a, widen_end(append, a, axis))
        bars = split_like(undiff(y_bar, np.concatenate(parts, axis), n, axis), parts, axis)
        a_bar = bars[0]
        append_bar = unbroadcast(bars[1], append)
    else:
        parts = (widen_end(prepend, a, axis), a, widen_end(append, a, axis))
        bars = split_like(undiff(y_bar, np.concatenate(parts, axis), n, axis), parts, axis)
        prepend_bar = unbroadcast(bars[0], prepend)
        a_bar = bars[1]
        append_bar = unbroadcast(bars[2], append)


@linear(np.ediff1d, complex=True, calls=(Call("np.ediff1d(x)", x=(5,)), Call("np.ediff1d(x)", x=(2, 3))))
def _ediff1d(y, ary):
    ary_bar = np.reshape(undiff(y_bar, np.ravel(ary), 1, 0), np.shape(ary))


# ---------------------------------------------------------------------------------------------------------------------
# Running sums and products


@linear(np.cumsum, np.ndarray.cumsum, complex=True, calls=(
    Call("np.cumsum(x)", x=(4,)),
    Call("np.cumsum(x)", x=(2, 3)),
    Call("np.cumsum(x, axis=0)", x=(3, 2)),
    Call("np.cumsum(x, -1)", x=(2, 3, 4)),
    Call("x.cumsum()", x=(4,)),
    Call("x.cumsum(axis=1)", x=(2, 3)),
    Call("np.cumsum(x)", x=()),
    Call("np.cumsum(x)", x=(0,))))
def _cumsum(y, a, axis=None, dtype=None):
    if np.ndim(a) == 1:
        a_bar = np.cumsum(y_bar[::-1])[::-1]
    elif axis is None:
        a_bar = np.reshape(np.cumsum(y_bar[::-1])[::-1], np.shape(a))
    else:
        a_bar = np.flip(np.cumsum(np.flip(y_bar, axis), axis), axis)


@defadjoint(np.cumprod, np.ndarray.cumprod, complex=True, calls=(
    Call("np.cumprod(x)", x=(4,)),
    Call("np.cumprod(x)", x=(2, 3)),
    Call("np.cumprod(x, axis=0)", x=(3, 2)),
    Call("np.cumprod(x, -1)", x=(2, 3, 4)),
    Call("x.cumprod(axis=1)", x=(2, 3)),
    Call("np.cumprod(x * np.array([1.0, 0.0, 1.0, 0.0]))", x=(4,)),
    Call("np.cumprod(x)", x=(0,))))
def _cumprod(y, a, axis=None, dtype=None):
    if axis is None:
        a_bar = np.reshape(recurrence_back(np.ravel(a), y_bar, 0) * shift(y, 0, 1.0), np.shape(a))
    else:
        a_bar = recurrence_back(a, y_bar, axis) * shift(y, axis, 1.0)


@deftangent(np.cumprod, np.ndarray.cumprod)
def _cumprod_tangent(y, a, axis=None, dtype=None):
    if axis is None:
        y_dot = recurrence(np.ravel(a), np.ravel(a_dot) * shift(y, 0, 1.0), 0)
    else:
        y_dot = recurrence(a, a_dot * shift(y, axis, 1.0), axis)


if hasattr(np, "cumulative_sum"):  # NumPy 2.1

    @linear(np.cumulative_sum, complex=True, calls=(
        Call("np.cumulative_sum(x)", x=(4,)),
        Call("np.cumulative_sum(x, axis=0)", x=(3, 2)),
        Call("np.cumulative_sum(x)", x=()), Call("np.cumulative_sum(x, include_initial=True)", x=()),
        Call("np.cumulative_sum(x, axis=-1, include_initial=True)", x=(2, 3))))
    def _cumulative_sum(y, x, *, axis=None, dtype=None, include_initial=False):
        along = 0 if axis is None else axis
        g = np.split(y_bar, [1], along)[1] if include_initial else y_bar
        x_bar = of_number(np.flip(np.cumsum(np.flip(g, along), along), along), x)

    @defadjoint(np.cumulative_prod, complex=True, calls=(
        Call("np.cumulative_prod(x)", x=(4,)),
        Call("np.cumulative_prod(x, axis=0)", x=(3, 2)),
        Call("np.cumulative_prod(x)", x=()), Call("np.cumulative_prod(x, include_initial=True)", x=()),
        Call("np.cumulative_prod(x, axis=-1, include_initial=True)", x=(2, 3))))
    def _cumulative_prod(y, x, *, axis=None, dtype=None, include_initial=False):
        along = 0 if axis is None else axis
        if include_initial:
            g = np.split(y_bar, [1], along)[1]
            before = np.split(y, [-1], along)[0]
        else:
            g = y_bar
            before = shift(y, along, 1.0)
        x_bar = of_number(recurrence_back(np.atleast_1d(x), g, along) * before, x)

    @deftangent(np.cumulative_prod)
    def _cumulative_prod_tangent(y, x, *, axis=None, dtype=None, include_initial=False):
        along = 0 if axis is None else axis
        if include_initial:
            before = np.split(y, [-1], along)[0]
            later = recurrence(np.atleast_1d(x), x_dot * before, along)
            y_dot = np.concatenate([np.zeros_like(np.split(y, [1], along)[0]), later], along)
        else:
            y_dot = recurrence(np.atleast_1d(x), x_dot * shift(y, along, 1.0), along)


# ---------------------------------------------------------------------------------------------------------------------
# Gradients and integrals


@defadjoint(np.gradient, complex=True, calls=(
    Call("np.gradient(f)", f=(5,)),
    Call("np.gradient(f, 0.5)", f=(5,)),
    Call("np.gradient(f, h)", f=(4,), h=()),
    Call("np.gradient(f, axis=0)", f=(4, 3)),
    Call("np.gradient(f, 0.1, axis=-1, edge_order=2)", f=(2, 5)),
    Call("np.gradient(f, edge_order=2)", f=(3,)),
    Call("np.gradient(f)", f=(2,))))
def _gradient(y, f, *varargs, axis=None, edge_order=1):
    if (axis is None and np.ndim(f) != 1) or not (axis is None or isinstance(axis, int)):
        refuse("the derivative of np.gradient along several axes at once is not known", "give one axis=")
    along = 0 if axis is None else axis
    if len(varargs) == 0:
        f_bar = ungradient(y_bar, f, along, edge_order)
    else:
        if np.ndim(varargs[0]) != 0:
            refuse("the derivative of np.gradient for given coordinates is not known", "give the spacing as a number")
        f_bar = ungradient(y_bar / varargs[0], f, along, edge_order)
        varargs_bar = (-np.sum(y_bar * y) / varargs[0],)


@deftangent(np.gradient)
def _gradient_tangent(y, f, *varargs, axis=None, edge_order=1):
    if (axis is None and np.ndim(f) != 1) or not (axis is None or isinstance(axis, int)):
        refuse("the derivative of np.gradient along several axes at once is not known", "give one axis=")
    along = 0 if axis is None else axis
    if len(varargs) == 0:
        y_dot = np.gradient(f_dot, axis=along, edge_order=edge_order)
    else:
        if np.ndim(varargs[0]) != 0:
            refuse("the derivative of np.gradient for given coordinates is not known", "give the spacing as a number")
        y_dot = np.gradient(f_dot, axis=along, edge_order=edge_order) / varargs[0] - y * (varargs_dot[0] / varargs[0])


@defadjoint(np.trapezoid, complex=True, calls=(
    Call("np.trapezoid(f)", f=(5,)),
    Call("np.trapezoid(f, dx=h)", f=(4,), h=()),
    Call("np.trapezoid(f, x)", f=(4,), x=(4,)),
    Call("np.trapezoid(f, x, axis=0)", f=(4, 3), x=(4,)),
    Call("np.trapezoid(f, x)", f=(2, 4), x=(2, 4)),
    Call("np.trapezoid(f, dx=0.5, axis=0)", f=(3, 2)),
    Call("np.trapezoid(f)", f=(1,))))
def _trapezoid(z, y, x=None, dx=1.0, axis=-1):
    g = np.expand_dims(z_bar, axis)
    if x is None:
        y_bar = spread_neighbours(np.broadcast_to(0.5 * dx * g, np.shape(neighbour_sum(y, axis))), axis)
        dx_bar = 0.5 * np.sum(g * neighbour_sum(y, axis))
    else:
        widths = steps_along(x, y, axis)
        terms = g * neighbour_sum(y, axis)
        y_bar = spread_neighbours(0.5 * g * widths, axis)
        if np.ndim(x) == 1:
            x_bar = undiff(unbroadcast(0.5 * np.moveaxis(terms, axis, -1), np.diff(x)), x, 1, -1)
        else:
            x_bar = undiff(unbroadcast(0.5 * terms, widths), x, 1, axis)


@deftangent(np.trapezoid)
def _trapezoid_tangent(z, y, x=None, dx=1.0, axis=-1):
    if x is None:
        z_dot = np.trapezoid(y_dot, dx=dx, axis=axis) + dx_dot * np.trapezoid(y, axis=axis)
    else:
        z_dot = np.trapezoid(y_dot, x, axis=axis) + np.trapezoid(y, x_dot, axis=axis)


def steps_along(x, y, axis):
    """The steps between the coordinates of y's elements along `axis`."""
    if np.ndim(x) == 1:
        return np.moveaxis(np.reshape(np.diff(x), (1,) * (np.ndim(y) - 1) + (-1,)), -1, axis)
    return np.diff(x, axis=axis)


# ---------------------------------------------------------------------------------------------------------------------
# Interpolation and convolution


@defadjoint(np.interp, domain=((-1.5, 3.5), (-2.0, 2.0), (-2.0, 2.0)), calls=(
    Call("np.interp(x, np.array([0.0, 1.0, 1.5, 3.0]), f)", x=(6,), f=(4,)),
    Call("np.interp(x, np.cumsum(np.exp(p)), f)", x=(5,), p=(3,), f=(3,)),
    Call("np.interp(x, np.array([0.0, 1.0, 2.0]), f, left=a, right=b)", x=(2, 3), f=(3,), a=(), b=()),
    Call("np.interp(x, [0.0, 2.0], [1.0, 4.0])", x=())))
def _interp(y, x, xp, fp, left=None, right=None):
    """The slope on a node is that of the interval above it (at the last one, of the interval below)."""
    nodes = np.asarray(xp)
    values = np.asarray(fp)
    below = x < nodes[0]
    above = x > nodes[-1]
    k = np.clip(np.searchsorted(nodes, x, "right") - 1, 0, np.size(nodes) - 2)
    width = nodes[k + 1] - nodes[k]
    part = (np.clip(x, nodes[0], nodes[-1]) - nodes[k]) / width
    g = np.where(below | above, 0.0, y_bar)
    slope = g * (values[k + 1] - values[k]) / width
    x_bar = slope
    moved = -untake(slope * (1.0 - part), nodes, k, 0, "raise") - untake(slope * part, nodes, k + 1, 0, "raise")
    xp_bar = nest_like(moved, xp) if isinstance(xp, (list, tuple)) else moved
    h = y_bar
    if left is not None:
        left_bar = np.sum(np.where(below, y_bar, 0.0))
        h = np.where(below, 0.0, h)
    if right is not None:
        right_bar = np.sum(np.where(above, y_bar, 0.0))
        h = np.where(above, 0.0, h)
    raised = untake(h * (1.0 - part), values, k, 0, "raise") + untake(h * part, values, k + 1, 0, "raise")
    fp_bar = nest_like(raised, fp) if isinstance(fp, (list, tuple)) else raised


@deftangent(np.interp)
def _interp_tangent(y, x, xp, fp, left=None, right=None):
    nodes = np.asarray(xp)
    values = np.asarray(fp)
    nodes_dot = np.asarray(xp_dot)
    values_dot = np.asarray(fp_dot)
    below = x < nodes[0]
    above = x > nodes[-1]
    k = np.clip(np.searchsorted(nodes, x, "right") - 1, 0, np.size(nodes) - 2)
    width = nodes[k + 1] - nodes[k]
    part = (np.clip(x, nodes[0], nodes[-1]) - nodes[k]) / width
    slope = np.where(below | above, 0.0, (values[k + 1] - values[k]) / width)
    moved = values_dot[k] * (1.0 - part) + values_dot[k + 1] * part
    if left is not None:
        moved = np.where(below, left_dot, moved)
    if right is not None:
        moved = np.where(above, right_dot, moved)
    y_dot = moved + slope * (x_dot - nodes_dot[k] * (1.0 - part) - nodes_dot[k + 1] * part)


def _signals(name: str) -> tuple:
    return tuple(Call(f"np.{name}(a, v, '{mode}')", a=a, v=v) for mode in ("full", "same", "valid")
                 for a, v in (((5,), (3,)), ((3,), (5,)), ((4,), (4,)), ((5,), (2,)), ((4,), (1,)), ((2,), (5,))))


@multilinear(np.convolve, complex=True, calls=(*_signals("convolve"), Call("np.convolve(a, v)", a=(4,), v=(2,)),
    Call("np.convolve(a, v)", a=(), v=()),
    Call("np.convolve(a, v)", a=(), v=(3,)), Call("np.convolve(a, v, 'same')", a=(3,), v=())))
def _convolve(y, a, v, mode="full"):
    a1 = np.atleast_1d(a) if np.ndim(a) == 0 else a
    v1 = np.atleast_1d(v) if np.ndim(v) == 0 else v
    full = y_bar if mode == "full" else place_window(y_bar, a1, v1, mode, False)
    a_bar = of_number(np.convolve(full, v1[::-1], "valid"), a)
    v_bar = of_number(np.convolve(full, a1[::-1], "valid"), v)


def of_number(g, x):
    """An adjoint of one element as that of a number, which NumPy takes for one element."""
    return g[0] if np.ndim(x) == 0 else g


@multilinear(np.correlate, complex=True, calls=(*_signals("correlate"), Call("np.correlate(a, v)", a=(4,), v=(2,))))
def _correlate(y, a, v, mode="valid"):
    full = y_bar if mode == "full" else place_window(y_bar, a, v, mode, True)
    a_bar = np.convolve(full, np.conj(v), "valid")
    v_bar = np.conj(np.convolve(full, a[::-1], "valid")[::-1])
