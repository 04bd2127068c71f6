"""Rules of `scipy.linalg`: factorisations, systems solved with them, eigenvalues and singular values.

Adjoints are transposes without conjugation; a matrix of which one triangle is read has its adjoint there.

References: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008);
N. J. Higham, "Functions of Matrices" (2008), chapter 8 for the polar decomposition.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from srcad.rules.numpy_linalg import (
    adjugated,
    cholesky_adjoint,
    cholesky_tangent,
    diagonal_part,
    eigh_adjoint,
    eigh_tangent,
    qr_adjoint,
    qr_adjoint_full,
    qr_tangent,
    qr_tangent_full,
    read_triangle,
    scaled_columns,
    svd_adjoint,
    svd_tangent,
    transposed,
    whole_matrix,
)
from srcad.rules.numpy_linalg_more import eig_adjoint, eig_tangent, eigvals_adjoint, eigvals_tangent
from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.rules.scipy_systems import HERMITIAN, POSITIVE, REGULAR, STACKS, as_columns, as_sides, minus_outer, product
from srcad.rules.static import refuse
from srcad.runtime import divide_or_zero, pivot_order, unbroadcast


# ---------------------------------------------------------------------------------------------------------------------
# Factorisations, and systems solved with them


@defadjoint(linalg.cholesky, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.cholesky({POSITIVE})", a=(3, 3)), Call(f"linalg.cholesky({POSITIVE}, lower=True)", a=(3, 3)),
    Call(f"linalg.cholesky({POSITIVE}, True)", a=(3, 3))))
def _cholesky(y, a, lower=False, overwrite_a=False, check_finite=True):
    a_bar = cholesky_adjoint(y, y_bar, not lower)


@deftangent(linalg.cholesky)
def _cholesky_tangent(y, a, lower=False, overwrite_a=False, check_finite=True):
    y_dot = cholesky_tangent(y, a_dot, not lower)


@defadjoint(linalg.cho_factor, complex=True, ignores=("check_finite",), calls=(
    Call(f"np.triu(linalg.cho_factor({POSITIVE})[0])", a=(3, 3)),
    Call(f"np.tril(linalg.cho_factor({POSITIVE}, lower=True)[0])", a=(3, 3)),
    Call(f"linalg.cho_factor({POSITIVE})[0]", a=(3, 3))))
def _cho_factor(y, a, lower=False, overwrite_a=False, check_finite=True):
    """The other triangle keeps what it had."""
    factor = np.tril(y[0]) if lower else np.triu(y[0])
    g = np.tril(y_bar[0]) if lower else np.triu(y_bar[0])
    a_bar = cholesky_adjoint(factor, g, not lower) + (y_bar[0] - g)


@deftangent(linalg.cho_factor)
def _cho_factor_tangent(y, a, lower=False, overwrite_a=False, check_finite=True):
    factor = np.tril(y[0]) if lower else np.triu(y[0])
    kept = np.triu(a_dot, 1) if lower else np.tril(a_dot, -1)
    y_dot = (cholesky_tangent(factor, a_dot, not lower) + kept, None)


_FACTOR = f"linalg.cho_factor({POSITIVE}"


@defadjoint(linalg.cho_solve, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.cho_solve({_FACTOR}), b)", a=(3, 3), b=(3,)),
    Call(f"linalg.cho_solve({_FACTOR}, lower=True), b)", a=(3, 3), b=(3, 2)),
    Call(f"linalg.cho_solve((np.tril({REGULAR}), True), b)", a=(3, 3), b=(3,)),
    Call(f"linalg.cho_solve(({REGULAR}, False), b)", a=(3, 3), b=(3, 2))))
def _cho_solve(y, c_and_lower, b, overwrite_b=False, check_finite=True):
    """With the lower factor l, or the upper one that is its conjugate transpose: the matrix is l l^H."""
    c = c_and_lower[0]
    lower = c_and_lower[1]
    g = np.conj(linalg.cho_solve((c, lower), np.conj(y_bar)))
    whole = minus_outer(g, y, b)
    b_bar = g
    if lower:
        factor = np.tril(c)
        c_bar = np.tril(whole @ np.conj(factor) + np.conj(transposed(whole) @ factor))
    else:
        factor = np.triu(c)
        c_bar = np.triu(np.conj(factor) @ whole + np.conj(factor @ transposed(whole)))
    c_and_lower_bar = (c_bar, None)


@deftangent(linalg.cho_solve)
def _cho_solve_tangent(y, c_and_lower, b, overwrite_b=False, check_finite=True):
    c = c_and_lower[0]
    lower = c_and_lower[1]
    if lower:
        half = np.tril(c_and_lower_dot[0]) @ adjugated(np.tril(c))
    else:
        half = adjugated(np.triu(c)) @ np.triu(c_and_lower_dot[0])
    y_dot = linalg.cho_solve((c, lower), b_dot - (half + adjugated(half)) @ y)


def unit_lower(lu):
    return np.tril(lu, -1) + np.eye(np.shape(lu)[0])


def lu_adjoint(lower, upper, g):
    """The adjoint of the permuted matrix, from the adjoints of both factors in one matrix."""
    inner = np.tril(lower.T @ np.tril(g, -1), -1) + np.triu(np.triu(g) @ upper.T)
    return linalg.solve_triangular(lower, linalg.solve_triangular(upper, inner.T).T, trans=1, lower=True, unit_diagonal=True)


def lu_tangent(lower, upper, moved):
    """The tangents of both factors, in one matrix, from that of the permuted matrix."""
    left = linalg.solve_triangular(lower, moved, lower=True, unit_diagonal=True)
    inner = linalg.solve_triangular(upper, left.T, trans=1).T
    return lower @ np.tril(inner, -1) + np.triu(inner) @ upper


def check_square(a):
    if np.ndim(a) != 2:
        refuse("the LU decomposition has a derivative rule for single matrices only", "loop over the stack")


@defadjoint(linalg.lu_factor, complex=True, ignores=("check_finite",), calls=(
    Call("linalg.lu_factor(a)[0]", a=(3, 3)), Call("linalg.lu_factor(a[::-1])[0]", a=(4, 4))))
def _lu_factor(y, a, overwrite_a=False, check_finite=True):
    check_square(a)
    g = lu_adjoint(unit_lower(y[0]), np.triu(y[0]), y_bar[0])
    a_bar = g[np.argsort(pivot_order(y[1]))]


@deftangent(linalg.lu_factor)
def _lu_factor_tangent(y, a, overwrite_a=False, check_finite=True):
    check_square(a)
    y_dot = (lu_tangent(unit_lower(y[0]), np.triu(y[0]), a_dot[pivot_order(y[1])]), None)


@defadjoint(linalg.lu, complex=True, ignores=("check_finite",), calls=(
    Call("linalg.lu(a)[1]", a=(3, 3)), Call("linalg.lu(a)[2]", a=(3, 3)), Call("linalg.lu(a, permute_l=True)[0]", a=(3, 3))))
def _lu(y, a, permute_l=False, overwrite_a=False, check_finite=True):
    check_square(a)
    if permute_l:
        p = linalg.lu(a)[0]
        lower = p.T @ y[0]
        g = lu_adjoint(lower, y[1], np.tril(p.T @ y_bar[0], -1) + np.triu(y_bar[1]))
    else:
        p = y[0]
        g = lu_adjoint(y[1], y[2], np.tril(y_bar[1], -1) + np.triu(y_bar[2]))
    a_bar = p @ g


@deftangent(linalg.lu)
def _lu_tangent(y, a, permute_l=False, overwrite_a=False, check_finite=True):
    check_square(a)
    if permute_l:
        p = linalg.lu(a)[0]
        moved = lu_tangent(p.T @ y[0], y[1], p.T @ a_dot)
        y_dot = (p @ np.tril(moved, -1), np.triu(moved))
    else:
        moved = lu_tangent(y[1], y[2], y[0].T @ a_dot)
        y_dot = (np.zeros_like(y[0]), np.tril(moved, -1), np.triu(moved))


@defadjoint(linalg.lu_solve, complex=True, ignores=("check_finite",), calls=(
    *(Call(f"linalg.lu_solve(linalg.lu_factor({REGULAR}), b{trans})", a=(3, 3), b=(3,)) for trans in ("", ", trans=1", ", 2")),
    Call("linalg.lu_solve(linalg.lu_factor(a), b)", a=(3, 3), b=(3, 2))))
def _lu_solve(y, lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    lu = lu_and_piv[0]
    order = pivot_order(lu_and_piv[1])
    if trans == 0:
        g = linalg.lu_solve((lu, lu_and_piv[1]), y_bar, trans=1)
        whole = minus_outer(g, y, b)
    elif trans == 1:
        g = linalg.lu_solve((lu, lu_and_piv[1]), y_bar)
        whole = transposed(minus_outer(g, y, b))
    else:
        g = np.conj(linalg.lu_solve((lu, lu_and_piv[1]), np.conj(y_bar)))
        whole = adjugated(minus_outer(g, y, b))
    b_bar = g
    permuted = whole[order]
    lu_and_piv_bar = (np.tril(permuted @ np.triu(lu).T, -1) + np.triu(unit_lower(lu).T @ permuted), None)


@deftangent(linalg.lu_solve)
def _lu_solve_tangent(y, lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    lu = lu_and_piv[0]
    lu_dot = lu_and_piv_dot[0]
    back = np.argsort(pivot_order(lu_and_piv[1]))
    moved = (np.tril(lu_dot, -1) @ np.triu(lu) + unit_lower(lu) @ np.triu(lu_dot))[back]
    if trans == 0:
        y_dot = linalg.lu_solve((lu, lu_and_piv[1]), b_dot - moved @ y)
    elif trans == 1:
        y_dot = linalg.lu_solve((lu, lu_and_piv[1]), b_dot - transposed(moved) @ y, trans=1)
    else:
        y_dot = linalg.lu_solve((lu, lu_and_piv[1]), b_dot - adjugated(moved) @ y, trans=2)


@defadjoint(linalg.eigh, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.eigh({HERMITIAN})[0]", a=(3, 3)), Call(f"np.abs(linalg.eigh({HERMITIAN})[1])", a=(3, 3)),
    Call(f"np.abs(linalg.eigh({HERMITIAN}, lower=False)[1])", a=(3, 3)),
    Call(f"linalg.eigh({HERMITIAN}, eigvals_only=True)", a=(3, 3)),
    Call(f"linalg.eigh({HERMITIAN}, b @ np.conj(b.T) + 2.0 * np.eye(3))[0]", a=(3, 3), b=(3, 3)),
    Call(f"linalg.eigh({HERMITIAN}, b @ np.conj(b.T) + 2.0 * np.eye(3), eigvals_only=True)", a=(3, 3), b=(3, 3)),
    Call(f"np.abs(linalg.eigh({HERMITIAN}, b @ np.conj(b.T) + 2.0 * np.eye(3))[1])", a=(3, 3), b=(3, 3))))
def _eigh(y, a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, check_finite=True):
    """Of the pencil a v = w b v with v^H b v = 1 too."""
    if b is None:
        if eigvals_only:
            v = linalg.eigh(a, lower=lower)[1]
            a_bar = read_triangle(scaled_columns(np.conj(v), y_bar) @ transposed(v), lower)
        else:
            a_bar = eigh_adjoint(y, y_bar, a, lower)
    else:
        if eigvals_only:
            w = y
            w_bar = y_bar
            v = linalg.eigh(a, b, lower=lower)[1]
            turn = np.zeros_like(v)
        else:
            w = y[0]
            v = y[1]
            w_bar = y_bar[0]
            turn = transposed(v) @ y_bar[1]
        turned = divide_or_zero(turn, w[None, :] - w[:, None])
        left = np.conj(v)
        right = transposed(v)
        a_bar = read_triangle(left @ (turned + np.diag(w_bar)) @ right, lower)
        b_bar = -read_triangle(left @ (turned * w[None, :] + np.diag(w_bar * w) + 0.5 * diagonal_part(turn)) @ right, lower)


@deftangent(linalg.eigh)
def _eigh_tangent(y, a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, check_finite=True):
    if b is None:
        if eigvals_only:
            v = linalg.eigh(a, lower=lower)[1]
            y_dot = np.real(np.sum(np.conj(v) * (whole_matrix(a_dot, lower) @ v), -2))
        else:
            y_dot = eigh_tangent(y, a_dot, lower)
    else:
        w = y if eigvals_only else y[0]
        v = linalg.eigh(a, b, lower=lower)[1] if eigvals_only else y[1]
        n = adjugated(v) @ whole_matrix(b_dot, lower) @ v
        m = adjugated(v) @ whole_matrix(a_dot, lower) @ v - n * w[None, :]
        w_dot = np.real(np.diagonal(m))
        if eigvals_only:
            y_dot = w_dot
        else:
            y_dot = (w_dot, v @ (divide_or_zero(m, w[None, :] - w[:, None]) - 0.5 * diagonal_part(n)))


@defadjoint(linalg.eigvalsh, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.eigvalsh({HERMITIAN})", a=(3, 3)), Call(f"linalg.eigvalsh({HERMITIAN}, lower=False)", a=(3, 3))))
def _eigvalsh(y, a, *, lower=True, overwrite_a=False, check_finite=True):
    v = linalg.eigh(a, lower=lower)[1]
    a_bar = read_triangle(scaled_columns(np.conj(v), y_bar) @ transposed(v), lower)


@deftangent(linalg.eigvalsh)
def _eigvalsh_tangent(y, a, *, lower=True, overwrite_a=False, check_finite=True):
    v = linalg.eigh(a, lower=lower)[1]
    y_dot = np.real(np.sum(np.conj(v) * (whole_matrix(a_dot, lower) @ v), -2))


_THIN = "linalg.svd(a, full_matrices=False)"


@defadjoint(linalg.svd, complex=True, ignores=("check_finite",), calls=(
    Call(f"{_THIN}[1]", a=(3, 2)), Call("linalg.svd(a, compute_uv=False)", a=(2, 3)),
    Call(f"{_THIN}[0] @ {_THIN}[2]", a=(4, 2)), Call(f"np.abs({_THIN}[0])", a=(4, 2)),
    Call(f"np.abs({_THIN}[2])", a=(2, 4)), Call("np.abs(linalg.svd(a)[0])", a=(3, 3)), Call("linalg.svd(a)[1]", a=(3, 4))))
def _svd(y, a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True, lapack_driver="gesdd"):
    a_bar = svd_adjoint(y, y_bar, a, full_matrices, compute_uv)


@deftangent(linalg.svd)
def _svd_tangent(y, a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True, lapack_driver="gesdd"):
    y_dot = svd_tangent(y, a, a_dot, full_matrices, compute_uv)


@defadjoint(linalg.svdvals, complex=True, ignores=("check_finite",), calls=(Call("linalg.svdvals(a)", a=(3, 2)),))
def _svdvals(y, a, overwrite_a=False, check_finite=True):
    a_bar = svd_adjoint(y, y_bar, a, False, False)


@deftangent(linalg.svdvals)
def _svdvals_tangent(y, a, overwrite_a=False, check_finite=True):
    y_dot = svd_tangent(y, a, a_dot, False, False)


def check_qr(mode, pivoting):
    if pivoting is not False or mode == "raw":
        refuse("scipy.linalg.qr has no derivative rule with pivoting, or for the mode 'raw'", "use another mode")


@defadjoint(linalg.qr, complex=True, ignores=("check_finite", "lwork"), calls=(
    Call("linalg.qr(a)[0]", a=(3, 3)), Call("linalg.qr(a)[1]", a=(4, 2)), Call("linalg.qr(a, mode='economic')[0]", a=(4, 2)),
    Call("linalg.qr(a, mode='economic')[1]", a=(2, 3)), Call("linalg.qr(a, mode='r')[0]", a=(3, 3)),
    Call("linalg.qr(a, mode='r')[0]", a=(4, 2)), Call("np.abs(linalg.qr(a)[0][:, :2])", a=(4, 2))))
def _qr(y, a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    check_qr(mode, pivoting)
    if mode == "r":
        q = linalg.qr(a)[0]
        a_bar = qr_adjoint_full(q, y[0], np.zeros_like(q), y_bar[0], a)
    elif mode == "full":
        a_bar = qr_adjoint_full(y[0], y[1], y_bar[0], y_bar[1], a)
    else:
        a_bar = qr_adjoint(y[0], y[1], y_bar[0], y_bar[1], a)


@deftangent(linalg.qr)
def _qr_tangent(y, a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    check_qr(mode, pivoting)
    if mode == "r":
        y_dot = (qr_tangent_full(linalg.qr(a)[0], y[0], a, a_dot)[1],)
    elif mode == "full":
        y_dot = qr_tangent_full(y[0], y[1], a, a_dot)
    else:
        y_dot = qr_tangent(y[0], y[1], a, a_dot)
