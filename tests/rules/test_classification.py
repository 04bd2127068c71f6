"""Every public function of NumPy, `math` and `cmath` has a rule, a zero derivative, or a reason why it has none."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import srcad
from srcad.errors import NoRuleError, SrcadError
from srcad.rules import families
from srcad.rules.classification import INACTIVE, NAMESPACES, REFUSED, ZERO, classify, found, refusal
from srcad.rules.registry import find_rule

families.load()


def public_callables(space) -> dict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        every = {name: getattr(space, name) for name in dir(space) if not name.startswith("_")}
    return {name: value for name, value in every.items() if callable(value)}


@pytest.mark.parametrize("space", list(NAMESPACES))
def test_every_name_is_classified(space):
    unknown = [name for name, fn in public_callables(NAMESPACES[space]).items() if classify(fn) is None]
    assert not unknown, f"no rule and no reason: {', '.join(unknown)}"


def test_no_name_is_in_two_tables():
    tables = [*found(ZERO), *(fn for _, names in INACTIVE for fn in found(names)),
              *(fn for _, _, names in REFUSED for fn in found(names))]
    twice = {fn for fn in tables if tables.count(fn) > 1 and not isinstance(fn, type)}
    assert not twice


def test_no_refused_function_has_a_rule():
    listed = [fn for _, names in INACTIVE for fn in found(names)] + [fn for *_, names in REFUSED for fn in found(names)]
    assert not [fn for fn in listed if find_rule(fn) is not None]


def test_piecewise_constant_functions_are_registered():
    assert all(find_rule(fn).kind == "zero" for fn in found(ZERO))


def unique(x):
    return np.sum(np.unique(x))


def histogram(x):
    return np.sum(np.histogram(x, 3)[1])


def fixed(x):
    return np.sum(np.fix(x) * x)


def whole(x):
    return np.int64(x) * x


def filling(x):
    y = np.zeros(2)
    y.fill(x[0])
    return np.sum(y)


def sorting(x):
    y = x.copy()
    y.sort()
    return y[0]


def putting(x):
    y = x.copy()
    np.put(y, [0], x[1])
    return np.sum(y)


MODES = pytest.mark.parametrize(
    "mode", [srcad.grad, lambda f: lambda x: srcad.jvp(f, (x,), (x,))], ids=["reverse", "forward"])


@pytest.mark.parametrize(("function", "gradient"), [(filling, [2.0, 0.0]), (sorting, [0.0, 1.0]), (putting, [0.0, 2.0])])
def test_what_changes_an_array_is_never_passed_over(function, gradient):
    """Followed, or refused with a place and an advice."""
    x, direction = np.array([1.5, 0.5]), np.array([1.0, 3.0])
    try:
        assert np.array_equal(srcad.grad(function)(x), gradient)
        assert srcad.jvp(function, (x,), (direction,))[1] == np.dot(gradient, direction)
    except SrcadError as error:
        assert error.line > 0
        assert error.advice


@pytest.mark.parametrize(("function", "fn"), [(unique, np.unique), (histogram, np.histogram)])
@MODES
def test_a_refusal_gives_the_reason_and_the_advice(function, fn, mode):
    reason, advice = refusal(fn)
    with pytest.raises(NoRuleError) as error:
        mode(function)(np.array([0.5, 1.5]))
    assert reason in str(error.value)
    assert advice in str(error.value)


def test_piecewise_constant():
    assert np.array_equal(srcad.grad(fixed)(np.array([1.5, -2.5])), [1.0, -2.0])
    assert srcad.grad(whole)(3.7) == 3.0
