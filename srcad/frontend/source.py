"""From a function object to its text and syntax tree.

A function enters; a `Source` leaves: the gast tree of exactly this function, with line and column numbers that count
in the whole file, or a `SourceError` that says why there is none. The one idea: the text is only trusted after it has
been compiled again and found equal to the code the function runs, so an edited file, a look-alike lambda on the same
line or text of another cell can never be taken for the function.

    f, g = lambda x: x * 2, lambda x: x * 3
    find_source(g).node.body                    # x * 3
"""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import re
import threading
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

import gast

from srcad.errors import Location, SourceError, UnsupportedError
from srcad.frontend.codematch import FunctionNode, code_of, first_line, is_compiled_from
from srcad.frontend.trees import parts


@dataclass(frozen=True, eq=False)
class Source:
    """The text of one function.

    Attributes
    ----------
    function : types.FunctionType
        The plain Python function whose code this is. Defaults are to be read from it, not from the tree.
    node : gast.FunctionDef or gast.Lambda
        Its syntax tree, for the caller to keep; lines count in the file, columns are bytes as in `ast`.
    filename : str
        The file as the code object names it.
    lines : tuple of str
        The whole file or cell; line n is ``lines[n - 1]``.
    bound_self : object
        For a bound method its ``self`` (or ``cls``), else None.
    """

    function: types.FunctionType
    node: gast.FunctionDef | gast.Lambda
    filename: str
    lines: tuple[str, ...] = field(repr=False)
    bound_self: object | None = None

    def location(self, node: gast.AST) -> Location:
        """The place of `node`; a node that has none (an operator, say) is placed at the function's head."""
        line = getattr(node, "lineno", None)
        if line is None:
            node, line = self.node, self.node.lineno
        text = self.lines[line - 1]
        bytes_of = text.encode()
        column = len(bytes_of[: node.col_offset].decode(errors="replace"))
        end_column = -1
        if getattr(node, "end_lineno", None) == line and node.end_col_offset is not None:
            end_column = len(bytes_of[: node.end_col_offset].decode(errors="replace"))
        return Location(self.filename, line, column, end_column, text, self.function.__code__.co_qualname)


# Syntax trees are kept and shared, and `code_of` moves the lines of one while it compiles it.
_TREES = threading.Lock()


def find_source(fn: object) -> Source:
    """The source of a Python function, a bound method or a static method.

    A decorator's wrapper is a function like any other: its own source is returned, never that of what it wraps.

    Raises
    ------
    SourceError
        If `fn` is not a Python function, if its text is not to be had, or if the text is not what the function runs.
    UnsupportedError
        For an ``async`` function, and for syntax that gast does not know.
    """
    bound_self = None
    if isinstance(fn, types.MethodType):
        bound_self, fn = fn.__self__, fn.__func__
    elif isinstance(fn, staticmethod):
        fn = fn.__func__
    if not isinstance(fn, types.FunctionType):
        raise _not_a_function(fn)
    code = fn.__code__
    file = _read(tuple(_lines(fn)))
    if not file.text.strip():
        raise _no_text(code)
    try:
        with _TREES:
            tree = _to_gast(_find_node(code, file), code, file.lines)
    except RecursionError:
        raise UnsupportedError(
            f"`{code.co_qualname}` has an expression that is nested too deeply for Python to walk through.",
            "Split it into several statements.",
            Location(code.co_filename, code.co_firstlineno, function=code.co_qualname),
        ) from None
    return Source(fn, tree, code.co_filename, file.lines, bound_self)


# Text ----------------------------------------------------------------------------------------------------------------


def _lines(fn: types.FunctionType) -> list[str]:
    """The lines of the file, cell or input that `fn` was compiled from, or an empty list."""
    code = fn.__code__
    filename = code.co_filename
    linecache.checkcache(filename)
    # Looked up in the module at each call: doctest replaces `linecache.getlines` while it runs.
    lines = linecache.getlines(filename, fn.__globals__)
    if not lines:
        # Where Python 3.13 and later keep what was typed at the prompt or given with -c.
        of_code = getattr(linecache, "_getlines_from_code", None)
        lines = of_code(code) if of_code is not None else []
    return lines


@dataclass(frozen=True)
class _File:
    """A file, a cell or an input; ``imports`` are the names it seems to import at its top level."""

    text: str
    lines: tuple[str, ...]
    imports: frozenset[str]


