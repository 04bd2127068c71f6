"""The vector space of a value: numbers, arrays, and tuples, lists and dicts of them, as in autograd."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from srcad.errors import KindError
from srcad.structure import is_leaf, leaves, rebuilt


class VSpaceError(KindError, TypeError):
    """A value that is in no vector space."""


class VSpace:
    """The vector space that a value is in.

    Attributes
    ----------
    size : int
        Its real dimension: a complex number counts twice.
    iscomplex : bool
        Of a single number or array: whether it is complex.
    shape : tuple
        Of a single number or array.
    """

    def __init__(self, value) -> None:
        self.form = value
        self.leaves = [np.asarray(leaf) for leaf in leaves(value)]
        self.single = is_leaf(value)
        self.size = sum(leaf.size * (2 if np.iscomplexobj(leaf) else 1) for leaf in self.leaves)

    @property
    def shape(self) -> tuple:
        return self.leaves[0].shape

    @property
    def dtype(self) -> np.dtype:
        return self.leaves[0].dtype

    @property
    def ndim(self) -> int:
        return self.leaves[0].ndim

    @property
    def iscomplex(self) -> bool:
        return any(map(np.iscomplexobj, self.leaves))

    def __eq__(self, other) -> bool:
        return isinstance(other, VSpace) and _form(self.form) == _form(other.form) and all(
            a.shape == b.shape and a.dtype == b.dtype for a, b in zip(self.leaves, other.leaves))

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"VSpace({_form(self.form)}: {', '.join(f'{leaf.dtype}{list(leaf.shape)}' for leaf in self.leaves)})"

    def zeros(self):
        """The zero of the space."""
        return self._each(np.zeros_like)

    def ones(self):
        """A one in every place, 1 + i in complex ones."""
        return self._each(lambda leaf: np.ones_like(leaf) * (1.0 + 1.0j if np.iscomplexobj(leaf) else 1.0))

    def randn(self):
        """Normally distributed numbers in every place."""
        def draw(leaf):
            drawn = np.random.randn(*leaf.shape)
            return np.asarray(drawn + 1j * np.random.randn(*leaf.shape) if np.iscomplexobj(leaf) else drawn, leaf.dtype)

        return self._each(draw)

    def standard_basis(self) -> Iterator:
        """The vectors with one 1 (or i, in complex places)."""
        for k, leaf in enumerate(self.leaves):
            for index in np.ndindex(leaf.shape):
                for unit in (1.0, 1j) if np.iscomplexobj(leaf) else (1.0,):
                    parts = [np.zeros_like(other) for other in self.leaves]
                    parts[k][index] = unit
                    yield self._built(parts)

    def add(self, x, y):
        """x + y"""
        return _add(x, y)

    def scalar_mul(self, x, a):
        """a x"""
        return _scale(x, a)

    def inner_prod(self, x, y):
        """The real inner product."""
        return _inner(x, y)

    def covector(self, x):
        """The vector whose inner product is what the linear form `x` gives: the conjugate."""
        return rebuilt(x, [np.conj(leaf) for leaf in leaves(x)])

    def _each(self, function):
        return self._built([function(leaf) for leaf in self.leaves])

    def _built(self, parts: list):
        """A value of the space's structure; numbers of Python stay numbers of Python."""
        fresh = [p if isinstance(old, np.ndarray) else p[()] if isinstance(old, np.generic) else p.item()
                 for old, p in zip(leaves(self.form), parts)]
        return rebuilt(self.form, fresh)


def vspace(value) -> VSpace:
    """The vector space of a value.

    Raises
    ------
    VSpaceError
        If there is none: for strings, None, integers and the like.
    """
    if not _is_vector(value):
        raise VSpaceError(f"a value of type {type(value).__name__} is in no vector space",
                          "give floats, arrays of them, or tuples, lists and dicts of those")
    return VSpace(value)


def _is_vector(value) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_vector, value))
    if isinstance(value, dict):
        return all(map(_is_vector, value.values()))
    return is_leaf(value) and np.asarray(value).dtype.kind in "fciu"


def _form(value):
    """The structure, without the numbers."""
    if isinstance(value, tuple | list):
        return type(value), tuple(map(_form, value))
    if isinstance(value, dict):
        return dict, tuple((k, _form(value[k])) for k in sorted(value, key=repr))
    return None


def _add(x, y):
    if isinstance(x, dict):
        return {k: _add(x[k], y[k]) for k in x}
    if isinstance(x, tuple):
        return tuple([_add(a, b) for a, b in zip(x, y)])
    if isinstance(x, list):
        return [_add(a, b) for a, b in zip(x, y)]
    return x + y


def _scale(x, a):
    if isinstance(x, dict):
        return {k: _scale(x[k], a) for k in x}
    if isinstance(x, tuple):
        return tuple([_scale(v, a) for v in x])
    if isinstance(x, list):
        return [_scale(v, a) for v in x]
    return x * a


def _inner(x, y):
    if isinstance(x, dict):
        return sum([_inner(x[k], y[k]) for k in x])
    if isinstance(x, tuple | list):
        return sum([_inner(a, b) for a, b in zip(x, y)])
    return np.real(np.sum(np.conj(x) * y))
