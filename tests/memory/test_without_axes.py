"""Arrays without axes: written in place, and given an axis."""

from __future__ import annotations

import numpy as np
import pytest

import srcad

from .programs import A, Programs, X, check_case

program = Programs()
Z = np.array(0.7)


@program(Z, X)
def by_its_one_index(z, x):
    z[()] = x[0] * 2.0
    z[...] *= x[1]
    return z.sum() * x.sum()


@program(Z)
def by_operators(z):
    z *= 2.0
    z += z
    z **= 2
    z /= z + 1.0
    return z * z


@program(X)
def accumulator(x):
    total = np.zeros((), dtype=x.dtype)
    for i in range(4):
        total += x[i] * x[i]
    return total * total


@program(X)
def product(x):
    total = np.array(x[0] * 0.0)
    for i in range(4):
        total[...] = total + x[i] * total + x[0]
    return total


@program(Z)
def by_out(z):
    np.sin(z, out=z)
    np.multiply(z, z, out=z)
    return z


@program(Z)
def filled(z):
    w = z.copy()
    z.fill(2.0)
    z += w * z
    return z * w


@program(Z)
def views(z):
    w = z[...]
    w *= z
    v = z.reshape(1, 1)
    v[0, 0] += w
    return z


@program(Z)
def flat(z):
    z.flat[0] *= 2.0
    z.flat = z * z
    return z


@program(Z, X)
def among_vectors(z, x):
    x[1] = z
    z[...] = x[2] * x[1]
    x += z
    return (x * x).sum()


@program(A)
def element_as_an_array(a):
    e = a[1, 1, ...]
    e *= a[0, 0]
    e[...] += a[1, 2]
    return (a * a).sum()


@program(Z)
def added_at(z):
    np.add.at(z, (), z * 2.0)
    return z


@program.each()
def test_program(case):
    check_case(case)


AXES = ["z.sum(0)", "z.sum(-1)", "np.sum(z, axis=0)", "np.sum(z, axis=0, keepdims=True)", "z.max(0)", "np.min(z, axis=0)",
        "z.prod(0)", "np.prod(z, axis=0)", "z.cumsum(0)", "np.cumsum(z, axis=0)", "np.cumprod(z, 0)", "np.repeat(z, 3, axis=0)",
        "z.repeat(2, 0)", "np.take(z, 0, axis=0)", "np.nansum(z, axis=0)", "np.ptp(z, axis=0)", "z.T * 1.5", "z[()] * z"]


@pytest.mark.parametrize("text", AXES)
def test_an_axis_is_given(text, tmp_path):
    path = tmp_path / "given.py"
    path.write_text(f"import numpy as np\n\n\ndef f(z):\n    return {text}\n")
    names: dict = {"__name__": "given"}
    exec(compile(path.read_text(), str(path), "exec"), names)
    f = names["f"]
    slope = (f(np.array(0.7 + 1e-6)) - f(np.array(0.7 - 1e-6))) / 2e-6
    y, y_dot = srcad.jvp(f, (Z,), (np.array(1.0),))
    np.testing.assert_array_equal(y, f(Z))
    np.testing.assert_allclose(y_dot, slope, atol=1e-8)
    seed = np.ones(np.shape(y))
    z_bar, = srcad.vjp(f, Z)[1](seed if isinstance(y, np.ndarray) else 1.0)
    np.testing.assert_allclose(z_bar, np.sum(slope), atol=1e-8)
    assert isinstance(z_bar, np.ndarray) and z_bar.shape == ()


@pytest.mark.parametrize("function", [lambda z: z.sum(1), lambda z: np.cumsum(z, 1), lambda z: np.repeat(z, 2, axis=1)])
def test_an_axis_that_is_not_there(function):
    for derivative in (srcad.vjp, lambda f, z: srcad.jvp(f, (z,), (z,))):
        with pytest.raises(np.exceptions.AxisError):
            derivative(function, Z.copy())
