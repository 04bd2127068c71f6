"""What differentiated code may not contain, and what to write instead: one table."""

from __future__ import annotations

import inspect
from typing import NoReturn

import gast

from srcad.errors import Location, UnsupportedError
from srcad.frontend.source import Source

_COMPREHENSION = (
    "a {} is not supported in differentiated code",
    "Write it as a loop, or as one operation on a whole array: `np.sin(xs)` instead of `[math.sin(x) for x in xs]`.",
)
_TRY = (
    "`try` is not supported in differentiated code",
    "Test for the exceptional case with `if` before it arises, or handle the exception in the function that asks for "
    "the derivative.",
)
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

# What is refused: the reason and the advice. The keys are classes of the syntax tree, or words for what has no class.
REFUSALS: dict[object, tuple[str, str]] = {
    gast.With: (
        "`with` is not supported in differentiated code",
        "Enter the context around the call of the derivative, and keep the computation in a function of its own.",
    ),
    gast.AsyncWith: tuple(s.format("async with") for s in _COROUTINE),
    gast.AsyncFor: tuple(s.format("async for") for s in _COROUTINE),
    gast.Await: tuple(s.format("await") for s in _COROUTINE),
    gast.Try: _TRY,
    gast.TryStar: _TRY,
    gast.FunctionDef: (
        "a function defined inside a differentiated function is not supported",
        "Define it at the top level of the module, and pass what it uses of its surroundings as arguments.",
    ),
    gast.AsyncFunctionDef: (
        "an async function defined inside a differentiated function is not supported",
        "Define it at the top level of the module, and call it outside the differentiated function.",
    ),
    gast.Lambda: (
        "a `lambda` inside a differentiated function is not supported",
        "Define a function at the top level of the module, and pass what it uses of its surroundings as arguments.",
    ),
    gast.ClassDef: (
        "a class defined inside a differentiated function is not supported",
        "Define it at the top level of the module.",
    ),
    gast.ListComp: tuple(s.format("list comprehension") for s in _COMPREHENSION),
    gast.SetComp: tuple(s.format("set comprehension") for s in _COMPREHENSION),
    gast.DictComp: tuple(s.format("dict comprehension") for s in _COMPREHENSION),
    gast.GeneratorExp: tuple(s.format("generator expression") for s in _COMPREHENSION),
    gast.Yield: tuple(s.format("yield") for s in _GENERATOR),
    gast.YieldFrom: tuple(s.format("yield from") for s in _GENERATOR),
    gast.Match: (
        "`match` is not supported in differentiated code",
        "Write the cases as `if` and `elif`.",
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
    "rule return": (
        "the body of a rule has no `return`: its results are the values of its `_bar` or `_dot` names",
        "Assign the result to one of those names.",
    ),
    "exec": tuple(s.format("exec") for s in _OWN_VARIABLES),
    "eval": tuple(s.format("eval") for s in _OWN_VARIABLES),
    "locals": tuple(s.format("locals") for s in _OWN_VARIABLES),
    "globals": tuple(s.format("globals") for s in _OWN_VARIABLES),
    "vars": tuple(s.format("vars") for s in _OWN_VARIABLES),
    "dir": tuple(s.format("dir") for s in _OWN_VARIABLES),
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
