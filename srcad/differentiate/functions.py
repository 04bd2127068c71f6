"""Whole derivative functions: the adjoint in one piece, and in two halves for calls and pullbacks."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.recursion import is_recursive
from srcad.differentiate.adjoint import Adjoint
from srcad.differentiate.buffers import additions, protect
from srcad.differentiate.common import Derived
from srcad.differentiate.reads import classes_read
from srcad.differentiate.sinking import sink
from srcad.errors import KindError
from srcad.optimize.pipeline import prepare
from srcad.specialise.program import Program, Specialised
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Comment, Function, Lit, Param, Var, copy_block, free_vars
from srcad.trace.kinds import (
    Array,
    Bottom,
    DictOf,
    Kind,
    Numeric,
    Range,
    Saved,
    Scalar,
    SliceOf,
    TupleOf,
    Unknown,
    is_container,
    is_differentiable,
    tangent_kind,
)
from srcad.trace.naming import function_name, show_kind
from srcad.trace.undefined import define_kept


@dataclass(eq=False)
class AdjointPair:
    """The two halves of an adjoint: ``y, saved = forward(x)`` and ``(x_bar,) = reverse(saved, y_bar)``.

    `items` are the kinds of what is saved, known once the pair is built; `written` the positions of the parameters that
    are written to.
    """

    forward: Derived
    reverse: Derived
    saved: Kind = None
    items: list = field(default_factory=list)
    written: tuple = ()


def adjoint_pair(program: Program, info: Specialised, inputs: tuple[int, ...], suffix: str = "_bar",
                 still: tuple = (), once: bool = False) -> AdjointPair:
    """The halves of the adjoint of a typed Trace with respect to these parameters; made once per program.

    `still` says for each input that is a tuple which of its items do not vary (`activity.Still`); `once`, that the halves run
    one after the other, once in the whole derivative, so that what the forward half keeps may be long.
    """
    own = info.custom is not None
    once = once and not is_recursive(info.function)
    key = ("pair", id(info.function), inputs, suffix, *(() if own else (still, once)))
    known = program.derived.get(key)
    if known is not None:
        return known
    if own:
        return info.custom.pair(program, info, inputs, suffix)
    name, loc, doc = info.function.name, info.function.loc, info.function.doc
    forward = Function(name + "_forward", [], Block(), loc, doc=doc)
    reverse = Function(name + "_reverse", [], Block(), loc, doc=doc)
    pair = AdjointPair(Derived(forward, program.register(Specialised(forward, finished=True))),
                       Derived(reverse, program.register(Specialised(reverse, finished=True))))
    if info.function.catches:
        forward.catches, forward.escape = info.function.catches, (info.function.escape, None)
    forward.strict = info.function.strict
    pair.saved = Saved(pair)
    pair.forward.info.result = TupleOf((info.result, pair.saved))
    pair.reverse.info.result = TupleOf(tuple(tangent_kind(info.function.params[k].var.kind) for k in inputs))
    program.derived[key] = pair
    try:
        _build_pair(program, info, pair, inputs, suffix, still, once)
    except BaseException:
        del program.derived[key]
        raise
    return pair


def _build_pair(program: Program, info: Specialised, pair: AdjointPair, inputs: tuple, suffix: str, still: tuple,
                once: bool, restored: set | None = None) -> None:
    prepare(info.function)
    adjoint = Adjoint(program, info, pair.forward.info, inputs, split=True, textbook=False, suffix=suffix, restored=restored,
                      still=still, once=once)
    result, added = adjoint.primal.result, additions(adjoint.primal)
    seed = Var("", tangent_kind(kind_of_atom(result)), of=result if isinstance(result, Var) else None, suffix=suffix)
    if seed.of is None:
        seed.hint, seed.suffix = "result" + suffix, ""
    adjoint.bars.contribute(result, seed)
    statements = adjoint.sweep()
    taken: list = []
    bars = [returned(adjoint, v, taken) for v in adjoint.inputs]
    if adjoint.memory is not None:
        pair.written = adjoint.boundary.written
        if restored is None:
            _build_pair(program, info, pair, inputs, suffix, still, once, classes_read(adjoint, tuple(bars)))
            return
    back = adjoint.b.block
    back.yields = tuple(bars)
    if adjoint.memory is not None:
        statements = sink(adjoint, statements, back)
    kept, again = saved_values([v for v in free_vars(back) if v is not seed], adjoint.b.definitions)
    pair.items[:] = [v.kind for v in kept]

    define_kept(statements, adjoint.bars.zeroed.union(kept))
    forward = pair.forward.function
    saved = Var("saved" if len(kept) > 1 or forward.catches else "", pair.saved)
    both = Var("", pair.forward.info.result)
    statements = [*statements, Apply(saved, intrinsics.build_tuple, tuple(kept)),
                  Apply(both, intrinsics.build_tuple, (result, saved))]
    forward.params = adjoint.params
    forward.body = Block(statements, (both,))
    protect(forward, added)

    reverse = pair.reverse.function
    saved_param = source = Var("saved", pair.saved)
    mapping: dict = {}
    head = []
    if adjoint.memory is not None:
        source = Var("saved", pair.saved)
        head.append(Apply(source, runtime.snapshot, (saved_param,)))
    for k, v in enumerate(kept):
        mapping[v] = Var("", v.kind, of=v)
        head.append(Apply(mapping[v], operator.getitem, (source, Lit(k))))
    for made in again:
        mapping[made.target] = Var("", made.target.kind, of=made.target)
        head.append(Apply(mapping[made.target], made.fn, tuple(mapping.get(a, a) if isinstance(a, Var) else a for a in made.args),
                          (), made.loc, made.origin))
    body = copy_block(back, mapping)
    everything = Var("", pair.reverse.info.result)
    reverse.params = [Param(saved_param), Param(seed)]
    reverse.body = Block([*head, *body.stmts, Apply(everything, intrinsics.build_tuple, body.yields)], (everything,))


def saved_values(needed: list[Var], definitions: dict) -> tuple[list[Var], list[Apply]]:
    """What a forward half saves of the values that the reverse needs, and how the reverse makes the others of these.

    Slices, ranges, and tuples of them say how to look at something: their bounds are saved, which are numbers.
    """
    kept: dict[Var, None] = {}
    again: dict[Var, Apply] = {}

    def need(var: Var) -> None:
        made = definitions.get(var)
        if made is None or not is_view_of_indices(var.kind) or made.kwargs or (
                made.fn not in (intrinsics.build_slice, intrinsics.build_tuple, range)):
            kept[var] = None
        elif var not in again:
            for a in made.args:
                if isinstance(a, Var):
                    need(a)
            again[var] = made

    for var in needed:
        need(var)
    return list(kept), list(again.values())


def is_view_of_indices(kind: Kind) -> bool:
    """Is it a slice, a range, or a tuple that holds one?"""
    return isinstance(kind, SliceOf | Range) or isinstance(kind, TupleOf) and any(map(is_view_of_indices, kind.items))


def returned(adjoint: Adjoint, var: Var, taken: list):
    """The adjoint of a parameter, as it leaves: of the parameter's own form, and sharing memory with nothing."""
    bars, b = adjoint.bars, adjoint.b
    if not is_differentiable(var.kind):
        return Lit(None)
    atom = bars.bar_or_zeros(var)
    kind = kind_of_atom(atom)
    if isinstance(var.kind, Array):
        if not isinstance(kind, Array) or var.kind.dims == ():
            atom = b.apply(runtime.broadcast_like, atom, var, kind=var.kind)
            atom = b.apply(np.array, atom, kind=var.kind)
        elif (atom not in bars.owned and var not in bars.shadows) or any(atom is t for t in taken):
            atom = b.apply(np.ndarray.copy, atom, kind=kind)
    elif isinstance(var.kind, Numeric | Unknown):
        atom = b.apply(runtime.copy_adjoint, atom, kind=kind)
    elif is_container(var.kind) and (atom not in bars.owned or any(atom is t for t in taken)):
        return own_items(adjoint, atom, taken)
    taken.append(atom)
    return atom


