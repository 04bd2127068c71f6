"""The operations that Python writes with symbols, as nodes of the syntax tree."""

from __future__ import annotations

import operator

import gast

from srcad.trace import intrinsics as ops

BINARY = {
    operator.add: gast.Add(), operator.sub: gast.Sub(), operator.mul: gast.Mult(), operator.truediv: gast.Div(),
    operator.floordiv: gast.FloorDiv(), operator.mod: gast.Mod(), operator.pow: gast.Pow(),
    operator.matmul: gast.MatMult(), operator.and_: gast.BitAnd(), operator.or_: gast.BitOr(),
    operator.xor: gast.BitXor(), operator.lshift: gast.LShift(), operator.rshift: gast.RShift(),
}
IN_PLACE = {
    operator.iadd: gast.Add(), operator.isub: gast.Sub(), operator.imul: gast.Mult(), operator.itruediv: gast.Div(),
    operator.ifloordiv: gast.FloorDiv(), operator.imod: gast.Mod(), operator.ipow: gast.Pow(),
    operator.imatmul: gast.MatMult(), operator.iand: gast.BitAnd(), operator.ior: gast.BitOr(),
    operator.ixor: gast.BitXor(), operator.ilshift: gast.LShift(), operator.irshift: gast.RShift(),
    operator.iconcat: gast.Add(),
}
COMPARE = {
    operator.lt: gast.Lt(), operator.le: gast.LtE(), operator.gt: gast.Gt(), operator.ge: gast.GtE(),
    operator.eq: gast.Eq(), operator.ne: gast.NotEq(), operator.is_: gast.Is(), operator.is_not: gast.IsNot(),
}
UNARY = {
    operator.neg: gast.USub(), operator.pos: gast.UAdd(), operator.invert: gast.Invert(), operator.not_: gast.Not(),
}

#: Operations of the Trace that are syntax: no function is named in the text.
SYNTAX = frozenset({
    *BINARY, *IN_PLACE, *COMPARE, *UNARY, operator.contains, operator.getitem, operator.setitem, operator.delitem,
    *(value for value in vars(ops).values() if getattr(value, "__module__", "") == ops.__name__),
})

ADD = gast.Add()
LOAD, STORE, DELETE, PARAM = gast.Load(), gast.Store(), gast.Del(), gast.Param()
NOT, AND, OR, IN, SUBTRACT, NEGATIVE = gast.Not(), gast.And(), gast.Or(), gast.In(), gast.Sub(), gast.USub()
OPPOSITES = {gast.In: gast.NotIn(), gast.NotIn: gast.In(), gast.Is: gast.IsNot(), gast.IsNot: gast.Is()}
