"""What does a loop cost that records nothing? The derivatives of a million steps, checkpointed and with a tape.

Run ``python benchmarks/checkpoints.py``; ``--write`` puts the table into docs/performance.md. The gradients are compared
before anything is timed.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import platform
import tracemalloc
from collections.abc import Callable
from importlib.metadata import version

import numpy as np

import srcad
from page import write_section
from timing import interleaved


def plain(trips):
    """An ordinary loop."""
    return trips


def lorenz(loop, x, y, n):
    """Euler's method for Lorenz' equations: 15 operations a step."""
    z = 0.3
    for _ in loop(range(n)):
        dx, dy, dz = 10.0 * (y - x), x * (28.0 - z) - y, x * y - 2.667 * z
        x, y, z = x + 1e-3 * dx, y + 1e-3 * dy, z + 1e-3 * dz
    return x + y + z


def hunters(loop, x, y, n):
    """Runge and Kutta's method for Lotka and Volterra's equations: 60 operations a step."""
    h = 1e-3
    for _ in loop(range(n)):
        k1, l1 = x * (1.1 - 0.4 * y), y * (0.1 * x - 0.4)
        u, v = x + h / 2 * k1, y + h / 2 * l1
        k2, l2 = u * (1.1 - 0.4 * v), v * (0.1 * u - 0.4)
        u, v = x + h / 2 * k2, y + h / 2 * l2
        k3, l3 = u * (1.1 - 0.4 * v), v * (0.1 * u - 0.4)
        u, v = x + h * k3, y + h * l3
        k4, l4 = u * (1.1 - 0.4 * v), v * (0.1 * u - 0.4)
        x, y = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), y + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
    return x + y


def pendulum(loop, x, y, n):
    """A pendulum: a sine a step."""
    for _ in loop(range(n)):
        y = y - 1e-3 * math.sin(x)
        x = x + 1e-3 * y
    return x


def branches(loop, x, y, n):
    """An exponential or a sine a step."""
    for t in loop(range(n)):
        if x > y:
            x = x - 0.01 * math.exp(-y * x)
        else:
            x = x + 0.01 * math.sin(x + t)
    return x


def in_place(loop, x, y, n):
    """Three elements of an array, written one after the other."""
    u = np.array([x, y, 0.5])
    for _ in loop(range(n)):
        u[0] = u[0] + 1e-3 * u[1] * u[2]
        u[1] = u[1] - 1e-3 * u[0] * u[2]
        u[2] = u[2] * (1.0 - 1e-3 * math.sin(u[0])) + 1e-3
    return u[0]


PROGRAMS = (lorenz, hunters, pendulum, branches, in_place)
START = (0.7, 0.9)


def derivatives(program: Callable, backend: str) -> dict[str, srcad.Derivative]:
    """The value and the gradient, with a tape and without."""
    def taped(x, y, n):
        return program(plain, x, y, n)

    def checkpointed(x, y, n):
        return program(srcad.checkpointed, x, y, n)

    return {f.__name__: srcad.value_and_grad(f, (0, 1), backend=backend) for f in (taped, checkpointed)}


def peak(run: Callable) -> float:
    """The most megabytes that a run holds at a time."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def row(program: Callable, backend: str, steps: int, rounds: int) -> list[str]:
    """A line of the table: seconds and megabytes of both, and how many times as long the checkpointed one takes."""
    made = derivatives(program, backend)
    (value, bars), (other_value, other_bars) = (g(*START, 1003) for g in made.values())
    np.testing.assert_allclose([other_value, *other_bars], [value, *bars], rtol=1e-9)
    times = interleaved({name: lambda g=g: g(*START, steps) for name, g in made.items()}, rounds, 0.0)
    memory = {name: peak(lambda g=g: g(*START, steps)) for name, g in made.items()}
    return [program.__name__, backend, *(f"{times[name]:.4f} s, {memory[name]:.2f} MB" for name in made),
            f"{times['checkpointed'] / times['taped']:.2f}"]


NOTES = """A million steps of small systems (100,000 in CPython), the value and the gradient: with a tape, and with
`srcad.checkpointed(range(n))`, which keeps the state at about √n trips and runs every trip twice. The least time of several
interleaved rounds; the most memory that a run holds at a time. Compiled, two stretches of a loop of numbers are recorded at a
time, since one alone leaves the processor waiting."""


def table(rounds: int, steps: int, backends: tuple[str, ...]) -> str:
    """The figures as Markdown."""
    lines = ["| program | backend | with a tape | checkpointed | times as long |", "|---|---|---|---|---|"]
    for backend in backends:
        for program in PROGRAMS:
            count = steps if backend == "numba" else steps // 10
            lines.append("| " + " | ".join(row(program, backend, count, rounds)) + " |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    backends = ("numba", "python") if importlib.util.find_spec("numba") else ("python",)
    text = table(options.rounds, options.steps, backends)
    if options.write:
        packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", *(b for b in backends if b == "numba")))
        write_section("Loops that record nothing", f"Measured by `python benchmarks/checkpoints.py --write` with Python "
                      f"{platform.python_version()}, {packages}.\n\n{NOTES}\n\n{text}")


if __name__ == "__main__":
    main()
