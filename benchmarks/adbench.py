"""ADBench's objectives: gradients against derivatives by hand in C++ and Numba, autograd, jax.jit and PyTorch.

Run ``python benchmarks/adbench.py``; ``--write`` puts the table and the chart into docs/. Inputs have the sizes and
distributions of the suite's, from a seed; the Gaussian mixture is GradBench's, which corrects ADBench's. All gradients are
compared before anything is timed. Everything runs on one thread. The C++ is compiled if g++ is there.
"""

# ruff: noqa: E402 (the number of threads is set before NumPy is imported)
from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_variable] = "1"
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import argparse
import importlib.util
import timeit
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

import adbench_data as data
import adbench_hand as hand
import adbench_loops as loops
import adbench_native as native
import adbench_numpy as natural
import adbench_peers as peers
import srcad
from page import write_section
from timing import interleaved

DOCS = Path(__file__).resolve().parent.parent / "docs"
#: Seconds of a call from which on it is timed twice only: the whole table takes minutes.
SLOW = 0.3
COLUMNS = ("C++", "Numba by hand", "srcad Numba", "srcad NumPy", "jax.jit", "autograd", "PyTorch")
NOTES = """\
Milliseconds for value and gradient (BA: all derivatives of the errors of each observation; Hand: the Jacobian), the least of
all rounds, interleaved in one run on one thread. `ratio` is srcad under Numba over the derivative by hand named beside it,
`wanted` what that should be at most. The derivatives by hand are `benchmarks/adbench_reference.cpp` (g++ -O3 -march=native)
and `benchmarks/adbench_hand.py`. The gradients of all columns agree to 1e-10. What takes more than 0.3 s a call is timed
twice only. autograd and PyTorch have no column where their programs would have to be written anew: PyTorch for Lotka-Volterra
(numbers of Python's, one node of the graph each), both for Hand (a Jacobian of 26 inputs).

Columns that are bound by memory vary by a factor of two and more with how fast the system gives pages: BA with 225,911
observations writes 54 MB, and takes the C++ 15 to 90 ms, srcad 12 to 67. For BA srcad's loop is run by strips of observations,
whose arithmetic becomes vector instructions, and the rows that the next strip stores are fetched meanwhile. With 31,843
observations it takes 0.56 to 0.65 times as long as the C++. With 225,911 it took 0.60 to 0.71 where pages came slowly, and
0.78 to 0.80 on a machine that did nothing else, where stores are most of the time for both: 0.7 is not reached there. Of 36 ns
for an observation 9 are its sine and cosine (from one call, as the C++ has them, they take as long), 9 the stores. With
reciprocals in place of quotients in the reverse sweep it would take 3 % less; they are not used, for a reciprocal may overflow
where the quotient does not.

GMM d2 K5 takes 0.97 to 1.01 times as long as the C++: both call `exp` as often. What is left to save there is the adjoint of
the maximum (4 %: it is 0, which only the mathematics of log-sum-exp tells), and memory of adjoints that is cleared to be
added to once (2 %). In NumPy GMM d10 K25 takes 2.2 to 2.6 ms, jit 1.7 to 2.7 from run to run: 1.0 is the function itself,
which stays as it is to the last bit, 1.0 to 1.2 its reverse sweep, nearly all of which are NumPy's own loops over arrays of
10,000 numbers. Undisturbed, jit is the faster one at d10 (1.26 times) and d64 (1.11), not at d2 and d32."""


@dataclass
class Case:
    """One objective at one size: what computes its derivative, by column; each is called without arguments."""

    name: str
    make: Callable[[], dict[str, Callable[[], object]]]
    against: str
    wanted: float | None
    seconds: dict[str, float] = field(default_factory=dict)

    def ratio(self) -> float | None:
        if self.against not in self.seconds or "srcad Numba" not in self.seconds:
            return None
        return self.seconds["srcad Numba"] / self.seconds[self.against]


def compiled(transform: Callable, f: Callable, args: tuple, *which, backend: str) -> Callable[[], object]:
    """The generated function itself, compiled for these arguments."""
    derivative = transform(f, *which, backend=backend)
    derivative(*args)
    function = derivative.variants[0].function
    return partial(getattr(function, "dispatcher", function), *args)


def by_hand(f: Callable, args: tuple) -> dict[str, Callable]:
    if importlib.util.find_spec("numba") is None:
        return {}
    import numba

    function = numba.njit(f)
    function(*args)
    return {"Numba by hand": partial(function, *args)}


