"""Objects: made inside the program, and from outside."""

import abc
import copy
import dataclasses
import functools
import itertools
import math
import types
from collections import namedtuple
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from corpus.registry import program


class Vector:
    scale = 2.0

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return self + (-other)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1.0

    def __getitem__(self, k):
        return (self.x, self.y)[k]

    def __len__(self):
        return 2

    def __call__(self, t):
        return self.x * t + self.y

    def dot(self, other):
        return self.x * other.x + self.y * other.y

    @property
    def square(self):
        return self.dot(self)

    @staticmethod
    def unit():
        return Vector(1.0, 0.0)

    @classmethod
    def diagonal(cls, value):
        return cls(value, value)


class Complex:
    def __init__(self, re, im=0.0):
        self.re, self.im = re, im

    def __mul__(self, other):
        if not isinstance(other, Complex):
            other = Complex(other)
        return Complex(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)

    def __radd__(self, other):
        return Complex(self.re + other, self.im)

    def __add__(self, other):
        if not isinstance(other, Complex):
            return NotImplemented
        return Complex(self.re + other.re, self.im + other.im)


class Particle:
    def __init__(self, position, speed):
        self.position = position
        self.speed = speed

    def step(self, dt, force):
        self.speed = self.speed + force(self.position) * dt
        self.position = self.position + self.speed * dt

    def energy(self, stiffness):
        return 0.5 * self.speed**2 + 0.5 * stiffness * self.position**2


class Base(abc.ABC):
    def __init__(self, factor):
        self.factor = factor

    def value(self, x):
        return self.factor * x

    @abc.abstractmethod
    def total(self, x): ...


class Derived(Base):
    def __init__(self, factor, more):
        super().__init__(factor)
        self.more = more

    def value(self, x):
        return super().value(x) + self.more * x * x

    def total(self, x):
        return self.value(x) + Base.value(self, x)


class Counter:
    def __init__(self):
        self.count = 0
        self.total = 0.0

    def add(self, value):
        if value > 1.0:
            self.total += value * value
            self.count += 1
        else:
            self.total -= value
        return self


class Account:
    def __init__(self, amount):
        self._amount = amount

    @property
    def amount(self):
        return self._amount

    @amount.setter
    def amount(self, value):
        self._amount = value * 1.1


@dataclass
class Parameters:
    a: float
    b: float = 2.0
    names: list = field(default_factory=list)

    def product(self):
        return self.a * self.b


@dataclass
class MoreParameters(Parameters):
    c: float = 0.5

    def product(self):
        return super().product() * self.c


@dataclass(frozen=True)
class Frozen:
    a: float
    b: float = 2.0
    product: float = field(init=False, default=0.0)

    def __post_init__(self):
        object.__setattr__(self, "product", self.a * self.b)


class Signed:
    def __init__(self, value):
        self.value = value

    def __bool__(self):
        return self.value > 0.0


class Point(NamedTuple):
    x: float
    y: float = 1.5

    def total(self):
        return self.x + self.y


Pair = namedtuple("Pair", "first second")


class Model:
    def __init__(self):
        self.weight = 2.0
        self.offsets = np.array([1.0, 2.0])

    def __call__(self, x):
        return self.weight * x * x

    def predict(self, x):
        return self(x) + self.offsets[1] * x

    @staticmethod
    def tripled(x):
        return 3.0 * x

    @property
    def weight_squared(self):
        return self.weight**2


model = Model()


def oscillate(particle, stiffness, steps):
    for _ in range(steps):
        particle.step(0.1, lambda position: -stiffness * position)
    return particle.energy(stiffness)


def weighted(particle, factor):
    total = 0.0
    for i in range(3):
        total = total + particle.position * particle.position * factor + particle.speed * i
    return total


@program([(0.9,)])
def vectors(x):
    v = Vector(x, 2.0) + 3.0 * Vector.diagonal(x) - Vector.unit()
    return v.square * v.scale + v[0] + v(x) + (-v).y + len(v)


@program([(0.9,)])
def complex_numbers(x):
    z, c = Complex(0.0), Complex(x, 0.3)
    for _ in range(4):
        z = z * z + c
    z = 2.0 + z * x
    return z.re * z.re + z.im * z.im


@program([(0.9,)])
def state_in_a_loop(x):
    particle = Particle(x, 1.0)
    for _ in range(10):
        particle.step(0.1, lambda position: -position * x)
    return particle.position * particle.speed


@program([(0.9, 5), (0.9, 0)], argnums=0)
def state_in_a_loop_of_any_length(x, n):
    particle = Particle(x, 1.0)
    for _ in range(n):
        particle.step(0.1, math.sin)
    return particle.energy(x)


