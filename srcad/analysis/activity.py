"""Activity: which values depend on a differentiated input *and* matter to the result.

Only these get a tangent or an adjoint. Forward, *varied* spreads from the differentiated parameters; backward, *useful*
spreads from the result. Both are sets of Vars, which is enough because a Var is defined once; loops are run until the
sets no longer grow. Of a tuple that varies it is known which items do not (`Still`): what the forward half of an adjoint
saves is one tuple, and a number in it that does not vary must not be asked for a derivative that may not exist.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field

from srcad import runtime
from srcad.analysis.aliasing import is_write, writes
from srcad.analysis.loss import check_lost, tells_form
from srcad.errors import LostDerivativeError, NoRuleError
from srcad.rules.registry import find_rule
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Var, While, operands, pattern_vars
from srcad.trace.kinds import Saved, Tape, TupleOf, is_differentiable

#: Operations whose result never carries a derivative, whatever their operands.
PASSIVE = {intrinsics.build_slice, intrinsics.raise_, print, len, isinstance, range, type, intrinsics.build_string,
           intrinsics.format_value}


def is_passive(fn) -> bool:
    """Does the operation stop derivatives (its own is zero, or it has none by nature)?"""
    if fn in PASSIVE:
        return True
    rule = find_rule(fn)
    return rule is not None and rule.kind == "zero"


@dataclass(eq=False)
class Still:
    """What is known not to vary of containers that vary.

    Attributes
    ----------
    parts : dict
        Var → a tuple, item by item: True if the item does not vary, a tuple for a tuple of which parts do not, else False.
        Of a tape, column by column.
    is_opaque : callable
        Of a Trace that is called: may nothing be concluded from its body, since its derivative is somebody's own?
    """

    parts: dict[Var, tuple] = field(default_factory=dict)
    is_opaque: Callable[[Function], bool] = lambda function: False

    def part(self, atom, found: set[Var]):
        """What does not vary of an atom, if those of `found` do."""
        return self.parts.get(atom, False) if atom in found else True


def varied(function: Function, inputs: set[Var], aliases=None, still: Still | None = None) -> set[Var]:
    """The Vars that depend on `inputs` through differentiable operations; memory is of one piece.

    `still` says which parts of the inputs do not vary, and is told which of other containers do not.
    """
    spread = _Spread(set(inputs), still or Still(), aliases, {})
    while True:
        before = spread.state()
        spread.block(function.body)
        if aliases is None:
            return spread.found
        _spread_in_memory(aliases, spread.found, lambda v: is_differentiable(v.kind))
        if spread.state() == before:
            return spread.found


def _spread_in_memory(aliases, found: set[Var], belongs) -> None:
    """Add the members of every memory class of which one is found."""
    for members in aliases.members.values():
        if not found.isdisjoint(members):
            found.update(v for v in members if belongs(v))


def _changed(stmt: Apply, aliases) -> list[Var]:
    """What a call of a Trace writes to."""
    return [] if aliases is None or not isinstance(stmt.fn, Function) else aliases.changed(stmt)


class _Spread:
    """What varies, spreading forward through a function.

    Attributes
    ----------
    found : set of Var
    still : Still
    results : dict
        (id of a Trace, what does not vary of its arguments) → what does not vary of its result.
    """

    def __init__(self, found: set[Var], still: Still, aliases, results: dict) -> None:
        self.found, self.still, self.aliases, self.results = found, still, aliases, results
        self.tapes: set[Var] = set()      # tapes made here, whose columns are therefore known

    def state(self) -> tuple:
        return len(self.found), dict(self.still.parts)

    def part(self, atom):
        return self.still.part(atom, self.found)

    def add(self, target: Var, parts=False) -> None:
        """A value varies, but for these parts."""
        if parts is True or not is_differentiable(target.kind):
            return
        self.found.add(target)
        if isinstance(parts, tuple) and any(parts) and (self.aliases is None or not self.aliases.numbers(target)):
            self.still.parts[target] = parts
        else:
            self.still.parts.pop(target, None)

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            match stmt:
                case Apply():
                    self.operation(stmt)
                case If():
                    self.block(stmt.then)
                    self.block(stmt.orelse)
                    for target, a, b in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                        if a in self.found or b in self.found:
                            self.add(target, _both(self.part(a), self.part(b)))
                case For() | While():
                    self.loop(stmt)

    def loop(self, stmt: For | While) -> None:
        for c, init in zip(stmt.carried, stmt.inits):
            if init in self.found:
                self.add(c)
        while True:
            before = self.state()
            if isinstance(stmt, For):
                for source in stmt.sources:
                    if source.iterable in self.found:
                        is_tape = isinstance(source.iterable.kind, Tape)
                        self.pattern(source.target, self.part(source.iterable) if is_tape else False)
            else:
                self.block(stmt.test)
            self.block(stmt.body)
            for c, y in zip(stmt.carried, stmt.body.yields):
                if y in self.found:
                    self.add(c)
            if self.state() == before:
                break

    def pattern(self, target, parts) -> None:
        """A loop takes an entry of a tape."""
        if isinstance(target, Var):
            self.add(target, _entry(parts))
            return
        for k, item in enumerate(target):
            if isinstance(item, Var):
                self.add(item, parts[k] if isinstance(parts, tuple) else False)
            else:
                self.pattern(item, parts[k] if isinstance(parts, tuple) else False)

    def operation(self, stmt: Apply) -> None:
        target, fn, args, found = stmt.target, stmt.fn, stmt.args, self.found
        if fn is intrinsics.new_tape:
            self.tapes.add(target)
        elif fn is intrinsics.push:
            self.push(args[0], args[1:])
        elif is_write(stmt):
            if any(a in found for a in args) and is_differentiable(args[0].kind):
                self.add(args[0])
                if fn is list.pop:
                    self.add(target)
        elif any(a in found for a in operands(stmt) if isinstance(a, Var)) and not is_passive(fn) and not tells_form(stmt):
            self.add(target, self.result(stmt))
            for var in _changed(stmt, self.aliases):
                self.add(var)

    def push(self, tape: Var, values: tuple) -> None:
        if any(v in self.found for v in values):
            known = self.part(tape)
            self.add(tape, _both(known, tuple(map(self.part, values))) if tape in self.tapes else False)

    def result(self, stmt: Apply):
        """What does not vary of an operation's result."""
        fn, args = stmt.fn, stmt.args
        if isinstance(fn, Function):
            return self.result_of_call(stmt)
        if fn is intrinsics.build_tuple:
            return tuple(map(self.part, args))
        if fn in (runtime.snapshot, intrinsics.rewind, intrinsics.cursor):
            return self.part(args[0])
        if fn is intrinsics.take:
            return _entry(self.part(args[0]))
        if fn is operator.getitem and isinstance(parts := self.part(args[0]), tuple):
            if isinstance(args[0].kind, Tape):
                return parts
            if isinstance(args[1], Lit) and type(args[1].value) is int:
                return parts[args[1].value]
        return False

    def result_of_call(self, stmt: Apply):
        fn = stmt.fn
        if not isinstance(stmt.target.kind, TupleOf | Saved) or fn.catches or self.still.is_opaque(fn) or writes(fn):
            return False
        key = (id(fn), tuple(map(self.part, stmt.args)))
        if key not in self.results:
            self.results[key] = False                     # which holds of a recursive call
            params = [(p.var, part) for p, part in zip(fn.params, key[1]) if is_differentiable(p.var.kind)]
            still = Still({v: part for v, part in params if isinstance(part, tuple)}, self.still.is_opaque)
            inside = _Spread({v for v, part in params if part is not True}, still, None, self.results)
            inside.block(fn.body)
            try:
                check_lost(fn, inside.found)
            except (LostDerivativeError, NoRuleError):
                return False                              # to be raised where the call is differentiated, if it is
            self.results[key] = inside.part(fn.result)
        return self.results[key]


