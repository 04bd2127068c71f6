"""Second derivatives of programs whose adjoint adds to a buffer in place after something has been made of it."""

from __future__ import annotations

import numpy as np
import pytest

from srcad import grad
from srcad.testing import check_grads

W = np.array([0.5, 0.7, 1.1, 0.4])


def quotient_before_an_item(x, w):
    m = np.where(w > 0.1, (w / x) ** 2, 0.5)
    return np.sum(m) + np.sum(np.sin(w[::-1]))


def in_a_loop(x, w):
    t = 0.0
    for i in range(3):
        t = t + (w[i] / x) ** 2 * w[i - 1]
    return t + np.sum((w / x) ** 2) + w[0]


def replaced_in_a_loop(x, w):
    r = w[::-1]
    y = w / x
    for i in range(2):
        t = y[i] * r
        y = y / t.sum()
    return (y * y / x).sum() + r[0] * w[1]


def slices_of_quotients(x, w):
    a = (w[1:] * x) / w[:-1]
    b = a[0] * a[1:]
    return np.sum(np.where(a[1:] > 0.2, b / x, a[:-1])) * w[2]


@pytest.mark.parametrize("f", [quotient_before_an_item, in_a_loop, replaced_in_a_loop, slices_of_quotients])
def test_what_was_made_of_a_buffer_is_not_overwritten(f) -> None:
    check_grads(f, (1.3, W))


def test_third_derivatives_too() -> None:
    def third(x, w):
        return grad(lambda x: grad(in_a_loop, argnums=1)(x, w).sum())(x)

    step = 1e-5
    assert np.isclose(grad(third)(1.3, W), (third(1.3 + step, W) - third(1.3 - step, W)) / (2 * step), rtol=1e-7)
