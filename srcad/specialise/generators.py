"""Generators of the user's: one that makes a context manager, run up to its ``yield`` and on; what an ``__iter__`` yields."""

from __future__ import annotations

import contextlib
import inspect
import types

from srcad.frontend.lower import lower
from srcad.frontend.source import find_source
from srcad.specialise.callees import bind_arguments
from srcad.specialise.values import Suspended
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Lit, blocks, walk

#: What wraps a generator that makes a context manager.
WRAPPER = contextlib.contextmanager(lambda: iter(())).__code__


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


def start(s, manager: Suspended):
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


def finish(s, manager: Suspended) -> None:
    """Run the rest of the generator."""
    outer, place = s.env, s.b.loc
    s.env, rest = manager.state
    try:
        for stmt in rest:
            s.statement(stmt)
    finally:
        s.env, s.b.loc = outer, place
