"""Linking: the functions of one derivative, and the data they read, made into one closed set.

A function that reads a global or a closure's value, or calls one that does, gets a trailing parameter for it; every call
passes it on. So generated text stands alone, and nothing that may change is frozen into it.
"""

from __future__ import annotations

from srcad.optimize.marks import drop_marks
from srcad.specialise.program import Program, data_vars
from srcad.trace.ir import Apply, Function, Param, walk


def called(function: Function) -> list[Function]:
    """The Traces that a Trace calls, each once, in order."""
    found: dict[int, Function] = {}
    for stmt in walk(function.body):
        if isinstance(stmt, Apply) and isinstance(stmt.fn, Function):
            found.setdefault(id(stmt.fn), stmt.fn)
    return list(found.values())


def reachable(main: Function) -> list[Function]:
    """`main` and every Trace it calls, directly or not, in order of first call."""
    found = {id(main): main}
    queue = [main]
    while queue:
        for callee in called(queue.pop(0)):
            if id(callee) not in found:
                found[id(callee)] = callee
                queue.append(callee)
    return list(found.values())


def link(program: Program, main: Function) -> tuple[list[Function], list]:
    """Give every function its data parameters. Returns the functions, main first, and main's data in order."""
    functions = reachable(main)
    for function in functions:
        drop_marks(function)
    for f in functions:
        for callee in reachable(f) if f.catches else ():
            callee.strict = True
    infos = {id(f): program.info_of(f) for f in functions}
    changed = True
    while changed:
        changed = False
        for f in functions:
            info = infos[id(f)]
            for callee in called(f):
                for key in infos[id(callee)].hidden:
                    if key not in info.hidden:
                        data_vars(program, info, key)
                        changed = True
    order = {id(f): list(infos[id(f)].hidden) for f in functions}
    for f in functions:
        if id(f) in program.linked:           # shared by the two halves of an adjoint
            continue
        program.linked.add(id(f))
        info = infos[id(f)]
        for stmt in walk(f.body):
            if isinstance(stmt, Apply) and isinstance(stmt.fn, Function):
                stmt.args = (*stmt.args, *(info.hidden[key] for key in order[id(stmt.fn)]))
        if order[id(f)]:
            f.params = [Param(p.var, p.style) for p in f.params]      # no default may stand before a datum
        f.params = [*f.params, *(Param(info.hidden[key], 1, None) for key in order[id(f)])]
    return functions, [program.data[key] for key in order[id(main)]]
