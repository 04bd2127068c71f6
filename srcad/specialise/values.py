"""What a name can stand for while a Trace is being specialised, besides an atom.

These exist only at compile time. A tuple whose items are known never becomes a tuple in the generated code unless
somebody needs it as one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from srcad.errors import UnsupportedError
from srcad.trace.ir import UNDEF, Function, Lit, Ref, Var

#: What a variable is bound to on a path that leaves it unbound.
UNDEFINED = Lit(UNDEF)


class NotOneFunction(UnsupportedError):
    """What exists only while the program is compiled is needed as a value of the generated code."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A tuple of known items."""

    items: tuple


@dataclass(frozen=True, slots=True)
class Method:
    """``value.name``, about to be called."""

    value: object
    name: str


@dataclass(frozen=True, slots=True)
class Zip:
    """``zip(*iterables)``"""

    iterables: tuple


@dataclass(frozen=True, slots=True)
class Enumerate:
    """``enumerate(iterable, start)``"""

    iterable: object
    start: object


@dataclass(frozen=True, slots=True)
class Items:
    """``mapping.items()``, ``.keys()`` or ``.values()``"""

    mapping: object
    what: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of the user's that the variant is bound to; its attributes are read at each call."""

    value: object
    path: object                 # srcad.specialise.program.Data that reads it


@dataclass(slots=True, eq=False)
class Cell:
    """A variable that inner functions share with the function around them; `Specialiser.heap` has its value."""

    name: str

    @property
    def hint(self) -> str:
        """The name that a version of the variable wants."""
        return self.name


@dataclass(slots=True, eq=False)
class ListCell(Cell):
    """What a list holds; `place` is where in the program it was made."""

    place: object = None


@dataclass(slots=True, eq=False)
class DictCell(Cell):
    """What a dict holds."""


@dataclass(frozen=True, slots=True)
class Closure:
    """An inner function: its untyped Trace, the cells it captures and the defaults it was made with."""

    trace: Function
    cells: tuple
    defaults: tuple = ()         # ((name, value), ...)
    spliced: bool = False        # a call of it is always written out


@dataclass(frozen=True, slots=True)
class Partial:
    """``functools.partial(function, *args, **kwargs)``"""

    function: object
    args: tuple
    kwargs: tuple                # ((name, value), ...)


@dataclass(frozen=True, slots=True)
class Record:
    """An object made inside the program: its class, and a cell for each attribute."""

    cls: type
    fields: dict


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list that the program may change; its cell has a `Pack`, or a list of the generated code."""

    cell: Cell


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict that the program may change; its cell has `Entries`."""

    cell: Cell


@dataclass(frozen=True, slots=True)
class Entries:
    """What a dict of known keys holds."""

    keys: tuple
    items: tuple


@dataclass(frozen=True, slots=True, eq=False)
class Keyed:
    """What a dict holds whose keys are known only at run time: a list of its values, and a dict of the generated code that has
    the index of each key's value. `keys` says what is known of the keys."""

    places: Var
    values: Sequence
    keys: object                 # srcad.specialise.keyed.KeyKind


@dataclass(frozen=True, slots=True)
class Manager:
    """A context manager of the libraries'."""

    cls: type
    args: tuple
    kwargs: tuple                # ((name, value), ...)


@dataclass(frozen=True, slots=True, eq=False)
class Suspended:
    """A context manager that is a generator: the values of its parameters; `state` is what is left to be run once it is
    entered."""

    function: object
    trace: Function
    values: tuple
    state: list = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Super:
    """``super(cls, owner)``"""

    cls: type
    owner: object


@dataclass(frozen=True, slots=True)
class Generated:
    """The items of a generator expression, which may be gone through once."""

    items: object


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several functions (or None): `index` says at run time which."""

    index: object
    options: tuple


@dataclass(frozen=True, slots=True)
class Unclear:
    """What has no one value known to the compiler, where it needs one: a different function on different paths, or what a
    ``try`` that an exception has ended may or may not have bound."""

    name: str
    interrupted: bool = False


Value = (Var | Lit | Ref | Pack | Method | Zip | Enumerate | Items | Instance | Cell | Closure | Partial | Generated | Record
         | Super | Unclear | Sequence | Mapping | Entries)

#: Values that no atom can stand for: they exist while the program is compiled.
COMPILE_TIME = (Keyed, Closure, Partial, Record, OneOf, Manager, Suspended, Unclear, Cell)


def holds_function(value) -> bool:
    """Is the value, or an item of it, one that no atom can stand for?"""
    return isinstance(value, COMPILE_TIME) or isinstance(value, Pack | Entries) and any(map(holds_function, value.items))


def is_atom(value) -> bool:
    return isinstance(value, Var | Lit | Ref)


def same(a, b) -> bool:
    """Are they the same value to the compiler?"""
    if a is b:
        return True
    if isinstance(a, Lit | Ref) and isinstance(b, Lit | Ref):
        return a == b
    if isinstance(a, Pack) and isinstance(b, Pack) and len(a.items) == len(b.items):
        return all(map(same, a.items, b.items))
    if isinstance(a, Instance) and isinstance(b, Instance):
        return a.value is b.value
    if isinstance(a, Entries) and isinstance(b, Entries) and a.keys == b.keys:
        return all(map(same, a.items, b.items))
    if isinstance(a, Sequence | Mapping):
        return a == b
    return isinstance(a, COMPILE_TIME) and a == b
