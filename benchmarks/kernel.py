"""A benchmark kernel: one function, its derivative by hand, and how other systems are asked for the same.

autograd and JAX need functions written with their own NumPy. Where that is all they need, the primal's text is executed
again with `np` and `math` replaced, which counts as no changed line. Where JAX needs more (loops under `jit`), the
kernel brings a version of its own, and the lines that differ are counted.
"""

from __future__ import annotations

import difflib
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kernel:
    """One row of the benchmark.

    Attributes
    ----------
    name : str
        What the row is called.
    primal : callable
        The function, as a user would write it.
    hand : callable
        Its derivative by hand; returns what `grad` or `value_and_grad` returns.
    args : tuple
        The arguments it is timed at.
    argnums : int or tuple of int
        What it is differentiated with respect to.
    with_value : bool
        Whether the derivative is `value_and_grad` rather than `grad`.
    helpers : tuple of callable
        The user's functions that the primal calls.
    jax : str
        The text of a version for JAX, where the primal's text will not do; it defines a function of the primal's name.
    static : tuple of int
        Arguments that JAX must know when it compiles.
    in_place : bool
        Whether it writes to arrays, which autograd cannot differentiate.
    options : mapping
        Options for srcad.
    """

    name: str
    primal: Callable
    hand: Callable
    args: tuple
    argnums: int | tuple[int, ...] = 0
    with_value: bool = False
    helpers: tuple[Callable, ...] = ()
    jax: str = ""
    static: tuple[int, ...] = field(default=())
    in_place: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """The primal and its helpers as text."""
        return "\n\n".join(textwrap.dedent(inspect.getsource(f)) for f in (*self.helpers, self.primal))

    def rewritten(self, names: Mapping[str, Any], text: str = "") -> Callable:
        """The primal (or another text that defines it) with other meanings for `np` and `math`."""
        namespace = dict(names)
        exec(compile(text or self.text(), f"<{self.name}>", "exec"), namespace)
        return namespace[self.primal.__name__]

    def changed_lines(self) -> int:
        """How many lines of the primal and its helpers have no counterpart in the version for JAX, or the reverse."""
        if not self.jax:
            return 0
        before, after = self.text().split("\n"), textwrap.dedent(self.jax).strip().split("\n")
        blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in blocks if tag != "equal")
