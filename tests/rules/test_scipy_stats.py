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
from srcad.testing import check_grads  # noqa: E402

families.load()

#: What stands for an operand without a derivative.
WHOLE = {"k": "np.array([1, 2, 4])", "n": "5", "loc": "1"}
#: Numbers of distributions of which those would not all be in the support, and where the survival function is not 0.
NUMBERS_OF = {("bernoulli", "logsf"): "np.array([1, 1])", ("bernoulli", None): "np.array([1, 2])",
              ("geom", None): "np.array([2, 3, 5])"}
HEADER = "from scipy import stats\n"


def rules():
    return [r for r in RULES.values() if any(
        (getattr(b, "__module__", None) or "").startswith("srcad.rules.scipy_stats") for b in (r.adjoint, r.partials))]


def form_of(rule, shapes) -> Form:
    """The method with numbers, or arrays, for its operands that have a derivative."""
    names = list(inspect.signature(rule.partials).parameters)[1:]
    name, method = rule.fn.__self__.name, rule.fn.__name__
    whole = WHOLE | {"k": NUMBERS_OF.get((name, method), NUMBERS_OF.get((name, None), WHOLE["k"]))}
    written = [whole[n] if d is None else f"{0.5 * (d[0] + d[1]):g}" for n, d in zip(names, rule.domain)]
    at = [np.float64(eval(text, {"np": np})) for text in written]
    with np.errstate(all="ignore"):
        partials = rule.partials(rule.fn(*at), *at)
    active = [n for n, partial in zip(names, partials) if partial is not None]
    given = {n: shapes[k % len(shapes)] for k, n in enumerate(active)}
    if "k" in names:
        given = {n: () if shape == () else (2, 1) for n, shape in given.items()}
    parts = [n if n in given else text for n, text in zip(names, written)]
    domain = tuple(d for d, n in zip(rule.domain, names) if n in given)
    return Form(f"stats.{name}.{method}({', '.join(parts)})", domain=domain, **given)


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


@pytest.mark.parametrize(("function", "at", "expected"), [
    (lambda x: stats.gamma.logpdf(x, 1.0), 0.0, -1.0), (lambda x: stats.chi2.pdf(x, 2), 0.0, -0.25),
    (lambda x: stats.beta.logpdf(x, 1.0, 1.0), 1.0, 0.0), (lambda x: stats.weibull_min.logpdf(x, 1.0), 0.0, -1.0),
    (lambda m: stats.poisson.pmf(0, m), 0.0, -1.0), (lambda m: stats.poisson.pmf(1, m), 0.0, 1.0),
    (lambda m: stats.poisson.logpmf(0, m), 0.0, -1.0), (lambda m: stats.poisson.cdf(1, m), 0.0, 0.0),
    (lambda p: stats.binom.pmf(1, 3, p), 0.0, 3.0), (lambda p: stats.binom.pmf(2, 3, p), 1.0, -3.0),
    (lambda p: stats.binom.logpmf(0, 3, p), 0.0, -3.0), (lambda p: stats.binom.cdf(2, 3, p), 1.0, -3.0),
    (lambda p: stats.bernoulli.pmf(1, p), 0.0, 1.0), (lambda p: stats.bernoulli.logpmf(0, p), 0.0, -1.0),
    (lambda p: stats.geom.pmf(2, p), 1.0, -1.0), (lambda p: stats.geom.logpmf(1, p), 1.0, 1.0),
    (lambda p: stats.nbinom.pmf(1, 2.0, p), 1.0, -2.0), (lambda p: stats.nbinom.logpmf(0, 2.0, p), 1.0, 2.0),
    (lambda s: stats.norm.logpdf(0.5, 0.0, s), -1.0, np.nan), (lambda x: stats.norm.logcdf(x), -40.0, 40.02496884720803),
])
def test_at_the_edges_of_the_support_and_of_the_parameters(function, at, expected):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(srcad.grad(function)(at), expected, rtol=1e-9)
        np.testing.assert_allclose(srcad.jvp(function, (at,), (1.0,))[1], expected, rtol=1e-9)


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


SINGULAR = np.array([[2.0, 0.3, 0.0], [0.3, 1.0, 0.0], [0.0, 0.0, 0.0]])
ON_PLANE = np.array([1.0, 1.0, 0.0])


def on_plane(x, mean):
    return stats.multivariate_normal.logpdf(ON_PLANE * x, ON_PLANE * mean, SINGULAR, allow_singular=True)


def frozen_on_plane(x, mean):
    return stats.multivariate_normal(ON_PLANE * mean, SINGULAR, allow_singular=True).pdf(ON_PLANE * x)


@pytest.mark.parametrize("f", [on_plane, frozen_on_plane])
@pytest.mark.parametrize("x", [np.array([0.3, 0.7, 0.3]), np.array([[0.3, 0.7, 0.3], [0.1, -0.5, 0.2]])])
def test_normal_distribution_on_a_plane(f, x):
    check_grads(f, (x, np.array([0.1, 0.2, 0.3])), order=2)


def test_covariance_that_may_be_singular():
    def f(x, factor):
        return stats.multivariate_normal.logpdf(x, None, factor @ factor.T + np.eye(3), True)

    check_grads(f, (ON_PLANE, SINGULAR), order=2)


@pytest.mark.parametrize("mode", [srcad.jacrev, srcad.jacfwd])
def test_singular_covariance_has_no_derivative(mode):
    with pytest.raises(ValueError, match="singular covariance"):
        mode(lambda cov: stats.multivariate_normal.pdf(ON_PLANE, None, cov, allow_singular=True))(SINGULAR)
