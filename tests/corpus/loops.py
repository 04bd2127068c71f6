"""``for`` over all that can be looped over, with the hazards: no trip at all, the loop variable afterwards, exits."""

import math

import numpy as np

from corpus.registry import program

TRIPS = [(1.1, 0), (1.1, 1), (1.1, 4)]
WEIGHTS = (0.5, -1.5, 2.0)
VECTOR = np.array([0.5, -1.5, 2.0])


@program(TRIPS, argnums=0)
def repeated_product(x, n):
    y = x
    for _ in range(n):
        y = y * x
    return y


@program(TRIPS, argnums=0)
def repeated_sum(x, n):
    total = 0.0
    for i in range(n):
        total = total + x * i
    return total + x


@program(TRIPS, argnums=0)
def augmented_in_loop(x, n):
    total = x
    for i in range(1, n + 1):
        total += math.sin(x) / i
        total *= x
    return total


@program([(1.1, 5)], argnums=0)
def linear_recurrence(x, n):
    y = x
    for _ in range(n):
        y = 0.5 * y + 1.0
    return y


@program(TRIPS, argnums=0)
def nonlinear_recurrence(x, n):
    y = x
    for _ in range(n):
        y = math.sin(y) * y + x
    return y


@program([(0.3, 6)], argnums=0)
def logistic_map(x, n):
    for _ in range(n):
        x = 3.7 * x * (1.0 - x)
    return x


@program([(1.1, 2.0, 5)], argnums=(0, 1))
def two_coupled_variables(x, y, n):
    for _ in range(n):
        x, y = y * 0.5, x + y * x * 0.1
    return x * y


@program([(1.1, 2.0, 5)], argnums=(0, 1))
def swap_in_loop(x, y, n):
    for _ in range(n):
        x, y = y, x
    return x * x + y


@program(TRIPS, argnums=0)
def loop_variable_afterwards(x, n):
    i = 7
    for i in range(n):  # noqa: B007
        x = x * 1.1
    return x * x * i


@program([(1.1, 4)], argnums=0)
def loop_variable_reassigned(x, n):
    y = 0.0
    for i in range(n):
        i = i * 2
        y = y + x**i
    return y


@program([(1.1, 4)], argnums=0)
def loop_variable_reassigned_active(x, n):
    y = x
    for i in range(n):
        i = i * x
        y = y + i * i
    return y * i


@program([(1.1, 4)], argnums=0)
def range_with_start_and_step(x, n):
    y = x
    for i in range(2, 3 * n, 3):
        y = y * x / i
    return y


@program([(1.1, 4), (1.1, 0)], argnums=0)
def range_downwards(x, n):
    y = x
    for i in range(n, 0, -1):
        y = y * x + i
    return y


@program([(1.1, 4)], argnums=0)
def range_bound_changes_in_loop(x, n):
    y = x
    for i in range(n):
        n = n + 2
        y = y * x + i
    return y * n


@program([(1.1, 4)], argnums=0)
def index_parity_branch(x, n):
    y = x
    for i in range(n):
        if i % 2 == 0:
            y = y * x
        else:
            y = y + math.sin(y)
    return y


@program([(1.1, 5), (-1.1, 5)], argnums=0)
def data_dependent_branch(x, n):
    y = x
    for _ in range(n):
        if y > 1.0:
            y = y * 0.6
        else:
            y = y * y + 1.0
    return y


@program([(1.1, 3, 2), (1.1, 0, 2), (1.1, 2, 0)], argnums=0)
def nested_loops(x, n, m):
    y = x
    for i in range(n):
        for j in range(m):
            y = y * x + i * j
    return y


@program([(1.1, 4)], argnums=0)
def triangular_loops(x, n):
    y = 0.0
    for i in range(n):
        for j in range(i):
            y = y + math.sin(x * i) * j
        y = y * x
    return y


@program([(1.1, 3)], argnums=0)
def inner_state_restarts(x, n):
    total = 0.0
    for i in range(n):
        power = 1.0
        for _ in range(i):
            power = power * x
        total = total + power
    return total


@program([(1.1, 3)], argnums=0)
def loop_after_loop(x, n):
    y = x
    for i in range(n):
        y = y * math.cos(i * x)
    z = y
    for i in range(n):
        z = z * y + i
    return z


@program([(0.4, 10), (1.1, 10), (9.0, 10)], argnums=0)
def break_out(x, n):
    y = x
    for _ in range(n):
        if y > 5.0:
            break
        y = y * y + x
    return y


@program([(0.4, 10), (1.1, 10), (9.0, 10)], argnums=0)
def break_at_the_end(x, n):
    y = x
    for i in range(n):
        y = y * 1.5 + i
        if y > 5.0:
            break
    return y * x


