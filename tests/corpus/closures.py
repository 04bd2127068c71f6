"""Functions and lambdas defined inside a function."""

import functools
import math

import numpy as np

import srcad
from corpus.registry import program

RATE = 0.75


def apply_twice(function, x):
    return function(function(x))


def compose(outer, inner):
    return lambda x: outer(inner(x))


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2.0 * function(*args, **kwargs)

    return wrapper


def newton(function, start, steps):
    slope = srcad.grad(function)
    for _ in range(steps):
        start = start - function(start) / slope(start)
    return start


def runge_kutta(right_hand_side, y, step, steps):
    for _ in range(steps):
        k1 = right_hand_side(y)
        k2 = right_hand_side(y + 0.5 * step * k1)
        k3 = right_hand_side(y + 0.5 * step * k2)
        k4 = right_hand_side(y + step * k3)
        y = y + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


@program([(1.3,)])
def inner_function_reads_argument(x):
    def inner(y):
        return x * y * y

    return inner(2.0) + inner(x)


@program([(1.3,)])
def lambda_reads_argument(x):
    square_times_x = lambda y: x * y * y  # noqa: E731
    return square_times_x(x)


@program([(1.3,)])
def captured_variable_is_bound_late(x):
    factor = 2.0

    def scaled(y):
        return factor * y

    first = scaled(x)
    factor = x
    return first + scaled(x) * 3.0


@program([(1.3,)])
def variable_bound_after_the_function(x):
    def scaled(y):
        return later * y

    later = x * x
    return scaled(x)


@program([(1.3,)])
def late_binding_in_a_loop(x):
    total = 0.0
    scaled = lambda y: y * i * x  # noqa: E731
    for i in range(4):  # noqa: B007
        total = total + scaled(x)
    return total


@program([(1.3,)])
def all_lambdas_of_a_loop_see_the_last_value(x):
    a = None
    b = None
    for k in (1.0, 2.0, x):
        if a is None:
            a = lambda y: y * k  # noqa: B023, E731
        else:
            b = a
    return b(x)


@program([(1.3,)])
def default_is_evaluated_once(x):
    factor = x

    def scaled(y, factor=factor):
        return y * factor

    factor = 10.0
    return scaled(x) * factor


@program([(1.3,)])
def default_of_a_lambda(x):
    power = lambda y, n=2, *, shift=x: y**n + shift  # noqa: E731
    return power(x) + power(x, 3) + power(x, shift=1.0)


@program([(1.3,)])
def parameter_shadows(x):
    def inner(x):
        x = x * x
        return x

    return inner(3.0 * x) + x


@program([(1.3,)])
def local_of_inner_function_shadows(x):
    y = x * x

    def inner():
        y = 5.0 * x
        return y

    return inner() * y


@program([(1.3,)])
def inner_function_of_inner_function(x):
    a = x

    def outer(y):
        b = y * a

        def inner(z):
            return a * b * z

        return inner(y) + b

    a = x * x
    return outer(x)


@program([(1.3,)])
def nonlocal_accumulator(x):
    total = 0.0

    def add(y):
        nonlocal total
        total = total + y * x

    add(1.0)
    add(x)
    return total * total


@program([(1.3,)])
def nonlocal_in_a_loop(x):
    total = 1.0

    def multiply(y):
        nonlocal total
        total *= y + x

    for k in range(4):
        multiply(k * 0.5)
    return total


@program([(1.3,), (-0.4,)])
def nonlocal_in_a_branch(x):
    count = x

    def change():
        nonlocal count
        count = count * x

    if x > 0.0:
        change()
        change()
    else:
        count = count + 1.0
    return count


@program([(0.7,)])
def nonlocal_in_a_while(x):
    value = x
    steps = 0

    def step():
        nonlocal value, steps
        value = value * 1.5 + x * x
        steps += 1

    while steps < 5:
        step()
    return value


@program([(1.3,)])
def counter_returned(x):
    def make():
        state = x

        def advance():
            nonlocal state
            state = state * x
            return state

        return advance

    a = make()
    b = make()
    return a() + a() + b()


@program([(1.3,)])
def returned_and_called(x):
    def make(n):
        def power(y):
            return x * y**n

        return power

    square, cube = make(2), make(3)
    return square(x) + cube(x)


@program([(1.3,)])
def large_maker_returned(x):
    def make(a, b):
        c = a * b
        d = a + b
        e = c * d
        f = e - a
        g = f * b
        h = g + c
        i = h * a
        j = i - b
        k = j * c
        m = k + d
        return lambda y: y * m * a

    return make(x, 1.5)(x) + make(2.0, x)(x)


@program([(1.3,)])
def recursion_through_a_closure(x):
    def power(n):
        if n == 0:
            return 1.0
        return x * power(n - 1)

    return power(4)


@program([(1.3,)])
def recursive_lambda(x):
    horner = lambda n: 1.0 if n <= 0 else 1.0 + x * horner(n - 1)  # noqa: E731
    return horner(3)


@program([(1.3,)])
def mutual_recursion(x):
    def even(n):
        return 1.0 if n == 0 else x * odd(n - 1)

    def odd(n):
        return 0.5 if n == 0 else (x + 1.0) * even(n - 1)

    return even(5)


