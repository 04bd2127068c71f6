"""What is left of autograd.util."""

from __future__ import annotations

import warnings

from srcad.compat.autograd.test_util import check_grads


def quick_grad_check(fun, arg0, extra_args=(), kwargs=None, **_) -> None:
    """Deprecated: ``check_grads(fun, modes=["rev"], order=1)(arg0, *extra_args)``."""
    warnings.warn("quick_grad_check is deprecated: use test_util.check_grads", DeprecationWarning, stacklevel=2)
    check_grads(fun, modes=("rev",), order=1)(arg0, *extra_args, **(kwargs or {}))