def _entry(columns):
    """What does not vary of an entry of a tape: a tuple, or the value itself if there is one."""
    return columns[0] if isinstance(columns, tuple) and len(columns) == 1 else columns


def _both(a, b):
    """What varies in neither of two values."""
    if a is True or b is True:
        return b if a is True else a
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(map(_both, a, b))
    return False


def useful(function: Function, candidates: set[Var], aliases=None, left=()) -> set[Var]:
    """Those of `candidates` that the result depends on, or what the function leaves in memory (`left`)."""
    found = {a for a in (*function.body.yields, *left) if a in candidates}
    while True:
        before = len(found)
        _spread_back(function.body, found, candidates, aliases)
        if aliases is None:
            return found
        # What is written before it is read through a view may come to light only now: go through the body again.
        _spread_in_memory(aliases, found, candidates.__contains__)
        if len(found) == before:
            return found


def _need(atoms, found: set, candidates: set) -> None:
    found.update(a for a in atoms if a in candidates)


def _spread_back(block: Block, found: set[Var], candidates: set[Var], aliases) -> None:
    for stmt in reversed(block.stmts):
        match stmt:
            case Apply(target=target, fn=fn):
                if fn is intrinsics.push:
                    if stmt.args[0] in found:
                        _need(stmt.args[1:], found, candidates)
                elif is_write(stmt):
                    if stmt.args[0] in found or target in found:
                        _need(stmt.args, found, candidates)
                elif target in found or any(v in found for v in _changed(stmt, aliases)):
                    _need(operands(stmt), found, candidates)
            case If():
                for target, a, b in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                    if target in found:
                        _need((a, b), found, candidates)
                _spread_back(stmt.then, found, candidates, aliases)
                _spread_back(stmt.orelse, found, candidates, aliases)
            case For() | While():
                while True:
                    before = len(found)
                    for c, y in zip(stmt.carried, stmt.body.yields):
                        if c in found:
                            _need((y,), found, candidates)
                    _spread_back(stmt.body, found, candidates, aliases)
                    if isinstance(stmt, For):
                        for source in stmt.sources:
                            if any(v in found for v in pattern_vars(source.target)):
                                _need((source.iterable,), found, candidates)
                    else:
                        _spread_back(stmt.test, found, candidates, aliases)
                    if len(found) == before:
                        break
                for c, init in zip(stmt.carried, stmt.inits):
                    if c in found:
                        _need((init,), found, candidates)


def active(function: Function, found: set[Var], aliases=None, left=()) -> set[Var]:
    """The Vars of a function that are both varied (`found`) and useful; `left` is memory of the caller's, whose state is a
    result too.

    Raises
    ------
    LostDerivativeError
        If a derivative gets lost on the way (`srcad.analysis.loss`).
    """
    check_lost(function, found)
    return useful(function, found, aliases, left)
