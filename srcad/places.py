"""Where a program found what it was compiled for: places that can be read again.

A place is called and gives what is there now. It says what it looks at (no closures), so that a guard can be asked in one
compiled expression (`srcad.guards`), and so that another process can be told where to look (`srcad.diskcache`).

A *guard* is something that was taken as fixed: a name bound to a function, a callee's code. It is checked by identity at
every call of the derivative; if it fails, the program is compiled again. *Data* is what is read anew at every call (a
global number, a closure's array, an attribute of an object): it enters generated functions as a hidden parameter.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Stands for what a class does not have.
MISSING = object()


@dataclass(frozen=True, eq=False)
class Free:
    """A name that is not local to the function.

    Attributes
    ----------
    name : str
        As Python stores it: a class-private name is mangled.
    where : str
        ``"global"``, ``"cell"`` or ``"builtin"``, at the time of the lookup.
    holder : dict or types.CellType
        The globals dict, the cell, or the builtins dict.
    function : types.FunctionType
        Whose name it is.
    """

    name: str
    where: str
    holder: Any
    function: types.FunctionType

    def read(self) -> object:
        """The value now. A global made or deleted since the lookup is seen, as Python sees it."""
        if self.where == "cell":
            try:
                return self.holder.cell_contents
            except ValueError:
                message = f"cannot access free variable {self.name!r} where it is not associated with a value"
                raise NameError(f"{message} in enclosing scope", name=self.name) from None
        names = self.function.__globals__
        if self.name in names:
            return names[self.name]
        names = self.function.__builtins__      # type: ignore[attr-defined]
        if self.name in names:
            return names[self.name]
        raise NameError(f"name {self.name!r} is not defined", name=self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """An object that is held, wherever it came from."""

    value: object

    def __call__(self) -> object:
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """An attribute of an object."""

    owner: object
    name: str

    def __call__(self) -> object:
        return getattr(self.owner, self.name)


@dataclass(frozen=True, slots=True, eq=False)
class AttributeOf:
    """An attribute of what is at a place."""

    read: Callable
    name: str

    def __call__(self) -> object:
        return getattr(self.read(), self.name)


@dataclass(frozen=True, slots=True, eq=False)
class ItemOf:
    """An item of what is at a place."""

    read: Callable
    key: object

    def __call__(self) -> object:
        return self.read()[self.key]


@dataclass(frozen=True, slots=True, eq=False)
class TypeOf:
    """The class of what is at a place."""

    read: Callable

    def __call__(self) -> type:
        return type(self.read())


@dataclass(frozen=True, slots=True, eq=False)
class ClassAttribute:
    """What a class has under a name, not bound; with `after`, what ``super()`` finds behind that class."""

    cls: type
    name: str
    after: type | None = None

    def __call__(self) -> object:
        mro = self.cls.__mro__
        for c in mro[mro.index(self.after) + 1:] if self.after is not None else mro:
            if self.name in c.__dict__:
                return c.__dict__[self.name]
        return MISSING


def owners_of(place) -> list:
    """The objects that are looked into on the way to a place."""
    match place:
        case Attribute(owner=owner):
            return [owner]
        case AttributeOf(read=read) | ItemOf(read=read):
            return [read(), *owners_of(read)]
    return []


@dataclass(frozen=True, slots=True)
class Guard:
    """`read()` must still give `expected`."""

    read: Callable
    expected: object
    what: str

    def holds(self) -> bool:
        try:
            return self.read() is self.expected
        except (NameError, AttributeError, ValueError, LookupError, TypeError):
            return False


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """A value read at each call; `stem` names its axes, as no parameter's are named."""

    name: str
    read: Callable
    key: tuple
    stem: str