def by_srcad(loop: Callable, loop_args: tuple, array: Callable | None, array_args: tuple, which) -> dict[str, Callable]:
    made = {}
    if importlib.util.find_spec("numba"):
        made["srcad Numba"] = compiled(srcad.value_and_grad, loop, loop_args, which, backend="numba")
    if array is not None:
        made["srcad NumPy"] = compiled(srcad.value_and_grad, array, array_args, which, backend="python")
    return made


def by_jax(f: Callable, args: tuple, which, transform: str = "value_and_grad", static: tuple = ()) -> dict[str, Callable]:
    if importlib.util.find_spec("jax") is None:
        return {}
    import jax

    jax.config.update("jax_enable_x64", True)
    function = jax.jit(getattr(jax, transform)(f, which), static_argnums=static)
    moved = tuple(a if k in static or not isinstance(a, np.ndarray) else jax.numpy.asarray(a) for k, a in enumerate(args))
    return {"jax.jit": lambda: jax.block_until_ready(function(*moved))}


def by_autograd(f: Callable, args: tuple, which) -> dict[str, Callable]:
    if importlib.util.find_spec("autograd") is None:
        return {}
    import autograd
    import autograd.numpy

    return {"autograd": partial(autograd.value_and_grad(partial(f, autograd.numpy), which), *args)}


def by_torch(f: Callable, args: tuple, which: tuple) -> dict[str, Callable]:
    if importlib.util.find_spec("torch") is None:
        return {}
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    moved = [torch.tensor(a, requires_grad=k in which) if isinstance(a, np.ndarray) else a for k, a in enumerate(args)]

    def run():
        value = f(torch, *moved)
        return value.item(), torch.autograd.grad(value, [moved[k] for k in which])

    return {"PyTorch": run}


# --- the objectives ---------------------------------------------------------------------------------------------------


def gmm(d: int, count: int) -> dict[str, Callable]:
    import jax.numpy

    args = data.gmm(d, count)
    with_places = (*args, data.places(d))
    which = (0, 1, 2)
    made = by_srcad(loops.gmm, args, natural.gmm, with_places, which) if d < 10 else by_srcad(
        natural.gmm, with_places, natural.gmm, with_places, which)
    if (library := native.library()) is not None:
        made["C++"] = partial(native.gmm, library, *args)
    return {**made, **by_jax(partial(peers.gmm, jax.numpy), with_places, which, static=(4, 5)),
            **by_autograd(peers.gmm, with_places, which), **by_torch(peers.gmm, with_places, which)}


def ba(cameras: int, points: int, observations: int) -> dict[str, Callable]:
    import jax

    args = data.ba(cameras, points, observations)
    cams, places, weights, features, seen_by, seen = args
    made = {}
    if importlib.util.find_spec("numba"):
        made["srcad Numba"] = compiled(srcad.compiled, loops.ba_jacobian, args, backend="numba")
    gathered = (cams[seen_by], places[seen], weights, features)
    pull = srcad.adjoint(natural.ba, (0, 1, 2))
    made["srcad NumPy"] = lambda: rows(pull, gathered)
    if (library := native.library()) is not None:
        made["C++"] = partial(native.ba, library, *args)
    if importlib.util.find_spec("jax"):
        def one(camera, point, weight, feature):
            return peers.ba(jax.numpy, camera[None], point[None], weight[None], feature[None])[0]

        def blocks(cams, places, weights, features, seen_by, seen):
            parts = jax.vmap(jax.jacrev(one, (0, 1, 2)))(cams[seen_by], places[seen], weights, features)
            return jax.numpy.concatenate((*parts[:2], parts[2][:, :, None]), axis=2)

        jax.config.update("jax_enable_x64", True)
        function, moved = jax.jit(blocks), tuple(map(jax.numpy.asarray, args))
        made["jax.jit"] = lambda: jax.block_until_ready(function(*moved))
    if importlib.util.find_spec("autograd"):
        import autograd
        import autograd.numpy

        def by_tape():
            found = []
            for column in range(2):
                grads = autograd.grad(lambda c, p, w, column=column: autograd.numpy.sum(
                    peers.ba(autograd.numpy, c, p, w, features)[:, column]), (0, 1, 2))(*gathered[:3])
                found.append(np.column_stack(grads))
            return np.stack(found, axis=1)

        made["autograd"] = by_tape
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        leaves_of = [torch.tensor(a, requires_grad=True) for a in gathered[:3]]
        measured = torch.tensor(features)

        def by_graph():
            errors = peers.ba(torch, *leaves_of, measured)
            found = [torch.autograd.grad(errors[:, k].sum(), leaves_of, retain_graph=not k) for k in range(2)]
            return torch.stack([torch.column_stack(grads) for grads in found], 1).numpy()

        made["PyTorch"] = by_graph
    return made


