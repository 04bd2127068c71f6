"""What a call means: an operation with a kind, a constant, another Trace, or code to be spliced in."""

from __future__ import annotations

import collections
import functools
import inspect
import logging
import operator
import types

import numpy as np

from srcad.analysis.axes import IN_PLACE
from srcad.analysis.draws import GENERATORS
from srcad.errors import KindError
from srcad.optimize.link import reachable
from srcad.places import Attribute, AttributeOf, Held, ItemOf, TypeOf
from srcad.polynomials import FOLLOWED as POLYNOMIALS
from srcad.rules.registry import find_rule
from srcad.specialise import (
    closures,
    comprehensions,
    containers,
    decided,
    dicts,
    displays,
    distributions,
    generators,
    lists,
    managers,
    numba_objects,
    numpy_forms,
    references,
    sequences,
    statements,
    twins,
    writes,
)
from srcad.specialise.attributes import read_attribute
from srcad.specialise.callees import call_function, is_library
from srcad.specialise.names import value_of_object
from srcad.specialise.numpy_forms import joining, polynomials, ufuncs
from srcad.specialise.objects import attributes, copies, supers
from srcad.specialise.objects.attributes import call_special, read_member
from srcad.specialise.objects.copies import evolved
from srcad.specialise.objects.making import constant_polynomial, make_object
from srcad.specialise.objects.records import is_made
from srcad.specialise.objects.special_methods import OPERATORS, as_items, operate
from srcad.specialise.objects.supers import call_super
from srcad.specialise.objects.variables import opened
from srcad.specialise.operations import operation, raised
from srcad.specialise.values import (
    UNDEFINED,
    Closure,
    Generated,
    Instance,
    Items,
    Mapping,
    Method,
    OneOf,
    Partial,
    Record,
    Sequence,
    Super,
    Unclear,
)
from srcad.trace import intrinsics, ir
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import Array, Bottom, DictOf, ListOf, Numeric, Object, Scalar, Static, TupleOf, Unknown
from srcad.trace.purity import is_hashable


def call(s, fn, args: list, kwargs: list, hint: str = ""):
    """The value of ``fn(*args, **kwargs)``; appends what has to be done at run time."""
    return opened(s, _call(s, fn, args, kwargs, hint))


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
            return call_special(s, fn, "__call__", args, hint) if not kwargs else call(
                s, read_member(s, fn, "__call__"), args, kwargs, hint)
        case Var() if isinstance(fn.kind, Bottom):
            return UNDEFINED
        case Var(kind=Static(value=target)) if callable(target):
            return call_object(s, target, args, kwargs, hint)
        case Lit() if fn == UNDEFINED:
            return UNDEFINED
        case Var() if isinstance(made := s.b.definition(fn), ir.Apply) and isinstance(made.fn, type):
            raise s.refuse(f"an object of class {made.fn.__qualname__} is called, and what that computes is not known to srcad",
                           "make and call it in a function of your own, and give that a rule (srcad.rules, srcad.custom_vjp)")
    raise s.refuse("which function is called here is not known when the derivative is made",
                   "call a function by its name, or choose it by a branch around the call")


