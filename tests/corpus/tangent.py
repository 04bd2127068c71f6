"""The constructs that Tangent's own corpus (github.com/google/tangent, tests/functions.py) is made of."""

import numpy as np

from corpus.registry import program

V = np.array([0.4, 1.3, -0.7])
M = np.array([[0.8, -0.3, 0.2], [0.1, 1.1, -0.4], [0.5, 0.2, 0.9]])


@program([(1.3,)])
def name_that_looks_like_an_adjoint(b):
    db = b * b
    b_bar = db * b
    return b_bar + db


@program([(1.3, 0.7)])
def argument_overwritten_twice(a, b):
    a = a * b
    b = a + b
    a = b * b - a
    return a


@program([(1.3,)])
def divided_by_itself(a):
    return a / a + a * a / a


@program([(1.3,)])
def taken_from_itself(a):
    return (a - a) * a + (a + a)


@program([(1.3,), (4.2,), (-0.6,)])
def nested_arms_of_which_some_do_nothing(a):
    if a > 0.0:
        if a < 3.0:
            a = a * a
    else:
        a = -2.0 * a
    return a + 1.0


@program([(0.4,), (2.0,), (-1.5,)])
def conditions_of_computed_numbers(a):
    if a * a / 2.0 > 0.1:
        b = 2.0 * a
    else:
        b = 5.0
    a = a * b
    if a < b - a * 0.1:
        a = a * a
    elif a > b + 2.0 * a:
        if a / 2.0 < 1.0:
            a = a / b
        else:
            a = a * b
    else:
        a = -a
    return a


@program([(1.3,)])
def two_results(a):
    return 3.0 * a, a * a


@program([(1.3,)])
def sum_of_a_list_of_numbers(a):
    parts = [1, a * a, 2]
    return np.sum(parts)


@program([(V,)])
def list_of_a_product_of_items(x):
    parts = [2, x[0] * x[1] * x[2], x[0]]
    return np.sum(parts)


@program([(V,)])
def item_overwritten_by_items(x):
    a, b = x[0], x[1]
    x = x.copy()
    x[2] = a * b
    return np.sum(x * x)


@program([(V,)])
def item_of_a_power_overwritten(x):
    y = x**2
    y[0] = y[1] * y[2]
    return np.sum(x * y)


@program([(1.3,)])
def items_of_a_list_multiplied(a):
    x = [2.0, a, 4.0 * a]
    return x[0] * x[1] * x[-1]


@program([(V,)])
def sum_over_items(x):
    total = 0.0
    for item in x:
        total += item * item
    return total


@program([(1.3,)])
def item_of_a_list_overwritten(a):
    x = [1.0, a * a, 3.0]
    x[1] = x[0] * x[1]
    return x[1] + x[1] * x[2]


@program([(1.1, 3), (1.1, 0)], argnums=0)
def two_loops_one_after_the_other(a, n):
    for _ in range(n):
        a = a * a
    a = 2.0 * a
    for _ in range(n + 1):
        a = a * 1.5
    return a


@program([(1.1, 2), (-1.1, 2)], argnums=0)
def branch_then_loop_then_branch(a, n):
    if a > 0.0:
        a = a * a
    a = 2.0 * a
    for _ in range(n):
        a = a * a / 3.0
    if a > 1.0:
        a = a * a
    return a


@program([(1.3,)])
def power_from_an_integer_start(a):
    out = 1
    for _ in range(3):
        out = out * a
    return out


@program([(1.3,), (2.5,)])
def branch_in_a_loop(a):
    for _ in range(3):
        if a < 5.0:
            a = a * a
    return a


@program([(1.3,), (25.0,)])
def loop_in_a_branch(a):
    if a < 20.0:
        for _ in range(2):
            a = a * a
    return a * 2.0


@program([(1.02,)])
def loop_of_loops(a):
    for _ in range(2):
        for _ in range(2):
            a = a * a * a
    return a


@program([(0.6,), (-0.6,)])
def root_by_sign(a):
    if a >= 0:
        r = np.sqrt(a)
    else:
        r = np.sqrt(-a)
    return r * r * r


@program([(V,)])
def at_least_so_many_axes(x):
    return np.sum(np.atleast_1d(x) ** 2) + np.sum(np.atleast_2d(x) * x) + np.sum(np.atleast_3d(x) ** 3)


@program([(np.array([[0.2, -0.5], [1.1, 0.3]]), np.array([0.4, -0.9]), 0.2)])
def logistic_loss(inputs, W, b):
    labels = np.array([0.0, 1.0])
    prediction = 0.5 * (np.tanh(np.dot(inputs, W) + b) + 1)
    return -np.sum(np.log(prediction * labels + (1 - prediction) * (1 - labels)))


@program([(M,)])
def determinant(m):
    return np.linalg.det(m) ** 2


def inner(a, b):
    return a * b


@program([(1.3, 0.7), (0.7, 1.3)])
def call_in_both_arms(a, b):
    if a > b:
        o = inner(a, b) * a
    else:
        o = inner(b, a) * b
    return o


@program([(1.3, 3)], argnums=0)
def call_in_a_loop(a, n):
    for _ in range(n):
        a = inner(a, a) * 0.7
    return a


