"""Which line of a derivative belongs to which executed statement of the function.

What enters is a typed Trace, and lines of its tangent and adjoint as they are executed; what leaves are the same lines,
each at the position of a primal line. The one idea: the statements of the primal are numbered, the number travels in
their `Location`, which derivatives hand on, and the executions of a statement come in the same order in all three
traces, in the adjoint in the opposite one. So the next line with number 7 belongs to the next execution of statement 7.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from srcad import runtime
from srcad.compile import check_differentiable, typed
from srcad.differentiate.functions import adjoint_function
from srcad.differentiate.tangent import tangent_function
from srcad.emit import Module, emit
from srcad.errors import Location
from srcad.optimize.link import called, link
from srcad.optimize.pipeline import optimize
from srcad.specialise.program import Program, with_program
from srcad.stepping import NOTHING, stepping
from srcad.table import Cell
from srcad.trace import ir

_REVERSE = "# reverse adjoint trace"


class Place(Location):
    """A place that also says which statement of the primal it is, and whether it is one of its derivative's."""

    __slots__ = ("number", "derived")

    def __init__(self, filename: str, line: int, column: int, end_column: int, text: str, function: str, number: int,
                 derived: bool) -> None:
        super().__init__(filename, line, column, end_column, text, function)
        self.number: Final = number
        self.derived: Final = derived


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a line.

    Attributes
    ----------
    text : str
    key : int or None
        Which statement it belongs to; the head of a loop has a key of its own.
    derived : bool
        Is it an operation of a derivative? None for what only hands a value on.
    names : tuple of str
        What it binds.
    head : bool
        Is it the head of a loop?
    """

    text: str
    key: int | None
    derived: bool | None
    names: tuple[str, ...]
    head: bool


@dataclass(slots=True)
class Written:
    """A function in textbook form, its lines, the line after which the reverse sweep begins, the data it reads."""

    module: Module
    lines: dict[int, Line]
    reverse: int
    data: list = field(default_factory=list)


# --- writing ----------------------------------------------------------------------------------------------------------


def write(mode: str, target, layout, kinds: tuple, which: tuple, bound) -> Written:
    """The primal, the tangent or the adjoint with respect to the parameters `which`, in textbook form."""
    return with_program("python", lambda program: _write(program, mode, target, layout, kinds, which, bound))


def _write(program: Program, mode: str, target, layout, kinds: tuple, which: tuple, bound) -> Written:
    info = typed(program, target, layout, kinds, bound)
    operations = _number(info.function)
    own = {id(f) for f in called(info.function)}
    for k in which:
        check_differentiable(info.function, k)
    match mode:
        case "tangent":
            main = tangent_function(program, info, which).function
        case "adjoint":
            main = adjoint_function(program, info, which, name=f"{info.function.name}_adjoint", seed=True, value=False,
                                    textbook=True).function
        case _:
            main = info.function
    if mode != "primal":
        _mark(main, own, operations, mode)
    functions, data = link(program, main)
    optimize(functions, False)
    module = emit(functions, fold=False, comments=False)
    return Written(module, _lines(module), _reverse_line(module), data)


def _number(function: ir.Function) -> set[int]:
    """Number the statements; the numbers of operations."""
    operations = set()
    for k, stmt in enumerate(s for s in ir.walk(function.body) if not isinstance(s, ir.Comment)):
        stmt.loc = _place(stmt.loc, k, False)
        if isinstance(stmt, ir.Apply):
            operations.add(k)
    return operations


def _place(loc: Location, number: int, derived: bool) -> Place:
    return Place(loc.filename, loc.line or 1, loc.column, loc.end_column, loc.text, loc.function, number, derived)


def _mark(main: ir.Function, own: set[int], operations: set[int], mode: str) -> None:
    """Tell the operations of a derivative from those of the primal that it repeats."""
    seen: set[int] = set()
    for stmt in ir.walk(main.body):
        if not isinstance(stmt, ir.Apply):
            continue
        number = stmt.loc.number if isinstance(stmt.loc, Place) else -1
        if mode == "tangent":
            # The primal operation comes first, if it has not become a call of a tangent function.
            repeated = number in operations and number not in seen
            derived = not repeated or (isinstance(stmt.fn, ir.Function) and id(stmt.fn) not in own)
            seen.add(number)
        else:
            derived = stmt.origin is not None
        stmt.loc = _place(stmt.loc, number if number in operations else -1, derived)


def _lines(module: Module) -> dict[int, Line]:
    main = ast.parse(module.source).body[0]
    texts = module.source.splitlines()
    found = {}
    for node in ast.walk(main):
        match node:
            case ast.Assign(targets=[target]) | ast.AugAssign(target=target) | ast.For(target=target):
                names = tuple(part.id for part in ast.walk(target) if isinstance(part, ast.Name))
            case ast.Expr():
                names = ()
            case _:
                continue
        place, head = module.lines[node.lineno - 1], isinstance(node, ast.For)
        number, derived = (place.number, place.derived) if isinstance(place, Place) else (-1, False)
        text = texts[node.lineno - 1].strip()
        found[node.lineno] = Line(text.removesuffix(":") if head else text, 2 * number + head if number >= 0 else None,
                                  derived, names, head)
    return found


def _reverse_line(module: Module) -> int:
    texts = [text.strip() for text in module.source.splitlines()]
    return texts.index(_REVERSE) + 1 if _REVERSE in texts else 0


# --- running ----------------------------------------------------------------------------------------------------------


class Primal:
    """The executed lines of the primal.

    Attributes
    ----------
    keys : list
        Of every executed line.
    places : dict
        Key → positions in `keys`.
    cells : dict
        Position → Cell, of the first and the last lines.
    head : int
        How many of the first ones.
    """

    def __init__(self, written: Written, limit: int) -> None:
        self.written = written
        self.keys: list[int | None] = []
        self.places: dict[int | None, list[int]] = defaultdict(list)
        self.cells: dict[int, Cell] = {}
        self.head, self.tail = limit - limit // 2, limit // 2

    def run(self, args: list) -> Any:
        """Run the primal; its result."""
        function = stepping(self.written.module, self.step, silent=False)
        return function(*args, *(d.read() for d in self.written.data))

    def step(self, line: int, value: Any) -> None:
        found = self.written.lines[line]
        at = len(self.keys)
        self.keys.append(found.key)
        self.places[found.key].append(at)
        self.cells[at] = _cell(found.text, value)
        if at - self.tail >= self.head:
            del self.cells[at - self.tail]


class Beside:
    """The executed lines of a derivative, beside those of the primal: of a tangent ("_dot") or of an adjoint ("_bar").

    Attributes
    ----------
    cells : dict
        Position of a primal line → the Cells beside it, in order of execution.
    """

    def __init__(self, primal: Primal, written: Written, suffix: str) -> None:
        self.primal, self.written = primal, written
        self.backwards = suffix == "_bar"
        self.derived_name = re.compile(rf"\w+{suffix}(_\d+)?")
        self.cells: dict[int, list[Cell]] = defaultdict(list)
        self.at = len(primal.keys) if self.backwards else -1
        self.key: int | None = None
        self.seen: set[int] = set()

    def run(self, args: list) -> Any:
        """Run the derivative; its result."""
        function = stepping(self.written.module, self.step, silent=True)
        return function(*args, *(d.read() for d in self.written.data))

    def step(self, line: int, value: Any) -> None:
        if line < self.written.reverse:
            return
        found = self.written.lines[line]
        self.move(line, found)
        if self.at in self.primal.cells or self.at in (-1, len(self.primal.keys)):
            cell = self.cell(found, value)
            if cell is not None:
                self.cells[self.at].append(cell)

    def move(self, line: int, found: Line) -> None:
        """Go to the primal line that this line belongs to."""
        if self.backwards and not found.derived:
            return
        if found.key is None:
            if not self.backwards and self.primal.keys[self.at + 1:self.at + 2] == [None]:
                self.at += 1
            return
        if found.key == self.key and line not in self.seen:
            self.seen.add(line)
            return
        places = self.primal.places.get(found.key, ())
        k = bisect_left(places, self.at) - 1 if self.backwards else bisect_right(places, self.at)
        if 0 <= k < len(places):
            self.at, self.key, self.seen = places[k], found.key, {line}

    def cell(self, found: Line, value: Any) -> Cell | None:
        """What is shown of a line: of the head of a loop and of unpacking, the derivatives."""
        ours = [bool(self.derived_name.fullmatch(n)) for n in found.names]
        if found.head or (len(ours) > 1 and not self.backwards and isinstance(value, tuple)):
            values = value if len(ours) > 1 else (value,)
            pairs = [(n, v) for n, v, own in zip(found.names, values, ours) if own]
            if not pairs:
                return None
            text = ", ".join(n for n, _ in pairs) if found.head else found.text
            return _cell(text, pairs[0][1] if len(pairs) == 1 else tuple(v for _, v in pairs))
        if self.backwards or found.derived or any(ours[:1]):
            return _cell(found.text, value)
        return None


def _cell(text: str, value: Any) -> Cell:
    return Cell(text, () if value is NOTHING else (runtime.copy_adjoint(value),))
