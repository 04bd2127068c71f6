"""The option `small_axes`: lengths are part of the kinds, wherever kinds are looked at."""

from __future__ import annotations

import importlib.util
import pickle

import numpy as np
import pytest

import srcad
from srcad.__main__ import main
from tests.diskcache.processes import cache  # noqa: F401  (a fixture)

WEIGHTS = np.array([1.0, 2.0, 3.0])


def stretched(x, y):
    """Of `y` with one element or with three: its adjoint is summed up or not."""
    return np.sum(x[:3] * y * np.sin(x[:3]))


def weighted(x):
    return np.sum(np.exp(x) * WEIGHTS)


def of_parts(p):
    a, b = p["a"], p["b"]
    return np.sum(a * b)


def test_each_length_has_a_variant_and_long_ones_share_one():
    g = srcad.grad(stretched, (0, 1), small_axes=4)
    right = srcad.grad(stretched, (0, 1), optimize=False)
    rng = np.random.default_rng(0)
    for n, m in ((3, 3), (3, 1), (4, 3), (5, 3), (9, 1), (3, 3), (7, 3), (1, 1), (2, 2)):
        args = rng.random(n), rng.random(m)
        for _ in range(3):                                       # compiled, found, found by the quick way
            for one, other in zip(g(*args), right(*args)):
                np.testing.assert_allclose(one, other, rtol=1e-14)
    assert len(g.variants) == 7


def test_lengths_of_what_is_read_from_outside(monkeypatch):
    g, x = srcad.grad(weighted, small_axes=4), np.array([0.5, 1.0, 1.5])
    for weights in (WEIGHTS, np.array([2.0]), np.array([[1.0], [2.0]]), np.arange(6.0).reshape(2, 3), WEIGHTS):
        monkeypatch.setitem(globals(), "WEIGHTS", weights)
        np.testing.assert_allclose(g(x), np.exp(x) * np.sum(np.broadcast_to(weights, np.broadcast_shapes(weights.shape, (3,))).
                                                            reshape(-1, 3), axis=0))


def test_all_derivatives_take_it():
    x, y = np.array([0.3, 0.2, 0.1]), np.array([1.0, 2.0, 3.0])
    plain = [srcad.grad(stretched, mode="forward"), srcad.jacobian(stretched), srcad.jacfwd(stretched), srcad.hessian(stretched)]
    known = [srcad.grad(stretched, mode="forward", small_axes=3), srcad.jacobian(stretched, small_axes=3),
             srcad.jacfwd(stretched, small_axes=3), srcad.hessian(stretched, small_axes=3)]
    for one, other in zip(plain, known):
        np.testing.assert_allclose(other(x, y), one(x, y), rtol=1e-12)
        assert "float64[3], float64[3]" in other.source and "float64[:]" in one.source
    for make in (srcad.hvp, srcad.tangent):
        np.testing.assert_allclose(make(stretched, small_axes=3)(x, y, x), make(stretched)(x, y, x), rtol=1e-12)
    np.testing.assert_allclose(srcad.adjoint(stretched, small_axes=3)(x, y, 2.0), srcad.adjoint(stretched)(x, y, 2.0))
    value, gradient = srcad.value_and_grad(stretched, small_axes=3)(x, y)
    assert value == stretched(x, y) and gradient.shape == (3,)
    assert srcad.compiled(stretched, backend="python", small_axes=3)(x, y) == value
    np.testing.assert_allclose(srcad.elementwise_grad(np.sin, small_axes=3)(x), np.cos(x))


def test_what_is_no_length_is_refused():
    for wrong in (-1, 2.5, True, None, "3"):
        with pytest.raises(srcad.errors.ArgumentError, match="small_axes"):
            srcad.grad(stretched, small_axes=wrong)


def test_pickled():
    g = pickle.loads(pickle.dumps(srcad.grad(stretched, small_axes=np.int64(5))))
    assert g.small_axes == 5 and type(g.small_axes) is int


def test_seeds_must_have_the_length():
    f = srcad.adjoint(np.sin, small_axes=3)
    with pytest.raises(srcad.errors.ArgumentError, match="shape"):
        f(np.ones(3), result_bar=np.ones(1))


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_saved_module_refuses_other_lengths(tmp_path):
    path, x = tmp_path / "m.py", np.array([0.5, 0.25, 1.5])
    g = srcad.grad(stretched, (0, 1), small_axes=3)
    g.save(path, x, x)
    saved = load(path).stretched_grad
    for one, other in zip(saved(x, x), g(x, x)):
        np.testing.assert_array_equal(one, other)
    for wrong in ((x[:2], x), (x, x[:1]), (x, np.ones(4)), (x[:, None], x), (x.astype(np.float32), x)):
        with pytest.raises(TypeError, match="must be an array of kind float64"):
            saved(*wrong)


def test_a_saved_module_refuses_other_lengths_in_containers(tmp_path):
    path, a, b = tmp_path / "m.py", np.array([0.5, 0.25, 1.5]), np.ones(3)
    g = srcad.grad(of_parts, small_axes=3)
    g.save(path, {"a": a, "b": b})
    saved = load(path).of_parts_grad
    np.testing.assert_array_equal(saved({"a": a, "b": b})["b"], a)
    with pytest.raises(TypeError, match="must be of kind"):
        saved({"a": a, "b": b[:1]})


def test_from_the_command_line(tmp_path, capsys):
    path = tmp_path / "program.py"
    path.write_text("import numpy as np\ndef f(x):\n    return np.sum(x * np.sin(x))\n")
    values = ["x=np.ones(3)"]
    for command in ("show", "passes"):
        assert main([command, f"{path}:f", *values, "--small-axes", "4"]) == 0
        assert "float64[3]" in capsys.readouterr().out
    out = tmp_path / "out.py"
    assert main(["save", f"{path}:f", "-o", str(out), "--small-axes", "4", *values]) == 0
    assert main(["save", f"{path}:f", "-o", str(out), "--small-axes", "4", "--check", *values]) == 0
    assert main(["save", f"{path}:f", "-o", str(out), "--check", *values]) == 1


def test_in_the_disk_cache(cache):  # noqa: F811
    module = cache.load("""
        W = np.array([1.0, 2.0, 3.0])
        def f(x):
            return np.sum(x * x * W)
    """)
    x = np.array([1.0, 2.0, 3.0])
    wanted = 2.0 * x * np.array([1.0, 2.0, 3.0])
    for small, times in ((0, 1), (4, 1), (5, 1), (4, 0), (0, 0)):
        found, count = cache.compiles(lambda small=small: srcad.grad(module.f, small_axes=small)(x))
        np.testing.assert_array_equal(found, wanted)
        assert count == times
    g = srcad.grad(module.f, small_axes=4)
    g(x)
    module.W = np.array([3.0])                                    # another length of what is read from outside
    found, count = cache.compiles(lambda: srcad.grad(module.f, small_axes=4)(x))
    np.testing.assert_array_equal(found, 6.0 * x)
    assert count == 1
    np.testing.assert_array_equal(g(x), 6.0 * x)
