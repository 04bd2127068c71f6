"""Calls to other Python functions."""

import math

from corpus.registry import program

RATE = 0.25


def square(x):
    return x * x


def product(x, y):
    return x * y


def scaled(x, factor=2.0, *, shift=0.5):
    return x * factor + shift


def sine_and_cosine(x):
    return math.sin(x), math.cos(x)


def larger(x, y):
    if x > y:
        return x
    return y * y


def polynomial(x, n):
    total = 0.0
    for i in range(n):
        total = total * x + i + 1.0
    return total


def outer_helper(x):
    return square(x) + product(x, 3.0)


def with_global(x):
    return x * RATE


def ignores_second(x, y):
    return x * 3.0


def constant_helper(x):
    return 4.0


def reassigns_parameter(x):
    x = x * x
    return x + 1.0


def named_parts(x, y):
    return {"sum": x + y, "product": x * y}


def halving(x):
    while x > 1.0:
        x = x / 2.0
    return x


def apply_twice(function, x):
    return function(function(x))


cube = lambda x: x * x * x  # noqa: E731


@program([(1.5,)])
def simple_call(x):
    return square(x) + x


@program([(1.5,)])
def called_twice(x):
    return square(x) * square(x + 1.0)


@program([(1.5,)])
def composed_calls(x):
    return square(square(square(x)))


@program([(1.5, 2.5)])
def arguments_in_order(x, y):
    return product(x, y) - product(y, x * x)


@program([(1.5, 2.5)])
def keyword_arguments(x, y):
    return product(y=x, x=y * y)


@program([(1.5,)])
def default_arguments(x):
    return scaled(x)


@program([(1.5, 0.7)])
def default_overridden(x, y):
    return scaled(x, y) * scaled(x, factor=3.0) * scaled(y, shift=x)


@program([(1.5, 0.7)])
def keyword_only_argument(x, y):
    return scaled(x, shift=y * y)


@program([(1.5,)])
def tuple_returned(x):
    s, c = sine_and_cosine(x)
    return s * c + s


@program([(1.5,)])
def tuple_result_indexed(x):
    return sine_and_cosine(x)[0] * x


@program([(1.5,)])
def tuple_result_partly_used(x):
    s, _ = sine_and_cosine(x)
    return s * x


@program([(1.5, 2.5)])
def dict_returned(x, y):
    parts = named_parts(x, y)
    return parts["sum"] * parts["product"]


@program([(1.5, 2.5), (2.5, 1.5)])
def branch_in_callee(x, y):
    return larger(x, y) * x


@program([(1.5,)])
def loop_in_callee(x):
    return polynomial(x, 4) + polynomial(x * x, 2)


@program([(5.5,)])
def while_in_callee(x):
    return halving(x) * halving(x * 3.0)


@program([(1.5,)])
def two_levels(x):
    return outer_helper(x) * outer_helper(2.0 * x)


@program([(1.5,)])
def callee_reads_global(x):
    return with_global(x) * x


@program([(1.5,)])
def own_global(x):
    return x * RATE + RATE**2


@program([(1.5, 2.5)])
def callee_ignores_argument(x, y):
    return ignores_second(x, y) * y


@program([(1.5,)])
def callee_constant(x):
    return constant_helper(x) * x


@program([(1.5,)])
def callee_reassigns_parameter(x):
    return reassigns_parameter(x) * x


@program([(1.5, 2.5)])
def activity_patterns(x, y):
    return product(x, 2.0) + product(3.0, y) + product(2.0, 3.0) + product(x, y)


@program([(1.5,)])
def same_argument_twice(x):
    return product(x, x)


@program([(1.5,)])
def integer_and_float_kinds(x):
    return product(x, 2) + product(2, x) + product(x, x)


@program([(1.5, 4)], argnums=0)
def call_in_loop(x, n):
    y = x
    for i in range(n):
        y = product(y, x) + i
    return y


@program([(1.5, 4)], argnums=0)
def looping_callee_in_loop(x, n):
    y = x
    for i in range(n):
        y = 0.1 * polynomial(y, i) + x
    return y


@program([(1.5,), (0.5,)])
def call_in_condition(x):
    if square(x) > 1.0:
        return square(x) * x
    return x


@program([(1.5,)])
def call_in_while_condition(x):
    while square(x) < 50.0:
        x = x * 1.5
    return x


@program([(1.5,)])
def lambda_at_module_level(x):
    return cube(x) * x


@program([(1.5,)])
def function_through_a_name(x):
    f = square
    return f(x) * f(x + 1.0)


@program([(1.5,)])
def function_as_argument(x):
    return apply_twice(square, x) + apply_twice(math.sin, x)


@program([(1.5, 2.5)])
def starred_call(x, y):
    pair = (x, y)
    return product(*pair) * x


@program([(1.5, 2.5)])
def double_starred_call(x, y):
    named = {"x": x, "y": y * y}
    return product(**named)


@program([(1.5, 2.5)])
def evaluation_order_in_arguments(x, y):
    return product(x := x + 1.0, x * y)


@program([(1.5, True), (1.5, False)], argnums=0)
def callee_chosen_by_flag(x, flag):
    f = square if flag else cube
    return f(x) * x
