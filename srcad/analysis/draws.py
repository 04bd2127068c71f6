"""The kinds of random numbers: what a draw gives is found by drawing from a generator of our own."""

from __future__ import annotations

import random
import types

import numpy as np

from srcad.trace.purity import is_hashable

GENERATORS: dict = {np.random.Generator: np.random.default_rng, np.random.RandomState: np.random.RandomState,
              random.Random: random.Random}
#: Method of the class of a generator → that class.
_METHODS = {method: cls for cls in reversed(GENERATORS) for method in (getattr(cls, name) for name in dir(cls))
            if is_hashable(method) and callable(method)}


def generator_of(fn) -> type | None:
    """The class of generator that a function draws from: a method of the class, or of a generator."""
    owner = getattr(fn, "__self__", None)
    if owner is not None and type(owner) is not types.ModuleType:
        for cls in GENERATORS:
            if isinstance(owner, cls):
                return cls
    try:
        return _METHODS.get(fn)
    except TypeError:
        return None                  # it has no hash


def draw(fn, args: list, kwargs: dict):
    """What a function gives that draws, with a generator of our own in place of its own; raises LookupError if it draws not."""
    cls = generator_of(fn)
    if cls is None or fn.__name__.startswith("_"):
        raise LookupError(fn)
    if not isinstance(getattr(fn, "__self__", None), cls):
        args = args[1:]
    return getattr(GENERATORS[cls](0), fn.__name__)(*args, **kwargs)
