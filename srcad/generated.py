"""Generated text, and the functions that it defines.

A Module is source text which reads the same on every machine. Loaded, it is a Python function that `inspect.getsource`,
tracebacks and `pdb` show like any other, because the text is registered in `linecache` under the name of a file that does
not exist.
"""

from __future__ import annotations

import itertools
import linecache
import types
import weakref
from collections.abc import Callable

from srcad.errors import Location


class Text:
    """One generated function: its name, its source, and the user's place of each line."""

    __slots__ = ("name", "source", "lines")

    def __init__(self, name: str, source: str, lines: list[Location | None]) -> None:
        self.name = name
        self.source = source
        self.lines = lines


class Module:
    """Generated functions that call one another.

    Attributes
    ----------
    functions : list of Text
        The main one first.
    main : str
        Its name.
    imports : dict of str to object
        Global names that the text needs, and what they stand for.
    """

    __slots__ = ("functions", "main", "imports")

    def __init__(self, functions: list[Text], main: str, imports: dict[str, object]) -> None:
        self.functions = functions
        self.main = main
        self.imports = imports

    @property
    def source(self) -> str:
        """All functions, the main one first."""
        return "\n\n\n".join(text.source.rstrip("\n") for text in self.functions) + "\n"

    @property
    def lines(self) -> list[Location | None]:
        """The user's place of each line of `source`."""
        out: list[Location | None] = []
        for k, text in enumerate(self.functions):
            out.extend([None, None] if k else [])
            out.extend(text.lines)
        return out


_serial = itertools.count(1)
_places: dict[str, Callable[[], list[Location | None]]] = {}


def load(module: Module, filename_hint: str) -> types.FunctionType:
    """Compile the text of a module; the main function."""
    return define(module.source, module.main, module.imports, lambda: module.lines, filename_hint)


def define(source: str, name: str, imports: dict[str, object], lines: Callable[[], list], hint: str = "") -> types.FunctionType:
    """Compile text; the function of this name.

    Parameters
    ----------
    source, name : str
    imports : dict of str to object
        Global names that the text needs.
    lines : callable
        Gives the user's place of each line, when it is asked for.
    hint : str
        What the text is called in tracebacks; the function's name by default.
    """
    filename = f"<srcad {hint or name} {next(_serial)}>"
    namespace: dict[str, object] = {"__name__": "srcad.generated", **imports}
    exec(compile(source, filename, "exec", dont_inherit=True), namespace)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    _places[filename] = lines
    main = namespace[name]
    assert isinstance(main, types.FunctionType)
    weakref.finalize(main, _forget, filename).atexit = False
    return main


def _forget(filename: str) -> None:
    linecache.cache.pop(filename, None)
    _places.pop(filename, None)


def user_location(code_filename: str, line: int) -> Location | None:
    """The user's place that a line of generated code came from."""
    known = _places.get(code_filename)
    places = None if known is None else known()
    return places[line - 1] if places is not None and 0 < line <= len(places) else None
