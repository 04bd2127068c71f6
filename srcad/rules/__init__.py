"""Derivative rules: the notation, public, and srcad's own tables, one module per family."""

from srcad.rules.registry import Call, defadjoint, deftangent, elementwise, linear, multilinear, zero_derivative

__all__ = ["Call", "defadjoint", "deftangent", "elementwise", "linear", "multilinear", "zero_derivative"]
