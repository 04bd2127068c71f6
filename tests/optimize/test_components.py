"""Short vectors by component: what is computed stays what it is, whatever the numbers, the lengths, the memory."""

from __future__ import annotations

import importlib.util
import itertools
import math
import warnings

import numpy as np
import pytest

import srcad
from srcad.optimize.cut import SINK, SOURCE, Network
from srcad.optimize.pipeline import without
from tests.optimize.vectors import arguments, check, copied, program, same

SMALL = {"small_axes": 16}


def angle_energy(a, b, c, k, wanted):
    """Of the angle at `b` between two bonds."""
    u, v = a - b, c - b
    cos = np.dot(u, v) / np.sqrt(np.dot(u, u) * np.dot(v, v))
    return 0.5 * k * (np.arccos(cos) - wanted) ** 2


def dihedral(p, q, r, s):
    """The angle between the planes of four atoms."""
    b1, b2, b3 = q - p, r - q, s - r
    n1, n2 = np.cross(b1, b2), np.cross(b2, b3)
    length = np.linalg.norm(b2)
    return np.arctan2(np.dot(np.cross(n1, n2), b2) / length, np.dot(n1, n2))


def multiplied(p, q):
    w = p[0] * q[0] - np.dot(p[1:], q[1:])
    v = p[0] * q[1:] + q[0] * p[1:] + np.cross(p[1:], q[1:])
    return np.concatenate([np.array([w]), v])


def turned(q, x):
    """A vector turned by a quaternion, squared."""
    unit = q / np.sqrt(np.dot(q, q))
    turned = x + 2.0 * np.cross(unit[1:], np.cross(unit[1:], x) + unit[0] * x)
    both = multiplied(unit, unit)
    return np.dot(turned, turned * turned) + np.sum(both ** 2 * q)


def spring(x, v, rest, steps):
    """A mass on a spring in space, step by step."""
    for _ in range(steps):
        length = np.sqrt(np.dot(x, x))
        force = -x * (1.0 - rest / length)
        v = v + 0.01 * force
        x = x + 0.01 * v
    return np.dot(x, x) + np.dot(v, v)


def chain(positions, rest):
    """The springs between the rows of a matrix."""
    energy = 0.0
    for k in range(len(positions) - 1):
        d = positions[k + 1] - positions[k]
        length = np.sqrt(np.dot(d, d))
        energy += (length - rest) ** 2
    return energy


def gathered(parts):
    """Vectors in containers."""
    a, (b, c) = parts["a"], parts["bc"]
    return np.dot(np.cross(a, b), c) + np.dot(a, c) ** 2


def branch(x, y):
    if x[0] > y[0]:
        z = np.cross(x, y) * 2.0
    else:
        z = x - y
    return np.dot(z, z * x)


def written(x, y):
    out = np.zeros(3)
    out[:2] = x[1:]
    out[2] = np.dot(x, y)
    out *= y
    view = out[1:]
    view += x[:2]
    return np.dot(out, np.cross(x, out))


def long_and_short(c, x):
    return np.dot(c[2:5] * c[0] + x, c[-3:]) + np.sum(c ** 3) + c[1] * np.dot(x, x)


def numbers(x):
    a, b, c = x
    v = np.array([a * b, b * c, c])
    return np.dot(v, x) * np.sin(a)


def either_length(x, y):
    return np.sum(np.cross(x[:3], y[:3]) * x[-3:]) + np.sum(x * x)


def data(*lengths):
    rng = np.random.default_rng(7)
    return tuple(rng.standard_normal(n) for n in lengths)


POINTS = [
    (angle_energy, (*data(3, 3, 3), 2.0, 1.8)), (dihedral, data(3, 3, 3, 3)), (turned, data(4, 3)), (branch, data(3, 3)),
    (branch, data(3, 3)[::-1]), (written, data(3, 3)), (long_and_short, data(9, 3)), (numbers, data(3)),
    (either_length, data(3, 3)), (either_length, data(5, 4)), (either_length, data(40, 3)),
]


@pytest.mark.parametrize("seed", range(30))
def test_random_programs(seed):
    f, _ = program(seed, 4 + seed % 13)
    check(f, arguments(seed), second=seed % 5 == 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30, 330))
def test_more_random_programs(seed):
    f, _ = program(seed, 4 + seed % 17)
    check(f, arguments(seed), second=seed % 2 == 0)


@pytest.mark.parametrize("f, args", POINTS)
def test_programs(f, args):
    check(f, args)
    which = tuple(k for k, a in enumerate(args) if isinstance(a, np.ndarray))
    srcad.check_grads(f, args, order=1, argnums=which)


