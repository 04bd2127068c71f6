"""What Numba compiles is found again on the disk."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import srcad
from srcad.backends import compiled
from tests.diskcache.processes import cache

__all__ = ["cache"]

pytest.importorskip("numba", reason="the newest Python may have no Numba yet")

STEPS = """
    SCALE = 2.0
    def helper(x, k):
        return math.sin(x[k % 2]) * SCALE
    def steps(x, n):
        total = 0.0
        for k in range(n):
            total = total + helper(x, k) * total + x[0]
        return total
"""
X = np.array([0.3, 0.5])


def derivative(cache, text=STEPS, **options):
    return srcad.grad(cache.load(text).steps, backend="numba", **options)


def hits(g) -> list[int]:
    return [sum(v.function.dispatcher.stats.cache_hits.values()) for v in g.variants]


def test_the_compiled_code_is_found_again(cache):
    g = derivative(cache)
    expected, count = cache.compiles(lambda: g(X, 5))
    assert (count, hits(g)) == (1, [0])
    assert len(list(cache.root.rglob("*.numba"))) == len(list(cache.root.rglob("*.nbc"))) == 1
    h = derivative(cache)
    found, count = cache.compiles(lambda: h(X, 5))
    assert (count, hits(h)) == (0, [1])
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(found, srcad.grad(cache.load(STEPS).steps)(X, 5), rtol=1e-13)
    h.primal.__globals__["SCALE"] = 3.0                                # read at each call
    assert abs(h(X, 5)[0] - expected[0]) > 1e-3


def test_another_text_is_compiled(cache):
    first = derivative(cache)(X, 5)
    g = derivative(cache, STEPS.replace("+ x[0]", "- x[0]"))
    found, count = cache.compiles(lambda: g(X, 5))
    assert (count, hits(g)) == (1, [0])
    assert not np.allclose(found, first)


@pytest.mark.parametrize("what", ["srcad", "numba", "fastmath", "python"])
def test_what_depends_on_other_versions_or_options_is_stale(cache, monkeypatch, what):
    derivative(cache)(X, 5)
    options = {}
    if what == "srcad":
        cache.surroundings = "others"
    elif what == "numba":
        monkeypatch.setattr(compiled, "versions", lambda: ("0.0", "0.0"))
    elif what == "fastmath":
        options = {"fastmath": {"contract"}}
    else:
        options = {"optimize": False}
    g = derivative(cache, **options)
    _, count = cache.compiles(lambda: g(X, 5))
    assert (count, hits(g)) == (1, [0])


def test_files_that_were_cut_short_are_written_anew(cache):
    expected = derivative(cache)(X, 5)
    for suffix in ("nbi", "nbc"):
        (path,) = cache.root.rglob(f"*.{suffix}")
        contents = path.read_bytes()
        for changed in (b"", contents[:20], contents[:-10], contents[:-200] + b"x" + contents[-199:]):
            path.write_bytes(changed)
            g = derivative(cache)
            np.testing.assert_array_equal(g(X, 5), expected)
    h = derivative(cache)
    h(X, 5)
    assert hits(h) == [1]


def test_the_directory_may_be_deleted(cache):
    import shutil

    g = derivative(cache)
    expected = g(X, 5)
    shutil.rmtree(cache.root)
    np.testing.assert_array_equal(g(X.copy(), 5), expected)
    np.testing.assert_array_equal(derivative(cache)(X, 5), expected)


LACKING = """
    def steps(x, n):
        return np.sum(np.nancumsum(x * n) * x) + np.median(x, axis=0) * np.interp(x[0], x, x)
