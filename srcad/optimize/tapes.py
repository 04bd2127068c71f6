"""Tapes: what the forward sweep records and no reverse trip reads is not recorded.

    tape.append((a, b))                              tape.append(b)
    for a, b in tape[::-1]: x_bar += b        →      for b in tape[::-1]: x_bar += b

A rule may ask for a value and then not use it. Only tapes that are pushed to in one place and read by loops alone.
"""

from __future__ import annotations

from srcad.trace import intrinsics
from srcad.trace.ir import Apply, For, Function, Source, Var, uses, walk
from srcad.trace.kinds import Tape


def drop_unread(function: Function) -> int:
    """Take values that nobody reads off the tapes; returns how many."""
    if not any(isinstance(s, Apply) and s.fn is intrinsics.new_tape for s in walk(function.body)):
        return 0
    counts: dict[Var, int] = {}
    for var in uses(function.body):
        counts[var] = counts.get(var, 0) + 1
    tapes: dict[Var, list] = {}
    rewound: dict[Var, Var] = {}
    for stmt in walk(function.body):
        match stmt:
            case Apply(fn=intrinsics.new_tape):
                tapes[stmt.target] = []
            case Apply(fn=intrinsics.rewind) if stmt.args[0] in tapes:
                rewound[stmt.target] = stmt.args[0]
                tapes[stmt.args[0]].append(stmt)
            case Apply(fn=intrinsics.push) if stmt.args[0] in tapes:
                tapes[stmt.args[0]].append(stmt)
            case For():
                for source in stmt.sources:
                    if source.iterable in rewound:
                        target = source.target if isinstance(source.target, tuple) else (source.target,)
                        tapes[rewound[source.iterable]].append((stmt, source, target))
    return sum(_shorten(tape, users, counts) for tape, users in tapes.items())


def _shorten(tape: Var, users: list, counts: dict[Var, int]) -> int:
    pushes = [u for u in users if isinstance(u, Apply) and u.fn is intrinsics.push]
    rewinds = [u for u in users if isinstance(u, Apply) and u.fn is intrinsics.rewind]
    readers = [u for u in users if isinstance(u, tuple)]
    if len(pushes) != 1 or len(rewinds) != len(readers) or counts.get(tape, 0) != 1 + len(rewinds) or not readers:
        return 0
    if any(counts.get(r.target, 0) != 1 for r in rewinds):
        return 0
    push, values = pushes[0], pushes[0].args[1:]
    targets = [target for _, _, target in readers]
    if any(len(t) != len(values) or not all(isinstance(v, Var) for v in t) for t in targets):
        return 0
    if all(len(loop.sources) > 1 and not any(counts.get(v, 0) for v in target) for loop, _, target in readers):
        for loop, source, _ in readers:                             # the other iterables tell how many trips there are
            loop.sources = tuple(s for s in loop.sources if s is not source)
        return len(values)
    kept = [k for k in range(len(values)) if any(counts.get(t[k], 0) for t in targets)] or [0]
    if len(kept) == len(values):
        return 0
    push.args = (tape, *(values[k] for k in kept))
    if isinstance(tape.kind, Tape) and tape.kind.entry is not None:
        tape.kind = Tape(tuple(tape.kind.entry[k] for k in kept))
        for rewind in rewinds:
            rewind.target.kind = tape.kind
    for loop, source, target in readers:
        left = tuple(target[k] for k in kept)
        new = Source(left[0] if len(left) == 1 else left, source.iterable)
        loop.sources = tuple(new if s is source else s for s in loop.sources)
    return len(values) - len(kept)
