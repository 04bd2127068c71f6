"""What a call of a Python object means: a list of questions, asked in order.

Enters: the object and the values it is called with. Leaves: the value of the call. Each of `QUESTIONS` gives that value, or
NotImplemented, or puts other arguments in place of those given; what nobody answers is one operation of the Trace.
"""

from __future__ import annotations

import collections
import functools
import math
import operator
import types
from dataclasses import dataclass

import numpy as np

from srcad.analysis.axes import ARITHMETIC, IN_PLACE
from srcad.optimize.link import reachable
from srcad.places import Attribute, Held, ItemOf
from srcad.polynomials import FOLLOWED as POLYNOMIALS
from srcad.rules.registry import find_rule
from srcad.specialise import (
    closures,
    comprehensions,
    containers,
    decided,
    displays,
    distributions,
    generators,
    managers,
    numba_objects,
    numpy_forms,
    references,
    sequences,
    statements,
    twins,
    writes,
)
from srcad.specialise.callees import call_function, is_library
from srcad.specialise.names import value_of_object
from srcad.specialise.numpy_forms import joining, polynomials, ufuncs
from srcad.specialise.objects import attributes, copies, supers
from srcad.specialise.objects.making import constant_polynomial, make_object
from srcad.specialise.objects.records import is_made
from srcad.specialise.objects.special_methods import OPERATORS, as_items, operate
from srcad.specialise.operations import of_numbers, operation
from srcad.specialise.values import Generated, Instance, Record
from srcad.trace import ir
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import Array, Scalar
from srcad.trace.purity import is_hashable


@dataclass(slots=True)
class Call:
    """``target(*args, **kwargs)``, whose value is to be called `hint`; `key` is the target if tables can have it, else None."""

    target: object
    args: list
    kwargs: list
    hint: str
    key: object


def call_object(s, target, args: list, kwargs: list, hint: str):
    """The value of a call of a Python object."""
    target = _stands_for(s, target)
    call = Call(target, args, kwargs, hint, target if is_hashable(target) else None)
    for question in QUESTIONS:
        result = question(s, call)
        if result is not NotImplemented:
            return result
    return operation(s, target, call.args, call.kwargs, hint)


def _stands_for(s, target):
    """What is called in place of an object: `range` for Numba's, helpers of the compiler's for their copies in saved modules."""
    if numba_objects.is_range(target):
        return range
    if type(target) is types.FunctionType and (helper := twins.helper_of(target)) is not None:
        s.program.guard_function(target)
        return helper
    return target


# --- operators, and what goes through its arguments -------------------------------------------------------------------


def _of_numbers(s, call: Call):
    """``a + b`` and ``math.sin(x)`` of numbers and arrays, about which the others would have nothing to say."""
    if call.key not in OF_NUMBERS or call.kwargs or not all([_is_plain(a) for a in call.args]):
        return NotImplemented
    return of_numbers(s, call.target, call.args, call.hint)


def _is_plain(atom) -> bool:
    """Is it a number, or a variable that holds one or an array?"""
    if type(atom) is Var:
        return type(atom.kind) is Scalar or type(atom.kind) is Array
    return type(atom) is Lit and type(atom.value) in (int, float, complex)


def _joining(s, call: Call):
    """``np.r_[...]``"""
    if call.target is operator.getitem and joining.is_concatenator(call.args[0]):
        return joining.concatenated(s, call.args[0].value, call.args[1])
    return NotImplemented


def _operator_of_objects(s, call: Call):
    """``a + b`` where a class of the user's may say what it means."""
    if call.key in OPERATORS:
        call.args = [constant_polynomial(s, a) for a in call.args]
    if call.key is not None and any(isinstance(a, Record | Instance) for a in call.args):
        return operate(s, call.target, call.args, call.kwargs, call.hint)
    return NotImplemented


def _kept_iterator(s, call: Call):
    """``pairs = zip(...)``"""
    if call.hint and call.key in sequences.LAZY:
        name = call.target.__name__
        raise s.refuse(f"what {name}() gives is kept, and can be gone through only once", f"keep a list: `list({name}(...))`")
    return NotImplemented


