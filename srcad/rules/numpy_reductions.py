"""Reductions: sums, products, extrema, moments, in all their argument forms.

Where several elements are the maximum, they share its adjoint equally; where a standard deviation is zero, its
derivative is zero. Products are exact with zeros among the factors: nothing is divided by an element.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.registry import Call, defadjoint, deftangent, linear, zero_derivative
from srcad.runtime import count_along, divide_or_zero, product_of_others, unbroadcast


def _calls(name: str, extra: tuple = ()) -> tuple:
    """The call forms that all reductions have, as a function and as a method."""
    return (
        Call(f"np.{name}(x)", x=(3,)),
        Call(f"np.{name}(x)", x=(2, 3)),
        Call(f"np.{name}(x)", x=()),
        Call(f"np.{name}(x, axis=0)", x=(4, 3)),
        Call(f"np.{name}(x, 1)", x=(4, 3)),
        Call(f"np.{name}(x, axis=-1)", x=(2, 3, 4)),
        Call(f"np.{name}(x, axis=(0, 2))", x=(2, 3, 4)),
        Call(f"np.{name}(x, axis=(-1, 0), keepdims=True)", x=(2, 3, 4)),
        Call(f"np.{name}(x, axis=1, keepdims=True)", x=(2, 3)),
        Call(f"np.{name}(x, keepdims=True)", x=(2, 3)),
        Call(f"x.{name}()", x=(2, 3)),
        Call(f"x.{name}(0)", x=(2, 3)),
        Call(f"x.{name}(axis=-1, keepdims=True)", x=(2, 3)),
        *extra,
    )


def _empty(name: str) -> tuple:
    forms = ("np.{0}(x)", (0,)), ("np.{0}(x, axis=0)", (3, 0)), ("np.{0}(x, axis=1)", (3, 0))
    return tuple(Call(form.format(name), x=shape) for form, shape in forms)


_MASK = "np.array([[True, False, True], [True, True, False]])"
_MASKED = (
    "np.{name}(x, where=" + _MASK + ")",
    "np.{name}(x, axis=0, where=" + _MASK + ")",
    "np.{name}(x, axis=1, where=np.array([True, False, True]))",
    "np.{name}(x, axis=1, keepdims=True, where=" + _MASK + ")",
)


def _masked(name: str) -> tuple:
    return tuple(Call(form.format(name=name), x=(2, 3)) for form in _MASKED)


def reduced_count(a, axis):
    """How many elements a reduction of `a` puts into one."""
    if axis is None:
        return np.size(a)
    if isinstance(axis, int):
        return np.shape(a)[axis]
    return count_along(a, axis)


def degrees_of_freedom(a, axis, ddof):
    """What a sum of squares is divided by."""
    return reduced_count(a, axis) if ddof == 0 else reduced_count(a, axis) - ddof


def expanded(g, axis, keepdims):
    """The result `g` of a reduction, with its reduced axes (if it was not over all of them)."""
    return g if axis is None or keepdims else np.expand_dims(g, axis)


def summed(x, axis, keepdims):
    """``np.sum(x, axis, keepdims)``, as one would write it."""
    if keepdims:
        return np.sum(x, axis=axis, keepdims=True)
    return np.sum(x) if axis is None else np.sum(x, axis=axis)


def centred(a, axis):
    """The conjugate of what is left of `a` without its mean."""
    return np.conj(a - (np.mean(a) if axis is None else np.mean(a, axis=axis, keepdims=True)))


# ---------------------------------------------------------------------------------------------------------------------
# Sums


@linear(np.sum, np.ndarray.sum, complex=True, calls=_calls("sum", _empty("sum") + _masked("sum") + (
    Call("np.sum(x, initial=s)", x=(3,), s=()),
    Call("np.sum(x, axis=0, initial=2.0)", x=(2, 3)),
    Call("np.sum(x, axis=0, dtype=np.float64)", x=(2, 3)))))
def _sum(y, a, axis=None, dtype=None, *, keepdims=False, initial=0.0, where=None):
    g = expanded(y_bar, axis, keepdims)
    if where is not None:
        g = np.where(where, g, 0.0)
    a_bar = np.broadcast_to(g, np.shape(a))
    initial_bar = np.sum(y_bar)


@linear(np.mean, np.ndarray.mean, complex=True, calls=_calls("mean", _masked("mean")))
def _mean(y, a, axis=None, dtype=None, *, keepdims=False, where=None):
    g = expanded(y_bar, axis, keepdims)
    if where is None:
        a_bar = np.broadcast_to(g / reduced_count(a, axis), np.shape(a))
    else:
        mask = np.broadcast_to(where, np.shape(a))
        a_bar = np.where(mask, g / np.sum(mask, axis=axis, keepdims=True), 0.0)


# ---------------------------------------------------------------------------------------------------------------------
# Moments


def counted(a, axis, where):
    """How many elements are put into each of a reduction that leaves out those where the mask is false; its axes kept."""
    return np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=True)


def spread_of(a, axis, mean, where):
    """The conjugate of what is left of `a` without its mean (or what is given for it), 0 where the mask is false."""
    if where is None:
        return centred(a, axis) if mean is None else np.conj(a - mean)
    middle = np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean
    return np.where(where, np.conj(a - middle), 0.0)


def per_degree(g, a, axis, ddof, where):
    """`g`, the axes of a reduction kept, divided by what a sum of squares is divided by."""
    if where is None:
        return g / degrees_of_freedom(a, axis, ddof)
    return g / (counted(a, axis, where) - ddof)


_MOMENTS = (
    "np.{0}(x, ddof=1)", "np.{0}(x, axis=(0, 1), ddof=1.5)", "np.{0}(x, 0, ddof=1, keepdims=True)", "x.{0}(axis=1, ddof=1)",
    "np.{0}(x, where=np.array([True, False, True]))", "np.{0}(x, correction=1)",
    "np.{0}(x, axis=1, where=np.array([True, False, True]), ddof=1)",
    "np.{0}(x, axis=0, mean=np.mean(x, axis=0, keepdims=True))", "np.{0}(x, mean=0.25)", "np.{0}(x, axis=0, mean=x[:1])",
    "np.{0}(x, axis=1, keepdims=True, where=np.array([[True, False, True]]))",
)


def _moments(name: str) -> tuple:
    return _calls(name, (Call(f"np.{name}(x, ddof=1)", x=(4,)),
                         *(Call(form.format(name), x=(3, 3)) for form in _MOMENTS)))


@defadjoint(np.var, np.ndarray.var, complex=True, calls=_moments("var"))
def _var(y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=None, mean=None, correction=None):
    """With a mean given, the sum of squares also depends on that."""
    degrees = ddof if correction is None else correction
    if where is None and mean is None:
        a_bar = expanded(2.0 / degrees_of_freedom(a, axis, degrees) * y_bar, axis, keepdims) * centred(a, axis)
    else:
        g = 2.0 * per_degree(expanded(y_bar, axis, keepdims), a, axis, degrees, where)
        a_bar = g * spread_of(a, axis, mean, where)
        if mean is not None:
            mean_bar = -unbroadcast(a_bar, mean)


@deftangent(np.var, np.ndarray.var)
def _var_tangent(y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=None, mean=None, correction=None):
    degrees = ddof if correction is None else correction
    if where is None and mean is None:
        slope = np.real(summed(centred(a, axis) * a_dot, axis, keepdims))
        y_dot = (2.0 / degrees_of_freedom(a, axis, degrees)) * slope
    else:
        moving = a_dot if mean is None else a_dot - mean_dot
        if where is not None:
            moving = np.where(where, moving, 0.0)
        slope = np.real(summed(spread_of(a, axis, mean, where) * moving, axis, True))
        y_dot = np.reshape(2.0 * per_degree(slope, a, axis, degrees, where), np.shape(y))


@defadjoint(np.std, np.ndarray.std, complex=True, calls=_moments("std"))
def _std(y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=None, mean=None, correction=None):
    degrees = ddof if correction is None else correction
    if where is None and mean is None:
        g = divide_or_zero(y_bar, y) / degrees_of_freedom(a, axis, degrees)
        a_bar = expanded(g, axis, keepdims) * centred(a, axis)
    else:
        g = per_degree(expanded(divide_or_zero(y_bar, y), axis, keepdims), a, axis, degrees, where)
        a_bar = g * spread_of(a, axis, mean, where)
        if mean is not None:
            mean_bar = -unbroadcast(a_bar, mean)


@deftangent(np.std, np.ndarray.std)
def _std_tangent(y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=None, mean=None, correction=None):
    degrees = ddof if correction is None else correction
    if where is None and mean is None:
        slope = np.real(summed(centred(a, axis) * a_dot, axis, keepdims)) / degrees_of_freedom(a, axis, degrees)
        y_dot = divide_or_zero(slope, y)
    else:
        moving = a_dot if mean is None else a_dot - mean_dot
        if where is not None:
            moving = np.where(where, moving, 0.0)
        slope = np.real(summed(spread_of(a, axis, mean, where) * moving, axis, True))
        y_dot = divide_or_zero(np.reshape(per_degree(slope, a, axis, degrees, where), np.shape(y)), y)


# ---------------------------------------------------------------------------------------------------------------------
# Extrema


_EXTREMA = (
    "np.{name}(x, initial=0.25)", "np.{name}(x, axis=0, initial=0.25)",
    "np.{name}(x, axis=1, initial=-5.0, where=" + _MASK + ")",
    "np.{name}(x, initial=np.{name}(x))", "np.{name}(np.concatenate([x, x]), axis=0)",
)


def _extremum(name: str) -> tuple:
    return _calls(name, tuple(Call(form.format(name=name), x=(2, 3)) for form in _EXTREMA))


@defadjoint(np.max, np.amax, np.ndarray.max, np.min, np.amin, np.ndarray.min,
            calls=(*_extremum("max"), *_extremum("min"), Call("np.amax(x, axis=0)", x=(2, 3)),
                   Call("np.amin(x, axis=0)", x=(2, 3)), Call("np.max(x, initial=s + 5.0)", x=(3,), s=()),
                   Call("np.min(x, axis=1, initial=s - 5.0)", x=(2, 3), s=())))
def extreme(y, a, axis=None, *, keepdims=False, initial=None, where=None):
    extreme = expanded(y, axis, keepdims)
    g = expanded(y_bar, axis, keepdims)
    chosen = a == extreme
    if where is not None:
        chosen = chosen & where
    count = summed(chosen, axis, axis is not None)
    if initial is not None:
        reached = extreme == initial
        count = count + reached
        initial_bar = np.sum(reached * (g / count))
    a_bar = chosen * (g / count)


@deftangent(np.max, np.amax, np.ndarray.max, np.min, np.amin, np.ndarray.min)
def extreme_tangent(y, a, axis=None, *, keepdims=False, initial=None, where=None):
    chosen = a == expanded(y, axis, keepdims)
    if where is not None:
        chosen = chosen & where
        moved = summed(np.where(chosen, a_dot, 0.0), axis, keepdims)
    else:
        moved = summed(chosen * a_dot, axis, keepdims)
    count = summed(chosen, axis, keepdims)
    if initial is not None:
        reached = y == initial
        count = count + reached
        moved = moved + reached * initial_dot
    y_dot = moved / count


@defadjoint(np.ptp, calls=(
    Call("np.ptp(x)", x=(4,)), Call("np.ptp(x, axis=0)", x=(3, 4)), Call("np.ptp(x, axis=-1, keepdims=True)", x=(3, 4)),
    Call("np.ptp(x, axis=(0, 1))", x=(3, 4)), Call("np.ptp(np.concatenate([x, x]), axis=0)", x=(2, 3))))
def _ptp(y, a, axis=None, *, keepdims=False):
    highest = a == np.max(a, axis=axis, keepdims=True)
    lowest = a == np.min(a, axis=axis, keepdims=True)
    a_bar = expanded(y_bar, axis, keepdims) * (highest / np.sum(highest, axis=axis, keepdims=True)
                                               - lowest / np.sum(lowest, axis=axis, keepdims=True))


@deftangent(np.ptp)
def _ptp_tangent(y, a, axis=None, *, keepdims=False):
    highest = a == np.max(a, axis=axis, keepdims=True)
    lowest = a == np.min(a, axis=axis, keepdims=True)
    y_dot = (summed(highest * a_dot, axis, keepdims) / summed(highest, axis, keepdims)
             - summed(lowest * a_dot, axis, keepdims) / summed(lowest, axis, keepdims))


# ---------------------------------------------------------------------------------------------------------------------
# Products


@defadjoint(np.prod, np.ndarray.prod, complex=True, calls=_calls("prod", (*_empty("prod"), *_masked("prod"),
    Call("np.prod(x, initial=s)", x=(3,), s=()),
    Call("np.prod(x, axis=0, initial=s, where=np.array([True, False, True]))", x=(2, 3), s=()),
    Call("np.prod(x * np.array([1.0, 0.0, 1.0]))", x=(3,)),
    Call("np.prod(x * np.array([1.0, 0.0, 0.0]))", x=(3,)),
    Call("np.prod(x * np.array([[1.0, 0.0, 1.0]]), axis=1)", x=(2, 3)))))
def _prod(y, a, axis=None, dtype=None, *, keepdims=False, initial=None, where=None):
    factors = a if where is None else np.where(where, a, 1.0)
    g = y_bar if initial is None else y_bar * initial
    all_bar = expanded(g, axis, keepdims) * reduced_product_of_others(factors, axis)
    a_bar = all_bar if where is None else np.where(where, all_bar, 0.0)
    if initial is not None:
        initial_bar = np.sum(y_bar * np.prod(factors, axis=axis, keepdims=keepdims))


@deftangent(np.prod, np.ndarray.prod)
def _prod_tangent(y, a, axis=None, dtype=None, *, keepdims=False, initial=None, where=None):
    factors = a if where is None else np.where(where, a, 1.0)
    moving = a_dot if where is None else np.where(where, a_dot, 0.0)
    moved = summed(reduced_product_of_others(factors, axis) * moving, axis, keepdims)
    if initial is None:
        y_dot = moved
    else:
        y_dot = moved * initial + initial_dot * np.prod(factors, axis=axis, keepdims=keepdims)


def reduced_product_of_others(a, axis):
    """For every element the product of those that ``np.prod(a, axis)`` multiplies it with."""
    if axis is None:
        return np.reshape(product_of_others(np.ravel(a), 0), np.shape(a))
    if isinstance(axis, int):
        return product_of_others(a, axis)
    front = tuple(range(len(axis)))
    moved = np.moveaxis(a, axis, front)
    count = count_along(a, axis)
    others = product_of_others(np.reshape(moved, (count, np.size(a) // max(count, 1))), 0)
    return np.moveaxis(np.reshape(others, np.shape(moved)), front, axis)


# ---------------------------------------------------------------------------------------------------------------------
# Piecewise constant


zero_derivative(np.argmax, np.argmin, np.count_nonzero, np.any, np.all, np.ndarray.argmax, np.ndarray.argmin,
                np.ndarray.any, np.ndarray.all, np.nanargmax, np.nanargmin)
