"""The public functions: thin."""

from __future__ import annotations

from srcad.derivative import Derivative
from srcad.errors import ArgumentError
from srcad.modes import AdjointFunction, Gradient, Pair, TangentFunction, ValueAndGradient


def _decorator(cls, f, argnums, options):
    if f is None:
        return lambda function: cls(function, argnums, **options)
    if isinstance(f, int | tuple | list):
        raise ArgumentError("the first argument is the function", "write @grad(argnums=...) with the name")
    return cls(f, argnums, **options)


def grad(f=None, argnums=0, *, argnames=None, has_aux=False, mode="reverse", optimize=True, backend="python",
         disconnected="raise") -> Derivative:
    """The gradient of a function that returns one real number.

    Parameters
    ----------
    f : callable
        The function. Left out, ``grad`` is a decorator with options: ``@grad(argnums=(0, 1))``.
    argnums : int or tuple of int
        The arguments to differentiate by. An int gives one gradient, a tuple a tuple of them.
    argnames : str or tuple of str, optional
        The same by name; for keyword-only arguments.
    has_aux : bool
        `f` returns ``(result, aux)``; the derivative returns ``(gradient, aux)``.
    mode : {"reverse", "forward"}
        Reverse mode costs a small multiple of `f`; forward mode one pass per number in the argument.
    optimize : bool
        False gives the textbook form, one operation a line.
    backend : {"python"}
        What runs the generated source.
    disconnected : {"raise", "zero"}
        What to do if the result does not depend on an argument at all.

    Returns
    -------
    Derivative
        ``g(*args, **kwargs)`` with the arguments of `f`; each gradient has the structure, shape and dtype of its argument.

    Raises
    ------
    SrcadError
        When called, if `f` cannot be differentiated exactly: with the place in `f`, the reason, and what to write.
    """
    _check_backend(backend)
    options = {"argnames": argnames, "has_aux": has_aux, "optimize": optimize, "disconnected": disconnected}
    if mode == "forward":
        from srcad.modes import ForwardGradient

        return _decorator(ForwardGradient, f, argnums, options)
    if mode != "reverse":
        raise ArgumentError(f"mode={mode!r} is not known", 'use "reverse" or "forward"')
    return _decorator(Gradient, f, argnums, options)


def value_and_grad(f=None, argnums=0, *, argnames=None, has_aux=False, optimize=True, backend="python",
                   disconnected="raise") -> Derivative:
    """The value and the gradient, ``(value, gradient)``; with `has_aux` ``((value, aux), gradient)``.

    The parameters are those of :func:`grad`.
    """
    _check_backend(backend)
    options = {"argnames": argnames, "has_aux": has_aux, "optimize": optimize, "disconnected": disconnected}
    return _decorator(ValueAndGradient, f, argnums, options)


def _check_backend(backend: str) -> None:
    if backend != "python":
        raise ArgumentError(f"backend={backend!r} is not known", 'use "python"')


def adjoint(f, argnums=0, *, argnames=None, optimize=True) -> Derivative:
    """The generated adjoint function: the arguments of `f`, then the seed → a tuple of adjoints.

    The seed ``result_bar`` has the structure of the result of `f`; for a scalar result it is 1.0 by default.
    """
    return AdjointFunction(f, argnums, argnames=argnames, optimize=optimize, disconnected="zero")


def tangent(f, argnums=0, *, argnames=None, optimize=True) -> Derivative:
    """The generated tangent function: the arguments of `f`, then one tangent per differentiated argument → ``(y, y_dot)``.

    Tangents may also be given by name: ``x_dot=``.
    """
    return TangentFunction(f, argnums, argnames=argnames, optimize=optimize, disconnected="zero")


def jvp(f, primals, tangents, argnums=None, kwargs=None):
    """The Jacobian-vector product: ``(y, y_dot)``.

    Parameters
    ----------
    primals, tangents : tuple
        The arguments of `f`, and a tangent for each (with `argnums`, for each of those).
    argnums : int or tuple of int, optional
        The arguments that have tangents; all by default.
    kwargs : dict, optional
        Keyword arguments of `f`, held fixed.
    """
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise ArgumentError("primals and tangents are tuples, one item per argument", "write jvp(f, (x,), (x_dot,))")
    which = _all_or(argnums, primals)
    if len(tangents) != len(which):
        raise ArgumentError(f"{len(which)} arguments have tangents, {len(tangents)} tangents are given", "give one for each")
    return _cached(TangentFunction, f, which).with_tangents(tuple(primals), kwargs or {}, tuple(tangents))


def vjp(f, *primals, argnums=None, kwargs=None):
    """The vector-Jacobian product: ``(y, pullback)``.

    ``pullback(y_bar)`` returns a tuple of adjoints, one per argument (with `argnums`, per one of those). It can be called
    any number of times, and does not see later changes of the arguments.
    """
    return _cached(Pair, f, _all_or(argnums, primals)).split(primals, kwargs or {})


def _all_or(argnums, primals) -> tuple:
    if argnums is None:
        return tuple(range(len(primals)))
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


_derivatives: dict = {}


def _cached(cls, f, which: tuple) -> Derivative:
    """One derivative object per function and arguments, so that variants are found again."""
    from srcad.caching import remembered

    return remembered(f, (cls, which), lambda: cls(f, which, disconnected="zero"))
