"""Loops over tuples of pairs: the items' adjoints have parts, whichever item it is."""

from __future__ import annotations

import numpy as np
import pytest

from srcad.testing import check_grads


def literal_pairs(x):
    s = 0.0
    for a, b in ((x, 2.0 * x), (x * x, 3.0)):
        s = s + a * b * a
    return s


def indexed_pairs(x):
    pairs = ((x, x * x), (x * x, np.sin(x)))
    s = 0.0
    for i in range(2):
        s = s + pairs[i][0] * pairs[i][1] ** 2
    return s


def pairs_in_a_loop(x):
    s = 0.0
    for k in range(3):
        for a, b in ((x, 2.0 * x * k), (x * x, 3.0)):
            s = s + a * b * a
    return s


@pytest.mark.parametrize("f", [literal_pairs, indexed_pairs, pairs_in_a_loop], ids=lambda f: f.__name__)
def test_second_order(f) -> None:
    check_grads(f, (1.3,), order=2)
