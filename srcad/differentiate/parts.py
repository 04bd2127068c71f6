"""Rows and pieces of memory that a program takes apart.

Enters: a typed Trace that writes to memory. Leaves: it, with the items of ``a, b = x`` and of ``np.split(x, n)`` taken one
by one, as views of the array: then no tuple or list holds memory. ::

    v, w = np.split(x, 2)        v1 = len(x) // 2;  v = x[:v1];  w = x[v1:2 * v1]
"""

from __future__ import annotations

import itertools
import operator

import numpy as np

from srcad import runtime
from srcad.analysis.aliasing import Aliases
from srcad.analysis.atoms import literal
from srcad.analysis.infer import infer_call
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Function, Lit, Var, blocks, operands, walk
from srcad.trace.kinds import INT, NONE, Array, SliceOf
from srcad.trace.purity import is_hashable

#: Functions that split an array, and the axis that is theirs.
SPLITS = {np.split: None, np.array_split: None, np.vsplit: 0, np.hsplit: 1}


def take_apart(function: Function, alias=Aliases) -> None:
    """Take the items of arrays that are unpacked or split one by one, where these are memory."""
    aliases = alias(function)
    definition = aliases.definitions.get
    users: dict[Var, list] = {}
    for stmt in walk(function.body):
        for atom in (*operands(stmt), *(a for block in blocks(stmt) for a in block.yields)):
            if isinstance(atom, Var):
                users.setdefault(atom, []).append(stmt)
    chosen: dict[int, list] = {}      # id of a statement → those that replace it
    for stmt in walk(function.body):
        if not isinstance(stmt, Apply) or not stmt.args or aliases.number(stmt.args[0]) is None:
            continue
        source = stmt.args[0]
        if stmt.fn is intrinsics.unpack and isinstance(source.kind, Array):
            items = items_of(stmt.target, users)
            if items is not None:
                _take_rows(stmt, items, chosen)
        elif is_hashable(stmt.fn) and stmt.fn in SPLITS and isinstance(source.kind, Array) and source.kind.ndim:
            _take_split(stmt, users, chosen, definition)
    if chosen:
        _replace(function.body, chosen)


def items_of(container: Var, users: dict) -> list | None:
    """The statements that take items of a container, if nobody does anything else with it."""
    found = users.get(container, [])
    if all(isinstance(s, Apply) and s.fn is operator.getitem and s.args[0] is container and isinstance(s.args[1], Lit)
           and type(s.args[1].value) is int for s in found):
        return found
    return None


def _take_rows(stmt: Apply, items: list, chosen: dict) -> None:
    """``a, b = x``, and ``a, *b = x``, of which b is a list of the rows of a part of x."""
    source, count, star = stmt.args[0], stmt.args[1].value, stmt.args[2].value
    check = (source, Lit(count)) if star < 0 else (source, Lit(count - 1), Lit(True))
    chosen[id(stmt)] = [Apply(Var("", NONE), runtime.check_length, check, (), stmt.loc)]
    for item in items:
        k = item.args[1].value % count
        if k == star:
            stop = Lit(None) if k == count - 1 else Lit(k + 1 - count)
            part = Var("", SliceOf(k, stop.value, None))
            rows = Var("", Array(source.kind.dtype, (None, *source.kind.dims[1:]) if source.kind.dims else None))
            chosen[id(item)] = [Apply(part, intrinsics.build_slice, (Lit(k), stop, Lit(None)), (), item.loc),
                                Apply(rows, operator.getitem, (source, part), (), item.loc, item.origin),
                                Apply(item.target, list, (rows,), (), item.loc, item.origin)]
        else:
            at = Lit(k if star < 0 or k < star else k - count)
            chosen[id(item)] = [Apply(item.target, operator.getitem, (source, at), (), item.loc, item.origin)]


def _take_split(stmt: Apply, users: dict, chosen: dict, definition) -> None:
    given = dict(stmt.kwargs)
    source = stmt.args[0]
    sections = literal(stmt.args[1], definition) if len(stmt.args) > 1 else None
    axis = SPLITS[stmt.fn]
    if axis is None:
        axis = literal(stmt.args[2] if len(stmt.args) > 2 else given.get("axis", Lit(0)), definition)
    elif axis == 1 and source.kind.ndim == 1:
        axis = 0
    count = sections if type(sections) is int else len(sections) + 1 if isinstance(sections, tuple | list) else None
    if type(axis) is not int or count is None or not -source.kind.ndim <= axis < source.kind.ndim:
        return
    taken: list = []                   # (statement, number of the piece)
    for user in users.get(stmt.target, []):
        if isinstance(user, Apply) and user.fn is intrinsics.unpack and user.args[2].value < 0 and user.args[1].value == count:
            items = items_of(user.target, users)
        else:
            items = [user] if user in (items_of(stmt.target, {stmt.target: [user]}) or ()) else None
        if items is None:
            return
        taken += [(item, item.args[1].value % count) for item in items]
        if user not in items:
            chosen[id(user)] = []
    made: list = []
    bounds = _bounds(source, axis % source.kind.ndim, sections, made, stmt)
    chosen[id(stmt)] = made
    for item, k in taken:
        part = Var("", SliceOf("?", "?", None))
        cut: list = [Apply(part, intrinsics.build_slice, (*bounds[k], Lit(None)), (), item.loc)]
        index: Var = part
        if axis % source.kind.ndim:
            every = Var("", SliceOf(None, None, None))
            cut.append(Apply(every, intrinsics.build_slice, (Lit(None), Lit(None), Lit(None)), (), item.loc))
            parts = (every,) * (axis % source.kind.ndim) + (part,)
            index = Var("", infer_call(intrinsics.build_tuple, parts, (), definition))
            cut.append(Apply(index, intrinsics.build_tuple, parts, (), item.loc))
        chosen[id(item)] = [*cut, Apply(item.target, operator.getitem, (source, index), (), item.loc, item.origin)]


def _bounds(source: Var, axis: int, sections, made: list, stmt: Apply) -> list:
    """(start, stop) of each piece."""
    if type(sections) is not int:
        edges = [Lit(None), *map(Lit, sections), Lit(None)]
        return list(itertools.pairwise(edges))
    if stmt.fn is np.array_split:
        edges = [Lit(0)]
        for k in range(1, sections + 1):
            edges.append(Var("", INT))
            made.append(Apply(edges[-1], runtime.piece_start, (source, Lit(sections), Lit(axis), Lit(k)), (), stmt.loc))
        return list(itertools.pairwise(edges))
    size = Var("", INT)
    made.append(Apply(size, runtime.piece_length, (source, Lit(sections), Lit(axis)), (), stmt.loc))
    edges = [Lit(0), size]
    for k in range(2, sections + 1):
        edge = Var("", INT)
        made.append(Apply(edge, operator.mul, (Lit(k), size), (), stmt.loc))
        edges.append(edge)
    return list(itertools.pairwise(edges))


def _replace(block: Block, chosen: dict) -> None:
    stmts: list = []
    for stmt in block.stmts:
        stmts += chosen.get(id(stmt), [stmt])
        for inner in blocks(stmt):
            _replace(inner, chosen)
    block.stmts = stmts
