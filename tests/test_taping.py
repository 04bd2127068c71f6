"""The predicted memory of tapes is what a run takes."""

import gc
import importlib.util
import math
import tracemalloc

import numpy as np
import pytest

import srcad

BACKENDS = ["python", *(["numba"] if importlib.util.find_spec("numba") else [])]


def steps(x, n):
    for _ in range(n):
        x = math.sin(x) * 1.01
    return x


def nested(x, n):
    s = x
    for i in range(n):
        for _ in range(i % 7):
            s = math.sin(s * x)
        if s > 0.1:
            s = s + math.exp(-s)
    return s


def until(x, n):
    s = x
    while s < n:
        s = s + 1.0 + math.sin(s) ** 2
    return s


def nothing(x, n):
    for _ in range(n):
        x = x + 1.5
    return 2.0 * x


def vectors(x, n):
    v = np.full(100, x)
    for _ in range(n):
        v = np.sin(v)
    return np.sum(v)


def checkpointed(x, n):
    y = 1.0
    for _ in srcad.checkpointed(range(n)):
        x, y = math.sin(x) * 1.01 + y, math.cos(y) * x
    return x * y


def checkpointed_arrays(x, n):
    u = np.full(200, x)
    w = np.array([1.0, x])
    for t in srcad.checkpointed(range(n), 20):
        if t % 3 == 0:
            w[0] = w[0] * math.cos(w[1])
        u = np.sin(u * w[0])
    y = np.sum(u)
    for _ in range(100):
        y = math.sin(y)
    return y


def few_snapshots(x, n):
    u = np.full(1000, x)
    for _ in srcad.checkpointed(range(n), 30):
        u = np.sin(u) * u[0]
    return np.sum(u)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("f", "n"), [(checkpointed, 40000), (checkpointed_arrays, 700), (few_snapshots, 900),
                                      (steps, 20000), (nested, 5000), (until, 20000), (vectors, 300)],
                         ids=lambda f: getattr(f, "__name__", ""))
def test_prediction_is_what_a_run_takes(f, n, backend):
    g = srcad.grad(f, backend=backend)
    predicted = srcad.memory(g, 0.7, n)
    g(0.7, n)
    gc.collect()                       # CPython's lists of free tuples
    tracemalloc.start()
    g(0.7, n)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert predicted == pytest.approx(peak, rel=0.35)
    if backend == "numba" and f is steps:
        assert predicted == 8 * n


def newton(x, n):
    y = 1.0
    for _ in range(n):
        y = 0.5 * (y + x / y)
    return y


def squashed(x, n):
    y = 0.3
    for _ in range(n):
        y = math.tanh(x * y + 0.1)
    return y


def roots(x, n):
    y = x
    for _ in range(n):
        y = math.sqrt(x + y)
    return y


def alternating(x, n):
    u = np.array([x, 0.5 * x])
    for i in range(n):
        u[i % 2] = u[i % 2] + 0.1 * math.sin(u[(i + 1) % 2])
    return u[0]


def handed_on_in_loops(x, n):
    y = x
    for i in range(n):
        for _ in range(i % 3):
            y = math.tanh(x * y)
        y = math.exp(-y * y)
    return y


def one_or_the_other(x, n):
    y = 1.0
    for i in range(n):
        if y > x:
            y = math.tanh(y * x)
        else:
            y = math.exp(x * y)
        if i == 90:
            break
    return y


LEAN = [newton, squashed, roots, alternating]


@pytest.mark.parametrize("f", LEAN, ids=lambda f: f.__name__)
def test_one_number_a_trip(f):
    if "numba" in BACKENDS:
        assert srcad.memory(srcad.grad(f, backend="numba"), 0.7, 1000) == 8 * 1000
    taken = srcad.memory(srcad.grad(f), 0.7, 2000) - srcad.memory(srcad.grad(f), 0.7, 1000)
    assert taken == pytest.approx(32 * 1000, rel=0.05) or f is alternating


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("f", [*LEAN, handed_on_in_loops, one_or_the_other], ids=lambda f: f.__name__)
def test_what_is_not_recorded_is_right(f, backend):
    for n in (0, 1, 2, 7, 100):
        g = srcad.value_and_grad(f, backend=backend, disconnected="zeros")
        _, dot = srcad.tangent(f, backend=backend)(0.7, n, 1.0)
        assert g(0.7, n) == pytest.approx((f(0.7, n), dot), rel=1e-12)
    if f is not alternating:
        wanted = srcad.jacfwd(srcad.jacfwd(f))(0.7, 9)
        assert srcad.grad(srcad.grad(f))(0.7, 9) == pytest.approx(wanted, rel=1e-9)
        assert srcad.hvp(f, backend=backend)(0.7, 9, 1.0) == pytest.approx(wanted, rel=1e-9)
    _, pull = srcad.vjp(lambda x: f(x, 9), 0.7)
    assert pull(1.0)[0] == pytest.approx(srcad.tangent(f)(0.7, 9, 1.0)[1], rel=1e-12)


def test_nothing_is_recorded():
    assert srcad.memory(srcad.grad(nothing), 0.7, 1000) == 0


def test_predicting_does_not_run_the_function():
    g = srcad.grad(steps)
    before = srcad.memory(g, 0.7, 10)
    assert srcad.memory(g, 0.7, 1000) > 50 * before


def test_arguments_are_left_alone():
    def f(x):
        for k in range(len(x)):
            x[k] = math.sin(x[k]) * x[0]
        return np.sum(x)

    x = np.ones(4)
    assert srcad.memory(srcad.grad(f), x) > 0
    np.testing.assert_array_equal(x, np.ones(4))


def test_what_records_nothing_is_refused():
    with pytest.raises(srcad.SrcadError, match="records nothing"):
        srcad.memory(srcad.jacfwd(steps), 0.7, 3)


def test_a_checkpointed_loop_in_a_loop():
    def f(x, n):
        for _ in range(n):
            for _ in srcad.checkpointed(range(n)):
                x = math.sin(x)
        return x

    with pytest.raises(srcad.SrcadError, match="in another loop"):
        srcad.memory(srcad.grad(f), 0.7, 3)


def test_predicting_draws_nothing():
    def f(x, n, rng):
        for _ in srcad.checkpointed(range(n)):
            x = math.sin(x) * rng.normal()
        return x

    rng = np.random.default_rng(0)
    assert srcad.memory(srcad.grad(f), 0.7, 100, rng) > 0
    assert rng.normal() == np.random.default_rng(0).normal()
