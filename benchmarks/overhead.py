"""How fast is generated code? Against the function itself, derivatives by hand, autograd, jax.jit and PyTorch.

Run ``python benchmarks/overhead.py``; ``--write`` puts the table into docs/performance.md. Each candidate's derivative
is compared with the one by hand before anything is timed. What is timed is the generated function; what the object
that dispatches to it adds to a call is measured by itself. BLAS runs on one thread.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_variable] = "1"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import argparse
import importlib.util
import platform
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import numpy as np

import array_kernels
import model_kernels
import scalar_kernels
import srcad
from kernel import Kernel
from page import PAGE, write_head
from plot import plot
from timing import interleaved
from torch_peer import by_torch, plain

KERNELS = scalar_kernels.KERNELS + array_kernels.KERNELS + model_kernels.KERNELS
PLOT = PAGE.with_suffix(".svg")
NOTES = """\
`primal` is the time of the function itself; every other column is a ratio of times measured in one run, interleaved,
the least of all rounds, with BLAS on one thread. `hand` is a derivative written by hand, `srcad` the generated
function; scalar kernels compute the gradient, array kernels value and gradient. `changed` counts the lines of the
function that had to be rewritten for JAX; autograd and JAX also need their own NumPy in place of `np` and `math`, and
autograd has no derivative of what is written in place, PyTorch none of elements that are overwritten after they were read.
PyTorch runs as it is (eager), on its own tensors. The plot shows the same ratios to the primal."""


def generated(kernel: Kernel) -> Callable:
    """The generated function itself, without the object that dispatches to it."""
    transform = srcad.value_and_grad if kernel.with_value else srcad.grad
    derivative = transform(kernel.primal, kernel.argnums, **kernel.options)
    derivative(*kernel.args)
    variant = derivative.variants[0]
    return variant.function


def by_autograd(kernel: Kernel) -> Callable:
    import autograd
    import autograd.numpy
    import autograd.scipy.special

    names = {name: getattr(autograd.numpy, name) for name in ("log", "sqrt", "exp", "sin", "cos", "pi")}
    math = argparse.Namespace(**names, erf=autograd.scipy.special.erf)
    primal = kernel.rewritten({"np": autograd.numpy, "math": math})
    transform = autograd.value_and_grad if kernel.with_value else autograd.grad
    return transform(primal, kernel.argnums)


def by_jax(kernel: Kernel) -> Callable:
    import jax
    import jax.numpy

    jax.config.update("jax_enable_x64", True)
    names = {name: getattr(jax.numpy, name) for name in ("log", "sqrt", "exp", "sin", "cos", "pi")}
    math = argparse.Namespace(**names, erf=jax.scipy.special.erf)
    primal = kernel.rewritten({"np": jax.numpy, "math": math, "lax": jax.lax}, kernel.jax)
    transform = jax.value_and_grad if kernel.with_value else jax.grad
    compiled = jax.jit(transform(primal, kernel.argnums), static_argnums=kernel.static)
    return lambda *args: jax.block_until_ready(compiled(*args))


def jax_arguments(kernel: Kernel) -> tuple:
    """The kernel's arguments on JAX's device, so that moving them is not timed."""
    import jax

    jax.config.update("jax_enable_x64", True)
    return tuple(
        arg if position in kernel.static else jax.tree_util.tree_map(jax.numpy.asarray, arg)
        for position, arg in enumerate(kernel.args)
    )


def leaves(value) -> Iterator[np.ndarray]:
    """The numbers and arrays in nested tuples and lists, in order."""
    if isinstance(value, tuple | list):
        for part in value:
            yield from leaves(part)
    else:
        yield np.asarray(value)


def assert_agree(kernel: Kernel, name: str, result, expected) -> None:
    """Raise unless both derivatives are the same, up to rounding."""
    found, wanted = list(leaves(result)), list(leaves(expected))
    if [part.shape for part in found] != [part.shape for part in wanted]:
        raise AssertionError(f"{kernel.name}: {name} returns other shapes than the derivative by hand")
    for a, b in zip(found, wanted):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-11, err_msg=f"{kernel.name}: {name} against by hand")


def derivatives(kernel: Kernel, peers: tuple[str, ...]) -> dict[str, Callable[[], object]]:
    """Everything that is timed for a kernel, each checked against the derivative by hand."""
    calls = {"hand": partial(kernel.hand, *kernel.args), "srcad": partial(generated(kernel), *kernel.args)}
    if "autograd" in peers and not kernel.in_place:
        calls["autograd"] = partial(by_autograd(kernel), *kernel.args)
    if "jax" in peers:
        calls["jax"] = partial(by_jax(kernel), *jax_arguments(kernel))
    if "torch" in peers and (derivative := by_torch(kernel)) is not None:
        calls["torch"] = derivative
    expected = calls["hand"]()
    for name, call in calls.items():
        result = call()
        assert_agree(kernel, name, plain(result) if name == "torch" else result, expected)
    return {"primal": partial(kernel.primal, *kernel.args), **calls}


@dataclass(frozen=True)
class Row:
    """The times of one kernel, in seconds per call."""

    kernel: Kernel
    seconds: dict[str, float]

    def ratio(self, above: str, below: str) -> float | None:
        return self.seconds[above] / self.seconds[below] if above in self.seconds else None


def measure(kernel: Kernel, peers: tuple[str, ...], rounds: int) -> Row:
    return Row(kernel, interleaved(derivatives(kernel, peers), rounds))


def measure_dispatch(rounds: int) -> tuple[float, float]:
    """Seconds per call of the lecture's gradient through the object that dispatches, and without it."""
    kernel = scalar_kernels.KERNELS[0]
    whole = srcad.grad(kernel.primal, kernel.argnums)
    times = interleaved({"object": lambda: whole(2.0, 5.0), "function": bare(generated(kernel))}, rounds)
    return times["object"], times["function"]


