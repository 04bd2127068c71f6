"""Arrays that containers among the arguments hold.

Enters: a typed Trace that writes to memory. Leaves: it, in which what such a container holds is read once, at the start, and
the arrays are copies: memory of the function's own. Those that are written to are written back at the end. ::

    w = p["w"]                           w = p["w"]; b = p["b"]
    w *= p["b"]                          check_separate(1, w, b); w1 = w.copy()
                                         w1 *= b
                                         w[...] = w1
"""

from __future__ import annotations

import operator
from collections import Counter

import numpy as np

from srcad import runtime
from srcad.analysis.aliasing import Aliases, is_told, is_write
from srcad.analysis.atoms import kind_of_atom, literal
from srcad.errors import UnsupportedError
from srcad.optimize.replace import replace
from srcad.specialise.program import ArgumentsChange, Program, Specialised
from srcad.trace import intrinsics
from srcad.trace.ir import (
    UNDEF,
    Apply,
    Block,
    Function,
    Lit,
    Var,
    blocks,
    copy_block,
    every_block,
    exits,
    operands,
    walk,
)
from srcad.trace.kinds import (
    NONE,
    Array,
    DictOf,
    ListOf,
    SliceOf,
    Struct,
    TupleOf,
    is_differentiable,
    literal_kind,
    names_of,
)
from srcad.trace.purity import is_hashable
from srcad.trace.sharing import FORM_ONLY

#: Operations that make a container of known items.
BUILDS = {intrinsics.build_tuple, intrinsics.build_list, intrinsics.build_dict, runtime.make_like}

#: (operation, operand) that looks at what class, or of what form, a container is.
LOOKS = FORM_ONLY | {(runtime.make_like, 0)}
#: Operations that look at which containers and arrays they are given.
CHECKS = {runtime.check_once, runtime.check_separate}


def take_out(program: Program, info: Specialised, function: Function, copied) -> list:
    """Let a function work on copies of the arrays that its arguments hold, where it writes to those. `copied(function)` is the
    function that copies an array. The statements that write back what they have become."""
    if program.opened:
        _forward_items(function.body)
    aliases = Aliases(function)
    chosen = {p.var for p in function.params if _has_parts(p.var.kind) and aliases.numbers(p.var)}
    if not chosen and not any(map(is_told, function.body.stmts)):
        return []
    if chosen and not program.opened:
        raise ArgumentsChange
    head, held = _reads(function, chosen)
    _check_uses(function, chosen)
    copy, mapping = copied(function), {v: v.like() for v in held}
    copies = [Apply(new, list if isinstance(v.kind, ListOf) else copy, (v,), (), function.loc) for v, new in mapping.items()]
    body = copy_block(function.body, dict(mapping))
    function.body = Block([*head, *copies, *body.stmts], body.yields)
    aliases = Aliases(Function(function.name, function.params, _untold(function.body)))
    written = {v: new for v, new in mapping.items() if aliases.number(new) is not None}
    _tell_originals(body, aliases, {new: v for v, new in mapping.items()})
    check = _check(function, info, aliases, chosen, held, written)
    body = copy_block(body, {new: v for v, new in mapping.items() if v not in written})
    copies = [s for s in copies if s.target in written.values()]
    function.body = Block([*head, *([check] if written else []), *copies, *body.stmts], body.yields)
    return [s for v, new in written.items() for s in _written_back(v, new, function.loc)]


def changed_arguments(function: Function) -> tuple[int, ...]:
    """The positions of the containers among the arguments which a Trace changes, or writes to arrays of."""
    made = {s.target: s for s in walk(function.body) if isinstance(s, Apply)}
    found = set()
    for stmt in made.values():
        if is_told(stmt) or is_write(stmt):
            found.add(_root(stmt.args[0], made.get))
    return tuple(k for k, p in enumerate(function.params) if p.var in found and _has_parts(p.var.kind))


def read_parts(function: Function) -> dict:
    """Read all that containers hold which are changed at the end: their adjoints are of the form that they have on entry. For
    each of them, key by key, the variable that has it."""
    definition = {s.target: s for s in function.body.stmts if isinstance(s, Apply)}.get
    roots = {_root(s.args[0], definition) for s in function.body.stmts if is_told(s)}
    if not roots:
        return {}
    known: dict = {}
    for stmt in function.body.stmts:
        if (key := _key_of(stmt, definition)) is not UNDEF and isinstance(stmt.args[0], Var):
            known.setdefault(stmt.args[0], {}).setdefault(key, stmt.target)
    waiting = [p.var for p in function.params if p.var in roots]
    head: list = []
    found: dict = {}
    for container in waiting:
        parts = found[container] = known.get(container, {})
        for key, kind in parts_of(container.kind):
            if key not in parts and (is_differentiable(kind) or _has_parts(kind)):
                parts[key] = Var("", kind)
                head += _taken(container, key, parts[key], function.loc)
            if key in parts and _has_parts(parts[key].kind):
                waiting.append(parts[key])
    function.body.stmts[:0] = head
    return found


