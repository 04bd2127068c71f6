"""What the names of a function mean.

A function and its syntax tree enter. A `Scope` tells which names are the function's own, and for every other name the
place it is kept: the globals, a closure cell, or the builtins. The one idea: a `Free` is a place, not a value, so that
a name can be read anew at each call, as Python does.

    n = 3
    def power(x):
        return x**n         # Scope.locals is {"x"}; lookup("n").read() is 3, and 4 after n = 4
"""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator
from typing import Any

import gast

from srcad.frontend.codematch import code_objects
from srcad.frontend.trees import parts
from srcad.places import Free


class Scope:
    """The names of one function.

    Parameters
    ----------
    function : types.FunctionType
        The function.
    node : gast.FunctionDef or gast.Lambda
        Its syntax tree.

    Attributes
    ----------
    locals : frozenset of str
        Parameters and every name that the body binds, spelled as in the text.
    globals_written, nonlocals_written : frozenset of str
        Names that are declared ``global`` or ``nonlocal`` and bound in the body.
    """

    def __init__(self, function: types.FunctionType, node: gast.FunctionDef | gast.Lambda):
        bound, global_names, nonlocal_names = _found(node)
        self.function = function
        self.root = self
        self.declared_global = frozenset(global_names)
        self.globals_written = frozenset(bound & global_names)
        self.nonlocals_written = frozenset(bound & nonlocal_names)
        self.locals = frozenset(parameter_names(node)) | frozenset(bound - global_names - nonlocal_names)
        self._private = _private_class(function.__code__.co_qualname)
        self._mangled_locals = {self.mangled(name) for name in self.locals}
        self._declared_global = {self.mangled(name) for name in global_names}

    def lookup(self, name: str) -> Free | None:
        """Where `name` is kept, or None if it is local. A name that is bound nowhere counts as a global."""
        name = self.mangled(name)
        if name in self._mangled_locals:
            return None
        function = self.function
        cells = function.__code__.co_freevars
        if name in cells and name not in self._declared_global:
            return Free(name, "cell", (function.__closure__ or ())[cells.index(name)], function)
        return self.lookup_global(name)

    def lookup_global(self, name: str) -> Free:
        """Where a name is kept that an inner function declares ``global``."""
        function = self.function
        if name not in function.__globals__ and name in _builtins_of(function):
            return Free(name, "builtin", _builtins_of(function), function)
        return Free(name, "global", function.__globals__, function)

    def mangled(self, name: str) -> str:
        """`name` as Python stores it: a class-private name gets the name of the class in front."""
        if self._private and name.startswith("__") and not name.endswith("__"):
            return f"_{self._private}{name}"
        return name


class NestedScope:
    """The names of a function that is defined inside another one.

    Parameters
    ----------
    outer : Scope or NestedScope
        The names of the enclosing function.
    node : gast.FunctionDef or gast.Lambda
        The syntax tree of the inner one.

    Attributes
    ----------
    locals, globals_written, nonlocals_written : frozenset of str
        As of a `Scope`.
    declared_global : frozenset of str
        Names that are declared ``global``: no variable of an enclosing function is meant.
    """

    def __init__(self, outer: Scope | NestedScope, node: gast.FunctionDef | gast.Lambda):
        bound, global_names, nonlocal_names = _found(node)
        self.outer = outer
        self.root: Scope = outer.root
        self.globals_written = frozenset(bound & global_names)
        self.nonlocals_written = frozenset(bound & nonlocal_names)
        self.declared_global = frozenset(global_names)
        self.locals = frozenset(parameter_names(node)) | frozenset(bound - global_names - nonlocal_names)

    def lookup(self, name: str) -> Free | None:
        """Where a name is kept that is no variable of this function or of an enclosing one."""
        if name in self.locals:
            return None
        if name in self.declared_global:
            return self.root.lookup_global(name)
        return self.outer.lookup(name)


class ComprehensionScope(NestedScope):
    """The names of a comprehension: the variables of its ``for``; a walrus binds in the function around.

    Parameters
    ----------
    outer : Scope or NestedScope
    target : gast.AST
        What stands after ``for``.
    """

    def __init__(self, outer: Scope | NestedScope, target: gast.AST):
        self.outer = outer
        self.root = outer.root
        self.globals_written = outer.globals_written
        self.nonlocals_written = outer.nonlocals_written
        self.declared_global = outer.declared_global
        self.locals = frozenset(name for kind, name in _bindings(target) if kind == "bound")


