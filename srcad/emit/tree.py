"""A function's Trace as a gast tree.

Enters: a Function, its plan, names for its values. Leaves: a `gast.FunctionDef`. Statements carry two attributes
besides gast's: `loc`, the user's place, and `note`, a comment for the end of the line.

Nearly everything is one to one; `control` says what becomes of branches and loops, `copies` of values that two blocks
could not keep under one name.
"""

from __future__ import annotations

import operator
from collections.abc import Set

import gast
import numpy as np

from srcad.emit import operators as syntax
from srcad.emit.bindings import Bindings
from srcad.emit.control import branch, leaves, loop
from srcad.emit.copies import Copy, in_order
from srcad.emit.expressions import Expressions, dotted, is_identifier, name, signed
from srcad.emit.liveness import raises
from srcad.emit.names import Globals, Names
from srcad.emit.notes import Notes
from srcad.emit.operators import DELETE, LOAD, PARAM, STORE
from srcad.emit.patterns import Pattern
from srcad.emit.plan import Plan, user_named
from srcad.emit.printer import Remark
from srcad.emit.survey import BUFFER_ADDS, key
from srcad.trace import intrinsics as ops
from srcad.trace.ir import CAUGHT, ERROR, UNDEF, Apply, Block, Comment, For, If, Lit, Ref, Var, While, defined
from srcad.trace.kinds import is_float
from srcad.trace.purity import is_immutable_scalar