def own_items(adjoint: Adjoint, atom, taken: list):
    """A container's adjoint that shares memory with nothing: what is not our own already is copied."""
    kind, made = kind_of_atom(atom), adjoint.b.definition(atom)
    if isinstance(kind, Scalar) or isinstance(atom, Lit):
        return atom
    if made is not None and made.fn in (intrinsics.build_tuple, intrinsics.build_list):
        return adjoint.b.apply(made.fn, *[own_items(adjoint, item, taken) for item in made.args], kind=kind)
    if made is not None and made.fn is runtime.make_like:
        attributes = tuple((name, own_items(adjoint, item, taken)) for name, item in made.kwargs)
        return adjoint.b.apply(made.fn, *made.args, kwargs=attributes, kind=kind)
    if made is not None and made.fn is intrinsics.build_dict and isinstance(kind, DictOf):
        items = [item if k % 2 == 0 else own_items(adjoint, item, taken) for k, item in enumerate(made.args)]
        return adjoint.b.apply(intrinsics.build_dict, *items, kind=kind)
    if atom not in adjoint.bars.owned or any(atom is t for t in taken):
        copy = np.ndarray.copy if isinstance(kind, Array) else runtime.copy_adjoint
        atom = adjoint.b.apply(copy, atom, kind=kind)
    taken.append(atom)
    return atom


