"""Sums, products, extrema and moments, over all axes, one or several, with and without keepdims."""

import numpy as np

from corpus.registry import program

V = np.array([0.5, -1.5, 2.0])
M = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
T = np.arange(24.0).reshape(2, 3, 4) / 10.0 - 1.05


@program([(V,), (M,), (T,)])
def sum_all(x):
    return np.sum(x * x)


@program([(M,)])
def sum_axis_zero(x):
    return np.sum(x * x, axis=0)


@program([(M,)])
def sum_axis_last(x):
    return np.sum(x * x, axis=-1)


@program([(M,)])
def sum_keepdims(x):
    return x / np.sum(x * x, axis=1, keepdims=True)


@program([(T,)])
def sum_two_axes(x):
    return np.sum(x**2, axis=(0, 2)) * 3.0


@program([(M,)])
def sum_positional_axis(x):
    return np.sum(x * x, 0)


@program([(V,), (M,)])
def sum_method(x):
    return (x * x).sum()


@program([(M,)])
def sum_method_axis(x):
    return (x * x).sum(axis=1) * x.sum(1)


@program([(M, 0), (M, 1)], argnums=0)
def sum_axis_argument(x, axis):
    return np.sum(x * x, axis=axis)


@program([(M,)])
def sum_with_where(x):
    return np.sum(x * x, where=np.array([True, False, True]))


@program([(2.5,)])
def sum_of_scalar(x):
    return np.sum(x) * x


@program([(V,), (M,)])
def mean_all(x):
    return np.mean(x * x)


@program([(M,)])
def mean_axis(x):
    return np.mean(x**3, axis=0)


@program([(M,)])
def mean_keepdims(x):
    return x - x.mean(axis=1, keepdims=True) ** 2


@program([(V,), (M,)])
def product_all(x):
    return np.prod(x)


@program([(M,)])
def product_axis(x):
    return np.prod(x, axis=1)


@program([(np.array([2.0, 0.0, 3.0]),)])
def product_with_a_zero(x):
    return np.prod(x)


@program([(np.array([2.0, 0.0, 0.0]),)])
def product_with_two_zeros(x):
    return x.prod()


@program([(V,), (M,)], complex_step=False)
def maximum_of_all(x):
    return np.max(x) ** 2


@program([(M,)], complex_step=False)
def maximum_axis(x):
    return np.max(x, axis=0) * np.min(x, axis=0)


@program([(M,)], complex_step=False)
def minimum_method(x):
    return x.min(axis=1) + x.max()


@program([(M,)], complex_step=False)
def maximum_keepdims(x):
    return x - np.max(x, axis=1, keepdims=True)


@program([(V,), (M,)], complex_step=False)
def variance(x):
    return np.var(x)


@program([(M,)], complex_step=False)
def variance_axis_ddof(x):
    return np.var(x, axis=1, ddof=1)


@program([(V,), (M,)], complex_step=False)
def standard_deviation(x):
    return np.std(x)


@program([(M,)], complex_step=False)
def standard_deviation_axis(x):
    return (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)


@program([(V,), (M,)], complex_step=False)
def log_sum_exp(x):
    top = np.max(x)
    return np.log(np.sum(np.exp(x - top))) + top


@program([(V,)])
def cumulative_sum(x):
    return np.cumsum(x * x)


@program([(M,)])
def cumulative_sum_axis(x):
    return np.cumsum(x, axis=1) * x


@program([(V,)])
def differences(x):
    return np.diff(x) ** 2


@program([(M,)])
def trace_of_product(x):
    return np.trace(x @ x.T)


@program([(V, np.array([0.2, 0.3, 0.5]))])
def average_by_hand(x, w):
    return np.sum(w * x) / np.sum(w)


@program([(V,)])
def normalised(x):
    return x / np.sqrt(np.sum(x * x))


@program([(V,)], complex_step=False)
def index_of_maximum(x):
    return x[np.argmax(x)] ** 2


@program([(M,)])
def reduction_of_reduction(x):
    return np.sum(np.sum(x * x, axis=0) ** 2)


@program([(M,)])
def sum_and_broadcast_back(x):
    return np.sum((x - np.sum(x)) ** 2)


@program([(V, 3)], argnums=0)
def reduction_in_loop(x, n):
    total = 0.0
    for i in range(n):
        total = total + np.sum(x**i) * total + 1.0
    return total


@program([(V,)])
def built_in_sum_of_array(x):
    return sum(x * x)


@program([(V,)], complex_step=False)
def built_in_max_of_array(x):
    return max(x) * min(x)


@program([(np.zeros((0, 3)),)])
def empty_sum_axis(x):
    return np.sum(x, axis=0)


@program([(np.ones((2, 0)),)])
def empty_product(x):
    return np.prod(x, axis=1) + np.sum(x)


@program([(M.astype(np.float32),)])
def single_precision_mean(x):
    return np.mean(x * x, axis=0)


@program([(V,)])
def count_as_factor(x):
    return np.sum(x) / x.size + x.shape[0] * x[0] + len(x) * x[1] + x.ndim * x[2]
