"""Functions that take functions: map, filter, sorted, reduce, itertools, operator, partial."""

import functools
import itertools
import math
import operator

import numpy as np

from corpus.registry import program

GRID = np.linspace(0.2, 1.5, 12)


half = functools.partial(operator.mul, 0.5)


@program([(1.3,)])
def reduce_with_a_lambda(x):
    return functools.reduce(lambda a, b: a * x + b, [1.0, 2.0, x])


@program([(1.3,)])
def reduce_from_a_start(x):
    return functools.reduce(lambda a, b: a * b + x, (x, 2.0, 0.5), x)


@program([(np.linspace(0.5, 1.2, 11),)])
def reduce_over_an_array(x):
    return functools.reduce(lambda a, b: a * b + 0.1, x)


@program([(1.3,)])
def reduce_with_an_operator(x):
    return functools.reduce(operator.mul, [x * k for k in (1.0, 2.0, 3.0)], 1.0)


@program([(1.3,)])
def map_with_a_lambda(x):
    return sum(map(lambda v: v * x, [1.0, 2.0, x]))


@program([(1.3,)])
def map_with_numpy(x):
    return sum(map(np.sin, [x, 2.0 * x]))


@program([(1.3,)])
def map_over_an_array(x):
    return sum(map(lambda v: v * v * x, GRID))


@program([(1.3,)])
def map_over_two(x):
    a, b, c = map(operator.mul, (x, 2.0, x * x), (1.0, x, 3.0))
    return a + b * c


@program([(1.3,)])
def map_over_two_arrays(x):
    return sum(map(lambda v, w: v * w * x, GRID, GRID[::-1]))


@program([(1.3,)])
def filter_constants(x):
    return sum(v * x for v in filter(lambda v: v > 0.7, (0.5, 1.5, 2.5)))


@program([(1.3,)])
def filter_at_run_time(x):
    return sum(filter(lambda v: v > 1.0, [x * v for v in GRID]))


@program([(1.3,)])
def sorted_by_a_key(x):
    values = sorted([x, 2.0, 0.5], key=lambda v: -v)
    return values[0] - x * values[2] + values[1] * values[1]


@program([(np.array([0.9, -0.4, 1.7, 0.3]),)])
def sorted_numbers(x):
    values = sorted(x)
    return values[0] * values[1] + values[2] * values[3] ** 2


@program([(np.array([0.9, -0.4, 1.7, 0.3]),)])
def sorted_backwards(x):
    values = sorted(x, reverse=True)
    return values[0] ** 2 * values[1] - values[2]


@program([({"b": 1.9, "a": 0.7},)])
def sorted_items_of_a_dict(parameters):
    total = 0.0
    for k, (_, value) in enumerate(sorted(parameters.items())):
        total = total + (k + 1) * value * value
    return total


@program([(1.3,)])
def largest_by_a_key(x):
    return max([x, 2.0, -0.5], key=lambda v: -v * v) * x


@program([(1.3,)])
def smallest_by_a_key(x):
    return min(x * x, 2.0, -0.5 * x, key=abs) * x


@program([(np.linspace(-1.0, 1.2, 11),)])
def largest_of_an_array_by_a_key(x):
    return max(x, key=lambda v: (v - 0.2) ** 2) ** 3


@program([(1.3,)])
def accumulated(x):
    return sum(itertools.accumulate([x, 2.0, x * x]))


@program([(1.3,)])
def accumulated_products(x):
    return sum(itertools.accumulate([x, 2.0, x * x], operator.mul))


@program([(np.linspace(0.5, 1.2, 11),)])
def accumulated_over_an_array(x):
    return sum(itertools.accumulate(x, lambda a, b: a * b + 0.1))


@program([(1.3,)])
def product_of_known_items(x):
    return sum(a * b for a, b in itertools.product([x, 1.0], [2.0, x]))


@program([(1.3,)])
def product_of_arrays(x):
    return sum(a * b * x for a, b in itertools.product(GRID, GRID))


@program([(1.3,)])
def chained(x):
    return sum(itertools.chain([x], (x * x, 2.0), [x**3]))


@program([(1.3,)], order=1)
def pairs_of_neighbours(x):
    values = (x, x * x, 2.0)
    total = 0.0
    for a, b in itertools.pairwise(values):
        total = total + a * b
    return total


@program([(1.3,)])
def combinations(x):
    return sum((a - b) ** 2 for a, b in itertools.combinations((x, x * x, 2.0), 2))


@program([(1.3,)])
def operators(x):
    return operator.add(operator.mul(x, x), operator.neg(operator.itemgetter(1)((1.0, x))))


@program([(1.3,)])
def functions_in_a_list(x):
    total = 0.0
    for function in [np.sin, np.cos, np.tanh]:
        total = total + function(x)
    return total


@program([(1.3,)])
def functions_in_a_dict(x):
    table = {"sin": math.sin, "cos": math.cos}
    return table["sin"](x) * table["cos"](x)


@program([(1.3,)])
def partial_of_an_operator(x):
    return half(x) * half(2.0) * x


@program([(1.3,)])
def attribute_by_name(x):
    return getattr(math, "exp")(x)  # noqa: B009


@program([(1.3,)])
def unzipped(x):
    first, second = zip(*[(x, 2.0), (3.0, x)])
    return first[0] * second[1] + first[1] * second[0]


@program([(np.array([0.3, -1.2, 0.7]),)])
def pairs_of_an_array(x):
    total = 0.0
    for a, b in itertools.pairwise(x):
        total = total + a * b**2
    return total + sum(a * b for a, b in itertools.pairwise([v * v for v in x]))


@program([(np.array([0.3, -1.2]),)])
def pairs_of_known_items(x):
    return sum(a * b for a, b in itertools.pairwise((x[0], x[1] * 2.0, x[0] * x[1])))


@program([(np.array([0.5, 1.5, 0.25, 0.75]), 1.25)])
def subscripts_of_a_shape(x, s):
    total = 0.0
    for i, j in np.ndindex(2, 3):
        total += x[i] * x[j + 1] * s
    return total


@program([(np.array([[0.5, 1.5], [0.25, 0.75], [1.0, 0.1]]), 1.25)])
def writes_at_subscripts(a, s):
    made = np.zeros_like(a * s)
    for index in np.ndindex(a.shape):
        made[index] = a[index] ** 2 * s * index[0]
    return (made * a).sum()


@program([(np.array([0.5, 1.5, 0.25, 0.75]), 1.25)])
def pairs_of_items(x, s):
    return sum(1.0 / ((a - b) ** 2 + s) for a, b in itertools.combinations(x, 2))


@program([(np.array([0.5, 1.5, 0.25, 0.75]), 1.25)])
def triples_in_any_order(x, s):
    total = 0.0
    for a, b, c in itertools.permutations(x, 3):
        total += a * b - c * s * a
    return total


@program([(np.array([0.5, 1.5, 0.25, 0.75]), 1.25)])
def pairs_of_places(x, s):
    total = 0.0
    for i, j in itertools.combinations(range(len(x)), 2):
        total += x[i] / (x[j] + s)
    return total


@program([(np.array([0.5, 1.5, 0.25]), 1.25)])
def products_of_places(x, s):
    total = 0.0
    for i, j, k in itertools.product(range(len(x)), repeat=3):
        total += x[i] * x[j] * x[k] ** 2
    return total * s


@program([(0.7, 0.3), (0.2, 0.3)])
def largest_of_tuples(x, y):
    first = max((x, 1.0), (y, 2.0))
    second = min([(x * y, x), (y, x * x)])
    return first[0] * first[1] + second[1]
