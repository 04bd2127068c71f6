"""What has changed since a text was written is seen: each way in which a cache may be stale."""

import os
import shutil
import sys
import time

import numpy as np
import pytest

from srcad import grad, value_and_grad, vjp
from srcad.diskcache import environment
from srcad.optimize import pipeline
from srcad.rules import registry

CALLER = """
    def helper(x):
        return {body}

    def f(x):
        return helper(x) * 2.0
"""


def changes(cache, before: str, after: str, call, names=("program", "program")) -> tuple:
    """What a call gives for two texts of a program; the second must not be answered by the first's, and not by accident."""
    first = call(cache.load(before, names[0]))
    second, count = cache.compiles(lambda: call(cache.load(after, names[1])))
    assert count == 1
    third, count = cache.compiles(lambda: call(cache.load(before, names[0])))
    assert count == 0 and np.array_equal(first, third)
    return first, second


def test_function_edited(cache):
    assert changes(cache, "def f(x):\n    return x * x", "def f(x):\n    return x * x * x",
                   lambda m: grad(m.f)(2.0)) == (4.0, 12.0)


def test_only_its_text_edited(cache):
    first, second = "def f(x):\n    y = x * x  # one\n    return y * y", "def f(x):\n    y = (x * x)\n    return y * y"
    changes(cache, first, second, lambda m: grad(m.f)(2.0))


def test_callee_edited(cache):
    assert changes(cache, CALLER.format(body="x * x"), CALLER.format(body="x ** 3"), lambda m: grad(m.f)(2.0)) == (8.0, 24.0)


def test_callee_of_a_callee_edited(cache):
    text = "def g(x):\n    return {}\n\ndef h(x):\n    for _ in range(2):\n        x = g(x)\n    return x\n\n" \
           "def f(x):\n    return h(x) * 2.0"
    assert changes(cache, text.format("x * 3.0"), text.format("x * 5.0"), lambda m: grad(m.f)(2.0)) == (18.0, 50.0)


def test_default_changed(cache):
    text = "def h(x, n={}):\n    return x * n\n\ndef f(x):\n    return h(x)"
    assert changes(cache, text.format("2.0"), text.format("3.0"), lambda m: grad(m.f)(2.0)) == (2.0, 3.0)


def test_keyword_default_changed(cache):
    text = "def h(x, *, n={}):\n    return x * n\n\ndef f(x):\n    return h(x)"
    assert changes(cache, text.format("2.0"), text.format("3.0"), lambda m: grad(m.f)(2.0)) == (2.0, 3.0)


def test_global_flag_changed(cache):
    text = "FLAG = {}\ndef f(x):\n    return x * x if FLAG else 3.0 * x"
    assert changes(cache, text.format("True"), text.format("False"), lambda m: grad(m.f)(2.0)) == (4.0, 3.0)


def test_global_number_is_read_not_stored(cache):
    text = "K = {}\ndef f(x):\n    return x * K"
    assert grad(cache.load(text.format("2.0")).f)(1.0) == 2.0
    assert cache.compiles(lambda: grad(cache.load(text.format("5.0")).f)(1.0)) == (5.0, 0)


@pytest.mark.parametrize("body", ["x * x if 1 in K else x", "x * len(K)", "x * x if 1 in A.names else x"])
def test_global_frozen_set_changed(cache, body):
    text = "K = {}\nclass A:\n    names = K\ndef f(x):\n    return " + body
    first, second = changes(cache, text.format("frozenset({1})"), text.format("frozenset({2, 3})"), lambda m: grad(m.f)(3.0))
    assert first != second


def test_frozen_set_of_what_cannot_be_described_stays_in_memory(cache):
    m = cache.load("K = frozenset({1, object()})\ndef f(x):\n    return x * x if 1 in K else x")
    assert grad(m.f)(3.0) == 6.0
    assert cache.files() == []


def test_global_of_another_kind(cache):
    text = "K = {}\ndef f(x):\n    return np.sum(x * K)"
    changes(cache, text.format("2.0"), text.format("np.ones((2, 1))"), lambda m: grad(m.f)(np.ones(1)))
    assert np.array_equal(grad(cache.load(text.format("np.ones((2, 1))")).f)(np.ones(1)), [2.0])


