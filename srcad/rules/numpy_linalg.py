"""Linear algebra, for single matrices and stacks, real and complex.

Adjoints are transposes without conjugation (see `srcad.rules.numpy_products`). Functions that read one triangle of a
matrix (`cholesky`, `eigh`) have an adjoint in that triangle. Where eigenvalues or singular values are repeated, or a
singular value is zero, there is no derivative of the vectors that belong to them: arithmetic divides by zero. No finite
number can stand there, for the derivatives of ``v @ diag(f(w)) @ v.T`` and of projections on the space that the vectors
span, both functions that do not depend on the choice of basis, would ask for different ones. Eigenvalues and singular
values alone have the derivative that belongs to the basis that NumPy returns, which is exact for symmetric functions of
them.

References: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008);
G. H. Golub and V. Pereyra (1973) for the pseudo-inverse; I. Murray, "Differentiation of the Cholesky decomposition"
(2016).
"""

from __future__ import annotations

import numpy as np

from srcad.rules.numpy_reductions import summed
from srcad.rules.registry import Call, defadjoint, deftangent, zero_derivative
from srcad.rules.static import refuse
from srcad.runtime import block_triangular, cofactors, divide_or_zero, fit_residuals, inverse, minors, polar_factor, unbroadcast

zero_derivative(np.linalg.matrix_rank)

#: A well-conditioned matrix (or stack of them) from any numbers `a`, square; a positive definite Hermitian one.
_REGULAR = "(a + 4.0 * np.eye(3))"
_POSITIVE = "(a @ np.conj(np.swapaxes(a, -1, -2)) + 2.0 * np.eye(3))"
_HERMITIAN = "(a + np.conj(np.swapaxes(a, -1, -2)) + np.diag([0.0, 5.0, 11.0]))"


def transposed(a):
    """The matrix, or every matrix of a stack, transposed."""
    return a.T if np.ndim(a) == 2 else np.swapaxes(a, -1, -2)


def adjugated(a):
    """The conjugate transpose."""
    return np.conj(transposed(a))


def scaled_columns(v, w):
    """``v @ diag(w)``"""
    return v * w[..., None, :]


def beside_matrices(s):
    """A number for every matrix of a stack, to be multiplied with the matrices."""
    return s if np.ndim(s) == 0 else s[..., None, None]


def over_gaps(m, values):
    """Off the diagonal `m` divided by the differences of `values`, in the order column minus row; zero on it."""
    own = np.eye(np.shape(values)[-1])
    return m / (values[..., None, :] - values[..., :, None] + own) * (1.0 - own)


def diagonal_part(a):
    """The matrix with zeros off its diagonal."""
    return a * np.eye(np.shape(a)[-1])


# ---------------------------------------------------------------------------------------------------------------------
# Systems and inverses


@defadjoint(np.linalg.solve, complex=True, calls=(
    Call(f"np.linalg.solve({_REGULAR}, b)", a=(3, 3), b=(3,)),
    Call(f"np.linalg.solve({_REGULAR}, b)", a=(3, 3), b=(3, 2)),
    Call(f"np.linalg.solve({_REGULAR}, b)", a=(2, 3, 3), b=(2, 3, 1)),
    Call(f"np.linalg.solve({_REGULAR}, b)", a=(2, 3, 3), b=(3, 2)),
    Call(f"np.linalg.solve({_REGULAR}, b)", a=(3, 3), b=(2, 3, 2)),
    Call(f"np.linalg.solve({_REGULAR}, b)", a=(2, 1, 3, 3), b=(4, 3, 2)),
    Call(f"np.linalg.solve({_REGULAR}, b)", a=(2, 3, 3), b=(3,))))
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
    Call(f"np.linalg.inv({_REGULAR})", a=(3, 3)), Call(f"np.linalg.inv({_REGULAR})", a=(2, 3, 3))))
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
    Call(f"np.linalg.matrix_power({_REGULAR}, -2)", a=(3, 3)),
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
    Call(f"minors({_REGULAR}, d)", a=(3, 3), d=(3, 3)), Call(f"minors({_REGULAR}, d)", a=(2, 3, 3), d=(2, 3, 3))))
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
    Call(f"np.linalg.slogdet({_REGULAR})[1]", a=(3, 3)),
    Call(f"np.linalg.slogdet(-{_REGULAR}).logabsdet", a=(2, 3, 3)),
    Call(f"np.linalg.slogdet({_REGULAR})[0]", a=(3, 3)),
    Call(f"np.linalg.slogdet({_REGULAR}).sign", a=(2, 3, 3))))
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


