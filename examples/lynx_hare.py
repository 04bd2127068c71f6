"""A differential equation fitted to real counts: hares and lynxes of the Hudson Bay Company, 1900 to 1920.

The Lotka-Volterra equations are integrated by a Runge-Kutta method written as a plain Python loop; the residuals'
Jacobian with respect to the six parameters is srcad's forward mode, and scipy's least squares does the fit.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

import srcad

# Pelts in thousands, year by year from 1900 on.
HARES = [30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1]
HARES += [40.3, 57.0, 76.6, 52.3, 19.5, 11.2, 7.6, 14.6, 16.2, 24.7]
LYNXES = [4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4]
LYNXES += [8.0, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6]
PELTS = np.column_stack((HARES, LYNXES))
NAMES = ("hares' births", "predation", "lynxes' deaths", "lynxes' births", "hares in 1900", "lynxes in 1900")
START = np.log([0.5, 0.03, 0.8, 0.03, 30.0, 4.0])


def growth(hares, lynxes, rates):
    """How fast the two populations grow."""
    return (rates[0] - rates[1] * lynxes) * hares, (rates[3] * hares - rates[2]) * lynxes


def one_year(hares, lynxes, rates, steps):
    """The populations a year later, by the classical Runge-Kutta method."""
    h = 1.0 / steps
    for _ in range(steps):
        a1, b1 = growth(hares, lynxes, rates)
        a2, b2 = growth(hares + 0.5 * h * a1, lynxes + 0.5 * h * b1, rates)
        a3, b3 = growth(hares + 0.5 * h * a2, lynxes + 0.5 * h * b2, rates)
        a4, b4 = growth(hares + h * a3, lynxes + h * b3, rates)
        hares = hares + h * (a1 + 2.0 * a2 + 2.0 * a3 + a4) / 6.0
        lynxes = lynxes + h * (b1 + 2.0 * b2 + 2.0 * b3 + b4) / 6.0
    return hares, lynxes


def residuals(theta, pelts, steps):
    """Logarithms of model over data, year by year; theta has the logarithms of the parameters."""
    parameters = np.exp(theta)
    hares, lynxes = parameters[4], parameters[5]
    r = np.log(np.array([hares, lynxes]) / pelts[0])
    for year in range(1, len(pelts)):
        hares, lynxes = one_year(hares, lynxes, parameters[:4], steps)
        r = np.concatenate((r, np.log(np.array([hares, lynxes]) / pelts[year])))
    return r


def fit(steps: int = 10):
    """Fit the six parameters with srcad's Jacobian; scipy's OptimizeResult."""
    return least_squares(residuals, START, jac=srcad.jacfwd(residuals), args=(PELTS, steps))


def main() -> None:
    result = fit()
    for name, value in zip(NAMES, np.exp(result.x)):
        print(f"{name:16}{value:10.4f}")
    print(f"{'sum of squares':16}{2.0 * result.cost:10.4f}")
    print(f"{'evaluations':16}{result.nfev:10d}, of the Jacobian {result.njev}")


if __name__ == "__main__":
    main()
