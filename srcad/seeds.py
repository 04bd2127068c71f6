"""Seeds and tangents, as a caller gives them, brought to the form of what they are for.

Enters: a value of the primal (or, before there is one, its kind), and a tangent or adjoint for it. Leaves: the same in
the value's structure, shape and precision, or an `ArgumentError`: a seed that only broadcasts, or that is complex where
the value is real, would give numbers that are the derivative of something else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad.errors import ArgumentError
from srcad.runtime import attributes_of, make_like
from srcad.structure import is_inexact_leaf, items_of, leaves, varying
from srcad.trace.kinds import Array, DictOf, Kind, ListOf, Scalar, Size, Struct, TupleOf, dtype_of, is_differentiable

_NUMBERS = (bool, int, float, complex, np.generic)


def conformed(value, seed, name: str, outermost: bool = True):
    """A tangent or adjoint for this value. Outermost, integers count as the floats that they are taken for."""
    if type(value) is float and type(seed) is float:
        return seed
    if seed is None and items_of(value) is not None and not varying(value):
        return None
    if isinstance(value, tuple | list):
        items = _items(seed, len(value), type(value).__name__, name)
        pairs = enumerate(zip(value, items))
        if hasattr(value, "_fields"):
            return _rebuilt(type(value), [_attribute(v, s, f"{name}.{n}") for n, v, s in zip(value._fields, value, items)])
        return _rebuilt(type(value), [conformed(v, s, f"{name}[{k}]", False) for k, (v, s) in pairs])
    if isinstance(value, dict):
        _check_keys(seed, list(value), name)
        return {k: conformed(v, seed[k], f"{name}[{k!r}]", False) for k, v in value.items()}
    names = None if isinstance(value, np.ndarray | np.generic | float | int | complex) else attributes_of(value)
    if names is not None:
        _check_attributes(seed, type(value), names, name)
        return make_like(value, **{n: _attribute(getattr(value, n), getattr(seed, n), f"{name}.{n}") for n in names})
    if isinstance(value, np.ndarray) and value.dtype.kind in "fcO":
        return _number(seed, name, value.shape, value.dtype if value.dtype.kind != "O" else None, True)
    if isinstance(value, np.inexact):
        return _number(seed, name, (), value.dtype, False)
    if isinstance(value, float | complex) or (outermost and isinstance(value, bool | int | np.bool_ | np.integer)):
        return _number(seed, name, (), np.dtype(complex if isinstance(value, complex) else float), False, python=True)
    return _nothing(seed, name, type(value).__name__)


def with_zeros(value, seed):
    """A conformed seed with 0.0 for integers in a result: on another path they might have been floats."""
    if seed is None:
        return 0.0 if isinstance(value, bool | int | np.bool_ | np.integer) else None
    if isinstance(value, tuple | list):
        return _rebuilt(type(value), [with_zeros(v, s) for v, s in zip(value, seed)])
    if isinstance(value, dict):
        return {k: with_zeros(v, seed[k]) for k, v in value.items()}
    return seed


def _attribute(value, seed, name: str):
    """A tangent for an attribute: what cannot vary may also be left as it is, as `dataclasses.replace` does."""
    if not any(map(is_inexact_leaf, leaves(value))) and (
            seed is value or isinstance(value, int | str | bytes) and seed == value):
        return None
    return conformed(value, seed, name, False)


def conformed_to_kind(kind: Kind, seed, name: str, sizes: dict):
    """A seed for a value of this kind, before the value is known; `sizes` has the axes that are."""
    if seed is None and not is_differentiable(kind):
        return None
    match kind:
        case Scalar(base=base) if base in (float, complex):
            return _number(seed, name, (), dtype_of(kind), False, python=kind.dtype is None)
        case Array(dtype=dtype, dims=dims) if is_differentiable(kind):
            shape = None if dims is None else tuple(sizes.get(d.name) if isinstance(d, Size) else d for d in dims)
            return _number(seed, name, shape, dtype, True)
        case TupleOf(items=items, cls=cls):
            given = _items(seed, len(items), "tuple", name)
            return _rebuilt(cls or tuple, [conformed_to_kind(k, s, f"{name}[{j}]", sizes)
                                           for j, (k, s) in enumerate(zip(items, given))])
        case ListOf(element=element, items=items):
            given = _items(seed, None if items is None else len(items), "list", name)
            kinds = [element] * len(given) if items is None else items
            return [conformed_to_kind(k, s, f"{name}[{j}]", sizes) for j, (k, s) in enumerate(zip(kinds, given))]
        case DictOf(keys=keys, values=values):
            _check_keys(seed, list(keys), name)
            return {k: conformed_to_kind(v, seed[k], f"{name}[{k!r}]", sizes) for k, v in zip(keys, values)}
        case Struct(cls=cls, names=names, items=items):
            _check_attributes(seed, cls, names, name)
            given = [getattr(seed, n) for n in names]
            return make_like(cls, **{n: conformed_to_kind(k, g if is_differentiable(k) else None, f"{name}.{n}", sizes)
                                     for n, k, g in zip(names, items, given)})
    if is_differentiable(kind):
        return _number(seed, name, None, None, isinstance(seed, np.ndarray))
    return _nothing(seed, name, repr(kind))


def known_sizes(kinds: tuple, values: list) -> dict:
    """The lengths of the axes that the kinds of the arguments name."""
    found: dict = {}
    for kind, value in zip(kinds, values):
        match kind:
            case Array(dims=dims) if dims is not None and isinstance(value, np.ndarray):
                found.update((d.name, n) for d, n in zip(dims, value.shape) if isinstance(d, Size))
            case TupleOf(items=items):
                found |= known_sizes(items, list(value))
            case ListOf(items=items) if items is not None:
                found |= known_sizes(items, value)
            case DictOf(values=items):
                found |= known_sizes(items, list(value.values()))
            case Struct(names=names, items=items):
                found |= known_sizes(items, [getattr(value, n) for n in names])
    return found


def _rebuilt(cls: type, items: list):
    return cls(*items) if hasattr(cls, "_fields") else cls(items)


def _items(seed, count: int | None, what: str, name: str):
    if not isinstance(seed, tuple | list) or (count is not None and len(seed) != count):
        of = "" if count is None else f" of {count} items"
        raise ArgumentError(f"the seed for {name} must be a {what}{of}", "give it the structure of the value")
    return seed


def _check_keys(seed, keys: list, name: str) -> None:
    if not isinstance(seed, dict) or set(seed) != set(keys):
        raise ArgumentError(f"the seed for {name} must be a dict with the keys {keys}",
                            "give it the structure of the value")


def _check_attributes(seed, cls: type, names: tuple, name: str) -> None:
    if type(seed) is not cls or not all(hasattr(seed, n) for n in names):
        raise ArgumentError(f"the seed for {name} must be a {cls.__name__} with the attributes {', '.join(names)}",
                            "give it the structure of the value")


def _nothing(seed, name: str, what: str) -> None:
    """What cannot vary has no tangent: None, or a zero."""
    if seed is None or (isinstance(seed, _NUMBERS) and not seed) or (isinstance(seed, np.ndarray) and not np.any(seed)):
        return None
    raise ArgumentError(f"the seed for {name} must be None, because that is {what}, which has no derivative",
                        "pass None")


def _number(seed: Any, name: str, shape: tuple | None, dtype: Any, array: bool, python: bool = False):
    """A number or an array of this shape (None: not known, as a whole or an axis) and dtype."""
    if not isinstance(seed, _NUMBERS) and type(seed) is not np.ndarray:
        raise ArgumentError(f"the seed for {name} is {'None' if seed is None else f'of type {type(seed).__name__}'}",
                            "pass a number, or a plain array of the shape of the value")
    number: Any = seed
    found = np.shape(number)
    if shape is not None and (len(found) != len(shape) or any(m is not None and m != n for m, n in zip(shape, found))):
        wanted = str(shape).replace("None", "?")
        raise ArgumentError(f"the seed for {name} has shape {found}, the value has {wanted}",
                            "give it the shape of the value")
    given = np.result_type(seed)
    if given.kind not in "biufc" and given.kind != "O":
        raise ArgumentError(f"the seed for {name} holds {given}, not numbers", "pass floating-point numbers")
    if given.kind == "c" and dtype is not None and dtype.kind == "f":
        raise ArgumentError(f"the seed for {name} is complex, the value is real", "pass a real seed")
    if dtype is None:
        return seed if given.kind in "fcO" else np.asarray(seed, float) if array else float(number)
    if array:
        return np.asarray(seed, dtype)
    if python:
        return complex(number) if dtype.kind == "c" else float(number)
    return dtype.type(seed) if not isinstance(seed, np.ndarray) else dtype.type(seed[()])
