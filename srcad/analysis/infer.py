"""The kind of an operation's result, from its operands' kinds.

Three sources, in this order: a table of functions whose result's *axes* we know (`SHAPES`); running the function once on
tiny operands of the same kinds, which gives rank and dtype exactly as NumPy promotes them (`probe`); and, where neither
applies, `UNKNOWN`. Axes that only a probe has seen are unknown sizes: that is always safe, an adjoint is then summed
back at run time.
"""

from __future__ import annotations

import bisect
import logging
import operator
import random

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import Definition, argument, kind_of_atom, literal, scalar_of
from srcad.analysis.axes import (
    ARITHMETIC,
    IN_PLACE,
    SHAPES,
    dims_of,
    is_elementwise,
    shape_bounded,
    shape_broadcast,
    shape_elementwise,
    shape_given,
    subscript_dims,
    tensordot_kind,
)
from srcad.analysis.draws import generator_of
from srcad.analysis.probing import kind_of_draw, probe
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Lit, Var
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
    SliceOf,
    Static,
    Struct,
    Tape,
    TupleOf,
    Unknown,
    dtype_of,
    has_attributes,
    is_complex,
    is_float,
    is_scalar,
    join,
    join_all,
    kind_of,
    names_of,
    without_sizes,
)
from srcad.trace.purity import OUTPUT


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
            return join_all(items)
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


