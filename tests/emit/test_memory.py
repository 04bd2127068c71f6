"""Writes in place, adjoint buffers, tapes and calls as text."""

import math
import operator

import numpy as np

from srcad.trace import intrinsics as ops
from srcad.trace.ir import Comment, If, Lit, Ref, Var
from srcad.trace.kinds import FLOAT, INT, Array, TupleOf

from .build import Code, bar, function, lines, run, text

ARRAY = Array(np.dtype(float), (None,))


def test_relax_as_in_the_design():
    """x[i] = np.sin(x[i - 1]) * x[i]"""
    x, n, i, seed = Var("x", ARRAY), Var("n", INT), Var("i", INT), Var("result_bar", FLOAT)
    forward, reverse, code = Code(), Code(), Code()
    tape = code.do(ops.new_tape, to="tape")
    v1 = forward.get(x, forward.do(operator.sub, i, 1, kind=INT), kind=FLOAT)
    v2 = forward.do(np.sin, v1, kind=FLOAT)
    v3 = forward.get(x, i, kind=FLOAT)
    forward.do(ops.push, tape, v1, v2, v3)
    line = "            x[i] = np.sin(x[i - 1]) * x[i]"
    store = forward.do(operator.setitem, x, i, forward.mul(v2, v3, kind=FLOAT), line=line)
    primal = forward.stmts[-1]
    code.loop([(i, code.do(range, 1, n))], [], [], forward.gives())
    last = code.do(operator.sub, n, 1, kind=INT)
    buffer, started, back = bar(x, kind=ARRAY), bar(x, kind=ARRAY), Var("", INT, i, "")
    code.do(np.zeros_like, x, to=buffer)
    code.do(operator.setitem, buffer, last, seed)
    again = tuple(Var("", FLOAT, v, "") for v in (v1, v2, v3))
    g = reverse.get(started, back, to=bar(Var(""), kind=FLOAT), origin=primal)
    reverse.do(operator.setitem, started, back, reverse.mul(g, again[1], kind=FLOAT), origin=primal)
    partial = reverse.mul(reverse.mul(g, again[2], kind=FLOAT), reverse.do(np.cos, again[0], kind=FLOAT), kind=FLOAT)
    before = reverse.do(operator.sub, back, 1, kind=INT)
    added = reverse.do(ops.index_add, started, before, partial, to=bar(x, kind=ARRAY), origin=primal)
    sources = [(back, code.do(range, last, 0, -1)), (again, code.do(ops.rewind, tape))]
    code.loop(sources, [started], [buffer], reverse.gives(added))
    fn = function([x, n, seed], code.gives(code.tuple(started)), name="relax_adjoint")
    assert store is primal.target
    assert text(fn) == lines("""
        def relax_adjoint(x, n, result_bar):
            tape = []
            for i in range(1, n):
                v1 = x[i - 1]
                v2 = np.sin(v1)
                v3 = x[i]
                tape.append((v1, v2, v3))
                x[i] = v2 * v3
            v4 = n - 1
            x_bar = np.zeros_like(x)
            x_bar[v4] = result_bar
            for i, (v1, v2, v3) in zip(range(v4, 0, -1), tape[::-1]):
                v5_bar = x_bar[i]   # x[i] = np.sin(x[i - 1]) * x[i]
                x_bar[i] = v5_bar * v2
                x_bar[i - 1] += v5_bar * v3 * np.cos(v1)
            return (x_bar,)
    """)
    points = np.array([0.3, -0.2, 0.9])
    h = 1e-200
    primal_of = lambda z: z[2] * np.sin(z[1] * np.sin(z[0]))  # noqa: E731
    wanted = [primal_of(points + 1j * h * np.eye(3)[k]).imag / h for k in range(3)]
    for fold in (False, True):
        np.testing.assert_allclose(run(fn, points.copy(), 3, 1.0, fold=fold)[0], wanted, rtol=1e-12)


def test_buffers_keep_their_name():
    x, i, first, second, third = Var("x"), Var("i"), bar(Var("x")), bar(Var("x")), Var("other")
    code = Code()
    code.do(np.zeros_like, x, to=first)
    code.do(ops.index_add, first, code.tuple(i, code.slice(1, 3)), 2.0, to=second)
    code.do(ops.scatter_add, second, code.tuple(code.slice(1, 3), i), 1.0, to=third)
    assert text(function([x, i], code.gives(third)), fold=False) == lines("""
        def f(x, i):
            x_bar = np.zeros_like(x)
            x_bar[i, 1:3] += 2.0
            np.add.at(x_bar, (slice(1, 3), i), 1.0)
            return x_bar
    """)


