"""From a function and the kinds of its arguments to a generated derivative.

`Request` says what is asked for, `typed` makes the typed Trace of anything that can be differentiated (a Python function,
a library function with a rule, another derivative), `derive` its derivative, `compile_variant` the loaded function.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import inspect
import linecache
import re
import types
from collections.abc import Iterator

import numpy as np

from srcad.analysis.activity import varied
from srcad.analysis.aliasing import writes
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.augmented import check_augmented
from srcad.analysis.depends import depends_on
from srcad.analysis.loss import check_lost
from srcad.backends import numba
from srcad.backends.compiled import retry
from srcad.calling import Layout
from srcad.differentiate.functions import AdjointPair, adjoint_function, adjoint_pair
from srcad.differentiate.held import changed_arguments
from srcad.differentiate.inline import inline_calls
from srcad.differentiate.states import with_states
from srcad.differentiate.tangent import tangent_function
from srcad.emit import emit, load
from srcad.errors import NOWHERE, ArgumentError, DisconnectedError, KindError, Location
from srcad.frontend.source import find_source
from srcad.optimize.link import link
from srcad.optimize.pipeline import optimize
from srcad.optimize.recipes import hands_vectors
from srcad.places import AttributeOf, Held, TypeOf
from srcad.requests import Request, Variant
from srcad.rules import families, registry
from srcad.rules.registry import find_rule
from srcad.specialise.arguments import Arguments
from srcad.specialise.builder import Builder
from srcad.specialise.callees import is_library
from srcad.specialise.closures import InnerFunction, InnerLayout
from srcad.specialise.objects.variables import known_value
from srcad.specialise.passing import Concretion
from srcad.specialise.program import Program, Specialised, lowered, with_program
from srcad.specialise.specialiser import Specialiser
from srcad.specialise.values import Instance, Pack
from srcad.trace import intrinsics, ir
from srcad.trace.ir import UNDEF, Lit, Param, Ref, Var
from srcad.trace.kinds import (
    FLOAT,
    NONE,
    Array,
    DictOf,
    Kind,
    ListOf,
    Object,
    Range,
    Scalar,
    Static,
    Struct,
    TupleOf,
    is_container,
    is_differentiable,
)
from srcad.trace.naming import call_name, function_name, show_kind

# ---------------------------------------------------------------------------------------------------------------------
# Typed Traces


def typed(program: Program, target, layout: Layout, kinds: tuple[Kind, ...], bound=None) -> Specialised:
    """The typed Trace of something that can be differentiated, for arguments of these kinds; made once per program.

    Every argument is a parameter of the Trace, also a static one (which is then not read).
    """
    key = ("typed", id(target), id(bound), layout, kinds)
    known = program.derived.get(key)
    if known is None:
        if hasattr(target, "request") and not isinstance(target, types.MethodType):
            known = typed_derivative(program, target, layout, kinds)
        elif isinstance(target, InnerFunction):
            known = typed_inner(program, target, layout, kinds)
        elif isinstance(target, types.FunctionType) and not is_library(target) and find_rule(target) is None:
            known = typed_function(program, target, layout, kinds, bound)
        else:
            check_callable(target)
            known = typed_operation(program, target, layout, kinds, bound)
        program.derived[key] = known
    return known


def check_callable(target) -> None:
    """Refuse what can be called, but has neither source nor a rule, and is not a library's."""
    known = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType,
             types.WrapperDescriptorType, types.MethodWrapperType, np.ufunc, type(np.sum), functools.partial, type)
    if not isinstance(target, known) and not hasattr(target, "__srcad_call__") and find_rule(target) is None:
        find_source(target)


def typed_derivative(program: Program, derivative, layout: Layout, kinds: tuple) -> Specialised:
    """The typed Trace of a derivative."""
    seeds = derivative.seed_names() if hasattr(derivative, "seed_names") else ()
    own, places = without(layout, seeds)
    request = derivative.request(own).but(disconnected="zeros")
    own_kinds = tuple(kinds[k] for k in places)
    inner = typed(program, derivative._target, own, differentiated(own_kinds, request), derivative._bound)
    info = derive(program, inner, request).info
    if not seeds:
        return info
    for name, param in zip(seeds, info.function.params[len(places):]):
        check_seed(name, kinds[layout.names.index(name)], param.var.kind, inner)
    order = [*places, *(layout.names.index(n) for n in seeds)]
    return info if order == list(range(len(order))) else reordered(program, info, layout, kinds, order)


