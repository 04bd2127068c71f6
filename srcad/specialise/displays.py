"""Containers built, read, measured and joined while the derivative is made: what ``x[i]``, ``[*a]``, ``zip`` or ``len`` mean."""

from __future__ import annotations

import operator
import types

from srcad.analysis.atoms import literal
from srcad.specialise import dicts, forms, references, writes
from srcad.specialise.attributes import read_attribute
from srcad.specialise.decided import has_attribute
from srcad.specialise.operations import raised
from srcad.specialise.unpacking import static_items, unpacked
from srcad.specialise.values import Entries, Enumerate, Generated, Instance, Pack, Sequence, Zip, is_atom
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import INT, Array, Bottom, DictOf, ListOf, Numeric, Object, Range, Scalar, Static, TupleOf, Unknown


def _getattr(s, args, kwargs):
    if len(args) < 2 or kwargs:
        return NotImplemented
    if not isinstance(args[1], Lit):
        raise s.refuse("the name of an attribute is not known when the derivative is made", "write the name, or use a dict")
    if len(args) == 3:
        there = has_attribute(s, args[:2], [])
        if there is NotImplemented:
            raise s.refuse(f"whether there is an attribute {args[1].value!r} is not known when the derivative is made",
                           "leave out the default")
        if not there.value:
            return args[2]
    return read_attribute(s, args[0], args[1].value)


def _getitem(s, args, kwargs):
    container, index = args
    if isinstance(container, Var) and (array := writes.flat_of(s, container)) is not None:
        return writes.read_flat(s, array, index)
    if isinstance(container, Var) and isinstance(index, Lit) and type(index.value) is int and isinstance(
            container.kind, TupleOf | ListOf) and container.kind.items is not None and not (
            -len(container.kind.items) <= index.value < len(container.kind.items)):
        return raised(s, IndexError, f"{'list' if isinstance(container.kind, ListOf) else 'tuple'} index out of range")
    if isinstance(container, Pack) and isinstance(index, Lit) and type(index.value) is int:
        if -len(container.items) <= index.value < len(container.items):
            return container.items[index.value]
        return raised(s, IndexError, "tuple index out of range")
    if isinstance(container, Var) and isinstance(index, Var) and isinstance(index.kind, Scalar) and (
            functions := functions_of(container.kind)):
        if isinstance(container.kind, DictOf):
            index = forms.place_of_key(s, container.kind.keys, index)
        return forms.one_of(s, functions, index)
    if isinstance(container, Pack) and any(map(forms.is_function, container.items)) and isinstance(
            index, Var) and isinstance(index.kind, Scalar):
        return forms.one_of(s, container.items, index)
    if isinstance(container, Pack) and isinstance(index, Var):
        piece = literal(index, s.b.definition)
        if isinstance(piece, slice):
            return Pack(container.items[piece])
        if s.is_mixed(container):
            return s.operation(operator.getitem, [s.items_atom(container), index], [], "")
    if isinstance(container, Var) and isinstance(container.kind, TupleOf) and isinstance(index, Lit):
        made = s.b.definition(container)
        if made is not None and made.fn is intrinsics.build_tuple and type(index.value) is int and \
                -len(made.args) <= index.value < len(made.args):
            return made.args[index.value]
        if made is not None and made.fn is getattr and made.args[1] == Lit("shape"):
            return s.b.apply(operator.getitem, container, index, kind=INT)
    return NotImplemented


def _build_list(s, args, kwargs):
    """``[a, b]``"""
    if not s.frozen and any(map(forms.is_structured, args)):
        references.follow(s)
    return NotImplemented


def functions_of(kind) -> tuple:
    """The functions that a tuple, list or dict from outside holds, if it holds nothing else."""
    items = kind.values if isinstance(kind, DictOf) else kind.items if isinstance(kind, TupleOf | ListOf) else None
    if not items or not all(isinstance(k, Static) and callable(k.value) and not isinstance(k.value, type) for k in items):
        return ()
    return tuple(Ref(k.value) for k in items)


def _build_tuple(s, args, kwargs):
    if any(isinstance(a, Generated) for a in args):
        raise s.kept_iterator()
    return Pack(tuple(args))


