"""Rules of `scipy.linalg`: systems with structure, factorisations, functions of matrices, matrix equations, special matrices.

Imported only when the user's program has imported scipy.linalg. Adjoints are transposes without conjugation. What only
one triangle, or one band, of a matrix is read from has its adjoint there.

References: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008);
N. J. Higham, "Functions of Matrices" (2008), section 3.2 for the derivative as a block of the function of a larger
matrix, section 6.1 for the square root.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from srcad.rules.numpy_linalg import (
    adjugated,
    beside_matrices,
    cholesky_adjoint,
    cholesky_tangent,
    diagonal_part,
    eigh_adjoint,
    eigh_tangent,
    matrix_norm_slope,
    pinv_adjoint,
    pinv_tangent,
    qr_adjoint,
    qr_adjoint_full,
    qr_tangent,
    qr_tangent_full,
    read_triangle,
    scaled_columns,
    svd_adjoint,
    svd_tangent,
    transposed,
    vector_norm_slope,
    whole_matrix,
)
from srcad.rules.numpy_reductions import summed
from srcad.rules.numpy_selection import positions
from srcad.rules.registry import Call, defadjoint, deftangent, linear, zero_derivative
from srcad.rules.static import refuse, static
from srcad.runtime import (
    band_outer,
    band_product,
    band_transposed,
    block_triangular,
    cofactors,
    divide_or_zero,
    match_kind,
    pivot_order,
    split_blocks,
    unbroadcast,
    unpick,
)

_REGULAR = "(a + 4.0 * np.eye(3))"
_POSITIVE = "(a @ np.conj(a.T) + 2.0 * np.eye(3))"
_HERMITIAN = "(a + np.conj(a.T) + np.diag([0.0, 5.0, 11.0]))"

zero_derivative(linalg.issymmetric, linalg.ishermitian, linalg.bandwidth)

# ---------------------------------------------------------------------------------------------------------------------
# Systems


@static
def family(assume_a) -> str:
    """The part of a matrix that is read, by SciPy's name of its structure."""
    names = {"sym": "symmetric", "her": "hermitian", "pos": "hermitian", "positive definite": "hermitian",
             "symmetric": "symmetric", "hermitian": "hermitian", "diagonal": "diagonal", "tridiagonal": "tridiagonal",
             "upper triangular": "upper", "lower triangular": "lower"}
    return names.get(assume_a, "general")


def as_assumed(a, structure, lower):
    """The matrix that SciPy takes `a` for."""
    if structure == "hermitian":
        return whole_matrix(a, lower)
    if structure == "symmetric":
        triangle = np.tril(a, -1) if lower else np.triu(a, 1)
        return triangle + transposed(triangle) + diagonal_part(a)
    if structure == "diagonal":
        return diagonal_part(a)
    if structure == "tridiagonal":
        return np.triu(np.tril(a, 1), -1)
    if structure == "upper":
        return np.triu(a)
    if structure == "lower":
        return np.tril(a)
    return a


def assumed_adjoint(g, structure, lower):
    """The transpose of `as_assumed`."""
    if structure == "hermitian":
        return read_triangle(g, lower)
    if structure == "symmetric":
        both = g + transposed(g)
        return (np.tril(both) if lower else np.triu(both)) - diagonal_part(g)
    return as_assumed(g, structure, lower)


def flipped(a):
    """The transpose, by a name that is no option of SciPy's."""
    return transposed(a)


def minus_outer(g, y, b):
    """The adjoint of a matrix, from those of the right-hand sides `b` and the solution."""
    return -g[..., :, None] * y[..., None, :] if np.ndim(b) == 1 else -g @ transposed(y)


def product(a, y, b):
    """The matrix times a solution, in the form of the right-hand sides `b`."""
    return (a @ y[..., None])[..., 0] if np.ndim(b) == 1 and np.ndim(a) > 2 else a @ y


def solution(a, g, b):
    """The solution of a general system, in the form of the right-hand sides `b`."""
    return np.linalg.solve(a, g[..., None])[..., 0] if np.ndim(b) == 1 and np.ndim(a) > 2 else np.linalg.solve(a, g)


