"""Execute a Trace directly: what it means, without printing it first.

Used by tests (a lowered function must do what the user's function does) and to show the values of an evaluation trace.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from srcad.trace import intrinsics, ir

OnApply = Callable[[ir.Apply, tuple, Any], None]
_Environment = dict[ir.Var, Any]


def run(
    function: ir.Function,
    *args,
    on_apply: OnApply | None = None,
    given: dict[ir.Param, Any] | None = None,
    defaults: dict[str, Any] | None = None,
    **kwargs,
) -> Any:
    """Call a Trace.

    Parameters
    ----------
    function : ir.Function
        Typed or not.
    *args, **kwargs
        Bound to the parameters as Python binds them; a parameter's name is its hint.
    on_apply : callable, optional
        Called after each operation as ``on_apply(statement, arguments, value)``; keyword arguments are left out.
    given : dict, optional
        Values of parameters that are not bound by the call: the cells of an inner function.
    defaults : dict, optional
        Defaults of an inner function, by name.
    """
    env = _bind(function, args, kwargs, given or {}, defaults or {})
    _block(function.body, env, on_apply)
    return _read(function.result, env)


def _bind(function: ir.Function, args: tuple, kwargs: dict, fixed: dict, defaults: dict) -> _Environment:
    env: _Environment = {}
    given, named = list(args), dict(kwargs)
    P = inspect.Parameter
    for param in function.params:
        name = param.var.hint
        if param in fixed:
            env[param.var] = fixed[param]
            continue
        match param.style:
            case P.VAR_POSITIONAL:
                env[param.var], given = tuple(given), []
            case P.VAR_KEYWORD:
                env[param.var], named = named, {}
            case style if given and style != P.KEYWORD_ONLY:
                if name in named and style == P.POSITIONAL_OR_KEYWORD:
                    raise TypeError(f"{function.name}() got multiple values for argument {name!r}")
                env[param.var] = given.pop(0)
            case style if name in named and style != P.POSITIONAL_ONLY:
                env[param.var] = named.pop(name)
            case _ if name in defaults:
                env[param.var] = defaults[name]
            case _:
                if param.default is None:
                    raise TypeError(f"{function.name}() missing a required argument: {name!r}")
                env[param.var] = param.default.value
    if given or named:
        raise TypeError(f"{function.name}() got unexpected arguments: {[*given, *named]}")
    return env


# --- atoms ------------------------------------------------------------------------------------------------------------


def _read(atom: ir.Atom, env: _Environment) -> Any:
    """The value of an atom that is needed: a variable must have one."""
    value = _peek(atom, env)
    if value is ir.UNDEF and isinstance(atom, ir.Var):
        message = f"cannot access local variable {atom.hint!r} where it is not associated with a value"
        raise UnboundLocalError(message)
    return value


def _peek(atom: ir.Atom, env: _Environment) -> Any:
    """The value of an atom; UNDEF if it has none."""
    match atom:
        case ir.Var():
            return env[atom]
        case ir.Lit() | ir.Ref():
            return atom.value
        case ir.FreeName():
            free: Any = atom.free
            return free.read()
    raise TypeError(f"not an atom: {atom!r}")


# --- statements -------------------------------------------------------------------------------------------------------


def _block(block: ir.Block, env: _Environment, on_apply: OnApply | None) -> None:
    for stmt in block.stmts:
        match stmt:
            case ir.Apply():
                _apply(stmt, env, on_apply)
            case ir.If():
                arm = stmt.then if _read(stmt.cond, env) else stmt.orelse
                _block(arm, env, on_apply)
                _assign(stmt.targets, arm.yields, env)
            case ir.For():
                _assign(stmt.carried, stmt.inits, env)
                iterables = [_read(source.iterable, env) for source in stmt.sources]
                for items in zip(*iterables) if len(iterables) > 1 else ((item,) for item in iterables[0]):
                    for source, item in zip(stmt.sources, items):
                        _bind_pattern(source.target, item, env)
                    if _trip(stmt, env, on_apply):
                        break
            case ir.Attempt():
                env[stmt.target] = _attempt(stmt, env, on_apply)
            case ir.While():
                _assign(stmt.carried, stmt.inits, env)
                while True:
                    _block(stmt.test, env, on_apply)
                    if not _read(stmt.test.yields[0], env) or _trip(stmt, env, on_apply):
                        break


def _attempt(stmt: ir.Attempt, env: _Environment, on_apply: OnApply | None) -> tuple:
    try:
        _block(stmt.body, env, on_apply)
    except BaseException as error:
        for k, cls in enumerate(stmt.classes):
            if isinstance(error, _read(cls, env)):
                return (k + 1, error, *[None] * len(stmt.body.yields))
        raise
    return (0, None, *(_peek(a, env) for a in stmt.body.yields))


def _trip(loop: ir.For | ir.While, env: _Environment, on_apply: OnApply | None) -> bool:
    """One trip through the body; true if the loop is to be left."""
    _block(loop.body, env, on_apply)
    stop = loop.stop is not None and bool(_read(loop.stop, env))
    _assign(loop.carried, loop.body.yields, env)
    return stop


def _assign(targets: tuple, atoms: tuple, env: _Environment) -> None:
    for target, value in zip(targets, [_peek(atom, env) for atom in atoms], strict=True):
        env[target] = value


def _bind_pattern(target: ir.Var | tuple, item: Any, env: _Environment) -> None:
    if isinstance(target, ir.Var):
        env[target] = item
    else:
        for part, value in zip(target, item, strict=True):
            _bind_pattern(part, value, env)


# --- operations -------------------------------------------------------------------------------------------------------


def _apply(stmt: ir.Apply, env: _Environment, on_apply: OnApply | None) -> None:
    fn: Any = stmt.fn
    if isinstance(fn, ir.Var | ir.Lit | ir.Ref | ir.FreeName):
        fn = _read(fn, env)
    if fn is intrinsics.build_dict:
        args: tuple = tuple(stmt.args)
        value: Any = _build_dict(stmt.args, env)
    else:
        args = tuple(_arguments(stmt.args, env))
        kwargs: dict = {}
        for name, atom in stmt.kwargs:
            new = dict(_read(atom, env)) if name is None else {name: _read(atom, env)}
            if repeated := kwargs.keys() & new.keys():
                raise TypeError(f"got multiple values for keyword argument {min(repeated)!r}")
            kwargs |= new
        if fn is intrinsics.raise_:
            _raise(*args)
        value = run(fn, *args, on_apply=on_apply, **kwargs) if isinstance(fn, ir.Function) else fn(*args, **kwargs)
    env[stmt.target] = value
    if on_apply is not None:
        on_apply(stmt, args, value)


def _arguments(args: tuple, env: _Environment) -> Iterable:
    for arg in args:
        if isinstance(arg, ir.Star):
            yield from _read(arg.atom, env)
        else:
            yield _read(arg, env)


def _build_dict(args: tuple, env: _Environment) -> dict:
    result: dict = {}
    rest = iter(args)
    for key in rest:
        if isinstance(key, ir.Star):
            result.update(_read(key.atom, env))
        else:
            result[_read(key, env)] = _read(next(rest), env)
    return result


def _raise(exception: Any, cause: Any) -> NoReturn:
    if exception is ir.UNDEF:
        raise RuntimeError("No active exception to reraise")
    if cause is ir.UNDEF:
        raise exception
    raise exception from cause
