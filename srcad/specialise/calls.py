"""What a call means: an operation with a kind, a constant, another Trace, or code to be spliced in."""

from __future__ import annotations

import collections
import functools
import inspect
import logging
import math
import operator
import os
import types

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import literal
from srcad.analysis.axes import ARITHMETIC, IN_PLACE
from srcad.analysis.draws import GENERATORS
from srcad.errors import KindError
from srcad.optimize.link import reachable
from srcad.places import Attribute, AttributeOf, Held, ItemOf, TypeOf
from srcad.rules.registry import find_rule
from srcad.sequences import sort_order as sequence_order
from srcad.specialise import (
    closures,
    comprehensions,
    containers,
    dicts,
    distributions,
    forms,
    lists,
    managers,
    numpy_forms,
    objects,
    references,
    sequences,
    statements,
    twins,
    writes,
)
from srcad.specialise.attributes import read_attribute
from srcad.specialise.callees import (
    bind,
    bind_arguments,
    call_function,
    call_trace,
    specialised,
    splice,
)
from srcad.specialise.names import read_free, value_of_object
from srcad.specialise.passing import (
    Abstraction,
)
from srcad.specialise.unpacking import counted, expand_mapping, expand_star, mapping_items, static_items, truth, unpacked
from srcad.specialise.values import (
    Closure,
    Entries,
    Enumerate,
    Generated,
    Instance,
    Items,
    Mapping,
    Method,
    OneOf,
    Pack,
    Partial,
    Record,
    Sequence,
    Super,
    Unclear,
    Zip,
    is_atom,
)
from srcad.trace import intrinsics, ir
from srcad.trace.ir import UNDEF, Lit, Ref, Var
from srcad.trace.kinds import (
    FLOAT,
    INT,
    Array,
    Bottom,
    DictOf,
    ListOf,
    Numeric,
    Object,
    Range,
    Scalar,
    SliceOf,
    Static,
    TupleOf,
    Unknown,
    dtype_of,
    is_container,
)

UNDEFINED = Lit(UNDEF)


# ---------------------------------------------------------------------------------------------------------------------
# Calls


def call(s, fn, args: list, kwargs: list, hint: str = ""):
    """The value of ``fn(*args, **kwargs)``; appends what has to be done at run time."""
    return objects.opened(s, _call(s, fn, args, kwargs, hint))


def _call(s, fn, args: list, kwargs: list, hint: str):
    match fn:
        case Method(value=owner, name=name):
            return call_method(s, owner, name, args, kwargs, hint)
        case Instance(value=owner, path=(_, read, _)):
            method = type(owner).__call__ if callable(owner) else None
            if isinstance(method, types.FunctionType):
                s.program.guard(AttributeOf(TypeOf(read), "__call__"), method, "__call__", ("call", id(type(owner))))
                return call_object(s, method, [fn, *args], kwargs, hint)
            raise s.refuse(f"an object of class {type(fn.value).__name__} is called", "call a function or a method")
        case Ref(value=target):
            return call_object(s, target, args, kwargs, hint)
        case Closure():
            return closures.call_closure(s, fn, args, kwargs, hint)
        case Partial(function=inner, args=given, kwargs=named):
            named = [(k, v) for k, v in named if k not in dict(kwargs)]
            return call(s, inner, [*given, *args], named + kwargs, hint)
        case Unclear():
            raise s.unclear(fn)
        case OneOf():
            return s.choose(fn, lambda option: call(s, option, args, kwargs, hint), hint)
        case Lit(value=None):
            return raised(s, TypeError, "'NoneType' object is not callable")
        case Record():
            return objects.call_special(s, fn, "__call__", args, hint) if not kwargs else call(
                s, objects.read(s, fn, "__call__"), args, kwargs, hint)
        case Var() if isinstance(fn.kind, Bottom):
            return UNDEFINED
        case Var(kind=Static(value=target)) if callable(target):
            return call_object(s, target, args, kwargs, hint)
        case Lit() if fn == UNDEFINED:
            return UNDEFINED
    raise s.refuse("which function is called here is not known when the derivative is made",
                   "call a function by its name, or choose it by a branch around the call")


