"""Code in the style of libraries: whole numbers that decide about axes, ``isscalar``, lists repeated and passed on."""

import numpy as np
import pytest
from scipy.linalg import block_diag

import srcad


def column(z, size, ndim):
    """A measurement as a vector of the state's rank."""
    z = np.atleast_2d(z)
    if z.shape[1] == size:
        z = z.T
    if z.shape != (size, 1):
        raise ValueError(f"z {z.shape} does not fit")
    if ndim == 1:
        z = z[:, 0]
    if ndim == 0:
        z = z[0, 0]
    return z


def by_rank(q):
    as_column, as_vector = column(q, 1, 2), column(q * q, 1, 1)
    return as_column.copy()[0, 0] * as_vector.copy()[0]


def residual(x, P, z, R, H=None):
    if H is None:
        H = np.array([1.0])
    if np.isscalar(H):
        H = np.array([H])
    y = column(z, 1, x.ndim) - np.atleast_1d(np.dot(H, x))
    S = np.dot(np.dot(H, P), H.T) + R
    return np.dot(np.dot(y.T.copy(), np.linalg.inv(S)), y)[0, 0]


def filtered(q, r):
    H = np.array([[1.0, 0.5]])
    return residual(np.array([[q], [r]]), np.eye(2) * q, 1.5, np.array([[r]]), H)


def noise(dim, dt, block_size=1):
    if dim == 2:
        Q = [[0.25 * dt ** 4, 0.5 * dt ** 3], [0.5 * dt ** 3, dt ** 2]]
    else:
        Q = [[dt]]
    return block_diag(*[Q] * block_size)


def blocks(q, r):
    return (noise(2, q, 2) * np.arange(16.0).reshape(4, 4)).sum() * r + noise(3, r)[0, 0]


def joined_with_a_number(x, wide):
    y = x if wide > 0 else x[0]
    return np.asarray(y).flatten().sum() * x[1]


@pytest.mark.parametrize(("function", "args"), [
    (by_rank, (1.3,)), (filtered, (1.3, 0.7)), (blocks, (1.3, 0.7)),
    (lambda x: joined_with_a_number(x, 1), (np.array([1.0, 2.0]),)),
    (lambda x: joined_with_a_number(x, -1), (np.array([1.0, 2.0]),)),
], ids=["by_rank", "filtered", "blocks", "wide", "narrow"])
def test_library_style(function, args):
    value, _ = srcad.value_and_grad(function, argnums=tuple(range(len(args))))(*args)
    assert value == function(*args)
    srcad.check_grads(function, args, order=2)


def widths(x, n):
    if n == 1:
        return x[0]
    return x[:n]


def test_whole_numbers_that_choose_the_form_of_a_result():
    """Callees are told apart by whole numbers where that makes a result clear."""
    def f(x):
        total = 0.0
        for k in range(1, 4):
            total = total + np.sum(widths(x, k))
        return total

    srcad.check_grads(f, (np.array([1.0, 2.0, 3.0]),))
