"""A function's Trace as a gast tree.

Enters: a Function, its plan, names for its values. Leaves: a `gast.FunctionDef`. Statements carry two attributes
besides gast's: `loc`, the user's place, and `note`, a comment for the end of the line.

What is not one to one: the copies at the end of a block, where two values could not share a name (in an order, or as
a swap, such that none reads what another has overwritten); `break` and `return` for an If that only says whether to
leave; an ``else`` that needs no indentation because the arm before it never ends.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass

import gast
import numpy as np

from srcad.emit import operators as syntax
from srcad.emit.expressions import Expressions, dotted, is_identifier, name, negated
from srcad.emit.names import Globals, Names
from srcad.emit.notes import Notes
from srcad.emit.operators import DELETE, LOAD, PARAM, STORE
from srcad.emit.plan import Plan, user_named
from srcad.emit.printer import Remark
from srcad.trace import intrinsics as ops
from srcad.trace.ir import UNDEF, Apply, Block, Comment, For, If, Lit, Var, While
from srcad.trace.purity import is_immutable_scalar

_LEAVE = (gast.Break, gast.Return, gast.Raise)


class Tree:
    """Writes the statements of one function.

    Attributes
    ----------
    bound : set of str
        The local names that the text binds.
    """

    def __init__(self, plan: Plan, names: Names, spelled: Globals, notes: Notes):
        self.plan = plan
        self.names = names
        self.write = Expressions(plan, names, spelled)
        self.spelled = spelled
        self.notes = notes
        self.bound = {self.names[p.var] for p in plan.function.params}

    # --- the function ------------------------------------------------------------------------------------------------

    def function(self) -> gast.FunctionDef:
        fn = self.plan.function
        body: list = [Remark(fn.header)] if fn.header else []
        lines = self.block(fn.body)
        if not _leaves(lines):
            lines.append(self.result(fn.result))
        # A name that is read and nowhere bound must be a local one all the same.
        for text in sorted(self.write.doubted - self.bound):
            body.append(gast.AnnAssign(name(text, STORE), name("object"), None, 1))
        body += lines
        node = gast.FunctionDef(self.spelled.functions[id(fn)], self.parameters(), body, [], None, None)
        node.loc = fn.loc
        return node

    def parameters(self) -> gast.arguments:
        positional, ordinary, keyword_only = [], [], []
        defaults, keyword_defaults = [], []
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
        self.bound.add(text)
        return name(text, STORE)

    # --- blocks ------------------------------------------------------------------------------------------------------

    def block(self, block: Block) -> list:
        """The statements of a block, without what is given to the outside at its end."""
        out: list = []
        for stmt in block.stmts:
            if id(stmt) not in self.plan.hidden:
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
                    which = self.plan.tails.get(id(stmt))
                    leave = None if which is None else _Returning(self, which)
                    lines = self.branch(stmt, leave)
            case For() | While():
                lines = self.loop(stmt)
        self.notes.attach(stmt, lines, self)
        out.extend(lines)

    def operation(self, stmt: Apply) -> list:
        """One operation: an assignment, or a statement of its own kind."""
        special = _STATEMENTS.get(stmt.fn) if not isinstance(stmt.fn, Var) else None
        if stmt.fn is setattr and is_identifier(stmt.args[1]):
            special = Tree.setattr_
        if special is not None:
            lines = [special(self, stmt)]
            if stmt.target not in self.plan.silent and self.plan.survey.uses.get(stmt.target):
                lines += self.assign(stmt.target, gast.Constant(None, None))
            return lines
        if stmt.fn in (ops.index_add, ops.scatter_add):
            return [self.add_to_buffer(stmt)]
        if stmt.fn in syntax.IN_PLACE:
            return self.in_place(stmt)
        value = self.write.operation(stmt)
        items = self.plan.tuples.get(id(stmt))
        if items is not None:
            if stmt.fn is ops.unpack:
                value = self.write.atom(stmt.args[0])
            return [gast.Assign([self.pattern(*items)], value, None)]
        if stmt.target in self.plan.silent:
            return [gast.Expr(value)]
        return self.assign(stmt.target, value)

    def assign(self, target: Var, value: gast.expr) -> list:
        text = self.names[target]
        if isinstance(value, gast.Name) and value.id == text:
            return []
        return [gast.Assign([self.store(text)], value, None)]

    def pattern(self, items, star: int = -1) -> gast.expr:
        """What a loop or an unpacking binds: names, nested tuples of names."""
        if isinstance(items, Var):
            return self.store(self.names.unused if items in self.plan.silent else self.names[items])
        if items is None:
            return name(self.names.unused, STORE)
        nodes = [self.pattern(item) for item in items]
        if star >= 0:
            nodes[star] = gast.Starred(nodes[star], STORE)
        return gast.Tuple(nodes, STORE)

    def in_place(self, stmt: Apply) -> list:
        """``y += e``; if `y` was called something else before, it is bound first, or `y` a number made anew."""
        first = stmt.args[0]
        if all(map(is_immutable_scalar, stmt.args)) and not (
                isinstance(first, Var) and self.names[self.plan.survey.resolve(first)] == self.names[stmt.target]):
            return self.assign(stmt.target, self.write.operation(stmt))
        lines = self.assign(stmt.target, self.write.atom(stmt.args[0]))
        target = self.store(self.names[stmt.target])
        lines.append(gast.AugAssign(target, syntax.IN_PLACE[stmt.fn], self.write.atom(stmt.args[1])))
        return lines

    def add_to_buffer(self, stmt: Apply) -> gast.stmt:
        if stmt.fn is ops.index_add:
            return gast.AugAssign(self.write.subscript(stmt, STORE), syntax.ADD, self.write.atom(stmt.args[2]))
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

    # --- branches and loops ------------------------------------------------------------------------------------------

    def branch(self, stmt: If, leave: _Returning | _Breaking | None = None) -> list:
        """An If. `leave` says how arms end that leave the function or the loop."""
        arms = []
        for arm in (stmt.then, stmt.orelse):
            arms.append(self.block(arm) + self.copies(stmt.targets, arm.yields) if leave is None
                        else leave.arm(stmt, arm))
        # An arm of comments alone is an empty one.
        then, orelse = (lines if _has_code(lines) else [] for lines in arms)
        test = self.write.atom(stmt.cond)
        if not then and not orelse:
            return [gast.Expr(test)] if self.must_evaluate(stmt.cond) else []
        if not then or (_is_exit(orelse) and not _leaves(then)):
            test, then, orelse = negated(test), orelse, then
        rest: list = []
        if orelse and _leaves(then):
            orelse, rest = [], orelse
        return [gast.If(test, then, orelse), *rest]

    def must_evaluate(self, cond) -> bool:
        """Would something be lost if this condition were not written? It may have effects, or have no value."""
        if cond not in self.plan.inline:
            return False
        reads: list[Var] = []
        self.plan.leaves(cond, reads)
        return cond in self.plan.effectful or not self.names.doubtful.isdisjoint(reads)

    def loop(self, stmt: For | While) -> list:
        lines = self.copies(stmt.carried, stmt.inits)
        body: list = []
        if isinstance(stmt, For):
            iterables = [self.write.atom(s.iterable) for s in stmt.sources]
            reads: list[Var] = []
            for source in stmt.sources:
                self.plan.leaves(source.iterable, reads)
            if self.changes(lines, reads):
                # A copy before the loop would change what the header reads.
                for k, node in enumerate(iterables):
                    iterables[k] = name(self.names.another())
                    lines.insert(k, gast.Assign([self.store(iterables[k].id)], node, None))
            node = self.for_header(stmt, iterables, body)
        elif id(stmt) in self.plan.expressions:
            node = gast.While(self.write.atom(stmt.test.yields[0]), body, [])
        else:
            node = gast.While(gast.Constant(True, None), body, [])
            body += self.block(stmt.test)
            body.append(gast.If(negated(self.write.atom(stmt.test.yields[0])), [gast.Break()], []))
        body += self.trip(stmt)
        if not _has_code(body):
            body.append(gast.Pass())
        return [*lines, node]

    def for_header(self, stmt: For, iterables: list, body: list) -> gast.For:
        targets = [self.pattern(s.target) for s in stmt.sources]
        if len(stmt.sources) == 1:
            return gast.For(targets[0], iterables[0], body, [], None)
        return gast.For(gast.Tuple(targets, STORE), self.write.call(zip, iterables), body, [], None)

    def trip(self, stmt: For | While) -> list:
        """The body of a loop, with what it carries to the next trip and how it is left."""
        body, stop = stmt.body, stmt.stop
        copies = self.copies(stmt.carried, body.yields)
        return self.ending(body, copies, lambda which: _Breaking(self, which, [(stmt.carried, body.yields)]), stop, [])

    def ending(self, block: Block, copies: list, breaking, stop, leaving: list) -> list:
        """A block at whose end a loop may be left: by an If whose arms break, or by the flag `stop`."""
        last = next((s for s in reversed(block.stmts) if not isinstance(s, Comment)), None)
        if not (isinstance(last, If) and id(last) in self.plan.tails):
            return self.block(block) + self.leave_if(stop, copies, leaving)
        out: list = []
        for stmt in block.stmts:
            if stmt is last:
                lines = self.branch(last, breaking(self.plan.tails[id(last)]))
                self.notes.attach(last, lines, self)
                out += lines
            elif id(stmt) not in self.plan.hidden:
                self.statement(stmt, out)
        return out if _leaves(out) else out + copies

    def leave_if(self, stop, copies: list, leaving: list) -> list:
        """Copies, then ``if stop: break``; the other way round if the copies change what `stop` is."""
        if stop is None or stop == Lit(False):
            return copies
        if stop == Lit(True):
            return [*copies, *leaving, gast.Break()]
        reads: list[Var] = []
        self.plan.leaves(stop, reads)
        test = self.write.atom(stop)
        if self.changes(copies, reads):
            return [gast.If(test, [*copies, *leaving, gast.Break()], []), *copies]
        return [*copies, gast.If(test, [*leaving, gast.Break()], [])]

    def changes(self, copies: list, reads: list[Var]) -> bool:
        """Do these copies write to names that have yet to be read?"""
        written = {target.id for line in copies for target in _written(line)}
        return not written.isdisjoint(self.names[v] for v in reads)

    def copies(self, targets, atoms) -> list:
        """Give each target its value, all at once; what needs no copy is left out."""
        waiting: dict[str, _Copy] = {}
        for target, atom in zip(targets, atoms, strict=True):
            if target in self.plan.silent or atom == Lit(UNDEF):
                continue
            text, value = self.names[target], self.write.atom(atom)
            if isinstance(value, gast.Name) and value.id == text:
                continue
            self.bound.add(text)
            reads: list[Var] = []
            self.plan.leaves(atom, reads)
            # A value of the user's that is given to something derived from it is read, and must exist.
            doubtful = (isinstance(value, gast.Name) and not self.names.doubtful.isdisjoint(reads)
                        and user_named(target) == user_named(atom))
            waiting[text] = _Copy(value, {self.names[v] for v in reads}, doubtful)
        out: list = []
        while waiting:
            # What nobody has yet to read may be overwritten.
            ready = next((t for t in waiting if not any(t in c.reads for u, c in waiting.items() if u != t)), None)
            if ready is not None:
                out.append(waiting.pop(ready).statement(ready))
            elif any(copy.doubtful for copy in waiting.values()):
                first, spare = next(iter(waiting)), self.names.another()
                out.append(waiting[first].statement(spare))
                waiting[first] = _Copy(name(spare), {spare}, waiting[first].doubtful)
            else:
                cycle = _cycle(waiting)
                values = [waiting.pop(text).value for text in cycle]
                left = gast.Tuple([name(text, STORE) for text in cycle], STORE)
                out.append(gast.Assign([left], gast.Tuple(values, LOAD), None))
        return out


@dataclass(slots=True)
class _Copy:
    """One of the values that are given at the end of a block: what is written, what it reads, may it be missing?"""

    value: gast.expr
    reads: set[str]
    doubtful: bool

    def statement(self, target: str) -> gast.stmt:
        """``target = value``. A value that does not exist leaves none under the new name either."""
        copy = gast.Assign([name(target, STORE)], self.value, None)
        if not self.doubtful:
            return copy
        unbind = [gast.Assign([name(target, STORE)], gast.Constant(None, None), None),
                  gast.Delete([name(target, DELETE)])]
        return gast.Try([copy], [gast.ExceptHandler(name("UnboundLocalError"), None, unbind)], [], [])


def _cycle(waiting: dict[str, _Copy]) -> list[str]:
    """Copies to be made at once, ``a, b = b, a``: the first cycle if there is nothing but plain ones, else all."""
    if any(len(copy.reads) != 1 for copy in waiting.values()):
        return list(waiting)
    cycle = [next(iter(waiting))]
    while (following := next(iter(waiting[cycle[-1]].reads))) != cycle[0]:
        cycle.append(following)
    return cycle


class _Returning:
    """Arms of an If at the end of the function: each returns its yield."""

    def __init__(self, tree: Tree, which: int):
        self.tree = tree
        self.which = which

    def arm(self, stmt: If, arm: Block) -> list:
        lines = self.tree.block(arm)
        return lines if _leaves(lines) else [*lines, self.tree.result(arm.yields[self.which])]


class _Breaking:
    """Arms of an If at the end of a loop's body: those whose yield is true give the loop its values and break."""

    def __init__(self, tree: Tree, which: int, pending: list):
        self.tree = tree
        self.which = which
        self.pending = pending

    def arm(self, stmt: If, arm: Block) -> list:
        tree, own = self.tree, (stmt.targets, arm.yields)
        leaving = [line for level in self.pending for line in tree.copies(*level)]
        return tree.ending(arm, tree.copies(*own), lambda which: _Breaking(tree, which, [own, *self.pending]),
                           arm.yields[self.which], leaving)


def _written(line) -> list:
    """The names that a copy binds."""
    target = (line.body[0] if isinstance(line, gast.Try) else line).targets[0]
    return list(target.elts) if isinstance(target, gast.Tuple) else [target]


def _leaves(lines: list) -> bool:
    """Is the end of these lines never reached?"""
    last = next((line for line in reversed(lines) if not isinstance(line, Remark)), None)
    return isinstance(last, _LEAVE) or (isinstance(last, gast.If) and _leaves(last.body) and _leaves(last.orelse))


def _has_code(lines: list) -> bool:
    return not all(isinstance(line, Remark) for line in lines)


def _is_exit(lines: list) -> bool:
    return len(lines) == 1 and isinstance(lines[0], gast.Break)


_STATEMENTS = {
    operator.setitem: Tree.setitem, operator.delitem: Tree.delitem, ops.push: Tree.push, ops.raise_: Tree.raise_,
}
