"""Generated source compiled by Numba.

The Trace is brought into a form that Numba compiles (`forms`, `tapes`), its text compiled at the first call. What Numba
would compute differently is refused here, before that; what it has no form of runs in the interpreter where that can be
arranged, and is an error of ours that names the user's line where not. Helpers of `srcad.runtime` have compiled forms in
`numba_runtime`.
"""

from __future__ import annotations

import operator
import re
import sys
import types
import warnings
from collections.abc import Callable

from srcad.analysis.atoms import kind_of_atom
from srcad.backends.forms import Interpreted, lower
from srcad.backends.tapes import use_arrays
from srcad.emit import Module, user_location
from srcad.errors import NOWHERE, ArgumentError, Location, UnsupportedError
from srcad.trace.ir import Apply, Function, Lit, walk
from srcad.trace.kinds import Scalar

#: How often Numba may turn out to lack a form of something before that is an error.
ATTEMPTS = 8


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


def prepare(functions: list[Function], refused: frozenset) -> Interpreted:
    """Bring Traces into a form that Numba compiles; they mean the same. Functions may be added to the list.

    Parameters
    ----------
    functions : list of Function
    refused : frozenset of str
        Names of functions that Numba has turned out to have no form of.
    """
    available()
    check(functions)
    interpreted = Interpreted()
    for function in functions:
        use_arrays(function)
    lower(functions, interpreted, refused)
    for function, result in interpreted.functions:
        functions.append(function)
        interpreted.results[id(function)] = result
    return interpreted


def check(functions: list[Function]) -> None:
    """Refuse what Numba compiles to something that gives other numbers than Python."""
    for function in functions:
        if function.catches:
            raise UnsupportedError("an exception is caught and the computation goes on, which Numba does not compile as Python "
                                   "runs it", 'use backend="python"', function.loc)
        for stmt in walk(function.body):
            if isinstance(stmt, Apply) and stmt.fn is operator.pow and _is_int(stmt.args[0]) and _is_int(stmt.args[1]) and not (
                    isinstance(stmt.args[1], Lit) and stmt.args[1].value >= 0):
                raise UnsupportedError("an integer is raised to an integer power that may be negative: Numba gives an integer "
                                       "where Python gives a float", "write the base as a float", stmt.loc)


def _is_int(atom) -> bool:
    kind = kind_of_atom(atom)
    return isinstance(kind, Scalar) and kind.base is int


class Compiled:
    """A generated function that is compiled at its first call.

    Attributes
    ----------
    function : function
        As the interpreter would run it.
    dispatcher
        Numba's.
    again : callable or None
        Given names of functions that Numba turns out to have no form of, makes another `Compiled` that does without.
    """

    def __init__(self, function: types.FunctionType, dispatcher, refused: frozenset) -> None:
        self.function, self.dispatcher, self.refused = function, dispatcher, refused
        self.again: Callable | None = None
        self.ready = False
        self.__name__ = function.__name__
        self.__wrapped__ = function

    def __call__(self, *args):
        import numba

        errors = numba.core.errors
        try:
            if self.ready:
                return self.dispatcher(*args)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", errors.NumbaWarning)
                warnings.simplefilter("error", errors.NumbaTypeSafetyWarning)
                result = self.dispatcher(*args)
            self.ready = True
            return result
        except (errors.NumbaError, errors.NumbaTypeSafetyWarning, NotImplementedError) as error:
            missing = self.refused | lacking(str(error))
            if self.again is None or missing == self.refused or len(missing) > ATTEMPTS:
                raise unsupported(self.function, error) from None
        other = self.again(missing)
        self.function, self.dispatcher, self.refused = other.function, other.dispatcher, other.refused
        self.__wrapped__ = other.function
        return self(*args)


def lacking(text: str) -> frozenset:
    """The names of the functions that an error of Numba's says it has no form of."""
    text = text.partition("During: ")[0] if "During: " in text else text
    found = re.findall(r"Use of unsupported NumPy function '[\w.]*?(\w+)'", text)
    found += re.findall(r"No implementation of function Function\(<(?:function|built-in function|ufunc|class) '?([\w.]+)'?", text)
    found += re.findall(r"Untyped global name '(\w+)'", text)
    found += re.findall(r"Unknown attribute '(\w+)' of type Module", text)
    return frozenset(name.rpartition(".")[2] for name in found)


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
    for filename, line in re.findall(r'File "(<srcad [^"]*>|[^"]*\.numba)", line (\d+)', text):
        place = user_location(function.__code__.co_filename if filename.endswith(".numba") else filename, int(line))
        if place is not None:
            return place
    return user_location(function.__code__.co_filename, function.__code__.co_firstlineno) or NOWHERE


def compile_module(functions: list[Function], interpreted: Interpreted, module: Module, main: types.FunctionType,
                   refused: frozenset, fastmath) -> Compiled:
    """The main function of a loaded module, compiled with all it calls."""
    numba = available()
    namespace = main.__globals__
    path = None if interpreted.results else source_file(module, fastmath)
    if path is not None:
        namespace = dict(namespace)
        exec(compile(module.source, path, "exec", dont_inherit=True), namespace)
        for text in module.functions:
            namespace[text.name] = numba.njit(namespace[text.name], fastmath=fastmath, cache=True)
        return Compiled(main, namespace[main.__name__], refused)
    for text, function in zip(module.functions, functions, strict=True):
        plain = namespace[text.name]
        result = interpreted.results.get(id(function))
        if result is not None:
            plain = through_interpreter(plain, result)
        namespace[text.name] = numba.njit(plain, fastmath=fastmath)
    return Compiled(main, namespace[main.__name__], refused)


def source_file(module: Module, fastmath) -> str | None:
    """A file with the text of a module, in srcad's disk cache: Numba keeps what it compiles beside such files.

    Its name stands for all that the compiled code depends on; None if that is not known, or nothing is to be kept.
    """
    import numba

    from srcad.diskcache import environment, files
    from srcad.diskcache.descriptions import digest

    root = files.directory()
    surroundings = environment.fingerprint()
    if root is None or surroundings is None or not files.usable(root, True):
        return None
    names = []
    for name, value in sorted(module.imports.items()):
        owner = value.__name__ if isinstance(value, types.ModuleType) else getattr(
            getattr(value, "__objclass__", value), "__module__", None) or ""
        if owner.partition(".")[0] not in {"numpy", "srcad", *sys.stdlib_module_names}:
            return None
        names.append((name, owner, getattr(value, "__qualname__", "")))
    key = digest((module.source, names, surroundings, numba.__version__, repr(fastmath)))
    return files.kept(root, key, f"{key}.numba", module.source.encode())


def through_interpreter(plain: types.FunctionType, result: str) -> types.FunctionType:
    """A function for Numba that calls one in the interpreter."""
    import numba

    parameters = ", ".join(plain.__code__.co_varnames[:plain.__code__.co_argcount])
    namespace = {"plain": plain, "objmode": numba.objmode}
    call = f"plain({parameters})"
    if result == "none":
        body = f"    with objmode():\n        {call}\n"
    else:
        contiguous = result.endswith("::1]")
        if contiguous:
            import numpy

            namespace["contiguous"] = numpy.ascontiguousarray
            call = f"contiguous({call})"
        elif result.startswith("UniTuple"):
            call = f"tuple({call})"
        body = f"    with objmode(found={result!r}):\n        found = {call}\n    return found\n"
    exec(f"def {plain.__name__}({parameters}):\n{body}", namespace)
    made = namespace[plain.__name__]
    assert isinstance(made, types.FunctionType)
    return made
