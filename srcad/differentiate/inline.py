"""Calls that have to do with written memory, written out.

Enters: a typed Trace. Leaves: it, with the body of a callee in place of every call that writes to an array, or is given
one that is written to: what a callee does to memory is then seen like anything else. Recursion that does so is refused.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.analysis.aliasing import Aliases, may_share, writes
from srcad.errors import UnsupportedError
from srcad.specialise.program import Program, Specialised, data_vars
from srcad.trace import intrinsics
from srcad.trace.ir import (
    Apply,
    Block,
    For,
    Function,
    If,
    Lit,
    Var,
    While,
    blocks,
    copy_block,
    copy_stmt,
    substitute_atom,
    walk,
)
from srcad.trace.kinds import Array, Object, Scalar, Static, TupleOf

#: Most operations that a function may grow to.
LARGEST = 20000


def inline_memory_calls(program: Program, info: Specialised, function: Function) -> None:
    """Write out calls in `function` (whose hidden data is `info`'s), until what is left has nothing to do with memory."""
    while True:
        aliases = Aliases(function)
        chosen = {id(s) for s in walk(function.body)
                  if isinstance(s, Apply) and isinstance(s.fn, Function) and concerns_memory(program, s, aliases)}
        if not chosen:
            return
        function.body = _Inliner(program, info, chosen, aliases).block(function.body, {})
        if sum(1 for _ in walk(function.body)) > LARGEST:
            raise UnsupportedError("calls that write to arrays make this function too large", "write loops", function.loc)


def inline_calls(program: Program, info: Specialised) -> None:
    """Write out the calls of a function that is compiled, but for recursive and checkpointed ones and custom derivatives.

    So what they record lies in arrays of the caller's rather than in objects of their own.
    """
    function = info.function
    while True:
        size = sum(1 for _ in walk(function.body))
        chosen = {}
        for stmt in walk(function.body):
            if isinstance(stmt, Apply) and isinstance(stmt.fn, Function) and not stmt.fn.catches and (
                    id(stmt.fn) not in program.checkpointed) and (
                    program.info_of(stmt.fn).custom is None and not is_recursive(stmt.fn)):
                size += sum(1 for _ in walk(stmt.fn.body))
                if size > LARGEST // 10:
                    break
                chosen[id(stmt)] = stmt
        if not chosen:
            return
        function.body = _Inliner(program, info, set(chosen)).block(function.body, {})


def concerns_memory(program: Program, stmt: Apply, aliases: Aliases) -> bool:
    """Does a call write to memory, or is it given memory that is written to, or does its result share some?"""
    if writes(stmt.fn):
        return True
    if not any(aliases.numbers(a) for a in (stmt.target, *stmt.args)):
        return False
    keeps = is_recursive(stmt.fn) or program.info_of(stmt.fn).custom is not None
    keeps = keeps or bool(stmt.fn.catches)
    items = stmt.target.kind.items if isinstance(stmt.target.kind, TupleOf) else (stmt.target.kind,)
    return not (keeps and all(isinstance(k, Scalar | Static) or k == Object(BaseException) for k in items))


def is_recursive(function: Function) -> bool:
    """Does a Trace call itself, directly or not?"""
    seen, waiting = set(), [function]
    while waiting:
        for stmt in walk(waiting.pop().body):
            if isinstance(stmt, Apply) and isinstance(stmt.fn, Function):
                if stmt.fn is function:
                    return True
                if id(stmt.fn) not in seen:
                    seen.add(id(stmt.fn))
                    waiting.append(stmt.fn)
    return False


class _Inliner:
    def __init__(self, program: Program, info: Specialised, chosen: set, aliases: Aliases | None = None) -> None:
        self.program, self.info, self.chosen, self.aliases = program, info, chosen, aliases
        self.made: dict = {}         # what inlined callees define at their outermost level

    def block(self, block: Block, mapping: dict) -> Block:
        """A copy of a block with the chosen calls written out."""
        out: list = []
        for stmt in block.stmts:
            if isinstance(stmt, Apply) and id(stmt) in self.chosen:
                self.call(stmt, mapping, out)
            elif isinstance(stmt, Apply) and stmt.fn is operator.getitem and (item := self.item(stmt, mapping)) is not None:
                mapping[stmt.target] = item
            elif isinstance(stmt, If | For | While) and any(id(s) in self.chosen for b in blocks(stmt) for s in walk(b)):
                out.append(self.compound(stmt, mapping))
            else:
                out.append(copy_stmt(stmt, mapping))
        return Block(out, tuple(substitute_atom(a, mapping) for a in block.yields))

    def compound(self, stmt, mapping: dict):
        """A statement with blocks: its skeleton is copied, then its blocks are."""
        inner = blocks(stmt)
        kept = [b.stmts for b in inner]
        yields = [b.yields for b in inner]
        stop = stmt.stop if isinstance(stmt, For | While) else None
        for b in inner:
            b.stmts, b.yields = [], ()
        if stop is not None:
            stmt.stop = None
        try:
            new = copy_stmt(stmt, mapping)
        finally:
            for b, stmts, y in zip(inner, kept, yields):
                b.stmts, b.yields = stmts, y
            if stop is not None:
                stmt.stop = stop
        made = [self.block(b, mapping) for b in inner]
        match new:
            case If():
                new.then, new.orelse = made
            case For():
                [new.body] = made
            case While():
                new.test, new.body = made
        if stop is not None:
            new.stop = substitute_atom(stop, mapping)
        return new

    def call(self, stmt: Apply, mapping: dict, out: list) -> None:
        callee = stmt.fn
        if callee.catches:
            raise UnsupportedError("an array is written to in a `try` whose handler goes on, or is used there and written to "
                                   "elsewhere", "make new arrays there, or use a copy (x.copy()) in the `try`", stmt.loc)
        if is_recursive(callee):
            raise UnsupportedError(f"the recursive function {callee.doc or callee.name} has to do with arrays that are "
                                   "written to", "write it as a loop, or without writing to arrays", stmt.loc)
        if self.program.info_of(callee).custom is not None:
            self.call_with_copies(stmt, mapping, out)
            return
        inner: dict = {p.var: substitute_atom(a, mapping) for p, a in zip(callee.params, stmt.args)}
        for key, var in self.program.info_of(callee).hidden.items():
            inner[var] = data_vars(self.program, self.info, key)
        body = copy_block(callee.body, inner)
        for s in walk(body):
            if isinstance(s, Apply) and s.origin is None:
                s.origin = stmt.origin
        out.extend(body.stmts)
        mapping[stmt.target] = body.yields[0]
        self.made.update((s.target, s) for s in body.stmts if isinstance(s, Apply))

    def call_with_copies(self, stmt: Apply, mapping: dict, out: list) -> None:
        """A call of a function with a derivative of its own: a function of values, which is given copies of memory."""
        callee, given = stmt.fn, self.aliases
        assert given is not None
        own = Aliases(callee)
        result = callee.result
        shares = isinstance(result, Var) and any(own.find(result) is own.find(p.var) for p in callee.params)
        held = any(given.numbers(a) and not isinstance(a.kind, Array) for a in (*stmt.args, stmt.target) if isinstance(a, Var))
        if writes(callee) or held or shares and may_share(stmt.target.kind):
            what = "writes to its arguments" if writes(callee) else "has to do with arrays that are written to"
            raise UnsupportedError(f"{callee.doc or callee.name}, which has a derivative of its own, {what}",
                                   "let it make arrays of its own, and give it a copy (x.copy())", stmt.loc)
        args = []
        for atom in stmt.args:
            new = substitute_atom(atom, mapping)
            if given.numbers(atom):
                copy = Var("", atom.kind)
                out.append(Apply(copy, np.ndarray.copy, (new,), (), stmt.loc, stmt.origin))
                new = copy
            args.append(new)
        target = stmt.target.like()
        mapping[stmt.target] = target
        made = Var("", target.kind) if given.numbers(stmt.target) else target
        out.append(Apply(made, callee, tuple(args), (), stmt.loc, stmt.origin))
        if made is not target:
            out.append(Apply(target, np.ndarray.copy, (made,), (), stmt.loc, stmt.origin))

    def item(self, stmt: Apply, mapping: dict):
        """The item of a tuple that an inlined callee returns."""
        container, key = mapping.get(stmt.args[0]), stmt.args[1]
        made = self.made.get(container) if isinstance(container, Var) else None
        if made is None or made.fn is not intrinsics.build_tuple or not isinstance(key, Lit):
            return None
        return made.args[key.value]
