"""Derivatives inside a function that is itself being compiled.

``grad(h)(x)`` in a program is a call of another Trace: h's adjoint, made in the same `Program`, so that differentiating
the program differentiates that Trace again. Every level has variables of its own, so perturbations cannot be confused.
"""

from __future__ import annotations

import inspect
import operator

import numpy as np

from srcad.analysis.aliasing import tells
from srcad.analysis.atoms import kind_of_atom, scalar_of
from srcad.calling import Calling
from srcad.compile import derive, typed, typed_derivative
from srcad.fitting import fitted
from srcad.specialise.closures import InnerFunction, own_parameters, with_captured
from srcad.specialise.values import Closure, Instance, Method, Pack, Partial
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref
from srcad.trace.kinds import FLOAT, Array, Scalar, kind_of, without_sizes


class Wrapped:
    """An atom on its way through `inspect.Signature.bind`."""

    def __init__(self, atom) -> None:
        self.atom = atom


def bound_atoms(derivative, s, args: list, kwargs: list, calling: Calling | None = None) -> tuple:
    """(flat atoms, their kinds, layout) of a call; integers that are differentiated are taken as floats."""
    wrapped = [Wrapped(s.atom(a)) for a in args]
    named = {k: Wrapped(s.atom(a)) for k, a in kwargs}
    values, layout = (calling or Calling(derivative)).bind(tuple(wrapped), named)
    request = derivative.request(layout)
    atoms = [v.atom if isinstance(v, Wrapped) else constant(v) for v in values]
    atoms = [as_float(s, a) if k in request.argnums else a for k, a in enumerate(atoms)]
    atoms, layout = with_captured(s, derivative, atoms, layout)
    return atoms, tuple(map(argument_kind, atoms)), layout


def call_derivative(derivative, s, args: list, kwargs: list, hint: str):
    """The value of ``derivative(*args, **kwargs)`` in the program that `s` specialises."""
    atoms, kinds, layout = bound_atoms(derivative, s, args, kwargs)
    info = untold(s, derivative, typed_derivative(s.program, derivative, layout, kinds))
    result = s.b.apply(info.function, *atoms, kind=info.result)
    if hint:
        result.hint = hint
    return result


def untold(s, derivative, info):
    """Refuse a function that changes containers among its arguments: those of this program are known while it is compiled."""
    if tells(info.function):
        raise s.refuse(f"{derivative.__name__}, of which a derivative is called in this function, changes a list, dict or object "
                       "that it is given", "let it return the new values, and store them where the derivative is called")
    return info


def constant(value):
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


def numeric(s, value, kind):
    """A seed for a value of this kind: not an integer, and a number or an array without axes as that is one."""
    atom = as_float(s, s.atom(value))
    given = kind_of_atom(atom)
    if isinstance(given, Array) and given.ndim == 0 and isinstance(kind, Scalar):
        return s.b.apply(operator.getitem, atom, s.b.apply(intrinsics.build_tuple), kind=scalar_of(given.dtype))
    if isinstance(kind, Array) and kind.ndim == 0 and isinstance(given, Scalar):
        return s.b.apply(np.asarray, atom)
    return atom


def argument_kind(atom):
    """The kind of an argument of a nested call: a number's is its type, anything else constant is static."""
    if isinstance(atom, Lit) and type(atom.value) in (int, float, complex):
        return Scalar(type(atom.value))
    if isinstance(atom, Lit) and type(atom.value) is bool:
        return kind_of(atom.value)
    return kind_of_atom(atom)


# ---------------------------------------------------------------------------------------------------------------------
# The public functions, called in a program


def static_value(s, value):
    """The Python object that a value is known to be."""
    if isinstance(value, Lit | Ref):
        return value.value
    if isinstance(value, Pack):
        return tuple(static_value(s, v) for v in value.items)
    if isinstance(value, Instance):
        name, read, key = value.path
        s.program.guard(read, value.value, name, ("static", *key))
        return value.value
    if isinstance(value, Closure):
        return InnerFunction(value, signature_of(s, value))
    if isinstance(value, Partial | Method):
        raise s.refuse("a derivative of a bound function is made in differentiated code",
                       "write it as a function of its own: `lambda x: f(a, x)`")
    raise s.refuse("an option of a derivative is not known when the program is compiled", "write it as a constant")


def signature_of(s, closure: Closure) -> inspect.Signature:
    """The signature of an inner function; its defaults are atoms."""
    defaults = {name: Wrapped(s.atom(value)) for name, value in closure.defaults}
    return inspect.Signature([
        inspect.Parameter(p.var.hint, inspect._ParameterKind(p.style),
                          default=defaults.get(p.var.hint, inspect.Parameter.empty))
        for p in own_parameters(closure).params])


def called_inside(maker):
    """How `grad` and its like are called in a program: at once, for the function and the options are constants."""
    def call(s, args: list, kwargs: list, hint: str):
        given = arguments(s, maker, args, kwargs)
        derivative = maker(**{name: static_value(s, value) for name, value in given.items()})
        s.program.keep.append(derivative)
        return Ref(derivative)
    return call


def refused_inside(name: str, advice: str):
    """How a function is called in a program that has no place there."""
    def call(s, args: list, kwargs: list, hint: str):
        raise s.refuse(f"{name} is called in a function that is differentiated", advice)
    return call


def arguments(s, function, args: list, kwargs: list) -> dict:
    """The arguments of a call of a public function, by name."""
    try:
        return dict(inspect.signature(function).bind(*args, **dict(kwargs)).arguments)
    except TypeError as error:
        raise s.refuse(f"{function.__name__}(): {error}",
                       f"call it as {function.__name__}{inspect.signature(function)}") from None