def without(layout: Layout, names: tuple) -> tuple[Layout, tuple]:
    """A layout without these arguments, and where in the old one its arguments are."""
    if not names:
        return layout, tuple(range(len(layout.names)))
    places = tuple(k for k, n in enumerate(layout.names) if n not in names)
    new = {old: k for k, old in enumerate(places)}
    form, styles = [], []
    for entry, style in zip(layout.form, layout.styles):
        if isinstance(entry, int):
            if entry not in new:
                continue
            form.append(new[entry])
        elif style == inspect.Parameter.VAR_KEYWORD:
            form.append(tuple((key, new[k]) for key, k in entry))
        else:
            form.append(tuple(new[k] for k in entry))
        styles.append(style)
    positional = sum(isinstance(e, int) and s in (0, 1) for e, s in zip(form, styles)) + sum(
        len(e) for e, s in zip(form, styles) if s == inspect.Parameter.VAR_POSITIONAL)
    return layout.but(names=tuple(layout.names[k] for k in places), form=tuple(form), styles=tuple(styles),
                   positional=positional), places


def check_seed(name: str, given: Kind, wanted: Kind, info: Specialised) -> None:
    if isinstance(given, Scalar) and isinstance(wanted, Array) and wanted.dims != () or isinstance(given, Array) and (
            isinstance(wanted, Scalar)):
        raise ArgumentError(f"{name} of the derivative of {function_name(info.function)} is {given!r}, it must be {wanted!r}",
                            "give it the form of the result")


def reordered(program: Program, info: Specialised, layout: Layout, kinds: tuple, order: list) -> Specialised:
    """A Trace that takes the arguments in the layout's order and calls one that takes them in another."""
    function = info.function
    outer = program.register(Specialised(ir.Function(function.name, [], ir.Block(), function.loc, doc=function.doc)))
    builder = Builder()
    params = [Var(n, kind) for n, kind in zip(layout.names, kinds)]
    result = builder.apply(function, *(params[k] for k in order), kind=info.result)
    return finish_typed(outer, builder, params, result)


def differentiated(kinds: tuple, request: Request) -> tuple:
    """Kinds with integers that are differentiated taken as floats."""
    return tuple(FLOAT if k in request.argnums and isinstance(kind, Scalar) and kind.base in (int, bool) else kind
                 for k, kind in enumerate(kinds))


def typed_function(program: Program, function: types.FunctionType, layout: Layout, kinds: tuple, bound=None) -> Specialised:
    """A Python function, specialised with every argument a parameter."""
    trace = lowered(function)
    program.guard_function(function)
    if getattr(type(bound), "__call__", None) is function:  # noqa: B004 (which function it is matters)
        program.guard(AttributeOf(TypeOf(Held(bound)), "__call__"), function, "__call__", ("call", id(type(bound))))
    info = program.register(Specialised(ir.Function(trace.name, [], ir.Block(), trace.loc, doc=trace.name)))
    builder = Builder()
    builder.loc = trace.loc
    frame = Specialiser(program, info, builder)
    params = [Var(name, kind) for name, kind in zip(layout.names, kinds, strict=True)]
    arguments = Arguments(frame)
    flat = [arguments.open(var) for var in params]
    values: list = [] if bound is None else [bound_instance(bound)]
    values += laid_out(frame, layout, flat)
    program.stack.append(function)
    try:
        result = frame.atom(frame.run(trace, values))
        arguments.leave()
    finally:
        program.stack.pop()
    return finish_typed(info, builder, params, result)


