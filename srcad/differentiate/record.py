"""What the forward sweep keeps for the reverse sweep.

In straight-line code nothing: values are still in their names. What a branch defines is made visible after it
(`export`). What a loop's trip defines is gone after the loop: the reverse body's needs are recomputed where that is as
cheap as looking them up, and recorded on a tape, one entry a trip, where not (`Needs`).
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.cut import smallest_cut
from srcad.trace import intrinsics
from srcad.trace.ir import (
    UNDEF,
    Apply,
    Block,
    For,
    If,
    Lit,
    Var,
    While,
    blocks,
    copy_block,
    copy_stmt,
    defined,
    exits,
    free_vars,
    inner_vars,
    operands,
    outputs,
    uses,
    walk,
)
from srcad.trace.kinds import INT, Array, Numeric, Scalar, Tape


def read_from_outside(stmt) -> list[Var]:
    """The Vars that a statement's blocks read and do not define."""
    own = set(inner_vars(stmt)) | (set(stmt.carried) if isinstance(stmt, For | While) else set())
    inner = blocks(stmt)
    for block in inner:
        own.update(defined(block))
    found: dict[Var, None] = {}
    for block in inner:
        found.update(dict.fromkeys(v for v in uses(block) if v not in own))
    found.update(dict.fromkeys(a for a in exits(stmt) if isinstance(a, Var) and a not in own))
    return list(found)


# ---------------------------------------------------------------------------------------------------------------------
# Branches


def filler(var: Var) -> Lit:
    """Stands for a value in the arm that does not have it; never read where it matters."""
    if isinstance(var.kind, Scalar) and var.kind.base in (bool, int):
        return Lit(var.kind.base(0))
    return Lit(0.0) if isinstance(var.kind, Scalar | Array | Numeric) else Lit(None)


def export(forward: If, reverse: If, defined_everywhere: bool) -> None:
    """Make what the reverse arms need from the forward arms visible after the forward statement.

    `defined_everywhere`: the other arm must give it some value, for it will be recorded.
    """
    arms = (forward.then, forward.orelse)
    extra: list[Var] = []
    for k, (arm, back) in enumerate(zip(arms, (reverse.then, reverse.orelse))):
        own = set(defined(arm))
        mapping: dict[Var, Var] = {}
        already = {y: t for t, y in zip(forward.targets, arm.yields) if isinstance(y, Var)}
        for var in free_vars(back):
            if var not in own:
                continue
            if var in already:
                mapping[var] = already[var]
                continue
            new = Var("", var.kind, of=var)
            mapping[var] = new
            extra.append(new)
            arm.yields = (*arm.yields, var)
            other = arms[1 - k]
            other.yields = (*other.yields, filler(var) if defined_everywhere else Lit(UNDEF))
        if mapping:
            renamed = copy_block(back, dict(mapping))
            back.stmts, back.yields = renamed.stmts, renamed.yields
    forward.targets = (*forward.targets, *extra)


def make_again(back: Block, stmts: list, memory) -> None:
    """Let a reverse block make the views again that it uses of those which a block of the forward sweep makes.

    In a function that is given memory by reference, memory of its own is kept as what it holds at the end.
    """
    is_view = memory.is_view
    made = {s.target: s for s in stmts if isinstance(s, Apply)}
    found: dict[Var, Apply] = {}

    def visit(var: Var, wanted) -> None:
        stmt = made.get(var)
        if stmt is None or var in found or not wanted(stmt):
            return
        for atom in operands(stmt):
            if isinstance(atom, Var):
                visit(atom, lambda s: is_view(s) or s.fn in (intrinsics.build_slice, intrinsics.build_tuple))
        found[var] = stmt

    for var in free_vars(back):
        visit(var, is_view)
    mapping: dict[Var, Var] = {}
    again: list = []
    for var in dict.fromkeys([*free_vars(back), *(a for s in found.values() for a in operands(s) if isinstance(a, Var))]):
        if var in made and memory.adjoint.reference is not None and memory.is_own(var):
            held = Var("", var.kind, of=var)
            stmts.append(Apply(held, np.ndarray.copy, (var,), (), made[var].loc))
            mapping[var] = var.like()
            again.append(Apply(mapping[var], np.ndarray.copy, (held,), (), made[var].loc))
            shadow = made.get(memory.shadows.get(var))
            if shadow is not None:
                again.append(copy_stmt(shadow, mapping))
    if found or mapping:
        again += [copy_stmt(s, mapping) for s in found.values()]
        copied = copy_block(back, mapping)
        back.stmts, back.yields = again + copied.stmts, copied.yields


