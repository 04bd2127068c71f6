"""Functions with a derivative of the user's own: `custom_vjp` and `custom_jvp`, in JAX's form.

Enters: a function and the functions that give its derivative. Leaves, when a differentiated program calls it: a call of
a Trace of its own, marked with the rule. The one idea: where the differentiator would transform that Trace, it takes
the Traces of the user's functions instead; as these are Traces like any other, derivatives of any order follow.

A `custom_jvp` is used in reverse mode too: its `jvp` is linear in the tangents, so its adjoint with respect to them is
the transpose.
"""

from __future__ import annotations

import functools
import inspect
import operator
import sys
import types
from collections.abc import Callable

from srcad.analysis.atoms import kind_of_atom
from srcad.custom_calls import (
    Called,
    collect,
    finish,
    new_frame,
    new_function,
    new_pair,
    pair_of,
    positional,
    positions,
    spliced,
    tangent_value,
    zero_tangent,
)
from srcad.differentiate import common
from srcad.differentiate.adjoint import Adjoint
from srcad.differentiate.common import Derived
from srcad.differentiate.functions import AdjointPair, returned
from srcad.errors import ArgumentError, KindError, NoRuleError
from srcad.fitting import check_result, fitted, own_adjoint
from srcad.linearity import check_linear
from srcad.optimize.dead import remove_dead
from srcad.places import Attribute
from srcad.specialise.callees import bind_arguments, specialised
from srcad.specialise.passing import Abstraction, Concretion
from srcad.specialise.program import Program, Specialised, lowered
from srcad.specialise.unpacking import static_items
from srcad.specialise.values import Pack
from srcad.trace import intrinsics
from srcad.trace.ir import (
    Apply,
    Block,
    Function,
    Lit,
    Param,
    Ref,
    Var,
    copy_block,
    free_vars,
)
from srcad.trace.kinds import (
    Scalar,
    TupleOf,
    tangent_kind,
)
from srcad.trace.naming import show_kind
from srcad.trace.undefined import define_kept


class _Custom:
    """What the two have in common: being a function, and being called in a program."""

    def __init__(self, fun, nondiff_argnums=()) -> None:
        if not isinstance(fun, types.FunctionType):
            raise ArgumentError(f"{type(self).__name__} needs a Python function, not {type(fun).__name__}",
                                f"write @{type(self).__name__} above a def")
        self.fun = fun
        self.signature = inspect.signature(fun)
        for p in self.signature.parameters.values():
            if p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD):
                raise ArgumentError(f"{fun.__name__}() has the keyword-only parameter {p.name}, which "
                                    f"{type(self).__name__} cannot hand on", "make its parameters positional")
        self.nondiff = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)
        count = len(self.signature.parameters)
        if any(type(k) is not int or not 0 <= k < count for k in self.nondiff):
            raise ArgumentError(f"nondiff_argnums={nondiff_argnums!r} does not name arguments of {fun.__name__}()",
                                "count them from 0")
        functools.update_wrapper(self, fun, updated=())

    def __call__(self, *args, **kwargs):
        return self.fun(*args, **kwargs)

    def __get__(self, instance, owner=None):
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.fun.__qualname__}>"

    def __reduce__(self):
        module = sys.modules.get(self.__module__)
        found = functools.reduce(lambda o, n: getattr(o, n, None), self.__qualname__.split("."), module)
        if found is not self:
            raise TypeError(f"{self!r} cannot be pickled: it is not found as {self.__module__}.{self.__qualname__}")
        return self.__qualname__

    __srcad_parts__ = ("fun", "fwd", "bwd", "jvp", "jvps")

    def __srcad_describe__(self) -> tuple:
        """What a text that uses it depends on (`srcad.diskcache`)."""
        return self.nondiff, *(getattr(self, part, None) for part in self.__srcad_parts__)

    def rules(self) -> dict:
        """The user's functions by name; raises if they have not been given."""
        raise NotImplementedError

    def __srcad_call__(self, s, args: list, kwargs: list, hint: str):
        """A call in a program that is being specialised: of the function's Trace, marked with the rule."""
        program, fun = s.program, self.fun
        trace = lowered(fun)
        program.guard_function(fun)
        for name in self.rules():
            program.guard(Attribute(self, name), getattr(self, name), name, (name, id(self)))
        values = bind_arguments(s, fun, trace, args, kwargs)
        flat: list = []
        form = Abstraction(s, flat)
        forms = [form.of(v) for v in values]
        info = specialised(s, self, trace, forms, tuple(map(kind_of_atom, flat)))
        if info.spliced_only:
            raise s.refuse(f"{fun.__name__}() has a derivative of its own, and returns functions or writes "
                           f"variables of its caller", "return numbers and arrays")
        if info.custom is None:
            info.custom = Called(self, positional(trace, forms))
        result = s.b.apply(info.function, *flat, kind=info.result)
        result.hint = hint
        return result


