"""What Numba's users write: derivatives of what Numba runs, and what to write instead where there is none."""

import math

import numpy as np
import pytest

import srcad
from srcad.testing import check_grads

numba = pytest.importorskip("numba", reason="the newest Python may have no Numba yet")


@numba.njit
def step(u, out, c):
    for i in range(1, u.size - 1):
        out[i] = u[i] - c * (u[i] - u[i - 1])
    out[0], out[-1] = u[0], u[-1]


@numba.njit
def advect(u0, c):
    u, new = u0.copy(), np.empty_like(u0)
    for _ in range(4):
        step(u, new, c)
        u[:] = new
    return np.sum(u * u)


@numba.njit
def ranked(x):
    values, s = sorted(x), 0.0
    for k in range(len(values)):
        s += (k + 1) * values[k] ** 2
    return s


def backwards(x, y):
    ordered = sorted([x, y, 0.5, x * y, 0.5], key=lambda v: math.sin(v), reverse=True)
    return ordered[0] * ordered[1] + ordered[3] ** 2


def halves(x):
    a, b = np.split(x, 2)
    return np.sum(a * b ** 2)


def flattened(x):
    return np.sum(x.T.reshape(-1)[:3] * x.T.reshape(-1)[2:5])


def layered(layers, x):
    for w, b in layers:
        outputs = np.dot(x, w) + b
        x = np.tanh(outputs)
    return np.sum(outputs[:, 0] ** 2)


def without_axes(x):
    return x * np.sin(x)


def cholesky(a):
    """The indices of what is written in one arm of a branch are wanted in the reverse sweep."""
    n = len(a)
    low, total = np.zeros((n, n)), 0.0
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= low[i, k] * low[j, k]
            if i == j:
                low[i, j] = np.sqrt(s)
            else:
                low[i, j] = s / low[j, j]
        total += np.log(low[i, i])
    return total


def with_and_without_axes(x, y):
    return np.sum(x * np.sin(y) + x)


def spaced(a, b):
    return np.sum(np.linspace(a, b, 5) ** 2)


def none(values):
    total = 1.0
    for v in values:
        total = total + v * v * total
    return total + len([])


RNG = np.random.default_rng(0)
PROGRAMS = [
    (advect, (RNG.random(9), 0.4), (0, 1)), (ranked, (np.array([0.9, -0.4, 1.7, 0.3, 0.35, 2.0, -1.0]),), 0),
    (backwards, (1.3, 0.7), (0, 1)), (halves, (RNG.random(6),), 0), (flattened, (RNG.random((2, 3)),), 0),
    (flattened, (RNG.random((3, 4))[:, ::2],), 0),
    (layered, ([(RNG.random((2, 3)), RNG.random(3)), (RNG.random((3, 1)), RNG.random(1))], RNG.random((4, 2))), (0, 1)),
    (without_axes, (np.array(1.5),), 0), (spaced, (1.0, 3.0), (0, 1)),
    (cholesky, (np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]]),), 0),
    (with_and_without_axes, (np.array(1.5), RNG.random(3)), (0, 1)), (none, ([1.0, 2.0, 3.0],), 0), (none, ([],), 0),
]


def leaves(value) -> list:
    return [x for item in value for x in leaves(item)] if isinstance(value, tuple | list) else [value]


@pytest.mark.parametrize(("f", "args", "argnums"), PROGRAMS, ids=lambda p: getattr(p, "__name__", ""))
def test_gradients(f, args, argnums):
    compiled, plain = (srcad.value_and_grad(f, argnums, backend=backend) for backend in ("numba", "python"))
    (value, bars), (other, wanted) = compiled(*args), plain(*args)
    assert value == pytest.approx(other, rel=1e-12) and other == pytest.approx(f(*args), rel=1e-12)
    assert len(leaves(bars)) == len(leaves(wanted))
    for bar, want in zip(leaves(bars), leaves(wanted)):
        np.testing.assert_allclose(bar, want, rtol=1e-9, atol=1e-12)
    if f is not none or args[0]:
        check_grads(f, args, order=1, argnums=argnums)


def test_sorting_is_stable():
    def f(x, flip):
        ordered, s = sorted([x[0], -x[0], x[1], -x[1], x[0], -x[1], x[1]], key=lambda v: v * v, reverse=flip), 0.0
        for place in range(7):
            s += (place + 1) * ordered[place] ** 3
        return s

    x = np.array([0.5, 1.0])
    for flip in (False, True):
        compiled, plain = (srcad.value_and_grad(lambda x, flip=flip: f(x, flip), backend=b)(x) for b in ("numba", "python"))
        assert compiled[0] == pytest.approx(plain[0], rel=1e-14)
        np.testing.assert_allclose(compiled[1], plain[1], rtol=1e-14)


# --- derivatives within compiled functions ----------------------------------------------------------------------------


def smoothed(u, c):
    v = u.copy()
    for i in range(1, len(v) - 1):
        v[i] = v[i] + c * (v[i - 1] - 2 * v[i] + v[i + 1])
    return v


def overlapping(u, c):
    """Two views of one array are kept, and both are written to."""
    v = u.copy()
    w = v[1:]
    for i in range(1, len(v) - 1):
        w[i - 1] = w[i - 1] * c + v[i - 1] * v[i + 1]
        v[i] = np.sin(v[i])
    v *= w[0]
    return w * v[0]


@pytest.mark.parametrize("f", [smoothed, overlapping])
def test_vjp_of_what_writes_in_place_within_a_compiled_function(f):
    @srcad.compiled
    def twice(u, c):
        y, pull = srcad.vjp(f, u, c)
        first = pull(y)
        second = pull(2.0 * y)
        return y, first[0], first[1], second[0], second[1]

    u, c = np.array([0.5, 1.5, -0.7, 2.0, 0.3]), 0.1
    y, u_bar, c_bar, u_twice, c_twice = twice(u, c)
    wanted, pull = srcad.vjp(f, u, c)
    np.testing.assert_allclose(y, wanted, rtol=1e-12)
    for found, want in zip((u_bar, c_bar), pull(wanted), strict=True):
        np.testing.assert_allclose(found, want, rtol=1e-9)
    np.testing.assert_allclose(u_twice, 2 * u_bar, rtol=1e-12)
    assert c_twice == pytest.approx(2 * c_bar, rel=1e-12)


# --- what has no derivative -------------------------------------------------------------------------------------------


def test_methods_of_jitclasses_are_refused_with_advice():
    from numba.experimental import jitclass

    @jitclass([("k", numba.float64)])
    class Spring:
        def __init__(self, k):
            self.k = k

        def force(self, x):
            return -self.k * x

    spring = Spring(2.0)

    def of_a_global(x):
        return spring.force(x) ** 2

    def of_an_argument(x, spring):
        return spring.force(x) ** 2

    for f, args in ((of_a_global, (1.0,)), (of_an_argument, (1.0, spring))):
        for backend in ("python", "numba"):
            with pytest.raises(srcad.SrcadError, match=r"(?s)force.*jitclass.*write it as a function under numba\.njit"):
                srcad.grad(f, backend=backend)(*args)
    assert srcad.grad(lambda x, spring: spring.k * x)(1.0, spring) == 2.0
