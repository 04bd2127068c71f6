"""The kinds of random numbers: what a draw gives is found by drawing from a generator of our own."""

from __future__ import annotations

import random

import numpy as np

GENERATORS: dict = {np.random.Generator: np.random.default_rng, np.random.RandomState: np.random.RandomState,
              random.Random: random.Random}


def generator_of(fn) -> type | None:
    """The class of generator that a function draws from: a method of the class, or of a generator."""
    for cls in GENERATORS:
        if getattr(fn, "__objclass__", None) is cls or isinstance(getattr(fn, "__self__", None), cls):
            return cls
        if getattr(cls, getattr(fn, "__name__", ""), None) is fn:
            return cls
    return None


def draw(fn, args: list, kwargs: dict):
    """What a function gives that draws, with a generator of our own in place of its own; raises LookupError if it draws not."""
    cls = generator_of(fn)
    if cls is None or fn.__name__.startswith("_"):
        raise LookupError(fn)
    if not isinstance(getattr(fn, "__self__", None), cls):
        args = args[1:]
    return getattr(GENERATORS[cls](0), fn.__name__)(*args, **kwargs)
