"""What a derivative is as a Python object: pickled, looked at, debugged, called from several threads."""

import bdb
import inspect
import os
import pickle
import subprocess
import sys
import threading
import traceback
import warnings

import numpy as np
import pytest

import srcad
from api import pickled
from srcad import adjoint, grad, hvp, jacobian, tangent, value_and_grad, vjp


def product(x, y=2.0):
    """The product of x and y."""
    return x * y


# --- threads ----------------------------------------------------------------------------------------------------------


def run_together(count, work):
    """Call ``work(k)`` in `count` threads at once; the results, or the first error."""
    barrier = threading.Barrier(count)
    results: list = [None] * count
    errors: list = []

    def body(k):
        try:
            barrier.wait()
            results[k] = work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(k,)) for k in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]
    return results


def test_a_first_call_from_several_threads_compiles_once():
    def f(x):
        for _ in range(3):
            x = np.sin(x) * x
        return x.sum()

    g = grad(f)
    x = np.arange(3.0)
    results = run_together(8, lambda k: g(x))
    assert len(g.variants) == 1
    for r in results:
        np.testing.assert_array_equal(r, results[0])


def test_threads_with_different_kinds():
    def f(x):
        return np.sum(np.sin(x) * x)

    g = grad(f)
    arguments = [1.0, np.float32(1.0), np.ones(2), np.ones((2, 2)), np.ones(1), np.ones(2, np.float32), np.array(1.0)]
    results = run_together(len(arguments), lambda k: g(arguments[k]))
    for argument, result in zip(arguments, results, strict=True):
        assert np.shape(result) == np.shape(argument)


def test_threads_that_make_their_own_derivatives():
    def f(x):
        return helper(x) * x

    def helper(x):
        return np.exp(x) * x

    results = run_together(6, lambda k: (grad(f)(1.0), vjp(f, 1.0)[1](1.0), srcad.jvp(f, (1.0,), (1.0,))[1]))
    for a, (b,), c in results:
        assert a == pytest.approx(3 * np.e) and b == pytest.approx(a) and c == pytest.approx(a)


def test_an_error_in_one_thread_leaves_the_others_alone():
    def f(x):
        return undefined_name(x) * x  # noqa: F821

    def work(k):
        with pytest.raises(srcad.SrcadError):
            grad(f)(1.0)
        return grad(product)(1.0)

    assert run_together(4, work) == [2.0] * 4


# --- many variants ----------------------------------------------------------------------------------------------------


def test_many_variants_warn_once():
    def f(x, name):
        return x * len(name)

    g = grad(f)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for k in range(srcad.derivative.VARIANT_LIMIT + 3):
            g(1.0, "n" * k)
    assert [w.category for w in seen] == [srcad.errors.VariantLimitWarning]
    assert seen[0].filename == __file__


# --- pickling ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", pickled.everything(), ids=lambda case: case[0])
def test_pickling(case):
    _, derivative, args, *kwargs = case
    again = pickle.loads(pickle.dumps(derivative))
    kwargs = kwargs[0] if kwargs else {}
    before, after = derivative(*args, **kwargs), again(*args, **kwargs)
    assert type(again) is type(derivative)
    np.testing.assert_equal(after, before)


def test_decorated_functions_are_found_by_name():
    assert pickle.loads(pickle.dumps(pickled.decorated)) is pickled.decorated
    assert pickle.loads(pickle.dumps(pickled.custom)) is pickled.custom


def test_pickles_work_in_another_process(tmp_path):
    cases = pickled.everything()
    file = tmp_path / "derivatives.pickle"
    file.write_bytes(pickle.dumps(cases))
    expected = [repr(derivative(*args, **(kwargs[0] if kwargs else {}))) for _, derivative, args, *kwargs in cases]
    program = """
import pickle, sys
with open(sys.argv[1], "rb") as file:
    for _, derivative, args, *kwargs in pickle.load(file):
        print(repr(derivative(*args, **(kwargs[0] if kwargs else {}))).replace(chr(10), "~"))
"""
    tests, package = os.path.dirname(os.path.dirname(__file__)), os.path.dirname(os.path.dirname(srcad.__file__))
    paths = os.pathsep.join([tests, package])
    done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": paths})
    assert done.stderr == ""
    assert done.stdout.splitlines() == [line.replace("\n", "~") for line in expected]


