"""The kind of an operation's result, from its operands' kinds.

Three sources, in this order: a table of functions whose result's *axes* we know (`SHAPES`); running the function once on
tiny operands of the same kinds, which gives rank and dtype exactly as NumPy promotes them (`probe`); and, where neither
applies, `UNKNOWN`. Axes that only a probe has seen are unknown sizes: that is always safe, an adjoint is then summed
back at run time.
"""

from __future__ import annotations

import builtins
import math
import operator
import random
import types
import warnings
from collections.abc import Callable

import numpy as np

from srcad import runtime
from srcad.analysis.draws import draw, generator_of
from srcad.rules.registry import find_rule
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Lit, Ref, Var
from srcad.trace.kinds import (
    BOOL,
    BOTTOM,
    COMPLEX,
    FLOAT,
    INT,
    NONE,
    NUMERIC,
    RANGE,
    STRING,
    UNKNOWN,
    Array,
    Bottom,
    Cursor,
    DictOf,
    Kind,
    ListOf,
    Numeric,
    Object,
    Range,
    Scalar,
    Size,
    SliceOf,
    Static,
    Struct,
    Tape,
    TupleOf,
    Unknown,
    dtype_of,
    has_attributes,
    is_scalar,
    join,
    kind_of,
    literal_kind,
    names_of,
    static,
    without_sizes,
)
from srcad.trace.purity import OUTPUT, WRITE, callable_effect

Definition = Callable[[object], "Apply | None"]


def kind_of_atom(atom) -> Kind:
    if isinstance(atom, Var):
        return atom.kind if atom.kind is not None else UNKNOWN
    if isinstance(atom, Lit):
        return BOTTOM if atom.value is UNDEF else literal_kind(atom.value)
    return static(atom.value)


# ---------------------------------------------------------------------------------------------------------------------
# Axes


def broadcast_dim(a, b):
    """The axis that two operands' axes broadcast to."""
    if a == b:
        return a
    if isinstance(a, int) and a == 1:
        return b
    if isinstance(b, int) and b == 1:
        return a
    for known, other in ((a, b), (b, a)):
        if isinstance(known, int):
            return known if known != 1 else other
    for known in (a, b):
        if isinstance(known, Size) and known.not_one:
            return known
    return None


def broadcast(*all_dims):
    """The axes of operands broadcast together; None if a rank is unknown."""
    if any(d is None for d in all_dims):
        return None
    ndim = max((len(d) for d in all_dims), default=0)
    result = [1] * ndim
    for dims in all_dims:
        for k, d in enumerate(dims):
            at = ndim - len(dims) + k
            result[at] = broadcast_dim(result[at], d)
    return tuple(result)


def dims_of(kind: Kind):
    """Axes of a number, () for a scalar, None where unknown."""
    if isinstance(kind, Scalar):
        return ()
    return kind.dims if isinstance(kind, Array) else None


def literal(atom, definition: Definition):
    """The Python value of an atom that is known: a literal, np.inf, what is built of known values; else `UNDEF`."""
    if isinstance(atom, Lit | Ref):
        return atom.value
    apply = definition(atom)
    if apply is not None and apply.fn is getattr and isinstance(apply.args[0], Ref):
        value = getattr(apply.args[0].value, apply.args[1].value, UNDEF)
        return value if type(value) is float and isinstance(apply.args[0].value, types.ModuleType) else UNDEF
    if apply is not None and apply.fn in DISPLAYS:
        parts = [literal(a, definition) for a in apply.args]
        if not any(p is UNDEF for p in parts):
            try:
                return DISPLAYS[apply.fn](parts)
            except (TypeError, ValueError):
                return UNDEF
    return UNDEF


#: What makes a known value of known parts.
DISPLAYS: dict = {intrinsics.build_tuple: tuple, intrinsics.build_list: list, intrinsics.build_slice: lambda p: slice(*p),
                  range: lambda p: range(*p), operator.neg: lambda p: -p[0]}


def shape_broadcast(operands, kwargs, definition):
    return broadcast(*(dims_of(kind_of_atom(a)) for a in operands))


def shape_elementwise(operands, kwargs, definition):
    """Operands that are not numbers are options, which have no axes."""
    given = [kind_of_atom(a) for a in (*operands, *(a for _, a in kwargs))]
    return broadcast(*(dims_of(kind) for kind in given if not isinstance(kind, Static)))


def _is_elementwise(fn) -> bool:
    rule = find_rule(fn)
    return rule is not None and rule.kind == "elementwise"


def shape_same(operands, kwargs, definition):
    return dims_of(kind_of_atom(operands[0]))


def shape_same_unless_flat(operands, kwargs, definition):
    axis = argument(operands, kwargs, 1, "axis")
    if axis is None or isinstance(axis, Lit) and axis.value is None:
        return (None,)
    return dims_of(kind_of_atom(operands[0]))


def shape_same_if_axis_default(operands, kwargs, definition):
    return dims_of(kind_of_atom(operands[0]))


def argument(args, kwargs, position: int, name: str):
    """The atom given for a parameter, or None."""
    if len(args) > position:
        return args[position]
    return dict(kwargs).get(name)


def shape_reduce(operands, kwargs, definition):
    """Axes left by a reduction; None where `axis` or `keepdims` are not literal."""
    dims = dims_of(kind_of_atom(operands[0]))
    if dims is None:
        return None
    axis = argument(operands, kwargs, 1, "axis")
    axis = None if axis is None else literal(axis, definition)
    if len(operands) > 2:
        return None               # keepdims may be among them: the probe will tell
    keep = dict(kwargs).get("keepdims")
    keep = False if keep is None else literal(keep, definition)
    if axis is UNDEF or not isinstance(keep, bool):
        return None
    if axis is None:
        axes = set(range(len(dims)))
    else:
        try:
            axes = {operator.index(k) % len(dims) for k in (axis if isinstance(axis, tuple) else (axis,))}
        except (TypeError, ZeroDivisionError):
            return None
    if keep:
        return tuple(1 if k in axes else d for k, d in enumerate(dims))
    return tuple(d for k, d in enumerate(dims) if k not in axes)


