"""The adjoint of a branch: that of the arm that was taken."""

from __future__ import annotations

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.differentiate.record import export, make_again, read_from_outside
from srcad.trace.ir import Block, If, Var
from srcad.trace.kinds import Scalar, tangent_kind


def branch(adjoint, stmt: If) -> list:
    """Reverse the arm that was taken; adjoints that either arm changes are merged."""
    bars = adjoint.bars
    targets = [(t, k, bars.materialised(t)) for k, t in enumerate(stmt.targets) if t in adjoint.active and t in bars.of]
    outside = [v for v in read_from_outside(stmt) if v in adjoint.active and not bars.in_memory(v)]
    for var in outside:
        bars.materialised(var)
    for target, _, _ in targets:
        del bars.of[target]
    before = bars.state()
    crossing, bars.crossing = bars.crossing, bars.crossing | set(outside)
    formula, bars.formula = bars.formula, False
    arms, forwards, states = [], [], []
    for source in (stmt.then, stmt.orelse):
        bars.restore(before)
        with adjoint.b.inside(Block()) as arm:
            for _, k, bar in targets:
                bars.contribute(source.yields[k], fit_merge(adjoint, bar, source.yields[k]))
            forwards.append(Block(adjoint.block(source.stmts), source.yields))
        arms.append(arm)
        states.append(bars.state())
    touched = [v for v in outside if any(state[0].get(v) is not before[0].get(v) for state in states)]
    new = [bars.new_bar(v) for v in touched]
    owned = set(new)
    for arm, state in zip(arms, states):
        bars.restore(state)
        with adjoint.b.inside(arm):
            atoms = [bars.bar_or_zeros(v) for v in touched]
        owned -= {n for n, atom in zip(new, atoms) if atom not in bars.owned}
        arm.yields = tuple(atoms)
    bars.restore(before)
    bars.crossing, bars.formula = crossing, formula
    bars.of.update(zip(touched, new))
    bars.owned |= owned
    forward_targets = stmt.targets
    if adjoint.memory is not None:
        adjoint.b.kept.update(a for arm in arms for a in arm.yields)
        moved = [(adjoint.memory.mirrors[t], k) for k, t in enumerate(stmt.targets) if t in adjoint.memory.mirrors]
        forward_targets += tuple(shadow for shadow, _ in moved)
        for block in forwards:
            block.yields += tuple(adjoint.memory.shadow_of(block.yields[k]) for _, k in moved)
    forward = If(stmt.cond, forwards[0], forwards[1], forward_targets, stmt.loc, stmt.origin)
    if adjoint.reference is not None or adjoint.memory is not None and adjoint.depth:
        for back, block in zip(arms, forwards):
            make_again(back, block.stmts, adjoint.memory)
    if new or arms[0].stmts or arms[1].stmts:
        reverse = If(stmt.cond, arms[0], arms[1], tuple(new), stmt.loc, stmt.origin or stmt)
        adjoint.b.emit(reverse)
        export(forward, reverse, adjoint.depth > 0 or adjoint.split)
    return [forward]


def fit_merge(adjoint, bar, yielded):
    """The adjoint of a joined value, of the kind that one side of the join has."""
    if isinstance(yielded, Var) and isinstance(yielded.kind, Scalar) and not isinstance(kind_of_atom(bar), Scalar):
        return adjoint.b.apply(runtime.unbroadcast, bar, yielded, kind=tangent_kind(yielded.kind))
    return bar
