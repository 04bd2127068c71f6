"""Checks of derivatives against numbers, and the strict comparison that they rest on.

What enters is a function and a point; what leaves is nothing, or an ``AssertionError`` that names the mode, the
argument, the worst element and both numbers. The one idea: three things that are computed differently must agree. The
tangent must be what central differences say, the adjoint must be what central differences say, and tangent and adjoint
must satisfy ``<y_bar, J x_dot> == <J^T y_bar, x_dot>`` (the dot-product test) to rounding. The same is then asked of
the generated functions themselves, one order higher.

    check_grads(lambda x, y: x * np.sin(y), (np.arange(3.0), 0.5))

Values may be tuples, lists and dicts of floats, complex numbers and arrays, to any depth. Comparison is strict:
container types, shapes (nothing broadcasts), dtypes and the positions of NaN must be the same.
"""

from __future__ import annotations

from srcad.testing.comparison import assert_same
from srcad.testing.gradients import check_grads
from srcad.testing.numerical import adjoint_by_basis, complex_step_jvp, numerical_jvp
from srcad.testing.structures import pairing, random_like

__all__ = [
    "adjoint_by_basis",
    "assert_same",
    "check_grads",
    "complex_step_jvp",
    "numerical_jvp",
    "pairing",
    "random_like",
]
