"""No NaN from the branch of ``np.where`` that was not taken, nor from what the ``where=`` of a reduction leaves out.

In ``np.where(x > 0, np.sqrt(x), 0.0)`` the adjoint of the square root is zero where x is not positive, but its partial
derivative is infinite there, and 0 · ∞ is NaN. The elementwise chain that only this branch uses is therefore masked: once,
where it ends, and only if something in it can have an infinite derivative. Forward mode selects and has no such problem.
"""

from __future__ import annotations

import operator
from collections import Counter

import numpy as np

from srcad.analysis.aliasing import is_write
from srcad.analysis.atoms import kind_of_atom
from srcad.differentiate import common
from srcad.rules.registry import find_rule
from srcad.trace.ir import Apply, Function, Lit, Var, operands, uses, walk
from srcad.trace.kinds import Array, Kind

#: Elementwise functions whose partial derivatives are finite wherever their operands are.
TAME = {
    operator.add, operator.sub, operator.mul, operator.neg, operator.pos, np.add, np.subtract, np.multiply, np.negative,
    np.positive, np.sin, np.cos, np.tanh, np.arctan, np.exp, np.square, np.abs, operator.abs, abs, np.where, np.logaddexp,
    np.maximum, np.minimum, np.real, np.imag, np.conj,
}


class Masks:
    """Which values are read only by one branch of a `where`, and by which condition.

    Attributes
    ----------
    of : dict
        Var → (condition, is it the branch of the true elements?)
    count : Counter
        How many contributions the adjoint of a Var gets.
    found : dict
        Var → the masks of those that have come so far.
    """

    def __init__(self, b, bars, primal: Function, active: set[Var]) -> None:
        self.b, self.bars = b, bars
        self.count = Counter(uses(primal.body))
        for stmt in walk(primal.body):      # what has no derivative hands no adjoint on
            if isinstance(stmt, Apply) and stmt.target not in active and find_rule(stmt.fn) is not None and not is_write(stmt):
                self.count.subtract(a for a in operands(stmt) if isinstance(a, Var))
        self.of: dict[Var, tuple] = {}
        self.found: dict[Var, list] = {}

    def start(self, stmt: Apply) -> None:
        """A `where` is reversed, or a reduction with one: the operands may need masks."""
        chosen = dict(stmt.kwargs).get("where")
        if isinstance(chosen, Var) and stmt.args and stmt.fn is not np.where:
            operand = stmt.args[0]
            if self.is_chain(operand, kind_of_atom(operand)) and self.is_wild(operand):
                self.note(operand, (chosen, True))
            return
        if stmt.fn is not np.where or len(stmt.args) != 3 or stmt.kwargs:
            return
        cond, *branches = stmt.args
        for branch, side in zip(branches, (True, False)):
            if self.is_chain(branch, stmt.target.kind) and self.is_wild(branch):
                self.note(branch, (cond, side))

    def note(self, atom: Var, mask: tuple) -> None:
        """A contribution to the adjoint of `atom` is zero by this mask; so is the whole if all are."""
        masks = self.found.setdefault(atom, [])
        masks.append(mask)
        if len(masks) == self.count[atom] and all(m == mask for m in masks):
            self.of[atom] = mask

    def is_chain(self, atom, result: Kind) -> bool:
        """Is the value an elementwise result of the same shape, made in the same block?"""
        made = self.b.definition(atom) if isinstance(atom, Var) else None
        if made is None or isinstance(made.fn, Function) or atom in self.bars.crossing:
            return False
        rule = find_rule(made.fn)
        return rule is not None and rule.kind == "elementwise" and isinstance(atom.kind, Array) and (
            common.same_axes(atom.kind, result) or common.operand_keeps_shape(atom.kind, result))

    def is_wild(self, atom, depth: int = 20) -> bool:
        """Can a partial derivative in the chain that ends here be infinite?"""
        made = self.b.definition(atom) if isinstance(atom, Var) else None
        if made is None or depth == 0:
            return False
        rule = find_rule(made.fn) if not isinstance(made.fn, Function) else None
        if rule is None or rule.kind != "elementwise":
            return False
        return made.fn not in TAME or any(self.is_wild(a, depth - 1) for a in made.args)

    def leave(self, stmt: Apply, operand: Var, g):
        """The contribution `g` of a statement to an operand: masked, or handed on if the chain goes on."""
        mask = self.of.get(stmt.target)
        if mask is None:
            return g
        if self.is_chain(operand, stmt.target.kind):
            self.note(operand, mask)
            if self.count[operand] == 1:
                return g
        cond, side = mask
        branches = (g, Lit(0.0)) if side else (Lit(0.0), g)
        return self.b.apply(np.where, cond, *branches, kind=kind_of_atom(g))
