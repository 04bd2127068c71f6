"""Functions of the user's in saved modules: imported by their qualified names, or written into the module."""

from __future__ import annotations

import importlib.util
import linecache
import subprocess
import sys

import numpy as np
import pytest

import srcad
from srcad.errors import UnsupportedError

TEXT = '''
import math

from srcad.rules import elementwise

SCALE = 3.0
LIMIT = float("inf")


def inner(x):
    return math.tanh(x * SCALE) if x < LIMIT else 1.0


def saturated(x):
    return inner(x) / SCALE


@elementwise(saturated)
def _(y, x):
    return 1.0 - (SCALE * y) ** 2


def f(x):
    return saturated(x) * x
'''


def module_of(path, name: str):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    made = []

    def load(name: str, text: str = TEXT):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        linecache.checkcache()
        made.append(name)
        return module_of(tmp_path / f"{name}.py", name)

    yield load
    for name in made:
        sys.modules.pop(name, None)


def test_imported_by_default(model, tmp_path):
    f = model("model_a").f
    srcad.grad(f).save(tmp_path / "a_grad.py", 0.3)
    text = (tmp_path / "a_grad.py").read_text()
    assert "from model_a import saturated" in text and "def saturated" not in text
    assert module_of(tmp_path / "a_grad.py", "a_grad").f_grad(0.3) == srcad.grad(f)(0.3)


def test_included_as_asked(model, tmp_path):
    f = model("model_b").f
    srcad.grad(f).save(tmp_path / "b_grad.py", 0.3, include=True)
    text = (tmp_path / "b_grad.py").read_text()
    assert "model_b import" not in text and "def saturated" in text and "SCALE = 3.0" in text and 'LIMIT = float("inf")' in text
    (tmp_path / "model_b.py").unlink()
    program = "import sys; sys.modules['srcad'] = None; import b_grad; print(b_grad.f_grad(0.3))"
    found = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert float(found) == srcad.grad(f)(0.3)


def test_the_command_includes(model, tmp_path):
    model("model_c")
    out = tmp_path / "c_grad.py"
    command = [sys.executable, "-m", "srcad", "save", f"{tmp_path / 'model_c.py'}:f", "-o", str(out), "x=0.3"]
    subprocess.run([*command, "--include"], check=True, capture_output=True)
    assert "def saturated" in out.read_text()
    assert subprocess.run([*command, "--include", "--check"], check=False, capture_output=True).returncode == 0
    assert subprocess.run([*command, "--check"], check=False, capture_output=True).returncode == 1


@pytest.mark.parametrize("line, message", [
    ("    return inner(x) / SCALE * np.sum(TABLE)", "TABLE"),
    ("    return outer(x)", "outer"),
])
def test_what_cannot_be_written_is_refused(model, tmp_path, line, message):
    text = TEXT.replace("    return inner(x) / SCALE", line).replace(
        "import math\n", "import functools\nimport math\nimport numpy as np\nTABLE = np.ones(3)\n", 1).replace(
        "def saturated(x):", "@functools.lru_cache\ndef outer(x):\n    return inner(x) / SCALE\n\n\ndef saturated(x):")
    f = model("model_d", text).f
    with pytest.raises(UnsupportedError, match=message):
        srcad.grad(f).save(tmp_path / "d_grad.py", 0.3, include=True)
    assert not (tmp_path / "d_grad.py").exists()


def test_one_name_for_two_things_is_refused(model, tmp_path):
    one = model("model_e")
    two = model("model_g", TEXT.replace("SCALE = 3.0", "SCALE = 2.0").replace("saturated", "filled").replace("inner", "within"))

    def both(x):
        return one.saturated(x) + two.filled(x)

    with pytest.raises(UnsupportedError, match="SCALE"):
        srcad.grad(both).save(tmp_path / "both_grad.py", 0.3, include=True)
    srcad.grad(both).save(tmp_path / "both_grad.py", 0.3)
    assert module_of(tmp_path / "both_grad.py", "both_grad").both_grad(0.3) == srcad.grad(both)(0.3)


def of_sorted(x):
    return np.sum(np.sort(x) ** 3 * np.array([1.0, 2.0, 3.0]))


def test_sorting_can_be_differentiated_again(tmp_path):
    x = np.array([3.0, 1.0, 2.0])
    srcad.grad(of_sorted).save(tmp_path / "sorted_grad.py", x)
    module = module_of(tmp_path / "sorted_grad.py", "sorted_grad")
    np.testing.assert_allclose(srcad.jacobian(module.of_sorted_grad)(x), srcad.hessian(of_sorted)(x))
