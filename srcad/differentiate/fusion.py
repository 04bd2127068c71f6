"""Loops whose trips hand on nothing but sums: reversed trip by trip, without a tape.

The adjoint of a sum is the same in every trip. Where it is known before the loop (1, or the seed, or what follows from
these alone), a trip can be reversed as soon as it has run (`fused_loop`)::

    for x in xs:                         for x in xs:
        y = np.exp(a * x)                    y = np.exp(a * x)
        total += y               →           total += y
    return 0.5 * total                       a_bar += 0.5 * y * x

Where it is not, and there is one sum, the loop runs with 1 for it, and what comes out is multiplied by the sum's adjoint:
the sum of products with one factor, which differs by rounding alone.

A loop inside another one, or one that writes slots that are read later, is reversed in its place. In compiled code a trip
that only adds, multiplies and moves numbers is run again there (`RunAgain`): that takes less time than to record, and to read
back, what its inner loops and the arrays it uses for itself hold.

What a trip writes to must be its own: memory that each trip writes before it reads it, and that nobody else reads
(`srcad.analysis.scratch`).
"""

from __future__ import annotations

import operator
from contextlib import contextmanager

from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.scratch import Scratch, written_by
from srcad.differentiate.loops import Reversal
from srcad.differentiate.record import Needs, filler
from srcad.differentiate.rows import Rows
from srcad.optimize.dead import remove_dead
from srcad.optimize.independent import Summed
from srcad.trace import intrinsics
from srcad.trace.ir import (
    UNDEF,
    Apply,
    Block,
    For,
    Function,
    If,
    Lit,
    Source,
    Var,
    copy_block,
    defined,
    every_block,
    free_vars,
    inner_vars,
    pattern_vars,
    uses,
    walk,
)
from srcad.trace.kinds import INT, Array, ListOf, Scalar, Tape
from srcad.trace.purity import VALUE, effect

#: How many operations may be repeated to have a sum's adjoint before the loop.
EARLIER = 12
#: What takes no more time, compiled, than reading its result from memory.
PLAIN = {operator.add, operator.sub, operator.mul, operator.neg, operator.pos, operator.getitem, operator.setitem, operator.lt,
         operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.not_, len, getattr, range,
         intrinsics.build_tuple, intrinsics.build_slice, intrinsics.copy_value}


def reverse_independent(adjoint, stmt: For) -> list | None:
    """Write the adjoint of a loop without a tape; the forward statements, or None if it cannot be done, or does not pay."""
    if not stmt.independent or adjoint.bars.textbook or adjoint.split:
        return None
    reversal = Fused(adjoint, stmt)
    if reversal.applies():
        return reversal.run()
    if adjoint.program.backend == "numba":
        again = RunAgain(adjoint, stmt)
        if again.applies():
            return again.run()
    return None


class Trips(Reversal):
    """What both ways have in common: nothing is handed on but sums, and what is written to is a trip's own."""

    reversed_at_once = True

    def hand_on_sums(self) -> bool:
        """Is every active carried variable a sum, or never read?"""
        stmt, bars = self.stmt, self.bars
        if self.pushes or any(isinstance(kind_of_atom(s.iterable), Tape) for s in stmt.sources):
            return False
        summed = Summed(stmt)
        return all(summed.is_sum(c) or c not in summed.read and c not in bars.of for c, _, _ in self.carried)

    def own_memory(self, slots: bool) -> bool:
        """Is all that a trip writes to its own? With `slots`, also what it only writes to, if that is not restored."""
        self.scratch = set()
        if self.memory is None:
            return True
        memory, stmt = self.memory, self.stmt
        if len(self.sources) > len(self.plain) or any(v in memory.mirrors for v in stmt.carried):
            return False
        analysis = Scratch(self.adjoint.primal, memory.aliases, stmt)
        for number in written_by(stmt, memory.aliases):
            if analysis.is_scratch(number):
                self.scratch.add(number)
            elif not slots or analysis.is_read(number) or memory.restored is None or number in memory.restored:
                return False
        for s in walk(stmt.body):
            if isinstance(s, Apply) and isinstance(s.target.kind, ListOf) and s.target in memory.mirrors:
                return False
        return True

    def reads_settled(self) -> bool:
        """Is the memory that the trips read, and do not write, left as it is from here on?"""
        if self.memory is None:
            return True
        aliases = self.memory.aliases
        numbers = {n for v in (*uses(self.stmt.body), *(s.iterable for s in self.stmt.sources)) if isinstance(v, Var)
                   for n in aliases.numbers(v)}
        written = written_by(self.stmt, aliases)
        return all(n in written or self.adjoint.is_settled(n) for n in numbers)


