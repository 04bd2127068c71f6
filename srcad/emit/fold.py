"""Which operations are written inside the one that uses them.

Enters: a Function and its survey. Leaves: a Plan. ::

    v1 = n - 1                                  for i in range(n - 1):
    v2 = range(v1)                                  x_bar[i, 1:3] += g
    for i in v2: ...

The idea: a value used once, in the block that makes it, may be written where it is used, if nothing that comes in
between writes to memory that it reads. Each block is read once; a value that is *pending* remembers how many writes
had happened when it was made. In the textbook form (``fold=False``) only what has no line of its own is folded:
indices, the iterables of loops, the parts of f-strings, the tuple that is returned, factors that the derivative of
one operation is made of.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass

from srcad import runtime
from srcad.emit.cost import Cost, Costs, guess_width
from srcad.emit.patterns import Patterns
from srcad.emit.plan import Plan, stem, user_named
from srcad.emit.survey import BUFFER_ADDS, SLICES, Survey, key, slice_parts
from srcad.trace import intrinsics as ops
from srcad.trace.ir import UNDEF, Apply, Block, Comment, For, Function, If, Lit, Star, Var, While, blocks
from srcad.trace.kinds import Array
from srcad.trace.purity import ANY, IN_PLACE, READ, VALUE, WRITE, Effect, effect

#: Longest line that folding makes, and how much may be on it.
LINE = 88
OPERATIONS = 12
DEPTH = 6
#: Longest expression that is moved to the end of a block to save a copy.
SHORT = 36

_DISPLAYS = frozenset({ops.build_tuple, ops.build_list, ops.new_list, ops.build_dict, ops.build_set})
_ITERABLES = frozenset({range, zip, enumerate, reversed, ops.rewind, dict.items, dict.keys, dict.values})
_INDICES = frozenset({ops.build_tuple}) | SLICES
#: What these are given in first place must have a name.
_NAMED_FIRST = IN_PLACE | BUFFER_ADDS | {
    operator.setitem, ops.leave_item, ops.add_at, ops.scatter_at, operator.delitem, ops.push, ops.take, ops.cursor, setattr,
    list.append, list.pop, runtime.add_items, runtime.add_to_item}
_STATEMENTS = IN_PLACE | BUFFER_ADDS | {
    operator.setitem, operator.delitem, ops.leave_item, ops.add_at, ops.scatter_at, setattr, delattr, ops.push, ops.raise_,
    ops.new_tape, list.append, list.pop, runtime.add_items, runtime.add_to_item,
    ops.cursor, ops.unpack,
}
#: What uses a value at the end of a block, besides a `while` its test.
_RETURN, _BREAK, _ARM = "return", "break", "arm"


@dataclass(slots=True)
class _Pending:
    """A value that has been made and not yet used."""

    stmt: Apply | If
    cost: Cost
    effect: Effect
    index: int
    writes: int
    barriers: int


class _Scope:
    """One block while it is read."""

    def __init__(self, level: int):
        self.level = level
        self.pending: dict[Var, _Pending] = {}
        self.index = self.writes = self.barriers = 0

    def offer(self, target: Var, stmt: Apply | If, cost: Cost, found: Effect) -> None:
        self.pending[target] = _Pending(stmt, cost, found, self.index, self.writes, self.barriers)

    def after(self, found: Effect) -> None:
        if found >= WRITE:
            self.writes += 1
            self.barriers += found == ANY


def plan(fn: Function, found: Survey, fold: bool, effects: dict[int, Effect]) -> Plan:
    """Decide how to write `fn`. `effects` caches the effects of called Traces."""
    result = Plan(fn, found)
    folder = _Folder(result, fold, effects)
    folder.block(fn.body, 1, _RETURN, fn.result)
    return result


class _Folder:
    def __init__(self, result: Plan, fold: bool, effects: dict[int, Effect]):
        self.plan = result
        self.survey = result.survey
        self.fold = fold
        self.effects = effects
        self.costs = Costs(result)
        self.patterns = Patterns(result)

    # --- one block ---------------------------------------------------------------------------------------------------

    def block(self, block: Block, level: int, consumer: object = None, atom: object = None,
              quiet: bool = True) -> Effect:
        """Plan a block; the greatest effect of its statements.

        `consumer` is what uses `atom` at the block's end. It is `quiet` if `atom` is there for this only: where it
        tells whether to leave, nobody need give it a name.
        """
        scope = _Scope(level)
        greatest = VALUE
        last = next((s for s in reversed(block.stmts) if not isinstance(s, Comment)), None)
        for index, stmt in enumerate(block.stmts):
            if id(stmt) in self.plan.hidden:
                continue
            scope.index = index
            match stmt:
                case Apply():
                    self.patterns.assignment(stmt, block.stmts, index, LINE - 4 * level)
                    found = self.apply(stmt, scope)
                case If():
                    ends = stmt is last and consumer in (_RETURN, _BREAK)
                    which = self.position(atom, stmt) if ends else None
                    found = self.branch(stmt, scope, consumer if which is not None else None, which, quiet)
                case For() | While():
                    found = self.loop(stmt, scope)
                case _:
                    continue
            scope.after(found)
            greatest = max(greatest, found)
        scope.index = len(block.stmts)
        # A flag that is also given to a variable would be evaluated twice.
        if consumer is not None and (consumer != _BREAK or quiet):
            self.take(scope, (atom,), None, LINE - 4 * level - 7, consumer)
        if self.fold and (consumer is None or consumer == _BREAK):
            self.note_movable(block, scope)
        return greatest

    def note_movable(self, block: Block, scope: _Scope) -> None:
        """Note which of the values that a block hands on could be made at its end."""
        for value in block.yields:
            found = scope.pending.get(value) if isinstance(value, Var) else None
            if (found is not None and found.cost.width <= SHORT and self.survey.uses[value] == 1
                    and found.effect < WRITE and self.is_in_order(found, scope, None, first=False)):
                self.plan.movable[value] = found.stmt

    def position(self, atom, stmt: If) -> int | None:
        """Which target of `stmt` this is."""
        return stmt.targets.index(atom) if isinstance(atom, Var) and atom in stmt.targets else None

    def apply(self, stmt: Apply, scope: _Scope) -> Effect:
        target, fn = stmt.target, key(stmt.fn)
        times = self.survey.uses.get(target, 0)
        own = effect(stmt, self.effects)
        if (fn in _INDICES or fn is range) and times and not user_named(target) and self.is_index_or_range(stmt, times, own):
            self.inline(target, stmt)
            return VALUE
        operands = (stmt.args[1:] if fn in _NAMED_FIRST else stmt.args) + tuple(a for _, a in stmt.kwargs)
        room = LINE - 4 * scope.level - (guess_width(target) + 3 if times else 0)
        found = max(own, self.take(scope, self.through_indices(operands), stmt, room, stmt))
        if fn in IN_PLACE and not times and isinstance(stmt.args[0], Var) and isinstance(stmt.args[0].kind, Array):
            self.plan.silent.add(target)
        if fn in IN_PLACE or fn in BUFFER_ADDS or id(stmt) in self.plan.tuples:
            return found
        if user_named(target):
            if self.fold and times == 1 and fn not in _STATEMENTS:
                scope.offer(target, stmt, self.costs.apply(stmt), found)
        elif times == 0 and own >= WRITE:
            self.plan.silent.add(target)
        elif times <= 2 and fn not in _STATEMENTS:
            scope.offer(target, stmt, self.costs.apply(stmt) if self.fold else Cost(0), found)
        return found

    def is_index_or_range(self, stmt: Apply, times: int, own: Effect) -> bool:
        """Is this written in every place that uses it, however many: inside brackets, as the range of a loop?"""
        fn, target = key(stmt.fn), stmt.target
        if fn in _INDICES and (fn not in SLICES or slice_parts(stmt) is not None):
            return times == self.survey.index_uses.get(target, 0)
        return fn is range and own == VALUE and times == self.survey.loop_uses.get(target, 0)

    def loop(self, stmt: For | While, scope: _Scope) -> Effect:
        level = scope.level
        if isinstance(stmt, For):
            operands = self.through_indices(tuple(s.iterable for s in stmt.sources))
            found = self.take(scope, operands, None, LINE - 4 * level - 16, stmt)
            self.patterns.loop(stmt)
        else:
            cond = stmt.test.yields[0]
            found = self.block(stmt.test, level, stmt, cond)
            if self.is_expression(stmt.test):
                self.plan.expressions.add(id(stmt))
            else:
                self.restore(cond)
        return max(found, self.block(stmt.body, level + 1, _BREAK if stmt.stop is not None else None, stmt.stop))

    def branch(self, stmt: If, scope: _Scope, consumer, which: int | None, quiet: bool) -> Effect:
        """Plan an If. Its target number `which` is what the function returns, or the loop tests, right after it."""
        quiet = quiet and which is not None and self.survey.uses[stmt.targets[which]] == 1
        wish = self.fold and consumer != _BREAK and _may_be_expression(stmt)
        twice = wish and _is_and_or(stmt) and self.survey.uses.get(self.survey.resolve(stmt.cond)) == 2
        found = self.take(scope, (stmt.cond,), None, LINE - 4 * scope.level - 4, stmt, 2 if twice else 1)
        if wish and consumer is None:
            consumer = _ARM
        for arm in blocks(stmt):
            atom = None if consumer is None else arm.yields[which or 0]
            found = max(found, self.block(arm, scope.level + 1, consumer, atom, quiet))
        if wish and self.is_short_expression(stmt, found, scope):
            self.plan.expressions.add(id(stmt))
            if self.survey.uses.get(stmt.targets[0], 0) == 1 and (quiet or not user_named(stmt.targets[0])):
                scope.offer(stmt.targets[0], stmt, self.costs.conditional(stmt), found)
            return found
        if twice:
            self.restore(stmt.cond)
        if consumer == _ARM:
            for arm in blocks(stmt):
                self.restore(arm.yields[0])
        elif which is not None:
            self.plan.tails[id(stmt)] = which
            if quiet:
                self.plan.silent.add(stmt.targets[which])
        return found

    def is_short_expression(self, stmt: If, found: Effect, scope: _Scope) -> bool:
        if found >= WRITE or not all(self.is_expression(arm) for arm in blocks(stmt)):
            return False
        return _fits(self.costs.conditional(stmt), LINE - 4 * scope.level - guess_width(stmt.targets[0]) - 3)

    def is_expression(self, block: Block) -> bool:
        """Is all of this block inside what it yields?"""
        return all(id(s) in self.plan.hidden for s in block.stmts)

    # --- folding -----------------------------------------------------------------------------------------------------

    def inline(self, var: Var, stmt: Apply | If) -> None:
        self.plan.inline[var] = stmt
        self.plan.hidden.add(id(stmt))

    def restore(self, atom) -> None:
        """Let a value have a statement of its own after all."""
        stmt = self.plan.inline.pop(atom, None) if isinstance(atom, Var) else None
        if stmt is not None:
            self.plan.hidden.discard(id(stmt))

    def through_indices(self, operands: tuple) -> tuple:
        """The operands, with the parts of indices in place of the indices."""
        if not any(isinstance(a, Var) and a in self.plan.inline for a in operands):
            return operands
        out: list = []
        for atom in operands:
            stmt = self.plan.inline.get(atom) if isinstance(atom, Var) else None
            if isinstance(stmt, Apply):
                out.extend(self.through_indices(stmt.args))
            else:
                out.append(atom)
        return tuple(out)

    def take(self, scope: _Scope, operands: tuple, around: Apply | None, room: int, consumer, uses: int = 1) -> Effect:
        """Fold those operands of a statement that may be and fit; the greatest effect among them.

        The line is the operation `around` them, if there is one.
        """
        candidates: list[_Pending] = []
        for atom in operands:
            if isinstance(atom, Star):
                atom = atom.atom
            found = scope.pending.get(atom) if isinstance(atom, Var) else None
            if (found is not None and self.survey.uses[atom] <= uses and self.is_wanted(found.stmt, consumer)
                    and self.is_in_order(found, scope, consumer, first=not candidates)):
                candidates.append(found)
        if not candidates:
            return VALUE
        greatest = VALUE
        total = self.costs.apply(around) if self.fold and around is not None else Cost(0)
        for found in sorted(candidates, key=lambda c: c.cost.width):
            target = found.stmt.target if isinstance(found.stmt, Apply) else found.stmt.targets[0]
            after = Cost(total.width - guess_width(target) + found.cost.width, total.precedence,
                         total.operations + found.cost.operations, max(total.depth, found.cost.depth + 1))
            if self.fold and not _fits(after, room):
                break
            total = after
            self.inline(target, found.stmt)
            self.costs.known[target] = found.cost
            del scope.pending[target]
            greatest = max(greatest, found.effect)
            if found.effect >= WRITE:
                self.plan.effectful.add(target)
        return greatest

    def is_wanted(self, stmt: Apply | If, consumer) -> bool:
        """The user's own words stay; in the textbook form only what has no line of its own is written elsewhere."""
        if isinstance(stmt, If):
            return self.fold
        if user_named(stmt.target):
            return False
        if self.fold or isinstance(consumer, While):
            return True
        fn = key(stmt.fn)
        if isinstance(consumer, For):
            return fn in _ITERABLES
        if consumer == _RETURN:
            return fn in _DISPLAYS
        if not isinstance(consumer, Apply):
            return False
        if stmt.origin is not None and stmt.origin is consumer.origin and stmt.target.of is None:
            return True
        outer = key(consumer.fn)
        if outer in _ITERABLES or outer in _DISPLAYS:
            return fn in _ITERABLES and outer in _ITERABLES
        return (fn is ops.format_value or (outer is ops.format_value and fn is ops.build_string)
                or (outer is ops.raise_ and isinstance(fn, type)))

    def is_in_order(self, found: _Pending, scope: _Scope, consumer, first: bool) -> bool:
        """May this be evaluated where it is used rather than where it was made?"""
        if found.effect == VALUE:
            return found.barriers == scope.barriers
        if found.effect == READ:
            return found.writes == scope.writes
        if isinstance(consumer, Apply) and (key(consumer.fn) in _STATEMENTS or consumer.fn is operator.contains):
            return consumer.fn is ops.raise_ and first and found.index == scope.index - 1
        return first and found.index == scope.index - 1


def _fits(cost: Cost, room: int) -> bool:
    return cost.width <= room and cost.operations <= OPERATIONS and cost.depth <= DEPTH


def _may_be_expression(stmt: If) -> bool:
    """Is this of the form ``target = a if cond else b``? An arm that leaves the target as it was is better left out."""
    if len(stmt.targets) != 1:
        return False
    for arm in blocks(stmt):
        value = arm.yields[0]
        if value == Lit(UNDEF) or not all(isinstance(s, Apply | If) for s in arm.stmts):
            return False
        if not arm.stmts and isinstance(value, Var) and _same_name(value, stmt.targets[0]):
            return False
    return True


def _same_name(a: Var, b: Var) -> bool:
    (root, suffix), (other, other_suffix) = stem(a), stem(b)
    return suffix == other_suffix and root.hint == other.hint and (root is other or bool(root.hint))


def _is_and_or(stmt: If) -> bool:
    """Is this ``cond and x`` or ``cond or x``?"""
    return isinstance(stmt.cond, Var) and (
        (stmt.orelse.yields == (stmt.cond,) and not stmt.orelse.stmts)
        or (stmt.then.yields == (stmt.cond,) and not stmt.then.stmts))
