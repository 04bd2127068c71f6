"""The command line: ``srcad show``, ``trace``, ``check``, ``passes``, ``save`` and ``cache``, also as ``python -m srcad``.

A function is named by its place, ``FILE:FUNCTION`` or ``package.module:FUNCTION``; its arguments are given as
``x1=2 x2=5``. Values are read, not run: Python literals, and the few functions of NumPy that make arrays.
"""

from __future__ import annotations

import argparse
import ast
import functools
import importlib
import importlib.machinery
import importlib.util
import inspect
import math
import operator
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import srcad
from srcad.derivative import Derivative
from srcad.diskcache import files
from srcad.diskcache.listing import listing
from srcad.errors import SrcadError
from srcad.optimize import pipeline
from srcad.saving import module_text, same_but_for_versions, write
from srcad.structure import leaves
from srcad.testing import numerical_jvp, pairing, random_like
from srcad.trace.dump import dump
from srcad.tracing import EvaluationTrace, default_argnums

_EPILOG = """\
A function is FILE:FUNCTION or package.module:FUNCTION; FUNCTION may be Class.method. Arguments are values in the order
of the parameters, or NAME=VALUE. A value is a Python literal (2, 0.5, 1+2j, [1.0, 2.0], (1, 2.0), {'a': 1.0}, 'mean'),
pi, e, inf, nan, or np.array(...), np.zeros(...), np.ones(...), np.full(...), np.eye(...), np.arange(...),
np.linspace(...). Quote what the shell would take apart: 'x=[1.0, 2.0]'. Without --argnums the derivatives of trace and
check are with respect to the arguments with floats, or to the integers if there are none.

examples:
  srcad show lecture.py:f --argnums 0,1
  srcad show model.py:loss --mode adjoint --no-optimize 'w=np.zeros(3)' 'X=np.ones((10, 3))' 'y=np.ones(10)'
  srcad trace lecture.py:f x1=2 x2=5
  srcad passes lecture.py:f --argnums 0,1
  srcad save model.py:loss -o loss_grad.py 'w=np.zeros(3)' 'X=np.ones((10, 3))' 'y=np.ones(10)'
  srcad check model.py:loss --order 2 --arrays 'w=[0.1, 0.2]'

exit status: 0 if all is well, 1 if srcad refuses or a check fails, 2 if the command makes no sense.
"""


