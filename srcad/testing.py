"""Checks of derivatives against numbers, and the strict comparison that they rest on.

What enters is a function and a point; what leaves is nothing, or an ``AssertionError`` that names the mode, the
argument, the worst element and both numbers. The one idea: three things that are computed differently must agree. The
tangent must be what central differences say, the adjoint must be what central differences say, and tangent and adjoint
must satisfy ``<y_bar, J x_dot> == <J^T y_bar, x_dot>`` (the dot-product test) to rounding. The same is then asked of
the generated functions themselves, one order higher.

    check_grads(lambda x, y: x * np.sin(y), (np.arange(3.0), 0.5))

Values may be tuples, lists and dicts of floats, complex numbers and arrays, to any depth. Comparison is strict:
container types, shapes (nothing broadcasts), dtypes and the positions of NaN must be the same.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from srcad.errors import ArgumentError
from srcad.runtime import attributes_of, make_like

__all__ = [
    "adjoint_by_basis",
    "assert_same",
    "check_grads",
    "complex_step_jvp",
    "numerical_jvp",
    "pairing",
    "random_like",
]

# By the bytes of the least precise number that takes part: relative and absolute tolerance against differences, ...
TOLERANCE = {2: (5e-2, 1e-2), 4: (1e-3, 1e-5), 8: (1e-6, 1e-8), 16: (1e-6, 1e-8)}
# ... and of forward against reverse, which differ by rounding only.
ROUNDING = {2: 5e-2, 4: 1e-4, 8: 1e-9, 16: 1e-9}
STEPS = 12  # halvings of the first step
FIRST_STEP = 2.0**-6
COLUMNS = 5  # of Richardson's table; more only amplify rounding
COMPLEX_STEP = 1e-30


# --- structures -------------------------------------------------------------------------------------------------------


def _children(tree: Any) -> Sequence[tuple[str, Any]] | None:
    match tree:
        case tuple() | list():
            return [(f"[{i}]", child) for i, child in enumerate(tree)]
        case dict():
            return [(f"[{key!r}]", child) for key, child in tree.items()]
    names = None if tree is None or _is_number(tree) else attributes_of(tree)
    return None if names is None else [(f".{name}", getattr(tree, name)) for name in names]


def _leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    children = _children(tree)
    if children is None:
        yield path, tree
    else:
        for step, child in children:
            yield from _leaves(child, path + step)


def _map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """`function` of every leaf of `tree`, with the leaves at the same places of the other trees."""
    match tree:
        case tuple() | list():
            items = [_map(function, child, *(other[i] for other in others)) for i, child in enumerate(tree)]
            return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
        case dict():
            return {key: _map(function, child, *(other[key] for other in others)) for key, child in tree.items()}
    names = None if tree is None or _is_number(tree) else attributes_of(tree)
    if names is not None:
        return make_like(tree, **{n: _map(function, *(getattr(t, n) for t in (tree, *others))) for n in names})
    return function(tree, *others)


def _is_inexact(leaf: Any) -> bool:
    if isinstance(leaf, (np.ndarray, np.generic)):
        return np.issubdtype(leaf.dtype, np.inexact)
    return isinstance(leaf, (float, complex))


def _copy(tree: Any) -> Any:
    return _map(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, tree)


def _like(leaf: Any, value: Any) -> Any:
    """`value` as the kind of number, or array, that `leaf` is."""
    if isinstance(leaf, np.ndarray):
        return np.asarray(value).astype(leaf.dtype).reshape(leaf.shape)
    return type(leaf)(value)


def _promoted(tree: Any) -> Any:
    """The same values in double precision, in which differences are worth something."""

    def promote(leaf: Any) -> Any:
        if isinstance(leaf, (np.ndarray, np.generic)) and _is_inexact(leaf):
            return leaf.astype(np.promote_types(leaf.dtype, np.float64))
        return leaf

    return _map(promote, tree)


def _vector(tree: Any) -> np.ndarray:
    parts = [np.ravel(leaf) for _, leaf in _leaves(tree) if _is_inexact(leaf)]
    return np.concatenate([np.zeros(0), *parts])


def _from_vector(template: Any, vector: np.ndarray) -> Any:
    """`vector`'s numbers in the structure of `template`, None where `template` has no floating-point number."""
    position = 0

    def take(leaf: Any) -> Any:
        nonlocal position
        if not _is_inexact(leaf):
            return None
        part = vector[position : position + np.size(leaf)]
        position += np.size(leaf)
        if not np.iscomplexobj(leaf):
            part = part.real
        return _like(leaf, part if isinstance(leaf, np.ndarray) else part[0])

    return _map(take, template)


