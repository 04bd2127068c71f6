"""Comprehensions and generator expressions."""

import math

import numpy as np

from corpus.registry import program

GRID = np.linspace(0.2, 1.5, 12)
WEIGHTS = [0.5, 1.5, 2.5]


@program([(1.3,)])
def list_of_powers(x):
    powers = [x**k for k in range(5)]
    return powers[2] * powers[4] + powers[1]


@program([(1.3,)])
def list_over_many(x):
    values = [math.sin(x * k) for k in range(20)]
    return sum(values) + values[3] * values[-1]


@program([(1.3,)])
def list_over_an_array(x):
    return np.sum(np.array([v * x * x for v in GRID]))


@program([(np.array([0.4, 1.7, -0.6]),)])
def list_over_an_active_array(x):
    return sum([v * v * v for v in x])


@program([([0.4, 1.7, -0.6],)])
def list_over_an_active_list(x):
    return sum([v * math.sin(v) for v in x])


@program([((0.4, 1.7, 0.6),)])
def list_over_an_active_tuple(x):
    a, b, c = [v * v for v in x]
    return a * b + c


@program([(1.3,)])
def sum_of_a_generator(x):
    return sum(x * v * v for v in GRID)


@program([(1.3,)])
def sum_of_a_generator_from_a_start(x):
    return sum((x**k for k in range(4)), x)


@program([(1.3,)])
def sum_of_a_generator_over_constants(x):
    return sum(x * v for v in (1.0, 2.0, x))


@program([(np.array([0.4, 1.7, -0.6]),)])
def generator_over_zip(x):
    return sum(a * w * a for a, w in zip(x, WEIGHTS))


@program([(np.array([0.4, 1.7, -0.6]),)])
def generator_over_enumerate(x):
    return sum((i + 1) * v * v for i, v in enumerate(x))


@program([(1.3,)])
def condition_on_a_constant(x):
    return sum([v * v * x for v in GRID if v > 0.5])


@program([(1.3,)])
def condition_on_the_argument(x):
    return sum([v * x * x for v in GRID if v * x > 0.7])


@program([(1.3,)])
def two_conditions(x):
    return sum(x * x * v for v in GRID if v * x > 0.7 if v < 1.2)


@program([(1.3,)])
def condition_decided_while_compiling(x):
    return sum(x**k for k in range(8) if k % 2 == 0)


@program([(1.3,)])
def choice_in_the_item(x):
    return sum([x * v if v > 0.6 else x * x for v in GRID])


@program([(1.3,)])
def two_loops(x):
    return sum([a * b * x for a in GRID for b in (1.0, x)])


@program([(1.3,)])
def second_loop_over_the_first(x):
    rows = [[x, 2.0], [x * x]]
    return sum(v * v for row in rows for v in row)


@program([(1.3,)])
def nested_lists(x):
    matrix = [[x * i + j for j in range(3)] for i in range(3)]
    return sum(matrix[i][i] for i in range(3)) * matrix[0][2] * matrix[1][1]


@program([(1.3,)])
def nested_lists_over_many(x):
    rows = [[x * i * j for j in range(10)] for i in range(12)]
    return sum(sum(row) for row in rows) + rows[3][4] * x


@program([(np.array([[1.0, 0.4], [0.3, 2.0]]),)])
def rows_of_a_matrix(a):
    return sum(np.dot(row, row) * row[0] for row in a)


@program([(1.3,)])
def variable_is_scoped(x):
    i = 2.0
    values = [i * x for i in range(4)]
    return sum(values) * i


@program([(1.3,)])
def variable_shadows_the_argument(x):
    values = [x * x for x in (x, 2.0 * x)]
    return values[0] * values[1] * x


@program([(1.3,)])
def first_iterable_is_outside(x):
    x = [x, x * x]
    return sum([x * x for x in x])


@program([(1.3,)])
def walrus_binds_outside(x):
    last = 0.0
    values = [(last := k * x) for k in GRID]
    return values[0] * last


@program([(1.3,)])
def running_total_by_walrus(x):
    total = x
    values = [total := total * x + k for k in range(5)]
    return values[1] * total