@functools.lru_cache(maxsize=32)
def _read(lines: tuple[str, ...]) -> _File:
    text = "".join(lines)
    if text.count("\n") < len(lines) - 1:
        # Those who fill linecache themselves often leave the line ends out.
        text = "\n".join(line.rstrip("\n") for line in lines)
    imports = (_parse(match[0]) for match in _IMPORT.finditer(text))
    names = frozenset().union(*(_imported_names(module) for module in imports if module is not None))
    return _File(text, tuple(text.split("\n")), names)


_TOP_LEVEL = re.compile(r"[^\s#)\]}'\"]")
_IMPORT = re.compile(r"^(?:import|from)\b[^\n(]*(?:\([^)]*\))?", re.MULTILINE)


@functools.lru_cache(maxsize=128)
def _parse(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the user has seen them when the text was first compiled
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            return None


def _texts(code: types.CodeType, file: _File) -> Iterator[tuple[str, frozenset[str]]]:
    """The text to search and the names imported at its top level: the likely top-level statement, then everything.

    Parsing a large file takes longer than everything else together. The first text is a guess (a multi-line string
    may fool it), which is harmless as the result is checked against `code`.
    """
    lines = file.lines
    start = code.co_firstlineno - 1
    while 0 < start < len(lines) and not _TOP_LEVEL.match(lines[start]):
        start -= 1
    end = max((line for _, _, line in code.co_lines() if line), default=code.co_firstlineno)
    while end < len(lines) and not _TOP_LEVEL.match(lines[end]):
        end += 1
    if start < end and (start > 0 or end < len(lines)):
        yield "\n" * start + "\n".join(lines[start:end]), file.imports
    if (module := _parse(file.text)) is not None:
        yield file.text, _imported_names(module)


def _imported_names(module: ast.Module) -> frozenset[str]:
    """The names that import statements bind at the top level of `module`, also under an ``if`` or ``try``."""
    names = set()
    rest: list[ast.AST] = [module]
    while rest:
        match rest.pop():
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name.partition(".")[0] for alias in aliases}
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.expr():
                pass
            case node:
                rest.extend(ast.iter_child_nodes(node))
    return frozenset(names - {"*"})


# The node of a code object -------------------------------------------------------------------------------------------


def _find_node(code: types.CodeType, file: _File) -> FunctionNode:
    """The one node of the text that compiles to `code`."""
    for text, imported in _texts(code, file):
        candidates = list(_candidates(_parse(text), code))
        # IPython compiles each statement of a cell by itself, so that it does not see what the others import.
        for context in (imported, frozenset()) if imported else (imported,):
            for statement, node in candidates:
                compiled = code_of(statement, node, context, code, len(candidates) == 1)
                # Without columns two lambdas on a line may be the same code; then each of them is the function.
                if compiled is not None and is_compiled_from(code, compiled, node):
                    return node
    raise SourceError(
        f"The text at this place is not what `{code.co_qualname}` was compiled from: "
        "it has changed since it was loaded, or a tool has rewritten the function.",
        "Load it again (restart, importlib.reload, or run the cell again) and differentiate the new function.",
        Location(code.co_filename, code.co_firstlineno, function=code.co_qualname),
    )


def _candidates(module: ast.Module | None, code: types.CodeType) -> Iterator[tuple[ast.stmt, FunctionNode]]:
    """The functions named and placed as `code` is, each with the top-level statement it is in."""
    line = code.co_firstlineno
    for statement in module.body if module is not None else ():
        for node in _nodes_around(statement, line):
            match node:
                case ast.Lambda():
                    name = "<lambda>"
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    name = node.name
                case _:
                    continue
            if first_line(node) == line and name == code.co_name:
                yield statement, node


def _nodes_around(statement: ast.stmt, line: int) -> Iterator[ast.AST]:
    """`statement` and what is in it, without the parts that lie on other lines than `line`."""
    rest: list[ast.AST] = [statement]
    while rest:
        node = rest.pop()
        last_line = getattr(node, "end_lineno", None)
        if last_line is None or first_line(node) <= line <= last_line:
            yield node
            rest.extend(ast.iter_child_nodes(node))


