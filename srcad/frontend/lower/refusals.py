"""What differentiated code may not contain, and what to write instead: one table."""

from __future__ import annotations

import inspect
from typing import NoReturn

import gast

from srcad.errors import Location, UnsupportedError
from srcad.frontend.source import Source

_COROUTINE = (
    "`{}` is not supported in differentiated code",
    "Do the asynchronous work first and pass its results as arguments.",
)
_GENERATOR = (
    "`{}` is not supported in differentiated code: a generator has no one result",
    "Collect the values in a list and return it.",
)
_OWN_VARIABLES = (
    "`{}()` looks at or changes variables by their names, which differ in the derivative",
    "Name the variables that are meant, or put them in a dict of their own.",
)



def _about(what: str, entry: tuple[str, str]) -> tuple[str, str]:
    reason, advice = entry
    return reason.format(what), advice


# What is refused: the reason and the advice. The keys are classes of the syntax tree, or words for what has no class.
REFUSALS: dict[object, tuple[str, str]] = {
    gast.AsyncWith: _about("async with", _COROUTINE),
    gast.AsyncFor: _about("async for", _COROUTINE),
    gast.Await: _about("await", _COROUTINE),
    gast.TryStar: (
        "`except*` is not supported in differentiated code",
        "Handle exceptions in the function that asks for the derivative.",
    ),
    gast.AsyncFunctionDef: (
        "an async function defined inside a differentiated function is not supported",
        "Define it at the top level of the module, and call it outside the differentiated function.",
    ),
    gast.ClassDef: (
        "a class defined inside a differentiated function is not supported",
        "Define it at the top level of the module.",
    ),
    gast.Yield: _about("yield", _GENERATOR),
    gast.YieldFrom: _about("yield from", _GENERATOR),
    "bound alternatives": (
        "alternatives of a pattern bind names",
        "Write a case for each alternative.",
    ),
    "rest of a mapping": (
        "a pattern binds the rest of a mapping",
        "Name the keys, or use the mapping itself.",
    ),
    "left by finally": (
        "a `finally` clause leaves by `return`, `break` or `continue`, which drops exceptions",
        "Leave after the `try` statement.",
    ),
    "global write": (
        "the global `{}` is written to by a differentiated function",
        "Return the new value, and let the caller assign it.",
    ),
    "nonlocal write": (
        "`{}`, a variable of the enclosing function, is written to by a differentiated function",
        "Return the new value, and let the caller assign it.",
    ),
    "import": (
        "`{}` cannot be imported here: {}",
        "Import it at the top of the module.",
    ),
    "rule function": (
        "the body of a rule has no functions and no comprehensions inside",
        "Write a function at the top level of the module that does it, and call that.",
    ),
    "kept generator": (
        "a generator expression is kept, and can be gone through only once",
        "Write a list: `[... for ...]`.",
    ),
    "rule return": (
        "the body of a rule has no `return`: its results are the values of its `_bar` or `_dot` names",
        "Assign the result to one of those names.",
    ),
    "depth": (
        "`{}` is nested too deeply",
        "Split it into functions, or give names to parts of its expressions.",
    ),
    "exec": _about("exec", _OWN_VARIABLES),
    "eval": _about("eval", _OWN_VARIABLES),
    "locals": _about("locals", _OWN_VARIABLES),
    "globals": _about("globals", _OWN_VARIABLES),
    "vars": _about("vars", _OWN_VARIABLES),
    "dir": _about("dir", _OWN_VARIABLES),
    "super": (
        "`super()` without arguments is not supported in differentiated code",
        "Name the class: `Base.method(self, ...)`.",
    ),
}

# These mean the frame of their caller only when they are called without arguments.
FRAME_FUNCTIONS = frozenset({"locals", "globals", "vars", "dir", "super"})
ALWAYS_REFUSED = frozenset({"exec", "eval"})


def refuse(what: object, location: Location, *details: object) -> NoReturn:
    """Refuse something of the table, or any other node of the syntax tree."""
    if what in REFUSALS:
        reason, advice = REFUSALS[what]
    else:
        reason = f"this syntax ({getattr(what, '__name__', what)}) is not supported in differentiated code"
        advice = "Write it in another way, or move it out of the differentiated function."
    raise UnsupportedError(reason.format(*details), advice, location)


def refuse_generator(source: Source) -> None:
    """Refuse a function that is a generator; its `yield` need not be reachable to make it one."""
    if inspect.isgeneratorfunction(source.function):
        for node in gast.walk(source.node):
            if isinstance(node, gast.Yield | gast.YieldFrom):
                refuse(type(node), source.location(node))
