"""Puts a rule's body into a derivative.

The body's source was lowered once to an untyped Trace; here it is specialised for the operands at hand, straight into
the block under construction. What comes out of it are atoms: partial derivatives, or the operands' adjoints.
"""

from __future__ import annotations

import inspect
import weakref

import numpy as np

from srcad.errors import NoRuleError, SrcadError
from srcad.frontend.lower import lower
from srcad.frontend.source import find_source
from srcad.rules.registry import assigned_names, find_rule
from srcad.specialise.specialiser import Specialiser
from srcad.specialise.values import Pack, is_atom
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Lit, Ref, Var
from srcad.trace.kinds import Array, Scalar
from srcad.trace.naming import function_name

_templates: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

#: Methods that take a tuple's items one by one: `x.reshape(2, 3)`.
SPREAD = {np.ndarray.reshape, np.ndarray.transpose}


class Template:
    """A rule's body, lowered.

    Attributes
    ----------
    trace : ir.Function
        Untyped; its result is a tuple of what the rule computes.
    names : tuple of str
        The rule's parameters: the result's, then the operands'.
    outputs : tuple of str
        For adjoints the operands that get one; for tangents the result.
    chosen : int, Lit, tuple or None
        Of a body that computes nothing, as `return y, x` of a product: what it gives, parameters by their positions; else None.
    """

    def __init__(self, body, mode: str) -> None:
        source = find_source(body)
        self.body = body
        self.signature = inspect.signature(body)
        self.names = tuple(self.signature.parameters)
        self.operands = list(self.signature.parameters.values())[1:]
        self.is_plain = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in self.operands)
        self.variadic = next((p.name for p in self.signature.parameters.values() if p.kind is p.VAR_POSITIONAL), None)
        if mode == "partials":
            self.outputs: tuple = ()
            self.extra: tuple = ()
            self.trace = lower(source)
        elif mode == "adjoint":
            self.outputs = tuple(n for n in assigned_names(source.node, "_bar") if n in self.names[1:])
            self.extra = (self.names[0] + "_bar",)
            self.trace = lower(source, extra_params=self.extra, returns=tuple(n + "_bar" for n in self.outputs))
        else:
            self.outputs = (self.names[0],)
            self.extra = tuple(n + "_dot" for n in self.names[1:])
            self.trace = lower(source, extra_params=self.extra, returns=(self.names[0] + "_dot",))
        self.chosen = _chosen(self.trace)


def _chosen(trace):
    """The value, or the tuple of values, that a body without any operation gives; None if there is an operation."""
    positions = {param.var: k for k, param in enumerate(trace.params)}
    match trace.body.stmts, trace.result:
        case [], Lit() as result:
            return result
        case [], result:
            return positions.get(result)
        case [Apply(fn=intrinsics.build_tuple, target=target, args=items)], result if target is result and all(
                isinstance(a, Lit) or a in positions for a in items):
            return tuple(positions.get(a, a) for a in items)
    return None


def template(body, mode: str) -> Template:
    """The lowered form of a rule's body."""
    known = _templates.setdefault(body, {})
    if mode not in known:
        known[mode] = Template(body, mode)
    return known[mode]