def laid_out(frame: Specialiser, layout: Layout, flat: list) -> list:
    """One value per parameter of a function, from its flat arguments."""
    values: list = []
    for form, style in zip(layout.form, layout.styles):
        if isinstance(form, int):
            values.append(flat[form])
        elif style == inspect.Parameter.VAR_POSITIONAL:
            values.append(Pack(tuple(flat[k] for k in form)))
        else:
            parts = [part for key, k in form for part in (Lit(key), frame.atom(flat[k]))]
            values.append(frame.b.apply(intrinsics.build_dict, *parts))
    return values


def typed_inner(program: Program, target: InnerFunction, layout: InnerLayout, kinds: tuple) -> Specialised:
    """A function made inside the program, specialised with every argument, and what it captures, a parameter."""
    trace = target.closure.trace
    info = program.register(Specialised(ir.Function(trace.name, [], ir.Block(), trace.loc, doc=trace.doc)))
    builder = Builder()
    builder.loc = trace.loc
    frame = Specialiser(program, info, builder)
    params = [Var(name, kind) for name, kind in zip(layout.names, kinds, strict=True)]
    own = len(params) - layout.captured
    concretion = Concretion(frame, params[own:])
    closure = concretion.of(layout.closure)
    arguments = Arguments(frame)
    values = laid_out(frame, layout, [arguments.open(var) for var in params[:own]])
    program.stack.append(trace)
    try:
        result = frame.atom(frame.run(trace, [*values, *closure.cells]))
        arguments.leave()
    finally:
        program.stack.pop()
    if concretion.is_changed():
        builder.loc = trace.loc
        raise frame.refuse(f"{function_name(trace)} writes a variable of the function around it and is differentiated by itself",
                           "return the new value, and assign it where the derivative is called")
    return finish_typed(info, builder, params, result)


def bound_instance(bound) -> Instance:
    """The object that a method is bound to."""
    return Instance(bound, ("self", Held(bound), ("self", id(bound))))


def finish_typed(info: Specialised, builder: Builder, params: list, result) -> Specialised:
    builder.block.yields = (result,)
    info.function.params = [Param(p) for p in params]
    info.function.body = builder.block
    info.result = kind_of_atom(result)
    check_augmented(info.function, info.augmented, tuple(info.hidden.values()))
    info.finished = True
    return info


def typed_operation(program: Program, target, layout: Layout, kinds: tuple, bound=None) -> Specialised:
    """A function that has a rule, as a Trace of one operation."""
    name = getattr(target, "__name__", "function")
    spelled = re.sub(r"\W+", "_", name).strip("_") or "function"          # a callable object may have any name
    info = program.register(Specialised(ir.Function(spelled, [], ir.Block(), place_of(target), doc=name)))
    builder = Builder()
    frame = Specialiser(program, info, builder)
    params = [Var(n, kind) for n, kind in zip(layout.names, kinds)]
    args: list = [] if bound is None else [bound_instance(bound)]
    kwargs: list = []
    defaults = default_values(target)
    has_rest = inspect.Parameter.VAR_POSITIONAL in layout.styles
    left_out = False
    for form, style in zip(layout.form, layout.styles):
        match style:
            case inspect.Parameter.VAR_POSITIONAL:
                args += [known_value(frame, params[k]) for k in form]
            case inspect.Parameter.VAR_KEYWORD:
                kwargs += [(key, known_value(frame, params[k])) for key, k in form]
            case inspect.Parameter.KEYWORD_ONLY:
                value = known_value(frame, params[form])
                if not _is_default(defaults, layout.names[form], value):
                    kwargs.append((layout.names[form], value))
            case _:
                # Rules need not know the arguments that have their default; what follows one is given by name.
                value = known_value(frame, params[form])
                named = style == inspect.Parameter.POSITIONAL_OR_KEYWORD and not has_rest
                if named and _is_default(defaults, layout.names[form], value):
                    left_out = True
                elif left_out:
                    kwargs.append((layout.names[form], value))
                else:
                    args.append(value)
    frame.b.loc = info.function.loc
    result = frame.atom(frame.call_object(target, args, kwargs, ""))
    return finish_typed(info, builder, params, result)


def default_values(target) -> dict:
    """The defaults of a function's parameters, as far as they can be had."""
    try:
        parameters = inspect.signature(target).parameters
    except (ValueError, TypeError):
        return {}
    return {name: p.default for name, p in parameters.items() if p.default is not p.empty}


