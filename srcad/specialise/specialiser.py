"""The abstract interpreter: runs an untyped Trace over kinds and writes the typed one.

What is decided while compiling: which function a name means, which method, branches on static values, tuples whose items
are known, and the kind of everything else. Loops are run until the kinds of their carried variables no longer change.
"""

from __future__ import annotations

import operator

from srcad.analysis.infer import element_kind, kind_of_atom
from srcad.errors import Location, SrcadError, UnsupportedError
from srcad.specialise import calls
from srcad.specialise.builder import Builder
from srcad.specialise.program import Program, Specialised, data_vars
from srcad.specialise.values import Enumerate, Instance, Items, Method, Pack, Zip, is_atom
from srcad.trace import intrinsics, ir
from srcad.trace.ir import UNDEF, Apply, Block, Comment, For, FreeName, If, Lit, Ref, Source, Star, Var, While
from srcad.trace.kinds import (
    BOTTOM, Array, Bottom, Cursor, Kind, ListOf, Numeric, Range, Static, Tape, TupleOf, Unknown, join, name_axes,
)

UNDEFINED = Lit(UNDEF)
#: A heterogeneous tuple up to this long is iterated over by writing the body out.
LONGEST_UNROLLED = 64


class Specialiser:
    """Specialises one function (and, in frames of its own, what is inlined into it)."""

    def __init__(self, program: Program, info: Specialised, builder: Builder) -> None:
        self.program = program
        self.info = info
        self.b = builder
        self.env: dict = {}
        self.frozen = False          # keep the caller's place: a rule's body is being spliced in

    # --- values -------------------------------------------------------------------------------------------------------

    def value(self, atom):
        """What an atom of the untyped Trace stands for."""
        if isinstance(atom, Var):
            return self.env[atom]
        if isinstance(atom, FreeName):
            return calls.read_free(self, atom.free)
        return atom

    def atom(self, value):
        """A value as an atom, made by an operation if need be."""
        match value:
            case Var() | Lit() | Ref():
                return value
            case Pack(items=items):
                return self.b.apply(intrinsics.build_tuple, *[self.atom(i) for i in items])
            case Zip(iterables=iterables):
                return self.b.apply(zip, *[self.atom(i) for i in iterables])
            case Enumerate(iterable=iterable, start=start):
                return self.b.apply(enumerate, self.atom(iterable), self.atom(start))
            case Items(mapping=mapping, what=what):
                items = calls.mapping_items(self, mapping, what)
                return self.b.apply(intrinsics.build_list, *[self.atom(i) for i in items])
            case Instance(value=value):
                return Ref(value)
            case Method(value=owner, name=name):
                return self.b.apply(getattr, self.atom(owner), Lit(name))
        raise TypeError(f"no atom for {value!r}")

    def kind(self, value) -> Kind:
        if isinstance(value, Pack):
            return TupleOf(tuple(map(self.kind, value.items)))
        return kind_of_atom(value) if is_atom(value) else kind_of_atom(self.atom(value))

    def hidden(self, name: str, read, key: tuple):
        """The parameter that carries a datum read at each call."""
        self.program.datum(name, read, key, self.b.loc)
        return data_vars(self.program, self.info, key)

    def refuse(self, reason: str, advice: str = "") -> UnsupportedError:
        return UnsupportedError(reason, advice, self.b.loc)

    # --- statements ---------------------------------------------------------------------------------------------------

    def block(self, block: Block) -> list:
        """Run the statements of a block; the values it yields."""
        for stmt in block.stmts:
            self.statement(stmt)
        return [self.value(a) for a in block.yields]

    def statement(self, stmt) -> None:
        if isinstance(stmt, Comment):
            return
        if stmt.loc.line and not self.frozen:
            self.b.loc = stmt.loc
        try:
            match stmt:
                case Apply():
                    self.env[stmt.target] = self.apply(stmt)
                case If():
                    self.branch(stmt)
                case For():
                    self.for_loop(stmt)
                case While():
                    self.while_loop(stmt)
        except SrcadError as error:
            raise error.at(self.b.loc) from None

    def apply(self, stmt: Apply):
        args = []
        for a in stmt.args:
            if isinstance(a, Star):
                args += calls.expand_star(self, self.value(a.atom))
            else:
                args.append(self.value(a))
        kwargs = []
        for name, a in stmt.kwargs:
            if name is None:
                kwargs += calls.expand_mapping(self, self.value(a))
            else:
                kwargs.append((name, self.value(a)))
        fn = stmt.fn
        if isinstance(fn, Var | FreeName | Ref | Lit):
            fn = self.value(fn)
        else:
            fn = Ref(fn)
        hint = "" if self.frozen else stmt.target.hint
        result = calls.call(self, fn, args, kwargs, hint)
        if isinstance(result, Var) and hint and not result.hint and result.of is None:
            result.hint = stmt.target.hint
        return result

    # --- branches -----------------------------------------------------------------------------------------------------

    def branch(self, stmt: If) -> None:
        cond = self.value(stmt.cond)
        known = calls.truth(self, cond)
        if known is not None:
            chosen = stmt.then if known else stmt.orelse
            for target, value in zip(stmt.targets, self.block(chosen)):
                self.env[target] = value
            return
        cond = self.atom(cond)
        loc = self.b.loc
        arms, values = [], []
        for source in (stmt.then, stmt.orelse):
            with self.b.inside(Block()) as arm:
                values.append(self.block(source))
                arms.append(arm)
        self.b.loc = loc
        targets: list[Var] = []
        yields: tuple[list, list] = ([], [])
        dead = tuple(_never_ends(arm) for arm in arms)
        for target, *pair in zip(stmt.targets, *values):
            self.env[target] = self.merge(target, pair, arms, targets, yields, dead)
        result = If(cond, arms[0], arms[1], tuple(targets), loc)
        arms[0].yields, arms[1].yields = map(tuple, yields)
        self.b.emit(result)

    def merge(self, like: Var, pair, arms, targets, yields, dead):
        """The value after a branch whose arms give these two; extends targets and yields."""
        a, b = pair
        if dead[0] and not dead[1] and is_atom(b) and not isinstance(b, Var):
            return b
        if dead[1] and not dead[0] and is_atom(a) and not isinstance(a, Var):
            return a
        if _same(a, b):
            return a
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Pack) and not isinstance(other, Pack) and other == UNDEFINED:
                pair = [v if v is one else Pack((UNDEFINED,) * len(one.items)) for v in (a, b)]
                return self.merge(like, pair, arms, targets, yields, dead)
        if isinstance(a, Pack) and isinstance(b, Pack) and len(a.items) == len(b.items):
            return Pack(tuple(
                self.merge(Var(), [x, y], arms, targets, yields, dead) for x, y in zip(a.items, b.items, strict=True)))
        atoms = []
        for value, arm in zip((a, b), arms):
            with self.b.inside(arm):
                atoms.append(self.atom(value))
        kind = join(*(self.branch_kind(x) for x in atoms))
        new = Var("" if self.frozen else like.hint, kind)
        targets.append(new)
        yields[0].append(atoms[0])
        yields[1].append(atoms[1])
        return new

    @staticmethod
    def branch_kind(atom) -> Kind:
        return kind_of_atom(atom)

    # --- loops --------------------------------------------------------------------------------------------------------

    def for_loop(self, stmt: For) -> None:
        iterables = [self.value(s.iterable) for s in stmt.sources]
        if len(iterables) == 1:
            items = calls.static_items(self, iterables[0])
            if items is not None and (isinstance(iterables[0], Items) or self.must_unroll(items)):
                self.unroll(stmt, items)
                return
        self.loop(stmt, iterables)

    def must_unroll(self, items: list) -> bool:
        """Are the items of different kinds, so that one body cannot serve them all?"""
        if len(items) > LONGEST_UNROLLED:
            return False
        if any(not is_atom(i) and not isinstance(i, Pack) or isinstance(i, Ref) for i in items):
            return True
        kind: Kind = BOTTOM
        for item in items:
            kind = join(kind, self.kind(item) if not isinstance(item, Pack) else self.pack_kind(item))
        return _is_vague(kind)

    def pack_kind(self, pack: Pack) -> Kind:
        items = []
        for i in pack.items:
            if isinstance(i, Pack):
                items.append(self.pack_kind(i))
            elif is_atom(i) and not isinstance(i, Ref):
                items.append(kind_of_atom(i))
            else:
                items.append(Unknown())
        return TupleOf(tuple(items))

    def unroll(self, stmt: For, items: list) -> None:
        """Write the body out once per item; a `stop` guards what follows it."""
        state = [self.value(a) for a in stmt.inits]
        self.unrolled_trips(stmt, items, 0, state)

    def unrolled_trips(self, stmt: For, items: list, k: int, state: list) -> None:
        for c, v in zip(stmt.carried, state):
            self.env[c] = v
        if k == len(items):
            return
        self.bind(stmt.sources[0].target, items[k])
        state = self.block(stmt.body)
        if stmt.stop is None:
            self.unrolled_trips(stmt, items, k + 1, state)
            return
        stop = self.value(stmt.stop)
        known = calls.truth(self, stop)
        if known is not None:
            self.unrolled_trips(stmt, items, len(items) if known else k + 1, state)
            return
        arms = [Block(), Block()]
        with self.b.inside(arms[1]):
            self.unrolled_trips(stmt, items, k + 1, state)
            rest = [self.env[c] for c in stmt.carried]
        targets: list = []
        yields: tuple[list, list] = ([], [])
        for c, a, b in zip(stmt.carried, state, rest):
            self.env[c] = self.merge(c, [a, b], arms, targets, yields, (False, False))
        arms[0].yields, arms[1].yields = map(tuple, yields)
        self.b.emit(If(self.atom(stop), arms[0], arms[1], tuple(targets), stmt.loc))

    def bind(self, target, value) -> None:
        if isinstance(target, Var):
            self.env[target] = value
            if isinstance(value, Var) and target.hint and not value.hint and value.of is None:
                value.hint = target.hint
        else:
            for t, v in zip(target, calls.unpacked(self, value, len(target), -1)):
                self.bind(t, v)

    def loop(self, stmt: For | While, iterables: list | None) -> None:
        """A loop that stays one: find the kinds of its carried variables, then write it."""
        loc = self.b.loc
        forms = [self.value(a) for a in stmt.inits]
        shapes = [_form(v) for v in forms]
        flats = [self.flatten(v, s) for v, s in zip(forms, shapes)]
        kinds = [[kind_of_atom(a) for a in flat] for flat in flats]
        constants: list = [flat[0] if s is None and isinstance(flat[0], Ref | Lit) else None
                           for flat, s in zip(flats, shapes)]
        iterated: list = []
        plans = [] if iterables is None else [self.plan(i, iterated) for i in iterables]
        for _ in range(40):
            carried = [[_new(c, k, s is None) for k in ks] for c, ks, s in zip(stmt.carried, kinds, shapes)]
            for c, vs, s, const in zip(stmt.carried, carried, shapes, constants):
                self.env[c] = const if const is not None and const != UNDEFINED else _unflatten(vs, s)
            with self.b.inside(Block()) as outer_test, self.b.placed(loc):
                test_values = self.block(stmt.test) if isinstance(stmt, While) else []
                cond = self.atom(test_values[0]) if test_values else None
            with self.b.inside(Block()) as body, self.b.placed(loc):
                sources: list = [None] * len(iterated)
                if iterables is not None:
                    for source, plan in zip(stmt.sources, plans):
                        self.bind(source.target, self.item(plan, iterated, sources, source.target))
                yields = self.block(stmt.body)
                stop = None if stmt.stop is None else self.value(stmt.stop)
                changed = False
                new_yields = []
                for k, value in enumerate(yields):
                    if constants[k] is not None and constants[k] != UNDEFINED:
                        if is_atom(value) and value == constants[k]:
                            new_yields.append(None)
                            continue
                        constants[k] = None
                        changed = True
                    form = _form(value)
                    if shapes[k] is not None and form != shapes[k] and not (
                            is_atom(value) and isinstance(kind_of_atom(value), TupleOf)):
                        shapes[k] = None
                        changed = True
                        flats[k] = None
                    elif shapes[k] is None and form is not None and flats[k] == [UNDEFINED] and kinds[k] == [BOTTOM]:
                        shapes[k] = form
                        flats[k] = [UNDEFINED] * _count(form)
                        kinds[k] = [BOTTOM] * _count(form)
                        changed = True
                    new_yields.append(value)
                if not changed:
                    flat_yields = [None if v is None else self.flatten(v, s) for v, s in zip(new_yields, shapes)]
            if not changed:
                for k, flat in enumerate(flat_yields):
                    if flat is None:
                        continue
                    for j, atom in enumerate(flat):
                        joined = join(kinds[k][j], kind_of_atom(atom))
                        if joined != kinds[k][j]:
                            kinds[k][j] = joined
                            changed = True
                if not changed:
                    break
            for k, flat in enumerate(flats):
                if flat is None:
                    flats[k] = self.flatten(forms[k], None)
                    kinds[k] = [kind_of_atom(flats[k][0])]
        else:
            raise self.refuse("the kinds of the variables of this loop do not settle", "give them one kind before the loop")
        all_carried, inits, all_yields = [], [], []
        for k, vs in enumerate(carried):
            if flat_yields[k] is None:
                self.env[stmt.carried[k]] = constants[k]
                continue
            for v, init, y in zip(vs, flats[k], flat_yields[k]):
                all_carried.append(v)
                inits.append(init)
                all_yields.append(y)
        with self.b.inside(body):
            stop_atom = None if stop is None else self.atom(stop)
        body.yields = tuple(all_yields)
        if isinstance(stmt, While):
            outer_test.yields = (cond,)
            self.b.emit(While(tuple(all_carried), tuple(inits), outer_test, body, stop_atom, loc))
        else:
            self.b.emit(For(tuple(sources), tuple(all_carried), tuple(inits), body, stop_atom, loc))
        self.b.loc = loc

    def while_loop(self, stmt: While) -> None:
        self.loop(stmt, None)

    def flatten(self, value, shape) -> list:
        """The atoms of a carried value of this form."""
        if shape is None:
            return [self.atom(value)]
        if value == UNDEFINED:
            return [UNDEFINED] * _count(shape)
        items = value.items if isinstance(value, Pack) else calls.unpacked(self, value, len(shape), -1)
        return [a for v, s in zip(items, shape) for a in self.flatten(v, s)]

    def plan(self, iterable, iterated: list):
        """How the items of an iterable are had: adds what is really iterated over to `iterated`, outside the loop."""
        match iterable:
            case Zip(iterables=parts):
                return [self.plan(p, iterated) for p in parts]
            case Enumerate(iterable=inner, start=start):
                at = len(iterated)
                iterated.append(None)
                plan = self.plan(inner, iterated)
                stop = self.b.apply(len, iterated[at + 1])
                if start == Lit(0):
                    iterated[at] = self.b.apply(range, stop)
                else:
                    first = self.atom(start)
                    iterated[at] = self.b.apply(range, first, self.b.apply(operator.add, first, stop))
                return [at, plan]
        atom = self.atom(iterable)
        kind = kind_of_atom(atom)
        if not isinstance(kind, ITERATED):
            atom = self.b.apply(list, atom)
        iterated.append(atom)
        return len(iterated) - 1

    def item(self, plan, iterated: list, sources: list, target=None):
        """What one trip takes by a plan; `sources` gets the targets that the loop binds."""
        if isinstance(plan, list):
            return Pack(tuple(self.item(p, iterated, sources) for p in plan))
        var = Var(target.hint if isinstance(target, Var) else "")
        var.kind = name_axes(element_kind(kind_of_atom(iterated[plan])), var.serial)
        sources[plan] = Source(var, iterated[plan])
        return var

    # --- the whole function -------------------------------------------------------------------------------------------

    def run(self, function: ir.Function, arguments: list):
        """Specialise a function's body for these argument values; the value of its result."""
        for param, value in zip(function.params, arguments, strict=True):
            self.env[param.var] = value
        return self.block(function.body)[0]


