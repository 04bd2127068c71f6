"""Copies: what is memory of its own, and is not known outside, need not be copied to be returned.

    x_bar = np.tril(g).copy()                  →      x_bar = np.tril(g)
    copy_adjoint(nest_like(g, values))         →      nest_like(g, values)                (a list of numbers)

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> show("copies", lambda x, b: np.sum(np.tanh(x + b)), np.ones((2, 3)), np.ones(3))
v1 = np.tanh(x + b)
return (1.0 - v1 * v1).copy()
--> 1
v1 = np.tanh(x + b)
return 1.0 - v1 * v1
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from srcad import runtime
from srcad.analysis.memory import Memory, makes_array
from srcad.optimize.replace import replace
from srcad.trace.ir import Apply, Function, Var, uses
from srcad.trace.kinds import ListOf, Scalar

#: They give a new list.
_LISTS = {runtime.nest_like, runtime.zeros_like, runtime.add_slice, runtime.spread_sum}


def drop_copies(function: Function) -> int:
    """Drop copies of what only this function knows, and nobody writes to; returns how many."""
    dropped = _drop_lists(function)
    while _drop_one(function):
        dropped += 1
    return dropped


def _drop_one(function: Function) -> bool:
    own = {s.target: s for s in function.body.stmts if isinstance(s, Apply)}
    copies = [s for s in own.values() if s.fn is np.ndarray.copy and len(s.args) == 1 and not s.kwargs and s.args[0] in own]
    if not copies:
        return False
    memory = Memory(function)
    for copy in copies:
        var = copy.args[0]
        if (isinstance(var, Var) and _is_made(var, own) and memory.is_private(var) and memory.is_constant(var)
                and memory.is_constant(copy.target) and own[var].target.kind == copy.target.kind):
            function.body.stmts.remove(copy)
            replace(function.body, {copy.target: var})
            return True
    return False


def _is_made(var, own: dict) -> bool:
    """Is it an array in memory of its own, or the only name of such a one?"""
    stmt = own.get(var)
    return stmt is not None and (makes_array(stmt) or stmt.fn is runtime.fit_vectors and _is_made(stmt.args[0], own))


def _drop_lists(function: Function) -> int:
    """Drop copies of lists of numbers that are made for nobody else."""
    own = {s.target: s for s in function.body.stmts if isinstance(s, Apply)}
    copies = [s for s in own.values() if s.fn is runtime.copy_adjoint and s.args[0] in own and _makes_list(own[s.args[0]])]
    if not copies:
        return 0
    counts = Counter(uses(function.body))
    instead = {copy.target: copy.args[0] for copy in copies if counts[copy.args[0]] == 1}
    function.body.stmts = [s for s in function.body.stmts if not isinstance(s, Apply) or s.target not in instead]
    replace(function.body, instead)
    return len(instead)


def _makes_list(stmt: Apply) -> bool:
    """Is the result a list that nobody else has, of numbers?"""
    kind = stmt.target.kind
    return not isinstance(stmt.fn, Function | Var) and stmt.fn in _LISTS and isinstance(kind, ListOf) and all(
        isinstance(item, Scalar) for item in (kind.element, *(kind.items or ())))
