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
import sys
import textwrap
import types
from pathlib import Path

import numpy as np

import srcad
from srcad.compile import Variant, show_kind
from srcad.emit import emit
from srcad.errors import SourceError, UnsupportedError
from srcad.frontend.scope import code_names
from srcad.frontend.source import find_source
from srcad.optimize.link import reachable
from srcad.trace.ir import Lit, Param
from srcad.trace.kinds import Array, DictOf, Kind, ListOf, Scalar, Size, TupleOf

#: The line of the header that differs between machines.
_WRITTEN_BY = "Written by srcad"


def module_text(derivative, variant: Variant) -> str:
    """The text of a module with one variant of a derivative."""
    main = variant.trace
    with _defaults(main, variant):
        module = emit(reachable(main), fold=True)
        signature, checks = _signature(derivative, variant, _parameter_names(module.source))
    used = {node.id for node in ast.walk(ast.parse(module.source)) if isinstance(node, ast.Name)}
    imports, functions = _environment({name: value for name, value in module.imports.items() if name in used})
    anchor = f"    # {main.header}\n"
    _, found, body = module.source.partition(anchor)
    if not found:
        raise AssertionError("generated source has no header")
    text = "\n".join(["from __future__ import annotations", "", *sorted(imports), "", ""])
    for function in functions:
        text += textwrap.dedent(function).strip("\n") + "\n\n\n"
    return f'"""{_header(derivative, variant)}\n"""\n\n{text}{signature}{checks}{body}'


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
    which = ", ".join(str(w) for w in derivative.which)
    name = variant.trace.doc
    return "\n".join([
        f"{derivative.what} of {name} with respect to argument {which}.",
        "",
        f"For arguments of these kinds: {', '.join(map(show_kind, variant.kinds))}.",
        f"Source of {name}: sha256 {_digest(derivative.primal)}.",
        f"{_WRITTEN_BY} {srcad.__version__} with Python {platform.python_version()} and NumPy {np.__version__}.",
        "Made from that function: edit that, not this.",
    ])


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
    parts, documented, checks = [], [], []
    for name, param in zip(names, main.params, strict=True):
        kind = param.var.kind
        default = "" if param.default is None else f" = {param.default.value!r}"
        parts.append(f"{name}: {annotation(kind)}{default}")
        documented.append(f"    {name} : {show_kind(kind)}")
        checks += _check(name, kind)
    line = f"def {main.name}({', '.join(parts)}) -> {annotation(_result(variant))}:\n"
    doc = [f'    """{derivative.what} of {main.doc}.', "", "    Parameters", "    ----------", *documented, '    """']
    return line + "\n".join(doc) + "\n", "".join(f"    {text}\n" for text in checks)


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
    return "object"


def _check(name: str, kind: Kind) -> list[str]:
    """Statements that raise TypeError if an array has other axes or another dtype than the function is right for."""
    if not isinstance(kind, Array) or kind.dims is None or kind.dtype is None:
        return []
    tests = [f"{name}.ndim == {len(kind.dims)}", f'{name}.dtype == "{kind.dtype.name}"']
    for k, d in enumerate(kind.dims):
        if d == 1:
            tests.append(f"{name}.shape[{k}] == 1")
        elif isinstance(d, Size) and d.not_one:
            tests.append(f"{name}.shape[{k}] != 1")
    wanted = f"{name} must be an array of kind {show_kind(kind)}, where : is not 1"
    return [f"if not ({' and '.join(tests)}):", f'    raise TypeError("{wanted}")']


# --- what the text needs ----------------------------------------------------------------------------------------------


def _environment(needed: dict[str, object]) -> tuple[set[str], list[str]]:
    """The import lines, and the texts of functions to include."""
    imports = {"import numpy as np"}
    functions: dict[str, str] = {}
    for name, value in needed.items():
        _provide(name, value, imports, functions)
    return imports, list(functions.values())


def _provide(name: str, value, imports: set[str], functions: dict[str, str]) -> None:
    if isinstance(value, types.ModuleType):
        imports.add(f"import {value.__name__}" if value.__name__ == name else f"import {value.__name__} as {name}")
        return
    module = getattr(value, "__module__", None) or ""
    if isinstance(value, types.FunctionType) and module.partition(".")[0] == "srcad":
        if value.__name__ in functions or name in functions:
            return
        functions[name] = ""                                        # it may call itself, also through others
        for other in code_names(value):
            if other in value.__globals__ and other not in functions:
                _provide(other, value.__globals__[other], imports, functions)
        own = inspect.getsource(value)
        del functions[name]                                         # it stands after what it calls
        functions[name] = own if value.__name__ == name else f"{own}\n\n{name} = {value.__name__}\n"
        return
    qualname = getattr(value, "__qualname__", "")
    found = sys.modules.get(module)
    if module == "__main__" or not qualname or "." in qualname or getattr(found, qualname, None) is not value:
        raise UnsupportedError(f"the derivative uses {name}, which a module cannot import",
                               "define it at the top of a module that can be imported")
    imports.add(f"from {module} import {qualname}" + (f" as {name}" if name != qualname else ""))
