"""What an operation of the Trace may do besides giving a value: may it be dropped, moved, evaluated where it is used?

Enters: a callable, or an Apply with what its operands are known to be. Leaves: one of four effects, ordered so that the
effect of an expression is the greatest of its parts'. The idea: tables of what is *known* to be harmless; anything that
is not listed may do anything. Exceptions do not count: an operation that may raise can be dropped or moved past other
pure ones (``docs/semantics.md``), never past one that may do anything.
"""

from __future__ import annotations

import builtins
import enum
import logging
import operator
import random
import types
import warnings

import numpy as np

from srcad import runtime
from srcad.trace import intrinsics as ops
from srcad.trace.ir import Apply, Function, Lit, Ref, Var, walk
from srcad.trace.kinds import Array, DictOf, ListOf, Range, Scalar, SliceOf, Static, Tape, TupleOf


class Effect(enum.IntEnum):
    """VALUE: a function of its operands' values alone. READ: looks at memory. WRITE: changes its operands' memory, or
    what an iterator gives next. ANY: anything else (output, exceptions that are meant, unknown code)."""

    VALUE = 0
    READ = 1
    WRITE = 2
    ANY = 3


VALUE, READ, WRITE, ANY = Effect

IN_PLACE = frozenset(
    getattr(operator, name)
    for name in ("iadd", "iand", "iconcat", "ifloordiv", "ilshift", "imatmul", "imod", "imul", "ior", "ipow", "irshift",
                 "isub", "itruediv", "ixor")
)

_LEVELS = ("debug", "info", "warning", "error", "exception", "critical", "log")
#: Functions that put something out and give None.
OUTPUT = frozenset({print, warnings.warn, np.random.seed, random.seed, *(getattr(logging, n) for n in _LEVELS),
                    *(getattr(logging.Logger, n) for n in _LEVELS)})

#: Operations that look at none of their operands: they only put them together.
_STRUCTURE = frozenset({ops.build_tuple, ops.build_list, ops.new_list, ops.build_dict, ops.build_set, ops.build_slice,
                        ops.new_tape, ops.copy_value, runtime.make_like, operator.is_, operator.is_not, slice, range})

_WRITES = frozenset({runtime.add_place, runtime.remove_place, runtime.clear_places, runtime.add_items, runtime.add_to_item,
                     runtime.add_item, runtime.add_all, runtime.add_each, runtime.set_items,
                     ops.push, ops.take, ops.index_add, ops.scatter_add, ops.add_at, ops.scatter_at, ops.leave_item,
                     operator.setitem,
                     operator.delitem, setattr,
                     delattr, next, list.append, list.extend, list.insert, list.pop, list.remove, list.clear,
                     list.reverse, dict.pop, dict.popitem, dict.clear, dict.setdefault, dict.update, set.add,
                     set.discard, set.remove, set.pop, set.clear, set.update})

_PURE_BUILTINS = frozenset(
    getattr(builtins, name)
    for name in ("abs", "bool", "bytes", "callable", "chr", "complex", "dict", "divmod", "enumerate", "float", "format",
                 "frozenset", "getattr", "hasattr", "hash", "int", "isinstance", "issubclass", "iter", "len", "list",
                 "max", "min", "ord", "pow", "range", "repr", "reversed", "round", "set", "slice", "sorted", "str",
                 "sum", "tuple", "type", "zip", "all", "any", "ascii", "bin", "hex", "oct")
)

#: Pure only if no operand is an iterator, whose items they would take.
_CONSUME = frozenset({all, any, dict, enumerate, frozenset, iter, list, max, min, set, sorted, sum, tuple, zip,
                      ops.unpack, operator.contains})

_PURE_METHODS = {
    list: {"copy", "count", "index"},
    dict: {"copy", "get", "items", "keys", "values"},
    set: {"copy", "difference", "intersection", "isdisjoint", "issubset", "issuperset", "union"},
}
_IMMUTABLE = (str, bytes, tuple, int, float, complex, frozenset, range, bool, slice, np.generic, np.dtype)

_IMPURE_ARRAY_METHODS = frozenset({"byteswap", "dump", "fill", "itemset", "partition", "put", "resize", "setfield",
                                   "setflags", "sort", "tofile", "__setitem__", "__setstate__"})

#: Functions of the NumPy namespaces, and of ours, that write, print, keep state or call what they are given.
_IMPURE_NUMPY = frozenset({
    "apply_along_axis", "apply_over_axes", "check_bound", "check_divisor", "check_has_value", "check_length", "check_once",
    "check_order", "check_separate", "check_unshared", "copyto", "errstate", "expect_row", "fill_diagonal",
    "generator_state",
    "from_dlpack", "fromfile", "fromfunction", "fromiter", "frompyfunc", "fromregex", "genfromtxt", "get_include",
    "info", "load", "loadtxt", "memmap", "nditer", "piecewise", "place", "printoptions", "put", "put_along_axis",
    "putmask", "save", "savetxt", "savez", "savez_compressed", "set_generator", "set_printoptions", "setbufsize", "seterr",
    "seterrcall", "show_config", "show_runtime", "test", "vectorize",
})
_PURE_MODULES = frozenset({"numpy", "math", "cmath", "_operator", "operator", "srcad.trace.intrinsics"})
_PURE_PACKAGES = ("numpy.linalg", "numpy.fft", "numpy.polynomial", "numpy.lib", "numpy._core", "scipy.special",
                  "scipy.linalg", "scipy.signal", "srcad.runtime")