def random_like(tree: Any, rng: np.random.Generator) -> Any:
    """A random direction (tangent or seed) for a value.

    Parameters
    ----------
    tree : number, array, or tuple, list or dict of those
        The value.
    rng : numpy.random.Generator
        Where the numbers come from.

    Returns
    -------
    Any
        The same structure, shapes and dtypes, with normally distributed numbers; zeros for what is not floating-point
        and None for what is not a number.
    """

    def draw(leaf: Any) -> Any:
        if not _is_inexact(leaf):
            return np.zeros(np.shape(leaf))[()] if _is_number(leaf) else None
        numbers = rng.standard_normal(np.shape(leaf))
        if np.iscomplexobj(leaf):
            numbers = numbers + 1j * rng.standard_normal(np.shape(leaf))
        return _like(leaf, numbers)

    return _map(draw, tree)


def pairing(a: Any, b: Any) -> float:
    """The pairing of a seed with a tangent: the real part of the sum of products, without conjugation.

    It is the one under which a vector-Jacobian product of an analytic function multiplies by its derivative, not by
    the derivative's conjugate.

    Parameters
    ----------
    a, b : number, array, or tuple, list or dict of those
        Two values of the same structure. Entries that are None count as zero.

    Returns
    -------
    float
        The real part of the sum.
    """
    return float(sum(np.real(np.sum(x * y)) for x, y in _products(a, b)))


def _magnitude(a: Any, b: Any) -> float:
    return float(sum(np.sum(np.abs(x * y)) for x, y in _products(a, b)))