class Tree:
    """Writes the statements of one function."""

    def __init__(self, plan: Plan, names: Names, spelled: Globals, notes: Notes, never_certain: Set[str] = frozenset(),
                 unbinds: bool = True):
        self.plan = plan
        self.names = names
        self.write = Expressions(plan, names, spelled)
        self.spelled = spelled
        self.notes = notes
        self.unbinds = unbinds
        params = (self.names[p.var] for p in plan.function.params)
        self.bindings = Bindings(params, bool(names.doubtful), never_certain)

    # --- the function ------------------------------------------------------------------------------------------------

    def function(self) -> gast.FunctionDef:
        fn = self.plan.function
        body: list = [Remark(fn.header)] if fn.header else []
        lines = self.block(fn.body)
        if not leaves(lines):
            lines.append(self.result(fn.result))
        # A name that is read and nowhere bound must be a local one all the same.
        for text in sorted(self.write.doubted - self.bindings.ever):
            body.append(gast.AnnAssign(name(text, STORE), name("object"), None, 1))
        lines = self.guarded(lines) if fn.catches else lines
        body += self.managed(lines) if fn.contexts else lines
        node = gast.FunctionDef(self.spelled.functions[id(fn)], self.parameters(), body, [], None, None)
        node.loc = fn.loc
        return node

    def guarded(self, lines: list) -> list:
        """The body of a function that tells of exceptions instead of raising them."""
        handlers = []
        for k, classes in enumerate(self.plan.function.catches):
            nodes = [self.write.atom(Ref(cls)) for cls in classes]
            error = self.names.another()
            result = gast.Return(self.escape(self.plan.function.escape, k + 1, error))
            handlers.append(gast.ExceptHandler(nodes[0] if len(nodes) == 1 else gast.Tuple(nodes, LOAD),
                                               name(error, STORE), [result]))
        return [gast.Try(lines, handlers, [], [])]

    def managed(self, lines: list) -> list:
        """The body of a function inside the context managers that it enters."""
        calls = [gast.Call(self.write.atom(Ref(cls)), [], [gast.keyword(k, self.write.atom(v)) for k, v in options])
                 for cls, options in self.plan.function.contexts]
        return [gast.With([gast.withitem(call, None) for call in calls], lines, None)]

    def escape(self, part, number: int, error: str) -> gast.expr:
        if isinstance(part, tuple):
            return gast.Tuple([self.escape(p, number, error) for p in part], LOAD)
        return gast.Constant(number, None) if part == CAUGHT else name(error) if part == ERROR else gast.Constant(None, None)

    def parameters(self) -> gast.arguments:
        positional: list = []
        ordinary: list = []
        keyword_only: list = []
        defaults: list = []
        keyword_defaults: list = []
        variadic = keywords = None
        for param in self.plan.function.params:
            node = name(self.names[param.var], PARAM)
            default = None if param.default is None else self.write.atom(param.default)
            match int(param.style):
                case 0 | 1:
                    (positional if param.style == 0 else ordinary).append(node)
                    if default is not None:
                        defaults.append(default)
                case 2:
                    variadic = node
                case 3:
                    keyword_only.append(node)
                    keyword_defaults.append(default)
                case 4:
                    keywords = node
        return gast.arguments(ordinary, positional, variadic, keyword_only, keyword_defaults, keywords, defaults)

    def result(self, atom) -> gast.Return:
        node = gast.Return(self.write.atom(atom))
        stmt = self.plan.survey.defs.get(atom) if isinstance(atom, Var) else None
        node.loc = stmt.loc if stmt is not None and stmt.loc.line else self.plan.function.loc
        return node

    def store(self, text: str) -> gast.Name:
        """A local name, to be bound."""
        self.bindings.bind(text)
        return name(text, STORE)

    # --- blocks ------------------------------------------------------------------------------------------------------

    def block(self, block: Block, but: If | None = None) -> list:
        """The statements of a block, all `but` one, without what is given to the outside at its end."""
        out: list = []
        for stmt in block.stmts:
            if id(stmt) not in self.plan.hidden and stmt is not but:
                if isinstance(stmt, Comment) and out and isinstance(out[-1], Remark):
                    # Nothing is left of what the comment before was about.
                    out.pop()
                self.statement(stmt, out)
        return out

    def statement(self, stmt, out: list) -> None:
        """Append the lines for one statement of the Trace."""
        match stmt:
            case Apply():
                lines = self.operation(stmt)
            case Comment():
                out.append(Remark(stmt.text))
                return
            case If():
                if id(stmt) in self.plan.expressions:
                    lines = self.assign(stmt.targets[0], self.write.conditional(stmt))
                else:
                    lines = branch(self, stmt)
            case For() | While():
                lines = loop(self, stmt)
        self.notes.attach(stmt, lines, self)
        out.extend(lines)

    def operation(self, stmt: Apply) -> list:
        """One operation: an assignment, or a statement of its own kind."""
        fn = key(stmt.fn)
        special = _STATEMENTS.get(fn)
        if fn is setattr and is_identifier(stmt.args[1]):
            special = Tree.setattr_
        if special is not None:
            lines = [special(self, stmt)]
            if stmt.target not in self.plan.silent and self.plan.survey.uses.get(stmt.target):
                lines += self.assign(stmt.target, gast.Constant(None, None))
            return lines
        if fn in BUFFER_ADDS:
            return [self.add_to_buffer(stmt)]
        if fn in syntax.IN_PLACE:
            return self.in_place(stmt)
        value = self.write.operation(stmt)
        pattern = self.plan.tuples.get(id(stmt))
        if pattern is not None:
            if fn is ops.unpack or fn is operator.getitem:
                value = self.write.atom(stmt.args[0])
            return [gast.Assign([self.pattern(pattern)], value, None)]
        if stmt.target in self.plan.silent:
            return [gast.Expr(value)]
        return self.assign(stmt.target, value)

    def assign(self, target: Var, value: gast.expr) -> list:
        text = self.names[target]
        if isinstance(value, gast.Name) and value.id == text:
            return []
        return [gast.Assign([self.store(text)], value, None)]

    def pattern(self, target) -> gast.expr:
        """What a loop or an assignment binds: names, nested tuples of names."""
        target = self.plan.patterns.get(target, target) if isinstance(target, Var) else target
        match target:
            case Var():
                return self.store(self.names.unused if target in self.plan.silent else self.names[target])
            case None:
                return name(self.names.unused, STORE)
            case Pattern():
                nodes = [self.pattern(item) for item in target.items]
                if target.star >= 0:
                    nodes[target.star] = gast.Starred(nodes[target.star], STORE)
                return gast.Tuple(nodes, STORE)
        return gast.Tuple([self.pattern(item) for item in target], STORE)

    def in_place(self, stmt: Apply) -> list:
        """``y += e``; if `y` was called something else before, it is bound first, or `y` a number made anew."""
        first = stmt.args[0]
        if stmt.target in self.plan.silent:
            target = self.store(self.names[self.plan.survey.resolve(first)])
            return [gast.AugAssign(target, *self.with_sign(stmt))]
        if all(map(is_immutable_scalar, stmt.args)) and not (
                isinstance(first, Var) and self.names[self.plan.survey.resolve(first)] == self.names[stmt.target]):
            return self.assign(stmt.target, self.write.operation(stmt))
        lines = self.assign(stmt.target, self.write.atom(stmt.args[0]))
        target = self.store(self.names[stmt.target])
        lines.append(gast.AugAssign(target, *self.with_sign(stmt)))
        return lines

    def with_sign(self, stmt: Apply) -> tuple:
        """The operator and the operand of ``y += e``."""
        fn, value = key(stmt.fn), self.write.atom(stmt.args[1])
        if fn is operator.iadd and stmt.origin is not None and is_float(getattr(stmt.target, "kind", None)):
            return signed(value)
        return syntax.IN_PLACE[fn], value

    def add_to_buffer(self, stmt: Apply) -> gast.stmt:
        return self.add_at(stmt) if stmt.fn is ops.index_add else self.scatter_at(stmt)

    def add_at(self, stmt: Apply) -> gast.stmt:
        sign, value = signed(self.write.atom(stmt.args[2]))
        return gast.AugAssign(self.write.subscript(stmt, STORE), sign, value)

    def scatter_at(self, stmt: Apply) -> gast.stmt:
        fn = dotted((*self.spelled.path(np), "add", "at"))
        return gast.Expr(gast.Call(fn, [self.write.atom(a) for a in stmt.args], []))

    def setitem(self, stmt: Apply) -> gast.stmt:
        return gast.Assign([self.write.subscript(stmt, STORE)], self.write.atom(stmt.args[2]), None)

    def delitem(self, stmt: Apply) -> gast.stmt:
        return gast.Delete([self.write.subscript(stmt, DELETE)])

    def setattr_(self, stmt: Apply) -> gast.stmt:
        target = gast.Attribute(self.write.atom(stmt.args[0]), stmt.args[1].value, STORE)
        return gast.Assign([target], self.write.atom(stmt.args[2]), None)

    def push(self, stmt: Apply) -> gast.stmt:
        tape, *values = (self.write.atom(a) for a in stmt.args)
        entry = values[0] if len(values) == 1 else gast.Tuple(values, LOAD)
        return gast.Expr(gast.Call(gast.Attribute(tape, "append", LOAD), [entry], []))

    def raise_(self, stmt: Apply) -> gast.stmt:
        parts = [None if a == Lit(UNDEF) else self.write.atom(a) for a in stmt.args]
        return gast.Raise(*parts)

    # --- values that are handed on -----------------------------------------------------------------------------------

    def copies(self, targets, atoms) -> list:
        """Give each target its value, all at once; what needs no copy is left out."""
        waiting: dict[str, Copy] = {}
        for target, atom in zip(targets, atoms, strict=True):
            if target in self.plan.silent or atom == Lit(UNDEF):
                continue
            text, value = self.names[target], self.write.atom(atom)
            if isinstance(value, gast.Name) and value.id == text:
                continue
            reads: list[Var] = []
            self.plan.leaves(atom, reads)
            plain = isinstance(value, gast.Name) and isinstance(atom, Var)
            doubtful = plain and self.is_doubtful(target, atom, value.id)
            waiting[text] = Copy(value, {self.names[v] for v in reads}, doubtful)
        for text, copy in waiting.items():
            self.bindings.bind(text)
            if copy.doubtful:
                self.bindings.unbind(text)
        return in_order(waiting, self.names.another)

    def deletions(self, targets, arm: Block, other: Block) -> list:
        """``del name`` of what has a value before an If, and none after this arm: the other arm hands on what there was."""
        made = set(defined(other)) if any(a == Lit(UNDEF) for a in arm.yields) else set()
        if not self.unbinds:
            return []
        texts = [self.names[target] for target, here, there in zip(targets, arm.yields, other.yields, strict=True)
                 if here == Lit(UNDEF) and isinstance(there, Var) and there not in made and target not in self.plan.silent
                 and there not in self.plan.inline and self.names[there] == self.names[target]
                 and not raises(arm)]
        for text in texts:
            self.bindings.unbind(text)
        return [gast.Delete([gast.Name(text, DELETE, None, None)]) for text in texts]

    def is_doubtful(self, target: Var, value: Var, text: str) -> bool:
        """May `value`, called `text`, not exist, and is that none of `target`'s business?

        A value of the user's that is given to something derived from it is read, and must exist. A name that is bound
        for certain can be copied: if its value counts for nothing, neither does the copy's.
        """
        doubtful = self.plan.survey.resolve(value) in self.names.doubtful
        return self.unbinds and doubtful and user_named(target) == user_named(value) and not self.bindings.is_certain(text)


_STATEMENTS = {
    operator.setitem: Tree.setitem, ops.add_at: Tree.add_at, ops.scatter_at: Tree.scatter_at,
    ops.leave_item: Tree.setitem, operator.delitem: Tree.delitem, ops.push: Tree.push, ops.raise_: Tree.raise_,
}
