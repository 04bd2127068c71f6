"""Rules of Python's operators, on Python numbers and on arrays.

`operator.add` and its kin stand for the syntax; the in-place forms are the compiler's business. What a rule needs to
know of its operands (a scalar or an array, real or complex) it asks by `isinstance` and `np.iscomplexobj`, which are
decided when the derivative is made.
"""

from __future__ import annotations

import builtins
import math
import operator

import numpy as np

from srcad import runtime
from srcad.rules.registry import elementwise, zero_derivative
from srcad.rules.static import is_boolean

AWAY_FROM_ZERO = (0.4, 2.0)


@elementwise(operator.add, complex=True)
def add(z, x, y):
    return 1.0, 1.0


@elementwise(operator.sub, complex=True)
def sub(z, x, y):
    return 1.0, -1.0


@elementwise(operator.mul, complex=True)
def mul(z, x, y):
    return y, x


@elementwise(operator.truediv, domain=((-2.0, 2.0), AWAY_FROM_ZERO), complex=True)
def truediv(z, x, y):
    return 1.0 / y, -z / y


@elementwise(operator.neg, complex=True)
def neg(y, x):
    return -1.0


@elementwise(operator.pos, complex=True)
def pos(y, x):
    return 1.0


@elementwise(operator.mod, domain=((2.05, 2.2), (0.9, 1.0)))
def mod(z, x, y):
    return 1.0, -(x // y)


@elementwise(operator.abs, builtins.abs, domain=AWAY_FROM_ZERO)
def absolute(y, x):
    """|x|' is the sign of x and 0 at 0; |z|' is conj(z)/|z|, its real part taken with the tangent, and 0 at 0."""
    if np.iscomplexobj(x):
        return np.conj(x) / (y + (y == 0))
    if isinstance(x, (int, float)):
        return math.copysign(1.0, x) * (x != 0)
    return np.sign(x)


@elementwise(operator.pow, builtins.pow, domain=(AWAY_FROM_ZERO, (-2.0, 2.0)), complex=True)
def power(z, x, n):
    """x**n: n x**(n-1), where n = 0 gives 0 also at x = 0; and z log(x), which is 0 at x = 0 and NaN for x < 0."""
    slope = n * 1.0 if is_boolean(n) else n * x ** (n - (n != 0))
    if np.iscomplexobj(z):
        return slope, z * np.log(np.where(x == 0, 1.0 + 0.0j, x))
    if isinstance(x, (int, float)):
        return slope, z * runtime.log_of_base(x)
    return slope, z * np.log(x + (x == 0))


zero_derivative(
    operator.floordiv,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
    operator.not_, operator.truth, operator.is_, operator.is_not, operator.contains,
    operator.invert, operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift, operator.index,
)