def items_of(s, value) -> list:
    """The items of a tuple of primals or tangents."""
    from srcad.specialise.unpacking import static_items

    items = static_items(s, value)
    if items is None:
        raise s.refuse("primals and tangents must be written as tuples", "write jvp(f, (x,), (x_dot,))")
    return items


def which_of(s, argnums, count: int) -> tuple:
    argnums = None if argnums is None else static_value(s, argnums)
    if argnums is None:
        return tuple(range(count))
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


def jvp_inside(jvp, make):
    """``jvp(f, primals, tangents)`` in a program."""
    def call(s, args: list, kwargs: list, hint: str):
        given = arguments(s, jvp, args, kwargs)
        if "kwargs" in given:
            raise s.refuse("jvp with kwargs= is called in a program", "pass them as primals")
        primals, tangents = items_of(s, given["primals"]), items_of(s, given["tangents"])
        which = which_of(s, given.get("argnums"), len(primals))
        if len(tangents) != len(which):
            raise s.refuse(f"{len(which)} arguments have tangents, {len(tangents)} tangents are given",
                           "give one for each")
        return tangent_of_call(s, make(static_value(s, given["f"]), which), primals, [], tangents)
    return call


def tangent_of_call(s, derivative, args: list, kwargs: list, tangents: list):
    """``(y, y_dot)`` of a call of a `TangentFunction`'s primal with these arguments, for these tangents."""
    s.program.keep.append(derivative)
    atoms, kinds, layout = bound_atoms(derivative, s, args, kwargs, derivative._calling)
    inner = untold(s, derivative, typed(s.program, derivative._target, layout, kinds, derivative._bound))
    request = derivative.request(layout)
    made = derive(s.program, inner, request)
    dots = [fitted(s, numeric(s, t, kinds[k]), kinds[k], atoms[k], f"the tangent for {layout.names[k]}")
            for k, t in zip(request.argnums, tangents)]
    return s.b.apply(made.function, *atoms, *dots, kind=made.info.result)


def pushforward_inside(s, derivative, args: list, kwargs: list, single: bool):
    """The tangent map of a call, as a function known while compiling: of one tangent, or of a tuple of them."""
    found = Ref(PushforwardInside(derivative, args, kwargs, single))
    s.program.keep.append(found)
    return found


class PushforwardInside:
    """The tangent map of a call in a program."""

    def __init__(self, derivative, args: list, kwargs: list, single: bool) -> None:
        self.derivative, self.args, self.kwargs, self.single = derivative, args, kwargs, single

    def __call__(self, v):
        raise TypeError("a tangent map inside a program exists only while it is compiled")

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        if len(args) != 1 or kwargs:
            raise s.refuse(f"a tangent map takes one argument, {len(args) + len(kwargs)} are given",
                           "pass one tangent of the form of what is differentiated")
        tangents = [args[0]] if self.single else items_of(s, args[0])
        if len(tangents) != len(self.derivative.which):
            raise s.refuse(f"{len(self.derivative.which)} arguments have tangents, {len(tangents)} are given",
                           "give one for each")
        return tangent_of_call(s, self.derivative, self.args, self.kwargs, tangents)


def returns_number(s, derivative, args: list, kwargs: list) -> bool:
    """Does a derivative's primal return one real number, called with these arguments?"""
    _, kinds, layout = bound_atoms(derivative, s, args, kwargs)
    kind = typed(s.program, derivative._target, layout, kinds, derivative._bound).result
    return isinstance(kind, Scalar) and kind.base is float


def vjp_inside(vjp, make):
    """``vjp(f, *primals)`` in a program: the pullback is a function known while compiling."""
    def call(s, args: list, kwargs: list, hint: str):
        given = arguments(s, vjp, args, kwargs)
        if "kwargs" in given:
            raise s.refuse("vjp with kwargs= is called in a program", "pass them as primals")
        primals = list(given.get("primals", ()))
        derivative = make(static_value(s, given["f"]), which_of(s, given.get("argnums"), len(primals)))
        return Pack(pullback_inside(s, derivative, primals, []))
    return call


def pullback_inside(s, derivative, args: list, kwargs: list, single: bool = False) -> tuple:
    """``(y, pullback)`` of a call of a `Pair`'s primal; the pullback gives a tuple, or with `single` its one item."""
    s.program.keep.append(derivative)
    atoms, kinds, layout = bound_atoms(derivative, s, args, kwargs, derivative._calling)
    inner = untold(s, derivative, typed(s.program, derivative._target, layout, kinds, derivative._bound))
    pair = derive(s.program, inner, derivative.request(layout))
    both = s.b.apply(pair.forward.function, *atoms, kind=pair.forward.info.result)
    y = s.b.apply(operator.getitem, both, Lit(0), kind=without_sizes(inner.result))
    saved = s.b.apply(operator.getitem, both, Lit(1), kind=pair.saved)
    pullback = Ref(PullbackInside(pair, saved, y, single))
    s.program.keep.append(pullback)
    return y, pullback


class PullbackInside:
    """The pullback of a `vjp` in a program."""

    def __init__(self, pair, saved, y, single: bool) -> None:
        self.pair, self.saved, self.y, self.single = pair, saved, y, single

    def __call__(self, y_bar):
        raise TypeError("a pullback inside a program exists only while it is compiled")

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        if len(args) != 1 or kwargs:
            raise s.refuse(f"a pullback takes one argument, {len(args) + len(kwargs)} are given",
                           "pass one adjoint of the form of the result")
        seed = fitted(s, numeric(s, args[0], kind_of_atom(self.y)), kind_of_atom(self.y), self.y, "the seed for the result")
        bars = s.b.apply(self.pair.reverse.function, self.saved, seed, kind=self.pair.reverse.info.result)
        return s.b.apply(operator.getitem, bars, Lit(0)) if self.single else bars
