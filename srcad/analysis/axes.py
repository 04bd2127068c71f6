"""The axes of results, from those of operands: one function for each way, and the tables of who goes it (`SHAPES`)."""

from __future__ import annotations

import builtins
import operator

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import argument, kind_of_atom, literal
from srcad.rules.registry import find_rule
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Lit, Var
from srcad.trace.kinds import (
    Array,
    Kind,
    ListOf,
    Object,
    Scalar,
    Size,
    SliceOf,
    Static,
    TupleOf,
    dtype_of,
    is_scalar,
)


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


def shape_broadcast(operands, kwargs, definition):
    return broadcast(*(dims_of(kind_of_atom(a)) for a in operands))


def shape_bounded(operands, kwargs, definition):
    """Of `np.clip`: bounds may be given by name, and may be None."""
    given = [kind_of_atom(a) for a in (*operands, *(a for name, a in kwargs if name not in ("out", "where", "dtype")))]
    return broadcast(*(dims_of(kind) for kind in given if not isinstance(kind, Static)))


def shape_elementwise(operands, kwargs, definition):
    """Operands that are not numbers are options, which have no axes."""
    given = [kind_of_atom(a) for a in (*operands, *(a for _, a in kwargs))]
    return broadcast(*(dims_of(kind) for kind in given if not isinstance(kind, Static)))


def is_elementwise(fn) -> bool:
    rule = find_rule(fn)
    return rule is not None and rule.kind == "elementwise"


def shape_same(operands, kwargs, definition):
    return dims_of(kind_of_atom(operands[0]))


def shape_like(operands, kwargs, definition):
    """Of `np.zeros_like` and its kin, which may be given another shape."""
    shape = dict(kwargs).get("shape", Lit(None))
    return dims_of(kind_of_atom(operands[0])) if shape == Lit(None) else shape_given(shape, definition)


def shape_same_unless_flat(operands, kwargs, definition):
    axis = argument(operands, kwargs, 1, "axis")
    if axis is None or isinstance(axis, Lit) and axis.value is None:
        return (None,)
    dims = dims_of(kind_of_atom(operands[0]))
    longer = dict(kwargs).get("include_initial", Lit(False)) != Lit(False)
    return (None,) * len(dims) if longer and dims is not None else dims


def shape_partition(operands, kwargs, definition):
    axis = argument(operands, kwargs, 2, "axis")
    return (None,) if axis == Lit(None) else dims_of(kind_of_atom(operands[0])) if not isinstance(axis, Var) else None


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


def shape_cross(operands, kwargs, definition):
    """Vectors along the last axis; of two in the plane the product is a number."""
    a, b = (dims_of(kind_of_atom(x)) for x in operands[:2])
    if not a or not b or kwargs or len(operands) > 2 or 3 not in (a[-1], b[-1]):
        return None
    return (*broadcast(a[:-1], b[:-1]), 3)


def shape_vecdot(operands, kwargs, definition):
    """Stacks of vectors, the vectors along the last axis."""
    a, b = (dims_of(kind_of_atom(x)) for x in operands[:2])
    return broadcast(a[:-1], b[:-1]) if a and b and len(operands) == 2 and not kwargs else None


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


def tensordot_kind(args, kwargs, definition):
    """How many axes are left depends on the value of `axes`."""
    axes = argument(args, kwargs.items(), 2, "axes")
    axes = 2 if axes is None else literal(axes, definition)
    a, b = (dims_of(kind_of_atom(x)) for x in args[:2])
    dtypes = [dtype_of(kind_of_atom(x)) for x in args[:2]]
    dtype = None if any(d is None for d in dtypes) else np.result_type(*dtypes)
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
    # An array of integers alone puts its own axes in the place of the one that it picks from; beside an integer they may move.
    single = len(advanced) == 1 and "array" in basic and "int" not in basic and isinstance(advanced[0], Array)
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
            result += advanced[0].dims if single and item == "array" else ()
            at += 1
        else:
            at += item[1]
    if not advanced or single:
        return tuple(result), not advanced
    ranks = [1 if isinstance(k, ListOf) or isinstance(k, Array) and k.dtype is not None and k.dtype.kind == "b"
             else dims_of(k) and len(dims_of(k)) or (1 if not isinstance(k, Scalar) else 0) for k in advanced]
    broadcast_rank = max(ranks)
    return (None,) * (len(result) + broadcast_rank), False


def _is_index(kind: Kind) -> bool:
    """Is it an integer array without axes, which picks one item as an integer does?"""
    return isinstance(kind, Array) and kind.dims == () and kind.dtype is not None and kind.dtype.kind in "iu"


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
    "copy flip fliplr flipud sort argsort round around nan_to_num "
    "real imag conj conjugate angle ascontiguousarray asarray array asfortranarray roll tril triu isreal "
    "iscomplex real_if_close unwrap"
).split()
BROADCASTING = ["where", "isclose"]

#: Function → the axes of its result.
SHAPES: dict = {}
for _name in REDUCTIONS:
    SHAPES[getattr(np, _name)] = shape_reduce
for _name in SAME_SHAPE:
    SHAPES[getattr(np, _name)] = shape_same
for _name in BROADCASTING:
    SHAPES[getattr(np, _name)] = shape_broadcast
for _name in ("zeros_like", "ones_like", "empty_like", "full_like"):
    SHAPES[getattr(np, _name)] = shape_like
for _name in ("cumsum", "cumprod", "cumulative_sum"):
    if hasattr(np, _name):
        SHAPES[getattr(np, _name)] = shape_same_unless_flat
for _name in ("zeros", "ones", "empty", "full"):
    SHAPES[getattr(np, _name)] = shape_creation
SHAPES |= {
    operator.matmul: shape_matmul, np.matmul: shape_matmul, np.dot: shape_dot, np.outer: shape_outer, np.cross: shape_cross,
    runtime.cross: shape_cross,
    np.transpose: shape_transpose, np.reshape: shape_reshape,
    np.linalg.inv: shape_same, np.linalg.cholesky: shape_same, np.partition: shape_partition,
}
for _module in (np, np.linalg):
    if hasattr(_module, "vecdot"):
        SHAPES[_module.vecdot] = shape_vecdot
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


SHAPES[np.broadcast_to] = shape_of_shape
SHAPES |= {
    np.clip: shape_bounded, np.ndarray.clip: shape_bounded, np.ndarray.dot: shape_dot, np.ndarray.transpose: shape_transpose,
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
for _fn in (runtime.unbroadcast, runtime.fit_vectors, runtime.broadcast_like, runtime.reshape_like, runtime.place_diagonal,
            runtime.untile, runtime.unrepeat, runtime.untake, runtime.untake_along, runtime.on_diagonals, runtime.sort_like,
            runtime.unsort_like, runtime.undiff, runtime.ungradient, runtime.fit_residuals, runtime.unpick, runtime.crop,
            runtime.pick):
    SHAPES[_fn] = shape_like_second
for _fn in (runtime.shift, runtime.shift_back, runtime.recurrence, runtime.recurrence_back, runtime.product_of_others,
            runtime.cofactors, runtime.minors):
    SHAPES[_fn] = shape_same
