"""Text that Numba compiles: at its first call, or found compiled on the disk.

A module is a file in srcad's disk cache, under a name that stands for its text and for all that this depends on; what Numba
makes of it lies beside it. What is found there is loaded without Numba's declarations of what it can compile, which take
longer to import than everything else: machine code that is finished needs none of them. It needs symbols (functions of
Numba's own library), whose names are kept with it; should one not be there, Numba is loaded as a whole, as for compiling.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from srcad.backends.entering import Boundary
from srcad.diskcache import environment, files
from srcad.diskcache.descriptions import checksum, digest
from srcad.errors import NOWHERE, ArgumentError, KindError, Location, SrcadError, UnsupportedError
from srcad.generated import user_location

if TYPE_CHECKING:
    from srcad.requests import Variant

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
    return numba


def declare() -> None:
    """Tell Numba about the helpers of `srcad.runtime`: before anything is compiled."""
    from srcad.backends import numba_runtime

    numba_runtime.register()


def versions() -> tuple[str, str, str]:
    """Of Numba and of llvmlite, and whether compiled code checks indices (NUMBA_BOUNDSCHECK)."""
    import llvmlite

    numba = available()
    return numba.__version__, llvmlite.__version__, str(numba.config.BOUNDSCHECK)


class Compiled:
    """A generated function that is compiled at its first call.

    Attributes
    ----------
    function : function
        As the interpreter would run it.
    dispatcher
        Numba's.
    interpreted : dict of str to str
        Functions of its module that run in the interpreter, and Numba's words for the kinds of their results.
    boundary : Boundary or None
        What its arguments and its result are made of.
    again : callable or None
        Given names of functions that Numba turns out to have no form of, makes another `Compiled` that does without.
    """

    def __init__(self, function: types.FunctionType, dispatcher, refused: frozenset, interpreted: dict[str, str],
                 boundary: Boundary | None) -> None:
        self.function, self.dispatcher, self.refused, self.interpreted = function, dispatcher, refused, interpreted
        self.boundary = boundary
        self.again: Callable | None = None
        self.ready = False
        self.__name__ = function.__name__
        self.__wrapped__ = function

    def __call__(self, *args):
        if self.boundary is None:
            return self.run(args)
        return self.boundary.leave(self.run(self.boundary.enter(args)), args)

    def run(self, args: Sequence):
        """Run it, with arguments as the compiled code takes them."""
        if self.ready:
            try:
                return self.dispatcher(*args)
            except Exception:
                if self.knows(args):
                    raise
            self.ready = False                            # they are laid out otherwise than those before: compiled anew
        import numba

        errors = numba.core.errors
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", errors.NumbaWarning)
                warnings.simplefilter("error", errors.NumbaTypeSafetyWarning)
                self.compile(args)
        except SrcadError:
            raise
        except Exception as error:                        # Numba's own errors, and whatever else its passes raise
            missing = self.refused | lacking(str(error))
            if self.again is None or missing == self.refused or len(missing) > ATTEMPTS:
                if os.environ.get("SRCAD_TRACEBACK"):
                    raise
                raise self.read_only(args) or unsupported(self.function, error) from None
        else:
            self.ready = True
            return self.dispatcher(*args)
        other = self.again(missing)
        self.function, self.dispatcher, self.refused = other.function, other.dispatcher, other.refused
        self.interpreted = other.interpreted
        self.__wrapped__ = other.function
        return self.run(args)

    def knows(self, args: Sequence) -> bool:
        """Is it compiled for arguments of these types?"""
        overloads = getattr(self.dispatcher, "overloads", None)
        try:
            return overloads is None or tuple(map(self.dispatcher.typeof_pyval, args)) in overloads
        except ValueError:
            return False

    def read_only(self, args: Sequence) -> UnsupportedError | None:
        """The refusal of arrays that must not be written to, if that is why it was not compiled."""
        names = [name for name, value in zip(self.function.__code__.co_varnames, args)
                 if isinstance(value, np.ndarray) and not value.flags.writeable]
        if not names:
            return None
        types = [self.dispatcher.typeof_pyval(value) for value in args]
        try:
            self.dispatcher.compile(tuple(t.copy(readonly=False) if getattr(t, "mutable", True) is False and hasattr(t, "layout")
                                          else t for t in types))
        except Exception:                                 # it is not: the error that there was tells more
            return None
        return UnsupportedError(f"the function writes to {' and '.join(names)}, and an array that is given is read-only",
                                "pass a copy of it", user_location(
                                    self.function.__code__.co_filename, self.function.__code__.co_firstlineno) or NOWHERE)

    def compile(self, args: Sequence) -> None:
        """Compile the function for arguments of these types, before it is run: errors are then Numba's, not the program's."""
        if not hasattr(self.dispatcher, "compile"):
            return
        types = []
        for name, value in zip(self.function.__code__.co_varnames, args):
            check_lists(name, value, self.function)
            try:
                types.append(self.dispatcher.typeof_pyval(value))
            except ValueError:
                raise KindError(f"the argument {name} is a {type(value).__name__}, which Numba knows no type for",
                                'pass numbers, arrays, and tuples or lists of them, or use backend="python"',
                                user_location(self.function.__code__.co_filename, self.function.__code__.co_firstlineno)
                                or NOWHERE) from None
        self.dispatcher.compile(tuple(types))


def check_lists(name: str, value, function: types.FunctionType) -> None:
    """Refuse lists of mixed contents, whose kind Numba takes from the first item."""
    if isinstance(value, list | tuple):
        if isinstance(value, list) and len(set(map(type, value))) > 1:
            raise KindError(f"the argument {name} holds a list of mixed contents, of which Numba knows no kind",
                            'make it a tuple, or use backend="python"',
                            user_location(function.__code__.co_filename, function.__code__.co_firstlineno) or NOWHERE)
        for item in value:
            check_lists(name, item, function)


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
    import numba

    errors = numba.core.errors
    text = str(error)
    place = _place(function, text)
    advice = 'use backend="python"'
    for pattern, said, instead in _REASONS:
        if (found := re.search(pattern, text)) is not None:
            return UnsupportedError(f"Numba cannot compile the derivative: {found.expand(said)}", instead or advice, place)
    expected = errors.NumbaError | errors.NumbaTypeSafetyWarning | errors.UnsupportedBytecodeError | NotImplementedError
    if not isinstance(error, expected):
        return UnsupportedError(f"Numba's compiler fails at the derivative ({type(error).__name__}: {text})", advice, place)
    lines = [line.strip() for line in text.splitlines()]
    reasons = [line for line in lines if line and not line.startswith(("File", "^", "-", "During", "During:", "There are",
                                                                        "Failed in", "- Resolution", "Overload"))]
    reason = next((line for line in reasons if "Unsupported" in line or "Unknown" in line or "Invalid" in line or
                   "Cannot" in line or "No implementation" in line), reasons[0] if reasons else type(error).__name__)
    reason, _, _ = reason.partition(" Raised from <")
    return UnsupportedError(f"Numba cannot compile the derivative: {reason}", advice, place)


#: What Numba says, what that means, and what to write instead (None: use the other backend).
_REASONS = (
    (r"Return type of recursive function does not converge",
     "the results of a recursive function have no one type", "write the recursion as a loop"),
    (r"non-precise type pyobject", "a value is of a type that it does not know (an object, a function, or a dict that is "
     "changed, gone through or handed on)", "pass numbers and arrays, or look items up by constant keys"),
    (r"'make_like'", "objects of a class are kept in lists, or handed on", "use arrays of their numbers"),
    (r"Untyped global name '(\w+)'", r"it has no form of `\1`", None),
    (r"Unknown attribute '(\w+)' of type Module\(<module '([\w.]+)'", r"it has no form of `\2.\1`", None),
    (r"Use of unsupported NumPy function '([\w.]+)'", r"it has no form of `\1`", None),
    (r"Cannot unify (?:(?:float64|int64|complex128) and [Aa]rray\(|[Aa]rray\([^)]*\) and (?:float64|int64|complex128))",
     "a variable is a number on one path and an array on another", "make it an array from the start: np.zeros(n), not 0.0"),
    (r"imprecise type: list\(undefined\)", "the type of an empty list's items is not known", "begin with an item"),
    (r"UNPACK_EX", "an array or a list is unpacked into a starred target", "write the parts: first, rest = x[0], x[1:]"),
    (r"getiter with parameters \(Tuple\(\)\)", "an empty tuple is gone through", None),
    (r"unicode_type|UnicodeCharSeq", "texts are among the values of a dict or tuple that changes", "look at texts outside of the "
     "function, or pass numbers"),
    (r"Function\(<class 'tuple'>\)", "a tuple is made whose length is not known", "write its items down"),
    (r"zeros_like.*(?:LiteralStrKey|Literal\[str\]|dict|Dict)", "a dict is handed on, or texts are among its values",
     "look its items up by constant keys where it is made"),
    (r"cannot be determined, operation: (?:build_)?tuple", "tuples in tuples of other lengths are handed on", None),
    (r"format spec in f-strings", "texts with a format are made", "make texts outside of the function"),
)


def _place(function: types.FunctionType, text: str) -> Location:
    for filename, line in re.findall(r'File "(<srcad [^"]*>|[^"]*\.numba)", line (\d+)', text):
        place = user_location(function.__code__.co_filename if filename.endswith(".numba") else filename, int(line))
        if place is not None:
            return place
    return user_location(function.__code__.co_filename, function.__code__.co_firstlineno) or NOWHERE


def retry(variant: Variant, make: Callable, refused: frozenset) -> None:
    """Let a variant be made again, by ``make(refused=names)``, without forms that Numba turns out to lack."""
    halves = variant.halves or (variant,)
    known = set(refused)                                # of all halves: each is made again with what the others lack

    def again(number: int, missing: frozenset) -> Compiled:
        known.update(missing)
        made = make(refused=frozenset(known))
        half, other = halves[number], (made.halves or (made,))[number]
        half.source, half.whole = other.source, other.whole
        return other.function

    for k, half in enumerate(halves):
        assert isinstance(half.function, Compiled)
        half.function.again = functools.partial(again, k)


# --- compiling --------------------------------------------------------------------------------------------------------


def compile_text(main: types.FunctionType, source: str, names: Iterable[str], imports: dict[str, object],
                 interpreted: dict[str, str], refused: frozenset, fastmath: tuple[str, ...],
                 boundary: Boundary | None) -> Compiled:
    """The main function of a module that is loaded, to be compiled with all it calls.

    Parameters
    ----------
    main : function
    source : str
        The text of its module.
    names : iterable of str
        The functions of the module.
    imports : dict of str to object
        Global names that the text needs.
    interpreted : dict of str to str
        The functions that are left to the interpreter, and Numba's words for the kinds of their results.
    refused : frozenset of str
        Functions that Numba has turned out to have no form of.
    fastmath : tuple of str
    boundary : Boundary or None
        What its arguments and its result are made of.
    """
    numba = available()
    if numba.config.DISABLE_JIT:                        # by somebody who looks for an error
        return Compiled(main, main, refused, interpreted, boundary)
    options = {"fastmath": set(fastmath) or False}
    path = source_file(source, imports, fastmath, interpreted)
    namespace = main.__globals__
    if path is not None:
        namespace = dict(namespace)
        exec(compile(source, path, "exec", dont_inherit=True), namespace)
    else:
        declare()
    for name in names:
        plain = namespace[name]
        assert isinstance(plain, types.FunctionType)
        if name in interpreted:
            plain = through_interpreter(plain, interpreted[name], None if path is None else f"{path} {name}")
        namespace[name] = numba.njit(plain, **options)
    found = namespace[main.__name__]
    if path is not None:
        found._cache = _kept_code()(found.py_func)          # what Numba's own `cache=True` sets
    return Compiled(main, found, refused, interpreted, boundary)


def source_file(source: str, imports: dict[str, object], fastmath: tuple[str, ...],
                interpreted: dict[str, str] | None = None) -> str | None:
    """A file with the text of a module, in srcad's disk cache: compiled code is kept beside it.

    Its name stands for all that the compiled code depends on; None if that is not known, or nothing is to be kept.
    """
    root = files.directory()
    surroundings = environment.fingerprint()
    if root is None or surroundings is None or not files.usable(root, True):
        return None
    names = []
    for name, value in sorted(imports.items()):
        owner = value.__name__ if isinstance(value, types.ModuleType) else getattr(
            getattr(value, "__objclass__", value), "__module__", None) or ""
        if owner.partition(".")[0] not in {"numpy", "srcad", *sys.stdlib_module_names}:
            return None
        names.append((name, owner, getattr(value, "__qualname__", "")))
    key = digest((source, names, surroundings, versions(), fastmath, sorted((interpreted or {}).items())))
    return files.kept(root, key, f"{key}.numba", source.encode())


def through_interpreter(plain: types.FunctionType, result: str, key: str | None) -> types.FunctionType:
    """A function for Numba that calls one in the interpreter, and is known by a key in every process."""
    from srcad.backends import interpreting

    parameters = ", ".join(plain.__code__.co_varnames[:plain.__code__.co_argcount])
    namespace = {"call": interpreting.enter(plain, result, key), "__name__": interpreting.__name__}
    exec(f"def {plain.__name__}({parameters}):\n    return call(({parameters}{',' if parameters else ''}))\n", namespace)
    made = namespace[plain.__name__]
    assert isinstance(made, types.FunctionType)
    return made


# --- compiled code on the disk ----------------------------------------------------------------------------------------


@functools.cache
def _kept_code():
    """The class of the caches of generated functions, made when Numba is there."""
    import pickle

    from numba.core import serialize
    from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
    from numba.core.runtime import rtsys

    class Beside(_CacheLocator):
        """Numba's files lie beside the text, whose name stands for its contents."""

        def __init__(self, path: str) -> None:
            self.path = path

        def get_cache_path(self) -> str:
            return self.path.rpartition("/")[0] if "/" in self.path else self.path.rpartition("\\")[0]

        def get_source_stamp(self) -> str:
            return self.path

        def get_disambiguator(self) -> str:
            return ""

        @classmethod
        def from_function(cls, py_func, py_file) -> Beside:
            return cls(py_file)

    class Whole(CompileResultCacheImpl):
        """Compiled code with its checksum, and the symbols that it needs."""

        _locator_classes: ClassVar = [Beside]

        def check_cachable(self, cres):
            # Of functions that call each other one refers to the other by a name that only this process knows.
            return super().check_cachable(cres) and all(map(is_there, symbols(cres.library)))

        def reduce(self, cres):
            payload = serialize.dumps(super().reduce(cres))
            return checksum(payload), symbols(cres.library), payload

        def rebuild(self, target_context, payload):
            written, needed, contents = payload
            if checksum(contents) != written:
                raise ValueError("not what was written")
            if not all(map(is_there, needed)):
                declare()
                target_context.refresh()
            return super().rebuild(target_context, pickle.loads(contents))

    class Kept(FunctionCache):
        """Numba's cache of a function, without Numba's declarations where it finds what it looks for."""

        _impl_class = Whole

        def load_overload(self, sig, target_context):
            rtsys.initialize(target_context)
            try:
                found = self._load_overload(sig, target_context)
            except Exception:                       # a file that was cut short: whatever pickle makes of it
                found = None
                with contextlib.suppress(OSError):
                    self.flush()
            if found is None:
                declare()
            return found

        def save_overload(self, sig, data) -> None:
            with contextlib.suppress(OSError):      # no place left, or no permission: it is not kept
                super().save_overload(sig, data)

    return Kept


def symbols(library) -> list[str]:
    """The names that compiled code looks up when it is loaded."""
    module = library._final_module
    declared = [f.name for f in module.functions if f.is_declaration]
    declared += [v.name for v in module.global_variables if v.is_declaration]
    return sorted(name for name in declared if not name.startswith("llvm."))


def is_there(symbol: str) -> bool:
    """Is it known to the part of Numba that is loaded?"""
    import llvmlite.binding

    return llvmlite.binding.address_of_symbol(symbol) is not None
