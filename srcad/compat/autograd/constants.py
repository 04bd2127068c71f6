"""Arguments of library functions that say what is computed, such as axes and subscripts, given once and for all.

An integer in a call of a derivative is a number, read at each call. Where the function is NumPy's, it is an option as a rule,
and its rule may need to know it.
"""

from __future__ import annotations

import types


class WithConstants:
    """A function with some of its arguments fixed: ``WithConstants(np.einsum, {1: (0, 1)}, {})(x)``."""

    def __init__(self, fun, constants: dict, named: dict) -> None:
        self.fun, self.constants, self.named = fun, constants, named
        self.__name__ = getattr(fun, "__name__", "function")

    def __call__(self, *args, **kwargs):
        return self.fun(*self._filled(list(args)), **self.named, **kwargs)

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        """A call in a program that is compiled."""
        from srcad.trace.ir import Ref

        given = iter(args)
        count = len(args) + len(self.constants)
        values = [_literal(self.constants[k]) if k in self.constants else next(given) for k in range(count)]
        named = [(name, _literal(value)) for name, value in self.named.items()]
        return s.call(Ref(self.fun), values, [*named, *kwargs], hint)

    def _filled(self, args: list) -> list:
        for k in sorted(self.constants):
            args.insert(k, self.constants[k])
        return args


def _literal(value):
    from srcad.specialise.values import Pack
    from srcad.trace.ir import Lit

    return Pack(tuple(map(_literal, value))) if isinstance(value, tuple) else Lit(value)


def is_option(value) -> bool:
    """An integer, an ellipsis, or a tuple of them."""
    return type(value) in (int, bool) or value is Ellipsis or (
        type(value) is tuple and bool(value) and all(map(is_option, value)))


def with_constants(fun, which: tuple, args: tuple, kwargs: dict) -> tuple:
    """(function, differentiated arguments, arguments, those by name), with the options of a library function fixed."""
    if isinstance(fun, types.FunctionType | types.MethodType) and not (fun.__module__ or "").startswith("numpy"):
        return fun, which, args, kwargs
    if hasattr(fun, "__srcad_call__"):
        return fun, which, args, kwargs
    constants = {k: v for k, v in enumerate(args) if k not in which and is_option(v)}
    named = {name: v for name, v in kwargs.items() if is_option(v)}
    if not constants and not named:
        return fun, which, args, kwargs
    places = [k for k in range(len(args)) if k not in constants]
    rest = {name: v for name, v in kwargs.items() if name not in named}
    return WithConstants(fun, constants, named), tuple(places.index(k) for k in which), tuple(args[k] for k in places), rest
