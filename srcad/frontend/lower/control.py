"""``if``, ``for`` and ``while``, and what follows a statement that may leave early.

What follows ``if c: return a`` goes into the other arm; nothing is ever lowered twice:

    if c: return a                         If(c, [a], [rest])
    rest                         →

Where that is not possible (both arms may go on), or would nest deeper than `_DEEPEST`, the rest is guarded by the flag
that says whether this path has left:

    if c:                                  If(c, [If(d, [], [], targets=[left, ...])], [])
        if d: return a           →         If(left, [], [rest])
    rest

The statements of a block that are still to be lowered are a stack, which the nested arms take from; whoever stops early
leaves the rest to the block that owns it. So the depth is bounded and the size is linear.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable

import gast

from srcad.frontend.lower.bindings import bound_names
from srcad.frontend.lower.builder import (
    BROKEN,
    FALSE,
    FLAGS,
    RESULT,
    RETURNED,
    SKIP,
    STOPPED,
    TRUE,
    UNDEFINED,
    Arm,
    Builder,
    mark,
)
from srcad.frontend.lower.exits import Leaves, leaves
from srcad.frontend.lower.expressions import expression
from srcad.frontend.lower.matching import as_if
from srcad.frontend.lower.refusals import refuse
from srcad.frontend.lower.statements import STATEMENTS
from srcad.frontend.lower.targets import hint_of, store
from srcad.trace import intrinsics, ir

# Blocks are not nested deeper than this for the sake of an early exit.
_DEEPEST = 12


def function_body(builder: Builder, returns: tuple[str, ...] | None) -> ir.Atom:
    """Lower the body of the function; its result is returned. For `returns` see `lower`."""
    node = builder.source.node
    if isinstance(node, gast.Lambda):
        value = expression(builder, node.body)
        return UNDEFINED if builder.dead else value
    if returns is not None:
        body(builder, node.body)
        return builder.apply(intrinsics.build_tuple, tuple(builder.get(name) for name in returns), node)
    end = gast.Return(value=None)
    gast.copy_location(end, node)
    body(builder, [*node.body, end])
    return UNDEFINED if builder.dead else builder.get(RESULT)


def body(builder: Builder, stmts: list) -> None:
    """Lower a list of statements into the open block."""
    _all(builder, stmts[::-1])


def _all(builder: Builder, rest: list) -> None:
    """Lower the statements of the stack `rest`: sibling guards for what may have been left."""
    _segment(builder, rest)
    while rest:
        _guarded(builder, builder.get(SKIP), rest, _segment)


def _segment(builder: Builder, rest: list) -> None:
    """Lower statements from the stack `rest` until it is empty or some path has left the block but not all."""
    while rest and builder.get(SKIP) is FALSE and not builder.dead:
        node = rest.pop()
        lower = STATEMENTS.get(type(node))
        if lower is not None:
            lower(builder, node)
        elif type(node) in _COMPOUND:
            _COMPOUND[type(node)](builder, node, rest)
        else:
            refuse(type(node), builder.at(node))
    if builder.get(SKIP) is TRUE or builder.dead:
        rest.clear()


def _guarded(builder: Builder, left: ir.Atom, rest: list, lower: Callable[[Builder, list], None]) -> None:
    """Lower what follows on the paths where the flag `left` is false, by `_segment` or `_all`."""
    node, start = rest[-1], mark()
    returned = builder.get(RETURNED) is left
    same = [flag for flag in FLAGS if builder.get(flag) is left]
    builder.open()
    builder.reset_flags()
    lower(builder, rest)
    goes_on = builder.close()
    # A flag that is still false there is what it was before the guard.
    for flag in FLAGS:
        if goes_on.changes[flag] is FALSE:
            del goes_on.changes[flag]
    if goes_on.changes[RESULT] is UNDEFINED:
        del goes_on.changes[RESULT]
    changes: dict[str, ir.Atom] = {flag: TRUE for flag in same if flag in goes_on.changes}
    gone = Arm(ir.Block(), changes, dead=False, alive=not returned or builder.finals > 0)
    builder.join(left, gone, goes_on, start, node)


# --- if ---------------------------------------------------------------------------------------------------------------


def _if(builder: Builder, node: gast.If, rest: list) -> None:
    cond = expression(builder, node.test)
    then, orelse = node.body, node.orelse
    ways = leaves(then, builder.leaves), leaves(orelse, builder.leaves)
    then_rest, else_rest = then[::-1], orelse[::-1]
    nest = builder.depth < _DEEPEST
    # What follows an arm that never goes on belongs to the other one; after `raise` it need not even be nested.
    match ways:
        case Leaves.RAISES, _:
            rest += else_rest
            else_rest = []
        case _, Leaves.RAISES:
            rest += then_rest
            then_rest = []
        case Leaves.EXITS, _:
            rest += else_rest
            else_rest = rest if nest else []
        case _, Leaves.EXITS:
            rest += then_rest
            then_rest = rest if nest else []
    start = mark()
    arms = []
    for stmts in (then_rest, else_rest):
        builder.open()
        # An arm that has taken what follows may leave some of it to the block around.
        (_segment if stmts is rest else _all)(builder, stmts)
        arms.append(builder.close())
    builder.join(cond, arms[0], arms[1], start, node)


# --- loops ------------------------------------------------------------------------------------------------------------


def _open_loop(builder: Builder, node: gast.For | gast.While) -> dict[str, tuple[ir.Var, ir.Atom]]:
    """Begin the body: every name that it may bind becomes a carried variable. Returns these with their inits."""
    names = [name for name in bound_names(node, builder.bindings) if name in builder.locals and name not in builder.cells]
    carried = {name: (ir.Var(name), builder.get(name)) for name in names}
    builder.open()
    builder.loops += 1
    for name, (var, _) in carried.items():
        builder.set(name, var)
    builder.reset_flags()
    return carried


def _for(builder: Builder, node: gast.For, rest: list) -> None:
    iterable = expression(builder, node.iter)
    carried = _open_loop(builder, node)
    item = ir.Var(hint_of(node.target))
    store(builder, node.target, item, node.target)
    body(builder, node.body)
    arm = builder.close()
    loop = ir.For((ir.Source(item, iterable),), (), (), arm.block, loc=builder.at(node))
    _close_loop(builder, node, loop, carried, arm, rest, endless=False)


def _while(builder: Builder, node: gast.While, rest: list) -> None:
    endless = isinstance(node.test, gast.Constant) and bool(node.test.value)
    carried = _open_loop(builder, node)
    test = builder.block
    if bound_names(node.test, builder.bindings):
        # The names that the test binds are the body's: `while True: if test: body; else: break`.
        cond = expression(builder, node.test)
        start = mark()
        builder.open()
        body(builder, node.body)
        trip = builder.close()
        builder.open()
        builder.leave(STOPPED, SKIP)
        builder.join(cond, trip, builder.close(), start, node)
        test = ir.Block([], (TRUE,))
    else:
        cond = expression(builder, node.test)
        # Nothing follows a test that always raises either.
        endless = endless or builder.dead
        test.yields = (TRUE if endless else cond,)
        builder.block = ir.Block()
        body(builder, node.body)
    arm = builder.close()
    loop = ir.While((), (), test, arm.block, loc=builder.at(node))
    _close_loop(builder, node, loop, carried, arm, rest, endless=endless)


def _close_loop(
    builder: Builder,
    node: gast.For | gast.While,
    loop: ir.For | ir.While,
    carried: dict[str, tuple[ir.Var, ir.Atom]],
    arm: Arm,
    rest: list,
    endless: bool,
) -> None:
    """Append the loop, bind what it carries, and deal with what follows: its ``else``, and paths that have returned."""
    builder.loops -= 1
    kept: dict[ir.Var, tuple[ir.Atom, ir.Atom]] = {}
    for name, (var, init) in carried.items():
        atom = builder.resolve(arm.changes[name]) if arm.alive else var
        if atom is not var or init is UNDEFINED:
            kept[var] = (init, atom)
            builder.set(name, var)
        else:
            builder.same[var] = init

    def carry(flag: str, hint: str, init: ir.Atom) -> ir.Atom:
        if arm.dead or arm.changes[flag] is init:
            return init
        var = ir.Var(hint)
        kept[var] = (init, arm.changes[flag])
        return var

    returned = carry(RETURNED, "returned", FALSE)
    result = carry(RESULT, "result", UNDEFINED)
    if arm.changes[BROKEN] is arm.changes[RETURNED] or not (node.orelse or endless):
        broken = returned
    else:
        broken = carry(BROKEN, "broken", FALSE)
    loop.carried = tuple(kept)
    loop.inits, loop.body.yields = (tuple(atoms) for atoms in zip(*kept.values())) if kept else ((), ())
    if not arm.dead and arm.changes[STOPPED] is not FALSE:
        loop.stop = arm.changes[STOPPED]
    builder.emit(loop)

    if broken is returned:
        rest += node.orelse[::-1]
    if endless and broken is FALSE:
        builder.dead = True
    for flag in FLAGS:
        builder.set(flag, TRUE if endless and broken is returned else returned)
    builder.set(RESULT, result)
    if broken is not returned and node.orelse:
        _guarded(builder, broken, node.orelse[::-1], _all)


# --- match, with, try --------------------------------------------------------------------------------------------------


def _match(builder: Builder, node: gast.Match, rest: list) -> None:
    _if(builder, as_if(builder, node), rest)


def _with(builder: Builder, node: gast.With, rest: list) -> None:
    """The managers are entered in order, and left in reverse order, also where the body returns or leaves a loop."""
    first, *others = node.items
    stmts = [gast.copy_location(gast.With(others, node.body, node.type_comment), node)] if others else node.body
    call = first.context_expr
    if isinstance(call, gast.Call) and builder.means(call.func, contextlib.suppress) and not call.keywords:
        classes = gast.copy_location(gast.Tuple(call.args, gast.Load()), call)
        handler = gast.copy_location(gast.ExceptHandler(classes, None, [gast.copy_location(gast.Pass(), call)]), call)
        _try(builder, gast.copy_location(gast.Try(stmts, [handler], [], []), node), rest)
        return
    manager = expression(builder, call)
    entered = builder.apply(intrinsics.enter, (manager,), call)
    if first.optional_vars is not None:
        store(builder, first.optional_vars, entered, node)
    builder.finals += 1
    body(builder, stmts)
    builder.finals -= 1
    afterwards(builder, lambda: builder.apply(intrinsics.leave, (manager,), call))


def afterwards(builder: Builder, lower: Callable[[], object]) -> None:
    """Lower what is run whether or not the statements before have left the function or a loop."""
    if builder.dead:
        return
    left = {flag: builder.get(flag) for flag in (*FLAGS, RESULT)}
    builder.reset_flags()
    lower()
    if any(builder.get(flag) is not FALSE for flag in FLAGS):
        refuse("left by finally", builder.place)
    for flag, atom in left.items():
        builder.set(flag, atom)


def _try(builder: Builder, node: gast.Try, rest: list) -> None:
    """A ``try``; in the order of its statements where no exception that is caught lets the computation go on."""
    goes_on = any(leaves(h.body, builder.leaves) is not Leaves.RAISES or not all(
        isinstance(part, gast.Raise | gast.Expr | gast.Assign) for part in h.body) for h in node.handlers)
    if not goes_on and not node.finalbody:
        rest += [*node.body, *node.orelse][::-1]
        return
    if not node.finalbody:
        attempt(builder, node)
        return
    builder.finals += 1
    if goes_on:
        attempt(builder, node)
    else:
        body(builder, [*node.body, *node.orelse])
    builder.finals -= 1
    builder.place = builder.at(node)
    afterwards(builder, lambda: body(builder, node.finalbody))


def attempt(builder: Builder, node: gast.Try) -> None:
    """``try`` with handlers after which the computation goes on: the body, then one of the handlers or ``else``.

    The body becomes a function of its own that tells which exception has ended it::

        try: y = f(x)                        r = attempt: v1 = f(x); yield v1
        except ValueError: y = 0.0     →     if r[0] == 0: y = r[2]
                                             else: y = 0.0
    """
    classes = [ir.Ref(BaseException) if h.type is None else expression(builder, h.type) for h in node.handlers]
    before = mark()
    builder.open()
    body(builder, node.body)
    arm = builder.close()
    made = {name: atom for name, atom in ((n, builder.resolve(a)) for n, a in arm.changes.items())
            if isinstance(atom, ir.Var) and atom.serial > before}
    atoms = list(dict.fromkeys(made.values()))
    arm.block.yields = tuple(atoms)
    result = ir.Var()
    builder.emit(ir.Attempt(result, arm.block, tuple(classes), builder.at(node)))
    caught = builder.apply(operator.getitem, (result, ir.Lit(0)), node)
    error = builder.apply(operator.getitem, (result, ir.Lit(1)), node)
    start = mark()
    builder.open()
    builder.dead = arm.dead
    values = {atom: builder.apply(operator.getitem, (result, ir.Lit(k + 2)), node, hint=atom.hint)
              for k, atom in enumerate(atoms)}
    for name, atom in arm.changes.items():
        builder.set(name, values.get(builder.resolve(atom), atom))
    if node.orelse and not builder.dead:
        body(builder, node.orelse) if builder.get(SKIP) is FALSE else _guarded(
            builder, builder.get(SKIP), node.orelse[::-1], _all)
    completed = builder.close()
    builder.open()
    unsure = [name for name in arm.changes if name not in (*FLAGS, RESULT) and name not in bound_last(node.body)]
    _handlers(builder, node.handlers, 1, caught, error, unsure)
    failed = builder.close()
    done = builder.apply(operator.eq, (caught, ir.Lit(0)), node)
    builder.join(done, completed, failed, start, node)


def _handlers(builder: Builder, handlers: list, number: int, caught: ir.Var, error: ir.Var, unsure: list) -> None:
    """The handlers from the one with this number on, into the open block."""
    handler, *others = handlers
    if not others:
        _handler(builder, handler, error, unsure)
        return
    is_it = builder.apply(operator.eq, (caught, ir.Lit(number)), handler)
    start = mark()
    builder.open()
    _handler(builder, handler, error, unsure)
    this = builder.close()
    builder.open()
    _handlers(builder, others, number + 1, caught, error, unsure)
    builder.join(is_it, this, builder.close(), start, handler)


def _handler(builder: Builder, handler: gast.ExceptHandler, error: ir.Var, unsure: list) -> None:
    """One handler. What the interrupted body may or may not have bound has no value that is known."""
    for name in unsure:
        builder.set(name, builder.apply(intrinsics.interrupted, (ir.Lit(name),), handler))
    if handler.name is not None:
        store(builder, handler.name, error, handler)
    builder.errors.append(error)
    body(builder, handler.body)
    builder.errors.pop()
    if handler.name is not None and not builder.dead:
        builder.unbind(handler.name)


def bound_last(stmts: list) -> set[str]:
    """The names that are bound once nothing may raise any more: an exception finds them as they were before the ``try``."""
    before, found = list(stmts), set()
    while before and _never_raises(before[-1]):
        found |= bound_names(gast.Module([before.pop()], []), {}).keys()
    last = before[-1] if before else None
    targets = last.targets if isinstance(last, gast.Assign) else [last.target] if isinstance(
        last, gast.AnnAssign | gast.AugAssign) else []
    flat = [t for target in targets for t in (target.elts if isinstance(target, gast.Tuple) else [target])]
    if flat and all(isinstance(t, gast.Name) for t in flat):
        found |= {t.id for t in flat}
        value = bound_names(before.pop().value, {}) if last.value is not None else {}
        found -= value.keys()
    return found - bound_names(gast.Module(before, []), {}).keys()


def _never_raises(stmt: gast.stmt) -> bool:
    """Is it a statement that only hands a value on?"""
    match stmt:
        case gast.Pass() | gast.Break() | gast.Continue():
            return True
        case gast.Return(value=value) | gast.Assign(targets=[gast.Name()], value=value):
            return value is None or isinstance(value, gast.Constant | gast.Name)
    return False


_COMPOUND = {gast.If: _if, gast.For: _for, gast.While: _while, gast.Match: _match, gast.With: _with, gast.Try: _try}