def test_global_rebound_to_another_function(cache):
    text = "def a(x):\n    return 2.0 * x\ndef b(x):\n    return 3.0 * x\nhelper = {}\ndef f(x):\n    return helper(x)"
    assert changes(cache, text.format("a"), text.format("b"), lambda m: grad(m.f)(1.0)) == (2.0, 3.0)


def test_helper_monkeypatched(cache):
    text = CALLER.format(body="x * x")
    assert grad(cache.load(text).f)(2.0) == 8.0
    m = cache.load(text)
    m.helper = lambda x: 7.0 * x
    assert cache.compiles(lambda: grad(m.f)(2.0)) == (14.0, 1)
    g = grad(cache.load(text).f)
    assert cache.compiles(lambda: g(2.0)) == (8.0, 0)
    sys.modules["program"].helper = lambda x: 7.0 * x              # the guards of what was loaded go on watching
    assert g(2.0) == 14.0


def test_librarys_function_monkeypatched(cache, monkeypatch):
    text = "def f(x):\n    return np.tan(x) * 2.0"
    assert grad(cache.load(text).f)(0.0) == 2.0
    with monkeypatch.context() as patch:
        patch.setattr(np, "tan", np.exp)
        assert cache.compiles(lambda: grad(cache.load(text).f)(1.0)) == (2.0 * np.exp(1.0), 1)
    assert cache.compiles(lambda: grad(cache.load(text).f)(0.0)) == (2.0, 0)


def test_builtin_shadowed(cache):
    text = "def f(x):\n    return abs(x) * 2.0"
    assert grad(cache.load(text).f)(3.0) == 2.0
    m = cache.load(text)
    m.abs = lambda x: 5.0 * x
    assert cache.compiles(lambda: grad(m.f)(3.0)) == (10.0, 1)


def test_closures_over_different_functions(cache):
    m = cache.load("def double(x):\n    return 2.0 * x\ndef treble(x):\n    return 3.0 * x\n"
                   "def made(h):\n    def inner(x):\n        return h(x) * x\n    return inner")
    assert grad(m.made(m.double))(1.0) == 4.0
    assert cache.compiles(lambda: grad(m.made(m.treble))(1.0)) == (6.0, 1)
    assert cache.compiles(lambda: (grad(m.made(m.double))(1.0), grad(m.made(m.treble))(1.0))) == ((4.0, 6.0), 0)


def test_closures_over_different_numbers(cache):
    m = cache.load("def made(k):\n    def inner(x):\n        return k * x\n    return inner")
    assert grad(m.made(2.0))(1.0) == 2.0
    assert cache.compiles(lambda: grad(m.made(3.0))(1.0)) == (3.0, 0)        # read at each call


def test_same_name_in_two_files(cache):
    text = "def f(x):\n    return {}"
    one, two = cache.load(text.format("x * x"), place="a"), cache.load(text.format("x * x * x"), place="b")
    assert (grad(one.f)(2.0), grad(two.f)(2.0)) == (4.0, 12.0)
    assert cache.compiles(lambda: (grad(two.f)(2.0), grad(one.f)(2.0))) == ((12.0, 4.0), 0)


def test_method_edited(cache):
    text = "class A:\n    def scale(self, x):\n        return {}\n    def __call__(self, x):\n        return self.scale(x)\n" \
           "a = A()\ndef f(x):\n    return a(x)"
    assert changes(cache, text.format("x * 2.0"), text.format("x * 3.0"), lambda m: grad(m.f)(1.0)) == (2.0, 3.0)


def test_base_class_edited(cache):
    text = "class B:\n    def scale(self, x):\n        return {}\nclass A(B):\n    def __call__(self, x):\n" \
           "        return self.scale(x)\ndef f(x):\n    return A()(x)"
    assert changes(cache, text.format("x * 2.0"), text.format("x * 3.0"), lambda m: grad(m.f)(1.0)) == (2.0, 3.0)


def test_field_of_a_dataclass_edited(cache):
    text = "from dataclasses import dataclass\n@dataclass\nclass P:\n    a: float\n    k: float = {}\n" \
           "def f(x):\n    p = P(x)\n    return p.a * p.k"
    assert changes(cache, text.format("2.0"), text.format("3.0"), lambda m: grad(m.f)(1.0)) == (2.0, 3.0)