def _gone_through(s, call: Call):
    """``sum(x for x in xs)``: what is gone through is what is taken of it."""
    if call.key in comprehensions.CONSUMERS:
        call.args = [a.items if isinstance(a, Generated) else as_items(s, a) for a in call.args]
    return NotImplemented


def _on_containers(s, call: Call):
    """``len(xs)`` of a list or dict that is followed."""
    if not s.program.containers or s.frozen or call.key is None:
        return NotImplemented
    result = containers.call_on(s, call.target, call.args, call.kwargs, call.hint)
    if result is NotImplemented and call.key in containers.GO_THROUGH:
        call.args = [containers.items_of_keys(s, a) for a in call.args]
        if call.target not in (enumerate, zip):
            call.args = [references.viewed(s, a) for a in call.args]
    return result


# --- functions that are decided here ----------------------------------------------------------------------------------


def _no_out(s, call: Call):
    """``np.add(x, y, out=None)``"""
    if isinstance(call.target, np.ufunc) or any(k == "out" for k, _ in call.kwargs):
        call.args, call.kwargs = ufuncs.without_out(call.target, call.args, call.kwargs)
    return NotImplemented


def _special(s, call: Call):
    """``isinstance(x, float)``, ``np.einsum(...)``: what has a handler of its own."""
    handler = SPECIAL.get(call.key)
    return NotImplemented if handler is None else handler(s, call.args, call.kwargs)


def _distribution(s, call: Call):
    """``scipy.stats.norm.pdf(x)``, ``norm(m, d).pdf``, ``norm(m, d)``"""
    if distributions.is_method(call.target):
        return distributions.call_method_of(s, call.target, call.args, call.kwargs, call.hint)
    if distributions.is_frozen_method(call.target):
        return distributions.call_frozen_method(s, call.target, call.args, call.kwargs, call.hint)
    if distributions.is_distribution(call.target):
        return distributions.freeze(call.target, call.args, call.kwargs)
    return NotImplemented


def _ufunc_options(s, call: Call):
    """``np.add(x, y, dtype=float)``"""
    if isinstance(call.target, np.ufunc) and call.kwargs:
        call.args, call.kwargs = ufuncs.without_options(s, call.target, call.args, call.kwargs)
    return NotImplemented


def _ufunc_method(s, call: Call):
    """``np.add.reduce(x)``"""
    if not ufuncs.is_ufunc_method(call.target):
        return NotImplemented
    if dict(call.kwargs).get("out", Lit(None)) != Lit(None) and call.target.__name__ in ("reduce", "accumulate", "outer"):
        return writes.write_out(s, call.target, call.args, call.kwargs)
    return ufuncs.call_ufunc_method(s, call.target, call.args, call.kwargs)


def _writer(s, call: Call):
    """``np.copyto(x, y)``, ``x.fill(0)``, ``np.add.at(x, i, y)``"""
    if call.key in writes.WRITERS:
        return writes.WRITERS[call.key](s, call.args, call.kwargs)
    if call.key in writes.REFUSED:
        raise writes.refuse_writer(s, call.target)
    owner = call.target.__self__ if isinstance(call.target, types.BuiltinFunctionType) else None
    if isinstance(owner, np.ufunc) and call.target.__name__ == "at":
        return writes.operate_at(s, owner, call.args, call.kwargs)
    return NotImplemented


def _at_compile_time(s, call: Call):
    """``srcad.grad(f)``: what says by ``__srcad_call__`` what it means in a program."""
    if isinstance(call.target, types.MethodType | type):
        return NotImplemented
    handler = getattr(call.target, "__srcad_call__", None)
    return NotImplemented if handler is None else handler(s, call.args, call.kwargs, call.hint)


def _library_writes(s, call: Call):
    """``scipy.linalg.solve(a, b, overwrite_a=True)``, ``np.sum(x, out=y)``"""
    target = call.target
    if isinstance(target, functools.partial | types.MethodType) or isinstance(target, types.FunctionType) and (
            not is_library(target)) or isinstance(getattr(target, "py_func", None), types.FunctionType):
        return NotImplemented
    if any(name.startswith("overwrite_") and value != Lit(False) or (
            name == "copy" and value != Lit(True) and target is np.nan_to_num) for name, value in call.kwargs):
        raise writes.refuse_writer(s, target)
    if call.key is not None and writes.takes_out(target, call.args, call.kwargs):
        return writes.write_out(s, target, call.args, call.kwargs)
    return NotImplemented


