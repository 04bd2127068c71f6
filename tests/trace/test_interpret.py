"""The interpreter of Traces, on Traces written by hand."""

import inspect
import operator

import pytest

from srcad.trace import intrinsics, ir
from srcad.trace.dump import dump
from srcad.trace.interpret import run

UNDEFINED = ir.Lit(ir.UNDEF)


def function(params, stmts, result) -> ir.Function:
    return ir.Function("f", [p if isinstance(p, ir.Param) else ir.Param(p) for p in params], ir.Block(stmts, (result,)))


def test_an_operation_and_its_callback():
    x, y, v = ir.Var("x"), ir.Var("y"), ir.Var()
    f = function([x, y], [ir.Apply(v, operator.sub, (x, y))], v)
    seen = []
    assert run(f, 5, 3, on_apply=lambda *event: seen.append(event)) == 2
    assert seen == [(f.body.stmts[0], (5, 3), 2)]


def test_known_objects_and_atoms_are_called():
    x, v, w = ir.Var("x"), ir.Var(), ir.Var()
    stmts = [ir.Apply(v, ir.Ref(abs), (x,)), ir.Apply(w, v, ())]
    with pytest.raises(TypeError, match="not callable"):
        run(function([x], stmts, w), -1)
    assert run(function([x], stmts[:1], v), -1) == 1


def test_a_call_of_another_trace():
    x, v, y, w = ir.Var("x"), ir.Var(), ir.Var("y"), ir.Var()
    square = function([x], [ir.Apply(v, operator.mul, (x, x))], v)
    names = []
    result = run(
        function([y], [ir.Apply(w, square, (y,))], w), 3, on_apply=lambda stmt, *_: names.append(stmt.target)
    )
    assert result == 9
    assert names == [v, w]


def test_stars():
    xs, m, v = ir.Var("xs"), ir.Var("m"), ir.Var()
    call = ir.Apply(v, ir.Ref(lambda *a, **k: (a, k)), (ir.Star(xs), ir.Lit(0)), (("a", ir.Lit(1)), (None, m)))
    f = function([xs, m], [call], v)
    assert run(f, [1, 2], {"b": 2}) == ((1, 2, 0), {"a": 1, "b": 2})
    with pytest.raises(TypeError, match="multiple values for keyword argument 'a'"):
        run(f, [], {"a": 2})
    build = ir.Apply(v, intrinsics.build_dict, (ir.Lit("a"), ir.Lit(1), ir.Star(m), ir.Lit("c"), ir.Lit(3)))
    assert run(function([xs, m], [build], v), 0, {"a": 9, "b": 2}) == {"a": 9, "b": 2, "c": 3}


def test_zipped_loop_with_patterns_and_stop():
    xs, ys, a, b, y = (ir.Var(n) for n in ("xs", "ys", "a", "b", "y"))
    s, total, more, stop = ir.Var("s"), ir.Var("s"), ir.Var(), ir.Var()
    body = ir.Block(
        [
            ir.Apply(more, operator.mul, (b, y)),
            ir.Apply(total, operator.add, (s, more)),
            ir.Apply(stop, operator.gt, (a, ir.Lit(1))),
        ],
        (total,),
    )
    loop = ir.For((ir.Source((a, b), xs), ir.Source(y, ys)), (s,), (ir.Lit(0),), body, stop)
    f = function([xs, ys], [loop], s)
    assert run(f, [(1, 10), (2, 20), (3, 30)], [1, 2, 3]) == 50
    assert run(f, [], []) == 0
    assert dump(f) == (
        "def f(xs, ys):\n"
        "    s = for (a, b), y in xs, ys from 0:\n"
        "        v1 = mul(b, y)\n"
        "        s.2 = add(s, v1)\n"
        "        v2 = gt(a, 1)\n"
        "        yield s.2\n"
        "        stop v2\n"
        "    return s"
    )


def test_carried_values_change_together():
    n, a, b, i = (ir.Var(name) for name in "nabi")
    numbers = ir.Var()
    loop = ir.For((ir.Source(i, numbers),), (a, b), (ir.Lit(1), ir.Lit(2)), ir.Block([], (b, a)))
    pair = ir.Var()
    f = function(
        [n], [ir.Apply(numbers, range, (n,)), loop, ir.Apply(pair, intrinsics.build_tuple, (a, b))], pair
    )
    assert run(f, 3) == (2, 1)


def test_undefined_values_may_be_joined_but_not_read():
    c, y = ir.Var("c"), ir.Var("y")
    v = ir.Var()
    choice = ir.If(c, ir.Block([], (ir.Lit(1),)), ir.Block([], (UNDEFINED,)), (y,))
    f = function([c], [choice, ir.Apply(v, operator.neg, (y,))], v)
    assert run(f, True) == -1
    with pytest.raises(UnboundLocalError, match="'y'"):
        run(f, False)


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ((ir.Ref(ValueError("x")), UNDEFINED), ValueError),
        ((ir.Ref(KeyError), ir.Lit(None)), KeyError),
        ((UNDEFINED, UNDEFINED), RuntimeError),
    ],
)
def test_raise(args, error):
    with pytest.raises(error):
        run(function([], [ir.Apply(ir.Var(), intrinsics.raise_, args)], ir.Lit(None)))


def test_parameters_are_bound_as_python_binds_them():
    P = inspect.Parameter
    a, b, rest, c, d, more = (ir.Var(n) for n in ("a", "b", "rest", "c", "d", "more"))
    v = ir.Var()
    f = function(
        [
            ir.Param(a, P.POSITIONAL_ONLY),
            ir.Param(b, default=ir.Lit(2)),
            ir.Param(rest, P.VAR_POSITIONAL),
            ir.Param(c, P.KEYWORD_ONLY),
            ir.Param(d, P.KEYWORD_ONLY, ir.Ref(4)),
            ir.Param(more, P.VAR_KEYWORD),
        ],
        [ir.Apply(v, intrinsics.build_tuple, (a, b, rest, c, d, more))],
        v,
    )
    assert run(f, 1, c=3) == (1, 2, (), 3, 4, {})
    assert run(f, 1, 5, 6, 7, c=3, d=8, a=9) == (1, 5, (6, 7), 3, 8, {"a": 9})
    for args, kwargs, message in [
        ((), {"c": 1}, "missing a required argument: 'a'"),
        ((1,), {}, "missing a required argument: 'c'"),
        ((1, 2), {"b": 3, "c": 1}, "multiple values for argument 'b'"),
    ]:
        with pytest.raises(TypeError, match=message):
            run(f, *args, **kwargs)
    with pytest.raises(TypeError, match="unexpected arguments"):
        run(function([a], [], a), 1, 2)
