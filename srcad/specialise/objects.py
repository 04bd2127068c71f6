"""Objects of the user's classes: those made inside the program, and what Python does to find their attributes.

An object made inside is never made in the generated code. Its attributes are cells, like the variables that inner
functions share, so that a method that writes one is followed through branches and loops; its methods are followed like
any function.
"""

from __future__ import annotations

import abc
import copy
import dataclasses
import functools
import inspect
import operator
import types

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.places import MISSING, Attribute, ClassAttribute, Held
from srcad.polynomials import FOLLOWED
from srcad.specialise import references
from srcad.specialise.values import Cell, Generated, Instance, Mapping, NotOneFunction, Pack, Partial, Record, Sequence, Super
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import (
    LONGEST,
    Array,
    DictOf,
    ListOf,
    Scalar,
    Static,
    Struct,
    TupleOf,
    has_attributes,
    is_container,
    names_of,
)

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


# ---------------------------------------------------------------------------------------------------------------------
# Making objects


def is_made(cls) -> bool:
    """Is a call of this class followed? Not of exceptions, builtins and classes of libraries."""
    return cls is types.SimpleNamespace or cls in FOLLOWED or isinstance(cls, type) and not issubclass(cls, BaseException) and (
        cls.__module__.partition(".")[0] not in ("numpy", "builtins", "functools", "scipy", "math", "srcad", "itertools",
                                                 "contextlib", "collections", "operator", "types", "typing", "logging",
                                                 "fractions", "decimal", "enum", "abc", "random", "warnings"))


def make(s, cls: type, args: list, kwargs: list):
    """``cls(*args, **kwargs)``"""
    if cls is types.SimpleNamespace:
        return _make_namespace(s, args, kwargs)
    if cls in FOLLOWED:
        record = Record(cls, Fields())
        initialise(s, cls, record, args, kwargs, FOLLOWED[cls])
        record.fields.made = True
        return record
    if type(cls) not in (type, abc.ABCMeta):
        raise s.refuse(f"the class {cls.__name__} has a metaclass of its own", "make the object outside, and use it here")
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return _make_named_tuple(s, cls, args, kwargs)
    for name in ("__new__", "__setattr__", "__getattribute__", "__getattr__"):
        own = inspect.getattr_static(cls, name, None)
        if own is not None and own is not inspect.getattr_static(object, name, None) and not _is_frozen(cls, name):
            raise s.refuse(f"the class {cls.__name__} defines {name}", "make the object outside, and use it here")
    if any(base not in (object, abc.ABC) and not is_made(base) and base.__module__ not in ("typing", "abc")
           for base in cls.__mro__):
        raise s.refuse(f"the class {cls.__name__} is derived from a builtin or library class",
                       "give it an attribute of that class instead")
    record = Record(cls, Fields())
    initialise(s, cls, record, args, kwargs, cls)
    record.fields.made = True
    return record


#: Why an object that comes from a variable is not written.
GIVEN = "which is an argument, or held by a list or the like"


class Fields(dict):
    """Attribute name → Cell.

    `made` says that ``__init__`` is done, after which a frozen object is not written; `source` is the variable of the
    generated code that holds the object, if there is one; `settled`, why it is not written any more, if it is not; `shared`
    says that it may be the same object as another one; `given`, that it is an argument's.
    """

    made = False
    source: Var | None = None
    settled = ""
    shared = False
    given = False
    __hash__ = object.__hash__
    __eq__ = object.__eq__


def _is_frozen(cls: type, name: str = "__setattr__") -> bool:
    if name != "__setattr__":
        return False
    if hasattr(cls, "__attrs_attrs__"):
        return getattr(cls.__setattr__, "__name__", "") == "_frozen_setattrs"
    parameters = getattr(cls, "__dataclass_params__", None)
    return parameters is not None and parameters.frozen


def _make_namespace(s, args: list, kwargs: list) -> Record:
    if args:
        raise s.refuse("SimpleNamespace is made of a mapping", "write the attributes by name: SimpleNamespace(a=...)")
    record = Record(types.SimpleNamespace, Fields())
    for name, value in kwargs:
        write(s, record, name, value)
    record.fields.made = True
    return record


