"""What writes to arrays: indexed assignment, augmented assignment, and the functions and methods that come down to them.

Enters: a call while it is being specialised. Leaves: ``operator.setitem`` and the four in-place operators of arithmetic,
which the derivative knows; every other write is said by these. What is not an array is refused. ::

    x **= e              v1 = x ** e; x[...] = v1
    x.fill(e)            x[...] = e
    np.sin(e, out=x)     v1 = np.sin(e); x[...] = v1
"""

from __future__ import annotations

import builtins
import functools
import inspect
import operator
import random
from collections.abc import Hashable

import numpy as np

from srcad import mutations, runtime
from srcad.analysis.atoms import literal
from srcad.analysis.infer import infer_call
from srcad.specialise.callees import call_function
from srcad.specialise.references import follow
from srcad.specialise.values import Pack
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import (
    NONE,
    Array,
    Bottom,
    DictOf,
    Kind,
    ListOf,
    Numeric,
    Scalar,
    SliceOf,
    TupleOf,
    Unknown,
    dtype_of,
    is_complex,
)
from srcad.trace.naming import show_kind
from srcad.trace.sharing import Sharing, is_basic_index, sharing

#: Kinds of dtypes: each can hold those before it.
ORDER = "biufc"
_SHUFFLE = "take the items in an order that is given: `x[order]`"
#: In-place operators of arrays that the derivative knows; the others become an assignment to all elements.
KNOWN = {operator.iadd, operator.isub, operator.imul, operator.itruediv}
ALL = Lit(Ellipsis)


def assign_item(s, args: list, kwargs: list):
    """``container[index] = value``"""
    container, index, value = args
    kind = s.kind(container)
    if isinstance(kind, Bottom):                # of a recursive function of which it is not known yet what it returns
        return s.b.apply(operator.setitem, *map(s.atom, args), kind=NONE)
    if not isinstance(kind, Array):
        if isinstance(kind, ListOf | DictOf):
            follow(s)
        raise s.refuse(*_not_an_array(kind))
    if kind.dtype is None or kind.dtype.kind not in "biufc":
        raise s.refuse("an item of an array of unknown dtype is assigned in place", "make the array with a dtype of floats")
    whole = flat_of(s, container)
    if whole is not None:
        store_flat(s, whole, index, value)
        return Lit(None)
    index, value = s.atom(index), as_stored(s, value)
    both = complex_of(s, container)
    if both is not None:
        real = s.b.apply(getattr, s.b.apply(operator.getitem, both, index), Lit("real"))
        store(s, both, index, s.b.apply(operator.add, real, s.b.apply(operator.mul, Lit(1j), value)))
        return Lit(None)
    made = s.b.definition(value) if isinstance(value, Var) else None
    if made is not None and made.fn is operator.getitem and made.args[0] is container and isinstance(
            s.kind(value), Array) and is_same_index(s, made.args[1], index) and is_basic_index(index, s.b.definition):
        return Lit(None)                       # ``x[a:b] += e`` has already written through the view
    store(s, container, index, value)
    return Lit(None)


def complex_of(s, array):
    """The part of a complex array whose imaginary part an array is, or None."""
    made = s.b.definition(array) if isinstance(array, Var) else None
    if made is None:
        return None
    if made.fn is getattr and made.args[1] == Lit("imag"):
        kind = s.kind(made.args[0])
        return made.args[0] if isinstance(kind, Array) and is_complex(kind) else None
    if made.fn is operator.getitem and isinstance(made.args[0], Var) and sharing(made, s.b.definition) is Sharing.VIEW:
        whole = complex_of(s, made.args[0])
        return None if whole is None else s.b.apply(operator.getitem, whole, made.args[1])
    return None


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
    if isinstance(kind, Numeric | Unknown):
        return ("an item is assigned of what may be a number, or an array",
                "make it an array on every path: `np.asarray(x, float)`, `np.broadcast_to(x, shape).copy()`")
    return f"an item of a value that is {show_kind(kind)} is assigned in place", "assign items of arrays, lists and dicts only"


