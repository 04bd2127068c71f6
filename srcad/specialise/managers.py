"""Context managers: what ``with`` enters and leaves.

Those that say how NumPy and Python warn are entered around the whole generated function. Objects of classes written in
Python are followed: their ``__enter__`` and ``__exit__`` are called like any method. A generator that
`contextlib.contextmanager` has wrapped is run up to its ``yield``, and on from there where the body ends.
"""

from __future__ import annotations

import contextlib
import types
import warnings

import numpy as np

from srcad.errors import SrcadError
from srcad.specialise.generators import finish, start
from srcad.specialise.objects.attributes import call_special
from srcad.specialise.objects.records import class_attribute, class_of_object
from srcad.specialise.unpacking import truth
from srcad.specialise.values import Instance, Manager, Record, Suspended
from srcad.trace import intrinsics
from srcad.trace.ir import Block, Lit, Var
from srcad.trace.kinds import Object

AROUND = "enter it around the call of the derivative, and keep the computation in a function of its own"


def _made(cls):
    """A manager of the libraries', made in the program."""
    return lambda s, args, kwargs: Manager(cls, tuple(args), tuple(kwargs))


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
            return start(s, manager)
        case Record() | Instance():
            cls = class_of_object(manager)
            if isinstance(class_attribute(cls, "__exit__"), types.FunctionType) and isinstance(
                    class_attribute(cls, "__enter__"), types.FunctionType):
                entered = call_special(s, manager, "__enter__", [], "")
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
            finish(s, manager)
        case Record() | Instance():
            call_special(s, manager, "__exit__", [Lit(None)] * 3, "")
    return Lit(None)


def _check_exit(s, manager) -> None:
    """Refuse a manager that may swallow exceptions: its ``__exit__`` must give nothing for one of which nothing is known."""
    heap = dict(s.heap)
    given = [Var("", Object(cls)) for cls in (type, BaseException, types.TracebackType)]
    try:
        with s.b.inside(Block()):
            swallows = truth(s, call_special(s, manager, "__exit__", given, "")) is not False
    except SrcadError:
        swallows = True
    s.heap = heap
    if swallows:
        raise s.refuse(f"the __exit__ of {class_of_object(manager).__name__} may swallow exceptions, or do with them "
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


SPECIAL: dict = {
    intrinsics.enter: _enter, intrinsics.leave: _leave, np.errstate: _made(np.errstate), np.printoptions: _made(np.printoptions),
    contextlib.nullcontext: _made(contextlib.nullcontext), warnings.catch_warnings: _made(warnings.catch_warnings),
    warnings.simplefilter: _set_filter, warnings.filterwarnings: _set_filter,
}
