"""The differential test of the printer: the text of a random Trace does what the Trace does."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from srcad.emit import emit, load
from srcad.trace import interpret

from .random_traces import Generator

ARGUMENTS = (0.25, -0.5, 2, np.array([0.125, -0.25, 0.5, 1.0]), np.array([1.0, -1.0, 0.75, 0.0]))


def outcome(generator: Generator, call) -> tuple:
    """What a call returns or raises, what it leaves in its arguments, and its effects in order."""
    arguments = copy.deepcopy(ARGUMENTS)
    generator.log.events = []
    try:
        result = call(*arguments)
    except Exception as error:
        result = type(error)
    return freeze(result), freeze(arguments), freeze(generator.log.events)


def freeze(value):
    """Something that compares bit by bit."""
    if isinstance(value, np.ndarray):
        return value.shape, str(value.dtype), value.tobytes()
    if isinstance(value, float):
        return float(value).hex()
    if isinstance(value, tuple | list):
        return tuple(map(freeze, value))
    return value


def check(seed: int, size: int = 40) -> None:
    generator = Generator(seed, size)
    main = generator.functions[0]
    wanted = outcome(generator, lambda *args: interpret.run(main, *args))
    for fold in (False, True):
        module = emit(generator.functions, fold=fold)
        found = outcome(generator, load(module, "main"))
        assert found == wanted, f"seed {seed}, fold={fold}\n{module.source}"
        bare = emit(generator.functions, fold=fold, comments=False)
        assert without_notes(bare.source) == without_notes(module.source)


def without_notes(source: str) -> list[str]:
    return [line.partition("   # ")[0].rstrip() for line in source.splitlines()]


@pytest.mark.parametrize("seed", range(300))
def test_text_does_what_the_trace_does(seed):
    check(seed)


@pytest.mark.slow
def test_many_more():
    for seed in range(1000, 31000):
        check(seed)
