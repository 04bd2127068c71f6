"""What is refused, at the user's line, rather than run for ever, differentiated as zero, or taken for something else."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import srcad
from srcad.errors import SrcadError


def counted(x):
    return sum(a * b for a, b in zip([x, x], itertools.count(1)))


def cycled(x):
    return sum(a * b for a, b in zip([x, x], itertools.cycle([1.0, 2.0])))


def repeated(x):
    return sum(a * b for a, b in zip([x, x], itertools.repeat(2.0)))


def taken_while(x):
    return sum(itertools.takewhile(lambda v: v < 2.0, [x, 3.0]))


@pytest.mark.parametrize(("f", "reason"), [
    (counted, "does not end"), (cycled, "does not end"), (repeated, "does not end"), (taken_while, "depends on the items")])
def test_iterators_without_end(f, reason):
    for derivative in (srcad.grad(f), lambda x: srcad.jvp(f, (x,), (1.0,))):
        with pytest.raises(SrcadError, match=reason) as refused:
            derivative(1.0)
        assert refused.value.location.filename == __file__ and refused.value.advice


def as_matrix(x):
    return np.asmatrix(x)


def by_blocks(x):
    return np.bmat([[x, x]])


@pytest.mark.parametrize("f", [as_matrix, by_blocks])
def test_matrices_are_not_results_without_a_derivative(f):
    with pytest.raises(SrcadError, match="not plain"):
        srcad.jvp(f, (np.eye(2),), (np.eye(2),))


def polynomial_of(c):
    return np.poly1d(c)(0.5)


def test_an_object_made_of_the_argument_is_not_the_one_that_kinds_were_tried_with():
    with pytest.raises(SrcadError, match="an object of class poly1d is called, and what that computes is not known"):
        srcad.grad(polynomial_of)(np.ones(3))
