"""The Trace: what every stage between the frontend and the printer works on.

A :class:`Function` is a body of statements over *atoms*; every statement does one operation. The form is *structured
static single assignment*: control flow is only :class:`If`, :class:`For` and :class:`While`; every :class:`Var` is
defined in exactly one place, and what a Python variable becomes at a join is said explicitly:

- an ``If`` defines its ``targets``; each arm ends in ``yields``, one atom per target;
- a loop defines its ``carried`` variables; ``inits`` are their values before the first trip, ``body.yields`` the values
  for the next one. A carried variable is visible in the body (its value at the start of the trip) and after the loop
  (its value at the end);
- everything else that is defined in an arm or a body is visible only there.

So ::

    for i in range(n):            For(sources=[Source(i, v1)], carried=[s], inits=[0.0],
        if i > 2:                     body=Block([v2 = i > 2,
            s = s * x                             If(v2, Block([v3 = s * x], yields=[v3]), Block([], yields=[s]), targets=[s1])],
                                            yields=[s1]))

and "the value of x where it was last defined" needs no search: it is a Var. Values that do not exist (a name bound in
one arm only, a loop variable before its loop) are ``Lit(UNDEF)``: printed as no assignment at all, so that Python itself
raises ``UnboundLocalError`` where the user's function would have.

The order of statements is Python's order of evaluation. Variables carry their :mod:`kind <srcad.trace.kinds>` once the
function has been specialised. Names are given when the Trace is printed (`srcad.emit`): a Var only says what it would
like to be called.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from srcad.errors import NOWHERE, Location
from srcad.immutable import Immutable

_serial = itertools.count()


class Var:
    """A value with a name. Two Vars are the same only if they are the same object.

    Attributes
    ----------
    hint : str
        The user's name, or "" for a temporary (printed v1, v2, ... in order of definition).
    of, suffix : Var or None, str
        A derived variable: printed as the name of `of` plus `suffix` (``x_bar``, ``v3_dot``).
    kind : Kind or None
        What is known of the value; None before specialisation.
    """

    __slots__ = ("hint", "kind", "of", "serial", "suffix")

    def __init__(self, hint: str = "", kind=None, of: Var | None = None, suffix: str = ""):
        self.hint = hint
        self.kind = kind
        self.of = of
        self.suffix = suffix
        self.serial = next(_serial)

    def like(self) -> Var:
        """A new Var that wants the same name and has the same kind: another version of the same thing."""
        return Var(self.hint, self.kind, self.of, self.suffix)

    def __repr__(self) -> str:
        stem = repr(self.of) if self.of is not None else (self.hint or "v")
        return f"{stem}{self.suffix}'{self.serial}"


class _Undefined:
    def __repr__(self) -> str:
        return "UNDEF"


UNDEF = _Undefined()


class Lit(Immutable):
    """A constant that can be written down: int, float, complex, bool, str, bytes, None, Ellipsis; or UNDEF."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value: Final = value

    def __eq__(self, other: object) -> bool:
        return self is other or isinstance(other, Lit) and type(self.value) is type(other.value) and (
            repr(self.value) == repr(other.value))          # 0.0 is not -0.0, and NaN is NaN

    def __hash__(self) -> int:
        return hash(repr(self.value))

    def __repr__(self) -> str:
        return repr(self.value)


