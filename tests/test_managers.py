"""What ``with`` does in derivatives besides computing. The programs that work are in the corpus."""

import contextlib
import warnings

import numpy as np
import pytest

import srcad
from srcad.errors import UnsupportedError


def logarithm(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x)
    return np.sum(np.where(x > 0.0, y, 0.0) * x)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_warnings_that_are_ignored_are_ignored_in_the_derivative(mode):
    g = srcad.grad(logarithm, mode=mode)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(g(np.array([0.0, 2.0]))[1], np.log(2.0) + 1.0)


def test_the_generated_source_enters_it():
    g = srcad.grad(logarithm)
    g(np.array([1.0, 2.0]))
    assert "with np.errstate(divide='ignore', invalid='ignore'):" in g.source
    _, pullback = srcad.vjp(logarithm, np.array([1.0, 2.0]))
    np.testing.assert_allclose(pullback(1.0)[0], [1.0, np.log(2.0) + 1.0])


def test_python_s_warnings():
    def f(x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y = np.sqrt(x)
        return y * y

    g = srcad.grad(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert g(4.0) == pytest.approx(1.0)
    assert "catch_warnings(action='ignore')" in g.source


def test_a_saved_module_enters_it(tmp_path):
    import runpy

    path = tmp_path / "saved.py"
    srcad.grad(logarithm).save(path, np.array([1.0, 2.0]))
    saved = runpy.run_path(str(path))["logarithm_grad"]
    np.testing.assert_allclose(saved(np.array([1.0, 2.0])), [1.0, np.log(2.0) + 1.0])


class Loud:
    def __enter__(self):
        print("in")
        return 2.0

    def __exit__(self, kind, value, traceback):
        print("out")


@contextlib.contextmanager
def announced(name):
    print("begin", name)
    try:
        yield name
    finally:
        print("end", name)


def test_managers_are_entered_and_left_once(capsys):
    def f(x):
        with Loud() as factor, announced("a"):
            if x > 1.0:
                return factor * x * x
            x = x * 3.0
        return x

    assert srcad.grad(f)(2.0) == 8.0
    assert capsys.readouterr().out == "in\nbegin a\nend a\nout\n"
    assert srcad.jvp(f, (0.5,), (1.0,)) == (1.5, 3.0)
    assert capsys.readouterr().out == "in\nbegin a\nend a\nout\n"


@pytest.mark.parametrize("which", ["all", "divide", "over"])
def test_errors_that_do_something_are_refused(which):
    def with_all(x):
        with np.errstate(all="raise"):
            return np.log(x)

    def with_divide(x):
        with np.errstate(divide="call"):
            return np.log(x)

    def with_over(x):
        with np.errstate(over="print"):
            return np.log(x)

    f = {"all": with_all, "divide": with_divide, "over": with_over}[which]
    with pytest.raises(UnsupportedError, match="errstate changes what happens in the body"):
        srcad.grad(f)(1.0)


def test_numba_needs_no_errstate():
    numba = pytest.importorskip("numba")
    assert numba
    g = srcad.grad(logarithm, backend="numba")
    np.testing.assert_allclose(g(np.array([1.0, 2.0])), [1.0, np.log(2.0) + 1.0])