def test_loops_carry_components():
    x, v = data(3, 3)
    g, plain = (srcad.value_and_grad(spring, (0, 1, 2), **o) for o in (SMALL, {"optimize": False}))
    for steps in (0, 1, 20):
        (value, found), (_, right) = g(x, v, 0.7, steps), plain(x, v, 0.7, steps)
        assert value == spring(x, v, 0.7, steps)
        same(found, right)
    loop = g.source.partition("in tape[::-1]:")[2].partition("np.array")[0]
    assert "x_bar_0 = " in loop and "np." not in loop


def bound_in_a_branch(x, v, n):
    """`s` has no value before the first trip that gives it one."""
    a = np.ones(3)
    for i in range(n):
        if n > 1:
            if i % 2 == 0:
                s = sum(v)
                s -= np.sum(np.sin(a)) ** 3 * 0.1
            a[0] = math.tanh(x * s)
    return s * s + np.sum(np.cos(a) * a)


def array_bound_in_an_inner_loop(x, v, n):
    """The adjoint of `a` is the number 0.0 where the function has no `a` yet."""
    for e in v:
        j = 0
        while j < n:
            j += 1
            k = 0
            while k < j - 1:
                k += 1
                a = np.full((3,), x * e)
            p = a[::-1] if j > 1 else v[::-1]
    return np.dot(a, p)


def turned_by_the_functions_own_numbers(x, v, n):
    a = np.array([x, 2.0, 3.0])
    for _ in range(n):
        x = float(-x)
        a = a * x + v[:1]
    return np.sum(a * a) * x


@pytest.mark.parametrize("f", [bound_in_a_branch, array_bound_in_an_inner_loop, turned_by_the_functions_own_numbers])
@pytest.mark.parametrize("options", [{}, SMALL])
def test_what_loops_hand_on(f, options):
    args = 0.7, np.array([0.5, -0.25, 0.125]), 4
    plain = srcad.grad(f, (0, 1), optimize=False)(*copied(args))
    found = srcad.grad(f, (0, 1), **options)(*copied(args))
    assert all(np.allclose(a, b, rtol=1e-13, atol=0.0) for a, b in zip(plain, found, strict=True))
    value, dot = srcad.tangent(f, (0, 1), **options)(*copied(args), 1.0, np.ones(3))
    assert value == f(*copied(args))
    assert dot == pytest.approx(plain[0] + np.sum(plain[1]), rel=1e-12)


def test_the_functions_own_numbers_are_left():
    derivative = srcad.grad(turned_by_the_functions_own_numbers, (0, 1), **SMALL)
    derivative(0.7, np.ones(3), 4)
    assert "np.float64(x" not in derivative.source.replace("x_bar", "")


def test_rows_of_a_matrix_and_containers():
    for points in (np.random.default_rng(0).random((5, 3)), np.random.default_rng(0).random((1, 3))):
        same(srcad.grad(chain, (0, 1), disconnected="zeros", **SMALL)(points, 0.3),
             srcad.grad(chain, (0, 1), disconnected="zeros", optimize=False)(points, 0.3))
    a, b, c = data(3, 3, 3)
    parts = {"a": a, "bc": (b, c)}
    one, other = (srcad.grad(gathered, **o)(parts) for o in (SMALL, {"optimize": False}))
    same((one["a"], one["bc"]), (other["a"], other["bc"]))


@pytest.mark.parametrize("f, args", POINTS)
@pytest.mark.parametrize("special", [0.0, -0.0, np.inf, -np.inf, np.nan, 1e308, 5e-324])
def test_special_numbers(f, args, special):
    """What is not a number, or infinite, is so where the function with arrays has it, and nothing raises."""
    which = tuple(range(len(args)))
    known, plain = (srcad.grad(f, which, disconnected="zeros", **o) for o in (SMALL, {}))
    for place in range(len(args)):
        changed = list(copied(args))
        if isinstance(changed[place], np.ndarray):
            changed[place][0] = special
        else:
            changed[place] = np.float64(special)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for one, other in zip(known(*changed), plain(*changed)):
                np.testing.assert_array_equal(np.isfinite(one), np.isfinite(other))
                np.testing.assert_allclose(np.where(np.isfinite(one), one, 0.0), np.where(np.isfinite(other), other, 0.0),
                                           rtol=1e-9, atol=1e-12)


def quotients(x, s):
    return np.sum(x / s) + np.dot(x / s, x)


def test_division_by_zero_does_not_raise():
    x = np.array([1.0, 0.0, -2.0])
    with np.errstate(all="ignore"):
        one, other = (srcad.grad(quotients, (0, 1), **o)(x, np.float64(0.0)) for o in (SMALL, {}))
    for a, b in zip(one, other):
        np.testing.assert_array_equal(a, b)


