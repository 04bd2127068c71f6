"""Other spellings of NumPy's functions: methods of ufuncs, `einsum` with lists of axes, `np.r_`, functions of functions.

Enters: a call while it is being specialised. Leaves: the call of a function that has a rule, with the same value::

    np.add.reduce(x)                    np.sum(x, axis=0)
    np.subtract.outer(x, y)             np.subtract(np.reshape(x, (3, 1)), y)
    np.einsum(a, [0, 1], b, [1, 2])     np.einsum("AB,BC", a, b)
    np.r_[x, 1.0]                       np.concatenate([x, np.atleast_1d(1.0)])
"""

from __future__ import annotations

import operator
import string
import sys
import types

import numpy as np

from srcad import compositions
from srcad.analysis.atoms import literal
from srcad.places import Attribute
from srcad.polynomials import FOLLOWED
from srcad.rules.registry import find_rule
from srcad.runtime import with_chosen
from srcad.specialise import writes
from srcad.specialise.callees import call_function
from srcad.specialise.names import value_of_object
from srcad.specialise.unpacking import static_items
from srcad.specialise.values import Generated, Instance, Pack
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Lit, Ref, Var
from srcad.trace.kinds import Array, ListOf, Scalar, TupleOf, dtype_of, same_dtype

#: ufunc → the function that reduces with it, and the one that gives all partial results.
REDUCTIONS = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min,
              np.logical_and: np.all, np.logical_or: np.any}
RUNNING = {np.add: np.cumsum, np.multiply: np.cumprod}
#: Those for which the order of the elements does not matter: they reduce over several axes.
SYMMETRIC = {np.logaddexp, np.logaddexp2, np.hypot, np.fmax, np.fmin}


def _call(s, function, args: list, kwargs: list | None = None):
    return s.call(Ref(function), args, kwargs or [])


def _array(s, value):
    """A list, tuple or number as an array; arrays as they are."""
    if isinstance(value, Generated | Pack) or isinstance(s.kind(value), ListOf | TupleOf):
        return _call(s, np.array, [s.atom(value)])
    return value


def _ndim(s, value) -> int:
    kind = s.kind(value)
    if isinstance(kind, Scalar):
        return 0
    if not isinstance(kind, Array) or kind.dims is None:
        raise s.refuse("the number of axes of an array is not known when the derivative is made",
                       "give the value one number of axes on every path")
    return len(kind.dims)


def _known(s, value, what: str):
    """The Python value of a constant, or of a tuple or list of constants."""
    found = literal(value, s.b.definition) if isinstance(value, Var | Lit | Ref) else UNDEF
    if found is not UNDEF:
        return _as_tuple(found)
    items = static_items(s, value)
    if items is not None:
        return tuple(_known(s, i, what) for i in items)
    raise s.refuse(f"{what} is not known when the derivative is made", "write it as a literal")


def _as_tuple(value):
    return tuple(map(_as_tuple, value)) if isinstance(value, list | tuple) else value


# ---------------------------------------------------------------------------------------------------------------------
# Options and methods of ufuncs

def without_out(target, args: list, kwargs: list) -> tuple[list, list]:
    """The arguments of a function of NumPy's without an ``out`` that is None."""
    home = getattr(target, "__objclass__", None) or type(target)
    if home in (np.ndarray, np.ufunc) or (getattr(target, "__module__", None) or "").partition(".")[0] == "numpy":
        kwargs = [(k, a) for k, a in kwargs if k != "out" or a != Lit(None)]
    if not isinstance(target, np.ufunc) or any(a != Lit(None) for a in args[target.nin:]):
        return args, kwargs
    return args[:target.nin], kwargs



