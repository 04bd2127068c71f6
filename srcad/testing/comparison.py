"""The strict comparison: container types, shapes, dtypes and the positions of NaN must be the same, nothing broadcasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.testing.structures import children_of, is_inexact, is_number, precision

#: By the bytes of the least precise number that takes part: relative and absolute tolerance against differences.
TOLERANCE = {2: (5e-2, 1e-2), 4: (1e-3, 1e-5), 8: (1e-6, 1e-8), 16: (1e-6, 1e-8)}


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
        assert_same_kind(a, e, place)
        _assert_same_numbers(a, e, rtol, atol, place)

    compare_trees(actual, expected, compare, what)


def compare_trees(actual: Any, expected: Any, compare: Callable[[Any, Any, str], None], what: str) -> None:
    """Compare two values leaf by leaf; raises where their structures differ."""
    if expected is None:
        if actual is not None and not (is_number(actual) and not np.any(actual)):
            raise AssertionError(f"{what}: {actual!r}, expected None or zero (there is no derivative)")
        return
    children = children_of(expected)
    if children is None:
        compare(actual, expected, what)
        return
    if type(actual) is not type(expected):
        raise AssertionError(f"{what}: a {type(actual).__name__}, expected a {type(expected).__name__}")
    if not isinstance(expected, tuple | list | dict):
        for step, child in children:
            compare_trees(getattr(actual, step[1:], "missing"), child, compare, what + step)
        return
    if len(actual) != len(expected) or (isinstance(expected, dict) and actual.keys() != expected.keys()):
        found, wanted = ((list(tree) if isinstance(tree, dict) else len(tree)) for tree in (actual, expected))
        raise AssertionError(f"{what}: entries {found}, expected {wanted}")
    for key, (step, child) in zip(expected if isinstance(expected, dict) else range(len(expected)), children):
        compare_trees(actual[key], child, compare, what + step)


def assert_same_kind(actual: Any, expected: Any, what: str) -> None:
    """Raises if two leaves are not of the same type, shape and dtype."""
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
    if not is_inexact(expected):
        same = np.array_equal(actual, expected) if is_number(expected) else actual == expected
        if not same:
            raise AssertionError(f"{what}: {actual!r}, expected {expected!r}")
        return
    defaults = TOLERANCE[precision(expected)]
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
