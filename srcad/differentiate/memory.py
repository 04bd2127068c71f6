"""Reverse mode for arrays that are written to: shadows.

Enters: a statement that makes, views or writes memory. Leaves: what the forward sweep does besides it, and its adjoint.
Every active array of a memory class has a *shadow* made in the forward sweep: fresh memory gets zeros, a view the same
view of the shadow, so whatever may be seen through two names has an adjoint that is seen through two names. ::

    x = np.zeros(n)          x_bar = np.zeros_like(x)
    v = x[1:]                v_bar = x_bar[1:]

What a write becomes is in `writing`, and what cannot be done this way in `limits` and `windows`.
"""

from __future__ import annotations

import operator
from contextlib import contextmanager

import numpy as np

from srcad.analysis.aliasing import Aliases, is_write
from srcad.analysis.atoms import kind_of_atom
from srcad.differentiate.finals import Finals
from srcad.differentiate.limits import check_kinds
from srcad.differentiate.lists import Lists
from srcad.differentiate.operations import reverse
from srcad.differentiate.windows import windows_of
from srcad.errors import UnsupportedError
from srcad.trace import intrinsics
from srcad.trace.ir import (
    UNDEF,
    Apply,
    Block,
    For,
    Function,
    If,
    Lit,
    Var,
    While,
    blocks,
    operands,
    outputs,
    uses,
    walk,
)
from srcad.trace.kinds import Array, Cursor, ListOf, Scalar, Tape, is_container, tangent_kind
from srcad.trace.naming import operation_name
from srcad.trace.sharing import Sharing

#: Operations whose result holds their operands.
KEEPS = {intrinsics.build_tuple, intrinsics.build_list, intrinsics.new_list, intrinsics.build_dict, intrinsics.push,
         list.append}


