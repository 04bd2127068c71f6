"""What a Trace looks like after lowering, and what lowering refuses."""

import linecache
import math
import textwrap
import time

import numpy as np
import pytest

from srcad.errors import UnsupportedError
from srcad.frontend.lower import lower
from srcad.frontend.source import find_source
from srcad.trace import ir
from srcad.trace.dump import dump
from srcad.trace.interpret import run

from . import trace_laws


def function_from(text: str):
    """The function ``f`` defined by a text."""
    text = textwrap.dedent(text).lstrip("\n")
    filename = f"<text {hash(text)}>"
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    names = {"math": math, "np": np, "__name__": "texts"}
    exec(compile(text, filename, "exec"), names)
    return names["f"]


def lower_text(text: str, **options) -> ir.Function:
    trace = lower(find_source(function_from(text)), **options)
    trace_laws.check(trace)
    return trace


GOLDEN = [
    # The lecture's function: five operations in Python's order of evaluation; the functions are looked up first.
    """
    def f(x1, x2):
        return math.log(x1) + x1 * x2 - math.sin(x2)
    ---
    def f(x1, x2):
        v1 = getattr(<math>, 'log')
        v2 = v1(x1)
        v3 = mul(x1, x2)
        v4 = add(v2, v3)
        v5 = getattr(<math>, 'sin')
        v6 = v5(x2)
        v7 = sub(v4, v6)
        return v7
    """,
    # Names are kept; a copy is no statement, nor is a swap.
    """
    def f(x, y=2.0, *rest, k=None, **more):
        z = w = x * y
        a, b = z, w
        a, b = b, a
        z += a
        return z, b, -1
    ---
    def f(x, y=2.0, *rest, k=None, **more):
        z = mul(x, y)
        z.2 = iadd(z, z)
        v1 = build_tuple(z.2, z, -1)
        return v1
    """,
    # The first of several targets that is a name gives it to the value.
    """
    def f(x):
        x[0], a = b = x.T, x[1:, None]
        (c, *d), e.f = a
    ---
    def f(x):
        v1 = getattr(x, 'T')
        v2 = build_slice(1, None, None)
        v3 = build_tuple(v2, None)
        v4 = getitem(x, v3)
        b = build_tuple(v1, v4)
        v5 = unpack(b, 2, -1)
        v6 = getitem(v5, 0)
        a = getitem(v5, 1)
        v7 = setitem(x, 0, v6)
        v8 = unpack(a, 2, -1)
        v9 = getitem(v8, 0)
        v10 = getitem(v8, 1)
        v11 = unpack(v9, 2, 1)
        c = getitem(v11, 0)
        d = getitem(v11, 1)
        v12 = setattr(<e>, 'f', v10)
        return None
    """,
    """
    def f(x, i, g):
        x[i] += g(*x, i, k=2, **g)
        x.a.b -= 1
        return f"{x:>{i}}!"
    ---
    def f(x, i, g):
        v1 = getitem(x, i)
        v2 = g(*x, i, k=2, **g)
        v3 = iadd(v1, v2)
        v4 = setitem(x, i, v3)
        v5 = getattr(x, 'a')
        v6 = getattr(v5, 'b')
        v7 = isub(v6, 1)
        v8 = setattr(v5, 'b', v7)
        v9 = format_value(i, -1, '')
        v10 = build_string('>', v9)
        v11 = format_value(x, -1, v10)
        v12 = build_string(v11, '!')
        return v12
    """,
    # Choices.
    """
    def f(a, b, c):
        d = a and b or c
        return a < b < c, a if d not in b else -a
    ---
    def f(a, b, c):
        v1 = if a:
            yield b
        else:
            yield a
        d = if v1:
            yield v1
        else:
            yield c
        v2 = lt(a, b)
        v4 = if v2:
            v3 = lt(b, c)
            yield v3
        else:
            yield v2
        v5 = contains(b, d)
        v6 = not_(v5)
        v8 = if v6:
            yield a
        else:
            v7 = neg(a)
            yield v7
        v9 = build_tuple(v4, v8)
        return v9
    """,
    # Only names that differ after the arms, and are read, are joined.
    """
    def f(x):
        y = z = 0
        if x > 0:
            y, z, t = x, x, x * 2
        else:
            y = 1
        return y
    ---
    def f(x):
        v1 = gt(x, 0)
        y = if v1:
            t = mul(x, 2)
            yield x
        else:
            yield 1
        return y
    """,
    # What follows an early return goes into the other arm; after `raise` it stays where it is.
    """
    def f(x):
        if x < 0:
            raise ValueError
        y = x * 2
        if y > 1:
            return x
        elif x > 1:
            y = y + 1
        assert y, "zero"
        return y
    ---
    def f(x):
        v1 = lt(x, 0)
        if v1:
            v2 = raise_(<ValueError>, UNDEF)
        else:
            pass
        y = mul(x, 2)
        v3 = gt(y, 1)
        result = if v3:
            yield x
        else:
            v4 = gt(x, 1)
            y.3 = if v4:
                y.2 = add(y, 1)
                yield y.2
            else:
                yield y
            if y.3:
                pass
            else:
                v5 = AssertionError('zero')
                v6 = raise_(v5, UNDEF)
            yield y.3
        return result
    """,
    # Where both arms may go on, a flag says who has returned.
    """
    def f(a, b):
        y = a * 2
        if a:
            if b:
                return a
            y = y + 1
        return y
    ---
    def f(a, b):
        y = mul(a, 2)
        returned.2, y.4 = if a:
            returned, y.3 = if b:
                yield True, UNDEF
            else:
                y.2 = add(y, 1)
                yield False, y.2
            yield returned, y.3
        else:
            yield False, y
        result = if returned.2:
            yield a
        else:
            yield y.4
        return result
    """,
    # A loop carries what the next trip or the code after it reads.
    """
    def f(x, n):
        s = k = 0
        for i in range(n):
            t = s * x[i]
            s = s + t
            k = t
        return s
    ---
    def f(x, n):
        v1 = <range>(n)
        s = for i in v1 from 0:
            v2 = getitem(x, i)
            t = mul(s, v2)
            s.2 = add(s, t)
            yield s.2
        return s
    """,
    # A `break` is the last `if` of the body and stops the loop; the else clause asks whether there was one.
    """
    def f(x):
        for i, a in enumerate(x):
            if a < 0:
                break
            if a == 0:
                continue
            x[i] = -a
        else:
            i = None
        return i
    ---
    def f(x):
        v1 = <enumerate>(x)
        i, broken = for v2 in v1 from UNDEF, False:
            v3 = unpack(v2, 2, -1)
            i.2 = getitem(v3, 0)
            a = getitem(v3, 1)
            v4 = lt(a, 0)
            broken.2 = if v4:
                yield True
            else:
                v5 = eq(a, 0)
                if v5:
                    pass
                else:
                    v6 = neg(a)
                    v7 = setitem(x, i.2, v6)
                yield False
            yield i.2, broken.2
            stop broken.2
        i.3 = if broken:
            yield i
        else:
            yield None
        return i.3
    """,
    # A `return` in a loop.
    """
    def f(x, n):
        for i in range(n):
            x = x * 2
            if x > 10:
                return i
        return x
    ---
    def f(x, n):
        v1 = <range>(n)
        x.2, returned, result = for i in v1 from x, False, UNDEF:
            x.3 = mul(x.2, 2)
            v2 = gt(x.3, 10)
            returned.2, result.2 = if v2:
                yield True, i
            else:
                yield False, UNDEF
            yield x.3, returned.2, result.2
            stop returned.2
        result.3 = if returned:
            yield result
        else:
            yield x.2
        return result.3
    """,
    """
    def f(x):
        while 1 < x < 100:
            x = x * x
        while True:
            x = x - 1
            if x < 5:
                return x
    ---
    def f(x):
        x.2 = while from x:
            v1 = lt(1, x.2)
            v3 = if v1:
                v2 = lt(x.2, 100)
                yield v2
            else:
                yield v1
            test v3
        do:
            x.3 = mul(x.2, x.2)
            yield x.3
        x.4, result = while from x.2, UNDEF:
            test True
        do:
            x.5 = sub(x.4, 1)
            v4 = lt(x.5, 5)
            returned, result.2 = if v4:
                yield True, x.5
            else:
                yield False, UNDEF
            yield x.5, result.2
            stop returned
        return result
    """,
    # A test that binds names is part of the body.
    """
    def f(xs):
        while (x := xs.pop()) > 0:
            print(x)
        return x
    ---
    def f(xs):
        x = while from UNDEF:
            test True
        do:
            v1 = getattr(xs, 'pop')
            x.2 = v1()
            v2 = gt(x.2, 0)
            stopped = if v2:
                v3 = <print>(x.2)
                yield False
            else:
                yield True
            yield x.2
            stop stopped
        return x
    """,
    # What is certainly unbound raises where it is read.
    """
    def f(x):
        y = x
        del y
        return y + 1
    ---
    def f(x):
        v1 = UnboundLocalError("cannot access local variable 'y' where it is not associated with a value")
        v2 = raise_(v1, UNDEF)
        return UNDEF
    """,
    """
    f = lambda x, *, k=1: x ** k
    ---
    def lambda_(x, k=1):
        v1 = pow(x, k)
        return v1
    """,
]


