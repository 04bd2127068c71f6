"""What passes over single operations share: who makes a Var, how often it is read, and putting another in its place."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable

from srcad.analysis.memory import Memory
from srcad.optimize.replace import replace
from srcad.trace.ir import Apply, Block, Function, Lit, Var, blocks, uses, walk
from srcad.trace.kinds import is_float


class Rewriting:
    """One function that is being rewritten, operation by operation.

    Attributes
    ----------
    counts : dict of Var to int
        How often each is read.
    made : dict of Var to Apply
        The operation that makes it.
    done : int
        How often something was changed.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self.counts: dict[Var, int] = {}
        for var in uses(function.body):
            self.counts[var] = self.counts.get(var, 0) + 1
        self.made = {stmt.target: stmt for stmt in walk(function.body) if isinstance(stmt, Apply)}
        self.done = 0
        self._before: dict[int, list[Apply]] = {}
        self._instead: dict[Var, object] = {}

    def own(self, var, times: int = 1) -> Apply | None:
        """The operation that makes a Var, if it is of the derivative and the Var is read so many times only."""
        made = self.made.get(var) if isinstance(var, Var) else None
        return made if made is not None and made.origin is not None and self.counts.get(var) == times else None

    @functools.cached_property
    def memory(self) -> Memory:
        """What may be written to."""
        return Memory(self.function)

    def may_wait(self, *atoms) -> bool:
        """Are values that are read later what they are now?"""
        return all(map(self.memory.is_constant, atoms))

    def before(self, stmt: Apply, *new: Apply) -> None:
        """Put operations before a statement."""
        self._before.setdefault(id(stmt), []).extend(new)
        for one in new:
            self.made[one.target] = one

    def stands_for(self, old: Var, new) -> None:
        """Read another atom wherever a Var is read."""
        self._instead[old] = new

    def run(self, change: Callable[[Apply], bool]) -> int:
        """Offer every operation of the derivative to a function that may change it; how often it did."""
        for stmt in [s for s in walk(self.function.body) if isinstance(s, Apply) and s.origin is not None]:
            self.done += change(stmt)
        if self._before:
            self._insert(self.function.body)
        while self._instead:
            instead, self._instead = self._instead, {}
            replace(self.function.body, {old: instead.get(new, new) for old, new in instead.items()})
        return self.done

    def _insert(self, block: Block) -> None:
        block.stmts = [s for stmt in block.stmts for s in (*self._before.get(id(stmt), ()), stmt)]
        for stmt in block.stmts:
            for inner in blocks(stmt):
                self._insert(inner)


def leave_out_one(rewriting: Rewriting, stmt: Apply) -> bool:
    """``1.0 * x`` as ``x``, where nobody can tell them apart."""
    if stmt.fn is not operator.mul or stmt.kwargs or Lit(1.0) not in stmt.args:
        return False
    x = stmt.args[1 - stmt.args.index(Lit(1.0))]
    if not isinstance(x, Var) or x.kind != stmt.target.kind or not is_float(x.kind) or not (
            rewriting.may_wait(x, stmt.target)) or not rewriting.memory.is_private(stmt.target):
        return False
    rewriting.stands_for(stmt.target, x)
    return True
