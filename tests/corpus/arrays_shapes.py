"""Reshaping, transposing, joining, stacking, creating."""

import numpy as np

from corpus.registry import program

V = np.array([0.5, -1.5, 2.0])
W = np.array([1.0, 0.25, -0.75])
M = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
T = np.arange(24.0).reshape(2, 3, 4) / 10.0 - 1.05


@program([(M,)])
def reshape_function(x):
    return np.reshape(x, (3, 2)) ** 2


@program([(M,)])
def reshape_method(x):
    return x.reshape(3, 2) * np.arange(6.0).reshape(3, 2)


@program([(M,)])
def reshape_method_tuple(x):
    return x.reshape((6,)) ** 2


@program([(M,)])
def reshape_minus_one(x):
    return x.reshape(-1) * x.reshape(-1)[::-1]


@program([(M,)])
def reshape_by_own_shape(x):
    n, m = x.shape
    return (x * x).reshape(m, n)


@program([(M,)])
def ravel_flatten(x):
    return np.ravel(x) * x.ravel() + x.flatten()


@program([(M,)])
def transpose_attribute(x):
    return x.T * 2.0


@program([(M,)])
def transpose_function(x):
    return np.transpose(x) ** 2


@program([(T,)])
def transpose_axes(x):
    return np.transpose(x, (2, 0, 1)) ** 2


@program([(T,)])
def transpose_method_axes(x):
    return x.transpose(1, 0, 2) ** 2


@program([(T,)])
def swap_and_move_axes(x):
    return np.sum(np.swapaxes(x, 0, 1) ** 2, axis=2) + np.sum(np.moveaxis(x, 0, 1) ** 3, axis=2)


@program([(V,)])
def expand_and_squeeze(x):
    return np.squeeze(np.expand_dims(x, 0) * 2.0) * np.expand_dims(x, 1)


@program([(V, W)])
def concatenate(x, y):
    return np.concatenate([x, y * y])


@program([(M, M + 1.0)])
def concatenate_axis(x, y):
    return np.concatenate((x, y * 2.0), axis=1)


@program([(V,)])
def concatenate_with_itself(x):
    return np.concatenate([x, x * x, x])


@program([(V,)])
def concatenate_with_constant(x):
    return np.concatenate([np.zeros(1), x, np.ones(2)]) ** 2


@program([(V, W)])
def stack(x, y):
    return np.stack([x, y, x * y])


@program([(V, W)])
def stack_axis(x, y):
    return np.stack((x, y), axis=1) ** 2


@program([(V, W)])
def vertical_and_horizontal_stack(x, y):
    return np.vstack([x, y]) @ np.hstack([x, y])[:3]


@program([(2.0, 5.0)])
def array_of_scalars(x, y):
    return np.array([x, y, x * y]) ** 2


@program([(2.0, 5.0)])
def matrix_of_scalars(x, y):
    return np.array([[x, y], [y, x * y]])


@program([(2.0, 5.0)])
def rotation_matrix(angle, length):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]]) @ np.array([length, 1.0])


@program([(V, W)])
def array_of_rows(x, y):
    return np.array([x, y * y])


@program([(V,)])
def asarray(x):
    return np.asarray(x) * x


@program([([1.0, 2.0, 3.0],)])
def asarray_of_list(values):
    return np.sum(np.asarray(values) ** 2)


@program([(V,)])
def copied(x):
    return x.copy() * np.copy(x)


@program([(V,)])
def zeros_ones_like(x):
    return np.zeros_like(x) + np.ones_like(x) * x * x


@program([(V,)])
def created_constants(x):
    return x * np.arange(3.0) + np.linspace(0.0, 1.0, 3) * x**2 + np.zeros(3) + np.ones(3) + np.eye(3)[0] * x


@program([(2.0, V)])
def full_of_active(x, y):
    return np.full(3, x) * y


@program([(2.0,)])
def full_of_active_matrix(x):
    return np.full((2, 2), x * x)


@program([(V,)])
def full_like_constant(x):
    return np.full_like(x, 2.0) * x


@program([(1.0, 3.0)])
def linspace_of_active(a, b):
    return np.linspace(a, b, 5) ** 2


@program([(V,)])
def repeat_and_tile(x):
    return np.repeat(x, 2) * np.tile(x, 2)


@program([(V,)])
def flip_and_roll(x):
    return np.flip(x) * np.roll(x, 1)


@program([(V,)])
def broadcast_to(x):
    return np.broadcast_to(x, (2, 3)) ** 2


@program([(V,)])
def diagonal_matrix(x):
    return np.diag(x) * 2.0 + np.diag(x * x)


@program([(M,)])
def diagonal_of_rectangle(x):
    return np.diag(x) ** 2


@program([(M @ M.T,)])
def triangles(x):
    return np.triu(x) + np.tril(x, -1) ** 2


@program([(np.array([0.5, 0.1, 2.0, 1.5]),)])
def split_in_two(x):
    a, b = np.split(x, 2)
    return a * b


@program([(V,)])
def shape_as_value(x):
    n = x.shape[0]
    return x * n + np.zeros(n)


@program([(V, 2)], argnums=0)
def shape_from_argument(x, n):
    return np.ones((n, 1)) * x


@program([(np.zeros(0), V)])
def concatenate_with_empty(x, y):
    return np.concatenate([x, y])


@program([(V,)], complex_step=False)
def sorted_values(x):
    return np.sort(x) * np.arange(3.0)


@program([(V.astype(np.float32), W)])
def concatenate_mixed_precision(x, y):
    return np.concatenate([x, y])


@program([(V,)])
def at_least_dimensions(x):
    return np.atleast_2d(x) * np.atleast_1d(x)
