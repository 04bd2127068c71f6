"""Lists of lists and of arrays that are filled and returned; what may be None or a number."""

import numpy as np
import pytest

import srcad


def products(x):
    n = len(x)
    m = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            m[i][j] = x[i] * x[j] ** 2
    return m


def appended(x):
    m = []
    for i in range(len(x)):
        row = []
        for j in range(len(x)):
            row.append(x[i] * x[j] ** 2)
        m.append(row)
    return m


def zeros_of_int(x):
    m = [[0] * len(x) for _ in range(len(x))]
    for i in range(len(x)):
        for j in range(len(x)):
            m[i][j] += x[i] * x[j] ** 2
    return m


def rows_as_arrays(x):
    rows = []
    for i in range(len(x)):
        row = np.zeros(len(x))
        for j in range(len(x)):
            row[j] = x[i] * x[j] ** 2
        rows.append(row)
    rows[0][1] *= 1.0
    return rows


@pytest.mark.parametrize("function", [products, appended, zeros_of_int, rows_as_arrays], ids=lambda f: f.__name__)
@pytest.mark.parametrize("form", [list, np.array], ids=["list", "array"])
def test_a_matrix_of_lists_is_returned(function, form):
    x = form([1.0, 2.0, -3.0])
    value, back = srcad.vjp(function, x)
    seed = [[1.0, 0.5, 2.0], [0.0, -1.0, 1.0], [3.0, 1.0, 0.25]]
    if function is rows_as_arrays:
        seed = [np.array(row) for row in seed]
    assert np.array_equal(value, function(x))
    v = np.asarray(x)
    expected = np.asarray(seed) @ v ** 2 + 2 * v * (np.asarray(seed).T @ v)
    for _ in range(2):
        np.testing.assert_allclose(back(seed)[0], expected, rtol=1e-13)
        value[1][1] = 77.0                                            # the caller's own
    np.testing.assert_allclose(srcad.adjoint(function)(x, seed)[0], expected, rtol=1e-13)
    _, dot = srcad.tangent(function)(x, form([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(np.sum(np.asarray(dot) * np.asarray(seed)), expected[0], rtol=1e-13)


def squared(x):
    m = products(x)
    return sum(m[i][j] ** 2 for i in range(len(x)) for j in range(len(x)))


def test_second_order():
    srcad.check_grads(squared, (np.array([1.0, 2.0, -3.0]),), order=2)


def newton(x, least=None):
    p0, p1 = x, None
    for _ in range(6):
        f = p0 * p0 - x
        guess = p0 if p1 is None else p1 + (p0 - p1) * 0.9
        if least is not None and guess < least:
            guess = least
        p1 = guess - f / (2.0 * p0)
        p0 = p1
    return p0


def summed(x, a=None):
    s = 0.0
    for i in range(3):
        if a is None:
            a = x * (i + 1)
        else:
            a *= x
        s += a
    return s + a


def smallest(x):
    best = None
    for i in range(len(x)):
        v = (x[i] - 1.0) ** 2
        if best is None or v < best:
            best = v
    best += 1.0
    return best * x[0]


@pytest.mark.parametrize(("function", "args"), [
    (newton, (2.0,)), (newton, (2.0, 1.45)), (summed, (1.3,)), (summed, (1.3, 2.0)), (smallest, (np.array([3.0, 1.5, 2.0]),))])
def test_none_or_a_number(function, args):
    value, _ = srcad.value_and_grad(function)(*args)
    assert value == function(*args)
    srcad.check_grads(lambda x: function(x, *args[1:]), args[:1], order=2)


def adds_none(x, y=None):
    z = x + y
    return x * z


def test_arithmetic_with_none_raises_as_in_python():
    with pytest.raises(TypeError):
        adds_none(1.0)
    with pytest.raises(TypeError):
        srcad.grad(adds_none)(1.0)


def not_there_yet(x):
    raise NotImplementedError("later")


def test_a_function_that_always_raises_raises_its_own_error():
    for derivative in (srcad.grad(not_there_yet), srcad.value_and_grad(not_there_yet)):
        with pytest.raises(NotImplementedError, match="later"):
            derivative(1.0)
    with pytest.raises(NotImplementedError, match="later"):
        srcad.jvp(not_there_yet, (1.0,), (1.0,))