@program([(1.1, 2)], argnums=0)
def function_defined_inside_with_the_same_names(a, n):
    def squared(a, n):
        return a * n

    for _ in range(n):
        a = squared(a, a)
    return a


@program([((1.3, 0.7, -0.4),)])
def tuple_into_a_dict(abc):
    a, b, c = abc
    values = dict(a=a, b=b, c=c)
    return values["a"] * values["b"] + values["c"] * values["a"]


@program([(1.3, 0.7, -0.4, 1)], argnums=(0, 1, 2), disconnected=True)
def one_of_three_by_number(a, b, c, i):
    x = a, b, c
    return x[i] * x[i]


@program([(1.3, 0.7)], complex_step=False)
def to_polar(a, b):
    r = np.sqrt(a**2.0 + b**2.0)
    theta = np.arctan2(b, a)
    return r, theta


@program([(V,)])
def comprehension_in_a_sum(x):
    return np.sum([i * 3 * i for i in x])


@program([(1.7,), (-3.1,)], complex_step=False)
def halved_until_small(a):
    while np.abs(a) > 0.1:
        a = a * 0.5
    return a


@program([(V,)])
def copied_item_by_item(x):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = x[i] * x[i]
    return np.sum(y)


@program([(V,)], complex_step=False)
def rows_filled_with_numbers(x):
    h = np.zeros((len(x), 3))
    for t in range(len(h)):
        h[t] = x[t]
    return np.sum(h * h)


@program([(V,)])
def all_but_the_first(x):
    return np.sum(x[1:] ** 2)


@program([(M, 0.5 * M.T)], complex_step=False)
def recurrence_in_rows(inputs, W):
    h = np.zeros((4, 3))
    for t in range(3):
        h[t + 1] = np.tanh(np.dot(inputs[t], W) + h[t])
    return np.sum(h[1:])


@program([(1.3,)])
def multiplied_in_place_by_itself(a):
    x = a * a
    x *= x
    return x


@program([(V, 0.5 * V, M, M.T, 0.1 * V)])
def layer_with_two_matrices(x, h, U, W, b):
    y = np.dot(x, W)
    y = y + np.dot(h, U)
    y = y + b
    return np.sum(np.tanh(y))


@program([(1.3, 1.7), (-1.3, 1.7)])
def power_of_the_size(a, b):
    if a >= 0:
        a = a**b
    else:
        a = (-a) ** b
    return a


@program([(1.1,)])
def chain_of_products(a):
    b = a
    b = a * a
    c = b * b
    d = c * c
    return d


@program([(1.1,)])
def chain_of_calls(a):
    b = inner(a, a)
    c = inner(b, a)
    d = inner(c, b)
    return d


@program([({"i": {"j": 1.3, "k": 0.7}},)])
def items_of_a_dict_in_a_dict(p):
    return p["i"]["j"] * p["i"]["k"] ** 2


@program([(M,)])
def every_second_row_with_a_new_axis(x):
    return np.sum(x[::2, np.newaxis] ** 2)


@program([(M,)])
def rows_and_columns(x):
    return np.sum(x[1, :] * x[:, 0]) + np.sum(x[:2, :] * x[1:, :]) + np.sum(x[:, 1:] ** 2) + x[0, :][1]


@program([(np.arange(12.0).reshape(2, 3, 2) * 0.1 + 0.2,)])
def slices_of_three_axes(x):
    return np.sum(x[:, 1, :] ** 2) + np.sum(x[0, :, :] * x[1, :, :]) + np.sum(x[:, :, ::2] ** 3) + np.sum(x[:, 1:2, 0])


class Shape:
    name = "shape"
    factor = 2.0

    def area(self, x):
        return self.factor * x * x

    def twice(self, x):
        return 2.0 * self.area(x)


class Square(Shape):
    pass


class Disc(Shape):
    factor = 3.14

    def __init__(self, hole=0.5):
        super().__init__()
        self.hole = hole

    def area(self, x):
        return super().area(x) - self.factor * self.hole * x


class Ring(Disc):
    def __init__(self, hole, width):
        super().__init__(hole)
        self.width = width

    def area(self, x):
        return super().area(x) * self.width + Shape.area(self, x)


@program([(1.3,)])
def method_of_the_base_class(x):
    return Square().area(x) + Square().twice(x)


@program([(1.3,)])
def method_that_overrides(x):
    return Disc().area(x) * Disc(0.2).twice(x)


@program([(1.3, 0.4)])
def three_levels_of_classes(x, hole):
    ring = Ring(hole, x)
    return ring.area(x) + ring.twice(hole)


@program([(1.3,)])
def class_made_and_called_in_one_expression(x):
    return Ring(width=2.0, hole=x).area(x=x * x)


@program([(1.3, 0.7)])
def loss_and_a_measure_of_it(w, b):
    loss = (w * 2.0 + b - 1.0) ** 2
    accuracy = 1.0 - loss * 0.1
    return loss, accuracy, loss * accuracy


@program([(1.3,)])
def unused_results(x):
    unused = x * 5.0
    y = x * x
    if x > 0.0:
        also_unused = y + unused
        z = y * 2.0
    else:
        also_unused = z = y
    del also_unused
    return z
