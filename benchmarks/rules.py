"""How long each rule's adjoint takes, over the time of the function itself, at 100 and at a million elements.

    python benchmarks/rules.py [--seconds N] [--write] [name ...]

Every rule's first call form that stays valid with longer axes is timed: its pullback alone, with what the forward
sweep kept, against the call; what a function that does nothing and its pullback take is subtracted from both, and a view
is timed with a copy of what it shows. Listed are the rules above 4, the worst first, and how many there are in all. A
form whose primal takes longer than 50 ms is left out at that size (factorisations of large matrices), and so is what is
left when the time for a size is over. ``--write`` puts the lists into docs/performance.md.
"""

from __future__ import annotations

import argparse
import inspect
import linecache
import math
import os
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import srcad
import srcad.runtime
from page import write_section
from srcad.rules import families
from srcad.rules.registry import RULES, Call, Rule
from timing import interleaved

SIZES = (100, 1_000_000)
SLOW = 0.05
LIMIT = 4.0
#: How many rules the page lists for one size: the worst.
WRITTEN = 20
#: The least time that is believed.
LEAST = 0.2e-6
HEADER = "import math, operator\nimport numpy as np\nfrom srcad.runtime import *\n\n\n"
ELEMENTWISE = ("a", "b", "c")


@dataclass(frozen=True)
class Timing:
    """Seconds that a call form and its adjoint take with operands of about `size` elements."""

    name: str
    expression: str
    size: int
    primal: float
    adjoint: float

    @property
    def ratio(self) -> float:
        return self.adjoint / self.primal

    def without(self, nothing: Timing) -> Timing:
        """The time that is left without that of calling."""
        return Timing(self.name, self.expression, self.size, max(self.primal - nothing.primal, LEAST),
                      max(self.adjoint - nothing.adjoint, LEAST))


def name_of(rule: Rule) -> str:
    return getattr(rule.fn, "__qualname__", None) or rule.fn.__name__


def forms(rule: Rule) -> Iterator[Call]:
    """The rule's call forms over arrays; elementwise NumPy functions have the plain one."""
    for call in rule.calls:
        if any(isinstance(given, tuple) and given for given in call.operands.values()):
            yield call
    name = getattr(rule.fn, "__name__", "")
    if rule.kind == "elementwise" and not rule.calls and getattr(np, name, None) is rule.fn:
        parameters = list(inspect.signature(rule.partials).parameters.values())[1:]
        names = ELEMENTWISE[:sum(p.default is p.empty for p in parameters)]
        yield Call(f"np.{name}({', '.join(names)})", **dict.fromkeys(names, (3,)))


def longer(call: Call, size: int) -> dict[str, tuple]:
    """The shapes of the operands with every axis longer, so that the largest has about `size` elements."""
    shapes = {name: given for name, given in call.operands.items() if isinstance(given, tuple)}
    largest = max(shapes.values(), key=math.prod)
    axes = [length for length in largest if length > 1]
    factor = (size / max(1, math.prod(largest))) ** (1.0 / max(1, len(axes)))
    lengths = {n: max(n, round(n * factor)) for shape in shapes.values() for n in shape if n > 1}
    return {name: tuple(lengths.get(n, n) for n in shape) for name, shape in shapes.items()}


def operands(rule: Rule, call: Call, size: int) -> tuple:
    """Random numbers from the rule's domain in the longer shapes; other operands as they are."""
    rng = np.random.default_rng(1)
    shapes, values = longer(call, size), []
    for k, (name, given) in enumerate(call.operands.items()):
        if name in shapes:
            nested = isinstance(rule.domain[0], tuple)
            low, high = rule.domain[min(k, len(rule.domain) - 1)] if nested else rule.domain
            given = rng.uniform(max(low, -10.0), min(high, 10.0), shapes[name])
            given = given if shapes[name] else float(given)
        values.append(given)
    return tuple(values)


def as_function(k: int, call: Call) -> Callable:
    """The call form as a function whose source srcad finds."""
    text = f"{HEADER}def form({', '.join(call.operands)}):\n    return {call.expression}\n"
    filename = f"<rule {k}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict = {"__name__": "rule_forms"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["form"]