def _with_rule(s, call: Call):
    """``np.sin(x)``: also of a Python function, which then is not looked into."""
    if find_rule(call.target) is None:
        return NotImplemented
    return operation(s, call.target, call.args, call.kwargs, call.hint)


# --- what Python or a library has wrapped -----------------------------------------------------------------------------


def _of_numba(s, call: Call):
    """A function that Numba compiles, as its Python source."""
    numba_objects.refuse(s, call.target)
    function = getattr(call.target, "py_func", None)
    if not isinstance(function, types.FunctionType):
        return NotImplemented
    return call_function(s, function, call.args, call.kwargs, call.hint)


def _foreign(s, call: Call):
    """``ctypes.c_double(x)``"""
    if (getattr(call.target, "__module__", None) or "") in ("ctypes", "_ctypes"):
        raise s.refuse(f"ctypes.{getattr(call.target, '__name__', 'a function')} hands values to code that srcad does not see",
                       "call it in a function of your own, and give that a rule (srcad.rules, srcad.custom_vjp)")
    return NotImplemented


def _class(s, call: Call):
    """``Point(x, y)``"""
    return make_object(s, call.target, call.args, call.kwargs) if compile_time_class(call.target) else NotImplemented


def compile_time_class(target) -> bool:
    """Is a call of this followed as the making of an object?"""
    return isinstance(target, type) and not hasattr(target, "__srcad_call__") and is_made(target)


def _getter(s, call: Call):
    """``operator.itemgetter(0)(xs)``"""
    if isinstance(call.target, operator.itemgetter | operator.attrgetter):
        return sequences.call_getter(s, call.target, call.args)
    return NotImplemented


def _remembering(s, call: Call):
    """A function that `functools.cache` wraps: the function itself, as long as it reads nothing that may have changed since."""
    if not isinstance(call.target, functools._lru_cache_wrapper):
        return NotImplemented
    reads = len(s.program.reads)
    result = s.call(Ref(call.target.__wrapped__), call.args, call.kwargs, call.hint)
    made = s.b.definition(result) if isinstance(result, Var) else None
    hidden = made is not None and isinstance(made.fn, ir.Function) and any(
        s.program.info_of(f).hidden for f in reachable(made.fn))
    if hidden or len(s.program.reads) > reads:
        name = call.target.__name__
        raise s.refuse(f"{name} remembers its results, which may be of an earlier state of what it reads",
                       f"call {name}.__wrapped__, or leave out the cache")
    return result


def _partial(s, call: Call):
    """``functools.partial(f, x)(y)``"""
    target = call.target
    if not isinstance(target, functools.partial):
        return NotImplemented
    given = [value_of_object(s, a, f"arg{k}", ItemOf(Attribute(target, "args"), k), ("partial", id(target), k))
             for k, a in enumerate(target.args)]
    named = [(k, value_of_object(s, v, k, ItemOf(Attribute(target, "keywords"), k), ("partial", id(target), k)))
             for k, v in target.keywords.items() if k not in dict(call.kwargs)]
    return call_object(s, target.func, given + call.args, named + call.kwargs, call.hint)


def _bound_method(s, call: Call):
    """``model.loss`` that has been taken from an object outside."""
    target = call.target
    if not isinstance(target, types.MethodType):
        return NotImplemented
    owner = target.__self__
    if isinstance(owner, type) and owner in POLYNOMIALS and hasattr(POLYNOMIALS[owner], target.__name__):
        function = getattr(POLYNOMIALS[owner], target.__name__).__func__
        return call_object(s, function, [Ref(owner), *call.args], call.kwargs, call.hint)
    first = Ref(owner) if isinstance(owner, type) else value_of_object(s, owner, "self", Held(owner), ("self", id(owner)))
    return call_object(s, target.__func__, [first, *call.args], call.kwargs, call.hint)


# --- functions of the user's, and the rest ----------------------------------------------------------------------------


def _evolve(s, call: Call):
    """``attrs.evolve(record, x=1.0)``"""
    target = call.target
    if isinstance(target, types.FunctionType) and target.__name__ == "evolve" and (
            target.__module__ or "").partition(".")[0] == "attr" and call.args and isinstance(call.args[0], Record):
        return copies.evolved(s, call.args, call.kwargs)
    return NotImplemented


