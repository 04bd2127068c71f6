"""What the derivatives of linear algebra need: block and band matrices, cofactors."""

from __future__ import annotations

import numpy as np

from srcad.runtime.edges import product_of_others
from srcad.runtime.joining import as_form
from srcad.runtime.shapes import unbroadcast


def block_triangular(a, e):
    """The matrix ``[[a, e], [0, a]]``, or a stack of such."""
    return np.concatenate([np.concatenate([a, e], -1), np.concatenate([np.zeros_like(a), a], -1)], -2)


def band_transposed(ab, below, above):
    """The diagonals of the transpose of a matrix with so many diagonals below and above the main one."""
    n = ab.shape[-1]
    result = np.zeros_like(ab)
    for d in range(-above, below + 1):           # d = i - j
        column = slice(max(0, -d), min(n, n - d))
        result[..., below - d, column.start + d:column.stop + d] = ab[..., above + d, column]
    return result


def band_product(ab, x, below, above):
    """The matrix with these diagonals times the vector or matrix `x`; stacks of them are of matrices."""
    if np.ndim(x) == 1:
        return band_product(ab, x[:, None], below, above)[..., 0]
    n = ab.shape[-1]
    result = np.zeros((*np.broadcast_shapes(ab.shape[:-2], x.shape[:-2]), *x.shape[-2:]), np.result_type(ab, x))
    for d in range(-above, below + 1):
        first, last = max(0, -d), min(n, n - d)
        result[..., first + d:last + d, :] += ab[..., above + d, first:last, None] * x[..., first:last, :]
    return result


def band_outer(p, q, below, above):
    """The diagonals of ``p @ q.T``: the adjoint of the matrix in `band_product`."""
    if np.ndim(p) == 1:
        return band_outer(p[:, None], q[:, None], below, above)
    n = q.shape[-2]
    stack = np.broadcast_shapes(p.shape[:-2], q.shape[:-2])
    result = np.zeros((*stack, below + above + 1, n), np.result_type(p, q))
    for d in range(-above, below + 1):
        first, last = max(0, -d), min(n, n - d)
        result[..., above + d, first:last] = np.sum(p[..., first + d:last + d, :] * q[..., first:last, :], axis=-1)
    return result


def pivot_order(pivots):
    """The order of rows that exchanging row k with row ``pivots[k]``, one after the other, gives; of stacks too."""
    order = np.broadcast_to(np.arange(pivots.shape[-1]), pivots.shape).copy()
    for k in range(pivots.shape[-1]):
        place = pivots[..., k:k + 1]
        other = np.take_along_axis(order, place, -1)
        np.put_along_axis(order, place, order[..., k:k + 1], -1)
        order[..., k:k + 1] = other
    return order


def split_blocks(g, arrays):
    """The blocks on the diagonal of `g`, in the shapes of the arrays that a block diagonal matrix was made of."""
    pieces, row, column = [], 0, 0
    for a in arrays:
        m, n = np.atleast_2d(a).shape[-2:]
        piece = g[..., row:row + m, column:column + n]
        pieces.append(unbroadcast(piece, a) if np.ndim(a) > 2 or g.ndim > 2 else piece)
        row, column = row + m, column + n
    return as_form(pieces, arrays)


def join_blocks(pieces, arrays):
    """The transpose of `split_blocks`."""
    blocks = [np.atleast_2d(p) for p in pieces]
    stack = np.broadcast_shapes(*[b.shape[:-2] for b in blocks])
    result = np.zeros((*stack, *np.sum([b.shape[-2:] for b in blocks], axis=0)), np.result_type(*blocks))
    row = column = 0
    for b in blocks:
        result[..., row:row + b.shape[-2], column:column + b.shape[-1]] = b
        row, column = row + b.shape[-2], column + b.shape[-1]
    return result


def off_cut(a):
    """The matrix, or stack of them; an error if an eigenvalue is on the negative real axis."""
    w = np.linalg.eigvals(a)
    if np.any((w.real < 0.0) & (np.abs(w.imag) <= 1e-10 * np.abs(w))):
        raise ValueError("logarithms and fractional powers of matrices have no derivative where an eigenvalue is negative; "
                         "scipy.linalg.sqrtm has a rule for square roots")
    return a


def if_definite(change, cov):
    """What belongs to a change of the covariance, which must not be singular if there is one."""
    if np.any(change):
        w = np.abs(np.linalg.eigvalsh(cov))
        if np.min(w) <= 1e6 * np.finfo(float).eps * np.max(w):
            raise ValueError("the density of a normal distribution has no derivative with respect to a singular covariance; "
                             "differentiate with respect to its factors, or add a small multiple of the unit matrix")
    return change


def cross(a, b):
    """``np.cross`` of two vectors of floats, to the last bit; much faster where both have three components."""
    if a.shape != (3,) or b.shape != (3,):
        return np.cross(a, b)
    a0, a1, a2 = a.tolist()
    b0, b1, b2 = b.tolist()
    return np.array([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0])


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
    if np.ndim(a) == 2 and condition < 1e8:
        return np.linalg.det(a) * inverse.T
    if np.all(condition < 1e8):
        return np.linalg.det(a)[..., None, None] * np.swapaxes(inverse, -1, -2)
    u, s, vh = np.linalg.svd(a)
    unit = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return unit * np.conj((u * product_of_others(s, -1)[..., None, :]) @ vh)


def inverse(a):
    """The inverse, and where a matrix is singular, its adjugate divided by zero."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.swapaxes(cofactors(a), -1, -2) / np.linalg.det(a)[..., None, None]


def polar_factor(x):
    """Of the singular value decomposition u s vh the product ``u @ vh``, as far as s is not zero."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return (u * np.sign(s)[..., None, :]) @ vh


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
