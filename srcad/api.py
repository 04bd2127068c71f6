"""The public functions: thin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from srcad import runtime
from srcad.caching import remembered
from srcad.derivative import Derivative
from srcad.errors import ArgumentError
from srcad.modes import AdjointFunction, Compiled, Gradient, Pair, TangentFunction, ValueAndGradient
from srcad.rules.registry import zero_derivative

if TYPE_CHECKING:
    from srcad.tracing import EvaluationTrace

# Derivatives of many passes and evaluation traces (`srcad.jacobians`, `srcad.tracing`) are loaded by the first call that makes
# one: to import srcad takes little time.


def _decorator(cls, f, argnums, options):
    if f is None:
        return lambda function: cls(function, argnums, **options)
    if isinstance(f, int | tuple | list):
        raise ArgumentError(f"the first argument is the function, not {'an' if isinstance(f, int) else 'a'} {type(f).__name__}",
                            "which arguments to differentiate is said by name: argnums=...")
    return cls(f, argnums, **options)


def grad(f=None, argnums=0, *, argnames=None, has_aux=False, mode="reverse", optimize=True, backend="python",
         fastmath=False, small_axes=0, disconnected="raise") -> Derivative:
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
    backend : {"python", "numba"}
        What runs the generated source. With "numba" it is compiled at the first call (``docs/numba.md``).
    fastmath : bool or set of str
        How far Numba may round otherwise than Python: some of "reassoc", "contract", "nsz" and "arcp", True for all four.
    small_axes : int
        Axes of up to so many elements have known lengths: each length is compiled by itself, and short vectors are written by
        component where that is faster (``docs/performance.md``). With 0 one text serves all lengths but 1.
    disconnected : {"raise", "zeros"}
        What to do if the result does not depend on an argument at all.

    Returns
    -------
    Derivative
        ``g(*args, **kwargs)`` with the arguments of `f`; each gradient has the structure, shape and dtype of its
        argument.

    Raises
    ------
    SrcadError
        When called, if `f` cannot be differentiated exactly: with the place in `f`, the reason, and what to write.
    """
    options = {"argnames": argnames, "has_aux": has_aux, "optimize": optimize,
               "disconnected": disconnected, "backend": backend, "fastmath": fastmath, "small_axes": small_axes}
    if mode == "forward":
        from srcad.jacobians import ForwardGradient

        return _decorator(ForwardGradient, f, argnums, options)
    if mode != "reverse":
        raise ArgumentError(f"mode={mode!r} is not known", 'use "reverse" or "forward"')
    return _decorator(Gradient, f, argnums, options)


def compiled(f=None, *, optimize=True, backend="numba", fastmath=False, small_axes=0) -> Derivative:
    """A function that calls derivatives, as one piece of generated source.

    A Python loop that calls ``grad(h)(x)`` pays for a call of a `Derivative` in every trip, and Numba cannot compile it.
    Here the derivatives become functions of the same generated module, which Numba compiles as a whole.

    Parameters
    ----------
    f : callable
        The function, which may call `grad`, `jvp`, `vjp` and others. Left out, ``compiled`` is a decorator with options.
    optimize : bool
        False gives the textbook form, one operation a line.
    backend : {"numba", "python"}
        What runs the generated source.
    fastmath, small_axes
        As for :func:`grad`.

    Returns
    -------
    Derivative
        To be called as `f`; it returns what `f` returns.

    Raises
    ------
    SrcadError
        When called: at code that srcad, or Numba, cannot compile.
    """
    if f is None:
        return lambda function: Compiled(function, optimize=optimize, backend=backend,
                                         fastmath=fastmath, small_axes=small_axes)  # type: ignore[return-value]
    return Compiled(f, optimize=optimize, backend=backend, fastmath=fastmath, small_axes=small_axes)


def value_and_grad(f=None, argnums=0, *, argnames=None, has_aux=False, optimize=True, backend="python",
                   fastmath=False, small_axes=0, disconnected="raise") -> Derivative:
    """The value and the gradient, ``(value, gradient)``; with `has_aux` ``((value, aux), gradient)``.

    Both come from one run of `f`. The parameters, the form of the gradient and the errors are those of :func:`grad`.
    """
    options = {"argnames": argnames, "has_aux": has_aux, "optimize": optimize,
               "disconnected": disconnected, "backend": backend, "fastmath": fastmath, "small_axes": small_axes}
    return _decorator(ValueAndGradient, f, argnums, options)


