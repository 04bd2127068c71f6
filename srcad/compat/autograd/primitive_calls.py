"""A call of a primitive in a program that is compiled, and its tangent and adjoint by autograd's rules.

Enters: a `Primitive` and the values it is called with. Leaves: a call of a Trace of its own, marked with the rules, from
which the differentiator takes derivatives as from srcad's own `custom_vjp` and `custom_jvp`.
"""

from __future__ import annotations

import copy
import functools
import inspect
import operator
import re

from srcad.analysis.atoms import kind_of_atom
from srcad.compat.autograd.primitives import Primitive, _EachJvp, _EachVjp
from srcad.compile import place_of
from srcad.custom import custom_jvp, custom_vjp
from srcad.custom_calls import Called, positions, tangent_value
from srcad.differentiate import common
from srcad.errors import KindError, NoRuleError, SrcadError
from srcad.specialise.callees import specialised
from srcad.specialise.passing import Abstraction
from srcad.specialise.program import lowered
from srcad.specialise.unpacking import static_items
from srcad.specialise.values import Pack
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref


class MissingRule(NoRuleError, NotImplementedError):
    """A primitive is differentiated by an argument that it has no rule for."""


def call_primitive(primitive: Primitive, s, args: list, kwargs: list, hint: str):
    """The value of ``primitive(*args, **kwargs)`` in the program that `s` specialises."""
    read = primitive.generation
    s.program.guard(lambda: primitive.generation, read, primitive.__name__, ("primitive", id(primitive)))
    names = tuple(name for name, _ in kwargs)
    flat: list = []
    form = Abstraction(s, flat).of(Pack((*args, *(value for _, value in kwargs))))
    kinds = tuple(map(kind_of_atom, flat))
    try:
        info = _specialised(s, primitive.caller(_Caller, names, False), form, kinds)
    except SrcadError:            # the source of a primitive need not be of a kind that srcad can follow
        info = _specialised(s, primitive.caller(_Caller, names, True), form, kinds)
    if info.spliced_only:
        raise s.refuse(f"the primitive {primitive.__name__}() returns functions or writes variables of its caller",
                       "return numbers and arrays")
    if info.custom is None:
        info.custom = _Called(primitive, names, form)
    result = s.b.apply(info.function, *flat, kind=info.result)
    result.hint = hint
    return result


def _specialised(s, caller: _Caller, form: tuple, kinds: tuple):
    return specialised(s, caller, caller.trace, [Ref(caller), form], kinds)


def _call(caller, values):
    return caller(*values)


class _Caller:
    """Calls a primitive's function with some of the values by name; as one operation if its source is not followed."""

    def __init__(self, primitive: Primitive, names: tuple, opaque: bool) -> None:
        self.primitive, self.names, self.opaque = primitive, names, opaque
        self.trace = copy.copy(lowered(_call))
        self.trace.doc = primitive.__name__
        self.trace.name = re.sub(r"\W+", "_", primitive.__name__).strip("_") or "primitive"
        self.trace.loc = place_of(primitive)

    def __srcad_call__(self, s, values: list, kwargs: list, hint: str):
        args, named = split(values, self.names)
        if self.opaque:
            return s.operation(self.primitive.fun, args, named, hint)
        return s.call(Ref(self.primitive.fun), args, named, hint)


def split(values, names: tuple) -> tuple[list, list]:
    """(positional arguments, keyword arguments) of values of which the last have these names."""
    count = len(values) - len(names)
    return list(values[:count]), list(zip(names, values[count:]))


class _Called(Called):
    """A call of a primitive: `forms` are the positional arguments, then those by name."""

    def __init__(self, primitive: Primitive, names: tuple, forms: tuple) -> None:
        super().__init__(_ByJvp(primitive, names), forms)
        self.primitive, self.names = primitive, names

    def check(self, info, inputs: tuple) -> None:
        """Refuse a differentiated value in an argument by name: autograd has no rules for those."""
        _, named = split(self.forms, self.names)
        for name, form in named:
            if not self.primitive.constant and any(p in inputs for p in positions(form)):
                raise NoRuleError(f"a value that is differentiated reaches the keyword argument {name} of the primitive "
                                  f"{self.primitive.__name__}(); its rules are for positional arguments",
                                  "pass it by position", info.function.loc)

    def active(self, inputs: tuple) -> tuple:
        """The numbers of the arguments that vary."""
        return tuple(k for k, form in enumerate(self.forms) if any(p in inputs for p in positions(form)))

    def tangent(self, program, info, inputs: tuple, suffix: str):
        self.check(info, inputs)
        rules = self.primitive
        missing = [k for k in self.active(inputs) if not _has(rules, rules.jvps, rules.jvp_argnums, k)]
        if missing:
            raise MissingRule(f"the primitive {rules.__name__}() has no forward-mode rule for argument {missing[0]}",
                              f"give one: defjvp({rules.__name__}, ...)", info.function.loc)
        self.rule = _ByJvp(rules, self.names, self.active(inputs))
        return self.made(program, "tangent", info, inputs, suffix)

    def pair(self, program, info, inputs: tuple, suffix: str):
        self.check(info, inputs)
        rules, active = self.primitive, self.active(inputs)
        missing = [k for k in active if not _has(rules, rules.vjps, rules.vjp_argnums, k)]
        if not missing:
            self.rule = _ByVjp(rules, self.names, active)
        elif all(_transposable(rules, k) for k in active):
            self.rule = _ByJvp(rules, self.names, active)
        else:
            raise MissingRule(f"the primitive {rules.__name__}() has no rule for argument {missing[0]}",
                              f"give one: defvjp({rules.__name__}, ...)", info.function.loc)
        return self.made(program, "pair", info, inputs, suffix)


