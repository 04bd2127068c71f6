"""Reading elements, slices, by integer and boolean arrays, with repeats."""

import numpy as np

from corpus.registry import program

V = np.array([0.5, -1.5, 2.0, 0.25])
M = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
T = np.arange(24.0).reshape(2, 3, 4) / 10.0 - 1.05
REPEATED = np.array([0, 0, 1])


@program([(V,)])
def one_element(x):
    return x[1] ** 2


@program([(V,)])
def several_elements(x):
    return x[0] * x[1] + x[-1] * x[0]


@program([(V, 2), (V, -1)], argnums=0)
def variable_index(x, i):
    return x[i] ** 3


@program([(M,)])
def matrix_element(x):
    return x[0, 1] * x[1, -1]


@program([(M,)])
def element_of_row(x):
    return x[0][1] * x[1][2]


@program([(M,)])
def row(x):
    return x[1] * x[0]


@program([(M,)])
def column(x):
    return x[:, 1] ** 2


@program([(V,)])
def plain_slice(x):
    return x[1:3] * 2.0


@program([(V,)])
def overlapping_slices(x):
    return x[:-1] * x[1:]


@program([(V,)])
def strided_slice(x):
    return x[::2] * x[1::2]


@program([(V,)])
def reversed_slice(x):
    return x[::-1] * x


@program([(V, 1, 3)], argnums=0)
def variable_slice(x, i, j):
    return np.sum(x[i:j] ** 2)


@program([(V,)])
def empty_slice(x):
    return np.sum(x[2:2]) + x[0]


@program([(V,)])
def slice_out_of_range(x):
    return x[1:100] ** 2


@program([(M,)])
def block(x):
    return x[:, 1:] * x[:, :2]


@program([(M,)])
def row_and_slice(x):
    return x[0, 1:] * x[1, :-1]


@program([(T,)])
def ellipsis_index(x):
    return x[..., 0] * x[..., -1]


@program([(T,)])
def three_dimensional(x):
    return x[1, :, 2] * x[0, 1, 1]


@program([(V,)])
def new_axis(x):
    return x[:, None] * x[None, :]


@program([(V,)])
def named_new_axis(x):
    return x[np.newaxis, :] * 2.0


@program([(V,)])
def integer_list(x):
    return x[[0, 2]] ** 2


@program([(V,)])
def integer_list_with_repeat(x):
    return x[[0, 0, 1]] ** 2


@program([(V,)])
def integer_array_with_repeat(x):
    return x[REPEATED] * x[:3]


@program([(V, np.array([3, 1, 1]))], argnums=0)
def integer_array_argument(x, i):
    return x[i] ** 2


@program([(V, np.array([[0, 1], [1, 3]]))], argnums=0)
def integer_matrix_argument(x, i):
    return x[i] * 2.0


@program([(V,)])
def negative_integer_array(x):
    return x[np.array([-1, -1, 0])] ** 2


@program([(M,)])
def pairs_of_indices(x):
    return x[[0, 1, 1], [2, 0, 0]] ** 2


@program([(M,)])
def integer_array_of_rows(x):
    return x[np.array([1, 0, 1])] ** 2


@program([(M,)])
def slice_and_integer_array(x):
    return x[:, [0, 2, 2]] ** 2


@program([(V, np.array([True, False, True, True]))], argnums=0)
def boolean_mask(x, mask):
    return x[mask] ** 2


@program([(V,)])
def data_dependent_mask(x):
    return np.sum(x[x > 0.0] ** 2)


@program([(M,)])
def boolean_mask_of_matrix(x):
    return x[x > 0.0] ** 2


@program([(V, np.array([0, 0, 3, 1]))], argnums=0)
def take(x, i):
    return np.take(x, i) ** 2


@program([(V,)])
def elements_in_loop(x):
    total = 0.0
    for i in range(len(x)):
        total = total + x[i] * x[i] * i
    return total


@program([(V,)])
def neighbours_in_loop(x):
    total = 0.0
    for i in range(1, x.shape[0]):
        total = total + np.sin(x[i - 1]) * x[i]
    return total


@program([(M,)])
def elements_in_nested_loop(x):
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            total = total + x[i, j] ** 2 * (i + 2 * j + 1)
    return total


@program([(M,)])
def rows_in_loop(x):
    total = 0.0
    for i in range(x.shape[0]):
        row = x[i]
        total = total + np.sum(row * row) * total + row[0]
    return total


@program([(V, 1)], argnums=0)
def index_computed(x, i):
    j = (i * 3 + 1) % len(x)
    return x[j] * x[i]


@program([(V,)])
def index_by_data(x):
    i = int(np.argmax(np.real(x)))
    return x[i] ** 2 + x[0]


@program([(V,), (-V,)])
def element_in_condition(x):
    if x[0] > 0.0:
        return x[1] * x[2]
    return x[3] ** 2


@program([(M,)])
def unpacked_rows(x):
    a, b = x
    return a * b


@program([(V,)])
def unpacked_elements(x):
    a, b, *rest = x
    return a * b + rest[0] * rest[1]


@program([(np.array([2.0, 5.0]),)])
def unpacked_vector(z):
    x, y = z
    return x**2 * y + y + 2.0


@program([(V,)])
def slice_of_slice(x):
    return x[1:][:2][0] * x[0]


@program([(V,)])
def index_of_expression(x):
    return (x * x + 1.0)[2] * x[0]


@program([(V.astype(np.float32),)])
def single_precision_indexing(x):
    return x[1:] * x[0]


@program([(np.array(2.5),)])
def zero_dimensional_indexing(x):
    return x[()] * 2.0


@program([(V,)])
def item_method(x):
    return x[1] * 2.0 + x[:2].sum()
