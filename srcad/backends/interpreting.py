"""Calls from compiled code into the interpreter.

Compiled code names a function by a key and finds it here when it calls it, so that it can be kept on the disk: what it holds
is the key, whatever process it runs in. (Numba's own way, `objmode`, holds the function, and is compiled anew each time.)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

#: The functions, by their keys.
FUNCTIONS: dict[str, Callable] = {}
#: Makes keys of what is not kept on the disk.
_numbers = itertools.count()


def call(key: str, args: tuple):
    """What compiled code calls."""
    return FUNCTIONS[key](*args)


def enter(plain: Callable, result: str, key: str | None):
    """An intrinsic of Numba's that calls a function with the items of a tuple.

    Parameters
    ----------
    plain : callable
    result : str
        Numba's word for the kind of its result; "none" for what only writes.
    key : str or None
        Stands for the function in all processes; None if none does.
    """
    from numba.core import types
    from numba.extending import intrinsic

    kind = eval(result, {}, vars(types))
    name = key if key is not None else f"{plain.__name__} {next(_numbers)}"
    FUNCTIONS[name] = _fitting(plain, kind)

    @intrinsic
    def calling(typing, args):
        return kind(args), lambda context, builder, signature, values: _write(context, builder, signature, values, name)

    return calling


def _fitting(plain: Callable, kind) -> Callable:
    """The function, whose results are as they have been announced: compiled code takes them for that."""
    from numba.core import types
    from numba.np.numpy_support import as_dtype

    if isinstance(kind, types.Array):
        dtype = as_dtype(kind.dtype)

        def fitting(*args):
            found = plain(*args)
            if found.dtype != dtype or found.ndim != kind.ndim:
                raise TypeError(f"{plain.__name__} gives an array of {found.dtype} with {found.ndim} axes, not {kind}")
            return np.ascontiguousarray(found) if kind.layout == "C" else found
        return fitting
    if isinstance(kind, types.BaseTuple):
        return lambda *args: tuple(plain(*args))
    return plain


def _write(context, builder, signature, values, name: str):
    """Write the call, as Numba's lowering of `objmode` does."""
    from numba.core import cgutils, types

    api = context.get_python_api(builder)
    environment = context.get_env_manager(builder)
    held = api.gil_ensure()
    [kind], [value] = signature.args, values
    context.nrt.incref(builder, kind, value)                       # boxing takes a reference
    args = api.from_native_value(kind, value, environment)
    module = api.import_module(context.insert_const_string(builder.module, __name__))
    function = api.object_getattr_string(module, "call")
    key = api.string_from_string(context.insert_const_string(builder.module, name))
    found = api.call_function_objargs(function, (key, args))
    for used in (module, function, key, args):
        api.decref(used)
    with builder.if_then(cgutils.is_null(builder, found), likely=False):
        api.gil_release(held)
        context.call_conv.return_exc(builder)
    if signature.return_type == types.none:
        api.decref(found)
        api.gil_release(held)
        return context.get_dummy_value()
    native = api.to_native_value(signature.return_type, found)
    api.decref(found)
    if callable(native.cleanup):
        native.cleanup()
    api.gil_release(held)
    with builder.if_then(native.is_error, likely=False):
        context.call_conv.return_exc(builder)
    return native.value
