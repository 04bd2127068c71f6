"""Tapes as arrays, for compiled code.

Enters: a derivative's Trace. Leaves: it, with the entries of every tape that holds numbers alone in the rows of arrays,
one for each dtype. All tapes that one statement makes, one in each trip of a loop around it, share these arrays; a tape is
then two integers, where its rows begin and end, and a tape of tapes is a column of integers. ::

    tape = []                                        rows, top = np.empty((0, 2)), 0
    for i in range(n):                               rows = reserve(rows, top + n)
        tape.append((a, b))                          for i in range(n):
    for a, b in tape[::-1]:                 →            rows[top, 0] = a
        x_bar += a * b                                   rows[top, 1] = b
                                                         top = top + 1
                                                     for k in range(top - 1, -1, -1):
                                                         x_bar += rows[k, 0] * rows[k, 1]

A loop whose number of trips is known reserves its rows before it starts; where that holds for all loops around, once.
"""

from __future__ import annotations

import builtins
import operator
from dataclasses import dataclass, field

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.trace import intrinsics
from srcad.trace.ir import (
    Apply,
    Block,
    For,
    Function,
    If,
    Lit,
    Ref,
    Source,
    Var,
    While,
    blocks,
    defined,
    every_block,
    inner_vars,
    operands,
    uses,
    walk,
)
from srcad.trace.kinds import INT, NONE, Array, Range, Scalar, Tape

_FILLERS = (Lit(None), Lit(0.0), Lit(0))


@dataclass(eq=False)
class Site:
    """The tapes that one statement makes.

    Attributes
    ----------
    columns : list
        For each value of an entry: (dtype, column) of a number, (site, column of the end, column of the begin) of a tape,
        the last only if it is not `counted`; None for what is a constant.
    widths : dict of dtype to int
        How many columns the array of a dtype has.
    lasting : bool
        Is a tape read elsewhere than in the block that makes it? Else the next one may take its rows.
    counted : bool
        Is it known wherever a tape is read how many rows it has? Then its end says where they are.
    """

    made: Apply
    push: Apply
    columns: list = field(default_factory=list)
    widths: dict = field(default_factory=dict)
    lasting: bool = False
    counted: bool = True


def use_arrays(function: Function) -> int:
    """Keep tapes of numbers in arrays; returns for how many statements that make tapes."""
    sites = _find(function)
    if sites:
        _Rewriter(function, sites).run()
    return len({id(s) for s in sites.values()})


# ---------------------------------------------------------------------------------------------------------------------
# Which tapes


def _find(function: Function) -> dict[Var, Site]:
    """The tapes that can be kept so: every Var that stands for one, with its site."""
    made = {s.target: s for s in walk(function.body) if isinstance(s, Apply) and s.fn is intrinsics.new_tape}
    refused: set[Var] = set()
    while True:
        found = _flow(function, {t: s for t, s in made.items() if t not in refused})
        if found is None:
            return {}
        sites, wrong = found
        wrong = {s.made.target for s in wrong}
        if not wrong:
            _settle(function, sites)
            return sites
        refused |= wrong


