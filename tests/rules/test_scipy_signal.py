"""The rules of scipy.signal: every call form in both modes, to second order, with real and with complex numbers."""

from __future__ import annotations

import numpy as np
import pytest

signal = pytest.importorskip("scipy.signal")

from rules.forms import Form, check_form, forms_of_rules  # noqa: E402

import srcad  # noqa: E402
from srcad.rules import families  # noqa: E402

families.load()
CASES = forms_of_rules(("srcad.rules.scipy_signal",), "from scipy import signal\n", "forms_of_scipy_signal")


def name_of(value) -> str:
    return str(value) if isinstance(value, Form) else ""


@pytest.mark.parametrize(("rule", "form"), CASES, ids=name_of)
def test_real(rule, form):
    check_form(form)


@pytest.mark.parametrize(("rule", "form"), CASES, ids=name_of)
def test_complex(rule, form):
    check_form(form, complex, second=False)


def test_a_filter_keeps_float32():
    def power(b, x):
        return np.sum(signal.lfilter(b, np.array([1.0, 0.5], np.float32), x) ** 2)

    b_bar, x_bar = srcad.grad(power, (0, 1))(np.ones(2, np.float32), np.arange(4.0, dtype=np.float32))
    assert b_bar.dtype == x_bar.dtype == np.float32


def test_a_filter_in_a_list_of_coefficients():
    def power(c):
        return np.sum(signal.lfilter([c, 1.0], [1.0, 0.5 * c], np.arange(4.0)) ** 2)

    h = 1e-6
    assert srcad.grad(power)(0.7) == pytest.approx((power(0.7 + h) - power(0.7 - h)) / (2 * h), rel=1e-7)
