"""A hundred wrong usages: each is refused by an error of srcad's that says what is wrong and what to do instead."""

import ast
import dataclasses
import decimal
import fractions
import functools
import os
import typing
from pathlib import Path

import numpy as np
import pytest

import srcad
from srcad import (
    adjoint,
    check_grads,
    check_rule,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    tangent,
    trace,
    value_and_grad,
    vjp,
)

X = np.arange(3.0) + 1


def square(x):
    return x * x


def total(x):
    return (x * x).sum()


def product(x, y):
    return x * y


def power(x, *, n=2.0):
    return x**n


def positional(x, y, /):
    return x * y


async def asynchronous(x):
    return x


def generator(x):
    yield x


def no_rule(x):
    return np.busday_count(x, x) * x


def undefined(x):
    return missing * x  # noqa: F821


def late(x):
    y = x + 1.0
    return y[0] if len(X) > 100 else unknown(y)  # noqa: F821


def calls_with_too_many(x):
    return square(x, x)


def calls_with_too_few(x):
    return product(x)


def calls_with_unknown_keyword(x):
    return square(x, z=1.0)


class Point(typing.NamedTuple):
    x: float
    y: float


@dataclasses.dataclass
class Slope:
    slope: float
    offset: float = 0.0

    @property
    def steep(self):
        return self.slope > 1.0


def calls_a_lambda_with_too_many(x):
    return (lambda a: a * a)(x, x)


def calls_a_lambda_with_too_few(x):
    return (lambda a, b: a * b)(x)


def reads_what_arrays_lack(x):
    return np.sin(np.array([x])).foo


def reads_what_numbers_lack(x):
    return x.foo * 2.0


def calls_what_numbers_lack(x):
    return x.foo(2.0)


def reads_what_numpy_lacks(x):
    return np.foo(x)


def gives_sum_an_unknown_keyword(x):
    return np.sum(np.array([x, x]), axs=0)


def makes_a_tuple_of_too_few(x):
    return Point(x).x


def makes_a_tuple_of_others(x):
    return Point(x, y=x, z=x).x


def replaces_what_is_not_there(x):
    return Point(x, x)._replace(z=x).x


def makes_an_object_of_too_few(x):
    return Slope().slope * x


def makes_an_object_of_others(x):
    return Slope(x, height=x).slope


def assigns_a_property(x):
    line = Slope(x)
    line.steep = x
    return line.slope


def writes_to_a_tangent(x):
    v = np.array([x, 2.0, 3.0])
    held = v[v > 0.0]
    g = jvp(lambda a: a + held, (v,), (held,))[1]
    g *= v
    held[0] = 2.0
    return np.sum(g * v)


def writes_to_what_may_be_a_number(x):
    v = np.array([x, x]) if x > 0.0 else 1.0
    w = v * x
    w[0] = 3.0
    return np.sum(w)


def calls_a_number(x):
    return X(x)


def nested_non_function(x):
    return grad(3.0)(x)


def nested_argnums(x):
    return grad(square, argnums=4)(x)


def nested_too_many(x):
    return grad(square)(x, x)


def nested_option(x):
    return grad(square, foo=3)(x)


def nested_dynamic(x):
    return grad(x)(x)


def nested_keyword(x):
    return grad(square)(y=x)


def nested_string(x):
    return grad(square)("s") * x


def nested_vector(x):
    return grad(square)(X * x).sum()


def nested_jvp_plain(x):
    return jvp(square, x, x)


def nested_jvp_count(x):
    return jvp(square, (x,), ())[0]


def nested_jvp_missing(x):
    return jvp(square)[0]


def nested_jvp_shape(x):
    return jvp(square, (x,), (X,))[1].sum()


def nested_vjp_missing(x):
    return vjp()[0]


def nested_vjp_seed(x):
    return vjp(square, x)[1](X)[0].sum()


def nested_vjp_seeds(x):
    return vjp(square, x)[1](x, x)[0]


