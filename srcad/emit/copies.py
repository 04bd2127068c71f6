"""Values that are given to names all at once, as assignments one after the other.

Enters: for each name, the expression for its new value and the names that this reads. Leaves: statements in an order
such that none reads what another has overwritten; where there is no such order, a swap: ``a, b = b, a + b``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import gast

from srcad.emit.expressions import name
from srcad.emit.operators import DELETE, LOAD, STORE


@dataclass(slots=True)
class Copy:
    """One new value: what is written, which names that reads, and whether the value may be missing."""

    value: gast.expr
    reads: set[str]
    doubtful: bool = False

    def statement(self, target: str) -> gast.stmt:
        """``target = value``. A value that does not exist leaves none under the new name either."""
        copy = gast.Assign([name(target, STORE)], self.value, None)
        if not self.doubtful:
            return copy
        unbind = [gast.Assign([name(target, STORE)], gast.Constant(None, None), None),
                  gast.Delete([name(target, DELETE)])]
        return gast.Try([copy], [gast.ExceptHandler(name("UnboundLocalError"), None, unbind)], [], [])


def in_order(waiting: dict[str, Copy], spare: Callable[[], str]) -> list:
    """The statements. `waiting` is used up; `spare` makes a name for a value in between."""
    out: list = []
    while waiting:
        ready = next((t for t in waiting if not any(t in c.reads for u, c in waiting.items() if u != t)), None)
        if ready is not None:
            out.append(waiting.pop(ready).statement(ready))
        elif any(copy.doubtful for copy in waiting.values()):
            first, kept = next(iter(waiting)), spare()
            out.append(waiting[first].statement(kept))
            waiting[first] = Copy(name(kept), {kept}, waiting[first].doubtful)
        else:
            cycle = _cycle(waiting)
            values = [waiting.pop(text).value for text in cycle]
            left = gast.Tuple([name(text, STORE) for text in cycle], STORE)
            out.append(gast.Assign([left], gast.Tuple(values, LOAD), None))
    return out


def _cycle(waiting: dict[str, Copy]) -> list[str]:
    """What has to be assigned at once: the first cycle if every value reads one name, else all."""
    if any(len(copy.reads) != 1 for copy in waiting.values()):
        return list(waiting)
    cycle = [next(iter(waiting))]
    while (following := next(iter(waiting[cycle[-1]].reads))) != cycle[0]:
        cycle.append(following)
    return cycle


def written(lines: list) -> set[str]:
    """The names that copies bind."""
    out: set[str] = set()
    for line in lines:
        target = (line.body[0] if isinstance(line, gast.Try) else line).targets[0]
        out.update(t.id for t in (target.elts if isinstance(target, gast.Tuple) else [target]))
    return out