def test_what_cannot_be_found_cannot_be_pickled():
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        pickle.dumps(grad(lambda x: x))


# --- looking at it ----------------------------------------------------------------------------------------------------


def test_signature_name_and_documentation():
    g = grad(product, argnums=(0, 1))
    assert str(inspect.signature(g)) == "(x, y=2.0)"
    assert g.__name__ == "product" and g.__module__ == __name__ and g.__wrapped__ is product
    assert "gradient of product with respect to x, y" in g.__doc__
    assert "The product of x and y." in g.__doc__
    assert g.primal is product
    assert str(inspect.signature(tangent(product))) == "(x, y=2.0, *, x_dot)"
    assert str(inspect.signature(adjoint(lambda x: x))) == "(x, result_bar)"
    assert str(inspect.signature(hvp(lambda x: x))) == "(x, vector)"
    assert str(inspect.signature(jacobian(product))) == "(x, y=2.0)"


def test_repr():
    g = grad(product, argnums=(0, 1))
    assert repr(g) == "<Gradient of product with respect to x, y: no variants yet>"
    g(1.0, 2.0)
    assert repr(g) == "<Gradient of product with respect to x, y: 1 variant>"
    g(np.float32(1.0), 2.0)
    assert repr(g) == "<Gradient of product with respect to x, y: 2 variants>"
    assert repr(grad(pickled.power, argnames="n")) == "<Gradient of power with respect to n: no variants yet>"


def test_source_before_and_after_a_call():
    g = grad(product)
    assert "for (float, float)" in g.source
    g(np.float32(1.0), 2.0)
    assert "for (np.float32, float)" in g.source
    assert str(g) == g.source

    def annotated(x: np.ndarray, n: int, mode: str = "a") -> float:
        return (x * n).sum() if mode == "a" else x.sum()

    assert "float64" in grad(annotated).source and "int" in grad(annotated).source
    assert "def" in grad(lambda *args: args[0] * args[1], 1).source


def test_source_of_variants():
    g = value_and_grad(product)
    g(2.0, 3.0)
    variant = g.variants[0]
    assert inspect.getsource(variant.function) == variant.source
    assert inspect.getsourcelines(variant.function)[0][0].startswith("def product_")
    assert g.trace is variant.trace


def test_source_needs_no_call_and_has_no_side_effect():
    g = grad(product)
    assert g.source and g.variants == ()


# --- errors in generated code -----------------------------------------------------------------------------------------


def solves(A, b):
    x = np.linalg.solve(A, b)
    return x.sum()


def indexes(x, k):
    y = np.sin(x)
    return y[k] * 2.0


def divides(x):
    return 1.0 / (x - x)


@pytest.mark.parametrize(("function", "args", "error", "text"), [
    (solves, (np.zeros((2, 2)), np.ones(2)), np.linalg.LinAlgError, "np.linalg.solve(A, b)"),
    (indexes, (np.ones(3), 7), IndexError, "y[k]"),
    (divides, (1.0,), ZeroDivisionError, "1.0 / (x - x)"),
])
@pytest.mark.parametrize("make", [grad, value_and_grad, lambda f: lambda *a: vjp(f, *a)], ids=["grad", "value", "vjp"])
def test_an_error_notes_the_users_line(function, args, error, text, make):
    with pytest.raises(error) as caught:
        make(function)(*args)
    notes = "\n".join(caught.value.__notes__)
    assert text in notes and "^" in notes and os.path.basename(__file__) in notes
    lines = "".join(traceback.format_exception(caught.value))
    assert "<srcad " in lines


def test_generated_code_can_be_stepped_through():
    g = grad(indexes)
    g(np.ones(3), 1)
    lines = []

    class Stepper(bdb.Bdb):
        def user_line(self, frame):
            if frame.f_code.co_filename.startswith("<srcad "):
                import linecache

                lines.append(linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip())

    Stepper().runcall(g, np.ones(3), 1)
    assert any("np.cos(x)" in line for line in lines)
