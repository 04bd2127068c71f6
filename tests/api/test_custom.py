"""`custom_vjp` and `custom_jvp`: values, both modes, higher orders, and what is refused."""

import functools
import math
import pickle

import numpy as np
import pytest

import srcad
from srcad import custom_jvp, custom_vjp, grad, hessian, jacfwd, jacrev, jvp, value_and_grad, vjp


@custom_vjp
def scaled_sine(x, y):
    """The sine of x, times y."""
    return np.sin(x) * y


def scaled_sine_fwd(x, y):
    return scaled_sine(x, y), (np.cos(x), np.sin(x), y)


def scaled_sine_bwd(residuals, z_bar):
    c, s, y = residuals
    return c * z_bar * y, s * z_bar


scaled_sine.defvjp(scaled_sine_fwd, scaled_sine_bwd)


@custom_jvp
def scaled_exp(x, y):
    return np.exp(x) * y


@scaled_exp.defjvp
def scaled_exp_jvp(primals, tangents):
    x, y = primals
    x_dot, y_dot = tangents
    z = scaled_exp(x, y)
    return z, z * x_dot + np.exp(x) * y_dot


def test_they_are_functions():
    assert scaled_sine(1.0, 2.0) == np.sin(1.0) * 2.0
    assert scaled_sine.__doc__ == "The sine of x, times y."
    assert scaled_sine.__name__ == "scaled_sine"
    assert "scaled_sine" in repr(scaled_sine)
    assert pickle.loads(pickle.dumps(scaled_sine)) is scaled_sine


def test_reverse_mode():
    def f(x, y):
        return scaled_sine(x * x, y) + x

    g = grad(f, (0, 1))
    assert g(1.3, 2.0) == pytest.approx((np.cos(1.69) * 2 * 1.3 * 2 + 1, np.sin(1.69)))
    assert grad(scaled_sine, (0, 1))(1.3, 2.0) == pytest.approx((np.cos(1.3) * 2, np.sin(1.3)))
    x = np.arange(3.0) + 1
    np.testing.assert_allclose(grad(lambda x: scaled_sine(x, x).sum())(x), np.cos(x) * x + np.sin(x))
    y, pullback = vjp(scaled_sine, x, x)
    np.testing.assert_allclose(y, np.sin(x) * x)
    np.testing.assert_allclose(pullback(np.ones(3)), (np.cos(x) * x, np.sin(x)))


def test_reverse_mode_twice():
    f = grad(grad(lambda x: scaled_sine(x * x, x)))
    assert f(1.3) == pytest.approx(grad(grad(lambda x: np.sin(x * x) * x))(1.3))


def test_the_rule_is_used_and_not_the_source():
    @custom_vjp
    def f(x):
        return x * x

    f.defvjp(lambda x: (x * x, None), lambda residuals, y_bar: (7.0 * y_bar,))
    assert grad(f)(2.0) == 7.0
    assert grad(lambda x: f(x) * x)(2.0) == 7.0 * 2 + 4

    @custom_jvp
    def g(x):
        return x * x

    g.defjvp(lambda primals, tangents: (primals[0] * primals[0], 7.0 * tangents[0]))
    assert grad(g)(2.0) == 7.0
    assert jvp(g, (2.0,), (1.0,)) == (4.0, 7.0)


def test_opaque_code_is_called_and_not_followed():
    table = {1.0: 2.0, 2.0: 5.0}

    @custom_vjp
    def lookup(x):
        return float(np.interp(x, [1.0, 2.0], [2.0, 5.0]))

    lookup.defvjp(lambda x: (lookup(x), None), lambda residuals, y_bar: (3.0 * y_bar,))
    assert value_and_grad(lambda x: lookup(x) * 2.0)(1.5) == (7.0, 6.0)
    assert table


def test_custom_vjp_has_no_forward_mode():
    with pytest.raises(srcad.errors.NoRuleError, match="no forward-mode derivative"):
        jvp(scaled_sine, (1.0, 2.0), (1.0, 0.0))


def test_forward_rule_serves_both_modes_and_every_order():
    assert jvp(scaled_exp, (1.0, 2.0), (1.0, 0.5)) == pytest.approx((np.e * 2, np.e * 2.5))
    g = grad(lambda x: scaled_exp(x, x * x))
    assert g(1.2) == pytest.approx(np.exp(1.2) * (1.44 + 2.4))
    assert grad(g)(1.2) == pytest.approx(np.exp(1.2) * (1.44 + 4.8 + 2))
    assert grad(grad(g))(1.2) == pytest.approx(np.exp(1.2) * (1.44 + 7.2 + 6))
    expected = np.exp(1.2) * 3
    for second in (hessian(scaled_exp), jacfwd(jacrev(scaled_exp)), jacrev(jacfwd(scaled_exp))):
        assert second(1.2, 3.0) == pytest.approx(expected)
    x = np.arange(3.0) + 1
    np.testing.assert_allclose(grad(lambda x: scaled_exp(x, x * x).sum())(x), np.exp(x) * (x * x + 2 * x))