def rows(pull: Callable, gathered: tuple) -> np.ndarray:
    """Both rows of all blocks, by one adjoint each: no error depends on another observation's arguments."""
    out = np.empty((len(gathered[2]), 2, 15))
    for column in range(2):
        seed = np.zeros((len(out), 2))
        seed[:, column] = 1.0
        out[:, column, :11], out[:, column, 11:14], out[:, column, 14] = pull(*gathered, seed)
    return out


def lstm(layers: int, length: int) -> dict[str, Callable]:
    args = data.lstm(layers, length)
    made = by_srcad(loops.lstm, args, natural.lstm, args, (0, 1))
    if (library := native.library()) is not None:
        made["C++"] = partial(native.lstm, library, *args)
    return {**made, **by_hand(hand.lstm, args), **by_jax(peers.jax_lstm, args, (0, 1)),
            **by_autograd(peers.lstm, args, (0, 1)), **by_torch(peers.lstm, args, (0, 1))}


def lotka_volterra() -> dict[str, Callable]:
    args, which = data.lotka_volterra(), tuple(range(6))
    return {**by_srcad(loops.lotka_volterra, args, loops.lotka_volterra, args, which), **by_hand(hand.lotka_volterra, args),
            **by_jax(peers.jax_lotka_volterra, args, which, static=(7,)), **by_autograd(peers.lotka_volterra, args, which)}


def heat() -> dict[str, Callable]:
    args = data.heat()
    return {**by_srcad(loops.heat, args, natural.heat, args, 0), **by_hand(hand.heat, args),
            **by_jax(peers.jax_heat, args, 0, static=(2,)), **by_autograd(peers.heat, args, 0),
            **by_torch(peers.heat, args, (0,))}


def tracked_hand() -> dict[str, Callable]:
    import jax.numpy

    args = data.hand()
    made: dict[str, Callable] = {"srcad NumPy": partial(srcad.jacfwd(natural.hand), *args)}
    if importlib.util.find_spec("numba"):
        made["srcad Numba"] = partial(srcad.jacfwd(natural.hand, backend="numba"), *args)
    theta, *rest = args
    fixed = [*rest[:2], tuple(rest[2].tolist()), *rest[3:]]
    return {**made, **by_jax(lambda t: peers.hand(jax.numpy, t, *fixed), (theta,), 0, "jacfwd")}


CASES = [
    *(Case(f"GMM d{d} K{count}", partial(gmm, d, count), "C++", 1.0) for d, count in ((2, 5), (10, 25), (32, 5), (64, 25))),
    *(Case(f"BA {sizes[2]:,}", partial(ba, *sizes), "C++", 0.7) for sizes in ((49, 7776, 31843), (257, 65132, 225911))),
    *(Case(f"LSTM l{layers} c1024", partial(lstm, layers, 1024), "Numba by hand", 1.25) for layers in (2, 4)),
    Case("Lotka-Volterra, 1000 steps", lotka_volterra, "Numba by hand", 1.25),
    Case("heat in place, 1000 × 100", heat, "Numba by hand", 1.25),
    Case("Hand (simple)", tracked_hand, "jax.jit", None),
]


# --- measuring --------------------------------------------------------------------------------------------------------


def leaves(value) -> Iterator[np.ndarray]:
    """The numbers and arrays in a result, in order."""
    if isinstance(value, tuple | list):
        for part in value:
            yield from leaves(part)
    else:
        yield np.asarray(value)


def assert_agree(case: Case, calls: dict[str, Callable]) -> None:
    """Raise unless all derivatives are the same to 1e-10."""
    first = next(name for name in ("C++", "Numba by hand", *calls) if name in calls)
    wanted = list(leaves(calls[first]()))
    for name, call in calls.items():
        for a, b in zip(leaves(call()), wanted, strict=True):
            error = np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-300)
            if not error < 1e-10:
                raise AssertionError(f"{case.name}: {name} differs from {first} by {error:.1e}")


