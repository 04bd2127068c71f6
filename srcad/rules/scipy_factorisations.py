"""Rules of `scipy.linalg`: factorisations, systems solved with them, singular values.

Adjoints are transposes without conjugation; a matrix of which one triangle is read has its adjoint there.

References: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008);
N. J. Higham, "Functions of Matrices" (2008), chapter 8 for the polar decomposition.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from srcad.rules.matrices import adjugated, transposed
from srcad.rules.numpy_linalg_factorisations import (
    cholesky_adjoint,
    cholesky_tangent,
    qr_adjoint,
    qr_adjoint_full,
    qr_tangent,
    qr_tangent_full,
    svd_adjoint,
    svd_tangent,
)
from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.rules.scipy_systems import POSITIVE, REGULAR, STACKS, as_columns, as_sides, minus_outer, product
from srcad.rules.static import refuse
from srcad.runtime import pivot_order, unbroadcast

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
    Call(f"linalg.cho_factor({POSITIVE})[0]", a=(3, 3)), Call(f"linalg.cho_factor({POSITIVE})[0]", a=(2, 3, 3))))
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
    Call(f"linalg.cho_solve(({REGULAR}, False), b)", a=(3, 3), b=(3, 2)),
    *(Call(f"linalg.cho_solve(({REGULAR}, True), b)", a=a, b=b) for a, b in STACKS),
    Call(f"linalg.cho_solve({_FACTOR}), b)", a=(2, 3, 3), b=(3,))))
def _cho_solve(y, c_and_lower, b, overwrite_b=False, check_finite=True):
    """With the lower factor l, or the upper one that is its conjugate transpose: the matrix is l l^H."""
    c = c_and_lower[0]
    lower = which_triangle(c_and_lower)
    g = np.conj(cho_solution(c, lower, np.conj(y_bar), b))
    whole = minus_outer(g, y, b)
    b_bar = unbroadcast(g, b)
    if lower:
        factor = np.tril(c)
        c_bar = np.tril(whole @ np.conj(factor) + np.conj(transposed(whole) @ factor))
    else:
        factor = np.triu(c)
        c_bar = np.triu(np.conj(factor) @ whole + np.conj(factor @ transposed(whole)))
    c_and_lower_bar = (unbroadcast(c_bar, c), None)


@deftangent(linalg.cho_solve)
def _cho_solve_tangent(y, c_and_lower, b, overwrite_b=False, check_finite=True):
    c = c_and_lower[0]
    lower = which_triangle(c_and_lower)
    if lower:
        half = np.tril(c_and_lower_dot[0]) @ adjugated(np.tril(c))
    else:
        half = adjugated(np.triu(c)) @ np.triu(c_and_lower_dot[0])
    y_dot = cho_solution(c, lower, b_dot - product(half + adjugated(half), y, b), b)


def which_triangle(c_and_lower):
    """Whether the factor is lower; SciPy says so for every matrix of a stack."""
    return c_and_lower[1] if isinstance(c_and_lower[1], bool) else bool(np.all(c_and_lower[1]))


def cho_solution(c, lower, g, b):
    """The solution for `g` in the form of the right-hand sides `b`."""
    return as_sides(linalg.cho_solve((c, lower), as_columns(g, c, b)), c, b)


def unit_lower(lu):
    return np.tril(lu, -1) + np.eye(np.shape(lu)[-1])


def lu_adjoint(lower, upper, g):
    """The adjoint of the permuted matrix, from the adjoints of both factors in one matrix."""
    inner = np.tril(transposed(lower) @ np.tril(g, -1), -1) + np.triu(np.triu(g) @ transposed(upper))
    right = transposed(linalg.solve_triangular(upper, transposed(inner)))
    return linalg.solve_triangular(lower, right, trans=1, lower=True, unit_diagonal=True)


def lu_tangent(lower, upper, moved):
    """The tangents of both factors, in one matrix, from that of the permuted matrix."""
    left = linalg.solve_triangular(lower, moved, lower=True, unit_diagonal=True)
    inner = transposed(linalg.solve_triangular(upper, transposed(left), trans=1))
    return lower @ np.tril(inner, -1) + np.triu(inner) @ upper


def rows(a, order):
    """The rows of every matrix in another order."""
    return a[order] if np.ndim(a) == 2 else np.take_along_axis(a, order[..., None], -2)


def back(order):
    """The order that undoes another one."""
    return np.argsort(order, -1)


@defadjoint(linalg.lu_factor, complex=True, ignores=("check_finite",), calls=(
    Call("linalg.lu_factor(a)[0]", a=(3, 3)), Call("linalg.lu_factor(a[::-1])[0]", a=(4, 4)),
    Call("linalg.lu_factor(a)[0]", a=(2, 3, 3))))
def _lu_factor(y, a, overwrite_a=False, check_finite=True):
    a_bar = rows(lu_adjoint(unit_lower(y[0]), np.triu(y[0]), y_bar[0]), back(pivot_order(y[1])))


@deftangent(linalg.lu_factor)
def _lu_factor_tangent(y, a, overwrite_a=False, check_finite=True):
    y_dot = (lu_tangent(unit_lower(y[0]), np.triu(y[0]), rows(a_dot, pivot_order(y[1]))), None)


@defadjoint(linalg.lu, complex=True, ignores=("check_finite",), calls=(
    Call("linalg.lu(a)[1]", a=(3, 3)), Call("linalg.lu(a)[2]", a=(3, 3)), Call("linalg.lu(a, permute_l=True)[0]", a=(3, 3)),
    Call("linalg.lu(a)[1] + linalg.lu(a)[2]", a=(2, 3, 3)), Call("linalg.lu(a, permute_l=True)[1]", a=(2, 3, 3)),
    Call("linalg.lu(a, p_indices=True)[1]", a=(4, 4)), Call("linalg.lu(a, p_indices=True)[2]", a=(2, 3, 3))))
def _lu(y, a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    if permute_l:
        p = linalg.lu(a)[0]
        g = p @ lu_adjoint(transposed(p) @ y[0], y[1], np.tril(transposed(p) @ y_bar[0], -1) + np.triu(y_bar[1]))
    else:
        g = lu_adjoint(y[1], y[2], np.tril(y_bar[1], -1) + np.triu(y_bar[2]))
        g = rows(g, y[0]) if p_indices else y[0] @ g
    a_bar = g


@deftangent(linalg.lu)
def _lu_tangent(y, a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    if permute_l:
        p = linalg.lu(a)[0]
        moved = lu_tangent(transposed(p) @ y[0], y[1], transposed(p) @ a_dot)
        y_dot = (p @ np.tril(moved, -1), np.triu(moved))
    else:
        moved = lu_tangent(y[1], y[2], rows(a_dot, back(y[0])) if p_indices else transposed(y[0]) @ a_dot)
        y_dot = (None if p_indices else np.zeros_like(y[0]), np.tril(moved, -1), np.triu(moved))


@defadjoint(linalg.lu_solve, complex=True, ignores=("check_finite",), calls=(
    *(Call(f"linalg.lu_solve(linalg.lu_factor({REGULAR}), b{trans})", a=(3, 3), b=(3,)) for trans in ("", ", trans=1", ", 2")),
    Call("linalg.lu_solve(linalg.lu_factor(a), b)", a=(3, 3), b=(3, 2)),
    *(Call(f"linalg.lu_solve(linalg.lu_factor(a), b, {k % 3})", a=a, b=b) for k, (a, b) in enumerate(STACKS))))
def _lu_solve(y, lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    lu = lu_and_piv[0]
    piv = lu_and_piv[1]
    if trans == 0:
        g = lu_solution(lu, piv, y_bar, b, 1)
        whole = minus_outer(g, y, b)
    elif trans == 1:
        g = lu_solution(lu, piv, y_bar, b, 0)
        whole = transposed(minus_outer(g, y, b))
    else:
        g = np.conj(lu_solution(lu, piv, np.conj(y_bar), b, 0))
        whole = adjugated(minus_outer(g, y, b))
    b_bar = unbroadcast(g, b)
    permuted = rows(unbroadcast(whole, lu), pivot_order(piv))
    lu_bar = np.tril(permuted @ transposed(np.triu(lu)), -1) + np.triu(transposed(unit_lower(lu)) @ permuted)
    lu_and_piv_bar = (lu_bar, None)


@deftangent(linalg.lu_solve)
def _lu_solve_tangent(y, lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    lu = lu_and_piv[0]
    piv = lu_and_piv[1]
    lu_dot = lu_and_piv_dot[0]
    moved = rows(np.tril(lu_dot, -1) @ np.triu(lu) + unit_lower(lu) @ np.triu(lu_dot), back(pivot_order(piv)))
    if trans == 1:
        moved = transposed(moved)
    if trans == 2:
        moved = adjugated(moved)
    y_dot = lu_solution(lu, piv, b_dot - product(moved, y, b), b, trans)


def lu_solution(lu, piv, g, b, trans):
    """The solution for `g` in the form of the right-hand sides `b`."""
    return as_sides(linalg.lu_solve((lu, piv), as_columns(g, lu, b), trans=trans), lu, b)


# ---------------------------------------------------------------------------------------------------------------------
# Singular values, orthogonal factors


_THIN = "linalg.svd(a, full_matrices=False)"


@defadjoint(linalg.svd, complex=True, apart=True, ignores=("check_finite",), calls=(
    Call(f"{_THIN}[1]", a=(3, 2)), Call("linalg.svd(a, compute_uv=False)", a=(2, 3)),
    Call(f"{_THIN}[0] @ {_THIN}[2]", a=(4, 2)), Call(f"np.abs({_THIN}[0])", a=(4, 2)),
    Call(f"np.abs({_THIN}[2])", a=(2, 2, 4)), Call(f"{_THIN}[1]", a=(2, 3, 2)),
    Call("np.abs(linalg.svd(a)[0])", a=(3, 3)), Call("linalg.svd(a)[1]", a=(3, 4))))
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
    Call("linalg.qr(a, mode='r')[0]", a=(4, 2)), Call("linalg.qr(a, mode='r') * 1.0", a=(2, 3, 3)),
    Call("np.abs(linalg.qr(a)[0][:, :2])", a=(4, 2))))
def _qr(y, a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    check_qr(mode, pivoting)
    if mode == "r":
        r = y if np.ndim(a) > 2 else y[0]
        g = y_bar if np.ndim(a) > 2 else y_bar[0]
        q = linalg.qr(a)[0]
        a_bar = qr_adjoint_full(q, r, np.zeros_like(q), g, a)
    elif mode == "full":
        a_bar = qr_adjoint_full(y[0], y[1], y_bar[0], y_bar[1], a)
    else:
        a_bar = qr_adjoint(y[0], y[1], y_bar[0], y_bar[1], a)


@deftangent(linalg.qr)
def _qr_tangent(y, a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    check_qr(mode, pivoting)
    if mode == "r":
        if np.ndim(a) > 2:
            y_dot = qr_tangent_full(linalg.qr(a)[0], y, a, a_dot)[1]
        else:
            y_dot = (qr_tangent_full(linalg.qr(a)[0], y[0], a, a_dot)[1],)
    elif mode == "full":
        y_dot = qr_tangent_full(y[0], y[1], a, a_dot)
    else:
        y_dot = qr_tangent(y[0], y[1], a, a_dot)


@defadjoint(linalg.polar, complex=True, calls=(
    *(Call(f"linalg.polar(a)[{k}]", a=shape) for k in (0, 1) for shape in ((3, 3), (4, 2), (2, 4), (2, 4, 2))),
    *(Call(f"linalg.polar(a, 'left')[{k}]", a=shape) for k in (0, 1) for shape in ((3, 3), (4, 2), (2, 4)))))
def _polar(y, a, side="right"):
    if side == "right":
        a_bar = polar_adjoint(y[0], y[1], y_bar[0], y_bar[1], np.shape(a)[-2] < np.shape(a)[-1])
    else:
        a_bar = adjugated(polar_adjoint(adjugated(y[0]), y[1], adjugated(y_bar[0]), y_bar[1],
                                        np.shape(a)[-2] > np.shape(a)[-1]))


@deftangent(linalg.polar)
def _polar_tangent(y, a, side="right"):
    if side == "right":
        y_dot = polar_tangent(y[0], y[1], a_dot, np.shape(a)[-2] < np.shape(a)[-1])
    else:
        moved = polar_tangent(adjugated(y[0]), y[1], adjugated(a_dot), np.shape(a)[-2] > np.shape(a)[-1])
        y_dot = (adjugated(moved[0]), moved[1])


def polar_adjoint(u, p, u_bar, p_bar, wide):
    """Of ``a = u @ p``; a wide matrix is also ``q @ u`` with ``p = u^H q u``, where q has full rank and p has not."""
    if wide:
        q = u @ p @ adjugated(u)
        turned = u_bar + transposed(q) @ np.conj(u) @ p_bar + np.conj(q @ u @ transposed(p_bar))
        g = np.conj(u) @ p_bar @ transposed(u)
        return adjugated(tall_polar_adjoint(adjugated(u), q, adjugated(turned), g))
    return tall_polar_adjoint(u, p, u_bar, p_bar)


def tall_polar_adjoint(u, p, u_bar, p_bar):
    """The transpose of `tall_polar_tangent`, term by term."""
    z = linalg.solve_sylvester(p, p, transposed(u_bar) @ u - p @ transposed(p_bar))
    inner = transposed(z - adjugated(z)) + p_bar
    lost = u_bar - np.conj(u) @ (transposed(u) @ u_bar)
    return np.conj(u) @ inner + lost @ transposed(np.linalg.inv(p))


def polar_tangent(u, p, a_dot, wide):
    if wide:
        q = u @ p @ adjugated(u)
        moved = tall_polar_tangent(adjugated(u), q, adjugated(a_dot))
        u_dot = adjugated(moved[0])
        return u_dot, moved[0] @ q @ u + adjugated(u) @ moved[1] @ u + adjugated(u) @ q @ u_dot
    return tall_polar_tangent(u, p, a_dot)


def tall_polar_tangent(u, p, a_dot):
    """With a skew-Hermitian w: ``w p + p w = u^H a_dot - a_dot^H u`` (the Hermitian factor's tangent cancels)."""
    m = adjugated(u) @ a_dot
    w = linalg.solve_sylvester(p, p, m - adjugated(m))
    return u @ w + (a_dot - u @ m) @ np.linalg.inv(p), m - w @ p