def adjoint_function(program: Program, info: Specialised, inputs: tuple[int, ...], *, name: str, seed: bool, value: bool,
                     textbook: bool, aux: bool = False, single: bool = False, once: bool = False,
                     restored: set | None = None) -> Derived:
    """The adjoint in one function.

    Parameters
    ----------
    seed : bool
        Is the result's adjoint a parameter (`result_bar`), or 1?
    value : bool
        Return ``(value, adjoints)`` rather than the adjoints alone.
    aux : bool
        The function returns ``(result, aux)``: only the first is differentiated, the second is handed on.
    once : bool
        Is it the whole derivative, which is not differentiated again?
    restored : set of int or None
        The classes of memory whose old values are put back; None: those that the reverse sweep turns out to read.
    """
    function = Function(name, [], Block(), info.function.loc, doc=info.function.doc)
    derived = Derived(function, program.register(Specialised(function, finished=True)))
    if not textbook:
        prepare(info.function)
    adjoint = Adjoint(program, info, derived.info, inputs, split=False, textbook=textbook, restored=restored,
                      once=once)
    b, bars, added = adjoint.b, adjoint.bars, additions(adjoint.primal)
    whole = adjoint.primal.result
    result, extra = whole, None
    if aux:
        result, extra = take_apart(adjoint, whole)
    params = list(adjoint.params)
    reverse_start = Block()
    b.block = reverse_start
    if seed:
        named = info.states[0] if len(info.states) == 1 else "result"
        bar = Var(f"{named}_bar", tangent_kind(kind_of_atom(result)))
        default = Lit(1.0) if isinstance(kind_of_atom(result), Scalar) else None
        params.append(Param(bar, default=default))
        adjoint.seeds.add(bar)
    else:
        bar = scalar_seed(adjoint, result, info)
    bars.contribute(result, bar)
    statements = adjoint.sweep()
    taken: list = []
    made = [returned(adjoint, v, taken) for v in adjoint.inputs]
    if adjoint.memory is not None:
        if restored is None:
            return adjoint_function(program, info, inputs, name=name, seed=seed, value=value, textbook=textbook, aux=aux,
                                    single=single, once=once, restored=classes_read(adjoint, tuple(made)))
        b.block.yields = tuple(made)
        statements = sink(adjoint, statements, b.block)
        derived.written = adjoint.boundary.written
    define_kept(statements, set(bars.zeroed))
    derived.info.depends = tuple(v in adjoint.active for v in adjoint.inputs)
    adjoints = made[0] if single else b.apply(intrinsics.build_tuple, *made)
    output = adjoints
    if value:
        first = whole if not aux else b.apply(intrinsics.build_tuple, result, extra)
        output = b.apply(intrinsics.build_tuple, first, adjoints)
    elif aux:
        output = b.apply(intrinsics.build_tuple, adjoints, extra)
    derived.info.result = kind_of_atom(output)
    function.params = params
    function.body = Block([Comment("forward primal trace"), *statements, Comment("reverse adjoint trace"),
                           *b.block.stmts], (output,))
    protect(function, added)
    return derived


def take_apart(adjoint: Adjoint, whole):
    """(result, aux) of a function that returns a pair."""
    kind = kind_of_atom(whole)
    if not isinstance(kind, TupleOf) or len(kind.items) != 2:
        raise KindError(f"with has_aux=True the function must return a pair (result, aux); it returns {show_kind(kind)}",
                        "return two values", adjoint.primal.loc)
    made = adjoint.b.definition(whole)
    if made is not None and made.fn is intrinsics.build_tuple:
        return made.args
    parts = []
    for k in range(2):
        var = Var("", kind.items[k])
        stmt = Apply(var, operator.getitem, (whole, Lit(k)))
        adjoint.primal.body.stmts.append(stmt)
        adjoint.b.definitions[var] = stmt
        if is_differentiable(var.kind) and whole in adjoint.active:
            adjoint.active.add(var)
        parts.append(var)
    return parts


def scalar_seed(adjoint: Adjoint, result, info: Specialised):
    """The adjoint 1 of a result, which must be one real number."""
    kind = kind_of_atom(result)
    name = function_name(info.function)
    loc = info.function.loc
    advice = "use jacobian for all derivatives of all elements, or vjp to give weights to the elements"
    match kind:
        case Scalar(base=base) if base is complex:
            raise KindError(f"{name} returns a complex number; grad differentiates real results",
                            "differentiate its real or imaginary part, or use vjp", loc)
        case Scalar() | Bottom():                    # a function that always raises returns nothing
            return Lit(1.0)
        case Array(dims=dims) if dims is None or dims:
            rank = "" if dims is None else f" of rank {len(dims)}"
            raise KindError(f"{name} returns an array{rank}, not a number", advice, loc)
        case Array() | Numeric() | Unknown():
            return adjoint.b.apply(runtime.scalar_seed, result, kind=tangent_kind(kind))
    raise KindError(f"{name} returns {show_kind(kind)}, not a number", advice, loc)
