"""The helpers of `srcad.runtime` that generated code calls, in a form that Numba compiles."""

from __future__ import annotations

import inspect
import operator
import sys

import numpy as np

from srcad import runtime
from srcad.sequences import sort_order

#: The helpers that have a compiled form.
FORMS = {runtime.unbroadcast, runtime.fit_vectors, runtime.broadcast_like, runtime.zeros_like, runtime.match_kind,
         runtime.add_adjoints, runtime.copy_adjoint, runtime.reserve, runtime.extremes, runtime.add_each,
         runtime.adjoint_or_zeros, runtime.check_has_value, runtime.check_divisor, runtime.divide_or_zero,
         runtime.spread_sum, runtime.schedule,
         runtime.stretches, runtime.pairs, runtime.first_sweep,
         runtime.places, runtime.add_item, runtime.add_slice, runtime.add_items, runtime.nest_like, runtime.scalar_seed,
         runtime.fold_repeats, runtime.as_list, runtime.as_rows, runtime.whole_product, runtime.whole_sum,
         runtime.whole_power, runtime.whole_shift, runtime.split_like, runtime.unstack_like,
         runtime.in_large_pages, runtime.expect_row}

#: Methods of `np.random.Generator` that Numba compiles; they draw what NumPy draws.
DRAWS = ("random", "standard_normal", "normal", "uniform", "exponential", "standard_exponential", "gamma", "beta", "laplace",
         "logistic", "lognormal", "poisson", "chisquare", "triangular", "weibull", "rayleigh", "standard_t")

#: Bytes that a processor fetches at a time, and how many of a row it is told of in advance.
LINE, AHEAD = 64, 1024

#: Bytes from which on NumPy asks for large pages; bytes of a page; what Linux calls the request.
LARGE, PAGE, HUGE_PAGES = 1 << 22, 4096, 14

_registered = False


