"""Every pair of shapes that broadcast, under every operator that un-broadcasts in a derivative."""

import numpy as np

from corpus.registry import program

N = np.array([0.5, 1.5, 2.5])
COLUMN = np.array([[0.5], [2.0]])
ROW = np.array([[1.5, 0.75, 2.5]])
MATRIX = np.array([[0.5, 1.5, 2.0], [1.0, 0.25, 0.75]])
TENSOR = np.arange(1.0, 13.0).reshape(2, 2, 3) / 5.0
ONE = np.array([1.7])
ONE_BY_ONE = np.array([[1.7]])
ZERO_D = np.array(1.7)
EMPTY = np.zeros((0, 3))

PAIRS = [
    (N, 1.7),
    (1.7, N),
    (ONE, N),
    (N, ONE),
    (ONE, 1.7),
    (ZERO_D, N),
    (N, ZERO_D),
    (ZERO_D, 1.7),
    (ZERO_D, ONE),
    (COLUMN, N),
    (N, COLUMN),
    (COLUMN, ROW),
    (ROW, N),
    (MATRIX, N),
    (N, MATRIX),
    (MATRIX, COLUMN),
    (MATRIX, ROW),
    (MATRIX, 1.7),
    (MATRIX, ONE_BY_ONE),
    (MATRIX, ONE),
    (MATRIX, ZERO_D),
    (TENSOR, MATRIX),
    (COLUMN, TENSOR),
    (TENSOR, N),
    (EMPTY, N),
    (ONE, EMPTY),
]
FEW = [(N, 1.7), (ONE, N), (ZERO_D, N), (COLUMN, N), (MATRIX, ROW), (TENSOR, MATRIX)]


@program(PAIRS)
def add(x, y):
    return x + y


@program(FEW)
def subtract(x, y):
    return x - y


@program(PAIRS)
def multiply(x, y):
    return x * y


@program(PAIRS[:-2])
def divide(x, y):
    return x / y


@program(PAIRS[:-2])
def raise_to_power(x, y):
    return x**y


@program(FEW, complex_step=False)
def remainder(x, y):
    return (x + 3.07) % y


@program(FEW)
def reversed_divide(x, y):
    return y / x


@program(FEW, complex_step=False)
def elementwise_maximum(x, y):
    return np.maximum(x, y + 0.05) * 2.0


@program(FEW, complex_step=False)
def elementwise_arctan2(x, y):
    return np.arctan2(x, y)


@program(FEW, complex_step=False)
def elementwise_logaddexp(x, y):
    return np.logaddexp(x, y)


@program(FEW)
def where_with_values(x, y):
    return np.where(x > y + 0.05, x, y)


@program(FEW)
def where_with_mask_of_larger_shape(x, y):
    return np.where(np.ones((2, 2, 3), bool), x * y, x)


@program([(N, 0.8, 2.1), (MATRIX, N * 0.5, 1.6)], complex_step=False)
def clip_with_active_bounds(x, low, high):
    return np.clip(x, low, high) * 2.0


@program(FEW)
def sum_of_product(x, y):
    return np.sum(x * y + y)


@program(FEW)
def mixed_operators(x, y):
    return (x * y - y / x) * (x + y) ** 2


@program([(MATRIX, N, 1.7)])
def three_shapes(x, y, z):
    return x * y + z * y - x / z


@program([(MATRIX, N)])
def bias(x, b):
    return np.sum(np.tanh(x + b))


@program([(N,)])
def outer_by_broadcasting(x):
    return x[:, None] * x


@program([(N, COLUMN)])
def pairwise_distances(x, y):
    return (x - y) ** 2


@program([(COLUMN, N)])
def grows_in_augmented_assignment(x, y):
    z = x
    z = z + y
    return z * x


@program([(1.7, N, 3)], argnums=(0, 1))
def grows_in_loop(s, x, n):
    total = s
    for i in range(n):
        total = total * x + i
    return np.sum(total)


@program([(2.0, N), (-2.0, N)])
def scalar_or_array_from_branches(s, x):
    if s > 0.0:
        y = s
    else:
        y = s * x
    return np.sum(y * x)


@program([(ONE, 1.7)])
def shape_one_and_scalar(x, y):
    return x * y + y


@program([(N.astype(np.float32), np.float32(1.7)), (COLUMN.astype(np.float32), ROW.astype(np.float32))])
def single_precision(x, y):
    return x * y / (x + y)


@program([(N + 1j, 1.7), (1.7, N + 1j), (N, 1.7 + 1j)], complex_step=False, order=1)
def complex_and_real(x, y):
    return x * y + x / y
