"""Which programs of the test corpus run under Numba, and why the others do not.

Run ``python benchmarks/numba_corpus.py``; ``--write`` puts the table into docs/numba.md, ``--part K N`` runs every N-th
program from the K-th on. With ``--results FILE`` what has been found is kept there, a line for each program, and not looked for
again: several processes may fill one file, and a run goes on where another has stopped. A program counts if its value is NumPy's
to 1e-12 and its gradient Python's to 1e-9. Of the others the table says whether Numba runs the function itself.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import types
import warnings
from collections import Counter
from pathlib import Path

import numba
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
    for pattern, said in GENERAL:
        text = re.sub(pattern, said, text)
    return text


#: What a reason says of one program → what it says of all.
GENERAL = (
    (r"^it has no form", "Numba has no form"), (r"0x[0-9a-f]+", "0x"), (r" of type (\w+)'s.*", r" of type \1"),
    (r"^the argument \w+ holds a list", "an argument holds a list"), (r"(?s) Raised from .*", ""),
    (r"Function\(<(?:function|built-in function|class) '?([\w.]+)'?[^)]*\) found for signature:", r"`\1` for what it is given"),
)


# --- the functions themselves -----------------------------------------------------------------------------------------


def runs_itself(program: Program) -> bool:
    """Does Numba compile the function, and those it calls, to what gives its value?"""
    wanted = program.function(*fresh(program.points[0]), **program.kwargs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = jitted(program.function, {})(*fresh(program.points[0]), **program.kwargs)
        except Exception:                           # Numba's refusals are of many classes
            return False
    return not differs(found, wanted, 1e-12)


def jitted(function: types.FunctionType, known: dict):
    """A function under `njit`, and the functions of its module that it calls as well."""
    if function not in known:
        names = dict(function.__globals__)
        made = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
        made.__kwdefaults__ = function.__kwdefaults__
        known[function] = numba.njit(made)
        for name in names_in(function.__code__):
            if isinstance(names.get(name), types.FunctionType):
                names[name] = jitted(names[name], known)
    return known[function]


def names_in(code: types.CodeType) -> set[str]:
    """The global names of a function and of those inside it."""
    return set(code.co_names).union(*(names_in(c) for c in code.co_consts if isinstance(c, types.CodeType)))


# --- the table --------------------------------------------------------------------------------------------------------


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", nargs=2, type=int, default=(0, 1), help="every N-th program from the K-th on")
    parser.add_argument("--only", default="", help="programs whose name contains this")
    parser.add_argument("--results", type=Path, help="a file of what has been found, which is added to")
    parser.add_argument("--write", action="store_true", help="write the table into docs/numba.md")
    options = parser.parse_args(argv)
    first, step = options.part
    found = kept(options.results)
    for p in [p for p in PROGRAMS[first::step] if options.only in p.name and p.name not in found]:
        why = verdict(p)
        found[p.name] = why, why != "runs" and runs_itself(p)
        if options.results:
            with options.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps([p.name, *found[p.name]]) + "\n")
        if why != "runs":
            print(f"{p.name}: {why}", flush=True)
    text = table({p.name: found[p.name] for p in PROGRAMS if p.name in found})
    print(text)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def kept(results: Path | None) -> dict[str, tuple[str, bool]]:
    """What has been found already: by the name of a program why it does not run, and whether Numba runs the function."""
    if results is None or not results.exists():
        return {}
    lines = map(json.loads, results.read_text(encoding="utf-8").splitlines())
    return {name: (why, itself) for name, why, itself in lines}


def table(found: dict[str, tuple[str, bool]]) -> str:
    """The share that runs, and each other program by its reason."""
    counts = Counter("runs" if why == "runs" else itself for why, itself in found.values())
    which = "" if len(found) == len(PROGRAMS) else f" (of {len(PROGRAMS)})"
    lines = [f"{counts['runs']} of {len(found)} programs of the test corpus{which} run, with the values and gradients of Python. "
             f"Of the others Numba runs {counts[True] or 'none'} itself" + (", marked by a star." if counts[True] else "."),
             "", "| programs | why not |", "|---|---|"]
    for text in sorted({why for why, _ in found.values()} - {"runs"}, key=str.lower):
        names = ", ".join(f"`{name}`{' *' * itself}" for name, (why, itself) in found.items() if why == text)
        lines.append(f"| {names} | {text.replace('|', '/')} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
