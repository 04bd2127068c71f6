# The functions here are to be read, not run, and bind names in every way there is.
# ruff: noqa: B007, B023, E731, F821, F841, F842, SIM105

import builtins
import gc
import sys
import types

import numpy as np
import pytest

from srcad.errors import SrcadError
from srcad.frontend.scope import Scope, code_names
from srcad.frontend.source import find_source

from . import samples

LEVEL = 3.0


def scope(fn):
    return Scope(find_source(fn).function, find_source(fn).node)


def names(text):
    return frozenset(text.split())


# Locals --------------------------------------------------------------------------------------------------------------


def test_parameters():
    def f(a, /, b, *c, d, e=1, **g):
        pass

    assert scope(f).locals == names("a b c d e g")


def test_assignments():
    def f(p):
        a = b = 1
        c, (d, *e) = p
        g: float = 2.0
        h: int
        a += 1
        p.attribute = p[a] = 3
        return b, c, d, e, g

    assert scope(f).locals == names("p a b c d e g h")


def test_loops_and_blocks():
    def f(p):
        for i, (j, k) in p:
            pass
        with p as w, p as (u, v):
            pass
        try:
            pass
        except ValueError as error:
            pass
        return i, j, k, w, u, v

    assert scope(f).locals == names("p i j k w u v error")


def test_imports():
    def f():
        import os.path
        import os.path as path
        from math import cos
        from math import sin as sine

        return os, path, cos, sine

    assert scope(f).locals == names("os path cos sine")


def test_deleted_names():
    def f():
        del LEVEL

    assert scope(f).locals == names("LEVEL")


def test_nested_definitions_bind_their_own_name_only():
    def f(p):
        def g(q, r=(s := p)):
            t = q
            return t

        class C(u := object):
            v = 1

        h = lambda w, x=(y := 2): (z := w)
        return g, C, h, s, u, y

    assert scope(f).locals == names("p g s C u h y")


def test_comprehension_targets_stay_inside():
    def f(p):
        return [a for a in p], {b: c for b, c in p}, {d for d in p}, sum(e for e in p)

    assert scope(f).locals == names("p")


def test_walrus_in_a_comprehension_binds_in_the_function():
    def f(p):
        return [(b := a) for a in p if (c := a) for d in (e for e in [a])], b, c, d

    assert scope(f).locals == names("p b c")


def test_walrus_in_a_lambda_in_a_comprehension_does_not():
    def f(p):
        return [lambda: (b := a) for a in p]

    assert scope(f).locals == names("p")


def test_walrus_in_a_lambda():
    f = lambda x: (y := x) + y
    assert scope(f).locals == names("x y")


def test_match_captures():
    def f(p):
        match p:
            case [a, *b]:
                pass
            case {"key": c, **d}:
                pass
            case complex(real=e) | (complex() as e):
                pass
            case samples.SCALE | [_, *_]:
                pass
            case g:
                pass
        return a, b, c, d, e, g

    assert scope(f).locals == names("p a b c d e g")


def test_type_alias_and_type_parameters(tmp_path):
    if sys.version_info < (3, 12):
        pytest.skip("syntax of Python 3.12")
    path = tmp_path / "generic.py"
    path.write_text("def f[T](x: T) -> T:\n    type A = T\n    y = x\n    return y\n")
    namespace = {}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    assert scope(namespace["f"]).locals == names("x y A")


def test_agrees_with_the_compiler():
    # Python 3.11 keeps the targets of comprehensions out of the function's variables; later versions do not.
    def variables(code):
        found = set(code.co_varnames) | set(code.co_cellvars)
        return {name for name in found if not name.startswith("@")}

    modules = {"argparse", "collections", "fractions", "statistics", "srcad.frontend.source", "srcad.frontend.scope"}
    functions = [f for f in gc.get_objects() if type(f) is types.FunctionType and f.__module__ in modules]
    compared = 0
    for f in functions:
        try:
            found = scope(f)
        except SrcadError:
            continue
        compared += 1
        assert {found.mangled(name) for name in found.locals} <= variables(f.__code__), f
        if sys.version_info < (3, 12):
            assert {found.mangled(name) for name in found.locals} == variables(f.__code__), f
    assert compared > 50


