"""Rules for what generated code calls besides NumPy, so that it can be differentiated again."""

from __future__ import annotations

import numpy as np

from srcad.rules.registry import Call, defadjoint, deftangent, elementwise, linear, multilinear, zero_derivative
from srcad.runtime import (
    as_complex,
    band_outer,
    band_product,
    band_transposed,
    block_triangular,
    broadcast_each,
    broadcast_like,
    copy_memory,
    count_along,
    crop,
    divide_or_zero,
    expand_reduced,
    fit_residuals,
    fit_shape,
    fit_vectors,
    if_definite,
    in_full_signal,
    inverse_permutation,
    join_blocks,
    join_kron,
    join_stacked,
    lagged_back,
    lagged_products,
    lagged_sum,
    last_writers,
    match_kind,
    mesh_each,
    negligible_head,
    neighbour_sum,
    nest_like,
    off_cut,
    on_diagonals,
    out_of_full_signal,
    pad_last,
    pick,
    pivot_order,
    place_diagonal,
    place_window,
    product_of_others,
    read_window,
    recurrence,
    recurrence_back,
    reshape_back,
    reshape_like,
    shift,
    shift_back,
    sort_like,
    split_block,
    split_blocks,
    split_kron,
    split_like,
    split_stacked,
    spread_neighbours,
    spread_pieces,
    sum_windows,
    twice_inner,
    unbroadcast,
    unbroadcast_each,
    unchoose,
    undiff,
    ungradient,
    unmesh,
    unpad_odd,
    unpick,
    unrepeat,
    unroll_axis,
    unselect,
    unsort_like,
    unstack_like,
    untake,
    untake_along,
    untile,
    widen_end,
    with_chosen,
    without_gaps,
    zeros_like,
)

zero_derivative(zeros_like, inverse_permutation, count_along, pivot_order, last_writers, negligible_head)


@linear(copy_memory, complex=True, calls=(Call("copy_memory(x)", x=(2, 3)),))
def _copy_memory(y, x):
    x_bar = y_bar


@linear(match_kind, complex=True, calls=(Call("match_kind(a, np.zeros(3))", a=(3,)),))
def _match_kind(y, g, x):
    g_bar = y_bar


@linear(unbroadcast, complex=True, calls=(
    Call("unbroadcast(a, np.zeros(3))", a=(2, 3)),
    Call("unbroadcast(a, np.zeros((2, 1)))", a=(4, 2, 3))))
def _unbroadcast(y, g, x):
    g_bar = np.broadcast_to(y_bar, np.shape(g))


@linear(fit_vectors, complex=True, calls=(Call("fit_vectors(a, np.zeros(3))", a=(2, 3)),))
def _fit_vectors(y, g, x):
    g_bar = np.broadcast_to(y_bar, np.shape(g))


@linear(broadcast_like, complex=True, calls=(Call("broadcast_like(a, np.zeros((2, 3)))", a=(3,)),))
def _broadcast_like(y, g, x):
    g_bar = unbroadcast(y_bar, g)


@linear(expand_reduced, complex=True, calls=(Call("expand_reduced(a, np.zeros((2, 3)), 1, False)", a=(2,)),))
def _expand_reduced(y, g, x, axis, keepdims):
    g_bar = np.reshape(y_bar, np.shape(g))


@linear(reshape_like, complex=True, calls=(Call("reshape_like(a, np.zeros((2, 3)).T, 'K')", a=(6,)),))
def _reshape_like(y, g, x, order):
    g_bar = reshape_back(y_bar, g, x, order)


@linear(reshape_back, complex=True, calls=(Call("reshape_back(a, np.zeros(6), np.zeros((2, 3)).T, 'A')", a=(3, 2)),))
def _reshape_back(y, h, g, x, order):
    h_bar = reshape_like(y_bar, x, order)


@linear(unroll_axis, complex=True, calls=(
    Call("unroll_axis(a, 2, 0)", a=(2, 3, 4)),
    Call("unroll_axis(a, 0, 3)", a=(2, 3, 4))))
