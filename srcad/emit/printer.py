"""A gast tree as text.

`astunparse.Unparser` puts brackets around every operation, prints ``x[(i, 1:3)]`` for ``x[i, 1:3]``, which is not
Python any more, and knows no comments. This subclass prints brackets where precedence asks for them, subscripts and
f-strings as they are written, and a comment at the end of a line; it keeps the user's place of each line.
"""

from __future__ import annotations

from dataclasses import dataclass

import astunparse
import gast

from srcad.errors import NOWHERE, Location

(_NAMED, _TUPLE, _TEST, _OR, _AND, _NOT, _COMPARE, _BITOR, _BITXOR, _BITAND, _SHIFT, _ARITH, _TERM, _FACTOR, _POWER,
 _ATOM) = range(16)

_BINARY = {
    gast.Add: ("+", _ARITH), gast.Sub: ("-", _ARITH), gast.Mult: ("*", _TERM), gast.Div: ("/", _TERM),
    gast.FloorDiv: ("//", _TERM), gast.Mod: ("%", _TERM), gast.MatMult: ("@", _TERM), gast.Pow: ("**", _POWER),
    gast.BitOr: ("|", _BITOR), gast.BitXor: ("^", _BITXOR), gast.BitAnd: ("&", _BITAND), gast.LShift: ("<<", _SHIFT),
    gast.RShift: (">>", _SHIFT),
}
_UNARY = {gast.USub: ("-", _FACTOR), gast.UAdd: ("+", _FACTOR), gast.Invert: ("~", _FACTOR), gast.Not: ("not ", _NOT)}
_BOOLEAN = {gast.And: (" and ", _AND), gast.Or: (" or ", _OR)}
_COMPARISONS = {
    gast.Eq: "==", gast.NotEq: "!=", gast.Lt: "<", gast.LtE: "<=", gast.Gt: ">", gast.GtE: ">=", gast.Is: "is",
    gast.IsNot: "is not", gast.In: "in", gast.NotIn: "not in",
}


class Remark(gast.stmt):
    """A line of comment: what gast has no node for."""

    _fields = ("text",)

    def __init__(self, text: str):
        self.text = text


@dataclass(slots=True)
class Row:
    """One line of text.

    Attributes
    ----------
    text : str
        With its indentation, without its comment.
    note : str
        The comment.
    location : Location or None
        The user's place.
    """

    text: str
    note: str = ""
    location: Location | None = None