@pytest.mark.parametrize("example", GOLDEN)
def test_the_text_of_a_trace(example):
    text, expected = textwrap.dedent(example).split("---\n")
    assert dump(lower_text(text)) == expected.strip()


# --- rules ------------------------------------------------------------------------------------------------------------


def test_the_body_of_a_rule():
    trace = lower_text(
        """
        def f(y, x, k=2):
            t = y_bar * k
            if k > 1:
                x_bar = t
            k_bar = t * x
        """,
        extra_params=("y_bar",),
        returns=("x_bar", "k_bar", "y_bar"),
    )
    assert dump(trace) == textwrap.dedent("""\
        def f(y, x, k=2, y_bar):
            t = mul(y_bar, k)
            v1 = gt(k, 1)
            x_bar = if v1:
                yield t
            else:
                yield UNDEF
            k_bar = mul(t, x)
            v2 = build_tuple(x_bar, k_bar, y_bar)
            return v2""")


def test_a_result_of_a_rule_that_is_never_bound_is_undefined():
    trace = lower_text("def f(y, x): pass", returns=("x_bar",))
    assert trace.body.stmts[-1].args == (ir.Lit(ir.UNDEF),)


def test_a_rule_has_no_return():
    with pytest.raises(UnsupportedError, match="no `return`"):
        lower_text("def f(y, x):\n    return x", returns=("x_bar",))