def _unroll_axis(y, g, axis, start):
    g_bar = np.rollaxis(y_bar, axis, start)


@linear(split_like, complex=True, calls=(
    Call("split_like(a, [np.zeros(2), np.zeros(3)], 0)[1]", a=(5,)),
    Call("split_like(a, (np.zeros(2), 1.0), None)", a=(3,))))
def _split_like(y, g, arrays, axis):
    g_bar = np.concatenate(without_gaps(y_bar, arrays), axis)


@linear(without_gaps, complex=True, calls=(Call("without_gaps([a, b], [a, b])[1]", a=(3,), b=(2,)),))
def _without_gaps(y, pieces, arrays):
    pieces_bar = y_bar


@linear(split_stacked, complex=True, calls=(
    Call("split_stacked(a, (np.zeros(3), np.zeros((2, 3))), 0, 2)", a=(3, 3)),))
def _split_stacked(y, g, arrays, axis, rank):
    g_bar = join_stacked(without_gaps(y_bar, arrays), axis, rank)


@linear(join_stacked, complex=True, calls=(Call("join_stacked([a, b], 0, 2)", a=(3,), b=(2, 3)),))
def _join_stacked(y, pieces, axis, rank):
    pieces_bar = split_stacked(y_bar, pieces, axis, rank)


@linear(unstack_like, complex=True, calls=(Call("unstack_like(a, [np.zeros(3), np.zeros(3)], 1)", a=(3, 2)),))
def _unstack_like(y, g, arrays, axis):
    g_bar = np.stack(without_gaps(y_bar, arrays), axis)


@linear(nest_like, complex=True, calls=(Call("nest_like(a, [[0.0, 1.0], [2.0, 3.0]])", a=(2, 2)),))
def _nest_like(y, g, x):
    g_bar = np.array(y_bar)


@linear(place_diagonal, complex=True, calls=(
    Call("place_diagonal(a, np.zeros((3, 4)), 1, 0, 1)", a=(3,)),
    Call("place_diagonal(a, np.zeros((2, 3, 3)), 0, 1, 2)", a=(2, 1))))
def _place_diagonal(y, g, x, offset, axis1, axis2):
    g_bar = unbroadcast(np.diagonal(y_bar, offset, axis1, axis2), g)


@linear(untile, complex=True, calls=(Call("untile(a, np.zeros(2), (2, 3))", a=(2, 6)),))
def _untile(y, g, x, reps):
    g_bar = np.tile(y_bar, reps)


@linear(unrepeat, complex=True, calls=(Call("unrepeat(a, np.zeros(3), 2, None)", a=(6,)),))
def _unrepeat(y, g, x, repeats, axis):
    g_bar = np.repeat(y_bar, repeats, axis)


@linear(untake, complex=True, calls=(Call("untake(a, np.zeros(3), [0, 2, 0], 0, 'raise')", a=(3,)),))
def _untake(y, g, x, indices, axis, mode):
    g_bar = np.take(y_bar, indices, axis, mode=mode)


@linear(untake_along, complex=True, calls=(
    Call("untake_along(a, np.zeros((2, 3)), np.array([[0, 0], [1, 2]]), 1)", a=(2, 2)),))
def _untake_along(y, g, x, indices, axis):
    g_bar = np.take_along_axis(y_bar, indices, axis)


@linear(on_diagonals, complex=True, calls=(Call("on_diagonals(a, np.zeros((3, 3)), 'ii->i')", a=(3,)),))
def _on_diagonals(y, g, x, subscripts):
    g_bar = np.einsum(subscripts, y_bar)


@linear(split_kron, complex=True, calls=(Call("split_kron(a, np.zeros(2), np.zeros(3))", a=(6,)),))
def _split_kron(y, g, a, b):
    g_bar = join_kron(y_bar, g, a, b)


@linear(join_kron, complex=True, calls=(
    Call("join_kron(a, np.zeros((2, 6)), np.zeros(2), np.zeros((2, 3)))", a=(2, 6)),))