def _to_gast(node: FunctionNode, code: types.CodeType, lines: tuple[str, ...]) -> gast.FunctionDef | gast.Lambda:
    if isinstance(node, ast.AsyncFunctionDef):
        raise UnsupportedError(
            f"`{code.co_qualname}` is an async function, which cannot be differentiated.",
            "Move the computation into an ordinary function and differentiate that.",
            _place(code, node.lineno, lines),
        )
    found = parts(node)
    # gast leaves out what it does not know, without a word. (It writes an `arg` as a Name.)
    unknown = tuple(cls for cls in set(map(type, found)) if cls is not ast.arg and not hasattr(gast, cls.__name__))
    for part in found if unknown else ():
        if isinstance(part, unknown):
            raise UnsupportedError(
                f"`{code.co_qualname}` uses syntax that the installed gast does not know ({type(part).__name__}).",
                "Write it in another way, or install a newer gast.",
                _place(code, getattr(part, "lineno", node.lineno), lines),
            )
    return gast.ast_to_gast(node)


# Refusals ------------------------------------------------------------------------------------------------------------


def _place(code: types.CodeType, line: int, lines: tuple[str, ...]) -> Location:
    text = lines[line - 1]
    return Location(code.co_filename, line, len(text) - len(text.lstrip()), -1, text, code.co_qualname)


def _no_text(code: types.CodeType) -> SourceError:
    match code.co_filename:
        case name if name == "<stdin>" or name.startswith("<python-input"):
            advice = (
                "The Python prompt keeps what is typed from version 3.13 on only. "
                "Put the function into a file, or type it in IPython or Jupyter."
            )
        case name if name.startswith("<") and name.endswith(">"):
            advice = (
                "Put the function into a file, or, if a program wrote it, enter its text: "
                f"linecache.cache[{name!r}] = len(text), None, text.splitlines(True), {name!r}."
            )
        case _:
            advice = "The file is gone or cannot be read: put it back, or differentiate a function whose file is there."
    return SourceError(
        f"There is no source text for `{code.co_qualname}`.",
        advice,
        Location(code.co_filename, code.co_firstlineno, function=code.co_qualname),
    )


_C_FUNCTIONS = (
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
)


def _not_a_function(fn: object) -> SourceError:
    """What `fn` is instead of a Python function, and what to pass in its place."""
    kind = type(fn)
    name = (
        getattr(fn, "__qualname__", None) or getattr(fn, "__name__", None) or f"{kind.__module__}.{kind.__qualname__}"
    )
    inner = next((a for a in ("__wrapped__", "py_func") if isinstance(getattr(fn, a, None), types.FunctionType)), None)
    no_rule = "It can be differentiated only by a rule: see srcad.rules."
    match fn:
        case type():
            reason = "is a class, not a function"
            advice = f"Differentiate a function that calls it, such as lambda x: {name}(x)."
        case functools.partial():
            name = "functools.partial"
            reason = "object is not a Python function"
            advice = "Write the call out: lambda x: f(x, ...)."
        case functools._lru_cache_wrapper():
            reason = "is cached by functools.lru_cache, so a call may return a stored value without running the code"
            advice = "Differentiate the function without the cache: `__wrapped__` of this object."
        case classmethod() | property():
            reason = f"is a {kind.__name__} object, taken from its class without being bound"
            advice = "Get it through the class or an instance, or write a function that does."
        case _ if isinstance(fn, _C_FUNCTIONS) or kind.__module__.partition(".")[0] == "numpy":
            reason = "is not written in Python, so it has no source"
            advice = no_rule
        case _ if inner is not None:
            reason = f"is a {kind.__module__}.{kind.__qualname__} object, not a Python function"
            advice = f"Differentiate the function it was made from: `{inner}` of this object."
        case _ if isinstance(inspect.getattr_static(kind, "__call__", None), types.FunctionType):
            name = f"{kind.__module__}.{kind.__qualname__}"
            reason = "object is not a function"
            advice = "Differentiate its method: pass obj.__call__ in place of obj."
        case _ if callable(fn):
            reason = f"is a {kind.__module__}.{kind.__qualname__} object that has no source in Python"
            advice = no_rule
        case _:
            name = f"{kind.__module__}.{kind.__qualname__}"
            reason = "object is not callable"
            advice = "Pass a function."
    return SourceError(f"`{name}` {reason}.", advice)
