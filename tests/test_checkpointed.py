"""Checkpointed loops give the derivatives of ordinary ones, in little memory."""

import importlib.util
import math
import random
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


def items(x, a, n, k, loop):
    weights = np.array([a, x, a * x, 0.3, 1.0])
    y = 0.1
    for t in loop(range(2, n + 2), k):
        if t % 3 == 0:
            x, y = y, x * weights[t % 5]
        x = x + weights[(t + 1) % 5] * math.sin(x) - 0.1 * y
    return x * y + a


def in_an_arm(x, a, n, k, loop):
    if x > 0.5:
        for _ in loop(range(n), k):
            x = x + 0.1 * math.sin(a * x)
    return x * a


def twice(x, a, n, k, loop):
    for _ in loop(range(n), k):
        x = x + 0.1 * math.sin(a * x)
    for _ in loop(range(1, n), k):
        x, a = x + 0.01 * a, a - 0.02 * x * a
    return x * a


def downwards(x, a, n, k, loop):
    for t in loop(range(n, 0, -1), k):
        x = x - 0.05 * math.cos(a * x * t)
    return x


PROGRAMS = [scalar, branches, leaving, arrays, in_place, view, in_a_loop, from_three, nothing_linear, items, in_an_arm, twice,
            downwards]


def helper_of(x, a, n):
    for _ in checkpointed(range(n)):
        x = x + 0.1 * math.sin(a * x)
    return x


def calling(x, a, n, k, loop):
    return helper_of(x, a, n) * helper_of(a, x, n + 1)


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


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("program", [*PROGRAMS, calling], ids=lambda p: p.__name__)
def test_a_snapshot_for_each_stretch(program, backend):
    def f(x, a, n):
        return program(x, a, n, None, checkpointed)

    def g(x, a, n):
        return program(x, a, n, None, plain)

    found, exact = srcad.value_and_grad(f, (0, 1), backend=backend), srcad.value_and_grad(g, (0, 1), disconnected="zeros")
    for n in (0, 1, 2, 3, 5, 9, 10, 23, 36, 48):
        value, bars = found(0.7, 0.9, n)
        expected, wanted = exact(0.7, 0.9, n)
        assert value == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(bars, wanted, rtol=1e-10, atol=1e-13, err_msg=f"n={n}")
    _, pull = srcad.vjp(lambda x, a: f(x, a, 23), 0.7, 0.9)
    np.testing.assert_allclose(pull(1.0), exact(0.7, 0.9, 23)[1], rtol=1e-10)


@pytest.mark.parametrize("program", [scalar, arrays, in_place, items], ids=lambda p: p.__name__)
def test_second_order_with_a_snapshot_for_each_stretch(program):
    def f(x, a):
        return program(x, a, 9, None, checkpointed)

    def g(x, a):
        return program(x, a, 9, None, plain)

    wanted = srcad.jacfwd(srcad.grad(g))(0.7, 0.9)
    assert srcad.jacfwd(srcad.grad(f))(0.7, 0.9) == pytest.approx(wanted, rel=1e-9)
    assert srcad.grad(srcad.grad(f))(0.7, 0.9) == pytest.approx(wanted, rel=1e-9)
    if importlib.util.find_spec("numba") and program is not in_place:
        assert srcad.hvp(f, backend="numba")(0.7, 0.9, 1.0) == pytest.approx(wanted, rel=1e-9)


def test_each_trip_runs_twice():
    def f(x, n):
        for _ in checkpointed(range(n)):
            x = x + 0.1 * math.sin(x)
        return x

    for make in (srcad.grad, srcad.value_and_grad):
        g = make(f)
        g(0.7, 10)
        lines = [line.partition("#")[0] for line in g.source.splitlines()]
        assert sum("math.sin(" in line for line in lines) == 2


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


RNG = np.random.default_rng(5)


def helper(x, rng):
    """Not tiny, so that it is a function of its own."""
    total = 0.0
    for k in range(3):
        total = total + math.sin(x * k) * rng.normal() + rng.uniform(-0.5, 0.5)
    return total * x


def own_generator(x, n, loop, rng):
    inner = np.random.default_rng(7)
    for _ in loop(range(n), 2):
        x = x + 0.1 * math.sin(x) * inner.normal()
    return x * inner.normal()


def given_generator(x, n, loop, rng):
    u = np.array([x, 1.0])
    for _ in loop(range(n), 3):
        if x * rng.random() > 0.4:
            x = x + 0.1 * math.sin(x) * rng.exponential(2.0)
            u[0] += np.sum(rng.normal(size=2)) * u[1] * u[0] * 0.1
        else:
            x = x * 1.1 + rng.integers(3)
    return x * rng.normal() + u[0]


def module_generator(x, n, loop, rng):
    for _ in loop(range(n), None):
        x = x + 0.1 * math.sin(x) * RNG.normal(size=3).sum()
    return x


def old_generators(x, n, loop, rng):
    for _ in loop(range(n), None):
        x = x + 0.1 * math.sin(x) * np.random.normal() + random.gauss(0.0, 1.0)
    return x * np.random.rand()


def in_a_callee(x, n, loop, rng):
    for _ in loop(range(n), 2):
        x = x + 0.1 * helper(x, rng)
    return x


