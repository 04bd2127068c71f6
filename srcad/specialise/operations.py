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
from srcad.specialise import references
from srcad.specialise.objects.special_methods import as_operand
from srcad.specialise.values import UNDEFINED, Closure, Mapping, NotOneFunction, Partial, Record, Sequence
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref, Var
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
        args = [as_operand(s, target, a) for a in args]
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
    operands = sequences_as_arrays(s, target, [*atoms, *(a for _, a in named)], [*range(len(atoms)), *(k for k, _ in named)])
    named = tuple((k, a) for (k, _), a in zip(named, operands[len(atoms):]))
    return appended(s, target, operands[:len(atoms)], named, hint)


def of_numbers(s, target, atoms: list, hint: str):
    """The same of numbers and arrays, of which nothing else can be meant than the operation."""
    constant = fold(target, atoms, ())
    return appended(s, target, atoms, (), hint) if constant is None else constant


def appended(s, target, atoms: list, named: tuple, hint: str) -> Var:
    """The result of an operation, which is appended as it is."""
    result = s.b.apply(target, *atoms, kwargs=named)
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


def sequences_as_arrays(s, target, atoms: list, places: list) -> list:
    """NumPy's elementwise functions take lists for arrays, and so do operators beside an array: rules see arrays.

    `places` are the positions or names of the arguments.
    """
    sequences = [isinstance(a, Var) and isinstance(s.kind(a), TupleOf | ListOf) for a in atoms]
    if not any(sequences):
        return atoms
    home = getattr(target, "__module__", None) or ""
    if target is np.linalg.multi_dot:
        made = s.b.definition(atoms[0])
        if made is None or made.fn not in (intrinsics.build_list, intrinsics.build_tuple):
            return atoms
        items = [as_floats(s, a) for a in made.args]
        return atoms if items == list(made.args) else [s.b.apply(made.fn, *items), *atoms[1:]]
    if target is np.select:                                # conditions and choices are lists of arrays, and stay
        return [s.b.apply(np.array, a) if sequence and place in (2, "default") else a
                for a, place, sequence in zip(atoms, places, sequences)]
    if home.startswith("numpy") and getattr(target, "__name__", "") in OF_NESTED_LISTS and not home.startswith(OF_ARRAYS):
        return [s.b.apply(np.array, a) if sequence and holds_numbers(s.kind(a), is_operand(target, place)) else a
                for a, place, sequence in zip(atoms, places, sequences)]
    if target in ARITHMETIC or target is operator.matmul:
        broadcasts = any(isinstance(s.kind(a), Array) for a in atoms)
    else:
        rule = find_rule(target)
        broadcasts = isinstance(target, np.ufunc) or target is np.where or rule is not None and (
            rule.kind == "elementwise" and home.startswith(("numpy", "scipy"))
            or home.startswith(OF_ARRAYS) and target.__name__ not in OF_LISTS)
    if broadcasts and home.startswith(OF_ARRAYS):
        sequences = [sequence and holds_numbers(s.kind(a), is_operand(target, place))
                     for a, place, sequence in zip(atoms, places, sequences)]
    return [s.b.apply(np.array, a) if sequence and broadcasts else a for a, sequence in zip(atoms, sequences)]


#: Modules whose functions take nested lists of numbers for arrays, but for those of several arrays.
OF_ARRAYS = ("numpy.linalg", "numpy.fft", "scipy.linalg", "scipy.signal", "scipy.stats._multivariate",
             "scipy.special._logsumexp")


OF_LISTS = {"multi_dot", "block_diag", "lu_solve", "cho_solve", "cho_solve_banded", "solve_toeplitz", "matmul_toeplitz"}


#: Functions of NumPy whose rules are written for arrays.
OF_NESTED_LISTS = frozenset("""
    amax amin array_split average broadcast_arrays broadcast_to convolve corrcoef correlate cov cross cumprod cumsum
    cumulative_prod cumulative_sum diag diagflat diagonal diff dot einsum fill_diagonal flip full full_like geomspace
    gradient inner kron linspace logspace matvec max median min nanmax nanmedian nanmin nanpercentile nanprod
    nanquantile nanstd nanvar outer pad partition percentile prod quantile repeat reshape resize roll rot90
    sliding_window_view sort squeeze std swapaxes take take_along_axis tensordot trace trapezoid tril triu unwrap var
    vdot vecdot vecmat
    """.split())


def as_floats(s, atom):
    """A factor as an array: of floats if it holds whole numbers only, which have no tangents beside those of others."""
    kind = s.kind(atom)
    if isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind in "iub" or (
            holds_numbers(kind, whole=True) and not holds_numbers(kind)):
        return s.b.apply(np.array, atom, Ref(float))
    return s.b.apply(np.array, atom) if holds_numbers(kind) else atom


def is_operand(target, place) -> bool:
    """Does the function have a derivative in this argument, so that a list of whole numbers there is no shape or axis?"""
    from srcad.differentiate.splice import template

    rule = find_rule(target)
    if rule is None or rule.adjoint is None:
        return False
    form = template(rule.adjoint, "adjoint")
    names = form.names[1:]
    name = place if isinstance(place, str) else names[place] if place < len(names) else None
    return name in form.outputs and name != form.variadic


def holds_numbers(kind, whole: bool = False) -> bool:
    """Is it a nested list or tuple of arrays and numbers, which may all be `whole` numbers or not?"""
    found = leaves(kind) if isinstance(kind, TupleOf | ListOf) else []
    return all(is_numeric(k) or isinstance(k, Array) for k in found) and (
        any(is_inexact(k) or isinstance(k, Array) for k in found) or bool(found) and whole)


def leaves(kind) -> list:
    """The kinds of what nested lists and tuples hold."""
    kinds = kind.items if isinstance(kind, TupleOf) or kind.items is not None else (kind.element,)
    return [leaf for k in kinds for leaf in (leaves(k) if isinstance(k, TupleOf | ListOf) else [k])]


def is_numeric(kind) -> bool:
    return is_without_axes(kind) or isinstance(kind, Static) and type(kind.value) in (int, float, complex)


def is_inexact(kind) -> bool:
    match kind:
        case Scalar():
            return kind.base in (float, complex)
        case Static():
            return type(kind.value) in (float, complex)
    return isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind in "fc"


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
    if named or target not in FOLDED or not all([type(a) is Lit for a in atoms]):
        return None
    types_folded = (int, bool, str, type(None), float) if target in COMPARISONS else (int, bool, str, type(None))
    if not all(type(a.value) in types_folded for a in atoms):
        return None
    try:
        value = target(*[a.value for a in atoms])
    except Exception:
        return None
    return Lit(value) if type(value) in (int, bool, str) else None
