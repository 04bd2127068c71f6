"""Programs in which two axes were wrongly taken to be equal, so that an adjoint was not summed back.

Each was silently wrong, or failed in NumPy, before the claim was withdrawn.
"""

from __future__ import annotations

import numpy as np
import pytest

from srcad.testing import check_grads

w = np.array([0.5, 0.6, 0.7])


class Box:
    w = np.array([3.0, 4.0])


def tail_of_the_global():
    return w[1:]


def parameter_named_like_a_global(w):
    return np.sum(w[1:] * tail_of_the_global())


def parameter_named_like_an_item(x, x_0):
    return np.sum(x[0][1:] * x_0[1:])


def parameter_named_like_an_entry(x, x_a):
    return np.sum(x["a"][1:] * x_a[1:])


def attribute_of_a_class(x):
    return np.sum(x[1:] * (Box.w[1:] * x[0]))


def steps(n, a):
    total = 0.0
    for i in range(2):
        total += a * i
    return np.cumsum(np.ones(n) * total)


def one_callee_two_lengths(n, m, a):
    return np.sum(steps(n, a) * steps(m, a * a))


def reshaped_to_minus_one(x, y, k):
    return np.sum(x.reshape(k, 2) * y.reshape(k, 2)) + np.sum(np.reshape(x, (k, 2)) * np.reshape(y, (k, 2)))


def length_that_changes(x, n):
    total, before = 0.0, np.zeros(1)
    for k in (3, 1, n):
        y = np.ones(k) * x[0]
        if k < 3:
            total = total + np.sum(np.cumsum(before) * np.cumsum(y))
        before = y
    return total


def carried_and_shortened(x):
    y = x
    for _ in range(2):
        y = np.cumsum(x)
        x = x[1:]
    return np.sum(y * np.sin(x))


TWO, THREE = np.array([0.1, 0.2]), np.array([0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("function", "args", "argnums"),
    [
        (parameter_named_like_a_global, (TWO,), (0,)),
        (parameter_named_like_an_item, ((TWO,), THREE), (0, 1)),
        (parameter_named_like_an_entry, ({"a": TWO}, THREE), (0, 1)),
        (attribute_of_a_class, (THREE,), (0,)),
        (one_callee_two_lengths, (3, 1, 0.7), (2,)),
        (one_callee_two_lengths, (1, 3, 0.7), (2,)),
        (reshaped_to_minus_one, (TWO, np.arange(6.0), -1), (0, 1)),
        (length_that_changes, (TWO, 1), (0,)),
        (carried_and_shortened, (THREE,), (0,)),
    ],
)
def test_axes_are_not_mistaken(function, args, argnums) -> None:
    check_grads(function, args, argnums=argnums)


@pytest.mark.parametrize("subscripts", ["i,i->", "...i,...i->...", "i,i->i"])
@pytest.mark.parametrize("args", [(THREE, TWO[:1]), (TWO[:1], THREE), (THREE, THREE)])
def test_an_axis_of_length_one_is_repeated_by_einsum(subscripts, args) -> None:
    def contract(x, y):
        return np.einsum(subscripts, x, y)

    check_grads(contract, args)


def whole_of_no_axes(w):
    s = w
    for _ in range(2):
        s = s * w[()] + np.sum(w[...])
    square = w * w
    return s * square[()]


def test_subscripts_of_arrays_without_axes() -> None:
    check_grads(whole_of_no_axes, (np.array(0.3),))
