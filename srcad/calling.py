"""How a function is called: its parameters laid out flat.

A call's arguments become a flat list, one value per parameter, per item of ``*args`` and per entry of ``**kwargs``; a
`Layout` says which is which. Derivatives are compiled per layout, so ``*args`` of three items are three parameters.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from srcad.errors import ArgumentError

P = inspect.Parameter


@dataclass(frozen=True)
class Layout:
    """Names of the flat arguments, and per parameter of the function where its value is.

    An entry of `form` is a position, or a tuple of positions (``*args``), or a tuple of (key, position) (``**kwargs``)
    marked by its style.
    """

    names: tuple
    form: tuple
    styles: tuple
    positional: int

    def position(self, which) -> int:
        """The flat position of an argnum or argname."""
        if isinstance(which, str):
            if which not in self.names:
                raise ArgumentError(f"there is no argument named {which!r}", f"the arguments are {', '.join(self.names)}")
            return self.names.index(which)
        count = self.positional
        if not -count <= which < count:
            raise ArgumentError(f"argnums={which} is out of range: there are {count} positional arguments",
                                "count them from 0")
        return which % count


class Calling:
    """Binds calls of one function."""

    def __init__(self, function) -> None:
        self.function = function
        try:
            self.signature = inspect.signature(function)
        except (ValueError, TypeError):
            self.signature = None
        self.parameters = () if self.signature is None else tuple(self.signature.parameters.values())
        self.simple = self.signature is not None and all(p.kind in (P.POSITIONAL_ONLY, P.POSITIONAL_OR_KEYWORD)
                                                         for p in self.parameters)
        self.count = len(self.parameters)
        self.layouts: dict = {}
        self.base = self.layout(0, ()) if self.simple else None

    def layout(self, variadic: int, keys: tuple) -> Layout:
        """The layout with this many items in ``*args`` and these keys in ``**kwargs``."""
        known = self.layouts.get((variadic, keys))
        if known is None:
            known = self._lay_out(variadic, keys)
            self.layouts[variadic, keys] = known
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
        if self.base is not None and not kwargs and len(args) == self.count:
            return list(args), self.base
        if self.signature is None:
            return [*args, *kwargs.values()], self.layout(len(args), tuple(kwargs))
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            name = getattr(self.function, "__name__", "the function")
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
