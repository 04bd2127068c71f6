"""How a function is called: its parameters laid out flat.

A call's arguments become a flat list, one value per parameter, per item of ``*args`` and per entry of ``**kwargs``; a
`Layout` says which is which. Derivatives are compiled per layout, so ``*args`` of three items are three parameters.
"""

from __future__ import annotations

import functools
import inspect
import types
from typing import Final

from srcad.errors import ArgumentError
from srcad.immutable import Immutable

P = inspect.Parameter


class Layout(Immutable):
    """Names of the flat arguments, and per parameter of the function where its value is.

    An entry of `form` is a position, or a tuple of positions (``*args``), or a tuple of (key, position) (``**kwargs``)
    marked by its style.
    """

    __slots__ = ("names", "form", "styles", "positional")

    def __init__(self, names: tuple, form: tuple, styles: tuple, positional: int) -> None:
        self.names: Final = names
        self.form: Final = form
        self.styles: Final = styles
        self.positional: Final = positional

    def position(self, which) -> int:
        """The flat position of an argnum or argname."""
        if isinstance(which, str):
            if which not in self.names:
                raise ArgumentError(f"there is no argument named {which!r}",
                                    f"the arguments are {', '.join(self.names)}")
            return self.names.index(which)
        count = self.positional
        if not -count <= which < count:
            raise ArgumentError(f"argnums={which} is out of range: there are {count} positional arguments",
                                "count them from 0")
        return which % count


def plain_function(function) -> types.FunctionType | None:
    """The Python function whose code and defaults decide how something is called, if there is one."""
    match function:
        case types.FunctionType():
            return function
        case types.MethodType():
            return plain_function(function.__func__)
        case functools.partial():
            return plain_function(function.func)
    return None


def name_of(function) -> str:
    """What to call a callable in a message."""
    if isinstance(function, functools.partial):
        return f"partial of {name_of(function.func)}"
    return getattr(function, "__name__", None) or type(function).__name__


def _same(now: tuple, before: tuple) -> bool:
    return len(now) == len(before) and all(a is b for a, b in zip(now, before))


class Calling:
    """Binds calls of one function."""

    def __init__(self, function) -> None:
        self.function = function
        self.plain = plain_function(function)
        self.layouts: dict = {}              # never emptied: variants are found by the identity of their layout
        self._read()

    def _read(self) -> None:
        """Look at the function's parameters."""
        self.made_for = self._what_is_read()
        try:
            follow = self.plain is None or isinstance(self.function, functools.partial)
            self.signature = inspect.signature(self.function, follow_wrapped=follow)
        except (ValueError, TypeError):
            self.signature = None
        self.parameters = () if self.signature is None else tuple(self.signature.parameters.values())
        self.simple = self.signature is not None and all(p.kind in (P.POSITIONAL_ONLY, P.POSITIONAL_OR_KEYWORD)
                                                         for p in self.parameters)
        self.variadic = self.signature is None or any(p.kind == P.VAR_POSITIONAL for p in self.parameters)
        self.count = len(self.parameters)
        self.base = self.layout(0, ()) if self.simple else None

    def _what_is_read(self) -> tuple | None:
        """What the signature depends on: the function's code and defaults may be replaced."""
        plain = self.plain
        if plain is None:
            return None
        return plain.__code__, plain.__defaults__, *(plain.__kwdefaults__ or {}).values()

    def layout(self, variadic: int, keys: tuple) -> Layout:
        """The layout with this many items in ``*args`` and these keys in ``**kwargs``."""
        key = (variadic, keys, self.made_for[0] if self.made_for else None)
        known = self.layouts.get(key)
        if known is None:
            known = self.layouts.setdefault(key, self._lay_out(variadic, keys))
        return known

    def _lay_out(self, variadic: int, keys: tuple) -> Layout:
        if self.signature is None:
            names = tuple(f"x{k + 1}" if variadic > 1 else "x" for k in range(variadic)) + keys
            form = tuple(range(len(names)))
            return Layout(names, form, (P.POSITIONAL_ONLY,) * variadic + (P.KEYWORD_ONLY,) * len(keys), variadic)
        names: list = []
        form: list = []
        positional = 0
        for p in self.parameters:
            match p.kind:
                case P.VAR_POSITIONAL:
                    form.append(tuple(range(len(names), len(names) + variadic)))
                    names += [f"{p.name}_{k}" for k in range(variadic)]
                    positional += variadic
                case P.VAR_KEYWORD:
                    form.append(tuple((key, len(names) + k) for k, key in enumerate(keys)))
                    names += keys
                case _:
                    form.append(len(names))
                    names.append(p.name)
                    positional += p.kind != P.KEYWORD_ONLY
        return Layout(tuple(names), tuple(form), tuple(p.kind for p in self.parameters), positional)

    def bind(self, args: tuple, kwargs: dict) -> tuple[list, Layout]:
        """The flat values of a call, as Python would bind it, and their layout."""
        plain, made_for = self.plain, self.made_for
        if plain is not None and (plain.__code__ is not made_for[0] or plain.__defaults__ is not made_for[1]
                                  or (plain.__kwdefaults__ and not _same(self._what_is_read(), made_for))):
            self._read()
        if self.base is not None and not kwargs and len(args) == self.count:
            return list(args), self.base
        if self.signature is None:
            return [*args, *kwargs.values()], self.layout(len(args), tuple(kwargs))
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            name = name_of(self.function)
            raise ArgumentError(f"{name}(): {error}", f"call it as {name}{self.signature}") from None
        bound.apply_defaults()
        values: list = []
        variadic, keys = 0, ()
        for p in self.parameters:
            value = bound.arguments[p.name]
            if p.kind == P.VAR_POSITIONAL:
                variadic = len(value)
                values += value
            elif p.kind == P.VAR_KEYWORD:
                keys = tuple(value)
                values += value.values()
            else:
                values.append(value)
        return values, self.layout(variadic, keys)
