"""The parameters of a function."""

from __future__ import annotations

import inspect

from srcad.frontend.lower.builder import Builder
from srcad.trace import ir

_WRITTEN_DOWN = (int, float, complex, bool, str, bytes, type(None), type(Ellipsis))


def constant(value: object) -> ir.Atom:
    """A known object as an atom: a Lit if it can be written down exactly, else a Ref."""
    return ir.Lit(value) if type(value) in _WRITTEN_DOWN else ir.Ref(value)


def parameters(builder: Builder, extra: tuple[str, ...]) -> list[ir.Param]:
    """The function's parameters and the extra ones; their names are bound.

    Default values are taken from the function object: Python evaluates them once, when the ``def`` is executed.
    """
    function, a = builder.source.function, builder.source.node.args
    P = inspect.Parameter
    positional: list[tuple[str, int]] = [(node.id, P.POSITIONAL_ONLY) for node in a.posonlyargs]
    positional += [(node.id, P.POSITIONAL_OR_KEYWORD) for node in a.args]
    defaults = function.__defaults__ or ()
    missing = len(positional) - len(defaults)
    signature: list[tuple[str, int, ir.Atom | None]] = [
        (name, style, constant(defaults[i - missing]) if i >= missing else None)
        for i, (name, style) in enumerate(positional)
    ]
    if a.vararg is not None:
        signature.append((a.vararg.id, P.VAR_POSITIONAL, None))
    by_keyword = function.__kwdefaults__ or {}
    # Class-private names are in the dict as the code object has them.
    code = function.__code__
    for node, key in zip(a.kwonlyargs, code.co_varnames[code.co_argcount :]):
        signature.append((node.id, P.KEYWORD_ONLY, constant(by_keyword[key]) if key in by_keyword else None))
    if a.kwarg is not None:
        signature.append((a.kwarg.id, P.VAR_KEYWORD, None))
    signature += [(name, P.POSITIONAL_OR_KEYWORD, None) for name in extra]
    return _bound(builder, signature)


def nested_parameters(builder: Builder) -> list[ir.Param]:
    """The parameters of an inner function, whose defaults are values of the enclosing one; their names are bound."""
    a = builder.source.node.args
    P = inspect.Parameter
    signature = [(node.id, P.POSITIONAL_ONLY, None) for node in a.posonlyargs]
    signature += [(node.id, P.POSITIONAL_OR_KEYWORD, None) for node in a.args]
    signature += [] if a.vararg is None else [(a.vararg.id, P.VAR_POSITIONAL, None)]
    signature += [(node.id, P.KEYWORD_ONLY, None) for node in a.kwonlyargs]
    signature += [] if a.kwarg is None else [(a.kwarg.id, P.VAR_KEYWORD, None)]
    return _bound(builder, signature)


def _bound(builder: Builder, signature: list) -> list[ir.Param]:
    """Parameters; each is bound to its name, after the cells of the function have been made."""
    node = builder.source.node
    for name in sorted(builder.locals & builder.shared):
        builder.share(name, node)
    params = []
    for name, style, default in signature:
        var = ir.Var(name)
        params.append(ir.Param(var, int(style), default))
        builder.bind(name, var, node)
    return params
