"""Iterables of subscripts: `np.ndindex`, and `itertools.product`, `combinations`, `permutations` where the number of items is
known only at run time.

Enters: a call. Leaves: a list of tuples of integers in the generated code, which nothing differentiates, and for choices
among other items than integers those items by their places, as `srcad.sequences` says.
"""

from __future__ import annotations

import itertools

import numpy as np

from srcad import sequences
from srcad.specialise.callees import call_function
from srcad.specialise.values import Generated
from srcad.trace.ir import Lit, Var
from srcad.trace.kinds import INT, Kind, ListOf, Range, Scalar, TupleOf

#: What puts items together that are had by their places.
AT_PLACES = {1: sequences.items_at, 2: sequences.pairs_at, 3: sequences.triples_at}


def index_tuples(s, fn, args: list, count: int):
    """``list(fn(*args))``, tuples of this many integers."""
    return s.b.apply(list, s.b.apply(fn, *args), kind=ListOf(TupleOf((INT,) * count)))


def ndindex(s, args, kwargs):
    if kwargs or not args:
        return NotImplemented
    atoms = [s.atom(a) for a in args]
    kinds = [s.kind(a) for a in atoms]
    if len(kinds) == 1 and isinstance(kinds[0], TupleOf) and all(map(is_integer, kinds[0].items)):
        return Generated(index_tuples(s, np.ndindex, atoms, len(kinds[0].items)))
    if all(map(is_integer, kinds)):
        return Generated(index_tuples(s, np.ndindex, atoms, len(atoms)))
    return NotImplemented


def product(s, args, repeat: int):
    """``itertools.product`` of ranges; None if they are not."""
    if not args or not all(isinstance(a, Var) and isinstance(a.kind, Range) for a in args):
        return None
    return Generated(index_tuples(s, itertools.product, [a for _ in range(repeat) for a in args], len(args) * repeat))


def chosen(s, fn, items, count):
    """``fn(items, count)`` for a function that chooses among items; None if that is not known how."""
    if type(count) is not int or count < 1 or not isinstance(items, Var):
        return None
    if isinstance(items.kind, Range):
        return Generated(index_tuples(s, fn, [items, Lit(count)], count))
    if count not in AT_PLACES:
        return None
    places = s.b.apply(range, s.b.apply(len, items))
    return Generated(call_function(s, AT_PLACES[count], [items, index_tuples(s, fn, [places, Lit(count)], count)], [], ""))


def _elements(fn):
    def refuse(s, args, kwargs):
        raise s.refuse(f"np.{fn.__name__} gives elements one by one", "loop over np.ndindex(x.shape) and read x[index]")
    return refuse


def is_integer(kind: Kind) -> bool:
    return isinstance(kind, Scalar) and kind.base is int


SPECIAL: dict = {np.ndindex: ndindex, np.ndenumerate: _elements(np.ndenumerate), np.nditer: _elements(np.nditer)}
