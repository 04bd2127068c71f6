"""An unknown dtype is not float64, although NumPy takes None for it."""

from __future__ import annotations

import numpy as np

from srcad.trace.kinds import Array, Scalar, join

KNOWN = np.dtype(np.float64)


def test_kinds_of_unknown_dtype_are_other_kinds():
    assert Array(None, (3,)) != Array(KNOWN, (3,))
    assert Scalar(float) != Scalar(float, KNOWN)
    assert len({Array(None, (3,)), Array(KNOWN, (3,))}) == 2


def test_what_covers_both_is_unknown():
    for a, b in ((None, KNOWN), (KNOWN, None)):
        assert join(Array(a, (3,)), Array(b, (3,))).dtype is None
        assert join(Scalar(float, a), Scalar(float, b)).dtype is None
