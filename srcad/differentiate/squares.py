"""The square root of a sum of squares has a kink where the sum is 0, not an infinite derivative: its derivative is 0 there.

``np.sqrt(np.sum(x * x))`` is the norm of x, and as that of `np.linalg.norm` its derivative at 0 is 0: what the chain rule
gives, 0 · ∞, is NaN. What is under the root is a sum of squares if its definition says so: squares, their sums and
products with constants, and products of a value with itself.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from srcad import runtime
from srcad.rules.registry import Rule
from srcad.trace.ir import Apply, Lit, Var

#: Sums of the elements of their first operand, and what only rearranges or selects them.
SUMS = {np.sum, np.ndarray.sum, np.mean, np.ndarray.mean, sum, math.fsum, np.nansum, np.average, np.trace, np.ndarray.trace,
        operator.getitem, np.reshape, np.ravel, np.ndarray.reshape, np.ndarray.ravel, np.squeeze, np.expand_dims,
        np.broadcast_to, np.real, np.transpose, float, np.asarray, np.array, np.float64}
PRODUCTS = {operator.mul, np.multiply}
#: Products of two operands that are summed.
INNER = {np.dot, np.vdot, np.inner, operator.matmul, np.matmul, np.ndarray.dot, np.vecdot if hasattr(np, "vecdot") else np.dot}
POWERS = {operator.pow, pow, np.power, np.float_power, math.pow}
SQUARES = {np.square}
CONJUGATES = {np.conj, np.conjugate, np.ndarray.conj, np.ndarray.conjugate}
#: How far definitions are followed.
DEEPEST = 12


def root(y, x):
    """The partial derivative of the square root of a sum of squares."""
    return runtime.divide_or_zero(0.5, y)


def half_power(y, x, n):
    """The same of ``x ** 0.5``."""
    return runtime.divide_or_zero(0.5, y), None


def partials_of(rule: Rule, stmt: Apply, definition, varies):
    """The partial derivatives of an elementwise operation: those of its rule, or of a root of a sum of squares."""
    if stmt.fn in (np.sqrt, math.sqrt):
        body = root
    elif stmt.fn in POWERS and stmt.args[1:] == (Lit(0.5),):
        body = half_power
    else:
        return rule.partials
    return body if Squares(definition, varies).sums(stmt.args[0]) else rule.partials


class Squares:
    """Tells values that are sums of squares by their definitions.

    Attributes
    ----------
    definition : function
        Var → the Apply that defines it, or None.
    varies : function
        Does the derivative at hand depend on this value?
    """

    def __init__(self, definition, varies) -> None:
        self.definition, self.varies = definition, varies

    def made(self, atom) -> Apply | None:
        return self.definition(atom) if isinstance(atom, Var) else None

    def sums(self, atom, depth: int = DEEPEST) -> bool:
        """Is the value a sum of squares?"""
        made = self.made(atom)
        if made is None or depth == 0:
            return False
        fn, args = made.fn, made.args
        if fn in SUMS:
            return bool(args) and self.sums(args[0], depth - 1)
        if fn in (operator.add, np.add):
            if any(isinstance(a, Lit) and a.value != 0 for a in args):
                return False                   # never 0: an ordinary root
            return any(self.sums(a, depth - 1) for a in args) and all(
                self.sums(a, depth - 1) or not (isinstance(a, Var) and self.varies(a)) for a in args)
        if fn in SQUARES:
            return True
        if fn in POWERS:
            return isinstance(args[1], Lit) and type(args[1].value) in (int, float) and args[1].value > 0 and (
                args[1].value % 2 == 0)
        if fn in PRODUCTS:
            a, b = args
            return self.same(a, b) or any(
                self.sums(p, depth - 1) and not (isinstance(q, Var) and self.varies(q)) for p, q in ((a, b), (b, a)))
        if fn in INNER:
            return self.same(args[0], args[1]) or self.is_form(args[0], args[1]) or self.is_form(args[1], args[0])
        if fn is operator.truediv or fn is np.divide:
            return self.sums(args[0], depth - 1) and not (isinstance(args[1], Var) and self.varies(args[1]))
        if fn is np.einsum:
            operands = args[1:]
            return len(operands) == 2 and operands[0] == operands[1]
        return False

    def same(self, a, b) -> bool:
        """Are two operands one value, or a value and its conjugate or transpose?"""
        return isinstance(a, Var) and self.equal(self.plain(a), self.plain(b))

    def equal(self, a, b, depth: int = DEEPEST) -> bool:
        """Are two operands made in the same way?"""
        if a == b:
            return True
        x, y = self.made(a), self.made(b)
        return x is not None and y is not None and depth > 0 and x.fn == y.fn and x.kwargs == y.kwargs and (
            len(x.args) == len(y.args)) and all(self.equal(p, q, depth - 1) for p, q in zip(x.args, y.args))

    def plain(self, atom):
        made = self.made(atom)
        if made is not None and (made.fn in CONJUGATES or made.fn is getattr and made.args[1] == Lit("T")):
            return made.args[0]
        return atom

    def is_form(self, a, b) -> bool:
        """Is `a` the product of `b` and a fixed matrix, as in the quadratic form ``x @ A @ x``?"""
        made = self.made(a)
        if made is None or made.fn not in INNER:
            return False
        left, right = made.args[:2]
        return any(self.same(p, b) and not (isinstance(q, Var) and self.varies(q)) for p, q in ((left, right), (right, left)))


__all__ = ["partials_of"]
