"""Rules of Python's built-in functions of numbers. (`abs` and `pow` are with the operators.)"""

from __future__ import annotations

import builtins

from srcad.rules.registry import elementwise, zero_derivative


@elementwise(builtins.float)
def as_float(y, x):
    return 1.0


@elementwise(builtins.complex)
def as_complex(y, real, imag=0.0):
    return 1.0, 1.0j


@elementwise(builtins.max)
def largest(z, x, y, w=None):
    """A tie is shared equally."""
    if w is None:
        return (x > y) + 0.5 * (x == y), (x < y) + 0.5 * (x == y), None
    share = 1.0 / (1.0 * (x == z) + (y == z) + (w == z))
    return share * (x == z), share * (y == z), share * (w == z)


@elementwise(builtins.min)
def smallest(z, x, y, w=None):
    """A tie is shared equally."""
    if w is None:
        return (x < y) + 0.5 * (x == y), (x > y) + 0.5 * (x == y), None
    share = 1.0 / (1.0 * (x == z) + (y == z) + (w == z))
    return share * (x == z), share * (y == z), share * (w == z)


zero_derivative(int, bool, round)
