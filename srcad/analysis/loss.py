"""Where a derivative would be lost without anybody having meant it.

A value that varies may be compared, printed, rounded: then its derivative is zero or of no interest. But turned into
something that srcad cannot follow (a string, a set, an iterator, bytes, integers by reinterpretation) and back into a
number, its derivative would be zero silently. Such a value is *tainted*, and what makes a number of it again is refused.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.analysis.atoms import kind_of_atom
from srcad.errors import LostDerivativeError, NoRuleError
from srcad.rules.classification import changes_operand, classify, refusal
from srcad.rules.registry import find_rule
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Location, Var, While, operands, pattern_vars, walk
from srcad.trace.kinds import Array, Object, Scalar, has_attributes, is_differentiable
from srcad.trace.naming import operation_name
from srcad.trace.purity import OUTPUT

#: What may look at a value without taking anything of it along.
LOOKS = {
    *OUTPUT, isinstance, issubclass, type, id, callable, hasattr, len, range, bool, operator.is_, operator.is_not,
    operator.contains, operator.not_, intrinsics.raise_, intrinsics.push, intrinsics.build_slice, runtime.last_writers,
}
#: What takes a part out of a container: an integer beside a varying number is not made of it.
TAKES = {operator.getitem, intrinsics.unpack, intrinsics.take, intrinsics.rewind, intrinsics.cursor}
#: The kind of what a `try` has caught.
CAUGHT_ERROR = Object(BaseException)
#: Attributes that tell of a value's form only.
FORM = {"shape", "ndim", "size", "dtype", "nbytes", "itemsize", "strides", "flags"}


def tells_form(stmt: Apply) -> bool:
    """Is this an attribute of an array that depends on no number in it?"""
    return stmt.fn is getattr and stmt.args[1].value in FORM and not has_attributes(kind_of_atom(stmt.args[0]))


def check_lost(function: Function, varied: set[Var]) -> None:
    """Refuse a program in which a number is made of something that a varying value was turned into.

    Raises
    ------
    LostDerivativeError
        At the operation that makes the number.
    """
    _Taint(varied).everywhere(function)


class _Taint:
    """What a varying value has been turned into.

    Attributes
    ----------
    varied, tainted : set of Var
    raising : set of Var
        Results of calls that catch exceptions which may carry a varying value.
    """

    def __init__(self, varied: set[Var], seen: frozenset = frozenset()) -> None:
        self.varied, self.seen = varied, seen           # `seen`: calls that are being looked into
        self.tainted: set[Var] = set()
        self.raising: set[Var] = set()
        self.keys_vary = False             # does a dict have keys that vary?

    def everywhere(self, function: Function) -> None:
        before = None
        while before != (found := (len(self.tainted), len(self.raising), self.keys_vary)):
            before = found
            self.block(function.body)

    def block(self, block: Block) -> None:
        tainted = self.tainted
        for stmt in block.stmts:
            match stmt:
                case Apply():
                    self.operation(stmt)
                case If():
                    self.block(stmt.then)
                    self.block(stmt.orelse)
                    for target, *values in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                        if any(v in tainted for v in values):
                            tainted.add(target)
                case For() | While():
                    if isinstance(stmt, For):
                        for source in stmt.sources:
                            if source.iterable in tainted:
                                for var in pattern_vars(source.target):
                                    if is_differentiable(var.kind):
                                        raise lost(stmt.loc)
                                    tainted.add(var)
                    else:
                        self.block(stmt.test)
                    tainted.update(c for c, init in zip(stmt.carried, stmt.inits) if init in tainted)
                    self.block(stmt.body)
                    tainted.update(c for c, y in zip(stmt.carried, stmt.body.yields) if y in tainted)

    def operation(self, stmt: Apply) -> None:
        varied, tainted = self.varied, self.tainted
        fn, target = stmt.fn, stmt.target
        if fn in LOOKS or tells_form(stmt):
            return
        if fn in (runtime.add_place, runtime.places_of) and any(a in varied for a in stmt.args):
            self.keys_vary = True
        if fn is runtime.keys_of and self.keys_vary and is_differentiable(target.kind):
            raise lost(stmt.loc)
        if fn is operator.getitem and stmt.args[0] in self.raising and target.kind == CAUGHT_ERROR:
            tainted.add(target)
            return
        atoms = [a for a in operands(stmt) if isinstance(a, Var)]
        from_tainted = any(a in tainted for a in atoms)
        if not from_tainted and not any(a in varied for a in atoms):
            return
        rule = None if isinstance(fn, Function) else find_rule(fn)
        if rule is None and is_foreign(fn):
            name = getattr(fn, "__name__", type(fn).__name__)
            raise NoRuleError(f"{name}, a function in C without a derivative rule, is given a value that is differentiated, and "
                              "may write to it, or keep it", "declare a rule with srcad.rules, or give it a copy in "
                              "srcad.stop_gradient if its derivative is meant to be zero", stmt.loc)
        if writes_to_operand(stmt):
            reason, advice = refusal(np.put)
            raise NoRuleError(f"{operation_name(stmt)} has no derivative rule in this form, and a value that is differentiated "
                              f"reaches it: {reason}", advice, stmt.loc)
        if from_tainted and is_differentiable(target.kind):
            raise lost(stmt.loc)
        if isinstance(target.kind, Object) and classify(fn) == "refused":
            reason, advice = refusal(fn)
            raise NoRuleError(f"{operation_name(stmt)} has no derivative rule, and a value that is differentiated "
                              f"reaches it: {reason}", advice, stmt.loc)
        taken = fn in TAKES or fn is getattr and has_attributes(kind_of_atom(stmt.args[0]))
        if isinstance(fn, Function) and fn.catches and raises_varied(
                fn, tuple(a in varied or a in tainted for a in stmt.args), self.seen):
            self.raising.add(target)
        if isinstance(fn, Function) and fn.catches and not from_tainted:
            return
        if target in varied or not from_tainted and taken:
            return
        if not from_tainted and (isinstance(target.kind, Scalar | Array) and (rule is not None or isinstance(fn, Function))
                                 or isinstance(fn, Function) and is_differentiable(target.kind)):
            return                     # numbers by a rule: their derivative is zero, and known to be
        if rule is not None and rule.kind == "zero":
            return                     # a comparison, a count
        tainted.add(target)


def raises_varied(function: Function, given: tuple, seen: frozenset) -> bool:
    """May a function, given varying values at these places, raise an exception that carries one?"""
    if (id(function), given) in seen:
        return False
    seen |= {(id(function), given)}
    from srcad.analysis.activity import Still
    from srcad.analysis.activity import varied as varied_in

    inputs = {p.var for p, varies in zip(function.params, given) if varies}
    found = varied_in(function, inputs, still=Still(is_opaque=lambda callee: True))      # `check_lost` of callees would come here
    taint = _Taint(found, seen)
    taint.everywhere(function)
    for stmt in walk(function.body):
        if not isinstance(stmt, Apply):
            continue
        moving = tuple(a in found or a in taint.tainted for a in stmt.args)
        if any(moving) and (stmt.fn is intrinsics.raise_ or isinstance(stmt.fn, Function) and not stmt.fn.catches
                            and raises_varied(stmt.fn, moving, seen)):
            return True
    return False


def writes_to_operand(stmt: Apply) -> bool:
    """Does a function write its result into an array that it is given, which nothing here would follow?"""
    fn = stmt.fn
    if isinstance(fn, Function | Var):
        return False
    if isinstance(getattr(fn, "__self__", None), np.ufunc) and fn.__name__ == "at":
        return find_rule(fn) is None
    return changes_operand(fn) or any(name == "out" and atom != Lit(None) for name, atom in stmt.kwargs)


#: The types of functions in C, Fortran and Cython.
FOREIGN = {"builtin_function_or_method", "fortran", "cython_function_or_method", "CFunctionType", "_FuncPtr"}
#: Packages whose functions in C neither write to what they are given nor keep it, if they are not told to here.
HARMLESS = {"builtins", "sys", "math", "cmath", "_operator", "_bisect", "_functools", "itertools", "_json", "_pickle", "marshal",
            "time", "gc", "numpy", "_statistics", "srcad"}


def is_foreign(fn) -> bool:
    """Is it a function that is not written in Python, of a package that is not known?"""
    owner = getattr(fn, "__self__", None)
    return type(fn).__name__ in FOREIGN and not isinstance(owner, np.ufunc) and (
        getattr(fn, "__module__", None) or ("" if owner is None else type(owner).__module__)).partition(".")[0] not in HARMLESS


def lost(location: Location) -> LostDerivativeError:
    return LostDerivativeError(
        "the derivative is lost here: a number is made of something that a differentiated value was turned into",
        "compute with the value itself; if its derivative is meant to be zero, wrap it in srcad.stop_gradient first",
        location)
