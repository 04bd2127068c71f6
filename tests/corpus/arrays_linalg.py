"""Products of vectors and matrices, systems, determinants, norms."""

import numpy as np

from corpus.registry import program

V = np.array([0.5, -1.5, 2.0])
W = np.array([1.0, 0.25, -0.75])
M = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
A = np.array([[2.0, 0.3, -0.1], [0.5, 1.5, 0.2], [-0.4, 0.1, 3.0]])
B = np.array([[1.0, 0.5], [-0.5, 2.0], [0.25, 0.75]])
T = np.arange(24.0).reshape(2, 3, 4) / 10.0 - 1.05


@program([(V, W)])
def vector_dot_vector(x, y):
    return np.dot(x, y)


@program([(V, W)])
def vector_at_vector(x, y):
    return x @ y * 2.0


@program([(M, V)])
def matrix_at_vector(x, y):
    return x @ y


@program([(V, B)])
def vector_at_matrix(x, y):
    return x @ y


@program([(M, B)])
def matrix_at_matrix(x, y):
    return x @ y


@program([(M, B)])
def matrix_dot_method(x, y):
    return x.dot(y) ** 2


@program([(M, V)])
def matmul_function(x, y):
    return np.matmul(x, y) * 3.0


@program([(V, 2.0)])
def dot_with_scalar(x, s):
    return np.dot(x, s)


@program([(T, np.arange(8.0).reshape(4, 2) / 4.0)])
def stacked_matrices(x, y):
    return x @ y


@program([(T, T.transpose(0, 2, 1) + 0.1)])
def stacked_at_stacked(x, y):
    return x @ y


@program([(T, T[:1].transpose(0, 2, 1) + 0.1)])
def stacked_at_broadcast(x, y):
    return x @ y


@program([(T, np.array([0.5, 1.0, -1.0, 2.0]))])
def stacked_at_vector(x, y):
    return x @ y


@program([(A, V)])
def quadratic_form(a, x):
    return x @ a @ x


@program([(M,)])
def gram_matrix(x):
    return x @ x.T


@program([(A,)])
def matrix_cubed(x):
    return x @ x @ x


@program([(V, W)])
def outer_product(x, y):
    return np.outer(x, y)


@program([(V, W)])
def inner_product(x, y):
    return np.inner(x, y) ** 2


@program([(V, W)], complex_step=False)
def vdot(x, y):
    return np.vdot(x, y)


@program([(M, B)])
def tensordot_default_pair(x, y):
    return np.tensordot(x, y, axes=1)


@program([(T, T + 0.3)])
def tensordot_axes(x, y):
    return np.tensordot(x, y, axes=([1, 2], [1, 2]))


@program([(M, B)])
def einsum_matrix_product(x, y):
    return np.einsum("ij,jk->ik", x, y)


@program([(M,)])
def einsum_sum(x):
    return np.einsum("ij->", x * x)


@program([(M,)])
def einsum_transpose(x):
    return np.einsum("ij->ji", x) * 2.0


@program([(A,)])
def einsum_trace(x):
    return np.einsum("ii", x) ** 2


@program([(A,)])
def einsum_diagonal(x):
    return np.einsum("ii->i", x) ** 2


@program([(V, A, W)])
def einsum_bilinear(x, a, y):
    return np.einsum("i,ij,j", x, a, y)


@program([(T, T + 0.3)])
def einsum_batch(x, y):
    return np.einsum("bij,bkj->bik", x, y)


@program([(M, V)])
def einsum_implicit_output(x, y):
    return np.einsum("ij,j", x, y)


@program([(A, V)])
def solve(a, b):
    return np.linalg.solve(a, b)


@program([(A, B)])
def solve_several(a, b):
    return np.linalg.solve(a, b)


@program([(A,)])
def inverse(a):
    return np.linalg.inv(a)


@program([(A,)])
def determinant(a):
    return np.linalg.det(a)


@program([(A,)], complex_step=False)
def log_determinant(a):
    sign, logarithm = np.linalg.slogdet(a)
    return sign * logarithm


@program([(V,), (M,)], complex_step=False)
def norm(x):
    return np.linalg.norm(x)


@program([(np.zeros(3),)], complex_step=False, order=1)
def norm_at_zero(x):
    return np.linalg.norm(x)


@program([(M,)], complex_step=False)
def norm_axis(x):
    return np.linalg.norm(x, axis=1)


@program([(V,)], complex_step=False)
def norm_of_order_one(x):
    return np.linalg.norm(x, 1)


@program([(A, V)])
def least_squares_by_normal_equations(a, b):
    return np.linalg.solve(a.T @ a + np.eye(3), a.T @ b)


@program([(A, V, 3)], argnums=(0, 1))
def matrix_power_loop(a, x, n):
    for _ in range(n):
        x = a @ x * 0.5
    return x


@program([(M.astype(np.float32), V.astype(np.float32))])
def single_precision_product(x, y):
    return x @ y


@program([(A,)])
def trace_function(x):
    return np.trace(x) * np.trace(x @ x)


@program([(np.zeros((0, 3)), V)])
def empty_matrix_at_vector(x, y):
    return x @ y


@program([(A + 1j * np.eye(3), V)], complex_step=False, order=1)
def complex_matrix_at_real_vector(a, x):
    return a @ x


@program([(A + 1j * np.eye(3), V + 1j * W)], complex_step=False, order=1)
def complex_solve(a, b):
    return np.linalg.solve(a, b)
