"""Reverse mode: a forward sweep that is the primal, then its statements' adjoints in reverse order.

A block is walked from its end. Each statement's adjoint is written into the reverse sweep in terms of the primal's own
Vars; what those are in a loop's reverse body is known only then, and `record` makes the forward sweep keep exactly that.
The adjoint of a Var is an atom (`bars`); a second contribution makes a new version of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field

from srcad.analysis.activity import active, varied
from srcad.analysis.aliasing import is_write
from srcad.analysis.mixed import mixed
from srcad.analysis.scratch import written_by
from srcad.differentiate import common, recursion
from srcad.differentiate.algebra import DerivativeBuilder
from srcad.differentiate.bars import Bars
from srcad.differentiate.boundary import prepare
from srcad.differentiate.branches import branch
from srcad.differentiate.calls import call
from srcad.differentiate.checkpoints import CheckpointedReversal, is_checkpointed
from srcad.differentiate.common import still_of
from srcad.differentiate.fusion import reverse_independent
from srcad.differentiate.held import read_parts
from srcad.differentiate.loops import reverse_loop
from srcad.differentiate.masks import Masks
from srcad.differentiate.memory import Memory
from srcad.differentiate.operations import reverse
from srcad.differentiate.record import fill_exports
from srcad.differentiate.writing import reverse_write
from srcad.specialise.program import Program, Specialised
from srcad.specialise.specialiser import Specialiser
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Comment, For, Function, If, Var, While, copy_block, outputs, walk


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
    once : bool
        Does the function run once in the whole derivative, which is not differentiated again?
    """

    def __init__(self, program: Program, info: Specialised, hidden_info: Specialised, inputs: tuple, *, split: bool,
                 textbook: bool, suffix: str = "_bar", restored: set | None = None, reference=None, still: tuple = (),
                 once: bool = False) -> None:
        self.program, self.suffix, self.split = program, suffix, split
        self.once = once
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
                    forward.append(branch(self, stmt))
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
                return reverse_write(self.memory, stmt)
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
                return call(self, stmt)
            reverse(self, stmt)
        return [stmt]

    def held(self, stmt: Apply) -> list:
        """An operation that gives a tuple or the like of what is written to: the rest of it is values."""
        held = self.memory.lists.hold(stmt)
        if stmt.target in self.bars.of and stmt.fn is not intrinsics.new_tape:
            self.bars.start()
            with self.b.placed(stmt.loc, stmt if stmt.origin is None else stmt.origin):
                reverse(self, stmt)
        return [stmt, *held]

    # --- loops --------------------------------------------------------------------------------------------------------

    def loop(self, stmt: For | While) -> list:
        if is_checkpointed(stmt, self.b.definitions):
            return CheckpointedReversal(self, stmt).run()
        if isinstance(stmt, For):
            done = reverse_independent(self, stmt)
            if done is not None:
                return done
        return reverse_loop(self, stmt)