# ---------------------------------------------------------------------------------------------------------------------
# Factorisations of Hermitian matrices, of which one triangle is read


def read_triangle(s, lower):
    """The adjoint in one triangle of a Hermitian matrix, given the sum of a pairing over the whole."""
    whole = s + adjugated(s)
    triangle = np.tril(whole) if lower else np.triu(whole)
    return triangle - 0.5 * diagonal_part(whole)


def whole_matrix(a, lower):
    """The Hermitian matrix that one triangle of `a` stands for."""
    triangle = np.tril(a, -1) if lower else np.triu(a, 1)
    return triangle + adjugated(triangle) + np.real(diagonal_part(a))


def halved(a):
    """The lower triangle with half of the diagonal."""
    return np.tril(a) - 0.5 * diagonal_part(a)


@defadjoint(np.linalg.cholesky, complex=True, calls=(
    Call(f"np.linalg.cholesky({_POSITIVE})", a=(3, 3)),
    Call(f"np.linalg.cholesky({_POSITIVE})", a=(2, 3, 3)),
    Call(f"np.linalg.cholesky({_POSITIVE}, upper=True)", a=(3, 3))))
def _cholesky(y, a, *, upper=False):
    a_bar = cholesky_adjoint(y, y_bar, upper)


@deftangent(np.linalg.cholesky)
def _cholesky_tangent(y, a, *, upper=False):
    y_dot = cholesky_tangent(y, a_dot, upper)


def cholesky_adjoint(y, y_bar, upper):
    lower = adjugated(y) if upper else y
    g = adjugated(y_bar) if upper else y_bar
    inverse = np.linalg.inv(lower)
    s = read_triangle(transposed(inverse) @ halved(transposed(lower) @ g) @ np.conj(inverse), True)
    return adjugated(s) if upper else s


def cholesky_tangent(y, a_dot, upper):
    lower = adjugated(y) if upper else y
    inverse = np.linalg.inv(lower)
    moved = lower @ halved(inverse @ whole_matrix(a_dot, not upper) @ adjugated(inverse))
    return adjugated(moved) if upper else moved


@defadjoint(np.linalg.eigh, complex=True, apart=True, calls=(
    Call(f"np.linalg.eigh({_HERMITIAN})[0]", a=(3, 3)),
    Call(f"np.linalg.eigh({_HERMITIAN}).eigenvalues", a=(2, 3, 3)),
    Call(f"np.abs(np.linalg.eigh({_HERMITIAN})[1])", a=(3, 3)),
    Call(f"np.abs(np.linalg.eigh({_HERMITIAN}, 'U')[1])", a=(3, 3)),
    Call(f"np.abs(np.linalg.eigh({_HERMITIAN})[1])", a=(2, 3, 3))))
def _eigh(y, a, UPLO="L"):
    a_bar = eigh_adjoint(y, y_bar, a, UPLO in ("L", "l"))


@deftangent(np.linalg.eigh)
def _eigh_tangent(y, a, UPLO="L"):
    y_dot = eigh_tangent(y, a_dot, UPLO in ("L", "l"))


def eigh_adjoint(y, y_bar, a, lower):
    w = y[0]
    v = y[1]
    k = over_gaps(transposed(v) @ y_bar[1], w) + np.eye(np.shape(a)[-1]) * y_bar[0][..., None, :]
    return read_triangle(np.conj(v) @ k @ transposed(v), lower)


def eigh_tangent(y, a_dot, lower):
    w = y[0]
    v = y[1]
    m = adjugated(v) @ whole_matrix(a_dot, lower) @ v
    return (np.real(np.diagonal(m, 0, -2, -1)), v @ over_gaps(m, w))