@program([(1.1, 6)], argnums=0)
def continue_on(x, n):
    y = x
    for i in range(n):
        if i % 3 == 1:
            continue
        y = y * x + i
    return y


@program([(0.4, 10), (1.1, 10)], argnums=0)
def break_and_continue(x, n):
    y = x
    for i in range(n):
        if i == 1:
            continue
        y = y * 1.2 + x
        if y > 4.0:
            break
        if i == 3:
            continue
        y = y + 0.1 * y * y
    return y


@program([(0.4, 6), (1.1, 6)], argnums=0)
def break_of_inner_loop(x, n):
    total = 0.0
    for i in range(n):
        y = x
        for j in range(n):
            if j > i:
                break
            y = y * x + 0.1
        total = total + y
    return total


@program([(0.4, 6), (1.1, 6)], argnums=0)
def continue_of_inner_loop(x, n):
    total = 0.0
    for i in range(n):
        for j in range(n):
            if (i + j) % 2:
                continue
            total = total + math.sin(x * j) * i
    return total


@program([(0.4, 5), (1.3, 5)], argnums=0)
def exits_of_nested_loops(x, n):
    y = x
    for i in range(n):
        for j in range(n):
            if y > 6.0:
                break
            if j == i:
                continue
            y = y + 0.2 * x * y
        if y > 6.0:
            break
        y = y * 1.1
    return y * x


@program([(0.4, 5), (3.0, 5)], argnums=0)
def loop_else(x, n):
    y = x
    for _ in range(n):
        if y > 5.0:
            y = y * 2.0
            break
        y = y * 1.2
    else:
        y = y * y
    return y


@program([(1.2, 0), (1.2, 2)], argnums=0)
def loop_else_without_break(x, n):
    y = x
    for _ in range(n):
        y = y * x
    else:
        y = y + x
    return y


@program([(0.4, 4), (2.0, 4)], argnums=0)
def nested_loop_else(x, n):
    y = x
    for i in range(n):
        for _ in range(i):
            if y > 3.0:
                break
            y = y * 1.5
        else:
            y = y + x
            continue
        y = y * 0.9
        break
    return y


@program([(0.4, 10), (2.0, 10)], argnums=0)
def return_from_loop(x, n):
    y = x
    for i in range(n):
        y = y * x + x
        if y > 4.0:
            return y * i
    return y + x


@program([(0.45, 5), (2.0, 5)], argnums=0)
def return_from_nested_loop(x, n):
    y = x
    for i in range(n):
        for j in range(n):
            y = y + 0.3 * x * j
            if y > 4.0:
                return y * y + i
    return y * x


@program([(1.1,)])
def over_tuple(x):
    y = x
    for w in (0.5, 1.5, 2.5):
        y = y * w + x
    return y


@program([(1.1,)])
def over_global_tuple(x):
    y = x
    for w in WEIGHTS:
        y = y + math.sin(w * x)
    return y


@program([(1.1,)])
def over_global_array(x):
    y = x
    for w in VECTOR:
        y = y + w * x * y
    return y


@program([(1.1, 2.0)])
def over_active_tuple(x, y):
    total = 1.0
    for v in (x, y, x * y):
        total = total * v + x
    return total


@program([(1.1, 2.0)])
def over_active_list(x, y):
    total = 0.0
    for v in [x, y, x * y]:
        total = total + v * v
    return total


@program([([1.0, 2.0, 3.0],), ([],)])
def over_list_argument(values):
    total = 1.0
    for v in values:
        total = total + v * v * total
    return total


@program([(np.array([1.0, 2.0, 3.0]),), (np.zeros(0),)])
def over_array_argument(values):
    total = 1.0
    for v in values:
        total = total + v * v * total
    return total


@program([(np.array([[1.0, 2.0], [3.0, 4.0], [0.5, 0.25]]),)])
def over_rows_of_matrix(matrix):
    total = 1.0
    for row in matrix:
        total = total + row[0] * row[1] * total
    return total


@program([(np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.5, -1.0]))])
def over_zip(a, b):
    total = 0.0
    for u, v in zip(a, b):
        total = total + u * v * u
    return total


@program([([1.0, 2.0, 3.0], [0.5, 1.5])])
def over_zip_of_unequal_lengths(a, b):
    total = 1.0
    for u, v in zip(a, b):
        total = total * u + v
    return total + a[2]


@program([([1.0, 2.0, 3.0],)])
def over_enumerate(values):
    total = 0.0
    for i, v in enumerate(values):
        total = total + i * v * v
    return total + values[0]


@program([([1.0, 2.0, 3.0],)])
def over_enumerate_with_start(values):
    total = 0.0
    for i, v in enumerate(values, 1):
        total = total + v**i
    return total


