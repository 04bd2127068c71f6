"""Derivatives as modules: they stand alone, say what they are, and can be differentiated again."""

from __future__ import annotations

import importlib.util
import math
import subprocess
import sys

import numpy as np
import pytest

import srcad


def lecture(x1, x2):
    return math.log(x1) + x1 * x2 - math.sin(x2)


def loss(w, X, y):
    return np.mean((X @ w[:-1] + w[-1] - y) ** 2)


def squares(w, X, y):
    return np.mean((X @ w - y) ** 2)


def powers(x, y):
    return np.sum(np.exp(x) ** y)


FACTOR = 2.0


def scaled(x):
    return FACTOR * x * x


TABLE = np.array([1.0, 2.0])


def weighted(x):
    return x * TABLE[0]


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.standard_normal(4), rng.standard_normal((6, 3)), rng.standard_normal(6)


def test_a_saved_module_needs_no_srcad(tmp_path):
    path = tmp_path / "lecture_grad.py"
    srcad.grad(lecture, argnums=(0, 1)).save(path, 2.0, 5.0)
    program = ("import sys; sys.modules['srcad'] = None; import lecture_grad; "
               "print(lecture_grad.lecture_grad(2.0, 5.0))")
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert eval(done.stdout) == srcad.grad(lecture, argnums=(0, 1))(2.0, 5.0)


def test_the_header_says_what_it_is(tmp_path):
    path = tmp_path / "m.py"
    srcad.grad(lecture).save(path, 2.0, 5.0)
    doc = load(path).__doc__
    assert "gradient of lecture with respect to x1." in doc and "float, float" in doc and "sha256" in doc


def test_helpers_are_included(tmp_path, data):
    path = tmp_path / "m.py"
    x, y = np.ones((2, 3)), np.full((3,), 2.0)
    g = srcad.grad(powers, argnums=(0, 1))
    wanted = g(x, y)
    g.save(path)
    assert "import srcad" not in path.read_text() and "from srcad" not in path.read_text()
    for found, right in zip(load(path).powers_grad(x, y), wanted):
        np.testing.assert_array_equal(found, right)


def test_other_kinds_of_arrays_are_refused(tmp_path, data):
    path = tmp_path / "m.py"
    srcad.grad(loss).save(path, *data)
    w, X, y = data
    saved = load(path).loss_grad
    np.testing.assert_array_equal(saved(w, X, y), srcad.grad(loss)(w, X, y))
    for wrong in ((w, X[:1], y[:1]), (w.astype(np.float32), X, y), (w, X, y[:, None])):
        with pytest.raises(TypeError, match="must be an array of kind"):
            saved(*wrong)


def test_a_saved_module_can_be_differentiated_again(tmp_path, data):
    path = tmp_path / "again.py"
    w, X, y = data[0][:3], *data[1:]
    srcad.grad(squares).save(path, w, X, y)
    saved = load(path).squares_grad
    np.testing.assert_allclose(srcad.jacobian(saved)(w, X, y), srcad.hessian(squares)(w, X, y), rtol=1e-12)
    srcad.grad(lecture).save(path, 2.0, 5.0)
    assert srcad.grad(load(path).lecture_grad)(2.0, 5.0) == srcad.grad(srcad.grad(lecture))(2.0, 5.0)


def test_numbers_from_outside_are_defaults(tmp_path):
    path = tmp_path / "m.py"
    srcad.grad(scaled).save(path, 3.0)
    assert load(path).scaled_grad(3.0) == 12.0
    assert load(path).scaled_grad(3.0, 1.0) == 6.0


def test_arrays_from_outside_are_refused(tmp_path):
    with pytest.raises(srcad.SrcadError, match="TABLE"):
        srcad.grad(weighted).save(tmp_path / "m.py", 3.0)
    assert not (tmp_path / "m.py").exists()


def test_the_text_is_the_same_every_time(tmp_path, data):
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    srcad.value_and_grad(loss).save(one, *data)
    srcad.value_and_grad(loss).save(two, *data)
    assert one.read_text() == two.read_text()


def command(*args, cwd) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "srcad", *args], cwd=cwd, capture_output=True, text=True, check=False)


def test_the_command_saves_and_sees_that_the_source_has_changed(tmp_path):
    source = tmp_path / "mine.py"
    source.write_text("import math\n\n\ndef f(x):\n    return math.sin(x)\n", encoding="utf-8")
    place = ("save", "mine.py:f", "-o", "out.py")
    assert command(*place, "--check", cwd=tmp_path).returncode == 1
    assert command(*place, cwd=tmp_path).returncode == 0
    assert load(tmp_path / "out.py").f_grad(0.5) == math.cos(0.5)
    assert command(*place, "--check", cwd=tmp_path).returncode == 0
    source.write_text("import math\n\n\ndef f(x):\n    return math.cos(x)\n", encoding="utf-8")
    done = command(*place, "--check", cwd=tmp_path)
    assert done.returncode == 1 and "as it is now" in done.stderr


def test_the_command_shows_the_passes(tmp_path):
    (tmp_path / "mine.py").write_text("def f(x):\n    return 3.0 * (2.0 * x**2)\n", encoding="utf-8")
    shown = command("passes", "mine.py:f", cwd=tmp_path).stdout
    assert "after constants" in shown and "return 12.0 * x" in shown


def named_like_a_module(np, math):
    return np * math


def several(*xs):
    return xs[0] * xs[1] + xs[2]


def test_parameters_have_the_names_of_the_text(tmp_path):
    path = tmp_path / "m.py"
    srcad.grad(named_like_a_module, argnums=(0, 1)).save(path, 2.0, 5.0)
    assert load(path).named_like_a_module_grad(2.0, 5.0) == (5.0, 2.0)
    srcad.grad(several).save(path, 2.0, 5.0, 1.0)
    assert load(path).several_grad(2.0, 5.0, 1.0) == 5.0


@pytest.mark.parametrize("output", ["", "there", "nowhere/out.py"])
def test_places_that_cannot_be_written(output, tmp_path):
    (tmp_path / "mine.py").write_text("def f(x):\n    return x * x\n", encoding="utf-8")
    (tmp_path / "there").mkdir()
    done = command("save", "mine.py:f", "-o", output, cwd=tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr and "written" in done.stderr or "no name" in done.stderr


def test_a_file_that_is_no_text_is_not_what_it_should_be(tmp_path):
    (tmp_path / "mine.py").write_text("def f(x):\n    return x * x\n", encoding="utf-8")
    (tmp_path / "out.py").write_bytes(b"\xff\xfe\x00")
    done = command("save", "mine.py:f", "-o", "out.py", "--check", cwd=tmp_path)
    assert done.returncode == 1 and "as it is now" in done.stderr


@pytest.mark.parametrize("place", [".:f", "..mine:f", "a..b:f"])
def test_names_of_no_module(place, tmp_path):
    done = command("show", place, cwd=tmp_path)
    assert done.returncode == 2 and "no module" in done.stderr and "Traceback" not in done.stderr
