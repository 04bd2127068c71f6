"""The partial derivatives that elementwise rules declare, called as plain functions and compared with differences."""

from __future__ import annotations

import ast
import builtins
import cmath
import inspect
import math
import operator
import textwrap

import numpy as np
import pytest

import srcad.rules.builtins
import srcad.rules.cmath
import srcad.rules.math
import srcad.rules.numpy_elementwise
import srcad.rules.operators
from srcad import runtime
from srcad.rules.registry import RULES, find_rule
from srcad.rules.static import is_boolean

MODULES = (srcad.rules.builtins, srcad.rules.cmath, srcad.rules.math, srcad.rules.numpy_elementwise,
           srcad.rules.operators)
ELEMENTWISE = [r for r in RULES.values() if r.kind == "elementwise" and inspect.getmodule(r.partials) in MODULES
               and r.fn is not np.ndarray.clip]

#: Operands besides those drawn from the domain: rule's function → tuples of operands. A whole number stays what it is.
OPERANDS: dict = {
    math.ldexp: [(0.7, 3), (-1.2, -2)],
    np.ldexp: [(0.7, 3), (-1.2, -2)],
    math.log: [(1.7,), (0.6, 3.0), (2.5, 0.4)],
    math.hypot: [(0.4,), (0.3, -1.2), (1.0, 2.0, -2.0), (1.0, 2.0, -2.0, 0.5, 0.1)],
    runtime.polygamma: [(0, 0.3), (1, 1.7), (2, 20.0), (3, 2.5), (0, -0.6), (1, -2.3)],
    runtime.spherical_bessel: [(n, x) for n in (0, 1, 2, 4) for x in (-3.3, 0.0, 1e-4, 0.7, 2.2, 9.0)],
    runtime.bessel_i: [(n, x) for n in (0, 1, 2) for x in (-1.5, 0.0, 0.3, 12.0)],
    np.clip: [(0.3, -1.0, 1.0), (-1.7, -1.0, 1.0), (1.7, -1.0, 1.0), (0.2, None, 1.0), (1.2, None, 1.0),
              (-0.5, -1.0, None), (-1.5, -1.0, None), (0.3, 1.0, -1.0),
              *([(0.5, None, None)] if np.lib.NumpyVersion(np.__version__) >= "2.1.0" else [])],  # 2.0 wants a bound
    np.angle: [(1.3,), (-0.7,)],
    np.nan_to_num: [(0.7,), (-1.1,)],
    operator.pow: [(0.7, 1.3), (-0.7, 3), (-0.7, 2), (1.3, 1), (1.3, 0), (1.3, -2), (3, 1.2)],
    builtins.pow: [(0.7, 1.3), (-0.7, 3), (3, 1.2)],
    np.power: [(0.7, 1.3), (-0.7, 3), (-0.7, 2), (1.3, 1), (1.3, 0), (1.3, -2)],
    math.pow: [(0.7, 1.3), (-0.7, 3), (1.3, 0)],
    builtins.max: [(1.0, 2.0), (2.0, 1.0), (1.0, 3.0, 2.0), (0.1, 0.2, 0.3, 0.9, 0.5)],
    builtins.min: [(1.0, 2.0), (2.0, 1.0), (1.0, 3.0, 2.0), (0.1, 0.2, 0.3, 0.9, -0.5)],
    cmath.log: [(1.7 + 1j,), (0.6 - 0.3j, 3.0 + 0.5j)],
}
DIFFERENCES = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))


def difference(f, x, h=4e-3):
    """The derivative of f at x by central differences of order eight."""
    return sum(c * (f(x + k * h) - f(x - k * h)) for k, c in DIFFERENCES) / h


def required(rule) -> int:
    parameters = list(inspect.signature(rule.partials).parameters.values())[1:]
    return sum(p.default is p.empty for p in parameters)


def intervals(rule, count):
    domain = rule.domain
    return domain if isinstance(domain[0], tuple) else (domain,) * count


def points(rule):
    """Tuples of operands to test a rule at."""
    if rule.fn in OPERANDS:
        return OPERANDS[rule.fn]
    random = np.random.default_rng(1)
    count = required(rule)
    return [tuple(float(random.uniform(*interval)) for interval in intervals(rule, count)[:count]) for _ in range(6)]


def partials_at(rule, operands, result=None):
    result = rule.fn(*operands) if result is None else result
    with np.errstate(invalid="ignore"):
        partials = rule.partials(result, *operands)
    return partials if isinstance(partials, tuple) else (partials,)


