"""Recursive functions that have to do with memory: arrays and their shadows are given by reference.

A call of such a function cannot be written out. It becomes a call of two halves, and what the adjoint of an array is added
to is the caller's own shadow, handed down through all the calls::

    y = f(x, lo, hi)         y, saved = f_forward(x, lo, hi)        in reverse:  (..._bar,) = f_reverse(saved, y_bar, x, x_bar)

The reverse half puts back what the call has written to, and adds to the shadows. Where the forward sweep needs shadows (of
views that change from trip to trip), they are given to the forward half too. Functions that only read the arrays that they
hand down (``f(x, lo, mid) + f(x, mid, hi)``) are called in the same way, so that a call makes no adjoint of the whole array.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace

import numpy as np

from srcad.analysis.aliasing import Aliases, writes
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.recursion import closed_groups, grouped, is_recursive, reaches
from srcad.differentiate.buffers import additions, protect
from srcad.differentiate.common import Derived
from srcad.differentiate.record import make_again
from srcad.differentiate.sinking import sink
from srcad.errors import UnsupportedError
from srcad.specialise.program import Program, Specialised
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Function, Lit, Param, Var, copy_block, free_vars, uses, walk
from srcad.trace.kinds import Array, Saved, TupleOf, is_differentiable, tangent_kind
from srcad.trace.naming import function_name
from srcad.trace.undefined import define_kept


@dataclass(frozen=True)
class Reference:
    """How a recursive function is given memory.

    Attributes
    ----------
    arrays : frozenset of int
        The positions of the arrays that are given by reference.
    groups : frozenset of frozenset of int
        Those that may share memory.
    passes : bool
        Are shadows given to the forward half too?
    """

    arrays: frozenset
    groups: frozenset
    passes: bool = False

    def aliases(self, function: Function) -> Aliases:
        """The classes of a function that is called so."""
        params = [p.var for p in function.params]
        return Aliases(function, [[params[k] for k in sorted(g)] for g in self.groups], [params[k] for k in sorted(self.arrays)])


class ShadowsNeeded(Exception):
    """The forward sweep of a recursive function needs the shadows of what it is given."""


@dataclass(eq=False)
class ReferencePair:
    """The two halves of the adjoint of a function that is given memory by reference.

    Attributes
    ----------
    arrays, shadowed, values : tuple of int
        The positions of the arrays that the reverse half is given, of those whose shadows it is given, and of the inputs whose
        adjoints it returns.
    seeded : bool
        Is the reverse half given an adjoint of the result?
    items : list of Kind
        The kinds of what is saved, known once the pair is built.
    """

    forward: Derived
    reverse: Derived
    arrays: tuple
    shadowed: tuple
    values: tuple
    seeded: bool
    saved: Saved | None = None
    items: list | None = None


# ---------------------------------------------------------------------------------------------------------------------
# Calls


def reference_of(program: Program, stmt: Apply, aliases: Aliases | None, inputs: tuple, written_only: bool = False) -> (
        Reference | None):
    """How a call gives memory to a recursive function; None if it is a call of values.

    `inputs` are the positions of the arguments that are differentiated. `written_only`: only arrays that may be written to
    are given by reference.
    """
    fn = stmt.fn
    if not isinstance(fn, Function) or fn.catches or id(fn) in program.checkpointed or not is_recursive(fn) or (
            program.info_of(fn).custom is not None):
        return None
    found = (aliases or Aliases(fn)).effects(fn)
    assert found is not None
    if not writes(fn):
        arrays = frozenset(k for k in inputs if isinstance(fn.params[k].var.kind, Array))
        if written_only or found.shared or not hands_down(fn, arrays):
            return None
        return Reference(arrays, frozenset())
    groups = closed_groups(fn, grouped(stmt.args, aliases) if aliases is not None else frozenset())
    changed = set(found.written)
    for group in groups:
        if group & changed:
            changed |= group
    for k in sorted(changed):
        if not isinstance(fn.params[k].var.kind, Array):
            raise UnsupportedError(f"the recursive function {function_name(fn)} writes to arrays or lists that its argument "
                                   f"{fn.params[k].var.hint} holds", "pass the arrays as arguments of their own", stmt.loc)
    if not written_only:
        changed |= {k for k in inputs if isinstance(fn.params[k].var.kind, Array)}
    if found.shared and aliases is not None and aliases.numbers(stmt.target):
        raise UnsupportedError(f"the recursive function {function_name(fn)} returns part of an array that is written to",
                               "let it return nothing, a number, or the array itself", stmt.loc)
    return Reference(frozenset(changed), groups)


def hands_down(function: Function, arrays: frozenset) -> bool:
    """Does a recursive function call itself with arrays that it is given, or parts of them?"""
    aliases = Aliases(function)
    given = {aliases.find(function.params[k].var) for k in arrays}
    return any(isinstance(a, Var) and aliases.find(a) in given for s in walk(function.body)
               if isinstance(s, Apply) and isinstance(s.fn, Function) and reaches(s.fn, function) for a in s.args)


def call(adjoint, stmt: Apply) -> list | None:
    """The forward statements for a call of a recursive function that is given memory; its adjoint is written. None if it is
    a call of values."""
    memory, active = adjoint.memory, adjoint.active
    inputs = tuple(k for k, a in enumerate(stmt.args) if isinstance(a, Var) and a in active)
    reference = reference_of(adjoint.program, stmt, None if memory is None else memory.aliases, inputs)
    if reference is None:
        return None
    given = [stmt.args[k] for k in sorted(reference.arrays)]
    changed = [] if memory is None else [a for a in given if memory.aliases.number(a) is not None]
    if memory is None and stmt.target not in adjoint.bars.of or memory is not None and not inputs and not any(
            map(memory.restores, changed)):
        return [stmt]
    pair = pair_for(adjoint, stmt, inputs, reference)
    if pair is None:
        return None
    if memory is not None:
        memory.will_undo(changed)
        memory.read_by_calls.update(memory.aliases.number(a) for a in changed)
    return Call(adjoint, stmt, pair).write()


def pair_for(adjoint, stmt: Apply, inputs: tuple, reference: Reference) -> ReferencePair | None:
    """The halves of the callee; with shadows in the forward half only if need be. None if the caller has none to give there."""
    outer = adjoint.reference
    own = outer is not None and reaches(stmt.fn, adjoint.original)
    for passes in ((outer.passes,) if own else (False, True)):
        try:
            return reference_pair(adjoint.program, adjoint.program.info_of(stmt.fn), inputs, adjoint.suffix,
                                  replace(reference, passes=passes))
        except ShadowsNeeded:
            if own or passes:
                raise
            if adjoint.memory is None:
                break
    return None


class Call:
    """Writes a call of the two halves."""

    def __init__(self, adjoint, stmt: Apply, pair: ReferencePair) -> None:
        self.adjoint, self.stmt, self.pair = adjoint, stmt, pair
        self.b, self.bars, self.memory = adjoint.b, adjoint.bars, adjoint.memory

    def write(self) -> list:
        stmt, b, bars, pair = self.stmt, self.b, self.bars, self.pair
        saved = Var("", pair.saved, of=stmt.target if stmt.target.hint else None, suffix="_saved" if stmt.target.hint else "")
        both = Var("", TupleOf((stmt.target.kind, pair.saved)))
        passes = len(pair.forward.function.params) > len(stmt.args) if pair.forward.function.params else (
            self.adjoint.reference is not None and self.adjoint.reference.passes)
        before: list = []
        made: list = []
        bars.start()
        if passes:
            with b.placed(stmt.loc, stmt.origin), self.memory.forward() as block:
                shadows = [self.shadow(stmt.args[k], made) for k in pair.shadowed]
            before = block.stmts
        forward = [
            Apply(both, pair.forward.function, (*stmt.args, *shadows) if passes else stmt.args, (), stmt.loc, stmt.origin),
            Apply(stmt.target, operator.getitem, (both, Lit(0)), (), stmt.loc, stmt.origin),
            Apply(saved, operator.getitem, (both, Lit(1)), (), stmt.loc, stmt.origin),
        ]
        for s in forward:
            b.definitions[s.target] = s
        if self.memory is not None and stmt.target in self.memory.shadows:
            with b.placed(stmt.loc, stmt.origin), self.memory.forward() as block:
                self.memory.zeros(stmt.target)
            forward += self.memory.noted(block.stmts)
        with b.placed(stmt.loc, stmt if stmt.origin is None else stmt.origin):
            seed = [bars.bar_or_zeros(stmt.target)] if pair.seeded else []
            if not passes:
                shadows = [self.shadow(stmt.args[k], made) for k in pair.shadowed]
            kinds = tuple(tangent_kind(stmt.args[k].kind) for k in pair.values)
            given = b.apply(pair.reverse.function, saved, *seed, *[stmt.args[k] for k in pair.arrays], *shadows,
                            kind=TupleOf(kinds))
            for j, (k, kind) in enumerate(zip(pair.values, kinds)):
                bars.contribute(stmt.args[k], b.apply(operator.getitem, given, Lit(j), kind=kind), fresh=True)
            for var, buffer in made:
                bars.contribute(var, buffer, fresh=True)
        return [*before, *forward]

    def shadow(self, var: Var, made: list):
        """The shadow of an argument: memory of our own for a value, whose adjoint it is afterwards."""
        if self.memory is not None and var in self.memory.shadows:
            return self.memory.shadows[var]
        buffer = self.b.apply(np.zeros_like, var, kind=tangent_kind(var.kind))
        made.append((var, buffer))
        return buffer


# ---------------------------------------------------------------------------------------------------------------------
# Halves


def reference_pair(program: Program, info: Specialised, inputs: tuple, suffix: str, reference: Reference) -> ReferencePair:
    """The halves of the adjoint of a typed Trace that is called so; made once per program."""
    key = ("reference pair", id(info.function), inputs, suffix, reference)
    known = program.derived.get(key)
    if known is not None:
        return known
    function = info.function
    halves = [Function(function.name + half, [], Block(), function.loc, doc=function.doc, strict=function.strict)
              for half in ("_forward", "_reverse")]
    forward, reverse = (Derived(f, program.register(Specialised(f, finished=True))) for f in halves)
    effects = Aliases(function).effects(function)
    assert effects is not None
    values = tuple(k for k in inputs if k not in reference.arrays)
    seeded = not (writes(function) and effects.same is not None) and is_differentiable(kind_of_atom(function.result))
    pair = ReferencePair(forward, reverse, tuple(sorted(reference.arrays)), tuple(sorted(reference.arrays & set(inputs))),
                         values, seeded, items=[])
    pair.saved = Saved(pair)
    forward.info.result = TupleOf((info.result, pair.saved))
    reverse.info.result = TupleOf(tuple(tangent_kind(function.params[k].var.kind) for k in values))
    program.derived[key] = pair
    try:
        _build(program, info, pair, inputs, suffix, reference)
    except BaseException:
        del program.derived[key]
        raise
    return pair


def _build(program: Program, info: Specialised, pair: ReferencePair, inputs: tuple, suffix: str, reference: Reference) -> None:
    from srcad.differentiate.adjoint import Adjoint
    from srcad.differentiate.functions import returned
    from srcad.optimize.pipeline import prepare

    prepare(info.function)
    adjoint = Adjoint(program, info, pair.forward.info, inputs, split=True, textbook=False, suffix=suffix, reference=reference)
    params = [p.var for p in adjoint.params]
    shadows = {params[k]: adjoint.memory.shadows[params[k]] for k in pair.shadowed}
    result, added = adjoint.primal.result, additions(adjoint.primal)
    seed = Var("", tangent_kind(kind_of_atom(result)), of=result if isinstance(result, Var) else None, suffix=suffix)
    if seed.of is None:
        seed.hint, seed.suffix = "result" + suffix, ""
    if pair.seeded:
        adjoint.bars.contribute(result, seed)
    statements = adjoint.sweep()
    taken: list = []
    bars = [returned(adjoint, params[k], taken) for k in pair.values]
    back = adjoint.b.block
    back.yields = tuple(bars)
    statements = sink(adjoint, statements, back)
    given = {seed, *(params[k] for k in pair.arrays), *shadows.values()}
    make_again(back, statements, adjoint.memory)
    kept = [v for v in free_vars(back) if v not in given]
    pair.items[:] = [v.kind for v in kept]
    if not reference.passes and not set(shadows.values()).isdisjoint(uses(Block(statements))):
        raise ShadowsNeeded

    define_kept(statements, adjoint.bars.zeroed.union(kept))
    forward = pair.forward.function
    saved = Var("saved", pair.saved)
    both = Var("", TupleOf((kind_of_atom(result), pair.saved)))
    pair.forward.info.result = both.kind
    forward.params = [*adjoint.params, *([Param(s) for s in shadows.values()] if reference.passes else [])]
    forward.body = Block([*statements, Apply(saved, intrinsics.build_tuple, tuple(kept)),
                          Apply(both, intrinsics.build_tuple, (result, saved))], (both,))
    protect(forward, added)

    reverse = pair.reverse.function
    saved_param = Var("saved", pair.saved)
    mapping: dict = {v: Var("", v.kind, of=v) for v in kept}
    head = [Apply(mapping[v], operator.getitem, (saved_param, Lit(k))) for k, v in enumerate(kept)]
    for k in pair.arrays:
        mapping[params[k]] = params[k].like()
    for var, shadow in shadows.items():
        mapping[shadow] = Var("", shadow.kind, of=mapping[var], suffix=suffix)
    order = [saved_param, *([seed] if pair.seeded else []), *(mapping[params[k]] for k in pair.arrays),
             *(mapping[s] for s in shadows.values())]
    body = copy_block(back, mapping)
    everything = Var("", pair.reverse.info.result)
    reverse.params = [Param(v) for v in order]
    reverse.body = Block([*head, *body.stmts, Apply(everything, intrinsics.build_tuple, body.yields)], (everything,))
