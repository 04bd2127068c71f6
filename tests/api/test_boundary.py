"""What goes in and what comes out: forms of calls, kinds of arguments, structures, library functions, objects."""

import collections
import functools
import math
import operator

import numpy as np
import pytest

import srcad
from srcad import (
    adjoint,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    tangent,
    value_and_grad,
    vjp,
)

X = np.arange(3.0) + 1


def square(x):
    return x * x


def total(x):
    return (x * x).sum()


def product(x, y):
    return x * y


def power(x, *, n=2.0):
    return x**n


def positional_only(x, y, /, z=1.0):
    return x * y * z


def variadic(*args):
    return args[0] * args[1]


def with_keywords(x, **options):
    return x * options["a"]


def everything(a, /, b, c=3.0, *rest, d, e=5.0, **more):
    return a * b * c * sum(rest) * d * e * more["f"]


# --- forms of calls ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("derivative", "args", "kwargs", "expected"), [
    (grad(product, (0, 1)), (2.0, 3.0), {}, (3.0, 2.0)),
    (grad(product, [0, 1]), (2.0, 3.0), {}, (3.0, 2.0)),
    (grad(product, (1, 0)), (2.0, 3.0), {}, (2.0, 3.0)),
    (grad(product, -1), (2.0, 3.0), {}, 2.0),
    (grad(product, ()), (2.0, 3.0), {}, ()),
    (grad(product, (0,)), (2.0, 3.0), {}, (3.0,)),
    (grad(product, (0, 1)), (), {"y": 2.0, "x": 3.0}, (2.0, 3.0)),
    (grad(product, argnames="y"), (2.0, 3.0), {}, 2.0),
    (grad(product, argnames=("y", "x")), (2.0,), {"y": 3.0}, (2.0, 3.0)),
    (grad(power), (3.0,), {}, 6.0),
    (grad(power), (2.0,), {"n": 3.0}, 12.0),
    (grad(power, argnames=("x", "n")), (2.0,), {"n": 3.0}, (12.0, 8.0 * math.log(2.0))),
    (grad(positional_only, (0, 1, 2)), (2.0, 3.0), {}, (3.0, 2.0, 6.0)),
    (grad(variadic, 1), (2.0, 3.0), {}, 2.0),
    (grad(with_keywords, argnames="a"), (2.0,), {"a": 3.0}, 2.0),
    (grad(everything, (0, 1, 2, 3)), (1.0, 2.0, 3.0, 4.0), {"d": 1.0, "f": 1.0}, (120.0, 60.0, 40.0, 30.0)),
    (grad(everything, argnames=("e", "f")), (1.0, 1.0, 1.0, 4.0, 5.0), {"d": 2.0, "f": 3.0}, (54.0, 90.0)),
    (value_and_grad(power), (2.0,), {"n": 3.0}, (8.0, 12.0)),
    (tangent(product, (0, 1)), (2.0, 3.0, 1.0, 0.0), {}, (6.0, 3.0)),
    (tangent(product, (0, 1)), (2.0, 3.0), {"y_dot": 1.0, "x_dot": 0.0}, (6.0, 2.0)),
    (tangent(power), (2.0,), {"n": 3.0, "x_dot": 1.0}, (8.0, 12.0)),
    (tangent(variadic), (2.0, 3.0), {"x0_dot": 1.0}, (6.0, 3.0)),
    (adjoint(product, (0, 1)), (2.0, 3.0), {}, (3.0, 2.0)),
    (adjoint(product, (0, 1)), (2.0, 3.0, 10.0), {}, (30.0, 20.0)),
    (adjoint(power), (2.0,), {"n": 3.0, "result_bar": 2.0}, (24.0,)),
    (adjoint(variadic), (2.0, 3.0), {"result_bar": 1.0}, (3.0,)),
    (jacobian(power), (2.0,), {"n": 3.0}, 12.0),
    (hessian(power), (2.0,), {"n": 3.0}, 12.0),
    (hvp(power), (2.0, 1.0), {"n": 3.0}, 12.0),
    (hvp(product, (0, 1)), (2.0, 3.0, (1.0, 0.0)), {}, (0.0, 1.0)),
])
def test_forms_of_calls(derivative, args, kwargs, expected):
    np.testing.assert_allclose(derivative(*args, **kwargs), expected)


