"""Numerical programs as they are written, to second order."""

from __future__ import annotations

from .check import CURVATURES, check, check_curvature
from .scientific_programs import programs


@programs.each()
def test_program(case):
    function, args, options = case
    check(function, *args, **options)


@programs.each()
def test_second_order(case):
    function, args, options = case
    for how in CURVATURES:
        check_curvature(function, *args, how=how, **options)
