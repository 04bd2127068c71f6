"""The table of derivative rules, and the notation in which they are declared.

A rule is a small Python function over NumPy, written as the mathematics is written. It is never called: its source is
lowered once to a Trace, specialised for the kinds of the operands (``if axis is None`` or ``x.ndim == 1`` is decided
then) and spliced into the derivative, so its local names cannot meet the user's.

The first parameter of every rule is the function's *result*; the rest are the function's own parameters, under the
names and defaults that matter to the rule (a call that passes one the rule does not have is refused). ::

    @elementwise(np.sin)                     # the partial derivative with respect to each operand
    def sin(y, x):
        return np.cos(x)

    @linear(np.cumsum)                       # linear in the operands that get a `_bar`: the tangent is the function itself
    def cumsum(y, x, axis=None):
        x_bar = ...                          # the transpose, in terms of y_bar

    @multilinear(np.outer)                   # linear in each operand alone: the tangent is the product rule
    def outer(y, a, b):
        a_bar = y_bar @ b
        b_bar = a @ y_bar

    @defadjoint(np.linalg.inv)               # anything else: the adjoint ...
    def inv(y, a):
        a_bar = -y.T @ y_bar @ y.T

    @deftangent(np.linalg.inv)               # ... and the tangent
    def inv(y, a):
        y_dot = -y @ a_dot @ y

Broadcasting of elementwise operands, real parts for real operands and the operands' dtypes are the framework's business.
An adjoint rule need not care which operands are active: what is not asked for is dropped. In a tangent rule the tangent
of an inactive operand is a structural zero, which linear operations absorb.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from srcad.errors import ArgumentError
from srcad.immutable import Immutable

if TYPE_CHECKING:
    import gast


class Call(Immutable):
    """A call form to test a rule with: an expression over named operands, and what each operand is.

    ``Call("np.cumsum(x, axis=1)", x=(3, 4))``: a shape gives normal random numbers moved into the rule's `domain`; any
    other value is taken as it is. Operands given by a shape are differentiated.
    """

    __slots__ = ("expression", "operands")

    def __init__(self, expression: str, **operands) -> None:
        self.expression: Final = expression
        self.operands: Final = operands


class Rule:
    """What is known of the derivative of one function.

    Attributes
    ----------
    kind : str
        "elementwise", "linear", "multilinear", "written" or "zero".
    partials, adjoint, tangent : function or None
        The declared bodies.
    domain : tuple of float
        Interval(s) from which the generated test takes operands; one pair for all operands or one per operand.
    calls : tuple of Call
        Call forms for the generated test.
    order : int
        Highest order that the generated test checks.
    ignores : tuple of str
        Operands that are read for their shape only, or not at all: the result does not vary with their numbers.
    """

    def __init__(self, fn: object, kind: str, partials: Callable | None = None, adjoint: Callable | None = None,
                 tangent: Callable | None = None, domain: tuple = (-2.0, 2.0), calls: tuple = (), order: int = 2,
                 complex: bool = False, ignores: tuple = (), apart: bool = False) -> None:
        self.fn = fn
        self.kind = kind
        self.partials = partials
        self.adjoint = adjoint
        self.tangent = tangent
        self.domain = domain
        self.calls = calls
        self.order = order
        self.complex = complex
        self.ignores = ignores
        self.apart = apart
        self.version = 0


#: function → Rule.
RULES: dict[object, Rule] = {}
#: Raised by one with every rule that a user registers: a derivative made under an older generation is made again.
generation = 0
#: What users have registered, in order: (function, changes).
users: list[tuple[object, dict]] = []
_loading_own = False


def _register(fn, **changes) -> None:
    global generation
    check_function(fn)
    if not _loading_own and not _is_own(fn):
        generation += 1
        users.append((fn, changes))
    _enter(fn, changes)


def _is_own(fn) -> bool:
    module = getattr(fn, "__module__", None) or ""
    return module.startswith("srcad.") and module != "srcad.generated"


@contextlib.contextmanager
def own() -> Iterator[None]:
    """What is registered meanwhile are srcad's own rules. They come first: users' rules are entered over them again."""
    global _loading_own
    before, _loading_own = _loading_own, True
    try:
        yield
    finally:
        _loading_own = before
        for fn, changes in users:
            _enter(fn, changes)


def _enter(fn, changes: dict) -> None:
    rule = RULES.get(fn)
    written = {"adjoint", "tangent"} & changes.keys()
    if rule is None or rule.kind != "written" or not written:
        RULES[fn] = Rule(fn, **({"kind": "written"} | changes))
    else:
        for name, value in changes.items():
            if value:
                setattr(rule, name, value)
    RULES[fn].version = generation


def check_function(fn) -> None:
    """A rule is for a function; it is found by the function's hash."""
    if not callable(fn):
        raise ArgumentError(f"a rule is declared for {type(fn).__name__}, which is not a function",
                            "name the functions in brackets: @elementwise(f)")
    try:
        hash(fn)
    except TypeError:
        raise ArgumentError(f"a rule cannot be found for an object of class {type(fn).__name__}, which has no hash",
                            "call it in a function of your own, and declare the rule for that") from None


