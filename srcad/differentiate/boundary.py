"""Where a function that writes to memory meets its caller.

Enters: a copy of a typed Trace. Leaves: it, with calls that concern memory written out, its result safe from the reverse
sweep, and the statements around it: an argument that the reverse sweep would undo is worked on in a copy, and gets its
final state before that. ::

    check_separate(1, x, y)              arguments must not overlap
    x1 = x.copy()                        ... the body, on x1 ...
    x[...] = x1
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field

import numpy as np

from srcad import runtime
from srcad.analysis.aliasing import Aliases, is_write, writes
from srcad.differentiate.held import BUILDS, take_out
from srcad.differentiate.inline import inline_memory_calls, name_joined
from srcad.differentiate.parts import take_apart
from srcad.errors import LostDerivativeError, UnsupportedError
from srcad.specialise.program import Program, Specialised
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Source, Var, While, blocks, copy_block, every_block, walk
from srcad.trace.kinds import BOOL, NONE, Array, ListOf, SliceOf
from srcad.trace.sharing import FORM_ONLY, Sharing

#: Operations that add to a buffer and give it → the writes that do the same.
ADDITIONS = {intrinsics.index_add: intrinsics.add_at, intrinsics.scatter_add: intrinsics.scatter_at}


@dataclass(eq=False)
class Boundary:
    """What is done before and after the body.

    Attributes
    ----------
    aliases : Aliases
        Of the prepared body.
    written : tuple of int
        Positions of the parameters that may be written to.
    enter, leave : list
        Statements around the body.
    """

    aliases: Aliases
    written: tuple = ()
    enter: list = field(default_factory=list)
    leave: list = field(default_factory=list)


def prepare(program: Program, info: Specialised, function: Function, *, always: bool, restored: set | None,
            copies: bool = True, reference=None) -> Boundary | None:
    """Prepare a function's body for differentiation; None if it writes to no memory.

    Parameters
    ----------
    always : bool
        Copy every written argument, whether its class is restored or not.
    restored : set of int or None
        The classes that the reverse sweep restores; None: all.
    copies : bool
        Copy arguments at all (a tangent has no reverse sweep).
    reference : Reference or None
        How the function is given memory, if by reference: it then works on the caller's arrays, and has no boundary.
    """
    if not writes(function) and reference is None:
        return None
    alias = Aliases if reference is None else reference.aliases
    inline_memory_calls(program, info, function, alias)
    if reference is not None:
        name_joined(function)
    open_tests(function.body)
    take_apart(function, alias)
    back = [] if reference is not None else take_out(program, info, function, lambda f: copying(f, alias(f)))
    if copies or reference is not None:
        copy_results(function, alias, reference)
    aliases = alias(function)
    if write_additions(function, aliases) | copy_for_helpers(function.body, aliases):
        aliases = alias(function)
    for var in info.hidden.values():
        stmt = next((s for s in aliases.written for a in aliases.changed(s)
                     if not set(aliases.numbers(a)).isdisjoint(aliases.numbers(var))), None)
        if stmt is not None:
            raise LostDerivativeError(f"{var.hint}, which outlives the call, is written to",
                                      "write to a copy, or pass it as an argument", stmt.loc)
    boundary = Boundary(aliases)
    if reference is not None:
        return boundary
    boundary.written = tuple(k for k, p in enumerate(function.params) if aliases.numbers(p.var))
    for k in boundary.written:
        var = function.params[k].var
        if not isinstance(var.kind, Array) and not (isinstance(var.kind, ListOf) and not aliases.holds_memory(var)):
            stmt, changed = next((s, a) for s in aliases.written for a in aliases.changed(s)
                                 if not set(aliases.numbers(a)).isdisjoint(aliases.numbers(var)))
            what = "a list" if isinstance(changed.kind, ListOf) else "an array"
            raise UnsupportedError(f"{what} held by the argument {var.hint} is written to",
                                   f"pass the {what.split()[1]} as an argument of its own", stmt.loc)
    check(boundary, info, function)
    copied = [function.params[k].var for k in boundary.written
              if always or restored is None or aliases.number(function.params[k].var) in restored]
    if copies and copied:
        mapping = {var: Var(var.hint, var.kind, var.of, var.suffix) for var in copied}
        copy = copying(function, aliases)
        entering = [Apply(new, list if isinstance(new.kind, ListOf) else copy, (old,), (), function.loc)
                    for old, new in mapping.items()]
        for old, new in mapping.items():
            index: Lit | Var = Lit(Ellipsis)
            if isinstance(new.kind, ListOf):
                index = Var("", SliceOf(None, None, None))
                boundary.leave.append(Apply(index, intrinsics.build_slice, (Lit(None),) * 3, (), function.loc))
            boundary.leave.append(Apply(Var("", NONE), operator.setitem, (old, index, new), (), function.loc))
        renamed: dict = dict(mapping)
        body = copy_block(function.body, renamed)
        function.body = Block([*entering, *body.stmts], body.yields)
        back = copy_block(Block(back), renamed).stmts
        boundary.aliases = Aliases(function)
    boundary.leave += back
    return boundary


def open_tests(block: Block) -> None:
    """Move tests of ``while`` that write to memory into the body: ``while True: if not test: break; ...``"""
    for stmt in block.stmts:
        for inner in blocks(stmt):
            open_tests(inner)
        if not isinstance(stmt, While) or not any(
                is_write(s) or isinstance(s, Apply) and isinstance(s.fn, Function) and writes(s.fn) for s in walk(stmt.test)):
            continue
        [cond] = stmt.test.yields
        stop = Var("", BOOL)
        targets = (*(c.like() for c in stmt.carried), stop)
        again = Block(stmt.body.stmts, (*stmt.body.yields, Lit(False) if stmt.stop is None else stmt.stop))
        leave = Block([], (*stmt.carried, Lit(True)))
        stmt.body = Block([*stmt.test.stmts, If(cond, again, leave, targets, stmt.loc, stmt.origin)], targets[:-1])
        stmt.test, stmt.stop = Block([], (Lit(True),)), stop


def write_additions(function: Function, aliases: Aliases) -> bool:
    """Make additions to adjoint buffers (`index_add`) that are memory writes like others; the new version is a second name."""
    changed = False
    for block in every_block(function.body):
        stmts: list = []
        for stmt in block.stmts:
            if isinstance(stmt, Apply) and stmt.fn in ADDITIONS and isinstance(stmt.target.kind, Array) and (
                    aliases.number(stmt.target) is not None):
                stmts.append(Apply(Var("", NONE), ADDITIONS[stmt.fn], stmt.args, (), stmt.loc, stmt.origin))
                stmt = Apply(stmt.target, intrinsics.copy_value, stmt.args[:1], (), stmt.loc, stmt.origin)
                changed = True
            stmts.append(stmt)
        block.stmts = stmts
    return changed


def copying(function: Function, aliases: Aliases):
    """What copies an array that a function is to work on."""
    return runtime.copy_memory if depends_on_layout(function, aliases) else np.ndarray.copy


def depends_on_layout(function: Function, aliases: Aliases) -> bool:
    """Is there an operation whose result is a view of memory or a copy, as the layout has it?"""
    return any(isinstance(s, Apply) and aliases.number(s.target) is not None and aliases.sharing(s) is Sharing.MAYBE
               for s in walk(function.body))


def copy_for_helpers(block: Block, aliases: Aliases) -> bool:
    """Give srcad's own helpers copies of memory: they are functions of values, also where they return an operand."""
    changed, stmts = False, []
    for stmt in block.stmts:
        for inner in blocks(stmt):
            changed |= copy_for_helpers(inner, aliases)
        if isinstance(stmt, Apply) and runtime.is_helper(stmt.fn) and (
                aliases.number(stmt.target) is not None and aliases.sharing(stmt) is Sharing.UNKNOWN):
            args = list(stmt.args)
            for k, atom in enumerate(args):
                if isinstance(atom, Var) and isinstance(atom.kind, Array) and (stmt.fn, k) not in FORM_ONLY and (
                        aliases.number(atom) is not None):
                    args[k] = Var("", atom.kind)
                    stmts.append(Apply(args[k], np.ndarray.copy, (atom,), (), stmt.loc, stmt.origin))
                    changed = True
            stmt = Apply(stmt.target, stmt.fn, tuple(args), stmt.kwargs, stmt.loc, stmt.origin)
        stmts.append(stmt)
    block.stmts = stmts
    return changed


