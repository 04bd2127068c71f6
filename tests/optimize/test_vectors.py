"""Transposes that meet, and cross products of single vectors."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad import runtime
from srcad.optimize.pipeline import without
from srcad.testing import check_grads


def turned(A, x):
    return np.sum(np.sin(A.T @ x)) + np.sum((A @ x).T @ A)


def turned_twice(A, x):
    return np.sum(((A @ x.T).T @ A).T ** 2)


def of_a_stack(A, x):
    return np.sum(np.sin(A.T @ x))


def written_between(A, x):
    B = A @ x
    C = B.T
    y = np.sum(C @ A)
    B[0] = 2.0 * x[0]
    return y + np.sum(C * x)


@pytest.mark.parametrize("f, shapes", [
    (turned, ((3, 3), (3, 3))), (turned_twice, ((2, 3), (4, 3))), (of_a_stack, ((2, 3, 4), (4, 2, 5))),
    (written_between, ((3, 3), (3, 3)))])
def test_transposes(f, shapes, rng):
    args = tuple(rng.standard_normal(shape) for shape in shapes)
    check_grads(f, args, argnums=(0, 1), order=2)
    found = srcad.grad(f, (0, 1))(*args)
    with without("transposes"):
        wanted = srcad.grad(f, (0, 1))(*args)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)
    assert not any(np.shares_memory(a, b) for a in found for b in args) and not np.shares_memory(*found)


def test_a_product_is_turned_by_its_operands():
    g = srcad.grad(of_a_stack)
    g(np.ones((3, 4)), np.ones((3, 2)))
    assert "return x @ np.cos(A.T @ x).T" in g.source


def crossed(a, b):
    return np.sum(np.cross(a, b) ** 3) + a[0] * b[1]


@pytest.mark.parametrize("shapes", [((3,), (3,)), ((4, 3), (3,)), ((3,), (4, 3)), ((1, 3), (3,))])
def test_cross_products(shapes, rng):
    args = tuple(rng.standard_normal(shape) for shape in shapes)
    check_grads(lambda a, b: np.sum(np.cross(a, b) ** 3), args, argnums=(0, 1), order=2)
    if shapes == ((3,), (3,)):
        check_grads(crossed, args, argnums=(0, 1), order=2)
        g = srcad.value_and_grad(crossed, (0, 1))
        value, gradient = g(*args)
        assert "cross(b, " in g.source.partition("np.cross")[2] and value == crossed(*args)
        with without("crosses"):
            plain = srcad.grad(crossed, (0, 1))(*args)
        np.testing.assert_array_equal(gradient, plain)


def test_the_short_cross_product_is_numpys(rng):
    for _ in range(50):
        a, b = rng.standard_normal((2, 3)) * 10.0 ** rng.integers(-200, 200)
        with np.errstate(all="ignore"):
            wanted = np.cross(a, b)
        np.testing.assert_array_equal(runtime.cross(a, b), wanted)
    np.testing.assert_array_equal(runtime.cross(np.ones((1, 3)), np.arange(3.0)), np.cross(np.ones((1, 3)), np.arange(3.0)))
    inf = np.array([np.inf, 1.0, np.nan])
    np.testing.assert_array_equal(runtime.cross(inf, np.arange(3.0)), np.cross(inf, np.arange(3.0)))


def test_other_dtypes_and_axes_stay(rng):
    a = rng.standard_normal(3).astype(np.float32)
    g = srcad.grad(crossed, (0, 1))
    assert all(x.dtype == np.float32 for x in g(a, a[::-1].copy()))
    z = rng.standard_normal(3) + 1j * rng.standard_normal(3)
    check_grads(lambda z, w: np.sum(np.abs(np.cross(z, w)) ** 2), (z, z[::-1].copy()), argnums=(0, 1))


def test_saved_and_differentiated_again(tmp_path, rng):
    import importlib.util

    a, b = rng.standard_normal((2, 3))
    g = srcad.grad(crossed)
    g.save(tmp_path / "crossed_grad.py", a, b)
    spec = importlib.util.spec_from_file_location("crossed_grad", tmp_path / "crossed_grad.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["crossed_grad"] = module
    spec.loader.exec_module(module)
    np.testing.assert_array_equal(module.crossed_grad(a, b), g(a, b))
    again = srcad.jacobian(module.crossed_grad)(a, b)
    np.testing.assert_allclose(again, srcad.hessian(crossed)(a, b), rtol=1e-12, atol=1e-14)