def shape_matmul(operands, kwargs, definition):
    a, b = (dims_of(kind_of_atom(x)) for x in operands[:2])
    if not a or not b:
        return None
    if len(a) == 1 and len(b) == 1:
        return ()
    if len(a) == 1:
        return (*b[:-2], b[-1])
    if len(b) == 1:
        return a[:-1]
    stack = broadcast(a[:-2], b[:-2])
    return (*stack, a[-2], b[-1])


def shape_dot(operands, kwargs, definition):
    a, b = (dims_of(kind_of_atom(x)) for x in operands[:2])
    if a is None or b is None:
        return None
    if not a or not b:
        return a or b
    if len(b) == 1:
        return a[:-1]
    return (*a[:-1], *b[:-2], b[-1])


def shape_outer(operands, kwargs, definition):
    a, b = (dims_of(kind_of_atom(x)) for x in operands[:2])
    if a is None or b is None or len(a) != 1 or len(b) != 1:
        return (None, None)
    return (a[0], b[0])


def shape_transpose(operands, kwargs, definition):
    dims = dims_of(kind_of_atom(operands[0]))
    if dims is None:
        return None
    axes = argument(operands, kwargs, 1, "axes")
    if len(operands) > 2:
        axes = [literal(a, definition) for a in operands[1:]]
    elif axes is not None:
        axes = literal(axes, definition)
        axes = [axes] if isinstance(axes, int) else axes
    if axes is None:
        return dims[::-1]
    if axes is UNDEF or UNDEF in list(axes):
        return (None,) * len(dims)
    return tuple(dims[k] for k in axes)


def shape_creation(operands, kwargs, definition):
    """zeros((n, m)): literal lengths are known, a symbol stands for each other length."""
    return shape_given(operands[0] if operands else dict(kwargs).get("shape"), definition)


def _length(atom):
    if isinstance(atom, Lit):
        return atom.value if type(atom.value) is int and atom.value >= 0 else None
    return Size(f"#{atom.serial}") if isinstance(atom, Var) else None


def _literal_length(atom):
    """A length of a new shape: a variable's value may be -1, which stands for another length in every array."""
    return _length(atom) if isinstance(atom, Lit) else None


def shape_reshape(operands, kwargs, definition):
    if len(operands) > 2:
        return tuple(map(_literal_length, operands[1:]))
    shape = argument(operands, kwargs, 1, "shape")
    made = definition(shape)
    if made is not None and made.fn in (intrinsics.build_tuple, intrinsics.build_list):
        return tuple(map(_literal_length, made.args))
    return (_literal_length(shape),) if is_scalar(kind_of_atom(shape)) else shape_given(shape, definition)


def shape_given(shape, definition):
    """The axes that a shape, given as an atom, stands for; None if not even their number is known."""
    if shape is None:
        return None
    apply = definition(shape)
    if apply is not None and apply.fn in (intrinsics.build_tuple, intrinsics.build_list):
        return tuple(_length(a) for a in apply.args)
    if apply is not None and apply.fn is getattr and apply.args[1] == Lit("shape"):
        return dims_of(kind_of_atom(apply.args[0]))
    kind = kind_of_atom(shape)
    if isinstance(kind, Scalar):
        return (_length(shape),)
    return (None,) * len(kind.items) if isinstance(kind, TupleOf) else None


def shape_arange(operands, kwargs, definition):
    """The axis of a range of literal numbers."""
    numbers = [literal(a, definition) for a in operands]
    if kwargs or not numbers or not all(type(n) in (int, float) for n in numbers):
        return None
    return (len(np.arange(*numbers)),)


def shape_linspace(operands, kwargs, definition):
    num = argument(operands, kwargs, 2, "num")
    if any(dims_of(kind_of_atom(a)) != () for a in operands[:2]):
        return None
    return (50,) if num is None else (_length(num),)


def shape_eye(operands, kwargs, definition):
    rows, columns = operands[0], argument(operands, kwargs, 1, "M")
    return (_length(rows), _length(rows if columns is None else columns))


def shape_concatenate(operands, kwargs, definition):
    """Joined axes that are none of length 1 make one that is not of length 1 either."""
    made, axis = definition(operands[0]), argument(operands, kwargs, 1, "axis")
    axis = 0 if axis is None else literal(axis, definition)
    if made is None or made.fn not in (intrinsics.build_tuple, intrinsics.build_list) or type(axis) is not int:
        return None
    parts = [dims_of(kind_of_atom(a)) for a in made.args]
    if not parts or any(not d or len(d) != len(parts[0]) for d in parts) or not -len(parts[0]) <= axis < len(parts[0]):
        return None
    joined = [d[axis] for d in parts]
    if all(type(d) is int for d in joined):
        length = sum(joined)
    elif all((isinstance(d, Size) and d.not_one) or (type(d) is int and d != 1) for d in joined):
        length = Size("+".join(d.name if isinstance(d, Size) else str(d) for d in joined), True)
    else:
        length = None
    result = [next((d[k] for d in parts if d[k] is not None), None) for k in range(len(parts[0]))]
    result[axis] = length
    return tuple(result)


def shape_stack(operands, kwargs, definition):
    made, axis = definition(operands[0]), argument(operands, kwargs, 1, "axis")
    axis = 0 if axis is None else literal(axis, definition)
    if made is None or made.fn not in (intrinsics.build_tuple, intrinsics.build_list) or type(axis) is not int:
        return None
    dims = dims_of(kind_of_atom(made.args[0])) if made.args else None
    if dims is None or not -len(dims) - 1 <= axis <= len(dims):
        return None
    axis %= len(dims) + 1
    return (*dims[:axis], len(made.args), *dims[axis:])


