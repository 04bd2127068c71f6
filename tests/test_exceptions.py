"""Exceptions: which are raised, which are caught, and what is refused about it. The programs that work are in the corpus."""

import math

import numpy as np
import pytest

import srcad
from srcad.errors import LostDerivativeError, UnsupportedError


def refused(f, *args, **options):
    with pytest.raises(UnsupportedError) as caught:
        srcad.grad(f, **options)(*args)
    assert caught.value.advice
    return caught.value.reason


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_exceptions_of_the_primal_are_raised(mode):
    def f(x):
        if x < 0.0:
            raise ValueError("negative")
        assert x < 10.0, f"{x} is too large"
        return x * x

    g = srcad.grad(f, mode=mode)
    assert g(2.0) == 4.0
    with pytest.raises(ValueError, match="negative"):
        g(-1.0)
    with pytest.raises(AssertionError, match=r"12\.0 is too large"):
        g(12.0)


def test_a_cause_is_kept():
    def f(x):
        try:
            y = 1.0 / x
        except ZeroDivisionError as error:
            if x == 0.0:
                raise ValueError("zero") from error
            y = x
        return y

    with pytest.raises(ValueError, match="zero") as caught:
        srcad.grad(f)(0.0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_exceptions_of_the_derivative_are_not_caught(mode):
    def f(x):
        try:
            y = math.sqrt(x)
        except (ValueError, ZeroDivisionError):
            y = 5.0 * x
        return y

    g = srcad.grad(f, mode=mode)
    assert g(4.0) == 0.25 and g(-1.0) == 5.0
    with pytest.raises(ZeroDivisionError):
        g(0.0)


def test_what_is_not_caught_is_raised():
    def f(x):
        try:
            y = math.log(x)
        except ZeroDivisionError:
            y = x
        return y

    with pytest.raises(ValueError):
        srcad.grad(f)(-1.0)


@pytest.mark.parametrize("optimize", [True, False])
def test_the_first_of_two_exceptions_counts(optimize):
    def f(x, y):
        try:
            a = math.log(x)
            b = 1.0 / y
            c = (math.sqrt(y) + b) * 0.0 + a * 2.0
        except ValueError:
            c = x * 3.0
        except ZeroDivisionError:
            c = x * 5.0
        return c

    g = srcad.grad(f, optimize=optimize)
    assert g(-1.0, 0.0) == 3.0 and g(2.0, 0.0) == 5.0 and g(2.0, -1.0) == 3.0 and g(2.0, 1.0) == 1.0


def test_what_is_computed_only_to_raise_is_kept():
    def helper(x):
        math.log(x)
        return x * 2.0

    def f(x):
        try:
            return helper(x)
        except ValueError:
            return x * 7.0

    assert srcad.grad(f)(2.0) == 2.0 and srcad.grad(f)(-2.0) == 7.0
    assert srcad.jvp(f, (-2.0,), (1.0,)) == (-14.0, 7.0)


def test_what_may_be_bound_is_not_read():
    def f(x):
        y = 1.0
        try:
            y = x * x
            y = y + math.log(x)
        except ValueError:
            pass
        return y

    assert "may have come before or after y was bound" in refused(f, 2.0)


def test_what_is_bound_last_is_known():
    def f(x):
        y = x
        try:
            z = math.log(x)
            y = z * x
        except ValueError:
            y = y * 3.0
        return y

    assert srcad.grad(f)(-2.0) == 3.0


def test_output_is_made_once(capsys):
    def f(x):
        try:
            print("in", x)
            y = math.log(x)
        except ValueError as error:
            print("caught", error)
            y = x
        finally:
            print("finally")
        return y

    srcad.grad(f)(2.0)
    assert capsys.readouterr().out == "in 2.0\nfinally\n"
    srcad.grad(f)(-2.0)
    assert capsys.readouterr().out == "in -2.0\ncaught math domain error\nfinally\n"
    assert "has effects" in refused(f, 2.0, mode="forward")


def test_arrays_are_not_written_in_a_try():
    def f(x):
        y = np.zeros(2)
        try:  # noqa: SIM105
            y[0] = math.log(x)
        except ValueError:
            pass
        return np.sum(y)

    assert "an array is written to in a `try` whose handler goes on" in refused(f, 2.0)


def test_arrays_are_written_after_a_try():
    def f(x):
        y = np.zeros(2)
        try:
            v = math.log(x[0])
        except ValueError:
            v = x[0] * x[0]
        y[0] = v
        y[1] = v * x[1]
        x[0] = 0.0
        return np.sum(y) + x[0]

    np.testing.assert_allclose(srcad.grad(f)(np.array([2.0, 3.0])), [2.0, math.log(2.0)])
    np.testing.assert_allclose(srcad.grad(f)(np.array([-2.0, 3.0])), [-16.0, 4.0])


def test_shared_variables_are_not_written_in_a_try():
    def f(x):
        count = 0.0

        def add(v):
            nonlocal count
            count = count + math.log(v)

        try:  # noqa: SIM105
            add(x)
        except ValueError:
            pass
        return count

    assert "shared" in refused(f, 2.0) or "share" in refused(f, 2.0)


def test_classes_that_are_not_known():
    def f(x, kind):
        try:
            y = math.log(x)
        except kind:
            y = x
        return y

    assert srcad.grad(f)(-1.0, ValueError) == 1.0
    assert srcad.grad(f)(2.0, KeyError) == 0.5


class Found(Exception):
    def __init__(self, value, place=0):
        super().__init__(f"found {value}")
        self.value, self.place = value, place


def test_a_value_that_an_exception_carries():
    def f(x):
        try:
            raise Found(x * x)
        except Found as found:
            return found.value * x

    with pytest.raises(LostDerivativeError):
        srcad.grad(f)(2.0)

    def deep(x):
        if x > 1.0:
            raise Found(x)
        return x

    def g(x):
        try:
            y = deep(x)
        except Found as found:
            y = found.args[0] * x
        return y

    with pytest.raises(LostDerivativeError):
        srcad.jvp(g, (2.0,), (1.0,))


def test_a_constant_that_an_exception_carries():
    def f(x, n):
        try:
            if x > 1.0:
                raise Found("text", n)
            y = x
        except Found as found:
            y = found.place * x
        return y

    assert srcad.grad(f)(2.0, 3) == 3.0 and srcad.grad(f)(0.5, 3) == 1.0


def test_numba_does_not_compile_it():
    def f(x):
        try:
            return math.log(x)
        except ValueError:
            return x

    assert "Numba" in refused(f, 2.0, backend="numba")


def test_saved(tmp_path):
    import runpy

    g = srcad.grad(saved_function)
    path = tmp_path / "saved.py"
    g.save(path, 2.0)
    loaded = runpy.run_path(str(path))["saved_function_grad"]
    assert loaded(2.0) == g(2.0) and loaded(-2.0) == g(-2.0) == 3.0


def saved_function(x):
    try:
        y = math.log(x)
    except (ValueError, KeyError):
        y = 3.0 * x
    return y
