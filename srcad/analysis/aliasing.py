"""Which values may share memory, and which of that memory is written to.

Enters: a typed Trace. Leaves: a partition of its Vars. Names that may stand for the same memory are in one class; a
class is *memory* if anybody writes to a member. ::

    b = a[1:]                a, b, c share; nobody writes: values, single-assignment
    c = b.T                  with `c *= 2.0` after it: memory
"""

from __future__ import annotations

import operator

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.recursion import CallEffects, call_effects, is_recursive
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Var, While, operands, pattern_vars, walk
from srcad.trace.kinds import (
    Array,
    Cursor,
    DictOf,
    ListOf,
    Numeric,
    Object,
    Saved,
    Scalar,
    SliceOf,
    Struct,
    Tape,
    TupleOf,
    Unknown,
    is_container,
)
from srcad.trace.purity import IN_PLACE, is_hashable
from srcad.trace.sharing import FORM_ONLY, Sharing, sharing

#: Operations that write to their first operand, a list.
LIST_WRITES = {list.append, list.pop, runtime.add_items, runtime.add_to_item}
#: Operations that write to their first operand.
WRITES = IN_PLACE | {operator.setitem, intrinsics.add_at, intrinsics.scatter_at} | LIST_WRITES


#: Operations that tell a container of the caller's what it holds at the end (`srcad.specialise.arguments`).
TELLS = {setattr, dict.clear, intrinsics.leave_item}


def is_write(stmt) -> bool:
    """Does this statement write to an array, or to a list that is memory?"""
    if not isinstance(stmt, Apply) or not stmt.args:
        return False
    first = stmt.args[0]                # asked first: nobody writes to a number, and most are
    return isinstance(first, Var) and not isinstance(first.kind, Scalar) and (
        not isinstance(stmt.fn, Var) and is_hashable(stmt.fn) and stmt.fn in WRITES)


def is_told(stmt) -> bool:
    """Does this statement tell a container of the caller's what it holds at the end? Nothing is read from it any more."""
    return isinstance(stmt, Apply) and not isinstance(stmt.fn, Var) and is_hashable(stmt.fn) and stmt.fn in TELLS


def tells(function: Function) -> bool:
    """Does a Trace, or one that it calls, change containers of its caller's?"""
    seen, waiting = {id(function)}, [function]
    while waiting:
        for stmt in walk(waiting.pop().body):
            if is_told(stmt):
                return True
            if isinstance(stmt, Apply) and isinstance(stmt.fn, Function) and id(stmt.fn) not in seen:
                seen.add(id(stmt.fn))
                waiting.append(stmt.fn)
    return False


def writes(function: Function, seen: set | None = None) -> bool:
    """Does a Trace, or one that it calls, write to an array?"""
    seen = set() if seen is None else seen
    if id(function) in seen:
        return False
    seen.add(id(function))
    for stmt in walk(function.body):
        if is_write(stmt):
            return True
        if isinstance(stmt, Apply) and isinstance(stmt.fn, Function) and writes(stmt.fn, seen):
            return True
    return False


def is_list_write(stmt) -> bool:
    """Does this statement change a list?"""
    return is_write(stmt) and isinstance(stmt.args[0].kind, ListOf)


def holds_numbers(kind) -> bool:
    """Is it a list of numbers?"""
    return isinstance(kind, ListOf) and isinstance(kind.element, Scalar)


def holds_list(kind) -> bool:
    """Is a value of this kind a list, or holds it one?"""
    match kind:
        case ListOf():
            return True
        case TupleOf(items=items) | Struct(items=items):
            return any(map(holds_list, items))
        case DictOf(values=values):
            return any(map(holds_list, values))
    return False


def may_share(kind) -> bool:
    """Can a value of this kind be, or hold, memory?"""
    match kind:
        case Object(cls=cls) if cls is BaseException:      # what a `try` has caught
            return False
        case Array() | Numeric() | Unknown() | Object() | Saved() | Tape() | Cursor():
            return True
        case TupleOf(items=items):
            return any(map(may_share, items))
        case ListOf(element=element):
            return may_share(element)
        case DictOf(values=values):
            return any(map(may_share, values))
        case Struct(items=items):
            return any(map(may_share, items))
    return False


#: Values that hold others, which can be taken out again.
HOLDERS = (TupleOf, ListOf, DictOf, Tape, Cursor)
#: Values of which it is not known what they hold.
OPAQUE = (Unknown, Object, Saved, Struct)


