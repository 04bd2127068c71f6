"""Checking one derivative rule: a rule of `srcad.rules`, or a custom_vjp or custom_jvp function."""

from __future__ import annotations

from typing import Any

from srcad.custom import custom_jvp, custom_vjp
from srcad.errors import ArgumentError
from srcad.rules import families
from srcad.rules.registry import find_rule
from srcad.testing import check_grads


def check_rule(fn: Any, *args: Any, order: int = 2, argnums: Any = None, kwargs: dict[str, Any] | None = None,
               rtol: float | None = None, atol: float | None = None) -> None:
    """Check the derivative rule of a function at a point: against differences, and one mode against the other.

    Parameters
    ----------
    fn : callable
        The function that has the rule.
    *args
        The point; away from kinks and jumps.
    order : int
        Up to which order of derivative to check.
    argnums, kwargs, rtol, atol
        As for :func:`srcad.check_grads`.

    Raises
    ------
    AssertionError
        If the rule is wrong. The message says in which mode, for which argument, and shows both numbers.
    ArgumentError
        If the function has no rule.
    """
    families.load()
    check_grads(fn, args, order=order, modes=_modes(fn), argnums=argnums, kwargs=kwargs, rtol=rtol, atol=atol)


def _modes(fn: Any) -> tuple[str, ...]:
    """The modes that the rule serves."""
    if isinstance(fn, custom_vjp):
        return ("rev",)
    if isinstance(fn, custom_jvp):
        return ("fwd", "rev")
    rule = find_rule(fn)
    if rule is None:
        raise ArgumentError(f"{getattr(fn, '__name__', fn)!s} has no derivative rule", "declare one with srcad.rules")
    if rule.kind != "written":
        return ("fwd", "rev")
    return (("fwd",) if rule.tangent is not None else ()) + (("rev",) if rule.adjoint is not None else ())
