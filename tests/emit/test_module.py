"""Comments, places, and the loaded function."""

import gc
import inspect
import linecache
import math
import operator
import traceback

from srcad.emit import emit, load, user_location
from srcad.errors import Location
from srcad.trace import intrinsics as ops
from srcad.trace.ir import Apply, Block, Comment, Function, Lit, Param, Var

from .build import Code, bar, function, lines, text


def lecture() -> Function:
    """The adjoint of log(x1) + x1 * x2 - sin(x2), before anything is simplified."""
    x1, x2, seed = Var("x1"), Var("x2"), Var("result_bar")
    line = "    return math.log(x1) + x1 * x2 - math.sin(x2)"
    primal, reverse = Code(), Code()
    v1 = primal.do(math.log, x1, line=line)
    v2 = primal.mul(x1, x2, line=line)
    v3 = primal.add(v1, v2, line=line)
    v4 = primal.do(math.sin, x2, line=line)
    v5 = primal.do(operator.sub, v3, v4, line=line)
    s1, s2, s3, s4, s5 = primal.stmts
    b5 = reverse.do(ops.copy_value, seed, to=bar(v5))
    b3 = reverse.do(ops.copy_value, b5, to=bar(v3), origin=s5)
    b4 = reverse.do(operator.neg, b5, to=bar(v4), origin=s5)
    x2_bar = reverse.mul(b4, reverse.do(math.cos, x2, origin=s4), to=bar(x2), origin=s4)
    b1 = reverse.do(ops.copy_value, b3, to=bar(v1), origin=s3)
    b2 = reverse.do(ops.copy_value, b3, to=bar(v2), origin=s3)
    x1_bar = reverse.mul(b2, x2, to=bar(x1), origin=s2)
    x2_bar = reverse.add(x2_bar, reverse.mul(b2, x1, origin=s2), to=bar(x2), origin=s2)
    x1_bar = reverse.add(x1_bar, reverse.do(operator.truediv, b1, x1, origin=s1), to=bar(x1), origin=s1)
    result = reverse.tuple(x1_bar, x2_bar)
    stmts = [Comment("forward primal trace"), *primal.stmts, Comment("reverse adjoint trace"), *reverse.stmts]
    params = [Param(x1), Param(x2), Param(seed, default=Lit(1.0))]
    return Function("f_adjoint", params, Block(stmts, (result,)))


def test_the_textbook_form():
    assert text(lecture(), fold=False) == lines("""
        def f_adjoint(x1, x2, result_bar=1.0):
            # forward primal trace
            v1 = math.log(x1)
            v2 = x1 * x2
            v3 = v1 + v2
            v4 = math.sin(x2)
            v5 = v3 - v4
            # reverse adjoint trace
            v5_bar = result_bar
            v3_bar = v5_bar                  # v5 = v3 - v4
            v4_bar = -v5_bar
            x2_bar = v4_bar * math.cos(x2)   # v4 = math.sin(x2)
            v1_bar = v3_bar                  # v3 = v1 + v2
            v2_bar = v3_bar
            x1_bar = v2_bar * x2             # v2 = x1 * x2
            x2_bar = x2_bar + v2_bar * x1
            x1_bar = x1_bar + v1_bar / x1    # v1 = math.log(x1)
            return x1_bar, x2_bar
    """)


def test_both_forms_compute_the_gradient():
    for fold in (False, True):
        fn = load(emit([lecture()], fold=fold), "f_adjoint")
        assert fn(2.0, 5.0) == (5.5, 2.0 - math.cos(5.0))
        assert fn(2.0, 5.0, result_bar=2.0) == (11.0, 2.0 * (2.0 - math.cos(5.0)))


