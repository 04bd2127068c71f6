"""Registration of programs that are checked, one hazard each."""

from __future__ import annotations

import numpy as np
import pytest

from .check import check

X = np.array([0.3, 0.5, 0.7, 1.1])
Y = np.array([0.2, -0.4, 0.9, 0.6])
A = np.arange(12.0).reshape(3, 4) / 10 + 0.1


class Programs(list):
    """Programs of one file; ``@programs(X, Y)`` adds one with its arguments."""

    def __call__(self, *args, **options):
        def add(function):
            self.append((function, args, options))
            return function
        return add

    def each(self):
        """A mark that gives a test each of the programs."""
        return pytest.mark.parametrize("case", self, ids=lambda case: case[0].__name__)


def check_case(case) -> None:
    function, args, options = case
    check(function, *args, **options)
