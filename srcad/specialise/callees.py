"""The user's functions: a call of one is spliced in if it is tiny, else it is a call of a Trace of its own.

A callee is specialised once for the forms and kinds of its arguments (`passing`); recursion starts from "returns nothing" and
iterates until the kind of the result settles.
"""

from __future__ import annotations

import inspect
import os
import types

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.augmented import check_augmented
from srcad.analysis.recursion import reaches
from srcad.errors import SourceError, UnsupportedError
from srcad.places import Attribute, ItemOf
from srcad.sequences import sort_order as sequence_order
from srcad.specialise import names, references
from srcad.specialise.builder import Builder
from srcad.specialise.passing import (
    Abstraction,
    CellForm,
    ClosureForm,
    Concretion,
    NotSeparate,
    RecordForm,
    ReferenceForm,
    form_key,
)
from srcad.specialise.program import Specialised, lowered
from srcad.specialise.values import UNDEFINED, Generated, Pack, holds_function
from srcad.trace import intrinsics, ir
from srcad.trace.ir import Lit, Var
from srcad.trace.kinds import Array, DictOf, ListOf, Scalar, Static, TupleOf, is_unclear, without_sizes
from srcad.trace.naming import call_name, function_name

#: A callee of at most this many operations, without loops, is spliced into its caller.
LARGEST_INLINED = 12
#: Longest chain of callees that are spliced in or specialised below each other.
DEEPEST = 60
#: ... of those that are specialised for the whole numbers that they are given.
DEEPEST_WHOLE = 2
#: Where Python's own modules are.
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep


def is_library(function: types.FunctionType) -> bool:
    """NumPy's own Python functions, and our operations, are not looked into: they have a rule or are refused."""
    module = function.__module__ or ""
    file = function.__code__.co_filename
    if (file.startswith(("<frozen ", STANDARD_LIBRARY)) and "site-packages" not in file) and (
            module.partition(".")[0] not in ("typing", "functools", "operator", "copy", "srcad")):
        return True
    return module.partition(".")[0] in ("numpy", "scipy", "builtins", "math", "logging", "random") or (
        module == "srcad.trace.intrinsics" or runtime.is_helper(function)) or function is sequence_order


def call_function(s, function: types.FunctionType, args: list, kwargs: list, hint: str, separate: bool = False):
    """A call of a Python function: spliced in if it is tiny or a rule calls it, else a call of its own Trace.

    `separate`: of its own Trace however small it is.
    """
    program = s.program
    try:
        trace = lowered(function)
    except SourceError as error:
        if function.__module__ and function.__module__.partition(".")[0] == "srcad":
            raise
        raise error.at(s.b.loc) from None
    program.guard_function(function)
    return call_trace(s, function, trace, bind_arguments(s, function, trace, args, kwargs), hint, separate)


def call_trace(s, key, trace: ir.Function, values: list, hint: str, separate: bool = False):
    """A call of an untyped Trace with these values of its parameters. `key` is what it is told apart by."""
    program = s.program
    if any(isinstance(v, Generated) for v in values):
        raise s.refuse(f"a generator expression is given to {function_name(trace)}, which may go through it twice",
                       "give it a list: `[... for ...]`")
    if len(program.stack) > DEEPEST:
        raise s.refuse(f"calls are nested more than {DEEPEST} deep with ever new kinds of arguments",
                       "keep the kinds of a recursive function's arguments the same")
    if not separate and (s.frozen or is_tiny(trace)) and all(entry is not key for entry in program.stack):
        return splice(s, key, trace, values)
    try:
        flat, info = specialised_for(s, key, trace, values)
    except NotSeparate as error:
        if any(entry is key for entry in program.stack):
            raise s.refuse(f"{function_name(trace)} calls itself and is given a dict whose keys are known only at run time",
                           "give it the values") from error
        return splice(s, key, trace, values)
    if info.spliced_only:
        if any(entry is key for entry in program.stack):
            raise s.refuse(f"{function_name(trace)} calls itself and returns functions, or writes variables of the function "
                           "around it",
                           "return the new value and assign it where it is called")
        return splice(s, key, trace, values)
    if info.result is None:
        return UNDEFINED
    call_args = tuple(flat)
    result = s.b.apply(info.function, *call_args, kind=info.result)
    result.hint = hint
    return result


