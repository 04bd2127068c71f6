"""Differentiate the functions of a library as they stand, on the arguments of their doctests, and check them.

    python benchmarks/libraries.py fluids chemicals

goes through the modules of installed packages. Each function whose docstring calls it with floats, arrays or lists of floats
is called with these arguments; its tangent in a random direction is compared with differences, its adjoint with the tangent,
its value with the function's own. What is refused is counted by reason. Nothing of the libraries needs to know of srcad.
"""

from __future__ import annotations

import argparse
import ast
import collections
import contextlib
import copy
import doctest
import importlib
import inspect
import io
import pkgutil
import signal
import types
import warnings

import numpy as np

import srcad

#: Doctests of one function that are tried, and seconds for each.
EXAMPLES, SECONDS = 3, 30
STEP = 1e-5


class TooLong(Exception):
    """A call took too long."""


@contextlib.contextmanager
def limited(seconds: int):
    """Raise TooLong after so many seconds, and print nothing meanwhile."""
    def stop(*_):
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# --- numbers in arguments and results ---------------------------------------------------------------------------------


def numbers(x) -> list:
    """The numbers in a result, in order; none for strings, bools and None."""
    match x:
        case bool() | str() | None | np.bool_():
            return []
        case int() | float() | complex() | np.number():
            return [x]
        case np.ndarray():
            return list(x.ravel()) if x.dtype.kind in "iufc" else []
        case list() | tuple():
            return [v for item in x for v in numbers(item)]
        case dict():
            return [v for item in x.values() for v in numbers(item)]
    return []


def is_floating(x) -> bool:
    """Is it a float, an array of floats, or a list of such?"""
    if isinstance(x, np.ndarray):
        return x.dtype.kind == "f" and x.size > 0
    if isinstance(x, list | tuple):
        return len(x) > 0 and all(map(is_floating, x))
    return isinstance(x, float)


def direction(x, rng: np.random.Generator):
    """A random direction of an argument, in proportion to its numbers."""
    if isinstance(x, list | tuple):
        return type(x)(direction(item, rng) for item in x)
    if isinstance(x, np.ndarray):
        return rng.standard_normal(x.shape) * np.where(x == 0, 1.0, np.abs(x))
    return float(rng.standard_normal()) * (abs(x) or 1.0)


def moved(x, v, step: float):
    if isinstance(x, list | tuple):
        return type(x)(moved(a, b, step) for a, b in zip(x, v, strict=True))
    return x + step * v


def seed_of(y):
    """Ones in the form of a result; None where there is no derivative."""
    match y:
        case list() | tuple():
            return type(y)(seed_of(item) for item in y)
        case dict():
            return {key: seed_of(item) for key, item in y.items()}
        case np.ndarray():
            return np.ones(y.shape)
        case float() | complex():
            return 1.0
    return None


# --- one call ---------------------------------------------------------------------------------------------------------


def check(function, args: list) -> tuple[str, str]:
    """What became of a call: the verdict, and details."""
    which = tuple(k for k, a in enumerate(args) if is_floating(a))
    if not which:
        return "no floats", ""
    try:
        with limited(SECONDS):
            value = function(*copy.deepcopy(args))
    except Exception as error:
        return "the function raises", type(error).__name__
    found = numbers(value)
    if not any(isinstance(v, float | np.floating) for v in found) or any(isinstance(v, complex) for v in found):
        return "no floats", ""
    rng = np.random.default_rng(0)
    directions = {k: direction(args[k], rng) for k in which}
    expected, noise = differences(function, args, directions)
    try:
        with limited(SECONDS):
            primal, dot = srcad.tangent(function, argnums=which)(*copy.deepcopy(args), *directions.values())
            bars = srcad.adjoint(function, argnums=which)(*copy.deepcopy(args), seed_of(value))
    except srcad.SrcadError as error:
        return "refused", f"{error.reason} (line {error.line} of {error.filename.rpartition('/')[2]})"
    except TooLong:
        return "too long", ""
    except Exception as error:
        return "the derivative raises", f"{type(error).__name__}: {str(error).splitlines()[0]}"
    if not np.array_equal(np.array(numbers(primal)), np.array(found), equal_nan=True):
        return "another value", f"{primal}, not {value}"
    tangent = np.array([0.0 if v is None else v for v in leaves(dot)], dtype=float)
    if expected is not None and len(expected) == len(tangent):
        allowed = 1e-6 * np.max(np.abs(expected), initial=0.0) + 20.0 * noise
        if not np.all(np.abs(tangent - expected) <= allowed):
            return "differs from differences", f"{tangent[:4]}, not {expected[:4]}"
    bars = bars if isinstance(bars, tuple) and len(bars) == len(which) else (bars,)
    inner = sum(np.dot(numbers(b), numbers(directions[k])) for k, b in zip(which, bars, strict=True))
    if not abs(inner - tangent.sum()) <= 1e-8 * (np.abs(tangent).sum() + abs(inner)):
        return "forward and reverse differ", f"{tangent.sum()}, {inner}"
    return "right", ""


