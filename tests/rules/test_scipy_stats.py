"""The rules of scipy.stats: every method of every distribution, with respect to the value and all parameters."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

stats = pytest.importorskip("scipy.stats")

from rules.forms import Form, check_form, make_forms  # noqa: E402

import srcad  # noqa: E402
from srcad.errors import NoRuleError, SrcadError  # noqa: E402
from srcad.rules import families  # noqa: E402
from srcad.rules.registry import RULES  # noqa: E402

families.load()

#: What stands for an operand without a derivative.
WHOLE = {"k": "2", "n": "5", "loc": "0"}
HEADER = "from scipy import stats\n"


def rules():
    return [r for r in RULES.values() if any(
        getattr(b, "__module__", "") == "srcad.rules.scipy_stats" for b in (r.adjoint, r.partials))]


def form_of(rule, shapes) -> Form:
    """The method with numbers, or arrays, for its operands that have a derivative."""
    names = list(inspect.signature(rule.partials).parameters)[1:]
    middle = [None if d is None else 0.5 * (d[0] + d[1]) for d in rule.domain]
    at = [float(WHOLE[n]) if m is None else m for n, m in zip(names, middle)]
    if rule.fn.__self__ is stats.bernoulli:
        at[0] = 0.0
    partials = rule.partials(np.float64(rule.fn(*at)), *map(np.float64, at))
    parts, given = [], {}
    for name, number, partial in zip(names, at, partials):
        if partial is None:
            parts.append(f"{number:g}")
        else:
            parts.append(name)
            given[name] = shapes[len(given) % len(shapes)]
    domain = tuple(d for d, p in zip(rule.domain, partials) if p is not None)
    return Form(f"stats.{rule.fn.__self__.name}.{rule.fn.__name__}({', '.join(parts)})", domain=domain, **given)


ELEMENTWISE = [r for r in rules() if r.kind == "elementwise"]
NUMBERS = make_forms([form_of(r, [()]) for r in ELEMENTWISE], HEADER, "forms_of_scipy_stats")
ARRAYS = make_forms([form_of(r, [(2, 3), (3,), (2, 1)]) for r in ELEMENTWISE], HEADER, "forms_of_scipy_stats_arrays")
SELDOM = ("sf", "logsf", "isf", "pmf", "pdf", "logcdf")
OF_VECTORS = [(r, c) for r in rules() for c in r.calls]
VECTORS = make_forms([Form(c.expression, domain=r.domain, **c.operands) for r, c in OF_VECTORS], HEADER,
                     "forms_of_scipy_stats_vectors")
CASES = [*zip(ELEMENTWISE, NUMBERS), *zip([r for r, _ in OF_VECTORS], VECTORS)]
SPELLINGS = make_forms([
    Form("stats.norm.logpdf(x)", x=(3,)), Form("stats.norm.pdf(x, loc=m, scale=np.exp(s))", x=(3,), m=(2, 1), s=()),
    Form("stats.norm.cdf(x, m, scale=np.exp(s))", x=(), m=(), s=()),
    Form("stats.norm(m, np.exp(s)).logpdf(x)", x=(3,), m=(), s=()),
    Form("stats.norm(loc=m).cdf(x)", x=(3,), m=()), Form("stats.norm.pdf([x, 1.0, y])", x=(), y=()),
    Form("stats.gamma.pdf(np.exp(x), a=np.exp(a))", x=(3,), a=()), Form("stats.gamma.cdf(np.exp(x), 2.0)", x=(3,)),
    Form("stats.t.logpdf(x, df=np.exp(v), loc=m)", x=(3,), v=(), m=()),
    Form("stats.beta(np.exp(a), 2.0).pdf(1.0 / (1.0 + np.exp(x)))", x=(3,), a=()),
    Form("stats.poisson.logpmf(np.array([1, 2, 0]), np.exp(mu))", mu=()), Form("stats.poisson(np.exp(mu)).pmf(2)", mu=()),
    Form("stats.binom.cdf(3.5, n=5, p=np.exp(-p * p))", p=()), Form("stats.nbinom.logpmf(3, np.exp(r), 0.3)", r=()),
    Form("FROZEN.logpdf(x)", x=(3,)), Form("VECTORS.logpdf(x)", x=(2,)),
    Form("stats.multivariate_normal(m, np.eye(2)).logpdf(x)", x=(3, 2), m=(2,)),
], HEADER + "FROZEN = stats.norm(1.0, scale=2.0)\nVECTORS = stats.multivariate_normal(np.zeros(2), 2.0 * np.eye(2))\n",
    "spellings_of_scipy_stats")


@pytest.mark.parametrize("form", [
    *(pytest.param(form, marks=pytest.mark.slow if rule.fn.__name__ in SELDOM[:4] else (), id=str(form))
      for form, rule in zip(NUMBERS, ELEMENTWISE)), *(pytest.param(form, id=str(form)) for form in VECTORS + SPELLINGS)])
def test_both_modes_and_both_orders(form):
    check_form(form)


@pytest.mark.parametrize("form", [
    pytest.param(form, marks=pytest.mark.slow if rule.fn.__name__ in SELDOM else (), id=str(form))
    for form, rule in zip(ARRAYS, ELEMENTWISE)])
def test_broadcasting(form):
    check_form(form, second=False)


def test_outside_of_the_support_nothing_changes():
    def log_density(x, s):
        return np.sum(stats.expon.pdf(x, scale=s)) + np.sum(stats.uniform.cdf(x))

    x_bar, s_bar = srcad.grad(log_density, (0, 1))(np.array([-1.0, -2.0]), 2.0)
    np.testing.assert_array_equal(x_bar, 0.0)
    assert s_bar == 0.0


@pytest.mark.parametrize(("function", "at"), [
    (lambda v: stats.t.cdf(0.5, v), 3.0),
    (lambda a: stats.gamma.ppf(0.5, a), 3.0),
    (lambda k: stats.poisson.pmf(k, 2.0), 3.0),
    (lambda x: stats.norm(0.0, 1.0).moment(x), 3.0),
], ids=["degrees of freedom", "shape", "a whole number", "another method"])
def test_what_has_no_closed_derivative_is_refused(function, at):
    with pytest.raises(SrcadError) as caught:
        srcad.grad(function)(at)
    assert caught.value.advice
    assert not isinstance(caught.value, NoRuleError) or "argument" in str(caught.value)
