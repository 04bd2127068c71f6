"""What functions, operations and kinds are called in messages."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from srcad.trace.ir import Apply, Function
from srcad.trace.kinds import Array, DictOf, Kind, ListOf, Numeric, Struct, TupleOf, Unknown

#: What a lambda is called in generated code, where it needs a name.
LAMBDA = "lambda_"


def function_name(fn: Any) -> str:
    """A function's name for messages."""
    if isinstance(fn, Function):
        own = fn.doc or fn.name
        return "the lambda" if own == LAMBDA or own.endswith("<lambda>") else own
    module: str = getattr(fn, "__module__", None) or ""
    module = "" if module == "__main__" else module.lstrip("_")
    name: Any = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", f"an object of class {type(fn).__name__}")
    if isinstance(fn, np.ufunc):
        module = "numpy"
    if getattr(fn, "__objclass__", None) is np.ndarray:
        return f"the array method {name.rpartition('.')[2]}"
    return name if module in ("", "builtins", "operator") else f"{public_module(module, name, fn)}.{name}"


def call_name(fn: Function) -> str:
    """A function of the user's in messages about calls of it: ``f()``, or "the lambda"."""
    own = function_name(fn)
    return own if own == "the lambda" else f"{own}()"


def operation_name(stmt: Apply) -> str:
    """The user's operation that a statement is, or that a statement of a derivative belongs to."""
    while is_own(stmt.fn) and isinstance(stmt.origin, Apply) and stmt.origin is not stmt:
        stmt = stmt.origin
    return "this operation" if is_own(stmt.fn) else function_name(stmt.fn)


def is_own(fn) -> bool:
    """Is it a function of srcad's that generated code calls, and no user knows?"""
    return (getattr(fn, "__module__", None) or "").startswith(("srcad.runtime", "srcad.trace", "srcad.mutations"))


def public_module(module: str, name: str, fn) -> str:
    """The module that a user imports `fn` from, where its own is a private one: ``scipy.integrate``, not its ``_quadpack_py``."""
    parts = module.split(".")
    for n, part in enumerate(parts):
        if part.startswith("_") and n and getattr(sys.modules.get(".".join(parts[:n])), name, None) is fn:
            return ".".join(parts[:n])
    return module


def show_kind(kind: Kind) -> str:
    """A kind as a person would write it."""
    match kind:
        case Array(dtype=dtype, dims=dims):
            rank = "" if dims is None else f"[{', '.join(str(d) if isinstance(d, int) else ':' for d in dims)}]"
            return f"{dtype.name if dtype is not None else 'array'}{rank}"
        case TupleOf(items=items):
            return f"({', '.join(map(show_kind, items))}{',' if len(items) == 1 else ''})"
        case ListOf(items=None, element=element):
            return f"[{show_kind(element)}, ...]"
        case ListOf(items=items):
            return f"[{', '.join(map(show_kind, items or ()))}]"
        case DictOf(keys=keys, values=values):
            return f"{{{', '.join(f'{k!r}: {show_kind(v)}' for k, v in zip(keys, values))}}}"
        case Struct(cls=cls, names=names, items=items):
            return f"{cls.__name__}({', '.join(f'{n}={show_kind(k)}' for n, k in zip(names, items))})"
        case Numeric():
            return "a number or an array"
        case Unknown():
            return "a value of unknown kind"
    return repr(kind)
