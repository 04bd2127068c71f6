"""Loops whose trips are independent: reversed trip by trip, without a tape, or run again where that takes less."""

from __future__ import annotations

import importlib.util
import math

import numpy as np
import pytest

import srcad
from srcad.optimize.pipeline import without

BACKENDS = ["python", *(["numba"] if importlib.util.find_spec("numba") else [])]
RNG = np.random.default_rng(7)
X, W = RNG.normal(size=6), RNG.normal(size=(5, 3))


def sum_of_exponentials(a, xs):
    total = 0.0
    for x in xs:
        total += math.exp(a * x)
    return 0.5 * total - a


def two_sums(a, xs):
    s, t = 1.0, a
    for i in range(len(xs)):
        y = math.sin(a * xs[i])
        s += y * xs[i]
        t -= y * y
    return 3.0 * s - t * 0.25


def of_a_logarithm(a, xs):
    total = 1.0
    for i in range(len(xs)):
        total = total + math.exp(a * xs[i]) * xs[i] ** 2
    return math.log(total) * a


def in_branches(a, xs):
    total = 0.0
    for x in xs:
        if x > 0.0:
            total += a * x * x
        elif x < -0.5:
            total -= math.sin(a * x)
            total += a
    return total


def nested(a, w):
    total = 0.0
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            total += math.tanh(a * w[i, j]) * w[i, 0]
    return total


def left(a, xs):
    total = 0.0
    for i in range(len(xs)):
        total += math.exp(a * xs[i])
        if a * xs[i] > 0.2:
            break
    return total * total


def skipping(a, xs):
    total = 0.0
    for i in range(len(xs)):
        if xs[i] < 0.0:
            continue
        total += math.exp(a * xs[i])
    return total


def returning(a, xs):
    total = 0.0
    for i in range(len(xs)):
        total += math.exp(a * xs[i])
        if total > 3.0:
            return total * a
    return total


def with_state_besides(a, xs):
    total, t = 0.0, 0.0
    for i in range(len(xs)):
        total += math.exp(-a * t) * xs[i]
        t += 0.25
    return total


def with_a_recurrence(a, xs):
    total, y = 0.0, a
    for i in range(len(xs)):
        y = math.sin(y + xs[i])
        total += y * a
    return total


def prefix_sums(a, xs):
    total, squares = 0.0, 0.0
    for i in range(len(xs)):
        total += a * xs[i]
        squares += total * total
    return squares


def scaled_in_the_loop(a, xs):
    total = 1.0
    for i in range(len(xs)):
        total = 0.5 * total + a * xs[i]
    return total


def with_scratch(a, w):
    n, d = w.shape
    y = np.empty(d)
    total = 0.0
    for i in range(n):
        for j in range(d):
            y[j] = math.sin(a * w[i, j])
        for j in range(1, d):
            y[j] = y[j] * y[j - 1]
        total += y[d - 1] * y[0]
    return total


def with_scratch_that_lasts(a, w):
    n, d = w.shape
    y = np.zeros(d)
    total = 0.0
    for i in range(n):
        for j in range(1, d):
            y[j] = math.sin(a * w[i, j])
        total += y[d - 1] * y[0]
        y[0] = w[i, 0] * a
    return total


def with_scratch_read_later(a, w):
    n, d = w.shape
    y = np.empty(d)
    total = 0.0
    for i in range(n):
        for j in range(d):
            y[j] = math.sin(a * w[i, j])
        total += y[d - 1] * y[0]
    return total + y[1] * y[1]


def with_scratch_of_no_trips(a, w):
    n, d = w.shape
    y = np.ones(d)
    total = 0.0
    for i in range(n):
        for j in range(min(i, d)):
            y[0] = math.sin(a * w[i, j])
        total += y[0] * w[i, 1]
    return total


def with_an_array_of_its_own(a, w):
    total = 0.0
    for i in range(w.shape[0]):
        y = np.zeros(3)
        y[0] = a * w[i, 0]
        y[1] = math.exp(y[0])
        y[0] = y[1] * w[i, 1]
        total += y[0] * y[1]
    return total


