"""The cheapest way to divide things in two where neighbours on different sides cost something.

Enters: directed edges with what they cost if the first end is on the source's side and the second is not. Leaves: the
source's side of a cheapest division, found by Dinic's algorithm for the maximal flow.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Hashable

SOURCE, SINK = "source", "sink"
INFINITE = float("inf")
#: Costs beneath it are none.
_SMALL = 1e-9


class Network:
    """Edges, added one by one; edges between the same ends add up."""

    def __init__(self) -> None:
        self.rest: dict[Hashable, dict] = {SOURCE: {}, SINK: {}}

    def add(self, a: Hashable, b: Hashable, cost: float) -> None:
        """Let it cost something if `a` is on the source's side and `b` on the sink's."""
        self.rest.setdefault(a, {})[b] = self.rest.get(a, {}).get(b, 0.0) + cost
        self.rest.setdefault(b, {}).setdefault(a, 0.0)

    def source_side(self) -> set:
        """What is on the source's side of the cheapest division."""
        while True:
            levels = self._levels()
            if SINK not in levels:
                return set(levels)
            arcs = {node: list(ends) for node, ends in self.rest.items()}
            following = dict.fromkeys(arcs, 0)
            while self._push(levels, arcs, following):
                pass

    def _levels(self) -> dict:
        levels, queue = {SOURCE: 0}, deque([SOURCE])
        while queue:
            node = queue.popleft()
            for end, rest in self.rest[node].items():
                if rest > _SMALL and end not in levels:
                    levels[end] = levels[node] + 1
                    queue.append(end)
        return levels

    def _push(self, levels: dict, arcs: dict, following: dict) -> bool:
        """Send as much as possible along one path; is there one? `following` has, for each node, the first arc that is not known
        to lead nowhere."""
        path: list = [SOURCE]
        while path[-1] != SINK:
            node = path[-1]
            ends, rest, at = arcs[node], self.rest[node], following[node]
            while at < len(ends) and not (rest[ends[at]] > _SMALL and levels.get(ends[at]) == levels[node] + 1):
                at += 1
            following[node] = at
            if at < len(ends):
                path.append(ends[at])
            elif node == SOURCE:
                return False
            else:
                path.pop()
                following[path[-1]] += 1
        pairs = list(itertools.pairwise(path))
        amount = min(self.rest[a][b] for a, b in pairs)
        for a, b in pairs:
            self.rest[a][b] -= amount
            self.rest[b][a] += amount
        return True
