"""Loops over known items whose body is written out once per item.

    for f in (sin, cos):        y = sin(x)
        y = f(x)         →      z = cos(x)
"""

from __future__ import annotations

from srcad.analysis.atoms import kind_of_atom
from srcad.specialise import forms
from srcad.specialise.branches import meet
from srcad.specialise.iterating import bind
from srcad.specialise.unpacking import static_items, truth
from srcad.specialise.values import Pack, is_atom
from srcad.trace.ir import Block, For, Ref, Var
from srcad.trace.kinds import BOTTOM, Kind, Static, TupleOf, Unknown, is_unclear, join, parts

#: A heterogeneous tuple up to this long is iterated over by writing the body out.
LONGEST_UNROLLED = 64


def must_unroll(s, items: list) -> bool:
    """Are the items of different kinds, so that one body cannot serve them all?"""
    if len(items) > LONGEST_UNROLLED:
        return False
    if any(not is_atom(i) and not isinstance(i, Pack) or isinstance(i, Ref) or forms.is_structured(i) for i in items):
        return True
    kind: Kind = BOTTOM
    for item in items:
        if isinstance(item, Var) and isinstance(item.kind, Static) and callable(item.kind.value):
            return True
        kind = join(kind, s.kind(item) if not isinstance(item, Pack) else _pack_kind(item))
    return is_unclear(kind) or any(isinstance(part, Static) for part in parts(kind))


def _pack_kind(pack: Pack) -> Kind:
    items: list[Kind] = []
    for i in pack.items:
        if isinstance(i, Pack):
            items.append(_pack_kind(i))
        elif is_atom(i) and not isinstance(i, Ref):
            items.append(kind_of_atom(i))
        else:
            items.append(Unknown())
    return TupleOf(tuple(items))


def unroll(s, stmt: For, items: list, live=None) -> None:
    """Write the body out once per item; a `stop` guards what follows it. `live` has the items, which the body changes."""
    _trips(s, stmt, items, 0, [s.value(a) for a in stmt.inits], live)


def _trips(s, stmt: For, items: list, k: int, state: list, live) -> None:
    """The trips from that of `items[k]` on; `state` are the values of the carried variables before it."""
    for c, v in zip(stmt.carried, state):
        s.env[c] = v
    if live is not None:
        now = static_items(s, live)
        if now is None or len(now) != len(items):
            raise s.refuse("a list gets longer or shorter while a loop goes through it", "go through a copy: `list(items)`")
        items = now
    if k >= len(items):
        return
    bind(s, stmt.sources[0].target, items[k])
    state = s.block(stmt.body)
    if stmt.stop is None:
        _trips(s, stmt, items, k + 1, state, live)
        return
    stop = s.value(stmt.stop)
    known = truth(s, stop)
    if known is not None:
        _trips(s, stmt, items if not known else [], k + 1, state, None if known else live)
        return
    stop = s.atom(stop)
    arms = [Block(), Block()]
    left = s.heap
    s.heap = dict(left)
    with s.b.inside(arms[1]):
        _trips(s, stmt, items, k + 1, state, live)
        rest = [s.env[c] for c in stmt.carried]
    s.b.loc = stmt.loc
    meet(s, stop, left, [dict(left), s.heap], arms, [list(state), rest], stmt.carried)