_STRUCTURES = (
    ("", _REGULAR), (", assume_a='gen'", _REGULAR), (", assume_a='sym'", _HERMITIAN), (", assume_a='sym', lower=True", _REGULAR),
    (", assume_a='pos'", _POSITIVE), (", assume_a='pos', lower=True", _POSITIVE), (", assume_a='her', lower=True", _HERMITIAN),
    (", assume_a='upper triangular'", _REGULAR), (", assume_a='lower triangular'", _REGULAR),

    (", assume_a='tridiagonal'", _REGULAR), (", assume_a='diagonal'", _REGULAR),
)


@defadjoint(linalg.solve, complex=True, ignores=("check_finite",), calls=(
    *(Call(f"linalg.solve({matrix}, b{rest})", a=(3, 3), b=(3,)) for rest, matrix in _STRUCTURES),
    Call("linalg.solve(np.real(a) + 4.0 * np.eye(3), np.real(b), transposed=True)", a=(3, 3), b=(3,)),
    Call(f"linalg.solve({_REGULAR}, b)", a=(3, 3), b=(3, 2)),
    Call(f"linalg.solve({_POSITIVE}, b, assume_a='pos')", a=(3, 3), b=(3, 2))))
def _solve(y, a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None, transposed=False):
    structure = family(assume_a)
    matrix = as_assumed(a, structure, lower)
    if transposed:
        g = solution(matrix, y_bar, b)
        whole = flipped(minus_outer(g, y, b))
    else:
        g = solution(flipped(matrix), y_bar, b)
        whole = minus_outer(g, y, b)
    b_bar = unbroadcast(g, b)
    a_bar = unbroadcast(assumed_adjoint(whole, structure, lower), a)


@deftangent(linalg.solve)
def _solve_tangent(y, a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None,
                   transposed=False):
    structure = family(assume_a)
    matrix = as_assumed(a, structure, lower)
    moved = as_assumed(a_dot, structure, lower)
    if transposed:
        y_dot = solution(flipped(matrix), b_dot - product(flipped(moved), y, b), b)
    else:
        y_dot = solution(matrix, b_dot - product(moved, y, b), b)


@static
def direction(trans) -> str:
    return {0: "N", 1: "T", 2: "C"}.get(trans, trans)


def operated(a, trans):
    """The matrix of a system: as it is, transposed, or conjugated as well."""
    if trans == "N":
        return a
    return transposed(a) if trans == "T" else adjugated(a)


def triangle_read(a, lower, unit_diagonal):
    """The part of a triangular matrix that may vary."""
    if unit_diagonal:
        return np.tril(a, -1) if lower else np.triu(a, 1)
    return np.tril(a) if lower else np.triu(a)


@defadjoint(linalg.solve_triangular, complex=True, ignores=("check_finite",), calls=(
    *(Call(f"linalg.solve_triangular({_REGULAR}, b{rest})", a=(3, 3), b=(3,)) for rest in (
        "", ", lower=True", ", trans=1", ", trans='T', lower=True", ", trans=2", ", 'C', True", ", unit_diagonal=True",
        ", 1, True, True")),
    Call(f"linalg.solve_triangular({_REGULAR}, b)", a=(3, 3), b=(3, 2)),
    Call(f"linalg.solve_triangular({_REGULAR}, b, trans='T')", a=(3, 3), b=(3, 2))))
def _solve_triangular(y, a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True):
    along = direction(trans)
    if along == "N":
        g = linalg.solve_triangular(a, y_bar, trans=1, lower=lower, unit_diagonal=unit_diagonal)
    elif along == "T":
        g = linalg.solve_triangular(a, y_bar, lower=lower, unit_diagonal=unit_diagonal)
    else:
        g = np.conj(linalg.solve_triangular(a, np.conj(y_bar), lower=lower, unit_diagonal=unit_diagonal))
    b_bar = g
    a_bar = triangle_read(operated(minus_outer(g, y, b), along), lower, unit_diagonal)


@deftangent(linalg.solve_triangular)
def _solve_triangular_tangent(y, a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True):
    moved = operated(triangle_read(a_dot, lower, unit_diagonal), direction(trans))
    y_dot = linalg.solve_triangular(a, b_dot - moved @ y, trans=trans, lower=lower, unit_diagonal=unit_diagonal)


@defadjoint(linalg.inv, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.inv({_REGULAR})", a=(3, 3)), Call(f"linalg.inv({_REGULAR}, check_finite=False)", a=(3, 3)),
    Call(f"linalg.inv({_POSITIVE}, assume_a='pos')", a=(3, 3)),
    Call(f"linalg.inv({_HERMITIAN}, assume_a='her', lower=True)", a=(3, 3))))
