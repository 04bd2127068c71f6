"""The passes, in order.

Each is a function that changes a Trace in place and tells how often it did something. Any can be left out: the values
and the gradients stay the same but for the order of sums and products (`without`, for tests).
"""

from __future__ import annotations

import contextlib
import contextvars
import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from srcad import runtime
from srcad.optimize.buffers import reuse_buffers
from srcad.optimize.carried import settle_carried
from srcad.optimize.common import merge_common, merge_values
from srcad.optimize.components import compile_by_component, write_by_component
from srcad.optimize.constants import fold_constants
from srcad.optimize.copies import drop_copies
from srcad.optimize.crosses import shorten_crosses
from srcad.optimize.dead import remove_dead
from srcad.optimize.doubles import fold_doubles
from srcad.optimize.independent import mark_independent
from srcad.optimize.inner import join_products
from srcad.optimize.invariants import hoist_invariants
from srcad.optimize.loads import forward_loads
from srcad.optimize.neighbours import hand_on
from srcad.optimize.pieces import cut_pieces
from srcad.optimize.places import settle_places
from srcad.optimize.row_sums import sum_rows_first
from srcad.optimize.signs import settle_signs
from srcad.optimize.spreads import lighten
from srcad.optimize.stores import settle_stores
from srcad.optimize.tapes import drop_unread
from srcad.optimize.transposes import settle_transposes
from srcad.optimize.untuple import take_apart
from srcad.optimize.wholes import make_floats
from srcad.trace.ir import Apply, Function, walk


@dataclass(frozen=True)
class Pass:
    """One step: what it is called, what it does, why it is there, and for which backends.

    `looks_for`: where none of these functions is called, there is nothing for it to do; None: that is not said.
    """

    name: str
    run: Callable[[Function], int]
    reason: str
    backends: tuple[str, ...] = ("python", "numba")
    looks_for: frozenset | None = None


#: Before a function is differentiated, for what the reverse sweep must keep depends on it.
EARLY = (
    Pass("primal tuples", take_apart, "what goes through a tuple need not be recorded in it"),
    Pass("primal loads", forward_loads, "an element that is known need not be read, nor recorded, again"),
    Pass("primal invariants", hoist_invariants, "what does not change from trip to trip need not be recorded"),
    Pass("primal common", merge_values, "what is the same need not be recorded twice"),
    Pass("independent trips", mark_independent, "what a trip reverses at once need not be recorded"),
)

#: Of the derivative.
PASSES = (
    Pass("pieces", cut_pieces, "of joined arrays often one alone has an adjoint, and their lengths are known", ("python",),
         frozenset({runtime.split_like})),
    Pass("dead", remove_dead, "rules compute more than is asked for; the primal's result may not be"),
    Pass("tuples", take_apart, "calls that were written out hand tuples on"),
    Pass("tapes", drop_unread, "what no reverse trip reads any more need not be recorded"),
    Pass("carried", settle_carried, "the adjoint of a sum over the trips is the same in all of them"),
    Pass("invariants", hoist_invariants, "rules compute with sizes and constants where they need them"),
    Pass("common", merge_common, "rules repeat what the primal, or another operand's rule, has computed"),
    Pass("constants", fold_constants, "factors of several rules meet", looks_for=frozenset({operator.mul})),
    Pass("transposes", settle_transposes, "the adjoint of a product is one of transposes, which meet those of the program",
         looks_for=frozenset({getattr})),
    Pass("components", write_by_component, "an operation on three numbers takes as long as twenty on one", ("python",)),
    Pass("compiled components", compile_by_component, "memory for three numbers takes longer than twenty operations", ("numba",)),
    Pass("buffers", reuse_buffers, "adjoints that only we know can be added to where they are"),
    Pass("places", settle_places, "adjoints of what is overwritten are copied and cleared, needed or not"),
    Pass("stores", settle_stores, "adjoint memory starts as zeros, to which the first contribution need not be added"),
    Pass("neighbours", hand_on, "what a trip adds to the next trip's element need not be put there and read again", ("python",)),
    Pass("doubles", fold_doubles, "both operands of a square give the same contribution", looks_for=frozenset({operator.add})),
    Pass("signs", settle_signs, "rules put signs in front, which meet in products and sums", looks_for=frozenset({operator.neg})),
    Pass("spreads", lighten, "rules spread what the next operation spreads by itself", ("python",),
         frozenset({np.broadcast_to, np.expand_dims, np.sum})),
    Pass("row sums", sum_rows_first, "a product that is only summed along an axis need not be made",
         looks_for=frozenset({np.sum})),
    Pass("inner products", join_products, "the product need not be kept to be summed", ("python",), frozenset({np.sum})),
    Pass("crosses", shorten_crosses, "np.cross is made for stacks of vectors", ("python",), frozenset({np.cross})),
    Pass("whole numbers", make_floats, "what is multiplied by one is a float then, and may be called so", ("python",),
         frozenset({operator.mul})),
    Pass("copies", drop_copies, "what a rule has made need not be copied to be ours",
         looks_for=frozenset({np.ndarray.copy, runtime.copy_adjoint})),
    Pass("dead again", remove_dead, "what was merged, folded or not recorded leaves dead code"),
)

