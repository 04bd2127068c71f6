"""Arrays that are filled in order are read again in the reverse sweep, not recorded, where they still hold what was read."""

import math

import numpy as np
import pytest

import srcad
from srcad.testing import check_grads

numba = pytest.importorskip("numba", reason="the newest Python may have no Numba yet")


def recurrence(x, n):
    y = np.zeros(n)
    y[0] = x
    for i in range(1, n):
        y[i] = 0.7 * y[i - 1] + math.sin(y[i - 1])
    return y[n - 1] * y[2]


def downwards(x, n):
    y = np.zeros(n)
    y[n - 1] = x
    for i in range(n - 2, -1, -1):
        y[i] = 0.7 * y[i + 1] + math.sin(y[i + 1])
    return y[0] * y[2]


def warped(x, n):
    """Dynamic programming: behind in the rows, or in the same row behind in the columns."""
    cost = np.full((n + 1, n + 1), 5.0)
    cost[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            a, b, c = cost[i - 1, j], cost[i, j - 1], cost[i - 1, j - 1]
            cost[i, j] = math.sin(x * i - j) ** 2 - math.log(math.exp(-a) + math.exp(-b) + math.exp(-c))
    return cost[n, n]


# What follows is not so, each for another reason.


def around_the_end(x, n):
    """The first trip reads the last element, which is written later."""
    y = np.full(n, x)
    for i in range(n):
        y[i] = 0.7 * y[i - 1] + math.sin(y[i - 1])
    return y[n - 1] * y[2]


def ahead(x, n):
    y = np.full(n, x)
    for i in range(n - 1):
        y[i] = 0.7 * y[i + 1] + math.sin(y[i + 1])
        y[i + 1] = y[i] * x
    return y[n - 2] * y[2]


def written_after(x, n):
    y = np.full(n, x)
    for i in range(1, n):
        y[i] = 0.7 * y[i - 1] + math.sin(y[i - 1])
    for i in range(n):
        y[i] = y[i] * y[i]
    return y[n - 1] * y[2]


def swept_twice(x, n):
    y = np.full(n, x)
    for _ in range(2):
        for i in range(1, n):
            y[i] = 0.7 * y[i - 1] + math.sin(y[i - 1])
    return y[n - 1] * y[2]


def until(x, n):
    """The inner loop is run again by the one around it, which counts nothing."""
    y, k = np.full((3, n), x), 0
    for i in range(1, 3):
        k = 0
        while k < 2:
            for j in range(1, n):
                y[i, j] = 0.7 * y[i, j - 1] + math.sin(y[i, j - 1])
                y[i, 0] = y[i, 0] * 1.1
            k += 1
    return y[2, n - 1] * y[2, 2]


def by_another_name(x, n):
    y = np.full(n, x)
    z = y[1:]
    for i in range(1, n - 2):
        y[i] = 0.7 * y[i - 1] + math.sin(y[i - 1])
        z[0] = z[0] * x
    return y[n - 3] * y[2]


def whole_rows(x, n):
    """A write that names its rows from the end of the axes."""
    y = np.full((n, n), x)
    for i in range(1, n):
        y[..., i] = y[i, 0] * 1.1
        y[i, i - 1] = math.sin(y[0, i - 1]) * y[i, i - 1]
    return np.sum(y * y)


def by_turns(x, n):
    y = np.full(n, x)
    for i in range(2, n):
        y[i % 2] = y[i % 2] * math.sin(y[i - 1])
        y[i] = 0.9 * y[i - 1] * y[i - 2]
    return y[n - 1] + y[0]


HELD = [recurrence, downwards, warped]
OTHERS = [around_the_end, ahead, written_after, swept_twice, until, by_another_name, whole_rows, by_turns]


@pytest.mark.parametrize("f", HELD + OTHERS)
def test_gradients(f):
    for n in (5, 6):
        compiled, plain = (srcad.value_and_grad(f, backend=backend)(0.8, n) for backend in ("numba", "python"))
        assert compiled == (pytest.approx(plain[0], rel=1e-12), pytest.approx(plain[1], rel=1e-9))
        assert srcad.tangent(f)(0.8, n, 1.0)[1] == pytest.approx(plain[1], rel=1e-9)
    check_grads(f, (0.8, 6), order=1)


@pytest.mark.parametrize("f", [recurrence, warped])
def test_second_derivatives(f):
    wanted = (srcad.grad(f)(0.8 + 1e-6, 5) - srcad.grad(f)(0.8 - 1e-6, 5)) / 2e-6
    assert srcad.hvp(f, backend="numba")(0.8, 5, 1.0) == pytest.approx(wanted, rel=1e-6)
    assert srcad.grad(srcad.grad(f), backend="numba")(0.8, 5) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(("f", "recorded"), [(recurrence, 0), (downwards, 0), (around_the_end, 8), (written_after, 8)])
def test_bytes_that_are_recorded(f, recorded):
    g = srcad.grad(f, backend="numba")
    g(0.8, 10)
    assert srcad.memory(g, 0.8, 200) - srcad.memory(g, 0.8, 100) == pytest.approx(100 * recorded, abs=8 * (recorded > 0) * 100)
    if recorded == 0:
        assert srcad.memory(g, 0.8, 200) == 0
