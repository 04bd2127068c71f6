"""What both modes need: zeros, products, structure, and the record of what has been derived."""

from __future__ import annotations

import copy
import operator
from dataclasses import dataclass

import numpy as np

from srcad import runtime
from srcad.analysis.activity import Still
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.axes import dims_of
from srcad.errors import NoRuleError
from srcad.rules.classification import refusal
from srcad.specialise.builder import Builder
from srcad.specialise.numba_objects import METHOD, METHOD_ADVICE, is_compiled_method
from srcad.specialise.program import Specialised
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Function, Lit, Param, Ref, Var
from srcad.trace.kinds import (
    FLOAT64,
    NONE,
    Array,
    Kind,
    Numeric,
    Scalar,
    Size,
    TupleOf,
    dtype_of,
    has_attributes,
    is_complex,
    is_container,
    is_differentiable,
    tangent_kind,
)
from srcad.trace.naming import operation_name


@dataclass(eq=False)
class Derived:
    """A derivative of a Trace; `info` carries its hidden data and its result's kind, `written` the positions of the
    parameters that may be written to."""

    function: Function
    info: Specialised
    written: tuple = ()


def still_of(program, inputs: list[Var], parts: tuple) -> Still:
    """What does not vary of the inputs of a Trace of this program."""
    return Still(dict((v, p) for v, p in zip(inputs, parts) if p),
                 lambda function: program.info_of(function).custom is not None)


def still_items(still: Still, args: tuple, inputs: tuple) -> tuple:
    """For each differentiated argument of a call which of its items do not vary, () for none; () if all of these are."""
    parts = tuple(still.parts.get(args[k], ()) for k in inputs)
    return parts if any(parts) else ()


def copy_param(param: Param, mapping: dict) -> Param:
    new = param.var.like()
    mapping[param.var] = new
    return Param(new, param.style, param.default)


def scratch() -> Block:
    return Block()


def zeros(b: Builder, atom, kind: Kind | None = None):
    """A zero tangent or adjoint for a value; `kind`, if given, is that of the variable that it is for."""
    kind = kind if kind is not None else kind_of_atom(atom)
    match kind:
        case Scalar(base=base, dtype=dtype):
            if base in (bool, int):
                return Lit(None)
            if dtype in (None, FLOAT64, np.complex128) or not isinstance(atom, Var):
                return Lit(0j) if base is complex else Lit(0.0)
            return b.apply(runtime.zeros_like, atom, kind=kind)
        case Array(dtype=dtype) if dtype is not None and dtype.kind in "fc" and isinstance(kind_of_atom(atom), Array):
            return b.apply(np.zeros_like, atom, kind=kind)
        case Array(dtype=dtype) if dtype is not None and dtype.kind not in "fcO":
            return Lit(None)
    if isinstance(kind, Array | Numeric) or is_differentiable(kind):
        return b.apply(runtime.zeros_like, atom, kind=tangent_kind(kind))
    return Lit(None)


def product(b: Builder, g, partial):
    """g · ∂f/∂x"""
    return b.apply(operator.mul, g, partial)


def same_axes(a: Kind, b: Kind) -> bool:
    """Are the shapes known to be equal?"""
    da, db = dims_of(a), dims_of(b)
    if da is None or db is None or len(da) != len(db):
        return False
    return all(same_axis(x, y) for x, y in zip(da, db))


def same_rank(a: Kind, b: Kind) -> bool:
    """Are the numbers of axes known to be equal?"""
    da, db = dims_of(a), dims_of(b)
    return da is not None and db is not None and len(da) == len(db)


def same_axis(x, y) -> bool:
    """Equal, or both not one and therefore made equal by the broadcasting that has already happened."""
    return x is not None and x == y


def operand_keeps_shape(operand: Kind, result: Kind) -> bool:
    """Is the operand of an elementwise operation not stretched by broadcasting?

    An axis that is not 1 cannot have been stretched: NumPy has checked that it fits.
    """
    do, dr = dims_of(operand), dims_of(result)
    if do is None or dr is None or len(do) != len(dr):
        return False
    return all(
        (d is not None and d == r) or (isinstance(d, int) and d != 1) or (isinstance(d, Size) and d.not_one)
        for d, r in zip(do, dr)
    )


