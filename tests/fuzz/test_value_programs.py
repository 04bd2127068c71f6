"""Random programs without in-place writes, differentiated in every mode and checked against differences.

A few run each time; ``pytest -m slow`` runs many. A failure names its seed: ``print(program(seed))`` shows the program.
"""

from __future__ import annotations

import itertools
import linecache
import time
from typing import Any

import numpy as np
import pytest
from fuzz.value_programs import program

import srcad
from srcad.testing import assert_same, numerical_jvp, pairing, random_like

ARGNUMS = (0, 1, 2, 3)
SHAPES = [(3,), (1,), (2, 1), (1, 3), (2, 3), (1, 1), ()]
LARGE, STEEP = 1e6, 1e5
EXACT = {"rtol": 0.0, "atol": 0.0}
ROUNDING = {"rtol": 1e-8, "atol": 1e-8}


def function_of(seed: int) -> Any:
    """The function of a random module; its text is where tracebacks find it."""
    text, filename = program(seed, 6 + seed % 14), f"<value program {seed}>"
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    names: dict[str, Any] = {"__name__": "value_program"}
    exec(compile(text, filename, "exec"), names)
    return names["f"]


def arguments(seed: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    shape = SHAPES[seed % len(SHAPES)]
    x, y = (float(number) for number in rng.normal(size=2))
    return x, y, rng.normal(size=3), np.asarray(rng.normal(size=shape)), int(rng.integers(0, 4))


def fresh(tree: Any) -> Any:
    match tree:
        case tuple():
            return tuple(map(fresh, tree))
        case np.ndarray():
            return tree.copy()
    return tree


def arrays(tree: Any) -> list[np.ndarray]:
    match tree:
        case tuple():
            return [array for item in tree for array in arrays(item)]
        case np.ndarray():
            return [tree]
    return []


def primal(function: Any, args: tuple[Any, ...]) -> Any:
    """The function's value; None where there is none to differentiate at."""
    try:
        value = function(*fresh(args))
    except (ArithmeticError, IndexError, ValueError):
        return None
    flat = np.concatenate([np.ravel(leaf) for leaf in (value if isinstance(value, tuple) else (value,))])
    return value if np.all(np.isfinite(flat)) and np.all(np.abs(flat) < LARGE) else None


def arrays_or_numbers(value: Any) -> Any:
    return value if isinstance(value, tuple) else (value,)


def check_tangent(function: Any, args: tuple[Any, ...], direction: tuple[Any, ...], value: Any, y_dot: Any) -> None:
    """Against differences of both sides, or of one side where the program has a kink or jumps."""
    if any(np.any(np.abs(a) > STEEP) for a in arrays_or_numbers(y_dot)):
        return                                     # so steep that differences tell nothing
    try:
        assert_same(y_dot, numerical_jvp(function, args, direction, ARGNUMS), rtol=1e-5, atol=1e-6, what="tangent")
    except AssertionError:
        step = 1e-7
        for side in (step, -step):
            moved = [a + side * d for a, d in zip(args, direction)]
            slope = quotient(function(*moved, args[-1]), value, side)
            try:
                return assert_same(y_dot, slope, rtol=1e-3, atol=1e-3, what="tangent")
            except AssertionError:
                continue
        raise


def quotient(moved: Any, value: Any, step: float) -> Any:
    if isinstance(value, tuple):
        return tuple(quotient(m, v, step) for m, v in zip(moved, value))
    return (moved - value) / step


def check(seed: int) -> bool:
    """Differentiate one program; False if it has no value there or is refused."""
    function, args = function_of(seed), arguments(seed)
    value = primal(function, args)
    if value is None:
        return False
    rng = np.random.default_rng(1)
    direction = tuple(random_like(args[k], rng) for k in ARGNUMS)
    seed_bar = random_like(value, rng)
    try:
        y, y_dot = srcad.jvp(function, fresh(args), fresh(direction), argnums=ARGNUMS)
    except srcad.SrcadError:
        return False
    assert_same(y, value, **EXACT, what="value beside the tangent")
    check_tangent(function, args, direction, value, y_dot)

    given, bar = fresh(args), fresh(seed_bar)
    y, pullback = srcad.vjp(function, *given, argnums=ARGNUMS)
    assert_same(y, value, **EXACT, what="value beside the pullback")
    adjoints, again = pullback(bar), pullback(bar)
    assert_same(again, adjoints, **EXACT, what="adjoints, called again")
    assert_same((given, bar), (args, seed_bar), **EXACT, what="arguments and seed after the pullback")
    for one, other in itertools.combinations([*arrays(adjoints), *arrays((given, bar))], 2):
        assert not np.shares_memory(one, other) or not any(one is a for a in arrays(adjoints)), "shared memory"
    forward, reverse = pairing(seed_bar, y_dot), pairing(adjoints, direction)
    scale = 1.0 + sum(float(np.sum(np.abs(a * d))) for a, d in zip(adjoints, direction))
    assert abs(forward - reverse) <= 1e-8 * scale, f"tangent against adjoint: {forward} and {reverse}"

    plain = srcad.adjoint(function, ARGNUMS, optimize=False)(*fresh(args), result_bar=fresh(seed_bar))
    assert_same(plain, adjoints, **ROUNDING, what="adjoints, not optimised")

    generated, kwargs = srcad.adjoint(function, ARGNUMS), {"result_bar": fresh(seed_bar)}
    first, along = srcad.jvp(generated, fresh(args), fresh(direction), argnums=ARGNUMS, kwargs=kwargs)
    assert_same(first, adjoints, **ROUNDING, what="adjoints beside their tangent")
    first, pullback = srcad.vjp(generated, *fresh(args), argnums=ARGNUMS, kwargs=kwargs)
    assert_same(first, adjoints, **ROUNDING, what="adjoints beside their pullback")
    assert_same(pullback(fresh(direction)), along, rtol=1e-7, atol=1e-7, what="adjoint of the adjoint")
    return True


def check_many(seeds: Any, seconds: float) -> int:
    """Check programs until the time is up; how many were checked."""
    end, checked = time.monotonic() + seconds, 0
    with np.errstate(all="ignore"):
        for seed in seeds:
            try:
                checked += check(seed)
            except Exception as error:
                error.add_note(f"of the random program {seed}:\n{program(seed, 6 + seed % 14)}")
                raise
            if time.monotonic() > end:
                break
    return checked


@pytest.mark.parametrize("first", [0, 1000, 2000])
def test_random_programs(first: int) -> None:
    assert check_many(range(first, first + 6), seconds=4.0) > 0


@pytest.mark.slow
@pytest.mark.parametrize("first", range(10_000, 90_000, 10_000))
def test_many_random_programs(first: int) -> None:
    assert check_many(range(first, first + 10_000), seconds=300.0) > 100
