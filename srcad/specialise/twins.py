"""Copies of srcad's own helpers: what a saved module brings with it is what srcad has rules for.

A module that was saved holds the helpers that its text uses, as they stand in `srcad.runtime`. When it is differentiated
again, a function with the name, the code and the globals of such a helper is that helper.
"""

from __future__ import annotations

import dis
import functools
import types

from srcad import runtime

_HELPERS = {name: getattr(runtime, name) for name in runtime.__all__}


def helper_of(function: types.FunctionType) -> types.FunctionType | None:
    """The helper that a function is a copy of, or None."""
    helper = _HELPERS.get(function.__name__)
    if helper is None or helper is function:
        return None
    return helper if _is_copy(function, helper, set()) else None


def _is_copy(function, helper, compared: set) -> bool:
    """Are two functions the same, and all that they read from outside?"""
    if function is helper or id(function) in compared:
        return True
    compared.add(id(function))
    if not isinstance(function, types.FunctionType) or not isinstance(helper, types.FunctionType) or (
            function.__closure__ or function.__defaults__ != helper.__defaults__
            or function.__kwdefaults__ != helper.__kwdefaults__
            or _description(function.__code__) != _description(helper.__code__)):
        return False
    missing = object()
    for name in _names(function.__code__):
        mine, own = (f.__globals__.get(name, missing) for f in (function, helper))
        if mine is not own and not _is_copy(mine, own, compared):
            return False
    return True


def _description(code: types.CodeType) -> tuple:
    """What a code object does, wherever it was written."""
    constants = tuple(_description(c) if isinstance(c, types.CodeType) else (type(c), c) for c in code.co_consts)
    return (code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags,
            code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)


@functools.lru_cache(maxsize=256)
def _names(code: types.CodeType) -> frozenset[str]:
    """The globals that it reads; attributes may have the name of one."""
    own = frozenset(i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    return own.union(*(_names(c) for c in code.co_consts if isinstance(c, types.CodeType)))