def _inv(y, a, overwrite_a=False, check_finite=True, *, assume_a=None, lower=False):
    a_bar = assumed_adjoint(-transposed(y) @ y_bar @ transposed(y), family(assume_a), lower)


@deftangent(linalg.inv)
def _inv_tangent(y, a, overwrite_a=False, check_finite=True, *, assume_a=None, lower=False):
    y_dot = -y @ as_assumed(a_dot, family(assume_a), lower) @ y


@defadjoint(linalg.pinv, complex=True, ignores=("check_finite",), calls=(
    Call("linalg.pinv(a)", a=(3, 2)), Call("linalg.pinv(a)", a=(2, 4))))
def _pinv(y, a, *, check_finite=True):
    a_bar = pinv_adjoint(y, y_bar, a)


@deftangent(linalg.pinv)
def _pinv_tangent(y, a, *, check_finite=True):
    y_dot = pinv_tangent(y, a, a_dot)


@defadjoint(linalg.det, complex=True, ignores=("check_finite",), calls=(
    Call("linalg.det(a)", a=(3, 3)), Call("linalg.det(a * np.array([0.0, 1.0, 1.0]))", a=(3, 3))))
def _det(y, a, overwrite_a=False, check_finite=True):
    a_bar = beside_matrices(y_bar) * cofactors(a)


@deftangent(linalg.det)
def _det_tangent(y, a, overwrite_a=False, check_finite=True):
    y_dot = np.sum(cofactors(a) * a_dot, axis=(-2, -1))


@defadjoint(linalg.norm, complex=True, ignores=("check_finite",), calls=(
    *(Call(f"linalg.norm(x{order})", x=(4,)) for order in ("", ", 2", ", 1", ", 3", ", np.inf")),
    *(Call(f"linalg.norm(x{order})", x=(3, 2)) for order in ("", ", 'fro'", ", 1", ", 2", ", 'nuc'", ", axis=0", ", 1, axis=1"))))
def _norm(y, a, ord=None, axis=None, keepdims=False, check_finite=True):
    if axis is None:
        if ord is None:
            a_bar = divide_or_zero(y_bar, y) * np.conj(a)
        elif np.ndim(a) == 1:
            a_bar = y_bar * vector_norm_slope(y, a, ord)
        else:
            a_bar = y_bar * matrix_norm_slope(np.linalg.norm(a, ord, keepdims=True), a, ord)
    else:
        g = y_bar if keepdims else np.expand_dims(y_bar, axis)
        norms = y if keepdims else np.expand_dims(y, axis)
        if not isinstance(axis, int):
            refuse("scipy.linalg.norm has a derivative rule for one axis only", "use np.linalg.norm")
        a_bar = divide_or_zero(g, norms) * np.conj(a) if ord is None else g * vector_norm_slope(norms, a, ord)


@deftangent(linalg.norm)
def _norm_tangent(y, a, ord=None, axis=None, keepdims=False, check_finite=True):
    if axis is None:
        if ord is None:
            y_dot = divide_or_zero(np.real(np.sum(np.conj(a) * a_dot)), y)
        elif np.ndim(a) == 1:
            y_dot = np.real(np.sum(vector_norm_slope(y, a, ord) * a_dot))
        else:
            y_dot = np.real(np.sum(matrix_norm_slope(np.linalg.norm(a, ord, keepdims=True), a, ord) * a_dot))
    else:
        norms = y if keepdims else np.expand_dims(y, axis)
        if not isinstance(axis, int):
            refuse("scipy.linalg.norm has a derivative rule for one axis only", "use np.linalg.norm")
        slope = divide_or_zero(np.conj(a), norms) if ord is None else vector_norm_slope(norms, a, ord)
        y_dot = np.real(summed(slope * a_dot, axis, keepdims))


# ---------------------------------------------------------------------------------------------------------------------
# Factorisations, and systems solved with them


@defadjoint(linalg.cholesky, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.cholesky({_POSITIVE})", a=(3, 3)), Call(f"linalg.cholesky({_POSITIVE}, lower=True)", a=(3, 3)),
    Call(f"linalg.cholesky({_POSITIVE}, True)", a=(3, 3))))