def without_options(s, ufunc, args: list, kwargs: list):
    """Operands and options of a ufunc without those that say in which precision, or in which layout, it computes."""
    named = dict(kwargs)
    dtype = named.pop("dtype", Lit(None))
    if dtype != Lit(None):
        if not isinstance(dtype, Ref | Lit):
            raise s.refuse("the dtype of a ufunc is not known when the derivative is made", "write it as a literal")
        wanted = np.dtype(dtype.value)
        args = [_array(s, a) for a in args]
        weak = [isinstance(s.kind(a), Scalar) and s.kind(a).dtype is None for a in args]
        args = [a if w and not all(weak) or same_dtype(dtype_of(s.kind(a)), wanted) and not w else (
                _in_precision(s, a, wanted))
                for a, w in zip(args, weak)]
    for option in ("casting", "order", "subok"):
        named.pop(option, None)
    if named.get("where") == Lit(True):
        del named["where"]
    return args, list(named.items())


def _in_precision(s, value, dtype):
    if isinstance(s.kind(value), Array):
        return _call(s, np.ndarray.astype, [value, Ref(dtype.type)])
    return _call(s, dtype.type, [value])




def is_ufunc_method(target) -> bool:
    return isinstance(target, types.BuiltinFunctionType) and isinstance(target.__self__, np.ufunc) and (
        target.__name__ in _METHODS)


def call_ufunc_method(s, target, args: list, kwargs: list):
    """``ufunc.reduce(...)`` and its like; NotImplemented where the method has a rule of its own."""
    return _METHODS[target.__name__](s, target.__self__, args, kwargs)


def _bound(s, args: list, kwargs: list, names: str) -> dict:
    """Arguments by name."""
    bound = dict(zip(names.split(), args))
    bound.update(kwargs)
    if bound.pop("out", Lit(None)) != Lit(None):
        raise s.refuse("the method of a ufunc writes to out=", "write x[...] = f(...)")
    return bound


def _reduce(s, ufunc, args, kwargs):
    bound = _bound(s, args, kwargs, "array axis dtype out keepdims initial where")
    x = _array(s, bound.pop("array"))
    axis = bound.pop("axis", Lit(0))
    if ufunc in REDUCTIONS:
        if bound.get("where") == Lit(True):
            del bound["where"]
        return _call(s, REDUCTIONS[ufunc], [x], [("axis", axis), *((k, v) for k, v in bound.items() if v != Lit(None))])
    if find_rule(ufunc) is None or find_rule(ufunc).kind == "zero":
        return NotImplemented
    keepdims = _known(s, bound.pop("keepdims", Lit(False)), "keepdims=")
    if any(v != Lit(None) for v in bound.values()):
        raise s.refuse(f"np.{ufunc.__name__}.reduce is called with the option {next(iter(bound))}=", "leave it out")
    axes = _known(s, axis, "axis=")
    ndim = _ndim(s, x)
    axes = tuple(range(ndim)) if axes is None else (axes,) if isinstance(axes, int) else axes
    axes = tuple(sorted(k % ndim for k in axes)) if ndim else ()
    if len(axes) > 1 and ufunc not in SYMMETRIC:
        raise s.refuse(f"np.{ufunc.__name__}.reduce over several axes, of which the order matters", "give one axis")
    result = x
    for k in reversed(axes):
        running = _call(s, ufunc.accumulate, [result], [("axis", Lit(k))])
        result = _call(s, np.take, [running, Lit(-1)], [("axis", Lit(k))])
    if keepdims and axes:
        result = _call(s, np.expand_dims, [result, Pack(tuple(map(Lit, axes)))])
    return result


def _accumulate(s, ufunc, args, kwargs):
    bound = _bound(s, args, kwargs, "array axis dtype out")
    x, axis = _array(s, bound.pop("array")), bound.pop("axis", Lit(0))
    if ufunc in RUNNING:
        return _call(s, RUNNING[ufunc], [x], [("axis", axis), *bound.items()])
    if bound.pop("dtype", Lit(None)) != Lit(None):
        raise s.refuse(f"np.{ufunc.__name__}.accumulate is called with dtype=", "use astype")
    return s.operation(ufunc.accumulate, [x], [("axis", axis)], "")


