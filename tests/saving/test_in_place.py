"""Saved derivatives of functions that write in place: right, and differentiated again, in both modes."""

from __future__ import annotations

import copy
import importlib.util

import numpy as np
import pytest

import srcad


def relax(x, n):
    for i in range(1, n):
        x[i] = np.sin(x[i - 1]) * x[i]
    return x[n - 1]


def heat(u, rate, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def gathered(x, places):
    y = np.zeros(4)
    y[places] += x
    y *= y[0]
    return np.sum(y * y)


def out_given(x):
    y = np.empty_like(x)
    np.multiply(x, x, out=y)
    y[0] = 3.0 * y[1]
    return np.sum(np.sin(y))


def transposed(a):
    t = a.T
    t[1] *= a[0, 1]
    return (a * a).sum()


X = np.array([0.5, 0.9, 0.3, 1.2])
CASES = [(relax, (X, 4)), (heat, (np.sin(np.arange(6.0)), 0.2, 3)), (gathered, (X, np.array([0, 1, 1, 3]))), (out_given, (X,)),
         (transposed, (np.arange(6.0).reshape(2, 3) * 0.3 + 0.2,))]


def saved(derivative, args, path, name):
    derivative.save(path, *copy.deepcopy(args))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


@pytest.mark.parametrize("f, args", CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_saved_and_differentiated_again(f, args, tmp_path):
    g = srcad.grad(f)
    again = saved(g, args, tmp_path / f"saved_{f.__name__}.py", f"{f.__name__}_grad")
    np.testing.assert_array_equal(again(*copy.deepcopy(args)), g(*copy.deepcopy(args)))
    v = np.cos(np.arange(args[0].size)).reshape(args[0].shape)
    expected = srcad.hvp(f)(*copy.deepcopy(args), v)
    _, forward = srcad.jvp(again, copy.deepcopy(args), (v,), argnums=(0,))
    np.testing.assert_allclose(forward, expected, rtol=1e-10, atol=1e-12)
    (reverse,) = srcad.vjp(again, *copy.deepcopy(args), argnums=(0,))[1](v)
    np.testing.assert_allclose(reverse, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f, args", CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_saved_tangent(f, args, tmp_path):
    t = saved(srcad.tangent(f), args, tmp_path / f"tangent_{f.__name__}.py", f"{f.__name__}_tangent")
    v = np.cos(np.arange(args[0].size)).reshape(args[0].shape)

    def slope(x, *rest):
        return t(x.copy(), *rest, v.copy())[1]

    np.testing.assert_allclose(srcad.grad(slope)(*copy.deepcopy(args)), srcad.hvp(f)(*copy.deepcopy(args), v), rtol=1e-10,
                               atol=1e-12)


def test_what_only_looks_like_a_helper_is_not_taken_for_it():
    """A function of the user's with a helper's name is differentiated as it is written."""
    def unbroadcast(g, x):
        return g * 3.0

    assert srcad.grad(lambda x: unbroadcast(x, x))(2.0) == 3.0


def test_a_condition_in_a_function_that_has_lists():
    def f(x, n):
        if not (x.ndim == 1 and x.shape[0] != 1):
            raise TypeError("an array")
        kept = []
        for i in range(n):
            kept.append(x[i] * x[i])
        total = 0.0
        for v in kept[::-1]:
            total = total + np.sin(v)
        return total

    np.testing.assert_allclose(srcad.grad(f)(X, 4), 2.0 * X * np.cos(X * X), rtol=1e-14)
