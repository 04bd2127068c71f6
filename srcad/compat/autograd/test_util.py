"""Derivatives checked against differences, with autograd's functions for it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

from srcad.compat.autograd.constants import with_constants
from srcad.compat.autograd.differential_operators import make_jvp, make_vjp
from srcad.compat.autograd.vspaces import vspace
from srcad.compat.autograd.wrap_util import get_name

#: How far apart an exact and a numerical derivative may be: absolutely, or relatively.
TOL = 1e-6
RTOL = 1e-6
#: The step of the differences.
EPS = 1e-6


def scalar_close(a, b) -> bool:
    """Whether two numbers agree, absolutely or relatively."""
    return bool(abs(a - b) < TOL or abs(a - b) / abs(a + b) < RTOL)


def make_numerical_jvp(f: Callable, x):
    """The function ``v → J v`` of `f` at `x` by central differences."""
    y = f(x)
    x_vs, y_vs = vspace(x), vspace(y)

    def jvp(v):
        above = f(x_vs.add(x, x_vs.scalar_mul(v, EPS / 2)))
        below = f(x_vs.add(x, x_vs.scalar_mul(v, -EPS / 2)))
        return y_vs.scalar_mul(y_vs.add(above, y_vs.scalar_mul(below, -1.0)), 1.0 / EPS)

    return jvp


def check_equivalent(x, y) -> None:
    """Raise AssertionError unless two values are in the same space, and close."""
    x_vs, y_vs = vspace(x), vspace(y)
    assert x_vs == y_vs, f"VSpace mismatch:\nx: {x_vs}\ny: {y_vs}"
    v = x_vs.randn()
    assert scalar_close(x_vs.inner_prod(x, v), x_vs.inner_prod(y, v)), f"Value mismatch:\nx: {x}\ny: {y}"


def check_grads(f: Callable, argnum=0, modes=("fwd", "rev"), order: int = 2) -> Callable:
    """A function of the arguments of `f` that checks its derivatives there against differences.

    Parameters
    ----------
    f : callable
    argnum : int or sequence of int
        The arguments to differentiate by.
    modes : sequence of {"fwd", "rev"}
    order : int
        Derivatives up to this order are checked, with every sequence of modes.

    Returns
    -------
    callable
        It raises AssertionError where a derivative is wrong, and srcad's errors where there is none.
    """
    if not all(mode in ("fwd", "rev") for mode in modes):
        raise ValueError(f"modes={modes!r}: they are 'fwd' and 'rev'")

    def check(*args, **kwargs) -> None:
        which = (argnum,) if isinstance(argnum, int) else tuple(argnum)
        function, which, args, kwargs = with_constants(f, which, args, kwargs)
        _check(function, which[0] if isinstance(argnum, int) else which, args, kwargs, tuple(modes), order)

    return check


def _check(f, argnum, args: tuple, kwargs: dict, modes: tuple, order: int) -> None:
    which = (argnum,) if isinstance(argnum, int) else tuple(argnum)
    single = isinstance(argnum, int)
    x = args[argnum] if single else tuple(args[k] for k in which)

    def at(x):
        given = list(args)
        for k, value in zip(which, (x,) if single else x):
            given[k] = value
        return f(*given, **kwargs)

    later = [k + 1 for k in which]
    for mode in modes:
        made: Callable
        if mode == "fwd":
            maker = make_jvp(f, argnum)
            _check_jvp(maker, at, args, kwargs, x)
            v, made = vspace(x).randn(), functools.partial(_jvp_of, maker)
            made.__name__ = f"jvp_{get_name(f)}"
        else:
            maker = make_vjp(f, argnum)
            v, made = _check_vjp(f, maker, at, args, kwargs, x), functools.partial(_vjp_of, maker)
            made.__name__ = f"vjp_{get_name(f)}"
        if order > 1:
            _check(made, (0, *later), (v, *args), kwargs, modes, order - 1)


def _jvp_of(maker, v, *args, **kwargs):
    return maker(*args, **kwargs)(v)[1]


def _vjp_of(maker, v, *args, **kwargs):
    return maker(*args, **kwargs)[0](v)


def _check_jvp(maker, at, args: tuple, kwargs: dict, x) -> None:
    v = vspace(x).randn()
    check_equivalent(maker(*args, **kwargs)(v)[1], make_numerical_jvp(at, x)(v))


def _check_vjp(f, maker, at, args: tuple, kwargs: dict, x):
    """Check the pullback; a random vector of the result's space."""
    vjp, y = maker(*args, **kwargs)
    jvp = make_numerical_jvp(at, x)
    x_vs, y_vs = vspace(x), vspace(y)
    x_v, y_v = x_vs.randn(), y_vs.randn()
    found = x_vs.covector(vjp(y_vs.covector(y_v)))
    assert vspace(found) == x_vs, f"VSpace mismatch:\nadjoint:  {vspace(found)}\nargument: {x_vs}"
    exact, numeric = x_vs.inner_prod(x_v, found), y_vs.inner_prod(y_v, jvp(x_v))
    assert scalar_close(numeric, exact), (
        f"Derivative (VJP) check of {get_name(f)} failed with arg {x}:\nanalytic: {exact}\nnumeric:  {numeric}")
    return y_vs.randn()


def combo_check(fun: Callable, *args, **kwargs) -> Callable:
    """Check with every combination of the given arguments: lists of values, by position and by keyword."""
    def check(*values, **named) -> None:
        options = [[(key, value) for value in given] for key, given in named.items()]
        for chosen in itertools.product(*values):
            for pairs in itertools.product(*options):
                check_grads(fun, *args, **kwargs)(*chosen, **dict(pairs))

    return check
