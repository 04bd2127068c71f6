"""The adjoint of a call: the forward half where it was, the reverse half in the reverse sweep."""

from __future__ import annotations

import operator

from srcad import runtime
from srcad.differentiate import common
from srcad.differentiate.checkpoints import WORDS
from srcad.differentiate.common import still_items
from srcad.differentiate.draws import generators_in
from srcad.errors import UnsupportedError
from srcad.trace.ir import Apply, Block, If, Lit, Var
from srcad.trace.kinds import NONE, TupleOf, tangent_kind
from srcad.trace.naming import function_name


def call(adjoint, stmt: Apply) -> list:
    """A call becomes its forward half in the forward sweep and its reverse half here."""
    from srcad.differentiate.functions import adjoint_pair  # which writes the adjoint of the function that is called

    inputs = tuple(k for k, a in enumerate(stmt.args) if isinstance(a, Var) and a in adjoint.active)
    if adjoint.memory is not None:
        adjoint.memory.read_by_calls.update(n for a in stmt.args if (n := adjoint.memory.aliases.number(a)) is not None)
    pair = adjoint_pair(adjoint.program, adjoint.program.info_of(stmt.fn), inputs, adjoint.suffix,
                        still_items(adjoint.still, stmt.args, inputs), adjoint.once and not adjoint.depth)
    if id(stmt.fn) in adjoint.program.checkpointed:
        return call_again(adjoint, stmt, pair, inputs)
    saved = Var("", pair.saved, of=stmt.target if stmt.target.hint else None, suffix="_saved" if stmt.target.hint else "")
    both = Var("", TupleOf((stmt.target.kind, pair.saved)))
    forward = [
        Apply(both, pair.forward.function, stmt.args, (), stmt.loc, stmt.origin),
        Apply(stmt.target, operator.getitem, (both, Lit(0)), (), stmt.loc, stmt.origin),
        Apply(saved, operator.getitem, (both, Lit(1)), (), stmt.loc, stmt.origin),
    ]
    for s in forward:
        adjoint.b.definitions[s.target] = s
    call_back(adjoint, stmt, pair, inputs, saved)
    return forward


def call_again(adjoint, stmt: Apply, pair, inputs: tuple) -> list:
    """The reverse of a checkpointed call: the recording half is run here, with the arguments and random numbers it had."""
    generators, other = generators_in(Block([stmt]))
    if other is not None:
        raise UnsupportedError(f"{function_name(stmt.fn)} is checkpointed, but running it twice has effects (output, "
                               "random numbers of a generator that is made in it, unknown code)",
                               "take them out of the function, or do not checkpoint it", stmt.loc)
    before = [Apply(Var("state", WORDS), runtime.generator_state, (rng,), (), stmt.loc) for rng in generators]
    adjoint.b.definitions.update((s.target, s) for s in before)
    after = [adjoint.b.apply(runtime.generator_state, rng, kind=WORDS) for rng in generators]
    for rng, found in zip(generators, before):
        adjoint.b.apply(runtime.set_generator, rng, found.target, kind=NONE)
    both = adjoint.b.apply(pair.forward.function, *stmt.args, kind=pair.forward.info.result)
    for rng, words in zip(generators, after):
        adjoint.b.apply(runtime.set_generator, rng, words, kind=NONE)
    call_back(adjoint, stmt, pair, inputs, adjoint.b.apply(operator.getitem, both, Lit(1), kind=pair.saved))
    return [*before, stmt]


def call_back(adjoint, stmt: Apply, pair, inputs: tuple, saved: Var) -> None:
    """Call the reverse half and hand its adjoints to the arguments."""
    bar = adjoint.bars.materialised(stmt.target)
    if stmt.fn.catches:
        call_back_if_completed(adjoint, stmt, pair, inputs, saved, bar)
        return
    bars = adjoint.b.apply(pair.reverse.function, saved, bar,
                        kind=TupleOf(tuple(tangent_kind(stmt.args[k].kind) for k in inputs)))
    for j, k in enumerate(inputs):
        g = adjoint.b.apply(operator.getitem, bars, Lit(j), kind=tangent_kind(stmt.args[k].kind))
        adjoint.bars.contribute(stmt.args[k], g, fresh=True)


def call_back_if_completed(adjoint, stmt: Apply, pair, inputs: tuple, saved: Var, bar) -> None:
    """The reverse of a call that catches exceptions: what has not been run to its end has saved nothing."""
    kinds = [tangent_kind(stmt.args[k].kind) for k in inputs]
    failed = adjoint.b.apply(operator.is_, saved, Lit(None))
    arms = (Block(), Block())
    with adjoint.b.inside(arms[0]):
        arms[0].yields = tuple(common.zeros(adjoint.b, stmt.args[k]) for k in inputs)
    with adjoint.b.inside(arms[1]):
        bars = adjoint.b.apply(pair.reverse.function, saved, bar, kind=TupleOf(tuple(kinds)))
        arms[1].yields = tuple(adjoint.b.apply(operator.getitem, bars, Lit(j), kind=kind) for j, kind in enumerate(kinds))
    targets = tuple(adjoint.bars.new_bar(stmt.args[k]) for k in inputs)
    adjoint.b.emit(If(failed, *arms, targets, stmt.loc))
    for k, g in zip(inputs, targets):
        adjoint.bars.contribute(stmt.args[k], g, fresh=True)
