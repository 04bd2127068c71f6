"""Reverse mode: a forward sweep that is the primal, then its statements' adjoints in reverse order.

A block is walked from its end. Each statement's adjoint is written into the reverse sweep in terms of the primal's own
Vars; what those are in a loop's reverse body is known only then, and `record` makes the forward sweep keep exactly that.
The adjoint of a Var is an atom (`bars`); a second contribution makes a new version of it.
"""

from __future__ import annotations

import operator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from srcad import runtime
from srcad.analysis.activity import active, varied
from srcad.analysis.aliasing import is_write
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.mixed import mixed
from srcad.analysis.scratch import written_by
from srcad.differentiate import common, recursion, squares
from srcad.differentiate.algebra import DerivativeBuilder
from srcad.differentiate.bars import Bars, Parts
from srcad.differentiate.boundary import prepare
from srcad.differentiate.checkpoints import WORDS, CheckpointedReversal, is_checkpointed
from srcad.differentiate.common import no_rule, still_items, still_of
from srcad.differentiate.draws import generators_in
from srcad.differentiate.fusion import reverse_independent
from srcad.differentiate.held import read_parts
from srcad.differentiate.loops import reverse_loop
from srcad.differentiate.masks import Masks
from srcad.differentiate.memory import Memory
from srcad.differentiate.record import export, fill_exports, make_again, read_from_outside
from srcad.differentiate.splice import run_adjoint, run_partials
from srcad.errors import UnsupportedError
from srcad.rules.registry import find_rule
from srcad.specialise.program import Program, Specialised
from srcad.specialise.specialiser import Specialiser
from srcad.specialise.values import Pack
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Comment, For, Function, If, Lit, Var, While, copy_block, outputs, walk
from srcad.trace.kinds import (
    NONE,
    Array,
    DictOf,
    ListOf,
    Saved,
    Scalar,
    Struct,
    TupleOf,
    Unknown,
    dtype_of,
    has_attributes,
    is_complex,
    is_container,
    is_differentiable,
    tangent_kind,
)


@dataclass(eq=False)
class Frame:
    """A block that is being reversed: an arm or the function's body, a "loop"'s trip, or a "trip" reversed at once."""

    what: str
    stmts: list = field(default_factory=list)
    at: object = None

    def place(self) -> int:
        return next(k for k, s in enumerate(self.stmts) if s is self.at)

    def before(self) -> list:
        return self.stmts[:self.place()]

    def rest(self, innermost: bool) -> list:
        """What runs from the statement at hand on; what runs after it in a loop's trip comes before it in the next one."""
        return self.stmts if self.what == "loop" else self.stmts[self.place() + (not innermost):]


@dataclass(eq=False)
class Level:
    """The function, or a trip that is reversed at once: the classes that it uses for itself, how many loops inside it are
    around the statement at hand, and what had been emitted when the outermost of them began."""

    scratch: set | None
    depth: int = 0
    loop_start: int = 0


