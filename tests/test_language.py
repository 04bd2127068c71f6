"""What is refused, where, and what the message advises; and what must not be remembered or confused."""

import ast
import collections
import contextlib
import ctypes
import functools
import itertools
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import corpus  # noqa: F401  (registers the programs)
import numpy as np
import pytest
from corpus.registry import PROGRAMS

import srcad
from srcad.errors import SrcadError, UnsupportedError

POWER = functools.partial(pow, 2.0)


def function_chosen_from_a_list(x, k):
    functions = [lambda y: y * x, 2.0]
    return functions[k](x)  # refused: functions and other things are in one tuple or list


def function_returned(x):
    return lambda y: y * x  # refused: a function made here is kept


def function_or_number_at_run_time(x):
    if x > 0.0:
        f = lambda y: y * x  # noqa: E731
    else:
        f = 2.0
    return f(2.0)  # refused: which function or object f is here depends


def function_bound_in_a_loop(x, n):
    for i in range(n):
        f = lambda y: y * i  # noqa: B023, E731
    return f(x)  # refused: which function or object f is here depends


def unbound_captured_variable(x):
    def inner():
        return later * x  # refused: the variable 'later', which inner functions share, has no value

    result = inner()
    later = 1.0
    return result + later


def generator_inside(x):
    def items():
        yield x  # refused: `yield` is not supported

    return sum(items())


def derivative_that_writes(x):
    count = 0.0

    def inner(y):  # refused: writes a variable of the function around it
        nonlocal count
        count = count + y
        return y * y

    return srcad.grad(inner)(x) + count


def while_test_that_writes(x):
    count = 0.0

    def go_on():
        nonlocal count
        count = count + 1.0
        return count < 3.0

    while go_on():  # refused: the condition of a `while` changes a variable
        x = x * x
    return x


def wrong_arguments(x):
    inner = lambda y: y * x  # noqa: E731
    return inner(x, x)  # refused: takes 1 positional arguments but 2 were given


def list_of_functions(x):
    functions = [lambda y: y * i for i in range(3)]  # noqa: B023  # refused: functions made in a comprehension read its variable
    return functions[0](x)


def functions_of_a_generator(x):
    pairs = tuple((k, lambda y: y * k) for k in (1.0, 2.0))  # noqa: B023  # refused: functions made in a comprehension
    return pairs[0][1](x)


def set_of_functions(x):
    functions = {(lambda y: y * x) for k in "ab"}  # refused: a set of functions is made
    return functions.pop()(x)


def generator_given_to_a_function(x):
    def twice(items):
        return sum(items) + sum(items)

    return twice(v * x for v in (1.0, 2.0))  # refused: a generator expression is given to twice


def keys_that_vary(x):
    return sum({x * k: k for k in (1, 2)})  # refused: the derivative is lost here


def set_of_unknown_length(x, n):
    return max({k * x for k in range(n)})  # refused: the number of items of this set is not known


def set_of_active_values(x):
    return len({x * k for k in (1, 2)}) * x  # refused: a set of values that are known only at run time


def user_context(x):
    with open("/dev/null"):  # refused: what open does on entry and exit is not known
        x = x * x
    return x


class Swallowing:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return kind is ValueError


def exit_that_may_swallow(x):
    with Swallowing():  # refused: the __exit__ of Swallowing may swallow exceptions
        x = x * x
    return x


@contextlib.contextmanager
def yielding_twice(x):
    if x > 0.0:
        yield x
    else:
        yield -x


def manager_with_two_yields(x):
    with yielding_twice(x) as y:  # refused: yielding_twice does not have just one `yield`
        return y * x


def draw_with_an_active_parameter(x):
    return np.random.default_rng(0).normal(x, 1.0) * x  # refused: normal has no derivative rule


def number_of_ctypes(x):
    return ctypes.c_double(x).value * x  # refused: ctypes.c_double hands values to code that srcad does not see


def attribute_of_a_module(x):
    math.answer = x  # refused: an attribute of math, which outlives the call, is assigned
    return x * x


def attribute_of_a_class(x):
    Box.content = x  # refused: an attribute of Box, which outlives the call, is assigned
    return x * x


TABLE = {"a": 0.0}


def dict_of_the_module(x):
    TABLE["a"] = x  # refused: a dict that is held elsewhere too, or was given (as an argument, a default, a global), is changed
    return TABLE["a"] * x


def queue_of_the_library(x):
    return collections.deque([x])[0]  # refused: what collections.deque does is not known


def attribute_named_at_run_time(x, k):
    return getattr(Box(x), "content size".split()[k])  # refused: the name of an attribute is not known


