"""Elementwise arithmetic and functions of arrays; single precision, 0-d and empty arrays."""

import math

import numpy as np

from corpus.registry import program

V = np.array([0.5, -1.5, 2.0])
P = np.array([0.5, 1.5, 2.0])
U = np.array([0.1, -0.3, 0.6])
M = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])


@program([(V,), (M,)])
def scaled_array(x):
    return 2.0 * x


@program([(V, 3.0), (M, 0.5)])
def array_times_scalar(x, s):
    return x * s


@program([(V, P), (M, M + 4.0)])
def array_sum_difference(x, y):
    return x + y - 3.0 * (y - x)


@program([(V, P), (M, M + 4.0)])
def array_product_quotient(x, y):
    return x * y + x / y


@program([(P, V)])
def array_power(x, y):
    return x**y


@program([(V,), (np.array([0.0, -2.0, 3.0]),)])
def array_square_cube(x):
    return x**2 + x**3


@program([(np.array([0.0, -2.0, 3.0]),)])
def array_power_zero_one(x):
    return x**0 + x**1 * 2.0


@program([(P,)])
def array_power_half(x):
    return x**0.5 + x**-1


@program([(V,)])
def constant_to_array_power(x):
    return 2.0**x


@program([(V, np.array([0, 1, 2]))], argnums=0)
def power_integer_array(x, n):
    return x**n


@program([(V,)])
def negated_array(x):
    return -x * x


@program([(V + 5.1, P)], complex_step=False)
def array_modulo(x, y):
    return x % y * x


@program([(V,)], complex_step=False)
def absolute_array(x):
    return abs(x) + np.abs(x) * x


@program([(V,), (0.5,)])
def sin_cos(x):
    return np.sin(x) * np.cos(x)


@program([(U,)])
def tan_arctan(x):
    return np.tan(x) + np.arctan(x)


@program([(U,)])
def arcsin_arccos(x):
    return np.arcsin(x) * np.arccos(x)


@program([(U,)])
def hyperbolic(x):
    return np.sinh(x) + np.cosh(x) * np.tanh(x)


@program([(P,)])
def inverse_hyperbolic(x):
    return np.arcsinh(x) + np.arccosh(x + 1.0) + np.arctanh(x / 4.0)


@program([(V,)])
def exponentials(x):
    return np.exp(x) + np.expm1(x) * np.exp2(x)


@program([(P,)])
def logarithms(x):
    return np.log(x) * np.log2(x) + np.log10(x) + np.log1p(x)


@program([(P,)])
def square_root_and_square(x):
    return np.sqrt(x) + np.square(x) + np.reciprocal(x)


@program([(V,)], complex_step=False)
def cube_root(x):
    return np.cbrt(x)


@program([(V, P)], complex_step=False)
def arctan2_hypot(x, y):
    return np.arctan2(x, y) + np.hypot(x, y)


@program([(V, P)], complex_step=False)
def logaddexp(x, y):
    return np.logaddexp(x, y)


@program([(V, P - 1.7)], complex_step=False)
def maximum_minimum(x, y):
    return np.maximum(x, y) * 2.0 + np.minimum(x, y) ** 2


@program([(V,)], complex_step=False)
def relu(x):
    return np.maximum(x, 0.0) * x


@program([(V,)], complex_step=False)
def clipped(x):
    return np.clip(x, -1.0, 1.0) * x


@program([(V,)])
def where_condition(x):
    return np.where(x > 0.0, x * x, -x)


@program([(V, P)])
def where_two_arrays(x, y):
    return np.where(np.array([True, False, True]), x * y, y)


@program([(V,)], complex_step=False)
def sign_factor(x):
    return np.sign(x) * x * x


@program([(V + 0.2,)], complex_step=False)
def floor_ceil_rint(x):
    return np.floor(x) * x + np.ceil(x) + np.rint(x) * x


@program([(V,)])
def named_functions(x):
    return np.add(x, 1.0) * np.multiply(x, x) - np.subtract(x, np.negative(x)) + np.divide(x, 2.0)


@program([(P,)])
def named_powers(x):
    return np.power(x, 3) + np.float_power(x, 2.0) + np.true_divide(1.0, x)


@program([(V,)])
def method_chain(x):
    return (x * x).copy() + x.astype(np.complex128 if np.iscomplexobj(x) else np.float64)