def _flow(function: Function, made: dict):
    """Follow tapes to where they are used: (site of each Var, sites used in a way that arrays do not allow)."""
    pushes: dict[Var, list] = {}
    for stmt in walk(function.body):
        if isinstance(stmt, Apply) and stmt.fn is intrinsics.push:
            pushes.setdefault(stmt.args[0], []).append(stmt)
    sites: dict[Var, Site] = {t: Site(s, pushes[t][0]) for t, s in made.items() if len(pushes.get(t, ())) == 1}
    if not sites:
        return None
    wrong: set[Site] = set()
    rewound: dict[Var, Var] = {}
    blanks: dict[Var, Var] = {}
    known = -1
    while known != len(sites) + len(blanks):          # an arm's values are seen after those of the branch
        known = len(sites) + len(blanks)
        for stmt in walk(function.body):
            match stmt:
                case Apply(fn=runtime.zeros_like) if stmt.args[0] in sites:
                    blanks[stmt.target] = stmt.args[0]
                case Apply(fn=builtins.len) if stmt.args[0] in sites:
                    sites[stmt.args[0]].counted = False
                case Apply(fn=intrinsics.rewind) if stmt.args[0] in sites:
                    rewound[stmt.target] = stmt.args[0]
                case If():
                    for target, *yields in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                        found = {id(sites[y]): sites[y] for y in yields if isinstance(y, Var) and y in sites}
                        if len(found) == 1 and all(
                                y in _FILLERS or isinstance(y, Var) and (y in sites or y in blanks) for y in yields):
                            [sites[target]] = found.values()
                case For():
                    for source in stmt.sources:
                        tape = rewound.get(source.iterable, source.iterable)
                        if not isinstance(tape, Var) or tape not in sites:
                            continue
                        site, target = sites[tape], source.target
                        if source.iterable not in rewound or all(
                                isinstance(kind_of_atom(other.iterable), Tape) for other in stmt.sources):
                            site.counted = False
                        values = site.push.args[1:]
                        targets = target if isinstance(target, tuple) else (target,)
                        if len(values) != 1 and isinstance(target, Var) or len(targets) != len(values) or not all(
                                isinstance(t, Var) for t in targets):
                            wrong.add(site)
                            continue
                        for t, v in zip(targets, values):
                            if isinstance(v, Var) and v in sites:
                                sites[t] = sites[v]
    for site in set(sites.values()):
        for value in site.push.args[1:]:
            if not (isinstance(kind_of_atom(value), Scalar) or isinstance(value, Lit) and value == Lit(None) or (
                    isinstance(value, Var) and value in sites)):
                wrong.add(site)
    for tape in _other_uses(function, sites, rewound, blanks):
        wrong.add(sites[tape])
    return sites, wrong


def _other_uses(function: Function, sites: dict, rewound: dict, blanks: dict):
    """Tapes that something else is done with than recording, reading, joining and counting."""
    stands = {**{t: t for t in sites}, **rewound, **blanks}
    for tape in (a for a in function.body.yields if isinstance(a, Var)):
        if tape in stands:
            yield stands[tape]
    for stmt in walk(function.body):
        read = [a for a in operands(stmt) if isinstance(a, Var) and a in stands]
        allowed: set = set()
        match stmt:
            case Apply(fn=intrinsics.push):
                if stmt.args[0] in sites and sites[stmt.args[0]].push is stmt:
                    allowed = {a for a in stmt.args if a in sites}
            case Apply(fn=intrinsics.rewind) | Apply(fn=builtins.len) | Apply(fn=runtime.zeros_like):
                allowed = set(stmt.args)
            case For():
                allowed = {s.iterable for s in stmt.sources} - set(stmt.inits)
        for block in blocks(stmt):
            read += [y for y in block.yields if isinstance(y, Var) and y in stands and not (
                isinstance(stmt, If) and stmt.targets[block.yields.index(y)] in sites)]
        for tape in read:
            if tape not in allowed:
                yield stands[tape]


