"""Memory for large results.

Every page of new memory costs its first write about a microsecond, which for a result of 50 MB is as much as to compute it.
NumPy asks Linux for pages of 2 MB where an array has 4 MB or more; Numba does not. ::

    out = np.empty((n, 30))        →        out = in_large_pages(np.empty((n, 30)))

Done for the arrays that a function makes, outside its loops, and returns.
"""

from __future__ import annotations

import numpy as np

from srcad import runtime
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Function, Var


def use_large_pages(function: Function) -> int:
    """Ask for large pages; returns for how many arrays."""
    made = {s.target: s for s in function.body.stmts if isinstance(s, Apply)}
    returned: list = list(function.body.yields)
    for atom in returned:
        build = made.get(atom) if isinstance(atom, Var) else None
        if build is not None and build.fn is intrinsics.build_tuple:
            returned += build.args
    stmts: list = []
    count = 0
    for stmt in function.body.stmts:
        if isinstance(stmt, Apply) and stmt.fn in (np.empty, np.empty_like) and stmt.target in returned:
            new = Var("", stmt.target.kind)
            stmts.append(Apply(new, stmt.fn, stmt.args, stmt.kwargs, stmt.loc, stmt.origin))
            stmt = Apply(stmt.target, runtime.in_large_pages, (new,), (), stmt.loc, stmt.origin)
            count += 1
        stmts.append(stmt)
    function.body.stmts = stmts
    return count
