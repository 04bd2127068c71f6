"""Stacks of matrices: what the rules of linear algebra have in common."""

from __future__ import annotations

import numpy as np

#: A well-conditioned matrix (or stack of them) from any numbers `a`, square; a positive definite Hermitian one.
REGULAR = "(a + 4.0 * np.eye(3))"
POSITIVE = "(a @ np.conj(np.swapaxes(a, -1, -2)) + 2.0 * np.eye(3))"
HERMITIAN = "(a + np.conj(np.swapaxes(a, -1, -2)) + np.diag([0.0, 5.0, 11.0]))"


def transposed(a):
    """The matrix, or every matrix of a stack, transposed."""
    return a.T if np.ndim(a) == 2 else np.swapaxes(a, -1, -2)


def adjugated(a):
    """The conjugate transpose."""
    return np.conj(transposed(a))


def scaled_columns(v, w):
    """``v @ diag(w)``"""
    return v * w[..., None, :]


def beside_matrices(s):
    """A number for every matrix of a stack, to be multiplied with the matrices."""
    return s if np.ndim(s) == 0 else s[..., None, None]


def over_gaps(m, values):
    """Off the diagonal `m` divided by the differences of `values`, in the order column minus row; zero on it."""
    own = np.eye(np.shape(values)[-1])
    return m / (values[..., None, :] - values[..., :, None] + own) * (1.0 - own)


def diagonal_part(a):
    """The matrix with zeros off its diagonal."""
    return a * np.eye(np.shape(a)[-1])
