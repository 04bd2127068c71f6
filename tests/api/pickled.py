"""Derivatives that are pickled by tests/api/test_objects.py, found by name in another process."""

import functools
import math

import numpy as np

from srcad import (
    adjoint,
    custom_jvp,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    tangent,
    value_and_grad,
)


def power(x, *, n=3.0):
    """x to the n."""
    return x**n


@grad
def decorated(x):
    return x * x


@value_and_grad(argnums=(0, 1))
def decorated_pair(x, y):
    return x * y


@custom_jvp
def custom(x):
    return x


custom.defjvp(lambda primals, tangents: (primals[0], 7.0 * tangents[0]))


class Model:
    def __init__(self, k):
        self.k = k

    def value(self, x):
        return self.k * x * x

    @grad(argnums=1)
    def slope(self, x):
        return self.k * x * x


def everything():
    """(name, derivative, arguments)"""
    return [
        ("grad", grad(power), (2.0,)),
        ("argnames", grad(power, argnames=("x", "n")), (2.0,)),
        ("forward", grad(power, mode="forward"), (2.0,)),
        ("options", value_and_grad(power, optimize=False, disconnected="zeros"), (2.0,)),
        ("aux", grad(aux, has_aux=True), (2.0,)),
        ("decorated", decorated, (2.0,)),
        ("decorated_pair", decorated_pair, (2.0, 3.0)),
        ("of decorated", grad(decorated), (2.0,)),
        ("hessian", hessian(power), (2.0,)),
        ("jacobian", jacobian(np.cumsum), (np.ones(3),)),
        ("jacfwd", jacfwd(np.exp), (np.ones(3),)),
        ("hvp", hvp(power), (2.0, 1.0)),
        ("elementwise", elementwise_grad(np.sin), (np.ones(3),)),
        ("adjoint", adjoint(power), (2.0,)),
        ("tangent", tangent(power), (2.0,), {"x_dot": 1.0}),
        ("library", grad(math.hypot, (0, 1)), (3.0, 4.0)),
        ("method", grad(Model(3.0).value), (2.0,)),
        ("decorated method", Model(3.0).slope, (2.0,)),
        ("partial", grad(functools.partial(power, n=2.0)), (2.0,)),
        ("custom", grad(custom), (2.0,)),
    ]


def aux(x):
    return x * x, x
