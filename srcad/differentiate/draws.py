"""Random draws in what is run again: from which generators, and whether that is all that it does besides computing."""

from __future__ import annotations

import random

import numpy as np

from srcad.analysis.aliasing import is_write
from srcad.analysis.draws import generator_of
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Function, Lit, Ref, Var, defined, walk
from srcad.trace.purity import ANY, effect

#: What makes a generator that draws the same numbers each time, given a seed.
_MAKERS = {np.random.default_rng, np.random.RandomState, random.Random}
#: Methods of generators that do something else than draw.
_OTHERS = {"spawn", "seed", "set_state", "setstate", "jumped"}


def generators_in(block: Block, calls: tuple[Function, ...] = ()) -> tuple[list, Apply | None]:
    """(the generators that a block draws from, as atoms known before it; a statement with another effect, if there is one)"""
    made = {s.target: s for s in walk(block) if isinstance(s, Apply)}
    inside = set(defined(block))
    found: list = []
    for s in walk(block):
        if not isinstance(s, Apply) or s.fn is intrinsics.raise_:
            continue
        sources: list = []
        if isinstance(s.fn, Function):
            if s.fn in calls:
                continue
            inner, other = generators_in(s.fn.body, (*calls, s.fn))
            params = [p.var for p in s.fn.params]
            if other is not None or any(isinstance(a, Var) and a not in params for a in inner):
                return found, s
            sources = [s.args[params.index(a)] if isinstance(a, Var) else a for a in inner]
        elif (cls := generator_of(s.fn)) is not None and s.fn.__name__ not in _OTHERS:
            own = getattr(s.fn, "__self__", None)
            sources = [Ref(own) if isinstance(own, cls) else s.args[0]]
        elif s.fn in _MAKERS:
            if not s.args or s.args[0] == Lit(None):
                return found, s                     # it is another generator each time
        elif effect(s) >= ANY and not is_write(s):
            return found, s
        for source in sources:
            if source in inside:
                if made[source].fn not in _MAKERS if source in made else True:
                    return found, s
            elif not any(source is f or isinstance(source, Ref) and isinstance(f, Ref) and source.value is f.value
                         for f in found):
                found.append(source)
    return found, None
