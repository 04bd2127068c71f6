"""Loops that are run by strips of trips under Numba: the same numbers, errors and order of what is stored."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("numba")

import srcad
from srcad.backends import numba as backend

RNG = np.random.default_rng(11)
Y, PICKED = RNG.normal(size=9), RNG.integers(0, 9, 80)


def much(a, b, c):
    """Some fifty operations."""
    d = a * b - c
    e = a / c + b * d
    f = (d - e) * (a + 2.0 * b) / (1.0 + e * e)
    g = f * f - a * e + b * d - c * f
    h = (g + a) * (g - b) * (f + c) - d * e * f
    k = h / c - g * g * a + math.sqrt(1.0 + f * f) * e
    m = (k - h) * (k + g) + a * b * c - d * (e - f * (g - h))
    n = m * a - k * b + h * c - g * d + f * e
    return n, m - n * k, -h


def rows(x, y, picked):
    out = np.empty((len(x), 4))
    for i in range(len(x)):
        a = math.sin(x[i])
        b = y[picked[i]]
        c = 2.0 + math.exp(-b * b)
        u, v, w = much(a, b, c)
        out[i, 0] = u
        out[i, 1] = v
        out[i, 2] = w
        out[i, 3] = b
    return out


def without_calls(x, y, picked):
    out = np.zeros(len(x) + 1)
    for i in range(1, len(x)):
        u, v, w = much(x[i], x[i - 1], y[3])
        out[i] = u
        out[i - 1] = v - w
    return out


def one_place(x, y, picked):
    """All trips store in few places: the last one stays."""
    out = np.zeros(3)
    for i in range(len(x)):
        u, v, _w = much(x[i], y[picked[i]], 1.5)
        out[picked[i] % 3 if picked[i] > 100 else 1] = u * v
    return out


def quotients(x, y, picked):
    """Raises where an element is 0."""
    out = np.empty(len(x))
    for i in range(len(x)):
        u, v, w = much(math.cos(x[i]), y[picked[i]], x[i])
        out[i] = (u + v) / (w - w + x[i])
    return out


def late_quotient(x, y, picked):
    out = np.empty(len(x))
    for i in range(len(x)):
        u, v, _w = much(math.cos(x[i]), y[picked[i]], 1.25)
        out[i] = u / ((x[i] + v) - v)
    return out


def reads_what_it_stores(x, y, picked):
    out = np.ones(len(x))
    for i in range(1, len(x)):
        u, _v, _w = much(x[i], math.tanh(out[i - 1]), 1.5)
        out[i] = u / (1.0 + u * u)
    return out


def reads_a_view(x, y, picked):
    out = np.ones(len(x))
    other = out[::-1]
    for i in range(len(x)):
        u, _v, _w = much(x[i], math.tanh(other[i]), 1.5)
        out[i] = u / (1.0 + u * u)
    return out


def into_an_argument(x, y, picked):
    for i in range(1, len(x)):
        u, _v, _w = much(x[i], x[i - 1], 1.5)
        y[i % len(y)] = u / (1.0 + u * u)
    return y


def summed(x, y, picked):
    out = np.empty(len(x))
    total = 0.0
    for i in range(len(x)):
        u, v, _w = much(x[i], 0.5, 1.5)
        out[i] = u
        total += v
    return out * total


def scattered(x, y, picked):
    """A row that is not the trip's."""
    out = np.zeros((len(x) + len(y), 8))
    for i in range(len(x)):
        u, v, _w = much(x[i], y[picked[i]], 1.5)
        out[picked[i], 0] = u * v
        out[i + 1, 1] = u
    return out


STRIPS = [rows, without_calls, quotients, late_quotient, scattered]
WHOLE = [one_place, reads_what_it_stores, reads_a_view, into_an_argument, summed]


def compiled(f, monkeypatch, strips):
    """The compiled function, and its text."""
    if not strips:
        monkeypatch.setattr(backend, "use_strips", lambda function: 0)
    g = srcad.compiled(f, backend="numba")
    return g