def call_object(s, target, args: list, kwargs: list, hint: str):
    if type(target) is types.FunctionType and (helper := twins.helper_of(target)) is not None:
        s.program.guard_function(target)
        target = helper
    if target is operator.getitem and numpy_forms.is_concatenator(args[0]):
        return numpy_forms.concatenated(s, args[0].value, args[1])
    if any(isinstance(a, Record | Instance) for a in args) and _hashable(target):
        result = objects.operate(s, target, args, kwargs, hint)
        if result is not NotImplemented:
            return result
    if hint and _hashable(target) and target in sequences.LAZY:
        raise s.refuse(f"what {target.__name__}() gives is kept, and can be gone through only once",
                       f"keep a list: `list({target.__name__}(...))`")
    if _hashable(target) and target in comprehensions.CONSUMERS:
        args = [a.items if isinstance(a, Generated) else objects.as_items(s, a) for a in args]
    if s.program.containers and not s.frozen and _hashable(target):
        result = containers.call_on(s, target, args, kwargs, hint)
        if result is not NotImplemented:
            return result
        if target in containers.GO_THROUGH:
            args = [containers.items_of_keys(s, a) for a in args]
            if target not in (enumerate, zip):
                args = [references.viewed(s, a) for a in args]
    special = SPECIAL.get(target) if _hashable(target) else None
    if special is not None:
        result = special(s, args, kwargs)
        if result is not NotImplemented:
            return result
    if distributions.is_method(target):
        return distributions.call_method_of(s, target, args, kwargs, hint)
    if distributions.is_frozen_method(target):
        return distributions.call_frozen_method(s, target, args, kwargs, hint)
    if distributions.is_distribution(target):
        return distributions.freeze(target, args, kwargs)
    if isinstance(target, np.ufunc) and kwargs:
        args, kwargs = numpy_forms.without_options(s, target, args, kwargs)
    if numpy_forms.is_ufunc_method(target):
        result = numpy_forms.call_ufunc_method(s, target, args, kwargs)
        if result is not NotImplemented:
            return result
    if _hashable(target) and target in writes.WRITERS:
        return writes.WRITERS[target](s, args, kwargs)
    if _hashable(target) and target in writes.REFUSED:
        raise writes.refuse_writer(s, target)
    if isinstance(target, types.BuiltinFunctionType) and isinstance(target.__self__, np.ufunc) and target.__name__ == "at":
        return writes.operate_at(s, target.__self__, args, kwargs)
    compile_time = None if isinstance(target, types.MethodType | type) else getattr(target, "__srcad_call__", None)
    if compile_time is not None:
        return compile_time(s, args, kwargs, hint)
    users = isinstance(target, functools.partial | types.MethodType) or isinstance(target, types.FunctionType) and (
        not is_library(target))
    if not users and any(name.startswith("overwrite_") and value != Lit(False) or name == "copy" and target is np.nan_to_num
                         for name, value in kwargs):
        raise writes.refuse_writer(s, target)
    if not users and _hashable(target) and writes.takes_out(target, args, kwargs):
        return writes.write_out(s, target, args, kwargs, call_object)
    if find_rule(target) is not None:
        return operation(s, target, args, kwargs, hint)
    if isinstance(getattr(target, "py_func", None), types.FunctionType):
        return call_function(s, target.py_func, args, kwargs, hint)      # compiled by Numba
    if (getattr(target, "__module__", None) or "") in ("ctypes", "_ctypes"):
        raise s.refuse(f"ctypes.{target.__name__} hands values to code that srcad does not see",
                       "call it in a function of your own, and give that a rule (srcad.rules, srcad.custom_vjp)")
    if find_rule(target) is None and compile_time_class(target):
        return objects.make(s, target, args, kwargs)
    if isinstance(target, operator.itemgetter | operator.attrgetter):
        return sequences.call_getter(s, target, args)
    if isinstance(target, functools._lru_cache_wrapper):
        return call_remembering(s, target, args, kwargs, hint)
    if isinstance(target, functools.partial):
        given = [value_of_object(s, a, f"arg{k}", ItemOf(Attribute(target, "args"), k), ("partial", id(target), k))
                 for k, a in enumerate(target.args)]
        named = [(k, value_of_object(s, v, k, ItemOf(Attribute(target, "keywords"), k), ("partial", id(target), k)))
                 for k, v in target.keywords.items() if k not in dict(kwargs)]
        return call_object(s, target.func, given + args, named + kwargs, hint)
    if isinstance(target, types.MethodType):
        owner = target.__self__
        first = Ref(owner) if isinstance(owner, type) else value_of_object(
            s, owner, "self", Held(owner), ("self", id(owner)))
        return call_object(s, target.__func__, [first, *args], kwargs, hint)
    if isinstance(target, types.FunctionType) and target.__name__ == "evolve" and (
            target.__module__ or "").partition(".")[0] == "attr" and args and isinstance(args[0], Record):
        return objects.evolved(s, args, kwargs)
    if isinstance(target, type) and target in (collections.deque, collections.defaultdict, collections.ChainMap):
        raise s.refuse(f"what collections.{target.__name__} does is not known to srcad", "use a list, or a dict")
    if managers.is_suspended(target):
        return managers.suspend(s, target, args, kwargs)
    if isinstance(target, types.FunctionType) and not is_library(target):
        return call_function(s, target, args, kwargs, hint)
    if not _hashable(target):
        raise s.refuse(f"an object of class {type(target).__name__} is called, which is not written in Python",
                       "call it in a function of your own, and give that a rule (srcad.rules)")
    return operation(s, target, args, kwargs, hint)


def raised(s, cls: type, message: str):
    """What certainly raises, written as that."""
    s.b.apply(intrinsics.raise_, s.b.apply(cls, Lit(message)), UNDEFINED)
    return UNDEFINED


def call_remembering(s, target, args: list, kwargs: list, hint: str):
    """A call of a function that `functools.cache` wraps: of the function itself, which gives the same as long as it reads
    nothing that may have changed since."""
    reads = len(s.program.reads)
    result = call(s, Ref(target.__wrapped__), args, kwargs, hint)
    made = s.b.definition(result) if isinstance(result, Var) else None
    hidden = made is not None and isinstance(made.fn, ir.Function) and any(
        s.program.info_of(f).hidden for f in reachable(made.fn))
    if hidden or len(s.program.reads) > reads:
        raise s.refuse(f"{target.__name__} remembers its results, which may be of an earlier state of what it reads",
                       f"call {target.__name__}.__wrapped__, or leave out the cache")
    return result


def compile_time_class(target) -> bool:
    """Is a call of this followed as the making of an object?"""
    return isinstance(target, type) and not hasattr(target, "__srcad_call__") and objects.is_made(target)


def _hashable(value) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


#: Where Python's own modules are.
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep


def is_library(function: types.FunctionType) -> bool:
    """NumPy's own Python functions, and our operations, are not looked into: they have a rule or are refused."""
    module = function.__module__ or ""
    file = function.__code__.co_filename
    if (file.startswith(("<frozen ", STANDARD_LIBRARY)) and "site-packages" not in file) and (
            module.partition(".")[0] not in ("typing", "functools", "operator", "copy", "srcad")):
        return True
    return module.partition(".")[0] in ("numpy", "scipy", "builtins", "math", "logging", "random") or (
        module == "srcad.trace.intrinsics" or runtime.is_helper(function)) or function is sequence_order