def nested_hessian(x):
    return hessian(square)(x)


def nested_linearize(x):
    return linearize(square, x)[0]


def nested_trace(x):
    return trace(square)(x)


def nested_tangent(x):
    return tangent(square)(x)[1]


class Empty:
    pass


class Line:
    def __init__(self):
        self.k = 2.0

    def method(self, x):
        return self.k * x


class FloatOfOnesOwn(float):
    pass


class ListOfOnesOwn(list):
    pass


WRONG = {
    # what is differentiated
    "a number": lambda: grad(3.0),
    "an int": lambda: grad(3),
    "a string": lambda: grad("square"),
    "a list of functions": lambda: grad([square, square]),
    "an array": lambda: grad(X),
    "a result": lambda: grad(square(1.0)),
    "None for adjoint": lambda: adjoint(None),
    "None for tangent": lambda: tangent(None),
    "a number to jvp": lambda: jvp(3, (1.0,), (1.0,)),
    "a number to vjp": lambda: vjp(3.0, 1.0),
    "a number to trace": lambda: trace(3),
    "a number to hvp": lambda: hvp(3.0),
    "a property": lambda: grad(property(square)),
    "a generator object": lambda: grad(x for x in (1,)),
    "a module": lambda: grad(np),
    "a class": lambda: grad(Empty)(1.0),
    "an async function": lambda: grad(asynchronous)(1.0),
    "a generator": lambda: grad(generator)(1.0),
    "print": lambda: grad(print)(1.0),
    "input": lambda: jacobian(input)(1.0),
    "a cached function": lambda: grad(functools.lru_cache(square))(1.0),
    "a function without source": lambda: grad(eval("lambda x: x"))(1.0),
    "grad itself": lambda: grad(grad)(1.0),
    "jvp itself": lambda: grad(jvp)(1.0),
    "NumPy function without a rule": lambda: grad(np.busday_count)(1.0),
    # options
    "argnums out of range": lambda: grad(product, 2)(1.0, 2.0),
    "negative argnums out of range": lambda: grad(product, -3)(1.0, 2.0),
    "argnums a string": lambda: grad(product, "x"),
    "argnums a float": lambda: grad(product, 1.0),
    "argnums a float inside": lambda: grad(product, (0, 0.5)),
    "argnums None": lambda: grad(product, None),
    "argnums True": lambda: grad(product, True),
    "argnums twice": lambda: grad(product, (0, 0)),
    "argnames unknown": lambda: grad(product, argnames="z")(1.0, 2.0),
    "argnames an int": lambda: grad(product, argnames=1),
    "argnames twice": lambda: grad(product, argnames=("x", "x")),
    "argnums and argnames": lambda: grad(product, 1, argnames="x"),
    "argnums first": lambda: grad(0),
    "argnums tuple first": lambda: grad((0, 1)),
    "mode": lambda: grad(square, mode="fwd"),
    "backend": lambda: grad(square, backend="cuda"),
    "disconnected": lambda: grad(square, disconnected="ignore"),
    "jvp argnums": lambda: jvp(product, (1.0, 2.0), (1.0,), argnums=5),
    "jvp argnums a string": lambda: jvp(product, (1.0, 2.0), (1.0,), argnums="x"),
    "vjp argnums": lambda: vjp(product, 1.0, 2.0, argnums=7),
    "vjp kwargs": lambda: vjp(power, 1.0, kwargs=3),
    "jvp kwargs": lambda: jvp(power, (1.0,), (1.0,), kwargs=[1]),
    # calls
    "no argument": lambda: grad(square)(),
    "too many arguments": lambda: grad(square)(1.0, 2.0),
    "an unknown keyword": lambda: grad(square)(1.0, z=2.0),
    "an argument twice": lambda: grad(square)(1.0, x=2.0),
    "keyword-only by position": lambda: grad(power)(1.0, 2.0),
    "positional-only by keyword": lambda: grad(positional)(x=1.0, y=2.0),
    "too many for a partial": lambda: grad(functools.partial(product, 1.0, 2.0))(3.0),
    "hvp without a vector": lambda: hvp(square)(2.0),
    "hvp without anything": lambda: hvp(square)(),
    "hvp with one vector for two": lambda: hvp(product, (0, 1))(2.0, 3.0, 1.0),
    "hvp with a wrong shape": lambda: hvp(total)(X, 1.0),
    "linearize without tangents": lambda: linearize(square, 2.0)[1](),
    "tangent without a tangent": lambda: tangent(square)(2.0),
    "tangent by a wrong name": lambda: tangent(square)(2.0, y_dot=1.0),
    "adjoint without a seed": lambda: adjoint(square)(X),
    "adjoint with two seeds": lambda: adjoint(square)(X, X, X),
    # arguments
    "None": lambda: grad(square)(None),
    "text": lambda: grad(square)("1.0"),
    "a set": lambda: grad(square)({1.0}),
    "an object": lambda: grad(square)(object()),
    "a function": lambda: grad(square)(square),
    "a Fraction": lambda: grad(square)(fractions.Fraction(1, 2)),
    "a Decimal": lambda: grad(square)(decimal.Decimal(1)),
    "a subclass of float": lambda: grad(square)(FloatOfOnesOwn(1.0)),
    "a subclass of list": lambda: grad(lambda p: p[0])(ListOfOnesOwn([1.0])),
    "an integer array": lambda: grad(total)(np.arange(3)),
    "an integer 0-d array": lambda: grad(square)(np.array(3)),
    "a boolean array": lambda: grad(total)(np.ones(3, bool)),
    "an integer array to jvp": lambda: jvp(square, (np.arange(3),), (X,)),
    "an integer array to vjp": lambda: vjp(square, np.arange(3)),
    "an integer array to jacfwd": lambda: jacfwd(square)(np.arange(3)),
    "an array of objects": lambda: grad(total)(np.ones(3, object)),
    "an array of text": lambda: grad(total)(np.array(["a"])),
    "a structured array": lambda: grad(total)(np.zeros(3, [("a", float)])),
    "a matrix": lambda: grad(total)(np.ma.array([1.0, 2.0])),
    "a masked array held fixed": lambda: grad(lambda x, m: (x * m).sum())(1.0, np.ma.array([1.0])),
    "a tuple of integers": lambda: grad(lambda p: p[0] * p[1])((1, 2)),
    "a list of integers": lambda: grad(lambda p: p[0] * p[1])([1, 2]),
    "an empty tuple": lambda: grad(lambda p: 1.0)(()),
    "text to jacfwd": lambda: jacfwd(square)("s"),
    "text to linearize": lambda: linearize(square, "s"),
    # results
    "an array for a result": lambda: grad(square)(X),
    "an array of one": lambda: grad(square)(np.ones(1)),
    "a tuple": lambda: grad(lambda x: (x, x))(1.0),
    "a list": lambda: grad(lambda x: [x])(1.0),
    "a dict": lambda: grad(lambda x: {"a": x})(1.0),
    "nothing": lambda: grad(lambda x: None)(1.0),
    "a text": lambda: grad(lambda x: "s")(1.0),
    "a complex number": lambda: grad(lambda x: x * 1j)(1.0),
    "an array of unknown rank": lambda: grad(np.fft.fft)(X),
    "an array in forward mode": lambda: grad(square, mode="forward")(X),
    "an array to hessian": lambda: hessian(square)(X),
    "grad of a gradient of many": lambda: grad(grad(total))(X),
    "grad of a value and gradient": lambda: grad(value_and_grad(square))(1.0),
    "no aux": lambda: grad(square, has_aux=True)(1.0),
    "three for aux": lambda: grad(lambda x: (x, x, x), has_aux=True)(1.0),
    "aux first": lambda: grad(lambda x: ("aux", x), has_aux=True)(1.0),
    "a constant": lambda: grad(lambda x: 1.0)(1.0),
    "another argument": lambda: value_and_grad(lambda x, y: y)(1.0, 2.0),
    "a sum for an elementwise function": lambda: elementwise_grad(total)(X),
    "a tuple for an elementwise function": lambda: elementwise_grad(lambda x: (x, x))(X),
    # seeds
    "jvp without tuples": lambda: jvp(square, 2.0, 1.0),
    "jvp with too few tangents": lambda: jvp(product, (1.0, 2.0), (1.0,)),
    "jvp with a number for an array": lambda: jvp(square, (X,), (1.0,)),
    "jvp with an array for a number": lambda: jvp(square, (1.0,), (X,)),
    "jvp with another shape": lambda: jvp(square, (X,), (np.ones(2),)),
    "jvp with a list": lambda: jvp(square, (X,), ([1.0, 2.0, 3.0],)),
    "jvp with text": lambda: jvp(square, (1.0,), ("s",)),
    "jvp with None": lambda: jvp(square, (1.0,), (None,)),
    "jvp with a complex tangent": lambda: jvp(square, (1.0,), (1j,)),
    "jvp with a masked array": lambda: jvp(square, (X,), (np.ma.array(X),)),
    "jvp with another structure": lambda: jvp(lambda p: p[0], ((1.0, 2.0),), (1.0,)),
    "jvp with other keys": lambda: jvp(lambda p: p["a"], ({"a": 1.0},), ({"b": 1.0},)),
    "jvp with a tangent for an integer": lambda: jvp(lambda p: p[0], ((1.0, 2),), ((1.0, 1.0),)),
    "vjp with a number for an array": lambda: vjp(square, X)[1](1.0),
    "vjp with text": lambda: vjp(square, 1.0)[1]("s"),
    "vjp with None": lambda: vjp(square, 1.0)[1](None),
    "vjp with a complex seed": lambda: vjp(square, 1.0)[1](1j),
    "vjp with another structure": lambda: vjp(lambda x: (x, x), 1.0)[1](1.0),
    "vjp with None inside": lambda: vjp(lambda x: (x, x), 1.0)[1]((1.0, None)),
    "adjoint with a number for an array": lambda: adjoint(square)(X, 1.0),
    "adjoint with another shape": lambda: adjoint(square)(X, np.ones(2)),
    "adjoint with a broadcast seed": lambda: adjoint(square)(X, np.ones(1)),
    "adjoint with text": lambda: adjoint(square)(1.0, "s"),
    "tangent with text": lambda: tangent(square)(1.0, "s"),
    "tangent with another shape": lambda: tangent(square)(X, 1.0),
    # checks
    "check_grads of a number": lambda: check_grads(3.0, (1.0,)),
    "check_rule without a rule": lambda: check_rule(square, 1.0),
    "check_rule of a number": lambda: check_rule(3.0, 1.0),
}

