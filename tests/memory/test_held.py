"""Programs that change containers among their arguments, or write to arrays that these hold (`held_programs`)."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import srcad
from srcad.errors import SrcadError
from srcad.structure import is_inexact_leaf, items_of, leaves, rebuilt, varying, with_varying

from .held_programs import A, B, Layer, programs

each = pytest.mark.parametrize("case", programs, ids=lambda case: case[0].__name__)
right = pytest.mark.parametrize("case", [c for c in programs if not c[2] and not c[3]], ids=lambda case: case[0].__name__)


class Known:
    """Arguments, and every list, dict, object and array in them, by number."""

    def __init__(self, args) -> None:
        self.args = copy.deepcopy(args)
        self.numbers: dict = {}
        self.kept: list = []
        self.walk(self.args, [])

    def walk(self, value, found: list) -> None:
        items = items_of(value)
        if items is None and not isinstance(value, np.ndarray):
            found.append((type(value).__name__ if not isinstance(value, float | np.floating) else "float", value))
            return
        if not isinstance(value, tuple):
            fresh = id(value) not in self.numbers
            number = self.numbers.setdefault(id(value), len(self.numbers))
            self.kept.append(value)
            found.append(number)
            if not fresh and value in [f for f in found if f is value]:
                return
        if items is None:
            found.append((value.dtype, value.shape, value.tobytes()))
            return
        found.append(type(value).__name__)
        form = list(value) if isinstance(value, dict) else sorted(vars(value)) if hasattr(value, "__dict__") else len(items)
        found.append(form)
        for item in items:
            self.walk(item, found)

    def state(self) -> list:
        """What they are now: numbers, arrays, keys, and what is the same object as what."""
        found: list = []
        self.walk(self.args, found)
        arrays = [a for a in leaves(self.args) if isinstance(a, np.ndarray)]
        found.append([np.shares_memory(a, b) for k, a in enumerate(arrays) for b in arrays[:k]])
        return found


def plain(function, args):
    known = Known(args)
    return function(*known.args), known


def which(args) -> tuple:
    return tuple(k for k, a in enumerate(args) if varying(a) and not isinstance(a, int))


def directions(args, seed: int) -> tuple:
    rng = np.random.default_rng(seed)

    def some(leaf):
        if not isinstance(leaf, np.ndarray):
            return float(rng.normal())
        made = rng.normal(size=leaf.shape)
        return np.asarray(made + 1j * rng.normal(size=leaf.shape) if leaf.dtype.kind == "c" else made).astype(leaf.dtype)
    return tuple(with_varying(args[k], [some(x) for x in varying(args[k])]) for k in which(args))


def inner(a, b) -> float:
    return sum(np.sum(np.asarray(x) * np.asarray(y)) for x, y in zip(leaves(a), leaves(b), strict=True) if is_inexact_leaf(x))


def weighted(y, weights):
    return sum(np.sum(np.asarray(leaf) * w) for leaf, w in zip(leaves(y), weights) if np.asarray(leaf).dtype.kind in "fc")


def moved(args, vectors, h):
    """The arguments, moved by h times the vectors."""
    new = list(copy.deepcopy(args))
    for k, v in zip(which(args), vectors):
        kept = iter([np.asarray(x) for x in varying(v)])
        made = []
        for leaf in leaves(new[k]):
            if not is_inexact_leaf(leaf):
                made.append(leaf)
            elif isinstance(leaf, np.ndarray):
                shifted = leaf.astype(np.result_type(leaf.dtype, float, type(h))) + h * next(kept)
                made.append(np.asarray(shifted, order="F" if leaf.ndim > 1 and leaf.flags.f_contiguous else "C"))
            else:
                made.append(leaf + h * float(next(kept)))
        new[k] = rebuilt(new[k], made)
    return new


def slope(f, args, vectors, step: bool) -> float:
    """The derivative of a function of moved arguments that gives a number."""
    if step:
        return np.imag(f(*moved(args, vectors, 1e-30j))) / 1e-30
    differences = [(f(*moved(args, vectors, h)) - f(*moved(args, vectors, -h))) / (2 * h) for h in (1e-4, 2e-4)]
    return (4 * differences[0] - differences[1]) / 3


@each
def test_first_derivatives(case):
    f, args, refused, raised, _, step = case
    given = which(args)
    if refused or raised:
        with pytest.raises(SrcadError if refused else ValueError, match=refused or raised) as caught:
            srcad.value_and_grad(f, given)(*Known(args).args)
        assert not refused or caught.value.location.line
        return
    wanted, ended = plain(f, args)
    state = ended.state()
    single = any(np.asarray(x).dtype == np.float32 for k in given for x in leaves(args[k]))
    tolerance = 1e-5 if single else 1e-10 if step else 1e-7
    rng = np.random.default_rng(3)
    weights = [rng.normal(size=np.shape(leaf)) for leaf in leaves(wanted)]
    vectors = directions(args, 1)
    numbers = items_of(wanted) is None and np.shape(wanted) == ()
    weights = [1.0] if numbers else weights
    expected = slope(lambda *a: weighted(f(*a), weights), args, vectors, step)

    known = Known(args)
    y, back = srcad.vjp(f, *known.args, argnums=given)
    assert known.state() == state
    seed = rebuilt(wanted, [np.asarray(w, np.asarray(leaf).dtype)[()] if np.asarray(leaf).dtype.kind in "fc" else leaf
                            for w, leaf in zip(weights, leaves(wanted))]) if not numbers else 1.0
    first = back(seed)
    for array in leaves(known.args):
        if isinstance(array, np.ndarray) and array.flags.writeable:
            array[...] = 77                                          # the caller's own from here on
    again = back(seed)
    assert all(map(np.array_equal, leaves(first), leaves(again)))
    for a, b in zip(leaves(y), leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6 if single else 1e-13)
    np.testing.assert_allclose(np.real(inner(first, vectors)), expected, rtol=tolerance, atol=tolerance)

    known = Known(args)
    y, y_dot = srcad.jvp(f, tuple(known.args), vectors, argnums=given)
    assert known.state() == state
    np.testing.assert_allclose(np.real(weighted(y_dot, weights)), expected, rtol=tolerance, atol=tolerance)

    if numbers:
        known = Known(args)
        value, gradients = srcad.value_and_grad(f, given)(*known.args)
        assert known.state() == state
        for array in leaves(known.args):
            if isinstance(array, np.ndarray):
                array[...] = 77
        np.testing.assert_allclose(value, wanted, rtol=1e-6 if single else 1e-13)
        np.testing.assert_allclose(np.real(inner(gradients, vectors)), expected, rtol=tolerance, atol=tolerance)
        again = srcad.grad(f, given, optimize=False)(*Known(args).args)
        np.testing.assert_allclose(np.real(inner(again, vectors)), expected, rtol=tolerance, atol=tolerance)
        known = Known(args)
        srcad.adjoint(f, given)(*known.args, 1.0)
        assert known.state() == state
    for jacobian in (srcad.jacfwd, srcad.jacrev):
        known = Known(args)
        jacobian(f, given)(*known.args)
        assert known.state() == state


@right
def test_second_derivatives(case):
    f, args, _, _, _, step = case
    wanted, ended = plain(f, args)
    if items_of(wanted) is not None or np.shape(wanted) != () or not step or any(
            np.asarray(x).dtype == np.float32 for k in which(args) for x in leaves(args[k])):
        return
    state, given = ended.state(), which(args)
    u, v = directions(args, 1), directions(args, 2)
    gradient = srcad.grad(f, given)
    expected = slope(lambda *a: inner(gradient(*a), u), args, v, False)

    known = Known(args)
    over = srcad.jvp(gradient, tuple(known.args), v, argnums=given)[1]
    assert known.state() == state
    np.testing.assert_allclose(inner(over, u), expected, rtol=1e-6, atol=1e-6)
    other = srcad.jvp(gradient, tuple(Known(args).args), u, argnums=given)[1]
    np.testing.assert_allclose(inner(over, u), inner(other, v), rtol=1e-9, atol=1e-9)

    known = Known(args)
    _, back = srcad.vjp(gradient, *known.args, argnums=given)
    assert known.state() == state
    reverse = back(u)
    np.testing.assert_allclose(inner(reverse, v), inner(over, u), rtol=1e-9, atol=1e-9)
    assert all(map(np.array_equal, leaves(reverse), leaves(back(u))))


def _nothing(p):
    p["w"] *= 2.0


def _nothing_but_a_slot(p):
    p["w"] = p["w"] * 2.0


def _nothing_of_two(x, p):
    x *= p["w"]
    p["w"] *= 2.0


@pytest.mark.parametrize(("f", "args"), [(_nothing, ({"w": A},)), (_nothing_but_a_slot, ({"w": A},)),
                                         (_nothing_of_two, (A, {"w": B}))])
def test_functions_that_return_nothing(f, args):
    with pytest.raises(SrcadError, match="returns nothing"):
        srcad.vjp(f, *copy.deepcopy(args))
    with pytest.raises(SrcadError, match="returns nothing"):
        srcad.jvp(f, copy.deepcopy(args), copy.deepcopy(args))
    with pytest.raises(SrcadError, match="returns None"):
        srcad.grad(f, disconnected="zeros")(*copy.deepcopy(args))


def test_a_derivative_called_inside():
    def inside(p):
        p["w"] *= 2.0
        return (p["w"] ** 3).sum()

    def f(p):
        g = srcad.grad(inside)(p)
        return (g["w"] * p["w"]).sum()

    known, wanted = Known(({"w": A},)), Known(({"w": A},))
    gradient = srcad.grad(f)(*known.args)
    f(*wanted.args)
    assert known.state() == wanted.state()
    np.testing.assert_allclose(gradient["w"], slopes(f, A), rtol=1e-6)

    def rebinds(p):
        p["w"] = p["w"] * 2.0
        return (p["w"] ** 3).sum()

    with pytest.raises(SrcadError, match="of which a derivative is called in this function"):
        srcad.grad(lambda p: srcad.grad(rebinds)(p)["w"].sum())({"w": A.copy()})


def slopes(f, x):
    """Central differences of a function of a dict of one array."""
    h = 1e-6
    return [(f({"w": x + h * e}) - f({"w": x - h * e})) / (2 * h) for e in np.eye(len(x))]


def test_read_only_arrays_beside_one_that_is_written():
    a, b = A.copy(), B.copy()
    b.flags.writeable = False

    def f(p):
        p["a"] *= p["b"]
        return (p["a"] ** 2).sum()

    np.testing.assert_allclose(srcad.grad(f)({"a": a, "b": b})["b"], 2 * A ** 2 * B)
    np.testing.assert_array_equal(a, A * B)


def test_compiled_code():
    def f(p):
        p["w"] *= p["b"]
        p["w"][0] = p["w"][1] ** 2
        return (p["w"] ** 2).sum()

    compiled, plain = Known(({"w": A, "b": B},)), Known(({"w": A, "b": B},))
    one, other = srcad.grad(f, backend="numba")(*compiled.args), srcad.grad(f)(*plain.args)
    assert compiled.state() == plain.state()
    np.testing.assert_allclose(np.array(leaves(one)), np.array(leaves(other)))
    with pytest.raises(SrcadError, match="Numba"):
        srcad.grad(_scaled, backend="numba")({"w": A.copy()})


def _scaled(p):
    p["w"] = p["w"] * 2.0
    return (p["w"] ** 2).sum()


MODEL = Layer(A.copy(), B.copy())
TABLE = {"w": A.copy()}


def _reads_a_global_object(layer):
    layer.rate = layer.rate * 3.0
    return (layer.w * MODEL.rate).sum()


def _table():
    return TABLE["w"].sum()


def _reads_a_global_dict(p):
    p["w"] = p["w"] * 2.0
    return p["w"].sum() * _table()


@pytest.mark.parametrize(("f", "given", "other"), [(_reads_a_global_object, MODEL, Layer(A.copy(), B.copy())),
                                                   (_reads_a_global_dict, TABLE, {"w": A.copy()})])
def test_an_argument_that_is_read_as_a_global_too(f, given, other):
    srcad.grad(f)(other)
    for call in (srcad.grad(f), srcad.jacfwd(f), lambda x: srcad.vjp(f, x)):
        with pytest.raises(ValueError, match="pass a copy"):
            call(given)