def _reduceat(s, ufunc, args, kwargs):
    bound = _bound(s, args, kwargs, "array indices axis dtype out")
    if bound.get("dtype", Lit(None)) != Lit(None):
        raise s.refuse(f"np.{ufunc.__name__}.reduceat is called with dtype=", "use astype")
    x, starts, axis = _array(s, bound["array"]), bound["indices"], bound.get("axis", Lit(0))
    if ufunc is np.add:
        return s.operation(np.add.reduceat, [x, starts], [("axis", axis)], "")
    return call_function(s, compositions.reduce_pieces, [Ref(ufunc.reduce), x, starts, axis], [], "")


def _outer(s, ufunc, args, kwargs):
    a, b = (_array(s, v) for v in args)
    count = _ndim(s, b)
    if count and _ndim(s, a):
        a = _call(s, np.expand_dims, [a, Pack(tuple(Lit(-1 - k) for k in range(count)))])
    return _call(s, ufunc, [a, b], kwargs)


_METHODS = {"reduce": _reduce, "accumulate": _accumulate, "reduceat": _reduceat, "outer": _outer}


# ---------------------------------------------------------------------------------------------------------------------
# einsum


def _einsum(s, args, kwargs):
    """With lists of axes, in the order of which the letters stand; of one array without sums, which is a view of it."""
    if args and isinstance(args[0], Lit) and isinstance(args[0].value, str):
        return NotImplemented if len(args) != 2 or {k for k, _ in kwargs} - {"optimize"} else _seen_by_einsum(s, *args)
    if not args:
        return NotImplemented
    if not isinstance(args[0], Var | Pack) or len(args) < 2:
        return NotImplemented
    letters = string.ascii_uppercase + string.ascii_lowercase

    def term(axes) -> str:
        return "".join("..." if k is Ellipsis else letters[k] for k in axes)

    subscripts = [term(_known(s, a, "a list of axes")) for a in args[1::2]]
    operands = [_array(s, a) for a in (args[:-1:2] if len(args) % 2 else args[::2])]
    text = ",".join(subscripts)
    if len(args) % 2:
        text += "->" + term(_known(s, args[-1], "a list of axes"))
    return s.call(Ref(np.einsum), [Lit(text), *operands], kwargs)


def _seen_by_einsum(s, text: Lit, array):
    """``np.einsum("iij->ji", a)``: the diagonal, then the axes in their order."""
    kind = s.kind(array) if isinstance(array, Var) else None
    if not isinstance(kind, Array) or kind.ndim is None:
        return NotImplemented
    given, arrow, wanted = text.value.replace(" ", "").partition("->")
    named = given.replace("...", "")
    others = "".join(chr(k) for k in range(kind.ndim - len(named)))           # names for the axes that "..." stands for
    axes = given.replace("...", others)
    result = wanted.replace("...", others) if arrow else others + "".join(sorted(named))
    if len(axes) != kind.ndim or set(axes) != set(result) or len(set(result)) < len(result):
        return NotImplemented
    while twice := [axis for axis in axes if axes.count(axis) > 1]:
        first = axes.index(twice[0])
        second = axes.index(twice[0], first + 1)
        array = s.call(Ref(np.diagonal), [array, Lit(0), Lit(first), Lit(second)])
        axes = axes[:first] + axes[first + 1:second] + axes[second + 1:] + twice[0]
    if axes == result:
        return s.call(Ref(operator.getitem), [array, Lit(Ellipsis)])
    return s.call(Ref(np.transpose), [array, Pack(tuple(Lit(axes.index(axis)) for axis in result))])


# ---------------------------------------------------------------------------------------------------------------------
# np.r_ and np.c_


def is_concatenator(value) -> bool:
    return isinstance(value, Ref | Instance) and isinstance(value.value, type(np.r_) | type(np.c_))


