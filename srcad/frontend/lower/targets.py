"""What may stand to the left of ``=``: names, subscripts, attributes, and tuples of those."""

from __future__ import annotations

import operator

import gast

from srcad.frontend.lower.builder import Builder
from srcad.frontend.lower.expressions import attribute_name, expression
from srcad.frontend.lower.refusals import refuse
from srcad.trace import intrinsics, ir

IN_PLACE = {
    gast.Add: operator.iadd,
    gast.Sub: operator.isub,
    gast.Mult: operator.imul,
    gast.Div: operator.itruediv,
    gast.FloorDiv: operator.ifloordiv,
    gast.Mod: operator.imod,
    gast.Pow: operator.ipow,
    gast.MatMult: operator.imatmul,
    gast.LShift: operator.ilshift,
    gast.RShift: operator.irshift,
    gast.BitAnd: operator.iand,
    gast.BitOr: operator.ior,
    gast.BitXor: operator.ixor,
}


def hint_of(target: gast.AST) -> str:
    """What a value that is assigned to `target` would like to be called."""
    return target.id if isinstance(target, gast.Name) else ""


def store(builder: Builder, target: gast.AST, value: ir.Atom, node: gast.AST) -> None:
    """Assign an atom to a target; `node` is the statement."""
    match target:
        case gast.Name():
            builder.bind(target.id, value, target)
        case gast.Subscript():
            container = expression(builder, target.value)
            index = expression(builder, target.slice)
            builder.apply(operator.setitem, (container, index, value), node)
        case gast.Attribute():
            owner = expression(builder, target.value)
            builder.apply(setattr, (owner, attribute_name(builder, target.attr), value), node)
        case gast.Tuple() | gast.List():
            _unpack(builder, target.elts, value, target)
        case _:
            refuse(type(target), builder.at(target))


def _unpack(builder: Builder, targets: list, value: ir.Atom, node: gast.AST) -> None:
    """``a, *b, c = value``: all items are taken before the first of them is stored."""
    stars = [i for i, target in enumerate(targets) if isinstance(target, gast.Starred)]
    star = stars[0] if stars else -1
    items = builder.apply(intrinsics.unpack, (value, ir.Lit(len(targets)), ir.Lit(star)), node)
    plain = [target.value if isinstance(target, gast.Starred) else target for target in targets]
    taken = [
        builder.apply(operator.getitem, (items, ir.Lit(i)), target, hint=hint_of(target))
        for i, target in enumerate(plain)
    ]
    for target, item in zip(plain, taken):
        store(builder, target, item, target)


def assign(builder: Builder, node: gast.Assign) -> None:
    """``a = b = value``: the value first, then the targets from left to right."""
    if len(node.targets) == 1:
        # `a, b = b, a` needs no tuple: all values first, then all stores.
        for target, value in _pairs(builder, node.targets[0], node.value):
            store(builder, target, value, node)
        return
    hint = next((target.id for target in node.targets if isinstance(target, gast.Name)), "")
    value = expression(builder, node.value, hint)
    for target in node.targets:
        store(builder, target, value, node)


def _pairs(builder: Builder, target: gast.AST, value: gast.AST) -> list[tuple[gast.AST, ir.Atom]]:
    displays = (gast.Tuple, gast.List)
    if (
        isinstance(target, displays)
        and isinstance(value, displays)
        and len(target.elts) == len(value.elts)
        and not any(isinstance(item, gast.Starred) for item in (*target.elts, *value.elts))
    ):
        return [pair for t, v in zip(target.elts, value.elts) for pair in _pairs(builder, t, v)]
    return [(target, expression(builder, value, hint_of(target)))]


def assign_in_place(builder: Builder, node: gast.AugAssign) -> None:
    """``target op= value``: load, value, operation, store; what the target consists of is evaluated once."""
    fn, target = IN_PLACE[type(node.op)], node.target
    match target:
        case gast.Name():
            builder.check_writable(target.id, target)
            old = builder.read(target)
            value = expression(builder, node.value)
            builder.bind(target.id, builder.apply(fn, (old, value), node, hint=target.id), target)
        case gast.Subscript():
            container = expression(builder, target.value)
            index = expression(builder, target.slice)
            old = builder.apply(operator.getitem, (container, index), target)
            new = builder.apply(fn, (old, expression(builder, node.value)), node)
            builder.apply(operator.setitem, (container, index, new), node)
        case gast.Attribute():
            owner, name = expression(builder, target.value), attribute_name(builder, target.attr)
            old = builder.apply(getattr, (owner, name), target)
            new = builder.apply(fn, (old, expression(builder, node.value)), node)
            builder.apply(setattr, (owner, name, new), node)
        case _:
            refuse(type(target), builder.at(target))


def delete(builder: Builder, target: gast.AST, node: gast.AST) -> None:
    """``del target``."""
    match target:
        case gast.Name():
            builder.unbind(target)
        case gast.Subscript():
            container = expression(builder, target.value)
            builder.apply(operator.delitem, (container, expression(builder, target.slice)), node)
        case gast.Attribute():
            owner = expression(builder, target.value)
            builder.apply(delattr, (owner, attribute_name(builder, target.attr)), node)
        case gast.Tuple() | gast.List():
            for part in target.elts:
                delete(builder, part, node)
        case _:
            refuse(type(target), builder.at(target))
