"""Ties, NaN and forms that are refused, of order statistics, padding and choosing."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import SrcadError


def median(x):
    return np.median(x)


def quantile(x):
    return np.quantile(x, 0.25)


def nanmedian(x):
    return np.nanmedian(x)


def nanmax(x):
    return np.nanmax(x)


def nanstd(x):
    return np.nanstd(x)


def nanprod(x):
    return np.nanprod(x)


def partition(x):
    return np.partition(x, 1)[0]


@pytest.mark.parametrize(("function", "at", "gradient"), [
    (median, [2.0, 1.0, 2.0, 3.0], [0.5, 0.0, 0.5, 0.0]),
    (median, [2.0, 2.0, 2.0], [1 / 3, 1 / 3, 1 / 3]),
    (median, [2.0, 1.0, 1.0, 2.0], [0.25, 0.25, 0.25, 0.25]),
    (quantile, [1.0, 1.0, 1.0, 3.0, 4.0], [1 / 3, 1 / 3, 1 / 3, 0.0, 0.0]),
    (nanmedian, [np.nan, 3.0, 1.0, 3.0], [0.0, 0.5, 0.0, 0.5]),
    (nanmax, [3.0, np.nan, 3.0], [0.5, 0.0, 0.5]),
    (nanstd, [2.0, np.nan, 2.0], [0.0, 0.0, 0.0]),
    (nanprod, [0.0, np.nan, 3.0], [3.0, 0.0, 0.0]),
    (partition, [2.0, 1.0, 1.0], [0.0, 0.5, 0.5]),
])
def test_edges(function, at, gradient):
    x = np.array(at)
    direction = np.linspace(1.0, 2.0, x.size)
    np.testing.assert_allclose(srcad.grad(function)(x), gradient)
    np.testing.assert_allclose(srcad.jvp(function, (x,), (direction,))[1], np.dot(gradient, direction))


def with_weights(x):
    return np.quantile(x, 0.3, weights=np.ones(2), method="inverted_cdf")


@pytest.mark.parametrize("function", [with_weights])
def test_refused(function):
    with pytest.raises(SrcadError) as error:
        srcad.grad(function)(np.array([0.5, 1.5]))
    assert error.value.line > 0
    assert error.value.advice
