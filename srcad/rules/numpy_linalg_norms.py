"""Linear algebra: norms of vectors and matrices.

Zero is a kink, where the derivative is taken as zero; ties are shared equally.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.matrices import adjugated, scaled_columns, transposed
from srcad.rules.numpy_reductions import summed
from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.runtime import divide_or_zero, polar_factor, unbroadcast

_MATRIX_NORMS = (", 'fro'", ", 'nuc'", ", 1", ", -1", ", 2", ", -2", ", np.inf", ", -np.inf")
_VECTOR_NORMS = ("", ", 2", ", 1", ", 3", ", 2.5", ", np.inf", ", -np.inf", ", -1", ", 0")


@defadjoint(np.linalg.norm, complex=True, calls=(
    *(Call(f"np.linalg.norm(x{order})", x=(4,)) for order in _VECTOR_NORMS),
    *(Call(f"np.linalg.norm(x{order}, axis=0)", x=(3, 2)) for order in _VECTOR_NORMS[1:]),
    *(Call(f"np.linalg.norm(x{order})", x=(3, 2)) for order in _MATRIX_NORMS),
    Call("np.linalg.norm(np.concatenate([x, x]), np.inf)", x=(3,)),
    Call("np.linalg.norm(np.hstack([x, x]), 1)", x=(3, 2)),
    Call("np.linalg.norm(x)", x=(2, 3)),
    Call("np.linalg.norm(x)", x=(2, 3, 2)),
    Call("np.linalg.norm(x, axis=-1)", x=(2, 3)),
    Call("np.linalg.norm(x, axis=1, keepdims=True)", x=(2, 3)),
    Call("np.linalg.norm(x, keepdims=True)", x=(2, 3)),
    Call("np.linalg.norm(x, axis=(0, 1))", x=(2, 3)),
    Call("np.linalg.norm(x, ord=1, axis=(0, 2))", x=(2, 3, 4)),
    Call("np.linalg.norm(x, ord=2, axis=(2, 0), keepdims=True)", x=(2, 3, 4)),
    Call("np.linalg.norm(x, ord=np.inf, axis=(-1, -2))", x=(2, 3, 4)),
    Call("np.linalg.norm(x, ord='nuc', axis=(2, 1))", x=(2, 3, 4))))
def _norm(y, x, ord=None, axis=None, keepdims=False):
    x_bar = norm_adjoint(y, y_bar, x, ord, axis, keepdims)


@deftangent(np.linalg.norm)
def _norm_tangent(y, x, ord=None, axis=None, keepdims=False):
    y_dot = norm_tangent(y, x, x_dot, ord, axis, keepdims)


def norm_adjoint(y, y_bar, x, ord, axis, keepdims):
    g = y_bar if axis is None or keepdims else np.expand_dims(y_bar, axis)
    norms = y if axis is None or keepdims else np.expand_dims(y, axis)
    if ord is None:
        return divide_or_zero(g, norms) * np.conj(x)
    return g * norm_slope(norms, x, ord, axis)


def norm_tangent(y, x, x_dot, ord, axis, keepdims):
    norms = y if axis is None or keepdims else np.expand_dims(y, axis)
    slope = divide_or_zero(np.conj(x), norms) if ord is None else norm_slope(norms, x, ord, axis)
    return np.real(summed(slope * x_dot, axis, keepdims))


def norm_slope(norms, x, ord, axis):
    """The derivative of norms, their reduced axes kept, with respect to the elements of `x`."""
    if isinstance(axis, int) or axis is None and np.ndim(x) == 1:
        return vector_norm_slope(norms, x, ord)
    if axis is None:
        return matrix_norm_slope(norms, x, ord)
    moved = matrix_norm_slope(np.moveaxis(norms, axis, (-2, -1)), np.moveaxis(x, axis, (-2, -1)), ord)
    return np.moveaxis(moved, (-2, -1), axis)


@defadjoint(np.linalg.vector_norm, complex=True, calls=(
    Call("np.linalg.vector_norm(x)", x=(2, 3)),
    Call("np.linalg.vector_norm(x, axis=0)", x=(2, 3)),
    Call("np.linalg.vector_norm(x, axis=(0, 2), keepdims=True)", x=(2, 3, 2)),
    Call("np.linalg.vector_norm(x, axis=1, ord=1)", x=(2, 3)),
    Call("np.linalg.vector_norm(x, axis=1, ord=3)", x=(2, 3)),
    Call("np.linalg.vector_norm(x, ord=np.inf)", x=(4,))))
def _vector_norm(y, x, *, axis=None, keepdims=False, ord=2):
    norms = y
    g = y_bar
    if axis is not None and not keepdims:
        norms = np.expand_dims(y, axis)
        g = np.expand_dims(y_bar, axis)
    x_bar = g * vector_norm_slope(norms, x, ord)


@deftangent(np.linalg.vector_norm)
def _vector_norm_tangent(y, x, *, axis=None, keepdims=False, ord=2):
    norms = y
    if axis is not None and not keepdims:
        norms = np.expand_dims(y, axis)
    y_dot = np.real(summed(vector_norm_slope(norms, x, ord) * x_dot, axis, keepdims))


@defadjoint(np.linalg.matrix_norm, complex=True, calls=(
    Call("np.linalg.matrix_norm(x)", x=(2, 3)),
    Call("np.linalg.matrix_norm(x, ord='nuc')", x=(2, 3, 2)),
    Call("np.linalg.matrix_norm(x, ord=1, keepdims=True)", x=(2, 3, 2))))
def _matrix_norm(y, x, *, keepdims=False, ord="fro"):
    norms = y if keepdims else np.expand_dims(y, (-2, -1))
    g = y_bar if keepdims else np.expand_dims(y_bar, (-2, -1))
    x_bar = g * matrix_norm_slope(norms, x, ord)


@deftangent(np.linalg.matrix_norm)
def _matrix_norm_tangent(y, x, *, keepdims=False, ord="fro"):
    norms = y if keepdims else np.expand_dims(y, (-2, -1))
    y_dot = np.real(summed(matrix_norm_slope(norms, x, ord) * x_dot, (-2, -1), keepdims))


def direction(x):
    """The derivative of the absolute value, 0 at 0."""
    return divide_or_zero(np.conj(x), np.abs(x)) if np.iscomplexobj(x) else np.sign(x)


def shared(sizes, axis, largest):
    """An equal share of one for the largest, or the smallest, along `axis`."""
    extreme = np.max(sizes, axis=axis, keepdims=True) if largest else np.min(sizes, axis=axis, keepdims=True)
    chosen = sizes == extreme
    return chosen / np.sum(chosen, axis=axis, keepdims=True)


def vector_norm_slope(y, x, ord):
    """The derivative of the norm `y` (its reduced axes kept, or a number) with respect to the vector's elements."""
    if ord == 2:
        return divide_or_zero(np.conj(x), y)
    if ord == 1:
        return direction(x)
    if ord == 0:
        return np.zeros_like(x)
    size = np.abs(x)
    if ord == np.inf or ord == -np.inf:
        chosen = size == y
        return np.where(chosen, direction(x), 0.0) / unbroadcast(1.0 * chosen, y)
    return direction(x) * divide_or_zero(size, y) ** (ord - 1)