def assign_in_place(s, fn, plain, array, value):
    """``array op= value``; the array itself."""
    kind, value = s.kind(array), as_stored(s, value)
    given, own = dtype_of(s.kind(value)), dtype_of(kind)
    if own is None or given is None or own.kind not in "biufc" or given.kind not in "biufc":
        raise s.refuse("an array of unknown dtype is changed in place", "write `x = x + ...`")
    if complex_of(s, array) is not None:
        assign_item(s, [array, ALL, s.b.apply(plain, array, value)], [])
        return array
    if fn in KNOWN:
        s.b.apply(fn, array, value)
        return array
    if own.kind in "biu" and given.kind not in "biu" or own.kind == "f" and given.kind == "c":
        raise s.refuse("an array is changed in place to a dtype that it cannot hold", "write `x = x ** ...`")
    store(s, array, ALL, s.b.apply(plain, array, value))
    return array


# ---------------------------------------------------------------------------------------------------------------------
# The elements in order: ``x.flat``


def flat_of(s, value):
    """The array of which a value is the ``.flat``, or None."""
    made = s.b.definition(value) if isinstance(value, Var) else None
    if made is None or made.fn is not getattr or made.args[1] != Lit("flat") or not isinstance(s.kind(made.args[0]), Array):
        return None
    if s.kind(made.args[0]).dims is None:
        raise s.refuse("elements are counted in an array of unknown rank", "give the array one rank on every path")
    return made.args[0]


def numbers_of(s, array, index):
    """The numbers of the elements ``array.flat[index]``."""
    return s.b.apply(runtime.flat_numbers, s.atom(index), s.b.apply(getattr, array, Lit("size")))


def place_of(s, array, numbers):
    """The index of elements that are given by their numbers."""
    if s.kind(array).ndim == 0:
        if not isinstance(s.kind(numbers), Scalar):
            raise s.refuse("an array without axes has one element, of which several are taken", "use x[()]")
        return s.b.apply(intrinsics.build_tuple)
    return numbers if s.kind(array).ndim == 1 else s.b.apply(np.unravel_index, numbers, s.b.apply(getattr, array, Lit("shape")))


def read_flat(s, array, index):
    """``array.flat[index]``, which is a copy."""
    atom = s.atom(index)
    if s.kind(array).ndim != 1 or not isinstance(s.kind(atom), Scalar):
        atom = place_of(s, array, numbers_of(s, array, index))
    return s.b.apply(operator.getitem, array, atom)


def store_flat(s, array, index, value) -> None:
    """``array.flat[index] = value``: a value that is too short is repeated."""
    value, index = as_stored(s, value), s.atom(index)
    if s.kind(array).ndim == 0 and literal(index, s.b.definition) == slice(None):
        index = Lit(0)
        if isinstance(s.kind(value), Array):
            value = s.b.apply(operator.getitem, s.b.apply(np.ndarray.flatten, value), index)
    kind = s.kind(value)
    if isinstance(kind, Array):
        numbers = numbers_of(s, array, index)
        if sharing(s.b.definition(value), s.b.definition) is not Sharing.FRESH if s.b.definition(value) else True:
            s.b.apply(runtime.check_unshared, array, value, kind=NONE)
        count = s.b.apply(np.arange, s.b.apply(np.size, numbers))
        value = s.b.apply(np.ndarray.flatten, value)
        value = s.b.apply(operator.getitem, value, s.b.apply(operator.mod, count, s.b.apply(np.size, value)))
        if not isinstance(s.kind(numbers), Array):
            numbers = s.b.apply(np.atleast_1d, numbers)
        store(s, array, place_of(s, array, numbers), value)
    elif isinstance(kind, Scalar):
        if s.kind(array).ndim != 1 or not isinstance(s.kind(index), Scalar | SliceOf):
            index = place_of(s, array, numbers_of(s, array, index))
        store(s, array, index, value)
    else:
        raise s.refuse("what is stored in .flat is not known to be a number or an array", "store an array")


