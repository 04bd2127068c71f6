"""Rules of `scipy.linalg`: eigenvalues and eigenvectors, of Hermitian matrices and pencils, and of others.

Adjoints are transposes without conjugation; a matrix of which one triangle is read has its adjoint there. Eigenvalues
that are repeated are treated as in `srcad.rules.numpy_linalg_factorisations`.

Reference: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008).
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from srcad.rules.matrices import adjugated, diagonal_part, over_gaps, scaled_columns, transposed
from srcad.rules.numpy_linalg_factorisations import eigh_adjoint, eigh_tangent, read_triangle, whole_matrix
from srcad.rules.numpy_linalg_more import eig_adjoint, eig_tangent, eigvals_adjoint, eigvals_tangent
from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.rules.scipy_systems import HERMITIAN
from srcad.rules.static import refuse
from srcad.runtime import as_complex, unbroadcast


def check_pencil(kind):
    if kind != 1:
        refuse("scipy.linalg.eigh has a derivative rule for the problem a v = w b v only", "leave out type=")


_PENCIL = f"{HERMITIAN}, b @ np.conj(np.swapaxes(b, -1, -2)) + 2.0 * np.eye(3)"


@defadjoint(linalg.eigh, complex=True, apart=True, ignores=("check_finite", "driver"), calls=(
    Call(f"linalg.eigh({HERMITIAN})[0]", a=(3, 3)), Call(f"np.abs(linalg.eigh({HERMITIAN})[1])", a=(3, 3)),
    Call(f"np.abs(linalg.eigh({HERMITIAN}, lower=False)[1])", a=(3, 3)), Call(f"linalg.eigh({HERMITIAN})[0]", a=(2, 3, 3)),
    Call(f"np.abs(linalg.eigh({HERMITIAN})[1])", a=(2, 3, 3)),
    *(Call(f"linalg.eigh({HERMITIAN}, eigvals_only=True)", a=a) for a in ((3, 3), (2, 3, 3))),
    *(Call(f"linalg.eigh({_PENCIL})[0]", a=a, b=(3, 3)) for a in ((3, 3), (2, 3, 3))),
    Call(f"linalg.eigh({_PENCIL}, eigvals_only=True)", a=(3, 3), b=(3, 3)),
    Call(f"np.abs(linalg.eigh({_PENCIL})[1])", a=(3, 3), b=(2, 3, 3))))
def _eigh(y, a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, type=1, check_finite=True,
          driver=None):
    """Of the pencil a v = w b v with v^H b v = 1 too."""
    check_pencil(type)
    if b is None:
        a_bar = eigvalsh_adjoint(y_bar, a, lower) if eigvals_only else eigh_adjoint(y, y_bar, a, lower)
    else:
        if eigvals_only:
            bars = pencil_adjoint(y, linalg.eigh(a, b, lower=lower)[1], y_bar, None, lower)
        else:
            bars = pencil_adjoint(y[0], y[1], y_bar[0], y_bar[1], lower)
        a_bar = unbroadcast(bars[0], a)
        b_bar = unbroadcast(bars[1], b)


@deftangent(linalg.eigh)
def _eigh_tangent(y, a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, type=1,
                  check_finite=True, driver=None):
    check_pencil(type)
    if b is None:
        y_dot = eigvalsh_tangent(a, a_dot, lower) if eigvals_only else eigh_tangent(y, a_dot, lower)
    elif eigvals_only:
        y_dot = pencil_tangent(y, linalg.eigh(a, b, lower=lower)[1], a_dot, b_dot, lower)[0]
    else:
        y_dot = pencil_tangent(y[0], y[1], a_dot, b_dot, lower)


@defadjoint(linalg.eigvalsh, complex=True, ignores=("check_finite", "driver"), calls=(
    Call(f"linalg.eigvalsh({HERMITIAN})", a=(3, 3)), Call(f"linalg.eigvalsh({HERMITIAN}, lower=False)", a=(2, 3, 3)),
    Call(f"linalg.eigvalsh({_PENCIL})", a=(3, 3), b=(3, 3))))
def _eigvalsh(y, a, b=None, *, lower=True, overwrite_a=False, overwrite_b=False, type=1, check_finite=True, driver=None):
    check_pencil(type)
    if b is None:
        a_bar = eigvalsh_adjoint(y_bar, a, lower)
    else:
        bars = pencil_adjoint(y, linalg.eigh(a, b, lower=lower)[1], y_bar, None, lower)
        a_bar = unbroadcast(bars[0], a)
        b_bar = unbroadcast(bars[1], b)


@deftangent(linalg.eigvalsh)
def _eigvalsh_tangent(y, a, b=None, *, lower=True, overwrite_a=False, overwrite_b=False, type=1, check_finite=True,
                      driver=None):
    check_pencil(type)
    if b is None:
        y_dot = eigvalsh_tangent(a, a_dot, lower)
    else:
        y_dot = pencil_tangent(y, linalg.eigh(a, b, lower=lower)[1], a_dot, b_dot, lower)[0]


def eigvalsh_adjoint(w_bar, a, lower):
    v = linalg.eigh(a, lower=lower)[1]
    return read_triangle(scaled_columns(np.conj(v), w_bar) @ transposed(v), lower)


def eigvalsh_tangent(a, a_dot, lower):
    v = linalg.eigh(a, lower=lower)[1]
    return np.real(np.sum(np.conj(v) * (whole_matrix(a_dot, lower) @ v), -2))


def pencil_adjoint(w, v, w_bar, v_bar, lower):
    """The adjoints of both matrices; without one of the eigenvectors for None."""
    left = np.conj(v)
    right = transposed(v)
    own = np.eye(np.shape(v)[-1])
    along = own * w_bar[..., None, :]
    if v_bar is None:
        return (read_triangle(left @ along @ right, lower), -read_triangle(left @ (along * w[..., None, :]) @ right, lower))
    turn = right @ v_bar
    turned = over_gaps(turn, w) + along
    in_b = turned * w[..., None, :] + 0.5 * own * turn
    return read_triangle(left @ turned @ right, lower), -read_triangle(left @ in_b @ right, lower)


def pencil_tangent(w, v, a_dot, b_dot, lower):
    n = adjugated(v) @ whole_matrix(b_dot, lower) @ v
    m = adjugated(v) @ whole_matrix(a_dot, lower) @ v - n * w[..., None, :]
    turned = over_gaps(m, w)
    return np.real(np.diagonal(m, 0, -2, -1)), v @ (turned - 0.5 * diagonal_part(n))


#: Matrices with real, and with complex eigenvalues that are well apart.
_APART = "(0.3 * a + np.diag([0.0, 2.0, 5.0]))"
_TURNING = "(0.3 * a + np.array([[1.0, -2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 5.0]]))"


@defadjoint(linalg.eigvals, complex=True, ignores=("check_finite",), calls=(
    Call(f"np.real(linalg.eigvals({_APART}))", a=(3, 3)), Call(f"np.abs(linalg.eigvals({_TURNING}))", a=(3, 3)),
    Call(f"np.abs(linalg.eigvals({_TURNING}))", a=(2, 3, 3))))
def _eigvals(y, a, b=None, overwrite_a=False, check_finite=True):
    check_one_matrix(b, False, False)
    a_bar = eigvals_adjoint(as_complex(linalg.eig(a)[1], a), y_bar, a)


@deftangent(linalg.eigvals)
def _eigvals_tangent(y, a, b=None, overwrite_a=False, check_finite=True):
    check_one_matrix(b, False, False)
    y_dot = eigvals_tangent(as_complex(linalg.eig(a)[1], a), a_dot)


@defadjoint(linalg.eig, complex=True, apart=True, ignores=("check_finite",), calls=(
    Call(f"linalg.eig({_APART})[0]", a=(3, 3)), Call(f"linalg.eig({_APART})[1]", a=(3, 3)),
    Call(f"linalg.eig({_APART})[1]", a=(2, 3, 3)), Call(f"np.imag(linalg.eig({_TURNING})[1])", a=(3, 3)),
    Call(f"np.abs(linalg.eig({_TURNING})[0])", a=(2, 3, 3)), Call(f"np.abs(linalg.eig({_TURNING}, right=False))", a=(3, 3))))
def _eig(y, a, b=None, left=False, right=True, overwrite_a=False, overwrite_b=False, check_finite=True,
         homogeneous_eigvals=False):
    """Eigenvectors are of norm 1, their largest component real, as SciPy returns them."""
    check_one_matrix(b, left, homogeneous_eigvals)
    a_bar = eig_adjoint(y, y_bar, a) if right else eigvals_adjoint(as_complex(linalg.eig(a)[1], a), y_bar, a)


@deftangent(linalg.eig)
def _eig_tangent(y, a, b=None, left=False, right=True, overwrite_a=False, overwrite_b=False, check_finite=True,
                 homogeneous_eigvals=False):
    check_one_matrix(b, left, homogeneous_eigvals)
    y_dot = eig_tangent(y, a, a_dot) if right else eigvals_tangent(as_complex(linalg.eig(a)[1], a), a_dot)


def check_one_matrix(b, left, homogeneous_eigvals):
    if b is not None:
        refuse("scipy.linalg.eig has a derivative rule for one matrix only",
               "take the eigenvalues of scipy.linalg.solve(b, a), or eigh for Hermitian matrices")
    if left or homogeneous_eigvals:
        refuse("scipy.linalg.eig has no derivative rule with left=True, or with homogeneous_eigvals=True",
               "left eigenvectors are those of the conjugate transpose of the matrix")
