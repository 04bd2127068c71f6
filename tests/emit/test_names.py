"""What values, parameters, functions and modules are called."""

import inspect
import math
import operator

import numpy as np
import pytest

from srcad.trace import intrinsics as ops
from srcad.trace.ir import Lit, Param, Var

from .build import Code, bar, function, lines, run, text


def test_temporaries_are_numbered_around_the_users_names():
    x, v2 = Var("x"), Var("v2")
    code = Code()
    a = code.mul(x, x)
    b = code.add(a, v2)
    c = code.mul(b, a)
    assert text(function([x, v2], code.gives(c)), fold=False) == lines("""
        def f(x, v2):
            v1 = x * x
            v3 = v1 + v2
            v4 = v3 * v1
            return v4
    """)


def test_straight_line_versions_have_names_of_their_own():
    x = Var("x")
    code = Code()
    second = code.mul(x, x, to="x")
    third = code.add(second, x, to="x")
    taken = code.add(third, 1.0, to="x_1")
    assert text(function([x], code.gives(code.tuple(second, third, taken)))) == lines("""
        def f(x):
            x_2 = x * x
            x_3 = x_2 + x
            x_1 = x_3 + 1.0
            return x_2, x_3, x_1
    """)


def test_derived_names():
    x, x_bar_of_the_user = Var("x"), Var("x_bar")
    code = Code()
    a = code.mul(x, x)
    first = code.mul(a, 2.0, to=bar(a))
    second = code.mul(first, x, to=bar(x))
    third = code.add(second, x_bar_of_the_user, to=bar(x))
    fourth = code.add(third, third, to=bar(third, "_dot"))
    fn = function([x, x_bar_of_the_user], code.gives(code.tuple(a, third, fourth)))
    assert text(fn, fold=False) == lines("""
        def f(x, x_bar):
            v1 = x * x
            v1_bar = v1 * 2.0
            x_bar_1 = v1_bar * x
            x_bar_1 = x_bar_1 + x_bar
            x_bar_1_dot = x_bar_1 + x_bar_1
            return v1, x_bar_1, x_bar_1_dot
    """)


def test_a_value_derived_from_one_that_is_not_there():
    x, absent, absent_too = Var("x"), Var(""), Var("y")
    code = Code()
    a = code.mul(x, 2.0, to=bar(absent))
    b = code.mul(x, 3.0, to=bar(absent_too))
    c = code.add(a, b)
    assert text(function([x], code.gives(c)), fold=False) == lines("""
        def f(x):
            v1_bar = x * 2.0
            y_bar = x * 3.0
            v2 = v1_bar + y_bar
            return v2
    """)


@pytest.mark.parametrize("fold", [False, True])
def test_libraries_make_way_for_the_user(fold):
    math_, np_, sin = Var("math"), Var("np"), Var("abs")
    code = Code()
    a = code.do(math.sin, math_)
    b = code.do(np.cos, np_)
    c = code.do(abs, sin)
    total = code.add(code.add(a, b), c)
    fn = function([math_, np_, sin], code.gives(total))
    assert text(fn, fold=True) == lines("""
        def f(math, np, abs):
            return math_1.sin(math) + np_1.cos(np) + abs_1(abs)
    """)
    assert run(fn, 0.0, 0.0, -2.0, fold=fold) == 3.0


def test_a_users_function_that_is_called_like_a_local_name():
    def double(x):
        return 2.0 * x

    x = Var("double")
    code = Code()
    fn = function([x], code.gives(code.do(double, x)), name="double_grad")
    assert text(fn) == lines("""
        def double_grad(double):
            return double_1(double)
    """)
    assert run(fn, 4.0) == 8.0


def test_two_functions_of_one_name():
    def make(factor):
        def scale(x):
            return factor * x

        return scale

    first, second = make(2.0), make(3.0)
    x = Var("x")
    code = Code()
    fn = function([x], code.gives(code.do(first, code.do(second, x))))
    assert text(fn) == lines("""
        def f(x):
            return scale_1(scale(x))
    """)
    assert run(fn, 2.0) == 12.0