def slots(a, w):
    n, d = w.shape
    out = np.empty(n)
    y = np.empty(d)
    for i in range(n):
        for j in range(d):
            y[j] = a * w[i, j]
        s = 0.0
        for j in range(d):
            s += y[j] * y[d - 1 - j]
        out[i] = s
    total = 0.0
    for i in range(n):
        total += math.exp(-out[i] * out[i])
    return total


def slots_twice(a, w):
    n, d = w.shape
    out = np.empty(n)
    y = np.empty(d)
    for i in range(n):
        for j in range(d):
            y[j] = a * w[i, j]
        out[i // 2] = y[0] * y[1]
    return out[0] * out[0] + out[1]


def read_from_memory_that_changes(a, w):
    n, d = w.shape
    scale = np.empty(d)
    for j in range(d):
        scale[j] = a * w[0, j]
    total = 0.0
    for i in range(n):
        for j in range(d):
            total += math.exp(scale[j] * w[i, j])
    for j in range(d):
        scale[j] = scale[j] * a
    return total + scale[0] * scale[1]


def a_counter(a, w):
    n, d = w.shape
    total = 0.0
    flat = w.ravel()
    at = 0
    for _i in range(n):
        s = a
        for _j in range(d):
            s = s * (1.0 + flat[at] * a)
            at += 1
        total += s * s
    return total


def packed(a, w):
    n, d = w.shape
    y = np.empty(d)
    total = 0.0
    for i in range(n):
        for j in range(d):
            y[j] = a * w[i, j]
        at = 0
        for j in range(d):
            for r in range(j + 1, d):
                y[r] += w[at, 0] * y[j]
                at += 1
        total += y[d - 1] * y[0]
    return total


def of_rows(a, w):
    total = 0.0
    for row in w:
        total += math.exp(a * row[0]) * row[1] * row[2]
    return total


def of_two(a, w):
    total = 0.0
    for x, row in zip(w[:, 0], w):
        total += x * math.sin(a * row[1])
    return total


def written_after(a, w):
    w = w.copy()
    total = 0.0
    for i in range(w.shape[0]):
        total += math.exp(a * w[i, 0])
    w[0, 0] = total
    return w[0, 0] * w[0, 1]


def no_trips(a, xs):
    total = a * a
    for i in range(len(xs), 0):
        total += math.exp(a * xs[i])
    return total


def in_a_branch(a, xs):
    total = 0.0
    if a > 0.0:
        for x in xs:
            total += math.exp(a * x)
        total = total * total
    return total * a


def in_a_loop(a, w):
    y = a
    for i in range(w.shape[0]):
        s = 0.0
        for j in range(w.shape[1]):
            s += math.sin(y * w[i, j])
        y = math.exp(-s * s)
    return y


def a_known_weight(a, xs):
    total = 0.0
    other = 0.0
    for i in range(len(xs)):
        total += math.exp(a * xs[i])
        other += xs[i] * a
    n = len(xs)
    return -total / (n * 2.0) + other * (n - 1)


LINE = [sum_of_exponentials, two_sums, of_a_logarithm, in_branches, left, skipping, returning, with_state_besides,
        with_a_recurrence, prefix_sums, scaled_in_the_loop, no_trips, in_a_branch, a_known_weight]
PLANE = [nested, with_scratch, with_scratch_that_lasts, with_scratch_read_later, with_scratch_of_no_trips,
         with_an_array_of_its_own, slots, slots_twice, read_from_memory_that_changes, a_counter, packed, of_rows, of_two,
         written_after, in_a_loop]
CASES = [*((f, X) for f in LINE), *((f, W) for f in PLANE)]
NAMES = [f.__name__ for f, _ in CASES]
TAPELESS = {sum_of_exponentials, two_sums, of_a_logarithm, nested, left, skipping, with_state_besides, with_scratch, of_rows,
            of_two, a_known_weight}


def differences(f, a, xs):
    h = 1e-6
    by_a = (f(a + h, xs) - f(a - h, xs)) / (2 * h)
    by_xs = np.zeros_like(xs)
    for k in np.ndindex(xs.shape):
        up, down = xs.copy(), xs.copy()
        up[k] += h
        down[k] -= h
        by_xs[k] = (f(a, up) - f(a, down)) / (2 * h)
    return by_a, by_xs


COMPILED = [(f, xs, "numba") for f, xs in CASES if xs is W or f in TAPELESS] if "numba" in BACKENDS else []
BOTH = [*((f, xs, "python") for f, xs in CASES), *COMPILED]


@pytest.mark.parametrize("f, xs, backend", BOTH, ids=[f"{f.__name__}-{backend}" for f, _, backend in BOTH])
def test_gradients(f, xs, backend):
    value, (a_bar, xs_bar) = srcad.value_and_grad(f, (0, 1), backend=backend)(0.7, xs)
    assert value == f(0.7, xs) if backend == "python" else value == pytest.approx(f(0.7, xs), rel=1e-14)
    by_a, by_xs = differences(f, 0.7, xs)
    assert a_bar == pytest.approx(by_a, rel=1e-7, abs=1e-8)
    np.testing.assert_allclose(xs_bar, by_xs, rtol=1e-6, atol=1e-8)
    with without("independent trips", "primal loads"):
        plain, bars = srcad.value_and_grad(f, (0, 1), backend=backend)(0.7, xs)
    assert plain == value
    assert a_bar == pytest.approx(bars[0], rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(xs_bar, bars[1], rtol=1e-12, atol=1e-14)
    if backend == "numba" and f is not slots:
        return
    by_seed = srcad.adjoint(f, (0, 1), backend=backend)(0.7, xs, 2.5)
    assert by_seed[0] == pytest.approx(2.5 * a_bar, rel=1e-12)
    np.testing.assert_allclose(by_seed[1], 2.5 * xs_bar, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("f, xs", CASES, ids=NAMES)
def test_forward_and_second_order(f, xs):
    value, pull = srcad.vjp(f, 0.7, xs)
    assert value == f(0.7, xs)
    a_bar, xs_bar = srcad.grad(f, (0, 1))(0.7, xs)
    assert pull(1.0)[0] == pytest.approx(a_bar, rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(pull(1.0)[1], xs_bar, rtol=1e-12, atol=1e-14)
    assert srcad.tangent(f)(0.7, xs, 1.0)[1] == pytest.approx(a_bar, rel=1e-12, abs=1e-14)

    def slope(a, xs):
        return srcad.grad(f)(a, xs)

    h = 1e-5
    second = (slope(0.7 + h, xs) - slope(0.7 - h, xs)) / (2 * h)
    assert srcad.grad(slope)(0.7, xs) == pytest.approx(second, rel=1e-6, abs=1e-7)
    assert srcad.tangent(slope)(0.7, xs, 1.0)[1] == pytest.approx(second, rel=1e-6, abs=1e-7)
    mixed = srcad.grad(slope, 1)(0.7, xs)
    np.testing.assert_allclose(mixed, srcad.tangent(srcad.grad(f, 1))(0.7, xs, 1.0)[1], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f, xs", CASES, ids=NAMES)
def test_what_is_recorded(f, xs):
    g = srcad.grad(f, (0, 1))
    g(0.7, xs)
    outer = [line for line in g.source.splitlines() if line.startswith("    tape")]
    if f in TAPELESS:
        assert not outer, g.source
    with without("independent trips"):
        h = srcad.grad(f, (0, 1))
        h(0.7, xs)
    if f in TAPELESS:
        assert "tape" in h.source


def test_not_for_pullbacks_nor_where_it_is_turned_off():
    g = srcad.grad(sum_of_exponentials, optimize=False)
    g(0.7, X)
    assert "tape" in g.source


def test_exceptions_are_those_of_the_function():
    def f(a, xs):
        total = 0.0
        for x in xs:
            total += math.log(a * x)
        return total

    with pytest.raises(ValueError, match=r"math domain error|positive input"):
        srcad.value_and_grad(f)(1.0, np.array([1.0, -1.0]))


def test_output_stays_in_order(capsys):
    def f(a, xs):
        total = 0.0
        for i in range(len(xs)):
            print(i)
            total += math.exp(a * xs[i])
        print("end")
        return total

    srcad.grad(f)(0.5, X[:3])
    assert capsys.readouterr().out == "0\n1\n2\nend\n"


@pytest.mark.skipif("numba" not in BACKENDS, reason="needs Numba")
def test_counters_are_counted_back():
    for f in (a_counter, packed):
        g = srcad.grad(f, backend="numba")
        g(0.7, W)
        assert "np.int64" not in g.source, g.source


@pytest.mark.skipif("numba" not in BACKENDS, reason="needs Numba")
def test_trips_run_again():
    g = srcad.grad(slots, (0, 1), backend="numba")
    g(0.7, W)
    assert "tape" not in g.source.partition("math.exp")[0], g.source


def solved_rows(a, w):
    total = 0.0
    y, z = np.empty(3), np.zeros(3)
    for i in range(w.shape[0]):
        for k in range(1, w.shape[0]):
            at = 0
            for j in range(3):
                z[j] = w[i, j] - a * w[k, j]
                y[j] = z[j] * w[k, 0]
            for j in range(3):
                for r in range(j + 1, 3):
                    y[r] = y[r] + w[k, at] * z[j] * a
                    at += 1
            s = 0.0
            for j in range(3):
                s += y[j] * y[j]
            total += s * s * a
    return total


def squared_in_rows(a, w):
    """Slots are overwritten by what is not linear in them."""
    total = 0.0
    y = np.empty(3)
    for i in range(w.shape[0]):
        for k in range(w.shape[0]):
            for j in range(3):
                y[j] = w[k, j]
            for _ in range(2):
                for j in range(3):
                    y[j] = y[j] * y[j] + a * w[i, j]
            total += y[0] * y[2] * a
    return total


def in_two_loops(a, w):
    """Trips inside trips that have rows of their own; and the same scratch once more."""
    total = 0.0
    y = np.empty(3)
    for i in range(w.shape[0]):
        for m in range(2):
            for k in range(w.shape[0]):
                for j in range(3):
                    y[j] = w[k, j] * a
                for j in range(3):
                    for r in range(3):
                        y[r] += w[i, r] * w[m, j] * a
                total += y[0] * y[1] * y[2]
    return total


def of_other_trips(a, w):
    """A trip reads what the one before has left: no scratch."""
    total = 0.0
    y = np.zeros(3)
    for i in range(w.shape[0]):
        for k in range(w.shape[0]):
            for j in range(3):
                for r in range(3):
                    y[r] = 0.5 * y[r] + w[k, j] * a
            total += y[0] * y[1] * w[i, 0]
    return total


def counted_on(a, w):
    """A counter that goes on from trip to trip is not the same in all of them."""
    total = 0.0
    ws = np.concatenate((w.ravel(), w.ravel()))
    y = np.empty(3)
    for i in range(w.shape[0]):
        at = 0
        for k in range(w.shape[0]):
            for j in range(3):
                y[j] = w[i, j]
            for j in range(2):
                for r in range(j + k % 2, 3):
                    y[r] += ws[at] * a
                    at += 1
            total += y[0] * y[1] * y[2]
    return total


def counted_by_the_trip(a, w):
    """The end of a counter depends on the trip."""
    total = 0.0
    ws = w.ravel()
    y = np.empty(3)
    for i in range(w.shape[0]):
        for k in range(w.shape[0]):
            at = k
            for j in range(3):
                y[j] = w[i, j]
            for j in range(2):
                for r in range(j, 3):
                    y[r] += ws[at] * a
                    at += 1
            total += y[0] * y[1] * y[2]
    return total


def of_too_few(a, w):
    """A range that ends before it begins."""
    total = 0.0
    y = np.empty(3)
    n = w.shape[0] - 6
    for i in range(w.shape[0]):
        for k in range(n):
            for j in range(3):
                y[j] = w[k, j]
            for j in range(3):
                for r in range(3):
                    y[r] += w[i, r] * w[k, j] * a
            total += y[0] * y[1]
        total += a * w[i, 0]
    return total


def stored_with_conditions(a, w):
    """A slot that is not written to in every trip, and one that several trips write to."""
    total = 0.0
    y, z, u = np.empty(3), np.zeros(3), np.zeros(3)
    for i in range(w.shape[0]):
        for k in range(w.shape[0]):
            for j in range(3):
                z[j] = 0.0
                y[j] = 0.0
            for j in range(3):
                v = w[i, j] - a * w[k, j]
                if v > 0.0:
                    u[j] = v
                else:
                    u[j] = a
                z[0] = v
                y[j] = v * v * a
            for j in range(3):
                for r in range(j + 1, 3):
                    y[r] += w[k, j] * u[j] * a * z[0]
            total += y[0] * y[1] * y[2]
    return total


def stored_from_scratch(a, w):
    """What is stored was computed from a slot that changes afterwards; a second slot has the same formula of its new value."""
    total = 0.0
    y, z, u = np.empty(3), np.empty(3), np.empty(3)
    for i in range(w.shape[0]):
        for k in range(w.shape[0]):
            for j in range(3):
                y[j] = w[i, j] * a
                z[j] = y[j] * w[k, j]
            for j in range(3):
                for r in range(j, 3):
                    y[r] += z[j] * z[r] * a
            for j in range(3):
                u[j] = y[j] * w[k, j]
            total += u[0] * u[1] * u[2] + z[0] * z[1]
    return total


def stored_backwards(a, w):
    """The inner loops go through the slots in other orders than those that read them."""
    total = 0.0
    y, z = np.empty(3), np.empty(3)
    for i in range(w.shape[0]):
        for k in range(1, w.shape[0]):
            for j in range(2, -1, -1):
                z[j] = w[i, j] * a - w[k, 2 - j]
                y[j] = z[j] * z[j] * w[k, j]
            for j in range(3):
                for r in range(j):
                    y[r] = y[r] + z[j] * a * z[2 - r]
            total += y[0] * y[1] * y[2]
    return total


ROWS = [stored_with_conditions, stored_from_scratch, stored_backwards, of_too_few,
        solved_rows, squared_in_rows, in_two_loops, of_other_trips, counted_on, counted_by_the_trip]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("f", ROWS)
def test_rows(f, backend):
    """Scratch that is summed up in trips of inner loops: kept in rows, one a trip, in compiled code."""
    test_gradients(f, W, backend)


@pytest.mark.parametrize("f", ROWS)
def test_rows_in_both_modes(f):
    test_forward_and_second_order(f, W)


@pytest.mark.skipif("numba" not in BACKENDS, reason="needs Numba")
def test_rows_instead_of_running_again():
    g = srcad.grad(solved_rows, (0, 1), backend="numba")
    g(0.7, W)
    assert "y_rows[k, j]" in g.source and "z_rows" in g.source, g.source
    assert g.source.count("* z_rows[k, j] * a") == 1 and "np.int64" not in g.source, g.source
    computed = [line for line in g.source.splitlines() if " - a * w[k, j]" in line.partition("#")[0]]
    assert len(computed) == 1, g.source                             # then it is read where it has been stored
    g = srcad.grad(of_too_few, (0, 1), backend="numba")
    g(0.7, W)
    assert "y_rows" in g.source, g.source
    g = srcad.grad(of_other_trips, (0, 1), backend="numba")
    g(0.7, W)
    assert "_rows" not in g.source, g.source