def _has(primitive: Primitive, table: dict, every, k: int) -> bool:
    return primitive.constant or k in table or every is not None


def _transposable(primitive: Primitive, k: int) -> bool:
    """Is there a forward-mode rule that says more than that the function is linear?"""
    rule = primitive.jvps.get(k, primitive.jvp_argnums)
    return _has(primitive, primitive.jvps, primitive.jvp_argnums, k) and rule != "same"


class _Rules:
    """What stands for a primitive in srcad's machinery for rules of the user's."""

    nondiff: tuple = ()
    signature = inspect.Signature()

    def __init__(self, primitive: Primitive, names: tuple, active: tuple = ()) -> None:
        self.fun = self.primitive = primitive
        self.names, self.active = names, active

    def __srcad_call__(self, s, values: list, kwargs: list, hint: str):
        args, named = split(values, self.names)
        return call_primitive(self.primitive, s, args, named, hint)


class _ByVjp(_Rules, custom_vjp):
    """The adjoint by makers of pullbacks."""

    def __init__(self, *about) -> None:
        super().__init__(*about)
        self.fwd, self.bwd = _Forward(self), _Backward(self)


class _Forward:
    """``(y, (y, arguments))``"""

    def __init__(self, rules: _ByVjp) -> None:
        self.rules = rules

    def __call__(self, *values):
        raise TypeError("a rule exists only while a program is compiled")

    def __srcad_call__(self, s, values: list, kwargs: list, hint: str):
        y = self.rules.__srcad_call__(s, values, [], hint)
        return Pack((y, Pack((y, Pack(tuple(values))))))


class _Backward:
    """The adjoints of the arguments: None for those that do not vary."""

    def __init__(self, rules: _ByVjp) -> None:
        self.rules = rules

    def __call__(self, *values):
        raise TypeError("a rule exists only while a program is compiled")

    def __srcad_call__(self, s, values: list, kwargs: list, hint: str):
        (y, given), g = (v.items if isinstance(v, Pack) else v for v in values)
        primitive = self.rules.primitive
        args, named = split(given.items, self.rules.names)
        bars: list = [Lit(None)] * len(given.items)
        together = []
        for k in self.rules.active:
            if k in primitive.vjps:
                maker = primitive.vjps[k]
                bars[k] = Lit(None) if maker is None else _then(s, s.call(Ref(maker), [y, *args], named), g)
            elif isinstance(primitive.vjp_argnums, _EachVjp):
                about = [Lit(k), y, Pack(tuple(args)), mapping(s, named)]
                bars[k] = _then(s, s.call(Ref(primitive.vjp_argnums.maker), about, []), g)
            elif primitive.vjp_argnums is not None:
                together.append(k)
        if together:
            about = [Pack(tuple(map(Lit, together))), y, Pack(tuple(args)), mapping(s, named)]
            made = _then(s, s.call(Ref(primitive.vjp_argnums), about, []), g)
            items = static_items(s, made)
            if items is None or len(items) != len(together):
                raise KindError(f"the rule of defvjp_argnums for {primitive.__name__}() must return {len(together)} adjoints",
                                "return a tuple, one for each of argnums")
            for k, bar in zip(together, items):
                bars[k] = bar
        return Pack(tuple(bars))


def _then(s, vjp, g):
    """``vjp(g)``"""
    return s.call(vjp, [g], [])


def mapping(s, named: list):
    """A dict of keyword arguments."""
    return s.call(Ref(intrinsics.build_dict), [part for k, v in named for part in (Lit(k), s.atom(v))], [])


class _ByJvp(_Rules, custom_jvp):
    """The tangent by rules for tangents of the arguments, and the adjoint by their transpose."""

    jvp = None
    jvps = ()

    def _sum_of_jvps(self, frame, info, called, values, params, dots) -> tuple:
        """``(y, y_dot)``"""
        primitive = self.primitive
        y = self.__srcad_call__(frame, values, [], "")
        args, named = split(values, self.names)
        tangents = {k: tangent_value(frame, called.forms[k], params, dots) for k in self.active}
        terms, together = [], []
        for k, g in tangents.items():
            rule = primitive.jvps.get(k, None if primitive.constant else primitive.jvp_argnums)
            if rule is None:
                continue
            if rule == "same":
                terms.append(call_primitive(primitive, frame, [*args[:k], g, *args[k + 1:]], named, ""))
            elif k in primitive.jvps:
                terms.append(frame.call(Ref(rule), [g, y, *args], named))
            elif isinstance(rule, _EachJvp):
                terms.append(frame.call(Ref(rule.rule), [Lit(k), g, y, Pack(tuple(args)), mapping(frame, named)], []))
            else:
                together.append(k)
        if together:
            about = [Pack(tuple(map(Lit, together))), Pack(tuple(tangents[k] for k in together)), y, Pack(tuple(args)),
                     mapping(frame, named)]
            terms.append(frame.call(Ref(primitive.jvp_argnums), about, []))
        if not terms:
            return y, common.zeros(frame.b, frame.atom(y))
        return y, functools.reduce(lambda a, b: frame.call(Ref(operator.add), [a, b], []), terms)