def identity_of_a_chosen_object(x):
    first, second = Box(x), Box(2.0 * x)
    chosen = first if x > 0.0 else second
    if chosen is first:  # refused: whether two objects are the same one is not known
        return x * x
    return x


def errors_are_raised(x):
    with np.errstate(all="raise"):  # refused: errstate changes what happens in the body
        return np.log(x)


def cache_made_inside(x):
    @functools.cache
    def inner(y):  # refused: a function that remembers its results is made
        return y * x

    return inner(x)


def map_that_is_kept(x):
    values = map(lambda v: v * x, (1.0, 2.0))  # refused: what map() gives is kept
    return sum(values) + sum(values)


def iterator_in_a_tuple(x):
    pair = (map(lambda v: v * x, (1.0, 2.0)), x)  # refused: an iterator is kept
    return sum(pair[0]) + sum(pair[0])


def iterator_of_a_function(x):
    def products():
        return map(lambda v: v * x, (1.0, 2.0))

    values = products()  # refused: an iterator is kept
    return sum(values) + sum(values)


def iterator_in_an_object(x):
    box = Box(map(lambda v: v * x, (1.0, 2.0)))
    return sum(box.content) + sum(box.content)


def choices_of_unknown_length(x, n):
    items = [x * k for k in range(n)]
    return sum(row[0] for row in itertools.combinations(items, n))  # refused: the items of combinations() are not known


FACTOR = 2.0


@functools.cache
def remembered(x):
    return x * x * FACTOR


def cached_helper(x):
    return remembered(x) * x  # refused: remembered remembers its results


class Box:
    def __init__(self, content):
        self.content = content

    def grown(self, factor):
        return Box(self.content * factor)


@dataclass(frozen=True)
class FrozenBox:
    content: float


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


class Corner(NamedTuple):
    x: float
    y: float

    def total(self):
        return self.x * self.y * self.y

    @property
    def area(self):
        return self.x * self.y


def object_returned(x):  # refused: returns Box(content=float), not a number
    return Box(x)


def new_object_in_a_loop_is_written(x, n):
    box = Box(x)
    for _ in range(n):
        box = box.grown(x)
    box.content = 1.0 * x  # refused: an attribute of an object is assigned, which may be one of several
    return box.content


def objects_of_two_classes(x):
    if x > 0.0:
        box = Box(x)
    else:
        box = FrozenBox(x)
    return box.content  # refused: which function or object box is here depends


def object_in_a_list_is_written(x, n):
    boxes = [Box(x * k) for k in range(n)]
    for box in boxes:
        box.content = 1.0 * x  # refused: an attribute of an object is assigned, which is an argument, or held by a list
    return boxes[0].content


def frozen_is_written(x):
    box = FrozenBox(x)
    box.content = 2.0 * x  # refused: an attribute of the frozen FrozenBox is assigned
    return box.content


def class_with_a_metaclass(x):
    WithMeta()  # refused: the class WithMeta has a metaclass of its own
    return x


def missing_attribute(x):
    return Box(x).size  # refused: Box has no attribute 'size'


def array_before_object(x):
    return (x * np.ones(2) + Box(x)).content  # refused: NumPy decides what an array and an object of Box give


REFUSED = [
    (object_returned, (1.0,)),
    (new_object_in_a_loop_is_written, (1.0, 2)),
    (objects_of_two_classes, (1.0,)),
    (object_in_a_list_is_written, (1.0, 3)),
    (frozen_is_written, (1.0,)),
    (class_with_a_metaclass, (1.0,)),
    (missing_attribute, (1.0,)),
    (array_before_object, (1.0,)),
    (cached_helper, (1.0,)),
    (map_that_is_kept, (1.0,)),
    (cache_made_inside, (1.0,)),
    (iterator_in_a_tuple, (1.0,)),
    (iterator_of_a_function, (1.0,)),
    (choices_of_unknown_length, (1.0, 3)),
    (user_context, (1.0,)),
    (number_of_ctypes, (1.0,)),
    (attribute_of_a_module, (1.0,)),
    (attribute_of_a_class, (1.0,)),
    (dict_of_the_module, (1.0,)),
    (queue_of_the_library, (1.0,)),
    (attribute_named_at_run_time, (1.0, 0)),
    (identity_of_a_chosen_object, (1.0,)),
    (exit_that_may_swallow, (1.0,)),
    (manager_with_two_yields, (1.0,)),
    (draw_with_an_active_parameter, (1.0,)),
    (errors_are_raised, (1.0,)),
    (set_of_functions, (1.0,)),
    (list_of_functions, (1.0,)),
    (functions_of_a_generator, (1.0,)),
    (generator_given_to_a_function, (1.0,)),
    (keys_that_vary, (1.0,)),
    (set_of_unknown_length, (1.0, 2)),
    (set_of_active_values, (1.0,)),
    (function_chosen_from_a_list, (1.0, 1)),
    (function_returned, (1.0,)),
    (function_or_number_at_run_time, (1.0,)),
    (function_bound_in_a_loop, (1.0, 2)),
    (unbound_captured_variable, (1.0,)),
    (generator_inside, (1.0,)),
    (derivative_that_writes, (1.0,)),
    (while_test_that_writes, (1.0,)),
    (wrong_arguments, (1.0,)),
]