def bind(form: Template, fn, args: tuple, kwargs: tuple, loc) -> dict:
    """Rule parameter → the atom (or Pack of atoms) that a call gives it."""
    if fn in SPREAD and len(args) > 2:
        args = (args[0], Pack(tuple(args[1:])))
    parameters = form.operands
    if form.is_plain and len(args) == len(parameters) and not kwargs:
        return dict(zip(form.names[1:], args))
    bound: dict = {}
    rest = list(args)
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            bound[p.name] = Pack(tuple(rest))
            rest = []
        elif rest and p.kind is not p.KEYWORD_ONLY:
            bound[p.name] = rest.pop(0)
    name = function_name(fn)
    for key, default, atom in _by_position(fn, len(args) - len(rest), rest):
        rest = rest[1:]
        if key in form.signature.parameters and key not in bound:
            bound[key] = atom
        elif not (isinstance(atom, Lit | Ref) and atom.value is default):
            raise NoRuleError(f"the derivative rule of {name} does not know the argument {key}",
                              "leave it out, or declare a rule that takes it (srcad.rules)", loc)
    if rest:
        raise NoRuleError(f"the derivative rule of {name} takes at most {len(parameters)} arguments, {len(args)} were given",
                          "leave the last ones out, or declare a rule that takes them (srcad.rules)", loc)
    for key, atom in kwargs:
        known = key if key in form.signature.parameters and key not in bound else _renamed(fn, key, parameters, bound)
        if known is None:
            if not _takes(fn, key):
                raise NoRuleError(f"{name} has no argument {key}=", "check its name", loc)
            raise NoRuleError(f"the derivative rule of {name} does not know the argument {key}=",
                              "leave it out, or declare a rule that takes it (srcad.rules)", loc)
        bound[known] = atom
    for p in parameters:
        if p.name not in bound:
            if p.default is p.empty:
                raise NoRuleError(f"the derivative rule of {name} needs the argument {p.name}", "give it", loc)
            bound[p.name] = _default(p.default)
    return bound


def _takes(fn, key: str) -> bool:
    """May the function be given an argument of this name? Where it does not say so, it may."""
    try:
        parameters = inspect.signature(_declared(fn)).parameters
    except (TypeError, ValueError):
        return True
    return key in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _declared(fn):
    """What says which parameters a function has: methods of arrays do not always, functions of the same name do."""
    method = getattr(fn, "__objclass__", None) is np.ndarray
    return getattr(np, fn.__name__, fn) if method and fn.__name__ in SAME_PARAMETERS else fn


#: Methods of arrays with the parameters of the function of that name, in the same order.
SAME_PARAMETERS = {"sum", "prod", "mean", "max", "min", "cumsum", "cumprod", "any", "all", "argmax", "argmin", "std", "var"}


def _by_position(fn, start: int, rest: list) -> list:
    """[(name, default, atom)] of arguments by position that a rule knows by name only, or not at all."""
    if not rest:
        return []
    try:
        own = list(inspect.signature(_declared(fn)).parameters.values())[start:]
    except (ValueError, TypeError):
        return []
    return [(p.name, p.default, atom) for p, atom in zip(own, rest) if p.kind is not p.VAR_POSITIONAL]


def _default(value):
    if isinstance(value, tuple):
        return Pack(tuple(map(_default, value)))
    return Lit(value)


def _renamed(fn, key: str, parameters: list, bound: dict) -> str | None:
    """The rule's name for an operand that the function itself calls `key`."""
    try:
        own = list(inspect.signature(fn).parameters)
    except (ValueError, TypeError):
        return None
    if key in own and own.index(key) < len(parameters):
        name = parameters[own.index(key)].name
        return name if name not in bound and name not in own else None
    return None


def splice(s: Specialiser, form: Template, values: list):
    """Specialise a rule's body for these values of its parameters, in the order of the lowered Trace's."""
    match form.chosen:
        case int() as position:
            return values[position]
        case Lit() as constant:
            return constant
        case tuple() as items:
            return Pack(tuple(values[item] if isinstance(item, int) else item for item in items))
    env, frozen = s.env, s.frozen
    s.env, s.frozen = {}, True
    try:
        return s.run(form.trace, values)
    except SrcadError as error:
        raise error.at(s.b.loc) from None
    finally:
        s.env, s.frozen = env, frozen


