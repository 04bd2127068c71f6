"""Tuples, lists and dicts: as arguments, as intermediate values, as results."""

import math

import numpy as np

from corpus.registry import program


@program([((2.0, 5.0),)])
def tuple_argument(pair):
    return pair[0] * pair[1] ** 2


@program([((2.0, 5.0),)])
def tuple_argument_unpacked(pair):
    x, y = pair
    return x * y**2


@program([([2.0, 5.0, 1.0],)])
def list_argument(values):
    return values[0] * values[1] + values[2] ** 2


@program([([2.0, 5.0, 1.0],)])
def list_argument_negative_index(values):
    return values[-1] * values[-2] * values[0]


@program([({"w": 2.0, "b": 0.5}, 3.0)])
def dict_argument(parameters, x):
    return parameters["w"] * x + parameters["b"] ** 2


@program([({"w": 2.0, "b": 0.5, "spare": 1.0}, 3.0)])
def dict_argument_partly_used(parameters, x):
    return parameters["w"] * x + parameters["b"] ** 2


@program([((2.0, 5.0, 1.0),)])
def tuple_argument_partly_used(values):
    return values[1] ** 2


@program([((2.0, (5.0, [1.5, 0.5])),)])
def nested_argument(tree):
    a, (b, c) = tree
    return a * b + c[0] * c[1]


@program([([{"w": 2.0}, {"w": 3.0}],)])
def list_of_dicts(layers):
    y = 1.0
    for layer in layers:
        y = y * layer["w"] + layer["w"]
    return y


@program([((np.array([1.0, 2.0]), 3.0),)])
def array_and_float_in_tuple(pair):
    return np.sum(pair[0] * pair[0]) * pair[1]


@program([({"W": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.array([0.5, -0.5])}, np.array([1.0, 2.0]))])
def dict_of_arrays(parameters, x):
    return np.sum(np.tanh(parameters["W"] @ x + parameters["b"]))


@program([([(np.eye(2), np.ones(2)), (np.full((2, 2), 0.3), np.zeros(2))], np.array([0.2, -0.4]))])
def list_of_layers(layers, x):
    for W, b in layers:
        x = np.tanh(W @ x + b)
    return np.sum(x)


@program([(2.0, 5.0)])
def returns_tuple(x, y):
    return x * y, x + y


@program([(2.0, 5.0)])
def returns_list(x, y):
    return [x * y, x + y, y]


@program([(2.0, 5.0)])
def returns_dict(x, y):
    return {"product": x * y, "sum": x + y}


@program([(2.0, 5.0)])
def returns_nested(x, y):
    return (x * y, [x, {"y": y * y}])


@program([(2.0,)])
def returns_tuple_of_one(x):
    return (x * x,)


@program([(2.0,)])
def returns_same_value_twice(x):
    y = x * x
    return y, y


@program([(2.0, 5.0)])
def returns_arguments(x, y):
    return y, x


@program([(2.0,)])
def returns_with_constant(x):
    return x * x, 3.0


@program([(2.0,)])
def returns_with_integer(x):
    return x * x, 3


@program([(np.array([1.0, 2.0]), 3.0)])
def returns_array_and_float(a, x):
    return a * x, np.sum(a) * x


@program([(2.0,), (-2.0,)])
def returns_tuple_from_branches(x):
    if x > 0.0:
        return x, x * x
    return x * 3.0, 1.0


@program([((2.0, 5.0),)])
def returns_its_argument(pair):
    return pair


@program([((2.0, 5.0),)])
def swaps_a_pair(pair):
    a, b = pair
    return b, a * b


@program([(2.0, 5.0)])
def intermediate_tuple(x, y):
    t = (x * y, x, y)
    return t[0] * t[1] + t[2]


@program([(2.0, 5.0)])
def intermediate_list(x, y):
    values = [x, y, x * y]
    return values[0] * values[2] - values[1]


@program([(2.0, 5.0)])
def intermediate_dict(x, y):
    parts = {"a": x * x, "b": y}
    return parts["a"] * parts["b"]


@program([(2.0, 5.0)])
def intermediate_nested(x, y):
    tree = {"pair": (x, y), "rest": [x * y]}
    return tree["pair"][0] * tree["rest"][0] + tree["pair"][1]


@program([(2.0, 5.0)])
def tuple_concatenation(x, y):
    t = (x,) + (y, x * y)  # noqa: RUF005
    return t[0] * t[1] * t[2]


@program([(2.0, 5.0)])
def tuple_slice(x, y):
    t = (x, y, x * y, 1.0)
    a, b = t[1:3]
    return a * b


@program([(2.0, 5.0)])
def list_of_same_value(x, y):
    values = [x * y] * 3
    return values[0] * values[1] + values[2]


@program([((2.0, 5.0, 1.0),)])
def length_of_tuple(values):
    return values[0] * len(values) + values[1] ** len(values)


@program([({"a": 2.0},)])
def dict_get(parameters):
    return parameters.get("a", 1.0) ** 2 + parameters.get("b", 3.0)


@program([({"a": 2.0},)])
def dict_membership(parameters):
    if "b" in parameters:
        return parameters["b"]
    return parameters["a"] ** 2


@program([((2.0, 5.0), 1), ((2.0, 5.0), 0)], argnums=0)
def tuple_with_index_argument(pair, i):
    return pair[i] ** 2


@program([(2.0, 5.0), (-2.0, 5.0)])
def tuple_in_branches(x, y):
    if x > 0.0:
        t = (x, y)
    else:
        t = (y, x * y)
    return t[0] * t[1] * t[1]


@program([(2.0, 5.0)])
def tuple_as_loop_state(x, y):
    state = (x, y)
    for _ in range(3):
        a, b = state
        state = (b, a * 0.5 + b * b * 0.1)
    return state[0] + state[1]


@program([((2.0, 5.0),)], order=1)
def sum_of_tuple(values):
    return sum(values)


@program([((2.0, 5.0, 3.0),)])
def max_of_tuple(values):
    return max(values) * min(values)


@program([((2, 5.0),)])
def integer_in_structure(values):
    return values[0] * values[1] * values[1]


@program([((np.float32(2.0), np.float32(0.5)),)])
def single_precision_in_tuple(values):
    return values[0] * values[1]


@program([({2: 1.5, "x": 2.0},)])
def dict_with_mixed_keys(parameters):
    return parameters[2] * parameters["x"]


@program([((2.0, math.pi),)])
def starred_unpacking_of_argument(values):
    first, *rest = values
    return first * math.sin(rest[0] / 3.0)