def _products(a: Any, b: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for (_, x), (_, y) in zip(_leaves(a), _leaves(b), strict=True):
        if x is not None and y is not None:
            x, y = np.asarray(x), np.asarray(y)
            yield x.astype(np.result_type(x, np.float64)), y.astype(np.result_type(y, np.float64))


# --- strict comparison ------------------------------------------------------------------------------------------------


def assert_same(
    actual: Any, expected: Any, *, rtol: float | None = None, atol: float | None = None, what: str = "value"
) -> None:
    """Assert that two values are the same, in structure as in numbers.

    Parameters
    ----------
    actual, expected : number, array, or tuple, list or dict of those
        Container types, keys, shapes and dtypes must be the same (nothing is broadcast or converted; ``np.float64``
        passes for ``float`` and ``np.complex128`` for ``complex``, which they are instances of), NaN and infinities
        must be in the same places. An entry of `expected` that is None (no derivative) admits None and zero.
    rtol, atol : float, optional
        Tolerances; `atol` is multiplied by the largest number of an array where that is above one. By default they
        follow from the dtype of `expected`.
    what : str
        What is compared, for the message.

    Raises
    ------
    AssertionError
        Where they differ: says at which place, the worst element and both numbers.

    Examples
    --------
    >>> assert_same((1.0, [np.zeros(2)]), (1.0, [np.zeros(2)]))
    >>> assert_same(np.zeros(1), np.zeros(3), what="gradient")
    Traceback (most recent call last):
        ...
    AssertionError: gradient: shape (1,), expected (3,)
    """

    def compare(a: Any, e: Any, place: str) -> None:
        _assert_same_kind(a, e, place)
        _assert_same_numbers(a, e, rtol, atol, place)

    _compare_trees(actual, expected, compare, what)


def _compare_trees(actual: Any, expected: Any, compare: Callable[[Any, Any, str], None], what: str) -> None:
    if expected is None:
        if actual is not None and not (_is_number(actual) and not np.any(actual)):
            raise AssertionError(f"{what}: {actual!r}, expected None or zero (there is no derivative)")
        return
    children = _children(expected)
    if children is None:
        compare(actual, expected, what)
        return
    if type(actual) is not type(expected):
        raise AssertionError(f"{what}: a {type(actual).__name__}, expected a {type(expected).__name__}")
    if not isinstance(expected, tuple | list | dict):
        for step, child in children:
            _compare_trees(getattr(actual, step[1:], "missing"), child, compare, what + step)
        return
    if len(actual) != len(expected) or (isinstance(expected, dict) and actual.keys() != expected.keys()):
        found, wanted = ((list(tree) if isinstance(tree, dict) else len(tree)) for tree in (actual, expected))
        raise AssertionError(f"{what}: entries {found}, expected {wanted}")
    for key, (step, child) in zip(expected if isinstance(expected, dict) else range(len(expected)), children):
        _compare_trees(actual[key], child, compare, what + step)


def _is_number(leaf: Any) -> bool:
    return isinstance(leaf, (bool, int, float, complex, np.ndarray, np.generic))


def _assert_same_kind(actual: Any, expected: Any, what: str) -> None:
    match expected:
        case float():
            accepted = isinstance(actual, float)
        case complex():
            accepted = isinstance(actual, complex)
        case np.ndarray() if expected.ndim > 0:
            accepted = type(actual) is np.ndarray
        case np.ndarray() | np.generic():
            # NumPy turns 0-d arrays into scalars at the first operation: either will do.
            accepted = type(actual) is np.ndarray or isinstance(actual, np.generic)
        case _:
            accepted = type(actual) is type(expected)
    if not accepted:
        raise AssertionError(f"{what}: a {type(actual).__name__} {actual!r}, expected a {type(expected).__name__}")
    if isinstance(expected, (np.ndarray, np.generic)):
        if np.shape(actual) != expected.shape:
            raise AssertionError(f"{what}: shape {np.shape(actual)}, expected {expected.shape}")
        if np.asarray(actual).dtype != expected.dtype:
            raise AssertionError(f"{what}: dtype {np.asarray(actual).dtype}, expected {expected.dtype}")


def _assert_same_numbers(actual: Any, expected: Any, rtol: float | None, atol: float | None, what: str) -> None:
    if not _is_inexact(expected):
        same = np.array_equal(actual, expected) if _is_number(expected) else actual == expected
        if not same:
            raise AssertionError(f"{what}: {actual!r}, expected {expected!r}")
        return
    defaults = TOLERANCE[_precision(expected)]
    rtol = defaults[0] if rtol is None else rtol
    atol = defaults[1] if atol is None else atol
    a, e = np.atleast_1d(np.asarray(actual)), np.atleast_1d(np.asarray(expected))
    a, e = a.astype(np.result_type(a, np.float64)), e.astype(np.result_type(e, np.float64))
    finite = np.isfinite(e) & np.isfinite(a)
    size = np.abs(e[np.isfinite(e)])
    allowed = atol * max(1.0, size.max(initial=0.0)) + rtol * np.abs(np.where(finite, e, 0))
    distance = np.abs(np.where(finite, a, 0) - np.where(finite, e, 0))
    # Off the finite numbers only the very same thing passes: NaN for NaN, inf for inf of the same sign.
    matching = (np.isnan(a) & np.isnan(e)) | (a == e)
    excess = np.where(finite, distance - allowed, np.where(matching, -1.0, np.inf))
    if excess.size and excess.max() > 0:
        worst = np.unravel_index(np.argmax(excess), excess.shape)
        place = f"[{', '.join(map(str, worst))}]" if np.ndim(expected) else ""
        count = f" ({np.sum(excess > 0)} of {excess.size} elements differ)" if excess.size > 1 else ""
        raise AssertionError(f"{what}{place}: {a[worst]!s}, expected {e[worst]!s}{count}")


def _precision(tree: Any) -> int:
    """Bytes of the least precise floating-point number in `tree`."""
    sizes = [np.finfo(np.asarray(leaf).dtype).dtype.itemsize for _, leaf in _leaves(tree) if _is_inexact(leaf)]
    return min(sizes, default=8)


# --- derivatives by numbers -------------------------------------------------------------------------------------------


def numerical_jvp(
    f: Callable[..., Any],
    args: Sequence[Any],
    tangents: Sequence[Any],
    argnums: Sequence[int] | None = None,
    kwargs: dict[str, Any] | None = None,
    eps: float | None = None,
) -> Any:
    """The derivative of `f` along a direction, by central differences.

    A sweep of steps, each half the one before, extrapolated to step zero (Richardson); of all the estimates each
    element takes the one that agrees best with its neighbours (Ridders). Arguments in single precision are given to `f`
    in double precision. Steps at which `f` raises an arithmetic error or leaves its domain are passed over.

    Parameters
    ----------
    f : callable
        The function.
    args : sequence
        Its arguments.
    tangents : sequence
        The direction: one tangent for each argument in `argnums`, of the argument's structure.
    argnums : sequence of int, optional
        Which arguments move; all by default.
    kwargs : dict, optional
        Keyword arguments of `f`, which do not move.
    eps : float, optional
        The first step.

    Returns
    -------
    Any
        The derivative, in the structure and dtypes of ``f(*args)``; None in the place of an integer, a string, ....

    Examples
    --------
    >>> round(numerical_jvp(lambda x: x**3, (2.0,), (1.0,)), 8)
    12.0
    """
    template = f(*_copy(args), **_copy(kwargs or {}))
    size = _vector(template).size
    moved, tangents = _promoted(args), _promoted(tangents)
    argnums = range(len(args)) if argnums is None else argnums

    def along(step: float) -> np.ndarray:
        try:
            result = _vector(f(*_moved(moved, tangents, argnums, step), **_copy(kwargs or {})))
        except (ArithmeticError, ValueError):
            return np.full(size, np.nan)
        return result if result.size == size else np.full(size, np.nan)

    with np.errstate(all="ignore"):
        return _from_vector(template, _extrapolate(along, size, FIRST_STEP if eps is None else eps))


def _moved(args: Sequence[Any], tangents: Sequence[Any], argnums: Sequence[int], step: Any) -> list[Any]:
    def move(leaf: Any, tangent: Any) -> Any:
        if not _is_inexact(leaf):
            return leaf
        return np.asarray(leaf + step * tangent) if isinstance(leaf, np.ndarray) else leaf + step * tangent

    moved = list(_copy(args))
    for argnum, tangent in zip(argnums, tangents, strict=True):
        moved[argnum] = _map(move, moved[argnum], tangent)
    return moved


def _extrapolate(along: Callable[[float], np.ndarray], size: int, step: float) -> np.ndarray:
    best, error = np.full(size, np.nan), np.full(size, np.inf)
    previous: list[np.ndarray] = []
    for _ in range(STEPS):
        row = [(along(step) - along(-step)) / (2 * step)]
        factor = 1.0
        for column, coarser in enumerate(previous[:COLUMNS]):
            factor *= 4
            row.append((factor * row[column] - coarser) / (factor - 1))
            doubt = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - coarser))
            better = doubt <= error
            if best.dtype != row[-1].dtype:
                best = best.astype(row[-1].dtype)
            best[better], error[better] = row[-1][better], doubt[better]
        previous, step = row, step / 2
    return best


