"""Checks a program that writes in place: value, gradients, final state of the arguments, both modes, twice.

The reference is complex step where the program is analytic, else central differences.
"""

from __future__ import annotations

import copy
import warnings

import numpy as np

import srcad
from srcad.errors import SrcadError


def own(args):
    """The arguments, in memory of their own."""
    return [in_layout(a, a) if isinstance(a, np.ndarray) else copy.deepcopy(a) for a in args]


def in_layout(like, value):
    """A value in memory laid out as another."""
    if not isinstance(like, np.ndarray):
        return value
    low, high = np.lib.array_utils.byte_bounds(like)
    start, scale = like.ctypes.data - low, value.dtype.itemsize // like.dtype.itemsize
    made = np.ndarray(like.shape, value.dtype, bytearray((high - low) * scale), start * scale,
                      tuple(s * scale for s in like.strides))
    made[...] = value
    return made


def total(y, weights):
    """A number from any result."""
    if isinstance(y, tuple | list):
        return sum(total(item, w) for item, w in zip(y, weights, strict=True))
    return np.sum(np.asarray(y) * weights)


def weights_for(y, rng):
    if isinstance(y, tuple | list):
        return type(y)(weights_for(item, rng) for item in y)
    return rng.normal(size=np.shape(y)) if np.shape(y) else float(rng.normal())


def is_active(a):
    return isinstance(a, float) or isinstance(a, np.ndarray) and a.dtype.kind == "f"


def reference(f, args, which, direction, weights, complex_step=True):
    """d/dt total(f(args + t * direction)) at 0."""
    if complex_step:
        moved = own(args)
        for k, d in zip(which, direction):
            moved[k] = in_layout(args[k], moved[k] + 1e-30j * d)
        return total(f(*moved), weights).imag / 1e-30
    best = []
    for h in (1e-5, 1e-6):
        values = []
        for sign in (1.0, -1.0):
            moved = own(args)
            for k, d in zip(which, direction):
                moved[k] = in_layout(args[k], moved[k] + sign * h * d)
            values.append(total(f(*moved), weights))
        best.append((values[0] - values[1]) / (2 * h))
    return best[0]


def same_state(a, b):
    for x, y in zip(a, b, strict=True):
        if isinstance(x, np.ndarray):
            np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-12)


def check(f, *args, complex_step=True, seed=0, tolerance=1e-8, optimize=(True, False), modes=("pair", "adjoint", "tangent")):
    """Check every derivative of `f` at `args`."""
    rng = np.random.default_rng(seed)
    which = tuple(k for k, a in enumerate(args) if is_active(a))
    left = own(args)
    y = f(*left)
    weights = weights_for(y, rng)
    direction = [rng.normal(size=np.shape(args[k])) if np.shape(args[k]) else float(rng.normal()) for k in which]
    expected = reference(f, args, which, direction, weights, complex_step)
    limit = (tolerance if complex_step else 1e-5) * (1.0 + abs(expected))

    def compare(found, what):
        assert np.isfinite(expected), "the reference is not finite"
        assert abs(found - expected) <= limit, f"{what}: {found} instead of {expected}"

    def dot(bars):
        return sum(np.sum(b * d) for b, d in zip(bars, direction, strict=True))

    for opt in optimize:
        if "tangent" in modes:
            given = own(args)
            dots = own(direction)
            value, y_dot = srcad.tangent(f, which, optimize=opt)(*given, *dots)
            np.testing.assert_allclose(total(value, weights), total(y, weights), rtol=1e-10, atol=1e-10)
            same_state(given, left)
            same_state(dots, direction)
            compare(total(y_dot, weights), f"tangent, optimize={opt}")
        if "adjoint" in modes and not isinstance(y, list):
            adjoint = srcad.adjoint(f, which, optimize=opt)
            for _ in range(2):
                given = own(args)
                bars = adjoint(*given, weights)
                same_state(given, left)
                compare(dot(bars), f"adjoint, optimize={opt}")
    if "pair" in modes:
        given = own(args)
        value, pullback = srcad.vjp(f, *given, argnums=which)
        assert abs(total(value, weights) - total(y, weights)) <= 1e-9 * (1 + abs(total(y, weights)))
        same_state(given, left)
        for a in given:
            if isinstance(a, np.ndarray):
                a[...] = -7
        for _ in range(2):
            compare(dot(pullback(weights)), "vjp")


def products(bars, direction):
    """The terms of the inner product of two lists of numbers and arrays."""
    return [np.sum(b * d) for b, d in zip(bars, direction, strict=True)]


#: How a product of the Hessian and a vector is made: the second derivative is of the one that the first word says.
CURVATURES = ("tangent of adjoint", "adjoint of adjoint", "adjoint of tangent")