@pytest.mark.parametrize(("function", "args"), REFUSED, ids=[f.__name__ for f, _ in REFUSED])
def test_refused_at_the_line(function, args):
    with pytest.raises(SrcadError) as caught:
        srcad.grad(function)(*args)
    _, _, expected = caught.value.source_line.partition("# refused: ")
    assert expected, caught.value
    assert expected in caught.value.reason
    assert caught.value.advice or isinstance(caught.value, UnsupportedError)


def test_an_iterator_is_not_kept_in_an_object():
    with pytest.raises(UnsupportedError):
        srcad.grad(iterator_in_an_object)(1.0)


def test_two_functions_of_the_same_code_are_two_functions():
    def make(k):
        return lambda x: k * x * x

    two, three = make(2.0), make(3.0)

    def both(x):
        return two(x) * 1.0, three(x)

    assert srcad.jvp(both, (1.5,), (1.0,))[1] == (6.0, 9.0)


def test_captured_data_is_read_at_each_call():
    scale = 2.0

    def f(x):
        inner = lambda y: scale * y * x  # noqa: E731
        return inner(x)

    g = srcad.grad(f)
    assert g(1.5) == 6.0
    scale = 5.0
    assert g(1.5) == 15.0


def test_a_function_in_an_argument_default_is_bound_once():
    def f(x, power=POWER):
        inner = lambda y, f=power: f(y) * x  # noqa: E731
        return inner(x)

    x, step = 1.5, 1e-6
    assert np.isclose(srcad.grad(f)(x), (f(x + step) - f(x - step)) / (2 * step), rtol=1e-8)


def test_named_tuples_are_differentiated():
    def f(corner):
        return corner.x * corner.y**2 + corner[0] + corner.total() + corner.area

    assert srcad.grad(f)(Corner(0.5, 2.0)) == Corner(11.0, 4.5)


def test_a_replaced_method_is_seen(monkeypatch):
    def f(x):
        return Box(x).grown(x).content

    gradient = srcad.grad(f)
    assert gradient(1.5) == 3.0
    monkeypatch.setattr(Box, "grown", lambda self, factor: Box(self.content * factor * factor))
    assert gradient(2.0) == 12.0


# --- docs/language.md --------------------------------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[1]
TABLES = [line.split("|") for line in (ROOT / "docs" / "language.md").read_text().splitlines() if line.startswith("| `")]
DEPRECATED = {"Num", "Str", "Bytes", "NameConstant", "Ellipsis"}


def test_nothing_of_the_grammar_is_forgotten():
    described = {name for row in TABLES for name in re.findall(r"`(\w+)`", row[1])}
    nodes = {
        name for name, node in vars(ast).items()
        if isinstance(node, type) and issubclass(node, (ast.stmt, ast.expr, ast.pattern))
        and node not in (ast.stmt, ast.expr, ast.pattern)
    }
    # Syntax of Python versions after 3.11 is described when srcad knows it.
    later = {"TypeAlias", "TemplateStr", "Interpolation"}
    assert described - nodes == set()
    assert nodes - DEPRECATED - later - described == set()


@pytest.mark.parametrize("row", TABLES, ids=[row[1].strip() for row in TABLES])
def test_what_the_tables_say_is_proved(row):
    programs = {program.name for program in PROGRAMS}
    proofs = re.findall(r"`([^`]+)`", row[3])
    assert proofs
    for proof in proofs:
        path, _, name = proof.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text() if name else proof in programs, proof


def functions_in_a_list(x):
    functions = [lambda y: y * x, lambda y: y + x, np.sin]
    for function in functions:
        x = function(x)
    return functions[0](x)


def test_functions_in_a_list_are_followed():
    srcad.check_grads(functions_in_a_list, (0.7,), order=2)
