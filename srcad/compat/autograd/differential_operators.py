"""autograd's operators on functions: ``grad(f, argnum)(*args)`` and its like.

Enters: a function and the number of an argument, or a sequence of numbers. Leaves: an `Operator`, a function of the
function's own arguments. `make_vjp` and `make_jvp` ask srcad; everything else is written in terms of them, as a *body* in
plain Python, so that an operator called in a function that is itself differentiated is followed as any code is.
"""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any

import numpy as np

from srcad import runtime
from srcad.api import _inside
from srcad.api import hessian as _scalar_hessian
from srcad.caching import remembered
from srcad.checkpointing import checkpoint as _checkpoint
from srcad.compat.autograd.vspaces import vspace
from srcad.errors import ArgumentError, DisconnectedError, KindError
from srcad.modes import Gradient, Pair, TangentFunction, ValueAndGradient
from srcad.seeds import conformed
from srcad.structure import is_inexact_leaf, leaves
from srcad.trace.kinds import Scalar


class OutputError(KindError, TypeError):
    """A function's result is not of the kind that an operator is for."""


class Operator:
    """What an operator gives: a function of the arguments of `fun`.

    Attributes
    ----------
    fun : callable
    which : tuple of int
        The differentiated arguments.
    single : bool
        Whether one argument was named by an int, so that results are not tuples.
    """

    def __init__(self, operator: str, fun, argnum=0) -> None:
        if not callable(fun):
            raise ArgumentError(f"{operator} takes a function, not a value of type {type(fun).__name__}",
                                f"pass the function itself: {operator}(f)")
        if not isinstance(argnum, int | tuple | list) or isinstance(argnum, bool):
            raise ArgumentError(f"argnum={argnum!r} is neither an int nor a sequence of ints", "count arguments from 0")
        self.fun = fun
        self.single = isinstance(argnum, int)
        self.which = (argnum,) if isinstance(argnum, int) else tuple(argnum)
        functools.update_wrapper(self, fun, updated=())
        name = getattr(fun, "__name__", "[unknown name]")
        self.__name__ = f"{operator}_of_{name}_wrt_argnum_{argnum}"
        self.__doc__ = (f"    {operator} of function {name} with respect to argument number {argnum}. Takes the\n"
                        f"    same arguments as {name} but returns the {operator}.\n    ")

    def __call__(self, *args, **kwargs):
        raise NotImplementedError

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        raise NotImplementedError

    def __get__(self, instance, owner=None):
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{self.__name__}>"

    def derivative(self, cls, disconnected: str = "zeros") -> Any:
        """The srcad derivative of this class, made once for a function and its arguments."""
        which = self.which[0] if self.single else self.which
        make = functools.partial(cls, self.fun, which, disconnected=disconnected)
        return remembered(self.fun, (cls, which, disconnected), make)


class _VjpMaker(Operator):
    """``(vjp, y)`` at the arguments."""

    def __call__(self, *args, **kwargs):
        y, pullback = self.derivative(Pair).split(args, kwargs)
        if not any(map(is_inexact_leaf, leaves(y))):
            return self._zero(args), y
        if not self.single:
            return pullback, y

        def vjp(g):
            """The adjoint of the argument for an adjoint of the result."""
            return pullback(g)[0]

        return vjp, y

    def _zero(self, args: tuple):
        """The pullback of what has no derivative, such as a comparison: zero, whatever it is given."""
        zeros = tuple(runtime.zeros_like(args[k]) for k in self.which)
        return lambda g: zeros[0] if self.single else zeros

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        from srcad.nested import pullback_inside
        from srcad.specialise.values import Pack

        y, pullback = pullback_inside(s, self.derivative(Pair), args, kwargs, self.single)
        return Pack((pullback, y))


class _JvpMaker(Operator):
    """``v → (y, J v)`` at the arguments."""

    def __call__(self, *args, **kwargs):
        args, kwargs = runtime.snapshot(args), runtime.snapshot(kwargs)

        def jvp(v):
            """The value, and the tangent of the result for a tangent of the argument."""
            given, named = runtime.snapshot(args), runtime.snapshot(kwargs)
            y, tangent = self.derivative(TangentFunction).with_tangents(given, named, (v,) if self.single else tuple(v))
            return y, conformed(y, tangent, "the result", False)       # a real tangent of a complex value

        return jvp

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        from srcad.nested import pushforward_inside

        return pushforward_inside(s, self.derivative(TangentFunction), args, kwargs, self.single)