def measure(case: Case, rounds: int, left_out: set[str]) -> None:
    calls = {name: call for name, call in case.make().items() if name not in left_out}
    assert_agree(case, calls)
    slow = {name for name, call in calls.items() if timeit.timeit(call, number=1) > SLOW}
    case.seconds = interleaved({n: c for n, c in calls.items() if n not in slow}, rounds)
    for name in slow:
        case.seconds[name] = min(timeit.repeat(calls[name], number=1, repeat=2))


def shown(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1e3:.3g}" if seconds < 1 else f"{seconds * 1e3:.0f}"


def table(cases: list[Case]) -> str:
    columns = [c for c in COLUMNS if any(c in case.seconds for case in cases)]
    lines = [["objective", *columns, "ratio", "to", "wanted"]]
    for case in cases:
        ratio = case.ratio()
        lines.append([case.name, *(shown(case.seconds.get(c)) for c in columns), "-" if ratio is None else f"{ratio:.2f}",
                      case.against, "-" if case.wanted is None else f"≤ {case.wanted}"])
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    printed = ["| " + " | ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:]))]) + " |"
               for line in lines]
    rule = "|" + "|".join("-" * (w + 1) + ("-" if k == 0 else ":") for k, w in enumerate(widths)) + "|"
    return "\n".join([printed[0], rule, *printed[1:]])


def chart(cases: list[Case]) -> str:
    """Times as an SVG: a line for each objective, a dot for each column, on a logarithmic axis."""
    columns = [c for c in COLUMNS if any(c in case.seconds for case in cases)]
    colours = dict(zip(COLUMNS, ("#333333", "#888888", "#d62728", "#ff9896", "#1f77b4", "#2ca02c", "#9467bd")))
    times = [t for case in cases for t in case.seconds.values()]
    low, high = np.floor(np.log10(min(times))), np.ceil(np.log10(max(times)))
    left, width, step = 190, 620, 26

    def x(seconds: float) -> float:
        return left + width * (np.log10(seconds) - low) / (high - low)

    height = step * (len(cases) + 3)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 30}" height="{height}" font-family="sans-serif" '
           'font-size="12">', f'<rect width="{left + width + 30}" height="{height}" fill="white"/>']
    for k, column in enumerate(columns):
        at = left + k * width / len(columns)
        out.append(f'<circle cx="{at:.0f}" cy="14" r="5" fill="{colours[column]}"/><text x="{at + 9:.0f}" y="18">{column}</text>')
    for power in range(int(low), int(high) + 1):
        at = x(10.0 ** power)
        label = {-6: "1 µs", -5: "10 µs", -4: "0.1 ms", -3: "1 ms", -2: "10 ms", -1: "0.1 s", 0: "1 s", 1: "10 s"}.get(
            power, f"1e{power} s")
        out.append(f'<line x1="{at:.1f}" y1="30" x2="{at:.1f}" y2="{height - 24}" stroke="#dddddd"/>'
                   f'<text x="{at:.1f}" y="{height - 8}" text-anchor="middle">{label}</text>')
    for k, case in enumerate(cases):
        y = 48 + k * step
        out.append(f'<text x="{left - 12}" y="{y + 4}" text-anchor="end">{case.name}</text>')
        for column in columns:
            if column in case.seconds:
                out.append(f'<circle cx="{x(case.seconds[column]):.1f}" cy="{y}" r="5" fill="{colours[column]}"/>')
    return "\n".join([*out, "</svg>"]) + "\n"


def write(text: str, drawing: str) -> None:
    """Put the table into docs/performance.md, in a section of its own, and the chart beside it."""
    write_section("ADBench", f"Measured by `python benchmarks/adbench.py --write`.\n\n{NOTES}\n\n{text}\n\n![times](adbench.svg)")
    (DOCS / "adbench.svg").write_text(drawing, encoding="utf-8")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="only the objectives whose name contains this")
    parser.add_argument("--rounds", type=int, default=20, help="how often each candidate is timed")
    parser.add_argument("--without", nargs="*", default=(), choices=COLUMNS, help="columns to leave out")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and docs/adbench.svg")
    options = parser.parse_args(argv)
    chosen = [case for case in CASES if options.only.lower() in case.name.lower()]
    if not chosen:
        parser.error(f"no objective's name contains {options.only!r}")
    if options.write and options.only:
        parser.error("--write needs all objectives")
    for case in chosen:
        measure(case, options.rounds, set(options.without))
        print(f"{case.name}: " + ", ".join(f"{n} {shown(t)}" for n, t in case.seconds.items()), flush=True)
    text = table(chosen)
    print(text)
    if options.write:
        write(text, chart(chosen))


if __name__ == "__main__":
    main()
