"""Where the value of each variable is still needed.

Enters: a Plan. Leaves: for each Var that will have a name, the stretches of the text over which the name must keep the
value, as sorted, disjoint intervals of a numbering of the text; the pairs of Vars that would like to share a name;
and where a name must have no value at all, so that Python raises UnboundLocalError as it would for the user.

The numbering goes on by one for what a statement reads and by one for what it writes, so that ``b = a + 1`` may
re-use the name of `a`. The idea that makes it linear: within one block a value is needed from where it is made (or
from the block's start, if it was made outside) to its last use there, so an end point for every block on the way from
the definition to the use says everything; what comes from outside a loop is needed until the loop ends; what is used
in one arm of an ``if`` is not needed in the other. ::

    0  def f(x):                      x  [0, 1), [3, 4)
    1      if c:
    3          s = x * 2.0            s  [4, 6), [8, 10)        (two definitions: one in each arm)
           else:
    7          s = 0.0
    9      return s
"""

from __future__ import annotations

from dataclasses import dataclass, field

from srcad.emit.plan import Plan, user_named
from srcad.emit.survey import key
from srcad.errors import VerifyError
from srcad.trace import intrinsics as ops
from srcad.trace import ir
from srcad.trace.ir import (
    UNDEF,
    Apply,
    Block,
    Comment,
    For,
    If,
    Lit,
    Var,
    While,
    blocks,
)
from srcad.trace.purity import IN_PLACE

Interval = tuple[int, int]


@dataclass(slots=True, eq=False)
class Frame:
    """A block of the text: the function's, an arm's, a loop's (its test and body are one).

    Attributes
    ----------
    parent : Frame or None
    start : int
        Its first position.
    is_loop : bool
    entry : int
        The position in the parent from which it is entered.
    through : dict of Var to None
        What is used in the loop and made outside.
    unbound : dict of Var to None
        What must have no value if the loop is entered.
    """

    parent: Frame | None
    start: int
    is_loop: bool = False
    entry: int = 0
    through: dict[Var, None] = field(default_factory=dict)
    unbound: dict[Var, None] = field(default_factory=dict)


@dataclass(slots=True)
class Ranges:
    """The result.

    Attributes
    ----------
    intervals : dict of Var to list of (int, int)
        In order of definition.
    frames : dict of Var to Frame
        The block in which each is first defined.
    wishes : list of (Var, Var)
        A variable of a loop or a join and a value that it is given.
    unbound : dict of Var to list of (int, int)
        Where another value under the name would be taken for a variable of the user's that has none.
    doubtful : set of Var
        Values that may not exist.
    """

    intervals: dict[Var, list[Interval]]
    frames: dict[Var, Frame]
    wishes: list[tuple[Var, Var]]
    unbound: dict[Var, list[Interval]]
    doubtful: set[Var]