def concatenated(s, maker, index):
    """``np.r_[...]`` and ``np.c_[...]``"""
    items = list(index.items) if isinstance(index, Pack) else [index]
    axis, ndmin, trans1d = maker.axis, maker.ndmin, maker.trans1d
    if items and isinstance(items[0], Lit) and isinstance(items[0].value, str):
        try:
            given = [int(n) for n in items.pop(0).value.split(",")]
        except ValueError:
            raise s.refuse("np.r_ is asked for a matrix", "use np.array") from None
        axis, ndmin, trans1d = (*given, *(axis, ndmin, trans1d)[len(given):])
    parts = [_part(s, maker, item, ndmin, trans1d) for item in items]
    result = _call(s, np.concatenate, [s.b.apply(intrinsics.build_list, *map(s.atom, parts))], [("axis", Lit(axis))])
    weak = [dtype_of(s.kind(i)) is None or isinstance(s.kind(i), Scalar) and s.kind(i).dtype is None for i in items]
    dtypes = [dtype_of(s.kind(i)) for i, w in zip(items, weak) if not w]
    if any(weak) and dtypes and None not in dtypes and np.result_type(*dtypes) in (np.float32, np.complex64, np.float16):
        result = _call(s, np.ndarray.astype, [result, Ref(np.result_type(*dtypes).type)])
    return result


def _part(s, maker, item, ndmin: int, trans1d: int):
    """One of the arrays that are joined, with the axes that it gets."""
    made = s.b.definition(item) if isinstance(item, Var) else None
    if made is not None and made.fn is intrinsics.build_slice:
        start, stop, step = made.args
        if isinstance(step, Lit) and isinstance(step.value, complex):
            item = _call(s, np.linspace, [start if start != Lit(None) else Lit(0), stop],
                         [("num", Lit(int(abs(step.value))))])
        else:
            item = _call(s, np.arange, [start if start != Lit(None) else Lit(0), stop, step if step != Lit(None) else Lit(1)])
    item = _array(s, item)
    own = _ndim(s, item)
    if own == 0 or own >= ndmin:
        return _call(s, np.array, [item], [("ndmin", Lit(ndmin))]) if own < ndmin else item
    result = _call(s, np.array, [item], [("ndmin", Lit(ndmin))])
    missing = ndmin - own
    front = trans1d + (missing + 1 if trans1d < 0 else 0)
    axes = list(range(ndmin))
    if trans1d != -1 or maker.trans1d != -1 or front != missing:
        order = axes[:front] + axes[missing:] + axes[front:missing]
        if order != axes:
            result = _call(s, np.transpose, [result, Pack(tuple(map(Lit, order)))])
    return result


# ---------------------------------------------------------------------------------------------------------------------
# Functions of functions


def _apply_along_axis(s, args, kwargs):
    bound = _bound(s, args[:3], kwargs, "func1d axis arr")
    if set(bound) != {"func1d", "axis", "arr"}:
        raise s.refuse("np.apply_along_axis hands keywords on to the function", "give it a lambda that has them")
    function, axis, x, rest = bound["func1d"], bound["axis"], bound["arr"], args[3:]
    return call_function(s, compositions.apply_along_axis, [function, axis, _array(s, x), Pack(tuple(rest))], [], "")


def _apply_over_axes(s, args, kwargs):
    if kwargs or len(args) != 3:
        raise s.refuse("np.apply_over_axes is called with keywords", "give the arguments by position")
    function, value, axes = args[0], _array(s, args[1]), _known(s, args[2], "the axes of np.apply_over_axes")
    count = _ndim(s, value)
    for axis in (axes,) if isinstance(axes, int) else axes:
        axis = axis % count
        result = s.call(function, [value, Lit(axis)], [])
        value = result if _ndim(s, result) == count else _call(s, np.expand_dims, [result, Lit(axis)])
    return value


