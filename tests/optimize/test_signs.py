"""Signs that meet: the same numbers to the last bit."""

from __future__ import annotations

import linecache
import random

import numpy as np
import pytest

import srcad
from srcad.optimize.pipeline import without


def formula(rng: random.Random, depth: int) -> str:
    """Quotients, products, differences and signs, at random."""
    if not depth:
        return rng.choice(("x", "y", "2.5"))
    a, b = formula(rng, depth - 1), formula(rng, rng.randrange(depth))
    return rng.choice((f"({a} / {b})", f"({a} - {b})", f"(-{a})", f"(-{a} * {b})", f"({a} + -{b})", f"np.exp(-{a})"))


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("arrays", [False, True], ids=["numbers", "arrays"])
def test_the_same_to_the_last_bit(seed, arrays):
    name = f"<signs {seed} {arrays}>"
    result = f"np.sum({formula(random.Random(seed), 4)} + x * y)"
    text = f"def f(x, y):\n    return {result}\n"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    namespace = {"np": np}
    exec(compile(text, name, "exec"), namespace)
    args = (np.array([0.7, -1.3]), np.array([1.9, 0.4])) if arrays else (0.7, 1.9)
    with np.errstate(all="ignore"):
        found = srcad.grad(namespace["f"], (0, 1))(*args)
        with without("signs"):
            expected = srcad.grad(namespace["f"], (0, 1))(*args)
    np.testing.assert_array_equal(found, expected)


def test_two_signs_are_none():
    g = srcad.grad(lambda c, d: 1.0 - c / d, (0, 1))
    g(2.0, 3.0)
    assert "-(-" not in g.source


def test_what_is_written_to_in_between_keeps_its_sign():
    def f(x, y):
        z = x * 1.0
        w = -z
        z[0] = 5.0
        return np.sum(y / w + y * z)

    x, y = np.array([0.7, -1.3]), np.array([1.9, 0.4])
    found = srcad.grad(f, (0, 1))(x, y)
    with without("signs"):
        np.testing.assert_array_equal(found, srcad.grad(f, (0, 1))(x, y))