def fill_exports(block: Block) -> None:
    """Give exported values of an earlier differentiation a value in both arms: their zeros may be asked for now."""
    for stmt in walk(block):
        if not isinstance(stmt, If):
            continue
        for arm in (stmt.then, stmt.orelse):
            arm.yields = tuple(
                filler(t) if y == Lit(UNDEF) and t.of is not None and t.suffix == "" else y
                for t, y in zip(stmt.targets, arm.yields))


# ---------------------------------------------------------------------------------------------------------------------
# Loops

#: Operations worth repeating in the reverse sweep rather than recording their result.
CHEAP = {operator.getitem, getattr, len, intrinsics.build_slice, intrinsics.build_tuple, operator.add, operator.sub,
         operator.neg, operator.mul, operator.not_}


#: Operations on numbers that take less time than reading their result from memory, where no interpreter is in between.
ARITHMETIC = {operator.add, operator.sub, operator.neg, operator.mul, operator.pos}

#: Operations on Python's own numbers that take the interpreter about as long as to record their result.
PLAIN = {*ARITHMETIC, operator.truediv, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
         operator.not_}

# What it costs the interpreter, in nanoseconds: the tape of a trip, the tuple of an entry, an item of it; and an operation.
_TAPE, _ENTRY, _ITEM, _OPERATION = 40, 25, 8, 12


def is_cheap(stmt: Apply, arithmetic: bool = False, compiled: bool = False) -> bool:
    """An index, a view, a shape: nothing that computes on floats or copies. With `arithmetic` also that of plain numbers."""
    if compiled and not stmt.kwargs and isinstance(stmt.target.kind, Scalar) and (
            (stmt.fn in ARITHMETIC or stmt.fn is operator.truediv) and all(isinstance(kind_of_atom(a), Scalar) for a in stmt.args)
            or stmt.fn is operator.getitem and isinstance(kind_of_atom(stmt.args[0]), Array)):
        return True
    if arithmetic and is_plain(stmt):
        return True
    if compiled and stmt.fn in (operator.mod, operator.floordiv):
        return stmt.target.kind == INT and isinstance(stmt.args[1], Lit) and stmt.args[1] != Lit(0)
    if stmt.fn not in CHEAP or stmt.kwargs:
        return False
    if stmt.fn is operator.getitem:
        return not isinstance(stmt.target.kind, Scalar) or not isinstance(stmt.args[0].kind if isinstance(
            stmt.args[0], Var) else None, Array)
    if stmt.fn in (operator.add, operator.sub, operator.neg, operator.mul):
        return isinstance(stmt.target.kind, Scalar) and stmt.target.kind.base is int
    return True


def is_plain(stmt: Apply) -> bool:
    """An arithmetic operation on numbers of Python's own."""
    kinds = [kind_of_atom(a) for a in (stmt.target, *stmt.args)]
    return stmt.fn in PLAIN and not stmt.kwargs and all(isinstance(k, Scalar) and k.dtype is None for k in kinds)


