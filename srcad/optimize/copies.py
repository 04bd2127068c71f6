"""Copies: what is memory of its own, and is not known outside, need not be copied to be returned.

    x_bar = np.tril(g).copy()     →      x_bar = np.tril(g)

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

import numpy as np

from srcad.analysis.memory import Memory, makes_array
from srcad.optimize.replace import replace
from srcad.trace.ir import Apply, Function, Var


def drop_copies(function: Function) -> int:
    """Drop copies of what only this function knows, and nobody writes to; returns how many."""
    dropped = 0
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
        if (isinstance(var, Var) and makes_array(own[var]) and memory.is_private(var) and memory.is_constant(var)
                and memory.is_constant(copy.target) and own[var].target.kind == copy.target.kind):
            function.body.stmts.remove(copy)
            replace(function.body, {copy.target: var})
            return True
    return False