def _cholesky(y, a, lower=False, overwrite_a=False, check_finite=True):
    a_bar = cholesky_adjoint(y, y_bar, not lower)


@deftangent(linalg.cholesky)
def _cholesky_tangent(y, a, lower=False, overwrite_a=False, check_finite=True):
    y_dot = cholesky_tangent(y, a_dot, not lower)


@defadjoint(linalg.cho_factor, complex=True, ignores=("check_finite",), calls=(
    Call(f"np.triu(linalg.cho_factor({_POSITIVE})[0])", a=(3, 3)),
    Call(f"np.tril(linalg.cho_factor({_POSITIVE}, lower=True)[0])", a=(3, 3)),
    Call(f"linalg.cho_factor({_POSITIVE})[0]", a=(3, 3))))
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


_FACTOR = f"linalg.cho_factor({_POSITIVE}"


@defadjoint(linalg.cho_solve, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.cho_solve({_FACTOR}), b)", a=(3, 3), b=(3,)),
    Call(f"linalg.cho_solve({_FACTOR}, lower=True), b)", a=(3, 3), b=(3, 2)),
    Call(f"linalg.cho_solve((np.tril({_REGULAR}), True), b)", a=(3, 3), b=(3,)),
    Call(f"linalg.cho_solve(({_REGULAR}, False), b)", a=(3, 3), b=(3, 2))))
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
    *(Call(f"linalg.lu_solve(linalg.lu_factor({_REGULAR}), b{trans})", a=(3, 3), b=(3,)) for trans in ("", ", trans=1", ", 2")),
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
    Call(f"linalg.eigh({_HERMITIAN})[0]", a=(3, 3)), Call(f"np.abs(linalg.eigh({_HERMITIAN})[1])", a=(3, 3)),
    Call(f"np.abs(linalg.eigh({_HERMITIAN}, lower=False)[1])", a=(3, 3)),
    Call(f"linalg.eigh({_HERMITIAN}, eigvals_only=True)", a=(3, 3)),
    Call(f"linalg.eigh({_HERMITIAN}, b @ np.conj(b.T) + 2.0 * np.eye(3))[0]", a=(3, 3), b=(3, 3)),
    Call(f"linalg.eigh({_HERMITIAN}, b @ np.conj(b.T) + 2.0 * np.eye(3), eigvals_only=True)", a=(3, 3), b=(3, 3)),
    Call(f"np.abs(linalg.eigh({_HERMITIAN}, b @ np.conj(b.T) + 2.0 * np.eye(3))[1])", a=(3, 3), b=(3, 3))))
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
    Call(f"linalg.eigvalsh({_HERMITIAN})", a=(3, 3)), Call(f"linalg.eigvalsh({_HERMITIAN}, lower=False)", a=(3, 3))))
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


# ---------------------------------------------------------------------------------------------------------------------
# Functions of matrices: that of ``[[a, e], [0, a]]`` has the derivative in the direction e beside that of a


def declare_function_of_matrix(fn, domain=(-2.0, 2.0), calls=()) -> None:
    """The rules of a function of a matrix."""

    @defadjoint(fn, complex=True, domain=domain, calls=calls)
    def function_of_matrix(y, A):
        size = np.shape(A)[-1]
        A_bar = match_kind(fn(block_triangular(transposed(A), y_bar))[..., :size, size:], A)

    @deftangent(fn)
    def function_of_matrix_tangent(y, A):
        size = np.shape(A)[-1]
        y_dot = match_kind(fn(block_triangular(A, A_dot))[..., :size, size:], y)


declare_function_of_matrix(linalg.expm, calls=(
    Call("linalg.expm(a)", a=(3, 3)), Call("linalg.expm(a)", a=(1, 1)), Call("linalg.expm(a)", a=(2, 2, 2))))
declare_function_of_matrix(linalg.logm, calls=(Call(f"linalg.logm({_POSITIVE})", a=(3, 3)),))
for _fn in (linalg.cosm, linalg.sinm, linalg.coshm, linalg.sinhm, linalg.tanm, linalg.tanhm):
    declare_function_of_matrix(_fn, calls=(Call(f"linalg.{_fn.__name__}(0.5 * a)", a=(3, 3)),))


@defadjoint(linalg.fractional_matrix_power, complex=True, calls=(
    Call(f"linalg.fractional_matrix_power({_POSITIVE}, 0.3)", a=(3, 3)),))
