"""Loops over scalars, a strip of trips at a time, so that arithmetic is done on several trips at once.

The compiler makes vector instructions of a loop if that does nothing but arithmetic on numbers that lie one beside the
other. A loop whose trips have nothing to do with each other, and that computes much from a few numbers, is therefore run
16 trips at a time, in three loops::

    for i in range(n):                              for start in range(0, n, 16):
        a = math.sin(x[p[i]])                           count = min(16, n - start)
        ...                                             for j in range(count):       # what is read, and functions of it
        out[i, 0] = a * b + ...                             part[j] = math.sin(x[p[start + j]])
        out[i, 1] = a * c - ...                         for j in range(count):       # arithmetic
                                                            part[16 + j] = part[j] * ...
                                                        for j in range(count):       # what is stored
                                                            out[start + j, 0] = part[16 + j]

Every number is computed by the same operations as before, and stored in the same order. The arrays that are written to are
the function's own, and nothing of them is read in the loop. Quotients are computed without Numba's test of the divisor;
divisors are tested before anything is stored. Rows that the next strip stores to are announced to the processor while this
one reads: memory is slower than the arithmetic, and nothing else is asked of it meanwhile.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections import Counter

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, Lit, Source, Var, blocks, operands, uses, walk
from srcad.trace.kinds import INT, NONE, Array, Range, Scalar

#: Trips in a strip.
STRIP = 16
#: How many operations there must be in all, and for each number that is handed on.
LEAST, EACH = 40, 4

_PARTIAL = {operator.truediv}
_ARITHMETIC = {operator.add, operator.sub, operator.mul, operator.neg, operator.pos, operator.truediv, runtime.divide_or_zero,
               math.sqrt, intrinsics.copy_value}
_CALLS = {math.sin, math.cos, math.tan, math.exp, math.log, math.log1p, math.expm1, math.tanh, math.sinh, math.cosh, math.atan,
          math.asin, math.acos, math.atan2, math.hypot, math.erf, math.erfc, math.fabs}
_MADE = {np.empty, np.zeros, np.ones}


def use_strips(function: Function) -> int:
    """Run loops of the function's body by strips where that pays; returns how many."""
    if function.strict:
        return 0
    made = {s.target: s for s in walk(function.body) if isinstance(s, Apply)}
    counts = Counter(uses(function.body))
    stmts: list = []
    done = 0
    for stmt in function.body.stmts:
        strips = Strips(function, stmt, made) if isinstance(stmt, For) else None
        if strips is not None and strips.pay():
            done += 1
            if counts[stmt.sources[0].iterable] == 1:
                stmts = [s for s in stmts if not isinstance(s, Apply) or s.target is not stmt.sources[0].iterable]
            stmts += strips.write()
        else:
            stmts.append(stmt)
    function.body.stmts = stmts
    return done


def is_number(atom) -> bool:
    """Is it a float of full precision?"""
    if isinstance(atom, Lit):
        return type(atom.value) in (int, float)
    kind = kind_of_atom(atom)
    return isinstance(kind, Scalar) and kind.base is float and kind.dtype in (None, np.float64)


def is_whole(atom) -> bool:
    kind = kind_of_atom(atom)
    return isinstance(kind, Scalar) and kind.base is int


