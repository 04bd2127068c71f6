"""What Numba has no form of, in one that it has; else left to the interpreter.

Enters: Traces that are to be compiled. Leaves: Traces that mean the same. Three things are done: operations are replaced
by others that Numba compiles (`np.sum(x, 0, keepdims=True)` is a sum and a new axis); what NumPy makes right where operands
overlap, and Numba does not, is given copies; and an operation of which Numba has no form at all, and whose result's kind is
known, becomes a function of its own, which the compiled code calls in the interpreter (5 µs a call).
"""

from __future__ import annotations

import copy
import operator
import types
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.draws import generator_of
from srcad.analysis.infer import infer_call
from srcad.analysis.memory import Memory
from srcad.backends.entering import Boundary
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Param, Ref, Star, Var, While, blocks, pattern_vars, uses, walk
from srcad.trace.kinds import INT, NONE, Array, Bottom, ListOf, Object, Range, Scalar, SliceOf, Static, TupleOf, Unknown
from srcad.trace.kinds import parts as kind_parts
from srcad.trace.purity import IN_PLACE, READ, WRITE, callable_effect
from srcad.trace.sharing import Sharing, sharing

#: Reductions of which Numba has a form without an axis only.
WHOLE_ONLY = {np.max, np.min, np.amax, np.amin, np.mean, np.prod, np.std, np.var, np.any, np.all, np.cumsum, np.cumprod,
              np.median, np.ptp, np.linalg.norm, np.sort, np.argsort, np.roll, np.flip, np.average, np.count_nonzero,
              np.nansum, np.nanmean, np.nanmax, np.nanmin, np.nanprod, np.nanstd, np.nanvar, np.quantile, np.percentile,
              np.trapezoid, np.diff, np.gradient, np.trace, np.diagonal}
#: Functions of arrays that the form with a method stands for.
_METHODS = {getattr(np.ndarray, name): getattr(np, name) for name in (
    "sum", "mean", "max", "min", "prod", "std", "var", "any", "all", "cumsum", "cumprod", "argmax", "argmin", "dot", "take",
    "repeat", "clip", "round", "sort", "argsort", "trace", "diagonal", "ptp", "squeeze", "swapaxes", "searchsorted", "nonzero",
    "choose", "compress", "partition", "argpartition") if hasattr(np, name) and hasattr(np.ndarray, name)}
#: What Numba has a form of for tuples of arrays, not for lists.
_OF_TUPLES = {np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack}
#: What Numba has a form of for arrays, not for lists of numbers.
_OF_ARRAYS = {np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin, np.std, np.var, np.median, np.ptp, np.any, np.all,
              np.cumsum, np.cumprod, np.argmax, np.argmin, np.size, np.shape, np.linalg.norm, np.diff, np.sort, np.argsort}
#: What gives another order of the axes.
_TURNS = {np.transpose, np.swapaxes, np.moveaxis, np.rollaxis, np.ndarray.transpose, np.ndarray.swapaxes}
#: Arithmetic of whole numbers, and what checks its results.
_WHOLE = {operator.mul: runtime.whole_product, operator.add: runtime.whole_sum, operator.pow: runtime.whole_power,
          operator.lshift: runtime.whole_shift, operator.sub: None, operator.neg: None, operator.imul: runtime.whole_product,
          operator.iadd: runtime.whole_sum, operator.ipow: runtime.whole_power, operator.ilshift: runtime.whole_shift}
#: What looks at where arrays are, and raises.
CHECKS = (runtime.check_order, runtime.check_separate, runtime.check_unshared, runtime.check_apart)
#: What gives one array for each of the arrays it is given.
PIECES = {runtime.unstack_like, runtime.split_like, runtime.unbroadcast_each}


@dataclass(eq=False)
class Interpreted:
    """Functions that compiled code calls in the interpreter, with Numba's words for the kinds of their results."""

    functions: list = field(default_factory=list)
    results: dict = field(default_factory=dict)       # name → type
    boundary: Boundary | None = None


def lower(functions: list[Function], interpreted: Interpreted, refused: frozenset) -> None:
    """Rewrite Traces in place.

    Parameters
    ----------
    functions : list of Function
    interpreted : Interpreted
        Is told of what is left to the interpreter.
    refused : frozenset of str
        Names of functions that Numba has turned out to have no form of.
    """
    for function in list(functions):
        _Lowering(function, interpreted, refused).run()


