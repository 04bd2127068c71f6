"""Names that are a number first and an array then, with augmented assignments: exact, or refused."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import UnsupportedError

from .check import CURVATURES, check, check_curvature

A = np.arange(16.0).reshape(4, 4) / 10 - 0.55
X = np.array([0.3, 0.5, 0.7, 1.1])


def helper(s, row):
    s += row
    return s


def mean_of_rows(a):
    s = 0.0
    for row in a:
        s += np.sin(row)
    s /= len(a)
    return (s * s).sum()


def seen_by_another_name_afterwards(a):
    s = 0.0
    for row in a:
        s += row * row
    v = np.reshape(s, (2, 2))
    w = s[1:]
    return v @ v, (w * w).sum()


def in_loops_in_loops(a):
    s = 0.0
    for row in a:
        for k in range(2):
            s += row * k * row
            s = s * 0.9
        t = s[1] * 2.0
        s -= t
    return s


def in_branches(a, c):
    s = 0.0
    for row in a:
        if row[0] > 0:
            s += row * c
        else:
            s -= row * row
    return s


def two_sums(a, c):
    s = t = 0.0
    for row in a:
        s += row * c
        t += s * row
    return s, t


def multiplied_afterwards(a, c):
    s = 0.0
    for row in a:
        s += row * c
    for row in a:
        s *= np.cos(row)
    return s.sum() * s[0]


def item_tested(a, c):
    s = 0.0
    for row in a:
        s += row * c
        if s[0] > 100.0:
            break
    return (s * s).sum()


def after_an_early_return(a, c):
    s = 0.0
    if c > 10.0:
        return s
    for row in a:
        s += row * c
    u = s[1:]
    return (u * s[:-1]).sum()


def helper_returns_it(a):
    s = 0.0
    for row in a:
        s = helper(s, row)
    return (s*s).sum()


def variable_of_a_closure(a):
    s = 0.0
    def add(r):
        nonlocal s
        s += r
    for row in a:
        add(row)
    return (s*s).sum()


EXACT = [mean_of_rows, seen_by_another_name_afterwards, in_loops_in_loops, in_branches, two_sums, multiplied_afterwards,
         item_tested, after_an_early_return, helper_returns_it, variable_of_a_closure]


def old_array_is_read(a):
    s = 0.0
    prev = 0.0
    out = 0.0
    for row in a:
        prev = s
        s += row
        out = out + prev * row
    return out.sum()


def view_in_the_loop(a):
    s = 0.0
    v = 0.0
    for row in a:
        s += row
        v = s[1:]
    s += a[0]
    return (v * v).sum()


def two_names(a):
    s = 0.0
    for row in a:
        s = s + row
    t = s
    s += a[0]
    return (t * t).sum()


def view_before(a):
    s = 0.0
    for row in a:
        s = s + row
    t = s[1:]
    s *= a[0]
    return (t * t).sum()


def the_callers_array(a, b):
    s = 0.0
    for row in a:
        if row[0] < 0:
            s = b
        s += row
    return b.sum() + s.sum()


def row_of_the_argument(a):
    s = 0.0
    for row in a:
        s += row
        s = row
    return a.sum() + s.sum()


def held_by_a_tuple(a):
    s = 0.0
    t = (0.0, 0.0)
    for row in a:
        s += row
        t = (s, row)
    return (t[0]*t[0]).sum()


def swapped(a):
    s = 0.0
    t = 0.0
    for row in a:
        s += row
        t += 2*row
        s, t = t, s
    return (s*t).sum()


def two_names_in_the_loop(a):
    s = 0.0
    for row in a:
        s += row
        o = s
        s += o[::-1]
        s += row
    return (s*s).sum()


def two_names_and_a_branch(a, c):
    s = 0.0
    for row in a:
        s += row
    t = s
    if c > 0:
        s += a[0]
    return (t * t).sum()


def another_type(a, x):
    s = 0.0
    for row in a:
        s += row
        s += x
    return s.sum()


REFUSED = [old_array_is_read, view_in_the_loop, two_names, view_before, the_callers_array, row_of_the_argument, held_by_a_tuple,
           swapped, two_names_in_the_loop, two_names_and_a_branch, another_type]


def arguments(program):
    values = {"a": A, "b": X, "c": 0.7, "x": X}
    return [values[name] for name in program.__code__.co_varnames[:program.__code__.co_argcount]]


@pytest.mark.parametrize("program", EXACT, ids=lambda f: f.__name__)
def test_exact(program):
    options = {"complex_step": program not in (in_branches, item_tested, after_an_early_return)}
    check(program, *arguments(program), **options)
    for how in CURVATURES:
        check_curvature(program, *arguments(program), how=how, **options)


@pytest.mark.parametrize("program", REFUSED, ids=lambda f: f.__name__)
@pytest.mark.parametrize("derivative", [srcad.grad, srcad.tangent])
def test_refused(program, derivative):
    given = arguments(program)
    if program is another_type:
        given[0] = given[0].astype(np.float32)
    if derivative is srcad.tangent:
        given.append(given[0])
    with pytest.raises(UnsupportedError, match="known by other names or may change its type"):
        derivative(program)(*given)
