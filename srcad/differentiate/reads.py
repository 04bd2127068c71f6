"""What the reverse sweep reads of memory as it was, which must be put back for it."""

from __future__ import annotations

import operator

from srcad.trace import intrinsics
from srcad.trace.ir import Apply, If, Var, operands
from srcad.trace.kinds import ListOf
from srcad.trace.purity import WRITE, effect
from srcad.trace.sharing import FORM_ONLY

#: Attributes that say nothing of the contents.
FORM_ATTRIBUTES = {"shape", "ndim", "size", "dtype"}


def classes_read(adjoint, roots: tuple) -> set[int]:
    """The classes whose earlier contents the reverse sweep reads, as far as what it does matters.

    What it reads before it comes to the first write, from the end, is as the program left it.
    """
    memory = adjoint.memory
    emitted = adjoint.b.emitted
    live = {a for a in (*roots, *adjoint.b.kept) if isinstance(a, Var)}
    reads: set[int] = set(memory.read_by_calls)
    for at, stmt in reversed(list(enumerate(emitted))):
        if not isinstance(stmt, Apply):
            for block in (stmt.then, stmt.orelse) if isinstance(stmt, If) else (stmt.body,):
                live.update(a for a in block.yields if isinstance(a, Var))
            atoms = (stmt.cond,) if isinstance(stmt, If) else (*(s.iterable for s in stmt.sources), *stmt.inits)
            live.update(a for a in atoms if isinstance(a, Var))
            continue
        if stmt.target not in live and effect(stmt) < WRITE and stmt.fn not in (intrinsics.index_add, intrinsics.scatter_add):
            continue
        live.update(a for a in operands(stmt) if isinstance(a, Var))
        if stmt.fn is getattr and stmt.args[1].value in FORM_ATTRIBUTES:
            continue
        for place, atom in enumerate((*stmt.args, *(a for _, a in stmt.kwargs))):
            number = memory.aliases.number(atom) if isinstance(atom, Var) else None
            if number is not None and at >= memory.undone.get(number, 0) and not is_form_only(stmt, place, atom):
                reads.add(number)
    return reads


def is_form_only(stmt: Apply, place: int, atom: Var) -> bool:
    """Does an operation look only at the form of this operand, or only write to it?"""
    if isinstance(atom.kind, ListOf):      # its length may change
        return place == 0 and stmt.fn in (operator.setitem, list.append, list.pop)
    return (stmt.fn, place) in FORM_ONLY