def assign_attribute(s, array, name: str, value):
    """``array.name = value``"""
    match name:
        case "flat":
            store_flat(s, s.atom(array), s.b.apply(intrinsics.build_slice, Lit(None), Lit(None), Lit(None)), value)
        case "real" | "imag":
            assign_item(s, [s.b.apply(getattr, array, Lit(name)), ALL, value], [])
        case "shape":
            raise s.refuse("the shape of an array is assigned", "write `x = x.reshape(shape)`")
        case _:
            raise s.refuse(f"the attribute {name} of an array is assigned", "make a new array")
    return Lit(None)


# ---------------------------------------------------------------------------------------------------------------------
# Functions that write


def meaning(function):
    """A function that writes: the body of one of `srcad.mutations`, run in its place."""
    def write(s, args: list, kwargs: list):
        return said_by(s, function, args, kwargs)
    return write


def said_by(s, function, args: list, kwargs: list):
    """What one of `srcad.mutations` says; places stay the caller's."""
    if not args or not isinstance(s.kind(next(a for a in args if not isinstance(a, Ref))), Array):
        raise s.refuse(f"{function.__name__} writes to what is not known to be an array", "give it an array")
    frozen, s.frozen = s.frozen, True
    try:
        return call_function(s, function, args, kwargs, "")
    finally:
        s.frozen = frozen


def fill(s, args: list, kwargs: list):
    """``x.fill(value)``"""
    store(s, args[0], ALL, as_stored(s, (*args[1:], *(v for _, v in kwargs))[0]))
    return Lit(None)


def copy_to(s, args: list, kwargs: list):
    """``np.copyto(x, value)``"""
    if not isinstance(s.kind(args[0]), Array):
        raise s.refuse("np.copyto writes to what is not known to be an array", "give it an array")
    if dict(kwargs).get("where", Lit(True)) != Lit(True) or len(args) > 3:
        return said_by(s, mutations.copyto, args, kwargs)
    store(s, args[0], ALL, as_stored(s, args[1]))
    return Lit(None)


def fill_diagonal(s, args: list, kwargs: list):
    """``np.fill_diagonal(a, value)``"""
    if isinstance(s.kind(args[0]), Array) and s.kind(args[0]).ndim != 2:
        raise s.refuse("np.fill_diagonal is called on what is not a matrix", "assign to a[k, k, k]")
    return said_by(s, mutations.fill_diagonal, args, kwargs)


def sort(s, args: list, kwargs: list):
    """``x.sort()``"""
    if any(name not in ("axis", "kind") for name, _ in kwargs) or len(args) > 3:
        raise s.refuse("the array method sort is called with options", "write x[...] = np.sort(x)")
    return said_by(s, mutations.sort, args, kwargs)


def partition(s, args: list, kwargs: list):
    """``x.partition(kth)``"""
    if any(name not in ("kth", "axis") for name, _ in kwargs) or len(args) > 3:
        raise s.refuse("the array method partition is called with options", "write x[...] = np.partition(x, kth)")
    return said_by(s, mutations.partition, args, kwargs)


def operate_at(s, ufunc: np.ufunc, args: list, kwargs: list):
    """``ufunc.at(x, index, value)``"""
    if kwargs or len(args) != 1 + ufunc.nin or ufunc.nout != 1 or ufunc.signature is not None:
        raise s.refuse(f"{ufunc.__name__}.at is called in a way that is not known", "write a loop")
    array, index = args[0], index_of(s, args[1])
    if not isinstance(s.kind(array), Array):
        raise s.refuse(f"{ufunc.__name__}.at writes to what is not known to be an array", "give it an array")
    if ufunc is np.add:
        value = as_stored(s, args[2])
        own, given = dtype_of(s.kind(array)), dtype_of(s.kind(value))
        if own is None or given is None or ORDER.find(own.kind) < ORDER.find(given.kind):
            raise s.refuse("values are added to an array that cannot hold them", "make the array with a dtype of floats")
        s.b.apply(intrinsics.scatter_at, array, s.atom(index), value)
        return Lit(None)
    if ufunc is np.subtract:
        return said_by(s, mutations.subtract_at, [array, index, args[2]], [])
    says = mutations.at_alone if ufunc.nin == 1 else mutations.at
    return said_by(s, says, [Ref(ufunc), array, index, *args[2:]], [])


