"""A derivative is never that of something that has changed meanwhile."""

import functools
import linecache
import sys
import textwrap
import types

import numpy as np
import pytest

import srcad
from srcad import grad, jvp, value_and_grad, vjp
from srcad.rules import elementwise

FACTOR = 2.0
WEIGHTS = np.array([1.0, 2.0])
NAME = "sin"
OPTIONS = {"scale": 2.0}


def callee(x):
    return 3.0 * x


def calls_it(x):
    return callee(x) * x


def other(x):
    return 5.0 * x


def helper_of_helper(x):
    for _ in range(2):
        x = x * callee(1.0)
    return x


def deep(x):
    return helper_of_helper(x)


def test_rebound_callee(monkeypatch):
    g, deep_g = grad(calls_it), grad(deep)
    assert g(1.0) == 6.0 and deep_g(1.0) == 9.0
    monkeypatch.setitem(globals(), "callee", other)
    assert g(1.0) == 10.0
    assert deep_g(1.0) == 25.0
    monkeypatch.undo()
    assert g(1.0) == 6.0
    assert deep_g(1.0) == 9.0


def test_rebound_to_a_builtin_and_a_derivative(monkeypatch):
    g = grad(calls_it)
    assert g(2.0) == 12.0
    monkeypatch.setitem(globals(), "callee", np.exp)
    assert g(0.0) == 1.0
    monkeypatch.setitem(globals(), "callee", grad(lambda x: x * x))
    assert g(1.0) == 4.0


def test_replaced_code():
    def f(x):
        return x * x

    def new(x):
        return x * x * x

    g = grad(f)
    outer = grad(lambda x: f(x) * 2.0)
    assert g(2.0) == 4.0 and outer(2.0) == 8.0
    f.__code__ = new.__code__
    assert g(2.0) == 12.0 and outer(2.0) == 24.0


def test_replaced_defaults():
    def f(x, n=2.0, *, m=1.0):
        return x * n * m

    outer = grad(lambda x: f(x))
    g = grad(f)
    assert g(1.0) == 2.0 and outer(1.0) == 2.0
    f.__defaults__ = (3.0,)
    assert outer(1.0) == 3.0
    assert g(1.0) == 3.0
    f.__kwdefaults__ = {"m": 10.0}
    assert outer(1.0) == 30.0
    assert g(1.0) == 30.0


def test_replaced_code_with_another_signature():
    def f(x):
        return x * x

    def new(x, y=3.0):
        return x * y

    g = grad(f)
    assert g(2.0) == 4.0
    f.__code__, f.__defaults__ = new.__code__, new.__defaults__
    assert g(2.0) == 3.0
    assert g(2.0, 4.0) == 4.0


def test_closure_value_and_kind():
    def make():
        k = 2.0

        def f(x):
            return x * k

        def set_k(value):
            nonlocal k
            k = value

        return f, set_k

    f, set_k = make()
    g = grad(lambda x: np.sum(f(x)))
    assert g(1.0) == 2.0
    set_k(5.0)
    assert g(1.0) == 5.0
    set_k(np.array([1.0, 2.0, 3.0]))
    assert g(1.0) == 6.0
    set_k(True)
    assert g(1.0) == 1.0
    set_k(None)
    with pytest.raises((srcad.SrcadError, TypeError)):
        g(1.0)


def test_closure_function():
    def make(h):
        def f(x):
            return h(x)

        return f

    def double(x):
        return 2.0 * x

    def triple(x):
        return 3.0 * x

    f, g = make(double), make(triple)
    assert f.__code__ is g.__code__
    df, dg = grad(f), grad(g)
    assert df(1.0) == 2.0 and dg(1.0) == 3.0 and df(1.0) == 2.0
    assert grad(lambda x: f(x) + g(x) * 10.0)(1.0) == 32.0
    assert jvp(f, (1.0,), (1.0,))[1] == 2.0 and jvp(g, (1.0,), (1.0,))[1] == 3.0


