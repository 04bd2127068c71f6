"""The adjoints of joining arrays into one and of taking one apart."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from srcad.runtime.values import match_kind


def split_like(g, arrays, axis):
    """`g`, the concatenation of `arrays` along `axis`, in pieces of their shapes."""
    lengths = [np.size(a) if axis is None else np.shape(a)[axis] for a in arrays]
    return as_form(cut(g, lengths, axis or 0), arrays)


def split_stacked(g, arrays, axis, rank):
    """`g`, a stack of `arrays` (widened to `rank` axes where they have fewer) along `axis`, in pieces."""
    lengths = [np.shape(a)[axis] if np.ndim(a) >= rank else 1 for a in arrays]
    return as_form(cut(g, lengths, axis), arrays)


def cut(g, lengths, axis):
    """Views of `g`, so many along `axis` each (`np.split` takes ten times as long)."""
    before = (slice(None),) * (axis if axis >= 0 else g.ndim + axis)
    ends = list(accumulate(lengths))
    return [g[*before, end - length:end] for length, end in zip(lengths, ends)]


def join_stacked(pieces, axis, rank):
    """The transpose of `split_stacked`."""
    return {(0, 1): np.hstack, (0, 2): np.vstack, (1, 2): np.column_stack, (2, 3): np.dstack}[axis, rank](pieces)


def join_rows(pieces):
    """The arrays of a list, one after the other along their first axis."""
    return np.concatenate(pieces)


def unstack_like(g, arrays, axis):
    """`g`, a stack of `arrays` along a new `axis`, as the arrays it was made of."""
    return as_form(list(np.moveaxis(g, axis, 0)), arrays)


def as_form(pieces, arrays):
    """A list of adjoints as a list, tuple or array, each of the kind of its item of `arrays`."""
    pieces = [match_kind(p if np.shape(p) == np.shape(a) != () else np.reshape(p, np.shape(a))[()], a)
              for p, a in zip(pieces, arrays, strict=True)]
    if isinstance(arrays, np.ndarray):
        return np.stack(pieces)
    return tuple(pieces) if isinstance(arrays, tuple) else pieces


def without_gaps(pieces, arrays):
    """Adjoints of several arrays, with zeros for those that have none because they hold whole numbers."""
    return [np.zeros(np.shape(a)) if p is None else without_gaps(p, a) if isinstance(p, list) else p
            for p, a in zip(pieces, arrays, strict=True)]


def nest_like(g, x):
    """The array `g` as the nested lists or tuples of numbers and arrays that ``np.array(x)`` was made of."""
    if isinstance(x, list | tuple):
        items = [nest_like(g[k], item) for k, item in enumerate(x)]
        return tuple(items) if isinstance(x, tuple) else items
    return match_kind(g, x)
