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
        from srcad.specialise.callees import call_function

        result = call_function(s, self.function, args, kwargs, hint, separate=True)
        made = s.b.definition(result)
        if made is not None:
            s.program.checkpointed.add(id(made.fn))
        return result


def checkpointed(trips, snapshots=None):
    """A loop whose trips are run again in the reverse sweep instead of being recorded.

    ``for t in checkpointed(range(n)): ...`` keeps the state of the loop, that is what its body reads and overwrites, at some
    trips only; the reverse sweep starts from these and records short stretches. By default there are about √n snapshots and
    as long stretches, and every trip runs twice. With fewer, trips run more often, by the schedule that needs fewest of them
    (Griewank and Walther, *Evaluating Derivatives*, 2008, chapter 12): with k snapshots of (k + r)! / (k! r!) stretches none
    runs more than r times. A stretch is k trips long.

    Parameters
    ----------
    trips : range
    snapshots : int, optional
        How many states are kept.

    Returns
    -------
    range
        `trips`: outside of differentiated code this is an ordinary loop.

    Raises
    ------
    UnsupportedError
        When a derivative is made: if the body has effects, or its state has no snapshot.
    """
    if snapshots is not None and snapshots < 1:
        raise ArgumentError(f"snapshots={snapshots!r}: at least the state at the start must be kept", "give 1 or more")
    return trips


def _call_checkpointed(s, args: list, kwargs: list, hint: str):
    """A call in a program that is being specialised: the range, marked."""
    from srcad.analysis.atoms import kind_of_atom
    from srcad.trace import intrinsics
    from srcad.trace.ir import Lit
    from srcad.trace.kinds import INT, Range

    given = dict(zip(("trips", "snapshots"), args)) | dict(kwargs)
    trips = s.atom(given.get("trips"))
    snapshots = s.atom(given["snapshots"]) if "snapshots" in given else Lit(None)
    if not isinstance(kind_of_atom(trips), Range):
        raise s.refuse("checkpointed goes over something that is not a range", "for t in checkpointed(range(n)): x = xs[t] ...")
    if snapshots == Lit(None):
        snapshots = Lit(0)
    elif kind_of_atom(snapshots) != INT:
        raise s.refuse("the number of snapshots is not an int", "give an int")
    elif isinstance(snapshots, Lit) and isinstance(snapshots.value, int) and snapshots.value < 1:
        raise s.refuse("a checkpointed loop must keep at least the state at its start", "give snapshots=1 or more")
    return s.b.apply(intrinsics.checkpointed, trips, snapshots, kind=Range())


checkpointed.__srcad_call__ = _call_checkpointed  # type: ignore[attr-defined]


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
