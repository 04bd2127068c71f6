"""Simplifications made while derivative statements are written, so that no multiplication by one is ever emitted.

Only what a person would do without thinking, and only on derivative code: the primal's operations are never touched.
A structural zero (`ZERO`: the tangent of what does not vary) is absorbed by every linear operation.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.differentiate.common import operand_keeps_shape
from srcad.specialise.builder import Builder
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Lit, Ref, Var
from srcad.trace.kinds import Array, Numeric, Scalar, Size, dtype_of, is_differentiable, same_dtype


class _Zero:
    def __repr__(self) -> str:
        return "ZERO"


ZERO = Ref(_Zero())

#: Functions of one argument, or of the first one, that map zero to zero.
LINEAR_IN_FIRST = {
    operator.neg, operator.pos, np.negative, np.positive, np.sum, np.ndarray.sum, np.mean, np.ndarray.mean, np.transpose,
    np.ndarray.transpose, np.reshape, np.ndarray.reshape, np.real, np.imag, np.conj, np.conjugate, np.broadcast_to,
    np.swapaxes, np.ndarray.swapaxes, np.expand_dims, np.squeeze, np.trace, np.diagonal, operator.getitem, getattr,
    np.tril, np.triu, np.cumsum, np.flip, np.diag, np.moveaxis, np.ndarray.astype, np.ndarray.copy, np.asarray,
    operator.truediv, np.divide, np.true_divide, np.diff, np.ravel, np.ndarray.ravel, float, runtime.as_complex,
    runtime.match_kind,
}
#: Functions that are zero if either of two arguments is.
BILINEAR = {operator.mul, np.multiply, operator.matmul, np.matmul, np.dot, np.ndarray.dot, np.outer, np.inner, np.vdot,
            np.kron, np.tensordot, np.vecdot}
ADD = {operator.add, np.add}
SUB = {operator.sub, np.subtract}


class DerivativeBuilder(Builder):
    """A Builder that simplifies what it appends.

    Attributes
    ----------
    emitted : list or None
        The statements appended, in order, if anybody wants to know.
    kept : set of Var
        Values that leave a block.
    mixed : set of Var
        Numbers of the primal that may be integers although their kind is float.
    """

    def __init__(self) -> None:
        super().__init__()
        self.emitted: list | None = None
        self.kept: set[Var] = set()
        self.mixed: set[Var] = set()

    def emit(self, stmt) -> None:
        super().emit(stmt)
        if self.emitted is not None:
            self.emitted.append(stmt)

    def apply(self, fn, *args, kwargs: tuple = (), target: Var | None = None, kind=None):
        simple = simplify(self, fn, args, kwargs)
        if simple is not None:
            if target is not None and isinstance(simple, Var) and simple.serial > target.serial and not simple.hint and (
                    simple.of is None):
                simple.hint, simple.of, simple.suffix = target.hint, target.of, target.suffix    # it was made for this
            return simple
        return super().apply(fn, *args, kwargs=kwargs, target=target, kind=kind)


def is_one(atom) -> bool:
    return isinstance(atom, Lit) and type(atom.value) in (int, float) and atom.value == 1


def is_minus_one(atom) -> bool:
    return isinstance(atom, Lit) and type(atom.value) in (int, float) and atom.value == -1


def keeps(kind) -> bool:
    """Is ``1.0 * x`` just x for a value of this kind?"""
    match kind:
        case Scalar(base=base):
            return base in (float, complex)
        case Array(dtype=dtype):
            return dtype is not None and is_differentiable(kind)
        case Numeric():
            return True
    return False


def _defined(b: Builder, atom, fn) -> Apply | None:
    apply = b.definition(atom) if isinstance(atom, Var) else None
    return apply if apply is not None and apply.fn is fn and not apply.kwargs else None


def simplify(b: Builder, fn, args: tuple, kwargs: tuple):
    """An atom equal to ``fn(*args)`` that needs no operation, or a simpler operation's result; None if there is none."""
    if any(a is ZERO for a in args):
        return _absorb(b, fn, args, kwargs)
    if kwargs:
        return None
    if fn is operator.mul:
        return _simplify_mul(b, *args)
    if fn is operator.truediv and is_one(args[1]) and keeps(b.kind(args[0])):
        return args[0]
    if fn is operator.truediv:
        for factor, other in _factors(b, args[0], operator.mul):
            if other is args[1] and _stays(b, factor, args[0], other):
                return factor
        value = _spread_value(b, args[0], args[1])
        if value is not None:
            return b.apply(operator.truediv, value, args[1])
    if fn is operator.neg:
        if isinstance(args[0], Lit) and type(args[0].value) in (int, float):
            return Lit(-args[0].value)
        spread = _defined(b, args[0], np.broadcast_to)
        if spread is not None and isinstance(b.kind(spread.args[0]), Scalar):
            return b.apply(np.broadcast_to, b.apply(operator.neg, spread.args[0]), *spread.args[1:], kind=args[0].kind)
        inner = _defined(b, args[0], operator.neg)
        if inner is not None and inner.origin is b.origin:
            return inner.args[0]
    if fn is operator.pow and isinstance(args[1], Lit) and type(args[1].value) is int and keeps(b.kind(args[0])):
        if args[1].value == 1:
            return args[0]
        if args[1].value == 0 and isinstance(b.kind(args[0]), Scalar):
            return Lit(1.0)
    if fn is np.where and len(args) == 3:
        plain = tuple(_spread_number(b, a, b.kind(args[0])) for a in args[1:])
        if any(p is not a for p, a in zip(plain, args[1:])):
            return b.apply(np.where, args[0], *plain)
    if fn in (operator.add, operator.sub):
        value = _spread_value(b, args[1], args[0])
        if value is not None:
            return b.apply(fn, args[0], value)
    if fn is operator.add:
        for term, other in ((args[1], args[0]), (args[0], args[1])):
            negative = _defined(b, term, operator.neg)
            if negative is not None and negative.origin is not None:
                return b.apply(operator.sub, other, negative.args[0])
        product = next(filter(None, (_defined(b, args[1], op) for op in (operator.truediv, operator.mul, operator.matmul))), None)
        if product is not None and product.origin is not None:
            negative = _defined(b, product.args[0], operator.neg)
            if negative is not None and negative.origin is not None:
                return b.apply(operator.sub, args[0], b.apply(product.fn, negative.args[0], product.args[1]))
    if fn in (operator.add, operator.sub) and all(
            isinstance(a, Lit) and type(a.value) in (bool, int, float) for a in args):
        return Lit(fn(args[0].value, args[1].value))
    if fn is runtime.broadcast_like and _is_spread_already(b.kind(args[0]), b.kind(args[1])):
        return args[0]
    if fn is runtime.fit_vectors and (getattr(b.kind(args[1]), "dims", None) or (None,))[-1] == 3:
        return b.apply(runtime.unbroadcast, *args)
    if fn is runtime.unbroadcast:
        return args[0] if _has_shape_of(b.kind(args[0]), b.kind(args[1])) else _sum_to_shape(b, *args)
    if fn is operator.sub and args[1] in (Lit(0), Lit(0.0)) and keeps(b.kind(args[0])):
        return args[0]
    if fn is operator.add and args[1] == Lit(False) and keeps(b.kind(args[0])):      # a comparison that was decided
        return args[0]
    return None


