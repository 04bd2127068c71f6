"""A differentiated number or array given where a rule has no derivative is refused: the rule must not drop it."""

import numpy as np
import pytest

import srcad
from srcad.rules import defadjoint


def cutoff(x, r):
    return np.sum(np.linalg.pinv(x, r)) * r


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_cutoff_that_varies_is_refused(mode):
    with pytest.raises(srcad.SrcadError, match="no derivative in") as caught:
        srcad.grad(cutoff, (0, 1), mode=mode)(np.eye(2), 1e-10)
    assert caught.value.line > 0


def scaled(x, w):
    return x * np.sum(w)


@defadjoint(scaled)
def _scaled(y, x, w):
    x_bar = y_bar * np.sum(w)  # noqa: F821, F841


def use(x, w):
    return np.sum(scaled(x, w))


@pytest.mark.parametrize("argnums", [1, (0, 1)])
def test_an_array_that_varies_is_refused(argnums):
    with pytest.raises(srcad.SrcadError, match="no derivative in w") as caught:
        srcad.grad(use, argnums)(np.ones(2), np.ones(2))
    assert caught.value.line > 0


def test_a_fixed_array_is_a_constant():
    np.testing.assert_allclose(srcad.grad(use)(np.ones(2), np.ones(3)), [3.0, 3.0])


def shape_only(x):
    return np.sum(np.full_like(x, 2.0)) + np.sum(x)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_an_array_read_for_its_shape_is_not(mode):
    np.testing.assert_allclose(srcad.grad(shape_only, mode=mode)(np.ones(2)), [1.0, 1.0])


def test_a_cutoff_that_is_fixed_is_a_constant():
    np.testing.assert_allclose(srcad.grad(cutoff)(np.eye(2), 1e-10), -1e-10 * np.ones((2, 2)))