class Memory:
    """The memory of one function, and the shadows of what is active in it.

    Attributes
    ----------
    aliases : Aliases
    shadows : dict
        Var → its shadow.
    restored : set of int or None
        The classes whose old values are put back; None: all.
    """

    def __init__(self, adjoint, aliases: Aliases, varied: set, restored: set | None) -> None:
        self.adjoint, self.aliases, self.restored = adjoint, aliases, restored
        self.b, self.bars = adjoint.b, adjoint.bars
        self.suffix = adjoint.suffix
        check_kinds(adjoint.primal, aliases, adjoint.active, varied)
        self.windows = windows_of(adjoint.primal, aliases)
        self.shadows: dict[Var, Var] = {
            v: Var("", tangent_kind(v.kind), of=v, suffix=adjoint.suffix)
            for v in adjoint.active
            if aliases.number(v) is not None and isinstance(v.kind, Array | ListOf) and v not in self.windows}
        self.lists = Lists(self)
        self.bars.lists = self.lists
        #: Whatever goes with a variable: its shadow, or what holds the shadows of what it holds.
        self.mirrors: dict[Var, Var] = {**self.shadows, **self.lists.holders}
        self.mirror_vars = set(self.mirrors.values())
        self.bars.shadows = self.shadows
        self.bars.is_rewritten = self.is_rewritten
        self.bars.windows = {v: self.hand_on for v in self.windows if v in adjoint.active}
        self.read_by_calls: set[int] = set()     # classes that recursive callees are given
        self.staying: set[int] = set()           # ids of those that may not be moved
        #: Class → how many statements of the reverse sweep come before the first write is undone, loops around it included.
        self.undone: dict[int, int] = {}
        self.making: set[int] = set()            # ids of the forward statements that only make shadows
        self.own_classes: dict[int, bool] = {}   # class → is it memory of the function's own? (`is_own`)
        self.used = set(uses(adjoint.primal.body))
        self.finals = Finals(adjoint.primal.body, aliases, adjoint.b.definitions)
        self.kept_elsewhere = {a for s in walk(adjoint.primal.body) for a in (
            s.args if isinstance(s, Apply) and s.fn in KEEPS else [y for b in blocks(s) for y in b.yields])}

    # --- windows ------------------------------------------------------------------------------------------------------

    def hand_on(self, var: Var, g) -> None:
        """Give a window's adjoint to what it is a window of."""
        made = self.windows[var]
        with self.b.placed(made.loc, made if made.origin is None else made.origin):
            self.bars.of[var] = g
            reverse(self.adjoint, made)
            self.bars.of.pop(var, None)

    # --- questions ----------------------------------------------------------------------------------------------------

    def is_volatile(self, made: Apply) -> bool:
        """Would this operation give something else when it is done again in the reverse sweep?"""
        if any(isinstance(a, Var) and isinstance(a.kind, ListOf) and (
                self.aliases.number(a) is not None or a in self.lists.holders or a in self.mirror_vars) for a in made.args):
            return True
        number = self.aliases.number(made.args[0]) if made.fn is operator.getitem else None
        if number is None or not isinstance(kind_of_atom(made.args[0]), Array):
            return False
        if isinstance(made.target.kind, Scalar):
            return self.adjoint.split or not self.adjoint.is_settled(number) and not self.finals.holds(made)
        return self.aliases.sharing(made) is not Sharing.VIEW

    def is_volatile_source(self, source) -> bool:
        """Are the items of this iterable numbers in memory that is written to?"""
        if isinstance(kind_of_atom(source.iterable), ListOf):
            return self.aliases.number(source.iterable) is not None or source.iterable in self.lists.holders or (
                source.iterable in self.mirror_vars)
        return self.aliases.number(source.iterable) is not None and not (
            isinstance(source.target, Var) and isinstance(source.target.kind, Array))

    def is_view(self, stmt: Apply) -> bool:
        """Does an operation give a view of memory, or of a shadow?"""
        return isinstance(stmt.target.kind, Array) and self.aliases.sharing(stmt) is Sharing.VIEW and (
            self.aliases.number(stmt.target) is not None or id(stmt) in self.making)

    def is_own(self, var: Var) -> bool:
        """Is it an array that the function makes for itself, whose memory is known by views of it only?"""
        number = self.aliases.number(var)
        if number is None or not isinstance(var.kind, Array) or not self.is_made(var):
            return False
        if number not in self.own_classes:
            params = [p.var for p in self.adjoint.params] + self.adjoint.hidden_vars
            members = self.aliases.members[number]
            self.own_classes[number] = all(self.is_made(v) or v not in self.used or (
                self.aliases.sharing(self.aliases.definitions[v]) is Sharing.VIEW if v in self.aliases.definitions else False)
                for v in members) and not any(v in members for v in params) and not any(
                v in members for v in self.kept_elsewhere)
        return self.own_classes[number]

    def is_made(self, var: Var) -> bool:
        """Is a Var new memory?"""
        made = self.aliases.definitions.get(var)
        return made is not None and (isinstance(made.fn, Function) or self.aliases.sharing(made) is Sharing.FRESH)

    def concerns(self, stmt: If | For | While) -> bool:
        """Has a statement with blocks something to do in the reverse sweep because of memory?"""
        inner = list(walk(Block([stmt])))
        return any(is_write(s) and self.aliases.number(s.args[0]) is not None or isinstance(s, Apply) and isinstance(
            s.fn, Function) and any(self.aliases.numbers(a) for a in s.args) for s in inner) or any(
            v in self.mirrors for s in inner for v in outputs(s))

    def is_rewritten(self, var: Var) -> bool:
        return self.aliases.number(var) is not None and self.restores(var)

    def restores(self, var: Var) -> bool:
        return self.restored is None or self.aliases.number(var) in self.restored

    def shadow_of(self, atom):
        """The shadow of what a name is given."""
        if isinstance(atom, Var) and atom in self.mirrors:
            return self.mirrors[atom]
        return atom if atom == Lit(UNDEF) else Lit(None)

    @contextmanager
    def forward(self):
        """Write statements of the forward sweep, into a block of their own."""
        emitted, self.b.emitted = self.b.emitted, None
        try:
            with self.b.inside(Block()) as made:
                yield made
        finally:
            self.b.emitted = emitted

    # --- memory is made -----------------------------------------------------------------------------------------------

    def parameters(self) -> list:
        """Forward statements that make the shadows of the parameters; those of what is given by reference are given too."""
        reference, params = self.adjoint.reference, self.adjoint.params
        given = set() if reference is None else {params[k].var for k in reference.arrays} & set(self.adjoint.inputs)
        with self.forward() as made:
            for var in self.adjoint.hidden_vars:
                if var in self.shadows:
                    self.zeros(var)
            for param in params:
                if param.var in given:
                    continue
                if param.var in self.shadows:
                    if isinstance(param.var.kind, ListOf):
                        self.lists.parameter(param.var)
                    else:
                        self.zeros(param.var)
                elif param.var in self.mirrors:
                    raise UnsupportedError(f"an array or list held by the argument {param.var.hint} is written to",
                                           "pass it as an argument of its own", self.adjoint.primal.loc)
        return self.noted(made.stmts)

    def noted(self, stmts: list, stays: bool = False) -> list:
        """Note that statements only make shadows. What `stays` depends on what lists hold at that place."""
        self.making.update(id(s) for s in stmts)
        if stays:
            self.staying.update(id(s) for s in stmts)
        return stmts

    def zeros(self, var: Var) -> None:
        self.b.apply(np.zeros_like, var, target=self.shadows[var], kind=self.shadows[var].kind)

    def define(self, stmt: Apply) -> list:
        """The forward statements for an operation whose result is active memory; its adjoint is written."""
        target, fn, args = stmt.target, stmt.fn, stmt.args
        shadow = self.shadows[target]
        if isinstance(target.kind, ListOf):
            return self.lists.define(stmt)
        if fn in (operator.getitem, intrinsics.take) and self.lists.mirror(args[0]) is not None and is_held(args[0]):
            with self.b.placed(stmt.loc, stmt.origin), self.forward() as made:
                self.lists.again(stmt, shadow)
            return [stmt, *self.noted(made.stmts, stays=True)]
        sharing = self.aliases.sharing(stmt)
        with self.b.placed(stmt.loc, stmt.origin), self.forward() as made:
            match sharing:
                case Sharing.FRESH:
                    self.zeros(target)
                case Sharing.VIEW:
                    self.again(stmt, shadow)
                case Sharing.MAYBE:
                    self.same_or_fresh(stmt, shadow)
                case _:
                    raise UnsupportedError(
                        f"the result of {operation_name(stmt)} may share memory with an array that is written to",
                        "write to a copy of it (x.copy())", stmt.loc)
        with self.b.placed(stmt.loc, stmt if stmt.origin is None else stmt.origin):
            self.bars.start()
            if sharing is Sharing.FRESH and any(a in self.adjoint.active for a in operands(stmt)):
                reverse(self.adjoint, stmt)
            elif sharing is Sharing.MAYBE:
                with self.b.inside(Block()) as arm:
                    source = args[0]
                    shape = self.b.apply(getattr, source, Lit("shape"))
                    self.bars.contribute(source, self.b.apply(np.reshape, shadow, shape, kind=tangent_kind(source.kind)))
                apart = self.b.apply(np.may_share_memory, stmt.target, source)
                self.b.emit(If(apart, Block(), arm, (), stmt.loc, stmt))
        return [stmt, *self.noted(made.stmts)]

    def again(self, stmt: Apply, shadow: Var) -> Var:
        """The same operation on the first operand's shadow."""
        first = self.shadows[stmt.args[0]]
        return self.b.apply(stmt.fn, first, *stmt.args[1:], kwargs=stmt.kwargs, target=shadow, kind=shadow.kind)

    def same_or_fresh(self, stmt: Apply, shadow: Var) -> None:
        """The shadow of what is a view or a copy, as it turns out."""
        together = self.b.apply(np.may_share_memory, stmt.target, stmt.args[0])
        arms = (Block(), Block())
        with self.b.inside(arms[0]):
            view = self.again(stmt, shadow.like())
        with self.b.inside(arms[1]):
            copy = self.b.apply(np.zeros_like, stmt.target, target=shadow.like(), kind=shadow.kind)
        arms[0].yields, arms[1].yields = (view,), (copy,)
        self.b.emit(If(together, *arms, (shadow,), stmt.loc))

    # --- memory is written to -----------------------------------------------------------------------------------------

    def will_undo(self, arrays: list) -> None:
        """Note that the reverse sweep has come to a write to these."""
        if self.b.emitted is not None:
            for array in arrays:
                number = self.aliases.number(array)
                self.undone.setdefault(number, self.adjoint.loop_start(number))

def is_held(container: Var) -> bool:
    return is_container(container.kind) or isinstance(container.kind, Tape | Cursor)
