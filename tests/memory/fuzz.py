"""Random programs that write in place, many of them: ``python -m tests.memory.fuzz --seed 0 --count 1000``.

Each is differentiated and checked against complex step, with the final state of its arguments: in both modes, optimised or
not, and half of them to second order, where the Hessian must be symmetric and that of differences (``--all``: every program
in every way). What fails is printed with its seed, shrunk to a few lines. The exit code is the number of programs that were
wrong, at most 100.
"""

from __future__ import annotations

import argparse
import collections
import gc
import sys
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from srcad.errors import SrcadError

from . import random_containers
from .check import CURVATURES, check, check_curvature, own
from .random_programs import ENDINGS, Generator, load, shrink, source


def arguments() -> tuple:
    r = np.random.default_rng(5)
    return r.normal(size=4) * 0.5, r.normal(size=4) * 0.5, r.normal(size=(4, 4)) * 0.5, 0.7


def number(value):
    """One number that tells whether a result is sound."""
    return sum(map(number, value)) if isinstance(value, tuple) else np.sum(np.asarray(value) * np.arange(1, np.size(value) + 1))


def is_steep(function) -> bool:
    """Does rounding decide the derivative?"""
    args = own(arguments())
    moved = [a * (1.0 + 1e-30j) for a in args]
    slope = np.imag(number(function(*moved))) / 1e-30
    return not np.isfinite(slope) or abs(slope) > 1e6


@dataclass(frozen=True)
class Share:
    """What of the derivatives of one program is checked: modes and `optimize` of `check`, `how` of `check_curvature`."""

    modes: tuple = ("pair", "adjoint", "tangent")
    optimize: tuple = (True, False)
    how: tuple = CURVATURES


#: All that there is to check.
EVERYTHING = Share()
#: What is checked of one program in turn, in a long run: nearly all of the time goes into making derivatives.
SHARES = (Share(("tangent",), (True,), CURVATURES[:1]), Share(("pair", "tangent"), (True,), ()),
          Share(("adjoint", "tangent"), (False,), ()), Share(("pair",), (True,), CURVATURES[1:2]),
          Share(("tangent",), (False,), CURVATURES[:1]), Share(("pair", "tangent"), (True,), ()),
          Share(("adjoint", "tangent"), (False,), ()), Share(("pair",), (True,), CURVATURES[2:]))


def verdict(text: str, share: Share = EVERYTHING, given=arguments) -> tuple[str, str]:
    """("ok" | "first" | "refused" | "illegal" | "wrong", why); "first": right, but the second derivative is refused."""
    try:
        function = load(text)
    except SyntaxError as error:
        return "illegal", str(error)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = number(function(*own(given())))
            steep = is_steep(function)
    except Exception as error:
        return "illegal", str(error)
    if not np.isfinite(value) or abs(value) > 1e6:
        return "illegal", "overflow"
    if steep:
        return "illegal", "the derivative is too large to be checked"
    what, why = judged(check, function, *given(), optimize=share.optimize, modes=share.modes)
    for how in share.how if what == "ok" else ():
        what, why = judged(check_curvature, function, *given(), how=how, optimize=share.optimize[0])
        if what != "ok":
            return "first" if what == "refused" else what, why
    return what, why


def judged(call, *args, **options) -> tuple[str, str]:
    """What becomes of a check."""
    try:
        call(*args, **options)
    except SrcadError as error:
        return "refused", str(error)
    except RuntimeWarning as error:
        return ("illegal" if "overflow" in str(error) else "wrong"), str(error)
    except ValueError as error:
        return ("refused" if "assign a copy" in str(error) else "wrong"), str(error)
    except Exception as error:
        return "wrong", f"{type(error).__name__}: {error}"
    return "ok", ""


def is_wrong(text: str, share: Share) -> bool:
    return verdict(text, share)[0] == "wrong"


def run(seeds: Iterable[int], failed, generator=Generator, shares: tuple = SHARES) -> collections.Counter:
    """Check programs; ``failed(seed, why, text)`` is called with the shrunk text of each that is wrong."""
    count: collections.Counter = collections.Counter()
    for seed in seeds:
        made, share = generator(seed), shares[seed % len(shares)]
        what, why = verdict(source(made.tree, made.last, made.head), share)
        count[what] += 1
        if what == "wrong":
            fails = partial(is_wrong, share=share)
            failed(seed, why, shrink(made.tree, made.last, fails, 60, made.head, made.endings or ENDINGS))
    return count


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Differentiate random programs that write in place, and check them.")
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--every", type=int, default=500, help="report after so many")
    parser.add_argument("--containers", action="store_true", help="programs that change lists and dicts, not arrays")
    parser.add_argument("--all", action="store_true", help="check every derivative of every program")
    given = parser.parse_args(argv)
    generator = random_containers.Generator if given.containers else Generator
    total: collections.Counter = collections.Counter()
    start = time.perf_counter()

    def failed(seed: int, why: str, text: str) -> None:
        print(f"WRONG seed {seed}: {why}\n{text}", flush=True)

    warnings.simplefilter("error", RuntimeWarning)
    gc.set_threshold(200_000, 10, 10)        # a tenth of the time otherwise
    for first in range(given.seed, given.seed + given.count, given.every):
        total += run(range(first, min(first + given.every, given.seed + given.count)), failed, generator,
                     (EVERYTHING,) if given.all else SHARES)
        done = ", ".join(f"{what} {total[what]}" for what in ("ok", "first", "refused", "illegal", "wrong"))
        print(f"{sum(total.values())} programs from seed {given.seed}: {done}; {time.perf_counter() - start:.0f} s", flush=True)
    return min(total["wrong"], 100)


if __name__ == "__main__":
    sys.exit(main())
