"""Arguments that are containers which the program changes, or whose arrays it writes to.

Such an argument is taken apart at the start of the program: each list, dict and object in it is one that the program may
change, of items that are parameters as it were. What they have come to hold is told to the caller's own at the end. ::

    def f(p):                      w = p["w"]; b = p["b"]
        p["w"] *= p["b"]           w *= b
        p["b"] = p["b"] + 1.0      v1 = b + 1.0
        return p["b"].sum()        v2 = v1.sum(); p["b"] = v1; return v2
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass

from srcad import runtime
from srcad.analysis.aliasing import Aliases
from srcad.specialise import references
from srcad.specialise.objects.records import Fields, cached
from srcad.specialise.objects.variables import known_value
from srcad.specialise.values import Cell, DictCell, Entries, Keyed, ListCell, Mapping, Pack, Record, Sequence
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Ref, Var, While, walk
from srcad.trace.kinds import LONGEST, NONE, DictOf, Kind, ListOf, Struct, TupleOf, has_attributes, is_container, names_of


@dataclass(eq=False)
class _Container:
    """A container of the caller's: the variable that has it, what the program has in its place, and its items on entry."""

    source: Var
    value: object
    before: object = None


class Arguments:
    """The arguments of one function."""

    def __init__(self, s) -> None:
        self.s = s
        self.opened: list[_Container] = []
        self.closed: list[Var] = []          # containers that are not taken apart
        self.place = 0                       # where in the block the arguments have been taken apart
        self.stored: dict = {}               # what is put in a container → its atom
        self.joined: dict = {}               # what a branch or loop gives → what it may be

    def open(self, var: Var):
        """What an argument stands for."""
        if not self.s.program.opened:
            return references.wrapped(self.s, known_value(self.s, var))
        found = self._open(var)
        self.place = len(self.s.b.block.stmts)
        return found

    def _open(self, var: Var):
        s, kind = self.s, var.kind
        match kind:
            case TupleOf(items=items, cls=None) if len(items) <= LONGEST:
                value: object = Pack(tuple(self._item(var, Lit(k), item) for k, item in enumerate(items)))
                self.opened.append(_Container(var, value))
                return value
            case ListOf(items=tuple() as items):
                cell = ListCell(var.hint, s.b.loc)
                s.heap[cell] = before = Pack(tuple(self._item(var, Lit(k), item) for k, item in enumerate(items)))
                self.opened.append(_Container(var, Sequence(cell), before))
                return Sequence(cell)
            case DictOf(keys=keys, values=values):
                made = DictCell(var.hint)
                s.heap[made] = entries = Entries(keys, tuple(
                    self._item(var, self._key(k), item) for k, item in zip(keys, values)))
                self.opened.append(_Container(var, Mapping(made), entries))
                return Mapping(made)
            case Struct() | TupleOf() if has_attributes(kind):
                return self._open_object(var)
        if is_container(kind):
            self.closed.append(var)
        return references.wrapped(s, known_value(s, var))

    def _open_object(self, var: Var) -> Record:
        record = Record(var.kind.cls, Fields())
        for k, (name, kind) in enumerate(zip(names_of(var.kind), var.kind.items)):
            item = self._item(var, Lit(name) if isinstance(var.kind, Struct) else Lit(k), kind, name)
            cell = record.fields[name] = Cell(name)
            self.s.heap[cell] = item
        record.fields.made, record.fields.given = True, True
        self.opened.append(_Container(var, record, {n: self.s.heap[c] for n, c in record.fields.items()}))
        return record

    def _key(self, key):
        return self.s.b.apply(intrinsics.build_tuple, *map(Lit, key)) if isinstance(key, tuple) else Lit(key)

    def _item(self, container: Var, key, kind: Kind, name: str = ""):
        take = getattr if isinstance(container.kind, Struct) else operator.getitem
        item = self.s.b.apply(take, container, key, kind=kind)
        if not item.hint:
            item.hint = name or (key.value if isinstance(key, Lit) and isinstance(key.value, str) and key.value.isidentifier()
                                 else "")
        return self._open(item)

    # --- at the end ---------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Tell the caller's containers what they hold now."""
        s = self.s
        self.stored = {id(c.value): c.source for c in self.opened if isinstance(c.value, Pack)}
        self.stored |= {_identity(c.value): c.source for c in self.opened if not isinstance(c.value, Pack)}
        self.joined = dict(joined(s.b.block))
        changed = [c.source for c in self.opened if self._leave(c)]
        opened = [c.source for c in self.opened if c.source not in changed and not isinstance(c.value, Pack)]
        closed = self.closed + [v for v in s.info.hidden.values() if is_container(v.kind)]
        if changed and len(changed) + len(opened) + len(closed) > 1:
            counts = (Lit(len(changed)), Lit(len(changed) + len(opened)))
            check = Apply(Var("", NONE), runtime.check_once, (*counts, *changed, *opened, *closed), (), s.b.loc)
            s.b.block.stmts.insert(self.place, check)

    def now(self, value):
        """What a cell holds now; a variable that every path and trip hands on as it is, is what it was."""
        match value:
            case Pack(items=items):
                return Pack(tuple(map(self.now, items)))
            case Entries(keys=keys, items=items):
                return Entries(keys, tuple(map(self.now, items)))
        while isinstance(value, Var) and value in self.joined:
            same = {a for a in self.joined[value] if a is not value}
            if len(same) != 1:
                return value
            [value] = same
        return value

    def _leave(self, container: _Container) -> bool:
        match container.value:
            case Sequence(cell=cell):
                return self._leave_list(container, self.now(self.s.read_cell(cell)))
            case Mapping(cell=cell):
                return self._leave_dict(container, self.now(self.s.read_cell(cell)))
            case Record() as record:
                return self._leave_object(container, record)
        return False

    def _leave_list(self, container: _Container, now) -> bool:
        source, before = container.source, container.before
        if isinstance(now, Pack):
            if same_items(now.items, before.items):
                return False
            now = now.items
        elif not self._is_changed(now):
            return False
        if isinstance(now, tuple) and len(now) == len(before.items):
            for k, (item, old) in enumerate(zip(now, before.items)):
                if not same_item(item, old):
                    self._tell(intrinsics.leave_item, source, Lit(k), self._atom(item))
            return True
        made = self._list(now) if isinstance(now, tuple) else now
        self._tell(intrinsics.leave_item, source, self.s.b.apply(intrinsics.build_slice, *[Lit(None)] * 3), made)
        return True

    def _is_changed(self, made: Var) -> bool:
        """Is a list of the generated code, made of the items that an argument had, changed?"""
        function = Function("", [], Block(self.s.b.block.stmts, (made,)))
        definition = self.s.b.definition(made)
        return definition is None or definition.fn is not intrinsics.new_list or Aliases(function).number(made) is not None

    def _leave_dict(self, container: _Container, now) -> bool:
        source, before = container.source, container.before
        if isinstance(now, Keyed):
            raise self.s.refuse(f"which keys the dict {source.hint or 'in an argument'} has at the end depends on the way that "
                                "the program takes at run time", "give it the same keys on every path, or change a copy of it: "
                                "`dict(d)`")
        references.content(self.s, container.value)
        old = dict(zip(before.keys, before.items))
        told = dict(zip(now.keys, now.items))
        if now.keys != before.keys:
            self._tell(dict.clear, source)
        else:
            told = {k: v for k, v in told.items() if not same_item(v, old[k])}
        atoms = [(self._key(k), self._atom(v)) for k, v in told.items()]
        for key, atom in atoms:
            self._tell(intrinsics.leave_item, source, key, atom)
        return bool(told) or now.keys != before.keys

    def _leave_object(self, container: _Container, record: Record) -> bool:
        s = self.s
        kept = cached(record.cls)
        now = {name: self.now(s.read_cell(cell)) for name, cell in record.fields.items() if name not in kept}
        moved = {n: v for n, v in now.items() if n not in container.before or not same_item(v, container.before[n])}
        for name, value in moved.items():
            self._tell(setattr, container.source, Lit(name), self._atom(value))
        return bool(moved)

    def _tell(self, how, *args) -> None:
        made = self.s.b.definition(args[-1])
        with self.s.b.placed(self.s.b.loc if made is None or not made.loc.line else made.loc):
            self.s.b.apply(how, *args, kind=NONE)

    def _list(self, items) -> Var:
        return self.s.b.apply(intrinsics.build_list, *map(self._atom, items))

    def _dict(self, keys, items) -> Var:
        parts = [part for k, v in zip(keys, items) for part in (self._key(k), self._atom(v))]
        return self.s.b.apply(intrinsics.build_dict, *parts)

    def _atom(self, value):
        """A value as it is put into a container of the caller's: the caller's own lists, dicts and objects as themselves."""
        s = self.s
        if isinstance(value, Var | Lit | Ref):
            return value
        identity = id(value) if isinstance(value, Pack) else _identity(value)
        if identity not in self.stored:
            match value:
                case Pack(items=items):
                    made = s.b.apply(intrinsics.build_tuple, *map(self._atom, items))
                case Sequence() if isinstance(held := references.content(s, value), Pack):
                    made = self._list(held.items)
                case Mapping() if isinstance(held := references.content(s, value), Entries):
                    made = s.b.apply(intrinsics.build_dict, *[
                        part for k, v in zip(held.keys, held.items) for part in (self._key(k), self._atom(v))])
                case _:
                    made = s.atom(value)
            self.stored[identity] = made
        return self.stored[identity]


def _identity(value):
    """What tells a list, dict or object from others."""
    match value:
        case Sequence(cell=cell) | Mapping(cell=cell):
            return cell
        case Record(fields=fields):
            return id(fields)
    return id(value)


def joined(block: Block) -> Iterator:
    """What the branches and loops of a block give, each with what it may be."""
    for stmt in walk(block):
        match stmt:
            case If():
                yield from zip(stmt.targets, zip(stmt.then.yields, stmt.orelse.yields))
            case For() | While():
                yield from zip(stmt.carried, zip(stmt.inits, stmt.body.yields))


def same_item(a, b) -> bool:
    """Is it the same value, as a variable has it?"""
    if isinstance(a, Pack) and isinstance(b, Pack):
        return same_items(a.items, b.items)
    if isinstance(a, Sequence | Mapping | Record) and type(a) is type(b):
        return _identity(a) == _identity(b)
    return a is b or isinstance(a, Lit | Ref) and a == b


def same_items(a, b) -> bool:
    return len(a) == len(b) and all(map(same_item, a, b))
