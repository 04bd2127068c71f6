"""The helpers of `srcad.runtime` that generated code calls, in a form that Numba compiles."""

from __future__ import annotations

import numpy as np

from srcad import runtime

_registered = False


def register() -> None:
    """Tell Numba about the helpers, once."""
    global _registered
    if _registered:
        return
    _registered = True
    from numba.core import types
    from numba.extending import overload

    def is_array(t) -> bool:
        return isinstance(t, types.Array)

    def is_number(t) -> bool:
        return isinstance(t, types.Number | types.Boolean)

    @overload(runtime.unbroadcast)
    def unbroadcast(g, x):
        if is_number(g):
            return (lambda g, x: g) if is_number(x) else None
        if is_number(x):
            return lambda g, x: g.sum()
        if is_array(g) and is_array(x) and g.ndim <= 3:
            return _unbroadcast(g.ndim, x.ndim)
        return None

    @overload(runtime.broadcast_like)
    def broadcast_like(g, x):
        if is_number(x):
            return (lambda g, x: g) if is_number(g) else None
        if is_array(x):
            return lambda g, x: np.broadcast_to(g, x.shape).copy() if True else x
        return None

    @overload(runtime.zeros_like)
    def zeros_like(x):
        if is_number(x):
            return lambda x: 0.0
        if is_array(x) and isinstance(x.dtype, types.Float | types.Complex):
            return lambda x: np.zeros_like(x)
        if isinstance(x, types.UniTuple) and is_number(x.dtype):
            count = x.count
            zeros = (0.0,) * count
            return lambda x: zeros
        return None

    @overload(runtime.match_kind)
    def match_kind(g, x):
        if is_number(g) and is_number(x) and not isinstance(g, types.Complex):
            return lambda g, x: g
        if is_array(g) and is_array(x) and g.dtype == x.dtype:
            return lambda g, x: g
        return None

    @overload(runtime.add_adjoints)
    def add_adjoints(a, b):
        if (is_number(a) or is_array(a)) and (is_number(b) or is_array(b)):
            return lambda a, b: a + b
        return None

    @overload(runtime.reserve)
    def reserve(rows, count):
        def impl(rows, count):
            if count <= len(rows):
                return rows
            more = np.empty((max(count, 2 * len(rows)), rows.shape[1]), rows.dtype)
            more[:len(rows)] = rows
            return more
        return impl

    @overload(runtime.copy_adjoint)
    def copy_adjoint(g):
        if is_number(g):
            return lambda g: g
        if is_array(g):
            return lambda g: g.copy()
        return None


def _unbroadcast(gn: int, xn: int):
    """Code that sums a gn-dimensional array to the shape of an xn-dimensional one, written out for the two ranks."""
    index = [f"i{k}" for k in range(gn)]
    target = [f"0 if x.shape[{k}] == 1 else i{gn - xn + k}" for k in range(xn)]
    lines = ["def impl(g, x):"]
    if gn == xn:
        lines += ["    if g.shape == x.shape:", "        return g"]
    lines += ["    total = np.zeros(x.shape, g.dtype)"]
    for k in range(gn):
        lines.append("    " * (k + 1) + f"for i{k} in range(g.shape[{k}]):")
    place = ", ".join(target) if target else "()"
    lines.append("    " * (gn + 1) + f"total[{place}] += g[{', '.join(index)}]")
    lines.append("    return total")
    namespace: dict = {"np": np}
    exec("\n".join(lines), namespace)
    return namespace["impl"]
