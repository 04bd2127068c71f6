"""How fast are derivatives of programs that write to arrays? Against the programs, autograd and jax.jit.

Run ``python benchmarks/inplace.py``; ``--write`` puts the table into docs/performance.md. autograd refuses to write to
arrays and JAX's cannot be written to: the programs are rewritten for them, with lists, with ``lax.fori_loop`` and
``.at[].set``, and the lines that differ are counted. Gradients are compared before anything is timed.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_variable] = "1"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import argparse
import difflib
import importlib.util
import inspect
import math
import platform
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

import srcad
from page import write_section
from timing import interleaved

#: A peer's derivative that takes longer than this, in seconds, or more memory than there is, is not timed.
LONGEST = 20.0


def recurrence(x, n):
    for i in range(1, n):
        x[i] = math.sin(x[i - 1]) * x[i]
    return x[n - 1]


RECURRENCE_AUTOGRAD = """
def recurrence(x, n):
    last = x[0]
    for i in range(1, n):
        last = math.sin(last) * x[i]
    return last
"""
RECURRENCE_JAX = """
def recurrence(x, n):
    def step(i, x):
        return x.at[i].set(math.sin(x[i - 1]) * x[i])
    x = lax.fori_loop(1, n, step, x)
    return x[n - 1]
"""


def heat(u, steps):
    for _ in range(steps):
        u[1:-1] += 0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return (u * u).sum()


HEAT_AUTOGRAD = """
def heat(u, steps):
    for _ in range(steps):
        inner = u[1:-1] + 0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        u = np.concatenate([u[:1], inner, u[-1:]])
    return (u * u).sum()
"""
HEAT_JAX = """
def heat(u, steps):
    def step(_, u):
        return u.at[1:-1].add(0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:]))
    u = lax.fori_loop(0, steps, step, u)
    return (u * u).sum()
"""


def double_buffer(a, steps):
    b = np.zeros_like(a)
    for _ in range(steps):
        b[1:-1] = a[1:-1] * (1.0 - 0.1 * a[:-2]) + 0.1 * a[2:]
        a, b = b, a
    return (a * a).sum()


DOUBLE_BUFFER_AUTOGRAD = """
def double_buffer(a, steps):
    b = np.zeros(a.shape)
    for _ in range(steps):
        inner = a[1:-1] * (1.0 - 0.1 * a[:-2]) + 0.1 * a[2:]
        b = np.concatenate([b[:1], inner, b[-1:]])
        a, b = b, a
    return (a * a).sum()
"""
DOUBLE_BUFFER_JAX = """
def double_buffer(a, steps):
    b = np.zeros_like(a)
    def step(_, buffers):
        a, b = buffers
        b = b.at[1:-1].set(a[1:-1] * (1.0 - 0.1 * a[:-2]) + 0.1 * a[2:])
        return b, a
    a, b = lax.fori_loop(0, steps, step, (a, b))
    return (a * a).sum()
