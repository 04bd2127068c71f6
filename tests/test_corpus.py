"""Every program of the corpus through every mode and option, against references that owe nothing to srcad."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from corpus import parameters
from corpus.registry import PROGRAMS, Program
from oracle import assert_same, reference_hvp, reference_jvp, reference_vjp, tolerance

import srcad
from srcad.structure import items_of, with_items
from srcad.testing import pairing, random_like


@dataclass(frozen=True, eq=False)
class Case:
    """A program at one of its points."""

    program: Program
    number: int

    def __str__(self) -> str:
        return self.program.name + (f"-{self.number}" if len(self.program.points) > 1 else "")

    @property
    def args(self) -> tuple[Any, ...]:
        """Fresh arguments: what a derivative does to them cannot reach another test."""
        return fresh(self.program.points[self.number])

    @functools.cached_property
    def floated(self) -> tuple[Any, ...]:
        """The arguments with an integer that is differentiated by as the float it is taken for."""
        p = self.program
        return tuple(float(a) if i in p.argnums and type(a) is int else a for i, a in enumerate(self.args))

    @functools.cached_property
    def value(self) -> Any:
        return self.program.function(*fresh(self.floated), **self.program.kwargs)

    @functools.cached_property
    def result(self) -> str:
        """Which tests the program is for: of gradients, of Jacobians, or of neither."""
        try:
            value = self.value
        except Exception:
            return "error"  # which its own tests will show: it must not stop the collection of all the others
        if isinstance(value, (int, float, np.floating)):
            return "scalar"
        return "array" if isinstance(value, np.ndarray) and not np.iscomplexobj(value) else "other"

    @functools.cached_property
    def tangents(self) -> tuple[Any, ...]:
        rng = np.random.default_rng(1)
        return tuple(random_like(self.floated[i], rng) for i in self.program.argnums)

    @functools.cached_property
    def seed(self) -> Any:
        return random_like(self.value, np.random.default_rng(2))

    @functools.cached_property
    def gradient(self) -> tuple[Any, ...]:
        """The reference gradient of a scalar program."""
        return reference_vjp(self.program, self.floated, 1.0)

    @functools.cached_property
    def adjoints(self) -> tuple[Any, ...]:
        """The reference adjoints for the random seed."""
        return reference_vjp(self.program, self.floated, self.seed)

    @property
    def tolerance(self) -> dict[str, float]:
        return tolerance(self.program, self.floated, self.value)


def fresh(tree: Any) -> Any:
    match tree:
        case tuple() | list():
            return with_items(tree, fresh)
        case dict():
            return {key: fresh(item) for key, item in tree.items()}
        case np.ndarray():
            return tree.copy()
    return with_items(tree, fresh) if items_of(tree) is not None else tree


CASES = [Case(program, number) for program in PROGRAMS for number in range(len(program.points))]
SCALAR = [case for case in CASES if case.result in ("scalar", "error")]


def each(cases: list[Case]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=str)


@functools.cache
def gradient_of(program: Program, **options: Any) -> Any:
    """One `Derivative` for a program and options: its variants are compiled once for all tests."""
    return srcad.grad(program.function, program.argnums, disconnected=disconnected(program), **options)


@functools.cache
def value_and_gradient_of(program: Program) -> Any:
    return srcad.value_and_grad(program.function, program.argnums, disconnected=disconnected(program))


@functools.cache
def adjoint_of(program: Program) -> Any:
    return srcad.adjoint(program.function, program.argnums)


def disconnected(program: Program) -> str:
    return "zeros" if program.disconnected else "raise"


def assert_unchanged(value: Any, primal: Any, what: str) -> None:
    """Bitwise: a derivative must compute the value that the function itself computes."""
    assert_same(value, primal, rtol=0.0, atol=0.0, what=what)


def assert_value(case: Case, value: Any, what: str) -> None:
    """The value, bitwise; where it is a derivative itself, its terms may be added up in another order."""
    rtol = 1e-14 if "srcad" in case.program.function.__code__.co_names else 0.0
    assert_same(value, case.value, rtol=rtol, atol=0.0, what=what)


def test_the_corpus_is_what_it_should_be() -> None:
    names = [program.name for program in PROGRAMS]
    assert len(set(names)) == len(names) >= 330


@each([case for case in CASES if case.program.complex_step and not case.program.jumps])
def test_references_agree(case: Case) -> None:
    """The complex step against central differences: two oracles that know nothing of each other."""
    p = case.program
    stepped = reference_jvp(p, case.floated, case.tangents)
    differenced = reference_jvp(p, case.floated, case.tangents, exact=False)
    assert_same(stepped, differenced, rtol=1e-7, atol=1e-8, what="complex step against differences")


@each(SCALAR)
def test_gradient(case: Case) -> None:
    args = case.args
    value, gradient = value_and_gradient_of(case.program)(*args, **case.program.kwargs)
    assert_value(case, value, "value")
    assert_same(gradient, case.gradient, **case.tolerance, what="gradient")
    assert_unchanged(args, case.args, "arguments after the gradient")
    derivative = gradient_of(case.program)
    once, twice = (derivative(*args, **case.program.kwargs) for _ in range(2))
    assert_same(once, case.gradient, **case.tolerance, what="gradient alone")
    assert_unchanged(twice, once, "gradient, called again")


@each(SCALAR)
def test_gradient_not_optimised(case: Case) -> None:
    gradient = gradient_of(case.program, optimize=False)(*case.args, **case.program.kwargs)
    assert_same(gradient, case.gradient, **case.tolerance, what="gradient, not optimised")
    optimised = gradient_of(case.program)(*case.args, **case.program.kwargs)
    assert_same(gradient, optimised, **rounding(case), what="gradient, not optimised against optimised")


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize(
    ("function", "name", "args", "kwargs", "expected"),
    [
        (parameters.every_sort, "z", (1.5, 2.0), {"z": 3.0}, 3.0),
        (parameters.every_sort, "y", (1.5,), {"y": 2.0, "z": 3.0}, 4.5),
        (parameters.default_by_keyword, "scale", (1.5,), {"scale": 3.0}, 2.25),
        (parameters.default_by_keyword, ("scale", "x"), (1.5,), {"scale": 3.0}, (2.25, 9.0)),
    ],
)
def test_gradient_by_name(function: Any, name: Any, args: Any, kwargs: Any, expected: Any, mode: str) -> None:
    assert_same(srcad.grad(function, argnames=name, mode=mode)(*args, **kwargs), expected, rtol=1e-14)


@each(SCALAR)
def test_gradient_forward(case: Case) -> None:
    gradient = gradient_of(case.program, mode="forward")(*case.args, **case.program.kwargs)
    assert_same(gradient, case.gradient, **case.tolerance, what="gradient in forward mode")


@each(CASES)
def test_tangent_and_adjoint(case: Case) -> None:
    p, args = case.program, case.args
    y, y_dot = srcad.jvp(p.function, args, fresh(case.tangents), argnums=p.argnums, kwargs=dict(p.kwargs))
    assert_value(case, y, "value beside the tangent")
    assert_unchanged(args, case.args, "arguments after the tangent")
    assert_same(y_dot, reference_jvp(p, case.floated, case.tangents), **case.tolerance, what="tangent")

    y, pullback = srcad.vjp(p.function, *args, argnums=p.argnums, kwargs=dict(p.kwargs))
    assert_value(case, y, "value beside the pullback")
    seed = fresh(case.seed)
    adjoints, again = pullback(seed), pullback(seed)
    assert_unchanged(seed, case.seed, "seed after the pullback")
    assert_unchanged(args, case.args, "arguments after the pullback")
    assert_same(adjoints, case.adjoints, **case.tolerance, what="adjoints")
    assert_unchanged(again, adjoints, "adjoints, called again")
    assert_shares_nothing(adjoints, (args, seed))

    forward, reverse = pairing(case.seed, y_dot), pairing(adjoints, case.tangents)
    assert_same(forward, reverse, **rounding(case), what="dot-product test, tangent against adjoint")


def is_real(tree: Any) -> bool:
    return isinstance(tree, (float, np.ndarray)) and not np.iscomplexobj(tree)


@each([c for c in CASES if c.result == "array" and all(is_real(c.floated[i]) for i in c.program.argnums)])
def test_jacobian(case: Case) -> None:
    """Contracted with the seed, the Jacobian of either mode must give the adjoint."""
    p = case.program
    for make in (srcad.jacrev, srcad.jacfwd):
        jacobians = make(p.function, p.argnums)(*case.args, **p.kwargs)
        for i, jacobian, expected in zip(p.argnums, jacobians, case.adjoints, strict=True):
            shape = case.value.shape + np.shape(case.floated[i])
            assert np.shape(jacobian) == shape, f"{make.__name__}: shape {np.shape(jacobian)}, expected {shape}"
            contracted = np.tensordot(case.seed, jacobian, axes=case.value.ndim)
            np.testing.assert_allclose(contracted, expected, err_msg=make.__name__, **case.tolerance)


# Where a program jumps, differences of its first derivative are of no use either.
SECOND_ORDER = [case for case in CASES if case.program.order >= 2 and not case.program.jumps]
SMALL = {"rtol": 1e-5, "atol": 1e-6}


@each(SECOND_ORDER)
def test_second_order(case: Case) -> None:
    """Tangent of the adjoint against differences of the adjoint; adjoint of the adjoint against its tangent."""
    p = case.program
    expected = reference_hvp(p, case.floated, case.seed, case.tangents, lambda *args: adjoints_at(p, args, case.seed))
    generated = adjoint_of(p)
    own = inspect.signature(p.function).parameters
    (seed_name,) = [name for name in inspect.signature(generated).parameters if name not in own]
    kwargs = p.kwargs | {seed_name: case.seed}
    first, along = srcad.jvp(generated, case.args, fresh(case.tangents), argnums=p.argnums, kwargs=fresh(kwargs))
    assert_same(first, case.adjoints, **case.tolerance, what="adjoints beside their tangent")
    single = case.tolerance["rtol"] > 1e-5
    assert_same(along, expected, **(dict.fromkeys(SMALL, 1e-3) if single else SMALL), what="tangent of the adjoint")

    first, pullback = srcad.vjp(generated, *case.args, argnums=p.argnums, kwargs=fresh(kwargs))
    assert_same(first, case.adjoints, **case.tolerance, what="adjoints beside their pullback")
    # The Hessian of <seed, f> is symmetric, so that the adjoint of the adjoint is its tangent.
    assert_same(pullback(fresh(case.tangents)), along, **rounding(case), what="adjoint of the adjoint")


@each([case for case in SCALAR if case.program.order >= 2])
def test_orders_of_modes(case: Case) -> None:
    """The gradient's derivative, with forward and reverse mode inside and outside, is one Hessian."""
    p, v = case.program, case.tangents
    products = {}
    for inner in ("reverse", "forward"):
        g = gradient_of(p, mode=inner)
        products[f"tangent of {inner}"] = srcad.jvp(g, case.args, fresh(v), argnums=p.argnums, kwargs=dict(p.kwargs))[1]
        pullback = srcad.vjp(g, *case.args, argnums=p.argnums, kwargs=dict(p.kwargs))[1]
        products[f"adjoint of {inner}"] = pullback(fresh(v))
    if len(case.args) == 1 and not p.kwargs and "variadic" not in p.name:
        products["hvp"] = (srcad.hvp(p.function)(*case.args, *fresh(v)),)
        if isinstance(case.floated[0], float):
            second = srcad.grad(srcad.grad(p.function), disconnected="zeros")(*case.args)
            products["grad of grad"] = (second * v[0],)
    for way, product in products.items():
        assert_same(product, products["tangent of reverse"], **rounding(case), what=way)


def adjoints_at(program: Program, args: tuple[Any, ...], seed: Any) -> tuple[Any, ...]:
    pullback = srcad.vjp(program.function, *args, argnums=program.argnums, kwargs=dict(program.kwargs))[1]
    return pullback(fresh(seed))


def rounding(case: Case) -> dict[str, float]:
    """How far apart two ways of computing the same derivative may be."""
    single = case.tolerance["rtol"] > 1e-5
    return {"rtol": 1e-4, "atol": 1e-4} if single else {"rtol": 1e-9, "atol": 1e-10}


def assert_shares_nothing(adjoints: tuple[Any, ...], others: Any) -> None:
    ours, theirs = list(arrays(adjoints)), list(arrays(others))
    for i, array in enumerate(ours):
        for other in ours[i + 1 :] + theirs:
            assert not np.shares_memory(array, other), "an adjoint shares memory with another array"


def arrays(tree: Any) -> list[np.ndarray]:
    match tree:
        case tuple() | list():
            return [array for item in tree for array in arrays(item)]
        case dict():
            return arrays(list(tree.values()))
        case np.ndarray():
            return [tree]
    return arrays(items_of(tree) or [])
