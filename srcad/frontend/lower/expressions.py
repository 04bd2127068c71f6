"""Expressions: operands from left to right, then one operation.

``expression(builder, node)`` appends the statements that compute `node` and returns the atom that holds its value. A
result that is assigned to a name is computed into a variable of that name: the `hint`.
"""

from __future__ import annotations

import operator

import gast

from srcad.frontend.codematch import code_objects
from srcad.frontend.lower.builder import NONE, Arm, Builder, mark
from srcad.frontend.lower.parameters import constant
from srcad.frontend.lower.refusals import ALWAYS_REFUSED, FRAME_FUNCTIONS, refuse
from srcad.trace import intrinsics, ir

BINARY = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv,
    gast.Mod: operator.mod,
    gast.Pow: operator.pow,
    gast.MatMult: operator.matmul,
    gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
    gast.BitAnd: operator.and_,
    gast.BitOr: operator.or_,
    gast.BitXor: operator.xor,
}
UNARY = {gast.USub: operator.neg, gast.UAdd: operator.pos, gast.Invert: operator.invert, gast.Not: operator.not_}
COMPARE = {
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
    gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
}

# More operands of one `and` or `or` than this are split in half, to keep the nesting shallow.
_MOST_NESTED = 8


def expression(builder: Builder, node: gast.AST, hint: str = "") -> ir.Atom:
    """The value of an expression."""
    lower = EXPRESSIONS.get(type(node))
    if lower is None:
        refuse(type(node), builder.at(node))
    return lower(builder, node, hint)


# --- names and constants ----------------------------------------------------------------------------------------------


def _name(builder: Builder, node: gast.Name, hint: str) -> ir.Atom:
    return builder.read(node)


def _constant(builder: Builder, node: gast.Constant, hint: str) -> ir.Atom:
    return constant(node.value)


def _named(builder: Builder, node: gast.NamedExpr, hint: str) -> ir.Atom:
    atom = expression(builder, node.value, node.target.id)
    builder.bind(node.target.id, atom, node)
    return atom


# --- operators --------------------------------------------------------------------------------------------------------


def _binary(builder: Builder, node: gast.BinOp, hint: str) -> ir.Atom:
    # A long sum leans to the left: walk down it instead of recursing.
    chain = [node]
    while isinstance(chain[-1].left, gast.BinOp):
        chain.append(chain[-1].left)
    left = expression(builder, chain[-1].left)
    for link in reversed(chain):
        right = expression(builder, link.right)
        left = builder.apply(BINARY[type(link.op)], (left, right), link, hint=hint if link is node else "")
    return left


def _unary(builder: Builder, node: gast.UnaryOp, hint: str) -> ir.Atom:
    operand = node.operand
    if isinstance(node.op, gast.USub) and isinstance(operand, gast.Constant) and type(operand.value) in (int, float):
        return ir.Lit(-operand.value)
    return builder.apply(UNARY[type(node.op)], (expression(builder, operand),), node, hint=hint)


def _compare(builder: Builder, node: gast.Compare, hint: str) -> ir.Atom:
    return _compare_from(builder, node, 0, expression(builder, node.left), hint)


def _compare_from(builder: Builder, node: gast.Compare, k: int, left: ir.Atom, hint: str) -> ir.Atom:
    """The comparisons from the k-th on; `left`, evaluated before, is the left operand of the k-th."""
    last = k == len(node.ops) - 1
    right = expression(builder, node.comparators[k])
    value = _compare_two(builder, node.ops[k], left, right, node, hint if last else "")
    if last:
        return value
    return choose(builder, value, lambda: _compare_from(builder, node, k + 1, right, hint), lambda: value, node, hint)


def _compare_two(builder: Builder, op: gast.AST, left: ir.Atom, right: ir.Atom, node: gast.AST, hint: str) -> ir.Atom:
    match op:
        case gast.In():
            return builder.apply(operator.contains, (right, left), node, hint=hint)
        case gast.NotIn():
            found = builder.apply(operator.contains, (right, left), node)
            return builder.apply(operator.not_, (found,), node, hint=hint)
    return builder.apply(COMPARE[type(op)], (left, right), node, hint=hint)


