"""What waits in a local variable for the next trip: where it may, and where it may not."""

from __future__ import annotations

import itertools
import linecache

import numpy as np
import pytest

import srcad
from srcad.optimize.pipeline import watched, without
from srcad.testing import check_grads


def handed_on(f, *args, argnums=0) -> int:
    """How many additions wait, in a gradient that is the same with the pass as without it, and right."""
    counts = []

    def watch(function, step, count):
        if step.name == "neighbours":
            counts.append(count)

    def fresh() -> list:
        return [a.copy() if isinstance(a, np.ndarray) else a for a in args]

    with watched(watch):
        value, found = srcad.value_and_grad(f, argnums)(*fresh())
    with without("neighbours"):
        its, expected = srcad.value_and_grad(f, argnums)(*fresh())
    assert value == its == f(*fresh())
    for one, other in zip(*(x if isinstance(x, tuple) else (x,) for x in (found, expected)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    return sum(counts)


X = np.linspace(0.5, 1.4, 7)


def test_a_recurrence():
    def f(x):
        for i in range(1, len(x)):
            x[i] = np.sin(x[i - 1]) * x[i]
        return x[len(x) - 1]

    assert handed_on(f, X) == 1
    check_grads(lambda x: f(x.copy()), (X,), order=2)


def test_two_steps_back():
    def f(x):
        for i in range(2, len(x)):
            x[i] = x[i - 1] * x[i - 2] + x[i]
        return np.sum(x * x)

    assert handed_on(f, X) == 2
    check_grads(lambda x: f(x.copy()), (X,), order=2)


def test_upwards_and_downwards():
    def f(x):
        for i in range(len(x) - 2, -1, -1):
            x[i] = x[i + 1] * x[i]
        for i in range(len(x) - 1):
            x[i + 1] = x[i] * x[i + 1]
        return np.sum(np.sin(x))

    assert handed_on(f, X) == 2


def test_elements_that_are_only_read():
    def f(x):
        total = 0.0
        for i in range(1, len(x) - 1):
            total += (x[i + 1] - 2.0 * x[i] + x[i - 1]) ** 2
        return total

    assert handed_on(f, X) == 2
    check_grads(f, (X,), order=2)


def test_three_unknowns_a_trip():
    def f(a, b, c, d):
        n = len(d)
        cp, dp, x = np.zeros(n), np.zeros(n), np.zeros(n)
        cp[0], dp[0] = c[0] / b[0], d[0] / b[0]
        for i in range(1, n):
            m = b[i] - a[i] * cp[i - 1]
            cp[i] = c[i] / m
            dp[i] = (d[i] - a[i] * dp[i - 1]) / m
        x[n - 1] = dp[n - 1]
        for i in range(n - 2, -1, -1):
            x[i] = dp[i] - cp[i] * x[i + 1]
        return np.sum(x * x)

    assert handed_on(f, X, X + 3.0, X, X + 1.0, argnums=(0, 1, 2, 3)) == 3


@pytest.mark.parametrize("n", range(5))
def test_loops_of_few_trips(n):
    """Without a trip there may be no element behind the loop, nor any in the array."""
    def f(x):
        total = 1.0
        for i in range(len(x) - 1):
            total = total * (x[i + 1] - 0.5 * x[i])
        for i in range(2, len(x)):
            total += x[i] * x[i - 2] * x[i - 1]
        for i in range(len(x) - 2, -1, -1):
            total += x[i] * x[i + 1]
        return total

    assert handed_on(f, X[:n]) == 4


def test_what_waits_is_counted_before_it_is_overwritten():
    def f(x):
        for i in range(1, len(x)):
            x[i] += x[i - 1]
            x[i - 1] *= 2.0
        return np.sum(x * x)

    handed_on(f, X)
    check_grads(lambda x: f(x.copy()), (X,), order=2)


def test_negative_indices_may_mean_the_same_element():
    def f(x, low):
        total = 0.0
        for i in range(low, len(x)):
            total += x[i] * x[i - 1]
        return total

    assert handed_on(f, X, 0) == 0                  # nobody knows where it begins
    for n in (1, 2, 3):
        assert handed_on(f, X[:n], 0) == 0

    def g(x):
        total = 0.0
        for i in range(len(x)):
            total += np.sin(x[i]) * x[i - 1] * x[i - 2]
        return total

    for n in (2, 3, 7):
        assert handed_on(g, X[:n]) == 0


def test_two_names_of_one_array():
    def f(x):
        y = x[1:]
        for i in range(1, len(x)):
            x[i] = x[i - 1] * x[i]
            y[i - 1] += 0.5 * x[i - 1]
        return np.sum(x * x)

    assert handed_on(f, X) == 0


def test_what_a_trip_does_as_a_whole():
    def f(x):
        total = 0.0
        for i in range(1, len(x)):
            x[i] = x[i - 1] * x[i]
            total += np.sum(x)
        return total

    assert handed_on(f, X) == 0


def test_another_index():
    def f(x, k):
        for i in range(1, len(x)):
            x[i] = x[i - 1] * x[i] + x[k]
        return np.sum(x)

    assert handed_on(f, X, 2) == 0


def test_in_a_branch():
    def f(x):
        for i in range(1, len(x)):
            if x[i] > 0.8:
                x[i] = x[i - 1] * x[i]
        return np.sum(x * x)

    assert handed_on(f, X) == 0


def test_loops_in_loops():
    def f(u, f):
        for _ in range(3):
            for i in range(1, len(u) - 1):
                u[i] = 0.5 * (u[i - 1] + u[i + 1] - f[i])
        return np.sum(u * u)

    assert handed_on(f, X, X, argnums=(0, 1)) == 1


def test_numbers_of_less_precision():
    def f(x):
        total = 0.0
        for i in range(1, len(x)):
            total += float(x[i] * x[i - 1])
        return total

    x = X.astype(np.float32)
    assert handed_on(f, x) == 0
    assert srcad.grad(f)(x).dtype == np.float32


AROUND = (-2, -1, 0, 1, 2, 3)
OFFSETS = [*itertools.combinations(AROUND, 2), *[*itertools.combinations(AROUND, 3)][::4]]


@pytest.mark.parametrize("number, offsets", [*enumerate(OFFSETS)], ids=str)
@pytest.mark.parametrize("written", [None, 0, 1])
def test_any_offsets(number, offsets, written):
    """Products of neighbours, one of which may be written to."""
    step = -1 if number % 2 else 1
    low = max(0, -min(offsets))
    high = f"len(x) - {max(0, max(offsets))}"
    where = f"range({low}, {high})" if step == 1 else f"range({high} - 1, {low - 1}, -1)"
    term = " * ".join(f"x[i + {o}]" if o >= 0 else f"x[i - {-o}]" for o in offsets)
    target = f"x[i + {offsets[written]}]" if written is not None else "total"
    text = f"def f(x):\n    total = 1.0\n    for i in {where}:\n        {target} = {target} + 0.5 * {term}\n"
    text += "    return total + np.sum(x * x)\n"
    name = f"<offsets {offsets} {written} {step}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    namespace = {"np": np}
    exec(compile(text, name, "exec"), namespace)
    count = handed_on(namespace["f"], X)
    if any(abs(a - b) <= 2 for a, b in itertools.pairwise(offsets)) and written is None:
        assert count > 0
    for n in range(6):
        handed_on(namespace["f"], X[:n])