def complex_step_jvp(
    f: Callable[..., Any],
    args: Sequence[Any],
    tangents: Sequence[Any],
    argnums: Sequence[int] | None = None,
    kwargs: dict[str, Any] | None = None,
) -> Any:
    """The derivative of `f` along a direction, by a complex step: exact to rounding.

    It works where `f` is analytic and accepts complex numbers: arithmetic and most of NumPy's functions do, ``math``,
    ``abs`` and comparisons do not.

    Parameters
    ----------
    f, args, tangents, argnums, kwargs
        As for `numerical_jvp`; the arguments that move are real.

    Returns
    -------
    Any
        The derivative, in the structure and dtypes of ``f(*args)``.

    Examples
    --------
    >>> complex_step_jvp(lambda x: x**3, (2.0,), (1.0,))
    12.0
    """
    template = f(*_copy(args), **_copy(kwargs or {}))
    argnums = range(len(args)) if argnums is None else argnums
    moved = _moved(_promoted(args), _promoted(tangents), argnums, 1j * COMPLEX_STEP)
    result = f(*moved, **_copy(kwargs or {}))
    return _map(
        lambda leaf, moved_leaf: _like(leaf, np.imag(moved_leaf) / COMPLEX_STEP) if _is_inexact(leaf) else None,
        template,
        result,
    )


