"""Rules of `scipy.linalg`: special matrices here, the others in modules of their own.

Imported only when the user's program has imported scipy.linalg. Names are those of SciPy 1.11; newer functions are
looked up.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from srcad.rules.numpy_selection import positions
from srcad.rules.registry import Call, linear, zero_derivative
from srcad.runtime import split_blocks, unpick

zero_derivative(linalg.issymmetric, linalg.ishermitian, linalg.bandwidth)


def load() -> None:
    """Register the rules of all of scipy.linalg; they are registered when their modules are imported."""
    from srcad.rules import (  # noqa: F401
        scipy_eigenvalues,
        scipy_factorisations,
        scipy_matrix_functions,
        scipy_systems,
    )


def nowhere(x):
    return np.full(np.shape(x), -1)


@linear(linalg.toeplitz, complex=True, calls=(
    Call("linalg.toeplitz(c)", c=(3,)), Call("linalg.toeplitz(c, r)", c=(3,), r=(4,)),
    Call("linalg.toeplitz(c, r=[0.0, 1.0])", c=(3,))))
def _toeplitz(y, c, r=None):
    """Without a first row it is the conjugate of the first column."""
    if r is None:
        c_bar = column_adjoint(y_bar, c, c) + np.conj(row_adjoint(y_bar, c, c))
    else:
        c_bar = column_adjoint(y_bar, c, r)
        r_bar = row_adjoint(y_bar, c, r)


def column_adjoint(g, c, r):
    """The adjoint of the first column of a Toeplitz matrix."""
    return unpick(g, c, linalg.toeplitz(positions(c), nowhere(r)))


def row_adjoint(g, c, r):
    """The adjoint of its first row, of which the first element is not read."""
    return unpick(g, r, linalg.toeplitz(nowhere(c), positions(r)))


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
    Call("linalg.block_diag(a)", a=(2, 3)), Call("linalg.block_diag(a, b)", a=(2, 2, 3), b=(2, 1, 2))))
def _block_diag(y, *arrs):
    arrs_bar = split_blocks(y_bar, arrs)
