"""``super()``, and what is called on it."""

from __future__ import annotations

from srcad.specialise.objects.attributes import read_member
from srcad.specialise.objects.making import initialise
from srcad.specialise.objects.records import class_attribute
from srcad.specialise.values import Partial, Record, Super
from srcad.trace.ir import Lit, Ref


def _super(s, args, kwargs):
    if len(args) != 2 or not isinstance(args[0], Ref):
        return NotImplemented
    return Super(args[0].value, args[1])


def call_super(s, value: Super, name: str, args: list, kwargs: list, hint: str):
    """``super().name(*args, **kwargs)``"""
    owner = value.owner
    if isinstance(owner, Record) and name == "__init__":
        mro = owner.cls.__mro__
        start = mro[mro.index(value.cls) + 1]
        # The bases of the next class, in the order of the object's own.
        found = next((c for c in mro[mro.index(start):] if "__init__" in c.__dict__), object)
        initialise(s, found, owner, args, kwargs, found)
        return Lit(None)
    if isinstance(owner, Ref):
        found = class_attribute(owner.value, name, value.cls)
        if isinstance(found, classmethod):
            return s.call(Partial(Ref(found.__func__), (owner,), ()), args, kwargs, hint)
        raise s.refuse(f"super().{name} of a class cannot be followed", "name the class")
    return s.call(read_member(s, owner, name, value.cls), args, kwargs, hint)


SPECIAL: dict = {super: _super}