# --- choices ----------------------------------------------------------------------------------------------------------


def choose(builder: Builder, cond: ir.Atom, then, orelse, node: gast.AST, hint: str) -> ir.Atom:
    """The value of `then()` or of `orelse()`, which append the statements of the two arms."""
    start = mark()

    def arm(of) -> tuple[Arm, ir.Atom]:
        builder.open()
        value = of()
        return builder.close(), value

    (then_arm, a), (else_arm, b) = arm(then), arm(orelse)
    return builder.join(cond, then_arm, else_arm, start, node, (a, b), hint)


def _ternary(builder: Builder, node: gast.IfExp, hint: str) -> ir.Atom:
    cond = expression(builder, node.test)

    def then() -> ir.Atom:
        return expression(builder, node.body, hint)

    def orelse() -> ir.Atom:
        return expression(builder, node.orelse, hint)

    return choose(builder, cond, then, orelse, node, hint)


def _boolean(builder: Builder, node: gast.BoolOp, hint: str) -> ir.Atom:
    return _boolean_of(builder, node, node.values, hint)


def _boolean_of(builder: Builder, node: gast.BoolOp, values: list, hint: str) -> ir.Atom:
    if len(values) == 1:
        return expression(builder, values[0], hint)
    half = 1 if len(values) <= _MOST_NESTED else len(values) // 2
    first = _boolean_of(builder, node, values[:half], "")

    def rest() -> ir.Atom:
        return _boolean_of(builder, node, values[half:], hint)

    if isinstance(node.op, gast.And):
        return choose(builder, first, rest, lambda: first, node, hint)
    return choose(builder, first, lambda: first, rest, node, hint)


# --- attributes, subscripts, calls ------------------------------------------------------------------------------------


def attribute_name(builder: Builder, name: str) -> ir.Lit:
    """The name of an attribute; a class-private one is as the code object has it."""
    if name.startswith("__") and not name.endswith("__"):
        stored = [n for code in code_objects(builder.source.function.__code__) for n in code.co_names]
        name = next((n for n in stored if n != name and n.startswith("_") and n.endswith(name)), name)
    return ir.Lit(name)


def _attribute(builder: Builder, node: gast.Attribute, hint: str) -> ir.Atom:
    value = expression(builder, node.value)
    return builder.apply(getattr, (value, attribute_name(builder, node.attr)), node, hint=hint)


def _subscript(builder: Builder, node: gast.Subscript, hint: str) -> ir.Atom:
    container = expression(builder, node.value)
    return builder.apply(operator.getitem, (container, expression(builder, node.slice)), node, hint=hint)


def _slice(builder: Builder, node: gast.Slice, hint: str) -> ir.Atom:
    parts = tuple(
        NONE if part is None else expression(builder, part) for part in (node.lower, node.upper, node.step)
    )
    return builder.apply(intrinsics.build_slice, parts, node, hint=hint)


def _items(builder: Builder, nodes: list) -> list:
    """The items of a display or the positional arguments of a call, which may be starred."""
    items: list = []
    for k, node in enumerate(nodes):
        if not isinstance(node, gast.Starred):
            items.append(expression(builder, node))
            continue
        atom = expression(builder, node.value)
        if any(not isinstance(later, gast.Constant | gast.Name) for later in nodes[k + 1 :]):
            # Python takes the items before it evaluates what follows.
            atom = builder.apply(intrinsics.build_tuple, (ir.Star(atom),), node)
        items.append(ir.Star(atom))
    return items


def _call(builder: Builder, node: gast.Call, hint: str) -> ir.Atom:
    if isinstance(node.func, gast.Name):
        if _is_own_super(builder, node):
            return _super(builder, node, hint)
        _check_callee(builder, node)
    fn, args, kwargs = _callee(builder, node)
    return builder.apply(fn, args, node, hint=hint, kwargs=kwargs)