class _Composite(Operator):
    """An operator that is a Python function of another one: ``body(call, x)``, where ``call()`` applies that one."""

    def __init__(self, operator: str, fun, argnum, body, inner) -> None:
        super().__init__(operator, fun, argnum)
        self.body, self.inner = body, inner

    def __call__(self, *args, **kwargs):
        x, args = self._chosen(args)
        return self.body(functools.partial(self.inner, *args, **kwargs), x)

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        from srcad.specialise.values import Pack, Partial
        from srcad.trace.ir import Ref

        x, args = self._chosen(tuple(args))
        s.program.keep.append(self)
        x = Pack(x) if type(x) is tuple else x
        return s.call(Ref(self.body), [Partial(Ref(self.inner), tuple(args), tuple(kwargs)), x], [], hint)

    def _chosen(self, args: tuple) -> tuple:
        """(the differentiated arguments, all arguments)"""
        try:
            return args[self.which[0]] if self.single else tuple(args[k] for k in self.which), args
        except IndexError:
            raise ArgumentError(f"{self.__name__} is called with {len(args)} positional arguments",
                                "pass the differentiated arguments by position, or choose another argnum") from None


class _Along(_Composite):
    """An operator whose last argument is a direction."""

    def _chosen(self, args: tuple) -> tuple:
        if not args:
            raise ArgumentError(f"{self.__name__} is called without a direction", "pass it after the function's arguments")
        return args[-1], args[:-1]


def _check_real(kind) -> None:
    """Refuse a truth value or an integer as a result."""
    if isinstance(kind, Scalar) and kind.base in (bool, int):
        raise OutputError(f"grad is for functions that return one real number, not one of type {kind.base.__name__}",
                          "return a float")


class _Grad(_Composite):
    """A gradient: srcad's own where the function returns a number, else the pullback of a one."""

    def __init__(self, operator: str, fun, argnum, body, cls) -> None:
        super().__init__(operator, fun, argnum, body, make_vjp(fun, argnum))
        self.cls, self.returns_number, self.checked = cls, True, None

    def __call__(self, *args, **kwargs):
        if self.returns_number:
            try:
                made = self.derivative(self.cls, "raise")
                found = made(*args, **kwargs)
                if made._latest is not self.checked:
                    _check_real(made._latest.primal_result)
                    self.checked = made._latest
                return found
            except (KindError, DisconnectedError):
                # An array with one element, or a number that does not depend on the argument: autograd allows both.
                self.returns_number = False
        return super().__call__(*args, **kwargs)

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        from srcad.nested import returns_number

        made = self.derivative(self.cls)
        if returns_number(s, made, args, kwargs):
            return made.__srcad_call__(s, args, kwargs, hint)
        return super().__srcad_call__(s, args, kwargs, hint)


# ---------------------------------------------------------------------------------------------------------------------
# Bodies: followed by srcad where an operator is used in differentiated code


def _ones(y):
    """The seed that sums a result's elements."""
    return np.ones(np.shape(y)) if isinstance(y, np.ndarray) else 1.0


def _seed_of_one(y):
    """The seed for a result that is one real number, or an array with one."""
    if isinstance(y, tuple | list | dict | bool | np.bool_) or np.size(y) != 1 or np.iscomplexobj(y):
        raise OutputError("grad is for functions that return one real number",
                          "use jacobian, elementwise_grad or holomorphic_grad")
    return _ones(y)


def _grad_body(call, x):
    vjp, y = call()
    return vjp(_seed_of_one(y))


def _value_and_grad_body(call, x):
    vjp, y = call()
    return y, vjp(_seed_of_one(y))


def _elementwise_grad_body(call, x):
    vjp, y = call()
    if np.iscomplexobj(y):
        raise OutputError("elementwise_grad is for functions that return real numbers", "use holomorphic_grad")
    return vjp(_ones(y))


def _grad_and_aux_body(call, x):
    vjp, (y, aux) = call()
    return vjp((_seed_of_one(y), runtime.zeros_like(aux))), aux


def _jacobian_body(call, x):
    vjp, y = call()
    size = np.size(y)
    basis = np.reshape(np.eye(size), (size, *np.shape(y)))
    rows = [vjp(basis[k]) for k in range(size)]
    return np.reshape(np.stack(rows), np.shape(y) + np.shape(x))