def _piecewise(s, args, kwargs):
    """Each function of the elements that its condition chooses, written to their places."""
    x, conditions, functions, *rest = args
    x = _array(s, x)
    functions = static_items(s, functions)
    given = static_items(s, conditions)
    if given is None and isinstance(s.kind(conditions), Array) and functions is not None:
        kind = s.kind(conditions)
        given = [conditions] if _ndim(s, conditions) == _ndim(s, x) else (
            [_call(s, np.take, [conditions, Lit(k), Lit(0)]) for k in range(kind.dims[0])]
            if isinstance(kind.dims[0], int) else None)
    if given is None or functions is None or len(functions) - len(given) not in (0, 1):
        raise s.refuse("the conditions or functions of np.piecewise are not known when the derivative is made",
                       "write them as lists")
    if _ndim(s, x) == 0:
        raise s.refuse("np.piecewise is called with a number", "use `if`")
    if len(functions) > len(given):
        any_of = given[0]
        for condition in given[1:]:
            any_of = _call(s, np.logical_or, [any_of, condition])
        given = [*given, _call(s, np.logical_not, [any_of])]
    result = _call(s, np.zeros_like, [x])
    for condition, function in zip(given, functions):
        value = function
        if not isinstance(s.kind(function), Scalar):
            chosen = s.b.apply(operator.getitem, s.atom(x), s.atom(condition))
            value = s.call(function, [chosen, *rest], kwargs)
        result = _call(s, with_chosen, [result, condition, writes.as_stored(s, value)])
    return result


def _gradient(s, args, kwargs):
    """Along several axes, or for given coordinates: one call for each axis."""
    f, *spacings = args
    options = dict(kwargs)
    axis = options.pop("axis", Lit(None))
    f = _array(s, f)
    ndim = _ndim(s, f)
    axes = _known(s, axis, "axis=")
    several = not isinstance(axes, int) and not (axes is None and ndim == 1)
    axes = tuple(range(ndim)) if axes is None else (axes,) if isinstance(axes, int) else axes
    spacings = [_array(s, h) for h in spacings]
    if len(spacings) == 1 and _ndim(s, spacings[0]) == 0:
        spacings = spacings * len(axes)
    if spacings and len(spacings) != len(axes):
        raise s.refuse("np.gradient is given spacings for some axes only", "give one for every axis")
    if not several and not (spacings and _ndim(s, spacings[0])):
        return NotImplemented
    parts = []
    for k, along in enumerate(axes):
        if spacings and _ndim(s, spacings[k]):
            order = options.get("edge_order", Lit(1))
            parts.append(call_function(s, compositions.gradient_at, [f, spacings[k], Lit(along), order], [], ""))
        else:
            parts.append(_call(s, np.gradient, [f, *spacings[k:k + 1]], [("axis", Lit(along)), *options.items()]))
    return Pack(tuple(parts)) if len(parts) > 1 else parts[0]


#: Modes of np.pad that put a statistic of the elements at the edge.
STATISTICS = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


def _pad(s, args, kwargs):
    """With a statistic: axis by axis, of what has been padded so far, as NumPy does."""
    bound = _bound(s, args, kwargs, "array pad_width mode")
    mode = _known(s, bound.get("mode", Lit("constant")), "mode=")
    several = mode == "constant" and not isinstance(s.kind(bound.get("constant_values", Lit(0))), Scalar)
    if mode not in STATISTICS and mode != "linear_ramp" and not several:
        if bound.get("reflect_type") == Lit("even"):
            del bound["reflect_type"]
            return _call(s, np.pad, [bound.pop("array"), bound.pop("pad_width")], list(bound.items()))
        return NotImplemented
    x = _array(s, bound["array"])
    ndim = _ndim(s, x)
    widths = _per_axis(_known(s, bound["pad_width"], "pad_width"), ndim)
    if mode in STATISTICS:
        counts = _per_axis(_known(s, bound.get("stat_length", Lit(None)), "stat_length="), ndim)
        function, ends = compositions.pad_with_statistic, [(Lit(first), Lit(last)) for first, last in counts]
    else:
        given = bound.get("constant_values" if several else "end_values", Lit(0))
        function = compositions.pad_with_values if several else compositions.pad_with_ramp
        ends = _per_axis(_items_of(s, given), ndim)
    start = [Ref(STATISTICS[mode])] if mode in STATISTICS else []
    for axis, ((before, after), (first, last)) in enumerate(zip(widths, ends)):
        if before or after:
            x = call_function(s, function, [*start, x, Lit(before), Lit(after), first, last, Lit(axis)], [], "")
    return x


