"""Drop what lowering carries to be on the safe side: joined and carried variables that nobody reads.

Two walks over the finished function: one replaces the variables that turned out to be constant in their loop and finds
which joins are read, by a statement or by another join that is read; the other drops the rest.
"""

from __future__ import annotations

import itertools

from srcad.trace import ir


def prune(function: ir.Function, same: dict[ir.Var, ir.Atom]) -> None:
    """Drop unread targets and carried variables, in place; `same` says which Vars stand for something else."""
    stmts = list(ir.walk(function.body))
    if same:
        final = _closure(same)
        for block in (function.body, *(b for s in stmts for b in ir.blocks(s))):
            block.yields = tuple(ir.substitute_atom(a, final) for a in block.yields)
        for stmt in stmts:
            _substitute(stmt, final)
    live = _live(function, stmts)
    for stmt in stmts:
        match stmt:
            case ir.If():
                keep = [v in live for v in stmt.targets]
                stmt.targets = tuple(itertools.compress(stmt.targets, keep))
                for block in (stmt.then, stmt.orelse):
                    block.yields = tuple(itertools.compress(block.yields, keep))
            case ir.For() | ir.While():
                keep = [v in live for v in stmt.carried]
                stmt.carried = tuple(itertools.compress(stmt.carried, keep))
                stmt.inits = tuple(itertools.compress(stmt.inits, keep))
                stmt.body.yields = tuple(itertools.compress(stmt.body.yields, keep))


def _closure(same: dict[ir.Var, ir.Atom]) -> dict[ir.Var, ir.Atom]:
    """What each Var stands for in the end."""
    final = {}
    for var, atom in same.items():
        while isinstance(atom, ir.Var) and atom in same:
            atom = same[atom]
        final[var] = atom
    return final


def _substitute(stmt: ir.Stmt, final: dict[ir.Var, ir.Atom]) -> None:
    def atom(a):
        return ir.substitute_atom(a, final)

    match stmt:
        case ir.Apply():
            stmt.fn = atom(stmt.fn) if isinstance(stmt.fn, ir.Var) else stmt.fn
            stmt.args = tuple(map(atom, stmt.args))
            stmt.kwargs = tuple((name, atom(a)) for name, a in stmt.kwargs)
        case ir.Attempt():
            stmt.classes = tuple(map(atom, stmt.classes))
        case ir.If():
            stmt.cond = atom(stmt.cond)
        case ir.For() | ir.While():
            stmt.inits = tuple(map(atom, stmt.inits))
            stmt.stop = None if stmt.stop is None else atom(stmt.stop)
            if isinstance(stmt, ir.For):
                stmt.sources = tuple(ir.Source(s.target, atom(s.iterable)) for s in stmt.sources)


def _live(function: ir.Function, stmts: list) -> set[ir.Var]:
    """The Vars that are read by a statement, or by a join that is itself read."""
    feeds: dict[ir.Var, tuple[ir.Atom, ir.Atom]] = {}
    found: list[ir.Atom] = list(function.body.yields)
    for stmt in stmts:
        match stmt:
            case ir.Apply():
                found += ir.operands(stmt)
            case ir.Attempt():
                found += (*stmt.classes, *stmt.body.yields)
            case ir.If():
                found.append(stmt.cond)
                feeds |= zip(stmt.targets, zip(stmt.then.yields, stmt.orelse.yields))
            case ir.For() | ir.While():
                found += ir.exits(stmt)
                found += [s.iterable for s in stmt.sources] if isinstance(stmt, ir.For) else stmt.test.yields
                feeds |= zip(stmt.carried, zip(stmt.inits, stmt.body.yields))
    live: set[ir.Var] = set()
    while found:
        atom = found.pop()
        if isinstance(atom, ir.Var) and atom not in live:
            live.add(atom)
            found += feeds.get(atom, ())
    return live
