"""The reference derivatives that the corpus is checked against.

What enters is a program of the corpus at a point; what leaves is its tangent along a direction, its adjoint for a seed,
its Hessian along a direction. Nothing here asks srcad for a derivative: references come from a complex step where the
program is analytic (exact to rounding), otherwise from extrapolated central differences.

A complex step needs ``math`` and comparisons that accept complex numbers, so the program runs with its globals
replaced: `Step` is a complex number that compares, rounds and has a sign by its real part, and ``math`` is one that
returns it.
"""

from __future__ import annotations

import cmath
import math
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from corpus.registry import Program

from srcad.structure import items_of, with_items
from srcad.testing import (
    adjoint_by_basis,
    assert_same,
    complex_step_jvp,
    numerical_jvp,
)

__all__ = ["assert_same", "reference_hvp", "reference_jvp", "reference_vjp", "tolerance"]


class Step(complex):
    """A real number with an infinitesimal imaginary part."""

    __hash__ = complex.__hash__

    def __abs__(self):
        return self if self.real >= 0 else Step(-self)

    def __bool__(self):
        return self.real != 0

    def __eq__(self, other):
        return self.real == _real(other)

    def __ne__(self, other):
        return self.real != _real(other)

    def __lt__(self, other):
        return self.real < _real(other)

    def __le__(self, other):
        return self.real <= _real(other)

    def __gt__(self, other):
        return self.real > _real(other)

    def __ge__(self, other):
        return self.real >= _real(other)

    def __floordiv__(self, other):
        return self.real // _real(other)

    def __rfloordiv__(self, other):
        return _real(other) // self.real

    def __mod__(self, other):
        return Step(self - other * (self.real // _real(other)))

    def __rmod__(self, other):
        return Step(other - self * (_real(other) // self.real))

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self

    def __int__(self):
        return int(self.real)

    def __float__(self):
        raise TypeError("float() of a complex step would lose the derivative")

    def __round__(self, digits=None):
        return round(self.real, digits)

    def __trunc__(self):
        return math.trunc(self.real)

    def __floor__(self):
        return math.floor(self.real)

    def __ceil__(self):
        return math.ceil(self.real)


def _real(number: Any) -> Any:
    return number.real if isinstance(number, complex) else number


def _returning_steps(operation: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args: Any) -> Any:
        result = operation(*args)
        return Step(result) if isinstance(result, complex) and not isinstance(result, np.generic) else result

    return wrapped


for _name in ("add", "sub", "mul", "truediv", "pow"):
    for _method in (f"__{_name}__", f"__r{_name}__"):
        setattr(Step, _method, _returning_steps(getattr(complex, _method)))
for _method in ("__neg__", "__pos__"):
    setattr(Step, _method, _returning_steps(getattr(complex, _method)))


def _analytic(value: Callable[[float], float], slope: Callable[[float], float]) -> Callable[[Any], Any]:
    """A function that has no complex form, from its value and its derivative on the reals."""
    return lambda x: Step(value(_real(x)), slope(_real(x)) * x.imag) if isinstance(x, complex) else value(x)


def _on_reals_or_steps(real: Callable[..., Any], step: Callable[..., Any]) -> Callable[..., Any]:
    on_steps = _returning_steps(step)
    return lambda *args: (on_steps if any(isinstance(arg, complex) for arg in args) else real)(*args)


def _hypot(*numbers: Any) -> Any:
    return cmath.sqrt(sum(x * x for x in numbers))


def _atan2(y: Any, x: Any) -> Any:
    y, x = complex(y), complex(x)
    slope = (x.real * y.imag - y.real * x.imag) / (x.real**2 + y.real**2)
    return complex(math.atan2(y.real, x.real), slope)


_COMPLEX_MATH = types.SimpleNamespace(
    **{name: getattr(math, name) for name in dir(math) if not name.startswith("__")}
    | {
        name: _on_reals_or_steps(getattr(math, name), getattr(cmath, name))
        for name in [
            "sqrt",
            "exp",
            "log",
            "log10",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "tanh",
            "asinh",
            "acosh",
            "atanh",
        ]
    }
    | {
        "fabs": abs,
        "pow": lambda x, y: x**y,
        "fmod": lambda x, y: x - y * math.trunc(_real(x) / _real(y)),
        "hypot": _on_reals_or_steps(math.hypot, _hypot),
        "atan2": _on_reals_or_steps(math.atan2, _atan2),
        "log2": lambda x: _COMPLEX_MATH.log(x) / math.log(2),
        "log1p": lambda x: _COMPLEX_MATH.log(1 + x),
        "expm1": _analytic(math.expm1, math.exp),
        "exp2": lambda x: _COMPLEX_MATH.exp(x * math.log(2)),
        "cbrt": _analytic(math.cbrt, lambda x: math.cbrt(x) / (3 * x)),
        "erf": _analytic(math.erf, lambda x: 2 / math.sqrt(math.pi) * math.exp(-x * x)),
        "erfc": _analytic(math.erfc, lambda x: -2 / math.sqrt(math.pi) * math.exp(-x * x)),
        "floor": lambda x: math.floor(_real(x)),
        "ceil": lambda x: math.ceil(_real(x)),
        "trunc": lambda x: math.trunc(_real(x)),
        "isfinite": lambda x: math.isfinite(_real(x)),
        "isnan": lambda x: math.isnan(_real(x)),
        "copysign": lambda x, y: abs(x) if math.copysign(1.0, _real(y)) > 0 else -abs(x),
        "radians": lambda x: x * (math.pi / 180),
        "degrees": lambda x: x * (180 / math.pi),
        "dist": lambda p, q: _COMPLEX_MATH.hypot(*(a - b for a, b in zip(p, q))),
        "fsum": sum,
    }
)


def on_complex(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` in a copy of its module whose ``math`` accepts complex numbers."""
    namespace = dict(function.__globals__)
    for name, value in function.__globals__.items():
        if value is math:
            namespace[name] = _COMPLEX_MATH
        elif isinstance(value, types.FunctionType) and value.__globals__ is function.__globals__:
            namespace[name] = _rebuilt(value, namespace)
        elif getattr(value, "__module__", None) == "math":
            namespace[name] = getattr(_COMPLEX_MATH, value.__name__)
    rebuilt = _rebuilt(function, namespace)
    return lambda *args, **kwargs: rebuilt(*_as_steps(args), **kwargs)


def _rebuilt(function: types.FunctionType, namespace: dict[str, Any]) -> types.FunctionType:
    copy = types.FunctionType(
        function.__code__, namespace, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _as_steps(tree: Any) -> Any:
    match tree:
        case tuple() | list():
            items = [_as_steps(item) for item in tree]
            return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
        case dict():
            return {key: _as_steps(item) for key, item in tree.items()}
        case complex() if not isinstance(tree, np.generic):
            return Step(tree)
    return with_items(tree, _as_steps) if items_of(tree) is not None else tree


def _floated(program: Program, args: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(float(arg) if i in program.argnums and type(arg) is int else arg for i, arg in enumerate(args))


def _directional(program: Program, args: tuple[Any, ...], tangents: Any, argnums: tuple[int, ...], exact: bool) -> Any:
    args = _floated(program, args)
    if exact:
        return complex_step_jvp(on_complex(program.function), args, tangents, argnums, program.kwargs)
    return numerical_jvp(program.function, args, tangents, argnums, program.kwargs)


def reference_jvp(program: Program, args: tuple[Any, ...], tangents: tuple[Any, ...], exact: bool | None = None) -> Any:
    """The tangent of a program's result; `exact` overrides the program's choice of a complex step."""
    exact = program.complex_step if exact is None else exact
    return _directional(program, args, tangents, program.argnums, exact)


def reference_vjp(program: Program, args: tuple[Any, ...], seed: Any, exact: bool | None = None) -> tuple[Any, ...]:
    """The adjoints of a program's arguments, one for each of its argnums."""
    exact = program.complex_step if exact is None else exact
    return tuple(
        adjoint_by_basis(
            lambda tangent, i=i: _directional(program, args, (tangent,), (i,), exact), _floated(program, args)[i], seed
        )
        for i in program.argnums
    )


def reference_hvp(
    program: Program, args: tuple[Any, ...], seed: Any, tangents: tuple[Any, ...], first_order: Callable[..., Any]
) -> tuple[Any, ...]:
    """The derivative of the adjoints along a direction, by differences of the first order.

    The first order is the complex step's where there is one, and `first_order` (of the arguments) where there is not:
    differences of differences are worth little.
    """

    def adjoints(*moved: Any) -> tuple[Any, ...]:
        return reference_vjp(program, moved, seed) if program.complex_step else first_order(*moved)

    return numerical_jvp(adjoints, _floated(program, args), tangents, program.argnums)


def tolerance(program: Program, args: tuple[Any, ...], value: Any) -> dict[str, float]:
    """How closely a first derivative must agree with its reference."""
    if any(np.asarray(leaf).dtype in (np.float32, np.complex64) for leaf in _numbers((args, value))):
        return {"rtol": 1e-4, "atol": 1e-5}
    return {"rtol": 1e-10, "atol": 1e-11} if program.complex_step else {"rtol": 1e-7, "atol": 1e-8}


def _numbers(tree: Any) -> Iterator[Any]:
    match tree:
        case tuple() | list():
            for item in tree:
                yield from _numbers(item)
        case dict():
            yield from _numbers(list(tree.values()))
        case float() | complex() | np.ndarray() | np.generic():
            yield tree
        case _ if items_of(tree) is not None:
            yield from _numbers(items_of(tree))