class Printer(astunparse.Unparser):
    """Prints statements to `rows`."""

    def __init__(self, tree):
        self.rows: list[Row] = []
        self.future_imports: list = []
        self._indent = 0
        self._parts: list[str] = []
        self.dispatch(tree)
        self._finish()

    # --- lines -------------------------------------------------------------------------------------------------------

    def fill(self, text: str = "") -> None:
        self._finish()
        self._parts.append("    " * self._indent + text)

    def write(self, text: str) -> None:
        self._parts.append(text)

    def _finish(self) -> None:
        if self._parts:
            row = self.rows[-1]
            row.text = "".join(self._parts)
            self._parts = []

    def dispatch(self, tree) -> None:
        if isinstance(tree, list):
            for node in tree:
                self.dispatch(node)
            return
        if isinstance(tree, gast.stmt):
            self._finish()
            location = getattr(tree, "loc", NOWHERE)
            self.rows.append(Row("", getattr(tree, "note", ""), location if location.line else None))
        _METHODS[type(tree)](self, tree)

    def _keyword_line(self, text: str) -> None:
        """A line that is no statement of its own: ``else:``."""
        self._finish()
        self.rows.append(Row(""))
        self.fill(text)

    def _block(self, header: list) -> None:
        self.write(":")
        self._indent += 1
        self.dispatch(header)
        self._indent -= 1

    # --- statements --------------------------------------------------------------------------------------------------

    def _Remark(self, node: Remark) -> None:
        self.fill("# " + node.text)

    def _FunctionDef(self, node) -> None:
        self.fill(f"def {node.name}(")
        self._arguments(node.args)
        self.write(")")
        self._block(node.body)

    def _arguments(self, node) -> None:
        positional = [*node.posonlyargs, *node.args]
        defaults = [None] * (len(positional) - len(node.defaults)) + node.defaults
        texts = []
        for k, (argument, default) in enumerate(zip(positional, defaults, strict=True), 1):
            texts.append(self._argument(argument, default))
            if k == len(node.posonlyargs):
                texts.append("/")
        if node.vararg is not None:
            texts.append("*" + node.vararg.id)
        elif node.kwonlyargs:
            texts.append("*")
        texts += [self._argument(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        if node.kwarg is not None:
            texts.append("**" + node.kwarg.id)
        self.write(", ".join(texts))

    def _argument(self, argument, default) -> str:
        return argument.id if default is None else f"{argument.id}={self.text(default, _TEST)}"

    def _Assign(self, node) -> None:
        self.fill()
        for target in node.targets:
            self._bare(target)
            self.write(" = ")
        self._bare(node.value)

    def _AugAssign(self, node) -> None:
        self.fill()
        self.expression(node.target, _ATOM)
        self.write(f" {_BINARY[type(node.op)][0]}= ")
        self._bare(node.value)

    def _AnnAssign(self, node) -> None:
        self.fill(f"{node.target.id}: ")
        self.expression(node.annotation, _TEST)

    def _Expr(self, node) -> None:
        self.fill()
        self._bare(node.value)

    def _Return(self, node) -> None:
        self.fill("return ")
        self._bare(node.value)

    def _For(self, node) -> None:
        self.fill("for ")
        self._bare(node.target)
        self.write(" in ")
        self._bare(node.iter)
        self._block(node.body)

    def _While(self, node) -> None:
        self.fill("while ")
        self.expression(node.test, _TEST)
        self._block(node.body)

    def _If(self, node) -> None:
        self.fill("if ")
        while True:
            self.expression(node.test, _TEST)
            self._block(node.body)
            if not node.orelse:
                return
            if len(node.orelse) == 1 and isinstance(node.orelse[0], gast.If):
                node = node.orelse[0]
                self._finish()
                location = getattr(node, "loc", NOWHERE)
                self.rows.append(Row("", "", location if location.line else None))
                self.fill("elif ")
                continue
            self._keyword_line("else")
            self._block(node.orelse)
            return

    # --- expressions -------------------------------------------------------------------------------------------------

    def expression(self, node, level: int) -> None:
        """Print an expression, in brackets if it binds less than `level`."""
        if _precedence(node) < level:
            self.write("(")
            _METHODS[type(node)](self, node)
            self.write(")")
        else:
            _METHODS[type(node)](self, node)

    def _bare(self, node) -> None:
        """An expression that ends at the end of the line: a tuple needs no brackets."""
        if isinstance(node, gast.Tuple) and len(node.elts) > 1:
            self._items(node)
        else:
            self.expression(node, _TUPLE)

    def text(self, node, level: int) -> str:
        kept, self._parts = self._parts, []
        self.expression(node, level)
        text, self._parts = "".join(self._parts), kept
        return text

    def _listed(self, nodes: list) -> None:
        for k, node in enumerate(nodes):
            if k:
                self.write(", ")
            self.expression(node, _TEST)

    def _items(self, node) -> None:
        self._listed(node.elts)
        if len(node.elts) == 1:
            self.write(",")

    def _Name(self, node) -> None:
        self.write(node.id)

    def _Constant(self, node) -> None:
        self.write("..." if node.value is Ellipsis else repr(node.value))

    def _BinOp(self, node) -> None:
        symbol, level = _BINARY[type(node.op)]
        if level == _POWER:
            self.expression(node.left, _ATOM)
            self.write(" ** ")
            self.expression(node.right, _FACTOR)
        else:
            self.expression(node.left, level)
            self.write(f" {symbol} ")
            self.expression(node.right, level + 1)

    def _UnaryOp(self, node) -> None:
        symbol, level = _UNARY[type(node.op)]
        self.write(symbol)
        self.expression(node.operand, level if level == _NOT else level + 1)

    def _BoolOp(self, node) -> None:
        symbol, level = _BOOLEAN[type(node.op)]
        for k, value in enumerate(node.values):
            if k:
                self.write(symbol)
            # The first of `(a and b) and c` may do without brackets; grouping to the right must show.
            self.expression(value, level if k == 0 else level + 1)

    def _Compare(self, node) -> None:
        self.expression(node.left, _COMPARE + 1)
        for op, right in zip(node.ops, node.comparators, strict=True):
            self.write(f" {_COMPARISONS[type(op)]} ")
            self.expression(right, _COMPARE + 1)

    def _IfExp(self, node) -> None:
        self.expression(node.body, _OR)
        self.write(" if ")
        self.expression(node.test, _OR)
        self.write(" else ")
        self.expression(node.orelse, _TEST)

    def _Attribute(self, node) -> None:
        # A number followed by a dot would swallow it.
        numeral = isinstance(node.value, gast.Constant) and isinstance(node.value.value, int | float | complex)
        self.expression(node.value, _ATOM + numeral)
        self.write("." + node.attr)

    def _Call(self, node) -> None:
        self.expression(node.func, _ATOM)
        self.write("(")
        self._listed([*node.args, *node.keywords])
        self.write(")")

    def _keyword(self, node) -> None:
        self.write("**" if node.arg is None else node.arg + "=")
        self.expression(node.value, _TEST)

    def _Starred(self, node) -> None:
        self.write("*")
        self.expression(node.value, _BITOR)

    def _Subscript(self, node) -> None:
        numeral = isinstance(node.value, gast.Constant) and not isinstance(node.value.value, str | bytes)
        self.expression(node.value, _ATOM + numeral)
        self.write("[")
        if isinstance(node.slice, gast.Tuple) and node.slice.elts:
            self._items(node.slice)
        else:
            self.expression(node.slice, _TUPLE)
        self.write("]")

    def _Slice(self, node) -> None:
        if node.lower is not None:
            self.expression(node.lower, _TEST)
        self.write(":")
        if node.upper is not None:
            self.expression(node.upper, _TEST)
        if node.step is not None:
            self.write(":")
            self.expression(node.step, _TEST)

    def _Tuple(self, node) -> None:
        self.write("(")
        self._items(node)
        self.write(")")

    def _List(self, node) -> None:
        self.write("[")
        self._listed(node.elts)
        self.write("]")

    def _Set(self, node) -> None:
        self.write("{")
        self._listed(node.elts)
        self.write("}")

    def _Dict(self, node) -> None:
        self.write("{")
        for k, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            if k:
                self.write(", ")
            if key is None:
                self.write("**")
                self.expression(value, _BITOR)
            else:
                self.expression(key, _TEST)
                self.write(": ")
                self.expression(value, _TEST)
        self.write("}")

    # --- f-strings ---------------------------------------------------------------------------------------------------

    def _JoinedStr(self, node) -> None:
        parts = self._string_parts(node)
        code = "".join(text for is_code, text in parts if is_code)
        for quote in ("'", '"'):
            if quote in code or "\\" in code:
                continue
            body = "".join(text if is_code else _escaped(text, quote) for is_code, text in parts)
            self.write(f"f{quote}{body}{quote}")
            return
        self._pieces(node)

    def _string_parts(self, node) -> list[tuple[bool, str]]:
        """(is it code?, text) of each part of an f-string."""
        parts: list[tuple[bool, str]] = []
        for value in node.values:
            if isinstance(value, gast.Constant):
                parts.append((False, value.value))
                continue
            text = self.text(value.value, _TEST + 1)
            parts.append((True, "{" + (" " if text.startswith("{") else "") + text))
            if value.conversion != -1:
                parts.append((True, "!" + chr(value.conversion)))
            if value.format_spec is not None:
                parts.append((True, ":"))
                parts.extend(self._string_parts(value.format_spec))
            parts.append((True, "}"))
        return parts

    def _pieces(self, node) -> None:
        """``'' + format(x, spec)``: where quotes in an f-string would need quotes that are taken."""
        for k, value in enumerate([gast.Constant("", None), *node.values]):
            if k:
                self.write(" + ")
            if isinstance(value, gast.Constant):
                self.write(repr(value.value))
                continue
            text = self.text(value.value, _TEST)
            if value.conversion != -1:
                text = f"{ {115: 'str', 114: 'repr', 97: 'ascii'}[value.conversion]}({text})"
            spec = "" if value.format_spec is None else ", " + self.text(value.format_spec, _TEST)
            self.write(f"format({text}{spec})")

    def _With(self, node) -> None:
        self.fill("with ")
        self._listed([item.context_expr for item in node.items])
        self._block(node.body)

    def _Try(self, node) -> None:
        self.fill("try")
        self._block(node.body)
        for handler in node.handlers:
            self._keyword_line("except ")
            self.expression(handler.type, _TEST)
            if handler.name is not None:
                self.write(f" as {handler.name.id}")
            self._block(handler.body)

    # --- the rest of the statements ----------------------------------------------------------------------------------

    def _Raise(self, node) -> None:
        self.fill("raise")
        if node.exc is not None:
            self.write(" ")
            self.expression(node.exc, _TEST)
        if node.cause is not None:
            self.write(" from ")
            self.expression(node.cause, _TEST)

    def _Delete(self, node) -> None:
        self.fill("del ")
        self._listed(node.targets)


_OPERATORS = {
    gast.BinOp: lambda node: _BINARY[type(node.op)][1],
    gast.UnaryOp: lambda node: _UNARY[type(node.op)][1],
    gast.BoolOp: lambda node: _BOOLEAN[type(node.op)][1],
    gast.Compare: lambda node: _COMPARE,
    gast.IfExp: lambda node: _TEST,
    gast.Constant: lambda node: _FACTOR if type(node.value) in (int, float) and repr(node.value)[0] == "-" else _ATOM,
}


def _precedence(node) -> int:
    find = _OPERATORS.get(type(node))
    return _ATOM if find is None else find(node)


def _escaped(text: str, quote: str) -> str:
    """Constant text inside an f-string."""
    text = repr(text + "\"'")[1:-1]
    text = text[: text.rindex('"')]
    text = text.replace("\\'", "'").replace("{", "{{").replace("}", "}}")
    return text.replace(quote, "\\" + quote)


_METHODS = {
    node: getattr(Printer, "_" + node.__name__)
    for node in (*(n for n in vars(gast).values() if isinstance(n, type)), Remark)
    if hasattr(Printer, "_" + node.__name__)
}


def one_line(node) -> str:
    """The text of one simple statement."""
    return Printer(node).rows[0].text
