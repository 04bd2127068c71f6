"""The precision of gradients: that of the argument, in both modes."""

from __future__ import annotations

import numpy as np
import pytest

import srcad

X = np.arange(3, dtype=np.float32)


def total(x, b):
    return (x * b).sum()


def in_a_loop(x, b):
    s = 0.0
    for i in range(3):
        s = s + x[i] * b
    return s


def one_item(x, b):
    return x[1] * b


def as_a_float(x, b):
    return float(np.sin(x * b).sum())


@pytest.mark.parametrize("function", [total, in_a_loop, one_item, as_a_float])
def test_a_float_beside_a_float32_array(function):
    found = [srcad.grad(function, 1)(X, 0.5), srcad.grad(function, 1, mode="forward")(X, 0.5),
             srcad.vjp(function, X, 0.5)[1](np.float32(1.0) if function is not as_a_float else 1.0)[1]]
    for g in found:
        assert isinstance(g, float) and g == pytest.approx(found[0], rel=1e-6)
    assert srcad.grad(function)(X, 0.5).dtype == np.float32
    assert srcad.grad(function, mode="forward")(X, 0.5).dtype == np.float32


def scaled(x, k):
    b = k
    return b * x


@pytest.mark.parametrize("k", [3, True, 0])
@pytest.mark.parametrize("optimize", [True, False])
def test_a_gradient_is_a_float(k, optimize):
    for g in (srcad.grad(scaled, optimize=optimize)(1.5, k), srcad.tangent(scaled, optimize=optimize)(1.5, k, 1.0)[1],
              srcad.vjp(scaled, 1.5, k, argnums=0)[1](1.0)[0], srcad.grad(scaled, mode="forward")(1.5, k)):
        assert type(g) is float and g == k
