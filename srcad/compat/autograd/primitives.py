"""Functions with derivatives of their own: autograd's ``primitive``, ``defvjp`` and ``defjvp``.

A `Primitive` is called as its function is. In a differentiated program it is a call of its own, marked with its rules,
which are followed as any code of the user's is: so derivatives of any order exist, if the rules can be differentiated.
With rules for forward mode only, reverse mode is their transpose, if they are more than "same", which says nothing about
reverse mode; rules for reverse mode say nothing about forward mode.
"""

from __future__ import annotations

import functools
import types
import warnings

from srcad.errors import ArgumentError


class Primitive:
    """A function with rules.

    Attributes
    ----------
    fun : callable
    vjps, jvps : dict
        By the number of an argument: makers of adjoints, functions that give tangents, or None for a zero derivative.
    vjp_argnums, jvp_argnums : callable or None
        Of `defvjp_argnums` and its like, for every argument that has no rule by number.
    constant : bool
        Whether the derivative is zero by every argument.
    """

    def __init__(self, fun, constant: bool = False) -> None:
        if not callable(fun):
            raise ArgumentError(f"primitive takes a function, not {type(fun).__name__}", "write @primitive above a def")
        self.fun = fun
        self.constant = constant
        self.vjps: dict = {}
        self.jvps: dict = {}
        self.vjp_argnums = self.jvp_argnums = None
        self.generation = object()       # another one after each declaration: derivatives made before are made again
        self.callers: dict = {}
        self.__name__ = type(fun).__name__
        functools.update_wrapper(self, fun, updated=())

    def __call__(self, *args, **kwargs):
        return self.fun(*args, **kwargs)

    def __get__(self, instance, owner=None):
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<primitive {self.__name__}>"

    def caller(self, make, names: tuple, opaque: bool):
        """What stands for calls with arguments of these names in programs, made once."""
        key = (names, opaque)
        if key not in self.callers:
            self.callers[key] = make(self, names, opaque)
        return self.callers[key]

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        from srcad.compat.autograd.primitive_calls import call_primitive

        return call_primitive(self, s, args, kwargs, hint)

    # --- declarations of old versions of autograd ---------------------------------------------------------------------

    def defgrad(self, maker, argnum: int = 0) -> None:
        """Deprecated: ``defvjp(f, maker, argnums=(argnum,))``."""
        warnings.warn("defgrad is deprecated: use defvjp(f, ...)", DeprecationWarning, stacklevel=2)
        defvjp(self, maker, argnums=(argnum,))

    def defvjp(self, rule, argnum: int = 0) -> None:
        """Deprecated: `defvjp` with a rule ``rule(g, ans, vs, gvs, *args)``; the spaces are given as None."""
        warnings.warn("f.defvjp is deprecated: use defvjp(f, ...)", DeprecationWarning, stacklevel=2)

        def maker(ans, *args, **kwargs):
            return lambda g: rule(g, ans, None, None, *args, **kwargs)

        defvjp(self, maker, argnums=(argnum,))

    def defvjp_is_zero(self, argnums=(0,)) -> None:
        """Deprecated: ``defvjp(f, None, argnums=...)``."""
        warnings.warn("defvjp_is_zero is deprecated: use defvjp(f, None, ...)", DeprecationWarning, stacklevel=2)
        defvjp(self, *[None] * len(argnums), argnums=argnums)


def primitive(fun) -> Primitive:
    """Mark a function that has its derivative from `defvjp` or `defjvp`, not from its source."""
    return Primitive(fun)


def notrace_primitive(fun) -> Primitive:
    """Mark a function whose derivative is zero."""
    return Primitive(fun, constant=True)


def defvjp(fun, *makers, argnums=None) -> None:
    """Give the reverse-mode rules of a primitive.

    Parameters
    ----------
    fun : Primitive
    *makers : function or None
        ``maker(ans, *args, **kwargs)`` returns the function ``g → adjoint of the argument``; None is a zero adjoint.
    argnums : sequence of int, optional
        The arguments that the makers are for; 0, 1, 2, ... by default.
    """
    _declare(fun, "vjps", makers, argnums)


def defjvp(fun, *rules, argnums=None) -> None:
    """Give the forward-mode rules of a primitive.

    Parameters
    ----------
    fun : Primitive
    *rules : function, "same" or None
        ``rule(g, ans, *args, **kwargs)`` is the tangent of the result for a tangent g of the argument. "same": the
        function is linear in the argument, and is called with g in its place. None: zero.
    argnums : sequence of int, optional
    """
    _declare(fun, "jvps", rules, argnums)


def _declare(fun, table: str, rules: tuple, argnums) -> None:
    _check(fun)
    if not all(rule is None or callable(rule) or (rule == "same" and table == "jvps") for rule in rules):
        raise ArgumentError(f"a rule of {fun.__name__}() is not a function", "give one function, or None, per argument")
    getattr(fun, table).update(zip(range(len(rules)) if argnums is None else argnums, rules))
    fun.generation = object()


def def_linear(fun) -> None:
    """Declare a primitive linear in each of its arguments alone."""
    _check(fun)
    fun.jvp_argnums, fun.generation = "same", object()


def defvjp_argnums(fun, maker) -> None:
    """Give one rule for all arguments: ``maker(argnums, ans, args, kwargs)(g)`` is a tuple of adjoints."""
    _check(fun)
    fun.vjp_argnums, fun.generation = maker, object()


def defvjp_argnum(fun, maker) -> None:
    """Give one rule for all arguments, one at a time: ``maker(argnum, ans, args, kwargs)(g)`` is its adjoint."""
    _check(fun)
    fun.vjp_argnums, fun.generation = _EachVjp(maker), object()


def defjvp_argnums(fun, rule) -> None:
    """Give one rule for all arguments: ``rule(argnums, gs, ans, args, kwargs)`` is the tangent of the result."""
    _check(fun)
    fun.jvp_argnums, fun.generation = rule, object()


def defjvp_argnum(fun, rule) -> None:
    """Give one rule for all arguments, one at a time: ``rule(argnum, g, ans, args, kwargs)`` is its part of the tangent."""
    _check(fun)
    fun.jvp_argnums, fun.generation = _EachJvp(rule), object()


class _EachVjp:
    """A rule of `defvjp_argnum`."""

    def __init__(self, maker) -> None:
        self.maker = maker


class _EachJvp:
    """A rule of `defjvp_argnum`."""

    def __init__(self, rule) -> None:
        self.rule = rule


def _check(fun) -> None:
    if not isinstance(fun, Primitive):
        name = getattr(fun, "__name__", type(fun).__name__)
        raise ArgumentError(f"{name} is not a primitive",
                            "write @primitive above its def; for functions of others see srcad.rules")
