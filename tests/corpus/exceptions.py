"""``try``: handlers that go on, ``else``, ``finally``, and what leaves them."""

import math

import numpy as np

from corpus.registry import program


class TooLarge(ValueError):
    def __init__(self, limit):
        super().__init__("too large")
        self.limit = limit


def checked_log(x):
    if x <= 0.0:
        raise ValueError("not positive")
    return math.log(x)


def limited(x, limit):
    if x > limit:
        raise TooLarge(limit)
    return x * x


@program([(2.0,), (-1.5,)])
def handler_that_goes_on(x):
    y = 0.5
    try:  # noqa: SIM105
        y = checked_log(x)
    except ValueError:
        pass
    return y * x


@program([(2.0,), (-1.5,)])
def return_in_a_try(x):
    try:
        return checked_log(x) * x
    except ValueError:
        return x * x


@program([(2.0,), (0.0,)], complex_step=False)
def division_by_zero(x):
    try:
        y = math.sin(x) / x
    except ZeroDivisionError:
        y = 1.0 - x * x / 6.0
    return y


@program([(2.0,), (0.0,)], complex_step=False, order=1)
def derivative_that_would_raise(x):
    try:
        y = math.sqrt(x + 1.0)
        z = x * math.sqrt(y)
    except (ValueError, ZeroDivisionError):
        z = 100.0 * x
    return z


@program([(2.0,), (-1.5,), (5.0,)])
def else_after_try(x):
    try:
        y = limited(x, 3.0)
    except TooLarge as error:
        result = x * error.limit
    else:
        result = checked_log(y) if x > 0.0 else y * 2.0
    return result


@program([(0.5, 4.0), (-0.5, 4.0), (0.5, 1.0)])
def several_handlers(x, y):
    try:
        result = checked_log(x) * limited(y, 3.0)
    except TooLarge:
        result = x * y
    except (ValueError, KeyError):
        result = x * x * y
    return result


@program([(2.0,), (-1.0,)])
def finally_after_return(x):
    count = [0.0]
    total = x
    try:
        if x > 0.0:
            return x * x + len(count)
        total = total * 3.0
    finally:
        total = total * 2.0
    return total


@program([(2.0,), (-1.0,)])
def all_four_clauses(x):
    scale = 1.0
    try:
        y = checked_log(x)
    except ValueError:
        y = x * 3.0
    else:
        y = y * y
    finally:
        scale = 2.0
    return y * scale


@program([(2.5, 5), (8.0, 5)], argnums=(0,))
def in_a_loop(x, n):
    total = 0.0
    for k in range(n):
        try:
            v = checked_log(x - k)
            if k == 3:
                break
        except ValueError:
            total = total - x * x
            continue
        else:
            total = total + v * x
        finally:
            total = total * 1.1
    return total


@program([(1.0, 3.0), (4.0, 3.0)])
def retried(x, limit):
    factor = 1.0
    while True:
        try:
            return limited(x * factor, limit) * factor
        except TooLarge:
            factor = factor * 0.5


@program([(2.0,), (-1.5,), (30.0,)])
def nested_tries(x):
    try:
        try:
            y = checked_log(x) * limited(x, 20.0)
        except TooLarge as error:
            y = x * error.limit
    except ValueError:
        y = x * x * x
    return y


@program([(2.0,), (-1.5,)])
def raised_again(x):
    try:
        try:
            y = checked_log(x)
        except ValueError:
            if x < -10.0:
                y = 0.0
            else:
                raise
    except ValueError:
        y = x * x
    return y


@program([(np.array([1.0, 2.0, 3.0]),), (np.array([1.0, -2.0, 3.0]),)])
def arrays_in_a_try(x):
    try:
        y = np.array([checked_log(v) for v in x])
        total = np.sum(y * x)
    except ValueError:
        total = np.sum(x**3)
    return total * x[0]


@program([(2.0, 3), (-0.4, 3)], argnums=(0,))
def recursion_that_fails(x, n):
    if n == 0:
        return checked_log(x) + x
    try:
        return recursion_that_fails(x - 0.5, n - 1) * x
    except ValueError:
        return x * x


@program([(2.0,), (-1.5,)])
def inner_function_in_a_try(x):
    scale = x * 0.5

    def scaled(v):
        return checked_log(v) * scale

    try:
        y = scaled(x)
    except ValueError:
        y = scale * scale
    return y + scale


@program([(2.0,), (-1.5,)])
def value_for_the_message(x):
    try:
        y = checked_log(x)
    except ValueError as error:
        y = x * len(str(error))
    return y


@program([(2.0,), (-1.5,)])
def operation_only_for_its_exception(x):
    try:
        checked_log(x)
        y = x * 2.0
    except ValueError:
        y = x * x
    return y


@program([(2.0,), (-1.5,)])
def assertion_caught(x):
    try:
        assert x > 0.0, "negative"
        y = x**3
    except AssertionError:
        y = -x
    return y


@program([(1.5, "b"), (1.5, "c")], argnums=(0,))
def missing_key(x, key):
    table = {"a": 1.0, "b": 2.0}
    try:
        weight = table[key]
    except KeyError:
        weight = x
    return weight * x


def attempted(f, *args, otherwise):
    try:
        return f(*args)
    except (ValueError, ZeroDivisionError):
        return otherwise


@program([(0.7, 0.3)])
def helper_that_catches(x, y):
    return attempted(checked_log, -x, otherwise=y) * x + attempted(checked_log, x, otherwise=y) * y


@program([(0.7, 0.3)])
def index_out_of_range(x, y):
    items = [x, y]
    try:
        v = items[5]
    except IndexError:
        v = items[-1]
    return v * x


@program([(0.7, 0), (0.7, 5)], argnums=(0,))
def index_that_may_be_out_of_range(x, k):
    items = (x, 2.0 * x)
    try:
        v = items[k]
    except IndexError:
        v = items[-1]
    return v * x


@program([(0.7, 0.3)])
def retried_with_another_value(x, y):
    k = 0
    while True:
        try:
            if k < 3:
                raise RuntimeError(k)
            return x * k * y
        except RuntimeError:
            k += 1
            x = x * 1.5


@program([(0.7, 0.31)])
def step_that_is_taken_back(x, y):
    step = 0.9
    for _ in range(4):
        candidate = x
        try:
            candidate = x - step * (2.0 * x - y)
            if candidate**2 - y * candidate > 0.2:
                raise ArithmeticError
            x = candidate
        except ArithmeticError:
            step = step * 0.5
    return x * step
