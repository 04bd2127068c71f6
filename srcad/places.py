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
from typing import Any, Final

#: Stands for what a class does not have.
MISSING = object()


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

    __slots__ = ("name", "where", "holder", "function")

    def __init__(self, name: str, where: str, holder: Any, function: types.FunctionType) -> None:
        self.name: Final = name
        self.where: Final = where
        self.holder: Final = holder
        self.function: Final = function

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


class Held:
    """An object that is held, wherever it came from."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value: Final = value

    def __call__(self) -> object:
        return self.value


class Attribute:
    """An attribute of an object."""

    __slots__ = ("owner", "name")

    def __init__(self, owner: object, name: str) -> None:
        self.owner: Final = owner
        self.name: Final = name

    def __call__(self) -> object:
        return getattr(self.owner, self.name)


class AttributeOf:
    """An attribute of what is at a place."""

    __slots__ = ("read", "name")

    def __init__(self, read: Callable, name: str) -> None:
        self.read: Final = read
        self.name: Final = name

    def __call__(self) -> object:
        return getattr(self.read(), self.name)


class ItemOf:
    """An item of what is at a place."""

    __slots__ = ("read", "key")

    def __init__(self, read: Callable, key: object) -> None:
        self.read: Final = read
        self.key: Final = key

    def __call__(self) -> object:
        return self.read()[self.key]


class TypeOf:
    """The class of what is at a place."""

    __slots__ = ("read",)

    def __init__(self, read: Callable) -> None:
        self.read: Final = read

    def __call__(self) -> type:
        return type(self.read())


class ClassAttribute:
    """What a class has under a name, not bound; with `after`, what ``super()`` finds behind that class."""

    __slots__ = ("cls", "name", "after")

    def __init__(self, cls: type, name: str, after: type | None = None) -> None:
        self.cls: Final = cls
        self.name: Final = name
        self.after: Final = after

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


class Guard:
    """`read()` must still give `expected`."""

    __slots__ = ("read", "expected", "what")

    def __init__(self, read: Callable, expected: object, what: str) -> None:
        self.read: Final = read
        self.expected: Final = expected
        self.what: Final = what

    def holds(self) -> bool:
        try:
            return self.read() is self.expected
        except (NameError, AttributeError, ValueError, LookupError, TypeError):
            return False


class Data:
    """A value read at each call; `stem` names its axes, as no parameter's are named."""

    __slots__ = ("name", "read", "key", "stem")

    def __init__(self, name: str, read: Callable, key: tuple, stem: str) -> None:
        self.name: Final = name
        self.read: Final = read
        self.key: Final = key
        self.stem: Final = stem
