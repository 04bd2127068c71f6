"""One operation of the Trace: its operands, the constants that are folded, lists that stand for arrays."""

from __future__ import annotations

import inspect
import operator

import numpy as np

from srcad.analysis.axes import ARITHMETIC
from srcad.analysis.infer import refuses_none
from srcad.analysis.loss import is_foreign
from srcad.rules.classification import refusal
from srcad.rules.registry import find_rule
from srcad.specialise import objects, references
from srcad.specialise.values import UNDEFINED, Closure, Mapping, NotOneFunction, Partial, Record, Sequence
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Var
from srcad.trace.kinds import NONE, Array, DictOf, ListOf, Scalar, Static, TupleOf
from srcad.trace.naming import function_name


def raised(s, cls: type, message: str):
    """What certainly raises, written as that."""
    s.b.apply(intrinsics.raise_, s.b.apply(cls, Lit(message)), UNDEFINED)
    return UNDEFINED


def operation(s, target, args: list, kwargs: list, hint: str):
    """One operation of the Trace."""
    if target in MAKERS:
        reason, advice = refusal(target)
        raise s.refuse(f"np.{target.__name__} has no derivative rule: {reason}", advice)
    if is_foreign(target) and find_rule(target) is None and any(
            isinstance(a, Sequence | Mapping) or isinstance(a, Var) and isinstance(a.kind, ListOf | DictOf)
            for a in (*args, *(v for _, v in kwargs))):
        raise s.refuse(f"{function_name(target)}, a function in C that srcad does not know, is given a list "
                       "or dict, which it may change", "use methods of the list, or give it a tuple")
    if any(isinstance(a, Record) for a in args) and find_rule(target) is not None and find_rule(target).kind != "zero":
        args = [objects.as_operand(s, target, a) for a in args]
    if kwargs and not args:
        args, kwargs = leading_operands(target, kwargs)
    if s.program.containers and (find_rule(target) is not None or isinstance(target, type) or (
            getattr(target, "__module__", None) or "").partition(".")[0] in ("numpy", "math", "builtins", "_operator")) and (
            target is not operator.getitem):
        args = [references.read_only(s, a) for a in args]
        kwargs = [(k, references.read_only(s, a)) for k, a in kwargs]
    if any(isinstance(a, Closure | Partial) for a in [*args, *(a for _, a in kwargs)]):
        raise NotOneFunction(
            f"{function_name(target)} is given a function made here, and has no derivative rule",
            "write what it computes: an integral as a sum over nodes (np.polynomial.legendre.leggauss), a root or a minimum by "
            "Newton's steps in a loop; or call it in a function of your own with srcad.custom_vjp", s.b.loc)
    atoms = [s.atom(a) for a in args]
    named = tuple((k, s.atom(a)) for k, a in kwargs)
    if any(a == UNDEFINED for a in (atoms[:1] if target is intrinsics.raise_ else atoms)):       # the cause may be none
        return UNDEFINED
    if len(atoms) <= 2 and not named and any(is_none(a) for a in atoms) and refuses_none(target):
        return raised(s, TypeError, f"{target.__name__} is given None")
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


#: What makes a function that NumPy calls: nothing can be done with it in a derivative.
MAKERS = (np.vectorize, np.frompyfunc)
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
OF_ARRAYS = ("numpy.linalg", "numpy.fft", "scipy.linalg", "scipy.signal", "scipy.stats._multivariate")


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


def is_none(atom) -> bool:
    return atom == Lit(None) or isinstance(atom, Var) and atom.kind == NONE


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
