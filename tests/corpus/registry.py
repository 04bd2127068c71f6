"""How a function becomes a program of the corpus.

    @program([(2.0, 5.0), (1.0, 3.0)], argnums=(0, 1))
    def product(x, y):
        return x * y

The decorator registers the function at those points and returns it unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class Program:
    """A function, where to differentiate it, and how its reference is found.

    Attributes
    ----------
    function : callable
    points : tuple of tuple
        Positional arguments, one tuple for each point.
    argnums : tuple of int
        The arguments to differentiate by.
    kwargs : dict
        Keyword arguments, the same at every point.
    complex_step : bool
        Whether the function is analytic once comparisons look at real parts, so that a complex step is exact.
    order : int
        Up to which order derivatives are checked.
    disconnected : bool
        Whether the result depends on none, or not on all, of the arguments to differentiate by.
    jumps : bool
        Whether another branch is taken right beside one of the points, so that differences are of no use there. The
        derivative is that of the branch taken, which the complex step follows.
    """

    function: Callable[..., Any]
    points: tuple[tuple[Any, ...], ...]
    argnums: tuple[int, ...] = (0,)
    kwargs: dict[str, Any] = field(default_factory=dict)
    complex_step: bool = True
    order: int = 2
    disconnected: bool = False
    jumps: bool = False

    @property
    def name(self) -> str:
        return f"{self.function.__module__.rpartition('.')[2]}.{self.function.__name__}"


PROGRAMS: list[Program] = []


def program(args: Sequence[tuple[Any, ...]], argnums: int | Sequence[int] | None = None, **settings: Any) -> Callable:
    """Register the decorated function, which stays what it is.

    Parameters
    ----------
    args : sequence of tuple
        The points: positional arguments.
    argnums : int or sequence of int, optional
        The arguments to differentiate by; all by default.
    **settings
        The other fields of `Program`.
    """
    if argnums is None:
        argnums = range(len(args[0]))
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append(Program(function, tuple(args), numbers, **settings))
        return function

    return register
