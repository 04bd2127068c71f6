"""Lists, dicts and objects are taken apart before compiled code, and made again after it."""

import copy
import dataclasses
import fractions
import math
from typing import NamedTuple

import numpy as np
import pytest

import srcad

numba = pytest.importorskip("numba", reason="the newest Python may have no Numba yet")


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    b: float
    name: str = "layer"


class Pair(NamedTuple):
    left: float
    right: np.ndarray


def of_a_list(xs):
    total = 0.0
    for k in range(1, len(xs)):
        total = total + xs[k] * xs[k - 1]
    for x in xs:
        total = total + x ** 3
    return total + sum(xs) * np.sum(np.array(xs) ** 2)


def of_a_dict(p, x):
    hidden = np.tanh(p["w"] * x + p["inner"]["b"])
    return np.sum(hidden) * p["scale"] + p["list"][0] * p["list"][-1] ** 2


def of_an_object(layer, x):
    return np.sum(np.sin(layer.w * x)) + layer.b ** 2


def of_objects(p):
    return p["a"].b * np.sum(p["a"].w) + np.sum(p["b"].w ** 2) * p["b"].b


def of_a_named_tuple(pair):
    return pair.left * np.sum(pair.right ** 2)


def two_lists(xs, ns):
    total = 0.0
    for x, n in zip(xs, ns):
        total = total + x ** n
    return total


def rows(xss):
    total = 0.0
    for xs in xss:
        for x in xs:
            total = total + math.sin(x) * xs[0]
    return total


def written_list(xs):
    xs[0] = xs[1] * 2.0
    xs.append(xs[0] * xs[1])
    return xs[0] * xs[2] + sum(xs)


def appended(xs):
    more = [2.0 * xs[0]]
    ys = xs + more
    return ys[-1] * ys[0]


CASES = [
    (of_a_list, ([0.5, 1.5, -0.3],), 0),
    (of_a_dict, ({"w": np.array([0.3, 0.4]), "inner": {"b": 0.2}, "scale": 3.0, "list": [1.0, 2.0]}, 0.7), (0, 1)),
    (of_an_object, (Layer(np.array([0.3, 0.4]), 2.0), 0.7), (0, 1)),
    (of_objects, ({"a": Layer(np.array([0.3, 0.4]), 2.0), "b": Layer(np.array([0.1]), 3.0)},), 0),
    (of_a_named_tuple, (Pair(2.0, np.array([1.0, 3.0])),), 0),
    (two_lists, ([0.5, 1.5], [2, 3]), 0), (written_list, ([0.5, 1.5],), 0), (appended, ([0.5, 1.5],), 0),
    (rows, ([[0.5, 1.5], [0.25, 0.75]],), 0),
]


def numbers(value) -> list:
    """The numbers in a structure, and its form."""
    if dataclasses.is_dataclass(value):
        return [type(value), *(n for f in dataclasses.fields(value) for n in numbers(getattr(value, f.name)))]
    if isinstance(value, dict):
        return [dict, *value, *(n for item in value.values() for n in numbers(item))]
    if isinstance(value, tuple | list):
        return [type(value), *(n for item in value for n in numbers(item))]
    return [np.shape(value), *np.ravel(value)] if value is not None and not isinstance(value, str) else [value]


def same(found, expected) -> None:
    for a, b in zip(numbers(found), numbers(expected), strict=True):
        assert a == b or a == pytest.approx(b, rel=1e-13)


def copied(args: tuple):
    return copy.deepcopy(args)


@pytest.mark.parametrize(("f", "args", "argnums"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_same_numbers_in_the_same_form(f, args, argnums):
    for make in (srcad.grad, srcad.value_and_grad):
        compiled, plain = make(f, argnums, backend="numba"), make(f, argnums)
        one, other = copied(args), copied(args)
        same(compiled(*one), plain(*other))
        assert repr(one) == repr(other)                 # what is written to is as the function leaves it


def test_the_items_are_parameters():
    g = srcad.grad(of_a_dict, backend="numba")
    g(*CASES[1][1])
    assert "p_inner_b" in g.source and "p_list_items" in g.source
    with pytest.raises(srcad.SrcadError, match="save"):
        g.save("unwritten.py")


def test_pullbacks_tangents_and_hessians():
    f, args, _ = CASES[1]
    p, x = args
    dot = {"w": np.ones(2), "inner": {"b": 1.0}, "scale": 0.5, "list": [1.0, -1.0]}
    assert srcad.tangent(f, backend="numba")(p, x, dot) == pytest.approx(srcad.tangent(f)(p, x, dot), rel=1e-13)
    same(srcad.adjoint(f, backend="numba")(p, x, 2.0), srcad.adjoint(f)(p, x, 2.0))
    xs = [0.5, 1.5, -0.3]
    np.testing.assert_allclose(srcad.hessian(of_a_list, backend="numba")(xs), srcad.hessian(of_a_list)(xs), rtol=1e-12)


def test_memory_of_what_enters_in_parts():
    g = srcad.grad(of_a_list, backend="numba")
    assert srcad.memory(g, [0.5, 1.5, -0.3]) <= 8 * 6


def test_an_argument_without_a_type():
    def f(x, how):
        return x * x if how else x

    with pytest.raises(srcad.SrcadError) as caught:
        srcad.grad(f, backend="numba")(1.0, fractions.Fraction(1, 2))
    assert caught.value.line > 0


def test_kept_on_the_disk(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setenv("SRCAD_CACHE", "1")
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(srcad.diskcache.environment, "fingerprint", lambda again=False: "these")
    args = CASES[1][1]
    first, second = (srcad.grad(of_a_dict, backend="numba") for _ in range(2))
    expected = numbers(first(*args))
    assert numbers(second(*args)) == expected
    assert sum(second.variants[0].function.dispatcher.stats.cache_hits.values()) == 1
