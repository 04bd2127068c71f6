"""What is found again by another process, and that it is the same."""

import inspect
import os
import pickle
import subprocess
import sys
import traceback

import numpy as np
import pytest

from srcad import adjoint, grad, hessian, jvp, value_and_grad, vjp

PROGRAM = """
    W, K, FLAG = np.ones(3), 2.0, True

    def helper(x, p=2):
        return np.tanh(x) ** p

    def f(x, y):
        z = np.sin(x) * K
        if FLAG:
            z = z + helper(y)
        for i in range(3):
            z = z * np.cos(y) + i
        return np.sum(z * W)

    class Layer:
        def __init__(self, w):
            self.w = w

        def __call__(self, x):
            return np.tanh(self.w * x)

    def through(layer, x):
        return layer(x) * 2.0

    layer = Layer(3.0)

    def holds_one(x):
        return layer(x)

    def scaled(k):
        def inner(x):
            return x * x * k
        return inner

    inner = scaled(3.0)
    second = grad(lambda x: grad(f_scalar)(x) * x)

    def f_scalar(x):
        return math.sin(x) * x

    @custom_vjp
    def own(x):
        return x * x

    own.defvjp(lambda x: (x * x, x), lambda x, g: (7.0 * x * g,))

    def uses_own(x):
        return own(x) + x

    from dataclasses import dataclass

    @dataclass
    class State:
        a: float
        b: object

        def energy(self):
            return self.a * np.sum(self.b)

    def of_state(state):
        return state.energy() ** 2

    def points(x, flag="a", pair=(1.0, 2)):
        return x * pair[0] if flag == "a" else x * x * pair[1]
"""
X, Y = np.arange(3.0) + 1, np.arange(3.0) / 10

CALLS = {
    "arrays": lambda m: grad(m.f, argnums=(0, 1))(X, Y),
    "value": lambda m: value_and_grad(m.f)(X, Y),
    "pair": lambda m: (vjp(m.f, X, Y)[0], vjp(m.f, X, Y)[1](1.0)),
    "tangent": lambda m: jvp(m.f, (X, Y), (Y, X)),
    "adjoint of an array": lambda m: adjoint(m.helper)(X, 2, result_bar=Y),
    "textbook": lambda m: grad(m.f, optimize=False)(X, Y),
    "a method": lambda m: grad(m.layer)(0.5),
    "an object among the globals": lambda m: grad(m.holds_one)(0.5),
    "a closure": lambda m: grad(m.inner)(0.5),
    "second order": lambda m: hessian(m.f_scalar)(0.5),
    "a derivative inside": lambda m: m.second(0.5),
    "a rule of its own": lambda m: grad(m.uses_own)(0.5),
    "a library's function": lambda m: grad(np.sin)(0.5),
    "an object as argument": lambda m: (lambda s: (s.a, s.b))(grad(m.of_state)(m.State(2.0, X))),
    "strings and tuples": lambda m: (grad(m.points)(0.5), grad(m.points)(0.5, "b", (1.0, 3))),
    "a function as argument": lambda m: grad(lambda f, x: f(x), argnums=1)(m.f_scalar, 0.5),
}


@pytest.mark.parametrize("name", CALLS)
def test_found_again(cache, name):
    first, count = cache.compiles(lambda: CALLS[name](cache.load(PROGRAM)))
    again, none = cache.compiles(lambda: CALLS[name](cache.load(PROGRAM)))
    assert count >= 1 and none == 0
    for a, b in zip(np.atleast_1d(np.asarray(flat(first))), np.atleast_1d(np.asarray(flat(again)))):
        assert np.array_equal(a, b)


def flat(value) -> np.ndarray:
    return np.concatenate([flat(v) for v in value]) if isinstance(value, tuple) else np.ravel(np.asarray(value, float))


def test_text_and_trace_are_the_same(cache):
    first = grad(cache.load(PROGRAM).f)
    first(X, Y)
    again = grad(cache.load(PROGRAM).f)
    _, count = cache.compiles(lambda: again(X, Y))
    assert count == 0 and again.source == first.source
    assert inspect.getsource(again.variants[0].function).strip() in first.source
    assert str(again.trace) == str(first.trace) or again.trace.name == first.trace.name
    assert pickle.loads(pickle.dumps(grad(np.sin)))(0.0) == 1.0


def test_moved_lines_are_bound_when_it_is_loaded(cache):
    text = ("def f(x):\n    y = x * x\n    return g(y)\n\ndef g(y):\n    for _ in range(2):\n"
            "        y = y / math.sqrt(y - 4.0)\n    return y\n")
    m = cache.load(text)
    assert grad(m.f)(4.0) is not None
    m = cache.load("\n\n\nA = 1\n" + text)
    with pytest.raises(ZeroDivisionError) as caught:
        grad(m.f)(2.0)
    assert cache.compiled == 1
    shown = "".join(traceback.format_exception(caught.value))
    assert 'program.py", line 15, in g' in shown and "y = y / math.sqrt(y - 4.0)" in shown


def test_a_warm_start_loads_no_compiler(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import sys, numpy as np, srcad\n"
                       "def f(x):\n    return np.sum(np.sin(x) * x)\n"
                       "print(srcad.grad(f)(np.ones(3))[0], 'srcad.compile' in sys.modules, 'gast' in sys.modules)\n")
    environment = {"SRCAD_CACHE_DIR": str(tmp_path / "cache"), "SRCAD_CACHE": "1"}
    runs = [subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True,
                           env=os.environ | environment).stdout.split() for _ in range(2)]
    assert runs[0][0] == runs[1][0]
    assert runs[0][1:] == ["True", "True"] and runs[1][1:] == ["False", "False"]