def shape_array(operands, kwargs, definition):
    """The axes of an array made from a display of numbers or arrays; otherwise those of the operand."""
    made = definition(operands[0])
    if made is None or made.fn not in (intrinsics.build_tuple, intrinsics.build_list) or not made.args:
        return shape_same(operands, kwargs, definition)
    inner = shape_array(made.args[:1], (), definition) if isinstance(made.args[0], Var) else ()
    return None if inner is None else (len(made.args), *inner)


def _tensordot_kind(args, kwargs, definition):
    """How many axes are left depends on the value of `axes`."""
    axes = argument(args, kwargs.items(), 2, "axes")
    axes = 2 if axes is None else literal(axes, definition)
    a, b = (dims_of(kind_of_atom(x)) for x in args[:2])
    dtypes = [dtype_of(kind_of_atom(x)) for x in args[:2]]
    dtype = None if None in dtypes else np.result_type(*dtypes)
    if a is None or b is None or axes is UNDEF:
        return Array(dtype)
    if type(axes) is int:
        return Array(dtype, a[:len(a) - axes] + b[axes:])
    try:
        left, right = ({k % len(d) for k in ((axis,) if type(axis) is int else axis)} for axis, d in zip(axes, (a, b)))
    except (TypeError, ZeroDivisionError):
        return Array(dtype)
    return Array(dtype, tuple(d for k, d in enumerate(a) if k not in left) + tuple(
        d for k, d in enumerate(b) if k not in right))


def shape_einsum(operands, kwargs, definition):
    """Each subscript's axis, of all the operands that have it; None with an ellipsis."""
    subscripts = literal(operands[0], definition)
    given = [dims_of(kind_of_atom(a)) for a in operands[1:]]
    if type(subscripts) is not str or "..." in subscripts or "->" not in subscripts or None in given:
        return None
    inputs, _, output = subscripts.replace(" ", "").partition("->")
    axes: dict = {}
    for letters, dims in zip(inputs.split(","), given):
        if len(letters) != len(dims):
            return None
        for letter, dim in zip(letters, dims):
            axes[letter] = broadcast_dim(axes.get(letter, 1), dim)
    return tuple(axes.get(letter) for letter in output)


def shape_expand_dims(operands, kwargs, definition):
    dims, axis = dims_of(kind_of_atom(operands[0])), argument(operands, kwargs, 1, "axis")
    axis = literal(axis, definition) if axis is not None else UNDEF
    if dims is None or type(axis) is not int or not -len(dims) - 1 <= axis <= len(dims):
        return None
    axis %= len(dims) + 1
    return (*dims[:axis], 1, *dims[axis:])


def shape_swapaxes(operands, kwargs, definition):
    dims, axes = dims_of(kind_of_atom(operands[0])), [literal(a, definition) for a in operands[1:3]]
    if dims is None or len(axes) != 2 or not all(type(k) is int and -len(dims) <= k < len(dims) for k in axes):
        return None
    result = list(dims)
    result[axes[0]], result[axes[1]] = dims[axes[1]], dims[axes[0]]
    return tuple(result)


def shape_solve(operands, kwargs, definition):
    a, b = (dims_of(kind_of_atom(x)) for x in operands[:2])
    return b if a is not None and b is not None and len(a) == 2 and len(b) <= 2 else None


def shape_like_second(operands, kwargs, definition):
    """The adjoint of the second operand, or something in its shape."""
    return dims_of(kind_of_atom(operands[1]))


# ---------------------------------------------------------------------------------------------------------------------
# Subscripts


def sliced_dim(dim, piece: SliceOf):
    """The axis that a slice of an axis has."""
    start, stop, step = piece.start, piece.stop, piece.step
    if "?" in (start, stop, step) or step not in (None, 1, -1):
        return None
    if start is None and stop is None:
        return dim
    if step == -1:
        return None
    if isinstance(dim, int):
        return len(range(*slice(start, stop, step).indices(dim)))
    dropped = 0
    if start is not None:
        if start < 0:
            return None
        dropped += start
    if stop is not None:
        if stop >= 0:
            return None
        dropped -= stop
    if dropped == 0:
        return dim
    return Size(f"{dim.name}-{dropped}") if isinstance(dim, Size) and "-" not in dim.name else None


def subscript_dims(dims, index, definition):
    """(axes of ``x[index]``, is the index basic?); axes None if unknown."""
    apply = definition(index)
    parts = apply.args if apply is not None and apply.fn is intrinsics.build_tuple else (index,)
    kinds = [kind_of_atom(p) for p in parts]
    if len(kinds) == 1 and isinstance(kinds[0], TupleOf):
        kinds = list(kinds[0].items)
    basic, advanced, taken = [], [], 0
    for part, kind in zip(parts if len(parts) == len(kinds) else [None] * len(kinds), kinds):
        if isinstance(part, Lit) and part.value is Ellipsis or isinstance(kind, Static) and kind.value is Ellipsis:
            basic.append("...")
        elif isinstance(kind, Static) and kind.value is None:
            basic.append("new")
        elif isinstance(kind, SliceOf) or isinstance(kind, Object) and kind.cls is slice:
            basic.append(kind if isinstance(kind, SliceOf) else SliceOf("?", "?", "?"))
            taken += 1
        elif isinstance(kind, Scalar) and kind.base is int or _is_index(kind):
            basic.append("int")
            taken += 1
        elif isinstance(kind, Array | ListOf | Scalar):
            if isinstance(kind, Array) and kind.dims is None or isinstance(kind, ListOf) and not is_scalar(kind.element):
                return None, False
            advanced.append(kind)
            boolean = isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind == "b"
            rank = kind.ndim if boolean else 1
            if rank is None:
                return None, False
            basic.append(("mask", rank) if boolean else "array")
            taken += rank
        else:
            return None, False
    if dims is None or taken > len(dims):
        return None, not advanced
    fill = len(dims) - taken
    if "..." not in basic:
        basic.append("...")
    result, at = [], 0
    for item in basic:
        if item == "...":
            result += dims[at:at + fill]
            at += fill
        elif item == "new":
            result.append(1)
        elif isinstance(item, SliceOf):
            result.append(sliced_dim(dims[at], item))
            at += 1
        elif item in ("int", "array"):
            at += 1
        else:
            at += item[1]
    if not advanced:
        return tuple(result), True
    ranks = [1 if isinstance(k, ListOf) or isinstance(k, Array) and k.dtype is not None and k.dtype.kind == "b"
             else dims_of(k) and len(dims_of(k)) or (1 if not isinstance(k, Scalar) else 0) for k in advanced]
    broadcast_rank = max(ranks)
    return (None,) * (len(result) + broadcast_rank), False


