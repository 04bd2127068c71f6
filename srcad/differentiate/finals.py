"""Elements that an array which is filled in order still holds when the reverse sweep comes to where they were read.

Enters: a read of one element in a loop, or in loops in it. Leaves: whether nothing writes to that element afterwards. Compiled
code then reads it again from the array, and records nothing::

    for i in range(1, n):                            for i in range(n - 1, 0, -1):
        y[i] = f(y[i - 1])                   →           ... f'(y[i - 1]) ...

It holds if all writes to the array, from the outermost loop on, name its elements by the same counters as the read does, and come
to the one that was read in an earlier trip: where the counters differ first, the read's is behind. A counter that would be
negative names another element, so loops whose first trips are not known to be past that do not count.
"""

from __future__ import annotations

import operator

from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.scratch import is_plain_index, written_by
from srcad.differentiate.record import known_range
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, For, Lit, Var, While, blocks, walk
from srcad.trace.kinds import SliceOf


class Finals:
    """Answers for the reads of one function."""

    def __init__(self, body, aliases, definitions: dict) -> None:
        self.body, self.aliases, self.definitions = body, aliases, definitions
        self.known: dict[int, bool] = {}
        self.around: dict[int, tuple] = {}           # a statement in a loop → the loops around it, outermost first
        for stmt in body.stmts:
            self._loops(stmt, ())

    def _loops(self, stmt, around: tuple) -> None:
        if around:
            self.around[id(stmt)] = around
        if isinstance(stmt, For | While):
            around = (*around, stmt)
        for block in blocks(stmt):
            for inner in block.stmts:
                self._loops(inner, around)

    def holds(self, read: Apply) -> bool:
        """Does an element keep what has been read of it?"""
        if id(read) not in self.known:
            self.known[id(read)] = self._holds(read)
        return self.known[id(read)]

    def _holds(self, read: Apply) -> bool:
        array, index = read.args
        around = self.around.get(id(read))
        number = self.aliases.number(array)
        if around is None or number is None or not any(
                isinstance(s, Apply) and s.target is array for s in self.body.stmts):
            return False
        at = next((k for k, s in enumerate(self.body.stmts) if s is around[0]), None)
        if at is None or any(number in written_by(s, self.aliases) for s in self.body.stmts[at + 1:]):
            return False
        for write in walk(around[0].body):
            if not isinstance(write, Apply) or number not in written_by(write, self.aliases):
                continue
            if write.fn is not operator.setitem or write.args[0] is not array or not self._is_before(
                    self.parts(index), self.parts(write.args[1]), around, self.around[id(write)]):
                return False
        return True

    def parts(self, index) -> tuple:
        made = self.definitions.get(index) if isinstance(index, Var) else None
        return made.args if made is not None and made.fn is intrinsics.build_tuple else (index,)

    def _is_before(self, read: tuple, write: tuple, around: tuple, around_write: tuple) -> bool:
        """Is the element that is read one that this write has come to before, or never comes to?"""
        if not all(is_plain_index(part) or isinstance(kind_of_atom(part), SliceOf) for part in write):
            return False                                # the places of the parts are not those of the axes
        for loop, other in zip(around, around_write):
            if loop is not other:
                return False
            found = self._behind(read, write, loop)
            if found is None or found < 0:
                return False
            if found > 0:
                return True
        return False

    def _behind(self, read: tuple, write: tuple, loop: For | While) -> int | None:
        """By how many trips of a loop the read is behind the write; None if that is not known."""
        for source in loop.sources if isinstance(loop, For) else ():
            made = known_range(source.iterable, self.definitions)
            if made is None or not isinstance(source.target, Var):
                continue
            for mine, other in zip(read, write):
                a, b = self._shift(mine, source.target), self._shift(other, source.target)
                if a is None or b is None:
                    continue
                args = made.args
                step = args[2] if len(args) > 2 else Lit(1)
                if step not in (Lit(1), Lit(-1)):
                    return None
                first = Lit(0) if len(args) == 1 else args[0] if step == Lit(1) else args[1]
                if not isinstance(first, Lit) or first.value + min(a, b) + (step == Lit(-1)) < 0:
                    return None
                return (b - a) * step.value
        return None

    def _shift(self, atom, counter: Var) -> int | None:
        """The whole number that is added to a counter."""
        if atom is counter:
            return 0
        made = self.definitions.get(atom) if isinstance(atom, Var) else None
        if made is None or made.fn not in (operator.add, operator.sub) or made.args[0] is not counter or not isinstance(
                made.args[1], Lit) or type(made.args[1].value) is not int:
            return None
        return made.args[1].value if made.fn is operator.add else -made.args[1].value
