"""What an operation on short vectors is, number by number, and what either way costs.

Enters: an operation of a derivative. Leaves: a `Recipe`, or None if the operation is left as it is: what it reads by component,
what each way costs, and a function that gives the components of its result as expressions of those of its operands. Only
operations that round as NumPy's do, or are sums, have one; Python's floats raise where NumPy gives infinity and a
warning, so that nothing is divided but by NumPy's numbers and by constants.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from srcad import runtime
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Lit, Var
from srcad.trace.kinds import FLOAT64, Array, ListOf, Scalar, SliceOf, parts

#: Longest vector whose arithmetic is written by component, and longest one that is put together of components.
SHORT, LONGEST = 4, 16


@dataclass(frozen=True)
class Machine:
    """What runs the text: what operations cost there, in microseconds as measured, and how some are written.

    Attributes
    ----------
    flop, number, division : float
        An operation of floats, one of NumPy's numbers, a division of a float by one of these.
    as_float, apart, each_apart : float
        To make a float of one of NumPy's numbers, to take an array apart, and for each of its elements.
    as_number, together, each_together : float
        To make one of NumPy's numbers, an array, and for each of its elements.
    arrays, mixed, square, inner, total, cross : float
        Of arrays: an operation on two, on one and a number; their squares, products, sums, cross products.
    zeros, zeros_like, ones, spread, fit, copy, cut, add_element, add_cut : float
        Making arrays, views, and adding to elements and slices.
    quotient : callable
        How a float is divided by one of NumPy's numbers: by zero that gives infinity.
    lists : bool
        Are arrays taken apart by way of lists, rather than element by element?
    """

    flop: float
    number: float
    division: float
    as_float: float
    apart: float
    each_apart: float
    as_number: float
    together: float
    each_together: float
    arrays: float
    mixed: float
    square: float
    inner: float
    total: float
    cross: float
    zeros: float
    zeros_like: float
    ones: float
    spread: float
    fit: float
    copy: float
    cut: float
    add_element: float
    add_cut: float
    quotient: Callable
    lists: bool


PYTHON = Machine(
    flop=0.017, number=0.04, division=0.065, as_float=0.025, apart=0.06, each_apart=0.005, as_number=0.07, together=0.22,
    each_together=0.04, arrays=0.35, mixed=0.55, square=0.6, inner=0.6, total=1.5, cross=0.8, zeros=0.15, zeros_like=0.7,
    ones=0.9, spread=2.0, fit=0.3, copy=0.15, cut=0.1, add_element=0.12, add_cut=0.55, quotient=operator.truediv, lists=True)
#: Compiled by Numba: what takes time is memory for arrays.
COMPILED = Machine(
    flop=0.0005, number=0.0005, division=0.002, as_float=0.0, apart=0.0, each_apart=0.0003, as_number=0.0, together=0.014,
    each_together=0.0005, arrays=0.016, mixed=0.015, square=0.016, inner=0.010, total=0.002, cross=0.06, zeros=0.03,
    zeros_like=0.04, ones=0.04, spread=0.02, fit=0.01, copy=0.04, cut=0.001, add_element=0.001,
    add_cut=0.06, quotient=np.divide, lists=False)
#: What a component is: an atom, or an operation with what it is done to.
Expression = object


@dataclass(eq=False)
class Recipe:
    """How an operation is written by component.

    Attributes
    ----------
    stmt : Apply
    parts : tuple of Var
        Operands that are read by component.
    whole : tuple of Var
        Operands that are read as they are, whichever way is taken.
    array, components : float
        What it costs as it is, and by component.
    write : callable
        From a function that gives the components of an operand (of a number: the number) to those of the result.
    """

    stmt: Apply
    parts: tuple
    array: float
    components: float
    write: Callable
    whole: tuple = ()


def width(atom) -> int:
    """0 for a real number, the length of a short vector of floats, -1 for anything else."""
    if isinstance(atom, Lit):
        return 0 if type(atom.value) is float or type(atom.value) is int and abs(atom.value) < 2**53 else -1
    if not isinstance(atom, Var):
        return -1
    match atom.kind:
        case Scalar(base=base, dtype=dtype):
            return 0 if base is float and (dtype is None or dtype == FLOAT64) else -1
        case Array(dtype=dtype, dims=(int() as length,)):
            return length if 2 <= length <= LONGEST and dtype is not None and dtype == FLOAT64 else -1
    return -1


def hands_vectors(call: Apply) -> bool:
    """Is a short vector among the arguments or the results of a call?"""
    kinds = [part for a in (call.target, *call.args) if isinstance(a, Var) for part in parts(a.kind)]
    return any(width(Var("", kind)) > 0 for kind in kinds)


def as_float(atom):
    """A whole number as the float that it stands for."""
    return Lit(float(atom.value)) if isinstance(atom, Lit) and type(atom.value) is int else atom


def is_numpys(atom) -> bool:
    """Is it one of NumPy's numbers?"""
    return isinstance(atom, Var) and isinstance(atom.kind, Scalar) and atom.kind.dtype is not None


