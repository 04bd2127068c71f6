"""Branches and loops as text."""

import math
import operator

import pytest

from srcad.errors import VerifyError
from srcad.trace import intrinsics as ops
from srcad.trace.ir import UNDEF, Comment, Lit, Var
from srcad.trace.kinds import FLOAT

from .build import Code, bar, function, lines, run, text

NOTHING = Lit(UNDEF)


def test_a_loop_carries_a_value_under_one_name():
    x, n, s, s_next, i = Var("x"), Var("n"), Var("s"), Var("s"), Var("i")
    body, code = Code(), Code()
    body.add(s, body.mul(x, i), to=s_next)
    code.loop([(i, code.do(range, n))], [s], [0.0], body.gives(s_next))
    fn = function([x, n], code.gives(s))
    assert text(fn) == lines("""
        def f(x, n):
            s = 0.0
            for i in range(n):
                s = s + x * i
            return s
    """)
    assert text(fn, fold=False) == lines("""
        def f(x, n):
            s = 0.0
            for i in range(n):
                v1 = x * i
                s = s + v1
            return s
    """)


def test_a_swap_is_a_swap():
    a, b, a_c, b_c, n = Var("a"), Var("b"), Var("a"), Var("b"), Var("n")
    code = Code()
    code.loop([(Var(), code.do(range, n))], [a_c, b_c], [a, b], Code().gives(b_c, a_c))
    fn = function([a, b, n], code.gives(code.tuple(a_c, b_c)))
    assert text(fn) == lines("""
        def f(a, b, n):
            for _ in range(n):
                a, b = b, a
            return a, b
    """)


def test_values_that_depend_on_each_other_are_assigned_at_once():
    a, b, a_c, b_c, n = Var("a"), Var("b"), Var("a"), Var("b"), Var("n")
    body, code = Code(), Code()
    both = body.add(a_c, b_c)
    code.loop([(Var(), code.do(range, n))], [a_c, b_c], [a, b], body.gives(b_c, both))
    fn = function([a, b, n], code.gives(a_c))
    assert text(fn) == lines("""
        def f(a, b, n):
            for _ in range(n):
                a, b = b, a + b
            return a
    """)
    assert text(fn, fold=False) == lines("""
        def f(a, b, n):
            for _ in range(n):
                v1 = a + b
                a = b
                b = v1
            return a
    """)
    assert run(fn, 0, 1, 10) == run(fn, 0, 1, 10, fold=False) == 55


def test_a_copy_between_the_users_words_stays():
    x, best_c, n = Var("x"), Var("best"), Var("n")
    body, code = Code(), Code()
    t = body.do(math.sin, best_c, to="t")
    code.loop([(Var(), code.do(range, n))], [best_c], [x], body.gives(t))
    assert text(function([x, n], code.gives(best_c))) == lines("""
        def f(x, n):
            best = x
            for _ in range(n):
                t = math.sin(best)
                best = t
            return best
    """)


def test_arms_give_one_name():
    x, y1, y2, y = Var("x"), Var("y"), Var("y"), Var("y")
    then, orelse, code = Code(), Code(), Code()
    then.mul(x, 2.0, to=y1)
    orelse.do(operator.neg, x, to=y2)
    code.when(code.do(operator.gt, x, 0.0), then.gives(y1), orelse.gives(y2), y)
    z = code.add(y, 1.0, to="z")
    assert text(function([x], code.gives(z))) == lines("""
        def f(x):
            if x > 0.0:
                y = x * 2.0
            else:
                y = -x
            z = y + 1.0
            return z
    """)


def test_an_arm_that_changes_nothing_is_left_out():
    x, c, y1, y = Var("x"), Var("c"), Var("x"), Var("x")
    orelse, code = Code(), Code()
    orelse.mul(x, 2.0, to=y1)
    code.when(c, Code().gives(x), orelse.gives(y1), y)
    assert text(function([x, c], code.gives(code.add(y, 1.0)))) == lines("""
        def f(x, c):
            if not c:
                x = x * 2.0
            return x + 1.0
    """)


