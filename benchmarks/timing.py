"""Interleaved timing: every candidate once a round, so that a slow moment of the machine falls on all of them alike."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Mapping


def interleaved(candidates: Mapping[str, Callable[[], object]], rounds: int, batch: float = 0.002) -> dict[str, float]:
    """Seconds per call of each candidate, the least over all rounds.

    Parameters
    ----------
    candidates : mapping of str to callable
        What to time; called without arguments.
    rounds : int
        How often each candidate is timed.
    batch : float
        How many seconds one timing should last; a candidate is called as often as that needs.
    """
    timers = {name: timeit.Timer(candidate) for name, candidate in candidates.items()}
    calls = {}
    for name, timer in timers.items():
        timer.timeit(1)
        calls[name] = max(1, int(batch / max(1e-7, min(timer.repeat(3, 1)))))
    best = dict.fromkeys(timers, float("inf"))
    for _ in range(rounds):
        for name, timer in timers.items():
            best[name] = min(best[name], timer.timeit(calls[name]) / calls[name])
    return best
