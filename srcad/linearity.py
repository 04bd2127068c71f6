"""Is a tangent rule of the user's linear in the tangents?

Enters: the forward and the reverse sweep of the rule's transpose. If it is linear, the reverse sweep reads nothing that
was computed from the tangents, except for its shape. What a value was computed from is followed through tuples and
calls: in `reach` a Var is mapped to True, or to the same item by item.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.errors import KindError
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Var, While, outputs, pattern_vars

#: Operations that look at the form of an operand, not at its value: the position of that operand.
LIKE: dict = {
    runtime.unbroadcast: 1, runtime.broadcast_like: 1, runtime.reshape_like: 1, runtime.reshape_back: 2,
    runtime.expand_reduced: 1, runtime.split_like: 1, runtime.unstack_like: 1, runtime.as_form: 1, runtime.nest_like: 1,
    runtime.place_diagonal: 1, runtime.untile: 1, runtime.unrepeat: 1, runtime.untake: 1, runtime.untake_along: 1,
    runtime.undiff: 1, runtime.fit_shape: 1, runtime.adjoint_or_zeros: 1, runtime.match_kind: 1, runtime.spread_sum: 1,
    runtime.fold_repeats: 1, runtime.zeros_like: 0, np.zeros_like: 0, np.shape: 0, np.ndim: 0, np.size: 0, len: 0,
    runtime.fit_derivative: 1, runtime.fit_vectors: 1,
}


def check_linear(forward: list, back: Block, tangents: list, function: Function) -> None:
    """Refuse a rule whose transpose reads the tangents."""
    reach: dict = dict.fromkeys(tangents, True)
    _Flow(reach, None, ()).statements(forward)
    _Flow(reach, function, ()).statements(back.stmts)


class _Flow:
    """Extends `reach`; with `judged` set, refuses what reads a value that is in it."""

    def __init__(self, reach: dict, judged: Function | None, stack: tuple) -> None:
        self.reach, self.judged, self.stack = reach, judged, stack

    def get(self, atom):
        return self.reach.get(atom, False) if isinstance(atom, Var) else False

    def put(self, var: Var, value) -> None:
        if value is not False:
            self.reach[var] = value if self.reach.get(var, value) == value else True

    def read(self, atoms, stmt) -> None:
        """A value is looked at."""
        if self.judged is not None and any(_any(self.get(a)) for a in atoms):
            raise KindError(f"the jvp of {self.judged.doc}() is not linear in the tangents",
                            "the tangent of the result must be a sum of products with the tangents of the arguments",
                            stmt.loc if stmt.loc.line else self.judged.loc)

    def statements(self, stmts: list) -> None:
        for stmt in stmts:
            match stmt:
                case Apply():
                    self.apply(stmt)
                case If():
                    self.read((stmt.cond,), stmt)
                    self.statements(stmt.then.stmts)
                    self.statements(stmt.orelse.stmts)
                    decided = _any(self.get(stmt.cond))
                    for target, a, b in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                        self.put(target, _either(self.get(a), self.get(b)) or decided)
                case For() | While():
                    self.loop(stmt)

    def loop(self, stmt: For | While) -> None:
        while True:
            before = dict(self.reach)
            decided = False
            if isinstance(stmt, For):
                for source in stmt.sources:
                    if self.get(source.iterable):
                        for var in pattern_vars(source.target):
                            self.put(var, True)
            else:
                self.statements(stmt.test.stmts)
                self.read(stmt.test.yields, stmt)
                decided = _any(self.get(stmt.test.yields[0]))
            self.statements(stmt.body.stmts)
            if stmt.stop is not None:
                self.read((stmt.stop,), stmt)
                decided = decided or _any(self.get(stmt.stop))
            for c, init, y in zip(stmt.carried, stmt.inits, stmt.body.yields):
                self.put(c, _either(self.get(init), self.get(y)) or decided)
            if self.reach == before:
                return

    def apply(self, stmt: Apply) -> None:
        fn, args = stmt.fn, stmt.args
        if isinstance(fn, Function):
            self.put(stmt.target, self.call(fn, args))
            return
        if fn is intrinsics.build_tuple:
            items = tuple(map(self.get, args))
            self.put(stmt.target, items if any(map(_any, items)) else False)
            return
        if fn is operator.getitem and isinstance(args[1], Lit) and type(args[1].value) is int:
            whole = self.get(args[0])
            if isinstance(whole, tuple):
                self.put(stmt.target, whole[args[1].value])
                return
            if self.judged is not None and whole:
                self.put(stmt.target, True)
                return
        if fn is getattr and args[1] in (Lit("shape"), Lit("ndim"), Lit("size"), Lit("dtype")):
            return
        like = LIKE.get(fn)
        looked_at = [a for k, a in enumerate(args) if k != like] + [a for _, a in stmt.kwargs]
        if any(_any(self.get(a)) for a in looked_at):
            self.read(looked_at, stmt)
            for var in outputs(stmt):
                self.put(var, True)
            if fn is intrinsics.push:
                self.put(args[0], True)

    def call(self, callee: Function, args: tuple):
        """What the result of a call was computed from."""
        given = tuple(map(self.get, args))
        if not any(map(_any, given)):
            return False
        if callee in self.stack:
            return True
        inner: dict = {p.var: g for p, g in zip(callee.params, given) if g is not False}
        flow = _Flow(inner, self.judged, (*self.stack, callee))
        flow.statements(callee.body.stmts)
        return flow.get(callee.body.yields[0])


def _any(value) -> bool:
    return any(map(_any, value)) if isinstance(value, tuple) else value


def _either(a, b):
    """What one of two values was computed from."""
    if a is False or b is False or a == b:
        return a or b
    return True



