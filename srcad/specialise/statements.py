"""What statements ask of values: patterns of ``match``, context managers of ``with``."""

from __future__ import annotations

import contextlib
import warnings

import numpy as np

from srcad.specialise.values import Unclear
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref

#: Context managers that change nothing that the body computes. Their bodies are run without them.
WITHOUT_EFFECT = (np.errstate, np.printoptions, warnings.catch_warnings)


def _is_sequence(s, args, kwargs):
    from srcad.specialise.calls import class_of

    cls = class_of(s, args[0])
    if cls is None:
        raise s.refuse("a sequence pattern looks at a value of which it is not known whether it is a sequence",
                       "test it with `if` and `isinstance`")
    return Lit(issubclass(cls, tuple | list | range))


def _match_position(s, args, kwargs):
    from srcad.specialise.calls import read_attribute

    value, cls, index = args
    if not isinstance(cls, Ref) or not isinstance(cls.value, type):
        raise s.refuse("the class of a pattern is not known when the derivative is made", "name the class")
    if cls.value in intrinsics.SELF_MATCHING:
        return value
    names = getattr(cls.value, "__match_args__", ())
    if index.value >= len(names):
        raise s.refuse(f"{cls.value.__name__} has no positional pattern number {index.value}",
                       "name the attribute: `Class(name=pattern)`")
    return read_attribute(s, value, names[index.value])


def _enter(s, args, kwargs):
    """``with manager(...)``: only managers without effect on what is computed are known."""
    manager, *rest = args
    target = manager.value if isinstance(manager, Ref) else None
    if target is contextlib.nullcontext:
        return rest[0] if rest else dict(kwargs).get("enter_result", Lit(None))
    if target not in WITHOUT_EFFECT:
        name = getattr(target, "__name__", "this context manager")
        raise s.refuse(f"what {name} does on entry and exit is not known to srcad",
                       "enter it around the call of the derivative, and keep the computation in a function of its own")
    given = [v.value for v in (*rest, *(v for _, v in kwargs)) if isinstance(v, Lit)]
    if "raise" in given or "call" in given or target is warnings.catch_warnings and dict(kwargs).get("record") == Lit(True):
        raise s.refuse(f"{target.__name__} changes what happens in the body",
                       "enter it around the call of the derivative")
    return Lit(None)


def _interrupted(s, args, kwargs):
    return Unclear(args[0].value, True)


SPECIAL: dict = {
    intrinsics.interrupted: _interrupted,
    intrinsics.is_sequence: _is_sequence, intrinsics.match_position: _match_position, intrinsics.enter: _enter,
}