def test_two_closures_with_different_data():
    def make(k):
        def f(x):
            for _ in range(2):
                x = x * k
            return x

        return f

    two, three = make(2.0), make(3.0)
    assert grad(lambda x: two(x) + three(x))(1.0) == 13.0
    assert vjp(two, 1.0)[1](1.0)[0] == 4.0 and vjp(three, 1.0)[1](1.0)[0] == 9.0


def reads_globals(x):
    return np.sum(x * FACTOR * WEIGHTS)


def test_global_number_and_array(monkeypatch):
    g = grad(reads_globals)
    assert g(1.0) == 6.0
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    assert g(1.0) == 9.0
    assert len(g.variants) == 1
    monkeypatch.setitem(globals(), "FACTOR", 3)
    assert g(1.0) == 9.0
    monkeypatch.setitem(globals(), "FACTOR", np.float32(3))
    assert g(1.0) == 9.0
    monkeypatch.setitem(globals(), "WEIGHTS", np.array([[1.0], [2.0], [4.0]]))
    assert g(1.0) == 21.0
    monkeypatch.setitem(globals(), "WEIGHTS", 2.0)
    assert g(1.0) == 6.0
    assert grad(lambda x: np.sum(x * WEIGHTS))(np.ones(3)).shape == (3,)
    monkeypatch.delitem(globals(), "FACTOR")
    with pytest.raises((srcad.SrcadError, NameError)):
        g(1.0)


def test_global_array_changed_in_place():
    g = grad(reads_globals)
    assert g(1.0) == 6.0
    WEIGHTS[0] = 10.0
    try:
        assert g(1.0) == 24.0
    finally:
        WEIGHTS[0] = 1.0


def chooses(x):
    if NAME == "sin":
        return np.sin(x)
    return x * OPTIONS["scale"]


def test_global_string_and_dict(monkeypatch):
    g = grad(chooses)
    assert g(0.0) == 1.0
    monkeypatch.setitem(globals(), "NAME", "scale")
    assert g(0.0) == 2.0
    monkeypatch.setitem(OPTIONS, "scale", 7.0)
    assert g(0.0) == 7.0
    monkeypatch.setitem(OPTIONS, "more", "text")
    assert g(0.0) == 7.0


@pytest.fixture
def module(monkeypatch, tmp_path):
    (tmp_path / "user_module.py").write_text(textwrap.dedent("""
        RATE = 2.0

        def f(x):
            return RATE * x

        class Config:
            gain = 3.0
    """))
    monkeypatch.syspath_prepend(tmp_path)
    import importlib

    yield importlib.import_module("user_module")
    sys.modules.pop("user_module")


def test_attribute_of_a_module_of_the_users(module):
    def outer(x):
        return module.f(x) + module.RATE * x + module.Config.gain * x

    g = grad(outer)
    assert g(1.0) == 7.0
    module.RATE = 10.0
    assert g(1.0) == 23.0
    module.Config.gain = 0.0
    assert g(1.0) == 20.0
    module.f = other
    assert g(1.0) == 15.0


def test_reloaded_module(module, tmp_path):
    import importlib

    g = grad(lambda x: module.f(x))
    assert g(1.0) == 2.0
    path = tmp_path / "user_module.py"
    path.write_text(path.read_text().replace("RATE * x", "RATE * x * x * x * 1.0"))
    importlib.invalidate_caches()
    importlib.reload(module)
    assert g(1.0) == 6.0


def test_re_registered_rule():
    def f(x):
        return x * x

    g = grad(lambda x: f(x))
    derivatives = (g, grad(f), grad(g))
    assert [d(1.0) for d in derivatives] == [2.0, 2.0, 2.0]
    elementwise(f)(lambda y, x: 10.0 * x)
    assert [d(1.0) for d in derivatives] == [10.0, 10.0, 10.0]
    elementwise(f)(lambda y, x: 20.0 * x)
    assert [d(1.0) for d in derivatives] == [20.0, 20.0, 20.0]


class Line:
    def __init__(self, slope):
        self.slope = slope

    def value(self, x):
        return self.slope * x

    def __call__(self, x):
        return self.slope * x * 2.0