class _Lowering:
    def __init__(self, function: Function, interpreted: Interpreted, refused: frozenset) -> None:
        self.function, self.interpreted, self.refused = function, interpreted, refused
        self.made = {s.target: s for s in walk(function.body) if isinstance(s, Apply)}
        self.memory = Memory(function)
        self.counts = Counter(uses(function.body))
        self.changed = {s.args[0] for s in walk(function.body)
                        if isinstance(s, Apply) and s.args and callable_effect(s.fn) >= WRITE}
        self.out: list = []
        loops = [s for s in walk(function.body) if isinstance(s, For | While)]
        self.carried = {c for s in loops for c in s.carried}
        self.counting = {v for s in loops if isinstance(s, For) for source in s.sources for v in pattern_vars(source.target)
                         if isinstance(kind_of_atom(source.iterable), Range)}
        #: What a list is handed on as: an empty one tells less than those that take its place.
        self.handed = {i: c.kind for s in walk(function.body) if isinstance(s, For | While) for c, i in zip(s.carried, s.inits)
                       if isinstance(i, Var)}

    def run(self) -> None:
        for stmt in walk(self.function.body):
            if isinstance(stmt, For | While):
                self.give_form(stmt)
        self.block(self.function.body)

    def give_form(self, loop: For | While) -> None:
        """An array of nothing where the adjoint of an array that a loop hands on begins as the number 0.0."""
        for k, c in enumerate(loop.carried):
            kinds = [kind_of_atom(s.args[1]) for s in walk(loop.body) if isinstance(s, Apply) and s.args[:1] == (c,)
                     and s.fn is runtime.adjoint_or_zeros]
            if not kinds or not isinstance(kind := kinds[0], Array) or not kind.ndim or loop.body.yields[k] != Lit(0.0):
                continue
            shape = Apply(Var("", TupleOf((INT,) * kind.ndim)), intrinsics.build_tuple, (Lit(0),) * kind.ndim, (), loop.loc)
            nothing = Apply(Var("nothing", kind), np.zeros, (shape.target,), (), loop.loc)
            self.made.update({shape.target: shape, nothing.target: nothing})
            loop.body.stmts[:0] = [shape, nothing]
            loop.body.yields = (*loop.body.yields[:k], nothing.target, *loop.body.yields[k + 1:])

    def block(self, block: Block) -> None:
        out: list = []
        for stmt in block.stmts:
            for inner in blocks(stmt):
                self.block(inner)
            if isinstance(stmt, If):
                fill(stmt)
            if isinstance(stmt, Apply):
                self.out = []
                self.apply(stmt)
                out += self.out
            else:
                out.append(stmt)
        block.stmts = out

    # --- making statements --------------------------------------------------------------------------------------------

    def emit(self, fn, *args, like: Apply, target: Var | None = None, kind=None) -> Var:
        target = target if target is not None else Var("", kind if kind is not None else infer_call(fn, args, (), self.made.get))
        stmt = Apply(target, fn, tuple(args), (), like.loc, like.origin)
        self.made[target] = stmt
        self.out.append(stmt)
        return target

    def apply(self, stmt: Apply) -> None:
        fn = stmt.fn
        if isinstance(fn, Function | Var):
            self.out.append(stmt)
            return
        if fn in _METHODS:
            stmt = Apply(stmt.target, _METHODS[fn], stmt.args, stmt.kwargs, stmt.loc, stmt.origin)
            fn = stmt.fn
        if fn in (operator.pow, operator.ipow) and self.power(stmt) or fn in _WHOLE and self.whole(stmt):
            return
        if fn is copy.deepcopy and len(stmt.args) == 1 and isinstance(
                kind_of_atom(stmt.args[0]), ListOf | TupleOf | Array | Unknown):
            self.emit(runtime.copy_adjoint, stmt.args[0], like=stmt, target=stmt.target)
            return
        if fn is np.sum and self.sum_over_axis(stmt):
            return
        if fn in _OF_ARRAYS and stmt.args and isinstance(kind := kind_of_atom(stmt.args[0]), ListOf) and isinstance(
                kind.element, Scalar):
            array = self.emit(np.array, stmt.args[0], like=stmt)
            self.apply(Apply(stmt.target, fn, (array, *stmt.args[1:]), stmt.kwargs, stmt.loc, stmt.origin))
            return
        if fn is np.array and len(stmt.args) == 1 and not stmt.kwargs and kind_of_atom(stmt.args[0]) == stmt.target.kind and (
                isinstance(stmt.target.kind, Array) and stmt.target.kind.ndim is not None):
            array = stmt.args[0]
            if not stmt.target.kind.ndim:                           # it may be a number here
                array = self.emit(np.asarray, array, like=stmt, kind=stmt.target.kind)
            self.emit(np.ndarray.copy, array, like=stmt, target=stmt.target)
            return
        if fn in (np.tensordot, np.linalg.tensordot) and self.contracted(stmt):
            return
        if fn in (np.reshape, np.ndarray.reshape) and self.without_gaps(stmt):
            return
        if fn is np.concatenate and self.joined(stmt):
            return
        if fn in (intrinsics.scatter_add, intrinsics.scatter_at):
            self.scatter(stmt)
            return
        if fn in (intrinsics.index_add, intrinsics.add_at) and not self.simple_index(stmt):
            self.interpret(Apply(stmt.target, runtime.add_all, stmt.args, (), stmt.loc, stmt.origin))
            return
        if fn is operator.setitem or fn in IN_PLACE:
            self.write(stmt)
            return
        if fn in (np.mean, np.max, np.min, np.amax, np.amin) and self.reduction(stmt):
            return
        if fn in _OF_TUPLES and isinstance(kind_of_atom(stmt.args[0]), ListOf):
            self.interpret(stmt)
            return
        if fn is operator.getitem and stmt.args[1] == Lit(Ellipsis) and isinstance(
                kind := kind_of_atom(stmt.args[0]), Array) and kind.ndim:
            whole = self.emit(intrinsics.build_slice, *[Lit(None)] * 3, like=stmt, kind=SliceOf(None, None, None))
            self.emit(operator.getitem, stmt.args[0], whole, like=stmt, target=stmt.target)
            return
        if fn is operator.getitem and (self.gathered(stmt) or self.range_backwards(stmt)):
            return
        if fn is runtime.nest_like and self.taken_apart(stmt):
            return
        if fn is runtime.make_like and isinstance(stmt.target.kind, TupleOf):
            self.emit(intrinsics.build_tuple, *(a for _, a in stmt.kwargs), like=stmt, target=stmt.target)
            return
        if fn is getattr and stmt.args[1] == Lit("mT") and isinstance(kind_of_atom(stmt.args[0]), Array) and (
                kind_of_atom(stmt.args[0]).ndim is not None):
            n = kind_of_atom(stmt.args[0]).ndim
            order = self.emit(intrinsics.build_tuple, *map(Lit, (*range(n - 2), n - 1, n - 2)), like=stmt)
            self.emit(np.transpose, stmt.args[0], order, like=stmt, target=stmt.target)
            return
        if fn is np.broadcast_to and isinstance(kind_of_atom(stmt.args[0]), Scalar) and len(stmt.args) == 2 and not stmt.kwargs:
            self.emit(np.full, stmt.args[1], stmt.args[0], like=stmt, target=stmt.target)
            return
        if fn in (intrinsics.build_list, intrinsics.new_list) and not stmt.args and self.empty_list(stmt):
            return
        if not self.known(stmt) or fn in PIECES and self.result_type(stmt) is not None:
            self.interpret(stmt)
            return
        self.out.append(stmt)

    def empty_list(self, stmt: Apply) -> bool:
        """An empty list of a type: what is left of a list of one item without that."""
        kind = self.handed.get(stmt.target, stmt.target.kind)
        item = self.example(kind.element, stmt) if isinstance(kind, ListOf) else None
        if item is None:
            return False
        one = self.emit(intrinsics.build_list, item, like=stmt, kind=kind)
        nothing = self.emit(intrinsics.build_slice, Lit(None), Lit(0), Lit(None), like=stmt, kind=SliceOf(None, 0, None))
        self.emit(operator.getitem, one, nothing, like=stmt, target=stmt.target)
        return True

    def example(self, kind, like: Apply):
        """An atom of this kind; None if none can be told."""
        match kind:
            case Bottom():                                      # of a list that is always empty
                return Lit(0.0)
            case Scalar(base=base, dtype=dtype) if dtype is None or dtype == np.dtype(base):
                return Lit(base(0))
            case Array(dtype=dtype) if dtype is not None and kind.ndim:
                shape = self.emit(intrinsics.build_tuple, *[Lit(0)] * kind.ndim, like=like)
                return self.emit(np.empty, shape, Ref(dtype.type), like=like, kind=kind)
            case TupleOf(cls=None, items=items):
                parts = [self.example(item, like) for item in items]
                return None if None in parts else self.emit(intrinsics.build_tuple, *parts, like=like, kind=kind)
            case ListOf():
                item = self.example(kind.element, like)
                return None if item is None else self.emit(intrinsics.build_list, item, like=like, kind=kind)
        return None

    def whole(self, stmt: Apply) -> bool:
        """Arithmetic of integers that may not fit: checked if they are Python's, cut off as NumPy does if they are narrow."""
        kind = stmt.target.kind
        if not isinstance(kind, Scalar) or kind.base is not int or stmt.kwargs:
            return False
        if kind.dtype is not None and kind.dtype.itemsize < 8 and kind.dtype.kind in "iu":
            raw = self.emit(stmt.fn, *stmt.args, like=stmt, kind=INT)
            self.emit(kind.dtype.type, raw, like=stmt, target=stmt.target)
            return True
        checked = _WHOLE[stmt.fn]
        if kind.dtype is not None or checked is None or any(kind_of_atom(a) != INT for a in stmt.args):
            return False
        if checked is runtime.whole_sum and not all(a in self.carried for a in stmt.args):
            return False                                # one by one nobody counts to 2**63
        if checked is runtime.whole_product and any(self.is_small(a) for a in stmt.args) and not any(
                a in self.carried for a in stmt.args):
            return False
        self.emit(checked, *stmt.args, like=stmt, target=stmt.target)
        return True

    def power(self, stmt: Apply) -> bool:
        """An integer raised to an integer: checked when it runs, for Python gives a float where the power is negative."""
        base, exponent = stmt.args[:2]
        if stmt.kwargs or len(stmt.args) > 2 or not all(
                isinstance(k := kind_of_atom(a), Scalar) and k.base is int for a in (base, exponent)):
            return False
        if not isinstance(exponent, Lit):
            kind = stmt.target.kind
            narrow = isinstance(kind, Scalar) and kind.base is int and kind.dtype is not None and kind.dtype.itemsize < 8
            raw = self.emit(runtime.whole_power, base, exponent, like=stmt, kind=INT, target=None if narrow else stmt.target)
            if narrow:
                self.emit(kind.dtype.type, raw, like=stmt, target=stmt.target)
            return True
        if exponent.value >= 0:
            return False
        base = self.emit(float, base, like=stmt, kind=Scalar(float))
        self.emit(operator.pow, base, exponent, like=stmt, target=stmt.target)
        return True

    def is_small(self, atom) -> bool:
        """Is it a number of things that are in memory, or that are counted?"""
        if isinstance(atom, Lit):
            return abs(atom.value) < 1 << 16
        made = self.made.get(atom)
        return atom in self.counting or made is not None and (made.fn in (len, getattr, operator.mod, operator.floordiv) or (
            made.fn is operator.getitem and self.made.get(made.args[0]) is not None
            and self.made[made.args[0]].args[1:] == (Lit("shape"),)))

    # --- which operations ---------------------------------------------------------------------------------------------

    def known(self, stmt: Apply) -> bool:
        """Has Numba a form of it, as far as can be told?"""
        fn = stmt.fn
        name = getattr(fn, "__name__", "")
        if name in self.refused:
            return False
        module = getattr(fn, "__module__", None) or ""
        if runtime.is_helper(fn):
            return fn in forms()
        if module == "srcad.trace.intrinsics" or fn in (operator.getitem, getattr):
            return fn is not operator.getitem or self.simple_index(stmt)
        if fn is operator.matmul or fn in (np.matmul, np.dot):
            kinds = [kind_of_atom(a) for a in stmt.args]
            return fn is not np.matmul and not stmt.kwargs and all(
                isinstance(k, Array) and k.ndim in (1, 2) and k.dtype is not None and k.dtype.kind in "fc"
                and k.dtype == kinds[0].dtype for k in kinds)
        if fn in WHOLE_ONLY and (len(stmt.args) > 1 or stmt.kwargs):
            return False
        if draws(fn):
            return stmt.args != () and isinstance(stmt.args[0], Var) and known_to_numba(fn)
        if isinstance(fn, np.ufunc):
            return not stmt.kwargs and known_to_numba(fn)
        if module.startswith("numpy") or module.startswith("scipy") or isinstance(
                fn, types.BuiltinFunctionType) and module in ("math", "cmath"):
            return known_to_numba(fn)
        return True

    def simple_index(self, stmt: Apply) -> bool:
        """Does Numba index so? Not by two arrays, nor by one of several axes, nor by lists."""
        container, index = stmt.args[:2]
        if not isinstance(kind_of_atom(container), Array):
            return True
        parts = self.parts(index)
        by = kind_of_atom(index)
        if len(parts) == 1 and isinstance(by, TupleOf) and all(isinstance(k, SliceOf) or k == INT for k in by.items):
            return True                                       # made elsewhere: on another path
        arrays = [p for p in parts if isinstance(kind_of_atom(p), Array | ListOf | TupleOf)]
        return not arrays or len(arrays) == 1 and isinstance(kind_of_atom(arrays[0]), Array) and (
            kind_of_atom(arrays[0]).ndim == 1) and (len(parts) == 1 or kind_of_atom(arrays[0]).dtype != bool)

    def parts(self, index) -> tuple:
        made = self.made.get(index) if isinstance(index, Var) else None
        return made.args if made is not None and made.fn is intrinsics.build_tuple else (index,)

    # --- replacements -------------------------------------------------------------------------------------------------

    def argument(self, stmt: Apply, position: int, name: str, default):
        """An argument by position or name."""
        found = dict(stmt.kwargs).get(name)
        if found is None:
            found = stmt.args[position] if len(stmt.args) > position else Lit(default)
        return found

    def sum_over_axis(self, stmt: Apply) -> bool:
        """A sum over one or several axes, or none, kept or not: as sums over one."""
        allowed = {"axis", "keepdims"}
        x = stmt.args[0]
        kind = kind_of_atom(x)
        axis, keep = self.argument(stmt, 1, "axis", None), self.argument(stmt, 5, "keepdims", False)
        if len(stmt.args) > 2 or not {n for n, _ in stmt.kwargs} <= allowed or not isinstance(kind, Array) or (
                kind.ndim is None or kind.dtype is None or kind.dtype.kind not in "fc" or not isinstance(keep, Lit)):
            return False
        if kind.dtype.itemsize < 8:
            return False                        # summed in pairs by NumPy, one after the other by Numba
        axes = self.axes(axis, kind.ndim)
        if axes is None:
            return False
        if len(axes) == kind.ndim and not keep.value:
            self.emit(np.sum, x, like=stmt, target=stmt.target)
            return True
        steps = sorted(axes, reverse=True)
        for n, k in enumerate(steps):
            last = n == len(steps) - 1 and not keep.value
            ndim = kind.ndim - n - 1
            x = self.emit(np.sum, x, Lit(k), like=stmt, target=stmt.target if last else None,
                          kind=None if last else Array(kind.dtype, (None,) * ndim) if ndim else Scalar(
                              complex if kind.dtype.kind == "c" else float))
        if keep.value:
            if len(axes) == kind.ndim:
                shape = self.emit(intrinsics.build_tuple, *[Lit(1)] * kind.ndim, like=stmt)
                self.emit(np.full, shape, x, like=stmt, target=stmt.target)
                return True
            for n, k in enumerate(sorted(axes)):
                last = n == len(axes) - 1
                ndim = kind.ndim - len(axes) + n + 1
                x = self.emit(np.expand_dims, x, Lit(k), like=stmt, target=stmt.target if last else None,
                              kind=None if last else Array(kind.dtype, (None,) * ndim))
        return bool(axes) or self.copied(stmt, x)

    def contracted(self, stmt: Apply) -> bool:
        """The sum of all products of two arrays, which `np.tensordot` gives as an array without axes."""
        (x, y), axes = stmt.args[:2], self.argument(stmt, 2, "axes", 2)
        kinds = kind_of_atom(x), kind_of_atom(y)
        if not isinstance(axes, Lit) or not all(
                isinstance(k, Array) and k.ndim == axes.value and k.dtype is not None for k in kinds):
            return False
        products = self.emit(operator.mul, x, y, like=stmt)
        self.emit(np.sum, products, like=stmt, target=stmt.target)
        return True

    def without_gaps(self, stmt: Apply) -> bool:
        """An array that is not in order in memory is copied before it gets another shape: Numba's does not do so."""
        x = stmt.args[0]
        made = self.made.get(x) if isinstance(x, Var) else None
        if not isinstance(kind_of_atom(x), Array) or made is not None and (
                isinstance(made.fn, Function | Var) or sharing(made, self.made.get) is Sharing.FRESH):
            return False
        turned = made is not None and (made.fn in _TURNS or made.fn is getattr and made.args[1] in (Lit("T"), Lit("mT")))
        if not self.memory.is_constant(x) and not (turned and stmt.target not in self.changed):
            return False
        x = self.emit(np.ascontiguousarray, x, like=stmt, kind=kind_of_atom(x))
        self.out.append(Apply(stmt.target, stmt.fn, (x, *stmt.args[1:]), stmt.kwargs, stmt.loc, stmt.origin))
        return True

    def joined(self, stmt: Apply) -> bool:
        """A list of arrays, one after the other along the first axis."""
        kind = kind_of_atom(stmt.args[0])
        if self.argument(stmt, 1, "axis", 0) != Lit(0) or len(stmt.args) > 2 or not {n for n, _ in stmt.kwargs} <= {"axis"}:
            return False
        if not (isinstance(kind, ListOf) and isinstance(kind.element, Array) and kind.element.ndim):
            return False
        made = self.made.get(stmt.args[0])
        if made is not None and made.fn is intrinsics.build_list and stmt.args[0] not in self.changed:
            return False
        self.emit(runtime.join_rows, stmt.args[0], like=stmt, target=stmt.target)
        return True

    def copied(self, stmt: Apply, x) -> bool:
        self.emit(np.ndarray.copy, x, like=stmt, target=stmt.target)
        return True

    def axes(self, axis, ndim: int) -> list | None:
        """The axes that are meant, counted from the first; None if they are not known."""
        if axis == Lit(None):
            return list(range(ndim))
        parts = self.parts(axis)
        if isinstance(axis, Lit) and isinstance(axis.value, tuple):
            parts = tuple(map(Lit, axis.value))
        if not all(isinstance(p, Lit) and type(p.value) is int for p in parts):
            return None
        return [p.value % ndim for p in parts]

    def reduction(self, stmt: Apply) -> bool:
        """A mean or an extreme over one axis."""
        x = stmt.args[0]
        kind, axis = kind_of_atom(x), self.argument(stmt, 1, "axis", None)
        if axis == Lit(None) or len(stmt.args) > 2 or not {n for n, _ in stmt.kwargs} <= {"axis"}:
            return False
        if not isinstance(kind, Array) or kind.dtype is None or kind.dtype != np.dtype(float) or kind.ndim not in (1, 2) or not (
                isinstance(axis, Lit) and type(axis.value) is int):
            return False
        k = axis.value % kind.ndim
        if stmt.fn is np.mean:
            total = self.emit(np.sum, x, Lit(k), like=stmt, kind=stmt.target.kind)
            shape = self.emit(getattr, x, Lit("shape"), like=stmt)
            size = self.emit(operator.getitem, shape, Lit(k), like=stmt, kind=INT)
            self.emit(operator.truediv, total, size, like=stmt, target=stmt.target)
            return True
        if kind.ndim != 2:
            return False
        largest = Lit(stmt.fn in (np.max, np.amax))
        self.emit(runtime.extremes, x, Lit(k), largest, like=stmt, target=stmt.target)
        return True

    def range_backwards(self, stmt: Apply) -> bool:
        """``r[::-1]`` of a range: Numba's ranges cannot be sliced."""
        made = self.made.get(stmt.args[0]) if isinstance(stmt.args[0], Var) else None
        index = self.made.get(stmt.args[1]) if isinstance(stmt.args[1], Var) else None
        if made is None or made.fn is not range or index is None or index.fn is not intrinsics.build_slice or (
                index.args != (Lit(None), Lit(None), Lit(-1))):
            return False
        start = made.args[0] if len(made.args) > 1 else Lit(0)
        step = made.args[2] if len(made.args) > 2 else Lit(1)

        def count(fn, *args):
            return self.emit(fn, *args, like=stmt, kind=INT)

        last = count(operator.mul, count(operator.sub, count(len, stmt.args[0]), Lit(1)), step)
        self.emit(range, count(operator.add, start, last), count(operator.sub, start, step), count(operator.neg, step), like=stmt,
                  target=stmt.target)
        return True

    def taken_apart(self, stmt: Apply) -> bool:
        """The adjoints of the numbers that an array was made of."""
        g, x = stmt.args
        made = self.made.get(x) if isinstance(x, Var) else None
        if made is None or made.fn not in (intrinsics.build_list, intrinsics.build_tuple) or not isinstance(
                kind_of_atom(g), Array) or kind_of_atom(g).ndim != 1 or not all(
                isinstance(kind_of_atom(a), Scalar) for a in made.args):
            return False
        items = [self.emit(operator.getitem, g, Lit(k), like=stmt) for k in range(len(made.args))]
        self.emit(intrinsics.build_tuple, *items, like=stmt, target=stmt.target)
        return True

    def gathered(self, stmt: Apply) -> bool:
        """``v[I]`` of a vector, by integers of several axes."""
        container, index = stmt.args
        kind, by = kind_of_atom(container), kind_of_atom(index)
        if not (isinstance(kind, Array) and isinstance(by, Array) and kind.ndim == 1 and by.ndim not in (None, 0, 1)
                and by.dtype is not None and by.dtype.kind in "iu"):
            return False
        self.emit(np.take, container, index, like=stmt, target=stmt.target)
        return True

    def scatter(self, stmt: Apply) -> None:
        """``np.add.at``: a loop where one array of integers is the index, the interpreter elsewhere."""
        buffer, index, value = stmt.args
        by, kind = kind_of_atom(index), kind_of_atom(buffer)
        given = kind_of_atom(value)
        one_for_each = isinstance(by, Array) and isinstance(given, Array) and isinstance(kind, Array) and (
            kind.ndim == 1 and by.ndim == given.ndim and by.ndim is not None)
        if one_for_each and by.dtype is not None and by.dtype.kind in "iu":
            self.emit(runtime.add_each, buffer, index, value, like=stmt, target=stmt.target)
            return
        self.interpret(Apply(stmt.target, runtime.add_all, stmt.args, (), stmt.loc, stmt.origin))

    def write(self, stmt: Apply) -> None:
        """A write; what is written is copied first if it may overlap with where it goes."""
        array, value = stmt.args[0], stmt.args[-1]
        kind, given = kind_of_atom(array), kind_of_atom(value)
        if not isinstance(kind, Array):
            self.out.append(stmt)
            return
        if isinstance(given, Array) and self.memory.may_share(array, value) and not self.is_passing(value):
            value = self.emit(np.ndarray.copy, value, like=stmt, kind=given)
        if stmt.fn is operator.setitem:
            container, index = stmt.args[:2]
            if not self.simple_index(Apply(Var(), operator.getitem, (container, index))) or isinstance(
                    kind_of_atom(index), Array) and kind_of_atom(index).ndim != 1:
                self.interpret(Apply(stmt.target, runtime.set_items, (container, index, value), (), stmt.loc, stmt.origin))
                return
            self.out.append(Apply(stmt.target, stmt.fn, (container, index, value), (), stmt.loc, stmt.origin))
            return
        self.out.append(Apply(stmt.target, stmt.fn, (array, value), stmt.kwargs, stmt.loc, stmt.origin))

    def is_passing(self, atom) -> bool:
        """Is it memory of its own that is read here only?"""
        made = self.made.get(atom) if isinstance(atom, Var) else None
        return made is not None and self.counts.get(atom) == 1 and not isinstance(made.fn, Function | Var) and (
            sharing(made, self.made.get) is Sharing.FRESH)

    # --- the interpreter ----------------------------------------------------------------------------------------------

    def interpret(self, stmt: Apply) -> None:
        """Leave an operation to the interpreter, if its result can be handed back."""
        result = self.result_type(stmt)
        if result is None or any(isinstance(a, Star) for a in stmt.args) or (
                callable_effect(stmt.fn) > READ and result != "none" and not draws(stmt.fn)):
            self.out.append(stmt)
            return
        handed: dict[Var, Var] = {}
        out: list = []

        def inside(atom):
            """The atom in the function: a parameter, or what is written down again there."""
            if not isinstance(atom, Var):
                return atom
            made = self.made.get(atom)
            if made is not None and made.fn in (
                    intrinsics.build_tuple, intrinsics.build_slice, intrinsics.build_list, range) and atom not in self.changed:
                again = Apply(atom.like(), made.fn, tuple(map(inside, made.args)), (), made.loc)
                out.append(again)
                return again.target
            if isinstance(atom.kind, Static):
                return Ref(atom.kind.value)
            return handed.setdefault(atom, Var(atom.hint, atom.kind))

        def as_numpy_has_it(atom):
            """A number of NumPy's, or an array without axes, which compiled code hands over as a number of Python's."""
            kind = atom.kind if isinstance(atom, Var) else None
            if isinstance(kind, Scalar) and kind.dtype is not None and kind.dtype.kind in "biufc":
                made = Apply(atom.like(), kind.dtype.type, (atom,), (), stmt.loc)
            elif isinstance(kind, Array) and kind.ndim == 0:
                made = Apply(atom.like(), np.asarray, (atom,), (), stmt.loc)
            else:
                return atom
            out.append(made)
            return made.target

        args = tuple(map(as_numpy_has_it, map(inside, stmt.args)))
        kwargs = tuple((n, as_numpy_has_it(inside(a))) for n, a in stmt.kwargs)
        if any(isinstance(part, SliceOf | ListOf | Range) for v in handed for part in kind_parts(v.kind)):
            self.out.append(stmt)
            return
        value = stmt.target.like()
        function = Function(f"interpreted_{getattr(stmt.fn, '__name__', 'operation')}", [Param(v) for v in handed.values()],
                            Block([*out, Apply(value, stmt.fn, args, kwargs, stmt.loc)],
                                  (value if result != "none" else Lit(None),)), stmt.loc, doc="an operation")
        self.interpreted.functions.append((function, result))
        if result == "none":
            self.emit(function, *handed, like=stmt, target=Var("", stmt.target.kind))
            if isinstance(stmt.target.kind, Array):
                self.emit(intrinsics.copy_value, stmt.args[0], like=stmt, target=stmt.target)
            return
        self.emit(function, *handed, like=stmt, target=stmt.target)


    def result_type(self, stmt: Apply) -> str | None:
        """Numba's word for what an operation gives: "none" for what only writes, None if there is no word."""
        if stmt.fn in (runtime.add_all, runtime.set_items, runtime.set_generator, *CHECKS) or (
                draws(stmt.fn) and kind_of_atom(stmt.target) == NONE):
            return "none"
        kind = stmt.target.kind
        if stmt.fn in PIECES:
            # As many pieces as there are arrays in an operand that is written down.
            arrays = [m.args for a in stmt.args if isinstance(a, Var) and (m := self.made.get(a)) is not None
                      and m.fn in (intrinsics.build_list, intrinsics.build_tuple)]
            if not arrays:
                return None
            types = {numba_type(kind_of_atom(a), False) for a in arrays[0]}
            if None in types:
                return None
            listed = [numba_type(kind_of_atom(a), False) for a in arrays[0]]
            return f"UniTuple({types.pop()}, {len(arrays[0])})" if len(types) == 1 else f"Tuple(({', '.join(map(str, listed))}))"
        return numba_type(kind, sharing(stmt, self.made.get) is Sharing.FRESH)


