"""Reductions and running sums that leave out NaN: those without, of what is there. The derivative in a NaN is zero.

Products leave out NaN as the factor 1. A row of nothing but NaN has derivatives that are zero or NaN, as the result is.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.numpy_reductions import expanded, extreme, extreme_tangent, reduced_product_of_others, summed
from srcad.rules.numpy_statistics import (
    as_rows,
    declare_quantiles,
    from_rows,
    hundredths,
    parts,
    per_hundredth,
    per_part,
    share,
    spread,
    with_axes,
    without_axes,
)
from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.runtime import divide_or_zero, recurrence, recurrence_back, shift, unbroadcast

#: Elements of which some are NaN, from any numbers x of these shapes.
_VECTOR = "np.where(np.array([True, False, True, True]), x, np.nan)"
_MATRIX = "np.where(np.array([[True, False, True, True], [True, True, False, True]]), x, np.nan)"


def _calls(name: str, extra: tuple = ()) -> tuple:
    return (
        Call(f"np.{name}({_VECTOR})", x=(4,)),
        Call(f"np.{name}({_MATRIX})", x=(2, 4)),
        Call(f"np.{name}({_MATRIX}, axis=1)", x=(2, 4)),
        Call(f"np.{name}({_MATRIX}, 0)", x=(2, 4)),
        Call(f"np.{name}(x, axis=0)", x=(3, 2)),
        *extra,
    )


def _reductions(name: str, extra: tuple = ()) -> tuple:
    return _calls(name, (
        Call(f"np.{name}({_MATRIX}, axis=-1, keepdims=True)", x=(2, 4)),
        Call(f"np.{name}({_MATRIX}, axis=(0, 1))", x=(2, 4)),
        Call(f"np.{name}({_MATRIX}, axis=(1, 2), keepdims=True)", x=(3, 2, 4)), *extra))


def there(a):
    """Where `a` is not NaN."""
    return ~np.isnan(a)


def filled(a, value):
    """`a` with a value in place of NaN."""
    return np.where(np.isnan(a), value, a)


def missing(a, where):
    """Where `a` is NaN, or left out by a mask."""
    return np.isnan(a) if where is None else np.isnan(a) | np.logical_not(where)


def counts(a, axis, keepdims, where):
    return summed(~missing(a, where), axis, keepdims)


def centred_there(a, axis, where, mean):
    """The conjugate of what is left of `a` without its mean; 0 where `a` is NaN or left out."""
    gone = missing(a, where)
    if mean is None:
        middle = np.nanmean(np.where(gone, np.nan, a), axis=axis, keepdims=True)
    else:
        middle = mean
    return np.where(gone, 0.0, np.conj(a - middle))


_MASK = "np.array([True, False, True, True])"

# ---------------------------------------------------------------------------------------------------------------------
# Sums and moments


@defadjoint(np.nansum, complex=True, calls=_reductions("nansum", (
    Call("np.nansum(x, initial=s)", x=(3,), s=()), Call(f"np.nansum({_MATRIX}, axis=1, where={_MASK})", x=(2, 4)))))
def _nansum(y, a, axis=None, dtype=None, *, keepdims=False, initial=None, where=None):
    a_bar = np.where(missing(a, where), 0.0, expanded(y_bar, axis, keepdims))
    if initial is not None:
        initial_bar = np.sum(y_bar)


@deftangent(np.nansum)
def _nansum_tangent(y, a, axis=None, dtype=None, *, keepdims=False, initial=None, where=None):
    moved = summed(np.where(missing(a, where), 0.0, a_dot), axis, keepdims)
    y_dot = moved if initial is None else moved + initial_dot


@defadjoint(np.nanmean, complex=True, calls=_reductions("nanmean", (
    Call(f"np.nanmean({_MATRIX}, axis=1, where={_MASK})", x=(2, 4)),)))
def _nanmean(y, a, axis=None, dtype=None, *, keepdims=False, where=None):
    a_bar = np.where(missing(a, where), 0.0, expanded(y_bar / counts(a, axis, keepdims, where), axis, keepdims))


@deftangent(np.nanmean)
def _nanmean_tangent(y, a, axis=None, dtype=None, *, keepdims=False, where=None):
    y_dot = summed(np.where(missing(a, where), 0.0, a_dot), axis, keepdims) / counts(a, axis, keepdims, where)


_SPREADS = (
    "np.{0}({1}, axis=1, ddof=1)", "np.{0}({1}, axis=1, ddof=1, where={2})", "np.{0}({1}, axis=0, correction=0.5)",
    "np.{0}({1}, axis=1, mean=np.nanmean({1}, axis=1, keepdims=True))", "np.{0}({1}, mean=0.5)",
    "np.{0}({1}, axis=1, mean=x[:, 2:3])",
)


def _spreads(name: str) -> tuple:
    return tuple(Call(form.format(name, _MATRIX, _MASK), x=(2, 4)) for form in _SPREADS)


@defadjoint(np.nanvar, complex=True, calls=_reductions("nanvar", _spreads("nanvar")))
def _nanvar(y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=None, mean=None, correction=None):
    degrees = ddof if correction is None else correction
    g = expanded(2.0 / (counts(a, axis, keepdims, where) - degrees) * y_bar, axis, keepdims)
    a_bar = g * centred_there(a, axis, where, mean)
    if mean is not None:
        mean_bar = -unbroadcast(a_bar, mean)


@deftangent(np.nanvar)
def _nanvar_tangent(y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=None, mean=None, correction=None):
    degrees = ddof if correction is None else correction
    moving = a_dot if mean is None else a_dot - mean_dot
    slope = np.real(summed(centred_there(a, axis, where, mean) * moving, axis, keepdims))
    y_dot = 2.0 / (counts(a, axis, keepdims, where) - degrees) * slope


@defadjoint(np.nanstd, complex=True, calls=_reductions("nanstd", _spreads("nanstd")))
def _nanstd(y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=None, mean=None, correction=None):
    degrees = ddof if correction is None else correction
    g = divide_or_zero(y_bar, y) / (counts(a, axis, keepdims, where) - degrees)
    a_bar = expanded(g, axis, keepdims) * centred_there(a, axis, where, mean)
    if mean is not None:
        mean_bar = -unbroadcast(a_bar, mean)


@deftangent(np.nanstd)
def _nanstd_tangent(y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=None, mean=None, correction=None):
    degrees = ddof if correction is None else correction
    moving = a_dot if mean is None else a_dot - mean_dot
    slope = np.real(summed(centred_there(a, axis, where, mean) * moving, axis, keepdims))
    y_dot = divide_or_zero(slope / (counts(a, axis, keepdims, where) - degrees), y)


# ---------------------------------------------------------------------------------------------------------------------
# Extrema and products


def _extrema(name: str) -> tuple:
    return _reductions(name, (
        Call(f"np.{name}(x, initial=0.25)", x=(4,)), Call(f"np.{name}(x, axis=0, initial=s)", x=(3, 2), s=()),
        Call(f"np.{name}({_MATRIX}, axis=1, initial=0.0, where={_MASK})", x=(2, 4))))


# NaN equals nothing: those that are the extreme share equally, as without NaN.
defadjoint(np.nanmax, np.nanmin, calls=(*_extrema("nanmax"), *_extrema("nanmin")))(extreme)
deftangent(np.nanmax, np.nanmin)(extreme_tangent)


@defadjoint(np.nanprod, complex=True, calls=_reductions("nanprod", (
    Call("np.nanprod(np.where(np.array([True, True, False]), x * np.array([1.0, 0.0, 1.0]), np.nan))", x=(3,)),
    Call(f"np.nanprod({_MATRIX}, axis=1, initial=s, where={_MASK})", x=(2, 4), s=()))))
def _nanprod(y, a, axis=None, dtype=None, *, keepdims=False, initial=None, where=None):
    gone = missing(a, where)
    factors = np.where(gone, 1.0, a)
    g = y_bar if initial is None else y_bar * initial
    a_bar = np.where(gone, 0.0, expanded(g, axis, keepdims) * reduced_product_of_others(factors, axis))
    if initial is not None:
        initial_bar = np.sum(y_bar * np.prod(factors, axis=axis, keepdims=keepdims))


@deftangent(np.nanprod)
def _nanprod_tangent(y, a, axis=None, dtype=None, *, keepdims=False, initial=None, where=None):
    gone = missing(a, where)
    factors = np.where(gone, 1.0, a)
    moved = summed(np.where(gone, 0.0, reduced_product_of_others(factors, axis) * a_dot), axis, keepdims)
    if initial is None:
        y_dot = moved
    else:
        y_dot = moved * initial + initial_dot * np.prod(factors, axis=axis, keepdims=keepdims)


# ---------------------------------------------------------------------------------------------------------------------
# Running sums and products


@defadjoint(np.nancumsum, complex=True, calls=_calls("nancumsum"))
def _nancumsum(y, a, axis=None, dtype=None):
    if axis is None:
        running = np.reshape(np.cumsum(y_bar[::-1])[::-1], np.shape(a))
    else:
        running = np.flip(np.cumsum(np.flip(y_bar, axis), axis), axis)
    a_bar = np.where(np.isnan(a), 0.0, running)


@deftangent(np.nancumsum)
def _nancumsum_tangent(y, a, axis=None, dtype=None):
    y_dot = np.cumsum(np.where(np.isnan(a), 0.0, a_dot), axis)


@defadjoint(np.nancumprod, complex=True, calls=_calls("nancumprod"))
def _nancumprod(y, a, axis=None, dtype=None):
    factors = filled(a, 1.0)
    if axis is None:
        running = np.reshape(recurrence_back(np.ravel(factors), y_bar, 0) * shift(y, 0, 1.0), np.shape(a))
    else:
        running = recurrence_back(factors, y_bar, axis) * shift(y, axis, 1.0)
    a_bar = np.where(np.isnan(a), 0.0, running)


@deftangent(np.nancumprod)
def _nancumprod_tangent(y, a, axis=None, dtype=None):
    factors = filled(a, 1.0)
    moved = np.where(np.isnan(a), 0.0, a_dot)
    if axis is None:
        y_dot = recurrence(np.ravel(factors), np.ravel(moved) * shift(y, 0, 1.0), 0)
    else:
        y_dot = recurrence(factors, moved * shift(y, axis, 1.0), axis)


# ---------------------------------------------------------------------------------------------------------------------
# Order statistics: sorting puts NaN last, so that the other elements of a row come first


def middle_weights(rows):
    """The weights of the elements of every row in its median; 0 for what is NaN."""
    ordered = np.sort(rows, -1)
    count = np.sum(there(rows), axis=-1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0), -1)
    return 0.5 * (share(rows, low) + share(rows, np.take_along_axis(ordered, np.minimum(count // 2, np.maximum(
        count - 1, 0)), -1)))


@defadjoint(np.nanmedian, calls=_reductions("nanmedian"))
def _nanmedian(y, a, axis=None, *, overwrite_input=False, keepdims=False):
    rows = as_rows(a, axis)
    a_bar = from_rows(np.expand_dims(without_axes(y_bar, axis, keepdims), -1) * middle_weights(rows), a, axis)


@deftangent(np.nanmedian)
def _nanmedian_tangent(y, a, axis=None, *, overwrite_input=False, keepdims=False):
    rows = as_rows(a, axis)
    moved = np.sum(np.where(there(rows), middle_weights(rows) * as_rows(a_dot, axis), 0.0), axis=-1)
    y_dot = with_axes(moved, a, axis, keepdims)


def row_places(q, rows, method):
    """Where the quantiles of every row stand among its elements; the axis of the quantiles comes last."""
    count = np.maximum(np.sum(there(rows), axis=-1, keepdims=True), 1)
    ranks = np.arange(np.shape(rows)[-1], dtype=float)
    return np.moveaxis(np.nanquantile(np.where(ranks < count, ranks, np.nan), q, axis=-1, method=method), 0, -1)


def row_weights(q, rows, method):
    """For every row and quantile the weights of the row's elements; 0 for what is NaN."""
    places = row_places(q, rows, method)
    below = np.floor(places).astype(int)
    part = (places - below)[..., None]
    ordered = np.sort(rows, -1)
    low = np.take_along_axis(ordered, below, -1)[..., None]
    high = np.take_along_axis(ordered, np.ceil(places).astype(int), -1)[..., None]
    return (1.0 - part) * share(rows[..., None, :], low) + part * share(rows[..., None, :], high)