def test_bound_methods_of_two_instances():
    two, three = Line(2.0), Line(3.0)
    g, h = grad(two.value), grad(three.value)
    assert g(1.0) == 2.0 and h(1.0) == 3.0 and g(1.0) == 2.0
    assert jvp(two.value, (1.0,), (1.0,))[1] == 2.0 and jvp(three.value, (1.0,), (1.0,))[1] == 3.0
    two.slope = 7.0
    assert g(1.0) == 7.0
    two.slope = np.float32(4)
    assert g(1.0) == 4.0
    assert grad(two)(1.0) == 8.0 and grad(three)(1.0) == 6.0
    assert grad(lambda x: two.value(x) + three.value(x) * 10.0)(1.0) == 34.0


def test_bound_method_as_a_free_name():
    line = Line(2.0)
    method = line.value
    g = grad(lambda x: method(x))
    assert g(1.0) == 2.0
    line.slope = 3.0
    assert g(1.0) == 3.0
    assert len(g.variants) == 1


def test_replaced_method(monkeypatch):
    line = Line(2.0)
    g, h = grad(line.value), grad(lambda x: line.value(x))
    assert g(1.0) == 2.0 and h(1.0) == 2.0
    monkeypatch.setattr(Line, "value", lambda self, x: self.slope * x * 10.0)
    assert h(1.0) == 20.0
    assert grad(line.value)(1.0) == 20.0
    assert g(1.0) == 2.0          # the bound method that was given is still that of before, as in Python


def test_attribute_that_becomes_a_function():
    line = Line(2.0)
    line.act = other
    g = grad(lambda x: line.act(x))
    assert g(1.0) == 5.0
    line.act = callee
    assert g(1.0) == 3.0


def define(text: str, names: dict) -> types.FunctionType:
    filename = f"<defined {len(text)} {id(names)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), names)
    return names["f"]


def test_function_defined_again_under_its_name():
    names: dict = {}
    f = define("def f(x):\n    return 2.0 * x\n", names)
    outer = define("def outer(x):\n    return f(x)\ng = f\n", names) and names["outer"]
    g = grad(outer)
    assert g(1.0) == 2.0
    new = define("def f(x):\n    return 30.0 * x\n", names)
    assert f is not new
    assert g(1.0) == 30.0
    assert grad(f)(1.0) == 2.0 and grad(new)(1.0) == 30.0


def test_nested_derivative_sees_changes(monkeypatch):
    inner = grad(calls_it)

    def outer(x):
        return inner(x) * FACTOR

    g = value_and_grad(outer)
    assert g(1.0) == (12.0, 12.0)
    monkeypatch.setitem(globals(), "callee", other)
    assert g(1.0) == (20.0, 20.0)
    monkeypatch.setitem(globals(), "FACTOR", 1.0)
    assert g(1.0) == (10.0, 10.0)
    second = grad(inner)
    assert second(1.0) == 10.0
    monkeypatch.undo()
    assert second(1.0) == 6.0


def test_jacobians_hessians_and_products_see_changes(monkeypatch):
    from srcad import adjoint, elementwise_grad, hessian, hvp, jacfwd, jacrev, tangent

    product, forward = hvp(calls_it), tangent(calls_it)
    derivatives = [jacfwd(calls_it), jacrev(calls_it), adjoint(calls_it), elementwise_grad(calls_it), hessian(calls_it)]
    derivatives += [lambda x: product(x, 1.0), lambda x: forward(x, 1.0)[1],
                    lambda x: jvp(calls_it, (x,), (1.0,))[1], lambda x: vjp(calls_it, x)[1](1.0)[0]]
    before = [np.ravel(d(1.0))[0] for d in derivatives]
    assert before == [6.0] * len(before)
    monkeypatch.setitem(globals(), "callee", other)
    assert [np.ravel(d(1.0))[0] for d in derivatives] == [10.0] * len(before)


def test_source_that_is_shown_is_that_of_the_latest_variant(monkeypatch):
    g = grad(calls_it)
    g(1.0)
    monkeypatch.setitem(globals(), "callee", other)
    g(1.0)
    assert "5.0" in g.source and "3.0" not in g.source


