"""Operations, literals and precedence as text."""

import ast
import cmath
import itertools
import math
import operator
import random
import struct

import numpy as np
import pytest
import scipy.special

from srcad.trace import intrinsics as ops
from srcad.trace.ir import Lit, Ref, Star, Var

from .build import Code, function, run, text

OPERATORS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "@": operator.matmul, "&": operator.and_, "|": operator.or_,
    "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift, "<": operator.lt, "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge, "==": operator.eq, "!=": operator.ne, "is": operator.is_, "is not": operator.is_not,
}
UNARY = {"-": operator.neg, "+": operator.pos, "~": operator.invert, "not ": operator.not_}
a, b, c, d = (Var(n) for n in "abcd")


def expression(build) -> str:
    """The text of what `build` makes of a block, where everything is folded."""
    code = Code()
    result = build(code)
    return text(function([a, b, c, d], code.gives(result))).splitlines()[-1].removeprefix("    return ")


@pytest.mark.parametrize("symbol", OPERATORS)
def test_operators(symbol):
    assert expression(lambda code: code.do(OPERATORS[symbol], a, b)) == f"a {symbol} b"


@pytest.mark.parametrize("symbol", UNARY)
def test_unary_operators(symbol):
    assert expression(lambda code: code.do(UNARY[symbol], a)) == f"{symbol}a"


def test_membership():
    assert expression(lambda code: code.do(operator.contains, b, a)) == "a in b"
    assert expression(lambda code: code.do(operator.not_, code.do(operator.contains, b, a))) == "a not in b"
    assert expression(lambda code: code.do(operator.not_, code.do(operator.is_, b, None))) == "b is not None"
    assert expression(lambda code: code.do(operator.not_, code.do(operator.lt, a, b))) == "not a < b"
    assert expression(lambda code: code.do(operator.is_, a, None)) == "a is None"
    assert expression(lambda code: code.do(operator.is_, a, 1)) == "operator.is_(a, 1)"


@pytest.mark.parametrize("source", [
    "a + b * c", "(a + b) * c", "a - (b - c)", "a - b - c", "a / (b * c)", "a * b / c", "-a ** b", "(-a) ** b",
    "a ** -b", "a ** b ** c", "(a ** b) ** c", "-(a + b)", "-(-a)", "-a * b", "a * -b", "~(a | b)", "a | b & c",
    "(a | b) & c",
    "a << b + c", "(a << b) + c", "(a < b) == c", "a < b + c", "not a + b", "not (a if b else c)", "(a + b).T", "a.T.T",
    "a[b][c]", "(a + b)[c]", "(-a)[b]", "a[b:c]", "a[b, c:]", "a[..., None]", "a[::d]",
    "a[b + c]",
    "a @ b @ c", "a @ (b @ c)", "(a, b)", "[a, b][c]", "{a: b, c: d}", "(a,)", "{a, b}", "a % b ** c", "a // (b % c)",
    "(a if b else c) if d else a", "a if b else c if d else a", "a and b", "(a if b else c) + d", "(a and b) + c",
])
def test_brackets_stand_where_precedence_asks_for_them(source):
    """What is built from a parsed expression is printed as it was written."""
    printed = expression(lambda code: build(code, ast.parse(source, mode="eval").body))
    assert printed in (source, source.removeprefix("(").removesuffix(")"))
    assert ast.dump(ast.parse(printed, mode="eval")) == ast.dump(ast.parse(source, mode="eval"))


def build(code: Code, node: ast.expr):
    """The operations of an expression, in Python's order."""
    binary = dict(zip(
        (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult, ast.BitAnd, ast.BitOr,
         ast.BitXor, ast.LShift, ast.RShift, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.Is, ast.IsNot),
        OPERATORS.values()))
    unary = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert, ast.Not: operator.not_}
    match node:
        case ast.Name():
            return {"a": a, "b": b, "c": c, "d": d}[node.id]
        case ast.Constant():
            return Lit(node.value)
        case ast.BinOp():
            return code.do(binary[type(node.op)], build(code, node.left), build(code, node.right))
        case ast.Compare():
            return code.do(binary[type(node.ops[0])], build(code, node.left), build(code, node.comparators[0]))
        case ast.UnaryOp():
            return code.do(unary[type(node.op)], build(code, node.operand))
        case ast.Subscript():
            return code.get(build(code, node.value), build(code, node.slice))
        case ast.Slice():
            return code.slice(*(None if p is None else build(code, p) for p in (node.lower, node.upper, node.step)))
        case ast.Attribute():
            return code.do(getattr, build(code, node.value), node.attr)
        case ast.Tuple():
            return code.tuple(*(build(code, e) for e in node.elts))
        case ast.List():
            return code.do(ops.build_list, *(build(code, e) for e in node.elts))
        case ast.Set():
            return code.do(ops.build_set, *(build(code, e) for e in node.elts))
        case ast.Dict():
            pairs = itertools.chain.from_iterable(zip(node.keys, node.values))
            return code.do(ops.build_dict, *(build(code, e) for e in pairs))
        case ast.IfExp():
            test, then, orelse = build(code, node.test), Code(), Code()
            arms = then.gives(build(then, node.body)), orelse.gives(build(orelse, node.orelse))
            return code.when(test, *arms, Var())
        case ast.BoolOp():
            first, rest = build(code, node.values[0]), Code()
            return code.when(first, rest.gives(build(rest, node.values[1])), Code().gives(first), Var())
    raise TypeError(node)