def adjoint(f, argnums=0, *, argnames=None, optimize=True, backend="python", fastmath=False, small_axes=0) -> Derivative:
    """The generated adjoint function: the arguments of `f`, then the seed → a tuple of adjoints.

    The seed ``result_bar`` has the structure and shape of the result of `f`; for a scalar result it is 1.0 by default. A
    function that returns nothing and writes to its arguments, ``kernel(x, out)``, is differentiated as if it returned them:
    its seed is for `out`, by position or as ``out_bar=``. The parameters are those of :func:`grad`; an argument that the
    result does not depend on has an adjoint of zeros.

    Returns
    -------
    Derivative
        ``a(*args, result_bar)`` → one adjoint for each of `argnums`, of the structure, shape and dtype of the argument, in a
        tuple also if there is one only.

    Raises
    ------
    SrcadError
        When called: if `f` cannot be differentiated exactly, or the seed does not fit its result.
    """
    return AdjointFunction(f, argnums, argnames=argnames, optimize=optimize, disconnected="zeros", backend=backend,
                           fastmath=fastmath, small_axes=small_axes)


def tangent(f, argnums=0, *, argnames=None, optimize=True, backend="python", fastmath=False, small_axes=0) -> Derivative:
    """The generated tangent function: the arguments of `f`, then one tangent per differentiated argument.

    A tangent has the structure and shape of its argument, and may also be given by name: ``x_dot=``. The parameters are those
    of :func:`grad`.

    Returns
    -------
    Derivative
        ``t(*args, *tangents)`` → ``(y, y_dot)``, both of the form of the result of `f`.

    Raises
    ------
    SrcadError
        When called: if `f` cannot be differentiated exactly, or a tangent does not fit its argument.
    """
    return TangentFunction(f, argnums, argnames=argnames, optimize=optimize, disconnected="zeros", backend=backend,
                           fastmath=fastmath, small_axes=small_axes)


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

    Returns
    -------
    tuple
        The value ``y`` and its tangent, both of the form of the result of `f`.

    Raises
    ------
    SrcadError
        If `f` cannot be differentiated exactly, or a tangent does not have the structure and shape of its argument.
    """
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise ArgumentError("primals and tangents are tuples, one item per argument", "write jvp(f, (x,), (x_dot,))")
    which = _all_or(argnums, primals)
    if len(tangents) != len(which):
        raise ArgumentError(f"{len(which)} arguments have tangents, {len(tangents)} tangents are given",
                            "give one for each")
    return _cached(TangentFunction, f, which).with_tangents(tuple(primals), kwargs or {}, tuple(tangents))


def vjp(f, *primals, argnums=None, kwargs=None):
    """The vector-Jacobian product: ``(y, pullback)``.

    Parameters
    ----------
    primals
        The arguments of `f`.
    argnums : int or tuple of int, optional
        The arguments to differentiate by; all by default.
    kwargs : dict, optional
        Keyword arguments of `f`, held fixed.

    Returns
    -------
    tuple
        ``(y, pullback)``. ``pullback(y_bar)``, for a seed of the form of `y`, returns a tuple of adjoints, one per argument
        (with `argnums`, per one of those). It can be called any number of times, and does not see later changes of the
        arguments. Of a function that returns nothing, `y` is a copy of what it leaves in the arguments that it writes to.

    Raises
    ------
    SrcadError
        If `f` cannot be differentiated exactly; by the pullback, if a seed does not fit `y`.
    """
    return _cached(Pair, f, _all_or(argnums, primals)).split(primals, kwargs or {})


def _all_or(argnums, primals) -> tuple:
    if argnums is None:
        return tuple(range(len(primals)))
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


def _cached(cls, f, which: tuple) -> Derivative:
    """One derivative object per function and arguments, so that variants are found again."""
    return remembered(f, (cls, which), lambda: cls(f, which, disconnected="zeros"))


def jacfwd(f=None, argnums=0, *, argnames=None, has_aux=False,
           optimize=True, backend="python", fastmath=False, small_axes=0) -> Derivative:
    """The Jacobian by forward mode: arrays of shape ``result.shape + argument.shape``.

    It takes one pass per element of the argument. Structures nest as in JAX: the result's structure outside, the
    arguments' inside. The parameters and errors are those of :func:`grad`; the result may be of any form, and one that does
    not depend on an argument has zeros.
    """
    from srcad.jacobians import ForwardJacobian

    options = {"argnames": argnames, "has_aux": has_aux, "optimize": optimize, "backend": backend,
               "fastmath": fastmath, "small_axes": small_axes}
    return _decorator(ForwardJacobian, f, argnums, options)


def jacrev(f=None, argnums=0, *, argnames=None, has_aux=False,
           optimize=True, backend="python", fastmath=False, small_axes=0) -> Derivative:
    """The Jacobian by reverse mode: like :func:`jacfwd`, one pass per element of the result."""
    from srcad.jacobians import ReverseJacobian

    options = {"argnames": argnames, "has_aux": has_aux, "optimize": optimize, "backend": backend,
               "fastmath": fastmath, "small_axes": small_axes}
    return _decorator(ReverseJacobian, f, argnums, options)


def jacobian(f=None, argnums=0, *, argnames=None, has_aux=False,
             optimize=True, backend="python", fastmath=False, small_axes=0) -> Derivative:
    """The Jacobian, by reverse mode (:func:`jacrev`)."""
    return jacrev(f, argnums, argnames=argnames, has_aux=has_aux, optimize=optimize, backend=backend,
                  fastmath=fastmath, small_axes=small_axes)


def hessian(f=None, argnums=0, *, argnames=None, has_aux=False,
            optimize=True, backend="python", fastmath=False, small_axes=0) -> Derivative:
    """All second derivatives of a function that returns one number: forward over reverse.

    Arrays have the shape ``argument.shape + argument.shape``; for a tuple of `argnums` there is a tuple of tuples, in which
    ``h[i][j]`` is by argument i, then j. It takes one pass per element of the argument. The parameters and errors are those of
    :func:`grad`, but that a result which does not depend on an argument has zeros.
    """
    from srcad.jacobians import Hessian

    options = {"argnames": argnames, "has_aux": has_aux, "optimize": optimize, "backend": backend,
               "fastmath": fastmath, "small_axes": small_axes}
    return _decorator(Hessian, f, argnums, options)


def hvp(f=None, argnums=0, *, argnames=None, optimize=True, backend="python", fastmath=False, small_axes=0) -> Derivative:
    """The Hessian-vector product ``hvp(f)(x, v)``: the arguments of `f`, then the vector, without forming the Hessian.

    The vector has the structure and shape of the argument, and so has the result; with a tuple of `argnums` both are tuples. It
    takes a small multiple of the time of `f` (forward over reverse: B. A. Pearlmutter, "Fast Exact Multiplication by the
    Hessian", Neural Computation 6, 1994). The parameters and errors are those of :func:`grad`, but that a result which does not
    depend on an argument gives zeros.
    """
    from srcad.jacobians import HessianVector

    options = {"argnames": argnames, "optimize": optimize, "backend": backend,
               "fastmath": fastmath, "small_axes": small_axes}
    return _decorator(HessianVector, f, argnums, options)


def elementwise_grad(f=None, argnums=0, *, argnames=None,
                     optimize=True, backend="python", fastmath=False, small_axes=0) -> Derivative:
    """The derivative of a function that acts element by element, of the shape of the argument: the pullback of ones.

    It is refused when called if the result does not have the shape of the argument. That element i of the result depends on
    element i of the argument only is not checked. The parameters are those of :func:`grad`; a result that does not depend on
    the argument gives zeros.
    """
    from srcad.jacobians import ElementwiseGradient

    options = {"argnames": argnames, "optimize": optimize, "backend": backend,
               "fastmath": fastmath, "small_axes": small_axes}
    return _decorator(ElementwiseGradient, f, argnums, options)


def linearize(f, *primals):
    """The value at `primals` and the linear map of tangents there: ``(y, f_jvp)``.

    ``f_jvp(*tangents)`` takes a tangent for each argument and returns that of the result. Each call runs `f` again, on a copy
    of `primals` as they were; nothing else is kept.
    """
    kept = tuple(runtime.copy_adjoint(p) for p in primals)
    zeros = tuple(runtime.zeros_like(p) for p in kept)
    y = jvp(f, runtime.snapshot(kept), zeros)[0]

    def f_jvp(*tangents):
        """The tangent of the result for tangents of the arguments."""
        return jvp(f, runtime.snapshot(kept), tangents)[1]

    return y, f_jvp


def trace(f) -> EvaluationTrace:
    """The evaluation trace of a function.

    Parameters
    ----------
    f : callable
        The function.

    Returns
    -------
    EvaluationTrace
        ``print`` shows it as source, one operation a line; ``.table(2.0, 5.0)`` shows the values at a point, with those
        of tangents and adjoints.
    """
    from srcad.tracing import EvaluationTrace

    return EvaluationTrace(f)


def stop_gradient(x):
    """`x` itself, held fixed: where this is called, nothing flows back to `x`, a number, an array or a container of them."""
    return x


def _inside(hook: str, *about):
    """What `srcad.nested` does with a call in a function that is being compiled; loaded when there is one."""
    def call(*args):
        from srcad import nested

        return getattr(nested, hook)(*about)(*args)

    return call


for _maker in (grad, value_and_grad, adjoint, tangent, jacfwd, jacrev, jacobian, hessian, hvp, elementwise_grad):
    _maker.__srcad_call__ = _inside("called_inside", _maker)  # type: ignore[attr-defined]
jvp.__srcad_call__ = _inside(  # type: ignore[attr-defined]
    "jvp_inside", jvp, lambda f, which: _cached(TangentFunction, f, which))
vjp.__srcad_call__ = _inside(  # type: ignore[attr-defined]
    "vjp_inside", vjp, lambda f, which: _cached(Pair, f, which))
linearize.__srcad_call__ = _inside(  # type: ignore[attr-defined]
    "refused_inside", "linearize", "call jvp there")
zero_derivative(stop_gradient)
