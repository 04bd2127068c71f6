"""Is what a variant was compiled for still so? Asked at every call, so it must cost next to nothing.

Guards enter: places, and the objects that were found there. `checked` leaves one expression that looks at all of them,
written as source and compiled, for a call of a function per guard would cost more than most derivatives of scalars.
What it says is never more than the guards themselves say; where it cannot tell it gives None, and they are asked.
"""

from __future__ import annotations

from collections.abc import Callable

from srcad.places import Attribute, Free, Guard
from srcad.rules import registry


def checked(function: Callable, guards: tuple[Guard, ...], generation: int) -> Callable[[], Callable | None]:
    """A function of nothing that gives `function` if all guards hold and no rule has been registered, else None."""
    names: dict[str, object] = {"function": function, "registry": registry, "missing": object()}
    tests = [f"registry.generation == {generation}"]
    for k, guard in enumerate(guards):
        names[f"expected{k}"] = guard.expected
        place, test = _test(guard.read, k)
        names[f"place{k}"] = place
        tests.append(test)
    return eval(f"lambda: function if {' and '.join(tests)} else None", names)


def _test(read, k: int) -> tuple[object, str]:
    """What is looked at, and the expression that tells whether the object expected is there."""
    free = getattr(read, "__self__", None)
    if isinstance(read, Attribute) and read.name.isidentifier():
        return read.owner, f"place{k}.{read.name} is expected{k}"
    if isinstance(free, Free) and free.where == "cell":
        return free.holder, f"place{k}.cell_contents is expected{k}"
    if isinstance(free, Free) and free.name in free.function.__globals__:
        return free.function.__globals__, f"place{k}.get({free.name!r}, missing) is expected{k}"
    return read, f"place{k}() is expected{k}"
