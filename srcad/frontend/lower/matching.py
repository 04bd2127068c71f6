"""``match``: a chain of ``if``.

    match v:                              if is_sequence(v) and len(v) == 2 and (a := v[0], b := v[1]) and a > b: ...
        case (a, b) if a > b: ...   →     elif v == 1: ...
        case 1: ...

The tests of a pattern come first, then what it binds, then the guard, as in Python.
"""

from __future__ import annotations

import collections.abc

import gast

from srcad.frontend.lower.builder import TRUE, Builder
from srcad.frontend.lower.expressions import EXPRESSIONS, expression
from srcad.frontend.lower.refusals import refuse
from srcad.trace import intrinsics, ir


class Operation(gast.AST):
    """An operation on expressions that no syntax stands for; `fn` is the callable."""

    _fields = ("operands",)

    def __init__(self, fn, operands: list) -> None:
        super().__init__()
        self.fn, self.operands = fn, operands


class Bound(gast.AST):
    """``target := value`` as a test that always holds."""

    _fields = ("target", "value")

    def __init__(self, target: gast.Name, value: gast.AST) -> None:
        super().__init__()
        self.target, self.value = target, value


def as_if(builder: Builder, node: gast.Match) -> gast.If:
    """The ``if`` that a ``match`` means; its subject is evaluated here."""
    name = f"<subject {node.lineno}>"
    subject = expression(builder, node.subject)
    builder.locals |= {name}
    builder.set(name, subject)
    chain: list = []
    for case in reversed(node.cases):
        chain = [_Case(builder, case, name).build(chain)]
    return chain[0]