def _unpack(s, args, kwargs):
    return Pack(tuple(unpacked(s, args[0], args[1].value, args[2].value)))


def _zip(s, args, kwargs):
    return Zip(tuple(args)) if not kwargs else NotImplemented


def _enumerate(s, args, kwargs):
    start = args[1] if len(args) > 1 else dict(kwargs).get("start", Lit(0))
    return Enumerate(args[0], start)


def _iter(s, args, kwargs):
    if len(args) != 1:
        return NotImplemented
    known = isinstance(args[0], Pack | Sequence | Generated) or isinstance(args[0], Var) and isinstance(
        args[0].kind, ListOf | TupleOf | Array | Range)
    return Generated(args[0].items if isinstance(args[0], Generated) else args[0]) if known else NotImplemented


def _reversed(s, args, kwargs):
    (value,) = args
    items = static_items(s, value) if isinstance(value, Pack | Zip | Enumerate) else None
    if items is not None:
        return Pack(tuple(items[::-1]))
    kind = s.kind(value)
    if isinstance(kind, Range | Array | ListOf | TupleOf):
        back = s.b.apply(intrinsics.build_slice, Lit(None), Lit(None), Lit(-1))
        return s.b.apply(operator.getitem, s.atom(value), back)
    return NotImplemented


def _len(s, args, kwargs):
    (value,) = args
    items = value.items if isinstance(value, Pack) else None
    if items is not None:
        return Lit(len(items))
    if not is_atom(value):
        return NotImplemented
    kind = s.kind(value)
    if isinstance(kind, TupleOf):
        return Lit(len(kind.items))
    if isinstance(kind, DictOf):
        return Lit(len(kind.keys))
    numbers = literal_range(s, value)
    return NotImplemented if numbers is None else Lit(len(numbers))


def literal_range(s, value) -> range | None:
    """In a rule, a range of known numbers: a few axes."""
    numbers = literal(value, s.b.definition) if s.frozen and isinstance(value, Var) else None
    return numbers if isinstance(numbers, range) else None


def _tuple(s, args, kwargs):
    if not args:
        return Pack(())
    numbers = literal_range(s, args[0])
    if numbers is not None:
        return Pack(tuple(map(Lit, numbers)))
    items = static_items(s, args[0])
    return NotImplemented if items is None else Pack(tuple(items))


def _list(s, args, kwargs):
    if not args:
        return s.b.apply(intrinsics.build_list)
    if is_atom(args[0]):
        return NotImplemented
    items = static_items(s, args[0])
    return NotImplemented if items is None else s.b.apply(intrinsics.build_list, *[s.atom(i) for i in items])


def _dict(s, args, kwargs):
    if args:
        references.follow(s)
        return NotImplemented
    parts: list = []
    for k, v in kwargs:
        parts += [Lit(k), s.atom(v)]
    return s.b.apply(intrinsics.build_dict, *parts)


def _build_dict(s, args, kwargs):
    if not s.frozen and any(map(forms.is_structured, args[1::2])):
        references.follow(s)
    if not s.frozen and not all(isinstance(key, Lit) for key in args[::2]):
        references.follow(s)
        if not all(dicts.is_known(s, key) for key in args[::2]):
            return dicts.filled(s, zip(args[::2], args[1::2]))
    if s.program.containers and not s.frozen:
        found: dict = {}
        for key, value in zip(args[::2], args[1::2]):
            found[dicts.key_of(s, key)] = value
        return references.new_dict(s, Entries(tuple(found), tuple(found.values())))
    if not all(isinstance(key, Lit) for key in args[::2]):
        return s.b.apply(intrinsics.build_dict, *[s.atom(a) for a in args])
    entries: dict = {}
    for key, value in zip(args[::2], args[1::2]):
        # A key keeps its first place and its first spelling, and has the last value.
        first = entries.get(key.value, (key, None))[0]
        entries[key.value] = (first, s.atom(value))
    return s.b.apply(intrinsics.build_dict, *[part for entry in entries.values() for part in entry])


