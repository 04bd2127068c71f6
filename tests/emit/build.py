"""Short ways to build Traces by hand."""

from __future__ import annotations

import operator

from srcad.emit import emit, load
from srcad.errors import NOWHERE, Location
from srcad.trace import intrinsics as ops
from srcad.trace.ir import Apply, Block, For, Function, If, Lit, Param, Source, Var, While
from srcad.trace.kinds import Kind


def atom(value):
    """A Var as it is, anything else as a constant."""
    return value if isinstance(value, Var) or type(value).__module__ == "srcad.trace.ir" else Lit(value)


def bar(var: Var, suffix: str = "_bar", kind: Kind | None = None) -> Var:
    return Var("", kind, var, suffix)


class Code:
    """A block under construction."""

    def __init__(self):
        self.stmts: list = []

    def do(self, fn, *args, to: Var | str = "", origin=None, line: str = "", kind: Kind | None = None, **kwargs) -> Var:
        """Append an operation; `to` is its target or the user's name for it."""
        target = to if isinstance(to, Var) else Var(to, kind)
        loc = Location("user.py", 7, text=line) if line else NOWHERE
        named = tuple((key, atom(value)) for key, value in kwargs.items())
        self.stmts.append(Apply(target, fn, tuple(map(atom, args)), named, loc, origin))
        return target

    def add(self, a, b, **options) -> Var:
        return self.do(operator.add, a, b, **options)

    def mul(self, a, b, **options) -> Var:
        return self.do(operator.mul, a, b, **options)

    def get(self, a, index, **options) -> Var:
        return self.do(operator.getitem, a, index, **options)

    def tuple(self, *items, **options) -> Var:
        return self.do(ops.build_tuple, *items, **options)

    def slice(self, start=None, stop=None, step=None, **options) -> Var:
        return self.do(ops.build_slice, start, stop, step, **options)

    def gives(self, *atoms) -> Block:
        return Block(self.stmts, tuple(map(atom, atoms)))

    def when(self, cond, then: Block, orelse: Block, *targets: Var):
        self.stmts.append(If(atom(cond), then, orelse, targets))
        return targets[0] if len(targets) == 1 else targets

    def loop(self, sources, carried, inits, body: Block, stop=None) -> None:
        pairs = tuple(Source(target, atom(iterable)) for target, iterable in sources)
        self.stmts.append(For(pairs, tuple(carried), tuple(map(atom, inits)), body, stop))

    def loop_while(self, carried, inits, test: Block, body: Block, stop=None) -> None:
        self.stmts.append(While(tuple(carried), tuple(map(atom, inits)), test, body, stop))


def function(params, block: Block, name: str = "f", **options) -> Function:
    """A Function; parameters are Vars or Params."""
    return Function(name, [p if isinstance(p, Param) else Param(p) for p in params], block, **options)


def text(*functions: Function, fold: bool = True, **options) -> str:
    """The text of functions, the main one first."""
    return emit(list(functions), fold=fold, **options).source


def run(fn: Function, *args, fold: bool = True):
    """What the text of a function returns."""
    return load(emit([fn], fold=fold), fn.name)(*args)


def lines(source: str) -> str:
    """Expected text: indentation of the test's own and the first empty line taken away."""
    import textwrap

    return textwrap.dedent(source).lstrip("\n")