# Written names -------------------------------------------------------------------------------------------------------


def test_global_and_nonlocal():
    total = 0.0

    def f(x):
        global LEVEL, READ_ONLY
        nonlocal total
        LEVEL = x
        total += x
        return READ_ONLY

    found = scope(f)
    assert found.locals == names("x")
    assert found.globals_written == names("LEVEL")
    assert found.nonlocals_written == names("total")
    assert found.lookup("LEVEL").where == "global"
    assert found.lookup("total").where == "cell"


def test_global_written_by_a_definition():
    def f():
        global made

        def made():
            pass

    assert scope(f).globals_written == names("made")
    assert scope(f).locals == frozenset()


def test_writes_of_a_nested_function_are_its_own():
    def f(x):
        y = x

        def g():
            nonlocal y
            y = 2

        g()
        return y

    assert scope(f).nonlocals_written == frozenset()
    assert scope(f).locals == names("x y g")


# Lookup --------------------------------------------------------------------------------------------------------------


def test_local_is_not_free():
    assert scope(samples.square).lookup("x") is None


def test_global():
    free = scope(samples.twice_decorated).lookup("SCALE")
    assert (free.name, free.where, free.holder is vars(samples), free.read()) == ("SCALE", "global", True, 3.0)


def test_global_is_read_anew(monkeypatch):
    free = scope(samples.twice_decorated).lookup("SCALE")
    monkeypatch.setattr(samples, "SCALE", 7.0)
    assert free.read() == 7.0


def test_cell():
    power = samples.make_power(4)
    free = scope(power).lookup("n")
    assert (free.where, free.holder is power.__closure__[0], free.read()) == ("cell", True, 4)


def test_cell_is_read_anew():
    level = 1.0

    def f(x):
        return x * level

    free = scope(f).lookup("level")
    level = 2.0
    assert free.read() == 2.0


def test_two_closures_of_one_code():
    assert [scope(samples.make_power(n)).lookup("n").read() for n in (2, 3)] == [2, 3]


def test_cell_hides_the_global():
    LEVEL = 5.0

    def f(x):
        return x * LEVEL

    assert scope(f).lookup("LEVEL").read() == 5.0


def test_name_that_only_a_nested_function_uses():
    level = 1.0

    def f(x):
        return (lambda: x * level)()

    assert scope(f).lookup("level").where == "cell"


def test_builtin():
    free = scope(samples.text_at_column_zero).lookup("len")
    assert (free.where, free.holder is vars(builtins), free.read() is len) == ("builtin", True, True)


def test_builtin_that_a_global_hides(monkeypatch):
    monkeypatch.setattr(samples, "len", "mine", raising=False)
    free = scope(samples.text_at_column_zero).lookup("len")
    assert (free.where, free.read()) == ("global", "mine")


def test_builtin_that_a_later_global_hides(monkeypatch):
    free = scope(samples.text_at_column_zero).lookup("len")
    monkeypatch.setattr(samples, "len", "mine", raising=False)
    assert free.read() == "mine"