def test_random_expressions_mean_the_same():
    """Bitwise, arithmetic, comparisons and conditionals of integers, nested at random."""
    rng = random.Random(3)

    def make(depth: int) -> str:
        if depth == 0 or rng.random() < 0.2:
            return rng.choice(["a", "b", "c", "d", "2", "-3"])
        form = rng.choice([
            "({} + {})", "({} - {})", "({} * {})", "({} & {})", "({} | {})", "({} ^ {})", "(-{})", "(~{})", "({} < {})",
            "(not {})", "({} if {} else {})", "(({} & 3) ** ({} & 3))", "({} // (1 + ({} & 3)))", "({} == {})",
            "(({} & 3) << ({} & 3))", "(({}, {})[({} & 1)])"])
        return form.format(*(make(depth - 1) for _ in range(form.count("{}"))))

    for _ in range(300):
        source = make(4)
        printed = expression(lambda code, s=source: build(code, ast.parse(s, mode="eval").body))
        code = Code()
        fn = function([a, b, c, d], code.gives(build(code, ast.parse(source, mode="eval").body)))
        values = {n: rng.randrange(-4, 5) for n in "abcd"}
        assert run(fn, *values.values()) == eval(source, {}, values) == run(fn, *values.values(), fold=False), printed


def bits(value):
    """A number bit by bit, but for the payload of NaN."""
    if isinstance(value, complex):
        return "complex", bits(value.real), bits(value.imag)
    if isinstance(value, float):
        return type(value), "nan" if math.isnan(value) else struct.pack("d", value)
    return type(value), value


@pytest.mark.parametrize("value", [
    0, -1, 10**30, 0.0, -0.0, 1.5, -2.5, 1e300, 5e-324, math.inf, -math.inf, math.nan, True, False, None, ...,
    "it's", 'a"b\n', b"\x00", 2j, -2j, 1 + 2j, complex(-0.0, 1.0), complex(0.0, -0.0), complex(-0.0, -0.0),
    complex(math.inf, math.nan),
    np.float32(1.5), np.float64(-0.0), np.int8(-3), np.bool_(True), np.complex64(1 - 2j), (1, (2.0, None)), (),
], ids=repr)
def test_literals_are_the_very_value(value):
    fn = function([a], Code().gives(Lit(value)))
    found = run(fn, 0)
    assert type(found) is type(value)
    assert bits(found) == bits(value) if not isinstance(value, np.generic) else repr(found) == repr(value)


def test_negative_literals():
    assert expression(lambda code: code.do(operator.pow, -2, a)) == "(-2) ** a"
    assert expression(lambda code: code.do(operator.pow, a, -2)) == "a ** -2"
    assert expression(lambda code: code.do(operator.sub, a, -2.0)) == "a - -2.0"
    assert expression(lambda code: code.do(getattr, -1, "real")) == "(-1).real"
    assert expression(lambda code: code.do(getattr, 1, "real")) == "(1).real"
    assert expression(lambda code: code.do(operator.neg, -1.0)) == "-(-1.0)"


@pytest.mark.parametrize("fn, written", [
    (abs, "abs"), (math.sin, "math.sin"), (cmath.exp, "cmath.exp"), (np.sin, "np.sin"), (np.sum, "np.sum"),
    (np.linalg.solve, "np.linalg.solve"), (np.linalg.inv, "np.linalg.inv"), (np.add.reduce, "np.add.reduce"),
    (scipy.special.gamma, "scipy.special.gamma"), (np.float32, "np.float32"), (np.fft.fft, "np.fft.fft"),
    (np.random.rand, "np.random.rand"), (operator.index, "operator.index"), (float, "float"), (np.abs, "np.absolute"),
])
def test_functions_are_spelled_by_their_public_names(fn, written):
    assert expression(lambda code: code.do(fn, a)) == f"{written}(a)"


