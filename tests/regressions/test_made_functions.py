"""Functions that comprehensions and displays make, and dicts made of dicts."""

from __future__ import annotations

import numpy as np
import pytest

import srcad


def make(k):
    return lambda v: v * k


def factory_in_a_list(x):
    functions = [make(x * k) for k in range(1, 3)]
    return sum(f(x) for f in functions)


def factory_in_a_dict(x):
    functions = {k: make(x + k) for k in (2, 3)}
    return functions[2](x) * functions[3](x)


def defaults_bind_early(x):
    functions = [lambda v, k=k: v**k for k in range(1, 4)]
    return sum(f(x) for f in functions)


def table(x):
    functions = {"sin": np.sin, "own": lambda a: a * x}
    return functions["sin"](x) * functions["own"](x)


def merged(x):
    given = {"a": x, "b": 1.0} | {"b": x * x}
    return given["a"] * given["b"]


def dict_of_pairs(x):
    given = dict([("a", x), ("b", x * x)], c=3.0 * x)
    again = dict(given, b=x)
    return given["b"] * given["c"] * again["b"]


def dict_of_a_zip(x):
    given = dict(zip(("a", "b"), (x, np.sin(x))))
    return given["a"] * given["b"]


def called_if_callable(x):
    def value(f):
        return f(x) if callable(f) else f * x

    return value(np.sin) + value(2.0) + value(lambda v: v * v)


@pytest.mark.parametrize("f", [factory_in_a_list, factory_in_a_dict, defaults_bind_early, table, merged, dict_of_pairs,
                               dict_of_a_zip, called_if_callable])
def test_followed(f):
    srcad.check_grads(f, (0.7,))
    assert srcad.value_and_grad(f)(0.7)[0] == f(0.7)


def counts_while_it_chooses(x):
    n = 0.0

    def seen(v):
        nonlocal n
        n += v
        return v

    return sum([seen(v) for k, v in enumerate((x, x * x, 2.0 * x)) if k == 0 or v > 1.0]) + n * n


def sorted_by_constants(parts):
    return sum((k + 1.0) * np.sum(v) for k, (_, v) in enumerate(sorted(parts.items(), key=lambda pair: pair[0])))


def scaled(tree, a):
    if isinstance(tree, dict):
        return {k: scaled(tree[k], a) for k in tree}
    if isinstance(tree, tuple):
        return tuple([scaled(v, a) for v in tree])
    return tree * a


def test_comprehension_that_is_written_out_only_in_part():
    """What the first items wrote was kept when the others made it a loop."""
    srcad.check_grads(counts_while_it_chooses, (0.7,))
    assert srcad.value_and_grad(counts_while_it_chooses)(0.7)[0] == counts_while_it_chooses(0.7)


def test_items_sorted_by_constants():
    parts = {"b": np.ones((2, 2)), "a": 0.3, "c": np.array([0.1, 0.2, 0.3])}
    srcad.check_grads(sorted_by_constants, (parts,))
    srcad.check_grads(lambda p: np.sum(srcad.grad(sorted_by_constants)(p)["b"]) * p["a"], (parts,))


def test_dict_in_a_recursive_comprehension():
    srcad.check_grads(scaled, ({"y": ({"a": 1.0}, 2.0), "x": {"b": {"c": 3.0}}}, 0.7))


def late_list(x):
    functions = [lambda: x * k for k in range(3)]  # noqa: B023
    return sum(f() for f in functions)


def late_tuple(x):
    functions = tuple(lambda: x * k for k in range(3))  # noqa: B023
    return sum(f() for f in functions)


@pytest.mark.parametrize("f", [late_list, late_tuple])
def test_variable_of_a_comprehension_is_bound_late(f):
    """Each function was given its own item: the value was wrong."""
    with pytest.raises(srcad.SrcadError, match="has its last value") as caught:
        srcad.grad(f)(0.7)
    assert caught.value.line == f.__code__.co_firstlineno + 1
