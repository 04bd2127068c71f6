"""Functions that return nothing and write to their arguments: the state that they leave these in is their result.

Enters: a typed Trace. Leaves: it, or one with the arrays that it writes to as its result. ::

    def kernel(x, out):          def kernel(x, out):
        out[:] = np.sin(x)           out[:] = np.sin(x)
                                     return out
"""

from __future__ import annotations

from srcad.analysis.aliasing import Aliases, tells, writes
from srcad.analysis.atoms import kind_of_atom
from srcad.differentiate import common
from srcad.differentiate.held import changed_arguments
from srcad.differentiate.inline import inline_memory_calls
from srcad.errors import UnsupportedError
from srcad.specialise.program import Program, Specialised
from srcad.trace import intrinsics
from srcad.trace.ir import Apply, Function, Var, copy_block
from srcad.trace.kinds import NONE, Array, TupleOf, is_differentiable
from srcad.trace.naming import function_name


def with_states(program: Program, info: Specialised) -> Specialised:
    """The typed Trace of a function with a result; made once per program."""
    function = info.function
    if kind_of_atom(function.result) != NONE or not writes(function) and not tells(function):
        return info
    key = ("states", id(function))
    if key not in program.derived:
        program.derived[key] = _stated(program, info)
    return program.derived[key]


def _stated(program: Program, info: Specialised) -> Specialised:
    mapping: dict = {}
    params = [common.copy_param(p, mapping) for p in info.function.params]
    function = Function(info.function.name, params, copy_block(info.function.body, mapping), info.function.loc,
                        doc=info.function.doc)
    made = program.register(Specialised(function, finished=True))
    made.hidden = {key: mapping.setdefault(var, var) for key, var in info.hidden.items()}
    inline_memory_calls(program, made, function)
    for k in changed_arguments(function):
        raise UnsupportedError(f"{function_name(info.function)} returns nothing, and changes the container "
                               f"{params[k].var.hint} or writes to arrays that it holds",
                               "return what is to be differentiated, or pass the arrays as arguments of their own", function.loc)
    aliases = Aliases(function)
    written = [p.var for p in params if isinstance(p.var.kind, Array) and is_differentiable(p.var.kind)
               and aliases.number(p.var) is not None]
    if not written:
        return info
    result = written[0]
    if len(written) > 1:
        result = Var("", TupleOf(tuple(v.kind for v in written)))
        function.body.stmts.append(Apply(result, intrinsics.build_tuple, tuple(written), (), function.loc))
    function.body.yields = (result,)
    made.result = kind_of_atom(result)
    made.states = tuple(v.hint for v in written)
    return made
