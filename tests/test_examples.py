"""The examples run as their users run them, print what they promise, and find the right numbers."""

from __future__ import annotations

import importlib.util
import io
import re
import sys
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))


@cache
def load(name: str):
    """The example as a module."""
    pytest.importorskip("scipy")
    pytest.importorskip("sklearn")
    spec = importlib.util.spec_from_file_location(f"example_{name}", ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def output(name: str) -> str:
    """What the example prints."""
    with redirect_stdout(io.StringIO()) as stream:
        load(name).main()
    return stream.getvalue()


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?", text)]


def line(name: str, start: str) -> list[float]:
    """The numbers in the line of the output that begins so."""
    (found,) = (row for row in output(name).splitlines() if row.startswith(start))
    return numbers(found.removeprefix(start))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_print_the_same_every_time(name):
    first = output(name)
    assert first.strip()
    with redirect_stdout(io.StringIO()) as stream:
        load(name).main()
    assert stream.getvalue() == first


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_print_no_path_of_this_machine(name):
    assert str(ROOT) not in output(name)


def test_quickstart_shows_the_three_traces():
    text = output("quickstart")
    for heading in ("forward primal trace", "forward tangent trace", "reverse adjoint trace"):
        assert heading in text.lower()
    for value in ("0.693", "10.693", "-0.959", "11.652", "1.716"):
        assert value in text
    assert line("quickstart", "gradient at (2, 5): ") == [5.5, 1.7163]


def test_quickstart_shows_the_generated_source():
    text = output("quickstart")
    assert "return 1.0 / x1 + x2, x1 - math.cos(x2)" in text
    assert "def f_adjoint(x1, x2, result_bar=1.0):" in text
    assert "x2_bar = x2_bar + v2_bar * x1" in text
    assert "def loss_grad(w, X, y, l2):" in text


def test_quickstart_fits_the_data():
    fit = load("quickstart").fit()
    assert fit.loss == pytest.approx(0.059828, abs=1e-5)
    assert fit.accuracy > 0.985
    assert fit.gradient_error < 1e-7
    assert line("quickstart", "loss  ") == pytest.approx([fit.loss], abs=1e-6)


def test_book_prints_the_known_values():
    assert line("book", "f(3, 4) ") == [42.0]
    assert line("book", "gradient") == [24.0, 10.0]
    rows = [numbers(row) for row in output("book").splitlines() if row.startswith("Hessian")]
    assert rows == [[8.0, 6.0], [6.0, 0.0]]


def test_kepler_agrees_with_the_implicit_function_theorem():
    kepler = load("kepler")
    gradient = kepler.srcad.grad(kepler.eccentric_anomaly, argnums=(0, 1))
    for eccentricity, degrees in kepler.ORBITS.values():
        M = np.radians(degrees).item()
        np.testing.assert_allclose(gradient(M, eccentricity), kepler.implicit(M, eccentricity), rtol=1e-7)


def test_lynx_hare_jacobian_agrees_with_differences():
    example = load("lynx_hare")
    arguments = (example.PELTS, 4)
    jacobian = example.srcad.jacfwd(example.residuals)(example.START, *arguments)
    differences = load("quickstart").central_differences(example.residuals, example.START, *arguments)
    assert jacobian.shape == (2 * len(example.PELTS), example.START.size)
    np.testing.assert_allclose(jacobian, np.transpose(differences), rtol=1e-5, atol=1e-7)


def test_lynx_hare_finds_the_published_rates():
    rates = np.exp(load("lynx_hare").fit().x[:4])
    np.testing.assert_allclose(rates, [0.54, 0.027, 0.80, 0.024], rtol=0.03)


def test_readme_commands_are_what_ci_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [
        'python -m pip install ".[examples]" && python examples/quickstart.py',
        'python -m pip install ".[test]" && python -m pytest',
    ]
    for command in commands:
        assert command in [row.strip() for row in readme]
        assert f"readme '{command}'" in script
