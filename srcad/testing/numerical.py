"""Derivatives by numbers: extrapolated central differences, the complex step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcad.testing.structures import (
    as_given,
    as_vector,
    copied,
    from_vector,
    is_inexact,
    leaves,
    mapped,
    pairing,
    promoted,
)

STEPS = 12  # halvings of the first step
FIRST_STEP = 2.0**-6
COLUMNS = 5  # of Richardson's table; more only amplify rounding
COMPLEX_STEP = 1e-30


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
    template = f(*copied(args), **copied(kwargs or {}))
    size = as_vector(template).size
    moved, tangents = promoted(args), promoted(tangents)
    argnums = range(len(args)) if argnums is None else argnums

    def along(step: float) -> np.ndarray:
        try:
            result = as_vector(f(*_moved(moved, tangents, argnums, step), **copied(kwargs or {})))
        except (ArithmeticError, ValueError):
            return np.full(size, np.nan)
        return result if result.size == size else np.full(size, np.nan)

    with np.errstate(all="ignore"):
        return from_vector(template, _extrapolate(along, size, FIRST_STEP if eps is None else eps))


def _moved(args: Sequence[Any], tangents: Sequence[Any], argnums: Sequence[int], step: Any) -> list[Any]:
    def move(leaf: Any, tangent: Any) -> Any:
        if not is_inexact(leaf):
            return leaf
        return np.asarray(leaf + step * tangent) if isinstance(leaf, np.ndarray) else leaf + step * tangent

    moved = list(copied(args))
    for argnum, tangent in zip(argnums, tangents, strict=True):
        moved[argnum] = mapped(move, moved[argnum], tangent)
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
    template = f(*copied(args), **copied(kwargs or {}))
    argnums = range(len(args)) if argnums is None else argnums
    moved = _moved(promoted(args), promoted(tangents), argnums, 1j * COMPLEX_STEP)
    result = f(*moved, **copied(kwargs or {}))
    return mapped(
        lambda leaf, moved_leaf: as_given(leaf, np.imag(moved_leaf) / COMPLEX_STEP) if is_inexact(leaf) else None,
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
    numbers = [leaf for _, leaf in leaves(arg) if is_inexact(leaf)]
    flags = as_vector([np.full(np.shape(leaf), np.iscomplexobj(leaf), float) for leaf in numbers])
    vector = np.zeros(flags.size, complex)
    for position, is_complex in enumerate(flags):
        unit = np.zeros(flags.size, complex)
        unit[position] = 1
        vector[position] = pairing(seed, directional(from_vector(arg, unit)))
        if is_complex:
            # The pairing of x_bar with 1j is -Im(x_bar).
            vector[position] -= 1j * pairing(seed, directional(from_vector(arg, 1j * unit)))
    return from_vector(arg, vector)