@defadjoint(np.linalg.eigvalsh, complex=True, calls=(
    Call(f"np.linalg.eigvalsh({_HERMITIAN})", a=(3, 3)),
    Call(f"np.linalg.eigvalsh({_HERMITIAN}, 'U')", a=(3, 3)),
    Call(f"np.linalg.eigvalsh({_HERMITIAN})", a=(2, 3, 3))))
def _eigvalsh(y, a, UPLO="L"):
    v = np.linalg.eigh(a, UPLO)[1]
    a_bar = read_triangle(scaled_columns(np.conj(v), y_bar) @ transposed(v), UPLO in ("L", "l"))


@deftangent(np.linalg.eigvalsh)
def _eigvalsh_tangent(y, a, UPLO="L"):
    v = np.linalg.eigh(a, UPLO)[1]
    y_dot = np.real(np.sum(np.conj(v) * (whole_matrix(a_dot, UPLO in ("L", "l")) @ v), -2))


# ---------------------------------------------------------------------------------------------------------------------
# Other factorisations


@defadjoint(np.linalg.qr, complex=True, calls=(
    Call("np.linalg.qr(a)[0]", a=(3, 3)),
    Call("np.linalg.qr(a)[1]", a=(3, 3)),
    Call("np.linalg.qr(a).Q", a=(4, 2)),
    Call("np.linalg.qr(a).R", a=(4, 2)),
    Call("np.linalg.qr(a)[0]", a=(2, 4)),
    Call("np.linalg.qr(a)[1]", a=(2, 4)),
    Call("np.linalg.qr(a)[0]", a=(2, 3, 2)),
    Call("np.linalg.qr(a, mode='complete')[0]", a=(3, 3)),
    Call("np.linalg.qr(a, mode='complete')[0]", a=(2, 3)),
    Call("np.linalg.qr(a, mode='complete')[1]", a=(4, 2)),
    Call("np.abs(np.linalg.qr(a, mode='complete')[0][:, :2])", a=(4, 2)),
    Call("np.linalg.qr(a, 'complete')[0][:, 2:] @ np.conj(np.linalg.qr(a, 'complete')[0][:, 2:].T)", a=(4, 2)),
    Call("np.linalg.qr(a, mode='r')", a=(3, 2)),
    Call("np.linalg.qr(a, mode='r')", a=(2, 3))))
def _qr(y, a, mode="reduced"):
    if mode == "r":
        q = np.linalg.qr(a)[0]
        a_bar = qr_adjoint(q, y, np.zeros_like(q), y_bar, a)
    elif mode == "complete":
        a_bar = qr_adjoint_full(y[0], y[1], y_bar[0], y_bar[1], a)
    else:
        if mode != "reduced":
            refuse("np.linalg.qr has no derivative rule for the mode 'raw'", "use another mode")
        a_bar = qr_adjoint(y[0], y[1], y_bar[0], y_bar[1], a)


@deftangent(np.linalg.qr)
def _qr_tangent(y, a, mode="reduced"):
    if mode == "r":
        y_dot = qr_tangent(np.linalg.qr(a)[0], y, a, a_dot)[1]
    elif mode == "complete":
        y_dot = qr_tangent_full(y[0], y[1], a, a_dot)
    else:
        if mode != "reduced":
            refuse("np.linalg.qr has no derivative rule for the mode 'raw'", "use another mode")
        y_dot = qr_tangent(y[0], y[1], a, a_dot)


def qr_adjoint(q, r, q_bar, r_bar, a):
    """A wide matrix is ``[x | z]`` with a square x = q u; then r is ``[u | q^H z]``."""
    size = np.shape(q)[-1]
    u = r[..., :size]
    u_bar = r_bar[..., :size]
    v_bar = r_bar[..., size:]
    q_bar = q_bar + np.conj(a[..., size:] @ transposed(v_bar))
    p = transposed(q) @ q_bar
    b = u_bar @ transposed(u)
    skew = p - b - adjugated(p - b)
    k = b - p + np.tril(skew) - 0.5 * diagonal_part(skew)
    x_bar = transposed(np.linalg.solve(u, transposed(q_bar + np.conj(q) @ k)))
    return np.concatenate([x_bar, np.conj(q) @ v_bar], -1)


