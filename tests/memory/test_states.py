"""Functions that return nothing, and leave their results in arrays that they are given."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import ArgumentError, KindError

from .programs import A, X, Y

W = np.array([1.0, -2.0, 0.5, 3.0])


def kernel(x, out):
    out[:] = np.sin(x) * out[0]
    out[1:] += x[:-1] * x[1:]


def returning(x, out):
    kernel(x, out)
    return out


def through_a_callee(x, out):
    kernel(x, out)
    kernel(out, x)


def two(x, a, b):
    a += x * b
    b[:] = a * x


def two_returning(x, a, b):
    two(x, a, b)
    return a, b


def matrix_product(a, b, out):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = 0.0
            for k in range(a.shape[1]):
                out[i, j] += a[i, k] * b[k, j]


def test_adjoint_with_a_seed_for_what_is_written():
    wanted = srcad.adjoint(returning, (0, 1))(X, Y.copy(), W)
    adjoint = srcad.adjoint(kernel, (0, 1))
    for found in (adjoint(X, Y.copy(), W), adjoint(X, Y.copy(), out_bar=W), adjoint(X, Y.copy(), result_bar=W)):
        np.testing.assert_allclose(found, wanted, rtol=1e-14)
    assert "out_bar" in adjoint.source.splitlines()[0]


def test_the_state_is_that_of_the_function_and_the_seed_is_kept():
    out, own, seed = Y.copy(), Y.copy(), W.copy()
    srcad.adjoint(kernel)(X, out, seed)
    kernel(X, own)
    np.testing.assert_array_equal(out, own)
    np.testing.assert_array_equal(seed, W)


@pytest.mark.parametrize("optimize", [True, False])
def test_against_differences(optimize):
    step = 1e-6
    found = np.concatenate(srcad.adjoint(kernel, (0, 1), optimize=optimize)(X, Y.copy(), W))
    differences = []
    for k in range(8):
        moved = []
        for sign in (1.0, -1.0):
            both = np.concatenate([X, Y])
            both[k] += sign * step
            kernel(both[:4], both[4:])
            moved.append(W @ both[4:])
        differences.append((moved[0] - moved[1]) / (2 * step))
    np.testing.assert_allclose(found, differences, rtol=1e-8)


def test_vjp_and_jvp():
    out = Y.copy()
    y, pullback = srcad.vjp(kernel, X, out)
    np.testing.assert_array_equal(y, out)
    assert not np.may_share_memory(y, out)
    y[:] = out[:] = 7.0
    x_bar, out_bar = pullback(W)
    again = pullback(W)
    np.testing.assert_array_equal(again[0], x_bar)
    rng = np.random.default_rng(0)
    x_dot, out_dot = rng.normal(size=4), rng.normal(size=4)
    _, y_dot = srcad.jvp(kernel, (X, Y.copy()), (x_dot, out_dot))
    np.testing.assert_allclose(W @ y_dot, x_bar @ x_dot + out_bar @ out_dot, rtol=1e-13)


def test_jacobians():
    wanted = srcad.jacobian(returning)(X, Y.copy())
    np.testing.assert_allclose(srcad.jacfwd(kernel)(X, Y.copy()), wanted, rtol=1e-13)
    np.testing.assert_allclose(srcad.jacrev(kernel)(X, Y.copy()), wanted, rtol=1e-13)


def test_several_arrays_are_written():
    args = X, W.copy(), Y.copy()
    wanted = srcad.adjoint(two_returning, (0, 1, 2))(*args, (W, X))
    adjoint = srcad.adjoint(two, (0, 1, 2))
    for found in (adjoint(X, W.copy(), Y.copy(), (W, X)), adjoint(X, W.copy(), Y.copy(), a_bar=W, b_bar=X)):
        np.testing.assert_allclose(found, wanted, rtol=1e-14)
    _, pullback = srcad.vjp(two, X, W.copy(), Y.copy())
    np.testing.assert_allclose(pullback((W, X)), wanted, rtol=1e-14)


def test_arguments_that_are_written_by_callees():
    x, out = X.copy(), Y.copy()
    found = srcad.adjoint(through_a_callee, (0, 1))(x, out, x_bar=W, out_bar=Y)
    own = X.copy(), Y.copy()
    through_a_callee(*own)
    np.testing.assert_array_equal((x, out), own)
    dots = np.cos(X), np.sin(Y)
    _, moved = srcad.jvp(through_a_callee, (X.copy(), Y.copy()), dots)
    np.testing.assert_allclose(sum(map(np.vdot, found, dots)), np.vdot(W, moved[0]) + np.vdot(Y, moved[1]), rtol=1e-13)


def test_matrix_product():
    seed = np.arange(9.0).reshape(3, 3)
    a_bar, b_bar = srcad.adjoint(matrix_product, (0, 1))(A, A.T.copy(), np.ones((3, 3)), seed)
    np.testing.assert_allclose(a_bar, seed @ A, rtol=1e-13)
    np.testing.assert_allclose(b_bar, A.T @ seed, rtol=1e-13)


def gradient_of_kernel(x):
    x_bar, = srcad.adjoint(kernel)(x, np.ones(4), np.array([1.0, -2.0, 0.5, 3.0]))
    return (x_bar * x_bar).sum()


def test_second_order():
    srcad.check_grads(gradient_of_kernel, (X,), order=1)


@pytest.mark.parametrize("call", [
    lambda: srcad.adjoint(kernel)(X, Y.copy()), lambda: srcad.adjoint(kernel)(X, Y.copy(), x_bar=W),
    lambda: srcad.adjoint(kernel)(X, Y.copy(), np.ones(3)), lambda: srcad.adjoint(two)(X, X.copy(), Y.copy(), a_bar=W),
    lambda: srcad.adjoint(kernel)(X, Y.copy(), W, out_bar=W), lambda: srcad.check_grads(kernel, (X, Y.copy()))])
def test_seeds_that_do_not_fit(call):
    with pytest.raises(ArgumentError):
        call()


def test_gradients_are_of_numbers():
    with pytest.raises(KindError, match="writes to its arguments"):
        srcad.grad(kernel)(X, Y.copy())


def with_state(x, y):
    x *= y
    return (x * x).sum(), x


def test_an_aux_that_is_memory_is_as_the_function_left_it():
    x = X.copy()
    (value, left), gradient = srcad.value_and_grad(with_state, has_aux=True)(x, Y)
    np.testing.assert_allclose(left, X * Y)
    np.testing.assert_allclose(x, X * Y)
    np.testing.assert_allclose(gradient, 2.0 * X * Y * Y)
    assert value == pytest.approx((X * Y) @ (X * Y)) and not np.may_share_memory(left, x)
