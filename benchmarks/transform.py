"""How long does srcad take? To be imported, and for the first call of a derivative, by length of the function.

Run ``python benchmarks/transform.py``. The functions are made up: statements in a straight line, and others with
loops and branches among them. Each is timed as new text under a new name, so that no cache can help.
"""

from __future__ import annotations

import argparse
import itertools
import linecache
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import srcad

SIZES = (25, 100, 400, 5000)
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
_fresh = itertools.count()


def function_text(pattern: tuple[str, ...], statements: int) -> str:
    """A function of x and y with at least so many statements (an `else` is none); the pattern is repeated whole."""
    per_repeat = sum(line.strip() != "else:" for line in pattern)
    repeats = math.ceil(statements / per_repeat)
    lines = [line.format(k=k, n=repeats) for k in range(repeats) for line in pattern]
    head = ["def function(x, y):", "    t = x", "    u = y", "    v = 0.0"]
    return "\n".join([*head, *("    " + line for line in lines), "    return t + u * v", ""])


def load(text: str) -> Callable:
    """The function that the text defines, under a file name not used before."""
    filename = f"<function {next(_fresh)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace = {"math": math, "__name__": "benchmark"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["function"]


def transform_time(text: str, repeats: int) -> float:
    """Median seconds from `grad` to the end of the first call."""
    times = []
    for _ in range(repeats):
        function = load(text)
        start = time.perf_counter()
        srcad.grad(function, argnums=(0, 1))(0.7, 0.3)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def import_time(repeats: int) -> tuple[float, float]:
    """Median seconds to import NumPy, and then srcad, in a new interpreter."""
    program = (
        "import time; start = time.perf_counter(); import numpy; middle = time.perf_counter(); import srcad; "
        "print(middle - start, time.perf_counter() - middle)"
    )
    runs = [
        [float(part) for part in subprocess.check_output([sys.executable, "-c", program], text=True).split()]
        for _ in range(repeats)
    ]
    numpy_time, srcad_time = map(statistics.median, zip(*runs))
    return numpy_time, srcad_time


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of statements")
    parser.add_argument("--repeats", type=int, default=5, help="how often each time is taken (long functions: once)")
    options = parser.parse_args(argv)

    numpy_time, srcad_time = import_time(options.repeats)
    print(f"import: numpy {numpy_time * 1e3:.0f} ms, srcad after it {srcad_time * 1e3:.0f} ms")
    first = transform_time(function_text(STRAIGHT, 1), 1)
    print(f"first transform of a process: {first * 1e3:.1f} ms\n")
    print(f"{'statements':>10}  {'straight':>12}  {'per line':>9}  {'structured':>12}  {'per line':>9}")
    for size in options.sizes:
        repeats = options.repeats if size <= 1000 else 1
        cells = [transform_time(function_text(pattern, size), repeats) for pattern in (STRAIGHT, STRUCTURED)]
        shown = [f"{seconds * 1e3:9.1f} ms  {seconds / size * 1e6:6.0f} µs" for seconds in cells]
        print(f"{size:10d}  {'  '.join(shown)}")


if __name__ == "__main__":
    main()
