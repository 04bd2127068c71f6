"""What an object is, said in a way that another process can say again.

Within a process the compiler takes code as fixed by identity. Between processes there is none: here a function is its
module, name, code, text and defaults; a class what its body made; a library's function its name, if that leads to it. What
is read separately (closures, globals, attributes of objects: all have guards or are data) is not described again. The one
idea: whatever is not known to be described completely is refused (`Unstable`), and stays out of the disk cache.
"""

from __future__ import annotations

import functools
import linecache
import operator
import os
import sys
import types
from collections.abc import Callable

import numpy as np

from srcad.trace.kinds import NO_VALUE

try:
    from _blake2 import blake2b  # what hashlib exports, without loading OpenSSL for it
except ImportError:                      # pragma: no cover (another Python)
    from hashlib import blake2b

#: Values that are what their text says.
PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis))
#: Packages whose functions are not looked into; their versions are part of every key.
LIBRARIES = ("numpy", "scipy", "srcad", "builtins")
_WRAPPERS = {property: ("fget", "fset"), staticmethod: ("__func__",), classmethod: ("__func__",),
             functools.cached_property: ("func",)}
#: What classes have that says nothing of what they do.
_SILENT = {"__dict__", "__weakref__", "__doc__", "__firstlineno__", "__static_attributes__", "_abc_impl", "__hash__",
           "__annotate__", "__annotate_func__", "__annotations_cache__", "__abstractmethods__", "__annotations__"}


class Unstable(Exception):
    """There is no description of an object that holds in another process."""


def digest(description: object, size: int = 16) -> str:
    """The hash of a description: of nested tuples, texts, numbers and bytes."""
    return blake2b(repr(description).encode(errors="surrogatepass"), digest_size=size).hexdigest()


def checksum(contents: bytes) -> str:
    """The hash of a file's contents."""
    return blake2b(contents, digest_size=32).hexdigest()


def named(module: str | None, qualname: str | None) -> object:
    """What a name leads to in a module that is loaded already, or None."""
    found: object = sys.modules.get(module or "")
    for name in (qualname or "").split("."):
        found = getattr(found, name, None)
        if found is None:
            return None
    return found


def name_of(value) -> tuple[str, str] | None:
    """Module and qualified name that lead to a value."""
    module, qualname = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if module is None and isinstance(getattr(value, "__objclass__", None), type):
        module = value.__objclass__.__module__           # a method of a class written in C
    if isinstance(value, np.ufunc):
        qualname = value.__name__
        module = next((m for m in ("numpy", "scipy.special") if named(m, qualname) is value), None)
    if isinstance(module, str) and isinstance(qualname, str) and named(module, qualname) is value:
        return module, qualname
    return None


def is_of(value, packages: tuple) -> bool:
    """Does an object say that it comes from one of these packages?"""
    return (getattr(value, "__module__", None) or "").partition(".")[0] in packages