def made_anew(x, n, loop, rng):
    for t in loop(range(n), 2):
        inner = np.random.default_rng(t)
        x = x + 0.1 * math.sin(x) * inner.normal()
    return x


DRAWING = [own_generator, given_generator, module_generator, old_generators, in_a_callee, made_anew]


def seeded(kind) -> np.random.Generator:
    """All generators at the beginning of their sequences; one to be given."""
    np.random.seed(3)
    random.seed(4)
    RNG.bit_generator.state = np.random.default_rng(6).bit_generator.state
    return np.random.Generator(kind(2))


def drawn(rng) -> tuple:
    return rng.normal(), RNG.normal(), np.random.normal(), random.gauss(0.0, 1.0)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("program", DRAWING, ids=lambda p: p.__name__)
def test_random_numbers(program, backend):
    def f(x, n, rng):
        return program(x, n, checkpointed, rng)

    def g(x, n, rng):
        return program(x, n, plain, rng)

    found, exact = srcad.value_and_grad(f, backend=backend), srcad.value_and_grad(g, disconnected="zeros")
    for n, kind in ((0, np.random.PCG64), (1, np.random.PCG64), (13, np.random.PCG64), (30, np.random.MT19937)):
        rng = seeded(kind)
        expected, after = exact(0.7, n, rng), drawn(rng)
        rng = seeded(kind)
        np.testing.assert_allclose(found(0.7, n, rng), expected, rtol=1e-11)
        assert drawn(rng) == after                        # the generators are where the function itself leaves them


@pytest.mark.parametrize("program", [own_generator, given_generator], ids=lambda p: p.__name__)
def test_random_numbers_to_second_order(program):
    rng = seeded(np.random.PCG64)
    first = srcad.grad(lambda x, r: program(x, 9, checkpointed, r))
    step = 1e-6
    slope = [first(0.7 + s, seeded(np.random.PCG64)) for s in (step, -step)]
    found = srcad.jacfwd(first)(0.7, rng)
    assert found == pytest.approx((slope[0] - slope[1]) / (2 * step), rel=1e-4)


def unseeded(x, n):
    for _ in checkpointed(range(n)):
        x = x * np.random.default_rng().normal()
    return x


def seeding(x, n):
    for t in checkpointed(range(n)):
        np.random.seed(t)
        x = x * np.random.normal()
    return x


@pytest.mark.parametrize("kind", [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_states_of_generators(kind):
    for rng in (np.random.Generator(kind(1)), np.random.RandomState(kind(1)), random.Random(3)):
        draw = rng.gauss if isinstance(rng, random.Random) else rng.normal
        odd = rng.random if isinstance(rng, random.Random) else lambda rng=rng: rng.random(dtype=np.float32) if isinstance(
            rng, np.random.Generator) else rng.standard_normal()
        draw(0.0, 1.0), odd()
        words = runtime.generator_state(rng)
        expected = [draw(0.0, 1.0) for _ in range(5)] + [odd() for _ in range(3)]
        assert len(runtime.generator_state(rng)) == len(words)
        runtime.set_generator(rng, words)
        assert [draw(0.0, 1.0) for _ in range(5)] + [odd() for _ in range(3)] == expected


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
                                          (swapping, "in place"), (unseeded, "random"), (seeding, "effects")])
def test_refused(f, words):
    with pytest.raises(srcad.SrcadError, match=words) as caught:
        srcad.grad(f)(0.5, 4)
    assert caught.value.line > 0


def in_a_callee(x, n):
    s = x
    for t in srcad.checkpointed(range(n)):
        s = s + 0.01 * np.sin(s * x + t)
    return s


def called_once(x, n):
    return in_a_callee(x * x, n) * x


def called_in_a_loop(x, n):
    total = 0.0
    for k in range(3):
        total = total + in_a_callee(x + k, n)
    return total


@pytest.mark.parametrize(("f", "kept"), [(called_once, True), (called_in_a_loop, False)])
def test_a_function_that_is_called_once_keeps_its_snapshots(f, kept):
    """Where many calls would keep theirs until the reverse sweep, each trip runs a third time instead."""
    g = srcad.value_and_grad(f)
    value, bar = g(0.7, 30)
    assert value == pytest.approx(f(0.7, 30), rel=1e-13)
    assert bar == pytest.approx((f(0.7 + 1e-6, 30) - f(0.7 - 1e-6, 30)) / 2e-6, rel=1e-6)
    forward, _, reverse = g.source.partition("def in_a_callee_reverse")
    assert ("stretches(" in forward) == kept and ("schedule(" in reverse) == (not kept)
    wanted = (srcad.grad(f)(0.7 + 1e-6, 30) - srcad.grad(f)(0.7 - 1e-6, 30)) / 2e-6
    assert srcad.grad(srcad.grad(f))(0.7, 30) == pytest.approx(wanted, rel=1e-5)
    assert srcad.hvp(f)(0.7, 30, 1.0) == pytest.approx(wanted, rel=1e-5)
    assert srcad.vjp(lambda x: f(x, 30), 0.7)[1](1.0)[0] == pytest.approx(bar, rel=1e-12)