def _is_index(kind: Kind) -> bool:
    """Is it an integer array without axes, which picks one item as an integer does?"""
    return isinstance(kind, Array) and kind.dims == () and kind.dtype is not None and kind.dtype.kind in "iu"


def infer_getitem(args, definition) -> Kind:
    container, index = args
    kind = kind_of_atom(container)
    key = literal(index, definition)
    if isinstance(kind, Scalar) and kind.dtype is not None:      # NumPy's numbers are indexed as arrays without axes
        kind = Array(kind.dtype, ())
    match kind:
        case Array():
            dims, basic = subscript_dims(kind.dims, index, definition)
            if dims == () and basic and not _has_ellipsis(index, definition):
                return scalar_of(kind.dtype)
            return Array(kind.dtype, dims) if dims is not None else NUMERIC
        case TupleOf() | ListOf() if isinstance(key, slice) and kind_items(kind) is not None:
            items = kind_items(kind)[key]
            return TupleOf(items) if isinstance(kind, TupleOf) else ListOf(kind.element, items)
        case TupleOf() | ListOf() if type(key) is int and kind_items(kind) is not None:
            items = kind_items(kind)
            return items[key] if -len(items) <= key < len(items) else BOTTOM
        case TupleOf(items=items):
            result = BOTTOM
            for item in items:
                result = join(result, item)
            return result
        case ListOf(element=element):
            if isinstance(kind_of_atom(index), SliceOf):
                return ListOf(element)
            return element
        case DictOf(keys=keys, values=values):
            if key is not UNDEF:
                return values[keys.index(key)] if key in keys else BOTTOM
            result = BOTTOM
            for item in values:
                result = join(result, item)
            return result
        case Range():
            return RANGE if isinstance(kind_of_atom(index), SliceOf) else INT
        case Object(cls=cls) if cls is str:
            return STRING
        case Numeric():
            return NUMERIC
        case Bottom():
            return BOTTOM
    return UNKNOWN


def _has_ellipsis(index, definition) -> bool:
    apply = definition(index)
    parts = apply.args if apply is not None and apply.fn is intrinsics.build_tuple else (index,)
    return any(isinstance(p, Lit) and p.value is Ellipsis for p in parts)


def kind_items(kind):
    return kind.items


def scalar_of(dtype) -> Kind:
    """The kind of one element of an array."""
    if dtype is None:
        return NUMERIC
    from srcad.trace.kinds import NUMPY_BASES

    return Scalar(NUMPY_BASES[dtype.kind], dtype) if dtype.kind in NUMPY_BASES else UNKNOWN


# ---------------------------------------------------------------------------------------------------------------------
# Probing


PROBE_SIZE = 3
#: In place of an integer to try: several axes, each another one.
DISTINCT = None
_cache: dict = {}


def sample(kind: Kind, integer: int | None, truth: bool = True):
    """A tiny value of a kind; raises LookupError if there is none."""
    match kind:
        case Scalar(base=base, dtype=dtype):
            value = (integer or 0) if base is int else truth if base is bool else 0.5
            return base(value) if dtype is None else dtype.type(value)
        case Array(dtype=dtype, dims=dims) if dims is not None and dtype is not None and dtype.kind in "biufc":
            shape = tuple(1 if d == 1 else PROBE_SIZE for d in dims)
            values = np.linspace(0.25, 0.75, math.prod(shape)).reshape(shape)
            if len(shape) >= 2 and shape[-1] == shape[-2]:
                values = values + np.eye(shape[-1])
                values = (values + np.swapaxes(values, -1, -2)) / 2
            return (values > 0.5 if dtype.kind == "b" else np.asarray(values)).astype(dtype)
        case TupleOf(items=items):
            if integer is DISTINCT and all(k == INT for k in items):
                return tuple(range(len(items)))
            made = tuple(sample(k, integer) for k in items)
            return made if kind.cls is None else kind.cls(*made)
        case ListOf(element=element, items=items):
            return [sample(k, integer) for k in (items if items is not None else (element,) * PROBE_SIZE)]
        case Static(value=value):
            return value
        case SliceOf(start=a, stop=b, step=c):
            return slice(*(None if p == "?" else p for p in (a, b, c)))
        case Range():
            return range(PROBE_SIZE)
        case Object(cls=cls) if cls is str:
            return "s"
    raise LookupError(kind)


def probe(fn, args, kwargs, definition) -> Kind:
    """The kind of ``fn(*args, **kwargs)``, found by calling it on tiny operands; UNKNOWN if that is not possible."""
    if find_rule(fn) is None and callable_effect(fn) >= WRITE:
        return UNKNOWN             # it may do anything: it is never called while a derivative is made
    key = None
    try:
        values = [literal(a, definition) for a in args]
        named = {k: literal(a, definition) for k, a in kwargs}
        kinds = tuple(kind_of_atom(a) if v is UNDEF else ("is", type(v), repr(v)) for a, v in zip(args, values))
        nkinds = tuple((k, kind_of_atom(a) if named[k] is UNDEF else ("is", repr(named[k]))) for k, a in kwargs)
        key = (fn, kinds, nkinds)
        if key in _cache:
            return _cache[key]
    except TypeError:
        key = None
    atoms = [*zip(args, values), *((a, named[k]) for k, a in kwargs)]
    options = any(v is UNDEF and kind_of_atom(a) == BOOL for a, v in atoms)     # such as keepdims=
    result = _tried(fn, args, values, kwargs, named, True)
    if options and result != UNKNOWN:
        other = _tried(fn, args, values, kwargs, named, False)
        result = UNKNOWN if other == UNKNOWN else join(result, other)
    if key is not None:
        _cache[key] = result
    return result


