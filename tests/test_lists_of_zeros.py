"""Lists that begin with whole numbers and are filled with floats, also inside other lists."""

import numpy as np
import pytest

import srcad


def matrix_of_zeros(x):
    n = len(x)
    m = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            if i != j:
                m[i][j] = x[i] * x[j] ** 2
    total = 0
    for row in m:
        for e in row:
            total += e * e
    return total


def added_to(x):
    n = len(x)
    m = [[0 for _ in range(n)] for _ in range(n)]
    for i in range(n):
        for j in range(n):
            m[i][j] += x[i] * x[j]
    return m[0][1] + m[2][2]


def appended_rows(x):
    n = len(x)
    m = []
    for _ in range(n):
        m.append([0] * n)
    for i in range(n):
        m[i][i] = x[i] ** 2
    return m[0][0] * m[1][1] + m[2][2]


def of_known_length(x):
    m = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    for i in range(3):
        for j in range(3):
            m[i][j] += x[i] * x[j]
    return m[0][1] * m[1][1]


def places_and_values(x):
    order = [0] * len(x)
    m = [[0] * 2 for _ in range(len(x))]
    for i in range(len(x)):
        order[i] = len(x) - 1 - i
        m[i][1] = x[i] ** 2
    return sum(m[order[i]][1] * x[i] for i in range(len(x)))


@pytest.mark.parametrize("function", [matrix_of_zeros, added_to, appended_rows, of_known_length, places_and_values],
                         ids=lambda f: f.__name__)
def test_zeros_are_filled_with_floats(function):
    x = np.array([1.5, -0.5, 2.0])
    assert srcad.value_and_grad(function)(x)[0] == function(x)
    srcad.check_grads(function, (x,), order=2)


def whole_numbers_stay(x):
    m = [[0] * 2 for _ in range(len(x))]
    for i in range(len(x)):
        m[i][0] = x[i]
    return m[1][0] * x[0], m[0][1]


def test_values_are_those_of_the_function():
    value, back = srcad.vjp(whole_numbers_stay, [1.5, 2.5])
    assert value == (3.75, 0)
    assert type(value[1]) is int
    assert back((1.0, None)) == ([2.5, 1.5],)


def empty_or_not(x):
    if x[0] < 0:
        return []
    products = []
    for i in range(len(x)):
        if not products:
            products.append(x[i])
        else:
            products.append(products[-1] * x[i])
    return products


def test_an_empty_list_on_one_path():
    (x_bar,) = srcad.vjp(empty_or_not, np.array([2.0, 3.0, 4.0]))[1]([1.0, 1.0, 1.0])
    np.testing.assert_array_equal(x_bar, [16.0, 10.0, 6.0])
    assert srcad.vjp(empty_or_not, np.array([-2.0, 3.0]))[0] == []


def by_columns(rows):
    return sum(a * b for a, b in zip(*rows))


def test_columns_by_zip_are_refused_with_advice():
    with pytest.raises(srcad.SrcadError, match="row\\[k\\] for row in rows"):
        srcad.grad(by_columns)([[1.0, 2.0], [3.0, 4.0]])
