"""What a compiled function is given and gives: lists, dicts and objects become numbers and arrays, and are made of them again.

Enters: the Trace of a main function. Numba knows no dict of different values and no object of the user's, and converts a list
item by item, twice, at each call (0.6 µs an item). So a list of numbers that is only read enters as an array, of which the
compiled code makes its list; a dict or an object that is only looked into enters as its items; and dicts and objects in
the result leave as tuples. ::

    def f_grad(p, xs):                             def f_grad(p_w, p_b, xs_items):
        w, b = p["w"], p["b"]                          xs = as_list(xs_items)
        ...                                            ...
        return {"w": w_bar, "b": b_bar}, xs_bar        return (w_bar, b_bar), xs_bar

A `Boundary` says so. Whatever else is done with such values leaves them as they are.
"""

from __future__ import annotations

import copy
import operator

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.backends.entering import Boundary
from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Function, If, Lit, Param, Star, Var, blocks, every_block, operands, uses, walk
from srcad.trace.kinds import Array, Bottom, DictOf, ListOf, Scalar, Struct, TupleOf
from srcad.trace.purity import WRITE, callable_effect

#: What reads a list and hands on none of it.
_READS = {operator.getitem, operator.add, operator.mul, len, sum, min, max, sorted, list, tuple, np.array, np.asarray,
          copy.deepcopy, runtime.zeros_like, runtime.spread_sum, runtime.nest_like, runtime.match_kind, runtime.copy_adjoint,
          runtime.add_slice,
          runtime.fold_repeats}
#: What adds to adjoints, which are nobody else's lists.
_ADDS = {intrinsics.index_add, intrinsics.add_at, runtime.add_item, runtime.add_items}
#: Keys that the disk cache keeps as they are.
_KEYS = (str, int, float, bool)
_DTYPES = {float: "float64", int: "int64", bool: "bool", complex: "complex128"}




def flatten(function: Function) -> Boundary | None:
    """Let a main function take and give what Numba knows, in place; None if it does."""
    made = _Flattening(function)
    boundary = Boundary([made.param(p, k) for k, p in enumerate(list(function.params))], None)
    boundary.leaving, atom = made.result(function.result)
    if boundary.leaving is None and not any(boundary.entering):
        return None
    function.body.yields = (atom,)
    made.remove_replaced()
    function.params = made.params
    function.body.stmts[:0] = made.head
    return boundary