def operation(s, target, args: list, kwargs: list, hint: str):
    """One operation of the Trace."""
    if any(isinstance(a, Record) for a in args) and find_rule(target) is not None and find_rule(target).kind != "zero":
        args = [objects.as_operand(s, target, a) for a in args]
    if kwargs and not args:
        args, kwargs = leading_operands(target, kwargs)
    if s.program.containers and (find_rule(target) is not None or isinstance(target, type) or (
            getattr(target, "__module__", None) or "").partition(".")[0] in ("numpy", "math", "builtins", "_operator")) and (
            target is not operator.getitem):
        args = [references.read_only(s, a) for a in args]
        kwargs = [(k, references.read_only(s, a)) for k, a in kwargs]
    atoms = [s.atom(a) for a in args]
    named = tuple((k, s.atom(a)) for k, a in kwargs)
    if any(a == UNDEFINED for a in (atoms[:1] if target is intrinsics.raise_ else atoms)):       # the cause may be none
        return UNDEFINED
    constant = fold(target, atoms, named)
    if constant is not None:
        return constant
    if target in AXIS_AT and atoms and is_without_axes(s.kind(atoms[0])):
        atoms, named = without_axis(target, atoms, named)
    operands = sequences_as_arrays(s, target, [*atoms, *(a for _, a in named)])
    named = tuple((k, a) for (k, _), a in zip(named, operands[len(atoms):]))
    result = s.b.apply(target, *operands[:len(atoms)], kwargs=named)
    if hint and not s.frozen:
        result.hint = hint
    return result


#: What takes `axis=0` of an array without axes for all of it, as NumPy does, and where the axis stands among its arguments.
AXIS_AT = {
    getattr(owner, name): place
    for names, place in (("sum prod max min amax amin any all ptp cumsum cumprod nansum nanprod nanmax nanmin", 1),
                         ("repeat take", 2))
    for owner in (np, np.ndarray) for name in names.split() if hasattr(owner, name)
}


def is_without_axes(kind) -> bool:
    return isinstance(kind, Scalar) or isinstance(kind, Array) and kind.dims == ()


def without_axis(target, atoms: list, named: tuple) -> tuple[list, tuple]:
    """The arguments of a call, with the one axis that an array without axes may be given left out."""
    place = AXIS_AT[target]
    axes = (Lit(0), Lit(-1))
    if len(atoms) > place and atoms[place] in axes:
        atoms = [*atoms[:place], Lit(None), *atoms[place + 1:]] if len(atoms) > place + 1 else atoms[:place]
    return atoms, tuple((k, a) for k, a in named if k != "axis" or a not in axes)


def sequences_as_arrays(s, target, atoms: list) -> list:
    """NumPy's elementwise functions take lists for arrays, and so do operators beside an array: rules see arrays."""
    sequences = [isinstance(a, Var) and isinstance(s.kind(a), TupleOf | ListOf) for a in atoms]
    if not any(sequences):
        return atoms
    home = getattr(target, "__module__", None) or ""
    if home == "numpy" and getattr(target, "__name__", "") in OF_NESTED_LISTS:
        return [s.b.apply(np.array, a) if sequence and holds_numbers(s.kind(a)) else a for a, sequence in zip(atoms, sequences)]
    if target in ARITHMETIC or target is operator.matmul:
        broadcasts = any(isinstance(s.kind(a), Array) for a in atoms)
    else:
        rule = find_rule(target)
        broadcasts = isinstance(target, np.ufunc) or target is np.where or rule is not None and (
            rule.kind == "elementwise" and home.startswith(("numpy", "scipy"))
            or home.startswith(OF_ARRAYS) and target.__name__ not in OF_LISTS)
    if broadcasts and home.startswith(OF_ARRAYS):
        sequences = [sequence and holds_numbers(s.kind(a)) for a, sequence in zip(atoms, sequences)]
    return [s.b.apply(np.array, a) if sequence and broadcasts else a for a, sequence in zip(atoms, sequences)]


#: Modules whose functions take nested lists of numbers for arrays, but for those of several arrays.
OF_ARRAYS = ("numpy.linalg", "numpy.fft", "scipy.linalg")
OF_LISTS = {"multi_dot", "block_diag", "lu_solve", "cho_solve", "cho_solve_banded", "solve_toeplitz", "matmul_toeplitz"}
#: Functions of NumPy whose rules are written for arrays.
OF_NESTED_LISTS = frozenset("""
    array_split average broadcast_arrays broadcast_to convolve corrcoef correlate cov cross cumprod cumsum cumulative_prod
    cumulative_sum diag diagflat diagonal diff dot einsum fill_diagonal flip full full_like geomspace gradient
    inner kron linspace logspace matvec outer pad partition repeat reshape resize roll rot90 sort squeeze swapaxes take
    take_along_axis tensordot trace tril triu unwrap vdot vecdot vecmat
    """.split())


def holds_numbers(kind) -> bool:
    """Is it a list or tuple of numbers, not all of them whole, or of arrays, or of such?"""
    if isinstance(kind, TupleOf):
        kinds = kind.items
    elif isinstance(kind, ListOf):
        kinds = kind.items if kind.items is not None else (kind.element,)
    else:
        return False
    return any(map(is_inexact, kinds)) and all(is_numeric(k) or holds_numbers(k) for k in kinds) or bool(kinds) and all(
        holds_numbers(k) or isinstance(k, Array) for k in kinds)


def is_numeric(kind) -> bool:
    return isinstance(kind, Scalar) or isinstance(kind, Static) and type(kind.value) in (int, float, complex)


def is_inexact(kind) -> bool:
    return kind.base in (float, complex) if isinstance(kind, Scalar) else isinstance(kind, Static) and (
        type(kind.value) in (float, complex))


