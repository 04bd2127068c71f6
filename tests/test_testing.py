"""The checker must accept what is right, and above all refuse what is wrong."""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import srcad
from srcad.testing import (
    adjoint_by_basis,
    assert_same,
    check_grads,
    complex_step_jvp,
    numerical_jvp,
    pairing,
    random_like,
)

Point = namedtuple("Point", "x y")
V = np.array([0.5, -1.5, 2.0])


# --- strict comparison ------------------------------------------------------------------------------------------------

SAME = [
    (1.0, 1.0),
    (np.float64(1.0), 1.0),
    (1.0, np.float64(1.0)),
    (np.float32(1.0), np.float32(1.0)),
    (np.array(1.0, np.float32), np.float32(1.0)),
    (np.float64(1.0), np.array(1.0)),
    (np.array([1.0, np.nan, np.inf]), np.array([1.0, np.nan, np.inf])),
    (np.zeros((0, 3)), np.zeros((0, 3))),
    ((1.0, [2.0, {"a": V}]), (1.0, [2.0, {"a": V.copy()}])),
    (Point(1.0, 2.0), Point(1.0, 2.0)),
    (None, None),
    (0.0, None),
    (np.zeros(2), None),
    (1 + 2j, 1 + 2j),
    (3, 3),
    ("a", "a"),
    (1.0 + 1e-9, 1.0),
]

DIFFERENT = [
    (1.0 + 1e-3, 1.0, "1.001, expected 1.0"),
    (1, 1.0, "a int"),
    (np.array(1.0), 1.0, "a ndarray"),
    (1.0, np.array(1.0), "a float"),
    (np.float64(1.0), np.float32(1.0), "dtype float64, expected float32"),
    (V.astype(np.float32), V, "dtype float32, expected float64"),
    (V, V.astype(np.float32), "dtype float64, expected float32"),
    (V, V.astype(complex), "dtype float64, expected complex128"),
    (np.ones(1), np.ones(3), r"shape \(1,\), expected \(3,\)"),
    (np.ones((1, 3)), np.ones(3), r"shape \(1, 3\), expected \(3,\)"),
    (np.ones((3, 1)), np.ones((1, 3)), "shape"),
    (1.0, np.ones(3), "a float"),
    (np.array([1.0, np.nan]), np.array([1.0, 2.0]), r"\[1\]: nan, expected 2.0"),
    (np.array([1.0, 2.0]), np.array([1.0, np.nan]), r"\[1\]: 2.0, expected nan"),
    (np.array([0.0]), np.array([np.nan]), r"\[0\]: 0.0, expected nan"),
    (np.inf, -np.inf, "inf, expected -inf"),
    (math.nan, 0.0, "nan, expected 0.0"),
    ((1.0,), [1.0], "a tuple, expected a list"),
    ([1.0], (1.0,), "a list, expected a tuple"),
    ((1.0, 2.0), Point(1.0, 2.0), "a tuple, expected a Point"),
    ((1.0,), (1.0, 2.0), "entries 1, expected 2"),
    ({"a": 1.0}, {"b": 1.0}, r"entries \['a'\], expected \['b'\]"),
    ({"a": [1.0, 2.0]}, {"a": [1.0, 3.0]}, r"value\['a'\]\[1\]: 2.0, expected 3.0"),
    (None, 0.0, "a NoneType"),
    (1.0, None, "expected None or zero"),
    (V, list(V), "a ndarray, expected a list"),
    (4, 3, "4, expected 3"),
    (np.ma.masked_array([1.0]), np.array([1.0]), "a MaskedArray"),
]


@pytest.mark.parametrize(("actual", "expected"), SAME)
def test_assert_same_accepts(actual: Any, expected: Any) -> None:
    assert_same(actual, expected)


@pytest.mark.parametrize(("actual", "expected", "message"), DIFFERENT)
def test_assert_same_refuses(actual: Any, expected: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        assert_same(actual, expected)


def test_assert_same_names_the_worst_element() -> None:
    a = np.ones((2, 3))
    b = a.copy()
    b[0, 1], b[1, 2] = 1.1, 5.0
    with pytest.raises(AssertionError, match=r"gradient\[1, 2\]: 1.0, expected 5.0 \(2 of 6 elements differ\)"):
        assert_same(a, b, what="gradient")


# --- derivatives by numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (math.exp, 1.0, math.e),
        (math.log, 1e-3, 1e3),
        (math.sqrt, 0.01, 5.0),
        (lambda x: x**3, 100.0, 3e4),
        (lambda x: abs(x), 0.003, 1.0),
        (math.floor, 0.4, None),
        (lambda x: float(math.floor(x)), 0.4, 0.0),
        (lambda x: 1.0 / x, -0.02, -2500.0),
    ],
)
def test_numerical_jvp_of_scalars(f: Any, x: float, slope: float | None) -> None:
    assert_same(numerical_jvp(f, (x,), (1.0,)), slope, rtol=1e-9, atol=1e-10)