def elementwise(*fns, domain=(-2.0, 2.0), calls=(), order=2, complex=False):
    """Declare the partial derivatives of functions that act element by element and broadcast.

    The decorated function gets the result and the operands and returns the partial derivative with respect to each
    operand (a tuple if there are several; None for an operand without derivative, such as an integer order).
    """
    def declare(body):
        for fn in fns:
            _register(fn, kind="elementwise", partials=body, domain=domain, calls=tuple(calls), order=order, complex=complex)
        return body
    return declare


def linear(*fns, domain=(-2.0, 2.0), calls=(), order=2, complex=False, ignores=()):
    """Declare functions that are jointly linear in those operands that the rule assigns a ``_bar`` to."""
    def declare(body):
        for fn in fns:
            _register(fn, kind="linear", adjoint=body, domain=domain, calls=tuple(calls), order=order, complex=complex,
                      ignores=tuple(ignores))
        return body
    return declare


def multilinear(*fns, domain=(-2.0, 2.0), calls=(), order=2, complex=False, ignores=()):
    """Declare functions that are linear in each operand that the rule assigns a ``_bar`` to, the others held fixed."""
    def declare(body):
        for fn in fns:
            _register(fn, kind="multilinear", adjoint=body, domain=domain, calls=tuple(calls), order=order, complex=complex,
                      ignores=tuple(ignores))
        return body
    return declare


def defadjoint(*fns, domain=(-2.0, 2.0), calls=(), order=2, complex=False, ignores=(), apart=False):
    """Declare the adjoint of functions: assign ``<operand>_bar`` in terms of ``<result>_bar``.

    With `apart` the rule of a function with several results reads their adjoints as ``y_bar[0]``, ``y_bar[1]`` only. That of
    a result that nothing depends on is then a structural zero, which linear operations absorb, not an array of zeros.
    """
    def declare(body):
        for fn in fns:
            _register(fn, adjoint=body, domain=domain, calls=tuple(calls), order=order, complex=complex,
                      ignores=tuple(ignores), apart=apart)
        return body
    return declare


def deftangent(*fns):
    """Declare the tangent of functions: assign ``<result>_dot`` in terms of ``<operand>_dot``."""
    def declare(body):
        for fn in fns:
            _register(fn, tangent=body)
        return body
    return declare


def zero_derivative(*fns, calls=()) -> None:
    """Declare functions that are piecewise constant: their derivative is zero, and using it is not an error."""
    for fn in fns:
        _register(fn, kind="zero", calls=tuple(calls))


def find_rule(fn) -> Rule | None:
    """The rule for a function, or None."""
    try:
        return RULES.get(fn)
    except TypeError:
        return None


def assigned_names(body_node: gast.AST, suffix: str) -> tuple[str, ...]:
    """The operands that a rule's body assigns ``<operand><suffix>`` to, in order of appearance."""
    import gast

    names: dict[str, None] = {}
    for node in gast.walk(body_node):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store) and node.id.endswith(suffix):
            names.setdefault(node.id[: -len(suffix)])
    return tuple(names)
