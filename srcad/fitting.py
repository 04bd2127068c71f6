"""What a user's derivative rule gives must fit what it is for.

Enters: an atom that a rule of the user's has computed, and the kind of the value that it is a derivative of. Leaves:
the same, or the operations that check and convert it, or a refusal. Nothing that is known when the derivative is made
is checked when it runs.
"""

from __future__ import annotations

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.differentiate import common
from srcad.errors import KindError
from srcad.rules.registry import linear
from srcad.specialise.program import Specialised
from srcad.trace.ir import Lit, Var
from srcad.trace.kinds import (
    FLOAT,
    Array,
    DictOf,
    ListOf,
    Scalar,
    Struct,
    TupleOf,
    dtype_of,
    is_differentiable,
    same_dtype,
    tangent_kind,
)
from srcad.trace.naming import show_kind


def same_form(a, b) -> bool:
    """May values of these kinds stand for each other, as far as is known?"""
    match a, b:
        case (Scalar(), Array(dims=dims)) | (Array(dims=dims), Scalar()):
            return dims is None
        case Scalar(), Scalar():
            return a.base is b.base and dtype_of(a) == dtype_of(b)
        case Array(), Array():
            return (a.ndim is None or b.ndim is None or a.ndim == b.ndim) and (
                a.dtype is None or b.dtype is None or a.dtype == b.dtype)
        case TupleOf(), TupleOf():
            return len(a.items) == len(b.items) and all(map(same_form, a.items, b.items))
        case ListOf(), ListOf():
            return same_form(a.element, b.element)
        case DictOf(), DictOf():
            return a.keys == b.keys and all(map(same_form, a.values, b.values))
        case Struct(), Struct():
            return a.cls is b.cls and a.names == b.names and all(map(same_form, a.items, b.items))
        case (TupleOf() | ListOf() | DictOf() | Struct(), Scalar() | Array() | TupleOf() | ListOf() | DictOf() | Struct()) | (
              Scalar() | Array(), TupleOf() | ListOf() | DictOf() | Struct()):
            return False
    return True


def check_result(info: Specialised, y, who: str) -> None:
    """The result that a rule computes must be of the function's kind."""
    kind = kind_of_atom(y)
    if not same_form(kind, info.result):
        raise KindError(f"{who} gives a result that is {show_kind(kind)}; the function itself returns "
                        f"{show_kind(info.result)}",
                        "return the same value as the function", info.function.loc)


def own_adjoint(frame, g, x: Var, like, taken: list, who: str):
    """The adjoint of an argument, of its form, sharing memory with nothing."""
    if not is_differentiable(x.kind):
        return Lit(None)
    g = fitted(frame, g, x.kind, like, who)
    if isinstance(kind_of_atom(g), Scalar) or isinstance(g, Lit):
        return g
    if not common.is_fresh(frame.b, g) or any(g is t for t in taken):
        copy = np.ndarray.copy if isinstance(kind_of_atom(g), Array) else runtime.copy_adjoint
        g = frame.b.apply(copy, g, kind=kind_of_atom(g))
    taken.append(g)
    return g


def fitted(frame, g, kind, like, who: str):
    """`g` as a tangent or adjoint of a value of this kind; `like` is such a value (None will do for a number)."""
    b, given = frame.b, kind_of_atom(g)
    if isinstance(kind, Scalar):
        if g == Lit(None):
            return Lit(0.0)
        if isinstance(g, Lit) and type(g.value) is int:
            return Lit(float(g.value))
        if isinstance(given, Scalar) and given.base in (bool, int):
            return b.apply(float, g, kind=FLOAT)
    if g != Lit(None) and not same_structure(given, kind):
        raise KindError(f"{who} is {show_kind(given)}; it belongs to a value that is {show_kind(kind)}",
                        "give it the shape and structure of that value", frame.b.loc)
    match kind, given:
        case (Scalar(), Scalar()) if dtype_of(given) == dtype_of(kind):
            return g
        case (Array(), Array()) if same_dtype(given.dtype, kind.dtype) and common.same_axes(given, kind_of_atom(like)):
            return g
        case (TupleOf(), TupleOf()) if given.cls is kind.cls is None and all(
                isinstance(a, Scalar) and isinstance(b, Scalar) and a.base is b.base and dtype_of(a) == dtype_of(b)
                for a, b in zip(given.items, kind.items)):
            return g
    return b.apply(runtime.fit_derivative, g, like if like is not None else zero_of(kind), kind=tangent_kind(kind))


def zero_of(kind: Scalar):
    """A number of this kind."""
    return Lit(0.0) if kind.base is not complex else Lit(0j)


def same_structure(given, kind) -> bool:
    """Like `same_form`, whatever the dtypes."""
    match given, kind:
        case Scalar(), Scalar():
            return True
        case Array(), Array():
            return given.ndim is None or kind.ndim is None or given.ndim == kind.ndim
    return same_form(given, kind)


@linear(runtime.fit_derivative)
def fit_derivative(y, g, x):
    g_bar = y_bar  # noqa: F821, F841
