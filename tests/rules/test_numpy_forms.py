"""NumPy's other spellings: methods of ufuncs, options of ufuncs, einsum with lists, np.r_, functions of functions."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from rules.forms import Form, check_form, make_forms

FORMS = make_forms([
    # methods of ufuncs
    Form("np.add.reduce(x)", x=(3, 2)), Form("np.add.reduce(x, axis=1)", x=(3, 2)),
    Form("np.add.reduce(x, axis=None)", x=(3, 2)), Form("np.add.reduce(x, axis=(0, 1), keepdims=True)", x=(3, 2)),
    Form("np.add.reduce(x, 0, initial=2.0)", x=(3, 2)), Form("np.add.reduce([x, y, 2 * x])", x=(3,), y=(3,)),
    Form("np.multiply.reduce(x)", x=(3, 2)), Form("np.multiply.reduce(x, axis=(0, 1))", x=(3, 2)),
    Form("np.multiply.reduce(x, where=np.array([True, False]))", x=(3, 2)),
    Form("np.maximum.reduce(x)", x=(3, 2)), Form("np.maximum.reduce([x, y, 2 * x])", x=(3,), y=(3,)),
    Form("np.minimum.reduce(x, axis=1)", x=(3, 2)), Form("np.logaddexp.reduce(x)", x=(3, 2)),
    Form("np.logaddexp.reduce(x, axis=1, keepdims=True)", x=(3, 2)), Form("np.logaddexp2.reduce(x, axis=None)", x=(3, 2)),
    Form("np.subtract.reduce(x)", x=(3, 2)), Form("np.divide.reduce(x)", x=(3, 2)), Form("np.hypot.reduce(x)", x=(3, 2)),
    Form("np.fmax.reduce(x)", x=(3, 2)), Form("np.logical_or.reduce(x > 0) * x", x=(3,)),
    Form("np.add.accumulate(x)", x=(3, 2)), Form("np.add.accumulate(x, axis=1)", x=(3, 2)),
    Form("np.multiply.accumulate(x)", x=(3, 2)), Form("np.maximum.accumulate(x)", x=(5, 2)),
    Form("np.minimum.accumulate(x, axis=1)", x=(3, 4)), Form("np.logaddexp.accumulate(x)", x=(5,)),
    Form("np.subtract.accumulate(x)", x=(5,)),
    Form("np.add.outer(x, y)", x=(3,), y=(2,)), Form("np.multiply.outer(x, y)", x=(3, 2), y=(2,)),
    Form("np.subtract.outer(x, y)", x=(), y=(2,)), Form("np.maximum.outer(x, [1.0, 0.0])", x=(3,)),
    Form("np.logaddexp.outer(x, y)", x=(3,), y=(2,)), Form("np.hypot.outer(x, 2.0)", x=(3,)),
    Form("np.add.reduceat(x, [0, 2, 1])", x=(5,)), Form("np.add.reduceat(x, [0, 2], axis=1)", x=(3, 5)),
    Form("np.multiply.reduceat(x, np.array([0, 3]))", x=(5,)), Form("np.maximum.reduceat(x, [0, 3, 1])", x=(5,)),
    # options of ufuncs
    Form("np.multiply(x, y, casting='unsafe', order='F')", x=(3, 2), y=(2,)),
    Form("np.add([x, 1.0], y, dtype=float)", x=(), y=(2,)), Form("np.power(x, 2, dtype=np.float64)", x=(3,)),
    Form("np.sin(x, where=True)", x=(3,)),
    # einsum with lists of axes
    Form("np.einsum(a, [0, 1], b, [1, 2])", a=(2, 3), b=(3, 2)),
    Form("np.einsum(a, [0, 1], b, [1, 2], [0, 2])", a=(2, 3), b=(3, 2)),
    Form("np.einsum(a, [0, 0])", a=(3, 3)), Form("np.einsum(a, [Ellipsis, 0], [Ellipsis])", a=(3, 2)),
    Form("np.einsum(a, (27, 1), b, (1,), optimize=True)", a=(3, 2), b=(2,)),
    # np.r_ and np.c_
    Form("np.r_[x, y]", x=(3,), y=(2,)), Form("np.r_[x, 0.0, y]", x=(3,), y=()),
    Form("np.r_[x, [1.0, 2.0], y]", x=(3,), y=()), Form("np.r_[0.0, x[1:], 1.0]", x=(3,)),
    Form("np.r_['0,2', x, y]", x=(3,), y=(3,)), Form("np.r_['-1', x, y]", x=(3, 2), y=(3, 2)),
    Form("np.r_[x, 0:3]", x=(3,)), Form("np.r_[x, 0:1:3j]", x=(3,)), Form("np.r_['0,2,0', x, y]", x=(3,), y=(2,)),
    Form("np.r_[x]", x=(3,)), Form("np.c_[x, y]", x=(3,), y=(3,)), Form("np.c_[x, x * 2, y]", x=(3,), y=(3, 2)),
    # functions of functions
    Form("np.apply_along_axis(np.sum, 0, x)", x=(3, 2)), Form("np.apply_along_axis(lambda v: v * v, 1, x)", x=(3, 2)),
    Form("np.apply_along_axis(lambda v: np.dot(v, v), -1, x)", x=(2, 3, 2)),
    Form("np.apply_along_axis(lambda v: np.outer(v, v), 1, x)", x=(2, 3, 2)),
    Form("np.apply_over_axes(np.sum, x, [0, 2])", x=(3, 2, 2)), Form("np.apply_over_axes(np.max, x, -1)", x=(3, 2)),
    Form("np.piecewise(x, [x < 0, x >= 0], [lambda t: -t, lambda t: t**2])", x=(5,)),
    Form("np.piecewise(x, [x < 0], [lambda t: -t, 3.0])", x=(5,)),
    Form("np.piecewise(x, [x < -0.5, x > 0.5], [-1.0, lambda t: np.sum(t) * t, lambda t: t**3])", x=(5,)),
    # gradients along several axes, for coordinates
    Form("np.gradient(x)[1]", x=(4, 5)), Form("np.gradient(x, axis=(0, 1))[0]", x=(4, 5)),
    Form("np.gradient(x, 0.5, h)[1]", x=(4, 5), h=()), Form("sum(np.gradient(x))", x=(4, 5)),
    Form("np.gradient(x, np.array([0.0, 1.0, 1.5, 3.0, 4.0]))", x=(5,)),
    Form("np.gradient(x, np.arange(5.0) + 0.1 * c)", x=(5,), c=(5,)),
    Form("np.gradient(x, np.arange(5.0) + 0.1 * c, axis=1, edge_order=2)", x=(3, 5), c=(5,)),
    Form("np.gradient(x, 2.0, np.arange(5.0))[1]", x=(3, 5)),
    # padding with statistics, ramps, odd reflections
    *(Form(f"np.pad(x, ((1, 2), (0, 1)), mode='{mode}')", x=(4, 3)) for mode in ("maximum", "minimum", "mean", "median")),
    Form("np.pad(x, ((1, 2), (0, 1)), mode='minimum', stat_length=2)", x=(4, 3)),
    Form("np.pad(x, [(1, 1), (2, 2)], mode='mean', stat_length=((2, 1), (1, 2)))", x=(4, 3)),
    Form("np.pad(x, 2, 'linear_ramp')", x=(4,)), Form("np.pad(x, (1, 2), 'linear_ramp', end_values=c)", x=(4, 2), c=()),
    Form("np.pad(x, 1, constant_values=(c, x[0]))", x=(3,), c=()),
    Form("np.pad(x, 1, constant_values=[(c, 2.0)])", x=(3,), c=()),
    Form("np.pad(x, (2, 1), constant_values=((1.0, c), (2.0, 3.0)))", x=(3, 2), c=()),
    Form("np.pad(x, 2, 'linear_ramp', end_values=((1.0, c), (2.0, 3.0)))", x=(3, 2), c=()),
    Form("np.pad(x, 3, mode='symmetric', reflect_type='odd')", x=(2, 3)), Form("np.pad(x, 1, mode='empty')[1:-1]", x=(4,)),
])


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_both_modes_and_both_orders(form):
    check_form(form)


def test_values_are_those_of_numpy():
    for form in FORMS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.testing.assert_allclose(form.value(), form.run(*form.operands()), rtol=1e-15, atol=1e-15, err_msg=str(form))


WHOLE = make_forms([
    Form("np.concatenate([x, np.arange(3)])", x=(3,)), Form("np.stack([x, np.arange(3)])", x=(3,)),
    Form("np.vstack([x, np.arange(3)])", x=(3,)), Form("np.block([x, np.arange(3)])", x=(3,)),
    Form("np.broadcast_arrays(x, np.arange(3))[0]", x=(1,)), Form("np.meshgrid(x, np.arange(2))[0]", x=(3,)),
], name="forms_with_whole_numbers")


@pytest.mark.parametrize("form", WHOLE, ids=str)
def test_whole_numbers_beside_others(form):
    check_form(form)


POLYNOMIALS = make_forms([
    Form("np.polynomial.polynomial.polyval(x, c)", x=(3,), c=(4,)), Form("np.polynomial.chebyshev.chebval(x, c)", x=(3,), c=(4,)),
    Form("np.polynomial.legendre.legval(x, c)", x=(3,), c=(4,)), Form("np.polynomial.hermite.hermval(x, c)", x=(), c=(4,)),
    Form("np.polynomial.hermite_e.hermeval(x, c)", x=(3,), c=(4,)),
    Form("np.polynomial.laguerre.lagval(x, [1.0, 2.0, c])", x=(3,), c=()),
    Form("np.polynomial.chebyshev.chebval(x, c)", x=(3,), c=(1,)), Form("np.polynomial.chebyshev.chebval(x, c)", x=(3,), c=(2,)),
], name="forms_of_polynomials")

OPTIONS = make_forms([
    Form("np.interp(x, np.array([0.0, 1.0, 2.0]), f, period=3.0)", x=(4,), f=(3,)),
    Form("np.interp(x, p + np.array([0.0, 4.0, 2.0]), f, period=7.0)", x=(4,), f=(3,), p=()),
    Form("np.cov(x, aweights=np.exp(w))", x=(2, 4), w=(4,)), Form("np.cov(x, fweights=np.array([1, 2, 1, 1]))", x=(2, 4)),
    Form("np.cov(x, rowvar=False, ddof=0, aweights=np.exp(w), fweights=[1, 2, 1, 1])", x=(4, 2), w=(4,)),
    Form("np.cov(x, bias=True, aweights=[1.0, 2.0, 1.5, 0.5])", x=(2, 4)),
    Form("np.average(x, weights=np.exp(w), returned=True)", x=(3,), w=(3,)),
    Form("np.average(x, axis=1, returned=True)[1] + x[:, 0]", x=(2, 3)), Form("np.linalg.pinv(x, hermitian=False)", x=(3, 2)),
], name="forms_with_options")


@pytest.mark.parametrize("form", OPTIONS, ids=str)
def test_options(form):
    check_form(form)


def test_options_have_the_values_of_numpy():
    for form in OPTIONS:
        np.testing.assert_allclose(form.value(), form.run(*form.operands()), rtol=1e-13, atol=1e-14)


LISTS = make_forms([Form(text, x=(), y=(), z=(2,)) for text in (
    "np.dot([x, y], z)", "np.inner([x, y], [2.0, 1.0]) + z", "np.sort([x, y, 0.3]) + x * z[0]",
    "np.cross([x, y, 1.0], [0.0, y, x]) * z[0]",
    "np.kron([x, y], z)", "np.outer([x, y], z)", "np.tensordot([x, y], z, 1)", "np.diag([x, y]) @ z",
    "np.trace([[x, y], [y, x]]) + z",
    "np.cumsum([x, y]) * z", "np.repeat([x, y], 2) * z[0]", "np.take([x, y], [1, 0]) * z", "np.reshape([x, y], (2, 1)) * z",
    "np.linalg.solve([[2.0, x], [y, 9.0]], z)", "np.linalg.norm([x, y]) * z", "np.linalg.det(((x, 1.0), (2.0, y))) * z",
    "np.einsum('i,i', [x, y], z)", "np.full((2,), [x, y]) * z", "np.array_split([x, y], 2)[0] * z", "np.cov([[x, y], z])",
    "np.atleast_1d(x, z)[0] * z", "np.ediff1d([x, y], to_end=z)", "np.ediff1d(z, 1.0, x)")], name="forms_with_lists")


@pytest.mark.parametrize("form", POLYNOMIALS + LISTS, ids=str)
def test_polynomials_and_lists(form):
    check_form(form)


def test_polynomials_have_the_values_of_numpy():
    for form in POLYNOMIALS:
        np.testing.assert_allclose(form.value(), form.run(*form.operands()), rtol=1e-13)
