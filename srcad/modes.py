"""The kinds of derivatives: what each asks the compiler for, and how it is called."""

from __future__ import annotations

import inspect

import numpy as np

from srcad import runtime
from srcad.calling import name_of
from srcad.derivative import Derivative, check_not_read, note_place
from srcad.errors import ArgumentError
from srcad.seeds import conformed, conformed_to_kind, known_sizes, with_zeros
from srcad.trace.kinds import Scalar


class Gradient(Derivative):
    """``g(x) = ∂f/∂x``"""


class ValueAndGradient(Derivative):
    """``(f(x), ∂f/∂x)``"""

    mode = "value_and_grad"
    what = "The value and the gradient"


class Compiled(Derivative):
    """The function itself, with the derivatives that it calls written out in it."""

    mode = "primal"
    what = "The compiled form"

    def __init__(self, primal, **options) -> None:
        super().__init__(primal, (), **options, disconnected="zeros")

    def _doc(self) -> str:
        return f"{self.what} of {name_of(self.primal)}."


class _Seeded(Derivative):
    """A derivative that takes more arguments than the function: seeds or tangents."""

    def __init__(self, primal, argnums=0, **options) -> None:
        super().__init__(primal, argnums, **options)
        signature = self._calling.signature
        if signature is not None:
            self.__signature__ = signature.replace(parameters=self._parameters(list(self._calling.parameters)))

    def _parameters(self, own: list) -> list:
        """The function's parameters, then the seeds: positional if everything before them is."""
        P = inspect.Parameter
        if self._calling.simple and all(p.default is P.empty for p in own):
            return own + [P(n, P.POSITIONAL_OR_KEYWORD) for n in self.seed_names()]
        at = next((k for k, p in enumerate(own) if p.kind is P.VAR_KEYWORD), len(own))
        return own[:at] + [P(n, P.KEYWORD_ONLY) for n in self.seed_names()] + own[at:]

    def seed_names(self) -> tuple:
        """What the seeds are called."""
        raise NotImplementedError

    def unused(self, name: str) -> str:
        """A seed's name that is not a parameter's: the primal may be a derivative itself."""
        taken = {p.name for p in self._calling.parameters}
        found, k = name, 1
        while found in taken:
            found, k = f"{name}_{k}", k + 1
        return found

    def take_seeds(self, args: tuple, kwargs: dict, names: tuple) -> tuple[tuple, dict, list]:
        """Split a call's arguments into the function's own and the seeds, None for one that is not given."""
        named = {n: kwargs[n] for n in names if n in kwargs}
        own = {k: v for k, v in kwargs.items() if k not in named}
        parameters = self._calling.parameters
        variadic = self._calling.variadic
        extra: tuple = ()
        if not variadic:
            positional = sum(p.kind in (0, 1) for p in parameters)
            args, extra = args[:positional], args[positional:]
        elif self._calling.signature is None and len(named) < len(names):
            cut = len(args) - (len(names) - len(named))
            args, extra = args[:cut], args[cut:]
        if len(extra) > len(names) - len(named):
            raise ArgumentError(f"{len(extra)} arguments too many are given to a derivative of {self.__name__}",
                                f"after the function's own come {', '.join(names)}")
        rest = iter(extra)
        return args, own, [named[n] if n in named else next(rest, None) for n in names]


