"""``with``: managers of the libraries, objects with ``__enter__`` and ``__exit__``, generators."""

import contextlib
import warnings

import numpy as np

from corpus.registry import program


class Doubled:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        self.value = self.value * 2.0
        return self

    def __exit__(self, kind, value, traceback):
        self.value = self.value * 3.0


class Depth:
    def __init__(self):
        self.depth = 0.0

    def __enter__(self):
        self.depth = self.depth + 1.0

    def __exit__(self, *details):
        self.depth = self.depth - 0.5
        return False


@contextlib.contextmanager
def shifted(value, by=1.0):
    moved = value + by
    yield moved * value
    moved = moved * 2.0


@contextlib.contextmanager
def logged(history, value):
    history.append(value)
    try:
        yield
    finally:
        history.append(value * value)


@program([(0.7,)])
def errors_ignored(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x) * x
    return y


@program([(np.array([-1.0, 0.5, 2.0]),)], complex_step=False)
def division_that_warns(x):
    with np.errstate(all="ignore"):
        y = np.where(x > 0.0, np.log(x), 0.0)
    return np.sum(y * x[1])


@program([(0.7,)])
def manager_in_a_variable(x):
    quiet = np.errstate(all="ignore")
    with quiet:
        return np.log(x) * x


@program([(0.7,)])
def warnings_ignored(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.sqrt(x)
    return y * x


@program([(0.7,)])
def null_context_with_a_value(x):
    with contextlib.nullcontext(x * x) as y:
        return y * x


@program([(0.7,)])
def object_with_state(x):
    d = Doubled(x * x)
    with d as inner:
        y = inner.value * x
    return y + d.value


@program([(0.7, 3)], argnums=(0,))
def object_in_a_loop(x, n):
    depth, total = Depth(), x
    for _ in range(n):
        with depth:
            total = total * x + depth.depth
    return total


@program([(0.7,), (-0.7,)])
def left_by_return(x):
    d = Doubled(x)
    with d:
        if x > 0.0:
            return d.value * x
        d.value = d.value * x
    return d.value


@program([(0.7, 4), (1.7, 4)], argnums=(0,))
def left_by_break(x, n):
    d = Doubled(x)
    for _ in range(n):
        with d:
            if d.value > 10.0:
                break
            d.value = d.value * x
    return d.value


@program([(0.7, 2.0)])
def two_managers(x, y):
    with Doubled(x) as a, shifted(y, by=x) as b:
        return a.value * b + x


@program([(0.7,)])
def generator_manager(x):
    with shifted(x) as y:
        z = y * x
    return z * z


@program([(0.7,)])
def generator_with_finally(x):
    history = []
    with logged(history, x):
        y = x * 3.0
    return history[0] * y + history[1]


@program([(0.7,)])
def nested_managers(x):
    with shifted(x) as y:  # noqa: SIM117
        with shifted(y, x) as z, np.errstate(all="ignore"):
            y = y * z
    return y


@program([(2.0,), (-2.0,)], complex_step=False)
def suppressed(x):
    y = x
    with contextlib.suppress(ValueError, ZeroDivisionError):
        if x < 0.0:
            raise ValueError
        y = np.log(x) * x
    return y * x
