"""The adjoint of a loop: a loop over the same trips, last first.

The forward loop gets a recording of what a reverse trip needs. The reverse loop carries the adjoints of the carried
variables, and those of every outer value that its body contributes to. Loops of a derivative that is itself
differentiated read and write tapes: the adjoint of reading a tape records on a tape of adjoints, and the other way round.
"""

from __future__ import annotations

import operator

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.differentiate import common
from srcad.differentiate.record import (
    Needs,
    filler,
    is_plain,
    known_range,
    place_push,
    read_from_outside,
    reversed_range,
    shifted,
)
from srcad.differentiate.steady import Steady
from srcad.optimize import pipeline
from srcad.optimize.dead import sweep_body
from srcad.trace import intrinsics
from srcad.trace.ir import (
    UNDEF,
    Apply,
    Block,
    For,
    Lit,
    Source,
    Var,
    While,
    copy_block,
    defined,
    free_vars,
    inner_vars,
    pattern_vars,
    uses,
)
from srcad.trace.kinds import (
    INT,
    NONE,
    NUMERIC,
    Array,
    ListOf,
    Range,
    Scalar,
    Tape,
    TupleOf,
    is_container,
    is_differentiable,
    tangent_kind,
)
from srcad.trace.undefined import define_carried


def reverse_loop(adjoint, stmt: For | While) -> list:
    """Write the reverse loop; the forward statements that replace `stmt`."""
    return Reversal(adjoint, stmt).run()