def _join_kron(y, m, g, a, b):
    m_bar = split_kron(y_bar, a, b)


@linear(unpad_odd, complex=True, calls=(
    Call("unpad_odd(a, np.zeros((3, 2)), ((1, 2), (0, 1)), 'reflect', 'odd')", a=(6, 3)),))
def _unpad_odd(y, g, x, pad_width, mode, reflect_type):
    g_bar = np.pad(y_bar, pad_width, mode=mode, reflect_type=reflect_type)


@linear(with_chosen, complex=True, calls=(
    Call("with_chosen(a, np.array([True, False, True]), b)", a=(3,), b=(2,)),
    Call("with_chosen(a, np.array([True, False, True]), b)", a=(3,), b=())))
def _with_chosen(y, base, mask, values):
    base_bar = np.where(mask, 0.0, y_bar)
    values_bar = unbroadcast(y_bar[mask], values)


@linear(spread_pieces, complex=True, calls=(Call("spread_pieces(a, np.zeros(5), [0, 2, 1], 0)", a=(3,)),))
def _spread_pieces(y, g, x, starts, axis):
    g_bar = np.add.reduceat(y_bar, starts, axis)


@linear(sort_like, complex=True, calls=(Call("sort_like(a, np.array([2.0, 1.0, 1.0]), 0)", a=(3,)),))
def _sort_like(y, g, x, axis):
    g_bar = unsort_like(y_bar, x, axis)


@linear(unsort_like, complex=True, calls=(Call("unsort_like(a, np.array([2.0, 1.0, 1.0]), 0)", a=(3,)),))
def _unsort_like(y, g, x, axis):
    g_bar = sort_like(y_bar, x, axis)


@linear(pick, complex=True, calls=(
    Call("pick(a, np.array([[0, -1, 3], [3, 1, 1]]))", a=(2, 2)), Call("pick(a, np.array([-1, -1]))", a=(0,))))
def _pick(y, x, source):
    x_bar = unpick(y_bar, x, source)


@linear(unpick, complex=True, calls=(
    Call("unpick(a, np.zeros((2, 2)), np.array([[0, -1, 3], [3, 1, 1]]))", a=(2, 3)),))
def _unpick(y, g, x, source):
    g_bar = pick(y_bar, source)


@linear(crop, complex=True, calls=(Call("crop(a, np.zeros((2, 3)), ((0, 1), (2, 1)))", a=(3, 6)),))
def _crop(y, g, x, pad_width):
    g_bar = np.pad(y_bar, pad_width)


@linear(split_block, complex=True, calls=(
    Call("split_block(a, [[np.zeros((2, 2)), np.zeros((2, 1))], [np.zeros(3)]])[0][1]", a=(3, 3)),))
def _split_block(y, g, arrays):
    g_bar = np.block(without_gaps(y_bar, arrays))


@linear(unbroadcast_each, complex=True, calls=(
    Call("unbroadcast_each([a, b], (a[0], b[:, :1]))[0]", a=(2, 3), b=(2, 3)),))
def _unbroadcast_each(y, g, arrays):
    g_bar = broadcast_each(y_bar, arrays)


@linear(broadcast_each, complex=True, calls=(Call("broadcast_each([a, b], [a, b])[0]", a=(2, 1), b=(2,)),))
def _broadcast_each(y, g, arrays):
    g_bar = unbroadcast_each(y_bar, arrays)


@linear(unmesh, complex=True, calls=(
    Call("unmesh([a, b], (a[0], a[:, 0]), 'xy')[1]", a=(2, 3), b=(2, 3)),))
def _unmesh(y, g, vectors, indexing):
    g_bar = mesh_each(y_bar, vectors, indexing, g)


@linear(mesh_each, complex=True, calls=(
    Call("mesh_each([a, b], [a, b], 'xy', [np.zeros((3, 2)), np.zeros((3, 2))])[0]", a=(2,), b=(3,)),
    Call("mesh_each([a, b], [a, b], 'ij', [np.zeros((2, 1)), np.zeros((1, 3))])[0]", a=(2,), b=(3,))))