def _tried(fn, args, values: list, kwargs, named: dict, truth: bool) -> Kind:
    """The kind of a call with tiny operands, and this truth value for booleans that are not known."""
    for integer in (1, 0, 2, DISTINCT):
        try:
            actual = [sample(kind_of_atom(a), integer, truth) if v is UNDEF else v for a, v in zip(args, values)]
            actual_named = {k: sample(kind_of_atom(a), integer, truth) if named[k] is UNDEF else named[k]
                            for k, a in kwargs}
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return forget_sizes(kind_of(fn(*actual, **actual_named)))
        except LookupError:
            break
        except Exception:
            continue
    return UNKNOWN


def kind_of_draw(fn, args, kwargs, definition) -> Kind:
    """The kind of what a random generator gives."""
    values = [literal(a, definition) for a in args]
    named = {k: literal(a, definition) for k, a in kwargs}
    own = 0 if getattr(fn, "__self__", None) is not None else 1
    try:
        actual = [None] * own + [sample(kind_of_atom(a), 1) if v is UNDEF else v for a, v in zip(args[own:], values[own:])]
        for k, a in kwargs:
            named[k] = sample(kind_of_atom(a), 1) if named[k] is UNDEF else named[k]
        return forget_sizes(kind_of(draw(fn, actual, named)))
    except Exception:
        return UNKNOWN


def forget_sizes(kind: Kind) -> Kind:
    """A kind without what a probe cannot know: sizes of axes, the value of a static result."""
    match kind:
        case Array(dtype=dtype, dims=dims):
            return Array(dtype, None if dims is None else (None,) * len(dims))
        case TupleOf(items=items):
            return TupleOf(tuple(map(forget_sizes, items)), kind.cls)
        case ListOf(element=element, items=items):
            return ListOf(forget_sizes(element), None)
        case Static(value=value) if type(value) is bool:
            return BOOL
        case Static(value=value) if type(value) is str:
            return STRING
    return kind


# ---------------------------------------------------------------------------------------------------------------------
# The tables

ARITHMETIC = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
    operator.neg, operator.pos, operator.abs, operator.invert, operator.and_, operator.or_, operator.xor,
    operator.lshift, operator.rshift, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
    builtins.abs, divmod, pow,
}
IN_PLACE = {
    operator.iadd: operator.add, operator.isub: operator.sub, operator.imul: operator.mul,
    operator.itruediv: operator.truediv, operator.ifloordiv: operator.floordiv, operator.imod: operator.mod,
    operator.ipow: operator.pow, operator.imatmul: operator.matmul, operator.iand: operator.and_,
    operator.ior: operator.or_, operator.ixor: operator.xor, operator.ilshift: operator.lshift,
    operator.irshift: operator.rshift,
}
REDUCTIONS = (
    "sum mean prod max min amax amin std var all any argmax argmin median nansum nanmean nanmax nanmin "
    "nanprod nanstd nanvar ptp count_nonzero"
).split()
SAME_SHAPE = (
    "zeros_like ones_like empty_like full_like copy flip fliplr flipud sort argsort round around nan_to_num "
    "real imag conj conjugate angle ascontiguousarray asarray array asfortranarray roll tril triu isreal "
    "iscomplex real_if_close unwrap"
).split()
BROADCASTING = ["where", "clip", "isclose"]

#: Function → the axes of its result.
SHAPES: dict = {}
for _name in REDUCTIONS:
    SHAPES[getattr(np, _name)] = shape_reduce
for _name in SAME_SHAPE:
    SHAPES[getattr(np, _name)] = shape_same
for _name in BROADCASTING:
    SHAPES[getattr(np, _name)] = shape_broadcast
for _name in ("cumsum", "cumprod", "cumulative_sum"):
    if hasattr(np, _name):
        SHAPES[getattr(np, _name)] = shape_same_unless_flat
for _name in ("zeros", "ones", "empty", "full"):
    SHAPES[getattr(np, _name)] = shape_creation
SHAPES |= {
    operator.matmul: shape_matmul, np.matmul: shape_matmul, np.dot: shape_dot, np.outer: shape_outer,
    np.transpose: shape_transpose, np.reshape: shape_reshape,
    np.linalg.inv: shape_same, np.linalg.cholesky: shape_same,
}
for _name in ["sum", "mean", "prod", "max", "min", "std", "var", "all", "any", "argmax", "argmin", "ptp"]:
    if hasattr(np.ndarray, _name):
        SHAPES[getattr(np.ndarray, _name)] = shape_reduce
for _name in ("copy", "astype", "conj", "conjugate", "round", "argsort"):
    SHAPES[getattr(np.ndarray, _name)] = shape_same



def shape_of_shape(operands, kwargs, definition):
    """broadcast_to(g, x.shape)"""
    made = definition(operands[1]) if len(operands) > 1 else None
    if made is not None and made.fn is getattr and made.args[1] == Lit("shape"):
        return dims_of(kind_of_atom(made.args[0]))
    return shape_reshape(operands, kwargs, definition)


def shape_of_second(operands, kwargs, definition):
    return dims_of(kind_of_atom(operands[1]))


SHAPES[np.broadcast_to] = shape_of_shape
SHAPES |= {
    np.ndarray.clip: shape_broadcast, np.ndarray.dot: shape_dot, np.ndarray.transpose: shape_transpose,
    np.ndarray.reshape: shape_reshape, np.ndarray.cumsum: shape_same_unless_flat,
    np.ndarray.cumprod: shape_same_unless_flat,
}