"""


def test_parts_in_the_interpreter(cache):
    expected = derivative(cache, LACKING)(X, 5)
    found, count = cache.compiles(lambda: derivative(cache, LACKING)(X, 5))
    assert count == 0
    np.testing.assert_array_equal(found, expected)


def test_tangents_and_pullbacks(cache):
    for _ in range(2):
        f = cache.load(STEPS).steps
        _, dot = srcad.tangent(f, backend="numba")(X, 5, X)
        (bar,) = srcad.adjoint(f, backend="numba")(X, 5, 2.0)
        assert 2.0 * dot == pytest.approx(bar @ X, rel=1e-12)
        np.testing.assert_allclose(srcad.hessian(f, backend="numba")(X, 3), srcad.hessian(f)(X, 3), rtol=1e-11)
    assert cache.compiles(lambda: srcad.hessian(cache.load(STEPS).steps, backend="numba")(X, 3))[1] == 0


PROGRAM = """
import sys, numpy as np, srcad
sys.path.insert(0, sys.argv[1])
import user
assert "numba" not in sys.modules
g = srcad.grad(user.steps, backend="numba")
x = np.array([0.3, 0.5])
print(repr(g(x, 5).tolist()))
print(g.variants[0].function.dispatcher.stats.cache_hits.total())
print("srcad.compile" in sys.modules, "numba.np.polynomial.polynomial_core" in sys.modules)
try:
    g(x, -1)
except IndexError:
    print("raised")
print(srcad.grad(lambda x: np.sum(x ** 2 @ np.ones((2, 2))), backend="numba")(x).tolist())
"""
USER = """
import math
import numpy as np
def steps(x, n):
    if n < 0:
        raise IndexError("negative")
    total = 0.0
    for k in range(n):
        y = x * k
        total = total + math.sin(x[k % 2]) * total + np.dot(y, y)
    return total
"""


def test_another_process(tmp_path):
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "main.py").write_text(PROGRAM)
    (tmp_path / "cache").mkdir(mode=0o700)
    environment = {**os.environ, "SRCAD_CACHE": "1", "SRCAD_CACHE_DIR": str(tmp_path / "cache"),
                   "PYTHONPATH": os.path.dirname(os.path.dirname(srcad.__file__))}
    said = [subprocess.run([sys.executable, str(tmp_path / "main.py"), str(tmp_path)], env=environment, capture_output=True,
                           text=True, check=True, timeout=300).stdout.splitlines() for _ in range(2)]
    assert said[0][0] == said[1][0]
    assert (said[0][1], said[1][1]) == ("0", "1")
    assert said[1][2] == "False False"                    # neither the compiler nor Numba's declarations were loaded
    assert said[0][3:] == said[1][3:]


LEFT_TO_THE_INTERPRETER = """
    def steps(x, n):
        total = 0.0
        for k in range(n):
            y = np.einsum("i,j->ij", x, x) + np.eye(2)
            total = total + np.linalg.svd(y)[1][0] * np.fft.fft(x).real[1] + x[k % 2]
        return total
"""


def test_calls_into_the_interpreter_are_kept_too(cache):
    g = derivative(cache, LEFT_TO_THE_INTERPRETER)
    expected, count = cache.compiles(lambda: g(X, 3))
    assert "interpreted_" in g.source
    assert (count, hits(g)) == (1, [0])
    h = derivative(cache, LEFT_TO_THE_INTERPRETER)
    found, count = cache.compiles(lambda: h(X, 3))
    assert (count, hits(h)) == (0, [1])
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(found, srcad.grad(cache.load(LEFT_TO_THE_INTERPRETER).steps)(X, 3), rtol=1e-12)
    with pytest.raises(np.linalg.LinAlgError):
        h(X * np.nan, 3)
    np.testing.assert_array_equal(h(X, 3), expected)


def test_calls_into_the_interpreter_are_found_by_another_process(tmp_path):
    module = tmp_path / "program.py"
    module.write_text("import numpy as np\n\n" + textwrap.dedent(LEFT_TO_THE_INTERPRETER))
    script = ("import numpy as np, srcad, program\n"
              "g = srcad.grad(program.steps, backend='numba')\n"
              "print(*g(np.array([0.3, 0.5]), 3), sum(g.variants[0].function.dispatcher.stats.cache_hits.values()))\n")
    surroundings = {**os.environ, "SRCAD_CACHE": "1", "SRCAD_CACHE_DIR": str(tmp_path / "cache"),
                    "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    first, second = (subprocess.run([sys.executable, "-c", script], env=surroundings, check=True, capture_output=True,
                                    text=True).stdout.split() for _ in range(2))
    assert first[:2] == second[:2]
    assert (first[2], second[2]) == ("0", "1")
