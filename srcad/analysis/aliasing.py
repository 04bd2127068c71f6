"""Which values may share memory, and which of that memory is written to.

Enters: a typed Trace. Leaves: a partition of its Vars. Names that may stand for the same memory are in one class; a
class is *memory* if anybody writes to a member. ::

    b = a[1:]                a, b, c share; nobody writes: values, single-assignment
    c = b.T                  with `c *= 2.0` after it: memory
"""

from __future__ import annotations

import operator

from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Var, While, operands, pattern_vars, walk
from srcad.trace.kinds import (
    Array,
    Cursor,
    DictOf,
    ListOf,
    Numeric,
    Object,
    Saved,
    Scalar,
    Struct,
    Tape,
    TupleOf,
    Unknown,
    is_container,
)
from srcad.trace.purity import IN_PLACE
from srcad.trace.sharing import FORM_ONLY, Sharing, sharing

#: Operations that write to their first operand.
WRITES = IN_PLACE | {operator.setitem, intrinsics.add_at, intrinsics.scatter_at}


def is_write(stmt) -> bool:
    """Does this statement write to an array?"""
    return isinstance(stmt, Apply) and not isinstance(stmt.fn, Var) and _hashable(stmt.fn) and stmt.fn in WRITES and (
        isinstance(stmt.args[0], Var) and not isinstance(stmt.args[0].kind, Scalar))


def _hashable(fn) -> bool:
    try:
        hash(fn)
    except TypeError:
        return False
    return True


def writes(function: Function, seen: set | None = None) -> bool:
    """Does a Trace, or one that it calls, write to an array?"""
    seen = set() if seen is None else seen
    if id(function) in seen:
        return False
    seen.add(id(function))
    for stmt in walk(function.body):
        if is_write(stmt):
            return True
        if isinstance(stmt, Apply) and isinstance(stmt.fn, Function) and writes(stmt.fn, seen):
            return True
    return False


def may_share(kind) -> bool:
    """Can a value of this kind be, or hold, memory?"""
    match kind:
        case Array() | Numeric() | Unknown() | Object() | Saved() | Tape() | Cursor():
            return True
        case TupleOf(items=items):
            return any(map(may_share, items))
        case ListOf(element=element):
            return may_share(element)
        case DictOf(values=values):
            return any(map(may_share, values))
        case Struct(items=items):
            return any(map(may_share, items))
    return False


class Aliases:
    """The classes of a function.

    Attributes
    ----------
    written : list of Apply
        The statements that write, in order.
    """

    def __init__(self, function: Function) -> None:
        self._parent: dict[Var, Var] = {}
        self.definitions: dict[Var, Apply] = {}
        self.written: list[Apply] = []
        for stmt in walk(function.body):
            if isinstance(stmt, Apply):
                self.definitions[stmt.target] = stmt
        self._block(function.body)
        self._memory: dict[Var, int] = {}
        for stmt in self.written:
            for atom in stmt.args if isinstance(stmt.fn, Function) else stmt.args[:1]:
                if isinstance(atom, Var) and may_share(atom.kind):
                    self._memory.setdefault(self.find(atom), len(self._memory))
        self.members: dict[int, list[Var]] = {}
        for var in list(self._parent):
            number = self._memory.get(self.find(var))
            if number is not None:
                self.members.setdefault(number, []).append(var)

    # --- questions ----------------------------------------------------------------------------------------------------

    def find(self, var: Var) -> Var:
        """The representative of a Var's class."""
        parent = self._parent
        root = var
        while (up := parent.setdefault(root, root)) is not root:
            root = up
        while var is not root:
            parent[var], var = root, parent[var]
        return root

    def number(self, atom) -> int | None:
        """The number of the memory class of an atom, None for a value."""
        return self._memory.get(self.find(atom)) if isinstance(atom, Var) and atom in self._parent else None

    def sharing(self, stmt: Apply) -> Sharing:
        return sharing(stmt, self.definitions.get)

    # --- building -----------------------------------------------------------------------------------------------------

    def join(self, a, b) -> None:
        """Two atoms may stand for the same memory."""
        if isinstance(a, Var) and isinstance(b, Var) and may_share(a.kind) and may_share(b.kind):
            self._parent[self.find(a)] = self.find(b)

    def _block(self, block: Block) -> None:
        for stmt in block.stmts:
            match stmt:
                case Apply():
                    self._apply(stmt)
                case If():
                    self._block(stmt.then)
                    self._block(stmt.orelse)
                    for target, a, b in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                        self.join(target, a)
                        self.join(target, b)
                case For() | While():
                    if isinstance(stmt, For):
                        for source in stmt.sources:
                            for var in pattern_vars(source.target):
                                self.join(var, source.iterable)
                    else:
                        self._block(stmt.test)
                    self._block(stmt.body)
                    for c, init, y in zip(stmt.carried, stmt.inits, stmt.body.yields):
                        self.join(c, init)
                        self.join(c, y)

    def _apply(self, stmt: Apply) -> None:
        fn = stmt.fn
        if is_write(stmt):
            self.written.append(stmt)
            self.find(stmt.args[0])
            if is_container(stmt.args[0].kind) and fn is operator.setitem:
                self.join(stmt.args[0], stmt.args[2])
            if fn in IN_PLACE:
                self.join(stmt.target, stmt.args[0])
            return
        if isinstance(fn, Function):
            if writes(fn):
                self.written.append(stmt)
        elif fn is intrinsics.push:
            for value in stmt.args[1:]:
                self.join(stmt.args[0], value)
            return
        elif fn in (intrinsics.index_add, intrinsics.scatter_add):
            self.join(stmt.target, stmt.args[0])
            return
        elif self.sharing(stmt) is Sharing.FRESH:
            return
        if not may_share(stmt.target.kind):
            return
        self.find(stmt.target)
        sources = stmt.args[:1] if fn is operator.getitem else [
            atom for k, atom in enumerate(operands(stmt)) if (fn, k) not in FORM_ONLY]
        for atom in sources:
            self.join(stmt.target, atom)


def touches(atom, definition, is_memory) -> bool:
    """May a value share memory with what `is_memory` (a predicate of Vars) says yes to?"""
    if not isinstance(atom, Var) or not may_share(atom.kind):
        return False
    if is_memory(atom):
        return True
    made = definition(atom)
    if made is None or isinstance(atom.kind, Array) and sharing(made, definition) is Sharing.FRESH:
        return False
    return any(touches(a, definition, is_memory) for a in (*made.args, *(v for _, v in made.kwargs)))


__all__ = ["Aliases", "Lit", "is_write", "may_share", "touches", "writes"]
