"""Calls of builtins, and of the operators, with lists or dicts that the program changes among their operands."""

from __future__ import annotations

import operator

from srcad.specialise import keyed
from srcad.specialise.dicts import (
    changed,
    copied,
    delete_entry,
    entries_of,
    get_entry,
    is_by_place,
    items_of_mapping,
    key_of,
    set_entry,
    updates,
)
from srcad.specialise.lists import (
    add,
    as_list,
    call_list_method,
    delete,
    extend,
    get_item,
    length,
    repeat,
    replace,
    set_item,
)
from srcad.specialise.references import content, is_reference, list_atom, new_dict, new_list, wrapped
from srcad.specialise.values import Entries, Items, Mapping, Pack, Sequence
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import Scalar, Static


def _as_reference(s, value):
    return wrapped(s, value) if isinstance(value, Var) else value


def call_on(s, target, args: list, kwargs: list, hint: str):
    """A call of a builtin with lists or dicts among its operands; NotImplemented if it is none that is known here."""
    if target in CHANGES and args and isinstance(args[0], Var):
        args = [wrapped(s, args[0]), *args[1:]]
    first = args[0] if args else None
    match target:
        case operator.getitem if isinstance(first, Sequence):
            return get_item(s, first, args[1])
        case operator.getitem if isinstance(first, Mapping):
            return get_entry(s, first, args[1])
        case operator.setitem if isinstance(first, Sequence):
            set_item(s, first, *args[1:])
            return Lit(None)
        case operator.setitem if isinstance(first, Mapping):
            set_entry(s, first, *args[1:])
            return Lit(None)
        case operator.delitem if isinstance(first, Sequence):
            delete(s, first, args[1])
            return Lit(None)
        case operator.delitem if isinstance(first, Mapping):
            delete_entry(s, first, args[1])
            return Lit(None)
        case intrinsics.build_list:
            return new_list(s, args)
        case list.append | list.extend if isinstance(first, Sequence):
            return call_list_method(s, first, target.__name__, args[1:], kwargs, hint)
    return _TABLE[target](s, args, kwargs) if target in _TABLE else NotImplemented


def _add(s, args, kwargs):
    a, b = map(lambda v: _as_reference(s, v), args)
    return add(s, a, b) if isinstance(a, Sequence) and isinstance(b, Sequence) else NotImplemented


def _mul(s, args, kwargs):
    for one, times in (args, args[::-1]):
        if isinstance(one, Sequence) and isinstance(s.kind(times), Scalar | Static):
            return repeat(s, one, times)
    return NotImplemented


def _in_place_add(s, args, kwargs):
    if not isinstance(args[0], Sequence):
        return NotImplemented
    extend(s, *args)
    return args[0]


def _in_place_mul(s, args, kwargs):
    if not isinstance(args[0], Sequence):
        return NotImplemented
    replace(s, args[0], repeat(s, *args))
    return args[0]


def _in_place_or(s, args, kwargs):
    if not isinstance(args[0], Mapping):
        return NotImplemented
    changed(s, args[0], {**entries_of(s, args[0]), **updates(s, args[1:], [])})
    return args[0]


def _or(s, args, kwargs):
    if not isinstance(args[0], Mapping):
        return NotImplemented
    found = {**entries_of(s, args[0]), **updates(s, args[1:], [])}
    return new_dict(s, Entries(tuple(found), tuple(found.values())))


def _list(s, args, kwargs):
    if not args:
        return new_list(s, ())
    return as_list(s, items_of_keys(s, args[0])) if not kwargs else NotImplemented


def items_of_keys(s, value):
    value = keyed.gone_through(s, value)
    return Pack(tuple(items_of_mapping(s, value, "keys"))) if isinstance(value, Mapping) else value


def _dict(s, args, kwargs):
    if len(args) == 1 and not kwargs and isinstance(args[0], Mapping):
        return copied(s, args[0])
    found = updates(s, args, kwargs)
    return new_dict(s, Entries(tuple(found), tuple(found.values())))


def _len(s, args, kwargs):
    (value,) = args
    if keyed.is_keyed(s, value):
        return length(s, content(s, value).values)
    if isinstance(value, Mapping):
        return Lit(len(content(s, value).keys))
    return length(s, value) if isinstance(value, Sequence) else NotImplemented


def _bool(s, args, kwargs):
    if not args or not is_reference(args[0]):
        return NotImplemented
    known = truth(s, args[0])
    return Lit(known) if isinstance(known, bool) else known


def truth(s, value):
    """What ``if xs:`` tests: a bool if it is known, else a value of the generated code."""
    size = _len(s, [value], [])
    return bool(size.value) if isinstance(size, Lit) else s.b.apply(operator.gt, size, Lit(0))


def _not(s, args, kwargs):
    if not is_reference(args[0]):
        return NotImplemented
    known = truth(s, args[0])
    return Lit(not known) if isinstance(known, bool) else s.b.apply(operator.not_, known)


def _contains(s, args, kwargs):
    container, item = args
    if isinstance(container, Items) and container.what == "keys":
        container = container.mapping
    if isinstance(container, Mapping) and is_by_place(s, container, item):
        return keyed.has(s, keyed.keyed(s, container), item)
    if isinstance(container, Mapping):
        return Lit(key_of(s, item) in entries_of(s, container))
    if isinstance(container, Sequence):
        held = content(s, container)
        if isinstance(held, Pack):
            return s.call(Ref(operator.contains), [held, item], [])
    return NotImplemented


def _is(negate):
    def decide(s, args, kwargs):
        a, b = args
        if is_reference(a) and is_reference(b):
            if a == b:
                return Lit(not negate)
            if type(a) is not type(b) or a.cell not in s.pinned or b.cell not in s.pinned:
                return Lit(negate)
            if isinstance(a, Mapping):
                raise s.refuse("whether two names have the same dict is known only at run time", "compare something in it")
            return s.b.apply(operator.is_not if negate else operator.is_, list_atom(s, a), list_atom(s, b))
        return NotImplemented
    return decide


#: What changes its first operand.
CHANGES = {operator.setitem, operator.delitem, operator.iadd, operator.imul, operator.ior}
#: What goes through a list and keeps nothing of it but items.
GO_THROUGH = {sum, max, min, any, all, tuple, sorted, reversed, map, filter, enumerate, zip}

_TABLE: dict = {
    operator.add: _add, operator.mul: _mul, operator.iadd: _in_place_add, operator.imul: _in_place_mul,
    operator.ior: _in_place_or, operator.or_: _or, list: _list, dict: _dict, len: _len, bool: _bool, operator.not_: _not,
    operator.contains: _contains, operator.is_: _is(False), operator.is_not: _is(True),
}
