"""A differentiated number given for a cutoff is refused: a rule that has no derivative in it must not drop it."""

import numpy as np
import pytest

import srcad


def cutoff(x, r):
    return np.sum(np.linalg.pinv(x, r)) * r


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_cutoff_that_varies_is_refused(mode):
    with pytest.raises(srcad.SrcadError, match="no derivative in") as caught:
        srcad.grad(cutoff, (0, 1), mode=mode)(np.eye(2), 1e-10)
    assert caught.value.line > 0


def test_a_cutoff_that_is_fixed_is_a_constant():
    np.testing.assert_allclose(srcad.grad(cutoff)(np.eye(2), 1e-10), -1e-10 * np.ones((2, 2)))
