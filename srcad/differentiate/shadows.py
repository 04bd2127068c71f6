"""Forward mode for arrays that are written to: the tangent of memory is memory.

Enters: a statement that makes, views or writes memory. Leaves: its tangent. Every active array of a memory class has a
tangent that is an array of its own, with the same views; what is done to the one is done to the other. ::

    v = x[1:]                v_dot = x_dot[1:]
    v *= e                   v1 = v_dot * e + v * e_dot; v *= e; v_dot[...] = v1
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.analysis.activity import is_passive
from srcad.analysis.aliasing import Aliases, touches
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.infer import infer_call
from srcad.differentiate import common
from srcad.differentiate.algebra import ZERO
from srcad.differentiate.limits import check_kinds, check_stored
from srcad.differentiate.lists import zeros
from srcad.differentiate.writing import ALL, write_check
from srcad.errors import UnsupportedError
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, If, Lit, Var
from srcad.trace.kinds import NONE, Array, ListOf, SliceOf, is_container, tangent_kind
from srcad.trace.naming import operation_name
from srcad.trace.sharing import Sharing


class Shadows:
    """The tangents of one function's memory."""

    def __init__(self, tangent, aliases: Aliases, varied: set) -> None:
        self.tangent, self.aliases, self.b = tangent, aliases, tangent.b
        check_kinds(tangent.primal, aliases, tangent.active, varied, containers=True)

    def is_memory(self, var: Var) -> bool:
        """Is this active memory?"""
        return var in self.tangent.active and self.aliases.number(var) is not None and isinstance(var.kind, Array | ListOf)

    def parameters(self) -> None:
        """Make the tangents of parameters: copies of those that are given, zeros for workspaces. What is given by reference
        has its tangent."""
        tangent = self.tangent
        given = set() if tangent.reference is None else {tangent.params[k].var for k in tangent.reference.arrays} & set(
            tangent.dots)
        for var in (*tangent.derived.info.hidden.values(), *(p.var for p in tangent.params)):
            if self.is_memory(var) and var not in given:
                tangent.dots[var] = self.own(var, tangent.dots.get(var, ZERO))

    def own(self, var: Var, dot) -> Var:
        """Memory of the layout of `var` that holds a tangent."""
        if isinstance(var.kind, ListOf):
            if dot is ZERO:
                return zeros(self.b, var, var.kind, self.tangent.new_dot(var))
            return self.b.apply(list, dot, target=self.tangent.new_dot(var), kind=tangent_kind(var.kind))
        made = self.b.apply(np.zeros_like, var, target=self.tangent.new_dot(var), kind=tangent_kind(var.kind))
        if dot is not ZERO:
            self.b.apply(operator.setitem, made, ALL, dot)
        return made

    def define(self, stmt: Apply) -> Var:
        """The tangent of an operation whose result is active memory."""
        target, first = stmt.target, stmt.args[0] if stmt.args else None
        if isinstance(target.kind, ListOf):
            return self.define_list(stmt)
        if stmt.fn in (operator.getitem, intrinsics.copy_value) and is_container(kind_of_atom(first)):
            return self.tangent.tangent_of(stmt)
        match self.aliases.sharing(stmt):
            case Sharing.FRESH:
                dot = ZERO
                if not is_passive(stmt.fn) and any(
                        self.tangent.dot(a) is not ZERO for a in (*stmt.args, *(v for _, v in stmt.kwargs))):
                    dot = self.tangent.tangent_of(stmt)
                return self.own(target, dot)
            case Sharing.VIEW | Sharing.WINDOW:
                return self.again(stmt, self.tangent.new_dot(target))
            case Sharing.MAYBE:
                together = self.b.apply(np.may_share_memory, target, first)
                arms = (Block(), Block())
                with self.b.inside(arms[0]):
                    view = self.again(stmt, self.tangent.new_dot(target))
                with self.b.inside(arms[1]):
                    again = self.again(stmt, self.tangent.new_dot(target))
                    copy = self.b.apply(np.array, again, kind=again.kind)
                arms[0].yields, arms[1].yields = (view,), (copy,)
                new = self.tangent.new_dot(target)
                self.b.emit(If(together, *arms, (new,), stmt.loc))
                return new
        raise UnsupportedError(
            f"the result of {operation_name(stmt)} may share memory with an array that is written to",
            "write to a copy of it (x.copy())", stmt.loc)

    def define_list(self, stmt: Apply) -> Var:
        """The tangent of an operation that gives a list which is changed."""
        fn, args, target = stmt.fn, stmt.args, stmt.target
        if fn is intrinsics.new_list:
            dots = [self.tangent.item_dot(a, target.kind) for a in args]
            return self.b.apply(fn, *dots, target=self.tangent.new_dot(target), kind=tangent_kind(target.kind))
        active = any(self.tangent.dot(a) is not ZERO for a in args)
        if active and (fn in (intrinsics.copy_value, intrinsics.take) or fn is operator.getitem and not isinstance(
                kind_of_atom(args[1]), SliceOf)):
            return self.tangent.tangent_of(stmt)
        return self.own(target, self.tangent.tangent_of(stmt) if active else ZERO)

    def again(self, stmt: Apply, dot: Var) -> Var:
        first = self.tangent.dots[stmt.args[0]]
        return self.b.apply(stmt.fn, first, *stmt.args[1:], kwargs=stmt.kwargs, target=dot, kind=dot.kind)

    def apart(self, dot, target: Var):
        """A value's tangent, copied if it may share memory with memory that is written to, or with its tangent."""
        if not isinstance(dot, Var) or self.aliases.number(target) is not None or self.aliases.holds_memory(target):
            return dot
        dots = self.memory_dots()
        if not touches(dot, self.b.definition, lambda v: v in dots or self.aliases.number(v) is not None):
            return dot
        return common.copied(self.b, dot)

    def memory_dots(self) -> set:
        return {d for v, d in self.tangent.dots.items() if self.aliases.number(v) is not None}

    # --- memory is written to -----------------------------------------------------------------------------------------

    def write(self, stmt: Apply) -> None:
        """An operation that writes, and the same on the tangent."""
        array, fn, tangent = stmt.args[0], stmt.fn, self.tangent
        if isinstance(array.kind, ListOf):
            self.write_list(stmt)
            return
        write_check(self.b, self.aliases, stmt)
        whole = fn not in (operator.setitem, intrinsics.add_at, intrinsics.scatter_at)
        index, value = (ALL, stmt.args[1]) if whole else stmt.args[1:]
        if not self.is_memory(array):
            self.b.emit(stmt)
            return
        dots, dot = tangent.dots[array], tangent.dot(value)
        if dot is not ZERO:
            kind = array.kind if whole else item_kind(self, array, index)
            check_stored(value, kind, stmt)
        with self.b.placed(stmt.loc, stmt if self.b.origin is None else self.b.origin):
            if fn is operator.setitem:
                self.b.emit(stmt)
                self.b.apply(fn, dots, index, Lit(0.0) if dot is ZERO else dot)
            elif fn in (operator.iadd, operator.isub, intrinsics.add_at, intrinsics.scatter_at):
                self.b.emit(stmt)
                if dot is not ZERO:
                    self.b.apply(fn, dots, *((dot,) if whole else (index, dot)))
            elif fn in (operator.imul, operator.itruediv):
                plain = operator.mul if fn is operator.imul else operator.truediv
                if dot is ZERO:
                    self.b.emit(stmt)
                    self.b.apply(fn, dots, value)
                    return
                if fn is operator.imul:
                    new = self.b.apply(operator.add, self.b.apply(operator.mul, dots, value),
                                       self.b.apply(operator.mul, array, dot))
                else:
                    moved = self.b.apply(operator.mul, self.b.apply(plain, array, value), dot)
                    new = self.b.apply(plain, self.b.apply(operator.sub, dots, moved), value)
                self.b.emit(stmt)
                self.b.apply(operator.setitem, dots, ALL, new)
            else:
                raise UnsupportedError(f"{operation_name(stmt)} is not known for arrays", "write x[...] = ...", stmt.loc)


    def write_list(self, stmt: Apply) -> None:
        """An operation that changes a list, and the same on the list of tangents."""
        xs, fn, tangent = stmt.args[0], stmt.fn, self.tangent
        self.b.emit(stmt)
        if not self.is_memory(xs):
            return
        dots = tangent.dots[xs]
        with self.b.placed(stmt.loc, stmt if self.b.origin is None else self.b.origin):
            if fn is list.pop:
                dot = self.b.apply(fn, dots, target=tangent.new_dot(stmt.target), kind=dots.kind.element)
                if stmt.target in tangent.active:
                    tangent.dots[stmt.target] = dot
                return
            *index, value = stmt.args[1:]
            if fn is operator.setitem and isinstance(kind_of_atom(index[0]), SliceOf):
                dot = tangent.dot(value)
                dot = zeros(self.b, value, xs.kind) if dot is ZERO else dot
            elif fn in (list.append, operator.setitem):
                dot = tangent.item_dot(value, xs.kind)
            elif fn in (intrinsics.add_at, runtime.add_to_item, runtime.add_items):
                dot = tangent.dot(value)
                if dot is ZERO:
                    return
            else:
                raise UnsupportedError("a list is changed in a way that is not known to srcad", "assign its items", stmt.loc)
            self.b.apply(fn, dots, *index, dot, kind=NONE)


def item_kind(shadows: Shadows, array: Var, index):
    """The kind of ``array[index]``."""
    return infer_call(operator.getitem, (array, index), (), shadows.b.definition)
