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
            waiting = {node: iter(ends) for node, ends in self.rest.items()}
            while self._push(levels, waiting):
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

    def _push(self, levels: dict, waiting: dict) -> bool:
        """Send as much as possible along one path; is there one?"""
        path: list = [SOURCE]
        while path[-1] != SINK:
            node = path[-1]
            for end in waiting[node]:
                if self.rest[node][end] > _SMALL and levels.get(end) == levels[node] + 1:
                    path.append(end)
                    break
            else:
                if node == SOURCE:
                    return False
                path.pop()
                levels[node] = -1                  # it leads nowhere
                waiting[path[-1]] = iter(self.rest[path[-1]])
        pairs = list(itertools.pairwise(path))
        amount = min(self.rest[a][b] for a, b in pairs)
        for a, b in pairs:
            self.rest[a][b] -= amount
            self.rest[b][a] += amount
        for a, _ in pairs:
            waiting[a] = iter(self.rest[a])
        return True