def test_one_rule_per_argument():
    @custom_jvp
    def dot(a, b):
        return (a * b).sum()

    dot.defjvps(lambda a_dot, y, a, b: (a_dot * b).sum(), lambda b_dot, y, a, b: (a * b_dot).sum())
    a, b = np.arange(3.0), np.ones(3) * 2
    g = grad(dot, (0, 1))
    np.testing.assert_array_equal(g(a, b), (b, a))
    dot.defjvps(lambda a_dot, y, a, b: (a_dot * b).sum(), None)
    np.testing.assert_array_equal(g(a, b), (b, 0 * a))


def test_arguments_without_a_tangent_are_zero():
    assert grad(lambda x: scaled_exp(x, 2.0))(1.0) == pytest.approx(2 * np.e)
    assert grad(lambda y: scaled_exp(1, y))(3.0) == pytest.approx(np.e)
    assert jvp(lambda x: scaled_exp(x, np.ones(2)), (1.0,), (1.0,))[1] == pytest.approx([np.e, np.e])


def test_nondiff_argnums():
    @functools.partial(custom_vjp, nondiff_argnums=(0,))
    def apply(function, x):
        return function(x)

    apply.defvjp(lambda function, x: (function(x), x), lambda function, x, y_bar: (y_bar * 7.0,))
    assert grad(lambda x: apply(math.sin, x))(1.0) == 7.0

    @functools.partial(custom_jvp, nondiff_argnums=(1,))
    def power(x, n):
        return x**n

    power.defjvp(lambda n, primals, tangents: (primals[0] ** n, n * primals[0] ** (n - 1) * tangents[0]))
    assert grad(lambda x: power(x, 3))(2.0) == 12.0
    with pytest.raises(srcad.errors.UnsupportedError, match="nondiff_argnums"):
        grad(power, 1)(2.0, 3.0)


def test_structures():
    @custom_vjp
    def both(pair):
        return pair[0] * pair[1], pair[0] + pair[1]

    both.defvjp(lambda p: ((p[0] * p[1], p[0] + p[1]), p),
                lambda p, bars: ((bars[0] * p[1] + bars[1], bars[0] * p[0] + bars[1]),))

    def with_rule(x):
        for _ in range(3):
            a, b = both((x, x + 1))
            x = a + 0.1 * b
        return x

    def plain(x):
        for _ in range(3):
            a, b = x * (x + 1), x + x + 1
            x = a + 0.1 * b
        return x

    assert grad(with_rule)(0.3) == pytest.approx(grad(plain)(0.3))
    assert grad(grad(with_rule))(0.3) == pytest.approx(grad(grad(plain))(0.3))


def test_recursion():
    @custom_jvp
    def power(x, n):
        if n == 0:
            return 1.0
        return x * power(x, n - 1)

    power.defjvp(lambda p, t: (power(*p), p[1] * power(p[0], p[1] - 1) * t[0]))
    assert grad(power)(2.0, 3) == 12.0
    assert grad(grad(power))(2.0, 3) == 12.0


class Model:
    def __init__(self, k):
        self.k = k

    @custom_vjp
    def scale(self, x):
        return self.k * x

    scale.defvjp(lambda self, x: (self.k * x, self.k), lambda k, y_bar: (None, 10 * k * y_bar))


def test_methods():
    model = Model(3.0)
    assert model.scale(2.0) == 6.0
    assert grad(model.scale)(2.0) == 30.0
    g = grad(lambda x: model.scale(x))
    assert g(2.0) == 30.0
    model.k = 4.0
    assert g(2.0) == 40.0
    assert len(g.variants) == 1


def test_a_new_rule_is_seen():
    @custom_vjp
    def f(x):
        return x

    g = grad(lambda x: f(x))
    f.defvjp(lambda x: (x, None), lambda residuals, y_bar: (2.0 * y_bar,))
    assert g(1.0) == 2.0
    f.defvjp(lambda x: (x, None), lambda residuals, y_bar: (3.0 * y_bar,))
    assert g(1.0) == 3.0


def test_results_share_no_memory():
    @custom_vjp
    def same(x):
        return x * 1.0

    same.defvjp(lambda x: (x * 1.0, None), lambda residuals, y_bar: (y_bar,))
    _, pullback = vjp(same, np.ones(3))
    seed = np.ones(3)
    assert not np.shares_memory(pullback(seed)[0], seed)
    assert grad(lambda x: (same(x) * x).sum())(np.ones(3, np.float32)).dtype == np.float32


def bwd_of(bwd, fwd=lambda x: (x * 2.0, x)):
    @custom_vjp
    def f(x):
        return x * 2.0

    f.defvjp(fwd, bwd)
    return lambda x: f(x).sum()


@pytest.mark.parametrize(("function", "reason"), [
    (bwd_of(lambda x, y_bar: (y_bar, y_bar)), "one adjoint per argument, that is 1"),
    (bwd_of(lambda x, y_bar: y_bar), "one adjoint per argument, that is 1"),
    (bwd_of(lambda x, y_bar: (1.0,)), "is float; it belongs to a value that is float64"),
    (bwd_of(lambda x, y_bar: (np.outer(y_bar, y_bar),)), "an adjoint from bwd of f.. is float64"),
    (bwd_of(lambda x, y_bar: (y_bar,), lambda x: x), r"must return \(y, residuals\)"),
    (bwd_of(lambda x, y_bar: (y_bar,), lambda x: (x.sum(), x)), "gives a result that is"),
])
def test_a_rule_that_does_not_fit_is_refused(function, reason):
    with pytest.raises(srcad.errors.KindError, match=reason):
        grad(function)(np.ones(3))


