"""Linear algebra: factorisations, eigenvalues, singular values; for single matrices and stacks, real and complex.

Functions that read one triangle of a matrix (`cholesky`, `eigh`) have an adjoint in that triangle. Where eigenvalues or
singular values are repeated, or a singular value is zero, there is no derivative of the vectors that belong to them:
arithmetic divides by zero. No finite number can stand there, for the derivatives of ``v @ diag(f(w)) @ v.T`` and of
projections on the space that the vectors span, both functions that do not depend on the choice of basis, would ask for
different ones. Eigenvalues and singular values alone have the derivative that belongs to the basis that NumPy returns, which is
exact for symmetric functions of them.

References: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008);
I. Murray, "Differentiation of the Cholesky decomposition" (2016).
"""

from __future__ import annotations

import numpy as np

from srcad.rules.matrices import HERMITIAN, POSITIVE, adjugated, diagonal_part, over_gaps, scaled_columns, transposed
from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.rules.static import refuse

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
    Call(f"np.linalg.cholesky({POSITIVE})", a=(3, 3)),
    Call(f"np.linalg.cholesky({POSITIVE})", a=(2, 3, 3)),
    Call(f"np.linalg.cholesky({POSITIVE}, upper=True)", a=(3, 3))))
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
    Call(f"np.linalg.eigh({HERMITIAN})[0]", a=(3, 3)),
    Call(f"np.linalg.eigh({HERMITIAN}).eigenvalues", a=(2, 3, 3)),
    Call(f"np.abs(np.linalg.eigh({HERMITIAN})[1])", a=(3, 3)),
    Call(f"np.abs(np.linalg.eigh({HERMITIAN}, 'U')[1])", a=(3, 3)),
    Call(f"np.abs(np.linalg.eigh({HERMITIAN})[1])", a=(2, 3, 3))))
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
    Call(f"np.linalg.eigvalsh({HERMITIAN})", a=(3, 3)),
    Call(f"np.linalg.eigvalsh({HERMITIAN}, 'U')", a=(3, 3)),
    Call(f"np.linalg.eigvalsh({HERMITIAN})", a=(2, 3, 3))))
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