class UsageError(Exception):
    """The command makes no sense."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        The exit status: 0, or 1 if srcad refuses or a check fails. Usage errors leave by ``SystemExit(2)``.
    """
    parser = _parser()
    options, rest = parser.parse_known_args(argv)
    # Values that stand after an option are not seen as such by argparse.
    unknown = [text for text in rest if re.match(r"-[^\d.]", text)]
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if rest:
        options.values += rest
    try:
        if options.command is cache:
            return cache(options.what)
        f = load_function(options.function)
        args, kwargs = arguments(f, options.values, options.arrays)
        return options.command(f, args, kwargs, options)
    except UsageError as error:
        parser.error(str(error))
    except (SrcadError, AssertionError) as error:
        print(f"srcad: {error}", file=sys.stderr)
    except BrokenPipeError:
        # Whoever read the output wants no more of it; nor must Python try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="srcad", epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description="Derivatives of Python functions, as Python source.")
    parser.add_argument("--version", action="version", version=f"srcad {srcad.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, command: Callable[..., int], about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".", epilog=_EPILOG,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
        sub.add_argument("function", metavar="FILE:FUNCTION", help="or package.module:FUNCTION")
        sub.add_argument("values", nargs="*", metavar="NAME=VALUE", help="arguments of the function")
        sub.add_argument("--argnums", type=_argnums, metavar="0,1", help="the arguments to differentiate by")
        sub.add_argument("--arrays", action="store_true", help="make arrays of lists of numbers")
        sub.set_defaults(command=command)
        return sub

    def add_small_axes(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--small-axes", type=int, default=0, metavar="N",
                         help="axes of up to N elements have known lengths (default: 0, none but those of one element)")

    sub = add("show", show, "print the source that srcad writes")
    sub.add_argument("--mode", choices=tuple(_MODES), help="which derivative (default: grad)")
    sub.add_argument("--no-optimize", dest="optimize", action="store_false", help="the textbook form")
    add_small_axes(sub)
    sub = add("trace", trace, "print the evaluation traces with their values")
    sub.add_argument("--markdown", action="store_true", help="a table in Markdown")
    sub.add_argument("--limit", type=int, default=200, help="how many executed statements to show (default: 200)")
    sub = add("passes", passes, "print the Trace of a gradient after each pass of the optimiser that changed it")
    add_small_axes(sub)
    sub = add("save", save, "write the generated source as a module that needs nothing of srcad")
    sub.add_argument("-o", "--output", required=True, metavar="OUT", help="the file to write")
    sub.add_argument("--mode", choices=tuple(_MODES), help="which derivative (default: grad)")
    sub.add_argument("--include", action="store_true", help="write functions of yours that are called into the module, too, "
                                                           "instead of importing them")
    sub.add_argument("--check", action="store_true", help="write nothing; fail if the file is not what it should be")
    add_small_axes(sub)
    sub = add("check", check, "compare derivatives with differences, and forward with reverse mode")
    sub.add_argument("--order", type=int, default=2, help="up to which order (default: 2)")
    sub = commands.add_parser("cache", help="look at the texts kept on the disk, or delete them",
                              description="List the texts kept on the disk, print where they are, or delete them.")
    sub.add_argument("what", choices=("list", "path", "clear"))
    sub.set_defaults(command=cache, values=[])
    return parser


def _argnums(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers such as 0,1") from None


def cache(what: str) -> int:
    """What is kept on the disk: list it, say where it is, or delete it."""
    root = files.directory()
    if root is None:
        print("the disk cache is turned off by SRCAD_CACHE", file=sys.stderr)
        return 1
    match what:
        case "path":
            print(root)
        case "clear":
            count = files.clear(root)
            print(f"{count} text{'' if count == 1 else 's'} deleted")
        case _:
            for line in listing(root):
                print(line)
    return 0


# --- commands ---------------------------------------------------------------------------------------------------------

_MODES: dict[str, Callable[..., Derivative]] = {
    "grad": srcad.grad, "value_and_grad": srcad.value_and_grad, "tangent": srcad.tangent, "adjoint": srcad.adjoint,
}


def show(f, args: tuple, kwargs: dict, options) -> int:
    """Print a derivative's source: for the arguments given, else as annotated, else for floats."""
    as_is = options.mode is None and options.optimize and options.argnums is None and not options.small_axes
    if isinstance(f, Derivative) and as_is:
        if args or kwargs:
            f(*args, **kwargs)
        print(f.source)
        return 0
    argnums = (0,) if options.argnums is None else options.argnums
    make = _MODES[options.mode or "grad"]
    derivative = make(_primal(f), argnums[0] if len(argnums) == 1 else argnums, optimize=options.optimize,
                      small_axes=options.small_axes)
    if args or kwargs:
        print(derivative._variant(*derivative._calling.bind(args, kwargs)).source)
    else:
        print(derivative.source)
    return 0


def trace(f, args: tuple, kwargs: dict, options) -> int:
    """Print the evaluation trace: as a table if arguments are given, else as source."""
    shown = EvaluationTrace(_primal(f))
    if not args and not kwargs:
        print(shown.source)
        return 0
    table = shown.table(*args, kwargs=kwargs, argnums=options.argnums, limit=options.limit)
    print(table.markdown() if options.markdown else table)
    return 0


def check(f, args: tuple, kwargs: dict, options) -> int:
    """Check derivatives at a point, and print the numbers compared."""
    f = _primal(f)
    which = default_argnums(args) if options.argnums is None else options.argnums
    if not which:
        raise UsageError("there is no number to differentiate by: give arguments, floats among the positional ones")
    args = tuple(float(v) if k in which and isinstance(v, int) else v for k, v in enumerate(args))
    srcad.check_grads(f, args, order=options.order, argnums=which, kwargs=kwargs)
    rng = np.random.default_rng(0)
    value, pullback = srcad.vjp(f, *args, argnums=which, kwargs=kwargs)
    seed = 1.0 if isinstance(value, float) else random_like(value, rng)
    bars = pullback(seed)
    names = _parameter_names(f, len(args))
    rows = [("argument", "tangent", "adjoint", "differences")]
    for k, bar in zip(which, bars):
        direction = 1.0 if isinstance(args[k], float) else random_like(args[k], rng)
        _, dot = srcad.jvp(f, args, (direction,), argnums=(k,), kwargs=kwargs)
        slope = numerical_jvp(f, args, (direction,), (k,), kwargs)
        numbers = pairing(seed, dot), pairing(bar, direction), pairing(seed, slope)
        rows.append((names[k], *(f"{number:.12g}" for number in numbers)))
    _print_columns(rows)
    if any(not isinstance(args[k], float) for k in which) or not isinstance(value, float):
        print("(of what is not one number: along a random direction)")
    print(f"derivatives agree up to order {options.order}")
    return 0


def passes(f, args: tuple, kwargs: dict, options) -> int:
    """Print the Trace as it is differentiated, and after each pass that changed it."""
    def printed(function, step, count: int) -> None:
        if count:
            print(f"# {function.name} after {step.name} ({count}): {step.reason}\n{dump(function)}\n")

    derivative = _derivative(f, options)
    with pipeline.watched(printed):
        variant = _variant(derivative, args, kwargs)
    print(f"# source\n{variant.source}", end="")
    return 0


def save(f, args: tuple, kwargs: dict, options) -> int:
    """Write a derivative as a module, or see whether that has been done since its function has changed."""
    derivative = _derivative(f, options)
    text = module_text(derivative, _variant(derivative, args, kwargs), options.include)
    path = Path(options.output)
    if not options.check:
        if path.is_dir() or not path.name:
            raise UsageError(f"{options.output!r} is no name for a file")
        try:
            write(path, text)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from None
        return 0
    if not path.is_file() or not same_but_for_versions(path.read_text(encoding="utf-8", errors="replace"), text):
        print(f"srcad: {path} is not the derivative of {options.function} as it is now", file=sys.stderr)
        return 1
    return 0


def _derivative(f, options) -> Derivative:
    """The derivative that the options ask for."""
    argnums = (0,) if options.argnums is None else options.argnums
    make = _MODES[getattr(options, "mode", None) or "grad"]
    return make(_primal(f), argnums[0] if len(argnums) == 1 else argnums, small_axes=options.small_axes)


def _variant(derivative: Derivative, args: tuple, kwargs: dict):
    """What a derivative is for these arguments; without any, as annotated, else for floats."""
    if args or kwargs:
        return derivative._variant(*derivative._calling.bind(args, kwargs))
    return derivative._shown()


def _print_columns(rows: list) -> None:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for first, *rest in rows:
        print("  ".join([first.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(rest, widths[1:]))]))


def _primal(f):
    """The function that a derivative is of, if it is one: `@srcad.grad` may decorate it."""
    return f.primal if isinstance(f, Derivative) else f


def _parameter_names(f, count: int) -> list[str]:
    try:
        names = [p.name for p in inspect.signature(f).parameters.values() if p.kind in (0, 1)]
    except ValueError:
        names = []
    return [names[k] if k < len(names) else f"argument {k}" for k in range(count)]


# --- functions --------------------------------------------------------------------------------------------------------


def load_function(text: str) -> Callable:
    """The function that ``FILE:FUNCTION`` or ``package.module:FUNCTION`` names."""
    place, colon, name = text.rpartition(":")
    if not colon or not place or not name:
        raise UsageError(f"{text!r} does not name a function: write FILE:FUNCTION or package.module:FUNCTION")
    module = _load_file(Path(place)) if place.endswith(".py") or Path(place).is_file() else _load_module(place)
    try:
        found = functools.reduce(getattr, name.split("."), module)
    except AttributeError:
        raise UsageError(f"{place} has no function {name!r}") from None
    if not callable(found):
        raise UsageError(f"{name!r} in {place} is not a function, but a {type(found).__name__}")
    return found


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}")
    sys.path.insert(0, str(path.parent.resolve()))
    # Not by the file's own name, which could be that of an installed module.
    name = f"srcad_user_{re.sub(r'[^A-Za-z0-9_]', '_', path.stem)}"
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def _load_module(name: str) -> ModuleType:
    if not all(map(str.isidentifier, name.split("."))):
        raise UsageError(f"there is no file and no module {name!r}")
    sys.path.insert(0, os.getcwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise UsageError(f"there is no file and no module {name!r}") from None


# --- values -----------------------------------------------------------------------------------------------------------


def arguments(f, texts: Sequence[str], arrays: bool) -> tuple[tuple, dict]:
    """The positional and keyword arguments that ``2.0 x2=5`` mean for a function."""
    positional: list = []
    named: dict = {}
    for text in texts:
        match = re.match(r"([^\W\d]\w*)=(?!=)(.*)", text, re.DOTALL)
        value = parse_value(match[2] if match else text, arrays)
        if match is None:
            if named:
                raise UsageError(f"{text!r} stands after an argument with a name")
            positional.append(value)
        elif match[1] in named:
            raise UsageError(f"{match[1]} is given twice")
        else:
            named[match[1]] = value
    try:
        signature = inspect.signature(_primal(f))
    except ValueError:
        return tuple(positional), named
    for p in list(signature.parameters.values())[len(positional):]:
        # What may stand by position does, so that it can be differentiated by its number.
        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) or p.name not in named:
            break
        positional.append(named.pop(p.name))
    if texts:
        try:
            signature.bind(*positional, **named)
        except TypeError as error:
            name = getattr(f, "__name__", "the function")
            raise UsageError(f"{error}; it is {name}{signature}") from None
    return tuple(positional), named


_CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
_FUNCTIONS: dict[str, Callable] = {
    "array": np.array, "zeros": np.zeros, "ones": np.ones, "full": np.full, "eye": np.eye, "arange": np.arange,
    "linspace": np.linspace,
}
_DTYPES = {"float", "complex", "int", "bool", "float32", "float64", "complex64", "complex128", "int64"}
_OPERATORS: dict[type, Callable] = {
    ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Add: operator.add, ast.Sub: operator.sub,
    ast.Mult: operator.mul, ast.Div: operator.truediv,
}


def parse_value(text: str, arrays: bool = False) -> Any:
    """The value that a text stands for. Nothing but literals, arithmetic and the functions that make arrays is read.

    Examples
    --------
    >>> parse_value("[1.0, -2.5]"), parse_value("3+1j"), parse_value("np.zeros(2)")
    ([1.0, -2.5], (3+1j), array([0., 0.]))
    """
    try:
        value = _evaluate(ast.parse(text.strip(), mode="eval").body)
    except UsageError as error:
        raise UsageError(f"{text!r} is not a value: {error}") from None
    except (SyntaxError, ValueError, TypeError, ArithmeticError, MemoryError, RecursionError) as error:
        raise UsageError(f"{text!r} is not a value: {getattr(error, 'msg', error)}") from None
    if arrays and isinstance(value, list) and leaves(value):
        try:
            value = np.array(value, complex if any(isinstance(v, complex) for v in leaves(value)) else float)
        except (ValueError, TypeError):
            raise UsageError(f"{text!r} is not an array: its rows differ in length, or have other things than numbers"
                             ) from None
    return value