def matrix_norm_slope(y, x, ord):
    """The derivative of the norm `y` (its axes kept) with respect to the matrices in the last two axes of `x`."""
    if ord == "fro":
        return divide_or_zero(np.conj(x), y)
    if ord == 1 or ord == -1:
        sizes = np.sum(np.abs(x), axis=-2, keepdims=True)
        return direction(x) * shared(sizes, -1, ord == 1)
    if ord == np.inf or ord == -np.inf:
        sizes = np.sum(np.abs(x), axis=-1, keepdims=True)
        return direction(x) * shared(sizes, -2, ord == np.inf)
    if ord == "nuc":
        return np.conj(polar_factor(x))
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    weights = shared(s, -1, ord == 2) * np.sign(s)
    chosen = (weights > 0)[..., None, :]                 # the other vectors may have no derivative
    return np.conj(scaled_columns(np.where(chosen, u, 0.0), weights)) @ np.conj(np.where(transposed(chosen), vh, 0.0))


@defadjoint(polar_factor, complex=True, calls=(
    Call("polar_factor(a)", a=(3, 3)), Call("polar_factor(a)", a=(4, 2)), Call("polar_factor(a)", a=(2, 2, 3))))
def _polar_factor(y, x):
    """The gradient of the nuclear norm, so the map from tangents to tangents is symmetric."""
    x_bar = np.conj(polar_tangent(x, np.conj(y_bar)))


@deftangent(polar_factor)
def _polar_factor_tangent(y, x):
    y_dot = polar_tangent(x, x_dot)


def polar_tangent(x, d):
    """Finite where singular values are repeated: only sums of them are divided by."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    across = d @ adjugated(vh)
    down = adjugated(u) @ d
    m = adjugated(u) @ across
    turned = (m - adjugated(m)) / (s[..., None, :] + s[..., :, None])
    return (u @ turned + (across - u @ m) / s[..., None, :]) @ vh + u @ ((down - m @ vh) / s[..., :, None])