def _mesh_each(y, g, vectors, indexing, like):
    g_bar = unmesh(y_bar, vectors, indexing)


@linear(unselect, complex=True, calls=(
    Call("unselect(a, [np.array([True, False, True])], [np.zeros(3)])", a=(3,)),))
def _unselect(y, g, conditions, choices):
    g_bar = np.select(conditions, y_bar)


@linear(unchoose, complex=True, calls=(
    Call("unchoose(a, np.array([1, 0, 1]), [np.zeros(3), np.zeros(3)], 'raise')", a=(3,)),))
def _unchoose(y, g, index, choices, mode):
    g_bar = np.choose(index, y_bar, mode=mode)


@linear(undiff, complex=True, calls=(Call("undiff(a, np.zeros(4), 2, 0)", a=(2,)),))
def _undiff(y, g, x, n, axis):
    g_bar = np.diff(y_bar, n, axis)


@linear(widen_end, complex=True, calls=(Call("widen_end(a, np.zeros((2, 3)), 1)", a=()),))
def _widen_end(y, p, x, axis):
    p_bar = unbroadcast(y_bar, p)


@linear(neighbour_sum, complex=True, calls=(Call("neighbour_sum(a, 0)", a=(4,)),))
def _neighbour_sum(y, x, axis):
    x_bar = spread_neighbours(y_bar, axis)


@linear(spread_neighbours, complex=True, calls=(Call("spread_neighbours(a, 1)", a=(2, 3)),))
def _spread_neighbours(y, g, axis):
    g_bar = neighbour_sum(y_bar, axis)


@linear(ungradient, complex=True, calls=(Call("ungradient(a, np.zeros(4), 0, 2)", a=(4,)),))
def _ungradient(y, g, x, axis, edge_order):
    g_bar = np.gradient(y_bar, axis=axis, edge_order=edge_order)


@linear(place_window, complex=True, calls=(Call("place_window(a, np.zeros(3), np.zeros(2), 'same', False)", a=(3,)),))
def _place_window(y, g, a, v, mode, correlated):
    g_bar = read_window(y_bar, a, v, mode, correlated)


@linear(read_window, complex=True, calls=(Call("read_window(a, np.zeros(2), np.zeros(3), 'same', True)", a=(4,)),))
def _read_window(y, g, a, v, mode, correlated):
    g_bar = place_window(y_bar, a, v, mode, correlated)


@linear(block_triangular, complex=True, calls=(Call("block_triangular(a, b)", a=(2, 2), b=(2, 2)),))
def _block_triangular(y, a, e):
    n = np.shape(a)[-1]
    a_bar = y_bar[..., :n, :n] + y_bar[..., n:, n:]
    e_bar = y_bar[..., :n, n:]


@linear(if_definite, calls=(Call("if_definite(a, np.eye(2))", a=(2, 2)),))
def _if_definite(y, change, cov):
    change_bar = y_bar


@defadjoint(off_cut, complex=True, calls=(Call("off_cut(a @ np.conj(a.T))", a=(2, 2)),))
def _off_cut(y, a):
    a_bar = y_bar


@deftangent(off_cut)
def _off_cut_tangent(y, a):
    y_dot = a_dot


@linear(band_transposed, complex=True, calls=(Call("band_transposed(a, 1, 2)", a=(4, 5)),))
def _band_transposed(y, ab, below, above):
    ab_bar = band_transposed(y_bar, above, below)


@multilinear(band_product, complex=True, calls=(
    Call("band_product(a, b, 2, 1)", a=(4, 5), b=(5,)), Call("band_product(a, b, 0, 1)", a=(2, 3), b=(3, 2)),
    Call("band_product(a, b, 0, 1)", a=(2, 2, 3), b=(3, 2)), Call("band_product(a, b, 0, 1)", a=(2, 3), b=(2, 3, 1))))
def _band_product(y, ab, x, below, above):
    ab_bar = unbroadcast(band_outer(y_bar, x, below, above), ab)
    x_bar = unbroadcast(band_product(band_transposed(ab, below, above), y_bar, above, below), x)


