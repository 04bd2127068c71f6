"""What is a wall made of? Its conductivities, layer by layer, from temperatures measured inside during one day.

The heat equation is stepped in place, in one array, as programs in other languages do; the least-squares gradient with respect
to all layers goes back through every overwritten value. `srcad.checkpointed` keeps the memory of that to the square root of the
number of steps. With Numba the generated source is compiled, without it a coarser grid is used.
"""

from __future__ import annotations

import functools
import importlib.util
import math

import numpy as np
from scipy.optimize import minimize

import srcad
from srcad import checkpointed

COMPILED = importlib.util.find_spec("numba") is not None
LAYERS = np.array([0.8, 0.8, 0.25, 0.25, 0.25, 1.2, 1.2, 0.6])


def simulate(conductivities, cells, steps, sensors, record):
    """Temperatures of the sensors, in every 24th part of a day that is warm outside by day and cold by night."""
    width = cells // len(conductivities)
    between = np.empty(cells + 1)
    for j in range(cells + 1):
        left, right = conductivities[max(j - 1, 0) // width], conductivities[min(j, cells - 1) // width]
        between[j] = 2.0 * left * right / (left + right)
    u = np.full(cells, 20.0)
    every = steps // 24
    rate = 0.35 * (cells / 64) ** 2 * (9216 / steps) * 0.5
    for t in checkpointed(range(steps)):
        outside = 10.0 + 15.0 * math.sin(2.0 * math.pi * t / steps)
        flow = between[0] * (u[0] - outside)
        for j in range(cells):
            beyond = u[j + 1] if j < cells - 1 else 20.0
            following = between[j + 1] * (beyond - u[j])
            u[j] = u[j] + rate * (following - flow)
            flow = following
        if t % every == every - 1:
            for s in range(len(sensors)):
                record[t // every, s] = u[sensors[s]]
    return record


def misfit(logs, cells, steps, sensors, measured):
    """Half the sum of squared differences from what was measured, for the logarithms of the conductivities."""
    record = np.zeros((24, len(sensors)))
    record = simulate(np.exp(logs), cells, steps, sensors, record)
    return 0.5 * np.sum((record - measured) ** 2)


@functools.cache
def derivative(backend: str):
    """Value and gradient of what is above, run by the interpreter or by Numba."""
    return srcad.value_and_grad(misfit, backend=backend)


def main() -> None:
    cells, steps = (64, 9216) if COMPILED else (16, 576)
    sensors = np.arange(1, cells, cells // 16 if COMPILED else 2)
    truth = simulate(LAYERS, cells, steps, sensors, np.zeros((24, len(sensors))))
    measured = truth + np.random.default_rng(3).normal(scale=0.01, size=truth.shape)
    gradient = derivative("numba" if COMPILED else "python")
    fit = minimize(lambda logs: gradient(logs, cells, steps, sensors, measured), np.log(np.full(len(LAYERS), 0.6)), jac=True,
                   method="L-BFGS-B", options={"maxiter": 60 if COMPILED else 25})
    print(f"{cells} cells, {steps} steps, {fit.nfev} gradients {'compiled by Numba' if COMPILED else 'run by the interpreter'}: "
          f"misfit {fit.fun:.4f}")
    print("  found: " + " ".join(f"{c:5.2f}" for c in np.exp(fit.x)))
    print("  true:  " + " ".join(f"{c:5.2f}" for c in LAYERS))


if __name__ == "__main__":
    main()
