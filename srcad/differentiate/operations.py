"""The adjoint of one operation: of its operands, by its rule or by what it does to a container."""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.differentiate import common, containers, squares
from srcad.differentiate.bars import Parts
from srcad.differentiate.common import no_rule
from srcad.differentiate.splice import run_adjoint, run_partials
from srcad.rules.registry import find_rule
from srcad.specialise.values import Pack
from srcad.trace.ir import Apply, Function, Lit, Var
from srcad.trace.kinds import Array, DictOf, ListOf, Scalar, Unknown, is_container, is_differentiable, tangent_kind


def reverse(adjoint, stmt: Apply) -> None:
    """Write the adjoint of one operation."""
    fn, target = stmt.fn, stmt.target
    bar = adjoint.bars.get(target)
    handler = containers.by_parts(stmt)
    if handler is not None:
        handler(adjoint, stmt, bar)
        return
    rule = None if isinstance(fn, Function) else find_rule(fn)
    if rule is not None and rule.apart and isinstance(bar, Parts):
        bar = adjoint.bars.items_or_zero(bar, target.kind)
    else:
        bar = adjoint.bars.materialised(target)
    handler = containers.whole(stmt)
    if handler is not None:
        handler(adjoint, stmt, bar)
        return
    adjoint.masks.start(stmt)
    if rule is None:
        raise no_rule(fn, stmt)
    if rule.kind == "elementwise":
        reverse_elementwise(adjoint, rule, stmt, bar)
    elif rule.kind == "zero":
        return
    elif rule.adjoint is None:
        raise no_rule(fn, stmt, "reverse")
    else:
        for operand, g in run_adjoint(adjoint.s, rule.adjoint, fn, target, bar, stmt.args, stmt.kwargs,
                                      lambda atom: atom in adjoint.active):
            contribute_operand(adjoint, operand, g, bar)


def contribute_operand(adjoint, operand, g, bar) -> None:
    """Add a rule's result to the adjoints of an operand, or of each of several."""
    if isinstance(operand, Pack):
        for k, item in enumerate(operand.items):
            part = g.items[k] if isinstance(g, Pack) else adjoint.b.apply(
                operator.getitem, adjoint.s.atom(g), Lit(k), kind=tangent_kind(kind_of_atom(item)))
            contribute_operand(adjoint, item, part, bar)
        return
    if isinstance(g, Pack):
        if isinstance(operand, Var) and is_container(operand.kind):
            parts = Parts()
            keys = operand.kind.keys if isinstance(operand.kind, DictOf) else range(len(g.items))
            for k, item in zip(keys, g.items):
                parts.items[k] = adjoint.s.atom(item)
            adjoint.bars.contribute(operand, parts)
            return
        g = adjoint.s.atom(g)
    g = adjoint.s.atom(g)
    if isinstance(g, Var) and isinstance(g.kind, Unknown) and isinstance(kind_of_atom(operand), ListOf) and all(
            map(is_differentiable, operand.kind.items or ())):      # rules give numbers for integers too
        g.kind = tangent_kind(operand.kind)
    fresh = isinstance(g, Var) and g is not bar and common.is_fresh(adjoint.b, g)
    made = adjoint.b.definition(g) if fresh else None
    if made is not None and made.fn is operator.matmul and isinstance(g.kind, Array) and isinstance(operand.kind, Array) and (
            g.kind.ndim == operand.kind.ndim == 2):
        g.kind = Array(g.kind.dtype, operand.kind.dims)          # which the rule's sizes say only if they are known to agree
    adjoint.bars.contribute(operand, g, fresh)


def reverse_elementwise(adjoint, rule, stmt: Apply, bar) -> None:
    """x̄ᵢ += ȳ · ∂f/∂xᵢ, summed over the axes that broadcasting stretched."""
    body = squares.partials_of(rule, stmt, adjoint.b.definition, lambda operand: operand in adjoint.active)
    operands, partials = run_partials(adjoint.s, body, stmt.fn, stmt.target, stmt.args, stmt.kwargs,
                                      lambda operand: operand in adjoint.active)
    for operand, partial in zip(operands, partials):
        if partial is None or not isinstance(operand, Var) or operand not in adjoint.active:
            continue
        g = common.like_number(adjoint.b, common.product(adjoint.b, bar, partial), operand)
        g = adjoint.masks.leave(stmt, operand, g)
        alone = not stmt.kwargs and all(a is operand or isinstance(kind_of_atom(a), Scalar) for a in stmt.args)
        g = unbroadcast(adjoint, g, operand, stmt.target, alone)
        adjoint.bars.contribute(operand, g, g is not bar and common.is_fresh(adjoint.b, g))


def unbroadcast(adjoint, g, operand: Var, result: Var, alone: bool = False):
    """Sum `g` over the axes that broadcasting added to or stretched in `operand`; none, if all others are numbers."""
    kind = operand.kind
    if isinstance(result.kind, Scalar):
        return g
    if isinstance(kind, Scalar):
        if isinstance(result.kind, Array) and isinstance(kind_of_atom(g), Array) and common.same_axes(
                kind_of_atom(g), result.kind):
            return adjoint.b.apply(np.sum, g)
        return common.summed_like(adjoint.b, full(adjoint, g, result), operand)
    if isinstance(kind, Array) and (alone and common.same_rank(kind, result.kind) or common.operand_keeps_shape(
            kind, result.kind)):
        return full(adjoint, g, operand) if not isinstance(kind_of_atom(g), Array) else g
    return common.summed_like(adjoint.b, full(adjoint, g, result), operand)


def full(adjoint, g, like: Var):
    """`g` in the shape of `like` if it may be smaller (a partial can be a constant)."""
    if isinstance(kind_of_atom(g), Array) and (common.same_axes(kind_of_atom(g), like.kind) or
                                               common.operand_keeps_shape(kind_of_atom(g), like.kind)):
        return g
    if isinstance(like.kind, Scalar):
        return g
    return adjoint.b.apply(runtime.broadcast_like, g, like, kind=tangent_kind(like.kind))
