"""A cubic spline with free knots, fitted to a sharp peak.

The heat of titanium over temperature: 49 measurements that C. de Boor and J. R. Rice chose in 1968 because equidistant knots
do so badly on them (de Boor, *A Practical Guide to Splines*, chapter XIII). The spline goes through values at the knots;
both the values and the places of the knots are fitted, so the derivative goes through the search for the interval, the
tridiagonal system of the spline, and the elimination written into work arrays.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

import srcad

TEMPERATURE = np.arange(595.0, 1076.0, 10.0)
HEAT = np.array([
    0.644, 0.622, 0.638, 0.649, 0.652, 0.639, 0.646, 0.657, 0.652, 0.655, 0.644, 0.663, 0.663, 0.668, 0.676, 0.676, 0.686,
    0.679, 0.678, 0.683, 0.694, 0.699, 0.710, 0.730, 0.763, 0.812, 0.907, 1.044, 1.336, 1.881, 2.169, 2.075, 1.598, 1.211,
    0.916, 0.746, 0.672, 0.627, 0.615, 0.607, 0.606, 0.609, 0.603, 0.601, 0.603, 0.601, 0.611, 0.601, 0.608])
INNER_KNOTS = np.array([700.0, 800.0, 840.0, 880.0, 890.0, 900.0, 920.0, 950.0, 1000.0])


def solve_tridiagonal(lower, diagonal, upper, rhs):
    """Gaussian elimination without pivoting, in place on copies."""
    n = len(diagonal)
    d, x = diagonal.copy(), rhs.copy()
    for i in range(1, n):
        factor = lower[i - 1] / d[i - 1]
        d[i] -= factor * upper[i - 1]
        x[i] -= factor * x[i - 1]
    x[n - 1] /= d[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = (x[i] - upper[i] * x[i + 1]) / d[i]
    return x


class Spline:
    """The natural cubic spline through values at knots."""

    def __init__(self, knots, values):
        self.knots, self.values = knots, values
        h = np.diff(knots)
        slopes = np.diff(values) / h
        inner = solve_tridiagonal(h[1:-1], 2.0 * (h[:-1] + h[1:]), h[1:-1], 6.0 * np.diff(slopes))
        self.second = np.zeros(len(knots))
        self.second[1:-1] = inner

    def __call__(self, x):
        k = np.clip(np.searchsorted(self.knots, x, side="right") - 1, 0, len(self.knots) - 2)
        left, right = self.knots[k], self.knots[k + 1]
        h = right - left
        a, b = (right - x) / h, (x - left) / h
        cubic = (a**3 - a) * self.second[k] + (b**3 - b) * self.second[k + 1]
        return a * self.values[k] + b * self.values[k + 1] + cubic * h**2 / 6.0


def place_knots(inner):
    return np.concatenate(([TEMPERATURE[0]], inner, [TEMPERATURE[-1]]))


def residuals(theta, temperature, heat):
    """Spline minus data; theta has the inner knots, then the values at all knots."""
    count = (len(theta) - 2) // 2
    spline = Spline(place_knots(theta[:count]), theta[count:])
    return spline(temperature) - heat


def start():
    """Knots near the peak, with the data's values there."""
    return np.concatenate((INNER_KNOTS, np.interp(place_knots(INNER_KNOTS), TEMPERATURE, HEAT)))


def fit(free_knots=True):
    """The best values, and knots if they are free: scipy's OptimizeResult."""
    x0 = start()
    reach = np.zeros_like(x0) + 1e-6
    reach[: len(INNER_KNOTS)] = 4.9 if free_knots else 1e-6
    reach[len(INNER_KNOTS):] = 1.0
    scale = np.where(np.arange(len(x0)) < len(INNER_KNOTS), 10.0, 0.1)
    return least_squares(residuals, x0, jac=srcad.jacrev(residuals), args=(TEMPERATURE, HEAT),
                         bounds=(x0 - reach, x0 + reach), x_scale=scale)


def main() -> None:
    for name, result in (("knots fixed", fit(False)), ("knots free", fit())):
        print(f"{name:12} root mean square error {np.sqrt(2.0 * result.cost / len(HEAT)):.5f}")
    print("knots at", fit().x[: len(INNER_KNOTS)].round(1))


if __name__ == "__main__":
    main()