class Fused(Trips):
    """Writes a loop whose trips go forward and back at once."""

    def applies(self) -> bool:
        adjoint = self.adjoint
        if adjoint.depth or not adjoint.at_top() or not self.hand_on_sums():
            return False
        self.sums = [(c, i, y) for c, i, y in self.carried if c in self.bars.of]
        if not self.sums or not self.own_memory(False) or not self.reads_settled():
            return False
        self.known: dict[Var, object] = {}
        self.scaled = False
        self.earlier: list[Apply] = []
        available = adjoint.available()
        for c, _, _ in self.sums:
            atom = self.early(self.bars.materialised(c), available)
            if atom is None:
                break
            self.known[c] = atom
        else:
            return True
        [(c, _, _), *more] = self.sums
        self.known, self.earlier, self.scaled = {c: Lit(1.0)}, [], True
        return not more and kind_of_atom(c).base is float and not self.shadowed() and all(
            isinstance(v.kind, Scalar | Array) for v in self.outside)

    def shadowed(self) -> bool:
        """Do the trips add to adjoints in memory that is not theirs?"""
        if self.memory is None:
            return False
        own = {v for n in self.scratch for v in self.memory.aliases.members[n]}
        return any(self.bars.in_memory(v) and v not in own for v in uses(self.stmt.body)) or any(
            isinstance(s.iterable, Var) and self.bars.in_memory(s.iterable) for s in self.stmt.sources)

    def early(self, atom, available: set):
        """An atom of the reverse sweep as it can be had before the loop; None if it cannot."""
        if not isinstance(atom, Var) or atom in available:
            return atom
        made = self.b.definitions.get(atom)
        if made is None or len(self.earlier) >= EARLIER or isinstance(made.fn, Function) or effect(made) > VALUE or (
                not isinstance(atom.kind, Scalar)):
            return None
        args = [self.early(a, available) for a in made.args]
        kwargs = [(name, self.early(a, available)) for name, a in made.kwargs]
        if None in args or None in [a for _, a in kwargs]:
            return None
        again = Apply(atom.like(), made.fn, tuple(args), tuple(kwargs), made.loc, made.origin)
        self.b.definitions[again.target] = again
        self.earlier.append(again)
        available.add(again.target)
        return again.target

    def run(self) -> list:
        stmt, bars, b = self.stmt, self.bars, self.b
        after = {c: bars.materialised(c) for c, _, _ in self.sums}
        for c in after:
            del bars.of[c]
        before = bars.state()
        self.carried = self.sums
        with b.placed(stmt.loc, stmt.origin or stmt):
            headers = {v: bars.new_bar(v) for v in self.outside}
            body, forward, inner, _ = self.body([(self.known[c], None) for c in after], headers, {})
            bars.restore(before)
            together = Block([*forward.stmts, *body.stmts], (*stmt.body.yields, *inner.values()))
            read = set(uses(together))
            used = [v for v in self.outside if inner[v] is not headers[v] or headers[v] in read - set(inner.values())]
            together.yields = (*stmt.body.yields, *(inner[v] for v in used))
            b.kept.update(a for a in together.yields if isinstance(a, Var))
            with forward_sweep(b) as head:
                inits = tuple(bars.zeros(v) for v in used)
                sources = stmt.sources
                if self.index is not None:
                    active = next(s.iterable for s in sources if s.iterable in self.adjoint.active)
                    sources = (*sources, Source(self.index, b.apply(range, b.apply(len, active))))
            fused = For(sources, (*stmt.carried, *(headers[v] for v in used)), (*stmt.inits, *inits), together, stmt.stop,
                        stmt.loc, stmt.origin)
            if b.emitted is not None:
                b.emitted.append(fused)
            bars.start()
            for v in used:
                self.hand_out(v, headers[v], after)
            for c, init, _ in self.sums:
                bars.contribute(init, self.leaving_value(c, after[c], init))
        ahead, self.adjoint.ahead = self.adjoint.ahead, []
        return [*ahead, *self.earlier, *head.stmts, fused]

    def hand_out(self, v: Var, bar: Var, after: dict) -> None:
        """Add what the trips have made of an outer value's adjoint to that."""
        if self.scaled:
            [factor] = after.values()
            self.bars.contribute(v, self.b.apply(operator.mul, factor, bar), fresh=True)
        elif v in self.bars.of:
            self.bars.contribute(v, bar, fresh=True)
        else:
            self.bars.of[v] = bar
            self.bars.owned.add(bar)