def test_jvp_and_vjp_take_keyword_arguments():
    assert jvp(power, (2.0,), (1.0,), kwargs={"n": 3.0}) == (8.0, 12.0)
    assert jvp(product, (2.0, 3.0), (1.0,), argnums=1) == (6.0, 2.0)
    assert vjp(power, 2.0, kwargs={"n": 3.0})[1](1.0) == (12.0,)
    assert vjp(product, 2.0, 3.0, argnums=1)[1](1.0) == (2.0,)


def test_has_aux():
    def f(x):
        return total(x), {"x": x, "name": "f"}

    g, aux = grad(f, has_aux=True)(X)
    np.testing.assert_array_equal(g, 2 * X)
    assert aux["name"] == "f"
    (value, aux), g = value_and_grad(f, has_aux=True)(X)
    assert value == 14.0 and aux["name"] == "f"
    for make in (jacfwd, jacrev, functools.partial(grad, mode="forward"), hessian):
        result, aux = make(lambda x: (total(x), x[0]), has_aux=True)(X)
        np.testing.assert_array_equal(result, 2 * np.eye(3) if make is hessian else 2 * X)
        assert aux == 1.0


def test_disconnected():
    def one(x, y):
        return y * 2.0

    with pytest.raises(srcad.errors.DisconnectedError) as caught:
        grad(one)(1.0, 2.0)
    assert "does not depend on its argument x" in str(caught.value)
    assert caught.value.source_line.strip().startswith("def one")
    assert grad(one, (0, 1), disconnected="zeros")(1.0, 2.0) == (0.0, 2.0)
    np.testing.assert_array_equal(grad(one, disconnected="zeros")(X, 2.0), 0 * X)
    assert grad(lambda x: x * int(x))(1.5) == 1.0
    assert grad(lambda x: int(x))(1.5) == 0.0
    assert vjp(one, 1.0, 2.0)[1](1.0) == (0.0, 2.0)
    assert jvp(one, (1.0, 2.0), (1.0, 0.0))[1] == 0.0
    assert jacobian(one)(1.0, 2.0) == 0.0
    assert grad(lambda x: grad(one)(x, x) + x)(1.0) == 1.0


# --- kinds of arguments -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "kind"), [
    (3.0, float), (3, float), (True, float), (np.int64(3), float), (np.bool_(True), float), (np.float64(3), np.float64),
    (np.float32(3), np.float32), (np.float16(3), np.float16), (np.longdouble(3), np.longdouble),
])
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_numbers(x, kind, mode):
    result = grad(square, mode=mode)(x)
    assert type(result) is kind and result == 2 * float(x)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (0,)])
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_arrays_keep_their_form(dtype, shape, mode):
    x = np.ones(shape, dtype)
    result = grad(total, mode=mode)(x)
    assert isinstance(result, np.ndarray) and result.shape == shape and result.dtype == dtype
    np.testing.assert_array_equal(result, 2 * x)


def test_other_byte_order_and_layout():
    np.testing.assert_array_equal(grad(total)(X.astype(">f8")), 2 * X)
    np.testing.assert_array_equal(grad(total)(np.ones((2, 3))[::-1, ::2]), 2 * np.ones((2, 2)))
    np.testing.assert_array_equal(grad(total)(np.asfortranarray(np.ones((2, 3)))), 2 * np.ones((2, 3)))
    fixed = np.ones(3)
    fixed.flags.writeable = False
    np.testing.assert_array_equal(grad(total)(fixed), 2 * fixed)


def test_results_share_memory_with_nothing():
    x, seed = np.ones(3), np.ones(3)
    g = grad(lambda x, y: (x * y).sum(), (0, 1))(x, x)
    assert not np.shares_memory(g[0], g[1]) and not np.shares_memory(g[0], x)
    assert not np.shares_memory(vjp(lambda x: x, x)[1](seed)[0], seed)
    assert not np.shares_memory(vjp(lambda x: x, x)[0], x)
    assert not np.shares_memory(adjoint(lambda x: x * 1.0)(x, seed)[0], seed)


def test_complex():
    z = 1 + 2j
    assert grad(lambda z: (z * z).real)(z) == 2 * z
    assert grad(lambda z: abs(z))(3 + 4j) == pytest.approx((3 - 4j) / 5)


# --- structures -------------------------------------------------------------------------------------------------------

Pair = collections.namedtuple("Pair", "a b")