def _make_named_tuple(s, cls: type, args: list, kwargs: list):
    named, values = dict(kwargs), list(args)
    for name in cls._fields[len(values):]:
        if name in named:
            values.append(named.pop(name))
        elif name in cls._field_defaults:
            values.append(_constant(s, cls, name, cls._field_defaults[name]))
        else:
            raise s.refuse(f"{cls.__name__}() misses the argument {name!r}")
    if named or len(values) != len(cls._fields):
        raise s.refuse(f"{cls.__name__}() takes the arguments {', '.join(cls._fields)}")
    record = Record(cls, Fields())
    for name, value in zip(cls._fields, values):
        write(s, record, name, value)
    record.fields.made = True
    return record


def _constant(s, owner, name: str, value):
    from srcad.specialise.callees import _plain
    from srcad.specialise.names import value_of_object

    return Lit(value) if _plain(value) else value_of_object(
        s, value, name, Held(value), ("constant", id(owner), name))


def initialise(s, found: type, record: Record, args: list, kwargs: list, start: type) -> None:
    """Run ``__init__``, looked up from `start` on; of a dataclass what the generated one does."""
    from srcad.specialise.callees import call_function

    owner = next((c for c in start.__mro__ if "__init__" in c.__dict__), object)
    function = owner.__dict__.get("__init__")
    _guard(s, owner, "__init__", None, function)
    if owner is object:
        if args or kwargs:
            raise s.refuse(f"{record.cls.__name__}() takes no arguments")
        return
    if dataclasses.is_dataclass(owner) and getattr(owner, "__dataclass_params__", None) is not None and (
            owner.__dataclass_params__.init and "__dataclass_fields__" in owner.__dict__ and _is_generated(function)):
        _initialise_dataclass(s, owner, record, args, kwargs)
        return
    if "__attrs_attrs__" in owner.__dict__ and _is_generated(function):
        _initialise_attrs(s, owner, record, args, kwargs)
        return
    if not isinstance(function, types.FunctionType):
        raise s.refuse(f"how an object of {record.cls.__name__} is made cannot be followed", "make it outside")
    call_function(s, function, [record, *args], kwargs, "")


def _is_generated(function) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename.startswith("<")


def _initialise_dataclass(s, owner: type, record: Record, args: list, kwargs: list) -> None:
    from srcad.specialise.callees import call_function
    given, named = list(args), dict(kwargs)
    later: list = []
    for name, field in owner.__dataclass_fields__.items():
        kind = field._field_type
        if kind is dataclasses._FIELD_CLASSVAR:
            continue
        value = MISSING
        if field.init:
            if given and not field.kw_only:
                value = given.pop(0)
            elif name in named:
                value = named.pop(name)
        if value is MISSING:
            if field.default is not dataclasses.MISSING:
                value = _constant(s, owner, name, field.default)
            elif field.default_factory is not dataclasses.MISSING:
                value = s.call(Ref(field.default_factory), [], [])
            elif field.init:
                raise s.refuse(f"{owner.__name__}() misses the argument {name!r}")
            else:
                continue
        if kind is dataclasses._FIELD_INITVAR:
            later.append(value)
        else:
            write(s, record, name, value)
    if given or named:
        raise s.refuse(f"{owner.__name__}() takes other arguments than it is given")
    post = inspect.getattr_static(record.cls, "__post_init__", None)
    if post is not None:
        call_function(s, post, [record, *later], [], "")


def _initialise_attrs(s, owner: type, record: Record, args: list, kwargs: list) -> None:
    """What the ``__init__`` does that attrs generates."""
    from srcad.specialise.callees import call_function
    given, named = list(args), dict(kwargs)
    for field in owner.__attrs_attrs__:
        name = getattr(field, "alias", None) or field.name.lstrip("_")
        factory = getattr(field.default, "factory", None)
        if field.init and given and not field.kw_only:
            value = given.pop(0)
        elif field.init and name in named:
            value = named.pop(name)
        elif factory is not None:
            value = s.call(Ref(factory), [record] if field.default.takes_self else [], [])
        elif type(field.default).__name__ != "_Nothing":
            value = _constant(s, owner, field.name, field.default)
        elif field.init:
            raise s.refuse(f"{owner.__name__}() misses the argument {name!r}")
        else:
            continue
        if field.converter is not None:
            value = s.call(Ref(field.converter), [value], [])
        write(s, record, field.name, value)
    if given or named:
        raise s.refuse(f"{owner.__name__}() takes other arguments than it is given")
    post = inspect.getattr_static(record.cls, "__attrs_post_init__", None)
    if post is not None:
        call_function(s, post, [record], [], "")


