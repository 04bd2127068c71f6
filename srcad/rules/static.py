"""Functions that rules call on what is known while a derivative is made, such as the subscripts of an einsum."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from srcad.trace.ir import UNDEF, Lit
from srcad.trace.kinds import dtype_of


def static(function: Callable) -> Callable:
    """Make a function of numbers and strings one that is evaluated while the derivative is made.

    In a rule's body, its call becomes its result. Where an operand is not known then, the user's call is refused.
    """

    @functools.wraps(function)
    def evaluated(*args):
        return function(*args)

    def call(specialiser, args, kwargs, hint):
        if kwargs or any(not isinstance(a, Lit) or a.value is UNDEF for a in args):
            raise specialiser.refuse(
                f"an operand that decides what is computed ({function.__name__}) is not a constant",
                "write it as a literal")
        return Lit(function(*[a.value for a in args]))

    evaluated.__srcad_call__ = call
    return evaluated


def refuse(reason: str, advice: str = "") -> None:
    """In a rule's body, where the user's call has a form without a derivative: refuses the call."""
    raise NotImplementedError(reason)


def _refuse(specialiser, args, kwargs, hint):
    raise specialiser.refuse(*[a.value for a in args])


refuse.__srcad_call__ = _refuse


def is_boolean(x) -> bool:
    """In a rule's body: is the operand known to be a truth value, or an array of them?"""
    return np.asarray(x).dtype.kind == "b"


def _is_boolean(specialiser, args, kwargs, hint):
    dtype = dtype_of(specialiser.kind(args[0]))
    return Lit(dtype is not None and dtype.kind == "b")


is_boolean.__srcad_call__ = _is_boolean  # type: ignore[attr-defined]
