"""A call of a custom function in a program: its arguments, and the Traces that stand for its derivative.

Enters: how a `custom_vjp` or `custom_jvp` function is called. Leaves: `Called`, which the differentiator asks for a
tangent or an adjoint instead of writing one itself, and the pieces that `srcad.custom` builds those from.
"""

from __future__ import annotations

import inspect
import types

from srcad import runtime
from srcad.differentiate import common
from srcad.differentiate.common import Derived
from srcad.differentiate.functions import AdjointPair
from srcad.errors import KindError, SrcadError, UnsupportedError
from srcad.specialise.builder import Builder
from srcad.specialise.callees import bind_arguments, splice
from srcad.specialise.passing import Concretion
from srcad.specialise.program import Program, Specialised, lowered
from srcad.specialise.specialiser import Specialiser
from srcad.specialise.unpacking import static_items
from srcad.specialise.values import Pack
from srcad.trace.ir import Apply, Block, Function, Lit, Ref, Var
from srcad.trace.kinds import Array, Saved, Scalar, TupleOf, name_axes, tangent_kind
from srcad.trace.naming import show_kind


def positional(trace: Function, forms: list) -> tuple:
    """The forms of the positional arguments: those in ``*args`` one by one."""
    found: list = []
    for param, form in zip(trace.params, forms):
        if param.style == inspect.Parameter.VAR_POSITIONAL:
            found += form
        else:
            found.append(form)
    return tuple(found)


class Called:
    """How a custom function is called: what its positional arguments are, in terms of its Trace's parameters."""

    def __init__(self, rule, forms: tuple) -> None:
        self.rule, self.forms = rule, forms

    def values(self, frame, params: list) -> list:
        """The positional arguments."""
        concretion = Concretion(frame, [p.var for p in params])
        return [concretion.of(form) for form in self.forms]

    def differentiated(self) -> list:
        """The forms of the arguments that are not in `nondiff_argnums`."""
        return [f for k, f in enumerate(self.forms) if k not in self.rule.nondiff]

    def tangent(self, program: Program, info: Specialised, inputs: tuple, suffix: str) -> Derived:
        """The tangent by the user's rule."""
        self.check(info, inputs)
        return self.made(program, "tangent", info, inputs, suffix)

    def pair(self, program: Program, info: Specialised, inputs: tuple, suffix: str) -> AdjointPair:
        """The halves of the adjoint by the user's rule."""
        self.check(info, inputs)
        return self.made(program, "pair", info, inputs, suffix)

    def made(self, program: Program, what: str, info: Specialised, inputs: tuple, suffix: str):
        try:
            return getattr(self.rule, what)(program, info, self, inputs, suffix)
        except BaseException as error:
            program.derived.pop((what, id(info.function), inputs, suffix), None)
            if isinstance(error, SrcadError):
                error.at(info.function.loc)
            raise

    def check(self, info: Specialised, inputs: tuple) -> None:
        """Refuse a differentiated value in an argument that the rule knows nothing about."""
        for k in self.rule.nondiff:
            if any(p in inputs for p in positions(self.forms[k])):
                raise UnsupportedError(
                    f"a value that is differentiated reaches the argument {list(self.rule.signature.parameters)[k]} of "
                    f"{self.rule.fun.__name__}(), which is in its nondiff_argnums",
                    "take it out of nondiff_argnums, or wrap the argument in srcad.stop_gradient", info.function.loc)


def positions(form) -> list:
    """The run-time parts of an argument."""
    if isinstance(form, int):
        return [form]
    return [k for f in form for k in positions(f)] if isinstance(form, tuple) else []


def tangent_value(frame: Specialiser, form, params: list, dots: dict):
    """The tangent of an argument: of its structure; zero where it does not vary, None for what is not a number."""
    if isinstance(form, tuple):
        return Pack(tuple(tangent_value(frame, f, params, dots) for f in form))
    if not isinstance(form, int):
        return Lit(None)
    if form in dots:
        return dots[form]
    var = params[form].var
    if isinstance(var.kind, Scalar) and var.kind.base is not bool:
        return Lit(0.0)
    return frame.b.apply(runtime.zeros_like, var) if isinstance(var.kind, Array) else common.zeros(frame.b, var)


def spliced(frame: Specialiser, function, args: list):
    """A call of a function of the rule, written out in place."""
    if not isinstance(function, types.FunctionType) or function in frame.program.stack:
        return frame.call(Ref(function), args, [])
    trace = lowered(function)
    frame.program.guard_function(function)
    values = bind_arguments(frame, function, trace, args, [])
    return splice(frame, function, trace, values)


def pair_of(frame: Specialiser, value, who: str, form: str) -> list:
    """The two values that a user's rule returns."""
    items = static_items(frame, value)
    if items is None or len(items) != 2:
        raise KindError(f"{who} must return {form}; it returns {show_kind(frame.kind(value))}",
                        f"return the pair {form}",
                        frame.b.loc)
    return items


def collect(frame: Specialiser, form, bar, found: dict) -> None:
    """Put the adjoints that `bwd` returns for an argument where they belong."""
    if isinstance(form, int):
        found[form] = frame.atom(bar)
    elif isinstance(form, tuple) and bar != Lit(None):
        items = static_items(frame, bar)
        if items is None or len(items) != len(form):
            raise KindError(f"the adjoint of an argument that is a tuple of {len(form)} must be one too, not "
                            f"{show_kind(frame.kind(bar))}", "return a tuple of adjoints, None for zero", frame.b.loc)
        for f, item in zip(form, items):
            collect(frame, f, item, found)


# ---------------------------------------------------------------------------------------------------------------------
# Writing Traces


def new_function(program: Program, info: Specialised, name: str) -> Derived:
    """An empty derivative of a Trace."""
    function = Function(name, [], Block(), info.function.loc, doc=info.function.doc)
    return Derived(function, program.register(Specialised(function, finished=True)))


def new_pair(program: Program, info: Specialised, inputs: tuple) -> AdjointPair:
    """The two empty halves of an adjoint."""
    name = info.function.name
    pair = AdjointPair(new_function(program, info, name + "_forward"), new_function(program, info, name + "_reverse"))
    pair.saved = Saved(pair)
    pair.forward.info.result = TupleOf((info.result, pair.saved))
    pair.reverse.info.result = TupleOf(tuple(tangent_kind(info.function.params[k].var.kind) for k in inputs))
    return pair


def new_frame(program: Program, info: Specialised, derived: Derived) -> tuple[Specialiser, list]:
    """(where the statements go, parameters like the primal's)"""
    builder = Builder()
    builder.loc = info.function.loc
    params = [common.copy_param(p, {}) for p in info.function.params]
    for p in params:
        p.var.kind = name_axes(p.var.kind, p.var.serial)
    return Specialiser(program, derived.info, builder), params


def finish(derived: Derived, frame: Specialiser, params: list, result) -> None:
    """The function is what the frame has written."""
    frame.b.block.yields = (result,)
    derived.function.params = params
    derived.function.body = frame.b.block


def zero_tangent(dot: Var, x: Var) -> Apply:
    """The statement that makes a tangent zero."""
    if isinstance(dot.kind, Scalar):
        return Apply(dot, float, (Lit(0.0),))
    return Apply(dot, runtime.zeros_like, (x,))
