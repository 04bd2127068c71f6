"""Statements without control flow."""

from __future__ import annotations

import gast

from srcad.frontend.lower.builder import BROKEN, NONE, RESULT, RETURNED, SKIP, STOPPED, UNDEFINED, Builder, mark
from srcad.frontend.lower.expressions import expression
from srcad.frontend.lower.imports import import_, import_from
from srcad.frontend.lower.refusals import refuse
from srcad.frontend.lower.targets import assign, assign_in_place, delete, hint_of, store


def _annotated(builder: Builder, node: gast.AnnAssign) -> None:
    if node.value is not None:
        store(builder, node.target, expression(builder, node.value, hint_of(node.target)), node)


def _expression(builder: Builder, node: gast.Expr) -> None:
    # A docstring, or a name by itself: nothing happens.
    if not isinstance(node.value, gast.Constant | gast.Name):
        expression(builder, node.value)


def _delete(builder: Builder, node: gast.Delete) -> None:
    for target in node.targets:
        delete(builder, target, node)


def _assert(builder: Builder, node: gast.Assert) -> None:
    cond = expression(builder, node.test)
    start = mark()
    builder.open()
    holds = builder.close()
    builder.open()
    args = () if node.msg is None else (expression(builder, node.msg),)
    builder.raise_(builder.apply(AssertionError, args, node), UNDEFINED, node)
    builder.join(cond, holds, builder.close(), start, node)


def _raise(builder: Builder, node: gast.Raise) -> None:
    again = builder.errors[-1] if builder.errors else UNDEFINED
    exception = again if node.exc is None else expression(builder, node.exc)
    cause = UNDEFINED if node.cause is None else expression(builder, node.cause)
    builder.raise_(exception, cause, node)


def _return(builder: Builder, node: gast.Return) -> None:
    if builder.is_rule:
        refuse("rule return", builder.at(node))
    builder.set(RESULT, NONE if node.value is None else expression(builder, node.value))
    builder.leave(RETURNED, BROKEN, STOPPED, SKIP)


def _break(builder: Builder, node: gast.Break) -> None:
    builder.leave(BROKEN, STOPPED, SKIP)


def _continue(builder: Builder, node: gast.Continue) -> None:
    builder.leave(SKIP)


def _nothing(builder: Builder, node: gast.AST) -> None:
    pass


STATEMENTS = {
    gast.Assign: assign,
    gast.AugAssign: assign_in_place,
    gast.AnnAssign: _annotated,
    gast.Expr: _expression,
    gast.Delete: _delete,
    gast.Assert: _assert,
    gast.Raise: _raise,
    gast.Return: _return,
    gast.Break: _break,
    gast.Continue: _continue,
    gast.Import: import_,
    gast.ImportFrom: import_from,
    gast.Pass: _nothing,
    # Which names they mean is known from the scope; binding one is refused where it is bound.
    gast.Global: _nothing,
    gast.Nonlocal: _nothing,
}