@program([(0.9,)])
def state_changed_by_a_function(x):
    particle = Particle(x, x * x)
    return oscillate(particle, 1.5, 4) + particle.position


@program([(0.9,)])
def object_given_to_a_function(x):
    particle = Particle(x, x * x)
    return weighted(particle, 2.0) + weighted(particle, x)


@program([(0.9,)])
def two_names_of_one_object(x):
    first = Particle(x, 1.0)
    second = first
    second.position = second.position * x
    return first.position * first.speed


@program([(0.9,)])
def two_objects_of_one_class(x):
    first, second = Particle(x, 1.0), Particle(2.0 * x, x)
    second.step(0.5, lambda position: position * first.position)
    return first.position * second.position


@program([(0.9,)])
def inherited(x):
    thing = Derived(x, 2.0)
    return thing.total(x) * thing.factor


@program([(0.9,)])
def chained_calls_with_branches(x):
    counter = Counter()
    for k in range(5):
        counter.add(x * k * 0.5).add(0.5 * x)
    return counter.total * counter.count


@program([(0.9,), (-0.9,)])
def attribute_written_in_a_branch(x):
    particle = Particle(x, 1.0)
    if x > 0.0:
        particle.position = x * x
    else:
        particle.speed = 3.0 * x
    return particle.position * particle.speed


@program([(0.9,)])
def property_with_a_setter(x):
    account = Account(x)
    account.amount = account.amount * x
    return account.amount


@program([(0.9,)])
def augmented_attribute(x):
    particle = Particle(x, 1.0)
    particle.speed *= x
    particle.speed += particle.position
    return particle.speed


@program([(0.9,)])
def dataclasses_inside(x):
    first, second = Parameters(x, b=x * x), MoreParameters(x, c=x)
    return first.product() * second.product() + len(first.names)


@program([(0.9,)])
def frozen_dataclass(x):
    first = Frozen(x)
    second = dataclasses.replace(first, b=x)
    return first.product * second.product


@program([(0.9,)])
def named_tuples_inside(x):
    point, pair = Point(x), Pair(x, second=x * x)
    first, second = pair
    return point.total() * first + second * pair[1] + point.x * pair.first + len(pair)


@program([(0.9,)])
def object_from_outside(x):
    return model.predict(x) + model.tripled(x) + model.weight_squared * x + model(x)


@program([(0.9,)])
def bound_method_as_a_function(x):
    particle = Particle(x, 1.0)
    energy = particle.energy
    particle.speed = x * x
    return energy(2.0) + sum(map(energy, (1.0, x)))


@program([(0.9,)])
def objects_in_a_tuple(x):
    total = 0.0
    for particle in (Particle(x, 1.0), Particle(2.0, x)):
        total = total + particle.energy(x)
    return total


@program([(0.9,)])
def match_on_an_object(x):
    match Point(x, 2.0):
        case Point(a, y=b):
            return a * a * b
    return x


@program([(0.9,)])
def object_holding_a_function(x):
    class_of_rates = Parameters(lambda t: t * x, 2.0)
    return class_of_rates.a(x) * class_of_rates.b


@program([(0.9,)])
def object_holding_an_object(x):
    outer = Pair(Particle(x, 1.0), Vector(x, x))
    outer.first.step(0.1, lambda position: -position)
    return outer.first.position * outer.second.square


@program([(0.9,), (-0.9,)])
def truth_of_an_object(x):
    return x * x if Signed(x) else -x


class Walked:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __iter__(self):
        yield self.x
        yield self.y * self.x


class Listed:
    def __init__(self, x):
        self.items = [x, x * x, 2.0]

    def __iter__(self):
        return iter(self.items)


@program([(0.7, 0.3)])
def objects_gone_through(x, y):
    a, b = Walked(x, y)
    total = sum(Walked(y, x)) + max(Listed(x))
    for k, v in enumerate(Listed(y)):
        total = total + v * (k + 1)
    return total * a + b + sum(v * w for v, w in zip(Walked(x, y), Listed(x)))


@program([(0.7, 3)], argnums=(0,))
def objects_appended_in_a_loop(x, n):
    found = []
    place = Walked(x, 1.0)
    for k in range(n):
        place = Walked(place.x * x + k, place.y + x)
        found.append(place)
    return sum(p.x * p.y for p in found)


class Branch:
    def __init__(self, trunk, weight):
        self.trunk, self.weight = trunk, weight


class Trunk:
    def __init__(self, height):
        self.height = height
        self.branches = [Branch(self, height * 2.0), Branch(self, height * 3.0)]

    def total(self):
        return sum(b.weight * b.trunk.height for b in self.branches)


