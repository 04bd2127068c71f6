"""The helpers of `srcad.runtime` that generated code calls, in a form that Numba compiles."""

from __future__ import annotations

import numpy as np

from srcad import runtime

#: The helpers that have a compiled form.
FORMS = {runtime.unbroadcast, runtime.broadcast_like, runtime.zeros_like, runtime.match_kind, runtime.add_adjoints,
         runtime.copy_adjoint, runtime.reserve, runtime.extremes, runtime.add_each, runtime.adjoint_or_zeros,
         runtime.divide_or_zero, runtime.spread_sum, runtime.schedule,
         runtime.places}

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
        if isinstance(x, types.List) and isinstance(x.dtype, types.Float):
            return lambda x: [0.0 for _ in x]
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

    @overload(runtime.extremes)
    def extremes(x, axis, largest):
        def impl(x, axis, largest):
            n, m = x.shape
            if (n if axis == 0 else m) == 0:
                raise ValueError("zero-size array to reduction operation which has no identity")
            if axis == 0:
                best = x[0].copy()
                for i in range(n):
                    for j in range(m):
                        if np.isnan(x[i, j]) or (x[i, j] > best[j] if largest else x[i, j] < best[j]):
                            best[j] = x[i, j]
                return best
            best = np.empty(n, x.dtype)
            for i in range(n):
                found = x[i, 0]
                for j in range(m):
                    if np.isnan(x[i, j]) or (x[i, j] > found if largest else x[i, j] < found):
                        found = x[i, j]
                best[i] = found
            return best
        return impl

    @overload(runtime.add_each)
    def add_each(buffer, index, values):
        def impl(buffer, index, values):
            n = len(buffer)
            for k, value in zip(index.flat, values.flat):
                if k < -n or k >= n:
                    raise IndexError("index is out of bounds")
                buffer[k] += value
            return buffer
        return impl

    @overload(runtime.adjoint_or_zeros)
    def adjoint_or_zeros(g, x):
        if is_array(g) and is_array(x) or is_number(g) and is_number(x):
            return lambda g, x: g
        if is_number(g) and is_array(x):
            return lambda g, x: np.zeros_like(x)
        return None

    overload(runtime.schedule)(lambda trips, snapshots: runtime.schedule)
    overload(runtime.places)(lambda rows: runtime.places)

    @overload(runtime.spread_sum)
    def spread_sum(g, items):
        if is_number(g) and isinstance(items, types.List) and is_number(items.dtype):
            return lambda g, items: [g for _ in items]
        if is_number(g) and is_array(items) and items.ndim == 1 and isinstance(items.dtype, types.Float):
            return lambda g, items: np.full(len(items), g)
        return None

    @overload(runtime.divide_or_zero)
    def divide_or_zero(a, b):
        if is_number(a) and is_number(b):
            return lambda a, b: a / b if b != 0 else a * 0.0
        return None

    @overload(runtime.reserve)
    def reserve(rows, count):
        def impl(rows, count):
            if count <= len(rows):
                return rows
            more = np.empty((max(count, 2 * len(rows)), rows.shape[1]), rows.dtype)
            for i in range(len(rows)):              # `more[:n] = rows` takes Numba seconds to compile
                for j in range(rows.shape[1]):
                    more[i, j] = rows[i, j]
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
