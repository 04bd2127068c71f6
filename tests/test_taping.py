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