def _add(s, args, kwargs):
    a, b = args
    if isinstance(a, Pack) and isinstance(b, Pack):
        return Pack(a.items + b.items)
    if isinstance(a, Pack) ^ isinstance(b, Pack):
        other = b if isinstance(a, Pack) else a
        if isinstance(s.kind(other), TupleOf):
            items = [static_items(s, v) for v in (a, b)]
            return Pack(tuple(items[0] + items[1]))
    return NotImplemented


#: A list that is repeated to more items than this is repeated when the program runs.
LONGEST_WRITTEN_OUT = 8


def _mul(s, args, kwargs):
    a, b = args
    for pack, times in ((a, b), (b, a)):
        if isinstance(pack, Pack) and isinstance(times, Lit) and type(times.value) is int:
            return Pack(pack.items * times.value)
        if isinstance(pack, Var) and isinstance(pack.kind, ListOf) and isinstance(times, Lit) and type(times.value) is int:
            items = static_items(s, pack)
            if items is not None and 0 < len(items) * times.value <= LONGEST_WRITTEN_OUT:
                return s.b.apply(intrinsics.build_list, *map(s.atom, items * times.value))
    return NotImplemented


def in_place(fn, plain):
    """``x op= e`` of a number or a tuple re-binds the name, of an array it writes to it."""
    def decide(s, args, kwargs):
        kind = TupleOf(()) if isinstance(args[0], Pack) else s.kind(args[0])
        if isinstance(kind, Scalar | TupleOf | Bottom | Object) or isinstance(kind, Unknown) and kind.number is not None:
            return s.call(Ref(plain), args, kwargs)
        if isinstance(kind, Array):
            return writes.assign_in_place(s, fn, plain, args[0], args[1])
        if isinstance(kind, ListOf | DictOf):
            references.follow(s)
            raise s.refuse("a list is extended in place", "write `items = items + [...]`")
        if isinstance(kind, Numeric) and not s.frozen:
            made = s.call(Ref(plain), args, kwargs)
            s.info.augmented.append(s.b.definition(made))
            return made
        raise s.refuse("an augmented assignment to a value of which it is not known whether it is a number or an array",
                       "write `x = x + ...`, which never changes an array in place")
    return decide


def _or(s, args, kwargs):
    """``d | e``"""
    if any(isinstance(a, Var | Pack) and isinstance(s.kind(a), DictOf) for a in args):
        references.follow(s)
    return NotImplemented


def _delitem(s, args, kwargs):
    if isinstance(s.kind(args[0]), ListOf | DictOf):
        references.follow(s)
    raise s.refuse("an item is deleted in place", "build a new list")


def _setattr(s, args, kwargs):
    if len(args) == 3 and isinstance(args[1], Lit) and is_atom(args[0]) and isinstance(s.kind(args[0]), Array):
        return writes.assign_attribute(s, args[0], args[1].value, args[2])
    owner = args[0].value if isinstance(args[0], Ref | Instance) else None
    if isinstance(owner, types.ModuleType | type | types.FunctionType):
        raise s.refuse(f"an attribute of {owner.__name__}, which outlives the call, is assigned", "return the value instead")
    if owner is not None:
        raise s.refuse(f"an attribute of an object of {type(owner).__name__}, which outlives the call, is assigned",
                       "return the value instead, or make the object inside")
    raise s.refuse("an attribute is assigned", "return the value instead")


def _contains(s, args, kwargs):
    container, item = args
    if isinstance(item, Lit):
        if isinstance(container, Pack) and all(isinstance(i, Lit) for i in container.items):
            return Lit(item.value in [i.value for i in container.items])
        if is_atom(container) and isinstance(s.kind(container), DictOf):
            return Lit(item.value in s.kind(container).keys)
    return NotImplemented


SPECIAL: dict = {
    getattr: _getattr, operator.getitem: _getitem, intrinsics.build_tuple: _build_tuple, intrinsics.unpack: _unpack,
    iter: _iter, zip: _zip, enumerate: _enumerate, reversed: _reversed, len: _len, tuple: _tuple, list: _list, dict: _dict,
    intrinsics.build_list: _build_list, intrinsics.build_dict: _build_dict, operator.add: _add, operator.mul: _mul,
    operator.setitem: writes.assign_item, operator.delitem: _delitem, operator.or_: _or, setattr: _setattr, delattr: _setattr,
    operator.contains: _contains,
}
