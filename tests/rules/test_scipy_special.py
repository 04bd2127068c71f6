"""The partial derivatives of scipy.special's functions, compared with differences of the functions."""

from __future__ import annotations

import ast
import inspect
import textwrap

import numpy as np
import pytest

special = pytest.importorskip("scipy.special")

from rules.forms import Form, check_form, make_forms  # noqa: E402

from srcad.rules import families  # noqa: E402
from srcad.rules.registry import RULES, find_rule  # noqa: E402
from srcad.testing import check_grads  # noqa: E402

families.load()
MODULES = tuple(f"srcad.rules.scipy_{name}" for name in ("special", "bessel", "gamma", "hypergeometric", "integrals"))
ELEMENTWISE = [r for r in RULES.values() if r.kind == "elementwise" and r.partials.__module__ in MODULES]

#: Orders and degrees are given, not drawn: rule's function → leading operands.
ORDERS: dict = {
    special.polygamma: [(0,), (1,), (3,)],
    special.expn: [(0,), (1,), (3,)],
    special.pdtr: [(0,), (3,)],
    special.pdtrc: [(0,), (3,)],
}
WHOLE_ORDERS = (special.yn, special.kn, special.spherical_jn, special.spherical_yn, special.spherical_in,
                special.spherical_kn, special.eval_legendre, special.eval_sh_legendre, special.eval_chebyt,
                special.eval_chebyu, special.eval_chebyc, special.eval_chebys, special.eval_sh_chebyt,
                special.eval_sh_chebyu, special.eval_laguerre, special.eval_hermite, special.eval_hermitenorm,
                special.eval_genlaguerre, special.eval_gegenbauer, special.eval_jacobi, special.eval_sh_jacobi)
REAL_ORDERS = (special.jv, special.yv, special.iv, special.kv, special.jve, special.yve, special.ive, special.kve,
               special.hankel1, special.hankel2, special.hankel1e, special.hankel2e, special.struve, special.modstruve,
               special.jvp, special.yvp, special.ivp, special.kvp, special.h1vp, special.h2vp)
ORDERS |= dict.fromkeys(WHOLE_ORDERS, ((0,), (1,), (3,))) | dict.fromkeys(REAL_ORDERS, ((0,), (1,), (2.5,)))

POINTS = {special.multigammaln: [(3.2, 3), (2.8, 1)], special.zeta: [(2.5, 0.7), (3.0, 2.0)]}
DIFFERENCES = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))


def difference(f, x, h=4e-3):
    return sum(c * (f(x + k * h) - f(x - k * h)) for k, c in DIFFERENCES) / h


def points(rule):
    if rule.fn in POINTS:
        return POINTS[rule.fn]
    random = np.random.default_rng(3)
    names = list(inspect.signature(rule.partials).parameters.values())[1:]
    count = sum(p.default is p.empty for p in names)
    intervals = rule.domain if isinstance(rule.domain[0], tuple) else (rule.domain,) * count
    drawn = [tuple(float(random.uniform(*i)) for i in intervals[:count]) for _ in range(5)]
    return [given + operands[len(given):] for operands in drawn for given in ORDERS.get(rule.fn, [()])]


def partials_at(rule, operands):
    partials = rule.partials(rule.fn(*operands), *operands)
    return partials if isinstance(partials, tuple) else (partials,)


def forms_of(rule):
    """The rule's call forms; of elementwise functions without any the plain one, with orders where there are some."""
    for call in rule.calls:
        arguments = [ast.unparse(a) for a in ast.parse(call.expression).body[0].value.args]
        nested = isinstance(rule.domain[0], tuple)
        domain = rule.domain if not nested else tuple(
            rule.domain[arguments.index(name)] if name in arguments else (-2.0, 2.0) for name in call.operands)
        yield Form(call.expression, domain, **call.operands)
    if rule.kind == "elementwise" and not rule.calls:
        parameters = list(inspect.signature(rule.partials).parameters.values())[1:]
        names = [p.name for p in parameters if p.default is p.empty]
        yield Form(f"special.{rule.fn.__name__}({', '.join(names)})", rule.domain, **dict.fromkeys(names, (3,)))


#: The derivative of their derivative, digamma, is known of real numbers only.
OF_REAL_NUMBERS_TWICE = (special.gamma, special.rgamma)
OF_RULES = [(r, f) for r in RULES.values() if (r.partials or r.adjoint) and (r.partials or r.adjoint).__module__ in MODULES
            for f in forms_of(r)]
FORMS = list(zip([r for r, _ in OF_RULES], make_forms(
    [f for _, f in OF_RULES], "from scipy import special\n", "forms_of_scipy_special")))


def name_of(value):
    return str(value) if isinstance(value, Form) else ""


@pytest.mark.parametrize(("rule", "form"), FORMS, ids=name_of)
def test_both_modes_and_both_orders(rule, form):
    check_form(form)


