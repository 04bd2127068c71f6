"""Windows: views that may only be read, such as `np.diagonal` gives. They have no shadow, but hand their adjoint on."""

from __future__ import annotations

from srcad.analysis.aliasing import Aliases
from srcad.errors import UnsupportedError
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Function, Var, blocks, pattern_vars, walk
from srcad.trace.kinds import Array, Scalar
from srcad.trace.naming import operation_name
from srcad.trace.sharing import Sharing


def windows_of(function: Function, aliases: Aliases) -> dict[Var, Apply]:
    """Views to be read only, and views of those, with what makes them. They have no shadow."""
    found: dict[Var, Apply] = {}
    for var, made in aliases.definitions.items():
        if aliases.number(var) is None or not isinstance(var.kind, Array) or not made.args:
            continue
        match aliases.sharing(made):
            case Sharing.WINDOW:
                found[var] = made
            case Sharing.VIEW if made.args[0] in found:
                found[var] = made
            case Sharing.MAYBE if made.args[0] in found:
                raise UnsupportedError(
                    f"the result of {operation_name(made)} may share memory with an array that is written to",
                    "make a copy first (x.copy())", made.loc)
    for stmt in aliases.written:
        if any(a in found for a in aliases.changed(stmt)):
            raise UnsupportedError("a view that is only to be read, or part of one, is written to",
                                   "write to the array itself", stmt.loc)
    if found:
        _check_names(function, found)
    return found


def _check_names(function: Function, found: dict) -> None:
    """Refuse windows that are known by a name of which it is not clear what it stands for."""
    for stmt in walk(function.body):
        if isinstance(stmt, Apply):
            kept = stmt.args if isinstance(stmt.fn, Function) or stmt.fn is intrinsics.push else ()
        else:
            kept = (*(a for block in blocks(stmt) for a in block.yields), *getattr(stmt, "inits", ()), *(
                s.iterable for s in getattr(stmt, "sources", ())
                if not all(isinstance(v.kind, Scalar) for v in pattern_vars(s.target))))
        if any(isinstance(a, Var) and a in found for a in kept):
            raise UnsupportedError("a view such as np.diagonal gives, of an array that is written to, is kept in a loop "
                                   "or a branch", "make a copy of it, or take it where it is read", stmt.loc)
