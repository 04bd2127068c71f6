"""Variables that have a value on some paths only: compiled code says so, as Python does.

Numba compiles the use of a variable that was never bound to a use of zero. Here each such variable of the user's gets a flag
beside it, and the first use of it on every path a check. ::

    for k in range(n):                      bound = False
        y = x * k                           for k in range(n): y, bound = x * k, True
    return y                                check_has_value(bound, "y"); return y
"""

from __future__ import annotations

import numpy as np

from srcad import runtime
from srcad.errors import NOWHERE
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Block, For, Function, If, Lit, Ref, Var, While, blocks, operands, walk
from srcad.trace.kinds import INT, NONE, Array, Scalar, TupleOf

BOOL = Scalar(bool)
#: What the frontend calls the flags of `return`, `break` and `continue` (`frontend/lower/builder.py`).
EXITS = {"returned", "broken", "stopped", "skip"}


def check_unbound(function: Function) -> None:
    """Add flags and checks to a Trace, in place."""
    _add_flags(function)
    _give_types(function)


def _add_flags(function: Function) -> None:
    joins = [s for s in walk(function.body) if isinstance(s, If | For | While)]
    unsure = _closed({t for s in joins for t, atoms in _sources(s) if any(_is_nothing(t, a) for a in atoms)}, joins)
    if not unsure:
        return
    wanted: set[Var] = set()
    arms = {t: (s.cond, k) for s in joins if isinstance(s, If) for t, atoms in _sources(s) for k in (0, 1)
            if len(atoms) == 2 and _is_nothing(t, atoms[1 - k]) and atoms[k] not in unsure}
    _add_checks(function.body, unsure, frozenset(), frozenset(), arms, wanted)
    if function.result in unsure and function.result.hint:
        wanted.add(function.result)
        function.body.stmts.append(_check(function.result, function.loc))
    _flag(joins, _behind(wanted, joins) & unsure, function.body)


def _sources(stmt: If | For | While):
    """(variable, what it may be) of the variables of a join."""
    if isinstance(stmt, If):
        if isinstance(stmt.cond, Var) and stmt.cond.hint in EXITS:
            return list(zip(stmt.targets, zip(stmt.orelse.yields)))      # nobody asks for what is not computed after an exit
        arms = [arm.yields for arm in (stmt.then, stmt.orelse)]
        for k, arm in enumerate((stmt.then, stmt.orelse)):
            if arm.stmts and isinstance(last := arm.stmts[-1], Apply) and last.fn is intrinsics.raise_:
                arms[k] = arms[1 - k]               # nobody comes out of it
        return list(zip(stmt.targets, zip(*arms)))
    return list(zip(stmt.carried, zip(stmt.inits, stmt.body.yields)))


def _is_nothing(target: Var, atom) -> bool:
    """Does it stand for a variable without a value?"""
    return atom == Lit(UNDEF) or atom == Lit(None) and isinstance(target.kind, Scalar | Array)


def _closed(found: set[Var], joins: list) -> set[Var]:
    """With those that one of them is handed on to."""
    grew = True
    while grew:
        before = len(found)
        for s in joins:
            found.update(t for t, atoms in _sources(s) if any(a in found for a in atoms if isinstance(a, Var)))
        grew = len(found) != before
    return found


def _behind(found: set[Var], joins: list) -> set[Var]:
    """With those that are handed on to one of them."""
    grew = True
    while grew:
        before = len(found)
        for s in joins:
            for t, atoms in _sources(s):
                if t in found:
                    found.update(a for a in atoms if isinstance(a, Var))
        grew = len(found) != before
    return found


def _check(var: Var, loc) -> Apply:
    return Apply(Var("", NONE), runtime.check_bound, (var, Lit(var.hint)), (), loc)


