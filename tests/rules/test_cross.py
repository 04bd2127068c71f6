"""Vectors of the plane in `np.cross`, which NumPy gives up: refused, not differentiated in the wrong shape."""

import numpy as np
import pytest

import srcad


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
@pytest.mark.parametrize("keywords", [{}, {"axis": 0}, {"axisa": 0}])
@pytest.mark.parametrize("optimize", [True, False])
def test_vectors_of_the_plane(keywords, optimize):
    def f(x, y):
        return np.sum(np.cross(x, y, **keywords) ** 2)

    with pytest.raises(TypeError, match="append a zero to each vector"):
        srcad.grad(f, (0, 1), optimize=optimize)(np.array([1.0, 2.0]), np.array([3.0, 5.0, 7.0]))


def test_known_lengths_need_no_check():
    derivative = srcad.grad(lambda x, y: np.sum(np.cross(x, y) ** 2), (0, 1), small_axes=3)
    derivative(np.ones(3), np.arange(3.0))
    assert "check_vectors" not in derivative.source
