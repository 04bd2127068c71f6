"""The branch of ``np.where`` that was not taken contributes zero, never NaN."""

import numpy as np
import pytest

import srcad

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
X = np.array([0.0, 1.0, 4.0])


def root(x):
    return np.sum(np.where(x > 0, np.sqrt(x) * 2.0 + 1.0, 0.0))


def entropy(x):
    return np.sum(np.where(x > 0, x * np.log(x), x))


def sinc(x):
    return np.sum(np.where(x == 0, 1.0, np.sin(x) / x))


def shared(x):
    """The logarithm is read twice: a mask must not hide the other reader."""
    v = np.log(x + 1.0)
    return np.sum(np.where(x > 0, v, 0.0)) + np.sum(v * v)


def weighted(x, w):
    """Broadcasting inside the branch: the mask comes before the sum over rows."""
    return np.sum(np.where(x > 0, w[:, None] / x, 0.0))


@pytest.mark.parametrize(
    ("f", "expected"),
    [(root, [0.0, 1.0, 0.5]), (entropy, [1.0, 1.0, 1.0 + np.log(4.0)]),
     (sinc, [0.0, np.cos(1.0) - np.sin(1.0), np.cos(4.0) / 4 - np.sin(4.0) / 16]),
     (shared, [0.0, 0.5 + np.log(2.0), 0.2 + 0.4 * np.log(5.0)])])
@pytest.mark.parametrize("optimize", [True, False])
def test_gradient_where_the_branch_is_singular(f, expected, optimize):
    np.testing.assert_allclose(srcad.grad(f, optimize=optimize)(X), expected, rtol=1e-14)


def test_forward_mode_agrees():
    for f in (root, entropy, sinc):
        for k in range(3):
            unit = np.eye(3)[k]
            assert srcad.jvp(f, (X,), (unit,))[1] == pytest.approx(srcad.grad(f)(X)[k], rel=1e-13)


def test_second_order():
    np.testing.assert_allclose(srcad.hvp(root)(X, np.ones(3)), [0.0, -0.5, -0.0625], rtol=1e-14)


def test_mask_before_the_sum_of_broadcasting():
    w = np.array([1.0, 2.0])
    x_bar, w_bar = srcad.grad(weighted, (0, 1))(X, w)
    np.testing.assert_allclose(w_bar, [1.25, 1.25])
    np.testing.assert_allclose(x_bar, [0.0, -3.0, -3.0 / 16])


def in_loop(x, n):
    """The masked chain starts outside the loop in which the branch is chosen."""
    v = np.log(x)
    total = 0.0
    for i in range(n):
        total = total + np.sum(np.where(x > i, v, 0.0))
    return total


def test_chain_from_outside_the_loop():
    np.testing.assert_allclose(srcad.grad(in_loop)(np.array([0.5, 1.5, 4.0]), 3), [2.0, 2 / 1.5, 0.75])