class Ref(Immutable):
    """An object known when the text is generated: a function, module, class, dtype. Printed by its qualified name."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value: Final = value

    def __eq__(self, other) -> bool:
        return isinstance(other, Ref) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)

    def __repr__(self) -> str:
        return f"<{getattr(self.value, '__name__', self.value)}>"


@dataclass(frozen=True, slots=True)
class FreeName:
    """A global, builtin or closure name, not yet looked at. Only before specialisation."""

    free: Any                    # srcad.frontend.scope.Free

    def __repr__(self) -> str:
        return f"<{self.free.name}>"


Atom = Var | Lit | Ref | FreeName


@dataclass(frozen=True, slots=True)
class Star:
    """``*atom`` among the arguments of a call or the items of a display. Only before specialisation."""

    atom: Atom


@dataclass(slots=True, eq=False)
class Apply:
    """``target = fn(*args, **kwargs)``: the one operation there is.

    `fn` is the Python callable itself: ``operator.add``, ``operator.getitem``, ``math.log``, ``np.sin``, the method
    ``np.ndarray.sum`` (the object is then args[0]), one of :mod:`srcad.trace.intrinsics`, a :class:`Function` (a call
    of another Trace), or, before specialisation, an Atom whose value is called.
    """

    target: Var
    fn: object
    args: tuple = ()
    kwargs: tuple = ()           # ((name or None for **, atom), ...)
    loc: Location = NOWHERE
    origin: Apply | None = None  # in a derivative: the primal statement that this one belongs to


@dataclass(slots=True, eq=False)
class Block:
    """Statements, then the atoms that leave the block."""

    stmts: list = field(default_factory=list)
    yields: tuple = ()


@dataclass(slots=True, eq=False)
class If:
    """``if cond: then else: orelse``; defines `targets` from the arms' yields. An arm that ends in `raise` yields UNDEF."""

    cond: Atom
    then: Block
    orelse: Block
    targets: tuple = ()
    loc: Location = NOWHERE
    origin: If | None = None


@dataclass(slots=True, eq=False)
class Source:
    """One iterable of a ``for`` and what its items are bound to: a Var, or a tuple of Vars (items are then tuples)."""

    target: Var | tuple
    iterable: Atom


@dataclass(slots=True, eq=False)
class For:
    """``for targets in zip(iterables)``, plain ``for target in iterable`` with one source.

    `stop`, if given, is a boolean atom of the body: when it is true after the trip's yields have been taken, the loop
    is left (Python's ``break``). What follows only a loop that was not left (``else``) is an ``If`` on a carried flag.
    """

    sources: tuple
    carried: tuple
    inits: tuple
    body: Block
    stop: Atom | None = None
    loc: Location = NOWHERE
    origin: For | While | None = None
    independent: bool = False    # do its trips hand on nothing but sums? (`srcad.optimize.independent`)


@dataclass(slots=True, eq=False)
class While:
    """``while True: test; if not cond: leave; body``. The test's variables are visible in the body, not after the loop."""

    carried: tuple
    inits: tuple
    test: Block                  # test.yields == (cond,)
    body: Block
    stop: Atom | None = None
    loc: Location = NOWHERE
    origin: While | None = None


@dataclass(slots=True, eq=False)
class Attempt:
    """``try: body; except classes[0]: ...``, without what follows. Only before specialisation.

    Defines `target`, a tuple: 0 and None if the end of the body is reached, else the number of the class that the
    exception is of, counted from 1, and the exception; then the body's yields, which exist in the first case.
    """

    target: Var
    body: Block
    classes: tuple
    loc: Location = NOWHERE


@dataclass(slots=True, eq=False)
class Comment:
    """A line of comment in the generated source: ``# text``."""

    text: str


Stmt = Apply | If | For | While | Attempt | Comment


@dataclass(slots=True, eq=False)
class Param:
    """A parameter: its Var, how it may be passed (`inspect.Parameter.kind`) and its default (an Atom or None)."""

    var: Var
    style: int = 1               # inspect.Parameter.POSITIONAL_OR_KEYWORD
    default: Atom | None = None


@dataclass(slots=True, eq=False)
class Function:
    """A Trace. ``body.yields`` is the one result.

    Attributes
    ----------
    name : str
        What it is called in generated source.
    params : list of Param
    body : Block
    loc : Location
        Of the user's ``def``.
    header : str
        A comment under the ``def`` line.
    doc : str
        What the user's function is called; for messages.
    catches : tuple of tuple of type
        Exceptions that its calls do not raise, but tell of: the result is then `escape`.
    escape : object
        Nested tuples of CAUGHT, ERROR and None, for the number in `catches`, the exception, and what has no value.
    contexts : tuple
        Context managers that the whole is run in: their classes, with options by name.
    strict : bool
        It matters which exceptions it raises: every operation is kept, in its place.
    """

    name: str
    params: list
    body: Block
    loc: Location = NOWHERE
    header: str = ""
    doc: str = ""
    catches: tuple = ()
    escape: object = None
    contexts: tuple = ()
    strict: bool = False

    @property
    def result(self) -> Atom:
        return self.body.yields[0]