def _has_shape_of(g, x) -> bool:
    """Has an adjoint its operand's shape, as far as axes tell?"""
    return isinstance(g, Scalar) and isinstance(x, Scalar) or isinstance(g, Array) and operand_keeps_shape(x, g)


def _factors(b: Builder, atom, fn) -> tuple:
    """Both orders of the operands of a product or quotient that a rule has written."""
    made = _defined(b, atom, fn)
    return () if made is None or made.origin is None else (made.args, made.args[::-1])


def _stays(b: Builder, factor, product, other) -> bool:
    """Is a factor what ``factor * other / other`` gives, in kind as in value?"""
    kind = b.kind(factor)
    if isinstance(kind, Scalar):
        return kind.base is float and kind == b.kind(product) and isinstance(b.kind(other), Scalar)
    return isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind == "f" and kind == b.kind(product) and (
        kind.dims is not None and None not in kind.dims and (isinstance(b.kind(other), Scalar) or b.kind(other) == kind))


def _simplify_mul(b: Builder, x, y):
    for one, other in ((x, y), (y, x)):
        if is_one(one) and other in b.mixed and isinstance(one.value, float):
            return None                # the product is a float, the number itself may be none
        if is_one(one) and (keeps(b.kind(other)) or isinstance(one.value, int) and isinstance(b.kind(other), Scalar)):
            if isinstance(other, Lit) and type(other.value) is int and isinstance(one.value, float):
                return Lit(float(other.value))
            return other
        if is_minus_one(one) and keeps(b.kind(other)):
            return b.apply(operator.neg, other)
    if isinstance(x, Lit) and isinstance(y, Lit) and type(x.value) in (int, float) and type(y.value) in (int, float):
        return Lit(x.value * y.value)
    if isinstance(x, Lit) and is_one(x) and isinstance(y, Var) and isinstance(y.kind, Scalar) and y.kind.base is int:
        return None
    for spread, other in ((x, y), (y, x)) if isinstance(b.kind(x), Array) or isinstance(b.kind(y), Array) else ():
        made = _defined(b, spread, np.broadcast_to)
        if made is not None and _scales(b.kind(other), b.kind(made.args[0]), spread.kind):
            return b.apply(np.broadcast_to, b.apply(operator.mul, made.args[0], other), made.args[1], kind=spread.kind)
        value = _spread_value(b, spread, other)
        if value is not None:
            return b.apply(operator.mul, value, other) if spread is x else b.apply(operator.mul, other, value)
    for quotient, other in ((x, y), (y, x)):
        for dividend, divisor in _factors(b, quotient, operator.truediv)[:1]:
            if divisor is other and isinstance(other, Var) and _stays(b, dividend, quotient, other):
                return dividend
    if isinstance(y, Var):
        inverse = _defined(b, y, operator.truediv)
        if inverse is not None and is_one(inverse.args[0]) and inverse.origin is b.origin:
            return b.apply(operator.truediv, x, inverse.args[1])
        negative = _defined(b, y, operator.neg)
        if negative is not None and negative.origin is b.origin:
            return b.apply(operator.neg, b.apply(operator.mul, x, negative.args[0]))
    return None