def test_a_conditional_expression():
    x, c = Var("x"), Var("c")
    then, code = Code(), Code()
    chosen = code.when(c, then.gives(then.mul(x, 2.0)), Code().gives(0.0), Var())
    fn = function([x, c], code.gives(code.add(chosen, x)))
    assert text(fn) == lines("""
        def f(x, c):
            return (x * 2.0 if c else 0.0) + x
    """)
    assert text(fn, fold=False) == lines("""
        def f(x, c):
            if c:
                v1 = x * 2.0
            else:
                v1 = 0.0
            v2 = v1 + x
            return v2
    """)


def test_and_or():
    x, y = Var("x"), Var("y")
    for symbol, reverse in (("and", False), ("or", True)):
        inner, code = Code(), Code()
        first = code.do(operator.lt, x, y)
        second = inner.gives(inner.do(operator.lt, y, 1.0))
        arms = (Code().gives(first), second) if reverse else (second, Code().gives(first))
        both = code.when(first, *arms, Var())
        assert text(function([x, y], code.gives(both))) == lines(f"""
            def f(x, y):
                return x < y {symbol} y < 1.0
        """)


def test_elif():
    x, outer, inner = Var("x"), Var("y"), Var("y")
    code, orelse = Code(), Code()
    big = orelse.do(operator.gt, x, 9.0)
    arms = []
    for factor in (2.0, 3.0, 4.0):
        arm = Code()
        arms.append(arm.gives(arm.mul(x, factor, to="y")))
    orelse.when(big, arms[1], arms[2], inner)
    code.when(code.do(operator.lt, x, 0.0), arms[0], orelse.gives(inner), outer)
    assert text(function([x], code.gives(code.add(outer, 1.0)))) == lines("""
        def f(x):
            if x < 0.0:
                y = x * 2.0
            elif x > 9.0:
                y = x * 3.0
            else:
                y = x * 4.0
            return y + 1.0
    """)


def test_early_returns():
    x, result, inner = Var("x"), Var("result"), Var("result")
    code, rest, then = Code(), Code(), Code()
    then.do(print, x)
    rest.when(rest.do(operator.gt, x, 9.0), Code().gives(9.0), Code().gives(x), inner)
    code.when(code.do(operator.lt, x, 0.0), then.gives(0.0), rest.gives(inner), result)
    assert text(function([x], code.gives(result)), fold=False) == lines("""
        def f(x):
            v1 = x < 0.0
            if v1:
                print(x)
                return 0.0
            v2 = x > 9.0
            if v2:
                return 9.0
            return x
    """)
    assert text(function([x], code.gives(result))) == lines("""
        def f(x):
            if x < 0.0:
                print(x)
                return 0.0
            return 9.0 if x > 9.0 else x
    """)


def test_raise_needs_no_else():
    x, y = Var("x"), Var("y")
    then, orelse, code = Code(), Code(), Code()
    error = then.do(ValueError, "x < 0")
    then.do(ops.raise_, error, NOTHING)
    y1 = orelse.do(math.sqrt, x, to="y")
    code.when(code.do(operator.lt, x, 0.0), then.gives(NOTHING), orelse.gives(y1), y)
    fn = function([x], code.gives(code.mul(y, y)))
    assert text(fn) == lines("""
        def f(x):
            if x < 0.0:
                raise ValueError('x < 0')
            y = math.sqrt(x)
            return y * y
    """)


def test_while():
    x, y, y_next = Var("x"), Var("y"), Var("y")
    test, body, code = Code(), Code(), Code()
    far = test.do(operator.gt, test.mul(y, y), 2.0)
    body.mul(y, 0.5, to=y_next)
    code.loop_while([y], [x], test.gives(far), body.gives(y_next))
    fn = function([x], code.gives(y))
    assert text(fn) == lines("""
        def f(x):
            y = x
            while y * y > 2.0:
                y = y * 0.5
            return y
    """)
    assert text(fn, fold=False) == lines("""
        def f(x):
            y = x
            while True:
                v1 = y * y
                v2 = v1 > 2.0
                if not v2:
                    break
                y = y * 0.5
            return y
    """)


def test_break():
    x, s, s_next, s_last, i, stop = Var("x"), Var("s"), Var("s"), Var("s"), Var("i"), Var()
    orelse, body, code = Code(), Code(), Code()
    orelse.add(s, i, to=s_next)
    body.when(body.do(operator.gt, s, x), Code().gives(s, True), orelse.gives(s_next, False), s_last, stop)
    code.loop([(i, code.do(range, 9))], [s], [0.0], body.gives(s_last), stop)
    assert text(function([x], code.gives(s))) == lines("""
        def f(x):
            s = 0.0
            for i in range(9):
                if s > x:
                    break
                s = s + i
            return s
    """)


