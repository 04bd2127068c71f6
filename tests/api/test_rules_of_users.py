"""Rules for functions of the user's own: they are used instead of the source, in both modes, to every order."""

import math
import subprocess
import sys

import numpy as np
import pytest

import srcad
from srcad import check_rule, grad, hessian, jvp, vjp
from srcad.errors import NoRuleError, UnsupportedError
from srcad.rules import defadjoint, deftangent, elementwise, linear, multilinear, zero_derivative


def softplus(x):
    return np.log1p(np.exp(x))


@elementwise(softplus)
def softplus_rule(y, x):
    return 1.0 / (1.0 + np.exp(-x))


def counted(x, calls=[]):  # noqa: B006
    calls.append(x)
    return x * x


def test_elementwise():
    x = np.linspace(-1, 1, 5)
    logistic = 1 / (1 + np.exp(-x))
    assert grad(softplus)(0.3) == pytest.approx(1 / (1 + math.exp(-0.3)))
    np.testing.assert_allclose(grad(lambda x: softplus(x).sum())(x), logistic)
    np.testing.assert_allclose(jvp(softplus, (x,), (np.ones(5),))[1], logistic)
    np.testing.assert_allclose(np.diag(hessian(lambda x: softplus(x).sum())(x)), logistic * (1 - logistic))
    check_rule(softplus, 0.3, order=3)
    check_rule(softplus, x)
    # What a rule contains is spliced in: the function itself is not looked into.
    assert "log1p" not in grad(softplus).source


def test_the_rule_is_used_and_not_the_source():
    def f(x):
        return x * x

    @elementwise(f)
    def rule(y, x):
        return 7.0

    assert grad(f)(1.0) == 7.0
    assert grad(lambda x: f(x) * x)(2.0) == 7.0 * 2 + 4
    assert grad(f)(np.float32(1.0)).dtype == np.float32
    assert srcad.value_and_grad(f)(3.0) == (9.0, 7.0)


def test_several_operands_broadcast():
    def scaled(x, y):
        return x * np.exp(y)

    @elementwise(scaled)
    def rule(z, x, y):
        return np.exp(y), z

    a, b = np.ones((2, 3)), np.arange(3.0)
    g = grad(lambda x, y: scaled(x, y).sum(), (0, 1))
    x_bar, y_bar = g(a, b)
    np.testing.assert_allclose(x_bar, np.exp(b) * a)
    np.testing.assert_allclose(y_bar, 2 * np.exp(b))
    check_rule(scaled, a, b)
    check_rule(scaled, 2.0, b)


def test_linear_and_multilinear():
    def doubled_sums(x):
        return 2.0 * np.cumsum(x)

    @linear(doubled_sums)
    def linear_rule(y, x):
        x_bar = 2.0 * np.flip(np.cumsum(np.flip(y_bar)))  # noqa: F821, F841

    def weighted(x, w):
        return np.add.reduce(x * w)

    @multilinear(weighted)
    def multilinear_rule(y, x, w):
        x_bar = y_bar * w  # noqa: F821, F841
        w_bar = y_bar * x  # noqa: F821, F841

    x, w = np.arange(3.0) + 1, np.array([2.0, -1.0, 0.5])
    check_rule(doubled_sums, x)
    check_rule(weighted, x, w)
    np.testing.assert_array_equal(grad(weighted, (0, 1))(x, w), (w, x))


def test_written_rules_serve_the_mode_they_are_for():
    def product(x):
        return float(np.multiply.reduce(x))

    @defadjoint(product)
    def adjoint_rule(y, x):
        x_bar = y_bar * y / x  # noqa: F821, F841

    x = np.arange(3.0) + 1
    np.testing.assert_allclose(grad(product)(x), [6.0, 3.0, 2.0])
    check_rule(product, x, order=1)
    with pytest.raises(srcad.errors.NoRuleError, match="no derivative rule for forward mode"):
        jvp(product, (x,), (x,))

    @deftangent(product)
    def tangent_rule(y, x):
        y_dot = y * np.sum(x_dot / x)  # noqa: F821, F841

    assert jvp(product, (x,), (x,))[1] == pytest.approx(18.0)
    check_rule(product, x)


def test_zero_derivative():
    def level(x):
        return math.floor(x)

    zero_derivative(level)
    assert grad(lambda x: level(x) * x)(1.5) == 1.0
    assert grad(level)(1.5) == 0.0


def test_options_decide_when_the_derivative_is_made():
    def scaled(x, mode="double", axis=None):
        return {"double": 2.0, "triple": 3.0}[mode] * np.sum(x, axis=axis)

    @linear(scaled)
    def rule(y, x, mode="double", axis=None):
        if mode == "double":
            factor = 2.0
        else:
            factor = 3.0
        x_bar = np.zeros_like(x) + factor * (y_bar if axis is None else np.expand_dims(y_bar, axis))  # noqa: F821, F841

    x = np.ones((2, 3))
    np.testing.assert_array_equal(grad(scaled)(x), 2 * x)
    np.testing.assert_array_equal(grad(scaled)(x, "triple"), 3 * x)
    np.testing.assert_array_equal(grad(scaled)(x, mode="triple"), 3 * x)
    np.testing.assert_array_equal(vjp(scaled, x, kwargs={"axis": 0})[1](np.arange(3.0))[0], 2 * x * np.arange(3.0))