def _settle(function: Function, sites: dict) -> None:
    """Give the values of the entries their columns."""
    chosen = {id(s): s for s in sites.values()}
    for site in chosen.values():
        for value in site.push.args[1:]:
            if isinstance(value, Var) and value in sites:
                first = site.widths.get(np.dtype(np.int64), 0)
                places = (first,) if sites[value].counted else (first, first + 1)
                site.widths[np.dtype(np.int64)] = first + len(places)
                site.columns.append((sites[value], *places))
            elif isinstance(value, Var):
                dtype = value.kind.dtype or np.dtype(value.kind.base)
                site.widths[dtype] = site.widths.get(dtype, 0) + 1
                site.columns.append((dtype, site.widths[dtype] - 1))
            else:
                site.columns.append(None)
    owner = {id(s): b for b in every_block(function.body) for s in b.stmts}
    for tape, site in sites.items():
        if tape is not site.made.target:
            site.lasting = True
    for block in every_block(function.body):
        for stmt in block.stmts:
            if isinstance(stmt, Apply) and stmt.fn in (intrinsics.rewind, len) or isinstance(stmt, For):
                atoms = stmt.args if isinstance(stmt, Apply) else tuple(s.iterable for s in stmt.sources)
                for tape in atoms:
                    if isinstance(tape, Var) and tape in sites and owner[id(sites[tape].made)] is not block:
                        sites[tape].lasting = True
            elif isinstance(stmt, Apply) and stmt.fn is intrinsics.push:
                for value in stmt.args[1:]:
                    if isinstance(value, Var) and value in sites:
                        sites[value].lasting = True


def _has(block: Block, push: Apply) -> bool:
    """Is a recording in this block, or in an arm in it?"""
    return any(s is push or isinstance(s, If) and (_has(s.then, push) or _has(s.orelse, push)) for s in block.stmts)


# ---------------------------------------------------------------------------------------------------------------------
# Writing them


@dataclass
class State:
    """The arrays of a site, how many rows are in use, and where the tape at hand begins: atoms at a place of the Trace."""

    rows: dict
    top: object
    begin: object