def parts_of(kind) -> list:
    """(key, kind) of what a container of known items holds."""
    match kind:
        case DictOf(keys=keys, values=values):
            return list(zip(keys, values))
        case Struct(names=names, items=items):
            return list(zip(names, items))
    return list(enumerate(kind.items))


def _taken(container: Var, key, target: Var, loc) -> list:
    """The statements that take an item out of a container."""
    take = getattr if isinstance(container.kind, Struct) else operator.getitem
    if not isinstance(key, tuple):
        return [Apply(target, take, (container, Lit(key)), (), loc)]
    index = Var("", TupleOf(tuple(map(literal_kind, key))))
    return [Apply(index, intrinsics.build_tuple, tuple(map(Lit, key)), (), loc), Apply(target, take, (container, index), (), loc)]


def _root(var: Var, definition) -> Var:
    """The variable that a container has been taken out of, item by item."""
    while (way := definition(var)) is not None and way.fn in (operator.getitem, getattr) and _has_parts(
            getattr(way.args[0], "kind", None)):
        var = way.args[0]
    return var


def _has_parts(kind) -> bool:
    """Is it a container of known items?"""
    return isinstance(kind, TupleOf | DictOf | Struct) or isinstance(kind, ListOf) and kind.items is not None


def _key_of(stmt, definition):
    """The key of ``container[key]`` or ``container.key``, if it is known; else UNDEF."""
    if not isinstance(stmt, Apply) or stmt.fn not in (operator.getitem, getattr) or stmt.kwargs or len(stmt.args) != 2:
        return UNDEF
    key = literal(stmt.args[1], definition) if _has_parts(kind_of_atom(stmt.args[0])) else UNDEF
    return key if is_hashable(key) and not isinstance(key, slice) else UNDEF


def _forward_items(block: Block) -> None:
    """Put the items of containers that the function itself makes, of known items, in the place of what reads them."""
    made = {s.target: s for s in walk(block) if isinstance(s, Apply)}
    changed = {s.args[0] for s in made.values() if is_write(s) or is_told(s)}
    mapping: dict = {}
    for inner in every_block(block):
        kept = []
        for stmt in inner.stmts:
            key = _key_of(stmt, made.get)
            container = _last(stmt.args[0], mapping) if key is not UNDEF else None
            built = made.get(container) if isinstance(container, Var) and container not in changed else None
            item = None if built is None or built.fn not in BUILDS else _item(built, key, made.get)
            if item is None:
                kept.append(stmt)
            else:
                mapping[stmt.target] = item
        inner.stmts = kept
    replace(block, {var: _last(item, mapping) for var, item in mapping.items()})


def _last(atom, mapping: dict):
    while atom in mapping:
        atom = mapping[atom]
    return atom


def _item(built: Apply, key, definition):
    """The item of a container that a statement makes; None if it is not known."""
    if built.fn is intrinsics.build_dict:
        keys = [literal(k, definition) for k in built.args[::2]]
        return next((v for k, v in zip(keys, built.args[1::2]) if type(k) is type(key) and k == key), None)
    if built.fn is runtime.make_like:
        if type(key) is int and isinstance(built.target.kind, TupleOf):
            key = names_of(built.target.kind)[key]
        return dict(built.kwargs).get(key)
    return built.args[key] if type(key) is int and -len(built.args) <= key < len(built.args) else None


def _reads(function: Function, chosen: set) -> tuple[list, list]:
    """Read what some parameters hold at the start, each part once; those statements, and the arrays and lists of numbers."""
    definition = {s.target: s for s in walk(function.body) if isinstance(s, Apply)}.get
    head: list = []
    known: dict = {}
    mapping: dict = {}
    containers = set(chosen)
    for block in every_block(function.body):
        kept = []
        for stmt in block.stmts:
            key = _key_of(stmt, definition)
            container = mapping.get(stmt.args[0], stmt.args[0]) if key is not UNDEF and isinstance(stmt.args[0], Var) else None
            if container not in containers:
                kept.append(stmt)
                continue
            place = (container, type(key), key)
            if place in known:
                mapping[stmt.target] = known[place]
                continue
            known[place] = stmt.target
            index = definition(stmt.args[1])
            index = stmt.args[1] if index is None else Var("", stmt.args[1].kind)
            if index is not stmt.args[1]:
                made = definition(stmt.args[1])
                head.append(Apply(index, made.fn, made.args, (), made.loc))
            head.append(Apply(stmt.target, stmt.fn, (container, index), (), stmt.loc, stmt.origin))
            if _has_parts(stmt.target.kind):
                containers.add(stmt.target)
        block.stmts = kept
    replace(function.body, mapping)
    chosen |= containers
    return head, [v for v in known.values() if isinstance(v.kind, Array) or isinstance(v.kind, ListOf) and v not in containers]