def recipe_of(stmt: Apply, made: Callable, machine: Machine) -> Recipe | None:
    """The recipe of an operation of the derivative; ``made(var)`` is the operation that makes a Var, or None."""
    find = _RECIPES.get(stmt.fn) if not isinstance(stmt.fn, Var) else None
    if find is None or stmt.kwargs or width(stmt.target) < 0:
        return None
    return find(stmt, made, machine)


def vars_of(*atoms) -> tuple:
    return tuple(a for a in atoms if isinstance(a, Var))


def component(values, k: int):
    """Of a vector, or of a number that is spread."""
    return values[k] if isinstance(values, list) else values


def _elementwise(stmt: Apply, made, machine: Machine) -> Recipe | None:
    if any(width(a) < 0 for a in stmt.args):
        return None
    lengths = {width(a) for a in stmt.args} - {0}
    n = width(stmt.target)
    if lengths - {n} or n and (not lengths or n > SHORT):
        return None
    if n == 0:
        number = any(map(is_numpys, stmt.args))
        return Recipe(stmt, vars_of(*stmt.args), machine.number if number else machine.flop, machine.flop,
                      lambda get: (stmt.fn, *map(get, stmt.args)))
    mixed = any(width(a) == 0 for a in stmt.args)

    def write(get):
        values = [get(a) for a in stmt.args]
        return [(stmt.fn, *(component(v, k) for v in values)) for k in range(n)]

    return Recipe(stmt, vars_of(*stmt.args), machine.mixed if mixed else machine.arrays, n * machine.flop, write)


def _quotient(stmt: Apply, made, machine: Machine) -> Recipe | None:
    """Of a vector by a constant, or by one of NumPy's numbers, which gives infinity for zero as an array does."""
    a, b = stmt.args
    n = width(stmt.target)
    if not 0 < n <= SHORT or width(a) != n:
        return None
    if isinstance(b, Lit) and type(b.value) in (int, float) and b.value:
        return Recipe(stmt, (a,), machine.mixed, n * machine.flop, lambda get: [(operator.truediv, c, b) for c in get(a)])
    if is_numpys(b) and width(b) == 0:
        return Recipe(stmt, (a,), machine.mixed, n * machine.division,
                      lambda get: [(float, (machine.quotient, c, b)) for c in get(a)], (b,))
    return None


def _square(stmt: Apply, made, machine: Machine) -> Recipe | None:
    a, b = stmt.args
    n = width(stmt.target)
    if not 0 < n <= SHORT or width(a) != n or b not in (Lit(2), Lit(2.0)):
        return None
    return Recipe(stmt, (a,), machine.square, n * machine.flop, lambda get: [(operator.mul, c, c) for c in get(a)])


def total(terms: list) -> Expression:
    return reduce(lambda a, b: (operator.add, a, b), terms)