def place_of(target) -> Location:
    """Where a function of the user's that has a rule is defined."""
    function = getattr(target, "fun", target)
    code = getattr(function, "__code__", None)
    if code is None or is_library(function):
        return NOWHERE
    text = linecache.getline(code.co_filename, code.co_firstlineno, function.__globals__)
    return Location(code.co_filename, code.co_firstlineno, len(text) - len(text.lstrip()), -1, text.rstrip("\n"),
                    code.co_qualname)


def _is_default(defaults: dict, name: str, atom) -> bool:
    if name not in defaults or not isinstance(atom, Lit | Ref):
        return False
    default = defaults[name]
    return atom.value is default or (type(atom.value) is type(default) and atom.value == default)


# ---------------------------------------------------------------------------------------------------------------------
# Derivatives


def derive(program: Program, info: Specialised, request: Request, whole: bool = False):
    """The derivative that is asked for: a `Derived`, or an `AdjointPair`. `whole`: it is all that there will be."""
    info = resulting(program, info, request)
    function = info.function
    for k in request.argnums:
        check_differentiable(function, k)
    if program.backend == "numba" and request.mode != "tangent":
        inline_calls(program, info)
    elif program.small_axes and request.optimize:
        inline_calls(program, info, hands_vectors)
    if request.disconnected == "raise" and request.mode in ("grad", "value_and_grad"):
        check_connected(info, request)
    match request.mode:
        case "tangent":
            return tangent_function(program, info, request.argnums)
        case "pair":
            return adjoint_pair(program, info, request.argnums)
        case "primal":
            return types.SimpleNamespace(function=function, info=info)
    key = ("whole", id(function), request, whole)
    known = program.derived.get(key)
    if known is None:
        known = adjoint_function(
            program, info, request.argnums, name=f"{function.name}_{'adjoint' if request.mode == 'adjoint' else 'grad'}",
            seed=request.mode == "adjoint", value=request.mode == "value_and_grad", textbook=not request.optimize,
            aux=request.aux, single=request.single, once=whole)
        program.derived[key] = known
    return known


def resulting(program: Program, info: Specialised, request: Request) -> Specialised:
    """The typed Trace whose result is differentiated: of a function that returns nothing, what it leaves in its arguments."""
    return with_states(program, info) if request.mode in ("adjoint", "tangent", "pair") else info


def check_differentiable(function: ir.Function, k: int) -> None:
    if k >= len(function.params):
        raise ArgumentError(f"{call_name(function)} has no argument number {k} to differentiate", "give other argnums")
    var = function.params[k].var
    if not is_differentiable(var.kind):
        advice = "choose other argnums, or pass a float"
        match var.kind:
            case Array(dtype=dtype) if dtype is not None and dtype.kind in "biu":
                what = f"is an integer array ({show_kind(var.kind)})"
                advice = "pass an array of floats (x.astype(float))"
            case TupleOf() | ListOf() | DictOf() | Struct():
                what = f"holds no floating-point number ({show_kind(var.kind)})"
                advice = "write its numbers as floats, or choose other argnums"
            case Object(cls=cls) if issubclass(cls, tuple | list | dict):
                plain = next(base for base in (tuple, list, dict) if issubclass(cls, base)).__name__
                what, advice = f"is {show_kind(var.kind)}", f"pass a plain {plain}: {plain}(...)"
            case Object(cls=cls) if hasattr(cls, "_numba_type_"):
                what = f"is {show_kind(var.kind)}, of a class made by numba.experimental.jitclass"
                advice = "pass its attributes as arguments, or make the class a dataclass"
            case _:
                what = f"is {show_kind(var.kind)}"
        raise KindError(f"the argument {var.hint} of {call_name(function)} cannot be differentiated: it {what}", advice,
                        function.loc)


