"""Functions defined inside the function: ``def`` and ``lambda``.

Each becomes a Trace of its own. A variable that it shares with the function around it is kept in a *cell*, which both read
and write where Python does: late binding and ``nonlocal`` need nothing else. The cells are the Trace's last parameters.

    def f(x):                       def f(x):
        scale = 2.0                     scale = new_cell(); cell_write(scale, 2.0)
        def g(y):             →         g = make_function(<g>, scale)
            return scale * y            ...                         where g(y, scale): v = cell_read(scale); v * y
"""

from __future__ import annotations

import inspect
from dataclasses import replace

import gast

from srcad.frontend.lower.builder import Builder
from srcad.frontend.lower.control import function_body
from srcad.frontend.lower.expressions import EXPRESSIONS, expression
from srcad.frontend.lower.parameters import nested_parameters
from srcad.frontend.lower.prune import prune
from srcad.frontend.lower.refusals import refuse
from srcad.frontend.lower.statements import STATEMENTS
from srcad.frontend.scope import NestedScope
from srcad.trace import intrinsics, ir
from srcad.trace.naming import LAMBDA


def make(builder: Builder, node: gast.FunctionDef | gast.Lambda, hint: str) -> ir.Atom:
    """The function that a ``def`` or ``lambda`` makes, without its decorators."""
    if builder.is_rule:
        refuse("rule function", builder.at(node))
    _check(builder, node)
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    named = [(arg.id, default) for arg, default in zip(positional[len(positional) - len(a.defaults):], a.defaults)]
    named += [(arg.id, default) for arg, default in zip(a.kwonlyargs, a.kw_defaults) if default is not None]
    defaults = [expression(builder, default) for _, default in named]
    inner = Builder(replace(builder.source, node=node), NestedScope(builder.scope, node), frozenset(), False, builder)
    params = nested_parameters(inner)
    result = function_body(inner, None)
    params += [ir.Param(var, int(inspect.Parameter.POSITIONAL_OR_KEYWORD)) for var in inner.captured.values()]
    is_lambda = isinstance(node, gast.Lambda)
    trace = ir.Function(
        name=LAMBDA if is_lambda else node.name,
        params=params,
        body=ir.Block(inner.block.stmts, (result,)),
        loc=builder.at(node),
        doc="<lambda>" if is_lambda else node.name,
    )
    prune(trace, inner.same)
    cells = [builder.cell(name) for name in inner.captured]
    nested = ir.Nested(trace, tuple(inner.captured), tuple(name for name, _ in named))
    return builder.apply(intrinsics.make_function, (ir.Ref(nested), *cells, *defaults), node, hint=hint)


def _check(builder: Builder, node: gast.FunctionDef | gast.Lambda) -> None:
    """Refuse generators: a ``yield`` of the function's own makes it one."""
    rest: list = list(node.body) if isinstance(node.body, list) else [node.body]
    while rest:
        part = rest.pop()
        if isinstance(part, gast.Yield | gast.YieldFrom | gast.Await):
            refuse(type(part), builder.at(part))
        if not isinstance(part, gast.FunctionDef | gast.AsyncFunctionDef | gast.Lambda | gast.ClassDef):
            rest.extend(gast.iter_child_nodes(part))


def _lambda(builder: Builder, node: gast.Lambda, hint: str) -> ir.Atom:
    return make(builder, node, hint)


def _def(builder: Builder, node: gast.FunctionDef) -> None:
    decorators = [expression(builder, decorator) for decorator in node.decorator_list]
    value = make(builder, node, node.name)
    for decorator in reversed(decorators):
        value = builder.apply(decorator, (value,), node, hint=node.name)
    builder.bind(node.name, value, node)


EXPRESSIONS[gast.Lambda] = _lambda
STATEMENTS[gast.FunctionDef] = _def