def like_result(b: Builder, total, target: Var):
    """A sum of elementwise terms, brought to the shape of the result, its precision, and the real line if that is real."""
    total = like_number(b, total, target)
    kind = kind_of_atom(total)
    if isinstance(kind, Array) and is_complex(target.kind) and kind.dtype is not None and kind.dtype.kind == "f":
        total = b.apply(np.ndarray.astype, total, Ref(dtype_of(target.kind).type))
        kind = kind_of_atom(total)
    if isinstance(target.kind, Scalar) and (isinstance(kind, Array) or is_complex(target.kind) and not is_complex(kind)):
        return b.apply(runtime.match_kind, total, target, kind=target.kind)
    if isinstance(target.kind, Scalar) and isinstance(kind, Scalar):
        return total
    if isinstance(target.kind, Array) and same_axes(kind, target.kind):
        return total
    if isinstance(kind, Array) and operand_keeps_shape(kind, target.kind):
        return total
    return b.apply(runtime.broadcast_like, total, target, kind=tangent_kind(target.kind))


def summed_like(b: Builder, g, operand: Var):
    """`g` summed over the axes that broadcasting added to or stretched in `operand`; its numbers are still of g's dtype."""
    kind, given = tangent_kind(operand.kind), kind_of_atom(g)
    if isinstance(given, Array) and given.dtype is not None:
        if isinstance(kind, Array) and kind.dtype is not None:
            kind = Array(given.dtype, kind.dims)
        elif isinstance(kind, Scalar) and given.dtype.kind == "c" and kind.base is float:
            kind = Scalar(complex, given.dtype)
    return b.apply(runtime.unbroadcast, g, operand, kind=kind)


def like_number(b: Builder, g, like: Var):
    """`g`, real if `like` is and in its precision, as far as dtypes are known."""
    given, wanted = dtype_of(kind_of_atom(g)), dtype_of(like.kind)
    if wanted is None and isinstance(like.kind, Array) and (given is None or given.kind == "c"):
        return b.apply(runtime.match_kind, g, like, kind=tangent_kind(like.kind))
    if given is None or wanted is None or given.kind not in "fc" or wanted.kind not in "fc" or given == wanted:
        return g
    array = isinstance(kind_of_atom(g), Array)
    if given.kind == "c" and wanted.kind == "f":
        g = b.apply(np.real, g) if array else b.apply(getattr, g, Lit("real"))
        given = dtype_of(kind_of_atom(g))
    if given is not None and given.kind == wanted.kind and given != wanted:
        if array:
            return b.apply(np.ndarray.astype, g, Ref(wanted.type))
        if isinstance(like.kind, Scalar) and like.kind.dtype is not None:
            return b.apply(runtime.match_kind, g, like, kind=like.kind)
    return g


def fit_tangent(b: Builder, dot, target, kind: Kind | None = None):
    """The tangent that a rule gives of `target`, in the precision of the result."""
    kind = kind if kind is not None else kind_of_atom(target)
    made = b.definition(dot) if isinstance(dot, Var) else None
    if isinstance(kind, TupleOf) and made is not None and made.fn is intrinsics.build_tuple:
        fitted = [fit_tangent(b, d, b.apply(operator.getitem, target, Lit(k), kind=item), item) if isinstance(item, Scalar)
                  else fit_tangent(b, d, None, item) for k, (d, item) in enumerate(zip(made.args, kind.items))]
        return dot if all(f is d for f, d in zip(fitted, made.args)) else b.apply(intrinsics.build_tuple, *fitted)
    wanted, found = dtype_of(kind), dtype_of(kind_of_atom(dot))
    if isinstance(kind, Scalar) and isinstance(target, Var) and isinstance(kind_of_atom(dot), Array):
        return b.apply(runtime.match_kind, dot, target, kind=kind)
    if wanted is None or found is None or wanted == found or wanted.kind not in "fc":
        return dot
    if isinstance(kind, Array) and isinstance(kind_of_atom(dot), Array):
        return b.apply(np.ndarray.astype, dot, Ref(wanted.type))
    return b.apply(runtime.match_kind, dot, target, kind=kind) if isinstance(kind, Scalar) else dot


