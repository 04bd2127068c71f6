"""An adjoint that is an array of the program's, which the reverse sweep puts old values back into before it is used."""

from __future__ import annotations

import numpy as np
import pytest

from srcad.testing import check_grads

X = np.array([0.9, 0.3, 1.4, 0.7, 1.1, 0.6])


def scattered(x, s):
    idx = np.argsort(x)
    z = np.empty_like(x)
    z[idx] = x[idx] * s
    return (z * x).sum()


def reshaped(x, s):
    z = x.copy()
    z[0] = 3.0
    w = s * z.reshape(2, 3)
    z[:] = x**2
    z *= 2
    return (w * z.reshape(2, 3)).sum()


def by_the_items_of_a_dict(x, s):
    z = x.copy()
    d = {"a": s, "b": x}
    r = (z * d["b"]).sum()
    z[1] = s
    q = z @ d["b"] + d["a"] * z[2]
    z[2] = 7.0
    return r * 1.0 + q


def in_a_loop(x, s):
    z = x.copy()
    r = x
    for i in range(3):
        r = z * s
        z[i] = r[i - 1] * s
    return r.sum() + z[0]


@pytest.mark.parametrize("f", [scattered, reshaped, by_the_items_of_a_dict, in_a_loop])
def test_an_adjoint_is_kept_as_it_was(f) -> None:
    check_grads(f, (X, 1.3))


def backwards(A):
    x = np.zeros(3)
    for i in reversed(range(3)):
        x[i] = A[i, i:] @ A[i, i:]
    return x @ x


def part_of_a_range(A):
    r = range(5)[1:4]
    s = 0.0
    for i in r:
        s += A[i % 3, 0] * i
    return s * r[1]


@pytest.mark.parametrize("f", [backwards, part_of_a_range])
def test_a_slice_of_a_range_is_a_range(f) -> None:
    check_grads(f, (np.linspace(0.2, 1.1, 9).reshape(3, 3),))


def solved_by_elimination(A, b):
    A, b, n = A.copy(), b.copy(), len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(A[k:, k]))
        if p != k:
            A[[k, p]] = A[[p, k]]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            f = A[i, k] / A[k, k]
            A[i, k:] -= f * A[k, k:]
            b[i] -= f * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - A[i, i + 1:] @ x[i + 1:]) / A[i, i]
    return x


def test_elimination_with_pivots_that_swap_rows_by_a_list_of_indices() -> None:
    A = np.array([[0.1, 0.9, 0.4], [0.7, 0.2, 0.5], [0.3, 0.8, 0.6]])
    check_grads(solved_by_elimination, (A, np.array([0.2, 0.5, 0.9])))


def second_of_a_determinant(A):
    B = A.T.copy()
    B[0] = A[1] * A[0]
    B[:, 1] -= B[:, 0]
    return np.linalg.det(B)


def second_of_a_transform(x):
    z = x.astype(complex)
    z[1] *= 1j
    w = np.fft.fft(z)
    return np.abs(w[2]) + (w * w.conj()).real.sum()


def product_of_a_filtered_list(x, s):
    return np.prod([v * s for v in x if v > 0.8])


@pytest.mark.parametrize(("f", "args"), [
    (second_of_a_determinant, (np.linspace(0.2, 1.1, 9).reshape(3, 3),)), (second_of_a_transform, (X,)),
    (product_of_a_filtered_list, (X, 1.3))])
def test_helpers_of_the_adjoint_are_differentiated_again(f, args) -> None:
    check_grads(f, args)


def value_with_the_tangent_of_memory(x, s):
    x = x * s
    y = x + 1.0
    x *= 2.0
    return (y * y).sum() + x[0]


def tangent_that_is_memory(x, s):
    z = x.copy()
    z[:] = np.arange(6.0)
    w = s * z.reshape(2, 3)
    z[:] = x**2
    return w.sum() * z[1]


@pytest.mark.parametrize("f", [value_with_the_tangent_of_memory, tangent_that_is_memory])
def test_a_tangent_is_kept_as_it_was(f) -> None:
    check_grads(f, (X, 1.3))