def test_gradients_have_the_structure_of_arguments():
    assert grad(lambda p: p[0] * p[1])([2.0, 3.0]) == [3.0, 2.0]
    assert grad(lambda p: p[0] * p[1])((2.0, 3.0)) == (3.0, 2.0)
    assert grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3.0}) == {"a": 3.0, "b": 2.0}
    assert grad(lambda p: p.a * p.b)(Pair(2.0, 3.0)) == Pair(3.0, 2.0)
    nested = {"w": [np.ones(2), (2.0, np.float32(3.0))], "c": 1.0}
    g = grad(lambda p: p["w"][0].sum() * p["w"][1][0] * p["w"][1][1] * p["c"])(nested)
    assert list(g) == ["w", "c"] and type(g["w"]) is list and type(g["w"][1]) is tuple
    assert type(g["w"][1][1]) is np.float32
    np.testing.assert_array_equal(g["w"][0], [6.0, 6.0])


@pytest.mark.parametrize("make", [grad, functools.partial(grad, mode="forward"), jacrev, jacfwd])
def test_what_cannot_vary_has_none_for_a_gradient(make):
    named = {"a": np.arange(2), "b": True, "c": None, "d": 1.0}
    p = (2.0, 3, np.ones(2), "s", named, np.int64(2), (1, "s"))

    def f(p):
        return p[0] * p[1] * p[2].sum() * p[4]["a"].sum() * p[5] * p[6][0]

    g = make(f)(p)
    assert g[0] == 12.0 and g[4] == {"a": None, "b": None, "c": None, "d": 0.0}
    assert [g[k] for k in (1, 3, 5, 6)] == [None] * 4
    np.testing.assert_array_equal(g[2], [12.0, 12.0])


def test_seeds_have_the_structure_of_what_they_are_for():
    p, p_dot = (2.0, 3, {"a": 4.0}), (1.0, None, {"a": 0.0})

    def f(p):
        return p[0] * p[1] * p[2]["a"], p[1], "s"

    y, y_dot = jvp(f, (p,), (p_dot,))
    assert y == (24.0, 3, "s") and y_dot == (12.0, None, None)
    assert jvp(f, (p,), ((1.0, 0, {"a": 0.0}),))[1] == (12.0, None, None)
    _, pullback = vjp(f, p)
    assert pullback((1.0, None, None)) == ((12.0, None, {"a": 6.0}),)
    assert adjoint(f)(p, (1.0, None, None)) == ((12.0, None, {"a": 6.0}),)


def test_seeds_have_the_precision_of_what_they_are_for():
    x = np.ones(2, np.float32)
    assert vjp(square, x)[1](np.ones(2))[0].dtype == np.float32
    assert jvp(square, (x,), (np.ones(2),))[1].dtype == np.float32
    assert type(jvp(square, (np.float32(2),), (1.0,))[1]) is np.float32
    assert adjoint(square)(x, np.ones(2))[0].dtype == np.float32
    assert jvp(square, (2.0,), (1,)) == (4.0, 4.0)
    assert vjp(square, X)[1](np.ones(3, int))[0].dtype == float


# --- library functions and objects ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("function", "args", "expected"), [
    (np.sin, (1.0,), math.cos(1.0)), (math.sin, (1.0,), math.cos(1.0)), (math.hypot, (3.0, 4.0), 0.6),
    (np.sum, (X,), np.ones(3)), (np.mean, (X,), np.ones(3) / 3), (np.prod, (X,), [6.0, 3.0, 2.0]),
    (np.dot, (X, X), X), (np.linalg.norm, (X,), X / np.sqrt(14)), (np.linalg.det, (2 * np.eye(2),), 2 * np.eye(2)),
    (np.ndarray.sum, (X,), np.ones(3)), (abs, (-2.0,), -1.0), (operator.mul, (2.0, 3.0), 3.0), (pow, (2.0, 3.0), 12.0),
    (max, (1.0, 2.0), 0.0), (sum, ([1.0, 2.0],), [1.0, 1.0]), (float, (2.0,), 1.0),
    (math.gamma, (2.0,), 1 - np.euler_gamma),
    (functools.partial(product, 2.0), (3.0,), 2.0), (functools.partial(product, y=2.0), (3.0,), 2.0),
    (functools.partial(np.power, 2.0), (3.0,), 8 * math.log(2.0)),
    (functools.partial(np.sum, axis=0), (X,), np.ones(3)),
    (functools.partial(functools.partial(positional_only, 2.0), 3.0), (4.0,), 6.0),
    (functools.partial(grad(product), 2.0), (3.0,), 1.0), (staticmethod(square), (2.0,), 4.0),
])
def test_callables_without_source(function, args, expected):
    np.testing.assert_allclose(grad(function)(*args), expected)