SHAPES |= {
    np.arange: shape_arange, np.linspace: shape_linspace, np.eye: shape_eye, np.identity: shape_eye,
    np.concatenate: shape_concatenate, np.stack: shape_stack, np.array: shape_array, np.asarray: shape_array,
    np.einsum: shape_einsum,
    np.expand_dims: shape_expand_dims, np.swapaxes: shape_swapaxes, np.ndarray.swapaxes: shape_swapaxes,
    np.linalg.solve: shape_solve,
}
for _fn in (runtime.unbroadcast, runtime.broadcast_like, runtime.reshape_like, runtime.place_diagonal, runtime.untile,
            runtime.unrepeat, runtime.untake, runtime.untake_along, runtime.on_diagonals, runtime.sort_like,
            runtime.unsort_like, runtime.undiff, runtime.ungradient, runtime.fit_residuals, runtime.unpick, runtime.crop,
            runtime.pick):
    SHAPES[_fn] = shape_like_second
for _fn in (runtime.shift, runtime.shift_back, runtime.recurrence, runtime.recurrence_back, runtime.product_of_others,
            runtime.cofactors, runtime.minors):
    SHAPES[_fn] = shape_same

FIXED: dict = dict.fromkeys(OUTPUT, NONE) | {
    np.random.default_rng: Object(np.random.Generator), np.random.RandomState: Object(np.random.RandomState),
    random.Random: Object(random.Random),
    len: INT, isinstance: BOOL, issubclass: BOOL, callable: BOOL, hasattr: BOOL, operator.not_: BOOL, operator.is_: BOOL,
    operator.is_not: BOOL, operator.contains: BOOL, bool: BOOL, str: STRING, repr: STRING, format: STRING,
    intrinsics.build_string: STRING, intrinsics.format_value: STRING, range: RANGE, id: INT, hash: INT,
    intrinsics.push: NONE, intrinsics.raise_: BOTTOM, operator.setitem: NONE, operator.delitem: NONE, setattr: NONE,
    intrinsics.add_at: NONE, intrinsics.scatter_at: NONE, runtime.add_items: NONE, runtime.add_to_item: NONE,
    list.append: NONE,
    delattr: NONE, operator.index: INT, any: BOOL, all: BOOL,
    np.random.default_rng: Object(np.random.Generator), np.random.RandomState: Object(np.random.RandomState),
    random.Random: Object(random.Random),
}


def infer(fn, args, kwargs, definition: Definition) -> Kind:
    """The kind of ``fn(*args, **kwargs)``; `definition` gives the Apply that defines a Var, or None."""
    if fn in FIXED:
        return FIXED[fn]
    if fn in IN_PLACE:
        return infer(IN_PLACE[fn], args, kwargs, definition)
    structural = STRUCTURE.get(fn)
    if structural is not None:
        return structural(args, dict(kwargs), definition)
    kinds = [kind_of_atom(a) for a in args]
    if any(isinstance(k, Bottom) for k in kinds) and not isinstance(fn, Var):
        return BOTTOM
    shape = SHAPES.get(fn)
    if shape is None and (fn in ARITHMETIC or isinstance(fn, np.ufunc) and fn.signature is None and fn.nout == 1):
        shape = shape_broadcast
    if shape is None and _is_elementwise(fn):
        shape = shape_elementwise
    if shape is shape_broadcast and any(isinstance(k, Numeric) for k in kinds):
        return NUMERIC
    result = probe(fn, args, kwargs, definition) if generator_of(fn) is None else kind_of_draw(fn, args, kwargs, definition)
    if isinstance(result, Scalar) and any(isinstance(k, Numeric | Unknown) for k in kinds):
        return NUMERIC
    if isinstance(result, Unknown) and shape is shape_broadcast:
        if all(isinstance(k, Scalar | Array | Numeric) for k in kinds):
            dims = broadcast(*map(dims_of, kinds))
            return NUMERIC if dims is None else Array(None, dims) if dims else UNKNOWN
        return UNKNOWN
    if isinstance(result, Array) and shape is not None:
        dims = shape(args, kwargs, definition)
        if dims is not None and (result.ndim is None or len(dims) == result.ndim):
            return Array(result.dtype, dims)
    if isinstance(result, Unknown) and shape is not None and fn not in ARITHMETIC:
        dims = shape(args, kwargs, definition)
        if dims is not None and kinds and isinstance(kinds[0], Array | ListOf):
            return Array(kinds[0].dtype if isinstance(kinds[0], Array) else None, dims) if dims else NUMERIC
    return result


def _tuple_kind(args, kwargs, definition):
    return TupleOf(tuple(map(kind_of_atom, args)))


def _list_kind(args, kwargs, definition):
    items = tuple(map(kind_of_atom, args))
    element = BOTTOM
    for item in items:
        element = join(element, item)
    return ListOf(element, items)


def _dict_kind(args, kwargs, definition):
    keys = [literal(k, definition) for k in args[::2]]
    if any(k is UNDEF for k in keys):
        return UNKNOWN
    return DictOf(tuple(keys), tuple(map(_value_kind, args[1::2])))


def _value_kind(atom) -> Kind:
    """The kind of a dict's value: an option stays this very option."""
    return kind_of(atom.value) if isinstance(atom, Lit) and type(atom.value) is bool else kind_of_atom(atom)


def _slice_kind(args, kwargs, definition):
    return SliceOf(*(a.value if isinstance(a, Lit) else "?" for a in args))


def _unpack_kind(args, kwargs, definition):
    kind, count, star = kind_of_atom(args[0]), args[1].value, args[2].value
    if isinstance(kind, TupleOf | ListOf) and kind.items is not None:
        items = kind.items
        if star < 0:
            return TupleOf(items) if len(items) == count else BOTTOM
        after = count - star - 1
        middle = _list_of(items[star:len(items) - after])
        return TupleOf((*items[:star], middle, *items[len(items) - after:]))
    element = element_kind(kind)
    return TupleOf(tuple(ListOf(element) if k == star else element for k in range(count)))


