"""Nested containers of numbers and arrays as one vector, and back."""

from __future__ import annotations

import numpy as np


def flatten(value):
    """A vector of all numbers in a value, and the function that puts such a vector into the value's form again.

    Parameters
    ----------
    value
        Numbers and arrays in nested tuples, lists and dicts; dicts are gone through in the order of their keys.

    Returns
    -------
    vector : ndarray, shape (n,)
    unflatten : callable
    """
    return _vector(value), Unflatten(value)


def flatten_func(func, example):
    """`func` as a function of vectors, with the function that puts them into the form of `example`, and its vector."""
    vector, unflatten = flatten(example)

    def of_vector(x, *args):
        return flatten(func(unflatten(x), *args))[0]

    return of_vector, unflatten, vector


def _vector(value):
    pieces = _pieces(value)
    return np.concatenate(pieces) if pieces else np.array([])


def _pieces(value) -> list:
    if isinstance(value, tuple | list):
        return [piece for v in value for piece in _pieces(v)]
    if isinstance(value, dict):
        return [piece for k in sorted(value) for piece in _pieces(value[k])]
    return [np.ravel(value)]


def _flatten_inside(value):
    def unflatten(vector):
        raise TypeError("a value flattened in differentiated code cannot be unflattened there: "
                        "call flatten outside, and use its unflatten")

    return _vector(value), unflatten


def _called_inside(s, args: list, kwargs: list, hint: str):
    """A call of `flatten` in a program that is compiled."""
    from srcad.trace.ir import Ref

    return s.call(Ref(_flatten_inside), args, kwargs, hint)


flatten.__srcad_call__ = _called_inside  # type: ignore[attr-defined]


class Leaf:
    """Where a number or an array is in the vector; `shape` is None for a number."""

    def __init__(self, value, start: int) -> None:
        self.start, self.stop = start, start + np.size(value)
        self.shape = np.shape(value) if isinstance(value, np.ndarray) else None
        self.real = not np.iscomplexobj(value)


class Unflatten:
    """Puts a vector into the form of an example. The form is fixed, so that generated code has the places as numbers."""

    def __init__(self, example) -> None:
        self.size = 0
        self.form = self._form(example)
        self.__name__ = "unflatten"

    def _form(self, value):
        if isinstance(value, tuple | list):
            return type(value)([self._form(v) for v in value])
        if isinstance(value, dict):
            forms = {k: self._form(value[k]) for k in sorted(value)}
            return {k: forms[k] for k in value}
        leaf = Leaf(value, self.size)
        self.size = leaf.stop
        return leaf

    def __call__(self, vector):
        """The example's form, with the numbers of a vector."""
        def build(form):
            if isinstance(form, tuple | list):
                return type(form)([build(f) for f in form])
            if isinstance(form, dict):
                return {k: build(f) for k, f in form.items()}
            return _part(vector, form.start, form.stop, form.shape, form.real)

        return build(self.form)

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        """A call in a program that is compiled."""
        from srcad.specialise.values import Pack
        from srcad.trace import intrinsics
        from srcad.trace.ir import Lit, Ref

        (vector,) = args

        def build(form):
            if isinstance(form, tuple):
                return Pack(tuple(map(build, form)))
            if isinstance(form, list):
                return s.call(Ref(intrinsics.build_list), [s.atom(build(f)) for f in form], [])
            if isinstance(form, dict):
                parts = [part for k, f in form.items() for part in (Lit(k), s.atom(build(f)))]
                return s.call(Ref(intrinsics.build_dict), parts, [])
            shape = Lit(None) if form.shape is None else Pack(tuple(map(Lit, form.shape)))
            about = [vector, Lit(form.start), Lit(form.stop), shape, Lit(form.real)]
            return s.call(Ref(_part), about, [])

        return build(self.form)


def _part(vector, start, stop, shape, real):
    """A number, or an array of this shape, of a vector."""
    if shape is None:
        part = vector[start]
    else:
        part = np.reshape(vector[start:stop], shape)
    if real and np.iscomplexobj(vector):
        part = np.real(part)
    return part