@program([(1.3,)])
def dict_by_key(x):
    table = {key: x * n for key, n in (("a", 1.0), ("b", 2.0))}
    squares = {key: value * value for key, value in table.items()}
    return table["a"] * squares["b"]


@program([({"a": 0.7, "b": 1.9},)])
def dict_of_arguments(parameters):
    squares = {key: value**2 for key, value in parameters.items()}
    return sum(squares.values()) + squares["a"] * parameters["b"]


@program([({"a": 0.7, "b": 1.9, "c": 0.1},)], disconnected=False)
def dict_with_a_condition(parameters):
    chosen = {key: value for key, value in parameters.items() if key != "z"}
    return chosen["a"] * chosen["b"] + chosen["c"]


@program([(1.3,)])
def set_of_constants(x):
    known = {k * k for k in (1, 2, -1)}
    return x * len(known) if 4 in known else 0.0 * x


@program([(1.3,)])
def largest_of_a_generator(x):
    return max(x * k - 0.3 * k * k for k in range(5))


@program([(1.3,)])
def smallest_of_a_list(x):
    return min([(v - x) ** 2 + x for v in GRID])


@program([(1.3,)])
def any_and_all(x):
    if any(v * x > 1.5 for v in GRID) and all(v > 0.0 for v in GRID):
        return x * x
    return x


@program([(1.3,)])
def tuple_of_a_generator(x):
    a, b, c = tuple(x**k for k in range(1, 4))
    return a * b + c


@program([(1.3,)])
def list_of_a_generator(x):
    values = list(x * v for v in GRID)
    return values[0] * values[-1]


@program([(1.3,)])
def loop_over_a_generator(x):
    total = 0.0
    for value in (x * w for w in GRID):
        total = total + value * value
    return total


@program([(1.3,)])
def starred_generator(x):
    return math.hypot(*(x * w for w in (1.0, 2.0)))


@program([(1.3,)])
def strings_are_joined(x):
    text = ",".join(str(k) for k in range(3))
    return x * len(text) * x


@program([(1.3,)])
def pairs(x):
    points = [(x * i, x + i) for i in range(10)]
    return sum(a * b for a, b in points) + points[2][0]


@program([(1.3,)])
def lists_of_arrays(x):
    columns = [x * GRID**k for k in range(3)]
    return np.sum(columns[0] * columns[1] * columns[2])


@program([(np.array([0.4, 1.7, -0.6]),)])
def stacked_rows(x):
    return np.sum(np.stack([x * k for k in range(3)]) ** 2)


@program([(1.3,)])
def list_in_numpy_functions(x):
    values = [x * v for v in GRID]
    return np.dot(values, GRID) + np.mean([v * v for v in values])


@program([(1.3,)])
def fsum_and_prod(x):
    return math.fsum([x * v for v in GRID]) * math.prod(x * v for v in GRID)


@program([(1.3,)])
def comprehension_in_a_loop(x):
    values = [x, 2.0 * x, 0.5]
    for _ in range(3):
        values = [v * x + 0.1 for v in values]
    return sum(values)


@program([(1.3,)])
def lambda_called_in_the_item(x):
    return sum((lambda y: y * v)(x) for v in WEIGHTS)


@program([(1.3,)])
def comprehension_in_a_lambda(x):
    norm = lambda scale: sum(scale * v * x for v in GRID)  # noqa: E731
    return norm(x) + norm(2.0)


@program([(1.3,)])
def empty_comprehension(x):
    nothing = [x * v for v in ()]
    return x * x + sum(nothing) + len(nothing)


@program([(0.7,)])
def convolution(x):
    signal = [math.exp(-x * k) for k in range(9)]
    kernel = [0.25, 0.5, x]
    smooth = [sum(kernel[j] * signal[i - j] for j in range(3)) for i in range(2, 9)]
    return sum(s * s for s in smooth)


@program([(0.7, 1.3), (2.0, -0.5)])
def generator_unpacked(x, y):
    a, b = (v * v for v in (x, x * y))
    first, *rest = (v * a for v in (y, b, x))
    return a * b + first * rest[0] - rest[1]