#: Functions that give an array of one number if their first operand is one.
SPREADS = {np.broadcast_to, runtime.broadcast_like, np.expand_dims}


def _spread_value(b: Builder, spread, other):
    """What `spread` repeats, where that changes nothing of the shape: ``broadcast_to(c, s) * a`` is ``c * a``."""
    value, kind = spread, b.kind(other)
    if not isinstance(kind, Array) or not isinstance(spread, Var) or not same_dtype(dtype_of(spread.kind), kind.dtype) or not (
            _keeps_shape(kind, spread.kind)):
        return None
    while isinstance(made := b.definition(value) if isinstance(value, Var) else None, Apply) and (
            made.fn in SPREADS and not made.kwargs):
        value = made.args[0]
    if value is not spread and isinstance(b.kind(value), Scalar):
        return value
    made = b.definition(spread)
    if made is not None and made.fn in (np.broadcast_to, runtime.broadcast_like) and isinstance(b.kind(made.args[0]), Array):
        return made.args[0]
    return None


def _scales(factor, number, spread) -> bool:
    """Is a repeated number times this factor a repeated number of the same dtype?"""
    return isinstance(factor, Scalar) and isinstance(number, Scalar) and isinstance(spread, Array) and (
        factor.base is not complex and (factor.dtype is None or same_dtype(factor.dtype, spread.dtype)))


def _keeps_shape(kind: Array, other) -> bool:
    """Does an array of this kind keep its shape when it is broadcast against the other?"""
    if kind.dims is None or not isinstance(other, Array) or other.dims is None or len(other.dims) > len(kind.dims):
        return False
    padded = (1,) * (len(kind.dims) - len(other.dims)) + other.dims
    return all(o == 1 or is_not_one(d) or (d is not None and d == o) for d, o in zip(kind.dims, padded))


def _is_spread_already(g, x) -> bool:
    """Has an array that broadcasts to another's shape that shape, as far as axes tell?"""
    return isinstance(g, Array) and isinstance(x, Array) and g.dims is not None and x.dims is not None and (
        len(g.dims) == len(x.dims) and all(is_not_one(d) or d is not None and d == e for d, e in zip(g.dims, x.dims)))


def is_not_one(dim) -> bool:
    """Is the length of an axis known not to be 1?"""
    return isinstance(dim, int) and dim != 1 or isinstance(dim, Size) and dim.not_one


def _sum_to_shape(b: Builder, g, x):
    """``unbroadcast(g, x)`` as a sum over axes, where these are known; else None."""
    given, kind = b.kind(g), b.kind(x)
    if not isinstance(given, Array) or given.dims is None:
        return None
    if isinstance(kind, Scalar):
        return b.apply(np.sum, g)
    if not isinstance(kind, Array) or kind.dims is None:
        return None
    added = len(given.dims) - len(kind.dims)
    if not all(d == 1 or is_not_one(d) or d is not None and d == same for d, same in zip(kind.dims, given.dims[max(added, 0):])):
        return None
    stretched = [added + k for k, d in enumerate(kind.dims) if d == 1 and given.dims[added + k] != 1]
    if added < 0 or added and stretched or not (added or stretched):
        return None
    axes = stretched or list(range(added))
    axis = Lit(axes[0]) if len(axes) == 1 else b.apply(intrinsics.build_tuple, *map(Lit, axes))
    keep = (("keepdims", Lit(True)),) if stretched else ()
    return b.apply(np.sum, g, kwargs=(("axis", axis), *keep), kind=Array(given.dtype, kind.dims))


def _spread_number(b: Builder, atom, like):
    """The number that an atom repeats, if it does so in the shape of a kind and as a float64; else the atom."""
    made = b.definition(atom) if isinstance(atom, Var) else None
    if made is None or made.fn not in (np.broadcast_to, runtime.broadcast_like) or made.kwargs:
        return atom
    number = made.args[0]
    same = isinstance(like, Array) and isinstance(atom.kind, Array) and like.dims is not None and atom.kind.dims == like.dims
    return number if same and isinstance(b.kind(number), Scalar) and dtype_of(atom.kind) == np.float64 else atom


def _absorb(b: Builder, fn, args: tuple, kwargs: tuple):
    if fn in ADD:
        return args[1] if args[0] is ZERO else args[0]
    if fn in SUB:
        return args[0] if args[1] is ZERO else b.apply(operator.neg, args[1])
    if fn in BILINEAR and (args[0] is ZERO or args[1] is ZERO):
        return ZERO
    if fn in LINEAR_IN_FIRST and args[0] is ZERO:
        return ZERO
    if fn is np.ndim:
        return Lit(0)
    linear = getattr(fn, "__srcad_linear__", False)
    if linear and args[0] is ZERO:
        return ZERO
    raise LookupError(fn)
