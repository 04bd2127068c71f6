"""Rules of `scipy.linalg`: systems of equations, dense, triangular, of bands and of Toeplitz matrices; inverses, norms.

Adjoints are transposes without conjugation. What only one triangle, or one band, of a matrix is read from has its
adjoint there. Stacks are followed where SciPy takes them.

Reference: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008).
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from srcad.rules.matrices import adjugated, beside_matrices, diagonal_part, transposed
from srcad.rules.numpy_linalg_factorisations import read_triangle, whole_matrix
from srcad.rules.numpy_linalg_norms import norm_adjoint, norm_tangent
from srcad.rules.numpy_linalg_systems import lstsq_adjoint, lstsq_tangent, pinv_adjoint, pinv_tangent
from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.rules.scipy_linalg import column_adjoint, row_adjoint
from srcad.rules.static import refuse, static
from srcad.runtime import band_outer, band_product, band_transposed, cofactors, unbroadcast

#: A well-conditioned matrix (or stack of them) from any numbers `a`, square; a positive definite one; a Hermitian one.
REGULAR = "(a + 4.0 * np.eye(3))"
POSITIVE = "(a @ np.conj(np.swapaxes(a, -1, -2)) + 2.0 * np.eye(3))"
HERMITIAN = "(a + np.conj(np.swapaxes(a, -1, -2)) + np.diag([0.0, 5.0, 11.0]))"
#: Shapes of matrices, and of right-hand sides, where one of the two or both are stacks.
STACKS = (((2, 3, 3), (2, 3, 2)), ((2, 3, 3), (3,)), ((3, 3), (2, 3, 1)), ((4, 1, 3, 3), (2, 3, 2)))

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


def as_columns(g, a, b):
    """Right-hand sides, or adjoints of solutions, as columns: a vector may be that of every matrix of a stack."""
    return g[..., None] if np.ndim(b) == 1 and np.ndim(a) > 2 else g


def as_sides(x, a, b):
    """Columns in the form of the right-hand sides `b`."""
    return x[..., 0] if np.ndim(b) == 1 and np.ndim(a) > 2 else x


def product(a, y, b):
    """The matrix times a solution, in the form of the right-hand sides `b`."""
    return as_sides(a @ as_columns(y, a, b), a, b)


def solution(a, g, b):
    """The solution of a general system, in the form of the right-hand sides `b`."""
    return as_sides(np.linalg.solve(a, as_columns(g, a, b)), a, b)


_STRUCTURES = (
    ("", REGULAR), (", assume_a='gen'", REGULAR), (", assume_a='sym'", HERMITIAN), (", assume_a='sym', lower=True", REGULAR),
    (", assume_a='pos'", POSITIVE), (", assume_a='pos', lower=True", POSITIVE), (", assume_a='her', lower=True", HERMITIAN),
    (", assume_a='upper triangular'", REGULAR), (", assume_a='lower triangular'", REGULAR),

    (", assume_a='tridiagonal'", REGULAR), (", assume_a='diagonal'", REGULAR),
)


@defadjoint(linalg.solve, complex=True, ignores=("check_finite",), calls=(
    *(Call(f"linalg.solve({matrix}, b{rest})", a=(3, 3), b=(3,)) for rest, matrix in _STRUCTURES),
    Call("linalg.solve(np.real(a) + 4.0 * np.eye(3), np.real(b), transposed=True)", a=(3, 3), b=(3,)),
    Call(f"linalg.solve({REGULAR}, b)", a=(3, 3), b=(3, 2)),
    Call(f"linalg.solve({POSITIVE}, b, assume_a='pos')", a=(3, 3), b=(3, 2)),
    *(Call(f"linalg.solve({REGULAR}, b)", a=a, b=b) for a, b in STACKS)))
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


def triangular_solution(a, b, g, trans, lower, unit_diagonal):
    """The solution for `g` in the form of the right-hand sides `b`."""
    columns = as_columns(g, a, b)
    return as_sides(linalg.solve_triangular(a, columns, trans=trans, lower=lower, unit_diagonal=unit_diagonal), a, b)


@defadjoint(linalg.solve_triangular, complex=True, ignores=("check_finite",), calls=(
    *(Call(f"linalg.solve_triangular({REGULAR}, b{rest})", a=(3, 3), b=(3,)) for rest in (
        "", ", lower=True", ", trans=1", ", trans='T', lower=True", ", trans=2", ", 'C', True", ", unit_diagonal=True",
        ", 1, True, True")),
    Call(f"linalg.solve_triangular({REGULAR}, b)", a=(3, 3), b=(3, 2)),
    Call(f"linalg.solve_triangular({REGULAR}, b, trans='T')", a=(3, 3), b=(3, 2)),
    *(Call(f"linalg.solve_triangular({REGULAR}, b, 'C', True)", a=a, b=b) for a, b in STACKS)))
def _solve_triangular(y, a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True):
    along = direction(trans)
    if along == "N":
        g = triangular_solution(a, b, y_bar, 1, lower, unit_diagonal)
    elif along == "T":
        g = triangular_solution(a, b, y_bar, 0, lower, unit_diagonal)
    else:
        g = np.conj(triangular_solution(a, b, np.conj(y_bar), 0, lower, unit_diagonal))
    b_bar = unbroadcast(g, b)
    a_bar = unbroadcast(triangle_read(operated(minus_outer(g, y, b), along), lower, unit_diagonal), a)


@deftangent(linalg.solve_triangular)
def _solve_triangular_tangent(y, a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True):
    moved = operated(triangle_read(a_dot, lower, unit_diagonal), direction(trans))
    y_dot = triangular_solution(a, b, b_dot - product(moved, y, b), trans, lower, unit_diagonal)


@defadjoint(linalg.inv, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.inv({REGULAR})", a=(3, 3)), Call(f"linalg.inv({REGULAR}, check_finite=False)", a=(3, 3)),
    Call(f"linalg.inv({POSITIVE}, assume_a='pos')", a=(3, 3)),
    Call(f"linalg.inv({HERMITIAN}, assume_a='her', lower=True)", a=(3, 3))))
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
    *(Call(f"linalg.norm(x{order})", x=(3, 2)) for order in (
        "", ", 'fro'", ", 1", ", 2", ", 'nuc'", ", axis=0", ", 1, axis=1", ", axis=(0, 1)", ", keepdims=True")),
    Call("linalg.norm(x, 2, axis=(0, 2), keepdims=True)", x=(3, 2, 2))))
def _norm(y, a, ord=None, axis=None, keepdims=False, check_finite=True):
    a_bar = norm_adjoint(y, y_bar, a, ord, axis, keepdims)


@deftangent(linalg.norm)
def _norm_tangent(y, a, ord=None, axis=None, keepdims=False, check_finite=True):
    y_dot = norm_tangent(y, a, a_dot, ord, axis, keepdims)


@defadjoint(linalg.lstsq, complex=True, ignores=("check_finite", "lapack_driver"), calls=(
    Call("linalg.lstsq(a, b)[0]", a=(4, 2), b=(4,)), Call("linalg.lstsq(a, b)[0]", a=(4, 2), b=(4, 3)),
    Call("linalg.lstsq(a, b)[0]", a=(2, 4), b=(2,)), Call("linalg.lstsq(a, b, cond=1e-10)[1]", a=(4, 2), b=(4, 3)),
    Call("linalg.lstsq(a, b)[1]", a=(4, 2), b=(4,)), Call("linalg.lstsq(a, b)[3]", a=(4, 2), b=(4,))))
def _lstsq(y, a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True, lapack_driver=None):
    """The solution is ``pinv(a) @ b``; residuals are there only for more equations than unknowns."""
    check_lstsq(a, lapack_driver)
    bars = lstsq_adjoint(y, y_bar, a, b, np.linalg.pinv(a, cond))
    a_bar = bars[0]
    b_bar = bars[1]


@deftangent(linalg.lstsq)
def _lstsq_tangent(y, a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True, lapack_driver=None):
    check_lstsq(a, lapack_driver)
    y_dot = lstsq_tangent(y, a, b, a_dot, b_dot, np.linalg.pinv(a, cond))


def check_lstsq(a, lapack_driver):
    if np.ndim(a) > 2:
        refuse("scipy.linalg.lstsq has a derivative rule for single matrices only", "loop over the stack")
    if lapack_driver == "gelsy":
        refuse("scipy.linalg.lstsq has no derivative rule for the driver 'gelsy'", "leave out lapack_driver=")


# ---------------------------------------------------------------------------------------------------------------------
# Bands: row u + i - j, column j of `ab` has the element i, j of a matrix with u diagonals above and l below


_BAND = "(ab + np.array([[0.0], [6.0], [0.0]]))"


@defadjoint(linalg.solve_banded, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.solve_banded((1, 1), {_BAND}, b)", ab=(3, 4), b=(4,)),
    Call(f"linalg.solve_banded((1, 1), {_BAND}, b)", ab=(3, 4), b=(4, 2)),
    Call(f"linalg.solve_banded((1, 1), {_BAND}, b)", ab=(2, 3, 4), b=(4,)),
    Call(f"linalg.solve_banded((1, 1), {_BAND}, b)", ab=(3, 4), b=(2, 4, 1)),
    Call("linalg.solve_banded((2, 0), ab + np.array([[6.0], [0.0], [0.0]]), b)", ab=(3, 4), b=(4,)),
    Call("linalg.solve_banded((0, 2), ab + np.array([[0.0], [0.0], [6.0]]), b)", ab=(3, 4), b=(4,))))
def _solve_banded(y, l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True):
    below = l_and_u[0]
    above = l_and_u[1]
    g = linalg.solve_banded((above, below), band_transposed(ab, below, above), as_columns(y_bar, ab, b))
    b_bar = unbroadcast(as_sides(g, ab, b), b)
    ab_bar = unbroadcast(-band_outer(g, as_columns(y, ab, b), below, above), ab)


@deftangent(linalg.solve_banded)
def _solve_banded_tangent(y, l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True):
    moved = band_product(ab_dot, as_columns(y, ab, b), l_and_u[0], l_and_u[1])
    y_dot = as_sides(linalg.solve_banded(l_and_u, ab, as_columns(b_dot, ab, b) - moved), ab, b)


def whole_band(ab, lower):
    """All diagonals of the Hermitian matrix of which `ab` has the upper, or the lower, half."""
    count = np.shape(ab)[-2] - 1
    if lower:
        return np.concatenate([np.conj(band_transposed(ab, count, 0))[..., :-1, :], ab], -2)
    return np.concatenate([ab, np.conj(band_transposed(ab, 0, count))[..., 1:, :]], -2)


def half_band(g, lower):
    """The transpose of `whole_band`."""
    count = np.shape(g)[-2] // 2
    if lower:
        other = np.conj(band_transposed(g[..., :count + 1, :], 0, count))
        return g[..., count:, :] + np.concatenate([np.zeros_like(other[..., :1, :]), other[..., 1:, :]], -2)
    other = np.conj(band_transposed(g[..., count:, :], count, 0))
    return g[..., :count + 1, :] + np.concatenate([other[..., :-1, :], np.zeros_like(other[..., :1, :])], -2)


_UPPER = "np.real(ab * np.array([[0.0], [1.0]])) + ab * np.array([[1.0], [0.0]]) + np.array([[0.0], [8.0]])"
_LOWER = ("np.real(ab * np.array([[1.0], [0.0], [0.0]])) + ab * np.array([[0.0], [1.0], [1.0]])"
          " + np.array([[12.0], [0.0], [0.0]])")


@defadjoint(linalg.solveh_banded, complex=True, ignores=("check_finite",), calls=(
    Call(f"linalg.solveh_banded({_UPPER}, b)", ab=(2, 4), b=(4,)),
    Call(f"linalg.solveh_banded({_LOWER}, b, lower=True)", ab=(3, 4), b=(4, 2)),
    Call(f"linalg.solveh_banded({_UPPER}, b)", ab=(2, 2, 4), b=(4,)),
    Call(f"linalg.solveh_banded({_LOWER}, b, lower=True)", ab=(3, 4), b=(2, 4, 2))))
def _solveh_banded(y, ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True):
    count = np.shape(ab)[-2] - 1
    g = np.conj(linalg.solveh_banded(ab, np.conj(as_columns(y_bar, ab, b)), lower=lower))
    b_bar = unbroadcast(as_sides(g, ab, b), b)
    ab_bar = unbroadcast(half_band(-band_outer(g, as_columns(y, ab, b), count, count), lower), ab)


@deftangent(linalg.solveh_banded)
def _solveh_banded_tangent(y, ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True):
    count = np.shape(ab)[-2] - 1
    moved = band_product(whole_band(ab_dot, lower), as_columns(y, ab, b), count, count)
    y_dot = as_sides(linalg.solveh_banded(ab, as_columns(b_dot, ab, b) - moved, lower=lower), ab, b)


# ---------------------------------------------------------------------------------------------------------------------
# Toeplitz matrices: row i, column j has the element i - j of the first column, or j - i of the first row


@defadjoint(linalg.solve_toeplitz, complex=True, ignores=("check_finite",), calls=(
    Call("linalg.solve_toeplitz(c + np.array([6.0, 0.0, 0.0]), b)", c=(3,), b=(3,)),
    Call("linalg.solve_toeplitz((c + np.array([6.0, 0.0, 0.0]), r), b)", c=(3,), r=(3,), b=(3,)),
    Call("linalg.solve_toeplitz((c + np.array([6.0, 0.0, 0.0]), r), b)", c=(3,), r=(3,), b=(3, 2)),
    Call("linalg.solve_toeplitz((c + np.array([6.0, 0.0, 0.0]), [0.0, 1.0, 2.0]), b)", c=(3,), b=(3,))))
def _solve_toeplitz(y, c_or_cr, b, check_finite=True):
    """Without a first row it is the conjugate of the first column."""
    if isinstance(c_or_cr, tuple):
        c = c_or_cr[0]
        r = c_or_cr[1]
        check_vector(c)
        g = linalg.solve_toeplitz((np.concatenate([c[:1], r[1:]]), c), y_bar)
        whole = minus_outer(g, y, b)
        c_or_cr_bar = (column_adjoint(whole, c, r), row_adjoint(whole, c, r))
    else:
        check_vector(c_or_cr)
        g = linalg.solve_toeplitz((np.concatenate([c_or_cr[:1], np.conj(c_or_cr[1:])]), c_or_cr), y_bar)
        whole = minus_outer(g, y, b)
        c_or_cr_bar = column_adjoint(whole, c_or_cr, c_or_cr) + np.conj(row_adjoint(whole, c_or_cr, c_or_cr))
    b_bar = g


@deftangent(linalg.solve_toeplitz)
def _solve_toeplitz_tangent(y, c_or_cr, b, check_finite=True):
    if isinstance(c_or_cr, tuple):
        moved = linalg.toeplitz(c_or_cr_dot[0], c_or_cr_dot[1])
    else:
        moved = linalg.toeplitz(c_or_cr_dot)
    y_dot = linalg.solve_toeplitz(c_or_cr, b_dot - moved @ y)


def check_vector(c):
    if np.ndim(c) != 1:
        refuse("scipy.linalg.solve_toeplitz has a derivative rule for one matrix only", "loop over the rows")