def _inner(stmt: Apply, made, machine: Machine) -> Recipe | None:
    if len(stmt.args) != 2 or width(stmt.target) != 0:
        return None
    a, b = stmt.args
    n = width(a)
    if not 0 < n <= SHORT or width(b) != n:
        return None
    return Recipe(stmt, vars_of(a, b), machine.inner, (2 * n - 1) * machine.flop,
                  lambda get: total([(operator.mul, x, y) for x, y in zip(get(a), get(b))]))


def _sum(stmt: Apply, made, machine: Machine) -> Recipe | None:
    n = width(stmt.args[0])
    if len(stmt.args) != 1 or not 0 < n <= SHORT or width(stmt.target) != 0:
        return None
    return Recipe(stmt, stmt.args, machine.total, (n - 1) * machine.flop, lambda get: total(get(stmt.args[0])))


def _cross(stmt: Apply, made, machine: Machine) -> Recipe | None:
    if len(stmt.args) != 2 or not all(width(x) == 3 for x in (*stmt.args, stmt.target)):
        return None

    def write(get):
        (a0, a1, a2), (b0, b1, b2) = map(get, stmt.args)
        return [(operator.sub, (operator.mul, x, y), (operator.mul, z, w))
                for x, y, z, w in ((a1, b2, a2, b1), (a2, b0, a0, b2), (a0, b1, a1, b0))]

    return Recipe(stmt, stmt.args, machine.cross, 9 * machine.flop, write)


def _filled(value: float, cost: str):
    """An array of one constant, whatever it is made like."""
    def find(stmt: Apply, made, machine: Machine) -> Recipe | None:
        n = width(stmt.target)
        if n <= 0 or len(stmt.args) != 1:
            return None
        return Recipe(stmt, (), getattr(machine, cost), 0.0, lambda get: [Lit(value)] * n)
    return find


def _spread(stmt: Apply, made, machine: Machine) -> Recipe | None:
    """A number spread, or a vector that has the shape already."""
    n, a = width(stmt.target), stmt.args[0]
    if len(stmt.args) != 2 or n <= 0 or width(a) not in (0, n):
        return None
    return Recipe(stmt, vars_of(a), machine.spread, 0.0, lambda get: [component(get(a), k) for k in range(n)])


def _same(cost: str):
    def find(stmt: Apply, made, machine: Machine) -> Recipe | None:
        a = stmt.args[0]
        if width(a) < 0 or width(a) != width(stmt.target):
            return None
        return Recipe(stmt, vars_of(a), getattr(machine, cost), 0.0, lambda get: get(a))
    return find


def places_of(index, length: int, made) -> range | int | None:
    """The elements that an index names: a constant number or a slice of constants."""
    if isinstance(index, Lit):
        number = index.value
        return number % length if type(number) is int and -length <= number < length else None
    how = made(index)
    if isinstance(index, Var) and isinstance(index.kind, SliceOf) and how is not None and how.fn is intrinsics.build_slice and (
            all(isinstance(a, Lit) for a in how.args)):
        return range(*slice(*(a.value for a in how.args)).indices(length))
    return None


def _item(stmt: Apply, made, machine: Machine) -> Recipe | None:
    a, index = stmt.args
    if width(a) <= 0:
        return None
    places = places_of(index, width(a), made)
    if isinstance(places, int) and width(stmt.target) == 0:
        return Recipe(stmt, (a,), machine.number, 0.0, lambda get: get(a)[places])
    if isinstance(places, range) and len(places) == width(stmt.target):
        return Recipe(stmt, (a,), machine.cut, 0.0, lambda get: [get(a)[k] for k in places])
    return None


