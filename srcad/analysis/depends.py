"""Does a result depend on a parameter at all, through whatever operation, or through which branch is taken?"""

from __future__ import annotations

from srcad.analysis.aliasing import Aliases, is_write, may_share, writes
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Block, For, Function, If, Var, While, operands, pattern_vars


def depends_on(function: Function, var: Var, aux: bool = False) -> bool:
    """Is there a path of data or control from `var` to the result (its first item, with `aux`)?"""
    found = {var}
    _spread(function.body, found, False)
    if writes(function):
        aliases = Aliases(function)
        before = 0
        while before != len(found):
            before = len(found)
            for members in aliases.members.values():
                if not found.isdisjoint(members):
                    found.update(members)
            _spread(function.body, found, False)
    result = function.result
    if aux and isinstance(result, Var):
        for stmt in function.body.stmts:
            if isinstance(stmt, Apply) and stmt.target is result and stmt.fn is intrinsics.build_tuple:
                result = stmt.args[0]
    return result in found


def _spread(block: Block, found: set, controlled: bool) -> None:
    for stmt in block.stmts:
        match stmt:
            case Apply():
                if any(a in found for a in operands(stmt) if isinstance(a, Var)):
                    found.add(stmt.target)
                    if is_write(stmt):
                        found.add(stmt.args[0])
                    elif isinstance(stmt.fn, Function) and writes(stmt.fn):
                        found.update(a for a in stmt.args if isinstance(a, Var) and may_share(a.kind))
                    if stmt.fn is intrinsics.push:
                        found.add(stmt.args[0])
            case If():
                _spread(stmt.then, found, controlled)
                _spread(stmt.orelse, found, controlled)
                for target, a, b in zip(stmt.targets, stmt.then.yields, stmt.orelse.yields):
                    if stmt.cond in found or a in found or b in found:
                        found.add(target)
            case For() | While():
                while True:
                    before = len(found)
                    control = False
                    if isinstance(stmt, For):
                        for source in stmt.sources:
                            if source.iterable in found:
                                found.update(pattern_vars(source.target))
                                control = True
                    else:
                        _spread(stmt.test, found, controlled)
                        control = stmt.test.yields[0] in found
                    _spread(stmt.body, found, controlled)
                    control = control or stmt.stop in found
                    for c, init, y in zip(stmt.carried, stmt.inits, stmt.body.yields):
                        if control or init in found or y in found:
                            found.add(c)
                    if len(found) == before:
                        break
