"""autograd's interface: its conventions, and programs that were written for it."""

from __future__ import annotations

import functools
import os

import numpy
import pytest
import srcad.compat.autograd.numpy.random as npr

import srcad
import srcad.compat.autograd.numpy as np
from srcad.compat.autograd import (
    check_grads,
    checkpoint,
    defjvp,
    defvjp,
    deriv,
    elementwise_grad,
    flatten,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_vector_product,
    holomorphic_grad,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_jvp_reversemode,
    make_vjp,
    multigrad_dict,
    primitive,
    tensor_jacobian_product,
    value_and_grad,
)
from srcad.compat.autograd.core import make_vjp as unary_make_vjp
from srcad.compat.autograd.extend import (
    def_linear,
    defjvp_argnum,
    defjvp_argnums,
    defvjp_argnum,
    defvjp_argnums,
    notrace_primitive,
    vspace,
)
from srcad.compat.autograd.misc.flatten import flatten_func
from srcad.compat.autograd.misc.optimizers import adam, rmsprop, sgd
from srcad.compat.autograd.test_util import check_equivalent, combo_check
from srcad.compat.autograd.tracer import getval, isbox
from srcad.compat.autograd.wrap_util import unary_to_nary

x = numpy.array([0.3, 0.7, 1.1])
v = numpy.array([1.0, -2.0, 0.5])
matrix = numpy.array([[2.0, 0.3, -0.4], [0.1, 1.5, 0.2], [-0.3, 0.5, 1.2]])


def test_numpy_is_numpy():
    import srcad.compat.autograd.numpy.linalg as linalg

    assert np.sin is numpy.sin and np.pi == numpy.pi and npr is numpy.random and linalg is numpy.linalg
    assert np.fft is numpy.fft and np.float64 is numpy.float64 and np.exceptions is numpy.exceptions


def test_scipy_is_scipy():
    scipy = pytest.importorskip("scipy")
    import srcad.compat.autograd.scipy.stats.norm as norm

    import srcad.compat.autograd.scipy.special as special
    import srcad.compat.autograd.scipy.stats as stats

    assert special is scipy.special and norm is stats.norm


def test_argument_order():
    def f(a, b, c=2.0):
        return a * b**2 * c

    assert grad(f)(2.0, 3.0) == 18.0
    assert grad(f, 1)(2.0, 3.0) == 24.0
    assert grad(f, argnum=(1, 0))(2.0, 3.0) == (24.0, 18.0)
    assert grad(f, [0])(2.0, 3.0, c=1.0) == (9.0,)
    assert grad_named(f, "b")(2.0, 3.0) == 24.0
    assert value_and_grad(f, 1)(2.0, 3.0) == (36.0, 24.0)
    assert multigrad_dict(f)(2.0, 3.0) == {"a": 18.0, "b": 24.0, "c": 18.0}


def test_pullback_comes_first():
    vjp, y = make_vjp(np.sin)(x)
    assert numpy.array_equal(y, numpy.sin(x)) and numpy.allclose(vjp(v), v * numpy.cos(x))
    vjp, y = make_vjp(np.multiply, (0, 1))(2.0, 3.0)
    assert y == 6.0 and vjp(1.0) == (3.0, 2.0)
    vjp, y = unary_make_vjp(lambda x: x**2, 3.0)
    assert (vjp(1.0), y) == (6.0, 9.0)


def test_pushforward():
    y, tangent = make_jvp(np.sin)(x)(v)
    assert numpy.array_equal(y, numpy.sin(x)) and numpy.allclose(tangent, v * numpy.cos(x))
    assert make_jvp(lambda a, b: a * b, (0, 1))(2.0, 3.0)((1.0, 10.0)) == (6.0, 23.0)
    assert numpy.allclose(make_jvp_reversemode(np.sin)(x)(v), v * numpy.cos(x))
    assert deriv(np.sin)(0.5) == numpy.cos(0.5)


