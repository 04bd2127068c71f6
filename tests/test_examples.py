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


def line(name: str, start: str, first: bool = False) -> list[float]:
    """The numbers in the line of the output that begins so; there is one, or the `first` is meant."""
    found, *others = (row for row in output(name).splitlines() if row.startswith(start))
    assert first or not others
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


# --- programs as their authors write them -------------------------------------------------------------------------------

#: Example → a function of it, its arguments, and those to differentiate by: checked against differences, in both modes.
CHECKED = {
    "planets": lambda m: (m.distance_of_pluto, (m.MASSES, 10.0 * m.VELOCITIES, 400.0, 50.0), (0, 1)),
    "planets energy": lambda m: (m.drift_of_energy, (m.VELOCITIES, 500.0, 100.0), (0,)),
    "nile": lambda m: (m.negative_log_likelihood, (m.START[m.local_level], m.local_level, m.FLOW), (0,)),
    "nile trend": lambda m: (m.negative_log_likelihood, (m.START[m.local_trend], m.local_trend, m.FLOW[:20]), (0,)),
    "lstm": lambda m: (m.loss, (m.initial_weights(np.random.default_rng(1), len(m.ALPHABET), 4), m.encode(m.TEXT[:9])), (0,)),
    "influenza": lambda m: (m.residuals, (m.START, m.sir, m.IN_BED[:5], 4), (0,)),
    "influenza seir": lambda m: (m.residuals, (m.START, m.seir, m.IN_BED[:5], 4), (0,)),
    "titanium": lambda m: (m.residuals, (m.start(), m.TEMPERATURE + 0.3, m.HEAT), (0,)),
    "triplet": lambda m: (m.spot_size, (1.0 / m.RADII, m.DISTANCES, 0.2), (0, 1)),
    "mauna_loa": lambda m: (m.negative_log_likelihood, (m.START, m.YEARS[:15], m.CO2[:15]), (0,)),
    "bundle": lambda m: (m.residuals, (1.01 * m.true_scene(), m.photographs(np.random.default_rng(0))), (0,)),
    "options": lambda m: (m.price, (m.AsianWithBarrier(100.0, 130.0), *m.MARKET, 4, 200), (1, 2, 3, 4)),
    "options call": lambda m: (m.closed_form, (105.0, *m.MARKET), (0, 1, 2, 3, 4)),
    "heat": lambda m: (m.misfit, (np.linspace(4.0, 6.0, 6), m.Rod(6), m.measurements()), (0,)),
    "casino": lambda m: (m.best_score, (np.log(m.TRANSITIONS), np.log(m.EMISSIONS), m.encode(m.ROLLS[:25])), (0, 1)),
    "casino all": lambda m: (m.log_likelihood, (np.log(m.TRANSITIONS), np.log(m.EMISSIONS), m.encode(m.ROLLS[:12])), (0, 1)),
    "registration": lambda m: (m.difference, (np.array([1.1, 0.3, -0.4]), *m.images()), (0,)),
    "registration correlation": lambda m: (m.correlation_loss, (np.array([1.1, 0.3, -0.4]), *m.images()), (0,)),
}


@pytest.mark.parametrize("name", CHECKED)
def test_gradients_of_examples(name):
    example = load(name.split()[0])
    function, args, argnums = CHECKED[name](example)
    example.srcad.check_grads(function, args, argnums=argnums, order=1)


def complex_step(function, x, *args):
    """The gradient of an analytic function, exact to rounding."""
    return np.array([function(x + 1e-30j * e, *args).imag / 1e-30 for e in np.eye(len(x))])


@pytest.mark.parametrize(("name", "function", "args"), [
    ("nile", "negative_log_likelihood", lambda m: (m.START[m.local_level], m.local_level, m.FLOW)),
    ("heat", "misfit", lambda m: (m.start(m.Rod(10)), m.Rod(10), m.measurements())),
    ("triplet", "merit", lambda m: (np.concatenate((1.0 / m.RADII, m.DISTANCES)),)),
])
def test_gradients_by_a_complex_step(name, function, args, monkeypatch):
    example = load(name)
    args = args(example)
    gradient = example.srcad.grad(getattr(example, function))(*args)
    zeros = np.zeros
    monkeypatch.setattr(np, "zeros", lambda shape: zeros(shape, complex))     # work arrays that hold complex numbers
    monkeypatch.setattr(np, "linspace", lambda a, b, n: a + (b - a) * np.arange(n) / (n - 1))
    np.testing.assert_allclose(gradient, complex_step(getattr(example, function), *args), rtol=1e-9, atol=1e-9)


