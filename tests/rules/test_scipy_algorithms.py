"""SciPy's algorithms that call a function, or give an object to call: refused by the names that users know them by."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad import errors

integrate = pytest.importorskip("scipy.integrate")
interpolate = pytest.importorskip("scipy.interpolate")
optimize = pytest.importorskip("scipy.optimize")


def area(x):
    return integrate.quad(lambda t: np.sin(x * t), 0, 1)[0]


def area_up_to(x):
    return integrate.quad(np.sin, 0, x)[0]


def root(x):
    def f(t):
        return t ** 3 - x
    return optimize.brentq(f, 0, 4)


def spline(x):
    return interpolate.CubicSpline(np.arange(3.0), np.ones(3))(x)


@pytest.mark.parametrize("derivative", [srcad.grad, srcad.tangent], ids=["reverse", "forward"])
@pytest.mark.parametrize(("f", "error", "reason"), [
    (area, errors.UnsupportedError, "scipy.integrate.quad is given a function made here, and has no derivative rule"),
    (area_up_to, errors.NoRuleError, "scipy.integrate.quad has no derivative rule"),
    (root, errors.UnsupportedError, "scipy.optimize.brentq is given a function made here, and has no derivative rule"),
    (spline, errors.UnsupportedError, "an object of class CubicSpline is called"),
])
def test_refused_by_name(derivative, f, error, reason):
    args = (0.5,) if derivative is srcad.grad else (0.5, 1.0)
    with pytest.raises(error, match=reason) as caught:
        derivative(f)(*args)
    assert type(caught.value) is error                    # of srcad.errors, none of the compiler's own
    assert caught.value.line > f.__code__.co_firstlineno
    assert "srcad.custom_vjp" in caught.value.advice