def _unknown_collection(s, call: Call):
    """``collections.deque()``"""
    if call.key in (collections.deque, collections.defaultdict, collections.ChainMap):
        raise s.refuse(f"what collections.{call.target.__name__} does is not known to srcad", "use a list, or a dict")
    return NotImplemented


def _context_manager(s, call: Call):
    """A generator function that `contextlib.contextmanager` wraps."""
    if generators.is_suspended(call.target):
        return generators.suspend(s, call.target, call.args, call.kwargs)
    return NotImplemented


def _python_function(s, call: Call):
    """``f(x)``"""
    if isinstance(call.target, types.FunctionType) and not is_library(call.target):
        return call_function(s, call.target, call.args, call.kwargs, call.hint)
    return NotImplemented


def _polynomial(s, call: Call):
    """``np.poly1d([1, 2])(x)`` of a polynomial from outside."""
    if isinstance(call.target, polynomials.POLYNOMIAL_CLASSES):
        return polynomials.call_polynomial(s, call.target, call.args)
    return NotImplemented


def _without_hash(s, call: Call):
    """An object that no table can have, so that it cannot be an operation either."""
    if call.key is None:
        raise s.refuse(f"an object of class {type(call.target).__name__} is called, which is not written in Python",
                       "call it in a function of your own, and give that a rule (srcad.rules)")
    return NotImplemented


#: What a call may mean, and why it is asked here.
QUESTIONS = (
    _of_numbers,            # most calls by far: the others are not asked
    _joining,               # an index of an object that is no array: before operators of objects
    _operator_of_objects,   # before all that takes its arguments for numbers and arrays
    _kept_iterator,         # before what is gone through has been taken apart
    _gone_through,          # containers and handlers find items, not generators
    _on_containers,         # lists and dicts that are followed have meanings of their own for what handlers know too
    _no_out,                # so that no handler need know `out=None`
    _special,               # before rules: a handler may decline, and leave the call to the rule
    _distribution,          # methods of SciPy's objects, which are Python functions otherwise
    _ufunc_options,         # so that rules of ufuncs need not know them
    _ufunc_method,          # before writers: `out=` of a method is a write of what it gives
    _writer,                # before rules: what writes to its arguments has none
    _at_compile_time,       # derivatives are objects with `__call__`, which is not followed
    _library_writes,        # the same functions with other options have rules
    _with_rule,             # before any look into what is called: a rule stands for the source
    _of_numba,              # before classes and wrappers, which Numba's objects may be too
    _foreign,               # before classes, some of which are ctypes'
    _class,
    _getter,
    _remembering,
    _partial,
    _bound_method,
    _evolve,                # before Python functions: it is one, whose source goes beyond srcad
    _unknown_collection,    # classes that are made nowhere, with an advice of their own
    _context_manager,       # before Python functions: what the wrapper does is known
    _python_function,
    _polynomial,
    _without_hash,          # at last: what is left becomes an operation
)

#: Callable → ``handler(s, args, kwargs)``, which may give NotImplemented.
SPECIAL: dict = displays.SPECIAL | decided.SPECIAL | closures.SPECIAL | comprehensions.SPECIAL | statements.SPECIAL
SPECIAL |= managers.SPECIAL | sequences.SPECIAL | numpy_forms.SPECIAL | attributes.special(SPECIAL[setattr])
SPECIAL |= supers.SPECIAL | copies.SPECIAL
SPECIAL |= {fn: sequences.by_key(fn, SPECIAL[fn]) for fn in (max, min)}
SPECIAL |= {fn: displays.in_place(fn, plain) for fn, plain in IN_PLACE.items()}
SPECIAL |= {getattr(np.ndarray, name): SPECIAL[fn] for fn in IN_PLACE if hasattr(np.ndarray, name := f"__{fn.__name__}__")}
#: What is one operation of numbers and arrays, whatever they are. (Of lists, sums and products are something else.)
OF_NUMBERS = (ARITHMETIC | {fn for fn in vars(math).values() if callable(fn)}) - SPECIAL.keys() | {operator.add, operator.mul}
