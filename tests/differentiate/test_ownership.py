"""Adjoints are added to in place only where nobody else has them."""

import numpy as np

import srcad
from srcad import rules


def midpoint(a, b):
    return (a + b) * 0.5


@rules.multilinear(midpoint)
def _midpoint(y, a, b):
    """One array for both operands."""
    half = y_bar * 0.5  # noqa: F821
    a_bar = half  # noqa: F841
    b_bar = half  # noqa: F841


def shared(a, b):
    """a's adjoint is added to by element after it was given to b as well."""
    first = a[0] * 3.0
    return np.sum(midpoint(a, b) * np.array([1.0, 2.0, 3.0])) + first


def test_one_array_given_to_two_operands():
    a, b = np.ones(3), np.ones(3)
    a_bar, b_bar = srcad.grad(shared, (0, 1))(a, b)
    np.testing.assert_allclose(a_bar, [3.5, 1.0, 1.5])
    np.testing.assert_allclose(b_bar, [0.5, 1.0, 1.5])
    assert not np.shares_memory(a_bar, b_bar)


def add(a, b):
    total = a + b
    for _ in range(2):
        total = total * 1.0
    return total


def test_adjoints_of_a_pullback_share_nothing():
    for f in (add, midpoint):
        seed = np.ones(3)
        _, pullback = srcad.vjp(f, np.ones(3), np.ones(3))
        a_bar, b_bar = pullback(seed)
        assert not np.shares_memory(a_bar, b_bar)
        assert not np.shares_memory(a_bar, seed)