class Model:
    def square(self, x):
        return x * x


@elementwise(Model.square)
def square_rule(y, self, x):
    return None, 5.0 * x


def test_methods():
    model = Model()
    assert grad(model.square)(2.0) == 10.0
    assert grad(lambda x: model.square(x))(2.0) == 10.0


def test_opaque_functions():
    table = np.linspace(0, 2, 5)

    def opaque(x):
        return float(table[int(np.busday_count("2024-01-01", "2024-01-03"))]) * x

    elementwise(opaque)(lambda y, x: 3.0)
    assert grad(lambda x: opaque(x) * 2.0)(1.2) == 6.0


def test_check_rule_finds_errors():
    def f(x):
        return np.sin(x)

    elementwise(f)(lambda y, x: -np.cos(x))
    with pytest.raises(AssertionError, match="tangent"):
        check_rule(f, 0.5)
    elementwise(f)(lambda y, x: np.cos(x))
    check_rule(f, 0.5)
    check_rule(np.sin, np.ones(3))
    with pytest.raises(srcad.errors.ArgumentError, match="no derivative rule"):
        check_rule(lambda x: x, 1.0)


def test_check_rule_of_custom_functions():
    @srcad.custom_jvp
    def f(x):
        return x * x

    f.defjvp(lambda p, t: (p[0] * p[0], 2.0 * p[0] * t[0]))
    check_rule(f, 3.0)

    @srcad.custom_vjp
    def g(x):
        return x * x

    g.defvjp(lambda x: (x * x, x), lambda x, y_bar: (3.0 * x * y_bar,))
    with pytest.raises(AssertionError):
        check_rule(g, 3.0)


def test_misuse():
    with pytest.raises(srcad.errors.ArgumentError, match="not a function"):
        elementwise(3)(lambda y, x: x)
    with pytest.raises(srcad.errors.ArgumentError, match="no hash"):
        elementwise(Unhashable())(lambda y, x: x)


class Unhashable:
    __hash__ = None

    def __call__(self, x):
        return x


def test_a_rule_registered_before_the_first_derivative_is_not_lost(tmp_path):
    """srcad's own rules are loaded with the first derivative: they must not replace what a user has registered."""
    program = tmp_path / "program.py"
    program.write_text(
        "import numpy as np\nfrom srcad import grad\nfrom srcad.rules import elementwise\n\n"
        "@elementwise(np.sin)\ndef sin(y, x):\n    return 7.0 * np.cos(x)\n\n"
        "def f(x):\n    return np.sin(x)\n\nprint(grad(f)(0.0))\n")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True)
    assert done.stdout.strip() == "7.0", done.stderr


def linear_in_params(params, x, squared=True):
    length = float(np.sum(params["w"] * x) + params["b"])
    return length ** 2 if squared else length


@defadjoint(linear_in_params)
def _(y, params, x, squared=True):
    g = 2.0 * linear_in_params(params, x, False) * y_bar if squared else y_bar  # noqa: F821
    params_bar = {"w": g * x, "b": g}  # noqa: F841
    x_bar = g * params["w"]  # noqa: F841


@deftangent(linear_in_params)
def _(y, params, x, squared=True):
    moved = np.sum(params_dot["w"] * x + params["w"] * x_dot) + params_dot["b"]  # noqa: F821
    y_dot = 2.0 * linear_in_params(params, x, False) * moved if squared else moved  # noqa: F841


@pytest.mark.parametrize("options", [{}, {"squared": False}, {"squared": True}])
def test_containers_and_options(options):
    check_rule(linear_in_params, {"w": np.array([1.0, -2.0]), "b": 0.5}, np.array([0.3, 0.7]), kwargs=options)


def test_a_number_for_the_adjoint_of_an_array_is_refused():
    def added_up(x):
        return np.sum(x)

    @defadjoint(added_up)
    def _(y, x):
        x_bar = y_bar  # noqa: F821, F841

    with pytest.raises(NoRuleError, match="gives a number as the adjoint of x") as caught:
        grad(added_up)(np.ones(3))
    assert "shape" in caught.value.advice


def test_a_comprehension_in_a_rule_is_refused_with_what_to_do():
    def added_up(xs):
        return float(sum(xs))

    @linear(added_up)
    def _(y, xs):
        xs_bar = [y_bar for _ in xs]  # noqa: F821, F841

    with pytest.raises(UnsupportedError, match="comprehensions") as caught:
        grad(added_up)([1.0, 2.0])
    assert "function" in caught.value.advice
