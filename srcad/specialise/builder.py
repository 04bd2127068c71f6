"""Appends operations to a Trace under construction, giving each result its kind."""

from __future__ import annotations

from contextlib import contextmanager

from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.infer import infer_call
from srcad.errors import NOWHERE, Location
from srcad.trace.ir import Apply, Block, Function, Var
from srcad.trace.kinds import Kind, name_axes, without_sizes


class Builder:
    """The place where the next statement goes.

    Attributes
    ----------
    block : Block
        Where statements are appended.
    loc, origin
        Given to every statement made.
    definitions : dict
        Var → the Apply that defines it, for the whole function.
    shape_sources : dict
        Var → the earliest value that has its shape, as far as anybody has asked (`attributes.same_shape_source`).
    """

    def __init__(self) -> None:
        self.block = Block()
        self.loc: Location = NOWHERE
        self.origin = None
        self.definitions: dict[Var, Apply] = {}
        self.shape_sources: dict[Var, Var] = {}

    def definition(self, atom) -> Apply | None:
        """The operation that makes a value, if it is known."""
        return self.definitions.get(atom)

    def kind(self, atom) -> Kind:
        return kind_of_atom(atom)

    def emit(self, stmt) -> None:
        if isinstance(stmt, Apply):
            self.definitions[stmt.target] = stmt
        self.block.stmts.append(stmt)

    def apply(self, fn, *args, kwargs: tuple = (), target: Var | None = None, kind: Kind | None = None) -> Var:
        """Append ``target = fn(*args, **kwargs)`` and return the target."""
        target = target if target is not None else Var()
        found = kind if kind is not None else infer_call(fn, args, kwargs, self.definition)
        if isinstance(fn, Function):
            found = without_sizes(found)
        target.kind = name_axes(found, target.serial)
        self.emit(Apply(target, fn, tuple(args), tuple(kwargs), self.loc, self.origin))
        return target

    @contextmanager
    def inside(self, block: Block):
        """Append to `block` for a while."""
        outer, self.block = self.block, block
        try:
            yield block
        finally:
            self.block = outer

    @contextmanager
    def placed(self, loc: Location, origin=None):
        """Give statements this place for a while."""
        before = self.loc, self.origin
        self.loc, self.origin = loc, origin
        try:
            yield self
        finally:
            self.loc, self.origin = before
