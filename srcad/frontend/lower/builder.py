"""What is known while a function is lowered: what each name stands for, the block that statements go to, and joins.

Names and flags live in one dict. An arm of an ``If`` or the body of a loop is opened, written to and closed; closing it
undoes its bindings and keeps them as the arm's changes, so the cost of a join is the number of names that changed, not
of those that exist.
"""

from __future__ import annotations

from dataclasses import dataclass

import gast

from srcad.errors import Location
from srcad.frontend.lower.exits import Leaves
from srcad.frontend.lower.refusals import refuse
from srcad.frontend.scope import NestedScope, Scope, names_used_inside
from srcad.frontend.source import Source
from srcad.trace import intrinsics, ir

TRUE, FALSE, NONE, UNDEFINED = ir.Lit(True), ir.Lit(False), ir.Lit(None), ir.Lit(ir.UNDEF)

# What has happened on the way here, kept among the names (no name of the user's looks like this). Each implies SKIP.
RETURNED = "<returned>"  # the function is being left
BROKEN = "<broken>"  # the loop is being left by break or return: its else clause does not run
STOPPED = "<stopped>"  # the loop is being left
SKIP = "<skip>"  # the rest of the statements is not to be executed
RESULT = "<result>"  # what the function returns
FLAGS = (RETURNED, BROKEN, STOPPED, SKIP)
_HINTS = {RETURNED: "returned", BROKEN: "broken", STOPPED: "stopped", SKIP: "skip", RESULT: "result"}


@dataclass(slots=True)
class Arm:
    """A closed block and the names bound in it.

    `dead` is true if the end of the block is never reached (it raises), `alive` if the names matter to what follows:
    neither dead nor returning.
    """

    block: ir.Block
    changes: dict[str, ir.Atom]
    dead: bool
    alive: bool