def draws(fn) -> bool:
    """Has it to do with random numbers? The interpreter draws those that it would draw without Numba."""
    return generator_of(fn) is not None or fn in (np.random.default_rng, runtime.generator_state)


def fill(stmt: If) -> None:
    """Give numbers, and tuples of them, that one arm only has some value in the other: Numba knows no None that is a number
    elsewhere."""
    for arm in (stmt.then, stmt.orelse):
        yields = []
        for t, y in zip(stmt.targets, arm.yields):
            if y == Lit(None) and isinstance(t.kind, Scalar):
                y = Lit(t.kind.base(0))
            elif y == Lit(None) and isinstance(t.kind, TupleOf) and t.kind.cls is None and t.kind.items and all(
                    isinstance(k, Scalar) for k in t.kind.items):
                y = Var("", t.kind)
                arm.stmts.append(Apply(y, intrinsics.build_tuple, tuple(Lit(k.base(0)) for k in t.kind.items), (), stmt.loc))
            yields.append(y)
        arm.yields = tuple(yields)


def numba_type(kind, fresh: bool) -> str | None:
    """Numba's word for the values of a kind; None if there is none, or it is not known."""
    match kind:
        case Object(cls=np.random.Generator):
            return "npy_rng"
        case Scalar(base=base, dtype=dtype):
            return {bool: "boolean", int: "int64", float: "float64", complex: "complex128"}[base] if dtype is None else (
                "boolean" if dtype.kind == "b" else dtype.name)
        case Array() if kind.dtype is not None and kind.ndim is not None and kind.dtype.kind in "biufc":
            name = "boolean" if kind.dtype.kind == "b" else kind.dtype.name
            if kind.ndim == 0:
                return None
            axes = [":"] * kind.ndim
            if fresh:
                axes[-1] = "::1"
            return f"{name}[{', '.join(axes)}]"
        case TupleOf() if kind.cls is None and kind.items:
            items = [numba_type(item, False) for item in kind.items]
            return None if None in items else f"Tuple(({', '.join(items)},))"
    return None


def known_to_numba(fn) -> bool:
    """Has Numba any form of this function?"""
    from numba.core.registry import cpu_target

    context = cpu_target.typing_context
    if fn not in _known:
        cpu_target.target_context.refresh()           # which loads Numba's forms of NumPy's functions
        context.refresh()
        try:
            _known[fn] = context._lookup_global(fn) is not None
        except TypeError:
            _known[fn] = False
    return _known[fn]


_known: dict = {}


def forms() -> set:
    """The helpers of `srcad.runtime` that have a compiled form."""
    from srcad.backends.numba_runtime import FORMS

    return FORMS