class _Held:
    """What the containers of one class hold: a class for the arrays, one for the lists, ... among it."""


#: Stands for all sorts of values that a container may hold, where they cannot be told apart.
ANY_SORT = "any"


def sort_of(kind) -> str:
    """Values of different sorts are never the same memory."""
    match kind:
        case Array() | Numeric() | Scalar():
            return "array"
        case ListOf():
            return "list"
        case TupleOf() | DictOf():
            return "tuple"
        case Tape() | Cursor():
            return "tape"
    return ANY_SORT


class Aliases:
    """The classes of a function. A list and what it holds are in classes of their own: each may be written to, or not.

    Parameters
    ----------
    together : sequence of sequences of Var
        Parameters that may share memory.
    memory : sequence of Var
        Those that are memory whether somebody writes to them or not.
    known : dict or None
        id of a Trace → what calls of it do; found out if need be.

    Attributes
    ----------
    written : list of Apply
        The statements that write, in order.
    """

    def __init__(self, function: Function, together=(), memory=(), known: dict | None = None) -> None:
        self._parent: dict = {}
        self._holds: dict = {}           # class of containers → what they hold
        self._sorts: dict = {}           # what containers hold → {sort: class}
        self.definitions: dict[Var, Apply] = {}
        self.written: list[Apply] = []
        self._effects: dict = dict(known or {})
        self.has_lists = False
        for stmt in walk(function.body):
            if isinstance(stmt, Apply):
                self.definitions[stmt.target] = stmt
                self.has_lists = self.has_lists or is_list_write(stmt)
        for group in together:
            for var in group:
                self.join(group[0], var)
        self._block(function.body)
        self._memory: dict = {}
        for stmt in self.written:
            for atom in self.changed(stmt):
                if self.may_share(atom.kind):
                    for node in self.levels(atom) if isinstance(stmt.fn, Function) else (self.find(atom),):
                        self._memory.setdefault(node, len(self._memory))
        for var in memory:
            self._memory.setdefault(self.find(var), len(self._memory))
        self.members: dict[int, list[Var]] = {}
        for var in list(self._parent):
            number = self._memory.get(self.find(var))
            if number is not None and isinstance(var, Var):
                self.members.setdefault(number, []).append(var)

    # --- questions ----------------------------------------------------------------------------------------------------

    def changed(self, stmt: Apply) -> list[Var]:
        """What a statement that writes writes to."""
        atoms = stmt.args[:1]
        if isinstance(stmt.fn, Function):
            effects = self.effects(stmt.fn)
            atoms = stmt.args if effects is None else tuple(stmt.args[k] for k in sorted(effects.written))
        return [a for a in atoms if isinstance(a, Var)]

    def effects(self, fn: Function) -> CallEffects | None:
        """What calls of a recursive Trace do; None of another one, which is to be written out."""
        if id(fn) not in self._effects:
            self._effects[id(fn)] = call_effects(fn) if is_recursive(fn) else None
        return self._effects[id(fn)]

    def find(self, var):
        """The representative of a Var's class."""
        parent = self._parent
        root = var
        while (up := parent.setdefault(root, root)) is not root:
            root = up
        while var is not root:
            parent[var], var = root, parent[var]
        return root

    def number(self, atom) -> int | None:
        """The number of the memory class of an atom, None for a value."""
        return self._memory.get(self.find(atom)) if isinstance(atom, Var) and atom in self._parent else None

    def held_number(self, atom) -> int | None:
        """The number of the memory class of what a container holds, None if that is values."""
        if not isinstance(atom, Var) or atom not in self._parent:
            return None
        found = [self._memory[node] for node in self._items(self.find(atom)) if node in self._memory]
        return found[0] if found else None

    def numbers(self, atom) -> list[int]:
        """The numbers of the memory classes of an atom and of all that it holds."""
        if not isinstance(atom, Var) or atom not in self._parent:
            return []
        return [self._memory[node] for node in self.levels(atom) if node in self._memory]

    def holds_memory(self, atom) -> bool:
        """Is something memory that a container holds, or that this holds?"""
        return isinstance(atom, Var) and atom in self._parent and any(
            node in self._memory for node in self.levels(atom)[1:])

    def sharing(self, stmt: Apply) -> Sharing:
        return sharing(stmt, self.definitions.get)

    def may_share(self, kind) -> bool:
        """Can a value of this kind be, or hold, memory?"""
        return may_share(kind) or self.has_lists and holds_list(kind)

    # --- building -----------------------------------------------------------------------------------------------------

    def levels(self, atom) -> list:
        """The classes of an atom, of what it holds, of what that holds, ..."""
        found = [self.find(atom)]
        for node in found:
            found += [item for item in self._items(node) if item not in found]
        return found

    def _items(self, root) -> list:
        """The classes of what a class of containers holds."""
        held = self._holds.get(root)
        return [] if held is None else list(dict.fromkeys(map(self.find, self._sorts.get(self.find(held), {}).values())))

    def join(self, a, b) -> None:
        """Two atoms may stand for the same memory."""
        if isinstance(a, Var) and isinstance(b, Var) and self.may_share(a.kind) and self.may_share(b.kind):
            for var in (a, b):
                if isinstance(var.kind, OPAQUE):
                    self.collapse(var)
            self._union(a, b)

    def put(self, container, value) -> None:
        """A container may hold this."""
        if isinstance(container, Var) and isinstance(value, Var) and self.may_share(value.kind):
            if isinstance(value.kind, OPAQUE):
                self.collapse(value)
            self._union(self._slot(self._held(container), sort_of(value.kind), value), value)

    def same_items(self, a, b) -> None:
        """Two containers may hold the same."""
        if isinstance(a, Var) and isinstance(b, Var) and self.may_share(a.kind) and self.may_share(b.kind):
            self._union(self._held(a), self._held(b))

    def collapse(self, atom) -> None:
        """An atom, and all that it may hold, are one class."""
        self._union(self._slot(self._held(atom), ANY_SORT, atom), atom)

    def _slot(self, held, sort: str, first):
        """The class of what is held of a sort; `first` is in it if there is none yet."""
        sorts = self._sorts.setdefault(held, {})
        if ANY_SORT in sorts:
            return sorts[ANY_SORT]
        if sort != ANY_SORT:
            return sorts.setdefault(sort, first)
        classes = list(sorts.values())
        self._sorts[held] = {ANY_SORT: first}
        for other in classes:
            self._union(other, first)
        return first

    def _held(self, atom):
        root = self.find(atom)
        if root not in self._holds:
            self._holds[root] = _Held()
        return self.find(self._holds[root])

    def _union(self, a, b) -> None:
        a, b = self.find(a), self.find(b)
        if a is b:
            return
        self._parent[a] = b
        held = self._holds.pop(a, None)
        if held is not None:
            if b in self._holds:
                self._union(held, self._holds[b])
            else:
                self._holds[b] = held
        for sort, node in self._sorts.pop(a, {}).items():
            self._union(self._slot(self.find(b), sort, node), node)

    def _block(self, block: Block) -> None:
        for stmt in block.stmts:
            match stmt:
                case Apply():
                    self._apply(stmt)
                case If():
                    self._block(stmt.then)
                    self._block(stmt.orelse)
                    for target, a, b in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                        self.join(target, a)
                        self.join(target, b)
                case For() | While():
                    if isinstance(stmt, For):
                        for source in stmt.sources:
                            for var in pattern_vars(source.target):
                                self._take(var, source.iterable)
                    else:
                        self._block(stmt.test)
                    self._block(stmt.body)
                    for c, init, y in zip(stmt.carried, stmt.inits, stmt.body.yields):
                        self.join(c, init)
                        self.join(c, y)

    def _take(self, target: Var, container) -> None:
        """An item is taken out of a container, or of an array."""
        if not isinstance(container, Var) or not self.may_share(target.kind):
            return
        if isinstance(container.kind, Tape | Cursor) and isinstance(target.kind, TupleOf) and (
                len(container.kind.entry or ()) != 1):
            self.same_items(target, container)           # an entry of several values
        elif isinstance(container.kind, HOLDERS):
            self.put(container, target)
        else:
            self.join(target, container)

    def _apply(self, stmt: Apply) -> None:
        fn, args, target = stmt.fn, stmt.args, stmt.target
        if is_write(stmt):
            self._write(stmt)
            return
        if isinstance(fn, Function):
            if writes(fn):
                self.written.append(stmt)
            if self.may_share(target.kind):
                self.find(target)
                effects = self.effects(fn)
                for atom in args if effects is None else [args[k] for k in effects.shared]:
                    self._mix(target, atom)
            return
        if isinstance(target.kind, HOLDERS) and self._make_container(stmt):
            return
        if fn is intrinsics.push:
            for value in args[1:]:
                self.put(args[0], value)
            return
        if fn in (intrinsics.index_add, intrinsics.scatter_add):
            self.join(target, args[0])
            return
        if fn in (operator.getitem, intrinsics.take) and isinstance(args[0], Var) and isinstance(args[0].kind, HOLDERS):
            self._take(target, args[0])
            return
        if self.sharing(stmt) is Sharing.FRESH or not self.may_share(target.kind):
            return
        self.find(target)
        for k, atom in enumerate(args[:1] if fn is operator.getitem else operands(stmt)):
            if fn is operator.getitem or (fn, k) not in FORM_ONLY:
                self._mix(target, atom)

    def _mix(self, target: Var, atom) -> None:
        """A result may be an operand, part of it, or hold it."""
        if isinstance(atom, Var) and self.may_share(atom.kind) and self.may_share(target.kind):
            self.join(target, atom)
            if any(isinstance(v.kind, HOLDERS) and not holds_numbers(v.kind) for v in (atom, target)):
                self.collapse(target)

    def _make_container(self, stmt: Apply) -> bool:
        """An operation that gives a container, if it is known what that holds then."""
        fn, args, target = stmt.fn, stmt.args, stmt.target
        if not self.may_share(target.kind):
            return True
        self.find(target)
        if fn in (intrinsics.build_tuple, intrinsics.build_list, intrinsics.new_list, intrinsics.build_dict):
            for atom in args:
                self.put(target, atom)
            return True
        if fn in (intrinsics.copy_value, intrinsics.rewind, intrinsics.cursor):
            self.join(target, args[0])
            return True
        if fn is intrinsics.new_tape:
            return True
        if fn in (operator.add, operator.mul):
            for atom in args:
                if isinstance(atom, Var) and isinstance(atom.kind, HOLDERS):
                    self.same_items(target, atom)
            return True
        if fn in (list, tuple, sorted, intrinsics.unpack) and args and isinstance(args[0], Var) and not stmt.kwargs:
            if isinstance(args[0].kind, HOLDERS):
                self.same_items(target, args[0])
            elif isinstance(args[0].kind, Array):
                self.put(target, args[0])
            else:
                return False
            if fn is intrinsics.unpack and args[2].value >= 0:       # the list that it gives holds the same as the tuple
                self.collapse(target)
            return True
        if fn is operator.getitem and isinstance(args[0], Var) and isinstance(args[0].kind, HOLDERS):
            if isinstance(kind_of_atom(args[1]), SliceOf):
                self.same_items(target, args[0])
            else:
                self._take(target, args[0])
            return True
        if isinstance(target.kind, ListOf) and fn is not runtime.as_form and (getattr(fn, "__module__", None) or "").partition(
                ".")[0] in ("numpy", "srcad"):
            # A new list: its items may be views of arrays that are given, or items of what is given.
            for k, atom in enumerate(args if self.may_share(target.kind.element) else ()):
                if isinstance(atom, Var) and (fn, k) not in FORM_ONLY and self.may_share(atom.kind):
                    if isinstance(atom.kind, HOLDERS):
                        self.same_items(target, atom)
                    elif isinstance(atom.kind, Array):
                        self.put(target, atom)
                    else:
                        return False
            return self.sharing(stmt) is not Sharing.UNKNOWN or not stmt.kwargs
        return False

    def _write(self, stmt: Apply) -> None:
        fn, args = stmt.fn, stmt.args
        self.written.append(stmt)
        self.find(args[0])
        if fn in IN_PLACE:
            self.join(stmt.target, args[0])
        elif fn is list.append:
            self.put(*args)
        elif fn is list.pop:
            self._take(stmt.target, args[0])
        elif fn is operator.setitem and isinstance(args[0].kind, ListOf):
            if isinstance(kind_of_atom(args[1]), SliceOf):
                self.same_items(args[0], args[2])
            else:
                self.put(args[0], args[2])
        elif fn is operator.setitem and is_container(args[0].kind):
            self.put(args[0], args[2])


def touches(atom, definition, is_memory) -> bool:
    """May a value share memory with what `is_memory` (a predicate of Vars) says yes to?"""
    if not isinstance(atom, Var) or not may_share(atom.kind):
        return False
    if is_memory(atom):
        return True
    made = definition(atom)
    if made is None or isinstance(atom.kind, Array) and sharing(made, definition) is Sharing.FRESH:
        return False
    return any(touches(a, definition, is_memory) for a in (*made.args, *(v for _, v in made.kwargs)))


__all__ = ["Aliases", "Lit", "is_write", "may_share", "touches", "writes"]