def _items_of(s, value):
    """A number as it is; nested tuples and lists as tuples."""
    if isinstance(s.kind(value), Scalar):
        return value
    items = static_items(s, value)
    if items is None:
        raise s.refuse("the numbers that np.pad puts at the edges are not known one by one", "write them as tuples")
    return tuple(_items_of(s, i) for i in items)


def _per_axis(given, ndim: int) -> list:
    """What a pad_width, or stat_length, says: (before, after) for each axis."""
    if isinstance(given, tuple) and len(given) == 1:
        given = given[0]
    if not isinstance(given, tuple):
        return [(given, given)] * ndim
    if not any(isinstance(g, tuple) for g in given):
        return [given] * ndim
    pairs = [(g, g) if not isinstance(g, tuple) else g * 2 if len(g) == 1 else g for g in given]
    return pairs * ndim if len(pairs) == 1 else pairs


#: NumPy 2.3 changed the order of operations, and with it the last bits.
_LEGVAL = compositions.legval if np.lib.NumpyVersion(np.__version__) >= "2.3.0" else compositions.legval_before_2_3

#: Evaluations of numpy.polynomial, and what they mean for coefficients with as many more axes as the points have.
POLYNOMIALS = {
    np.polynomial.polynomial.polyval: compositions.polyval, np.polynomial.chebyshev.chebval: compositions.chebval,
    np.polynomial.legendre.legval: _LEGVAL, np.polynomial.hermite.hermval: compositions.hermval,
    np.polynomial.hermite_e.hermeval: compositions.hermeval, np.polynomial.laguerre.lagval: compositions.lagval,
}


#: Classes of objects that stand for polynomials.
POLYNOMIAL_CLASSES = (*FOLLOWED, np.poly1d)

#: Suffix of the functions of several variables → how many there are, and whether they are the axes of a grid.
SEVERAL = {"val2d": (2, False), "val3d": (3, False), "grid2d": (2, True), "grid3d": (3, True)}


def _polynomial(fn):
    def decide(s, args, kwargs):
        bound = {"tensor": Lit(True)} | _bound(s, args, kwargs, "x c tensor")
        x, c, tensor = _array(s, bound["x"]), _array(s, bound["c"]), _known(s, bound["tensor"], "tensor=")
        dtype = dtype_of(s.kind(c))
        if dtype is not None and dtype.kind in "iub":
            c = _call(s, np.ndarray.astype, [c, Ref(float)])
        axes, more = _ndim(s, c), _ndim(s, x) if tensor else 0
        if more and axes > 1:
            c = _call(s, np.expand_dims, [c, Pack(tuple(Lit(axes + k) for k in range(more)))])
        return call_function(s, POLYNOMIALS[fn], [x, c], [], "")
    return decide


def _polynomial_of_several(fn, count: int, grid: bool):
    """One variable after the other: the values at the first are the coefficients for the second."""
    names = "x y z"[:2 * count - 1]

    def decide(s, args, kwargs):
        bound = _bound(s, args, kwargs, names + " c")
        value = bound["c"]
        for k, name in enumerate(names.split()):
            value = _call(s, fn, [bound[name], value, Lit(grid or k == 0)])
        return value
    return decide


def _polydiv(function, names: str):
    def decide(s, args, kwargs):
        u, v = (_array(s, value) for value in _bound(s, args, kwargs, names).values())
        return call_function(s, function, [_call(s, np.atleast_1d, [u]), _call(s, np.atleast_1d, [v])], [], "")
    return decide