@program([(V,)])
def comparison_mask(x):
    return (x > 0.0) * x**2


@program([(V,)])
def used_many_times_array(x):
    return x * x + x * x * x - x / (1.0 + x * x) + x


@program([(V,)])
def array_reassigned(x):
    y = x * 2.0
    y = y * y
    y = np.sin(y) + x
    return y


@program([(V, 3)], argnums=0)
def array_loop(x, n):
    y = x
    for i in range(n):
        y = y * 0.5 + np.sin(x) * i
    return y


@program([(V, 3), (V, 0)], argnums=0)
def nonlinear_array_loop(x, n):
    y = x
    for _ in range(n):
        y = np.tanh(y) * x + y
    return np.sum(y)


@program([(V,), (-V,)])
def branch_on_array_sum(x):
    if np.sum(x) > 0.0:
        return x * x
    return x * 3.0


@program([(V,)], complex_step=False)
def array_while(x):
    while np.sum(x * x) > 0.1:
        x = x * 0.5
    return x


@program([(np.float32(1.5),)])
def single_precision_scalar(x):
    return x * x + x


@program([(V.astype(np.float32),)])
def single_precision_array(x):
    return x * x * 0.5


@program([(V.astype(np.float32), np.float32(2.0))])
def single_precision_array_and_scalar(x, s):
    return x * s + x


@program([(V.astype(np.float32), 2.0)])
def single_precision_array_and_float(x, s):
    return x * s


@program([(V.astype(np.float32), P)])
def mixed_precision(x, y):
    return x * y


@program([(P.astype(np.float32),)])
def single_precision_functions(x):
    return np.exp(-x) * np.log(x) + np.sqrt(x)


@program([(V.astype(np.float32),)])
def single_precision_sum(x):
    return np.sum(x * x)


@program([(V,)], complex_step=False)
def cast_to_single(x):
    return np.sum(x.astype(np.float32) * np.float32(2.0))


@program([(np.float64(1.5),)])
def numpy_scalar(x):
    return x * x + np.sin(x)


@program([(np.float64(1.5), 2.0)])
def numpy_scalar_and_float(x, y):
    return x * y + y


@program([(np.array(1.5),)])
def zero_dimensional(x):
    return x * x


@program([(np.array(1.5), V)])
def zero_dimensional_and_vector(x, y):
    return x * y


@program([(np.array(1.5), 2.0)])
def zero_dimensional_and_float(x, y):
    return np.sin(x) * y


@program([(np.zeros(0),), (np.zeros((0, 3)),)])
def empty_elementwise(x):
    return np.sin(x) * x


@program([(np.zeros(0), 2.0)])
def empty_times_scalar(x, s):
    return x * s


@program([(np.zeros(0),)])
def empty_sum(x):
    return np.sum(x * x)


@program([(0.7,)])
def numpy_function_of_float(x):
    return np.sin(x) * np.exp(x)


@program([(0.7,)])
def numpy_and_math(x):
    return math.sin(x) * np.cos(x)


@program([(V, 2)], argnums=0)
def integer_factor(x, n):
    return x * n + n


@program([(V, np.array([1, 2, 3]))], argnums=0)
def integer_array_factor(x, n):
    return x * n


@program([(V + 1j * P,)], complex_step=False, order=1)
def complex_array_square(z):
    return z * z


@program([(V + 1j * P, V)], complex_step=False, order=1)
def complex_array_times_real(z, x):
    return z * x


@program([(V + 1j * P,)], complex_step=False, order=1)
def complex_array_parts(z):
    return np.real(z) * np.imag(z)


@program([(V + 1j * P,)], complex_step=False, order=1)
def complex_array_energy(z):
    return np.sum((z * np.conj(z)).real)


@program([(V + 1j * P,)], complex_step=False, order=1)
def complex_array_exp(z):
    return np.exp(z) / (1.0 + z * z)


@program([(V,)], complex_step=False, order=1)
def real_through_complex(x):
    return np.sum(np.abs(np.exp(1j * x) + x))


@program([(np.array([[np.pi, 0.5], [1.5, -2.0]]),)])
def matrix_elementwise(x):
    return np.sin(x) * x + 1.0 / (x * x + 1.0)