"""


@dataclass(frozen=True)
class Program:
    """One program, at several sizes, and its versions for the peers."""

    primal: Callable
    autograd: str
    jax: str
    sizes: tuple[tuple[int, int], ...]           # (length of the array, second argument)

    @property
    def name(self) -> str:
        return self.primal.__name__.replace("_", " ")

    def changed(self, text: str) -> int:
        """How many lines differ from the program."""
        before = textwrap.dedent(inspect.getsource(self.primal)).strip().split("\n")
        blocks = difflib.SequenceMatcher(None, before, text.strip().split("\n"), autojunk=False).get_opcodes()
        return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in blocks if tag != "equal")


PROGRAMS = (
    Program(recurrence, RECURRENCE_AUTOGRAD, RECURRENCE_JAX, tuple((n, n) for n in (100, 1000, 10_000, 100_000))),
    Program(heat, HEAT_AUTOGRAD, HEAT_JAX, ((100, 100), (1000, 100), (10_000, 100))),
    Program(double_buffer, DOUBLE_BUFFER_AUTOGRAD, DOUBLE_BUFFER_JAX, ((100, 100), (1000, 100), (10_000, 100))),
)


def start(n: int) -> np.ndarray:
    return 0.5 + 0.5 * np.random.default_rng(0).random(n)


def executed(text: str, names: dict) -> dict:
    exec(compile(text, "<rewritten>", "exec"), names)
    return names


def generated(program: Program, n: int, k: int) -> Callable:
    """The generated function itself."""
    derivative = srcad.grad(program.primal)
    derivative(start(n), k)
    return derivative.variants[0].function


def by_autograd(program: Program, n: int, k: int) -> Callable[[], np.ndarray]:
    import autograd
    import autograd.numpy

    names = executed(program.autograd, {"np": autograd.numpy, "math": autograd.numpy})
    derivative, x = autograd.grad(names[program.primal.__name__]), start(n)
    return lambda: derivative(x, k)


def by_jax(program: Program, n: int, k: int) -> Callable[[], np.ndarray]:
    import jax
    import jax.numpy

    jax.config.update("jax_enable_x64", True)
    names = executed(program.jax, {"np": jax.numpy, "math": jax.numpy, "lax": jax.lax})
    derivative = jax.jit(jax.grad(names[program.primal.__name__]), static_argnums=1)
    x = jax.numpy.asarray(start(n))
    return lambda: jax.block_until_ready(derivative(x, k))


PEERS = {"autograd": by_autograd, "jax": by_jax}
#: Longest arrays for which the reverse of a loop that carries the array is not out of the question.
LARGEST = {"autograd": 10_000, "jax": 10_000}


def candidates(program: Program, n: int, k: int, peers: tuple[str, ...]) -> dict[str, Callable]:
    """What is timed: each called without arguments; those that write work on a copy."""
    x, gradient = start(n), generated(program, n, k)
    calls: dict[str, Callable] = {"primal": lambda: program.primal(x.copy(), k), "srcad": lambda: gradient(x.copy(), k)}
    expected = calls["srcad"]()
    for name in peers:
        if n > LARGEST[name] or name == "jax" and program.primal is recurrence and n > 1000:
            continue
        call = PEERS[name](program, n, k)
        np.testing.assert_allclose(call(), expected, rtol=1e-9, atol=1e-12, err_msg=f"{program.name}: {name}")
        begin = time.perf_counter()
        call()
        if time.perf_counter() - begin <= LONGEST:
            calls[name] = call
    return calls


def rows(peers: tuple[str, ...], rounds: int) -> list[tuple[str, ...]]:
    made = []
    for program in PROGRAMS:
        for n, k in program.sizes:
            calls = candidates(program, n, k, peers)
            primal = calls.pop("primal")
            ratios, best = {}, float("inf")
            for name, call in calls.items():         # each beside the program alone: they are in one another's way in the caches
                seconds = interleaved({"primal": primal, name: call}, rounds)
                ratios[name] = f"{seconds[name] / seconds['primal']:.2f}"
                best = min(best, seconds["primal"])
            made.append((program.name, str(n), f"{best * 1e6:.0f}", *(ratios.get(name, "-") for name in ("srcad", *PEERS)),
                         str(program.changed(program.autograd)), str(program.changed(program.jax))))
    return made


def table(lines: list[tuple[str, ...]]) -> str:
    """The times as a Markdown table."""
    heads = ("program", "n", "primal, µs", "srcad/primal", "autograd/primal", "jax/primal", "changed, autograd", "changed, jax")
    everything = [heads, *lines]
    widths = [max(len(line[k]) for line in everything) for k in range(len(heads))]

    def printed(line: tuple[str, ...]) -> str:
        cells = [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))]
        return "| " + " | ".join(cells) + " |"

    rule = "|" + "|".join("-" * (width + 1) + ("-" if k == 0 else ":") for k, width in enumerate(widths)) + "|"
    return "\n".join([printed(heads), rule, *map(printed, lines)])


NOTES = """\
Programs that write to arrays; the gradient of each, as a ratio to the program itself. srcad differentiates them as they are.
`changed` counts the lines that had to be rewritten for autograd, which refuses writes, and for `jax.jit`, with
`lax.fori_loop` and `.at[]`. JAX records the array that a loop carries once a trip, which for the recurrence takes memory in
proportion to n²: longer ones than shown are not run."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    peers = tuple(name for name in PEERS if importlib.util.find_spec(name))
    text = table(rows(peers, options.rounds))
    print(text)
    if options.write:
        packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", *peers))
        write_section("Arrays that are written to", f"Measured by `python benchmarks/inplace.py --write` with Python "
                      f"{platform.python_version()}, {packages}.\n\n{NOTES}\n\n{text}")


if __name__ == "__main__":
    main()
