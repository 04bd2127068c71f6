"""Comprehensions and generator expressions: what makes one item is a function of the item, as Python sees it.

    [a * b for a in xs for b in ys if b > a]

becomes ``comprehend("list", xs, <item a: comprehend("list", ys, <item b: (b > a, a * b)>)>)``. The variables of a
comprehension belong to that function; a walrus in it binds in the function around, which shares the variable.
"""

from __future__ import annotations

import inspect
from dataclasses import replace

import gast

from srcad.frontend.lower.builder import UNDEFINED, Builder
from srcad.frontend.lower.expressions import EXPRESSIONS, choose, expression
from srcad.frontend.lower.prune import prune
from srcad.frontend.lower.refusals import refuse
from srcad.frontend.lower.targets import hint_of, store
from srcad.frontend.scope import ComprehensionScope
from srcad.trace import intrinsics, ir

_WHAT = {gast.ListComp: "list", gast.SetComp: "set", gast.DictComp: "dict", gast.GeneratorExp: "generator"}


def _comprehension(builder: Builder, node: gast.AST, hint: str) -> ir.Atom:
    if builder.is_rule:
        refuse("rule function", builder.at(node))
    if isinstance(node, gast.GeneratorExp) and not _is_consumed(builder, node):
        refuse("kept generator", builder.at(node))
    return _generate(builder, node, 0, hint)


def _is_consumed(builder: Builder, node: gast.GeneratorExp) -> bool:
    """Does a generator expression stand where it is gone through: as an argument, after ``in``, behind a star, unpacked?"""
    for parent in gast.walk(builder.source.node):
        match parent:
            case gast.Call():
                found = node in parent.args
            case gast.For() | gast.comprehension():
                found = node is parent.iter
            case gast.Starred():
                found = node is parent.value
            case gast.Assign():
                found = node is parent.value and len(parent.targets) == 1 and isinstance(
                    parent.targets[0], gast.Tuple | gast.List)
            case _:
                found = False
        if found:
            return True
    return False


def _call(builder: Builder, node: gast.Call, hint: str) -> ir.Atom:
    """``any`` and ``all`` of a generator expression stop early; other calls are as they are."""
    if len(node.args) == 1 and isinstance(node.args[0], gast.GeneratorExp) and len(node.args[0].generators) == 1:
        for what in (any, all):
            if builder.means(node.func, what):
                return _generate(builder, node.args[0], 0, hint, what.__name__)
    return _plain_call(builder, node, hint)


def _generate(builder: Builder, node: gast.AST, k: int, hint: str, what: str = "") -> ir.Atom:
    """The items that the k-th ``for`` of a comprehension, and those inside it, give."""
    generator = node.generators[k]
    if generator.is_async:
        refuse(gast.AsyncFor, builder.at(node))
    iterable = expression(builder, generator.iter)
    inner = Builder(replace(builder.source, node=node), ComprehensionScope(builder.scope, generator.target), frozenset(),
                    False, builder)
    last = k == len(node.generators) - 1
    for name in sorted(inner.locals & inner.shared if last else inner.locals):
        inner.share(name, node)
    item = ir.Var(hint_of(generator.target))
    store(inner, generator.target, item, generator.target)

    def value() -> ir.Atom:
        if not last:
            return _generate(inner, node, k + 1, "")
        if isinstance(node, gast.DictComp):
            pair = (expression(inner, node.key), expression(inner, node.value))
            return inner.apply(intrinsics.build_tuple, pair, node)
        return expression(inner, node.elt)

    result = _if_all(inner, generator.ifs, value, node)
    params = [ir.Param(item, int(inspect.Parameter.POSITIONAL_ONLY))]
    params += [ir.Param(var, int(inspect.Parameter.POSITIONAL_OR_KEYWORD)) for var in inner.captured.values()]
    trace = ir.Function("item", params, ir.Block(inner.block.stmts, (result,)), builder.at(node), doc="item")
    prune(trace, inner.same)
    cells = [builder.cell(name) for name in inner.captured]
    nested = ir.Nested(trace, tuple(inner.captured), ())
    function = builder.apply(intrinsics.make_function, (ir.Ref(nested), *cells), node)
    what = what or (_WHAT[type(node)] if k == 0 else "part")
    flags = (ir.Lit(what), ir.Lit(bool(generator.ifs)), ir.Lit(not last))
    return builder.apply(intrinsics.comprehend, (*flags, iterable, function), node, hint=hint)


def _if_all(inner: Builder, conditions: list, value, node: gast.AST) -> ir.Atom:
    """The value, or with conditions the pair of whether they hold and the value if they do."""
    if not conditions:
        return value()

    def pair() -> ir.Atom:
        return inner.apply(intrinsics.build_tuple, (ir.Lit(True), value()), node)

    def dropped() -> ir.Atom:
        return inner.apply(intrinsics.build_tuple, (ir.Lit(False), UNDEFINED), node)

    def test(k: int) -> ir.Atom:
        if k == len(conditions):
            return pair()
        return choose(inner, expression(inner, conditions[k]), lambda: test(k + 1), dropped, node, "")

    return test(0)


_plain_call = EXPRESSIONS[gast.Call]
EXPRESSIONS[gast.Call] = _call
EXPRESSIONS |= dict.fromkeys(_WHAT, _comprehension)
