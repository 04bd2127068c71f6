"""Dicts with keys that are known only at run time: in both modes, to second order, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import UnsupportedError

from .check import check, check_second_order
from .dict_programs import PROGRAMS, span

X = np.array([0.3, -0.7, 1.1, 0.9])
DIRECTION = np.array([0.3, -0.7, 0.4, 1.2])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_dict(program):
    check(program, X)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_second_order(program):
    check_second_order(program, X, DIRECTION, disconnected="zeros")


def missing(x):
    d = {}
    for i in span(3):
        d[i] = x[i]
    return d[7]


def test_a_missing_key_raises():
    with pytest.raises(KeyError):
        srcad.grad(missing)(X.copy())


def returned(x):
    d = {}
    for i in span(3):
        d[i] = x[i]
    return d


def of_two_kinds(x):
    d = {}
    for i in span(3):
        d[i] = x[i] if i else x
    return d[0].sum()


def of_functions(x):
    d = {}
    for i in span(3):
        d[i] = lambda v: v * 2.0
    return d[0](x[0])


@pytest.mark.parametrize("program", [returned, of_two_kinds, of_functions])
def test_refused(program):
    with pytest.raises(UnsupportedError) as caught:
        srcad.jacobian(program)(X.copy())
    assert "test_dicts.py" in str(caught.value)


def keys_that_vary(x):
    d = {x[0]: 1.0, 2.0: x[1]}
    total = 0.0
    for k in d:
        total = total + k * d[k]
    return total


@pytest.mark.parametrize("derive", [srcad.grad, srcad.jacfwd])
def test_keys_that_vary(derive):
    with pytest.raises(srcad.errors.LostDerivativeError):
        derive(keys_that_vary)(X.copy())


def test_filtering_takes_linear_time():
    def program(xs):
        return sum([v * v for v in xs if v > 0.3])

    gradient = srcad.grad(program)
    x = np.linspace(0.0, 1.0, 9)
    np.testing.assert_allclose(gradient(x), np.where(x > 0.3, 2.0 * x, 0.0))
    assert ".append(" in gradient.source and "+ [" not in gradient.source
