"""What functions are called in messages."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from srcad.trace.ir import Function


def function_name(fn: Any) -> str:
    """A function's name for messages."""
    if isinstance(fn, Function):
        return fn.doc or fn.name
    module: str = getattr(fn, "__module__", None) or ""
    module = "" if module == "__main__" else module.lstrip("_")
    name: Any = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", f"an object of class {type(fn).__name__}")
    if isinstance(fn, np.ufunc):
        module = "numpy"
    if getattr(fn, "__objclass__", None) is np.ndarray:
        return f"the array method {name.rpartition('.')[2]}"
    return name if module in ("", "builtins", "operator") else f"{public_module(module, name, fn)}.{name}"


def public_module(module: str, name: str, fn) -> str:
    """The module that a user imports `fn` from, where its own is a private one: ``scipy.integrate``, not its ``_quadpack_py``."""
    parts = module.split(".")
    for n, part in enumerate(parts):
        if part.startswith("_") and n and getattr(sys.modules.get(".".join(parts[:n])), name, None) is fn:
            return ".".join(parts[:n])
    return module