def qr_tangent(q, r, a, a_dot):
    size = np.shape(q)[-1]
    u = r[..., :size]
    x_dot = transposed(np.linalg.solve(transposed(u), transposed(a_dot[..., :size])))
    m = adjugated(q) @ x_dot
    below = np.tril(m, -1)
    turn = below - adjugated(below) + 0.5 * diagonal_part(m - adjugated(m))
    q_dot = x_dot + q @ (turn - m)
    r_dot = np.concatenate([
        (m - turn) @ u, adjugated(q_dot) @ a[..., size:] + adjugated(q) @ a_dot[..., size:]], -1)
    return (q_dot, r_dot)


def qr_adjoint_full(q, r, q_bar, r_bar, a):
    """With the columns that complete q of a tall matrix: they turn only as far as they must."""
    size = min(np.shape(a)[-2], np.shape(a)[-1])
    first = q[..., :size]
    null = q[..., size:]
    turned = np.conj(null @ transposed(q_bar[..., size:]) @ first)
    return qr_adjoint(first, r[..., :size, :], q_bar[..., :size] - turned, r_bar[..., :size, :], a)


def qr_tangent_full(q, r, a, a_dot):
    size = min(np.shape(a)[-2], np.shape(a)[-1])
    first = q[..., :size]
    null = q[..., size:]
    q_dot, r_dot = qr_tangent(first, r[..., :size, :], a, a_dot)
    return (np.concatenate([q_dot, -first @ (adjugated(q_dot) @ null)], -1),
            np.concatenate([r_dot, np.zeros_like(r[..., size:, :])], -2))


_SVD = "np.linalg.svd(a, full_matrices=False)"


@defadjoint(np.linalg.svd, complex=True, apart=True, calls=(
    Call(f"{_SVD}[1]", a=(3, 2)),
    Call("np.linalg.svd(a, compute_uv=False)", a=(2, 3)),
    Call("np.linalg.svd(a, compute_uv=False)", a=(2, 3, 3)),
    Call("np.linalg.svd(a, False, False)", a=(2, 3)),
    Call("np.linalg.svd(a).S", a=(3, 3)),
    Call(f"{_SVD}.U @ {_SVD}.Vh", a=(4, 2)),
    Call("np.linalg.svd(a)[0][:, :2] @ np.linalg.svd(a)[2]", a=(4, 2)),
    Call(f"np.abs({_SVD}.U)", a=(4, 2)),
    Call(f"np.abs({_SVD}.Vh)", a=(4, 2)),
    Call(f"np.abs({_SVD}[0])", a=(2, 4)),
    Call(f"np.abs({_SVD}[2])", a=(2, 2, 4)),
    Call("np.abs(np.linalg.svd(a)[0])", a=(3, 3)),
    Call("np.abs(np.linalg.svd(a)[0])[:, :2]", a=(4, 2)),
    Call("np.linalg.svd(a)[0][:, 2:] @ np.conj(np.linalg.svd(a)[0][:, 2:].T)", a=(4, 2)),
    Call("np.conj(np.linalg.svd(a)[2][2:].T) @ np.linalg.svd(a)[2][2:]", a=(2, 4)),
    Call("np.abs(np.linalg.svd(a)[2])[:2]", a=(2, 3))))
def _svd(y, a, full_matrices=True, compute_uv=True):
    a_bar = svd_adjoint(y, y_bar, a, full_matrices, compute_uv)


def svd_adjoint(y, y_bar, a, full_matrices, compute_uv):
    if not compute_uv:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return np.conj(scaled_columns(u, y_bar * np.sign(s))) @ np.conj(vh)
    if full_matrices:
        return svd_adjoint_full(y, y_bar, np.shape(y[1])[-1])
    k = svd_core_adjoint(y[0], y[1], y[2], y_bar[0], y_bar[1], y_bar[2])
    u = np.conj(y[0])
    vh = np.conj(y[2])
    left = y_bar[0] - u @ (transposed(y[0]) @ y_bar[0])
    right = y_bar[2] - (y_bar[2] @ transposed(y[2])) @ vh
    return u @ (k @ vh + right / y[1][..., :, None]) + left / y[1][..., None, :] @ vh