def _untold(body: Block, results: tuple = ()) -> Block:
    """A function's body without what it tells its caller, and gives back besides `results`, and the containers made for that."""
    used = Counter(a for s in walk(body) if not is_told(s) for a in set(_read(s)))
    used.update(results)
    stmts: list = []
    for stmt in reversed(body.stmts):
        if is_told(stmt):
            continue
        if isinstance(stmt, Apply) and stmt.fn in BUILDS and not used[stmt.target]:
            used.subtract(set(_read(stmt)))
            continue
        stmts.append(stmt)
    return Block(stmts[::-1], (Lit(None),))


def _read(stmt) -> list:
    atoms = (*operands(stmt), *exits(stmt), *(a for block in blocks(stmt) for a in block.yields))
    return [a for a in atoms if isinstance(a, Var)]


def _check_uses(function: Function, containers: set) -> None:
    """A container is told what it holds; nothing else may be done with it, for it holds other arrays than the function has."""
    yielded = {a for block in every_block(function.body) for a in block.yields}
    for stmt in walk(function.body):
        for k, atom in enumerate(operands(stmt)):
            if atom in containers and not is_told(stmt) and (
                    not isinstance(stmt, Apply) or (stmt.fn, k) not in LOOKS and stmt.fn not in CHECKS):
                raise _as_a_whole(atom, stmt.loc)
    for var in containers & yielded:
        raise _as_a_whole(var, function.loc)


def _as_a_whole(var: Var, loc) -> UnsupportedError:
    return UnsupportedError(f"the argument {var.hint}, of which an array is written to, is used as a whole",
                            "read its items one by one, or pass the array as an argument of its own", loc)


def _check(function: Function, info: Specialised, aliases: Aliases, chosen: set, held: list, written: dict) -> Apply:
    others = [v for v in held if v not in written]
    others += [p.var for p in function.params if p.var not in chosen and aliases.may_share(p.var.kind)]
    others += [v for v in info.hidden.values() if aliases.may_share(v.kind)]
    numbers = {aliases.number(new) for new in written.values()}
    loc = next((s.loc for s in aliases.written for a in aliases.changed(s) if aliases.number(a) in numbers), function.loc)
    return Apply(Var("", NONE), runtime.check_separate, (Lit(len(written)), *written, *others), (), loc)


def _written_back(var: Var, new: Var, loc) -> list:
    if isinstance(var.kind, Array):
        return [Apply(Var("", NONE), operator.setitem, (var, Lit(Ellipsis), new), (), loc)]
    every = Var("", SliceOf(None, None, None))
    return [Apply(every, intrinsics.build_slice, (Lit(None),) * 3, (), loc),
            Apply(Var("", NONE), operator.setitem, (var, every, new), (), loc)]


def _tell_originals(body: Block, aliases: Aliases, originals: dict) -> None:
    """Let the caller's containers get the caller's own arrays, and copies of memory that the reverse sweep may undo."""
    stmts: list = []
    copies: dict = {}
    definitions = {s.target: s for s in body.stmts if isinstance(s, Apply)}
    stored: dict = {}                    # class of memory → the one variable of it that is put in a container

    def outside(atom, loc):
        if atom in originals:
            return originals[atom]
        if atom in copies:
            return copies[atom]
        made = definitions.get(atom)
        if made is not None and made.fn in BUILDS:
            copies[atom] = again = Var(atom.hint, atom.kind)
            stmts.append(Apply(again, made.fn, tuple(outside(a, loc) for a in made.args),
                               tuple((n, outside(a, loc)) for n, a in made.kwargs), made.loc, made.origin))
            return again
        if not aliases.numbers(atom):
            return atom
        number = aliases.number(atom)
        shared = any(aliases.number(v) == number for v in originals)
        if shared or stored.setdefault(number, atom) is not atom or not isinstance(atom.kind, Array) and (
                not isinstance(atom.kind, ListOf) or aliases.holds_memory(atom)):
            what = "an array" if isinstance(atom.kind, Array) else "a list"
            raise UnsupportedError(f"{what} that is written to, and may share memory with another, is put into an argument",
                                   "put a copy into it: `x.copy()`", loc)
        copies[atom] = Var(atom.hint, atom.kind)
        stmts.append(Apply(copies[atom], list if isinstance(atom.kind, ListOf) else np.ndarray.copy, (atom,), (), loc))
        return copies[atom]

    kept = set(_untold(body, body.yields).stmts)
    for stmt in body.stmts:
        if is_told(stmt):
            stmt = Apply(stmt.target, stmt.fn, tuple(outside(a, stmt.loc) for a in stmt.args), stmt.kwargs, stmt.loc, stmt.origin)
        elif stmt not in kept:
            continue
        stmts.append(stmt)
    body.stmts = stmts
