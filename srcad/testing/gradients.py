"""`check_grads`: tangent and adjoint against differences and against each other, to any order."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from srcad.errors import ArgumentError
from srcad.testing.comparison import TOLERANCE, assert_same, assert_same_kind, compare_trees
from srcad.testing.numerical import adjoint_by_basis, numerical_jvp
from srcad.testing.structures import (
    copied,
    is_inexact,
    is_number,
    leaves,
    magnitude,
    mapped,
    pairing,
    precision,
    random_like,
)

#: By the bytes of the least precise number: how much forward may differ from reverse, in which there is only rounding.
ROUNDING = {2: 5e-2, 4: 1e-4, 8: 1e-9, 16: 1e-9}


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
        argnums = [i for i, arg in enumerate(args) if any(is_inexact(leaf) for _, leaf in leaves(arg))]
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
        return self.f(*copied(self.args), **copied(self.kwargs))

    def jvp(self, tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        from srcad import jvp

        return jvp(self.f, copied(self.args), copied(tangents), argnums=self.argnums, kwargs=copied(self.kwargs))

    def vjp(self, seed: Any) -> tuple[Any, tuple[Any, ...]]:
        from srcad import vjp

        y, pullback = vjp(self.f, *copied(self.args), argnums=self.argnums, kwargs=copied(self.kwargs))
        return y, pullback(copied(seed))


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
    rtol, atol = TOLERANCE[precision(([case.args[i] for i in case.argnums], value))]
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
        yield argnum, tuple(t if j == k else mapped(_zero, t) for j, t in enumerate(tangents))


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
        structure = mapped(lambda leaf: leaf if is_inexact(leaf) else None, case.args[argnum])
        compare_trees(adjoints[k], structure, assert_same_kind, what)
        directional = numerical_jvp(case.f, case.args, alone, case.argnums, case.kwargs, eps)
        found, expected = pairing(adjoints[k], tangents[k]), pairing(seed, directional)
        scale = magnitude(adjoints[k], tangents[k]) + magnitude(seed, directional)
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
    scale = 1 + magnitude(seed, y_dot) + magnitude(adjoints, tangents)
    close = abs(forward - reverse) <= ROUNDING[precision((case.args, value))] * scale
    if not close and not (np.isnan(forward) and np.isnan(reverse)):
        raise AssertionError(f"fwd against rev{of}: {forward} by the tangent, {reverse} by the adjoint")


def _zero(leaf: Any) -> Any:
    return leaf * 0 if is_number(leaf) else None


def _added_parameters(generated: Callable[..., Any], case: _Case) -> list[str]:
    """Names of the tangents or the seed among the parameters of a generated function."""
    names = list(inspect.signature(generated).parameters)
    try:
        own = set(inspect.signature(case.f).parameters)
    except ValueError:  # a builtin without a signature
        own = set(names[: len(case.args)])
    return [name for name in names if name not in own]
