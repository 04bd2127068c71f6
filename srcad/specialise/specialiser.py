"""The abstract interpreter: runs an untyped Trace over kinds and writes the typed one.

What is decided while compiling: which function a name means, which method, branches on static values, tuples whose items
are known, and the kind of everything else. Loops are run until the kinds of their carried variables no longer change.
"""

from __future__ import annotations

import functools
import operator
import types

from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.infer import element_kind
from srcad.errors import SrcadError, UnsupportedError
from srcad.optimize.replace import replace
from srcad.specialise import attempts, calls, containers, forms, joins, keyed, objects, operations, references
from srcad.specialise.builder import Builder
from srcad.specialise.decided import is_none
from srcad.specialise.names import read_free
from srcad.specialise.program import Program, Specialised, data_vars
from srcad.specialise.unpacking import counted, expand_mapping, expand_star, mapping_items, static_items, truth, unpacked
from srcad.specialise.values import (
    COMPILE_TIME,
    UNDEFINED,
    Cell,
    Closure,
    DictCell,
    Entries,
    Enumerate,
    Generated,
    Instance,
    Items,
    Keyed,
    ListCell,
    Manager,
    Mapping,
    Method,
    NotOneFunction,
    OneOf,
    Pack,
    Partial,
    Record,
    Sequence,
    Super,
    Suspended,
    Unclear,
    Zip,
    holds_function,
    is_atom,
)
from srcad.trace import intrinsics, ir
from srcad.trace.ir import Apply, Attempt, Block, Comment, For, FreeName, If, Lit, Ref, Source, Star, Var, While
from srcad.trace.kinds import (
    BOOL,
    BOTTOM,
    Array,
    Bottom,
    Cursor,
    Kind,
    ListOf,
    Numeric,
    Object,
    Range,
    Scalar,
    Static,
    Tape,
    TupleOf,
    Unknown,
    join,
    name_axes,
)

#: A heterogeneous tuple up to this long is iterated over by writing the body out.
LONGEST_UNROLLED = 64