def test_break_in_the_middle_of_a_chain():
    x, s, i = Var("x"), Var("s"), Var("i")
    code, body, first, second, third = Code(), Code(), Code(), Code(), Code()
    inner_s, inner_stop, outer_s, outer_stop = Var("s"), Var(), Var("s"), Var()
    doubled = first.mul(s, 2.0, to="s")
    added = third.add(s, i, to="s")
    second.when(second.do(operator.gt, s, 5.0), Code().gives(s, True), third.gives(added, False), inner_s, inner_stop)
    arms = first.gives(doubled, False), second.gives(inner_s, inner_stop)
    body.when(body.do(operator.lt, s, x), *arms, outer_s, outer_stop)
    code.loop([(i, code.do(range, 9))], [s], [x], body.gives(outer_s), outer_stop)
    fn = function([x], code.gives(s))
    assert text(fn) == lines("""
        def f(x):
            s = x
            for i in range(9):
                if s < x:
                    s = s * 2.0
                else:
                    if s > 5.0:
                        break
                    s = s + i
            return s
    """)
    assert run(fn, 1.0) == 7.0


def test_a_flag_that_is_also_carried_is_assigned():
    s, left, flag, i, n = Var("s"), Var("left"), Var(), Var("i"), Var("n")
    code, body = Code(), Code()
    body.when(body.do(operator.gt, i, n), Code().gives(True), Code().gives(False), flag)
    code.loop([(i, code.do(range, 9))], [left], [False], body.gives(flag), flag)
    assert text(function([s, n], code.gives(left)), fold=False) == lines("""
        def f(s, n):
            left = False
            for i in range(9):
                v1 = i > n
                if v1:
                    left = True
                    break
                left = False
            return left
    """)


def test_what_a_loop_header_reads_is_not_overwritten():
    n, c, i = Var("n"), Var("n"), Var("i")
    code, body = Code(), Code()
    more = body.add(c, i, to="n")
    code.loop([(i, code.do(range, n))], [c], [0.0], body.gives(more))
    fn = function([n], code.gives(c))
    assert run(fn, 4) == run(fn, 4, fold=False) == 6.0


def test_an_unbound_name_stays_unbound():
    c, x, y1, y = Var("c"), Var("x"), Var("y"), Var("y")
    then, code = Code(), Code()
    then.mul(x, 2.0, to=y1)
    code.when(c, then.gives(y1), Code().gives(NOTHING), y)
    fn = function([c, x], code.gives(y))
    assert run(fn, True, 2.0) == 4.0
    for fold in (False, True):
        with pytest.raises(UnboundLocalError):
            run(fn, False, 2.0, fold=fold)


def test_a_name_that_is_never_bound_is_local_all_the_same():
    c, total = Var("c"), Var("sum")
    code = Code()
    code.when(c, Code().gives(NOTHING), Code().gives(NOTHING), total)
    fn = function([c], code.gives(code.tuple(total)))
    with pytest.raises(UnboundLocalError):
        run(fn, True)


def test_an_effect_in_a_condition_is_kept():
    x = Var("x")
    code = Code()
    code.when(code.do(print, x), Code().gives(), Code().gives())
    assert text(function([x], code.gives(x))) == lines("""
        def f(x):
            print(x)
            return x
    """)


def test_a_comment_about_nothing_is_dropped():
    x = Var("x")
    code = Code()
    code.stmts += [Comment("forward"), Comment("reverse")]
    y = code.mul(x, x, to="y")
    assert text(function([x], code.gives(y))) == lines("""
        def f(x):
            # reverse
            y = x * x
            return y
    """)