_PURE_DOTTED = tuple(f"{package}." for package in _PURE_PACKAGES)

#: Kinds of values that no write can change, and of those that are not iterators. (`isinstance` is fast on tuples.)
_FIXED = (Scalar, Range, SliceOf, Static)
_COLLECTIONS = (*_FIXED, Array, TupleOf, ListOf, DictOf, Tape)
_CONSTANTS = (Lit, Ref)

def is_hashable(fn) -> bool:
    """Can it be looked up in a table? Some objects that can be called cannot."""
    try:
        hash(fn)
    except TypeError:
        return False
    return True


_cache: dict[object, Effect] = {}


def callable_effect(fn: object) -> Effect:
    """The effect of a callable on operands of which nothing is known. (Of a Trace: see `function_effect`.)"""
    try:
        found = _cache.get(fn)
    except TypeError:
        return ANY
    if found is None:
        found = _effect_of(fn)
        # What is unknown may be the user's, and is not kept alive.
        if found != ANY:
            _cache[fn] = found
    return found


def _effect_of(fn: object) -> Effect:
    if fn in _STRUCTURE:
        return VALUE
    if fn in _WRITES or fn in IN_PLACE:
        return WRITE
    if fn is ops.raise_:
        return ANY
    if fn in _CONSUME or fn in _PURE_BUILTINS:
        return READ
    module = getattr(fn, "__module__", None) or ""
    if isinstance(fn, np.ufunc):
        return READ
    name = getattr(fn, "__name__", "")
    if isinstance(fn, types.MethodDescriptorType | types.WrapperDescriptorType):
        return _method_effect(fn.__objclass__, name)
    if isinstance(fn, types.BuiltinFunctionType) and isinstance(fn.__self__, np.ufunc):
        return WRITE if name == "at" else READ
    if isinstance(fn, type) and issubclass(fn, BaseException) and module == "builtins":
        return READ
    if isinstance(fn, type) and issubclass(fn, np.generic):
        return READ
    if name not in _IMPURE_NUMPY and (module in _PURE_MODULES or f"{module}.".startswith(_PURE_DOTTED)):
        return READ
    return ANY


def _method_effect(cls: type, name: str) -> Effect:
    if cls is np.ndarray:
        return WRITE if name in _IMPURE_ARRAY_METHODS else READ
    if cls in _PURE_METHODS:
        return READ if name in _PURE_METHODS[cls] else WRITE
    return READ if issubclass(cls, _IMMUTABLE) else ANY


def is_immutable_scalar(atom: object) -> bool:
    """Is this operand known to be a value that no write can change?"""
    if isinstance(atom, Var):
        return isinstance(atom.kind, _FIXED)
    return isinstance(atom, _CONSTANTS)


def _is_collection(atom: object) -> bool:
    """Is this operand known not to be an iterator?"""
    if isinstance(atom, Var):
        return isinstance(atom.kind, _COLLECTIONS)
    return isinstance(atom, _CONSTANTS)


def effect(stmt: Apply, cache: dict[int, Effect] | None = None) -> Effect:
    """The effect of one operation, given what is known of its operands.

    `cache` keeps the effects of called Traces, for as long as these do not change.
    """
    fn = stmt.fn
    if isinstance(fn, Function):
        return function_effect(fn, cache)
    if isinstance(fn, Var):
        return ANY
    found = callable_effect(fn)
    if found in (VALUE, ANY):
        return found
    if found == READ:
        for name, atom in stmt.kwargs:
            if name is None or (name == "out" and atom != Lit(None)):
                return WRITE
        if all(map(is_immutable_scalar, stmt.args)) and all(is_immutable_scalar(a) for _, a in stmt.kwargs):
            return VALUE
        if fn in _CONSUME and not all(map(_is_collection, stmt.args)):
            return WRITE
        return READ
    if fn in IN_PLACE and all(map(is_immutable_scalar, stmt.args)):
        return VALUE
    return found


def function_effect(fn: Function, cache: dict[int, Effect] | None = None) -> Effect:
    """The greatest effect of any statement of a Trace and of the Traces that it calls."""
    if cache is not None and id(fn) in cache:
        return cache[id(fn)]
    greatest, seen, waiting = VALUE, {id(fn)}, [fn]
    while waiting:
        for stmt in walk(waiting.pop().body):
            if not isinstance(stmt, Apply):
                continue
            if isinstance(stmt.fn, Function):
                if id(stmt.fn) not in seen:
                    seen.add(id(stmt.fn))
                    waiting.append(stmt.fn)
            else:
                greatest = max(greatest, effect(stmt))
    if cache is not None:
        cache[id(fn)] = greatest
    return greatest


def is_pure(stmt: object, cache: dict[int, Effect] | None = None) -> bool:
    """May this statement be dropped if nobody uses its result?"""
    return isinstance(stmt, Apply) and effect(stmt, cache) <= READ


