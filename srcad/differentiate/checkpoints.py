"""The adjoint of a loop that records nothing: snapshots of its state, and short stretches of it run again.

Enters: ``for t in checkpointed(range(n), snapshots=k)``. Leaves: a forward sweep that keeps the state at some trips, and a
reverse sweep that runs one stretch after the other again, the last first, with a recording and back. By default there are
about √n stretches, each of which has its snapshot (`srcad.runtime.stretches`)::

    for place, begin, end in stretches(n, 0):
        states[place] = x
        for t in range(begin, end): x = step(x, t)

    for place, begin, end in stretches(n, 0)[::-1]:
        x = states[place]
        tape = []
        for t in range(begin, end): ...                 recorded, as any loop is
        for ... in tape[::-1]: ...

With k snapshots the reverse sweep works through a schedule (`srcad.runtime.schedule`), of which each row says besides: go on
from the snapshot to a later trip and keep the state there, before the recording. Where the forward sweep's snapshots would
all be kept until later (in loops, in functions that are called in loops, and in what `vjp` returns), or it is not known how
many trips there are, the forward sweep is the loop as it stands, and all snapshots are taken in the reverse sweep.

Compiled, a stretch of a few operations waits for each of them: two stretches, of which none needs the other, are recorded in
one loop, which takes hardly longer than one of them.

The state is what the trips hand on, the arrays from outside that the body writes to, and the states of the generators of random
numbers that it draws from. The loop that is recorded has the
Vars of the original body, for which everything has been analysed; the others are copies.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.scratch import written_by
from srcad.differentiate.draws import generators_in
from srcad.differentiate.fusion import forward_sweep
from srcad.differentiate.loops import Reversal, reverse_loop
from srcad.differentiate.writing import ALL
from srcad.errors import UnsupportedError
from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Ref, Source, Var, While, copy_block, defined, walk
from srcad.trace.kinds import BOOL, INT, NONE, Array, ListOf, Range, Scalar, TupleOf, same_dtype
from srcad.trace.naming import show_kind

#: The state of a generator of random numbers.
WORDS = Array(np.dtype(np.uint64), (None,))
STRETCHES, PAIRS, SCHEDULE = (ListOf(TupleOf((INT,) * width)) for width in (3, 4, 5))
#: Of how many operations two stretches are recorded in one loop at most: longer trips keep the processor busy by themselves.
PAIRED = 100
ADVICE = "take it out of the loop, or iterate over the range itself"


def is_checkpointed(stmt: For | While, definitions: dict) -> bool:
    """Is this a loop over ``checkpointed(...)``?"""
    return isinstance(stmt, For) and any(
        (made := definitions.get(s.iterable)) is not None and made.fn is intrinsics.checkpointed for s in stmt.sources)


class CheckpointedReversal(Reversal):
    """Writes the adjoint of one checkpointed loop."""

    def __init__(self, adjoint, stmt: For) -> None:
        if len(stmt.sources) != 1 or not isinstance(stmt.sources[0].target, Var):
            raise UnsupportedError("a checkpointed loop goes over something else besides", "for t in checkpointed(range(n)):",
                                   stmt.loc)
        self.trips, self.snapshots = adjoint.b.definitions[stmt.sources[0].iterable].args
        super().__init__(adjoint, stmt)
        self.lazy = set()

    def run(self) -> list:
        stmt, b, bars = self.stmt, self.b, self.bars
        plain = Source(stmt.sources[0].target, self.trips)
        if not any(c in bars.of for c, _, _ in self.carried) and not (
                self.memory is not None and self.memory.concerns(stmt)):
            return [For((plain,), stmt.carried, stmt.inits, stmt.body, stmt.stop, stmt.loc, stmt.origin)]
        self.generators = self.drawn_from()
        memory = self.written()
        self.check_state(memory)
        self.keeps = stmt.stop is None and not self.adjoint.depth and (
            not self.adjoint.split or self.adjoint.once)
        self.paired = self.keeps and self.snapshots == Lit(0) and self.can_be_paired()
        with b.placed(stmt.loc, stmt.origin or stmt):
            if self.keeps:
                forward, rows, stores = self.forward_keeping(memory)
            else:
                forward, count = self.forward(memory)
            entering = [(bars.new_bar(c), self.carried_adjoint(c)) for c, _, _ in self.carried]
            for var in self.outside:
                bars.materialised(var)
            before = bars.state()
            headers = {v: bars.new_bar(v) for v in self.outside}
            if not self.keeps:
                rows = b.apply(runtime.schedule, count, self.snapshots, kind=SCHEDULE)
                stores = self.stores(b.apply(runtime.places, rows, kind=INT), memory, self.first, self.seeds)
            ends = [b.apply(runtime.generator_state, rng, kind=WORDS) for rng in self.generators]
            rows = self.backwards(rows)
            row, body, inner = self.row(entering, headers, stores, memory)
            bars.restore(before)
            inits = [init for _, init in entering] + [self.outer_init(v) for v in self.outside]
            carried = [bar for bar, _ in entering] + [headers[v] for v in self.outside]
            body.yields = (*body.yields, *(inner[v] for v in self.outside))
            b.kept.update(a for a in body.yields if isinstance(a, Var))
            b.emit(For((Source(row, rows),), tuple(carried), tuple(inits), body, None, stmt.loc, stmt.origin or stmt))
            of_memory = stores[len(stmt.carried):len(stmt.carried) + len(memory)]
            for var, store in zip(memory, of_memory):
                b.apply(operator.setitem, var, ALL, b.apply(operator.getitem, store, Lit(0), kind=var.kind))
            for rng, words in zip(self.generators, ends):
                b.apply(runtime.set_generator, rng, words, kind=NONE)
            for c, _, _ in self.carried:
                bars.of.pop(c, None)
            for v in self.outside:
                bars.of[v] = headers[v]
                bars.owned.add(headers[v])
            for (c, init, _), (bar, _) in zip(self.carried, entering):
                bars.contribute(init, self.leaving_value(c, bar, init))
        return forward

    # --- what can be run again ----------------------------------------------------------------------------------------

    def drawn_from(self) -> list:
        """The generators of random numbers that the body draws from. What does more than draw, compute and write is refused."""
        found, other = generators_in(self.stmt.body)
        if other is not None:
            raise UnsupportedError("a checkpointed loop runs again, which has effects (output, random numbers of a generator "
                                   "that is made in it, unknown code)", ADVICE, other.loc)
        return found

    def written(self) -> list[Var]:
        """The arrays from outside that the body writes to, or that share memory with these."""
        if self.memory is None:
            return []
        aliases = self.memory.aliases
        inside = set(defined(self.stmt.body))
        numbers = {n for s in self.stmt.body.stmts for n in written_by(s, aliases)}
        if any(aliases.number(c) in numbers for c in self.stmt.carried):
            raise UnsupportedError("an array that a checkpointed loop hands on from trip to trip is written to in place",
                                   "write to one array that is made before the loop, or make a new one in each trip",
                                   self.stmt.loc)
        found: dict[Var, None] = {}
        for s in walk(self.stmt.body):
            if isinstance(s, Apply):
                found.update(dict.fromkeys(a for a in s.args if isinstance(a, Var) and a not in inside
                                           and aliases.number(a) in numbers))
        return [v for v in found if isinstance(v.kind, Array)]

    def check_state(self, memory: list[Var]) -> None:
        """Refuse a state that does not fit into arrays."""
        for var, init in [*zip(self.stmt.carried, self.stmt.inits), *((v, v) for v in memory)]:
            kind, first = var.kind, kind_of_atom(init)
            if isinstance(kind, Scalar) and kind.dtype is None and isinstance(first, Scalar):
                continue
            if isinstance(kind, Array) and isinstance(first, Array) and kind.dtype is not None and kind.dims is not None and (
                    same_dtype(kind.dtype, first.dtype) and len(kind.dims) == len(first.dims or ())):
                continue
            raise UnsupportedError(f"the state of a checkpointed loop holds {var.hint or 'a value'} ({show_kind(kind)}), of "
                                   "which no snapshot can be taken", "hand numbers and arrays of one shape on from trip to trip",
                                   self.stmt.loc)

    # --- the forward sweep --------------------------------------------------------------------------------------------

    def forward(self, memory: list[Var]) -> tuple:
        """(the loop as it stands, with copies of what it overwrites before it; how many trips it makes)"""
        stmt, b = self.stmt, self.b
        statements: list = []
        self.first = []
        for var in memory:
            copy = Var("", var.kind, of=var)
            self.first.append(copy)
            statements.append(Apply(copy, np.ndarray.copy, (var,), (), stmt.loc))
            b.definitions[copy] = statements[-1]
        self.seeds = [Var("state", WORDS) for _ in self.generators]
        for words, rng in zip(self.seeds, self.generators):
            statements.append(Apply(words, runtime.generator_state, (rng,), (), stmt.loc))
            b.definitions[words] = statements[-1]
        mapping: dict = {}
        target = self.fresh(stmt.sources[0].target, mapping)
        body = copy_block(stmt.body, mapping)
        stop = mapping.get(stmt.stop, stmt.stop) if isinstance(stmt.stop, Var) else stmt.stop
        carried, inits = stmt.carried, stmt.inits
        if stop is None:
            count = b.apply(len, self.trips)
        else:
            count, more = Var("trips", INT), Var("trips", INT)
            body.stmts.append(Apply(more, operator.add, (count, Lit(1)), (), stmt.loc))
            carried, inits, body.yields = (*carried, count), (*inits, Lit(0)), (*body.yields, more)
        statements.append(For((Source(target, self.trips),), carried, inits, body, stop, stmt.loc, stmt.origin))
        return statements, count

    def forward_keeping(self, memory: list[Var]) -> tuple:
        """(a loop over stretches that keeps the state at the start of each, the rows that it goes over, the snapshots)"""
        stmt, b = self.stmt, self.b
        with forward_sweep(b) as front:
            count = b.apply(len, self.trips)
            if self.snapshots == Lit(0):
                rows = plan = b.apply(runtime.stretches, count, kind=STRETCHES)
                places = b.apply(len, rows)
                if self.paired:                                      # the last pair may be of one
                    places = b.apply(operator.add, places, Lit(1))
            else:
                plan = b.apply(runtime.schedule, count, self.snapshots, kind=SCHEDULE)
                rows = b.apply(runtime.first_sweep, plan, count, kind=STRETCHES)
                places = b.apply(runtime.places, plan, kind=INT)
            words = [b.apply(runtime.generator_state, rng, kind=WORDS) for rng in self.generators]
            stores = self.stores(places, memory, memory, words)
            place, begin, end = names = tuple(Var(name, INT) for name in ("place", "begin", "end"))
            with b.inside(Block()) as body:
                words = [b.apply(runtime.generator_state, rng, kind=WORDS) for rng in self.generators]
                for state, store in zip([*stmt.carried, *memory, *words], stores):
                    b.apply(operator.setitem, store, place, state)
                loop = self.stretch(stmt.carried, begin, end)
                b.emit(loop)
                body.yields = loop.carried
            b.emit(For((Source(names, rows),), stmt.carried, stmt.inits, body, None, stmt.loc, stmt.origin))
        self.first_rows = rows
        return front.stmts, plan, stores

    def fresh(self, var: Var, mapping: dict) -> Var:
        mapping[var] = var.like()
        return mapping[var]

    # --- the reverse sweep --------------------------------------------------------------------------------------------

    def stores(self, count: Var, memory: list[Var], first: list[Var], words: list[Var]) -> list[Var]:
        """Arrays for so many snapshots, the first of which is taken: of what is carried, of memory, of generators."""
        b, made = self.b, []
        for var, init in [*zip(self.stmt.carried, self.stmt.inits), *zip(memory, first), *zip(words, words)]:
            if isinstance(var.kind, Scalar):
                dtype, dims = np.dtype(var.kind.base), (None,)
                shape = count
            else:
                dtype, dims = var.kind.dtype, (None, *var.kind.dims)
                shape = b.apply(operator.add, b.apply(intrinsics.build_tuple, count), b.apply(getattr, init, Lit("shape")),
                                kind=TupleOf((INT,) * len(dims)))
            args = (shape,) if dtype == np.dtype(float) else (shape, Ref(dtype.type))
            store = b.apply(np.empty, *args, target=Var("states"), kind=Array(dtype, dims))
            b.apply(operator.setitem, store, Lit(0), init)
            made.append(store)
        return made

    def backwards(self, rows: Var):
        """What the reverse sweep goes through."""
        b = self.b
        if self.paired:
            return b.apply(runtime.pairs, rows, kind=PAIRS)
        if not self.keeps:
            return rows
        if self.snapshots == Lit(0):
            back = b.apply(intrinsics.build_slice, Lit(None), Lit(None), Lit(-1))
            return b.apply(operator.getitem, rows, back, kind=STRETCHES)
        done = b.apply(operator.sub, b.apply(len, self.first_rows), Lit(1))
        rest = b.apply(intrinsics.build_slice, done, Lit(None), Lit(None))
        return b.apply(operator.getitem, rows, rest, kind=SCHEDULE)

    def load(self, store: Var, place, var: Var):
        found = self.b.apply(operator.getitem, store, place)
        if isinstance(var.kind, Scalar):
            return self.b.apply(var.kind.base, found, kind=Scalar(var.kind.base))
        return self.b.apply(np.ndarray.copy, found, kind=var.kind)

    def row(self, entering: list, headers: dict, stores: list, memory: list) -> tuple:
        """(loop target, body, adjoints of outer values after it) of the loop over the schedule."""
        b, bars, adjoint = self.b, self.bars, self.adjoint
        bars.of = dict(headers)
        bars.owned = bars.owned | set(headers.values())
        crossing, bars.crossing = bars.crossing, bars.crossing | set(self.outside)
        formula, bars.formula = bars.formula, False
        with adjoint.trip(False, set()), b.inside(Block()) as body:
            if self.paired:
                places, yields = self.pair(entering, headers, stores)
            else:
                places, yields = self.single(entering, stores, memory)
        bars.crossing, bars.formula = crossing, formula
        body.yields = yields
        return places, body, {v: bars.of[v] for v in self.outside}

    def single(self, entering: list, stores: list, memory: list) -> tuple:
        """Record one stretch and go back; (loop target, adjoints of the state that it began with)."""
        stmt, b = self.stmt, self.b
        twice = not (self.keeps and self.snapshots == Lit(0))
        names = ("source", "begin", "end", "target", "stop") if twice else ("place", "begin", "end")
        places = tuple(Var(name, INT) for name in names)
        source, begin, end = places[:3]
        states = [self.load(store, source, c) for c, store in zip(stmt.carried, stores)]
        for var, store in zip(memory, stores[len(stmt.carried):]):
            b.apply(operator.setitem, var, ALL, b.apply(operator.getitem, store, source, kind=var.kind))
        of_generators = stores[len(stmt.carried) + len(memory):]
        for rng, store in zip(self.generators, of_generators):
            b.apply(runtime.set_generator, rng, b.apply(operator.getitem, store, source, kind=WORDS), kind=NONE)
        if twice:
            states = self.advance(states, begin, end)
            words = [b.apply(runtime.generator_state, rng, kind=WORDS) for rng in self.generators]
            for state, store in zip([*states, *memory, *words], stores):
                b.apply(operator.setitem, store, places[3], state)
            begin, end = end, places[4]
        trips = self.span(begin, end)
        with b.inside(Block()) as back:
            forward, yields = self.recorded(states, trips, entering)
        b.block.stmts += [*forward, *back.stmts]
        return places, yields

    def pair(self, entering: list, headers: dict, stores: list) -> tuple:
        """Record two stretches in one loop, then go back over the later one and over the other."""
        stmt, b, bars = self.stmt, self.b, self.bars
        place, begin, middle, end = places = tuple(Var(name, INT) for name in ("place", "begin", "middle", "end"))
        states = [self.load(store, place, c) for c, store in zip(stmt.carried, stores)]
        following = b.apply(operator.add, place, Lit(1), kind=INT)
        later = [self.load(store, following, c) for c, store in zip(stmt.carried, stores)]
        with b.inside(Block()) as back:
            forward, yields = self.recorded(later, self.span(middle, end), entering)
        mapping = {middle: begin, end: middle, **dict(zip(later, states)), **{
            bar: found for (bar, _), found in zip(entering, yields)}, **{headers[v]: bars.of[v] for v in self.outside}}
        first = copy_block(Block(forward), mapping)
        back_again = copy_block(back, mapping)
        tapes = [*forward[:-1], *first.stmts[:-1]]
        b.block.stmts += tapes
        self.record_both(first.stmts[-1], forward[-1], begin, middle, end)
        b.block.stmts += [*back.stmts, *back_again.stmts]
        for v in self.outside:
            bars.of[v] = mapping.get(bars.of[v], bars.of[v])
        bars.owned |= {bars.of[v] for v in self.outside if isinstance(bars.of[v], Var)}
        return places, tuple(mapping.get(y, y) if isinstance(y, Var) else y for y in yields)

    def record_both(self, first: For, second: For, begin, middle, end) -> None:
        """One loop over the trips of two stretches, of which the second is not longer than the first."""
        stmt, b = self.stmt, self.b
        at = Var("", INT)
        with b.inside(Block()) as body:
            replace(first.body, {first.sources[0].target: self.item(at)})
            body.stmts += first.body.stmts
            other = b.apply(operator.add, at, b.apply(operator.sub, middle, begin, kind=INT), kind=INT)
            more = b.apply(operator.lt, other, end, kind=BOOL)
            with b.inside(Block()) as again:
                replace(second.body, {second.sources[0].target: self.item(other)})
                again.stmts += second.body.stmts
                again.yields = second.body.yields
            joined = tuple(c.like() for c in second.carried)
            b.emit(If(more, again, Block([], second.carried), joined, stmt.loc, stmt.origin))
            body.yields = (*first.body.yields, *joined)
        both = Var("", Range())
        b.apply(range, begin, middle, target=both, kind=Range())
        b.emit(For((Source(at, both),), (*first.carried, *second.carried), (*first.inits, *second.inits), body, None, stmt.loc,
                   stmt.origin))

    def can_be_paired(self) -> bool:
        """Are the trips short, do they write to nothing, and is the loop compiled?"""
        stmts = list(walk(self.stmt.body))
        return (self.adjoint.program.backend == "numba" and self.memory is None and not self.generators and len(stmts) <= PAIRED
                and all(isinstance(c.kind, Scalar) for c in self.stmt.carried)
                and all(isinstance(s, If) or isinstance(s, Apply) and not isinstance(s.fn, Function) for s in stmts))

    def span(self, begin, end) -> Var:
        """The items of the trips from one to another."""
        b, made = self.b, self.b.definition(self.trips)
        if made is None or made.fn is not range:
            part = b.apply(intrinsics.build_slice, begin, end, Lit(None))
            return b.apply(operator.getitem, self.trips, part, kind=Range())
        step = made.args[2] if len(made.args) > 2 else Lit(1)
        bounds = (self.item(begin), self.item(end)) if step == Lit(1) else (self.item(begin), self.item(end), step)
        return b.apply(range, *bounds, kind=Range())

    def item(self, k):
        """What a trip is over."""
        b, made = self.b, self.b.definition(self.trips)
        if made is None or made.fn is not range:
            return b.apply(operator.getitem, self.trips, k, kind=INT)
        start = made.args[0] if len(made.args) > 1 else Lit(0)
        step = made.args[2] if len(made.args) > 2 else Lit(1)
        moved = k if step == Lit(1) else b.apply(operator.mul, k, step, kind=INT)
        return moved if start == Lit(0) else b.apply(operator.add, start, moved, kind=INT)

    def stretch(self, states, begin, end) -> For:
        """Trips that are not recorded."""
        stmt = self.stmt
        mapping: dict = {}
        target = self.fresh(stmt.sources[0].target, mapping)
        carried = tuple(self.fresh(c, mapping) for c in stmt.carried)
        body = copy_block(stmt.body, mapping)
        return For((Source(target, self.span(begin, end)),), carried, tuple(states), body, None, stmt.loc, stmt.origin or stmt)

    def advance(self, states: list, begin, end) -> list:
        """Trips that are not recorded, in the reverse sweep; the state after them."""
        b, loop = self.b, self.stretch(states, begin, end)
        b.emit(loop)
        if b.emitted is not None:
            b.emitted.extend(walk(loop.body))
        return list(loop.carried)

    def recorded(self, states: list, trips, entering: list) -> tuple:
        """The trips that are recorded, with the body itself and new names for what it carries, and in the block at hand their
        reverse; (the forward statements, the adjoints of `states`)."""
        stmt, bars, active = self.stmt, self.bars, self.adjoint.active
        active.update(state for c, state in zip(stmt.carried, states) if c in active)
        again = {c: c.like() for c in stmt.carried}
        replace(stmt.body, dict(again))
        active.update(new for c, new in again.items() if c in active)
        loop = For((Source(stmt.sources[0].target, trips),), tuple(again.values()), tuple(states), stmt.body, None, stmt.loc,
                   stmt.origin)
        for (c, _, _), (bar, _) in zip(self.carried, entering):
            bars.contribute(again[c], bar)
        forward = reverse_loop(self.adjoint, loop)
        ends = dict(zip(stmt.carried, states))
        yields = []
        for c, _, _ in self.carried:
            known = bars.materialised(ends[c])
            yields.append(known if known is not None else bars.zeros(c))
        return forward, tuple(yields)