def test_one_array_for_two_arguments():
    x, = data(3)
    for f in (branch, written, either_length):
        one, other = (srcad.grad(f, (0, 1), **o)(x, x) for o in (SMALL, {"optimize": False}))
        same(one, other)
        assert not np.shares_memory(*one)


def test_results_share_no_memory():
    def f(x, y):
        return np.dot(x, y)

    x, y = data(3, 3)
    g = srcad.grad(f, (0, 1), **SMALL)
    for a, b in itertools.combinations((*g(x, y), x, y), 2):
        assert not np.shares_memory(a, b)


@pytest.mark.parametrize("dtype", [np.float32, complex, np.complex64, np.longdouble])
def test_other_precisions_are_left(dtype):
    def f(x, y):
        return np.real(np.sum(np.cross(x, y) * x) + np.dot(x, y * y))

    x, y = (a.astype(dtype) for a in data(3, 3))
    g = srcad.grad(f, (0, 1), **SMALL)
    found, right = g(x, y), srcad.grad(f, (0, 1))(x, y)
    for one, other in zip(found, right):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-5)
    assert ".tolist()" not in g.source


def test_mixed_precisions():
    def f(x, y, s):
        return np.sum(x * np.dot(y, y)) + np.sum(np.float32(2.0) * x * s) + np.dot(y * s, y)

    x, y = data(3, 3)
    args = x.astype(np.float32), y, np.float64(0.3)
    for one, other in zip(srcad.grad(f, (0, 1, 2), **SMALL)(*args), srcad.grad(f, (0, 1, 2), optimize=False)(*args)):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_not_where_it_would_not_pay():
    def f(x, y):
        return np.sum(np.sin(x) * np.exp(y))

    g = srcad.grad(f, **SMALL)
    g(*data(3, 3))
    assert ".tolist()" not in g.source


def test_without_the_pass():
    f, _ = program(3, 10)
    args = arguments(3)
    with without("components"):
        g = srcad.grad(f, 0, disconnected="zeros", **SMALL)
        plain = g(*copied(args))
    same(srcad.grad(f, 0, disconnected="zeros", **SMALL)(*copied(args)), plain)


@pytest.mark.parametrize("f, args", [POINTS[k] for k in (1, 3, 7)])
def test_compiled(f, args):
    pytest.importorskip("numba", reason="the newest Python may have no Numba yet")
    which = tuple(range(len(args)))
    g = srcad.value_and_grad(f, which, backend="numba", **SMALL)
    value, found = g(*copied(args))
    assert value == pytest.approx(f(*copied(args)), rel=1e-12)
    same(found, srcad.grad(f, which, optimize=False)(*copied(args)))
    for a, b in itertools.combinations((*found, *args), 2):
        assert not np.shares_memory(a, b)


def test_compiled_division_by_zero_does_not_raise():
    pytest.importorskip("numba", reason="the newest Python may have no Numba yet")
    g = srcad.grad(quotients, (0, 1), backend="numba", **SMALL)
    for s in (np.float64(0.0), 0.0):
        found = g(np.array([1.0, 0.0, -2.0]), s)
        np.testing.assert_array_equal(found[0], [np.inf, np.nan, -np.inf])


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("f, args", POINTS[:5])
def test_saved_and_differentiated_again(f, args, tmp_path):
    path, n = tmp_path / "saved.py", len(args)
    g = srcad.grad(f, 0, **SMALL)
    wanted = g(*args)
    g.save(path, *args)
    saved = getattr(load(path), f"{f.__name__}_grad")
    np.testing.assert_array_equal(saved(*args), wanted)
    np.testing.assert_allclose(srcad.jacobian(saved)(*args), srcad.hessian(f)(*args), rtol=1e-7, atol=1e-9)
    with pytest.raises(TypeError, match="must be an array of kind"):
        saved(args[0][:1], *args[1:n])


def test_the_cheapest_division():
    network = Network()
    for a, b, cost in ((SOURCE, "a", 3.0), (SOURCE, "b", 1.0), ("a", "b", 1.0), ("a", SINK, 1.0), ("b", SINK, 4.0)):
        network.add(a, b, cost)
    assert network.source_side() == {SOURCE, "a"}


@pytest.mark.parametrize("seed", range(20))
def test_the_cheapest_division_of_all(seed):
    """Against all divisions of a random graph."""
    rng = np.random.default_rng(seed)
    ends = [SOURCE, *range(6), SINK]
    edges = [(a, b, float(rng.integers(1, 9))) for a in ends[:-1] for b in ends[1:] if a != b and rng.random() < 0.5]
    network = Network()
    for edge in edges:
        network.add(*edge)

    def cost(side):
        return sum(c for a, b, c in edges if a in side and b not in side)

    least = min(cost({SOURCE, *some}) for n in range(7) for some in itertools.combinations(range(6), n))
    side = network.source_side()
    assert SINK not in side and cost(side) == least
