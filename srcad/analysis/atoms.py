"""The kinds of atoms, and the Python values of those that are known."""

from __future__ import annotations

import operator
import types
from collections.abc import Callable

from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Lit, Ref, Var
from srcad.trace.kinds import (
    BOTTOM,
    NUMERIC,
    UNKNOWN,
    Kind,
    Scalar,
    literal_kind,
    static,
)

Definition = Callable[[object], "Apply | None"]


def kind_of_atom(atom) -> Kind:
    if isinstance(atom, Var):
        return atom.kind if atom.kind is not None else UNKNOWN
    if isinstance(atom, Lit):
        return BOTTOM if atom.value is UNDEF else literal_kind(atom.value)
    return static(atom.value)


def literal(atom, definition: Definition):
    """The Python value of an atom that is known: a literal, np.inf, what is built of known values; else `UNDEF`."""
    if isinstance(atom, Lit | Ref):
        return atom.value
    apply = definition(atom)
    if apply is not None and apply.fn is getattr and isinstance(apply.args[0], Ref):
        value = getattr(apply.args[0].value, apply.args[1].value, UNDEF)
        return value if type(value) is float and isinstance(apply.args[0].value, types.ModuleType) else UNDEF
    if apply is not None and apply.fn in DISPLAYS:
        parts = [literal(a, definition) for a in apply.args]
        if not any(p is UNDEF for p in parts):
            try:
                return DISPLAYS[apply.fn](parts)
            except (TypeError, ValueError):
                return UNDEF
    return UNDEF


#: What makes a known value of known parts.
DISPLAYS: dict = {intrinsics.build_tuple: tuple, intrinsics.build_list: list, intrinsics.build_slice: lambda p: slice(*p),
                  range: lambda p: range(*p), operator.neg: lambda p: -p[0]}


def argument(args, kwargs, position: int, name: str):
    """The atom given for a parameter, or None."""
    if len(args) > position:
        return args[position]
    return dict(kwargs).get(name)


def scalar_of(dtype) -> Kind:
    """The kind of one element of an array."""
    if dtype is None:
        return NUMERIC
    from srcad.trace.kinds import NUMPY_BASES

    return Scalar(NUMPY_BASES[dtype.kind], dtype) if dtype.kind in NUMPY_BASES else UNKNOWN
