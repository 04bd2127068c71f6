"""Activity: which values depend on a differentiated input *and* matter to the result.

Only these get a tangent or an adjoint. Forward, *varied* spreads from the differentiated parameters; backward, *useful*
spreads from the result. Both are sets of Vars, which is enough because a Var is defined once; loops are run until the
sets no longer grow.
"""

from __future__ import annotations

from srcad.analysis.aliasing import is_write
from srcad.analysis.loss import check_lost, tells_form
from srcad.rules.registry import find_rule
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Var, While, operands, pattern_vars
from srcad.trace.kinds import is_differentiable

#: Operations whose result never carries a derivative, whatever their operands.
PASSIVE = {intrinsics.build_slice, intrinsics.raise_, print, len, isinstance, range, type, intrinsics.build_string,
           intrinsics.format_value}


def is_passive(fn) -> bool:
    """Does the operation stop derivatives (its own is zero, or it has none by nature)?"""
    if fn in PASSIVE:
        return True
    rule = find_rule(fn)
    return rule is not None and rule.kind == "zero"


def varied(function: Function, inputs: set[Var], aliases=None) -> set[Var]:
    """The Vars that depend on `inputs` through differentiable operations; memory is of one piece."""
    found = set(inputs)
    while True:
        before = len(found)
        _spread(function.body, found, aliases)
        if aliases is None:
            return found
        _spread_in_memory(aliases, found, lambda v: is_differentiable(v.kind))
        if len(found) == before:
            return found


def _spread_in_memory(aliases, found: set[Var], belongs) -> None:
    """Add the members of every memory class of which one is found."""
    for members in aliases.members.values():
        if not found.isdisjoint(members):
            found.update(v for v in members if belongs(v))


def _changed(stmt: Apply, aliases) -> list[Var]:
    """What a call of a Trace writes to."""
    return [] if aliases is None or not isinstance(stmt.fn, Function) else aliases.changed(stmt)


def _spread(block: Block, found: set[Var], aliases) -> None:
    for stmt in block.stmts:
        match stmt:
            case Apply(target=target, fn=fn):
                if fn is intrinsics.push:
                    if any(a in found for a in stmt.args[1:]):
                        found.add(stmt.args[0])
                elif is_write(stmt):
                    if any(a in found for a in stmt.args) and is_differentiable(stmt.args[0].kind):
                        found.add(stmt.args[0])
                        if fn is list.pop and is_differentiable(target.kind):
                            found.add(target)
                elif any(a in found for a in operands(stmt) if isinstance(a, Var)) and not is_passive(fn) and (
                        not tells_form(stmt)):
                    found.update(v for v in (target, *_changed(stmt, aliases)) if is_differentiable(v.kind))
            case If():
                _spread(stmt.then, found, aliases)
                _spread(stmt.orelse, found, aliases)
                for target, a, b in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                    if (a in found or b in found) and is_differentiable(target.kind):
                        found.add(target)
            case For() | While():
                for c, init in zip(stmt.carried, stmt.inits):
                    if init in found and is_differentiable(c.kind):
                        found.add(c)
                while True:
                    before = len(found)
                    if isinstance(stmt, For):
                        for source in stmt.sources:
                            if source.iterable in found:
                                found.update(v for v in pattern_vars(source.target) if is_differentiable(v.kind))
                    else:
                        _spread(stmt.test, found, aliases)
                    _spread(stmt.body, found, aliases)
                    for c, y in zip(stmt.carried, stmt.body.yields):
                        if y in found and is_differentiable(c.kind):
                            found.add(c)
                    if len(found) == before:
                        break


def useful(function: Function, candidates: set[Var], aliases=None, left=()) -> set[Var]:
    """Those of `candidates` that the result depends on, or what the function leaves in memory (`left`)."""
    found = {a for a in (*function.body.yields, *left) if a in candidates}
    while True:
        before = len(found)
        _spread_back(function.body, found, candidates, aliases)
        if aliases is None:
            return found
        # What is written before it is read through a view may come to light only now: go through the body again.
        _spread_in_memory(aliases, found, candidates.__contains__)
        if len(found) == before:
            return found


def _need(atoms, found: set, candidates: set) -> None:
    found.update(a for a in atoms if a in candidates)


def _spread_back(block: Block, found: set[Var], candidates: set[Var], aliases) -> None:
    for stmt in reversed(block.stmts):
        match stmt:
            case Apply(target=target, fn=fn):
                if fn is intrinsics.push:
                    if stmt.args[0] in found:
                        _need(stmt.args[1:], found, candidates)
                elif is_write(stmt):
                    if stmt.args[0] in found or target in found:
                        _need(stmt.args, found, candidates)
                elif target in found or any(v in found for v in _changed(stmt, aliases)):
                    _need(operands(stmt), found, candidates)
            case If():
                for target, a, b in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                    if target in found:
                        _need((a, b), found, candidates)
                _spread_back(stmt.then, found, candidates, aliases)
                _spread_back(stmt.orelse, found, candidates, aliases)
            case For() | While():
                while True:
                    before = len(found)
                    for c, y in zip(stmt.carried, stmt.body.yields):
                        if c in found:
                            _need((y,), found, candidates)
                    _spread_back(stmt.body, found, candidates, aliases)
                    if isinstance(stmt, For):
                        for source in stmt.sources:
                            if any(v in found for v in pattern_vars(source.target)):
                                _need((source.iterable,), found, candidates)
                    else:
                        _spread_back(stmt.test, found, candidates, aliases)
                    if len(found) == before:
                        break
                for c, init in zip(stmt.carried, stmt.inits):
                    if c in found:
                        _need((init,), found, candidates)


def active(function: Function, inputs: set[Var], aliases=None, left=()) -> set[Var]:
    """The Vars of a function that are both varied and useful; `left` is memory of the caller's, whose state is a result too.

    Raises
    ------
    LostDerivativeError
        If a derivative gets lost on the way (`srcad.analysis.loss`).
    """
    found = varied(function, inputs, aliases)
    check_lost(function, found)
    return useful(function, found, aliases, left)