def run_partials(s: Specialiser, body, fn, result, args: tuple, kwargs: tuple, varies) -> tuple[list, list]:
    """(operands, their partial derivatives) of an elementwise function; a partial is an atom, or None if it is zero.

    An operand that `varies` and for which the rule says None has no derivative that is known: refused.
    """
    form = template(body, "partials")
    bound = bind(form, fn, args, kwargs, s.b.loc)
    value = splice(s, form, [result, *(bound[n] for n in form.names[1:])])
    operands: list = []
    for name in form.names[1:]:
        operands += bound[name].items if isinstance(bound[name], Pack) else [bound[name]]
    partials = list(value.items) if isinstance(value, Pack) else [value]
    if len(partials) > len(operands):
        raise NoRuleError(f"the rule of {function_name(fn)} returns {len(partials)} partials for {len(operands)} operands",
                          "return one partial per operand", s.b.loc)
    partials += [Lit(None)] * (len(operands) - len(partials))
    for k, (operand, partial) in enumerate(zip(operands, partials)):
        if partial == Lit(None) and is_atom(operand) and varies(operand):
            raise NoRuleError(f"{function_name(fn)} has no known derivative with respect to its argument {k + 1}, which varies "
                              "here",
                              "keep that argument fixed, or declare a rule of your own (srcad.rules)", s.b.loc)
    return operands, [None if partial in (Lit(None), Lit(0.0)) else s.atom(partial) for partial in partials]


def refuse_ignored(form: Template, fn, bound: dict, moves, loc) -> None:
    """Refuse a varying operand in which an adjoint rule has no derivative: it is not a constant.

    srcad's own functions take some operands for their shape only, and so do those that a rule says it `ignores`.
    """
    if (getattr(fn, "__module__", None) or "").startswith("srcad."):
        return
    ignored = find_rule(fn).ignores
    for name in form.names[1:]:
        if name not in form.outputs and name not in ignored and is_moved(bound[name], moves):
            raise NoRuleError(f"the derivative rule of {function_name(fn)} has no derivative in {name}",
                              "keep it fixed: srcad.stop_gradient", loc)


def is_moved(value, moves) -> bool:
    """Is a varying number or array among what a rule's parameter is bound to?"""
    if isinstance(value, Pack):
        return any(is_moved(item, moves) for item in value.items)
    return isinstance(value, Var) and isinstance(value.kind, Scalar | Array) and moves(value)


def run_adjoint(s: Specialiser, body, fn, result, result_bar, args: tuple, kwargs: tuple, moves) -> list:
    """[(operand, its adjoint)]; adjoints of a variadic operand come as a Pack or a list atom.

    `moves` tells whether an operand is differentiated.
    """
    form = template(body, "adjoint")
    bound = bind(form, fn, args, kwargs, s.b.loc)
    refuse_ignored(form, fn, bound, moves, s.b.loc)
    value = splice(s, form, [result, *(bound[n] for n in form.names[1:]), result_bar])
    given = []
    for n, bar in zip(form.outputs, value.items):
        if bar != Lit(UNDEF):
            check_shape(s, fn, n, bar, bound[n])
            given.append((bound[n], bar))
        elif is_moved(bound[n], moves):
            raise NoRuleError(f"the derivative rule of {function_name(fn)} "
                              f"has no derivative in {n} for this form of call",
                              "keep it fixed: srcad.stop_gradient", s.b.loc)
    return given


def check_shape(s: Specialiser, fn, name: str, bar, operand) -> None:
    """An adjoint of an array is an array: a number, which is not zero, is none."""
    if not isinstance(operand, Var) or not is_atom(bar) or bar == Lit(0.0):
        return
    kind = s.kind(operand)
    if isinstance(kind, Array) and kind.dims and isinstance(s.kind(bar), Scalar):
        raise NoRuleError(f"the derivative rule of {function_name(fn)} gives a number as the adjoint of {name}, "
                          f"an array with {len(kind.dims)} axes",
                          f"give it the operand's shape: np.broadcast_to(..., np.shape({name}))", s.b.loc)


def run_tangent(s: Specialiser, body, fn, result, args: tuple, kwargs: tuple, dot_of):
    """The tangent of the result; `dot_of` gives the tangent of an operand, or the structural zero."""
    form = template(body, "tangent")
    bound = bind(form, fn, args, kwargs, s.b.loc)
    dots = []
    for n in form.names[1:]:
        value = bound[n]
        dots.append(Pack(tuple(map(dot_of, value.items))) if isinstance(value, Pack) else dot_of(value))
    value = splice(s, form, [result, *(bound[n] for n in form.names[1:]), *dots])
    return s.atom(value.items[0])
