"""What a loop goes through, and what each trip takes of it.

    for (x, y), i in zip(zip(xs, ys), count)     →     for each of xs, ys and count side by side: the plan [[0, 1], 2]
"""

from __future__ import annotations

import operator

from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.infer import element_kind
from srcad.specialise import keyed, references
from srcad.specialise.objects.variables import opened
from srcad.specialise.unpacking import unpacked
from srcad.specialise.values import Enumerate, Pack, Sequence, Zip
from srcad.trace.ir import Lit, Source, Var
from srcad.trace.kinds import Array, Cursor, ListOf, Numeric, Range, Tape, TupleOf, name_axes

#: Kinds that can be iterated over twice; anything else is made a list first.
ITERATED = (Range, Array, TupleOf, ListOf, Numeric, Tape, Cursor)


def plan(s, iterable, iterated: list):
    """How the items of an iterable are had: adds what is really iterated over to `iterated`, outside the loop."""
    iterable = keyed.gone_through(s, iterable)
    match iterable:
        case Zip(iterables=parts):
            return [plan(s, p, iterated) for p in parts]
        case Enumerate(iterable=inner, start=start):
            at = len(iterated)
            iterated.append(None)
            items = plan(s, inner, iterated)
            stop = s.b.apply(len, iterated[at + 1])
            if start == Lit(0):
                iterated[at] = s.b.apply(range, stop)
            else:
                first = s.atom(start)
                iterated[at] = s.b.apply(range, first, s.b.apply(operator.add, first, stop))
            return [at, items]
    if isinstance(iterable, Sequence):
        iterable = references.read_only(s, iterable)
    atom = s.items_atom(iterable)
    if not isinstance(kind_of_atom(atom), ITERATED):
        atom = s.b.apply(list, atom)
    iterated.append(atom)
    return len(iterated) - 1


def taken(planned, iterated: list, sources: list, target=None):
    """What one trip takes by a plan; `sources` gets the targets that the loop binds."""
    if isinstance(planned, list):
        return Pack(tuple(taken(p, iterated, sources) for p in planned))
    var = Var(target.hint if isinstance(target, Var) else "")
    var.kind = name_axes(element_kind(kind_of_atom(iterated[planned])), var.serial)
    sources[planned] = Source(var, iterated[planned])
    return var


def bind(s, target, value) -> None:
    """Give the targets of a loop what a trip takes."""
    if isinstance(target, Var):
        s.env[target] = opened(s, value)
        if isinstance(value, Var) and target.hint and not value.hint and value.of is None:
            value.hint = target.hint
    else:
        for t, v in zip(target, unpacked(s, value, len(target), -1)):
            bind(s, t, v)
