"""Objects made inside the program: their attributes as cells.

An object made inside is never made in the generated code. Its attributes are cells, like the variables that inner
functions share, so that a method that writes one is followed through branches and loops; its methods are followed like
any function.
"""

from __future__ import annotations

import functools
import operator
import sys
import types

from srcad.places import ClassAttribute
from srcad.polynomials import FOLLOWED
from srcad.specialise.values import Cell, Instance, Record
from srcad.trace.ir import Lit, Var

#: Packages whose classes are not followed.
NOT_FOLLOWED = {*sys.stdlib_module_names, "numpy", "scipy", "srcad"}


def is_made(cls) -> bool:
    """Is a call of this class followed? Not of exceptions, builtins and classes of libraries."""
    return cls is types.SimpleNamespace or cls in FOLLOWED or isinstance(cls, type) and not issubclass(cls, BaseException) and (
        cls.__module__.partition(".")[0] not in NOT_FOLLOWED)


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


def is_frozen(cls: type, name: str = "__setattr__") -> bool:
    if name != "__setattr__":
        return False
    if hasattr(cls, "__attrs_attrs__"):
        return getattr(cls.__setattr__, "__name__", "") == "_frozen_setattrs"
    parameters = getattr(cls, "__dataclass_params__", None)
    return parameters is not None and parameters.frozen


def class_attribute(cls: type, name: str, after: type | None = None):
    """What the classes of an object have under a name, not bound; `after` starts behind a class, as ``super()`` does."""
    return ClassAttribute(FOLLOWED.get(cls, cls), name, after)()


def class_of_object(value) -> type:
    """The class of a Record or an Instance."""
    return value.cls if isinstance(value, Record) else type(value.value)


def put(s, record: Record, name: str, value) -> None:
    cell = record.fields.get(name)
    if cell is None:
        cell = record.fields[name] = Cell(name)
    s.heap[cell] = value


def same_object(s, a: Record, b: Record, negate: bool):
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


def settle(s, record: Record, why: str) -> None:
    """From here on the object is not written."""
    if not record.fields.settled:
        record.fields.settled = why
        s.program.settled.append(record.fields)


def cached(cls: type) -> set:
    """The names of what `functools.cached_property` remembers in objects of a class."""
    return {name for base in cls.__mro__ for name, v in base.__dict__.items() if isinstance(v, functools.cached_property)}


def is_object(value) -> bool:
    """A Record, or an object from outside whose class is plain Python."""
    return isinstance(value, Record | Instance)


def items_of(s, value) -> list | None:
    """The items of a named tuple, if they are known while compiling."""
    if isinstance(value, Record) and issubclass(value.cls, tuple):
        return [s.read_cell(value.fields[name]) for name in value.cls._fields]
    return None