def measure(rule: Rule, number: int, size: int) -> Timing | None:
    """The first call form that can be timed at this size; None if there is none."""
    for k, call in enumerate(forms(rule)):
        expression = call.expression
        primal = as_function(1000 * number + k, call)
        argnums = tuple(n for n, given in enumerate(call.operands.values()) if isinstance(given, tuple))
        try:
            args = operands(rule, call, size)
            start = time.perf_counter()
            value = primal(*args)
            if time.perf_counter() - start > SLOW:
                return None
            _, pullback = srcad.vjp(primal, *args, argnums=argnums)
            seed = ones_like(value)
            pullback(seed)
        except Exception:  # a form with constants that only fit its own shapes
            continue
        call = as_copy(primal) if is_view(value, args) else primal
        best = interleaved({"primal": lambda f=call, a=args: f(*a), "adjoint": lambda p=pullback, s=seed: p(s)}, 5,
                           batch=0.003)
        return Timing(name_of(rule), expression, size, best["primal"], best["adjoint"])
    return None


def is_view(value, args: tuple) -> bool:
    """Does a result, or its first part, show memory of an operand?"""
    part = value[0] if isinstance(value, tuple | list) and value else value
    return isinstance(part, np.ndarray) and any(isinstance(a, np.ndarray) and np.may_share_memory(part, a) for a in args)


def as_copy(function: Callable) -> Callable:
    def copied(*args):
        value = function(*args)
        return [np.array(v) for v in value] if isinstance(value, tuple | list) else np.array(value)
    return copied


def nothing() -> Timing:
    """The time that calling a function that does nothing, and its pullback, takes."""
    function = as_function(0, Call("x", x=()))
    _, pullback = srcad.vjp(function, 1.0)
    best = interleaved({"primal": lambda: function(1.0), "adjoint": lambda: pullback(1.0)}, 9, batch=0.003)
    return Timing("nothing", "x", 1, best["primal"], best["adjoint"])


def ones_like(value):
    """A seed for a result of any form."""
    if isinstance(value, tuple | list):
        return type(value)(map(ones_like, value))
    return np.ones_like(value) if isinstance(value, np.ndarray) else 1.0


def bodies(names: list[str]) -> Iterator[Rule]:
    """One rule for each declaration, of the functions named (of all, if none is)."""
    families.load()
    seen = set()
    for rule in list(RULES.values()):
        body = rule.partials or rule.adjoint
        if body is None or not body.__module__.startswith("srcad.rules.") or srcad.runtime.is_helper(rule.fn):
            continue
        if body not in seen and (not names or name_of(rule) in names):
            seen.add(body)
            yield rule


def main(names: list[str], seconds: float, write: bool) -> None:
    empty, lines = nothing(), []
    for size in SIZES:
        end = time.perf_counter() + seconds
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            timings = [measure(rule, k, size) if time.perf_counter() < end else None
                       for k, rule in enumerate(bodies(names))]
        known = sorted((t.without(empty) for t in timings if t is not None), key=lambda t: -t.ratio)
        above = [t for t in known if t.ratio > LIMIT]
        middle = np.median([t.ratio for t in known]) if known else math.nan
        lines.append(f"At n = {size:,}: {len(known)} rules timed, {len(timings) - len(known)} not, {len(above)} above "
                     f"{LIMIT:g}, median {middle:.2f}.\n")
        lines += ["| adjoint / primal | primal, µs | adjoint, µs | form |", "|---|---|---|---|"]
        rows = [f"| {t.ratio:.1f} | {1e6 * t.primal:.1f} | {1e6 * t.adjoint:.1f} | `{t.expression}` |"
                for t in (known if names else above)]
        lines += rows[:WRITTEN] if write else rows
        lines.append("")
    print("\n".join(lines))
    if write:
        write_section("Rules", f"{ABOUT}\n\n" + "\n".join(lines))


ABOUT = f"""The time of every rule's adjoint over that of the function itself, without what calling takes; a view is timed with a
copy. Listed are the {WRITTEN} worst of those above 4 (`python benchmarks/rules.py --write`; without it all are shown)."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="functions to time (all)")
    parser.add_argument("--seconds", type=float, default=180.0, help="longest time for one size (180)")
    parser.add_argument("--write", action="store_true", help="put the lists into docs/performance.md")
    options = parser.parse_args()
    main(options.names, options.seconds, options.write)