def adjoint_by_basis(directional: Callable[[Any], Any], arg: Any, seed: Any) -> Any:
    """The adjoint of one argument, from derivatives along every direction of a basis.

    Parameters
    ----------
    directional : callable
        From a tangent of the argument to the tangent of the result.
    arg : number, array, or tuple, list or dict of those
        The argument.
    seed : Any
        The seed, of the result's structure.

    Returns
    -------
    Any
        The adjoint, in the structure and dtypes of `arg`; None in the place of an integer, a string, ....

    Examples
    --------
    >>> adjoint_by_basis(lambda z_dot: (2 * (1 + 2j) * z_dot).real, 1 + 2j, 1.0)
    (2+4j)
    """
    numbers = [leaf for _, leaf in _leaves(arg) if _is_inexact(leaf)]
    flags = _vector([np.full(np.shape(leaf), np.iscomplexobj(leaf), float) for leaf in numbers])
    vector = np.zeros(flags.size, complex)
    for position, is_complex in enumerate(flags):
        unit = np.zeros(flags.size, complex)
        unit[position] = 1
        vector[position] = pairing(seed, directional(_from_vector(arg, unit)))
        if is_complex:
            # The pairing of x_bar with 1j is -Im(x_bar).
            vector[position] -= 1j * pairing(seed, directional(_from_vector(arg, 1j * unit)))
    return _from_vector(arg, vector)