def leading_operands(target, kwargs: list) -> tuple[list, list]:
    """Operands given by keyword, as in ``np.sum(a=x)``, put where they belong."""
    try:
        names = list(inspect.signature(target).parameters)
    except (ValueError, TypeError):
        return [], kwargs
    named = dict(kwargs)
    args = []
    for name in names:
        if name not in named:
            break
        args.append(named.pop(name))
    return args, list(named.items())


FOLDED = {
    operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod, operator.neg, operator.pos, operator.lt,
    operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.not_, operator.and_, operator.or_,
    operator.xor, operator.invert, operator.is_, operator.is_not, operator.contains, abs, len, bool, str,
    operator.getitem,
}

#: Those that give a bool also for floats, so that ``n != 0`` is decided for a literal exponent n.
COMPARISONS = {operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne}


def fold(target, atoms: list, named: tuple):
    """The constant that an operation on ints, bools, strings and None gives, as a Lit; else None."""
    types_folded = (int, bool, str, type(None), float) if target in COMPARISONS else (int, bool, str, type(None))
    if named or target not in FOLDED or not all(isinstance(a, Lit) and type(a.value) in types_folded for a in atoms):
        return None
    try:
        value = target(*[a.value for a in atoms])
    except Exception:
        return None
    return Lit(value) if type(value) in (int, bool, str) else None


#: Methods of texts that are decided for constants.
TEXT_METHODS = {"split", "rsplit", "splitlines", "upper", "lower", "strip", "lstrip", "rstrip", "replace", "startswith",
                "endswith", "title", "capitalize", "isdigit", "isalpha", "isupper", "islower", "count", "find", "removeprefix",
                "removesuffix"}


def call_method(s, owner, name: str, args: list, kwargs: list, hint: str):
    """``owner.name(*args, **kwargs)``"""
    if s.program.containers and not s.frozen:
        owner = references.wrapped(s, owner)
    if isinstance(owner, Sequence):
        return lists.call_list_method(s, owner, name, args, kwargs, hint)
    if isinstance(owner, Mapping):
        return dicts.call_dict_method(s, owner, name, args, kwargs)
    if name == "join":
        args = [a.items if isinstance(a, Generated) else a for a in args]
    if isinstance(owner, Instance) and isinstance(owner.value, (logging.Logger, *GENERATORS)):
        label, read, key = owner.path
        return call_object(s, getattr(type(owner.value), name), [s.hidden(label, read, key), *args], kwargs, hint)
    if distributions.is_frozen_here(owner):
        return distributions.call_frozen(s, owner, name, args, kwargs, hint)
    if isinstance(owner, Super):
        return objects.call_super(s, owner, name, args, kwargs, hint)
    if isinstance(owner, Record):
        return call(s, objects.read(s, owner, name), args, kwargs, hint)
    if isinstance(owner, Instance) and isinstance(inspect.getattr_static(type(owner.value), name, None), staticmethod):
        return call(s, Ref(getattr(type(owner.value), name)), args, kwargs, hint)
    if isinstance(owner, Instance):
        function = getattr(type(owner.value), name, None)
        if isinstance(function, types.FunctionType) and is_library(function) and name not in getattr(owner.value, "__dict__", {}):
            label, read, key = owner.path
            return operation(s, function, [s.hidden(label, read, key), *args], kwargs, hint)
        if isinstance(function, types.FunctionType) and name not in getattr(owner.value, "__dict__", {}):
            return call_function(s, function, [owner, *args], kwargs, hint)
        bound = getattr(owner.value, name)
        if isinstance(bound, types.MethodType) and isinstance(bound.__self__, type):
            return call_function(s, bound.__func__, [Ref(bound.__self__), *args], kwargs, hint)
        return call(s, read_attribute(s, owner, name), args, kwargs, hint)
    kind = s.kind(owner)
    match kind:
        case Array():
            method = getattr(np.ndarray, name, None)
            if method is None:
                raise s.refuse(f"arrays have no method {name}")
            return call_object(s, method, [owner, *args], kwargs, hint)
        case Scalar(dtype=dtype) if dtype is not None and hasattr(np.ndarray, name):
            return call_object(s, getattr(np.ndarray, name), [owner, *args], kwargs, hint)
        case Scalar(base=base):
            method = getattr(base, name, None)
            if method is None:
                raise s.refuse(f"{base.__name__} has no method {name}")
            return call_object(s, method, [owner, *args], kwargs, hint)
        case DictOf():
            if name in ("items", "keys", "values") and not args:
                return Items(s.atom(owner), name)
            if name == "get" and args and isinstance(args[0], Lit):
                if args[0].value in kind.keys:
                    return call(s, Ref(operator.getitem), [owner, args[0]], [])
                return args[1] if len(args) > 1 else Lit(None)
            if name in dicts.DICT_CHANGES or name == "get":
                references.follow(s)
            raise s.refuse(f"the method {name} of a dict changes it or is not known to srcad",
                           "build the dict in one expression and read its items")
        case TupleOf(cls=cls) if isinstance(inspect.getattr_static(cls or tuple, name, None), types.FunctionType):
            return call_function(s, inspect.getattr_static(cls, name), [owner, *args], kwargs, hint)
        case TupleOf() | ListOf():
            if name in ("index", "count"):
                return operation(s, getattr(list if isinstance(kind, ListOf) else tuple, name), [owner, *args], kwargs, hint)
            if name == "copy":
                return operation(s, list, [owner], [], hint)
            if isinstance(kind, ListOf) and name in lists.LIST_CHANGES:
                references.follow(s)
            raise s.refuse(f"the list method {name} changes a list in place", "build the list in one expression")
        case Static(value=target) if callable(target) and not isinstance(owner, Lit):
            return call(s, read_attribute(s, Ref(target), name), args, kwargs, hint)
        case Static() if isinstance(owner, Lit) and type(owner.value) is str and name in TEXT_METHODS and not kwargs and all(
                isinstance(a, Lit) for a in args):
            made = getattr(owner.value, name)(*(a.value for a in args))
            return call(s, Ref(intrinsics.build_list), [Lit(v) for v in made], []) if isinstance(made, list) else Lit(made)
        case Static() if isinstance(owner, Lit) and type(owner.value) in (str, bytes):
            return operation(s, getattr(type(owner.value), name), [owner, *args], kwargs, hint)
        case Object(cls=cls) if cls in (str, bytes):
            return operation(s, getattr(cls, name), [owner, *args], kwargs, hint)
        case Object(cls=cls) if hasattr(cls, name):
            return operation(s, getattr(cls, name), [owner, *args], kwargs, hint)
        case Bottom():
            return UNDEFINED
        case Numeric() | Unknown():
            raise KindError(
                f"the method {name} is called on a value of which it is not known whether it is a number or an array",
                f"use the function form, such as np.{name}(...), or give the value one kind on every path", s.b.loc)
    raise s.refuse(f"the method {name} of {kind!r} is not known to srcad")


