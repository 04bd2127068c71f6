"""Common subexpressions: what has been computed already is not computed again.

    a = np.exp(z) + y                    v1 = np.exp(z)
    z_bar = g * np.exp(z)         →      a = v1 + y
                                         z_bar = g * v1

Two operations are the same if they are the same function of the same values. The memory of their operands must never
be written to, nor that of their result, for one array would stand for two; a result that leaves the function stays its
own.
What is as cheap as a name (a shape, a slice, a tuple) is not merged, but seen through. A view of one piece of one array is the
same view, whatever is written to it.

>>> from srcad.optimize.showing import show
>>> import math
>>> def f(x):
...     s = 1.0
...     for k in range(3):
...         s = math.sin(x * s) + x * s
...     return s
>>> show("primal common", f, 2.0)
tape = []
s = 1.0
for k in range(3):
    tape.append(s)
    v1 = x * s
    s = math.sin(v1) + v1
s_bar = 1.0
x_bar = 0.0
for s in tape[::-1]:
    v1_bar = s_bar * math.cos(x * s)
    x_bar = x_bar + s_bar * s + v1_bar * s
    s_bar = s_bar * x + v1_bar * x
return x_bar
--> 1
tape = []
s = 1.0
for k in range(3):
    tape.append(s)
    v1 = x * s
    s = math.sin(v1) + v1
s_bar = 1.0
x_bar = 0.0
for s in tape[::-1]:
    v1_bar = s_bar + s_bar * math.cos(x * s)
    x_bar = x_bar + v1_bar * s
    s_bar = v1_bar * x
return x_bar
"""

from __future__ import annotations

import operator

from srcad.analysis.memory import Memory, is_value
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Source, Star, Var, While, substitute_atom, walk
from srcad.trace.kinds import Array, Scalar
from srcad.trace.purity import READ, callable_effect, effect

#: Put together anew wherever they are used.
_STRUCTURE = {intrinsics.build_slice, intrinsics.build_tuple}

#: What may stand in an index beside slices.
_WHOLE = (Lit(Ellipsis), Lit(None))


def merge_values(function: Function) -> int:
    """Merge equal operations before a function is differentiated: all but views, each of which has an adjoint of its own."""
    return merge_common(function, views=False)


def merge_common(function: Function, views: bool = True) -> int:
    """Merge equal operations; returns how many went. Where ``is`` is asked, equal is not the same: nothing is merged."""
    asked = (stmt for stmt in walk(function.body) if isinstance(stmt, Apply) and stmt.fn in (operator.is_, operator.is_not))
    if any(all(isinstance(a, Var) for a in stmt.args) for stmt in asked):
        return 0
    merger = _Merger(function, views)
    merger.block(function.body, {})
    return merger.merged


class _Merger:
    def __init__(self, function: Function, views: bool) -> None:
        self.memory, self.views = Memory(function), views
        self.made = {s.target: s for s in walk(function.body) if isinstance(s, Apply) and s.fn in _STRUCTURE}
        self.merged = 0
        self.instead: dict[Var, Var] = {}          # what stands for a Var that went
        self.same: dict[Var, Var] = {}             # what a structure is equal to

    def block(self, block: Block, known: dict) -> None:
        kept = []
        for stmt in block.stmts:
            if self.statement(stmt, known):
                kept.append(stmt)
        block.stmts = kept
        block.yields = tuple(self.atom(a) for a in block.yields)

    def atom(self, atom):
        return substitute_atom(atom, self.instead)

    def statement(self, stmt, known: dict) -> bool:
        match stmt:
            case Apply():
                return self.apply(stmt, known)
            case If():
                stmt.cond = self.atom(stmt.cond)
                self.block(stmt.then, dict(known))
                self.block(stmt.orelse, dict(known))
            case For():
                stmt.sources = tuple(Source(s.target, self.atom(s.iterable)) for s in stmt.sources)
                stmt.inits = tuple(map(self.atom, stmt.inits))
                self.block(stmt.body, dict(known))
                stmt.stop = None if stmt.stop is None else self.atom(stmt.stop)
            case While():
                stmt.inits = tuple(map(self.atom, stmt.inits))
                inside = dict(known)
                self.block(stmt.test, inside)
                self.block(stmt.body, inside)
                stmt.stop = None if stmt.stop is None else self.atom(stmt.stop)
        return True

    def apply(self, stmt: Apply, known: dict) -> bool:
        if self.instead:
            stmt.args = tuple(map(self.atom, stmt.args))
            stmt.kwargs = tuple((name, self.atom(a)) for name, a in stmt.kwargs)
            if isinstance(stmt.fn, Var):
                stmt.fn = self.atom(stmt.fn)
        key = self.key(stmt)
        if key is None:
            return True
        first = known.setdefault(key, stmt.target)
        if first is stmt.target:
            return True
        if stmt.fn in _STRUCTURE or stmt.fn is getattr:
            self.same[stmt.target] = first
            return True
        self.instead[stmt.target] = first
        self.merged += 1
        return False

    def key(self, stmt: Apply):
        """What is equal for equal operations; None for one that must stay as it is."""
        fn, target = stmt.fn, stmt.target
        structure = fn in _STRUCTURE
        if not structure and not isinstance(target.kind, Scalar | Array):
            return None
        if isinstance(fn, Function | Var) or callable_effect(fn) > READ:
            return None
        plain = not stmt.kwargs
        view = self.views and self.is_view(stmt)
        for a in stmt.args[view:]:
            if isinstance(a, Star) or not self.memory.is_constant(a):
                return None
            plain = plain and (is_value(a) or isinstance(a.kind, Array))
        if not plain and effect(stmt) > READ:
            return None
        for _, a in stmt.kwargs:
            if not self.memory.is_constant(a):
                return None
        if not view and not structure and not is_value(target) and not (
                self.memory.is_constant(target) and self.memory.is_private(target)):
            return None
        if not self.same:
            return fn, stmt.args, stmt.kwargs
        parts = tuple(self.same.get(a, a) for a in stmt.args)
        return fn, parts, tuple((name, self.same.get(a, a)) for name, a in stmt.kwargs)

    def is_view(self, stmt: Apply) -> bool:
        """Is it a piece of an array, by slices?"""
        if stmt.fn is not operator.getitem or not all(isinstance(x, Var) and isinstance(x.kind, Array) for x in (
                stmt.args[0], stmt.target)):
            return False
        index = self.made.get(stmt.args[1])
        return index is not None and (index.fn is intrinsics.build_slice or index.fn is intrinsics.build_tuple and all(
            a in _WHOLE or (made := self.made.get(a)) is not None and made.fn is intrinsics.build_slice for a in index.args))