# --- check_grads ------------------------------------------------------------------------------------------------------


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = ("fwd", "rev"),
    argnums: int | Sequence[int] | None = None,
    kwargs: dict[str, Any] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    eps: float | None = None,
) -> None:
    """Check the derivatives that srcad makes of a function, at a point.

    Along random directions (always the same ones) the tangent and the adjoint are compared with central differences of
    `f`, and with each other (the dot-product test). With `order` above one, the same is asked of the generated
    functions: of the tangent's tangent and adjoint, of the adjoint's tangent and adjoint, and so on.

    Parameters
    ----------
    f : callable
        The function. Its arguments and results are numbers, arrays, or tuples, lists and dicts of those.
    args : sequence
        The point: positional arguments of `f`.
    order : int
        Up to which order of derivative to check.
    modes : sequence of {"fwd", "rev"}
        What to check: the tangent ("fwd"), the adjoint ("rev"), or both.
    argnums : int or sequence of int, optional
        Which arguments to differentiate by. By default those that hold floating-point numbers. An integer that is
        named here is taken as a float.
    kwargs : dict, optional
        Keyword arguments of `f`.
    rtol, atol : float, optional
        Tolerances of the comparison with differences. By default they follow from the dtypes.
    eps : float, optional
        The first step of the differences (see `numerical_jvp`).

    Raises
    ------
    AssertionError
        If a derivative is wrong: in structure, in dtype, or in a number. The message says which mode, which argument,
        which element, and shows both numbers.

    Notes
    -----
    Adjoints of complex functions multiply by the derivative without conjugation, so the dot-product test compares
    ``Re(sum(y_bar * y_dot))`` with ``Re(sum(x_bar * x_dot))``.

    Examples
    --------
    >>> check_grads(lambda x, y: x * np.sin(y), (np.arange(3.0), 0.5))  # doctest: +SKIP
    """
    if not callable(f):
        raise ArgumentError(f"check_grads checks a function, not a value of type {type(f).__name__}",
                            "pass the function itself")
    if unknown := set(modes) - {"fwd", "rev"}:
        raise ValueError(f"modes are 'fwd' and 'rev', not {sorted(unknown)}")
    if argnums is None:
        argnums = [i for i, arg in enumerate(args) if any(_is_inexact(leaf) for _, leaf in _leaves(arg))]
    elif isinstance(argnums, int):
        argnums = [argnums]
    if not argnums:
        raise ValueError("no argument holds a floating-point number; name the integers to differentiate by in argnums")
    args = tuple(float(arg) if i in argnums and type(arg) is int else arg for i, arg in enumerate(args))
    case = _Case(f, args, dict(kwargs or {}), tuple(argnums))
    if case.value() is None:
        raise ArgumentError(f"{getattr(f, '__name__', 'the function')} returns nothing that could be checked",
                            "check a function that returns what it writes to")
    _check_to_order(case, order, tuple(modes), (rtol, atol, eps), np.random.default_rng(0), "")


