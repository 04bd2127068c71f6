"""Checkpointed functions record nothing, and give the same derivatives."""

import importlib.util
import math

import numpy as np
import pytest

import srcad
from srcad import checkpoint


def stage(x, n):
    for _ in range(n):
        x = math.sin(x) * 1.1
        if x > 0.9:
            x = x * x
    return x


saving = checkpoint(stage)


def plain(x):
    for _ in range(5):
        x = stage(x, 7) + 0.1
    return x * x


def sparing(x):
    for _ in range(5):
        x = saving(x, 7) + 0.1
    return x * x


@checkpoint
def layer(x, W):
    return np.tanh(W @ x)


def network(x, W):
    for _ in range(3):
        x = layer(x, W)
    return np.sum(x)


@checkpoint
def talking(x):
    print("once")
    return x * x


def with_talking(x):
    return talking(x) * x


def test_called_as_it_is():
    assert saving(0.4, 3) == stage(0.4, 3)


@pytest.mark.parametrize("x", [0.3, 0.9, 1.4])
def test_same_derivatives(x):
    assert srcad.grad(sparing)(x) == pytest.approx(srcad.grad(plain)(x), rel=1e-14)
    assert srcad.grad(srcad.grad(sparing))(x) == pytest.approx(srcad.grad(srcad.grad(plain))(x), rel=1e-11)
    assert srcad.jvp(sparing, (x,), (1.0,))[1] == pytest.approx(srcad.grad(plain)(x), rel=1e-14)


def test_arrays():
    rng = np.random.default_rng(0)
    srcad.check_grads(network, (rng.normal(size=3), rng.normal(size=(3, 3))), order=2)


def test_the_forward_sweep_keeps_arguments_only():
    g = srcad.grad(sparing)
    g(0.3)
    main = g.source.split("\n\n\n")[0]
    forward, reverse = main.split("# reverse adjoint trace")
    assert "stage_forward" not in forward
    assert "stage_forward" in reverse
    assert forward.count("append") == 1


def test_effects_are_refused():
    with pytest.raises(srcad.SrcadError, match="checkpointed"):
        srcad.grad(with_talking)(2.0)


def test_not_a_function():
    with pytest.raises(srcad.SrcadError, match="checkpoint needs"):
        checkpoint(3.0)


@checkpoint
def noisy(x, rng):
    total = 0.0
    for k in range(4):
        total = total + math.sin(x * k) * rng.normal()
    return total * x


def plain_noisy(x, rng):
    return noisy.function(x, rng)


@pytest.mark.parametrize("backend", ["python", *(["numba"] if importlib.util.find_spec("numba") else [])])
def test_random_numbers_are_drawn_again(backend):
    def f(x, rng):
        return noisy(x, rng) + rng.normal() * noisy(x * x, rng)

    def g(x, rng):
        return plain_noisy(x, rng) + rng.normal() * plain_noisy(x * x, rng)

    first, second = np.random.default_rng(1), np.random.default_rng(1)
    found = srcad.value_and_grad(f, backend=backend)(0.7, first)
    np.testing.assert_allclose(found, srcad.value_and_grad(g)(0.7, second), rtol=1e-12)
    assert first.normal() == second.normal()


def test_a_generator_made_in_a_checkpointed_function():
    @checkpoint
    def sample(x):
        return x * np.random.default_rng().normal()

    with pytest.raises(srcad.SrcadError, match="random numbers"):
        srcad.grad(lambda x: sample(x) * x)(0.5)
