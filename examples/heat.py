"""What a rod is made of, from its temperatures: an inverse problem for the heat equation with finite elements.

A rod of 1 m, heated at its left end for ten minutes; five thermometers record its temperature every minute. The conductivity
along the rod is unknown: copper at its ends, and something that conducts worse in the middle. Linear elements in
space, backward Euler in time, a penalty on jumps, and scipy's L-BFGS with srcad's gradient. The measurements are synthetic
(another mesh, and a fixed noise of a twentieth of a degree).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

import srcad

LENGTH = 1.0
CAPACITY = 3.45e6           # J / (m³ K), of copper
COPPER, STEEL = 400.0, 50.0
FLUX = 4.0e4                # W / m², into the left end
SENSORS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
MINUTES = 30


class Rod:
    """A mesh of linear elements."""

    def __init__(self, elements):
        self.elements = elements
        self.h = LENGTH / elements
        self.nodes = np.linspace(0.0, LENGTH, elements + 1)

    def assemble(self, conductivity):
        """The matrices of heat capacity and of conduction."""
        n = self.elements + 1
        capacity, conduction = np.zeros((n, n)), np.zeros((n, n))
        mass = CAPACITY * self.h / 6.0 * np.array([[2.0, 1.0], [1.0, 2.0]])
        stiffness = np.array([[1.0, -1.0], [-1.0, 1.0]]) / self.h
        for e in range(self.elements):
            capacity[e:e + 2, e:e + 2] += mass
            conduction[e:e + 2, e:e + 2] += conductivity[e] * stiffness
        return capacity, conduction

    def temperatures(self, conductivity, dt):
        """Above that of the room: an array with a row for each minute."""
        capacity, conduction = self.assemble(conductivity)
        system = capacity / dt + conduction
        u = np.zeros(self.elements + 1)
        history = np.zeros((MINUTES, self.elements + 1))
        for minute in range(MINUTES):
            heating = FLUX if minute < 10 else 0.0
            for _ in range(round(60.0 / dt)):
                load = capacity @ u / dt
                load[0] += heating
                u = np.linalg.solve(system, load)
            history[minute] = u
        return history

    def at_sensors(self, history):
        """Linear interpolation between nodes."""
        k = np.minimum((SENSORS / self.h).astype(int), self.elements - 1)
        weight = SENSORS / self.h - k
        return history[:, k] * (1.0 - weight) + history[:, k + 1] * weight


def true_conductivity(rod):
    centres = 0.5 * (rod.nodes[:-1] + rod.nodes[1:])
    return np.where((centres > 0.4) & (centres < 0.6), STEEL, COPPER)


def measurements():
    fine = Rod(40)
    exact = fine.at_sensors(fine.temperatures(true_conductivity(fine), 20.0))
    return exact + 0.05 * np.random.default_rng(5).standard_normal(exact.shape)


def misfit(theta, rod, measured, smoothing=0.3):
    """Squared differences in units of the noise, and a penalty; theta has the logarithms of the conductivities."""
    history = rod.temperatures(np.exp(theta), 30.0)
    differences = (rod.at_sensors(history) - measured) / 0.05
    jumps = np.sqrt(np.diff(theta) ** 2 + 0.01)
    return 0.5 * np.mean(differences**2) + smoothing * np.sum(jumps)


def start(rod):
    return np.full(rod.elements, np.log(200.0))


def fit(rod):
    return minimize(srcad.value_and_grad(misfit), start(rod), args=(rod, measurements()), jac=True, method="L-BFGS-B",
                    options={"maxiter": 80})


def main() -> None:
    rod = Rod(20)
    measured = measurements()
    print(f"misfit at the start {misfit(start(rod), rod, measured):.2f}")
    result = fit(rod)
    print(f"misfit, fitted      {result.fun:.4f}")
    print("conductivity, W/(m K)")
    for row in np.exp(result.x).reshape(4, 5):
        print("  ", " ".join(f"{value:6.0f}" for value in row))


if __name__ == "__main__":
    main()
