"""What derivative is asked for, and what the answer is: read by everything, loaded without the compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from srcad.immutable import Immutable

if TYPE_CHECKING:
    from srcad.calling import Layout
    from srcad.generated import Module
    from srcad.trace import ir
    from srcad.trace.kinds import Kind


class Request(Immutable):
    """What derivative is asked for.

    Attributes
    ----------
    mode : str
        "grad", "value_and_grad", "adjoint", "tangent", "pair" (forward and reverse half) or "primal".
    argnums : tuple of int
        Positions of the differentiated parameters in the signature.
    single : bool
        Return the one gradient itself, not a tuple of it.
    aux : bool
        The function returns ``(result, aux)``.
    optimize : bool
    disconnected : str
        "raise" or "zeros": what to do about an argument that the result does not depend on.
    backend : str
        What runs the generated source.
    fastmath : tuple of str
        How it may round otherwise, in Numba's (that is LLVM's) words.
    small_axes : int
        Axes of up to so many elements have known lengths.
    """

    __slots__ = ("mode", "argnums", "single", "aux", "optimize", "disconnected", "backend", "fastmath", "small_axes")

    def __init__(self, mode: str, argnums: tuple, single: bool = False, aux: bool = False, optimize: bool = True,
                 disconnected: str = "zeros", backend: str = "python", fastmath: tuple[str, ...] = (),
                 small_axes: int = 0) -> None:
        self.mode: Final = mode
        self.argnums: Final = argnums
        self.single: Final = single
        self.aux: Final = aux
        self.optimize: Final = optimize
        self.disconnected: Final = disconnected
        self.backend: Final = backend
        self.fastmath: Final = fastmath
        self.small_axes: Final = small_axes


class Variant:
    """A derivative compiled for certain kinds of arguments.

    Attributes
    ----------
    function : callable
        The generated function: the parameters of the primal in order, then seeds or tangents, then data.
    source : str
        Its text.
    kinds : tuple of Kind
        Of the arguments.
    whole : tuple or callable
        The Trace and the Module, or what makes them again when they are asked for: the function came from the disk.
    guards : tuple of Guard
    data : tuple of Data
    quick : callable or None
        Gives `function` if all guards hold; made when the variant is asked for again.
    written : tuple of int
        Of a pair: the arguments that the function may write to.
    held : tuple of int
        The containers among the arguments that it changes, or writes to arrays of.
    states : tuple of str
        The arguments that it leaves its results in, if it returns nothing.
    small_axes : int
        Axes of up to so many elements have known lengths in its kinds.
    layout : Layout
        How the function is called for it.
    """

    def __init__(self, function: Callable, source: str, kinds: tuple, whole: tuple[ir.Function, Module] | Callable,
                 guards: tuple, data: tuple, generation: int, data_kinds: tuple) -> None:
        self.function = function
        self.source = source
        self.kinds = kinds
        self.whole = whole
        self.guards = guards
        self.data = data
        self.generation = generation
        self.data_kinds = data_kinds
        self.halves: tuple = ()
        self.to_float: tuple = ()
        self.primal_result: Kind | None = None
        self.quick: Callable | None = None
        self.written: tuple = ()
        self.held: tuple = ()
        self.states: tuple = ()
        self.small_axes = 0
        self.layout: Layout | None = None

    @property
    def trace(self) -> ir.Function:
        """The Trace that the text was written from."""
        return self._whole()[0]

    @property
    def module(self) -> Module:
        """The text, function by function, and what it needs."""
        return self._whole()[1]

    def _whole(self) -> tuple:
        if not isinstance(self.whole, tuple):
            self.whole = self.whole()
        return self.whole
