"""What writes to arrays: indexed assignment, augmented assignment, and the functions and methods that come down to them.

Enters: a call while it is being specialised. Leaves: ``operator.setitem`` and the four in-place operators of arithmetic,
which the derivative knows; every other write is said by these. What is not an array is refused. ::

    x **= e              v1 = x ** e; x[...] = v1
    x.fill(e)            x[...] = e
    np.sin(e, out=x)     v1 = np.sin(e); x[...] = v1
"""

from __future__ import annotations

import functools
import inspect
import operator
import random

import numpy as np

from srcad.specialise.values import Pack
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Var
from srcad.trace.kinds import Array, DictOf, Kind, ListOf, TupleOf, Unknown, dtype_of
from srcad.trace.sharing import is_basic_index

#: In-place operators of arrays that the derivative knows; the others become an assignment to all elements.
KNOWN = {operator.iadd, operator.isub, operator.imul, operator.itruediv}
ALL = Lit(Ellipsis)


def assign_item(s, args: list, kwargs: list):
    """``container[index] = value``"""
    container, index, value = args
    kind = s.kind(container)
    if not isinstance(kind, Array):
        raise s.refuse(*_not_an_array(kind))
    if kind.dtype is None or kind.dtype.kind not in "biufc":
        raise s.refuse("an item of an array of unknown dtype is assigned in place", "make the array with a dtype of floats")
    index, value = s.atom(index), as_stored(s, value)
    made = s.b.definition(value) if isinstance(value, Var) else None
    if made is not None and made.fn is operator.getitem and made.args[0] is container and isinstance(
            s.kind(value), Array) and is_same_index(s, made.args[1], index) and is_basic_index(index, s.b.definition):
        return Lit(None)                       # ``x[a:b] += e`` has already written through the view
    store(s, container, index, value)
    return Lit(None)


def is_same_index(s, a, b) -> bool:
    """Do two atoms stand for the same index?"""
    if a == b:
        return True
    made = [s.b.definition(x) if isinstance(x, Var) else None for x in (a, b)]
    return all(m is not None and m.fn is intrinsics.build_tuple for m in made) and made[0].args == made[1].args


def store(s, container, index, value) -> None:
    s.b.apply(operator.setitem, container, index, value)


def as_stored(s, value):
    """A value as an operand of a write: lists and tuples as arrays."""
    if isinstance(value, Pack) or isinstance(s.kind(value), TupleOf | ListOf):
        return s.b.apply(np.array, s.atom(value))
    atom = s.atom(value)
    if isinstance(s.kind(atom), Unknown | DictOf):
        raise s.refuse("a value of unknown kind is stored in an array", "store a number or an array")
    return atom


def _not_an_array(kind: Kind) -> tuple[str, str]:
    if isinstance(kind, ListOf | DictOf | TupleOf):
        return "an item of a list or dict is assigned in place", "build the list in one expression, or use an array"
    return f"an item of {kind!r} is assigned in place", "assign items of arrays only"


def assign_in_place(s, fn, plain, array, value):
    """``array op= value``; the array itself."""
    kind, value = s.kind(array), as_stored(s, value)
    given, own = dtype_of(s.kind(value)), dtype_of(kind)
    if kind.dims == ():
        raise s.refuse("an array without axes is changed in place", "write `x = x + ...`")
    if own is None or given is None or own.kind not in "biufc" or given.kind not in "biufc":
        raise s.refuse("an array of unknown dtype is changed in place", "write `x = x + ...`")
    if fn in KNOWN:
        s.b.apply(fn, array, value)
        return array
    if own.kind in "biu" and given.kind not in "biu" or own.kind == "f" and given.kind == "c":
        raise s.refuse("an array is changed in place to a dtype that it cannot hold", "write `x = x ** ...`")
    store(s, array, ALL, s.b.apply(plain, array, value))
    return array


def fill(s, args: list, kwargs: list):
    """``x.fill(value)``"""
    store(s, args[0], ALL, as_stored(s, args[1]))
    return Lit(None)