def test_an_index_that_is_used_twice_is_written_twice():
    x, y = Var("x"), Var("y")
    code = Code()
    piece = code.slice(None, -1)
    a = code.get(x, piece)
    b = code.get(y, piece)
    assert text(function([x, y], code.gives(code.add(a, b)))) == lines("""
        def f(x, y):
            return x[:-1] + y[:-1]
    """)
    kept = code.do(print, piece)
    assert kept is not None
    assert "v1 = slice(None, -1)" in text(function([x, y], code.gives(code.add(a, b))))


def test_an_operation_in_place_changes_the_object_and_its_other_names():
    x, y, z = Var("x"), Var("y"), Var("z")
    code = Code()
    code.do(operator.iadd, x, y, to=z)
    fn = function([x, y], code.gives(code.tuple(z, x)))
    assert text(fn, fold=False) == lines("""
        def f(x, y):
            z = x
            z += y
            return z, x
    """)
    for fold in (False, True):
        x0 = np.ones(2)
        new, old = run(fn, x0, 1.0, fold=fold)
        assert new is old is x0 and new[0] == 2.0
        assert run(fn, 1.0, 1.0, fold=fold) == (2.0, 1.0)


def test_the_same_variable_is_changed_by_an_augmented_assignment():
    x, y = Var("x"), Var("y")
    code = Code()
    x1 = code.do(operator.imul, x, code.add(x, y), to="x")
    assert text(function([x, y], code.gives(x1))) == lines("""
        def f(x, y):
            x *= x + y
            return x
    """)
    number = Var("x", FLOAT)
    code = Code()
    new = code.do(operator.iadd, number, 1.0, to=Var("y", FLOAT))
    assert text(function([number], code.gives(code.tuple(number, new)))) == lines("""
        def f(x):
            y = x + 1.0
            return x, y
    """)


def test_no_read_moves_past_a_write():
    x, i = Var("x", ARRAY), Var("i", INT)
    code = Code()
    old = code.get(x, i, kind=FLOAT)
    scaled = code.mul(i, 2.0, kind=FLOAT)
    code.do(operator.setitem, x, i, 0.0)
    fn = function([x, i], code.gives(code.add(old, scaled)))
    assert text(fn) == lines("""
        def f(x, i):
            v1 = x[i]
            x[i] = 0.0
            return v1 + i * 2.0
    """)


def test_nothing_moves_past_an_effect():
    x = Var("x", FLOAT)
    code = Code()
    a = code.do(math.log, x, kind=FLOAT)
    code.do(print, "log taken")
    assert text(function([x], code.gives(a))) == lines("""
        def f(x):
            v1 = math.log(x)
            print('log taken')
            return v1
    """)


def test_effects_keep_their_order():
    x = Var("x")

    def helper(x):
        return x

    code = Code()
    a, b = code.do(helper, x), code.do(helper, 1.0)
    assert text(function([x], code.gives(code.do(operator.sub, b, a)))) == lines("""
        def f(x):
            v1 = helper(x)
            return helper(1.0) - v1
    """)
    code = Code()
    a = code.do(helper, x)
    assert text(function([x], code.gives(code.do(operator.sub, a, 1.0)))) == lines("""
        def f(x):
            return helper(x) - 1.0
    """)


def test_long_lines_are_not_made():
    x, code = Var("quite_a_long_name"), Code()
    total = x
    for _ in range(9):
        total = code.add(total, code.mul(x, x))
    printed = text(function([x], code.gives(total)))
    assert len(printed.splitlines()) > 2
    assert max(map(len, printed.splitlines())) <= 88


def test_results_of_calls_are_unpacked():
    x, y, a, b = Var("x"), Var("y"), Var("a"), Var("b")
    inner = Code()
    forward = function([a, b], inner.gives(inner.tuple(inner.mul(a, b), b, a)), name="g_forward")
    code = Code()
    pair = code.do(forward, x, y)
    value, saved = code.get(pair, 0, to="value"), code.get(pair, 2, to="saved")
    fn = function([x, y], code.gives(code.tuple(value, saved)))
    assert text(fn, forward) == lines("""
        def f(x, y):
            value, _, saved = g_forward(x, y)
            return value, saved


        def g_forward(a, b):
            return a * b, b, a
    """)


