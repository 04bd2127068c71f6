"""Gradient descent with momentum, RMSprop and Adam over structures of arrays, as in autograd.misc.optimizers.

``grad(x, i)`` is the gradient in step i; ``callback(x, i, g)`` is called before each step.
"""

from __future__ import annotations

import functools

import numpy as np

from srcad.compat.autograd.misc.flatten import flatten


def unflatten_optimizer(optimize):
    """An optimiser of structures from one of vectors."""

    @functools.wraps(optimize)
    def of_structures(grad, x0, callback=None, *args, **kwargs):
        vector, unflatten = flatten(x0)

        def gradient(x, i):
            return flatten(grad(unflatten(x), i))[0]

        def report(x, i, g):
            callback(unflatten(x), i, unflatten(g))

        return unflatten(optimize(gradient, vector, report if callback else None, *args, **kwargs))

    return of_structures


@unflatten_optimizer
def sgd(grad, x, callback=None, num_iters=200, step_size=0.1, mass=0.9):
    """Gradient descent with momentum."""
    velocity = np.zeros(len(x))
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        velocity = mass * velocity - (1.0 - mass) * g
        x = x + step_size * velocity
    return x


@unflatten_optimizer
def rmsprop(grad, x, callback=None, num_iters=100, step_size=0.1, gamma=0.9, eps=10**-8):
    """RMSprop (Tieleman and Hinton, 2012): steps divided by the root of a running mean of squares."""
    mean_square = np.ones(len(x))
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        mean_square = gamma * mean_square + (1.0 - gamma) * g**2
        x = x - step_size * g / (np.sqrt(mean_square) + eps)
    return x


@unflatten_optimizer
def adam(grad, x, callback=None, num_iters=100, step_size=0.001, b1=0.9, b2=0.999, eps=10**-8):
    """Adam (Kingma and Ba, 2015, https://arxiv.org/abs/1412.6980)."""
    first, second = np.zeros(len(x)), np.zeros(len(x))
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        first = b1 * first + (1.0 - b1) * g
        second = b2 * second + (1.0 - b2) * g**2
        scaled = (first / (1.0 - b1 ** (i + 1))) / (np.sqrt(second / (1.0 - b2 ** (i + 1))) + eps)
        x = x - step_size * scaled
    return x
