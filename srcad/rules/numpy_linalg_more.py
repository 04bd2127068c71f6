"""Eigenvalues of general matrices, condition numbers, products of many matrices, equations of tensors.

Eigenvectors are those that NumPy returns: of norm 1, their largest component real. Eigenvalues that are repeated are
treated as in `srcad.rules.numpy_linalg_factorisations`.

References: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008), 2.3.
"""

from __future__ import annotations

import math

import numpy as np

from srcad.rules.matrices import beside_matrices, over_gaps, transposed
from srcad.rules.numpy_linalg_norms import matrix_norm_slope
from srcad.rules.registry import Call, defadjoint, deftangent, linear
from srcad.rules.static import refuse
from srcad.runtime import as_complex, match_kind

_REGULAR = "(a + 4.0 * np.eye(3))"
#: Matrices with real, and with complex eigenvalues that are well apart.
_APART = "(0.3 * a + np.diag([0.0, 2.0, 5.0]))"
_TURNING = "(0.3 * a + np.array([[1.0, -2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 5.0]]))"


# ---------------------------------------------------------------------------------------------------------------------
# Eigenvalues


@defadjoint(np.linalg.eigvals, complex=True, calls=(
    Call(f"np.linalg.eigvals({_APART})", a=(3, 3)), Call(f"np.abs(np.linalg.eigvals({_TURNING}))", a=(3, 3)),
    Call(f"np.real(np.linalg.eigvals({_TURNING}))", a=(2, 3, 3)), Call("np.linalg.eigvals(a)", a=(1, 1))))
def _eigvals(y, a):
    a_bar = eigvals_adjoint(as_complex(np.linalg.eig(a)[1], a), y_bar, a)


@deftangent(np.linalg.eigvals)
def _eigvals_tangent(y, a):
    y_dot = match_kind(eigvals_tangent(as_complex(np.linalg.eig(a)[1], a), a_dot), y)


def eigvals_adjoint(v, w_bar, a):
    """The adjoint of a matrix with eigenvectors `v`."""
    return as_of(transposed(np.linalg.inv(v)) @ (as_complex(w_bar, a)[..., :, None] * transposed(v)), a)


def eigvals_tangent(v, a_dot):
    return np.diagonal(np.linalg.inv(v) @ a_dot @ v, 0, -2, -1)


def as_of(g, a):
    """The real part, if the matrix is real."""
    return g if np.iscomplexobj(a) else np.real(g)


@defadjoint(np.linalg.eig, complex=True, apart=True, calls=(
    Call(f"np.linalg.eig({_APART})[0]", a=(3, 3)),
    Call(f"np.linalg.eig({_APART})[1]", a=(3, 3)),
    Call(f"np.linalg.eig({_APART}).eigenvectors", a=(2, 3, 3)),
    Call(f"np.real(np.linalg.eig({_TURNING}).eigenvectors)", a=(3, 3)),
    Call(f"np.imag(np.linalg.eig({_TURNING})[1])", a=(2, 3, 3)),
    Call(f"np.abs(np.linalg.eig({_TURNING}).eigenvalues)", a=(3, 3))))
def _eig(y, a):
    a_bar = eig_adjoint(y, y_bar, a)


@deftangent(np.linalg.eig)
def _eig_tangent(y, a):
    y_dot = eig_tangent(y, a, a_dot)


def eig_adjoint(y, y_bar, a):
    """The transpose of the tangent, term by term."""
    w = as_complex(y[0], a)
    v = as_complex(y[1], a)
    v_bar = as_complex(y_bar[1], a)
    inverse = np.linalg.inv(v)
    along = np.sum(v_bar * v, axis=-2, keepdims=True)
    largest = largest_component(v)
    turned = np.imag(along) / np.real(np.take_along_axis(v, largest, -2))
    raw_bar = (v_bar - np.real(along) * np.conj(v)
               - 1j * turned * (np.reshape(np.arange(np.shape(v)[-1]), (-1, 1)) == largest))
    m = over_gaps(transposed(v) @ raw_bar, w) + np.eye(np.shape(a)[-1]) * as_complex(y_bar[0], a)[..., None, :]
    return as_of(transposed(inverse) @ m @ transposed(v), a)


