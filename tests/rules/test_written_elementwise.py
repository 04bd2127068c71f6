"""Adjoints and tangents that are written out, of functions of numbers with several results or of sequences.

A rule's body reads and assigns names that its notation gives it; here it becomes an ordinary function of them, which is
compared with differences (the tangent) and with the tangent (the adjoint, by the dot-product test).
"""

from __future__ import annotations

import ast
import inspect
import math
import textwrap

import numpy as np
import pytest

from srcad.rules import families
from srcad.rules.registry import RULES

special = pytest.importorskip("scipy.special")
families.load()

DIFFERENCES = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))


def as_function(body, extra, outputs):
    """A rule's body as a function of its parameters and `extra` that returns its `outputs`."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(body))).body
    node.decorator_list = []
    node.args.kwonlyargs += [ast.arg(name) for name in extra]
    node.args.kw_defaults += [None] * len(extra)
    pairs = ", ".join(f"{name!r}: {name}" for name in outputs)
    node.body.append(ast.parse(f"return {{{pairs}}}").body[0])
    module = ast.fix_missing_locations(ast.Module([node], []))
    names = dict(vars(inspect.getmodule(body)))
    exec(compile(module, body.__name__, "exec"), names)
    return names[body.__name__]


def flat(value):
    """The numbers in a result; whole numbers have no derivative."""
    if value is None:
        return np.zeros(0)
    if isinstance(value, tuple | list):
        return np.concatenate([flat(v) for v in value])
    value = np.asarray(value)
    return np.zeros(0) if value.dtype.kind in "iub" else value.ravel().astype(float)


def like(x, values):
    """The next of `values` in the structure of `x`; None for a whole number."""
    if isinstance(x, tuple | list):
        return type(x)(like(item, values) for item in x)
    x = np.asarray(x)
    if x.dtype.kind in "iub":
        return None
    taken = np.array([next(values) for _ in range(x.size)]).reshape(x.shape)
    return taken if x.ndim else float(taken)


def moved(x, x_dot, t):
    if isinstance(x, tuple | list):
        return type(x)(moved(a, b, t) for a, b in zip(x, x_dot))
    return x if x_dot is None else x + t * x_dot


MATRIX = np.array([[0.3, -1.2, 0.7], [1.1, 0.2, -0.4]])
CASES = [
    (math.frexp, (0.7,)), (math.frexp, (-9.3,)), (math.modf, (2.3,)), (math.modf, (-2.3,)),
    (math.fsum, ([0.3, 1.2, -0.7],)), (math.fsum, ((0.3, 1.2),)), (math.fsum, (np.array([0.3, 1.2]),)),
    (math.prod, ([0.3, 1.2, -0.7],)), (math.prod, ([0.3, 0.0, -0.7],)), (math.prod, ((0.3, 0.0, 0.0),)),
    (math.dist, ([0.3, 1.2], [1.0, -2.0])), (math.dist, ((0.3, 1.2), (1.0, -2.0))),
    (np.frexp, (MATRIX,)), (np.modf, (MATRIX + 3.1,)),
    (np.divmod, (MATRIX + 3.1, np.array([0.73, 0.77, 0.46]))), (np.divmod, (2.3, MATRIX + 3.1)), (divmod, (7.3, 2.0)),
    (divmod, (-7.3, 2.0)),
    (np.where, (MATRIX > 0, MATRIX, 0.3)), (np.where, ([[True], [False]], 1.2, MATRIX)),
    (special.sici, (MATRIX + 2.0,)), (special.shichi, (MATRIX + 2.0,)), (special.fresnel, (MATRIX,)),
    (special.airy, (MATRIX,)),
    (special.logsumexp, (MATRIX,)), (special.logsumexp, (MATRIX, 0)), (special.logsumexp, (MATRIX, (0, 1))),
    (special.logsumexp, (MATRIX, 1, np.array([0.5, 2.0, 1.0]))),
    (special.softmax, (MATRIX,)), (special.softmax, (MATRIX, 1)), (special.log_softmax, (MATRIX,)),
    (special.log_softmax, (MATRIX, 0)),
]
if hasattr(math, "sumprod"):
    CASES.append((math.sumprod, ([0.3, 1.2], (1.0, -2.0))))


@pytest.mark.parametrize("fn, operands", CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_tangent_and_adjoint(fn, operands):
    rule = RULES[fn]
    names = list(inspect.signature(rule.adjoint).parameters)
    random = np.random.default_rng(5)
    numbers = iter(random.normal(size=100))
    given = dict(zip(names[1:], operands))
    static = {"axis", "keepdims", "condition"} & given.keys()
    dots = {name: None if name in static else like(x, numbers) for name, x in given.items()}
    active = [name for name in given if name not in static]

    def f(t):
        return fn(*[x if n in static else moved(x, dots[n], t) for n, x in given.items()])

    y = f(0.0)
    h = 3e-3
    y_dot = sum(c * (flat(f(k * h)) - flat(f(-k * h))) for k, c in DIFFERENCES) / h
    if rule.tangent is not None:
        every = {f"{n}_dot": dots.get(n, 0.0) for n in names[1:]}
        tangent = as_function(rule.tangent, every, [f"{names[0]}_dot"])(y, *operands, **every)
        np.testing.assert_allclose(flat(tangent[f"{names[0]}_dot"]), y_dot, rtol=1e-8, atol=1e-9)

    y_bar = like(y, numbers)
    bars = as_function(rule.adjoint, [f"{names[0]}_bar"], [f"{n}_bar" for n in active])(
        y, *operands, **{f"{names[0]}_bar": y_bar})
    left = sum(flat(dots[n]) @ flat(bars[f"{n}_bar"]) for n in active)
    assert left == pytest.approx(flat(y_bar) @ y_dot, rel=1e-8, abs=1e-9)
    for n in active:
        assert np.shape(bars[f"{n}_bar"]) == np.shape(given[n])
        assert isinstance(bars[f"{n}_bar"], type(given[n]) if isinstance(given[n], tuple | list) else object)


def test_the_distance_of_a_point_from_itself():
    body = as_function(RULES[math.dist].adjoint, ["z_bar"], ["p_bar", "q_bar"])
    assert body(0.0, [1.0, 2.0], [1.0, 2.0], z_bar=1.0) == {"p_bar": [0.0, 0.0], "q_bar": [0.0, 0.0]}


def test_conjugation_is_its_own_transpose():
    body = as_function(RULES[np.conjugate].adjoint, ["y_bar"], ["x_bar"])
    assert body(1 - 2j, 1 + 2j, y_bar=3 + 1j) == {"x_bar": 3 - 1j}


def test_parts_of_a_complex_number():
    z, y_bar = 1 + 2j, 3.0
    assert as_function(RULES[np.real].adjoint, ["y_bar"], ["x_bar"])(1.0, z, y_bar=y_bar) == {"x_bar": 3 + 0j}
    assert as_function(RULES[np.imag].adjoint, ["y_bar"], ["x_bar"])(2.0, z, y_bar=y_bar) == {"x_bar": -3j}
    assert as_function(RULES[np.real].adjoint, ["y_bar"], ["x_bar"])(1.0, 1.0, y_bar=y_bar) == {"x_bar": 3.0}
