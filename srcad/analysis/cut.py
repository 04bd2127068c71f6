"""The fewest values to keep so that all that is wanted can be computed again.

Enters: values, each made from others by an operation that is cheap to repeat, or not. Leaves: the smallest set from which
the wanted ones follow by cheap operations alone. That is a smallest set of vertices between what cannot be computed again
and what is wanted, found by augmenting paths (Ford and Fulkerson 1956); of several smallest ones it is that nearest to
what is wanted, so that least is computed again. ::

    v3 = a - b * hunters                  wanted: v3, v4, prey, hunters
    v4 = d * prey - c                     kept:   prey, hunters
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable

#: Where more values than this are involved, all that is wanted is kept.
LARGEST = 2000
_SOURCE, _SINK = "source", "sink"
_ENDLESS = 1 << 60


def smallest_cut(wanted: Iterable[Hashable], parents: Callable[[Hashable], tuple | None],
                 is_small: Callable[[Hashable], bool] = lambda value: True) -> set:
    """The values to keep.

    Parameters
    ----------
    wanted : iterable
    parents : callable
        What a value is computed from by a cheap operation, without what is at hand anyway; None if it cannot be had again.
    is_small : callable
        Is a value worth keeping where it could be had again?
    """
    targets = list(dict.fromkeys(wanted))
    above: dict = {}
    waiting = list(targets)
    while waiting:
        value = waiting.pop()
        if value not in above:
            above[value] = parents(value)
            waiting.extend(above[value] or ())
            if len(above) > LARGEST:
                return set(targets)
    left = _capacities(targets, above, is_small)
    while (path := _path(left)) is not None:
        for a, b in itertools.pairwise(path):
            left[a][b] -= 1
            left[b][a] = left[b].get(a, 0) + 1
    near = _reaching(left)
    return {v for v in above if (v, "out") in near and (v, "in") not in near}


def _capacities(targets: list, above: dict, is_small: Callable) -> dict:
    """Each value is an edge of capacity one from its entry to its exit; all others are endless."""
    left: dict = {_SOURCE: {}, _SINK: {}}
    for value, made in above.items():
        left.setdefault((value, "in"), {})[(value, "out")] = 1 if made is None or is_small(value) else _ENDLESS
        left.setdefault((value, "out"), {})
        if made is None:
            left[_SOURCE][(value, "in")] = _ENDLESS
        for parent in made or ():
            left.setdefault((parent, "out"), {})[(value, "in")] = _ENDLESS
    for value in targets:
        left[(value, "out")][_SINK] = _ENDLESS
    return left


def _path(left: dict) -> list | None:
    """A way from the source to the sink that has capacity left."""
    came: dict = {_SOURCE: None}
    waiting = [_SOURCE]
    while waiting:
        node = waiting.pop()
        if node == _SINK:
            path = []
            while node is not None:
                path.append(node)
                node = came[node]
            return path[::-1]
        for step, capacity in left[node].items():
            if capacity > 0 and step not in came:
                came[step] = node
                waiting.append(step)
    return None


def _reaching(left: dict) -> set:
    """The nodes from which the sink can be reached."""
    behind: dict = {}
    for node, steps in left.items():
        for step, capacity in steps.items():
            if capacity > 0:
                behind.setdefault(step, []).append(node)
    found = {_SINK}
    waiting = [_SINK]
    while waiting:
        for node in behind.get(waiting.pop(), ()):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found