def specialised_for(s, key, trace: ir.Function, values: list) -> tuple[list, Specialised]:
    """The run-time arguments of a call and the callee's typed Trace.

    Callers that give other whole numbers share a callee; but one whose result has no clear kind, or that is refused, may be
    clear once it knows them (``if ndim == 1: x = x[:, 0]``).
    """
    flat, info, refusal = [], None, None
    form = Abstraction(s, flat)
    forms = [form.of(v) for v in values]
    try:
        info = specialised(s, key, trace, forms, tuple(map(kind_of_atom, flat)))
    except UnsupportedError as error:
        refusal = error
    clear = info is not None and (info.result is None or not is_unclear(info.result))
    program = s.program
    if not clear and program.whole < DEEPEST_WHOLE and any(isinstance(v, Lit) and type(v.value) is int for v in values) and all(
            entry is not key for entry in program.stack):
        other_flat: list = []
        form = Abstraction(s, other_flat, whole=True)
        forms = [form.of(v) for v in values]
        program.whole += 1
        try:
            other = specialised(s, key, trace, forms, tuple(map(kind_of_atom, other_flat)))
            if refusal is not None or other.result is None or not is_unclear(other.result):
                return other_flat, other
        except UnsupportedError:
            pass
        finally:
            program.whole -= 1
    if refusal is not None:
        raise refusal
    return flat, info


def splice(s, key, trace: ir.Function, values: list):
    """The callee's body, run in place."""
    s.program.stack.append(key)
    loc, env = s.b.loc, s.env
    try:
        s.env = {}
        return s.run(trace, values)
    finally:
        s.env, s.b.loc = env, loc
        s.program.stack.pop()


_tiny: dict = {}


def is_tiny(trace: ir.Function) -> bool:
    known = _tiny.get(id(trace))
    if known is None or known[0] is not trace:
        count, simple = 0, True
        for stmt in ir.walk(trace.body):
            count += 1
            simple = simple and not isinstance(stmt, ir.For | ir.While) and count <= LARGEST_INLINED
            if not simple:
                break
        known = (trace, simple)
        _tiny[id(trace)] = known
    return known[1]


def specialised(s, callee, trace: ir.Function, forms: list, kinds: tuple) -> Specialised:
    """The callee's typed Trace for these arguments, made once per program."""
    from srcad.specialise.specialiser import Specialiser

    program = s.program
    kinds = tuple([widened(kind, program.small_axes) for kind in kinds])
    key = (id(callee), tuple(map(form_key, forms)), kinds)
    info = program.specialised.get(key)
    if info is not None:
        if not info.finished:
            info.assumed = True
        return info
    info = program.register(Specialised(ir.Function(trace.name, [], ir.Block(), trace.loc, doc=trace.name)))
    program.specialised[key] = info
    program.stack.append(callee)
    try:
        for _ in range(20):
            info.assumed = False
            known = set(program.specialised)
            params = [Var(_param_hint(trace, forms, k), kind) for k, kind in enumerate(kinds)]
            builder = Builder()
            inner = Specialiser(program, info, builder)
            concrete = Concretion(inner, params)
            value = inner.run(trace, [concrete.of(f) for f in forms])
            if holds_function(value) or references.holds_dict(value) or concrete.is_changed():
                info.spliced_only = True
                break
            result = inner.atom(value)
            if concrete.is_changed():
                info.spliced_only = True
                break
            before, info.result = info.result, kind_of_atom(result)
            if info.assumed:
                info.result = without_sizes(info.result)
            builder.block.yields = (result,)
            info.function.params = [ir.Param(p) for p in params]
            info.function.body = builder.block
            if not info.assumed or before == info.result:
                break
            for other in [k for k in program.specialised if k not in known]:
                if reaches(program.specialised[other].function, info.function):
                    del program.specialised[other]           # it took this one's result for what it was before
        else:
            raise s.refuse(f"the kind of what {function_name(trace)} returns does not settle", "return one kind of value")
    except BaseException:
        del program.specialised[key]
        raise
    finally:
        program.stack.pop()
    check_augmented(info.function, info.augmented, tuple(info.hidden.values()))
    info.finished = True
    return info


