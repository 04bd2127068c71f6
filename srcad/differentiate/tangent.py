"""Forward mode: every operation is followed by its tangent.

A Trace of ``y = f(x, ...)`` becomes a Trace of ``y, y_dot = f_tangent(x, ..., x_dot, ...)``. Containers have tangents of
the same structure; a tape has a tape of tangents beside it.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.analysis.activity import active, varied
from srcad.analysis.aliasing import is_write
from srcad.analysis.atoms import kind_of_atom
from srcad.analysis.infer import element_kind
from srcad.differentiate import common, recursion, squares
from srcad.differentiate.algebra import ZERO, DerivativeBuilder
from srcad.differentiate.boundary import prepare
from srcad.differentiate.common import Derived, is_linear_attribute, is_linear_structure, no_rule, still_items, still_of
from srcad.differentiate.shadows import Shadows
from srcad.differentiate.splice import bind, refuse_ignored, run_partials, run_tangent, template
from srcad.errors import UnsupportedError
from srcad.rules.registry import find_rule
from srcad.specialise.program import Program, Specialised
from srcad.specialise.specialiser import Specialiser
from srcad.specialise.values import Pack
from srcad.trace import intrinsics
from srcad.trace.ir import UNDEF, Apply, Block, Comment, For, Function, If, Lit, Param, Ref, Source, Var, While, copy_block, walk
from srcad.trace.kinds import (
    Array,
    Kind,
    ListOf,
    Saved,
    Scalar,
    Tape,
    TupleOf,
    dtype_of,
    is_container,
    is_differentiable,
    is_scalar,
    names_of,
    tangent_kind,
)
from srcad.trace.purity import ANY, effect


def tangent_function(program: Program, info: Specialised, inputs: tuple[int, ...], suffix: str = "_dot",
                     still: tuple = (), reference=None) -> Derived:
    """The tangent of a typed Trace with respect to the parameters at these positions; made once per program.

    Returns a Trace that takes the primal's parameters, then one tangent per input, and returns ``(y, y_dot)``. `still` says
    for each input that is a tuple which of its items do not vary (`activity.Still`), `reference` which
    parameters are given by reference (`recursion`), with their tangents.
    """
    key = ("tangent", id(info.function), inputs, suffix, still, reference)
    known = program.derived.get(key)
    if known is None and info.custom is not None:
        return info.custom.tangent(program, info, inputs, suffix)
    if known is None:
        function = Function(info.function.name + "_tangent", [], Block(), info.function.loc, doc=info.function.doc)
        known = Derived(function, program.register(Specialised(function, finished=True)))
        program.derived[key] = known
        try:
            Tangent(program, info, known, inputs, suffix, still, reference).build()
        except BaseException:
            del program.derived[key]
            raise
    return known


class Tangent:
    """Writes the tangent of one function."""

    def __init__(self, program: Program, info: Specialised, derived: Derived, inputs: tuple, suffix: str,
                 still: tuple, reference=None) -> None:
        self.program, self.derived, self.suffix, self.reference = program, derived, suffix, reference
        mapping: dict = {}
        self.params = [common.copy_param(p, mapping) for p in info.function.params]
        self.primal = Function(info.function.name, self.params, copy_block(info.function.body, mapping))
        derived.info.hidden = {key: mapping.setdefault(var, var) for key, var in info.hidden.items()}
        self.inputs = [self.params[k].var for k in inputs]
        boundary = prepare(program, derived.info, self.primal, always=False, restored=set(), copies=False, reference=reference)
        self.boundary = boundary
        aliases = None if boundary is None else boundary.aliases
        left = () if reference is None else [self.params[k].var for k in sorted(reference.arrays)]
        self.still = still_of(program, self.inputs, still)
        moving = varied(self.primal, set(self.inputs), aliases, self.still)
        self.active = active(self.primal, moving, aliases, left)
        self.b = DerivativeBuilder()
        self.memory = None
        if aliases is not None:
            derived.written = boundary.written
            self.memory = Shadows(self, aliases, moving)
        self.s = Specialiser(program, derived.info, self.b)
        self.dots: dict[Var, object] = {}
        self.held: set[Var] = set()      # tangents of some variable
        self.shared: set[Var] = set()    # ... of several: not to be written to for one of them
        self.mark = 0

    def in_form(self, dot, kind):
        """The tangent of a result, of the class of named tuple that the result is: a rule gives a plain one."""
        made = self.b.definition(dot) if isinstance(dot, Var) else None
        if not isinstance(kind, TupleOf) or made is None or made.fn is not intrinsics.build_tuple:
            return dot
        items = [self.in_form(item, k) for item, k in zip(made.args, kind.items)]
        if kind.cls is not None:
            named = tuple(zip(names_of(kind), items))
            return self.b.apply(runtime.make_like, Ref(kind.cls), kwargs=named, kind=tangent_kind(kind))
        return dot if items == list(made.args) else self.b.apply(intrinsics.build_tuple, *items)

    def build(self) -> None:
        function = self.derived.function
        for var in self.inputs:
            self.dots[var] = self.new_dot(var)
        function.params = self.params + [Param(self.dots[v]) for v in self.inputs]
        if self.memory is not None:
            for stmt in self.boundary.enter:
                self.b.emit(stmt)
            self.memory.parameters()
        self.derived.info.result = TupleOf((kind_of_atom(self.primal.result), tangent_kind(kind_of_atom(self.primal.result))))
        self.block(self.primal.body)
        for stmt in () if self.boundary is None else self.boundary.leave:
            self.b.emit(stmt)
        result = self.primal.result
        pair = self.b.apply(intrinsics.build_tuple, result, self.in_form(self.dot_or_zeros(result), kind_of_atom(result)))
        self.b.block.yields = (pair,)
        function.body = self.b.block
        self.derived.info.result = kind_of_atom(pair)

    # --- tangents of atoms --------------------------------------------------------------------------------------------

    def new_dot(self, var: Var) -> Var:
        return Var("", tangent_kind(var.kind), of=var, suffix=self.suffix)

    def dot(self, atom):
        """The tangent of an atom, ZERO if it does not vary."""
        return self.dots.get(atom, ZERO) if isinstance(atom, Var) else ZERO

    def dot_or_zeros(self, atom):
        """The tangent as an atom, zeros made if need be; None for what has no tangent."""
        dot = self.dot(atom)
        return common.zeros(self.b, atom) if dot is ZERO else dot

    def joined_dot(self, atom, target: Var):
        """The tangent that an atom brings to a join: an integer that becomes a float has the tangent zero."""
        if atom == Lit(UNDEF):
            return atom
        dot = self.dot(atom)
        return common.zeros(self.b, atom, target.kind) if dot is ZERO else dot

    def item_dot(self, atom, container: Kind):
        """The tangent of an item of a list: items of a list are alike, an integer among floats counts as one."""
        if isinstance(container, ListOf) and is_differentiable(container.element) and is_scalar(kind_of_atom(atom)) \
                and self.dot(atom) is ZERO:
            return Lit(0.0)
        return self.dot_or_zeros(atom)

    def items_dot(self, atom):
        """The tangents of a container's items, of which any may be taken: those of a tuple as those of a list."""
        made = self.b.definition(atom) if isinstance(atom, Var) else None
        if made is not None and made.fn is intrinsics.build_tuple and is_differentiable(kind := element_kind(atom.kind)):
            return self.b.apply(made.fn, *[self.item_dot(a, ListOf(kind)) for a in made.args])
        return self.dot_or_zeros(atom)

    def dot_or_numbers(self, atom):
        """The tangent as an operand of arithmetic: integers, also as items of a list, have the tangent zero."""
        kind = kind_of_atom(atom)
        if is_container(kind):
            made = self.b.definition(atom) if isinstance(atom, Var) else None
            if made is not None and made.fn in (intrinsics.build_tuple, intrinsics.build_list):
                return self.b.apply(made.fn, *map(self.dot_or_numbers, made.args))
        if isinstance(kind, Scalar) and kind.base in (bool, int):
            return Lit(0.0)
        if isinstance(kind, Array) and not is_differentiable(kind):
            return self.b.apply(runtime.zeros_like, atom)
        return self.dot_or_zeros(atom)

    def set_dot(self, var: Var, dot) -> None:
        """`dot` is the tangent of `var`."""
        if dot is ZERO:
            return
        if isinstance(dot, Var) and dot.serial > self.mark and not dot.hint and dot.of is None:
            dot.of, dot.suffix = var, self.suffix
        if isinstance(dot, Var):
            (self.shared if dot in self.held else self.held).add(dot)
        self.dots[var] = dot

    # --- statements ---------------------------------------------------------------------------------------------------

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            self.statement(stmt)

    def statement(self, stmt) -> None:
        match stmt:
            case Comment():
                pass
            case Apply():
                with self.b.placed(stmt.loc, stmt.origin):
                    self.apply(stmt)
            case If():
                self.branch(stmt)
            case For():
                self.for_loop(stmt)
            case While():
                self.while_loop(stmt)

    def branch(self, stmt: If) -> None:
        moving = [t for t in stmt.targets if t in self.active]
        arms = []
        for source in (stmt.then, stmt.orelse):
            with self.b.inside(Block()) as arm:
                self.block(source)
                dots = []
                for target, atom in zip(stmt.targets, source.yields):
                    if target in self.active:
                        dots.append(self.joined_dot(atom, target))
                arm.yields = (*source.yields, *dots)
            arms.append(arm)
        new = [self.new_dot(t) for t in moving]
        self.dots.update(zip(moving, new))
        self.b.emit(If(stmt.cond, arms[0], arms[1], (*stmt.targets, *new), stmt.loc, stmt.origin))

    def carried(self, stmt) -> tuple[list, list, list]:
        """(carried variables with a tangent, their tangents, initial values of those)"""
        moving = [(c, init) for c, init in zip(stmt.carried, stmt.inits) if c in self.active]
        inits = [self.joined_dot(init, c) for c, init in moving]
        new = [self.new_dot(c) for c, _ in moving]
        self.dots.update(zip((c for c, _ in moving), new))
        return [c for c, _ in moving], new, inits

    def loop_body(self, stmt, moving: list) -> Block:
        with self.b.inside(Block()) as body:
            self.block(stmt.body)
            dots = [self.joined_dot(y, c) for c, y in zip(stmt.carried, stmt.body.yields) if c in self.active]
        body.yields = (*stmt.body.yields, *dots)
        return body

    def for_loop(self, stmt: For) -> None:
        sources = []
        dots_to_set: list = []
        for source in stmt.sources:
            sources.append(source)
            dot = self.dot(source.iterable)
            if dot is ZERO:
                continue
            dot = self.items_dot(source.iterable)
            if isinstance(source.iterable.kind, Tape):
                new = self.dot_pattern(source.target, dots_to_set)
            else:
                new = self.new_dot(source.target)
                dots_to_set.append((source.target, new))
            sources.append(Source(new, dot))
        moving, new, inits = self.carried(stmt)
        self.dots.update(dots_to_set)
        body = self.loop_body(stmt, moving)
        self.b.emit(For(tuple(sources), (*stmt.carried, *new), (*stmt.inits, *inits), body, stmt.stop, stmt.loc, stmt.origin))

    def dot_pattern(self, target, pairs: list):
        if isinstance(target, Var):
            new = self.new_dot(target)
            if is_differentiable(target.kind) and target in self.active:
                pairs.append((target, new))
            return new
        return tuple(self.dot_pattern(t, pairs) for t in target)

    def while_loop(self, stmt: While) -> None:
        moving, new, inits = self.carried(stmt)
        body = self.loop_body(stmt, moving)
        self.b.emit(While((*stmt.carried, *new), (*stmt.inits, *inits), stmt.test, body, stmt.stop, stmt.loc, stmt.origin))

    # --- operations ---------------------------------------------------------------------------------------------------

    def apply(self, stmt: Apply) -> None:
        fn, target = stmt.fn, stmt.target
        if fn is intrinsics.push:
            self.b.emit(stmt)
            if stmt.args[0] in self.active:
                self.b.apply(intrinsics.push, self.dots[stmt.args[0]], *map(self.dot_or_zeros, stmt.args[1:]))
            return
        if isinstance(fn, Function) and any(a in self.active for a in stmt.args):
            self.call(stmt)
            return
        if self.memory is not None and is_write(stmt) and self.memory.aliases.number(stmt.args[0]) is not None:
            self.memory.write(stmt)
            return
        self.b.emit(stmt)
        if target not in self.active:
            if fn is intrinsics.new_tape and target in self.active:
                pass
            return
        origin = stmt if self.b.origin is None else self.b.origin
        self.mark = Var().serial
        with self.b.placed(stmt.loc, origin):
            if self.memory is not None and self.memory.is_memory(target):
                self.dots[target] = self.memory.define(stmt)
                return
            dot = self.tangent_of(stmt)
            if self.memory is not None:
                dot = self.memory.apart(dot, target)
            self.set_dot(target, dot)

    def tangent_of(self, stmt: Apply):
        """The tangent of an operation's result."""
        fn, args, target = stmt.fn, stmt.args, stmt.target
        if fn is intrinsics.new_tape:
            return self.b.apply(intrinsics.new_tape, kind=Tape(None))
        if fn is intrinsics.build_tuple:
            saved = tangent_kind(target.kind) if isinstance(target.kind, Saved) else None
            return self.b.apply(fn, *map(self.dot_or_zeros, args), kind=saved)
        if fn is runtime.make_like:
            dots = tuple((name, self.dot_or_zeros(a)) for name, a in stmt.kwargs)
            return self.b.apply(fn, args[0], kwargs=dots, kind=tangent_kind(target.kind))
        if fn in (intrinsics.build_list, intrinsics.new_list):
            return self.b.apply(fn, *[self.item_dot(a, target.kind) for a in args])
        if fn is intrinsics.build_dict:
            dots = [a if k % 2 == 0 else self.dot_or_zeros(a) for k, a in enumerate(args)]
            return self.b.apply(fn, *dots)
        if fn in (intrinsics.index_add, intrinsics.scatter_add, runtime.add_item):
            buffer, index, value = args
            buffer_dot = self.dot(buffer)
            if buffer_dot is ZERO:
                buffer_dot = common.zeros(self.b, buffer)
            elif buffer_dot in self.shared or not common.is_fresh(self.b, buffer_dot):
                buffer_dot = self.b.apply(common.copy_function(buffer.kind), buffer_dot)
            if self.dot(value) is ZERO:
                return buffer_dot
            return self.b.apply(fn, buffer_dot, index, self.dot(value), target=self.new_dot(target),
                                kind=tangent_kind(target.kind))
        if fn is getattr and not is_linear_attribute(stmt):
            raise no_rule(fn, stmt)
        if is_linear_structure(fn, stmt):
            return self.b.apply(fn, self.items_dot(args[0]) if fn is operator.getitem and not isinstance(args[1], Lit)
                                else self.dot_or_zeros(args[0]), *args[1:], kwargs=stmt.kwargs,
                                kind=tangent_kind(target.kind))
        if fn in (operator.add, operator.mul) and common.is_container(target.kind):
            return self.b.apply(fn, *[self.dot_or_zeros(a) if common.is_container(kind_of_atom(a)) else a for a in args])
        if fn is sum:
            return self.b.apply(fn, self.items_dot(args[0]), *[self.dot_or_zeros(a) for a in args[1:]],
                                kind=tangent_kind(target.kind))
        rule = find_rule(fn)
        if rule is None:
            raise no_rule(fn, stmt)
        match rule.kind:
            case "elementwise":
                return self.elementwise(rule, stmt)
            case "linear" if rule.tangent is None:
                return self.linear(rule, stmt)
            case "multilinear" if rule.tangent is None:
                return self.multilinear(rule, stmt)
        if rule.tangent is None:
            raise no_rule(fn, stmt, "forward")
        if rule.adjoint is not None:
            form = template(rule.adjoint, "adjoint")
            refuse_ignored(form, fn, bind(form, fn, args, stmt.kwargs, stmt.loc), lambda atom: self.dot(atom) is not ZERO,
                           stmt.loc)
        block = Block()
        try:
            with self.b.inside(block):
                dot = run_tangent(self.s, rule.tangent, fn, target, args, stmt.kwargs, self.dot)
        except LookupError:
            block = Block()
            with self.b.inside(block):
                dot = run_tangent(self.s, rule.tangent, fn, target, args, stmt.kwargs, self.dot_or_numbers)
        self.b.block.stmts += block.stmts
        return common.fit_tangent(self.b, dot, target)

    def elementwise(self, rule, stmt: Apply):
        """Σ ∂f/∂xᵢ · ẋᵢ"""
        body = squares.partials_of(rule, stmt, self.b.definition, lambda operand: self.dot(operand) is not ZERO)
        operands, partials = run_partials(self.s, body, stmt.fn, stmt.target, stmt.args, stmt.kwargs,
                                          lambda operand: self.dot(operand) is not ZERO)
        total = ZERO
        for operand, partial in zip(operands, partials):
            dot = self.dot(operand)
            if dot is ZERO or partial is None:
                continue
            term = common.product(self.b, dot, partial)
            total = self.b.apply(operator.add, total, term)
        if total is ZERO:
            return total
        if stmt.fn in common.GIVES_REAL and dtype_of(kind_of_atom(total)) is None:
            total = self.b.apply(np.real, total)
        return common.like_result(self.b, total, stmt.target)

    def linear(self, rule, stmt: Apply):
        """The function itself, of the tangents of the operands that it is linear in."""
        form = template(rule.adjoint, "adjoint")
        bound = bind(form, stmt.fn, stmt.args, stmt.kwargs, stmt.loc)
        names = set(form.outputs)
        moved = {id(a) for n in names for a in (bound[n].items if isinstance(bound[n], Pack) else [bound[n]])}
        args = [self.dot_or_numbers(a) if id(a) in moved else a for a in stmt.args]
        kwargs = tuple((k, self.dot_or_numbers(a) if id(a) in moved else a) for k, a in stmt.kwargs)
        dot = self.b.apply(stmt.fn, *args, kwargs=kwargs)
        return dot

    def multilinear(self, rule, stmt: Apply):
        """The product rule: one term per operand that varies."""
        form = template(rule.adjoint, "adjoint")
        bound = bind(form, stmt.fn, stmt.args, stmt.kwargs, stmt.loc)
        places = self.places(form, stmt)
        total = ZERO
        for name in form.outputs:
            for k in places.get(name, ()):
                if self.dot(stmt.args[k]) is not ZERO:
                    args = (*stmt.args[:k], self.dot(stmt.args[k]), *stmt.args[k + 1:])
                    total = self.b.apply(operator.add, total, self.b.apply(stmt.fn, *args, kwargs=stmt.kwargs))
            if name not in places and self.dot(bound[name]) is not ZERO:
                kwargs = tuple((key, self.dot(a) if a is bound[name] else a) for key, a in stmt.kwargs)
                total = self.b.apply(operator.add, total, self.b.apply(stmt.fn, *stmt.args, kwargs=kwargs))
        return total

    @staticmethod
    def places(form, stmt: Apply) -> dict:
        """Rule parameter → the positions in the call's arguments that it is given at; none for one given by keyword."""
        found: dict = {}
        k = 0
        for p in list(form.signature.parameters.values())[1:]:
            if p.kind is p.VAR_POSITIONAL:
                found[p.name] = range(k, len(stmt.args))
                k = len(stmt.args)
            elif k < len(stmt.args) and p.kind is not p.KEYWORD_ONLY:
                found[p.name] = (k,)
                k += 1
        return found

    def call(self, stmt: Apply) -> None:
        """A call of another Trace becomes a call of its tangent."""
        inputs = tuple(k for k, a in enumerate(stmt.args) if self.dot(a) is not ZERO)
        if stmt.fn.catches:
            self.call_if_completed(stmt, inputs)
            return
        reference = None if self.memory is None else recursion.reference_of(
            self.program, stmt, self.memory.aliases, inputs, written_only=True)
        callee = tangent_function(self.program, self.program.info_of(stmt.fn), inputs, self.suffix,
                                  still_items(self.still, stmt.args, inputs), reference)
        pair = self.b.apply(callee.function, *stmt.args, *[self.dot(stmt.args[k]) for k in inputs],
                            kind=callee.info.result)
        self.b.apply(operator.getitem, pair, Lit(0), target=stmt.target, kind=stmt.target.kind)
        if stmt.target in self.active:
            dot = self.b.apply(operator.getitem, pair, Lit(1), kind=tangent_kind(stmt.target.kind))
            if self.memory is not None and self.memory.is_memory(stmt.target):
                dot = self.memory.own(stmt.target, dot)
            self.set_dot(stmt.target, dot)

    def call_if_completed(self, stmt: Apply, inputs: tuple) -> None:
        """The tangent of a call that catches exceptions, which must be those of the primal: that is called first, and its
        tangent, which catches none, if it has been run to its end."""
        check_repeatable(stmt)
        self.b.emit(stmt)
        if stmt.target not in self.active:
            return
        callee = tangent_function(self.program, uncaught(self.program, self.program.info_of(stmt.fn)), inputs, self.suffix)
        caught, escape = stmt.target, stmt.fn.escape
        while isinstance(escape, tuple):             # of a forward half: ((number, ...), saved)
            caught, escape = self.b.apply(operator.getitem, caught, Lit(0)), escape[0]
        failed = self.b.apply(operator.ne, caught, Lit(0))
        kind, arms = tangent_kind(stmt.target.kind), (Block(), Block())
        with self.b.inside(arms[0]):
            arms[0].yields = (self.b.apply(runtime.zeros_like, stmt.target, kind=kind),)
        with self.b.inside(arms[1]):
            pair = self.b.apply(callee.function, *stmt.args, *[self.dot(stmt.args[k]) for k in inputs],
                                kind=callee.info.result)
            arms[1].yields = (self.b.apply(operator.getitem, pair, Lit(1), kind=kind),)
        dot = self.new_dot(stmt.target)
        self.b.emit(If(failed, *arms, (dot,), stmt.loc))
        self.set_dot(stmt.target, dot)