# ---------------------------------------------------------------------------------------------------------------------
# Attributes


def class_attribute(cls: type, name: str, after: type | None = None):
    """What the classes of an object have under a name, not bound; `after` starts behind a class, as ``super()`` does."""
    return ClassAttribute(FOLLOWED.get(cls, cls), name, after)()


def class_of_object(value) -> type:
    """The class of a Record or an Instance."""
    return value.cls if isinstance(value, Record) else type(value.value)


def write(s, record: Record, name: str, value) -> None:
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
    _put(s, record, name, value)


def _check_given(s, cls: type, name: str) -> None:
    """Refuse to assign an attribute of an argument where that does more than to assign it."""
    own = inspect.getattr_static(cls, "__setattr__", None)
    if own is not inspect.getattr_static(object, "__setattr__") and not issubclass(cls, tuple):
        raise s.refuse(f"the class {cls.__name__} defines __setattr__", "pass its attributes, or assign to a copy made inside")
    found = inspect.getattr_static(cls, name, None)
    if hasattr(type(found), "__set__") and not isinstance(found, types.MemberDescriptorType):
        raise s.refuse(f"the attribute {name!r} of {cls.__name__} is a descriptor of its own", "use a property")


def _put(s, record: Record, name: str, value) -> None:
    cell = record.fields.get(name)
    if cell is None:
        cell = record.fields[name] = Cell(name)
    s.heap[cell] = value


def same(s, a: Record, b: Record, negate: bool):
    """``a is b``: known for objects made here and kept nowhere else; at run time for those that variables hold."""
    one, other = a.fields.source, b.fields.source
    if a.fields is b.fields or (one is not None and one is other):
        return Lit(not negate)
    if one is not None and other is not None:
        return s.b.apply(operator.is_not if negate else operator.is_, one, other)
    if any(r.fields.settled or r.fields.shared for r in (a, b)):
        raise s.refuse("whether two objects are the same one is not known when the derivative is made",
                       "compare what tells them apart, such as a name or an index")
    return Lit(negate)


def opened(s, value):
    """A variable that holds an object, or a named tuple, as what its attributes are; anything else as it is."""
    if not isinstance(value, Var) or not has_attributes(value.kind) or s.frozen:
        return value
    record = Record(value.kind.cls, Fields())
    named = isinstance(value.kind, Struct)
    for k, (name, kind) in enumerate(zip(names_of(value.kind), value.kind.items)):
        item = s.b.apply(getattr, value, Lit(name), kind=kind) if named else s.b.apply(
            operator.getitem, value, Lit(k), kind=kind)
        item.hint = "" if is_container(kind) else name
        _put(s, record, name, known_value(s, item))
    record.fields.made = True
    record.fields.source = value
    record.fields.settled = GIVEN
    return record


def known_value(s, var: Var):
    """What a variable stands for: a constant if its kind is static, its items or attributes if these are known."""
    kind = var.kind
    if isinstance(kind, Static):
        value = kind.value
        return Lit(value) if isinstance(value, bool | str | bytes | type(None) | type(Ellipsis)) else Ref(value)
    if isinstance(kind, TupleOf) and kind.cls is None and len(kind.items) <= LONGEST:
        return Pack(tuple(known_value(s, s.b.apply(operator.getitem, var, Lit(k), kind=item))
                          for k, item in enumerate(kind.items)))
    return opened(s, var)


def as_atom(s, record: Record):
    """An object as a value of the generated code; from here on it is not written."""
    if record.fields.source is not None:
        return record.fields.source
    if not is_plain(record.cls):
        raise NotOneFunction(f"an object of {record.cls.__name__} is kept where only numbers and arrays can be, or is returned",
                             "return its attributes, or a tuple of them", s.b.loc)
    settle(s, record, "which is kept in a list or the like, or returned")
    items = tuple((name, s.atom(s.read_cell(cell))) for name, cell in record.fields.items() if name not in cached(record.cls))
    kinds = tuple(kind_of_atom(a) for _, a in items)
    kind = TupleOf(kinds, record.cls) if issubclass(record.cls, tuple) else Struct(
        record.cls, tuple(name for name, _ in items), kinds)
    return s.b.apply(runtime.make_like, Ref(record.cls), kwargs=items, kind=kind)


def settle(s, record: Record, why: str) -> None:
    """From here on the object is not written."""
    if not record.fields.settled:
        record.fields.settled = why
        s.program.settled.append(record.fields)


