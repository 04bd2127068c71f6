"""Branches and loops of a Trace as Python's.

Enters: an If, a For, a While, and the tree that writes what is inside. Leaves: statements. The Trace knows no `break`
and no early `return`; an If at the end of a loop or of the function whose only business is to say whether to leave
becomes one. An arm that leaves needs no ``else`` after it. ::

    for i in range(n) from s:                     for i in range(n):
        c = gt(s, x)                                  if s > x:
        s.2, stop = if c: yield s, True                   break
                    else: v = add(s, i)               s = s + i
                          yield v, False
        yield s.2, stop stop
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import gast

from srcad.emit.copies import written
from srcad.emit.expressions import name, negated
from srcad.emit.operators import STORE
from srcad.emit.printer import Remark
from srcad.trace.ir import Block, Comment, For, If, Lit, Var, While, blocks

if TYPE_CHECKING:
    from srcad.emit.tree import Tree

_LEAVE = (gast.Break, gast.Return, gast.Raise)
#: What is given to targets at the end of a block: they, and the atoms.
_Given = tuple[tuple, tuple]


def leaves(lines: list) -> bool:
    """Is the end of these lines never reached?"""
    last = next((line for line in reversed(lines) if not isinstance(line, Remark)), None)
    return isinstance(last, _LEAVE) or (isinstance(last, gast.If) and leaves(last.body) and leaves(last.orelse))


def branch(tree: Tree, stmt: If) -> list:
    """An If; one at the end of the function returns from its arms."""
    which = tree.plan.tails.get(id(stmt))

    def arm(block: Block) -> list:
        lines = tree.block(block)
        if which is None:
            other = stmt.orelse if block is stmt.then else stmt.then
            return lines + tree.copies(stmt.targets, block.yields) + tree.deletions(stmt.targets, block, other)
        return lines if leaves(lines) else [*lines, tree.result(block.yields[which])]

    return _if(tree, stmt, arm)


def _if(tree: Tree, stmt: If, write_arm) -> list:
    test = tree.write.atom(stmt.cond)
    arms = tree.bindings.either([partial(write_arm, arm) for arm in blocks(stmt)], leaves)
    # An arm of comments alone is an empty one.
    then, orelse = (lines if _has_code(lines) else [] for lines in arms)
    if not then and not orelse:
        return [gast.Expr(test)] if _must_evaluate(tree, stmt.cond) else []
    if not then or (_is_break(orelse) and not leaves(then)):
        test, then, orelse = negated(test), orelse, then
    rest: list = []
    if orelse and leaves(then):
        orelse, rest = [], orelse
    return [gast.If(test, then, orelse), *rest]


def _must_evaluate(tree: Tree, cond) -> bool:
    """Would something be lost if this condition were not written? It may have effects, or have no value."""
    if cond not in tree.plan.inline:
        return False
    reads: list[Var] = []
    tree.plan.leaves(cond, reads)
    return cond in tree.plan.effectful or not tree.names.doubtful.isdisjoint(reads)


def loop(tree: Tree, stmt: For | While) -> list:
    """A loop, after what it carries has been given its first values."""
    lines = tree.copies(stmt.carried, stmt.inits)
    if isinstance(stmt, For):
        iterables = _iterables(tree, stmt, lines)
    [body] = tree.bindings.either([lambda: _body(tree, stmt)], lambda _: True)
    if not isinstance(stmt, For):
        folded = id(stmt) in tree.plan.expressions
        test = tree.write.atom(stmt.test.yields[0]) if folded else gast.Constant(True, None)
        return [*lines, gast.While(test, body, [])]
    targets = [tree.pattern(s.target) for s in stmt.sources]
    if len(targets) == 1:
        return [*lines, gast.For(targets[0], iterables[0], body, [], None)]
    return [*lines, gast.For(gast.Tuple(targets, STORE), tree.write.call(zip, iterables), body, [], None)]


def _iterables(tree: Tree, stmt: For, lines: list) -> list:
    """What the header iterates over: before the copies in `lines` if these would change what it reads."""
    iterables = [tree.write.atom(s.iterable) for s in stmt.sources]
    if _changes(tree, lines, [s.iterable for s in stmt.sources]):
        for k, node in enumerate(iterables):
            iterables[k] = name(tree.names.another())
            lines.insert(k, gast.Assign([tree.store(iterables[k].id)], node, None))
    return iterables


def _body(tree: Tree, stmt: For | While) -> list:
    """The body of a loop, with what it carries to the next trip and how it is left."""
    lines: list = []
    if isinstance(stmt, For):
        for source in stmt.sources:
            tree.pattern(source.target)
    elif id(stmt) not in tree.plan.expressions:
        lines += tree.block(stmt.test)
        lines.append(gast.If(negated(tree.write.atom(stmt.test.yields[0])), [gast.Break()], []))
    lines += _ending(tree, stmt.body, [(stmt.carried, stmt.body.yields)], stmt.stop)
    if not _has_code(lines):
        lines.append(gast.Pass())
    return lines


def _ending(tree: Tree, block: Block, given: list[_Given], stop) -> list:
    """A block at whose end a loop may be left.

    The first of `given` are the block's own values; where the loop is left, the others are given too, which are those
    of the blocks around.
    """
    last = next((s for s in reversed(block.stmts) if not isinstance(s, Comment)), None)
    if not (isinstance(last, If) and id(last) in tree.plan.tails):
        return tree.block(block) + _leave_if(tree, stop, given)
    which = tree.plan.tails[id(last)]

    def arm(inner: Block) -> list:
        return _ending(tree, inner, [(last.targets, inner.yields), *given], inner.yields[which])

    lines = tree.block(block, but=last)
    exits = _if(tree, last, arm)
    tree.notes.attach(last, exits, tree)
    lines += exits
    return lines if leaves(lines) else lines + tree.copies(*given[0])


def _leave_if(tree: Tree, stop, given: list[_Given]) -> list:
    """Copies, then ``if stop: break``; the other way round if the copies change what `stop` is."""
    copies = tree.copies(*given[0])
    if stop is None or stop == Lit(False):
        return copies
    if stop == Lit(True):
        return [*copies, *_given(tree, given[1:]), gast.Break()]
    test = tree.write.atom(stop)
    [outer] = tree.bindings.either([lambda: _given(tree, given[1:])], lambda _: True)
    if _changes(tree, copies, [stop]):
        return [gast.If(test, [*copies, *outer, gast.Break()], []), *copies]
    return [*copies, gast.If(test, [*outer, gast.Break()], [])]


def _given(tree: Tree, given: list[_Given]) -> list:
    return [line for targets, atoms in given for line in tree.copies(targets, atoms)]


def _changes(tree: Tree, copies: list, atoms: list) -> bool:
    """Do these copies write to names that writing `atoms` after them would read?"""
    reads: list[Var] = []
    for atom in atoms:
        tree.plan.leaves(atom, reads)
    return not written(copies).isdisjoint(tree.names[v] for v in reads)


def _has_code(lines: list) -> bool:
    return not all(isinstance(line, Remark) for line in lines)


def _is_break(lines: list) -> bool:
    return len(lines) == 1 and isinstance(lines[0], gast.Break)