class Specialiser:
    """Specialises one function (and, in frames of its own, what is inlined into it)."""

    def __init__(self, program: Program, info: Specialised, builder: Builder) -> None:
        self.program = program
        self.info = info
        self.b = builder
        self.env: dict = {}
        self.heap: dict = {}         # Cell → the value of the variable now
        self.heaps: list = []        # those of the two arms that are being joined
        self.visible: object = ()    # the cells that mean the same before, in and after the loop at hand
        self.joined: dict = {}       # the cells of objects, lists and dicts that are made of those of two arms
        self.pinned: set = set()     # cells of lists and dicts that something besides the program's names gets hold of
        self.joins: dict = {}        # of the branch at hand: cells of both arms → the cell that they are joined in
        self.heap_before: dict = {}
        self.unrollable = False      # can the loop at hand be written out instead?
        self.looping = False         # is the body of a loop being written?
        self.widenings: list = []    # lists that got items of another kind: what has been taken out of them is that too
        self.making: set = set()     # cells of lists that are being made lists of the generated code
        self.frozen = False          # keep the caller's place: a rule's body is being spliced in

    # --- values -------------------------------------------------------------------------------------------------------

    def call(self, fn, args: list, kwargs: list | tuple = (), hint: str = ""):
        """The value of ``fn(*args, **kwargs)``; what has to be done at run time is appended."""
        return calls.call(self, fn, args, list(kwargs), hint)

    def call_object(self, target, args: list, kwargs: list | tuple = (), hint: str = ""):
        """The same of a Python object that is called."""
        return calls.call_object(self, target, args, list(kwargs), hint)

    def operation(self, target, args: list, kwargs: list | tuple = (), hint: str = ""):
        """One operation of the Trace, whatever else a call of `target` may mean."""
        return operations.operation(self, target, args, list(kwargs), hint)

    def value(self, atom):
        """What an atom of the untyped Trace stands for."""
        if isinstance(atom, Var):
            return self.env[atom]
        if isinstance(atom, FreeName):
            return read_free(self, atom.free)
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
            case Items(mapping=mapping) if keyed.is_keyed(self, mapping):
                return self.atom(calls.call(self, Ref(list), [keyed.gone_through(self, value)], []))
            case Items(mapping=mapping, what=what):
                items = mapping_items(self, mapping, what)
                return self.b.apply(intrinsics.build_list, *[self.atom(i) for i in items])
            case Instance(value=value):
                return Ref(value)
            case Method(value=owner, name=name):
                return self.b.apply(getattr, self.atom(owner), Lit(name))
            case Unclear():
                raise self.unclear(value)
            case Generated():
                raise self.refuse("a generator expression is kept, or given to what is not known to go through it once",
                                  "write a list: `[... for ...]`")
            case Sequence():
                return references.escaped(self, value)
            case Mapping():
                return references.dict_atom(self, value)
            case Record():
                return objects.as_atom(self, value)
            case Super() | Manager() | Suspended():
                raise NotOneFunction("an object made here is kept where only numbers and arrays can be, or is returned",
                                     "return its attributes, or a tuple of them", self.b.loc)
            case Closure() | Partial() | OneOf():
                raise NotOneFunction("a function made here is kept where only numbers and arrays can be, or is returned",
                                     "call it here, or pass it to a function", self.b.loc)
        raise TypeError(f"no atom for {value!r}")

    def unclear(self, value: Unclear) -> UnsupportedError:
        name = value.name
        if value.interrupted:
            return self.refuse(f"the exception may have come before or after {name} was bound in the `try`",
                               f"bind {name} before the `try` or in the handler, or in the last statement of the `try`")
        return NotOneFunction(
            f"which function or object {name or 'this'} is here depends on the way that the program takes at run time",
            "choose between calls instead of between functions, `f(x) if condition else g(x)`; keep numbers in variables and "
            "make the object where it is used", self.b.loc)

    def kept_iterator(self) -> UnsupportedError:
        return self.refuse("an iterator is kept, and can be gone through only once", "keep a list: `list(...)`")

    def read_cell(self, cell: Cell):
        """The value of a shared variable."""
        value = self.heap.get(cell, UNDEFINED)
        if value == UNDEFINED:
            raise self.refuse(f"the variable {cell.name!r}, which inner functions share, has no value here on any path that "
                              "srcad can follow", "bind it, and define the functions that use it, outside the branch or loop")
        return value

    @staticmethod
    def is_mixed(value) -> bool:
        """Is it a tuple of whole and of other numbers?"""
        if not isinstance(value, Pack) or not all(map(is_atom, value.items)):
            return False
        kinds = [kind_of_atom(i) for i in value.items]
        whole = [isinstance(k, Scalar) and k.base in (bool, int) for k in kinds]
        return any(whole) and not all(whole) and all(isinstance(k, Scalar) for k in kinds)

    def items_atom(self, value):
        """A value of which any item may be taken, as an atom: whole numbers beside others make a tuple a list.

        The items of a list are alike, so that they all have derivatives; a tuple's have kinds of their own.
        """
        return self.b.apply(intrinsics.build_list, *value.items) if self.is_mixed(value) else self.atom(value)

    def kind(self, value) -> Kind:
        if isinstance(value, Pack):
            return TupleOf(tuple(map(self.kind, value.items)))
        if isinstance(value, Record):
            return value.fields.source.kind if value.fields.source is not None else Object(value.cls)
        if isinstance(value, Sequence | Mapping):
            return references.kind_of_reference(self, value)
        if isinstance(value, Closure | Partial):
            return Object(types.FunctionType if isinstance(value, Closure) else functools.partial)
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
                case Attempt():
                    self.env[stmt.target] = attempts.attempted(self, stmt)
        except SrcadError as error:
            raise error.at(self.b.loc) from None

    def joined_display(self, stmt: Apply):
        """``[*xs, e]`` where it is not known how many items there are: lists put together. None if it is known."""
        stars = [isinstance(a, Star) for a in stmt.args]
        values = [self.value(a.atom) if star else self.value(a) for a, star in zip(stmt.args, stars)]
        lists = [star and isinstance(self.kind(v), ListOf) and static_items(self, v) is None
                 for v, star in zip(values, stars)]
        if not any(lists) or self.frozen:
            return None
        total = None
        for v, star in zip(values, stars):
            part = self.call(Ref(list), [v], []) if star else self.call(Ref(intrinsics.build_list), [v], [])
            total = part if total is None else self.call(Ref(operator.add), [total, part], [])
        return references.wrapped(self, total, True)

    def apply(self, stmt: Apply):
        if stmt.fn is intrinsics.build_list and any(isinstance(a, Star) for a in stmt.args):
            display = self.joined_display(stmt)
            if display is not None:
                return display
        fn = stmt.fn
        fn = self.value(fn) if isinstance(fn, Var | FreeName | Ref | Lit) else Ref(fn)
        args = []
        for a in stmt.args:
            if isinstance(a, Star) and stmt.fn is intrinsics.build_dict:
                args += [part for key, v in expand_mapping(self, self.value(a.atom), object) for part in (Lit(key), v)]
            elif isinstance(a, Star):
                args += expand_star(self, self.value(a.atom), fn)
            else:
                args.append(self.value(a))
        kwargs = []
        for name, a in stmt.kwargs:
            if name is None:
                kwargs += expand_mapping(self, self.value(a))
            else:
                kwargs.append((name, self.value(a)))
        hint = "" if self.frozen else stmt.target.hint
        result = self.call(fn, args, kwargs, hint)
        if isinstance(result, Generated) and stmt.target.hint:
            raise self.kept_iterator()
        if self.program.containers and isinstance(result, Var):
            result = references.wrapped(self, result, isinstance(fn, Ref) and fn.value in references.FRESH_LISTS)
        if isinstance(result, Sequence | Mapping) and not result.cell.name:
            result.cell.name = hint
        if isinstance(result, Var) and hint and not result.hint and result.of is None:
            result.hint = stmt.target.hint
        return result

    # --- branches -----------------------------------------------------------------------------------------------------

    def branch(self, stmt: If) -> None:
        cond = self.value(stmt.cond)
        if isinstance(cond, Record):
            cond = objects.truth(self, cond)
        if isinstance(cond, OneOf):
            cond = is_none(self, cond, True)
        if isinstance(cond, Sequence | Mapping):
            cond = self.condition(cond)
        known = truth(self, cond)
        if known is not None:
            chosen = stmt.then if known else stmt.orelse
            for target, value in zip(stmt.targets, self.block(chosen)):
                self.env[target] = value
            return
        self.fork(self.atom(cond), [lambda: self.block(stmt.then), lambda: self.block(stmt.orelse)], stmt.targets)

    def fork(self, cond, runs: list, likes: tuple) -> None:
        """A branch whose arms are written by two functions, which give the values of `likes`."""
        loc = self.b.loc
        arms, values, heaps = [], [], []
        before, pinned = self.heap, set(self.pinned)
        for run in runs:
            self.heap = dict(before)
            with self.b.inside(Block()) as arm:
                values.append(run())
                arms.append(arm)
            heaps.append(self.heap)
        self.b.loc = loc
        apart = joins.dicts_apart(before, heaps)
        if apart:
            self.heap, self.pinned = before, pinned
            for cell in apart:
                keyed.keyed(self, Mapping(cell))
            self.fork(cond, runs, likes)
            return
        targets: list[Var] = []
        yields: tuple[list, list] = ([], [])
        dead = tuple(_never_ends(arm) for arm in arms)
        self.heaps, self.joined = heaps, {}
        if self.program.containers:
            joins.prepare_merge(self, before, heaps, arms, values)
        for like, *pair in zip(likes, *values):
            if _is_settled(cond, *pair):                                     # ``a and False``, ``a or True``
                pair = [a for a in pair if a is not cond] * 2
            self.env[like] = self.merge(like, pair, arms, targets, yields, dead)
        self.merge_heaps(before, heaps, arms, targets, yields, dead)
        self.b.loc = loc
        result = If(cond, arms[0], arms[1], tuple(targets), loc)
        arms[0].yields, arms[1].yields = map(tuple, yields)
        self.b.emit(result)
        if self.program.containers:
            for like in likes:
                self.env[like] = joins.rewrapped(self, self.env[like])

    def choose(self, value: OneOf, use, hint: str = ""):
        """What `use` gives of the function that is meant at run time."""
        if isinstance(value.index, Lit):
            return use(value.options[value.index.value])
        first, *others = value.options
        if not others:
            return use(first)

        def rest():
            if len(others) == 1:
                return [use(others[0])]
            following = self.b.apply(operator.sub, value.index, Lit(1))
            return [self.choose(OneOf(following, tuple(others)), use, hint)]

        is_first, result = self.b.apply(operator.eq, value.index, Lit(0)), Var(hint)
        self.fork(is_first, [lambda: [use(first)], rest], (result,))
        return self.env.pop(result)

    def condition(self, value):
        """What a condition tests, as an atom."""
        if isinstance(value, Sequence | Mapping):
            known = containers.truth(self, value)
            return Lit(known) if isinstance(known, bool) else known
        return self.atom(value)

    def merge_heaps(self, before: dict, heaps, arms, targets, yields, dead) -> None:
        """The shared variables after a branch; extends targets and yields."""
        self.heap = {}
        for cell, value in before.items():
            pair = [heap[cell] for heap in heaps]
            unchanged = _same(pair[0], value) and _same(pair[1], value)
            self.heap[cell] = value if unchanged else self.merge(cell, pair, arms, targets, yields, dead)
        self.heap |= self.joined

    def merge(self, like, pair, arms, targets, yields, dead):
        """The value after a branch whose arms give these two; extends targets and yields. It wants the name of `like`."""
        a, b = pair
        if dead[0] and not dead[1] and is_atom(b) and not isinstance(b, Var):
            return b
        if dead[1] and not dead[0] and is_atom(a) and not isinstance(a, Var):
            return a
        if _same(a, b):
            return a
        if isinstance(a, Sequence | Mapping) or isinstance(b, Sequence | Mapping):
            found = joins.joined(self, pair, lambda cell, contents: self.merge(cell, contents, arms, targets, yields, dead))
            if found is not None:
                return found
        if isinstance(a, Entries) or isinstance(b, Entries):
            for one, other in ((a, b), (b, a)):
                if isinstance(one, Entries) and not isinstance(other, Entries) and other == UNDEFINED:
                    pair = [v if v is one else Entries(one.keys, (UNDEFINED,) * len(one.keys)) for v in (a, b)]
                    return self.merge(like, pair, arms, targets, yields, dead)
            if not (isinstance(a, Entries) and isinstance(b, Entries) and a.keys == b.keys):
                return Unclear(like.hint)
            return Entries(a.keys, tuple(self.merge(Var(), [x, y], arms, targets, yields, dead)
                                         for x, y in zip(a.items, b.items, strict=True)))
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Pack) and not isinstance(other, Pack) and other == UNDEFINED:
                pair = [v if v is one else Pack((UNDEFINED,) * len(one.items)) for v in (a, b)]
                return self.merge(like, pair, arms, targets, yields, dead)
        if isinstance(a, Pack) and isinstance(b, Pack) and len(a.items) == len(b.items):
            return Pack(tuple(
                self.merge(Var(), [x, y], arms, targets, yields, dead) for x, y in zip(a.items, b.items, strict=True)))
        if forms.is_structured(a) or forms.is_structured(b):
            merged = self.merge_objects(like, pair, arms, targets, yields)
            if merged is not None:
                return merged
        for value in (a, b):
            if isinstance(value, Unclear) and value.interrupted:
                return value
        if holds_function(a) or holds_function(b):
            for value, other_is_dead in ((a, dead[1]), (b, dead[0])):
                if other_is_dead and self.is_visible(value):
                    return value
            return Unclear(like.hint)
        atoms = []
        for value, arm in zip((a, b), arms):
            with self.b.inside(arm):
                atoms.append(self.atom(value))
        kind = join(*(self.branch_kind(x) for x in atoms))
        if self.program.containers:
            for k, arm in enumerate(arms):
                with self.b.inside(arm):
                    atoms[k] = references.widened(self, atoms[k], kind, isinstance(like, ListCell) and like not in self.pinned)
        new = Var("" if self.frozen else like.hint, kind)
        targets.append(new)
        yields[0].append(atoms[0])
        yields[1].append(atoms[1])
        return new

    def merge_objects(self, like, pair, arms, targets, yields):
        """The value after a branch whose arms give objects or functions; None if they have no form in common."""
        try:
            visible = self.heaps[0].keys() & self.heaps[1].keys()
            form = forms.join_forms(*(forms.form_of(self, v, heap, visible) for v, heap in zip(pair, self.heaps)))
        except forms.Differ:
            return None
        for k, (value, arm, heap) in enumerate(zip(pair, arms, self.heaps)):
            with self.b.inside(arm):
                yields[k].extend(forms.flattened(self, value, form, heap, visible))
        made = []
        for hint, *atoms in zip(forms.hints(form, like.hint), *(y[len(targets):] for y in yields)):
            made.append(Var("" if self.frozen else hint, join(*map(self.branch_kind, atoms))))
        targets += made
        return forms.put_together(form, iter(made), self.joined)

    def is_visible(self, value) -> bool:
        """Does a value of an arm mean the same after the branch?"""
        match value:
            case Closure(cells=cells, defaults=defaults):
                return all(c in self.heap for c in cells) and all(self.is_visible(v) for _, v in defaults)
            case Partial(function=function, args=args, kwargs=kwargs):
                return all(map(self.is_visible, (function, *args, *(v for _, v in kwargs))))
            case Pack(items=items):
                return all(map(self.is_visible, items))
            case Record(fields=fields):
                return all(cell in self.heap for cell in fields.values())
            case Sequence(cell=cell) | Mapping(cell=cell):
                return cell in self.heap
        return isinstance(value, Lit | Ref)

    @staticmethod
    def branch_kind(atom) -> Kind:
        return kind_of_atom(atom)

    # --- loops --------------------------------------------------------------------------------------------------------

    def for_loop(self, stmt: For) -> None:
        iterables = [self.value(s.iterable) for s in stmt.sources]
        iterables = [i.items if isinstance(i, Generated) else keyed.gone_through(self, objects.as_items(self, i))
                     for i in iterables]
        lists = [found for i in iterables for found in joins.iterated(i)]
        if not lists:
            self.for_loop_over(stmt, iterables)
            return
        heap, pinned, length = dict(self.heap), set(self.pinned), len(self.b.block.stmts)
        self.for_loop_over(stmt, iterables)
        if any(isinstance(heap[found.cell], Pack) and not _same(self.heap[found.cell], heap[found.cell]) for found in lists):
            # The body changes a list that the loop goes through: its items are taken as they are then.
            self.heap, self.pinned = heap, pinned
            del self.b.block.stmts[length:]
            items = static_items(self, iterables[0]) if len(iterables) == 1 else None
            if items is None or len(items) > LONGEST_UNROLLED:
                raise self.refuse("a list is changed while a loop goes through it together with something of unknown length",
                                  "go through a copy: `list(items)`")
            self.unroll(stmt, items, iterables[0])

    def for_loop_over(self, stmt: For, iterables: list) -> None:
        if len(iterables) == 1:
            items = static_items(self, iterables[0])
            if items is not None and (isinstance(iterables[0], Items | Mapping) or self.must_unroll(items)):
                self.unroll(stmt, items)
                return
            if items is None:
                items = counted(self, iterables[0])
            if items is not None and len(items) <= LONGEST_UNROLLED:
                self.loop_or_unroll(stmt, iterables, items)
                return
        self.loop(stmt, iterables)

    def loop_or_unroll(self, stmt: For, iterables: list, items: list) -> None:
        """Write a loop over known items; if that would make it unclear which function is meant, write its trips out."""
        heap, pinned, length = self.heap, set(self.pinned), len(self.b.block.stmts)
        outer, self.unrollable = self.unrollable, True
        settled = len(self.program.settled)
        try:
            self.loop(stmt, iterables)
            self.unrollable = outer
            for c in stmt.carried:
                if isinstance(self.env[c], Unclear) and not self.env[c].interrupted:
                    raise self.unclear(self.env[c])
        except NotOneFunction as error:
            self.unrollable = outer
            self.heap, self.pinned = heap, pinned
            del self.b.block.stmts[length:]
            for fields in self.program.settled[settled:]:
                fields.settled, fields.shared = "", False
            del self.program.settled[settled:]
            try:
                self.unroll(stmt, items)
            except RecursionError:
                raise error from None

    def must_unroll(self, items: list) -> bool:
        """Are the items of different kinds, so that one body cannot serve them all?"""
        if len(items) > LONGEST_UNROLLED:
            return False
        if any(not is_atom(i) and not isinstance(i, Pack) or isinstance(i, Ref) or forms.is_structured(i) for i in items):
            return True
        kind: Kind = BOTTOM
        for item in items:
            if isinstance(item, Var) and isinstance(item.kind, Static) and callable(item.kind.value):
                return True
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

    def unroll(self, stmt: For, items: list, live=None) -> None:
        """Write the body out once per item; a `stop` guards what follows it. `live` has the items, which the body changes."""
        state = [self.value(a) for a in stmt.inits]
        self.unrolled_trips(stmt, items, 0, state, live)

    def unrolled_trips(self, stmt: For, items: list, k: int, state: list, live=None) -> None:
        for c, v in zip(stmt.carried, state):
            self.env[c] = v
        if live is not None:
            now = static_items(self, live)
            if now is None or len(now) != len(items):
                raise self.refuse("a list gets longer or shorter while a loop goes through it",
                                  "go through a copy: `list(items)`")
            items = now
        if k >= len(items):
            return
        self.bind(stmt.sources[0].target, items[k])
        state = self.block(stmt.body)
        if stmt.stop is None:
            self.unrolled_trips(stmt, items, k + 1, state, live)
            return
        stop = self.value(stmt.stop)
        known = truth(self, stop)
        if known is not None:
            self.unrolled_trips(stmt, items if not known else [], k + 1, state, None if known else live)
            return
        stop = self.atom(stop)
        arms = [Block(), Block()]
        left = self.heap
        self.heap = dict(left)
        with self.b.inside(arms[1]):
            self.unrolled_trips(stmt, items, k + 1, state, live)
            rest = [self.env[c] for c in stmt.carried]
        targets: list = []
        yields: tuple[list, list] = ([], [])
        heaps, values = [dict(left), self.heap], [list(state), rest]
        self.heaps, self.joined = heaps, {}
        if self.program.containers:
            joins.prepare_merge(self, left, heaps, arms, values)
        for c, a, b in zip(stmt.carried, *values):
            self.env[c] = self.merge(c, [a, b], arms, targets, yields, (False, False))
        self.merge_heaps(left, heaps, arms, targets, yields, (False, False))
        arms[0].yields, arms[1].yields = map(tuple, yields)
        self.b.emit(If(stop, arms[0], arms[1], tuple(targets), stmt.loc))

    def bind(self, target, value) -> None:
        if isinstance(target, Var):
            self.env[target] = objects.opened(self, value)
            if isinstance(value, Var) and target.hint and not value.hint and value.of is None:
                value.hint = target.hint
        else:
            for t, v in zip(target, unpacked(self, value, len(target), -1)):
                self.bind(t, v)

    def loop(self, stmt: For | While, iterables: list | None) -> None:
        """A loop that stays one, written again for as long as another shared variable turns out to change in it."""
        cells: list = []
        kept: set = set()
        outer, self.looping = self.looping, True
        try:
            self.settled_loop(stmt, iterables, cells, kept)
        finally:
            self.looping = outer

    def settled_loop(self, stmt: For | While, iterables: list | None, cells: list, kept: set) -> None:
        """Write a loop; `cells` and `kept` are those of `try_loop`."""
        before, pinned, length = self.heap, self.pinned, len(self.b.block.stmts)
        while True:
            self.heap, self.pinned = dict(before), set(pinned)
            size = len(kept)
            written = self.try_loop(stmt, iterables, cells, kept)
            if not written and len(kept) == size:
                return
            cells += written
            self.heap = before
            del self.b.block.stmts[length:]

    def try_loop(self, stmt: For | While, iterables: list | None, cells: list, kept: set) -> list:
        """Find the kinds of the loop's carried variables, then write it. `cells` are the shared variables that it changes;
        returns those that it changes besides. `kept` are the carried variables that are different lists or dicts on
        different trips, which are then lists and dicts of the generated code; extends it."""
        loc = self.b.loc
        pinned_before = set(self.pinned)
        likes = [*stmt.carried, *cells]
        names = [self.value(a) for a in stmt.inits]
        for c, v in zip(stmt.carried, names):
            if c in kept:
                references.escape_all(self, v)
        for c in cells:
            if (Keyed, c) in kept:
                keyed.keyed(self, Mapping(c))
            elif c in kept or any(isinstance(i, Sequence) for i in getattr(self.heap[c], "items", ())):
                references.escape_all(self, Sequence(c) if isinstance(c, ListCell) and c in kept else self.heap[c])
        initial = [*names, *(self.heap[c] for c in cells)]
        fixed = [holds_function(v) or references.holds_reference(v) and c not in kept for c, v in zip(likes, initial)]
        shapes: list = [None if f or c in kept and isinstance(c, ListCell) else _form(v)
                        for c, v, f in zip(likes, initial, fixed)]
        flats: list = [[UNDEFINED] if f else self.flatten(v, s, c) for c, v, s, f in zip(likes, initial, shapes, fixed)]
        iterated: list = []
        plans = [] if iterables is None else [self.plan(i, iterated) for i in iterables]
        before = dict(self.heap)
        kinds = [[kind_of_atom(a) for a in flat] for flat in flats]
        constants: list = [v if f else flat[0] if s is None and isinstance(flat[0], Ref | Lit) else None
                           for v, flat, s, f in zip(initial, flats, shapes, fixed)]
        for _ in range(40):
            self.heap = dict(before)
            pinned, widenings, start_of_pass = self.pinned & before.keys(), len(self.widenings), Var().serial
            carried = [self.new_carried(c, ks, s) for c, ks, s in zip(likes, kinds, shapes)]
            for c, vs, s, const in zip(likes, carried, shapes, constants):
                self.put(c, const if const is not None and const != UNDEFINED else self.unflatten(vs, s))
            with self.b.inside(Block()) as outer_test, self.b.placed(loc):
                if isinstance(stmt, While):
                    self.rewrap(stmt)
                start = dict(self.heap)
                test_values = self.block(stmt.test) if isinstance(stmt, While) else []
                cond = self.condition(test_values[0]) if test_values else None
                if any(not _same(self.heap[c], v) for c, v in start.items()):
                    raise self.refuse("the condition of a `while` changes a variable that inner functions share",
                                      "write `while True:` and leave it by `if not condition: break`")
            with self.b.inside(Block()) as body, self.b.placed(loc):
                sources: list = [None] * len(iterated)
                if isinstance(stmt, For):
                    self.rewrap(stmt)
                if iterables is not None:
                    for source, plan in zip(stmt.sources, plans):
                        self.bind(source.target, self.item(plan, iterated, sources, source.target))
                yields = self.block(stmt.body)
                written = [c for c in before if c not in cells and not _same(self.heap[c], before[c])]
                if written:
                    return written
                yields += [self.heap[c] for c in cells]
                stop = None if stmt.stop is None else self.value(stmt.stop)
                changed = False
                new_yields = []
                for k, value in enumerate(yields):
                    if isinstance(likes[k], DictCell) and (Keyed, likes[k]) not in kept and (
                            isinstance(value, Keyed) or self.keys_change(initial[k], value)):
                        kept.add((Keyed, likes[k]))
                        return []
                    if constants[k] is not None and constants[k] != UNDEFINED:
                        if _same(value, constants[k]) or isinstance(constants[k], Unclear):
                            new_yields.append(None)
                            continue
                        changed = True
                        if references.holds_reference(constants[k]):
                            kept.add(likes[k])
                            return []
                        if holds_function(constants[k]) or forms.is_structured(constants[k]):
                            shapes[k] = self.common_form(before, constants[k], value)
                            constants[k] = Unclear(likes[k].hint) if shapes[k] is None else None
                            flats[k] = [UNDEFINED] if shapes[k] is None else None
                            new_yields.append(None)
                            continue
                        constants[k] = None
                    if isinstance(likes[k], ListCell) and isinstance(shapes[k], tuple) and not (
                            isinstance(value, Pack) and len(value.items) == len(shapes[k])):
                        kept.add(likes[k])
                        return []
                    if isinstance(shapes[k], forms.STRUCTURED) or forms.is_structured(value) and (
                            flats[k] == [UNDEFINED] and kinds[k] == [BOTTOM] or isinstance(shapes[k], tuple)):
                        form = self.common_form(before, shapes[k] if shapes[k] is not None else UNDEFINED, value)
                        if form is None:
                            constants[k], shapes[k], flats[k], kinds[k] = Unclear(likes[k].hint), None, [UNDEFINED], [BOTTOM]
                            changed = True
                            new_yields.append(None)
                            continue
                        if form != shapes[k]:
                            shapes[k], flats[k], changed = form, None, True
                        new_yields.append(value)
                        continue
                    if holds_function(value):
                        # What is a function after the loop was none before it, or one of several.
                        constants[k], shapes[k], flats[k], kinds[k] = Unclear(likes[k].hint), None, [UNDEFINED], [BOTTOM]
                        changed = True
                        new_yields.append(None)
                        continue
                    form = None if likes[k] in kept and isinstance(likes[k], ListCell) else _form(value)
                    if isinstance(likes[k], ListCell) and form != shapes[k]:
                        kept.add(likes[k])
                        return []
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
                    self.visible = before
                    flat_yields = [None if v is None else self.flatten(v, s, c)
                                   for c, v, s in zip(likes, new_yields, shapes)]
                    written = [c for c in before if c not in cells and not _same(self.heap[c], before[c])]
                    if written:
                        return written
                    late = [c for c, v in zip(cells, yields[len(stmt.carried):]) if not _same(self.heap[c], v)]
                    if late:
                        kept.update(late)      # lists that the names of the next trip made lists of the generated code
                        return []
            changed = changed or self.pinned & before.keys() != pinned or any(
                v.serial < start_of_pass for v in self.widenings[widenings:])
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
            self.heap = before
            for k, flat in enumerate(flats):
                if flat is None:
                    self.visible = before
                    flats[k] = self.flatten(initial[k], shapes[k], likes[k])
                    kinds[k] = [kind_of_atom(a) for a in flats[k]]
        else:
            raise self.refuse("the kinds of the variables of this loop do not settle", "give them one kind before the loop")
        all_carried, inits, all_yields = [], [], []
        self.heap = before
        for k, vs in enumerate(carried):
            if flat_yields[k] is None:
                self.put(likes[k], constants[k])
                continue
            self.put(likes[k], self.unflatten(vs, shapes[k]))
            for v, init, y in zip(vs, flats[k], flat_yields[k]):
                if self.program.containers:
                    alone = likes[k] not in pinned_before if isinstance(likes[k], ListCell) else not any(
                        found.cell in pinned_before for found in joins.references(initial[k], before, set()))
                    init = references.widened(self, init, v.kind, alone)
                    with self.b.inside(body):
                        y = references.widened(self, y, v.kind, isinstance(likes[k], ListCell) and alone)
                all_carried.append(v)
                inits.append(init)
                all_yields.append(y)
        with self.b.inside(body):
            stop_atom = None if stop is None else self.atom(stop)
        body.yields = tuple(all_yields)
        if self.program.containers:
            all_carried, inits = self.without_unchanged(all_carried, inits, [body, outer_test], likes, stmt)
        if isinstance(stmt, While):
            outer_test.yields = (cond,)
            self.b.emit(While(tuple(all_carried), tuple(inits), outer_test, body, stop_atom, loc))
        else:
            self.b.emit(For(tuple(sources), tuple(all_carried), tuple(inits), body, stop_atom, loc))
        self.b.loc = loc
        self.rewrap(stmt)
        return []

    def keys_change(self, before, after) -> bool:
        """Has a dict other keys after a trip of a loop than before it?"""
        if not isinstance(before, Entries) or not isinstance(after, Entries) or before.keys == after.keys:
            return False
        if self.unrollable:
            raise references.KeysChange("a dict gets or loses keys in a loop", "give it all its keys before the loop", self.b.loc)
        return True

    def without_unchanged(self, carried: list, inits: list, blocks: list, likes: list, stmt: For | While) -> tuple:
        """Lists that a loop changes, but that are the same on all its trips, need not be carried along."""
        same = {c: i for c, i, y in zip(carried, inits, blocks[0].yields)
                if c is y and isinstance(c.kind, ListOf) and isinstance(i, Var) and i.kind == c.kind}
        if not same:
            return carried, inits
        kept = [k for k, c in enumerate(carried) if c not in same]
        blocks[0].yields = tuple(blocks[0].yields[k] for k in kept)
        for block in blocks:
            replace(block, same)
        for like in likes:
            place = self.heap if isinstance(like, Cell) else self.env
            place[like] = _replaced(place[like], same)
        return [carried[k] for k in kept], [inits[k] for k in kept]

    def put(self, place, value) -> None:
        """Give a variable of the untyped Trace, or a shared one, its value."""
        if isinstance(place, Cell):
            self.heap[place] = value
        else:
            self.env[place] = value

    def while_loop(self, stmt: While) -> None:
        self.loop(stmt, None)

    def rewrap(self, stmt: For | While) -> None:
        """Have the carried variables as the program has them."""
        if self.program.containers:
            for c in stmt.carried:
                self.env[c] = joins.rewrapped(self, self.env[c])

    def flatten(self, value, shape, like=None) -> list:
        """The atoms of a carried value of this form."""
        if forms.holds_fixed(shape):
            return forms.flattened(self, value, shape, self.heap, self.visible)
        if shape is None:
            if isinstance(like, ListCell) and isinstance(value, Pack):
                return [references.list_atom(self, Sequence(like))]
            return [self.atom(value)]
        if isinstance(shape, forms.EntriesForm):
            items = value.items if isinstance(value, Entries) else (UNDEFINED,) * len(shape.parts)
            return [a for v, s in zip(items, shape.parts) for a in self.flatten(v, s)]
        if value == UNDEFINED:
            return [UNDEFINED] * _count(shape)
        items = value.items if isinstance(value, Pack) else unpacked(self, value, len(shape), -1)
        return [a for v, s in zip(items, shape) for a in self.flatten(v, s)]

    @staticmethod
    def new_carried(like, kinds: list, shape) -> list:
        """Variables for the atoms of a carried value."""
        if forms.holds_fixed(shape):
            return [_new(Var(hint), kind, True) for hint, kind in zip(forms.hints(shape, like.hint), kinds, strict=True)]
        return [_new(like, kind, shape is None) for kind in kinds]

    def unflatten(self, atoms: list, shape):
        """The carried value of this form; its objects are new."""
        return forms.put_together(shape, iter(atoms), self.heap)

    def common_form(self, before: dict, first, value):
        """The form of a carried value that is `first` (a value before the loop, or a form), then `value`; None if there is
        none."""
        try:
            form = first if forms.is_form(first) else forms.form_of(self, first, before, before)
            return forms.join_forms(form, forms.form_of(self, value, self.heap, before))
        except forms.Differ:
            return None

    def plan(self, iterable, iterated: list):
        """How the items of an iterable are had: adds what is really iterated over to `iterated`, outside the loop."""
        iterable = keyed.gone_through(self, iterable)
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
        if isinstance(iterable, Sequence):
            iterable = references.read_only(self, iterable)
        atom = self.items_atom(iterable)
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
    if isinstance(a, Entries) and isinstance(b, Entries) and a.keys == b.keys:
        return all(map(_same, a.items, b.items))
    if isinstance(a, Sequence | Mapping):
        return a == b
    return isinstance(a, COMPILE_TIME) and a == b