# --- atoms ------------------------------------------------------------------------------------------------------------


def test_defaults_are_the_objects_of_the_function():
    weights, two = np.ones(2), np.float64(2)

    def f(a, b=1.5, c=weights, *, d=two, e=None):
        return a

    atoms = [p.default for p in lower(find_source(f)).params]
    assert atoms[:2] == [None, ir.Lit(1.5)]
    assert atoms[2] == ir.Ref(weights)
    assert isinstance(atoms[3], ir.Ref)
    assert atoms[4] == ir.Lit(None)


def test_an_imported_module_is_a_known_object():
    trace = lower_text("def f(x):\n    import math as m\n    return m.sin(x)")
    assert trace.body.stmts[0].args == (ir.Ref(math), ir.Lit("sin"))


def test_an_imported_name_is_read_when_the_statement_is_executed():
    trace = lower_text("def f(x):\n    from math import tau\n    return tau * x")
    assert dump(trace).splitlines()[1].strip() == "tau = getattr(<math>, 'tau')"


def test_every_operation_has_its_place():
    trace = lower_text("def f(x):\n    y = x * 2\n    return (y +\n            x[0])")
    assert [(s.loc.line, s.loc.column) for s in trace.body.stmts] == [(2, 8), (4, 12), (3, 12)]
    assert trace.loc.line == 1
    assert trace.doc == "f"


# --- size -------------------------------------------------------------------------------------------------------------


def early_returns(n):
    return "def f(x):\n" + "".join(f"    if x == {i}: return {i}\n    x = x + 0\n" for i in range(n)) + "    return x\n"


def nested_returns(n):
    lines = ["def f(x):"]
    for i in range(n):
        lines += ["    " * (i + 1) + f"if x > {i}:", "    " * (i + 2) + "x = x + 1"]
    lines += ["    " * (n + 1) + "return x"]
    lines += ["    " * (i + 1) + "x = x * 2" for i in reversed(range(n))]
    return "\n".join(lines) + "\n    return x\n"


def early_continues(n):
    body = "".join(f"        if x == {i}: continue\n        x = x + 1\n" for i in range(n))
    return f"def f(x):\n    for i in range(3):\n{body}    return x\n"


def branches(n):
    body = "".join(f"    elif x == {i}: return {i}\n" for i in range(n))
    return f"def f(x):\n    if x < 0: return x\n{body}    return x\n"


@pytest.mark.parametrize("program", [early_returns, early_continues, nested_returns, branches])
def test_early_exits_stay_linear_and_shallow(program):
    small, large = (lower_text(program(n)) for n in (10, 20))
    assert trace_laws.size(large) <= 2.5 * trace_laws.size(small)
    assert trace_laws.depth(large) <= 21
    f = function_from(program(20))
    assert [run(large, x) for x in range(-2, 25)] == [f(x) for x in range(-2, 25)]


@pytest.mark.parametrize("program", [early_returns, early_continues, branches])
def test_hundreds_of_early_exits(program):
    trace = lower_text(program(80 if program is branches else 400))
    assert trace_laws.depth(trace) <= 14
    f = function_from(program(80 if program is branches else 400))
    assert [run(trace, x) for x in (-1, 0, 15, 79, 399, 500)] == [f(x) for x in (-1, 0, 15, 79, 399, 500)]