def _callee(builder: Builder, node: gast.Call) -> tuple[ir.Atom, tuple, tuple]:
    """The function of a call, and its arguments."""
    fn = expression(builder, node.func)
    args = tuple(_items(builder, node.args))
    kwargs = []
    for k, keyword in enumerate(node.keywords):
        atom = expression(builder, keyword.value)
        if keyword.arg is None and any(
            not isinstance(later.value, gast.Constant | gast.Name) for later in node.keywords[k + 1 :]
        ):
            atom = builder.apply(intrinsics.build_dict, (ir.Star(atom),), keyword)
        kwargs.append((keyword.arg, atom))
    return fn, args, tuple(kwargs)


def _is_own_super(builder: Builder, node: gast.Call) -> bool:
    """Is this ``super()`` in a method that has a class?"""
    if node.func.id != "super" or node.args or node.keywords or builder.outer is not None:
        return False
    free = builder.scope.lookup("super")
    return free is not None and free.where == "builtin" and "__class__" in builder.source.function.__code__.co_freevars


def _super(builder: Builder, node: gast.Call, hint: str) -> ir.Atom:
    """``super(__class__, self)``"""
    cls = ir.FreeName(builder.scope.lookup("__class__"))
    arguments = builder.source.node.args
    first = [*arguments.posonlyargs, *arguments.args][0]
    return builder.apply(super, (cls, builder.read(first)), node, hint=hint)


def _check_callee(builder: Builder, node: gast.Call) -> None:
    """Refuse the builtins that work on the variables of their caller."""
    name = node.func.id
    if name in ALWAYS_REFUSED or (name in FRAME_FUNCTIONS and not node.args and not node.keywords):
        free = builder.scope.lookup(name)
        if free is not None and free.where == "builtin":
            refuse(name, builder.at(node))


# --- displays and strings ---------------------------------------------------------------------------------------------

_DISPLAYS = {
    gast.Tuple: intrinsics.build_tuple,
    gast.List: intrinsics.build_list,
    gast.Set: intrinsics.build_set,
}


def _display(builder: Builder, node: gast.Tuple | gast.List | gast.Set, hint: str) -> ir.Atom:
    return builder.apply(_DISPLAYS[type(node)], tuple(_items(builder, node.elts)), node, hint=hint)


def _dict(builder: Builder, node: gast.Dict, hint: str) -> ir.Atom:
    items: list = []
    for key, value in zip(node.keys, node.values):
        if key is None:
            # Later entries may depend on what it holds now.
            copy = builder.apply(intrinsics.build_dict, (ir.Star(expression(builder, value)),), value)
            items.append(ir.Star(copy))
        else:
            items += [expression(builder, key), expression(builder, value)]
    return builder.apply(intrinsics.build_dict, tuple(items), node, hint=hint)


def _string(builder: Builder, node: gast.JoinedStr, hint: str) -> ir.Atom:
    if all(isinstance(part, gast.Constant) for part in node.values):
        return ir.Lit("".join(part.value for part in node.values))
    parts = tuple(expression(builder, part) for part in node.values)
    return builder.apply(intrinsics.build_string, parts, node, hint=hint)


def _formatted(builder: Builder, node: gast.FormattedValue, hint: str) -> ir.Atom:
    value = expression(builder, node.value)
    spec = ir.Lit("") if node.format_spec is None else expression(builder, node.format_spec)
    return builder.apply(intrinsics.format_value, (value, ir.Lit(node.conversion), spec), node, hint=hint)


def _yield(builder: Builder, node: gast.Yield, hint: str) -> ir.Atom:
    if not builder.suspended:
        refuse(gast.Yield, builder.at(node))
    value = NONE if node.value is None else expression(builder, node.value)
    builder.apply(intrinsics.yielded, (value,), node)
    return NONE


EXPRESSIONS = {
    gast.Yield: _yield,
    gast.Name: _name,
    gast.Constant: _constant,
    gast.NamedExpr: _named,
    gast.BinOp: _binary,
    gast.UnaryOp: _unary,
    gast.Compare: _compare,
    gast.IfExp: _ternary,
    gast.BoolOp: _boolean,
    gast.Attribute: _attribute,
    gast.Subscript: _subscript,
    gast.Slice: _slice,
    gast.Call: _call,
    gast.Tuple: _display,
    gast.List: _display,
    gast.Set: _display,
    gast.Dict: _dict,
    gast.JoinedStr: _string,
    gast.FormattedValue: _formatted,
}
