"""How an object that the text needs is written: ``np.linalg.solve``, ``abs``, ``helper``.

Enters: a function, class or module. Leaves: a global name, the object that it must be bound to and the attributes that
lead from there. The idea: the canonical name is taken only if following it really gives this very object; otherwise the
object itself is bound, under its own ``__name__``.
"""

from __future__ import annotations

import builtins
import keyword
import re
import sys
import types
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Spelling:
    """``root.path[0].path[1]``, where `root` is bound to `value`; nothing need be bound if it is `builtin`."""

    root: str
    value: object
    path: tuple[str, ...] = ()
    builtin: bool = False

    @property
    def width(self) -> int:
        return len(self.root) + sum(len(p) + 1 for p in self.path)


#: Under what name a library is imported.
ALIASES = {"numpy": "np"}
#: Public homes of what says that it lives elsewhere or nowhere (ufuncs do not say).
_NAMESPACES = ("numpy", "numpy.linalg", "numpy.fft", "numpy.random", "scipy.special", "scipy.linalg")
_HOMES = {"_operator": "operator"}
_LIBRARIES = frozenset({"numpy", "scipy"}) | sys.stdlib_module_names

_cache: dict[int, tuple[object, Spelling]] = {}


def spell(obj: object) -> Spelling:
    """The way to write `obj`."""
    found = _cache.get(id(obj))
    if found is not None and found[0] is obj:
        return found[1]
    spelling = _spell(obj)
    # What is bound as it is may be the user's, and is not kept alive.
    if spelling.path or spelling.builtin:
        _cache[id(obj)] = (obj, spelling)
    return spelling


def _spell(obj: object) -> Spelling:
    if isinstance(obj, types.ModuleType):
        return _follow(obj.__name__, (), obj) or Spelling(_own_name(obj), obj)
    name = getattr(obj, "__name__", None)
    if isinstance(obj, types.BuiltinFunctionType) and isinstance(obj.__self__, np.ufunc):
        ufunc = spell(obj.__self__)
        return Spelling(ufunc.root, ufunc.value, (*ufunc.path, obj.__name__), ufunc.builtin)
    if isinstance(obj, types.MethodType) and type(obj.__self__).__module__.startswith("scipy.stats"):
        for name, value in vars(sys.modules["scipy.stats"]).items():
            if value is obj.__self__:
                return _follow("scipy.stats", (name, obj.__name__), obj) or Spelling(_own_name(obj), obj)
    qualname = getattr(obj, "__qualname__", None) or name
    home = getattr(obj, "__module__", None)
    if isinstance(home, str) and isinstance(qualname, str) and "<" not in qualname:
        home = _HOMES.get(home, home)
        if home == "builtins" and getattr(builtins, qualname, None) is obj:
            return Spelling(qualname, obj, (), True)
        if "._" not in home and home.partition(".")[0] in _LIBRARIES:
            found = _follow(home, tuple(qualname.split(".")), obj)
            if found is not None:
                return found
    if isinstance(name, str) and name.isidentifier():
        for namespace in _NAMESPACES:
            if getattr(sys.modules.get(namespace), name, None) is obj:
                found = _follow(namespace, (name,), obj)
                if found is not None:
                    return found
    return Spelling(_own_name(obj), obj)


def _follow(module: str, path: tuple[str, ...], obj: object) -> Spelling | None:
    """The spelling by the module's top package, if it leads to `obj`."""
    top, *inner = module.split(".")
    path = (*inner, *path)
    if top == "__main__" or top not in sys.modules:
        return None
    value: object = sys.modules[top]
    for attribute in path:
        value = getattr(value, attribute, None)
    same = value is obj or isinstance(obj, types.MethodType) and value == obj
    return Spelling(ALIASES.get(top, top), sys.modules[top], path) if same else None


def _own_name(obj: object) -> str:
    name = getattr(obj, "__name__", None)
    if not isinstance(name, str):
        name = type(obj).__name__.lower()
    name = re.sub(r"\W+", "_", name.rpartition(".")[2]).strip("_")
    if not name.isidentifier() or keyword.iskeyword(name):
        name = "fn"
    return name
