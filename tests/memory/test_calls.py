"""Callees that write, functions with derivatives of their own, writes in the test of a ``while``."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import UnsupportedError

from .programs import A, Programs, X, Y, check_case

program = Programs()


def bump(x, i):
    x[i] *= x[i + 1]
    return i < 2


@program(X)
def written_in_a_test(x):
    i = 0
    while bump(x, i):
        i += 1
    return (x * x).sum()


@program(X, Y)
def written_in_a_test_and_left_early(x, y):
    i = 0
    s = 0.0
    while bump(x, i):
        s = s + x[i] * y[i]
        if i == 1:
            break
        i += 1
    else:
        s = s * 2.0
    return s * (x * x).sum() + i


@program(X)
def two_parts_of_a_test(x):
    n = 0
    while n < 3 and bump(x, min(n, 2)):
        x[3] += x[n]
        n += 1
    return (x * x).sum() * n


def views(v):
    return v[1:], v[:-1]


@program(X)
def returns_two_views(x):
    a, b = views(x)
    a *= b
    return (x * x).sum()


def choose(v, k):
    if k > 0:
        return v[1:]
    return v[:3]


@program(X)
def returns_a_view_from_a_branch(x):
    a = choose(x, 1)
    b = choose(x, -1)
    a *= b
    return (x * x).sum()


def doubled_until(v, k):
    for i in range(4):
        v[i] *= 2.0
        if i > k:
            return v
    return v


@program(X)
def returns_its_argument_early(x):
    w = doubled_until(x, 1)
    w[0] = w[1] * w[2]
    return (x * x).sum()


def accumulate(total, v):
    total += v * v
    return total[0]


@program(A)
def rows_given_to_a_callee(a):
    total = np.zeros_like(a[0])
    s = 0.0
    for row in a:
        s = s + accumulate(total, row)
        accumulate(row, total)
    return s * total.sum() + (a * a).sum()


@program(X)
def overlapping_parts_given(x):
    add_into(x[1:], x[:-1])
    add_into(x, x[::-1])
    return (x * x).sum()


def add_into(v, w):
    v += w * v


@program(X, Y)
def inner_function_writes(x, y):
    def step(k):
        x[k] = x[k] * y[k - 1]
        y[k] += x[k]

    for k in range(4):
        step(k)
    return (x * y).sum()


@program.each()
def test_program(case):
    check_case(case)


@srcad.custom_vjp
def wave(v):
    return np.sin(v) * v


wave.defvjp(lambda v: (np.sin(v) * v, v), lambda v, g: (g * (np.cos(v) * v + np.sin(v)),))


@srcad.custom_jvp
def square(v):
    return v * v


square.defjvp(lambda primals, tangents: (primals[0] ** 2, 2.0 * primals[0] * tangents[0]))

reverse = Programs()


@reverse(X)
def custom_given_memory(x):
    x[0] *= 2.0
    y = wave(x)
    x[1] *= y[0]
    return (x * y).sum()


@reverse(X)
def custom_given_a_part(x):
    x[0] *= 2.0
    x[1:] *= wave(x[:-1])
    return x.sum()


@reverse(X)
def custom_result_is_written(x):
    y = wave(x)
    y[1] = y[0] * x[1]
    z = wave(y)
    z *= y
    return (z * z).sum()


@reverse(X)
def custom_in_a_loop(x):
    for i in range(3):
        x[i:] = wave(x[i:]) * x[i]
    return (x * x).sum()


@reverse.each()
def test_functions_with_an_adjoint_of_their_own(case):
    function, args, _ = case
    check_case((function, args, {"modes": ("pair", "adjoint")}))


@program(X)
def custom_jvp_given_memory(x):
    x[0] *= 2.0
    y = square(x)
    x[1] *= y[0]
    y += x
    return (y * y).sum()


def test_functions_with_a_tangent_of_their_own():
    check_case((custom_jvp_given_memory, (X,), {}))


@srcad.custom_vjp
def overwrite(v):
    v[0] = 0.0
    return v * 2.0


overwrite.defvjp(lambda v: (v * 2.0, None), lambda saved, g: (g * 2.0,))


@srcad.custom_vjp
def itself(v):
    return v


itself.defvjp(lambda v: (v, None), lambda saved, g: (g,))


def gives_to_what_writes(x):
    return overwrite(x * 2.0).sum()


def gives_to_what_returns_it(x):
    x[0] = 2.0 * x[1]
    y = itself(x)
    y[1] = 3.0
    return x.sum()


@pytest.mark.parametrize("function", [gives_to_what_writes, gives_to_what_returns_it])
def test_what_cannot_be_given_a_copy_is_refused(function):
    with pytest.raises(UnsupportedError, match="derivative of its own"):
        srcad.grad(function)(X.copy())


def product(x, y):
    x *= y
    return x.sum()


def test_one_array_given_twice():
    with pytest.raises(ValueError, match="lambda"):
        srcad.grad(product)(Y, Y)
    np.testing.assert_allclose(srcad.grad(lambda x: product(x, x))(Y.copy()), 2.0 * Y)
