"""The states of generators of random numbers, as arrays: what a loop that is run again must start from."""

from __future__ import annotations

import random

import numpy as np


def generator_state(rng):
    """The state of a generator (of NumPy's, old or new, or of `random`) as an array of integers."""
    return np.array(_words(_state(rng)), dtype=np.uint64)


def set_generator(rng, words):
    """Bring a generator back to a state."""
    state, rest = _filled(_state(rng), [int(w) for w in words])
    assert not rest
    if isinstance(rng, np.random.Generator):
        rng.bit_generator.state = state
    elif isinstance(rng, np.random.RandomState):
        rng.set_state(state)
    else:
        rng.setstate(state)


def _state(rng):
    if isinstance(rng, np.random.Generator):
        return rng.bit_generator.state
    return rng.getstate() if isinstance(rng, random.Random) else rng.get_state(legacy=False)


def _words(state) -> list[int]:
    """A state as integers of 64 bits, always as many for the same kind of generator."""
    match state:
        case dict():
            return [w for value in state.values() for w in _words(value)]
        case tuple():
            return [w for value in state for w in _words(value)]
        case np.ndarray():
            return [int(w) for w in state.ravel()]
        case str():
            return []
        case None | float():
            return [int(state is not None), int(np.float64(state or 0.0).view(np.uint64))]
    return [int(state) & (1 << 64) - 1, int(state) >> 64]


def _filled(state, words: list[int]) -> tuple:
    """(a state of this form with the integers put into it, those that are left)"""
    match state:
        case dict():
            filled = {}
            for key, value in state.items():
                filled[key], words = _filled(value, words)
            return filled, words
        case tuple():
            items = []
            for value in state:
                item, words = _filled(value, words)
                items.append(item)
            return tuple(items), words
        case np.ndarray():
            return np.array(words[:state.size], state.dtype).reshape(state.shape), words[state.size:]
        case str():
            return state, words
        case None | float():
            return (float(np.uint64(words[1]).view(np.float64)) if words[0] else None), words[2:]
    return words[0] | words[1] << 64, words[2:]
