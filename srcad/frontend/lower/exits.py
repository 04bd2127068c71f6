"""Which statements leave the block they are in: read off the tree."""

from __future__ import annotations

from enum import Enum

import gast


class Leaves(Enum):
    """How a list of statements ends."""

    NO = "the end may be reached"
    RAISES = "it never ends: every path raises"
    EXITS = "the end is never reached: paths return, break, continue or raise"


def leaves(stmts: list, known: dict[gast.AST, Leaves]) -> Leaves:
    """How a list of statements ends, as far as its last statement tells; `known` holds what has been found before."""
    if not stmts:
        return Leaves.NO
    last = stmts[-1]
    match last:
        case gast.Return() | gast.Break() | gast.Continue():
            return Leaves.EXITS
        case gast.Raise():
            return Leaves.RAISES
        case gast.If():
            if last not in known:
                arms = {leaves(last.body, known), leaves(last.orelse, known)}
                known[last] = next(way for way in (Leaves.NO, Leaves.EXITS, Leaves.RAISES) if way in arms)
            return known[last]
    return Leaves.NO
