"""Statistics: order statistics, weighted means, covariances, and reductions that leave out NaN.

An order statistic is a mean of one or two elements; those that are equal to one of these share its weight equally. An
element that is NaN, where NaN is left out, has the derivative zero.

References: R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages" (1996), for the methods of quantiles.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.numpy_reductions import expanded, reduced_count, summed
from srcad.rules.registry import Call, defadjoint, deftangent
from srcad.rules.static import refuse, static
from srcad.runtime import divide_or_zero, match_kind, nest_like, unbroadcast

# ---------------------------------------------------------------------------------------------------------------------
# Order statistics. Reduced axes are brought together at the end: every row is a sample.


def as_rows(a, axis):
    """`a` with the axes that are reduced as one, the last."""
    if axis is None:
        return np.ravel(a)
    if isinstance(axis, int):
        return np.moveaxis(a, axis, -1)
    moved = np.moveaxis(a, axis, tuple(range(-len(axis), 0)))
    return np.reshape(moved, (*np.shape(moved)[:np.ndim(a) - len(axis)], -1))


def from_rows(g, a, axis):
    """The transpose of `as_rows`: in the shape of `a`."""
    if axis is None:
        return np.reshape(g, np.shape(a))
    if isinstance(axis, int):
        return np.moveaxis(g, -1, axis)
    last = tuple(range(-len(axis), 0))
    return np.moveaxis(np.reshape(g, np.shape(np.moveaxis(a, axis, last))), last, axis)


def without_axes(g, axis, keepdims):
    """A result `g` of a reduction, without the axes that it kept."""
    if not keepdims:
        return g
    return np.reshape(g, ()) if axis is None else np.squeeze(g, axis)


def with_axes(y, a, axis, keepdims):
    """A result of a reduction of `a`, with the axes that it keeps."""
    if not keepdims:
        return y
    return np.reshape(y, (1,) * np.ndim(a)) if axis is None else np.expand_dims(y, axis)


def share(rows, value):
    """Where the elements of every row equal the row's value (its axis kept), an equal share of 1."""
    chosen = rows == value
    return divide_or_zero(1.0 * chosen, np.sum(chosen, axis=-1, keepdims=True))