def _list_of(items):
    element = BOTTOM
    for item in items:
        element = join(element, item)
    return ListOf(element, tuple(items))


def element_kind(kind: Kind) -> Kind:
    """What iterating over a value gives."""
    match kind:
        case Array(dtype=dtype, dims=dims):
            if dims is None:
                return NUMERIC
            return scalar_of(dtype) if len(dims) == 1 else Array(dtype, dims[1:])
        case TupleOf(items=items):
            element = BOTTOM
            for item in items:
                element = join(element, item)
            return element
        case ListOf(element=element):
            return element
        case Range():
            return INT
        case Tape(entry=entry) | Cursor(entry=entry):
            return entry_kind(entry)
        case Bottom():
            return BOTTOM
    return UNKNOWN


def entry_kind(entry: tuple | None) -> Kind:
    """The kind of one entry of a tape: a tuple, or the bare value if one value was pushed."""
    if entry is None:
        return BOTTOM
    return entry[0] if len(entry) == 1 else TupleOf(entry)


def _getattr_kind(args, kwargs, definition):
    kind, name = kind_of_atom(args[0]), args[1].value
    match kind:
        case Static(value=value):
            try:
                return without_sizes(kind_of(getattr(value, name)))
            except AttributeError:
                return UNKNOWN
        case Struct() | TupleOf() if has_attributes(kind) and name in names_of(kind):
            return kind.items[names_of(kind).index(name)]
        case Array(dtype=dtype, dims=dims):
            match name:
                case "mT" if dims is not None and len(dims) < 2:
                    return BOTTOM
                case "T" | "mT":
                    if dims is None:
                        return Array(dtype)
                    return Array(dtype, dims[::-1] if name == "T" else (*dims[:-2], dims[-1], dims[-2]))
                case "real" | "imag":
                    return Array(dtype if dtype is None else np.empty(0, dtype).real.dtype, dims)
                case "shape":
                    return UNKNOWN if dims is None else TupleOf((INT,) * len(dims))
                case "size" | "ndim" | "nbytes" | "itemsize":
                    return INT
                case "dtype":
                    return Object(np.dtype)
                case "flat":
                    return Array(dtype, (None,))
        case Scalar(base=base, dtype=dtype):
            match name:
                case "real" | "imag" if dtype is None:
                    return Scalar(float if base in (float, complex) else int)
                case "real" | "imag":
                    real = np.empty(0, dtype).real.dtype
                    return Scalar(float if base is complex else base, real)
                case "T" if dtype is not None:
                    return kind
                case "shape":
                    return TupleOf(())
                case "ndim" | "size":
                    return INT
                case "dtype":
                    return Object(np.dtype)
        case Numeric():
            if name in ("T", "real", "imag"):
                return NUMERIC
        case Bottom():
            return BOTTOM
    return UNKNOWN


def _index_add_kind(args, kwargs, definition):
    return kind_of_atom(args[0])


def _copy_kind(args, kwargs, definition):
    return kind_of_atom(args[0])


def _tape_reader(args, kwargs, definition):
    kind = kind_of_atom(args[0])
    return Cursor(kind.entry) if isinstance(kind, Tape) else UNKNOWN


def _take_kind(args, kwargs, definition):
    kind = kind_of_atom(args[0])
    return entry_kind(kind.entry) if isinstance(kind, Cursor) else UNKNOWN


def _minmax_kind(args, kwargs, definition):
    if len(args) == 1:
        return element_kind(kind_of_atom(args[0]))
    result = kind_of_atom(args[0])
    for a in args[1:]:
        result = join(result, kind_of_atom(a))
    return result


def _sum_kind(args, kwargs, definition):
    start = kind_of_atom(args[1]) if len(args) > 1 else kind_of_atom(kwargs["start"]) if "start" in kwargs else INT
    element = element_kind(kind_of_atom(args[0]))
    if isinstance(element, Array) and is_scalar(start):
        return Array(element.dtype, element.dims)
    if isinstance(element, Scalar) and isinstance(start, Scalar):
        return Scalar(start.base if isinstance(element, Bottom) else join(element, start).base, element.dtype) \
            if isinstance(join(element, start), Scalar) else NUMERIC
    return join(element, start)


def _float_kind(args, kwargs, definition):
    return FLOAT


def _unstack_kind(args, kwargs, definition):
    """As many arrays as the axis is long, if that is known."""
    axis = kwargs.get("axis", Lit(0))
    dims, dtype = dims_of(kind_of_atom(args[0])), dtype_of(kind_of_atom(args[0]))
    if dims is None or not isinstance(axis, Lit) or not -len(dims) <= axis.value < len(dims):
        return UNKNOWN
    length, rest = dims[axis.value], tuple(d for k, d in enumerate(dims) if k != axis.value % len(dims))
    return TupleOf((Array(dtype, rest) if rest else scalar_of(dtype),) * length) if type(length) is int else UNKNOWN


def _squeeze_kind(args, kwargs, definition):
    """Which axes have length 1 may be known only when the program runs, and then the rank is not known."""
    kind, axis = kind_of_atom(args[0]), literal(args[1] if len(args) > 1 else kwargs.get("axis", Lit(None)), definition)
    dims = dims_of(kind)
    if not isinstance(kind, Array) or dims is None or axis is UNDEF:
        return Array(dtype_of(kind)) if isinstance(kind, Array) else kind if isinstance(kind, Scalar) else UNKNOWN
    if axis is None:
        known = all(isinstance(d, int) or d is not None and d.not_one for d in dims)
        return Array(kind.dtype, tuple(d for d in dims if d != 1) if known else None)
    gone = {a % len(dims) for a in (axis if isinstance(axis, tuple) else (axis,)) if -len(dims) <= a < len(dims)}
    return Array(kind.dtype, tuple(d for k, d in enumerate(dims) if k not in gone))