def test_order_of_a_named_tuple_edited(cache):
    text = "from collections import namedtuple\nP = namedtuple('P', '{}')\ndef f(p):\n    return p.a * 2.0 + p.b * 3.0"
    call = lambda m: tuple(grad(m.f)(m.P(1.0, 2.0)))  # noqa: E731
    assert changes(cache, text.format("a b"), text.format("b a"), call) == ((2.0, 3.0), (3.0, 2.0))


def test_attribute_of_a_module(cache):
    cache.load("FLAG = True\ndef h(x):\n    return x * 2.0", "settings")
    text = "import settings\ndef f(x):\n    return settings.h(x) if settings.FLAG else 3.0 * x"
    assert grad(cache.load(text).f)(1.0) == 2.0
    cache.load("FLAG = False\ndef h(x):\n    return x * 2.0", "settings")
    assert cache.compiles(lambda: grad(cache.load(text).f)(1.0)) == (3.0, 1)
    cache.load("FLAG = True\ndef h(x):\n    return x * 5.0", "settings")
    assert cache.compiles(lambda: grad(cache.load(text).f)(1.0)) == (5.0, 1)


def test_custom_rule_edited(cache):
    text = "@custom_vjp\ndef own(x):\n    return x * x\nown.defvjp(lambda x: (x * x, x), lambda x, g: ({} * x * g,))\n" \
           "def f(x):\n    return own(x)"
    assert changes(cache, text.format("7.0"), text.format("9.0"), lambda m: grad(m.f)(1.0)) == (7.0, 9.0)


def test_derivative_among_the_globals(cache):
    text = "def h(x):\n    return {}\ndh = grad(h{})\ndef f(x):\n    return dh(x) * x"
    assert changes(cache, text.format("x * x", ""), text.format("x ** 3", ""), lambda m: grad(m.f)(1.0)) == (4.0, 9.0)
    changes(cache, text.format("x * x", ""), text.format("x * x", ", optimize=False"), lambda m: grad(m.f)(1.0))


def test_function_given_as_an_argument(cache):
    text = "def h(x):\n    return {}\ndef f(x, g):\n    return g(x)"
    assert changes(cache, text.format("x * x"), text.format("x ** 3"), lambda m: grad(m.f)(2.0, m.h)) == (4.0, 12.0)


def test_strings_and_other_statics(cache):
    m = cache.load("def f(x, how):\n    return x * x if how == 'square' else 3.0 * x")
    assert grad(m.f)(2.0, "square") == 4.0
    assert cache.compiles(lambda: grad(m.f)(2.0, "other")) == (3.0, 1)


def test_kinds_of_arguments(cache):
    m = cache.load("def f(x, y):\n    return np.sum(x * y)")
    assert np.array_equal(grad(m.f)(np.ones(3), np.ones((2, 3))), [2.0, 2.0, 2.0])
    assert cache.compiles(lambda: grad(m.f)(np.ones((2, 3)), np.ones((2, 3))).shape) == ((2, 3), 1)
    assert cache.compiles(lambda: grad(m.f)(np.ones((2, 1)), np.ones((2, 3))).tolist()) == ([[3.0], [3.0]], 1)
    assert cache.compiles(lambda: grad(m.f)(np.ones(3, np.float32), np.ones(3, np.float32)).dtype) == (np.float32, 1)


def test_options(cache):
    m = cache.load("def f(x, y):\n    return x * x * y")
    assert grad(m.f)(2.0, 3.0) == 12.0
    for call, wanted in ((lambda: grad(m.f, 1)(2.0, 3.0), 4.0), (lambda: grad(m.f, (0,))(2.0, 3.0), (12.0,)),
                         (lambda: grad(m.f, optimize=False)(2.0, 3.0), 12.0),
                         (lambda: grad(m.f, disconnected="zeros")(2.0, 3.0), 12.0),
                         (lambda: value_and_grad(m.f)(2.0, 3.0), (12.0, 12.0)),
                         (lambda: vjp(m.f, 2.0, 3.0)[0], 12.0)):
        assert cache.compiles(call) == (wanted, 1)


