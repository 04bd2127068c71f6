"""How contagious the flu was: a differential equation fitted to the cases of a boarding school.

Boys confined to bed at an English boarding school, day by day, January 1978 (*British Medical Journal*, 4 March 1978, page
587). The SIR model is integrated by a Runge-Kutta method that takes any right-hand side; the residuals' Jacobian by the
parameters is srcad's, and scipy's least squares does the fit.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

import srcad

IN_BED = np.array([3, 8, 26, 76, 225, 298, 258, 233, 189, 128, 68, 29, 14, 4], dtype=float)
BOYS = 763.0


def runge_kutta(rhs, y0, times, steps, *args):
    """Integrate ``y' = rhs(t, y, *args)``: the solution at `times`, with `steps` steps from one to the next."""
    solution = np.zeros((len(times), len(y0)))
    solution[0] = y0
    y = y0
    for k in range(1, len(times)):
        h = (times[k] - times[k - 1]) / steps
        t = times[k - 1]
        for _ in range(steps):
            k1 = rhs(t, y, *args)
            k2 = rhs(t + h / 2.0, y + h / 2.0 * k1, *args)
            k3 = rhs(t + h / 2.0, y + h / 2.0 * k2, *args)
            k4 = rhs(t + h, y + h * k3, *args)
            y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
            t += h
        solution[k] = y
    return solution


def sir(t, y, contacts, recovery):
    """Susceptible, infected and recovered, of a constant number."""
    susceptible, infected, _ = y
    infections = contacts * susceptible * infected / BOYS
    return np.array([-infections, infections - recovery * infected, recovery * infected])


def seir(t, y, contacts, recovery, onset=2.0):
    """With a time between infection and illness; the second entry is the ill."""
    susceptible, infected, exposed = y
    infections = contacts * susceptible * infected / BOYS
    return np.array([-infections, onset * exposed - recovery * infected, infections - onset * exposed])


def residuals(theta, rhs, in_bed, steps=10):
    """Model minus data; theta has the logarithms of contact rate, recovery rate and boys infected at first."""
    contacts, recovery, first = np.exp(theta)
    y0 = np.array([BOYS - first, first, 0.0])
    solution = runge_kutta(rhs, y0, np.arange(len(in_bed), dtype=float), steps, contacts, recovery)
    return solution[:, 1] - in_bed


START = np.log([2.0, 0.5, 2.0])


def fit(rhs=sir):
    """The parameters that fit best: scipy's OptimizeResult."""
    return least_squares(residuals, START, jac=srcad.jacfwd(residuals), args=(rhs, IN_BED))


def main() -> None:
    for rhs in (sir, seir):
        result = fit(rhs)
        contacts, recovery, first = np.exp(result.x)
        covariance = np.linalg.inv(result.jac.T @ result.jac) * 2.0 * result.cost / (len(IN_BED) - 3)
        print(f"{rhs.__name__}: sum of squares {2.0 * result.cost:.1f}")
        print(f"  contacts per day {contacts:.3f}, days in bed {1.0 / recovery:.3f}, infected at first {first:.2f}")
        print(f"  basic reproduction number {contacts / recovery:.3f}")
        print(f"  standard error of the contact rate {contacts * np.sqrt(covariance[0, 0]):.3f}")


if __name__ == "__main__":
    main()