def test_the_users_line_is_quoted_once():
    x = Var("x")
    primal, code = Code(), Code()
    primal.do(math.sin, x, line="    y = math.sin(x) * 2.0")
    primal.mul(primal.stmts[0].target, 2.0, line="    y = math.sin(x) * 2.0")
    first, second = primal.stmts
    a = code.do(print, x, to="a", origin=second)
    b = code.mul(a, 2.0, to="b", origin=first)
    c = code.mul(b, b, to="c")
    d = code.mul(c, b, to="d", origin=first)
    fn = function([x], code.gives(d), header="f at user.py")
    assert text(fn) == lines("""
        def f(x):
            # f at user.py
            a = print(x)   # y = math.sin(x) * 2.0
            b = a * 2.0
            c = b * b
            d = c * b      # y = math.sin(x) * 2.0
            return d
    """)
    assert "#" not in text(fn, comments=False).replace("# f at user.py", "")


def test_an_operation_of_values_that_are_not_there_is_quoted_as_the_user_wrote_it():
    x, absent = Var("x"), Var("")
    code = Code()
    origin = Apply(Var(""), math.sin, (absent,), (), Location("user.py", 3, text="    y = math.sin(x * x)"))
    y = code.mul(x, 2.0, to=bar(absent), origin=origin)
    assert text(function([x], code.gives(y)), fold=False) == lines("""
        def f(x):
            v1_bar = x * 2.0   # y = math.sin(x * x)
            return v1_bar
    """)


def test_python_can_show_the_source():
    module = emit([lecture()], fold=True)
    fn = load(module, "f_adjoint")
    assert inspect.getsource(fn) == module.source
    assert fn.__code__.co_filename.startswith("<srcad f_adjoint ")
    assert str(inspect.signature(fn)) == "(x1, x2, result_bar=1.0)"


def test_several_functions_in_one_module():
    x, a = Var("x"), Var("a")
    inner, code = Code(), Code()
    square = function([a], inner.gives(inner.mul(a, a)), name="square")
    main = function([x], code.gives(code.add(code.do(square, x), 1.0)), name="main")
    module = emit([main, square], fold=True)
    fn = load(module, "main")
    assert fn(3.0) == 10.0
    assert [t.name for t in module.functions] == ["main", "square"] and module.main == "main"
    assert inspect.getsource(fn.__globals__["square"]) == module.functions[1].source
    assert module.imports == {}
    assert len(module.lines) == len(module.source.splitlines())


def test_functions_that_call_each_other():
    n, m = Var("n"), Var("m")
    even, odd = Function("even", [Param(n)], Block()), Function("odd", [Param(m)], Block())
    for fn, var, other, base in ((even, n, odd, True), (odd, m, even, False)):
        code, rest, result = Code(), Code(), Var("")
        rest_value = rest.do(other, rest.do(operator.sub, var, 1))
        code.when(code.do(operator.eq, var, 0), Code().gives(base), rest.gives(rest_value), result)
        fn.body = code.gives(result)
    module = emit([even, odd], fold=True)
    assert load(module, "even")(10) is True and load(module, "even")(7) is False


def test_lines_know_the_users_place():
    x = Var("x")
    place = Location("user.py", 12, 4, text="    y = 1.0 / x", function="f")
    code = Code()
    code.do(operator.truediv, 1.0, x, to="y")
    code.stmts[-1].loc = place
    fn = load(emit([function([x], code.gives(code.stmts[-1].target))], fold=True), "f")
    try:
        fn(0.0)
    except ZeroDivisionError as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        assert frame.line == "y = 1.0 / x"
        assert user_location(frame.filename, frame.lineno) == place
    assert user_location(fn.__code__.co_filename, 1000) is None
    assert user_location("elsewhere.py", 1) is None


def test_a_function_that_is_gone_leaves_nothing_behind():
    fn = load(emit([lecture()], fold=True), "gone")
    filename = fn.__code__.co_filename
    assert filename in linecache.cache
    del fn
    gc.collect()
    assert filename not in linecache.cache
    assert user_location(filename, 1) is None


def test_a_comment_does_not_repeat_the_line_above():
    x, code = Var("x"), Code()
    v = code.do(math.sin, x)
    v_dot = code.do(math.cos, x, to=bar(v, "_dot"), origin=code.stmts[0])
    fn = function([x], code.gives(code.tuple(v, v_dot)))
    assert "#" not in text(fn, fold=False)