#: In `Function.escape`.
CAUGHT, ERROR = "caught", "error"


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """A function that is defined inside another one, as the ``def`` finds it. Only before specialisation.

    Attributes
    ----------
    trace : Function
        Its Trace, whose last parameters are the cells it captures.
    captured : tuple of str
        The names of those.
    defaults : tuple of str
        The parameters that have a default.
    """

    trace: Function
    captured: tuple
    defaults: tuple

    @property
    def __name__(self) -> str:
        return self.trace.name


# ---------------------------------------------------------------------------------------------------------------------
# Walking


def blocks(stmt) -> tuple[Block, ...]:
    """The blocks directly inside a statement, in order of execution."""
    if type(stmt) is Apply:
        return ()
    match stmt:
        case If():
            return stmt.then, stmt.orelse
        case For():
            return (stmt.body,)
        case While():
            return stmt.test, stmt.body
        case Attempt():
            return (stmt.body,)
    return ()


def pattern_vars(target) -> Iterator[Var]:
    """The Vars of a loop target."""
    if isinstance(target, Var):
        yield target
    else:
        for t in target:
            yield from pattern_vars(t)


def outputs(stmt) -> tuple[Var, ...]:
    """The Vars that a statement defines for what follows it."""
    match stmt:
        case Apply() | Attempt():
            return (stmt.target,)
        case If():
            return stmt.targets
        case For() | While():
            return stmt.carried
    return ()


def inner_vars(stmt) -> tuple[Var, ...]:
    """The Vars that a statement defines at the start of its blocks: loop targets (carried ones are `outputs`)."""
    if isinstance(stmt, For):
        return tuple(v for s in stmt.sources for v in pattern_vars(s.target))
    return ()


def operands(stmt) -> tuple:
    """The atoms that a statement itself reads (not those that its blocks read), Star unpacked."""
    if type(stmt) is Apply:                  # nearly all are, and nothing is asked more often
        args, fn = stmt.args, type(stmt.fn)
        if Star in map(type, args):
            args = tuple([a.atom if type(a) is Star else a for a in args])
        if stmt.kwargs:
            args = (*args, *[a for _, a in stmt.kwargs])
        return (stmt.fn, *args) if fn is Var or fn is FreeName else args
    match stmt:
        case If():
            return (stmt.cond,)
        case For():
            return tuple(s.iterable for s in stmt.sources) + stmt.inits
        case While():
            return stmt.inits
        case Attempt():
            return stmt.classes
    return ()


def exits(stmt) -> tuple:
    """The atoms read at the end of a loop body besides its yields: the stop flag."""
    return (stmt.stop,) if isinstance(stmt, For | While) and stmt.stop is not None else ()


def walk(block: Block) -> Iterator[Stmt]:
    """Every statement of a block and of the blocks inside it, in order."""
    stack = [iter(block.stmts)]
    while stack:
        for stmt in stack[-1]:
            yield stmt
            if type(stmt) is Apply:
                continue
            inner = blocks(stmt)
            if inner:
                stack.append(itertools.chain.from_iterable(b.stmts for b in inner))
                break
        else:
            stack.pop()


def every_block(block: Block) -> Iterator[Block]:
    """A block and all that are inside it."""
    yield block
    for stmt in block.stmts:
        for inner in blocks(stmt):
            yield from every_block(inner)


