"""Functions that call themselves, and each other."""

import math

from corpus.registry import program


@program([(1.3, 0), (1.3, 1), (1.3, 5)], argnums=0)
def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


@program([(1.3, 6)], argnums=0)
def binary_power(x, n):
    if n == 0:
        return 1.0
    half = binary_power(x, n // 2)
    if n % 2 == 0:
        return half * half
    return half * half * x


@program([(1.3, 5)], argnums=0)
def fibonacci(x, n):
    if n < 2:
        return x * (n + 1)
    return fibonacci(x, n - 1) + fibonacci(x, n - 2) * x * 0.1


@program([(9.7,), (0.7,)])
def halve(x):
    if x < 1.0:
        return x * x
    return halve(x * 0.5) + x


@program([(1.3, 1.0, 4)], argnums=(0, 1))
def accumulator(x, total, n):
    if n == 0:
        return total
    return accumulator(x, total * x + n, n - 1)


@program([(0.5, 4)], argnums=0)
def nested_sine(x, n):
    return x if n == 0 else math.sin(nested_sine(x, n - 1)) + x


def is_even_step(x, n):
    if n == 0:
        return x
    return is_odd_step(x * 1.1, n - 1)


def is_odd_step(x, n):
    if n == 0:
        return x * x
    return is_even_step(math.sin(x), n - 1)


@program([(0.5, 4), (0.5, 3)], argnums=0)
def mutual(x, n):
    return is_even_step(x, n) * x


@program([(0.5, 2, 2)], argnums=0)
def ackermann_like(x, m, n):
    if m == 0:
        return x + n
    if n == 0:
        return ackermann_like(x * 1.1, m - 1, 1)
    return 0.5 * ackermann_like(x, m - 1, n - 1) * x


@program([(0.5, 3)], argnums=0)
def loop_over_recursion(x, n):
    if n == 0:
        return x
    total = 0.0
    for i in range(n):
        total = total + loop_over_recursion(x * 0.9, i) * x
    return total


@program([(2.0, 3)], argnums=0)
def continued_fraction(x, n):
    if n == 0:
        return x
    return x + 1.0 / continued_fraction(x, n - 1)


@program([(1.3, 3)], argnums=0)
def returning_pairs(x, n):
    return pair_of_powers(x, n)[0] * pair_of_powers(x, n)[1]


def pair_of_powers(x, n):
    if n == 0:
        return 1.0, x
    a, b = pair_of_powers(x, n - 1)
    return a * x, b + a


@program([(1.3,)])
def legendre_of_order_four(x):
    return legendre(x, 4)


def legendre(x, n):
    if n == 0:
        return 1.0
    if n == 1:
        return x
    return ((2 * n - 1) * x * legendre(x, n - 1) - (n - 1) * legendre(x, n - 2)) / n


@program([(0.2, 1.9, 4)], argnums=(0, 1))
def simpson_by_bisection(a, b, depth):
    middle = 0.5 * (a + b)
    if depth == 0:
        return (b - a) / 6.0 * (math.exp(-a * a) + 4.0 * math.exp(-middle * middle) + math.exp(-b * b))
    return simpson_by_bisection(a, middle, depth - 1) + simpson_by_bisection(middle, b, depth - 1)
