"""Numerical programs and idioms as they are written, to second order."""

from __future__ import annotations

import ctypes
import heapq
import struct

import numpy as np
import pytest
from scipy.linalg import blas

import srcad
from srcad.errors import SrcadError

from . import idiom_programs, scientific_programs
from .check import CURVATURES, check, check_curvature
from .programs import Programs

programs = Programs([*scientific_programs.programs, *idiom_programs.programs])
X = np.array([0.3, 0.5, 0.7, 1.1])


@programs.each()
def test_program(case):
    function, args, options = case
    check(function, *args, **options)


@programs.each()
def test_second_order(case):
    function, args, options = case
    for how in CURVATURES:
        check_curvature(function, *args, how=how, **options)


def scaled_by_blas(x):
    y = x * 2.0
    blas.dscal(3.0, y)
    return y.sum()


def kept_as_bytes(x):
    y = bytearray(8)
    struct.pack_into("d", y, 0, x[0])
    return struct.unpack_from("d", y, 0)[0] * x[1]


def heap_from_the_end(x):
    heap = [x[0], x[1]]
    heapq._heapify_max(heap)
    return heap[0]


def shuffled(x):
    y = x * 2.0
    np.random.default_rng(0).shuffle(y)
    return y[0]


def through_an_address(x):
    y = x * 1.0
    ctypes.memset(y.ctypes.data, 0, 8)
    return y.sum()


@pytest.mark.parametrize("program", [scaled_by_blas, kept_as_bytes, shuffled, through_an_address, heap_from_the_end])
@pytest.mark.parametrize("derivative", [srcad.grad, lambda f: lambda x: srcad.tangent(f)(x, x)])
def test_what_c_does_to_a_value_is_refused(program, derivative):
    """It may write to what it is given: the derivative would be wrong."""
    with pytest.raises(SrcadError, match=r"in C|in place|does not see"):
        derivative(program)(X)
