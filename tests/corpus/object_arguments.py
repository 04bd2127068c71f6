"""Arguments that are objects: what is differentiated are their attributes, and the gradient is an object like them."""

import dataclasses
import functools
import types
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from corpus.registry import program


@dataclass
class Line:
    slope: float
    offset: float = 1.0

    def at(self, t):
        return self.slope * t + self.offset

    def __add__(self, other):
        return Line(self.slope + other.slope, self.offset + other.offset)

    def __mul__(self, factor):
        return dataclasses.replace(self, slope=self.slope * factor, offset=self.offset * factor)


@dataclass(frozen=True)
class Settings:
    weights: np.ndarray
    line: Line
    power: int = 2
    name: str = "sine"
    link: Callable = np.sin
    parts: dict = field(default_factory=dict)

    @property
    def total(self):
        return np.sum(self.weights**self.power)

    @functools.cached_property
    def size(self):
        return self.total * self.line.slope


@dataclass(slots=True)
class Slotted:
    a: float
    b: tuple


class Plain:
    scale = 2.0

    def __init__(self, a, b):
        self._a = a
        self.b = b

    @property
    def a(self):
        return self._a * self.scale

    def __call__(self, x):
        return self.a * np.tanh(self.b @ x)


class Derived(Plain):
    def __init__(self, a, b, c):
        super().__init__(a, b)
        self.c = c

    def __call__(self, x):
        return super().__call__(x) + self.c


class State(NamedTuple):
    position: np.ndarray
    speed: float
    label: str = "ball"

    def step(self, dt):
        return self._replace(position=self.position + dt * self.speed, speed=self.speed * (1.0 - dt))


Pair = namedtuple("Pair", "first second")


def settings():
    return Settings(np.array([0.5, 1.5]), Line(0.7), parts={"k": 2.0, "n": 3})


@program([(Line(0.5, 2.0), 1.5)])
def dataclass_attributes(line, x):
    return line.slope * x**2 + line.offset * line.slope


@program([(Line(0.5, 2.0), 1.5)])
def method_of_an_argument(line, x):
    return line.at(x) * line.at(2.0 * x)


@program([(Line(0.5, 2.0), Line(0.3), 2.0)])
def operators_of_arguments(a, b, x):
    return ((a + b) * x + a).at(x)


@program([(settings(), 0.4)])
def nested_and_static_attributes(s, x):
    return s.link(s.line.at(x)) * s.total + s.parts["k"] ** s.parts["n"]


@program([(settings(),)])
def branch_on_a_static_attribute(s):
    return s.total if s.name == "sine" else s.line.slope


@program([(settings(),)])
def cached_property_of_an_argument(s):
    return s.size * s.size


@program([(Slotted(0.5, (1.0, 2.0)),)])
def slots(s):
    first, second = s.b
    return s.a * first + np.exp(s.a) * second


@program([(types.SimpleNamespace(a=0.5, inner=types.SimpleNamespace(b=np.array([1.0, 2.0]), n=3)),)])
def simple_namespace(ns):
    return ns.a * np.sum(ns.inner.b**ns.inner.n)


@program([(Plain(0.5, np.array([1.0, 2.0])), np.array([0.1, 0.2]))])
def object_that_is_called(model, x):
    return model(x) * model.a


@program([(Derived(0.5, np.array([1.0, 2.0]), 0.3), np.array([0.1, 0.2]))])
def derived_class(model, x):
    return model(x) if isinstance(model, Plain) else 0.0


@program([(State(np.array([0.5, 1.0]), 0.3), 0.1)])
def named_tuple_with_methods(state, dt):
    return np.sum(state.step(dt).step(dt).position ** 2) + state[1]


@program([(State(np.array([0.5, 1.0]), 0.3), 0.1, 3)], argnums=(0, 1))
def named_tuple_as_loop_state(state, dt, n):
    for _ in range(n):
        state = state.step(dt)
    return np.sum(state.position**2) * state.speed


@program([(Line(0.5, 2.0), Line(0.1, 0.2), 4)], argnums=(0, 1))
def object_as_loop_state(line, change, n):
    k = 0
    while k < n:
        line = line + change * 0.5
        k += 1
    return line.at(2.0)


@program([(Line(0.5, 2.0), 1.5), (Line(-0.5, 2.0), 1.5)])
def object_chosen_by_a_branch(line, x):
    if line.slope > 0.0:
        chosen = line * x
    else:
        chosen = line + Line(x, 0.0)
    return chosen.at(x)


@program([(Pair(0.5, Pair(1.5, 2.0)),)])
def nested_named_tuples(pair):
    first, (second, third) = pair
    return first * second + third * pair.second.first + len(pair)


@program([([Line(0.5, 2.0), Line(1.5, 1.0), Line(0.2)], 1.5)])
def list_of_objects(lines, x):
    total = 0.0
    for line in lines:
        total = total + line.at(x) * line.slope
    return total


@program([({"a": Line(0.5, 2.0), "b": Line(1.5, 1.0)}, 1.5)])
def dict_of_objects(lines, x):
    return lines["a"].at(x) * lines["b"].at(x) + sum(line.slope**2 for line in lines.values())


@program([(Line(0.5, 2.0), 0.3)], order=1)
def object_returned(line, x):
    return line * x + Line(x * x)


@program([(0.5, 3)], argnums=(0,))
def list_of_objects_made_inside(x, n):
    lines = [Line(x * k, x) for k in range(n)]
    return sum(line.at(x) for line in lines)


@program([(Line(0.5, 2.0), 1.5)])
def other_ways_to_read(line, x):
    values = dataclasses.asdict(line)
    slope, offset = dataclasses.astuple(line)
    return getattr(line, "slope") * x + values["offset"] * slope + offset  # noqa: B009


@program([(0.5, 2.0)])
def objects_in_a_list_are_written(x, y):
    lines = [Line(x, y), Line(y * x), Line(x * x)]
    for line in lines:
        line.slope = line.slope * line.offset + x
    first = lines[0]
    first.offset = y * y
    return sum(line.at(y) for line in lines)
