"""NumPy itself: the same function objects under autograd's name for them, with numpy.linalg, numpy.fft and numpy.random."""

import sys
from typing import Any

import numpy
import numpy.fft as fft
import numpy.linalg as linalg
import numpy.random as random
from numpy import *  # noqa: F403

__all__ = list(numpy.__all__)

for _name, _module in (("fft", fft), ("linalg", linalg), ("random", random)):
    sys.modules[f"{__name__}.{_name}"] = _module


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(numpy, name)


def __dir__() -> list[str]:
    return dir(numpy)


def make_diagonal(D, offset=0, axis1=-1, axis2=-2):
    """Matrices with the last axis of `D` on their diagonals: the function that autograd.numpy adds to NumPy's."""
    if offset != 0 or axis1 != -1 or axis2 != -2:
        raise NotImplementedError("make_diagonal is for offset=0, axis1=-1, axis2=-2")
    return numpy.where(numpy.eye(numpy.shape(D)[-1], dtype=bool), D[..., None], 0.0)
