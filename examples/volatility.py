"""How sure can one be of a market's memory? Hamiltonian Monte Carlo over the likelihood of a GARCH(1,1) model.

The variance of each day's return follows from that of the day before, so that the likelihood is one long loop that no array
operation replaces; its gradient is needed some thousand times. Compiled by Numba that takes a fraction of a second; without
Numba the same generated source runs in the interpreter, on a shorter series.
"""

from __future__ import annotations

import functools
import importlib.util
import math

import numpy as np

import srcad

COMPILED = importlib.util.find_spec("numba") is not None
NAMES = ("base variance", "shock", "memory")
TRUE = (0.05, 0.10, 0.85)


def simulated(days: int, rng: np.random.Generator) -> np.ndarray:
    """Daily returns in percent of a market with the parameters TRUE."""
    base, shock, memory = TRUE
    variance, out = base / (1.0 - shock - memory), np.empty(days)
    for t in range(days):
        out[t] = math.sqrt(variance) * rng.normal()
        variance = base + shock * out[t] ** 2 + memory * variance
    return out


def parameters(z):
    """From unbounded coordinates: base > 0, shock and memory positive with a sum below 1."""
    base = math.exp(z[0])
    persistence, share = 1.0 / (1.0 + math.exp(-z[1])), 1.0 / (1.0 + math.exp(-z[2]))
    return base, persistence * share, persistence * (1.0 - share)


def minus_log_posterior(z, returns):
    """Of the coordinates, with a standard normal prior about weak beliefs (half of a variance of 1, long memory)."""
    base, shock, memory = parameters(z)
    variance = base / (1.0 - shock - memory + 1e-6)
    total = 0.5 * ((z[0] + 2.5) ** 2 + (z[1] - 2.5) ** 2 + (z[2] + 2.0) ** 2)
    for t in range(len(returns)):
        square = returns[t] * returns[t]
        total += 0.5 * (math.log(variance) + square / variance)
        variance = base + shock * square + memory * variance
    return total


def sample(value_and_slope, z: np.ndarray, count: int, rng: np.random.Generator, step: float = 0.12, leaps: int = 8):
    """Positions of a chain, and how many proposals were taken: leapfrog steps with random momenta."""
    energy, slope = value_and_slope(z)
    chain, taken = np.empty((count, len(z))), 0
    for k in range(count):
        momentum = rng.normal(size=len(z))
        new, q, g = energy, z.copy(), slope
        p = momentum - 0.5 * step * g
        for leap in range(leaps):
            q = q + step * p
            new, g = value_and_slope(q)
            p = p - (step if leap < leaps - 1 else 0.5 * step) * g
        if math.log(rng.random()) < energy + 0.5 * momentum @ momentum - new - 0.5 * p @ p:
            z, energy, slope, taken = q, new, g, taken + 1
        chain[k] = z
    return chain, taken


@functools.cache
def derivative(backend: str):
    """Value and gradient of what is above, run by the interpreter or by Numba."""
    return srcad.value_and_grad(minus_log_posterior, backend=backend)


def main() -> None:
    rng = np.random.default_rng(1986)
    days, draws = (2000, 400) if COMPILED else (300, 60)
    returns = simulated(days, rng)
    gradient = derivative("numba" if COMPILED else "python")
    chain, taken = sample(lambda z: gradient(z, returns), np.array([-2.5, 2.5, -2.0]), draws, rng)
    found = np.array([parameters(z) for z in chain[draws // 4:]])
    print(f"{days} days, {draws} draws, {taken / draws:.0%} of the proposals taken; gradients "
          f"{'compiled by Numba' if COMPILED else 'run by the interpreter: install Numba for 2000 days'}")
    for name, true, mean, deviation in zip(NAMES, TRUE, found.mean(axis=0), found.std(axis=0)):
        print(f"  {name:14} {mean:.3f} ± {deviation:.3f}   (true: {true})")


if __name__ == "__main__":
    main()
