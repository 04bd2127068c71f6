"""Arguments that are objects: what the derivatives are, what is left out, what is refused."""

import dataclasses
import enum
import functools
import types
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import srcad
from srcad.errors import ArgumentError, KindError, UnsupportedError

attr = pytest.importorskip("attr")


@dataclass(frozen=True)
class Model:
    weights: np.ndarray
    scale: float
    count: int = 2
    link: Any = np.sin
    name: str = "model"

    def __call__(self, x):
        return self.scale * self.link(self.weights @ x) ** self.count


class Place(NamedTuple):
    x: float
    y: float
    label: str = "here"


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Fitted:
    place: Place
    width: float = 2.0

    def area(self):
        return self.place.x * self.width


def model():
    return Model(np.array([0.5, 0.25]), 2.0)


X = np.array([0.3, 0.7])


def loss(m, x):
    return m(x) * m.scale


def numbers(m):
    return np.array([*m.weights, m.scale])


def of_numbers(v):
    return Model(v[:2], v[2])


def flat_loss(v):
    return loss(of_numbers(v), X)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_the_gradient_is_of_the_same_class(mode):
    g = srcad.grad(loss, mode=mode)(model(), X)
    assert type(g) is Model
    np.testing.assert_allclose(numbers(g), srcad.grad(flat_loss)(numbers(model())), rtol=1e-13)
    assert g.count is None and g.link is None and g.name is None


def test_second_order():
    expected = srcad.hessian(flat_loss)(numbers(model()))
    h = srcad.hessian(loss)(model(), X)
    assert type(h) is Model and type(h.scale) is Model
    np.testing.assert_allclose(h.weights.weights, expected[:2, :2], rtol=1e-12)
    np.testing.assert_allclose(h.weights.scale, expected[:2, 2], rtol=1e-12)
    np.testing.assert_allclose(h.scale.weights, expected[2, :2], rtol=1e-12)
    v = dataclasses.replace(model(), weights=np.array([1.0, -1.0]), scale=0.5)
    np.testing.assert_allclose(numbers(srcad.hvp(loss)(model(), X, v)), expected @ numbers(v), rtol=1e-12)


def test_tangents_and_adjoints_are_objects():
    def scaled(m, x):
        return dataclasses.replace(m, weights=m.weights * m.scale * x, scale=m.scale**2)

    m = model()
    v = dataclasses.replace(m, weights=np.array([1.0, 2.0]), scale=3.0)
    y, y_dot = srcad.jvp(scaled, (m, X), (v, np.zeros(2)))
    assert type(y) is Model and type(y_dot) is Model and y.name == "model" and y_dot.name is None
    np.testing.assert_allclose(y_dot.weights, (v.weights * m.scale + m.weights * v.scale) * X)
    _, pullback = srcad.vjp(scaled, m, X)
    bar, _ = pullback(v)
    assert type(bar) is Model
    np.testing.assert_allclose(numbers(bar) @ numbers(v), numbers(v) @ numbers(y_dot))
    assert type(srcad.jacobian(scaled)(m, X).weights) is Model


def test_a_tangent_needs_no_static_attributes():
    empty = dataclasses.replace(model(), count=None, link=None, name=None)
    assert srcad.jvp(loss, (model(), X), (empty, np.zeros(2)))[0] == loss(model(), X)
    with pytest.raises(ArgumentError, match=r"m\.name"):
        srcad.jvp(loss, (model(), X), (dataclasses.replace(model(), name="other"), np.zeros(2)))
    with pytest.raises(ArgumentError, match="must be a Model"):
        srcad.jvp(loss, (model(), X), (Place(1.0, 2.0), np.zeros(2)))


def test_a_static_attribute_makes_a_variant():
    g = srcad.grad(loss)
    first = g(model(), X)
    cosine = g(dataclasses.replace(model(), link=np.cos, count=3), X)
    assert len(g.variants) == 2
    assert not np.allclose(first.weights, cosine.weights)
    g(dataclasses.replace(model(), count=5), X)
    assert len(g.variants) == 2                  # an int is a number like any


def test_named_tuples():
    def f(p):
        return p.x * p[1] if p.label == "here" else p.x

    assert srcad.grad(f)(Place(2.0, 3.0)) == Place(3.0, 2.0, None)
    assert type(srcad.grad(f)(Place(2.0, 3.0))) is Place
    assert srcad.grad(f)(Place(2.0, 3.0, "there")) == Place(1.0, 0.0, None)


def test_attrs():
    g = srcad.grad(lambda f: f.area() ** 2)(Fitted(Place(1.5, 0.0)))
    assert type(g) is Fitted and type(g.place) is Place
    assert g.place.x == pytest.approx(2 * 1.5 * 4.0) and g.width == pytest.approx(2 * 2.0 * 1.5**2)
    assert g.place.y == 0.0


@attr.s(auto_attribs=True, frozen=True)
class Made:
    x: float
    y: float = attr.ib(default=2.0, converter=float)
    z: float = attr.ib(init=False)

    def __attrs_post_init__(self):
        object.__setattr__(self, "z", self.x * self.y)

    def moved(self, **changes):
        return attr.evolve(self, **changes)