def copy_results(function: Function, alias=Aliases, reference=None) -> None:
    """Let no result be memory that the reverse sweep undoes. An argument that is given by reference need not be returned."""
    aliases = alias(function)
    body = function.body
    if reference is not None and writes(function) and body.yields[0] in [p.var for p in function.params]:
        body.yields = (Lit(None),)
        return
    made = {s.target: s for s in body.stmts if isinstance(s, Apply)}
    body.yields = (_copied(body, aliases, made, body.yields[0]),)


def _copied(body: Block, aliases: Aliases, made: dict, atom):
    if not isinstance(atom, Var) or not aliases.numbers(atom):
        return atom
    if isinstance(atom.kind, ListOf | Array):
        return _copy(body.stmts, atom, body.stmts[-1].loc)
    build = made.get(atom)
    if build is not None and build.fn in BUILDS:
        items = tuple(_copied(body, aliases, made, a) for a in build.args)
        named = tuple((n, _copied(body, aliases, made, a)) for n, a in build.kwargs)
        again = Var(atom.hint, atom.kind)
        body.stmts.append(Apply(again, build.fn, items, named, build.loc, build.origin))
        return again
    return atom


def _copy(stmts: list, atom: Var, loc) -> Var:
    """A copy of an array or list of memory, of a list of those item by item."""
    copy = Var("", atom.kind)
    if isinstance(atom.kind, ListOf) and isinstance(atom.kind.element, ListOf | Array):
        item, inner = Var("", atom.kind.element), Block()
        inner.stmts.append(Apply(Var("", NONE), list.append, (copy, _copy(inner.stmts, item, loc)), (), loc))
        stmts += [Apply(copy, intrinsics.new_list, (), (), loc), For((Source(item, atom),), (), (), inner, loc=loc)]
    else:
        stmts.append(Apply(copy, np.ndarray.copy if isinstance(atom.kind, Array) else runtime.copy_adjoint, (atom,), (), loc))
    return copy


def check(boundary: Boundary, info: Specialised, function: Function) -> None:
    """Arguments that are written to must overlap nothing else that the function is given."""
    written = [function.params[k].var for k in boundary.written]
    others = [p.var for k, p in enumerate(function.params)
              if k not in boundary.written and boundary.aliases.may_share(p.var.kind)]
    others += [v for v in info.hidden.values() if boundary.aliases.may_share(v.kind)]
    if not written or len(written) + len(others) < 2:
        return
    aliases = boundary.aliases
    numbers = {n for v in written for n in aliases.numbers(v)}
    loc = next((s.loc for s in aliases.written for a in aliases.changed(s) if not numbers.isdisjoint(aliases.numbers(a))),
               function.loc)
    boundary.enter.append(Apply(Var("", NONE), runtime.check_separate, (Lit(len(written)), *written, *others), (), loc))
