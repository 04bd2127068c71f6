"""Atoms and operations as expressions of a gast tree."""

from __future__ import annotations

import math
import operator
import types
from keyword import iskeyword

import gast
import numpy as np

from srcad.emit import operators as syntax
from srcad.emit.names import Globals, Names
from srcad.emit.operators import LOAD
from srcad.emit.plan import Plan
from srcad.emit.survey import SLICES, SUBSCRIPTS, is_identity_of_literal, key, slice_parts
from srcad.trace import intrinsics as ops
from srcad.trace.ir import UNDEF, Apply, FreeName, If, Lit, Ref, Star, Var
from srcad.trace.kinds import BOOL, is_float

_METHODS = (types.MethodDescriptorType, types.WrapperDescriptorType)


def name(text: str, ctx=LOAD) -> gast.Name:
    return gast.Name(text, ctx, None, None)


def dotted(path: tuple[str, ...]) -> gast.expr:
    node: gast.expr = name(path[0])
    for attribute in path[1:]:
        node = gast.Attribute(node, attribute, LOAD)
    return node


def negated(test: gast.expr) -> gast.expr:
    """What is true where `test`, the condition of a branch, is false."""
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return test.operand
    return _not(test)


def _not(test: gast.expr) -> gast.expr:
    """``not test``"""
    if isinstance(test, gast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in syntax.OPPOSITES:
        return gast.Compare(test.left, [syntax.OPPOSITES[type(test.ops[0])]], test.comparators)
    return gast.UnaryOp(syntax.NOT, test)


def signed(value) -> tuple:
    """What is added, as an operator and an operand: ``+ -v`` is ``- v``, ``+= -2.0 * v`` is ``-= 2.0 * v``."""
    if isinstance(value, gast.UnaryOp) and isinstance(value.op, gast.USub):
        return syntax.SUBTRACT, value.operand
    if isinstance(value, gast.Constant) and type(value.value) in (int, float) and value.value < 0:
        return syntax.SUBTRACT, gast.Constant(-value.value, value.kind)
    if isinstance(value, gast.BinOp) and isinstance(value.op, gast.Mult):
        sign, left = signed(value.left)
        return sign, value if sign is syntax.ADD else gast.BinOp(left, value.op, value.right)
    return syntax.ADD, value


class Expressions:
    """Writes the expressions of one function.

    Parameters
    ----------
    plan : Plan
    names : Names
    spelled : Globals

    Attributes
    ----------
    doubted : set of str
        Names that were read and may be unbound.
    """

    def __init__(self, plan: Plan, names: Names, spelled: Globals):
        self.plan = plan
        self.names = names
        self.spelled = spelled
        self.doubted: set[str] = set()

    # --- atoms -------------------------------------------------------------------------------------------------------

    def atom(self, atom) -> gast.expr:
        """An operand: a name, a literal, or the expression that is folded into its place."""
        match atom:
            case Var():
                atom = self.plan.survey.resolve(atom)
                stmt = self.plan.inline.get(atom)
                if stmt is None:
                    text = self.names[atom]
                    if atom in self.names.doubtful:
                        self.doubted.add(text)
                    return name(text)
                return self.conditional(stmt) if isinstance(stmt, If) else self.operation(stmt)
            case Lit():
                return self.literal(atom.value)
            case Ref():
                return dotted(self.spelled.path(atom.value))
            case Star():
                return gast.Starred(self.atom(atom.atom), LOAD)
            case FreeName():
                return name(atom.free.name)  # type: ignore[attr-defined]
        raise TypeError(f"not an operand: {atom!r}")

    def literal(self, value: object) -> gast.expr:
        """A constant, such that evaluating the text gives the very same value."""
        match value:
            case _ if value is UNDEF:
                self.doubted.add(self.names.undefined)
                return name(self.names.undefined)
            case np.generic():
                return self.call(type(value), [self.literal(value.item())])
            case np.dtype():
                return self.call(np.dtype, [gast.Constant(value.name, None)])
            case bool():
                return gast.Constant(value, None)
            case float() if math.isnan(value):
                return gast.Attribute(dotted(self.spelled.path(math)), "nan", LOAD)
            case float() if math.isinf(value):
                infinity = gast.Attribute(dotted(self.spelled.path(math)), "inf", LOAD)
                return infinity if value > 0 else gast.UnaryOp(syntax.NEGATIVE, infinity)
            case complex():
                return self.complex_literal(value)
            case tuple():
                return gast.Tuple([self.literal(v) for v in value], LOAD)
            case list():
                return gast.List([self.literal(v) for v in value], LOAD)
        return gast.Constant(value, None)

    def complex_literal(self, value: complex) -> gast.expr:
        plain = math.isfinite(value.real) and math.isfinite(value.imag)
        if plain and str(value.real) == "0.0" and math.copysign(1.0, value.imag) > 0:
            return gast.Constant(value, None)
        return self.call(complex, [self.literal(value.real), self.literal(value.imag)])

    def call(self, fn: object, args: list) -> gast.Call:
        return gast.Call(dotted(self.spelled.path(fn)), args, [])

    # --- operations --------------------------------------------------------------------------------------------------

    def conditional(self, stmt: If) -> gast.expr:
        """``a if c else b``, ``c and a``, ``c or b``"""
        then, orelse = stmt.then.yields[0], stmt.orelse.yields[0]
        if then == Lit(True) and orelse == Lit(False) and isinstance(stmt.cond, Var) and stmt.cond.kind == BOOL:
            return self.atom(stmt.cond)
        if isinstance(stmt.cond, Var) and orelse is stmt.cond:
            return gast.BoolOp(syntax.AND, [self.atom(stmt.cond), self.atom(then)])
        if isinstance(stmt.cond, Var) and then is stmt.cond:
            return gast.BoolOp(syntax.OR, [self.atom(stmt.cond), self.atom(orelse)])
        return gast.IfExp(self.atom(stmt.cond), self.atom(then), self.atom(orelse))

    def operation(self, stmt: Apply) -> gast.expr:
        """The right-hand side of an operation."""
        fn, args = key(stmt.fn), stmt.args
        if isinstance(fn, Var | FreeName):
            return self.general_call(self.atom(fn), stmt)
        if fn is None:
            return self.general_call(dotted(self.spelled.path(stmt.fn)), stmt)
        found = syntax.BINARY.get(fn) or syntax.IN_PLACE.get(fn)
        if found is not None:
            left, right = self.atom(args[0]), self.atom(args[1])
            if fn is operator.add and stmt.origin is not None and is_float(getattr(stmt.target, "kind", None)):
                found, right = signed(right)
            return gast.BinOp(left, found, right)
        found = syntax.COMPARE.get(fn)
        if found is not None and not is_identity_of_literal(stmt):
            return gast.Compare(self.atom(args[0]), [found], [self.atom(args[1])])
        if fn is operator.not_:
            return _not(self.atom(args[0]))
        found = syntax.UNARY.get(fn)
        if found is not None:
            return gast.UnaryOp(found, self.atom(args[0]))
        if fn is operator.contains:
            return gast.Compare(self.atom(args[1]), [syntax.IN], [self.atom(args[0])])
        if fn in SUBSCRIPTS:
            return self.subscript(stmt)
        if fn is getattr and len(args) == 2 and is_identifier(args[1]) and not stmt.kwargs:
            return gast.Attribute(self.atom(args[0]), args[1].value, LOAD)
        write = _INTRINSICS.get(fn)
        if write is not None:
            return write(self, *args)
        if isinstance(fn, _METHODS) and args and not isinstance(args[0], Star):
            return self.general_call(gast.Attribute(self.atom(args[0]), fn.__name__, LOAD), stmt, args[1:])
        return self.general_call(dotted(self.spelled.path(fn)), stmt)

    def general_call(self, fn: gast.expr, stmt: Apply, args: tuple | None = None) -> gast.Call:
        args = stmt.args if args is None else args
        keywords = [gast.keyword(key, self.atom(a)) for key, a in stmt.kwargs]
        return gast.Call(fn, [self.atom(a) for a in args], keywords)

    def subscript(self, stmt: Apply, ctx=LOAD) -> gast.Subscript:
        return gast.Subscript(self.atom(stmt.args[0]), self.index(stmt.args[1]), ctx)

    def index(self, atom) -> gast.expr:
        """What stands between square brackets."""
        stmt = self.plan.inline.get(self.plan.survey.resolve(atom)) if isinstance(atom, Var) else None
        if isinstance(stmt, Apply) and stmt.fn is ops.build_tuple and stmt.args:
            return gast.Tuple([self.index_entry(a) for a in stmt.args], LOAD)
        return self.index_entry(atom)

    def index_entry(self, atom) -> gast.expr:
        stmt = self.plan.inline.get(self.plan.survey.resolve(atom)) if isinstance(atom, Var) else None
        parts = slice_parts(stmt) if isinstance(stmt, Apply) and stmt.fn in SLICES else None
        if parts is None:
            return self.atom(atom)
        return gast.Slice(*(None if a == Lit(None) else self.atom(a) for a in parts))

    # --- intrinsics --------------------------------------------------------------------------------------------------

    def build_tuple(self, *items) -> gast.expr:
        return gast.Tuple([self.atom(a) for a in items], LOAD)

    def build_list(self, *items) -> gast.expr:
        return gast.List([self.atom(a) for a in items], LOAD)

    def new_list(self, *items) -> gast.expr:
        return self.build_list(*items)

    def build_set(self, *items) -> gast.expr:
        return gast.Set([self.atom(a) for a in items]) if items else self.call(set, [])

    def build_dict(self, *items) -> gast.expr:
        keys: list = []
        values: list = []
        rest = iter(items)
        for item in rest:
            keys.append(None if isinstance(item, Star) else self.atom(item))
            values.append(self.atom(item.atom if isinstance(item, Star) else next(rest)))
        return gast.Dict(keys, values)

    def build_slice(self, *parts) -> gast.expr:
        if len(parts) == 3 and parts[2] == Lit(None):
            parts = parts[:2]
        return self.call(slice, [self.atom(a) for a in parts])

    def build_string(self, *parts) -> gast.expr:
        values: list = []
        for part in parts:
            stmt = self.plan.inline.get(part) if isinstance(part, Var) else None
            if isinstance(part, Lit):
                values.append(gast.Constant(part.value, None))
            elif isinstance(stmt, Apply) and stmt.fn is ops.format_value:
                values.append(self.formatted(*stmt.args))
            else:
                values.append(gast.FormattedValue(self.atom(part), -1, None))
        return gast.JoinedStr(values)

    def format_value(self, value, conversion, spec) -> gast.expr:
        return gast.JoinedStr([self.formatted(value, conversion, spec)])

    def formatted(self, value, conversion, spec) -> gast.FormattedValue:
        written = None
        if isinstance(spec, Lit):
            if spec.value:
                written = gast.JoinedStr([gast.Constant(spec.value, None)])
        else:
            stmt = self.plan.inline.get(spec)
            inner = isinstance(stmt, Apply) and stmt.fn is ops.build_string
            written = self.atom(spec) if inner else gast.JoinedStr([gast.FormattedValue(self.atom(spec), -1, None)])
        return gast.FormattedValue(self.atom(value), conversion.value, written)

    def unpack(self, value, count, star) -> gast.expr:
        return self.call(ops.unpack, [self.atom(value), self.atom(count), self.atom(star)])

    def copy_value(self, value) -> gast.expr:
        return self.atom(value)

    def new_tape(self) -> gast.expr:
        return gast.List([], LOAD)

    def rewind(self, tape) -> gast.expr:
        step = gast.UnaryOp(syntax.NEGATIVE, gast.Constant(1, None))
        return gast.Subscript(self.atom(tape), gast.Slice(None, None, step), LOAD)

    def cursor(self, tape) -> gast.expr:
        return self.call(iter, [self.rewind(tape)])

    def take(self, reader) -> gast.expr:
        return self.call(next, [self.atom(reader)])


_INTRINSICS = {
    getattr(ops, method): getattr(Expressions, method)
    for method in ("build_tuple", "build_list", "new_list", "build_set", "build_dict", "build_slice", "build_string",
                   "format_value", "unpack", "copy_value", "new_tape", "rewind", "cursor", "take")
}


def is_identifier(atom) -> bool:
    """Is this a constant that can stand after a dot?"""
    text = atom.value if isinstance(atom, Lit) else None
    return isinstance(text, str) and text.isidentifier() and not iskeyword(text)
