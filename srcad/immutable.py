"""Small objects that stand for what they hold.

They are what frozen dataclasses are, written out: to make a dataclass, Python writes and compiles the text of its methods,
which for those that are needed at once would take a third of the time of ``import srcad``.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Self


class Immutable:
    """An object that is made once, and equal to those of its class whose parts are equal.

    The parts are its slots, those of its base class first. ``__init__`` sets each of them, as ``Final``; nobody sets them again.

    >>> class Interval(Immutable):
    ...     __slots__ = ("low", "high")
    ...
    ...     def __init__(self, low, high):
    ...         self.low, self.high = low, high
    >>> Interval(0, 1)
    Interval(low=0, high=1)
    >>> Interval(0, 1) == Interval(0, 1), Interval(0, 1) == Interval(0, 2), len({Interval(0, 1), Interval(0, 1)})
    (True, False, 1)
    >>> Interval(0, 1).but(high=3)
    Interval(low=0, high=3)
    """

    __slots__: tuple[str, ...] = ()
    __match_args__: tuple[str, ...] = ()
    #: Gives the parts of an object. (Of one that has none: the empty tuple.)
    _parts = attrgetter("__match_args__")

    def __init_subclass__(cls) -> None:
        cls.__match_args__ += vars(cls)["__slots__"]
        if cls.__match_args__:
            cls._parts = attrgetter(*cls.__match_args__)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self._parts(self) == self._parts(other))

    def __hash__(self) -> int:
        return hash(self._parts(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__match_args__)})"

    def but(self, **changes) -> Self:
        """The same with some parts changed."""
        return type(self)(**{name: changes.get(name, getattr(self, name)) for name in self.__match_args__})
