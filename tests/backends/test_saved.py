"""Recursive functions compiled: what they save for their reverse halves lies on stacks."""

import math
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import srcad
from srcad.testing import check_grads

numba = pytest.importorskip("numba", reason="the newest Python may have no Numba yet")


def power(x, n):
    if n == 0:
        return 1.0
    if n % 2 == 0:
        half = power(x, n // 2)
        return half * half
    return x * power(x, n - 1)


def powers(x):
    return power(x, 7) + 2.0 * power(x, 3)


def integrand(x, a):
    return math.sin(a * x) * math.exp(-x)


def simpson(a, b, fa, fm, fb, k, depth):
    m = (a + b) / 2
    fl, fr = integrand((a + m) / 2, k), integrand((m + b) / 2, k)
    left, right = (m - a) / 6 * (fa + 4 * fl + fm), (b - m) / 6 * (fm + 4 * fr + fb)
    if depth <= 0 or abs(left + right - (b - a) / 6 * (fa + 4 * fm + fb)) < 1e-6:
        return left + right
    return simpson(a, m, fa, fl, fm, k, depth - 1) + simpson(m, b, fm, fr, fb, k, depth - 1)


def integral(k):
    return simpson(0.0, 2.0, integrand(0.0, k), integrand(1.0, k), integrand(2.0, k), k, 6)


def even(x, n):
    return 1.0 if n == 0 else x * odd(x, n - 1)


def odd(x, n):
    return 0.5 * x if n == 0 else (x + 1.0) * even(x, n - 1)


def mutual(x):
    return even(x, 5) * even(x, 4)


def pair(x, n):
    if n == 0:
        return 1.0, x
    a, b = pair(x, n - 1)
    return a * b, b + math.sin(a)


def pairs(x):
    a, b = pair(x, 4)
    return a * b


def branching(x, n):
    if n == 0:
        return x
    total, flag = 0.0, n > 2
    for i in range(n):
        if flag or i % 2:
            total = total + branching(x * 0.9, i) * x
    return total


def tree(x):
    return branching(x, 4)


def squeeze(v, n):
    if n == 0:
        return v * v
    w = np.sin(v)
    return w * squeeze(w[::-1] * 1.1, n - 1) if n % 2 else squeeze(w, n - 1) + v


def of_arrays(x):
    return np.sum(squeeze(x, 4))


def halves(x, lo, hi):
    """Sums of products, of the halves of an array that is handed down."""
    if hi - lo == 1:
        return x[lo] * x[lo]
    mid = (lo + hi) // 2
    return halves(x, lo, mid) * x[mid] + halves(x, mid, hi)


def handed_down(x):
    return halves(x, 0, len(x))


def butterflies(x, lo, n):
    """In place, a half at a time."""
    if n == 1:
        return
    h = n // 2
    butterflies(x, lo, h)
    butterflies(x, lo + h, h)
    for k in range(h):
        a, b = x[lo + k], x[lo + h + k]
        x[lo + k], x[lo + h + k] = a + b * b, a * b


def in_place(x):
    y = x * 1.0
    butterflies(y, 0, len(y))
    return np.sum(y * y)


def scratch(x, n):
    """With an array of its own that it writes to."""
    v = np.zeros(3)
    for i in range(3):
        v[i] = math.sin(x * (i + 1)) * (v[i - 1] + 1.0)
        v[i] *= v[i]
    return v[2] + v[1] if n == 0 else scratch(v[1], n - 1) * v[2]


def with_scratch(x):
    return scratch(x, 3)


def complexes(a, n):
    z = complex(a, 0.5)
    return z if n == 0 else z * complexes(0.5 * a, n - 1)


def of_complexes(a):
    return abs(complexes(a, 3))


PROGRAMS = [(powers, 1.3), (integral, 1.7), (mutual, 0.8), (pairs, 0.6), (tree, 1.1), (of_arrays, np.array([0.3, 0.7, 1.1])),
            (handed_down, np.array([0.5, 1.5, -0.7, 2.0, 0.3])), (in_place, np.array([0.5, 1.5, -0.7, 0.4])),
            (with_scratch, 0.4), (of_complexes, 0.7)]


@pytest.mark.parametrize(("f", "x"), PROGRAMS, ids=lambda p: getattr(p, "__name__", ""))
def test_recursion_is_compiled(f, x):
    compiled, plain = (srcad.value_and_grad(f, backend=backend) for backend in ("numba", "python"))
    (value, bar), (other, wanted) = compiled(x), plain(x)
    assert value == pytest.approx(other, rel=1e-12) and other == pytest.approx(f(x), rel=1e-12)
    np.testing.assert_allclose(bar, wanted, rtol=1e-9)
    np.testing.assert_allclose(compiled(x)[1], bar, rtol=0)             # nothing is left from the first call
    check_grads(f, (x,), order=1)


@pytest.mark.parametrize("f", [powers, mutual])
def test_second_derivatives_of_recursion(f):
    x = 0.8
    compiled = srcad.grad(srcad.grad(f), backend="numba")
    assert compiled(x) == pytest.approx(srcad.grad(srcad.grad(f))(x), rel=1e-9)
    assert srcad.hvp(f, backend="numba")(x, 1.0) == pytest.approx(compiled(x), rel=1e-9)
    value, dot = srcad.tangent(f, backend="numba")(x, 1.0)
    assert (value, dot) == (pytest.approx(f(x), rel=1e-12), pytest.approx(srcad.grad(f)(x), rel=1e-12))


def test_a_function_of_numbas_that_calls_itself():
    @numba.njit
    def legendre(n, x):
        if n == 0:
            return 1.0
        if n == 1:
            return x
        return ((2 * n - 1) * x * legendre(n - 1, x) - (n - 1) * legendre(n - 2, x)) / n

    @numba.njit
    def f(x):
        return legendre(5, x)

    value, bar = srcad.value_and_grad(f, backend="numba")(0.3)
    assert value == pytest.approx(f(0.3), rel=1e-12)
    assert bar == pytest.approx((315 * 0.3 ** 4 - 210 * 0.3 ** 2 + 15) / 8, rel=1e-12)


def test_functions_that_call_each_other_have_the_kinds_of_each_other():
    """The kind of one's result was taken for what it had been before the other's was known."""
    def one(x, n):
        return np.array([1.0, 2.0]) * x if n == 0 else other(x, n - 1) * x

    def other(x, n):
        return x if n == 0 else one(x, n - 1) + 1.0

    def f(x):
        return np.sum(one(x, 3) * one(x, 4))

    bar = srcad.grad(f)(0.7)
    assert np.shape(bar) == ()
    assert bar == pytest.approx((f(0.7 + 1e-6) - f(0.7 - 1e-6)) / 2e-6, rel=1e-7)
    assert srcad.tangent(f)(0.7, 1.0)[1] == pytest.approx(bar, rel=1e-12)


@pytest.mark.parametrize("name", ["powers", "mutual"])
def test_recursion_in_the_next_process(name, tmp_path):
    """What is kept on the disk of functions that call each other referred to one of another process."""
    code = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        import srcad, test_saved
        print(srcad.grad(test_saved.{name}, backend="numba")(0.8))
    """)
    env = {**os.environ, "SRCAD_CACHE": "1", "SRCAD_CACHE_DIR": str(tmp_path),
           "PYTHONPATH": os.path.dirname(os.path.dirname(srcad.__file__))}
    found = [subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True) for _ in range(2)]
    assert [run.returncode for run in found] == [0, 0], found[1].stderr[-500:]
    wanted = srcad.grad(globals()[name])(0.8)
    assert all(float(run.stdout) == pytest.approx(wanted, rel=1e-12) for run in found)
