"""Lists, dicts and objects that a program changes: one hazard a program, in both modes and to second order."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import SrcadError

from .check import check
from .container_programs import PROGRAMS

X = np.array([0.3, 0.5, 0.7, 1.1])
DIRECTION = np.array([0.3, -0.7, 0.4, 1.2])


def given(program):
    return program.__defaults__ or ()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_hazard(program):
    check(program, X, *given(program))


#: Those that return lists: their gradient is none.
ONCE = {"ret_list", "ret_tuple_lists"}


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p.__name__ not in ONCE], ids=lambda p: p.__name__)
def test_second_order(program):
    more = given(program)
    gradient = srcad.grad(program, 0)
    step = 1e-5 * DIRECTION
    expected = (gradient(X + step, *more) - gradient(X - step, *more)) / 2e-5
    over = srcad.tangent(gradient, 0)(X.copy(), *more, DIRECTION.copy())[1]
    twice = srcad.grad(lambda x: (srcad.grad(program, 0)(x, *more) * DIRECTION).sum()) if not more else srcad.grad(
        lambda x: (srcad.grad(program, 0)(x, more[0]) * DIRECTION).sum())
    np.testing.assert_allclose(over, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(twice(X.copy()), expected, rtol=1e-5, atol=1e-6)


# --- lists that are given ------------------------------------------------------------------------------------------------


def appended(xs, c):
    xs.append(xs[0] * c)
    xs[1] = xs[2] * xs[-1]
    return xs[0] * xs[1]


def emptied(xs, c):
    s = 0.0
    while xs:
        v = xs.pop()
        s = s * c + v * v
    return s


def overwritten_in_a_loop(xs, c):
    for i in range(len(xs)):
        xs[i] = xs[i] * c + (xs[i - 1] if i else 0.0)
    xs.insert(0, c)
    return xs[-1] * xs[1]


def second_name(xs, c):
    ys = xs
    ys[0] = c * xs[1]
    return xs[0] * ys[1]


def replaced(xs, c):
    xs[:] = [v * c for v in xs]
    return sum(xs)


def lengthened(xs, c):
    xs += [c, c * c]
    del xs[0]
    return sum(v * v for v in xs)


def cleared(xs, c):
    xs.clear()
    xs.append(c)
    return xs[0] * xs[0]


def bound_anew(xs, c):
    xs = [*xs, c]
    xs[0] = c * 2.0
    return xs[0] * xs[1]


@pytest.mark.parametrize("f", [appended, emptied, overwritten_in_a_loop, second_name, replaced, lengthened, cleared,
                               bound_anew], ids=lambda f: f.__name__)
def test_lists_that_are_given(f):
    xs, c, h = [0.3, 0.5, 0.7], 1.3, 1e-30
    end = list(xs)
    value = f(end, c)
    x_bar = [f([v + 1j * h * (j == k) for j, v in enumerate(xs)], c).imag / h for k in range(3)]
    c_bar = f([complex(v) for v in xs], c + 1j * h).imag / h
    mine = list(xs)
    found, bars = srcad.value_and_grad(f, (0, 1))(mine, c)
    assert mine == end
    assert found == value
    np.testing.assert_allclose(bars[0], x_bar)
    np.testing.assert_allclose(bars[1], c_bar)
    mine = list(xs)
    _, pullback = srcad.vjp(f, mine, c, argnums=(0, 1))
    assert mine == end
    mine[:] = [7.0]
    for _ in range(2):
        np.testing.assert_allclose(pullback(1.0)[0], x_bar)
    mine, dots = list(xs), [0.3, -0.2, 0.5]
    y_dot = srcad.tangent(f, (0, 1))(mine, c, dots, 0.7)[1]
    np.testing.assert_allclose(y_dot, np.dot(x_bar, [0.3, -0.2, 0.5]) + 0.7 * c_bar)
    assert mine == end
    assert dots == [0.3, -0.2, 0.5]


def test_a_list_given_twice():
    def f(xs, ys):
        xs.append(ys[0] * xs[0])
        return xs[-1] * ys[0]

    one = [0.3, 0.4]
    with pytest.raises(ValueError, match="given twice"):
        srcad.grad(f, (0, 1))(one, one)
    assert srcad.grad(f, (0, 1))(one, [0.5]) == ([0.25, 0.0], [0.3])


# --- what is refused -----------------------------------------------------------------------------------------------------

KEPT = [1.0, 2.0]


def kept_in_a_global(x):
    KEPT.append(x[0])
    return KEPT[-1] * x[1]


def key_on_one_path(x):
    d = {}
    if x[0].real > 0:
        d["a"] = x[0] * x[1]
    return d["a"]


def key_at_run_time(x, n=5):
    d = {}
    for i in range(n):
        d[i] = x[i % 4]
    return d[0]


def longer_while_gone_through(x, n=5):
    xs = [x[0]] * n
    for v in xs:
        if len(xs) < 8:
            xs.append(v * x[1])
    return xs[-1]


def put_into_itself(x):
    xs = [x[0]]
    xs.append(xs)
    return xs[1][0]


def of_two_kinds(x, n=5):
    xs = []
    for i in range(n):
        xs.append(x[0] if i % 2 else x)
    return xs[1] * xs[0].sum()


@pytest.mark.parametrize("program", [key_on_one_path, key_at_run_time])
def test_keys_at_run_time(program):
    check(program, X, *given(program))


@pytest.mark.parametrize("program", [kept_in_a_global, longer_while_gone_through, of_two_kinds], ids=lambda f: f.__name__)
@pytest.mark.parametrize("derivative", [srcad.grad, lambda f: lambda x, *more: srcad.tangent(f)(x, *more, x)])
def test_refused(program, derivative):
    with pytest.raises(SrcadError) as caught:
        derivative(program)(X.copy(), *given(program))
    assert "test_containers" in str(caught.value)
    assert KEPT == [1.0, 2.0]
