"""``grad``, ``jvp`` and their like, called inside the function that is differentiated."""

import math

import numpy as np

import srcad
from corpus.registry import program

V = np.array([0.5, -1.5, 2.0])


def cube(x):
    return x * x * x


def product_of_sines(x, y):
    return math.sin(x) * math.sin(x * y)


def energy(x):
    return np.sum(np.sin(x) * x)


def looped(x, n):
    y = x
    for _ in range(n):
        y = math.sin(y) * x
    return y


def square_of_sine_slope(x):
    return srcad.grad(math_sine)(x) ** 2


def math_sine(x):
    return math.sin(x)


@program([(1.5,)], complex_step=False)
def gradient_inside(x):
    return srcad.grad(cube)(x) * x


@program([(1.5, 0.7)], complex_step=False)
def gradient_of_first_argument(x, y):
    return srcad.grad(product_of_sines)(x, y) * y


@program([(1.5, 0.7)], complex_step=False)
def gradient_of_second_argument(x, y):
    return srcad.grad(product_of_sines, argnums=1)(x, y) * y


@program([(1.5, 0.7)], complex_step=False)
def gradient_of_both_arguments(x, y):
    a, b = srcad.grad(product_of_sines, argnums=(0, 1))(x, y)
    return a * b


@program([(1.5,)], complex_step=False)
def second_derivative_inside(x):
    return srcad.grad(srcad.grad(cube))(x) * x


@program([(1.5,)], complex_step=False, order=1)
def gradient_of_function_with_gradient(x):
    return srcad.grad(square_of_sine_slope)(x) * x


@program([(V,)], complex_step=False)
def array_gradient_inside(x):
    return np.sum(srcad.grad(energy)(x) ** 2)


@program([(0.8,)], complex_step=False)
def gradient_of_loop_inside(x):
    return srcad.grad(looped)(x, 3) * x


@program([(0.8, 3)], argnums=0, complex_step=False)
def gradient_in_a_loop(x, n):
    for _ in range(n):
        x = x - 0.1 * srcad.grad(cube)(x)
    return x


@program([(1.5, 2.0)], complex_step=False)
def value_and_gradient_inside(x, y):
    value, slope = srcad.value_and_grad(cube)(x)
    return value * slope * y


@program([(1.5, 2.0)], complex_step=False)
def tangent_inside(x, t):
    y, y_dot = srcad.jvp(cube, (x,), (t,))
    return y * y_dot


@program([(1.5,), (0.5,)], complex_step=False)
def gradient_in_a_branch(x):
    if x > 1.0:
        return srcad.grad(cube)(x)
    return x * x


def shifted(u, x):
    return x + u


def residual(u, a):
    return u * u - a


def scaled_slope(x, y):
    return x * srcad.grad(shifted)(y, x)


@program([(1.5,)], complex_step=False)
def perturbation_confusion(x):
    """The textbook's: one, where two levels that are taken for each other give two."""
    return x * srcad.grad(shifted)(1.0, x)


@program([(1.5, 0.7)], complex_step=False)
def perturbation_confusion_twice(x, y):
    return x * srcad.grad(scaled_slope)(y, x * y) * y


@program([(0.3, 1.2)], complex_step=False)
def newton_step(x, a):
    return x - residual(x, a) / srcad.grad(residual)(x, a)
