"""Marks of loops that are not to be recorded: once differentiated, they go.

    for t in checkpointed(range(n), k):                 for t in range(n):
        ...                                      →          ...
"""

from __future__ import annotations

from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Function, every_block, walk


def drop_marks(function: Function) -> None:
    """Let loops go over the ranges themselves that `checkpointed` has marked."""
    instead = {s.target: s.args[0] for s in walk(function.body) if isinstance(s, Apply) and s.fn is intrinsics.checkpointed}
    if instead:
        replace(function.body, instead)
        for block in every_block(function.body):
            block.stmts = [s for s in block.stmts if not (isinstance(s, Apply) and s.fn is intrinsics.checkpointed)]