def _fractional_matrix_power(y, A, t):
    size = np.shape(A)[-1]
    A_bar = match_kind(linalg.fractional_matrix_power(block_triangular(transposed(A), y_bar), t)[:size, size:], A)


@deftangent(linalg.fractional_matrix_power)
def _fractional_matrix_power_tangent(y, A, t):
    size = np.shape(A)[-1]
    y_dot = match_kind(linalg.fractional_matrix_power(block_triangular(A, A_dot), t)[:size, size:], y)


@defadjoint(linalg.sqrtm, complex=True, calls=(Call(f"linalg.sqrtm({_POSITIVE})", a=(3, 3)),))
def _sqrtm(y, A):
    A_bar = match_kind(linalg.solve_sylvester(y.T, y.T, y_bar), A)


@deftangent(linalg.sqrtm)
def _sqrtm_tangent(y, A):
    y_dot = linalg.solve_sylvester(y, y, A_dot)


# ---------------------------------------------------------------------------------------------------------------------
# Matrix equations


@defadjoint(linalg.solve_sylvester, complex=True, calls=(
    Call(f"linalg.solve_sylvester({_REGULAR}, b + 4.0 * np.eye(2), q)", a=(3, 3), b=(2, 2), q=(3, 2)),))
def _solve_sylvester(y, a, b, q):
    g = linalg.solve_sylvester(a.T, b.T, y_bar)
    q_bar = g
    a_bar = -g @ y.T
    b_bar = -y.T @ g


@deftangent(linalg.solve_sylvester)
def _solve_sylvester_tangent(y, a, b, q):
    y_dot = linalg.solve_sylvester(a, b, q_dot - a_dot @ y - y @ b_dot)


@defadjoint(linalg.solve_continuous_lyapunov, complex=True, calls=(
    Call(f"linalg.solve_continuous_lyapunov({_REGULAR}, q)", a=(3, 3), q=(3, 3)),))
def _solve_continuous_lyapunov(y, a, q):
    g = linalg.solve_continuous_lyapunov(a.T, y_bar)
    q_bar = g
    a_bar = -(g @ y.T + np.conj(g.T @ y))


@deftangent(linalg.solve_continuous_lyapunov)
def _solve_continuous_lyapunov_tangent(y, a, q):
    y_dot = linalg.solve_continuous_lyapunov(a, q_dot - a_dot @ y - y @ adjugated(a_dot))


@defadjoint(linalg.solve_discrete_lyapunov, complex=True, ignores=("method",), calls=(
    Call("linalg.solve_discrete_lyapunov(0.2 * a, q)", a=(3, 3), q=(3, 3)),))
def _solve_discrete_lyapunov(y, a, q, method=None):
    g = linalg.solve_discrete_lyapunov(a.T, y_bar, method)
    q_bar = g
    a_bar = g @ (y @ adjugated(a)).T + np.conj(g.T @ a @ y)


@deftangent(linalg.solve_discrete_lyapunov)
def _solve_discrete_lyapunov_tangent(y, a, q, method=None):
    moved = a_dot @ y @ adjugated(a) + a @ y @ adjugated(a_dot)
    y_dot = linalg.solve_discrete_lyapunov(a, q_dot + moved, method)


# ---------------------------------------------------------------------------------------------------------------------
# Bands: row u + i - j, column j of `ab` has the element i, j of a matrix with u diagonals above and l below


_BAND = "(ab + np.array([[0.0], [6.0], [0.0]]))"


@defadjoint(linalg.solve_banded, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.solve_banded((1, 1), {_BAND}, b)", ab=(3, 4), b=(4,)),
    Call(f"linalg.solve_banded((1, 1), {_BAND}, b)", ab=(3, 4), b=(4, 2)),
    Call("linalg.solve_banded((2, 0), ab + np.array([[6.0], [0.0], [0.0]]), b)", ab=(3, 4), b=(4,)),
    Call("linalg.solve_banded((0, 2), ab + np.array([[0.0], [0.0], [6.0]]), b)", ab=(3, 4), b=(4,))))
def _solve_banded(y, l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True):
    below = l_and_u[0]
    above = l_and_u[1]
    g = linalg.solve_banded((above, below), band_transposed(ab, below, above), y_bar)
    b_bar = g
    ab_bar = -band_outer(g, y, below, above)


