"""What the derivatives of linear algebra need: block and band matrices, cofactors."""

from __future__ import annotations

import numpy as np

from srcad.runtime.edges import product_of_others
from srcad.runtime.joining import as_form


def block_triangular(a, e):
    """The matrix ``[[a, e], [0, a]]``, or a stack of such."""
    return np.concatenate([np.concatenate([a, e], -1), np.concatenate([np.zeros_like(a), a], -1)], -2)


def band_transposed(ab, below, above):
    """The diagonals of the transpose of a matrix with so many diagonals below and above the main one."""
    n = ab.shape[1]
    result = np.zeros_like(ab)
    for d in range(-above, below + 1):           # d = i - j
        row, column = ab[above + d], slice(max(0, -d), min(n, n - d))
        result[below - d, column.start + d:column.stop + d] = row[column]
    return result


def band_product(ab, x, below, above):
    """The matrix with these diagonals times the vector or matrix `x`."""
    n = ab.shape[1]
    result = np.zeros(x.shape, np.result_type(ab, x))
    for d in range(-above, below + 1):
        first, last = max(0, -d), min(n, n - d)
        row = ab[above + d, first:last]
        result[first + d:last + d] += (row if x.ndim == 1 else row[:, None]) * x[first:last]
    return result


def band_outer(p, q, below, above):
    """The diagonals of ``p @ q.T``: the adjoint of the matrix in `band_product`."""
    n = len(q)
    result = np.zeros((below + above + 1, n), np.result_type(p, q))
    for d in range(-above, below + 1):
        first, last = max(0, -d), min(n, n - d)
        terms = p[first + d:last + d] * q[first:last]
        result[above + d, first:last] = terms if terms.ndim == 1 else terms.sum(axis=1)
    return result


def pivot_order(pivots):
    """The order of rows that exchanging row k with row ``pivots[k]``, one after the other, gives."""
    order = np.arange(len(pivots))
    for k, other in enumerate(pivots):
        order[k], order[other] = order[other], order[k]
    return order


def split_blocks(g, arrays):
    """The blocks on the diagonal of `g`, in the shapes of the arrays that a block diagonal matrix was made of."""
    pieces, row, column = [], 0, 0
    for a in arrays:
        m, n = np.atleast_2d(a).shape
        pieces.append(g[row:row + m, column:column + n])
        row, column = row + m, column + n
    return as_form(pieces, arrays)


def join_blocks(pieces, arrays):
    """The transpose of `split_blocks`."""
    blocks = [np.atleast_2d(p) for p in pieces]
    result = np.zeros(np.sum([b.shape for b in blocks], axis=0), np.result_type(*blocks))
    row = column = 0
    for b in blocks:
        result[row:row + b.shape[0], column:column + b.shape[1]] = b
        row, column = row + b.shape[0], column + b.shape[1]
    return result


def cofactors(a):
    """The gradient of the determinant; for singular matrices too.

    For a well-conditioned matrix it is the determinant times the transposed inverse. Else, with the singular value
    decomposition u s vh, it is that of s between those of u and vh, which are their conjugates times their determinants.
    """
    try:
        inverse = np.linalg.inv(a)
        if np.ndim(a) == 2:
            condition = np.sqrt(np.vdot(a, a).real * np.vdot(inverse, inverse).real)     # in the norm of Frobenius
        else:
            condition = np.linalg.norm(a, axis=(-2, -1)) * np.linalg.norm(inverse, axis=(-2, -1))
    except np.linalg.LinAlgError:
        condition = np.inf
    if np.all(condition < 1e8):
        return np.linalg.det(a)[..., None, None] * np.swapaxes(inverse, -1, -2)
    u, s, vh = np.linalg.svd(a)
    unit = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return unit * np.conj((u * product_of_others(s, -1)[..., None, :]) @ vh)


def minors(a, d):
    """The derivative of `cofactors` at `a` in the direction `d`; for singular matrices too."""
    u, s, vh = np.linalg.svd(a)
    unit = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    n = s.shape[-1]
    keep = ~(np.eye(n, dtype=bool)[:, None] | np.eye(n, dtype=bool)[None])
    without_two = np.prod(np.where(keep, s[..., None, None, :], 1.0), axis=-1) * (1.0 - np.eye(n))
    m = np.conj(np.swapaxes(u, -1, -2)) @ d @ np.conj(np.swapaxes(vh, -1, -2))
    on = (without_two @ np.diagonal(m, 0, -2, -1)[..., None]) * np.eye(n)
    return unit * np.conj(u) @ (on - without_two * np.swapaxes(m, -1, -2)) @ np.conj(vh)


def fit_residuals(g, like):
    """`g`, or zeros in the shape of `like` where one of the two is empty: ``np.linalg.lstsq`` may give no residuals."""
    return g if g.shape == like.shape else np.zeros(like.shape, g.dtype)


def as_complex(x, like):
    """`x` as complex numbers, in the precision of `like`."""
    return np.asarray(x).astype(np.result_type(like, np.complex64))
