"""Buffers that are added to in place while somebody else reads them."""

from __future__ import annotations

import numpy as np

from srcad.testing import check_grads


def one_tangent_for_two_adjoints(x):
    y = x * 2.0
    a, b, c = y[0], y + x, y[1:]
    return b * a, c + b[0], y


def test_a_tangent_that_two_values_share_is_not_written_to() -> None:
    check_grads(one_tangent_for_two_adjoints, (np.array([0.1, 0.2, 0.3]),))