FIXED: dict = dict.fromkeys(OUTPUT, NONE) | {
    np.random.default_rng: Object(np.random.Generator), np.random.RandomState: Object(np.random.RandomState),
    random.Random: Object(random.Random), logging.getLogger: Object(logging.Logger),
    len: INT, isinstance: BOOL, issubclass: BOOL, callable: BOOL, hasattr: BOOL, operator.not_: BOOL, operator.is_: BOOL,
    operator.is_not: BOOL, operator.contains: BOOL, bool: BOOL, str: STRING, repr: STRING, format: STRING,
    intrinsics.build_string: STRING, intrinsics.format_value: STRING, range: RANGE, id: INT, hash: INT,
    intrinsics.push: NONE, intrinsics.raise_: BOTTOM, operator.setitem: NONE, operator.delitem: NONE, setattr: NONE,
    intrinsics.add_at: NONE, intrinsics.scatter_at: NONE, runtime.add_items: NONE, runtime.add_to_item: NONE,
    list.append: NONE,
    delattr: NONE, operator.index: INT, any: BOOL, all: BOOL, bisect.bisect_left: INT, bisect.bisect_right: INT,
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
    if all([type(k) is Scalar for k in kinds]) and generator_of(fn) is None:
        result = probe(fn, args, kwargs, definition)
        if type(result) is Scalar:         # a number of numbers has no axes, and nothing is unknown of it
            return result
    if refuses_none(fn) and any(isinstance(k, Unknown) and k.number is not None for k in kinds):
        args = tuple(Var("", k.number) if isinstance(k, Unknown) and k.number is not None else a for a, k in zip(args, kinds))
        kinds = [kind_of_atom(a) for a in args]
    if any(isinstance(k, Bottom) for k in kinds) and not isinstance(fn, Var):
        return BOTTOM
    shape = SHAPES.get(fn)
    if shape is None and (fn in ARITHMETIC or isinstance(fn, np.ufunc) and fn.signature is None and fn.nout == 1):
        shape = shape_broadcast
    if shape is None and is_elementwise(fn):
        shape = shape_elementwise
    if shape in (shape_broadcast, shape_bounded) and any(isinstance(k, Numeric) for k in kinds):
        return NUMERIC
    result = probe(fn, args, kwargs, definition) if generator_of(fn) is None else kind_of_draw(fn, args, kwargs, definition)
    if isinstance(result, Scalar) and any(isinstance(k, Numeric | Unknown) for k in kinds):
        return NUMERIC
    if isinstance(result, Unknown) and shape in (shape_broadcast, shape_bounded):
        if all(isinstance(k, Scalar | Array | Numeric) for k in kinds):
            dims = shape(args, kwargs, definition)
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
    if isinstance(result, Unknown) and fn in ALWAYS_ARRAYS and len(args) == 1:
        return Array(None, None)
    return result


def refuses_none(fn) -> bool:
    """Does it raise TypeError for None, so that what may be None or a number is a number to it?"""
    if fn in ARITHMETIC:
        return fn not in (operator.eq, operator.ne)
    return isinstance(fn, np.ufunc) and fn not in (np.equal, np.not_equal) or fn is float or (
        getattr(fn, "__module__", None) == "math")


def _tuple_kind(args, kwargs, definition):
    return TupleOf(tuple(map(kind_of_atom, args)))


def _list_kind(args, kwargs, definition):
    items = tuple(map(kind_of_atom, args))
    return ListOf(join_all(items), items)


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
    return ListOf(join_all(items), tuple(items))


def element_kind(kind: Kind) -> Kind:
    """What iterating over a value gives."""
    match kind:
        case Array(dtype=dtype, dims=dims):
            if dims is None:
                return NUMERIC
            return scalar_of(dtype) if len(dims) == 1 else Array(dtype, dims[1:])
        case TupleOf(items=items):
            return join_all(items)
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


#: What tells how an array lies in memory.
FLAGS = type(np.empty(0).flags)


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
                case "shape" | "strides":
                    return UNKNOWN if dims is None else TupleOf((INT,) * len(dims))
                case "flags":
                    return Object(FLAGS)
                case "size" | "ndim" | "nbytes" | "itemsize":
                    return INT
                case "dtype":
                    return Object(np.dtype)
                case "flat":
                    return Array(dtype, (None,))
        case Object(cls=cls) if cls is FLAGS:
            return BOOL
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
    return join_all(map(kind_of_atom, args))


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


def _pieces_kind(args, kwargs, definition):
    """An adjoint in pieces, each of the kind of what it is the adjoint of."""
    kind = kind_of_atom(args[1])
    items = kind.items if isinstance(kind, TupleOf | ListOf) else None
    return kind if items is not None and all(is_float(k) or is_complex(k) for k in items) else UNKNOWN


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


def _roots_kind(args, kwargs, definition):
    """As many as the degree, without leading zeros."""
    return Array(_eigenvalues_kind(args, kwargs, definition).dtype, (None,))


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


#: What gives an array whatever it is given.
ALWAYS_ARRAYS = {np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.atleast_1d, np.atleast_2d, np.atleast_3d}

STRUCTURE: dict = {
    intrinsics.build_tuple: _tuple_kind, intrinsics.build_list: _list_kind,
    intrinsics.new_list: lambda a, k, d: ListOf(_list_kind(a, k, d).element), intrinsics.build_dict: _dict_kind,
    intrinsics.build_slice: _slice_kind, intrinsics.unpack: _unpack_kind, intrinsics.copy_value: _copy_kind,
    intrinsics.index_add: _index_add_kind, intrinsics.scatter_add: _index_add_kind,
    intrinsics.rewind: lambda a, k, d: kind_of_atom(a[0]),
    intrinsics.cursor: _tape_reader, intrinsics.take: _take_kind, intrinsics.new_tape: lambda a, k, d: Tape(None),
    getattr: _getattr_kind, max: _minmax_kind, min: _minmax_kind, sum: _sum_kind, float: _float_kind,
    operator.getitem: lambda a, k, d: infer_getitem(a, d), tuple: _sequence_kind(tuple), list: _sequence_kind(list),
    np.broadcast_to: _broadcast_to_kind, np.tensordot: tensordot_kind, np.linalg.tensordot: tensordot_kind,
    complex: lambda a, k, d: COMPLEX, int: lambda a, k, d: INT,
}
STRUCTURE |= {
    **dict.fromkeys((runtime.split_like, runtime.split_stacked, runtime.unstack_like, runtime.nest_like), _pieces_kind),
    np.unravel_index: _unravelled_kind, runtime.flat_numbers: _numbers_kind, runtime.along_axis: _along_axis_kind,
    runtime.numbers_at: lambda a, k, d: Array(np.dtype(np.intp), (None,)),
    np.squeeze: _squeeze_kind, np.ndarray.squeeze: _squeeze_kind, np.split: _split_kind, np.array_split: _split_kind,
    np.hsplit: _split_kind, np.vsplit: _split_kind, np.dsplit: _split_kind,
    runtime.rounds: lambda a, k, d: ListOf(Array(np.dtype(np.intp), (None,))),
}
STRUCTURE |= {runtime.as_complex: _complex_kind, np.roots: _roots_kind, np.linalg.eigvals: _eigenvalues_kind,
              np.linalg.eig: _eig_kind}
if hasattr(np, "unstack"):  # NumPy 2.1
    STRUCTURE[np.unstack] = _unstack_kind


def infer_call(fn, args, kwargs, definition: Definition) -> Kind:
    """`infer`, with ``+`` of tuples and lists."""
    if fn in (operator.add, operator.iadd) and len(args) == 2:
        kind = _container_add(args, kwargs, definition)
        if kind is not None:
            return kind
    return infer(fn, args, kwargs, definition)
