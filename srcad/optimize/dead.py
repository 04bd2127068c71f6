"""Dead code: operations whose result nobody reads, and that do nothing else.

    v1 = math.log(x)                     v2 = x * x
    v2 = x * x                    →      return v2
    return v2

What may be dropped is what has no effect (`srcad.trace.purity`); an operation that could only have raised goes too
(``docs/semantics.md``). Branches and loops lose the values nobody reads, then themselves if nothing is left.

>>> from srcad.optimize.showing import show
>>> import math
>>> def f(x):
...     y = math.log(x)
...     return x * x
>>> show("dead", f, 2.0)
y = math.log(x)
v1 = x * x
return x + x
--> 2
return x + x
"""

from __future__ import annotations

from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Comment, For, Function, If, Var, While, free_vars, operands
from srcad.trace.purity import WRITE, Effect, callable_effect

#: Operations that write only to their first operand, and give it back or nothing: dead if that is not read afterwards.
BUFFERED = {intrinsics.push, intrinsics.index_add, intrinsics.scatter_add}


def remove_dead(function: Function, keep=lambda stmt: False) -> int:
    """Drop what is dead, except statements for which `keep` is true; returns how many operations went."""
    return _Sweep(keep).function(function)


def sweep_body(body: Block) -> int:
    """Drop what is dead in the body of a loop; returns how many operations. What comes from outside may be read there."""
    sweep = _Sweep(lambda stmt: False)
    sweep.need((*body.yields, *free_vars(body)))
    sweep.block(body)
    return sweep.removed


class _Sweep:
    def __init__(self, keep) -> None:
        self.keep = keep
        self.live: set[Var] = set()
        self.removed = 0

    def function(self, function: Function) -> int:
        self.need(function.body.yields)
        self.block(function.body)
        return self.removed

    def need(self, atoms) -> None:
        for atom in atoms:
            if isinstance(atom, Var):
                self.live.add(atom)

    def block(self, block: Block) -> None:
        """Drop the dead statements of a block whose yields are already live or not."""
        kept = []
        for stmt in reversed(block.stmts):
            if self.statement(stmt):
                kept.append(stmt)
        block.stmts = kept[::-1]

    def statement(self, stmt) -> bool:
        match stmt:
            case Comment():
                return True
            case Apply():
                if self.is_live(stmt):
                    self.need(operands(stmt))
                    return True
                self.removed += 1
                return False
            case If():
                return self.branch(stmt)
        return self.loop(stmt)

    def is_live(self, stmt: Apply) -> bool:
        if stmt.target in self.live or self.keep(stmt):
            return True
        if stmt.fn in BUFFERED:
            return stmt.args[0] in self.live
        return callable_effect(stmt.fn) >= WRITE

    def branch(self, stmt: If) -> bool:
        wanted = [k for k, t in enumerate(stmt.targets) if t in self.live]
        if len(wanted) != len(stmt.targets):
            stmt.targets = tuple(stmt.targets[k] for k in wanted)
            for arm in (stmt.then, stmt.orelse):
                arm.yields = tuple(arm.yields[k] for k in wanted)
        for arm in (stmt.then, stmt.orelse):
            self.need(arm.yields)
            self.block(arm)
        if not stmt.targets and not stmt.then.stmts and not stmt.orelse.stmts:
            return False
        self.need((stmt.cond,))
        return True

    def loop(self, stmt: For | While) -> bool:
        """Which carried variables are read is known only once the body is: run until it no longer changes."""
        while True:
            before = len(self.live)
            for c, y in zip(stmt.carried, stmt.body.yields):
                if c in self.live:
                    self.need((y,))
            if stmt.stop is not None:
                self.need((stmt.stop,))
            self.mark(stmt.body)
            if isinstance(stmt, While):
                self.need(stmt.test.yields)
                self.mark(stmt.test)
            if len(self.live) == before:
                break
        wanted = [k for k, c in enumerate(stmt.carried) if c in self.live]
        if len(wanted) != len(stmt.carried):
            stmt.carried, stmt.inits = (tuple(seq[k] for k in wanted) for seq in (stmt.carried, stmt.inits))
            stmt.body.yields = tuple(stmt.body.yields[k] for k in wanted)
        self.block(stmt.body)
        if isinstance(stmt, While):
            self.block(stmt.test)
        elif not stmt.carried and not stmt.body.stmts and stmt.stop is None:
            return False
        self.need(operands(stmt))
        return True

    def mark(self, block: Block) -> None:
        """Find what is live in a block without dropping anything."""
        for stmt in reversed(block.stmts):
            match stmt:
                case Apply():
                    if self.is_live(stmt):
                        self.need(operands(stmt))
                case If():
                    for k, t in enumerate(stmt.targets):
                        if t in self.live:
                            self.need((stmt.then.yields[k], stmt.orelse.yields[k]))
                    for arm in (stmt.then, stmt.orelse):
                        self.mark(arm)
                    if any(t in self.live for t in stmt.targets) or self.has_live(stmt.then) or self.has_live(stmt.orelse):
                        self.need((stmt.cond,))
                case For() | While():
                    for c, y in zip(stmt.carried, stmt.body.yields):
                        if c in self.live:
                            self.need((y,))
                    before = -1
                    while before != len(self.live):
                        before = len(self.live)
                        if stmt.stop is not None:
                            self.need((stmt.stop,))
                        self.mark(stmt.body)
                        if isinstance(stmt, While):
                            self.need(stmt.test.yields)
                            self.mark(stmt.test)
                        for c, y in zip(stmt.carried, stmt.body.yields):
                            if c in self.live:
                                self.need((y,))
                    self.need(operands(stmt))

    def has_live(self, block: Block) -> bool:
        return any(isinstance(s, For | While) or isinstance(s, If) and (self.has_live(s.then) or self.has_live(s.orelse))
                   or isinstance(s, Apply) and self.is_live(s) for s in block.stmts)


__all__ = ["Effect", "remove_dead"]
