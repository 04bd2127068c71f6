"""``import`` inside a function: the module is imported when the function is lowered."""

from __future__ import annotations

import importlib

import gast

from srcad.frontend.lower.builder import Builder
from srcad.frontend.lower.refusals import refuse
from srcad.trace import ir


def import_(builder: Builder, node: gast.Import) -> None:
    """``import a.b`` binds ``a``; ``import a.b as c`` binds ``a.b``."""
    for alias in node.names:
        module = _module(builder, alias.name, None, node)
        package = alias.name.partition(".")[0]
        if alias.asname is None:
            module = _module(builder, package, None, node)
        builder.bind(alias.asname or package, ir.Ref(module), node)


def import_from(builder: Builder, node: gast.ImportFrom) -> None:
    """``from m import a`` reads the attribute when the statement is executed: it may have changed since."""
    name = "." * (node.level or 0) + (node.module or "")
    package = builder.source.function.__globals__.get("__package__")
    module = _module(builder, name, package, node)
    for alias in node.names:
        if not hasattr(module, alias.name):
            _module(builder, f"{module.__name__}.{alias.name}", None, node)
        hint = alias.asname or alias.name
        builder.bind(hint, builder.apply(getattr, (ir.Ref(module), ir.Lit(alias.name)), node, hint=hint), node)


def _module(builder: Builder, name: str, package: str | None, node: gast.AST):
    try:
        return importlib.import_module(name, package)
    except Exception as error:
        refuse("import", builder.at(node), name, error)