def _jacobians_body(call, x):
    vjp, y = call()
    size = np.size(y)
    basis = np.reshape(np.eye(size), (size, *np.shape(y)))
    rows = [vjp(basis[k]) for k in range(size)]
    return tuple(np.reshape(np.stack(row), np.shape(y) + np.shape(v)) for row, v in zip(zip(*rows), x))


def _deriv_body(call, x):
    return call()(_ones(x))[1]


def _along_body(call, v):
    return call()(v)[1]


def _itself_body(call, x):
    return call()


def _reversed_jvp_body(call, x):
    def jvp(v):
        return call()(v)[1]

    return jvp


def _half_square(x):
    return 0.5 * np.sum(x**2, axis=-1)


# ---------------------------------------------------------------------------------------------------------------------
# Operators


def make_vjp(fun, argnum=0):
    """``make_vjp(f)(x)`` is ``(vjp, f(x))``, where ``vjp(g)`` is the adjoint of x for an adjoint g of the result."""
    return _VjpMaker("make_vjp", fun, argnum)


def make_jvp(fun, argnum=0):
    """``make_jvp(f)(x)(v)`` is ``(f(x), J v)``."""
    return _JvpMaker("make_jvp", fun, argnum)


def grad(fun, argnum=0):
    """
    Returns a function which computes the gradient of `fun` with respect to positional argument number `argnum`.

    Parameters
    ----------
    fun : callable
        It returns one real number, or an array with one.
    argnum : int or sequence of int
        With a sequence the gradient is a tuple.

    Returns
    -------
    Operator
        A function of the arguments of `fun`; the gradient has the structure, shape and dtype of the argument.

    Raises
    ------
    SrcadError
        When called, if `fun` cannot be differentiated exactly; a TypeError too if it does not return one real number.
    """
    return _Grad("grad", fun, argnum, _grad_body, Gradient)


def value_and_grad(fun, argnum=0):
    """``(f(x), grad(f)(x))``, as `scipy.optimize.minimize` takes it with ``jac=True``."""
    return _Grad("value_and_grad", fun, argnum, _value_and_grad_body, ValueAndGradient)


def elementwise_grad(fun, argnum=0):
    """The sum of each column of the Jacobian: the derivative of a function that acts element by element."""
    return _Composite("elementwise_grad", fun, argnum, _elementwise_grad_body, make_vjp(fun, argnum))


def deriv(fun, argnum=0):
    """The derivative in the direction of ones, by forward mode."""
    return _Composite("deriv", fun, argnum, _deriv_body, make_jvp(fun, argnum))


def jacobian(fun, argnum=0):
    """The Jacobian, an array of shape ``result.shape + argument.shape``; a tuple of them for a sequence of arguments."""
    body = _jacobian_body if isinstance(argnum, int) else _jacobians_body
    return _Composite("jacobian", fun, argnum, body, make_vjp(fun, argnum))


def hessian(fun, argnum=0):
    """The matrix of second derivatives, of shape ``result.shape + argument.shape + argument.shape``."""
    return _Hessian("hessian", fun, argnum, _itself_body, jacobian(jacobian(fun, argnum), argnum))


class _Hessian(_Composite):
    """Second derivatives: of a number forward over reverse, else the Jacobian of the Jacobian."""

    def __call__(self, *args, **kwargs):
        if self.single:
            make = functools.partial(_scalar_hessian, self.fun, self.which[0])
            try:
                return np.asarray(remembered(self.fun, (_scalar_hessian, self.which), make)(*args, **kwargs))
            except KindError:
                pass              # of a function that returns an array
        return super().__call__(*args, **kwargs)


def holomorphic_grad(fun, argnum=0):
    """The complex derivative of a holomorphic function of a complex argument."""
    def real_part(*args, **kwargs):
        return np.real(fun(*args, **kwargs))

    functools.update_wrapper(real_part, fun)
    return grad(real_part, argnum)


def grad_named(fun, argname):
    """The gradient with respect to an argument named `argname`."""
    names = list(inspect.signature(fun).parameters)
    if argname not in names:
        raise ArgumentError(f"{getattr(fun, '__name__', 'the function')} has no parameter {argname!r}",
                            f"use one of {', '.join(names)}")
    return grad(fun, names.index(argname))


def make_hvp(fun, argnum=0):
    """``make_hvp(f)(x)`` is ``(hvp, grad(f)(x))``, where ``hvp(v)`` is the Hessian times v."""
    return _Composite("make_hvp", fun, argnum, _itself_body, make_vjp(grad(fun, argnum), argnum))


