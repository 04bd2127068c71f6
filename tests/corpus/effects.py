"""What a function does besides computing: output, random numbers, imports, tests that stop early."""

import logging
import random

import numpy as np

from corpus.registry import program

LOG = logging.getLogger("corpus")
LOG.addHandler(logging.NullHandler())
LOG.propagate = False


@program([(0.7,)])
def logged_values(x):
    LOG.info("x = %s", x)
    LOG.debug(f"{x:.3f}")
    y = x * x
    LOG.warning("y", extra={"value": 1})
    return y * x


@program([(0.7, 3)], argnums=(0,))
def text_of_values(x, n):
    names = [f"{k}:{x}" for k in range(n)]
    text = ", ".join(names) + str(x) + repr(n)
    return x * x if text else x


@program([(0.7,)])
def imported_inside(x):
    import math
    from math import exp as e

    return math.pi * e(0.0) * x * x


@program([(0.7,)])
def draws(x):
    rng = np.random.default_rng(3)
    return x * x * rng.normal() + x * rng.uniform(1.0, 2.0) + rng.integers(1, 3) * x


@program([(0.7, 3)], argnums=(0,))
def draws_in_a_loop(x, n):
    rng = np.random.default_rng(3)
    total = 0.0
    for _ in range(n):
        total = total + x**2 * rng.standard_normal()
    return total + np.sum(x * rng.normal(size=4) ** 2)


@program([(np.array([0.5, 1.5]),)])
def draws_of_a_shape(x):
    rng = np.random.RandomState(1)
    noise = rng.randn(3, 2)
    mask = np.random.default_rng(2).random(x.shape) < 0.7
    return np.sum((noise @ x) ** 2) + np.sum(x[mask] ** 2) + x[np.random.default_rng(0).permutation(2)][0]


@program([(0.7,)])
def draws_of_python(x):
    r = random.Random(5)
    return x * r.random() + x * x * r.uniform(1.0, 2.0) + r.choice((1.0, 2.0)) * x


@program([(0.7, 0.2)])
def draws_that_are_scaled(mean, width):
    rng = np.random.default_rng(1)
    sample = mean + width * rng.standard_normal(5)
    return np.mean(sample**2)


@program([(np.array([0.5, 2.0, -1.0]),), (np.array([0.5, 0.2, 0.1]),)])
def any_stops_early(x):
    if any(v > 1.0 for v in x):
        return x[0] * x[1]
    return x[2] ** 2


@program([(0.5, 4), (2.0, 4)], argnums=(0,))
def all_over_a_range(x, n):
    if all(x > k * 0.3 for k in range(n) if k != 2):
        return x * x
    return x


@program([(0.5, 2.0), (-0.5, 2.0)])
def any_of_known_items(x, y):
    found = any(v < 0.0 for v in (x, y, x * y))
    return x * y if found else x + y * y


@program([((0.5, 0.0, 2.0),)], jumps=True)
def all_guards_division(values):
    if all(v != 0.0 and 1.0 / v < 5.0 for v in values):
        return values[0] / values[1]
    return values[0] * values[2]
