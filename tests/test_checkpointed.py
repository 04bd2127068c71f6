"""Checkpointed loops give the derivatives of ordinary ones, in little memory."""

import importlib.util
import math
import tracemalloc

import numpy as np
import pytest

import srcad
from srcad import checkpointed, runtime

BACKENDS = ["python", *(["numba"] if importlib.util.find_spec("numba") else [])]


def scalar(x, a, n, k, loop):
    for t in loop(range(n), k):
        x = x + 0.05 * math.sin(x * a + t)
    return x * x


def branches(x, a, n, k, loop):
    count = 0
    y = 0.5
    for _ in loop(range(n), k):
        if x * a > y:
            x, y, count = x * 0.8, x, count + 1
        else:
            x = x + 0.3 * math.exp(-y) * a
    return x * y * count


def leaving(x, a, n, k, loop):
    for _ in loop(range(n), k):
        x = x * 1.1 + 0.01 * a * math.cos(x)
        if x > 2.0:
            break
    return x * a


def arrays(x, a, n, k, loop):
    u = np.array([x, a, x * a, 1.0])
    v = np.zeros(4)
    for t in loop(range(n), k):
        v = 0.9 * v + u * u
        u = np.tanh(u + 0.1 * v) + 0.01 * t
    return np.sum(u * v)


def in_place(x, a, n, k, loop):
    u = np.array([x, a, 0.3, x])
    w = np.array([1.0, a])
    for t in loop(range(n), k):
        left = u[0]
        for j in range(1, 3):
            middle = u[j]
            u[j] = middle + 0.2 * math.sin(left - middle) + 0.01 * w[0] * u[j + 1]
            left = middle
        if t % 3 == 0:
            w[0] = w[0] * u[1]
    return np.sum(u * u) + w[0]


def view(x, a, n, k, loop):
    u = np.full((2, 3), x)
    row = u[1]
    for _ in loop(range(n), k):
        row[:] = np.sin(row * a) + u[0]
        u[0] = 0.5 * row
    return np.sum(u * u)


def in_a_loop(x, a, n, k, loop):
    total = 0.0
    for s in range(3):
        y = x * (s + 1)
        for t in loop(range(s + n), k):
            y = math.sin(y * a) + 0.1 * t
        total = total + y * x
    return total


def from_three(x, a, n, k, loop):
    for t in loop(range(3, 3 + 2 * n, 2), k):
        x = x + 0.01 * t * math.sin(a * x)
    return x


def nothing_linear(x, a, n, k, loop):
    u = np.array([x, a])
    for _ in loop(range(n), k):
        u[0] += 0.5 * u[1]
        u[1] = u[0] - a
    return u[0] + 2.0 * u[1]


PROGRAMS = [scalar, branches, leaving, arrays, in_place, view, in_a_loop, from_three, nothing_linear]


def plain(trips, k):
    return trips


def over(program, loop):
    """The program with ordinary loops, and with checkpointed ones."""
    source = {"checkpointed": checkpointed, "plain": plain}[loop]

    def f(x, a, n, k):
        return program(x, a, n, k, source)

    return f


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_same_derivatives(program, backend):
    f, g = over(program, "checkpointed"), over(program, "plain")
    found, exact = srcad.value_and_grad(f, (0, 1), backend=backend), srcad.value_and_grad(g, (0, 1), disconnected="zeros")
    for n, k in ((0, 1), (1, 1), (7, 1), (7, 2), (23, 3), (23, 50)):
        value, bars = found(0.7, 0.9, n, k)
        expected, wanted = exact(0.7, 0.9, n, k)
        assert value == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(bars, wanted, rtol=1e-10, atol=1e-13, err_msg=f"n={n}, k={k}")
    y, dot = srcad.tangent(f, (0, 1), backend=backend)(0.7, 0.9, 23, 3, 0.3, -0.2)
    assert y == value
    assert dot == pytest.approx(0.3 * wanted[0] - 0.2 * wanted[1], rel=1e-9)


@pytest.mark.parametrize("program", [scalar, arrays, in_place, leaving], ids=lambda p: p.__name__)
def test_second_order(program):
    f, g = over(program, "checkpointed"), over(program, "plain")

    def first(x, a):
        return srcad.grad(f)(x, a, 9, 2)

    def first_plain(x, a):
        return srcad.grad(g)(x, a, 9, 2)

    assert srcad.jacfwd(first)(0.7, 0.9) == pytest.approx(srcad.jacfwd(first_plain)(0.7, 0.9), rel=1e-9)
    assert srcad.grad(first)(0.7, 0.9) == pytest.approx(srcad.grad(first_plain)(0.7, 0.9), rel=1e-9)


def test_it_is_an_ordinary_loop_outside():
    assert list(checkpointed(range(3))) == [0, 1, 2]
    with pytest.raises(srcad.SrcadError, match="snapshots"):
        checkpointed(range(3), snapshots=0)


def lorenz(x, y, z, n):
    for _ in checkpointed(range(n)):
        x, y, z = x + 1e-3 * (y - x), y + 1e-3 * (x * (2.0 - z) - y), z + 1e-3 * (x * y - z)
    return x * y + math.sin(z)


@pytest.mark.parametrize("backend", BACKENDS)
def test_memory_grows_as_the_square_root(backend):
    g = srcad.grad(lorenz, (0, 1, 2), backend=backend)
    g(1.0, 1.0, 1.0, 10)
    peaks = []
    for n in (400, 40000):
        tracemalloc.start()
        g(1.0, 1.0, 1.0, n)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 25 * max(peaks[0], 2000)


@pytest.mark.parametrize(("trips", "snapshots"), [(0, 3), (1, 1), (10, 3), (100, 4), (1000, 10), (1000, 0), (999, 40)])
def test_schedule(trips, snapshots):
    rows = runtime.schedule(trips, snapshots)
    kept, left = {0: 0}, trips
    runs = np.zeros(max(trips, 1), int)
    for source, begin, end, target, stop in rows:
        assert kept[source] == begin
        runs[begin:stop] += 1
        kept[target] = end
        if stop > end:
            assert stop == left
            left = end
    assert left == 0
    places = snapshots or math.isqrt(max(trips - 1, 0)) + 1
    assert runtime.places(rows) <= places + 1
    stretches = math.ceil(trips / max(1, min(places, math.ceil(trips / places))))
    repeats = next(r for r in range(trips + 1) if math.comb(places + r, r) >= stretches)
    assert runs.max() <= repeats + 1


def printing(x, n):
    for t in checkpointed(range(n)):
        x = math.sin(x)
        print(t)
    return x


def over_a_list(x, n):
    for t in checkpointed([1.0, 2.0]):
        x = x * t
    return x


def swapping(x, n):
    u, v = np.array([x, 1.0]), np.array([1.0, x])
    for _ in checkpointed(range(n)):
        u, v = v, u
        u[0] = math.sin(v[1])
    return np.sum(u * v)


@pytest.mark.parametrize(("f", "words"), [(printing, "effects"), (over_a_list, "range"),
                                          (swapping, "in place")])
def test_refused(f, words):
    with pytest.raises(srcad.SrcadError, match=words) as caught:
        srcad.grad(f)(0.5, 4)
    assert caught.value.line > 0