def _evaluate(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=items):
            return tuple(map(_evaluate, items))
        case ast.List(elts=items):
            return list(map(_evaluate, items))
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {_evaluate(k): _evaluate(v) for k, v in zip(keys, values) if k is not None}
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_evaluate(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_number(left), _number(right))
        case ast.Call(func=func, args=args, keywords=keywords) if _name(func) in _FUNCTIONS:
            named = {k.arg: _evaluate(k.value) for k in keywords if k.arg}
            return _FUNCTIONS[_name(func)](*map(_evaluate, args), **named)
        case ast.Name() | ast.Attribute() if _name(node) in _CONSTANTS:
            return _CONSTANTS[_name(node)]
        case ast.Name() | ast.Attribute() if _name(node) in _DTYPES:
            return np.dtype(_name(node))
    raise UsageError(f"it has {ast.unparse(node)!r}; use literals, or np.array(...) and the like (see --help)")


def _number(node: ast.expr) -> Any:
    """An operand of arithmetic: not a list or a string, which could be repeated without end."""
    value = _evaluate(node)
    if not isinstance(value, int | float | complex | np.ndarray):
        raise UsageError(f"there is arithmetic on {value!r}")
    return value


def _name(node: ast.expr) -> str:
    """``array`` of ``array`` and of ``np.array``; of anything else, nothing."""
    match node:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="np" | "numpy" | "math"), attr=name):
            return name
    return ""


if __name__ == "__main__":
    sys.exit(main())