@multilinear(band_outer, complex=True, calls=(
    Call("band_outer(a, b, 2, 1)", a=(5,), b=(5,)), Call("band_outer(a, b, 0, 1)", a=(3, 2), b=(3, 2)),
    Call("band_outer(a, b, 0, 1)", a=(2, 3, 2), b=(3, 2))))
def _band_outer(y, p, q, below, above):
    p_bar = unbroadcast(band_product(y_bar, q, below, above), p)
    q_bar = unbroadcast(band_product(band_transposed(y_bar, below, above), p, above, below), q)


@linear(split_blocks, complex=True, calls=(Call("split_blocks(a, [np.zeros((2, 1)), np.zeros(2), 1.0])[1]", a=(4, 4)),))
def _split_blocks(y, g, arrays):
    g_bar = join_blocks(without_gaps(y_bar, arrays), arrays)


@linear(join_blocks, complex=True, calls=(Call("join_blocks([a, b], [a, b])", a=(2, 1), b=(2,)),))
def _join_blocks(y, pieces, arrays):
    pieces_bar = split_blocks(y_bar, arrays)


@linear(as_complex, complex=True, calls=(Call("as_complex(a, a)", a=(2, 3)),))
def _as_complex(y, x, like):
    x_bar = match_kind(y_bar, x)


@linear(fit_residuals, complex=True, calls=(
    Call("fit_residuals(a, np.zeros(3))", a=(3,)),
    Call("fit_residuals(a, np.zeros(0))", a=(3,))))
def _fit_residuals(y, g, like):
    g_bar = fit_residuals(y_bar, g)


@linear(fit_shape, complex=True, calls=(
    Call("fit_shape(a, np.zeros((2, 5)), (1,))", a=(2, 3)),
    Call("fit_shape(a, np.zeros((2, 2)), None)", a=(2, 3))))
def _fit_shape(y, g, x, axes):
    g_bar = fit_shape(y_bar, g, axes)


@linear(twice_inner, complex=True, calls=(Call("twice_inner(a, 4, 0)", a=(3,)),))
def _twice_inner(y, spectrum, length, axis):
    spectrum_bar = twice_inner(y_bar, length, axis)


@elementwise(divide_or_zero, complex=True, calls=(
    Call("divide_or_zero(a, b)", a=(3,), b=(3,)), Call("divide_or_zero(a, b)", a=(2, 3), b=(3,)),
    Call("divide_or_zero(a, b)", a=(), b=())))
def _divide_or_zero(y, a, b):
    return divide_or_zero(1.0, b), -divide_or_zero(y, b)


@linear(shift, complex=True, calls=(Call("shift(a, 0, 1.0)", a=(3,)), Call("shift(a, 1, b)", a=(2, 3), b=())))
def _shift(y, x, axis, first):
    x_bar = shift_back(y_bar, axis)
    first_bar = np.sum(y_bar) - np.sum(x_bar)


@linear(shift_back, complex=True, calls=(Call("shift_back(a, 1)", a=(2, 3)),))
def _shift_back(y, x, axis):
    x_bar = shift(y_bar, axis, 0.0)


@defadjoint(recurrence, complex=True, calls=(
    Call("recurrence(a, b, 0)", a=(5,), b=(5,)), Call("recurrence(a, b, 1)", a=(2, 4), b=(2, 4))))
def _recurrence(y, a, b, axis):
    b_bar = recurrence_back(a, y_bar, axis)
    a_bar = b_bar * shift(y, axis, 0.0)


@deftangent(recurrence)
def _recurrence_tangent(y, a, b, axis):
    y_dot = recurrence(a, b_dot + a_dot * shift(y, axis, 0.0), axis)


@defadjoint(recurrence_back, complex=True, calls=(
    Call("recurrence_back(a, b, 0)", a=(5,), b=(5,)), Call("recurrence_back(a, b, 1)", a=(2, 4), b=(2, 4))))
