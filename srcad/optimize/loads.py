"""Loads: an element that has just been stored, or read, need not be read again.

    a[k] = v                             a[k] = v
    s = s + a[k] * a[k]           →      s = s + v * v

In arrays that are written to, of which nothing is written in between. Before a function is differentiated this saves more
than time: the value has its own adjoint, and is not recorded under three names.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> def f(xs):
...     a = np.zeros(3)
...     total = 0.0
...     for k in range(3):
...         a[k] = 2.0 * xs[k]
...         total += a[k] * a[k]
...     return total
>>> show("primal loads", f, np.ones(3))
a = np.zeros(3)
a_bar = np.zeros_like(a)
xs_bar = np.zeros_like(xs)
for k in range(3):
    a[k] = 2.0 * xs[k]
    v1 = a[k]
    a_bar[k] += a[k]
    a_bar[k] += v1
    v2_bar = a_bar[k]
    a_bar[k] = 0.0
    xs_bar[k] += v2_bar * 2.0
return xs_bar
--> 2
a = np.zeros(3)
xs_bar = np.zeros_like(xs)
for k in range(3):
    v1 = 2.0 * xs[k]
    a[k] = v1
    xs_bar[k] += (v1 + v1) * 2.0
return xs_bar
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.analysis.aliasing import Aliases, is_write, writes
from srcad.analysis.scratch import is_plain_index, written_by
from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Function, If, Var, blocks
from srcad.trace.kinds import Array, Scalar


def forward_loads(function: Function) -> int:
    """Read what is known already from where it is; returns how many loads went."""
    if not writes(function):
        return 0
    forwarding = _Forwarding(Aliases(function))
    forwarding.block(function.body, {})
    if forwarding.instead:
        replace(function.body, forwarding.instead)
    return len(forwarding.instead)


class _Forwarding:
    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases
        self.instead: dict[Var, object] = {}

    def block(self, block: Block, known: dict) -> None:
        """`known` has the elements that are known: (array, indices) → atom. It is changed."""
        stmts = []
        for stmt in block.stmts:
            if isinstance(stmt, Apply):
                if not self.load(stmt, known):
                    stmts.append(stmt)
                    self.store(stmt, known)
                continue
            stmts.append(stmt)
            if not isinstance(stmt, If):
                self.forget(stmt, known)
            for inner in blocks(stmt):
                self.block(inner, dict(known))
            self.forget(stmt, known)
        block.stmts = stmts

    def load(self, stmt: Apply, known: dict) -> bool:
        """A load: is its result known?"""
        if stmt.fn is not operator.getitem or not isinstance(stmt.target.kind, Scalar):
            return False
        key = self.key(*stmt.args)
        if key is None:
            return False
        value = known.get(key)
        if isinstance(value, Var) and value.kind == stmt.target.kind:
            self.instead[stmt.target] = value
            return True
        known[key] = stmt.target
        return False

    def store(self, stmt: Apply, known: dict) -> None:
        if not is_write(stmt) and not isinstance(stmt.fn, Function):
            return
        self.forget(stmt, known)
        if stmt.fn is operator.setitem and isinstance(stmt.args[2], Var):
            key = self.key(*stmt.args[:2])
            value = self.instead.get(stmt.args[2], stmt.args[2])
            if key is not None and len(key) == 1 + stmt.args[0].kind.ndim and stmt.args[0].kind.dtype == np.dtype(float):
                known[key] = value

    def forget(self, stmt, known: dict) -> None:
        """Forget what a statement may change."""
        numbers = written_by(stmt, self.aliases)
        for key in [k for k in known if self.aliases.number(k[0]) in numbers]:
            del known[key]

    def key(self, array, index) -> tuple | None:
        if not isinstance(array, Var) or not isinstance(array.kind, Array) or not array.kind.ndim or (
                self.aliases.number(array) is None):
            return None
        made = self.aliases.definitions.get(index) if isinstance(index, Var) else None
        parts = made.args if made is not None and made.fn is intrinsics.build_tuple else (index,)
        return (array, *(self.instead.get(p, p) for p in parts)) if all(map(is_plain_index, parts)) else None
