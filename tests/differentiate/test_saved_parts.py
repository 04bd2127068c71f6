"""What a pullback has saved and does not vary is not asked for a derivative when the pullback is differentiated.

Items of tuples and columns of tapes (`analysis.activity.Still`), here the orders of Bessel functions, which have no derivative.
"""

import numpy as np
import pytest

import srcad
from srcad.testing import check_grads

special = pytest.importorskip("scipy.special")
order = np.array([1.0, 2.0, 0.5])
x = np.array([0.3, 0.7, 1.1])


def of_pullback(f):
    """A function of x that calls a pullback of `f`: what that has saved is a tuple."""
    def g(x):
        y, pullback = srcad.vjp(f, x)
        return np.sum(np.cos(pullback(y)[0]))
    return g


def captured_order(x):
    return special.iv(order, x)


def in_loop(x):
    total = 0.0 * x
    for k in range(3):
        v = order[k] * 2.0
        total = total + special.iv(v, x[k]) * v
    return total


def in_branch(x):
    y = (x, order) if x[0] > 0.0 else (x * 2.0, order + 1.0)
    return special.ive(y[1], y[0])


def pair(x, n):
    z = x
    for k in range(3):
        z = z * (1.0 + 0.1 * k) + np.sin(z)
    for _ in range(2):
        z = z - 0.01 * z**3
    return z, (n * 1.0, n + z)


def from_call(x):
    z, (n, m) = pair(x, order)
    return special.iv(n, z) + m


def of_tuple(given):
    z, n = given
    total = z
    for _ in range(3):
        total = total + 0.1 * special.iv(n, total)
    for _ in range(2):
        total = total * 0.9
    return total


def given_a_tuple(x):
    return of_tuple((x, order))


@pytest.mark.parametrize("f", [captured_order, in_loop, in_branch, from_call, given_a_tuple])
def test_what_is_saved_and_does_not_vary(f):
    g = of_pullback(f)
    check_grads(g, (x,), order=2)
    assert np.allclose(srcad.jacrev(srcad.jacrev(g))(x), srcad.jacfwd(srcad.jacfwd(g))(x), rtol=1e-10)


def test_norms_of_a_matrix_by_an_infinite_order():
    a = np.array([[2.0, 0.3, -0.4], [0.1, 1.5, 0.2], [-0.3, 0.5, 1.2]])

    def condition(a):
        return np.linalg.cond(a, np.inf)

    check_grads(of_pullback(condition), (a,), order=2)


# --- parts that seem not to vary, but do -----------------------------------------------------------------------------


def filled(x, n):
    out = np.zeros(3)
    both = (out[:2], 2.0)
    out[:] = x * n
    return both


def written_in_call(x):
    out, n = filled(x, order + 0.0)
    return out**n


def late_in_loop(x):
    held = order
    total = x
    for _ in range(3):
        z, n = pair(x, held)[1]
        total = total + 0.1 * np.sin(z * n)
        held = np.cos(total)
    return total


def down(x, n, k):
    if k == 0:
        return x, n
    a, b = down(x, n, k - 1)
    return b, a * x


def going_down(x):
    a, b = down(x, order, 3)
    return a * b


@srcad.custom_vjp
def own(x):
    return x * 2.0, order * 1.0


def own_forward(x):
    return own(x), None


def own_reverse(saved, bars):
    return (2.0 * bars[0] + 3.0 * bars[1],)


own.defvjp(own_forward, own_reverse)


def by_own_rule(x):
    a, b = own(x)
    return a + 5.0 * b


@pytest.mark.parametrize("f", [written_in_call, late_in_loop, going_down])
def test_what_varies_after_all(f):
    check_grads(f, (x,), order=2)
    if f is not written_in_call:
        check_grads(of_pullback(f), (x,), order=1)


def test_a_rule_of_ones_own_says_what_varies():
    assert np.array_equal(srcad.jacrev(by_own_rule)(x), 17.0 * np.eye(3))


def told(x):
    return float(str(x[0])), 2.0


def lost_in_a_call(x):
    a, b = told(x)
    return a * b * x


def test_a_derivative_lost_in_a_call_that_returns_a_tuple():
    with pytest.raises(srcad.errors.LostDerivativeError, match="made of something"):
        srcad.jacrev(lost_in_a_call)(x)
    with pytest.raises(srcad.errors.LostDerivativeError, match="made of something"):
        srcad.jacfwd(lost_in_a_call)(x)


def steps(x):
    return np.floor(x), np.sign(x)


def test_a_call_of_which_nothing_varies():
    check_grads(of_pullback(lambda x: steps(x)[0] + x * steps(x)[1]), (x,), order=2)
    assert np.array_equal(srcad.jacrev(lambda x: np.stack(steps(x)))(x), np.zeros((2, 3, 3)))


def test_tuples_that_are_added_to_have_their_kind_at_every_order():
    def inner(y):
        return y[0] * y[1]

    def outer(x):
        pair = (x, x)
        for _ in range(2):
            pair = pair[1], pair[0]
        return np.sum(np.sin(np.array(srcad.grad(inner)(pair))))

    check_grads(srcad.grad(srcad.grad(outer)), (1.3,), order=2)
