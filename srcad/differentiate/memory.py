"""Reverse mode for arrays that are written to: shadows.

Enters: a statement that makes, views or writes memory. Leaves: what the forward sweep does besides it, and its adjoint.
Every active array of a memory class has a *shadow* made in the forward sweep: fresh memory gets zeros, a view the same
view of the shadow, so whatever may be seen through two names has an adjoint that is seen through two names. ::

    v = x[1:]                v_bar = x_bar[1:]
    v *= e                   saved = v.copy() before it; in reverse:  v[...] = saved
                                                                      e_bar += v_bar * v
                                                                      v_bar *= e

The order in the reverse sweep is: take the slot's adjoint, put the old value back, then the partial derivatives, which
are thus evaluated where the program did.
"""

from __future__ import annotations

import operator
from contextlib import contextmanager

import numpy as np

from srcad import runtime
from srcad.analysis.aliasing import Aliases, is_write
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.infer import infer_call
from srcad.differentiate import common
from srcad.differentiate.lists import Lists, check_items, check_loops
from srcad.differentiate.operations import reverse
from srcad.errors import LostDerivativeError, UnsupportedError
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Block, For, Function, If, Lit, Var, While, blocks, outputs, pattern_vars, uses, walk
from srcad.trace.kinds import NONE, Array, Cursor, Kind, ListOf, Scalar, Tape, is_container, is_differentiable, tangent_kind
from srcad.trace.naming import function_name
from srcad.trace.purity import WRITE, effect
from srcad.trace.sharing import FORM_ONLY, Sharing, is_basic_index

ALL = Lit(Ellipsis)
#: Operations whose result holds their operands.
KEEPS = {intrinsics.build_tuple, intrinsics.build_list, intrinsics.new_list, intrinsics.build_dict, intrinsics.push,
         list.append}