def is_plain(cls: type) -> bool:
    """Can an object of this class be made by giving it its attributes?"""
    return all(runtime.is_made_by_python(base) or base in (object, tuple, types.SimpleNamespace) for base in cls.__mro__)


def cached(cls: type) -> set:
    """The names of what `functools.cached_property` remembers in objects of a class."""
    return {name for base in cls.__mro__ for name, v in base.__dict__.items() if isinstance(v, functools.cached_property)}


def read(s, owner, name: str, after: type | None = None):
    """``owner.name`` for an object made inside, or what ``super()`` gives."""
    from srcad.specialise.callees import call_function

    record = owner
    cls = class_of_object(record)
    if name == "__class__":
        return Ref(cls)
    found = class_attribute(cls, name, after)
    _guard(s, cls, name, after, found)
    if isinstance(found, property):
        return call_function(s, found.fget, [record], [], name)
    if after is None and isinstance(record, Record) and name in record.fields:
        return s.read_cell(record.fields[name])
    if name in _NAMED_TUPLE and isinstance(record, Record) and issubclass(cls, tuple):
        return Partial(Ref(_NAMED_TUPLE[name]), (record,), ())
    if found is MISSING:
        if name == "__dict__" and isinstance(record, Record):
            return _vars(s, [record], [])
        raise s.refuse(f"{cls.__name__} has no attribute {name!r} here", "assign it in __init__" if cls not in FOLLOWED else
                       f"use the functions of {cls.__module__} on its coefficients")
    if isinstance(found, functools.cached_property):
        value = call_function(s, found.func, [record], [], name)
        if isinstance(record, Record):
            _put(s, record, name, value)
        return value
    return bound(s, found, record, cls, name)


def _guard(s, cls: type, name: str, after: type | None, found) -> None:
    """A method or property is taken as fixed: if the class gets another one, the program is compiled again."""
    if isinstance(found, types.FunctionType | property | staticmethod | classmethod | functools.cached_property):
        s.program.guard(ClassAttribute(FOLLOWED.get(cls, cls), name, after), found, name, ("class", id(cls), name, id(after)))


def bound(s, found, owner, cls: type, name: str):
    """What is found in a class, bound to the object."""
    from srcad.specialise.names import value_of_object

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
            from srcad.specialise.callees import call_function

            if found.fset is None:
                raise s.refuse(f"the property {name.value!r} of {cls.__name__} has no setter")
            return call_function(s, found.fset, [owner, value], [], "")
        if _is_frozen(cls) or issubclass(cls, tuple):
            raise s.refuse(f"an attribute of the frozen {cls.__name__} is assigned",
                           "make a new object: `dataclasses.replace(...)`")
        write(s, owner, name.value, value)
        return Lit(None)
    return decide


def _object_setattr(s, args, kwargs):
    """``object.__setattr__(self, name, value)`` in the ``__post_init__`` of a frozen dataclass."""
    owner, name, value = args
    if not isinstance(owner, Record) or not isinstance(name, Lit):
        return NotImplemented
    write(s, owner, name.value, value)
    return Lit(None)


def _super(s, args, kwargs):
    if len(args) != 2 or not isinstance(args[0], Ref):
        return NotImplemented
    return Super(args[0].value, args[1])


def call_super(s, value: Super, name: str, args: list, kwargs: list, hint: str):
    """``super().name(*args, **kwargs)``"""
    owner = value.owner
    if isinstance(owner, Record) and name == "__init__":
        mro = owner.cls.__mro__
        start = mro[mro.index(value.cls) + 1]
        # The bases of the next class, in the order of the object's own.
        found = next((c for c in mro[mro.index(start):] if "__init__" in c.__dict__), object)
        initialise(s, found, owner, args, kwargs, found)
        return Lit(None)
    if isinstance(owner, Ref):
        found = class_attribute(owner.value, name, value.cls)
        if isinstance(found, classmethod):
            return s.call(Partial(Ref(found.__func__), (owner,), ()), args, kwargs, hint)
        raise s.refuse(f"super().{name} of a class cannot be followed", "name the class")
    return s.call(read(s, owner, name, value.cls), args, kwargs, hint)


