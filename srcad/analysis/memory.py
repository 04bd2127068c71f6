"""Which values may share memory, and which memory may be written to.

A Trace enters; `Memory` answers for each Var whether its elements can ever change, and whether the caller can get hold
of it. The one idea: values are put into classes, one class for all that may share memory however remotely; a write, or
a way out, is noted for the class. What is not known to make memory of its own is taken to share that of its operands.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, For, Function, If, Var, While, free_vars, operands, pattern_vars, walk
from srcad.trace.kinds import Array, Range, Scalar, SliceOf, Static
from srcad.trace.purity import ANY, IN_PLACE, READ, WRITE, callable_effect, effect
from srcad.trace.sharing import FORM_ONLY

#: Operators that make numbers and arrays.
ARITHMETIC = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
    operator.neg, operator.matmul, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
    operator.and_, operator.or_, operator.xor, operator.invert, operator.abs,
}

#: Functions whose result, if it is an array, is memory that nobody else has.
_MAKERS = {
    np.zeros_like, np.zeros, np.ones, np.ones_like, np.full, np.full_like, np.empty, np.empty_like, np.ndarray.copy,
    np.outer, np.dot, np.sum, np.where, np.mean, np.concatenate, np.stack, np.linspace, np.arange, np.eye, np.cumsum,
    np.prod, np.linalg.inv, np.tril, np.triu, np.cross, np.einsum, runtime.zeros_like, runtime.cross, runtime.unsort_like,
}

#: Writes that put nothing of their other operands' memory into the first.
_COPIES = {operator.setitem, intrinsics.add_at, intrinsics.scatter_at}
_ADDS = {intrinsics.index_add, intrinsics.scatter_add, runtime.add_item, *IN_PLACE}


def makes_array(stmt: Apply) -> bool:
    """Is the result an array in memory of its own?"""
    fn = stmt.fn
    if not isinstance(stmt.target.kind, Array) or any(name == "out" for name, _ in stmt.kwargs):
        return False
    if fn in ARITHMETIC:
        return True
    return isinstance(fn, np.ufunc) or (not isinstance(fn, Function | Var) and fn in _MAKERS)


def is_value(atom) -> bool:
    """Is it a value that has no memory to share: a number, a range, a constant?"""
    return not isinstance(atom, Var) or isinstance(atom.kind, Scalar | Range | SliceOf | Static)


def _returned(function: Function) -> tuple[set, list]:
    """The tuples that are made only to be returned, and what is in them: their items share no memory for that."""
    parts = list(function.body.yields)
    found = set()
    for stmt in reversed(function.body.stmts):
        if not isinstance(stmt, Apply) or stmt.fn is not intrinsics.build_tuple or stmt.target not in parts:
            break
        found.add(stmt)
        parts += stmt.args
    return found, parts


class Memory:
    """The classes of one Trace."""

    def __init__(self, function: Function) -> None:
        self._parent: dict[Var, Var] = {}
        self._written: list[Var] = []
        self._leaving: list[Var] = []
        self._any_written = False
        returned, parts = _returned(function)
        for stmt in walk(function.body):
            if type(stmt) is not Apply:
                self._block_statement(stmt)
            elif stmt not in returned:
                self._apply(stmt)
        if self._written or self._any_written:
            # Two arguments may be one array, so that who writes to one may write to all.
            outer = [*(p.var for p in function.params), *free_vars(function.body)]
            self._together(outer)
            if self._any_written:
                self._written += [v for v in outer if not is_value(v)]
        self._leaving += [a for a in (*function.body.yields, *parts) if not is_value(a)]
        self.written = {self.class_of(v) for v in self._written}
        self.leaving = {self.class_of(v) for v in self._leaving}

    def is_constant(self, atom) -> bool:
        """Can the value's elements never change?"""
        return is_value(atom) or self.class_of(atom) not in self.written

    def may_share(self, a: Var, b: Var) -> bool:
        """May the two share memory?"""
        return not is_value(a) and not is_value(b) and self.class_of(a) is self.class_of(b)

    def is_private(self, var: Var) -> bool:
        """Can nobody outside get hold of the value?"""
        return is_value(var) or self.class_of(var) not in self.leaving

    def are_apart(self, a, b) -> bool:
        """Can two values share no memory?"""
        return is_value(a) or is_value(b) or self.class_of(a) is not self.class_of(b)

    def class_of(self, var: Var) -> Var:
        """One Var that stands for all that may share memory with this one."""
        root = var
        while self._parent.get(root, root) is not root:
            root = self._parent[root]
        while self._parent.get(var, var) is not root:
            self._parent[var], var = root, self._parent.get(var, root)
        return root

    def _together(self, atoms: list) -> None:
        first = None
        for atom in atoms:
            if is_value(atom):
                continue
            if first is None:
                first = self.class_of(atom)
            else:
                self._parent[self.class_of(atom)] = first

    def _block_statement(self, stmt) -> None:
        match stmt:
            case If():
                for target, *sources in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                    self._together([target, *sources])
            case For() | While():
                for c, init, y in zip(stmt.carried, stmt.inits, stmt.body.yields):
                    self._together([c, init, y])
                if isinstance(stmt, For):
                    for source in stmt.sources:
                        self._together([source.iterable, *pattern_vars(source.target)])

    def _apply(self, stmt: Apply) -> None:
        simple = False if isinstance(stmt.fn, Function | Var) else callable_effect(stmt.fn)
        if simple is not False and stmt.fn in ARITHMETIC and isinstance(stmt.target.kind, Scalar | Array) and not stmt.kwargs:
            return
        if simple is not False and simple <= READ and is_value(stmt.target) and not stmt.kwargs:
            return
        if simple is not False and stmt.fn in _ADDS:
            self._together([stmt.target, stmt.args[0]])
            if not isinstance(stmt.args[0].kind if isinstance(stmt.args[0], Var) else None, Array):
                self._together([stmt.target, *stmt.args])
            self._written += [a for a in stmt.args[:1] if not is_value(a)]
            return
        if makes_array(stmt):
            return
        if simple is not False and stmt.fn in _COPIES and isinstance(stmt.args[0], Var) and isinstance(stmt.args[0].kind, Array):
            self._written.append(stmt.args[0])
            return
        found = effect(stmt)
        shared = [stmt.target, *operands(stmt)]
        if simple is not False and found < WRITE:
            shared = [a for k, a in enumerate(shared) if not k or (stmt.fn, k - 1) not in FORM_ONLY]
        self._together(shared)
        if found >= WRITE and stmt.fn is not intrinsics.push:
            self._written += [a for a in shared if not is_value(a)]
        if found == ANY and stmt.fn not in (print, intrinsics.raise_):
            self._any_written = True


