"""Evaluation traces: what a function does, operation by operation, with its derivatives beside it.

What enters is a function and a point; what leaves is the primal Trace as source, and a table of all three traces with
their values. The one idea: the textbook form of the primal, of its tangent and of its adjoint is run line by line. The
three are written from the same typed Trace, so `srcad.alignment` knows which lines belong together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from srcad import runtime
from srcad.derivative import Derivative
from srcad.errors import ArgumentError
from srcad.structure import is_leaf, leaves, rebuilt, zero
from srcad.table import Cell, Row, Table

if TYPE_CHECKING:
    from srcad.alignment import Primal


class EvaluationTrace(Derivative):
    """The evaluation trace of a function: its text, and a table of its values.

    The text is for the kinds of arguments seen last; before any, for arguments as annotated, else floats. Calling the
    trace runs it: the result is that of the function.
    """

    mode = "primal"

    def __init__(self, primal, argnums=(), **options) -> None:
        super().__init__(primal, argnums, **{**options, "optimize": False, "disconnected": "zeros"})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {getattr(self.primal, '__qualname__', self.primal)}>"

    def _doc(self) -> str:
        return f"The evaluation trace of {getattr(self.primal, '__name__', 'a function')}."

    def table(self, *args, argnums=None, limit: int = 200, kwargs: dict | None = None) -> Table:
        """The three traces at a point: forward primal, forward tangent, reverse adjoint.

        Parameters
        ----------
        *args
            The point.
        argnums : int, str or tuple of those, optional
            The arguments to differentiate by. By default those that hold floating-point numbers; if there are none,
            integers, taken as floats. ``()`` shows the primal alone.
        limit : int
            If more statements than this are executed, only the first and the last ones are shown.
        kwargs : dict, optional
            Keyword arguments of the function.

        Returns
        -------
        Table
            One row per executed statement of the function, loops unrolled; a call is one statement. Tangents have a
            column for each argument, in the direction in which all its numbers grow alike; the adjoints' seed is one.
        """
        if limit < 2:
            raise ArgumentError(f"limit={limit} leaves no rows", "give at least 2")
        values, layout = self._calling.bind(args, kwargs or {})
        if argnums is None:
            which = default_argnums(values)
        else:
            which = tuple(map(layout.position, (argnums,) if isinstance(argnums, int | str) else argnums))
        for k in which:
            if isinstance(values[k], int | np.integer | np.bool_):
                values[k] = float(values[k])
        variant = self._latest = self._variant(values, layout)

        from srcad.alignment import Primal, Written, write

        def written(mode: str) -> Written:
            return write(mode, self._target, layout, variant.kinds, which, self._bound)

        primal = Primal(written("primal"), limit)
        result = primal.run(copied(values))
        return _table(primal, layout.names, values, result, which, written)


def default_argnums(values) -> tuple[int, ...]:
    """The arguments to differentiate by if nobody says: those with floats, else the integers."""
    which = tuple(k for k, v in enumerate(values) if any(_is_inexact(leaf) for leaf in leaves(v)))
    return which or tuple(k for k, v in enumerate(values) if is_leaf(v) and np.ndim(v) == 0)


def _is_inexact(leaf: Any) -> bool:
    return np.asarray(leaf).dtype.kind in "fc"


def filled(value: Any, number: float) -> Any:
    """The direction for a value in which every number of it changes by `number`; whole numbers do not change."""
    new: list = []
    for leaf in leaves(value):
        if not _is_inexact(leaf):
            new.append(zero(leaf))
        else:
            new.append(np.full_like(leaf, number) if isinstance(leaf, np.ndarray) else type(leaf)(number))
    return rebuilt(value, new)


def copied(values: list) -> list:
    """The arguments for one run of several."""
    return [runtime.copy_adjoint(v) for v in values]


def _table(primal: Primal, names: tuple, values: list, result: Any, which: tuple, written) -> Table:
    tangents: dict[int, list[Cell]] = {}
    from srcad.alignment import Beside

    adjoint: Beside | None = None
    seeds: list = []
    dots: list = []
    bars: tuple = ()
    if which:
        code = written("tangent")
        runs = []
        for k in which:
            seed = [filled(values[j], float(j == k)) for j in which]
            runs.append(Beside(primal, code, "_dot"))
            seeds.append(seed)
            dots.append(runs[-1].run([*copied(values), *copied(seed)])[1])
        tangents = {at: [Cell(cells[0].text, tuple(v for c in cells for v in c.values)) for cells in zip(*(
            r.cells[at] for r in runs))] for at in runs[0].cells}
        adjoint = Beside(primal, written("adjoint"), "_bar")
        bars = adjoint.run([*copied(values), filled(result, 1.0)])

    rows = []
    for k, (name, value) in enumerate(zip(names, values)):
        beside: tuple = ()
        if k in which:
            j = which.index(k)
            beside = Cell(f"{name}_dot", tuple(seed[j] for seed in seeds)), Cell(f"{name}_bar", (bars[j],))
        rows.append(Row(Cell(name, (value,)), *beside))
    last = len(primal.keys)
    gap = -1
    for at in (-1, *sorted(primal.cells), last):
        first = [primal.cells[at]] if at in primal.cells else []
        second = tangents.get(at, [])
        if at == last:
            first = [Cell("result", (result,))]
            second = [*second, Cell("result_dot", tuple(dots))] if which else []
        third = [] if adjoint is None else adjoint.cells.get(at, [])[::-1]
        for group in range(max(map(len, (first, second, third)))):
            rows.append(Row(*(cells[group] if group < len(cells) else None for cells in (first, second, third))))
        if at == primal.head - 1 and last > len(primal.cells):
            gap = len(rows) - 1
    directions = tuple(f"{names[k]}_dot = {_one(values[k])}" for k in which)
    return Table(directions, f"result_bar = {_one(result)}", tuple(rows), last - len(primal.cells), gap)


def _one(value: Any) -> str:
    return "1" if is_leaf(value) and np.ndim(value) == 0 else "ones"
