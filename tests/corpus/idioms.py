"""Idioms of Python around numbers: functions as values, dispatch, containers that change, conversions, reports."""

import dataclasses
import enum
import functools
import itertools
import math
import operator
from collections import Counter
from typing import NamedTuple

import numpy as np

from corpus.registry import program

V = np.array([0.4, 1.3, -0.7])


# --- functions as values --------------------------------------------------------------------------------------------------


def compose(*functions):
    def composed(x):
        for f in functions:
            x = f(x)
        return x

    return composed


@program([(0.7,)])
def composed_functions(x):
    return compose(math.sin, lambda v: v * v, math.exp)(x)


@program([(0.7,)])
def composed_by_reduce(x):
    return functools.reduce(lambda value, f: f(value), (math.sin, math.exp, abs), x)


@program([(0.7, 1.2)])
def table_of_functions(x, y):
    table = {"add": operator.add, "mul": operator.mul, "hypot": lambda a, b: math.sqrt(a * a + b * b)}
    return sum(table[name](x, y) for name in ("add", "mul", "hypot"))


@program([(0.7, "tanh"), (0.7, "square"), (0.7, "other")], argnums=0)
def activation_by_name(x, name):
    activations = {"tanh": math.tanh, "square": lambda v: v * v}
    return activations.get(name, lambda v: 3.0 * v)(x)


def derivative_by_differences(f, x, h=1e-2):
    return (f(x + h) - f(x - h)) / (2.0 * h)


@program([(0.7,)])
def function_given_to_a_function(x):
    return derivative_by_differences(lambda t: t**3 * x, x) + derivative_by_differences(math.sin, x, h=0.1)


@program([(0.7, 1.2)])
def partials_of_partials(x, y):
    def f(a, b, c, *, d):
        return a * b + c * d

    g = functools.partial(f, x, d=y)
    return functools.partial(g, y)(x * x)


@program([(V,)])
def mapped_over_several(x):
    return sum(map(lambda a, b, c: a * b + c, x, x[::-1], (1.0, 2.0, 3.0)))


@program([(V,)])
def filtered_by_an_index(x):
    return sum(v * v for _, v in filter(lambda pair: pair[0] != 1, enumerate((x[0], x[1], x[2]))))


@program([(0.7, 1.2)])
def smallest_by_a_key(x, y):
    return min((x, y, x * y), key=lambda v: (v - 1.0) ** 2) * 2.0


@program([(0.7,)])
def curried(x):
    def add(a):
        def to(b):
            def times(c):
                return (a + b) * c
            return times
        return to

    return add(x)(x * x)(3.0) + add(1.0)(x)(x)


@program([(0.7,)])
def accumulator_with_nonlocal(x):
    total, count = 0.0, 0

    def add(v):
        nonlocal total, count
        total += v * v
        count += 1

    for k in range(4):
        add(x * k)
    return total / count


@program([(0.7,)])
def late_binding_in_a_loop(x):
    functions = []
    for k in range(3):
        functions.append(lambda: x * k)  # noqa: B023 (the last k is meant)
    return sum(f() for f in functions)


@program([(0.7,)])
def early_binding_by_default(x):
    functions = [lambda k=k: x**k for k in range(1, 4)]
    return sum(f() for f in functions)


def scaled_by(factor):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return factor * f(*args, **kwargs)
        return wrapper
    return decorate


@scaled_by(2.5)
def decorated_square(x, *, power=2):
    return x**power


@program([(0.7,)])
def decorator_with_an_argument(x):
    return decorated_square(x) + decorated_square(x, power=3)


def with_options(x, *extra, scale=1.0, **options):
    total = x * scale
    for v in extra:
        total = total + v
    return total * options.get("gain", 1.0) + options.get("offset", 0.0)


@program([(0.7, 1.2)])
def arguments_of_every_kind(x, y):
    settings = {"gain": y, "offset": x}
    return with_options(x, y, x * y, scale=y, **settings) + with_options(*(x, y), **{"scale": 2.0})


@program([(0.7,)])
def recursion_through_a_closure(x):
    def power(n):
        return 1.0 if n == 0 else x * power(n - 1)

    return power(4) + power(1)


def even_terms(x, n):
    return 0.0 if n == 0 else x**n + odd_terms(x, n - 1)


def odd_terms(x, n):
    return 0.0 if n == 0 else -(x**n) / n + even_terms(x, n - 1)


@program([(0.7, 5)], argnums=0)
def mutual_recursion(x, n):
    return even_terms(x, n)


# --- classes --------------------------------------------------------------------------------------------------------------


