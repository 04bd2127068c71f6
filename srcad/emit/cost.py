"""How much room an expression takes on its line, before anything has a name.

Enters: operations. Leaves: about how many characters, how many operations, how deep. Only folding asks, so a guess will
do; but the guess must not depend on anything that changes from run to run.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass

from srcad.emit.operators import SYNTAX
from srcad.emit.plan import Plan, stem
from srcad.emit.spelling import spell
from srcad.emit.survey import key
from srcad.trace import intrinsics as ops
from srcad.trace.ir import Apply, Function, If, Lit, Ref, Star, Var

ATOM = 15
#: How operators are printed: characters besides their operands, binding strength.
_SHAPES = {
    **{getattr(operator, n): (3, 10) for n in ("add", "sub")},
    **{getattr(operator, n): (3, 11) for n in ("mul", "truediv", "mod", "matmul")},
    operator.floordiv: (4, 11),
    operator.pow: (4, 13),
    **{getattr(operator, n): (4, 5) for n in ("lt", "gt", "le", "ge", "eq", "ne", "contains", "is_", "is_not")},
    **{getattr(operator, n): (4, 8) for n in ("and_", "or_", "xor", "lshift", "rshift")},
    **{getattr(operator, n): (1, 12) for n in ("neg", "pos", "invert")},
    operator.not_: (4, 4),
}
_BRACKETS_ONLY = frozenset({ops.build_tuple, ops.build_list, ops.new_list, ops.build_dict, ops.build_set, ops.build_slice, slice})
#: What intrinsics are called in the text, if that is not about as long as `append`.
_LENGTHS = {operator.getitem: 0, ops.copy_value: 0}


@dataclass(slots=True)
class Cost:
    """What an expression takes."""

    width: int
    precedence: int = ATOM
    operations: int = 0
    depth: int = 0


def guess_width(var: Var) -> int:
    """About how long the name of a value will be."""
    root, suffix = stem(var)
    return (len(root.hint) or 3) + len(suffix)


class Costs:
    """Costs of the expressions of one function, under what is already decided to be inline."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.known: dict[Var, Cost] = {}

    def atom(self, atom) -> Cost:
        if isinstance(atom, Star):
            atom = atom.atom
        if isinstance(atom, Var):
            atom = self.plan.survey.resolve(atom)
            stmt = self.plan.inline.get(atom)
            if stmt is None:
                return Cost(guess_width(atom))
            if atom not in self.known:
                return self.conditional(stmt) if isinstance(stmt, If) else self.apply(stmt)
            return self.known[atom]
        if isinstance(atom, Lit):
            text = repr(atom.value)
            return Cost(len(text), 12 if text.startswith("-") else ATOM)
        if isinstance(atom, Ref) and not isinstance(atom.value, Function):
            return Cost(spell(atom.value).width)
        return Cost(8)

    def apply(self, stmt: Apply) -> Cost:
        fn = key(stmt.fn)
        symbol, precedence = _SHAPES.get(fn, (0, 0))
        width, operations, depth, brackets = symbol, 1, 0, 0
        for atom in stmt.args:
            part = self.atom(atom)
            width += part.width + (0 if symbol else 2)
            operations += part.operations
            depth = max(depth, part.depth)
            brackets += part.precedence < precedence
        if symbol:
            return Cost(width + 2 * brackets, precedence, operations, depth + (brackets > 0))
        for name, atom in stmt.kwargs:
            part = self.atom(atom)
            width += part.width + len(name or "") + 3
            operations += part.operations
            depth = max(depth, part.depth)
        if fn in _BRACKETS_ONLY:
            return Cost(width, ATOM, operations - 1, depth)
        return Cost(width + self.name(fn), ATOM, operations, depth + 1)

    def name(self, fn) -> int:
        """About how long the name of what is called is."""
        if isinstance(fn, Function):
            return len(fn.name)
        if isinstance(fn, Var):
            return guess_width(fn)
        return _LENGTHS.get(fn, 6) if fn in SYNTAX else spell(fn).width

    def conditional(self, stmt: If) -> Cost:
        parts = [self.atom(a) for a in (stmt.cond, stmt.then.yields[0], stmt.orelse.yields[0])]
        return Cost(sum(p.width for p in parts) + 10, 1, sum(p.operations for p in parts) + 1,
                    max(p.depth for p in parts) + 1)
