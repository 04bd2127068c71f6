"""Tuples, lists and dicts that hold arrays which are written to, and are used as a whole: stacked, summed, concatenated."""

from __future__ import annotations

import numpy as np
import pytest

import srcad

from .check import check

X = np.array([0.3, -0.7, 1.1, 0.9])
DIRECTION = np.array([0.3, -0.7, 0.4, 1.2])
EXTRA = np.array([0])


def span(n):
    """A range of a length known only at run time."""
    return range(n + int(EXTRA[0]))


def early_tuple(x):
    a = x * 2.0
    b = x * 3.0
    t = (a, b)
    a[0] *= a[1]
    s = np.stack(t).sum()
    b[1] *= s
    return s * b[1] + (np.concatenate(t) ** 2).sum()


def early_list(x):
    a = x * 2.0
    b = x * 3.0
    t = [a, b]
    for i in span(2):
        t[i][0] *= t[1 - i][1]
        s = np.stack(t).sum()
        t[1 - i][2] *= s
    return s


def tuple_of_mixed(x):
    a = x * 2.0
    t = (a, x[0] * x[1], x * x)
    a[0] *= a[1]
    u = np.concatenate((t[0], t[2])) * t[1]
    a *= 2.0
    return (u * u).sum() + a.sum()


def chosen_tuple(x):
    a = x * 2.0
    b = x * 3.0
    t = (a, b) if x[0].real > 0 else (b, a)
    a[0] *= a[1]
    s = (np.vstack(t) ** 2).sum()
    b[0] *= s
    return b.sum() + s


def list_slices(x):
    t = [x * 1.0, x * 2.0, x * 3.0]
    for i in span(2):
        t[i + 1][0] *= t[i][1]
    m = np.array(t[1:])
    t[2][1] *= m[0, 0]
    return (m * m).sum() + t[2].sum()


def summed_rows(x):
    t = [x * 1.0, x * 2.0, x * 3.0]
    for i in span(2):
        t[i + 1][0] *= t[i][1]
    s = sum(t)
    t[0] *= 2.0
    return (s * s).sum() + t[0].sum()


def rows_in_a_loop(x):
    rows = [x * 1.0, x * 2.0]
    total = 0.0
    for i in span(3):
        rows[i % 2][1] *= rows[1 - i % 2][0]
        total = total + (np.stack(rows) ** 2).sum() * x[i]
    return total


def in_a_branch(x):
    rows = [x * 1.0, x * 2.0]
    for i in span(3):
        if i != 1:
            rows[0] *= np.concatenate(rows)[i + 2]
        else:
            rows[1][2] *= rows[0][0]
    return np.hstack(rows).sum()


def unpacked_rows(x):
    rows = [x * 1.0, x * 2.0]
    for i in span(2):
        rows[i][1] *= rows[1 - i][0]
    a, b = rows
    a[0] += b[1]
    return (np.array(rows) ** 2).sum() + (a * b).sum()


def dict_of_rows(x):
    d = {"a": x * 1.0, "b": x * 2.0}
    d["a"][0] *= d["b"][1]
    m = np.stack(list(d.values()))
    d["b"][0] *= m[0, 0]
    return (m * m).sum() + d["b"].sum()


def lists_of_lists(x):
    rows = [[x * 1.0, x * 2.0], [x * 3.0]]
    for i in span(2):
        rows[i][0][1] *= rows[1 - i][0][0]
    return sum(np.stack(r).sum() for r in rows)


def stacked(x):
    rows = []
    for i in span(3):
        r = x * i
        r[1] *= r[2]
        rows.append(r)
    m = np.stack(rows)
    return (m * m).sum()


def array_of_rows(x):
    rows = []
    for i in span(3):
        r = x * i
        r[1] *= r[2]
        rows.append(r)
    rows[0][2] += x[1]
    m = np.array(rows)
    return (m @ m.T).sum()


def used_as_a_whole(x):
    rows = [x * 1.0, x * 2.0]
    for i in span(2):
        rows[i][1] *= rows[1 - i][0]
    return (np.vstack(rows) ** 2).sum() + np.concatenate(rows)[3]


PROGRAMS = [
    early_tuple,
    early_list,
    tuple_of_mixed,
    chosen_tuple,
    list_slices,
    summed_rows,
    rows_in_a_loop,
    in_a_branch,
    unpacked_rows,
    dict_of_rows,
    lists_of_lists,
    stacked,
    array_of_rows,
    used_as_a_whole,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_holder(program):
    check(program, X)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_second_order(program):
    gradient = srcad.grad(program, 0)
    step = 1e-5 * DIRECTION
    expected = (gradient(X + step) - gradient(X - step)) / 2e-5
    over = srcad.tangent(gradient, 0)(X.copy(), DIRECTION.copy())[1]
    twice = srcad.grad(lambda x: (srcad.grad(program, 0)(x) * DIRECTION).sum())
    np.testing.assert_allclose(over, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(twice(X.copy()), expected, rtol=1e-5, atol=1e-5)
