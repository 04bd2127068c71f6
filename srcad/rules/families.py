"""srcad's own rules, loaded when the first derivative is made."""

from __future__ import annotations

import importlib
import sys

from srcad.rules import registry

#: Modules of rules; the second of a pair is a library that must have been imported already.
FAMILIES = (
    ("operators", None), ("builtins", None), ("math", None), ("cmath", None), ("numpy_elementwise", None),
    ("numpy_reductions", None), ("numpy_shapes", None), ("numpy_products", None), ("numpy_creation", None),
    ("numpy_sorting", None), ("numpy_calculus", None), ("numpy_linalg_systems", None),
    ("numpy_linalg_factorisations", None), ("numpy_linalg_norms", None), ("numpy_fft", None),
    ("numpy_statistics", None), ("numpy_nan", None), ("numpy_selection", None), ("numpy_functions", None),
    ("numpy_linalg_more", None), ("numpy_polynomials", None), ("numpy_ufuncs", None), ("statistics", None),
    ("framework", None), ("runtime_rules", None), ("classification", None), ("scipy_special", "scipy.special"),
    ("scipy_linalg", "scipy.linalg"), ("scipy_stats", "scipy.stats"), ("scipy_signal", "scipy.signal"),
)
_loaded: set[str] = set()


def load() -> None:
    """Register the rules of every family whose library is there."""
    wanted = [name for name, library in FAMILIES
              if name not in _loaded and (library is None or library in sys.modules)]
    if not wanted:
        return
    with registry.own():
        for name in wanted:
            _loaded.add(name)
            module = importlib.import_module(f"srcad.rules.{name}")
            if hasattr(module, "load"):
                module.load()