# ---------------------------------------------------------------------------------------------------------------------
# Functions that are decided, or at least looked through, when the derivative is made


def _getattr(s, args, kwargs):
    if len(args) < 2 or kwargs:
        return NotImplemented
    if not isinstance(args[1], Lit):
        raise s.refuse("the name of an attribute is not known when the derivative is made", "write the name, or use a dict")
    if len(args) == 3:
        there = _hasattr(s, args[:2], [])
        if there is NotImplemented:
            raise s.refuse(f"whether there is an attribute {args[1].value!r} is not known when the derivative is made",
                           "leave out the default")
        if not there.value:
            return args[2]
    return read_attribute(s, args[0], args[1].value)


def _getitem(s, args, kwargs):
    container, index = args
    if isinstance(container, Var) and (array := writes.flat_of(s, container)) is not None:
        return writes.read_flat(s, array, index)
    if isinstance(container, Var) and isinstance(index, Lit) and type(index.value) is int and isinstance(
            container.kind, TupleOf | ListOf) and container.kind.items is not None and not (
            -len(container.kind.items) <= index.value < len(container.kind.items)):
        return raised(s, IndexError, f"{'list' if isinstance(container.kind, ListOf) else 'tuple'} index out of range")
    if isinstance(container, Pack) and isinstance(index, Lit) and type(index.value) is int:
        if -len(container.items) <= index.value < len(container.items):
            return container.items[index.value]
        return raised(s, IndexError, "tuple index out of range")
    if isinstance(container, Var) and isinstance(index, Var) and isinstance(index.kind, Scalar) and (
            functions := functions_of(container.kind)):
        if isinstance(container.kind, DictOf):
            index = forms.place_of_key(s, container.kind.keys, index)
        return forms.one_of(s, functions, index)
    if isinstance(container, Pack) and any(map(forms.is_function, container.items)) and isinstance(
            index, Var) and isinstance(index.kind, Scalar):
        return forms.one_of(s, container.items, index)
    if isinstance(container, Pack) and isinstance(index, Var):
        piece = literal(index, s.b.definition)
        if isinstance(piece, slice):
            return Pack(container.items[piece])
        if s.is_mixed(container):
            return operation(s, operator.getitem, [s.items_atom(container), index], [], "")
    if isinstance(container, Var) and isinstance(container.kind, TupleOf) and isinstance(index, Lit):
        made = s.b.definition(container)
        if made is not None and made.fn is intrinsics.build_tuple and type(index.value) is int and \
                -len(made.args) <= index.value < len(made.args):
            return made.args[index.value]
        if made is not None and made.fn is getattr and made.args[1] == Lit("shape"):
            return s.b.apply(operator.getitem, container, index, kind=INT)
    return NotImplemented


def _build_list(s, args, kwargs):
    """``[a, b]``"""
    if not s.frozen and any(map(forms.is_structured, args)):
        references.follow(s)
    return NotImplemented


def functions_of(kind) -> tuple:
    """The functions that a tuple, list or dict from outside holds, if it holds nothing else."""
    items = kind.values if isinstance(kind, DictOf) else kind.items if isinstance(kind, TupleOf | ListOf) else None
    if not items or not all(isinstance(k, Static) and callable(k.value) and not isinstance(k.value, type) for k in items):
        return ()
    return tuple(Ref(k.value) for k in items)


def is_none(s, value: OneOf, negate: bool):
    """``f is None`` for one of several."""
    answers = [(o == Lit(None)) != negate for o in value.options]
    if len(set(answers)) == 1:
        return Lit(answers[0])
    return s.b.apply(operator.getitem, s.b.apply(intrinsics.build_tuple, *map(Lit, answers)), value.index)


def _build_tuple(s, args, kwargs):
    if any(isinstance(a, Generated) for a in args):
        raise s.kept_iterator()
    return Pack(tuple(args))


def _unpack(s, args, kwargs):
    return Pack(tuple(unpacked(s, args[0], args[1].value, args[2].value)))


def _zip(s, args, kwargs):
    return Zip(tuple(args)) if not kwargs else NotImplemented


def _enumerate(s, args, kwargs):
    start = args[1] if len(args) > 1 else dict(kwargs).get("start", Lit(0))
    return Enumerate(args[0], start)


def _iter(s, args, kwargs):
    if len(args) != 1:
        return NotImplemented
    known = isinstance(args[0], Pack | Sequence | Generated) or isinstance(args[0], Var) and isinstance(
        args[0].kind, ListOf | TupleOf | Array | Range)
    return Generated(args[0].items if isinstance(args[0], Generated) else args[0]) if known else NotImplemented


