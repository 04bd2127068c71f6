"""Integers that are the same in every trip of a loop, though each trip counts them anew: known after it, not recorded.

    for k in range(count):
        at = d
        for j in range(d):
            for r in range(j + 1, d):
                ...
                at += 1              `at`, counted back by the reverse trips, starts from the same number in all of them
"""

from __future__ import annotations

import operator

from srcad.analysis.atoms import kind_of_atom
from srcad.trace.ir import UNDEF, Apply, For, Lit, Source, Var, defined, inner_vars, pattern_vars, walk
from srcad.trace.kinds import INT, Array, Range

_COUNTING = {operator.add, operator.sub, operator.mul, operator.neg, range, len}


class Steady:
    """What does not change from trip to trip of a loop.

    Parameters
    ----------
    stmt : For
    inside : set of Var
        What the loop's trips define, with what its forward sweep defines besides.
    """

    def __init__(self, stmt: For, inside: set[Var]) -> None:
        self.inside = inside | set(defined(stmt.body)) | set(inner_vars(stmt)) | set(stmt.carried)
        self.made: dict[Var, object] = {}
        for s in walk(stmt.body):
            if isinstance(s, Apply):
                self.made[s.target] = s
            elif isinstance(s, For):
                self.inside.update(s.carried)
                self.made.update((c, (s, k)) for k, c in enumerate(s.carried))
                if s.stop is None and len(s.sources) == 1 and isinstance(s.sources[0].target, Var):
                    self.made[s.sources[0].target] = s.sources[0]
                self.inside.update(v for source in s.sources for v in pattern_vars(source.target))

    def is_steady(self, atom, assumed: frozenset = frozenset()) -> bool:
        """Is it the same in every trip? What is `assumed` is, if the rest is."""
        if not isinstance(atom, Var):
            return atom != Lit(UNDEF)
        if atom not in self.inside or atom in assumed:
            return True
        match self.made.get(atom):
            case Apply() as made:
                return made.fn in _COUNTING and not made.kwargs and all(
                    self.is_steady(a, assumed) and (made.fn is len) == isinstance(kind_of_atom(a), Array) for a in made.args)
            case (For() as loop, int() as k):
                assumed |= {atom}
                return atom.kind == INT and loop.stop is None and all(
                    isinstance(kind_of_atom(s.iterable), Range) and self.is_steady(s.iterable, assumed) for s in loop.sources
                ) and self.is_steady(loop.inits[k], assumed) and self.is_steady(loop.body.yields[k], assumed)
            case Source() as source:                         # runs through the same numbers in every trip
                return isinstance(kind_of_atom(source.iterable), Range) and self.is_steady(source.iterable, assumed)
        return False