def test_library_functions_and_several_lambdas_in_a_line():
    assert [grad(f)(2.0) for f in (lambda x: x**2, lambda x: x**3, lambda x: 1.0 / x)] == [4.0, 12.0, -0.25]
    inverse = numpy.linalg.inv(matrix)
    assert numpy.allclose(make_vjp(np.linalg.inv)(matrix)[0](numpy.eye(3)), -inverse.T @ inverse.T)
    check_grads(np.sin, modes=["fwd", "rev"], order=2)(x)
    check_grads(np.linalg.det)(matrix)
    check_grads(np.linalg.solve, (0, 1), order=1)(matrix, x)
    check_grads(functools.partial(np.power, 2.0))(x)


def test_options_by_position_and_by_name():
    a = npr.RandomState(0).randn(2, 3)
    combo_check(np.max, (0,))([a], axis=[None, 0, 1], keepdims=[True, False])
    check_grads(np.var)(a, 0, None, None, 1, True)
    check_grads(np.sum)(a, 1, None, None, True)


def test_options_of_library_functions_are_constants():
    check_grads(np.einsum, (0, 2))(matrix, (0, 1), x, (1,), (0,))
    check_grads(np.reshape)(matrix, (9,))
    check_grads(np.sum)(matrix, -1)
    check_grads(np.gradient)(matrix, axis=1)
    check_grads(np.tensordot, (0, 1), order=3)(matrix[:2, :2], matrix[1:, :2], axes=2)
    check_grads(np.roll)(matrix, shift=(1, 2), axis=(0, 1))


def test_real_and_complex():
    z = x + 1j * v
    for f in (np.real, np.imag, np.abs):
        check_grads(f)(z)
        check_grads(f)(x)
    check_grads(np.multiply, (0, 1))(x, z)
    assert make_jvp(lambda x: x + 1j)(x)(v)[1].dtype == complex


def test_matrices_of_derivatives():
    assert numpy.allclose(jacobian(np.sin)(x), numpy.diag(numpy.cos(x)))
    assert numpy.allclose(hessian(lambda x: np.sum(np.sin(x)))(x), numpy.diag(-numpy.sin(x)))
    second = jacobian(jacobian(np.sin))(x)
    assert second.shape == (3, 3, 3) and numpy.allclose(numpy.einsum("iii->i", second), -numpy.sin(x))
    assert numpy.allclose(hessian(np.sin)(x), second)
    assert jacobian(lambda x: 3.0 * x)(2.0) == 3.0
    first, other = jacobian(lambda a, b: a * b, (0, 1))(x, v)
    assert numpy.allclose(first, numpy.diag(v)) and numpy.allclose(other, numpy.diag(x))


def test_products():
    def f(x):
        return np.sum(np.sin(x) ** 2 * x[0])

    full = hessian(f)(x)
    assert numpy.allclose(hessian_vector_product(f)(x, v), full @ v)
    product, gradient = make_hvp(f)(x)
    assert numpy.allclose(product(v), full @ v) and numpy.allclose(gradient, grad(f)(x))

    def g(x):
        return np.tanh(matrix @ x)

    J = jacobian(g)(x)
    assert numpy.allclose(tensor_jacobian_product(g)(x, v), v @ J)
    assert numpy.allclose(make_ggnvp(g)(x)(v), J.T @ J @ v)
    outer = hessian(lambda y: np.sum(y**4))(g(x))
    assert numpy.allclose(make_ggnvp(g, lambda y: np.sum(y**4))(x)(v), J.T @ outer @ J @ v)


def test_elementwise_and_complex():
    assert numpy.allclose(elementwise_grad(np.tanh)(x), 1.0 - numpy.tanh(x) ** 2)
    assert numpy.allclose(elementwise_grad(lambda a, b: a + np.cosh(b), 1)(0.9, x), numpy.sinh(x))
    assert holomorphic_grad(lambda z: z**3)(1.0 + 2.0j) == pytest.approx(3.0 * (1.0 + 2.0j) ** 2)


def test_gradient_with_more():
    gradient, aux = grad_and_aux(lambda x: (np.sum(x**2), 3.0 * x))(x)
    assert numpy.allclose(gradient, 2.0 * x) and numpy.allclose(aux, 3.0 * x)


