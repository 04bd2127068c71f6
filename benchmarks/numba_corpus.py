"""Which programs of the test corpus run under Numba, and why the others do not.

Run ``python benchmarks/numba_corpus.py``; ``--write`` puts the table into docs/numba.md, ``--part K N`` runs every N-th
program from the K-th on. A program counts if its value is NumPy's to 1e-12 and its gradient Python's to 1e-9.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from corpus.registry import PROGRAMS, Program  # noqa: E402
from test_corpus import disconnected, fresh  # noqa: E402

import srcad  # noqa: E402
from srcad.runtime import attributes_of  # noqa: E402

PAGE = ROOT / "docs" / "numba.md"
BEGIN, END = "<!-- corpus -->", "<!-- /corpus -->"


def leaves(value) -> list:
    """The numbers and arrays in a result."""
    if isinstance(value, tuple | list):
        return [leaf for item in value for leaf in leaves(item)]
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if (names := attributes_of(value)) is not None:
        return [leaf for name in names for leaf in leaves(getattr(value, name))]
    return [] if value is None or isinstance(value, str) else [np.asarray(value)]


def differs(found, wanted, tolerance: float) -> bool:
    """Are the numbers others? Those of single precision may differ by that."""
    a, b = leaves(found), leaves(wanted)
    return len(a) != len(b) or not all(
        x.shape == y.shape and np.allclose(x, y, rtol=(t := max(tolerance, precision(y))), atol=t, equal_nan=True)
        for x, y in zip(a, b))


def precision(x: np.ndarray) -> float:
    return 64.0 * float(np.finfo(x.dtype).eps) if x.dtype in (np.float32, np.complex64) else 0.0


def verdict(program: Program) -> str:
    """"runs", or why not."""
    try:
        return _verdict(program)
    except srcad.SrcadError as error:
        return reason(error)
    except Exception as error:
        return f"error: {type(error).__name__}: {str(error).splitlines()[0][:80] if str(error) else ''}"


def _verdict(program: Program) -> str:
    scalar = isinstance(program.function(*fresh(program.points[0]), **program.kwargs), int | float | np.floating)
    options = {"disconnected": disconnected(program)} if scalar else {}
    make = srcad.value_and_grad if scalar else srcad.adjoint
    compiled, plain = (make(program.function, program.argnums, backend=backend, **options) for backend in ("numba", "python"))
    for point in program.points:
        seed = () if scalar else (program.function(*fresh(point), **program.kwargs),)
        if not scalar and not all(np.issubdtype(leaf.dtype, np.inexact) for leaf in leaves(seed)):
            return "runs"                                   # nothing to differentiate
        if program.kwargs and not scalar:
            given = {"result_bar": seed[0]}
            found = compiled(*fresh(point), **program.kwargs, **given)
            wanted = plain(*fresh(point), **program.kwargs, **given)
        else:
            found = compiled(*fresh(point), *fresh(seed), **program.kwargs)
            wanted = plain(*fresh(point), *fresh(seed), **program.kwargs)
        if scalar and differs(found[0], wanted[0], 1e-12):
            return "another value"
        if differs(found, wanted, 1e-9):
            return "another gradient"
    return "runs"


def reason(error: srcad.SrcadError) -> str:
    """An error's reason, without what is the program's own."""
    text = re.sub(r"^Numba cannot compile the derivative: ", "", str(error.reason))
    return re.sub(r"0x[0-9a-f]+", "0x", text)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", nargs=2, type=int, default=(0, 1), help="every N-th program from the K-th on")
    parser.add_argument("--only", default="", help="programs whose name contains this")
    parser.add_argument("--write", action="store_true", help="write the table into docs/numba.md")
    options = parser.parse_args(argv)
    first, step = options.part
    chosen = [p for p in PROGRAMS[first::step] if options.only in p.name]
    found = {}
    for p in chosen:
        found[p.name] = verdict(p)
        if found[p.name] != "runs":
            print(f"{p.name}: {found[p.name]}", flush=True)
    text = table(found, step)
    print(text)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def table(found: dict[str, str], step: int = 1) -> str:
    """The share that runs, and each other program by its reason."""
    counts = Counter(found.values())
    which = "" if step == 1 else f" (every {step}th)"
    lines = [f"{counts['runs']} of {len(found)} programs of the test corpus run{which}, with the values and gradients of Python.",
             "",
             "| programs | why not |", "|---|---|"]
    for text in sorted(set(found.values()) - {"runs"}):
        names = ", ".join(f"`{name}`" for name, why in found.items() if why == text)
        lines.append(f"| {names} | {text.replace('|', '/')} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
