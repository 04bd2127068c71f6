"""Generated source compiled by Numba.

The text is the same as for Python. What Numba would compute differently is refused here, before it is compiled; what it
cannot compile becomes an error of ours that names the user's line. Helpers of `srcad.runtime` have compiled forms in
`numba_runtime`.
"""

from __future__ import annotations

import operator
import re
import types

from srcad.analysis.infer import kind_of_atom
from srcad.backends.tapes import use_arrays
from srcad.emit import Module, user_location
from srcad.errors import NOWHERE, ArgumentError, Location, UnsupportedError
from srcad.specialise.program import Program
from srcad.trace.ir import Apply, Function, Lit, walk
from srcad.trace.kinds import Array, Numeric, Scalar, Unknown

IN_PLACE = {getattr(operator, name) for name in (
    "iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul", "iand", "ior", "ixor")}


def available():
    """The numba module.

    Raises
    ------
    ArgumentError
        If Numba is not installed.
    """
    try:
        import numba
    except ImportError:
        raise ArgumentError('backend="numba" needs Numba, which is not installed',
                            "install it: python -m pip install 'srcad[numba]'") from None
    from srcad.backends import numba_runtime

    numba_runtime.register()
    return numba


def lower(functions: list[Function]) -> None:
    """Bring Traces into a form that Numba compiles well; they mean the same."""
    for function in functions:
        use_arrays(function)


def check(functions: list[Function]) -> None:
    """Refuse what Numba compiles to something that gives other numbers than NumPy."""
    for function in functions:
        if function.catches:
            raise UnsupportedError("an exception is caught and the computation goes on, which Numba does not compile as Python "
                                   "runs it", 'use backend="python"', function.loc)
        for stmt in walk(function.body):
            if not isinstance(stmt, Apply):
                continue
            if stmt.fn is operator.pow and _is_int(stmt.args[0]) and _is_int(stmt.args[1]) and not (
                    isinstance(stmt.args[1], Lit) and stmt.args[1].value >= 0):
                raise UnsupportedError("an integer is raised to an integer power that may be negative: Numba gives an integer "
                                       "where Python gives a float", "write the base as a float", stmt.loc)
            written = stmt.args[2] if stmt.fn is operator.setitem else stmt.args[1] if stmt.fn in IN_PLACE else None
            if written is not None and isinstance(kind_of_atom(written), Array | Numeric | Unknown):
                raise UnsupportedError("an array is written in place from an array: where the two overlap, Numba gives other "
                                       "numbers than NumPy", 'write the loop over elements, or use backend="python"', stmt.loc)


def _is_int(atom) -> bool:
    kind = kind_of_atom(atom)
    return isinstance(kind, Scalar) and kind.base is int


class Compiled:
    """A generated function that is compiled at its first call."""

    def __init__(self, function: types.FunctionType, dispatcher) -> None:
        self.function, self.dispatcher = function, dispatcher
        self.__name__ = function.__name__
        self.__wrapped__ = function

    def __call__(self, *args):
        import numba

        try:
            return self.dispatcher(*args)
        except (numba.core.errors.NumbaError, NotImplementedError) as error:
            raise unsupported(self.function, error) from None


def unsupported(function: types.FunctionType, error: Exception) -> UnsupportedError:
    """Numba's refusal as one of ours, at the user's line."""
    text = str(error)
    place = _place(function, text)
    lines = [line.strip() for line in text.splitlines()]
    reasons = [line for line in lines if line and not line.startswith(("File", "^", "-", "During", "During:", "There are",
                                                                        "Failed in", "- Resolution", "Overload"))]
    reason = next((line for line in reasons if "Unsupported" in line or "Unknown" in line or "Invalid" in line or
                   "Cannot" in line or "No implementation" in line), reasons[0] if reasons else type(error).__name__)
    return UnsupportedError(f"Numba cannot compile the derivative: {reason}", 'use backend="python"', place)


def _place(function: types.FunctionType, text: str) -> Location:
    for filename, line in re.findall(r'File "(<srcad [^"]*>)", line (\d+)', text):
        place = user_location(filename, int(line))
        if place is not None:
            return place
    return user_location(function.__code__.co_filename, function.__code__.co_firstlineno) or NOWHERE


def compile_module(program: Program, functions: list[Function], module: Module, main: types.FunctionType, fastmath) -> Compiled:
    """The main function of a loaded module, compiled with all it calls."""
    numba = available()
    check(functions)
    namespace = main.__globals__
    for text in module.functions:
        namespace[text.name] = numba.njit(namespace[text.name], fastmath=fastmath)
    return Compiled(main, namespace[main.__name__])