def test_an_array_with_one_element_is_a_number():
    assert numpy.allclose(grad(lambda x: np.sum(x**2, keepdims=True))(x), 2.0 * x)
    assert grad(lambda x, y: y)(1.0, 2.0) == 0.0
    with pytest.raises(TypeError, match="one real number"):
        grad(lambda x: x * 2.0)(x)
    with pytest.raises(TypeError, match="one real number"):
        grad(lambda x: x * 2.0j)(1.0)
    with pytest.raises(TypeError, match="one real number"):
        grad(lambda x: bool(x > 1.0))(1.0)
    assert make_vjp(lambda x: x > 1.0)(2.0)[0](1.0) == 0.0


def test_operators_inside_functions():
    assert grad(lambda x: grad(lambda y: x * y**2)(x))(3.0) == 12.0
    check_grads(lambda x: jacobian(np.sin)(x) @ x)(x)
    check_grads(lambda x: hessian_vector_product(lambda x: np.sum(np.sin(x)))(x, x))(x)
    check_grads(lambda x: value_and_grad(lambda x: np.sum(x**3))(x)[0])(x)
    check_grads(lambda x: elementwise_grad(np.tanh)(x))(x)
    check_grads(lambda x: make_jvp(np.exp)(x)(x)[1])(x)
    check_grads(lambda a: grad(lambda a: np.sum(np.sum(a**3, axis=0, keepdims=True)))(a))(matrix)


def test_operators_are_named_after_what_they_are_of():
    def cost(a, b):
        return a * b

    assert grad(cost, 1).__name__ == "grad_of_cost_wrt_argnum_1"
    assert grad(cost, 1).__doc__.startswith("    grad of function cost with")


@pytest.fixture
def product():
    """x y, as a primitive without rules."""
    @primitive
    def product(x, y):
        return x * y

    return product


def test_rules_for_reverse_mode(product):
    with pytest.raises(NotImplementedError, match="no rule for argument 0"):
        grad(product)(2.0, 3.0)
    defvjp(product, lambda ans, x, y: lambda g: g * y, lambda ans, x, y: lambda g: 10.0 * g * x)
    assert grad(product, (0, 1))(2.0, 3.0) == (3.0, 20.0)          # the rule is used, not the source
    assert grad(grad(lambda x: product(x, 3.0) ** 2))(2.0) == pytest.approx(18.0)
    with pytest.raises(NotImplementedError, match="no forward-mode rule"):
        make_jvp(product)(2.0, 3.0)(1.0)
    defvjp(product, None, argnums=(1,))                            # another rule: derivatives are made again
    assert grad(product, (0, 1))(2.0, 3.0) == (3.0, 0.0)


def test_rules_for_forward_mode_serve_both(product):
    defjvp(product, lambda g, ans, x, y: g * y, lambda g, ans, x, y: g * x)
    check_grads(product, (0, 1))(2.0, 3.0)
    check_grads(lambda x: product(x, np.sin(x)))(0.4)


def test_rules_by_number(product):
    defvjp_argnum(product, lambda argnum, ans, args, kwargs: lambda g: g * args[1 - argnum])
    defjvp_argnum(product, lambda argnum, g, ans, args, kwargs: g * args[1 - argnum])
    check_grads(product, (0, 1))(2.0, 3.0)


def test_rules_for_all_at_once(product):
    defvjp_argnums(product, lambda argnums, ans, args, kwargs: lambda g: tuple([g * args[1 - k] for k in argnums]))
    defjvp_argnums(product, lambda argnums, gs, ans, args, kwargs: sum([g * args[1 - k] for k, g in zip(argnums, gs)]))
    check_grads(product, (0, 1))(2.0, 3.0)
    check_grads(product, 1)(2.0, 3.0)


def test_linear_primitive(product):
    def_linear(product)
    check_grads(product, (0, 1), modes=["fwd"])(2.0, 3.0)
    with pytest.raises(NotImplementedError, match="no rule for argument 0"):
        grad(product)(2.0, 3.0)
    defjvp(product, lambda g, ans, x, y: g * y, "same")
    check_grads(product, (0, 1), modes=["fwd"])(2.0, 3.0)
    check_grads(product)(2.0, 3.0)