def test_attrs_made_inside():
    def f(x, y):
        made = Made(x, y=y)
        return made.moved(x=made.z).z * made.x

    assert srcad.grad(f, argnums=(0, 1))(1.5, 0.5) == pytest.approx((2 * 1.5 * 0.25, 2 * 0.5 * 1.5**2))


def test_simple_namespace_in_containers():
    def f(parameters):
        return parameters["a"][0].x * parameters["a"][1].x ** 2

    point = {"a": [types.SimpleNamespace(x=2.0), types.SimpleNamespace(x=3.0)]}
    g = srcad.grad(f)(point)
    assert g["a"][0].x == 9.0 and g["a"][1].x == 12.0


def test_the_argument_stays_as_it_is():
    m = model()
    before = numbers(m)
    g = srcad.grad(loss)(m, X)
    assert not np.shares_memory(g.weights, m.weights)
    np.testing.assert_array_equal(numbers(m), before)


class Remembering:
    def __init__(self, x):
        self.x = x

    @functools.cached_property
    def square(self):
        return self.x**2


def test_what_a_cached_property_remembers_is_no_attribute():
    r = Remembering(3.0)
    assert r.square == 9.0                       # remembered from here on
    g = srcad.grad(lambda r: r.square * r.x)(r)
    assert g.x == pytest.approx(27.0) and "square" not in vars(g)


class Chain:
    def __init__(self, x):
        self.x, self.me = x, self


def test_an_object_that_leads_back_to_itself():
    g = srcad.grad(lambda c: c.x**2)(Chain(3.0))
    assert g.x == 6.0 and g.me is None


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def test_enumerations_are_static():
    def f(x, colour):
        return x**2 if colour is Colour.RED else x

    assert srcad.grad(f)(3.0, Colour.RED) == 6.0
    assert srcad.grad(f)(3.0, Colour.BLUE) == 1.0


def test_an_object_without_numbers_is_refused():
    @dataclass
    class Words:
        text: str
        count: int = 2

    with pytest.raises(KindError, match="holds no floating-point number"):
        srcad.grad(lambda w: w.count * 1.0)(Words("a"))


def test_an_array_of_an_argument_is_written():
    def f(m):
        m.weights[0] = 2.0
        return np.sum(m.weights ** 2)

    given, plain = model(), model()
    f(plain)
    gradient = srcad.grad(f)(given)
    np.testing.assert_array_equal(given.weights, plain.weights)
    expected = 2.0 * plain.weights
    expected[0] = 0.0
    np.testing.assert_array_equal(gradient.weights, expected)


def test_arrays_in_an_object_must_not_be_those_that_are_written():
    def f(x, m):
        x[0] = 2.0 * x[1]
        return np.sum(x * m.weights)

    m = model()
    with pytest.raises(ValueError, match="share memory"):
        srcad.grad(f)(m.weights, m)


class WithArray:
    def __init__(self):
        self.a = np.arange(3.0)

    def __array__(self, dtype=None, copy=None):
        return self.a


def test_objects_are_not_arrays():
    with pytest.raises(UnsupportedError, match="is given an object of WithArray"):
        srcad.grad(lambda o: np.sum(np.sin(o)))(WithArray())


def test_named_tuples_are_tuples():
    class Pair(NamedTuple):
        a: float
        b: float

    g = srcad.grad(lambda p: np.sum(np.array(p) ** 2) + np.max(p))(Pair(1.0, 2.0))
    assert tuple(g) == (2.0, 5.0)


def test_subclasses_of_containers_are_refused_with_advice():
    import collections

    with pytest.raises(KindError) as caught:
        srcad.grad(lambda o: o["a"] ** 2)(collections.OrderedDict(a=2.0))
    assert "pass a plain dict" in caught.value.advice


def test_identity_of_arguments():
    def f(p, q):
        return p.scale * 3.0 if p is q else p.scale * q.scale

    m, other = model(), model()
    g = srcad.grad(f)
    assert g(m, m).scale == 3.0 and g(m, other).scale == 2.0


class Proxy:
    def __init__(self, x):
        self.x = x

    def __getattribute__(self, name):
        return object.__getattribute__(self, name) * 2.0 if name == "x" else object.__getattribute__(self, name)


class Checked:
    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__["x"] * 3.0

    def __set__(self, instance, value):
        instance.__dict__["x"] = value


class WithDescriptor:
    x = Checked()

    def __init__(self, x):
        self.x = x


@pytest.mark.parametrize("cls", [Proxy, WithDescriptor])
def test_objects_that_answer_for_their_attributes_are_not_looked_into(cls):
    with pytest.raises(KindError):
        srcad.grad(lambda p: p.x**2)(cls(1.5))


def test_default_of_getattr():
    def f(m):
        return getattr(m, "scale", 1.0) * getattr(m, "missing", 3.0) if hasattr(m, "weights") else 0.0

    assert srcad.grad(f)(model()).scale == 3.0
