"""Rules of Python's built-in functions of numbers, and of places in lists. (`abs` and `pow` are with the operators.)"""

from __future__ import annotations

import bisect
import builtins

from srcad.rules.registry import Call, elementwise, zero_derivative


@elementwise(builtins.float)
def as_float(y, x):
    return 1.0


@elementwise(builtins.complex, calls=[Call("complex(x, y)", x=(), y=())])
def as_complex(y, real, imag=0.0):
    return 1.0, 1.0j


@elementwise(builtins.max, calls=[Call("max(x, y)", x=(), y=()), Call("max(x, y, 0.5, z)", x=(), y=(), z=()),
                                 Call("max([x, 0.1, y])", x=(), y=()), Call("max(x, x)", x=()),
                                 Call("max(x, x, x)", x=()), Call("max(x, x, x, x, x, x, x, x)", x=())])
def largest(z, a, b, c=None, d=None, e=None, f=None, g=None, h=None):
    """A tie is shared equally."""
    if c is None:
        return (a > b) + 0.5 * (a == b), (b > a) + 0.5 * (a == b)
    ties = 1.0 * (a == z) + (b == z) + (c == z)
    if d is not None:
        ties = ties + (d == z)
    if e is not None:
        ties = ties + (e == z)
    if f is not None:
        ties = ties + (f == z)
    if g is not None:
        ties = ties + (g == z)
    if h is not None:
        ties = ties + (h == z)
    return ((a == z) / ties, (b == z) / ties, (c == z) / ties, (d == z) / ties, (e == z) / ties, (f == z) / ties,
            (g == z) / ties, (h == z) / ties)


@elementwise(builtins.min, calls=[Call("min(x, y)", x=(), y=()), Call("min(x, y, 0.5, z)", x=(), y=(), z=()),
                                 Call("min([x, 0.1, y])", x=(), y=()), Call("min(x, x)", x=()),
                                 Call("min(x, x, x)", x=()), Call("min(x, x, x, x, x, x, x, x)", x=())])
def smallest(z, a, b, c=None, d=None, e=None, f=None, g=None, h=None):
    """A tie is shared equally."""
    if c is None:
        return (a < b) + 0.5 * (a == b), (b < a) + 0.5 * (a == b)
    ties = 1.0 * (a == z) + (b == z) + (c == z)
    if d is not None:
        ties = ties + (d == z)
    if e is not None:
        ties = ties + (e == z)
    if f is not None:
        ties = ties + (f == z)
    if g is not None:
        ties = ties + (g == z)
    if h is not None:
        ties = ties + (h == z)
    return ((a == z) / ties, (b == z) / ties, (c == z) / ties, (d == z) / ties, (e == z) / ties, (f == z) / ties,
            (g == z) / ties, (h == z) / ties)


zero_derivative(float.is_integer, int, bool, round, list.index, list.count, tuple.index, tuple.count, bisect.bisect_left,
                bisect.bisect_right)
