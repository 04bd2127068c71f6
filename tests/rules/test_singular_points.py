"""Repeated eigenvalues and singular values, singular matrices, elements that are left out: a derivative, or none."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import srcad
from srcad.testing import check_grads

APART = np.array([[2.0, 0.3, -0.4], [0.3, 4.0, 0.5], [-0.4, 0.5, 7.0]])
ONES = np.array([False, True])


def sum_of_squares(x):
    return np.sum(np.linalg.eigvalsh(x) ** 2)


def sum_of_squares_unpacked(x):
    w, _vectors = np.linalg.eigh(x)
    return np.sum(w**2)


def squares_of_general(x):
    return np.sum(np.real(np.linalg.eig(x)[0] ** 2))


def squares_of_singular_values(x):
    return np.sum(np.linalg.svd(x)[1] ** 2)


@pytest.mark.parametrize("f", [sum_of_squares, sum_of_squares_unpacked, squares_of_general, squares_of_singular_values])
def test_symmetric_functions_of_repeated_values(f):
    np.testing.assert_allclose(srcad.grad(f)(2.0 * np.eye(3)), 4.0 * np.eye(3), atol=1e-12)
    np.testing.assert_allclose(srcad.jvp(f, (2.0 * np.eye(3),), (np.ones((3, 3)),))[1], 12.0)


def exponential(x):
    w, v = np.linalg.eigh(x)
    return np.sum((v * np.exp(w)) @ v.T)


def rebuilt(x):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return np.sum(np.cos((u * s) @ vh))


@pytest.mark.parametrize("f", [exponential, rebuilt])
def test_vectors_of_repeated_values_have_no_derivative(f):
    """What is exact for one function that does not depend on the choice of basis is wrong for another."""
    check_grads(f, (APART,), order=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not np.isfinite(srcad.grad(f)(np.eye(3))).all()
        assert not np.isfinite(srcad.jvp(f, (np.eye(3),), (np.ones((3, 3)),))[1])
        assert not np.isfinite(srcad.hessian(sum_of_squares)(np.eye(3))).all()


def nuclear(x):
    return np.linalg.norm(x, "nuc")


@pytest.mark.parametrize("x", [np.eye(3), np.eye(4)[:, :2] * 2.0, APART[:2]])
def test_the_nuclear_norm_to_second_order(x):
    check_grads(nuclear, (x,), order=2)


@pytest.mark.parametrize("order", [2, -2, "nuc", "fro"])
def test_matrix_norms_at_zero(order):
    def norm(x):
        return np.linalg.norm(x, order)

    assert not np.any(srcad.grad(norm)(np.zeros((2, 2))))
    assert srcad.jvp(norm, (np.zeros((2, 2)),), (np.ones((2, 2)),))[1] == 0.0


def log_of_determinant(x):
    return np.linalg.slogdet(x)[1]


def test_a_singular_matrix_has_an_infinite_logarithm():
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isinf(srcad.grad(log_of_determinant)(np.ones((2, 2)))).all()
        assert not np.isfinite(srcad.jvp(log_of_determinant, (np.ones((2, 2)),), (np.eye(2),))[1])


def masked_sum(x, m):
    return np.sum(np.where(m, np.sqrt(x), 0.0))


def left_out(x, m):
    return np.sum(np.sqrt(x), where=m)


def left_out_of_mean(x, m):
    return np.mean(np.sqrt(x), where=m)


def left_out_of_maximum(x, m):
    return np.max(np.sqrt(x), where=m, initial=0.0)


def left_out_of_product(x, m):
    return np.prod(1.0 / x, where=m)


@pytest.mark.parametrize(("f", "slope"), [
    (masked_sum, 0.25), (left_out, 0.25), (left_out_of_mean, 0.25), (left_out_of_maximum, 0.25), (left_out_of_product, -0.0625)])
def test_what_a_mask_leaves_out_has_no_infinite_derivative(f, slope):
    x = np.array([0.0, 4.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        assert list(srcad.grad(f)(x, ONES)) == [0.0, slope]
        assert srcad.jvp(f, (x, ONES), (np.ones(2),), argnums=0)[1] == slope


def neighbour(x):
    return math.nextafter(x, 10.0) * 2.0


def neighbours(x):
    return np.nextafter(x, [10.0, -10.0])


def test_the_next_number_grows_as_the_number_does():
    assert srcad.grad(neighbour)(1.5) == 2.0
    np.testing.assert_array_equal(srcad.jacobian(neighbours)(np.array([1.0, 2.0])), np.eye(2))


def of_the_form(x):
    return x.strides[0] * x.nbytes * x.itemsize * x.flags.c_contiguous * np.sum(x)


def test_attributes_of_form_are_constant():
    np.testing.assert_array_equal(srcad.grad(of_the_form)(np.ones(3)), np.full(3, 8 * 24 * 8))
    assert srcad.jvp(of_the_form, (np.ones(3),), (np.ones(3),))[1] == 3 * 8 * 24 * 8


def in_memory(x):
    return np.frombuffer(x.data)


def test_other_attributes_are_refused():
    with pytest.raises(srcad.errors.SrcadError, match="the attribute data"):
        srcad.jvp(in_memory, (np.ones(3),), (np.ones(3),))


def real_beside_complex(x, z):
    return np.tensordot(x, z, axes=1)


def test_the_adjoint_of_a_real_operand_of_unknown_product_is_real():
    x, z = np.ones((2, 3)), 1j * np.ones((3, 2))
    y, pullback = srcad.vjp(real_beside_complex, x, z)
    x_bar, z_bar = pullback(np.ones_like(y))
    assert x_bar.dtype == np.float64 and z_bar.dtype == np.complex128


def rooted(x):
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


def used_twice(x):
    root = np.sqrt(x)
    return np.sum(np.where(x > 0, root * np.log(x) + root, 0.0))


@pytest.mark.parametrize("f", [rooted, used_twice])
def test_masks_to_second_order_in_reverse(f):
    def slopes(x):
        value, slope = srcad.value_and_grad(f)(x)
        return value + np.sum(slope**2)

    inside, x = np.array([1.0, 4.0]), np.array([0.0, 1.0, 4.0, -1.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        expected, found = srcad.grad(slopes)(inside), srcad.grad(slopes)(x)
        np.testing.assert_allclose(found, [0.0, *expected, 0.0], rtol=1e-12)
        np.testing.assert_allclose(np.diag(srcad.hessian(f)(x)), [0.0, *np.diag(srcad.hessian(f)(inside)), 0.0], rtol=1e-12)