class custom_vjp(_Custom):
    """A function whose reverse-mode derivative is given by the user, as in JAX.

    Parameters
    ----------
    fun : function
        The function itself. Its parameters are positional.
    nondiff_argnums : int or tuple of int
        Arguments that are not differentiated; `bwd` gets them first.

    Raises
    ------
    SrcadError
        Where a derivative is made: in forward mode, of which the rule says nothing; if `fwd` or `bwd` returns what does not
        have the form of the result, or of the arguments.

    Examples
    --------
    >>> @custom_vjp
    ... def clip_gradient(x):
    ...     return x
    >>> clip_gradient.defvjp(lambda x: (x, None), lambda residuals, y_bar: (max(-1.0, min(1.0, y_bar)),))
    """

    def __init__(self, fun, nondiff_argnums=()) -> None:
        super().__init__(fun, nondiff_argnums)
        self.fwd: Callable | None = None
        self.bwd: Callable | None = None

    def defvjp(self, fwd, bwd) -> None:
        """Give the derivative.

        Parameters
        ----------
        fwd : function
            ``fwd(*args)`` with the arguments of the function returns ``(y, residuals)``.
        bwd : function
            ``bwd(residuals, y_bar)`` returns a tuple with the adjoint of each argument, None for zero. The arguments in
            `nondiff_argnums` come first, and get no adjoint.
        """
        for name, function in (("fwd", fwd), ("bwd", bwd)):
            if not callable(function):
                raise ArgumentError(f"{name} of {self.fun.__name__}() is not a function", "write f.defvjp(fwd, bwd)")
        self.fwd, self.bwd = fwd, bwd

    def rules(self) -> dict:
        if self.fwd is None:
            raise ArgumentError(f"{self.fun.__name__}() is a custom_vjp function without a rule",
                                f"call {self.fun.__name__}.defvjp(fwd, bwd)")
        return {"fwd": self.fwd, "bwd": self.bwd}

    # --- the differentiator's side ------------------------------------------------------------------------------------

    def tangent(self, program: Program, info: Specialised, called: Called, inputs: tuple, suffix: str) -> Derived:
        """There is none: as in JAX, a rule for reverse mode says nothing about forward mode."""
        raise NoRuleError(f"{self.fun.__name__}() is a custom_vjp function: it has no forward-mode derivative",
                          "use reverse mode (grad, vjp, jacrev), or give it a rule with custom_jvp, which serves both",
                          info.function.loc)

    def pair(self, program: Program, info: Specialised, called: Called, inputs: tuple, suffix: str) -> AdjointPair:
        """The halves of the adjoint: `fwd`, and `bwd`."""
        pair = new_pair(program, info, inputs)
        program.derived["pair", id(info.function), inputs, suffix] = pair
        form, kept_kinds = self._forward(program, info, called, inputs, pair)
        self._reverse(program, info, called, inputs, pair, form, kept_kinds, suffix)
        return pair

    def _forward(self, program, info, called, inputs, pair):
        """Write ``y, saved = forward(x)``; (the form of what is saved, the kinds of its parts)."""
        frame, params = new_frame(program, info, pair.forward)
        values = called.values(frame, params)
        both = spliced(frame, self.fwd, values)
        items = pair_of(frame, both, f"fwd of {self.fun.__name__}()", "(y, residuals)")
        y = frame.atom(items[0])
        check_result(info, y, f"fwd of {self.fun.__name__}()")
        flat: list = []
        arguments = Pack(tuple(params[k].var for k in inputs if not isinstance(params[k].var.kind, Scalar)))
        form = Abstraction(frame, flat).of(
            Pack((items[1], Pack(tuple(values[k] for k in self.nondiff)), arguments)))
        saved = frame.b.apply(intrinsics.build_tuple, *flat, kind=pair.saved)
        pair.items += map(kind_of_atom, flat)
        whole = frame.b.apply(intrinsics.build_tuple, y, saved, kind=pair.forward.info.result)
        finish(pair.forward, frame, params, whole)
        return form, list(pair.items)

    def _reverse(self, program, info, called, inputs, pair, form, kinds, suffix) -> None:
        """Write ``(x_bar, ...) = reverse(saved, y_bar)``."""
        name = self.fun.__name__
        frame, _ = new_frame(program, info, pair.reverse)
        saved = Var("saved", pair.saved)
        seed = Var("result" + suffix, tangent_kind(info.result))
        parts = [frame.b.apply(operator.getitem, saved, Lit(k), kind=kind) for k, kind in enumerate(kinds)]
        residuals, nondiff, arguments = Concretion(frame, parts).of(form).items
        made = spliced(frame, self.bwd, [*nondiff.items, residuals, seed])
        bars = static_items(frame, made)
        wanted = called.differentiated()
        if bars is None or len(bars) != len(wanted):
            raise KindError(f"bwd of {name}() must return a tuple with one adjoint per argument, that is "
                            f"{len(wanted)}; it returns {show_kind(frame.kind(made))}",
                            "return (x_bar, ...), None for an adjoint that is zero", info.function.loc)
        found: dict = {}
        for f, bar in zip(wanted, bars):
            collect(frame, f, bar, found)
        arrays = iter(arguments.items)
        taken: list = []
        out = []
        for k in inputs:
            var = info.function.params[k].var
            like = None if isinstance(var.kind, Scalar) else next(arrays)
            g = found.get(k, Lit(None))
            out.append(own_adjoint(frame, g, var, like, taken, f"an adjoint from bwd of {name}()"))
        everything = frame.b.apply(intrinsics.build_tuple, *out, kind=pair.reverse.info.result)
        finish(pair.reverse, frame, [Param(saved), Param(seed)], everything)