def _reversed(s, args, kwargs):
    (value,) = args
    items = static_items(s, value) if isinstance(value, Pack | Zip | Enumerate) else None
    if items is not None:
        return Pack(tuple(items[::-1]))
    kind = s.kind(value)
    if isinstance(kind, Range | Array | ListOf | TupleOf):
        back = s.b.apply(intrinsics.build_slice, Lit(None), Lit(None), Lit(-1))
        return s.b.apply(operator.getitem, s.atom(value), back)
    return NotImplemented


def _len(s, args, kwargs):
    (value,) = args
    items = value.items if isinstance(value, Pack) else None
    if items is not None:
        return Lit(len(items))
    if not is_atom(value):
        return NotImplemented
    kind = s.kind(value)
    if isinstance(kind, TupleOf):
        return Lit(len(kind.items))
    if isinstance(kind, DictOf):
        return Lit(len(kind.keys))
    numbers = literal_range(s, value)
    return NotImplemented if numbers is None else Lit(len(numbers))


def literal_range(s, value) -> range | None:
    """In a rule, a range of known numbers: a few axes."""
    numbers = literal(value, s.b.definition) if s.frozen and isinstance(value, Var) else None
    return numbers if isinstance(numbers, range) else None


def _tuple(s, args, kwargs):
    if not args:
        return Pack(())
    numbers = literal_range(s, args[0])
    if numbers is not None:
        return Pack(tuple(map(Lit, numbers)))
    items = static_items(s, args[0])
    return NotImplemented if items is None else Pack(tuple(items))


def _list(s, args, kwargs):
    if not args:
        return s.b.apply(intrinsics.build_list)
    if is_atom(args[0]):
        return NotImplemented
    items = static_items(s, args[0])
    return NotImplemented if items is None else s.b.apply(intrinsics.build_list, *[s.atom(i) for i in items])


def _dict(s, args, kwargs):
    if args:
        references.follow(s)
        return NotImplemented
    parts: list = []
    for k, v in kwargs:
        parts += [Lit(k), s.atom(v)]
    return s.b.apply(intrinsics.build_dict, *parts)


def _build_dict(s, args, kwargs):
    if not s.frozen and any(map(forms.is_structured, args[1::2])):
        references.follow(s)
    if s.program.containers and not s.frozen:
        found: dict = {}
        for key, value in zip(args[::2], args[1::2]):
            found[dicts.key_of(s, key)] = value
        return references.new_dict(s, Entries(tuple(found), tuple(found.values())))
    if not all(isinstance(key, Lit) for key in args[::2]):
        return s.b.apply(intrinsics.build_dict, *[s.atom(a) for a in args])
    entries: dict = {}
    for key, value in zip(args[::2], args[1::2]):
        # A key keeps its first place and its first spelling, and has the last value.
        first = entries.get(key.value, (key, None))[0]
        entries[key.value] = (first, s.atom(value))
    return s.b.apply(intrinsics.build_dict, *[part for entry in entries.values() for part in entry])


def class_of(s, value) -> type | None:
    """The class of a value, if it is known."""
    match value:
        case Pack():
            return tuple
        case Closure():
            return types.FunctionType
        case Sequence():
            return list
        case Mapping():
            return dict
        case Record(cls=cls):
            return cls
        case Partial():
            return functools.partial
        case Lit(value=v) if v is not UNDEF:
            return type(v)
        case Ref(value=v):
            return type(v)
        case Instance(value=v):
            return type(v)
    match s.kind(value):
        case Scalar(base=base, dtype=dtype):
            return base if dtype is None else dtype.type
        case Array():
            return np.ndarray
        case TupleOf(cls=cls):
            return cls or tuple
        case ListOf():
            return list
        case DictOf():
            return dict
        case Range():
            return range
        case SliceOf():
            return slice
        case Object(cls=cls):
            return None if cls is object else cls
    return None


def _isinstance(s, args, kwargs):
    classes = _classes(s, args[1])
    cls = class_of(s, args[0])
    if classes is not None and cls is None and isinstance(s.kind(args[0]), Numeric):
        numbers = (bool, int, float, complex, np.generic, np.ndarray)     # it is of one of these
        if not any(issubclass(n, c) or issubclass(c, n) for n in numbers for c in classes):
            return Lit(False)
    if classes is None or cls is None:
        return NotImplemented
    return Lit(any(issubclass(cls, c) for c in classes))


def _classes(s, value) -> list | None:
    match value:
        case Var() if (made := s.b.definition(value)) is not None and made.fn is operator.or_:
            found = [_classes(s, a) for a in made.args]           # isinstance(x, float | int)
            return None if any(f is None for f in found) else [c for f in found for c in f]
        case Ref(value=type() as cls):
            return [cls]
        case Ref(value=types.UnionType() as union):
            return list(union.__args__)
        case Pack(items=items):
            found = [_classes(s, i) for i in items]
            return None if any(f is None for f in found) else [c for f in found for c in f]
    return None


def _type(s, args, kwargs):
    cls = class_of(s, args[0]) if len(args) == 1 else None
    return NotImplemented if cls is None else Ref(cls)


def _is(negate):
    def decide(s, args, kwargs):
        a, b = args
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Lit) and one.value is None:
                if isinstance(other, OneOf):
                    return is_none(s, other, negate)
                if isinstance(other, Lit | Ref | Pack | Instance | Closure | Partial | Record):
                    return Lit((isinstance(other, Lit) and other.value is None) != negate)
                kind = s.kind(other)
                if isinstance(kind, Scalar | Array | Numeric | Range) or is_container(kind):
                    return Lit(negate)
        if isinstance(a, Record) and isinstance(b, Record):
            return objects.same(s, a, b, negate)
        if isinstance(a, Ref | Lit) and isinstance(b, Ref | Lit) and a != UNDEFINED and b != UNDEFINED:
            return Lit((a == b) != negate)
        return NotImplemented
    return decide