def name_of(rule):
    return f"{getattr(rule.fn, '__module__', None) or 'np'}.{rule.fn.__name__}"


def is_real(x):
    return isinstance(x, (float, np.floating))


each_rule = pytest.mark.parametrize("rule", ELEMENTWISE, ids=name_of)


@each_rule
def test_partials_are_derivatives(rule):
    checked = 0
    for operands in points(rule):
        partials = partials_at(rule, operands)
        for k, x in enumerate(operands):
            if not is_real(x) and not isinstance(x, complex):
                continue
            assert partials[k] is not None
            expected = difference(lambda t, k=k, o=operands: rule.fn(*o[:k], t, *o[k + 1:]), x)
            partial = np.real(partials[k]) if is_real(expected) else partials[k]
            np.testing.assert_allclose(partial, expected, rtol=1e-8, atol=1e-9)
            checked += 1
    assert checked


ON_ARRAYS = [r for r in ELEMENTWISE if inspect.getmodule(r.partials) in MODULES[3:] and r.fn is not builtins.pow]


@pytest.mark.parametrize("rule", ON_ARRAYS, ids=name_of)
@pytest.mark.parametrize("shapes", [((3,), (3,), (3,)), ((2, 3), (3,), (1, 1)), ((), (2, 2), ()), ((0,), (0,), (0,))])
def test_partials_of_arrays_are_those_of_their_elements(rule, shapes):
    random = np.random.default_rng(2)
    fixed = OPERANDS.get(rule.fn)
    count = len(fixed[0]) if fixed else required(rule)
    operands = []
    for k in range(count):
        if fixed and not is_real(fixed[0][k]):
            operands.append(fixed[0][k])
            continue
        low, high = intervals(rule, count)[k]
        operands.append(np.asarray(random.uniform(low, high, shapes[k])))
    result = rule.fn(*operands)
    partials = partials_at(rule, operands, result)
    for partial, operand in zip(partials, operands):
        if partial is None or not isinstance(operand, np.ndarray):
            continue
        whole = np.broadcast_to(partial, np.shape(result))
        spread = [np.broadcast_to(o, np.shape(result)) if isinstance(o, np.ndarray) else o for o in operands]
        for index in np.ndindex(np.shape(result)):
            one = [o[index] if isinstance(o, np.ndarray) else o for o in spread]
            alone = partials_at(rule, one)[next(k for k, o in enumerate(operands) if o is operand)]
            np.testing.assert_allclose(whole[index], alone, rtol=1e-14)


@pytest.mark.parametrize("rule", ON_ARRAYS, ids=name_of)
@pytest.mark.parametrize("make", [lambda x: np.full(3, x, np.float32), np.float32], ids=["array", "scalar"])
def test_partials_keep_float32(rule, make):
    if rule.fn in (np.float_power, np.heaviside):
        return
    for operands in points(rule)[:2]:
        operands = tuple(make(x) if is_real(x) else x for x in operands)
        result = rule.fn(*operands)
        for partial in partials_at(rule, operands, result):
            if partial is not None:
                assert np.result_type(result * partial) == np.float32