def eig_tangent(y, a, a_dot):
    """An eigenvector keeps its norm, and its largest component stays real."""
    w = as_complex(y[0], a)
    v = as_complex(y[1], a)
    m = np.linalg.inv(v) @ a_dot @ v
    raw = v @ over_gaps(m, w)
    largest = largest_component(v)
    grown = np.real(np.sum(np.conj(v) * raw, axis=-2, keepdims=True))
    turned = np.imag(np.take_along_axis(raw, largest, -2)) / np.real(np.take_along_axis(v, largest, -2))
    return match_kind(np.diagonal(m, 0, -2, -1), y[0]), match_kind(raw - (grown + 1j * turned) * v, y[1])


def largest_component(v):
    """The place of every eigenvector's largest component."""
    return np.argmax(np.abs(v), axis=-2)[..., None, :]


# ---------------------------------------------------------------------------------------------------------------------
# Condition numbers


@defadjoint(np.linalg.cond, complex=True, calls=(
    Call("np.linalg.cond(a)", a=(3, 3)), Call("np.linalg.cond(a)", a=(4, 2)), Call("np.linalg.cond(a)", a=(2, 3, 3)),
    *(Call(f"np.linalg.cond({_REGULAR}, {p})", a=(3, 3)) for p in (2, -2, 1, -1, "np.inf", "-np.inf", "'fro'")),
    Call(f"np.linalg.cond({_REGULAR}, 1)", a=(2, 3, 3))))
def _cond(y, x, p=None):
    x_bar = beside_matrices(y_bar) * cond_slope(y, x, p)


@deftangent(np.linalg.cond)
def _cond_tangent(y, x, p=None):
    y_dot = np.real(np.sum(cond_slope(y, x, p) * x_dot, axis=(-2, -1)))


def norm_and_slope(x, p):
    """The norm of every matrix, its axes kept, and its derivative."""
    if p == np.inf or p == -np.inf:
        sizes = np.sum(np.abs(x), axis=-1, keepdims=True)
        norm = np.max(sizes, axis=-2, keepdims=True) if p == np.inf else np.min(sizes, axis=-2, keepdims=True)
    else:
        norm = np.linalg.norm(x, p, axis=(-2, -1), keepdims=True)
    return norm, matrix_norm_slope(norm, x, p)


def cond_slope(y, x, p):
    """The derivative of the condition number `y`: of ``norm(x) * norm(inv(x))``."""
    if p is None or p == 2 or p == -2:
        norm, slope = norm_and_slope(x, 2 if p is None else p)
        other, other_slope = norm_and_slope(x, -2 if p is None else -p)
        return beside_matrices(y) * (slope / norm - other_slope / other)
    inverse = np.linalg.inv(x)
    norm, slope = norm_and_slope(x, p)
    other, other_slope = norm_and_slope(inverse, p)
    return other * slope - norm * (transposed(inverse) @ other_slope @ transposed(inverse))


# ---------------------------------------------------------------------------------------------------------------------
# Products of many matrices, transposes


@defadjoint(np.linalg.multi_dot, complex=True, calls=(
    Call("np.linalg.multi_dot([a, b])", a=(2, 3), b=(3, 4)),
    Call("np.linalg.multi_dot([a, b, c])", a=(2, 3), b=(3, 4), c=(4, 2)),
    Call("np.linalg.multi_dot((a, b, c, a))", a=(2, 3), b=(3, 4), c=(4, 2)),
    Call("np.linalg.multi_dot([a, b, c])", a=(3,), b=(3, 4), c=(4, 2)),
    Call("np.linalg.multi_dot([a, b, c])", a=(2, 3), b=(3, 4), c=(4,)),
    Call("np.linalg.multi_dot([a, b, a])", a=(3,), b=(3, 3)),
    Call("np.linalg.multi_dot([a, np.ones((3, 2)), c])", a=(2, 3), c=(2, 4))))
def _multi_dot(y, arrays):
    arrays_bar = chain_adjoints(y_bar, *arrays)


