"""Linear algebra: systems of equations, inverses, powers, determinants; for single matrices and stacks, real and complex.

Adjoints are transposes without conjugation (see `srcad.rules.numpy_products`).

References: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008);
G. H. Golub and V. Pereyra (1973) for the pseudo-inverse.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.matrices import REGULAR, adjugated, beside_matrices, transposed
from srcad.rules.registry import Call, defadjoint, deftangent, zero_derivative
from srcad.runtime import block_triangular, cofactors, fit_residuals, inverse, minors, unbroadcast

zero_derivative(np.linalg.matrix_rank)

# ---------------------------------------------------------------------------------------------------------------------
# Systems and inverses


@defadjoint(np.linalg.solve, complex=True, calls=(
    Call(f"np.linalg.solve({REGULAR}, b)", a=(3, 3), b=(3,)),
    Call(f"np.linalg.solve({REGULAR}, b)", a=(3, 3), b=(3, 2)),
    Call(f"np.linalg.solve({REGULAR}, b)", a=(2, 3, 3), b=(2, 3, 1)),
    Call(f"np.linalg.solve({REGULAR}, b)", a=(2, 3, 3), b=(3, 2)),
    Call(f"np.linalg.solve({REGULAR}, b)", a=(3, 3), b=(2, 3, 2)),
    Call(f"np.linalg.solve({REGULAR}, b)", a=(2, 1, 3, 3), b=(4, 3, 2)),
    Call(f"np.linalg.solve({REGULAR}, b)", a=(2, 3, 3), b=(3,))))
def _solve(y, a, b):
    if np.ndim(a) == 2 and np.ndim(b) == 1:
        b_bar = np.linalg.solve(a.T, y_bar)
        a_bar = -np.outer(b_bar, y)
    elif np.ndim(a) == 2 and np.ndim(b) == 2:
        b_bar = np.linalg.solve(a.T, y_bar)
        a_bar = -b_bar @ y.T
    elif np.ndim(b) == 1:
        g = np.linalg.solve(transposed(a), y_bar[..., None])
        b_bar = unbroadcast(g[..., 0], b)
        a_bar = -g * y[..., None, :]
    else:
        g = np.linalg.solve(transposed(a), y_bar)
        b_bar = unbroadcast(g, b)
        a_bar = unbroadcast(-g @ transposed(y), a)


@deftangent(np.linalg.solve)
def _solve_tangent(y, a, b):
    if np.ndim(b) == 1 and np.ndim(a) > 2:
        y_dot = np.linalg.solve(a, (b_dot - (a_dot @ y[..., None])[..., 0])[..., None])[..., 0]
    else:
        y_dot = np.linalg.solve(a, b_dot - a_dot @ y)


@defadjoint(np.linalg.inv, inverse, complex=True, calls=(
    Call(f"np.linalg.inv({REGULAR})", a=(3, 3)), Call(f"np.linalg.inv({REGULAR})", a=(2, 3, 3))))
def _inv(y, a):
    a_bar = -transposed(y) @ y_bar @ transposed(y)


@deftangent(np.linalg.inv, inverse)
def _inv_tangent(y, a):
    y_dot = -y @ a_dot @ y


@defadjoint(np.linalg.pinv, complex=True, calls=(
    Call("np.linalg.pinv(a)", a=(3, 3)),
    Call("np.linalg.pinv(a)", a=(4, 2)),
    Call("np.linalg.pinv(a)", a=(2, 4)),
    Call("np.linalg.pinv(a)", a=(2, 3, 2)),
    Call("np.linalg.pinv(a, rcond=1e-12)", a=(3, 2))))
def _pinv(y, a, rcond=None, *, rtol=None):
    a_bar = pinv_adjoint(y, y_bar, a)


@deftangent(np.linalg.pinv)
def _pinv_tangent(y, a, rcond=None, *, rtol=None):
    y_dot = pinv_tangent(y, a, a_dot)


def pinv_adjoint(y, y_bar, a):
    """At constant rank (Golub and Pereyra 1973, eq. 4.12): three terms, the last two vanish for a regular matrix."""
    g = transposed(y_bar)
    rows = np.eye(np.shape(a)[-2]) - a @ y
    columns = np.eye(np.shape(a)[-1]) - y @ a
    return np.conj(rows @ g @ y @ adjugated(y) + adjugated(y) @ y @ g @ columns) - transposed(y @ g @ y)


def pinv_tangent(y, a, a_dot):
    rows = np.eye(np.shape(a)[-2]) - a @ y
    columns = np.eye(np.shape(a)[-1]) - y @ a
    d = adjugated(a_dot)
    return y @ adjugated(y) @ d @ rows + columns @ d @ adjugated(y) @ y - y @ a_dot @ y


@defadjoint(np.linalg.lstsq, complex=True, calls=(
    Call("np.linalg.lstsq(a, b)[0]", a=(4, 2), b=(4,)),
    Call("np.linalg.lstsq(a, b)[0]", a=(4, 2), b=(4, 3)),
    Call("np.linalg.lstsq(a, b)[0]", a=(2, 4), b=(2,)),
    Call("np.linalg.lstsq(a, b, rcond=None)[1]", a=(4, 2), b=(4, 3)),
    Call("np.linalg.lstsq(a, b, rcond=None)[1]", a=(4, 2), b=(4,)),
    Call("np.linalg.lstsq(a, b)[3]", a=(4, 2), b=(4,))))
def _lstsq(y, a, b, rcond=None):
    """The solution is ``pinv(a) @ b``; residuals are there only for more equations than unknowns, else it is empty."""
    bars = lstsq_adjoint(y, y_bar, a, b, np.linalg.pinv(a, rcond))
    a_bar = bars[0]
    b_bar = bars[1]


@deftangent(np.linalg.lstsq)
def _lstsq_tangent(y, a, b, rcond=None):
    y_dot = lstsq_tangent(y, a, b, a_dot, b_dot, np.linalg.pinv(a, rcond))


def lstsq_adjoint(y, y_bar, a, b, inverse):
    """The adjoints of the matrix and the right-hand sides, with the pseudo-inverse."""
    x = as_columns(y[0])
    rest = as_columns(b) - a @ x
    g = as_columns(y_bar[0])
    h = inverse.T @ g
    weighted = 2.0 * np.conj(rest) * fit_residuals(np.ravel(y_bar[1]), rest[0])
    columns = np.eye(np.shape(a)[1]) - inverse @ a
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    a_bar = (np.conj(rest @ g.T @ inverse @ adjugated(inverse) + adjugated(inverse) @ x @ g.T @ columns)
             - (h + weighted) @ x.T + np.conj(u * y_bar[3]) @ np.conj(vh))
    return a_bar, np.reshape(h + weighted, np.shape(b))


def lstsq_tangent(y, a, b, a_dot, b_dot, inverse):
    x = as_columns(y[0])
    rest = as_columns(b) - a @ x
    columns = np.eye(np.shape(a)[1]) - inverse @ a
    d = adjugated(a_dot)
    moved = as_columns(b_dot) - a_dot @ x
    x_dot = inverse @ moved + inverse @ adjugated(inverse) @ d @ rest + columns @ d @ adjugated(inverse) @ x
    squares = fit_residuals(2.0 * np.real(np.sum(np.conj(rest) * moved, 0)), np.ravel(y[1]))
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return (np.reshape(x_dot, np.shape(y[0])), np.reshape(squares, np.shape(y[1]))[()], None,
            np.real(np.sum(np.conj(u) * (a_dot @ adjugated(vh)), 0)))


def as_columns(b):
    """A vector as a matrix of one column."""
    return b[:, None] if np.ndim(b) == 1 else b


@defadjoint(np.linalg.matrix_power, complex=True, calls=(
    Call("np.linalg.matrix_power(a, 3)", a=(3, 3)),
    Call("np.linalg.matrix_power(a, 0)", a=(2, 2)),
    Call("np.linalg.matrix_power(a, 1)", a=(2, 2)),
    Call(f"np.linalg.matrix_power({REGULAR}, -2)", a=(3, 3)),
    Call("np.linalg.matrix_power(a, 5)", a=(2, 3, 3))))
def _matrix_power(y, a, n):
    """The power of ``[[a, e], [0, a]]`` has the derivative in the direction e beside the power of a."""
    size = np.shape(a)[-1]
    power = np.linalg.matrix_power(block_triangular(transposed(a), y_bar), n)
    a_bar = power[..., :size, size:]


@deftangent(np.linalg.matrix_power)
def _matrix_power_tangent(y, a, n):
    size = np.shape(a)[-1]
    power = np.linalg.matrix_power(block_triangular(a, a_dot), n)
    y_dot = power[..., :size, size:]


# ---------------------------------------------------------------------------------------------------------------------
# Determinants


@defadjoint(np.linalg.det, complex=True, calls=(
    Call("np.linalg.det(a)", a=(3, 3)),
    Call("np.linalg.det(a)", a=(2, 3, 3)),
    Call("np.linalg.det(a)", a=(1, 1)),
    Call("np.linalg.det(a * np.array([[1.0], [1.0], [0.0]]))", a=(3, 3)),
    Call("np.linalg.det(a[:, None] * a)", a=(3,)),
    Call("np.linalg.det(a * np.array([0.0, 1.0, 0.0, 0.0]))", a=(4, 4))))
def _det(y, a):
    """The cofactors also exist where the matrix is singular."""
    a_bar = beside_matrices(y_bar) * cofactors(a)


@deftangent(np.linalg.det)
def _det_tangent(y, a):
    y_dot = np.sum(cofactors(a) * a_dot, axis=(-2, -1))


@defadjoint(cofactors, complex=True, calls=(
    Call("cofactors(a)", a=(3, 3)), Call("cofactors(a)", a=(2, 2, 2))))
def _cofactors(y, a):
    a_bar = minors(a, y_bar)


@deftangent(cofactors)
def _cofactors_tangent(y, a):
    y_dot = minors(a, a_dot)


@defadjoint(minors, complex=True, calls=(
    Call(f"minors({REGULAR}, d)", a=(3, 3), d=(3, 3)), Call(f"minors({REGULAR}, d)", a=(2, 3, 3), d=(2, 3, 3))))
def _minors(y, a, d):
    """In `a` only for regular matrices: ``minors(a, d) = det(a) (tr(b d) b - b d b)^T`` with b the inverse of a."""
    d_bar = minors(a, y_bar)
    a_bar = third_derivative_of_det(a, d, y_bar)


@deftangent(minors)
def _minors_tangent(y, a, d):
    y_dot = minors(a, d_dot) + third_derivative_of_det(a, d, a_dot)


def third_derivative_of_det(a, d, e):
    """The gradient with respect to `a` of the sum of ``e * minors(a, d)``."""
    b = np.linalg.inv(a)
    bd = b @ d
    be = b @ e
    td = beside_matrices(np.trace(bd, 0, -2, -1))
    te = beside_matrices(np.trace(be, 0, -2, -1))
    tde = beside_matrices(np.trace(bd @ be, 0, -2, -1))
    inner = (td * te - tde) * b - te * bd @ b - td * be @ b + bd @ be @ b + be @ bd @ b
    return beside_matrices(np.linalg.det(a)) * transposed(inner)


@defadjoint(np.linalg.slogdet, complex=True, calls=(
    Call(f"np.linalg.slogdet({REGULAR})[1]", a=(3, 3)),
    Call(f"np.linalg.slogdet(-{REGULAR}).logabsdet", a=(2, 3, 3)),
    Call(f"np.linalg.slogdet({REGULAR})[0]", a=(3, 3)),
    Call(f"np.linalg.slogdet({REGULAR}).sign", a=(2, 3, 3))))
def _slogdet(y, a):
    g = y_bar[1]
    if np.iscomplexobj(a):
        g = g + 1j * np.imag(y_bar[0] * y[0])
    a_bar = beside_matrices(g) * transposed(inverse(a))


@deftangent(np.linalg.slogdet)
def _slogdet_tangent(y, a):
    slope = np.sum(transposed(inverse(a)) * a_dot, axis=(-2, -1))
    if np.iscomplexobj(a):
        y_dot = (1j * y[0] * np.imag(slope), np.real(slope))
    else:
        y_dot = (0.0 * y[0], slope)