#: Elementwise functions whose result is real where the operand is complex.
GIVES_REAL = {np.absolute, operator.abs, abs, np.real, np.imag, np.angle}

#: Operations that only rearrange or select: the tangent is the same operation on the tangent.
STRUCTURAL = {operator.getitem, getattr, intrinsics.unpack, intrinsics.copy_value, intrinsics.rewind, intrinsics.cursor,
              intrinsics.take, list, tuple}


#: Attributes of arrays and numbers that rearrange or select.
LINEAR_ATTRIBUTES = {"T", "mT", "real", "imag", "flat"}


def is_linear_attribute(stmt: Apply) -> bool:
    """Is the attribute that a ``getattr`` reads linear in its owner?"""
    return stmt.args[1].value in LINEAR_ATTRIBUTES or has_attributes(kind_of_atom(stmt.args[0]))


def is_linear_structure(fn, stmt: Apply) -> bool:
    return fn in STRUCTURAL


#: Operations whose result is memory that nobody else has.
FRESH = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pow, operator.matmul, np.zeros_like,
    runtime.zeros_like, np.ndarray.copy, np.outer, np.array, np.dot, copy.deepcopy, intrinsics.index_add, intrinsics.scatter_add,
    runtime.add_item, np.where, np.full_like, np.sum, np.cumsum, np.concatenate, np.linalg.solve, np.linalg.inv,
    runtime.divide_or_zero, runtime.place_diagonal, runtime.untake, runtime.product_of_others,
}


def is_fresh(b: Builder, atom) -> bool:
    """Is the value memory of its own, as far as its definition tells?"""
    made = b.definition(atom) if isinstance(atom, Var) else None
    return made is not None and (made.fn in FRESH or isinstance(made.fn, np.ufunc))


def copy_function(kind: Kind):
    """What copies a value of this kind."""
    return np.ndarray.copy if isinstance(kind, Array) else copy.deepcopy


def copied(b, atom):
    """A value in memory of its own."""
    return b.apply(copy_function(atom.kind), atom, kind=atom.kind)


def missing_attribute(kind, name: str) -> str:
    """What is wrong with a name that arrays, or numbers, do not have; empty if they have it."""
    if isinstance(kind, Array) or isinstance(kind, Scalar) and kind.dtype is not None:
        return "" if hasattr(np.ndarray, name) else f"arrays have no attribute {name!r}"
    if isinstance(kind, Scalar):
        return "" if hasattr(kind.base, name) else f"a {kind.base.__name__} has no attribute {name!r}"
    return ""


def no_rule(fn, stmt: Apply, mode: str = "") -> NoRuleError:
    if fn is getattr:
        missing = missing_attribute(kind_of_atom(stmt.args[0]), stmt.args[1].value)
        if missing:
            return NoRuleError(missing, "check its name", stmt.loc)
        return NoRuleError(f"the attribute {stmt.args[1].value} has no derivative rule, and a value that is differentiated "
                           "has it", "use the value itself, or srcad.stop_gradient of it if the derivative is meant to be "
                           "zero", stmt.loc)
    name = operation_name(stmt)
    which = f" for {mode} mode" if mode else ""
    if is_compiled_method(fn):
        return NoRuleError(f"{name} {METHOD}", METHOD_ADVICE, stmt.loc)
    known = refusal(fn)
    if known is not None:
        return NoRuleError(f"{name} has no derivative rule, and a value that is differentiated reaches it: {known[0]}",
                           known[1], stmt.loc)
    return NoRuleError(
        f"{name} has no derivative rule{which}, and a value that is differentiated reaches it",
        "declare one with srcad.rules (elementwise, linear, defadjoint, deftangent), use srcad.custom_vjp, or wrap the "
        "argument in srcad.stop_gradient if its derivative is meant to be zero", stmt.loc)


__all__ = ["FRESH", "NONE", "Derived", "copy_function", "is_container", "no_rule", "zeros"]