def test_global_that_goes_and_leaves_the_builtin(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(samples, "len", "mine", raising=False)
        free = scope(samples.text_at_column_zero).lookup("len")
    assert free.read() is len


def test_builtins_of_the_function():
    restricted = types.FunctionType(samples.text_at_column_zero.__code__, {"__builtins__": {"len": "restricted"}})
    assert Scope(restricted, find_source(restricted).node).lookup("len").read() == "restricted"


def test_unbound_global():
    free = scope(samples.square).lookup("nothing")
    assert free.where == "global"
    with pytest.raises(NameError, match=r"^name 'nothing' is not defined$") as e:
        free.read()
    assert e.value.name == "nothing"


def test_unbound_cell():
    def f(x):
        return x * later

    free = scope(f).lookup("later")
    with pytest.raises(NameError) as ours:
        free.read()
    with pytest.raises(NameError) as python:
        f(1.0)
    assert str(ours.value) == str(python.value)
    later = 2.0
    assert free.read() == 2.0


# Private names and classes -------------------------------------------------------------------------------------------


class Ladder:
    __private_of_class = 1.0

    def method(self, __x):
        __y = __x * __hidden
        return __y, __dunder__

    def nested(self):
        def inner(x):
            return x * __hidden

        return inner

    def with_class(self):
        return __class__

    def uses_class_variable(self):
        return height

    height = 2.0
    as_lambda = lambda self: __hidden


class __Under:
    def method(self):
        return __hidden


class ___:
    def method(self):
        return __hidden


_Ladder__hidden = 11.0
_Under__hidden = 12.0
__hidden = 13.0


def test_private_global_in_a_method():
    free = scope(Ladder.method).lookup("__hidden")
    assert (free.name, free.read()) == ("_Ladder__hidden", 11.0)


def test_private_local_in_a_method():
    found = scope(Ladder.method)
    assert found.locals == names("self __x __y")
    assert found.lookup("__x") is None
    assert found.lookup("__y") is None
    assert found.lookup("_Ladder__y") is None


def test_names_with_trailing_underscores_are_not_private():
    assert scope(Ladder.method).lookup("__dunder__").name == "__dunder__"


def test_private_global_in_a_function_in_a_method():
    assert scope(Ladder().nested()).lookup("__hidden").read() == 11.0


def test_private_global_in_a_lambda_of_a_class():
    assert scope(Ladder.as_lambda).lookup("__hidden").read() == 11.0


def test_private_cell():
    def make():
        _Local__level = 4.0

        class Local:
            def method(self):
                return __level

        return Local

    free = scope(make().method).lookup("__level")
    assert (free.where, free.read()) == ("cell", 4.0)


def test_class_name_that_begins_with_underscores():
    assert scope(globals()["__Under"].method).lookup("__hidden").read() == 12.0


def test_class_name_of_underscores_only():
    assert scope(___.method).lookup("__hidden").read() == 13.0


def test_private_looking_name_outside_of_a_class():
    def f():
        return __hidden

    assert scope(f).lookup("__hidden").read() == 13.0


def test_class_cell():
    free = scope(Ladder.with_class).lookup("__class__")
    assert (free.where, free.read()) == ("cell", Ladder)


def test_class_cell_for_super():
    assert scope(samples.Model.parent).lookup("__class__").read() is samples.Model


def test_names_of_the_class_are_not_visible_in_a_method():
    with pytest.raises(NameError):
        scope(Ladder.uses_class_variable).lookup("height").read()


# Names of the code ---------------------------------------------------------------------------------------------------


def test_code_names_in_order_without_attributes():
    def f(x):
        return np.sin(x) + LEVEL * abs(x) + np.cos(x)

    assert code_names(f) == ("np", "LEVEL", "abs")


def test_code_names_of_nested_code():
    def f(x):
        def g(y):
            return [LEVEL * z for z in range(y)]

        class C:
            value = samples

        return g(x), C, (lambda: np)()

    assert set(code_names(f)) >= names("LEVEL range samples np")
    assert not set(code_names(f)) & names("x y z g value")


def test_code_names_leaves_out_cells():
    assert code_names(samples.make_power(2)) == ()


def test_code_names_are_mangled():
    assert code_names(Ladder.method) == ("_Ladder__hidden", "__dunder__")


def test_code_names_of_a_function_with_an_assert():
    def f(x):
        assert x > LEVEL
        return x

    assert "LEVEL" in code_names(f)
    assert all(name.isidentifier() for name in code_names(f))