def _polypow(s, args, kwargs):
    bound = _bound(s, args, kwargs, "c pow maxpower")
    c = _call(s, np.atleast_1d, [_array(s, bound["c"])])
    return call_function(s, compositions.series_power, [c, bound["pow"]], [], "")


def _poly(s, args, kwargs):
    value = _array(s, _bound(s, args, kwargs, "seq_of_zeros")["seq_of_zeros"])
    dtype = dtype_of(s.kind(value))
    if dtype is not None and dtype.kind == "c":
        raise s.refuse("whether np.poly gives real or complex numbers depends on whether complex roots are in pairs",
                       "use np.polynomial.polynomial.polyfromroots, which gives complex numbers, the lowest order first")
    return NotImplemented


def _polyfit(s, args, kwargs):
    bound = _bound(s, args, kwargs, "x y deg rcond full w cov")
    if not all(_known(s, bound.pop(name, Lit(default)), f"{name}=") == default
               for name, default in (("rcond", None), ("full", False), ("cov", False))):
        raise s.refuse("np.polyfit is followed without rcond=, full=, cov= only",
                       "solve np.linalg.lstsq(np.vander(x, degree + 1), y, rcond)")
    x, y, weights = _array(s, bound["x"]), _array(s, bound["y"]), bound.get("w", Lit(None))
    degree = Lit(_known(s, bound["deg"], "the degree of np.polyfit"))
    weights = weights if weights == Lit(None) else _array(s, weights)
    return call_function(s, compositions.polyfit, [x, y, degree, weights], [], "")


def call_polynomial(s, target, args: list):
    """A call of an object of a class of numpy.polynomial, or of a poly1d, that exists before the derivative is made."""
    def held(name: str):
        return value_of_object(s, getattr(target, name), name, Attribute(target, name), ("polynomial", id(target), name))

    if isinstance(target, np.poly1d):
        return _call(s, np.polyval, [held("coef"), args[0]])
    x = args[0] if isinstance(s.kind(args[0]), Scalar) else _array(s, args[0])
    moved = call_function(s, compositions.map_domain, [x, held("domain"), held("window")], [], "")
    return _call(s, type(target)._val, [moved, held("coef")])


def _linspace(s, args, kwargs):
    """With the step."""
    named = dict(kwargs)
    returned = _known(s, named.pop("retstep", Lit(False)), "retstep=")
    if not returned:
        return NotImplemented if "retstep" not in dict(kwargs) else _call(s, np.linspace, args, list(named.items()))
    bound = {"num": Lit(50), "endpoint": Lit(True)} | _bound(s, args, list(named.items()), "start stop num endpoint")
    num, endpoint = _known(s, bound["num"], "num="), _known(s, bound["endpoint"], "endpoint=")
    parts = num - 1 if endpoint else num
    if parts < 1:
        raise s.refuse("np.linspace with retstep=True has no step between so few numbers", "leave retstep= out")
    step = _call(s, np.divide, [_call(s, np.subtract, [bound["stop"], bound["start"]]), Lit(parts)])
    return Pack((_call(s, np.linspace, args, list(named.items())), step))


def _interp(s, args, kwargs):
    """With a period."""
    bound = _bound(s, args, kwargs, "x xp fp left right period")
    if bound.get("period", Lit(None)) == Lit(None):
        return NotImplemented
    x, xp, fp = (_array(s, bound[name]) for name in ("x", "xp", "fp"))
    return call_function(s, compositions.interp_period, [x, xp, fp, bound["period"]], [], "")