def test_primitive_with_options():
    @primitive
    def scaled(x, factor=2.0, shift=0.0):
        return factor * x + shift

    defvjp(scaled, lambda ans, x, factor=2.0, shift=0.0: lambda g: g * factor)
    assert grad(scaled)(1.0) == 2.0 and grad(scaled)(1.0, factor=5.0) == 5.0
    assert grad(lambda x: scaled(x, shift=1.0) ** 2)(3.0) == 28.0
    with pytest.raises(srcad.SrcadError, match="keyword argument factor"):
        grad(lambda x: scaled(1.0, factor=x))(3.0)


def test_a_primitive_may_be_anything():
    table = {}

    @primitive
    def looked_up(x):
        with open(os.devnull) as nothing:         # what srcad does not follow
            table[x] = nothing.closed
        yield_ = [k for k in (x,)]
        return yield_[0] * 2.0

    defvjp(looked_up, lambda ans, x: lambda g: 2.0 * g)
    assert grad(lambda x: looked_up(x) ** 2)(3.0) == 24.0


def test_a_wrong_rule_is_found(product):
    defvjp(product, lambda ans, x, y: lambda g: g * y * 1.001)
    with pytest.raises(AssertionError, match=r"\(VJP\) check of product failed"):
        check_grads(product, modes=["rev"])(2.0, 3.0)


def test_notrace_primitive():
    @notrace_primitive
    def shape_like(x):
        return x * 2.0

    assert grad(lambda x: shape_like(x) * x)(3.0) == 6.0
    assert grad(lambda x: getval(x) * x)(3.0) == 3.0 and not isbox(3.0)


def test_flatten():
    value = {"b": (1.0, matrix), "a": [x, 2.0]}
    vector, unflatten = flatten(value)
    assert vector.shape == (14,) and numpy.array_equal(vector[:3], x)
    again = unflatten(2.0 * vector)
    assert numpy.array_equal(again["b"][1], 2.0 * matrix) and again["a"][1] == 4.0

    def loss(parameters):
        return np.sum(parameters["b"][1] ** 2) * parameters["b"][0] + np.sum(parameters["a"][0]) ** 3

    flat_loss, unflatten, vector = flatten_func(lambda p: loss(p), value)
    assert flat_loss(vector).shape == (1,)
    gradient = grad(lambda vector: loss(unflatten(vector)))(vector)
    assert numpy.allclose(gradient, flatten(grad(loss)(value))[0])
    check_grads(lambda a, b: np.sum(flatten([a, b])[0] ** 3), (0, 1))(1.5, x)


@pytest.mark.parametrize(("optimize", "options"), [
    (sgd, {"num_iters": 300}), (rmsprop, {"num_iters": 300, "step_size": 0.03}), (adam, {"num_iters": 600, "step_size": 0.03}),
])
def test_optimizers(optimize, options):
    seen = []

    def loss(p, i):
        return np.sum((p["w"] - v) ** 2) + (p["b"] - 3.0) ** 2

    found = optimize(grad(loss), {"w": x, "b": 0.0}, callback=lambda p, i, g: seen.append(i), **options)
    numpy.testing.assert_allclose(found["w"], v, atol=0.05)
    assert abs(found["b"] - 3.0) < 0.05 and seen == list(range(options["num_iters"]))


def test_vector_spaces():
    space = vspace({"a": 1.0, "b": [x, matrix]})
    assert space.size == 13 and len(list(space.standard_basis())) == 13
    assert vspace(space.randn()) == space and vspace(space.zeros()) == space
    assert vspace(1.0) == vspace(numpy.float64(2.0)) != vspace(x)
    check_equivalent(space.ones(), space.ones())
    with pytest.raises(TypeError):
        vspace("text")


def test_operators_of_ones_own():
    @unary_to_nary
    def doubled_gradient(f, x):
        vjp, _ = unary_make_vjp(f, x)
        return 2.0 * vjp(1.0) if not isinstance(x, tuple) else vjp(1.0)

    assert doubled_gradient(lambda a, b: a * b**2, 1)(3.0, 2.0) == 24.0
    assert doubled_gradient(lambda a, b, c: a * b**2 + c, (2, 0))(3.0, 2.0, 1.0) == (1.0, 4.0)


def test_checkpoint():
    @checkpoint
    def layer(x):
        return np.tanh(x * 2.0)

    check_grads(lambda x: np.sum(layer(layer(x))))(x)