def bare(function: Callable) -> Callable[[], object]:
    return lambda: function(2.0, 5.0)


def table(rows: list[Row]) -> str:
    """The times as a Markdown table."""
    heads = ("kernel", "primal, µs", "hand/primal", "srcad/primal", "srcad/hand", "autograd/primal", "jax/primal",
             "torch/primal")
    body = [
        (
            row.kernel.name,
            f"{row.seconds['primal'] * 1e6:.2f}",
            shown(row.ratio("hand", "primal")),
            shown(row.ratio("srcad", "primal")),
            shown(row.ratio("srcad", "hand")),
            shown(row.ratio("autograd", "primal")),
            shown(row.ratio("jax", "primal")),
            shown(row.ratio("torch", "primal")),
            str(row.kernel.changed_lines() or "-"),
        )
        for row in rows
    ]
    lines = [(*heads, "changed"), *body]
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]

    def printed(line: tuple[str, ...]) -> str:
        cells = [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))]
        return "| " + " | ".join(cells) + " |"

    rule = "|" + "|".join("-" * (width + 1) + ("-" if k == 0 else ":") for k, width in enumerate(widths)) + "|"
    return "\n".join([printed(lines[0]), rule, *map(printed, body)])


def ratios(row: Row) -> dict[str, float]:
    """What each derivative costs, in times of the primal."""
    return {name: row.ratio(name, "primal") for name in ("hand", "srcad", "jax", "torch", "autograd") if name in row.seconds}


def shown(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def report(rows: list[Row], dispatch: tuple[float, float]) -> str:
    """The table, with what it comes to."""
    against_hand = [row.ratio("srcad", "hand") for row in rows]
    against_primal = [row.ratio("srcad", "primal") for row in rows]
    with_object, without = dispatch
    return "\n".join(
        [
            table(rows),
            "",
            f"- srcad/hand: median {statistics.median(against_hand):.2f}, worst {max(against_hand):.2f}",
            f"- srcad/primal: median {statistics.median(against_primal):.2f}, worst {max(against_primal):.2f}",
            f"- a call of the `Derivative` with two floats: {with_object * 1e6:.2f} µs, of which dispatch "
            f"{(with_object - without) * 1e6:.2f} µs",
        ]
    )


def machine(peers: tuple[str, ...]) -> str:
    """The versions that the numbers are for."""
    packages = [f"{name} {version(name)}" for name in ("numpy", *peers)]
    return ", ".join([f"Python {platform.python_version()}", *packages])


def installed_peers() -> tuple[str, ...]:
    return tuple(name for name in ("autograd", "jax", "torch") if importlib.util.find_spec(name))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="time only the kernels whose name contains this")
    parser.add_argument("--rounds", type=int, default=100, help="how often each candidate is timed")
    parser.add_argument("--no-peers", action="store_true", help="leave out autograd, JAX and PyTorch")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args(argv)
    if options.write and options.only:
        parser.error("--write needs all kernels")
    peers = () if options.no_peers else installed_peers()
    chosen = [kernel for kernel in KERNELS if options.only.lower() in kernel.name.lower()]
    if not chosen:
        parser.error(f"no kernel's name contains {options.only!r}")

    rows = [measure(kernel, peers, options.rounds) for kernel in chosen]
    text = report(rows, measure_dispatch(options.rounds))
    print(text)
    if options.write:
        head = f"# Performance\n\nMeasured by `python benchmarks/overhead.py --write` with {machine(peers)}.\n\n"
        write_head(f"{head}{NOTES}\n\n{text}\n\n![Times of derivatives]({PLOT.name})")
        PLOT.write_text(plot([(row.kernel.name, ratios(row)) for row in rows]), encoding="utf-8")


if __name__ == "__main__":
    main()