class AdjointFunction(_Seeded):
    """``x̄ = ȳ · ∂f/∂x`` for a seed ȳ

    The seed of a function that returns nothing is for the arrays that it writes to: one, or a tuple in the order of the
    parameters; each may also be given by name (``out_bar=``).
    """

    mode = "adjoint"
    what = "The adjoint"

    def __init__(self, primal, argnums=0, **options) -> None:
        super().__init__(primal, argnums, **options)
        self.single = False

    def seed_names(self) -> tuple:
        return (self.unused("result_bar"),)

    def __call__(self, *args, **kwargs):
        named, kwargs = self.take_states(kwargs)
        args, own, (seed,) = self.take_seeds(args, kwargs, self.seed_names())
        values, layout = self._calling.bind(args, own)
        variant = self._variant(values, layout)
        if named:
            seed = self.of_states(named, variant.states, seed)
        if seed is None:
            if variant.states:
                raise ArgumentError(f"{self.__name__} returns nothing: its adjoint needs a seed for what it writes to",
                                    f"pass {', '.join(f'{n}_bar' for n in variant.states)}")
            if not isinstance(variant.primal_result, Scalar):
                raise ArgumentError(f"{self.__name__} does not return a number: its adjoint needs a seed",
                                    "pass result_bar, of the form of the result")
            seed = 1.0
        sizes = known_sizes(variant.kinds, values) if isinstance(seed, np.ndarray | tuple | list | dict) else {}
        return self._run(variant, values, (conformed_to_kind(variant.primal_result, seed, "the result", sizes),))


    def take_states(self, kwargs: dict) -> tuple[dict, dict]:
        """Split keyword arguments into seeds for arrays that are written to, and the rest."""
        parameters = {p.name for p in self._calling.parameters}
        seeds = {f"{n}_bar" for n in parameters} - parameters - set(self.seed_names())
        return {k: v for k, v in kwargs.items() if k in seeds}, {k: v for k, v in kwargs.items() if k not in seeds}

    def of_states(self, named: dict, states: tuple, seed):
        """The seed of which parts are given by name."""
        wanted = tuple(f"{n}_bar" for n in states)
        if seed is not None or set(named) != set(wanted):
            raise ArgumentError(f"the seeds {', '.join(named)} are given by name",
                                f"{self.__name__} has {', '.join(wanted) if wanted else 'result_bar'}")
        return named[wanted[0]] if len(wanted) == 1 else tuple(named[n] for n in wanted)


class TangentFunction(_Seeded):
    """``(y, ẏ)`` for tangents ẋ"""

    mode = "tangent"
    what = "The tangent"

    def seed_names(self) -> tuple:
        names = []
        parameters = self._calling.parameters
        for k, n in enumerate(self.which):
            if not isinstance(n, str):
                n = parameters[n].name if n < len(parameters) and parameters[n].kind in (0, 1) else f"x{k}"
            names.append(self.unused(f"{n}_dot"))
        return tuple(names)

    def __call__(self, *args, **kwargs):
        args, own, tangents = self.take_seeds(args, kwargs, self.seed_names())
        if any(t is None for t in tangents):
            raise ArgumentError(f"the tangent function of {self.__name__} needs a tangent for each differentiated "
                                f"argument", f"pass {', '.join(self.seed_names())} after the function's own arguments")
        return self.with_tangents(args, own, tuple(tangents))

    def check_written(self, args: tuple, kwargs: dict) -> tuple:
        """Positions of the arguments that the function may write to; raises ValueError if these overlap others."""
        values, layout = self._calling.bind(args, kwargs)
        variant = self._variant(values, layout)
        if variant.written:
            check_separate(values, variant.written)
        if variant.held:
            check_not_read(values, variant)
        return variant.written + variant.held

    def with_tangents(self, args: tuple, kwargs: dict, tangents: tuple):
        """``(y, y_dot)``"""
        values, layout = self._calling.bind(args, kwargs)
        request = self.request(layout)
        variant = self._variant(values, layout)
        dots = tuple(conformed(values[k], t, layout.names[k]) for k, t in zip(request.argnums, tangents))
        return self._run(variant, values, dots)


def check_separate(values: list, written: tuple) -> None:
    """Raise ValueError if an argument that is written to overlaps another."""
    runtime.check_separate(len(written), *(values[k] for k in written), *(v for k, v in enumerate(values) if k not in written))


def copied(value):
    """An argument that the caller may change without us."""
    return runtime.copy_memory(value) if isinstance(value, np.ndarray) else runtime.copy_adjoint(value)


class Pair(Derivative):
    """The forward and the reverse half of an adjoint."""

    mode = "pair"

    def split(self, args: tuple, kwargs: dict):
        """``(y, pullback)``"""
        values, layout = self._calling.bind(args, kwargs)
        variant = self._variant(values, layout)
        forward, reverse = variant.halves
        if variant.written:
            check_separate(values, variant.written)
        if not variant.held:
            values = [v if k in variant.written else copied(v) for k, v in enumerate(values)]
        y, saved = self._run(forward, values)
        if variant.held:                             # containers get the caller's own arrays, from wherever they come
            saved = runtime.snapshot(saved)
        form = runtime.copy_adjoint(y)
        data = [d.read() for d in reverse.data]

        def pullback(y_bar):
            """The adjoints of the arguments for an adjoint of the result."""
            seed = with_zeros(form, conformed(form, y_bar, "the result", False))
            try:
                return reverse.function(saved, seed, *data)
            except Exception as error:
                note_place(error)
                raise

        return runtime.copy_adjoint(y), pullback
