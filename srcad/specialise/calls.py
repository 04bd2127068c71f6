"""What a call means: it is asked of what is called, a Python object, a method, or something that exists only while compiling."""

from __future__ import annotations

import types

from srcad.places import AttributeOf, TypeOf
from srcad.specialise import callables, closures, methods
from srcad.specialise.objects.attributes import call_special, read_member
from srcad.specialise.objects.variables import opened
from srcad.specialise.operations import raised
from srcad.specialise.values import UNDEFINED, Closure, Instance, Method, OneOf, Partial, Record, Unclear
from srcad.trace import ir
from srcad.trace.ir import Lit, Ref, Var
from srcad.trace.kinds import Bottom, Static


def call(s, fn, args: list, kwargs: list, hint: str = ""):
    """The value of ``fn(*args, **kwargs)``; appends what has to be done at run time."""
    return opened(s, _call(s, fn, args, kwargs, hint))


def _call(s, fn, args: list, kwargs: list, hint: str):
    match fn:
        case Method(value=owner, name=name):
            return methods.call_method(s, owner, name, args, kwargs, hint)
        case Instance(value=owner, path=(_, read, _)):
            method = type(owner).__call__ if callable(owner) else None
            if isinstance(method, types.FunctionType):
                s.program.guard(AttributeOf(TypeOf(read), "__call__"), method, "__call__", ("call", id(type(owner))))
                return callables.call_object(s, method, [fn, *args], kwargs, hint)
            raise s.refuse(f"an object of class {type(fn.value).__name__} is called", "call a function or a method")
        case Ref(value=target):
            return callables.call_object(s, target, args, kwargs, hint)
        case Closure():
            return closures.call_closure(s, fn, args, kwargs, hint)
        case Partial(function=inner, args=given, kwargs=named):
            named = [(k, v) for k, v in named if k not in dict(kwargs)]
            return call(s, inner, [*given, *args], named + kwargs, hint)
        case Unclear():
            raise s.unclear(fn)
        case OneOf():
            return s.choose(fn, lambda option: call(s, option, args, kwargs, hint), hint)
        case Lit(value=None):
            return raised(s, TypeError, "'NoneType' object is not callable")
        case Record():
            return call_special(s, fn, "__call__", args, hint) if not kwargs else call(
                s, read_member(s, fn, "__call__"), args, kwargs, hint)
        case Var() if isinstance(fn.kind, Bottom):
            return UNDEFINED
        case Var(kind=Static(value=target)) if callable(target):
            return callables.call_object(s, target, args, kwargs, hint)
        case Lit() if fn == UNDEFINED:
            return UNDEFINED
        case Var() if isinstance(made := s.b.definition(fn), ir.Apply) and isinstance(made.fn, type):
            raise s.refuse(f"an object of class {made.fn.__qualname__} is called, and what that computes is not known to srcad",
                           "make and call it in a function of your own, and give that a rule (srcad.rules, srcad.custom_vjp)")
    raise s.refuse("which function is called here is not known when the derivative is made",
                   "call a function by its name, or choose it by a branch around the call")
