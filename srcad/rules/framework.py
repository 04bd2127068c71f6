"""Rules for what the differentiator itself writes into derivatives, so that these can be differentiated again."""

from __future__ import annotations

import copy

from srcad import runtime
from srcad.rules.registry import linear, zero_derivative


@linear(runtime.adjoint_or_zeros)
def adjoint_or_zeros(y, g, x):
    g_bar = y_bar


@linear(runtime.copy_adjoint, copy.deepcopy)
def copy_adjoint(y, g):
    g_bar = y_bar


@linear(runtime.spread_sum)
def spread_sum(y, g, items):
    g_bar = runtime.unbroadcast(sum(y_bar), g)


@linear(runtime.add_slice)
def add_slice(y, buffer, index, pieces):
    buffer_bar = y_bar
    pieces_bar = y_bar[index]


@linear(runtime.add_adjoints)
def add_adjoints(y, a, b):
    a_bar = y_bar
    b_bar = y_bar


@linear(runtime.fold_repeats)
def fold_repeats(y, g, items):
    g_bar = y_bar * (len(g) // max(len(items), 1))


@linear(complex.conjugate)
def conjugate(y, z):
    z_bar = y_bar.conjugate()


@linear(float.conjugate)
def conjugate_of_real(y, x):
    x_bar = y_bar


zero_derivative(runtime.scalar_seed)
