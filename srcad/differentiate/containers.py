"""Adjoints of operations that build containers, or take something out of them."""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.differentiate.common import no_rule, summed_like
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Lit, Var
from srcad.trace.kinds import (
    Array,
    ListOf,
    Saved,
    Scalar,
    Struct,
    TupleOf,
    dtype_of,
    has_attributes,
    is_complex,
    is_container,
    is_differentiable,
    tangent_kind,
)


def by_parts(stmt: Apply):
    """The handler of an operation whose adjoint may be one of parts, each of which goes its way; None if it is not such."""
    if stmt.fn is getattr:
        return reverse_attribute if has_attributes(kind_of_atom(stmt.args[0])) else None
    return BY_PARTS.get(stmt.fn)


def whole(stmt: Apply):
    """The handler of an operation whose adjoint is wanted as one value; None if the operation has a rule."""
    if stmt.fn in (operator.add, operator.mul):
        return reverse_concatenation if is_container(stmt.target.kind) else None
    return WHOLE.get(stmt.fn)


# --- by parts ---------------------------------------------------------------------------------------------------------


def reverse_display(adjoint, stmt: Apply, bar) -> None:
    """``(a, b)`` and ``[a, b]``"""
    for k, a in enumerate(stmt.args):
        adjoint.bars.contribute(a, adjoint.bars.component(bar, k, kind_of_atom(a)))


def reverse_dict(adjoint, stmt: Apply, bar) -> None:
    """``{"a": a, "b": b}``"""
    for key, a in zip(stmt.args[::2], stmt.args[1::2]):
        adjoint.bars.contribute(a, adjoint.bars.component(bar, key.value, kind_of_atom(a)))


def reverse_object(adjoint, stmt: Apply, bar) -> None:
    """An object, or a named tuple, made of its attributes."""
    for k, (name, a) in enumerate(stmt.kwargs):
        key = name if isinstance(stmt.target.kind, Struct) else k
        adjoint.bars.contribute(a, adjoint.bars.component(bar, key, kind_of_atom(a)))


def reverse_attribute(adjoint, stmt: Apply, bar) -> None:
    """``record.name``"""
    adjoint.bars.contribute_item(stmt.args[0], stmt.args[1], bar)


def reverse_getitem(adjoint, stmt: Apply, bar) -> None:
    """``container[index]``"""
    container, index = stmt.args
    kind = kind_of_atom(container)
    if isinstance(kind, TupleOf | ListOf) and not isinstance(index, Lit) and not isinstance(
            kind_of_atom(index), Scalar):
        if container in adjoint.bars.shadows:
            adjoint.bars.contribute_item(container, index, adjoint.bars.atom_of(bar, stmt.target.kind, stmt.target))
            return
        known = adjoint.bars.bar_or_zeros(container)
        piece = adjoint.bars.atom_of(bar, stmt.target.kind, stmt.target)
        total = adjoint.b.apply(runtime.add_slice, known, index, piece, target=adjoint.bars.new_bar(container),
                             kind=tangent_kind(kind))
        adjoint.bars.of[container] = total
        return
    if isinstance(kind, Saved) or (is_container(kind) and not isinstance(stmt.target.kind, ListOf)):
        adjoint.bars.contribute_item(container, index, bar)
        return
    adjoint.bars.contribute_item(container, index, adjoint.bars.atom_of(bar, stmt.target.kind, stmt.target))


def reverse_unpack(adjoint, stmt: Apply, bar) -> None:
    """``a, *b = container``"""
    container, count, star = stmt.args
    kind, (n, at) = kind_of_atom(container), (count.value, star.value)
    for k in range(n):
        part = adjoint.bars.component(bar, k, stmt.target.kind.items[k])
        if part is None:
            continue
        if k == at:
            index = adjoint.b.apply(intrinsics.build_slice, Lit(k), Lit(k - n + 1) if k < n - 1 else Lit(None), Lit(None))
            if isinstance(kind, Array):
                adjoint.bars.contribute_item(container, index, adjoint.b.apply(np.array, adjoint.bars.atom_of(part, None)))
            else:
                known = adjoint.bars.bar_or_zeros(container)
                adjoint.bars.of[container] = adjoint.b.apply(
                    runtime.add_slice, known, index, adjoint.bars.atom_of(part, stmt.target.kind.items[k]),
                    target=adjoint.bars.new_bar(container), kind=tangent_kind(kind))
            continue
        adjoint.bars.contribute_item(container, Lit(k if at < 0 or k < at else k - n), part)


# --- as one value -----------------------------------------------------------------------------------------------------


