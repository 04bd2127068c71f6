"""Which names a loop may bind: read off the tree, each node once."""

from __future__ import annotations

import gast

_LEAVES = (gast.Constant, gast.expr_context, gast.operator, gast.unaryop, gast.cmpop, gast.boolop)


def bound_names(node: gast.AST, known: dict[gast.AST, dict[str, None]]) -> dict[str, None]:
    """The names that are bound or deleted anywhere in `node`, in order of appearance.

    `known` holds what has been found for loops: each is scanned once, however deep it is nested.
    """
    if node in known:
        return known[node]
    names: dict[str, None] = {}
    rest = [node]
    while rest:
        part = rest.pop()
        if isinstance(part, gast.Name):
            if not isinstance(part.ctx, gast.Load):
                names[part.id] = None
            continue
        if part is not node and isinstance(part, gast.For | gast.While):
            names.update(bound_names(part, known))
            continue
        match part:
            case gast.FunctionDef():
                # What is inside it is its own; what its head evaluates is not.
                names[part.name] = None
                rest.extend((*part.decorator_list, *part.args.defaults, *filter(None, part.args.kw_defaults)))
                continue
            case gast.Lambda():
                rest.extend((*part.args.defaults, *filter(None, part.args.kw_defaults)))
                continue
            case gast.comprehension():
                # The target belongs to the comprehension.
                rest.extend((*part.ifs, part.iter))
                continue
            case gast.MatchAs() | gast.MatchStar() if part.name is not None:
                names[part.name] = None
            case gast.MatchMapping() if part.rest is not None:
                names[part.rest] = None
        if isinstance(part, gast.Import | gast.ImportFrom):
            names.update(dict.fromkeys(alias.asname or alias.name.partition(".")[0] for alias in part.names))
        children = []
        for field in part._fields:
            value = getattr(part, field, None)
            if isinstance(value, list):
                children.extend(value)
            elif isinstance(value, gast.AST) and not isinstance(value, _LEAVES):
                children.append(value)
        rest.extend(child for child in reversed(children) if isinstance(child, gast.AST))
    if isinstance(node, gast.For | gast.While):
        known[node] = names
    return names