class _Walker:
    def __init__(self, plan: Plan):
        self.plan = plan
        self.survey = plan.survey
        self.position = 0
        self.top = self.frame = Frame(None, 0)
        self.intervals: dict[Var, list[Interval]] = {}
        self.frames: dict[Var, Frame] = {}
        self.wishes: list[tuple[Var, Var]] = []
        # Where each value was made, and per block how far it is needed.
        self.home: dict[Var, tuple[Frame, int]] = {}
        self.needed: dict[Var, dict[Frame, int]] = {}
        # Uses of no value at all: the name must be unbound from the start until there.
        self.unbound: dict[Var, dict[Frame, int]] = {}
        self.doubtful: set[Var] = set()

    # --- events ------------------------------------------------------------------------------------------------------

    def define(self, var: Var, where: int) -> None:
        self.home[var] = (self.frame, where)
        self.frames.setdefault(var, self.frame)
        self.needed[var] = {}
        self.intervals.setdefault(var, []).append((where, where + 1))

    def use(self, var: Var, where: int) -> None:
        home = self.home.get(var)
        if home is None:
            raise VerifyError(f"srcad has made a derivative that uses {var!r} before it is defined",
                              "this is a bug in srcad: please report it, with the function")
        self._extend(var, where, home[0], self.needed[var])

    def _extend(self, var: Var, where: int, home: Frame, needed: dict[Frame, int]) -> None:
        frame = self.frame
        while frame is not home:
            if frame.is_loop:
                (frame.through if needed is not self.unbound.get(var) else frame.unbound)[var] = None
                return
            if where >= needed.get(frame, 0):
                needed[frame] = where + 1
            where = frame.entry
            assert frame.parent is not None
            frame = frame.parent
        if where >= needed.get(frame, 0):
            needed[frame] = where + 1

    def close(self, var: Var) -> None:
        """Turn what is known of the present definition of `var` into intervals."""
        home, made = self.home.pop(var)
        spans = self.intervals[var]
        for frame, end in self.needed.pop(var).items():
            spans.append((made if frame is home else frame.start, end))

    # --- statements --------------------------------------------------------------------------------------------------

    def read(self, atoms) -> None:
        """Read atoms at the present position."""
        leaves: list[Var] = []
        for atom in atoms:
            if atom not in self.plan.silent:
                self.plan.leaves(atom, leaves)
        for var in leaves:
            self.use(var, self.position)

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            if id(stmt) in self.plan.hidden:
                continue
            match stmt:
                case Apply():
                    self.apply(stmt)
                case If():
                    if id(stmt) in self.plan.expressions:
                        leaves: list[Var] = []
                        self.plan.reads(stmt, leaves)
                        for var in leaves:
                            self.use(var, self.position)
                        self.define(stmt.targets[0], self.position + 1)
                        self.position += 2
                    else:
                        self.branch(stmt)
                case For() | While():
                    self.loop(stmt)
                case Comment():
                    pass

    def apply(self, stmt: Apply) -> None:
        leaves: list[Var] = []
        self.plan.reads(stmt, leaves)
        for var in leaves:
            self.use(var, self.position)
        self.position += 1
        if key(stmt.fn) in IN_PLACE:
            # The target may have to be bound to the first operand before the second is read.
            self.read_besides(stmt.args[0], stmt.args[1])
        pattern = self.plan.tuples.get(id(stmt))
        if pattern is not None:
            for var in pattern.vars():
                if var not in self.plan.silent:
                    self.define(var, self.position)
        elif stmt.target not in self.survey.buffers and stmt.target not in self.plan.silent:
            self.define(stmt.target, self.position)
        self.position += 1

    def read_besides(self, first, second) -> None:
        leaves: list[Var] = []
        self.plan.leaves(second, leaves)
        for var in leaves:
            if var is not self.survey.resolve(first):
                self.use(var, self.position)

    def give(self, target: Var, atom) -> None:
        """`target` is given the value of `atom` at the present position; the two would like to share a name."""
        if isinstance(atom, Var):
            self.wishes.append((target, self.survey.resolve(atom)))

    def branch(self, stmt: If) -> None:
        self.read((stmt.cond,))
        entry = self.position
        self.position += 1
        outside = self.frame
        for arm in blocks(stmt):
            self.frame = Frame(outside, self.position, False, entry)
            self.block(arm)
            self.read(arm.yields)
            for target, atom in zip(stmt.targets, arm.yields, strict=True):
                if target in self.plan.silent:
                    continue
                if atom == Lit(UNDEF):
                    if not raises(arm):
                        self.leave_unbound(target)
                else:
                    self.give(target, atom)
                    self.intervals.setdefault(target, []).append((self.position + 1, self.position + 2))
                    self.frames.setdefault(target, self.frame)
            self.position += 2
            self.frame = outside
        # From the end of the first arm the value is kept, but not while the other arm, which is skipped, is read.
        for target in stmt.targets:
            if target in self.plan.silent:
                continue
            self.frames[target] = self.frame
            self.home[target] = (self.frame, self.position)
            self.needed[target] = {}
            self.intervals.setdefault(target, [])
        self.position += 1

    def loop(self, stmt: For | While) -> None:
        # The iterables are evaluated after the copies; the tree sees to it that no copy changes what they read.
        self.read(stmt.inits)
        if isinstance(stmt, For):
            self.read(s.iterable for s in stmt.sources)
        self.position += 1
        outside = self.frame
        for var, atom in zip(stmt.carried, stmt.inits, strict=True):
            self.give(var, atom)
            if atom == Lit(UNDEF):
                self.leave_unbound(var)
            self.frames[var] = outside
            self.intervals[var] = [(self.position, self.position + 2)]
        self.position += 1
        frame = self.frame = Frame(outside, self.position, True, self.position)
        for var in stmt.carried:
            self.home[var] = (frame, self.position)
            self.needed[var] = {}
        self.position += 1
        if isinstance(stmt, For):
            for source in stmt.sources:
                for var in self.plan.bound(source.target):
                    self.define(var, self.position)
            self.position += 1
        else:
            self.block(stmt.test)
            self.read(stmt.test.yields)
            # The loop may be left here: what it carries is still what it was at the start of the trip.
            for var in stmt.carried:
                self.use(var, self.position)
            self.position += 1
        self.block(stmt.body)
        self.read(stmt.body.yields)
        self.read(ir.exits(stmt))
        for var, atom in zip(stmt.carried, stmt.body.yields, strict=True):
            if atom == Lit(UNDEF) and not raises(stmt.body):
                self.doubtful.add(var)
            self.give(var, atom)
            self.close(var)
        self.position += 1
        end = self.position + 1
        for var in stmt.carried:
            self.intervals[var].append((self.position, end))
        self.position = end
        self.frame = outside
        for var in frame.through:
            self.use(var, self.position)
        for var in frame.unbound:
            self.leave_unbound(var)
        self.position += 1
        for var in stmt.carried:
            self.home[var] = (outside, end)
            self.needed[var] = {}

    def leave_unbound(self, var: Var) -> None:
        """`var` may have no value here: then Python must find its name unbound."""
        self.doubtful.add(var)
        if user_named(var):
            self._extend(var, self.position, self.top, self.unbound.setdefault(var, {}))

    def run(self) -> Ranges:
        fn = self.plan.function
        for param in fn.params:
            self.define(param.var, 0)
        self.position = 1
        self.block(fn.body)
        self.read(fn.body.yields)
        for var in list(self.home):
            self.close(var)
        unbound = {v: _merged([(f.start, end) for f, end in needed.items()]) for v, needed in self.unbound.items()}
        intervals = {v: _merged(spans) for v, spans in self.intervals.items()}
        return Ranges(intervals, self.frames, self.wishes, unbound, _closure(self.doubtful, self.wishes))


def ranges(plan: Plan) -> Ranges:
    """Where each named value of the function is needed."""
    return _Walker(plan).run()


def _closure(doubtful: set[Var], wishes: list[tuple[Var, Var]]) -> set[Var]:
    """With everything that is given a doubtful value."""
    given: dict[Var, list[Var]] = {}
    for target, value in wishes if doubtful else ():
        given.setdefault(value, []).append(target)
    out, waiting = set(doubtful), list(doubtful)
    while waiting:
        for target in given.get(waiting.pop(), ()):
            if target not in out:
                out.add(target)
                waiting.append(target)
    return out


def raises(block: Block) -> bool:
    """Is the end of this block never reached?"""
    last = next((s for s in reversed(block.stmts) if not isinstance(s, Comment)), None)
    if isinstance(last, Apply):
        return last.fn is ops.raise_
    return isinstance(last, If) and raises(last.then) and raises(last.orelse)


def _merged(spans: list[Interval]) -> list[Interval]:
    """Sorted and disjoint."""
    if len(spans) < 2:
        return spans
    spans.sort()
    out = [spans[0]]
    for start, end in spans[1:]:
        if start <= out[-1][1]:
            if end > out[-1][1]:
                out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out