@pytest.mark.parametrize(("rule", "form"), [f for f in FORMS if f[0].complex], ids=name_of)
def test_complex_operands(rule, form):
    check_form(form, complex, second=rule.fn not in OF_REAL_NUMBERS_TWICE)


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda r: r.fn.__name__)
def test_partials_are_derivatives(rule):
    checked = 0
    for operands in points(rule):
        for k, partial in enumerate(partials_at(rule, operands)):
            if partial is None or k >= len(operands) or not isinstance(operands[k], float):
                continue
            expected = difference(lambda t, k=k, o=operands: rule.fn(*o[:k], t, *o[k + 1:]), operands[k])
            np.testing.assert_allclose(partial, expected, rtol=1e-8, atol=1e-9)
            checked += 1
    assert checked


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda r: r.fn.__name__)
def test_partials_of_arrays_have_the_shape_of_the_result(rule):
    operands = points(rule)[0]
    arrays = tuple(np.full((2, 3), x) if isinstance(x, float) else x for x in operands)
    for alone, partial in zip(partials_at(rule, operands), partials_at(rule, arrays)):
        if partial is not None:
            np.testing.assert_allclose(np.broadcast_to(partial, (2, 3)), np.full((2, 3), alone), rtol=1e-13)


#: Their partials need functions of SciPy (hyp2f1, betaln, gammaln) that return float64 whatever they are given.
WIDENED = {special.ellipk, special.ellipkm1, special.ellipe, special.spence, special.stdtr, special.stdtrit,
           special.pdtr, special.pdtrc}
KEEPS_FLOAT32 = [r for r in ELEMENTWISE if isinstance(r.fn, np.ufunc) and r.fn not in WIDENED
                 and r.fn(*[np.float32(x) if isinstance(x, float) else x for x in points(r)[0]]).dtype == np.float32]


@pytest.mark.parametrize("rule", KEEPS_FLOAT32, ids=lambda r: r.fn.__name__)
def test_partials_keep_float32(rule):
    operands = tuple(np.full(3, x, np.float32) if isinstance(x, float) else x for x in points(rule)[0])
    for partial in partials_at(rule, operands):
        if partial is not None:
            assert np.result_type(np.float32(1.0) * partial) == np.float32


@pytest.mark.parametrize("rule", [r for r in ELEMENTWISE if r.complex], ids=lambda r: r.fn.__name__)
def test_holomorphic_functions_have_complex_partials(rule):
    count = sum(p.default is p.empty for p in list(inspect.signature(rule.partials).parameters.values())[1:])
    for z in (0.4 + 0.3j, -0.5 + 0.8j, 0.3 - 0.6j):
        operands = (z, 0.7 - 0.4j)[:count]
        for k, (x, partial) in enumerate(zip(operands, partials_at(rule, operands))):
            def f(t, k=k, operands=operands):
                return rule.fn(*operands[:k], t, *operands[k + 1:])

            np.testing.assert_allclose(partial, difference(f, x), rtol=1e-8, atol=1e-9)
            along = difference(lambda t, f=f, x=x: f(x + 1j * t), 0.0)
            np.testing.assert_allclose(1j * partial, along, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("fn, operands, expected", [
    (special.lambertw, (0.0,), (1.0,)), (special.exprel, (0.0,), (0.5,)), (special.spence, (1.0,), (-1.0,)),
    (special.ellipk, (0.0,), (np.pi / 8,)), (special.ellipe, (0.0,), (-np.pi / 8,)),
    (special.ellipkm1, (1.0,), (-np.pi / 8,)), (special.j1, (0.0,), (0.5,)), (special.i1, (0.0,), (0.5,)),
    (special.xlogy, (0.0, 2.0), (np.log(2.0), 0.0)), (special.eval_legendre, (3, 1.0), (None, 6.0)),
    (special.spherical_jn, (1, 0.0), (None, 1 / 3)), (special.boxcox, (2.0, 0.0), (0.5, np.log(2.0)**2 / 2)),
    (special.huber, (1.0, 3.0), (2.0, 1.0)), (special.expit, (-800.0,), (0.0,)), (special.logit, (0.5,), (4.0,)),
])
def test_edges(fn, operands, expected):
    for partial, value in zip(partials_at(RULES[fn], operands), expected):
        if value is not None:
            assert partial == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda r: r.fn.__name__)
def test_a_body_calls_only_what_has_a_rule(rule):
    """So that second derivatives exist. (np.sum and its kin belong to other tables.)"""
    tree = ast.parse(textwrap.dedent(inspect.getsource(rule.partials))).body[0]
    names = vars(inspect.getmodule(rule.partials))
    for node in ast.walk(ast.Module(tree.body, [])):
        if isinstance(node, ast.Call):
            fn = eval(compile(ast.Expression(node.func), "", "eval"), names)
            assert find_rule(fn) is not None or fn in (np.sum, np.expand_dims, np.arange), fn


def test_lists_of_numbers():
    def f(a, b):
        return special.logsumexp([a, b, 1]) + special.softmax([a, b, 1])[0] + special.log_softmax([[a, b], [1, 2]], axis=1)[0, 1]

    check_grads(f, (0.3, -0.7), order=2)
