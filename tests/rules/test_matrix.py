"""The rule matrix: every call form of every rule, in both modes, against differences and against each other.

By default every form is checked to first order in double precision, and the first forms of every rule to second order,
in single precision and with complex numbers; ``-m slow`` checks everything.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from rules.matrix import CASES

from srcad.testing import check_grads, random_like


def check(case, dtype=float, zero_dim=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_grads(case.run, case.operands(dtype, zero_dim), order=1, argnums=case.argnums)


def check_second(case, dtype=float):
    """The tangent and the adjoint, as functions of operands and tangents or seed, in both modes."""
    operands, count = case.operands(dtype), len(case.call.operands)
    rng = np.random.default_rng(5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tangents = tuple(random_like(operands[k], rng) for k in case.argnums)
        check_grads(case.tangent, operands + tangents, order=1,
                    argnums=(*case.argnums, *range(count, count + len(tangents))))
        seed = random_like(case.run(*operands), rng)
        check_grads(case.adjoint, (*operands, seed), order=1, argnums=(*case.argnums, count))


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
    check(case)


@pytest.mark.parametrize("case", list(selected(lambda case: case.rule.order >= 2, first=2)))
def test_second_order(case):
    check_second(case)


@pytest.mark.parametrize("case", list(selected(lambda case: case.rule.complex, first=2)))
def test_complex(case):
    check(case, complex)


@pytest.mark.parametrize("case", list(selected(lambda case: case.rule.complex and case.rule.order >= 2, first=0)))
def test_complex_second_order(case):
    check_second(case, complex)


@pytest.mark.parametrize("case", list(selected(lambda case: any(case.call.operands.values()), first=2)))
def test_single_precision(case):
    check(case, np.float32)


@pytest.mark.parametrize("case", list(selected(
    lambda case: () in case.call.operands.values() and isinstance(case.rule.fn, np.ufunc), first=1)))
def test_zero_dimensional(case):
    check(case, zero_dim=True)