def test_rule_registered(cache, monkeypatch):
    text = "def opaque(x):\n    return x * x\ndef f(x):\n    return opaque(x) * 2.0"
    assert grad(cache.load(text).f)(1.0) == 4.0
    rule = "from srcad.rules import elementwise\nSCALE = {}\n@elementwise({})\ndef rule(y, x):\n    return SCALE * x\n"
    monkeypatch.setattr(registry, "RULES", dict(registry.RULES))
    monkeypatch.setattr(registry, "users", [])

    def ruled(scale, fn="opaque"):
        monkeypatch.setattr(registry, "users", [])
        m = cache.load(text + "\n" + rule.format(scale, fn))
        return grad(m.f)(1.0)

    assert cache.compiles(lambda: ruled(5.0)) == (10.0, 1)
    assert cache.compiles(lambda: ruled(5.0)) == (10.0, 0)
    assert cache.compiles(lambda: ruled(6.0)) == (12.0, 1)           # what a rule reads is fixed without a guard
    assert cache.compiles(lambda: ruled(6.0, "np.arctan")) == (4.0, 1)
    monkeypatch.setattr(registry, "users", [])
    monkeypatch.setattr(registry, "generation", registry.generation + 1)
    assert cache.compiles(lambda: grad(cache.load(text).f)(1.0)) == (4.0, 0)


def test_passes_left_out_or_watched(cache):
    m = cache.load("def f(x):\n    return x * x")
    with pipeline.without("common"):
        assert cache.compiles(lambda: grad(m.f)(1.0)) == (2.0, 1)
    assert cache.files() == []
    assert grad(m.f)(1.0) == 2.0
    with pipeline.watched(lambda *about: None):
        assert cache.compiles(lambda: grad(m.f)(1.0)) == (2.0, 1)


def test_other_surroundings(cache):
    m = cache.load("def f(x):\n    return x * x")
    assert grad(m.f)(1.0) == 2.0
    cache.surroundings = "others"
    assert cache.compiles(lambda: grad(m.f)(1.0)) == (2.0, 1)
    cache.surroundings = None                                        # not sure: nothing is read, nothing is written
    assert cache.compiles(lambda: grad(m.f)(1.0)) == (2.0, 1)


@pytest.fixture
def fresh(monkeypatch):
    """The fingerprint as a new process would take it."""
    def taken():
        monkeypatch.setattr(environment, "_first", None)
        monkeypatch.setattr(environment, "STARTED", time.time_ns() + 10**9)
        return environment.fingerprint()
    return taken


def test_other_versions(fresh, monkeypatch):
    before = fresh()
    assert before and fresh() == before
    with monkeypatch.context() as patch:
        patch.setattr(np, "__version__", "9.9")
        assert fresh() != before
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "3.99")
        assert fresh() != before
    assert fresh() == before


def test_other_files_of_srcad_gast_astunparse(fresh, monkeypatch, tmp_path):
    class Spec:
        def __init__(self, place):
            self.submodule_search_locations = [place]

    class Package:
        def __init__(self, place):
            self.__spec__ = Spec(place)

    import gast

    place = str(tmp_path / "gast")
    shutil.copytree(os.path.dirname(gast.__file__), place)
    monkeypatch.setitem(sys.modules, "gast", Package(place))
    before = fresh()
    assert before and fresh() == before
    (tmp_path / "gast" / "gast.py").write_text("# another")
    assert fresh() != before
    # What is newer than this process may not be what it runs.
    monkeypatch.setattr(environment, "_first", None)
    monkeypatch.setattr(environment, "STARTED", time.time_ns() - 10**12)
    assert environment.fingerprint() is None


def test_srcad_changed_while_it_runs(fresh, monkeypatch):
    assert fresh()
    assert environment.fingerprint(again=True)
    monkeypatch.setattr(environment, "STARTED", 0)
    assert environment.fingerprint(again=True)                       # nothing has been loaded since
    monkeypatch.setitem(sys.modules, "srcad.later", sys)
    assert environment.fingerprint(again=True) is None
    assert environment.fingerprint() is None


def test_what_cannot_be_described_stays_in_memory(cache):
    m = cache.load("odd = np.frompyfunc(lambda x: x, 1, 1)\ndef f(x, g):\n    return x * x")
    assert grad(m.f)(2.0, m.odd) == 4.0
    assert cache.files() == []