class Reversal:
    """Writes the adjoint of one loop.

    Attributes
    ----------
    reversed_at_once : bool
        Does a trip of the reverse sweep find memory as the trip itself has left it?
    scratch : set of int
        The classes of memory that a trip then uses for itself.
    """

    reversed_at_once = False

    def __init__(self, adjoint, stmt: For | While) -> None:
        self.adjoint, self.stmt = adjoint, stmt
        self.b, self.bars = adjoint.b, adjoint.bars
        self.memory = adjoint.memory
        self.plain = stmt.sources if isinstance(stmt, For) else ()
        self.sources = self.plain
        mirrors = {} if self.memory is None else self.memory.mirrors
        if mirrors:
            self.sources = (*self.plain, *(Source(self.mirror_of(s.target), mirrors[s.iterable]) for s in self.plain
                                           if s.iterable in mirrors and any(v in mirrors for v in pattern_vars(s.target))))
        self.open_ended = isinstance(stmt, While) or stmt.stop is not None
        self.carried = [(c, i, y) for c, i, y in zip(stmt.carried, stmt.inits, stmt.body.yields)
                        if c in adjoint.active and not self.bars.in_memory(c)]
        self.outside = [v for v in read_from_outside(stmt) if v in adjoint.active and not isinstance(v.kind, Tape)
                        and not self.bars.in_memory(v)]
        self.outside += [s.iterable for s in self.plain if s.iterable in adjoint.active and s.iterable not in self.outside
                         and not isinstance(s.iterable.kind, Tape) and not self.bars.in_memory(s.iterable)]
        self.pushes = [s for s in stmt.body.stmts
                       if isinstance(s, Apply) and s.fn is intrinsics.push and s.args[0] in self.bars.of]
        read = set(uses(stmt.body))
        self.lazy = {c for c, _, _ in self.carried if c not in read and not isinstance(c.kind, Scalar)}
        self.index: Var | None = None            # the trip's number, if somebody asks for it
        self.scratch: set[int] = set()

    def mirror_of(self, target):
        """The loop target of the shadows of items."""
        if isinstance(target, Var):
            return self.memory.mirrors.get(target) or Var("", NONE)
        return tuple(map(self.mirror_of, target))

    def run(self) -> list:
        stmt, bars = self.stmt, self.bars
        reads_tape = [s for s in self.sources if s.iterable in self.adjoint.active and isinstance(s.iterable.kind, Tape)]
        if not any(c in bars.of for c, _, _ in self.carried) and not self.pushes and not (
                self.memory is not None and self.memory.concerns(stmt)):
            return [stmt]
        with self.b.placed(stmt.loc, stmt.origin or stmt):
            tapes = {s.iterable: self.b.apply(intrinsics.new_tape, kind=Tape(None), target=bars.new_bar(s.iterable))
                     for s in reads_tape}
            entering = [(bars.new_bar(c), self.carried_adjoint(c)) for c, _, _ in self.carried]
            for var in self.outside:
                bars.materialised(var)
            before = bars.state()
            headers = {v: bars.new_bar(v) for v in self.outside}
            body, forward_body, inner, tape_sources = self.body(entering, headers, tapes)
            bars.restore(before)
            used = [v for v in self.outside if inner[v] is not headers[v]]
            inits = [init for _, init in entering] + [self.outer_init(v) for v in used]
            carried = [bar for bar, _ in entering] + [headers[v] for v in used]
            body.yields = (*body.yields, *(inner[v] for v in used))
            self.b.kept.update(a for a in body.yields if isinstance(a, Var))
            unchanged = {headers[v]: before[0][v] for v in self.outside if v not in used and v in before[0]}
            if unchanged:
                body = copy_block(body, dict(unchanged))
            statements = self.emit(body, forward_body, tuple(carried), tuple(inits), tape_sources)
            for c, _, _ in self.carried:
                bars.of.pop(c, None)
            for v in used:
                bars.of[v] = headers[v]
                bars.owned.add(headers[v])
            for iterable, tape_bar in tapes.items():
                in_order = tape_bar if self.is_rewound(iterable) else self.b.apply(intrinsics.rewind, tape_bar)
                bars.contribute(iterable, in_order)
            for (c, init, _), (bar, _) in zip(self.carried, entering):
                bars.contribute(init, self.leaving_value(c, bar, init))
        return statements

    # --- the reverse body ---------------------------------------------------------------------------------------------

    def body(self, entering: list, headers: dict, tapes: dict) -> tuple:
        """(reverse body, forward body, adjoints of outer values after a trip, sources of tape adjoints)"""
        bars, stmt = self.bars, self.stmt
        bars.of = {**{t: v for t, v in bars.of.items() if isinstance(v, Var) and isinstance(t.kind, Tape)}, **headers}
        bars.owned = bars.owned | set(headers.values())
        crossing, bars.crossing = bars.crossing, bars.crossing | set(self.outside)
        formula, bars.formula = bars.formula, False
        with self.adjoint.trip(self.reversed_at_once, self.scratch) as frame, self.b.inside(Block()) as body:
            for (c, _, y), (bar, _) in zip(self.carried, entering):
                bars.contribute(y, self.entering_value(c, y, bar))
            tape_sources = [self.read_tape(push) for push in self.pushes]
            forward = Block(self.adjoint.block(stmt.body.stmts, frame), stmt.body.yields)
            for source in self.plain:
                self.item_adjoint(source, tapes)
            yields = [self.carried_adjoint(c) for c, _, _ in self.carried]
        bars.crossing, bars.formula = crossing, formula
        body.yields = tuple(yields)
        inner = {v: bars.of[v] for v in self.outside}
        return body, forward, inner, tape_sources

    def read_tape(self, push: Apply) -> tuple:
        """The adjoints of what one trip recorded: (tape, loop target)."""
        values = push.args[1:]
        targets = tuple(Var("", tangent_kind(kind_of_atom(v)), of=v if isinstance(v, Var) else None,
                            suffix=self.bars.suffix if isinstance(v, Var) else "") for v in values)
        for value, target in zip(values, targets):
            if isinstance(value, Var) and is_differentiable(value.kind) and not self.bars.in_memory(value):
                self.bars.contribute(value, target)
        return self.bars.of[push.args[0]], targets[0] if len(targets) == 1 else targets

    def item_adjoint(self, source: Source, tapes: dict) -> None:
        """What the adjoint of a trip's item means for the iterable."""
        if source.iterable in tapes:
            parts = [self.bars.bar_or_zeros(v) if is_differentiable(v.kind) and not self.bars.in_memory(v) else Lit(None)
                     for v in pattern_vars(source.target)]
            self.b.apply(intrinsics.push, tapes[source.iterable], *parts)
        elif isinstance(source.target, Var) and source.target in self.bars.of and source.iterable in self.adjoint.active:
            bar = self.bars.of.pop(source.target)
            self.bars.contribute_item(source.iterable, self.trip_index(), self.bars.atom_of(
                bar, source.target.kind, source.target))

    def trip_index(self) -> Var:
        if self.index is None:
            self.index = Var("", INT)
        return self.index

    # --- carried adjoints ---------------------------------------------------------------------------------------------

    def carried_adjoint(self, c: Var):
        """The adjoint of a carried variable: of its value after the loop, or of that from which the trip at hand started."""
        known = self.bars.materialised(c)
        if known is not None:
            return known
        return Lit(0.0) if c in self.lazy else self.bars.zeros(c)

    def entering_value(self, c: Var, y, bar: Var):
        """The carried adjoint at the start of a reverse trip, as that of the yielded value."""
        if not isinstance(y, Var):
            return bar
        if c in self.lazy:
            bar.kind = NUMERIC if not is_container(c.kind) else bar.kind
            return self.b.apply(runtime.adjoint_or_zeros, bar, y, kind=tangent_kind(y.kind))
        if isinstance(y.kind, Scalar) and not isinstance(c.kind, Scalar):
            return self.b.apply(runtime.unbroadcast, bar, y, kind=tangent_kind(y.kind))
        if isinstance(y.kind, Array) and isinstance(bar.kind, Array) and y.kind.ndim == bar.kind.ndim:
            bar.kind = tangent_kind(y.kind)
        return bar

    def leaving_value(self, c: Var, bar: Var, init):
        """The adjoint of the initial value."""
        if not isinstance(init, Var):
            return bar
        if c in self.lazy:
            return self.b.apply(runtime.adjoint_or_zeros, bar, init, kind=tangent_kind(init.kind))
        if isinstance(init.kind, Scalar) and not isinstance(c.kind, Scalar):
            return self.b.apply(runtime.unbroadcast, bar, init, kind=tangent_kind(init.kind))
        return bar

    def outer_init(self, var: Var):
        """Where the adjoint of an outer value starts: in memory of our own, for the body may add to it in place."""
        known = self.bars.materialised(var)
        if known is None:
            return self.bars.zeros(var)
        if known in self.bars.owned or isinstance(var.kind, Scalar):
            return known
        if isinstance(var.kind, Array) or is_container(var.kind):
            return self.b.apply(common.copy_function(var.kind), known, target=self.bars.new_bar(var),
                                kind=tangent_kind(var.kind))
        return self.b.apply(runtime.copy_adjoint, known, target=self.bars.new_bar(var), kind=tangent_kind(var.kind))

    # --- the two loops ------------------------------------------------------------------------------------------------

    def emit(self, body: Block, forward_body: Block, carried: tuple, inits: tuple, tape_sources: list) -> list:
        """Emit the reverse loop; the forward statements."""
        stmt, b = self.stmt, self.b
        if not self.bars.textbook and pipeline.is_enabled(pipeline.UNREAD):
            pipeline.made(pipeline.UNREAD, self.adjoint.primal, sweep_body(body))
        inside = set(defined(forward_body)) | set(inner_vars(stmt)) | set(stmt.carried)
        if self.memory is not None:
            inside |= {self.memory.mirrors[v] for v in (*inner_vars(stmt), *stmt.carried) if v in self.memory.mirrors}
        wanted = [v for v in free_vars(body) if v in inside]
        aligned = any(isinstance(kind_of_atom(s.iterable), Tape) for s in self.sources)
        given = self.given(aligned)
        counters = self.counters() if self.adjoint.program.backend == "numba" else {}
        needs = self.needs(wanted, inside, given, counters)
        mapping: dict = {}
        sources: list[Source] = []
        before: list = []
        handed = self.handed_on(needs)
        steady = self.steady(needs.recorded, inside)
        recorded = [v for v in needs.recorded if v not in steady]
        forward_carried, forward_inits, forward_yields = stmt.carried, stmt.inits, forward_body.yields
        if self.memory is not None:
            moved = [(self.memory.mirrors[c], self.memory.shadow_of(i), self.memory.shadow_of(y)) for c, i, y in zip(
                stmt.carried, stmt.inits, stmt.body.yields) if c in self.memory.mirrors]
            forward_carried += tuple(c for c, _, _ in moved)
            forward_inits += tuple(i for _, i, _ in moved)
            forward_yields += tuple(y for _, _, y in moved)
            if not body.stmts and not carried and not tape_sources:
                return [self.forward_loop(forward_body, forward_carried, forward_inits, forward_yields)]
        tape = trips = None
        known = recorded_already(forward_body, recorded)
        if known is not None:
            tape, recorded = known.args[0], list(known.args[1:])
        elif recorded:
            tape = Var("tape", Tape(tuple(kind_of_atom(v) for v in recorded)))
            made = Apply(tape, intrinsics.new_tape, (), (), stmt.loc)
            b.definitions[tape] = made
            before.append(made)
            push = Apply(Var("", NONE), intrinsics.push, (tape, *recorded), (), stmt.loc)
            place_push(forward_body, push, recorded)
        elif self.open_ended:
            trips = Var("trips", INT)
            more = Var("trips", INT)
            forward_body.stmts.append(Apply(more, operator.add, (trips, Lit(1)), (), stmt.loc))
            forward_carried, forward_inits = (*forward_carried, trips), (*forward_inits, Lit(0))
            forward_yields = (*forward_yields, more)
        forward_inits, forward_yields = define_carried(forward_body.stmts, forward_carried, forward_inits, forward_yields,
                                                       set(recorded))
        for old, last in steady.items():
            mapping[old] = last
            forward_carried, forward_inits = (*forward_carried, last), (*forward_inits, filler(last))
            forward_yields = (*forward_yields, old)
        self.given_sources(needs, aligned, mapping, sources, tape, trips)
        for tape_bar, target in tape_sources:
            sources.append(Source(target, b.apply(intrinsics.rewind, tape_bar)))
        if recorded:
            replay = tuple(Var("", v.kind, of=v) if isinstance(v, Var) else Var("", NONE) for v in recorded)
            mapping.update((v, r) for v, r in zip(recorded, replay) if isinstance(v, Var))
            sources.append(Source(replay[0] if len(replay) == 1 else replay, b.apply(intrinsics.rewind, tape)))
        if not sources:
            sources.append(Source(Var("", INT), self.count(trips)))
        final = Block()
        carried, inits = self.count_back({v: counters[v] for v in needs.counted}, final, body, mapping, carried, inits)
        carried, inits = self.hand_back(handed, body, mapping, carried, inits)
        for made in needs.recomputed.values():
            new = made.target.like()
            new.hint, new.of, new.suffix = "", made.target, ""
            args = tuple(mapping.get(a, a) if isinstance(a, Var) else a for a in made.args)
            mapping[made.target] = new
            again = Apply(new, made.fn, args, (), made.loc, None)
            b.definitions[new] = again
            final.stmts.append(again)
        copied = copy_block(body, mapping)
        final.stmts += copied.stmts
        final.yields = copied.yields
        fresh = {c: mapping.get(c, c) for c in carried}
        forward = self.forward_loop(forward_body, forward_carried, forward_inits, forward_yields)
        b.emit(For(tuple(sources), tuple(fresh[c] for c in carried), inits, final, None, stmt.loc, stmt.origin or stmt))
        return [*before, forward]

    def needs(self, wanted: list, inside: set, given: set, counters: dict) -> Needs:
        """What a reverse trip needs of its forward trip, and how it gets it."""
        is_volatile = self.memory.is_volatile if self.memory is not None else lambda made: False
        about = (wanted, inside, given, self.b.definitions, is_volatile)
        if self.adjoint.program.backend == "numba":
            return Needs(*about, compiled=True, counters=counters)
        if self.bars.textbook or not pipeline.is_enabled(pipeline.RECOMPUTE):
            return Needs(*about)
        needs = Needs.cheapest(*about)
        if needs.arithmetic:
            pipeline.made(pipeline.RECOMPUTE, self.adjoint.primal, sum(map(is_plain, needs.recomputed.values())))
        return needs

    def steady(self, recorded: list[Var], inside: set[Var]) -> dict[Var, Var]:
        """Integers that compiled code need not record, since every trip has the same: each as it is after the loop."""
        counted = [v for v in recorded if v.kind == INT]
        if self.adjoint.program.backend != "numba" or not counted or not isinstance(self.stmt, For) or self.stmt.stop is not None:
            return {}
        loop = Steady(self.stmt, inside)
        return {v: v.like() for v in counted if loop.is_steady(v)}

    def counters(self) -> dict[Var, Var]:
        """Integers that compiled code counts back rather than records: what may be wanted of a trip → the carried variable.

        A trip adds a constant: its start can be had. An inner loop has counted on: its end.
        """
        found = {}
        for c, init, y in zip(self.stmt.carried, self.stmt.inits, self.stmt.body.yields):
            if c.kind != INT or init == Lit(UNDEF):
                continue
            if self.step(c, y) is not None:
                found[c] = c
            elif isinstance(y, Var) and self.adjoint.counted.get(y, (None,))[0] is c:
                found[y] = c
        return found

    def step(self, c: Var, y) -> Apply | None:
        """The addition of a constant to a counter in each trip."""
        made = self.b.definitions.get(y)
        return made if made is not None and made.fn in (operator.add, operator.sub) and made.args[0] is c and (
            isinstance(made.args[1], Lit) and type(made.args[1].value) is int) else None

    def count_back(self, counters: dict, final: Block, body: Block, mapping: dict, carried: tuple, inits: tuple) -> tuple:
        """Carry counters from their ends back to their starts; the reverse loop's carried variables and inits."""
        for wanted, c in counters.items():
            end = c.like()
            if wanted is c:
                made = self.step(c, self.stmt.body.yields[self.stmt.carried.index(c)])
                back = operator.sub if made.fn is operator.add else operator.add
                start = mapping[c] = c.like()
                final.stmts.append(Apply(start, back, (end, made.args[1]), (), self.stmt.loc))
            else:
                mapping[wanted], start = end, self.adjoint.counted[wanted][1]
            body.yields = (*body.yields, start)
            carried, inits = (*carried, end), (*inits, c)
            self.adjoint.counted[c] = self.stmt.inits[self.stmt.carried.index(c)], end
        return carried, inits

    def handed_on(self, needs: Needs) -> dict[Var, Var]:
        """Numbers that need not be recorded, for the next trip records them as what it begins with: → the carried variable."""
        found = {}
        for c, init, y in zip(self.stmt.carried, self.stmt.inits, self.stmt.body.yields):
            if isinstance(y, Var) and isinstance(c.kind, Scalar) and c.kind == y.kind == kind_of_atom(init) and (
                    y is not c and y not in found and c in needs.recorded and y in needs.recorded):
                found[y] = c
        needs.recorded = [v for v in needs.recorded if v not in found]
        return found

    def hand_back(self, handed: dict, body: Block, mapping: dict, carried: tuple, inits: tuple) -> tuple:
        """Carry what a trip hands on from the trip after it to this one; the reverse loop's carried variables and inits."""
        for y, c in handed.items():
            end = mapping[y] = y.like()
            body.yields = (*body.yields, c)
            carried, inits = (*carried, end), (*inits, c)
        return carried, inits

    def forward_loop(self, body: Block, carried: tuple, inits: tuple, yields: tuple) -> For | While:
        stmt = self.stmt
        block = Block(body.stmts, yields)
        if not isinstance(stmt, For):
            return While(carried, inits, stmt.test, block, stmt.stop, stmt.loc, stmt.origin)
        read = set(uses(block))
        sources = (*self.plain, *(s for s in self.sources[len(self.plain):] if any(v in read for v in pattern_vars(s.target))))
        return For(sources, carried, inits, block, stmt.stop, stmt.loc, stmt.origin)

    def given(self, aligned: bool) -> set[Var]:
        """Loop targets that the reverse loop can have without a recording."""
        found: set[Var] = set()
        if self.index is not None:
            found.add(self.index)
        for source in self.sources:
            kind = kind_of_atom(source.iterable)
            if self.memory is not None and self.memory.is_volatile_source(source):
                continue
            if isinstance(kind, Tape):
                found.update(pattern_vars(source.target))
            elif isinstance(kind, Range | Array | ListOf | TupleOf) and isinstance(source.target, Var):
                if not self.open_ended or aligned:
                    found.add(source.target)
        return found

    def given_sources(self, needs: Needs, aligned: bool, mapping: dict, sources: list, tape, trips) -> None:
        """The reverse loop's own iterables: indices backwards, and items by index."""
        b = self.b
        single = len(self.plain) == 1 or aligned
        index = None
        items = []
        for source in self.sources:
            kind = kind_of_atom(source.iterable)
            used = [v for v in pattern_vars(source.target) if v in needs.used_given]
            if not used:
                continue
            if isinstance(kind, Tape):
                fresh = {v: Var("", v.kind, of=v) for v in pattern_vars(source.target)}
                mapping.update(fresh)
                target = fresh[source.target] if isinstance(source.target, Var) else tuple(fresh[v] for v in source.target)
                sources.append(Source(target, self.tape_backwards(source.iterable)))
            elif isinstance(kind, Range) and single:
                new = Var("", INT, of=source.target)
                mapping[source.target] = new
                sources.append(Source(new, reversed_range(b, known_range(source.iterable, b.definitions), source.iterable)))
            else:
                items.append(source)
        if items or self.index is not None:
            index = Var("", INT) if self.index is None else self.index
            new_index = Var("", INT)
            mapping[index] = new_index
            first = known_range(self.plain[0].iterable, b.definitions) if self.plain else None
            if items and first is not None and len(first.args) == 1 and self.plain[0] in items:
                new_index.of = self.sources[0].target
            sources.append(Source(new_index, b.apply(range, shifted(b, self.length(tape, trips), -1), Lit(-1), Lit(-1))))
            for source in items:
                made_range = known_range(source.iterable, b.definitions)
                if made_range is not None and len(made_range.args) == 1:
                    mapping[source.target] = new_index
                    continue
                item = Apply(source.target, operator.getitem, (source.iterable, index), (), self.stmt.loc)
                needs.recomputed = {source.target: item, **needs.recomputed}

    def is_rewound(self, iterable: Var) -> bool:
        """Does the loop read a tape backwards? The adjoints of its entries are then made in the tape's own order."""
        made = self.b.definition(iterable)
        return made is not None and made.fn is intrinsics.rewind

    def tape_backwards(self, iterable: Var):
        """The entries that a loop has read, last first."""
        if self.is_rewound(iterable):
            return self.b.definition(iterable).args[0]
        return self.b.apply(intrinsics.rewind, iterable)

    def length(self, tape, trips):
        """How many trips there were."""
        b = self.b
        if self.open_ended:
            return trips if trips is not None else b.apply(len, tape)
        lengths = [b.apply(len, s.iterable) for s in self.plain]
        return lengths[0] if len(lengths) == 1 else b.apply(min, *lengths)

    def count(self, trips):
        """Something with as many items as there were trips."""
        b = self.b
        if self.open_ended:
            return b.apply(range, trips)
        if len(self.plain) == 1 and isinstance(kind_of_atom(self.plain[0].iterable), Range):
            return self.plain[0].iterable
        return b.apply(range, self.length(None, None))


def recorded_already(body: Block, values: list) -> Apply | None:
    """A recording that an earlier differentiation put into the loop, if it has all of these values."""
    wanted = set(values)
    for stmt in body.stmts:
        if isinstance(stmt, Apply) and stmt.fn is intrinsics.push and wanted and wanted <= set(stmt.args[1:]):
            return stmt
    return None
