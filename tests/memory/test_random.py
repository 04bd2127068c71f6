"""Random programs that write in place: value, gradients, final state of the arguments, both modes."""

from __future__ import annotations

import collections
import warnings

import numpy as np
import pytest

from srcad.errors import SrcadError

from .check import check, own
from .random_programs import Generator, load, shrink, source

QUICK = 60
LONG = 5000


def arguments() -> tuple:
    r = np.random.default_rng(5)
    return r.normal(size=4) * 0.5, r.normal(size=4) * 0.5, r.normal(size=(4, 4)) * 0.5, 0.7


def verdict(text: str, optimize=(True, False)) -> tuple[str, str]:
    """("ok" | "refused" | "illegal" | "wrong", why)"""
    function = load(text)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = function(*own(arguments()))
    except Exception as error:
        return "illegal", str(error)
    if not np.isfinite(value) or abs(value) > 1e6:
        return "illegal", "overflow"
    try:
        check(function, *arguments(), optimize=optimize)
    except SrcadError as error:
        return "refused", str(error)
    except ValueError as error:
        return ("refused" if "assign a copy" in str(error) else "wrong"), str(error)
    except Exception as error:
        return "wrong", f"{type(error).__name__}: {error}"
    return "ok", ""


def run(seeds) -> collections.Counter:
    count: collections.Counter = collections.Counter()
    for seed in seeds:
        made = Generator(seed)
        what, why = verdict(source(made.tree, made.last))
        count[what] += 1
        if what == "wrong":
            small = shrink(made.tree, made.last, lambda text: verdict(text)[0] == "wrong", 60)
            pytest.fail(f"seed {seed}: {why}\n{small}\n{verdict(small)[1]}")
    return count


def test_random_programs():
    count = run(range(QUICK))
    assert count["ok"] > QUICK * 3 // 4, count


@pytest.mark.slow
def test_many_random_programs():
    count = run(range(QUICK, LONG))
    assert count["ok"] > (LONG - QUICK) * 3 // 4, count