@contextmanager
def forward_sweep(b):
    """Write statements of the forward sweep, into a block of their own."""
    emitted, b.emitted = b.emitted, None
    try:
        with b.inside(Block()) as made:
            yield made
    finally:
        b.emitted = emitted


class RunAgain(Trips):
    """Writes the reverse of a loop whose trips are run again in it."""

    def applies(self) -> bool:
        stmt = self.stmt
        statements = list(walk(stmt.body))
        if stmt.stop is not None or not all(self.is_plain(s) for s in statements) or not any(
                isinstance(s, For) or isinstance(s, Apply) and s.fn is operator.setitem for s in statements):
            return False
        summed = Summed(stmt)
        if any(c in summed.read and not summed.is_sum(c) for c in stmt.carried) or not self.hand_on_sums():
            return False
        given = self.given(False)
        return all(v in given for s in stmt.sources for v in pattern_vars(s.target)) and (
            self.own_memory(True) and self.reads_settled())

    @staticmethod
    def is_plain(stmt) -> bool:
        """Is it as fast as reading its result from memory?"""
        if not isinstance(stmt, Apply):
            return isinstance(stmt, For | If) and (not isinstance(stmt, For) or stmt.stop is None)
        return not stmt.kwargs and stmt.fn in PLAIN and (
            not isinstance(stmt.target.kind, Array) or stmt.fn is operator.getitem and all(
                not isinstance(kind_of_atom(a), Array | ListOf) for a in stmt.args[1:]))

    def emit(self, body: Block, forward_body: Block, carried: tuple, inits: tuple, tape_sources: list) -> list:
        rows = Rows(self)
        if rows.pay():
            back, forward = rows.block(body), rows.block(forward_body)
            if self.keeps_little(back, forward):
                self.adjoint.ahead += rows.before
                return super().emit(back, forward, carried, inits, tape_sources)
            rows.undo()
        stmt, b = self.stmt, self.b
        together = Block([*forward_body.stmts, *body.stmts], body.yields)
        given = self.given(False)
        wanted = free_vars(together)
        needs = Needs([v for v in wanted if v in given], given, given, b.definitions)
        mapping: dict = {c: filler(c) if i == Lit(UNDEF) else i for c, i in zip(stmt.carried, stmt.inits) if c in wanted}
        sources: list[Source] = []
        self.given_sources(needs, False, mapping, sources, None, None)
        if not sources:
            sources.append(Source(Var("", INT), self.count(None)))
        final = Block()
        for made in needs.recomputed.values():
            new = Var("", made.target.kind, of=made.target)
            args = tuple(mapping.get(a, a) if isinstance(a, Var) else a for a in made.args)
            mapping[made.target] = new
            b.definitions[new] = again = Apply(new, made.fn, args, (), made.loc, None)
            final.stmts.append(again)
        copied = copy_block(together, mapping)
        if self.memory is not None:
            original = {new: old for old, new in mapping.items()}
            self.leave_slots(copied, original)
        final.stmts += copied.stmts
        final.yields = copied.yields
        remove_dead(Function("", [], final))
        b.emit(For(tuple(sources), carried, inits, final, None, stmt.loc, stmt.origin or stmt))
        return [stmt]

    def keeps_little(self, body: Block, forward_body: Block) -> bool:
        """With scratch in rows, is nothing but single numbers recorded of a trip?"""
        inside = set(defined(forward_body)) | set(inner_vars(self.stmt)) | set(self.stmt.carried)
        needs = self.needs([v for v in free_vars(body) if v in inside], inside, self.given(False), self.counters())
        return all(isinstance(v.kind, Scalar) for v in needs.recorded)

    def leave_slots(self, block: Block, original: dict) -> None:
        """Drop the writes to what others read: it is there already."""
        numbers = written_by(self.stmt, self.memory.aliases) - self.scratch
        for inner in every_block(block):
            inner.stmts = [s for s in inner.stmts if not (isinstance(s, Apply) and s.fn is operator.setitem and (
                self.memory.aliases.number(original.get(s.args[0], s.args[0])) in numbers))]
