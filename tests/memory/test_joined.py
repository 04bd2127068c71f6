"""Arrays that are joined into one which is written to: their adjoints are views of its adjoint, also at second order."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.testing import check_grads

X, Z = np.array([0.3, -0.7, 1.1]), np.array([0.5, 0.2, -0.4])


def rows(x, z):
    y = np.array([x, x * z, z])
    y[0] *= y[1]
    y[2, 1:] = x[:2]
    return y * y


def end_to_end(x, z):
    y = np.concatenate([x, z, x])
    y[2:5] *= y[4:7]
    return y**2


def along_the_last_axis(x, z):
    y = np.stack((x, z), axis=-1)
    y[1] = y[0] * x[1]
    return y * y


def in_columns(x, z):
    y = np.column_stack([x, z])
    y[:, 0] *= y[:, 1]
    return y * y


def beneath(x, z):
    y = np.vstack([x, z, x])
    y[0] += y[2] * y[1]
    return y**3


def of_other_precision(x, z):
    y = np.concatenate([x, z.astype(np.float32)])
    y[1:4] *= 2.0
    return y[1:] * y[:-1]


@pytest.mark.parametrize("f", [rows, end_to_end, along_the_last_axis, in_columns, beneath])
def test_to_second_order(f):
    check_grads(f, (X, Z), order=2)


def test_pieces_of_another_precision_are_no_views():
    gradient = srcad.grad(lambda x: np.sum(of_other_precision(x, Z)))
    check_grads(gradient, (X,), order=1, modes=("fwd",), rtol=1e-4, atol=1e-4)
    with pytest.raises(srcad.errors.UnsupportedError, match="take them out one by one"):
        srcad.jacrev(gradient)(X)