def _recurrence_back(y, a, b, axis):
    b_bar = recurrence(a, y_bar, axis)
    a_bar = shift(b_bar, axis, 0.0) * y


@deftangent(recurrence_back)
def _recurrence_back_tangent(y, a, b, axis):
    y_dot = recurrence_back(a, b_dot + shift_back(a_dot * y, axis), axis)


@defadjoint(product_of_others, complex=True, calls=(
    Call("product_of_others(a, 0)", a=(4,)), Call("product_of_others(a, 1)", a=(2, 3))))
def _product_of_others(y, a, axis):
    # Left out are an element k and one before it (first) or after it (second): what lies between them is multiplied
    # up by the recurrences.
    before = shift(np.cumprod(a, axis), axis, 1.0)
    after = np.flip(shift(np.cumprod(np.flip(a, axis), axis), axis, 1.0), axis)
    first = shift(recurrence(a, y_bar * before, axis), axis, 0.0)
    second = shift_back(np.flip(recurrence(np.flip(a, axis), np.flip(y_bar * after, axis), axis), axis), axis)
    a_bar = after * first + before * second


@deftangent(product_of_others)
def _product_of_others_tangent(y, a, axis):
    before = shift(np.cumprod(a, axis), axis, 1.0)
    after = np.flip(shift(np.cumprod(np.flip(a, axis), axis), axis, 1.0), axis)
    first = shift(recurrence(a, a_dot * before, axis), axis, 0.0)
    second = shift_back(np.flip(recurrence(np.flip(a, axis), np.flip(a_dot * after, axis), axis), axis), axis)
    y_dot = after * first + before * second


@linear(in_full_signal, complex=True, calls=(Call("in_full_signal(g, np.zeros(4), np.zeros(3), 'same', None)", g=(4,)),))
def _in_full_signal(y, g, a, v, mode, axes):
    g_bar = out_of_full_signal(y_bar, a, v, mode, axes) if mode != "full" else y_bar


@linear(out_of_full_signal, complex=True, calls=(
    Call("out_of_full_signal(g, np.zeros(4), np.zeros(3), 'valid', None)", g=(6,)),))
def _out_of_full_signal(y, g, a, v, mode, axes):
    g_bar = in_full_signal(y_bar, a, v, mode, axes)


@multilinear(lagged_sum, complex=True, calls=(
    Call("lagged_sum(b, x, 4)", b=(3,), x=(2, 5)), Call("lagged_sum(b, x, 7)", b=(3,), x=(2, 3))))
def _lagged_sum(y, b, x, count):
    b_bar = lagged_products(y_bar, x, len(b))
    x_bar = lagged_back(b, y_bar, np.shape(x)[-1])


@multilinear(lagged_back, complex=True, calls=(
    Call("lagged_back(b, g, 4)", b=(3,), g=(2, 5)), Call("lagged_back(b, g, 6)", b=(3,), g=(2, 3))))
def _lagged_back(y, b, g, count):
    b_bar = lagged_products(g, y_bar, len(b))
    g_bar = lagged_sum(b, y_bar, np.shape(g)[-1])


@multilinear(lagged_products, complex=True, calls=(
    Call("lagged_products(g, x, 3)", g=(2, 5), x=(2, 5)), Call("lagged_products(g, x, 6)", g=(2, 5), x=(2, 3))))
def _lagged_products(y, g, x, count):
    g_bar = lagged_sum(y_bar, x, np.shape(g)[-1])
    x_bar = lagged_back(y_bar, g, np.shape(x)[-1])


@linear(pad_last, complex=True, calls=(Call("pad_last(g, 2, 2)", g=(2, 3)),))
def _pad_last(y, g, before, after):
    g_bar = y_bar[..., before:before + np.shape(g)[-1]]


@linear(sum_windows, complex=True, calls=(Call("sum_windows(g, np.zeros((4, 2)), 2, 0)", g=(3, 2, 2)),))
def _sum_windows(y, g, x, window_shape, axis):
    g_bar = np.lib.stride_tricks.sliding_window_view(y_bar, window_shape, axis)
