"""``while``: data-dependent numbers of trips, tests with effects, exits."""

import math

from corpus.registry import program


@program([(1.1,), (200.0,)])
def halve_until_small(x):
    while x > 1.0:
        x = x * 0.5
    return x * x


@program([(0.3,)])
def no_trip(x):
    y = x
    while y > 1.0:
        y = y * y
    return y * x


@program([(1.1, 4)], argnums=0)
def counted(x, n):
    y = x
    i = 0
    while i < n:
        y = y * x + i
        i += 1
    return y


@program([(1.1, 4)], argnums=0)
def counted_down(x, n):
    y = x
    while n > 0:
        y = y * x
        n -= 1
    return y


@program([(1.1, 4)], argnums=0)
def truth_of_counter(x, n):
    y = x
    while n:
        y = y * x + n
        n = n - 1
    return y


@program([(2.0,), (0.5,)])
def newton_square_root(a):
    x = a
    while abs(x * x - a) > 1e-14:
        x = 0.5 * (x + a / x)
    return x


@program([(0.4,), (1.1,)])
def while_true_break(x):
    y = x
    while True:
        y = y * 1.5 + 0.1
        if y > 5.0:
            break
    return y * x


@program([(0.4,), (7.0,)])
def break_in_the_middle(x):
    y = x
    while True:
        if y > 5.0:
            break
        y = y * y + 1.0
    return y


@program([(1.1,)])
def while_continue(x):
    y = x
    i = 0
    while i < 6:
        i += 1
        if i % 2:
            continue
        y = y * x + i
    return y


@program([(0.4,), (3.0,)])
def while_else(x):
    y = x
    i = 0
    while i < 4:
        if y > 5.0:
            break
        y = y * 1.3
        i += 1
    else:
        y = y * y
    return y


@program([(0.4,), (3.0,)])
def return_from_while(x):
    y = x
    while True:
        y = y * 1.3 + x
        if y > 5.0:
            return y * x


@program([(0.4, 3.0), (4.0, 1.0)])
def compound_condition(x, y):
    i = 0
    while x < 5.0 and i < 7:
        x = x * 1.2 + 0.1 * y
        i += 1
    return x * y


@program([(0.4, 3.0)])
def or_in_condition(x, y):
    i = 0
    while x < 2.0 or i < 3:
        x = x * 1.4
        i += 1
    return x * y


@program([(0.4,)])
def chained_comparison_in_condition(x):
    y = x
    while 0.1 < y < 3.0:
        y = y * 1.7
    return y * x


@program([(0.4,)])
def computation_in_condition(x):
    y = x
    while math.sin(y) * y < 1.0:
        y = y + 0.3 * x
    return y * y


@program([(0.4,)])
def walrus_in_while_condition(x):
    y = x
    while (t := y * y) < 5.0:
        y = y + 0.4 * t + 0.2
    return y * t


@program([(9.3,)])
def nested_whiles(x):
    total = 0.0
    while x > 1.0:
        y = x
        while y > 2.0:
            y = y * 0.6
            total = total + y * y
        x = x * 0.5
    return total + x


@program([(0.9, 3)], argnums=0)
def for_in_while(x, n):
    y = x
    while y < 4.0:
        for i in range(n):
            y = y + 0.2 * x * i
        y = y * 1.1
    return y


@program([(5.7,), (0.2,)])
def branch_in_while(x):
    y = x
    while abs(y) > 0.5:
        if y > 2.0:
            y = y - 1.5
        else:
            y = y * 0.3
    return y * x


@program([(3.3,)])
def two_exit_reasons(x):
    y = x
    i = 0
    while True:
        if i > 5:
            return y
        if y < 0.2:
            break
        y = y * 0.5
        i += 1
    return y * 3.0


@program([(2.0,)])
def fixed_point(x):
    y = 0.5
    change = 1.0
    while change > 1e-15:
        z = math.cos(y) / x
        change = abs(z - y)
        y = z
    return y


@program([(0.2,)])
def power_series_of_exp(x):
    term = 1.0
    total = 1.0
    n = 1
    while abs(term) > 1e-17:
        term = term * x / n
        total = total + term
        n += 1
    return total


@program([(3.0, 7.0)])
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-13:
        a, b = (a + b) / 2.0, math.sqrt(a * b)
    return a


@program([(17.0, 5.0)])
def remainder_by_subtraction(x, y):
    while x >= y:
        x -= y
    return x * x * y


@program([(2.0,)])
def while_on_inactive_state(x):
    n = 27
    y = x
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        y = y * 0.99 + 0.01 * math.sin(x)
    return y