def _replace(s, args, kwargs):
    """``dataclasses.replace(record, **changes)``"""
    record = args[0]
    if not isinstance(record, Record) or not dataclasses.is_dataclass(record.cls):
        return NotImplemented
    given = dict(kwargs)
    for name, field in record.cls.__dataclass_fields__.items():
        if field.init and name not in given and field._field_type is dataclasses._FIELD:
            given[name] = read(s, record, name)
    return make(s, record.cls, [], list(given.items()))


# ---------------------------------------------------------------------------------------------------------------------
# Operators


def is_object(value) -> bool:
    """A Record, or an object from outside whose class is plain Python."""
    return isinstance(value, Record | Instance)


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


def constant_polynomial(s, value):
    """A polynomial that exists before the derivative is made, as an object whose methods are followed."""
    from srcad.specialise.names import value_of_object

    if not isinstance(value, Ref) or type(value.value) not in FOLLOWED:
        return value
    owner, record = value.value, Record(type(value.value), Fields())
    for name in ("coef", "domain", "window"):
        held = value_of_object(s, getattr(owner, name), name, Attribute(owner, name), ("polynomial", id(owner), name))
        _put(s, record, name, held)
    _put(s, record, "_symbol", Lit(owner.symbol))
    record.fields.made = True
    record.fields.settled = "which was made outside"
    return record


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
    names = " and ".join(class_of_object(v).__name__ for v in args if is_object(v))
    raise s.refuse(f"{names} has no {own} or {reflected} in Python for this", f"define {own}")


def call_special(s, owner, name: str, args: list, hint: str):
    """A call of a special method, which is looked up in the class."""
    cls = class_of_object(owner)
    found = class_attribute(cls, name)
    _guard(s, cls, name, None, found)
    return s.call(bound(s, found, owner, cls, name), args, [], hint)


def truth(s, record: Record):
    """What ``if record:`` tests."""
    for name in ("__bool__", "__len__"):
        if class_attribute(record.cls, name) is not MISSING and items_of(s, record) is None:
            return call_special(s, record, name, [], "")
    items = items_of(s, record)
    return Lit(True) if items is None else Lit(bool(items))


def items_of(s, value) -> list | None:
    """The items of a named tuple, if they are known while compiling."""
    if isinstance(value, Record) and issubclass(value.cls, tuple):
        return [s.read_cell(value.fields[name]) for name in value.cls._fields]
    return None


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
    from srcad.specialise.managers import all_yielded

    if not is_object(value):
        return value
    cls = class_of_object(value)
    found = class_attribute(cls, "__iter__")
    if not isinstance(found, types.FunctionType):
        return value
    _guard(s, cls, "__iter__", None, found)
    if inspect.isgeneratorfunction(found):
        return Pack(tuple(all_yielded(s, found, [value])))
    items = call_special(s, value, "__iter__", [], "")
    if not isinstance(items, Generated):
        raise s.refuse(f"the __iter__ of {cls.__name__} cannot be followed", "let it return iter(...) of a list, tuple or array")
    return items.items


def iterated(s, value) -> list | None:
    """What going through an object gives, if the number of items is known while compiling."""
    from srcad.specialise.unpacking import static_items

    items = as_items(s, value)
    if items is not value:
        return static_items(s, items)
    return items_of(s, value) if isinstance(value, Record) else None


def special(setattr_before) -> dict:
    """The functions that are decided for objects; `setattr_before` is what is done for others."""
    return {setattr: _setattr(setattr_before), object.__setattr__: _object_setattr, super: _super,
            dataclasses.replace: _replace, dataclasses.asdict: _as_dict, dataclasses.astuple: _as_tuple_of_values,
            dataclasses.fields: _dataclass_fields, vars: _vars, copy.copy: _copied(False),
            copy.deepcopy: _copied(True), replaced: _replaced, mapped: _mapped}


# ---------------------------------------------------------------------------------------------------------------------
# Objects as other containers


def replaced(record, **changes):
    """``record._replace(**changes)`` of a named tuple."""
    return record._replace(**changes)


def mapped(record):
    """``record._asdict()`` of a named tuple."""
    return record._asdict()


_NAMED_TUPLE = {"_replace": replaced, "_asdict": mapped}


def _replaced(s, args, kwargs):
    given = {name: s.read_cell(args[0].fields[name]) for name in args[0].cls._fields}
    if not set(kwargs_names := dict(kwargs)) <= set(given):
        raise s.refuse(f"{args[0].cls.__name__} has no field {next(n for n in kwargs_names if n not in given)!r}")
    return _make_named_tuple(s, args[0].cls, [], list((given | kwargs_names).items()))