def uncaught(program: Program, info: Specialised) -> Specialised:
    """A function that raises what another one catches; made once per program."""
    key = ("uncaught", id(info.function))
    known = program.derived.get(key)
    if known is None:
        mapping: dict = {}
        params = [common.copy_param(p, mapping) for p in info.function.params]
        body = copy_block(info.function.body, mapping)
        function = Function(info.function.name, params, body, info.function.loc, doc=info.function.doc)
        known = program.register(Specialised(function, result=info.result, finished=True))
        known.hidden = {key: mapping.setdefault(var, var) for key, var in info.hidden.items()}
        program.derived[key] = known
    return known


def check_repeatable(stmt: Apply) -> None:
    """Refuse to run a function again that does more than to give a value."""
    waiting, seen = [stmt.fn], set()
    while waiting:
        for part in walk(waiting.pop().body):
            if not isinstance(part, Apply):
                continue
            if isinstance(part.fn, Function):
                waiting += [] if id(part.fn) in seen else [part.fn]
                seen.add(id(part.fn))
            elif part.fn is not intrinsics.raise_ and not (
                    isinstance(part.fn, type) and issubclass(part.fn, BaseException)) and effect(part) >= ANY:
                raise UnsupportedError("a `try` whose handler goes on has effects (output, random numbers, unknown code), and "
                                       "forward mode would have to run it twice",
                                       "take them out of the `try`, or use reverse mode", part.loc)
