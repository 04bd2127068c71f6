"""The kind of a result by trying: the function is called on tiny operands of the same kinds."""

from __future__ import annotations

import math
import warnings

import numpy as np

from srcad.analysis.atoms import kind_of_atom, literal
from srcad.analysis.draws import draw
from srcad.rules.registry import find_rule
from srcad.trace.ir import UNDEF
from srcad.trace.kinds import (
    BOOL,
    INT,
    STRING,
    UNKNOWN,
    Array,
    Kind,
    ListOf,
    Object,
    Range,
    Scalar,
    SliceOf,
    Static,
    TupleOf,
    join,
    kind_of,
)
from srcad.trace.purity import WRITE, callable_effect

PROBE_SIZE = 3
#: In place of an integer to try: several axes, each another one.
DISTINCT = None
_cache: dict = {}


def sample(kind: Kind, integer: int | None, truth: bool = True):
    """A tiny value of a kind; raises LookupError if there is none."""
    match kind:
        case Scalar(base=base, dtype=dtype):
            value = (integer or 0) if base is int else truth if base is bool else 1.5 if integer == 2 else 0.5
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
        kinds = [kind_of_atom(a) if v is UNDEF else ("is", type(v), repr(v)) for a, v in zip(args, values)]
        nkinds = [(k, kind_of_atom(a) if named[k] is UNDEF else ("is", repr(named[k]))) for k, a in kwargs]
        key = (fn, *kinds, *nkinds)
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
                if actual and isinstance(actual[0], np.generic) and getattr(fn, "__objclass__", None) is np.ndarray:
                    fn = getattr(type(actual[0]), fn.__name__)       # NumPy's numbers have the methods of arrays
                kind = kind_of(fn(*actual, **actual_named))
        except LookupError:
            break
        except Exception:
            continue
        if isinstance(kind, Static) and callable(kind.value) and not isinstance(kind.value, type) and any(
                v is UNDEF for v in (*values, *named.values())):
            return UNKNOWN             # an object that was made of the tiny operands: it is not the one that will be called
        home = getattr(fn, "__module__", None) or ""
        if not home.startswith("scipy.linalg"):
            return forget_sizes(kind)
        if fn.__name__ == "lstsq":         # the form of the sums of squared residuals depends on sizes
            return TupleOf(tuple(UNKNOWN if n == 1 else forget_sizes(k) for n, k in enumerate(kind.items)))
        return of_matrices(kind, fn.__name__ in MAY_BE_COMPLEX)
    return UNKNOWN


#: Functions of scipy.linalg whose result for a real matrix is real or complex as its eigenvalues are.
MAY_BE_COMPLEX = {"eig", "sqrtm", "logm", "fractional_matrix_power", "signm", "funm"}


def of_matrices(kind: Kind, may_be_complex: bool) -> Kind:
    """The kind of what scipy.linalg gives: the parts of stacks come in a list that is no longer for longer stacks."""
    match kind:
        case ListOf(items=tuple() as items):
            return ListOf(forget_sizes(kind.element), tuple(of_matrices(k, may_be_complex) for k in items))
        case TupleOf(items=items):
            return TupleOf(tuple(of_matrices(k, may_be_complex) for k in items), kind.cls)
        case Array(dtype=dtype, dims=dims) if may_be_complex and dims is not None and dtype is not None and dtype.kind == "f":
            return Array(None, (None,) * len(dims))
    return forget_sizes(kind)


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