def median_weights(rows):
    """The weights of the elements of every row in its median."""
    n = np.shape(rows)[-1]
    middle = np.partition(rows, ((n - 1) // 2, n // 2), -1)
    return 0.5 * (share(rows, middle[..., (n - 1) // 2][..., None]) + share(rows, middle[..., n // 2][..., None]))


_MEDIANS = (
    ("", (5,)), ("", (4,)), ("", (2, 3)), (", axis=0", (4, 3)), (", axis=-1", (2, 3)),
    (", axis=1, keepdims=True", (2, 4)), (", axis=(0, 2)", (2, 3, 4)), (", keepdims=True", (2, 3)),
    (", axis=(0, 1), keepdims=True", (2, 3)),
)


@defadjoint(np.median, calls=(
    *(Call(f"np.median(x{rest})", x=shape) for rest, shape in _MEDIANS),
    Call("np.median(np.concatenate([x, x]), axis=0)", x=(3, 2)), Call("np.median(x, axis=0)", x=(1, 2))))
def _median(y, a, axis=None, *, overwrite_input=False, keepdims=False):
    rows = as_rows(a, axis)
    a_bar = from_rows(np.expand_dims(without_axes(y_bar, axis, keepdims), -1) * median_weights(rows), a, axis)


@deftangent(np.median)
def _median_tangent(y, a, axis=None, *, overwrite_input=False, keepdims=False):
    rows = as_rows(a, axis)
    moved = np.sum(median_weights(rows) * as_rows(a_dot, axis), axis=-1)
    y_dot = with_axes(moved, a, axis, keepdims)


# Quantiles: `places` are where they stand in a sorted row of n elements, from 0 to n - 1, and may lie between two. In
# the rules, the axis of the quantiles (one even for a single quantile) comes last.

#: Method → α + β of its plotting positions: the place of the quantile q moves by ``n + 1 - α - β`` per unit of q.
_SPREAD = {"linear": 2.0, "weibull": 0.0, "hazen": 1.0, "median_unbiased": 2.0 / 3.0, "normal_unbiased": 0.75,
           "interpolated_inverted_cdf": 1.0}


@static
def is_continuous(method: str) -> bool:
    """Is the quantile a continuous function of q?"""
    return method in _SPREAD


@static
def spread(method: str) -> float:
    return _SPREAD[method]


def quantile_places(q, rows, method):
    """NumPy's own quantiles of the ranks."""
    return np.quantile(np.arange(np.shape(rows)[-1], dtype=float), q, method=method)


def quantile_weights(q, rows, method):
    """For every row and quantile the weights of the row's elements."""
    places = quantile_places(q, rows, method)
    below = np.floor(places).astype(int)
    above = np.ceil(places).astype(int)
    ordered = np.partition(rows, np.concatenate([below, above]), -1)
    part = (places - below)[:, None]
    return ((1.0 - part) * share(rows[..., None, :], np.take(ordered, below, -1)[..., None])
            + part * share(rows[..., None, :], np.take(ordered, above, -1)[..., None]))


def quantile_slopes(q, rows, method):
    """The derivative of the quantiles of every row with respect to q: 0 where they are beyond the elements."""
    places = quantile_places(q, rows, method)
    n = np.shape(rows)[-1]
    steps = np.diff(np.sort(rows, -1), axis=-1, append=0.0)
    between = np.take(steps, np.clip(np.floor(places).astype(int), 0, max(n - 2, 0)), axis=-1)
    rate = n + 1.0 - spread(method)
    if method != "linear":
        return between * np.where((places > 0.0) & (places < n - 1.0), rate, 0.0)
    return between * rate


def quantiles_last(g, rows, q):
    """The result of a quantile with its axes in order: those of the rows, then the quantiles."""
    return np.moveaxis(np.reshape(g, (np.size(q), *np.shape(rows)[:-1])), 0, -1)


def quantiles_first(moved, y):
    """The transpose of `quantiles_last`: in the shape of the result `y`."""
    return moved[0] if np.ndim(y) == 0 else np.reshape(np.moveaxis(moved, -1, 0), np.shape(y))


def as_given(g, q):
    """An adjoint of all quantiles in the form of `q`."""
    if isinstance(q, (list, tuple)):
        return nest_like(g, q)
    return g[0] if np.ndim(q) == 0 else np.reshape(g, np.shape(q))


def declare_quantiles(fn, levels, per_level, weights, slopes, present, calls) -> None:
    """The rules of a function of quantiles.

    ``levels(q)`` are the parts of 1, ``per_level(g)`` turns their adjoint into that of q; ``weights(levels, rows, method)``
    and ``slopes(levels, rows, method)`` are the derivatives in the rows and in the levels, and ``present(rows, dots)`` the
    tangents of the elements that count.
    """
    @defadjoint(fn, domain=((-2.0, 2.0), (0.1, 0.9)), calls=calls)
    def quantiles(y, a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
        at = levels(q)
        rows = as_rows(a, axis)
        g = quantiles_last(y_bar, rows, at)
        a_bar = from_rows((g[..., None, :] @ weights(at, rows, method))[..., 0, :], a, axis)
        if is_continuous(method):
            q_bar = as_given(per_level(unbroadcast(g * slopes(at, rows, method), at)), q)
        else:
            q_bar = as_given(np.zeros(np.size(q)), q)

    @deftangent(fn)
    def quantiles_tangent(y, a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
        at = levels(q)
        rows = as_rows(a, axis)
        moved = (weights(at, rows, method) @ present(rows, as_rows(a_dot, axis))[..., None])[..., 0]
        if is_continuous(method):
            moved = moved + slopes(at, rows, method) * levels(q_dot)
        y_dot = quantiles_first(moved, y)


def parts(q):
    return np.ravel(q)


def hundredths(q):
    return np.ravel(q) / 100.0


def per_part(g):
    return g


def per_hundredth(g):
    return 0.01 * g


def all_present(rows, dots):
    return dots


_QUANTILES = (
    ("0.3", "", (5,)), ("0.5", "", (4,)), ("0.25", ", axis=0", (4, 3)), ("[0.1, 0.5, 0.85]", "", (6,)),
    ("np.array([0.2, 0.7])", ", axis=1", (2, 5)), ("[0.2, 0.7]", ", axis=0, keepdims=True", (4, 3)),
    ("0.4", ", axis=(0, 2)", (2, 3, 4)), ("[0.0, 1.0]", ", axis=-1", (2, 3)), ("0.6", ", keepdims=True", (2, 3)),
    ("[0.3, 0.6]", ", axis=(0, 2), keepdims=True", (2, 3, 2)), ("0.5", "", (1,)),
    *(("[0.23, 0.71]", f", axis=0, method='{m}'", (5, 2)) for m in (
        "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
        "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest")),
)


def _quantile_calls(name: str, factor: str) -> tuple:
    return (
        *(Call(f"np.{name}(x, {factor}np.asarray({q}){rest})", x=shape) for q, rest, shape in _QUANTILES),
        Call(f"np.{name}(x, {factor}q)", x=(5,), q=()),
        Call(f"np.{name}(x, {factor}q)", x=(5,), q=(3,)),
        Call(f"np.{name}(x, {factor}q, axis=0)", x=(5, 2), q=()),
        Call(f"np.{name}(x, {factor}q, 1, method='weibull')", x=(2, 5), q=(2, 2)),
        Call(f"np.{name}(x, {factor}(0.9 + 0.05 * q), 1, method='weibull')", x=(2, 4), q=(2,)),
        Call(f"np.{name}(x, {factor}q, axis=0, method='lower', keepdims=True)", x=(5, 2), q=(2,)))


declare_quantiles(np.quantile, parts, per_part, quantile_weights, quantile_slopes, all_present, (
    Call("np.quantile(x, [0.2, 0.6])", x=(4,)), Call("np.quantile(x, [q, 0.5])", x=(5,), q=()), *_quantile_calls("quantile", "")))
declare_quantiles(np.percentile, hundredths, per_hundredth, quantile_weights, quantile_slopes, all_present,
                  _quantile_calls("percentile", "100.0 * "))


# ---------------------------------------------------------------------------------------------------------------------
# Weighted means and covariances


def weights_beside(weights, given, a, axis):
    """The weights, or their tangent, in a shape that broadcasts with `a`; `given` are those that np.average is called with."""
    if np.ndim(given) == np.ndim(a):
        return weights
    axes = (axis,) if isinstance(axis, int) else axis
    if axes is None or np.ndim(given) != len(axes):
        refuse("np.average has a derivative rule for weights of the operand's shape, or of the axes given, only",
               "give weights of the operand's shape")
    spread = np.reshape(weights, (*np.shape(given), *(1,) * (np.ndim(a) - len(axes))))
    return np.moveaxis(spread, tuple(range(len(axes))), axes)


@defadjoint(np.average, complex=True, domain=((-2.0, 2.0), (0.5, 1.5)), calls=(
    Call("np.average(a)", a=(3,)),
    Call("np.average(a, axis=0)", a=(3, 2)),
    Call("np.average(a, weights=w)", a=(3,), w=(3,)),
    Call("np.average(a, weights=w)", a=(2, 3), w=(2, 3)),
    Call("np.average(a, 1, w)", a=(2, 3), w=(3,)),
    Call("np.average(a, axis=(2, 0), weights=w)", a=(2, 3, 4), w=(4, 2)),
    Call("np.average([a, b], weights=[1.0, w])", a=(), b=(), w=()),
    Call("np.average(a, axis=-2, weights=w, keepdims=True)", a=(2, 3), w=(2,)),
    Call("np.average(a, axis=(0, 2), weights=w)", a=(2, 3, 2), w=(2, 3, 2)),
    Call("np.average(a, axis=0, weights=[1.0, 2.0])", a=(2, 3))))
def _average(y, a, axis=None, weights=None, *, keepdims=False):
    g = expanded(y_bar, axis, keepdims)
    if weights is None:
        a_bar = np.broadcast_to(g / reduced_count(a, axis), np.shape(a))
    else:
        w = weights_beside(np.asarray(weights), np.asarray(weights), a, axis)
        share = g / np.sum(np.broadcast_to(w, np.shape(a)), axis=axis, keepdims=axis is not None)
        a_bar = share * w
        w_bar = unbroadcast(share * (a - expanded(y, axis, keepdims)), w)
        if np.ndim(weights) != np.ndim(a) and not isinstance(axis, int):
            w_bar = np.moveaxis(w_bar, axis, tuple(range(len(axis))))
        weights_bar = nest_like(np.ravel(w_bar), weights) if isinstance(weights, (list, tuple)) else np.reshape(
            w_bar, np.shape(weights))


@deftangent(np.average)
def _average_tangent(y, a, axis=None, weights=None, *, keepdims=False):
    if weights is None:
        y_dot = summed(a_dot, axis, keepdims) / reduced_count(a, axis)
    else:
        w = weights_beside(np.asarray(weights), np.asarray(weights), a, axis)
        w_dot = weights_beside(np.asarray(weights_dot), np.asarray(weights), a, axis)
        total = summed(np.broadcast_to(w, np.shape(a)), axis, keepdims)
        y_dot = summed(a_dot * w + w_dot * (a - expanded(y, axis, keepdims)), axis, keepdims) / total


def variables(m, rowvar):
    """The variables as the rows of a matrix."""
    if np.ndim(m) == 1:
        return m[None, :]
    return m if rowvar else m.T


def all_variables(m, y, rowvar):
    return variables(m, rowvar) if y is None else np.concatenate([variables(m, rowvar), variables(y, rowvar)])


def as_operand(rows, m, rowvar):
    """The transpose of `variables`."""
    if np.ndim(m) == 1:
        return rows[0]
    return rows if rowvar else rows.T


def without_mean(rows):
    return rows - np.mean(rows, axis=1, keepdims=True)


def degrees(rows, bias, ddof):
    """What the sums of products are divided by."""
    if ddof is None:
        return np.shape(rows)[1] - (0 if bias else 1)
    return np.shape(rows)[1] - ddof


def as_matrix(c):
    """The covariance of one variable with itself is a number."""
    return np.reshape(c, (1, 1)) if np.ndim(c) == 0 else c


def product_adjoint(g, rows):
    """The adjoint of `rows` in ``rows @ conj(rows).T``"""
    return g @ np.conj(rows) + np.conj(g.T @ rows)


def product_tangent(rows, rows_dot):
    half = rows_dot @ np.conj(rows).T
    return half + np.conj(half).T


_COVARIANCES = (
    Call("np.{0}(m)", m=(3, 5)), Call("np.{0}(m, rowvar=False)", m=(5, 2)), Call("np.{0}(m, y)", m=(4,), y=(4,)),
    Call("np.{0}(m, y)", m=(2, 4), y=(4,)), Call("np.{0}(m, y, rowvar=False)", m=(4, 2), y=(4, 1)),
)


def _covariances(name: str) -> tuple:
    return tuple(Call(call.expression.format(name), **call.operands) for call in _COVARIANCES)


def check_observations(m):
    if np.ndim(m) == 0:
        refuse("one number has no covariance", "give an array with several observations")


@defadjoint(np.cov, complex=True, calls=(
    *_covariances("cov"), Call("np.cov(m)", m=(4,)), Call("np.cov(m, bias=True)", m=(2, 4)),
    Call("np.cov(m, ddof=0)", m=(2, 4)), Call("np.cov(m, ddof=2)", m=(2, 4))))
def _cov(c, m, y=None, rowvar=True, bias=False, ddof=None, *, dtype=None):
    check_observations(m)
    rows = without_mean(all_variables(m, y, rowvar))
    g = product_adjoint(as_matrix(c_bar), rows) / degrees(rows, bias, ddof)
    g = without_mean(g)
    if y is None:
        m_bar = as_operand(g, m, rowvar)
    else:
        count = np.shape(variables(m, rowvar))[0]
        m_bar = as_operand(g[:count], m, rowvar)
        y_bar = as_operand(g[count:], y, rowvar)


@deftangent(np.cov)
def _cov_tangent(c, m, y=None, rowvar=True, bias=False, ddof=None, *, dtype=None):
    check_observations(m)
    rows = without_mean(all_variables(m, y, rowvar))
    rows_dot = without_mean(all_variables(m_dot, None if y is None else y_dot, rowvar))
    moved = product_tangent(rows, rows_dot) / degrees(rows, bias, ddof)
    c_dot = match_kind(moved[0, 0] if np.ndim(c) == 0 else moved, c)


def row_norms(rows):
    return np.sqrt(np.sum(np.real(rows * np.conj(rows)), axis=1, keepdims=True))


@defadjoint(np.corrcoef, complex=True, calls=(*_covariances("corrcoef"), Call("np.corrcoef(m)", m=(4,))))
def _corrcoef(c, m, y=None, rowvar=True, *, dtype=None):
    """The correlations are the products of the variables brought to mean 0 and norm 1."""
    check_observations(m)
    centred = without_mean(all_variables(m, y, rowvar))
    norms = row_norms(centred)
    unit = centred / norms
    g = product_adjoint(as_matrix(c_bar), unit)
    g = without_mean((g - np.conj(unit) * np.real(np.sum(unit * g, axis=1, keepdims=True))) / norms)
    if y is None:
        m_bar = as_operand(g, m, rowvar)
    else:
        count = np.shape(variables(m, rowvar))[0]
        m_bar = as_operand(g[:count], m, rowvar)
        y_bar = as_operand(g[count:], y, rowvar)


@deftangent(np.corrcoef)
def _corrcoef_tangent(c, m, y=None, rowvar=True, *, dtype=None):
    check_observations(m)
    centred = without_mean(all_variables(m, y, rowvar))
    norms = row_norms(centred)
    unit = centred / norms
    moved = without_mean(all_variables(m_dot, None if y is None else y_dot, rowvar)) / norms
    unit_dot = moved - unit * np.real(np.sum(np.conj(unit) * moved, axis=1, keepdims=True))
    both = product_tangent(unit, unit_dot)
    c_dot = both[0, 0] if np.ndim(c) == 0 else both
