"""The square root of a sum of squares: a norm, whose derivative at 0 is 0; of anything else it is infinite."""

from __future__ import annotations

import math

import numpy as np
import pytest

import srcad

ZEROS = np.zeros(3)


def summed(x):
    return np.sqrt(np.sum(x * x))


def distance(x):
    return np.sqrt(np.sum((x - x[::-1]) ** 2))


def by_method(x):
    return (x**2).sum() ** 0.5


def product(x):
    return np.sqrt(x @ x)


def root_mean_square(x):
    return np.sqrt(np.mean(np.square(x)))


def weighted(x):
    return np.sqrt(np.sum(np.array([1.0, 2.0, 3.0]) * x**2))


def form(x):
    return np.sqrt(x @ np.diag([1.0, 2.0, 3.0]) @ x)


def of_numbers(x):
    return math.sqrt(x[0] * x[0] + x[1] ** 2)


def rows(x):
    return np.sum(np.sqrt(np.sum((x[:, None] - x[None, :])[..., None] ** 2, axis=-1)))


def contracted(x):
    return np.sqrt(np.einsum("i,i", x, x))


def magnitudes(x):
    return np.sqrt(np.sum(np.abs(x) ** 2 + x * x) / 2.0)


NORMS = [summed, distance, by_method, product, root_mean_square, weighted, form, of_numbers, rows, contracted, magnitudes]


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("f", NORMS, ids=lambda f: f.__name__)
def test_the_derivative_of_a_norm_at_zero_is_zero(f, mode):
    np.testing.assert_array_equal(srcad.grad(f, mode=mode)(ZEROS), ZEROS)


@pytest.mark.parametrize("f", [summed, product, weighted, form], ids=lambda f: f.__name__)
def test_elsewhere_it_is_that_of_the_root(f):
    x = np.array([0.3, -0.2, 0.0])
    srcad.check_grads(f, (x,), order=2)


def test_the_second_derivative_is_zero_too():
    np.testing.assert_array_equal(srcad.hessian(summed)(ZEROS), np.zeros((3, 3)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_other_roots_have_an_infinite_derivative(mode):
    def root_of_sum(x):
        return np.sqrt(np.sum(x))

    def root_of_weight(w, x):
        return np.sqrt(w * x**2)

    assert np.all(np.isinf(srcad.grad(root_of_sum, mode=mode)(ZEROS)))
    assert np.isinf(srcad.grad(root_of_weight, mode=mode)(np.float64(0.0), 2.0))
    assert np.isinf(srcad.grad(np.sqrt, mode=mode)(np.float64(0.0)))