def test_unpacking():
    t, code = Var("t"), Code()
    items = code.do(ops.unpack, t, 3, 1)
    first, rest = code.get(items, 0, to="first"), code.get(items, 1, to="rest")
    assert text(function([t], code.gives(code.tuple(first, rest)))) == lines("""
        def f(t):
            first, *rest, _ = t
            return first, rest
    """)
    known, code = Var("t"), Code()
    pair = code.do(np.linalg.slogdet, known, kind=TupleOf((FLOAT, FLOAT)))
    sign, size = code.get(pair, 0, to="sign"), code.get(pair, 1, to="size")
    assert "sign, size = np.linalg.slogdet(t)" in text(function([known], code.gives(code.mul(sign, size))))


def test_an_unpacking_that_nobody_uses_still_counts():
    t, code = Var("t"), Code()
    code.do(ops.unpack, t, 2, -1)
    assert "_, _ = t" in text(function([t], code.gives(Lit(None))))
    code = Code()
    items = code.do(ops.unpack, t, 2, -1)
    fn = function([t], code.gives(code.tuple(items, items)))
    assert run(fn, [1, 2]) == ((1, 2), (1, 2))


def test_readers_of_tapes():
    x, code, arm, back = Var("x"), Code(), Code(), Code()
    tape = code.do(ops.new_tape, to="tape")
    arm.do(ops.push, tape, x, 2.0)
    code.when(x, arm.gives(), Code().gives())
    reader = code.do(ops.cursor, tape, to="entries")
    entry = back.do(ops.take, reader)
    a, b = back.get(entry, 0), back.get(entry, 1)
    code.when(x, back.gives(back.mul(a, b)), Code().gives(0.0), Var("y"))
    y = code.stmts[-1].targets[0]
    fn = function([x], code.gives(code.add(y, 1.0)))
    assert isinstance(code.stmts[-2], If)
    assert text(fn, fold=False) == lines("""
        def f(x):
            tape = []
            if x:
                tape.append((x, 2.0))
            entries = iter(tape[::-1])
            if x:
                v1, v2 = next(entries)
                y = v1 * v2
            else:
                y = 0.0
            v3 = y + 1.0
            return v3
    """)
    assert run(fn, 3.0) == 7.0 == run(fn, 3.0, fold=False)


def test_a_constant_array_is_a_global():
    x, code = Var("x"), Code()
    table = np.arange(3.0)
    fn = function([x], code.gives(code.get(Ref(table), x)))
    assert text(fn) == "def f(x):\n    return ndarray[x]\n"
    assert run(fn, 2) == 2.0


def test_attributes_are_assigned():
    x, code = Var("x"), Code()
    code.do(setattr, x, "size", 3)
    code.do(operator.delitem, x, 0)
    assert text(function([x], code.gives(x))) == lines("""
        def f(x):
            x.size = 3
            del x[0]
            return x
    """)


def test_nested_targets():
    pairs, i, a, b, s, new = Var("pairs"), Var("i"), Var("a"), Var("b"), Var("s"), Var("s")
    body, code = Code(), Code()
    item = Var("")
    outer = body.do(ops.unpack, item, 2, -1)
    body.get(outer, 0, to=i)
    inner = body.do(ops.unpack, body.get(outer, 1), 2, -1)
    body.get(inner, 0, to=a)
    body.get(inner, 1, to=b)
    body.add(s, body.mul(a, i), to=new)
    code.loop([(item, code.do(enumerate, pairs))], [s], [0.0], body.gives(new))
    fn = function([pairs], code.gives(s))
    assert text(fn) == lines("""
        def f(pairs):
            s = 0.0
            for i, (a, b) in enumerate(pairs):
                s = s + a * i
            return s
    """)
    assert run(fn, [(1.0, 2.0), (3.0, 4.0)]) == 3.0 == run(fn, [(1.0, 2.0), (3.0, 4.0)], fold=False)


def test_items_of_a_known_tuple_are_taken_at_once():
    saved = Var("saved", TupleOf((FLOAT, FLOAT, FLOAT)))
    code = Code()
    a, b = code.get(saved, 0, to="a"), code.get(saved, 2, to="b")
    code.stmts.append(Comment("reverse"))
    fn = function([saved], code.gives(code.mul(a, b)))
    assert text(fn) == lines("""
        def f(saved):
            a, _, b = saved
            # reverse
            return a * b
    """)


def test_an_operand_is_read_before_its_name_is_taken():
    """`c` is the second operand and the name of the result; the first operand is another array."""
    x, c, new, n = Var("x"), Var("c"), Var("c"), Var("n")
    body, code = Code(), Code()
    body.do(operator.isub, x, c, to=new)
    code.loop([(Var(), code.do(range, n))], [c], [1.0], body.gives(new))
    fn = function([x, n], code.gives(c))
    for fold in (False, True):
        assert list(run(fn, np.array([3.0, 4.0]), 1, fold=fold)) == [2.0, 3.0]
