"""Derivatives saved as modules that need nothing of srcad.

A compiled variant enters; the text of a module leaves: a header that says whose derivative it is, the imports, the few
functions of `srcad.runtime` that are used, as they stand there, and the generated functions. The one idea: what srcad
checks by looking at the kinds of the arguments, the saved function checks itself, for it is right for these kinds only.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import inspect
import platform
import re
import sys
import textwrap
import types
from pathlib import Path

import numpy as np

import srcad
from srcad.accepting import checks, written
from srcad.calling import P
from srcad.compile import Variant
from srcad.derivative import Derivative
from srcad.emit import emit
from srcad.errors import Location, SourceError, UnsupportedError
from srcad.frontend.scope import code_names
from srcad.frontend.source import find_source
from srcad.optimize.link import reachable
from srcad.specialise.callees import is_library
from srcad.trace.ir import Lit, Param
from srcad.trace.kinds import Array, DictOf, Kind, ListOf, Scalar, Static, TupleOf, kind_of
from srcad.trace.naming import show_kind

#: The line of the header that differs between machines.
_WRITTEN_BY = "Written by srcad"


def module_text(derivative, variant: Variant, include: bool = False) -> str:
    """The text of a module with one variant of a derivative.

    Functions of the user's that the text calls as they are (those with rules of their own) are imported by their qualified
    names, or written into the module if `include` is true.
    """
    main = variant.trace
    with _defaults(main, variant):
        module = emit(reachable(main), fold=True)
        signature, refusals = _signature(derivative, variant, _parameter_names(module.source))
    used = {node.id for node in ast.walk(ast.parse(module.source)) if isinstance(node, ast.Name)}
    needed = _Needed(include, main.loc)
    for node in ast.parse(module.source).body:
        needed.claim(getattr(node, "name", ""), module)
    for name, value in module.imports.items():
        if name in used:
            needed.provide(name, value)
    if re.search(r"\bAny\b", signature.partition("\n")[0]):
        needed.imports.add("from typing import Any")
    anchor = f"    # {main.header}\n"
    _, found, body = module.source.partition(anchor)
    if not found:
        raise AssertionError("generated source has no header")
    if "np." not in signature + refusals + body + "".join(needed.functions.values()):
        needed.imports.discard("import numpy as np")
    text = "\n".join(["from __future__ import annotations", "", *sorted(needed.imports), *[""] * (2 + bool(needed.imports))])
    if needed.numbers:
        text += "\n".join(needed.numbers.values()) + "\n\n\n"
    for function in needed.functions.values():
        text += textwrap.dedent(function).strip("\n") + "\n\n\n"
    return f'"""{_header(derivative, variant)}\n"""\n\n{text}{signature}{refusals}{body}'


def same_but_for_versions(one: str, other: str) -> bool:
    """Are two saved texts the same, whoever wrote them?"""
    def plain(text: str) -> list[str]:
        return [line for line in text.splitlines() if not line.startswith(_WRITTEN_BY)]

    return plain(one) == plain(other)


def write(path: str | Path, text: str) -> None:
    """Write a text, whole or not at all."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


# --- the header -------------------------------------------------------------------------------------------------------


def _header(derivative, variant: Variant) -> str:
    name = _primal(derivative, variant)
    return "\n".join([
        f"{derivative.what} of {name} with respect to {derivative.by()}.",
        "",
        f"For arguments of these kinds: {_quoted(', '.join(map(show_kind, variant.kinds)))}.",
        f"Source of {name}: sha256 {_digest(derivative.primal)}.",
        f"{_WRITTEN_BY} {srcad.__version__} with Python {platform.python_version()} and NumPy {np.__version__}.",
        "Made from that function: edit that, not this.",
    ])


def _primal(derivative, variant: Variant) -> str:
    """What is differentiated: a function, or a derivative of one."""
    name, primal = variant.trace.doc, derivative.primal
    while isinstance(primal, Derivative):
        name, primal = f"{primal.what[0].lower()}{primal.what[1:]} of {name}", primal.primal
    return name


def _quoted(text: str) -> str:
    """A text as it may stand in a docstring."""
    return text.replace("\\", "\\\\").replace('"', '\\"') if "\\" in text or '""' in text else text