def _mapped(s, args, kwargs):
    return _dict_of(s, [(name, s.read_cell(args[0].fields[name])) for name in args[0].cls._fields])


def _vars(s, args, kwargs):
    """``vars(record)``, to be read."""
    if len(args) != 1 or not isinstance(args[0], Record) or not args[0].fields.settled:
        return NotImplemented
    return _dict_of(s, [(name, s.read_cell(cell)) for name, cell in args[0].fields.items()])


def _dataclass_fields(s, args, kwargs):
    value = args[0]
    cls = value.cls if isinstance(value, Record) else value.value if isinstance(value, Ref) else None
    return Pack(tuple(map(Ref, dataclasses.fields(cls)))) if dataclasses.is_dataclass(cls) else NotImplemented


#: The methods by which a class says how its objects are copied.
COPYING = ("__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__", "__getstate__")


def _copied(deep: bool):
    """``copy.copy`` and ``copy.deepcopy`` of an object."""
    def copied(s, args, kwargs):
        if len(args) != 1 or kwargs:
            return NotImplemented
        if not deep and is_collection(args[0]):
            kind = s.kind(args[0])
            made = np.ndarray.copy if isinstance(kind, Array) else list if isinstance(kind, ListOf) else dict
            return s.call(Ref(made), args)
        if not isinstance(args[0], Record):
            return NotImplemented
        return _copy(s, args[0], deep, {})
    return copied


def is_collection(value) -> bool:
    """Is it an array, a list or a dict?"""
    return isinstance(value, Sequence | Mapping) or isinstance(value, Var) and isinstance(value.kind, Array | ListOf | DictOf)


def _copy(s, value, deep: bool, known: dict):
    match value:
        case Record(cls=cls, fields=fields):
            for name in () if cls is types.SimpleNamespace else COPYING:
                if class_attribute(cls, name) is not class_attribute(object, name):
                    raise s.refuse(f"the class {cls.__name__} says by {name} how it is copied", "make the new object yourself")
            if id(fields) not in known:
                made = known[id(fields)] = Record(cls, Fields())
                for name, cell in fields.items():
                    item = s.read_cell(cell)
                    _put(s, made, name, _copy(s, item, True, known) if deep else item)
                made.fields.made = True
            return known[id(fields)]
        case Pack(items=items):
            return Pack(tuple(_copy(s, i, True, known) for i in items))
        case Var(kind=Array()):
            return s.b.apply(np.ndarray.copy, value)
        case Var(kind=Scalar()) | Lit() | Ref():
            return value
    raise s.refuse("an object that holds lists, dicts or functions is copied with all it holds", "make the new object yourself")


def evolved(s, args: list, kwargs: list):
    """``attr.evolve(record, **changes)``"""
    record, given = args[0], dict(kwargs)
    for field in record.cls.__attrs_attrs__:
        name = field.alias if getattr(field, "alias", None) else field.name.lstrip("_")
        if field.init and name not in given:
            given[name] = read(s, record, field.name)
    return make(s, record.cls, [], list(given.items()))


def _dict_of(s, entries: list):
    return s.b.apply(intrinsics.build_dict, *[part for name, v in entries for part in (Lit(name), s.atom(v))])


def _as_dict(s, args, kwargs):
    return NotImplemented if kwargs or not isinstance(args[0], Record) else _converted(s, args[0], True)


def _as_tuple_of_values(s, args, kwargs):
    return NotImplemented if kwargs or not isinstance(args[0], Record) else _converted(s, args[0], False)


def _converted(s, value, to_dict: bool):
    """What `dataclasses.asdict` and ``astuple`` make of a value: containers again, arrays copied."""
    match value:
        case Record(cls=cls) if dataclasses.is_dataclass(cls):
            entries = [(name, _converted(s, read(s, value, name), to_dict)) for name in cls.__dataclass_fields__
                       if name in value.fields]
            return _dict_of(s, entries) if to_dict else Pack(tuple(v for _, v in entries))
        case Pack(items=items):
            return Pack(tuple(_converted(s, item, to_dict) for item in items))
        case Var(kind=Array()):
            return s.b.apply(np.ndarray.copy, value)
        case Var(kind=kind) if is_container(kind):
            raise s.refuse("a dataclass that holds a list or a dict is converted", "read its attributes")
    return value