def check_connected(info: Specialised, request: Request) -> None:
    """Refuse a result that is not a number, and an argument that the result does not depend on."""
    if info.function.result == Lit(UNDEF):
        return                                       # it always raises, and so does its derivative
    kind = kind_of_atom(info.function.result)
    if not request.aux and (isinstance(kind, Static | Object | Range) or is_container(kind)):
        if kind == NONE and writes(info.function):
            raise KindError(f"{function_name(info.function)} returns nothing, it writes to its arguments",
                            "use adjoint or vjp with a seed for what it writes to, or return a number", info.function.loc)
        if kind == NONE:
            raise KindError(f"{function_name(info.function)} returns None, not a number", "return the number that is meant",
                            info.function.loc)
        raise KindError(f"{function_name(info.function)} returns {show_kind(kind)}, not a number",
                        "use jacobian for all derivatives of all elements, or vjp to give weights to the elements",
                        info.function.loc)
    inputs = [info.function.params[k].var for k in request.argnums]
    for var in inputs:
        if not depends_on(info.function, var, aux=request.aux):
            check_lost(info.function, varied(info.function, {var}))
            raise DisconnectedError(
                f"the result of {call_name(info.function)} does not depend on its argument {var.hint}",
                'its derivative is zero everywhere; pass disconnected="zeros" to get zeros', info.function.loc)


# ---------------------------------------------------------------------------------------------------------------------
# Loaded functions


def compile_variant(target, kinds: tuple[Kind, ...], layout: Layout, request: Request, bound=None, keep=None,
                    refused: frozenset = frozenset()) -> Variant:
    """Make, print and load one derivative. ``keep(variant, program)`` is told of it.

    `refused` are the names of functions that the backend has turned out to have no form of.
    """
    families.load()
    generation = registry.generation         # read first: a rule that is registered meanwhile makes this variant stale
    with uncollected():
        return with_program(request.backend, lambda program: _variant(program, target, kinds, layout, request, bound,
                                                                      generation, keep, refused), request.small_axes)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector: what a compilation makes stays until its end, and looking through all of it again and
    again takes a third of the time for a long function."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _variant(program: Program, target, kinds: tuple, layout: Layout, request: Request, bound, generation: int, keep,
             refused: frozenset) -> Variant:
    info = typed(program, target, layout, differentiated(kinds, request), bound)
    made = derive(program, info, request, whole=True)
    held = changed_arguments(made.forward.function if isinstance(made, AdjointPair) else made.function)
    if isinstance(made, AdjointPair):
        halves = tuple(_finish(program, half.function, kinds, request, generation, refused)
                       for half in (made.forward, made.reverse))
        variant = halves[0]
        variant.halves = halves
    else:
        variant = _finish(program, made.function, kinds, request, generation, refused)
    variant.written = getattr(made, "written", ())
    variant.held = held
    result = resulting(program, info, request)
    variant.primal_result, variant.states = result.result, result.states
    if request.backend == "numba":
        retry(variant, functools.partial(compile_variant, target, kinds, layout, request, bound, keep), refused)
    if keep is not None:
        keep(variant, program)
    return variant


def _finish(program: Program, main: ir.Function, kinds: tuple, request: Request, generation: int,
            refused: frozenset) -> Variant:
    functions, data = link(program, main)
    optimize(functions, request.optimize, request.backend)
    if request.backend == "numba":
        interpreted = numba.prepare(functions, refused)
    else:
        main.contexts = tuple((cls, tuple(options.items())) for cls, options in program.contexts.items())
    main.header = header(main, kinds)
    module = emit(functions, fold=request.optimize, unbinds=request.backend != "numba")
    function = load(module, main.name)
    if request.backend == "numba":
        function = numba.compile_module(functions, interpreted, module, function, refused, request.fastmath)
    return Variant(function, module.source, kinds, (main, module), tuple(program.guards.values()), tuple(data), generation,
                   tuple(program.kinds[d.key] for d in data))


def header(main: ir.Function, kinds: tuple) -> str:
    """The comment under the ``def`` line: whose derivative, for which kinds."""
    filename = main.loc.filename.replace("\\", "/").rpartition("/")[2]
    place = f" at {filename}" if filename and not filename.startswith("<") else ""
    shown = ", ".join(map(show_kind, kinds))
    return f"{main.doc}{place}, for ({shown}{',' if len(kinds) == 1 else ''})"