def leaves(dot) -> list:
    """The numbers in a tangent, and None for what has none."""
    if isinstance(dot, list | tuple):
        return [v for item in dot for v in leaves(item)]
    if isinstance(dot, dict):
        return [v for item in dot.values() for v in leaves(item)]
    return [None] if dot is None else numbers(dot)


def differences(function, args: list, directions: dict) -> tuple:
    """Extrapolated central differences of the result's numbers along the directions, and how much they can be trusted."""
    def at(step: float) -> np.ndarray:
        there = [moved(x, directions[k], step) if k in directions else x for k, x in enumerate(args)]
        return np.array(numbers(function(*copy.deepcopy(there))), dtype=float)

    try:
        with limited(SECONDS):
            wide, narrow = ((at(h) - at(-h)) / (2 * h) for h in (STEP, STEP / 2))
    except Exception:
        return None, 0.0
    return (4 * narrow - wide) / 3, np.max(np.abs(wide - narrow), initial=0.0)


# --- whole packages ---------------------------------------------------------------------------------------------------


def modules(package: str):
    """The modules of a package that can be imported, tests left out."""
    root = importlib.import_module(package)
    yield root
    for info in pkgutil.walk_packages(getattr(root, "__path__", []), package + "."):
        if "test" in info.name:
            continue
        try:
            with limited(SECONDS):
                module = importlib.import_module(info.name)
        except Exception:
            continue
        yield module


def calls(function: types.FunctionType, module: types.ModuleType):
    """The arguments of the calls in a function's docstring, defaults filled in."""
    try:
        examples = doctest.DocTestParser().get_examples(function.__doc__ or "")
    except ValueError:
        return
    names, found = dict(vars(module)), 0
    for example in examples:
        try:
            tree = ast.parse(example.source)
        except SyntaxError:
            continue
        call = next((node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                     and node.func.id == function.__name__), None)
        try:
            with limited(SECONDS):
                if call is None:
                    exec(example.source, names)
                    continue
                bound = inspect.signature(function).bind(
                    *[eval(ast.unparse(a), names) for a in call.args],
                    **{str(k.arg): eval(ast.unparse(k.value), names) for k in call.keywords})
        except Exception:
            continue
        bound.apply_defaults()
        if not bound.kwargs and found < EXAMPLES:
            found += 1
            yield list(bound.args)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", nargs="+", help="installed packages, such as fluids")
    parser.add_argument("--all", action="store_true", help="print each call that is not right")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for package in options.packages:
        count: collections.Counter[str] = collections.Counter()
        reasons: collections.Counter[str] = collections.Counter()
        seen: set = set()
        for module in modules(package):
            for name, function in sorted(vars(module).items()):
                if not isinstance(function, types.FunctionType) or function.__module__ != module.__name__ or function in seen:
                    continue
                seen.add(function)
                for args in calls(function, module):
                    verdict, details = check(function, args)
                    count[verdict] += 1
                    if verdict == "refused":
                        reasons[details.partition(" (line")[0]] += 1
                    if verdict not in ("right", "no floats") and (options.all or verdict != "refused"):
                        print(f"{verdict}: {module.__name__}.{name}{tuple(args)}\n    {details}"[:400], flush=True)
        print(f"{package}: " + ", ".join(f"{n} {verdict}" for verdict, n in count.most_common()))
        for reason, n in reasons.most_common():
            print(f"    {n:4d} refused: {reason}")


if __name__ == "__main__":
    main()
