"""srcad: source-transformation automatic differentiation for Python.

`srcad` reads the source of a Python function and writes the source of its derivative: ``grad(f)`` is a function whose
text can be printed, stepped through and shipped. Either the derivative is exact, or srcad refuses with an error that
points at the line in question.
"""

from typing import TYPE_CHECKING, Any

from srcad import rules
from srcad.api import (
    adjoint,
    compiled,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    stop_gradient,
    tangent,
    trace,
    value_and_grad,
    vjp,
)
from srcad.checkpointing import checkpoint, checkpointed
from srcad.derivative import Derivative
from srcad.errors import SrcadError

if TYPE_CHECKING:
    from srcad.custom import custom_jvp, custom_vjp
    from srcad.rulecheck import check_rule
    from srcad.taping import memory
    from srcad.testing import check_grads

__version__ = "0.1.0"

__all__ = [
    "Derivative",
    "SrcadError",
    "adjoint",
    "check_grads",
    "check_rule",
    "checkpoint",
    "checkpointed",
    "compiled",
    "custom_jvp",
    "custom_vjp",
    "elementwise_grad",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "memory",
    "rules",
    "stop_gradient",
    "tangent",
    "trace",
    "value_and_grad",
    "vjp",
]

#: What needs the compiler to be defined, or is not needed by most programs, and where it is: loaded when asked for.
_LATER = {"check_grads": "testing", "custom_jvp": "custom", "custom_vjp": "custom", "check_rule": "rulecheck", "memory": "taping"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'srcad' has no attribute {name!r}")
    import importlib

    found = globals()[name] = getattr(importlib.import_module(f"srcad.{_LATER[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
