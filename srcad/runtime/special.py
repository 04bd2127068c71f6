"""Derivatives of special functions that NumPy and SciPy do not give as functions of their own."""

from __future__ import annotations

import math

import numpy as np


def log_of_base(x):
    """log(x) of a Python number as it appears in the derivative of ``x**n`` with respect to n.

    0 at x = 0, where x**n does not depend on n > 0, and NaN for x < 0, where x**n exists for isolated n only.
    """
    if x > 0:
        return math.log(x)
    return 0.0 if x == 0 else math.nan


def polygamma(n, x):
    """The (n+1)-th derivative of log Γ at a Python number x (DLMF 5.15); ``polygamma(0, x)`` is digamma.

    The recurrence moves x to where the asymptotic series (DLMF 5.11.2, 5.15.9) is exact to rounding.
    """
    if x <= 0 and x == math.floor(x):
        return math.nan
    if n == 0 and x < 0:
        return polygamma(0, 1.0 - x) - math.pi / math.tan(math.pi * x)
    sign = -1.0 if n % 2 == 0 else 1.0
    total = 0.0
    scale = math.gamma(n + 1.0)
    while x < 16.0 + n:
        total += 1.0 / x ** (n + 1)
        x = x + 1.0
    if n == 0:
        series = 0.5 / x - math.log(x)
    else:
        series = (1.0 / n + 0.5 / x) / x**n
    # the terms B_2k (2k + n - 1)! / ((2k)! n!) / x^(2k + n), k = 1, 2, ...
    term = (n + 1) / 2.0 / x ** (n + 2)
    for k, bernoulli in enumerate((1/6, -1/30, 1/42, -1/30, 5/66, -691/2730, 7/6), 1):
        series += bernoulli * term
        term *= (2 * k + n) * (2 * k + n + 1) / ((2 * k + 1) * (2 * k + 2) * x * x)
    return sign * scale * (total + series)


def numbers_of(dots):
    """The tangents of a sequence's items as an array: 0 for an item that has none, like a whole number."""
    if dots is None:
        return np.zeros(1)
    return np.array([0.0 if dot is None else dot for dot in dots])


def spherical_bessel(n, x):
    """The spherical Bessel function j_n of the first kind (DLMF 10.47), for real numbers and arrays.

    Its power series (DLMF 10.53.1) for small x, where the recurrence (DLMF 10.51.1) would cancel.
    """
    small = np.abs(x) < n + 1.0
    near = np.where(small, x, 0.0)
    term = near**n
    for k in range(1, n + 1):
        term = term / (2.0 * k + 1.0)
    series = term
    for k in range(1, 16):
        term = term * near * near / (-2.0 * k * (2.0 * (n + k) + 1.0))
        series = series + term
    far = np.where(small, n + 1.0, x)
    below, here = np.cos(far) / far, np.sin(far) / far
    for k in range(n):
        below, here = here, (2.0 * k + 1.0) / far * here - below
    return np.where(small, series, here)


def bessel_i(n, x):
    """The modified Bessel function I_n of integer order (DLMF 10.32.3), for real numbers and arrays.

    The trapezoidal rule on the periodic integrand converges faster than any power of the step; the two halves of the
    period make a cosh or a sinh.
    """
    total = 0.0 * x
    points = 80
    for k in range(points):
        angle = math.pi / 2.0 * (k + 0.5) / points
        height = np.cosh(x * math.cos(angle)) if n % 2 == 0 else np.sinh(x * math.cos(angle))
        total = total + height * math.cos(n * angle)
    return total / points
