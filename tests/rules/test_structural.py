"""The structural rules' bodies against differences, without the compiler; and the functions of `srcad.runtime`."""

from __future__ import annotations

import importlib
import warnings

import numpy as np
import pytest
from rules.bodies import direct_checks

from srcad.rules.registry import RULES

MODULES = ["numpy_reductions", "numpy_shapes", "numpy_products", "numpy_creation", "numpy_sorting", "numpy_calculus",
           "numpy_linalg_systems", "numpy_linalg_factorisations", "numpy_linalg_norms", "numpy_fft"]
BODIES = {importlib.import_module(f"srcad.rules.{name}").__name__ for name in MODULES}


def forms():
    for rule in RULES.values():
        if rule.adjoint is not None and rule.adjoint.__module__ in BODIES:
            for call in rule.calls:
                name = getattr(rule.fn, "__qualname__", None) or rule.fn.__name__
                yield pytest.param(rule, call, id=f"{name}: {call.expression} {list(call.operands.values())}")


@pytest.mark.parametrize(("rule", "call"), list(forms()))
@pytest.mark.parametrize("dtype", [float, complex])
def test_bodies(rule, call, dtype):
    if dtype is complex and not rule.complex:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        direct_checks(rule, call, np.random.default_rng(3), dtype)