class Builder:
    """The state of lowering one function, or the body of a rule; `outer` is that of the enclosing function."""

    def __init__(
        self,
        source: Source,
        scope: Scope | NestedScope,
        extra_names: frozenset[str],
        is_rule: bool,
        outer: Builder | None = None,
    ):
        self.source = source
        self.outer = outer
        self.is_rule = is_rule
        self.scope = scope
        self.locals = scope.locals | extra_names
        self.block = ir.Block()
        self.depth = 0
        self.loops = 0
        self.dead = False
        self.place = source.location(source.node)  # of the `finally` at hand
        self.suspended = False  # is it a generator that makes a context manager?
        self.finals = 0  # how many `finally` clauses follow, also where the function has been left
        self.errors: list[ir.Var] = []  # the exceptions that are being handled
        self.same: dict[ir.Var, ir.Atom] = {}  # carried variables that turned out to be constant in their loop
        self.bindings: dict[gast.AST, dict[str, None]] = {}
        self.leaves: dict[gast.AST, Leaves] = {}
        self._env: dict[str, ir.Atom] = dict.fromkeys(FLAGS, FALSE)
        self._log: dict[str, ir.Atom] = {}  # what the names bound in the open block stood for before
        self._open: list = []
        self._free: dict[str, ir.FreeName] = {}
        self.shared = names_used_inside(source.node)
        self.cells: dict[str, ir.Atom] = {}  # variables that inner functions share with this one
        self.captured: dict[str, ir.Var] = {}  # cells of enclosing functions that this one uses

    def at(self, node: gast.AST) -> Location:
        """Where `node` is in the user's source."""
        return self.source.location(node)

    # --- names --------------------------------------------------------------------------------------------------------

    def get(self, name: str) -> ir.Atom:
        """What a local name or a flag stands for here."""
        return self._env.get(name, UNDEFINED)

    def set(self, name: str, atom: ir.Atom) -> None:
        """Let a local name or a flag stand for `atom` from here on."""
        if name not in self._log:
            self._log[name] = self._env.get(name, UNDEFINED)
        self._env[name] = atom

    def read(self, node: gast.Name) -> ir.Atom:
        """The value of a name. One that is certainly unbound raises, as in Python."""
        name = node.id
        cell = self.cell(name)
        if cell is not None:
            return self.apply(intrinsics.cell_read, (cell,), node)
        if name not in self.locals:
            if name not in self._free:
                self._free[name] = ir.FreeName(self.scope.lookup(name))
            return self._free[name]
        atom = self.get(name)
        if atom is UNDEFINED and not self.dead:
            message = f"cannot access local variable {name!r} where it is not associated with a value"
            error = self.apply(UnboundLocalError, (ir.Lit(message),), node)
            self.raise_(error, UNDEFINED, node)
        return atom

    def bind(self, name: str, atom: ir.Atom, node: gast.AST) -> None:
        """Bind one of the user's names."""
        self.check_writable(name, node)
        cell = self.cell(name)
        if cell is not None:
            self.apply(intrinsics.cell_write, (cell, atom), node)
        else:
            self.set(name, atom)

    def unbind(self, node: gast.Name) -> None:
        """``del name``: fails like Python if it is certainly unbound."""
        self.check_writable(node.id, node)
        cell = self.cell(node.id)
        if cell is not None:
            self.apply(intrinsics.cell_delete, (cell,), node)
            return
        self.read(node)
        self.set(node.id, UNDEFINED)

    def check_writable(self, name: str, node: gast.AST) -> None:
        """Globals, and variables of functions around the differentiated one, are never written."""
        if name not in self.locals and self.cell(name) is None:
            refuse("global write" if name in self.scope.globals_written else "nonlocal write", self.at(node), name)

    def cell(self, name: str) -> ir.Atom | None:
        """The cell of a variable that is shared between this function and inner or enclosing ones, else None."""
        if name in self.cells:
            return self.cells[name]
        if name in self.locals or self.outer is None or name in self.scope.declared_global:
            return None
        if name not in self.captured and self.outer.cell(name) is not None:
            self.captured[name] = ir.Var(name)
        return self.captured.get(name)

    def share(self, name: str, node: gast.AST) -> None:
        """Keep a variable in a new cell from here on."""
        self.cells[name] = self.apply(intrinsics.new_cell, (ir.Lit(name),), node, hint=name)

    def means(self, node: gast.expr, value: object) -> bool:
        """Is it a name of a module's or a builtin, or an attribute of one, that stands for this object?"""
        path = []
        while isinstance(node, gast.Attribute):
            path.append(node.attr)
            node = node.value
        if not isinstance(node, gast.Name) or node.id in self.locals or self.cell(node.id) is not None:
            return False
        try:
            found = self.scope.lookup(node.id).read()
            for name in path[::-1]:
                found = getattr(found, name)
        except (NameError, AttributeError, ValueError):
            return False
        return found is value

    # --- statements ---------------------------------------------------------------------------------------------------

    def emit(self, stmt: ir.Stmt) -> None:
        """Append a statement, unless it could never be executed."""
        if not self.dead:
            self.block.stmts.append(stmt)

    def apply(self, fn: object, args: tuple, node: gast.AST, *, hint: str = "", kwargs: tuple = ()) -> ir.Var:
        """Append ``v = fn(*args, **kwargs)``; `v` would like to be called `hint`."""
        target = ir.Var(hint)
        self.emit(ir.Apply(target, fn, args, kwargs, self.at(node)))
        return target

    def raise_(self, exception: ir.Atom, cause: ir.Atom, node: gast.AST) -> None:
        self.apply(intrinsics.raise_, (exception, cause), node)
        self.dead = True

    # --- blocks -------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Begin an arm or a body: statements and bindings go there until it is closed."""
        self._open.append((self.block, self._log, self.dead))
        self.block, self._log = ir.Block(), {}
        self.depth += 1

    def close(self) -> Arm:
        """End what was opened last, and forget its bindings."""
        changes = {name: self._env[name] for name in self._log}
        arm = Arm(self.block, changes, self.dead, not self.dead and (self.finals > 0 or self.get(RETURNED) is not TRUE))
        self._env.update(self._log)
        self.block, self._log, self.dead = self._open.pop()
        self.depth -= 1
        return arm

    def leave(self, *flags: str) -> None:
        """Note that this path leaves: nothing that follows in the block is executed."""
        for flag in flags:
            self.set(flag, TRUE)

    def reset_flags(self) -> None:
        """Note that this path goes on: nothing has been left."""
        for flag in FLAGS:
            self.set(flag, FALSE)
        self.set(RESULT, UNDEFINED)

    def resolve(self, atom: ir.Atom) -> ir.Atom:
        """`atom`, or what it has turned out to be the same as."""
        while isinstance(atom, ir.Var) and atom in self.same:
            atom = self.same[atom]
        return atom

    def join(
        self,
        cond: ir.Atom,
        then: Arm,
        orelse: Arm,
        start: int,
        node: gast.AST,
        values: tuple[ir.Atom, ir.Atom] | None = None,
        hint: str = "",
    ) -> ir.Atom:
        """Append the ``If`` of two closed arms and bind the names that differ.

        Parameters
        ----------
        start : int
            What `mark` gave before the arms were opened. Later Vars are visible in their own arm only.
        values : pair of atoms, optional
            The values of the two arms, where the ``If`` is an expression; its value is returned and likes to be called
            `hint`.
        """
        targets: dict[ir.Var, tuple[ir.Atom, ir.Atom]] = {}
        flags: dict[tuple[ir.Atom, ir.Atom], ir.Atom] = {}

        def phi(a: ir.Atom, b: ir.Atom, hint: str, a_counts: bool, b_counts: bool) -> ir.Atom:
            """What is `a` after the one arm and `b` after the other; one that does not count may be anything."""
            a, b = self.resolve(a), self.resolve(b)
            if a is b or (isinstance(a, ir.Lit) and a == b):
                return a
            for one, other_counts in ((a, b_counts), (b, a_counts)):
                if not other_counts and not (isinstance(one, ir.Var) and one.serial > start):
                    return one
            target = ir.Var(hint)
            targets[target] = (a if a_counts else UNDEFINED, b if b_counts else UNDEFINED)
            return target

        returned_before = self.get(RETURNED)

        def result_counts(arm: Arm) -> bool:
            # In a loop it would otherwise be carried from every trip, not only from the one that returns.
            returns = self.loops > 0 or arm.changes.get(RETURNED, returned_before) is not FALSE
            return returns and not arm.dead

        value: ir.Atom = UNDEFINED
        if values is not None:
            value = phi(*values, hint, not then.dead, not orelse.dead)
        changed = then.changes | orelse.changes
        for name in (*(n for n in _HINTS if n in changed), *(n for n in changed if n not in _HINTS)):
            before = self.get(name)
            a, b = then.changes.get(name, before), orelse.changes.get(name, before)
            if name == RESULT:
                self.set(name, phi(a, b, _HINTS[name], result_counts(then), result_counts(orelse)))
            elif name in _HINTS:
                # Flags that are set together are one variable.
                if (a, b) not in flags:
                    flags[a, b] = phi(a, b, _HINTS[name], not then.dead, not orelse.dead)
                self.set(name, flags[a, b])
            elif then.alive or orelse.alive:
                self.set(name, phi(a, b, name, then.alive, orelse.alive))
        pairs = targets.values()
        then.block.yields, orelse.block.yields = tuple(a for a, _ in pairs), tuple(b for _, b in pairs)
        self.emit(ir.If(cond, then.block, orelse.block, tuple(targets), self.at(node)))
        self.dead = self.dead or (then.dead and orelse.dead)
        return value


def mark() -> int:
    """A serial number between those of all Vars made so far and of those yet to come."""
    return ir.Var().serial