FORM_ATTRIBUTES = {"shape", "ndim", "size", "dtype"}


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
        self.windows = self.find_windows()
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
        self.kept_elsewhere = {a for s in walk(adjoint.primal.body) for a in (
            s.args if isinstance(s, Apply) and s.fn in KEEPS else [y for b in blocks(s) for y in b.yields])}

    # --- windows ------------------------------------------------------------------------------------------------------

    def find_windows(self) -> dict[Var, Apply]:
        """Views to be read only, and views of those, with what makes them. They have no shadow."""
        found: dict[Var, Apply] = {}
        for var, made in self.aliases.definitions.items():
            if self.aliases.number(var) is None or not isinstance(var.kind, Array) or not made.args:
                continue
            match self.aliases.sharing(made):
                case Sharing.WINDOW:
                    found[var] = made
                case Sharing.VIEW if made.args[0] in found:
                    found[var] = made
                case Sharing.MAYBE if made.args[0] in found:
                    raise UnsupportedError(
                        f"the result of {function_name(made.fn)} may share memory with an array that is written to",
                        "make a copy first (x.copy())", made.loc)
        for stmt in self.aliases.written:
            if any(a in found for a in self.aliases.changed(stmt)):
                raise UnsupportedError("a view that is only to be read, or part of one, is written to",
                                       "write to the array itself", stmt.loc)
        if found:
            self.check_windows(found)
        return found

    def check_windows(self, found: dict) -> None:
        """Refuse windows that are known by a name of which it is not clear what it stands for."""
        for stmt in walk(self.adjoint.primal.body):
            if isinstance(stmt, Apply):
                kept = stmt.args if isinstance(stmt.fn, Function) or stmt.fn is intrinsics.push else ()
            else:
                kept = (*(a for block in blocks(stmt) for a in block.yields), *getattr(stmt, "inits", ()), *(
                    s.iterable for s in getattr(stmt, "sources", ())
                    if not all(isinstance(v.kind, Scalar) for v in pattern_vars(s.target))))
            if any(isinstance(a, Var) and a in found for a in kept):
                raise UnsupportedError("a view such as np.diagonal gives, of an array that is written to, is kept in a loop "
                                       "or a branch", "make a copy of it, or take it where it is read", stmt.loc)

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
            return self.adjoint.split or not self.adjoint.is_settled(number)
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
                        f"the result of {function_name(fn)} may share memory with an array that is written to",
                        "write to a copy of it (x.copy())", stmt.loc)
        with self.b.placed(stmt.loc, stmt if stmt.origin is None else stmt.origin):
            self.bars.start()
            if sharing is Sharing.FRESH and any(a in self.adjoint.active for a in _vars(stmt)):
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

    def write(self, stmt: Apply) -> list:
        """The forward statements for an operation that writes; its adjoint is written."""
        array, fn = stmt.args[0], stmt.fn
        if isinstance(array.kind, ListOf):
            return self.lists.write(stmt)
        whole = fn not in (operator.setitem, intrinsics.add_at, intrinsics.scatter_at)
        index, value = (ALL, stmt.args[1]) if whole else stmt.args[1:]
        with self.b.placed(stmt.loc, stmt.origin), self.forward() as made:
            write_check(self.b, self.aliases, stmt)
        before: list = made.stmts
        saved = None
        if self.restores(array):
            with self.b.placed(stmt.loc, stmt.origin), self.forward() as made:
                saved = self.read(array, index, Var("saved"))
            before += made.stmts
        self.will_undo([array])
        with self.b.placed(stmt.loc, stmt if stmt.origin is None else stmt.origin):
            self.bars.start()
            g = None
            active = isinstance(value, Var) and value in self.adjoint.active and array in self.shadows
            shadow = self.shadows.get(array)
            if shadow is not None and fn not in (operator.imul, operator.itruediv) and active:
                g = self.read(shadow, index)
                if fn is operator.setitem and self.bars.may_repeat(index):
                    last = self.b.apply(runtime.last_writers, array, index)
                    g = self.b.apply(np.where, last, g, Lit(0.0))
            if shadow is not None and fn is operator.setitem:
                self.b.apply(operator.setitem, shadow, index, Lit(0.0))
            if saved is not None:
                self.b.apply(operator.setitem, array, index, saved)
            if shadow is None:
                return [*before, stmt]
            if fn is operator.imul:
                if active:
                    g = self.b.apply(operator.mul, shadow, array)
                self.b.apply(operator.imul, shadow, value)
            elif fn is operator.itruediv:
                self.b.apply(operator.itruediv, shadow, value)
                if active:
                    quotient = self.b.apply(operator.truediv, self.b.apply(operator.mul, shadow, array), value)
                    g = self.b.apply(operator.neg, quotient)
            elif fn is operator.isub and active:
                g = self.b.apply(operator.neg, g)
            elif fn not in (operator.setitem, operator.iadd, operator.isub, intrinsics.add_at, intrinsics.scatter_at):
                raise UnsupportedError(f"{function_name(fn)} on an array is not known", "write x[...] = ...", stmt.loc)
            if active:
                self.give(value, g, self.item_kind(array, index), stmt)
        return [*before, stmt]

    def item_kind(self, array: Var, index) -> Kind:
        if index == ALL:
            return array.kind
        return infer_call(operator.getitem, (array, index), (), self.b.definition)

    def read(self, array: Var, index, target: Var | None = None):
        """A copy of ``array[index]``."""
        if index == ALL:
            return self.b.apply(np.ndarray.copy, array, target=target, kind=array.kind)
        kind = self.item_kind(array, index)
        if isinstance(kind, Scalar) or is_basic_index(index, self.b.definition) is False:
            return self.b.apply(operator.getitem, array, index, target=target)
        view = self.b.apply(operator.getitem, array, index)
        if not isinstance(view.kind, Array):
            raise UnsupportedError("whether an item or a part of an array is assigned here is not known",
                                   "give the array one rank on every path", self.b.loc)
        return self.b.apply(np.ndarray.copy, view, target=target, kind=view.kind)

    def give(self, value: Var, g, kind: Kind, stmt: Apply) -> None:
        """Give the adjoint of what was stored to the value, which may have been broadcast."""
        check_stored(value, kind, stmt)
        if isinstance(kind, Array) and isinstance(value.kind, Scalar):
            g = self.b.apply(np.sum, g)
        elif isinstance(kind, Array) and not common.operand_keeps_shape(value.kind, kind):
            g = self.b.apply(runtime.unbroadcast, g, value, kind=tangent_kind(value.kind))
        elif isinstance(kind, Array) and isinstance(g, Var) and isinstance(g.kind, Array):
            g.kind = Array(g.kind.dtype, value.kind.dims)       # which the place has too
        self.bars.contribute(value, g)


def is_held(container: Var) -> bool:
    return is_container(container.kind) or isinstance(container.kind, Tape | Cursor)


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


def check_stored(value: Var, kind: Kind, stmt: Apply) -> None:
    """Refuse a store whose value has more axes than its place."""
    if isinstance(value.kind, Array) and value.kind.dims != () and (isinstance(kind, Scalar) or value.kind.ndim is None or (
            isinstance(kind, Array) and (kind.ndim is None or value.kind.ndim > kind.ndim))):
        raise UnsupportedError("an array is stored in a place that has fewer axes, or whose axes are not known",
                               "reshape it first", stmt.loc)


def _vars(stmt: Apply) -> list:
    return [a for a in (*stmt.args, *(v for _, v in stmt.kwargs)) if isinstance(a, Var)]


