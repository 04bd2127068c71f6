"""A derivative that is called inside a function that is itself being compiled.

``grad(h)(x)`` in a program is a call of another Trace: h's adjoint, made in the same `Program`, so that differentiating
the program differentiates that Trace again. Every level has variables of its own, so perturbations cannot be confused.
"""

from __future__ import annotations

from srcad.analysis.infer import kind_of_atom
from srcad.calling import Layout
from srcad.compile import typed_derivative
from srcad.trace.ir import Lit, Ref
from srcad.trace.kinds import FLOAT, Scalar, Static


def call_derivative(derivative, s, args: list, kwargs: list, hint: str):
    """The value of ``derivative(*args, **kwargs)`` in the program that `s` specialises."""
    atoms = [s.atom(a) for a in args]
    named = {k: s.atom(a) for k, a in kwargs}
    values, layout = derivative._calling.bind(tuple(map(_Wrapped, atoms)), {k: _Wrapped(a) for k, a in named.items()})
    flat = [v.atom if isinstance(v, _Wrapped) else _constant(s, v) for v in values]
    request = derivative.request(layout)
    flat = [as_float(s, a) if k in request.argnums else a for k, a in enumerate(flat)]
    kinds = tuple(argument_kind(a) for a in flat)
    if derivative._bound is not None:
        raise s.refuse("a derivative of a bound method is called in differentiated code",
                       "differentiate a plain function that takes the object's data")
    info = typed_derivative(s.program, derivative, layout, kinds)
    result = s.b.apply(info.function, *flat, kind=info.result)
    result.hint = hint
    return result


class _Wrapped:
    """An atom on its way through `inspect.Signature.bind`."""

    def __init__(self, atom) -> None:
        self.atom = atom


def _constant(s, value):
    if value is None or isinstance(value, bool | int | float | complex | str):
        return Lit(value)
    return Ref(value)


def as_float(s, atom):
    """An integer given for a differentiated argument is taken as a float."""
    kind = kind_of_atom(atom)
    if isinstance(atom, Lit) and type(atom.value) in (int, bool):
        return Lit(float(atom.value))
    if isinstance(kind, Scalar) and kind.base in (int, bool):
        return s.b.apply(float, atom, kind=FLOAT)
    return atom


def argument_kind(atom):
    """The kind of an argument of a nested call: constants that are static stay so."""
    if isinstance(atom, Lit) and type(atom.value) in (int, float, complex):
        return Scalar(type(atom.value))
    kind = kind_of_atom(atom)
    if isinstance(kind, Static) and isinstance(atom, Ref):
        return kind
    return kind


__all__ = ["Layout", "call_derivative"]