def _replaced(value, instead: dict):
    """A value with other atoms for some of its Vars."""
    match value:
        case Var():
            return instead.get(value, value)
        case Pack(items=items):
            return Pack(tuple(_replaced(i, instead) for i in items))
        case Entries(keys=keys, items=items):
            return Entries(keys, tuple(_replaced(i, instead) for i in items))
    return value


def _form(value):
    """The structure of a Pack, as nested tuples of None; None for anything else."""
    if isinstance(value, Entries):
        return forms.EntriesForm(value.keys, tuple(map(_form, value.items)))
    return tuple(map(_form, value.items)) if isinstance(value, Pack) else None


def _count(shape) -> int:
    if isinstance(shape, forms.EntriesForm):
        return sum(map(_count, shape.parts))
    return 1 if shape is None else sum(map(_count, shape))


def _is_settled(cond, a, b) -> bool:
    """Is the condition itself, where it is given, what the other arm gives?"""
    return isinstance(cond, Var) and cond.kind == BOOL and (
        a is cond and isinstance(b, Lit) and b.value is True or b is cond and isinstance(a, Lit) and a.value is False)


def _new(like: Var, kind: Kind, named: bool) -> Var:
    var = Var(like.hint if named else "")
    var.kind = name_axes(kind, var.serial)
    return var


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