def svd_core_adjoint(u, s, vh, u_bar, s_bar, vh_bar):
    """The adjoint of ``u^H da v``, as far as the singular vectors turn among themselves."""
    squares = s * s
    p = transposed(u) @ u_bar
    q = vh_bar @ transposed(vh)
    k = (over_gaps(p - adjugated(p), squares) * s[..., None, :]
         - s[..., :, None] * over_gaps(q - adjugated(q), squares) + np.eye(np.shape(s)[-1]) * (s_bar * np.sign(s))[..., None, :])
    if np.iscomplexobj(u):
        k = k + 1j * np.imag((p + q) / (2.0 * s[..., None, :]) * np.eye(np.shape(s)[-1]))
    return k


def svd_adjoint_full(y, y_bar, size):
    """With all singular vectors: those of the null spaces turn only as far as they must."""
    s = y[1]
    u = y[0][..., :size]
    vh = y[2][..., :size, :]
    u_null = y[0][..., size:]
    vh_null = y[2][..., size:, :]
    u_bar = y_bar[0][..., :size]
    vh_bar = y_bar[2][..., :size, :]
    k = svd_core_adjoint(u, s, vh, u_bar, y_bar[1], vh_bar)
    left = transposed(u_null) @ u_bar - adjugated(transposed(u) @ y_bar[0][..., size:])
    right = vh_bar @ transposed(vh_null) - adjugated(y_bar[2][..., size:, :] @ transposed(vh))
    return (np.conj(u) @ (k @ np.conj(vh) + right / s[..., :, None] @ np.conj(vh_null))
            + np.conj(u_null) @ (left / s[..., None, :]) @ np.conj(vh))


@deftangent(np.linalg.svd)
def _svd_tangent(y, a, full_matrices=True, compute_uv=True):
    y_dot = svd_tangent(y, a, a_dot, full_matrices, compute_uv)


def svd_tangent(y, a, a_dot, full_matrices, compute_uv):
    if not compute_uv:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return np.sign(s) * np.real(np.sum(np.conj(u) * (a_dot @ adjugated(vh)), -2))
    s = y[1]
    size = np.shape(s)[-1]
    u = y[0][..., :size]
    vh = y[2][..., :size, :]
    squares = s * s
    across = a_dot @ adjugated(vh)
    down = adjugated(u) @ a_dot
    m = adjugated(u) @ across
    omega = over_gaps(m * s[..., None, :] + s[..., :, None] * adjugated(m), squares)
    psi = over_gaps(s[..., :, None] * m + adjugated(m) * s[..., None, :], squares)
    if np.iscomplexobj(a):
        phase = 1j * np.imag(diagonal_part(m / (2.0 * s[..., None, :])))
        omega = omega + phase
        psi = psi - phase
    s_dot = np.sign(s) * np.real(np.diagonal(m, 0, -2, -1))
    if full_matrices:
        u_null = y[0][..., size:]
        vh_null = y[2][..., size:, :]
        left = adjugated(u_null) @ across / s[..., None, :]
        right = down @ adjugated(vh_null) / s[..., :, None]
        u_dot = np.concatenate([u @ omega + u_null @ left, -u @ adjugated(left)], -1)
        vh_dot = np.concatenate([right @ vh_null - psi @ vh, -adjugated(right) @ vh], -2)
    else:
        u_dot = u @ omega + (across - u @ m) / s[..., None, :]
        vh_dot = (down - m @ vh) / s[..., :, None] - psi @ vh
    return (u_dot, s_dot, vh_dot)


@defadjoint(np.linalg.svdvals, complex=True, calls=(
    Call("np.linalg.svdvals(a)", a=(3, 2)), Call("np.linalg.svdvals(a)", a=(2, 2, 3))))
def _svdvals(y, x):
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    x_bar = np.conj(scaled_columns(u, y_bar * np.sign(y))) @ np.conj(vh)


@deftangent(np.linalg.svdvals)
def _svdvals_tangent(y, x):
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    y_dot = np.sign(y) * np.real(np.sum(np.conj(u) * (x_dot @ adjugated(vh)), -2))


# ---------------------------------------------------------------------------------------------------------------------
# Norms: zero is a kink, where the derivative is taken as zero; ties are shared equally


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