def _digest(primal) -> str:
    try:
        source = find_source(primal)
    except (SourceError, UnsupportedError):
        return "unknown"
    lines = source.lines[source.node.lineno - 1:source.node.end_lineno]
    return hashlib.sha256(textwrap.dedent("\n".join(lines)).encode()).hexdigest()[:32]


# --- the signature ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _defaults(main, variant: Variant):
    """Let the numbers that the function reads from outside be defaults of its last parameters."""
    before, count = main.params, len(variant.data)
    given = []
    for datum in variant.data:
        value = datum.read()
        if type(value) not in (int, float, complex):
            raise UnsupportedError(
                f"the function reads {datum.name}, a {type(value).__name__} from outside, which cannot be written into "
                f"a module", "make it an argument of the function", main.loc)
        given.append(Lit(value))
    main.params = [*before[:len(before) - count],
                   *(Param(p.var, p.style, d) for p, d in zip(before[len(before) - count:], given))]
    try:
        yield
    finally:
        main.params = before


def _parameter_names(source: str) -> list[str]:
    """What the parameters of the first function are called in its text."""
    first = ast.parse(source).body[0]
    assert isinstance(first, ast.FunctionDef)
    given = first.args
    return [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _signature(derivative, variant: Variant, names: list[str]) -> tuple[str, str]:
    """The ``def`` line with annotations and docstring, and the checks of the arguments' kinds."""
    main = variant.trace
    params = [(name, param.var.kind) for name, param in zip(names, main.params, strict=True)]
    line = f"def {main.name}({', '.join(_parameters(derivative, variant, params))}) -> {annotation(_result(variant))}:\n"
    doc = [f'    """{derivative.what} of {_primal(derivative, variant)}.', "", "    Parameters", "    ----------",
           *(f"    {name} : {_quoted(show_kind(kind))}" for name, kind in params), '    """']
    return line + "\n".join(doc) + "\n", "".join(f"    {text}\n" for text in checks(params, main.loc))


def _parameters(derivative, variant: Variant, params: list[tuple[str, Kind]]) -> list[str]:
    """The parameters as they stand in the ``def`` line: passed as those of the function are, and with its defaults."""
    passed = _passed(derivative, variant)
    passed += [(P.POSITIONAL_OR_KEYWORD, None if p.default is None else written(p.default.value))
               for p in variant.trace.params[len(passed):]]
    texts = [f"{name}: {annotation(kind)}" for name, kind in params]
    by_name = next((k for k, (style, _) in enumerate(passed) if style == P.KEYWORD_ONLY), len(passed))
    for k in range(by_name, len(passed)):
        texts[k] += "" if passed[k][1] is None else f" = {passed[k][1]}"
    for k in reversed(range(by_name)):
        if passed[k][1] is None:
            break                                    # what stands before a parameter without a default has none
        texts[k] += f" = {passed[k][1]}"
    if by_name < len(passed):
        texts.insert(by_name, "*")
    positional = sum(style == P.POSITIONAL_ONLY for style, _ in passed)
    if positional:
        texts.insert(positional, "/")
    return texts


def _passed(derivative, variant: Variant) -> list[tuple[int, str | None]]:
    """How each argument of the function is passed, and its default as source, if that is of the argument's kind."""
    found: list[tuple[int, str | None]] = []
    defaults = {p.name: p.default for p in derivative._calling.parameters}
    layout = variant.layout
    for form, style in zip(layout.form, layout.styles):
        if isinstance(form, int):
            default = defaults.get(layout.names[form], P.empty)
            plain = type(default) in _CONSTANTS and kind_of(default) == variant.kinds[form]
            found.append((int(style), written(default) if plain else None))
        else:
            found += [(P.KEYWORD_ONLY if style == P.VAR_KEYWORD else P.POSITIONAL_OR_KEYWORD, None)] * len(form)
    return found


def _result(variant: Variant) -> Kind:
    atom = variant.trace.result
    return getattr(atom, "kind", None) or Scalar(float)


def annotation(kind: Kind) -> str:
    """A kind as a type annotation."""
    match kind:
        case Scalar(base=base, dtype=dtype):
            return base.__name__ if dtype is None else f"np.{dtype.name}"
        case Array():
            return "np.ndarray"
        case TupleOf(items=items, cls=None):
            return f"tuple[{', '.join(map(annotation, items)) or '()'}]"
        case TupleOf():
            return "tuple"
        case ListOf():
            return "list"
        case DictOf():
            return "dict"
        case Static(value=(None | bool() | str()) as value):
            return "None" if value is None else type(value).__name__
    return "Any"


# --- what the text needs ----------------------------------------------------------------------------------------------


_CONSTANTS = (types.NoneType, bool, int, float, complex, str)


class _Needed:
    """What the text of a module needs around it.

    Attributes
    ----------
    imports : set of str
        Lines.
    numbers : dict of str to str
        Lines that bind the constants which functions of the user's read.
    functions : dict of str to str
        The texts of functions by name, each after those that it calls.
    """

    def __init__(self, include: bool, loc: Location) -> None:
        self.include, self.loc = include, loc
        self.meanings: dict[str, object] = {}
        self.imports = {"import numpy as np"}
        self.numbers: dict[str, str] = {}
        self.functions: dict[str, str] = {}

    def claim(self, name: str, value) -> None:
        """See that a name means one thing only."""
        known = self.meanings.setdefault(name, value)
        if known is not value and not (type(known) is type(value) in _CONSTANTS and repr(known) == repr(value)):
            raise UnsupportedError(f"two things that the module needs are called {name}", "give one of them another name",
                                   self.loc)

    def provide(self, name: str, value) -> None:
        """Let a name mean a value in the module."""
        self.claim(name, value)
        if isinstance(value, types.ModuleType):
            self.imports.add(f"import {value.__name__}" if value.__name__ == name else f"import {value.__name__} as {name}")
            return
        module = getattr(value, "__module__", None) or ""
        if isinstance(value, types.FunctionType) and (
                module.partition(".")[0] == "srcad" or self.include and not is_library(value)):
            self.write(name, value)
            return
        qualname = getattr(value, "__qualname__", "")
        found = sys.modules.get(module)
        if module == "__main__" or not qualname or "." in qualname or getattr(found, qualname, None) is not value:
            raise UnsupportedError(f"the derivative uses {name}, which a module cannot import",
                                   "define it at the top of a module that can be imported, or save with include=True")
        self.imports.add(f"from {module} import {qualname}" + (f" as {name}" if name != qualname else ""))

    def write(self, name: str, function: types.FunctionType) -> None:
        """Write a function into the module, with what it reads from outside."""
        self.claim(function.__name__, function)
        if function.__name__ in self.functions or name in self.functions:
            return
        own = self.text(function)
        self.functions[name] = ""                                        # it may call itself, also through others
        for other in code_names(function):
            if other in function.__globals__:
                self.provide_read(other, function.__globals__[other], function)
        del self.functions[name]                                         # it stands after what it calls
        self.functions[name] = own if function.__name__ == name else f"{own}\n\n{name} = {function.__name__}\n"

    def provide_read(self, name: str, value, function: types.FunctionType) -> None:
        """What a function reads from outside: constants are written as they are now."""
        if type(value) in _CONSTANTS:
            self.claim(name, value)
            self.numbers[name] = f"{name} = {written(value)}"
        elif isinstance(value, types.ModuleType | types.FunctionType | types.BuiltinFunctionType | np.ufunc | type):
            self.provide(name, value)
        else:
            raise UnsupportedError(f"{function.__name__} reads {name}, a {type(value).__name__}, which cannot be written "
                                   f"into a module", "make it an argument, or save without include")

    def text(self, function: types.FunctionType) -> str:
        """The source of a function that means the same in another module."""
        try:
            text = textwrap.dedent(inspect.getsource(function))
            node = ast.parse(text).body[0]
        except (OSError, TypeError, SyntaxError, IndexError):
            node = None
        if not isinstance(node, ast.FunctionDef) or node.decorator_list or function.__closure__ or (
                node.name != function.__name__):
            raise UnsupportedError(f"{function.__name__} cannot be written into a module: only a plain function, without "
                                   f"decorators and variables of a function around it, can",
                                   "import it instead: save without include")
        return text
