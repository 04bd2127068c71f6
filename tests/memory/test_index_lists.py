"""Lists as indices of `ufunc.at`: NumPy takes an empty one for an index of no elements."""

from __future__ import annotations

import numpy as np
import pytest

import srcad


def chosen(x, v):
    y = np.zeros(3) * x
    hits = [i for i in range(len(v)) if v[i] > 0]
    np.add.at(y, hits, x)
    np.add.at(y, [], x)
    np.add.at(y, [0, 0], x)
    np.multiply.at(y, hits, x)
    return np.sum(y * y) + x


@pytest.mark.parametrize("v", [np.ones(3), np.array([1.0, -1.0, 2.0]), -np.ones(3)])
def test_lists_that_may_be_empty(v):
    value, slope = srcad.value_and_grad(chosen)(2.0, v)
    h = 1e-6
    assert value == chosen(2.0, v)
    assert slope == srcad.jvp(chosen, (2.0, v), (1.0,), argnums=(0,))[1]
    np.testing.assert_allclose(slope, (chosen(2.0 + h, v) - chosen(2.0 - h, v)) / (2 * h), rtol=1e-8)