def register() -> None:
    """Tell Numba about the helpers, once."""
    global _registered
    if _registered:
        return
    _registered = True
    from numba import njit
    from numba.core import types
    from numba.extending import overload

    def is_array(t) -> bool:
        return isinstance(t, types.Array)

    def listed(g, arrays) -> bool:
        return is_array(g) and isinstance(arrays, types.List) and is_array(arrays.dtype)

    def is_none(t) -> bool:
        return isinstance(t, types.NoneType)

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

    @overload(runtime.fit_vectors)
    def fit_vectors(g, x):
        if not (is_array(g) and is_array(x) and g.ndim <= 3):
            return None
        fitted = njit(_unbroadcast(g.ndim, x.ndim))

        def impl(g, x):
            if x.shape[x.ndim - 1] != 3:
                raise TypeError("np.cross of vectors of two components has no adjoint: append a zero to each vector")
            return fitted(g, x)
        return impl

    @overload(runtime.broadcast_like)
    def broadcast_like(g, x):
        if is_number(x):
            return (lambda g, x: g) if is_number(g) else None
        if is_array(x) and x.ndim == 0:
            return (lambda g, x: np.full((), g)) if is_number(g) else lambda g, x: np.full((), g[()])
        if is_array(x):
            return lambda g, x: np.broadcast_to(g, x.shape).copy() if True else x
        return None

    @overload(runtime.zeros_like)
    def zeros_like(x):
        if is_number(x):
            return lambda x: 0.0
        if is_array(x) and isinstance(x.dtype, types.Float | types.Complex):
            return lambda x: np.zeros_like(x)
        return itemwise(runtime.zeros_like, x=x)

    @overload(runtime.match_kind)
    def match_kind(g, x):
        if is_none(g) or g == x:
            return lambda g, x: g
        if is_number(g) and is_number(x):
            if isinstance(x, types.Complex):
                return lambda g, x: complex(g)
            if isinstance(g, types.Complex):
                return lambda g, x: g.real
            return lambda g, x: g
        if is_array(g) and g.ndim == 0 and is_number(x):
            return lambda g, x: g[()]
        if is_array(x) and x.ndim == 0 and is_number(g):
            return lambda g, x: g
        if is_array(g) and is_array(x):
            dtype = x.dtype
            if g.dtype == dtype or not isinstance(dtype, types.Float | types.Complex):
                return lambda g, x: g
            if isinstance(dtype, types.Float) and isinstance(g.dtype, types.Complex):
                return lambda g, x: g.real.astype(dtype)
            return lambda g, x: g.astype(dtype)
        return itemwise(runtime.match_kind, g=g, x=x)

    @overload(runtime.add_adjoints)
    def add_adjoints(a, b):
        if is_none(a):
            return lambda a, b: b
        if is_none(b):
            return lambda a, b: a
        if (is_number(a) or is_array(a)) and (is_number(b) or is_array(b)):
            return lambda a, b: a + b
        return itemwise(runtime.add_adjoints, a=a, b=b)

    @overload(runtime.add_item)
    def add_item(buffer, key, g):
        if isinstance(key, types.UnicodeType | types.StringLiteral):
            return None
        if isinstance(buffer, types.List):
            def impl(buffer, key, g):
                buffer[key] = runtime.add_adjoints(buffer[key], g)
                return buffer
            return impl
        if isinstance(buffer, types.UniTuple):
            # Item by item: Numba's own change of an item does not count who holds the arrays, which are freed too early.
            items = [f"add(buffer[{k}], g) if key == {k} or key == {k - buffer.count} else buffer[{k}]"
                     for k in range(buffer.count)]
            namespace: dict = {"add": runtime.add_adjoints}
            exec(f"def changed(buffer, key, g):\n    return ({', '.join(items)},)", namespace)
            return namespace["changed"]
        return None

    @overload(runtime.add_items)
    def add_items(buffer, items):
        def impl(buffer, items):
            for k in range(len(buffer)):
                buffer[k] = runtime.add_adjoints(buffer[k], items[k])
        return impl if isinstance(buffer, types.List) else None

    @overload(runtime.add_slice)
    def add_slice(buffer, index, pieces):
        def impl(buffer, index, pieces):
            items = buffer[:]
            places = np.arange(len(buffer))[index]
            if len(places) != len(pieces):
                raise ValueError("adjoints of another number of items")
            for n, k in enumerate(places):
                items[k] = runtime.add_adjoints(items[k], pieces[n])
            return items
        return impl if isinstance(buffer, types.List) else None

    overload(runtime.as_list)(lambda x: lambda x: [v for v in x])

    @overload(runtime.whole_product)
    def whole_product(a, b):
        def impl(a, b):
            if abs(float(a) * float(b)) >= 9.2e18:
                raise OverflowError("a whole number has more than 64 bits")
            return a * b
        return impl

    @overload(runtime.whole_sum)
    def whole_sum(a, b):
        def impl(a, b):
            if abs(float(a) + float(b)) >= 9.2e18:
                raise OverflowError("a whole number has more than 64 bits")
            return a + b
        return impl

    @overload(runtime.whole_power)
    def whole_power(a, b):
        def impl(a, b):
            if b < 0:
                raise ValueError("an integer is raised to a negative integer power: write the base as a float")
            if abs(float(a) ** b) >= 9.2e18:
                raise OverflowError("a whole number has more than 64 bits")
            return a ** b
        return impl

    @overload(runtime.whole_shift)
    def whole_shift(a, b):
        def impl(a, b):
            if b < 0:
                raise ValueError("negative shift count")
            if a != 0 and (b > 62 or abs(float(a)) * 2.0 ** b >= 9.2e18):
                raise OverflowError("a whole number has more than 64 bits")
            return a << b
        return impl

    @overload(runtime.as_rows)
    def as_rows(x, lengths):
        def impl(x, lengths):
            rows = [[x[0] for _ in range(0)] for _ in range(0)]
            start = 0
            for n in lengths:
                rows.append([x[k] for k in range(start, start + n)])
                start += n
            return rows
        return impl

    @overload(runtime.split_like)
    def split_like(g, arrays, axis):
        def rows(g, arrays, axis):
            pieces, start = [np.ascontiguousarray(g[:0]) for _ in range(0)], 0
            for a in arrays:
                pieces.append(np.ascontiguousarray(g[start:start + len(a)]))
                start += len(a)
            return pieces

        def columns(g, arrays, axis):
            pieces, start = [np.ascontiguousarray(g[:0]) for _ in range(0)], 0
            for a in arrays:
                if axis == 0 or axis == -2:
                    pieces.append(np.ascontiguousarray(g[start:start + a.shape[0]]))
                    start += a.shape[0]
                else:
                    pieces.append(np.ascontiguousarray(g[:, start:start + a.shape[1]]))
                    start += a.shape[1]
            return pieces

        return {1: rows, 2: columns}.get(g.ndim) if listed(g, arrays) and arrays.dtype.ndim == g.ndim else None

    @overload(runtime.unstack_like)
    def unstack_like(g, arrays, axis):
        def rows(g, arrays, axis):
            return [np.ascontiguousarray(g[k]) if axis == 0 or axis == -2 else np.ascontiguousarray(g[:, k])
                    for k in range(len(arrays))]

        return rows if listed(g, arrays) and arrays.dtype.ndim == 1 and g.ndim == 2 else None

    @overload(runtime.nest_like)
    def nest_like(g, x):
        if isinstance(x, types.List | types.BaseTuple):
            return itemwise(runtime.nest_like, g=g, x=x)
        return lambda g, x: runtime.match_kind(g, x)

    @overload(runtime.fold_repeats)
    def fold_repeats(g, items):
        def impl(g, items):
            total = [runtime.zeros_like(x) for x in items]
            for k in range(len(g)):
                total[k % len(items)] = runtime.add_adjoints(total[k % len(items)], g[k])
            return total
        return impl if isinstance(items, types.List) else None

    @overload(runtime.scalar_seed)
    def scalar_seed(y):
        if is_number(y):
            return lambda y: 1.0
        if is_array(y):
            if y.ndim == 0:
                return lambda y: np.ones_like(y)
            message = f"the function returned an array of rank {y.ndim}, not a number"

            def impl(y):
                raise TypeError(message)
            return impl
        return None

    @overload(runtime.check_has_value, prefer_literal=True)
    def check_has_value(bound, name):
        message = f"cannot access local variable {getattr(name, 'literal_value', '')!r} where it is not associated with a value"

        def impl(bound, name):
            if not bound:
                raise UnboundLocalError(message)
        return impl

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

    @overload(runtime.join_rows)
    def join_rows(pieces):
        def impl(pieces):
            count = 0
            for piece in pieces:
                count += len(piece)
            joined = np.empty((count, *pieces[0].shape[1:]), pieces[0].dtype)
            count = 0
            for piece in pieces:
                joined[count:count + len(piece)] = piece
                count += len(piece)
            return joined
        return impl if isinstance(pieces, types.List) and is_array(pieces.dtype) else None

    @overload(sort_order)
    def order(keys, reverse):
        if not isinstance(getattr(keys, "dtype", None), types.Number | types.Boolean):
            return None

        def impl(keys, reverse):
            # By merging: stable. (With NaN among the keys Python's order is one of many that its comparisons allow.)
            count = len(keys)
            order, other = [k for k in range(count)], [k for k in range(count)]
            width = 1
            while width < count:
                for first in range(0, count, 2 * width):
                    middle, end = min(first + width, count), min(first + 2 * width, count)
                    a, b = first, middle
                    for k in range(first, end):
                        if a < middle and (b >= end or not (
                                keys[order[a]] < keys[order[b]] if reverse else keys[order[b]] < keys[order[a]])):
                            other[k] = order[a]
                            a += 1
                        else:
                            other[k] = order[b]
                            b += 1
                order, other = other, order
                width *= 2
            return order
        return impl

    @overload(runtime.adjoint_or_zeros)
    def adjoint_or_zeros(g, x):
        if is_array(g) and is_array(x):                         # nothing at all stands for the number 0.0
            return lambda g, x: g if g.shape == x.shape else np.zeros_like(x)
        if is_number(g) and is_number(x):
            return lambda g, x: g
        if is_number(g) and is_array(x):
            return lambda g, x: np.zeros_like(x)
        return None

    @overload(operator.getitem)
    def item_of_range(trips, k):
        if not isinstance(trips, types.RangeType) or not isinstance(k, types.Integer):
            return None

        def impl(trips, k):
            count = len(trips)
            if k < -count or k >= count:
                raise IndexError("range object index out of range")
            return trips.start + (k if k >= 0 else k + count) * trips.step
        return impl

    overload(runtime.schedule)(lambda trips, snapshots: runtime.schedule)
    overload(runtime.stretches)(lambda trips: runtime.stretches)
    overload(runtime.pairs)(lambda rows: runtime.pairs)
    overload(runtime.first_sweep)(lambda rows, trips: runtime.first_sweep)
    overload(runtime.places)(lambda rows: runtime.places)

    @overload(runtime.spread_sum)
    def spread_sum(g, items):
        if is_number(g) and isinstance(items, types.List) and is_number(items.dtype):
            return lambda g, items: [g for _ in items]
        if is_number(g) and is_array(items) and items.ndim == 1 and isinstance(items.dtype, types.Float):
            return lambda g, items: np.full(len(items), g)
        return None

    @overload(runtime.check_divisor)
    def check_divisor(x):
        def impl(x):
            if x == 0:
                raise ZeroDivisionError("division by zero")
        return impl

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

    @overload(runtime.in_large_pages)
    def in_large_pages(array):
        if not is_array(array):
            return None
        if sys.platform != "linux":
            return lambda array: array
        advise = types.ExternalFunction("madvise", types.int32(types.uintp, types.uintp, types.int32))

        def impl(array):
            if array.nbytes >= LARGE:
                begin = (array.ctypes.data + PAGE - 1) // PAGE * PAGE
                advise(begin, (array.ctypes.data + array.nbytes - begin) // PAGE * PAGE, HUGE_PAGES)
            return array
        return impl

    prefetch = prefetching()

    @overload(runtime.expect_row)
    def expect_row(array, row):
        def impl(array, row):
            if array.strides[0] >= LINE:                # smaller ones follow each other fast enough to be foreseen
                for at in range(0, min(array.strides[0], AHEAD), LINE):
                    prefetch(array, row * array.strides[0] + at)
        return impl

    for name in DRAWS:
        function = getattr(np.random.Generator, name)
        parameters = [p for p in inspect.signature(function).parameters.values() if p.name not in ("self", "dtype", "out")]
        names = [p.name for p in parameters]
        given = ", ".join(n if p.default is p.empty else f"{n}={p.default!r}" for n, p in zip(names, parameters))
        handed = ", ".join(names)
        namespace: dict = {}
        text = f"def form(rng, {given}):\n    def impl(rng, {given}):\n        return rng.{name}({handed})\n    return impl"
        exec(text, namespace)
        overload(function)(namespace["form"])

    @overload(runtime.copy_adjoint)
    def copy_adjoint(g):
        if is_number(g):
            return lambda g: g
        if is_array(g):
            return lambda g: g.copy()
        if is_none(g):
            return lambda g: None
        return itemwise(runtime.copy_adjoint, g=g)


def prefetching():
    """A function for compiled code that has the line of an array at some bytes from its begin fetched, to be written to."""
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    @intrinsic
    def prefetch(typing, array, place):
        def generate(context, builder, signature, args):
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
            there = builder.gep(builder.bitcast(data, byte), [args[1]])
            told = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(ir.VoidType(), [byte, word, word, word]), "llvm.prefetch.p0i8")
            builder.call(told, [there, word(1), word(3), word(1)])              # to write, to stay in the caches, data
        return types.void(array, types.intp), generate

    return prefetch


