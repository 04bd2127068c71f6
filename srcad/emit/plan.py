"""How a function is to be written: what the stages of emit tell each other.

::

    v1 = x > 0.0                  Plan(inline={v1: ...}, expressions={the If}, ...)
    if v1: y = x                  printed as   y = x if x > 0.0 else 0.0
    else:  y = 0.0
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from srcad.emit.survey import Survey
from srcad.trace.ir import Apply, Function, If, Star, Var, pattern_vars

if TYPE_CHECKING:
    from srcad.emit.patterns import Pattern


@dataclass(slots=True)
class Plan:
    """Decisions about one function.

    Attributes
    ----------
    function : Function
    survey : Survey
    inline : dict of Var to Apply or If
        Values written where they are used.
    hidden : set of int
        ids of the statements that are not written where they stand.
    movable : dict of Var to Apply or If
        What may be written at the end of its block, where its one use gives it to another variable. The user's own
        words only if they are that variable's.
    effectful : set of Var
        Inline values whose making has effects.
    tuples : dict of int to Pattern
        For the id of an Apply: what the items of its value are bound to.
    patterns : dict of Var to Pattern
        The same for the target of a loop.
    expressions : set of int
        ids of the If that are written as one expression, and of the While whose test is.
    tails : dict of int to int
        For the id of an If at the end of the function or of a loop's body: which yield of its arms is what they return,
        or tells whether they break.
    silent : set of Var
        Values that nobody reads and no name is given: results of calls for their effect, flags that became a break.
    """

    function: Function
    survey: Survey
    inline: dict[Var, Apply | If] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    movable: dict[Var, Apply | If] = field(default_factory=dict)
    effectful: set[Var] = field(default_factory=set)
    tuples: dict[int, Pattern] = field(default_factory=dict)
    patterns: dict[Var, Pattern] = field(default_factory=dict)
    expressions: set[int] = field(default_factory=set)
    tails: dict[int, int] = field(default_factory=dict)
    silent: set[Var] = field(default_factory=set)

    def bound(self, target) -> Iterator[Var]:
        """The values that the target of a loop gives names to."""
        for var in pattern_vars(target):
            for item in self.patterns[var].vars() if var in self.patterns else (var,):
                if item not in self.silent:
                    yield item

    def leaves(self, atom, out: list) -> None:
        """Append the Vars that writing `atom` reads."""
        if isinstance(atom, Star):
            atom = atom.atom
        if not isinstance(atom, Var):
            return
        atom = self.survey.resolve(atom)
        stmt = self.inline.get(atom)
        if stmt is None:
            out.append(atom)
        else:
            self.reads(stmt, out)

    def reads(self, stmt: Apply | If, out: list) -> None:
        """Append the Vars that writing this operation or conditional expression reads."""
        if isinstance(stmt, If):
            self.leaves(stmt.cond, out)
            self.leaves(stmt.then.yields[0], out)
            self.leaves(stmt.orelse.yields[0], out)
            return
        if isinstance(stmt.fn, Var):
            self.leaves(stmt.fn, out)
        for atom in stmt.args:
            self.leaves(atom, out)
        for _, atom in stmt.kwargs:
            self.leaves(atom, out)


def user_named(var: Var) -> bool:
    """Is this value the user's own word, rather than a temporary or something derived?"""
    while var.of is not None:
        if var.suffix:
            return False
        var = var.of
    return bool(var.hint)


def stem(var: Var) -> tuple[Var, str]:
    """The primal value that a name is made from, and the suffixes after it."""
    suffix = ""
    while var.of is not None:
        suffix = var.suffix + suffix
        var = var.of
    return var, suffix
