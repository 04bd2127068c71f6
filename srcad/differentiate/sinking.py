"""Shadows that the forward sweep makes and only the reverse sweep uses are made there; those that nobody uses, nowhere."""

from __future__ import annotations

from srcad.trace.ir import Apply, Block, If, blocks, outputs, uses


def sink(adjoint, statements: list, back: Block) -> list:
    """Move shadows that the forward sweep does not use to the start of the reverse sweep, and drop those nobody uses."""
    making = adjoint.memory.making
    head: list = []
    _drop_unused(statements, making, back)
    needed: set = set()
    kept: list = []
    for stmt in reversed(statements):
        targets = stmt.targets if isinstance(stmt, If) else (stmt.target,) if isinstance(stmt, Apply) else ()
        if id(stmt) in making and id(stmt) not in adjoint.memory.staying and not any(t in needed for t in targets):
            head.append(stmt)
            continue
        needed.update(uses(Block([stmt])))
        kept.append(stmt)
    back.stmts[:0] = head[::-1]
    return kept[::-1]


def _drop_unused(statements: list, making: set, back: Block) -> None:
    """Drop the making of shadows, anywhere in the forward sweep, that neither sweep uses."""
    while True:
        used = set(uses(Block(statements))) | set(uses(back))
        if not _drop(statements, making, used):
            return


def _drop(statements: list, making: set, used: set) -> bool:
    dropped = False
    for stmt in list(statements):
        if id(stmt) in making and not any(v in used for v in outputs(stmt)):
            statements.remove(stmt)
            dropped = True
        elif not isinstance(stmt, Apply):
            for block in blocks(stmt):
                dropped = _drop(block.stmts, making, used) or dropped
    return dropped
