"""One value for another, wherever it is read."""

from __future__ import annotations

from srcad.trace.ir import Apply, Block, For, If, Source, Var, While, blocks, substitute_atom, walk


def replace(block: Block, instead: dict[Var, object]) -> None:
    """Let other atoms stand for Vars in a block, which is changed in place."""
    def atoms(given: tuple) -> tuple:
        return tuple(substitute_atom(a, instead) for a in given)

    for stmt in walk(block):
        match stmt:
            case Apply():
                stmt.args = atoms(stmt.args)
                stmt.kwargs = tuple((name, substitute_atom(a, instead)) for name, a in stmt.kwargs)
                if isinstance(stmt.fn, Var):
                    stmt.fn = substitute_atom(stmt.fn, instead)
            case If():
                stmt.cond = substitute_atom(stmt.cond, instead)
            case For():
                stmt.sources = tuple(Source(s.target, substitute_atom(s.iterable, instead)) for s in stmt.sources)
        if isinstance(stmt, For | While):
            stmt.inits = atoms(stmt.inits)
            stmt.stop = None if stmt.stop is None else substitute_atom(stmt.stop, instead)
        for inner in blocks(stmt):
            inner.yields = atoms(inner.yields)
    block.yields = atoms(block.yields)
