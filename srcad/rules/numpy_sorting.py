"""Sorting, and what rests on it: order statistics. Equal elements share an adjoint equally.

Where two elements are equal, sorting is not differentiable: moving either one up makes it the later one. Every element
of a group of equal ones gets the mean of what the places of the group get.
"""

from __future__ import annotations

import numpy as np

from srcad.rules.registry import Call, defadjoint, deftangent, zero_derivative
from srcad.runtime import sort_like, unsort_like

zero_derivative(np.argsort, np.argpartition, np.searchsorted, np.lexsort, np.digitize, np.ndarray.argsort,
                np.ndarray.argpartition, np.ndarray.searchsorted)


@defadjoint(np.sort, complex=True, calls=(
    Call("np.sort(x)", x=(5,)),
    Call("np.sort(x, axis=0)", x=(3, 4)),
    Call("np.sort(x, axis=None)", x=(2, 3)),
    Call("np.sort(x, kind='stable')", x=(2, 4)),
    Call("np.sort(x)", x=(0,))))
def _sort(y, a, axis=-1, kind=None, *, stable=None):
    if axis is None:
        a_bar = np.reshape(unsort_like(y_bar, np.ravel(a), 0), np.shape(a))
    else:
        a_bar = unsort_like(y_bar, a, axis)


@deftangent(np.sort)
def _sort_tangent(y, a, axis=-1, kind=None, *, stable=None):
    if axis is None:
        y_dot = sort_like(np.ravel(a_dot), np.ravel(a), 0)
    else:
        y_dot = sort_like(a_dot, a, axis)
