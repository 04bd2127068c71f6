"""What Python looks up in the class of an object by itself: operators, truth, what a loop goes through."""

from __future__ import annotations

import inspect
import operator
import types

from srcad.places import MISSING
from srcad.specialise.generators import all_yielded
from srcad.specialise.objects.attributes import call_special, guard
from srcad.specialise.objects.records import class_attribute, class_of_object, is_object, items_of
from srcad.specialise.values import Generated, Instance, Pack, Record
from srcad.trace.ir import Lit, Ref
from srcad.trace.kinds import Scalar

_BINARY = {
    operator.add: "add", operator.sub: "sub", operator.mul: "mul", operator.truediv: "truediv",
    operator.floordiv: "floordiv", operator.mod: "mod", operator.pow: "pow", operator.matmul: "matmul",
    divmod: "divmod", operator.and_: "and", operator.or_: "or", operator.xor: "xor",
    operator.lshift: "lshift", operator.rshift: "rshift",
}
_COMPARED = {operator.lt: ("lt", "gt"), operator.le: ("le", "ge"), operator.gt: ("gt", "lt"), operator.ge: ("ge", "le"),
             operator.eq: ("eq", "eq"), operator.ne: ("ne", "ne")}
_SINGLE = {
    operator.neg: "neg", operator.pos: "pos", operator.invert: "invert", abs: "abs", operator.abs: "abs", len: "len",
    float: "float", int: "int", operator.getitem: "getitem", operator.setitem: "setitem", operator.contains: "contains",
    round: "round",
}
#: Operators that a class may define.
OPERATORS = {*_BINARY, *_COMPARED, *_SINGLE}
_IN_PLACE = {
    operator.iadd: operator.add, operator.isub: operator.sub, operator.imul: operator.mul,
    operator.itruediv: operator.truediv, operator.ifloordiv: operator.floordiv, operator.imod: operator.mod,
    operator.ipow: operator.pow, operator.imatmul: operator.matmul,
}


def operate(s, target, args: list, kwargs: list, hint: str):
    """An operator on objects: their special methods, as Python chooses them; NotImplemented if it has none."""
    plain = [_as_tuple(s, a, target) for a in args]
    if any(p is not a for p, a in zip(plain, args)):
        return s.call(Ref(target), plain, kwargs, hint)
    if target in _IN_PLACE and len(args) == 2 and is_object(args[0]):
        name = f"__i{target.__name__.strip('_')[1:]}__"
        if class_attribute(class_of_object(args[0]), name) is not MISSING:
            return call_special(s, args[0], name, args[1:], hint)
        return s.call(Ref(_IN_PLACE[target]), args, kwargs, hint)
    if target in _BINARY and len(args) == 2:
        name = _BINARY[target]
        return _either(s, args, f"__{name}__", f"__r{name}__", target, hint)
    if target in _COMPARED:
        own, other = _COMPARED[target]
        return _either(s, args, f"__{own}__", f"__{other}__", target, hint)
    if target in (operator.contains, len) and isinstance(args[0], Instance) and isinstance(args[0].value, set | frozenset):
        return _of_set(s, target, *args)
    if target in _SINGLE and is_object(args[0]):
        name = f"__{_SINGLE[target]}__"
        if class_attribute(class_of_object(args[0]), name) is not MISSING:
            return call_special(s, args[0], name, args[1:], hint)
    return NotImplemented


def _of_set(s, target, found: Instance, *rest):
    """``item in names`` and ``len(names)`` of a set from outside: decided now if it cannot change."""
    label, read, key = found.path
    if isinstance(found.value, frozenset) and all(isinstance(a, Lit) for a in rest):
        s.program.guard(read, found.value, label, key)
        return Lit(target(found.value, *(a.value for a in rest)))
    return s.operation(target, [s.hidden(label, read, key), *rest])


def _as_tuple(s, value, target):
    """A named tuple as the tuple it is, where its class says nothing of its own about the operation."""
    items = items_of(s, value)
    name = _BINARY.get(target) or _SINGLE.get(target) or (_COMPARED[target][0] if target in _COMPARED else None)
    if items is None or name is None or isinstance(class_attribute(value.cls, f"__{name}__"), types.FunctionType):
        return value
    return Pack(tuple(items))


def _either(s, args: list, own: str, reflected: str, target, hint: str):
    a, b = args
    if not is_object(a) and not isinstance(s.kind(a), Scalar):
        raise s.refuse(f"NumPy decides what an array and an object of {class_of_object(b).__name__} give",
                       "write the object first")
    tries = [(a, own, b), (b, reflected, a)]
    if is_object(a) and is_object(b) and class_of_object(a) is not class_of_object(b) and issubclass(
            class_of_object(b), class_of_object(a)):
        tries.reverse()
    for one, name, other in tries:
        if is_object(one) and isinstance(class_attribute(class_of_object(one), name), types.FunctionType):
            result = call_special(s, one, name, [other], hint)
            if not (isinstance(result, Ref) and result.value is NotImplemented):
                return result
    names = " or ".join(dict.fromkeys(class_of_object(v).__name__ for v in args if is_object(v)))
    raise s.refuse(f"no method {own} or {reflected} of {names}, written in Python, takes these operands",
                   f"define {own} in the class")


def object_truth(s, record: Record):
    """What ``if record:`` tests."""
    for name in ("__bool__", "__len__"):
        if class_attribute(record.cls, name) is not MISSING and items_of(s, record) is None:
            return call_special(s, record, name, [], "")
    items = items_of(s, record)
    return Lit(True) if items is None else Lit(bool(items))


def as_operand(s, target, value):
    """An object as what a library function takes: a named tuple is a tuple."""
    items = items_of(s, value)
    if items is not None:
        return Pack(tuple(items))
    if isinstance(value, Record):
        raise s.refuse(f"{getattr(target, '__name__', 'a function')} is given an object of {value.cls.__name__}",
                       "give it the object's numbers or arrays")
    return value


def as_items(s, value):
    """An object that is gone through as what its ``__iter__`` goes through; anything else as it is."""
    if not is_object(value):
        return value
    cls = class_of_object(value)
    found = class_attribute(cls, "__iter__")
    if not isinstance(found, types.FunctionType):
        return value
    guard(s, cls, "__iter__", None, found)
    if inspect.isgeneratorfunction(found):
        return Pack(tuple(all_yielded(s, found, [value])))
    items = call_special(s, value, "__iter__", [], "")
    if not isinstance(items, Generated):
        raise s.refuse(f"the __iter__ of {cls.__name__} cannot be followed", "let it return iter(...) of a list, tuple or array")
    return items.items