class custom_jvp(_Custom):
    """A function whose derivative is given by the user as a forward-mode rule, as in JAX. It serves both modes.

    Parameters
    ----------
    fun : function
        The function itself. Its parameters are positional.
    nondiff_argnums : int or tuple of int
        Arguments that are not differentiated; `jvp` gets them first.

    Raises
    ------
    SrcadError
        Where a derivative is made: if the rule returns what does not have the form of the result, or is not linear in the
        tangents, which reverse mode needs.

    Examples
    --------
    >>> @custom_jvp
    ... def double(x):
    ...     return x + x
    >>> double.defjvp(lambda primals, tangents: (double(*primals), 2.0 * tangents[0]))
    """

    def __init__(self, fun, nondiff_argnums=()) -> None:
        super().__init__(fun, nondiff_argnums)
        self.jvp: Callable | None = None
        self.jvps: tuple | None = None

    def defjvp(self, jvp):
        """Give the derivative: ``jvp(primals, tangents)`` returns ``(y, y_dot)``; y_dot is linear in the tangents.

        The arguments in `nondiff_argnums` come before `primals`. Returns `jvp`, so that this can be a decorator.
        """
        if not callable(jvp):
            raise ArgumentError(f"the rule of {self.fun.__name__}() is not a function", "write f.defjvp(jvp)")
        self.jvp, self.jvps = jvp, None
        return jvp

    def defjvps(self, *jvps) -> None:
        """Give the derivative, one function per argument: ``jvp(x_dot, y, *args)``, or None for zero."""
        if not all(j is None or callable(j) for j in jvps):
            raise ArgumentError(f"a rule of {self.fun.__name__}() is not a function",
                                "give one function, or None, per argument")
        if self.nondiff:
            raise ArgumentError(f"{self.fun.__name__}() has nondiff_argnums, with which defjvps cannot be used",
                                "use defjvp")
        self.jvp, self.jvps = None, jvps

    def rules(self) -> dict:
        if self.jvp is None and self.jvps is None:
            raise ArgumentError(f"{self.fun.__name__}() is a custom_jvp function without a rule",
                                f"call {self.fun.__name__}.defjvp(jvp)")
        return {"jvp": self.jvp, "jvps": self.jvps}

    # --- the differentiator's side ------------------------------------------------------------------------------------

    def tangent(self, program: Program, info: Specialised, called: Called, inputs: tuple, suffix: str) -> Derived:
        """The Trace of ``y, y_dot = tangent(x, ..., x_dot, ...)``."""
        name = info.function.name
        derived = new_function(program, info, name + "_tangent")
        program.derived["tangent", id(info.function), inputs, suffix] = derived
        derived.info.result = TupleOf((info.result, tangent_kind(info.result)))
        frame, params = new_frame(program, info, derived)
        dots = {k: Var("", tangent_kind(params[k].var.kind), of=params[k].var, suffix=suffix) for k in inputs}
        values = called.values(frame, params)
        if self.jvps is not None:
            y, y_dot = self._sum_of_jvps(frame, info, called, values, params, dots)
        else:
            wanted = called.differentiated()
            primals = Pack(tuple(v for k, v in enumerate(values) if k not in self.nondiff))
            tangents = Pack(tuple(tangent_value(frame, form, params, dots) for form in wanted))
            both = spliced(frame, self.jvp, [*(values[k] for k in self.nondiff), primals, tangents])
            y, y_dot = pair_of(frame, both, f"the jvp of {self.fun.__name__}()", "(y, y_dot)")
        y = frame.atom(y)
        check_result(info, y, f"the jvp of {self.fun.__name__}()")
        who = f"the tangent from the jvp of {self.fun.__name__}()"
        y_dot = fitted(frame, frame.atom(y_dot), kind_of_atom(y), y, who)
        whole = frame.b.apply(intrinsics.build_tuple, y, y_dot)
        derived.info.result = kind_of_atom(whole)
        finish(derived, frame, [*params, *map(Param, dots.values())], whole)
        return derived

    def _sum_of_jvps(self, frame, info, called, values, params, dots) -> tuple:
        """``(y, y_dot)`` by one rule per argument."""
        assert self.jvps is not None
        if len(self.jvps) != len(called.forms):
            raise ArgumentError(f"{len(self.jvps)} rules are given for {len(called.forms)} arguments of "
                                f"{self.fun.__name__}()", "give one function, or None, per argument", info.function.loc)
        y = frame.call(Ref(self), values, [])
        total = None
        for jvp, form in zip(self.jvps, called.forms):
            if jvp is None or not any(k in dots for k in positions(form)):
                continue
            term = spliced(frame, jvp, [tangent_value(frame, form, params, dots), y, *values])
            total = term if total is None else frame.call(Ref(operator.add), [total, term], [])
        return y, common.zeros(frame.b, frame.atom(y)) if total is None else total

    def pair(self, program: Program, info: Specialised, called: Called, inputs: tuple, suffix: str) -> AdjointPair:
        """The halves of the adjoint: the tangent, transposed."""
        derived = self.tangent(program, info, called, inputs, "_dot")
        del program.derived["tangent", id(info.function), inputs, "_dot"]
        pair = new_pair(program, info, inputs)
        program.derived["pair", id(info.function), inputs, suffix] = pair
        count = len(info.function.params)
        dots_at = tuple(range(count, count + len(inputs)))
        adjoint = Adjoint(program, derived.info, pair.forward.info, dots_at, split=True, textbook=False, suffix=suffix)
        made = adjoint.b.definition(adjoint.primal.result)
        assert made is not None
        y, y_dot = made.args
        seed = Var("result" + suffix, tangent_kind(info.result))
        adjoint.bars.contribute(y_dot, seed)
        statements = adjoint.sweep()
        back = adjoint.b.block
        taken: list = []
        back.yields = tuple(returned(adjoint, v, taken) for v in adjoint.inputs)
        remove_dead(Function("", [], back))               # adjoints of what is not asked for
        check_linear(statements, back, adjoint.inputs, info.function)
        kept = [v for v in free_vars(back) if v is not seed]
        pair.items.extend(v.kind for v in kept)
        define_kept(statements, set(kept))

        params, dots = adjoint.params[:count], adjoint.inputs
        head = [zero_tangent(dot, params[k].var) for dot, k in zip(dots, inputs)]
        saved, both = Var("saved", pair.saved), Var("", pair.forward.info.result)
        pair.forward.function.params = params
        pair.forward.function.body = Block([*head, *statements, Apply(saved, intrinsics.build_tuple, tuple(kept)),
                                            Apply(both, intrinsics.build_tuple, (y, saved))], (both,))
        taken_back = Var("saved", pair.saved)
        mapping = {v: Var("", v.kind, of=v) for v in kept}
        head = [Apply(mapping[v], operator.getitem, (taken_back, Lit(k))) for k, v in enumerate(kept)]
        body = copy_block(back, mapping)
        everything = Var("", pair.reverse.info.result)
        pair.reverse.function.params = [Param(taken_back), Param(seed)]
        pair.reverse.function.body = Block([*head, *body.stmts, Apply(everything, intrinsics.build_tuple, body.yields)],
                                           (everything,))
        return pair
