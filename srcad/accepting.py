"""What a saved derivative asks of its arguments: it is right for the kinds that it was made for, and for no others.

Kinds of parameters enter; statements leave that raise TypeError, where something else is given, as lines of source. They
look at what srcad looks at when it chooses a variant: types of numbers, axes and dtypes of arrays, lengths and keys of
containers, and the values that a variant is made for (strings, flags, None). Where a kind is not known there is no
statement, for then the text is right for any.
"""

from __future__ import annotations

import types
from collections.abc import Iterator

import numpy as np

from srcad.errors import Location, UnsupportedError
from srcad.trace.kinds import Array, DictOf, Kind, ListOf, Object, Range, Scalar, Size, SliceOf, Static, Struct, TupleOf
from srcad.trace.naming import show_kind

#: The types of numbers that do for a kind of them.
_NUMBERS = {bool: "(bool, np.bool_)", int: "(int, np.integer)", float: "(int, float)", complex: "(int, float, complex)"}
_PLAIN = (str, bytes, int, float, complex)
#: How long a line may be.
_WIDTH = 110


def written(value) -> str:
    """A constant as source."""
    if isinstance(value, float) and not np.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, complex) and not np.isfinite(value):
        return f'complex("{value}")'
    return repr(value)


def checks(params: list[tuple[str, Kind]], loc: Location) -> list[str]:
    """Statements that raise TypeError if a parameter is not of its kind.

    Parameters
    ----------
    params : list of (str, Kind)
    loc : Location
        Of the function, for errors.

    Raises
    ------
    UnsupportedError
        If a parameter stands for an object that another process cannot know.
    """
    lines: list[str] = []
    numbers: list[str] = []
    for name, kind in params:
        if isinstance(kind, Scalar):
            numbers += tests(name, kind, loc)
            continue
        found = list(tests(name, kind, loc))
        if found:
            lines += _statement(found, f"{name} must be {_words(kind)}")
    if numbers:
        named = [(name, kind) for name, kind in params if isinstance(kind, Scalar)]
        kinds = {show_kind(kind) for _, kind in named}
        if len(kinds) == 1:
            names = [name for name, _ in named]
            lines += _statement(numbers, f"{_listed(names)} must be of kind {kinds.pop()}")
        else:
            for (name, kind), test in zip(named, numbers, strict=True):
                lines += _statement([test], f"{name} must be of kind {show_kind(kind)}")
    return lines


def tests(path: str, kind: Kind, loc: Location) -> Iterator[str]:
    """Conditions that hold for values of a kind."""
    match kind:
        case Scalar(base=base, dtype=dtype):
            plain = dtype is None or dtype in (np.float64, np.complex128) or dtype.kind in "biu"
            yield f"isinstance({path}, {_NUMBERS[base] if plain else f'np.{dtype.name}'})"
        case Array(dtype=dtype, dims=dims) if dims is not None and dtype is not None:
            yield f"isinstance({path}, np.ndarray)"
            yield f"{path}.ndim == {len(dims)}"
            yield f'{path}.dtype == "{dtype.name}"'
            for k, d in enumerate(dims):
                if isinstance(d, int):
                    yield f"{path}.shape[{k}] == {d}"
                elif isinstance(d, Size) and d.not_one:
                    yield f"{path}.shape[{k}] != 1"
        case Array():
            yield f"isinstance({path}, np.ndarray)"
        case TupleOf(items=items):
            yield f"isinstance({path}, tuple)"
            yield from _items(path, items, loc)
        case ListOf(items=None, element=element):
            yield f"isinstance({path}, list)"
            each = " and ".join(tests("item", element, loc))
            if each:
                yield f"all({each} for item in {path})"
        case ListOf(items=items):
            yield f"isinstance({path}, list)"
            yield from _items(path, items or (), loc)
        case DictOf(keys=keys, values=values):
            yield f"isinstance({path}, dict)"
            yield f"list({path}) == [{', '.join(_plain(key, path, loc) for key in keys)}]"
            for key, value in zip(keys, values):
                yield from tests(f"{path}[{key!r}]", value, loc)
        case Struct(cls=cls, names=names, items=items):
            yield f'type({path}).__name__ == "{cls.__name__}"'
            for name, item in zip(names, items):
                yield from tests(f"{path}.{name}", item, loc)
        case SliceOf():
            yield f"isinstance({path}, slice)"
        case Range():
            yield f"isinstance({path}, range)"
        case Object(cls=cls):
            yield f'type({path}).__name__ == "{cls.__name__}"'
        case Static(value=(None | True | False) as value):
            yield f"{path} is {value}"
        case Static(value=value):
            yield f"{path} == {_plain(value, path, loc)}" if type(value) in _PLAIN else _named(path, value, loc)


def _items(path: str, items: tuple, loc: Location) -> Iterator[str]:
    yield f"len({path}) == {len(items)}"
    for k, item in enumerate(items):
        yield from tests(f"{path}[{k}]", item, loc)


def _plain(value, path: str, loc: Location) -> str:
    if type(value) in _PLAIN or value is None or type(value) is bool:
        return written(value)
    if type(value) is tuple:
        return f"({', '.join(_plain(v, path, loc) for v in value)}{',' if len(value) == 1 else ''})"
    raise _unknown(path, value, loc)


def _named(path: str, value, loc: Location) -> str:
    """The condition that something is an object, which has a name in every process."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if isinstance(value, np.dtype):
        return f'{path} == "{value.name}"'
    if isinstance(value, types.MethodType) or not isinstance(name, str) or "<" in name or getattr(value, "__closure__", None):
        raise _unknown(path, value, loc)
    return f'getattr({path}, "{"__qualname__" if hasattr(value, "__qualname__") else "__name__"}", None) == "{name}"'


def _unknown(path: str, value, loc: Location) -> UnsupportedError:
    return UnsupportedError(
        f"the derivative is that for one {type(value).__name__} as {path}, which a module cannot tell from others",
        f"save the derivative of a function without {path}, that calls this one with it, or give a function of a module", loc)


def _statement(conditions: list[str], message: str) -> list[str]:
    test, only = " and ".join(conditions), len(conditions) == 1
    raising = f"    raise TypeError({message!r})" if '"' in message else f'    raise TypeError("{message}")'
    if only and " is " in test:
        return [f"if {test.replace(' is ', ' is not ', 1)}:", raising]
    if only and " == " in test:
        return [f"if {test.replace(' == ', ' != ', 1)}:", raising]
    if len(test) < _WIDTH:
        return [f"if not {test}:" if only else f"if not ({test}):", raising]
    lines = ["if not ("]
    for k, condition in enumerate(conditions):
        text = f"and {condition}" if k else condition
        if k and len(lines[-1]) + len(text) < _WIDTH:
            lines[-1] += f" {text}"
        else:
            lines.append(f"        {text}")
    return [*lines[:-1], f"{lines[-1]}):", raising]


def _words(kind: Kind) -> str:
    match kind:
        case Array():
            return f"an array of kind {show_kind(kind)}, where : is not 1"
        case Static():
            return f"{show_kind(kind)}, for which this was made"
    return f"of kind {show_kind(kind)}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