def widened(kind, small: int = 0):
    """An argument's kind without symbols of sizes, so that callers share a callee; of lengths, those of up to `small` stay."""
    match kind:
        case Array(dtype=dtype, dims=dims) if dims is not None:
            return Array(dtype, tuple(d if isinstance(d, int) and (d == 1 or 0 < d <= small) else None for d in dims))
        case Static(value=value) if type(value) in (int, float, complex):
            return Scalar(type(value))
        case TupleOf(items=items):
            return TupleOf(tuple([widened(item, small) for item in items]), kind.cls)
        case ListOf(element=element, items=items):
            return ListOf(widened(element, small), None if items is None else tuple([widened(item, small) for item in items]))
        case DictOf(keys=keys, values=values):
            return DictOf(keys, tuple([widened(item, small) for item in values]))
    return kind


def _param_hint(trace: ir.Function, forms: list, k: int) -> str:
    """What the k-th run-time argument is called in the callee."""
    named = [(param.var.hint, form) for param, form in zip(trace.params, forms)]
    while named:
        name, form = named.pop()
        match form:
            case int() if form == k:
                return name
            case CellForm(value=content):
                named.append((form.name, content))
            case ReferenceForm(cell=cell):
                named.append((name, cell))
            case RecordForm(fields=fields) if fields is not None:
                named += list(fields)
            case ClosureForm(cells=cells, defaults=defaults):
                named += [("", cell) for cell in cells] + list(defaults)
    return ""


def default_of(s, function: types.FunctionType, param: ir.Param, k: int):
    """The default of a Python function's parameter, None if it has none; `k` counts its positional defaults from 0."""
    name = param.var.hint
    if param.style == inspect.Parameter.KEYWORD_ONLY:
        if name not in (function.__kwdefaults__ or {}):
            return None
        default = function.__kwdefaults__[name]
        return Lit(default) if is_literal(default) else names.value_of_object(
            s, default, name, ItemOf(Attribute(function, "__kwdefaults__"), name), ("kwdefault", id(function), name))
    k += len(function.__defaults__ or ())
    if k < 0 or not function.__defaults__:
        return None
    default = function.__defaults__[k]
    return Lit(default) if is_literal(default) else names.value_of_object(
        s, default, name, ItemOf(Attribute(function, "__defaults__"), k), ("default", id(function), k))


def bind_arguments(s, function: types.FunctionType, trace: ir.Function, args: list, kwargs: list) -> list:
    """One value per parameter of a Python function's Trace, as Python binds a call."""
    return bind(s, trace, args, kwargs, lambda param, k: default_of(s, function, param, k))


def bind(s, trace: ir.Function, args: list, kwargs: list, default) -> list:
    """One value per parameter of the callee's Trace, as Python binds a call.

    ``default(param, k)`` is a parameter's default or None; `k` counts positional parameters from -1, the last, downwards.
    """
    def wrong(what: str):
        names = ", ".join(p.var.hint for p in trace.params)
        return s.refuse(f"{call_name(trace)} {what}", f"its parameters are {names}" if names else "it has no parameters")

    remaining, named = list(args), dict(kwargs)
    if len(named) != len(kwargs):
        raise wrong("got multiple values for a keyword argument")
    positional = [p for p in trace.params if p.style in (0, 1)]
    values = []
    for param in trace.params:
        name = param.var.hint
        match param.style:
            case 0 | 1:
                if remaining:
                    if name in named and param.style == 1:
                        raise wrong(f"got multiple values for argument {name!r}")
                    values.append(remaining.pop(0))
                elif name in named and param.style == 1:
                    values.append(named.pop(name))
                else:
                    value = default(param, positional.index(param) - len(positional))
                    if value is None:
                        raise wrong(f"misses the argument {name!r}")
                    values.append(value)
            case 2:
                values.append(Pack(tuple(remaining)))
                remaining = []
            case 3:
                value = named.pop(name) if name in named else default(param, 0)
                if value is None:
                    raise wrong(f"misses the keyword-only argument {name!r}")
                values.append(value)
            case 4:
                parts: list = []
                for k, v in named.items():
                    parts += [Lit(k), s.atom(v)]
                values.append(s.b.apply(intrinsics.build_dict, *parts))
                named = {}
    if remaining:
        raise wrong(f"takes {len(positional)} positional arguments but {len(args)} were given")
    if named:
        raise wrong(f"got an unexpected keyword argument {next(iter(named))!r}")
    return values


def is_literal(value) -> bool:
    """Is it a number, a text or None, which generated code may hold as it is?"""
    return type(value) in (int, float, complex, bool, str, bytes, type(None))
