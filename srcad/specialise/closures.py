"""Functions made inside the program: what ``def``, ``lambda`` and ``functools.partial`` mean to the compiler.

Such a function exists only while the program is compiled: a call of it is a call of its Trace, with the cells it captures
as further arguments. A cell is read when the function runs, so a variable that was bound anew in between is seen, as in
Python.
"""

from __future__ import annotations

import functools
from typing import Final

from srcad.calling import Layout
from srcad.specialise.callees import bind, call_trace, splice
from srcad.specialise.passing import Abstraction, form_key
from srcad.specialise.values import UNDEFINED, Cell, Closure, Instance, Method, Partial
from srcad.trace import intrinsics
from srcad.trace.ir import Lit, Ref


def call_closure(s, closure: Closure, args: list, kwargs: list, hint: str):
    """The value of ``closure(*args, **kwargs)``."""
    own, defaults = own_parameters(closure), dict(closure.defaults)
    values = bind(s, own, args, kwargs, lambda param, k: defaults.get(param.var.hint))
    if closure.spliced:
        return splice(s, closure.trace, closure.trace, [*values, *closure.cells])
    return call_trace(s, closure.trace, closure.trace, [*values, *closure.cells], hint)


def own_parameters(closure: Closure):
    """The Trace without its cells, for binding a call."""
    from srcad.trace.ir import Function

    trace = closure.trace
    return Function(trace.name, trace.params[:len(trace.params) - len(closure.cells)], trace.body, trace.loc)


class InnerFunction:
    """Stands for an inner function where a derivative of it is made."""

    def __init__(self, closure: Closure, signature) -> None:
        self.closure = closure
        self.__name__ = self.__qualname__ = closure.trace.name
        self.__signature__ = signature

    def __call__(self, *args, **kwargs):
        raise TypeError("a function made inside a program exists only while it is compiled")

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        return call_closure(s, self.closure, args, kwargs, hint)


class InnerLayout(Layout):
    """The layout of a call of a derivative of an inner function: what it captures is passed last.

    `closure` is the form of the function (see `passing.Abstraction`), `key` what forms are compared by.
    """

    __slots__ = ("closure", "key", "captured")

    def __init__(self, names: tuple, form: tuple, styles: tuple, positional: int, closure: object, key: object,
                 captured: int) -> None:
        super().__init__(names, form, styles, positional)
        self.closure: Final = closure
        self.key: Final = key
        self.captured: Final = captured

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InnerLayout) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple:
        return self.names, self.form, self.styles, self.positional, self.key, self.captured


def innermost(derivative):
    """The function that a derivative of a derivative of ... is of."""
    while hasattr(derivative, "primal"):
        derivative = derivative.primal
    return derivative


def with_captured(s, derivative, atoms: list, layout: Layout) -> tuple[list, Layout]:
    """The arguments and the layout of a call of a derivative, with what an inner function captures now."""
    function = innermost(derivative)
    if not isinstance(function, InnerFunction):
        return atoms, layout
    captured: list = []
    form = Abstraction(s, captured).of(function.closure)
    names = tuple(f"{function.__name__}_{k}" for k in range(len(captured)))
    extended = InnerLayout((*layout.names, *names), layout.form, layout.styles, layout.positional, form, form_key(form),
                           len(captured))
    return [*atoms, *captured], extended


def _new_cell(s, args, kwargs):
    cell = Cell(args[0].value)
    s.heap[cell] = UNDEFINED
    return cell


def _cell_read(s, args, kwargs):
    return s.read_cell(args[0])


def _cell_write(s, args, kwargs):
    s.heap[args[0]] = args[1]
    return Lit(None)


def _cell_delete(s, args, kwargs):
    s.read_cell(args[0])
    s.heap[args[0]] = UNDEFINED
    return Lit(None)


def _make_function(s, args, kwargs):
    nested = args[0].value
    count = len(nested.captured)
    return Closure(nested.trace, tuple(args[1:1 + count]), tuple(zip(nested.defaults, args[1 + count:], strict=True)))


def _partial(s, args, kwargs):
    if not args or not isinstance(args[0], Closure | Partial | Ref | Method | Instance):
        return NotImplemented
    return Partial(args[0], tuple(args[1:]), tuple(kwargs))


def _wraps(s, args, kwargs):
    """``functools.wraps(f)`` changes names and docstrings only."""
    return Ref(itself)


def _cache(s, args, kwargs):
    raise s.refuse("a function that remembers its results is made, which may be of an earlier state of what it reads",
                   "leave out the cache")


def itself(function):
    return function


SPECIAL: dict = {
    intrinsics.new_cell: _new_cell, intrinsics.cell_read: _cell_read, intrinsics.cell_write: _cell_write,
    intrinsics.cell_delete: _cell_delete, intrinsics.make_function: _make_function, functools.partial: _partial,
    functools.wraps: _wraps, functools.cache: _cache, functools.lru_cache: _cache, itself: lambda s, args, kwargs: args[0],
}
