"""Items of tuples that do not vary are known not to, in either mode (`analysis.activity.Still`).

A zero that is handed on as a number is multiplied: ``0 * log(x)`` at a negative x is no zero, and some functions have no
derivative at all in an operand that stays as it is.
"""

import numpy as np
import pytest

import srcad

EXPONENT = 3.0
X, V = np.array([-1.5, 2.0]), np.array([1.0, 0.5])


def cubes(x):
    return (x ** EXPONENT).sum()


def by_pullback(x):
    _, back = srcad.vjp(cubes, x)
    return back(1.0)[0]


def raised(pair):
    base, exponent = pair
    return base ** exponent


def by_pair(x, n):
    return raised((x, n))


def by_nested_pair(x, n):
    return ((1.0, (x, n)),)


def of_nested(x, n):
    return raised(by_nested_pair(x, n)[0][1]).sum()


@pytest.mark.filterwarnings("error")
def test_what_a_pullback_has_saved_and_does_not_vary_has_no_tangent():
    value, dot = srcad.jvp(by_pullback, (X,), (V,))
    np.testing.assert_allclose(value, 3 * X ** 2)
    np.testing.assert_allclose(dot, 6 * X * V)
    np.testing.assert_allclose(srcad.jacrev(by_pullback)(X), np.diag(6 * X))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("function", [by_pair, of_nested])
def test_a_tuple_of_what_varies_and_what_does_not(function):
    tangent = srcad.tangent(function, argnums=0)
    _, dot = tangent(X, EXPONENT, V)
    np.testing.assert_allclose(dot, (3 * X ** 2 * V).sum() if function is of_nested else 3 * X ** 2 * V)


def recursive(pair, depth):
    base, exponent = pair
    if depth == 0:
        return base ** exponent
    return recursive((base * 2.0, exponent), depth - 1) + base ** exponent


@pytest.mark.filterwarnings("error")
def test_recursion_with_a_tuple_that_varies_in_part():
    def f(x):
        return recursive((x, 3.0), 2)

    _, dot = srcad.jvp(f, (-1.5,), (1.0,))
    assert dot == pytest.approx(3 * 1.5 ** 2 * (1 + 8 + 64))
    assert srcad.grad(f)(-1.5) == pytest.approx(3 * 1.5 ** 2 * (1 + 8 + 64))