def _equal(negate):
    def decide(s, args, kwargs):
        a, b = args
        if isinstance(a, Ref) and isinstance(b, Ref) and type(a.value) is type(b.value) and (
                callable(a.value) or isinstance(a.value, np.dtype)):
            return Lit((a.value == b.value) != negate)
        if isinstance(a, Pack) and isinstance(b, Pack) and all(isinstance(i, Lit) for i in a.items + b.items):
            return Lit((tuple(i.value for i in a.items) == tuple(i.value for i in b.items)) != negate)
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Lit) and (one.value is None or type(one.value) is str) and not isinstance(other, Lit):
                kind = s.kind(other)
                if isinstance(kind, Scalar):
                    return Lit(negate)
        numbers = [literal(v, s.b.definition) if isinstance(v, Lit | Var) else None for v in args]
        if all(type(n) in (int, float) for n in numbers):
            return Lit((numbers[0] == numbers[1]) != negate)
        return NotImplemented
    return decide


def _callable(s, args, kwargs):
    if isinstance(args[0], OneOf):
        return is_none(s, args[0], True)
    if isinstance(args[0], Ref | Method | Closure | Partial):
        return Lit(True if not isinstance(args[0], Ref) else callable(args[0].value))
    cls = class_of(s, args[0])
    return NotImplemented if cls is None else Lit(any("__call__" in vars(c) for c in cls.__mro__))


def _hasattr(s, args, kwargs):
    if not isinstance(args[1], Lit):
        return NotImplemented
    if isinstance(args[0], Ref | Instance):
        return Lit(hasattr(args[0].value, args[1].value))
    if isinstance(args[0], Record):
        return Lit(args[1].value in args[0].fields or hasattr(args[0].cls, args[1].value))
    cls = class_of(s, args[0])
    return NotImplemented if cls is None else Lit(hasattr(cls, args[1].value))


def _add(s, args, kwargs):
    a, b = args
    if isinstance(a, Pack) and isinstance(b, Pack):
        return Pack(a.items + b.items)
    if isinstance(a, Pack) ^ isinstance(b, Pack):
        other = b if isinstance(a, Pack) else a
        if isinstance(s.kind(other), TupleOf):
            items = [static_items(s, v) for v in (a, b)]
            return Pack(tuple(items[0] + items[1]))
    return NotImplemented


def _mul(s, args, kwargs):
    a, b = args
    for pack, times in ((a, b), (b, a)):
        if isinstance(pack, Pack) and isinstance(times, Lit) and type(times.value) is int:
            return Pack(pack.items * times.value)
    return NotImplemented


def _in_place(fn, plain):
    """``x op= e`` of a number or a tuple re-binds the name, of an array it writes to it."""
    def decide(s, args, kwargs):
        kind = TupleOf(()) if isinstance(args[0], Pack) else s.kind(args[0])
        if isinstance(kind, Scalar | TupleOf | Bottom | Object):
            return call(s, Ref(plain), args, kwargs)
        if isinstance(kind, Array):
            return writes.assign_in_place(s, fn, plain, args[0], args[1])
        if isinstance(kind, ListOf | DictOf):
            references.follow(s)
            raise s.refuse("a list is extended in place", "write `items = items + [...]`")
        raise s.refuse("an augmented assignment to a value of which it is not known whether it is a number or an array",
                       "write `x = x + ...`, which never changes an array in place")
    return decide


def _or(s, args, kwargs):
    """``d | e``"""
    if any(isinstance(a, Var | Pack) and isinstance(s.kind(a), DictOf) for a in args):
        references.follow(s)
    return NotImplemented


def _delitem(s, args, kwargs):
    if isinstance(s.kind(args[0]), ListOf | DictOf):
        references.follow(s)
    raise s.refuse("an item is deleted in place", "build a new list")


def _setattr(s, args, kwargs):
    if len(args) == 3 and isinstance(args[1], Lit) and is_atom(args[0]) and isinstance(s.kind(args[0]), Array):
        return writes.assign_attribute(s, args[0], args[1].value, args[2])
    owner = args[0].value if isinstance(args[0], Ref | Instance) else None
    if isinstance(owner, types.ModuleType | type | types.FunctionType):
        raise s.refuse(f"an attribute of {owner.__name__}, which outlives the call, is assigned", "return the value instead")
    if owner is not None:
        raise s.refuse(f"an attribute of an object of {type(owner).__name__}, which outlives the call, is assigned",
                       "return the value instead, or make the object inside")
    raise s.refuse("an attribute is assigned", "return the value instead")


def _contains(s, args, kwargs):
    container, item = args
    if isinstance(item, Lit):
        if isinstance(container, Pack) and all(isinstance(i, Lit) for i in container.items):
            return Lit(item.value in [i.value for i in container.items])
        if is_atom(container) and isinstance(s.kind(container), DictOf):
            return Lit(item.value in s.kind(container).keys)
    return NotImplemented


def _any_all(fn):
    def decide(s, args, kwargs):
        items = static_items(s, args[0]) if not is_atom(args[0]) else None
        if items is None or not all(isinstance(i, Lit) for i in items):
            return NotImplemented
        return Lit(fn(i.value for i in items))
    return decide