def itemwise(function, **arguments):
    """Code that does with the items of lists or tuples what `function` does with them; None for what is neither.

    The last argument says how many items there are.
    """
    from numba.core import types

    names, kind = list(arguments), list(arguments.values())[-1]
    if isinstance(kind, types.BaseTuple):
        if not all(isinstance(t, types.BaseTuple | types.Array) for t in arguments.values()):
            return None
        items = [f"function({', '.join(f'{name}[{k}]' for name in names)})" for k in range(len(kind))]
        result = f"({', '.join(items)}{',' if items else ''})"
    elif isinstance(kind, types.List):
        if not all(isinstance(t, types.List | types.Array | types.UniTuple) for t in arguments.values()):
            return None
        result = f"[function({', '.join(f'{name}[k]' for name in names)}) for k in range(len({names[-1]}))]"
    else:
        return None
    namespace: dict = {"function": function}
    exec(f"def impl({', '.join(names)}):\n    return {result}", namespace)
    return namespace["impl"]


def _unbroadcast(gn: int, xn: int):
    """Code that sums a gn-dimensional array to the shape of an xn-dimensional one, written out for the two ranks."""
    index = [f"i{k}" for k in range(gn)]
    target = [f"0 if x.shape[{k}] == 1 else i{gn - xn + k}" for k in range(xn)]
    lines = ["def impl(g, x):"]
    if gn == xn:
        lines += ["    if g.shape == x.shape:", "        return g"]
    fits = [f"x.shape[{k}] in (1, g.shape[{gn - xn + k}])" for k in range(xn)]
    if fits:                            # compiled code would write past the end
        lines += [f"    if not ({' and '.join(fits)}):", "        raise ValueError('an adjoint does not fit its value')"]
    lines += ["    total = np.zeros(x.shape, g.dtype)"]
    for k in range(gn):
        lines.append("    " * (k + 1) + f"for i{k} in range(g.shape[{k}]):")
    place = ", ".join(target) if target else "()"
    lines.append("    " * (gn + 1) + f"total[{place}] += g[{', '.join(index)}]")
    lines.append("    return total")
    namespace: dict = {"np": np}
    exec("\n".join(lines), namespace)
    return namespace["impl"]