#: Wrong programs: the error has a place.
PROGRAMS = [
    no_rule, undefined, late, calls_with_too_many, calls_with_too_few, calls_with_unknown_keyword,
    calls_a_lambda_with_too_many, calls_a_lambda_with_too_few, reads_what_arrays_lack, reads_what_numbers_lack,
    calls_what_numbers_lack, reads_what_numpy_lacks, gives_sum_an_unknown_keyword, makes_a_tuple_of_too_few,
    makes_a_tuple_of_others, replaces_what_is_not_there, makes_an_object_of_too_few, makes_an_object_of_others,
    assigns_a_property, writes_to_a_tangent, writes_to_what_may_be_a_number,
    calls_a_number, nested_non_function, nested_argnums, nested_too_many, nested_option,
    nested_dynamic, nested_keyword, nested_string, nested_vector, nested_jvp_plain, nested_jvp_count,
    nested_jvp_missing, nested_jvp_shape, nested_vjp_missing, nested_vjp_seed, nested_vjp_seeds, nested_hessian,
    nested_linearize, nested_trace, nested_tangent,
]


def check_error(error: srcad.SrcadError) -> None:
    """The error says what is wrong and what to do, and nothing of srcad's own machinery."""
    text = str(error)
    assert error.reason and error.advice
    assert "0x" not in text and "Var(" not in text and "srcad." not in error.reason.replace("srcad.rules", "")
    assert "lambda_" not in error.reason + error.advice
    if error.source_line:
        assert error.filename == __file__ and error.source_line.strip() and "^" in text
    assert error.__cause__ is None and (error.__context__ is None or error.__suppress_context__)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_usage(wrong):
    with pytest.raises(srcad.SrcadError) as caught:
        wrong()
    check_error(caught.value)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("derive", [grad, value_and_grad, jacfwd, jacrev])