class Ledger:
    rate = 0.5

    def __init__(self):
        self.entries = {}
        self.total = 0.0

    def add(self, key, value):
        self.entries[key] = self.entries.get(key, 0.0) + value
        self.total += value * self.rate
        return self


class Polynomial:
    def __init__(self, *coefficients):
        self.coefficients = coefficients

    def __call__(self, x):
        total = 0.0
        for c in reversed(self.coefficients):
            total = total * x + c
        return total

    def slope(self):
        return Polynomial(*[k * c for k, c in enumerate(self.coefficients)][1:])


@program([(0.7,)])
def objects_that_know_each_other(x):
    trunk = Trunk(x)
    trunk.height = trunk.height * x
    return trunk.total()


@program([(0.7, 0.3)])
def methods_in_a_chain(x, y):
    account = Ledger().add("u", x).add("v", y).add("u", x * y)
    return account.total * account.entries["u"] + Ledger.rate


@program([(0.7, 0.3)])
def polynomial_and_its_slope(x, y):
    p = Polynomial(x, y, 1.0)
    return p(x) + p.slope()(y)


@program([(0.7,)])
def namespace_made_inside(x):
    ns = types.SimpleNamespace(a=x, k=2)
    ns.a = ns.a**ns.k
    ns.b = ns.a + 1.0
    return ns.b * ns.a


@program([(0.7,)])
def copied_objects(x):
    first = Ledger().add("u", x)
    second = copy.copy(first)
    second.total = second.total * x
    point = types.SimpleNamespace(inner=types.SimpleNamespace(v=x), w=x * 2.0)
    deep = copy.deepcopy(point)
    deep.inner.v = deep.inner.v * x
    return first.total * second.total + point.inner.v * deep.inner.v + deep.w


@program([(0.7,)])
def pipeline_of_pairs(x):
    steps = [("sine", math.sin), ("scale", lambda v: v * x), ("power", functools.partial(pow, 2.0))]
    value = x
    for name, step in steps:
        value = step(value) * len(name)
    return value


@program([(0.7,)])
def functions_in_a_list_of_lists(x):
    table = [[math.sin, lambda v: v * x], [math.exp]]
    return sum(f(x) for f in itertools.chain(*table))


class Body:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def distance(self, other):
        return (self.x - other.x) ** 2 + (self.y - other.y) ** 2


class Stack:
    def __init__(self):
        self._items = []

    def push(self, item):
        self._items.append(item)

    def pop(self):
        return self._items.pop()

    def __len__(self):
        return len(self._items)

    @property
    def top(self):
        return self._items[-1]


class Grid:
    def __init__(self, rows):
        self.rows = [list(row) for row in rows]

    def __getitem__(self, place):
        return self.rows[place[0]][place[1]]

    def __matmul__(self, other):
        return Grid([[sum(self[i, k] * other[k, j] for k in range(2)) for j in range(2)] for i in range(2)])

    @property
    def T(self):
        return Grid(zip(*self.rows))

    def __iter__(self):
        return iter([v for row in self.rows for v in row])


@program([(0.7, 0.3)])
def pairs_of_objects(x, y):
    bodies = [Body(x, y), Body(y, x), Body(1.0, x * y)]
    for i in range(len(bodies)):
        for j in range(i + 1, len(bodies)):
            force = bodies[i].distance(bodies[j])
            bodies[i].x += force * 0.1
            bodies[j].y -= force * 0.1
    return sum(b.x * b.y for b in bodies)


@program([(0.7, 0.3)])
def stack_of_values(x, y):
    stack = Stack()
    for v in (x, y, x + y):
        stack.push(v)
    return stack.pop() * stack.pop() + len(stack) * stack.top


@program([(0.7, 0.3)])
def grid_with_operators(x, y):
    m = Grid([[x, y], [y, 1.0]])
    return (m @ m)[0, 1] * m.T[1, 0] + sum(m)


@program([(0.7, 0.3)])
def stack_machine(x, y):
    operations = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "-": lambda a, b: a - b}
    stack = []
    for word in "x y + x * y -".split():
        if word in operations:
            b, a = stack.pop(), stack.pop()
            stack.append(operations[word](a, b))
        else:
            stack.append({"x": x, "y": y}[word])
    return stack[0]


@program([(0.7, 0.3), (0.3, 0.7)])
def best_of_objects(x, y):
    best = Body(x, y)
    for v in (y, x * y, 0.5):
        body = Body(v, x)
        if body.x > best.x:
            best = body
    return best.x * best.y
