"""Calls that have to do with written memory, written out.

Enters: a typed Trace. Leaves: it, with the body of a callee in place of every call that writes to an array, or is given
one that is written to: what a callee does to memory is then seen like anything else. Recursive functions are not written
out: they are given memory by reference (`recursion`).
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.analysis.aliasing import Aliases, may_share, writes
from srcad.analysis.recursion import call_effects, is_recursive
from srcad.errors import UnsupportedError
from srcad.optimize.replace import replace
from srcad.specialise.program import Program, Specialised, data_vars
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
    copy_block,
    copy_stmt,
    defined,
    substitute_atom,
    walk,
)
from srcad.trace.kinds import NONE, Array, Object, Scalar, Static, TupleOf
from srcad.trace.naming import function_name

#: Most operations that a function may grow to.
LARGEST = 20000


def inline_memory_calls(program: Program, info: Specialised, function: Function, alias=Aliases) -> None:
    """Write out calls in `function` (whose hidden data is `info`'s), until what is left has nothing to do with memory, or is
    recursive. ``alias(function)`` gives the classes of its memory."""
    while True:
        name_results(function)
        aliases = alias(function)
        chosen = {id(s) for s in walk(function.body)
                  if isinstance(s, Apply) and isinstance(s.fn, Function) and concerns_memory(program, s, aliases)}
        if not chosen:
            return
        function.body = _Inliner(program, info, chosen, aliases).block(function.body, {})
        if sum(1 for _ in walk(function.body)) > LARGEST:
            raise UnsupportedError("calls that write to arrays make this function too large", "write loops", function.loc)


def inline_calls(program: Program, info: Specialised, wanted=lambda call: True) -> None:
    """Write out the calls of a function that is compiled, but for recursive and checkpointed ones and custom derivatives, and
    those that are not `wanted`.

    So what they record lies in arrays of the caller's rather than in objects of their own.
    """
    function = info.function
    while True:
        size = sum(1 for _ in walk(function.body))
        chosen = {}
        for stmt in walk(function.body):
            if isinstance(stmt, Apply) and isinstance(stmt.fn, Function) and not stmt.fn.catches and (
                    id(stmt.fn) not in program.checkpointed) and wanted(stmt) and (
                    program.info_of(stmt.fn).custom is None and not is_recursive(stmt.fn)):
                size += sum(1 for _ in walk(stmt.fn.body))
                if size > LARGEST // 10:
                    break
                chosen[id(stmt)] = stmt
        if not chosen:
            return
        function.body = _Inliner(program, info, set(chosen)).block(function.body, {})


def name_results(function: Function) -> None:
    """Let what a recursive function returns be its argument, where that is what it returns."""
    same: dict = {}
    for stmt in walk(function.body):
        if isinstance(stmt, Apply) and isinstance(stmt.fn, Function) and stmt.target.kind != NONE and writes(
                stmt.fn) and is_recursive(stmt.fn):
            effects = call_effects(stmt.fn)
            if effects.same is not None:
                given = stmt.args[effects.same]
                same[stmt.target] = same.get(given, given)
                stmt.target = Var("", NONE)
    if same:
        replace(function.body, same)


def name_joined(function: Function) -> None:
    """Let what both arms of a branch give be itself, where that is one value from before the branch."""
    same: dict = {}
    for stmt in [s for s in walk(function.body) if isinstance(s, If)][::-1]:       # those inside a branch come after it
        own = set(defined(Block([stmt])))
        kept = []
        for k, target in enumerate(stmt.targets):
            atoms = {same.get(a, a) for a in (stmt.then.yields[k], stmt.orelse.yields[k])} - {Lit(UNDEF)}
            if len(atoms) == 1 and isinstance(atom := atoms.pop(), Var) and atom not in own:
                same[target] = atom
            else:
                kept.append(k)
        stmt.targets = tuple(stmt.targets[k] for k in kept)
        for arm in (stmt.then, stmt.orelse):
            arm.yields = tuple(arm.yields[k] for k in kept)
    if same:
        replace(function.body, same)


def concerns_memory(program: Program, stmt: Apply, aliases: Aliases) -> bool:
    """Does a call write to memory, or is it given memory that is written to, or does its result share some?"""
    recursive = is_recursive(stmt.fn) and not stmt.fn.catches and program.info_of(stmt.fn).custom is None
    if writes(stmt.fn):
        return not recursive
    if recursive or not any(aliases.numbers(a) for a in (stmt.target, *stmt.args)):
        return False
    keeps = program.info_of(stmt.fn).custom is not None or bool(stmt.fn.catches)
    items = stmt.target.kind.items if isinstance(stmt.target.kind, TupleOf) else (stmt.target.kind,)
    return not (keeps and all(isinstance(k, Scalar | Static) or k == Object(BaseException) for k in items))


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
            raise UnsupportedError(f"{function_name(callee)}, which has a derivative of its own, {what}",
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