def row_slopes(q, rows, method):
    """The derivative of the quantiles of every row with respect to q."""
    places = row_places(q, rows, method)
    count = np.sum(there(rows), axis=-1, keepdims=True)
    below = np.clip(np.floor(places).astype(int), 0, np.maximum(count - 2, 0))
    steps = np.diff(filled(np.sort(rows, -1), 0.0), axis=-1, append=0.0)
    between = np.take_along_axis(steps, below, -1)
    if method == "linear":
        return between * np.maximum(count - 1, 0)
    return between * np.where((places > 0.0) & (places < count - 1.0), count + 1.0 - spread(method), 0.0)


def those_there(rows, dots):
    return np.where(there(rows), dots, 0.0)


def _quantile_calls(name: str, factor: str) -> tuple:
    return (
        Call(f"np.{name}({_VECTOR}, {factor}0.3)", x=(4,)),
        Call(f"np.{name}({_MATRIX}, {factor}np.array([0.25, 0.7]), axis=1)", x=(2, 4)),
        Call(f"np.{name}({_MATRIX}, {factor}0.4, axis=0, keepdims=True)", x=(2, 4)),
        Call(f"np.{name}({_MATRIX}, {factor}q, axis=1)", x=(2, 4), q=(2,)),
        Call(f"np.{name}(x, {factor}q)", x=(4,), q=()),
        *(Call(f"np.{name}({_MATRIX}, {factor}q, axis=1, method='{m}')", x=(2, 4), q=(2,)) for m in ("weibull", "hazen")),
        Call(f"np.{name}({_MATRIX}, {factor}(0.8 + 0.1 * q), axis=1, method='weibull')", x=(2, 4), q=(2,)),
        *(Call(f"np.{name}({_MATRIX}, {factor}np.array([0.23, 0.71]), axis=1, method='{m}')", x=(2, 4)) for m in (
            "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen",
            "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest")))


declare_quantiles(np.nanquantile, parts, per_part, row_weights, row_slopes, those_there, _quantile_calls("nanquantile", ""))
declare_quantiles(np.nanpercentile, hundredths, per_hundredth, row_weights, row_slopes, those_there,
                  _quantile_calls("nanpercentile", "100.0 * "))