def uses(block: Block) -> Iterator[Var]:
    """Every Var read anywhere in a block, with repetition, yields included."""
    for stmt in walk(block):
        if type(stmt) is Apply:
            for atom in operands(stmt):
                if isinstance(atom, Var):
                    yield atom
            continue
        for atom in itertools.chain(operands(stmt), exits(stmt)):
            if isinstance(atom, Var):
                yield atom
        for inner in blocks(stmt):
            for atom in inner.yields:
                if isinstance(atom, Var):
                    yield atom
    for atom in block.yields:
        if isinstance(atom, Var):
            yield atom


def defined(block: Block) -> Iterator[Var]:
    """Every Var defined anywhere in a block."""
    for stmt in walk(block):
        yield from outputs(stmt)
        yield from inner_vars(stmt)


def free_vars(block: Block) -> list[Var]:
    """The Vars that a block reads and does not define, each once, in order of first use."""
    own = set(defined(block))
    return list(dict.fromkeys(v for v in uses(block) if v not in own))


def substitute_atom(atom, mapping: dict):
    if isinstance(atom, Star):
        return Star(mapping.get(atom.atom, atom.atom)) if isinstance(atom.atom, Var) else atom
    return mapping.get(atom, atom) if isinstance(atom, Var) else atom


def copy_block(block: Block, mapping: dict) -> Block:
    """A copy of a block in which every Var it defines is new; `mapping` (old → atom) is read and extended."""
    return Block([copy_stmt(s, mapping) for s in block.stmts], tuple(substitute_atom(a, mapping) for a in block.yields))


def _fresh(var: Var, mapping: dict) -> Var:
    new = var.like()
    if new.of is not None:
        new.of = mapping.get(new.of, new.of) if isinstance(mapping.get(new.of, new.of), Var) else new.of
    mapping[var] = new
    return new


def _fresh_pattern(target, mapping: dict):
    return _fresh(target, mapping) if isinstance(target, Var) else tuple(_fresh_pattern(t, mapping) for t in target)


def copy_stmt(stmt, mapping: dict):
    """A copy of a statement, as `copy_block` does."""
    match stmt:
        case Apply():
            fn = substitute_atom(stmt.fn, mapping) if isinstance(stmt.fn, Var) else stmt.fn
            args = tuple(substitute_atom(a, mapping) for a in stmt.args)
            kwargs = tuple((k, substitute_atom(a, mapping)) for k, a in stmt.kwargs)
            return Apply(_fresh(stmt.target, mapping), fn, args, kwargs, stmt.loc, stmt.origin)
        case If():
            cond = substitute_atom(stmt.cond, mapping)
            then, orelse = copy_block(stmt.then, mapping), copy_block(stmt.orelse, mapping)
            return If(cond, then, orelse, tuple(_fresh(v, mapping) for v in stmt.targets), stmt.loc, stmt.origin)
        case For():
            inits = tuple(substitute_atom(a, mapping) for a in stmt.inits)
            iterables = [substitute_atom(s.iterable, mapping) for s in stmt.sources]
            sources = tuple(
                Source(_fresh_pattern(s.target, mapping), it) for s, it in zip(stmt.sources, iterables, strict=True)
            )
            carried = tuple(_fresh(v, mapping) for v in stmt.carried)
            body = copy_block(stmt.body, mapping)
            stop = None if stmt.stop is None else substitute_atom(stmt.stop, mapping)
            return For(sources, carried, inits, body, stop, stmt.loc, stmt.origin, stmt.independent)
        case While():
            inits = tuple(substitute_atom(a, mapping) for a in stmt.inits)
            carried = tuple(_fresh(v, mapping) for v in stmt.carried)
            test, body = copy_block(stmt.test, mapping), copy_block(stmt.body, mapping)
            stop = None if stmt.stop is None else substitute_atom(stmt.stop, mapping)
            return While(carried, inits, test, body, stop, stmt.loc, stmt.origin)
        case Attempt():
            classes = tuple(substitute_atom(a, mapping) for a in stmt.classes)
            return Attempt(_fresh(stmt.target, mapping), copy_block(stmt.body, mapping), classes, stmt.loc)
        case Comment():
            return stmt
    raise TypeError(f"not a statement: {stmt!r}")