def test_library_functions_take_their_options():
    np.testing.assert_allclose(grad(math.hypot, (0, 1))(3.0, 4.0), (0.6, 0.8))
    np.testing.assert_array_equal(jacobian(np.cumsum)(X), np.tri(3))
    np.testing.assert_array_equal(jacobian(np.clip)(X, 1.5, 2.5), np.diag([0.0, 1.0, 0.0]))
    np.testing.assert_array_equal(grad(np.sum)(X, axis=0), np.ones(3))
    np.testing.assert_array_equal(grad(np.einsum, 1)("i,i", X, X), X)
    assert jacobian(np.cumsum)(np.ones((2, 2)), axis=1).shape == (2, 2, 2, 2)
    assert grad(np.power, 1)(2.0, 3.0) == pytest.approx(8 * math.log(2.0))


class Line:
    def __init__(self, k):
        self.k = k

    def __call__(self, x):
        return self.k * x * x

    def method(self, x, y=2.0):
        return self.k * x * y

    @classmethod
    def of_class(cls, x):
        return x * x

    @staticmethod
    def static(x):
        return x * x * x

    @grad(argnums=1)
    def slope(self, x):
        return self.k * x * x

    @value_and_grad(argnums=1)
    def both(self, x):
        return self.k * x * x


def test_objects_and_methods():
    line = Line(3.0)
    assert grad(line)(2.0) == 12.0 and hessian(line)(2.0) == 6.0
    assert grad(line.method, (0, 1))(2.0, 5.0) == (15.0, 6.0) and grad(line.method)(2.0) == 6.0
    assert grad(Line.method, 1)(line, 2.0) == 6.0
    assert grad(Line.of_class)(2.0) == 4.0 and grad(line.of_class)(2.0) == 4.0
    assert grad(Line.static)(2.0) == 12.0 and grad(line.static)(2.0) == 12.0
    assert line.slope(2.0) == 12.0 and Line.slope(line, 2.0) == 12.0 and line.both(2.0) == (12.0, 12.0)
    assert grad(line.slope)(2.0) == 6.0
    assert jvp(line.method, (2.0,), (1.0,)) == (12.0, 6.0) and vjp(line, 2.0)[1](1.0) == (12.0,)
    assert grad(functools.partial(line.method, y=3.0))(2.0) == 9.0


def test_objects_and_methods_inside_differentiated_code():
    line = Line(3.0)
    for f in (lambda x: line(x) * x, lambda x: Line.__call__(line, x) * x):
        assert grad(f)(2.0) == 36.0
    assert grad(lambda x: line.slope(x) * x)(2.0) == 24.0
    assert grad(lambda x: line.method(x) * x)(2.0) == 24.0
    assert grad(lambda x: Line.of_class(x) * line.of_class(x) * Line.static(x) * line.static(x))(1.0) == 10.0
    assert grad(lambda x: grad(line)(x) * x)(2.0) == 24.0
    assert grad(lambda x: grad(line.method)(x) * x)(2.0) == 6.0
    assert grad(lambda x: vjp(line, x)[1](1.0)[0])(2.0) == 6.0


@grad
@grad
def cube(x):
    return x**3


@value_and_grad(argnums=(0, 1))
def decorated(x, y=3.0):
    return x * y


def test_decorators():
    assert cube(2.0) == 12.0
    assert decorated(2.0) == (6.0, (3.0, 2.0))
    assert grad(grad(grad(square)))(1.0) == 0.0


def test_wrappers_are_followed():
    def doubled(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return 2.0 * function(*args, **kwargs)

        return wrapper

    f = doubled(lambda x, y=3.0: x * y)
    assert grad(f)(2.0) == 6.0 and grad(f, (0, 1))(2.0, 5.0) == (10.0, 4.0)


def test_linearize_and_elementwise():
    y, f_jvp = linearize(square, 3)
    assert y == 9 and f_jvp(1.0) == 6.0 and f_jvp(2.0) == 12.0
    np.testing.assert_allclose(elementwise_grad(np.sin)(X), np.cos(X))
    assert elementwise_grad(square)(2.0) == 4.0


def test_jacobians_of_results_that_cannot_vary():
    assert jacobian(lambda x: (x * x, 3))(2.0) == (4.0, 0.0)
    assert jacfwd(lambda x: (x * x, 3))(2.0) == (4.0, 0.0)
    np.testing.assert_array_equal(jacobian(lambda x: np.ones(2))(X), np.zeros((2, 3)))
    assert jacobian(square)(np.zeros(0)).shape == (0, 0)
