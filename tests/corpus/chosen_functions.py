"""Functions that are chosen at run time: by branches, from lists and dicts, from trip to trip."""

import functools
import math

import numpy as np

from corpus.registry import program

SHAPES = [math.sin, math.cos, math.exp]
LINKS = {1: math.sin, 2: math.cos}


@functools.cache
def remembered(t):
    return t * t * t


def doubled(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


@doubled
def scaled(t, factor=1.0):
    return t * t * factor


def square(t):
    return t * t


def power(n):
    def raised(t):
        return t**n

    return raised


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def apply(self, t):
        return self.factor * t * t

    def shift(self, t):
        return self.factor + t


OUTSIDE = Scale(3.0)


@program([(0.7, 1), (0.7, 0)], argnums=(0,))
def chosen_by_a_flag(x, flag):
    f = math.sin if flag else math.cos
    return f(x) * x


@program([(0.7,), (0.2,)])
def chosen_by_the_argument(x):
    if x > 0.5:
        f = math.sin
    elif x > 0.3:
        f = square
    else:
        f = math.exp
    return f(x) * f(2.0 * x)


@program([(0.7, 2.0), (0.2, 2.0)])
def lambdas_of_two_branches(x, y):
    if x > 0.5:
        f = lambda t: t * x * y  # noqa: E731
    else:
        f = lambda t: t + x * y  # noqa: E731
    return f(x * 2.0)


@program([(0.7, 2.0), (0.2, 2.0)])
def closures_made_in_branches(x, y):
    f = power(x) if x > 0.5 else power(y)
    return f(y) * x


@program([(0.7, 2.0), (0.2, 2.0)])
def partials_made_in_branches(x, y):
    f = functools.partial(scaled, factor=x * y) if x > 0.5 else functools.partial(scaled, y)
    return f(x) * x


@program([(0.7, 2.0), (0.2, 2.0)])
def defaults_bound_in_branches(x, y):
    if x > 0.5:
        z = x * y

        def f(t, a=z):
            return a * t
    else:

        def f(t, a=y):
            return a + t
    return f(x)


@program([(0.7, 0), (0.7, 2), (0.7, -2)], argnums=(0,))
def index_into_a_list(x, k):
    functions = [math.sin, lambda t: t * t * x, power(3.0)]
    return functions[k](x)


@program([(0.7, 5)], argnums=(0,))
def index_in_a_loop(x, n):
    functions = (math.sin, math.cos, lambda t: t * x)
    y = x
    for k in range(n):
        y = functions[k % 3](y) + x
    return y


@program([(0.7, 2), (0.7, 1)], argnums=(0,), complex_step=False)
def key_of_a_dict(x, key):
    functions = {1: square, 2: lambda t: t * x}
    return functions[key](x) * LINKS[key](x)


@program([(0.7, 2), (0.7, 0)], argnums=(0,), complex_step=False)
def list_from_outside(x, k):
    return SHAPES[k](x * x)


@program([(0.7,)])
def all_of_a_list(x):
    total = 0.0
    for f in [math.sin, lambda t: t * t * x, OUTSIDE.apply, functools.partial(scaled, factor=x)]:
        total = total + f(x)
    return total


@program([(0.7, 4)], argnums=(0,))
def function_as_loop_state(x, n):
    f = math.sin
    for k in range(n):
        x = f(x) + x
        f = math.cos if k % 2 else square
    return x


@program([(0.7,)])
def composed_in_a_loop(x):
    f = lambda t: t  # noqa: E731
    for _ in range(3):
        f = (lambda g: lambda t: g(t) * x + t)(f)
    return f(x)


@program([(0.7,), (-0.7,)])
def none_or_a_function(x):
    hook = None
    if x > 0.0:
        hook = square
    y = x * 3.0
    if hook is not None:
        y = hook(y)
    return y


@program([(0.7, 1), (0.7, 0)], argnums=(0,))
def chosen_function_is_passed_on(x, flag):
    def twice(f, t):
        return f(f(t))

    return twice(math.sin if flag else square, x) + sum(map(square if flag else math.exp, (x, 2.0)))


@program([(0.7,), (0.2,)])
def chosen_method(x):
    scale = Scale(x)
    f = scale.apply if x > 0.5 else scale.shift
    return f(x) * OUTSIDE.apply(x)


@program([(0.7,), (0.2,)])
def chosen_function_changes_a_variable(x):
    count = 0.0

    def up(t):
        nonlocal count
        count = count + t

    def down(t):
        nonlocal count
        count = count - t * t

    f = up if x > 0.5 else down
    f(x)
    f(2.0 * x)
    return count


@program([(0.7,)])
def remembered_function(x):
    return remembered(x) * remembered(2.0 * x)


@program([(0.7, 4)], argnums=(0,))
def recursion_through_a_chosen_function(x, n):
    def even(k):
        return 1.0 if k == 0 else x * odd(k - 1)

    def odd(k):
        return x if k == 0 else even(k - 1) + x

    return (even if n % 2 == 0 else odd)(n)


@program([(np.array([0.5, 1.5]), 1), (np.array([0.5, 1.5]), 0)], argnums=(0,))
def chosen_activation(x, which):
    activations = [np.tanh, lambda v: np.maximum(v, 0.0) * v]
    f = activations[which]
    return np.sum(f(x) * f(x - 1.0))


@program([(0.7,)])
def functions_of_a_comprehension(x):
    early = [lambda y, i=i: y * i + x for i in range(3)]
    powers = [power(k) for k in range(3)]
    return early[1](x) * early[2](x) + sum(p(x) for p in powers) + [lambda y: y * x for _ in range(2)][1](x)


@program([(0.7, 0.3)])
def operations_by_name(x, y):
    tree = ("add", ("mul", x, y), ("neg", ("mul", x, x)))

    def value(node):
        if not isinstance(node, tuple):
            return node
        name, *parts = node
        return getattr(Operations, name)(*map(value, parts))

    return value(tree)


class Operations:
    add = staticmethod(lambda a, b: a + b)

    @staticmethod
    def mul(a, b):
        return a * b

    @classmethod
    def neg(cls, a):
        return cls.mul(-1.0, a)