def index_of(s, index):
    """An index whose lists are arrays, so that its kind is known."""
    if isinstance(index, Pack):
        return Pack(tuple(index_of(s, part) for part in index.items))
    match s.kind(index):
        case ListOf(element=Bottom()):
            return s.b.apply(np.zeros, Lit(0), Ref(int))                     # an empty list is an index, too
        case ListOf(element=Scalar(base=builtins.int, dtype=None)):
            return s.b.apply(np.array, s.atom(index), Ref(int))
        case ListOf():
            return s.b.apply(np.array, s.atom(index))
    return index


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


def write_out(s, target, args: list, kwargs: list):
    """``np.sin(e, out=x)``: x is given the value and returned."""
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
    where = named.pop("where", Lit(True))
    if not isinstance(out, Var) or not isinstance(out.kind, Array) or (
            isinstance(target, np.ufunc) and target.nout > 1):
        raise s.refuse("a function writes to out= in a way that is not known", "write x[...] = f(...)")
    if where != Lit(True):
        if not isinstance(target, np.ufunc) or named or target.signature is not None:
            raise s.refuse("a function writes to out= where= in a way that is not known", "write x[mask] = f(y[mask])")
        given = infer_call(target, tuple(map(s.atom, args)), (), s.b.definition)
        check_holds(s, dtype_of(out.kind), dtype_of(given))
        said_by(s, mutations.write_where, [Ref(target), out, where, *args], [])
        return out
    value = s.atom(s.call_object(target, args, list(named.items())))
    check_holds(s, dtype_of(out.kind), dtype_of(s.kind(value)))
    store(s, out, ALL, value)
    return out


def check_holds(s, own, given) -> None:
    """Refuse results that the array they are written to cannot hold."""
    if own is None or given is None or ORDER.find(own.kind) < ORDER.find(given.kind):
        raise s.refuse("a result is written to an array that cannot hold it", "write x[...] = f(...)")


#: Functions and methods that write to their first operand.
WRITERS = {
    np.ndarray.fill: fill, np.copyto: copy_to, np.ndarray.sort: sort, np.ndarray.partition: partition,
    np.put: meaning(mutations.put), np.ndarray.put: meaning(mutations.put), np.place: meaning(mutations.place),
    np.putmask: meaning(mutations.putmask), np.fill_diagonal: fill_diagonal,
    np.put_along_axis: meaning(mutations.put_along_axis), np.ndarray.__setitem__: assign_item,
}
#: Those that are refused, and what to write instead.
REFUSED = {
    getattr(owner, name): advice
    for owner, names, advice in (
        (np.ndarray, "resize", "write `x = np.resize(x, shape)`, or copy into a new array"),
        (np.ndarray, "setflags setfield byteswap", "make a new array"),
        (np.random, "shuffle", _SHUFFLE), (np.random.Generator, "shuffle permuted", _SHUFFLE),
        (np.random.RandomState, "shuffle", _SHUFFLE), (random, "shuffle", _SHUFFLE), (random.Random, "shuffle", _SHUFFLE))
    for name in names.split() if hasattr(owner, name)
}


def refuse_writer(s, target):
    """Refuse a function that writes to an operand in a way that the derivative does not know."""
    name = getattr(target, "__name__", "a function")
    advice = REFUSED.get(target, "assign to the array's items") if isinstance(target, Hashable) else "assign to the array's items"
    return s.refuse(f"{name} changes an array in place", advice)
