"""The command line: what it prints, what it refuses, with which exit status."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest

import srcad
from srcad.__main__ import UsageError, arguments, load_function, main, parse_value
from srcad.diskcache import environment

MODULE = """
    import math
    import numpy as np
    import srcad

    LIMIT = 3.0

    def f(x1, x2):
        return math.log(x1) + x1 * x2 - math.sin(x2)

    def loss(w, X, y=2.0, *, scale=1.0):
        return scale * np.sum((X @ w - y) ** 2)

    def pair(x):
        return x, 2.0 * x

    def guarded(x):
        exec("y = x")
        return math.log(x)

    @srcad.grad
    def cubed(x):
        return x ** 3

    class Model:
        @staticmethod
        def area(r):
            return math.pi * r ** 2
"""


@pytest.fixture
def lecture(tmp_path, monkeypatch):
    (tmp_path / "lecture.py").write_text(textwrap.dedent(MODULE), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "lecture", raising=False)
    return tmp_path


def run(capsys, *args: str) -> str:
    assert main(args) == 0
    return capsys.readouterr().out


def usage_error(capsys, *args: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(args)
    assert left.value.code == 2
    return capsys.readouterr().err


# --- show -------------------------------------------------------------------------------------------------------------


def test_show(capsys, lecture):
    assert run(capsys, "show", "lecture.py:f", "--argnums", "0,1") == srcad.grad(
        load_function("lecture.py:f"), argnums=(0, 1)).source + "\n"
    assert run(capsys, "show", "lecture:f", "--mode", "tangent").startswith("def f_tangent(x1, x2, x1_dot):")
    textbook = run(capsys, "show", "lecture.py:f", "--mode", "adjoint", "--no-optimize")
    assert textbook.startswith("def f_adjoint(x1, x2, result_bar=1.0):\n    # f at lecture.py, for (float, float)\n")
    assert "# forward primal trace" in textbook
    assert run(capsys, "show", "lecture.py:Model.area").startswith("def area_grad(r):")


def test_show_for_given_arguments(capsys, lecture):
    text = run(capsys, "show", "lecture.py:loss", "w=np.zeros(3)", "--mode", "value_and_grad", "X=np.ones((4, 3))")
    assert "for (float64[:], float64[:, :], float, float)" in text


def test_show_a_decorated_function(capsys, lecture):
    assert run(capsys, "show", "lecture.py:cubed").startswith("def cubed_grad(x):")
    assert run(capsys, "show", "lecture.py:cubed", "2.0").startswith("def cubed_grad(x):")
    assert run(capsys, "show", "lecture.py:cubed", "--mode", "tangent").startswith("def cubed_tangent(x, x_dot):")


# --- trace ------------------------------------------------------------------------------------------------------------


def test_trace(capsys, lecture):
    text = run(capsys, "trace", "lecture.py:f", "x1=2", "x2=5")
    assert text == f"{srcad.trace(load_function('lecture.py:f')).table(2, 5)}\n"
    for value in ("0.693", "10.693", "-0.959", "11.652", "5.5", "1.716"):
        assert value in text
    assert run(capsys, "trace", "lecture.py:f", "2", "5") == text
    assert run(capsys, "trace", "lecture.py:f", "x1=2", "x2=5", "--markdown").startswith("| forward primal trace |")
    assert "x1_dot" not in run(capsys, "trace", "lecture.py:f", "x1=2", "--argnums", "1", "x2=5").splitlines()[0]


def test_trace_without_a_point_is_the_source(capsys, lecture):
    assert run(capsys, "trace", "lecture.py:f").endswith("v5 = v3 - v4\n    return v5\n\n")


def test_trace_of_arrays(capsys, lecture):
    text = run(capsys, "trace", "lecture.py:loss", "--arrays", "w=[1, 2]", "X=[[1, 2], [3, 4]]", "scale=2.0")
    assert "w_dot = ones" in text
    assert "result" in text


def test_trace_with_a_limit(capsys, lecture):
    assert "... 3 more ..." in run(capsys, "trace", "lecture.py:f", "2", "5", "--limit", "2")


# --- check ------------------------------------------------------------------------------------------------------------


def test_check(capsys, lecture):
    lines = run(capsys, "check", "lecture.py:f", "x1=2", "x2=5").splitlines()
    assert lines[0].split() == ["argument", "tangent", "adjoint", "differences"]
    name, *numbers = lines[1].split()
    assert name == "x1"
    np.testing.assert_allclose([float(n) for n in numbers], 5.5)
    np.testing.assert_allclose([float(n) for n in lines[2].split()[1:]], 1.7163378)
    assert lines[3] == "derivatives agree up to order 2"


def test_check_along_a_direction(capsys, lecture):
    text = run(capsys, "check", "lecture.py:loss", "w=np.ones(2)", "X=np.eye(2)", "--order", "1", "--argnums", "0")
    assert "random direction" in text
    assert text.endswith("up to order 1\n")


def test_a_check_that_fails(capsys, lecture, monkeypatch):
    def fails(*args, **kwargs):
        raise AssertionError("fwd: tangent with respect to argument 0: 1.0, expected 2.0")

    monkeypatch.setattr(srcad, "check_grads", fails)
    assert main(["check", "lecture.py:f", "2", "5"]) == 1
    assert capsys.readouterr().err == "srcad: fwd: tangent with respect to argument 0: 1.0, expected 2.0\n"


# --- errors -----------------------------------------------------------------------------------------------------------


def test_what_srcad_refuses_is_a_message(capsys, lecture):
    assert main(["show", "lecture.py:guarded"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("srcad: `exec()` looks at or changes variables")
    assert 'lecture.py", line ' in error
    assert "Traceback" not in error
    assert main(["show", "lecture.py:pair"]) == 1
    assert "not a number" in capsys.readouterr().err


@pytest.mark.parametrize(("command", "message"), [
    (("show", "lecture.py"), "does not name a function"),
    (("show", "lecture.py:"), "does not name a function"),
    (("show", "nothing.py:f"), "there is no file"),
    (("show", "no_such_module:f"), "no module"),
    (("show", "lecture.py:g"), "has no function 'g'"),
    (("show", "lecture.py:LIMIT"), "is not a function, but a float"),
    (("show", "lecture.py:f", "--mode", "sideways"), "invalid choice"),
    (("show", "lecture.py:f", "--argnums", "x"), "is not a list of numbers"),
    (("show", "lecture.py:f", "--unknown"), "unrecognized arguments: --unknown"),
    (("trace", "lecture.py:f", "x1=2"), "missing a required argument: 'x2'; it is f(x1, x2)"),
    (("trace", "lecture.py:f", "x1=2", "x1=2"), "x1 is given twice"),
    (("trace", "lecture.py:f", "x1=2", "3"), "stands after an argument with a name"),
    (("trace", "lecture.py:f", "x1=2", "x2=__import__('os')"), "is not a value"),
    (("check", "lecture.py:f", "x1='a'", "x2='b'"), "no number to differentiate by"),
    ((), "COMMAND"),
])
def test_usage_errors(capsys, lecture, command, message):
    assert message in usage_error(capsys, *command)


def test_an_error_of_the_users_own_module_is_not_hidden(lecture):
    (lecture / "broken.py").write_text("import no_such_module_at_all\n", encoding="utf-8")
    with pytest.raises(ModuleNotFoundError):
        main(["show", "broken.py:f"])
    with pytest.raises(ModuleNotFoundError):
        main(["show", "broken:f"])


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "value"), [
    ("2", 2), ("-2.5", -2.5), ("1e-3", 1e-3), ("1+2j", 1 + 2j), ("[1.0, -2.0]", [1.0, -2.0]), ("(1, 2.0)", (1, 2.0)),
    ("{'a': 1.0}", {"a": 1.0}), ("True", True), ("None", None), ("'mean'", "mean"), ("pi", np.pi),
    ("np.pi / 2", np.pi / 2), ("-inf", -np.inf),
])
def test_values(text, value):
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


@pytest.mark.parametrize(("text", "value"), [
    ("np.array([1.0, 2.0])", np.array([1.0, 2.0])), ("array([1, 2])", np.array([1, 2])),
    ("numpy.zeros((2, 3))", np.zeros((2, 3))), ("np.ones(2, dtype=np.float32)", np.ones(2, np.float32)),
    ("2.0 * np.arange(3)", 2.0 * np.arange(3)), ("np.array([1, 2], dtype='complex128')", np.array([1, 2], complex)),
    ("np.linspace(0, 1, num=3)", np.linspace(0, 1, num=3)),
])
def test_arrays(text, value):
    found = parse_value(text)
    assert found.dtype == value.dtype
    np.testing.assert_array_equal(found, value)


def test_lists_become_arrays_if_asked():
    assert parse_value("[1, 2]", arrays=True).dtype == np.float64
    assert parse_value("[[1, 2j]]", arrays=True).shape == (1, 2)
    assert parse_value("[1, 2]") == [1, 2]
    with pytest.raises(UsageError, match="not an array"):
        parse_value("[[1, 2], [3]]", arrays=True)


@pytest.mark.parametrize("text", [
    "x", "f(2)", "np.load('x')", "().__class__", "np.array.__self__", "[x for x in (1,)]", "lambda: 1", "2 ** 9",
    "'a' * 9", "[1] * 9", "1 / 0", "2 +", "os.sep", "np.zeros(-1)", "{**{}}", "",
])
def test_nothing_else_is_a_value(text):
    with pytest.raises(UsageError, match="is not a value"):
        parse_value(text)


def test_arguments_stand_by_position_where_they_can():
    def f(a, b=1.0, *, c=2.0, **more):
        return a

    assert arguments(f, ["a=1.0", "c=3.0", "d=4.0"], False) == ((1.0,), {"c": 3.0, "d": 4.0})
    assert arguments(f, ["1.0", "b=2.0"], False) == ((1.0, 2.0), {})
    assert arguments(f, [], False) == ((), {})


def test_as_a_module(lecture):
    command = [sys.executable, "-m", "srcad", "trace", "lecture.py:f", "x1=2", "x2=5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "11.652" in done.stdout
    assert done.stderr == ""
    done = subprocess.run([*command[:3], "show", "lecture.py:guarded"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_help(capsys):
    for command in ([], ["show"], ["trace"], ["check"]):
        with pytest.raises(SystemExit) as left:
            main([*command, "--help"])
        assert left.value.code == 0
        assert "FILE:FUNCTION" in capsys.readouterr().out


def test_cache(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SRCAD_CACHE", "0")
    assert main(["cache", "path"]) == 1
    monkeypatch.setenv("SRCAD_CACHE", "1")
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(environment, "fingerprint", lambda again=False: "these")
    assert main(["cache", "path"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'cache'}\n"
    assert main(["cache", "list"]) == 0 and capsys.readouterr().out == ""
    srcad.grad(np.sin)(1.0)
    assert main(["cache", "list"]) == 0
    assert "sin_grad of sin for (float" in capsys.readouterr().out
    assert main(["cache", "clear"]) == 0 and capsys.readouterr().out == "1 text deleted\n"
    assert main(["cache", "list"]) == 0 and capsys.readouterr().out == ""
    with pytest.raises(SystemExit):
        main(["cache", "other"])