def test_a_wrong_shape_is_found_when_it_is_computed():
    with pytest.raises(srcad.errors.KindError, match=r"shape \(2,\), what it is for has shape \(3,\)"):
        grad(bwd_of(lambda x, y_bar: (y_bar[:2],)))(np.ones(3))


def square(t):
    return t * t


def with_loop(primals, tangents):
    total = 0.0
    for _ in range(3):
        total = total + tangents[0] * (total + 1.0)
    return primals[0], total


def with_branch(primals, tangents):
    if tangents[0] > 0:
        return primals[0], tangents[0]
    return primals[0], 2.0 * tangents[0]


@pytest.mark.parametrize("rule", [
    lambda p, t: (p[0], t[0] * t[0]), lambda p, t: (p[0], abs(t[0])), lambda p, t: (p[0], square(t[0])), with_loop,
    with_branch,
])
def test_a_rule_that_is_not_linear_in_the_tangents_is_refused(rule):
    @custom_jvp
    def f(x):
        return x

    f.defjvp(rule)
    with pytest.raises(srcad.errors.KindError, match="not linear in the tangents"):
        grad(f)(1.0)


def linear_loop(primals, tangents):
    total = 0.0
    for _ in range(3):
        total = total + tangents[0] * primals[0]
    if primals[0] > 0:
        total = total * 2
    return primals[0], total


def test_linear_rules_with_control_flow():
    @custom_jvp
    def f(x):
        return x

    f.defjvp(linear_loop)
    assert grad(f)(1.5) == 9.0


def test_misuse():
    for wrong in (3, np.sin, None):
        with pytest.raises(srcad.errors.ArgumentError, match="needs a Python function"):
            custom_vjp(wrong)
    with pytest.raises(srcad.errors.ArgumentError, match="keyword-only"):
        custom_vjp(lambda x, *, n: x)
    with pytest.raises(srcad.errors.ArgumentError, match="nondiff_argnums"):
        custom_jvp(lambda x: x, nondiff_argnums=1)
    with pytest.raises(srcad.errors.ArgumentError, match="without a rule"):
        grad(custom_vjp(lambda x: x))(1.0)
    with pytest.raises(srcad.errors.ArgumentError, match="without a rule"):
        grad(custom_jvp(lambda x: x))(1.0)
    with pytest.raises(srcad.errors.ArgumentError, match="not a function"):
        custom_vjp(lambda x: x).defvjp(1, 2)


def test_a_solver_with_residuals_in_a_dict():
    @custom_vjp
    def solve(a, b):
        return np.linalg.solve(a, b)

    def fwd(a, b):
        x = solve(a, b)
        return x, {"a": a, "x": x}

    def bwd(residuals, x_bar):
        b_bar = np.linalg.solve(residuals["a"].T, x_bar)
        return -np.outer(b_bar, residuals["x"]), b_bar

    solve.defvjp(fwd, bwd)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 3)) + 3 * np.eye(3), rng.normal(size=3)

    def with_rule(a, b):
        for _ in range(2):
            b = solve(a, np.sin(b))
        return b.sum()

    def plain(a, b):
        for _ in range(2):
            b = np.linalg.solve(a, np.sin(b))
        return b.sum()

    for k in (0, 1):
        np.testing.assert_allclose(grad(with_rule, k)(a, b), grad(plain, k)(a, b))

    def twice(f):
        return grad(lambda b: grad(f, 1)(a, b).sum())(b)

    np.testing.assert_allclose(twice(with_rule), twice(plain))


def test_forward_rules_with_products():
    @custom_jvp
    def apply(x, w):
        return w @ x

    @apply.defjvp
    def apply_jvp(primals, tangents):
        x, w = primals
        x_dot, w_dot = tangents
        return apply(x, w), w @ x_dot + w_dot @ x

    rng = np.random.default_rng(0)
    x, w = rng.normal(size=3), rng.normal(size=(2, 3))
    for k in (0, 1):
        np.testing.assert_allclose(grad(lambda x, w: np.sin(apply(x, w)).sum(), k)(x, w),
                                   grad(lambda x, w: np.sin(w @ x).sum(), k)(x, w))
    assert grad(lambda x: apply(x, w.astype(np.float32)).sum())(x.astype(np.float32)).dtype == np.float32


def test_kinks_of_ones_own():
    @custom_jvp
    def relu(x):
        return np.maximum(x, 0)

    @relu.defjvp
    def relu_jvp(primals, tangents):
        return relu(primals[0]), np.where(primals[0] > 0, tangents[0], 0)

    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(grad(lambda x: relu(x).sum())(x), [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(jacfwd(relu)(x), np.diag([0.0, 0.0, 1.0]))
