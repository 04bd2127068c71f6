"""What saved functions take: what the derivative was made for, passed as the function takes it, and nothing else."""

from __future__ import annotations

import importlib.util
import inspect
import math
import subprocess
import sys
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import srcad

LIMIT = math.inf


class Pair(NamedTuple):
    a: float
    b: np.ndarray


@dataclass
class Spring:
    k: float
    x: np.ndarray

    def energy(self):
        return self.k * np.sum(self.x**2)


def by_name(x, how):
    return np.sum(x * x) if how == "sum" else np.mean(x * x)


def by_flag(x, square):
    return x * x if square else 3.0 * x


def by_function(x, g):
    return g(x) * x


def optional(x, y=None):
    return x * x if y is None else x * y


def in_a_tuple(t):
    a, b = t
    return np.sum(a * b)


def in_a_dict(d):
    return np.sum(d["a"] * d["b"])


def in_a_list(xs):
    return np.sum(xs[0] * xs[1])


def of_numbers(xs):
    total = 0.0
    for k, x in enumerate(xs):
        total += k * x * x
    return total


def of_a_pair(p):
    return p.a * np.sum(p.b)


def of_an_object(s):
    return s.energy()


def weights(x, v):
    return np.sum(x * v)


def limited(x):
    return min(x * x, LIMIT)


def passed(x, /, y, a=2.0, *, k, scale=3.0, below=math.inf):
    return min(x * y * a * k * scale, below)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def quoted(x, text='a"""b\\'):
    return x * len(text)


def saved(g, path, *args, **kwargs):
    """The function that was saved, of a module of its own, and what it gives for the arguments."""
    g.save(path / "out.py", *args, **kwargs)
    spec = importlib.util.spec_from_file_location("out", path / "out.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    functions = [f for name, f in vars(module).items() if name.startswith(getattr(g, "__name__", "")) and inspect.isfunction(f)]
    return functions[-1]


A, B, ROW = np.array([1.0, 2.0, 3.0]), np.ones((2, 3)), np.ones(1)


@pytest.mark.parametrize("function, args, wrong", [
    (by_name, (A, "sum"), [(A, "mean"), (A, None), (2.0, "sum")]),
    (by_flag, (2.0, True), [(2.0, False), (2.0, 1), (A, True)]),
    (by_function, (2.0, math.sin), [(2.0, math.cos), (A, math.sin)]),
    (optional, (2.0,), [(2.0, 3.0)]),
    (optional, (2.0, 3.0), [(2.0, None), (2.0, A)]),
    (in_a_tuple, ((A, A),), [((A, B),), ((A, ROW),), ((A, A, A),), ([A, A],)]),
    (in_a_dict, ({"a": A, "b": A},), [({"a": A, "b": B},), ({"b": A, "a": A},), ({"a": A},)]),
    (in_a_list, ([A, A],), [([A, B],), ((A, A),), ([A],)]),
    (of_numbers, ([1.0, 2.0],), [([1.0, A],), ((1.0, 2.0),)]),
    (of_a_pair, (Pair(2.0, A),), [(Pair(2.0, B),), (Pair(A, A),)]),
    (of_an_object, (Spring(2.0, A),), [(Spring(2.0, B),), (Pair(2.0, A),)]),
    (weights, (2.0, A), [(A, A), (2.0, B), (2.0, [1.0, 2.0])]),
], ids=lambda value: getattr(value, "__name__", None))
def test_other_kinds_are_refused(function, args, wrong, tmp_path):
    g = srcad.grad(function)
    save = saved(g, tmp_path, *args)
    assert repr(save(*args)) == repr(g(*args))
    for others in wrong:
        with pytest.raises(TypeError, match="must be"):
            save(*others)


def test_a_function_that_only_this_process_knows_is_refused(tmp_path):
    with pytest.raises(srcad.SrcadError, match="which a module cannot tell from others"):
        srcad.grad(by_function).save(tmp_path / "out.py", 2.0, lambda x: x * x)


def test_whole_numbers_do_for_floats(tmp_path):
    save = saved(srcad.grad(weights), tmp_path, 2.0, A)
    assert save(2, A) == 6.0


def test_parameters_are_passed_as_those_of_the_function(tmp_path):
    g = srcad.grad(passed)
    save = saved(g, tmp_path, 1.0, 2.0, k=5.0)
    signature = inspect.signature(passed)
    for name, parameter in inspect.signature(save).parameters.items():
        assert (parameter.kind, parameter.default) == (signature.parameters[name].kind, signature.parameters[name].default)
    assert save(1.5, 2.5, k=3.0) == g(1.5, 2.5, k=3.0)
    assert save(1.5, y=2.5, k=3.0, below=1.0) == g(1.5, y=2.5, k=3.0, below=1.0) == 0.0


def test_numbers_from_outside_that_are_not_finite(tmp_path):
    assert saved(srcad.grad(limited), tmp_path, 3.0)(3.0) == 6.0


def test_texts_among_the_kinds(tmp_path):
    assert saved(srcad.grad(quoted), tmp_path, 3.0)(3.0) == 6.0


@pytest.mark.parametrize("make", [srcad.jacobian, srcad.hessian, srcad.hvp, srcad.elementwise_grad], ids=lambda f: f.__name__)
def test_what_is_made_of_several_passes_is_refused(make, tmp_path):
    with pytest.raises(srcad.SrcadError, match=r"save srcad\.(tangent|adjoint)"):
        make(rosenbrock).save(tmp_path / "out.py", A)
    assert not (tmp_path / "out.py").exists()


def test_the_product_with_the_hessian_as_a_module(tmp_path):
    save = saved(srcad.tangent(srcad.grad(rosenbrock)), tmp_path, A)
    np.testing.assert_allclose(save(A, A)[1], srcad.hvp(rosenbrock)(A, A), rtol=1e-13)
    assert "tangent of the gradient of rosenbrock" in (tmp_path / "out.py").read_text()


@pytest.mark.parametrize("function, args", [(in_a_tuple, ((A, A),)), (in_a_dict, ({"a": A, "b": A},)), (weights, (2.0, A)),
                                            (optional, (2.0,)), (by_name, (A, "sum")), (by_flag, (2.0, True))],
                         ids=lambda value: getattr(value, "__name__", None))
def test_differentiated_again(function, args, tmp_path):
    save, g = saved(srcad.value_and_grad(function), tmp_path, *args), srcad.value_and_grad(function)
    found, wanted = (srcad.jvp(f, args, args[:1], argnums=(0,)) for f in (save, g))
    assert repr(found) == repr(wanted)


@pytest.mark.slow
def test_types(tmp_path):
    pytest.importorskip("mypy")
    for k, (function, args) in enumerate([(in_a_dict, ({"a": A, "b": A},)), (of_a_pair, (Pair(2.0, A),)), (optional, (2.0,)),
                                          (of_an_object, (Spring(2.0, A),)), (passed, (1.0, 2.0, 2.0)), (by_name, (A, "sum"))]):
        srcad.value_and_grad(function).save(tmp_path / f"out{k}.py", *args, **({"k": 2.0} if function is passed else {}))
    done = subprocess.run([sys.executable, "-m", "mypy", "--check-untyped-defs", *map(str, sorted(tmp_path.glob("*.py")))],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