def test_classes_and_modules_as_values():
    assert expression(lambda code: code.do(np.zeros, 3, dtype=Ref(np.float32))) == "np.zeros(3, dtype=np.float32)"
    assert expression(lambda code: code.do(np.zeros, 3, dtype=Ref(float))) == "np.zeros(3, dtype=float)"
    assert expression(lambda code: code.tuple(Ref(np), Ref(math.sin))) == "np, math.sin"
    single = Lit(np.dtype("f4"))
    assert expression(lambda code: code.do(np.zeros, 3, dtype=single)) == "np.zeros(3, dtype=np.dtype('float32'))"


def test_methods_and_attributes():
    assert expression(lambda code: code.do(np.ndarray.sum, a, axis=0)) == "a.sum(axis=0)"
    assert expression(lambda code: code.do(str.upper, "x")) == "'x'.upper()"
    assert expression(lambda code: code.do(np.ndarray.sum, code.add(a, b), 1)) == "(a + b).sum(1)"
    assert expression(lambda code: code.do(getattr, a, "class")) == "getattr(a, 'class')"
    assert expression(lambda code: code.do(getattr, a, "not a name")) == "getattr(a, 'not a name')"


def test_calls():
    assert expression(lambda code: code.do(print, Star(a), b, sep=c)) == "print(*a, b, sep=c)"
    code = Code()
    code.do(max, a, key=b)
    code.stmts[-1].kwargs += ((None, c),)
    assert "max(a, key=b, **c)" in text(function([a, b, c], code.gives(code.stmts[-1].target)))


def test_subscripts():
    def index(*entries):
        return expression(lambda code: code.get(a, code.tuple(*(e(code) if callable(e) else e for e in entries))))

    piece = lambda code: code.slice(1, 3)  # noqa: E731
    assert index(b, piece) == "a[b, 1:3]"
    assert index(Lit(...), None) == "a[..., None]"
    assert index(b) == "a[b,]"
    assert expression(lambda code: code.get(a, code.tuple())) == "a[()]"
    assert expression(lambda code: code.get(a, code.do(slice, b))) == "a[:b]"
    assert expression(lambda code: code.get(a, code.do(slice, b, c, -1))) == "a[b:c:-1]"
    slices = expression(lambda code: code.tuple(code.slice(1, None), code.slice(1, 2, 3)))
    assert slices == "slice(1, None), slice(1, 2, 3)"
    assert expression(lambda code: code.get(code.tuple(a, b), 0)) == "(a, b)[0]"


def test_strings():
    def formatted(value, conversion=-1, spec=""):
        return lambda code: code.do(ops.format_value, value, conversion, spec)

    def string(*parts):
        return expression(lambda code: code.do(ops.build_string, *(p(code) if callable(p) else p for p in parts)))

    assert string("x = ", formatted(a)) == "f'x = {a}'"
    assert string(formatted(a, 114, ".3f"), "{it's}") in (r"f'{a!r:.3f}{{it\'s}}'", '''f"{a!r:.3f}{{it's}}"''')
    assert string(formatted(a, -1, ">10"), "\n") == r"f'{a:>10}\n'"
    assert string(lambda code: code.do(ops.format_value, code.get(a, "k"), -1, "")) == '''f"{a['k']}"'''
    mapping = string(lambda code: code.do(ops.format_value, code.do(ops.build_dict, "k", b), -1, ""))
    assert mapping == '''f"{ {'k': b}}"'''
    nested = string(lambda code: code.do(ops.format_value, a, -1, code.do(ops.build_string, ">", code.do(
        ops.format_value, b, -1, ""))))
    assert nested == "f'{a:>{b}}'"


@pytest.mark.parametrize("value", ["it's", 'say "x"', "\\", "{", "\n\t", "é\u2028", "'\""])
def test_strings_of_any_text(value):
    code = Code()
    part = code.do(ops.format_value, code.get(a, value), -1, "")
    fn = function([a], code.gives(code.do(ops.build_string, value, part, value)))
    assert run(fn, {value: 1}) == value + "1" + value == run(fn, {value: 1}, fold=False)
