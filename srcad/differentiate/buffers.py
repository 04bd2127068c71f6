"""Buffers that the primal adds to in place while the reverse sweep still needs them as they were.

An adjoint that is differentiated again has buffers: ``w_bar = v_bar / x``, then ``w_bar[i] += g``. The first is made by an
operation whose own adjoint may read its result, so the addition must be to a copy. ::

    w_bar = v_bar / x                        w_bar = v_bar / x
    w_bar[i] += g                    →       w_bar_1 = w_bar.copy(); w_bar_1[i] += g
    x_bar += w_bar * ...                     x_bar += w_bar * ...

Enters: a finished derivative function, and which of its additions the primal has. Leaves: it, with copies where a value
from before an addition is read after it. Where the buffer is carried through loops the copy is made before them.
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad import runtime
from srcad.analysis.aliasing import Aliases
from srcad.differentiate import common
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, Var, While, blocks, exits, operands, outputs, pattern_vars, walk
from srcad.trace.sharing import Sharing

#: What adds to its first operand in place.
ADDS = {intrinsics.index_add, intrinsics.scatter_add, runtime.add_item}


def additions(function: Function) -> set[Var]:
    """The results of the additions in place."""
    return {s.target for s in walk(function.body) if isinstance(s, Apply) and s.fn in ADDS}


@dataclass(frozen=True)
class Place:
    """A moment of a run: its number in the text, and the loops around it."""

    number: int
    loops: tuple


def protect(function: Function, added: set[Var]) -> None:
    """Copy the buffers of these additions of which an earlier state is read later."""
    hoisted: set[Var] = set()
    while added:
        text = _Text(function)
        for stmt in walk(function.body):
            if isinstance(stmt, Apply) and stmt.target in added and stmt.fn in ADDS:
                late = text.read_late(stmt)
                if late:
                    again = stmt.target in hoisted or not text.copy_outside(stmt, late)
                    hoisted.add(stmt.target)
                if late and not again:
                    break
                added = added - {stmt.target}
                if late:
                    text.copy_here(stmt)
                    break
        else:
            return


class _Text:
    """Where everything is defined and read."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.aliases = Aliases(function)
        self.made: dict[Var, Place] = {}
        self.read: dict[Var, list[Place]] = {}
        self.places: dict[int, Place] = {}
        self.carried: dict[Var, tuple] = {}          # carried Var → (loop, position)
        self.count = 0
        for param in function.params:
            self.made[param.var] = Place(0, ())
        self.scan(function.body, ())
        self.members: dict = {}
        for var in self.made:
            for level in self.aliases.levels(var):
                self.members.setdefault(level, []).append(var)

    def scan(self, block: Block, loops: tuple) -> None:
        for stmt in block.stmts:
            self.count += 1
            here = self.places[id(stmt)] = Place(self.count, loops)
            for atom in (*operands(stmt), *exits(stmt)):
                self.note(atom, here)
            inner = (*loops, stmt) if isinstance(stmt, For | While) else loops
            if isinstance(stmt, For | While):
                for k, var in enumerate(stmt.carried):
                    self.made[var] = Place(self.count, inner)
                    self.carried[var] = stmt, k
            if isinstance(stmt, For):
                for source in stmt.sources:
                    for var in pattern_vars(source.target):
                        self.made[var] = Place(self.count, inner)
            for each in blocks(stmt):
                self.scan(each, inner)
            for var in outputs(stmt):
                if var not in self.carried:
                    self.made[var] = Place(self.count if isinstance(stmt, Apply) else self.count + 1, loops)
        self.count += 1
        for atom in block.yields:
            self.note(atom, Place(self.count, loops))

    def note(self, atom, place: Place) -> None:
        if isinstance(atom, Var):
            self.read.setdefault(atom, []).append(place)

    def read_late(self, stmt: Apply) -> list[Var]:
        """What may share memory with the buffer of an addition, is older than it, and is read after it."""
        here, buffer = self.places[id(stmt)], stmt.args[0]
        made = self.aliases.definitions.get(buffer)
        if made is not None and self.aliases.sharing(made) is Sharing.FRESH and len(self.read[buffer]) == 1 and (
                self.made[buffer].loops == here.loops):
            return []                                                      # made for this alone
        late = []
        for var in self.members.get(self.aliases.find(stmt.args[0]), ()):
            made = self.made[var]
            if var is stmt.target or made.number > here.number:
                continue
            if any(self.is_late(var, made, here, read) for read in self.read.get(var, ())):
                late.append(var)
        return late

    def is_late(self, var: Var, made: Place, here: Place, read: Place) -> bool:
        if read.number > here.number:
            loop = self.carried.get(var, (None,))[0]
            return not (loop in here.loops and loop not in read.loops)     # after its loop, it is what the loop left
        return any(loop in read.loops and loop not in made.loops for loop in here.loops)

    def copy_here(self, stmt: Apply) -> None:
        """Let the addition be to a copy."""
        new = self.insert_copy(stmt.args[0], stmt)
        stmt.args = (new, *stmt.args[1:])

    def copy_outside(self, stmt: Apply, late: list[Var]) -> bool:
        """Let the loops that carry the buffer start with a copy, if all of `late` is from before them."""
        buffer, chosen = stmt.args[0], None
        while True:
            made = self.aliases.definitions.get(buffer)
            if made is not None and made.fn in ADDS:
                buffer = made.args[0]
            elif buffer in self.carried:
                loop, place = self.carried[buffer]
                if not all(self.made[v].number < self.places[id(loop)].number for v in late):
                    break
                chosen, buffer = (loop, place), loop.inits[place]
            else:
                break
        if chosen is None:
            return False
        loop, place = chosen
        new = self.insert_copy(loop.inits[place], loop)
        loop.inits = (*loop.inits[:place], new, *loop.inits[place + 1:])
        return True

    def insert_copy(self, old: Var, before) -> Var:
        new = Var(old.hint, old.kind, old.of, old.suffix)
        block = _block_of(self.function.body, before)
        at = next(k for k, s in enumerate(block.stmts) if s is before)
        block.stmts.insert(at, Apply(new, common.copy_function(old.kind), (old,), (), before.loc, before.origin))
        return new


def _block_of(block: Block, stmt) -> Block:
    """The block that a statement stands in."""
    if any(s is stmt for s in block.stmts):
        return block
    for each in block.stmts:
        for inner in blocks(each):
            found = _block_of(inner, stmt)
            if found is not None:
                return found
    return None