def test_wrong_program(program, derive):
    with pytest.raises(srcad.SrcadError) as caught:
        derive(program)(2.0)
    check_error(caught.value)
    assert caught.value.line and os.path.basename(caught.value.filename) == os.path.basename(__file__)


def test_what_comes_first_is_the_function():
    with pytest.raises(srcad.SrcadError, match=r"is the function, not a tuple\n.*argnums="):
        grad((0, 1))


def prints(x):
    print(x * x)


def test_nothing_is_returned():
    with pytest.raises(srcad.SrcadError, match=r"prints returns None, not a number\n(.*\n)*  return the number that is meant"):
        grad(prints)(2.0)


def test_nothing_is_returned_on_one_path():
    with pytest.raises(srcad.errors.KindError, match="the function returned None, not a number"):
        grad(lambda x: x * 2.0 if x > 0.0 else None)(-1.0)


def test_every_refusal_advises():
    """Wherever srcad raises one of its errors, it says what to write instead."""
    silent = []
    for file in Path(srcad.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or any(isinstance(a, ast.Starred) for a in node.args):
                continue
            refuses = isinstance(node.func, ast.Attribute) and node.func.attr == "refuse"
            raises = isinstance(node.func, ast.Name) and issubclass(
                getattr(srcad.errors, node.func.id, int), srcad.SrcadError)
            if (refuses or raises) and (len(node.args) < 2 or isinstance(node.args[1], ast.Constant) and not node.args[1].value):
                silent.append(f"{file.name}:{node.lineno}")
    assert not silent


def test_containers_are_shown_as_they_are_written():
    def total(p):
        return np.sum(p["w"][0]) * p["b"]

    gradient = grad(total)
    gradient({"w": [np.ones((2, 3)), 1.0], "b": 2.0})
    assert ", for ({'w': [float64[:, :], float], 'b': float},)" in gradient.source


def test_there_are_a_hundred():
    assert len(WRONG) + len(PROGRAMS) > 100


def test_a_wrong_call_leaves_the_derivative_usable():
    g = grad(lambda x: (x * x).sum())
    for wrong in (np.arange(3), "s", None, np.ones((2, 2), object)):
        with pytest.raises(srcad.SrcadError):
            g(wrong)
    np.testing.assert_array_equal(g(X), 2 * X)
    assert len(g.variants) == 1


def test_refusals_advise_what_is_there():
    with pytest.raises(srcad.errors.KindError, match=r"(?s)jacobian.*vjp"):
        grad(square)(X)
    with pytest.raises(srcad.errors.ArgumentError, match="argnames"):
        grad(product, "x")
    with pytest.raises(srcad.errors.KindError, match=r"astype\(float\)"):
        grad(total)(np.arange(3))


def test_a_refusal_shows_none_of_the_compilers_frames():
    with pytest.raises(srcad.SrcadError) as caught:
        grad(lambda x: [v for v in np.ndenumerate(x)] and x.sum())(np.ones(3))
    files = [entry.path.name for entry in caught.traceback]
    assert set(files[1:]) == {"derivative.py"}, files
    assert "np.ndindex" in str(caught.value)
