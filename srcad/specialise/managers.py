"""Context managers: what ``with`` enters and leaves.

Those that say how NumPy and Python warn are entered around the whole generated function. Objects of classes written in
Python are followed: their ``__enter__`` and ``__exit__`` are called like any method. A generator that
`contextlib.contextmanager` has wrapped is run up to its ``yield``, and on from there where the body ends.
"""

from __future__ import annotations

import contextlib
import inspect
import types
import warnings

import numpy as np

from srcad.errors import SrcadError
from srcad.frontend.lower import lower
from srcad.frontend.source import find_source
from srcad.specialise import objects
from srcad.specialise.callees import bind_arguments
from srcad.specialise.unpacking import truth
from srcad.specialise.values import Instance, Manager, Record, Suspended
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, Lit, Var, blocks, walk
from srcad.trace.kinds import Object

#: What wraps a generator that makes a context manager.
WRAPPER = contextlib.contextmanager(lambda: iter(())).__code__
AROUND = "enter it around the call of the derivative, and keep the computation in a function of its own"


def _made(cls):
    """A manager of the libraries', made in the program."""
    return lambda s, args, kwargs: Manager(cls, tuple(args), tuple(kwargs))


def is_suspended(target) -> bool:
    """Is it a generator function that `contextlib.contextmanager` has wrapped?"""
    return isinstance(target, types.FunctionType) and target.__code__ is WRAPPER and inspect.isgeneratorfunction(
        getattr(target, "__wrapped__", None))


def suspend(s, target, args: list, kwargs: list) -> Suspended:
    """The manager that a call of such a function makes."""
    function = target.__wrapped__
    trace = lower(find_source(function), suspended=True)
    s.program.guard_function(function)
    return Suspended(function, trace, tuple(bind_arguments(s, function, trace, args, kwargs)))


def _enter(s, args, kwargs):
    """What ``with manager as name`` binds."""
    manager = args[0]
    match manager:
        case Manager(cls=contextlib.nullcontext):
            return manager.args[0] if manager.args else dict(manager.kwargs).get("enter_result", Lit(None))
        case Manager(cls=np.errstate):
            _ignore_errors(s, manager)
            return Lit(None)
        case Manager(cls=warnings.catch_warnings):
            _catch_warnings(s, manager)
            return Lit(None)
        case Manager():
            return Lit(None)
        case Suspended():
            return _start(s, manager)
        case Record() | Instance():
            cls = objects.class_of_object(manager)
            if isinstance(objects.class_attribute(cls, "__exit__"), types.FunctionType) and isinstance(
                    objects.class_attribute(cls, "__enter__"), types.FunctionType):
                entered = objects.call_special(s, manager, "__enter__", [], "")
                _check_exit(s, manager)
                return entered
    raise s.refuse(f"what {_name(s, manager)} does on entry and exit is not known to srcad", AROUND)


def _name(s, manager) -> str:
    made = s.b.definition(manager) if isinstance(manager, Var) else None
    if made is not None:
        return getattr(made.fn, "__name__", "this context manager")
    value = getattr(manager, "value", None)
    return f"an object of {type(value).__name__}" if value is not None else "this context manager"


def _leave(s, args, kwargs):
    """The end of ``with manager``."""
    manager = args[0]
    match manager:
        case Manager(cls=warnings.catch_warnings):
            s.program.catching -= 1
        case Suspended():
            _finish(s, manager)
        case Record() | Instance():
            objects.call_special(s, manager, "__exit__", [Lit(None)] * 3, "")
    return Lit(None)


def _check_exit(s, manager) -> None:
    """Refuse a manager that may swallow exceptions: its ``__exit__`` must give nothing for one of which nothing is known."""
    heap = dict(s.heap)
    given = [Var("", Object(cls)) for cls in (type, BaseException, types.TracebackType)]
    try:
        with s.b.inside(Block()):
            swallows = truth(s, objects.call_special(s, manager, "__exit__", given, "")) is not False
    except SrcadError:
        swallows = True
    s.heap = heap
    if swallows:
        raise s.refuse(f"the __exit__ of {objects.class_of_object(manager).__name__} may swallow exceptions, or do with them "
                       "what cannot be followed", "let it return None, and catch exceptions by `try`")


# --- warnings ---------------------------------------------------------------------------------------------------------