def test_a_function_may_have_a_local_called_like_itself():
    f = Var("f")
    code = Code()
    assert text(function([f], code.gives(code.mul(f, f)))) == lines("""
        def f(f):
            return f * f
    """)


def test_one_loop_variable_in_two_loops():
    n, s1, s2, i1, i2 = Var("n"), Var("s"), Var("s"), Var("i"), Var("i")
    first, second, code = Code(), Code(), Code()
    a, b = first.add(s1, i1), second.mul(s2, i2)
    code.loop([(i1, code.do(range, n))], [s1], [0.0], first.gives(a))
    code.loop([(i2, code.do(range, n))], [s2], [s1], second.gives(b))
    assert text(function([n], code.gives(s2))) == lines("""
        def f(n):
            s = 0.0
            for i in range(n):
                s = s + i
            for i in range(n):
                s = s * i
            return s
    """)


def test_locals_of_different_arms_share_their_name():
    x, c, y = Var("x"), Var("c"), Var("y")
    arms, code = [Code(), Code()], Code()
    values = []
    for k, arm in enumerate(arms):
        t = arm.mul(x, float(k), to="t")
        values.append(arm.mul(t, t))
    code.when(c, arms[0].gives(values[0]), arms[1].gives(values[1]), y)
    assert text(function([x, c], code.gives(code.add(y, 1.0)))) == lines("""
        def f(x, c):
            if c:
                t = x * 0.0
                y = t * t
            else:
                t = x * 1.0
                y = t * t
            return y + 1.0
    """)


def test_a_replayed_value_has_its_old_name():
    x, v, i, tape = Var("x"), Var(""), Var("i"), Var("tape")
    forward, reverse, code = Code(), Code(), Code()
    code.do(ops.new_tape, to=tape)
    forward.do(operator.mul, x, i, to=v)
    forward.do(ops.push, tape, v)
    code.loop([(i, code.do(range, 3))], [], [], forward.gives())
    again, total, new = bar(v, ""), bar(x), bar(x)
    reverse.add(total, reverse.mul(again, again), to=new)
    code.loop([(again, code.do(ops.rewind, tape))], [total], [0.0], reverse.gives(new))
    assert text(function([x], code.gives(total)), fold=False) == lines("""
        def f(x):
            tape = []
            for i in range(3):
                v1 = x * i
                tape.append(v1)
            x_bar = 0.0
            for v1 in tape[::-1]:
                v2 = v1 * v1
                x_bar = x_bar + v2
            return x_bar
    """)


def test_the_users_underscore_is_not_overwritten():
    underscore, n, s, new = Var("_"), Var("n"), Var("s"), Var("s")
    body, code = Code(), Code()
    body.add(s, underscore, to=new)
    code.loop([(Var(), code.do(range, n))], [s], [0.0], body.gives(new))
    fn = function([underscore, n], code.gives(s))
    assert "for __1 in" in text(fn)
    assert run(fn, 2.0, 3) == 6.0


def test_parameters_are_printed_as_they_may_be_passed():
    P = inspect.Parameter
    a, b, args, c, d, rest = (Var(n) for n in ("a", "b", "args", "c", "d", "rest"))
    params = [Param(a, P.POSITIONAL_ONLY), Param(b, P.POSITIONAL_OR_KEYWORD, Lit(1.0)), Param(args, P.VAR_POSITIONAL),
              Param(c, P.KEYWORD_ONLY), Param(d, P.KEYWORD_ONLY, Lit(None)), Param(rest, P.VAR_KEYWORD)]
    fn = function(params, Code().gives(a))
    assert text(fn).startswith("def f(a, /, b=1.0, *args, c, d=None, **rest):\n")
    without = function([*params[:2], *params[3:5]], Code().gives(a))
    assert text(without).startswith("def f(a, /, b=1.0, *, c, d=None):\n")


def test_text_is_the_same_every_time():
    def build():
        x, n, s, i = Var("x"), Var("n"), Var("s"), Var("i")
        body, code = Code(), Code()
        new = body.add(s, body.mul(x, i))
        code.loop([(i, code.do(range, n))], [s], [0.0], body.gives(new))
        return function([x, n], code.gives(code.do(np.sin, s)))

    assert text(build()) == text(build())