@dataclass(frozen=True)
class Choice:
    """What is decided while a function is differentiated: what it is called, and why there is a choice."""

    name: str
    reason: str


RECOMPUTE = Choice("recompute", "what a reverse trip can compute in less time than it takes to record it is not recorded")

UNREAD = Choice("unread", "what rules compute for operands that do not vary goes before it is settled what to record")

#: Decisions of the differentiation itself that can be left out as passes can.
CHOICES = (UNREAD, RECOMPUTE)

#: Everything that can be left out.
NAMES = tuple(step.name for step in (*EARLY, *PASSES, *CHOICES))

_left_out: contextvars.ContextVar[frozenset] = contextvars.ContextVar("srcad_passes_left_out", default=frozenset())

_watch: contextvars.ContextVar[Callable | None] = contextvars.ContextVar("srcad_passes_watch", default=None)


@contextlib.contextmanager
def without(*names: str) -> Iterator[None]:
    """Leave passes out of what is compiled meanwhile."""
    token = _left_out.set(frozenset(names))
    try:
        yield
    finally:
        _left_out.reset(token)


@contextlib.contextmanager
def watched(watch: Callable[[Function, Pass | Choice, int], None]) -> Iterator[None]:
    """Tell `watch` of every pass: the function as it is then, the pass, and how often that did something."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def is_enabled(choice: Choice) -> bool:
    """May it be made?"""
    return choice.name not in _left_out.get()


def made(choice: Choice, function: Function, count: int) -> None:
    """Tell whoever watches that a choice has been made in differentiating a function, for so many values."""
    if (watch := _watch.get()) is not None:
        watch(function, choice, count)


def is_changed() -> bool:
    """Is a pass left out, or somebody watching, of what is compiled now?"""
    return bool(_left_out.get()) or _watch.get() is not None


def prepare(function: Function) -> None:
    """Improve a Trace that is about to be differentiated."""
    if function.strict:
        return
    _run(EARLY, function)


def optimize(functions: list[Function], enabled: bool, backend: str = "python") -> None:
    """Improve Traces in place. Without `enabled` only what the rules left over is cleaned up, the primal stays whole."""
    for function in functions:
        if function.strict:
            continue                # an operation that is dropped, or moved, might have raised what is caught
        if not enabled or "dead" in _left_out.get():
            remove_dead(function, keep=lambda stmt: stmt.origin is None)
        if not enabled:
            continue
        _run([step for step in PASSES if backend in step.backends], function)


def _run(steps: Iterable[Pass], function: Function) -> None:
    left_out, watch = _left_out.get(), _watch.get()
    called = None                   # what the function calls, as far as that has been looked at
    for step in steps:
        if step.name in left_out:
            continue
        if step.looks_for is not None and called is None:
            called = {stmt.fn for stmt in walk(function.body) if isinstance(stmt, Apply)}
        idle = step.looks_for is not None and called is not None and step.looks_for.isdisjoint(called)
        count = 0 if idle else step.run(function)
        if count:
            called = None
        if watch is not None:
            watch(function, step, count)