class Needs:
    """Sorts what a reverse body needs from its forward trip: given, recomputed, or recorded.

    Attributes
    ----------
    recomputed : dict of Var to Apply
        What a reverse trip computes again, in order.
    recorded : list of Var
    used_given : dict of Var to None
        What is read of that which the reverse loop has anyway.
    """

    def __init__(self, wanted: list[Var], inside: set[Var], given: set[Var], definitions: dict,
                 is_volatile=lambda made: False, *, arithmetic: bool = False, compiled: bool = False, counters=()) -> None:
        self.arithmetic, self.compiled = arithmetic, compiled
        self.counters = counters                     # integers that are had by counting back
        self.counted: dict[Var, None] = {}
        self.recomputed: dict[Var, Apply] = {}
        self.recorded: list[Var] = []
        self.inside, self.given, self.definitions = inside, given, definitions
        self.is_volatile = is_volatile
        self.used_given: dict[Var, None] = {}
        wanted = self.with_originals(wanted)
        self.kept = smallest_cut([v for v in wanted if v not in given and v not in counters], self.parents,
                                 lambda v: isinstance(v.kind, Scalar)) if arithmetic or compiled else set()
        wanted_set = set(wanted)
        for var in [*wanted, *sorted(self.kept - wanted_set, key=lambda v: v.serial)]:
            if var in given or var in counters:
                self.use(var)
            elif var in self.kept or not self.recompute(var, wanted_set):
                self.recorded.append(var)

    def with_originals(self, wanted: list[Var]) -> list[Var]:
        """What is wanted, and what transposes among it are made from, which are recorded instead."""
        found = dict.fromkeys(wanted)
        for var in wanted:
            made = self.definitions.get(var)
            if made is not None and made.fn is getattr and made.args[1:] == (Lit("T"),) and made.args[0] in self.inside and (
                    not self.is_volatile(made)):
                found[made.args[0]] = None
        return list(found)

    @classmethod
    def cheapest(cls, *about) -> Needs:
        """Record what is wanted, or the fewest numbers from which it follows: whatever takes less time."""
        plain = cls(*about)
        if not plain.recorded:
            return plain
        return min(plain, cls(*about, arithmetic=True), key=cls.cost)

    def cost(self) -> int:
        """How long a trip takes with the recording and what is computed again, roughly."""
        count = len(self.recorded)
        tape = 0 if not count else _TAPE + (_ENTRY + _ITEM * count if count > 1 else 0)
        return tape + _OPERATION * sum(is_plain(made) for made in self.recomputed.values())

    def parents(self, var: Var) -> tuple | None:
        """What a value is computed from by a cheap operation, without what is given; None if it has to be recorded."""
        made = self.definitions.get(var)
        if made is None or not is_cheap(made, self.arithmetic, self.compiled) or self.is_volatile(made):
            return None
        return tuple(a for a in operands(made) if isinstance(a, Var) and a in self.inside and a not in self.given
                     and a not in self.counters)

    def use(self, var: Var) -> None:
        """Take note that something given, or counted back, is needed."""
        (self.used_given if var in self.given else self.counted)[var] = None

    def recompute(self, var: Var, wanted: set[Var]) -> bool:
        """Can the value be had again from what the reverse trip has anyway?"""
        if var in self.recomputed:
            return True
        made = self.definitions.get(var)
        if made is None or not is_cheap(made, self.arithmetic, self.compiled) or self.is_volatile(made):
            return False
        atoms = [a for a in operands(made) if isinstance(a, Var) and a in self.inside]
        for atom in atoms:
            if atom in self.given or atom in self.counters:
                self.use(atom)
            elif atom not in self.kept and not self.recompute(atom, wanted) and atom not in wanted:
                return False
        self.recomputed[var] = made
        return True


def place_push(body: Block, push: Apply, values: list) -> None:
    """Put the recording right after the last of its values is defined, so that names may be re-used after it.

    The tape of an inner loop is defined when it is full: what a saved derivative records has then one kind.
    """
    wanted = set(values)
    tapes = {v for v in values if isinstance(v.kind, Tape)}
    at = 0
    for k, stmt in enumerate(body.stmts):
        if any(v in wanted for v in outputs(stmt)) or tapes and any(
                isinstance(s, Apply) and s.fn is intrinsics.push and s.args[0] in tapes for s in walk(Block([stmt]))):
            at = k + 1
    body.stmts.insert(at, push)


def known_range(atom, definitions: dict) -> Apply | None:
    """The ``range(...)`` call that made an iterable."""
    made = definitions.get(atom) if isinstance(atom, Var) else None
    return made if made is not None and made.fn is range and not made.kwargs else None


def reversed_range(b, made: Apply | None, iterable):
    """The range, last item first."""
    if made is not None:
        args = made.args
        start, stop = (Lit(0), args[0]) if len(args) == 1 else args[:2]
        step = args[2] if len(args) == 3 else Lit(1)
        if step == Lit(1):
            return b.apply(range, shifted(b, stop, -1), shifted(b, start, -1), Lit(-1))
        if step == Lit(-1):
            return b.apply(range, shifted(b, stop, 1), shifted(b, start, 1))
    back = b.apply(intrinsics.build_slice, Lit(None), Lit(None), Lit(-1))
    return b.apply(operator.getitem, iterable, back)


def shifted(b, atom, by: int):
    """``atom ± 1``, seeing through a shift in the other direction."""
    if isinstance(atom, Lit) and type(atom.value) is int:
        return Lit(atom.value + by)
    made = b.definition(atom)
    if made is not None and made.fn in (operator.add, operator.sub) and made.args[1] == Lit(1):
        if (1 if made.fn is operator.add else -1) == -by:
            return made.args[0]
    return b.apply(operator.add if by > 0 else operator.sub, atom, Lit(abs(by)))

