"""Random Python programs, lowered and printed again, do what they did.

Control flow of every kind, with variables that may be unbound: what is compared is the result, the error, and the order
of side effects. Programs with ``del`` are left out: a Trace does not say that a name was unbound on purpose.
"""

from __future__ import annotations

import pytest
from frontend.random_programs import Exhausted, Program

from srcad.emit import emit, load
from srcad.frontend.lower import lower
from srcad.frontend.source import find_source
from srcad.trace import interpret
from srcad.trace.ir import Apply, For, FreeName, Function, If, Ref, Source, Star, While, blocks, walk

ARGUMENTS = [(1, 2, 3), (0, 0, 0), (4, -2, 5)]


def with_objects(fn: Function) -> Function:
    """The Trace with the objects themselves in place of free names."""

    def known(atom):
        if isinstance(atom, Star):
            return Star(known(atom.atom))
        return Ref(atom.free.read()) if isinstance(atom, FreeName) else atom

    for stmt in walk(fn.body):
        match stmt:
            case Apply():
                stmt.args = tuple(map(known, stmt.args))
                stmt.kwargs = tuple((k, known(a)) for k, a in stmt.kwargs)
                stmt.fn = stmt.fn.free.read() if isinstance(stmt.fn, FreeName) else stmt.fn
            case If():
                stmt.cond = known(stmt.cond)
            case For():
                stmt.sources = tuple(Source(s.target, known(s.iterable)) for s in stmt.sources)
        if isinstance(stmt, For | While):
            stmt.inits = tuple(map(known, stmt.inits))
        for block in blocks(stmt):
            block.yields = tuple(map(known, block.yields))
    fn.body.yields = tuple(map(known, fn.body.yields))
    return fn


def check(seed: int) -> None:
    program = Program(seed)
    if "del " in program.text:
        return
    trace = with_objects(lower(find_source(program.function)))
    for fold in (False, True):
        module = emit([trace], fold=fold)
        printed = load(module, "f")
        for arguments in ARGUMENTS:
            try:
                wanted = program.outcome(lambda *args: interpret.run(trace, *args), *arguments)
                python = program.outcome(program.function, *arguments)
            except Exhausted:
                continue
            found = program.outcome(printed, *arguments)
            assert found in (wanted, python), f"seed {seed}, fold={fold}\n{program.text}\n{module.source}"


@pytest.mark.parametrize("seed", range(100))
def test_printed_programs_do_what_they_did(seed):
    check(seed)


@pytest.mark.slow
def test_many_more():
    for seed in range(1000, 6000):
        check(seed)
