"""Statements besides assignments, branches and loops."""

import contextlib
import math
import warnings

import numpy as np

from corpus.registry import program

GAIN = 2.5


@program([(1.3,), (-0.4,)])
def match_on_strings(x):
    total = 0.0
    for kind in ("square", "third", "other"):
        match kind:
            case "square":
                total = total + x * x
            case "cube" | "third":
                total = total + x**3
            case _:
                total = total - x
    return total


@program([(1.3,)])
def match_on_a_tuple(x):
    match (x, 2.0):
        case (a,):
            return a
        case (a, b) if b > 5.0:
            return a * b * 7.0
        case (a, b):
            return a * a * b


@program([(1.3,), (0.2,)])
def match_with_a_guard_at_run_time(x):
    match (x, x * x):
        case (a, b) if b > 1.0:
            result = a * b
        case (a, b):
            result = a - b
    return result


@program([(1.3,)])
def match_with_a_star(x):
    match [x, x * x, 3.0]:
        case [first, *rest]:
            return first * sum(rest)
    return x


@program([(1.3,)])
def match_with_a_star_in_the_middle(x):
    match (x, 1.0, 2.0, x * x):
        case (first, *_, last):
            return first * last
    return x


@program([(1.3,)])
def match_on_a_mapping(x):
    match {"op": "mul", "value": x}:
        case {"op": "add", "value": v}:
            return v + 1.0
        case {"op": "mul", "value": v}:
            result = v * v
    return result * 2.0


@program([(1.3,)])
def match_on_classes(x):
    match x:
        case str():
            return 0.0 * x
        case float(y):
            return y * y
        case _:
            return x * x * 1.0


@program([(1.3,), (0.2,)])
def match_on_values(x):
    match x:
        case 1.0:
            return x * 5.0
        case y if y > 1.0:
            return y * y
        case _:
            return -x


@program([(1.3, None), (1.3, 2.0)], argnums=0)
def match_on_none(x, n):
    match n:
        case None:
            return x * x
        case int() | float():
            return x * n


@program([(1.3,)])
def match_inside_a_match(x):
    match ("pair", (x, 2.0)):
        case ("pair", (a, b)):
            match b:
                case 2.0:
                    return a * a * b
    return x


@program([(1.3,)])
def match_as(x):
    match (1.0, (x, 2.0)):
        case (_, (a, b) as pair):
            return a * b * pair[0]
    return x


@program([(1.3,)])
def match_binds_where_the_guard_fails(x):
    a = 1.0
    match (x, 2.0):
        case (a, b) if b > 3.0:
            return b
        case _:
            return a * a


@program([(1.3,), (-0.7,)])
def with_errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x * x)
        if x > 0.0:
            return y * x
    return y


@program([(1.3,)])
def with_nullcontext(x):
    with contextlib.nullcontext(x * x) as y, contextlib.nullcontext():
        z = y * x
    return z


@program([(1.3,)])
def with_warnings(x):
    total = x
    for _ in range(3):
        with warnings.catch_warnings():
            total = total * x
            if total > 2.0:
                break
    return total


@program([(1.3,)])
def try_that_reraises(x):
    try:
        y = math.log(x)
    except ValueError as error:
        raise RuntimeError("not positive") from error
    else:
        y = y * x
    finally:
        z = y
    return z * y


@program([(1.3,)])
def try_in_a_loop(x):
    for _ in range(3):
        try:
            x = x * x
        except ZeroDivisionError:
            raise
    return x


@program([(1.3,)])
def return_in_a_try(x):
    try:
        return x * x
    except TypeError:
        raise ValueError("not a number") from None


@program([(1.3,)])
def annotated(x: float) -> float:
    y: float = x * x
    z: int
    z = 3
    return y * z * GAIN


@program([(1.3,)])
def asserted(x):
    assert x > 0.0, f"{x} is not positive"
    return x * x


@program([(1.3,)], complex_step=False)
def imported_inside(x):
    import math as m
    from math import sin

    return m.exp(x) * sin(x)


@program([(1.3,)])
def deleted(x):
    y = x * x
    z = y
    del y
    y = z * x
    return y


@program([(1.3,)])
def strings_decide(x):
    name = " Cube ".strip().upper()
    if name.startswith("CU") and "B" in name and name[0] == "C":
        return x**3
    return x


@program([(1.3,)])
def text_of_numbers(x):
    text = f"{x:.3f} {x!r} {'a' + 'b'}"
    return x * x + 0.0 * len(text)


@program([(1.3,)])
def dict_in_a_dict(x):
    first = {"a": x, 1: 2.0}
    second = {**first, "b": x * x, "a": x * x}
    return second["a"] * second["b"] * second[1]


@program([(1.3,)])
def starred_displays(x):
    values = (1.0, *[x, x * x], 2.0)
    others = [*values, x]
    return others[1] * others[2] + others[3] * others[4]


@program([(1.3,)])
def pass_and_docstring(x):
    """A docstring."""
    if x > 5.0:
        pass
    ...
    return x * x


@program([(1.3,)])
def dispatch_by_type(x):
    if isinstance(x, (list, tuple)):
        return sum(x)
    if type(x) is str or not callable(math.sin):
        return 0.0
    return x * x if hasattr(math, "tau") else x
