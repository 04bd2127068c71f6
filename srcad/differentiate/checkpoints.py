"""The adjoint of a loop that records nothing: snapshots of its state, and short stretches of it run again.

Enters: ``for t in checkpointed(range(n), snapshots=k)``. Leaves: a forward sweep that is the loop as it stands, and a reverse
sweep that works through a schedule (`srcad.runtime.schedule`), of which each row says: take the state from a snapshot, go on
to a later trip, keep the state there, and run the trips up to a third one with a recording and back. ::

    for source, begin, end, target, stop in schedule(n, k):
        x = states[source]
        for t in range(begin, end): x = step(x, t)
        states[target] = x
        tape = []
        for t in range(end, stop): ...                  recorded, as any loop is
        for ... in tape[::-1]: ...

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
from srcad.differentiate.loops import Reversal, reverse_loop
from srcad.differentiate.memory import ALL
from srcad.errors import UnsupportedError
from srcad.optimize.replace import replace
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Lit, Ref, Source, Var, While, copy_block, defined, walk
from srcad.trace.kinds import INT, NONE, Array, ListOf, Range, Scalar, TupleOf, same_dtype

#: The state of a generator of random numbers.
WORDS = Array(np.dtype(np.uint64), (None,))
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
        with b.placed(stmt.loc, stmt.origin or stmt):
            forward, count = self.forward(memory)
            entering = [(bars.new_bar(c), self.carried_adjoint(c)) for c, _, _ in self.carried]
            for var in self.outside:
                bars.materialised(var)
            before = bars.state()
            headers = {v: bars.new_bar(v) for v in self.outside}
            rows = b.apply(runtime.schedule, count, self.snapshots, kind=ListOf(TupleOf((INT,) * 5)))
            stores = self.stores(rows, memory)
            ends = [b.apply(runtime.generator_state, rng, kind=WORDS) for rng in self.generators]
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
            raise UnsupportedError(f"the state of a checkpointed loop holds {var.hint or 'a value'} ({kind!r}), of which no "
                                   "snapshot can be taken", "hand numbers and arrays of one shape on from trip to trip",
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

    def fresh(self, var: Var, mapping: dict) -> Var:
        mapping[var] = var.like()
        return mapping[var]

    # --- the reverse sweep --------------------------------------------------------------------------------------------

    def stores(self, rows: Var, memory: list[Var]) -> list[Var]:
        """Arrays for the snapshots, the first of which is taken: of what is carried, of memory, of generators."""
        b, made = self.b, []
        count = b.apply(runtime.places, rows, kind=INT)
        for var, init in [*zip(self.stmt.carried, self.stmt.inits), *zip(memory, self.first), *zip(self.seeds, self.seeds)]:
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

    def load(self, store: Var, place, var: Var):
        found = self.b.apply(operator.getitem, store, place)
        if isinstance(var.kind, Scalar):
            return self.b.apply(var.kind.base, found, kind=Scalar(var.kind.base))
        return self.b.apply(np.ndarray.copy, found, kind=var.kind)

    def row(self, entering: list, headers: dict, stores: list, memory: list) -> tuple:
        """(loop target, body, adjoints of outer values after it) of the loop over the schedule."""
        stmt, b, bars, adjoint = self.stmt, self.b, self.bars, self.adjoint
        bars.of = dict(headers)
        bars.owned = bars.owned | set(headers.values())
        crossing, bars.crossing = bars.crossing, bars.crossing | set(self.outside)
        formula, bars.formula = bars.formula, False
        places = tuple(Var(name, INT) for name in ("source", "begin", "end", "target", "stop"))
        source, begin, end, target, stop = places
        with adjoint.trip(False, set()), b.inside(Block()) as body:
            states = [self.load(store, source, c) for c, store in zip(stmt.carried, stores)]
            for var, store in zip(memory, stores[len(stmt.carried):]):
                b.apply(operator.setitem, var, ALL, b.apply(operator.getitem, store, source, kind=var.kind))
            of_generators = stores[len(stmt.carried) + len(memory):]
            for rng, store in zip(self.generators, of_generators):
                b.apply(runtime.set_generator, rng, b.apply(operator.getitem, store, source, kind=WORDS), kind=NONE)
            states = self.advance(states, begin, end)
            words = [b.apply(runtime.generator_state, rng, kind=WORDS) for rng in self.generators]
            for state, store in zip([*states, *memory, *words], stores):
                b.apply(operator.setitem, store, target, state)
            inner = self.recorded(states, end, stop)
            for (c, _, _), (bar, _) in zip(self.carried, entering):
                bars.contribute(self.again[c], bar)
            with b.inside(Block()) as back:
                forward = reverse_loop(adjoint, inner)
            for s in forward:
                b.block.stmts.append(s)
            b.block.stmts += back.stmts
            ends = dict(zip(stmt.carried, states))
            yields = []
            for c, _, _ in self.carried:
                known = bars.materialised(ends[c])
                yields.append(known if known is not None else bars.zeros(c))
        bars.crossing, bars.formula = crossing, formula
        body.yields = tuple(yields)
        return places, body, {v: bars.of[v] for v in self.outside}

    def span(self, begin, end) -> Var:
        """The items of the trips from one to another."""
        b, made = self.b, self.b.definition(self.trips)
        if made is None or made.fn is not range:
            part = b.apply(intrinsics.build_slice, begin, end, Lit(None))
            return b.apply(operator.getitem, self.trips, part, kind=Range())
        start = made.args[0] if len(made.args) > 1 else Lit(0)
        step = made.args[2] if len(made.args) > 2 else Lit(1)

        def trip(k):
            moved = k if step == Lit(1) else b.apply(operator.mul, k, step, kind=INT)
            return moved if start == Lit(0) else b.apply(operator.add, start, moved, kind=INT)

        bounds = (trip(begin), trip(end)) if step == Lit(1) else (trip(begin), trip(end), step)
        return b.apply(range, *bounds, kind=Range())

    def advance(self, states: list, begin, end) -> list:
        """Trips that are not recorded; the state after them."""
        stmt, b = self.stmt, self.b
        mapping: dict = {}
        target = self.fresh(stmt.sources[0].target, mapping)
        carried = tuple(self.fresh(c, mapping) for c in stmt.carried)
        body = copy_block(stmt.body, mapping)
        iterable = self.span(begin, end)
        b.emit(For((Source(target, iterable),), carried, tuple(states), body, None, stmt.loc, stmt.origin or stmt))
        if b.emitted is not None:
            b.emitted.extend(walk(body))
        active = self.adjoint.active
        active.update(new for c, new in zip(stmt.carried, carried) if c in active)
        return list(carried)

    def recorded(self, states: list, begin, end) -> For:
        """The loop over the trips that are recorded: with the body itself, and new names for what it carries."""
        stmt = self.stmt
        self.again = {c: c.like() for c in stmt.carried}
        body = stmt.body
        replace(body, dict(self.again))
        active = self.adjoint.active
        active.update(new for c, new in self.again.items() if c in active)
        iterable = self.span(begin, end)
        return For((Source(stmt.sources[0].target, iterable),), tuple(self.again.values()), tuple(states), body, None, stmt.loc,
                   stmt.origin)