class _Rewriter:
    def __init__(self, function: Function, sites: dict) -> None:
        self.function, self.sites = function, sites
        self.distinct = list({id(s): s for s in sites.values()}.values())
        self.ranges = {s.target: s for s in walk(function.body) if isinstance(s, Apply) and s.fn is range}
        self.reading = {s.target: s.args[0] for s in walk(function.body)
                        if isinstance(s, Apply) and s.fn is intrinsics.rewind and s.args[0] in sites}
        self.bounds: dict[Var, tuple] = {}      # tapes that are not at hand where they are made: (begin, end)
        self.reserved: set[int] = set()         # sites whose rows a loop around has reserved
        self.out: list = []

    def run(self) -> None:
        env = {}
        head: list = []
        for site in self.distinct:
            rows = {}
            for dtype, width in site.widths.items():
                shape = self.emit(head, intrinsics.build_tuple, Lit(0), Lit(width))
                args = (shape,) if dtype == np.dtype(float) else (shape, Ref(dtype.type))
                rows[dtype] = self.emit(head, np.empty, *args, var=Var("tape", Array(dtype, (None, None))))
            env[id(site)] = State(rows, Lit(0), Lit(0))
        body = self.function.body
        stmts = self.block(body.stmts, env)
        body.stmts = [*head, *stmts]

    def emit(self, out: list, fn, *args, var: Var | None = None, like=None) -> Var:
        var = var if var is not None else Var("", INT)
        place = () if like is None else (like.loc, like.origin)
        out.append(Apply(var, fn, tuple(args), (), *place))
        return var

    def block(self, stmts: list, env: dict) -> list:
        out: list = []
        for stmt in self.delayed(stmts):
            match stmt:
                case Apply():
                    self.apply(stmt, env, out)
                case If():
                    self.branch(stmt, env, out)
                case For() | While():
                    self.loop(stmt, env, out)
                case _:
                    out.append(stmt)
        return out

    def delayed(self, stmts: list) -> list:
        """The recording of a tape after what is recorded on it, so that its end is known."""
        late: dict[int, list] = {}
        for stmt in stmts:
            if not (isinstance(stmt, Apply) and stmt.fn is intrinsics.push):
                continue
            held = {id(self.sites[v].push) for v in stmt.args[1:] if isinstance(v, Var) and v in self.sites}
            if held:
                last = max((k for k, s in enumerate(stmts) if any(id(i) in held for i in walk(Block([s])))), default=-1)
                if last > stmts.index(stmt):
                    late.setdefault(last, []).append(stmt)
        if not late:
            return stmts
        moved = {id(s) for group in late.values() for s in group}
        out = []
        for k, stmt in enumerate(stmts):
            if id(stmt) not in moved:
                out.append(stmt)
            out.extend(late.get(k, ()))
        return out

    # --- tapes as atoms -----------------------------------------------------------------------------------------------

    def ends(self, tape: Var, env: dict) -> tuple:
        """(begin, end) of a tape."""
        if tape in self.bounds:
            return self.bounds[tape]
        state = env[id(self.sites[tape])]
        return state.begin, state.top

    # --- statements ---------------------------------------------------------------------------------------------------

    def apply(self, stmt: Apply, env: dict, out: list) -> None:
        if stmt.fn is intrinsics.new_tape and stmt.target in self.sites:
            site = self.sites[stmt.target]
            state = env[id(site)]
            begin = state.top if site.lasting else Lit(0)
            env[id(site)] = State(state.rows, begin, begin)
        elif stmt.fn in (intrinsics.rewind, runtime.zeros_like) and stmt.args[0] in self.sites:
            return
        elif stmt.fn is len and stmt.args[0] in self.sites:
            begin, end = self.ends(stmt.args[0], env)
            out.append(Apply(stmt.target, operator.sub, (end, begin), (), stmt.loc, stmt.origin))
        elif stmt.fn is intrinsics.push and stmt.args[0] in self.sites:
            self.record(stmt, env, out)
        elif stmt.fn is intrinsics.push:
            values: list = []
            for v in stmt.args[1:]:
                values += self.ends(v, env) if isinstance(v, Var) and v in self.sites else [v]
            out.append(Apply(stmt.target, stmt.fn, (stmt.args[0], *values), (), stmt.loc, stmt.origin))
        else:
            out.append(stmt)

    def record(self, stmt: Apply, env: dict, out: list) -> None:
        site = self.sites[stmt.args[0]]
        state = env[id(site)]
        if id(site) not in self.reserved:
            self.reserve(site, env, Lit(1), out, stmt)
            state = env[id(site)]
        for value, column in zip(stmt.args[1:], site.columns):
            if column is None:
                continue
            if isinstance(column[0], Site):
                for atom, place in zip(self.ends(value, env)[::-1], column[1:]):
                    self.store(state, np.dtype(np.int64), place, atom, out, stmt)
            else:
                self.store(state, *column, value, out, stmt)
        top = self.emit(out, operator.add, state.top, Lit(1), var=Var("top", INT), like=stmt)
        env[id(site)] = State(state.rows, top, state.begin)

    def store(self, state: State, dtype, column: int, value, out: list, stmt: Apply) -> None:
        index = self.emit(out, intrinsics.build_tuple, state.top, Lit(column))
        self.emit(out, operator.setitem, state.rows[dtype], index, value, var=Var("", NONE), like=stmt)

    def reserve(self, site: Site, env: dict, count, out: list, stmt) -> None:
        """Make room for so many more rows."""
        state = env[id(site)]
        needed = count if state.top == Lit(0) else self.emit(out, operator.add, state.top, count)
        rows = {dtype: self.emit(out, runtime.reserve, old, needed, var=old.like()) for dtype, old in state.rows.items()}
        env[id(site)] = State(rows, state.top, state.begin)

    def branch(self, stmt: If, env: dict, out: list) -> None:
        before = dict(env)
        arms = []
        for block in (stmt.then, stmt.orelse):
            inner = dict(before)
            made = Block(self.block(block.stmts, inner), block.yields)
            arms.append((made, inner))
        targets: list = []
        yields: tuple[list, list] = ([], [])
        for k, target in enumerate(stmt.targets):
            if target not in self.sites:
                targets.append(target)
                for mine, (made, _) in zip(yields, arms):
                    mine.append(made.yields[k])
                continue
            pair = Var("top", INT), Var("top", INT)
            self.bounds[target] = pair
            targets += pair
            for mine, (made, inner) in zip(yields, arms):
                tape = made.yields[k]
                mine += self.ends(tape, inner) if isinstance(tape, Var) and tape in self.sites else (Lit(0), Lit(0))
        for site in self.distinct:
            old = before[id(site)]
            one, other = (inner[id(site)] for _, inner in arms)
            if one == other:
                env[id(site)] = one
                continue
            rows = {}
            for dtype, var in old.rows.items():
                if one.rows[dtype] is other.rows[dtype]:
                    rows[dtype] = one.rows[dtype]
                    continue
                rows[dtype] = var.like()
                targets.append(rows[dtype])
                yields[0].append(one.rows[dtype])
                yields[1].append(other.rows[dtype])
            top = one.top
            if one.top != other.top:
                top = Var("top", INT)
                targets.append(top)
                yields[0].append(one.top)
                yields[1].append(other.top)
            env[id(site)] = State(rows, top, old.begin)
        for (made, _), mine in zip(arms, yields):
            made.yields = tuple(mine)
        out.append(If(stmt.cond, arms[0][0], arms[1][0], tuple(targets), stmt.loc, stmt.origin))

    # --- loops --------------------------------------------------------------------------------------------------------

    def loop(self, stmt: For | While, env: dict, out: list) -> None:
        inside = {id(s) for b in blocks(stmt) for s in walk(b)}
        here = [site for site in self.distinct if id(site.push) in inside]
        mine = [site for site in here if id(site) not in self.reserved and self.reserve_for(stmt, site, env, out)]
        self.reserved |= {id(s) for s in mine}
        carried, inits, after = list(stmt.carried), list(stmt.inits), []
        before = dict(env)
        outer = dict(env)
        for site in here:
            state = env[id(site)]
            rows = state.rows
            if id(site) not in self.reserved:
                rows = {}
                for dtype, old in state.rows.items():
                    rows[dtype] = old.like()
                    carried.append(rows[dtype])
                    inits.append(old)
                    after.append((site, dtype))
            made_inside = id(site.made) in inside
            top = state.top
            if not made_inside or site.lasting:
                top = Var("top", INT)
                carried.append(top)
                inits.append(state.top)
                after.append((site, None))
            env[id(site)] = outer[id(site)] = State(rows, top, state.begin)
        inner = dict(env)
        sources, head, steps = self.sources(stmt, before, out)
        for var, init, _ in steps:
            carried.append(var)
            inits.append(init)
        test = None
        if isinstance(stmt, While):
            test = Block(self.block(stmt.test.stmts, inner), stmt.test.yields)
        body = self.block(stmt.body.stmts, inner)
        yields = list(stmt.body.yields)
        for site, dtype in after:
            state = inner[id(site)]
            yields.append(state.top if dtype is None else state.rows[dtype])
        yields += [following for _, _, following in steps]
        block = Block([*head, *body], tuple(yields))
        if isinstance(stmt, While):
            out.append(While(tuple(carried), tuple(inits), test, block, stmt.stop, stmt.loc, stmt.origin))
        else:
            out.append(For(tuple(sources), tuple(carried), tuple(inits), block, stmt.stop, stmt.loc, stmt.origin))
        env.update(outer)
        self.reserved -= {id(s) for s in mine}

    def reserve_for(self, stmt: For | While, site: Site, env: dict, out: list) -> bool:
        """Reserve what the whole loop records of a site, if that is known; tells whether it is."""
        counts = self.counts(stmt, site, set(defined(Block([stmt]))) | {v for s in walk(Block([stmt])) for v in inner_vars(s)})
        if counts is None:
            return False
        total = None
        for makers in counts:
            count = makers(out)
            total = count if total is None else self.emit(out, operator.mul, total, count)
        self.reserve(site, env, total, out, stmt)
        return True

    def counts(self, stmt, site: Site, inside: set) -> list | None:
        """How often each loop from here to a site's recording runs, each as what writes that down."""
        if not isinstance(stmt, For):
            return None
        own = self.count(stmt, inside)
        if own is None:
            return None
        if _has(stmt.body, site.push):
            return [own] if site.lasting or not any(s is site.made for s in walk(stmt.body)) else None
        if any(s is site.made for s in stmt.body.stmts) and not site.lasting:
            # Every trip starts anew: room for one is enough.
            further = self.inner(stmt, site, inside)
            return further
        further = self.inner(stmt, site, inside)
        return None if further is None else [own, *further]

    def inner(self, stmt: For, site: Site, inside: set) -> list | None:
        for s in stmt.body.stmts:
            if isinstance(s, For | While) and any(i is site.push for i in walk(Block([s]))):
                return self.counts(s, site, inside)
        return None

    def count(self, stmt: For, inside: set):
        """What writes down how many trips a loop makes at most."""
        for source in stmt.sources:
            made = self.ranges.get(source.iterable)
            if made is not None and not made.kwargs:
                if any(a in inside for a in made.args if isinstance(a, Var)):
                    continue
                args = made.args
                if len(args) == 1:
                    return lambda out: args[0]
                if len(args) == 2 or args[2] == Lit(1):
                    return lambda out: args[1] if args[0] == Lit(0) else self.emit(out, operator.sub, args[1], args[0])
                if args[2] == Lit(-1):
                    return lambda out: self.emit(out, operator.sub, args[0], args[1])
            iterable = source.iterable
            if iterable in inside or not isinstance(kind_of_atom(iterable), Array):
                continue
            return lambda out: self.emit(out, len, iterable)
        return None

    def sources(self, stmt: For | While, env: dict, out: list) -> tuple:
        """(iterables, statements at the start of the body, places that move on from trip to trip)."""
        if isinstance(stmt, While):
            return (), [], []
        head: list = []
        steps: list = []
        read = set(uses(stmt.body))
        tapes = {s: t for s in stmt.sources if (t := self.reading.get(s.iterable, s.iterable)) in self.sites}
        sources = [s for s in stmt.sources if s not in tapes]
        for source, tape in tapes.items():
            begin, end = self.ends(tape, env)
            back = source.iterable in self.reading
            place = Var("", INT)
            if not sources:
                trips = Var("", Range())
                if back:
                    last = Lit(begin.value - 1) if isinstance(begin, Lit) else self.emit(out, operator.sub, begin, Lit(1))
                    self.emit(out, range, self.emit(out, operator.sub, end, Lit(1)), last, Lit(-1), var=trips)
                else:
                    self.emit(out, range, begin, end, var=trips)
                sources.append(Source(place, trips))
            elif back:
                following = self.emit(head, operator.sub, place, Lit(1))
                steps.append((place, end, following))
                place = following
            else:
                steps.append((place, begin, self.emit(head, operator.add, place, Lit(1))))
            self.entry(source, self.sites[tape], env[id(self.sites[tape])], place, read, head)
        return tuple(sources), head, steps

    def entry(self, source: Source, site: Site, state: State, place: Var, read: set, head: list) -> None:
        """Read one entry of a tape."""
        for target, column in zip(source.target if isinstance(source.target, tuple) else (source.target,), site.columns):
            if column is None:
                continue
            if isinstance(column[0], Site):
                end, *begin = [self.load(state, np.dtype(np.int64), k, place, head) for k in column[1:]]
                self.bounds[target] = (begin[0] if begin else Lit(0), end)
            elif target in read:
                self.load(state, *column, place, head, target)

    def load(self, state: State, dtype, column: int, place: Var, out: list, target: Var | None = None) -> Var:
        index = self.emit(out, intrinsics.build_tuple, place, Lit(column))
        return self.emit(out, operator.getitem, state.rows[dtype], index, var=target)