def _add_checks(block: Block, unsure: set[Var], checked: frozenset, taken: frozenset, arms: dict, wanted: set[Var]) -> None:
    """Check before uses, once on every path; the variables that are checked go to `wanted`.

    `taken` are the branches that lead here: what has a value in one of `arms` has one there.
    """
    made: list = []
    for stmt in block.stmts:
        if isinstance(stmt, Apply) and stmt.fn is runtime.check_bound:
            if stmt.args[0] in unsure and stmt.args[0] not in checked:
                wanted.add(stmt.args[0])
                checked |= {stmt.args[0]}
                made.append(stmt)
            continue
        read = () if isinstance(stmt, Apply) and stmt.fn is intrinsics.push else (
            operands(stmt)[:len(operands(stmt)) - len(getattr(stmt, "inits", ()))])
        for var in dict.fromkeys(a for a in read if isinstance(a, Var) and a in unsure and a.hint and a not in checked):
            if arms.get(var) not in taken:
                made.append(_check(var, getattr(stmt, "loc", NOWHERE)))
                wanted.add(var)
                checked |= {var}
        for k, inner in enumerate(blocks(stmt)):
            here = taken | {(stmt.cond, k)} if isinstance(stmt, If) else taken
            _add_checks(inner, unsure, checked, here, arms, wanted)
        made.append(stmt)
    block.stmts = made


def _flag(joins: list, chosen: set[Var], body: Block) -> None:
    """Give variables a flag beside them, which the checks look at."""
    flags = {v: Var("bound", BOOL) for v in chosen}

    def flag(target: Var, atom):
        return Lit(False) if _is_nothing(target, atom) else flags.get(atom, Lit(True)) if isinstance(atom, Var) else Lit(True)

    for s in joins:
        new = [t for t, _ in _sources(s) if t in flags]
        if not new:
            continue
        if isinstance(s, If):
            for arm in (s.then, s.orelse):
                arm.yields = (*arm.yields, *(flag(t, a) for t, a in zip(s.targets, arm.yields) if t in flags))
            s.targets = (*s.targets, *(flags[t] for t in new))
        else:
            s.inits = (*s.inits, *(flag(t, a) for t, a in zip(s.carried, s.inits) if t in flags))
            s.body.yields = (*s.body.yields, *(flag(t, a) for t, a in zip(s.carried, s.body.yields) if t in flags))
            s.carried = (*s.carried, *(flags[t] for t in new))
    for stmt in walk(body):
        if isinstance(stmt, Apply) and stmt.fn is runtime.check_bound:
            var = stmt.args[0]
            stmt.fn, stmt.args = runtime.check_has_value, (flags.get(var, Lit(True)), stmt.args[1])


def _give_types(function: Function) -> None:
    """Let what stands for no value be of the type of the value that there is on another path: nobody reads it."""
    nothing: dict[tuple, Var] = {}
    head: list = []

    def typed(target: Var, atom):
        kind = target.kind
        if target.suffix or not (_is_nothing(target, atom) or isinstance(kind, Array) and atom in (Lit(0.0), Lit(0))):
            return atom                             # zero is a value of adjoints
        if isinstance(kind, Scalar):
            return Lit(kind.base(0))
        if not isinstance(kind, Array) or not kind.ndim or kind.dtype is None:
            return atom
        key = kind.dtype, kind.ndim
        if key not in nothing:
            shape = Var("", TupleOf((INT,) * kind.ndim))
            nothing[key] = Var("nothing", Array(kind.dtype, (None,) * kind.ndim))
            head.append(Apply(shape, intrinsics.build_tuple, (Lit(0),) * kind.ndim, ()))
            head.append(Apply(nothing[key], np.empty, (shape, Ref(kind.dtype.type)), ()))
        return nothing[key]

    for s in walk(function.body):
        if isinstance(s, If):
            for arm, other in ((s.then, s.orelse), (s.orelse, s.then)):
                arm.yields = tuple(a if isinstance(b, Lit) else typed(t, a)
                                   for t, a, b in zip(s.targets, arm.yields, other.yields))
        elif isinstance(s, For | While):
            s.inits = tuple(map(typed, s.carried, s.inits))
    function.body.stmts[:0] = head