_INNER = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ListComp, gast.SetComp, gast.DictComp,
          gast.GeneratorExp)


def names_used_inside(node: gast.AST) -> frozenset[str]:
    """The names that functions and comprehensions inside `node` mention: those that they may share with it."""
    return frozenset(
        name
        for inner in parts(node)
        if inner is not node and isinstance(inner, _INNER)
        for part in parts(inner)
        for name in ([part.id] if isinstance(part, gast.Name) else getattr(part, "names", ()))
        if isinstance(name, str)
    )


def _found(node: gast.FunctionDef | gast.Lambda) -> tuple[set[str], set[str], set[str]]:
    """The names that a function's body binds, declares global, declares nonlocal."""
    found: dict[str, set[str]] = {"bound": set(), "global": set(), "nonlocal": set()}
    for part in node.body if isinstance(node.body, list) else [node.body]:
        for kind, name in _bindings(part):
            found[kind].add(name)
    return found["bound"], found["global"], found["nonlocal"]


def _builtins_of(function: types.FunctionType) -> dict[str, Any]:
    return function.__builtins__  # type: ignore[attr-defined]


def parameter_names(node: gast.FunctionDef | gast.Lambda) -> tuple[str, ...]:
    """The names of all parameters, in the order of the signature."""
    a = node.args
    parameters = [*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg]
    return tuple(parameter.id for parameter in parameters if parameter is not None)


def code_names(function: types.FunctionType) -> tuple[str, ...]:
    """Every global name that the code of `function`, or code nested in it, may load; in order of appearance."""
    names: dict[str, None] = {}
    for code in code_objects(function.__code__):
        for instruction in dis.get_instructions(code):
            # The names that pytest's rewritten asserts load could not be written in source.
            if instruction.opname in _GLOBAL_LOADS and instruction.argval.isidentifier():
                names[instruction.argval] = None
    return tuple(names)


_GLOBAL_LOADS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})


def _private_class(qualname: str) -> str:
    """The name that mangles private names in the function `qualname`, or an empty string."""
    path = qualname.split(".")
    for name, following in zip(path[-2::-1], path[:0:-1]):
        # What is followed by <locals> is a function; any other name on the way is a class.
        if name != "<locals>" and following != "<locals>":
            return name.lstrip("_")
    return ""


def _bindings(node: gast.AST) -> Iterator[tuple[str, str]]:
    """What `node` binds or declares in the scope it stands in: pairs of "bound", "global" or "nonlocal" and a name."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        match node:
            case gast.Name():
                if not isinstance(node.ctx, gast.Load):
                    yield "bound", node.id
                continue
            case gast.Constant():
                continue
            case gast.MatchAs() | gast.MatchStar() if node.name is not None:
                yield "bound", node.name
            case gast.MatchMapping() if node.rest is not None:
                yield "bound", node.rest
            case gast.Import() | gast.ImportFrom():
                for alias in node.names:
                    yield "bound", alias.asname or alias.name.partition(".")[0]
            case gast.Global():
                yield from (("global", name) for name in node.names)
            case gast.Nonlocal():
                yield from (("nonlocal", name) for name in node.names)
            case gast.FunctionDef() | gast.AsyncFunctionDef() | gast.ClassDef():
                yield "bound", node.name
        waiting += _same_scope_children(node)


def _same_scope_children(node: gast.AST) -> Iterator[gast.AST]:
    """The children of `node` that are evaluated in the same scope as `node` itself, as far as binding goes."""
    match node:
        case gast.FunctionDef() | gast.AsyncFunctionDef():
            yield from node.decorator_list
            yield from _defaults(node.args)
        case gast.Lambda():
            yield from _defaults(node.args)
        case gast.ClassDef():
            yield from node.decorator_list
            yield from node.bases
            yield from node.keywords
        case gast.comprehension():
            # The target belongs to the comprehension; a walrus in the rest binds in the function.
            yield node.iter
            yield from node.ifs
        case _:
            yield from gast.iter_child_nodes(node)


def _defaults(arguments: gast.arguments) -> Iterator[gast.AST]:
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default is not None)
