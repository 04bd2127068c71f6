"""What compiled code records: numbers in arrays, and as few as need be."""

import math

import numpy as np
import pytest

import srcad
from srcad.analysis.cut import smallest_cut

numba = pytest.importorskip("numba", reason="the newest Python may have no Numba yet")


def steps(x, y, n):
    for _ in range(n):
        k = x * (1.0 - y)
        x, y = x + 0.01 * k, y + 0.01 * y * (k - 1.0)
    return x * y


def nested(x, a):
    s, count = 0.0, a.shape[1]
    for i in range(len(x)):
        t = 1.0
        for j in range(count):
            t = t * math.sin(x[i] * a[i, j])
        s = s + math.exp(t) * x[i]
    return s


def uneven(x):
    """Inner loops of other lengths each time, and one that is left."""
    s = 0.0
    for i in range(len(x)):
        for j in range(i):
            s = math.sin(s + x[i] * x[j])
            if s > 0.9:
                break
        while s > 0.3:
            s = s * math.cos(x[i]) * 0.7
    return s


def in_branches(x, n):
    s = x
    for i in range(n):
        if i % 2 == 0:
            for _ in range(i):
                s = math.sin(s) * x
        else:
            s = s + math.exp(-s)
    return s


def written(x, n):
    y = x.copy()
    for _ in range(n):
        for j in range(1, len(y)):
            y[j] = y[j] * math.sin(y[j - 1])
        for j in range(len(y)):
            if y[j] > 0.5:
                y[j] = y[j] * y[j]
    s = 0.0
    for j in range(len(y)):
        s = s + y[j] * y[j]
    return s


def helper(v, w):
    top = v[0]
    for k in range(1, len(v)):
        if v[k] > top:
            top = v[k]
    return top * w


def calls_in_a_loop(x):
    s = 0.0
    for i in range(len(x)):
        s = s + helper(x, x[i]) * math.sin(s)
    return s


RNG = np.random.default_rng(3)
CASES = [(steps, (1.5, 0.5, 30), (0, 1)), (nested, (RNG.normal(size=4), RNG.normal(size=(4, 3))), (0, 1)),
         (uneven, (RNG.normal(size=7),), (0,)), (in_branches, (0.8, 9), (0,)), (in_branches, (0.8, 0), (0,)),
         (written, (RNG.random(6), 3), (0,)), (written, (RNG.random(6), 0), (0,)), (calls_in_a_loop, (RNG.normal(size=5),), (0,)),
         (nested, (np.zeros(0), np.zeros((0, 3))), (0, 1))]


@pytest.mark.parametrize(("f", "args", "argnums"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_same_gradients(f, args, argnums):
    compiled = srcad.value_and_grad(f, argnums, backend="numba")
    value, bars = compiled(*args)
    expected, exact = srcad.value_and_grad(f, argnums)(*args)
    assert value == pytest.approx(expected, rel=1e-13)
    for a, b in zip(bars, exact, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    assert "append" not in compiled.source
    for a, b in zip(compiled(*args)[1], bars, strict=True):
        np.testing.assert_array_equal(a, b)                  # nothing is left over from the call before


@pytest.mark.parametrize(("f", "args"), [(steps, (1.5, 0.5, 30)), (in_branches, (0.8, 9))], ids=["steps", "in_branches"])
def test_second_order(f, args):
    def first(*a):
        return srcad.grad(f)(*a)

    found = srcad.grad(first, backend="numba")(*args)
    assert found == pytest.approx(srcad.grad(first)(*args), rel=1e-11)


def test_as_few_numbers_as_possible_are_kept():
    g = srcad.grad(steps, (0, 1), backend="numba")
    g(1.5, 0.5, 3)
    assert "np.empty((0, 2))" in g.source                    # x and y; k follows from them


def test_rows_are_reserved_once_where_all_counts_are_known():
    g = srcad.grad(nested, backend="numba")
    g(np.ones(4), np.ones((4, 3)))
    assert "reserve(" in g.source.partition("for i")[0]
    assert "reserve(" not in g.source.partition("for i")[2]


@pytest.mark.parametrize("backend", ["numba", "python"])
def test_a_function_that_calls_derivatives_is_compiled_as_a_whole(backend):
    def pair(a, b):
        return math.sin(a) * b, a * b * b

    def jacobians(x, y):
        out = np.empty((len(x), 2, 2))
        for i in range(len(x)):
            _, pull = srcad.vjp(pair, x[i], y[i])
            first, second = pull((1.0, 0.0)), pull((0.0, 1.0))
            out[i, 0, 0] = first[0]
            out[i, 0, 1] = first[1]
            out[i, 1, 0] = second[0]
            out[i, 1, 1] = second[1]
        return out

    x, y = RNG.normal(size=3), RNG.normal(size=3)
    f = srcad.compiled(jacobians, backend=backend)
    expected = np.array([[[math.cos(a) * b, math.sin(a)], [b * b, 2 * a * b]] for a, b in zip(x, y)])
    np.testing.assert_allclose(f(x, y), expected, rtol=1e-13)
    assert "saved" not in f.source or backend == "python"


@pytest.mark.parametrize(("graph", "wanted", "kept"), [
    ({"a": None, "b": ("a",), "c": ("a",)}, ["b", "c"], {"a"}),
    ({"a": None, "b": None, "c": ("a", "b")}, ["c"], {"c"}),
    ({"a": None, "b": ("a",), "c": ("b",), "d": ("b",), "e": None, "f": ("d", "e")}, ["c", "d", "f"], {"b", "f"}),
    ({"a": (), "b": ("a",)}, ["b"], set()),
    ({"a": None, "b": None, "c": ("a", "b"), "d": ("a", "b"), "e": ("a", "b")}, ["c", "d", "e"], {"a", "b"}),
])
def test_smallest_cut(graph, wanted, kept):
    found = smallest_cut(wanted, graph.get)
    assert len(found) == len(kept)
    assert found == kept or kept == {"b", "f"}
