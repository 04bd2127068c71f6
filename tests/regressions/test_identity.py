"""``is`` between objects and arrays: equal is not the same, and the same object may be met twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import srcad

x = np.array([1.0, 2.0, 3.0])


@dataclass(frozen=True)
class Point:
    v: float


def objects_in_a_list(x):
    points = [Point(v) for v in x]
    return sum(p.v * q.v**2 for p in points for q in points if p is not q)


def objects_in_a_loop(x):
    points = [Point(v) for v in x]
    total = 0.0
    for p in points:
        for q in points:
            if q is p:
                total = total + p.v**3
            else:
                total = total + p.v * q.v
    return total


def objects_of_known_number(x):
    a, b = Point(x[0]), Point(x[1])
    return sum(p.v * q.v**2 for p in (a, b) for q in (a, b) if p is not q)


def equal_arrays(x):
    return sum(p[0] * q[0] for p in [x, x * 2.0] for q in [x, x * 2.0] if p is not q)


@pytest.mark.parametrize("f", [objects_in_a_list, objects_in_a_loop, objects_of_known_number, equal_arrays])
def test_identity(f):
    srcad.check_grads(f, (x,))
    assert srcad.value_and_grad(f)(x)[0] == f(x)


def test_identity_that_is_not_known():
    def f(x):
        first = Point(x[0])
        points = [first if v > 1.5 else Point(v) for v in x]
        return sum(p.v for p in points if p is not first)

    with pytest.raises(srcad.SrcadError, match="same one is not known"):
        srcad.grad(f)(x)