class Dual:
    """A number with its derivative: forward mode by operator overloading, differentiated once more."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __radd__, __rmul__ = __add__, __mul__

    def __pow__(self, n):
        return Dual(self.value**n, n * self.value ** (n - 1) * self.slope)

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.slope)


@program([(0.7,)], complex_step=False)
def dual_numbers(x):
    t = Dual(x, 1.0)
    y = 3.0 * t * t.sin() + t**3 + 1.0
    return y.slope + y.value


class Polynomial:
    def __init__(self, *coefficients):
        self.coefficients = coefficients

    def __call__(self, x):
        total = 0.0
        for c in reversed(self.coefficients):
            total = total * x + c
        return total

    def __len__(self):
        return len(self.coefficients)

    def __getitem__(self, k):
        return self.coefficients[k]

    def __neg__(self):
        return Polynomial(*(-c for c in self.coefficients))

    def __matmul__(self, other):
        return sum(a * b for a, b in zip(self.coefficients, other.coefficients))

    def derivative(self):
        return Polynomial(*(k * c for k, c in enumerate(self.coefficients) if k))


@program([(0.7, 1.2)])
def polynomial_objects(a, x):
    p = Polynomial(1.0, a, a * a)
    return p(x) + p.derivative()(x) + (-p)[1] + len(p) * (p @ p)


class Accumulator:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def __iadd__(self, value):
        self.total = self.total + value
        self.count = self.count + 1
        return self

    def __bool__(self):
        return self.count > 0

    @property
    def mean(self):
        return self.total / self.count

    @classmethod
    def of(cls, *values):
        made = cls()
        for v in values:
            made += v
        return made


@program([(0.7, 1.2)])
def accumulating_object(x, y):
    a = Accumulator.of(x, y, x * y)
    return a.mean + a.count if a else 0.0


@dataclasses.dataclass
class Settings:
    rate: float
    power: int = 2
    offsets: tuple = (0.0, 1.0)
    scale: float = dataclasses.field(default=2.0)

    def __post_init__(self):
        self.scale = self.scale * self.rate


@program([(0.7,)])
def dataclass_with_defaults(x):
    s = Settings(x, power=3)
    t = dataclasses.replace(s, rate=x * x, scale=1.0)
    return s.scale**s.power + t.rate * t.offsets[1] + t.scale


class Line(NamedTuple):
    slope: float
    intercept: float = 0.5

    def at(self, x):
        return self.slope * x + self.intercept


@program([(Line(0.7, 0.2), 1.5)])
def method_of_a_named_tuple(line, x):
    steeper = line._replace(slope=line.slope * 2.0)
    slope, intercept = steeper
    return line.at(x) * steeper.at(1.0) + slope * intercept


class Kind(enum.Enum):
    LINEAR = 1
    SQUARE = 2


@program([(0.7, Kind.SQUARE), (0.7, Kind.LINEAR)], argnums=0)
def member_of_an_enum(x, kind):
    return x if kind is Kind.LINEAR else x * x


class Node:
    def __init__(self, value, children=()):
        self.value, self.children = value, children

    def evaluate(self, x):
        return self.value * x + sum(child.evaluate(x * x) for child in self.children)


@program([(0.7, 1.2)])
def tree_of_objects(a, x):
    return Node(a, (Node(2.0), Node(a * a, (Node(x),)))).evaluate(x)


class Temperature:
    def __init__(self, kelvin):
        self._kelvin = kelvin

    @property
    def celsius(self):
        return self._kelvin - 273.15

    @celsius.setter
    def celsius(self, value):
        self._kelvin = value + 273.15


@program([(300.0,)])
def property_with_a_setter(x):
    t = Temperature(x)
    t.celsius = t.celsius * 2.0
    return t._kelvin * 0.01


class Layer:
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias

    def __call__(self, x):
        return self.activate(self.weight * x + self.bias)

    def activate(self, x):
        return x


class TanhLayer(Layer):
    def activate(self, x):
        return math.tanh(super().activate(x))


@program([(0.7, 1.2)], complex_step=False)
def layers_in_a_list(w, x):
    for layer in [Layer(w, 0.1), TanhLayer(w * w, 0.2), Layer(2.0, w)]:
        x = layer(x)
    return x


# --- dispatch -------------------------------------------------------------------------------------------------------------


def norm_of(value):
    if isinstance(value, (int, float)):
        return abs(value)
    if isinstance(value, np.ndarray):
        return np.sqrt(np.sum(value**2))
    if isinstance(value, dict):
        return norm_of(list(value.values()))
    return math.sqrt(sum(norm_of(v) ** 2 for v in value))


@program([((0.7, V, {"a": 1.2, "b": [0.3, 0.4]}),)], complex_step=False)
def dispatch_on_types(tree):
    return norm_of(tree)


def size_and_sum(x):
    if hasattr(x, "shape") and x.ndim > 0:
        return x.size, x.sum()
    return 1, x


@program([(V, 0.7)])
def dispatch_on_attributes(x, y):
    (n, a), (m, b) = size_and_sum(x * x), size_and_sum(y)
    return a / n + b * m


@program([(V,), (np.outer(V, V),)])
def dispatch_on_shapes(x):
    match x.shape:
        case (n,):
            return np.sum(x**2) / n
        case (n, m):
            return np.trace(x @ x) / (n * m)


@program([(0.7, None), (0.7, 2.0)], argnums=0)
def optional_argument(x, scale):
    if scale is None:
        scale = 3.0
    return x * x * scale


@program([(0.7,)])
def callable_or_number(x):
    def value(f):
        return f(x) if callable(f) else f * x

    return value(math.sin) + value(2.0) + value(lambda v: v * v)


# --- containers that change -----------------------------------------------------------------------------------------------


@program([(V,)])
def list_that_grows_and_shrinks(x):
    stack = [x[0]]
    stack.append(x[1] * x[1])
    stack.extend([x[2], x[0] * x[2]])
    top = stack.pop()
    return sum(stack) * top


@program([(0.7, 1.2)])
def reverse_polish(x, y):
    stack = []
    for token in ("x", "y", "+", "x", "*"):
        if token == "x":
            stack.append(x)
        elif token == "y":
            stack.append(y)
        else:
            b, a = stack.pop(), stack.pop()
            stack.append(a + b if token == "+" else a * b)
    return stack[0]


@program([(0.7, 1.2)])
def dict_that_grows(x, y):
    cache = {}
    cache["x2"] = x * x
    cache["sum"] = cache["x2"] + y
    cache.update(product=x * y)
    cache["sum"] *= 2.0
    return sum(cache.values())


@program([(0.7, 1.2)])
def merged_dicts(x, y):
    defaults = {"a": x, "b": 1.0}
    given = {"b": y}
    merged = {**defaults, **given}
    other = defaults | {"c": x * y}
    return merged["a"] * merged["b"] + other["b"] * other["c"]


@program([(0.7,)])
def list_comprehension_then_assignment(x):
    values = [x * k for k in range(4)]
    values[2] = values[1] * values[3]
    values[-1] += x
    return sum(values)


@program([(V,)])
def swapped_items(x):
    items = [x[0], x[1] * 2.0, x[2]]
    items[0], items[2] = items[2] * items[0], items[1]
    return items[0] + items[1] * items[2]


@program([(V,)])
def nested_lists(x):
    table = [[x[i] * x[j] for j in range(3)] for i in range(3)]
    return sum(table[i][i] for i in range(3)) * table[0][2]


@program([(V,)])
def transposed_by_zip(x):
    rows = [(x[0], x[1]), (x[1], x[2])]
    first, second = zip(*rows)
    return sum(first) * second[1]


@program([(V,)])
def unpacked_in_calls_and_displays(x):
    a, *rest = [*(x[0], x[1]), x[2] * 2.0]
    return max(*rest, -5.0) * a + math.fsum([a, *rest])


@program([(V,)])
def slices_of_a_list(x):
    items = [x[0], x[1], x[2], x[0] * x[1]]
    return sum(items[1:3]) * items[::-1][0] + sum(items[-2:])


@program([(V,)])
def joined_lists(x):
    items = [x[0]] + [x[1]] * 2
    items += [x[2]]
    return items[1] * items[2] * items[3] + items[0]


@program([(0.7, 1.2)])
def sorted_pairs(x, y):
    pairs = sorted([(2, x), (1, y), (3, x * y)], key=lambda pair: pair[0])
    return sum((k + 1) * value for k, (_, value) in enumerate(pairs))


@program([(0.7, 1.2)])
def items_of_a_dict(x, y):
    weights = {"a": x, "b": y}
    total = 0.0
    for name, w in weights.items():
        total += w * w if name == "a" else w
    return total + weights.get("c", x) * len(weights)


@program([(0.7, 1.2)])
def ordered_by_key(x, y):
    named = dict(b=x, a=y)
    return sum((k + 1) * named[name] ** 2 for k, name in enumerate(sorted(named)))


@program([(V,)])
def products_of_pairs(x):
    return sum(a * b for a, b in itertools.combinations((x[0], x[1], x[2]), 2))


@program([(V,)])
def chained_and_accumulated(x):
    items = list(itertools.chain((x[0],), (x[1], x[2])))
    return sum(v * k for k, v in enumerate(itertools.accumulate(items, operator.mul), start=1))


# --- numbers --------------------------------------------------------------------------------------------------------------


@program([(3.7, 1.3)], complex_step=False)
def quotient_and_remainder(x, y):
    q, r = divmod(x, y)
    return q * x + r * y + x // y + x % y


@program([(3.7,)], complex_step=False)
def fraction_of_a_number(x):
    return (x - math.floor(x)) ** 2 + (x - int(x)) * round(x)


@program([(V,)], complex_step=False)
def items_as_floats(x):
    return float(x[0]) * x[1].item() + float(np.sum(x * x))


@program([(0.7,)], complex_step=False)
def rounded_index(x):
    table = np.array([1.0, 4.0, 9.0])
    k = int(x * 2.0)
    return table[k] * x + (x * 2.0 - k) * (table[k + 1] - table[k])


@program([(V,)], complex_step=False)
def mask_of_a_comparison(x):
    positive = x > 0.0
    return np.sum(x[positive] ** 2) + np.sum(np.where(positive, x, -2.0 * x)) * np.count_nonzero(positive)


@program([(0.7, 1.2)], complex_step=False)
def complex_from_parts(x, y):
    z = complex(x, y)
    w = z * z + 1j * z
    return w.real * w.imag + abs(w) ** 2


@program([(0.7,)])
def infinity_as_a_start(x):
    best = math.inf
    for k in range(3):
        value = (x - 0.3 * k) ** 2 + 0.1 * k
        best = value if value < best else best
    return best


@program([(V,)], complex_step=False)
def index_of_the_largest(x):
    k = int(np.argmax(x))
    return x[k] ** 2 + x[k - 1]


@program([(0.7, 1.2), (1.2, 0.7)])
def exclusive_conditions(x, y):
    return (x if x > y else y) * (1.0 if not x > 1.0 else 2.0) + (x > 0.0 and y)


@program([(0.7,)])
def chained_assignments(x):
    a = b = x * x
    a += 1.0
    (c, d), e = (a, b), x
    return a * b + c * d * e


@program([(0.7,)])
def walrus_in_a_condition(x):
    if (y := x * x) < 1.0 and (z := y + x) > 0.5:
        return y * z
    return y


@program([(0.7,)])
def bits_and_integers(x):
    n = 0b101
    total = x
    while n:
        if n & 1:
            total = total * x + n
        n >>= 1
    return total


# --- what is not numeric --------------------------------------------------------------------------------------------------


@program([(0.7, "x * y"), (0.7, "x + y")], argnums=0)
def text_that_decides(x, formula):
    parts = formula.split()
    names = {"x": x, "y": x * x}
    a, op, b = names[parts[0]], parts[1], names[parts[2]]
    return a * b if op == "*" else a + b


@program([(V,)])
def names_of_columns(x):
    columns = ("time", "value", "error")
    row = dict(zip(columns, (x[0], x[1], x[2])))
    return row["value"] * row["error"] + row["time"] ** 2


@program([(0.7,)])
def counted_letters(x):
    counts = Counter("abracadabra")
    return x ** counts["a"] + counts["b"] * x


@program([(0.7,)])
def report_in_a_text(x):
    y = x * x
    message = f"x={x:.3f}, y={y!r}, {'big' if y > 1.0 else 'small'}"
    assert message.startswith("x="), message
    return y * len("four")


@program([(0.7,)])
def checked_arguments(x):
    if not 0.0 < x < 10.0:
        raise ValueError(f"x is out of range: {x}")
    assert x * x >= 0.0
    return math.log(x) * x


@program([(V,)])
def members_of_a_set(x):
    fixed = {0, 2}
    return sum(x[k] * (2.0 if k in fixed else x[k]) for k in range(3))


@program([(0.7,)])
def annotated_names(x: float) -> float:
    scale: float = 2.0
    result: np.ndarray = np.array([x, scale])
    return float(np.sum(result * result)) * x if False else np.sum(result * result) * x


@program([(V,)])
def shapes_in_arithmetic(x):
    n, = x.shape
    m = x.reshape(n, 1) @ x.reshape(1, n)
    return m.sum() / (m.size * m.ndim) + m.shape[0] * x.mean()


@program([(0.7, 1.2)])
def sums_by_group(x, y):
    groups = {0: 0.0, 1: 0.0}
    for k, v in enumerate((x, y, x * y, y * y)):
        groups[k % 2] += v
    return groups[0] * groups[1]
