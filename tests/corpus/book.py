"""The examples that every newcomer will try first."""

import math

import numpy as np

from corpus.registry import program


@program([(2.0, 5.0), (2, 5)])
def lecture(x1, x2):
    return math.log(x1) + x1 * x2 - math.sin(x2)


@program([(2.0, 5.0)])
def lecture_as_evaluation_trace(x1, x2):
    v1 = math.log(x1)
    v2 = x1 * x2
    v3 = math.sin(x2)
    v4 = v1 + v2
    v5 = v4 - v3
    return v5


@program([(2.0, 5.0)])
def lecture_with_numpy(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


@program([(3.0, 4.0), (3, 4)])
def book_polynomial(x, y):
    return x**2 * y + y + 2


@program([(3.0, 4.0)])
def book_polynomial_multiplied_out(x, y):
    return x * x * y + y + 2


@program([(3.0,)])
def book_sine_of_square(x):
    return math.sin(x**2)


@program([(1.0, 2.0)])
def book_five_plus_product(x, y):
    return 5 + x * y


@program([(np.array([3.0, 4.0]),)])
def book_polynomial_of_vector(z):
    return z[0] ** 2 * z[1] + z[1] + 2


@program([(0.2,)])
def logistic_map_four_steps(x):
    l1 = x
    l2 = 4 * l1 * (1 - l1)
    l3 = 4 * l2 * (1 - l2)
    l4 = 4 * l3 * (1 - l3)
    return l4


@program([(0.2, 4)], argnums=0)
def logistic_map_loop(x, n):
    for _ in range(n - 1):
        x = 4 * x * (1 - x)
    return x


@program([(0.7,), (-1.2,)])
def tanh_by_hand(x):
    y = math.exp(-2.0 * x)
    return (1.0 - y) / (1.0 + y)


@program([(0.7,), (-1.2,)])
def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


@program([(1.2, 0.7)])
def rosenbrock(x, y):
    return (1.0 - x) ** 2 + 100.0 * (y - x**2) ** 2


@program([(np.array([1.2, 0.7, -0.3]),)])
def rosenbrock_of_vector(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