def check_kinds(function, aliases: Aliases, active: set, varied: set, containers: bool = False) -> None:
    """Refuse what the model does not cover: containers of written arrays (unless `containers`), lost derivatives."""
    check_loops(function, aliases)
    if not containers:
        check_items(aliases, active)
    for stmt in aliases.written:
        array = stmt.args[0]
        if is_diagonal(aliases, array):
            raise UnsupportedError("a diagonal is written to through a view of it",
                                   "write to the array: `a[i, i] = ...` with `i = np.arange(len(a))`", stmt.loc)
        for var in (v for a in aliases.changed(stmt) for v in aliases.members.get(aliases.number(a), ())):
            if var in active and not isinstance(var.kind, Array | ListOf) and not (
                    containers and (is_container(var.kind) or isinstance(var.kind, Tape))):
                what = "is recorded on a tape" if isinstance(var.kind, Tape) else "is held by a tuple, list or object" if (
                    not isinstance(var.kind, Scalar)) else ""
                if what:
                    raise UnsupportedError(f"an array that is written to {what}", "give the arrays names of their own",
                                           stmt.loc)
        if isinstance(stmt.fn, type(function)):
            continue
        value = stmt.args[-1] if stmt.fn is not list.pop else None
        if isinstance(value, Var) and value in varied and is_differentiable(value.kind) and not is_differentiable(array.kind):
            raise LostDerivativeError("a value that is differentiated is stored in an array of integers",
                                      "use an array of floats, or wrap the value in srcad.stop_gradient", stmt.loc)


def is_diagonal(aliases: Aliases, atom) -> bool:
    """Is it a diagonal, or a view of one? NumPy writes through those of `einsum` alone."""
    made = aliases.definitions.get(atom) if isinstance(atom, Var) and aliases.number(atom) is not None else None
    if made is None or not made.args:
        return False
    return made.fn in (np.diagonal, np.ndarray.diagonal) or aliases.sharing(made) is Sharing.VIEW and is_diagonal(
        aliases, made.args[0])


def classes_read(adjoint, roots: tuple) -> set[int]:
    """The classes whose earlier contents the reverse sweep reads, as far as what it does matters.

    What it reads before it comes to the first write, from the end, is as the program left it.
    """
    memory = adjoint.memory
    emitted = adjoint.b.emitted
    live = {a for a in (*roots, *adjoint.b.kept) if isinstance(a, Var)}
    reads: set[int] = set(memory.read_by_calls)
    for at, stmt in reversed(list(enumerate(emitted))):
        if not isinstance(stmt, Apply):
            for block in (stmt.then, stmt.orelse) if isinstance(stmt, If) else (stmt.body,):
                live.update(a for a in block.yields if isinstance(a, Var))
            atoms = (stmt.cond,) if isinstance(stmt, If) else (*(s.iterable for s in stmt.sources), *stmt.inits)
            live.update(a for a in atoms if isinstance(a, Var))
            continue
        if stmt.target not in live and effect(stmt) < WRITE and stmt.fn not in (intrinsics.index_add, intrinsics.scatter_add):
            continue
        live.update(_vars(stmt))
        if stmt.fn is getattr and stmt.args[1].value in FORM_ATTRIBUTES:
            continue
        for place, atom in enumerate(_vars_in_place(stmt)):
            number = None if atom is None else memory.aliases.number(atom)
            if number is not None and at >= memory.undone.get(number, 0) and not is_form_only(stmt, place, atom):
                reads.add(number)
    return reads


def is_form_only(stmt: Apply, place: int, atom: Var) -> bool:
    """Does an operation look only at the form of this operand, or only write to it?"""
    if isinstance(atom.kind, ListOf):      # its length may change
        return place == 0 and stmt.fn in (operator.setitem, list.append, list.pop)
    return (stmt.fn, place) in FORM_ONLY


def _vars_in_place(stmt: Apply) -> list:
    return [a if isinstance(a, Var) else None for a in (*stmt.args, *(v for _, v in stmt.kwargs))]


def sink(adjoint, statements: list, back: Block) -> list:
    """Move shadows that the forward sweep does not use to the start of the reverse sweep, and drop those nobody uses."""
    making = adjoint.memory.making
    head: list = []
    _drop_unused(statements, making, back)
    needed: set = set()
    kept: list = []
    for stmt in reversed(statements):
        targets = stmt.targets if isinstance(stmt, If) else (stmt.target,) if isinstance(stmt, Apply) else ()
        if id(stmt) in making and id(stmt) not in adjoint.memory.staying and not any(t in needed for t in targets):
            head.append(stmt)
            continue
        needed.update(uses(Block([stmt])))
        kept.append(stmt)
    back.stmts[:0] = head[::-1]
    return kept[::-1]


def _drop_unused(statements: list, making: set, back: Block) -> None:
    """Drop the making of shadows, anywhere in the forward sweep, that neither sweep uses."""
    while True:
        used = set(uses(Block(statements))) | set(uses(back))
        if not _drop(statements, making, used):
            return


def _drop(statements: list, making: set, used: set) -> bool:
    dropped = False
    for stmt in list(statements):
        if id(stmt) in making and not any(v in used for v in outputs(stmt)):
            statements.remove(stmt)
            dropped = True
        elif not isinstance(stmt, Apply):
            for block in blocks(stmt):
                dropped = _drop(block.stmts, making, used) or dropped
    return dropped