def test_a_derivative_is_made_where_it_is_handed_on():
    """The new s_bar would be in the way of the old one, which the next line reads."""
    x, s, v = Var("x", FLOAT), Var("s", FLOAT), Var("", FLOAT)
    s_bar, new, x_bar, x_new = (bar(s, kind=FLOAT), bar(s, kind=FLOAT), bar(x, kind=FLOAT), bar(x, kind=FLOAT))
    body, code = Code(), Code()
    body.mul(s_bar, v, to=new)
    body.add(x_bar, body.mul(s_bar, s, kind=FLOAT), to=x_new)
    code.loop([((s, v), Var("tape"))], [s_bar, x_bar], [1.0, 0.0], body.gives(new, x_new))
    tape = code.stmts[0].sources[0].iterable
    assert text(function([x, tape], code.gives(x_bar))) == lines("""
        def f(x, tape):
            s_bar = 1.0
            x_bar = 0.0
            for s, v1 in tape:
                x_bar = x_bar + s_bar * s
                s_bar = s_bar * v1
            return x_bar
    """)


def test_the_old_flag_decides_though_a_new_one_is_handed_on():
    flag, i, n = Var("flag"), Var("i"), Var("n")
    body, code = Code(), Code()
    new = body.do(operator.gt, i, n, to="flag")
    code.loop([(i, code.do(range, 9))], [flag], [False], body.gives(new), flag)
    fn = function([n], code.gives(code.tuple(flag, i)))
    fn.body.stmts.pop()
    fn.body.yields = (flag,)
    assert text(fn, fold=False) == lines("""
        def f(n):
            flag = False
            for i in range(9):
                flag_1 = i > n
                if flag:
                    flag = flag_1
                    break
                flag = flag_1
            return flag
    """)
    assert run(fn, 3) is True


def test_a_value_made_early_is_not_bound_early():
    """On the path where `s` has no value, the name is not taken by what only the other path gives it."""
    c, x, s = Var("c"), Var("x"), Var("s")
    code = Code()
    early = code.mul(x, 2.0)
    code.when(c, Code().gives(early), Code().gives(NOTHING), s)
    fn = function([c, x], code.gives(code.add(s, 1.0)))
    for fold in (False, True):
        assert run(fn, True, 2.0, fold=fold) == 5.0
        with pytest.raises(UnboundLocalError):
            run(fn, False, 2.0, fold=fold)


def test_a_copy_of_what_may_not_exist_does_not_fail():
    """`y` has no value on a path that leaves; the copy under another name must not raise there."""
    c, x, y, last, left, n = (Var(name) for name in ("c", "x", "y", "last", "left", "n"))
    body, code = Code(), Code()
    value = body.when(c, Code().gives(NOTHING, True), Code().gives(x, False), y, left)
    assert value == (y, left)
    code.loop([(Var(), code.do(range, n))], [last], [0.0], body.gives(y), left)
    fn = function([c, x, n], code.gives(c))
    for fold in (False, True):
        assert run(fn, True, 2.0, 3, fold=fold) is True
        assert run(fn, False, 2.0, 3, fold=fold) is False


def test_arms_make_the_new_value_last_if_the_old_one_is_still_read():
    x, c, n, s, s_dot = Var("x", FLOAT), Var("c"), Var("n"), Var("s", FLOAT), bar(Var("s"), "_dot", FLOAT)
    new, new_dot, body, code = Var("s", FLOAT), bar(s, "_dot", FLOAT), Code(), Code()
    arms = []
    for fn in (operator.mul, operator.add):
        arm = Code()
        value = arm.do(fn, s, x, to=Var("s", FLOAT))
        arms.append(arm.gives(value, arm.do(fn, s_dot, s, to=bar(s, "_dot", FLOAT))))
    body.when(c, *arms, new, new_dot)
    code.loop([(Var(), code.do(range, n))], [s, s_dot], [x, 1.0], body.gives(new, new_dot))
    assert text(function([x, c, n], code.gives(code.tuple(s, s_dot)))) == lines("""
        def f(x, c, n):
            s = x
            s_dot = 1.0
            for _ in range(n):
                if c:
                    s_dot = s_dot * s
                    s = s * x
                else:
                    s_dot = s_dot + s
                    s = s + x
            return s, s_dot
    """)


def test_a_value_that_nothing_has_defined_is_a_bug_of_srcad() -> None:
    lost, code = Var("lost"), Code()
    y = code.add(lost, 1.0)
    with pytest.raises(VerifyError, match=r"uses lost.* before it is defined\n  this is a bug in srcad: please report it"):
        text(function([], code.gives(y)))
