"""Objects of Numba's in a program: its ranges are ranges, its functions their Python source; the others have none."""

from __future__ import annotations

#: What Numba makes of functions and classes, and what to write instead.
_WHAT = {
    "DUFunc": ("a ufunc made by numba.vectorize", "write it for arrays, with NumPy's functions, or as a loop under numba.njit"),
    "GUFunc": ("a ufunc made by numba.guvectorize", "write it as a loop under numba.njit"),
    "StencilFunc": ("a stencil of numba.stencil", "write it with slices, or as a loop under numba.njit"),
    "JitClassType": ("a class made by numba.experimental.jitclass", "use a dataclass, or pass the numbers themselves"),
}


def is_range(target) -> bool:
    """Is it `numba.prange`? What its trips add up is the same, one after the other."""
    return getattr(target, "__name__", "") == "prange" and (getattr(target, "__module__", None) or "").startswith("numba.")


def is_sealed(target) -> bool:
    """Has Numba made it of a function or a class whose source srcad does not look into?"""
    return type(target).__name__ in _WHAT and type(target).__module__.startswith("numba.")


def refuse(s, target) -> None:
    """Refuse a call of an object of Numba's that has no Python source."""
    if is_sealed(target):
        what, advice = _WHAT[type(target).__name__]
        raise s.refuse(f"{getattr(target, '__name__', 'this')} is {what}, which srcad does not look into", advice)
    if is_compiled_method(target):
        raise s.refuse(f"{target.__name__} {METHOD}", METHOD_ADVICE)


def is_compiled_method(target) -> bool:
    """Is it a method of an object that Numba compiles as a whole?"""
    names = getattr(getattr(target, "__func__", target), "__globals__", {})
    return names.get("__name__", "").startswith("numba.experimental.jitclass")


METHOD = "is a method of a class made by numba.experimental.jitclass, whose Python source srcad does not look into"
METHOD_ADVICE = "write it as a function under numba.njit of the numbers that it reads (obj.k), or use a dataclass"