@deftangent(linalg.solve_banded)
def _solve_banded_tangent(y, l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True):
    y_dot = linalg.solve_banded(l_and_u, ab, b_dot - band_product(ab_dot, y, l_and_u[0], l_and_u[1]))


def whole_band(ab, lower):
    """All diagonals of the Hermitian matrix of which `ab` has the upper, or the lower, half."""
    count = np.shape(ab)[0] - 1
    if lower:
        return np.concatenate([np.conj(band_transposed(ab, count, 0))[:-1], ab])
    return np.concatenate([ab, np.conj(band_transposed(ab, 0, count))[1:]])


def half_band(g, lower):
    """The transpose of `whole_band`."""
    count = np.shape(g)[0] // 2
    if lower:
        other = np.conj(band_transposed(g[:count + 1], 0, count))
        return g[count:] + np.concatenate([np.zeros_like(other[:1]), other[1:]])
    other = np.conj(band_transposed(g[count:], count, 0))
    return g[:count + 1] + np.concatenate([other[:-1], np.zeros_like(other[:1])])


@defadjoint(linalg.solveh_banded, complex=True, ignores=("check_finite",), calls=(
    Call("linalg.solveh_banded(np.real(ab * np.array([[0.0], [1.0]])) + ab * np.array([[1.0], [0.0]])"
         " + np.array([[0.0], [8.0]]), b)", ab=(2, 4), b=(4,)),
    Call("linalg.solveh_banded(np.real(ab * np.array([[1.0], [0.0], [0.0]])) + ab * np.array([[0.0], [1.0], [1.0]])"
         " + np.array([[12.0], [0.0], [0.0]]), b, lower=True)", ab=(3, 4), b=(4, 2))))
def _solveh_banded(y, ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True):
    count = np.shape(ab)[0] - 1
    g = np.conj(linalg.solveh_banded(ab, np.conj(y_bar), lower=lower))
    b_bar = g
    ab_bar = half_band(-band_outer(g, y, count, count), lower)


@deftangent(linalg.solveh_banded)
def _solveh_banded_tangent(y, ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True):
    count = np.shape(ab)[0] - 1
    y_dot = linalg.solveh_banded(ab, b_dot - band_product(whole_band(ab_dot, lower), y, count, count), lower=lower)


# ---------------------------------------------------------------------------------------------------------------------
# Special matrices


def nowhere(x):
    return np.full(np.shape(x), -1)


@linear(linalg.toeplitz, complex=True, calls=(
    Call("linalg.toeplitz(c)", c=(3,)), Call("linalg.toeplitz(c, r)", c=(3,), r=(4,)),
    Call("linalg.toeplitz(c, r=[0.0, 1.0])", c=(3,))))
def _toeplitz(y, c, r=None):
    """Without a first row it is the conjugate of the first column."""
    if r is None:
        c_bar = (unpick(y_bar, c, linalg.toeplitz(positions(c), nowhere(c)))
                 + np.conj(unpick(y_bar, c, linalg.toeplitz(nowhere(c), positions(c)))))
    else:
        c_bar = unpick(y_bar, c, linalg.toeplitz(positions(c), nowhere(r)))
        r_bar = unpick(y_bar, r, linalg.toeplitz(nowhere(c), positions(r)))


@linear(linalg.hankel, complex=True, calls=(
    Call("linalg.hankel(c)", c=(3,)), Call("linalg.hankel(c, r)", c=(3,), r=(4,))))
def _hankel(y, c, r=None):
    if r is None:
        c_bar = unpick(y_bar, c, linalg.hankel(positions(c) + 1) - 1)
    else:
        c_bar = unpick(y_bar, c, linalg.hankel(positions(c), nowhere(r)))
        r_bar = unpick(y_bar, r, linalg.hankel(nowhere(c), positions(r)))


@linear(linalg.circulant, complex=True, calls=(Call("linalg.circulant(c)", c=(4,)),))
def _circulant(y, c):
    c_bar = unpick(y_bar, c, linalg.circulant(positions(c)))


@linear(linalg.block_diag, complex=True, calls=(
    Call("linalg.block_diag(a, b)", a=(2, 3), b=(2, 2)), Call("linalg.block_diag(a, b, 2.0)", a=(3,), b=()),
    Call("linalg.block_diag(a)", a=(2, 3))))
def _block_diag(y, *arrs):
    arrs_bar = split_blocks(y_bar, arrs)
