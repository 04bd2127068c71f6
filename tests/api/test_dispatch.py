"""Variants are found fast, and are never those of other kinds or of functions as they were."""

from __future__ import annotations

import gc
import linecache
import math

import numpy as np
import pytest

import srcad
from srcad.errors import KindError

factor = math.sin


def scaled(x, y):
    return np.sum(x + y) * 1.0


def through_a_global(x):
    return factor(x)


def test_other_axes_and_dtypes_are_other_variants():
    g = srcad.grad(scaled, argnums=(0, 1))
    shapes = [((3,), (3,)), ((1,), (3,)), ((3,), (1,)), ((2, 3), (3,)), ((2, 3), (2, 1))]
    for _ in range(3):
        for one, other in shapes:
            for dtype in (np.float64, np.float32):
                x, y = np.ones(one, dtype), np.ones(other, dtype)
                x_bar, y_bar = g(x, y)
                assert (x_bar.shape, y_bar.shape) == (one, other) and x_bar.dtype == y_bar.dtype == dtype
        assert g(1.0, 2.0) == (1.0, 1.0)
    assert len(g.variants) == 11


def test_a_function_that_a_name_means_now_is_called(monkeypatch):
    g = srcad.grad(through_a_global)
    for _ in range(3):
        assert g(0.5) == math.cos(0.5)
    monkeypatch.setitem(globals(), "factor", math.exp)
    for _ in range(3):
        assert g(0.5) == math.exp(0.5)
    monkeypatch.undo()
    assert g(0.5) == math.cos(0.5)


def test_new_code_of_the_function_is_seen():
    def f(x):
        return x * x

    def other(x):
        return x * x * x

    g = srcad.grad(f)
    x = np.float64(2.0)
    assert [g(2.0), g(2.0), g(2.0), g(x), g(x)] == [4.0] * 5
    f.__code__ = other.__code__
    assert [g(2.0), g(2.0), g(x)] == [12.0] * 3


def needs_a_vector(x):
    return (x**2).sum()


def needs_a_vector_and_a_number(x, n):
    return x.sum() if n.is_integer() else n


def test_source_is_shown_before_any_call_for_arrays_too() -> None:
    assert "float64[:]" in srcad.grad(needs_a_vector).source
    with pytest.raises(KindError, match="has not been called yet"):
        _ = srcad.grad(needs_a_vector_and_a_number).source


@pytest.mark.parametrize("count", range(1, 6))
def test_types_of_any_number_of_arguments(count):
    names = ", ".join(f"x{k}" for k in range(count))
    scope: dict = {"np": np}
    text = f"def f({names}):\n    return {' + '.join(f'np.sum(x{k} * x{k})' for k in range(count))}\n"
    linecache.cache[f"<of {count}>"] = (len(text), None, text.splitlines(keepends=True), f"<of {count}>")
    exec(compile(text, f"<of {count}>", "exec"), scope)
    f = scope["f"]
    g = srcad.grad(f, argnums=tuple(range(count)))
    for _ in range(3):
        for last in (2.0, np.ones(3), np.float32(2.0), 3):
            args = (*(float(k) for k in range(count - 1)), last)
            for one, x in zip(g(*args), args, strict=True):
                np.testing.assert_array_equal(one, 2.0 * x)
                assert np.shape(one) == np.shape(x)


def test_the_garbage_collector_is_as_it_was():
    def fails(x):
        return np.sort_complex(x)[0]

    for before in (True, False):
        (gc.enable if before else gc.disable)()
        try:
            srcad.grad(lambda x: x * x * x)(2.0)
            assert gc.isenabled() is before
            with pytest.raises(srcad.SrcadError):
                srcad.grad(fails)(np.ones(2))
            assert gc.isenabled() is before
        finally:
            gc.enable()
