"""Numbers and arrays in tuples, lists, dicts and objects: walked through, drawn at random, multiplied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from srcad.runtime import attributes_of, make_like


def children_of(tree: Any) -> Sequence[tuple[str, Any]] | None:
    """What a tuple, list, dict or object holds, with how each is written behind its name; None of anything else."""
    match tree:
        case tuple() | list():
            return [(f"[{i}]", child) for i, child in enumerate(tree)]
        case dict():
            return [(f"[{key!r}]", child) for key, child in tree.items()]
    names = None if tree is None or is_number(tree) else attributes_of(tree)
    return None if names is None else [(f".{name}", getattr(tree, name)) for name in names]


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Everything that holds nothing itself, with where it is."""
    children = children_of(tree)
    if children is None:
        yield path, tree
    else:
        for step, child in children:
            yield from leaves(child, path + step)


def mapped(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """`function` of every leaf of `tree`, with the leaves at the same places of the other trees."""
    match tree:
        case tuple() | list():
            items = [mapped(function, child, *(other[i] for other in others)) for i, child in enumerate(tree)]
            return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
        case dict():
            return {key: mapped(function, child, *(other[key] for other in others)) for key, child in tree.items()}
    names = None if tree is None or is_number(tree) else attributes_of(tree)
    if names is not None:
        return make_like(tree, **{n: mapped(function, *(getattr(t, n) for t in (tree, *others))) for n in names})
    return function(tree, *others)


def is_number(leaf: Any) -> bool:
    """Is it a number or an array?"""
    return isinstance(leaf, (bool, int, float, complex, np.ndarray, np.generic))


def is_inexact(leaf: Any) -> bool:
    """Is it a real or complex floating-point number, or an array of them?"""
    if isinstance(leaf, (np.ndarray, np.generic)):
        return np.issubdtype(leaf.dtype, np.inexact)
    return isinstance(leaf, (float, complex))


def copied(tree: Any) -> Any:
    """The same values in arrays of their own."""
    return mapped(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, tree)


def as_given(leaf: Any, value: Any) -> Any:
    """`value` as the kind of number, or array, that `leaf` is."""
    if isinstance(leaf, np.ndarray):
        return np.asarray(value).astype(leaf.dtype).reshape(leaf.shape)
    return type(leaf)(value)


def promoted(tree: Any) -> Any:
    """The same values in double precision, in which differences are worth something."""

    def promote(leaf: Any) -> Any:
        if isinstance(leaf, (np.ndarray, np.generic)) and is_inexact(leaf):
            return leaf.astype(np.promote_types(leaf.dtype, np.float64))
        return leaf

    return mapped(promote, tree)


def as_vector(tree: Any) -> np.ndarray:
    """All floating-point numbers, one behind the other."""
    parts = [np.ravel(leaf) for _, leaf in leaves(tree) if is_inexact(leaf)]
    return np.concatenate([np.zeros(0), *parts])


def from_vector(template: Any, vector: np.ndarray) -> Any:
    """`vector`'s numbers in the structure of `template`, None where `template` has no floating-point number."""
    position = 0

    def take(leaf: Any) -> Any:
        nonlocal position
        if not is_inexact(leaf):
            return None
        part = vector[position : position + np.size(leaf)]
        position += np.size(leaf)
        if not np.iscomplexobj(leaf):
            part = part.real
        return as_given(leaf, part if isinstance(leaf, np.ndarray) else part[0])

    return mapped(take, template)


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
        if not is_inexact(leaf):
            return np.zeros(np.shape(leaf))[()] if is_number(leaf) else None
        numbers = rng.standard_normal(np.shape(leaf))
        if np.iscomplexobj(leaf):
            numbers = numbers + 1j * rng.standard_normal(np.shape(leaf))
        return as_given(leaf, numbers)

    return mapped(draw, tree)


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
    return float(sum(np.real(np.sum(x * y)) for x, y in products(a, b)))


def magnitude(a: Any, b: Any) -> float:
    """The size of the terms that `pairing` adds up."""
    return float(sum(np.sum(np.abs(x * y)) for x, y in products(a, b)))


def products(a: Any, b: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The numbers at the same places of two values, in double precision at least."""
    for (_, x), (_, y) in zip(leaves(a), leaves(b), strict=True):
        if x is not None and y is not None:
            x, y = np.asarray(x), np.asarray(y)
            yield x.astype(np.result_type(x, np.float64)), y.astype(np.result_type(y, np.float64))


def precision(tree: Any) -> int:
    """Bytes of the least precise floating-point number in `tree`."""
    sizes = [np.finfo(np.asarray(leaf).dtype).dtype.itemsize for _, leaf in leaves(tree) if is_inexact(leaf)]
    return min(sizes, default=8)
