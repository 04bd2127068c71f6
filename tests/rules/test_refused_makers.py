"""What makes functions of functions is refused where it is called, with what to do instead."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import SrcadError


def square(t):
    return t * t


MADE = np.vectorize(square)


@pytest.mark.parametrize("function", [
    lambda x: np.vectorize(square)(x).sum(), lambda x: np.vectorize(lambda t: t * t)(x).sum(), lambda x: MADE(x).sum(),
    lambda x: np.frompyfunc(square, 1, 1)(x).sum(), lambda x: np.cov(x[0]), lambda x: np.corrcoef(x[0])])
def test_the_advice_is_to_call_the_function(function):
    with pytest.raises(SrcadError) as caught:
        srcad.grad(function)(np.ones(2))
    assert caught.value.advice.startswith(("call the function", "give an array"))
