"""``owner.name``, and ``owner.name = value``: what Python does to find an attribute of an object."""

from __future__ import annotations

import functools
import inspect
import types

from srcad.places import MISSING, Attribute, ClassAttribute
from srcad.polynomials import FOLLOWED
from srcad.specialise import references
from srcad.specialise.callees import call_function
from srcad.specialise.names import value_of_object
from srcad.specialise.objects.records import GIVEN, class_attribute, class_of_object, is_frozen, put
from srcad.specialise.values import Generated, NotOneFunction, Partial, Record
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref


def write_member(s, record: Record, name: str, value) -> None:
    """``record.name = value``"""
    if isinstance(value, Generated):
        raise s.kept_iterator()
    if record.fields.settled:
        references.follow(s)                    # in a list that is followed it may be written
        if record.fields.settled == GIVEN:
            references.open_arguments(s)
        raise NotOneFunction(f"an attribute of an object is assigned, {record.fields.settled}",
                             "make a new object instead, or keep the numbers in variables or arrays", s.b.loc)
    if record.fields.given:
        _check_given(s, record.cls, name)
    put(s, record, name, value)


def _check_given(s, cls: type, name: str) -> None:
    """Refuse to assign an attribute of an argument where that does more than to assign it."""
    own = inspect.getattr_static(cls, "__setattr__", None)
    if own is not inspect.getattr_static(object, "__setattr__") and not issubclass(cls, tuple):
        raise s.refuse(f"the class {cls.__name__} defines __setattr__", "pass its attributes, or assign to a copy made inside")
    found = inspect.getattr_static(cls, name, None)
    if hasattr(type(found), "__set__") and not isinstance(found, types.MemberDescriptorType):
        raise s.refuse(f"the attribute {name!r} of {cls.__name__} is a descriptor of its own", "use a property")


def replaced(record, **changes):
    """``record._replace(**changes)`` of a named tuple."""
    return record._replace(**changes)


def mapped(record):
    """``record._asdict()`` of a named tuple."""
    return record._asdict()


#: Methods of named tuples → the function that stands for each until it is called (`copies`).
NAMED_TUPLE = {"_replace": replaced, "_asdict": mapped}


def read_member(s, owner, name: str, after: type | None = None):
    """``owner.name`` for an object made inside, or what ``super()`` gives."""
    record = owner
    cls = class_of_object(record)
    if name == "__class__":
        return Ref(cls)
    found = class_attribute(cls, name, after)
    guard(s, cls, name, after, found)
    if isinstance(found, property):
        return call_function(s, found.fget, [record], [], name)
    if after is None and isinstance(record, Record) and name in record.fields:
        return s.read_cell(record.fields[name])
    if name in NAMED_TUPLE and isinstance(record, Record) and issubclass(cls, tuple):
        return Partial(Ref(NAMED_TUPLE[name]), (record,), ())
    if found is MISSING:
        if name == "__dict__" and isinstance(record, Record):
            return _vars(s, [record], [])
        raise s.refuse(f"{cls.__name__} has no attribute {name!r} here", "assign it in __init__" if cls not in FOLLOWED else
                       f"use the functions of {cls.__module__} on its coefficients")
    if isinstance(found, functools.cached_property):
        value = call_function(s, found.func, [record], [], name)
        if isinstance(record, Record):
            put(s, record, name, value)
        return value
    return bound(s, found, record, cls, name)


def guard(s, cls: type, name: str, after: type | None, found) -> None:
    """A method or property is taken as fixed: if the class gets another one, the program is compiled again."""
    if isinstance(found, types.FunctionType | property | staticmethod | classmethod | functools.cached_property):
        s.program.guard(ClassAttribute(FOLLOWED.get(cls, cls), name, after), found, name, ("class", id(cls), name, id(after)))


def bound(s, found, owner, cls: type, name: str):
    """What is found in a class, bound to the object."""
    match found:
        case types.FunctionType():
            return Partial(Ref(found), (owner,), ())
        case staticmethod():
            return Ref(found.__func__)
        case classmethod():
            return Partial(Ref(found.__func__), (Ref(cls),), ())
    if hasattr(type(found), "__get__"):
        raise s.refuse(f"the attribute {name!r} of {cls.__name__} is a descriptor of its own", "use a property")
    return value_of_object(s, found, name, Attribute(FOLLOWED.get(cls, cls), name), ("class attribute", id(cls), name))


def _setattr(otherwise):
    def decide(s, args, kwargs):
        owner, name, value = args
        if not isinstance(owner, Record) or not isinstance(name, Lit):
            return otherwise(s, args, kwargs)
        cls = owner.cls
        found = class_attribute(cls, name.value)
        if isinstance(found, property):
            if found.fset is None:
                raise s.refuse(f"the property {name.value!r} of {cls.__name__} has no setter",
                               f"define one (@{name.value}.setter), or assign what it reads")
            return call_function(s, found.fset, [owner, value], [], "")
        if is_frozen(cls) or issubclass(cls, tuple):
            raise s.refuse(f"an attribute of the frozen {cls.__name__} is assigned",
                           "make a new object: `dataclasses.replace(...)`")
        write_member(s, owner, name.value, value)
        return Lit(None)
    return decide


def _object_setattr(s, args, kwargs):
    """``object.__setattr__(self, name, value)`` in the ``__post_init__`` of a frozen dataclass."""
    owner, name, value = args
    if not isinstance(owner, Record) or not isinstance(name, Lit):
        return NotImplemented
    write_member(s, owner, name.value, value)
    return Lit(None)


def call_special(s, owner, name: str, args: list, hint: str):
    """A call of a special method, which is looked up in the class."""
    cls = class_of_object(owner)
    found = class_attribute(cls, name)
    guard(s, cls, name, None, found)
    return s.call(bound(s, found, owner, cls, name), args, [], hint)


def _vars(s, args, kwargs):
    """``vars(record)``, to be read."""
    if len(args) != 1 or not isinstance(args[0], Record) or not args[0].fields.settled:
        return NotImplemented
    return dict_of(s, [(name, s.read_cell(cell)) for name, cell in args[0].fields.items()])


def dict_of(s, entries: list):
    return s.b.apply(intrinsics.build_dict, *[part for name, v in entries for part in (Lit(name), s.atom(v))])


def special(setattr_before) -> dict:
    """How attributes are written and listed by functions; `setattr_before` is what is done for what is no object."""
    return {setattr: _setattr(setattr_before), object.__setattr__: _object_setattr, vars: _vars}