def test_planets_keep_their_energy():
    assert abs(line("planets", "relative drift of the energy ")[0]) < 1e-5
    assert line("planets", "Pluto after ten years: ")[0] == pytest.approx(30.84019, abs=1e-5)


def test_nile_gives_the_published_variances():
    assert line("nile", "variance of noise ")[0] == pytest.approx(15099.0, rel=1e-3)
    assert line("nile", "variance of level ")[0] == pytest.approx(1469.1, rel=1e-3)
    assert line("nile", "log likelihood ") == [-632.55]


def test_lstm_learns_its_sentence():
    assert "it says: the quick brown fox jumps" in output("lstm")


def test_influenza_finds_the_published_reproduction_number():
    assert line("influenza", "  basic reproduction number ", first=True)[0] == pytest.approx(3.9, abs=0.1)


def test_titanium_is_fitted_better_with_free_knots():
    assert line("titanium", "knots free ")[0] < 0.8 * line("titanium", "knots fixed ")[0]


def test_triplet_is_improved():
    assert line("triplet", "focal length ")[0] == pytest.approx(50.0, abs=0.1)
    assert line("triplet", "improved merit ")[0] < 0.5 * line("triplet", "merit ")[0]


def test_mauna_loa_predicts_what_came():
    early, late = line("mauna_loa", "prediction for 2010 and 2015 ")
    assert abs(early - 390.1) < 1.5 and abs(late - 401.0) < 4.0


def test_bundle_reaches_the_noise_of_the_measurements():
    assert 0.08 < line("bundle", "root mean square residual ")[0] < 0.2


def test_options_agree_with_the_closed_form():
    for name in ("price", "delta", "rho", "vega", "minus theta"):
        simulated, exact = line("options", f"{name} ")
        assert simulated == pytest.approx(exact, rel=0.02)


def test_heat_finds_the_bad_conductor():
    rows = np.array([numbers(row) for row in output("heat").splitlines()[3:]]).ravel()
    assert rows[8:12].max() < 100.0 < rows[:7].min()


def test_casino_counts_what_is_on_the_path():
    example = load("casino")
    moved, emitted = (line("casino", start) for start in ("moves on the best path ", "sixes by die "))
    path = "".join(row.removeprefix("dice  ") for row in output("casino").splitlines() if row.startswith("dice "))
    pairs = [path[k:k + 2] for k in range(len(path) - 1)]
    assert moved == [pairs.count(a + b) for a in "FL" for b in "FL"]
    assert emitted == [sum(r == "6" and s == die for r, s in zip(example.ROLLS, path)) for die in "FL"]


def test_registration_finds_the_motion():
    example = load("registration")
    for loss in (example.difference, example.correlation_loss):
        np.testing.assert_allclose(example.register(loss).x, example.MOTION, atol=0.05)


@pytest.mark.parametrize("name", ["volatility", "wall"])
def test_examples_run_without_numba(name, monkeypatch):
    module = load(name)
    monkeypatch.setattr(module, "COMPILED", False)
    with redirect_stdout(io.StringIO()) as stream:
        module.main()
    assert "interpreter" in stream.getvalue()


def test_volatility_is_as_it_was_simulated():
    for name, true in zip(load("volatility").NAMES, load("volatility").TRUE):
        mean, deviation, _ = line("volatility", f"  {name}")
        assert abs(mean - true) < 4 * deviation < 0.5


def test_wall_finds_the_layers():
    found, true = line("wall", "  found:"), line("wall", "  true:")
    np.testing.assert_allclose(found[:5], true[:5], rtol=0.05)


def test_readme_commands_are_what_ci_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [
        'python -m pip install ".[examples]" && python examples/quickstart.py',
        'python -m pip install ".[test]" && python -m pytest -n auto',
    ]
    for command in commands:
        assert command in [row.strip() for row in readme]
        assert f"readme '{command}'" in script
