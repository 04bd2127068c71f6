"""Variables that have no value on some path, where a value is needed on every one."""

from __future__ import annotations

from srcad import runtime
from srcad.errors import NOWHERE
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Block, For, If, Lit, Var, While, blocks, operands, walk
from srcad.trace.kinds import NONE


def define_carried(stmts: list, carried: tuple, inits: tuple, yields: tuple, kept: set[Var]) -> tuple[tuple, tuple]:
    """`define_kept` for the body of a loop that carries values from trip to trip; what it begins with and hands on then."""
    before = None
    while kept != before:
        before = set(kept)
        define_kept(stmts, kept)
        kept.update(y for c, y in zip(carried, yields) if c in kept and isinstance(y, Var))
    unsure = {c for c, *ways in zip(carried, inits, yields) if c in kept and Lit(UNDEF) in ways}
    if unsure:
        check_uses(stmts, handed_on([*walk(Block(stmts))], unsure, tuple(zip(carried, yields))), frozenset())
    first, last = (tuple(Lit(None) if c in kept and a == Lit(UNDEF) else a for c, a in zip(carried, atoms))
                   for atoms in (inits, yields))
    return first, last


def define_kept(stmts: list, kept: set[Var]) -> None:
    """Give values that are kept for the reverse sweep, also on tapes, some value on every path; None fails where it is used."""
    statements = list(walk(Block(stmts)))
    for stmt in statements:
        if isinstance(stmt, Apply) and stmt.fn is intrinsics.push:
            kept.update(a for a in stmt.args[1:] if isinstance(a, Var))
    grew = True
    while grew:
        before = len(kept)
        for stmt in statements:
            match stmt:
                case If():
                    for arm in (stmt.then, stmt.orelse):
                        kept.update(y for t, y in zip(stmt.targets, arm.yields) if t in kept and isinstance(y, Var))
                case For() | While():
                    for c, init, y in zip(stmt.carried, stmt.inits, stmt.body.yields):
                        if c in kept:
                            kept.update(a for a in (init, y) if isinstance(a, Var))
        grew = len(kept) != before
    unsure: set[Var] = set()
    for stmt in statements:
        match stmt:
            case If():
                for arm in (stmt.then, stmt.orelse):
                    unsure.update(t for t, y in zip(stmt.targets, arm.yields) if t in kept and y == Lit(UNDEF))
                    arm.yields = tuple(Lit(None) if t in kept and y == Lit(UNDEF) else y
                                       for t, y in zip(stmt.targets, arm.yields))
            case For() | While():
                unsure.update(c for c, i in zip(stmt.carried, stmt.inits) if c in kept and i == Lit(UNDEF))
                stmt.inits = tuple(Lit(None) if c in kept and i == Lit(UNDEF) else i
                                   for c, i in zip(stmt.carried, stmt.inits))
    if unsure:
        check_uses(stmts, handed_on(statements, unsure), frozenset())


def handed_on(statements: list, unsure: set[Var], around: tuple = ()) -> set[Var]:
    """The user's variables that may stand for what has no value; `around` are what the loop around the statements carries, and
    what it hands on as that."""
    grew = True
    while grew:
        before = len(unsure)
        unsure.update(c for c, y in around if y in unsure)
        for stmt in statements:
            match stmt:
                case If():
                    unsure.update(t for arm in (stmt.then, stmt.orelse) for t, y in zip(stmt.targets, arm.yields) if y in unsure)
                case For() | While():
                    unsure.update(c for c, i, y in zip(stmt.carried, stmt.inits, stmt.body.yields) if i in unsure or y in unsure)
        grew = len(unsure) != before
    return {v for v in unsure if v.hint}


def check_uses(stmts: list, unsure: set[Var], checked: frozenset) -> None:
    """Let the program's own uses of values that may not exist fail as in the program."""
    made: list = []
    for stmt in stmts:
        read = () if isinstance(stmt, Apply) and stmt.fn is intrinsics.push else (
            operands(stmt)[:len(operands(stmt)) - len(getattr(stmt, "inits", ()))])
        for var in dict.fromkeys(a for a in read if isinstance(a, Var) and a in unsure and a not in checked):
            made.append(Apply(Var("", NONE), runtime.check_bound, (var, Lit(var.hint)), (), getattr(stmt, "loc", NOWHERE)))
            checked |= {var}
        for block in blocks(stmt):
            check_uses(block.stmts, unsure, checked)
        made.append(stmt)
    stmts[:] = made
