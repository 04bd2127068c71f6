"""Rules of `scipy.linalg`: functions of matrices, and matrix equations; of stacks too where SciPy takes them.

Reference: N. J. Higham, "Functions of Matrices" (2008), section 3.2 for the derivative as a block of the function of a
larger matrix, section 6.1 for the square root.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from srcad.rules.matrices import adjugated, transposed
from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.rules.scipy_systems import POSITIVE, REGULAR
from srcad.runtime import block_triangular, match_kind, off_cut, unbroadcast

# ---------------------------------------------------------------------------------------------------------------------
# Functions of matrices: that of ``[[a, e], [0, a]]`` has the derivative in the direction e beside that of a


def declare_function_of_matrix(fn, calls) -> None:
    """The rules of a function of a matrix."""

    @defadjoint(fn, complex=True, calls=calls)
    def function_of_matrix(y, A):
        size = np.shape(A)[-1]
        A_bar = match_kind(fn(block_triangular(transposed(A), y_bar))[..., :size, size:], A)

    @deftangent(fn)
    def function_of_matrix_tangent(y, A):
        size = np.shape(A)[-1]
        y_dot = match_kind(fn(block_triangular(A, A_dot))[..., :size, size:], y)


declare_function_of_matrix(linalg.expm, calls=(
    Call("linalg.expm(a)", a=(3, 3)), Call("linalg.expm(a)", a=(1, 1)), Call("linalg.expm(a)", a=(2, 2, 2))))
for _fn in (linalg.cosm, linalg.sinm, linalg.coshm, linalg.sinhm, linalg.tanm, linalg.tanhm):
    declare_function_of_matrix(_fn, calls=(Call(f"linalg.{_fn.__name__}(0.5 * a)", a=(3, 3)),))


@defadjoint(linalg.logm, complex=True, calls=(
    Call(f"linalg.logm({POSITIVE})", a=(3, 3)), Call(f"linalg.logm({POSITIVE})", a=(2, 3, 3))))
def _logm(y, A):
    """Not for matrices with an eigenvalue on the negative real axis, where the logarithm is not continuous."""
    size = np.shape(A)[-1]
    A_bar = match_kind(linalg.logm(block_triangular(transposed(off_cut(A)), y_bar))[..., :size, size:], A)


@deftangent(linalg.logm)
def _logm_tangent(y, A):
    size = np.shape(A)[-1]
    y_dot = match_kind(linalg.logm(block_triangular(off_cut(A), A_dot))[..., :size, size:], y)


@defadjoint(linalg.fractional_matrix_power, complex=True, calls=(
    Call(f"linalg.fractional_matrix_power({POSITIVE}, 0.3)", a=(3, 3)),
    Call(f"linalg.fractional_matrix_power({POSITIVE}, -1.5)", a=(2, 3, 3))))
def _fractional_matrix_power(y, A, t):
    """Not for matrices with an eigenvalue on the negative real axis, where the power is not continuous."""
    size = np.shape(A)[-1]
    block = block_triangular(transposed(off_cut(A)), y_bar)
    A_bar = match_kind(linalg.fractional_matrix_power(block, t)[..., :size, size:], A)


@deftangent(linalg.fractional_matrix_power)
def _fractional_matrix_power_tangent(y, A, t):
    size = np.shape(A)[-1]
    y_dot = match_kind(linalg.fractional_matrix_power(block_triangular(off_cut(A), A_dot), t)[..., :size, size:], y)


@defadjoint(linalg.sqrtm, complex=True, calls=(
    Call(f"linalg.sqrtm({POSITIVE})", a=(3, 3)), Call("np.abs(linalg.sqrtm(a + np.diag([-5.0, 3.0, 9.0])))", a=(3, 3)),
    Call(f"linalg.sqrtm({POSITIVE})", a=(2, 3, 3))))
def _sqrtm(y, A):
    A_bar = match_kind(linalg.solve_sylvester(transposed(y), transposed(y), y_bar), A)


@deftangent(linalg.sqrtm)
def _sqrtm_tangent(y, A):
    y_dot = linalg.solve_sylvester(y, y, A_dot)


# ---------------------------------------------------------------------------------------------------------------------
# Matrix equations


@defadjoint(linalg.solve_sylvester, complex=True, calls=(
    Call(f"linalg.solve_sylvester({REGULAR}, b + 4.0 * np.eye(2), q)", a=(3, 3), b=(2, 2), q=(3, 2)),
    Call(f"linalg.solve_sylvester({REGULAR}, b + 4.0 * np.eye(2), q)", a=(3, 3), b=(2, 2, 2), q=(3, 2))))
def _solve_sylvester(y, a, b, q):
    g = linalg.solve_sylvester(transposed(a), transposed(b), y_bar)
    q_bar = unbroadcast(g, q)
    a_bar = unbroadcast(-g @ transposed(y), a)
    b_bar = unbroadcast(-transposed(y) @ g, b)


@deftangent(linalg.solve_sylvester)
def _solve_sylvester_tangent(y, a, b, q):
    y_dot = linalg.solve_sylvester(a, b, q_dot - a_dot @ y - y @ b_dot)


@defadjoint(linalg.solve_continuous_lyapunov, complex=True, calls=(
    Call(f"linalg.solve_continuous_lyapunov({REGULAR}, q)", a=(3, 3), q=(3, 3)),
    Call(f"linalg.solve_continuous_lyapunov({REGULAR}, q)", a=(3, 3), q=(2, 3, 3))))
def _solve_continuous_lyapunov(y, a, q):
    g = linalg.solve_continuous_lyapunov(transposed(a), y_bar)
    q_bar = unbroadcast(g, q)
    a_bar = unbroadcast(-(g @ transposed(y) + np.conj(transposed(g) @ y)), a)


@deftangent(linalg.solve_continuous_lyapunov)
def _solve_continuous_lyapunov_tangent(y, a, q):
    y_dot = linalg.solve_continuous_lyapunov(a, q_dot - a_dot @ y - y @ adjugated(a_dot))


@defadjoint(linalg.solve_discrete_lyapunov, complex=True, ignores=("method",), calls=(
    Call("linalg.solve_discrete_lyapunov(0.2 * a, q)", a=(3, 3), q=(3, 3)),
    Call("linalg.solve_discrete_lyapunov(0.2 * a, q)", a=(2, 3, 3), q=(3, 3))))
def _solve_discrete_lyapunov(y, a, q, method=None):
    g = linalg.solve_discrete_lyapunov(transposed(a), y_bar, method)
    q_bar = unbroadcast(g, q)
    a_bar = unbroadcast(g @ transposed(y @ adjugated(a)) + np.conj(transposed(g) @ a @ y), a)


@deftangent(linalg.solve_discrete_lyapunov)
def _solve_discrete_lyapunov_tangent(y, a, q, method=None):
    moved = a_dot @ y @ adjugated(a) + a @ y @ adjugated(a_dot)
    y_dot = linalg.solve_discrete_lyapunov(a, q_dot + moved, method)