def test_numerical_jvp_of_structures() -> None:
    def f(pair: Any, scale: Any) -> Any:
        return {"product": pair[0] * pair[1] * scale, "rest": [pair[1], 3, "text"]}

    y_dot = numerical_jvp(f, ((V, 2.0), 0.5), ((np.ones(3), 3.0),), argnums=(0,))
    assert_same(y_dot, {"product": 0.5 * (2.0 + 3.0 * V), "rest": [3.0, None, None]})


def test_numerical_jvp_of_single_precision() -> None:
    """Differences are taken in double precision, so that the result is good to single precision."""
    x = V.astype(np.float32)
    y_dot = numerical_jvp(lambda x: np.sin(x) * x, (x,), (np.ones(3, np.float32),))
    assert_same(y_dot, np.cos(x) * x + np.sin(x), rtol=1e-6, atol=1e-6)


def test_numerical_jvp_with_keywords_and_step() -> None:
    y_dot = numerical_jvp(lambda x, *, n: x**n, (2.0,), (1.0,), kwargs={"n": 3}, eps=1e-3)
    assert_same(y_dot, 12.0, rtol=1e-9)


def test_numerical_jvp_leaves_arguments_alone() -> None:
    def f(x: Any) -> Any:
        x[0] = 0.0
        return x * x

    x = V.copy()
    assert_same(numerical_jvp(f, (x,), (np.ones(3),)), np.array([0.0, -3.0, 4.0]))
    assert_same(x, V)


def test_complex_step_is_exact() -> None:
    assert complex_step_jvp(lambda x: x**3 / (1.0 + x), (2.0,), (1.0,)) == pytest.approx(28 / 9, rel=1e-15)
    y_dot = complex_step_jvp(lambda x, s: np.exp(x) * s, (V, 2.0), (np.ones(3), 0.5))
    np.testing.assert_allclose(y_dot, 2.5 * np.exp(V), rtol=1e-15)


def test_adjoint_by_basis_multiplies_without_conjugation() -> None:
    z = 1 + 2j
    assert adjoint_by_basis(lambda t: (2 * z * t).real, z, 1.0) == 2 + 4j
    assert adjoint_by_basis(lambda t: 2 * z * t, z, 1.0 + 0j) == 2 + 4j
    assert adjoint_by_basis(lambda t: 2 * z * t, z, 1j) == 2 * z * 1j


def test_random_like_keeps_structure_and_dtype() -> None:
    tree = (1.0, [np.ones(2, np.float32), 1j], {"n": 3, "s": "text"}, np.float32(2.0))
    drawn = random_like(tree, np.random.default_rng(0))
    assert type(drawn[0]) is float
    assert drawn[1][0].dtype == np.float32
    assert drawn[1][0].shape == (2,)
    assert type(drawn[1][1]) is complex
    assert drawn[2] == {"n": 0.0, "s": None}
    assert type(drawn[3]) is np.float32


def test_pairing_is_real_and_does_not_conjugate() -> None:
    assert pairing((1j, 2.0), (1j, 3.0)) == 5.0
    assert pairing({"a": V, "b": None}, {"a": V, "b": 1.0}) == pytest.approx(V @ V)


# --- check_grads ------------------------------------------------------------------------------------------------------


def product(x, y):
    return x * np.sin(y)


def lecture(x1, x2):
    return math.log(x1) + x1 * x2 - math.sin(x2)


def branchy(x, n):
    y = x
    for _ in range(n):
        if y > 1.0:
            y = y * 0.5
        else:
            y = y * y + x
    return y


def layer(parameters, x):
    return {"out": np.tanh(parameters["W"] @ x + parameters["b"]), "size": 2}


def energy(z):
    return np.sum((z * np.conj(z)).real)


def square(z):
    return z * z


def powered(x, *, n=2):
    return x**n


GOOD = [
    pytest.param(lecture, (2.0, 5.0), {}, id="scalars"),
    pytest.param(lecture, (2, 5), {"argnums": (0, 1)}, id="integers-as-floats"),
    pytest.param(product, (V, 0.5), {}, id="broadcast"),
    pytest.param(product, (V, 0.5), {"argnums": 1}, id="one-argument"),
    pytest.param(product, (V.astype(np.float32), np.float32(0.5)), {}, id="single-precision"),
    pytest.param(branchy, (0.7, 5), {}, id="loop"),
    pytest.param(layer, ({"W": np.array([[1.0, 0.5], [0.2, 0.1]]), "b": V[:2]}, V[1:]), {}, id="structures"),
    pytest.param(square, (1 + 2j,), {}, id="complex"),
    pytest.param(energy, (V + 1j,), {}, id="complex-to-real"),
    pytest.param(powered, (1.5,), {"kwargs": {"n": 3}}, id="keywords"),
    pytest.param(product, (np.zeros(0), 2.0), {}, id="empty"),
]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("f", "args", "settings"), GOOD)
def test_check_grads_accepts(f: Any, args: Any, settings: Any, order: int) -> None:
    check_grads(f, args, order=order, **settings)


