"""What the model of memory does not cover: containers of arrays that are written to, diagonals, lost derivatives."""

from __future__ import annotations

import numpy as np

from srcad.analysis.aliasing import Aliases
from srcad.differentiate.lists import check_items, check_loops
from srcad.errors import LostDerivativeError, UnsupportedError
from srcad.trace.ir import Apply, Var
from srcad.trace.kinds import Array, Kind, ListOf, Scalar, Tape, is_container, is_differentiable
from srcad.trace.sharing import Sharing


def check_kinds(function, aliases: Aliases, active: set, varied: set, containers: bool = False) -> None:
    """Refuse what the model does not cover: containers of written arrays (unless `containers`), lost derivatives."""
    check_loops(function, aliases)
    if not containers:
        check_items(aliases, active)
    for stmt in aliases.written:
        array = stmt.args[0]
        if is_diagonal(aliases, array):
            raise UnsupportedError("a diagonal is written to through a view of it",
                                   "write to the array: `a[i, i] = ...` with `i = np.arange(len(a))`", stmt.loc)
        for var in (v for a in aliases.changed(stmt) for v in aliases.members.get(aliases.number(a), ())):
            if var in active and not isinstance(var.kind, Array | ListOf) and not (
                    containers and (is_container(var.kind) or isinstance(var.kind, Tape))):
                what = "is recorded on a tape" if isinstance(var.kind, Tape) else "is held by a tuple, list or object" if (
                    not isinstance(var.kind, Scalar)) else ""
                if what:
                    raise UnsupportedError(f"an array that is written to {what}", "give the arrays names of their own",
                                           stmt.loc)
        if isinstance(stmt.fn, type(function)):
            continue
        value = stmt.args[-1] if stmt.fn is not list.pop else None
        if isinstance(value, Var) and value in varied and is_differentiable(value.kind) and not is_differentiable(array.kind):
            raise LostDerivativeError("a value that is differentiated is stored in an array of integers",
                                      "use an array of floats, or wrap the value in srcad.stop_gradient", stmt.loc)


def is_diagonal(aliases: Aliases, atom) -> bool:
    """Is it a diagonal, or a view of one? NumPy writes through those of `einsum` alone."""
    made = aliases.definitions.get(atom) if isinstance(atom, Var) and aliases.number(atom) is not None else None
    if made is None or not made.args:
        return False
    return made.fn in (np.diagonal, np.ndarray.diagonal) or aliases.sharing(made) is Sharing.VIEW and is_diagonal(
        aliases, made.args[0])


def check_stored(value: Var, kind: Kind, stmt: Apply) -> None:
    """Refuse a store whose value has more axes than its place."""
    if isinstance(value.kind, Array) and value.kind.dims != () and (isinstance(kind, Scalar) or value.kind.ndim is None or (
            isinstance(kind, Array) and (kind.ndim is None or value.kind.ndim > kind.ndim))):
        raise UnsupportedError("an array is stored in a place that has fewer axes, or whose axes are not known",
                               "reshape it first", stmt.loc)