def _added(stmt: Apply, made, machine: Machine) -> Recipe | None:
    """Numbers or vectors added to elements of a longer array."""
    whole, index, g = stmt.args
    n = width(whole)
    if n <= 0 or width(g) < 0:
        return None
    places = places_of(index, n, made)
    if isinstance(places, int) and width(g) == 0:
        cost, at = machine.add_element, [places]
    elif isinstance(places, range) and width(g) in (0, len(places)):
        cost, at = machine.add_cut, list(places)
    else:
        return None

    def write(get):
        out, given = list(get(whole)), get(g)
        for j, k in enumerate(at):
            more = component(given, j)
            out[k] = more if out[k] == Lit(0.0) else (operator.add, out[k], more)
        return out

    return Recipe(stmt, vars_of(whole, g), cost, len(at) * machine.flop, write)


def _display(stmt: Apply, made, machine: Machine) -> Recipe | None:
    """An array that is made of numbers."""
    shown = made(stmt.args[0]) if isinstance(stmt.args[0], Var) else None
    if len(stmt.args) != 1 or shown is None or (numbers := numbers_in(shown)) is None or len(numbers) != width(stmt.target):
        return None
    cost = machine.together + machine.each_together * len(numbers)
    return Recipe(stmt, vars_of(*numbers), cost, 0.0, lambda get: list(map(get, numbers)))


def numbers_in(shown: Apply) -> list | None:
    """What is in a display, if that is numbers only; whole ones as floats."""
    if shown.fn not in (intrinsics.build_list, intrinsics.build_tuple) or not all(width(a) == 0 for a in shown.args):
        return None
    return [as_float(a) for a in shown.args]


_RECIPES: dict = {
    operator.add: _elementwise, operator.sub: _elementwise, operator.mul: _elementwise, operator.neg: _elementwise,
    operator.truediv: _quotient, operator.pow: _square, np.dot: _inner, np.vdot: _inner, np.inner: _inner,
    operator.matmul: _inner, np.matmul: _inner, np.sum: _sum, np.ndarray.sum: _sum, np.cross: _cross, runtime.cross: _cross,
    np.zeros_like: _filled(0.0, "zeros_like"), np.zeros: _filled(0.0, "zeros"), np.ones_like: _filled(1.0, "ones"),
    np.ones: _filled(1.0, "ones"),
    np.broadcast_to: _spread, runtime.broadcast_like: _spread, runtime.unbroadcast: _same("fit"), np.ndarray.copy: _same("copy"),
    float: _same("as_float"), operator.getitem: _item, intrinsics.index_add: _added, np.array: _display,
}

#: Operations on one number whose result is the same for a Python float in place of one of NumPy's numbers.
TOLERANT = {float, np.sin, np.cos, np.tan, np.exp, np.log, np.sqrt, np.tanh, np.sinh, np.cosh, np.arctan}
_PUT = {operator.setitem, intrinsics.index_add, intrinsics.add_at}


def tolerates(stmt: Apply, position: int, lists: Callable) -> bool:
    """May a Python float stand for one of NumPy's numbers, as this operand? ``lists(var)``: does it only make an array?"""
    if isinstance(stmt.fn, Var):
        return False
    if stmt.fn in TOLERANT:
        return len(stmt.args) == 1 and not stmt.kwargs
    if stmt.fn in _PUT:
        return position == 2 and _is_double(stmt.args[0])
    if stmt.fn is intrinsics.build_list and isinstance(stmt.target.kind, ListOf):
        return lists(stmt.target)
    others = [a for k, a in enumerate(stmt.args) if k != position]
    if stmt.fn in (operator.add, operator.sub, operator.mul):
        return any(map(_is_double, others))
    if stmt.fn is operator.truediv:
        return position == 0 and all(is_numpys(a) and width(a) == 0 or _is_double(a) for a in others)
    return False


def _is_double(atom) -> bool:
    """Is it an array of Python's precision? Beside one of less, one of NumPy's numbers is not what a float is."""
    kind = atom.kind if isinstance(atom, Var) else None
    return isinstance(kind, Array) and bool(kind.dims) and kind.dtype is not None and kind.dtype in (np.float64, np.complex128)
