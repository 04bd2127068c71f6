"""Tapes: what the forward sweep records and no reverse trip reads is not recorded.

    tape.append((a, b))                              tape.append(b)
    for a, b in tape[::-1]: x_bar += b        →      for b in tape[::-1]: x_bar += b

A rule may ask for a value and then not use it. Most of that goes before it is settled what to record (`dead.sweep_body`); what
turns out later, as in derivatives of derivatives, goes here. Only tapes that are pushed to in one place and read by loops
alone.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> def f(y, w):
...     for k in range(3):
...         y = np.tanh(y) / w
...     return np.sum(y)
>>> show("tapes", f, np.ones(3), np.ones(3))
tape = []
for k in range(3):
    v1 = np.tanh(y)
    y = v1 / w
    tape.append((y, v1))
y_bar = np.broadcast_to(1.0, y.shape)
for y, v1 in tape[::-1]:
    y_bar = y_bar / w * (1.0 - v1 * v1)
return y_bar.copy()
--> 3
tape = []
for k in range(3):
    v1 = np.tanh(y)
    tape.append(v1)
    y = v1 / w
y_bar = np.broadcast_to(1.0, y.shape)
for v1 in tape[::-1]:
    y_bar = y_bar / w * (1.0 - v1 * v1)
return y_bar.copy()
"""

from __future__ import annotations

from dataclasses import dataclass, field

from srcad.trace import intrinsics
from srcad.trace.ir import Apply, For, Function, Source, Var, uses, walk
from srcad.trace.kinds import Tape


@dataclass
class Users:
    """Who uses one tape.

    Attributes
    ----------
    pushes : list of Apply
        Where values are recorded on it.
    names : list of Var
        What it is called where it is read: itself, or what the reverse trips take off the tape that it was pushed to.
    rewinds : list of Apply
    readers : list of tuple
        (loop, source, targets) of each loop that reads it.
    outer : tuple or None
        The tape that it is pushed to, and its place in the entry.
    """

    pushes: list = field(default_factory=list)
    names: list = field(default_factory=list)
    rewinds: list = field(default_factory=list)
    readers: list = field(default_factory=list)
    outer: tuple | None = None


def drop_unread(function: Function) -> int:
    """Take values that nobody reads off the tapes; returns how many."""
    if not any(isinstance(s, Apply) and s.fn is intrinsics.new_tape for s in walk(function.body)):
        return 0
    counts: dict[Var, int] = {}
    for var in uses(function.body):
        counts[var] = counts.get(var, 0) + 1
    tapes = _users(function)
    return sum(_shorten(tape, tapes, counts) for tape in tapes)


def _users(function: Function) -> dict[Var, Users]:
    tapes: dict[Var, Users] = {}
    named: dict[Var, Var] = {}                       # what stands for a tape → the tape
    rewound: dict[Var, Var] = {}
    for stmt in walk(function.body):
        match stmt:
            case Apply(fn=intrinsics.new_tape):
                tapes[stmt.target] = Users(names=[stmt.target])
                named[stmt.target] = stmt.target
            case Apply(fn=intrinsics.rewind) if stmt.args[0] in named:
                rewound[stmt.target] = named[stmt.args[0]]
                tapes[rewound[stmt.target]].rewinds.append(stmt)
            case Apply(fn=intrinsics.push) if stmt.args[0] in tapes:
                tapes[stmt.args[0]].pushes.append(stmt)
                for k, value in enumerate(stmt.args[1:]):
                    if value in tapes:
                        tapes[value].outer = stmt.args[0], k
            case For():
                for source in stmt.sources:
                    if source.iterable in rewound:
                        tape = rewound[source.iterable]
                        targets = source.target if isinstance(source.target, tuple) else (source.target,)
                        tapes[tape].readers.append((stmt, source, targets))
                        for inner, its in tapes.items():
                            if its.outer is not None and its.outer[0] is tape and its.outer[1] < len(targets):
                                name = targets[its.outer[1]]
                                if isinstance(name, Var):
                                    its.names.append(name)
                                    named[name] = inner
    return tapes


def _is_known(tape: Var, tapes: dict[Var, Users], counts: dict[Var, int]) -> bool:
    """Is every use of a tape one of those that were found?"""
    its = tapes[tape]
    if len(its.pushes) != 1 or not its.readers or len(its.rewinds) != len(its.readers):
        return False
    if its.outer is not None and not _is_known(its.outer[0], tapes, counts):
        return False
    found = 1 + (its.outer is not None) + len(its.rewinds)
    return sum(counts.get(name, 0) for name in its.names) == found and all(counts.get(r.target, 0) == 1 for r in its.rewinds)


def _shorten(tape: Var, tapes: dict[Var, Users], counts: dict[Var, int]) -> int:
    its = tapes[tape]
    if not _is_known(tape, tapes, counts):
        return 0
    push, values = its.pushes[0], its.pushes[0].args[1:]
    targets = [target for _, _, target in its.readers]
    if any(len(t) != len(values) or not all(isinstance(v, Var) for v in t) for t in targets):
        return 0
    if all(len(loop.sources) > 1 and not any(counts.get(v, 0) for v in target) for loop, _, target in its.readers):
        for loop, source, _ in its.readers:                         # the other iterables tell how many trips there are
            loop.sources = tuple(s for s in loop.sources if s is not source)
        return len(values)
    kept = [k for k in range(len(values)) if any(counts.get(t[k], 0) for t in targets)] or [0]
    if len(kept) == len(values):
        return 0
    push.args = (tape, *(values[k] for k in kept))
    if isinstance(tape.kind, Tape) and tape.kind.entry is not None:
        _retype(tape, Tape(tuple(tape.kind.entry[k] for k in kept)), tapes)
    for loop, source, target in its.readers:
        left = tuple(target[k] for k in kept)
        new = Source(left[0] if len(left) == 1 else left, source.iterable)
        loop.sources = tuple(new if s is source else s for s in loop.sources)
    for inner in tapes.values():
        if inner.outer is not None and inner.outer[0] is tape:
            inner.outer = (tape, kept.index(inner.outer[1])) if inner.outer[1] in kept else None
    return len(values) - len(kept)


def _retype(tape: Var, kind: Tape, tapes: dict[Var, Users]) -> None:
    its = tapes[tape]
    for var in (*its.names, *(r.target for r in its.rewinds)):
        var.kind = kind
    if its.outer is not None:
        outer, place = its.outer
        if isinstance(outer.kind, Tape) and outer.kind.entry is not None:
            entry = outer.kind.entry
            _retype(outer, Tape((*entry[:place], kind, *entry[place + 1:])), tapes)