@dataclass(frozen=True)
class _Case:
    """A function at a point."""

    f: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    argnums: tuple[int, ...]

    def value(self) -> Any:
        return self.f(*_copy(self.args), **_copy(self.kwargs))

    def jvp(self, tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        from srcad import jvp

        return jvp(self.f, _copy(self.args), _copy(tangents), argnums=self.argnums, kwargs=_copy(self.kwargs))

    def vjp(self, seed: Any) -> tuple[Any, tuple[Any, ...]]:
        from srcad import vjp

        y, pullback = vjp(self.f, *_copy(self.args), argnums=self.argnums, kwargs=_copy(self.kwargs))
        return y, pullback(_copy(seed))


def _check_to_order(
    case: _Case,
    order: int,
    modes: tuple[str, ...],
    settings: tuple[float | None, float | None, float | None],
    rng: np.random.Generator,
    of: str,
) -> None:
    if order < 1:
        return
    value = case.value()
    tangents = tuple(random_like(case.args[i], rng) for i in case.argnums)
    seed = random_like(value, rng)
    rtol, atol = TOLERANCE[_precision(([case.args[i] for i in case.argnums], value))]
    tolerance = (rtol if settings[0] is None else settings[0], atol if settings[1] is None else settings[1])
    if "fwd" in modes:
        _check_tangent(case, value, tangents, tolerance, settings[2], of)
    if "rev" in modes:
        _check_adjoint(case, value, tangents, seed, tolerance, settings[2], of)
    if {"fwd", "rev"} <= set(modes):
        _check_dot_product(case, value, tangents, seed, of)
    if order == 1:
        return
    from srcad import adjoint, tangent

    if "fwd" in modes:
        generated = tangent(case.f, case.argnums)
        given = dict(zip(_added_parameters(generated, case), tangents, strict=True))
        above = replace(case, f=generated, kwargs=case.kwargs | given)
        _check_to_order(above, order - 1, modes, settings, rng, f"{of} of the tangent")
    if "rev" in modes:
        generated = adjoint(case.f, case.argnums)
        given = dict(zip(_added_parameters(generated, case), (seed,), strict=True))
        above = replace(case, f=generated, kwargs=case.kwargs | given)
        _check_to_order(above, order - 1, modes, settings, rng, f"{of} of the adjoint")


def _one_at_a_time(case: _Case, tangents: tuple[Any, ...]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    for k, argnum in enumerate(case.argnums):
        yield argnum, tuple(t if j == k else _map(_zero, t) for j, t in enumerate(tangents))


def _check_tangent(
    case: _Case,
    value: Any,
    tangents: tuple[Any, ...],
    tolerance: tuple[float, float],
    eps: float | None,
    of: str,
) -> None:
    for argnum, alone in _one_at_a_time(case, tangents):
        expected = numerical_jvp(case.f, case.args, alone, case.argnums, case.kwargs, eps)
        y, y_dot = case.jvp(alone)
        assert_same(y, value, what=f"fwd{of}: value")
        what = f"fwd{of}: tangent with respect to argument {argnum}"
        assert_same(y_dot, expected, rtol=tolerance[0], atol=tolerance[1], what=what)


def _check_adjoint(
    case: _Case,
    value: Any,
    tangents: tuple[Any, ...],
    seed: Any,
    tolerance: tuple[float, float],
    eps: float | None,
    of: str,
) -> None:
    y, adjoints = case.vjp(seed)
    assert_same(y, value, what=f"rev{of}: value")
    if type(adjoints) is not tuple or len(adjoints) != len(case.argnums):
        raise AssertionError(f"rev{of}: the pullback returned {adjoints!r}, expected {len(case.argnums)} adjoints")
    for k, (argnum, alone) in enumerate(_one_at_a_time(case, tangents)):
        what = f"rev{of}: adjoint of argument {argnum}"
        structure = _map(lambda leaf: leaf if _is_inexact(leaf) else None, case.args[argnum])
        _compare_trees(adjoints[k], structure, _assert_same_kind, what)
        directional = numerical_jvp(case.f, case.args, alone, case.argnums, case.kwargs, eps)
        found, expected = pairing(adjoints[k], tangents[k]), pairing(seed, directional)
        scale = _magnitude(adjoints[k], tangents[k]) + _magnitude(seed, directional)
        if abs(found - expected) <= tolerance[1] + tolerance[0] * scale:
            continue
        # Only now element by element, which takes a difference each: to name the worst, and to tell NaN from NaN.
        elements = _numerical_adjoint(case, argnum, seed, eps)
        assert_same(adjoints[k], elements, rtol=tolerance[0], atol=tolerance[1], what=what)
        if not (np.isnan(found) and np.isnan(expected)):
            raise AssertionError(f"{what}, along a direction: {found}, expected {expected}")


def _numerical_adjoint(case: _Case, argnum: int, seed: Any, eps: float | None) -> Any:
    def directional(tangent: Any) -> Any:
        return numerical_jvp(case.f, case.args, (tangent,), (argnum,), case.kwargs, eps)

    return adjoint_by_basis(directional, case.args[argnum], seed)


def _check_dot_product(case: _Case, value: Any, tangents: tuple[Any, ...], seed: Any, of: str) -> None:
    y_dot, adjoints = case.jvp(tangents)[1], case.vjp(seed)[1]
    forward, reverse = pairing(seed, y_dot), pairing(adjoints, tangents)
    scale = 1 + _magnitude(seed, y_dot) + _magnitude(adjoints, tangents)
    close = abs(forward - reverse) <= ROUNDING[_precision((case.args, value))] * scale
    if not close and not (np.isnan(forward) and np.isnan(reverse)):
        raise AssertionError(f"fwd against rev{of}: {forward} by the tangent, {reverse} by the adjoint")


def _zero(leaf: Any) -> Any:
    return leaf * 0 if _is_number(leaf) else None


def _added_parameters(generated: Callable[..., Any], case: _Case) -> list[str]:
    """Names of the tangents or the seed among the parameters of a generated function."""
    names = list(inspect.signature(generated).parameters)
    try:
        own = set(inspect.signature(case.f).parameters)
    except ValueError:  # a builtin without a signature
        own = set(names[: len(case.args)])
    return [name for name in names if name not in own]