def _cov(s, args, kwargs):
    """With weights."""
    bound = _bound(s, args, kwargs, "m y rowvar bias ddof fweights aweights")
    weights, repeats = (bound.get(name, Lit(None)) for name in ("aweights", "fweights"))
    if weights == Lit(None) == repeats:
        return NotImplemented
    m, other = _array(s, bound["m"]), bound.get("y", Lit(None))
    if _ndim(s, m) != 2 or other != Lit(None) or "dtype" in bound:
        raise s.refuse("np.cov with weights is followed for one matrix of variables only", "stack the variables")
    if not _known(s, bound.get("rowvar", Lit(True)), "rowvar="):
        m = _call(s, np.transpose, [m])
    ddof = _known(s, bound.get("ddof", Lit(None)), "ddof=")
    if ddof is None:
        ddof = 0 if _known(s, bound.get("bias", Lit(False)), "bias=") else 1
    weights, repeats = (w if w == Lit(None) else _array(s, w) for w in (weights, repeats))
    return call_function(s, compositions.weighted_cov, [m, weights, repeats, Lit(ddof)], [], "")


def _pinv(s, args, kwargs):
    named = dict(kwargs)
    if named.pop("hermitian", None) != Lit(False):
        return NotImplemented
    return _call(s, np.linalg.pinv, args, list(named.items()))


def _average(s, args, kwargs):
    """With the sum of the weights."""
    named = dict(kwargs)
    returned = _known(s, named.pop("returned", Lit(False)), "returned=")
    if not returned:
        return NotImplemented if "returned" not in dict(kwargs) else _call(s, np.average, args, list(named.items()))
    mean = _call(s, np.average, args, list(named.items()))
    bound = _bound(s, args, list(named.items()), "a axis weights")
    a, weights = _array(s, bound["a"]), bound.get("weights", Lit(None))
    spread = _call(s, np.ones_like, [a])
    if weights != Lit(None):
        weights = _array(s, weights)
        if _ndim(s, weights) != _ndim(s, a):
            raise s.refuse("np.average with returned=True is followed for weights of the operand's shape only",
                           "give weights of the operand's shape")
        spread = _call(s, np.multiply, [spread, weights])
    keywords = [(k, v) for k, v in bound.items() if k in ("axis", "keepdims")]
    return Pack((mean, _call(s, np.sum, [spread], keywords)))


def _at_least(fn):
    """Of several arrays: a tuple."""
    def decide(s, args, kwargs):
        return Pack(tuple(_call(s, fn, [a]) for a in args)) if len(args) > 1 else NotImplemented
    return decide


def _ediff1d(s, args, kwargs):
    """With elements before and after the differences."""
    bound = _bound(s, args, kwargs, "ary to_end to_begin")
    ends = [bound.get(name, Lit(None)) for name in ("to_begin", "to_end")]
    if ends == [Lit(None)] * 2:
        return NotImplemented
    middle = _call(s, np.ediff1d, [bound["ary"]])
    parts = [_call(s, np.ravel, [_array(s, e)]) if e != Lit(None) else None for e in ends]
    joined = [p for p in (parts[0], middle, parts[1]) if p is not None]
    return _call(s, np.concatenate, [s.b.apply(intrinsics.build_list, *map(s.atom, joined))])


SPECIAL: dict = {np.einsum: _einsum, np.gradient: _gradient, np.pad: _pad,
                 np.apply_along_axis: _apply_along_axis, np.apply_over_axes: _apply_over_axes,
                 np.piecewise: _piecewise}
SPECIAL |= {fn: _polynomial(fn) for fn in POLYNOMIALS}
SPECIAL |= {getattr(sys.modules[fn.__module__], fn.__name__[:-3] + suffix): _polynomial_of_several(fn, count, grid)
            for fn in POLYNOMIALS for suffix, (count, grid) in SEVERAL.items()}
SPECIAL |= {fn: _at_least(fn) for fn in (np.atleast_1d, np.atleast_2d, np.atleast_3d)}
SPECIAL |= {np.ediff1d: _ediff1d, np.interp: _interp, np.cov: _cov, np.linalg.pinv: _pinv, np.average: _average,
            np.linspace: _linspace, np.polyfit: _polyfit, np.poly: _poly,
            np.polydiv: _polydiv(compositions.polydiv, "u v"),
            np.polynomial.polynomial.polydiv: _polydiv(compositions.divide_series, "c1 c2"),
            np.polynomial.polynomial.polypow: _polypow}
