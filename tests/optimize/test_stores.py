"""Adjoint memory: first writes, clearings that nobody sees, copies of what stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.optimize.pipeline import without
from srcad.testing import check_grads


def components(x):
    y = np.zeros(3)
    y[0] = x[0] * x[1]
    y[1] = x[1]
    y[2] = x[2] ** 2
    return np.sum(y * y)


def written_twice(x):
    y = np.zeros(3)
    y[0] = x[0] * x[1]
    y[0] = y[0] * x[2]
    y[1:] = x[1:]
    y[1] = y[0] * y[1]
    return np.sum(y * y)


def same_place(x):
    a = x[1:] * x[:-1]
    return np.sum(a * a) + x[0] * x[1] + x[-1] * x[0] + np.sum(x[1:3])


def from_the_end(x):
    return np.sum(np.sin(x[:-1])) + x[-1] ** 2 + np.sum(x[-2:] ** 3)


def apart_from_the_end(x):
    return np.sum(np.sin(x[:-1])) + x[-1] ** 2


def of_one(x):
    return x[0] ** 2 + x[-1] ** 3


def rows(A):
    return np.sum(A[0] * A[1]) + A[2] @ A[2]


def through_views(x):
    y = np.zeros(4)
    v = y[:2]
    v += x[:2] * x[2:]
    y[1:] += x[1:] * 2.0
    v *= x[0]
    return np.sum(y * y * y)


def in_a_branch(x):
    y = np.zeros(3)
    y[0] = x[0]
    if x[1] > 0.0:
        y[1] = x[0] * x[1]
    y[2] = x[1] ** 2
    return np.sum(y * np.cos(y))


def in_a_loop(x, n):
    s = 0.0
    for k in range(n):
        y = np.zeros(3)
        y[0] = x[k] * s
        y[1] = x[0]
        y[2] = x[k] ** 2
        s = s + np.sum(y * y)
    return s


def two_results(x, w):
    y = np.sin(x)
    y[0] = w[0]
    return np.sum(y * y)


def scalar_spread(x):
    y = np.zeros(4)
    y[1:3] = x[0]
    y[3] = x[1]
    return np.sum(y**2 * np.arange(4.0))


X, W, A = np.array([0.3, 0.7, -0.4, 1.1]), np.array([0.2, -0.5, 0.9, 0.1]), np.arange(9.0).reshape(3, 3) * 0.1


@pytest.mark.parametrize("f, args", [
    (components, (X[:3],)), (written_twice, (X[:3],)), (same_place, (X,)), (from_the_end, (X,)), (from_the_end, (X[:2],)),
    (apart_from_the_end, (X,)), (apart_from_the_end, (X[:1],)), (of_one, (X[:1],)), (of_one, (X,)), (rows, (A,)),
    (through_views, (X,)), (in_a_branch, (X,)), (in_a_branch, (-X,)), (in_a_loop, (X, 3)), (two_results, (X, W)),
    (scalar_spread, (X[:2],))])
def test_derivatives(f, args):
    argnums = tuple(k for k, a in enumerate(args) if isinstance(a, np.ndarray))
    check_grads(f, args, argnums=argnums, order=2)
    found = srcad.grad(f, argnums)(*args)
    with without("stores"):
        wanted = srcad.grad(f, argnums)(*args)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
        assert a.dtype == b.dtype and a.flags.writeable and a.flags.owndata
    results = [*found, *args]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(results) for b in results[:k] if a is not b and
                   not any(a is one or b is one for one in args))


def without_axes(x):
    s = np.zeros(())
    s[...] = x[0] * x[1]
    s[()] += x[2]
    s *= s
    return (x * s).sum()


def test_arrays_without_axes_stay_arrays():
    check_grads(without_axes, (X,), order=2)


def source(f, *args) -> str:
    g = srcad.grad(f)
    g(*args)
    return g.source


def test_each_element_is_assigned_once():
    text = source(components, X[:3])
    assert "+=" not in text and "] = 0.0" not in text.partition("# reverse")[2] and ".copy()" not in text


def test_elements_that_may_be_the_same_are_added_to():
    assert source(of_one, X).count("+=") == 1
    assert "+=" not in source(apart_from_the_end, X)
    assert source(from_the_end, X).count("+=") >= 1


def test_what_is_read_again_is_cleared():
    text = source(written_twice, X[:3])
    assert "] = 0.0" in text.partition("# reverse")[2] or "y_bar[0] =" in text.partition("# reverse")[2]


def test_a_negative_addition_is_a_subtraction():
    def f(x):
        s = 0.0
        for i in range(len(x) - 1):
            s = s + (1.0 - 3.0 * x[i]) ** 2
        return s

    text = source(f, X)
    assert "x_bar[i] -= " in text and "+= -" not in text


def test_a_sum_with_a_negative_product_is_a_difference():
    def f(x):
        s = 0.0
        for i in range(len(x) - 1):
            s = s + (x[i + 1] - 3.0 * x[i]) ** 2
        return s

    text = source(f, X)
    assert "x_bar_next - 3.0 * " in text and "+ -" not in text


def test_the_dtype_of_what_is_put_is_that_of_the_buffer():
    x = np.array([0.3, 0.7, -0.4], np.float32)
    g = srcad.grad(components)(x)
    assert g.dtype == np.float32
    np.testing.assert_allclose(g, srcad.grad(components)(x.astype(float)), rtol=1e-5)


def test_complex_elements():
    def f(z):
        return np.abs(z[0] * z[1]) ** 2 + z[1].real

    z = np.array([0.3 + 0.1j, 0.7 - 0.2j])
    check_grads(f, (z,))
