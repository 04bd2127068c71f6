"""How long does srcad take? To be imported, to find a derivative on the disk, and to make one, by length of the function.

Run ``python benchmarks/transform.py``; ``--write`` puts the figures into docs/performance.md. The functions are made up:
statements in a straight line, short or long, of numbers or of arrays, and others with loops and branches among them. Each is
timed as new text under a new name, so that no cache can help; every figure is the least of several.
"""

from __future__ import annotations

import argparse
import itertools
import linecache
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np

import srcad
from page import write_section

SIZES = (20, 100, 400, 5000)
SHORT = (
    "t = x * math.sin(u)",
    "v = t + u",
    "u = 0.5 * v - y",
    "t = u / (1.0 + v * v)",
    "u = math.exp(-t)",
)
STRAIGHT = (
    "t = 0.5 * math.sin(t) + x * {k}.0 / {n}.0",
    "u = u * math.cos(t) - y",
    "v = (t - u) / (2.0 + u * u)",
    "t = t + 0.1 * v",
    "u = math.exp(-v * v) * x",
)
STRUCTURED = (
    "for i in range(2):",
    "    t = 0.5 * math.sin(t) + x * i",
    "    if t > u:",
    "        u = 0.9 * u + t * y",
    "    else:",
    "        u = u - 0.1 * t",
    "v = (t - u) / (2.0 + u * u)",
    "t = t + 0.1 * v",
    "u = math.exp(-v * v) * x",
)
ARRAYS = (
    "t = 0.5 * np.sin(t) + x * {k}.0 / {n}.0",
    "u = u * np.cos(t) - y",
    "v = (t - u) / (2.0 + u * u)",
    "t = t + 0.1 * np.mean(v)",
    "u = np.exp(-v * v) * x[::-1]",
)
#: What a new interpreter runs: prints how long each step takes. The first two steps are the imports.
STEPS = ("import numpy as np", "import srcad", "g = srcad.grad(f, argnums=(0, 1))", "g(0.7, 0.3)", "g(0.7, 0.3)")
NOTES = """\
`import srcad`: in a new interpreter, after `import numpy`, with the byte code that Python writes at the first import. The
compiler is not among it: it is loaded by the first derivative that is not on the disk. The first call of a derivative (of a
function of twenty statements and two numbers) is timed in new interpreters too. Below, what a first call takes when the compiler
is there and the disk cache is off, by the number of statements: short ones of numbers, with about two operations; long ones,
with nearly four; the same of arrays; and with a loop and a branch every eight."""
_PATTERNS = (SHORT, STRAIGHT, ARRAYS, STRUCTURED)
_fresh = itertools.count()


def function_text(pattern: tuple[str, ...], statements: int) -> str:
    """A function of x and y with at least so many statements (an `else` is none); the pattern is repeated whole."""
    per_repeat = sum(line.strip() != "else:" for line in pattern)
    repeats = math.ceil(statements / per_repeat)
    lines = [line.format(k=k, n=repeats) for k in range(repeats) for line in pattern]
    head = ["def function(x, y):", "    t = x", "    u = y", "    v = 0.0"]
    result = "np.sum(t + u * v)" if pattern is ARRAYS else "t + u * v"
    return "\n".join([*head, *("    " + line for line in lines), f"    return {result}", ""])


def load(text: str) -> Callable:
    """The function that the text defines, under a file name not used before."""
    filename = f"<function {next(_fresh)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace = {"math": math, "np": np, "__name__": "benchmark"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["function"]


def transform_time(pattern: tuple[str, ...], statements: int, repeats: int) -> float:
    """Least seconds of the processor from `grad` to the end of the first call."""
    text = function_text(pattern, statements)
    args = (np.linspace(0.1, 0.9, 5), np.linspace(0.4, 0.2, 5)) if pattern is ARRAYS else (0.7, 0.3)
    times = []
    for _ in range(repeats):
        function = load(text)
        start = time.process_time()
        srcad.grad(function, argnums=(0, 1))(*args)
        times.append(time.process_time() - start)
    return min(times)


def start_times(repeats: int) -> dict[str, list[float]]:
    """Least seconds of each of `STEPS` in new interpreters: with nothing on the disk, and with the derivative there."""
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / "program.py"
        steps = "".join(f"{step}\ntimes.append(time.perf_counter())\n" for step in STEPS)
        program.write_text(f"import math, time\n{function_text(STRAIGHT, 20).replace('function', 'f')}"
                           f"times = [time.perf_counter()]\n{steps}print(*(b - a for a, b in zip(times, times[1:])))\n")
        environment = os.environ | {"PYTHONPYCACHEPREFIX": str(Path(directory) / "bytecode"),
                                    "PYTHONPATH": str(Path(srcad.__file__).parent.parent),
                                    "SRCAD_CACHE": "1", "SRCAD_CACHE_DIR": str(Path(directory) / "cache")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def once(**changes: str) -> list[float]:
            done = subprocess.run([sys.executable, str(program)], env=environment | changes, check=True, capture_output=True,
                                  text=True)
            return [float(word) for word in done.stdout.split()]

        once()                               # writes byte code, and the derivative
        runs = {"cold": [], "warm": []}
        for _ in range(repeats):
            runs["cold"].append(once(SRCAD_CACHE="0"))
            runs["warm"].append(once())
    return {name: [min(times) for times in zip(*found)] for name, found in runs.items()}


def start_table(repeats: int) -> str:
    """Imports and first calls."""
    times = start_times(repeats)
    rows = [("`import numpy`", times["warm"][0]), ("`import srcad` after it", times["warm"][1]),
            ("`grad(f)`", times["warm"][2]), ("first call, the derivative on the disk", times["warm"][3]),
            ("first call, the compiler to be loaded", times["cold"][3])]
    lines = ["| step | ms |", "|---|---:|", *(f"| {name} | {seconds * 1e3:.1f} |" for name, seconds in rows)]
    return "\n".join(lines)


def size_table(sizes: tuple[int, ...], repeats: int) -> str:
    """First calls by number of statements."""
    lines = ["| statements | short, ms | long, ms | arrays, ms | loops and branches, ms | ms a statement |",
             "|---:|---:|---:|---:|---:|---|"]
    transform_time(STRAIGHT, 1, 1)           # loads the compiler
    for size in sizes:
        times = [transform_time(pattern, size, repeats if size <= 1000 else 1) for pattern in _PATTERNS]
        cells = " | ".join(f"{seconds * 1e3:.1f}" for seconds in times)
        lines.append(f"| {size} | {cells} | {', '.join(f'{seconds / size * 1e3:.2f}' for seconds in times)} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of statements")
    parser.add_argument("--repeats", type=int, default=20, help="how often each time is taken (long functions: once)")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args(argv)
    os.environ["SRCAD_CACHE"] = "0"
    text = f"{start_table(options.repeats)}\n\n{size_table(options.sizes, options.repeats)}"
    print(text)
    if options.write:
        write_section("Start and compilation", f"Measured by `python benchmarks/transform.py --write` with Python "
                      f"{platform.python_version()}, numpy {version('numpy')}.\n\n{NOTES}\n\n{text}")


if __name__ == "__main__":
    main()
