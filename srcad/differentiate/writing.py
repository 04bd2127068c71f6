"""The adjoint of a write to memory: the slot's adjoint goes to the value, the old value is put back.

    v[i] = e         saved = v[i]
                     in reverse:  g = v_bar[i];  v_bar[i] = 0.0;  v[i] = saved;  e_bar += g
    v *= e           in reverse:  v[...] = saved;  e_bar += v_bar * v;  v_bar *= e

The order in the reverse sweep is: take the slot's adjoint, put the old value back, then the partial derivatives, which
are thus evaluated where the program did.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.analysis.aliasing import Aliases
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.infer import infer_call
from srcad.differentiate import common
from srcad.differentiate.limits import check_stored
from srcad.errors import UnsupportedError
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Lit, Var
from srcad.trace.kinds import NONE, Array, Kind, ListOf, Scalar
from srcad.trace.naming import operation_name
from srcad.trace.sharing import is_basic_index

ALL = Lit(Ellipsis)


def reverse_write(memory, stmt: Apply) -> list:
    """The forward statements for an operation that writes; its adjoint is written."""
    b, array, fn = memory.b, stmt.args[0], stmt.fn
    if isinstance(array.kind, ListOf):
        return memory.lists.write(stmt)
    whole = fn not in (operator.setitem, intrinsics.add_at, intrinsics.scatter_at)
    index, value = (ALL, stmt.args[1]) if whole else stmt.args[1:]
    with b.placed(stmt.loc, stmt.origin), memory.forward() as made:
        write_check(b, memory.aliases, stmt)
    before: list = made.stmts
    saved = None
    if memory.restores(array):
        with b.placed(stmt.loc, stmt.origin), memory.forward() as made:
            saved = _copy(b, array, index, Var("saved"))
        before += made.stmts
    memory.will_undo([array])
    with b.placed(stmt.loc, stmt if stmt.origin is None else stmt.origin):
        memory.bars.start()
        g = None
        active = isinstance(value, Var) and value in memory.adjoint.active and array in memory.shadows
        shadow = memory.shadows.get(array)
        if shadow is not None and fn not in (operator.imul, operator.itruediv) and active:
            g = _copy(b, shadow, index)
            if fn is operator.setitem and memory.bars.may_repeat(index):
                last = b.apply(runtime.last_writers, array, index)
                g = b.apply(np.where, last, g, Lit(0.0))
        if shadow is not None and fn is operator.setitem:
            b.apply(operator.setitem, shadow, index, Lit(0.0))
        if saved is not None:
            b.apply(operator.setitem, array, index, saved)
        if shadow is None:
            return [*before, stmt]
        if fn is operator.imul:
            if active:
                g = b.apply(operator.mul, shadow, array)
            b.apply(operator.imul, shadow, value)
        elif fn is operator.itruediv:
            b.apply(operator.itruediv, shadow, value)
            if active:
                quotient = b.apply(operator.truediv, b.apply(operator.mul, shadow, array), value)
                g = b.apply(operator.neg, quotient)
        elif fn is operator.isub and active:
            g = b.apply(operator.neg, g)
        elif fn not in (operator.setitem, operator.iadd, operator.isub, intrinsics.add_at, intrinsics.scatter_at):
            raise UnsupportedError(f"{operation_name(stmt)} is not known for arrays", "write x[...] = ...", stmt.loc)
        if active:
            _give(memory, value, g, _item_kind(b, array, index), stmt)
    return [*before, stmt]


def _item_kind(b, array: Var, index) -> Kind:
    if index == ALL:
        return array.kind
    return infer_call(operator.getitem, (array, index), (), b.definition)


def _copy(b, array: Var, index, target: Var | None = None):
    """A copy of ``array[index]``."""
    if index == ALL:
        return b.apply(np.ndarray.copy, array, target=target, kind=array.kind)
    kind = _item_kind(b, array, index)
    if isinstance(kind, Scalar) or is_basic_index(index, b.definition) is False:
        return b.apply(operator.getitem, array, index, target=target)
    view = b.apply(operator.getitem, array, index)
    if not isinstance(view.kind, Array):
        raise UnsupportedError("whether an item or a part of an array is assigned here is not known",
                               "give the array one rank on every path", b.loc)
    return b.apply(np.ndarray.copy, view, target=target, kind=view.kind)


def _give(memory, value: Var, g, kind: Kind, stmt: Apply) -> None:
    """Give the adjoint of what was stored to the value, which may have been broadcast."""
    check_stored(value, kind, stmt)
    b = memory.b
    if isinstance(kind, Array) and isinstance(value.kind, Scalar):
        g = b.apply(np.sum, g)
    elif isinstance(kind, Array) and not common.operand_keeps_shape(value.kind, kind):
        g = common.summed_like(b, g, value)
    elif isinstance(kind, Array) and isinstance(g, Var) and isinstance(g.kind, Array):
        g.kind = Array(g.kind.dtype, value.kind.dims)       # which the place has too
    memory.bars.contribute(value, g)


def write_check(b, aliases: Aliases, stmt: Apply) -> None:
    """Write a check of the order in which NumPy assigns, if a line of an array is given one that may cross it."""
    if stmt.fn is not operator.setitem:
        return
    array, index, value = stmt.args
    if not isinstance(value, Var) or not isinstance(value.kind, Array) or aliases.number(array) != aliases.number(value):
        return
    kind = infer_call(operator.getitem, (array, index), (), b.definition)
    if isinstance(kind, Scalar) or isinstance(kind, Array) and kind.ndim not in (None, 1) or value.kind.ndim not in (None, 1):
        return
    if is_basic_index(index, b.definition) is False:
        return
    made = b.definition(value)
    source = made.args if made is not None and made.fn is operator.getitem else (value, ALL)
    lines = line(b, array, index), line(b, *source)
    if None not in lines and array is source[0] and (lines[0] == lines[1] or (
            lines[0][0] == lines[1][0] and lines[0][1] * lines[1][1] < 0)):
        return
    place = b.apply(operator.getitem, array, index)
    b.apply(runtime.check_order, place, value, kind=NONE)


def line(b, array: Var, index) -> tuple[int, int] | None:
    """(axis, step) of the line that an index takes out of an array; None if it is not known."""
    if not isinstance(array.kind, Array) or array.kind.ndim is None:
        return None
    made = b.definition(index) if isinstance(index, Var) else None
    parts = () if index == ALL else made.args if made is not None and made.fn is intrinsics.build_tuple else (index,)
    axes = []
    for axis, part in enumerate(parts):
        made = b.definition(part) if isinstance(part, Var) else None
        if made is not None and made.fn is intrinsics.build_slice:
            step = made.args[2]
            if not isinstance(step, Lit) or not (step.value is None or type(step.value) is int):
                return None
            axes.append((axis, step.value or 1))
        elif not isinstance(kind_of_atom(part), Scalar):
            return None
    axes += [(axis, 1) for axis in range(len(parts), array.kind.ndim)]
    return axes[0] if len(axes) == 1 else None
