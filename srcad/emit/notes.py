"""Comments that tie derivative statements to the user's, and the user's place of every line.

In the textbook form the comment is the primal operation, as it is printed in the forward sweep; in the optimised form
it is the user's source line. Either is given once for a run of statements that belong to it.
"""

from __future__ import annotations

from typing import Any

from srcad.emit.names import Names
from srcad.emit.plan import Plan
from srcad.emit.printer import one_line
from srcad.errors import NOWHERE
from srcad.trace.ir import Apply, If, Var

#: Longest line with its comment.
WIDTH = 100


class _AllNames:
    """The names of a function's values and of those that these are derived from."""

    def __init__(self, names: Names):
        self._names = names
        self.doubtful, self.unused, self.undefined = names.doubtful, names.unused, names.undefined

    def __getitem__(self, var: Var) -> str:
        found = self._names.absent(var)
        return self._names[var] if found is None else found


class Notes:
    """Attaches places and comments to the lines of one function."""

    def __init__(self, plan: Plan, names: Names, fold: bool, comments: bool):
        self.plan = plan
        self.names = _AllNames(names)
        self.fold = fold
        self.comments = comments
        self._quoting: Any = None
        self._last: object = None

    def attach(self, stmt, lines: list, tree) -> None:
        """Give `lines`, which `stmt` became, the user's place, and the first one a comment if it is due."""
        if not lines:
            return
        loc = stmt.loc
        if not loc.line and stmt.origin is not None:
            loc = stmt.origin.loc
        for line in lines:
            if getattr(line, "loc", NOWHERE) is NOWHERE:
                line.loc = loc
        if not self.comments:
            return
        if not isinstance(stmt, Apply):
            self._last = None
            return
        origin = stmt.origin or self.inner_origin(stmt)
        text = self.text(origin, tree) if isinstance(origin, Apply) else ""
        key = text if self.fold else origin
        if text and key != self._last:
            lines[0].note = text
        self._last = key

    def inner_origin(self, stmt: Apply):
        """The origin of an operation that is folded into this one."""
        for atom in stmt.args:
            inner = self.plan.inline.get(atom) if isinstance(atom, Var) else None
            if isinstance(inner, Apply):
                found = inner.origin or self.inner_origin(inner)
            elif isinstance(inner, If):
                found = inner.origin
            else:
                continue
            if found is not None:
                return found
        return None

    def text(self, origin: Apply, tree) -> str:
        if not self.fold:
            try:
                if self._quoting is None:
                    self._quoting = type(tree)(self.plan, self.names, tree.spelled, self)
                return " ".join(one_line(line) for line in self._quoting.operation(origin))
            except KeyError:
                # An operation on values that this function does not have.
                pass
        return origin.loc.text.strip()