class Adjoint:
    """Writes the adjoint of one function.

    Parameters
    ----------
    inputs : tuple of int
        Positions of the parameters that are differentiated.
    split : bool
        Will the forward and the reverse sweep be two functions?
    textbook : bool
        Give every adjoint a name of its own, however trivial.
    restored : set of int or None
        The classes of memory whose old values the reverse sweep puts back; None: all.
    reference : Reference or None
        How the function is given memory, if by reference (`recursion`).
    still : tuple
        For each input that is a tuple, which of its items do not vary (`activity.Still`).
    """

    def __init__(self, program: Program, info: Specialised, hidden_info: Specialised, inputs: tuple, *, split: bool,
                 textbook: bool, suffix: str = "_bar", restored: set | None = None, reference=None, still: tuple = ()) -> None:
        self.program, self.suffix, self.split = program, suffix, split
        self.reference, self.original = reference, info.function
        mapping: dict = {}
        self.params = [common.copy_param(p, mapping) for p in info.function.params]
        self.primal = Function(info.function.name, self.params, copy_block(info.function.body, mapping))
        fill_exports(self.primal.body)
        hidden_info.hidden = {key: mapping.setdefault(var, var) for key, var in info.hidden.items()}
        self.hidden_vars = list(hidden_info.hidden.values())
        self.inputs = [self.params[k].var for k in inputs]
        boundary = prepare(program, hidden_info, self.primal, always=split, restored=restored, reference=reference)
        self.boundary = boundary
        aliases = None if boundary is None else boundary.aliases
        left = () if reference is None else [self.params[k].var for k in sorted(reference.arrays)]
        self.still = still_of(program, self.inputs, still)
        moving = varied(self.primal, set(self.inputs), aliases, self.still)
        self.active = active(self.primal, moving, aliases, left)
        parts = read_parts(self.primal)
        self.b = DerivativeBuilder()
        self.b.mixed = mixed(self.primal)
        for stmt in walk(self.primal.body):
            if isinstance(stmt, Apply):
                self.b.definitions[stmt.target] = stmt
        self.s = Specialiser(program, hidden_info, self.b)
        self.bars = Bars(self.b, self.active, suffix, textbook, parts)
        self.masks = Masks(self.b, self.bars, self.primal, self.active)
        self.frames: list[Frame] = []     # the blocks around the statement at hand
        self.levels = [Level(None)]
        self.ahead: list = []             # forward statements to come before the loop of the function's body at hand
        self.written: dict[int, set[int]] = {}        # id of a statement → the classes that it writes to
        self.counted: dict = {}                       # counter after its loop → its init, what the reverse loop has then
        self.seeds: set[Var] = set()                  # adjoints that are parameters
        self.memory = None
        if aliases is not None:
            self.b.emitted = []
            self.memory = Memory(self, aliases, moving, restored)

    def sweep(self) -> list:
        """Write the adjoint of the whole body; the forward statements."""
        if self.memory is None:
            return self.block(self.primal.body.stmts)
        statements = self.block(self.primal.body.stmts)
        return [*self.boundary.enter, *self.memory.parameters(), *statements, *self.boundary.leave]

    # --- where we are -------------------------------------------------------------------------------------------------

    @property
    def depth(self) -> int:
        """How many loops are around the statement at hand."""
        return self.levels[0].depth

    @contextmanager
    def trip(self, at_once: bool, scratch: set):
        """Go into a loop, whose trips use some classes of memory for themselves if they are reversed `at_once`."""
        for level in self.levels:
            if not level.depth:
                level.loop_start = len(self.b.emitted or ())
            level.depth += 1
        if at_once:
            self.levels.append(Level(scratch))
        try:
            yield Frame("trip" if at_once else "loop")
        finally:
            if at_once:
                self.levels.pop()
            for level in self.levels:
                level.depth -= 1

    def loop_start(self, number: int) -> int:
        """What had been emitted when the outermost loop began in which a write to memory of this class is undone."""
        level = next(level for level in reversed(self.levels) if level.scratch is None or number in level.scratch)
        return level.loop_start if level.depth else len(self.b.emitted or ())

    def at_top(self) -> bool:
        """Is the statement at hand one of the function's body itself?"""
        return len(self.frames) == 1

    def available(self) -> set[Var]:
        """The Vars that the function's body has before the statement at hand."""
        found = {p.var for p in self.params} | set(self.s.info.hidden.values()) | self.seeds
        for stmt in self.frames[0].before():
            found.update(outputs(stmt))
        return found

    def is_settled(self, number: int) -> bool:
        """Will memory of this class be, when the statement at hand is reversed, as that finds it?"""
        for k, frame in enumerate(reversed(self.frames)):
            if any(number in self.writes(s) for s in frame.rest(innermost=k == 0)):
                return False
            if frame.what == "trip":
                return True
        return True

    def writes(self, stmt) -> set[int]:
        """The classes of memory that a statement writes to."""
        if id(stmt) not in self.written:
            self.written[id(stmt)] = written_by(stmt, self.memory.aliases)
        return self.written[id(stmt)]

    # --- blocks -------------------------------------------------------------------------------------------------------

    def block(self, stmts: list, frame: Frame | None = None) -> list:
        """Write the adjoints of statements, last first; the forward statements, with what they must record."""
        forward: list = []
        frame = frame if frame is not None else Frame("arm")
        frame.stmts = stmts
        self.frames.append(frame)
        for stmt in reversed(stmts):
            frame.at = stmt
            match stmt:
                case Comment():
                    pass
                case Apply():
                    forward.append(self.apply(stmt))
                case If():
                    forward.append(self.branch(stmt))
                case For() | While():
                    forward.append(self.loop(stmt))
        self.frames.pop()
        return [s for group in reversed(forward) for s in group]

    # --- operations ---------------------------------------------------------------------------------------------------

    def apply(self, stmt: Apply) -> list:
        fn, target = stmt.fn, stmt.target
        if self.memory is not None and fn is intrinsics.push and stmt.args[0] in self.memory.lists.holders:
            return self.memory.lists.push(stmt)
        if fn is intrinsics.push:
            return [stmt]                       # its adjoint is read by the loop around it
        if fn is intrinsics.new_tape:
            return [stmt] if self.memory is None or target not in self.memory.lists.holders else self.held(stmt)
        if isinstance(fn, Function):
            forward = recursion.call(self, stmt)
            if forward is not None:
                return forward
        if self.memory is not None:
            if is_write(stmt) and self.memory.aliases.number(stmt.args[0]) is not None:
                return self.memory.write(stmt)
            if target in self.memory.windows:
                return [stmt]
            if target in self.memory.shadows:
                return self.memory.define(stmt)
            if target in self.memory.lists.holders:
                return self.held(stmt)
        if target not in self.active or target not in self.bars.of:
            return [stmt]
        origin = stmt if stmt.origin is None else stmt.origin
        self.bars.start()
        with self.b.placed(stmt.loc, origin):
            if isinstance(fn, Function):
                return self.call(stmt)
            self.reverse(stmt)
        return [stmt]

    def held(self, stmt: Apply) -> list:
        """An operation that gives a tuple or the like of what is written to: the rest of it is values."""
        held = self.memory.lists.hold(stmt)
        if stmt.target in self.bars.of and stmt.fn is not intrinsics.new_tape:
            self.bars.start()
            with self.b.placed(stmt.loc, stmt if stmt.origin is None else stmt.origin):
                self.reverse(stmt)
        return [stmt, *held]

    def reverse(self, stmt: Apply) -> None:
        """The adjoint of one operation."""
        fn, args, target = stmt.fn, stmt.args, stmt.target
        bar = self.bars.get(target)
        if fn in (intrinsics.build_tuple, intrinsics.build_list, intrinsics.new_list):
            for k, a in enumerate(args):
                self.bars.contribute(a, self.bars.component(bar, k, kind_of_atom(a)))
            return
        if fn is intrinsics.build_dict:
            for key, a in zip(args[::2], args[1::2]):
                self.bars.contribute(a, self.bars.component(bar, key.value, kind_of_atom(a)))
            return
        if fn is operator.getitem:
            self.reverse_getitem(stmt, bar)
            return
        if fn is runtime.make_like:
            keys = stmt.kwargs if isinstance(target.kind, Struct) else [(k, a) for k, (_, a) in enumerate(stmt.kwargs)]
            for key, a in keys:
                self.bars.contribute(a, self.bars.component(bar, key, kind_of_atom(a)))
            return
        if fn is getattr and has_attributes(kind_of_atom(args[0])):
            self.bars.contribute_item(args[0], args[1], bar)
            return
        if fn is intrinsics.unpack:
            self.reverse_unpack(stmt, bar)
            return
        rule = None if isinstance(fn, Function) else find_rule(fn)
        if rule is not None and rule.apart and isinstance(bar, Parts):
            bar = self.bars.items_or_zero(bar, target.kind)
        else:
            bar = self.bars.materialised(target)
        if fn in (intrinsics.index_add, intrinsics.scatter_add, runtime.add_item):
            buffer, index, value = args
            self.bars.contribute(value, self.b.apply(operator.getitem, bar, index,
                                                kind=tangent_kind(kind_of_atom(value))))
            self.bars.contribute(buffer, bar)
            return
        if fn in (intrinsics.copy_value, intrinsics.rewind):
            self.bars.contribute(args[0], bar)
            return
        if fn is getattr:
            self.reverse_getattr(stmt, bar)
            return
        if fn in (list, tuple):
            source = kind_of_atom(args[0])
            self.bars.contribute(args[0], self.b.apply(np.array, bar) if isinstance(source, Array) else
                            self.b.apply(tuple if isinstance(source, TupleOf) else list, bar, kind=tangent_kind(source)))
            return
        if fn in (operator.add, operator.mul) and is_container(target.kind):
            self.reverse_concatenation(stmt, bar)
            return
        if fn is sum:
            self.reverse_sum(stmt, bar)
            return
        self.masks.start(stmt)
        rule = find_rule(fn)
        if rule is None:
            raise no_rule(fn, stmt)
        if rule.kind == "elementwise":
            self.reverse_elementwise(rule, stmt, bar)
        elif rule.kind == "zero":
            return
        elif rule.adjoint is None:
            raise no_rule(fn, stmt, "reverse")
        else:
            for operand, g in run_adjoint(self.s, rule.adjoint, fn, target, bar, args, stmt.kwargs,
                                          lambda atom: atom in self.active):
                self.contribute_operand(operand, g, bar)

    def contribute_operand(self, operand, g, bar) -> None:
        """Add a rule's result to the adjoints of an operand, or of each of several."""
        if isinstance(operand, Pack):
            for k, item in enumerate(operand.items):
                part = g.items[k] if isinstance(g, Pack) else self.b.apply(
                    operator.getitem, self.s.atom(g), Lit(k), kind=tangent_kind(kind_of_atom(item)))
                self.contribute_operand(item, part, bar)
            return
        if isinstance(g, Pack):
            if isinstance(operand, Var) and is_container(operand.kind):
                parts = Parts()
                keys = operand.kind.keys if isinstance(operand.kind, DictOf) else range(len(g.items))
                for k, item in zip(keys, g.items):
                    parts.items[k] = self.s.atom(item)
                self.bars.contribute(operand, parts)
                return
            g = self.s.atom(g)
        g = self.s.atom(g)
        if isinstance(g, Var) and isinstance(g.kind, Unknown) and isinstance(kind_of_atom(operand), ListOf) and all(
                map(is_differentiable, operand.kind.items or ())):      # rules give numbers for integers too
            g.kind = tangent_kind(operand.kind)
        fresh = isinstance(g, Var) and g is not bar and common.is_fresh(self.b, g)
        made = self.b.definition(g) if fresh else None
        if made is not None and made.fn is operator.matmul and isinstance(g.kind, Array) and isinstance(operand.kind, Array) and (
                g.kind.ndim == operand.kind.ndim == 2):
            g.kind = Array(g.kind.dtype, operand.kind.dims)          # which the rule's sizes say only if they are known to agree
        self.bars.contribute(operand, g, fresh)

    def reverse_elementwise(self, rule, stmt: Apply, bar) -> None:
        """x̄ᵢ += ȳ · ∂f/∂xᵢ, summed over the axes that broadcasting stretched."""
        body = squares.partials_of(rule, stmt, self.b.definition, lambda operand: operand in self.active)
        operands, partials = run_partials(self.s, body, stmt.fn, stmt.target, stmt.args, stmt.kwargs,
                                          lambda operand: operand in self.active)
        for operand, partial in zip(operands, partials):
            if partial is None or not isinstance(operand, Var) or operand not in self.active:
                continue
            g = common.like_number(self.b, common.product(self.b, bar, partial), operand)
            g = self.masks.leave(stmt, operand, g)
            alone = not stmt.kwargs and all(a is operand or isinstance(kind_of_atom(a), Scalar) for a in stmt.args)
            g = self.unbroadcast(g, operand, stmt.target, alone)
            self.bars.contribute(operand, g, g is not bar and common.is_fresh(self.b, g))

    def unbroadcast(self, g, operand: Var, result: Var, alone: bool = False):
        """Sum `g` over the axes that broadcasting added to or stretched in `operand`; none, if all others are numbers."""
        kind = operand.kind
        if isinstance(result.kind, Scalar):
            return g
        if isinstance(kind, Scalar):
            if isinstance(result.kind, Array) and isinstance(kind_of_atom(g), Array) and common.same_axes(
                    kind_of_atom(g), result.kind):
                return self.b.apply(np.sum, g)
            return self.b.apply(runtime.unbroadcast, self.full(g, result), operand, kind=kind)
        if isinstance(kind, Array) and (alone and common.same_rank(kind, result.kind) or common.operand_keeps_shape(
                kind, result.kind)):
            return self.full(g, operand) if not isinstance(kind_of_atom(g), Array) else g
        return self.b.apply(runtime.unbroadcast, self.full(g, result), operand, kind=tangent_kind(kind))

    def full(self, g, like: Var):
        """`g` in the shape of `like` if it may be smaller (a partial can be a constant)."""
        if isinstance(kind_of_atom(g), Array) and (common.same_axes(kind_of_atom(g), like.kind) or
                                                   common.operand_keeps_shape(kind_of_atom(g), like.kind)):
            return g
        if isinstance(like.kind, Scalar):
            return g
        return self.b.apply(runtime.broadcast_like, g, like, kind=tangent_kind(like.kind))

    # --- structure ----------------------------------------------------------------------------------------------------

    def reverse_getitem(self, stmt: Apply, bar) -> None:
        container, index = stmt.args
        kind = kind_of_atom(container)
        if isinstance(kind, TupleOf | ListOf) and not isinstance(index, Lit) and not isinstance(
                kind_of_atom(index), Scalar):
            if container in self.bars.shadows:
                self.bars.contribute_item(container, index, self.bars.atom_of(bar, stmt.target.kind, stmt.target))
                return
            known = self.bars.bar_or_zeros(container)
            piece = self.bars.atom_of(bar, stmt.target.kind, stmt.target)
            total = self.b.apply(runtime.add_slice, known, index, piece, target=self.bars.new_bar(container),
                                 kind=tangent_kind(kind))
            self.bars.of[container] = total
            return
        if isinstance(kind, Saved) or (is_container(kind) and not isinstance(stmt.target.kind, ListOf)):
            self.bars.contribute_item(container, index, bar)
            return
        self.bars.contribute_item(container, index, self.bars.atom_of(bar, stmt.target.kind, stmt.target))

    def reverse_unpack(self, stmt: Apply, bar) -> None:
        container, count, star = stmt.args
        kind, (n, at) = kind_of_atom(container), (count.value, star.value)
        for k in range(n):
            part = self.bars.component(bar, k, stmt.target.kind.items[k])
            if part is None:
                continue
            if k == at:
                index = self.b.apply(intrinsics.build_slice, Lit(k), Lit(k - n + 1) if k < n - 1 else Lit(None), Lit(None))
                if isinstance(kind, Array):
                    self.bars.contribute_item(container, index, self.b.apply(np.array, self.bars.atom_of(part, None)))
                else:
                    known = self.bars.bar_or_zeros(container)
                    self.bars.of[container] = self.b.apply(
                        runtime.add_slice, known, index, self.bars.atom_of(part, stmt.target.kind.items[k]),
                        target=self.bars.new_bar(container), kind=tangent_kind(kind))
                continue
            self.bars.contribute_item(container, Lit(k if at < 0 or k < at else k - n), part)

    def reverse_getattr(self, stmt: Apply, bar) -> None:
        x, name = stmt.args[0], stmt.args[1].value
        match name:
            case "T":
                if isinstance(kind_of_atom(bar), Array):
                    g = self.b.apply(getattr, bar, Lit("T"))
                else:
                    g = bar if isinstance(kind_of_atom(x), Scalar) else self.b.apply(np.transpose, bar)
            case "mT":
                g = self.b.apply(np.swapaxes, bar, Lit(-1), Lit(-2))
            case "real":
                g = bar
            case "imag":
                if dtype_of(kind_of_atom(x)) is not None and not is_complex(kind_of_atom(x)):
                    return
                g = self.b.apply(operator.mul, Lit(-1j), bar)
                if dtype_of(kind_of_atom(x)) is None:
                    g = self.b.apply(runtime.match_kind, g, x, kind=tangent_kind(kind_of_atom(x)))
            case "flat":
                g = self.b.apply(np.reshape, bar, self.b.apply(getattr, x, Lit("shape")))
            case _:
                raise no_rule(getattr, stmt)
        if name == "real" and is_complex(kind_of_atom(x)):
            g = self.b.apply(operator.add, g, Lit(0j))
        self.bars.contribute(x, g)

    def reverse_concatenation(self, stmt: Apply, bar) -> None:
        if stmt.fn is operator.mul:
            for atom in stmt.args:
                if isinstance(atom, Var) and atom in self.active and is_container(atom.kind):
                    self.bars.contribute(atom, self.b.apply(runtime.fold_repeats, bar, atom, kind=tangent_kind(atom.kind)))
            return
        first, second = stmt.args
        length = self.b.apply(len, first)
        for atom, lo, hi in ((first, Lit(None), length), (second, length, Lit(None))):
            if isinstance(atom, Var) and atom in self.active:
                index = self.b.apply(intrinsics.build_slice, lo, hi, Lit(None))
                self.bars.contribute(atom, self.b.apply(operator.getitem, bar, index, kind=tangent_kind(atom.kind)))

    def reverse_sum(self, stmt: Apply, bar) -> None:
        items = stmt.args[0]
        start = stmt.args[1] if len(stmt.args) > 1 else dict(stmt.kwargs).get("start")
        if isinstance(items, Var) and items in self.active:
            self.bars.contribute(items, self.b.apply(runtime.spread_sum, bar, items, kind=tangent_kind(items.kind)))
        if isinstance(start, Var) and start in self.active:
            self.bars.contribute(start, self.b.apply(runtime.unbroadcast, bar, start, kind=tangent_kind(start.kind)))

    # --- branches -----------------------------------------------------------------------------------------------------

    def branch(self, stmt: If) -> list:
        """Reverse the arm that was taken; adjoints that either arm changes are merged."""
        bars = self.bars
        targets = [(t, k, bars.materialised(t)) for k, t in enumerate(stmt.targets) if t in self.active and t in bars.of]
        outside = [v for v in read_from_outside(stmt) if v in self.active and not bars.in_memory(v)]
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
            with self.b.inside(Block()) as arm:
                for _, k, bar in targets:
                    bars.contribute(source.yields[k], self.fit_merge(bar, source.yields[k]))
                forwards.append(Block(self.block(source.stmts), source.yields))
            arms.append(arm)
            states.append(bars.state())
        touched = [v for v in outside if any(state[0].get(v) is not before[0].get(v) for state in states)]
        new = [bars.new_bar(v) for v in touched]
        owned = set(new)
        for arm, state in zip(arms, states):
            bars.restore(state)
            with self.b.inside(arm):
                atoms = [bars.bar_or_zeros(v) for v in touched]
            owned -= {n for n, atom in zip(new, atoms) if atom not in bars.owned}
            arm.yields = tuple(atoms)
        bars.restore(before)
        bars.crossing, bars.formula = crossing, formula
        bars.of.update(zip(touched, new))
        bars.owned |= owned
        forward_targets = stmt.targets
        if self.memory is not None:
            self.b.kept.update(a for arm in arms for a in arm.yields)
            moved = [(self.memory.mirrors[t], k) for k, t in enumerate(stmt.targets) if t in self.memory.mirrors]
            forward_targets += tuple(shadow for shadow, _ in moved)
            for block in forwards:
                block.yields += tuple(self.memory.shadow_of(block.yields[k]) for _, k in moved)
        forward = If(stmt.cond, forwards[0], forwards[1], forward_targets, stmt.loc, stmt.origin)
        if self.reference is not None or self.memory is not None and self.depth:
            for back, block in zip(arms, forwards):
                make_again(back, block.stmts, self.memory)
        if new or arms[0].stmts or arms[1].stmts:
            reverse = If(stmt.cond, arms[0], arms[1], tuple(new), stmt.loc, stmt.origin or stmt)
            self.b.emit(reverse)
            export(forward, reverse, self.depth > 0 or self.split)
        return [forward]

    def fit_merge(self, bar, yielded):
        """The adjoint of a joined value, of the kind that one side of the join has."""
        if isinstance(yielded, Var) and isinstance(yielded.kind, Scalar) and not isinstance(kind_of_atom(bar), Scalar):
            return self.b.apply(runtime.unbroadcast, bar, yielded, kind=tangent_kind(yielded.kind))
        return bar

    # --- loops --------------------------------------------------------------------------------------------------------

    def loop(self, stmt: For | While) -> list:
        if is_checkpointed(stmt, self.b.definitions):
            return CheckpointedReversal(self, stmt).run()
        if isinstance(stmt, For):
            done = reverse_independent(self, stmt)
            if done is not None:
                return done
        return reverse_loop(self, stmt)

    # --- calls --------------------------------------------------------------------------------------------------------

    def call(self, stmt: Apply) -> list:
        """A call becomes its forward half in the forward sweep and its reverse half here."""
        from srcad.differentiate.functions import adjoint_pair

        inputs = tuple(k for k, a in enumerate(stmt.args) if isinstance(a, Var) and a in self.active)
        if self.memory is not None:
            self.memory.read_by_calls.update(n for a in stmt.args if (n := self.memory.aliases.number(a)) is not None)
        pair = adjoint_pair(self.program, self.program.info_of(stmt.fn), inputs, self.suffix,
                            still_items(self.still, stmt.args, inputs))
        if id(stmt.fn) in self.program.checkpointed:
            return self.call_again(stmt, pair, inputs)
        saved = Var("", pair.saved, of=stmt.target if stmt.target.hint else None, suffix="_saved" if stmt.target.hint else "")
        both = Var("", TupleOf((stmt.target.kind, pair.saved)))
        forward = [
            Apply(both, pair.forward.function, stmt.args, (), stmt.loc, stmt.origin),
            Apply(stmt.target, operator.getitem, (both, Lit(0)), (), stmt.loc, stmt.origin),
            Apply(saved, operator.getitem, (both, Lit(1)), (), stmt.loc, stmt.origin),
        ]
        for s in forward:
            self.b.definitions[s.target] = s
        self.call_back(stmt, pair, inputs, saved)
        return forward

    def call_again(self, stmt: Apply, pair, inputs: tuple) -> list:
        """The reverse of a checkpointed call: the recording half is run here, with the arguments and random numbers it had."""
        generators, other = generators_in(Block([stmt]))
        if other is not None:
            raise UnsupportedError(f"{stmt.fn.doc} is checkpointed, but running it twice has effects (output, random numbers "
                                   "of a generator that is made in it, unknown code)",
                                   "take them out of the function, or do not checkpoint it", stmt.loc)
        before = [Apply(Var("state", WORDS), runtime.generator_state, (rng,), (), stmt.loc) for rng in generators]
        self.b.definitions.update((s.target, s) for s in before)
        after = [self.b.apply(runtime.generator_state, rng, kind=WORDS) for rng in generators]
        for rng, found in zip(generators, before):
            self.b.apply(runtime.set_generator, rng, found.target, kind=NONE)
        both = self.b.apply(pair.forward.function, *stmt.args, kind=pair.forward.info.result)
        for rng, words in zip(generators, after):
            self.b.apply(runtime.set_generator, rng, words, kind=NONE)
        self.call_back(stmt, pair, inputs, self.b.apply(operator.getitem, both, Lit(1), kind=pair.saved))
        return [*before, stmt]

    def call_back(self, stmt: Apply, pair, inputs: tuple, saved: Var) -> None:
        """Call the reverse half and hand its adjoints to the arguments."""
        bar = self.bars.materialised(stmt.target)
        if stmt.fn.catches:
            self.call_back_if_completed(stmt, pair, inputs, saved, bar)
            return
        bars = self.b.apply(pair.reverse.function, saved, bar,
                            kind=TupleOf(tuple(tangent_kind(stmt.args[k].kind) for k in inputs)))
        for j, k in enumerate(inputs):
            g = self.b.apply(operator.getitem, bars, Lit(j), kind=tangent_kind(stmt.args[k].kind))
            self.bars.contribute(stmt.args[k], g, fresh=True)

    def call_back_if_completed(self, stmt: Apply, pair, inputs: tuple, saved: Var, bar) -> None:
        """The reverse of a call that catches exceptions: what has not been run to its end has saved nothing."""
        kinds = [tangent_kind(stmt.args[k].kind) for k in inputs]
        failed = self.b.apply(operator.is_, saved, Lit(None))
        arms = (Block(), Block())
        with self.b.inside(arms[0]):
            arms[0].yields = tuple(common.zeros(self.b, stmt.args[k]) for k in inputs)
        with self.b.inside(arms[1]):
            bars = self.b.apply(pair.reverse.function, saved, bar, kind=TupleOf(tuple(kinds)))
            arms[1].yields = tuple(self.b.apply(operator.getitem, bars, Lit(j), kind=kind) for j, kind in enumerate(kinds))
        targets = tuple(self.bars.new_bar(stmt.args[k]) for k in inputs)
        self.b.emit(If(failed, *arms, targets, stmt.loc))
        for k, g in zip(inputs, targets):
            self.bars.contribute(stmt.args[k], g, fresh=True)
