"""Text of whole functions, and the functions that it defines.

Enters: Traces. Leaves: a Module, that is source text which reads the same on every machine; loaded, it is a Python
function that `inspect.getsource`, tracebacks and `pdb` show like any other, because the text is registered in
`linecache` under the name of a file that does not exist.
"""

from __future__ import annotations

import itertools
import linecache
import types
import weakref
from dataclasses import dataclass, field

from srcad.emit.coalesce import share_names
from srcad.emit.fold import plan
from srcad.emit.names import Globals, Names
from srcad.emit.notes import Notes
from srcad.emit.operators import SYNTAX
from srcad.emit.plan import Plan
from srcad.emit.printer import Printer, Row
from srcad.emit.survey import survey
from srcad.emit.tree import Tree
from srcad.errors import Location
from srcad.trace.ir import Function

#: Comments at the ends of lines begin here or further right, and end here.
_GAP, _FURTHEST, _WIDTH = 3, 56, 110


@dataclass(slots=True)
class Text:
    """One generated function: its name, its source, and the user's place of each line."""

    name: str
    source: str
    lines: list[Location | None]


@dataclass(slots=True)
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

    functions: list[Text]
    main: str
    imports: dict[str, object] = field(default_factory=dict)

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


def emit(functions: list[Function], *, fold: bool, comments: bool = True) -> Module:
    """Write Traces as Python source.

    Parameters
    ----------
    functions : list of Function
        The main one first; then all those that it calls, directly or not.
    fold : bool
        Write expressions as people do; False gives the textbook form, one operation a line.
    comments : bool
        Tie statements of a derivative to the user's by comments. The code is the same either way.
    """
    surveys = [survey(fn, SYNTAX) for fn in functions]
    spelled = Globals(functions, surveys)
    effects: dict = {}
    texts = []
    for fn, found in zip(functions, surveys, strict=True):
        texts.append(_write(plan(fn, found, fold, effects), spelled, fold, comments))
    return Module(texts, texts[0].name, spelled.imports)


def _write(decided: Plan, spelled: Globals, fold: bool, comments: bool) -> Text:
    found, groups = share_names(decided)
    names = Names(groups, decided.survey, spelled.taken, found.doubtful)
    unbound: set[str] = set()
    while True:
        tree = Tree(decided, names, spelled, Notes(decided, names, fold, comments), unbound)
        node = tree.function()
        # What is found to be unbound somewhere must not be taken for granted anywhere.
        if tree.bindings.unbound <= unbound:
            break
        unbound |= tree.bindings.unbound
    rows = Printer(node).rows
    _place_notes(rows)
    return Text(node.name, "".join(row.text + "\n" for row in rows), [row.location for row in rows])


def _place_notes(rows: list[Row]) -> None:
    """Append the comments, all in one column where that is possible."""
    widths = [len(row.text) for row in rows if row.note]
    column = max((w for w in widths if w <= _FURTHEST), default=0) + _GAP
    above = ""
    for row in rows:
        text = row.text.strip()
        start = max(column, len(row.text) + _GAP)
        # What this line or the one above says need not be said again.
        if row.note and row.note not in (text, above) and start + 2 + len(row.note) <= _WIDTH:
            row.text = f"{row.text:<{start}}# {row.note}"
        above = text


_serial = itertools.count(1)
_places: dict[str, list[Location | None]] = {}


def load(module: Module, filename_hint: str) -> types.FunctionType:
    """Compile the text of a module; the main function."""
    filename = f"<srcad {filename_hint} {next(_serial)}>"
    source = module.source
    namespace: dict[str, object] = {"__name__": "srcad.generated", **module.imports}
    exec(compile(source, filename, "exec", dont_inherit=True), namespace)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    _places[filename] = module.lines
    main = namespace[module.main]
    assert isinstance(main, types.FunctionType)
    weakref.finalize(main, _forget, filename).atexit = False
    return main


def _forget(filename: str) -> None:
    linecache.cache.pop(filename, None)
    _places.pop(filename, None)


def user_location(code_filename: str, line: int) -> Location | None:
    """The user's place that a line of generated code came from."""
    places = _places.get(code_filename)
    return places[line - 1] if places is not None and 0 < line <= len(places) else None
