"""Generated source compiled by Numba.

The Trace is brought into a form that Numba compiles (`forms`, `tapes`), its text compiled at the first call. What Numba
would compute differently is refused here, before that; what it has no form of runs in the interpreter where that can be
arranged, and is an error of ours that names the user's line where not. Helpers of `srcad.runtime` have compiled forms in
`numba_runtime`.
"""

from __future__ import annotations

import types

from srcad.backends.boundary import flatten
from srcad.backends.compiled import Compiled, available, compile_text, declare
from srcad.backends.forms import Interpreted, lower
from srcad.backends.pages import use_large_pages
from srcad.backends.saved import use_copies, use_stacks
from srcad.backends.strips import use_strips
from srcad.backends.tapes import use_arrays
from srcad.backends.unbound import check_unbound
from srcad.emit import Module
from srcad.errors import UnsupportedError
from srcad.trace.ir import Function


def prepare(functions: list[Function], refused: frozenset) -> Interpreted:
    """Bring Traces into a form that Numba compiles; they mean the same. Functions may be added to the list.

    Parameters
    ----------
    functions : list of Function
    refused : frozenset of str
        Names of functions that Numba has turned out to have no form of.
    """
    available()
    declare()
    check(functions)
    interpreted = Interpreted(boundary=flatten(functions[0]))
    use_stacks(functions)
    use_copies(functions)
    for function in functions:
        check_unbound(function)
        use_arrays(function)
        use_large_pages(function)
    lower(functions, interpreted, refused)
    for function in functions:
        use_strips(function)
    for function, result in interpreted.functions:
        functions.append(function)
        interpreted.results[id(function)] = result
    return interpreted


def check(functions: list[Function]) -> None:
    """Refuse what Numba compiles to something that gives other numbers than Python."""
    for function in functions:
        if function.catches:
            raise UnsupportedError("an exception is caught and the computation goes on, which Numba does not compile as Python "
                                   "runs it", 'use backend="python"', function.loc)


def compile_module(functions: list[Function], interpreted: Interpreted, module: Module, main: types.FunctionType,
                   refused: frozenset, fastmath: tuple[str, ...]) -> Compiled:
    """The main function of a loaded module, compiled with all it calls."""
    results = {text.name: interpreted.results[id(function)]
               for text, function in zip(module.functions, functions, strict=True) if id(function) in interpreted.results}
    return compile_text(main, module.source, [text.name for text in module.functions], module.imports, results, refused,
                        fastmath, interpreted.boundary)