class Descriptions:
    """Descriptions of objects, each made once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple] = {}
        self._digests: dict[int, str] = {}
        self._keep: list = []               # identities are remembered: the objects must stay
        self._open: set[int] = set()

    def of(self, value) -> object:
        """The description of an object.

        Raises
        ------
        Unstable
            If it has none.
        """
        if type(value) in PLAIN:
            return type(value).__name__, repr(value)
        key = id(value)
        found = self._known.get(key)
        if found is None:
            if key in self._open:
                return ("inside", type(value).__name__)
            self._open.add(key)
            try:
                found = self._describe(value)
            finally:
                self._open.discard(key)
            if not self._open:              # what was described inside itself is no description of it alone
                self._known[key] = found
            self._keep.append(value)
        return found

    def digest(self, value) -> str:
        """The hash of an object's description."""
        if type(value) in PLAIN:
            return digest(self.of(value))
        found = self._digests.get(id(value))
        if found is None:
            found = self._digests[id(value)] = digest(self.of(value))
            self._keep.append(value)
        return found

    def _describe(self, value) -> tuple:
        match value:
            case types.FunctionType():
                return self._function(value)
            case types.ModuleType():
                return "module", value.__name__
            case tuple() | list():
                return type(value).__name__, *map(self.loosely, value)
            case frozenset():
                return "frozenset", *sorted(digest(self.of(v)) for v in value)
            case dict():
                return "dict", *((self.loosely(k), self.loosely(v)) for k, v in value.items())
            case np.dtype() if value.fields is None:
                return "dtype", value.str
            case np.generic():
                return "number", value.dtype.str, value.tobytes()
            case types.MethodType():
                return "method", self.of(value.__func__), self.loosely(value.__self__)
            case functools.partial() if type(value) is functools.partial:
                return "partial", self.of(value.func), self.of(value.args), self.of(value.keywords)
            case operator.itemgetter() | operator.attrgetter() | operator.methodcaller():
                made_by, *given = value.__reduce__()
                return "getter", made_by.__name__, self.of(tuple(given))
            case type():
                return self._class(value)
            case _ if type(value) in _WRAPPERS:
                return type(value).__name__, *(self.of(getattr(value, part)) for part in _WRAPPERS[type(value)])
        if value is NO_VALUE:
            return "no value",
        if hasattr(type(value), "__srcad_describe__") and is_of(type(value), ("srcad",)):
            return type(value).__qualname__, *map(self.of, value.__srcad_describe__())
        inner = getattr(value, "py_func", None)
        if isinstance(inner, types.FunctionType):
            return "compiled", type(value).__qualname__, self.of(inner)
        return self._by_name(value)

    def loosely(self, value) -> object:
        """What an object is that is looked at only through guards of its own, if it is no code."""
        try:
            return self.of(value)
        except Unstable:
            return "a", type(value).__module__, type(value).__qualname__

    def _by_name(self, value) -> tuple:
        if not callable(value):
            raise Unstable(f"an object of {type(value).__qualname__}")
        found = name_of(value)
        if found is None:
            raise Unstable(f"{value!r} is not found by name")
        return "named", type(value).__qualname__, *found, version(found[0])

    def _function(self, function: types.FunctionType) -> tuple:
        if is_of(function, LIBRARIES) and function.__module__ != "srcad.generated":
            return *self._by_name(function), function.__code__.co_code
        code = function.__code__
        return ("function", function.__module__, function.__qualname__, os.path.basename(code.co_filename), self._code(code),
                text_of(function), self.of(function.__defaults__), self.of(function.__kwdefaults__))

    def _code(self, code: types.CodeType) -> tuple:
        return (code.co_name, code.co_qualname, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount,
                code.co_flags, code.co_code, tuple(map(self._constant, code.co_consts)), code.co_names, code.co_varnames,
                code.co_freevars, code.co_cellvars, code.co_linetable, code.co_exceptiontable)

    def _constant(self, value) -> object:
        match value:
            case types.CodeType():
                return self._code(value)
            case tuple():
                return tuple(map(self._constant, value))
            case frozenset():
                return "frozenset", *sorted(repr(self._constant(v)) for v in value)
        return type(value).__name__, repr(value)

    def _class(self, cls: type) -> tuple:
        if is_of(cls, LIBRARIES) or (cls.__module__ or "").partition(".")[0] in sys.stdlib_module_names and (
                cls.__module__ != "__main__"):
            return self._by_name(cls)
        bases = tuple(map(self.of, cls.__mro__[1:]))
        body = tuple((name, self._attribute(name, value)) for name, value in cls.__dict__.items() if name not in _SILENT)
        return "class", cls.__module__, cls.__qualname__, type(cls).__qualname__, bases, body

    def _attribute(self, name: str, value) -> object:
        if name == "__dataclass_fields__":
            return tuple((n, f.init, f.kw_only, str(f._field_type), self.loosely(f.default), self.loosely(f.default_factory))
                         for n, f in value.items())
        if name == "__dataclass_params__":
            return repr(value)
        return self.loosely(value)


def text_of(function: types.FunctionType) -> str:
    """The lines that a function was written in, as they are in its file now."""
    code = function.__code__
    lines = lines_of(code.co_filename, function.__globals__)
    return "".join(lines[code.co_firstlineno - 1:last_line(code)])


def lines_of(filename: str, names: dict) -> list[str]:
    """The lines of a file, cell or input."""
    linecache.checkcache(filename)
    return linecache.getlines(filename, names)


def last_line(code: types.CodeType) -> int:
    """The last line that has code of a function."""
    ends = [end for _, end, _, _ in code.co_positions() if end]
    inner = [last_line(c) for c in code.co_consts if isinstance(c, types.CodeType)]
    return max([code.co_firstlineno, *ends, *inner])


def version(module: str) -> str:
    """The version of the package that a module is of, as far as it says."""
    return str(getattr(sys.modules.get(module.partition(".")[0]), "__version__", ""))


def whole(function: Callable, descriptions: Descriptions, seen: set | None = None) -> tuple:
    """A function with everything that it may read: of code that is taken as fixed without guards, as rules are."""
    seen = set() if seen is None else seen
    if id(function) in seen or not isinstance(function, types.FunctionType):
        return ("inside",) if id(function) in seen else (descriptions.of(function),)
    seen.add(id(function))
    if is_of(function, LIBRARIES) and function.__module__ != "srcad.generated":
        return (descriptions.of(function),)
    read = []
    for name in _names(function.__code__):
        if name in function.__globals__:
            read.append((name, _fixed(function.__globals__[name], descriptions, seen)))
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            read.append((name, _fixed(cell.cell_contents, descriptions, seen)))
        except ValueError:
            raise Unstable(f"{name} is not bound") from None
    return descriptions.of(function), *read


def _names(code: types.CodeType) -> set[str]:
    return set(code.co_names).union(*(_names(c) for c in code.co_consts if isinstance(c, types.CodeType)))


def _fixed(value, descriptions: Descriptions, seen: set) -> tuple:
    if isinstance(value, types.FunctionType):
        return whole(value, descriptions, seen)
    if isinstance(value, types.ModuleType) and value.__name__.partition(".")[0] not in (*LIBRARIES, *sys.stdlib_module_names):
        raise Unstable(f"what is read of the module {value.__name__}")
    if isinstance(value, np.ndarray | list | dict | tuple):
        raise Unstable("a container")
    return (descriptions.of(value),)
