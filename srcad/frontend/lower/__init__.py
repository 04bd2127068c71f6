"""From a syntax tree to a Trace.

A `Source` enters; an untyped `ir.Function` leaves: every variable assigned once, one operation a statement, in Python's
order of evaluation. The one idea: while the tree is read in order, a dict says which atom each of the user's names
stands for *now*; a join compares two such dicts, and what differs becomes a target of the `If`. Leaving a function or a
loop early is data like any other: a flag that is true on the paths that have left.

    def f(x):                      def f(x):
        y = x * x                      y = mul(x, x)
        if y > 1:                      v1 = gt(y, 1)
            return y         →         result = if v1:
        return y + x                       yield y
                                       else:
                                           v2 = add(y, x)
                                           yield v2
                                       return result

Nothing is known of values here: a method call is ``getattr`` and a call, a global is a `FreeName`. Specialisation does
the rest.

``builder``
    what is known while lowering: names, the open block, joins;
``parameters``, ``expressions``, ``targets``, ``imports``, ``statements``, ``control``
    one kind of syntax each;
``functions``
    inner functions and the cells they share with the function around them;
``comprehensions``
    comprehensions and generator expressions;
``bindings``, ``exits``
    what can be read off the tree: which names a loop binds, which statements leave a block;
``prune``
    drops the joins that nobody reads;
``refusals``
    what is not supported, and what to write instead.
"""

from __future__ import annotations

import gast

from srcad.frontend.lower import comprehensions as comprehensions  # registers its syntax
from srcad.frontend.lower import functions as functions
from srcad.frontend.lower.builder import Builder
from srcad.frontend.lower.control import function_body
from srcad.frontend.lower.parameters import parameters
from srcad.frontend.lower.prune import prune
from srcad.frontend.lower.refusals import refuse, refuse_generator
from srcad.frontend.scope import Scope
from srcad.frontend.source import Source
from srcad.trace import ir
from srcad.trace.naming import LAMBDA


def lower(source: Source, *, extra_params: tuple[str, ...] = (), returns: tuple[str, ...] | None = None,
          suspended: bool = False) -> ir.Function:
    """The Trace of a function.

    Parameters
    ----------
    source : Source
        The function, as `find_source` gives it.
    extra_params : tuple of str
        Names of further parameters, after the function's own. They count as local names.
    returns : tuple of str, optional
        For the body of a rule, which has no ``return``: the Trace's result is the tuple of the final values of these
        local names, UNDEF for one that is never bound.
    suspended : bool
        A generator is allowed: its ``yield`` becomes `intrinsics.yielded`.

    Raises
    ------
    UnsupportedError
        At the exact place, for what `refusals` lists.
    """
    if not suspended:
        refuse_generator(source)
    node = source.node
    builder = Builder(source, Scope(source.function, node), frozenset(extra_params), is_rule=returns is not None)
    builder.suspended = suspended
    params = parameters(builder, extra_params)
    try:
        result = function_body(builder, returns)
    except RecursionError:
        refuse("depth", builder.at(node), source.function.__qualname__)
    is_lambda = isinstance(node, gast.Lambda)
    function = ir.Function(
        name=LAMBDA if is_lambda else node.name,
        params=params,
        body=ir.Block(builder.block.stmts, (result,)),
        loc=builder.at(node),
        doc=source.function.__qualname__,
    )
    prune(function, builder.same)
    return function
