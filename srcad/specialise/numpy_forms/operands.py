"""What is known of the arguments of a function of NumPy's: arrays, numbers of axes, constants, arguments by name."""

from __future__ import annotations

import numpy as np

from srcad.analysis.atoms import literal
from srcad.specialise.unpacking import static_items
from srcad.specialise.values import Generated, Pack
from srcad.trace.ir import UNDEF, Lit, Ref, Var
from srcad.trace.kinds import Array, ListOf, Scalar, TupleOf


def apply_function(s, function, args: list, kwargs: list | None = None):
    return s.call(Ref(function), args, kwargs or [])


def as_array(s, value):
    """A list, tuple or number as an array; arrays as they are."""
    if isinstance(value, Generated | Pack) or isinstance(s.kind(value), ListOf | TupleOf):
        return apply_function(s, np.array, [s.atom(value)])
    return value


def axis_count(s, value) -> int:
    kind = s.kind(value)
    if isinstance(kind, Scalar):
        return 0
    if not isinstance(kind, Array) or kind.dims is None:
        raise s.refuse("the number of axes of an array is not known when the derivative is made",
                       "give the value one number of axes on every path")
    return len(kind.dims)


def constant_of(s, value, what: str):
    """The Python value of a constant, or of a tuple or list of constants."""
    found = literal(value, s.b.definition) if isinstance(value, Var | Lit | Ref) else UNDEF
    if found is not UNDEF:
        return _as_tuple(found)
    items = static_items(s, value)
    if items is not None:
        return tuple(constant_of(s, i, what) for i in items)
    raise s.refuse(f"{what} is not known when the derivative is made", "write it as a literal")


def _as_tuple(value):
    return tuple(map(_as_tuple, value)) if isinstance(value, list | tuple) else value


def by_name(s, args: list, kwargs: list, names: str) -> dict:
    """Arguments by name."""
    bound = dict(zip(names.split(), args))
    bound.update(kwargs)
    if bound.pop("out", Lit(None)) != Lit(None):
        raise s.refuse("the result is written to out=", "write x[...] = f(...)")
    return bound
