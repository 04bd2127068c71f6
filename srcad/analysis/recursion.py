"""What a recursive function does to the memory that it is given.

Enters: a typed Trace that calls itself, directly or not. Leaves: which parameters it writes to, which of them its result may
share memory with, and which it returns itself. Found by iteration over all functions that call each other, from "nothing".
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad.trace.ir import UNDEF, Apply, Function, If, Lit, Var, walk
from srcad.trace.kinds import Array

#: Of `CallEffects.same`: it has not been seen to return.
NEVER = -1


@dataclass(frozen=True)
class CallEffects:
    """What a call does, by the positions of its arguments.

    Attributes
    ----------
    written : frozenset of int
        Those whose memory is written to.
    shared : frozenset of int
        Those that the result may share memory with.
    same : int or None
        The one that is returned itself.
    """

    written: frozenset = frozenset()
    shared: frozenset = frozenset()
    same: int | None = NEVER


def called(function: Function) -> list[Function]:
    """All Traces that a Trace may call, itself first."""
    found = [function]
    seen = {id(function)}
    for one in found:
        for stmt in walk(one.body):
            if isinstance(stmt, Apply) and isinstance(stmt.fn, Function) and id(stmt.fn) not in seen:
                seen.add(id(stmt.fn))
                found.append(stmt.fn)
    return found


def reaches(function: Function, other: Function) -> bool:
    """Does a Trace call another one, directly or not?"""
    return any(isinstance(s, Apply) and s.fn is other for one in called(function) for s in walk(one.body))


def is_recursive(function: Function) -> bool:
    """Does a Trace call itself, directly or not?"""
    return reaches(function, function)


def call_effects(function: Function) -> CallEffects:
    """What calls of a recursive function do."""
    from srcad.analysis.aliasing import Aliases

    group = [f for f in called(function) if is_recursive(f)]
    known = {id(f): CallEffects() for f in group}
    while True:
        before = dict(known)
        for one in group:
            aliases = Aliases(one, known=known)
            result = aliases.levels(one.result) if isinstance(one.result, Var) else []
            places = range(len(one.params))
            known[id(one)] = CallEffects(
                frozenset(k for k in places if aliases.numbers(one.params[k].var)),
                frozenset(k for k in places if any(node in result for node in aliases.levels(one.params[k].var))),
                _returned(one, known))
        if known == before:
            found = known[id(function)]
            return CallEffects(found.written, found.shared, None if found.same == NEVER else found.same)


def _returned(function: Function, known: dict) -> int | None:
    """The parameter that a function returns whatever way it takes."""
    places = {p.var: k for k, p in enumerate(function.params)}
    made = {t: (s, n) for s in walk(function.body) if isinstance(s, Apply | If)
            for n, t in enumerate(s.targets if isinstance(s, If) else (s.target,))}

    def of(atom) -> int | None:
        if atom == Lit(UNDEF):
            return NEVER
        if atom in places:
            return places[atom] if isinstance(atom.kind, Array) else None
        stmt, n = made.get(atom, (None, 0))
        if isinstance(stmt, If):
            found = {of(stmt.then.yields[n]), of(stmt.orelse.yields[n])} - {NEVER}
            return NEVER if not found else found.pop() if len(found) == 1 else None
        if isinstance(stmt, Apply) and id(stmt.fn) in known:
            place = known[id(stmt.fn)].same
            return place if place in (None, NEVER) else of(stmt.args[place])
        return None

    return of(function.result)


def closed_groups(function: Function, groups: frozenset) -> frozenset:
    """Which parameters may share memory in a call, and in all the calls that it makes in turn.

    `groups` are those of the call: frozensets of positions.
    """
    from srcad.analysis.aliasing import Aliases

    found, waiting = {id(function): groups}, [function]
    while waiting:
        one = waiting.pop()
        aliases = Aliases(one, [[one.params[k].var for k in g] for g in found[id(one)]])
        for stmt in walk(one.body):
            if isinstance(stmt, Apply) and isinstance(stmt.fn, Function) and is_recursive(stmt.fn):
                more = merged(found.get(id(stmt.fn), frozenset()), grouped(stmt.args, aliases))
                if more != found.get(id(stmt.fn)):
                    found[id(stmt.fn)] = more
                    waiting.append(stmt.fn)
    return found[id(function)]


def grouped(args: tuple, aliases) -> frozenset:
    """The positions of arguments that may share memory, as groups."""
    classes: dict = {}
    for k, a in enumerate(args):
        if isinstance(a, Var) and aliases.may_share(a.kind):
            for node in aliases.levels(a):
                classes.setdefault(node, set()).add(k)
    return merged(frozenset(), frozenset(frozenset(g) for g in classes.values() if len(g) > 1))


def merged(a: frozenset, b: frozenset) -> frozenset:
    """Groups that have a member in common as one."""
    found: list = []
    for group in (*a, *b):
        overlapping = [g for g in found if g & group]
        found = [g for g in found if not g & group] + [group.union(*overlapping)]
    return frozenset(found)
