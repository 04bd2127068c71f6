"""Ways of calling NumPy: aliases, submodules, keyword arguments, methods, functions that carry no derivative."""

import math as m
from math import exp
from math import sin as sine

import numpy
import numpy as np
from numpy import cos
from numpy import linalg as la

from corpus.registry import program

V = np.array([0.5, -1.5, 2.0])
M = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
A = np.array([[2.0, 0.3], [0.5, 1.5]])


@program([(V,)])
def full_module_name(x):
    return numpy.sin(x) * x


@program([(V,)])
def imported_function(x):
    return cos(x) * x


@program([(0.7,)])
def imported_math_function(x):
    return sine(x) * exp(x) * m.cos(x)


@program([(A, np.array([1.0, 2.0]))])
def submodule_alias(a, b):
    return la.solve(a, b)


@program([(V,)])
def function_in_a_variable(x):
    f = np.sin
    return f(x) * f(2.0 * x)


@program([(V, np.tanh), (V, np.sin)], argnums=0)
def function_as_argument(x, activation):
    return activation(x) * 2.0


@program([(M,)])
def keyword_array(x):
    return np.sum(a=x * x, axis=0)


@program([(V,)])
def none_keywords(x):
    return np.sum(x * x, axis=None, keepdims=False)


@program([(V,)])
def attributes(x):
    return x * x.shape[0] + x.size * x.ndim


@program([(M,)])
def methods(x):
    return x.sum(axis=0) * x.mean() + x.ravel()[:3] + x.T.reshape(-1)[:3]


@program([(M,)])
def chained_methods(x):
    return (x * x).sum(axis=1).reshape(2, 1).T


@program([(V,)])
def dtype_keyword(x):
    return np.zeros(3, dtype=np.float64) + x * np.ones(3, dtype=float)


@program([(V,)])
def shape_functions(x):
    return x * np.shape(x)[0] + np.ndim(x) + np.size(x)


@program([(V,)])
def predicates(x):
    if np.all(np.isfinite(x)) and not np.any(np.isnan(x)):
        return x * x
    return x


@program([(V,), (-V,)])
def branch_on_any(x):
    if np.any(x > 1.9):
        return x * x
    return x * 2.0


@program([(V,)])
def integer_function_result(x):
    n = np.count_nonzero(x > 0.0)
    return x * n


@program([(V,)], complex_step=False)
def sorting_permutation(x):
    order = np.argsort(x)
    return x[order] * np.arange(3.0)


@program([(V,)])
def logical_functions(x):
    return np.where(np.logical_and(x > -1.0, x < 1.0), x**2, x)


@program([(V,)])
def constants(x):
    return np.pi * x + np.e


@program([(np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.0, 3.0]))])
def trapezoid_by_hand(y, x):
    return np.sum((y[1:] + y[:-1]) * np.diff(x)) / 2.0


@program([(V, 0.3)])
def polynomial_evaluation(c, x):
    return c[0] + x * (c[1] + x * c[2])


@program([(V, V + 1.5)])
def cross_product_by_hand(a, b):
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


@program([(V,)], order=1)
def numpy_float_call(x):
    return np.float64(2.0) * x


@program([(V,)])
def nested_numpy_calls(x):
    return np.sum(np.exp(-np.square(np.sin(x) + 1.0)))


@program([(V,)])
def arange_of_length(x):
    return np.sum(x * np.arange(len(x)))


@program([(np.array([0.1, 0.7, 0.2]),)])
def entropy(p):
    return -np.sum(p * np.log(p))


@program([(V,)])
def meshgrid_by_hand(x):
    rows = x.reshape(-1, 1)
    columns = x.reshape(1, -1)
    return np.sin(rows) * np.cos(columns)
