"""The corpus out of the cache: the same text, the same numbers, the same lines of the user's."""

from __future__ import annotations

import copy

import corpus  # noqa: F401  (registers the programs)
import numpy as np
import pytest
from corpus.registry import PROGRAMS

from srcad.generated import user_location
from srcad.modes import Pair
from srcad.structure import items_of

#: Every so many programs, to keep the tests short.
SHARE = 3


def leaves(value) -> list:
    if isinstance(value, tuple | list | dict) or items_of(value) is not None:
        return [leaf for item in items_of(value) for leaf in leaves(item)]
    return [value]


@pytest.mark.parametrize("program", PROGRAMS[::SHARE], ids=lambda p: p.name)
def test_same_from_the_disk(program, cache):
    first, second = (Pair(program.function, program.argnums, disconnected="zeros") for _ in range(2))
    args = [copy.deepcopy(program.points[0]) for _ in range(3)]
    y, _ = first.split(args[0], program.kwargs)
    if not cache.files():
        pytest.skip("kept in memory only")
    again, count = cache.compiles(lambda: second.split(args[1], program.kwargs))
    assert count == 0
    for one, two in zip(first.variants[0].halves, second.variants[0].halves):
        assert one.source == two.source
        assert (one.data_kinds, one.written) == (two.data_kinds, two.written)
        lines = [user_location(half.function.__code__.co_filename, k + 1)
                 for half in (one, two) for k in range(len(one.source.splitlines()))]
        assert lines[:len(lines) // 2] == lines[len(lines) // 2:]
    for a, b in zip(leaves(y), leaves(again[0]), strict=True):
        assert np.array_equal(a, b, equal_nan=True)
