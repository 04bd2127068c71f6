"""Text of whole functions: Traces enter, a Module (`srcad.generated`) leaves."""

from __future__ import annotations

from srcad.emit.coalesce import share_names
from srcad.emit.fold import plan
from srcad.emit.names import Globals, Names
from srcad.emit.notes import Notes
from srcad.emit.operators import SYNTAX
from srcad.emit.plan import Plan
from srcad.emit.printer import Printer, Row
from srcad.emit.survey import survey
from srcad.emit.tree import Tree
from srcad.generated import Module, Text
from srcad.trace.ir import Function

#: Comments at the ends of lines begin here or further right, and end here.
_GAP, _FURTHEST, _WIDTH = 3, 56, 110


def emit(functions: list[Function], *, fold: bool, comments: bool = True, unbinds: bool = True) -> Module:
    """Write Traces as Python source.

    Parameters
    ----------
    functions : list of Function
        The main one first; then all those that it calls, directly or not.
    fold : bool
        Write expressions as people do; False gives the textbook form, one operation a line.
    comments : bool
        Tie statements of a derivative to the user's by comments. The code is the same either way.
    unbinds : bool
        Delete names that have no value on some path, so that their use raises; False where flags tell of that.
    """
    surveys = [survey(fn, SYNTAX) for fn in functions]
    spelled = Globals(functions, surveys)
    effects: dict = {}
    texts = []
    for fn, found in zip(functions, surveys, strict=True):
        folded = fold and not fn.strict          # folding changes the order of what may raise
        texts.append(_write(plan(fn, found, folded, effects), spelled, folded, comments, unbinds))
    return Module(texts, texts[0].name, spelled.imports)


def _write(decided: Plan, spelled: Globals, fold: bool, comments: bool, unbinds: bool) -> Text:
    found, groups = share_names(decided)
    names = Names(groups, decided.survey, spelled.taken, found.doubtful)
    unbound: set[str] = set()
    while True:
        tree = Tree(decided, names, spelled, Notes(decided, names, fold, comments), unbound, unbinds)
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