def _split_kind(args, kwargs, definition):
    """A list of arrays."""
    kind = kind_of_atom(args[0])
    if not isinstance(kind, Array):
        return UNKNOWN
    return ListOf(Array(kind.dtype, None if kind.dims is None else (None,) * len(kind.dims)))


def _unravelled_kind(args, kwargs, definition):
    """A tuple with as many indices as there are axes."""
    shape, numbers = kind_of_atom(args[1]), kind_of_atom(args[0])
    if not isinstance(shape, TupleOf):
        return UNKNOWN
    item = Scalar(int, np.dtype(np.intp)) if isinstance(numbers, Scalar) else Array(np.dtype(np.intp), dims_of(numbers))
    return TupleOf((item,) * len(shape.items))


def _numbers_kind(args, kwargs, definition):
    """The number of an element for an integer, numbers for anything else."""
    return INT if isinstance(kind_of_atom(args[0]), Scalar) else Array(np.dtype(np.intp), (None,))


def _along_axis_kind(args, kwargs, definition):
    shape = kind_of_atom(args[0])
    if not isinstance(shape, TupleOf):
        return UNKNOWN
    return TupleOf((Array(np.dtype(np.intp), (None,) * len(shape.items)),) * len(shape.items))


_EIG_RESULT = type(np.linalg.eig(np.eye(1)))


def _eigenvalues_kind(args, kwargs, definition):
    """Whether the eigenvalues of a real matrix are real depends on its elements."""
    dims, dtype = dims_of(kind_of_atom(args[0])), dtype_of(kind_of_atom(args[0]))
    known = dtype if dtype is not None and dtype.kind == "c" else None
    return Array(known, None if not dims else dims[:-1])


def _eig_kind(args, kwargs, definition):
    values = _eigenvalues_kind(args, kwargs, definition)
    return TupleOf((values, Array(values.dtype, dims_of(kind_of_atom(args[0])))), _EIG_RESULT)


def _complex_kind(args, kwargs, definition):
    """An array of complex numbers in the first operand's shape and the second's precision."""
    dtype = dtype_of(kind_of_atom(args[1]))
    return Array(None if dtype is None else np.result_type(dtype, np.complex64), dims_of(kind_of_atom(args[0])))


def _broadcast_to_kind(args, kwargs, definition):
    """An array of the first operand's dtype in the given shape."""
    dims = shape_given(argument(args, kwargs.items(), 1, "shape"), definition)
    return Array(dtype_of(kind_of_atom(args[0])), dims)


def _sequence_kind(cls):
    def infer_sequence(args, kwargs, definition):
        if not args:
            return TupleOf(()) if cls is tuple else ListOf(BOTTOM, ())
        kind = kind_of_atom(args[0])
        if isinstance(kind, TupleOf | ListOf) and kind.items is not None:
            return TupleOf(kind.items) if cls is tuple else _list_of(kind.items)
        element = element_kind(kind)
        return ListOf(element) if cls is list else UNKNOWN
    return infer_sequence


def _container_add(args, kwargs, definition):
    a, b = map(kind_of_atom, args)
    if isinstance(a, TupleOf) and isinstance(b, TupleOf):
        return TupleOf(a.items + b.items)
    if isinstance(a, ListOf) and isinstance(b, ListOf):
        if a.items is not None and b.items is not None:
            return _list_of(a.items + b.items)
        return ListOf(join(a.element, b.element))
    return None


STRUCTURE: dict = {
    intrinsics.build_tuple: _tuple_kind, intrinsics.build_list: _list_kind,
    intrinsics.new_list: lambda a, k, d: ListOf(_list_kind(a, k, d).element), intrinsics.build_dict: _dict_kind,
    intrinsics.build_slice: _slice_kind, intrinsics.unpack: _unpack_kind, intrinsics.copy_value: _copy_kind,
    intrinsics.index_add: _index_add_kind, intrinsics.scatter_add: _index_add_kind,
    intrinsics.rewind: lambda a, k, d: kind_of_atom(a[0]),
    intrinsics.cursor: _tape_reader, intrinsics.take: _take_kind, intrinsics.new_tape: lambda a, k, d: Tape(None),
    getattr: _getattr_kind, max: _minmax_kind, min: _minmax_kind, sum: _sum_kind, float: _float_kind,
    operator.getitem: lambda a, k, d: infer_getitem(a, d), tuple: _sequence_kind(tuple), list: _sequence_kind(list),
    np.broadcast_to: _broadcast_to_kind, np.tensordot: _tensordot_kind, np.linalg.tensordot: _tensordot_kind,
    complex: lambda a, k, d: COMPLEX, int: lambda a, k, d: INT,
}
STRUCTURE |= {
    np.unravel_index: _unravelled_kind, runtime.flat_numbers: _numbers_kind, runtime.along_axis: _along_axis_kind,
    runtime.numbers_at: lambda a, k, d: Array(np.dtype(np.intp), (None,)),
    np.squeeze: _squeeze_kind, np.ndarray.squeeze: _squeeze_kind, np.split: _split_kind, np.array_split: _split_kind,
    np.hsplit: _split_kind, np.vsplit: _split_kind, np.dsplit: _split_kind,
    runtime.rounds: lambda a, k, d: ListOf(Array(np.dtype(np.intp), (None,))),
}
STRUCTURE |= {runtime.as_complex: _complex_kind, np.linalg.eigvals: _eigenvalues_kind, np.linalg.eig: _eig_kind}
if hasattr(np, "unstack"):  # NumPy 2.1
    STRUCTURE[np.unstack] = _unstack_kind


def infer_call(fn, args, kwargs, definition: Definition) -> Kind:
    """`infer`, with ``+`` of tuples and lists."""
    if fn in (operator.add, operator.iadd) and len(args) == 2:
        kind = _container_add(args, kwargs, definition)
        if kind is not None:
            return kind
    return infer(fn, args, kwargs, definition)
