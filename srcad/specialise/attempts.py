"""``try`` with handlers that let the computation go on: the body as a function that tells which exception has ended it.

    try:                                   def f_try(x):
        y = math.log(x)                        try:
    except ValueError:             →               return 0, None, math.log(x)
        y = 0.0                                except ValueError as error:
                                                   return 1, error, None

Such a function is called like any other; its adjoint's forward half ends in the same way, and the reverse half is run if
the body has been run to its end. Everything in it, and in what it calls, stays where it is: it matters what raises.
"""

from __future__ import annotations

from srcad.analysis.atoms import kind_of_atom
from srcad.optimize.link import reachable
from srcad.specialise.builder import Builder
from srcad.specialise.callees import widened
from srcad.specialise.passing import Abstraction, Concretion
from srcad.specialise.program import Specialised
from srcad.specialise.values import Pack
from srcad.trace import intrinsics, ir
from srcad.trace.ir import UNDEF, Lit, Ref, Var
from srcad.trace.kinds import INT, Object, TupleOf
from srcad.trace.undefined import define_kept


def attempted(s, stmt: ir.Attempt):
    """The tuple that an `ir.Attempt` defines."""
    catches = tuple(_classes(s, s.value(a)) for a in stmt.classes)
    free = ir.free_vars(stmt.body)
    flat: list = []
    abstraction = Abstraction(s, flat)
    forms = [abstraction.of(s.value(v)) for v in free]
    name = f"{s.info.function.name}_try"
    escape = (ir.CAUGHT, ir.ERROR, *[None] * len(stmt.body.yields))
    function = ir.Function(name, [], ir.Block(), stmt.loc, doc=s.info.function.doc, catches=catches, escape=escape)
    info = s.program.register(Specialised(function))
    inner = type(s)(s.program, info, Builder())
    inner.frozen, inner.b.loc = s.frozen, stmt.loc
    hints = {form: v.hint for v, form in zip(free, forms) if type(form) is int}
    params = [Var(hints.get(k, ""), widened(kind_of_atom(a))) for k, a in enumerate(flat)]
    concretion = Concretion(inner, params)
    for var, form in zip(free, forms):
        inner.env[var] = concretion.of(form)
    for part in stmt.body.stmts:
        inner.statement(part)
    if concretion.is_changed():
        raise s.refuse("a variable that inner functions share, or an attribute, is written in a `try` whose handler goes on",
                       "write it after the `try`, or in the handler")
    values = [inner.atom(inner.value(a)) for a in stmt.body.yields]
    values = [Lit(None) if v == Lit(UNDEF) else v for v in values]
    define_kept(inner.b.block.stmts, {v for v in values if isinstance(v, Var)})
    kind = TupleOf((INT, Object(BaseException), *map(kind_of_atom, values)))
    made = inner.b.apply(intrinsics.build_tuple, Lit(0), Lit(None), *values, kind=kind)
    inner.b.block.yields = (made,)
    function.params, function.body = [ir.Param(p) for p in params], inner.b.block
    info.result, info.finished = made.kind, True
    for callee in reachable(function):
        callee.strict = True
    return s.b.apply(function, *flat, kind=info.result)


def _classes(s, value) -> tuple:
    """The exceptions that a handler is for."""
    match value:
        case Ref(value=type() as cls) if issubclass(cls, BaseException):
            return (cls,)
        case Pack(items=items):
            return tuple(cls for item in items for cls in _classes(s, item))
    raise s.refuse("which exceptions are caught is not known when the derivative is made", "name their classes")
