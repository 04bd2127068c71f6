"""Rules of Python's `statistics`: means and moments of sequences of numbers."""

from __future__ import annotations

import statistics

import numpy as np

from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.runtime import divide_or_zero, nest_like, numbers_of


def _calls(name: str, *more: str) -> tuple:
    return tuple(Call(f"statistics.{name}({form})", x=(), y=()) for form in ("[x, 2.0, y]", "(x, y, x * y, 1.0)", *more))


@defadjoint(statistics.mean, statistics.fmean, calls=(
    *_calls("mean"), *_calls("fmean", "[x, 2.0, y], [1.0, y, x * x]", "[x, y], weights=[1.0, 3.0]",
            "[x, y, 2.0], [1, 2, 3]", "[1, 2], [x, y]"),
    Call("statistics.fmean(x)", x=(4,))))
def _mean(y, data, weights=None):
    if weights is None:
        data_bar = nest_like(np.broadcast_to(y_bar / len(data), (len(data),)), data)
    else:
        share = np.array(weights) / sum(weights)
        data_bar = nest_like(y_bar * share, data)
        weights_bar = nest_like(y_bar / sum(weights) * (np.array(data) - y), weights)


@deftangent(statistics.mean, statistics.fmean)
def _mean_tangent(y, data, weights=None):
    if weights is None:
        y_dot = sum(numbers_of(data_dot)) / len(data)
    else:
        y_dot = float(np.sum(numbers_of(data_dot) * np.array(weights)
                             + numbers_of(weights_dot) * (np.array(data) - y))) / sum(weights)


def centred(data):
    numbers = np.array(data)
    return numbers - np.mean(numbers)


@defadjoint(statistics.pvariance, calls=_calls("pvariance"))
def _pvariance(y, data):
    data_bar = nest_like(2.0 * y_bar / len(data) * centred(data), data)


@deftangent(statistics.pvariance)
def _pvariance_tangent(y, data):
    y_dot = 2.0 / len(data) * float(np.dot(centred(data), numbers_of(data_dot)))


@defadjoint(statistics.variance, calls=_calls("variance"))
def _variance(y, data):
    data_bar = nest_like(2.0 * y_bar / (len(data) - 1) * centred(data), data)


@deftangent(statistics.variance)
def _variance_tangent(y, data):
    y_dot = 2.0 / (len(data) - 1) * float(np.dot(centred(data), numbers_of(data_dot)))


@defadjoint(statistics.pstdev, calls=_calls("pstdev"))
def _pstdev(y, data):
    data_bar = nest_like(divide_or_zero(y_bar, y) / len(data) * centred(data), data)


@deftangent(statistics.pstdev)
def _pstdev_tangent(y, data):
    y_dot = divide_or_zero(float(np.dot(centred(data), numbers_of(data_dot))) / len(data), y)


@defadjoint(statistics.stdev, calls=_calls("stdev"))
def _stdev(y, data):
    data_bar = nest_like(divide_or_zero(y_bar, y) / (len(data) - 1) * centred(data), data)


@deftangent(statistics.stdev)
def _stdev_tangent(y, data):
    y_dot = divide_or_zero(float(np.dot(centred(data), numbers_of(data_dot))) / (len(data) - 1), y)


def middle_share(data):
    """The weights of the numbers in their median; equal numbers share theirs."""
    numbers = np.array(data)
    n = len(data)
    ordered = np.sort(numbers)
    low = numbers == ordered[(n - 1) // 2]
    high = numbers == ordered[n // 2]
    return 0.5 * (low / np.sum(low) + high / np.sum(high))


@defadjoint(statistics.median, calls=(*_calls("median"), Call("statistics.median([x, x])", x=())))
def _median(y, data):
    data_bar = nest_like(y_bar * middle_share(data), data)


@deftangent(statistics.median)
def _median_tangent(y, data):
    y_dot = float(np.dot(middle_share(data), numbers_of(data_dot)))