def copy_to(s, args: list, kwargs: list):
    """``np.copyto(x, value)``"""
    if kwargs or len(args) != 2 or not isinstance(s.kind(args[0]), Array):
        raise s.refuse("np.copyto is called with options, or not on an array", "write x[...] = value or x[mask] = value[mask]")
    store(s, args[0], ALL, as_stored(s, args[1]))
    return Lit(None)


def sort(s, args: list, kwargs: list):
    """``x.sort()``"""
    if kwargs or len(args) > 2:
        raise s.refuse("the array method sort is called with options", "write x[...] = np.sort(x)")
    store(s, args[0], ALL, s.b.apply(np.sort, *map(s.atom, args)))
    return Lit(None)


def takes_out(target, args: list, kwargs: list) -> bool:
    """Is a result asked to be written to an array that is given?"""
    place = out_position(target)
    return dict(kwargs).get("out", Lit(None)) != Lit(None) or place is not None and len(args) > place and (
        args[place] != Lit(None))


#: Where methods take ``out``, for NumPys that do not tell.
_OUT = {"sum": 3, "prod": 3, "mean": 3, "std": 3, "var": 3, "cumsum": 3, "cumprod": 3, "max": 2, "min": 2, "argmax": 2,
        "argmin": 2, "clip": 3, "round": 2, "take": 3, "dot": 2, "trace": 5, "compress": 3, "choose": 2, "all": 2, "any": 2}


@functools.cache
def out_position(target) -> int | None:
    """At which place a function or method of NumPy takes the array that it writes to."""
    if isinstance(target, np.ufunc):
        return target.nin
    try:
        parameters = inspect.signature(target).parameters
    except (TypeError, ValueError):
        return _OUT.get(getattr(target, "__name__", "")) if getattr(target, "__objclass__", None) is np.ndarray else None
    if "out" not in parameters or parameters["out"].kind is inspect.Parameter.KEYWORD_ONLY:
        return None
    return list(parameters).index("out")


def write_out(s, target, args: list, kwargs: list, call):
    """``np.sin(e, out=x)``: `call` makes the value, x is given it and returned."""
    named = dict(kwargs)
    out = named.pop("out", None)
    if out is None:
        place = out_position(target)
        if len(args) > place + 1:
            raise s.refuse("a function writes to out= in a way that is not known", "write x[...] = f(...)")
        args, out = args[:place], args[place]
        if isinstance(target, np.ufunc) and target.nout > 1:
            raise s.refuse("several results are written to arrays that are given", "assign them")
    if isinstance(out, Pack) and len(out.items) == 1:
        out = out.items[0]
    if "where" in named or not isinstance(out, Var) or not isinstance(out.kind, Array) or (
            isinstance(target, np.ufunc) and target.nout > 1):
        raise s.refuse("a function writes to out= in a way that is not known", "write x[...] = f(...)")
    value = s.atom(call(s, target, args, list(named.items()), ""))
    given, own = dtype_of(s.kind(value)), dtype_of(out.kind)
    order = "biufc"
    if own is None or given is None or order.find(own.kind) < order.find(given.kind):
        raise s.refuse("a result is written to an array that cannot hold it", "write x[...] = f(...)")
    store(s, out, ALL, value)
    return out


#: Functions and methods that write to their first operand.
WRITERS = {np.ndarray.fill: fill, np.copyto: copy_to, np.ndarray.sort: sort}
#: Those that are refused.
REFUSED = {
    getattr(owner, name)
    for owner, names in (
        (np.ndarray, "partition put resize itemset setflags setfield byteswap"),
        (np, "put place putmask fill_diagonal put_along_axis"),
        (np.random, "shuffle"), (np.random.Generator, "shuffle permuted"), (np.random.RandomState, "shuffle"),
        (random, "shuffle"), (random.Random, "shuffle"))
    for name in names.split() if hasattr(owner, name)
}


def refuse_writer(s, target):
    """Refuse a function that writes to an operand in a way that the derivative does not know."""
    name = getattr(target, "__name__", "a function")
    return s.refuse(f"{name} changes an array in place", "assign to the array's items")
