"""Memory by choice: functions that are run again in the reverse sweep instead of remembering.

The forward sweep calls a checkpointed function as it stands and keeps its arguments only; the reverse sweep calls its
recording half and then its reverse half. That costs one more run and saves everything the function would have recorded
(Griewank and Walther, *Evaluating Derivatives*, 2008, chapter 12).
"""

from __future__ import annotations

import functools
import types

from srcad.errors import ArgumentError


class Checkpointed:
    """A function whose calls record nothing. Called as it is, it is the function."""

    def __init__(self, function) -> None:
        if not isinstance(function, types.FunctionType):
            raise ArgumentError(f"checkpoint needs a Python function, not {type(function).__name__}",
                                "decorate the def: @checkpoint")
        self.function = function
        functools.update_wrapper(self, function)

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def __get__(self, instance, owner=None):
        return self if instance is None else types.MethodType(self, instance)

    def __reduce__(self):
        return self.function.__qualname__            # found by name, as functions are

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        """A call in a program that is being specialised: of a Trace of its own, marked."""
        from srcad.specialise.calls import call_function

        result = call_function(s, self.function, args, kwargs, hint, separate=True)
        made = s.b.definition(result)
        if made is not None:
            s.program.checkpointed.add(id(made.fn))
        return result


def checkpoint(f):
    """Run a function again in the reverse sweep instead of recording what its adjoint needs.

    Parameters
    ----------
    f : function
        It must not print, draw random numbers or change anything: it runs twice.

    Returns
    -------
    Checkpointed
        The function, to be called as before. Inside differentiated code its calls keep their arguments only.

    Raises
    ------
    UnsupportedError
        When a derivative is made, if the function has effects.
    """
    return Checkpointed(f)
