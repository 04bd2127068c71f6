"""Options of NumPy's functions that are given at run time, by position, or in another form."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import srcad

A = np.array([[0.3, -1.2, 0.7], [1.1, 0.4, -0.6], [0.2, 0.9, 1.5]])


def squares_of_largest(x, n):
    largest = np.max(x, axis=0, keepdims=n > 1)
    return np.sum((x - largest) * largest) + np.ndim(largest)


@pytest.mark.parametrize("n", [0, 3])
def test_keepdims_at_run_time(n):
    """The rank was taken to be that with keepdims=True."""
    assert srcad.jvp(squares_of_largest, (A, n), (A,), argnums=0)[0] == squares_of_largest(A, n)
    srcad.check_grads(squares_of_largest, (A, n), argnums=0)


@pytest.mark.parametrize("f", [
    lambda x: np.sum(np.max(x, 0, None, True) * x),
    lambda x: np.sum(np.sum(x, 1, None, None, True) ** 2 * x),
    lambda x: np.var(x, 0, None, None, 1)[0],
    lambda x: np.sum(np.mean(x, 1, None, None, False) ** 3),
])
def test_options_by_position(f):
    srcad.check_grads(f, (A,))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("axis", [None, 0])
def test_library_function_itself_with_options(keep, axis):
    def f(x):
        return np.prod(x, axis=axis, keepdims=keep)

    seed = np.ones_like(f(A))[()]
    expected = srcad.vjp(f, A)[1](seed)[0]
    np.testing.assert_allclose(srcad.vjp(np.prod, A, argnums=0, kwargs={"axis": axis, "keepdims": keep})[1](seed)[0], expected)
    np.testing.assert_allclose(srcad.jacobian(np.prod)(A, axis=axis, keepdims=keep), srcad.jacobian(f)(A))


@pytest.mark.parametrize("f", [
    lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [2, 0]),
    lambda x, y: np.einsum(x, (0, 1), y, (1, 2)),
    lambda x, y: np.einsum(x, [3, 0], y, [0, 7]),
    lambda x, y: np.einsum(x, [..., 0], y, [0, 1], [..., 1]),
])
def test_einsum_with_numbers_for_subscripts(f):
    """The operand was taken for the subscripts, and its derivative was zero."""
    srcad.check_grads(f, (A, A.T * 0.5))


def test_einsum_with_subscripts_that_are_not_known():
    with pytest.raises(srcad.SrcadError, match="not known when"):
        srcad.jvp(np.einsum, (A, (0, 1), (1, 0)), (A,), argnums=0)


def size(value):
    if isinstance(value, tuple | list):
        return sum([size(v) for v in value])
    if isinstance(value, dict):
        return sum([size(v) for v in value.values()])
    return 1.0


def test_union_of_classes():
    srcad.check_grads(lambda x: np.sum(x) * size((1.0, [x, {"a": x}])), (A,))


def test_callables_of_any_name():
    def scaled(factor, x):
        return np.sum(np.sin(factor * x))

    partial = functools.partial(scaled, 2.0)
    partial.__name__ = "scaled <by two>"
    srcad.check_grads(partial, (A,))
    np.testing.assert_allclose(srcad.grad(srcad.grad(functools.partial(np.power, 2.0)))(3.0), 8.0 * np.log(2.0) ** 2)


def draws_of_its_own(x, seed):
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((4, 3))
    old = np.random.RandomState(seed)
    return np.sum(np.tanh(noise @ x) * old.randn(4)) + rng.uniform() * x[0] ** 2


def test_generators_made_inside():
    """Draws are made once, in order, and held fixed."""
    srcad.check_grads(draws_of_its_own, (A[0], 3), argnums=0)
    assert srcad.value_and_grad(draws_of_its_own)(A[0], 3)[0] == draws_of_its_own(A[0], 3)
    with pytest.raises(srcad.SrcadError, match="no derivative rule"):
        srcad.grad(lambda x: np.random.default_rng(0).normal(x[0], 1.0))(A[0])


def test_methods_of_distributions_themselves():
    """A bound method was taken for the function of its class, which has no rule."""
    stats = pytest.importorskip("scipy.stats")
    x = np.array([0.3, 0.7])
    srcad.check_grads(stats.norm.logpdf, (x, 0.5, 1.2))
    expected = srcad.vjp(lambda x: stats.gamma.pdf(x, 2.0), x)[1](np.ones(2))[0]
    np.testing.assert_allclose(srcad.elementwise_grad(stats.gamma.pdf)(x, 2.0), expected)


def test_imaginary_part_of_real_numbers():
    np.testing.assert_array_equal(srcad.grad(lambda x: np.sum(np.imag(x)) + np.sum(x))(A), np.ones((3, 3)))
    srcad.check_grads(np.imag, (A,))