@pytest.mark.parametrize("rule", [r for r in ELEMENTWISE if r.complex], ids=name_of)
@pytest.mark.parametrize("scalar", [complex, lambda z: np.array([z])], ids=["number", "array"])
def test_holomorphic_functions_have_complex_partials(rule, scalar):
    if inspect.getmodule(rule.partials) is srcad.rules.cmath and scalar is not complex:
        return
    for z in (0.4 + 0.3j, -0.5 + 0.8j, -0.3 - 0.6j):
        operands = (scalar(z), scalar(0.7 - 0.4j), scalar(0.3 + 1j))[:required(rule)]
        partials = partials_at(rule, operands)
        for k, x in enumerate(operands):
            def f(t, k=k, operands=operands):
                return rule.fn(*operands[:k], t, *operands[k + 1:])

            np.testing.assert_allclose(partials[k], difference(f, x), rtol=1e-8, atol=1e-9)
            along = difference(lambda t, f=f, x=x: f(x + 1j * t), 0.0)
            np.testing.assert_allclose(1j * partials[k], along, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("fn", [abs, operator.abs, np.absolute, np.angle, cmath.phase])
def test_real_functions_of_a_complex_number(fn):
    for z in (0.4 + 0.3j, -0.5 + 0.8j, -0.3 - 0.6j):
        (partial,) = partials_at(RULES[fn], (z,))
        for direction in (1.0, 1j, 0.6 - 0.8j):
            expected = difference(lambda t, z=z, d=direction: fn(z + t * d), 0.0)
            assert (partial * direction).real == pytest.approx(expected, abs=1e-9)


def test_angle_in_degrees():
    z = 0.4 + 0.3j
    partial = RULES[np.angle].partials(np.angle(z, True), z, True)
    assert partial == pytest.approx(-1j / z * 180.0 / math.pi)


ON_CUTS = [
    (("sqrt", "log", "log10", "asin", "acos", "acosh", "atanh"), lambda t, zero: complex(t - 2.0, zero), 1.0),
    (("asin", "acos", "atanh"), lambda t, zero: complex(t + 2.0, zero), 1.0),
    (("acosh",), lambda t, zero: complex(t + 0.3, zero), 1.0),
    (("asinh", "atan"), lambda t, zero: complex(zero, t + 2.0), 1j),
    (("asinh", "atan"), lambda t, zero: complex(zero, t - 2.0), 1j),
]


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize("name, path, direction", [(n, path, d) for names, path, d in ON_CUTS for n in names])
def test_branch_cuts(name, path, direction, zero):
    """A zero part has a sign, which says on which side of the cut a number is."""
    for fn in (getattr(cmath, name), getattr(np, {"a": "arc" + name[1:]}.get(name[0], name))):
        (partial, *_) = partials_at(RULES[fn], (path(0.0, zero),))
        expected = difference(lambda t, fn=fn: fn(path(t, zero)), 0.0)
        np.testing.assert_allclose(partial * direction, expected, rtol=1e-8)


@pytest.mark.parametrize("fn", [operator.pow, np.power, np.float_power])
@pytest.mark.parametrize("x", [complex(-2.0, 0.0), complex(-2.0, -0.0), 0j, -2.0])
def test_complex_powers(fn, x):
    if x == 0 and fn is operator.pow:      # Python refuses 0j**n itself
        return
    n = 1.3 + 0.2j
    partials = partials_at(RULES[fn], (x, n))
    np.testing.assert_allclose(partials[1], difference(lambda t: fn(x, t), n), rtol=1e-8, atol=1e-12)


INF = math.inf
NAN = math.nan
EDGES = [
    (operator.pow, (0.0, 0), (0.0, 0.0)), (operator.pow, (0.0, 0.0), (0.0, 0.0)), (operator.pow, (0.0, 1), (1.0, 0.0)),
    (operator.pow, (0.0, 2), (0.0, 0.0)), (operator.pow, (0.0, 1.5), (0.0, 0.0)),
    (operator.pow, (-2.0, 3.0), (12.0, NAN)),
    (operator.pow, (-2.0, 2), (-4.0, NAN)), (operator.pow, (-2.0, 0), (0.0, NAN)),
    (math.pow, (0.0, 0.0), (0.0, 0.0)), (math.pow, (-2.0, 3.0), (12.0, NAN)), (math.pow, (0.0, 1.0), (1.0, 0.0)),
    (np.power, (0.0, 0.0), (0.0, 0.0)), (np.power, (0.0, 1.0), (1.0, 0.0)), (np.power, (0.0, 2.0), (0.0, 0.0)),
    (np.power, (-2.0, 3.0), (12.0, NAN)), (np.power, (0.0, 0.5), (INF, 0.0)),
    (abs, (0.0,), (0.0,)), (abs, (-0.0,), (0.0,)), (abs, (0j,), (0.0,)), (np.absolute, (0.0,), (0.0,)),
    (np.absolute, (0j,), (0.0,)), (math.fabs, (0.0,), (0.0,)), (np.fabs, (0.0,), (0.0,)),
    (np.sqrt, (0.0,), (INF,)), (np.cbrt, (0.0,), (INF,)), (np.log, (0.0,), (INF,)),
    (np.maximum, (1.0, 1.0), (0.5, 0.5)), (np.minimum, (1.0, 1.0), (0.5, 0.5)), (np.fmax, (1.0, 1.0), (0.5, 0.5)),
    (np.fmin, (1.0, 1.0), (0.5, 0.5)), (np.fmax, (NAN, 1.0), (0.0, 1.0)), (np.fmin, (1.0, NAN), (1.0, 0.0)),
    (np.clip, (1.0, 1.0, 2.0), (0.5, 0.5, 0.0)), (np.clip, (2.0, 1.0, 2.0), (0.5, 0.0, 0.5)),
    (np.clip, (0.0, 0.0, None), (0.5, 0.5)),
    (max, (1.0, 1.0), (0.5, 0.5)), (min, (1.0, 1.0), (0.5, 0.5)), (max, (1.0, 1.0, 1.0), (1 / 3, 1 / 3, 1 / 3)),
    (min, (1.0, 1.0, 2.0), (0.5, 0.5, 0.0)), (max, (np.float64(2.0), np.float64(1.0)), (1.0, 0.0)),
    (np.sinc, (0.0,), (0.0,)), (np.i0, (0.0,), (0.0,)),
    (np.hypot, (0.0, 0.0), (0.0, 0.0)), (math.hypot, (0.0, 0.0), (0.0, 0.0)), (math.hypot, (0.0,), (0.0,)),
    (np.copysign, (0.0, -1.0), (-1.0, 0.0)), (math.copysign, (-3.0, 1.0), (-1.0, 0.0)),
    (np.arctan2, (0.0, 0.0), (NAN, NAN)), (np.arctan2, (0.0, -1.0), (-1.0, 0.0)),
    (np.nan_to_num, (NAN,), (0.0,)), (np.nan_to_num, (INF,), (0.0,)), (np.heaviside, (0.0, 0.5), (0.0, 1.0)),
    (operator.mod, (-0.5, 2.0), (1.0, 1.0)), (np.remainder, (-0.5, 2.0), (1.0, 1.0)),
    (np.fmod, (-0.5, 2.0), (1.0, 0.0)),
    (math.fmod, (-2.5, 2.0), (1.0, 1.0)), (math.fmod, (0.7, 0.1), (1.0, -6.0)),
]


def edge_id(case):
    fn, operands, _ = case
    return f"{fn.__name__}{operands}"


@pytest.mark.parametrize("case", EDGES, ids=edge_id)
@pytest.mark.parametrize("array", [False, True])
def test_edges(case, array):
    fn, operands, expected = case
    if array and (getattr(fn, "__module__", "") in ("math", "builtins") and fn is not abs):
        return
    if array:
        operands = tuple(np.array([x, x]) if isinstance(x, float | complex) else x for x in operands)
    elif isinstance(fn, np.ufunc):
        operands = tuple(np.float64(x) if isinstance(x, float) else x for x in operands)
    with np.errstate(divide="ignore", invalid="ignore"):
        partials = partials_at(RULES[fn], operands)
    shape = np.shape(operands[0])
    for partial, value in zip(partials, expected):
        np.testing.assert_array_equal(np.broadcast_to(partial, shape), np.full(shape, value))


def test_plain_numbers_raise_where_the_derivative_is_infinite():
    for fn in (math.sqrt, math.cbrt):
        with pytest.raises(ZeroDivisionError):
            partials_at(RULES[fn], (0.0,))


#: What a rule's body may call although it has no derivative rule: it is decided when the derivative is made.
DECIDED = {isinstance, np.iscomplexobj, is_boolean}


@pytest.mark.parametrize("body", sorted({r.partials for r in ELEMENTWISE}, key=lambda f: (f.__module__, f.__qualname__)),
                         ids=lambda f: f"{f.__module__.rpartition('.')[2]}.{f.__name__}")
def test_a_body_calls_only_what_has_a_rule(body):
    """So that second derivatives exist."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(body))).body[0]
    names = vars(inspect.getmodule(body)) | {"isinstance": isinstance, "round": round}
    for node in ast.walk(ast.Module(tree.body, [])):
        assert not isinstance(node, (ast.For, ast.While, ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.Try))
        if isinstance(node, ast.Call):
            fn = eval(compile(ast.Expression(node.func), "", "eval"), names)
            assert find_rule(fn) is not None or fn in DECIDED, fn


def test_every_ufunc_is_decided():
    """A ufunc has a derivative, is piecewise constant, or is not about real numbers."""
    ufuncs = {getattr(np, name) for name in dir(np) if isinstance(getattr(np, name), np.ufunc)}
    without = {fn.__name__ for fn in ufuncs if find_rule(fn) is None}
    assert without <= {"matmul", "matvec", "vecdot", "vecmat", "isnat"}


def test_every_function_of_math_is_decided():
    without = {name for name in dir(math) if callable(getattr(math, name)) and not name.startswith("_")
               and find_rule(getattr(math, name)) is None}
    assert not without