def reverse_getattr(adjoint, stmt: Apply, bar) -> None:
    """``x.T``, ``z.real``: attributes of arrays and numbers."""
    x, name = stmt.args[0], stmt.args[1].value
    match name:
        case "T":
            if isinstance(kind_of_atom(bar), Array):
                g = adjoint.b.apply(getattr, bar, Lit("T"))
            else:
                g = bar if isinstance(kind_of_atom(x), Scalar) else adjoint.b.apply(np.transpose, bar)
        case "mT":
            g = adjoint.b.apply(np.swapaxes, bar, Lit(-1), Lit(-2))
        case "real":
            g = bar
        case "imag":
            if dtype_of(kind_of_atom(x)) is not None and not is_complex(kind_of_atom(x)):
                return
            g = adjoint.b.apply(operator.mul, Lit(-1j), bar)
            if dtype_of(kind_of_atom(x)) is None:
                g = adjoint.b.apply(runtime.match_kind, g, x, kind=tangent_kind(kind_of_atom(x)))
        case "flat":
            g = adjoint.b.apply(np.reshape, bar, adjoint.b.apply(getattr, x, Lit("shape")))
        case _:
            raise no_rule(getattr, stmt)
    if name == "real" and is_complex(kind_of_atom(x)):
        g = adjoint.b.apply(operator.add, g, Lit(0j))
    adjoint.bars.contribute(x, g)


def reverse_concatenation(adjoint, stmt: Apply, bar) -> None:
    """``xs + ys`` and ``xs * 2``"""
    if stmt.fn is operator.mul:
        for atom in stmt.args:
            if isinstance(atom, Var) and atom in adjoint.active and is_container(atom.kind):
                adjoint.bars.contribute(atom, adjoint.b.apply(runtime.fold_repeats, bar, atom, kind=tangent_kind(atom.kind)))
        return
    first, second = stmt.args
    length = adjoint.b.apply(len, first)
    for atom, lo, hi in ((first, Lit(None), length), (second, length, Lit(None))):
        if isinstance(atom, Var) and atom in adjoint.active:
            index = adjoint.b.apply(intrinsics.build_slice, lo, hi, Lit(None))
            adjoint.bars.contribute(atom, adjoint.b.apply(operator.getitem, bar, index, kind=tangent_kind(atom.kind)))


def reverse_sum(adjoint, stmt: Apply, bar) -> None:
    """``sum(items, start)``"""
    items = stmt.args[0]
    start = stmt.args[1] if len(stmt.args) > 1 else dict(stmt.kwargs).get("start")
    if isinstance(items, Var) and items in adjoint.active:
        known = getattr(items.kind, "items", None)
        if known and all(isinstance(kind, Scalar) for kind in (kind_of_atom(bar), *known)):
            for k, kind in enumerate(known):
                if is_differentiable(kind):
                    adjoint.bars.contribute_item(items, Lit(k), bar)
        else:
            adjoint.bars.contribute(items, adjoint.b.apply(runtime.spread_sum, bar, items, kind=tangent_kind(items.kind)))
    if isinstance(start, Var) and start in adjoint.active:
        adjoint.bars.contribute(start, summed_like(adjoint.b, bar, start))


def reverse_addition(adjoint, stmt: Apply, bar) -> None:
    """``buffer[index] += value`` of adjoints: the primal of a second derivative."""
    buffer, index, value = stmt.args
    item = adjoint.b.apply(operator.getitem, bar, index, kind=tangent_kind(kind_of_atom(value)))
    adjoint.bars.contribute(value, item)
    adjoint.bars.contribute(buffer, bar)


def reverse_copy(adjoint, stmt: Apply, bar) -> None:
    adjoint.bars.contribute(stmt.args[0], bar)


def reverse_conversion(adjoint, stmt: Apply, bar) -> None:
    """``list(xs)`` and ``tuple(xs)``"""
    source = kind_of_atom(stmt.args[0])
    if isinstance(source, Array):
        given = adjoint.b.apply(np.array, bar)
    else:
        given = adjoint.b.apply(tuple if isinstance(source, TupleOf) else list, bar, kind=tangent_kind(source))
    adjoint.bars.contribute(stmt.args[0], given)


#: Operation → handler(adjoint, stmt, bar), where `bar` may be `Parts`.
BY_PARTS = {
    intrinsics.build_tuple: reverse_display, intrinsics.build_list: reverse_display, intrinsics.new_list: reverse_display,
    intrinsics.build_dict: reverse_dict, runtime.make_like: reverse_object, operator.getitem: reverse_getitem,
    intrinsics.unpack: reverse_unpack,
}
#: Operation → handler(adjoint, stmt, bar), where `bar` is an atom.
WHOLE = {
    intrinsics.index_add: reverse_addition, intrinsics.scatter_add: reverse_addition, runtime.add_item: reverse_addition,
    intrinsics.copy_value: reverse_copy, intrinsics.rewind: reverse_copy, getattr: reverse_getattr, list: reverse_conversion,
    tuple: reverse_conversion, sum: reverse_sum,
}
