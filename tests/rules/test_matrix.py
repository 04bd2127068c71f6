"""The rule matrix: every call form of every rule, in both modes, against differences and against each other.

By default every form is checked to first order in double precision, and the first forms of every rule to second order,
in single precision and with complex numbers; ``-m slow`` checks everything.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from rules.matrix import CASES

from srcad.testing import check_grads


def check(case, order, dtype=float, zero_dim=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_grads(case.run, case.operands(dtype, zero_dim), order=order, argnums=case.argnums)


def selected(wanted, first=None):
    """The wanted cases, those past the `first` few of their rule only when slow tests are run."""
    seen: dict = {}
    for case in CASES:
        body = case.rule.partials or case.rule.adjoint
        if wanted(case):
            seen[body] = seen.get(body, 0) + 1
            slow = first is not None and seen[body] > first
            yield pytest.param(case, id=str(case), marks=pytest.mark.slow if slow else ())


@pytest.mark.parametrize("case", list(selected(lambda case: True)))
def test_first_order(case):
    check(case, 1)


@pytest.mark.parametrize("case", list(selected(lambda case: case.rule.order >= 2, first=2)))
def test_second_order(case):
    check(case, 2)


@pytest.mark.parametrize("case", list(selected(lambda case: case.rule.complex, first=2)))
def test_complex(case):
    check(case, 1, complex)


@pytest.mark.parametrize("case", list(selected(lambda case: case.rule.complex and case.rule.order >= 2, first=0)))
def test_complex_second_order(case):
    check(case, 2, complex)


@pytest.mark.parametrize("case", list(selected(lambda case: any(case.call.operands.values()), first=2)))
def test_single_precision(case):
    check(case, 1, np.float32)


@pytest.mark.parametrize("case", list(selected(
    lambda case: () in case.call.operands.values() and isinstance(case.rule.fn, np.ufunc), first=1)))
def test_zero_dimensional(case):
    check(case, 1, zero_dim=True)
