"""Independent trips: a loop whose trips hand on nothing but sums runs once, each trip forward and at once back.

    for x in xs:                              for x in xs:
        v1 = np.exp(a * x)                        v1 = np.exp(a * x)
        tape.append(v1)                           total = total + v1
        total = total + v1             →          a_bar = a_bar + v1 * x
    for x, v1 in zip(xs[::-1], tape[::-1]):
        a_bar = a_bar + v1 * x

This pass marks such loops; the adjoint of one is written by `srcad.differentiate.fusion`, which also asks what the trips
write to, and whether the adjoints of the sums are known before the loop.

>>> from srcad.optimize.showing import show
>>> import math
>>> def f(a, xs):
...     total = 0.0
...     for x in xs:
...         total += math.exp(a * x)
...     return 0.5 * total
>>> show("independent trips", f, 2.0, [1.0, 2.0])
tape = []
for x in xs:
    tape.append(math.exp(a * x))
a_bar = 0.0
for v1, v2 in zip(range(len(xs) - 1, -1, -1), tape[::-1]):
    x = xs[v1]
    a_bar = a_bar + 0.5 * v2 * x
return a_bar
--> 1
a_bar = 0.0
for x in xs:
    a_bar = a_bar + 0.5 * math.exp(a * x) * x
return a_bar
"""

from __future__ import annotations

import operator
from collections import Counter

from srcad.analysis.atoms import kind_of_atom
from srcad.trace.ir import Apply, Block, For, Function, If, Var, While, operands, outputs, uses, walk
from srcad.trace.kinds import Scalar, is_differentiable


def mark_independent(function: Function) -> int:
    """Mark the loops of which a trip hands on sums, or nothing that varies; returns how many."""
    count = 0
    for stmt in walk(function.body):
        if isinstance(stmt, For):
            summed = Summed(stmt)
            stmt.independent = any(map(summed.is_sum, stmt.carried)) or not any(
                is_differentiable(c.kind) and c in summed.read for c in stmt.carried)
            count += stmt.independent
    return count


class Summed:
    """Which carried variables of a loop are sums: what a trip adds depends on no such sum, nor does anything else.

    Attributes
    ----------
    read : set of Var
        What the body reads.
    """

    def __init__(self, stmt: For) -> None:
        self.stmt = stmt
        self.counts = Counter(uses(stmt.body))
        if isinstance(stmt.stop, Var):
            self.counts[stmt.stop] += 1
        self.read = set(self.counts)

    def is_sum(self, c: Var) -> bool:
        """Is it only added to?"""
        y = self.stmt.body.yields[self.stmt.carried.index(c)]
        if not _is_number(c) or not isinstance(y, Var):
            return False
        self.depending = _depending(self.stmt.body, c)
        self.expected: Counter = Counter()
        return self.trace(self.stmt.body, y) is c and all(self.counts[v] == n for v, n in self.expected.items())

    def trace(self, block: Block, atom):
        """What a sum that leaves a block was when it entered it; None if it is no sum."""
        made = {v: s for s in block.stmts for v in outputs(s)}
        while True:
            if not _is_number(atom):
                return None
            self.expected[atom] += 1
            stmt = made.get(atom)
            match stmt:
                case None:
                    return atom
                case Apply(fn=operator.add, args=(a, b)):
                    if (a in self.depending) == (b in self.depending):
                        return None
                    atom = a if a in self.depending else b
                case Apply(fn=operator.sub, args=(a, b)):
                    if b in self.depending:
                        return None
                    atom = a
                case If():
                    k = stmt.targets.index(atom)
                    found = [self.trace(arm, arm.yields[k]) for arm in (stmt.then, stmt.orelse)]
                    if found[0] is None or found[0] is not found[1]:
                        return None
                    atom = found[0]
                    self.expected[atom] -= 1
                case For() | While():
                    k = stmt.carried.index(atom)
                    if self.trace(stmt.body, stmt.body.yields[k]) is not atom:
                        return None
                    atom = stmt.inits[k]
                case _:
                    return None


def _depending(body: Block, start: Var) -> set[Var]:
    """The Vars of a block that depend on one."""
    found = {start}
    while True:
        before = len(found)
        for stmt in walk(body):
            if any(a in found for a in operands(stmt)) and isinstance(stmt, Apply):
                found.add(stmt.target)
            elif isinstance(stmt, If):
                found.update(t for t, *ys in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields)
                             if stmt.cond in found or any(y in found for y in ys))
            elif isinstance(stmt, For | While):
                found.update(c for c, i, y in zip(stmt.carried, stmt.inits, stmt.body.yields) if i in found or y in found)
        if len(found) == before:
            return found


def _is_number(atom) -> bool:
    return isinstance(atom, Var) and isinstance(kind_of_atom(atom), Scalar) and is_differentiable(atom.kind)