class _Flattening:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.params: list = []
        self.head: list = []
        self.replaced: list = []
        self.made = {s.target: s for s in walk(function.body) if isinstance(s, Apply)}
        self.writes_to_lists = any(
            isinstance(s.args[0], Var) and isinstance(s.args[0].kind, ListOf) and s.fn not in _ADDS
            for s in self.made.values() if s.args and callable_effect(s.fn) >= WRITE)
        self.origin: dict[Var, tuple] = {}               # of parts of arguments: number of the argument, path
        self.uses: dict[Var, list] = {}
        for stmt in walk(function.body):
            for a in operands(stmt):
                a = a.atom if isinstance(a, Star) else a
                if isinstance(a, Var):
                    self.uses.setdefault(a, []).append(stmt)
            for inner in blocks(stmt):
                for y in inner.yields:
                    if isinstance(y, Var):
                        self.uses.setdefault(y, []).append(stmt)
        for y in function.body.yields:
            if isinstance(y, Var):
                self.uses.setdefault(y, []).append(None)

    # --- arguments ----------------------------------------------------------------------------------------------------

    def param(self, param: Param, number: int) -> list | None:
        self.origin[param.var] = number, []
        if param.default is None and self.is_open(param.var):
            return self.opened(param.var)
        if isinstance(param.var.kind, ListOf) and param.default is None and (how := self.listed(param.var)) is not None:
            return how
        self.params.append(param)
        return None

    def is_open(self, var: Var) -> bool:
        """Is it a dict or an object that is only looked into, by known keys?"""
        kind = var.kind
        if not isinstance(kind, DictOf | Struct):
            return False
        if isinstance(kind, DictOf) and not all(type(k) in _KEYS for k in kind.keys):
            return False
        for stmt in self.uses.get(var, ()):
            if not isinstance(stmt, Apply) or stmt.args[0] is not var:
                return False
            if stmt.fn is runtime.make_like:
                if len(stmt.args) != 1:
                    return False
            elif stmt.kwargs or stmt.fn is not (getattr if isinstance(kind, Struct) else operator.getitem) or (
                    not isinstance(stmt.args[1], Lit) or stmt.args[1].value not in self.keys(kind)):
                return False
        return True

    def keys(self, kind) -> tuple:
        return kind.keys if isinstance(kind, DictOf) else kind.names

    def opened(self, var: Var) -> list:
        """Parameters for the items of a dict or an object; what is looked up are these."""
        look = "item" if isinstance(var.kind, DictOf) else "attribute"
        number, path = self.origin[var]
        values = var.kind.values if isinstance(var.kind, DictOf) else var.kind.items
        how: list = ["items"]
        for key, kind in zip(self.keys(var.kind), values):
            reads = [s for s in self.uses.get(var, ()) if s.fn is not runtime.make_like and s.args[1].value == key
                     and type(s.args[1].value) is type(key)]
            if not reads:
                continue
            part = Var(f"{var.hint}_{key}" if isinstance(key, str) else f"{var.hint}_item", kind)
            self.origin[part] = number, [*path, [look, key]]
            self.uses[part] = [u for s in reads for u in self.uses.get(s.target, ())]
            for s in reads:
                self.replace(s, part)
            how.append([look, key, self.param_of(part)])
        return how

    def param_of(self, part: Var) -> list | None:
        if self.is_open(part):
            return self.opened(part)
        if isinstance(part.kind, ListOf) and (how := self.listed(part)) is not None:
            return how
        self.params.append(Param(part))
        return None

    def replace(self, stmt: Apply, part: Var) -> None:
        """Let what a statement defines be another Var: in its users, which read it."""
        replace(self.function.body, {stmt.target: part})
        del self.made[stmt.target]
        self.remove(stmt)

    def remove(self, stmt) -> None:
        for block in every_block(self.function.body):
            if any(s is stmt for s in block.stmts):
                block.stmts = [s for s in block.stmts if s is not stmt]

    def listed(self, var: Var) -> list | None:
        """An array in place of a list of numbers that is only read."""
        kind = var.kind
        element = kind.element
        nested = isinstance(element, ListOf)
        if nested and self.writes_to_lists:
            return None
        for listed in (kind, element) if nested else (kind,):
            if listed.items is not None and any(i != listed.element for i in listed.items):
                return None
        number = element.element if nested else element
        if isinstance(number, Bottom):                          # it is empty
            number = Scalar(float)
        if not isinstance(number, Scalar) or number.base not in _DTYPES or number.dtype is not None:
            return None
        for stmt in self.uses.get(var, ()):
            if stmt is None or isinstance(stmt, If):
                return None
            if isinstance(stmt, Apply) and (stmt.fn not in _READS or stmt.fn is operator.getitem and stmt.args[0] is not var):
                return None
            if not isinstance(stmt, Apply) and not any(s.iterable is var for s in getattr(stmt, "sources", ())):
                return None
            if var in getattr(stmt, "inits", ()):
                return None
        dtype = _DTYPES[number.base]
        names = ("items", "lengths") if nested else ("items",)
        arrays = [Var(f"{var.hint}_{name}", Array(np.dtype(d), (None,))) for name, d in zip(names, (dtype, "int64"))]
        self.params += map(Param, arrays)
        self.head.append(Apply(var, runtime.as_rows if nested else runtime.as_list, tuple(arrays), (), self.function.loc))
        return ["rows" if nested else "array", dtype]

    # --- results ------------------------------------------------------------------------------------------------------

    def result(self, atom) -> tuple:
        """(how it leaves, the atom that the compiled function gives)"""
        stmt = self.made.get(atom) if isinstance(atom, Var) else None
        if stmt is None or any(isinstance(a, Star) for a in stmt.args):
            return None, atom
        if stmt.fn is intrinsics.build_tuple:
            items, head = stmt.args, ["tuple"]
        elif stmt.fn is intrinsics.build_dict and all(isinstance(k, Lit) and type(k.value) in _KEYS for k in stmt.args[::2]):
            items, head = stmt.args[1::2], ["dict", [k.value for k in stmt.args[::2]]]
        elif stmt.fn is runtime.make_like and len(stmt.args) == 1 and stmt.args[0] in self.origin:
            number, path = self.origin[stmt.args[0]]
            items, head = tuple(a for _, a in stmt.kwargs), ["like", number, path, [n for n, _ in stmt.kwargs]]
        else:
            return None, atom
        self.replaced.append(stmt)
        parts = [self.result(a) for a in items]
        if stmt.fn is intrinsics.build_tuple and all(how is None for how, _ in parts) or not items:
            self.replaced.remove(stmt)
            return None, atom
        kind = TupleOf(tuple(kind_of_atom(a) for _, a in parts))
        again = Apply(Var("", kind), intrinsics.build_tuple, tuple(a for _, a in parts), (), stmt.loc)
        self.function.body.stmts.append(again)
        return [*head, *(how for how, _ in parts)], again.target

    def remove_replaced(self) -> None:
        """Take out what made dicts and objects, unless it is used elsewhere."""
        for stmt in self.replaced:
            if stmt.target not in set(uses(self.function.body)):
                self.remove(stmt)