def hessian_product(f, which, weights, how=CURVATURES[0], optimize=True):
    """``h(args, direction)``: the gradient of ``total(f(*args), weights)`` or None, and the Hessian times the direction."""
    n = len(which)
    if how == "tangent of adjoint":
        both = srcad.tangent(srcad.adjoint(f, which, optimize=optimize), which, optimize=optimize)
        return lambda args, direction: both(*args, weights, *direction)
    if how == "adjoint of adjoint":
        twice = srcad.adjoint(srcad.adjoint(f, which, optimize=optimize), which, optimize=optimize)
        return lambda args, direction: (None, twice(*args, weights, tuple(direction)))
    slope = srcad.adjoint(srcad.tangent(f, which, optimize=optimize), which, optimize=optimize)

    def product(args, direction):
        return None, slope(*args, *direction, (zeros_of(weights), weights))[:n]

    return product


def zeros_of(weights):
    return tuple(map(zeros_of, weights)) if isinstance(weights, tuple) else weights * 0.0


def check_curvature(f, *args, complex_step=True, seed=0, how=CURVATURES[0], optimize=True):
    """Check the Hessian of `f` at `args`: it is symmetric, and its product with a vector is that of differences.

    Of "tangent of adjoint", the gradient is checked too. The arguments must end as `f` leaves them.
    """
    rng = np.random.default_rng(seed)
    which = tuple(k for k, a in enumerate(args) if is_active(a))
    left = own(args)
    weights = weights_for(f(*left), rng)
    u, v = ([in_layout(args[k], rng.normal(size=np.shape(args[k]))) if np.shape(args[k]) else float(rng.normal()) for k in which]
            for _ in range(2))
    product = hessian_product(f, which, weights, how, optimize)
    found = []
    for direction, other in ((u, v), (v, u)):
        given, given_direction = own(args), own(direction)
        gradient, bars = product(given, given_direction)
        same_state(given, left)
        same_state(given_direction, direction)
        terms = products(bars, other)
        found.append((sum(terms), 1.0 + sum(map(abs, terms))))
        if gradient is not None:
            expected = reference(f, args, which, other, weights, complex_step)
            assert abs(sum(products(gradient, other)) - expected) <= (1e-8 if complex_step else 1e-5) * (1.0 + abs(expected)), (
                f"gradient of {how}: {sum(products(gradient, other))} instead of {expected}")
    (a, scale), (b, _) = found
    assert abs(a - b) <= 1e-8 * scale, f"{how}: not symmetric, {a} and {b}"
    expected = curvature_by_differences(f, args, which, u, v, weights, complex_step)
    assert expected is None or abs(a - expected) <= (1e-5 if complex_step else 1e-3) * (scale + abs(expected)), (
        f"{how}: {a} instead of {expected}")


def check_second_order(f, x, direction, **options):
    """Check the product of the Hessian of a function of an array with a vector: in two ways, against differences."""
    gradient, h = srcad.grad(f, 0), 1e-4
    far, near, ahead, beyond = (gradient(x + k * h * direction) for k in (-2, -1, 1, 2))
    expected = (8 * (ahead - near) - (beyond - far)) / (12 * h)
    over = srcad.tangent(gradient, 0)(x.copy(), direction.copy())[1]
    twice = srcad.grad(lambda x: (srcad.grad(f, 0)(x) * direction).sum(), **options)(x.copy())
    np.testing.assert_allclose(over, expected, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(twice, over, rtol=1e-10, atol=1e-12)


def curvature_by_differences(f, args, which, u, v, weights, complex_step=True):
    """The second derivative along `u` and `v`, by differences of first ones; None where the function has an edge."""
    h = 1e-4

    def slope(t):
        moved = own(args)
        for k, d in zip(which, u):
            moved[k] = in_layout(args[k], moved[k] + t * h * d)
        return reference(f, moved, which, v, weights, complex_step)

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        far, near, here, ahead, beyond = map(slope, (-2, -1, 0, 1, 2))
    if not np.isfinite(far + near + ahead + beyond):
        return None
    bend = abs(ahead - 2 * here + near) + abs(beyond - 2 * ahead + here) + abs(far - 2 * near + here)
    if bend > 1e-3 * (abs(beyond - far) + h * abs(here)) + 1e-7 * (1.0 + abs(here)):
        return None
    return (8 * (ahead - near) - (beyond - far)) / (12 * h)


def is_refused(f, *args, **options):
    """Check, or be refused: the refusal."""
    try:
        check(f, *args, **options)
    except SrcadError as error:
        return error
    return None
