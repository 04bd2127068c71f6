"""Constants: numbers that multiply one another in a derivative are one number.

    v_bar = 100.0 * (2 * v)       →      v_bar = 200.0 * v
    v_bar = -(2 * v)              →      v_bar = -2 * v
    v_bar = -g * (2 * v)          →      v_bar = g * (-2 * v)

Only in statements of the derivative, never in the primal, whose value must stay as it is to the last bit; gradients
change by no more than the rounding of one product. A product that somebody else reads too stays.

>>> from srcad.optimize.showing import show
>>> show("constants", lambda x: 100.0 * (x ** 2), 3.0)
return 100.0 * (2 * x)
--> 1
return 200.0 * x
"""

from __future__ import annotations

import operator

from srcad.analysis.memory import Memory
from srcad.trace.ir import Apply, Block, Function, Lit, Var, every_block, operands, uses, walk
from srcad.trace.kinds import Array, Scalar, is_float, same_dtype
from srcad.trace.purity import WRITE, effect


def fold_constants(function: Function) -> int:
    """Fold products with numbers; returns how many operations were saved. Dead code is left behind."""
    stmts = [s for s in walk(function.body) if isinstance(s, Apply)]
    if not any(s.fn is operator.mul and s.origin is not None and Lit in map(type, s.args) for s in stmts):
        return 0
    counts: dict[Var, int] = {}
    for var in uses(function.body):
        counts[var] = counts.get(var, 0) + 1
    made: dict[Var, Apply] = {}
    folded, moves = 0, Moves(function)
    for stmt in stmts:
        if stmt.fn in (operator.mul, operator.neg):
            folded += _fold(stmt, made, counts, moves)
        made[stmt.target] = stmt
    return folded


class Moves:
    """May an operand be read later than it is: at another statement?"""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.memory: Memory | None = None
        self.places: dict[int, tuple[Block, int]] = {}

    def may_be_read_at(self, var: Var, first: Apply, second: Apply) -> bool:
        """Is a value at `second`, which is reached after `first`, as it is at `first`?"""
        if isinstance(var.kind, Scalar):
            return True
        if self.memory is None:
            self.memory = Memory(self.function)
            self.places = {id(s): (block, k) for block in every_block(self.function.body) for k, s in enumerate(block.stmts)}
        if self.memory.is_constant(var):
            return True
        (block, start), (other, stop) = self.places[id(first)], self.places[id(second)]
        return block is other and not any(self.writes(s, var) for s in walk(Block(block.stmts[start + 1:stop])))

    def writes(self, stmt, var: Var) -> bool:
        return isinstance(stmt, Apply) and effect(stmt) >= WRITE and any(
            not self.memory.are_apart(a, var) for a in (stmt.target, *operands(stmt)) if isinstance(a, Var))


def _factor(stmt: Apply):
    """(number, other operand) of a product with a number, or of a negation; None for anything else."""
    if stmt.kwargs:
        return None
    if stmt.fn is operator.neg:
        return -1, stmt.args[0]
    if stmt.fn is operator.mul:
        for number, other in (stmt.args, stmt.args[::-1]):
            if isinstance(number, Lit) and type(number.value) in (int, float) and isinstance(other, Var):
                return number.value, other
    return None


def _fold(stmt: Apply, made: dict[Var, Apply], counts: dict[Var, int], moves: Moves) -> int:
    if stmt.origin is None:
        return 0
    outer = _factor(stmt)
    if outer is None:
        return _meet(stmt, made, counts, moves)
    if not isinstance(outer[1], Var) or counts.get(outer[1]) != 1:
        return 0
    inside = made.get(outer[1])
    if inside is None or inside.origin is None:
        return 0
    inner = _factor(inside)
    if inner is None or not isinstance(inner[1], Var) or not (
            is_float(inner[1].kind) and _same(inner[1], stmt.target)):
        return 0
    if not moves.may_be_read_at(inner[1], inside, stmt):
        return 0
    number = outer[0] * inner[0]
    if (stmt.fn is operator.neg and inside.fn is operator.neg) or not _is_safe(number):
        return 0
    stmt.fn, stmt.args = operator.mul, (Lit(number), inner[1])
    return 1


def _is_safe(number) -> bool:
    """Can products with the number neither overflow nor lose digits where the single ones did not?"""
    return 1e-30 < abs(number) < 1e30


def _meet(stmt: Apply, made: dict[Var, Apply], counts: dict[Var, int], moves: Moves) -> int:
    """The factors of both operands of a product are put into the second."""
    if stmt.fn is not operator.mul or stmt.kwargs or stmt.args[0] is stmt.args[1]:
        return 0
    inner = [made[a] for a in stmt.args if isinstance(a, Var) and counts.get(a) == 1 and a in made]
    if len(inner) != 2 or any(i.origin is None for i in inner):
        return 0
    found = [_factor(i) for i in inner]
    if None in found or not all(isinstance(v, Var) and is_float(v.kind) and _same(v, stmt.target) for _, v in found):
        return 0
    (one, first), (other, second) = found
    if not moves.may_be_read_at(first, inner[0], stmt):
        return 0
    number = one * other
    if not _is_safe(number):
        return 0
    inner[1].fn, inner[1].args = operator.mul, (Lit(number), second)
    stmt.args = (first, stmt.args[1])
    return 1


def _same(a: Var, b: Var) -> bool:
    """Have both the same precision, so that no number is rounded otherwise than before?"""
    match a.kind, b.kind:
        case Scalar(), Scalar():
            return same_dtype(a.kind.dtype, b.kind.dtype)
        case Array(), Array():
            return same_dtype(a.kind.dtype, b.kind.dtype)
    return False
