"""Values that no reverse trip reads are not recorded."""

from __future__ import annotations

import re

import numpy as np

from srcad import grad
from srcad.testing import check_grads


def table(a, n):
    D = np.zeros((n + 1, n + 1))
    for i in range(1, n):
        for j in range(1, n):
            D[i, j] = (a[i - 1] - 1.0) ** 2 + D[i - 1, j] * D[i, j - 1] + 0.1
    return D[n - 1, n - 1]


def three_deep(a, n):
    total = 0.0
    for i in range(n):
        for j in range(i):
            for k in range(j + 1):
                total = total + np.sin(a[i] * a[j]) * a[k] ** 2
    return total


def test_tapes_in_tapes_are_shortened() -> None:
    a = np.array([0.3, 0.8, 1.4, 0.9])
    g = grad(table)
    g(a, 4)
    read = re.search(r"for j, \((.*?)\) in", g.source)
    assert read is not None and "_" not in [name.strip() for name in read[1].split(",")]
    for f in (table, three_deep):
        check_grads(f, (a, 4), argnums=(0,))