def hessian_tensor_product(fun, argnum=0):
    """``hessian_vector_product(f)(*args, v)``: the Hessian times v, without forming the Hessian."""
    return _Along("hessian_tensor_product", fun, argnum, _along_body, make_jvp(grad(fun, argnum), argnum))


hessian_vector_product = hessian_tensor_product


def tensor_jacobian_product(fun, argnum=0):
    """``vector_jacobian_product(f)(*args, t)``: the Jacobian contracted with t over the leading axes of the result."""
    def contracted(*args, **kwargs):
        return np.tensordot(args[-1], fun(*args[:-1], **kwargs), axes=np.ndim(args[-1]))

    return jacobian(contracted, argnum)


vector_jacobian_product = tensor_jacobian_product


def make_jvp_reversemode(fun, argnum=0):
    """``make_jvp_reversemode(f)(x)(v)`` is J v."""
    return _Composite("make_jvp_reversemode", fun, argnum, _reversed_jvp_body, make_jvp(fun, argnum))


def make_ggnvp(f, g=_half_square, f_argnum=0):
    """``make_ggnvp(f, g)(x)(v)``: the generalised Gauss-Newton matrix ``Jᵀ H J`` times v; J of f, H the Hessian of g."""
    pushforward, pullback, outer = make_jvp(f, f_argnum), make_vjp(f, f_argnum), make_hvp(g)

    def ggnvp_maker(*args, **kwargs):
        f_vjp, y = pullback(*args, **kwargs)
        g_hvp, _ = outer(y)
        f_jvp = pushforward(*args, **kwargs)

        def ggnvp(v):
            return f_vjp(g_hvp(f_jvp(v)[1]))

        return ggnvp

    return ggnvp_maker


def grad_and_aux(fun, argnum=0):
    """``(gradient, aux)`` of a function that returns ``(result, aux)``."""
    return _Composite("grad_and_aux", fun, argnum, _grad_and_aux_body, make_vjp(fun, argnum))


def multigrad_dict(fun):
    """The gradients with respect to all arguments, in a dict by name.

    ``*args`` of the function give a tuple of gradients under their name, ``**kwargs`` a dict of them.
    """
    signature = inspect.signature(fun)
    P = inspect.Parameter

    def gradients(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        vspace(dict(bound.arguments))
        named = bound.kwargs
        pullback, y = make_vjp(_spread(fun, tuple(named)), tuple(range(len(bound.args) + len(named))))(
            *bound.args, *named.values())
        bars = list(pullback(_seed_of_one(y)))
        found = {}
        for name, p in signature.parameters.items():
            if p.kind is P.VAR_POSITIONAL:
                found[name] = tuple(bars.pop(0) for _ in bound.arguments[name])
            elif p.kind is P.VAR_KEYWORD:
                found[name] = {key: bars.pop(0) for key in bound.arguments[name]}
            else:
                found[name] = bars.pop(0)
        return found

    return functools.update_wrapper(gradients, fun)


def _spread(fun, names: tuple):
    """`fun` with the arguments of these names given by position, after the others."""
    if not names:
        return fun
    name, rest = names[-1], names[:-1]
    return _spread(_By(fun, name), rest)


class _By:
    """A function whose last positional argument is handed on by name."""

    def __init__(self, fun, name: str) -> None:
        self.fun, self.name = fun, name
        self.__name__ = getattr(fun, "__name__", "function")

    def __call__(self, *args, **kwargs):
        return self.fun(*args[:-1], **{self.name: args[-1]}, **kwargs)

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        from srcad.trace.ir import Ref

        return s.call(Ref(self.fun), list(args[:-1]), [(self.name, args[-1]), *kwargs], hint)


def checkpoint(fun):
    """`fun`, run again in the reverse sweep instead of recording what its adjoint needs."""
    if isinstance(fun, types.FunctionType):
        return _checkpoint(fun)

    def called(*args, **kwargs):
        return fun(*args, **kwargs)

    return _checkpoint(functools.update_wrapper(called, fun, updated=()))


for _maker in (make_vjp, make_jvp, grad, value_and_grad, elementwise_grad, deriv, jacobian, hessian, make_hvp,
               hessian_tensor_product, make_jvp_reversemode, grad_and_aux):
    _maker.__srcad_call__ = _inside("called_inside", _maker)  # type: ignore[attr-defined]
