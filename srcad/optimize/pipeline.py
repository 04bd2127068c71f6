"""The passes, in order."""

from __future__ import annotations

from srcad.optimize.dead import remove_dead
from srcad.trace.ir import Function


def optimize(functions: list[Function], enabled: bool) -> None:
    """Improve Traces in place. Without `enabled` only what the rules left over is cleaned up, the primal stays whole."""
    for function in functions:
        if enabled:
            remove_dead(function)
        else:
            remove_dead(function, keep=lambda stmt: stmt.origin is None)
