"""NumPy's numbers, indexed as the arrays without axes that they nearly are."""

from __future__ import annotations

import numpy as np
import pytest

from srcad.testing import check_grads

V = np.array([0.3, 0.4, 0.5])


def axis_added(w, v):
    r = (w / 2.0)[None][0]
    return r * r * v[0]


def axis_added_twice(w, v):
    r = (w[None][0] / 2)[None][0]
    return r * v * r


def axes_at_both_ends(w, v):
    return np.sum((w * 2.0)[None, ..., None] * v) + (w * v[0])[()]


@pytest.mark.parametrize("f", [axis_added, axis_added_twice, axes_at_both_ends])
def test_an_index_adds_axes(f) -> None:
    check_grads(f, (np.array(0.66), V))
