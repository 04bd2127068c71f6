"""Whole numbers in a derivative, which is a float.

    x_bar = x_bar + 1.0 * i      →      x_bar = x_bar + float(i)

The derivative of ``x * i`` by `x` is not `i`, an integer or truth value, but the float of it.

>>> from srcad.optimize.showing import show
>>> show("whole numbers", lambda x, n: x * n, 2.0, 3)
return 1.0 * n
--> 1
return float(n)
"""

from __future__ import annotations

import operator

from srcad.trace.ir import Apply, Function, Lit, Var, walk
from srcad.trace.kinds import BOOL, FLOAT, INT


def make_floats(function: Function) -> int:
    """Ask for the float where the derivative multiplies a whole number by one; how often."""
    done = 0
    for stmt in walk(function.body):
        if not isinstance(stmt, Apply) or stmt.origin is None or stmt.fn is not operator.mul or Lit(1.0) not in stmt.args:
            continue
        x = stmt.args[1 - stmt.args.index(Lit(1.0))]
        if isinstance(x, Var) and x.kind in (INT, BOOL) and stmt.target.kind == FLOAT:
            stmt.fn, stmt.args = float, (x,)
            done += 1
    return done