class _Case:
    """Makes the ``if`` of one case."""

    def __init__(self, builder: Builder, case: gast.AST, subject: str) -> None:
        self.builder, self.case, self.subject = builder, case, subject
        self.place = case.pattern

    def build(self, otherwise: list) -> gast.If:
        tests, bound = self.pattern(self.case.pattern, self.name(self.subject))
        conditions = [*tests, *bound, *([] if self.case.guard is None else [self.case.guard])]
        if not conditions:
            test = self.at(gast.Constant(value=True, kind=None))
        else:
            test = conditions[0] if len(conditions) == 1 else self.at(gast.BoolOp(op=gast.And(), values=conditions))
        return self.at(gast.If(test=test, body=self.case.body, orelse=otherwise))

    def at(self, node: gast.AST):
        return gast.copy_location(node, self.place)

    def name(self, name: str) -> gast.AST:
        return self.at(gast.Name(id=name, ctx=gast.Load(), annotation=None, type_comment=None))

    def operation(self, fn, *operands) -> gast.AST:
        return self.at(Operation(fn, list(operands)))

    def constant(self, value) -> gast.AST:
        return self.at(gast.Constant(value=value, kind=None))

    def pattern(self, pattern: gast.AST, value: gast.AST) -> tuple[list, list]:
        """(the tests of a pattern on a value, what it binds)"""
        match pattern:
            case gast.MatchValue():
                return [self.at(gast.Compare(left=value, ops=[gast.Eq()], comparators=[pattern.value]))], []
            case gast.MatchSingleton():
                return [self.at(gast.Compare(left=value, ops=[gast.Is()], comparators=[self.constant(pattern.value)]))], []
            case gast.MatchAs():
                tests, bound = ([], []) if pattern.pattern is None else self.pattern(pattern.pattern, value)
                if pattern.name is not None:
                    bound = [*bound, self.bound(pattern.name, value)]
                return tests, bound
            case gast.MatchOr():
                return self.alternatives(pattern, value), []
            case gast.MatchSequence():
                return self.sequence(pattern, value)
            case gast.MatchMapping():
                return self.mapping(pattern, value)
            case gast.MatchClass():
                return self.of_class(pattern, value)
        return refuse(type(pattern), self.builder.at(pattern))

    def bound(self, name: str, value: gast.AST) -> gast.AST:
        target = self.at(gast.Name(id=name, ctx=gast.Store(), annotation=None, type_comment=None))
        return self.at(Bound(target, value))

    def alternatives(self, pattern: gast.MatchOr, value: gast.AST) -> list:
        tests = []
        for alternative in pattern.patterns:
            own, bound = self.pattern(alternative, value)
            if bound:
                refuse("bound alternatives", self.builder.at(pattern))
            test = self.constant(True) if not own else own[0] if len(own) == 1 else self.at(
                gast.BoolOp(op=gast.And(), values=own))
            tests.append(test)
        return [self.at(gast.BoolOp(op=gast.Or(), values=tests))]

    def sequence(self, pattern: gast.MatchSequence, value: gast.AST) -> tuple[list, list]:
        parts = pattern.patterns
        stars = [k for k, part in enumerate(parts) if isinstance(part, gast.MatchStar)]
        length = self.operation(len, value)
        order = gast.GtE() if stars else gast.Eq()
        tests = [self.operation(intrinsics.is_sequence, value),
                 self.at(gast.Compare(left=length, ops=[order], comparators=[self.constant(len(parts) - len(stars))]))]
        bound: list = []
        for k, part in enumerate(parts):
            after = len(parts) - 1 - k
            if isinstance(part, gast.MatchStar):
                if part.name is not None:
                    index = gast.Slice(lower=self.constant(k), upper=self.constant(-after) if after else None, step=None)
                    rest = self.at(gast.Subscript(value=value, slice=self.at(index), ctx=gast.Load()))
                    bound.append(self.bound(part.name, self.operation(list, rest)))
                continue
            index = self.constant(k if not stars or k < stars[0] else -after - 1)
            item = self.at(gast.Subscript(value=value, slice=index, ctx=gast.Load()))
            self.add(tests, bound, self.pattern(part, item))
        return tests, bound

    def mapping(self, pattern: gast.MatchMapping, value: gast.AST) -> tuple[list, list]:
        if pattern.rest is not None:
            refuse("rest of a mapping", self.builder.at(pattern))
        tests = [self.operation(isinstance, value, collections.abc.Mapping)]
        bound: list = []
        for key, part in zip(pattern.keys, pattern.patterns):
            tests.append(self.at(gast.Compare(left=key, ops=[gast.In()], comparators=[value])))
            item = self.at(gast.Subscript(value=value, slice=key, ctx=gast.Load()))
            self.add(tests, bound, self.pattern(part, item))
        return tests, bound

    def of_class(self, pattern: gast.MatchClass, value: gast.AST) -> tuple[list, list]:
        tests = [self.operation(isinstance, value, pattern.cls)]
        bound: list = []
        for k, part in enumerate(pattern.patterns):
            item = self.operation(intrinsics.match_position, value, pattern.cls, self.constant(k))
            self.add(tests, bound, self.pattern(part, item))
        for name, part in zip(pattern.kwd_attrs, pattern.kwd_patterns):
            tests.append(self.operation(hasattr, value, self.constant(name)))
            item = self.at(gast.Attribute(value=value, attr=name, ctx=gast.Load()))
            self.add(tests, bound, self.pattern(part, item))
        return tests, bound

    @staticmethod
    def add(tests: list, bound: list, found: tuple[list, list]) -> None:
        tests += found[0]
        bound += found[1]


def _operation(builder: Builder, node: Operation, hint: str) -> ir.Atom:
    operands = tuple(expression(builder, o) if isinstance(o, gast.AST) else ir.Ref(o) for o in node.operands)
    return builder.apply(node.fn, operands, node, hint=hint)


def _bound(builder: Builder, node: Bound, hint: str) -> ir.Atom:
    builder.bind(node.target.id, expression(builder, node.value, node.target.id), node)
    return TRUE


EXPRESSIONS |= {Operation: _operation, Bound: _bound}
