"""Random programs on arrays of many shapes and types that write in place, in every mode and against each other.

A few run each time; ``pytest -m slow`` runs many. A failure names its seed: ``print(program(seed)[0])`` shows the program.
"""

from __future__ import annotations

import itertools
import linecache
import time
from typing import Any

import numpy as np
import pytest
from fuzz.array_programs import copied, function_of, program

import srcad
from srcad.testing import assert_same, numerical_jvp, pairing, random_like

ARGNUMS = (0, 1, 2, 3, 4)
EXACT = {"rtol": 0.0, "atol": 0.0}
STEEP = 1e4


def loaded(seed: int) -> tuple[Any, tuple, dict[str, float]]:
    """The function, its arguments, and how well its derivatives can be known."""
    text, args = program(seed)
    single = args[4].dtype == np.float32 or "float32" in text
    filename = f"<array program {seed}>"
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    return function_of(text, filename), args, {"rtol": 1e-3, "atol": 1e-3} if single else {"rtol": 1e-8, "atol": 1e-9}


def check_slope(function: Any, args: tuple, directions: tuple, slope: Any) -> None:
    """Against differences, where these agree with each other: programs have kinks, and may be steep."""
    estimates = []
    for step in (1e-4, 1e-5, 1e-6):
        ends = []
        for side in (step, -step):
            moved = [a + side * d for a, d in zip(copied(args), directions)]
            ends.append(function(*moved, *copied(args)[5:]))
        estimates.append((ends[0] - ends[1]) / (2 * step))
    close = [abs(a - b) <= 1e-6 * (1 + abs(a)) for a, b in itertools.pairwise(estimates)]
    if all(close) and abs(slope) < STEEP:
        wanted = numerical_jvp(lambda *given: function(*copied(given)), args, directions, ARGNUMS)
        assert_same(float(slope), float(wanted), rtol=1e-4, atol=1e-4, what="slope against differences")


def check(seed: int, second: bool) -> bool:
    """Differentiate one program; False if it is refused."""
    function, args, near = loaded(seed)
    after = copied(args)
    value = function(*after)
    directions = tuple(random_like(args[k], np.random.default_rng(1)) for k in ARGNUMS)
    try:
        for optimize in (True, False):
            given = copied(args)
            y, slope = srcad.tangent(function, ARGNUMS, optimize=optimize).with_tangents(given, {}, copied(directions))
            assert_same((y, given), (value, after), **EXACT, what="value and arguments, tangent")
        given = copied(args)
        y, pullback = srcad.vjp(function, *given, argnums=ARGNUMS)
        assert_same((y, given), (value, after), **EXACT, what="value and arguments, pullback")
        bars = pullback(1.0)
        assert_same(pullback(1.0), bars, **EXACT, what="pullback called again")
        for optimize in (True, False):
            given = copied(args)
            found = srcad.adjoint(function, ARGNUMS, optimize=optimize)(*given, result_bar=1.0)
            assert_same(found, bars, **near, what=f"adjoint, optimize={optimize}")
            assert_same(given, after, **EXACT, what="arguments after the adjoint")
    except srcad.SrcadError:
        return False
    assert [np.asarray(bar).dtype for bar in bars] == [np.asarray(a).dtype for a in args[:5]]
    scale = 1.0 + sum(float(np.sum(np.abs(bar * d))) for bar, d in zip(bars, directions))
    assert abs(pairing(bars, directions) - slope) <= near["atol"] * 10 * scale, "tangent against adjoint"
    if near["rtol"] < 1e-6:
        check_slope(function, args, directions, slope)
    if second:
        along = []
        for optimize in (True, False):
            try:
                along.append(srcad.jvp(srcad.adjoint(function, ARGNUMS, optimize=optimize), copied(args), copied(directions),
                                       argnums=ARGNUMS, kwargs={"result_bar": 1.0})[1])
            except srcad.SrcadError:
                return True
        assert_same(along[0], along[1], rtol=max(near["rtol"], 1e-6), atol=max(near["atol"], 1e-7), what="second order")
    return True


def check_many(seeds: Any, seconds: float, second: bool) -> int:
    """Check programs until the time is up; how many were checked."""
    end, checked = time.monotonic() + seconds, 0
    with np.errstate(all="ignore"):
        for seed in seeds:
            try:
                checked += check(seed, second)
            except Exception as error:
                error.add_note(f"of the random program {seed}:\n{program(seed)[0]}")
                raise
            if time.monotonic() > end:
                break
    return checked


@pytest.mark.parametrize("first", [0, 20, 3015])
def test_random_programs(first: int) -> None:
    assert check_many(range(first, first + 4), seconds=4.0, second=False) > 0


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 4000, 200))
def test_many_random_programs(first: int) -> None:
    assert check_many(range(first, first + 200), seconds=240.0, second=first % 400 == 0) > 10
