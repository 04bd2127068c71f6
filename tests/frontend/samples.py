"""Functions for the tests to find: a module that pytest does not rewrite. Lines and columns matter."""

# fmt: off

import functools

import numpy as np

SCALE = 3.0


def square(x):
    return x * x


def make_power(n):
    def power(x):
        return x**n

    return power


def calls_numpy(x):
    return np.sin(x) + np.linalg.norm(x)


three = [lambda x: x * 2, lambda x: x * 3, lambda x: x * 4]
same = [lambda x: x + 1, lambda x: x + 1]
same_body_other_names = [lambda x: x + 1, lambda y: y + 1]
same_code_other_defaults = [lambda x, a=1: x * a, lambda x, a=2: x * a]
constants = [lambda x: 1.0, lambda x: 2.0, lambda x: True, lambda x: 1, lambda x: 0.0, lambda x: -0.0]
nested_lambda = lambda x: lambda y: lambda z: x * y * z  # noqa: E731
lambda_in_lambda_of_same_form = lambda x: (lambda x: x)(x)  # noqa: E731


def with_lambda_default(x, f=lambda x: x + 10): return f(x)


lambda_with_lambda_default = lambda x, f=lambda x: x + 20: f(x)  # noqa: E731

spanning = (lambda x:  # noqa: E731
            x
            + 1)


def identity(*functions):
    return functions


wrapped_call = identity(
    lambda x: x * 5,
    lambda x: (
        x * 6
    ), lambda x: x * 7,
)


def doubled(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2 * f(*args, **kwargs)

    return wrapper


@doubled
def doubled_square(x):
    return x * x


def unchanged(f):
    return f


@unchanged
@(lambda f: f)
def twice_decorated(x):
    """Has a docstring."""
    return x + SCALE


class Model:
    factor = 2.0

    def __init__(self):
        self.__weight = 5.0

    def method(self, x):
        return self.factor * x

    def private(self, __x):
        return self.__weight * __x

    def parent(self):
        return super().__repr__()

    @staticmethod
    def static(x):
        return x + 1

    @classmethod
    def made(cls, x):
        return cls.factor * x

    as_attribute = lambda self, x: self.factor + x  # noqa: E731


def with_class_inside(x):
    class Point:
        def __init__(self, a):
            self.zeta, self.alpha, self.mid = a, a, a

    return Point(x).alpha


if SCALE > 1:
    def under_if(x): return x + 1
else:
    def under_if(x): return x - 1


def text_at_column_zero(x):
    text = """
def text_at_column_zero(x):
    return 0
"""
    return x + len(text)


def naïve(é): return "ééé", é + 1, lambda é: é


def with_assert(x):
    assert x > 0, "positive"
    return x * 2


async def coroutine(x):
    return x
