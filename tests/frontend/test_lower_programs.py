"""What is lowered does what the function does: results, errors, order of side effects, and effects on arguments."""

import copy
import inspect
import random

import numpy as np
import pytest

from srcad.frontend.lower import lower
from srcad.frontend.source import find_source
from srcad.trace.dump import dump
from srcad.trace.interpret import run

from . import trace_laws
from .lowered_programs import CASES
from .random_programs import Program


def outcome(call, arguments) -> str:
    """The result or the error of a call, and what became of its arguments."""
    arguments = copy.deepcopy(arguments)
    try:
        result = call(*arguments)
    except Exception as error:
        # The texts of TypeErrors name internals of Python.
        text = "" if isinstance(error, TypeError) else str(error)
        result = f"{type(error).__name__}: {text} from {error.__cause__!r} {error.__suppress_context__}"
    with np.printoptions(precision=17):
        return repr((result, arguments))


@pytest.mark.parametrize(("f", "calls"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_a_trace_does_what_the_function_does(f, calls):
    trace = lower(find_source(f))
    trace_laws.check(trace)
    for arguments in calls:
        expected = outcome(f, arguments)
        assert outcome(lambda *args: run(trace, *args), arguments) == expected, dump(trace)


def test_every_program_is_a_case():
    from . import lowered_programs

    functions = {f for f, _ in CASES}
    defined = [f for f in vars(lowered_programs).values() if inspect.isfunction(f)]
    assert {f.__name__ for f in defined if f not in functions} == {"case", "tell", "scaled"}


def test_methods_and_closures():
    power = 3

    class Model:
        __weight = 2.0

        def value(self, x, __scale=1.0):
            return self.__weight * x**power * __scale

    trace = lower(find_source(Model.value))
    assert run(trace, Model(), 2.0) == Model().value(2.0) == 16.0
    power = 2
    assert run(trace, Model(), 2.0) == 8.0


def test_lambdas():
    f, g = (lambda x, y=2: x * y if x else y), (lambda *xs, **k: (xs, k))
    assert run(lower(find_source(f)), 3) == 6
    assert run(lower(find_source(f)), 0, 5) == 5
    assert run(lower(find_source(g)), 1, 2, k=3) == ((1, 2), {"k": 3})


def compare_random_programs(seeds) -> None:
    for seed in seeds:
        program = Program(seed, size=random.Random(seed).randrange(10, 70))
        trace = lower(find_source(program.function))
        trace_laws.check(trace)
        for arguments in ((1, 2, 3), (0, -1, 5), (4, 4, 0)):
            expected = program.outcome(program.function, *arguments)
            result = program.outcome(lambda *args, trace=trace: run(trace, *args), *arguments)
            # A name that may be unbound raises where it is used, which may be later than where it is read.
            assert result == expected or expected[0] is UnboundLocalError, f"seed {seed}\n{program.text}"


def test_random_programs():
    compare_random_programs(range(200))


@pytest.mark.slow
def test_many_random_programs():
    compare_random_programs(range(1000, 20000))