def test_pullbacks_keep_what_they_were_made_for():
    x = np.arange(3.0)
    _, pullback = vjp(lambda x: np.sin(x) * FACTOR, x)
    x[:] = 100.0
    np.testing.assert_allclose(pullback(np.ones(3))[0], np.cos(np.arange(3.0)) * FACTOR)
    np.testing.assert_allclose(pullback(np.ones(3))[0], np.cos(np.arange(3.0)) * FACTOR)


def test_cached_functions_are_refused_or_seen_through():
    scale = 1.0

    @functools.lru_cache
    def f(x):
        return x * x

    @functools.lru_cache
    def reads(x):
        return x * x * scale

    with pytest.raises(srcad.SrcadError):
        grad(f)(1.0)
    assert f(1.0) == 1.0                                     # what it remembers is not used
    assert grad(lambda x: f(x))(1.0) == grad(f.__wrapped__)(1.0) == 2.0
    with pytest.raises(srcad.SrcadError, match="earlier state"):
        grad(lambda x: reads(x))(1.0)
    scale = 3.0
    assert grad(reads.__wrapped__)(1.0) == 6.0


def test_globals_are_never_written():
    before = dict(globals())
    grad(reads_globals)(1.0)
    grad(deep)(1.0)
    assert dict(globals()) == before


def test_partials_are_read_anew():
    values = [2.0]

    def f(k, x):
        return k[0] * x

    g = grad(functools.partial(f, values))
    assert g(1.0) == 2.0
    values[0] = 5.0
    assert g(1.0) == 5.0


class Plain:
    def __init__(self, k):
        self.k = k

    def __call__(self, x):
        return self.k * x

    @property
    def twice(self):
        return 2.0 * self.k

    def method(self, x):
        return self.k * x


class Tenfold(Plain):
    def __call__(self, x):
        return 10.0 * self.k * x

    @property
    def twice(self):
        return 20.0 * self.k

    def method(self, x):
        return 10.0 * self.k * x


class Holder:
    def __init__(self, inner):
        self.inner = inner

    def __call__(self, x):
        return self.inner(x)


@pytest.mark.parametrize("use", [lambda o, x: o(x) * 2.0, lambda o, x: o.twice * x, lambda o, x: o.method(x) * 2.0],
                         ids=["call", "property", "method"])
def test_objects_of_another_class(use, monkeypatch):
    held = Plain(1.0)

    def f(x):
        return use(held, x)

    g = grad(f)
    assert g(1.0) == 2.0
    held = Tenfold(1.0)
    assert g(1.0) == 20.0
    held = Plain(3.0)
    assert g(1.0) == 6.0
    held.__class__ = Tenfold
    assert g(1.0) == 60.0
    held.__class__ = Plain
    monkeypatch.setattr(Plain, "__call__", lambda self, x: 100.0 * self.k * x)
    monkeypatch.setattr(Plain, "method", lambda self, x: 100.0 * self.k * x)
    monkeypatch.setattr(Plain, "twice", property(lambda self: 200.0 * self.k))
    assert g(1.0) == 600.0


def test_objects_inside_objects():
    holder = Holder(Plain(2.0))
    g, h = grad(holder), grad(lambda x: holder(x))
    assert g(1.0) == 2.0 and h(1.0) == 2.0
    holder.inner = Tenfold(2.0)
    assert g(1.0) == 20.0 and h(1.0) == 20.0
    holder.inner = other
    assert g(1.0) == 5.0 and h(1.0) == 5.0


def test_callable_object_whose_class_changes(monkeypatch):
    held = Plain(1.0)
    g = grad(held)
    assert g(1.0) == 1.0
    monkeypatch.setattr(Plain, "__call__", lambda self, x: 7.0 * self.k * x)
    assert g(1.0) == 7.0
    held.__class__ = Tenfold
    assert g(1.0) == 10.0


def test_a_flag_of_a_module(monkeypatch):
    """A flag in a module of the user's is looked at each time, as a flag among the globals is."""
    settings = types.ModuleType("settings")
    settings.squared = True

    def f(x):
        return x * x if settings.squared else 3.0 * x

    g = grad(f)
    assert g(5.0) == 10.0
    settings.squared = False
    assert g(5.0) == 3.0