@pytest.mark.parametrize("f", STRIPS + WHOLE)
@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 64, 70])
def test_values(f, n, monkeypatch):
    x = np.linspace(0.1, 2.0, 80)[:n]
    g = compiled(f, monkeypatch, True)
    found = g(x, Y.copy(), PICKED)
    assert ("part = np.empty(" in g.source) == (f in STRIPS), g.source
    np.testing.assert_array_equal(found, compiled(f, monkeypatch, False)(x, Y.copy(), PICKED))
    np.testing.assert_allclose(found, f(x, Y.copy(), PICKED), rtol=1e-10)


@pytest.mark.parametrize("f", [quotients, late_quotient])
@pytest.mark.parametrize("at", [0, 15, 16, 50])
def test_divisions_by_zero_raise(f, at):
    x = np.linspace(0.1, 2.0, 60)
    g = srcad.compiled(f, backend="numba")
    g(x, Y, PICKED)
    assert "part = np.empty(" in g.source
    x[at] = 0.0
    with pytest.raises(ZeroDivisionError):
        f(x.tolist(), Y.tolist(), PICKED)
    with pytest.raises(ZeroDivisionError):
        g(x, Y, PICKED)
    x[at] = np.nan
    assert np.isnan(g(x, Y, PICKED)[at]) and np.isnan(g(x, Y, PICKED)).sum() == 1


@pytest.mark.parametrize(("f", "announced"), [(rows, True), (without_calls, False), (scattered, False)])
def test_rows_are_announced(f, announced):
    """The rows of the next strip, where trips store to rows that follow each other."""
    g = srcad.compiled(f, backend="numba")
    x = np.linspace(0.1, 2.0, 80)
    np.testing.assert_allclose(g(x, Y, PICKED), f(x, Y, PICKED), rtol=1e-10)
    assert ("expect_row(out, i + 16)" in g.source) == announced, g.source
    assert g.source.count("expect_row") == announced and "part = np.empty(" in g.source


def test_announcing_is_a_prefetch():
    """Of rows of a cache line and more, whether they exist or not."""
    import numba

    from srcad import runtime
    from srcad.backends.compiled import declare

    declare()

    @numba.njit
    def announce(array, row):
        runtime.expect_row(array, row)
        return array.shape[0]

    for array in (np.zeros((3, 30)), np.zeros((3, 2)), np.zeros((0, 9)), np.zeros((2, 100_000))):
        for row in (-2, 0, 2, 1000):
            assert announce(array, row) == len(array)
            assert not array.any() and runtime.expect_row(array, row) is None
    assert "@llvm.prefetch" in next(iter(announce.inspect_llvm().values()))


def jacobian(x, y, picked):
    out = np.empty((len(x), 3, 3))
    for i in range(len(x)):
        (_u, _v, _w), pull = srcad.vjp(much, math.sin(x[i]), y[picked[i]], 1.5)
        out[i, 0, 0], out[i, 0, 1], out[i, 0, 2] = pull((1.0, 0.0, 0.0))
        out[i, 1, 0], out[i, 1, 1], out[i, 1, 2] = pull((0.0, 1.0, 0.0))
        out[i, 2, 0], out[i, 2, 1], out[i, 2, 2] = pull((0.0, 0.0, 1.0))
    return out


def test_derivatives_in_a_loop(monkeypatch):
    x = np.linspace(0.1, 2.0, 50)
    g = compiled(jacobian, monkeypatch, True)
    found = g(x, Y, PICKED)
    assert "part = np.empty(" in g.source, g.source
    np.testing.assert_array_equal(found, compiled(jacobian, monkeypatch, False)(x, Y, PICKED))
    for i in (0, 40):
        for k in range(3):
            h = 1e-6
            args = [math.sin(x[i]), Y[PICKED[i]], 1.5]
            up, down = list(args), list(args)
            up[k] += h
            down[k] -= h
            np.testing.assert_allclose(found[i, :, k], (np.array(much(*up)) - much(*down)) / (2 * h), rtol=1e-6, atol=1e-6)