def test_long_functions_need_no_recursion():
    lines = ["    x = x + 1", "    if x > 1e9: y = x", "    for i in (): x = i"]
    trace = lower_text("def f(x):\n" + "\n".join(lines * 1000) + "\n    return x\n")
    assert run(trace, 0) == 1000


def test_long_sums_need_no_recursion_here():
    source = find_source(function_from("def f(x):\n    return " + " + ".join(["x"] * 150) + "\n"))
    assert run(lower(source), 1) == 150


@pytest.mark.slow
def test_lowering_is_linear():
    def seconds(n):
        lines = ["    if x > 1: y = x", "    x = x + 1", "    for i in (): z = x", "    if x > 2: return y"]
        source = find_source(function_from("def f(x):\n" + "\n".join(lines * n) + "\n    return x\n"))
        times = []
        for _ in range(3):
            start = time.perf_counter()
            lower(source)
            times.append(time.perf_counter() - start)
        return min(times)

    assert seconds(1600) < 8 * seconds(400)


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSED = [
    ("try: pass\n    finally: return x", "try", "a `finally` clause leaves by `return`", "Leave after"),
    ("try: pass\n    except* E: pass", "try", "`except*` is not supported", "Handle exceptions"),
    ("def g(): yield x", "yield", "`yield` is not supported", "Collect the values in a list"),
    ("async def g(): pass", "async def", "an async function defined inside", "outside the differentiated function"),
    ("class C: pass", "class", "a class defined inside", "top level of the module"),
    ("y = lambda: (yield x)", "yield", "`yield` is not supported", "Collect the values in a list"),
    ("def g():\n        global h\n        h = x", "h = x", "the global `h` is written to", "Return the new value"),
    ("y = (i for i in x)", "(i", "a generator expression is kept", "Write a list"),
    ("y = yield x", "yield", "`yield` is not supported", "Collect the values in a list"),
    ("return x\n    yield", "yield", "`yield` is not supported", "Collect the values in a list"),
    ("yield from x", "yield", "`yield from` is not supported", "Collect the values in a list"),
    ("match x:\n        case (1, y) | (y, 1): pass", "(1, y)", "alternatives of a pattern bind", "a case for each"),
    ("match x:\n        case {1: y, **rest}: pass", "{1", "a pattern binds the rest", "Name the keys"),
    ("global g\n    g = x", "g = x", "the global `g` is written to", "Return the new value"),
    ("global g\n    g += x", "g += x", "the global `g` is written to", "Return the new value"),
    ("global g\n    for g in x: pass", "g in", "the global `g` is written to", "Return the new value"),
    ("global g\n    del g", "g", "the global `g` is written to", "Return the new value"),
    ("import no_such_module", "import", "`no_such_module` cannot be imported", "top of the module"),
    ("from math import no_such_name", "from", "cannot be imported", "top of the module"),
    ("exec('x = 1')", "exec", "`exec()` looks at or changes variables", "Name the variables"),
    ("y = eval('x')", "eval", "`eval()` looks at or changes variables", "Name the variables"),
    ("y = locals()", "locals", "`locals()` looks at or changes variables", "Name the variables"),
    ("y = super().f(x)", "super", "`super()` without arguments", "Name the class"),
]


@pytest.mark.parametrize(("body", "at", "reason", "advice"), REFUSED, ids=[body for body, *_ in REFUSED])
def test_refusals_say_what_to_write_and_where(body, at, reason, advice):
    text = f"def f(x):\n    {body}\n"
    with pytest.raises(UnsupportedError) as caught:
        lower(find_source(function_from(text)))
    error = caught.value
    assert reason in error.reason
    assert advice in error.advice
    assert "{" not in error.reason + error.advice
    lines = text.splitlines()
    assert error.source_line == lines[error.line - 1]
    assert lines[error.line - 1][error.location.column :].startswith(at)


def test_what_is_nested_too_deeply_is_refused():
    with pytest.raises(UnsupportedError, match="`f` is nested too deeply"):
        lower_text("def f(x):\n    return " + " < ".join(["x"] * 600))


def test_writing_to_a_variable_of_the_enclosing_function_is_refused():
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x

    with pytest.raises(UnsupportedError, match="`count`, a variable of the enclosing function, is written to"):
        lower(find_source(f))
    assert count == 0


def test_names_that_only_look_like_builtins_are_not_refused():
    trace = lower_text("def f(eval, vars):\n    return eval(vars), dir(vars)")
    assert run(trace, abs, -1) == (1, dir(-1))


def test_what_is_not_reached_is_not_refused():
    assert run(lower_text("def f(x):\n    return x\n    exec(x)"), 1) == 1