def test_check_grads_accepts_third_order() -> None:
    check_grads(lecture, (2.0, 5.0), order=3, rtol=1e-5)


def sabotage(monkeypatch: pytest.MonkeyPatch, jvp: Any = None, vjp: Any = None) -> None:
    """Let srcad's tangents (`jvp`) and adjoints (`vjp`) pass through functions that spoil them."""
    real_jvp, real_vjp = srcad.jvp, srcad.vjp

    def spoiled_jvp(f: Any, *args: Any, **kwargs: Any) -> Any:
        y, y_dot = real_jvp(f, *args, **kwargs)
        return y, (jvp(f, y_dot) if jvp else y_dot)

    def spoiled_vjp(f: Any, *args: Any, **kwargs: Any) -> Any:
        y, pullback = real_vjp(f, *args, **kwargs)
        return y, (lambda seed: vjp(f, pullback(seed))) if vjp else pullback

    monkeypatch.setattr(srcad, "jvp", spoiled_jvp)
    monkeypatch.setattr(srcad, "vjp", spoiled_vjp)


def spoil_one(f: Any, adjoints: Any) -> Any:
    spoiled = adjoints[0].copy()
    spoiled[2] *= 1.01
    return (spoiled, *adjoints[1:])


BAD_TANGENTS = [
    (lambda f, t: t * 1.001, "fwd: tangent with respect to argument 0"),
    (lambda f, t: t.astype(np.float32), "dtype float32, expected float64"),
    (lambda f, t: t[:1], r"shape \(1,\), expected \(3,\)"),
    (lambda f, t: (t,), "a tuple .*, expected a ndarray"),
    (lambda f, t: np.where(np.arange(3) == 1, np.nan, t), r"\[1\]: nan, expected"),
]

BAD_ADJOINTS = [
    (spoil_one, r"rev: adjoint of argument 0\[2\]: .*, expected"),
    (lambda f, a: (a[0], a[1] + 1e-3), r"rev: adjoint of argument 1: .*, expected"),
    (lambda f, a: (a[0], a[1] * np.ones(3)), "rev: adjoint of argument 1: a ndarray"),
    (lambda f, a: (a[0][None], a[1]), r"adjoint of argument 0: shape \(1, 3\), expected \(3,\)"),
    (lambda f, a: (a[0].astype(np.float32), a[1]), "dtype float32, expected float64"),
    (lambda f, a: a[:1], "expected 2 adjoints"),
    (lambda f, a: (a[0] * np.nan, a[1]), "nan, expected"),
]


@pytest.mark.parametrize(("spoil", "message"), BAD_TANGENTS)
def test_check_grads_refuses_a_wrong_tangent(monkeypatch: pytest.MonkeyPatch, spoil: Any, message: str) -> None:
    sabotage(monkeypatch, jvp=spoil)
    with pytest.raises(AssertionError, match=message):
        check_grads(product, (V, 0.5), order=1)


@pytest.mark.parametrize(("spoil", "message"), BAD_ADJOINTS)
def test_check_grads_refuses_a_wrong_adjoint(monkeypatch: pytest.MonkeyPatch, spoil: Any, message: str) -> None:
    sabotage(monkeypatch, vjp=spoil)
    with pytest.raises(AssertionError, match=message):
        check_grads(product, (V, 0.5), order=1)


def test_check_grads_refuses_what_differences_cannot_see(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of one part in ten million is below the differences' tolerance, not below the dot-product test's."""
    sabotage(monkeypatch, jvp=lambda f, t: t * (1 + 1e-7))
    with pytest.raises(AssertionError, match="fwd against rev"):
        check_grads(product, (V, 0.5), order=1)


def test_check_grads_looks_only_at_the_modes_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    sabotage(monkeypatch, jvp=lambda f, t: t * 2.0)
    check_grads(product, (V, 0.5), order=1, modes=("rev",))
    with pytest.raises(AssertionError):
        check_grads(product, (V, 0.5), order=1, modes=("fwd",))


def test_check_grads_refuses_a_wrong_second_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    sabotage(monkeypatch, vjp=lambda f, a: tuple(x * 1.01 for x in a) if f is not lecture else a)
    check_grads(lecture, (2.0, 5.0), order=1)
    with pytest.raises(AssertionError, match="rev of the tangent: adjoint of argument 0"):
        check_grads(lecture, (2.0, 5.0), order=2)


def test_check_grads_refuses_a_conjugated_adjoint(monkeypatch: pytest.MonkeyPatch) -> None:
    sabotage(monkeypatch, vjp=lambda f, a: (np.conj(a[0]).item(),))
    with pytest.raises(AssertionError, match="rev: adjoint of argument 0"):
        check_grads(square, (1 + 2j,), order=1)


def test_check_grads_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="modes"):
        check_grads(lecture, (2.0, 5.0), modes=("forward",))
    with pytest.raises(ValueError, match="argnums"):
        check_grads(lecture, (2, 5))