@program([([1.0, 2.0, 3.0],)])
def over_reversed(values):
    total = 0.0
    for v in reversed(values):
        total = total * 2.0 + v * v
    return total


@program([(1.1, 4)], argnums=0)
def over_reversed_range(x, n):
    y = 0.0
    for i in reversed(range(n)):
        y = y * x + i
    return y * x


@program([({"a": 1.5, "b": -0.5},)])
def over_items(parameters):
    total = 0.0
    for name, value in parameters.items():
        total = total + (value * value if name == "a" else 3.0 * value)
    return total


@program([({"a": 1.5, "b": -0.5},)])
def over_keys(parameters):
    total = 1.0
    for name in parameters:
        total = total * parameters[name]
    return total


@program([({"a": 1.5, "b": -0.5},)])
def over_values(parameters):
    total = 1.0
    for value in parameters.values():
        total = total * value
    return total


@program([([(1.0, 2.0), (3.0, 0.5)],)])
def over_pairs(pairs):
    total = 0.0
    for a, b in pairs:
        total = total + a * b * b
    return total


@program([([(1.0, 2.0), (3.0, 0.5)], [0.5, 1.5])])
def over_nested_targets(pairs, weights):
    total = 0.0
    for i, ((a, b), w) in enumerate(zip(pairs, weights)):
        total = total + w * a * b + i * a
    return total


@program([([1.0, 2.0, 3.0], 3)], argnums=0)
def list_by_index(values, n):
    total = 0.0
    for i in range(n):
        total = total + values[i] * values[n - 1 - i]
    return total


@program([(1.1, 3)], argnums=0)
def defined_before_used_after(x, n):
    last = x
    for i in range(n):
        last = x * i
    return last * last + x


@program([(1.1, 3)], argnums=0)
def defined_only_in_loop(x, n):
    for i in range(n):
        y = x * x + i
    return y * x


@program([(1.1, 3)], argnums=0)
def inactive_in_loop(x, n):
    scale = 1.0
    for i in range(n):
        scale = scale * 0.5 + i
    return scale * x


@program([(1.1, 4)], argnums=0)
def inactive_made_active_in_loop(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y + x


@program([(1.1, 4)], argnums=0)
def active_made_inactive_in_loop(x, n):
    y = x
    total = x
    for _ in range(n):
        total = total + y * x
        y = 2.0
    return total


@program([(1.1, 4)], argnums=0)
def activity_chain(x, n):
    a, b, c, d = x, 0.0, 0.0, 0.0
    for _ in range(n):
        d = d + c
        c = c + b * x
        b = b + a
    return d + c


@program([(1.1, 3)], argnums=0)
def dead_in_loop(x, n):
    y = x
    junk = 0.0
    for i in range(n):
        junk = junk + math.exp(y)
        y = y * 0.5 + i
    return y


@program([(1.1, 3)], argnums=0)
def unchanged_in_loop(x, n):
    y = x * x
    count = 0
    for _ in range(n):
        count += 1
    return y * count


@program([(1.1, 3)], argnums=0)
def counter_in_loop(x, n):
    k = 0
    y = x
    for _ in range(n):
        k += 2
        y = y * x + k
    return y


@program([(1.1, 4)], argnums=0)
def fibonacci_like(x, n):
    a, b = x, 1.0
    for _ in range(n):
        a, b = b, a * b + x
    return a * b


@program([(1.1, 3)], argnums=0)
def ternary_in_loop(x, n):
    y = x
    for i in range(n):
        y = y * x if i > 0 else y + math.sin(x)
    return y


@program([(1.1, 3)], argnums=0)
def walrus_in_loop(x, n):
    y = x
    for i in range(n):
        y = (t := y * x) + t * t * i
    return y * t


@program([(1.1, 3)], argnums=0)
def while_in_for(x, n):
    y = x
    for i in range(n):
        while y > 1.0 + i:
            y = y * 0.7
        y = y * x + 0.5
    return y


@program([(0.9, 3, 2, 2)], argnums=0)
def triple_nesting(x, n, m, k):
    y = x
    for a in range(n):
        for b in range(m):
            t = y
            for c in range(k):
                y = y * x + math.sin(t) * (a + b + c)
            y = y - 0.1 * t * t
    return y


@program([(1.1, 2)], argnums=0)
def loop_variable_named_like_outer(x, n):
    y = x
    for i in range(n):
        for i in range(n):
            y = y * x + i
        y = y + i * x
    return y


@program([(1.1, 3)], argnums=0)
def expression_in_range(x, n):
    y = x
    for i in range(len(WEIGHTS) - 1, 2 * n):
        y = y * x + i
    return y


@program([(0.9,)])
def many_trips(x):
    y = x
    for _ in range(200):
        y = y + 0.01 * math.sin(y * x)
    return y