def _literal(s, value, what: str):
    if not isinstance(value, Lit):
        raise s.refuse(f"the options of {what} are not known when the derivative is made", "write them as constants")
    return value.value


def _ignore_errors(s, manager: Manager) -> None:
    for name, value in manager.kwargs:
        match _literal(s, value, "np.errstate"):
            case "ignore":
                s.program.contexts.setdefault(np.errstate, {})[name] = Lit("ignore")
            case "warn":
                pass
            case _:
                raise s.refuse("errstate changes what happens in the body", "enter it around the call of the derivative")


def _catch_warnings(s, manager: Manager) -> None:
    named = dict(manager.kwargs)
    if manager.args or named.get("record", Lit(False)) != Lit(False):
        raise s.refuse("catch_warnings changes what happens in the body", "enter it around the call of the derivative")
    if "action" in named:
        _filter(s, _literal(s, named["action"], "catch_warnings"))
    s.program.catching += 1


def _filter(s, action) -> None:
    if action == "ignore":
        s.program.contexts.setdefault(warnings.catch_warnings, {})["action"] = Lit("ignore")
    elif action == "error":
        raise s.refuse("warnings are made errors in the body", "enter it around the call of the derivative")


def _set_filter(s, args, kwargs):
    """``warnings.simplefilter(action)`` inside `catch_warnings`."""
    if not s.program.catching:
        return NotImplemented
    action = args[0] if args else dict(kwargs).get("action", Lit(None))
    _filter(s, _literal(s, action, "warnings.simplefilter"))
    return Lit(None)


# --- generators -------------------------------------------------------------------------------------------------------


def _start(s, manager: Suspended):
    """Run the generator up to its ``yield``; what that gives."""
    stmts = manager.trace.body.stmts
    places = [k for k, stmt in enumerate(stmts) if _yields(stmt)]
    if len(places) != 1 or any(map(_yields, (stmt for part in stmts for block in blocks(part) for stmt in walk(block)))):
        raise s.refuse(f"{manager.function.__name__} does not have just one `yield`, which it always reaches",
                       "let it yield once, outside branches, loops and `try` with handlers")
    outer, place = s.env, s.b.loc
    s.env = {p.var: v for p, v in zip(manager.trace.params, manager.values, strict=True)}
    try:
        for stmt in stmts[:places[0]]:
            s.statement(stmt)
        given = s.value(stmts[places[0]].args[0])
        s.env[stmts[places[0]].target] = Lit(None)
        manager.state[:] = [s.env, stmts[places[0] + 1:]]
    finally:
        s.env, s.b.loc = outer, place
    return given


def all_yielded(s, function, args: list) -> list:
    """What a generator gives whose ``yield``s stand outside of branches and loops."""
    trace = lower(find_source(function), suspended=True)
    s.program.guard_function(function)
    if any(map(_yields, (stmt for part in trace.body.stmts for block in blocks(part) for stmt in walk(block)))):
        raise s.refuse(f"{function.__qualname__} yields in a branch or a loop", "let it return iter(...) of a list")
    values = bind_arguments(s, function, trace, args, [])
    outer, place, found = s.env, s.b.loc, []
    s.env = {p.var: v for p, v in zip(trace.params, values, strict=True)}
    try:
        for stmt in trace.body.stmts:
            if _yields(stmt):
                found.append(s.value(stmt.args[0]))
                s.env[stmt.target] = Lit(None)
            else:
                s.statement(stmt)
    finally:
        s.env, s.b.loc = outer, place
    return found


def _yields(stmt) -> bool:
    return isinstance(stmt, Apply) and stmt.fn is intrinsics.yielded


def _finish(s, manager: Suspended) -> None:
    """Run the rest of the generator."""
    outer, place = s.env, s.b.loc
    s.env, rest = manager.state
    try:
        for stmt in rest:
            s.statement(stmt)
    finally:
        s.env, s.b.loc = outer, place


SPECIAL: dict = {
    intrinsics.enter: _enter, intrinsics.leave: _leave, np.errstate: _made(np.errstate), np.printoptions: _made(np.printoptions),
    contextlib.nullcontext: _made(contextlib.nullcontext), warnings.catch_warnings: _made(warnings.catch_warnings),
    warnings.simplefilter: _set_filter, warnings.filterwarnings: _set_filter,
}
