"""What the later stages of emit need to know of a function's values, found in one walk.

Enters: a Function. Leaves: how often and how each value is used, what it is defined by, the user's names, and the
objects that the text must name.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from srcad.trace import intrinsics as ops
from srcad.trace.ir import Apply, For, FreeName, Function, If, Lit, Ref, Star, Var, While, blocks, pattern_vars

#: Operations whose second operand is printed inside square brackets.
SUBSCRIPTS = frozenset({operator.getitem, operator.setitem, operator.delitem, ops.index_add, ops.add_at,
                        ops.leave_item})
#: Operations on a buffer in place whose result is the buffer.
BUFFER_ADDS = frozenset({ops.index_add, ops.scatter_add})


SLICES = frozenset({ops.build_slice, slice})


def key(fn: object) -> Any:
    """Something to look a callable up by in a table."""
    return fn if type(fn).__hash__ is not None else None


def is_identity_of_literal(stmt: Apply) -> bool:
    """Is this ``x is 1``? Python warns of that as syntax, so it is written as a call."""
    return stmt.fn in (operator.is_, operator.is_not) and any(
        isinstance(a, Lit) and not isinstance(a.value, bool | type(None) | type(Ellipsis)) for a in stmt.args)


def slice_parts(stmt: Apply) -> tuple | None:
    """Start, stop and step, if this makes a slice that can be written between colons."""
    if stmt.fn is ops.build_slice:
        return stmt.args
    if stmt.fn is not slice or stmt.kwargs or any(isinstance(a, Star) for a in stmt.args):
        return None
    match stmt.args:
        case (stop,):
            return Lit(None), stop, Lit(None)
        case start, stop:
            return start, stop, Lit(None)
        case _, _, _:
            return stmt.args
    return None


@dataclass(slots=True)
class Survey:
    """Facts about one function.

    Attributes
    ----------
    uses : dict of Var to int
        How many times a value is read.
    index_uses : dict of Var to int
        How many of these are as an index.
    loop_uses : dict of Var to int
        How many of these are as the iterable of a ``for``.
    defs : dict of Var to Apply
    buffers : dict of Var to Var
        The later names of an adjoint buffer, to its first one.
    hints : set of str
        The user's names.
    objects : dict of int to object
        Functions, modules and classes to be named, by id, in order of appearance.
    pushed : dict of Var to set of int
        How many values are pushed on a tape at a time.
    indices : list of Apply
        The tuples and slices that may be indices, in order.
    """

    uses: dict[Var, int] = field(default_factory=dict)
    index_uses: dict[Var, int] = field(default_factory=dict)
    loop_uses: dict[Var, int] = field(default_factory=dict)
    defs: dict[Var, Apply] = field(default_factory=dict)
    buffers: dict[Var, Var] = field(default_factory=dict)
    hints: set[str] = field(default_factory=set)
    objects: dict[int, object] = field(default_factory=dict)
    pushed: dict[Var, set[int]] = field(default_factory=dict)
    indices: list[Apply] = field(default_factory=list)

    def resolve(self, atom):
        """The atom itself, or the buffer that it is a later name of."""
        return self.buffers.get(atom, atom) if self.buffers and isinstance(atom, Var) else atom

    def need(self, obj: object) -> None:
        self.objects.setdefault(id(obj), obj)


def survey(fn: Function, syntax: frozenset) -> Survey:
    """Walk over `fn`. Callables in `syntax` are printed as syntax and need no name."""
    found = Survey()
    for param in fn.params:
        _name(found, param.var)
        if param.default is not None:
            _read(found, param.default)
    _block(found, fn.body, syntax)
    for manager, _ in fn.contexts:
        found.need(manager)
    for cls in (c for classes in fn.catches for c in classes):
        found.need(cls)
    _spread_index_uses(found)
    return found


def _name(found: Survey, var: Var) -> None:
    while var.of is not None:
        var = var.of
    if var.hint:
        found.hints.add(var.hint)


def _read(found: Survey, atom) -> None:
    if isinstance(atom, Var):
        atom = found.buffers.get(atom, atom)
        found.uses[atom] = found.uses.get(atom, 0) + 1
    elif isinstance(atom, Ref):
        found.need(atom.value)
    elif isinstance(atom, Lit):
        _need_for_literal(found, atom.value)
    elif isinstance(atom, Star):
        _read(found, atom.atom)
    elif isinstance(atom, FreeName):
        found.hints.add(atom.free.name)  # type: ignore[attr-defined]


def _need_for_literal(found: Survey, value: object) -> None:
    if isinstance(value, np.generic):
        found.need(type(value))
        value = value.item()
    if isinstance(value, float):
        if math.isinf(value) or math.isnan(value):
            found.need(math)
    elif isinstance(value, complex):
        found.need(complex)
        _need_for_literal(found, value.real)
        _need_for_literal(found, value.imag)
    elif isinstance(value, np.dtype):
        found.need(np.dtype)
    elif isinstance(value, tuple | list):
        for item in value:
            _need_for_literal(found, item)


def _block(found: Survey, block, syntax: frozenset) -> None:
    for stmt in block.stmts:
        if isinstance(stmt, Apply):
            _apply(found, stmt, syntax)
            continue
        match stmt:
            case If():
                _read(found, stmt.cond)
                targets = stmt.targets
            case For():
                for source in stmt.sources:
                    _read(found, source.iterable)
                    if isinstance(source.iterable, Var):
                        found.loop_uses[source.iterable] = found.loop_uses.get(source.iterable, 0) + 1
                    for var in pattern_vars(source.target):
                        _name(found, var)
                if len(stmt.sources) != 1:
                    found.need(zip)
                targets = stmt.carried
            case While():
                targets = stmt.carried
            case _:
                continue
        if isinstance(stmt, For | While):
            for atom in stmt.inits:
                _read(found, atom)
        for inner in blocks(stmt):
            _block(found, inner, syntax)
        if isinstance(stmt, For | While) and stmt.stop is not None:
            _read(found, stmt.stop)
        for var in targets:
            _name(found, var)
    for atom in block.yields:
        _read(found, atom)


def _apply(found: Survey, stmt: Apply, syntax: frozenset) -> None:
    fn, args = stmt.fn, stmt.args
    for atom in args:
        _read(found, atom)
    for _, atom in stmt.kwargs:
        _read(found, atom)
    _name(found, stmt.target)
    found.defs[stmt.target] = stmt
    if isinstance(fn, Var | FreeName):
        _read(found, fn)
        return
    if key(fn) is None:
        found.need(fn)
        return
    if fn in SLICES:
        found.need(slice)
        if slice_parts(stmt) is not None:
            found.indices.append(stmt)
        return
    if isinstance(fn, Function) or fn not in syntax or is_identity_of_literal(stmt):
        found.need(fn)
        return
    if fn in SUBSCRIPTS:
        index = args[1]
        if isinstance(index, Var):
            found.index_uses[index] = found.index_uses.get(index, 0) + 1
        if fn is ops.index_add:
            found.buffers[stmt.target] = found.resolve(args[0])
    elif fn in (ops.scatter_add, ops.scatter_at):
        if fn is ops.scatter_add:
            found.buffers[stmt.target] = found.resolve(args[0])
        found.need(np)
        index = args[1]
        if isinstance(index, Var):
            found.index_uses[index] = found.index_uses.get(index, 0) + 1
        found.need(slice)
    elif fn is ops.build_tuple:
        found.indices.append(stmt)
    elif fn is ops.push:
        found.pushed.setdefault(args[0], set()).add(len(args) - 1)
    else:
        for builtin in _SYNTAX_NEEDS.get(fn, ()):
            found.need(builtin)


#: Builtins and helpers that intrinsics may be written with.
_SYNTAX_NEEDS: dict[object, tuple] = {
    ops.cursor: (iter,), ops.take: (next,), ops.build_set: (set,), ops.build_string: (str, repr, ascii, format),
    ops.format_value: (str, repr, ascii, format), ops.unpack: (ops.unpack,),
}


def _spread_index_uses(found: Survey) -> None:
    """An index that is written in several places reads its parts in each of them."""
    uses, index_uses = found.uses, found.index_uses
    for stmt in reversed(found.indices):
        times = uses.get(stmt.target, 0)
        if not times or times != index_uses.get(stmt.target, 0):
            continue
        for atom in stmt.args:
            if isinstance(atom, Var):
                atom = found.resolve(atom)
                uses[atom] += times - 1
                index_uses[atom] = index_uses.get(atom, 0) + (times if stmt.fn is ops.build_tuple else 0)