def call_object(s, target, args: list, kwargs: list, hint: str):
    if numba_objects.is_range(target):
        target = range
    if type(target) is types.FunctionType and (helper := twins.helper_of(target)) is not None:
        s.program.guard_function(target)
        target = helper
    if target is operator.getitem and joining.is_concatenator(args[0]):
        return joining.concatenated(s, args[0].value, args[1])
    if is_hashable(target) and target in OPERATORS:
        args = [constant_polynomial(s, a) for a in args]
    if any(isinstance(a, Record | Instance) for a in args) and is_hashable(target):
        result = operate(s, target, args, kwargs, hint)
        if result is not NotImplemented:
            return result
    if hint and is_hashable(target) and target in sequences.LAZY:
        raise s.refuse(f"what {target.__name__}() gives is kept, and can be gone through only once",
                       f"keep a list: `list({target.__name__}(...))`")
    if is_hashable(target) and target in comprehensions.CONSUMERS:
        args = [a.items if isinstance(a, Generated) else as_items(s, a) for a in args]
    if s.program.containers and not s.frozen and is_hashable(target):
        result = containers.call_on(s, target, args, kwargs, hint)
        if result is not NotImplemented:
            return result
        if target in containers.GO_THROUGH:
            args = [containers.items_of_keys(s, a) for a in args]
            if target not in (enumerate, zip):
                args = [references.viewed(s, a) for a in args]
    if isinstance(target, np.ufunc) or any(k == "out" for k, _ in kwargs):
        args, kwargs = ufuncs.without_out(target, args, kwargs)
    special = SPECIAL.get(target) if is_hashable(target) else None
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
        args, kwargs = ufuncs.without_options(s, target, args, kwargs)
    if ufuncs.is_ufunc_method(target):
        if dict(kwargs).get("out", Lit(None)) != Lit(None) and target.__name__ in ("reduce", "accumulate", "outer"):
            return writes.write_out(s, target, args, kwargs, call_object)
        result = ufuncs.call_ufunc_method(s, target, args, kwargs)
        if result is not NotImplemented:
            return result
    if is_hashable(target) and target in writes.WRITERS:
        return writes.WRITERS[target](s, args, kwargs)
    if is_hashable(target) and target in writes.REFUSED:
        raise writes.refuse_writer(s, target)
    if isinstance(target, types.BuiltinFunctionType) and isinstance(target.__self__, np.ufunc) and target.__name__ == "at":
        return writes.operate_at(s, target.__self__, args, kwargs)
    compile_time = None if isinstance(target, types.MethodType | type) else getattr(target, "__srcad_call__", None)
    if compile_time is not None:
        return compile_time(s, args, kwargs, hint)
    users = isinstance(target, functools.partial | types.MethodType) or isinstance(target, types.FunctionType) and (
        not is_library(target))
    if not users and any(name.startswith("overwrite_") and value != Lit(False) or (
            name == "copy" and value != Lit(True) and target is np.nan_to_num)
                         for name, value in kwargs):
        raise writes.refuse_writer(s, target)
    if not users and is_hashable(target) and writes.takes_out(target, args, kwargs):
        return writes.write_out(s, target, args, kwargs, call_object)
    if find_rule(target) is not None:
        return operation(s, target, args, kwargs, hint)
    numba_objects.refuse(s, target)
    if isinstance(getattr(target, "py_func", None), types.FunctionType):
        return call_function(s, target.py_func, args, kwargs, hint)      # compiled by Numba
    if (getattr(target, "__module__", None) or "") in ("ctypes", "_ctypes"):
        raise s.refuse(f"ctypes.{getattr(target, '__name__', 'a function')} hands values to code that srcad does not see",
                       "call it in a function of your own, and give that a rule (srcad.rules, srcad.custom_vjp)")
    if find_rule(target) is None and compile_time_class(target):
        return make_object(s, target, args, kwargs)
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
        if isinstance(owner, type) and owner in POLYNOMIALS and hasattr(POLYNOMIALS[owner], target.__name__):
            return call_object(s, getattr(POLYNOMIALS[owner], target.__name__).__func__, [Ref(owner), *args], kwargs, hint)
        first = Ref(owner) if isinstance(owner, type) else value_of_object(
            s, owner, "self", Held(owner), ("self", id(owner)))
        return call_object(s, target.__func__, [first, *args], kwargs, hint)
    if isinstance(target, types.FunctionType) and target.__name__ == "evolve" and (
            target.__module__ or "").partition(".")[0] == "attr" and args and isinstance(args[0], Record):
        return evolved(s, args, kwargs)
    if isinstance(target, type) and target in (collections.deque, collections.defaultdict, collections.ChainMap):
        raise s.refuse(f"what collections.{target.__name__} does is not known to srcad", "use a list, or a dict")
    if generators.is_suspended(target):
        return generators.suspend(s, target, args, kwargs)
    if isinstance(target, types.FunctionType) and not is_library(target):
        return call_function(s, target, args, kwargs, hint)
    if isinstance(target, polynomials.POLYNOMIAL_CLASSES):
        return polynomials.call_polynomial(s, target, args)
    if not is_hashable(target):
        raise s.refuse(f"an object of class {type(target).__name__} is called, which is not written in Python",
                       "call it in a function of your own, and give that a rule (srcad.rules)")
    return operation(s, target, args, kwargs, hint)


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
    return isinstance(target, type) and not hasattr(target, "__srcad_call__") and is_made(target)


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
        return call_super(s, owner, name, args, kwargs, hint)
    if isinstance(owner, Record):
        return call(s, read_member(s, owner, name), args, kwargs, hint)
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
            if getattr(cls, name) in writes.REFUSED:
                raise writes.refuse_writer(s, getattr(cls, name))
            return operation(s, getattr(cls, name), [owner, *args], kwargs, hint)
        case Bottom():
            return UNDEFINED
        case Numeric() if name in REDUCTIONS:
            return call_object(s, getattr(np, name), [owner, *args], kwargs, hint)
        case Numeric() | Unknown():
            raise KindError(
                f"the method {name} is called on a value of which it is not known whether it is a number or an array",
                f"use the function form, such as np.{name}(...), or give the value one kind on every path", s.b.loc)
    raise s.refuse(f"the method {name} of {kind!r} is not known to srcad")


#: Methods of arrays that are functions of NumPy with the same arguments, which take numbers too.
REDUCTIONS = {"sum", "mean", "prod", "max", "min", "std", "var", "dot", "any", "all", "copy"}

#: Callable → ``handler(s, args, kwargs)``, which may give NotImplemented.
SPECIAL: dict = displays.SPECIAL | decided.SPECIAL | closures.SPECIAL | comprehensions.SPECIAL | statements.SPECIAL
SPECIAL |= managers.SPECIAL | sequences.SPECIAL | numpy_forms.SPECIAL | attributes.special(SPECIAL[setattr])
SPECIAL |= supers.SPECIAL | copies.SPECIAL
SPECIAL |= {fn: sequences.by_key(fn, SPECIAL[fn]) for fn in (max, min)}
SPECIAL |= {fn: displays.in_place(fn, plain) for fn, plain in IN_PLACE.items()}
SPECIAL |= {getattr(np.ndarray, name): SPECIAL[fn] for fn in IN_PLACE if hasattr(np.ndarray, name := f"__{fn.__name__}__")}
