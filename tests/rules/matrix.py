"""The cases of the rule matrix, made from the registry.

Every rule's call forms (elementwise rules without any get the usual ones: scalars, vectors, matrices, every way of
broadcasting, empty) become functions of one generated module, whose text `linecache` knows, so that srcad finds it.
"""

from __future__ import annotations

import cmath
import inspect
import linecache
import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from rules.bodies import differentiated, operands_of

import srcad.runtime
from srcad.rules import families
from srcad.rules.registry import RULES, Call, Rule

families.load()

HEADER = """import builtins, cmath, math, operator, statistics
import numpy as np
import srcad
from srcad.runtime import *

"""
#: A case, and its first derivatives as functions of operands and tangents, or operands and seed.
TEXT = """
def case_{k}({names}):
    return {expression}


def tangent_{k}({names}, {dots}):
    return srcad.jvp(case_{k}, ({names},), ({dots},), argnums={argnums})


def adjoint_{k}({names}, result_bar):
    _, pullback = srcad.vjp(case_{k}, {names}, argnums={argnums})
    return pullback(result_bar)

"""
#: Shapes of the operands of an elementwise function of one, two, three operands.
SHAPES = {
    1: [((),), ((3,),), ((2, 3),), ((0,),)],
    2: [((), ()), ((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (3,)),
        ((2, 3), ()), ((1,), (3,)), ((2, 1), (2, 3)), ((4, 1, 3), (2, 1)), ((0,), (1,)), ((0, 3), (3,))],
    3: [((), (), ()), ((3,), (3,), (3,)), ((2, 3), (3,), ()), ((2, 1), (1, 3), (4, 1, 1))],
}
LETTERS = "abcd"
#: Call forms of functions with an operand that must be a whole number.
WHOLE_NUMBERS = {
    math.ldexp: (Call("math.ldexp(a, 3)", a=()),),
    np.ldexp: (Call("np.ldexp(a, -2)", a=(3,)), Call("np.ldexp(a, np.array([1, 2]))", a=(3, 1)),
               Call("np.ldexp(a, 1)", a=())),
    srcad.runtime.polygamma: (Call("polygamma(0, a)", a=()), Call("polygamma(2, a)", a=())),
    srcad.runtime.spherical_bessel: (Call("spherical_bessel(0, a)", a=(3,)), Call("spherical_bessel(2, a)", a=())),
    srcad.runtime.bessel_i: (Call("bessel_i(0, a)", a=(3,)), Call("bessel_i(2, a)", a=())),
}


#: Call forms besides the usual ones: at zero, at ties, of complex numbers that are made of real ones.
MORE = {
    operator.abs: (Call("abs(a + 0.5j * b)", a=(), b=()), Call("abs(a - srcad.stop_gradient(a))", a=())),
    operator.pow: (Call("np.array([0.0, 2.0]) ** np.exp(a)", a=(2,)), Call("np.array([0.0j, 2.0]) ** np.exp(a)", a=(2,))),
    np.absolute: (Call("np.abs(a + 0.5j * b)", a=(3,), b=(3,)),),
    np.power: (Call("np.power(np.array([0.0, 2.0]), np.exp(a))", a=(2,)),
               Call("np.power(np.array([0.0j, 2.0]), np.exp(a))", a=(2,))),
    np.float_power: (Call("np.float_power(np.array([0.0, 2.0]), np.exp(a))", a=(2,)),
                     Call("np.float_power(np.array([0.0j, 2.0]), np.exp(a))", a=(2,))),
    np.fmod: (Call("np.fmod(a, 0.27 * b)", a=(3,), b=(3,)),),
    np.copysign: (Call("np.copysign(-a, b)", a=(3,), b=(3,)), Call("np.copysign(a, -b)", a=(3,), b=(3,))),
    np.angle: (Call("np.angle(a + 1j * b)", a=(3,), b=(3,)), Call("np.angle(a + 1j * b, deg=True)", a=(3,), b=(3,))),
    np.heaviside: (Call("np.heaviside(np.array([0.0, 1.0]), a)", a=(2,)),),
    math.pow: (Call("math.pow(0.0, math.exp(a))", a=()),),
    math.fmod: (Call("math.fmod(a, 0.27 * b)", a=(), b=()), Call("math.remainder(a, 0.27 * b)", a=(), b=())),
    math.fabs: (Call("math.fabs(a - srcad.stop_gradient(a))", a=()),),
    math.copysign: (Call("math.copysign(-a, b)", a=(), b=()), Call("math.copysign(a, -b)", a=(), b=())),
    cmath.log: (Call("cmath.log(a, 2.0 * b)", a=(), b=()),),
    cmath.phase: (Call("cmath.phase(a + 1j * b)", a=(), b=()),),
}


def is_foreign(rule: Rule) -> bool:
    """Is the rule not one of srcad's for NumPy and Python: SciPy's have a test of their own, other tests declare some?"""
    bodies = [b for b in (rule.partials, rule.adjoint, rule.tangent) if b is not None]
    modules = {b.__module__ for b in bodies}
    return any(m.startswith("srcad.rules.scipy") or not m.startswith("srcad.") for m in modules)


@dataclass(frozen=True)
class Case:
    """A call form of a rule, as a function `run` of its operands, and that function's derivatives."""

    rule: Rule
    call: Call
    run: Callable
    tangent: Callable
    adjoint: Callable

    def operands(self, dtype: Any = float, zero_dim: bool = False) -> tuple:
        values = operands_of(self.call, np.random.default_rng(3), self.rule.domain, dtype)
        if zero_dim:
            values = {k: np.array(v) if self.call.operands[k] == () else v for k, v in values.items()}
        if np.dtype(dtype) == np.float32:
            values = {k: np.float32(v) if self.call.operands[k] == () else v for k, v in values.items()}
        return tuple(values.values())

    @property
    def argnums(self) -> tuple[int, ...]:
        return argnums_of(self.call)

    def __str__(self) -> str:
        shapes = ", ".join(f"{name}={given}" for name, given in self.call.operands.items() if isinstance(given, tuple))
        return f"{self.call.expression} with {shapes}"


def argnums_of(call: Call) -> tuple[int, ...]:
    """The positions of the operands that are differentiated."""
    names = differentiated(call)
    return tuple(k for k, name in enumerate(call.operands) if name in names)


def case_text(k: int, call: Call) -> str:
    names = ", ".join(call.operands)
    dots = ", ".join(f"{name}_dot" for name in differentiated(call))
    return TEXT.format(k=k, names=names, dots=dots, expression=call.expression, argnums=argnums_of(call))


def spelling(fn: Any) -> str | None:
    """How a function is called by name; None for what has no public name here."""
    name = getattr(fn, "__name__", "")
    if getattr(np, name, None) is fn:
        return f"np.{name}"
    module = getattr(fn, "__module__", "") or ""
    if module in ("math", "cmath", "builtins"):
        return f"{module}.{name}"
    if getattr(operator, name, None) is fn:
        return f"operator.{name}"
    return name if getattr(srcad.runtime, name, None) is fn else None


def elementwise_calls(rule: Rule) -> Iterator[Call]:
    """The call forms that every elementwise function has."""
    name = spelling(rule.fn)
    parameters = list(inspect.signature(rule.partials).parameters.values())[1:]
    count = len([p for p in parameters if p.default is p.empty and p.kind is not p.VAR_POSITIONAL])
    if name is None or count not in SHAPES or any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return
    scalar = name.split(".")[0] in ("math", "cmath", "builtins") or "." not in name
    for shapes in SHAPES[count]:
        if not scalar or not any(shapes):
            yield Call(f"{name}({', '.join(LETTERS[:count])})", **dict(zip(LETTERS, shapes)))


def calls_of(rule: Rule) -> list[Call]:
    calls = list(rule.calls)
    if rule.kind == "elementwise" and not calls:
        calls = list(WHOLE_NUMBERS.get(rule.fn) or elementwise_calls(rule))
    return [*calls, *MORE.get(rule.fn, ())]


def make_cases() -> list[Case]:
    """All cases; rules that share a declaration share its call forms."""
    forms: dict = {}
    for rule in RULES.values():
        if is_foreign(rule):
            continue
        if rule.kind != "zero":
            for call in calls_of(rule):
                forms.setdefault((call.expression, repr(call.operands)), (rule, call))
    text = HEADER + "".join(case_text(k, call) for k, (_, call) in enumerate(forms.values()))
    filename = "<matrix of rules>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict = {"__name__": "matrix_of_rules"}
    exec(compile(text, filename, "exec"), namespace)
    return [Case(rule, call, *(namespace[f"{kind}_{k}"] for kind in ("case", "tangent", "adjoint")))
            for k, (rule, call) in enumerate(forms.values())]


CASES = make_cases()
