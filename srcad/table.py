"""An evaluation trace as a table: forward primal trace | forward tangent trace | reverse adjoint trace, with values.

A row is an executed statement, with the tangent that belongs to it and what it contributes to adjoints. The first two
columns are read downwards, the third, whose statements are executed last first, upwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

#: Containers and arrays with more items than this are shown by their size.
FEW = 6
LONG = 40
PRIMAL, TANGENT, ADJOINT = "forward primal trace", "forward tangent trace", "reverse adjoint trace (upwards)"


@dataclass(frozen=True)
class Cell:
    """A statement and its value; that of a tangent has a value for every direction."""

    text: str
    values: tuple = ()


@dataclass(frozen=True)
class Row:
    """What is on one line of the table; None where nothing is."""

    primal: Cell | None = None
    tangent: Cell | None = None
    adjoint: Cell | None = None


@dataclass(frozen=True)
class Table:
    """The three traces of a function at a point.

    Attributes
    ----------
    directions : tuple of str
        What the columns of tangents are for: ``x1_dot = 1``.
    seed : str
        What the adjoints start from: ``result_bar = 1``.
    rows : tuple of Row
        The arguments, the executed statements, the result.
    left_out : int
        How many executed statements, in the middle, are left out.
    gap : int
        After which row.
    """

    directions: tuple[str, ...]
    seed: str
    rows: tuple[Row, ...]
    left_out: int = 0
    gap: int = -1

    def __str__(self) -> str:
        """Aligned text."""
        lines = [self._columns(), *self._lines()]
        widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
        texts, groups = self._text_columns(), self._groups()
        out = []
        for line in lines:
            cells = [cell.ljust(w) if k in texts else cell.rjust(w) for k, (cell, w) in enumerate(zip(line, widths))]
            out.append(" | ".join("  ".join(cells[k] for k in group) for group in groups).rstrip())
        rule = "-+-".join("-" * (sum(widths[k] for k in group) + 2 * (len(group) - 1)) for group in groups)
        return "\n".join([out[0], rule, *out[1:]])

    def markdown(self) -> str:
        """The table in Markdown."""
        texts = self._text_columns()
        rule = ["---" if k in texts else "---:" for k in range(len(self._columns()))]
        lines = [self._columns(), rule]
        for line in self._lines():
            lines.append([_code(cell) if k in texts else cell for k, cell in enumerate(line)])
        return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    # --- columns ------------------------------------------------------------------------------------------------------

    def _columns(self) -> list[str]:
        columns = [PRIMAL, "value"]
        if self.directions:
            columns += [TANGENT, *self.directions, ADJOINT, self.seed]
        return columns

    def _groups(self) -> list[range]:
        """Which columns belong to each of the traces."""
        n = len(self.directions)
        return [range(2), range(2, 3 + n), range(3 + n, 5 + n)] if n else [range(2)]

    def _text_columns(self) -> set[int]:
        return {group[0] for group in self._groups()}

    def _lines(self) -> list[list[str]]:
        """The cells as text."""
        lines = []
        for k, row in enumerate(self.rows):
            line = _texts(row.primal, 1)
            if self.directions:
                line += _texts(row.tangent, len(self.directions)) + _texts(row.adjoint, 1)
            lines.append(line)
            if k == self.gap:
                lines.append([f"... {self.left_out} more ..."] + [""] * (len(line) - 1))
        return lines


def _texts(cell: Cell | None, count: int) -> list[str]:
    if cell is None:
        return [""] * (1 + count)
    values = [show_value(v) for v in cell.values]
    return [cell.text, *values, *[""] * (count - len(values))]


def _code(text: str) -> str:
    return f"`{text}`" if text and not text.startswith("...") else text


# --- values -----------------------------------------------------------------------------------------------------------


def show_value(value: Any) -> str:
    """A value in few characters: numbers to three places, what is large by its size.

    Examples
    --------
    >>> show_value(11.6520714), show_value(5.0), show_value(1.5e-7), show_value(np.zeros((10, 3)))
    ('11.652', '5', '1.500e-07', 'float64[10, 3]')
    """
    match value:
        case None:
            return ""
        case bool() | np.bool_() | int() | str():
            text = str(value) if not isinstance(value, str) else repr(value)
        case np.ndarray() if value.size > (FEW if value.ndim < 2 else 4) or value.ndim > 2:
            return f"{value.dtype}[{', '.join(map(str, value.shape))}]"
        case np.ndarray() | np.generic():
            return show_value(value.tolist())
        case float():
            return _number(value)
        case complex():
            imaginary = _number(value.imag)
            return f"{_number(value.real)}{'' if imaginary[0] in '+-' else '+'}{imaginary}j"
        case tuple() | list() if len(value) > FEW:
            return f"{type(value).__name__} of {len(value)}"
        case tuple():
            return "(" + ", ".join(map(_item, value)) + (",)" if len(value) == 1 else ")")
        case list():
            return "[" + ", ".join(map(_item, value)) + "]"
        case dict():
            text = "{" + ", ".join(f"{key!r}: {_item(item)}" for key, item in value.items()) + "}"
        case _:
            text = getattr(value, "__qualname__", None) or repr(value)
    return text if len(text) <= LONG else text[:LONG - 3] + "..."


def _item(value: Any) -> str:
    return "None" if value is None else show_value(value)


def _number(x: float) -> str:
    if x == 0:
        return "0"
    if x == round(x, 3) and abs(x) < 1e6:
        return f"{x:.3f}".rstrip("0").rstrip(".")
    return f"{x:.3f}" if 0.01 <= abs(x) < 1e6 else f"{x:.3e}"