def chain_adjoints(g, *arrays):
    """The adjoints of the factors; the first and the last may be vectors."""
    if len(arrays) == 2:
        return factor_adjoints(g, arrays[0], arrays[1])
    bars = factor_adjoints(g, arrays[0], chain(*arrays[1:]))
    return (bars[0], *chain_adjoints(bars[1], *arrays[1:]))


def chain(*arrays):
    """The factors' product; a single one is itself."""
    return arrays[0] @ arrays[1] if len(arrays) == 2 else np.linalg.multi_dot(arrays)


def factor_adjoints(g, a, b):
    """The adjoints of two factors of ``a @ b``."""
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return g * b, g * a
    if np.ndim(a) == 1:
        return b @ g, np.outer(a, g)
    if np.ndim(b) == 1:
        return np.outer(g, b), g @ a
    return g @ b.T, a.T @ g


@deftangent(np.linalg.multi_dot)
def _multi_dot_tangent(y, arrays):
    y_dot = chain_tangent((), (*arrays,), (*arrays_dot,))


def chain_tangent(before, arrays, dots):
    """The product rule: one term with each factor's tangent in its place."""
    moved = chain(*before, dots[0], *arrays[1:])
    return moved if len(arrays) == 1 else moved + chain_tangent((*before, arrays[0]), arrays[1:], dots[1:])


@linear(np.linalg.matrix_transpose, complex=True, calls=(
    Call("np.linalg.matrix_transpose(x)", x=(2, 3)), Call("np.linalg.matrix_transpose(x)", x=(2, 3, 4))))
def _matrix_transpose(y, x):
    x_bar = np.swapaxes(y_bar, -1, -2)


# ---------------------------------------------------------------------------------------------------------------------
# Equations of tensors: those of matrices, in another shape


@defadjoint(np.linalg.tensorsolve, complex=True, calls=(
    Call("np.linalg.tensorsolve(a + 4.0 * np.eye(6).reshape(2, 3, 6), b)", a=(2, 3, 6), b=(2, 3)),
    Call("np.linalg.tensorsolve(a + 4.0 * np.eye(4).reshape(4, 2, 2), b)", a=(4, 2, 2), b=(4,))))
def _tensorsolve(y, a, b, axes=None):
    if axes is not None:
        refuse("np.linalg.tensorsolve has a derivative rule without axes= only", "order the axes with np.moveaxis")
    n = np.size(b)
    g = np.linalg.solve(np.reshape(a, (n, n)).T, np.ravel(y_bar))
    b_bar = np.reshape(g, np.shape(b))
    a_bar = np.reshape(-np.outer(g, np.ravel(y)), np.shape(a))


@deftangent(np.linalg.tensorsolve)
def _tensorsolve_tangent(y, a, b, axes=None):
    if axes is not None:
        refuse("np.linalg.tensorsolve has a derivative rule without axes= only", "order the axes with np.moveaxis")
    n = np.size(b)
    moved = np.ravel(b_dot) - np.reshape(a_dot, (n, n)) @ np.ravel(y)
    y_dot = np.reshape(np.linalg.solve(np.reshape(a, (n, n)), moved), np.shape(y))


def as_square(a):
    n = math.isqrt(np.size(a))
    return np.reshape(a, (n, n))


@defadjoint(np.linalg.tensorinv, complex=True, calls=(
    Call("np.linalg.tensorinv(a + 4.0 * np.eye(6).reshape(2, 3, 6))", a=(2, 3, 6)),
    Call("np.linalg.tensorinv(a + 4.0 * np.eye(4).reshape(4, 2, 2), ind=1)", a=(4, 2, 2))))
def _tensorinv(y, a, ind=2):
    inverse = as_square(y)
    a_bar = np.reshape(-(inverse.T @ as_square(y_bar) @ inverse.T), np.shape(a))


@deftangent(np.linalg.tensorinv)
def _tensorinv_tangent(y, a, ind=2):
    inverse = as_square(y)
    y_dot = np.reshape(-(inverse @ as_square(a_dot) @ inverse), np.shape(y))