@program([(1.3,)])
def lambda_passed_to_a_function(x):
    return apply_twice(lambda y: y * x + 1.0, x)


@program([(0.8,)])
def inner_function_passed_to_a_loop(x):
    def rhs(y):
        return -x * y + math.sin(y)

    return runge_kutta(rhs, 1.5, 0.1, 5)


@program([(np.array([0.8, -0.3]), 0.6)])
def right_hand_side_over_arrays(y, rate):
    matrix = np.array([[0.0, 1.0], [-1.0, -0.2]])
    return np.sum(runge_kutta(lambda state: rate * (matrix @ state), y, 0.2, 3) ** 2)


@program([(1.3,)])
def functions_composed(x):
    return compose(lambda y: y * x, math.sin)(x) + compose(math.exp, lambda y: y - x * x)(x)


@program([(1.3,)])
def functions_in_a_tuple(x):
    total = 0.0
    for function in (lambda y: y * x, math.sin, lambda y: y * y):
        total = total + function(x)
    return total


@program([(1.3,)])
def function_chosen_by_a_constant(x):
    flag = True
    function = (lambda y: y * x) if flag else (lambda y: y + x)
    return function(x)


@program([(1.3,), (-0.7,)])
def function_chosen_inside_a_branch(x):
    if x > 0.0:
        function = lambda y: y * x  # noqa: E731
        result = function(x)
    else:
        function = lambda y: y - x * x  # noqa: E731
        result = function(2.0)
    return result


@program([(1.3,)])
def lambda_called_at_once(x):
    return (lambda a, b: a * b * x)(x, 2.0)


@program([(1.3,)])
def captured_array_element(x):
    weights = np.array([1.0, 2.0, 3.0])
    return sum_over(lambda k: weights[k] * x**k, 3)


def sum_over(term, count):
    total = 0.0
    for k in range(count):
        total = total + term(k)
    return total


@program([(1.3,)])
def variadic_inner_function(x):
    def total(*items, scale=1.0, **more):
        result = 0.0
        for item in items:
            result = result + item * scale
        return result + more["extra"]

    return total(x, x * x, 2.0, scale=x, extra=x)


@program([(1.3,)])
def decorated_inner_function(x):
    @doubled
    def inner(y):
        return x * y * y

    return inner(x)


@program([(1.3,)])
def partial_of_a_lambda(x):
    product = functools.partial(lambda a, b, c=1.0: a * b * c, x)
    cubed = functools.partial(product, x, c=x)
    return product(2.0) + cubed()


@program([(1.3,)])
def global_read_inside(x):
    return (lambda y: y * RATE * x)(x)


@program([(1.3,)], complex_step=False)
def gradient_of_a_lambda(x):
    slope = srcad.grad(lambda y: y**3 * x)
    return slope(x)


@program([(1.3,)], complex_step=False)
def gradient_sees_late_binding(x):
    a = x
    slope = srcad.grad(lambda y: y**3 * a)
    a = x * x
    return slope(x)


@program([(1.5,)], complex_step=False)
def gradient_of_a_gradient_inside(x):
    return srcad.grad(lambda y: srcad.grad(lambda z: x * y * z**3)(y))(x)


@program([(1.3,)], complex_step=False)
def tangent_of_an_inner_function(x):
    def inner(y, k=2.0):
        return x * y**3 * k

    value, slope = srcad.jvp(inner, (x,), (1.0,))
    return value * slope


@program([(1.3,)], complex_step=False)
def pullback_of_a_lambda(x):
    value, pullback = srcad.vjp(lambda y: y * y * x, x)
    return value + pullback(x)[0]


@program([(1.7,)], complex_step=False)
def newton_with_a_closure(x):
    return newton(lambda y: y * y - x, 1.0, 5)


@program([(1.3, 2.0)])
def same_code_with_different_captures(x, y):
    def make(a):
        return lambda z: a * z * z

    first, second = make(x), make(y)
    return first(y) * second(x)


@program([(1.3,)])
def deleted_and_bound_again(x):
    a = x

    def inner():
        return a * x

    first = inner()
    del a
    a = x * x
    return first + inner()


@program([(1.3,)])
def lambda_in_a_default(x):
    def inner(y, function=lambda z: z * x):
        return function(y) + function(1.0)

    return inner(x)


@program([(1.3,), (0.2,)])
def early_return_inside(x):
    def clipped(y):
        if y > 1.0:
            return 1.0 + 0.1 * (y - 1.0)
        return y * x

    return clipped(x) + clipped(2.0 * x)


@program([(1.3,)])
def class_of_state_without_a_class(x):
    position, speed = x, 1.0

    def push(force):
        nonlocal position, speed
        speed = speed + force
        position = position + speed * x

    for k in range(3):
        push(-0.1 * position)
        push(0.05 * k)
    return position * speed


@program([(0.8, 3), (6.0, 3)], argnums=0)
def integer_that_becomes_a_float(x, n):
    b = 0
    for k in range(n):
        b = k
    if x > 5.0:
        b = x * x
    for k in range(n):
        b = b * x + k
    return b * x
