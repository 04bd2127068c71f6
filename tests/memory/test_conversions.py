"""Arrays made of others by a conversion that may copy or not, and written to."""

import numpy as np
import pytest

import srcad


def as_float(x):
    y = np.asarray(x, dtype=float)
    y[0] = y[1] ** 2
    return (y * x).sum()


def as_float_by_position(x):
    y = np.asarray(x, float)
    y[0] = y[1] ** 2
    return (y * x).sum()


def of_a_list(x):
    numbers = []
    for i in range(len(x)):
        numbers.insert(0, x[i] * x[i])
    z = np.asarray(numbers)
    z[0] *= 2
    return (z * x).sum()


def contiguous(x):
    y = x * 1.0
    z = np.ascontiguousarray(y[::-1], dtype=np.float64)
    z[0] = 3 * z[1]
    return (z * y).sum()


def to_complex(x):
    y = x * 1.0
    z = np.asarray(y, dtype=complex)
    z[0] = 3 * z[1] * z[2]
    return (z * y).sum().real


def astype_without_copy(x):
    y = x * 1.0
    z = y.astype(float, copy=False)
    z[0] = 3 * z[1]
    return (z * y).sum()


def at_least_1d(x):
    z = np.atleast_1d([x[0] * 2, x[1], x[2]])
    z[0] = 3 * z[1] * z[0]
    return (z * x).sum()


def copied(x):
    y = np.array(x, dtype=float, copy=True)
    y[0] = y[1] ** 2
    return (y * x).sum()


def copied_if_need_be(x):
    y = np.array(x, copy=None)
    y[0] = y[1] ** 2
    return (y * x).sum()


def any_array(x):
    y = np.asanyarray(x)
    y[0] = y[1] ** 2
    return (y * x).sum()


FUNCTIONS = [as_float, as_float_by_position, of_a_list, contiguous, to_complex, astype_without_copy, at_least_1d, copied,
             copied_if_need_be, any_array]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_conversions_that_are_written_to(function):
    x = np.array([1.5, 2.5, -0.5])
    here, there = x.copy(), x.copy()
    assert srcad.value_and_grad(function)(here)[0] == function(there)
    np.testing.assert_array_equal(here, there)                       # as the function leaves it
    srcad.check_grads(function, (x.copy(),), order=1 if function is of_a_list else 2)
