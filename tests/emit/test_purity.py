"""The table of effects."""

import math
import operator

import numpy as np
import pytest
import scipy.special

from srcad.trace import intrinsics as ops
from srcad.trace.ir import Apply, Block, Function, Lit, Param, Var
from srcad.trace.kinds import FLOAT, INT, Array
from srcad.trace.purity import ANY, READ, VALUE, WRITE, callable_effect, effect, function_effect, is_pure

PURE = [operator.add, operator.getitem, math.sin, np.sin, np.sum, np.linalg.solve, np.add.reduce, scipy.special.gamma,
        np.ndarray.sum, np.ndarray.copy, str.upper, float.is_integer, len, float, np.float32, ValueError, ops.rewind,
        list.index, dict.get, np.einsum, np.reshape, operator.not_, ops.format_value]
WRITING = [operator.setitem, operator.delitem, operator.iadd, ops.push, ops.take, ops.index_add, ops.scatter_add,
           np.ndarray.sort, np.ndarray.fill, list.append, dict.update, np.add.at, next]
ANYTHING = [print, ops.raise_, np.random.rand, np.copyto, np.save, np.vectorize, open, map, exec, lambda: 0,
            np.fill_diagonal]
ARRAY = Array(np.dtype(float), (3,))


@pytest.mark.parametrize("table, wanted", [(PURE, READ), (WRITING, WRITE), (ANYTHING, ANY)])
def test_callables(table, wanted):
    assert [callable_effect(fn) for fn in table] == [wanted] * len(table)


def apply(fn, *args, **kwargs) -> Apply:
    return Apply(Var(), fn, args, tuple(kwargs.items()))


def test_operands_decide():
    number, array, unknown = Var("", FLOAT), Var("", ARRAY), Var("")
    assert effect(apply(operator.mul, number, Lit(2.0))) == VALUE
    assert effect(apply(operator.mul, array, number)) == READ
    assert effect(apply(operator.mul, unknown, number)) == READ
    assert effect(apply(ops.build_tuple, array, unknown)) == VALUE
    assert effect(apply(operator.iadd, number, number)) == VALUE
    assert effect(apply(operator.iadd, array, number)) == WRITE
    assert effect(apply(np.sin, array, out=array)) == WRITE
    assert effect(apply(np.sin, array, out=Lit(None))) == READ
    assert effect(apply(sum, array)) == READ
    assert effect(apply(sum, unknown)) == WRITE
    assert effect(apply(unknown, number)) == ANY


def test_functions_are_as_pure_as_what_they_do():
    x, y, tape = Var("x", FLOAT), Var("", FLOAT), Var("tape")
    pure = Function("pure", [Param(x)], Block([Apply(y, operator.mul, (x, x))], (y,)))
    body = Block([apply(ops.push, tape, Lit(1.0)), apply(pure, Lit(1.0))], (Lit(None),))
    writes = Function("writes", [Param(tape)], body)
    calls = Function("calls", [], Block([apply(writes, Var())], (Lit(None),)))
    assert [function_effect(f) for f in (pure, writes, calls)] == [VALUE, WRITE, WRITE]
    cache: dict = {}
    assert is_pure(apply(pure, x), cache) and not is_pure(apply(calls), cache)
    assert len(cache) == 2


def test_recursion():
    n = Var("n", INT)
    loop = Function("loop", [Param(n)], Block())
    loop.body = Block([apply(loop, n), apply(operator.add, n, n)], (n,))
    assert function_effect(loop) == VALUE
    loop.body.stmts.append(apply(print, n))
    assert function_effect(loop) == ANY