#: Kinds that can be iterated over twice; anything else is made a list first.
ITERATED = (Range, Array, TupleOf, ListOf, Numeric, Tape, Cursor)


def _never_ends(arm: Block) -> bool:
    return bool(arm.stmts) and isinstance(arm.stmts[-1], Apply) and arm.stmts[-1].fn is intrinsics.raise_


def _same(a, b) -> bool:
    if a is b:
        return True
    if isinstance(a, Lit | Ref) and isinstance(b, Lit | Ref):
        return a == b
    if isinstance(a, Pack) and isinstance(b, Pack) and len(a.items) == len(b.items):
        return all(map(_same, a.items, b.items))
    if isinstance(a, Instance) and isinstance(b, Instance):
        return a.value is b.value
    return False


def _form(value):
    """The structure of a Pack, as nested tuples of None; None for anything else."""
    return tuple(map(_form, value.items)) if isinstance(value, Pack) else None


def _count(shape) -> int:
    return 1 if shape is None else sum(map(_count, shape))


def _new(like: Var, kind: Kind, named: bool) -> Var:
    var = Var(like.hint if named else "")
    var.kind = name_axes(kind, var.serial)
    return var


def _unflatten(flat: list, shape):
    it = iter(flat)

    def build(s):
        return next(it) if s is None else Pack(tuple(map(build, s)))

    return build(shape)


def _is_vague(kind: Kind) -> bool:
    match kind:
        case Unknown() | Numeric() | Static():
            return True
        case Array(dims=None):
            return True
        case TupleOf(items=items):
            return any(map(_is_vague, items))
        case ListOf(element=element):
            return _is_vague(element)
        case Bottom() | Range():
            return False
    return False
