"""What statements ask of values: patterns of ``match``, the handlers of ``try``."""

from __future__ import annotations

from srcad.specialise.attributes import read_attribute
from srcad.specialise.decided import class_of
from srcad.specialise.values import Unclear
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref


def _is_sequence(s, args, kwargs):
    cls = class_of(s, args[0])
    if cls is None:
        raise s.refuse("a sequence pattern looks at a value of which it is not known whether it is a sequence",
                       "test it with `if` and `isinstance`")
    return Lit(issubclass(cls, tuple | list | range))


def _match_position(s, args, kwargs):
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


def _interrupted(s, args, kwargs):
    return Unclear(args[0].value, True)


SPECIAL: dict = {
    intrinsics.interrupted: _interrupted,
    intrinsics.is_sequence: _is_sequence, intrinsics.match_position: _match_position,
}