class Strips:
    """One loop, sorted into what is read, computed and stored."""

    def __init__(self, function: Function, stmt: For, made: dict[Var, Apply]) -> None:
        self.function, self.stmt, self.made = function, stmt, made
        self.inside: dict[Var, Apply] = {}
        self.first: set[Var] = set()             # what the first loop computes
        self.last: set[Var] = set()              # what the last one computes from what it stores
        self.stores: list[Apply] = []
        self.slots: dict[Var, int] = {}

    # --- can it be done? ------------------------------------------------------------------------------------------------

    def pay(self) -> bool:
        return self.bounds() and self.sort() and self.are_own() and self.share()

    def bounds(self) -> bool:
        stmt = self.stmt
        if stmt.carried or stmt.stop is not None or len(stmt.sources) != 1 or not isinstance(stmt.sources[0].target, Var):
            return False
        made = self.made.get(stmt.sources[0].iterable)
        if made is None or made.fn is not range or made.kwargs or len(made.args) > 2 or not all(map(is_whole, made.args)):
            return False
        self.begin, self.end = (Lit(0), *made.args) if len(made.args) == 1 else made.args
        return True

    def sort(self) -> bool:
        """Is every statement one that is read, computed or stored?"""
        self.written: set[Var] = set()           # the arrays that are stored to, and views of them
        index = self.stmt.sources[0].target
        for s in self.stmt.body.stmts:
            if not isinstance(s, Apply) or s.kwargs:
                return False
            if s.fn is operator.setitem:
                array, place, value = s.args
                if not self.is_index(place) or not is_number(value) or not isinstance(
                        kind_of_atom(array), Array):
                    return False
                self.written.add(array)
                self.stores.append(s)
                continue
            fits = (s.fn in _ARITHMETIC | _CALLS and is_number(s.target) and all(
                is_number(a) or is_whole(a) and a not in self.inside and a is not index for a in s.args)
                or s.fn in (operator.add, operator.sub) and is_whole(s.target) and all(map(is_whole, s.args))
                or s.fn is operator.getitem and isinstance(s.args[0], Var) and isinstance(s.args[0].kind, Array)
                and self.is_index(s.args[1]) and (is_number(s.target) or is_whole(s.target) or isinstance(s.target.kind, Array))
                or s.fn is intrinsics.build_tuple and all(map(is_whole, s.args)))
            if not fits or s.fn in _PARTIAL and isinstance(s.args[1], Lit) and s.args[1].value == 0:
                return False
            self.inside[s.target] = s
        return bool(self.stores)

    def is_index(self, atom) -> bool:
        made = self.made.get(atom) if isinstance(atom, Var) else None
        return is_whole(atom) or made is not None and made.fn is intrinsics.build_tuple and all(map(is_whole, made.args))

    def are_own(self) -> bool:
        """Is what is stored to known to this function only, and is nothing of it read in the loop?"""
        roots = set()
        for array in self.written:
            made = self.made.get(array)
            while made is not None and made.fn in (operator.getitem, runtime.in_large_pages):
                array = made.args[0]
                made = self.made.get(array)
            if made is None or made.fn not in _MADE:
                return False
            roots.add(array)
        tainted = set(roots)
        for s in walk(self.function.body):
            if not isinstance(s, Apply):
                if any(a in tainted for a in operands(s)) or any(a in tainted for b in blocks(s) for a in b.yields):
                    return False
                continue
            if not any(a in tainted for a in operands(s)):
                continue
            if s.fn in (operator.getitem, operator.setitem, runtime.in_large_pages):
                if any(a in tainted for a in s.args[1:]):
                    return False
            elif s.fn not in (intrinsics.build_tuple, len):
                return False
            if not isinstance(s.target.kind, Scalar) and s.target.kind != NONE:
                tainted.add(s.target)
        for s in self.inside.values():
            if s.fn is operator.getitem and (s.args[0] in tainted) != isinstance(s.target.kind, Array):
                return False
        return all(s.args[0] in tainted for s in self.stores)

    # --- what is done where -----------------------------------------------------------------------------------------------

    def is_read(self, var: Var) -> bool:
        """Is it looked up, or counted, rather than computed?"""
        return self.inside[var].fn not in _ARITHMETIC | _CALLS or is_whole(var)

    def share(self) -> bool:
        """Share the operations out among the three loops; tells whether enough are left for the second."""
        inside = self.inside
        readers: Counter = Counter(a for s in self.stmt.body.stmts for a in operands(s) if a in inside)
        stored = Counter(s.args[2] for s in self.stores)
        todo = [v for v, s in inside.items() if s.fn in _CALLS]
        while todo:
            var = todo.pop()
            if var not in self.first and not self.is_read(var):
                self.first.add(var)
                todo += [a for a in operands(inside[var]) if a in inside]
        for var, s in inside.items():
            if self.is_read(var) or var in self.first:
                continue
            mine = [a for a in s.args if a in inside]
            if s.fn in (operator.add, operator.sub, operator.mul) and len(set(mine)) == 2 and all(
                    (a in self.first or self.is_read(a)) and readers[a] == 1 for a in mine):
                self.first.add(var)
            elif s.fn is operator.neg and mine and readers[var] == stored[var]:
                self.last.add(var)
        second = self.second = dict.fromkeys(
            v for v in inside if not self.is_read(v) and v not in self.first and v not in self.last)
        self.tested_first: dict[Var, None] = {}
        self.tested_last: dict[Var, None] = {}
        handed: dict[Var, None] = {}
        for var in self.second:
            s = inside[var]
            handed.update((a, None) for a in s.args if a in inside and a not in second)
            if s.fn in _PARTIAL and isinstance(s.args[1], Var):
                (self.tested_last if s.args[1] in second else self.tested_first)[s.args[1]] = None
        for a in (*self.tested_last, *(a for v in self.last for a in inside[v].args), *stored):
            if a in inside and a not in self.last and not self.is_read(a):
                handed[a] = None
        self.slots = {v: k for k, v in enumerate(handed)}
        return len(self.second) >= max(LEAST, EACH * len(handed))

    # --- the three loops ----------------------------------------------------------------------------------------------------

    def write(self) -> list:
        loc = self.stmt.loc
        self.part = Var("part", Array(np.dtype(float), (None,)))
        start, count = Var("start", INT), Var("count", INT)
        outer, left = Var("", Range()), Var("", INT)
        before = [Apply(self.part, np.empty, (Lit(STRIP * len(self.slots)),), (), loc),
                  Apply(outer, range, (self.begin, self.end, Lit(STRIP)), (), loc)]
        body: list = [Apply(left, operator.sub, (self.end, start), (), loc),
                      Apply(count, builtins.min, (Lit(STRIP), left), (), loc)]
        for write in (self.read, self.compute, self.store):
            self.block: list = []
            self.known: dict = {}
            self.j = Var("j", INT)
            self.start = start
            write()
            trips = Var("", Range())
            body += [Apply(trips, range, (count,), (), loc), For((Source(self.j, trips),), (), (), Block(self.block), None, loc)]
        return [*before, For((Source(start, outer),), (), (), Block(body), None, loc, self.stmt.origin)]

    def apply(self, fn, *args, like: Apply, target: Var | None = None) -> Var:
        target = Var("", INT) if target is None else target
        self.block.append(Apply(target, fn, args, (), like.loc, like.origin))
        return target

    def place(self, var: Var, like: Apply):
        """Where a number that is handed on is kept."""
        slot = self.slots[var]
        return self.j if not slot else self.apply(operator.add, Lit(STRIP * slot), self.j, like=like)

    def keep(self, var: Var) -> None:
        like = self.inside[var]
        self.apply(operator.setitem, self.part, self.place(var, like), self.known[var], like=like, target=Var("", NONE))

    def value(self, atom, here):
        """An atom of the loop as this one of the three has it: computed `here`, looked up again, or handed on."""
        if atom is self.stmt.sources[0].target:
            if atom not in self.known:
                self.known[atom] = Var(atom.hint, INT)
                self.block.insert(0, Apply(self.known[atom], operator.add, (self.start, self.j), (), self.stmt.loc))
            return self.known[atom]
        made = self.inside.get(atom) if isinstance(atom, Var) else None
        if made is None:
            return atom
        if atom not in self.known:
            if atom in here or self.is_read(atom) and here is not self.second:
                self.again(made, here)
            else:
                self.known[atom] = self.apply(operator.getitem, self.part, self.place(atom, made), like=made, target=atom.like())
        return self.known[atom]

    def again(self, made: Apply, here) -> None:
        args = [self.value(a, here) for a in made.args]
        self.known[made.target] = self.apply(made.fn, *args, like=made, target=made.target.like())

    def expect(self) -> None:
        """Announce the rows that the next strip will store to."""
        index, like = self.stmt.sources[0].target, self.stores[0]
        rows: dict = {}
        for s in self.stores:
            array, place = s.args[:2]
            while (view := self.inside.get(array)) is not None:
                array, place = view.args
            made = self.made.get(place)
            if made is not None and made.fn is intrinsics.build_tuple and made.args[0] is index:
                rows[array] = None
        if rows:
            later = self.apply(operator.add, self.value(index, self.first), Lit(STRIP), like=like)
            for array in rows:
                self.apply(runtime.expect_row, array, later, like=like, target=Var("", NONE))

    def read(self) -> None:
        self.expect()
        for var in self.inside:
            if var in self.first:
                self.value(var, self.first)
        for var in self.tested_first:
            like = self.inside.get(var, self.stores[0])
            self.apply(runtime.check_divisor, self.value(var, self.first), like=like, target=Var("", NONE))
        for var in self.slots:
            if var not in self.second:
                self.value(var, self.first)
                self.keep(var)

    def compute(self) -> None:
        for var in self.second:
            made = self.inside[var]
            args = [self.value(a, self.second) for a in made.args]
            fn = np.divide if made.fn is operator.truediv else made.fn
            self.known[var] = self.apply(fn, *args, like=made, target=var.like())
            if var in self.slots:
                self.keep(var)

    def store(self) -> None:
        for var in self.tested_last:
            self.apply(runtime.check_divisor, self.value(var, self.last), like=self.inside[var], target=Var("", NONE))
        for s in self.stores:
            args = [self.value(a, self.last) for a in s.args]
            self.apply(operator.setitem, *args, like=s, target=Var("", NONE))
