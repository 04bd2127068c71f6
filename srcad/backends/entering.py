"""How arguments enter a compiled function and how its result leaves, as plain data, which the disk cache keeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from srcad import runtime


@dataclass
class Boundary:
    """How arguments enter, and how the result leaves.

    Attributes
    ----------
    entering : list
        For each argument ``None`` (as it is), ``["array", dtype]``, ``["rows", dtype]`` (of a list of lists), or
        ``["items", ["item" or "attribute", key, how that enters], ...]``.
    leaving : list or None
        ``None`` (as it is), ``["tuple", ...]``, ``["dict", keys, ...]`` or ``["like", number of an argument, path, names, ...]``
        with how the items leave.
    """

    entering: list
    leaving: list | None

    def enter(self, args) -> list:
        """The arguments of the compiled function."""
        out: list = []
        for how, value in zip(self.entering, args):
            _enter(how, value, out)
        out.extend(args[len(self.entering):])
        return out

    def leave(self, result, args):
        """The result of the function, made of that of the compiled one."""
        return _leave(self.leaving, result, args)


def _enter(how: list | None, value, out: list) -> None:
    if how is None:
        out.append(value)
    elif how[0] == "array":
        out.append(np.array(value, how[1]))
    elif how[0] == "rows":
        out.append(np.array([x for row in value for x in row], how[1]))
        out.append(np.array(list(map(len, value)), np.int64))
    else:
        for look, key, inner in how[1:]:
            _enter(inner, value[key] if look == "item" else getattr(value, key), out)


def _leave(how: list | None, value, args):
    if how is None:
        return value
    match how[0]:
        case "tuple":
            return tuple(_leave(inner, item, args) for inner, item in zip(how[1:], value))
        case "dict":
            return {key: _leave(inner, item, args) for key, inner, item in zip(how[1], how[2:], value)}
    pattern = args[how[1]]
    for look, key in how[2]:
        pattern = pattern[key] if look == "item" else getattr(pattern, key)
    return runtime.make_like(pattern, **{n: _leave(inner, item, args) for n, inner, item in zip(how[3], how[4:], value)})
