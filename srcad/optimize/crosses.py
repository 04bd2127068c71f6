"""Cross products of two vectors, which have three components each: written by component.

    a_bar = np.cross(b, g)        →      a_bar = cross(b, g)

NumPy's function is made for stacks of vectors, with any axis, and takes as long for two vectors as ten other operations; the
numbers are the same to the last bit.

>>> from srcad.optimize.showing import show
>>> import numpy as np
>>> show("crosses", lambda a, b: np.sum(np.cross(a, b) ** 3), np.ones(3), np.arange(3.0))
return fit_vectors(np.cross(b, 3 * np.cross(a, b) ** 2), a)
--> 1
return fit_vectors(cross(b, 3 * np.cross(a, b) ** 2), a)
"""

from __future__ import annotations

import numpy as np

from srcad.runtime import cross
from srcad.trace.ir import Apply, Function, Var, walk
from srcad.trace.kinds import Array


def shorten_crosses(function: Function) -> int:
    """Take the function for single vectors where the derivative has two; how often."""
    found = [stmt for stmt in walk(function.body) if isinstance(stmt, Apply) and stmt.fn is np.cross and stmt.origin is not None
             and not stmt.kwargs and len(stmt.args) == 2 and all(map(_is_vector, stmt.args))]
    for stmt in found:
        stmt.fn = cross
    return len(found)


def _is_vector(atom) -> bool:
    return isinstance(atom, Var) and isinstance(atom.kind, Array) and atom.kind.dtype == np.float64 and (
        atom.kind.dims is not None and len(atom.kind.dims) == 1)