def _min_max(fn):
    """``max((a, b))`` is ``max(a, b)``; ``max(x)`` of an array of numbers is ``np.max(x)``."""
    of_array = {max: np.max, min: np.min}[fn]

    def decide(s, args, kwargs):
        if len(args) == 1 and not kwargs:
            kind = s.kind(args[0]) if is_atom(args[0]) else None
            if isinstance(kind, Array) and kind.ndim == 1:
                return operation(s, of_array, args, [], "")
            if isinstance(kind, ListOf) and kind.items is None and kind.element == FLOAT:
                best = operation(s, of_array, [s.b.apply(np.array, args[0])], [], "")
                return s.b.apply(float, best, kind=FLOAT)
            items = static_items(s, args[0])
            if items is not None and 1 < len(items) <= 8:
                return operation(s, fn, items, [], "")
        return NotImplemented
    return decide


def _np_scalar_shape(fn):
    def decide(s, args, kwargs):
        kind = s.kind(args[0]) if len(args) == 1 and not kwargs else None
        if fn is np.ndim and isinstance(kind, Scalar):
            return Lit(0)
        if fn is np.ndim and isinstance(kind, ListOf) and isinstance(kind.element, Scalar):
            return Lit(1)
        if fn is np.ndim and isinstance(kind, Array) and kind.dims is not None:
            return Lit(len(kind.dims))
        if fn is np.shape and isinstance(kind, Scalar):
            return Pack(())
        if fn is np.size and s.frozen and isinstance(kind, Array):
            return read_attribute(s, args[0], "size")
        if fn is np.shape and isinstance(kind, Array):
            return read_attribute(s, args[0], "shape")
        return NotImplemented
    return decide


def _iscomplexobj(s, args, kwargs):
    kind = s.kind(args[0]) if len(args) == 1 and not kwargs else None
    if isinstance(kind, Scalar):
        return Lit(kind.base is complex)
    if isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind != "O":
        return Lit(kind.dtype.kind == "c")
    return NotImplemented


def _itself_if_real(s, args, kwargs):
    """In a rule, the conjugate and the real part of what is known to be real are left out."""
    if s.frozen and len(args) == 1 and not kwargs:
        dtype = dtype_of(s.kind(args[0]))
        if dtype is not None and dtype.kind in "fiub":
            return args[0]
    return NotImplemented


def _log_of_base(s, args, kwargs):
    """Of a positive constant it is the logarithm."""
    if isinstance(args[0], Lit) and type(args[0].value) in (int, float) and args[0].value > 0:
        return call(s, Ref(math.log), args, kwargs)
    return NotImplemented


def _inverse_permutation(s, args, kwargs):
    """Of known axes it is known."""
    axes = literal(args[0], s.b.definition) if isinstance(args[0], Var) else tuple(
        i.value if isinstance(i, Lit) else None for i in static_items(s, args[0]) or (None,))
    if isinstance(axes, tuple | list) and all(type(k) is int for k in axes):
        return Pack(tuple(map(Lit, runtime.inverse_permutation(axes))))
    return NotImplemented


def _sum(s, args, kwargs):
    """``sum`` over a known number of items is written out."""
    items = static_items(s, args[0])
    if items is None or not 0 < len(items) <= LONGEST_SUM or is_atom(args[0]) and _all_same(s.kind(args[0])):
        return NotImplemented
    total = args[1] if len(args) > 1 else dict(kwargs).get("start", Lit(0))
    for item in items:
        total = call(s, Ref(operator.add), [total, item], [])
    return total


LONGEST_SUM = 64


def _all_same(kind) -> bool:
    return isinstance(kind, ListOf) and all(isinstance(i, Scalar) for i in kind.items or ())


SPECIAL: dict = {
    getattr: _getattr, operator.getitem: _getitem, intrinsics.build_tuple: _build_tuple,
    intrinsics.unpack: _unpack,
    iter: _iter, zip: _zip, enumerate: _enumerate, reversed: _reversed, len: _len, tuple: _tuple, list: _list, dict: _dict,
    intrinsics.build_list: _build_list, intrinsics.build_dict: _build_dict,
    isinstance: _isinstance, type: _type, operator.is_: _is(False),
    operator.is_not: _is(True), operator.eq: _equal(False), operator.ne: _equal(True), callable: _callable,
    hasattr: _hasattr, operator.add: _add, operator.mul: _mul, operator.setitem: writes.assign_item, operator.delitem: _delitem,
    operator.or_: _or,
    setattr: _setattr, delattr: _setattr, operator.contains: _contains, any: _any_all(any), all: _any_all(all),
    max: _min_max(max), min: _min_max(min), np.ndim: _np_scalar_shape(np.ndim), np.shape: _np_scalar_shape(np.shape),
    np.size: _np_scalar_shape(np.size), np.conjugate: _itself_if_real, np.real: _itself_if_real,
    np.iscomplexobj: _iscomplexobj, runtime.log_of_base: _log_of_base, sum: _sum,
    runtime.inverse_permutation: _inverse_permutation,
}
SPECIAL |= closures.SPECIAL | comprehensions.SPECIAL | statements.SPECIAL | managers.SPECIAL
SPECIAL |= sequences.SPECIAL | numpy_forms.SPECIAL
SPECIAL |= objects.special(_setattr)
SPECIAL |= {fn: sequences.by_key(fn, SPECIAL[fn]) for fn in (max, min)}
SPECIAL |= {fn: _in_place(fn, plain) for fn, plain in IN_PLACE.items()}
SPECIAL |= {getattr(np.ndarray, name): SPECIAL[fn] for fn in IN_PLACE if hasattr(np.ndarray, name := f"__{fn.__name__}__")}

#: Of other modules, called through this one.
__all__ = [
    "Abstraction", "bind", "bind_arguments", "call_trace", "counted", "expand_mapping", "expand_star", "mapping_items",
    "read_free", "specialised", "splice", "static_items", "truth", "unpacked",
]
