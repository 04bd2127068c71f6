"""Rules' bodies that compute nothing: what they give is known without going through them."""

import operator

import pytest

from srcad.differentiate.splice import Template
from srcad.rules import families
from srcad.rules.registry import RULES
from srcad.trace.ir import Lit

families.load()


def named(y, x):
    return x


def constant(y, x):
    return -2.0


def several(y, x, n=None):
    return n, x, None, 1.0


def one_of_one(y, x):
    return (x,)


def computed(y, x):
    return x, y * x


def nested(y, x):
    return x, (x, 1.0)


@pytest.mark.parametrize(("body", "expected"), [
    (named, 1), (constant, Lit(-2.0)), (several, (2, 1, Lit(None), Lit(1.0))), (one_of_one, (1,)), (computed, None),
    (nested, None), (RULES[operator.mul].partials, (2, 1)), (RULES[operator.add].partials, (Lit(1.0), Lit(1.0)))])
def test_what_a_body_chooses(body, expected):
    assert Template(body, "partials").chosen == expected
